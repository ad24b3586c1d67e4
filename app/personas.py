"""People of the sample data whom one can be at once: with the embedded database only, and never by default elsewhere.

Each gets a session for a year. Their tokens lie beside the database, readable by nobody else. Only people of the sample
data are taken, whose addresses end in .example (RFC 2606): somebody's own people never get a session by this.
"""

import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from app.services.accounts.tokens import SESSION, digest, made

FILE = "personas.json"
LASTING = timedelta(days=365)

_MEMBER = """
SELECT m.user_id AS id FROM identity.memberships AS m JOIN business.businesses AS b ON b.id = m.business_id
WHERE b.slug = 'vapeshed' AND m.role = '{}' ORDER BY m.id LIMIT 1"""

_PERSON = """
SELECT u.id, u.email FROM ({}) AS found JOIN identity.users AS u USING (id)
WHERE u.email LIKE '%.example' AND u.is_active AND u.deleted_at IS NULL"""

PERSONAS: Mapping[str, tuple[str, str]] = {
    "admin": ("administers the platform", "SELECT id FROM identity.users WHERE is_superuser ORDER BY id LIMIT 1"),
    "owner": ("owns the business vapeshed", _MEMBER.format("OWNER")),
    "manager": ("is a manager of vapeshed", _MEMBER.format("MANAGER")),
    "staff": ("works for vapeshed", _MEMBER.format("STAFF")),
    "client": (
        "offers jobs",
        "SELECT client_id AS id FROM freelance.jobs GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1",
    ),
    "freelancer": (
        "does jobs",
        "SELECT freelancer_id AS id FROM freelance.jobs WHERE freelancer_id IS NOT NULL GROUP BY 1 "
        "ORDER BY count(*) DESC, 1 LIMIT 1",
    ),
    "customer": (
        "shops",
        "SELECT c.user_id AS id FROM customers.customers AS c JOIN sales.orders AS o ON o.customer_id = c.id "
        "WHERE c.user_id IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1",
    ),
}
"""What each is called, what they do, and which of the people it is."""


def known(folder: Path) -> dict[str, dict[str, str]]:
    """The personas with their tokens, as they stand in `folder`; none if there are none."""
    try:
        found: dict[str, dict[str, str]] = orjson.loads((folder / FILE).read_bytes())
    except (FileNotFoundError, orjson.JSONDecodeError):
        return {}
    return found


async def ensure(connection: asyncpg.Connection, folder: Path) -> dict[str, dict[str, str]]:
    """The personas, signed in; who is already keeps the token."""
    before, found = known(folder), dict[str, dict[str, str]]()
    for name, (about, query) in PERSONAS.items():
        person = await connection.fetchrow(_PERSON.format(query))
        if person is None:
            continue
        user, email = person
        token = before.get(name, {}).get("token", "")
        if not await _is_open(connection, user, token):
            token = await _signed_in(connection, user)
        found[name] = {"email": email, "about": about, "token": token}
    if found != before:
        _write(folder / FILE, found)
    return found


async def _is_open(connection: asyncpg.Connection, user: Any, token: str) -> bool:
    query = """SELECT EXISTS (SELECT 1 FROM identity.login_sessions
        WHERE user_id = $1 AND token_hash = $2 AND revoked_at IS NULL AND expires_at > now() + interval '1 day')"""
    return bool(await connection.fetchval(query, user, digest(token)))


async def _signed_in(connection: asyncpg.Connection, user: Any) -> str:
    token = made(SESSION)
    await connection.execute(
        "INSERT INTO identity.login_sessions (user_id, token_hash, device, expires_at) VALUES ($1, $2, $3, now() + $4)",
        user,
        digest(token),
        "A persona of the sample data",
        LASTING,
    )
    return token


def _write(file: Path, found: Mapping[str, Any]) -> None:
    """For the owner of the file alone, and whole or not at all."""
    draft = file.with_suffix(".tmp")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as opened:
        opened.write(orjson.dumps(found, option=orjson.OPT_INDENT_2))
    draft.replace(file)

"""One viewer of each kind out of the sample data: as the engine knows them, and as the oracle is told of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from app.services.accounts.tokens import SESSION, digest
from graph.access.viewers import key, person, visitor
from graph.engine.access import ADMIN, ANONYMOUS, Viewer

BUSIEST = "SELECT business_id FROM sales.orders GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"
VISITOR = """
SELECT v.id FROM chat.visitors AS v
 ORDER BY (SELECT count(*) FROM sales.carts AS c WHERE c.visitor_id = v.id) > 0 DESC,
          (SELECT count(*) FROM chat.chat_sessions AS s WHERE s.visitor_id = v.id) DESC, v.id LIMIT 1
"""
CHAT = """
SELECT s.id FROM chat.chat_sessions AS s WHERE s.visitor_id = $1
 ORDER BY s.note_count > 0 AND s.assigned_agent_id IS NOT NULL DESC, s.assigned_agent_id IS NOT NULL DESC, s.id LIMIT 1
"""
"""One of several chats of the visitor, if there is one with a note for somebody who answers it."""

EVERYMAN = "Everyman"
"""The first name of somebody who works for no business and is named by rows of every kind."""
CHOOSE_EVERYMAN = f"""
UPDATE identity.users SET first_name = '{EVERYMAN}' WHERE id = (
    SELECT c.user_id FROM customers.customers AS c WHERE c.business_id = ({BUSIEST})
       AND c.user_id NOT IN (SELECT user_id FROM identity.memberships) ORDER BY c.id LIMIT 1)
"""

OUTSIDER = f"""
SELECT u.id FROM identity.users AS u WHERE u.first_name <> '{EVERYMAN}'
   AND NOT EXISTS (SELECT 1 FROM identity.memberships AS m WHERE m.user_id = u.id)
"""
"""Somebody else who works for no business."""

PEOPLE = {
    "everyman": f"SELECT id FROM identity.users WHERE first_name = '{EVERYMAN}'",
    "client": f"""{OUTSIDER}
        ORDER BY (SELECT count(*) FROM freelance.jobs AS j WHERE j.client_id = u.id) DESC, u.id""",
    "freelancer": f"""{OUTSIDER}
        ORDER BY (SELECT count(*) FROM freelance.jobs AS j WHERE j.freelancer_id = u.id) DESC,
                 (SELECT count(*) FROM freelance.applications AS a WHERE a.freelancer_id = u.id) DESC, u.id""",
    "quarreller": f"""{OUTSIDER}
        ORDER BY (SELECT count(*) FROM freelance.disputes AS d
                   WHERE u.id IN (d.opened_by_id, d.respondent_id)) DESC, u.id""",
    "mediator": """SELECT mediator_id FROM freelance.disputes WHERE mediator_id IS NOT NULL
        GROUP BY 1 ORDER BY count(*) DESC, 1""",
    "customer": f"""{OUTSIDER}
        ORDER BY (SELECT count(*) FROM customers.customers AS c JOIN sales.orders AS o ON o.customer_id = c.id
                   WHERE c.user_id = u.id) DESC, u.id""",
}
"""Who they are; the first of them is taken."""

MEMBER = """
SELECT m.user_id FROM identity.memberships AS m WHERE m.business_id = $1 AND m.role = $2
 ORDER BY (SELECT count(*) FROM identity.memberships AS n WHERE n.user_id = m.user_id), m.user_id LIMIT 1
"""
RIVAL = """
SELECT m.user_id FROM identity.memberships AS m
 WHERE m.role = 'OWNER' AND NOT EXISTS (
       SELECT 1 FROM identity.memberships AS n WHERE n.user_id = m.user_id AND n.business_id = $1)
 ORDER BY (SELECT count(*) FROM sales.orders AS o WHERE o.business_id = m.business_id) DESC, m.user_id LIMIT 1
"""
VERSATILE = """
SELECT m.user_id FROM identity.memberships AS m GROUP BY 1 HAVING NOT $1 = ANY (array_agg(m.business_id))
 ORDER BY count(DISTINCT m.role) DESC, count(*) DESC, 1 LIMIT 1
"""
"""Somebody of several roles, each in another business."""

SCOPES = {
    "key of everything": ("*",),
    "key of orders": ("orders:read",),
    "key of the catalogue": ("catalog:write",),
    "key of nothing": (),
}
ROLES = ("VIEWER", "STAFF", "MANAGER", "OWNER")
ACTIVATE = "UPDATE identity.users SET is_active = true, deleted_at = NULL WHERE id = $1"
SIGN_IN = """
INSERT INTO identity.login_sessions (user_id, token_hash, expires_at) VALUES ($1, $2, now() + interval '1 year')
"""
NAMES = (
    *("anonymous", "visitor", *PEOPLE, *(role.lower() for role in ROLES)),
    *("rival", "versatile", *SCOPES, "admin"),
)
"""What the viewers are called."""


@dataclass(frozen=True, slots=True)
class Asker:
    """A viewer with what the oracle is told: who asks, and nothing of what follows from it."""

    name: str
    viewer: Viewer
    setting: Mapping[str, Any]


async def askers(connection: asyncpg.Connection) -> dict[str, Asker]:
    """A viewer of each kind, by name."""
    business = await connection.fetchval(BUSIEST)
    browser = await connection.fetchval(VISITOR)
    chat = await connection.fetchval(CHAT, browser)
    members = {role.lower(): await connection.fetchval(MEMBER, business, role) for role in ROLES}
    people = {name: await connection.fetchval(f"{query} LIMIT 1") for name, query in PEOPLE.items()} | members
    people["rival"] = await connection.fetchval(RIVAL, business)
    people["versatile"] = await connection.fetchval(VERSATILE, business)
    found = [
        Asker("anonymous", ANONYMOUS, {}),
        Asker("visitor", visitor(browser, chat=chat), {"visitor": str(browser), "chat": str(chat)}),
        *[Asker(name, await _person(connection, id_), {"person": str(id_)}) for name, id_ in people.items()],
        *[_key(name, business, scopes) for name, scopes in SCOPES.items()],
        Asker("admin", ADMIN, {"admin": True}),
    ]
    return {asker.name: asker for asker in found}


async def _person(connection: asyncpg.Connection, id_: UUID) -> Viewer:
    roles = await connection.fetch("SELECT business_id, role FROM identity.memberships WHERE user_id = $1", id_)
    customers = await connection.fetch("SELECT id, business_id FROM customers.customers WHERE user_id = $1", id_)
    return person(
        id_,
        roles={row["business_id"]: row["role"] for row in roles},
        customers=[row["id"] for row in customers],
        shops=[row["business_id"] for row in customers],
    )


def _key(name: str, business: UUID, scopes: tuple[str, ...]) -> Asker:
    return Asker(name, key(business, scopes), {"business": str(business), "scopes": list(scopes)})


TOKENS = {name: f"{SESSION}of_{name}" for name in ("staff", "admin")}
"""Tokens by which some of them are known to a server over the sample data."""


async def sign_in(connection: asyncpg.Connection) -> None:
    """Begin a session for each of those who have a token, whatever became of their accounts."""
    people = {"staff": (await askers(connection))["staff"].setting["person"]}
    people["admin"] = await connection.fetchval("SELECT id FROM identity.users WHERE is_superuser ORDER BY id LIMIT 1")
    for name, token in TOKENS.items():
        await connection.execute(ACTIVATE, people[name])
        await connection.execute(SIGN_IN, people[name], digest(token))

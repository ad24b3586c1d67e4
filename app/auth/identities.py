"""Whom tokens belong to, as the database says it: read for many tokens at once, by their hashes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from graph.access import viewers
from graph.engine.access import Viewer

SESSIONS = """
SELECT s.token_hash, s.csrf_token_hash, s.id, s.user_id, s.customer_id, s.type, u.is_superuser,
       (SELECT json_object_agg(m.business_id, m.role) FROM identity.memberships AS m
        WHERE m.user_id = u.id)::text AS roles,
       ARRAY (SELECT m.id FROM identity.memberships AS m WHERE m.user_id = u.id ORDER BY m.id) AS memberships,
       (SELECT json_object_agg(c.id, c.business_id) FROM customers.customers AS c
        WHERE c.user_id = u.id AND c.is_active AND c.deleted_at IS NULL)::text AS customers
FROM identity.login_sessions AS s
JOIN identity.users AS u ON u.id = s.user_id
WHERE s.token_hash = ANY($1) AND s.revoked_at IS NULL AND s.expires_at > now()
  AND u.is_active AND u.deleted_at IS NULL"""
"""Sessions that have not ended, with what their people may act as."""

KEYS = """
SELECT key_hash, id, business_id, agent_id, scopes, allowed_ips, allowed_domains,
       rate_limit_per_hour, rate_limit_per_day
FROM gateway.api_keys
WHERE key_hash = ANY($1) AND status = 'ACTIVE' AND coalesce(expires_at > now(), true)"""
"""Keys that open anything."""


VISITS = """
SELECT s.token_hash, s.id, s.visitor_id FROM chat.chat_sessions AS s JOIN chat.visitors AS v ON v.id = s.visitor_id
WHERE s.token_hash = ANY($1) AND v.blocked_at IS NULL AND coalesce(s.ended_at > now() - interval '24 hours', true)"""
"""Chats that go on or have not been over for a day, of visitors who are not barred."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A viewer, by which session or key, and from where it may be used."""

    viewer: Viewer
    session: UUID | None = None
    key: UUID | None = None
    networks: tuple[Any, ...] = ()
    """Where a key may be used from; none: anywhere."""
    origins: frozenset[str] = frozenset()
    """The sites whose pages may use a key; none: any."""
    csrf_hash: str | None = None
    """SHA-256 of the token that must come beside a cookie; None for what is no cookie's."""

    def may_come_from(self, ip: str | None, origin: str | None) -> bool:
        """Whether it may be used from an address, by a page of `origin` if it is a page that asks."""
        if self.networks and not _within(ip or "", self.networks):
            return False
        return not self.origins or origin is None or origin.partition("://")[2].partition(":")[0] in self.origins


def _within(ip: str, networks: Iterable[Any]) -> bool:
    try:
        address = ip_address(ip)
    except ValueError:
        return False
    return any(address in network for network in networks)


async def found(
    connection: asyncpg.Connection, sessions: Sequence[str], keys: Sequence[str], visits: Sequence[str] = ()
) -> dict[str, Identity]:
    """The identities of hashed tokens; those that open nothing are not in it."""
    known: dict[str, Identity] = {}
    if sessions:
        known |= {row["token_hash"]: _of_session(row) for row in await connection.fetch(SESSIONS, sessions)}
    if keys:
        for row in await connection.fetch(KEYS, keys):
            if identity := _of_key(row):
                known[row["key_hash"]] = identity
    if visits:
        known |= {row["token_hash"]: _of_visit(row) for row in await connection.fetch(VISITS, visits)}
    return known


def _of_visit(row: asyncpg.Record) -> Identity:
    return Identity(viewers.visitor(row["visitor_id"], chat=row["id"]))


def _of_session(row: asyncpg.Record) -> Identity:
    return Identity(_viewer_of_session(row), session=row["id"], csrf_hash=row["csrf_token_hash"])


def _viewer_of_session(row: asyncpg.Record) -> Viewer:
    roles, own = _uuids(row["roles"], str), {"session": row["id"], "memberships": tuple(row["memberships"])}
    customers = _uuids(row["customers"], UUID)
    if row["type"] == "CUSTOMER":  # somebody shops: what they are elsewhere does not count there
        roles, own["memberships"] = {}, ()
        customers = {key: shop for key, shop in customers.items() if key == row["customer_id"]}
    elif row["is_superuser"]:
        return Viewer(viewers.ADMIN, {"user": row["user_id"], **own})
    viewer = viewers.person(row["user_id"], roles=roles, customers=customers, shops=set(customers.values()))
    return Viewer(viewer.kind, {**viewer.params, **own})


def _uuids(pairs: str | None, value: Any) -> dict[UUID, Any]:
    return {UUID(key): value(given) for key, given in orjson.loads(pairs or "{}").items()}


def _of_key(row: asyncpg.Record) -> Identity | None:
    """None where nobody can say from where the key may be used: that locks out the key, and nobody beside it."""
    try:
        networks = tuple(ip_network(given, strict=False) for given in row["allowed_ips"])
    except ValueError:
        return None
    viewer = viewers.key(row["business_id"], row["scopes"])
    limits = {"hourly": row["rate_limit_per_hour"], "daily": row["rate_limit_per_day"]}
    viewer = Viewer(viewer.kind, {**viewer.params, "agent": row["agent_id"], "key": row["id"], **limits})
    return Identity(viewer, key=row["id"], networks=networks, origins=frozenset(row["allowed_domains"]))

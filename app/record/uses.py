"""When sessions and keys were last used: noted in memory, written once a minute for each at most."""

from datetime import UTC, datetime
from time import monotonic
from uuid import UUID

import asyncpg

from app.auth.identities import Identity
from app.record.writing import address

MINUTE = 60.0
MOST = 10_000
"""Ids that may be known to be written, until it is looked which of them need not be any more."""

SESSIONS = """
WITH given AS (SELECT * FROM unnest($1::uuid[], $2::timestamptz[]) AS given (id, at)),
     still AS (SELECT s.id, given.at FROM identity.login_sessions AS s JOIN given USING (id)
               WHERE s.revoked_at IS NULL AND s.last_seen_at < given.at
               ORDER BY s.id FOR NO KEY UPDATE OF s SKIP LOCKED)
UPDATE identity.login_sessions AS s SET last_seen_at = still.at FROM still WHERE s.id = still.id"""
"""Sessions that have not ended. A row that somebody works on is left to the next minute: nobody waits for it."""

KEYS = """
WITH given AS (SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::inet[]) AS given (id, at, ip)),
     still AS (SELECT k.id, given.at, given.ip FROM gateway.api_keys AS k JOIN given USING (id)
               WHERE k.status = 'ACTIVE' AND coalesce(k.last_used_at < given.at, true)
               ORDER BY k.id FOR NO KEY UPDATE OF k SKIP LOCKED)
UPDATE gateway.api_keys AS k SET last_used_at = still.at, last_used_ip = coalesce(still.ip, k.last_used_ip)
FROM still WHERE k.id = still.id"""
"""Keys that open something, in the same way."""


class Uses:
    """The sessions and keys that were used and wait to be written."""

    def __init__(self) -> None:
        self._known: dict[int, float] = {}
        """Until when nothing needs to be noted of a session or key; by a number, because a UUID's hash is slow."""
        self._sessions: dict[UUID, datetime] = {}
        self._keys: dict[UUID, tuple[datetime, str | None]] = {}

    def note(self, identity: Identity, ip: str | None) -> None:
        """Note that somebody let in asks, from the address `ip`."""
        id_, now = identity.key or identity.session, monotonic()
        if id_ is None or now < self._known.get(id_.int, 0.0):
            return
        self._known[id_.int] = now + MINUTE
        if identity.key is not None:
            self._keys[id_] = datetime.now(UTC), ip
        else:
            self._sessions[id_] = datetime.now(UTC)

    def __len__(self) -> int:
        return len(self._sessions) + len(self._keys)

    async def write(self, connection: asyncpg.Connection) -> None:
        """Write what waits. Raises what asyncpg raises."""
        if sessions := list(self._sessions.items()):
            await connection.execute(SESSIONS, *zip(*sessions, strict=True))
            told = set(sessions)
            self._sessions = {id_: at for id_, at in self._sessions.items() if (id_, at) not in told}
        if keys := [(id_, at, address(ip)) for id_, (at, ip) in self._keys.items()]:
            await connection.execute(KEYS, *zip(*keys, strict=True))
            written = {(id_, at) for id_, at, _ in keys}
            self._keys = {id_: use for id_, use in self._keys.items() if (id_, use[0]) not in written}
        if len(self._known) > MOST:
            self._known = {id_: until for id_, until in self._known.items() if until > monotonic()}

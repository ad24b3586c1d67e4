"""Where all processes count together: slices of buckets, leased by one statement for many at once.

While the database does not answer, each process counts for itself, at the same rates.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from math import floor
from time import monotonic
from typing import Any, NamedTuple, TypeVar

import asyncpg
import structlog

from app.limits.rules import SELECT

LEASE = "SELECT place, granted, remaining FROM public.lease_rate_limits($1, $2, $3, $4, $5, $6, $7)"
SWEEP = """
DELETE FROM gateway.rate_limit_buckets WHERE name IN (
  SELECT name FROM gateway.rate_limit_buckets WHERE free_at < coalesce($1, clock_timestamp())
  ORDER BY name LIMIT 10000 FOR UPDATE SKIP LOCKED) RETURNING name"""

PATIENCE = 2.0
"""Seconds after which the database does not answer. Then nobody waits for it any more until it does."""
MOST = 50_000
"""Buckets that are counted in this process alone, before those that are full again are forgotten."""

SETTINGS = {"application_name": "agora limits", "timezone": "UTC", "jit": "off"}

T = TypeVar("T")

log = structlog.get_logger(__name__)


class Ask(NamedTuple):
    """A bucket, what it holds, what comes back to it in a second, what is given back, what is needed in all, and the
    least that is of any use.
    """

    name: str
    capacity: float
    rate: float
    back: float
    need: float
    least: float


class Lease(NamedTuple):
    """What was granted, and what is left for others; `shared` if all processes know."""

    granted: float
    remaining: float
    shared: bool


Moment = Callable[[], datetime | None]


def by_the_database() -> None:
    """No moment: the database's clock counts, the same for all machines."""


class Ledger:
    """Leases from buckets."""

    def __init__(self, pool: asyncpg.Pool, moment: Moment = by_the_database) -> None:
        self.pool, self.moment = pool, moment
        self.alone = False
        """Whether the database does not answer."""
        self.own = OwnLedger()

    async def lease(self, asks: Sequence[Ask]) -> list[Lease]:
        """A lease for each of `asks`."""
        found = None if self.alone else await self._tried(lambda connection: self._leased(connection, asks))
        if found is not None:
            return found
        self._be_alone()
        return self.own.lease(asks, monotonic())

    def _be_alone(self) -> None:
        if not self.alone:
            log.warning("limits are counted by this process alone")
        self.alone = True

    async def try_again(self) -> None:
        """Count with the others again if the database answers again."""
        if self.alone and await self._tried(lambda connection: self._leased(connection, ())) is not None:
            log.info("limits are counted by all processes again")
            self.alone, self.own = False, OwnLedger()

    async def _leased(self, connection: Any, asks: Sequence[Ask]) -> list[Lease]:
        columns = [[ask[at] for ask in asks] for at in range(len(Ask._fields))]
        rows = await connection.fetch(LEASE, *columns, self.moment())
        return [Lease(row["granted"], row["remaining"], True) for row in sorted(rows, key=lambda row: row["place"])]

    async def rows(self) -> Sequence[Mapping[str, Any]] | None:
        """The limits that are in force; None if the database does not answer."""
        return await self._tried(lambda connection: _fetched(connection, SELECT))

    async def sweep(self) -> int:
        """The same as `sweep`, if the database answers."""
        return await self._tried(lambda connection: sweep(connection, self.moment())) or 0

    async def _tried(self, work: Callable[[Any], Awaitable[T]]) -> T | None:
        """What `work` comes to on a connection; None if the database does not answer."""
        try:
            async with asyncio.timeout(PATIENCE), self.pool.acquire() as connection:
                return await work(connection)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.debug("the limits' database does not answer", cause=type(error).__name__)
            return None


async def sweep(connection: Any, moment: datetime | None = None) -> int:
    """Forget the buckets that are full again; how many there were, at most 10,000."""
    return len(await _fetched(connection, SWEEP, moment))


async def _fetched(connection: Any, statement: str, *args: Any) -> Sequence[Mapping[str, Any]]:
    rows: Sequence[Mapping[str, Any]] = await connection.fetch(statement, *args)
    return rows


class OwnLedger:
    """The same in this process's memory: what `lease_rate_limits` does, step by step."""

    def __init__(self) -> None:
        self.used: dict[str, tuple[float, float, float]] = {}
        """Of each bucket what is used, as of when, and when nothing will be."""

    def lease(self, asks: Sequence[Ask], now: float) -> list[Lease]:
        """A lease for each of `asks`."""
        if len(self.used) > MOST:
            self.used = {name: given for name, given in self.used.items() if given[2] > now}
        return [self._lease(ask, now) for ask in asks]

    def _lease(self, ask: Ask, now: float) -> Lease:
        used, at, _ = self.used.get(ask.name, (0.0, now, now))
        used = max(0.0, used - ask.rate * max(0.0, now - at) - ask.back)
        free = ask.capacity - used
        slice_ = max(ask.need, min(ask.rate, free / 2), free / 16)
        granted = max(0.0, float(floor(min(free, slice_)))) if ask.need > 0 and free >= ask.least else 0.0
        self.used[ask.name] = used + granted, max(at, now), now + (used + granted) / ask.rate
        return Lease(granted, free - granted, False)


@asynccontextmanager
async def opened(dsn: str) -> AsyncIterator[Ledger]:
    """A ledger over connections of its own: whoever waits for the others must not wait for limits too."""
    pool = await asyncpg.create_pool(
        dsn, min_size=0, max_size=2, timeout=PATIENCE, server_settings=SETTINGS, max_inactive_connection_lifetime=0
    )
    try:
        yield Ledger(pool)
    finally:
        pool.terminate()

"""What is done on a schedule: room for the months ahead, figures brought up to date, and what is over swept away."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import asyncpg
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app import partitions, rollups
from app.database import Database, by
from app.services import sweeping
from app.services.answering import routes
from app.services.freelance import skills
from app.services.gateway import deliveries
from app.services.ingest import batches
from app.worker.desks import DailyFigures
from app.worker.parts import Chore

BATCH = 5_000
"""Rows that are swept away in one transaction."""

TOLD_LASTING = timedelta(days=30)
"""How long it is on record what services took."""

FORGET_SYNCS = f"""
DELETE FROM ops.service_syncs WHERE id IN (
  SELECT id FROM ops.service_syncs WHERE status = 'COMPLETED' AND created_at < $1 LIMIT {BATCH})
RETURNING 1"""

GIVE_UP_SYNCS = f"""
UPDATE ops.service_syncs SET status = 'FAILED', next_attempt_at = NULL, started_at = coalesce(started_at, now()),
       last_error = 'The subscription is gone.'
 WHERE id IN (SELECT id FROM ops.service_syncs
               WHERE subscription_id IS NULL AND status IN ('PENDING', 'PROCESSING') LIMIT {BATCH})
RETURNING 1"""

FORGET_JOBS = f"""
DELETE FROM queue.pgqueuer_log WHERE id IN (
  SELECT id FROM queue.pgqueuer_log WHERE created < now() - interval '1 day' LIMIT {BATCH}) RETURNING 1"""

FORGET_FIGURES = f"""
DELETE FROM queue.pgqueuer_statistics WHERE id IN (
  SELECT id FROM queue.pgqueuer_statistics WHERE created < now() - interval '30 days' LIMIT {BATCH}) RETURNING 1"""

Sweep = Callable[[AsyncSession, datetime], Awaitable[int]]


async def _forget_deliveries(session: AsyncSession, now: datetime) -> int:
    return await deliveries.do_forget_deliveries(session, now - deliveries.KEPT)


async def _forget_batches(session: AsyncSession, now: datetime) -> int:
    return await batches.do_forget_batches(session, now - batches.FOR)


SWEEPS: Sequence[Sweep] = (
    sweeping.do_remove_sessions,
    sweeping.do_remove_tokens,
    sweeping.do_remove_idempotency_keys,
    sweeping.do_remove_rate_limit_buckets,
    sweeping.do_remove_notifications,
    sweeping.do_remove_segment_members,
    sweeping.do_abandon_carts,
    sweeping.do_expire_carts,
    skills.do_expire,
    sweeping.do_expire_returns,
    sweeping.do_hide_recommendations,
    _forget_deliveries,
    _forget_batches,
)
"""Each says how much it swept, and is asked again as long as that was a batch."""

log = structlog.get_logger(__name__)


def chores(database: Database) -> Sequence[Chore]:
    """The chores of a database."""
    return (
        Chore("partitions", "10 3 * * *", Partitions(database.dsn).checked),
        Chore("rollups", "7 * * * *", Rollups(database.dsn).refreshed),
        Chore("sweeping", "*/10 * * * *", Sweeping(database).swept),
        Chore("chat_figures", "12 * * * *", DailyFigures(database).counted),
        Chore("providers", "*/5 * * * *", Providers(database).figured),
    )


class Partitions:
    """The months ahead of the firehose tables."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn

    async def checked(self) -> None:
        """Make those that are missing; an error is logged if one is missing all the same."""
        async with _connected(self.dsn) as connection:
            if made := await partitions.ensure(connection):
                log.info("made partitions", count=len(made))
            if absent := await partitions.missing(connection):
                log.error("partitions are missing", names=absent)


class Rollups:
    """The views that keep their rows."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn

    async def refreshed(self) -> None:
        """Bring them up to date, while others go on reading them."""
        async with _connected(self.dsn) as connection:
            await rollups.refresh(connection)


class Providers:
    """How the providers of language models did lately."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def figured(self) -> None:
        """Bring their figures of the last 24 hours up to date."""
        async with self.database.work(by("providers")) as work:
            await routes.do_figure(work.fetch, datetime.now(UTC))


class Sweeping:
    """Sweeps away what is over, a batch in each transaction."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def swept(self) -> None:
        """Sweep everything."""
        now = datetime.now(UTC)
        for statement, given in (
            (FORGET_SYNCS, (now - TOLD_LASTING,)),
            (GIVE_UP_SYNCS, ()),
            (FORGET_JOBS, ()),
            (FORGET_FIGURES, ()),
        ):
            while await self._some(statement, *given) >= BATCH:
                pass
        for sweep in SWEEPS:
            while await self._swept_by(sweep, now) >= BATCH:
                pass

    async def _swept_by(self, sweep: Sweep, now: datetime) -> int:
        async with self.database.transaction(by("sweeping")) as session:
            return await sweep(session, now)

    async def _some(self, statement: str, *given: datetime) -> int:
        async with self.database.work(by("sweeping")) as work:
            return len(await work.fetch(statement, *given))


@asynccontextmanager
async def _connected(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection whose statements take as long as they take."""
    connection = await asyncpg.connect(dsn, timeout=10, server_settings={"application_name": "agora chores"})
    try:
        yield connection
    finally:
        await connection.close()

"""What is done at the desks of live chat beside requests: chats find people, and leave those who are gone.

Tables say what there is to do; nothing is kept here. Each step is a transaction of its own.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import Database, by
from app.services.chat import figures, people, presence, queue, routing, tickets
from app.services.statements import Compiled

DUE = Compiled(people.DUE)

Step = Callable[[AsyncSession, UUID, datetime], Awaitable[object]]
"""Deals with the row of an id; what it gives counts as true if anything was done."""

STEPS: Mapping[str, Step] = {
    "gone": presence.do_let_go,
    "lost": presence.do_take_up,
    "expired": queue.do_expire,
    "overdue": routing.do_move_on,
    "ticket": tickets.do_make_late,
    "free": queue.serve,
}
"""By what is due, in this order: the queue is served when all else is done."""

PAUSE = 0.25
"""Seconds from one look at all desks to the next, however often the worker is woken."""

log = structlog.get_logger(__name__)


def utc_now() -> datetime:
    """The moment."""
    return datetime.now(UTC)


class Desks:
    """The desks of all businesses; the keys are the ids of businesses where something is to be done."""

    name = "desks"

    def __init__(self, database: Database, clock: Callable[[], datetime] = utc_now) -> None:
        self._database, self._clock = database, clock
        self._next_look = 0.0

    async def due(self) -> Sequence[str]:
        """The businesses where a chat waits that somebody could take, or somebody is gone who has chats.

        None of them if it was just asked: whoever makes room serves the queue in the same transaction, so this only
        finds what fell between two of them, and need not look after each commit.
        """
        now = asyncio.get_running_loop().time()
        if now < self._next_look:
            return []
        self._next_look = now + PAUSE
        return sorted({str(business) for business, _, _ in await self._due(None)})

    async def drain(self, key: str) -> None:
        """Do what is due at a desk, as long as that leads anywhere: what others are at is theirs.

        What cannot be done holds up nothing else of what is due; it is tried again with the next look.
        """
        while due := await self._due(UUID(key)):
            done = [await self._done(kind, id_) for kind in STEPS for _, found, id_ in due if found == kind]
            if not any(done):
                return

    async def _due(self, business: UUID | None) -> Sequence[tuple[UUID, str, UUID]]:
        now = self._clock()
        given = {**people.moments(now), "offered": now - people.OFFERED, "silent": now - tickets.SILENT}
        async with self._database.reads.acquire() as connection:
            rows = await connection.fetch(*DUE(**given, now=now, business=business))
        return [(row["business_id"], row["kind"], row["id"]) for row in rows]

    async def _done(self, kind: str, id_: UUID) -> bool:
        try:
            async with self._database.transaction(by("desk")) as session:
                return bool(await STEPS[kind](session, id_, self._clock()))
        except Exception as error:  # whatever it is, it must not keep the others waiting
            log.warning("not done at a desk", kind=kind, id=str(id_), cause=type(error).__name__, exc_info=True)
            return False


class DailyFigures:
    """What the chats of each day add up to."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = utc_now) -> None:
        self._database, self._clock = database, clock

    async def counted(self) -> None:
        """Count every day that was not settled when it was last counted."""
        now = self._clock()
        async with self._database.transaction(by("chat figures")) as session:
            since = await figures.due_since(session, now)
        while since <= now.date():
            until = min(since + timedelta(days=figures.DAYS_AT_ONCE - 1), now.date())
            if changed := await self._counted(since, until):
                log.info("counted chats", since=since.isoformat(), until=until.isoformat(), rows=changed)
            since = until + timedelta(days=1)

    async def _counted(self, since: date, until: date) -> int:
        async with self._database.transaction(by("chat figures")) as session:
            return await figures.do_count_days(session, since, until)

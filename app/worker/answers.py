"""The outbox of questions to AI agents: answers the most urgent first, each where it was asked.

Nothing is held while a model is asked: a request is claimed for some seconds, which are prolonged as long as the answer
comes, and what became of it is written after. Whoever is killed meanwhile leaves a request that is asked anew.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import structlog

from app.answering import Draft, Offline, Tell, opened
from app.database import Database, by
from app.services.answering import landing, routes, storing, waiting
from app.services.answering.asking import OFFLINE, do_find_model
from app.services.answering.landing import Times
from app.services.answering.replies import Fault, Question, Reply, Responder, Route
from app.services.answering.routes import Ways
from app.services.answering.waiting import MOST_ATTEMPTS, PAUSES, Claimed
from app.settings import Settings
from app.worker.notifications import utc_now

AT_ONCE = 16
"""Requests that a process offers to answer at once."""

LOOKS = 0.5
"""Seconds from one look whether an answer is still wanted to the next."""

KEEPS = 5.0
"""Seconds after which a claim is prolonged."""

CONFIGURED = "configured"
"""The slug of the provider of the model that the process's settings name."""

BY = by("answer")

DIED = Fault("died", "It was given up: each attempt broke off before it came to an end.")
GONE = Fault("agent_gone", "The agent is gone.")
RESTING = Fault("down", "The provider is down, and another question finds out whether it is back.")
CLOSED = "maintenance"

SPARED_FOR = timedelta(minutes=5)
"""For how long a request may wait for a provider that was asked often enough, before that counts as attempts."""

log = structlog.get_logger(__name__)


def nobody_listens(topic: str, payload: bytes) -> None:
    """Tell nobody how far an answer is."""


@asynccontextmanager
async def asking(settings: Settings) -> AsyncIterator[Responder | None]:
    """What asks language models, as far as the process's settings name a place; it is open meanwhile."""
    llm = settings.llm
    if llm.url is None:
        yield None
        return
    key = llm.key.get_secret_value() if llm.key else None
    async with opened(llm.url, key, private=settings.private_calls) as models:
        yield models


class Spared(Fault):
    """A provider was not asked: it was as often as it allows in the minute that ends after so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__("rate_limited", "The provider takes no more requests this minute.", retry_after=seconds)


class Attempt(NamedTuple):
    """A question that is worked on."""

    question: Question
    claimed: Claimed
    draft: Draft
    ways: Ways


class Answers:
    """The requests of LlmRequest that wait, each a part of its own; `model` is asked where an agent names none.

    `online` asks the models; without it there is only what is written down.
    """

    name = "answers"

    def __init__(
        self,
        database: Database,
        online: Responder | None = None,
        *,
        model: str | None = None,
        tell: Tell = nobody_listens,
        clock: Callable[[], datetime] = utc_now,
        dice: Callable[[], float] = random.random,
    ) -> None:
        self._database, self._online, self._model = database, online, model
        self._tell, self._clock, self._dice = tell, clock, dice
        self._offline = Offline()
        self._running: set[UUID] = set()
        self._configured: UUID | None = None
        self._is_prepared = False

    async def due(self) -> Sequence[str]:
        """The ids of the requests that this process could answer next."""
        free = AT_ONCE - len(self._running)
        if free <= 0:
            return []
        async with self._database.reads.acquire() as connection:
            return await waiting.due(connection.fetch, self._clock(), free)

    async def drain(self, key: str) -> None:
        """Answer a request, unless it is over or another of its conversation comes first."""
        request_id = UUID(key)
        async with self._database.work(BY) as work:
            claimed = await waiting.claim(work.fetch, request_id, self._clock())
        if claimed is None:
            return
        self._running.add(request_id)
        try:
            if claimed.retry_count >= MOST_ATTEMPTS:
                await self._given_up(request_id, claimed)
            else:
                await self._while_wanted(request_id, claimed)
        except asyncio.CancelledError:  # a process that is told to end lets others go on at once
            await asyncio.shield(self._released(request_id))
            raise
        finally:
            self._running.discard(request_id)

    async def _released(self, request_id: UUID) -> None:
        async with self._database.work(BY) as work:
            await waiting.release(work.fetch, request_id, self._clock())

    async def _given_up(self, request_id: UUID, claimed: Claimed) -> None:
        """Say that there is no answer; if not even that can be said, end it without a word."""
        try:
            attempt = await self._begun(request_id, claimed)
            if attempt is not None:
                await self._fail(attempt, DIED)
        except Exception:
            log.warning("given up without a word", request=str(request_id), exc_info=True)
            async with self._database.transaction(BY) as session:
                await landing.do_give_up(session, request_id, DIED, self._moment(claimed))

    async def _while_wanted(self, request_id: UUID, claimed: Claimed) -> None:
        """Answer, as long as anybody wants the answer."""
        attempt = await self._begun(request_id, claimed)
        if attempt is None:
            return
        answering = asyncio.create_task(self._answered(attempt))
        watching = asyncio.create_task(self._unwanted(request_id))
        try:
            await asyncio.wait((answering, watching), return_when=asyncio.FIRST_COMPLETED)
            if answering.done():
                answering.result()
            else:
                await _stopped(answering)
                await self._drop(attempt)
        finally:
            await _stopped(answering, watching)
            attempt.draft.done()

    async def _begun(self, request_id: UUID, claimed: Claimed) -> Attempt | None:
        """What is asked, and how it can be answered; None if it is over already."""
        configured = await self._found_model()
        async with self._database.reads.acquire() as connection:
            question = await waiting.read(connection.fetch, request_id)
            if question is not None:
                ways = await routes.ways(connection.fetch, question.model_id, configured, self._clock())
        if question is None:
            async with self._database.transaction(BY) as session:
                await landing.do_give_up(session, request_id, GONE, self._moment(claimed))
            return None
        held = question.configuration.get("holdsDrafts") is True
        draft = Draft(f"llm_request_{request_id}", question.topic, self._tell, held)
        return Attempt(question, claimed, draft, ways)

    async def _found_model(self) -> UUID | None:
        """The model that the settings name. Its row, and that of what is written down, are made when first needed."""
        if not self._is_prepared:
            async with self._database.transaction(BY) as session:
                await do_find_model(session, OFFLINE, "Offline", OFFLINE, priority=0)
                if self._model is not None and self._online is not None:
                    found = await do_find_model(session, CONFIGURED, "Configured model", self._model, priority=50)
                    self._configured = found.id
            self._is_prepared = True
        return self._configured

    async def _unwanted(self, request_id: UUID) -> None:
        """Return once nobody wants the answer any more; prolong the claim until then."""
        for look in range(1, 1_000_000):
            await asyncio.sleep(LOOKS)
            try:
                if not await self._is_wanted(request_id, keep=look % round(KEEPS / LOOKS) == 0):
                    return
            except Exception as error:  # the database is away for a moment: that does not make it unwanted
                log.warning("not looked after", request=str(request_id), cause=type(error).__name__)

    async def _is_wanted(self, request_id: UUID, *, keep: bool) -> bool:
        """Whether the answer is wanted; `keep` prolongs the claim if it is."""
        async with self._database.reads.acquire() as connection:
            wanted = await waiting.is_wanted(connection.fetch, request_id)
        if wanted and keep:
            async with self._database.work(BY) as work:
                await waiting.keep(work.fetch, request_id, self._clock())
        return wanted

    async def _answered(self, attempt: Attempt) -> None:
        """Answer by the first way that leads anywhere, or put it off, or say that there is no answer."""
        online = attempt.ways.routes if self._online is not None else ()
        if await self._repeated(attempt, online):
            return
        faults = []
        for route in online:
            assert self._online is not None
            fault = await self._tried(attempt, route, self._online)
            if fault is None:
                return
            faults.append((route, fault))
        await self._without_model(attempt, faults)

    async def _repeated(self, attempt: Attempt, online: Sequence[Route]) -> bool:
        """Whether an answer that was given before is given again."""
        first = next(iter(online), attempt.ways.offline)
        if first is None:
            return False
        async with self._database.reads.acquire() as connection:
            stored = await storing.stored(connection.fetch, attempt.question, first)
        if stored is None:
            return False
        attempt.draft.hear(stored.reply.content)
        await self._land(attempt, stored.reply, first, stored)
        return True

    async def _tried(self, attempt: Attempt, route: Route, responder: Responder) -> Fault | None:
        """Why a route led nowhere; None if the answer landed."""
        attempt.draft.renew()
        held_back = await self._held_back(route)
        if held_back is not None:
            return held_back
        try:
            reply = await responder.answer(attempt.question, route, attempt.draft.hear)
        except Fault as fault:
            log.info("no answer", provider=route.slug, code=fault.code, request=str(attempt.question.request_id))
            async with self._database.work(BY) as work:
                await routes.note(work.fetch, route.provider_id, self._clock(), fault)
            return fault
        async with self._database.work(BY) as work:
            await routes.note(work.fetch, route.provider_id, self._clock())
        await self._land(attempt, reply, route)
        return None

    async def _held_back(self, route: Route) -> Fault | None:
        """Why a provider is not asked now: another question finds out whether it is back, or it has its share."""
        most, now = route.rate_limit_per_minute, self._clock()
        if not route.is_trial and most is None:
            return None
        async with self._database.work(BY) as work:
            if route.is_trial and not await routes.may_try(work.fetch, route.provider_id, now):
                return RESTING
            seconds = await routes.share(work.fetch, route.provider_id, most, now) if most is not None else None
        return None if seconds is None else Spared(seconds)

    async def _without_model(self, attempt: Attempt, faults: Sequence[tuple[Route, Fault]]) -> None:
        """No model answered: try again where that may help, else answer by what is written down, or say sorry."""
        again = [fault for _, fault in faults if not fault.is_lasting]
        is_resting = self._online is not None and attempt.ways.resting
        is_last = attempt.claimed.retry_count + 1 >= MOST_ATTEMPTS
        if (again or is_resting) and not is_last:
            return await self._put_off(attempt, again)
        if attempt.ways.offline is not None:
            fault = await self._tried(attempt, attempt.ways.offline, self._offline)
            if fault is None:
                return None
            faults = [*faults, (attempt.ways.offline, fault)]
        route, fault = faults[-1] if faults else (None, _none(attempt.ways))
        return await self._fail(attempt, fault, route)

    async def _put_off(self, attempt: Attempt, faults: Sequence[Fault]) -> None:
        """Try again after a pause, or when a provider that was asked wants to be asked again if that is later."""
        claimed, dice = attempt.claimed, 0.8 + 0.4 * self._dice()
        tried = [fault for fault in faults if not isinstance(fault, Spared)]
        wait = min((fault.retry_after for fault in tried or faults if fault.retry_after is not None), default=0)
        at = self._clock() + max(PAUSES[claimed.retry_count] * dice, timedelta(seconds=wait))
        fault = faults[0] if faults else Fault("down", "The providers are down.")
        counts = bool(tried) or not faults or self._clock() - claimed.created_at >= SPARED_FOR
        async with self._database.work(BY) as work:
            fetch, request_id = work.fetch, attempt.question.request_id
            await waiting.put_off(fetch, request_id, at, fault.code, fault.message, counts=counts)

    async def _land(self, attempt: Attempt, reply: Reply, route: Route, stored: storing.Stored | None = None) -> None:
        if not reply.is_unsafe:
            attempt.draft.rest()
        times = self._times(attempt)
        async with self._database.transaction(BY) as session:
            await landing.do_land(session, attempt.question, reply, route, times, stored)

    async def _fail(self, attempt: Attempt, fault: Fault, route: Route | None = None) -> None:
        ways = attempt.ways
        words = (ways.maintenance if fault.code == CLOSED else None) or landing.FAILED
        times, through = self._times(attempt), route or next(iter(ways.routes), ways.offline)
        async with self._database.transaction(BY) as session:
            await landing.do_fail(session, attempt.question, fault, through, times, words)

    async def _drop(self, attempt: Attempt) -> None:
        """Nobody wants the answer any more: say so in the request, if nobody did."""
        route = next(iter(attempt.ways.routes), attempt.ways.offline)
        async with self._database.transaction(BY) as session:
            await landing.do_drop(session, attempt.question, route, self._times(attempt))

    def _times(self, attempt: Attempt) -> Times:
        claimed = attempt.claimed
        return Times(claimed.created_at, claimed.started_at, self._moment(claimed))

    def _moment(self, claimed: Claimed) -> datetime:
        """Now, by a clock that may be behind that of the database."""
        return max(self._clock(), claimed.started_at)


def _none(ways: Ways) -> Fault:
    """Why there is no way to an answer."""
    if ways.maintenance is not None:
        return Fault(CLOSED, ways.maintenance or "The providers are out of use for a while.")
    return Fault("no_provider", "There is no provider that could be asked.")


async def _stopped(*tasks: asyncio.Task[None]) -> None:
    """Cancel tasks, and wait until they are over."""
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError, Exception):
            await task

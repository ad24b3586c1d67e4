"""What becomes of a request: its answer lands where it was asked, it fails, or nobody wants it any more.

The conversation or chat is locked first, then the request, which must still wait: so each request ends once, however
often it is taken up, and leaves one message at most. Everything is written in the transaction that ends it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.answering import in_chats, in_conversations
from app.services.answering.accounting import Use, cost_of, do_account
from app.services.answering.replies import Fault, Question, Reply, Route
from app.services.answering.storing import Stored, key_of, lasting
from graph.engine.model.ids import snake
from models.llm import LlmRequest, LlmResponse

WITHHELD = "I cannot answer that. Please ask in another way."
FAILED = "I cannot answer at the moment. Please try again later."
PASSED_ON = "I pass this on to a colleague."

ERROR_LENGTH = 1_000

_QUIETLY = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class Times:
    """When a request was asked, sent and done with."""

    asked: datetime
    sent: datetime
    done: datetime

    @property
    def queue_ms(self) -> int:
        """How long it waited."""
        return _ms(self.asked, self.sent)

    @property
    def processing_ms(self) -> int:
        """How long it was worked on."""
        return _ms(self.sent, self.done)


def _ms(first: datetime, last: datetime) -> int:
    return max(0, round((last - first).total_seconds() * 1000))


async def do_land(
    session: AsyncSession, question: Question, reply: Reply, route: Route, times: Times, stored: Stored | None = None
) -> bool:
    """Write an answer where it was asked; False if it is not wanted any more.

    One that is unsafe is replaced by words that say so, and nothing of it is kept. `stored` is what it repeats.
    """
    place = await _place(session, question)
    use = {"reply": reply, "cached": stored is not None}
    if not await _waits(session, question.request_id):
        await _account(session, question, route, times, **use, late=True)
        return False
    if place is None:
        await _end(session, question, "CANCELLED", times.done)
        await _account(session, question, route, times)  # as if it had been broken off in time
        await _account(session, question, route, times, **use, late=True)
        return False
    shown = _shown(reply, place.is_chat)
    await _end(session, question, "COMPLETED", times.done, route)
    response = _response(question, shown, reply, route, times, stored)
    await session.execute(insert(LlmResponse).values(**response))
    await _account(session, question, route, times, **use)
    if shown.hands_over and place.is_passed_on:
        return True
    values = {
        "model_id": route.model_id,
        "request_id": question.request_id,
        "token_count": response["completion_tokens"],
        "cost": response["cost"],
        "currency": route.currency,
        "processing_time_ms": times.processing_ms,
        "metadata_": _metadata(shown, route, stored),
    }
    await place.say(session, question, shown.content, times.done, values)
    if shown.hands_over:
        await place.hand_over(session, question, times.done)
    return True


async def do_fail(
    session: AsyncSession, question: Question, fault: Fault, route: Route | None, times: Times, words: str = FAILED
) -> bool:
    """Write that there is no answer, and why; people are told `words`. False if it is not wanted any more."""
    place = await _place(session, question)
    if not await _waits(session, question.request_id):
        return False
    values = {"error_code": fault.code, "error_message": fault.message[:ERROR_LENGTH]}
    await _end(session, question, "FAILED", times.done, route, **values)
    if route is not None:
        await _account(session, question, route, times, failed=True)
    if place is not None:
        await place.fail(session, question, words, times.done)
    return True


async def do_drop(session: AsyncSession, question: Question, route: Route | None, times: Times) -> bool:
    """Write that nobody wants the answer any more; False if its request is over."""
    if not await _waits(session, question.request_id):
        return False
    await _end(session, question, "CANCELLED", times.done)
    if route is not None:
        await _account(session, question, route, times)
    return True


async def do_give_up(session: AsyncSession, request_id: UUID, fault: Fault, now: datetime) -> None:
    """Write that a request of which nothing else is known any more has failed."""
    values = {"status": "FAILED", "completed_at": now, "error_code": fault.code, "error_message": fault.message}
    over = update(LlmRequest).where(LlmRequest.id == request_id, LlmRequest.status == "PENDING")
    await session.execute(over.values(next_attempt_at=None, **values), execution_options=_QUIETLY)


async def _place(session: AsyncSession, question: Question) -> "in_chats.Chat | in_conversations.Talk | Nowhere | None":
    """Where the answer goes, locked; None if it is over, or somebody else answers there."""
    if question.chat_id is not None:
        return await in_chats.place(session, question.chat_id, question.agent_id)
    if question.conversation_id is not None:
        return await in_conversations.place(session, question.conversation_id)
    return Nowhere()


@dataclass(frozen=True, slots=True)
class Nowhere:
    """The place of a request that nobody made in a conversation: its answer is kept, and that is all."""

    is_chat: bool = False
    is_passed_on: bool = False

    async def say(
        self, session: AsyncSession, question: Question, content: str, now: datetime, values: Mapping[str, Any]
    ) -> None:
        """Say nothing."""

    async def fail(self, session: AsyncSession, question: Question, words: str, now: datetime) -> None:
        """Say nothing."""

    async def hand_over(self, session: AsyncSession, question: Question, now: datetime) -> None:
        """Hand over to nobody."""


async def _waits(session: AsyncSession, request_id: UUID) -> bool:
    """Whether the request, which is locked by this, still waits for its answer."""
    status = select(LlmRequest.status).where(LlmRequest.id == request_id).with_for_update()
    return await session.scalar(status) == "PENDING"


async def _end(
    session: AsyncSession, question: Question, status: str, now: datetime, route: Route | None = None, **values: Any
) -> None:
    through = {"provider_id": route.provider_id, "model_id": route.model_id} if route else {}
    over = update(LlmRequest).where(LlmRequest.id == question.request_id)
    given = {"status": status, "completed_at": now, "next_attempt_at": None, **through, **values}
    await session.execute(over.values(**given), execution_options=_QUIETLY)


async def _account(session: AsyncSession, question: Question, route: Route, times: Times, **more: Any) -> None:
    about = (question.business_id, question.agent_id, question.user_id, route, times.asked, times.done)
    await do_account(session, Use(*about, ms=times.queue_ms + times.processing_ms, **more))


def _shown(reply: Reply, is_chat: bool) -> Reply:
    """The answer as people see it."""
    if not reply.is_unsafe:
        return reply
    words = f"I cannot answer that. {PASSED_ON}" if is_chat else WITHHELD
    return replace(reply, content=words, sources=(), hands_over=is_chat)


def _response(
    question: Question, shown: Reply, reply: Reply, route: Route, times: Times, stored: Stored | None
) -> dict[str, Any]:
    """The row of the answer."""
    lasts = lasting(question, reply) if stored is None else None
    prompt, completion = (0, 0) if stored else (reply.prompt_tokens, reply.completion_tokens)
    return {
        "request_id": question.request_id,
        "content": shown.content,
        "finish_reason": reply.finish_reason,
        "safety_rating": reply.safety,
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "queue_time_ms": times.queue_ms,
        "processing_time_ms": times.processing_ms,
        "response_time_ms": times.queue_ms + times.processing_ms,
        "cost": 0 if stored else cost_of(route, reply),
        "currency": route.currency,
        "confidence_score": reply.confidence,
        "is_cached": stored is not None,
        "cache_key": key_of(question, route),
        "cache_expires_at": times.done + lasts if lasts else None,
        "cached_response_id": stored and stored.id,
    }


def _metadata(shown: Reply, route: Route, stored: Stored | None) -> dict[str, Any]:
    """What is noted of an answer: who gave it, how sure it is, and where it is from."""
    sources = [
        {"type": find.entity, "id": f"{snake(find.entity)}_{find.id}", "title": find.title} for find in shown.sources
    ]
    told = {
        "provider": route.slug,
        "model": route.model,
        "confidence": str(shown.confidence) if shown.confidence is not None else None,
        "sources": sources or None,
        "repeats": f"llm_response_{stored.id}" if stored else None,
        "isUnsafe": shown.is_unsafe or None,
        "handsOver": shown.hands_over or None,
    }
    return {name: value for name, value in told.items() if value is not None}

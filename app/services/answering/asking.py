"""Requests for answers: written in the transaction that asks, answered by the worker, cancelled by whoever asked.

A request is named by the message it answers, so a message is never answered twice.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.waking import touch
from models.agents import Agent
from models.chat import ChatSession
from models.llm import AiModel, LlmProvider, LlmRequest, LlmRequestPriority

OFFLINE = "offline"
"""The slug of the provider that is none, and the name of its model: what is written down answers."""

_QUIETLY = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class Asked:
    """What an agent is asked, and where the answer goes."""

    reference: str
    """The global ID of the message that is to be answered."""
    prompt: str
    system_prompt: str | None = None
    priority: LlmRequestPriority = "NORMAL"
    user_id: UUID | None = None
    conversation_id: UUID | None = None
    chat_session_id: UUID | None = None
    session_id: str | None = None
    max_tokens: int | None = None
    temperature: Decimal | None = None


async def do_ask(session: AsyncSession, agent: Agent, asked: Asked) -> UUID | None:
    """Have the worker answer: the request's id; None if that message is answered already."""
    model = await session.get(AiModel, agent.model_id) if agent.model_id else None
    if model is None or model.llm_provider_id is None:
        model = await do_find_model(session, OFFLINE, "Offline", OFFLINE, priority=0)
    values = asdict(asked) | {
        "business_id": agent.business_id,
        "agent_id": agent.id,
        "model_id": model.id,
        "provider_id": model.llm_provider_id,
        "type": "CHAT",
        "next_attempt_at": func.now(),
    }
    added = insert(LlmRequest).values(**values).on_conflict_do_nothing(index_elements=["business_id", "reference"])
    id_: UUID | None = await session.scalar(added.returning(LlmRequest.id))
    return id_


async def ask_in_chat(session: AsyncSession, chat: ChatSession, message_id: UUID, content: str) -> None:
    """Have the AI agent of a live chat that is locked answer what the visitor said; nothing if it is not at work."""
    agent = await session.get(Agent, chat.ai_agent_id) if chat.ai_agent_id else None
    if agent is None or agent.status != "ACTIVE" or chat.assigned_agent_id is not None:
        return
    most = agent.configuration.get("maxTokens")
    asked = Asked(
        reference=f"chat_message_{message_id}",
        prompt=content,
        system_prompt=agent.system_prompt,
        priority="HIGH",  # somebody looks at an open window
        chat_session_id=chat.id,
        session_id=str(chat.id),
        max_tokens=most if isinstance(most, int) and 0 < most <= 100_000 else 300,
    )
    await do_ask(session, agent, asked)


async def do_ask_instead(
    session: AsyncSession, chat: ChatSession, message_id: UUID, content: str, *, most: int
) -> bool:
    """Have the last of the requests of a live chat that is locked ask this instead; False if fewer than `most` wait.

    Its answer knows of what it asked before: that was said before this.
    """
    waiting = select(LlmRequest.id).where(
        LlmRequest.chat_session_id == chat.id, LlmRequest.agent_id == chat.ai_agent_id, LlmRequest.status == "PENDING"
    )
    found = (await session.scalars(waiting.order_by(LlmRequest.id.desc()).limit(most))).all()
    if len(found) < most:
        return False
    unsent = (LlmRequest.id == found[0], LlmRequest.status == "PENDING", LlmRequest.started_at.is_(None))
    newer = update(LlmRequest).where(*unsent).values(reference=f"chat_message_{message_id}", prompt=content)
    return await session.scalar(newer.returning(LlmRequest.id), execution_options=_QUIETLY) is not None


async def do_cancel(session: AsyncSession, request_id: UUID, now: datetime) -> bool:
    """Have a request not answered any more; False if it is over."""
    return bool(await do_cancel_all(session, LlmRequest.id == request_id, now))


async def do_cancel_all(session: AsyncSession, which: ColumnElement[bool], now: datetime) -> int:
    """The same with all that wait or are being answered; how many there were."""
    # It may have been sent a moment ago by a process whose clock is ahead.
    over = func.greatest(now, LlmRequest.started_at)
    values: dict[str, Any] = {"status": "CANCELLED", "completed_at": over, "next_attempt_at": None}
    cancelled = update(LlmRequest).where(which, LlmRequest.status == "PENDING").values(**values)
    found = await session.execute(
        cancelled.returning(LlmRequest.conversation_id, LlmRequest.chat_session_id), execution_options=_QUIETLY
    )
    rows = found.all()
    for conversation_id, chat_id in rows:
        if conversation_id or chat_id:
            touch(session, f"conversation:{conversation_id}" if conversation_id else f"chat:{chat_id}")
    return len(rows)


async def do_find_model(session: AsyncSession, slug: str, provider: str, name: str, *, priority: int) -> AiModel:
    """The model `name` of the provider `slug`; both are made if they are not there."""
    given: dict[str, Any] = {"slug": slug, "name": provider, "priority": priority, "status": "HEALTHY"}
    await session.execute(insert(LlmProvider).values(**given).on_conflict_do_nothing(index_elements=["slug"]))
    provider_id = await session.scalar(select(LlmProvider.id).where(LlmProvider.slug == slug))
    wanted = select(AiModel).where(AiModel.name == name, AiModel.llm_provider_id == provider_id).limit(1)
    model: AiModel | None = await session.scalar(wanted)
    if model is None:
        # Without a version two of them would be different to the unique key.
        new = insert(AiModel).values(name=name, provider="CUSTOM", version=slug, llm_provider_id=provider_id)
        await session.execute(new.on_conflict_do_nothing(index_elements=["provider", "name", "version"]))
        model = await session.scalar(wanted)
    assert model is not None, "It was just made."
    return model

"""What people do in conversations with AI agents. What is asked is answered beside the request, by the worker."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import exists, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.accounts.occasion import Occasion
from app.services.answering.asking import Asked, do_ask, do_cancel, do_cancel_all
from app.services.checks import broken, check_text, fits_json, tidied
from app.services.conversations.actors import Talker, agent_for, conversation_at
from app.services.conversations.log import Entry, write
from app.services.conversations.saying import say
from app.services.refusals import Refusal, check, conflict, missing, only
from models.agents import Agent, Conversation, Message
from models.llm import AiModel, LlmRequest, LlmRequestPriority

TITLE, SESSION, FEEDBACK, CONTENT = 200, 255, 5_000, 10_000
"""Characters of a title, of the client's name for a conversation, of what people say of one, and of a question."""

CONTEXT = 16 * 1024
"""Bytes of what the agent is told of the situation."""

UNANSWERED = 3
"""Questions of a conversation that may wait for their answers at once."""

HIGH_ONLY = Refusal("FORBIDDEN", "priority", "is HIGH for the staff of the agent's business alone")
OTHER_BUSINESS = Refusal("BAD_USER_INPUT", "businessId", "must be the business of the agent, if it is given")

Rows = dict[str, UUID | None]
"""What a step touched, each row by what the payload calls it."""


async def start_conversation(
    session: AsyncSession,
    by: Talker,
    when: Occasion,
    *,
    agent_id: UUID,
    business_id: UUID | None = None,
    session_id: str | None = None,
    title: str | None = None,
    context: Mapping[str, Any] | None = None,
    message: str | None = None,
) -> Rows:
    """Begin a conversation, with a first question if one is given. Raises Refused."""
    check(_check_start(session_id, title, context, message))
    agent = await agent_for(session, by, agent_id)
    if business_id not in (None, agent.business_id):
        check([OTHER_BUSINESS])
    values = {
        **await _settings(session, agent),
        "agent_id": agent.id,
        "business_id": agent.business_id,
        "user_id": by.user,
        "user_type": by.as_whom(agent.business_id),
        "session_id": tidied(session_id) or f"session-{uuid4().hex}",
        "title": tidied(title) or _title(message),
        "context": dict(context or {}),
    }
    id_ = await session.scalar(insert(Conversation).values(**values).returning(Conversation.id))
    assert id_ is not None
    conversation = await conversation_at(session, by, id_)
    await write(session, conversation, Entry("STARTED", payload={"agent": agent.slug}))
    rows: Rows = {"conversation": id_, "message": None, "request": None}
    if message is None:
        return rows
    return rows | await _ask(session, agent, conversation, message, "NORMAL")


async def ask_agent(
    session: AsyncSession,
    by: Talker,
    when: Occasion,
    *,
    conversation_id: UUID,
    content: str,
    priority: LlmRequestPriority = "NORMAL",
) -> Rows:
    """Say something in a conversation of one's own, for the agent to answer. Raises Refused."""
    check(check_text("content", content, CONTENT))
    conversation = await conversation_at(session, by, conversation_id, "conversationId")
    only(conversation.user_id == by.user, "conversationId", "the person whose conversation it is")
    if conversation.status != "ACTIVE" or conversation.outcome != "ONGOING":
        conflict("conversationId", "names a conversation that is over: start another")
    if priority == "HIGH" and not by.serves(conversation.business_id):
        check([HIGH_ONLY])
    agent = await agent_for(session, by, conversation.agent_id, "conversationId")
    waiting = select(func.count()).where(
        LlmRequest.conversation_id == conversation.id,
        LlmRequest.status == "PENDING",
        LlmRequest.next_attempt_at.is_not(None),
    )
    if (await session.scalar(waiting) or 0) >= UNANSWERED:
        conflict("conversationId", f"has {UNANSWERED} questions that wait for their answers: wait or cancel one")
    rows: Rows = {"conversation": conversation.id}
    return rows | await _ask(session, agent, conversation, content, priority)


async def cancel_answer(session: AsyncSession, by: Talker, when: Occasion, *, request_id: UUID) -> Rows:
    """Have a question not answered any more, or its answer broken off. Raises Refused."""
    request = await session.get(LlmRequest, request_id, populate_existing=True)
    if request is None or not (request.user_id == by.user or by.is_administrator or request.business_id in by.managers):
        missing("requestId", "request")
    rows: Rows = {"conversation": request.conversation_id, "request": request.id}
    if request.status == "CANCELLED" or await do_cancel(session, request_id, when.now):
        return rows
    conflict("requestId", "names a request that is over")


async def rate_conversation(
    session: AsyncSession, by: Talker, when: Occasion, *, id: UUID, rating: int, feedback: str | None = None
) -> Rows:
    """Say how good a conversation of one's own was; another time for the first changes that. Raises Refused."""
    rules = {("rating", "must be from 1, poor, to 5, excellent"): 1 <= rating <= 5}
    check([*broken(rules), *check_text("feedback", feedback, FEEDBACK, least=0)])
    conversation = await conversation_at(session, by, id)
    only(conversation.user_id == by.user, "id", "the person whose conversation it is")
    answered = exists().where(Message.conversation_id == id, Message.role == "ASSISTANT")
    if not await session.scalar(select(answered)):
        conflict("id", "names a conversation in which nothing was answered yet")
    entry = Entry("RATED", payload={"rating": rating})
    await write(session, conversation, entry, satisfaction_rating=rating, feedback=tidied(feedback))
    return {"conversation": id}


async def archive_conversation(session: AsyncSession, by: Talker, when: Occasion, *, id: UUID) -> Rows:
    """Put a conversation away, which ends it; what waits for an answer is not answered any more. Raises Refused."""
    conversation = await conversation_at(session, by, id)
    if conversation.status == "ARCHIVED":
        return {"conversation": id}
    await do_cancel_all(session, LlmRequest.conversation_id == id, when.now)
    entries, values = await _ended(session, conversation, when) if conversation.outcome == "ONGOING" else ([], {})
    entries.append(Entry("ARCHIVED"))
    await write(session, conversation, *entries, status="ARCHIVED", archived_at=when.now, **values)
    return {"conversation": id}


async def _ended(
    session: AsyncSession, conversation: Conversation, when: Occasion
) -> tuple[list[Entry], dict[str, Any]]:
    """How a conversation ends that somebody puts away: resolved if the last word was an answer."""
    last = select(Message.role).where(Message.conversation_id == conversation.id, Message.status != "FAILED")
    role = await session.scalar(last.order_by(Message.id.desc()).limit(1))
    outcome = "RESOLVED" if role == "ASSISTANT" else "ABANDONED"
    entries = [Entry("OUTCOME_CHANGED", payload={"outcome": outcome}), Entry("ENDED")]
    return entries, {"outcome": outcome, "ended_at": when.now}


async def _ask(
    session: AsyncSession, agent: Agent, conversation: Conversation, content: str, priority: LlmRequestPriority
) -> Rows:
    """What the person says as a message, and the request that answers it."""
    message_id = await say(session, conversation, "USER", content)
    prompts = (agent.system_prompt, conversation.system_prompt)
    request_id = await do_ask(
        session,
        agent,
        Asked(
            reference=f"message_{message_id}",
            prompt=content,
            system_prompt="\n\n".join(filter(None, prompts)) or None,
            priority=priority,
            user_id=conversation.user_id,
            conversation_id=conversation.id,
            session_id=conversation.session_id,
            max_tokens=conversation.max_tokens,
            temperature=conversation.temperature,
        ),
    )
    return {"message": message_id, "request": request_id}


async def _settings(session: AsyncSession, agent: Agent) -> dict[str, Any]:
    """What the agent and its model say of conversations; the rest begins as rows do."""
    model = await session.get(AiModel, agent.model_id) if agent.model_id else None
    most = agent.configuration.get("maxTokens")
    told = {
        "model_id": agent.model_id,
        "temperature": model and model.temperature,
        "max_tokens": most if isinstance(most, int) and 0 < most <= 100_000 else None,
    }
    return {name: value for name, value in told.items() if value is not None}


def _title(message: str | None) -> str | None:
    """What a conversation is called that nobody gave a title: the beginning of its first line."""
    line = next(iter((message or "").strip().splitlines()), "").strip()
    return (line if len(line) <= 80 else f"{line[:79].rstrip()}…") or None


def _check_start(
    session_id: str | None, title: str | None, context: Mapping[str, Any] | None, message: str | None
) -> list[Refusal]:
    is_object = context is None or isinstance(context, Mapping)
    said = f"must be an object of at most {CONTEXT:,} bytes, with numbers of at most 64 bits"
    small = {("context", said): is_object and fits_json(context, CONTEXT)}
    return [
        *check_text("sessionId", session_id, SESSION, least=0),
        *check_text("title", title, TITLE, least=0),
        *broken(small),
        *(check_text("message", message, CONTENT) if message is not None else ()),
    ]

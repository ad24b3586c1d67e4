"""To whom a chat goes: the first rule of its business that fits, and from there to people, an AI agent or a ticket.

Without a rule that fits, a chat goes to its AI agent, and to anybody if it has none.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import exists, false, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.answering.asking import ask_in_chat
from app.services.chat import participants, people, queue, tickets
from app.services.chat.log import Entry, write
from app.services.chat.moments import first_id
from app.services.chat.rules import Rule, followed, is_open
from app.services.chat.states import moved
from models.agents import Agent
from models.chat import ChatMessage, ChatRoutingRule, ChatSession, ChatWidget

_COLUMNS = [getattr(ChatRoutingRule, name) for name in Rule.__dataclass_fields__]


class Way(NamedTuple):
    """What decides where a chat may go."""

    rules: Sequence[Rule]
    """Those that it may follow, in order."""
    is_open: bool
    """Whether the opening hours of its widget last."""
    to_people: bool
    """Whether no AI agent may have it."""
    is_in_queue: bool = False
    """Whether it stands in the queue and keeps its place there."""


async def do_route(session: AsyncSession, chat: ChatSession, now: datetime, *, to_people: bool = False) -> None:
    """Send a chat that is locked, or new, where its business wants it.

    It is OFFERED to somebody of the desk, QUEUED for them, WAITING for an AI agent's answer, or became a ticket.
    `to_people`: no AI agent may have it (any more), as when one hands it over.
    """
    way = await way_of(session, chat, now, to_people=to_people)
    chat.wanted_skill = None
    await _follow(session, chat, way, followed(way.rules, chat, way.is_open), now)


async def do_move_on(session: AsyncSession, chat_id: UUID, now: datetime) -> bool:
    """Have a chat that stood in the queue for as long as its rule says follow the next one; False if it needs not.

    Behind the last rule its AI agent has it if nobody answered yet, and anybody may take it otherwise.
    """
    chat = await queue.untouched(session, chat_id, "QUEUED")
    rule = await session.get(ChatRoutingRule, chat.routing_rule_id) if chat and chat.routing_rule_id else None
    if chat is None or rule is None or not _has_waited(chat, rule, now):
        return False
    way = await way_of(session, chat, now, to_people=chat.first_response_at is not None)
    following = followed(way.rules, chat, way.is_open, after=rule.position)
    await _follow(session, chat, way._replace(is_in_queue=True), following, now)
    return True


async def way_of(session: AsyncSession, chat: ChatSession, now: datetime, *, to_people: bool) -> Way:
    """The rules that a chat may follow at a moment: none for an AI agent that is not at work, or may not have it."""
    of_business = select(*_COLUMNS).where(ChatRoutingRule.business_id == chat.business_id, ChatRoutingRule.is_active)
    at_work = exists().where(Agent.id == ChatRoutingRule.ai_agent_id, Agent.status == "ACTIVE")
    possible = of_business.where((ChatRoutingRule.target != "AI_AGENT") | (at_work if not to_people else false()))
    rows = await session.execute(possible.order_by(ChatRoutingRule.position))
    return Way([Rule(*row) for row in rows], await _is_open(session, chat, now), to_people)


async def _is_open(session: AsyncSession, chat: ChatSession, now: datetime) -> bool:
    """Whether the opening hours of a chat's widget last; always without one."""
    hours = select(ChatWidget.opening_hours, ChatWidget.time_zone).where(ChatWidget.id == chat.widget_id)
    widget = (await session.execute(hours)).one_or_none() if chat.widget_id else None
    return is_open(widget.opening_hours, widget.time_zone, now) if widget else True


async def _follow(session: AsyncSession, chat: ChatSession, way: Way, rule: Rule | None, now: datetime) -> None:
    """Send a chat where a rule says, or where chats go that none is about."""
    chat.routing_rule_id = rule.id if rule else None
    chat.priority = max(chat.priority, rule.priority if rule else 0)
    if rule and rule.ai_agent_id:
        await do_hand_to_ai(session, chat, rule.ai_agent_id, now)
    elif rule and rule.target == "TICKET":
        await _to_ticket(session, chat, now)
    elif chat.ai_agent_id and not way.to_people and await _goes_to_ai(session, chat, rule, now):
        await do_hand_to_ai(session, chat, chat.ai_agent_id, now)
    else:
        await _to_people(session, chat, way, now)


async def _goes_to_ai(session: AsyncSession, chat: ChatSession, rule: Rule | None, now: datetime) -> bool:
    """Whether its AI agent answers a chat: no rule says that people do, or none of those is there."""
    if rule and await people.somebody_is_there(session, chat.business_id, rule, now):
        return False
    active = exists().where(
        Agent.id == chat.ai_agent_id, Agent.business_id == chat.business_id, Agent.status == "ACTIVE"
    )
    return bool(await session.scalar(select(active)))


async def _to_people(session: AsyncSession, chat: ChatSession, way: Way, now: datetime) -> None:
    """Queue a chat for people, and offer whoever is free what is first; in the queue already it keeps its place."""
    if way.is_in_queue:
        await write(session, chat, Entry("QUEUED", "SYSTEM", payload=_rule_of(chat), hidden=True))
    else:
        payload = moved(chat, "queue") if chat.status != "QUEUED" else {}
        await queue.do_join(session, chat, now, **payload)
    await queue.serve(session, chat.business_id, now)


async def do_hand_to_ai(
    session: AsyncSession, chat: ChatSession, ai_agent_id: UUID, now: datetime, *entries: Entry
) -> None:
    """Have an AI agent answer a chat that is locked, writing `entries` before that."""
    chat.ai_agent_id, chat.wanted_skill = ai_agent_id, None
    chat.assigned_agent_id = chat.assigned_at = chat.offered_at = None
    about = {**_rule_of(chat), **moved(chat, "hand_to_ai"), "aiAgentId": str(ai_agent_id)}
    await write(session, chat, *entries, Entry("DETAILS_CHANGED", "SYSTEM", payload=about))
    await participants.take_part(session, chat, await participants.ai(session, chat, ai_agent_id), now)
    if (asked := await _unanswered(session, chat)) is not None:
        await ask_in_chat(session, chat, *asked)


async def _unanswered(session: AsyncSession, chat: ChatSession) -> tuple[UUID, str] | None:
    """What was said last in a chat, and its id, if the visitor did; an agent that has it answers that first."""
    said = select(ChatMessage.id, ChatMessage.content, ChatMessage.sender_type).where(
        ChatMessage.session_id == chat.id,
        ChatMessage.id >= first_id(chat.started_at),
        ~ChatMessage.is_internal,
        ChatMessage.sender_type != "SYSTEM",
    )
    last = (await session.execute(said.order_by(ChatMessage.id.desc()).limit(1))).one_or_none()
    return (last.id, last.content) if last and last.sender_type == "VISITOR" and last.content else None


async def _to_ticket(session: AsyncSession, chat: ChatSession, now: datetime) -> None:
    """Make a ticket of a chat; one in which nothing was said waits until something is."""
    if await tickets.has_said(session, chat):
        await tickets.do_make(session, chat, now)
        return
    step = moved(chat, "hand_to_ai") if chat.status != "WAITING" else {}
    await write(session, chat, Entry("DETAILS_CHANGED", "SYSTEM", payload=_rule_of(chat) | step, hidden=not step))


def _rule_of(chat: ChatSession) -> dict[str, Any]:
    return {"routingRuleId": str(chat.routing_rule_id)} if chat.routing_rule_id else {}


def _has_waited(chat: ChatSession, rule: ChatRoutingRule, now: datetime) -> bool:
    if chat.queued_at is None or rule.max_wait_seconds is None:
        return False
    return (now - chat.queued_at).total_seconds() >= rule.max_wait_seconds

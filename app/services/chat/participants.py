"""Who takes part in a chat: how people, programs and AI agents come into it, and what the log says of that.

Staff who only read or write notes are there internally: no visitor sees them until they say something to the visitor.
"""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.chat.actors import Actor
from app.services.chat.log import Entry, write
from app.services.refusals import Refusal, Refused, missing
from models.agents import Agent
from models.chat import ChatAgent, ChatParticipant, ChatSession, Visitor
from models.chat.sessions import ChatParticipantType
from models.identity import User

NO_AGENT = Refusal("FORBIDDEN", "", "Only people and keys of an AI agent take part in chats")

VISITOR_NAME = "Visitor"
"""What a visitor is called who gave no name."""


class Who(NamedTuple):
    """As whom somebody takes part in a chat, and the row of their stay if they are in it."""

    type: ChatParticipantType
    name: str
    keys: dict[str, UUID]
    """The key of the participant that names them."""
    stay: ChatParticipant | None = None


async def who_is(session: AsyncSession, chat: ChatSession, by: Actor) -> Who:
    """As whom they take part. Raises Refused if they cannot: they are a program of no AI agent."""
    if not by.serves(chat.business_id):
        return await _visitor(session, chat)
    if by.user is not None:
        return await _staff(session, chat, by.user)
    if by.ai_agent is None:
        raise Refused([NO_AGENT])
    return await ai(session, chat, by.ai_agent)


async def ai(session: AsyncSession, chat: ChatSession, agent_id: UUID) -> Who:
    """As whom an AI agent takes part. Raises Refused if there is none."""
    stay = _present(chat, ChatParticipant.ai_agent_id == Agent.id)
    found: Any = select(Agent.name, ChatParticipant).outerjoin(ChatParticipant, stay).where(Agent.id == agent_id)
    row = (await session.execute(found)).one_or_none()
    if row is None:
        missing("", "AI agent")
    return Who("AI", row[0], {"ai_agent_id": agent_id}, row[1])


async def _visitor(session: AsyncSession, chat: ChatSession) -> Who:
    stay = _present(chat, ChatParticipant.visitor_id == Visitor.id)
    found: Any = select(Visitor.id, Visitor.name, ChatParticipant).outerjoin(ChatParticipant, stay)
    row = (await session.execute(found.where(Visitor.id == chat.visitor_id))).one_or_none()
    if row is None:
        missing("sessionId", "chat session")
    return Who("VISITOR", row[1] or VISITOR_NAME, {"visitor_id": row[0]}, row[2])


async def _staff(session: AsyncSession, chat: ChatSession, user_id: UUID) -> Who:
    """Somebody with their row of the desk, or without one."""
    desk = and_(ChatAgent.user_id == User.id, ChatAgent.business_id == chat.business_id)
    theirs = or_(ChatParticipant.chat_agent_id == ChatAgent.id, ChatParticipant.user_id == User.id)
    found: Any = (
        select(User.first_name, ChatAgent.id, ChatAgent.name, ChatParticipant)
        .outerjoin(ChatAgent, desk)
        .outerjoin(ChatParticipant, _present(chat, theirs))
        .where(User.id == user_id)
        .order_by(ChatParticipant.chat_agent_id.nulls_last())
        .limit(1)
    )
    row = (await session.execute(found)).one_or_none()
    if row is None:
        raise Refused([NO_AGENT])
    first_name, agent_id, name, stay = row
    if agent_id is None:
        return Who("STAFF", first_name, {"user_id": user_id}, stay)
    return Who("AGENT", name, {"chat_agent_id": agent_id}, stay if stay and stay.type == "AGENT" else None)


def _present(chat: ChatSession, who: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(ChatParticipant.session_id == chat.id, ChatParticipant.left_at.is_(None), who)


async def take_part(
    session: AsyncSession, chat: ChatSession, who: Who, now: datetime, *, internal: bool = False
) -> ChatParticipant:
    """The stay of somebody in a chat that is locked, which begins now if they were not in it, and is logged.

    Who is there internally is seen from now on, unless this is `internal` too.
    """
    stay = who.stay
    if stay is not None and (internal or not stay.is_internal):
        return stay
    if stay is None:
        stay = ChatParticipant(session_id=chat.id, type=who.type, name=who.name, joined_at=now, **who.keys)
        session.add(stay)
    stay.is_internal = internal and who.type != "VISITOR"
    await session.flush()
    await write(session, chat, Entry("JOINED", who.type, stay.id, payload={"name": who.name}, hidden=stay.is_internal))
    return stay


async def go(session: AsyncSession, chat: ChatSession, stay: ChatParticipant, now: datetime) -> Entry:
    """Have somebody leave a chat that is locked; the entry that says so, which whoever calls this writes."""
    stay.left_at = max(now, stay.joined_at)
    await session.flush()
    return Entry("LEFT", stay.type, stay.id, payload={"name": stay.name}, hidden=stay.is_internal)


async def all_leave(session: AsyncSession, chat: ChatSession, now: datetime) -> None:
    """Have everybody but the visitor leave a chat that is over, which the entry of its end says for all of them."""
    there = (
        ChatParticipant.session_id == chat.id,
        ChatParticipant.left_at.is_(None),
        ChatParticipant.type != "VISITOR",
    )
    await session.execute(update(ChatParticipant).where(*there).values(left_at=now))

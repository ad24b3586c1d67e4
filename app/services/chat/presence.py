"""Who of a desk is there: what people say of it, the signs of life of their desks, and what becomes of who is gone."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.accounts.occasion import Occasion
from app.services.chat import queue
from app.services.chat.actors import Actor
from app.services.chat.locking import Rows
from app.services.chat.log import Entry
from app.services.chat.people import ALIVE
from app.services.chat.states import moved
from app.services.refusals import Refusal, Refused, conflict, missing
from app.services.waking import touch
from models.chat import ChatAgent, ChatSession
from models.chat.desk import ChatAgentStatus

SIGN_IN = Refusal("UNAUTHENTICATED", "", "Sign in first")


async def set_presence(
    session: AsyncSession, by: Actor, at: Occasion, *, business_id: UUID, status: ChatAgentStatus
) -> Rows:
    """Say whether one is there, and that one still is: to be done every ten seconds or so. Raises Refused.

    Who is not ONLINE is offered nothing any more, and what was offered to them is offered to others at once. Chats that
    they lead stay theirs until they are OFFLINE, or without a sign of life, for 30 seconds.
    """
    agent = await own_at(session, by, business_id)
    if status == "ONLINE" and not agent.is_enabled:
        conflict("status", "cannot be ONLINE: a manager has to let you take chats first")
    is_news, was_there = agent.status != status, is_there(agent, at.now)
    seen(agent, at.now)
    if is_news:
        agent.status, agent.status_changed_at, agent.last_active_at = status, at.now, at.now
        agent.updated_at = at.now  # which a trigger leaves alone where signs of life change
        touch(session, f"desk:{business_id}")
    await session.flush()
    if is_news and status != "ONLINE":
        await _take_back(session, agent.id)
    if is_news or not was_there:
        await queue.serve(session, business_id, at.now)
    return {"chat_agent": agent.id}


async def own_at(session: AsyncSession, by: Actor, business_id: UUID, field: str = "businessId") -> ChatAgent:
    """The row of who acts among the people of a desk, locked. Raises Refused, about `field`, if they are not of it.

    Whose membership ended is not, whatever row they left: without a sign of life they are soon gone.
    """
    if by.user is None:
        raise Refused([SIGN_IN])
    mine = select(ChatAgent).where(ChatAgent.business_id == business_id, ChatAgent.user_id == by.user)
    locking = mine.with_for_update(key_share=True).execution_options(populate_existing=True)
    agent: ChatAgent | None = await session.scalar(locking)
    if agent is None or not by.serves(business_id):
        missing(field, "business whose chats you answer")
    return agent


def is_there(agent: ChatAgent, now: datetime) -> bool:
    """Whether somebody is at their desk, whatever they do there."""
    return agent.status != "OFFLINE" and agent.heartbeat_at is not None and agent.heartbeat_at > now - ALIVE


def seen(agent: ChatAgent, now: datetime) -> None:
    """Note a sign of life of somebody who is locked; clocks of two processes may differ."""
    agent.heartbeat_at = max(now, agent.heartbeat_at or now)


async def do_let_go(session: AsyncSession, agent_id: UUID, now: datetime) -> int:
    """Give back the chats of somebody who is gone for 30 seconds, and write that they are; how many were given back.

    Nothing if they came back meanwhile, or somebody else is at it.
    """
    locking = select(ChatAgent).where(ChatAgent.id == agent_id).with_for_update(key_share=True, skip_locked=True)
    agent: ChatAgent | None = await session.scalar(locking.execution_options(populate_existing=True))
    if agent is None or not _is_gone(agent, now):
        return 0
    if agent.status != "OFFLINE":
        agent.status, agent.status_changed_at = "OFFLINE", now
        touch(session, f"desk:{agent.business_id}")
    chats = await queue.held_by(session, agent_id, "OFFERED", "ACTIVE")
    for chat in chats:
        await (_give_back(session, chat, now) if chat.status == "ACTIVE" else _return(session, chat))
    await session.flush()
    return len(chats)


async def do_take_up(session: AsyncSession, chat_id: UUID, now: datetime) -> bool:
    """Give back a chat whose person is not of the desk any more; False if somebody has it, or is at it."""
    chat = await queue.untouched(session, chat_id, "OFFERED", "ACTIVE")
    if chat is None or chat.assigned_agent_id is not None:
        return False
    await (_give_back(session, chat, now) if chat.status == "ACTIVE" else _return(session, chat))
    return True


def _is_gone(agent: ChatAgent, now: datetime) -> bool:
    since = agent.status_changed_at if agent.status == "OFFLINE" else agent.heartbeat_at
    return (since or agent.created_at) <= now - ALIVE


async def _take_back(session: AsyncSession, agent_id: UUID) -> None:
    """Let others have what is offered to somebody who is locked."""
    for chat in await queue.held_by(session, agent_id, "OFFERED"):
        await _return(session, chat)


async def _return(session: AsyncSession, chat: ChatSession) -> None:
    """Put a chat that was offered back into the queue."""
    about = {"fromChatAgentId": str(chat.assigned_agent_id)} if chat.assigned_agent_id else {}
    await queue.do_return(session, chat, Entry("QUEUED", "SYSTEM", payload=about | moved(chat, "expire")))


async def _give_back(session: AsyncSession, chat: ChatSession, now: datetime) -> None:
    """Put a chat that somebody led back into the queue, before those who wait for the first time."""
    left = await queue.leaving(session, chat, now)
    chat.priority += 1
    payload = moved(chat, "give_back")
    await queue.do_join(session, chat, now, *left, **payload)

"""The queue for people of a desk: chats join it, are offered to whoever is free, and come back if nobody takes them.

No one waits here for a lock that another holds: whom or what somebody else is at is passed over, and looked at by them.
So whatever a transaction has locked before, it can serve the queue.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.chat import people
from app.services.chat.log import Entry, write
from app.services.chat.moments import moment
from app.services.chat.participants import go
from app.services.chat.people import Match
from app.services.chat.states import moved
from models.chat import ChatParticipant, ChatSession
from models.chat.sessions import ChatSessionStatus

AT_ONCE = 10
"""Offers that one transaction makes at most."""

AHEAD = text("""
SELECT count(*) FROM chat.chat_sessions AS s
 WHERE s.business_id = :business AND s.status = 'QUEUED' AND s.id <> :chat
   AND (-s.priority, s.queued_at, s.id) < (-CAST(:priority AS int), CAST(:queued_at AS timestamptz), :chat)""")


async def serve(session: AsyncSession, business_id: UUID, now: datetime, most: int = AT_ONCE) -> int:
    """Offer chats in the queue, the first of them first, to people who are free; how many were offered.

    Called whenever there is room or a chat joined. Two processes never give one chat to two people, nor somebody more
    than they take: a person is locked before their chats are counted, and a chat before it is offered.
    """
    busy: set[UUID] = set()
    held: set[UUID] = set()
    made = 0
    while made < most:
        match = await people.next_match(session, business_id, now, busy=busy, held=held)
        if match is None:
            break
        made += await _offered(session, match, now, busy, held)
    return made


async def _offered(session: AsyncSession, match: Match, now: datetime, busy: set[UUID], held: set[UUID]) -> bool:
    """Offer a chat to the first person who can be locked and has room; who cannot is `busy`, and the chat is `held`."""
    agent_id = None
    for one in match.people:
        if await people.take_if_free(session, one, now):
            agent_id = one
            break
        busy.add(one)
    if agent_id is None:
        return False
    held.add(match.chat_id)  # offered or not, it is not looked at again
    chat = await _queued(session, match)
    if chat is None:
        return False
    await do_offer(session, chat, agent_id, now)
    return True


async def _queued(session: AsyncSession, match: Match) -> ChatSession | None:
    """The chat, locked; None if somebody else is at it, or it waits no more or for others than it did."""
    chat = await untouched(session, match.chat_id, "QUEUED")
    if chat is None or (chat.routing_rule_id, chat.wanted_skill) != (match.routing_rule_id, match.wanted_skill):
        return None
    return chat


async def untouched(session: AsyncSession, chat_id: UUID, *statuses: ChatSessionStatus) -> ChatSession | None:
    """The chat, locked, in one of the `statuses`; None, without waiting, if in another or somebody else is at it."""
    wanted = select(ChatSession).where(ChatSession.id == chat_id, ChatSession.status.in_(statuses))
    locking = wanted.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    found: ChatSession | None = await session.scalar(locking)
    return found


async def do_join(session: AsyncSession, chat: ChatSession, now: datetime, *entries: Entry, **payload: Any) -> None:
    """Have a chat, which took the step to the queue (`payload`), wait from now on, writing `entries` before that."""
    chat.assigned_agent_id = chat.assigned_at = chat.offered_at = None
    chat.queued_at = moment(now, chat.started_at)
    await session.flush()
    place = await position(session, chat)
    await write(session, chat, *entries, Entry("QUEUED", "SYSTEM", payload={"position": place, **payload}))


async def do_offer(session: AsyncSession, chat: ChatSession, agent_id: UUID, now: datetime, *entries: Entry) -> None:
    """Offer a chat that is locked to somebody who is too and has room, writing `entries` before that."""
    payload = {"chatAgentId": str(agent_id), **moved(chat, "offer")}
    chat.assigned_agent_id, chat.assigned_at, chat.offered_at = agent_id, None, moment(now)
    await write(session, chat, *entries, Entry("OFFERED", "SYSTEM", payload=payload))


async def do_return(session: AsyncSession, chat: ChatSession, entry: Entry) -> None:
    """Put a chat that nobody took back where it was in the queue, as `entry` says."""
    chat.assigned_agent_id = chat.offered_at = None
    await write(session, chat, entry)


async def leaving(session: AsyncSession, chat: ChatSession, now: datetime) -> list[Entry]:
    """Have whoever leads a chat that is locked leave it; what the log says of it, if they took part.

    Of people who are not of the desk any more nothing but their stays is left.
    """
    there = select(ChatParticipant).where(
        ChatParticipant.session_id == chat.id,
        ChatParticipant.type == "AGENT",
        ChatParticipant.chat_agent_id == chat.assigned_agent_id,
        ChatParticipant.left_at.is_(None),
    )
    stays = (await session.scalars(there.order_by(ChatParticipant.id))).all()
    return [await go(session, chat, stay, now) for stay in stays]


async def do_expire(session: AsyncSession, chat_id: UUID, now: datetime) -> bool:
    """Take a chat back from somebody who did not answer the offer in time; False if they did, or somebody is at it."""
    chat = await untouched(session, chat_id, "OFFERED")
    if chat is None or chat.assigned_agent_id is None:
        return False
    if (chat.offered_at or chat.last_activity_at) > now - people.OFFERED:
        return False
    payload = {"chatAgentId": str(chat.assigned_agent_id), "isLate": True, **moved(chat, "expire")}
    await do_return(session, chat, Entry("DECLINED", "SYSTEM", payload=payload))
    return True


async def position(session: AsyncSession, chat: ChatSession) -> int:
    """The place that a chat has in the queue, or would have: from 1."""
    place = {"priority": chat.priority, "queued_at": chat.queued_at, "chat": chat.id}
    ahead: int | None = await session.scalar(AHEAD, {"business": chat.business_id, **place})
    return 1 + (ahead or 0)


async def held_by(session: AsyncSession, agent_id: UUID, *statuses: ChatSessionStatus) -> Sequence[ChatSession]:
    """The chats of a person, who is locked, in one of the `statuses`, locked in the order of their ids."""
    of_them = select(ChatSession).where(ChatSession.assigned_agent_id == agent_id, ChatSession.status.in_(statuses))
    locking = of_them.order_by(ChatSession.id).with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(locking)).all()

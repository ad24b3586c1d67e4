"""What a desk shows, and what visitors are told who wait for it. Only reads."""

from collections.abc import Awaitable
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.chat import queue
from app.services.chat.actors import Actor
from app.services.chat.canned import canned_at, filled, visitor_name
from app.services.chat.locking import Found, sees
from app.services.chat.participants import who_is
from app.services.chat.people import ALIVE
from app.services.refusals import Refused
from app.services.statements import Compiled
from models.chat import ChatSession, Visitor

OPEN_ROWS = Compiled(
    text("""
SELECT true AS is_chat, s.id, concat_ws('.', s.xmin, v.xmin) AS mark
  FROM chat.chat_sessions AS s LEFT JOIN chat.visitors AS v ON v.id = s.visitor_id
 WHERE s.business_id = :business AND s.status IN ('WAITING', 'QUEUED', 'OFFERED', 'ACTIVE')
UNION ALL
SELECT false, a.id, md5(concat_ws('.', to_jsonb(a) - 'heartbeat_at', (
       SELECT count(*) FROM chat.chat_sessions AS h
        WHERE h.assigned_agent_id = a.id AND h.status IN ('OFFERED', 'ACTIVE'))))
  FROM chat.chat_agents AS a WHERE a.business_id = :business""")
)
"""Of a chat the transaction that last wrote its row tells whether it changed, and that of its visitor's. A person's row
is written with every sign of life, so what is in it is compared."""

LAST_CHATS = 50
"""Chats by which it is told how long one lasts."""

STANDING = text(f"""
SELECT there.online, there.room, lasted.seconds
  FROM (SELECT count(*) AS online, coalesce(sum(a.max_concurrent_chats), 0) AS room FROM chat.chat_agents AS a
         WHERE a.business_id = :business AND a.status = 'ONLINE' AND a.is_enabled AND a.heartbeat_at > :alive) AS there,
       (SELECT avg(extract(epoch FROM l.ended_at - l.assigned_at)) AS seconds
          FROM (SELECT s.ended_at, s.assigned_at FROM chat.chat_sessions AS s
                 WHERE s.business_id = :business AND s.status = 'ENDED' AND s.assigned_at IS NOT NULL
                 ORDER BY s.started_at DESC LIMIT {LAST_CHATS}) AS l) AS lasted""")

USUAL_SECONDS = 300
"""How long a chat is taken to last where none came to its end yet."""


class Connection(Protocol):
    """What can be read from, like a connection of asyncpg's."""

    def fetch(self, query: str, *args: Any) -> Awaitable[list[Any]]:
        """The rows that a statement finds."""


class Desk(NamedTuple):
    """What is open at a desk: by the id of each row a mark, which changes whenever anything shown of it does."""

    sessions: dict[UUID, str]
    agents: dict[UUID, str]


class Standing(NamedTuple):
    """How it looks for a chat that waits."""

    position: int | None
    """Its place in the queue, from 1; None if it does not wait for people."""
    expected_wait_seconds: int | None
    """After how long it is likely to be answered; None if nobody knows, as nobody is there."""
    online_agents: int
    """How many people of the desk are there and take chats."""


async def open_rows(connection: Connection, business_id: UUID) -> Desk:
    """The chats of a business that are not over, and the people of its desk. Signs of life alone change no mark."""
    rows = await connection.fetch(*OPEN_ROWS(business=business_id))
    return Desk(*({row["id"]: row["mark"] for row in rows if row["is_chat"] is is_chat} for is_chat in (True, False)))


async def standing(session: AsyncSession, by: Actor, now: datetime, *, session_id: UUID) -> Standing | None:
    """How it looks for a chat at a moment; None for who may not see it.

    Of `room` chats at once that people take, one is over every (how long one lasts) / `room` seconds; by that each of
    those before it, and then itself, leaves the queue.
    """
    chat = await _seen(session, by, session_id)
    if chat is None:
        return None
    given = {"business": chat.business_id, "alive": now - ALIVE}
    online, room, seconds = (await session.execute(STANDING, given)).one()
    if chat.status not in ("QUEUED", "OFFERED"):
        return Standing(None, None, online)
    if chat.status == "OFFERED":
        return Standing(1, 0, online)
    place = await queue.position(session, chat)
    wait = round(place * float(seconds or USUAL_SECONDS) / int(room)) if room else None
    return Standing(place, wait, online)


async def fill_response(session: AsyncSession, by: Actor, *, session_id: UUID, canned_response_id: UUID) -> str | None:
    """A prepared answer as who acts would send it in a chat; None if they may not."""
    chat = await _seen(session, by, session_id)
    if chat is None or not by.serves(chat.business_id):
        return None
    try:
        who = await who_is(session, chat, by)
        found = await canned_at(session, chat, canned_response_id, who, "id")
    except Refused:
        return None
    return filled(found.content, visitor=await visitor_name(session, chat), agent=who.name)


async def _seen(session: AsyncSession, by: Actor, session_id: UUID) -> ChatSession | None:
    """The chat, not locked; None if they see none."""
    wanted = select(ChatSession, Visitor.customer_id).outerjoin(Visitor, Visitor.id == ChatSession.visitor_id)
    row = (await session.execute(wanted.where(ChatSession.id == session_id))).one_or_none()
    return row[0] if row and sees(by, Found(*row)) else None

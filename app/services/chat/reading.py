"""How far people read in a chat, and who is writing at the moment."""

from typing import Any, Literal, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Select, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.accounts.occasion import Occasion
from app.services.chat.actors import Actor
from app.services.chat.locking import Rows, chat_at, seen_at
from app.services.chat.log import EVENTS, Entry, write
from app.services.chat.messages import MESSAGES
from app.services.chat.moments import moment, told
from app.services.chat.participants import take_part, who_is
from app.services.chat.states import is_over
from app.services.checks import broken
from app.services.refusals import check, conflict
from models.chat import ChatParticipant, ChatSession

SAID = ("MESSAGE_SENT", "NOTE_ADDED")


async def mark_chat_read(session: AsyncSession, by: Actor, at: Occasion, *, session_id: UUID, seq: int) -> Rows:
    """Note that they read the log up to `seq`, as they count; the other side's messages are read then.

    Nothing is noted where nobody else said anything since. Raises Refused.
    """
    check(broken({("seq", "must be at least 1"): seq >= 1}))
    chat = await chat_at(session, session_id, by)
    now, who = moment(at.now), await who_is(session, chat, by)
    head = chat.visitor_seq if who.type == "VISITOR" else chat.staff_seq
    check(broken({("seq", f"must not be above {head}, the number of the last entry"): seq <= head}))
    stay = await take_part(session, chat, who, now, internal=True)
    if seq > stay.last_read_seq and await session.scalar(_others(chat, stay, seq)) is not None:
        stay.last_read_seq, stay.last_read_at = seq, moment(now, stay.last_read_at)
        await _note(session, chat, stay)
    return {"participant": stay.id, "session": chat.id}


def _number(stay: ChatParticipant) -> ColumnElement[int]:
    """The number of an entry, as somebody counts."""
    return EVENTS.c.visitor_seq if stay.type == "VISITOR" else EVENTS.c.staff_seq


def _others(chat: ChatSession, stay: ChatParticipant, seq: int) -> Select[Any]:
    """Something that others said in the entries up to `seq` that somebody has not read."""
    others = EVENTS.c.actor_id.is_distinct_from(stay.id)
    said = (EVENTS.c.session_id == chat.id, _number(stay).between(stay.last_read_seq + 1, seq), EVENTS.c.type.in_(SAID))
    return select(EVENTS.c.message_id).where(*said, others).limit(1)


async def _note(session: AsyncSession, chat: ChatSession, stay: ChatParticipant) -> None:
    """Mark the other side's messages, which somebody who is there internally does not do, and log it."""
    assert stay.last_read_at is not None
    read = [] if stay.is_internal else await _mark(session, chat, stay)
    payload = {"upTo": f"chat_message_{max(read)}" if read else None, "readAt": told(stay.last_read_at)}
    hidden = not read and stay.type != "VISITOR"
    await write(session, chat, Entry("MESSAGES_READ", stay.type, stay.id, payload=payload, hidden=hidden))


async def _mark(session: AsyncSession, chat: ChatSession, stay: ChatParticipant) -> list[UUID]:
    """The ids of the other side's messages, as far as somebody read, that nobody had read.

    Not only of those since they last read: then they may have been there internally, and no message was read by that.
    """
    read = select(EVENTS.c.message_id).where(
        EVENTS.c.session_id == chat.id, _number(stay) <= stay.last_read_seq, EVENTS.c.type == "MESSAGE_SENT"
    )
    by_visitor = MESSAGES.c.sender_type == "VISITOR"
    others = ~by_visitor if stay.type == "VISITOR" else by_visitor
    unread = (MESSAGES.c.id.in_(read), MESSAGES.c.read_at.is_(None), others)
    marked = update(MESSAGES).where(*unread).values(read_at=stay.last_read_at).returning(MESSAGES.c.id)
    return list((await session.execute(marked)).scalars())


class Typing(NamedTuple):
    """That somebody writes, or does not any more: what one side or both are told who follow the chat at the moment."""

    topic: str
    payload: bytes


async def typing(
    session: AsyncSession, by: Actor, *, session_id: UUID, is_typing: bool, is_internal: bool
) -> list[Typing]:
    """What to tell of somebody who writes. Nothing is written or locked. Raises Refused.

    Of staff whom the visitor does not see in the chat yet, the visitor learns that they write, and not who they are.
    """
    chat = await seen_at(session, session_id, by)
    who = await who_is(session, chat, by)
    internal = is_internal and who.type != "VISITOR"
    if is_over(chat) and not internal:
        conflict("sessionId", f"names a chat that is {chat.status}")
    values = {
        "actorType": who.type,
        "name": who.name,
        "isTyping": is_typing,
        "isInternal": internal,
        "participantId": f"chat_participant_{who.stay.id}" if who.stay else None,
    }
    if internal:
        return [_told(chat, "staff", values)]
    if who.type == "VISITOR" or (who.stay and not who.stay.is_internal):
        return [_told(chat, "all", values)]
    unnamed = values | {"name": None, "participantId": None}
    return [_told(chat, "staff", values), _told(chat, "visitor", unnamed)]


def _told(chat: ChatSession, whom: Literal["staff", "visitor", "all"], values: dict[str, Any]) -> Typing:
    return Typing(f"chat:{chat.id}", orjson.dumps({"type": "ChatTyping", "for": whom, "values": values}))

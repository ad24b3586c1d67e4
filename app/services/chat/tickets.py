"""Chats that become tickets: nobody answers them now, and somebody does later by letter."""

from datetime import datetime, timedelta
from itertools import chain, count
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.accounts.occasion import Occasion
from app.services.chat.closing import do_end
from app.services.chat.messages import SYSTEM, Said, do_say
from app.services.chat.moments import first_id
from app.services.chat.queue import untouched
from models.chat import ChatMessage, ChatRoutingRule, ChatSession, ChatWidget, Visitor
from models.support import SupportTicket

LONGEST_SUBJECT = 255
LONGEST = 50_000
NO_SUBJECT = "A question from the chat"

SILENT = timedelta(days=1)
"""For how long a chat waits for its visitor to say what its ticket is about."""


async def has_said(session: AsyncSession, chat: ChatSession) -> bool:
    """Whether the visitor said anything that a ticket can be made of."""
    said = exists().where(*_by_visitor(chat))
    return bool(await session.scalar(select(said)))


async def is_for_ticket(session: AsyncSession, chat: ChatSession) -> bool:
    """Whether a chat waits to become a ticket: its rule says so, and nobody took it in hand since."""
    if chat.status != "WAITING" or chat.routing_rule_id is None:
        return False
    rule = select(ChatRoutingRule.target).where(ChatRoutingRule.id == chat.routing_rule_id)
    return await session.scalar(rule) == "TICKET"


async def do_make(session: AsyncSession, chat: ChatSession, now: datetime) -> UUID:
    """End a chat that is locked, in which the visitor said something, and make a ticket of it; the ticket's id.

    One that was opened again after it became a ticket becomes another, of what was said since.
    """
    visitor = await session.get(Visitor, chat.visitor_id) if chat.visitor_id else None
    said = await _said(session, chat)
    new = {
        "business_id": chat.business_id,
        "chat_session_id": chat.id,
        "customer_id": visitor.customer_id if visitor else None,
        "requester_name": visitor.name if visitor else None,
        "requester_email": visitor.email if visitor else None,
        "subject": _subject(chat, said),
        "description": "\n\n".join(said)[:LONGEST],
        "channel": "CHAT",
        "tags": chat.tags,
    }
    id_ = await _numbered(session, f"CHAT-{chat.id.hex[-10:].upper()}", new)
    await _tell(session, chat)
    await do_end(session, chat, "end", "MOVED_TO_TICKET", Occasion(now))
    return id_


async def do_make_late(session: AsyncSession, chat_id: UUID, now: datetime) -> bool:
    """Make a ticket of a chat that waits for it, and in which something was said since; False if it does not wait.

    One in which nothing happens for long that a ticket could be made of is over.
    """
    chat = await untouched(session, chat_id, "WAITING")
    if chat is None or not await is_for_ticket(session, chat):
        return False
    if await has_said(session, chat):
        await do_make(session, chat, now)
        return True
    if chat.last_activity_at > now - SILENT:
        return False
    await do_end(session, chat, "end" if chat.first_response_at else "abandon", "TIMED_OUT", Occasion(now))
    return True


async def _said(session: AsyncSession, chat: ChatSession) -> list[str]:
    """What the visitor said since the chat last became a ticket; all of it if that was nothing."""
    texts = select(ChatMessage.content).where(*_by_visitor(chat)).order_by(ChatMessage.id)
    tickets = select(SupportTicket.id).where(SupportTicket.chat_session_id == chat.id)
    last = await session.scalar(tickets.order_by(SupportTicket.id.desc()).limit(1))
    newer = [] if last is None else (await session.scalars(texts.where(ChatMessage.id > last))).all()
    return [text for text in newer or await session.scalars(texts) if text]


async def _numbered(session: AsyncSession, number: str, values: dict[str, Any]) -> UUID:
    """Write a ticket under its number, or the first behind it that no other ticket of the business has; its id."""
    new = insert(SupportTicket).on_conflict_do_nothing().returning(SupportTicket.id)
    numbers = chain([number], (f"{number}-{place}" for place in count(2)))
    id_: UUID | None = None
    while id_ is None:
        id_ = await session.scalar(new.values(number=next(numbers), **values))
    return id_


def _by_visitor(chat: ChatSession) -> tuple[ColumnElement[bool], ...]:
    """What a ticket can be made of."""
    of_chat = (ChatMessage.session_id == chat.id, ChatMessage.id >= first_id(chat.started_at))
    return (*of_chat, ChatMessage.sender_type == "VISITOR", ChatMessage.content.is_not(None))


def _subject(chat: ChatSession, said: list[str]) -> str:
    """What the chat is about: as it says itself, or the first line of what was said."""
    lines = [line.strip() for line in (chat.subject or "", *said)]
    first = next((line.splitlines()[0] for line in lines if line), NO_SUBJECT)
    return first[:LONGEST_SUBJECT]


async def _tell(session: AsyncSession, chat: ChatSession) -> None:
    """Say to the visitor what the widget has for when nobody is there."""
    text = await session.scalar(select(ChatWidget.offline_message).where(ChatWidget.id == chat.widget_id))
    if text:
        await do_say(session, chat, SYSTEM, Said(text, type="SYSTEM"))

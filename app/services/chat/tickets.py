"""Chats that become tickets: nobody answers them now, and somebody does later by letter."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.accounts.occasion import Occasion
from app.services.chat.closing import do_end
from app.services.chat.messages import SYSTEM, Said, say
from app.services.chat.queue import untouched
from models.chat import ChatMessage, ChatSession, ChatWidget, Visitor
from models.support import SupportTicket

LONGEST_SUBJECT = 255
LONGEST = 50_000
NO_SUBJECT = "A question from the chat"


async def has_said(session: AsyncSession, chat: ChatSession) -> bool:
    """Whether the visitor said anything that a ticket can be made of."""
    said = exists().where(ChatMessage.session_id == chat.id, *_BY_VISITOR)
    return bool(await session.scalar(select(said)))


async def do_make(session: AsyncSession, chat: ChatSession, now: datetime) -> UUID:
    """End a chat that is locked, in which the visitor said something, and make a ticket of it; the ticket's id."""
    visitor = await session.get(Visitor, chat.visitor_id) if chat.visitor_id else None
    texts = select(ChatMessage.content).where(ChatMessage.session_id == chat.id, *_BY_VISITOR).order_by(ChatMessage.id)
    said = [text for text in await session.scalars(texts) if text]
    new = insert(SupportTicket).values(
        business_id=chat.business_id,
        chat_session_id=chat.id,
        customer_id=visitor.customer_id if visitor else None,
        requester_name=visitor.name if visitor else None,
        requester_email=visitor.email if visitor else None,
        number=f"CHAT-{chat.id.hex[-10:].upper()}",
        subject=_subject(chat, said),
        description="\n\n".join(said)[:LONGEST],
        channel="CHAT",
        tags=chat.tags,
    )
    id_: UUID | None = await session.scalar(new.returning(SupportTicket.id))
    assert id_ is not None
    await _tell(session, chat)
    await do_end(session, chat, "end", "MOVED_TO_TICKET", Occasion(now))
    return id_


async def do_make_late(session: AsyncSession, chat_id: UUID, now: datetime) -> bool:
    """Make a ticket of a chat that waits for it, and in which something was said since; False if it does not wait."""
    chat = await untouched(session, chat_id, "WAITING")
    if chat is None or not await has_said(session, chat):
        return False
    await do_make(session, chat, now)
    return True


_BY_VISITOR = (ChatMessage.sender_type == "VISITOR", ChatMessage.content.is_not(None))


def _subject(chat: ChatSession, said: list[str]) -> str:
    """What the chat is about: as it says itself, or the first line of what was said."""
    lines = [line.strip() for line in (chat.subject or "", *said)]
    first = next((line.splitlines()[0] for line in lines if line), NO_SUBJECT)
    return first[:LONGEST_SUBJECT]


async def _tell(session: AsyncSession, chat: ChatSession) -> None:
    """Say to the visitor what the widget has for when nobody is there."""
    text = await session.scalar(select(ChatWidget.offline_message).where(ChatWidget.id == chat.widget_id))
    if text:
        await say(session, chat, SYSTEM, Said(text, type="SYSTEM"))

"""Where chats go on from here: to whoever answers them. All that the core knows of the desk and of answers."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.services.answering.asking import ask_in_chat, do_ask_instead
from app.services.chat import queue, routing, tickets
from app.services.chat.states import is_over
from models.chat import ChatSession

UNANSWERED = 3
"""Messages of a chat that may wait for an AI agent's answers at once: anybody may write, and answers cost."""


async def route(session: AsyncSession, chat: ChatSession, now: datetime) -> None:
    """Give a chat that is locked and new to whoever its business's rules say."""
    await routing.do_route(session, chat, now)


async def make_room(session: AsyncSession, chat: ChatSession, now: datetime) -> None:
    """Give chats that wait to whoever has room now that `chat`, which is locked, is over or queued."""
    await session.flush()
    await queue.serve(session, chat.business_id, now)


async def to_people(session: AsyncSession, chat: ChatSession, now: datetime) -> None:
    """Give a chat that is locked, and that its AI agent hands over, to people."""
    await routing.do_route(session, chat, now, to_people=True)


async def ask(session: AsyncSession, chat: ChatSession, message_id: UUID, content: str | None) -> None:
    """Have the chat's AI agent answer what its visitor said, unless a person does, now or by letter."""
    if chat.ai_agent_id is None or chat.assigned_agent_id is not None or not content or is_over(chat):
        return
    if await tickets.is_for_ticket(session, chat):
        return
    if not await do_ask_instead(session, chat, message_id, content, most=UNANSWERED):
        await ask_in_chat(session, chat, message_id, content)

"""What is said in a conversation: a message, and its entry in the log."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.conversations.log import Entry, write
from models.agents import Conversation, Message, MessageRole


async def say(
    session: AsyncSession, conversation: Conversation, role: MessageRole, content: str, **values: Any
) -> UUID:
    """Write a message into a conversation that is locked, with its entry in the log; the message's id."""
    place = select(func.coalesce(func.max(Message.sequence_number), 0) + 1).where(
        Message.conversation_id == conversation.id
    )
    number = await session.scalar(place)
    given = {"conversation_id": conversation.id, "role": role, "content": content, "sequence_number": number, **values}
    id_: UUID | None = await session.scalar(insert(Message).values(**given).returning(Message.id))
    assert id_ is not None
    await write(session, conversation, Entry("MESSAGE_ADDED", id_, {"role": role, "sequenceNumber": number}))
    return id_

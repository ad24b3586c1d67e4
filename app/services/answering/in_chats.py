"""Where answers land in live chats: as messages of the AI agent, until a person takes the chat over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.services.answering.replies import Question
from app.services.chat.locking import locked
from app.services.chat.states import is_over
from models.chat import ChatSession


@dataclass(frozen=True, slots=True)
class Chat:
    """A live chat that is locked, in which no person answers yet."""

    chat: ChatSession
    is_chat: bool = True

    async def say(self, session: AsyncSession, question: Question, content: str, values: Mapping[str, Any]) -> None:
        """Have the AI agent say it."""

    async def fail(self, session: AsyncSession, question: Question, words: str, now: datetime) -> None:
        """Have the AI agent say that it cannot answer, and pass the chat on to people."""

    async def hand_over(self, session: AsyncSession, question: Question, now: datetime) -> None:
        """Pass the chat on to people."""


async def place(session: AsyncSession, chat_id: UUID) -> Chat | None:
    """The chat, locked; None if it is over or a person answers there."""
    found = await locked(session, chat_id)
    if found is None or is_over(found) or found.assigned_agent_id is not None:
        return None
    return Chat(found)

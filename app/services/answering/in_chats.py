"""Where answers land in live chats: as messages of the AI agent, until a person takes the chat over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.services.answering.replies import Question
from app.services.chat import onward
from app.services.chat.locking import locked
from app.services.chat.messages import Said, ai_speaker, do_say
from app.services.chat.sending import LONGEST
from app.services.chat.states import is_over
from models.chat import ChatSession


@dataclass(frozen=True, slots=True)
class Chat:
    """A live chat that is locked, in which no person answers yet."""

    chat: ChatSession
    is_chat: bool = True

    @property
    def is_passed_on(self) -> bool:
        """Whether it waits for a person already."""
        return self.chat.status != "WAITING"

    async def say(
        self, session: AsyncSession, question: Question, content: str, now: datetime, values: Mapping[str, Any]
    ) -> None:
        """Have the AI agent say it, as far as a message of a chat can hold it.

        It has no client's name: others might have taken that. The request is locked, and ends in this transaction.
        """
        speaker = await ai_speaker(session, self.chat, question.agent_id, now)
        await do_say(session, self.chat, speaker, Said(fitting(content)))

    async def fail(self, session: AsyncSession, question: Question, words: str, now: datetime) -> None:
        """Have the AI agent say that it cannot answer, and pass the chat on to people."""
        if not self.is_passed_on:
            await self.say(session, question, words, now, {})
            await self.hand_over(session, question, now)

    async def hand_over(self, session: AsyncSession, question: Question, now: datetime) -> None:
        """Pass the chat on to people, if it does not wait for them already."""
        if not self.is_passed_on:
            await onward.to_people(session, self.chat, now)


def fitting(content: str) -> str:
    """The content, with its end cut off where it is too long for a message."""
    data = content.encode()
    if len(data) <= LONGEST:
        return content
    return data[: LONGEST - len("…".encode())].decode(errors="ignore").rstrip() + "…"


async def place(session: AsyncSession, chat_id: UUID, agent_id: UUID) -> Chat | None:
    """The chat, locked; None if it is over, or a person or another AI agent answers there."""
    found = await locked(session, chat_id)
    if found is None or is_over(found) or found.assigned_agent_id is not None or found.ai_agent_id != agent_id:
        return None
    return Chat(found)

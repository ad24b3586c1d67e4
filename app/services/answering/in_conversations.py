"""Where answers land in conversations: as messages of the agent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.services.answering.asking import do_cancel_all
from app.services.answering.replies import Question
from app.services.conversations.actors import locked
from app.services.conversations.log import Entry, write
from app.services.conversations.saying import say
from models.agents import Conversation
from models.llm import LlmRequest


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation that is locked and goes on."""

    conversation: Conversation
    is_chat: bool = False
    is_passed_on: bool = False

    async def say(
        self, session: AsyncSession, question: Question, content: str, now: datetime, values: Mapping[str, Any]
    ) -> None:
        """Have the agent say it."""
        await say(session, self.conversation, "ASSISTANT", content, **values)

    async def fail(self, session: AsyncSession, question: Question, words: str, now: datetime) -> None:
        """Have the agent say that it cannot answer."""
        about = {"request_id": question.request_id, "status": "FAILED"}
        await say(session, self.conversation, "ASSISTANT", words, **about)

    async def hand_over(self, session: AsyncSession, question: Question, now: datetime) -> None:
        """End it: a person has to go on, and nothing else that waits is answered."""
        entries = (Entry("OUTCOME_CHANGED", payload={"outcome": "ESCALATED"}), Entry("ENDED"))
        await write(session, self.conversation, *entries, outcome="ESCALATED", ended_at=now)
        await do_cancel_all(session, LlmRequest.conversation_id == self.conversation.id, now)


async def place(session: AsyncSession, conversation_id: UUID) -> Talk | None:
    """The conversation, locked; None if it is over."""
    found = await locked(session, conversation_id)
    if found is None or found.status != "ACTIVE" or found.outcome != "ONGOING":
        return None
    return Talk(found)

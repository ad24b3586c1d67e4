"""Rows that a step of a chat is about, locked: first people of the desk by their ids, then chats by theirs.

So steps of one chat are done one after the other, and none waits for another that waits for it.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.chat.actors import Actor
from app.services.refusals import conflict, missing, only
from models.chat import ChatAgent, ChatSession, Visitor

ATTEMPTS = 5
"""How often it is tried to lock a chat together with the person who has it, while others pass it on."""

Rows = dict[str, UUID]
"""What a step touched, each row by what the payload calls it."""


class Found(NamedTuple):
    """A chat, locked, with the customer that its visitor was recognised as."""

    chat: ChatSession
    customer_id: UUID | None


class _PassedOn(Exception):
    """Somebody else has the chat now: who was locked is let go."""


class Held(NamedTuple):
    """A chat, locked, with the people of the desk that were locked before it, by their ids."""

    chat: ChatSession
    agents: dict[UUID, ChatAgent]

    @property
    def agent(self) -> ChatAgent | None:
        """Who has the chat."""
        return self.agents.get(self.chat.assigned_agent_id) if self.chat.assigned_agent_id else None


async def locked(session: AsyncSession, chat_id: UUID) -> ChatSession | None:
    """The chat, locked, whoever asks; None if there is none."""
    found = await _found(session, chat_id)
    return found.chat if found else None


async def found_at(session: AsyncSession, chat_id: UUID, by: Actor, field: str = "sessionId") -> Found:
    """The chat, locked, with its customer. Raises Refused, about `field`, if they see none."""
    found = await _found(session, chat_id)
    if found is None or not sees(by, found):
        missing(field, "chat session")
    return found


async def chat_at(session: AsyncSession, chat_id: UUID, by: Actor, field: str = "sessionId") -> ChatSession:
    """The chat, locked. Raises Refused, about `field`, if they see none."""
    return (await found_at(session, chat_id, by, field)).chat


async def chat_of_staff_at(session: AsyncSession, chat_id: UUID, by: Actor, field: str = "sessionId") -> ChatSession:
    """The chat, locked, for those who answer it. Raises Refused, about `field`, if they see none or only their own."""
    chat = await chat_at(session, chat_id, by, field)
    only(by.serves(chat.business_id), field, "staff of its business")
    return chat


async def chat_and_agent_at(
    session: AsyncSession, chat_id: UUID, by: Actor, field: str = "sessionId", *, agents: Iterable[UUID] = ()
) -> Held:
    """The chat, locked after whoever has it and these `agents`. Raises Refused, about `field`, if they see no chat.

    Who has it is read without a lock first, and looked at again when all are locked.
    """
    named = frozenset(agents)
    for _ in range(ATTEMPTS):
        assigned = await session.scalar(select(ChatSession.assigned_agent_id).where(ChatSession.id == chat_id))
        with suppress(_PassedOn):
            async with session.begin_nested():
                people = await agents_at(session, named | {assigned} if assigned else named)
                chat = await chat_at(session, chat_id, by, field)
                if chat.assigned_agent_id != assigned:
                    raise _PassedOn
            return Held(chat, people)
    conflict(field, "names a chat that is being passed on: try again")


async def agents_at(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, ChatAgent]:
    """People of the desk, locked in the order of their ids; those that there are."""
    wanted: Sequence[UUID] = sorted(set(ids))
    if not wanted:
        return {}
    statement = select(ChatAgent).where(ChatAgent.id.in_(wanted)).order_by(ChatAgent.id).with_for_update(key_share=True)
    rows = await session.scalars(statement.execution_options(populate_existing=True))
    return {row.id: row for row in rows}


def sees(by: Actor, found: Found) -> bool:
    """Whether they may read the chat: it is theirs, or of their business."""
    return by.serves(found.chat.business_id) or by.visits(*found)


async def seen_at(session: AsyncSession, chat_id: UUID, by: Actor, field: str = "sessionId") -> ChatSession:
    """The chat as it is, not locked. Raises Refused, about `field`, if they see none."""
    found = await _found(session, chat_id, locks=False)
    if found is None or not sees(by, found):
        missing(field, "chat session")
    return found.chat


async def _found(session: AsyncSession, chat_id: UUID, *, locks: bool = True) -> Found | None:
    wanted: Any = select(ChatSession, Visitor.customer_id).outerjoin(Visitor, Visitor.id == ChatSession.visitor_id)
    wanted = wanted.where(ChatSession.id == chat_id)
    locking = wanted.with_for_update(of=ChatSession) if locks else wanted
    # Read anew: other fields of the transaction may have changed what the session remembers.
    row = (await session.execute(locking.execution_options(populate_existing=True))).one_or_none()
    return Found(*row) if row else None

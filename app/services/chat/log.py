"""The log of a chat: every change that somebody may see is an entry, written in the transaction of the change.

Its numbers have no gaps, neither as staff counts nor as the visitor does, because they are given out under the lock of
the chat's row. What a visitor may read never changes by an entry that is hidden from them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.waking import touch
from models import Base
from models.chat import ChatSession
from models.chat.sessions import ChatActorType, ChatEventType

EVENTS = Base.metadata.tables["chat.chat_events"]


@dataclass(frozen=True, slots=True)
class Entry:
    """What happened in a chat, and who did it."""

    type: ChatEventType
    actor_type: ChatActorType
    actor_id: UUID | None = None
    """The participant who did it; None for the system."""
    message_id: UUID | None = None
    client_message_id: str | None = None
    payload: dict[str, Any] = field(default_factory=dict)
    """What else belongs to it. Whoever sees the entry reads all of it: one that is not hidden holds no secret."""
    hidden: bool = False
    """Whether only staff sees it, as with every internal note."""

    @property
    def is_hidden(self) -> bool:
        """Whether the visitor does not count it."""
        return self.hidden or self.type == "NOTE_ADDED"


async def write(session: AsyncSession, chat: ChatSession, *entries: Entry) -> list[int]:
    """Add entries to the log of a chat that is locked, and save what was changed of it; their numbers for staff.

    Whoever follows the chat or the desk of its business is woken after the commit.
    """
    rows = [_numbered(chat, entry) for entry in entries]
    chat.last_activity_at = await _insert(session, rows)
    if not all(entry.is_hidden for entry in entries):
        chat.updated_at = chat.last_activity_at
    await session.flush()
    touch(session, f"chat:{chat.id}")
    touch(session, f"desk:{chat.business_id}")
    return [row["staff_seq"] for row in rows]


def _numbered(chat: ChatSession, entry: Entry) -> dict[str, Any]:
    chat.staff_seq += 1
    if not entry.is_hidden:
        chat.visitor_seq += 1
    return {
        "session_id": chat.id,
        "staff_seq": chat.staff_seq,
        "visitor_seq": None if entry.is_hidden else chat.visitor_seq,
        "type": entry.type,
        "actor_type": entry.actor_type,
        "actor_id": entry.actor_id,
        "message_id": entry.message_id,
        "client_message_id": entry.client_message_id,
        "payload": entry.payload,
        # Of the statement, not of the transaction: that one began before it waited for the lock.
        "created_at": func.statement_timestamp(),
    }


async def _insert(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> datetime:
    """Write the rows; when they were."""
    with session.no_autoflush:  # the chat's row is written once, with the moment
        made = await session.execute(insert(EVENTS).values(rows).returning(EVENTS.c.created_at))
    moments: list[datetime] = list(made.scalars())
    return max(moments)

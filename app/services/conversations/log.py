"""The log of a conversation: entries are numbered without a gap, under the lock of the conversation's row.

Whoever changes a conversation writes an entry in the same transaction. Knows nothing of why anything happens.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.waking import touch
from models.agents import Conversation, ConversationEvent
from models.agents.conversations import ConversationEventType

_QUIETLY = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened, to be written into the log."""

    type: ConversationEventType
    message_id: UUID | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)


async def write(session: AsyncSession, conversation: Conversation, *entries: Entry, **values: Any) -> list[int]:
    """Write entries into the log of a conversation that is locked, and `values` into its row; the entries' numbers."""
    last = Conversation.last_seq + len(entries)
    changed = update(Conversation).where(Conversation.id == conversation.id).values(last_seq=last, **values)
    head = await session.scalar(changed.returning(Conversation.last_seq), execution_options=_QUIETLY)
    assert head is not None, "The conversation is locked, so it is there."
    seqs = list(range(head - len(entries) + 1, head + 1))
    rows = [
        {
            "conversation_id": conversation.id,
            "message_id": entry.message_id,
            "seq": seq,
            "type": entry.type,
            "payload": dict(entry.payload),
        }
        for seq, entry in zip(seqs, entries, strict=True)
    ]
    if rows:
        await session.execute(insert(ConversationEvent), rows)
    touch(session, f"conversation:{conversation.id}")
    return seqs

"""What is said in a chat: messages to the other side, and notes for staff. Each is said once, however often sent."""

from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.chat import participants
from app.services.chat.log import EVENTS, Entry, write
from app.services.refusals import conflict
from models import Base
from models.chat import ChatMessage, ChatParticipant, ChatSession
from models.chat.sessions import ChatActorType, ChatEventType, ChatMessageType

MESSAGES = Base.metadata.tables["chat.chat_messages"]


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who says something, and as what."""

    type: ChatActorType
    participant_id: UUID | None = None
    name: str | None = None

    @classmethod
    def of(cls, stay: ChatParticipant) -> "Speaker":
        """Somebody who takes part."""
        return cls(stay.type, stay.id, stay.name)


SYSTEM = Speaker("SYSTEM")


@dataclass(frozen=True, slots=True)
class Said:
    """A message or a note."""

    content: str | None
    client_message_id: str | None = None
    """The sender's own name for it, by which it is said once."""
    is_internal: bool = False
    type: ChatMessageType = "TEXT"
    attachment_url: str | None = None
    attachment_name: str | None = None
    canned_response_id: UUID | None = None


async def said_before(session: AsyncSession, chat: ChatSession, client_message_id: str) -> ChatMessage | None:
    """What was said under a name in a chat that is locked, whoever said it; None if nothing was.

    Raises Refused if it is no more.
    """
    named = (EVENTS.c.session_id == chat.id, EVENTS.c.client_message_id == client_message_id)
    row = (await session.execute(select(EVENTS.c.message_id).where(*named))).one_or_none()
    if row is None:
        return None
    earlier = await session.get(ChatMessage, row.message_id) if row.message_id else None
    return earlier or name_is_taken()


def name_is_taken() -> NoReturn:
    """Raise Refused, as the name by which a message is said once is that of another one."""
    conflict("clientMessageId", "was given to another message")


async def do_say(session: AsyncSession, chat: ChatSession, speaker: Speaker, said: Said) -> UUID:
    """Write a message and its entry in the log; the first answer to a visitor is noted."""
    values = {
        "session_id": chat.id,
        "sender_id": speaker.participant_id,
        "sender_type": speaker.type,
        "sender_name": speaker.name,
        "type": said.type,
        "content": said.content,
        "is_internal": said.is_internal,
        "attachment_url": said.attachment_url,
        "attachment_name": said.attachment_name,
        "canned_response_id": said.canned_response_id,
    }
    made = insert(MESSAGES).values(**values).returning(MESSAGES.c.id, MESSAGES.c.created_at)
    id_, created_at = (await session.execute(made)).one()
    if chat.first_response_at is None and speaker.type in ("AGENT", "AI", "STAFF") and not said.is_internal:
        chat.first_response_at = max(created_at, chat.started_at)
    type_: ChatEventType = "NOTE_ADDED" if said.is_internal else "MESSAGE_SENT"
    await write(session, chat, Entry(type_, speaker.type, speaker.participant_id, id_, said.client_message_id))
    found: UUID = id_
    return found


async def ai_speaker(session: AsyncSession, chat: ChatSession, agent_id: UUID, now: datetime) -> Speaker:
    """An AI agent as it speaks in a chat that is locked; it takes part from now on."""
    who = await participants.ai(session, chat, agent_id)
    return Speaker.of(await participants.take_part(session, chat, who, now))

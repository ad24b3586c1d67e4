"""How a chat is closed, whoever ends it and why. Knows nothing of what others get by that."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.services.accounts.occasion import Occasion
from app.services.chat.log import Entry, write
from app.services.chat.moments import moment, told
from app.services.chat.participants import all_leave
from app.services.chat.states import ChatStep, moved
from models.chat import ChatSession
from models.chat.sessions import ChatActorType, ChatEventType, ChatSessionEndReason


async def do_end(
    session: AsyncSession,
    chat: ChatSession,
    step: ChatStep,
    reason: ChatSessionEndReason,
    at: Occasion,
    actor_type: ChatActorType = "SYSTEM",
    actor_id: UUID | None = None,
) -> None:
    """End or abandon a chat that is locked: everybody but its visitor leaves. Raises Refused if it is over."""
    if chat.status == "OFFERED":
        chat.assigned_agent_id = chat.offered_at = None  # nobody took it
    payload = moved(chat, step)
    ended = moment(at.now, chat.started_at, chat.queued_at, chat.assigned_at, chat.last_activity_at)
    chat.ended_at, chat.end_reason = ended, reason
    await all_leave(session, chat, ended)
    type_: ChatEventType = "ABANDONED" if chat.status == "ABANDONED" else "ENDED"
    said = {**payload, "reason": reason, "endedAt": told(ended)}
    await write(session, chat, Entry(type_, actor_type, actor_id, payload=said))

"""How chats come to an end, are rated, and are opened again."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.services.accounts.occasion import Occasion
from app.services.chat import onward
from app.services.chat.actors import Actor
from app.services.chat.closing import do_end
from app.services.chat.locking import Rows, chat_and_agent_at, chat_at
from app.services.chat.log import Entry, write
from app.services.chat.moments import moment
from app.services.chat.participants import Who, who_is
from app.services.chat.states import CHAT, ChatStep, moved
from app.services.checks import broken, check_text, tidied
from app.services.refusals import check, conflict, only
from models.chat import ChatSession
from models.chat.sessions import ChatSessionEndReason

FEEDBACK_LENGTH = 5_000
OF_VISITORS: tuple[ChatSessionEndReason, ...] = ("VISITOR_LEFT", "RESOLVED")
"""The reasons that a visitor can give."""


async def end_chat(
    session: AsyncSession, by: Actor, at: Occasion, *, session_id: UUID, reason: ChatSessionEndReason | None = None
) -> Rows:
    """End a chat; one that its visitor leaves before anybody answered is abandoned. Raises Refused."""
    chat = (await chat_and_agent_at(session, session_id, by)).chat
    is_visitor = not by.serves(chat.business_id)
    only(not is_visitor or reason in (None, *OF_VISITORS), "reason", "staff of its business")
    who = await who_is(session, chat, by)
    step: ChatStep = "abandon" if is_visitor and _is_unanswered(chat) else "end"
    why = reason or ("VISITOR_LEFT" if is_visitor else "RESOLVED")
    await do_end(session, chat, step, why, at, who.type, _shown(who))
    await onward.make_room(session, chat, at.now)
    return {"session": chat.id}


def _is_unanswered(chat: ChatSession) -> bool:
    return chat.first_response_at is None and chat.status in CHAT.before("abandon")


def _shown(who: Who) -> UUID | None:
    """The stay of somebody whom the visitor sees."""
    return who.stay.id if who.stay and not who.stay.is_internal else None


async def reopen_chat(session: AsyncSession, by: Actor, at: Occasion, *, session_id: UUID) -> Rows:
    """Queue a chat that is over for people again: for anybody, whatever led it where before. Raises Refused."""
    chat = await chat_at(session, session_id, by)
    payload = moved(chat, "reopen")
    chat.ended_at = chat.end_reason = chat.assigned_agent_id = chat.assigned_at = None
    chat.routing_rule_id = chat.wanted_skill = None
    chat.queued_at = moment(at.now, chat.started_at)
    who = await who_is(session, chat, by)
    await write(session, chat, Entry("REOPENED", who.type, _shown(who), payload=payload))
    await onward.make_room(session, chat, at.now)
    return {"session": chat.id}


async def rate_chat(
    session: AsyncSession, by: Actor, at: Occasion, *, session_id: UUID, rating: int, feedback: str | None = None
) -> Rows:
    """Say how a chat was that is over; again, as long as the visitor's token is good. Raises Refused."""
    fits = broken({("rating", "must be from 1, poor, to 5, excellent"): 1 <= rating <= 5})
    check([*fits, *check_text("feedback", feedback, FEEDBACK_LENGTH, least=0)])
    chat = await chat_at(session, session_id, by)
    only(not by.serves(chat.business_id), "sessionId", "the visitor")
    if chat.status not in CHAT.before("reopen"):
        conflict("sessionId", f"names a chat that is {chat.status}: it is rated when it is over")
    who = await who_is(session, chat, by)
    chat.satisfaction_rating, chat.feedback, chat.rated_at = rating, tidied(feedback), moment(at.now)
    await write(session, chat, Entry("RATED", who.type, _shown(who), payload={"rating": rating}))
    return {"session": chat.id}

"""How chats begin: a visitor opens one through a widget, and gets the token by which they return to it."""

from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.services.accounts.occasion import Occasion
from app.services.accounts.tokens import VISIT, digest, made
from app.services.chat import onward
from app.services.chat.browsers import browser, device
from app.services.chat.details import SUBJECT_LENGTH, check_language
from app.services.chat.log import Entry, write
from app.services.chat.messages import Said, Speaker, do_say
from app.services.chat.moments import moment
from app.services.chat.participants import VISITOR_NAME
from app.services.chat.sending import NAME_LENGTH, check_content
from app.services.chat.states import CHAT
from app.services.chat.visitors import Guest, check_guest, recognised
from app.services.chat.widgets import widget_at
from app.services.checks import URL_LENGTH, broken, check_text
from app.services.checks import tidied as stripped
from app.services.refusals import Refusal, check
from models.chat import ChatParticipant, ChatSession, ChatWidget, Visitor


@dataclass(frozen=True, slots=True)
class Opening:
    """What a visitor opens a chat with."""

    widget_key: str
    visitor: Guest = field(default_factory=Guest)
    page_url: str | None = None
    referrer: str | None = None
    subject: str | None = None
    language: str | None = None
    message: str | None = None
    client_message_id: str | None = None


class Opened(NamedTuple):
    """A new chat, with its token in plain text, which is nowhere else, and the name for the browser to keep, if any."""

    session_id: UUID
    visitor_id: UUID
    token: str
    visitor_key: str | None


async def start_chat(session: AsyncSession, opening: Opening, at: Occasion, origin: str | None) -> Opened:
    """Open a chat for a page of `origin`, or a program if that is none. Raises Refused."""
    check(check_opening(opening))
    widget, now = await widget_at(session, opening.widget_key, origin), moment(at.now)
    visitor, is_remembered = await recognised(session, widget, opening.visitor, now, opening.referrer)
    token = made(VISIT)
    chat = _chat(widget, visitor, opening, at, is_remembered=is_remembered)
    chat.token_hash = digest(token)
    session.add(chat)
    await session.flush()
    stay = ChatParticipant(session_id=chat.id, type="VISITOR", visitor_id=visitor.id, joined_at=now)
    stay.name = visitor.name or VISITOR_NAME
    session.add(stay)
    await session.flush()
    begun = {"status": {"old": None, "new": chat.status}}
    await write(session, chat, Entry("STARTED", "VISITOR", stay.id, payload=begun))
    await _first(session, chat, stay, opening, at)
    return Opened(chat.id, visitor.id, token, visitor.key if is_remembered else None)


async def _first(
    session: AsyncSession, chat: ChatSession, stay: ChatParticipant, opening: Opening, at: Occasion
) -> None:
    """Say the first message, if there is one, and give the chat to whoever answers it."""
    said = None
    if (opening.message or "").strip():
        said = await do_say(session, chat, Speaker.of(stay), Said(opening.message, opening.client_message_id))
    await onward.route(session, chat, at.now)
    if said is not None:
        await onward.ask(session, chat, said, opening.message)


def _chat(widget: ChatWidget, visitor: Visitor, opening: Opening, at: Occasion, *, is_remembered: bool) -> ChatSession:
    """The row of a chat; of who is not remembered nothing is kept by which they could be recognised."""
    agent = at.user_agent
    chat = ChatSession(business_id=widget.business_id, site_id=widget.site_id, widget_id=widget.id)
    chat.visitor_id, chat.ai_agent_id = visitor.id, widget.ai_agent_id
    chat.status, chat.subject = CHAT.begins, stripped(opening.subject)
    chat.language = opening.language or opening.visitor.language or next(iter(widget.languages), "en")
    chat.page_url, chat.device_type = opening.page_url, device(agent)
    chat.started_at = moment(at.now)
    if is_remembered:
        chat.referrer, chat.browser, chat.ip_address = opening.referrer, browser(agent), at.address
    return chat


def check_opening(opening: Opening) -> list[Refusal]:
    """What is wrong with what a visitor opens a chat with."""
    is_said = bool((opening.message or "").strip())
    name = opening.client_message_id
    fits = name is None or 1 <= len(name) <= NAME_LENGTH
    return [
        *check_guest(opening.visitor),
        *check_text("subject", opening.subject, SUBJECT_LENGTH, least=0),
        *check_text("pageUrl", opening.page_url, URL_LENGTH, least=0),
        *check_text("referrer", opening.referrer, URL_LENGTH, least=0),
        *check_language("language", opening.language),
        *broken({("clientMessageId", f"must have 1 to {NAME_LENGTH} characters"): fits}),
        *([Refusal(one.code, "message", one.message) for one in check_content(opening.message)] if is_said else []),
    ]

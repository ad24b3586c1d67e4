"""Messages as people and programs send, edit and take them back."""

import re
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.accounts.occasion import Occasion
from app.services.chat import onward
from app.services.chat.actors import Actor
from app.services.chat.canned import canned_at, filled, visitor_name
from app.services.chat.locking import Rows, chat_at
from app.services.chat.log import Entry, write
from app.services.chat.messages import Said, Speaker, do_say, name_is_taken, said_before
from app.services.chat.moments import moment
from app.services.chat.participants import Who, take_part, who_is
from app.services.chat.states import is_over
from app.services.checks import URL_LENGTH, Rules, broken, check_text
from app.services.refusals import Refusal, check, conflict, missing, only
from models.chat import ChatMessage, ChatParticipant, ChatSession
from models.chat.sessions import ChatEventType, ChatMessageType

LONGEST = 16 * 1024
"""Bytes of a message in UTF-8."""

NAME_LENGTH = 64
"""Characters of the name by which a message is said once."""

_HTTPS = re.compile(r"https://[^\s/@]+(/\S*)?")
_HERE = re.compile(r"http://(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?(/\S*)?")


@dataclass(frozen=True, slots=True)
class Message:
    """What somebody sends."""

    session_id: UUID
    client_message_id: str
    content: str | None = None
    is_internal: bool = False
    attachment_url: str | None = None
    attachment_name: str | None = None
    type: ChatMessageType | None = None
    canned_response_id: UUID | None = None


async def send_chat_message(session: AsyncSession, by: Actor, at: Occasion, **given: object) -> Rows:
    """Say something in a chat, once for each `client_message_id`. Raises Refused."""
    message = Message(**given)  # type: ignore[arg-type]
    check(check_message(message))
    chat = await chat_at(session, message.session_id, by)
    only(by.serves(chat.business_id) or not message.is_internal, "isInternal", "staff of its business")
    earlier = await said_before(session, chat, message.client_message_id)
    if earlier is not None:
        if earlier.is_internal != message.is_internal or not await _is_own(session, by, chat, earlier):
            name_is_taken()
        return {"message": earlier.id, "session": chat.id}
    if is_over(chat) and not message.is_internal:
        conflict("sessionId", f"names a chat that is {chat.status}: open it again first")
    return {"message": await _send(session, by, at, chat, message), "session": chat.id}


async def _send(session: AsyncSession, by: Actor, at: Occasion, chat: ChatSession, message: Message) -> UUID:
    """Have somebody who takes part from now on say it, and the AI agent answer a visitor."""
    who = await who_is(session, chat, by)
    said = await _said(session, chat, who, message)
    stay = await take_part(session, chat, who, moment(at.now), internal=message.is_internal)
    id_ = await do_say(session, chat, Speaker.of(stay), said)
    if who.type == "VISITOR":
        await onward.ask(session, chat, id_, said.content)
    return id_


async def _said(session: AsyncSession, chat: ChatSession, who: Who, message: Message) -> Said:
    """What is said in the end: a prepared answer is filled with names."""
    said = Said(
        message.content if (message.content or "").strip() else None,
        message.client_message_id,
        message.is_internal,
        message.type or ("FILE" if message.attachment_url else "TEXT"),
        message.attachment_url,
        message.attachment_name,
        message.canned_response_id,
    )
    if message.canned_response_id is None:
        return said
    only(who.type != "VISITOR", "cannedResponseId", "staff of its business")
    canned = await canned_at(session, chat, message.canned_response_id, who, "cannedResponseId")
    visitor = await visitor_name(session, chat)
    content = filled(said.content or canned.content, visitor=visitor, agent=who.name)
    check(check_content(content))
    return replace(said, content=content)


def check_message(message: Message) -> list[Refusal]:
    """What is wrong with what somebody sends."""
    has_more = message.attachment_url is not None or message.canned_response_id is not None
    carries = message.attachment_url is not None
    rules: Rules = {
        ("clientMessageId", f"must have 1 to {NAME_LENGTH} characters"): (
            1 <= len(message.client_message_id) <= NAME_LENGTH
        ),
        ("type", "must not be SYSTEM"): message.type != "SYSTEM",
        ("type", "must be IMAGE or FILE exactly where there is an attachmentUrl"): (
            message.type in (None, "SYSTEM") or (message.type != "TEXT") == carries
        ),
        ("attachmentName", "must come with an attachmentUrl"): carries or message.attachment_name is None,
    }
    content = [] if has_more and not (message.content or "").strip() else check_content(message.content)
    names = check_text("attachmentName", message.attachment_name, 200, least=0)
    return [*broken(rules), *content, *names, *check_attachment(message.attachment_url)]


def check_content(content: str | None) -> list[Refusal]:
    """What is wrong with the text of a message."""
    fits = len((content or "").strip()) >= 1 and len((content or "").encode()) <= LONGEST
    return broken({("content", f"must have 1 to {LONGEST:,} bytes in UTF-8"): fits})


def check_attachment(url: str | None) -> list[Refusal]:
    """What is wrong with where an attachment is: https, or http on this machine."""
    fine = url is None or (len(url) <= URL_LENGTH and (_HTTPS.fullmatch(url) or _HERE.fullmatch(url)))
    return broken({("attachmentUrl", f"must be an https URL of at most {URL_LENGTH:,} characters"): fine})


async def edit_chat_message(session: AsyncSession, by: Actor, at: Occasion, *, id: UUID, content: str) -> Rows:
    """Say something else in the place of what one said. Raises Refused."""
    check(check_content(content))
    chat, message = await _message_at(session, by, id)
    only(await _is_own(session, by, chat, message), "id", "who said it")
    if message.redacted_at is not None:
        conflict("id", "names a message that was taken back")
    if is_over(chat) and not message.is_internal:
        conflict("id", f"names a message of a chat that is {chat.status}")
    if message.content == content:
        return {"message": message.id}
    message.content, message.edited_at = content, moment(at.now, message.created_at)
    await _log_change(session, by, chat, message, "MESSAGE_EDITED")
    return {"message": message.id}


async def delete_chat_message(session: AsyncSession, by: Actor, at: Occasion, *, id: UUID) -> Rows:
    """Take the content out of a message of one's own, or of anybody's as a manager. Raises Refused."""
    chat, message = await _message_at(session, by, id)
    may = by.manages(chat.business_id) or await _is_own(session, by, chat, message)
    only(may, "id", "who said it and managers of its business")
    if message.redacted_at is None:
        message.content = message.attachment_url = message.attachment_name = None
        message.redacted_at = moment(at.now, message.created_at)
        await _log_change(session, by, chat, message, "MESSAGE_REDACTED")
    return {"message": message.id}


async def _log_change(
    session: AsyncSession, by: Actor, chat: ChatSession, message: ChatMessage, type_: ChatEventType
) -> None:
    who = await who_is(session, chat, by)
    actor = who.stay.id if who.stay and not (who.stay.is_internal and not message.is_internal) else None
    await write(session, chat, Entry(type_, who.type, actor, message.id, hidden=message.is_internal))


async def _message_at(session: AsyncSession, by: Actor, id_: UUID) -> tuple[ChatSession, ChatMessage]:
    """A message with its chat, both locked. Raises Refused if they see none."""
    chat_id = await session.scalar(select(ChatMessage.session_id).where(ChatMessage.id == id_))
    if chat_id is None:
        missing("id", "chat message")
    try_ = select(ChatMessage).where(ChatMessage.id == id_).with_for_update()
    chat = await chat_at(session, chat_id, by, "id")
    message = await session.scalar(try_.execution_options(populate_existing=True))
    if message is None or (message.is_internal and not by.serves(chat.business_id)):
        missing("id", "chat message")
    return chat, message


async def _is_own(session: AsyncSession, by: Actor, chat: ChatSession, message: ChatMessage) -> bool:
    """Whether they said it, in this stay in the chat or an earlier one."""
    who = await who_is(session, chat, by)
    sender = await session.get(ChatParticipant, message.sender_id) if message.sender_id else None
    return sender is not None and any(getattr(sender, key) == value for key, value in who.keys.items())

"""What a chat is about: its subject and language, and the words that staff sorts chats by."""

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.services.accounts.occasion import Occasion
from app.services.chat.actors import Actor
from app.services.chat.locking import Rows, chat_at
from app.services.chat.log import Entry, write
from app.services.chat.participants import who_is
from app.services.checks import broken, check_text, tidied
from app.services.refusals import Refusal, check, only
from models.chat import ChatSession

SUBJECT_LENGTH, TAG_LENGTH, MOST_TAGS = 200, 50, 20

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
LANGUAGE_LENGTH = 35


async def update_chat_details(
    session: AsyncSession,
    by: Actor,
    at: Occasion,
    *,
    session_id: UUID,
    subject: str | None = None,
    tags: Sequence[str] | None = None,
    language: str | None = None,
) -> Rows:
    """Change what is given; an empty subject takes it away. Raises Refused."""
    check([*check_text("subject", subject, SUBJECT_LENGTH, least=0), *check_language("language", language)])
    check(check_tags(tags or ()))
    chat = await chat_at(session, session_id, by)
    only(tags is None or by.serves(chat.business_id), "tags", "staff of its business")
    who = await who_is(session, chat, by)
    stay = who.stay.id if who.stay else None
    seen = None if who.stay and who.stay.is_internal else stay
    entries = []
    if payload := _detailed(chat, subject, language):
        entries.append(Entry("DETAILS_CHANGED", who.type, seen, payload=payload))
    if tags is not None and (payload := _tagged(chat, tags)):
        entries.append(Entry("TAGS_CHANGED", who.type, stay, payload=payload, hidden=True))
    if entries:
        await write(session, chat, *entries)
    return {"session": chat.id}


def check_language(field: str, language: str | None) -> list[Refusal]:
    """What is wrong with a BCP 47 tag, if one is given."""
    fits = language is None or (len(language) <= LANGUAGE_LENGTH and _LANGUAGE.fullmatch(language))
    return broken({(field, "must be a BCP 47 tag, like en or pt-BR"): fits})


def check_tags(tags: Sequence[str]) -> list[Refusal]:
    """What is wrong with the words that staff sorts a chat by."""
    each = all(1 <= len(tag.strip()) <= TAG_LENGTH for tag in tags)
    rules = {
        ("tags", f"must be {MOST_TAGS} at most"): len(tags) <= MOST_TAGS,
        ("tags", f"must each have 1 to {TAG_LENGTH} characters"): each,
    }
    return broken(rules)


def _detailed(chat: ChatSession, subject: str | None, language: str | None) -> dict[str, Any]:
    """Write what is given; what it was before and is now, where that differs."""
    given = {"subject": (subject is not None, tidied(subject)), "language": (language is not None, language)}
    changed = {}
    for name, (is_given, new) in given.items():
        old = getattr(chat, name)
        if is_given and old != new:
            setattr(chat, name, new)
            changed[name] = {"old": old, "new": new}
    return changed


def _tagged(chat: ChatSession, tags: Sequence[str]) -> dict[str, Any]:
    """Write the tags, each once; those that came and went, and all of them in order, unless they are the same."""
    new, old = list(dict.fromkeys(tag.strip() for tag in tags)), list(chat.tags)
    if new == old:
        return {}
    chat.tags = new
    return {
        "tags": new,
        "added": [tag for tag in new if tag not in old],
        "removed": [tag for tag in old if tag not in new],
    }

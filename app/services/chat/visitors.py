"""Who visits the sites of a business: recognised by the name that their browser keeps, if they let themselves be."""

import re
import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.accounts.people import is_email, tidied
from app.services.chat.details import check_language
from app.services.checks import broken, check_text
from app.services.refusals import Refusal, Refused, check
from models.chat import ChatWidget, Visitor

KEY_LENGTHS = range(16, 101)
NAME_LENGTH, ZONE_LENGTH = 200, 64
CONSENT = "chat"
"""What a visitor agrees to who is remembered."""

BLOCKED = Refusal("FORBIDDEN", "visitor", "may not chat here")

_PHONE = re.compile(r"\+[1-9]\d{6,14}")
_KEY = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Guest:
    """What a visitor's browser says of them."""

    key: str | None = None
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    language: str | None = None
    time_zone: str | None = None
    consents: bool = False
    """Whether they agree to be remembered."""


def check_guest(guest: Guest) -> list[Refusal]:
    """What is wrong with what the browser says."""
    email, key = guest.email and tidied(guest.email), guest.key
    rules = {
        ("visitor.key", "must have 16 to 100 letters, digits, - and _"): (
            key is None or (len(key) in KEY_LENGTHS and _KEY.fullmatch(key))
        ),
        ("visitor.email", "must be an e-mail address"): not email or is_email(email),
        ("visitor.phone", "must be in E.164 form, like +4930123456"): (
            guest.phone is None or _PHONE.fullmatch(guest.phone)
        ),
    }
    texts = [
        *check_text("visitor.name", guest.name, NAME_LENGTH, least=0),
        *check_text("visitor.timeZone", guest.time_zone, ZONE_LENGTH, least=0),
    ]
    return [*broken(rules), *texts, *check_language("visitor.language", guest.language)]


async def recognised(
    session: AsyncSession, widget: ChatWidget, guest: Guest, now: datetime, referrer: str | None
) -> tuple[Visitor, bool]:
    """The visitor, and whether they are remembered: who is not, where consent is required, is somebody new each time.

    Raises Refused if they are barred.
    """
    known = await _known(session, widget, guest.key)
    if known is not None and known.blocked_at is not None:
        raise Refused([BLOCKED])
    agreed = guest.consents or (known is not None and CONSENT in known.consented_to)
    if widget.is_consent_required and not agreed:
        given = _said(replace(guest, time_zone=None))
        return await _met(session, widget, _made_key(), given, now), False
    said = {**_said(guest), "first_referrer": referrer}
    if guest.consents:
        said |= {"consented_to": [CONSENT], "consented_at": now}
    return await _met(session, widget, guest.key or _made_key(), said, now), True


def _made_key() -> str:
    return secrets.token_urlsafe(24)


async def _known(session: AsyncSession, widget: ChatWidget, key: str | None) -> Visitor | None:
    if key is None:
        return None
    named = (Visitor.business_id == widget.business_id, Visitor.key == key)
    found: Visitor | None = await session.scalar(select(Visitor).where(*named))
    return found


def _said(guest: Guest) -> dict[str, Any]:
    return {
        "name": (guest.name or "").strip() or None,
        "email": tidied(guest.email or "") or None,
        "phone": guest.phone,
        "language": guest.language,
        "time_zone": (guest.time_zone or "").strip() or None,
    }


async def _met(session: AsyncSession, widget: ChatWidget, key: str, said: dict[str, Any], now: datetime) -> Visitor:
    """The row of a visitor who is here now: a new one, or what is known with what they say now."""
    values = {"business_id": widget.business_id, "key": key, "first_seen_at": now, "last_seen_at": now, **said}
    new = insert(Visitor).values(**values)
    newer: dict[str, Any] = {
        name: func.coalesce(new.excluded[name], getattr(Visitor, name))
        for name in said
        if name not in ("consented_to", "first_referrer")
    }
    if "consented_to" in said:
        newer["consented_to"] = _with(Visitor.consented_to, CONSENT)
    seen = {"last_seen_at": func.greatest(Visitor.last_seen_at, now), "visit_count": Visitor.visit_count + 1}
    met = new.on_conflict_do_update(index_elements=["business_id", "key"], set_={**newer, **seen})
    returned = met.returning(Visitor).execution_options(populate_existing=True)
    visitor: Visitor = (await session.scalars(returned)).one()
    check([BLOCKED] if visitor.blocked_at is not None else [])
    return visitor


def _with(column: Any, word: str) -> Any:
    return func.array_append(func.array_remove(column, word), word)

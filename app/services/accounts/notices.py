"""What a person is told by e-mail of the account. Only its `data` holds a token, for whoever delivers it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.accounts.occasion import Occasion
from app.services.accounts.tokens import Given
from models.support import Notification

Template = Literal[
    "account.verify_email",
    "account.already_registered",
    "account.reset_password",
    "kyc.approved",
    "kyc.rejected",
    "privacy.exported",
    "privacy.erased",
]

TEXTS: dict[Template, tuple[str, str]] = {
    "account.verify_email": (
        "Confirm your e-mail address",
        "Somebody registered with this address. If it was you, follow the link within 24 hours; if not, do nothing.",
    ),
    "account.already_registered": (
        "You have an account already",
        "Somebody tried to register with your address. If it was you, sign in or ask for a new password; if not, "
        "nothing needs to be done: nothing was changed.",
    ),
    "account.reset_password": (
        "Choose a new password",
        "Somebody asked for a new password for your account. If it was you, follow the link within the hour; if not, "
        "do nothing: your password stays as it is.",
    ),
    "kyc.approved": ("Your identity is verified", "Your paper was accepted. Nothing needs to be done."),
    "kyc.rejected": (
        "Your identity could not be verified",
        "Your paper was not accepted. Sign in to read why, and hand in another.",
    ),
    "privacy.exported": (
        "Your data is ready",
        "The file with all of your data can be fetched for 24 hours. Sign in to find its link with your request.",
    ),
    "privacy.erased": (
        "Your data was erased",
        "You asked to be forgotten. Your account is closed and what was personal is gone; orders and payments stay "
        "in the books without your name.",
    ),
}
"""Title and body."""

NOTHING_MORE: Mapping[str, str] = MappingProxyType({})

PAUSE = timedelta(minutes=1)
"""A person gets no second notice of a kind before that: nobody fills another's mailbox."""


async def was_told(session: AsyncSession, user_id: UUID, template: Template, now: datetime) -> bool:
    """Whether the person got the same notice just now."""
    return await times_told(session, user_id, template, now - PAUSE) > 0


async def times_told(session: AsyncSession, user_id: UUID, template: Template, since: datetime) -> int:
    """How often the person got the notice after `since`."""
    theirs = (Notification.user_id == user_id, Notification.created_at > since)
    same = Notification.data["template"].astext == template
    return await session.scalar(select(func.count()).where(*theirs, same)) or 0


async def tell(
    session: AsyncSession,
    user_id: UUID,
    template: Template,
    at: Occasion,
    token: Given | None = None,
    *,
    more: Mapping[str, str] = NOTHING_MORE,
    until: datetime | None = None,
) -> None:
    """Queue the notice, with the token that it brings, or what `more` its deliverer must know, good `until` then."""
    title, body = TEXTS[template]
    notice = Notification(user_id=user_id, type="SECURITY", channel="EMAIL", title=title, body=body)
    notice.data = {"template": template, **({"token": token.plain} if token else {}), **more}
    notice.created_at = notice.scheduled_at = at.now
    notice.expires_at = token.expires_at if token else until
    session.add(notice)
    await session.flush()

"""What a person is told by e-mail of the account. Only its `data` holds a token, for whoever delivers it."""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import exists, select
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
}
"""Title and body."""

PAUSE = timedelta(minutes=1)
"""A person gets no second notice of a kind before that: nobody fills another's mailbox."""


async def was_told(session: AsyncSession, user_id: UUID, template: Template, now: datetime) -> bool:
    """Whether the person got the same notice just now."""
    lately = (Notification.user_id == user_id, Notification.created_at > now - PAUSE)
    same = Notification.data["template"].astext == template
    return bool(await session.scalar(select(exists().where(*lately, same))))


async def tell(
    session: AsyncSession, user_id: UUID, template: Template, at: Occasion, token: Given | None = None
) -> None:
    """Queue the notice, with the token that it brings."""
    title, body = TEXTS[template]
    notice = Notification(user_id=user_id, type="SECURITY", channel="EMAIL", title=title, body=body)
    notice.data = {"template": template, **({"token": token.plain} if token else {})}
    notice.created_at = notice.scheduled_at = at.now
    notice.expires_at = token.expires_at if token else None
    session.add(notice)
    await session.flush()

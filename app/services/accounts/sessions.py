"""How sessions end before their time."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.accounts.events import note
from app.services.accounts.occasion import Occasion
from app.services.refusals import Refusal, Refused
from models.identity import LoginSession, LoginSessionRevokedReason


async def sign_out(session: AsyncSession, user_id: UUID, session_id: UUID, at: Occasion) -> bool:
    """End the person's own session; whether it was still open."""
    mine = (LoginSession.id == session_id, LoginSession.user_id == user_id)
    ended = await do_end(session, "SIGNED_OUT", at, *mine)
    for key in ended:
        note(session, "LOGOUT", at, user_id=user_id, session_id=key)
    await session.flush()
    return bool(ended)


async def sign_out_everywhere(
    session: AsyncSession, user_id: UUID, at: Occasion, *, except_: UUID | None = None
) -> int:
    """End the person's sessions, all or all but one; how many there were."""
    ended = await do_end(session, "REVOKED_BY_USER", at, *others(user_id, except_))
    for key in ended:
        note(session, "SESSION_REVOKED", at, user_id=user_id, session_id=key)
    await session.flush()
    return len(ended)


async def revoke_session(session: AsyncSession, user_id: UUID, session_id: UUID, at: Occasion) -> UUID:
    """End one of the person's sessions. Raises Refused for another's, as for one that there is not."""
    mine = (LoginSession.id == session_id, LoginSession.user_id == user_id)
    if not await do_end(session, "REVOKED_BY_USER", at, *mine):
        raise Refused([Refusal("NOT_FOUND", "sessionId", "names no open session of yours")])
    note(session, "SESSION_REVOKED", at, user_id=user_id, session_id=session_id)
    await session.flush()
    return session_id


def others(user_id: UUID, except_: UUID | None) -> list[Any]:
    """The condition on the person's sessions, but one."""
    spared = [LoginSession.id != except_] if except_ else []
    return [LoginSession.user_id == user_id, *spared]


async def do_end(session: AsyncSession, reason: LoginSessionRevokedReason, at: Occasion, *which: Any) -> Sequence[UUID]:
    """End the open sessions that fulfil the conditions `which`."""
    open_ = (LoginSession.revoked_at.is_(None), LoginSession.expires_at > at.now)
    ending = update(LoginSession).where(*which, *open_).values(revoked_at=at.now, revoked_reason=reason)
    return (await session.scalars(ending.returning(LoginSession.id))).all()

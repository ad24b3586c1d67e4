"""Notifications that their readers have read."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.refusals import Refusal, Refused
from models.support import Notification

UNKNOWN = Refusal("NOT_FOUND", "id", "names no notification of yours")
NOT_SENT = Refusal("CONFLICT", "id", "names a notification that was not sent: there is nothing to read yet")


async def mark_read(session: AsyncSession, notification_id: UUID, user_id: UUID, now: datetime) -> UUID:
    """Mark a notification of the person's as read; one that is stays as it is. Raises Refused."""
    mine = (Notification.id == notification_id, Notification.user_id == user_id)
    status = await session.scalar(select(Notification.status).where(*mine).with_for_update())
    if status is None:
        raise Refused([UNKNOWN])
    if status not in ("SENT", "READ"):
        raise Refused([NOT_SENT])
    await _do_mark(session, user_id, now, Notification.id == notification_id)
    return notification_id


async def mark_all_read(session: AsyncSession, user_id: UUID, now: datetime) -> int:
    """Mark all that was sent to the person as read; how many were not."""
    return await _do_mark(session, user_id, now)


async def _do_mark(session: AsyncSession, user_id: UUID, now: datetime, *which: ColumnElement[bool]) -> int:
    unread = (Notification.user_id == user_id, Notification.status == "SENT", *which)
    read_at = func.greatest(Notification.sent_at, now)  # clocks of two processes may differ
    marked = update(Notification).where(*unread).values(status="READ", read_at=read_at)
    found = await session.scalars(marked.returning(Notification.id), execution_options={"synchronize_session": False})
    return len(found.all())

"""What is removed, or marked as over, once its time has passed. Each function does so at a moment and says how often.

A function removes a batch at most, so that no transaction is long: whoever calls it does so until it did less.
"""

from datetime import datetime, timedelta

from sqlalchemy import CursorResult, text
from sqlalchemy.ext.asyncio import AsyncSession

BATCH = 5_000
"""Rows that one call removes or marks at most."""

SESSIONS, TOKENS, KEYS, NOTIFICATIONS = timedelta(days=30), timedelta(days=7), timedelta(hours=24), timedelta(days=180)
"""How long is kept what is over."""

LEFT, LOST = timedelta(hours=24), timedelta(days=30)
"""After how long without a change a cart is abandoned, and after how long more nobody comes back to it."""


async def do_remove_sessions(session: AsyncSession, now: datetime) -> int:
    """Remove sessions that ended, or ran out, long ago."""
    over = "least(expires_at, revoked_at) < :before"
    return await _do_remove(session, "identity.login_sessions", over, now - SESSIONS)


async def do_remove_tokens(session: AsyncSession, now: datetime) -> int:
    """Remove tokens that ran out some days ago."""
    return await _do_remove(session, "identity.tokens", "expires_at < :before", now - TOKENS)


async def do_remove_idempotency_keys(session: AsyncSession, now: datetime) -> int:
    """Remove what mutations came to that were given a key: it is told again for a day."""
    return await _do_remove(session, "ops.idempotency_keys", "created_at < :before", now - KEYS)


async def do_remove_rate_limit_buckets(session: AsyncSession, now: datetime) -> int:
    """Remove buckets from which nothing is taken any more: they are as good as new ones."""
    return await _do_remove(session, "gateway.rate_limit_buckets", "free_at < :before", now)


async def do_remove_notifications(session: AsyncSession, now: datetime) -> int:
    """Remove notifications that were read, or lost their meaning, long ago."""
    over = "status = 'READ' AND read_at < :before OR status = 'EXPIRED' AND scheduled_at < :before"
    return await _do_remove(session, "support.notifications", over, now - NOTIFICATIONS)


async def do_remove_segment_members(session: AsyncSession, now: datetime) -> int:
    """Take customers out of segments in which nobody confirmed them in time."""
    return await _do_remove(session, "customers.segment_members", "expires_at < :before", now)


async def do_abandon_carts(session: AsyncSession, now: datetime) -> int:
    """Mark carts in which nothing was put or taken out for a day as abandoned."""
    change = "status = 'ABANDONED', abandoned_at = :now, version = version + 1"
    return await _do_mark(session, "sales.carts", change, "status = 'ACTIVE' AND last_activity_at < :before", now, LEFT)


async def do_expire_carts(session: AsyncSession, now: datetime) -> int:
    """Mark carts to which nobody came back as expired."""
    change, over = "status = 'EXPIRED', version = version + 1", "status = 'ABANDONED' AND abandoned_at < :before"
    return await _do_mark(session, "sales.carts", change, over, now, LOST)


async def do_expire_returns(session: AsyncSession, now: datetime) -> int:
    """Mark grants to send goods back as expired, if nothing was sent in time."""
    change = "status = 'EXPIRED', version = version + 1"
    over = "status = 'APPROVED' AND expires_at < :before AND NOT EXISTS (SELECT FROM sales.order_returns AS r "
    return await _do_mark(
        session, "sales.rma_requests", change, f"{over}WHERE r.rma_request_id = rma_requests.id)", now
    )


async def do_hide_recommendations(session: AsyncSession, now: datetime) -> int:
    """Show recommendations no longer than they were to be."""
    over = "is_active AND expires_at < :before"
    return await _do_mark(session, "catalog.product_recommendations", "is_active = false", over, now)


async def _do_remove(session: AsyncSession, table: str, over: str, before: datetime) -> int:
    which = f"SELECT ctid FROM {table} WHERE {over} LIMIT {BATCH} FOR UPDATE SKIP LOCKED"
    return await _done(session, f"DELETE FROM {table} WHERE ctid = ANY (ARRAY({which}))", before=before)


async def _do_mark(
    session: AsyncSession, table: str, change: str, over: str, now: datetime, age: timedelta = timedelta()
) -> int:
    which = f"SELECT id FROM {table} WHERE {over} LIMIT {BATCH} FOR UPDATE SKIP LOCKED"
    statement = f"UPDATE {table} SET {change} WHERE id = ANY (ARRAY({which}))"
    return await _done(session, statement, before=now - age, now=now)


async def _done(session: AsyncSession, statement: str, **values: datetime) -> int:
    used = {name: value for name, value in values.items() if f":{name}" in statement}
    found = await session.execute(text(statement), used)
    assert isinstance(found, CursorResult)
    return found.rowcount

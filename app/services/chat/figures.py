"""What the chats of each day and site add up to (`ChatDailyStat`): counted anew as often as one likes."""

from datetime import date, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

UNSETTLED = timedelta(days=3)
"""For how long after its day a chat is looked at again: it goes on, comes to an end, or is rated.

What changes later, like a chat that is opened again after weeks, is not counted.
"""

DAYS_AT_ONCE = 31
"""Days that are counted in one transaction."""

COUNTED = (
    *("session_count", "answered_count", "ended_count", "abandoned_count", "ai_only_count", "ticket_count"),
    *("message_count", "wait_seconds_sum", "duration_seconds_sum", "rating_sum", "rating_count"),
)
"""What a row of figures counts."""

_NAMES = ", ".join(COUNTED)

COUNT = text(f"""
INSERT INTO chat.chat_daily_stats AS d (business_id, site_id, day, {_NAMES})
SELECT s.business_id, s.site_id, (s.started_at AT TIME ZONE 'UTC')::date,
       count(*), count(s.first_response_at), count(*) FILTER (WHERE s.status = 'ENDED'),
       count(*) FILTER (WHERE s.status = 'ABANDONED'),
       count(*) FILTER (WHERE s.first_response_at IS NOT NULL AND s.assigned_at IS NULL AND NOT EXISTS (
             SELECT FROM chat.chat_participants AS p WHERE p.session_id = s.id AND p.type = 'AGENT')),
       count(*) FILTER (WHERE s.end_reason = 'MOVED_TO_TICKET'), coalesce(sum(s.message_count), 0),
       coalesce(sum(s.wait_seconds), 0), coalesce(sum(s.duration_seconds) FILTER (WHERE s.status = 'ENDED'), 0),
       coalesce(sum(s.satisfaction_rating), 0), count(s.satisfaction_rating)
  FROM chat.chat_sessions AS s
 WHERE s.started_at >= CAST(:since AS date)::timestamp AT TIME ZONE 'UTC'
   AND s.started_at < (CAST(:until AS date) + 1)::timestamp AT TIME ZONE 'UTC'
 GROUP BY 1, 2, 3
 ORDER BY 1, 2, 3
ON CONFLICT (business_id, site_id, day) DO UPDATE SET ({_NAMES}) = ROW ({", ".join(f"excluded.{n}" for n in COUNTED)})
 WHERE ({", ".join(f"d.{n}" for n in COUNTED)}) IS DISTINCT FROM ({", ".join(f"excluded.{n}" for n in COUNTED)})
RETURNING 1""")
"""Days that are as they were are left alone, so that nobody is told of them."""

FORGET = text("""
DELETE FROM chat.chat_daily_stats AS d
 WHERE d.day BETWEEN :since AND :until AND NOT EXISTS (
       SELECT FROM chat.chat_sessions AS s
        WHERE s.business_id = d.business_id AND s.site_id IS NOT DISTINCT FROM d.site_id
          AND s.started_at >= d.day::timestamp AT TIME ZONE 'UTC'
          AND s.started_at < (d.day + 1)::timestamp AT TIME ZONE 'UTC')
RETURNING 1""")

LAST = text("SELECT max(day) FROM chat.chat_daily_stats")
FIRST = text("SELECT min((started_at AT TIME ZONE 'UTC')::date) FROM chat.chat_sessions")


async def do_count_days(session: AsyncSession, since: date, until: date) -> int:
    """Count the chats that started on these days, the last one included; how many rows of figures changed.

    What was counted before is replaced: the days of chats that are gone lose their rows.
    """
    given = {"since": since, "until": until}
    gone = (await session.execute(FORGET, given)).all()
    return len(gone) + len((await session.execute(COUNT, given)).all())


async def due_since(session: AsyncSession, now: datetime) -> date:
    """The first day that is to be counted (again), also those that were not settled when it was last counted."""
    recent = (now - UNSETTLED).date()
    last: date | None = await session.scalar(LAST)
    first = last - UNSETTLED if last else await session.scalar(FIRST)
    return min(first or recent, recent)

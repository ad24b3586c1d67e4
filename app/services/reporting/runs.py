"""Runs of reports: planned by their schedule or asked for, claimed for a while, made, and sent to one after the other.

What is left to do of a run stands in it: `next_attempt_at` until nothing is, and the addresses that it still goes to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.reach import Reach
from app.services.refusals import Refusal, Refused
from app.services.reporting.papers import DELIVERED
from app.services.reporting.periods import Period, last_time, next_time, period_before, zone_of
from models.business import Business
from models.reporting import Report, ReportFormat, ReportRun, ReportRunStatus, ReportType

DUE = """
SELECT id::text AS id FROM reporting.reports
 WHERE status = 'ACTIVE' AND (next_scheduled_at <= $1 OR next_scheduled_at IS NULL AND schedule <> 'ONCE')
UNION
SELECT report_id::text FROM reporting.report_runs WHERE next_attempt_at <= $1 AND report_id IS NOT NULL"""
"""The reports of which something is to be done at $1."""

CLAIM = timedelta(minutes=5)
"""For how long a run that is worked on is nobody else's; each step prolongs it."""

PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
MOST_ATTEMPTS = len(PAUSES) + 1

MOST_RECIPIENTS = 100
TOO_MANY = f"It went to the first {MOST_RECIPIENTS} of its recipients only."

BROKEN = "Its figures could not be computed."
DIED = "It was given up: the process ended each time while it was at it."

UNKNOWN = Refusal("NOT_FOUND", "id", "names no report")
NOT_ALLOWED = Refusal("FORBIDDEN", "id", "names a report that only managers of its business may have made")
UNDER_WAY = Refusal("CONFLICT", "id", "names a report that is being made already: wait until that run is done")

_QUIETLY = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class Taken:
    """A run that is to be worked on, with what of its report and business has to be known."""

    id: UUID
    report_id: UUID
    business_id: UUID
    business_name: str
    zone_name: str
    name: str
    type: ReportType
    format: ReportFormat
    status: ReportRunStatus
    content: Mapping[str, Any]
    template: Mapping[str, Any]
    period_starts_on: date
    period_ends_on: date
    pending_recipients: Sequence[str]
    attempt_count: int

    @property
    def period(self) -> Period:
        """The days that it covers."""
        return Period(self.period_starts_on, self.period_ends_on, zone_of(self.zone_name))


async def do_plan(session: AsyncSession, report_id: UUID, now: datetime) -> None:
    """Begin the run that is due by the report's schedule, once however often this is called, and set the next time."""
    wanted = select(Report, Business.time_zone).join(Business, Business.id == Report.business_id)
    found = (await session.execute(wanted.where(Report.id == report_id).with_for_update(of=Report))).one_or_none()
    if found is None or found[0].status != "ACTIVE":
        return
    report, zone = found[0], zone_of(found[1])
    at = report.next_scheduled_at
    if at is not None and at <= now:
        slot = last_time(report.schedule, at, now, zone, report.parameters)
        await _do_begin(session, report, period_before(report.schedule, slot, zone, report.parameters), now, slot=slot)
    if at is None or at <= now:
        following = next_time(report.schedule, now, zone, report.parameters)
        # No change of the report that people made: its version stays as whoever edits it has read it.
        planned = update(Report).where(Report.id == report_id).values(next_scheduled_at=following)
        await session.execute(planned, execution_options=_QUIETLY)


async def run_report(session: AsyncSession, report_id: UUID, reach: Reach, now: datetime) -> ReportRun:
    """A run of the report that begins now, for the days that its schedule would give it. Raises Refused."""
    wanted = select(Report, Business.time_zone).join(Business, Business.id == Report.business_id)
    found = (await session.execute(wanted.where(Report.id == report_id).with_for_update(of=Report))).one_or_none()
    if found is None or not reach.may_read(found[0].business_id):
        raise Refused([UNKNOWN])
    report, zone = found[0], zone_of(found[1])
    if not reach.may_write(report.business_id):
        raise Refused([NOT_ALLOWED])
    begun = (ReportRun.report_id == report_id, ReportRun.next_attempt_at.is_not(None), ReportRun.status == "RUNNING")
    if await session.scalar(select(exists().where(*begun))):
        raise Refused([UNDER_WAY])
    period = period_before(report.schedule, now, zone, report.parameters)
    id_ = await _do_begin(session, report, period, now, by=reach.user)
    run = await session.get(ReportRun, id_)
    assert run is not None
    return run


async def _do_begin(
    session: AsyncSession,
    report: Report,
    period: Period,
    now: datetime,
    *,
    slot: datetime | None = None,
    by: UUID | None = None,
) -> UUID | None:
    """Write a run that is to be made at once; None if there is one for that time."""
    recipients = list(dict.fromkeys(report.recipients))
    values = {
        "business_id": report.business_id,
        "report_id": report.id,
        "requested_by_id": by,
        "name": report.name,
        "type": report.type,
        "period_starts_on": period.first,
        "period_ends_on": period.last,
        "format": DELIVERED[report.format],
        "scheduled_for": slot,
        "next_attempt_at": now,
        "generated_at": now,
        "pending_recipients": recipients[:MOST_RECIPIENTS],
        "error": TOO_MANY if len(recipients) > MOST_RECIPIENTS else None,
    }
    begun = insert(ReportRun).values(**values).on_conflict_do_nothing()
    id_: UUID | None = await session.scalar(begun.returning(ReportRun.id))
    return id_


_CLAIM = text("""
WITH due AS (
  SELECT id FROM reporting.report_runs WHERE report_id = :report AND next_attempt_at <= :now
   ORDER BY next_attempt_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
UPDATE reporting.report_runs AS n SET attempt_count = n.attempt_count + 1, next_attempt_at = :until
  FROM due WHERE n.id = due.id
RETURNING n.id, n.report_id, n.business_id, n.name, n.type, n.format, n.status, n.content, n.period_starts_on,
  n.period_ends_on, n.pending_recipients, n.attempt_count,
  (SELECT b.name FROM business.businesses AS b WHERE b.id = n.business_id) AS business_name,
  (SELECT b.time_zone FROM business.businesses AS b WHERE b.id = n.business_id) AS zone_name,
  (SELECT r.template FROM reporting.reports AS r WHERE r.id = n.report_id) AS template""")


async def take(session: AsyncSession, report_id: UUID, now: datetime) -> Taken | None:
    """A run of the report that is to be worked on now; None if there is none."""
    found = await session.execute(_CLAIM, {"report": report_id, "now": now, "until": now + CLAIM})
    row = found.mappings().one_or_none()
    return Taken(**row) if row else None


async def do_keep(
    session: AsyncSession, run: Taken, content: Mapping[str, Any], file_path: str, began: datetime, now: datetime
) -> None:
    """Write what the run says, that its file is there, and that the report was made."""
    took = max(0, round((now - began).total_seconds() * 1000))
    made = {"status": "SUCCEEDED", "content": content, "file_path": file_path, "duration_ms": took, "attempt_count": 1}
    left = now + CLAIM if run.pending_recipients else None
    await _change(session, run, **made, generated_at=now, next_attempt_at=left)
    await session.execute(
        update(Report).where(Report.id == run.report_id).values(last_generated_at=now), execution_options=_QUIETLY
    )
    once = (Report.id == run.report_id, Report.schedule == "ONCE", Report.status == "ACTIVE")
    await session.execute(update(Report).where(*once).values(status="COMPLETED"), execution_options=_QUIETLY)


async def do_tell(session: AsyncSession, run: Taken, address: str, now: datetime, error: str | None = None) -> None:
    """Write that it went to `address`, or for which reason it never will."""
    left = func.array_remove(ReportRun.pending_recipients, address)
    went = {"error": error} if error else {"sent_at": func.greatest(ReportRun.generated_at, now)}
    await _change(session, run, pending_recipients=left, next_attempt_at=now + CLAIM, **went)


async def do_finish(session: AsyncSession, run: Taken) -> None:
    """Write that nothing is left to do."""
    await _change(session, run, next_attempt_at=None, pending_recipients=[])


async def do_put_off(session: AsyncSession, run: Taken, now: datetime, error: str) -> None:
    """Write that making or sending it is tried again after a pause, or was given up after the last attempt."""
    if run.attempt_count < MOST_ATTEMPTS:
        await _change(session, run, next_attempt_at=now + PAUSES[run.attempt_count - 1])
        return
    await do_give_up(session, run, error)


async def do_give_up(session: AsyncSession, run: Taken, error: str) -> None:
    """Write why it is not made, or not sent to those who have not got it."""
    failed = {"status": "FAILED"} if run.status == "RUNNING" else {}
    await _change(session, run, error=error, next_attempt_at=None, pending_recipients=[], **failed)


async def _change(session: AsyncSession, run: Taken, **values: Any) -> None:
    changed = update(ReportRun).where(ReportRun.id == run.id).values(**values)
    await session.execute(changed, execution_options=_QUIETLY)

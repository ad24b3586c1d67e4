"""Jobs that somebody works on for money that is held: whether they go on, and how they end."""

from datetime import datetime

from sqlalchemy import func, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.accounts.occasion import Occasion
from app.services.freelance.locking import Purse, change
from app.services.freelance.states import ESCROW, JOB, MILESTONE
from app.services.refusals import conflict
from models.freelance import Job, Milestone

PAID_FROM = ESCROW.before("release_last")
"""The states of an escrow from which people are paid."""


def check_in_progress(job: Job, field: str = "id") -> None:
    """Raise Refused, about `field`, if nobody works on the job (any more)."""
    if job.status not in JOB.before("complete"):
        conflict(field, f"is about a job that is {job.status}, not IN_PROGRESS")


def check_paid(job: Job, purse: Purse | None, field: str = "id") -> Purse:
    """The escrow out of which the work on the job is paid. Raises Refused, about `field`, if it is not."""
    check_in_progress(job, field)
    if purse is None or purse.escrow.status not in PAID_FROM:
        conflict(field, f"is about a job whose escrow is {purse.escrow.status if purse else 'missing'}: pay in first")
    return purse


async def complete(session: AsyncSession, job: Job, at: Occasion) -> None:
    """Write that the work of a job was accepted."""
    status = JOB.after(job.status, "complete")
    await change(session, job, status=status, completed_at=not_before(job.started_at, at.now))


async def approve_open(session: AsyncSession, job: Job, at: Occasion) -> None:
    """Write that all stages of a job were accepted that were not yet."""
    still_open = Milestone.status.in_(MILESTONE.before("release_all"))
    approved = update(Milestone).where(Milestone.job_id == job.id, still_open)
    values = {"status": MILESTONE.leads_to("release_all")}
    moment = func.greatest(at.now, Milestone.submitted_at)
    await session.execute(
        approved.values(**values, completed_at=moment), execution_options={"synchronize_session": False}
    )


def not_before(earlier: datetime | None, now: datetime) -> datetime:
    """The moment at hand, or the earlier one: clocks of two processes may differ."""
    return now if earlier is None else max(earlier, now)

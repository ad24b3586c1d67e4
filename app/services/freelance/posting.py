"""Jobs: opened to applications by their clients, and called off."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.services.accounts.occasion import Occasion
from app.services.freelance.actors import Actor, check_version
from app.services.freelance.applications import reject_open
from app.services.freelance.locking import Rows, change, job_at, purse_of
from app.services.freelance.states import ESCROW, JOB
from app.services.freelance.telling import Notice, tell
from app.services.refusals import conflict, only
from models.freelance import Job


async def publish_job(session: AsyncSession, by: Actor, at: Occasion, *, id: UUID, version: int | None = None) -> Rows:
    """Open a draft to applications. Raises Refused."""
    job = await job_at(session, by, id)
    only(by.user == job.client_id, "id", "the job's client")
    check_version(version, job)
    status = JOB.after(job.status, "publish")
    check_there(job)
    if job.deadline is not None and job.deadline <= at.now:
        conflict("id", "names a job whose deadline is over: set another by updateJob")
    await change(session, job, status=status, published_at=at.now)
    return {"job": job.id}


async def close_job(session: AsyncSession, by: Actor, at: Occasion, *, id: UUID, version: int | None = None) -> Rows:
    """Call a job off for which nothing was paid in; who applied is told. Raises Refused."""
    job = await job_at(session, by, id)
    only(by.is_one_of(job.client_id), "id", "the job's client")
    check_version(version, job)
    status = JOB.after(job.status, "close")
    check_there(job)
    purse = await purse_of(session, job) if job.status in JOB.before("complete") else None
    if purse and purse.escrow.status not in ESCROW.before("fund"):
        conflict("id", f"names a job whose escrow is {purse.escrow.status}: release it, or have it refunded")
    await change(session, job, status=status)
    rejected = await reject_open(session, job, at)
    await tell(session, *rejected, Notice(job.freelancer_id, "job.closed", "Job", job.id))
    return {"job": job.id}


def check_there(job: Job) -> None:
    """Raise Refused if the job was deleted, which those whose it is still see."""
    if job.deleted_at is not None:
        conflict("id", "names a job that was deleted: bring it back by restoreJob first")

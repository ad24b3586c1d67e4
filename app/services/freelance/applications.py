"""Applications: made by freelancers, decided by the job's client. Whoever is accepted gets the job and its escrow."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.accounts.occasion import Occasion
from app.services.checks import broken, check_text, tidied
from app.services.freelance.actors import Actor
from app.services.freelance.checks import LONGEST, check_amount
from app.services.freelance.locking import Rows, application_at, change, job_at
from app.services.freelance.money import fee_of
from app.services.freelance.states import APPLICATION, ESCROW, JOB
from app.services.freelance.telling import Notice, tell
from app.services.refusals import check, conflict, only
from models.freelance import Application, Escrow, Job

OPEN = JOB.before("accept")
"""The states of a job in which people apply and are chosen."""


async def apply_for_job(
    session: AsyncSession,
    by: Actor,
    at: Occasion,
    *,
    job_id: UUID,
    proposed_amount: Decimal,
    cover_letter: str | None = None,
    estimated_days: int | None = None,
) -> Rows:
    """Offer to do a job; its client is told. Raises Refused."""
    days = {("estimatedDays", "must be above zero"): estimated_days is None or estimated_days > 0}
    texts = check_text("coverLetter", cover_letter, LONGEST, least=0)
    check([*check_amount("proposedAmount", proposed_amount), *broken(days), *texts])
    job = await job_at(session, by, job_id, "jobId")
    only(by.user != job.client_id, "jobId", "others than the job's client")
    check_takes_applications(job, at.now)
    offer = {"cover_letter": tidied(cover_letter), "estimated_days": estimated_days, "currency": job.currency}
    made = insert(Application).values(
        job_id=job.id,
        freelancer_id=by.user,
        proposed_amount=proposed_amount,
        status=APPLICATION.begins,
        **offer,
    )
    id_ = await session.scalar(made.on_conflict_do_nothing().returning(Application.id))
    if id_ is None:
        conflict("jobId", "names a job that you applied for already")
    await tell(session, Notice(job.client_id, "application.made", "Application", id_))
    return {"application": id_}


def check_takes_applications(job: Job, now: datetime) -> None:
    """Raise Refused if nobody can apply for the job (any more)."""
    if job.status not in OPEN or job.deleted_at is not None:
        conflict("jobId", f"names a job that is not open to applications: it is {job.status}")
    if job.deadline is not None and job.deadline <= now:
        conflict("jobId", "names a job whose deadline is over")


async def shortlist_application(session: AsyncSession, by: Actor, at: Occasion, *, id: UUID) -> Rows:
    """Keep an application in view. Raises Refused."""
    job, application = await application_at(session, by, id)
    only(by.user == job.client_id, "id", "the job's client")
    check_undecided(job)
    await change(session, application, status=APPLICATION.after(application.status, "shortlist"))
    return {"application": application.id}


async def reject_application(session: AsyncSession, by: Actor, at: Occasion, *, id: UUID) -> Rows:
    """Decide against an application; the applicant is told. Raises Refused."""
    job, application = await application_at(session, by, id)
    only(by.user == job.client_id, "id", "the job's client")
    check_undecided(job)
    status = APPLICATION.after(application.status, "reject")
    await change(session, application, status=status, decided_at=at.now)
    await tell(session, _rejected(application.freelancer_id, application.id))
    return {"application": application.id}


async def withdraw_application(session: AsyncSession, by: Actor, at: Occasion, *, id: UUID) -> Rows:
    """Take an application of one's own back. Raises Refused."""
    _, application = await application_at(session, by, id)
    only(by.user == application.freelancer_id, "id", "the applicant")
    status = APPLICATION.after(application.status, "withdraw")
    await change(session, application, status=status, decided_at=at.now)
    return {"application": application.id}


async def accept_application(session: AsyncSession, by: Actor, at: Occasion, *, id: UUID) -> Rows:
    """Give the job to an applicant and open its escrow; all applicants are told. Raises Refused."""
    job, application = await application_at(session, by, id)
    only(by.user == job.client_id, "id", "the job's client")
    check_undecided(job)
    status = APPLICATION.after(application.status, "accept")
    if application.currency != job.currency:
        conflict("id", f"names an application in {application.currency}: since then the job's budget is {job.currency}")
    escrow_id = await _open_escrow(session, job, application)
    await change(session, application, status=status, decided_at=at.now)
    taken = {"freelancer_id": application.freelancer_id, "started_at": at.now}
    await change(session, job, status=JOB.after(job.status, "accept"), **taken)
    accepted = Notice(application.freelancer_id, "application.accepted", "Application", application.id)
    await tell(session, accepted, *await reject_open(session, job, at))
    return {"application": application.id, "job": job.id, "escrow": escrow_id}


def check_undecided(job: Job) -> None:
    """Raise Refused if nobody is chosen for the job (any more)."""
    if job.status not in OPEN:
        conflict("id", f"names an application for a job that is {job.status}, not OPEN")


async def reject_open(session: AsyncSession, job: Job, at: Occasion) -> list[Notice]:
    """Decide against all applications for a job that are open; what the applicants are to be told."""
    still_open = Application.status.in_(APPLICATION.before("reject"))
    rejected = (
        update(Application)
        .where(Application.job_id == job.id, still_open)
        .values(status=APPLICATION.leads_to("reject"), decided_at=at.now)
        .returning(Application.freelancer_id, Application.id)
        .execution_options(synchronize_session=False)
    )
    return [_rejected(*row) for row in await session.execute(rejected)]


def _rejected(freelancer_id: UUID, application_id: UUID) -> Notice:
    return Notice(freelancer_id, "application.rejected", "Application", application_id)


async def _open_escrow(session: AsyncSession, job: Job, application: Application) -> UUID:
    amount = application.proposed_amount
    opened = insert(Escrow).values(
        job_id=job.id,
        client_id=job.client_id,
        freelancer_id=application.freelancer_id,
        amount=amount,
        fee=fee_of(amount),
        currency=job.currency,
        status=ESCROW.begins,
    )
    id_: UUID | None = await session.scalar(opened.on_conflict_do_nothing().returning(Escrow.id))
    if id_ is None:
        conflict("id", "names an application for a job that has an escrow already")
    return id_

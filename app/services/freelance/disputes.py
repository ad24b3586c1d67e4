"""Disputes over the money of a job: opened by one side, answered by the other, decided by a mediator or withdrawn."""

from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import exists, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.accounts.occasion import Occasion
from app.services.checks import broken, check_text
from app.services.freelance import money
from app.services.freelance.actors import Actor, check_version
from app.services.freelance.checks import LONGEST, in_cents
from app.services.freelance.locking import Purse, Rows, change, dispute_at, job_at, purse_of
from app.services.freelance.money import Ledger, Line
from app.services.freelance.progress import check_paid, not_before
from app.services.freelance.states import DISPUTE, ESCROW, JOB
from app.services.freelance.telling import Notice, each, tell
from app.services.refusals import Refusal, check, conflict, missing, only
from models.freelance import Dispute, Job, Milestone
from models.freelance.escrow import DisputeReason, DisputeResolution

TIME_TO_ANSWER = timedelta(days=7)


class Award(NamedTuple):
    """What each side gets of the disputed amount."""

    freelancer_amount: Decimal
    client_amount: Decimal

    @property
    def resolution(self) -> DisputeResolution:
        """Who gets it."""
        if not self.client_amount:
            return "RELEASE"
        return "SPLIT" if self.freelancer_amount else "REFUND"

    def lines(self, ledger: Ledger) -> list[Line]:
        """The movements by which each side gets its part."""
        match self.resolution:
            case "RELEASE":
                return money.releasing(ledger, self.freelancer_amount)
            case "REFUND":
                return money.refunding(self.client_amount)
            case "SPLIT":
                return money.splitting(ledger, self.freelancer_amount, self.client_amount)


async def open_dispute(
    session: AsyncSession,
    by: Actor,
    at: Occasion,
    *,
    job_id: UUID,
    reason: DisputeReason,
    description: str,
    milestone_id: UUID | None = None,
) -> Rows:
    """Freeze what is held for a job until it is decided who gets it; the other side is told. Raises Refused."""
    check(check_text("description", description, LONGEST))
    job = await job_at(session, by, job_id, "jobId")
    respondent = other_side(job, by, "jobId")
    escrow, ledger = check_paid(job, await purse_of(session, job), "jobId")
    await _check_milestone(session, job, milestone_id)
    about = {"job_id": job.id, "escrow_id": escrow.id, "milestone_id": milestone_id, "reason": reason}
    sides = {"opened_by_id": by.user, "respondent_id": respondent, "answer_due_at": at.now + TIME_TO_ANSWER}
    said = {"description": description.strip(), "disputed_amount": ledger.held, "currency": escrow.currency}
    opened = insert(Dispute).values(**about, **sides, **said, status=DISPUTE.begins)
    id_ = await session.scalar(opened.returning(Dispute.id))
    assert id_ is not None
    await change(session, escrow, status=ESCROW.after(escrow.status, "freeze"), frozen_at=at.now)
    await change(session, job, status=JOB.after(job.status, "dispute"))
    await tell(session, Notice(respondent, "dispute.opened", "Dispute", id_))
    return {"dispute": id_, "job": job.id, "escrow": escrow.id}


def other_side(job: Job, by: Actor, field: str) -> UUID:
    """Who is on the other side of a job. Raises Refused, about `field`, if they are on neither, or nobody else is."""
    only(by.user in (job.client_id, job.freelancer_id), field, "the job's client and freelancer")
    other = job.freelancer_id if by.user == job.client_id else job.client_id
    if other is None:
        conflict(field, "names a job that nobody works on")
    return other


async def _check_milestone(session: AsyncSession, job: Job, milestone_id: UUID | None) -> None:
    """Raise Refused if a stage is given that is none of the job."""
    if milestone_id is None:
        return
    of_job = exists().where(Milestone.id == milestone_id, Milestone.job_id == job.id)
    if not await session.scalar(select(of_job)):
        missing("milestoneId", "milestone of the job")


async def answer_dispute(session: AsyncSession, by: Actor, at: Occasion, *, id: UUID, answer: str) -> Rows:
    """Say what the other side has to say; who opened the dispute is told. Raises Refused."""
    check(check_text("answer", answer, LONGEST))
    _, _, dispute = await dispute_at(session, by, id)
    only(by.user == dispute.respondent_id, "id", "the side that did not open the dispute")
    status = DISPUTE.after(dispute.status, "answer")
    answered = not_before(dispute.created_at, at.now)
    await change(session, dispute, status=status, answer=answer.strip(), answered_at=answered)
    await tell(session, Notice(dispute.opened_by_id, "dispute.answered", "Dispute", dispute.id))
    return {"dispute": dispute.id}


async def mediate_dispute(session: AsyncSession, by: Actor, at: Occasion, *, id: UUID) -> Rows:
    """Take up a dispute, as an administrator who is on neither side; both are told. Raises Refused."""
    _, _, dispute = await dispute_at(session, by, id)
    sides = (dispute.opened_by_id, dispute.respondent_id)
    only(by.is_administrator and by.user not in sides, "id", "administrators who are neither side")
    status = DISPUTE.after(dispute.status, "mediate")
    await change(session, dispute, status=status, mediator_id=by.user, mediated_at=at.now)
    await tell(session, *each(sides, "dispute.in_mediation", "Dispute", dispute.id))
    return {"dispute": dispute.id}


async def withdraw_dispute(session: AsyncSession, by: Actor, at: Occasion, *, id: UUID) -> Rows:
    """Give up a dispute that one opened: the money thaws and the job goes on; the others are told. Raises Refused."""
    job, (escrow, ledger), dispute = await dispute_at(session, by, id)
    only(by.user == dispute.opened_by_id, "id", "who opened the dispute")
    status = DISPUTE.after(dispute.status, "withdraw")
    thawed = ESCROW.after(escrow.status, "thaw_released" if ledger.gross else "thaw_untouched")
    await change(session, dispute, status=status, resolved_at=not_before(dispute.created_at, at.now))
    await change(session, escrow, status=thawed, frozen_at=None)
    await change(session, job, status=JOB.after(job.status, "withdraw"))
    others = (dispute.respondent_id, dispute.mediator_id)
    await tell(session, *each(others, "dispute.withdrawn", "Dispute", dispute.id))
    return {"dispute": dispute.id, "job": job.id, "escrow": escrow.id}


async def resolve_dispute(
    session: AsyncSession,
    by: Actor,
    at: Occasion,
    *,
    id: UUID,
    freelancer_amount: Decimal,
    decision: str,
    version: int | None = None,
) -> Rows:
    """Decide, as the mediator, how much of the money the freelancer gets; both sides are told. Raises Refused."""
    cents = {("freelancerAmount", "must have at most two decimals"): in_cents(freelancer_amount)}
    check([*broken(cents), *check_text("decision", decision, LONGEST)])
    job, purse, dispute = await dispute_at(session, by, id)
    only(by.user == dispute.mediator_id, "id", "the dispute's mediator")
    check_version(version, dispute)
    status = DISPUTE.after(dispute.status, "resolve")
    whole = dispute.disputed_amount
    if not 0 <= freelancer_amount <= whole:
        check([Refusal("BAD_USER_INPUT", "freelancerAmount", f"must be from 0 to the disputed {whole}")])
    award = Award(freelancer_amount, whole - freelancer_amount)
    said = {"resolution": award.resolution, "decision": decision.strip()}
    ended = not_before(dispute.created_at, at.now)
    await change(session, dispute, status=status, **award._asdict(), **said, resolved_at=ended)
    await _pay_out(session, purse, dispute, award, by, at)
    await _end(session, job, award, at)
    sides = (dispute.opened_by_id, dispute.respondent_id)
    await tell(session, *each(sides, "dispute.resolved", "Dispute", dispute.id))
    return {"dispute": dispute.id, "job": job.id, "escrow": purse.escrow.id}


async def _pay_out(
    session: AsyncSession, purse: Purse, dispute: Dispute, award: Award, by: Actor, at: Occasion
) -> None:
    """Give each side its part of what is held, and close the escrow."""
    escrow, ledger = purse
    await money.move(session, escrow, award.lines(ledger), by.user, dispute_id=dispute.id)
    ended = not_before(escrow.funded_at, at.now)
    if award.resolution == "REFUND":
        await change(session, escrow, status=ESCROW.after(escrow.status, "refund"), refunded_at=ended, frozen_at=None)
    else:
        await change(session, escrow, status=ESCROW.after(escrow.status, "award"), released_at=ended, frozen_at=None)


async def _end(session: AsyncSession, job: Job, award: Award, at: Occasion) -> None:
    """Write that the job is over: done if the freelancer gets anything, called off otherwise."""
    if award.resolution == "REFUND":
        await change(session, job, status=JOB.after(job.status, "refund"))
    else:
        ended = not_before(job.started_at, at.now)
        await change(session, job, status=JOB.after(job.status, "award"), completed_at=ended)

"""Stages of a job: planned by the client, done by the freelancer, approved and paid one by one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import delete, exists, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.accounts.occasion import Occasion
from app.services.checks import URL_LENGTH, broken, check_text, tidied
from app.services.freelance import money
from app.services.freelance.actors import Actor
from app.services.freelance.checks import LONG, LONGEST, SHORT, check_amount, within
from app.services.freelance.locking import Purse, Rows, change, job_at, milestone_at, purse_of
from app.services.freelance.progress import check_in_progress, check_paid, complete, not_before
from app.services.freelance.states import ESCROW, MILESTONE
from app.services.freelance.telling import Notice, tell
from app.services.refusals import Refusal, check, conflict, only
from models import Base
from models.freelance import Job, Milestone

MILESTONES = Base.metadata.tables["freelance.milestones"]

MOST = 50
"""Stages of a job, and what is handed in of each."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What a client says of a stage."""

    title: str
    amount: Decimal
    description: str | None = None
    due_at: datetime | None = None


async def plan_milestones(
    session: AsyncSession, by: Actor, at: Occasion, *, job_id: UUID, milestones: Sequence[Stage]
) -> Rows:
    """Put stages in place of those that were planned before. Raises Refused."""
    check(check_stages(milestones))
    job = await job_at(session, by, job_id, "jobId")
    only(by.user == job.client_id, "jobId", "the job's client")
    check_in_progress(job, "jobId")
    purse = await purse_of(session, job)
    if purse is None or purse.escrow.status not in ESCROW.before("fund"):
        conflict("jobId", "names a job whose money was paid in: its stages cannot be planned anew")
    if sum(stage.amount for stage in milestones) > purse.escrow.amount:
        message = f"must not cost more together than the escrow's {purse.escrow.amount}"
        check([Refusal("BAD_USER_INPUT", "milestones", message)])
    await session.execute(delete(MILESTONES).where(MILESTONES.c.job_id == job.id))
    return {"job": job.id, "milestones": await _write(session, job, milestones)}


def check_stages(stages: Sequence[Stage]) -> list[Refusal]:
    """What is wrong with what a client says of stages."""
    count = broken({("milestones", f"must be 1 to {MOST}"): 1 <= len(stages) <= MOST})
    return count or [one for place, stage in enumerate(stages) for one in _check_stage(stage, f"milestones.{place}")]


def _check_stage(stage: Stage, prefix: str) -> Iterator[Refusal]:
    texts = [
        *check_text("title", stage.title, SHORT),
        *check_text("description", stage.description, LONGEST, least=0),
    ]
    return within(prefix, [*texts, *check_amount("amount", stage.amount)])


async def _write(session: AsyncSession, job: Job, stages: Sequence[Stage]) -> tuple[UUID, ...]:
    rows = [
        {
            "job_id": job.id,
            "position": position,
            "title": stage.title.strip(),
            "description": tidied(stage.description),
            "amount": stage.amount,
            "currency": job.currency,
            "due_at": stage.due_at,
            "status": MILESTONE.begins,
        }
        for position, stage in enumerate(stages, 1)
    ]
    made = await session.execute(insert(MILESTONES).values(rows).returning(MILESTONES.c.position, MILESTONES.c.id))
    return tuple(id_ for _, id_ in sorted(tuple(row) for row in made))


async def start_milestone(session: AsyncSession, by: Actor, at: Occasion, *, id: UUID) -> Rows:
    """Say that one works on a stage. Raises Refused."""
    job, purse, milestone = await milestone_at(session, by, id)
    only(by.user == job.freelancer_id, "id", "the job's freelancer")
    check_paid(job, purse)
    await change(session, milestone, status=MILESTONE.after(milestone.status, "start"))
    return {"milestone": milestone.id}


async def submit_milestone(
    session: AsyncSession,
    by: Actor,
    at: Occasion,
    *,
    id: UUID,
    deliverables: Sequence[str] | None = None,
    note: str | None = None,
) -> Rows:
    """Hand a stage in; the client is told. Raises Refused."""
    given = deliverables or ()
    check([*check_deliverables(given), *check_text("note", note, LONG, least=0)])
    job, purse, milestone = await milestone_at(session, by, id)
    only(by.user == job.freelancer_id, "id", "the job's freelancer")
    check_paid(job, purse)
    status = MILESTONE.after(milestone.status, "submit")
    said = {"deliverables": [one.strip() for one in given], "note": tidied(note)}
    await change(session, milestone, status=status, **said, submitted_at=at.now, rejected_at=None)
    await tell(session, Notice(job.client_id, "milestone.submitted", "Milestone", milestone.id))
    return {"milestone": milestone.id}


def check_deliverables(deliverables: Sequence[str]) -> list[Refusal]:
    """What is wrong with what is handed in."""
    each = f"must each have 1 to {URL_LENGTH:,} characters"
    return broken(
        {
            ("deliverables", f"must be {MOST} at most"): len(deliverables) <= MOST,
            ("deliverables", each): all(1 <= len(one.strip()) <= URL_LENGTH for one in deliverables),
        }
    )


async def approve_milestone(
    session: AsyncSession, by: Actor, at: Occasion, *, id: UUID, feedback: str | None = None
) -> Rows:
    """Accept a stage and pay for it; the freelancer is told. With the last of the money the job is done.

    Raises Refused.
    """
    check(check_text("feedback", feedback, LONG, least=0))
    job, purse, milestone = await milestone_at(session, by, id)
    only(by.user == job.client_id, "id", "the job's client")
    purse = check_paid(job, purse)
    status = MILESTONE.after(milestone.status, "approve")
    if milestone.amount > purse.ledger.held:
        conflict("id", f"names a milestone of {milestone.amount}: only {purse.ledger.held} is held")
    said = {"feedback": tidied(feedback), "completed_at": not_before(milestone.submitted_at, at.now)}
    await change(session, milestone, status=status, **said)
    if await _pay(session, purse, milestone, by, at) and not await _is_any_open(session, job):
        await complete(session, job, at)
    await tell(session, Notice(job.freelancer_id, "milestone.approved", "Milestone", milestone.id))
    return {"milestone": milestone.id, "escrow": purse.escrow.id, "job": job.id}


async def _pay(session: AsyncSession, purse: Purse, milestone: Milestone, by: Actor, at: Occasion) -> bool:
    """Release the part of a stage; whether it was the last of the money."""
    escrow, ledger = purse
    lines = money.releasing(ledger, milestone.amount)
    await money.move(session, escrow, lines, by.user, milestone_id=milestone.id)
    if milestone.amount < ledger.held:
        await change(session, escrow, status=ESCROW.after(escrow.status, "release_part"))
        return False
    status = ESCROW.after(escrow.status, "release_last")
    await change(session, escrow, status=status, released_at=not_before(escrow.funded_at, at.now))
    return True


async def _is_any_open(session: AsyncSession, job: Job) -> bool:
    still_open = Milestone.status.in_(MILESTONE.before("release_all"))
    return bool(await session.scalar(select(exists().where(Milestone.job_id == job.id, still_open))))


async def reject_milestone(session: AsyncSession, by: Actor, at: Occasion, *, id: UUID, feedback: str) -> Rows:
    """Send a stage back; the freelancer is told. Raises Refused."""
    check(check_text("feedback", feedback, LONG))
    job, purse, milestone = await milestone_at(session, by, id)
    only(by.user == job.client_id, "id", "the job's client")
    check_paid(job, purse)
    status = MILESTONE.after(milestone.status, "reject")
    said = {"feedback": feedback.strip(), "rejected_at": not_before(milestone.submitted_at, at.now)}
    await change(session, milestone, status=status, **said)
    await tell(session, Notice(job.freelancer_id, "milestone.rejected", "Milestone", milestone.id))
    return {"milestone": milestone.id}

"""Rows that a step is about, locked: first the job, then its escrow, then what else the step names.

So steps of one job are done one after the other, and none waits for another that waits for it.
"""

from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from app.services.freelance import money
from app.services.freelance.actors import (
    Actor,
    sees_application,
    sees_dispute,
    sees_escrow,
    sees_job,
    sees_milestone,
    sees_review,
)
from app.services.freelance.money import Ledger
from app.services.refusals import missing
from models.base import Entity
from models.freelance import Application, Dispute, Escrow, Job, Milestone, Review

E = TypeVar("E", bound=Entity)
P = TypeVar("P", Milestone, Dispute)

Rows = dict[str, "UUID | tuple[UUID, ...]"]
"""What a step touched, each row by what the payload calls it."""


class Purse(NamedTuple):
    """The escrow of a job, and what its movements add up to."""

    escrow: Escrow
    ledger: Ledger


async def job_at(session: AsyncSession, by: Actor, id_: UUID, field: str = "id") -> Job:
    """The job, locked. Raises Refused, about `field`, if they see none."""
    job = await _only(session, Job, Job.id == id_)
    if job is None or not await sees_job(session, by, job):
        missing(field, "job")
    return job


async def purse_of(session: AsyncSession, job: Job) -> Purse | None:
    """The escrow of a job that is locked, locked; None if there is none."""
    found = (await session.execute(_fresh(_purses().where(Escrow.job_id == job.id), Escrow))).one_or_none()
    return _purse(found) if found else None


async def escrow_at(session: AsyncSession, by: Actor, id_: UUID) -> tuple[Job, Purse]:
    """The escrow with its job, locked. Raises Refused if they see none."""
    job = await _job_above(session, Escrow.job_id, id_)
    purse = await purse_of(session, job) if job else None
    if job is None or purse is None or not sees_escrow(by, job, purse.escrow):
        missing("id", "escrow")
    return job, purse


async def application_at(session: AsyncSession, by: Actor, id_: UUID) -> tuple[Job, Application]:
    """The application with its job, locked. Raises Refused if they see none."""
    job = await _job_above(session, Application.job_id, id_)
    application = await _only(session, Application, Application.id == id_) if job else None
    if job is None or application is None or not sees_application(by, job, application):
        missing("id", "application")
    return job, application


async def milestone_at(session: AsyncSession, by: Actor, id_: UUID) -> tuple[Job, Purse | None, Milestone]:
    """The stage with its job and its escrow, locked. Raises Refused if they see none."""
    job = await _job_above(session, Milestone.job_id, id_)
    if job is None or not sees_milestone(by, job):
        missing("id", "milestone")
    purse, milestone = await _with_purse(session, Milestone, id_)
    if milestone is None:
        missing("id", "milestone")
    return job, purse, milestone


async def dispute_at(session: AsyncSession, by: Actor, id_: UUID, field: str = "id") -> tuple[Job, Purse, Dispute]:
    """The dispute with its job and escrow, locked. Raises Refused, about `field`, if they see none."""
    job = await _job_above(session, Dispute.job_id, id_)
    purse, dispute = await _with_purse(session, Dispute, id_) if job else (None, None)
    if job is None or purse is None or dispute is None or not sees_dispute(by, dispute):
        missing(field, "dispute")
    return job, purse, dispute


async def review_at(session: AsyncSession, by: Actor, id_: UUID) -> Review:
    """The review, locked after its job. Raises Refused if they see none."""
    job = await _job_above(session, Review.job_id, id_)
    review = await _only(session, Review, Review.id == id_) if job else None
    if review is None or not sees_review(by, review):
        missing("id", "review")
    return review


async def change(session: AsyncSession, row: Entity, **values: Any) -> None:
    """Write new values of a row, and another version where it has one: one statement."""
    table: Any = row.__table__
    more = {"version": table.c.version + 1} if "version" in table.c else {}
    await session.execute(update(table).where(table.c.id == row.id).values(**values, **more))


async def _job_above(session: AsyncSession, key: InstrumentedAttribute[UUID], id_: UUID) -> Job | None:
    """The job that the row `id_` belongs to by its `key`, locked; a row never moves to another."""
    above = select(key).where(key.class_.id == id_).scalar_subquery()
    return await _only(session, Job, Job.id == above)


async def _with_purse(session: AsyncSession, entity: type[P], id_: UUID) -> tuple[Purse | None, P | None]:
    """A row of a job that is locked, and the job's escrow, in one statement; the row alone where there is no escrow."""
    both: Any = _purses().add_columns(entity).where(entity.job_id == Escrow.job_id, entity.id == id_)
    found = (await session.execute(_fresh(both, Escrow, entity))).one_or_none()
    if found is None:
        return None, await _only(session, entity, entity.id == id_)
    return _purse(found), found[-1]


def _purses() -> Select[Any]:
    sums = money.sums()
    return select(Escrow, sums.c.held, sums.c.earned, sums.c.taken).select_from(Escrow).join(sums, true())


def _purse(row: Any) -> Purse:
    escrow, held, earned, taken, *_ = row
    return Purse(escrow, Ledger(escrow.amount, escrow.fee, held, earned, taken))


async def _only(session: AsyncSession, entity: type[E], where: ColumnElement[bool]) -> E | None:
    found: E | None = await session.scalar(_fresh(select(entity).where(where)))
    return found


def _fresh(wanted: Select[Any], *of: type[Entity]) -> Select[Any]:
    """The same, locked and read anew: other fields of the transaction may have changed what the session remembers."""
    return wanted.with_for_update(of=of or None).execution_options(populate_existing=True)

"""Who does something on the job market, what they may see of it, and what is said to those who may not.

What is hidden from somebody is missing for them. Who sees what is decided by the policies in `graph.access`; here the
same is said once more for rows that are at hand and locked, and a test holds the two together.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.refusals import conflict
from models.freelance import Application, Dispute, Escrow, Job, Review, SkillVerification


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who signed in."""

    user: UUID
    is_administrator: bool = False
    staff: frozenset[UUID] = frozenset()
    """The businesses where they are STAFF or more."""

    def is_one_of(self, *people: UUID | None) -> bool:
        """Whether they are one of these, or administer the platform."""
        return self.is_administrator or self.user in people

    def serves(self, job: Job) -> bool:
        """Whether the job is one of a business where they are staff."""
        return job.business_id is not None and job.business_id in self.staff


def check_version(given: int | None, row: Job | Escrow | Dispute) -> None:
    """Raise Refused if somebody looked at another version of the row than there is."""
    if given not in (None, row.version):
        conflict("version", "is not the newest: it was changed meanwhile; read it again")


async def sees_job(session: AsyncSession, by: Actor, job: Job) -> bool:
    """Whether they may read the job: it is open, theirs, one of their business or one that they applied for."""
    if by.is_one_of(job.client_id, job.freelancer_id) or by.serves(job):
        return True
    if job.status == "OPEN" and job.deleted_at is None:
        return True
    theirs = exists().where(Application.job_id == job.id, Application.freelancer_id == by.user)
    return bool(await session.scalar(select(theirs)))


def sees_application(by: Actor, job: Job, application: Application) -> bool:
    """Whether they may read the application."""
    return by.is_one_of(application.freelancer_id, job.client_id) or by.serves(job)


def sees_milestone(by: Actor, job: Job) -> bool:
    """Whether they may read the stages of the job."""
    return by.is_one_of(job.client_id, job.freelancer_id) or by.serves(job)


def sees_escrow(by: Actor, job: Job, escrow: Escrow) -> bool:
    """Whether they may read the escrow of the job."""
    return by.is_one_of(escrow.client_id, escrow.freelancer_id) or by.serves(job)


def sees_dispute(by: Actor, dispute: Dispute) -> bool:
    """Whether they may read the dispute."""
    return by.is_one_of(dispute.opened_by_id, dispute.respondent_id, dispute.mediator_id)


def sees_review(by: Actor, review: Review) -> bool:
    """Whether they may read the review."""
    return review.is_public or by.is_one_of(review.reviewer_id, review.reviewee_id)


def sees_skill(by: Actor, claim: SkillVerification) -> bool:
    """Whether they may read the claim."""
    return claim.status == "VERIFIED" or by.is_one_of(claim.user_id)

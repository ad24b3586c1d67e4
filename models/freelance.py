"""The job market: jobs, the applications for them, the money held for them and what people say afterwards."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from models.base import (
    Entity,
    Money,
    SoftDelete,
    Timestamps,
    Versioned,
    at_least_zero,
    column,
    currency,
    default,
    key_to,
    many,
    one,
    state,
)

if TYPE_CHECKING:
    from models.business import Business
    from models.identity import User


class JobStatus(StrEnum):
    """Where a job stands between its draft and its end."""

    DRAFT = "DRAFT"
    OPEN = "OPEN"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    DISPUTED = "DISPUTED"


class BudgetType(StrEnum):
    """How a job is paid."""

    FIXED = "FIXED"
    HOURLY = "HOURLY"


class ExperienceLevel(StrEnum):
    """How experienced a freelancer the client looks for."""

    ENTRY = "ENTRY"
    INTERMEDIATE = "INTERMEDIATE"
    EXPERT = "EXPERT"


class ApplicationStatus(StrEnum):
    """What became of an application."""

    PENDING = "PENDING"
    SHORTLISTED = "SHORTLISTED"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"


class EscrowStatus(StrEnum):
    """Where the money of a job is."""

    PENDING = "PENDING"
    FUNDED = "FUNDED"
    PARTIALLY_RELEASED = "PARTIALLY_RELEASED"
    RELEASED = "RELEASED"
    REFUNDED = "REFUNDED"
    FROZEN = "FROZEN"


class MilestoneStatus(StrEnum):
    """How far a stage of a job is."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    SUBMITTED = "SUBMITTED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"


class Job(Entity, Timestamps, SoftDelete, Versioned):
    """Work that a client offers and a freelancer does."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_status_created_at", "status", "created_at"),
        Index("ix_jobs_skills", "skills", postgresql_using="gin"),
        CheckConstraint("length(title) BETWEEN 1 AND 200", name="title_length"),
        CheckConstraint("started_at <= completed_at", name="starts_before_it_ends"),
        *at_least_zero("budget"),
        currency(),
    )

    client_id: Mapped[UUID] = key_to("identity.users", "RESTRICT", "Who offers the job.")
    freelancer_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Who does the job, once assigned.")
    business_id: Mapped[UUID | None] = key_to("business.businesses", "SET NULL", "On behalf of which business.")
    title: Mapped[str] = column("What is to be done, in one line.")
    description: Mapped[str] = column("What is to be done, in full.")
    category: Mapped[str | None] = column("The trade it belongs to.")
    skills: Mapped[list[str]] = default("'{}'", "What the freelancer should be able to do.")
    budget: Mapped[Money] = column("What the client will pay: in all if fixed, an hour if hourly.")
    currency: Mapped[str] = default("'USD'", "Currency of the budget.")
    budget_type: Mapped[BudgetType] = state(BudgetType, "How the job is paid.", BudgetType.FIXED)
    experience_level: Mapped[ExperienceLevel | None] = state(ExperienceLevel, "How experienced a freelancer is sought.")
    status: Mapped[JobStatus] = state(JobStatus, "Where the job stands.", JobStatus.DRAFT)
    is_remote: Mapped[bool] = default("true", "Whether it can be done from anywhere.")
    location: Mapped[str | None] = column("Where it is to be done, if not remote.")
    published_at: Mapped[datetime | None] = column("When it was opened to applications.")
    deadline: Mapped[datetime | None] = column("By when it is to be done.")
    started_at: Mapped[datetime | None] = column("When work began.")
    completed_at: Mapped[datetime | None] = column("When work was accepted.")

    client: Mapped[User] = one("Job.client_id", "jobs_posted", "Who offers the job.")
    freelancer: Mapped[User | None] = one("Job.freelancer_id", "jobs_assigned", "Who does the job, once assigned.")
    business: Mapped[Business | None] = one("Job.business_id", "jobs", "On behalf of which business.")
    applications: Mapped[list[Application]] = many("Application.job_id", "job", "Who applied.")
    escrow: Mapped[Escrow | None] = one("Escrow.job_id", "job", "The money held for it.", uselist=False)
    milestones: Mapped[list[Milestone]] = many("Milestone.job_id", "job", "Its stages.")
    reviews: Mapped[list[Review]] = many("Review.job_id", "job", "What both sides said afterwards.")


class Application(Entity, Timestamps):
    """A freelancer's offer to do a job; one per job and freelancer."""

    __tablename__ = "applications"
    __table_args__ = (
        UniqueConstraint("job_id", "freelancer_id"),
        CheckConstraint("estimated_days > 0", name="estimated_days_positive"),
        *at_least_zero("proposed_amount"),
        currency(),
    )
    natural_key = ("job_id", "freelancer_id")

    job_id: Mapped[UUID] = key_to("freelance.jobs", "CASCADE", "Which job.", index=False)
    freelancer_id: Mapped[UUID] = key_to("identity.users", "CASCADE", "Who applies.")
    cover_letter: Mapped[str | None] = column("Why this freelancer.")
    proposed_amount: Mapped[Money] = column("What the freelancer asks.")
    currency: Mapped[str] = default("'USD'", "Currency of the proposed amount.")
    estimated_days: Mapped[int | None] = column("How many days it will take.")
    status: Mapped[ApplicationStatus] = state(
        ApplicationStatus, "What became of it.", ApplicationStatus.PENDING, index=True
    )
    decided_at: Mapped[datetime | None] = column("When it was accepted, rejected or withdrawn.")

    job: Mapped[Job] = one("Application.job_id", "applications", "Which job.")
    freelancer: Mapped[User] = one("Application.freelancer_id", "jobs_applied", "Who applies.")


class Escrow(Entity, Timestamps, Versioned):
    """Money of the client held back until the job is done; one per job."""

    __tablename__ = "escrows"
    __table_args__ = (
        UniqueConstraint("job_id"),
        Index("ix_escrows_status", "status"),
        CheckConstraint("released_amount + refunded_amount <= amount", name="pays_no_more_than_it_holds"),
        *at_least_zero("amount", "fee", "released_amount", "refunded_amount"),
        currency(),
    )
    natural_key = ("job_id",)

    job_id: Mapped[UUID] = key_to("freelance.jobs", "RESTRICT", "For which job.", index=False)
    client_id: Mapped[UUID] = key_to("identity.users", "RESTRICT", "Who pays.")
    freelancer_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Who is to be paid.")
    amount: Mapped[Money] = column("What is held in all.")
    fee: Mapped[Money] = default("0", "The platform's part of it.")
    released_amount: Mapped[Money] = default("0", "What went to the freelancer.")
    refunded_amount: Mapped[Money] = default("0", "What went back to the client.")
    currency: Mapped[str] = default("'USD'", "Currency of all its amounts.")
    status: Mapped[EscrowStatus] = state(EscrowStatus, "Where the money is.", EscrowStatus.PENDING)
    funded_at: Mapped[datetime | None] = column("When the client paid.")
    released_at: Mapped[datetime | None] = column("When the last of it was released.")
    refunded_at: Mapped[datetime | None] = column("When it was refunded.")

    job: Mapped[Job] = one("Escrow.job_id", "escrow", "For which job.")
    client: Mapped[User] = one("Escrow.client_id", "escrows_funded", "Who pays.")
    freelancer: Mapped[User | None] = one("Escrow.freelancer_id", "escrows_earned", "Who is to be paid.")


class Milestone(Entity, Timestamps):
    """A stage of a job with its part of the money."""

    __tablename__ = "milestones"
    __table_args__ = (
        UniqueConstraint("job_id", "position"),
        CheckConstraint("position > 0", name="position_positive"),
        *at_least_zero("amount"),
        currency(),
    )
    natural_key = ("job_id", "position")

    job_id: Mapped[UUID] = key_to("freelance.jobs", "CASCADE", "Of which job.", index=False)
    position: Mapped[int] = column("Its place among the stages, from 1.")
    title: Mapped[str] = column("What the stage delivers, in one line.")
    description: Mapped[str | None] = column("What the stage delivers, in full.")
    amount: Mapped[Money] = column("Its part of the money.")
    currency: Mapped[str] = default("'USD'", "Currency of the amount.")
    status: Mapped[MilestoneStatus] = state(MilestoneStatus, "How far it is.", MilestoneStatus.PENDING)
    due_at: Mapped[datetime | None] = column("By when it is due.")
    submitted_at: Mapped[datetime | None] = column("When the freelancer handed it in.")
    completed_at: Mapped[datetime | None] = column("When the client approved it.")

    job: Mapped[Job] = one("Milestone.job_id", "milestones", "Of which job.")


class Review(Entity, Timestamps):
    """What one side of a job says of the other; once a side and job."""

    __tablename__ = "reviews"
    __table_args__ = (
        UniqueConstraint("job_id", "reviewer_id"),
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating_range"),
        CheckConstraint("reviewer_id <> reviewee_id", name="not_of_oneself"),
    )
    natural_key = ("job_id", "reviewer_id")

    job_id: Mapped[UUID] = key_to("freelance.jobs", "CASCADE", "About which job.", index=False)
    reviewer_id: Mapped[UUID] = key_to("identity.users", "CASCADE", "Who wrote it.")
    reviewee_id: Mapped[UUID] = key_to("identity.users", "CASCADE", "Whom it is about.")
    rating: Mapped[int] = column("From 1, poor, to 5, excellent.")
    comment: Mapped[str | None] = column("What the reviewer says.")
    response: Mapped[str | None] = column("What the reviewed person answers.")
    is_public: Mapped[bool] = default("true", "Whether others may read it.")

    job: Mapped[Job] = one("Review.job_id", "reviews", "About which job.")
    reviewer: Mapped[User] = one("Review.reviewer_id", "reviews_written", "Who wrote it.")
    reviewee: Mapped[User] = one("Review.reviewee_id", "reviews", "Whom it is about.")

"""Jobs, the applications for them, their stages, and what both sides say afterwards."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from models.base import Entity, SoftDelete, Timestamps, Versioned
from models.checks import at_least_zero, check, filled, in_order, positive
from models.columns import Money, column, default, full_text, key_to, state
from models.ddl import Tally

JobStatus = Literal["DRAFT", "OPEN", "IN_PROGRESS", "COMPLETED", "CANCELLED", "DISPUTED"]
BudgetType = Literal["FIXED", "HOURLY"]
ExperienceLevel = Literal["ENTRY", "INTERMEDIATE", "EXPERT"]
ApplicationStatus = Literal["PENDING", "SHORTLISTED", "ACCEPTED", "REJECTED", "WITHDRAWN"]
MilestoneStatus = Literal["PENDING", "IN_PROGRESS", "SUBMITTED", "APPROVED", "REJECTED"]


class Job(Entity, Timestamps, SoftDelete, Versioned):
    """Work that a client offers and a freelancer does."""

    __table_args__ = (
        Index("ix_jobs_skills", "skills", postgresql_using="gin"),
        in_order("started_at", "completed_at"),
        *at_least_zero("budget"),
        check("freelancer_id", "is_another", "freelancer_id <> client_id", "must be another person than the client"),
    )
    indexes = (("status", "created_at"),)

    client_id: Mapped[UUID] = key_to("identity.users", "RESTRICT", "Who offers the job.", "jobs_posted", "Jobs this person offers.")
    freelancer_id: Mapped[UUID | None] = key_to(
        "identity.users", "SET NULL", "Who does the job, once assigned.", "jobs_assigned", "Jobs given to this person."
    )
    business_id: Mapped[UUID | None] = key_to("business.businesses", "SET NULL", "On behalf of which business.")
    title: Mapped[str] = column("What is to be done, in one line.", filled())
    description: Mapped[str] = column("What is to be done, in full.")
    category: Mapped[str | None] = column("The trade it belongs to.")
    skills: Mapped[list[str]] = default("'{}'", "What the freelancer should be able to do.")
    budget: Mapped[Money] = column("What the client will pay: in all if fixed, an hour if hourly.")
    currency: Mapped[str] = default("'USD'", "Currency of the budget.")
    budget_type: Mapped[BudgetType] = state(BudgetType, "How the job is paid.", "FIXED")
    experience_level: Mapped[ExperienceLevel | None] = state(ExperienceLevel, "How experienced a freelancer is sought.")
    status: Mapped[JobStatus] = state(JobStatus, "Where the job stands.", "DRAFT")
    is_remote: Mapped[bool] = default("true", "Whether it can be done from anywhere.")
    location: Mapped[str | None] = column("Where it is to be done, if not remote.")
    published_at: Mapped[datetime | None] = column("When it was opened to applications.")
    deadline: Mapped[datetime | None] = column("By when it is to be done.")
    started_at: Mapped[datetime | None] = column("When work began.")
    completed_at: Mapped[datetime | None] = column("When work was accepted.")
    search_vector: Mapped[str] = full_text("english", "title", "description", "skills[]")


class Application(Entity, Timestamps):
    """A freelancer's offer to do a job; one per job and freelancer."""

    __table_args__ = (*at_least_zero("proposed_amount"),)
    natural_key = ("job_id", "freelancer_id")
    between = (("job_id", "applicants", "Who applied for it."), ("freelancer_id", "jobs_applied_for", "The jobs the person applied for."))

    job_id: Mapped[UUID] = key_to("freelance.jobs", "CASCADE", "Which job.")
    freelancer_id: Mapped[UUID] = key_to("identity.users", "CASCADE", "Who applies.", "jobs_applied")
    cover_letter: Mapped[str | None] = column("Why this freelancer.")
    proposed_amount: Mapped[Money] = column("What the freelancer asks.")
    currency: Mapped[str] = default("'USD'", "Currency of the proposed amount.")
    estimated_days: Mapped[int | None] = column("How many days it will take.", positive)
    status: Mapped[ApplicationStatus] = state(ApplicationStatus, "What became of it.", "PENDING", index=True)
    decided_at: Mapped[datetime | None] = column("When it was accepted, rejected or withdrawn.")


class Milestone(Entity, Timestamps):
    """A stage of a job with its part of the money."""

    __table_args__ = (*at_least_zero("amount"), in_order("submitted_at", "completed_at"), in_order("submitted_at", "rejected_at"))
    indexes = (("status", "due_at"),)
    natural_key = ("job_id", "position")

    job_id: Mapped[UUID] = key_to("freelance.jobs", "CASCADE", "Of which job.")
    position: Mapped[int] = column("Its place among the stages, from 1.", positive)
    title: Mapped[str] = column("What the stage delivers, in one line.", filled())
    description: Mapped[str | None] = column("What the stage delivers, in full.")
    amount: Mapped[Money] = column("Its part of the money.")
    currency: Mapped[str] = default("'USD'", "Currency of the amount.")
    status: Mapped[MilestoneStatus] = state(MilestoneStatus, "How far it is.", "PENDING")
    due_at: Mapped[datetime | None] = column("By when it is due.")
    submitted_at: Mapped[datetime | None] = column("When the freelancer handed it in.")
    completed_at: Mapped[datetime | None] = column("When the client approved it.")
    rejected_at: Mapped[datetime | None] = column("When the client last sent it back.")
    deliverables: Mapped[list[str]] = default("'{}'", "Where the freelancer put what was handed in.")
    note: Mapped[str | None] = column("What the freelancer said when handing it in.")
    feedback: Mapped[str | None] = column("What the client said when approving or sending back.")


class Review(Entity, Timestamps):
    """What one side of a job says of the other; once a side and job."""

    __table_args__ = (check("reviewee_id", "is_another", "reviewer_id <> reviewee_id", "must be another person"),)
    natural_key = ("job_id", "reviewer_id")
    tallies = (Tally("sum_ratings", "reviewee_id", "identity.users", {"rating_sum": "rating", "rating_count": "1"}),)

    job_id: Mapped[UUID] = key_to("freelance.jobs", "CASCADE", "About which job.")
    reviewer_id: Mapped[UUID] = key_to("identity.users", "CASCADE", "Who wrote it.", "reviews_written", "Reviews this person wrote.")
    reviewee_id: Mapped[UUID] = key_to("identity.users", "CASCADE", "Whom it is about.", "reviews", "Reviews this person received.")
    rating: Mapped[int] = column("From 1, poor, to 5, excellent.")
    comment: Mapped[str | None] = column("What the reviewer says.")
    response: Mapped[str | None] = column("What the reviewed person answers.")
    is_public: Mapped[bool] = default("true", "Whether others may read it.")

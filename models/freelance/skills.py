"""What freelancers can do, how it is proven, and the courses from which they learn it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from models.base import Audited, Entity, Timestamps, Versioned
from models.checks import at_least_zero, check, filled, in_order, percentage, positive, trigram
from models.columns import Money, Ratio, column, default, generated, key_to, state
from models.ddl import Tally
from models.freelance.jobs import ExperienceLevel

SkillVerificationLevel = Literal["CLAIMED", "ENDORSED", "TESTED", "CERTIFIED"]
SkillVerificationStatus = Literal["PENDING", "VERIFIED", "REJECTED", "EXPIRED"]
CourseStatus = Literal["DRAFT", "PUBLISHED", "ARCHIVED"]
EnrollmentStatus = Literal["ACTIVE", "COMPLETED", "DROPPED", "EXPIRED"]


class SkillVerification(Entity, Timestamps):
    """How well a freelancer's skill is proven; once a person and skill."""

    __table_args__ = (
        in_order("verified_at", "expires_at"),
        check("verified_by_id", "is_another", "verified_by_id <> user_id", "must be another person"),
        check("verified_at", "is_given", "status NOT IN ('VERIFIED', 'EXPIRED') OR verified_at IS NOT NULL", "must be given once verified"),
    )
    indexes = (("skill", "level"), "status")
    natural_key = ("user_id", "skill")

    user_id: Mapped[UUID] = key_to(
        "identity.users", "CASCADE", "Whose skill.", "skill_verifications", "How well this person's skills are proven."
    )
    skill: Mapped[str] = column("What the person can do, as in the skills of jobs.", filled(80))
    level: Mapped[SkillVerificationLevel] = state(SkillVerificationLevel, "How well it is proven.", "CLAIMED")
    experience_level: Mapped[ExperienceLevel | None] = state(ExperienceLevel, "How experienced the person is in it.")
    status: Mapped[SkillVerificationStatus] = state(SkillVerificationStatus, "What became of the proof.", "PENDING")
    score: Mapped[int | None] = column("Result of the test, in per cent.", percentage)
    enrollment_id: Mapped[UUID | None] = key_to("freelance.enrollments", "SET NULL", "The course that proves it.")
    issuer: Mapped[str | None] = column("Who gave the certificate.")
    evidence_url: Mapped[str | None] = column("Where the certificate or the work can be seen.")
    verified_by_id: Mapped[UUID | None] = key_to(
        "identity.users", "SET NULL", "Who looked at the proof.", "skill_verifications_given", "Proofs of skills this person looked at."
    )
    verified_at: Mapped[datetime | None] = column("When it was found good.")
    expires_at: Mapped[datetime | None] = column("When it must be proven anew.")
    rejection_reason: Mapped[str | None] = column("Why the proof was not enough.")


class Course(Entity, Timestamps, Versioned, Audited):
    """Lessons from which a freelancer can learn and prove skills."""

    __table_args__ = (
        Index("ix_courses_skills", "skills", postgresql_using="gin"),
        trigram("courses", "title"),
        *at_least_zero("price", "enrollment_count", "completion_count"),
        check("published_at", "is_given", "status = 'DRAFT' OR published_at IS NOT NULL", "must be given once published"),
    )
    indexes = (("status", "published_at"),)
    natural_key = ("business_id", "slug")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Who offers it.")
    instructor_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Who teaches it.", "courses_taught")
    slug: Mapped[str] = column("Its name in addresses, unique in the business.")
    title: Mapped[str] = column("What it teaches, in one line.", filled())
    description: Mapped[str | None] = column("What it teaches, in full.")
    category: Mapped[str | None] = column("The trade it belongs to.")
    skills: Mapped[list[str]] = default("'{}'", "What a person can do after it.")
    experience_level: Mapped[ExperienceLevel] = state(ExperienceLevel, "For whom it is.", "ENTRY")
    locale: Mapped[str] = default("'en'", "BCP 47 tag of the language it is taught in.")
    lesson_count: Mapped[int] = column("How many lessons it has.", positive)
    duration_minutes: Mapped[int] = column("How long its lessons are together, in minutes.", positive)
    pass_mark: Mapped[int] = default("70", "What per cent of the final test a person must reach.", percentage)
    price: Mapped[Money] = default("0", "What it costs; zero if free.")
    currency: Mapped[str] = default("'USD'", "Currency of the price.")
    cover_url: Mapped[str | None] = column("Where its picture is.")
    status: Mapped[CourseStatus] = state(CourseStatus, "Whether people can enroll.", "DRAFT")
    published_at: Mapped[datetime | None] = column("When people could first enroll.")
    enrollment_count: Mapped[int] = default("0", "How many people ever enrolled; kept by trigger.")
    completion_count: Mapped[int] = default("0", "How many of them completed it; kept by trigger.")
    completion_rate: Mapped[Ratio | None] = generated(
        "round(100 * completion_count::numeric / nullif(enrollment_count, 0), 2)",
        "What per cent of those who enrolled completed it; null before the first.",
    )


class Enrollment(Entity, Timestamps):
    """A person's way through a course; one per course and person."""

    __table_args__ = (
        *at_least_zero("price_paid"),
        in_order("enrolled_at", "last_activity_at"),
        in_order("enrolled_at", "completed_at"),
        check(
            "completed_at", "is_given", "(status = 'COMPLETED') = (completed_at IS NOT NULL)", "must be given once completed, and only then"
        ),
        check("progress", "is_full", "status <> 'COMPLETED' OR progress = 100", "must be 100 once completed"),
    )
    indexes = ("status",)
    natural_key = ("course_id", "user_id")
    between = (("course_id", "students", "Who takes it."), ("user_id", "courses", "The courses the person takes."))
    tallies = (
        Tally(
            "count_enrollments",
            "course_id",
            "freelance.courses",
            {"enrollment_count": "1", "completion_count": "CASE WHEN completed_at IS NULL THEN 0 ELSE 1 END"},
        ),
    )

    course_id: Mapped[UUID] = key_to("freelance.courses", "RESTRICT", "In which course.")
    user_id: Mapped[UUID] = key_to("identity.users", "CASCADE", "Who learns.")
    payment_id: Mapped[UUID | None] = key_to("finance.payments", "SET NULL", "The payment of its price.")
    status: Mapped[EnrollmentStatus] = state(EnrollmentStatus, "What became of it.", "ACTIVE")
    progress: Mapped[Ratio] = default("0", "How much of the course is done, in per cent.", percentage)
    score: Mapped[int | None] = column("Result of the final test, in per cent.", percentage)
    price_paid: Mapped[Money] = default("0", "What the person paid for it.")
    currency: Mapped[str] = default("'USD'", "Currency of what was paid.")
    rating: Mapped[int | None] = column("What the person thinks of the course: from 1, poor, to 5, excellent.")
    certificate_number: Mapped[str | None] = column("Number on the certificate, by which others can check it.")
    enrolled_at: Mapped[datetime] = default("now()", "When the person enrolled.")
    last_activity_at: Mapped[datetime | None] = column("When the person last did a lesson.")
    completed_at: Mapped[datetime | None] = column("When the person passed the final test.")

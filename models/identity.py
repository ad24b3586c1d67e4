"""People and what they may do where."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from models.base import (
    Audited,
    BigInt,
    Entity,
    Money,
    Ratio,
    SoftDelete,
    Timestamps,
    at_least_zero,
    column,
    currency,
    default,
    generated,
    key_to,
    many,
    one,
    secret,
    state,
)

if TYPE_CHECKING:
    from models.agents import Conversation
    from models.business import Business
    from models.freelance import Application, Escrow, Job, Review


class MemberRole(StrEnum):
    """What a member may do in a business; each role includes the ones before it."""

    VIEWER = "VIEWER"
    STAFF = "STAFF"
    MANAGER = "MANAGER"
    OWNER = "OWNER"


class User(Entity, Timestamps, SoftDelete, Audited):
    """A person with an account: client, freelancer, member of a business or administrator."""

    __tablename__ = "users"
    __table_args__ = (
        UniqueConstraint("email"),
        UniqueConstraint("username"),
        Index("ix_users_skills", "skills", postgresql_using="gin"),
        CheckConstraint("email = lower(email) AND email ~ '^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$'", name="email_form"),
        CheckConstraint("phone ~ '^\\+[1-9][0-9]{5,14}$'", name="phone_form"),
        CheckConstraint("country ~ '^[A-Z]{2}$'", name="country_form"),
        *at_least_zero("hourly_rate", "login_count", "failed_login_attempts", "rating_sum", "rating_count"),
        currency(),
    )
    natural_key = ("email",)

    email: Mapped[str] = column("The e-mail address, in lower case; unique over all businesses.")
    username: Mapped[str | None] = column("The name a person signs in with instead of the address.")
    password_hash: Mapped[str | None] = secret("Argon2id hash of the password.")
    first_name: Mapped[str] = column("Given name.")
    last_name: Mapped[str] = column("Family name.")
    headline: Mapped[str | None] = column("One line under the name on the public profile.")
    bio: Mapped[str | None] = column("The public profile's text.")
    avatar_url: Mapped[str | None] = column("Where the picture is.")
    phone: Mapped[str | None] = column("Telephone number in E.164 form.")
    country: Mapped[str | None] = column("ISO 3166-1 alpha-2 code of the country.")
    locale: Mapped[str] = default("'en'", "BCP 47 language tag for messages to this person.")
    time_zone: Mapped[str] = default("'UTC'", "IANA time zone.")
    skills: Mapped[list[str]] = default("'{}'", "What a freelancer offers.")
    hourly_rate: Mapped[Money | None] = column("What a freelancer asks an hour.")
    currency: Mapped[str] = default("'USD'", "Currency of the hourly rate.")
    rating_sum: Mapped[BigInt] = default("0", "Sum of the ratings received; kept by trigger.")
    rating_count: Mapped[int] = default("0", "How many reviews were received; kept by trigger.")
    rating_average: Mapped[Ratio | None] = generated(
        "round(rating_sum::numeric / nullif(rating_count, 0), 2)",
        "Mean rating received; null before the first.",
    )
    is_superuser: Mapped[bool] = default("false", "Whether this person administers the platform.")
    is_active: Mapped[bool] = default("true", "Whether this person may sign in.")
    permissions: Mapped[list[str]] = default("'{}'", "Single rights beyond those of the roles.")
    email_verified_at: Mapped[datetime | None] = column("When the address was proven.")
    last_login_at: Mapped[datetime | None] = column("When the person last signed in.")
    login_count: Mapped[int] = default("0", "How often the person signed in.")
    failed_login_attempts: Mapped[int] = default("0", "Failed sign-ins since the last good one.")
    locked_until: Mapped[datetime | None] = column("Until when sign-in is refused.")
    notes: Mapped[str | None] = column("What administrators noted.")

    memberships: Mapped[list[Membership]] = many("Membership.user_id", "user", "Businesses this person works in.")
    jobs_posted: Mapped[list[Job]] = many("Job.client_id", "client", "Jobs this person offers.")
    jobs_assigned: Mapped[list[Job]] = many("Job.freelancer_id", "freelancer", "Jobs given to this person.")
    jobs_applied: Mapped[list[Application]] = many(
        "Application.freelancer_id", "freelancer", "Applications this person sent."
    )
    escrows_funded: Mapped[list[Escrow]] = many("Escrow.client_id", "client", "Escrows this person pays into.")
    escrows_earned: Mapped[list[Escrow]] = many(
        "Escrow.freelancer_id", "freelancer", "Escrows this person is paid from."
    )
    reviews: Mapped[list[Review]] = many("Review.reviewee_id", "reviewee", "Reviews this person received.")
    reviews_written: Mapped[list[Review]] = many("Review.reviewer_id", "reviewer", "Reviews this person wrote.")
    conversations: Mapped[list[Conversation]] = many(
        "Conversation.user_id", "user", "Conversations this person held with agents."
    )


class Membership(Entity, Timestamps):
    """A person's role in a business: the tenancy behind every rule of access."""

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("business_id", "user_id"),)

    user_id: Mapped[UUID] = key_to("identity.users", "CASCADE", "Who is the member.")
    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Of which business.", index=False)
    role: Mapped[MemberRole] = state(MemberRole, "What the member may do.", MemberRole.VIEWER)
    title: Mapped[str | None] = column("The member's position, as people say it.")
    invited_by_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Who invited the member.")
    joined_at: Mapped[datetime] = default("now()", "When the membership began.")

    user: Mapped[User] = one("Membership.user_id", "memberships", "Who is the member.")
    business: Mapped[Business] = one("Membership.business_id", "memberships", "Of which business.")
    invited_by: Mapped[User | None] = one("Membership.invited_by_id", None, "Who invited the member.")

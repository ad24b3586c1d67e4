"""People: how they sign in, what they may do where, and what the law asks about them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from models.base import Audited, Entity, SoftDelete, Timestamps, Versioned
from models.checks import at_least_zero, check, country, in_order, percentage, trigram
from models.columns import BigInt, IpAddress, Money, Ratio, column, default, generated, key_to, secret, state

MemberRole = Literal["VIEWER", "STAFF", "MANAGER", "OWNER"]
LoginSessionType = Literal["USER", "CUSTOMER", "STAFF", "ADMIN"]
LoginSessionMethod = Literal["PASSWORD", "EMAIL_LINK", "PASSKEY", "SSO"]
LoginSessionRevokedReason = Literal["SIGNED_OUT", "PASSWORD_CHANGED", "REVOKED_BY_USER", "REVOKED_BY_ADMIN", "SUSPICIOUS"]
TokenPurpose = Literal["EMAIL_VERIFICATION", "EMAIL_CHANGE", "PASSWORD_RESET", "EMAIL_LINK", "REFRESH", "ID_TOKEN"]
KycVerificationStatus = Literal["PENDING", "IN_REVIEW", "APPROVED", "REJECTED", "EXPIRED"]
KycVerificationRiskLevel = Literal["LOW", "MEDIUM", "HIGH"]
KycVerificationDocumentType = Literal["PASSPORT", "IDENTITY_CARD", "DRIVING_LICENCE", "RESIDENCE_PERMIT"]
AmlCheckCause = Literal["ONBOARDING", "PERIODIC", "PAYOUT", "MANUAL"]
AmlCheckOutcome = Literal["DISMISSED", "CONFIRMED", "REPORTED"]
SecurityEventType = Literal[
    "LOGIN",
    "LOGIN_FAILED",
    "LOGOUT",
    "ACCOUNT_LOCKED",
    "EMAIL_VERIFIED",
    "EMAIL_CHANGED",
    "PASSWORD_CHANGED",
    "PASSWORD_RESET",
    "SESSION_REVOKED",
    "PERMISSION_CHANGED",
    "API_KEY_CREATED",
    "API_KEY_REVOKED",
    "ACCESS_DENIED",
    "RATE_LIMIT_EXCEEDED",
    "DATA_EXPORTED",
    "SUSPICIOUS_ACTIVITY",
    "OTHER",
]
SecurityEventSeverity = Literal["LOW", "MEDIUM", "HIGH", "CRITICAL"]
GdprConsentPurpose = Literal[
    "TERMS", "EMAIL_MARKETING", "SMS_MARKETING", "NEWSLETTER", "ANALYTICS", "PERSONALIZATION", "PROFILING", "THIRD_PARTIES"
]
GdprConsentLegalBasis = Literal["CONSENT", "CONTRACT", "LEGAL_OBLIGATION", "LEGITIMATE_INTEREST"]
GdprConsentSource = Literal["SIGN_UP", "CHECKOUT", "COOKIE_BANNER", "SETTINGS", "FORM", "STAFF"]
PrivacyRequestType = Literal["EXPORT", "ERASURE", "RECTIFICATION", "RESTRICTION", "OBJECTION"]
PrivacyRequestStatus = Literal["RECEIVED", "VERIFIED", "IN_PROGRESS", "COMPLETED", "REJECTED", "CANCELLED"]


class User(Entity, Timestamps, SoftDelete, Audited):
    """A person with an account: client, freelancer, member of a business or administrator."""

    __table_args__ = (
        UniqueConstraint("username"),
        UniqueConstraint("provider_subject"),
        Index("ix_users_skills", "skills", postgresql_using="gin"),
        trigram("users", "last_name"),
        *at_least_zero("hourly_rate", "login_count", "failed_login_attempts", "rating_sum", "rating_count"),
    )
    natural_key = ("email",)

    email: Mapped[str] = column("The e-mail address, in lower case; unique over all businesses.")
    username: Mapped[str | None] = column("The name a person signs in with instead of the address.")
    password_hash: Mapped[str | None] = secret("Argon2id hash of the password.")
    provider_subject: Mapped[str | None] = secret("The identity provider, and who the person is there.")
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
        "round(rating_sum::numeric / nullif(rating_count, 0), 2)", "Mean rating received; null before the first."
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


class Membership(Entity, Timestamps):
    """A person's role in a business: the tenancy behind every rule of access."""

    natural_key = ("business_id", "user_id")
    between = (("business_id", "people", "The people who work for it."), ("user_id", "businesses", "The businesses the person works for."))

    user_id: Mapped[UUID] = key_to("identity.users", "CASCADE", "Who is the member.", "memberships", "Businesses this person works in.")
    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Of which business.")
    role: Mapped[MemberRole] = state(MemberRole, "What the member may do.", "VIEWER")
    title: Mapped[str | None] = column("The member's position, as people say it.")
    invited_by_id: Mapped[UUID | None] = key_to(
        "identity.users", "SET NULL", "Who invited the member.", "invitations", "Memberships this person gave."
    )
    joined_at: Mapped[datetime] = default("now()", "When the membership began.")


class LoginSession(Entity, Timestamps):
    """A time for which a person is signed in on one device."""

    __table_args__ = (
        UniqueConstraint("token_hash"),
        in_order("created_at", "expires_at"),
        in_order("created_at", "last_seen_at"),
        check(
            "customer_id", "fits_type", "(type = 'CUSTOMER') = (customer_id IS NOT NULL)", "must be given for customers, and only for them"
        ),
        check("revoked_reason", "is_given", "(revoked_at IS NULL) = (revoked_reason IS NULL)", "must be given once revoked, and only then"),
    )
    indexes = (("user_id", "last_seen_at"), "expires_at")
    counted = ("last_seen_at",)

    user_id: Mapped[UUID] = key_to("identity.users", "CASCADE", "Who is signed in.")
    customer_id: Mapped[UUID | None] = key_to("customers.customers", "CASCADE", "As which customer of a shop.")
    site_id: Mapped[UUID | None] = key_to("business.sites", "SET NULL", "On which site.")
    type: Mapped[LoginSessionType] = state(LoginSessionType, "As what the person signed in.", "USER")
    method: Mapped[LoginSessionMethod] = state(LoginSessionMethod, "How the person proved who they are.", "PASSWORD")
    token_hash: Mapped[str] = secret("SHA-256 of the token in the cookie.")
    csrf_token_hash: Mapped[str | None] = secret("SHA-256 of the token that forms must send along.")
    device: Mapped[str | None] = column("The device as its owner knows it, like Firefox on Linux.")
    user_agent: Mapped[str | None] = column("What the browser calls itself.")
    ip_address: Mapped[IpAddress | None] = column("From which address the person signed in.")
    country: Mapped[str | None] = column("ISO 3166-1 alpha-2 code of the country that the address belongs to.")
    is_remembered: Mapped[bool] = default("false", "Whether it outlives the browser's window.")
    last_seen_at: Mapped[datetime] = default("now()", "When it was last used, to the minute.")
    expires_at: Mapped[datetime] = column("When it ends by itself.")
    revoked_at: Mapped[datetime | None] = column("When it was ended before that.")
    revoked_reason: Mapped[LoginSessionRevokedReason | None] = state(LoginSessionRevokedReason, "Why it was ended before its time.")


class Token(Entity, Timestamps):
    """What is sent to a person, or kept by a program, to be shown once: only its hash is stored."""

    __table_args__ = (
        UniqueConstraint("token_hash"),
        in_order("created_at", "expires_at"),
        in_order("created_at", "used_at"),
        check("session_id", "is_given", "purpose <> 'REFRESH' OR session_id IS NOT NULL", "must be given for a refresh token"),
        check("revoked_at", "is_unused", "used_at IS NULL OR revoked_at IS NULL", "must not be set on a token that was used"),
    )
    indexes = (("user_id", "purpose"), "expires_at")

    user_id: Mapped[UUID] = key_to("identity.users", "CASCADE", "For whom it is.")
    session_id: Mapped[UUID | None] = key_to("identity.login_sessions", "CASCADE", "The session that it prolongs.")
    replaced_by_id: Mapped[UUID | None] = key_to("identity.tokens", "SET NULL", "The token given out in its place.", "replaces")
    purpose: Mapped[TokenPurpose] = state(TokenPurpose, "What it lets its holder do.")
    token_hash: Mapped[str] = secret("SHA-256 of the token.")
    email: Mapped[str | None] = column("The address it was sent to, which it proves.")
    ip_address: Mapped[IpAddress | None] = column("From which address it was asked for.")
    expires_at: Mapped[datetime] = column("Until when it is good.")
    used_at: Mapped[datetime | None] = column("When it was used; it is good only once.")
    revoked_at: Mapped[datetime | None] = column("When it was taken back unused.")


class KycVerification(Entity, Timestamps, Versioned):
    """The check of a person's identity against a paper; one per person, renewed when it runs out."""

    __table_args__ = (
        country("nationality"),
        in_order("submitted_at", "reviewed_at"),
        in_order("reviewed_at", "expires_at"),
        check(
            "reviewed_at",
            "is_given",
            "status NOT IN ('APPROVED', 'REJECTED', 'EXPIRED') OR reviewed_at IS NOT NULL",
            "must be given once decided",
        ),
        check("rejection_reason", "is_given", "status <> 'REJECTED' OR rejection_reason IS NOT NULL", "must be given when rejected"),
    )
    indexes = (("status", "submitted_at"),)
    natural_key = ("user_id",)

    user_id: Mapped[UUID] = key_to(
        "identity.users", "RESTRICT", "Whose identity.", "kyc_verification", "The check of this person's identity.", single=True
    )
    status: Mapped[KycVerificationStatus] = state(KycVerificationStatus, "How far the check is.", "PENDING")
    risk_level: Mapped[KycVerificationRiskLevel] = state(
        KycVerificationRiskLevel, "How likely the person is to be a risk.", "LOW", index=True
    )
    full_name: Mapped[str | None] = column("The name as the paper spells it.")
    born_on: Mapped[date | None] = column("Day of birth on the paper.")
    nationality: Mapped[str | None] = column("ISO 3166-1 alpha-2 code of the nationality on the paper.")
    document_type: Mapped[KycVerificationDocumentType] = state(KycVerificationDocumentType, "What paper it is.")
    document_number: Mapped[str | None] = column("The number on the paper.")
    document_country: Mapped[str | None] = column("ISO 3166-1 alpha-2 code of the country that issued the paper.")
    document_expires_on: Mapped[date | None] = column("The last day on which the paper is valid.")
    documents: Mapped[list[dict[str, Any]]] = default("'[]'", "The files handed in: what each shows, where it is.")
    provider: Mapped[str | None] = column("The service that looked at the files, if any.")
    provider_reference: Mapped[str | None] = column("What that service calls the check.")
    reviewed_by_id: Mapped[UUID | None] = key_to(
        "identity.users", "SET NULL", "Who decided.", "kyc_verifications_reviewed", "Checks this person decided."
    )
    submitted_at: Mapped[datetime] = default("now()", "When the files were handed in.")
    reviewed_at: Mapped[datetime | None] = column("When it was decided.")
    expires_at: Mapped[datetime | None] = column("When it must be done anew.")
    rejection_reason: Mapped[str | None] = column("Why the paper was not accepted.")


class AmlCheck(Entity, Timestamps):
    """A check of a person for money laundering and against lists of sanctions."""

    __table_args__ = (
        in_order("checked_at", "reviewed_at"),
        check("reason", "is_given", "NOT is_flagged OR reason IS NOT NULL", "must be given when flagged"),
        check("outcome", "is_of_flagged", "is_flagged OR outcome IS NULL", "must not be given unless flagged"),
        check("reviewed_at", "is_given", "(outcome IS NULL) = (reviewed_at IS NULL)", "must be given with the outcome, and only then"),
    )
    indexes = (("user_id", "checked_at"), ("is_flagged", "checked_at"))

    user_id: Mapped[UUID] = key_to(
        "identity.users", "RESTRICT", "Who was checked.", "aml_checks", "Checks of this person for money laundering."
    )
    kyc_verification_id: Mapped[UUID | None] = key_to("identity.kyc_verifications", "SET NULL", "The check of the identity it belongs to.")
    escrow_id: Mapped[UUID | None] = key_to("freelance.escrows", "SET NULL", "The escrow whose payout it was about.")
    cause: Mapped[AmlCheckCause] = state(AmlCheckCause, "What made it necessary.", "ONBOARDING")
    risk_score: Mapped[int] = column("From 0, harmless, to 100, certain.", percentage)
    is_flagged: Mapped[bool] = default("false", "Whether people must look at it.")
    reason: Mapped[str | None] = column("Why it was flagged.")
    lists: Mapped[list[str]] = default("'{}'", "The lists that were searched, like EU or OFAC.")
    matches: Mapped[list[dict[str, Any]]] = default("'[]'", "What was found there: list, name and likeness.")
    provider: Mapped[str | None] = column("The service that searched the lists, if any.")
    provider_reference: Mapped[str | None] = column("What that service calls the check.")
    outcome: Mapped[AmlCheckOutcome | None] = state(AmlCheckOutcome, "What people decided, if it was flagged.")
    reviewed_by_id: Mapped[UUID | None] = key_to(
        "identity.users", "SET NULL", "Who decided.", "aml_checks_reviewed", "Flagged checks this person decided."
    )
    checked_at: Mapped[datetime] = default("now()", "When the lists were searched.")
    reviewed_at: Mapped[datetime | None] = column("When people decided.")
    notes: Mapped[str | None] = column("What the person who decided noted.")


class SecurityEvent(Entity):
    """Something that matters for the security of an account, a session or a key."""

    __table_args__ = (in_order("occurred_at", "resolved_at"),)
    indexes = (("user_id", "occurred_at"), ("type", "occurred_at"), ("severity", "occurred_at"), "ip_address")

    user_id: Mapped[UUID | None] = key_to(
        "identity.users", "SET NULL", "Whose account, if known.", "security_events", "What happened to this person's account."
    )
    session_id: Mapped[UUID | None] = key_to("identity.login_sessions", "SET NULL", "In which session.")
    api_key_id: Mapped[UUID | None] = key_to("gateway.api_keys", "SET NULL", "With which API key.")
    business_id: Mapped[UUID | None] = key_to("business.businesses", "CASCADE", "In which business, if in one.")
    type: Mapped[SecurityEventType] = state(SecurityEventType, "What happened.")
    severity: Mapped[SecurityEventSeverity] = state(SecurityEventSeverity, "How much it matters.", "LOW")
    details: Mapped[dict[str, Any]] = default("'{}'", "What else is known of it.")
    ip_address: Mapped[IpAddress | None] = column("From which address.")
    user_agent: Mapped[str | None] = column("What the browser or program calls itself.")
    country: Mapped[str | None] = column("ISO 3166-1 alpha-2 code of the country that the address belongs to.")
    occurred_at: Mapped[datetime] = default("now()", "When it happened.")
    resolved_at: Mapped[datetime | None] = column("When somebody had dealt with it.")
    resolved_by_id: Mapped[UUID | None] = key_to(
        "identity.users", "SET NULL", "Who dealt with it.", "security_events_resolved", "Events this person dealt with."
    )


class GdprConsent(Entity, Timestamps):
    """A person's answer to the question whether personal data may be used for a purpose; a new answer ends the old."""

    __table_args__ = (
        Index(
            "uq_gdpr_consents_business_id_user_id_customer_id_purpose",
            *("business_id", "user_id", "customer_id", "purpose"),
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
            postgresql_nulls_not_distinct=True,
        ),
        in_order("given_at", "ended_at"),
        in_order("given_at", "expires_at"),
        check("user_id", "or_customer", "num_nonnulls(user_id, customer_id) > 0", "must be given if there is no customer"),
    )

    business_id: Mapped[UUID | None] = key_to("business.businesses", "CASCADE", "Who may use it; null: the platform.")
    user_id: Mapped[UUID | None] = key_to("identity.users", "CASCADE", "Which person answered.")
    customer_id: Mapped[UUID | None] = key_to("customers.customers", "CASCADE", "Which customer answered.")
    purpose: Mapped[GdprConsentPurpose] = state(GdprConsentPurpose, "What the data would be used for.", index=True)
    legal_basis: Mapped[GdprConsentLegalBasis] = state(GdprConsentLegalBasis, "On which ground it is used.", "CONSENT")
    is_granted: Mapped[bool] = column("Whether the answer was yes.")
    wording: Mapped[str | None] = column("The question as the person read it.")
    policy_version: Mapped[str | None] = column("Which version of the privacy policy was shown.")
    source: Mapped[GdprConsentSource] = state(GdprConsentSource, "Where the person was asked.")
    ip_address: Mapped[IpAddress | None] = column("From which address the answer came.")
    user_agent: Mapped[str | None] = column("What the browser calls itself.")
    given_at: Mapped[datetime] = default("now()", "When the person answered.")
    expires_at: Mapped[datetime | None] = column("When the person must be asked again.")
    ended_at: Mapped[datetime | None] = column("When it was withdrawn, or another answer took its place.")
    is_in_force: Mapped[bool] = generated("is_granted AND ended_at IS NULL", "Whether the data may be used by it.")


class PrivacyRequest(Entity, Timestamps, Versioned):
    """A claim of a person over their data: to see it, to have it mended or erased; it outlives the data."""

    __table_args__ = (
        in_order("requested_at", "due_at"),
        in_order("requested_at", "completed_at"),
        check(
            "completed_at",
            "is_given",
            "(status IN ('COMPLETED', 'REJECTED', 'CANCELLED')) = (completed_at IS NOT NULL)",
            "must be given at the end, and only then",
        ),
        check("rejection_reason", "is_given", "status <> 'REJECTED' OR rejection_reason IS NOT NULL", "must be given when rejected"),
    )
    indexes = (("status", "due_at"), "email")

    business_id: Mapped[UUID | None] = key_to("business.businesses", "CASCADE", "To whom; null: to the platform.")
    user_id: Mapped[UUID | None] = key_to(
        "identity.users", "SET NULL", "Which person asks, if one with an account.", "privacy_requests", "What this person claims."
    )
    customer_id: Mapped[UUID | None] = key_to("customers.customers", "SET NULL", "Which customer asks, if one does.")
    email: Mapped[str] = column("Where the person is answered, in lower case.")
    type: Mapped[PrivacyRequestType] = state(PrivacyRequestType, "What the person claims.", index=True)
    status: Mapped[PrivacyRequestStatus] = state(PrivacyRequestStatus, "How far it is.", "RECEIVED")
    message: Mapped[str | None] = column("What the person wrote.")
    requested_at: Mapped[datetime] = default("now()", "When it came in.")
    verified_at: Mapped[datetime | None] = column("When it was known to come from the person.")
    due_at: Mapped[datetime] = column("By when the law wants it answered.")
    completed_at: Mapped[datetime | None] = column("When it was answered, rejected or taken back.")
    handled_by_id: Mapped[UUID | None] = key_to(
        "identity.users", "SET NULL", "Who deals with it.", "privacy_requests_handled", "Claims this person deals with."
    )
    rejection_reason: Mapped[str | None] = column("Why it was not granted.")
    result: Mapped[dict[str, Any]] = default("'{}'", "How many rows of each entity were exported or erased.")
    export_url: Mapped[str | None] = column("Where the person can fetch the export.")
    export_expires_at: Mapped[datetime | None] = column("Until when the export can be fetched.")

"""The money held for jobs, its ledger, and the quarrels over it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped

from models.base import Entity, Timestamps, Versioned
from models.checks import at_least_zero, check, filled, in_order, positive
from models.columns import BigInt, Money, column, default, key_to, state
from models.ddl import Tally

EscrowStatus = Literal["PENDING", "FUNDED", "PARTIALLY_RELEASED", "RELEASED", "REFUNDED", "FROZEN"]
EscrowMovementType = Literal["FUNDED", "RELEASED", "REFUNDED", "FEE", "SPLIT"]
EscrowMovementParty = Literal["CLIENT", "FREELANCER", "PLATFORM"]
DisputeReason = Literal["NOT_DELIVERED", "QUALITY", "DEADLINE", "SCOPE", "PAYMENT", "CONDUCT", "OTHER"]
DisputeStatus = Literal["OPEN", "ANSWERED", "IN_MEDIATION", "RESOLVED", "WITHDRAWN"]
DisputeResolution = Literal["RELEASE", "REFUND", "SPLIT"]
DisputeEvidenceType = Literal["STATEMENT", "DOCUMENT", "IMAGE", "CHAT_LOG", "LINK", "OTHER"]


class Escrow(Entity, Timestamps, Versioned):
    """Money of the client held back until the job is done; one per job."""

    __table_args__ = (
        check("amount", "covers_what_is_paid", "released_amount + refunded_amount <= amount", "must cover what is paid out"),
        check("held_amount", "is_paid_in", "held_amount >= 0", "must not be below zero: more is paid out than was paid in"),
        check("fee", "fits", "fee <= amount", "must not be above the amount"),
        *at_least_zero("amount", "fee", "released_amount", "refunded_amount"),
        in_order("funded_at", "released_at"),
        in_order("funded_at", "refunded_at"),
    )
    indexes = ("status",)
    natural_key = ("job_id",)

    job_id: Mapped[UUID] = key_to("freelance.jobs", "RESTRICT", "For which job.", "escrow", "The money held for it.", single=True)
    client_id: Mapped[UUID] = key_to("identity.users", "RESTRICT", "Who pays.", "escrows_funded", "Escrows this person pays into.")
    freelancer_id: Mapped[UUID | None] = key_to(
        "identity.users", "SET NULL", "Who is to be paid.", "escrows_earned", "Escrows this person is paid from."
    )
    amount: Mapped[Money] = column("What is to be held in all.")
    fee: Mapped[Money] = default("0", "The platform's part of it.")
    held_amount: Mapped[Money] = default("0", "What is in it now: the sum of its movements; kept by trigger.")
    released_amount: Mapped[Money] = default("0", "What went to the freelancer; kept by trigger.")
    refunded_amount: Mapped[Money] = default("0", "What went back to the client; kept by trigger.")
    currency: Mapped[str] = default("'USD'", "Currency of all its amounts.")
    status: Mapped[EscrowStatus] = state(EscrowStatus, "Where the money is.", "PENDING")
    funded_at: Mapped[datetime | None] = column("When the client paid.")
    released_at: Mapped[datetime | None] = column("When the last of it was released.")
    refunded_at: Mapped[datetime | None] = column("When it was refunded.")
    frozen_at: Mapped[datetime | None] = column("Since when a dispute holds it.")


class EscrowMovement(Entity):
    """One line of an escrow's ledger; the lines of an escrow add up to what it holds."""

    __table_args__ = (
        check(
            "amount",
            "has_its_sign",
            "CASE type WHEN 'FUNDED' THEN amount > 0 ELSE amount < 0 END",
            "must be above zero if paid in, and below zero if paid out",
        ),
        check(
            "party",
            "fits_type",
            "CASE type WHEN 'RELEASED' THEN party = 'FREELANCER' WHEN 'FEE' THEN party = 'PLATFORM' "
            "WHEN 'SPLIT' THEN party <> 'PLATFORM' ELSE party = 'CLIENT' END",
            "must fit the type: a client pays in and is refunded, a freelancer is paid, the platform takes the fee",
        ),
        check("dispute_id", "is_given", "type <> 'SPLIT' OR dispute_id IS NOT NULL", "must be given for a part of a split"),
    )
    indexes = (("escrow_id", "created_at"), "reference")
    tallies = (
        Tally(
            "sum_escrow_movements",
            "escrow_id",
            "freelance.escrows",
            {
                "held_amount": "amount",
                "released_amount": "CASE WHEN party = 'FREELANCER' THEN -amount ELSE 0 END",
                "refunded_amount": "CASE WHEN party = 'CLIENT' AND amount < 0 THEN -amount ELSE 0 END",
            },
        ),
    )

    escrow_id: Mapped[UUID] = key_to("freelance.escrows", "RESTRICT", "Of which escrow.", "movements")
    milestone_id: Mapped[UUID | None] = key_to("freelance.milestones", "RESTRICT", "For which stage.", "movements")
    dispute_id: Mapped[UUID | None] = key_to("freelance.disputes", "RESTRICT", "By the end of which dispute.", "movements")
    payment_id: Mapped[UUID | None] = key_to("finance.payments", "SET NULL", "The payment that moved the money.")
    made_by_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Who ordered it; null: the platform itself.")
    type: Mapped[EscrowMovementType] = state(EscrowMovementType, "What moved the money.")
    party: Mapped[EscrowMovementParty] = state(EscrowMovementParty, "Who paid it in or was paid.")
    amount: Mapped[Money] = column("Above zero if paid in, below zero if paid out.")
    currency: Mapped[str] = default("'USD'", "Currency of the amount, that of the escrow.")
    reference: Mapped[str | None] = column("What the bank or payment service calls the transfer.")
    note: Mapped[str | None] = column("What the statement of account says.")
    created_at: Mapped[datetime] = default("now()", "When the money moved.")


class Dispute(Entity, Timestamps, Versioned):
    """A quarrel over the money of a job, from its opening to who gets what; one at a time."""

    __table_args__ = (
        Index("uq_disputes_job_id", "job_id", unique=True, postgresql_where=text("status NOT IN ('RESOLVED', 'WITHDRAWN')")),
        *at_least_zero("freelancer_amount", "client_amount"),
        in_order("created_at", "answer_due_at"),
        in_order("created_at", "answered_at"),
        in_order("created_at", "resolved_at"),
        check("respondent_id", "is_another", "opened_by_id <> respondent_id", "must be another person"),
        check(
            "mediator_id", "is_neutral", "mediator_id <> opened_by_id AND mediator_id <> respondent_id", "must be neither of the two sides"
        ),
        check("resolution", "is_given", "(status = 'RESOLVED') = (resolution IS NOT NULL)", "must be given once resolved, and only then"),
        check(
            "resolved_at",
            "is_given",
            "(status IN ('RESOLVED', 'WITHDRAWN')) = (resolved_at IS NOT NULL)",
            "must be given at the end, and only then",
        ),
        check(
            "freelancer_amount",
            "adds_up",
            "resolution IS NULL OR freelancer_amount + client_amount = disputed_amount",
            "must make up the disputed amount together with the client's",
        ),
        check(
            "client_amount",
            "fits_resolution",
            "CASE resolution WHEN 'RELEASE' THEN client_amount = 0 WHEN 'REFUND' THEN freelancer_amount = 0 "
            "WHEN 'SPLIT' THEN client_amount > 0 AND freelancer_amount > 0 "
            "ELSE client_amount = 0 AND freelancer_amount = 0 END",
            "must fit the resolution: nothing if released, all if refunded, a part if split",
        ),
    )
    indexes = (("status", "created_at"),)

    job_id: Mapped[UUID] = key_to("freelance.jobs", "RESTRICT", "About which job.")
    escrow_id: Mapped[UUID] = key_to("freelance.escrows", "RESTRICT", "About the money in which escrow.")
    milestone_id: Mapped[UUID | None] = key_to("freelance.milestones", "SET NULL", "About which stage, if only one.")
    opened_by_id: Mapped[UUID] = key_to(
        "identity.users", "RESTRICT", "Who opened it: client or freelancer.", "disputes_opened", "Disputes this person opened."
    )
    respondent_id: Mapped[UUID] = key_to(
        "identity.users", "RESTRICT", "The other side.", "disputes_received", "Disputes others opened with this person."
    )
    mediator_id: Mapped[UUID | None] = key_to(
        "identity.users", "SET NULL", "Who decides.", "disputes_mediated", "Disputes this person decides."
    )
    reason: Mapped[DisputeReason] = state(DisputeReason, "What it is about.")
    description: Mapped[str] = column("What the side that opened it says.")
    answer: Mapped[str | None] = column("What the other side says.")
    status: Mapped[DisputeStatus] = state(DisputeStatus, "How far it is.", "OPEN")
    disputed_amount: Mapped[Money] = column("What of the escrow is disputed.", positive)
    resolution: Mapped[DisputeResolution | None] = state(DisputeResolution, "Who gets it.")
    freelancer_amount: Mapped[Money] = default("0", "What of it the freelancer gets, the platform's fee included.")
    client_amount: Mapped[Money] = default("0", "What of it the client gets back.")
    currency: Mapped[str] = default("'USD'", "Currency of all its amounts.")
    decision: Mapped[str | None] = column("Why it was resolved so, for both sides to read.")
    answer_due_at: Mapped[datetime | None] = column("By when the other side must answer.")
    answered_at: Mapped[datetime | None] = column("When the other side answered.")
    mediated_at: Mapped[datetime | None] = column("When a mediator took it up.")
    resolved_at: Mapped[datetime | None] = column("When it was resolved or withdrawn.")


class DisputeEvidence(Entity):
    """A statement or file that a side puts forward in a dispute; never changed afterwards."""

    __table_args__ = (
        check("sha256", "form", "sha256 ~ '^[0-9a-f]{64}$'", "must be 64 hexadecimal digits in lower case"),
        check("statement", "or_file", "num_nonnulls(statement, file_url) > 0", "must be given if there is no file"),
    )
    indexes = (("dispute_id", "submitted_at"),)

    dispute_id: Mapped[UUID] = key_to("freelance.disputes", "CASCADE", "In which dispute.", "evidences")
    submitted_by_id: Mapped[UUID] = key_to("identity.users", "RESTRICT", "Who put it forward.")
    type: Mapped[DisputeEvidenceType] = state(DisputeEvidenceType, "What it is.", "STATEMENT")
    title: Mapped[str] = column("What it shows, in one line.", filled())
    statement: Mapped[str | None] = column("What the side says.")
    file_url: Mapped[str | None] = column("Where the file or page is.")
    file_name: Mapped[str | None] = column("What the side called the file.")
    media_type: Mapped[str | None] = column("The file's media type, like application/pdf.")
    size_bytes: Mapped[BigInt | None] = column("The file's size in bytes.", positive)
    sha256: Mapped[str | None] = column("The file's SHA-256, by which a change would show.")
    is_confidential: Mapped[bool] = default("false", "Whether only the mediator may read it.")
    submitted_at: Mapped[datetime] = default("now()", "When it was put forward.")

"""Disputes and the evidence in them."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

import strawberry

from app.services.freelance import disputes
from app.services.freelance.evidence import Evidence
from app.services.freelance.evidence import submit_evidence as submit
from app.services.freelance.locking import Rows
from graph.engine.schema.schema import leaf
from graph.freelance.steps import step
from graph.steps import described, id_of, newest, said

if TYPE_CHECKING:
    from models.freelance.escrow import DisputeEvidenceType as EvidenceLeaf
    from models.freelance.escrow import DisputeReason as ReasonLeaf
else:
    EvidenceLeaf, ReasonLeaf = leaf("DisputeEvidenceType"), leaf("DisputeReason")


@described
class OpenDisputeInput:
    """About which job there is a dispute, and why."""

    job_id: strawberry.ID = id_of("job", "The ID of a job of which you are the client or the freelancer.")
    reason: ReasonLeaf = said("What it is about.")
    description: str = said("What you say, in 1 to 10,000 characters.")
    milestone_id: strawberry.ID | None = id_of("milestone", "The ID of the stage it is about, if one.", default=None)


@described
class AnswerDisputeInput:
    """Which dispute to answer, and what."""

    id: strawberry.ID = id_of("dispute", "The ID of a dispute that the other side opened.")
    answer: str = said("What you say, in 1 to 10,000 characters.")


@described
class MediateDisputeInput:
    """Which dispute to take up."""

    id: strawberry.ID = id_of("dispute", "The ID of a dispute in which you are neither side.")


@described
class WithdrawDisputeInput:
    """Which dispute to give up."""

    id: strawberry.ID = id_of("dispute", "The ID of a dispute that you opened.")


@described
class SubmitEvidenceInput:
    """A statement or file for a dispute."""

    dispute_id: strawberry.ID = id_of("dispute", "The ID of a dispute in which you are one of the sides.")
    title: str = said("What it shows, in one line of at most 200 characters.")
    type: EvidenceLeaf = said("What it is.", default="STATEMENT")
    statement: str | None = said(
        "What you say, in at most 10,000 characters; must be given without a file.", default=None
    )
    file_url: str | None = said("Where the file or page is: an https URL.", default=None)
    file_name: str | None = said("What you call the file.", default=None)
    media_type: str | None = said("The file's media type, like application/pdf.", default=None)
    size_bytes: int | None = said("The file's size in bytes.", default=None)
    sha256: str | None = said(
        "The file's SHA-256 in 64 hexadecimal digits, by which a change would show.", default=None
    )
    is_confidential: bool = said("Whether only the mediator may read it, beside you.", default=False)


@described
class ResolveDisputeInput:
    """How a dispute ends."""

    id: strawberry.ID = id_of("dispute", "The ID of a dispute that you mediate.")
    freelancer_amount: Decimal = said(
        "What of the disputed amount the freelancer gets, the platform's fee included: from zero, a refund, to all."
    )
    decision: str = said("Why, for both sides to read: 1 to 10,000 characters.")
    version: int | None = newest()


async def submit_evidence(*about: Any, dispute_id: UUID, **given: Any) -> Rows:
    """Put evidence forward as the service takes it."""
    return await submit(*about, dispute_id=dispute_id, evidence=Evidence(**given))


@strawberry.type
class DisputesMutation:
    """What is done when client and freelancer do not agree."""

    open_dispute = step(
        OpenDisputeInput,
        disputes.open_dispute,
        "Freeze what is held for a job of yours until it is decided who gets it.",
        *("dispute", "job", "escrow"),
    )
    answer_dispute = step(
        AnswerDisputeInput, disputes.answer_dispute, "Say what you say to a dispute opened with you.", "dispute"
    )
    mediate_dispute = step(
        MediateDisputeInput,
        disputes.mediate_dispute,
        "Take up a dispute, as an administrator who is neither side.",
        "dispute",
    )
    withdraw_dispute = step(
        WithdrawDisputeInput,
        disputes.withdraw_dispute,
        "Give up a dispute that you opened: the job goes on.",
        *("dispute", "job", "escrow"),
    )
    submit_evidence = step(
        SubmitEvidenceInput, submit_evidence, "Put evidence forward in a dispute that is not over.", "evidence"
    )
    resolve_dispute = step(
        ResolveDisputeInput,
        disputes.resolve_dispute,
        "Decide a dispute, as its mediator: the money is paid out, and the job is over.",
        *("dispute", "job", "escrow"),
    )

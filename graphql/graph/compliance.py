"""The hand-written fields of checks that the law asks for: thin over `app.services.privacy.kyc` and `.aml`."""

from datetime import date, datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.privacy import aml, kyc
from app.services.refusals import Refusal, Refused
from graph.access.viewers import KEY, scopes_of
from graph.acting import WHY_NOT, administrator, done, me, occasion
from graph.context import Info, UserError
from graph.engine.model.ids import uuid_of
from graph.engine.running.written import Ref
from graph.engine.schema.schema import derived, leaf
from models.identity import AmlCheck

if TYPE_CHECKING:
    from models.identity import AmlCheckCause as CauseLeaf
    from models.identity import AmlCheckOutcome as OutcomeLeaf
    from models.identity import KycVerificationDocumentType as PaperLeaf
    from models.identity import KycVerificationRiskLevel as RiskLeaf

    VerificationType = Any
    CheckType = Any
else:
    VerificationType, CheckType = derived("KycVerification"), derived("AmlCheck")
    PaperLeaf, RiskLeaf = leaf("KycVerificationDocumentType"), leaf("KycVerificationRiskLevel")
    CauseLeaf, OutcomeLeaf = leaf("AmlCheckCause"), leaf("AmlCheckOutcome")

SCOPES = frozenset({"*", "identity:write", "aml_checks:write"})
"""Each of these lets a key record checks of people whom its business has an escrow with."""

NOT_ALLOWED = Refusal("FORBIDDEN", "", "Only administrators and keys with the scope aml_checks:write may do that")


@strawberry.input(description="A file that shows a paper or a face.")
class KycDocumentInput:
    """A file that shows a paper or a face."""

    shows: str = strawberry.field(description="What it shows, like front, back or face.")
    reference: str = strawberry.field(description="Where it is: an https URL or a storage key, never the file itself.")


@strawberry.input(description="What a person says of the paper that proves who they are.")
class SubmitKycVerificationInput:
    """What a person says of the paper that proves who they are."""

    document_type: PaperLeaf = strawberry.field(description="What paper it is.")
    document_number: str = strawberry.field(description="Its number; only the last four characters are stored.")
    document_country: str = strawberry.field(description="ISO 3166-1 alpha-2 code of the country that issued it.")
    full_name: str = strawberry.field(description="The name as the paper spells it.")
    born_on: date = strawberry.field(description="Day of birth on the paper.")
    nationality: str = strawberry.field(description="ISO 3166-1 alpha-2 code of the nationality on the paper.")
    documents: list[KycDocumentInput] = strawberry.field(description="1 to 10 files that show it.")
    document_expires_on: date | None = strawberry.field(
        default=None, description="The last day on which it is valid; null if it does not run out."
    )


@strawberry.type(description="The verification that was handed in, or why none was.")
class SubmitKycVerificationPayload:
    """The verification that was handed in, or why none was."""

    kyc_verification: VerificationType | None = strawberry.field(
        description="The verification; null if there are userErrors."
    )
    user_errors: list[UserError] = strawberry.field(description=WHY_NOT)


async def submit_kyc_verification(
    info: Info, input: Annotated[SubmitKycVerificationInput, strawberry.argument(description="The paper.")]
) -> SubmitKycVerificationPayload:
    """Hand in the paper of whoever asks."""
    pictures = [kyc.Picture(given.shows, given.reference) for given in input.documents]
    paper = kyc.Paper(**{**vars(input), "documents": pictures})
    row, errors = await done(info, lambda session: kyc.submit(session, me(info), paper, occasion(info)))
    return SubmitKycVerificationPayload(kyc_verification=row and Ref("KycVerification", row.id), user_errors=errors)


@strawberry.enum(
    description="What is done with a verification: begin to look at it, take the paper for proof, or do not."
)
class KycDecision(Enum):
    """What is done with a verification."""

    START = "start"
    APPROVE = "approve"
    REJECT = "reject"


@strawberry.input(description="What an administrator decides of a verification.")
class ReviewKycVerificationInput:
    """What an administrator decides of a verification."""

    id: strawberry.ID = strawberry.field(description="The ID of the verification; not of your own.")
    decision: KycDecision = strawberry.field(description="What is done with it.")
    risk_level: RiskLeaf | None = strawberry.field(
        default=None, description="How likely the person is to be a risk; as before if not said."
    )
    rejection_reason: str | None = strawberry.field(
        default=None, description="Why the paper was not accepted, as the person is told; for REJECT only."
    )
    expires_at: datetime | None = strawberry.field(
        default=None, description="Until when the approval is good, two years if not said; for APPROVE only."
    )
    version: int | None = strawberry.field(
        default=None, description="The version that was looked at: another is a CONFLICT."
    )


@strawberry.type(description="The verification after the step, or why it was not taken.")
class ReviewKycVerificationPayload:
    """The verification after the step, or why it was not taken."""

    kyc_verification: VerificationType | None = strawberry.field(
        description="The verification; null if there are userErrors."
    )
    user_errors: list[UserError] = strawberry.field(description=WHY_NOT)


async def review_kyc_verification(
    info: Info, input: Annotated[ReviewKycVerificationInput, strawberry.argument(description="The decision.")]
) -> ReviewKycVerificationPayload:
    """Go a step on with somebody's verification."""
    wanted = uuid_of(input.id, "kyc_verification", "input.id")
    step: Any = input.decision.value
    decision = kyc.Decision(step, input.risk_level, input.rejection_reason, input.expires_at, input.version)
    row, errors = await done(
        info, lambda session: kyc.review(session, wanted, decision, administrator(info), occasion(info))
    )
    return ReviewKycVerificationPayload(kyc_verification=row and Ref("KycVerification", row.id), user_errors=errors)


@strawberry.input(description="What was found on a list.")
class AmlMatchInput:
    """What was found on a list."""

    list: str = strawberry.field(description="Which list, like EU or OFAC.")
    name: str = strawberry.field(description="The name as the list spells it.")
    likeness: int = strawberry.field(description="From 0 to 100.")


@strawberry.input(description="What a check for money laundering came to.")
class RecordAmlCheckInput:
    """What a check for money laundering came to."""

    user_id: strawberry.ID = strawberry.field(description="The ID of the person who was checked.")
    risk_score: int = strawberry.field(description="From 0, harmless, to 100, certain; flagged from 70.")
    cause: CauseLeaf = strawberry.field(default="MANUAL", description="What made it necessary.")
    lists: list[str] = strawberry.field(default_factory=list, description="The lists that were searched.")
    matches: list[AmlMatchInput] = strawberry.field(
        default_factory=list, description="What was found there; any is flagged."
    )
    reason: str | None = strawberry.field(default=None, description="Why it is flagged; told by the figures if not.")
    escrow_id: strawberry.ID | None = strawberry.field(
        default=None, description="The ID of the escrow it is about; a key must give one of its business's jobs."
    )
    provider: str | None = strawberry.field(default=None, description="The service that searched the lists.")
    provider_reference: str | None = strawberry.field(default=None, description="What that service calls the check.")


@strawberry.type(description="The check that was recorded, or why none was.")
class RecordAmlCheckPayload:
    """The check that was recorded, or why none was."""

    recorded: bool = strawberry.field(description="Whether the check was recorded.")
    aml_check: CheckType | None = strawberry.field(
        description="The check, as far as whoever recorded it may read it: a key may not."
    )
    user_errors: list[UserError] = strawberry.field(description=WHY_NOT)


async def record_aml_check(
    info: Info, input: Annotated[RecordAmlCheckInput, strawberry.argument(description="The findings.")]
) -> RecordAmlCheckPayload:
    """Write what a check of somebody came to."""
    escrow = uuid_of(input.escrow_id, "escrow", "input.escrowId") if input.escrow_id else None
    matches = [aml.Match(given.list, given.name, given.likeness) for given in input.matches]
    about = {"user_id": uuid_of(input.user_id, "user", "input.userId"), "escrow_id": escrow, "matches": matches}
    new = aml.NewCheck(**{**vars(input), **about})

    async def work(session: AsyncSession) -> AmlCheck:
        return await aml.record_check(session, new, _recorder(info), occasion(info))

    row, errors = await done(info, work)
    return RecordAmlCheckPayload(recorded=not errors, aml_check=row and Ref("AmlCheck", row.id), user_errors=errors)


def _recorder(info: Info) -> aml.Recorder:
    """Who records a check. Raises Refused."""
    viewer = info.context.viewer
    if not viewer.kind.startswith(f"{KEY} "):
        return aml.Recorder(administrator(info))
    if not scopes_of(viewer.kind) & SCOPES:
        raise Refused([NOT_ALLOWED])
    return aml.Recorder(business_id=viewer.params["business"])


@strawberry.input(description="What an administrator decides of a flagged check.")
class ReviewAmlCheckInput:
    """What an administrator decides of a flagged check."""

    id: strawberry.ID = strawberry.field(description="The ID of the check; not of one of yourself.")
    outcome: OutcomeLeaf = strawberry.field(description="What was decided; only DISMISSED lets the person pay in.")
    notes: str | None = strawberry.field(default=None, description="Why, for other administrators.")


@strawberry.type(description="The check that was decided, or why it was not.")
class ReviewAmlCheckPayload:
    """The check that was decided, or why it was not."""

    aml_check: CheckType | None = strawberry.field(description="The check; null if there are userErrors.")
    user_errors: list[UserError] = strawberry.field(description=WHY_NOT)


async def review_aml_check(
    info: Info, input: Annotated[ReviewAmlCheckInput, strawberry.argument(description="The decision.")]
) -> ReviewAmlCheckPayload:
    """Decide of somebody's flagged check."""
    wanted = uuid_of(input.id, "aml_check", "input.id")

    async def work(session: AsyncSession) -> AmlCheck:
        by = administrator(info)
        return await aml.review_check(session, wanted, input.outcome, input.notes, by, occasion(info))

    row, errors = await done(info, work)
    return ReviewAmlCheckPayload(aml_check=row and Ref("AmlCheck", row.id), user_errors=errors)


@strawberry.type
class ComplianceMutation:
    """What the law asks to be known of people."""

    submit_kyc_verification: SubmitKycVerificationPayload = strawberry.mutation(
        resolver=submit_kyc_verification,
        description="Hand in the paper that proves who you are; again after it was rejected or ran out.",
    )
    review_kyc_verification: ReviewKycVerificationPayload = strawberry.mutation(
        resolver=review_kyc_verification, description="Go a step on with a verification, as an administrator."
    )
    record_aml_check: RecordAmlCheckPayload = strawberry.mutation(
        resolver=record_aml_check, description="Record a check for money laundering, as an administrator or by a key."
    )
    review_aml_check: ReviewAmlCheckPayload = strawberry.mutation(
        resolver=review_aml_check, description="Decide of a flagged check, as an administrator."
    )

"""The check of a person's identity: handed in by the person, decided by administrators, good until it runs out.

Of a paper's number only the end is stored, by which people recognise it; of its pictures only where they are.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.accounts.notices import tell
from app.services.accounts.occasion import Occasion
from app.services.accounts.people import is_alive, locked
from app.services.refusals import Refusal, Refused, check
from models.identity import (
    KycVerification,
    KycVerificationDocumentType,
    KycVerificationRiskLevel,
    KycVerificationStatus,
)

Step = Literal["submit", "start", "approve", "reject", "expire"]

STEPS: dict[tuple[KycVerificationStatus, Step], KycVerificationStatus] = {
    ("PENDING", "start"): "IN_REVIEW",
    ("IN_REVIEW", "approve"): "APPROVED",
    ("IN_REVIEW", "reject"): "REJECTED",
    ("APPROVED", "expire"): "EXPIRED",
    ("REJECTED", "submit"): "PENDING",
    ("EXPIRED", "submit"): "PENDING",
}
"""What can be done with a verification in each state, and to which state that leads. It begins as PENDING."""

VALID = timedelta(days=730)
"""For how long an approval is good if nobody says, and the paper does not run out before."""

NAME_LENGTH, REASON_LENGTH, REFERENCE_LENGTH, SHOWS_LENGTH = 200, 500, 500, 50
MOST_DOCUMENTS = 10
OLDEST = 130
"""Years that nobody has lived."""

_NUMBER = re.compile(r"[A-Z0-9]{4,30}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_URL = re.compile(r"https://[^\s/@]+/\S+")
_KEY = re.compile(r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*")

UNKNOWN = Refusal("NOT_FOUND", "id", "names no verification")
STALE = Refusal("CONFLICT", "version", "is not the newest: the verification was changed meanwhile; read it again")
OWN = Refusal("FORBIDDEN", "id", "names your own verification, which somebody else must decide")


@dataclass(frozen=True, slots=True)
class Picture:
    """A file that was handed in: what it shows and where it is."""

    shows: str
    reference: str


@dataclass(frozen=True, slots=True)
class Paper:
    """What a person says of the paper that proves who they are."""

    document_type: KycVerificationDocumentType
    document_number: str = field(repr=False)
    document_country: str
    document_expires_on: date | None
    full_name: str
    born_on: date
    nationality: str
    documents: Sequence[Picture]


@dataclass(frozen=True, slots=True)
class Decision:
    """What an administrator does with a verification."""

    step: Literal["start", "approve", "reject"]
    risk_level: KycVerificationRiskLevel | None = None
    rejection_reason: str | None = None
    expires_at: datetime | None = None
    version: int | None = None


def is_verified(verification: KycVerification | None, now: datetime) -> bool:
    """Whether the person counts as verified at `now`."""
    return verification is not None and verification.status == "APPROVED" and not has_lapsed(verification, now)


def has_lapsed(verification: KycVerification, now: datetime) -> bool:
    """Whether the approval or the paper has run out."""
    paper, approval = verification.document_expires_on, verification.expires_at
    return (approval is not None and approval <= now) or (paper is not None and paper < now.astimezone(UTC).date())


def status_at(verification: KycVerification, now: datetime) -> KycVerificationStatus:
    """The state at `now`, even if nobody has written yet that an approval ran out."""
    expired = verification.status == "APPROVED" and has_lapsed(verification, now)
    return STEPS["APPROVED", "expire"] if expired else verification.status


def after(status: KycVerificationStatus, step: Step, field_: str = "decision") -> KycVerificationStatus:
    """The state that `step` leads to. Raises Refused where it cannot be done."""
    if (status, step) not in STEPS:
        possible = " or ".join(other for given, other in STEPS if given == status) or "nothing"
        message = f"cannot be {step} while the verification is {status}: what can be done then is {possible}"
        raise Refused([Refusal("CONFLICT", field_, message)])
    return STEPS[status, step]


def masked(number: str) -> str:
    """What is stored of a number: its last four characters, of a short one the last two."""
    return "****" + number[-4 if len(number) >= 8 else -2 :]


def tidied(number: str) -> str:
    """The number of a paper without what people put in to read it."""
    return re.sub(r"[\s.-]", "", number).upper()


async def submit(session: AsyncSession, user_id: UUID, paper: Paper, at: Occasion) -> KycVerification:
    """Hand a paper in, for the first time or again after a rejection. Raises Refused with every reason against it."""
    check(check_paper(paper, at.now))
    user = await locked(session, user_id)
    if user is None or not is_alive(user):
        raise Refused([Refusal("UNAUTHENTICATED", "", "Sign in first")])
    row = await session.scalar(select(KycVerification).where(KycVerification.user_id == user_id).with_for_update())
    status = after(status_at(row, at.now), "submit", "documents") if row else "PENDING"
    return await do_submit(session, row or KycVerification(user_id=user_id), paper, status, at)


def check_paper(paper: Paper, now: datetime) -> list[Refusal]:
    """What is wrong with what a person says of a paper."""
    today = now.astimezone(UTC).date()
    rules = {
        ("documentNumber", "must be 4 to 30 letters and digits"): _NUMBER.fullmatch(tidied(paper.document_number)),
        ("documentCountry", "must be two capital letters, like US"): _COUNTRY.fullmatch(paper.document_country),
        ("documentExpiresOn", "must not be over"): (
            paper.document_expires_on is None or paper.document_expires_on >= today
        ),
        ("fullName", f"must have 1 to {NAME_LENGTH} characters"): 1 <= len(paper.full_name.strip()) <= NAME_LENGTH,
        ("bornOn", "must be the day of birth of somebody alive"): today.year - OLDEST <= paper.born_on.year
        and paper.born_on < today,
        ("nationality", "must be two capital letters, like US"): _COUNTRY.fullmatch(paper.nationality),
        ("documents", f"must be 1 to {MOST_DOCUMENTS} files"): 1 <= len(paper.documents) <= MOST_DOCUMENTS,
        ("documents", f"must each say in 1 to {SHOWS_LENGTH} characters what it shows"): all(
            1 <= len(given.shows.strip()) <= SHOWS_LENGTH for given in paper.documents
        ),
        ("documents", "must each refer to a file by an https URL or a storage key, not hold it"): all(
            _is_reference(given.reference) for given in paper.documents
        ),
    }
    return [Refusal("BAD_USER_INPUT", field_, message) for (field_, message), holds in rules.items() if not holds]


async def do_submit(
    session: AsyncSession, row: KycVerification, paper: Paper, status: KycVerificationStatus, at: Occasion
) -> KycVerification:
    """Write what was handed in; what was decided before is over."""
    row.status, row.submitted_at = status, at.now
    row.reviewed_at = row.reviewed_by_id = row.expires_at = row.rejection_reason = None
    row.full_name, row.born_on, row.nationality = paper.full_name.strip(), paper.born_on, paper.nationality
    row.document_type, row.document_country = paper.document_type, paper.document_country
    row.document_number, row.document_expires_on = masked(tidied(paper.document_number)), paper.document_expires_on
    row.documents = [{"shows": given.shows.strip(), "reference": given.reference} for given in paper.documents]
    session.add(row)
    await session.flush()
    return row


async def review(
    session: AsyncSession, verification_id: UUID, decision: Decision, by: UUID, at: Occasion
) -> KycVerification:
    """Go a step on with a verification, as an administrator. Raises Refused with every reason against it."""
    wanted = select(KycVerification).where(KycVerification.id == verification_id).with_for_update()
    row = await session.scalar(wanted)
    if row is None:
        raise Refused([UNKNOWN])
    check([OWN] if row.user_id == by else [])
    check([STALE] if decision.version not in (None, row.version) else [])
    status = after(status_at(row, at.now), decision.step)
    check(check_decision(decision, row, at.now))
    return await do_review(session, row, decision, status, by, at)


def check_decision(decision: Decision, row: KycVerification, now: datetime) -> list[Refusal]:
    """What is wrong with what an administrator says."""
    reason, expires = (decision.rejection_reason or "").strip(), decision.expires_at
    paper = row.document_expires_on
    rejects, approves = decision.step == "reject", decision.step == "approve"
    rules = {
        ("rejectionReason", "is for rejections only"): rejects or not reason,
        ("rejectionReason", f"must have 1 to {REASON_LENGTH} characters"): (
            not rejects or 1 <= len(reason) <= REASON_LENGTH
        ),
        ("expiresAt", "is for approvals only"): approves or expires is None,
        ("expiresAt", "must be in the future"): expires is None or expires > now,
        ("decision", "cannot be approve: the paper has run out"): (
            not approves or paper is None or paper >= now.astimezone(UTC).date()
        ),
    }
    return [Refusal("BAD_USER_INPUT", field_, message) for (field_, message), holds in rules.items() if not holds]


async def do_review(
    session: AsyncSession,
    row: KycVerification,
    decision: Decision,
    status: KycVerificationStatus,
    by: UUID,
    at: Occasion,
) -> KycVerification:
    """Write the step, and tell the person what was decided."""
    row.status, row.reviewed_by_id = status, by
    row.risk_level = decision.risk_level or row.risk_level
    if decision.step != "start":
        row.reviewed_at = max(at.now, row.submitted_at)  # clocks of two processes may differ
    if decision.step == "approve":
        row.expires_at = decision.expires_at or at.now + VALID
    row.rejection_reason = (decision.rejection_reason or "").strip() or None
    await session.flush()
    if decision.step != "start":
        await tell(session, row.user_id, "kyc.approved" if decision.step == "approve" else "kyc.rejected", at)
    return row


async def do_expire(session: AsyncSession, now: datetime) -> int:
    """Write of all approvals that have run out that they did; how many there were."""
    today = now.astimezone(UTC).date()
    over = or_(KycVerification.expires_at <= now, KycVerification.document_expires_on < today)
    lapsed = update(KycVerification).where(KycVerification.status == "APPROVED", over)
    changed = lapsed.values(status=STEPS["APPROVED", "expire"], version=KycVerification.version + 1)
    found = await session.execute(
        changed.returning(KycVerification.id), execution_options={"synchronize_session": False}
    )
    return len(found.all())


def _is_reference(text: str) -> bool:
    if len(text) > REFERENCE_LENGTH:
        return False
    return bool(_URL.fullmatch(text) or (_KEY.fullmatch(text) and ".." not in text))

"""Checks for money laundering: what was found, what people decided of it, and whom it keeps from paying in.

A person is never told of a check: the law forbids to warn whom it is about.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.accounts.occasion import Occasion
from app.services.privacy.kyc import is_verified
from app.services.refusals import Refusal, Refused, check
from models.freelance import Escrow, Job
from models.identity import AmlCheck, AmlCheckCause, AmlCheckOutcome, KycVerification, User

FLAGGED_FROM = 70
"""The score from which people must look: below it are chance likenesses of names, which the lists are full of."""

UNVERIFIED_LIMIT = Decimal(1000)
"""What may be paid in at once, in units of any currency, by whom nobody has verified: the limit of the European
directives for payments without a look at who pays."""

OUTCOMES: dict[AmlCheckOutcome | None, tuple[AmlCheckOutcome, ...]] = {
    None: ("DISMISSED", "CONFIRMED", "REPORTED"),
    "CONFIRMED": ("DISMISSED", "REPORTED"),
    "DISMISSED": (),
    "REPORTED": (),
}
"""What can be decided of a flagged check after what was decided before."""

TEXT_LENGTH, NAME_LENGTH, MOST_LISTS, MOST_MATCHES = 2000, 200, 50, 100

UNKNOWN = Refusal("NOT_FOUND", "id", "names no check")
OWN = Refusal("FORBIDDEN", "id", "names a check of yourself, which somebody else must decide")
ABOUT_ONESELF = Refusal("FORBIDDEN", "userId", "must be somebody else")
NO_PERSON = Refusal("NOT_FOUND", "userId", "names no user")
NOT_THEIRS = Refusal("NOT_FOUND", "escrowId", "names no escrow of your business with that user")
NO_ESCROW = Refusal("NOT_FOUND", "escrowId", "names no escrow of that user")

BLOCKED = Refusal("FORBIDDEN", "", "This account cannot pay in at the moment: write to the support")
UNVERIFIED = Refusal(
    "FORBIDDEN", "amount", f"is above {UNVERIFIED_LIMIT}, so your identity must be verified: submitKycVerification"
)


@dataclass(frozen=True, slots=True)
class Match:
    """What was found on a list."""

    list: str
    name: str
    likeness: int


@dataclass(frozen=True, slots=True)
class NewCheck:
    """What a check came to."""

    user_id: UUID
    risk_score: int
    cause: AmlCheckCause = "MANUAL"
    lists: Sequence[str] = ()
    matches: Sequence[Match] = ()
    reason: str | None = None
    escrow_id: UUID | None = None
    provider: str | None = None
    provider_reference: str | None = None


@dataclass(frozen=True, slots=True)
class Recorder:
    """Who records a check: an administrator, or a program of a business about whom it has an escrow with."""

    user_id: UUID | None = None
    business_id: UUID | None = field(default=None, kw_only=True)


async def record_check(session: AsyncSession, new: NewCheck, by: Recorder, at: Occasion) -> AmlCheck:
    """Write a check, flagged or not. Raises Refused with every reason against it."""
    check([*check_findings(new), *([ABOUT_ONESELF] if new.user_id == by.user_id else [])])
    check(await check_subject(session, new, by))
    return await do_record(session, new, at)


def check_findings(new: NewCheck) -> list[Refusal]:
    """What is wrong with what is said of a check."""
    said = [*new.lists, *(match.list for match in new.matches), *(match.name for match in new.matches)]
    rules = {
        ("riskScore", "must be from 0 to 100"): 0 <= new.risk_score <= 100,
        ("lists", f"must be {MOST_LISTS} at most"): len(new.lists) <= MOST_LISTS,
        ("matches", f"must be {MOST_MATCHES} at most"): len(new.matches) <= MOST_MATCHES,
        ("matches", "must each have a likeness from 0 to 100"): all(0 <= m.likeness <= 100 for m in new.matches),
        ("lists", f"and matches must have names of 1 to {NAME_LENGTH} characters"): all(map(_is_name, said)),
        ("provider", f"must have 1 to {NAME_LENGTH} characters"): new.provider is None or _is_name(new.provider),
        ("providerReference", f"must have 1 to {NAME_LENGTH} characters"): (
            new.provider_reference is None or _is_name(new.provider_reference)
        ),
        ("reason", f"must have {TEXT_LENGTH} characters at most"): len(new.reason or "") <= TEXT_LENGTH,
    }
    return [Refusal("BAD_USER_INPUT", field_, message) for (field_, message), holds in rules.items() if not holds]


async def check_subject(session: AsyncSession, new: NewCheck, by: Recorder) -> list[Refusal]:
    """Whether the person and the escrow are there; a program knows only the people of its business's escrows."""
    sides = or_(Escrow.client_id == new.user_id, Escrow.freelancer_id == new.user_id)
    escrow = exists().where(Escrow.id == new.escrow_id, sides)
    if by.business_id is not None:
        its = escrow.where(Job.id == Escrow.job_id, Job.business_id == by.business_id)
        return [] if await session.scalar(select(its)) else [NOT_THEIRS]
    if not await session.scalar(select(exists().where(User.id == new.user_id))):
        return [NO_PERSON]
    return [] if new.escrow_id is None or await session.scalar(select(escrow)) else [NO_ESCROW]


def is_flagged(new: NewCheck) -> bool:
    """Whether people must look at it."""
    return new.risk_score >= FLAGGED_FROM or bool(new.matches)


async def do_record(session: AsyncSession, new: NewCheck, at: Occasion) -> AmlCheck:
    """Write the check."""
    known = select(KycVerification.id).where(KycVerification.user_id == new.user_id)
    row = AmlCheck(user_id=new.user_id, kyc_verification_id=await session.scalar(known), escrow_id=new.escrow_id)
    row.cause, row.risk_score, row.is_flagged = new.cause, new.risk_score, is_flagged(new)
    row.reason = (new.reason or _reason(new)) if row.is_flagged else new.reason or None
    row.lists, row.matches = list(new.lists), [asdict(match) for match in new.matches]
    row.provider, row.provider_reference = new.provider, new.provider_reference
    row.checked_at = at.now
    session.add(row)
    await session.flush()
    return row


async def review_check(
    session: AsyncSession, check_id: UUID, outcome: AmlCheckOutcome, notes: str | None, by: UUID, at: Occasion
) -> AmlCheck:
    """Decide of a flagged check, as an administrator. Raises Refused with every reason against it."""
    row = await session.scalar(select(AmlCheck).where(AmlCheck.id == check_id).with_for_update())
    if row is None:
        raise Refused([UNKNOWN])
    check([OWN] if row.user_id == by else [])
    check(check_outcome(row, outcome, notes))
    row.outcome, row.notes, row.reviewed_by_id = outcome, (notes or "").strip() or row.notes, by
    row.reviewed_at = max(at.now, row.checked_at)  # clocks of two processes may differ
    await session.flush()
    return row


def check_outcome(row: AmlCheck, outcome: AmlCheckOutcome, notes: str | None) -> list[Refusal]:
    """What is against deciding so."""
    refusals = []
    if not row.is_flagged:
        refusals.append(Refusal("CONFLICT", "id", "names a check that was not flagged: nothing is to be decided"))
    elif outcome not in OUTCOMES[row.outcome]:
        refusals.append(Refusal("CONFLICT", "outcome", f"cannot be {outcome}: it was decided to be {row.outcome}"))
    if len(notes or "") > TEXT_LENGTH:
        refusals.append(Refusal("BAD_USER_INPUT", "notes", f"must have {TEXT_LENGTH} characters at most"))
    return refusals


async def blocks_funding(session: AsyncSession, user_id: UUID, amount: Decimal, *, now: datetime) -> Refusal | None:
    """Why the person may not pay `amount` into an escrow; None if nothing is against it.

    A flag blocks until people dismiss it. What is said of it is the same whatever was found.
    """
    undismissed = or_(AmlCheck.outcome.is_(None), AmlCheck.outcome != "DISMISSED")
    flagged = exists().where(AmlCheck.user_id == user_id, AmlCheck.is_flagged, undismissed)
    if await session.scalar(select(flagged)):
        return BLOCKED
    if amount <= UNVERIFIED_LIMIT:
        return None
    verification = await session.scalar(select(KycVerification).where(KycVerification.user_id == user_id))
    return None if is_verified(verification, now) else UNVERIFIED


def _reason(new: NewCheck) -> str:
    found = [f"the risk score is {new.risk_score}"] if new.risk_score >= FLAGGED_FROM else []
    found += [f"there are matches on {', '.join(sorted({m.list for m in new.matches}))}"] if new.matches else []
    return f"{' and '.join(found)}.".capitalize()


def _is_name(text: str) -> bool:
    return 1 <= len(text.strip()) <= NAME_LENGTH

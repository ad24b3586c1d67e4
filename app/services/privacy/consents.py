"""What people allow: an answer for each purpose, to the platform or to a business they are a customer of.

A new answer ends the one before, and all are kept.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.accounts.occasion import Occasion
from app.services.accounts.people import is_alive, locked
from app.services.refusals import Refusal, Refused, check
from models.customers import Customer
from models.identity import GdprConsent, GdprConsentLegalBasis, GdprConsentPurpose, GdprConsentSource

WORDING_LENGTH, VERSION_LENGTH = 5000, 100

BASES: dict[GdprConsentPurpose, GdprConsentLegalBasis] = {"TERMS": "CONTRACT"}
"""On which ground data is used; CONSENT for every other purpose."""

NO_CUSTOMER = Refusal("NOT_FOUND", "businessId", "names no business that you are a customer of")
NOT_IN_FORCE = Refusal("NOT_FOUND", "purpose", "is nothing that you allow at the moment")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person answers."""

    purpose: GdprConsentPurpose
    granted: bool
    wording: str | None = None
    policy_version: str | None = None
    business_id: UUID | None = None
    source: GdprConsentSource = "SETTINGS"


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is asked, by whom: the person, and as which customer of the business."""

    user_id: UUID
    business_id: UUID | None
    customer_id: UUID | None


async def give(session: AsyncSession, user_id: UUID, answer: Answer, at: Occasion) -> GdprConsent:
    """Keep the person's answer, which ends the one before. Raises Refused with every reason against it."""
    check(check_answer(answer))
    asked = await _asked(session, user_id, answer.business_id)
    await _do_end(session, asked, answer.purpose, at)
    return await do_give(session, asked, answer, at)


def check_answer(answer: Answer) -> list[Refusal]:
    """What is wrong with an answer."""
    rules = {
        ("wording", f"must have {WORDING_LENGTH} characters at most"): len(answer.wording or "") <= WORDING_LENGTH,
        ("policyVersion", f"must have {VERSION_LENGTH} characters at most"): (
            len(answer.policy_version or "") <= VERSION_LENGTH
        ),
        ("source", "must not be STAFF: you answer for yourself"): answer.source != "STAFF",
    }
    return [Refusal("BAD_USER_INPUT", field_, message) for (field_, message), holds in rules.items() if not holds]


async def do_give(session: AsyncSession, asked: Asked, answer: Answer, at: Occasion) -> GdprConsent:
    """Write the answer."""
    row = GdprConsent(business_id=asked.business_id, user_id=asked.user_id, customer_id=asked.customer_id)
    row.purpose, row.is_granted, row.source = answer.purpose, answer.granted, answer.source
    row.legal_basis = BASES.get(answer.purpose, "CONSENT")
    row.wording, row.policy_version = answer.wording, answer.policy_version
    row.ip_address, row.user_agent, row.given_at = at.address, at.user_agent, at.now
    session.add(row)
    await session.flush()
    return row


async def withdraw(
    session: AsyncSession, user_id: UUID, purpose: GdprConsentPurpose, business_id: UUID | None, at: Occasion
) -> UUID:
    """End what the person allows for the purpose; the answer that it was. Raises Refused if there is none."""
    asked = await _asked(session, user_id, business_id)
    granted = await _do_end(session, asked, purpose, at)
    if granted is None:
        raise Refused([NOT_IN_FORCE])
    return granted


async def _asked(session: AsyncSession, user_id: UUID, business_id: UUID | None) -> Asked:
    """Who answers whom. The person's row is held, so that two answers at once come one after the other."""
    user = await locked(session, user_id)
    if user is None or not is_alive(user):
        raise Refused([Refusal("UNAUTHENTICATED", "", "Sign in first")])
    if business_id is None:
        return Asked(user_id, None, None)
    own = (Customer.user_id == user_id, Customer.business_id == business_id, Customer.deleted_at.is_(None))
    customer_id = await session.scalar(select(Customer.id).where(*own))
    if customer_id is None:
        raise Refused([NO_CUSTOMER])
    return Asked(user_id, business_id, customer_id)


async def _do_end(session: AsyncSession, asked: Asked, purpose: GdprConsentPurpose, at: Occasion) -> UUID | None:
    """End the answers for the purpose that stand; one of those that said yes, if any did."""
    theirs = GdprConsent.user_id == asked.user_id
    if asked.customer_id is not None:
        theirs = or_(theirs, GdprConsent.customer_id == asked.customer_id)
    business = GdprConsent.business_id.is_not_distinct_from(asked.business_id)
    standing = (theirs, business, GdprConsent.purpose == purpose, GdprConsent.ended_at.is_(None))
    ended = (
        update(GdprConsent)
        .where(*standing)
        .values(ended_at=func.greatest(GdprConsent.given_at, at.now))  # clocks of two processes may differ
        .returning(GdprConsent.id, GdprConsent.is_granted)
    )
    rows = await session.execute(ended, execution_options={"synchronize_session": False})
    return max((row.id for row in rows if row.is_granted), default=None)

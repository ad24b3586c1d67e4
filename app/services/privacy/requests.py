"""Claims of people over their data that need nobody to decide: an export, or the erasure of all that is personal.

A claim that somebody wrote words to, or that somebody deals with, is for people: nothing here touches it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.accounts.events import note
from app.services.accounts.notices import tell
from app.services.accounts.occasion import Begin, Occasion
from app.services.accounts.passwords import Passwords, Proof
from app.services.accounts.people import Account, is_alive, locked
from app.services.accounts.signing_in import do_count, reason_against
from app.services.privacy.erasing import erase
from app.services.privacy.exporting import write_export
from app.services.privacy.subjects import known_as
from app.services.privacy.vault import LIFE, Vault
from app.services.refusals import Refusal, Refused, check
from models.freelance import Escrow
from models.identity import LoginSession, Membership, PrivacyRequest, User
from models.support import Notification

Kind = Literal["EXPORT", "ERASURE"]

DUE = timedelta(days=30)
"""By when the law wants an answer."""

ABANDONED = timedelta(minutes=5)
"""A claim that is in progress for longer and that nobody holds was of a process that ended."""

UNSETTLED = ("FUNDED", "PARTIALLY_RELEASED", "FROZEN")
"""States of an escrow in which money of somebody's is held."""

SIGN_IN_FIRST = Refusal("UNAUTHENTICATED", "", "Sign in first")
SHOPPING = Refusal("FORBIDDEN", "", "Sign in to your account, not to a shop")
WRONG = Refusal("BAD_USER_INPUT", "password", "is wrong, or sign-in is locked for a while")
MONEY_HELD = Refusal("CONFLICT", "", "An escrow of yours holds money: have it released or refunded first")
ONLY_OWNER = Refusal("CONFLICT", "", "You are the only owner of a business: make somebody else an owner first")
ONLY_ADMIN = Refusal("CONFLICT", "", "You are the only administrator: make somebody else one first")


@dataclass(frozen=True, slots=True)
class Dealt:
    """What became of a claim, and whose exports are to be removed once that is committed."""

    request_id: UUID
    erased: tuple[UUID, ...] = ()


async def ask_for_export(session: AsyncSession, user_id: UUID, session_id: UUID | None, at: Occasion) -> PrivacyRequest:
    """The person's claim to all of their data: the one that is open, or a new one. Raises Refused."""
    user = await locked(session, user_id)
    if user is None or not is_alive(user):
        raise Refused([SIGN_IN_FIRST])
    shopping = exists().where(LoginSession.id == session_id, LoginSession.type == "CUSTOMER")
    check([SHOPPING] if await session.scalar(select(shopping)) else [])
    return await _open(session, user_id, "EXPORT") or await do_ask(session, user, "EXPORT", at)


async def ask_for_erasure(
    begin: Begin, passwords: Passwords, user_id: UUID, password: str, at: Occasion
) -> PrivacyRequest:
    """The person's claim to be forgotten, by their password: the one that is open, or a new one.

    A wrong password counts like a failed sign-in. Raises Refused after that is kept, or with every reason against it.
    """
    async with begin() as session:
        user = await session.get(User, user_id)
        account = Account(user_id, user.password_hash if user else None)
    proof = await passwords.prove(account.password_hash, password)
    async with begin() as session:
        asked = await _conclude(session, account, proof, at)
    if asked is None:
        raise Refused([WRONG])
    return asked


async def check_erasure(session: AsyncSession, user_id: UUID) -> list[Refusal]:
    """What is against forgetting the person."""
    sides = or_(Escrow.client_id == user_id, Escrow.freelancer_id == user_id)
    reasons = {
        MONEY_HELD: exists().where(sides, Escrow.status.in_(UNSETTLED)),
        ONLY_OWNER: _owns_alone(user_id),
        ONLY_ADMIN: exists().where(User.id == user_id, User.is_superuser)
        & ~exists().where(User.id != user_id, User.is_superuser, User.is_active, User.deleted_at.is_(None)),
    }
    return [refusal for refusal, holds in reasons.items() if await session.scalar(select(holds))]


async def do_ask(session: AsyncSession, user: User, kind: Kind, at: Occasion) -> PrivacyRequest:
    """Write a claim, which is known to come from the person."""
    row = PrivacyRequest(user_id=user.id, email=user.email, type=kind, status="VERIFIED")
    row.requested_at = row.verified_at = at.now
    row.due_at = at.now + DUE
    session.add(row)
    await session.flush()
    return row


async def take(session: AsyncSession, now: datetime) -> UUID | None:
    """The claim to deal with now, which is in progress from then on; None if there is none."""
    waits = PrivacyRequest.status == "VERIFIED"
    abandoned = and_(PrivacyRequest.status == "IN_PROGRESS", PrivacyRequest.updated_at < now - ABANDONED)
    oldest = select(PrivacyRequest).where(_ours(), or_(waits, abandoned)).order_by(PrivacyRequest.due_at).limit(1)
    row = await session.scalar(oldest.with_for_update(skip_locked=True))
    if row is None:
        return None
    row.status, row.updated_at = "IN_PROGRESS", now
    await session.flush()
    return row.id


async def deal(session: AsyncSession, request_id: UUID, vault: Vault, at: Occasion) -> Dealt | None:
    """Do what a claim asks for; None if somebody else is at it, or was done with it.

    Its row is held until the end: should this process end before, the next one finds the claim as it was. Who only
    looks for claims holds it for a moment too, so it is waited for.
    """
    wanted = select(PrivacyRequest).where(PrivacyRequest.id == request_id, PrivacyRequest.status == "IN_PROGRESS")
    row = await session.scalar(wanted.with_for_update())
    if row is None or row.user_id is None:
        return None
    return await (_export if row.type == "EXPORT" else _erase)(session, row, row.user_id, vault, at)


async def _export(session: AsyncSession, row: PrivacyRequest, user_id: UUID, vault: Vault, at: Occasion) -> Dealt:
    subject = await known_as(session, user_id)
    row.result = {**await write_export(session, subject, vault.file(row.id), at.now)}
    row.export_url, row.export_expires_at = vault.link(row.id), at.now + LIFE
    _complete(row, at)
    note(session, "DATA_EXPORTED", at, {"rows": sum(row.result.values())}, user_id=user_id)
    await session.flush()
    await tell(session, user_id, "privacy.exported", at)
    return Dealt(row.id)


async def _erase(session: AsyncSession, row: PrivacyRequest, user_id: UUID, vault: Vault, at: Occasion) -> Dealt:
    user = await locked(session, user_id)
    assert user is not None
    against = await check_erasure(session, user_id)
    if against:
        row.rejection_reason = f"{'. '.join(refusal.message for refusal in against)}."
        row.status, row.completed_at = "REJECTED", _not_before(row, at)
        await session.flush()
        return Dealt(row.id)
    exports = await _end_exports(session, user_id, at)
    sealed = vault.seal(user.email)
    result = await erase(session, await known_as(session, user_id), at.now)
    session.expire_all()
    await session.refresh(row)
    row.result = {**result}
    _complete(row, at)
    await session.flush()
    note(session, "OTHER", at, {"done": "ERASED"}, user_id=user_id)
    await tell(session, user_id, "privacy.erased", at, more={"sealed_to": sealed}, until=at.now + LIFE)
    return Dealt(row.id, exports)


async def _conclude(session: AsyncSession, account: Account, proof: Proof, at: Occasion) -> PrivacyRequest | None:
    """The claim; None after a failure was counted."""
    user = await locked(session, account.id)
    reason = reason_against(user, account, proof, at.now)
    if reason is not None or user is None:
        await do_count(session, user, reason or "UNKNOWN", at, doing="ERASE_ME")
        return None
    check(await check_erasure(session, user.id))
    return await _open(session, user.id, "ERASURE") or await do_ask(session, user, "ERASURE", at)


async def _end_exports(session: AsyncSession, user_id: UUID, at: Occasion) -> tuple[UUID, ...]:
    """Take back exports that were asked for, and give all those of the person that there may be files of."""
    mine = (PrivacyRequest.user_id == user_id, PrivacyRequest.type == "EXPORT")
    rows = (await session.scalars(select(PrivacyRequest).where(*mine))).all()
    for row in rows:
        if row.completed_at is None:
            row.status, row.completed_at = "CANCELLED", _not_before(row, at)
    await session.flush()
    return tuple(row.id for row in rows)


async def _open(session: AsyncSession, user_id: UUID, kind: Kind) -> PrivacyRequest | None:
    """The person's claim of the kind that is not answered yet."""
    waiting = PrivacyRequest.status.in_(("VERIFIED", "IN_PROGRESS"))
    mine = (_ours(), PrivacyRequest.user_id == user_id, PrivacyRequest.type == kind, waiting)
    return await session.scalar(select(PrivacyRequest).where(*mine).limit(1))


def _ours() -> ColumnElement[bool]:
    """Claims to the platform that need nobody to decide."""
    return and_(
        PrivacyRequest.type.in_(("EXPORT", "ERASURE")),
        PrivacyRequest.user_id.is_not(None),
        PrivacyRequest.business_id.is_(None),
        PrivacyRequest.message.is_(None),
        PrivacyRequest.handled_by_id.is_(None),
    )


def _owns_alone(user_id: UUID) -> ColumnElement[bool]:
    mine, other = Membership.__table__.alias(), Membership.__table__.alias()
    people = User.__table__.alias()
    others = (
        exists()
        .where(other.c.business_id == mine.c.business_id, other.c.role == "OWNER", other.c.user_id != user_id)
        .where(people.c.id == other.c.user_id, people.c.is_active, people.c.deleted_at.is_(None))
        .correlate(mine)
    )
    return exists().where(mine.c.user_id == user_id, mine.c.role == "OWNER", ~others)


def _complete(row: PrivacyRequest, at: Occasion) -> None:
    row.status, row.completed_at = "COMPLETED", _not_before(row, at)


def _not_before(row: PrivacyRequest, at: Occasion) -> datetime:
    return max(at.now, row.requested_at)  # clocks of two processes may differ


async def do_forget_addresses(session: AsyncSession, now: datetime) -> None:
    """Remove the sealed addresses of notices that were to be sent by now."""
    over = (Notification.data.has_key("sealed_to"), Notification.expires_at <= now)
    await session.execute(
        update(Notification).where(*over).values(data=Notification.data.op("-")("sealed_to")),
        execution_options={"synchronize_session": False},
    )

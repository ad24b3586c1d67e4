"""How people sign in with an identity provider that vouches for them, and whose account that is."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.accounts import tokens
from app.services.accounts.events import note
from app.services.accounts.occasion import Begin, Occasion
from app.services.accounts.people import NAME_LENGTH, NewPerson, do_open, find, is_alive, locked
from app.services.accounts.sessions import do_end, others
from app.services.accounts.signing_in import Reason, SignedIn, do_count, do_sign_in
from app.services.refusals import Refusal, Refused
from models.identity import User

DOING = "SIGN_IN_WITH_PROVIDER"

NOT_LET_IN = Refusal(
    "UNAUTHENTICATED", "idToken", "is of nobody who may sign in here, or sign-in is locked for a while"
)
USED = Refusal("UNAUTHENTICATED", "idToken", "was used before: sign in at the provider again")


@dataclass(frozen=True, slots=True)
class Proven:
    """What a provider vouches for. The address is tidied, and the provider has verified it."""

    subject: str
    """The provider and who the person is there: no other ever has the same."""
    email: str
    first_name: str
    last_name: str
    once: str
    """What is the same whenever this is shown, and of nothing else."""
    until: datetime
    """After that it is not taken any more."""


class Provider(Protocol):
    """Who vouches for people."""

    registers: bool
    """Whether people who are unknown here get an account."""

    async def prove(self, id_token: str, nonce: str | None, now: datetime) -> Proven:
        """Whom the token is of. Raises Refused if it is not good."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What somebody brings from the provider to be let in."""

    id_token: str = field(repr=False)
    nonce: str | None = field(default=None, repr=False)
    remember: bool = False
    cookie: bool = False


async def sign_in_with_provider(begin: Begin, provider: Provider, given: Shown, at: Occasion) -> SignedIn:
    """A session for whom the provider vouches. Raises Refused after the failure is kept."""
    try:
        proven = await provider.prove(given.id_token, given.nonce, at.now)
    except Refused:
        async with begin() as session:
            await do_count(session, None, "BAD_TOKEN", at, doing=DOING)
        raise
    async with begin() as session:
        done = await conclude(session, proven, given, at, registers=provider.registers)
    if isinstance(done, Refusal):
        raise Refused([done])
    return done


async def conclude(
    session: AsyncSession, proven: Proven, given: Shown, at: Occasion, *, registers: bool
) -> SignedIn | Refusal:
    """The session, or why there is none after the failure was noted: that is to be committed as well."""
    # One after the other, so that two first sign-ins at once do not make two accounts of one person.
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(proven.subject, 0))))
    user = await find_proven(session, proven)
    if user is None and registers:
        user = await do_register(session, proven, at)
    reason = reason_against(user, proven, at.now)
    if user is not None and reason is None and not await tokens.spend(session, user.id, proven.once, proven.until, at):
        reason = "USED"
    if user is None or reason is not None:
        await do_count(session, user, reason or "UNKNOWN", at, doing=DOING)
        return USED if reason == "USED" else NOT_LET_IN
    await do_link(session, user, proven, at)
    return await do_sign_in(session, user, given, "SSO", at)


async def find_proven(session: AsyncSession, proven: Proven) -> User | None:
    """Whose account it is: who was linked, else whoever has the address. Nobody else changes the row meanwhile."""
    linked: UUID | None = await session.scalar(select(User.id).where(User.provider_subject == proven.subject))
    if linked is None:
        account = await find(session, proven.email)
        linked = account.id if account else None
    return await locked(session, linked) if linked else None


def reason_against(user: User | None, proven: Proven, now: datetime) -> Reason | None:
    """Why the person is not let in; None if nothing is against it."""
    if user is None:
        return "UNKNOWN"
    if not is_alive(user):
        return "INACTIVE"
    if user.locked_until is not None and user.locked_until > now:
        return "LOCKED"
    if user.provider_subject is not None:
        # An address can be given to somebody else at the provider, who is not the person that was linked.
        return None if user.provider_subject == proven.subject else "OTHER_SUBJECT"
    return None if user.email == proven.email else "CHANGED_MEANWHILE"


async def do_register(session: AsyncSession, proven: Proven, at: Occasion) -> User | None:
    """The account of a person who was unknown; None if somebody has the address by now."""
    new = NewPerson(proven.email, "", proven.first_name, proven.last_name)
    opened = await do_open(session, new, None, at.now, email_verified_at=at.now)
    return await locked(session, opened) if opened else await find_proven(session, proven)


async def do_link(session: AsyncSession, user: User, proven: Proven, at: Occasion) -> None:
    """Write who the person is at the provider: from now on that counts, whatever becomes of the address."""
    if user.provider_subject is None:
        user.provider_subject = proven.subject
        note(session, "OTHER", at, {"done": "PROVIDER_LINKED"}, user_id=user.id)
        if user.email_verified_at is None:
            await do_take_back(session, user, at)


async def do_take_back(session: AsyncSession, user: User, at: Occasion) -> None:
    """Void whatever opened the account while nobody had proven its address: somebody else may have made it first."""
    user.password_hash, user.email_verified_at = None, at.now
    for purpose in tokens.LIVES:
        await tokens.withdraw(session, user.id, purpose, at)
    ended = await do_end(session, "SUSPICIOUS", at, *others(user.id, None))
    note(session, "EMAIL_VERIFIED", at, {"by": "PROVIDER"}, user_id=user.id)
    note(session, "PASSWORD_CHANGED", at, {"by": "PROVIDER", "ended_sessions": len(ended)}, user_id=user.id)


def name_of(given: object) -> str:
    """A name as it can be kept; empty if it cannot."""
    name = given.strip()[:NAME_LENGTH].strip() if isinstance(given, str) else ""
    return name if name.isprintable() else ""

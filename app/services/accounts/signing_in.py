"""How people show who they are, and what becomes of those who guess."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, NamedTuple, Protocol

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.accounts import tokens
from app.services.accounts.events import note
from app.services.accounts.occasion import Begin, Occasion
from app.services.accounts.passwords import Passwords, Proof
from app.services.accounts.people import NOBODY, Account, find, is_alive, locked, tidied
from app.services.refusals import Refusal, Refused
from models.identity import LoginSession, LoginSessionMethod, User

FREE_ATTEMPTS = 5
"""The failed sign-in that locks an account."""

FIRST_LOCK, LONGEST_LOCK = timedelta(seconds=30), timedelta(hours=1)
"""The lock doubles with each failure after that."""

SESSION_LIFE, REMEMBERED_LIFE = timedelta(hours=12), timedelta(days=30)

NOT_LET_IN = Refusal("UNAUTHENTICATED", "email", "or password is wrong, or sign-in is locked for a while", noted=True)

Reason = Literal[
    "UNKNOWN", "INACTIVE", "LOCKED", "WRONG_PASSWORD", "CHANGED_MEANWHILE", "BAD_TOKEN", "OTHER_SUBJECT", "USED"
]


@dataclass(frozen=True, slots=True)
class Credentials:
    """What somebody shows to be let in."""

    email: str
    password: str = field(repr=False)
    remember: bool = False
    cookie: bool = False


class Wish(Protocol):
    """What sort of session somebody wants: for how long, and whether a cookie keeps its token."""

    @property
    def remember(self) -> bool:
        """For 30 days instead of 12 hours."""

    @property
    def cookie(self) -> bool:
        """Whether its token may only come in a cookie, with another beside it."""


class SignedIn(NamedTuple):
    """A new session; the plain text of its token is nowhere else."""

    session: LoginSession
    token: str


async def sign_in(begin: Begin, passwords: Passwords, given: Credentials, at: Occasion) -> SignedIn:
    """A session for whom the credentials are of. Raises Refused, alike for every reason, after the failure is kept."""
    async with begin() as session:
        account = await find(session, tidied(given.email))
    proof = await passwords.prove(account.password_hash if account else None, given.password)
    async with begin() as session:
        done = await conclude(session, account, proof, given, at)
    if done is None:
        raise Refused([NOT_LET_IN])
    return done


async def conclude(
    session: AsyncSession, account: Account | None, proof: Proof, wish: Wish, at: Occasion
) -> SignedIn | None:
    """The session, or None after the failure was counted: that is to be committed as well."""
    user = await locked(session, account.id if account else NOBODY)
    reason = reason_against(user, account, proof, at.now)
    if reason is not None or user is None:
        await do_count(session, user, reason or "UNKNOWN", at)
        return None
    user.password_hash = proof.anew or user.password_hash
    return await do_sign_in(session, user, wish, "PASSWORD", at)


def reason_against(user: User | None, account: Account | None, proof: Proof, now: datetime) -> Reason | None:
    """Why the person is not let in; None if nothing is against it.

    The row is locked by now: of guesses that are made at once, those after the fifth find the account locked, and a
    password that was changed while its old hash was verified opens nothing.
    """
    if user is None or account is None:
        return "UNKNOWN"
    if not is_alive(user):
        return "INACTIVE"
    if user.locked_until is not None and user.locked_until > now:
        return "LOCKED"
    if not proof.holds:
        return "WRONG_PASSWORD"
    return None if user.password_hash == account.password_hash else "CHANGED_MEANWHILE"


async def do_count(
    session: AsyncSession, user: User | None, reason: Reason, at: Occasion, doing: str = "SIGN_IN"
) -> None:
    """Note a failure; a wrong password is counted, and locks the account in the end."""
    guessed = user if reason == "WRONG_PASSWORD" else None
    attempts = guessed.failed_login_attempts + 1 if guessed else 0
    until = at.now + lock_after(attempts) if attempts >= FREE_ATTEMPTS else None
    # The same statements whoever it was, so that time does not tell who has an account.
    counted = update(User).where(User.id == (guessed.id if guessed else NOBODY))
    await session.execute(counted.values(failed_login_attempts=attempts, locked_until=until))
    note(session, "LOGIN_FAILED", at, {"reason": reason, "doing": doing}, user_id=user.id if user else None)
    if until is not None and user is not None:
        note(session, "ACCOUNT_LOCKED", at, {"attempts": attempts, "until": until.isoformat()}, user_id=user.id)
    await session.flush()


def lock_after(attempts: int) -> timedelta:
    """For how long an account is locked after so many failures."""
    doublings = min(attempts - FREE_ATTEMPTS, 10)
    return min(FIRST_LOCK * (1 << doublings), LONGEST_LOCK)


async def do_sign_in(
    session: AsyncSession, user: User, wish: Wish, method: LoginSessionMethod, at: Occasion
) -> SignedIn:
    """Write the session, and that the person was here."""
    user.failed_login_attempts, user.locked_until = 0, None
    user.login_count, user.last_login_at = user.login_count + 1, at.now
    token = tokens.made(tokens.SESSION)
    row = LoginSession(user_id=user.id, token_hash=tokens.digest(token), method=method, is_remembered=wish.remember)
    row.csrf_token_hash = tokens.digest(tokens.against_forgery(token)) if wish.cookie else None
    row.type = "ADMIN" if user.is_superuser else "USER"
    row.ip_address, row.user_agent = at.address, at.user_agent
    row.created_at = row.last_seen_at = at.now
    row.expires_at = at.now + (REMEMBERED_LIFE if wish.remember else SESSION_LIFE)
    session.add(row)
    await session.flush()
    note(session, "LOGIN", at, user_id=user.id, session_id=row.id)
    await session.flush()
    return SignedIn(row, token)

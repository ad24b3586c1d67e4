"""How people come to a new password, by the old one or by e-mail."""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.services.accounts import tokens
from app.services.accounts.events import note
from app.services.accounts.notices import tell, was_told
from app.services.accounts.occasion import Begin, Occasion
from app.services.accounts.passwords import Passwords, Proof, check_password
from app.services.accounts.people import Account, find, is_alive, locked, tidied
from app.services.accounts.sessions import do_end, others
from app.services.accounts.signing_in import do_count, reason_against
from app.services.refusals import Refusal, Refused, check
from models.identity import User

NOBODY_THERE = Refusal("BAD_USER_INPUT", "token", "is not good, or not any more: ask for another")
WRONG = Refusal("BAD_USER_INPUT", "oldPassword", "is wrong, or sign-in is locked for a while")


@dataclass(frozen=True, slots=True)
class Change:
    """A password and the one that is to take its place."""

    old: str = field(repr=False)
    new: str = field(repr=False)


async def ask_for_new_password(session: AsyncSession, email: str, at: Occasion) -> None:
    """Send a token to whose address it is; whether there is anybody cannot be seen from here."""
    account = await find(session, tidied(email))
    user = await locked(session, account.id) if account else None
    if user is None or not is_alive(user) or await was_told(session, user.id, "account.reset_password", at.now):
        return
    given = await tokens.give(session, user.id, user.email, "PASSWORD_RESET", at)
    await tell(session, user.id, "account.reset_password", at, given)


async def reset_password(begin: Begin, passwords: Passwords, token: str, new: str, at: Occasion) -> UUID:
    """Whose password is `new` from now on, by the token that was sent; all sessions end. Raises Refused."""
    check(check_password(new, "", "newPassword"))
    hashed = await passwords.hash(new)
    async with begin() as session:
        holder = await tokens.use(session, token, "PASSWORD_RESET", at)
        user = await locked(session, holder.user_id)
        check([] if user and is_alive(user) and user.email == holder.email else [NOBODY_THERE])
        assert user is not None
        check(check_password(new, user.email, "newPassword"))
        user.failed_login_attempts, user.locked_until = 0, None
        _prove_address(session, user, at)
        ended = await _replace(session, user, hashed, None, at)
        note(session, "PASSWORD_RESET", at, {"ended_sessions": ended}, user_id=user.id)
        await session.flush()
        return user.id


async def change_password(
    begin: Begin, passwords: Passwords, user_id: UUID, session_id: UUID | None, change: Change, at: Occasion
) -> int:
    """Put the new password in the old one's place; how many sessions ended, all but the one at hand.

    A wrong old password counts like a failed sign-in. Raises Refused after that is kept.
    """
    async with begin() as session:
        user = await session.get(User, user_id)
        account = Account(user_id, user.password_hash if user else None)
    check(check_password(change.new, user.email if user else "", "newPassword"))
    proof = await passwords.prove(account.password_hash, change.old)
    hashed = await passwords.hash(change.new) if proof.holds else None
    async with begin() as session:
        ended = await _conclude(session, account, proof, hashed, session_id, at)
    if ended is None:
        raise Refused([WRONG])
    return ended


async def _conclude(
    session: AsyncSession, account: Account, proof: Proof, hashed: str | None, spared: UUID | None, at: Occasion
) -> int | None:
    """How many sessions ended; None after a failure was counted."""
    user = await locked(session, account.id)
    reason = reason_against(user, account, proof, at.now)
    if reason is not None or user is None or hashed is None:
        await do_count(session, user, reason or "UNKNOWN", at, doing="CHANGE_PASSWORD")
        return None
    ended = await _replace(session, user, hashed, spared, at)
    note(session, "PASSWORD_CHANGED", at, {"ended_sessions": ended}, user_id=user.id, session_id=spared)
    await session.flush()
    return ended


def _prove_address(session: AsyncSession, user: User, at: Occasion) -> None:
    """Who read what was sent there has the address, too."""
    if user.email_verified_at is None:
        user.email_verified_at = at.now
        note(session, "EMAIL_VERIFIED", at, user_id=user.id)


async def _replace(session: AsyncSession, user: User, hashed: str, spared: UUID | None, at: Occasion) -> int:
    """Write the new hash; what the old one opened is shut. How many sessions that were."""
    user.password_hash = hashed
    await tokens.withdraw(session, user.id, "PASSWORD_RESET", at)
    return len(await do_end(session, "PASSWORD_CHANGED", at, *others(user.id, spared)))

"""How people come to have an account, and prove their address."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.accounts import tokens
from app.services.accounts.events import note
from app.services.accounts.notices import tell, times_told, was_told
from app.services.accounts.occasion import Begin, Occasion
from app.services.accounts.passwords import Passwords
from app.services.accounts.people import NewPerson, check_person, do_open, find, is_alive, locked, tidied
from app.services.refusals import Refusal, Refused, check
from models.identity import User

MOST_A_DAY = 5
"""Tokens that are sent to one address within 24 hours."""


async def register(begin: Begin, passwords: Passwords, new: NewPerson, at: Occasion) -> None:
    """An account, whose owner gets a token by e-mail; where there is one already, its owner is told instead.

    Nobody can see from here which of the two it was. Raises Refused with what is wrong with what was said.
    """
    new = new.tidied()
    check(check_person(new))
    hashed = await passwords.hash(new.password)
    async with begin() as session:
        await do_register(session, new, hashed, at)


async def do_register(session: AsyncSession, new: NewPerson, password_hash: str, at: Occasion) -> None:
    """Write the account, or tell the owner of the one that there is."""
    opened = await do_open(session, new, password_hash, at.now)
    if opened is None:
        await _warn(session, new.email, at)
        return
    given = await tokens.give(session, opened, new.email, "EMAIL_VERIFICATION", at)
    await tell(session, opened, "account.verify_email", at, given)


async def _warn(session: AsyncSession, email: str, at: Occasion) -> None:
    account = await find(session, email)
    user = await session.get(User, account.id) if account else None
    if user and is_alive(user) and not await was_told(session, user.id, "account.already_registered", at.now):
        await tell(session, user.id, "account.already_registered", at)


async def send_again(session: AsyncSession, email: str, at: Occasion) -> None:
    """Send the token again to an address that is not proven; whether there is one cannot be seen from here.

    The one before it is worthless then. Once a minute, and MOST_A_DAY times a day, with the first: nobody fills
    another's mailbox.
    """
    account = await find(session, tidied(email))
    user = await locked(session, account.id) if account else None
    if user is None or not is_alive(user) or user.email_verified_at is not None:
        return
    if await was_told(session, user.id, "account.verify_email", at.now):
        return
    if await times_told(session, user.id, "account.verify_email", at.now - timedelta(days=1)) < MOST_A_DAY:
        given = await tokens.give(session, user.id, user.email, "EMAIL_VERIFICATION", at)
        await tell(session, user.id, "account.verify_email", at, given)


async def verify_email(session: AsyncSession, token: str, at: Occasion) -> UUID:
    """Whose address the token proves. Raises Refused if it is not good, or the address is another by now."""
    holder = await tokens.use(session, token, "EMAIL_VERIFICATION", at)
    proven = update(User).where(User.id == holder.user_id, User.email == holder.email).values(email_verified_at=at.now)
    if await session.scalar(proven.returning(User.id)) is None:
        raise Refused([Refusal("BAD_USER_INPUT", "token", "was sent to an address that is not yours any more")])
    note(session, "EMAIL_VERIFIED", at, user_id=holder.user_id)
    await session.flush()
    return holder.user_id

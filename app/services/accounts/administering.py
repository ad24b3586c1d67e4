"""What is done for people from the command line."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.services.accounts.events import note
from app.services.accounts.occasion import Begin, Occasion
from app.services.accounts.passwords import Passwords
from app.services.accounts.people import NewPerson, check_person, do_open, find, is_alive, locked, tidied
from app.services.refusals import Refusal, Refused, check


async def create_user(
    begin: Begin, passwords: Passwords, new: NewPerson, at: Occasion, *, is_superuser: bool = False
) -> UUID:
    """An account whose address is taken as proven. Raises Refused with every reason against it."""
    new = new.tidied()
    check(check_person(new))
    hashed = await passwords.hash(new.password)
    async with begin() as session:
        opened = await do_open(session, new, hashed, at.now, email_verified_at=at.now, is_superuser=is_superuser)
        if opened is None:
            raise Refused([Refusal("CONFLICT", "email", "is already taken by another user")])
        note(session, "PERMISSION_CHANGED", at, {"is_superuser": is_superuser, "account": "OPENED"}, user_id=opened)
        await session.flush()
        return opened


async def promote(session: AsyncSession, email: str, at: Occasion) -> UUID:
    """Who administers the platform from now on. Raises Refused if nobody has the address."""
    account = await find(session, tidied(email))
    user = await locked(session, account.id) if account else None
    if user is None or not is_alive(user):
        raise Refused([Refusal("NOT_FOUND", "email", "is not an active user's")])
    if not user.is_superuser:
        user.is_superuser = True
        note(session, "PERMISSION_CHANGED", at, {"is_superuser": True}, user_id=user.id)
        await session.flush()
    return user.id

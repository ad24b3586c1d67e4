"""What hand-written mutations share: who acts, when and from where, and how a refusal becomes userErrors."""

from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.services.accounts.occasion import Occasion
from app.services.refusals import Refusal, Refused
from graph.access.viewers import ADMIN
from graph.context import Info, UserError, user_errors

T = TypeVar("T")

SIGN_IN_FIRST = Refusal("UNAUTHENTICATED", "", "Sign in first")
ADMINS_ONLY = Refusal("FORBIDDEN", "", "Only administrators may do that")
WHY_NOT = "Why nothing was done; empty if it was."


def occasion(info: Info) -> Occasion:
    """When it is done, and from where."""
    return Occasion(info.context.now(), info.context.client)


def me(info: Info) -> UUID:
    """Who acts. Raises Refused if nobody signed in."""
    user: UUID | None = info.context.viewer.params.get("user")
    if user is None:
        raise Refused([SIGN_IN_FIRST])
    return user


def administrator(info: Info) -> UUID:
    """Who acts for the platform. Raises Refused if it is no administrator who signed in."""
    user = me(info)
    if info.context.viewer.kind != ADMIN:
        raise Refused([ADMINS_ONLY])
    return user


async def tried(work: Callable[[], Awaitable[T]]) -> tuple[T | None, list[UserError]]:
    """What `work` gives, or why it refuses."""
    try:
        return await work(), []
    except Refused as refused:
        return None, user_errors(refused)


async def done(info: Info, work: Callable[[AsyncSession], Awaitable[T]]) -> tuple[T | None, list[UserError]]:
    """The same in a transaction."""

    async def within() -> T:
        async with info.context.database.transaction() as session:
            return await work(session)

    return await tried(within)

"""On whose behalf something is done, and how what a service says of it is told."""

from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.accounts.occasion import Occasion
from app.services.reach import Reach
from app.services.refusals import Refusal, Refused
from graph.access.policy import is_named
from graph.access.viewers import ADMIN, KEY, scopes_of
from graph.context import Info, UserError, user_errors
from graph.engine.access import Viewer

T = TypeVar("T")

SIGN_IN_FIRST = Refusal("UNAUTHENTICATED", "", "Sign in first")
ADMINS_ONLY = Refusal("FORBIDDEN", "", "Only administrators may do that")
WHY_NOT = "Why nothing was done; empty if it was."


def acting_for(viewer: Viewer, given: UUID | None, field: str) -> UUID:
    """The person for whom `viewer` may act: themselves, or for administrators whoever is `given`. Raises Refused."""
    own = viewer.params.get("user")
    if viewer.kind == ADMIN and given is not None:
        return given
    if own is None:
        raise Refused([Refusal("UNAUTHENTICATED", field, "must be somebody who signed in")])
    if given not in (None, own):
        raise Refused([Refusal("FORBIDDEN", field, "must be yourself")])
    return own  # type: ignore[no-any-return]


def reach_of(viewer: Viewer, table: Table, reads: str = "MANAGER") -> Reach:
    """Of which businesses `viewer` may read and write rows of `table`: managers do both, who has the role `reads` one.

    A key reaches its own business, as far as its scopes name the table.
    """
    if viewer.kind == ADMIN:
        return Reach(None, None, viewer.params.get("user"))
    if viewer.kind.startswith(KEY):
        own, scopes = frozenset([viewer.params["business"]]), scopes_of(viewer.kind)
        read, written = (own if is_named(table, scopes, writing) else frozenset() for writing in (False, True))
        return Reach(read, written)
    read, written = (frozenset(viewer.params.get(role.lower(), ())) for role in (reads, "MANAGER"))
    return Reach(read, written, viewer.params.get("user"))


def occasion(info: Info) -> Occasion:
    """When something is done, and from where."""
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


def here(info: Info) -> UUID:
    """The session at hand. Raises Refused if there is none."""
    session: UUID | None = info.context.viewer.params.get("session")
    if session is None:
        raise Refused([SIGN_IN_FIRST])
    return session


async def tried(work: Callable[[], Awaitable[T]]) -> tuple[T | None, list[UserError]]:
    """What `work` gives, or why it refuses."""
    try:
        return await work(), []
    except Refused as refused:
        return None, user_errors(refused)


async def done(info: Info, work: Callable[[AsyncSession], Awaitable[T]]) -> tuple[T | None, list[UserError]]:
    """The same in the transaction of the mutation's field."""

    async def within() -> T:
        return await work(await info.context.session())

    return await tried(within)


async def done_alone(info: Info, work: Callable[[AsyncSession], Awaitable[T]]) -> tuple[T | None, list[UserError]]:
    """The same in a transaction of its own, which ends with the work: what waits afterwards holds nothing up."""

    async def within() -> T:
        async with info.context.begin() as session:
            return await work(session)

    return await tried(within)

"""What a hand-written resolver finds in its context, and how its refusals are told."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.accounts.passwords import Passwords
from app.services.refusals import Refused
from graph.client import Client
from graph.engine.access import ANONYMOUS, Viewer


class Transactions(Protocol):
    """Where a session comes from that is committed at the end."""

    def transaction(self) -> AbstractAsyncContextManager[AsyncSession]:
        """A session for one root field of a mutation."""


class Allowance(NamedTuple):
    """One limit of a viewer, and what is left of it."""

    name: str
    unit: str
    window_seconds: int
    limit: int
    remaining: int
    reset_at: datetime


class Allowances(Protocol):
    """Who knows what is left of a viewer's limits."""

    async def standing(self, viewer: Viewer, context: Any) -> Sequence[Allowance]:
        """What is left of each limit of `viewer`."""


NOWHERE = Client()


@dataclass(frozen=True, slots=True)
class Context:
    """One request: on whose behalf, from where, and the way to write."""

    database: Transactions
    passwords: Passwords
    viewer: Viewer = ANONYMOUS
    client: Client = NOWHERE
    allowances: Allowances | None = None

    @property
    def is_known(self) -> bool:
        """Whether somebody signed in, or a program showed its key."""
        return self.viewer is not ANONYMOUS

    def now(self) -> datetime:
        """The moment of the request's work."""
        return datetime.now(UTC)


Info = strawberry.Info[Context, Any]


@strawberry.type(description="A reason why a mutation did nothing.")
class UserError:
    """A reason why a mutation did nothing."""

    code: str = strawberry.field(
        description="BAD_USER_INPUT, NOT_FOUND, CONFLICT, UNAUTHENTICATED, FORBIDDEN or RATE_LIMITED."
    )
    field: str | None = strawberry.field(description="The input field it is about; null if it is about none.")
    message: str = strawberry.field(description="What is wrong, in a sentence.")


def user_errors(refused: Refused) -> list[UserError]:
    """What a client is told of a service's refusal."""
    said = ((r, f"{r.field} {r.message}.".lstrip()) for r in refused.refusals)
    return [UserError(code=r.code, field=r.field or None, message=message) for r, message in said]

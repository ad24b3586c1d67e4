"""What a hand-written resolver finds in its context, and how its refusals are told."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.refusals import Refused
from graph.engine.access import ANONYMOUS, Viewer


class Transactions(Protocol):
    """Where a session comes from that is committed at the end."""

    def transaction(self) -> AbstractAsyncContextManager[AsyncSession]:
        """A session for one root field of a mutation."""


@dataclass(frozen=True, slots=True)
class Context:
    """One request: on whose behalf, and the way to write."""

    database: Transactions
    viewer: Viewer = ANONYMOUS

    def now(self) -> datetime:
        """The moment of the request's work."""
        return datetime.now(UTC)


Info = strawberry.Info[Context, Any]


@strawberry.type(description="A reason why a mutation did nothing.")
class UserError:
    """A reason why a mutation did nothing."""

    code: str = strawberry.field(description="BAD_USER_INPUT, NOT_FOUND, CONFLICT or FORBIDDEN.")
    field: str | None = strawberry.field(description="The input field it is about.")
    message: str = strawberry.field(description="What is wrong, in a sentence.")


def user_errors(refused: Refused) -> list[UserError]:
    """What a client is told of a service's refusal."""
    return [UserError(code=r.code, field=r.field, message=f"{r.field} {r.message}.") for r in refused.refusals]

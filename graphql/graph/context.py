"""What a hand-written resolver finds in its context, and how its refusals are told."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

import orjson
import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.accounts.passwords import Passwords
from app.services.accounts.providers import Provider
from app.services.refusals import Refusal, Refused
from graph.client import Client
from graph.engine.access import ANONYMOUS, Viewer
from graph.engine.writing.refusals import note_denials


class Work(Protocol):
    """One transaction, begun when it is first needed."""

    async def session(self) -> AsyncSession:
        """The session of the transaction."""

    async def fetch(self, statement: str, *args: Any) -> Sequence[Any]:
        """Run a statement in the transaction."""


class Transactions(Protocol):
    """Where transactions come from."""

    def work(self, actor: str) -> AbstractAsyncContextManager[Work]:
        """A transaction on behalf of `actor`, committed at the end or undone by an exception."""

    def transaction(self, actor: str = "") -> AbstractAsyncContextManager[AsyncSession]:
        """The session of a transaction that nothing else is part of."""


class Cookies(Protocol):
    """The browser's cookie, which keeps a session's token where no page can read it."""

    token: str | None
    """The token of the session that the cookie opened."""

    def check(self) -> list[Refusal]:
        """What is against a cookie in the answer."""

    def keep(self, token: str, seconds: int | None) -> None:
        """Have the browser keep `token`, for so long or until it is closed."""

    def drop(self) -> None:
        """Have the browser forget the token."""


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


def nobody_waits() -> None:
    """Tell nobody that there is work to do beside the requests."""


def nobody_listens(topic: str, payload: bytes) -> None:
    """Tell nobody what is worth no row."""


def nothing_to_seal_with(text: str) -> str:
    """Refuse: whoever made the context has no secret of the process."""
    raise RuntimeError("Nothing can be sealed here.")


@dataclass(frozen=True, slots=True)
class Context:
    """One request: on whose behalf, from where, and the way to write."""

    database: Transactions
    passwords: Passwords
    viewer: Viewer = ANONYMOUS
    client: Client = NOWHERE
    cookies: Cookies | None = None
    """None where an answer can bring none, as over WebSocket."""
    provider: Provider | None = None
    """Who else vouches for people, if anybody does."""
    wake: Callable[[], None] = nobody_waits
    """Tells whoever works beside the requests that there is something to do."""
    tell: Callable[[str, bytes], None] = nobody_listens
    """Tells whoever follows a topic, in any process, what is worth no row; at most 4,096 bytes, or ValueError."""
    allowances: Allowances | None = None
    seal: Callable[[str], str] = nothing_to_seal_with
    """Seals what is kept in the database and read by nobody but the process."""
    work: Work | None = None
    """The transaction of the mutation's field, or of all its fields."""

    operation: str | None = None
    """The mutation that is done."""

    @asynccontextmanager
    async def working(self, operation: str | None = None) -> AsyncIterator["Context"]:
        """The same context with a transaction, committed at the end or undone by an exception."""
        mine = replace(self, operation=operation or self.operation)
        async with self.database.work(actor_of(mine)) as work:
            yield replace(mine, work=work)

    def begin(self) -> AbstractAsyncContextManager[AsyncSession]:
        """The session of a transaction that nothing else is part of."""
        return self.database.transaction(actor_of(self))

    @property
    def who(self) -> str:
        """Who acts, as far as it is known: what one of them keeps for later is no other's."""
        params = self.viewer.params
        known = next((f"{name}:{params[name]}" for name in ("user", "key", "visitor") if params.get(name)), None)
        return known or f"{self.viewer.kind}:{self.client.ip}"

    async def session(self) -> AsyncSession:
        """The session of the transaction at hand."""
        assert self.work is not None, "Only what a mutation does has a transaction."
        return await self.work.session()

    async def fetch(self, statement: str, *args: Any) -> Sequence[Any]:
        """Run a statement in the transaction at hand."""
        assert self.work is not None, "Only what a mutation does has a transaction."
        return await self.work.fetch(statement, *args)

    @property
    def is_known(self) -> bool:
        """Whether somebody signed in, or a program showed its key."""
        return self.viewer is not ANONYMOUS

    def now(self) -> datetime:
        """The moment of the request's work."""
        return datetime.now(UTC)


def actor_of(context: Context) -> str:
    """Who acts, and from where, as the record in the database keeps it: JSON."""
    names = ("user", "session", "key", "agent", "visitor")
    known = {name: str(value) for name in names if (value := context.viewer.params.get(name)) is not None}
    client = context.client
    place = {"ip": client.address and str(client.address), "user_agent": client.user_agent}
    more = {"operation": context.operation, "request": client.request_id, **place}
    return orjson.dumps(known | {name: value for name, value in more.items() if value}).decode()


Info = strawberry.Info[Context, Any]


@strawberry.type(description="A reason why a mutation did nothing.")
class UserError:
    """A reason why a mutation did nothing."""

    code: str = strawberry.field(
        description="BAD_USER_INPUT, NOT_FOUND, CONFLICT, UNAUTHENTICATED, FORBIDDEN or RATE_LIMITED."
    )
    field: str | None = strawberry.field(description="The input field it is about; null if it is about none.")
    message: str = strawberry.field(description="What is wrong, in a sentence.")
    index: int | None = strawberry.field(
        default=None, description="Which of the given rows it is about, from 0; null if one was given."
    )


def user_errors(refused: Refused) -> list[UserError]:
    """What a client is told of a service's refusal."""
    note_denials(refused.refusals)
    return [UserError(code=r.code, field=r.field or None, message=r.sentence) for r in refused.refusals]

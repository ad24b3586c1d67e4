"""Chats to follow: a log with a note in it, the people who may read it, and subscriptions as a client begins them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson

from graph.access.viewers import person
from graph.engine.access import ANONYMOUS, Viewer
from graph.engine.answer import Answer, Engine, Operation
from graph.engine.planning.planner import Strategy, inlined
from graph.engine.running.feeds import DeskFollowing, Following, Read
from graph.engine.schema.schema import Schema
from tests.api import Insert, Json, a_business, a_user

LOG = (
    # what happened, what was said, whether only staff may know of it
    ("STARTED", None, False),
    ("MESSAGE_SENT", "Hello", False),
    ("NOTE_ADDED", "A regular", True),
    ("OFFERED", None, True),
    ("MESSAGE_SENT", "Where is my order?", False),
    ("MESSAGES_READ", None, False),
)


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat, and who has to do with it."""

    id: UUID
    business: UUID
    visitor: UUID
    staff: UUID
    agent: UUID

    @property
    def name(self) -> str:
        """Its global ID."""
        return f"chat_session_{self.id}"

    @property
    def as_visitor(self) -> Viewer:
        """The browser in it."""
        return Viewer("visitor", {"visitor": self.visitor, "chat": self.id})

    @property
    def as_staff(self) -> Viewer:
        """A member of the business."""
        return person(self.staff, roles={self.business: "STAFF"})


async def a_chat(insert: Insert, slug: str = "shop", log: Sequence[tuple[str, str | None, bool]] = LOG) -> Chat:
    """A chat of the business `slug` whose log is `log`."""
    business, staff = await a_business(insert, slug), await a_user(insert, f"Sam-{slug}")
    agent = await insert("chat.chat_agents", business_id=business, user_id=staff, name="Sam")
    visitor = await insert("chat.visitors", business_id=business, key=uuid4().hex)
    seen = sum(not hidden for _, _, hidden in log)
    session = await insert(
        "chat.chat_sessions",
        business_id=business,
        visitor_id=visitor,
        assigned_agent_id=agent,
        token_hash=uuid4().hex,
        subject="Orders",
        tags=["vip"],
        epoch=3,
        staff_seq=len(log),
        visitor_seq=seen,
    )
    chat = Chat(session, business, visitor, staff, agent)
    number = 0
    for place, (type_, said, hidden) in enumerate(log, start=1):
        number += not hidden
        await _entry(insert, chat, type_, said, place, None if hidden else number)
    return chat


async def _entry(insert: Insert, chat: Chat, type_: str, said: str | None, staff: int, visitor: int | None) -> None:
    speaks = "AGENT" if type_ == "NOTE_ADDED" else "VISITOR"
    message = said and await insert(
        "chat.chat_messages",
        session_id=chat.id,
        sender_type=speaks,
        sender_name="Vi",
        content=said,
        is_internal=type_ == "NOTE_ADDED",
    )
    await insert(
        "chat.chat_events",
        session_id=chat.id,
        staff_seq=staff,
        visitor_seq=visitor,
        type=type_,
        actor_type=speaks,
        message_id=message,
        payload="{}",
    )


@dataclass(slots=True)
class Client:
    """Somebody who subscribes."""

    engine: Engine
    connection: asyncpg.Connection = field(repr=False)
    viewer: Viewer = ANONYMOUS
    statements: list[str] = field(default_factory=list)

    async def follow(self, query: str, name: str | None = None, **variables: Any) -> Following:
        """A subscription to a log; it is not refused."""
        followed = await self.engine.subscribe(Operation(query, variables, name, self.viewer))
        assert isinstance(followed, Following), followed
        return followed

    async def desk(self, query: str, **variables: Any) -> DeskFollowing:
        """A subscription to a desk; it is not refused."""
        followed = await self.engine.subscribe(Operation(query, variables, viewer=self.viewer))
        assert isinstance(followed, DeskFollowing), followed
        return followed

    async def refusal(self, query: str, name: str | None = None, **variables: Any) -> Json:
        """The first error of a subscription that is refused."""
        answer = await self.engine.subscribe(Operation(query, variables, name, self.viewer))
        assert isinstance(answer, Answer)
        assert answer.failed and answer.refused
        error, *_ = orjson.loads(answer.body)["errors"]
        return error

    async def read(self, following: Following, after: int = 0, limit: int = 100) -> Read:
        """What is read; the row is there."""
        self.statements.clear()
        with self.connection.query_logger(self._log):
            found = await following.read(after, limit)
            await asyncio.sleep(0)
        assert found is not None
        return found

    def _log(self, record: Any) -> None:
        """Note a statement that is not the driver's own."""
        statement = record.query.lstrip()
        if statement.startswith("SELECT") and "current_setting" not in statement:
            self.statements.append(statement)

    async def entries(self, following: Following, after: int = 0, limit: int = 100) -> list[Json]:
        """The entries that are read, as a client sees them."""
        found = await self.read(following, after, limit)
        return [data(entry.body) for entry in found.entries]


def client(connection: asyncpg.Connection, schema: Schema, viewer: Viewer, strategy: Strategy = inlined) -> Client:
    """Somebody who subscribes over the test's own connection."""

    @asynccontextmanager
    async def connections() -> AsyncIterator[asyncpg.Connection]:
        yield connection

    derived = schema.derived
    return Client(Engine(schema, derived.graph, derived.access, connections, strategy=strategy), connection, viewer)


def data(body: bytes) -> Json:
    """What a body holds under the response key of the subscription."""
    ((found,),) = [orjson.loads(body)["data"].values()]
    return found

"""The usual way: Strawberry types over SQLAlchemy's ORM, a session for each request, a DataLoader for each relation.

Written as a good tutorial would: relations are loaded in batches, a page for each parent by row_number(); documents
are parsed and validated once.
"""

import asyncio
import os
from collections.abc import Callable, Hashable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, Self, TypeAlias, TypeVar, get_args
from uuid import UUID

import strawberry
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import InstrumentedAttribute, aliased
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import Receive, Scope, Send
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.extensions import ParserCache, ValidationCache

from app.database import sqlalchemy_url
from models import agents, business, freelance, identity
from models.agents import conversations
from models.base import Entity
from models.freelance import escrow, jobs
from models.uuid7 import uuid7_floor

T = TypeVar("T")


def enumeration(name: str, members: Any) -> Any:
    """A Strawberry enum of the alias `members` of a Literal."""
    make: Any = StrEnum
    return strawberry.enum(make(name, {member: member for member in get_args(members)}))


if TYPE_CHECKING:
    JobStatus: TypeAlias = str
    EscrowStatus: TypeAlias = str
    ConversationOutcome: TypeAlias = str
    MessageRole: TypeAlias = str
else:
    JobStatus = enumeration("JobStatus", jobs.JobStatus)
    EscrowStatus = enumeration("EscrowStatus", escrow.EscrowStatus)
    ConversationOutcome = enumeration("ConversationOutcome", conversations.ConversationOutcome)
    MessageRole = enumeration("MessageRole", conversations.MessageRole)


class Loaders:
    """The loaders of a request, made when first asked for; they share its session."""

    def __init__(self, session: AsyncSession) -> None:
        self.session, self.turn = session, asyncio.Lock()
        self.made: dict[Hashable, DataLoader[UUID, Any]] = {}

    async def all(self, query: Select[Any]) -> Sequence[Any]:
        """The entities that `query` selects; one query at a time, as a session must be used."""
        async with self.turn:
            return (await self.session.scalars(query)).all()

    def one(self, key: InstrumentedAttribute[Any]) -> DataLoader[UUID, Any]:
        """Loads the row whose `key` is given."""
        return self._loader(key, lambda: partial(self._load_one, key))

    def page(self, key: InstrumentedAttribute[Any], first: int | None, last: int | None) -> DataLoader[UUID, list[Any]]:
        """Loads the first or last rows whose `key` is given, by id."""
        return self._loader((key, first, last), lambda: partial(self._load_page, key, first, last))

    def _loader(self, name: Hashable, loading: Callable[[], Callable[..., Any]]) -> DataLoader[UUID, Any]:
        if name not in self.made:
            self.made[name] = DataLoader(load_fn=loading())
        return self.made[name]

    async def _load_one(self, key: InstrumentedAttribute[Any], ids: list[UUID]) -> list[Any]:
        rows = await self.all(select(key.class_).where(key.in_(ids)))
        found = {getattr(row, key.key): row for row in rows}
        return [found.get(id_) for id_ in ids]

    async def _load_page(
        self, key: InstrumentedAttribute[Any], first: int | None, last: int | None, ids: list[UUID]
    ) -> list[list[Any]]:
        class_: Any = key.class_
        order = class_.id.desc() if last else class_.id
        place = func.row_number().over(partition_by=key, order_by=order).label("place")
        numbered = select(class_, place).where(key.in_(ids), *until_now(class_)).subquery()
        row = aliased(class_, numbered)
        rows = await self.all(select(row).where(numbered.c.place <= (last or first)).order_by(row.id))
        found: dict[UUID, list[Any]] = {id_: [] for id_ in ids}
        for each in rows:
            found[getattr(each, key.key)].append(each)
        return [found[id_] for id_ in ids]


def until_now(class_: type[Entity]) -> list[ColumnElement[bool]]:
    """On partitioned tables: what keeps a query out of the partitions ahead."""
    if not class_.time_column:
        return []
    return [class_.id < uuid7_floor(datetime.now(UTC) + timedelta(seconds=1))]


Info = strawberry.Info[dict[str, Any], None]


def loaders(info: Info) -> Loaders:
    """The request's loaders."""
    found: Loaders = info.context["loaders"]
    return found


def global_id(type_: str, row: Entity) -> strawberry.ID:
    """The global ID of `row`."""
    return strawberry.ID(f"{type_}_{row.id}")


def uuid_of(id_: str) -> UUID:
    """The uuid in a global ID."""
    return UUID(id_.rpartition("_")[2])


@strawberry.type
class Connection(Generic[T]):
    """A page of a list."""

    nodes: list[T]


@strawberry.type
class Escrow:
    """Money held for a job."""

    id: strawberry.ID
    amount: Decimal
    status: EscrowStatus

    @classmethod
    def of(cls, row: freelance.Escrow) -> Self:
        """The object for `row`."""
        return cls(id=global_id("escrow", row), amount=row.amount, status=row.status)


@strawberry.type
class Review:
    """What one side of a job says of the other."""

    id: strawberry.ID
    rating: int
    comment: str | None

    @classmethod
    def of(cls, row: freelance.Review) -> Self:
        """The object for `row`."""
        return cls(id=global_id("review", row), rating=row.rating, comment=row.comment)


@strawberry.type
class User:
    """A person."""

    key: strawberry.Private[UUID]
    id: strawberry.ID
    first_name: str
    last_name: str

    @classmethod
    def of(cls, row: identity.User) -> Self:
        """The object for `row`."""
        return cls(key=row.id, id=global_id("user", row), first_name=row.first_name, last_name=row.last_name)

    @strawberry.field
    async def jobs_posted(self, info: Info, first: int = 20) -> Connection["Job"]:
        """Jobs this person offers."""
        rows = await loaders(info).page(freelance.Job.client_id, first, None).load(self.key)
        return Connection(nodes=[Job.of(row) for row in rows])

    @strawberry.field
    async def reviews(self, info: Info, first: int = 20) -> Connection[Review]:
        """Reviews this person received."""
        rows = await loaders(info).page(freelance.Review.reviewee_id, first, None).load(self.key)
        return Connection(nodes=[Review.of(row) for row in rows])


@strawberry.type
class Application:
    """A freelancer's offer to do a job."""

    id: strawberry.ID
    proposed_amount: Decimal
    freelancer_key: strawberry.Private[UUID]

    @classmethod
    def of(cls, row: freelance.Application) -> Self:
        """The object for `row`."""
        id_ = global_id("application", row)
        return cls(id=id_, proposed_amount=row.proposed_amount, freelancer_key=row.freelancer_id)

    @strawberry.field
    async def freelancer(self, info: Info) -> User | None:
        """Who applies."""
        row = await loaders(info).one(identity.User.id).load(self.freelancer_key)
        return row and User.of(row)


@strawberry.type
class Job:
    """Work that a client offers."""

    key: strawberry.Private[UUID]
    client_key: strawberry.Private[UUID]
    id: strawberry.ID
    title: str
    status: JobStatus
    budget: Decimal
    currency: str
    created_at: datetime

    @classmethod
    def of(cls, row: freelance.Job) -> Self:
        """The object for `row`."""
        return cls(
            key=row.id,
            client_key=row.client_id,
            id=global_id("job", row),
            title=row.title,
            status=row.status,
            budget=row.budget,
            currency=row.currency,
            created_at=row.created_at,
        )

    @strawberry.field
    async def client(self, info: Info) -> User | None:
        """Who offers it."""
        row = await loaders(info).one(identity.User.id).load(self.client_key)
        return row and User.of(row)

    @strawberry.field
    async def escrow(self, info: Info) -> Escrow | None:
        """The money held for it."""
        row = await loaders(info).one(freelance.Escrow.job_id).load(self.key)
        return row and Escrow.of(row)

    @strawberry.field
    async def applications(self, info: Info, first: int = 20) -> Connection[Application]:
        """Who applied."""
        rows = await loaders(info).page(freelance.Application.job_id, first, None).load(self.key)
        return Connection(nodes=[Application.of(row) for row in rows])


@strawberry.type
class Metric:
    """A measured value."""

    id: strawberry.ID
    name: str
    value: Decimal | None
    recorded_at: datetime

    @classmethod
    def of(cls, row: business.Metric) -> Self:
        """The object for `row`."""
        return cls(id=global_id("metric", row), name=row.name, value=row.value, recorded_at=row.recorded_at)


@strawberry.type
class Domain:
    """An area of a business."""

    key: strawberry.Private[UUID]
    id: strawberry.ID
    name: str

    @classmethod
    def of(cls, row: business.Domain) -> Self:
        """The object for `row`."""
        return cls(key=row.id, id=global_id("domain", row), name=row.name)

    @strawberry.field
    async def metrics(self, info: Info, first: int | None = None, last: int | None = None) -> Connection[Metric]:
        """What was measured in it."""
        rows = await loaders(info).page(business.Metric.domain_id, first, last).load(self.key)
        return Connection(nodes=[Metric.of(row) for row in rows])


@strawberry.type
class Business:
    """A tenant."""

    key: strawberry.Private[UUID]
    id: strawberry.ID
    name: str

    @classmethod
    def of(cls, row: business.Business) -> Self:
        """The object for `row`."""
        return cls(key=row.id, id=global_id("business", row), name=row.name)

    @strawberry.field
    async def domains(self, info: Info, first: int = 20) -> Connection[Domain]:
        """Its areas."""
        rows = await loaders(info).page(business.Domain.business_id, first, None).load(self.key)
        return Connection(nodes=[Domain.of(row) for row in rows])


@strawberry.type
class Message:
    """One thing said."""

    id: strawberry.ID
    role: MessageRole
    content: str
    created_at: datetime

    @classmethod
    def of(cls, row: agents.Message) -> Self:
        """The object for `row`."""
        return cls(id=global_id("message", row), role=row.role, content=row.content, created_at=row.created_at)


@strawberry.type
class Conversation:
    """What a person and an agent said to each other."""

    key: strawberry.Private[UUID]
    id: strawberry.ID
    started_at: datetime
    outcome: ConversationOutcome

    @classmethod
    def of(cls, row: agents.Conversation) -> Self:
        """The object for `row`."""
        return cls(key=row.id, id=global_id("conversation", row), started_at=row.started_at, outcome=row.outcome)

    @strawberry.field
    async def messages(self, info: Info, first: int | None = None, last: int | None = None) -> Connection[Message]:
        """What was said."""
        rows = await loaders(info).page(agents.Message.conversation_id, first, last).load(self.key)
        return Connection(nodes=[Message.of(row) for row in rows])


@strawberry.type
class Agent:
    """An AI agent."""

    key: strawberry.Private[UUID]
    id: strawberry.ID
    name: str

    @classmethod
    def of(cls, row: agents.Agent) -> Self:
        """The object for `row`."""
        return cls(key=row.id, id=global_id("agent", row), name=row.name)

    @strawberry.field
    async def conversations(
        self, info: Info, first: int | None = None, last: int | None = None
    ) -> Connection[Conversation]:
        """What it talked about."""
        rows = await loaders(info).page(agents.Conversation.agent_id, first, last).load(self.key)
        return Connection(nodes=[Conversation.of(row) for row in rows])


@strawberry.type
class Query:
    """Everything that can be read."""

    @strawberry.field
    async def job(self, info: Info, id: strawberry.ID) -> Job | None:
        """A job by its id."""
        row = await loaders(info).one(freelance.Job.id).load(uuid_of(id))
        return row and Job.of(row)

    @strawberry.field
    async def jobs(self, info: Info, first: int = 20) -> Connection[Job]:
        """All jobs."""
        rows = await loaders(info).all(select(freelance.Job).order_by(freelance.Job.id).limit(first))
        return Connection(nodes=[Job.of(row) for row in rows])

    @strawberry.field
    async def users(self, info: Info, first: int = 20) -> Connection[User]:
        """All people."""
        rows = await loaders(info).all(select(identity.User).order_by(identity.User.id).limit(first))
        return Connection(nodes=[User.of(row) for row in rows])

    @strawberry.field
    async def business(self, info: Info, id: strawberry.ID) -> Business | None:
        """A business by its id."""
        row = await loaders(info).one(business.Business.id).load(uuid_of(id))
        return row and Business.of(row)

    @strawberry.field
    async def agents(self, info: Info, first: int = 20) -> Connection[Agent]:
        """All agents."""
        rows = await loaders(info).all(select(agents.Agent).order_by(agents.Agent.id).limit(first))
        return Connection(nodes=[Agent.of(row) for row in rows])


class API(GraphQL[dict[str, Any], None]):
    """Strawberry's view, with a session and fresh loaders for each request."""

    def __init__(self, schema: strawberry.Schema, engine: AsyncEngine) -> None:
        super().__init__(schema, graphql_ide=None)
        self.engine = engine

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request within a session."""
        async with AsyncSession(self.engine) as session:
            scope["loaders"] = Loaders(session)
            await super().__call__(scope, receive, send)

    async def get_context(self, request: Any, response: Any) -> dict[str, Any]:
        """What resolvers are given."""
        return {"loaders": request.scope["loaders"]}


def create_app() -> Starlette:
    """The application; /graphql."""
    engine = create_async_engine(
        sqlalchemy_url(os.environ["BENCH_DSN"]),
        pool_size=int(os.environ["BENCH_POOL"]),
        max_overflow=0,
        connect_args={"server_settings": {"timezone": "UTC", "jit": "off"}},
    )
    schema = strawberry.Schema(Query, extensions=[ParserCache, ValidationCache])
    return Starlette(routes=[Route("/graphql", API(schema, engine))])

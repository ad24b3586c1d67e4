"""The usual way: Strawberry types over SQLAlchemy's ORM, a session for each request, a DataLoader for each relation.

Written as a good tutorial would: relations are loaded in batches, a page for each parent by row_number(); documents
are parsed and validated once.
"""

import os
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self, TypeAlias
from uuid import UUID

import strawberry
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import Receive, Scope, Send
from strawberry.asgi import GraphQL
from strawberry.extensions import ParserCache, ValidationCache

from app.database import sqlalchemy_url
from bench.usual_filters import JobFilter, JobOrder, JobStatus
from bench.usual_loaders import Connection, Info, Loaders, enumeration, global_id, loaders, uuid_of
from bench.usual_shop import Business, Product
from models import agents, business, catalog, freelance, identity
from models.agents import conversations
from models.freelance import escrow

if TYPE_CHECKING:
    EscrowStatus: TypeAlias = str
    ConversationOutcome: TypeAlias = str
    MessageRole: TypeAlias = str
else:
    EscrowStatus = enumeration("EscrowStatus", escrow.EscrowStatus)
    ConversationOutcome = enumeration("ConversationOutcome", conversations.ConversationOutcome)
    MessageRole = enumeration("MessageRole", conversations.MessageRole)


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
    country: str | None

    @classmethod
    def of(cls, row: identity.User) -> Self:
        """The object for `row`."""
        return cls(
            key=row.id,
            id=global_id("user", row),
            first_name=row.first_name,
            last_name=row.last_name,
            country=row.country,
        )

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
    async def jobs(
        self, info: Info, first: int = 20, filter: JobFilter | None = None, order_by: list[JobOrder] | None = None
    ) -> Connection[Job]:
        """All jobs, or those that fulfil `filter`."""
        conditions = filter.conditions() if filter else []
        order = [key for each in order_by or [] for key in each.ordering()]
        query = select(freelance.Job).where(*conditions).order_by(*order, freelance.Job.id).limit(first)
        rows = await loaders(info).all(query)
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
    async def products(self, info: Info, first: int = 20) -> Connection[Product]:
        """All products."""
        rows = await loaders(info).all(select(catalog.Product).order_by(catalog.Product.id).limit(first))
        return Connection(nodes=[Product.of(row) for row in rows])

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

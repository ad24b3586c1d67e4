"""The job market as its people use it: every row is arranged by mutations, and read back under the policies."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

import orjson
from graphql import GraphQLObjectType, get_named_type
from sqlalchemy import event

from app.database import Database
from app.services.accounts.passwords import Passwords
from graph.access import viewers
from graph.access.viewers import person
from graph.client import Client
from graph.context import Context
from graph.engine.access import Viewer
from graph.engine.answer import Engine, Operation
from graph.engine.schema.schema import Schema

Json = Any

SHOWN = {
    "job": "id status version publishedAt startedAt completedAt freelancer { id }",
    "application": "id status decidedAt currency proposedAmount",
    "escrow": "id status version amount fee heldAmount releasedAmount refundedAmount fundedAt frozenAt",
    "milestone": "id status feedback note deliverables completedAt",
    "milestones": "id status position title amount",
    "dispute": "id status version resolution disputedAmount freelancerAmount clientAmount answerDueAt resolvedAt",
    "evidence": "id type title isConfidential",
    "review": "id rating comment response isPublic reviewee { id }",
    "skillVerification": "id status level score rejectionReason verifiedBy { id }",
}
"""What is asked of each row of a payload."""

NOBODY = UUID("019a0000-0000-7000-8000-000000000000")
"""The id of no row."""

SAID: dict[str, dict[str, Any]] = {
    "applyForJob": {"proposedAmount": "1000.00"},
    "planMilestones": {"milestones": [{"title": "All of it", "amount": "1"}]},
    "rejectMilestone": {"feedback": "Not yet."},
    "openDispute": {"reason": "QUALITY", "description": "It does not work."},
    "answerDispute": {"answer": "It does."},
    "submitEvidence": {"title": "What I saw", "statement": "It was late."},
    "resolveDispute": {"freelancerAmount": "0", "decision": "So be it."},
    "writeReview": {"rating": 5},
    "respondToReview": {"response": "Thank you."},
    "verifySkill": {"level": "TESTED"},
    "rejectSkill": {"reason": "No proof."},
}
"""What a step is given beside the row it is about, where a test does not care."""

BROWSER = Client("192.0.2.7", "Firefox")

_NUMBERS = count(1)


@dataclass
class Deal:
    """A job between two people, and what has come of it so far."""

    client: Viewer
    freelancer: Viewer
    job: str = ""
    application: str = ""
    escrow: str = ""
    milestones: list[str] = field(default_factory=list)
    dispute: str = ""


@dataclass
class Market:
    """The API under its policies, asked by whoever a test says."""

    database: Database
    schema: Schema
    passwords: Passwords
    browser: Client = BROWSER

    def __post_init__(self) -> None:
        self.engine = Engine(self.schema, self.schema.derived.graph, self.schema.derived.access, self.acquire)

    def acquire(self, timeout: float | None = None) -> Any:
        """A connection to read from."""
        return self.database.reads.acquire(timeout)

    async def ask(self, viewer: Viewer, query: str, **variables: Any) -> Json:
        """The whole answer."""
        context = Context(self.database, self.passwords, viewer, self.browser)
        operation = Operation(query, variables, viewer=viewer, context=context)
        return orjson.loads((await self.engine.answer(operation)).body)

    async def does(self, viewer: Viewer, step: str, **given: Any) -> Json:
        """The payload of a step, with every row that it shows."""
        query = f"mutation($i: {step[0].upper()}{step[1:]}Input!) {{ {step}(input: $i) {{ {self._shown(step)} }} }}"
        answer = await self.ask(viewer, query, i={**SAID.get(step, {}), **given})
        assert "errors" not in answer, answer["errors"]
        return answer["data"][step]

    async def did(self, viewer: Viewer, step: str, **given: Any) -> Json:
        """The same of a step that is not refused."""
        payload = await self.does(viewer, step, **given)
        assert payload.pop("userErrors") == [], step
        return payload

    async def refused(self, viewer: Viewer, step: str, **given: Any) -> list[tuple[str, str | None]]:
        """The code and field of each reason why a step is refused; nothing is shown then."""
        payload = await self.does(viewer, step, **given)
        errors = payload.pop("userErrors")
        assert not any(payload.values()) or not errors
        return [(error["code"], error["field"]) for error in errors]

    def _shown(self, step: str) -> str:
        mutation = self.schema.core.mutation_type
        assert mutation is not None
        payload = get_named_type(mutation.fields[step].type)
        assert isinstance(payload, GraphQLObjectType)
        rows = " ".join(f"{name} {{ {SHOWN[name]} }}" for name in payload.fields if name != "userErrors")
        return f"{rows} userErrors {{ code field message }}"

    async def run(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        """What a statement finds or writes, past the API."""
        async with self.database.writes.begin() as connection:
            found = await connection.exec_driver_sql(statement, values)
            return [dict(row) for row in found.mappings()] if found.returns_rows else []

    async def person(self, name: str = "Ada", roles: dict[UUID, str] | None = None) -> Viewer:
        """Somebody new who signed in; member of businesses if `roles` says so."""
        email = f"{name.lower()}-{next(_NUMBERS)}@x.example"
        (row,) = await self.run(
            "INSERT INTO identity.users (email, first_name, last_name) VALUES ($1, $2, 'L') RETURNING id", email, name
        )
        return person(row["id"], roles=roles or {})

    async def administrator(self) -> Viewer:
        """Somebody new who administers the platform."""
        return Viewer(viewers.ADMIN, {"user": (await self.person("Root")).params["user"]})

    async def business(self) -> UUID:
        """A new business."""
        (row,) = await self.run(
            "INSERT INTO business.businesses (name, slug, type) VALUES ($1, $1, 'RETAIL') RETURNING id",
            f"shop-{next(_NUMBERS)}",
        )
        found: UUID = row["id"]
        return found

    async def draft(self, **more: Any) -> Deal:
        """A job that its client has not opened yet, and somebody who may want it."""
        deal = Deal(await self.person("Ada"), await self.person("Bob"))
        given = {"title": "Build it", "description": "All of it.", "budget": "1000.00", **more}
        deal.job = (await self.did(deal.client, "createJob", **given))["job"]["id"]
        return deal

    async def posted(self, **more: Any) -> Deal:
        """A job that is open to applications."""
        deal = await self.draft(**more)
        await self.did(deal.client, "publishJob", id=deal.job)
        return deal

    async def applied(self, amount: str = "1000.00", **more: Any) -> Deal:
        """A job that somebody applied for."""
        deal = await self.posted(**more)
        deal.application = await self.applies(deal.freelancer, deal.job, amount)
        return deal

    async def applies(self, viewer: Viewer, job: str, amount: str = "1000.00") -> str:
        """The ID of an application."""
        made = await self.did(viewer, "applyForJob", jobId=job, proposedAmount=amount)
        found: str = made["application"]["id"]
        return found

    async def accepted(self, amount: str = "1000.00", stages: Sequence[str] = (), **more: Any) -> Deal:
        """A job that was given to a freelancer, with its stages."""
        deal = await self.applied(amount, **more)
        deal.escrow = (await self.did(deal.client, "acceptApplication", id=deal.application))["escrow"]["id"]
        if stages:
            planned = [{"title": f"Stage {place}", "amount": part} for place, part in enumerate(stages, 1)]
            made = await self.did(deal.client, "planMilestones", jobId=deal.job, milestones=planned)
            deal.milestones = [row["id"] for row in made["milestones"]]
        return deal

    async def funded(self, amount: str = "1000.00", stages: Sequence[str] = (), **more: Any) -> Deal:
        """A job for which the client paid in."""
        deal = await self.accepted(amount, stages, **more)
        await self.did(deal.client, "fundEscrow", id=deal.escrow, reference="T-1")
        return deal

    async def submitted(self, amount: str = "1000.00", stages: Sequence[str] = ("1000.00",)) -> Deal:
        """A job of which the first stage was handed in."""
        deal = await self.funded(amount, stages)
        await self.did(deal.freelancer, "submitMilestone", id=deal.milestones[0])
        return deal

    async def disputed(self, amount: str = "1000.00", stages: Sequence[str] = ()) -> Deal:
        """A job about which its client opened a dispute."""
        deal = await self.funded(amount, stages)
        deal.dispute = (await self.did(deal.client, "openDispute", jobId=deal.job))["dispute"]["id"]
        return deal

    async def mediated(self, mediator: Viewer, amount: str = "1000.00") -> Deal:
        """A job about which there is a dispute that somebody mediates."""
        deal = await self.disputed(amount)
        await self.did(mediator, "mediateDispute", id=deal.dispute)
        return deal

    async def completed(self, amount: str = "1000.00") -> Deal:
        """A job that is done and paid for."""
        deal = await self.funded(amount)
        await self.did(deal.client, "releaseEscrow", id=deal.escrow)
        return deal

    async def status(self, id_: str) -> str:
        """The status of a row."""
        kind, _, key = id_.rpartition("_")
        entity = next(one for one in self.schema.derived.graph if one.prefix == kind)
        (row,) = await self.run(f"SELECT status FROM {entity.table.fullname} WHERE id = $1", UUID(key))
        found: str = row["status"]
        return found

    async def ledger(self, escrow: str) -> list[tuple[str, str, Decimal]]:
        """The movements of an escrow, in order: type, party and amount."""
        rows = await self.run(
            "SELECT type, party, amount FROM freelance.escrow_movements WHERE escrow_id = $1 ORDER BY id",
            UUID(escrow.removeprefix("escrow_")),
        )
        return [(row["type"], row["party"], row["amount"]) for row in rows]

    async def told(self, viewer: Viewer) -> list[str]:
        """What somebody was told, in order."""
        rows = await self.run(
            "SELECT data ->> 'template' AS template FROM support.notifications WHERE user_id = $1 ORDER BY id",
            viewer.params["user"],
        )
        return [row["template"] for row in rows]

    @asynccontextmanager
    async def counted(self) -> AsyncIterator[list[str]]:
        """The statements that mutations send meanwhile."""
        sent: list[str] = []

        def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
            sent.append(statement)

        engine = self.database.writes.sync_engine
        event.listen(engine, "before_cursor_execute", note)
        yield sent
        event.remove(engine, "before_cursor_execute", note)


def id_of(viewer: Viewer) -> str:
    """The global ID of who asks."""
    return f"user_{viewer.params['user']}"


def moment(text: str) -> datetime:
    """A moment as answers tell it."""
    return datetime.fromisoformat(text)

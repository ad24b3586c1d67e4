"""Where moves are made: the API as clients see it over a database where commits stay, and what its rows say then."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import asyncpg
import orjson
from graphql import GraphQLObjectType, get_named_type

from app.database import Database
from app.services.accounts.passwords import Passwords
from graph.access.viewers import person
from graph.client import Client
from graph.context import Context
from graph.engine.access import ADMIN, ANONYMOUS, Viewer
from graph.engine.answer import Engine, Operation
from graph.engine.schema.schema import Schema
from tests.freelance.model import OK
from tests.freelance.moves import ESCROW, EVERYBODY
from tests.freelance.states import (
    Application,
    Claim,
    Dispute,
    Escrow,
    Milestone,
    Movement,
    Person,
    Review,
    State,
    Step,
)

ABOUT = {
    **dict.fromkeys(("publishJob", "closeJob"), ("id", "job")),
    **dict.fromkeys(("applyForJob", "planMilestones", "openDispute", "writeReview"), ("jobId", "job")),
    **dict.fromkeys(
        ("shortlistApplication", "rejectApplication", "withdrawApplication", "acceptApplication"), ("id", "application")
    ),
    **dict.fromkeys(("fundEscrow", "releaseEscrow", "refundEscrow"), ("id", "escrow")),
    **dict.fromkeys(("startMilestone", "submitMilestone", "approveMilestone", "rejectMilestone"), ("id", "milestone")),
    **dict.fromkeys(("answerDispute", "mediateDispute", "withdrawDispute", "resolveDispute"), ("id", "dispute")),
    "submitEvidence": ("disputeId", "dispute"),
    "respondToReview": ("id", "review"),
    **dict.fromkeys(("verifySkill", "rejectSkill"), ("id", "skill_verification")),
}
"""Which argument of a step says what it is about, and of which type that is."""

TABLES = {"job": "freelance.jobs", "escrow": "freelance.escrows", "dispute": "freelance.disputes"}
"""Where what has a version is kept."""


def uuid_of(who: Person) -> UUID:
    """The id of a person of the cast."""
    return UUID(int=100 + EVERYBODY.index(who))


NAMES = {uuid_of(who): who.name for who in EVERYBODY if who.signed_in}


def viewer_of(who: Person) -> Viewer:
    """Who asks, as transports tell the engine."""
    if not who.signed_in:
        return ADMIN if who.is_admin else ANONYMOUS
    return Viewer("admin", {"user": uuid_of(who)}) if who.is_admin else person(uuid_of(who), roles={})


@dataclass(slots=True)
class Case:
    """A job that moves are made around, and the skill that goes with it."""

    id: UUID
    client: str
    is_over: bool
    known: dict[tuple[str, str], str] = field(default_factory=dict)
    """The IDs of rows that answers told, by their type and what the model calls them."""

    @property
    def state(self) -> State:
        """How it begins."""
        return State(self.client, self.is_over)

    def id_of(self, kind: str, target: str | None) -> str:
        """The ID of a row; one that is no row's where nobody told of it."""
        return self.known.get((kind, "job" if kind == "job" else target or ""), f"{kind}_{uuid4()}")

    @property
    def skill(self) -> str:
        """The skill that people claim."""
        return f"skill {self.id}"


class Answer(NamedTuple):
    """What a move came to: "ok" or the code of the first reason, and what was said of it."""

    result: str
    said: str


_ERRORS = "userErrors { code field message }"


class Stage:
    """The API under the policies, with the cast in its database."""

    def __init__(self, database: Database, schema: Schema) -> None:
        self.database, self.schema, self.passwords = database, schema, Passwords()
        self.engine = Engine(schema, schema.derived.graph, schema.derived.access, database.reads.acquire)
        self.documents: dict[str, str] = {}

    async def cast(self) -> None:
        """Write the people down, with what the law wants to know of them."""
        async with self.database.writes.begin() as connection:
            for who in EVERYBODY:
                for statement in _person(who) if who.signed_in else ():
                    await connection.exec_driver_sql(statement)

    async def opened(self, client: Person, is_over: bool = False) -> Case:
        """A draft of a job, whose deadline passed if `is_over`."""
        deadline = "now() - interval '1 day'" if is_over else "now() + interval '30 days'"
        draft = (
            "INSERT INTO freelance.jobs (client_id, title, description, budget, deadline) "
            f"VALUES ($1, 'Build it', 'All of it.', 100, {deadline}) RETURNING id"
        )
        async with self.database.writes.begin() as connection:
            found = await connection.exec_driver_sql(draft, (uuid_of(client),))
            case = Case(found.scalar_one(), client.name, is_over)
        case.known["job", "job"] = f"job_{case.id}"
        return case

    async def does(self, case: Case, who: Person, step: Step) -> Answer:
        """Make a move through the whole engine."""
        given = _input(case, step)
        context = Context(self.database, self.passwords, viewer_of(who), Client("192.0.2.7", "Desk/1.0", "r-1"))
        asked = Operation(self._document(step.do), {"input": given}, viewer=context.viewer, context=context)
        answer = orjson.loads((await self.engine.answer(asked)).body)
        assert "errors" not in answer, f"{who.name} {step} came to {answer['errors']}"
        payload = answer["data"][step.do]
        if errors := payload["userErrors"]:
            return Answer(errors[0]["code"], " ".join(error["message"] for error in errors))
        case.known.update(_learned(who, step, payload))
        return Answer(OK, "")

    async def meant(self, case: Case, step: Step) -> Step:
        """The step as it is sent: it names no row where the one that it means was never heard of."""
        _, kind = ABOUT.get(step.do, ("", "job"))
        if kind != "job" and (kind, step.target or "") not in case.known:
            step = replace(step, target=None)
        if step.version is not None:
            newest = await self._version(kind, case.id_of(kind, step.target))
            step = replace(step, version=newest - (step.version == "stale"))
        return step

    async def _version(self, kind: str, id_: str) -> int:
        """The newest version of a row; 1 if there is none."""
        query = f"SELECT version FROM {TABLES[kind]} WHERE id = $1"
        async with self.database.reads.acquire() as connection:
            found = await connection.fetchval(query, UUID(id_.rpartition("_")[2]))
        return int(found or 1)

    def _document(self, do: str) -> str:
        """The mutation, with the ids of all rows that it answers with."""
        if do not in self.documents:
            mutation = self.schema.core.mutation_type
            assert mutation is not None
            definition = mutation.fields[do]
            payload = get_named_type(definition.type)
            assert isinstance(payload, GraphQLObjectType)
            kinds = {name: str(get_named_type(one.type)) for name, one in payload.fields.items()}
            rows = (f"{name} {{ id{' title' if kind == 'Milestone' else ''} }}" for name, kind in kinds.items())
            said = " ".join([*(row for row, name in zip(rows, kinds, strict=True) if name != "userErrors"), _ERRORS])
            type_ = definition.args["input"].type
            self.documents[do] = f"mutation($input: {type_}) {{ {do}(input: $input) {{ {said} }} }}"
        return self.documents[do]

    async def rows(self, query: str) -> list[dict[str, Any]]:
        """What a statement finds."""
        async with self.database.reads.acquire() as connection:
            return [dict(row) for row in await connection.fetch(query)]

    async def state(self, case: Case) -> State:
        """What the database says of the job."""
        async with self.database.reads.acquire() as connection:
            return await Rows(connection, case).state()


def _input(case: Case, step: Step) -> dict[str, Any]:
    """What a step is asked with."""
    given = {name: _plain(value) for name, value in step.given.items()}
    if step.do == "claimSkill":
        return {**given, "skill": case.skill}
    argument, kind = ABOUT[step.do]
    given[argument] = case.id_of(kind, step.target)
    if step.version is not None:
        given["version"] = step.version
    if step.milestone is not None:
        given["milestoneId"] = case.id_of("milestone", step.milestone)
    return given


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return {name: _plain(one) for name, one in value.items()} if isinstance(value, dict) else value


def _learned(who: Person, step: Step, payload: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], str]]:
    """What an answer tells of rows that are new, by what the model calls them."""
    named = {"application": who.name, "review": who.name, "skill_verification": who.name, "escrow": ESCROW}
    named["dispute"] = step.given.get("description", "")
    made = {
        "applyForJob": "application",
        "acceptApplication": "escrow",
        "openDispute": "dispute",
        "writeReview": "review",
        "claimSkill": "skill_verification",
    }
    for row in (row for value in payload.values() for row in (value if isinstance(value, list) else [value]) if row):
        kind = row["id"].rpartition("_")[0] if "id" in row else ""
        if kind == "milestone":
            yield (kind, row["title"]), row["id"]
        elif kind == made.get(step.do):
            yield (kind, named[kind]), row["id"]


def _person(who: Person) -> Iterator[str]:
    id_, admin = uuid_of(who), "true" if who.is_admin else "false"
    yield (
        "INSERT INTO identity.users (id, email, first_name, last_name, is_superuser) "
        f"VALUES ('{id_}', '{who.name.lower()}@x.example', '{who.name}', 'X', {admin})"
    )
    if who.is_verified:
        yield (
            "INSERT INTO identity.kyc_verifications (user_id, status, document_type, reviewed_at, expires_at) "
            f"VALUES ('{id_}', 'APPROVED', 'PASSPORT', now(), now() + interval '1 year')"
        )
    if who.is_flagged:
        yield (
            "INSERT INTO identity.aml_checks (user_id, risk_score, is_flagged, reason) "
            f"VALUES ('{id_}', 99, true, 'The risk score is 99.')"
        )


def named(id_: UUID | None) -> Any:
    """The person of an id."""
    return None if id_ is None else NAMES[UUID(str(id_))]


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a case."""

    connection: Any
    case: Case

    async def of(self, table: str, where: str = "job_id = $1", order: str = "id") -> list[asyncpg.Record]:
        """Those of a table."""
        query = f"SELECT * FROM freelance.{table} WHERE {where} ORDER BY {order}"
        return list(await self.connection.fetch(query, self.case.id))

    async def state(self) -> State:
        """All of them, as the model calls them."""
        (job,) = await self.of("jobs", "id = $1")
        disputes = {row["id"]: row["description"] for row in await self.of("disputes")}
        return State(
            client=named(job["client_id"]),
            is_over=self.case.is_over,
            status=job["status"],
            version=job["version"],
            freelancer=named(job["freelancer_id"]),
            applications=await self._applications(),
            milestones=await self._milestones(),
            escrow=await self._escrow(),
            ledger=await self._ledger(disputes),
            disputes=await self._disputes(),
            evidence=await self._evidence(disputes),
            reviews=await self._reviews(),
            claims=await self._claims(),
        )

    async def _applications(self) -> tuple[Application, ...]:
        rows = await self.of("applications")
        found = (Application(named(row["freelancer_id"]), row["proposed_amount"], row["status"]) for row in rows)
        return tuple(sorted(found))

    async def _milestones(self) -> tuple[Milestone, ...]:
        rows = await self.of("milestones", order="position")
        assert [row["position"] for row in rows] == list(range(1, len(rows) + 1)), "positions have gaps"
        return tuple(Milestone(row["title"], row["amount"], row["status"]) for row in rows)

    async def _escrow(self) -> Escrow | None:
        rows = await self.of("escrows")
        return Escrow(*(rows[0][name] for name in Escrow._fields)) if rows else None

    async def _ledger(self, disputes: Mapping[UUID, str]) -> tuple[Movement, ...]:
        rows = await self.of("escrow_movements", "escrow_id IN (SELECT id FROM freelance.escrows WHERE job_id = $1)")
        return tuple(
            Movement(
                row["type"],
                row["party"],
                row["amount"],
                named(row["made_by_id"]),
                None if row["dispute_id"] is None else disputes[row["dispute_id"]],
            )
            for row in rows
        )

    async def _disputes(self) -> tuple[Dispute, ...]:
        titles = {row["id"]: row["title"] for row in await self.of("milestones")}
        found = (
            Dispute(
                name=row["description"],
                opened_by=named(row["opened_by_id"]),
                respondent=named(row["respondent_id"]),
                disputed=row["disputed_amount"],
                milestone=titles.get(row["milestone_id"]),
                status=row["status"],
                mediator=named(row["mediator_id"]),
                resolution=row["resolution"],
                freelancer_amount=row["freelancer_amount"],
                client_amount=row["client_amount"],
                version=row["version"],
            )
            for row in await self.of("disputes")
        )
        return tuple(sorted(found, key=lambda row: row.name))

    async def _evidence(self, disputes: Mapping[UUID, str]) -> tuple[tuple[str, str], ...]:
        where = "dispute_id IN (SELECT id FROM freelance.disputes WHERE job_id = $1)"
        rows = await self.of("dispute_evidences", where)
        return tuple(sorted((disputes[row["dispute_id"]], named(row["submitted_by_id"])) for row in rows))

    async def _reviews(self) -> tuple[Review, ...]:
        found = (
            Review(
                named(row["reviewer_id"]), named(row["reviewee_id"]), row["rating"], row["is_public"], row["response"]
            )
            for row in await self.of("reviews")
        )
        return tuple(sorted(found, key=lambda row: row.name))

    async def _claims(self) -> tuple[Claim, ...]:
        query = "SELECT * FROM freelance.skill_verifications WHERE skill = $1"
        rows = await self.connection.fetch(query, self.case.skill)
        found = (Claim(named(row["user_id"]), row["status"], row["level"]) for row in rows)
        return tuple(sorted(found, key=lambda row: row.name))


def settled(state: State) -> State:
    """The state with the lines of its ledger in one order: what one step writes, it writes in any order."""
    return state._replace(ledger=tuple(sorted(state.ledger, key=repr)))

"""How an operation was answered: its plan, its statements with what PostgreSQL says of them, and where the time went.

`Explaining` stands in for the engine's connections: the operation runs on it as ever, and when it is done each of its
statements runs once more, explained, in the same transaction and by the same prepared statement. EXPLAIN of a text
with parameters would show a plan made for their values, not the generic one that really runs; and EXPLAIN EXECUTE
takes no parameters, so the values lie in settings of the transaction meanwhile, where no statement's text holds them.
"""

import json
import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from graph.engine.access import ADMIN, Viewer
from graph.engine.asking.operands import ABSENT, Variables
from graph.engine.planning.terms import Param
from graph.engine.running.outline import Reading, outline, told
from graph.engine.running.run import Connection, Connections, Executable, Step
from graph.engine.sql.statements import Statement

EXPLAIN = "explain"
"""The extension of the response that a client asks for."""

PHASES = ("parse", "validate", "plan", "wait", "database", "encode")
"""What the time of a request goes to; what stood in a cache took none. `wait` is for a connection."""

_SETTING = "agora.explained_"
_TYPES = "SELECT format_type(oid, NULL) FROM unnest($1::oid[]) WITH ORDINALITY AS t (oid, place) ORDER BY place"
_PARTITIONS = """
SELECT n.nspname || '.' || leaf.relname
  FROM pg_class AS parent JOIN pg_namespace AS of ON of.oid = parent.relnamespace
 CROSS JOIN pg_partition_tree(parent.oid) AS part
  JOIN pg_class AS leaf ON leaf.oid = part.relid JOIN pg_namespace AS n ON n.oid = leaf.relnamespace
 WHERE parent.relkind = 'p' AND of.nspname || '.' || parent.relname = ANY($1) AND part.isleaf
"""
_NAME = re.compile(r"\b[a-z_]\w*\.[a-z_]\w*")

Node = dict[str, Any]
"""A node of PostgreSQL's plan, as EXPLAIN writes it in JSON."""


def explains(wants: frozenset[str], viewer: Viewer) -> bool:
    """Whether a client that `wants` extensions gets this one: only admins do."""
    return EXPLAIN in wants and viewer.kind == ADMIN.kind


Lap = Callable[[str], None]
"""Notes that a phase is over."""


def unwatched(_: str) -> None:
    """A phase is over, and nobody asks how long it took."""


@dataclass(slots=True)
class Watch:
    """The time that went to each phase, in seconds."""

    phases: dict[str, float] = field(default_factory=lambda: dict.fromkeys(PHASES, 0.0))
    last: float = field(default_factory=perf_counter)

    def lap(self, phase: str | None) -> None:
        """What went by since the last lap went to `phase`; to none of them if it is not the operation's own."""
        now = perf_counter()
        if phase:
            self.phases[phase] += now - self.last
        self.last = now


@dataclass(slots=True)
class Sent:
    """A statement as it was sent, how many rows came and after how long, and PostgreSQL's plan of it."""

    text: str
    args: tuple[Any, ...]
    prepared: Any
    rows: int | None = None
    seconds: float | None = None
    node: Node = field(default_factory=dict)
    partitions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Told:
    """A statement, as an admin may read about it."""

    number: int
    statement: Statement
    parameters: tuple[dict[str, Any], ...]
    sent: Sent | None
    """None if it had no key to be sent for."""

    def as_json(self) -> dict[str, Any]:
        """The same as JSON, without PostgreSQL's plan, which can hold values."""
        known = {"number": self.number, "sql": self.statement.text, "parameters": list(self.parameters)}
        if self.sent is None:
            return {**known, "sent": False}
        milliseconds = None if self.sent.seconds is None else _milliseconds(self.sent.seconds)
        return {
            **known,
            "sent": True,
            "rows": self.sent.rows,
            "milliseconds": milliseconds,
            "read": rows_read(self.sent.node),
            "partitions": self.partitions,
            "buffers": _buffers(self.sent.node),
        }

    @property
    def partitions(self) -> dict[str, int]:
        """How many partitions of the tables it names were scanned, and how many there are."""
        assert self.sent is not None
        scanned = {_relation(node) for node in nodes(self.sent.node) if node.get("Actual Loops", 1)}
        return {"scanned": len(scanned & self.sent.partitions), "total": len(self.sent.partitions)}


@dataclass(frozen=True, slots=True)
class Explanation:
    """How an operation was answered."""

    plan: tuple[Reading, ...]
    statements: tuple[Told, ...]
    seconds: Mapping[str, float]

    @property
    def analyzed(self) -> bool:
        """Whether the statements were executed."""
        return all(told.sent is None or told.sent.seconds is not None for told in self.statements)

    def as_json(self) -> dict[str, Any]:
        """The same as JSON, times in milliseconds."""
        return {
            "plan": [reading.as_json() for reading in self.plan],
            "statements": [told.as_json() for told in self.statements],
            "phases": {phase: _milliseconds(seconds) for phase, seconds in self.seconds.items()},
            "milliseconds": _milliseconds(sum(self.seconds.values())),
        }


@dataclass(slots=True)
class Explaining:
    """Connections for one operation, that watch what it does with them; without `analyze` nothing is executed."""

    connections: Connections
    analyze: bool = True
    watch: Watch = field(default_factory=Watch)
    sent: list[Sent] = field(default_factory=list)
    explanation: Explanation | None = None

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[Connection]:
        """A connection in a read-only transaction, at whose end the statements that ran in it are explained."""
        self.watch.lap("plan")
        async with self.connections() as connection:
            self.watch.lap("wait")
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                self.watch.lap("database")
                first = len(self.sent)
                yield _Watched(connection, self)
                self.watch.lap("encode")
                for sent in self.sent[first:]:
                    sent.node = await _explained(connection, sent, analyze=self.analyze)
                    sent.partitions = await _partitions(connection, sent.text)
                self.watch.lap(None)
            self.watch.lap("database")

    def extension(self, plan: Executable, variables: Variables) -> bytes:
        """The extension of the response that tells how it was made by `plan`."""
        self.watch.lap("encode" if plan.statement else "plan")
        told = tuple(_told(plan, variables, self.sent))
        self.explanation = Explanation(outline(plan.plan), told, self.watch.phases)
        # Not by orjson: a client's number may have more than 64 bits.
        found = json.dumps(self.explanation.as_json(), default=str, separators=(",", ":"))
        return b'"%s":%s' % (EXPLAIN.encode(), found.encode())


@dataclass(frozen=True, slots=True)
class _Watched:
    connection: Connection
    explaining: Explaining

    async def fetch(self, text: str, *args: Any) -> Sequence[Any]:
        """The rows of a statement; none if it is not to be executed."""
        watch = self.explaining.watch
        watch.lap("encode")
        sent = Sent(text, args, await self.connection.prepare(text))
        rows: Sequence[Any] = []
        if self.explaining.analyze:
            begun = watch.last
            rows = await sent.prepared.fetch(*args)
            sent.rows, sent.seconds = len(rows), perf_counter() - begun
        watch.lap("database")
        self.explaining.sent.append(sent)
        return rows

    async def fetchrow(self, text: str, *args: Any) -> Any:
        """The first row of a statement; one without values if it is not to be executed."""
        rows = await self.fetch(text, *args)
        if not self.explaining.analyze:
            return (None,) * len(self.explaining.sent[-1].prepared.get_attributes())
        return rows[0] if rows else None

    def transaction(self, **_: Any) -> AbstractAsyncContextManager[None]:
        """The transaction that has begun already."""
        return nullcontext()


async def _explained(connection: Connection, sent: Sent, *, analyze: bool) -> Node:
    """PostgreSQL's plan of a statement, as the prepared one is executed."""
    options = f"{'ANALYZE, BUFFERS, ' if analyze else ''}VERBOSE, FORMAT JSON"
    ((text,),) = await connection.fetch(f"EXPLAIN ({options}) EXECUTE {await _call(connection, sent)}")
    node: Node = json.loads(text)[0]["Plan"]
    return node


async def _call(connection: Connection, sent: Sent) -> str:
    """The prepared statement's name and, as expressions, the values it was sent with."""
    oids = [parameter.oid for parameter in sent.prepared.get_parameters()]
    types = [row[0] for row in await connection.fetch(_TYPES, oids)]
    given = [(number, type_, value) for number, (type_, value) in enumerate(zip(types, sent.args, strict=True))]
    kept = [(number, type_, value) for number, type_, value in given if value is not None]
    if kept:
        settings = ", ".join(
            f"set_config('{_SETTING}{number}', ${place}::{type_}::text, true)"
            for place, (number, type_, _) in enumerate(kept, start=1)
        )
        await connection.fetch(f"SELECT {settings}", *(value for _, _, value in kept))
    places = [
        "NULL" if value is None else f"current_setting('{_SETTING}{number}')::{type_}" for number, type_, value in given
    ]
    name: str = sent.prepared.get_name()
    return f"{name}({', '.join(places)})" if places else name


async def _partitions(connection: Connection, text: str) -> frozenset[str]:
    """The partitions of the tables that a statement of ours names."""
    names = set(_NAME.findall(text.replace('"', "")))
    return frozenset(row[0] for row in await connection.fetch(_PARTITIONS, [*names]))


def nodes(plan: Node) -> Iterator[Node]:
    """All nodes of a plan."""
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def rows_read(plan: Node) -> int | None:
    """How many rows were read from tables, those included that a condition then threw away; None if nothing ran."""
    if "Actual Loops" not in plan:
        return None
    scans = [node for node in nodes(plan) if "Relation Name" in node]
    total: float = sum(node["Actual Loops"] * (node["Actual Rows"] + thrown_away(node)) for node in scans)
    return round(total)


def thrown_away(node: Node) -> float:
    """How many rows a node dropped each time, having read them."""
    return float(node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0))


def _buffers(plan: Node) -> dict[str, int] | None:
    """How many pages were found in memory, and how many had to be read."""
    if "Shared Hit Blocks" not in plan:
        return None
    return {"hit": plan["Shared Hit Blocks"], "read": plan["Shared Read Blocks"]}


def _relation(node: Node) -> str:
    return f"{node.get('Schema')}.{node.get('Relation Name')}"


def _told(plan: Executable, variables: Variables, sent: Iterable[Sent]) -> Iterator[Told]:
    by_text = {each.text: each for each in sent}  # aliases are a plan's own, so no two of its texts are the same
    for number, statement in enumerate(_statements(plan), start=1):
        parameters = tuple(_parameter(name, plan.params, variables) for name in statement.params)
        yield Told(number, statement, parameters, by_text.get(statement.text))


def _statements(plan: Executable) -> Iterator[Statement]:
    """All statements of a plan, parents first."""
    if plan.statement is not None:
        yield plan.statement
    yield from _of_steps(plan.steps)


def _of_steps(steps: Iterable[Step]) -> Iterator[Statement]:
    for step in steps:
        yield step.statement
        yield from _of_steps(step.children)


def _parameter(name: str, params: Mapping[str, Param], variables: Variables) -> dict[str, Any]:
    """A parameter by its name; what it is of and its value only if that is what the client wrote."""
    if name not in params:
        return {"name": name}
    source = params[name].source
    value = source.of(variables)
    written = {"name": name, **({"variable": told(params[name])} if source.variable is not None else {})}
    return written if value is ABSENT else {**written, "value": value}


def _milliseconds(seconds: float) -> float:
    """Rounded down, so that parts never come to more than the whole."""
    return int(seconds * 1e6) / 1e3

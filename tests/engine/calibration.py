"""What operations cost against the time they take: made-up operations, their times, and the table that fits them best.

`PYTHONPATH=graphql python -m tests.engine.calibration URL…` measures on those databases (sample data of several sizes)
and prints the table for `cost.MICROSECONDS`.
"""

import asyncio
import math
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import asyncpg
import orjson
from graphql import GraphQLObjectType, get_named_type

from app.database import KEPT
from graph.access import Rules
from graph.engine.answer import Operation
from graph.engine.costs.statistics import Statistics, learned
from graph.engine.costs.work import Work, work
from graph.engine.planning.plan import Plan
from graph.engine.schema.meaning import RootList, meaning_of
from graph.engine.schema.schema import Schema
from graph.schema import build
from tests.api import Api
from tests.engine.arguments import SEARCHES, Arguments, Shapes
from tests.engine.dice import Dice
from tests.engine.documents import Document, Roots, Writer
from tests.engine.facts import Facts, learn
from tests.engine.writing import Cursor, literal

RUNS = 7
SECONDS = 0.05
"""How often an operation is measured at least, and how long at least."""
PATIENCE = 1.0
"""Seconds that an operation may take to be measured."""
LEAST = 0.01
"""Microseconds that any work takes."""
KNOWN = {Work.MATCH: 0.1, Work.RANK: 1.0}
"""Microseconds of what generated operations hardly meet, measured on its own."""
SIZES = (1, 2, 5, 10, 20, 50, 100)


@dataclass(slots=True)
class Large:
    """Writes operations with large pages, one to four relations deep."""

    dice: Dice
    shapes: Shapes
    facts: Facts
    roots: Roots
    arguments: Arguments = field(init=False)
    rows: float = 1.0

    def __post_init__(self) -> None:
        self.arguments = Arguments(self.dice, self.shapes, self.facts)

    def write(self) -> Document:
        """One operation."""
        lists = [name for name in self.roots.filled if isinstance(meaning_of(self.roots.fields[name]), RootList)]
        name = self.dice.one_of(lists)
        return Document(f"{{ {self._connected(self.roots.fields[name], name, self.dice.below(4))} }}", {})

    def _connected(self, definition: Any, name: str, depth: int) -> str:
        type_ = get_named_type(definition.type)
        entity = type_.name.removesuffix("Connection")
        size = self.dice.one_of(SIZES)
        said: dict[str, Any] = {self.dice.one_of(("first", "first", "last")): size}
        if self.dice.chance(30):
            said["orderBy"] = self.arguments.order(entity)
        if self.dice.chance(25):
            said["filter"] = self.arguments.filter(entity)
        if "search" in definition.args and self.dice.chance(20):
            said["search"] = self.dice.one_of(SEARCHES)
        written = ", ".join(f"{key}: {literal(definition.args[key].type, value)}" for key, value in said.items())
        return f"{name}({written}) {{ {' '.join(self._parts(type_, entity, depth))} }}"

    def _parts(self, type_: GraphQLObjectType, entity: str, depth: int) -> Iterator[str]:
        node = self.shapes.schema.type_map[entity]
        assert isinstance(node, GraphQLObjectType)
        if self.dice.chance(85):
            yield f"nodes {self._object(node, depth)}"
        else:
            edge = get_named_type(type_.fields["edges"].type)
            shown = [name for name in ("cursor", "rank", "highlight") if name in edge.fields and self.dice.chance(60)]
            yield f"edges {{ {' '.join(shown)} node {self._object(node, depth)} }}"
        if self.dice.chance(25):
            yield "totalCount"
        if self.dice.chance(20):
            yield "pageInfo { hasNextPage endCursor }"
        if self.dice.chance(15):
            yield f"aggregate {{ count {self._measures(entity)} }}"
        if self.dice.chance(12):
            yield self._groups(type_, entity, depth)

    def _measures(self, entity: str) -> str:
        type_: Any = self.shapes.schema.type_map[f"{entity}Aggregate"]
        names = self.dice.some_of([name for name in type_.fields if name not in ("count", "percentile")], 0, 3)
        inner = {name: list(get_named_type(type_.fields[name].type).fields) for name in names}
        return " ".join(f"{name} {{ {' '.join(self.dice.some_of(inner[name], 1, 4))} }}" for name in names)

    def _groups(self, type_: GraphQLObjectType, entity: str, depth: int) -> str:
        definition = type_.fields["groups"]
        said, _ = self.arguments.groups(entity)
        written = ", ".join(f"{key}: {literal(definition.args[key].type, value)}" for key, value in said.items())
        rows = ""
        if depth and self.dice.chance(20):
            row = self._object(self.shapes.schema.type_map[entity], 0)
            rows = f"rows(first: {self.dice.one_of(SIZES)}) {{ nodes {row} }}"
        return f"groups({written}) {{ count {self._measures(entity)} {rows} }}"

    def _object(self, type_: Any, depth: int) -> str:
        leaves, links = self.roots.fields_of(type_)
        parts = self.dice.some_of(leaves, 1, 8)
        for name in self.dice.some_of(links, 1, 2) if depth else ():
            inner = get_named_type(type_.fields[name].type)
            if inner.name.endswith("Connection"):
                parts.append(self._connected(type_.fields[name], name, depth - 1))
            elif isinstance(inner, GraphQLObjectType):
                parts.append(f"{name} {self._object(inner, depth - 1)}")
        return f"{{ {' '.join(parts)} }}"


def operations(schema: Schema, facts: Facts, count: int, seed: int = 1) -> Iterator[Document]:
    """`count` operations, half of them small and of every kind, half of them large."""
    shapes, roots = Shapes(schema.core), Roots(schema.core, facts)
    dice = Dice(Random(seed))
    for number in range(count):
        writer = Writer(dice, shapes, facts, roots) if number % 2 else Large(dice, shapes, facts, roots)
        written = writer.write()
        values = {name: None if isinstance(value, Cursor) else value for name, value in written.variables.items()}
        yield Document(written.text, values)


@dataclass(frozen=True, slots=True)
class Sample:
    """An operation, its plan, what it answered and the microseconds it took."""

    document: Document = field(repr=False)
    plan: Plan = field(repr=False)
    body: bytes = field(repr=False)
    microseconds: float


async def measured(api: Api, document: Document) -> Sample | None:
    """The least time of many answers when the plan is there already; None if it takes too long to be measured."""
    operation = Operation(document.text, document.variables)
    best, spent, runs = PATIENCE, 0.0, 0
    answer = await api.engine.answer(operation)
    if answer.failed:
        return None
    while runs < RUNS or spent < SECONDS:
        start = time.perf_counter()
        answer = await api.engine.answer(operation)
        taken = time.perf_counter() - start
        best, spent, runs = min(best, taken), spent + taken, runs + 1
        if best >= PATIENCE:
            return None
    plan = api.engine.plan(api.engine.asked(operation)).plan
    return Sample(document, plan, answer.body, best * 1e6)


def spearman(one: Sequence[float], other: Sequence[float]) -> float:
    """The rank correlation."""
    left, right = _ranks(one), _ranks(other)
    mean = (len(one) + 1) / 2
    both = sum((x - mean) * (y - mean) for x, y in zip(left, right, strict=True))
    squares = sum((x - mean) ** 2 for x in left) * sum((y - mean) ** 2 for y in right)
    return float(both / squares**0.5)


def _ranks(values: Sequence[float]) -> list[float]:
    """The rank of each; equals share the middle of theirs."""
    places: dict[float, list[int]] = {}
    for place, value in enumerate(sorted(values), start=1):
        places.setdefault(value, []).append(place)
    return [sum(places[value]) / len(places[value]) for value in values]


def fitted(rows: Sequence[Mapping[Work, float]], times: Sequence[float]) -> dict[Work, float]:
    """The microseconds of each kind of work by which the estimates are nearest to the times.

    Twice too much is as bad as half, and what is far off counts as no more than four times: it may be beyond knowing.
    One weight after the other is tried larger and smaller, by smaller and smaller steps.
    """
    found, best = {**dict.fromkeys(Work, 1.0), **KNOWN}, math.inf
    for step in (10.0, 3.0, 3.0, 1.5, 1.5, 1.2, 1.2, 1.05, 1.05):
        for kind in [kind for kind in Work if kind not in KNOWN]:
            for factor in (step, 1 / step):
                tried = {**found, kind: max(found[kind] * factor, LEAST)}
                if (missed := _missed(rows, times, tried)) < best:
                    found, best = tried, missed
    return found


def _missed(rows: Sequence[Mapping[Work, float]], times: Sequence[float], weights: Mapping[Work, float]) -> float:
    return sum(min(abs(math.log2(total(row, weights) / time)), 2.0) for row, time in zip(rows, times, strict=True))


def total(row: Mapping[Work, float], microseconds: Mapping[Work, float]) -> float:
    """What work takes in all."""
    return sum(microseconds[kind] * amount for kind, amount in row.items())


def summed(done: Mapping[str, Mapping[Work, float]]) -> dict[Work, float]:
    """Work by its kind, wherever it is made."""
    found: dict[Work, float] = {}
    for amounts in done.values():
        for kind, amount in amounts.items():
            found[kind] = found.get(kind, 0.0) + amount
    return found


async def samples(api: Api, facts: Facts, count: int, seed: int) -> list[Sample]:
    """`count` operations with their times, those left out that take too long."""
    found = [await measured(api, document) for document in operations(api.engine.schema, facts, count, seed)]
    return [sample for sample in found if sample]


def _rows(taken: Sequence[Sample], statistics: Statistics) -> list[dict[Work, float]]:
    """The work of operations, by the rows that they really returned."""
    return [summed(work(sample.plan, statistics, orjson.loads(sample.body)["data"])) for sample in taken]


async def calibrate(urls: Sequence[str], count: int) -> None:
    """Print the table that fits `count` operations on each of the databases best."""
    schema, rows, times = build(Rules()), list[dict[Work, float]](), list[float]()
    for url in urls:
        connection = await asyncpg.connect(url, **KEPT)
        facts = await learn(connection, schema.derived.graph)
        taken = await samples(Api(connection, schema), facts, count, seed=1)
        rows += _rows(taken, await learned(connection, schema.derived.graph))
        times += [sample.microseconds for sample in taken]
        await connection.close()
    for kind, microseconds in fitted(rows, times).items():
        sys.stdout.write(f"    Work.{kind.name}: {microseconds:.2g},\n")


if __name__ == "__main__":
    asyncio.run(calibrate(sys.argv[1:], 700))

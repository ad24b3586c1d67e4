"""What connections and groups are asked for: filters, orders, pages, searches, keys of groups. As plain values."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from graphql import GraphQLArgument, GraphQLInputObjectType, GraphQLSchema, get_named_type

from graph.engine.model.scalars import GraphQLDate
from tests.engine.dice import Dice
from tests.engine.facts import Facts
from tests.engine.operands import UNITS, Operands
from tests.engine.writing import Cursor, Word

DIRECTIONS = tuple(Word(way) for way in ("ASC", "DESC", "ASC_NULLS_FIRST", "DESC_NULLS_LAST"))
ZONES = ("UTC", "Europe/Berlin", "America/Sao_Paulo", "Asia/Kathmandu", "Australia/Lord_Howe")
SEARCHES = (
    "red",
    "shoe",
    "red sho*",
    '"red shop"',
    "red -shoe",
    "blue or wool",
    "of the",
    "sho*",
    "RUNNING",
    "nowhere",
    "100%",
    "größe",
    "",
)
RARE = ("JSONFilter", "StringListFilter", "IpAddressFilter", "UUIDFilter", "BooleanFilter")
CONDITIONS = 40
"""Conditions of one operation; it may have 50."""
SPANS: tuple[tuple[str, str], ...] = (
    ("2025-03-29T12:00:00Z", "2025-03-31T12:00:00Z"),
    ("2025-10-25T12:00:00Z", "2025-10-27T00:30:00+02:00"),
    ("2018-11-03T12:00:00Z", "2018-11-05T12:00:00Z"),
)
"""From before a change of the clocks to after it."""

Said = dict[str, Any]


@dataclass(slots=True)
class Kinds:
    """The keys of an input type by what they are."""

    columns: list[str] = field(default_factory=list)
    ones: list[str] = field(default_factory=list)
    manies: list[str] = field(default_factory=list)
    rare: list[str] = field(default_factory=list)
    """Columns of kinds that have operators of their own."""


class Shapes:
    """What the schema's input types have, looked up once."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema
        self._kinds: dict[str, Kinds] = {}

    def fields(self, type_: str) -> Mapping[str, Any]:
        """The keys of the input type `type_`; none if there is no such type."""
        found = self.schema.type_map.get(type_)
        return found.fields if isinstance(found, GraphQLInputObjectType) else {}

    def name(self, type_: str, key: str) -> str:
        """The name of the type under a key."""
        return str(get_named_type(self.fields(type_)[key].type).name)

    def kinds(self, entity: str, ending: str) -> Kinds:
        """Which keys of the type {entity}{ending} are columns, which lead to one row, and which to many."""
        type_ = f"{entity}{ending}"
        if type_ not in self._kinds:
            self._kinds[type_] = found = Kinds()
            for key in self.fields(type_):
                self._sort(found, ending, key, self.name(type_, key))
        return self._kinds[type_]

    def _sort(self, found: Kinds, ending: str, key: str, name: str) -> None:
        if key in ("and", "or", "not"):
            return
        if name.endswith(f"List{ending}") and name.removesuffix(f"List{ending}") in self.entities:
            found.manies.append(key)
        elif name.removesuffix(ending) in self.entities and name.endswith(ending):
            found.ones.append(key)
        else:
            found.columns.append(key)
            if name in RARE:
                found.rare.append(key)

    @cached_property
    def entities(self) -> frozenset[str]:
        """The names of all entities."""
        types = self.schema.type_map
        return frozenset(name.removesuffix("Edge") for name in types if name.endswith("Edge") and name[:-4] in types)


@dataclass(slots=True)
class Arguments:
    """Draws arguments."""

    dice: Dice
    shapes: Shapes
    facts: Facts
    conditions: int = 0

    @property
    def operands(self) -> Operands:
        """What conditions compare with."""
        return Operands(self.dice, self.shapes.schema)

    def page(self, entity: str, known: Mapping[str, GraphQLArgument]) -> Said:
        """Arguments of a connection, which has those that are `known`."""
        said: Said = {}
        if self.dice.chance(45):
            said["orderBy"] = self.order(entity)
        if "search" in known and self.dice.chance(35):
            said["search"] = self.dice.one_of(SEARCHES)
        if "maxDepth" in known and self.dice.chance(50):
            said["maxDepth"] = self.dice.one_of((1, 2, 3, 50))
        if self.dice.chance(35) and self.conditions < CONDITIONS:
            said["filter"] = self.filter(entity)
        said |= self._place(entity, known, said)
        return {name: value for name, value in said.items() if name in known}

    def _place(self, entity: str, known: Mapping[str, GraphQLArgument], said: Said) -> Said:
        """Which part of the connection the page is."""
        size = self.dice.one_of((3, 1, 2, 7, 20))
        if "offset" in known and self.dice.chance(15):
            return {"first": size, "offset": self.dice.one_of((1, 0, 3, 10_000))}
        ends = [name for name in ("after", "before") if self.dice.chance(20)]
        if "maxDepth" in known and "orderBy" not in said and "search" not in said:
            ends = []
        cursors = {name: self._cursor(entity, said) for name in ends}
        return {**cursors, **({self.dice.one_of(("first", "last")): size} if self.dice.chance(75) else {})}

    def _cursor(self, entity: str, said: Said) -> Cursor:
        return Cursor(entity, json.dumps(said.get("orderBy", [])), said.get("search"), self.dice.one_of((0, 1, 3, 6)))

    def filter(self, entity: str, depth: int = 3) -> Said:
        """A filter of rows of `entity`."""
        kinds, said = self.shapes.kinds(entity, "Filter"), {}
        for _ in range(2 if self.dice.chance(25) else 1):
            self.conditions += 1
            roll = self.dice.below(100) if depth and self.conditions < CONDITIONS else 0
            if roll < 60:
                name = self._lively(entity, kinds.rare if kinds.rare and roll < 12 else kinds.columns)
                said[name] = self._compared(entity, "Filter", name)
            elif roll < 75:
                said |= self._combined(self.dice.one_of(("not", "and", "or")), lambda: self.filter(entity, depth - 1))
            elif leads := self._filled(entity, kinds.ones + kinds.manies, "Filter"):
                name = self.dice.one_of(leads)
                said[name] = self._related(entity, name, depth - 1)
        return said

    def _related(self, entity: str, name: str, depth: int) -> Said:
        type_ = self.shapes.name(f"{entity}Filter", name)
        if not type_.endswith("ListFilter"):
            return {} if self.dice.chance(15) else self.filter(type_.removesuffix("Filter"), depth)
        target = type_.removesuffix("ListFilter")
        roll = self.dice.below(10)
        if roll < 6:
            self.conditions += 1
            quantifier = self.dice.one_of(("some", "none", "every"))
            return {quantifier: {} if roll == 0 else self.filter(target, depth)}
        said = self._measured(target, "ListFilter")
        return {"where": self.filter(target, depth), **said} if depth and self.dice.chance(40) else said

    def having(self, entity: str, depth: int = 2) -> Said:
        """A filter of groups of `entity`."""
        self.conditions += 1
        if depth and self.dice.chance(30):
            return self._combined(self.dice.one_of(("not", "and", "or")), lambda: self.having(entity, depth - 1))
        return self._measured(entity, "AggregateFilter")

    def _combined(self, name: str, inner: Any) -> Said:
        if name == "not":
            return {name: inner()}
        return {name: [inner() for _ in range(self.dice.one_of((2, 1, 0)))]}

    def _measured(self, entity: str, ending: str) -> Said:
        """A condition on what rows of `entity` come to."""
        self.conditions += 2
        names = [name for name in self.shapes.fields(f"{entity}{ending}") if name in MEASURES]
        name = self.dice.one_of(names)
        if name == "count":
            return {name: self.operands.operators("IntFilter", (0, 1, 2, 3))}
        inner = "ValueFilter" if name in ("min", "max") else "NumberFilter"
        column = self._lively(entity, list(self.shapes.fields(f"{entity}{inner}")))
        return {name: {column: self._compared(entity, inner, column)}}

    def _compared(self, entity: str, ending: str, column: str) -> Said:
        self.conditions += 1
        type_ = self.shapes.name(f"{entity}{ending}", column)
        known = self.facts.values(entity, column)
        return self.operands.operators(type_, [str(value) for value in known] if type_ == "DecimalFilter" else known)

    def _lively(self, entity: str, columns: Sequence[str]) -> str:
        """One of `columns`, rather one that has several values."""
        lively = [name for name in columns if name in self.facts.lively[entity]]
        return self.dice.one_of(lively if lively and self.dice.chance(80) else columns)

    def _filled(self, entity: str, names: Sequence[str], ending: str) -> list[str]:
        """Those of the relations `names` that lead to an entity with rows; all if none does."""
        types = {name: self.shapes.name(f"{entity}{ending}", name).removesuffix(ending) for name in names}
        return [name for name, type_ in types.items() if type_.removesuffix("List") in self.facts.filled] or list(names)

    def order(self, entity: str) -> list[Said]:
        """An order of rows of `entity`."""
        keys = [self._key(entity, 2) for _ in range(self.dice.one_of((1, 2, 1, 3)))]
        return list({json.dumps(next(iter(key.items()))[0]): key for key in keys}.values())

    def _key(self, entity: str, depth: int) -> Said:
        kinds, roll = self.shapes.kinds(entity, "OrderBy"), self.dice.below(100)
        leads = self._filled(entity, kinds.ones + kinds.manies, "OrderBy") if depth and roll >= 65 else []
        if not leads:
            return {self._lively(entity, kinds.columns): self.dice.one_of(DIRECTIONS)}
        name = self.dice.one_of(leads)
        type_ = self.shapes.name(f"{entity}OrderBy", name)
        if type_.endswith("ListOrderBy"):
            return {name: self._measure(type_.removesuffix("ListOrderBy"), "ListOrderBy", depth - 1)}
        return {name: self._key(type_.removesuffix("OrderBy"), depth - 1)}

    def _measure(self, entity: str, ending: str, depth: int) -> Said:
        """A key of an order: what rows of `entity` come to."""
        name = self.dice.one_of([name for name in self.shapes.fields(f"{entity}{ending}") if name in MEASURES])
        if name == "count":
            return {name: self.dice.one_of(DIRECTIONS)}
        if name in ("min", "max"):
            return {name: self._extreme(entity, depth)}
        column = self._lively(entity, list(self.shapes.fields(f"{entity}NumberOrderBy")))
        return {name: {column: self.dice.one_of(DIRECTIONS)}}

    def _extreme(self, entity: str, depth: int) -> Said:
        """A key of which there is a least and a greatest value."""
        ones = self._filled(entity, self.shapes.kinds(entity, "OrderBy").ones, "OrderBy")
        if depth and ones and self.dice.chance(20):
            name = self.dice.one_of(ones)
            return {name: self._extreme(self.shapes.name(f"{entity}OrderBy", name).removesuffix("OrderBy"), depth - 1)}
        column = self._lively(entity, list(self.shapes.fields(f"{entity}ValueFilter")))
        return {column: self.dice.one_of(DIRECTIONS)}

    def groups(self, entity: str) -> tuple[Said, list[tuple[str, ...]]]:
        """Arguments of `groups`, and the paths of what the rows are grouped by."""
        keys: dict[tuple[str, ...], Said] = {}
        for _ in range(self.dice.one_of((1, 2, 1, 3))):
            path, key = self._by(entity, 2, fill=not any("fill" in str(key) for key in keys.values()))
            keys[path] = key
        said: Said = {"by": list(keys.values())}
        if self.dice.chance(30) and self.conditions < CONDITIONS:
            said["having"] = self.having(entity)
        if self.dice.chance(40):
            said["orderBy"] = [self._order_of_groups(entity, list(keys))]
        if self.dice.chance(50):
            said["first"] = self.dice.one_of((2, 1, 5, 1000))
        if self.dice.chance(20):
            said["offset"] = self.dice.one_of((1, 0, 3))
        return said, list(keys)

    def _by(self, entity: str, depth: int, *, fill: bool) -> tuple[tuple[str, ...], Said]:
        kinds = self.shapes.kinds(entity, "GroupBy")
        ones = self._filled(entity, kinds.ones, "GroupBy") if depth and self.dice.chance(25) else []
        if ones:
            name = self.dice.one_of(ones)
            target = self.shapes.name(f"{entity}GroupBy", name).removesuffix("GroupBy")
            path, key = self._by(target, depth - 1, fill=fill)
            return (name, *path), {name: key}
        name = self._lively(entity, kinds.columns)
        timed = self.shapes.name(f"{entity}GroupBy", name) == "TimeBucket"
        scalar = self.facts.graph[entity].columns[name].scalar
        return (name,), {name: self._bucket(scalar.output is GraphQLDate, fill=fill) if timed else True}

    def _bucket(self, days: bool, *, fill: bool) -> Said:
        """A bucket of moments, or of days, which are not cut into hours."""
        bucket: Said = {"by": self.dice.one_of(UNITS[2:] if days else UNITS)}
        if self.dice.chance(70):
            bucket["timeZone"] = self.dice.one_of(ZONES)
        if fill and self.dice.chance(30):
            bucket["fill"] = self._fill(bucket, days)
        return bucket

    def _fill(self, bucket: Said, days: bool) -> Said:
        """Gaps to fill, not too many of them: hours and days around a change of the clocks, months and years of all."""
        if bucket["by"] in ("MONTH", "QUARTER", "YEAR"):
            return self.dice.one_of(({}, {"from": "2025-02-10T00:00:00Z"}, {"to": "2025-12-31T23:30:00Z"}))
        start, end = self.dice.one_of(SPANS)
        bucket["by"] = Word(self.dice.one_of(("DAY", "WEEK") if days else ("DAY", "WEEK", "HOUR")))
        return {"from": start, "to": end}

    def _order_of_groups(self, entity: str, paths: Sequence[tuple[str, ...]]) -> Said:
        if self.dice.chance(50):
            return self._measure(entity, "GroupRowOrderBy", 1)
        key: Any = self.dice.one_of(DIRECTIONS)
        for name in reversed(self.dice.one_of(paths)):
            key = {name: key}
        return {"key": key}


MEASURES = ("count", "sum", "avg", "stddev", "median", "min", "max")
"""What many rows come to."""

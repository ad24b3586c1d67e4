"""Plans `aggregate` and `groups`: what rows have in common, what is measured of them, and which groups are shown."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any
from zoneinfo import available_timezones

from graphql import GraphQLObjectType
from sqlalchemy import DateTime, Double, Text

from graph.engine.asking.operands import Operand
from graph.engine.asking.selection import Field
from graph.engine.errors import BadUserInput
from graph.engine.model.entities import Column, Entity, Relation
from graph.engine.model.scalars import Kind
from graph.engine.planning.conditions import having
from graph.engine.planning.ordering import limited, measured, only, ordered_by
from graph.engine.planning.plan import Bucket, Fill, GroupKey, Item, Object, Rows, Summary, TypeName, Value
from graph.engine.planning.scope import Scope
from graph.engine.planning.terms import Aggregated, Carried, OrderKey, Param, Seen, Term, Through
from graph.engine.schema.meaning import Measured, PartOf, meaning_of

KEYS = 5
"""What groups may have in common."""
SIZE = 100
SIZE_LIMIT = 1_000
"""Groups."""
OFFSET_LIMIT = 10_000

Path = tuple[str, ...]
Types = Callable[[str], GraphQLObjectType]
RowsOf = Callable[[Field, tuple[GroupKey, ...]], Any]


@dataclass(slots=True)
class Grouping:
    """Plans one `aggregate` or `groups` of rows of `entity`."""

    scope: Scope
    entity: Entity
    types: Types
    keys: dict[Path, GroupKey] = field(default_factory=dict)
    measures: dict[tuple[str, Param | None], tuple[str, Aggregated]] = field(default_factory=dict)

    def aggregate(self, selected: Field) -> Summary:
        """What all rows come to, as far as `selected` selects it."""
        type_ = self.types(f"{self.entity.name}Aggregate")
        items = tuple(self._measure(inner, type_.name) for inner in selected.on(type_))
        return Summary(self.scope.alias(), (), tuple(self.measures.values()), items)

    def groups(self, selected: Field, rows_of: RowsOf) -> Summary:
        """The groups that the arguments of `selected` describe; `rows_of` plans the page of a group's rows."""
        arguments = selected.arguments
        for given in arguments["by"].items():
            self._key(given)
        if not 1 <= len(self.keys) <= KEYS:
            raise BadUserInput(f'Argument "groups.by" has {len(self.keys)} items; it must have from 1 to {KEYS}.')
        shown = tuple(having(self.scope, self.entity, arguments.get("having"), self._carried))
        order = tuple(self._order(arguments.get("orderBy")))
        alias, type_ = self.scope.alias(), self.types(f"{self.entity.name}GroupRow")
        items = tuple(self._item(inner, type_.name, rows_of) for inner in selected.on(type_))
        return Summary(
            alias,
            tuple(self.keys.values()),
            tuple(self.measures.values()),
            items,
            shown,
            order,
            _size(arguments.get("first")),
            self.scope.offset(arguments.get("offset"), OFFSET_LIMIT),
        )

    def _key(self, given: Operand) -> None:
        path, key = self._key_of(self.entity, given, ())
        if path in self.keys:
            raise BadUserInput(f'Argument "{given.where}" is there twice.', argument=given.where)
        self.keys[path] = key

    def _key_of(self, entity: Entity, given: Operand, path: Path) -> tuple[Path, GroupKey]:
        name, inner = only(given)
        if relation := entity.relations.get(name):
            return self._key_through(relation, inner, (*path, name))
        term: Term = self.scope.see(entity.columns[name])
        return (*path, name), GroupKey(self.scope.label("g"), term, self._bucket(entity.columns[name], inner))

    def _key_through(self, relation: Relation, given: Operand, path: Path) -> tuple[Path, GroupKey]:
        found, key = self._key_of(self.scope.graph[relation.target], given, path)
        term = self.scope.through(relation, key.term)
        return found, GroupKey(key.label, term, key.bucket, self._key_of_name(term))

    def _key_of_name(self, term: Term) -> Seen | None:
        """The foreign key to group by instead, if `term` is what no two of the rows share that it leads to."""
        if not isinstance(term, Through) or not isinstance(term.term, Seen) or term.hop.predicate or term.term.rule:
            return None
        relation, name = term.hop.relation, term.term.column.key
        if relation.remote != "id" or term.hop.target.natural_key != (name,) or term.term.nullable:
            return None
        return self.scope.see(self.scope.graph[relation.entity].by_key(relation.local))

    def _bucket(self, column: Column, given: Operand) -> Bucket | None:
        if column.scalar.kind not in (Kind.MOMENT, Kind.DAY):
            if not given.choose():
                raise BadUserInput(f'Argument "{given.where}" is false; leave it out instead.', argument=given.where)
            return None
        parts = dict(given.fields())
        said = parts.get("timeZone")
        there = said is not None and said.state
        zone = self.scope.param(said.param(), partial(_zone, said.where), Text()) if said and there else None
        unit, day = parts["by"].choose().lower(), column.scalar.kind is Kind.DAY
        if day and unit in ("hour", "minute"):
            raise BadUserInput(f'Argument "{given.where}.by" must be DAY or longer: these are days.')
        return Bucket(unit, zone, day, self._fill(parts.get("fill")))

    def _fill(self, given: Operand | None) -> Fill | None:
        if given is None or not given.state:
            return None
        if any(key.bucket and key.bucket.fill for key in self.keys.values()):
            raise BadUserInput("Gaps can be filled in one bucket only.", argument=given.where)
        ends = {name: end for name, end in given.fields() if end.state}
        params = {name: self.scope.param(end.param(), _same, DateTime(timezone=True)) for name, end in ends.items()}
        return Fill(params.get("from"), params.get("to"))

    def _order(self, given: Operand | None) -> Iterator[OrderKey]:
        said = list(limited(given)) if given is not None and given.state else []
        named = [self._ordered(item) for item in said]
        yield from named
        ordered = {key.term.name for key in named}
        for key in self.keys.values():
            if key.label not in ordered:
                yield OrderKey(_carried_key(key), False, False)

    def _ordered(self, given: Operand) -> OrderKey:
        name, inner = only(given)
        if name != "key":
            aggregated, direction = measured(self.scope, self.entity, name, inner)
            return ordered_by(self._carried(aggregated), direction)
        path: Path = ()
        entity = self.entity
        while True:
            name, inner = only(inner)
            path = (*path, name)
            relation = entity.relations.get(name)
            if relation is None:
                return ordered_by(_carried_key(self._grouped(path, inner.where)), inner.choose())
            entity = self.scope.graph[relation.target]

    def _grouped(self, path: Path, where: str) -> GroupKey:
        """The key at `path`. Raises BadUserInput if rows are not grouped by it."""
        if path not in self.keys:
            raise BadUserInput(f'"{where}" is not what the rows are grouped by: name it in "by" too.', argument=where)
        return self.keys[path]

    def _carried(self, aggregated: Aggregated) -> Carried:
        """The name under which the groups carry `aggregated`."""
        if any(key.term == aggregated.currency for key in self.keys.values()):
            aggregated = replace(aggregated, currency=None)
        known = (aggregated.name, aggregated.at)
        label, _ = self.measures.setdefault(known, (f"#m{len(self.measures)}", aggregated))
        return Carried(label, aggregated.scalar, aggregated.nullable)

    def _item(self, selected: Field, type_: str, rows_of: RowsOf) -> Item:
        match meaning_of(selected.definition):
            case PartOf.KEY:
                return Object(selected.key, tuple(self._keys(self.entity, selected, ())))
            case PartOf.ROWS:
                return Rows(selected.key, rows_of(selected, tuple(self.keys.values())))
        return self._measure(selected, type_)

    def _keys(self, entity: Entity, selected: Field, path: Path) -> Iterator[Item]:
        type_ = self.types(f"{entity.name}GroupKey")
        for inner in selected.on(type_):
            match meaning_of(inner.definition):
                case Column(name=name):
                    yield Value(inner.key, _carried_key(self._grouped((*path, name), inner.path)))
                case Relation(name=name, target=target):
                    deeper = (*path, name)
                    yield Object(inner.key, tuple(self._keys(self.scope.graph[target], inner, deeper)))
                case _:
                    yield TypeName(inner.key, type_.name)

    def _measure(self, selected: Field, type_: str) -> Item:
        match meaning_of(selected.definition):
            case PartOf.COUNT:
                return Value(selected.key, self._carried(Aggregated("count")))
            case Measured(function=function):
                at = selected.arguments.get("at")
                fraction = self.scope.param(at.param(), partial(_fraction, at.where), Double()) if at else None
                return Object(selected.key, tuple(self._leaves(selected, function, fraction)))
        return TypeName(selected.key, type_)

    def _leaves(self, selected: Field, function: str, at: Param | None) -> Iterator[Item]:
        kind = {"countDistinct": "Distinct", "min": "Value", "max": "Value"}.get(function, "Number")
        type_ = self.types(f"{self.entity.name}{kind}Aggregate")
        for inner in selected.on(type_):
            match meaning_of(inner.definition):
                case Column() as column:
                    aggregated = self.scope.aggregated(self.entity, function, self.scope.see(column), at)
                    yield Value(inner.key, self._carried(aggregated))
                case _:
                    yield TypeName(inner.key, type_.name)


def _carried_key(key: GroupKey) -> Carried:
    return Carried(key.label, key.term.scalar, key.nullable)


def _same(value: Any) -> Any:
    return value


def _size(given: Operand | None) -> int:
    size = given.choose() if given is not None and given.state else SIZE
    if not 1 <= size <= SIZE_LIMIT:
        raise BadUserInput(f'Argument "groups.first" is {size}; it must be from 1 to {SIZE_LIMIT:,}.')
    return int(size)


def _fraction(where: str, value: float) -> float:
    if not 0 <= value <= 1:
        raise BadUserInput(f'Argument "{where}" is {value}; it must be from 0 to 1.', argument=where)
    return value


ZONES = frozenset(name for name in available_timezones() if name[0].isupper() and name != "Factory")
"""Of the names that Python knows, those of zones: PostgreSQL has no "localtime"."""


def _zone(where: str, name: str) -> str:
    if name not in ZONES:
        raise BadUserInput(f'Argument "{where}" is not the IANA name of a time zone, like Europe/Berlin.')
    return name

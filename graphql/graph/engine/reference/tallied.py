"""Aggregates and groups on the reference path: all rows of the connection are read, and Python does what SQL does.

It shares nothing with `groups.py` but the plan, so that tests can hold the two together.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from graph.engine.asking.operands import Source, Variables
from graph.engine.errors import GAPS, TooManyGaps
from graph.engine.model.entities import Column
from graph.engine.planning.grouping import Grouping
from graph.engine.planning.plan import Bucket, GroupKey, Page, Summary
from graph.engine.planning.planner import Planner
from graph.engine.planning.terms import (
    Aggregated,
    AllOf,
    AnyOf,
    Carried,
    Compare,
    Condition,
    Not,
    OrderKey,
    Param,
    Term,
)
from graph.engine.reference.resolvers import Connection, GraphQLResolveInfo, LoadedPage, Record, loaders_of, selected

Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that have something in common, or all rows of a connection."""

    of: Connection
    rows: Sequence[Record]
    keys: Mapping[str, Any] = field(default_factory=dict)
    """What they have in common, by label."""
    paths: Mapping[tuple[str, ...], GroupKey] = field(default_factory=dict)
    info: GraphQLResolveInfo | None = None
    """The field that groups them."""


async def aggregate(page: LoadedPage, info: GraphQLResolveInfo) -> Group:
    """Resolves `aggregate`."""
    return Group(page.of, await loaders_of(info).everything(page.of, lambda _: {}))


async def groups(page: LoadedPage, info: GraphQLResolveInfo, **arguments: Any) -> list[Group]:
    """Resolves `groups`."""
    loaders, made = loaders_of(info), []

    def terms(planner: Planner) -> dict[str, Term]:
        grouping = _grouping(planner, page.of.entity)
        made.append((grouping, grouping.groups(selected(info), lambda *_: None)))
        summary = made[0][1]
        keys = {key.label: key.term for key in summary.keys}
        return keys | {label: found.term for label, found in summary.measures if found.term}

    rows = await loaders.everything(page.of, terms)
    grouping, summary = made[0]
    variables = info.variable_values.coerced
    found = _grouped(summary, rows, variables)
    each = [Group(page.of, group, keys, grouping.keys, info) for keys, group in found]
    return _shown(summary, each, variables)


def _grouping(planner: Planner, entity: str) -> Grouping:
    return Grouping(planner.scope, planner.graph[entity], planner.object_type)


def _grouped(
    summary: Summary, rows: Iterable[Record], variables: Variables
) -> list[tuple[dict[str, Any], list[Record]]]:
    found: dict[Key, list[Record]] = {}
    for row in rows:
        found.setdefault(tuple(_key_value(key, row[f"{key.label}_"], variables) for key in summary.keys), []).append(
            row
        )
    for key in _gaps(summary, found, variables):
        found.setdefault(key, [])
    labels = [key.label for key in summary.keys]
    return [(dict(zip(labels, key, strict=True)), group) for key, group in found.items()]


def _key_value(key: GroupKey, value: Any, variables: Variables) -> Any:
    return value if value is None or not key.bucket else first_of(value, key.bucket.unit, _zone(key.bucket, variables))


def _zone(bucket: Bucket, variables: Variables) -> ZoneInfo:
    return ZoneInfo("UTC" if bucket.zone is None else _given(bucket.zone, variables))


def _given(param: Param, variables: Variables) -> Any:
    return param.convert(param.source.of(variables))


def _gaps(summary: Summary, found: Mapping[Key, Any], variables: Variables) -> list[Key]:
    """The keys of buckets between others in which there is no row."""
    place = next((at for at, key in enumerate(summary.keys) if key.bucket and key.bucket.fill), None)
    if place is None:
        return []
    bucket = summary.keys[place].bucket
    assert bucket is not None and bucket.fill is not None
    here, zone = sorted({key[place] for key in found if key[place] is not None}), _zone(bucket, variables)
    ends = [bucket.fill.begin, bucket.fill.end]
    given = [None if end is None else _given(end, variables) for end in ends]
    firsts = [None if end is None else first_of(end.date() if bucket.day else end, bucket.unit, zone) for end in given]
    begin, end = firsts[0] or (here[0] if here else None), firsts[1] or (here[-1] if here else None)
    others = {(*key[:place], *key[place + 1 :]) for key in found} if len(summary.keys) > 1 else {()}
    return [(*key[:place], at, *key[place:]) for at in _series(begin, end, bucket.unit, zone) for key in others]


def _series(begin: Any, end: Any, unit: str, zone: ZoneInfo) -> list[Any]:
    found: list[Any] = []
    while begin is not None and end is not None and begin <= end:
        if len(found) > GAPS:
            raise TooManyGaps()
        found.append(begin)
        begin = next_of(begin, unit, zone)
    return found


def first_of(value: Any, unit: str, zone: ZoneInfo) -> Any:
    """The first moment, or day, of the bucket that a moment or day falls into."""
    if not isinstance(value, datetime):
        return _floor(datetime(value.year, value.month, value.day), unit).date()
    local = value.astimezone(zone)
    floor = _floor(local.replace(tzinfo=None), unit)
    if unit in ("hour", "minute"):
        return (value - (local.replace(tzinfo=None) - floor)).astimezone(UTC)
    return _moment(floor, zone)


def next_of(first: Any, unit: str, zone: ZoneInfo) -> Any:
    """The first moment, or day, of the bucket after the one that begins with `first`."""
    if unit in ("hour", "minute"):
        return first + timedelta(**{f"{unit}s": 1})
    if not isinstance(first, datetime):
        return first_of(first + timedelta(days=_ahead(unit)), unit, zone)
    local = first.astimezone(zone).replace(tzinfo=None) + timedelta(days=_ahead(unit), hours=2)
    return _moment(_floor(local, unit), zone)


def _ahead(unit: str) -> int:
    """Days that lead from the beginning of a bucket into the next one."""
    return {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}[unit]


def _floor(local: datetime, unit: str) -> datetime:
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    match unit:
        case "minute":
            return local.replace(second=0, microsecond=0)
        case "hour":
            return local.replace(minute=0, second=0, microsecond=0)
        case "day":
            return midnight
        case "week":
            return midnight - timedelta(days=midnight.weekday())
        case "month":
            return midnight.replace(day=1)
        case "quarter":
            return midnight.replace(month=(midnight.month - 1) // 3 * 3 + 1, day=1)
    return midnight.replace(month=1, day=1)


def _moment(local: datetime, zone: ZoneInfo) -> datetime:
    """A clock's time: one that is skipped by the offset before, of one that is there twice the first."""
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


def _shown(summary: Summary, found: list[Group], variables: Variables) -> list[Group]:
    measures = dict(summary.measures)

    def value(group: Group, term: Term) -> Any:
        assert isinstance(term, Carried)
        known = term.label in group.keys
        return group.keys[term.label] if known else tally(measures[term.label], group.rows, term.label)

    having = AllOf(summary.having)
    kept = [group for group in found if holds(having, partial(value, group), variables)]
    for key in reversed(summary.order):
        _sort(kept, key, partial(_value_of, value, key.term))
    start = _given(summary.offset, variables) if summary.offset else 0
    return kept[start : start + (summary.size or 1)]


def _value_of(value: Callable[[Group, Term], Any], term: Term, group: Group) -> Any:
    return value(group, term)


def _sort(found: list[Group], key: OrderKey, value: Callable[[Group], Any]) -> None:
    empty = [group for group in found if value(group) is None]
    rest = [group for group in found if value(group) is not None]
    rest.sort(key=lambda group: _sortable(value(group)), reverse=key.descending)
    found[:] = [*empty, *rest] if key.nulls_first else [*rest, *empty]


def _sortable(value: Any) -> Any:
    return (value.version, value.packed) if hasattr(value, "packed") else value


def tally(of: Aggregated, rows: Sequence[Record], label: str, at: float | None = None) -> Any:
    """What an aggregate comes to; `label` tells where the rows carry its term."""
    return _tally(of.function, [row[f"{label}_"] for row in rows] if of.term else rows, _currencies(of, rows), at)


def _currencies(of: Aggregated, rows: Sequence[Record]) -> set[Any] | None:
    return None if of.currency is None else {row["currency"] for row in rows} - {None}


def _tally(function: str, given: Sequence[Any], currencies: set[Any] | None, at: float | None) -> Any:
    if function == "count":
        return len(given)
    values = [value for value in given if value is not None]
    if function == "countDistinct":
        return len(set(values))
    if not values or (currencies is not None and len(currencies) != 1):
        return None
    return _FUNCTIONS[function](values, 0.5 if at is None else at)


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.000001"), ROUND_HALF_UP).normalize() + 0


def _mean(values: list[Any]) -> Decimal:
    with localcontext(prec=80):
        return _rounded(Decimal(sum(values)) / len(values))


def _deviation(values: list[Any]) -> Decimal | None:
    if len(values) < 2:
        return None
    with localcontext(prec=80):
        count, total = len(values), Decimal(sum(values))
        squares = sum(Decimal(value) ** 2 for value in values)
        return _rounded(((count * squares - total**2) / (count * (count - 1))).sqrt())


def _percentile(values: list[Any], at: float) -> Decimal:
    """As percentile_cont does, in double precision, which PostgreSQL turns into 15 decimal digits."""
    sizes = sorted(float(value) for value in values)
    place = at * (len(sizes) - 1)
    low, high = math.floor(place), math.ceil(place)
    found = sizes[low] if low == high else sizes[low] + (place - low) * (sizes[high] - sizes[low])
    return _rounded(Decimal(f"{found:.15g}"))


_FUNCTIONS: dict[str, Callable[[list[Any], float], Any]] = {
    "sum": lambda values, _: sum(values),
    "avg": lambda values, _: _mean(values),
    "stddev": lambda values, _: _deviation(values),
    "median": _percentile,
    "percentile": _percentile,
    "min": lambda values, _: min(values),
    "max": lambda values, _: max(values),
}


def holds(given: Condition, value: Callable[[Term], Any], variables: Variables) -> bool | None:
    """Whether a condition on a group holds; None if that is unknown."""
    match given:
        case AllOf(conditions=inner):
            return all(holds(one, value, variables) for one in inner)
        case AnyOf(conditions=inner):
            return any(holds(one, value, variables) for one in inner)
        case Not(condition=one):
            return not holds(one, value, variables)
        case Compare(term=term, operator=operator, params=params):
            found = value(term)
            if found is None and operator not in ("isNull", "notNull", "ne", "notIn"):
                return None
            return bool(_OPERATORS[operator](found, *(_given(param, variables) for param in params)))
    raise TypeError(f"No rule for {type(given).__name__}.")


def _like(flags: int) -> Callable[[str, str], bool]:
    def like(text: str, pattern: str) -> bool:
        pieces = re.findall(r"\\.|.", pattern, re.DOTALL)
        spelt = "".join({"%": ".*", "_": "."}.get(one) or re.escape(one[-1]) for one in pieces)
        return re.fullmatch(spelt, text, flags | re.DOTALL) is not None

    return like


_OPERATORS: dict[str, Callable[..., Any]] = {
    "eq": lambda value, other: value == other,
    "ne": lambda value, other: value != other,
    "in": lambda value, others: value in others,
    "notIn": lambda value, others: value not in others,
    "gt": lambda value, other: value > other,
    "gte": lambda value, other: value >= other,
    "lt": lambda value, other: value < other,
    "lte": lambda value, other: value <= other,
    "like": _like(0),
    "ilike": _like(re.IGNORECASE),
    "startsWith": _like(re.IGNORECASE),
    "endsWith": _like(re.IGNORECASE),
    "contains": _like(re.IGNORECASE),
    "isNull": lambda value: value is None,
    "notNull": lambda value: value is not None,
}


def count(group: Group, _: Any) -> int:
    """Resolves `count`."""
    return len(group.rows)


def key(group: Group, _: Any) -> "Prefix":
    """Resolves `key`."""
    return Prefix(group)


@dataclass(frozen=True, slots=True)
class Prefix:
    """A group, and the relations over which its key is being read."""

    group: Group
    path: tuple[str, ...] = ()


def key_of(name: str) -> Callable[..., Any]:
    """Resolves a field of a group's key."""

    def resolve(found: Prefix, info: GraphQLResolveInfo) -> Any:
        path = (*found.path, name)
        if path not in found.group.paths:
            return Prefix(found.group, path)
        known = found.group.paths[path]
        value = found.group.keys[known.label]
        return None if value is None else known.term.scalar.to_python(value)

    return resolve


def measured(function: str) -> Callable[..., Any]:
    """Resolves an aggregate function, of which its columns are selected."""

    def resolve(group: Group, info: GraphQLResolveInfo, at: float | None = None) -> Any:
        return Function(group, function, at)

    return resolve


@dataclass(frozen=True, slots=True)
class Function:
    """An aggregate function over a group."""

    group: Group
    name: str
    at: float | None


def value_of(column: Column) -> Callable[..., Any]:
    """Resolves an aggregate of a column."""

    def resolve(found: Function, _: Any) -> Any:
        rows = found.group.rows
        money = column.money and found.name != "countDistinct"
        currencies = {row["currency"] for row in rows} - {None} if money else None
        value = _tally(found.name, [_hashable(row[column.key]) for row in rows], currencies, found.at)
        if value is None or found.name == "countDistinct":
            return value
        return column.scalar.to_python(value) if found.name in ("min", "max") else format(Decimal(value), "f")

    return resolve


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


@dataclass(frozen=True, slots=True)
class GroupConnection(Connection):
    """The rows of a group, as a connection."""

    group: Group = field(kw_only=True)

    def frame(self, planner: Planner) -> Page:
        """Its page: of those rows of the connection around it that have the group's keys."""
        around = self.group.of.frame(planner)
        assert self.group.info is not None
        grouping = _grouping(planner, self.entity)
        grouping.groups(selected(self.group.info), lambda *_: None)
        inner = planner.frame(planner.graph[self.entity], selected(self.info))
        variables = self.info.variable_values.coerced
        values = self.group.keys.values()
        same = [
            one
            for known, value in zip(grouping.keys.values(), values, strict=True)
            for one in _same(planner, known, value, variables)
        ]
        return replace(inner, where=(*around.where, *inner.where, *same), within=around.searches)


def _same(planner: Planner, key: GroupKey, value: Any, variables: Variables) -> list[Condition]:
    """That rows have `value` in common."""

    def given(moment: Any) -> tuple[Param, ...]:
        return (planner.scope.param(Source(constant=moment), lambda known: known, key.term.scalar.bind),)

    if value is None:
        return [Compare(key.term, "isNull")]
    if not key.bucket:
        return [Compare(key.term, "eq", given(value))]
    after = next_of(value, key.bucket.unit, _zone(key.bucket, variables))
    return [Compare(key.term, "gte", given(value)), Compare(key.term, "lt", given(after))]


async def rows(group: Group, info: GraphQLResolveInfo, **arguments: Any) -> LoadedPage:
    """Resolves `rows`."""
    of = group.of
    around = GroupConnection(of.entity, info, of.relation, of.key, group=group)
    return await loaders_of(info).page(around)

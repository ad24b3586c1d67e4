"""Plans the conditions that a `filter` or `having` says: from operands to `terms.Condition`."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from sqlalchemy import DateTime, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from graph.engine.asking.operands import Operand
from graph.engine.errors import BadUserInput, Forbidden
from graph.engine.model.entities import Column, Entity, Relation
from graph.engine.model.filters import OPERATORS, PATTERNS, Takes, bind_type, bounded, json_text, operators_of, pattern
from graph.engine.model.ids import uuid_of
from graph.engine.planning import moments
from graph.engine.planning.scope import Scope
from graph.engine.planning.terms import (
    Aggregated,
    AllOf,
    AnyOf,
    Compare,
    Condition,
    Exists,
    Folded,
    Hop,
    Length,
    Not,
    Param,
    Seen,
    Term,
)

DEPTH = 5
"""How deep and/or/not and relations may be nested in a filter."""
BRANCHES = 50
"""How many conditions one operation may have."""

Inner = Callable[[Operand, int], Iterator[Condition]]


def where(scope: Scope, entity: Entity, given: Operand | None, depth: int = 0) -> Iterator[Condition]:
    """What the filter `given` says of rows of `entity`."""
    if given is None or not given.state:
        return
    for name, inner in _said(scope, given, depth):
        if name in ("and", "or", "not"):
            yield _combined(name, inner, partial(where, scope, entity), depth)
        elif name in entity.relations:
            yield from _related(scope, entity.relations[name], inner, depth)
        else:
            yield from compares(scope, scope.see(entity.columns[name]), inner, entity)


def _said(scope: Scope, given: Operand, depth: int) -> Iterator[tuple[str, Operand]]:
    """The keys of a filter with what they hold. Raises BadUserInput beyond the bounds, and where one is null."""
    if depth > DEPTH:
        raise BadUserInput(f'Argument "{given.where}" is nested deeper than {DEPTH} levels.', argument=given.where)
    for name, inner in given.fields():
        scope.branches += 1
        if scope.branches > BRANCHES:
            raise BadUserInput(f"The operation has more than {BRANCHES} conditions.", argument=given.where)
        if not inner.state:
            raise BadUserInput(f'Argument "{inner.where}" is null; leave it out instead.', argument=inner.where)
        yield name, inner


def _combined(name: str, given: Operand, inner: Inner, depth: int) -> Condition:
    if name == "not":
        return Not(AllOf(tuple(inner(given, depth + 1))))
    each = tuple(AllOf(tuple(inner(item, depth + 1))) for item in given.items())
    return AllOf(each) if name == "and" else AnyOf(each)


def _related(scope: Scope, relation: Relation, given: Operand, depth: int) -> Iterator[Condition]:
    hop = scope.hop(relation)
    if not relation.many:
        yield Exists(hop, tuple(where(scope, hop.target, given, depth + 1)))
        return
    said = dict(_said(scope, given, depth + 1))
    counted = tuple(where(scope, hop.target, said.pop("where", None), depth + 1))
    if counted and not said.keys() - {"some", "none", "every"}:
        raise BadUserInput(f'Argument "{given.where}.where" needs "count" or a measure beside it.')
    for name, inner in said.items():
        if name in _QUANTIFIERS:
            yield _QUANTIFIERS[name](hop, tuple(where(scope, hop.target, inner, depth + 1)))
        else:
            for aggregated, operators in measures(scope, hop.target, name, inner):
                yield from compares(scope, Folded(hop, counted, aggregated, scope.label("f")), operators)


_QUANTIFIERS: dict[str, Callable[[Hop, tuple[Condition, ...]], Condition]] = {
    "some": Exists,
    "none": lambda hop, inner: Not(Exists(hop, inner)),
    "every": lambda hop, inner: Not(Exists(hop, (Not(AllOf(inner)),))),
}


def measures(scope: Scope, entity: Entity, name: str, given: Operand) -> Iterator[tuple[Aggregated, Operand]]:
    """The aggregates of rows of `entity` that the key `name` of a filter is about, each with its operators."""
    if name == "count":
        yield Aggregated("count"), given
        return
    for column, operators in given.fields():
        if not operators.state:
            raise BadUserInput(f'Argument "{operators.where}" is null; leave it out instead.')
        yield scope.aggregated(entity, name, scope.see(entity.columns[column])), operators


def having(
    scope: Scope, entity: Entity, given: Operand | None, carried: Callable[[Aggregated], Term], depth: int = 0
) -> Iterator[Condition]:
    """What `given` says of groups of rows of `entity`, whose aggregates are `carried` by some name."""
    if given is None or not given.state:
        return
    for name, inner in _said(scope, given, depth):
        if name in ("and", "or", "not"):
            yield _combined(name, inner, lambda item, deep: having(scope, entity, item, carried, deep), depth)
        else:
            for aggregated, operators in measures(scope, entity, name, inner):
                yield from compares(scope, carried(aggregated), operators)


def compares(scope: Scope, term: Term, given: Operand, entity: Entity | None = None) -> Iterator[Condition]:
    """What the operators `given` say of `term`, a column of `entity` if that is told."""
    known = operators_of(term.scalar.kind)
    for spoken, operand in given.fields():
        if not operand.state:
            raise BadUserInput(f'Argument "{operand.where}" is null; use isNull.', argument=operand.where)
        yield from _compare(scope, term, known[spoken], operand, entity)


def _compare(scope: Scope, term: Term, operator: str, given: Operand, entity: Entity | None) -> Iterator[Condition]:
    match OPERATORS[operator].takes:
        case Takes.FLAG:
            yield Compare(term, "isNull" if given.choose() else "notNull")
        case Takes.LENGTH:
            yield from compares(scope, Length(term), given)
        case Takes.RANGE:
            for bound, end in given.fields():
                yield from _single(scope, term, "gte" if bound == "from" else "lte", end, entity)
        case Takes.SPAN:
            for bound, convert in (("gte", moments.begin), ("lte", moments.end)):
                yield from _moment(scope, term, bound, given, entity, partial(convert, where=given.where))
        case Takes.JSON_AT:
            yield _at(scope, term, given)
        case _:
            if operator == "regex" and scope.viewer.kind != "admin":
                raise Forbidden(f'Argument "{given.where}" is for admins; use like or ilike.')
            yield from _single(scope, term, operator, given, entity)


def _single(scope: Scope, term: Term, operator: str, given: Operand, entity: Entity | None) -> Iterator[Condition]:
    """One operator with one parameter."""
    if _is_time(term, entity) and operator in moments.RANGES:
        yield from _moment(scope, term, operator, given, entity, lambda moment: moment)
        return
    op = OPERATORS[operator]
    convert = _converter(op.takes, operator, term, given.where)
    yield Compare(term, operator, (scope.param(given.param(), convert, bind_type(op, term.scalar)),))


def _is_time(term: Term, entity: Entity | None) -> bool:
    """Whether `term` is the time in the id of a firehose table, and the viewer sees it as it is."""
    return isinstance(term, Seen) and entity is not None and term.column.key == entity.time and not term.rule


def _moment(
    scope: Scope, term: Term, operator: str, given: Operand, entity: Entity | None, convert: Callable[[Any], Any]
) -> Iterator[Condition]:
    """A moment compared with; on the time of a firehose table it becomes a range of ids, which prunes partitions."""
    if entity is None or not _is_time(term, entity):
        yield Compare(term, operator, (scope.param(given.param(), convert, DateTime(timezone=True)),))
        return
    for id_operator, least in moments.RANGES[operator]:
        key = scope.param(given.param(), partial(_chained, convert, least), Uuid())
        yield Compare(Seen(entity.id), id_operator, (key,))


def _chained(first: Callable[[Any], Any], then: Callable[[Any], Any], value: Any) -> Any:
    return then(first(value))


def _at(scope: Scope, term: Term, given: Operand) -> Condition:
    """A place in a JSON document and the value there."""
    parts = dict(given.fields())
    if "eq" not in parts:
        raise BadUserInput(f'Argument "{given.where}" says no value: give "eq".', argument=given.where)
    place: Param = scope.param(parts["at"].param(), partial(bounded, where=given.where), ARRAY(Text()))
    value = scope.param(parts["eq"].param(), partial(json_text, where=given.where), JSONB())
    return Compare(term, "path", (place, value))


def _converter(takes: Takes, operator: str, term: Term, where: str) -> Callable[[Any], Any]:
    """What becomes of a client's value on its way to the parameter."""
    column = term.column if isinstance(term, Seen) else None
    if operator in PATTERNS:
        return PATTERNS[operator]
    match takes:
        case Takes.PATTERN:
            return partial(pattern, where=where)
        case Takes.JSON:
            return partial(json_text, where=where)
        case Takes.MANY | Takes.TEXTS:
            return partial(_values, column, where)
    return partial(key_value, column, where)


def key_value(column: Column | None, where: str, value: Any) -> Any:
    """A client's value for `column`: of a global ID its uuid; BadUserInput names the argument `where`."""
    return uuid_of(value, column.refers, where) if column is not None and column.refers else value


def _values(column: Column | None, where: str, values: Iterable[Any]) -> list[Any]:
    return [key_value(column, where, value) for value in bounded(values, where)]

"""Conditions for the rows after a cursor, in any order, with NULLs and mixed directions.

Where all keys run one way and none is null it is a row comparison, which one index range serves; else ranges whose
union is ordered (an OR of them would read and filter every row before the cursor).
"""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, FromClause, UnaryExpression, and_, false, or_, true, tuple_

from graph.engine.planning.terms import OrderKey, Seen
from graph.engine.sql.expressions import expression

Value = ColumnElement[Any] | None
"""The value of a key at the cursor; None for NULL."""

Labels = Mapping[str, ColumnElement[Any]]
NO_LABELS: Labels = MappingProxyType({})


def sorting(keys: Sequence[OrderKey], row: FromClause, named: Labels = NO_LABELS) -> list[UnaryExpression[Any]]:
    """The ORDER BY of `keys` over `row`; a NULLS clause only where it is not PostgreSQL's own choice.

    What the select has `named` among its columns is ordered by its name, so that it is computed once.
    """
    return [_sorted(key, row, named) for key in keys]


def _sorted(key: OrderKey, row: FromClause, named: Labels) -> UnaryExpression[Any]:
    label = "" if isinstance(key.term, Seen) else getattr(key.term, "label", "")
    column = named[label] if label in named else expression(key.term, row)
    ordered = column.desc() if key.descending else column.asc()
    if not key.term.nullable or key.nulls_first == key.descending:
        return ordered
    return ordered.nulls_first() if key.nulls_first else ordered.nulls_last()


def opposite(keys: Sequence[OrderKey]) -> tuple[OrderKey, ...]:
    """The order read backwards."""
    return tuple(key.reversed() for key in keys)


def after(keys: Sequence[OrderKey], values: Sequence[Value], row: FromClause) -> ColumnElement[bool]:
    """Whether `row` comes strictly after the one that has `values`."""
    return or_(false(), *ranges(keys, values, row))


def at(keys: Sequence[OrderKey], values: Sequence[Value], row: FromClause) -> ColumnElement[bool]:
    """Whether `row` has the last of `values` in all of `keys`."""
    last = values[-len(keys) :]
    return and_(true(), *(_equal(key, value, row) for key, value in zip(keys, last, strict=True)))


def _equal(key: OrderKey, value: Value, row: FromClause) -> ColumnElement[bool]:
    column = expression(key.term, row)
    return column.is_(None) if value is None else column == value


def ranges(keys: Sequence[OrderKey], values: Sequence[Value], row: FromClause) -> tuple[ColumnElement[bool], ...]:
    """Disjoint conditions whose union is every row strictly after `values`, nearest first."""
    if len({key.descending for key in keys}) == 1 and not any(key.term.nullable for key in keys):
        left = tuple_(*(expression(key.term, row) for key in keys))
        right = tuple_(*values)
        return (left < right if keys[0].descending else left > right,)
    return tuple(_ranges(keys, values, row))


def count(keys: Sequence[OrderKey], values: Sequence[object | None]) -> int:
    """How many `ranges` there are for a cursor with these values, of which only what is None matters."""
    if len({key.descending for key in keys}) == 1 and not any(key.term.nullable for key in keys):
        return 1
    return sum(_count(key, value) for key, value in zip(keys, values, strict=True))


def _count(key: OrderKey, value: object | None) -> int:
    if value is None:
        return int(key.nulls_first)
    return 1 + (key.term.nullable and not key.nulls_first)


def _ranges(keys: Sequence[OrderKey], values: Sequence[Value], row: FromClause) -> Iterator[ColumnElement[bool]]:
    for depth in reversed(range(len(keys))):
        equal = [_equal(key, value, row) for key, value in zip(keys[:depth], values[:depth], strict=True)]
        for beyond in _beyond(keys[depth], values[depth], row):
            yield and_(*equal, beyond)


def _beyond(key: OrderKey, value: Value, row: FromClause) -> Iterator[ColumnElement[bool]]:
    column = expression(key.term, row)
    if value is None:
        if key.nulls_first:
            yield column.is_not(None)
        return
    yield column < value if key.descending else column > value
    if key.term.nullable and not key.nulls_first:
        yield column.is_(None)

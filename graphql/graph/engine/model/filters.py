"""The operators of `filter`, in one table: what they are called, which kinds of values have them, what SQL they become.

Only total operators belong here: none may raise on a row, least of all on a row that is not the viewer's. Answers are
of two values: what is opposite of an operator is true of a row without a value.
"""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from typing import Any

import orjson
from sqlalchemy import ARRAY, ColumnElement, Text, any_
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

from graph.engine.errors import BadUserInput
from graph.engine.model.scalars import Expression, Kind, Scalar

LIST_LIMIT = 500
"""Items of a list in a filter."""
JSON_LIMIT = 16 * 1024
"""Bytes of a JSON value in a filter."""

SINGLE = frozenset(Kind) - {Kind.LIST, Kind.DOCUMENT}
ORDERED = SINGLE - {Kind.FLAG, Kind.CHOICE}
WORDS = frozenset({Kind.TEXT})
ALL = frozenset(Kind)


class Takes(Enum):
    """What an operator is given."""

    ONE = auto()
    MANY = auto()
    RANGE = auto()
    FLAG = auto()
    PATTERN = auto()
    TEXTS = auto()
    LENGTH = auto()
    JSON = auto()
    JSON_KEY = auto()
    JSON_AT = auto()
    SPAN = auto()


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator: the kinds of values that have it, its operand, and what it says."""

    kinds: frozenset[Kind]
    takes: Takes
    description: str


OPERATORS: dict[str, Operator] = {
    "eq": Operator(SINGLE, Takes.ONE, "Equal to this."),
    "ne": Operator(SINGLE, Takes.ONE, "Not equal to this, or without a value."),
    "in": Operator(SINGLE, Takes.MANY, "Equal to one of these."),
    "notIn": Operator(SINGLE, Takes.MANY, "Equal to none of these, or without a value."),
    "gt": Operator(ORDERED, Takes.ONE, "After or above this."),
    "gte": Operator(ORDERED, Takes.ONE, "Not before or below this."),
    "lt": Operator(ORDERED, Takes.ONE, "Before or below this."),
    "lte": Operator(ORDERED, Takes.ONE, "Not after or above this."),
    "between": Operator(ORDERED, Takes.RANGE, "From one value to another, both of them included."),
    "within": Operator(frozenset({Kind.MOMENT}), Takes.SPAN, "Within a span of time before or after now."),
    "like": Operator(WORDS, Takes.PATTERN, "Like this pattern: % stands for any characters, _ for one of them."),
    "ilike": Operator(WORDS, Takes.PATTERN, "Like this pattern in any case."),
    "startsWith": Operator(WORDS, Takes.ONE, "Begins with this, in any case."),
    "endsWith": Operator(WORDS, Takes.ONE, "Ends with this, in any case."),
    "contains": Operator(WORDS, Takes.ONE, "Has this in it, in any case."),
    "regex": Operator(WORDS, Takes.ONE, "Matches this regular expression of PostgreSQL's. For admins only."),
    "containsAll": Operator(frozenset({Kind.LIST}), Takes.TEXTS, "Has all of these."),
    "containedBy": Operator(frozenset({Kind.LIST}), Takes.TEXTS, "Has nothing but some of these."),
    "overlaps": Operator(frozenset({Kind.LIST}), Takes.TEXTS, "Has at least one of these."),
    "length": Operator(frozenset({Kind.LIST}), Takes.LENGTH, "How many items it has."),
    "containsJson": Operator(frozenset({Kind.DOCUMENT}), Takes.JSON, "Has all of this in it, as PostgreSQL's @> says."),
    "hasKey": Operator(frozenset({Kind.DOCUMENT}), Takes.JSON_KEY, "Is an object with this key, or a list with it."),
    "path": Operator(frozenset({Kind.DOCUMENT}), Takes.JSON_AT, "Has this value at this place."),
    "isNull": Operator(ALL, Takes.FLAG, "Without a value if true, with one if false."),
}

SPOKEN = {"containsAll": "contains", "containsJson": "contains"}
"""What operators are called in the schema whose name here another one has."""


def _any(column: Expression, values: Any) -> ColumnElement[bool]:
    return column == any_(values)


def _differs(column: Expression, value: Any) -> ColumnElement[bool]:
    return column.is_distinct_from(value)


def _none(column: Expression, values: Any) -> ColumnElement[bool]:
    return (column == any_(values)).is_not(True)


def _at(column: Expression, path: Any, value: Any) -> ColumnElement[bool]:
    there: Expression = column.op("#>", precedence=6, return_type=JSONB())(path)
    return there.is_not_distinct_from(value)  # a place that is not there has no value, which is no unknown one


def _operator(symbol: str) -> Callable[..., ColumnElement[bool]]:
    return lambda column, value: column.bool_op(symbol, precedence=5)(value)


CONDITIONS: dict[str, Callable[..., ColumnElement[bool]]] = {
    "eq": operator.eq,
    "ne": _differs,
    "in": _any,
    "notIn": _none,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "like": _operator("LIKE"),
    "ilike": _operator("ILIKE"),
    "startsWith": _operator("ILIKE"),
    "endsWith": _operator("ILIKE"),
    "contains": _operator("ILIKE"),
    "regex": _operator("~"),
    "containsAll": _operator("@>"),
    "containedBy": _operator("<@"),
    "overlaps": _operator("&&"),
    "containsJson": _operator("@>"),
    "hasKey": _operator("?"),
    "path": _at,
    "isNull": lambda column: column.is_(None),
    "notNull": lambda column: column.is_not(None),
}
"""What each operator of a plan's conditions becomes, over a column and its parameters."""


@cache
def operators_of(kind: Kind) -> dict[str, str]:
    """The operators that values of `kind` have, by what the schema calls them."""
    return {SPOKEN.get(key, key): key for key, op in OPERATORS.items() if kind in op.kinds}


def bounded(values: Any, where: str) -> list[Any]:
    """The list `values`; BadUserInput names the argument `where` if it is too long."""
    if len(values) > LIST_LIMIT:
        raise BadUserInput(f'Argument "{where}" has {len(values)} items; at most {LIST_LIMIT} are allowed.')
    return list(values)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def pattern(value: str, where: str) -> str:
    """A pattern of LIKE; BadUserInput names `where` if it ends in the middle of an escape."""
    if (len(value) - len(value.rstrip("\\"))) % 2:
        raise BadUserInput(f'Argument "{where}" ends with a backslash that escapes nothing.', argument=where)
    return value


PATTERNS: dict[str, Callable[[str], str]] = {
    "startsWith": lambda text: f"{_escaped(text)}%",
    "endsWith": lambda text: f"%{_escaped(text)}",
    "contains": lambda text: f"%{_escaped(text)}%",
}
"""How plain text becomes a pattern."""


_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
"""The escape of U+0000 in JSON; after a backslash that is itself escaped it is only text."""


def json_text(value: Any, where: str) -> str:
    """A JSON value as PostgreSQL takes it; BadUserInput names `where` if it cannot."""
    try:
        text = orjson.dumps(value).decode()
    except (TypeError, ValueError, RecursionError):
        raise BadUserInput(f'Argument "{where}" is no JSON value.', argument=where) from None
    if len(text) > JSON_LIMIT or _NUL.search(text):
        reason = f"is larger than {JSON_LIMIT} bytes" if len(text) > JSON_LIMIT else "holds the character U+0000"
        raise BadUserInput(f'Argument "{where}" {reason}.', argument=where)
    return text


BINDS: dict[Takes, TypeEngine[Any]] = {Takes.TEXTS: ARRAY(Text()), Takes.JSON: JSONB(), Takes.JSON_KEY: Text()}


def bind_type(op: Operator, scalar: Scalar) -> TypeEngine[Any]:
    """The SQL type of the operand of `op` on columns of `scalar`."""
    return ARRAY(scalar.bind) if op.takes is Takes.MANY else BINDS.get(op.takes, scalar.bind)

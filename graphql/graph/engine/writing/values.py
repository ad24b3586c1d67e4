"""From what a client gives of a row to the JSON that a statement takes; what PostgreSQL could not read is refused."""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import Numeric, Table
from sqlalchemy.dialects.postgresql import JSONB

from graph.engine.model.entities import Column
from graph.engine.model.ids import prefix_of, uuid_of
from graph.engine.writing.items import Given
from graph.engine.writing.refusals import Refusal


class Rule(NamedTuple):
    """What must hold of a value, and what is said of it if it does not."""

    holds: Callable[[Any], bool]
    message: str


class Value(NamedTuple):
    """How the values of one column are taken: what PostgreSQL would refuse of them with all rows of the statement, or
    alter without a word, and how they are written as JSON.
    """

    name: str
    key: str
    rules: tuple[Rule, ...]
    json: Callable[[Any], Any]


def row_of(values: Iterable[Value], given: Given) -> tuple[dict[str, Any], list[Refusal]]:
    """The columns of a row as JSON values, by the names of the table; and what is wrong with them already."""
    row: dict[str, Any] = {}
    refusals: list[Refusal] = []
    for name, key, rules, json_of_it in values:
        if name in given:
            value = given[name]
            if value is not None:
                refusals += [Refusal("BAD_USER_INPUT", name, rule.message) for rule in rules if not rule.holds(value)]
            row[key] = None if value is None or refusals else json_of_it(value)
    return row, refusals


def key_of(prefix: str, given: object) -> tuple[UUID | None, list[Refusal]]:
    """The uuid in a global ID that begins with `prefix`, or that it is none."""
    if prefix_of(given) != prefix:
        return None, [Refusal("BAD_USER_INPUT", "id", f"is not the ID of a {prefix}: expected {prefix}_<uuid>")]
    return uuid_of(given, prefix, "id"), []


def value_of(table: Table, column: Column) -> Value:
    """How values of `column` are taken, which is one of `table`."""
    return Value(column.name, column.key, tuple(_rules(table, column)), _named if column.refers is not None else _json)


def json_of(value: Any) -> str:
    """The JSON of what clients give; what it has no form for as text. PostgreSQL's numbers have no end, orjson's do."""
    try:
        return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_SORT_KEYS).decode()
    except TypeError:
        return json.dumps(value, default=str, sort_keys=True)


def _is_finite(value: Any) -> bool:
    """Whether no number in a JSON value was too large to be read."""
    if isinstance(value, float):
        return isfinite(value)
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return all(_is_finite(one) for one in inner)


def _rules(table: Table, column: Column) -> Iterator[Rule]:
    type_ = table.columns[column.key].type
    if (prefix := column.refers) is not None:
        yield Rule(lambda value: prefix_of(value) == prefix, f"is not the ID of a {prefix}: expected {prefix}_<uuid>")
    elif isinstance(type_, Numeric) and type_.precision is not None:
        scale = type_.scale or 0
        limit = Decimal(10) ** (type_.precision - scale)
        yield Rule(lambda value: abs(value) < limit, "is too large")
        yield Rule(lambda value: value == round(value, scale), f"must have at most {scale} decimals")
    elif isinstance(type_, JSONB):
        kind, said = _DOCUMENTS.get(_initial(table, column), (object, ""))
        yield Rule(lambda value: isinstance(value, kind), said)
        yield Rule(_is_finite, "holds a number that is too large")


_DOCUMENTS: dict[str, tuple[type, str]] = {
    "'{}'": (dict, "must be an object"),
    "'[]'": (list, "must be a list"),
}
"""What a JSON column holds, by what it holds at first."""


def _initial(table: Table, column: Column) -> str:
    default = table.columns[column.key].server_default
    return str(default.arg) if default is not None else ""  # type: ignore[attr-defined]


def _named(value: str) -> str:
    """The uuid in a global ID."""
    return value.rpartition("_")[2]


def _json(value: Any) -> Any:
    if type(value) is str:  # most are
        return value
    for kind, write in _WRITTEN:
        if isinstance(value, kind):
            return write(value)
    return value


_WRITTEN: tuple[tuple[type, Callable[[Any], str]], ...] = (
    (datetime, datetime.isoformat),
    (date, date.isoformat),
    (Decimal, lambda value: format(value, "f")),
    (UUID, str),
)
"""How values are written that JSON has no form for; the first that fits."""

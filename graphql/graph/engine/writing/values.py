"""From what a client gives of a row to the JSON that a statement takes; what PostgreSQL could not read is refused."""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Numeric
from sqlalchemy.dialects.postgresql import JSONB

from graph.engine.model.entities import Column
from graph.engine.model.ids import prefix_of, uuid_of
from graph.engine.writing.items import Given
from graph.engine.writing.refusals import Refusal
from graph.engine.writing.writable import Writable


def row_of(book: Writable, columns: Iterable[Column], given: Given) -> tuple[dict[str, Any], list[Refusal]]:
    """The columns of a row as JSON values, by the names of the table; and what is wrong with them already."""
    row: dict[str, Any] = {}
    refusals: list[Refusal] = []
    for column in columns:
        if column.name in given:
            value = given[column.name]
            refusals += [] if value is None else _against(book, column, value)
            row[column.key] = None if value is None or refusals else _json(column, value)
    return row, refusals


def key_of(book: Writable, given: object) -> tuple[UUID | None, list[Refusal]]:
    """The uuid in a global ID of the entity, or that it is none."""
    prefix = book.entity.prefix
    if prefix_of(given) != prefix:
        return None, [Refusal("BAD_USER_INPUT", "id", f"is not the ID of a {prefix}: expected {prefix}_<uuid>")]
    return uuid_of(given, prefix, "id"), []


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


def _against(book: Writable, column: Column, value: Any) -> Iterator[Refusal]:
    for holds, message in _rules(book, column, value):
        if not holds:
            yield Refusal("BAD_USER_INPUT", column.name, message)


def _rules(book: Writable, column: Column, value: Any) -> Iterator[tuple[bool, str]]:
    """What PostgreSQL would refuse with all rows of the statement, or alter without a word."""
    type_ = book.table.columns[column.key].type
    if column.refers is not None:
        yield prefix_of(value) == column.refers, f"is not the ID of a {column.refers}: expected {column.refers}_<uuid>"
    elif isinstance(type_, Numeric) and type_.precision is not None:
        scale = type_.scale or 0
        yield abs(value) < Decimal(10) ** (type_.precision - scale), "is too large"
        yield value == round(value, scale), f"must have at most {scale} decimals"
    elif isinstance(type_, JSONB):
        kind, said = _DOCUMENTS.get(_initial(book, column), (object, ""))
        yield isinstance(value, kind), said
        yield _is_finite(value), "holds a number that is too large"


_DOCUMENTS: dict[str, tuple[type, str]] = {
    "'{}'": (dict, "must be an object"),
    "'[]'": (list, "must be a list"),
}
"""What a JSON column holds, by what it holds at first."""


def _initial(book: Writable, column: Column) -> str:
    default = book.table.columns[column.key].server_default
    return str(default.arg) if default is not None else ""  # type: ignore[attr-defined]


def _json(column: Column, value: Any) -> Any:
    if column.refers is not None:
        return str(uuid_of(value, column.refers, column.name))
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

"""What a value of a column must be, as msgspec checks it, and how it becomes what COPY takes.

One line for each type of column; knows no table.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from math import isfinite
from typing import Annotated, Any, Literal

from asyncpg.pgproto.pgproto import UUID as FastUUID
from msgspec import Meta
from sqlalchemy import ARRAY, BigInteger, Boolean, Column, Date, DateTime, Integer, Numeric, Text, Uuid
from sqlalchemy.dialects.postgresql import INET, JSONB
from sqlalchemy.types import TypeEngine

from graph.engine.model.scalars import parse_decimal, parse_ip
from graph.engine.writing.values import json_of
from models.columns import OneOf

Read = Callable[[Any], Any]
"""From what a client gives to what COPY takes; raises ValueError with what is wrong, or without words if that is
what the value must be.
"""

NESTED = 50
"""Lists and objects inside each other, as in the variables of any request."""

_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


@dataclass(frozen=True, slots=True)
class Value:
    """What a value must be."""

    kind: Any
    """As msgspec knows it."""
    says: str
    """As people read it, after the name of the field."""
    graphql: str
    """What a derived input would call it."""
    read: Read | None = None


def value_of(column: Column[Any], prefix: str | None, lengths: tuple[int, int] | None) -> Value:
    """What a value of `column` must be, which names a row whose IDs begin with `prefix`; TypeError without a rule."""
    if prefix is not None:
        return _reference(prefix)
    if isinstance(column.type, Text) and lengths is not None:
        least, most = lengths
        text = Annotated[str, Meta(min_length=least, max_length=most)]
        return Value(text, f"must be a text of {least} to {most} characters", "String")
    for known, rule in _RULES:
        if isinstance(column.type, known):
            return rule(column)
    raise TypeError(f"No rule for values of {column.type!r}.")


def _reference(prefix: str) -> Value:
    cut = len(prefix) + 1
    kind = Annotated[str, Meta(pattern=rf"^{prefix}_{_UUID}\Z")]
    says = f"is not the ID of a {prefix}: expected {prefix}_<uuid>"
    return Value(kind, says, "ID", lambda text: FastUUID(text[cut:]))


def _choice(column: Column[Any]) -> Value:
    assert isinstance(column.type, OneOf)
    kind: Any = Literal.__getitem__(column.type.members)
    return Value(kind, f"must be one of {', '.join(column.type.members)}", column.type.name)


def _integer(bits: int, graphql: str) -> Callable[[Column[Any]], Value]:
    least, most = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    number = Annotated[int, Meta(ge=least, le=most)]
    if graphql == "Int":
        return lambda column: Value(number, f"must be a whole number of {bits} bits", graphql)

    def read(given: int | str) -> int:
        if not least <= (found := int(given)) <= most:
            raise ValueError
        return found

    kind = number | Annotated[str, Meta(pattern=r"^-?[0-9]{1,19}\Z")]
    return lambda column: Value(kind, f"must be a whole number of {bits} bits", graphql, read)


def _decimal(column: Column[Any]) -> Value:
    """A decimal: as text it is taken as it is, which leaves reading it to the driver."""
    assert isinstance(column.type, Numeric)
    whole, scale = (column.type.precision or 1000) - (column.type.scale or 0), column.type.scale or 0
    plain = re.compile(rf"[+-]?0*[0-9]{{1,{whole}}}(\.[0-9]{{1,{scale or 1}}}0*)?").fullmatch

    def read(given: str | int | float) -> str | Decimal:
        if isinstance(given, str) and len(given) < 40 and plain(given):
            return given
        number = _number(given)
        if abs(number) >= Decimal(10) ** whole:
            raise ValueError("is too large")
        if number != round(number, scale):
            raise ValueError(f"must have at most {scale} decimals")
        return number

    return Value(str | int | float, 'must be a decimal number like "19.99"', "Decimal", read)


def _number(given: str | int | float) -> Decimal:
    try:
        return parse_decimal(given)
    except ValueError:
        raise ValueError from None


def _moment(column: Column[Any]) -> Value:
    says = "must be a moment with its offset, like 2026-01-31T12:00:00Z"
    return Value(Annotated[datetime, Meta(tz=True)], says, "DateTime", _finite_moment)


def _finite_moment(given: datetime) -> datetime:
    try:
        moment = given.astimezone(UTC)
    except OverflowError:
        raise ValueError from None
    if moment.replace(tzinfo=None) == datetime.max:  # which the driver would send as infinity
        raise ValueError
    return moment


def _document(column: Column[Any]) -> Value:
    initial = str(column.server_default.arg) if column.server_default is not None else ""  # type: ignore[attr-defined]
    kind, says = _DOCUMENTS.get(initial, (Any, "must be JSON"))
    return Value(kind, says, "JSON", _json)


_DOCUMENTS: dict[str, tuple[Any, str]] = {
    "'{}'": (dict[str, Any], "must be an object"),
    "'[]'": (list[Any], "must be a list"),
}
"""What a JSON column holds, by what it holds at first."""


def _json(given: Any) -> str:
    depth = 0
    level = [given]
    while level := [inner for one in level for inner in _inside(one)]:
        depth += 1
        if depth > NESTED:
            raise ValueError(f"nests more than {NESTED} lists and objects")
    return json_of(given)


def _inside(holder: Any) -> Iterator[Any]:
    """The lists and objects in one, whose numbers are all finite."""
    for value in holder.values() if isinstance(holder, dict) else holder if isinstance(holder, list) else ():
        if isinstance(value, dict | list):
            yield value
        elif isinstance(value, float) and not isfinite(value):
            raise ValueError("holds a number that is too large")


def _texts(column: Column[Any]) -> Value:
    return Value(list[str], "must be a list of texts", "[String!]")


_RULES: tuple[tuple[type[TypeEngine[Any]], Callable[[Column[Any]], Value]], ...] = (
    (OneOf, _choice),
    (Boolean, lambda column: Value(bool, "must be true or false", "Boolean")),
    (BigInteger, _integer(64, "BigInt")),
    (Integer, _integer(32, "Int")),
    (Numeric, _decimal),
    (DateTime, _moment),
    (Date, lambda column: Value(date, "must be a day like 2026-01-31", "Date")),
    (JSONB, _document),
    (ARRAY, _texts),
    (Text, lambda column: Value(str, "must be a text", "String")),
    (INET, lambda column: Value(str, "must be an address like 192.0.2.1", "IpAddress", lru_cache(4_096)(_address))),
    (Uuid, lambda column: Value(Annotated[str, Meta(pattern=rf"^{_UUID}\Z")], "must be a uuid", "UUID", FastUUID)),
)


def _address(given: str) -> str:
    try:
        return parse_ip(given)
    except ValueError:
        raise ValueError from None

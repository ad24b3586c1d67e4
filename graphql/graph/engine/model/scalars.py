"""How a column's value looks in JSON: one rule set for the SQL that writes it and for the Python that does.

A `Scalar` pairs the two, so that the compiled and the reference path cannot drift apart:
DateTime as PostgreSQL's JSON writes it in UTC, numeric and 64-bit integers as strings, jsonb as PostgreSQL's text.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum, auto
from functools import cache
from ipaddress import ip_interface
from typing import Any
from uuid import UUID

import orjson
from graphql import (
    ConstValueNode,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLString,
    value_from_ast_untyped,
)
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Numeric,
    Text,
    Uuid,
    cast,
    func,
)
from sqlalchemy.dialects.postgresql import INET, JSONB
from sqlalchemy.types import TypeEngine

from graph.engine.model.json_text import Value, string

Expression = ColumnElement[Any]
OutputType = GraphQLScalarType | GraphQLEnumType | GraphQLList[Any]

_DECIMAL = re.compile(r"[+-]?\d{1,40}(\.\d{1,40})?")
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|z|[+-]\d\d(:?\d\d)?)")


def _same(value: Any) -> Any:
    return value


def parse_datetime(value: Any) -> datetime:
    """An RFC 3339 string with an offset -> an aware datetime in UTC; ValueError otherwise."""
    if not isinstance(value, str) or not _DATE_TIME.fullmatch(value):
        raise ValueError("DateTime must be an RFC 3339 string with an offset, like 2026-01-31T12:00:00Z.")
    try:
        moment = datetime.fromisoformat(value).astimezone(UTC)
    except OverflowError:
        moment = datetime.max.replace(tzinfo=UTC)
    if moment.replace(tzinfo=None) == datetime.max:  # which the driver would send as infinity
        raise ValueError("DateTime is out of range.")
    return moment


def parse_date(value: Any) -> date:
    """`2026-01-31` -> a date; ValueError otherwise."""
    if not isinstance(value, str) or len(value) != 10:
        raise ValueError("Date must be a string like 2026-01-31.")
    return date.fromisoformat(value)


def parse_decimal(value: Any) -> Decimal:
    """A decimal string, or a number, of at most 40 digits each side -> Decimal; ValueError otherwise."""
    text = str(value) if isinstance(value, (str, int, float, Decimal)) and not isinstance(value, bool) else ""
    try:
        number = Decimal(text) if _DECIMAL.fullmatch(text) or isinstance(value, float) else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite():
        raise ValueError('Decimal must be a string like "19.99".')
    return number


def parse_big_int(value: Any) -> int:
    """A 64-bit integer, as a string or a number; ValueError otherwise."""
    text = str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    if not re.fullmatch(r"-?\d{1,19}", text) or not -(2**63) <= int(text) < 2**63:
        raise ValueError("BigInt must be an integer of 64 bits.")
    return int(text)


def parse_ip(value: Any) -> str:
    """An IPv4 or IPv6 address, with or without its network -> the same; ValueError otherwise."""
    if not isinstance(value, str):
        raise ValueError("IpAddress must be a string like 192.0.2.1.")
    return str(ip_interface(value))


def parse_uuid(value: Any) -> UUID:
    """The text of a uuid -> UUID; ValueError otherwise."""
    if not isinstance(value, str) or len(value) != 36:
        raise ValueError("UUID must be a string like 019aa3f0-5c7e-7d1a-8b5e-0123456789ab.")
    return UUID(value)


def _scalar(name: str, description: str, parse: Callable[[Any], Any], url: str | None = None) -> GraphQLScalarType:
    def from_literal(node: ConstValueNode) -> Any:
        return parse(value_from_ast_untyped(node))

    return GraphQLScalarType(
        name,
        description=description,
        coerce_output_value=_same,
        coerce_input_value=parse,
        coerce_input_literal=from_literal,
        specified_by_url=url,
    )


GraphQLDateTime = _scalar(
    "DateTime",
    "A moment, as RFC 3339 writes it. Answers are in UTC; input needs an offset.",
    parse_datetime,
    "https://www.rfc-editor.org/rfc/rfc3339",
)
GraphQLDate = _scalar("Date", "A day, like 2026-01-31.", parse_date)
GraphQLDecimal = _scalar("Decimal", "An exact decimal number, as a string.", parse_decimal)
GraphQLBigInt = _scalar("BigInt", "An integer of 64 bits, as a string.", parse_big_int)
GraphQLIpAddress = _scalar("IpAddress", "An IPv4 or IPv6 address, like 192.0.2.1.", parse_ip)
GraphQLUUID = _scalar("UUID", "The uuid of a row whose type another field tells.", parse_uuid)
GraphQLJSON = _scalar("JSON", "Any JSON value.", lambda value: value)


PYTHON_TYPES: dict[object, GraphQLScalarType] = {
    datetime: GraphQLDateTime,
    date: GraphQLDate,
    Decimal: GraphQLDecimal,
}
"""The scalars that hand-written types mean by a Python type."""


def format_datetime(value: datetime) -> str:
    """As PostgreSQL's JSON writes a timestamptz in UTC: fraction without trailing zeros, offset +00:00."""
    moment = value.astimezone(UTC)
    fraction = f".{moment.microsecond:06d}".rstrip("0") if moment.microsecond else ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}+00:00"


class Kind(Enum):
    """What can be done with values of a column."""

    TEXT = auto()
    NUMBER = auto()
    MOMENT = auto()
    DAY = auto()
    FLAG = auto()
    KEY = auto()
    CHOICE = auto()
    ADDRESS = auto()
    LIST = auto()
    DOCUMENT = auto()


@dataclass(frozen=True, slots=True)
class Scalar:
    """How values of one kind of column are typed, written and read."""

    output: OutputType
    to_json: Callable[[Expression], Value]
    """The JSON text of a value that is not NULL."""
    to_python: Callable[[Any], Any]
    """The same JSON value from what asyncpg returns."""
    from_text: Callable[[str], Any]
    """From PostgreSQL's text form, as it stands in a cursor, to what asyncpg takes; ValueError if it is not one."""
    bind: TypeEngine[Any]
    """The type of a parameter that is compared with it: bare, so that no cast rounds or cuts the value."""
    kind: Kind

    @property
    def comparable(self) -> bool:
        """Whether it has an order that people expect."""
        return self.kind not in (Kind.LIST, Kind.DOCUMENT)

    @property
    def numeric(self) -> bool:
        """Whether its values can be added up."""
        return self.kind is Kind.NUMBER

    @property
    def extreme(self) -> bool:
        """Whether the least and the greatest of its values mean something."""
        return self.kind in (Kind.NUMBER, Kind.TEXT, Kind.MOMENT, Kind.DAY)


def _plain(column: Expression) -> Value:
    """Text that is JSON already: integers, booleans, jsonb."""
    return (cast(column, Text),)


def _quoted(column: Expression) -> Value:
    """Text that needs quotes and nothing else."""
    return string(cast(column, Text))


def _escaped(column: Expression) -> Value:
    """What only PostgreSQL's own JSON can write."""
    return (cast(func.to_json(column), Text),)


def _flag(text: str) -> bool:
    return {"true": True, "false": False}[text]


TEXT = Scalar(GraphQLString, _escaped, _same, _same, Text(), Kind.TEXT)
INTEGER = Scalar(GraphQLInt, _plain, _same, int, Integer(), Kind.NUMBER)
BOOLEAN = Scalar(GraphQLBoolean, _plain, _same, _flag, Boolean(), Kind.FLAG)
BIG_INTEGER = Scalar(GraphQLBigInt, _quoted, str, parse_big_int, BigInteger(), Kind.NUMBER)
NUMBER = Scalar(GraphQLDecimal, _quoted, lambda value: format(value, "f"), parse_decimal, Numeric(), Kind.NUMBER)
MOMENT = Scalar(GraphQLDateTime, _escaped, format_datetime, parse_datetime, DateTime(timezone=True), Kind.MOMENT)
DAY = Scalar(GraphQLDate, _escaped, date.isoformat, parse_date, Date(), Kind.DAY)
DOCUMENT = Scalar(GraphQLJSON, _plain, orjson.Fragment, _same, JSONB(), Kind.DOCUMENT)
TEXTS = Scalar(GraphQLList(GraphQLNonNull(GraphQLString)), _escaped, _same, _same, ARRAY(Text()), Kind.LIST)

ADDRESS = Scalar(GraphQLIpAddress, _escaped, str, parse_ip, INET(), Kind.ADDRESS)
KEY = Scalar(GraphQLUUID, _quoted, str, parse_uuid, Uuid(), Kind.KEY)
RANK = Scalar(GraphQLFloat, _plain, float, parse_decimal, Numeric(), Kind.NUMBER)

_RULES: tuple[tuple[type[TypeEngine[Any]], Scalar], ...] = (
    (Boolean, BOOLEAN),
    (BigInteger, BIG_INTEGER),
    (Integer, INTEGER),
    (Numeric, NUMBER),
    (DateTime, MOMENT),
    (Date, DAY),
    (JSONB, DOCUMENT),
    (ARRAY, TEXTS),
    (Text, TEXT),
    (INET, ADDRESS),
    (Uuid, KEY),
)


def scalar_of(type_: TypeEngine[Any]) -> Scalar:
    """The rule for a column of `type_`; TypeError if there is none."""
    for known, scalar in _RULES:
        if isinstance(type_, known):
            return scalar
    raise TypeError(f"No rule for columns of type {type_!r}.")


def enumerated(enum: GraphQLEnumType) -> Scalar:
    """The rule for a column that holds the members of `enum` by their names."""
    return Scalar(enum, string, _same, _same, Text(), Kind.CHOICE)


@cache
def global_id(prefix: str) -> Scalar:
    """The rule for a uuid that identifies an entity whose IDs begin with `prefix`."""
    return Scalar(
        GraphQLID,
        lambda key: (f'"{prefix}_', cast(key, Text), '"'),
        lambda value: f"{prefix}_{value}",
        UUID,
        Uuid(),
        Kind.KEY,
    )

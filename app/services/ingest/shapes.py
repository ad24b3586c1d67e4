"""What a row of a firehose table may hold, derived from its mapped class: a new column needs nothing here.

Types, enumerations and lengths are checked by msgspec; what else a CHECK says is asked of the database, of the values
that differ.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType, defstruct
from sqlalchemy import CheckConstraint, Column, Table

from app.services.ingest.values import Read, Value, value_of
from graph.engine.model.ids import camel, snake
from graph.engine.sql.fragments import DIALECT
from graph.engine.writing.constraints import spoken
from models.base import BY_TABLE, Base, Entity
from models.columns import OneOf

OURS = frozenset({"id", "business_id", "created_at"})
"""Columns that no row gives: they follow from its time, from whom the batch is of, and from when it is written."""

TIME = "id"
"""Under which key the time of a row stands, which becomes its id."""

INDEXED = 600
"""Characters of a text in an index, if its class does not say: PostgreSQL refuses entries over 2,704 bytes."""

_LENGTH = re.compile(r"length\((\w+)\) BETWEEN (\d+) AND (\d+)")


@dataclass(frozen=True, slots=True)
class Part:
    """A field of a row, and the column it becomes."""

    name: str
    key: str
    value: Value
    nullable: bool
    doc: str
    refers: Table | None = None
    default: str | None = None
    """The SQL by which the server fills in what is not given."""
    array: str = "text[]"
    """The type of several values."""

    @property
    def needed(self) -> bool:
        """Whether every row must give it."""
        return not self.nullable and self.default is None

    @property
    def read(self) -> Read | None:
        """From what is given to what COPY takes."""
        return self.value.read

    @property
    def field(self) -> Any:
        """What msgspec is told of it."""
        if self.needed:
            return (self.name, self.value.kind)
        kind = self.value.kind | None if self.nullable else self.value.kind
        return (self.name, kind, None) if self.default is None else (self.name, kind | UnsetType, UNSET)


@dataclass(frozen=True, slots=True)
class Check:
    """A CHECK that only the database can tell, over a few columns."""

    condition: str
    parts: tuple[int, ...]
    """Which of the shape's parts it is about."""
    field: str
    message: str


@dataclass(frozen=True)
class Shape:
    """What a row of an entity may hold."""

    entity: str
    table: Table
    parts: tuple[Part, ...]
    """The columns that are given, and last the time."""
    checks: tuple[Check, ...]

    @property
    def prefix(self) -> str:
        """What its global IDs begin with."""
        return snake(self.entity)

    @property
    def spoken(self) -> str:
        """What people call a row."""
        return spoken(self.table)

    @cached_property
    def by_name(self) -> Mapping[str, Part]:
        """The fields by name."""
        return {part.name: part for part in self.parts}

    @property
    def time(self) -> Part:
        """The field of the time."""
        return self.parts[-1]

    @cached_property
    def row(self) -> type[Struct]:
        """The Struct of a row."""
        fields = [part.field for part in self.parts]
        return defstruct(f"{self.entity}Row", fields, kw_only=True, forbid_unknown_fields=True, gc=False)

    @cached_property
    def rows(self) -> Any:
        """Several of them."""
        return list[self.row]  # type: ignore[name-defined]


def shape_of(cls: type[Entity]) -> Shape:
    """The shape of the rows of `cls`, a firehose table; TypeError where a column has no rule."""
    table = cls.__table__
    assert isinstance(table, Table) and cls.time_column is not None
    given = [column for column in table.columns if _is_given(column)]
    parts = [_part(column, table) for column in given]
    checks = [one for one in table.constraints if isinstance(one, CheckConstraint) and "field" in one.info]
    asked = [_check(one, parts) for one in sorted(checks, key=lambda one: str(one.name)) if not _is_told(one, table)]
    time = _time(table.columns[cls.time_column])
    return Shape(cls.__name__, table, (*parts, time), tuple(one for one in asked if one is not None))


def _is_given(column: Column[Any]) -> bool:
    return column.name not in OURS and column.computed is None and not column.info.get("secret")


def _part(column: Column[Any], table: Table) -> Part:
    target = next((key.column.table for key in column.foreign_keys), None)
    prefix = snake(_class_of(target).__name__) if target is not None else None
    default = str(column.server_default.arg) if column.server_default is not None else None  # type: ignore[attr-defined]
    return Part(
        name=camel(column.name),
        key=column.name,
        value=value_of(column, prefix, _lengths(table).get(column.name)),
        nullable=bool(column.nullable),
        doc=column.doc or "",
        refers=target,
        default=default,
        array=f"{column.type.compile(dialect=DIALECT)}[]",
    )


def _time(column: Column[Any]) -> Part:
    says = "must be a moment with its offset, like 2026-01-31T12:00:00Z"
    value = Value(Annotated[datetime, Meta(tz=True)], says, "DateTime")
    doc = f"{(column.doc or '').partition(';')[0].removesuffix('.')}; now if it is not said."
    return Part(camel(column.name), TIME, value, nullable=True, doc=doc)


def _class_of(table: Table) -> type[Base]:
    return BY_TABLE[table.fullname]


def _lengths(table: Table) -> dict[str, tuple[int, int]]:
    """Of texts, from how many characters to how many."""
    checks = (str(one.sqltext) for one in table.constraints if isinstance(one, CheckConstraint))
    found = (match for text in checks if (match := _LENGTH.fullmatch(text)))
    indexed = {column.name: (0, INDEXED) for index in table.indexes for column in index.columns}
    return indexed | {match[1]: (int(match[2]), int(match[3])) for match in found}


def _is_told(check: CheckConstraint, table: Table) -> bool:
    """Whether msgspec tells already: lengths of texts, members of enumerations."""
    column = table.columns[check.info["field"]]
    is_members = isinstance(column.type, OneOf) and str(check.name).endswith("_is_known")
    return is_members or _LENGTH.fullmatch(str(check.sqltext)) is not None


def _check(check: CheckConstraint, parts: list[Part]) -> Check | None:
    """What is to be asked; None where the database can only tell when it writes: of other columns, and of lists."""
    condition = str(check.sqltext)
    used = tuple(place for place, part in enumerate(parts) if re.search(rf"\b{part.key}\b", condition))
    if not used or any(re.search(rf"\b{key}\b", condition) for key in OURS):
        return None
    if any(parts[place].array.endswith("[][]") for place in used):
        return None
    return Check(condition, used, camel(check.info["field"]), check.info["message"])

"""What every mapped class stands on: naming, what its names imply, mixins. Knows nothing of GraphQL or of access."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, MetaData, Table, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedColumn, declared_attr, mapped_column

from models import checks
from models.columns import BACK, RULES, TYPES, Back, OneOf, OnRead, key_to
from models.ddl import Element, Query, QueryIndex, Searched, Tally

NAMING = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}

LONGEST = 63
"""Bytes of a name in PostgreSQL."""

IMPLIED: tuple[tuple[str, Callable[[str], CheckConstraint]], ...] = (
    (r"(.*_)?currency", checks.currency),
    (r"(.*_)?country", checks.country),
    (r"(.*_)?email", checks.email),
    (r"(.*_)?phone", checks.phone),
    (r"slug", checks.slug),
    (r"rating", checks.rating),
    (r"parent_id", checks.not_itself),
)
"""What the name of a column alone promises of its values."""


BY_TABLE: dict[str, type["Base"]] = {}
"""Every mapped class by the name of its table or view."""


class Reference(NamedTuple):
    """A relation over the column `key` to the row of the table `target` with that id; `back` is none if "".

    The ORM knows nothing of it: what is read is compiled from references, and 1,130 relationships that nobody loads by
    would cost each process 50 MB and 1.6 s.
    """

    name: str
    key: str
    target: str
    doc: str
    back: str
    back_doc: str
    single: bool

    @classmethod
    def of(cls, owner: type["Base"], key: str, column: Column[Any]) -> "Reference":
        """The reference that `key_to` said of `column`."""
        said: Back = column.info[BACK]
        back = owner.__tablename__ if said.name is None else said.name
        near = said.near or key.removesuffix("_id")
        return cls(near, key, said.target, column.doc or "", back, said.doc or owner.__doc__ or "", said.single)


class Base(DeclarativeBase):
    """Parent of every mapped class; the name of its domain's module or package is the PostgreSQL schema of its table.

    What can be derived is not said: the table's name, the unique key behind `natural_key`, an index for every foreign
    key and for full text, the relations of foreign keys, and the checks that names imply.
    """

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = TYPES

    natural_key: ClassVar[tuple[str, ...]] = ()
    """Columns by which people name a row, the tenant first: a root field and an upsert are derived from it."""

    indexes: ClassVar[tuple[str | tuple[str, ...], ...]] = ()
    """Columns that are searched by, alone or together."""

    time_column: ClassVar[str | None] = None
    """Of a firehose table: the virtual column that holds the time in its UUIDv7 id."""

    tallies: ClassVar[tuple[Tally, ...]] = ()
    """Sums over its rows that are kept in rows of other tables."""

    references: ClassVar[tuple[Reference, ...]] = ()
    """Its relations over its own keys, with the ways back."""

    computed: ClassVar[dict[str, OnRead]] = {}
    """Its fields that are expressions, by name."""

    between: ClassVar[tuple[tuple[str, str, str], ...]] = ()
    """Of a link table: its two keys, each with what the row there calls the rows on the other side, and what they are."""

    counted: ClassVar[tuple[str, ...]] = ()
    """Columns in which the process keeps count: that they change is no change of the row, which keeps its updated_at."""

    searched: ClassVar[Searched | None] = None
    """What the search over everything knows of its rows."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        if not vars(cls).get("__abstract__"):
            if "__tablename__" not in vars(cls):
                cls.__tablename__ = plural(cls.__name__)
            args = vars(cls).get("__table_args__", ())
            cls.__table_args__ = (*args, {"schema": cls.__module__.split(".")[1], **cls._partitioning()})
            cls._relate()
            cls._set_aside()
        super().__init_subclass__(**kwargs)
        table = vars(cls).get("__table__")
        if isinstance(table, Table):
            BY_TABLE[table.fullname] = cls
            cls._complete(table)

    @classmethod
    def _partitioning(cls) -> dict[str, Any]:
        return {"postgresql_partition_by": "RANGE (id)"} if cls.time_column else {}

    @classmethod
    def _relate(cls) -> None:
        """Note the relation of every foreign key: `job` beside `job_id`, and the way back."""
        owned = {name: value for parent in reversed(cls.__mro__) for name, value in vars(parent).items()}
        keys = {name: value.column for name, value in owned.items() if isinstance(value, MappedColumn)}
        found = [Reference.of(cls, name, col) for name, col in keys.items() if BACK in col.info]
        cls.references = tuple(sorted(found))

    @classmethod
    def _set_aside(cls) -> None:
        """Keep what is computed on read from the ORM: it reads rows, not sums over others."""
        found = {name: value for name, value in vars(cls).items() if isinstance(value, OnRead)}
        cls.computed = {name: value.annotated(str(cls.__annotations__.pop(name))) for name, value in found.items()}
        for name in found:
            delattr(cls, name)

    @classmethod
    def _complete(cls, table: Table) -> None:
        """Add to `table` what its columns imply."""
        for col in table.columns:
            if isinstance(col.type, OneOf):
                col.type.name = _alias(cls, col.key)
                table.append_constraint(col.type.check(col.name))
            elif isinstance(col.type, TSVECTOR):
                Index(f"ix_{table.name}_{col.name}", col, postgresql_using="gin")
            implied = [rule for pattern, rule in IMPLIED if re.fullmatch(pattern, col.name) and col.computed is None]
            for rule in (*implied, *col.info.get(RULES, ())):
                table.append_constraint(rule(col.name))
        if cls.natural_key and cls.natural_key not in _unique(table):
            columns = [table.columns[name] for name in cls.natural_key]
            nulls = True if any(col.nullable for col in columns) else None
            full = f"uq_{table.name}_{'_'.join(cls.natural_key)}"
            name = full if len(full) <= LONGEST else f"uq_{table.name}_natural_key"
            table.append_constraint(UniqueConstraint(*columns, name=name, postgresql_nulls_not_distinct=nulls))
        for names in cls.indexes:
            _index(table, (names,) if isinstance(names, str) else names)
        for key in sorted(table.foreign_keys, key=lambda key: key.parent.name):
            names = (key.parent.name, "id") if cls.time_column else (key.parent.name,)
            if not any(leading[: len(names)] == names for leading in _leading(table)):
                _index(table, names)


def plural(name: str) -> str:
    """The table of a class: `WebhookDelivery` -> `webhook_deliveries`."""
    word = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
    if re.search(r"[^aeiou]y$", word):
        return f"{word[:-1]}ies"
    return f"{word}es" if re.search(r"(s|x|ch|sh)$", word) else f"{word}s"


def _alias(cls: type[Base], name: str) -> str:
    """What the enumeration of the column `name` is called: the alias in its annotation."""
    found = re.match(r"Mapped\[(\w+)", str(cls.__annotations__[name]))
    assert found, f"{cls.__name__}.{name} is not annotated with an alias of its members"
    return found[1]


def _index(table: Table, names: tuple[str, ...]) -> None:
    Index(f"ix_{table.name}_{'_'.join(names)}", *(table.columns[name] for name in names))


def _unique(table: Table) -> set[tuple[str, ...]]:
    """The combinations of columns that are unique, be it only among some rows."""
    constraints = [tuple(c.columns.keys()) for c in table.constraints if isinstance(c, UniqueConstraint)]
    return {*constraints, *(tuple(index.columns.keys()) for index in table.indexes if index.unique)}


def _leading(table: Table) -> list[tuple[str, ...]]:
    """The columns of each index over all rows."""
    options = [(index, index.dialect_options["postgresql"]) for index in table.indexes]
    whole = [index for index, given in options if given["where"] is None and given["using"] in (False, "btree")]
    uniques = [tuple(found.columns.keys()) for found in table.constraints if isinstance(found, UniqueConstraint)]
    return [*(tuple(index.columns.keys()) for index in whole), *uniques]


class Entity(Base):
    """A class whose rows have a UUIDv7 id, so that the time of their making is in the key."""

    __abstract__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("uuidv7()"), doc="The global ID.", sort_order=-1)


class View(Base):
    """A class over a query: its rows are only read, and told apart by its primary key instead of an id."""

    __abstract__ = True
    metadata = MetaData(naming_convention=NAMING)

    query: ClassVar[str]
    """The SQL behind it."""
    materialized: ClassVar[bool] = False
    """Whether its rows are kept, as they were when it was last refreshed."""

    @classmethod
    def elements(cls) -> list[Element]:
        """What is made of it: the view, and its indexes if it has rows to index."""
        table = cls.__table__
        assert isinstance(table, Table)
        view = Query(table.fullname, cls.query, cls.materialized)
        keys = [tuple(column.name for column in table.primary_key)]
        others = [(column.name,) for column in table.columns if BACK in column.info and column.name != keys[0][0]]
        indexes = [QueryIndex(view.name, columns, columns in keys) for columns in (*keys, *others)]
        return [view, *(indexes if cls.materialized else [])]


class Timestamps:
    """When a row was made and last changed; a trigger keeps the second (models/functions.py)."""

    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"), doc="When the row was made.", sort_order=90)
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"), doc="When the row was last changed.", sort_order=91)


class SoftDelete:
    """Rows that are marked instead of removed."""

    deleted_at: Mapped[datetime | None] = mapped_column(doc="When the row was deleted, if it was.", sort_order=92)


class Versioned:
    """Rows that people edit side by side: a stale version is a conflict, never a lost update."""

    version: Mapped[int] = mapped_column(server_default=text("1"), doc="Counts the changes, from 1.", sort_order=93)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}


class Audited:
    """Rows that say who made and who last changed them; nobody asks a person for all rows they ever touched."""

    created_by_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Who made the row.", "", sort_order=94)
    updated_by_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Who last changed it.", "", sort_order=95)

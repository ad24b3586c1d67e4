"""What every mapped class stands on: naming, types, mixins. Knows nothing of GraphQL, of access or of the process."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    Date,
    Dialect,
    ForeignKey,
    MetaData,
    Numeric,
    Table,
    Text,
    TypeDecorator,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedColumn, declared_attr, mapped_column, relationship

NAMING = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}

BigInt = Annotated[int, mapped_column(BigInteger)]
Money = Annotated[Decimal, mapped_column(Numeric(20, 2))]
UnitPrice = Annotated[Decimal, mapped_column(Numeric(20, 6))]
Measure = Annotated[Decimal, mapped_column(Numeric(20, 4))]
Ratio = Annotated[Decimal, mapped_column(Numeric(5, 2))]


class OneOf(TypeDecorator[StrEnum]):
    """An enumeration kept as text; the table gets a CHECK of its members (see `Base.__init_subclass__`)."""

    impl = Text
    cache_ok = True

    def __init__(self, members: type[StrEnum]) -> None:
        super().__init__()
        self.members = members

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:
        return None if value is None else self.members(value).value

    def process_result_value(self, value: Any, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.members(value)


class Base(DeclarativeBase):
    """Parent of every mapped class. The module's name is the PostgreSQL schema of its tables."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text(),
        UUID: Uuid(),
        date: Date(),
        datetime: TIMESTAMP(timezone=True, precision=3),
        list[str]: ARRAY(Text()),
        dict[str, Any]: JSONB(none_as_null=True),
    }

    natural_key: ClassVar[tuple[str, ...]] = ()
    """Columns by which people name a row, the tenant first: a root field and an upsert are derived from it."""

    time_column: ClassVar[str | None] = None
    """Of a firehose table: the virtual column that holds the time in its UUIDv7 id."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        if "__tablename__" in vars(cls):
            args = vars(cls).get("__table_args__", ())
            cls.__table_args__ = (*args, {"schema": cls.__module__.rpartition(".")[2], **cls._partitioning()})
        super().__init_subclass__(**kwargs)
        table = vars(cls).get("__table__")
        if isinstance(table, Table):
            check_members(table)

    @classmethod
    def _partitioning(cls) -> dict[str, Any]:
        return {"postgresql_partition_by": "RANGE (id)"} if cls.time_column else {}


def check_members(table: Table) -> None:
    """Give every enumerated column of `table` the CHECK that keeps it to its members."""
    for col in table.columns:
        if isinstance(col.type, OneOf):
            members = ", ".join(f"'{member.value}'" for member in col.type.members)
            table.append_constraint(CheckConstraint(f"{col.name} IN ({members})", name=f"{col.name}_is_known"))


def column(doc: str, **options: Any) -> MappedColumn[Any]:
    """A column that says what it means; its type comes from the annotation."""
    return mapped_column(doc=doc, **options)


def default(expression: str, doc: str, **options: Any) -> MappedColumn[Any]:
    """A column with a default that the server computes from the SQL `expression`."""
    return mapped_column(server_default=text(expression), doc=doc, **options)


def generated(expression: str, doc: str) -> MappedColumn[Any]:
    """A virtual column: PostgreSQL computes the SQL `expression` over the row when it is read."""
    return mapped_column(Computed(expression, persisted=False), doc=doc)


def state(members: type[StrEnum], doc: str, initial: StrEnum | None = None, **options: Any) -> MappedColumn[Any]:
    """An enumerated column, with the member it starts from if there is one."""
    given = text(f"'{initial.value}'") if initial else None
    return mapped_column(OneOf(members), server_default=given, doc=doc, **options)


def key_to(target: str, on_delete: str, doc: str, *, index: bool = True, **options: Any) -> MappedColumn[UUID]:
    """A foreign key to the id of the table `target` ("schema.table"); say `index=False` where another index leads."""
    return mapped_column(ForeignKey(f"{target}.id", ondelete=on_delete), index=index, doc=doc, **options)


def secret(doc: str, **options: Any) -> MappedColumn[Any]:
    """A column that has no field anywhere: a hash or a credential."""
    return mapped_column(doc=doc, info={"secret": True}, **options)


def one(foreign_key: str, back_populates: str | None, doc: str, **options: Any) -> Any:
    """The relationship to the row that `foreign_key` ("Class.attribute") names, seen from either side."""
    return _relationship(foreign_key, back_populates, doc, **options)


def many(foreign_key: str, back_populates: str | None, doc: str, **options: Any) -> Any:
    """The relationship to all rows whose `foreign_key` ("Class.attribute") names this one."""
    return _relationship(foreign_key, back_populates, doc, passive_deletes="all", **options)


def _relationship(foreign_key: str, back_populates: str | None, doc: str, **options: Any) -> Any:
    return relationship(foreign_keys=foreign_key, back_populates=back_populates, lazy="raise", doc=doc, **options)


class Entity(Base):
    """A class whose rows have a UUIDv7 id, so that the time of their making is in the key."""

    __abstract__ = True

    id: Mapped[UUID] = mapped_column(
        primary_key=True, server_default=text("uuidv7()"), doc="The global ID.", sort_order=-1
    )


class Timestamps:
    """When a row was made and last changed; a trigger keeps the second (models/functions.py)."""

    created_at: Mapped[datetime] = mapped_column(
        server_default=text("now()"), doc="When the row was made.", sort_order=90
    )
    updated_at: Mapped[datetime] = mapped_column(
        server_default=text("now()"), doc="When the row was last changed.", sort_order=91
    )


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
    """Rows that say who made and who last changed them."""

    created_by: Mapped[UUID | None] = mapped_column(
        ForeignKey("identity.users.id", ondelete="SET NULL"),
        index=True,
        doc="Who made the row.",
        sort_order=94,
    )
    updated_by: Mapped[UUID | None] = mapped_column(
        ForeignKey("identity.users.id", ondelete="SET NULL"),
        index=True,
        doc="Who last changed it.",
        sort_order=95,
    )


def currency(prefix: str = "") -> CheckConstraint:
    """CHECK that `{prefix}currency` is three capitals (ISO 4217 form; the sources' own AZR passes too)."""
    return CheckConstraint(f"{prefix}currency ~ '^[A-Z]{{3}}$'", name=f"{prefix}currency_form")


def at_least_zero(*names: str) -> tuple[CheckConstraint, ...]:
    """CHECKs that none of the columns `names` is negative."""
    return tuple(CheckConstraint(f"{name} >= 0", name=f"{name}_at_least_zero") for name in names)

"""The graph as the engine sees it, read once from the mapped classes: entities, columns, relations.

Knows SQLAlchemy's mappers and nothing of GraphQL documents, viewers or connections.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from graphql import GraphQLEnumType, GraphQLEnumValue
from sqlalchemy import Column as TableColumn
from sqlalchemy import ColumnElement, FromClause, Table, Uuid
from sqlalchemy.orm import DeclarativeBase, Mapper, RelationshipProperty

from graph.engine.ids import camel, snake
from graph.engine.scalars import Scalar, enumerated, global_id, scalar_of


@dataclass(frozen=True, slots=True)
class Column:
    """A field that is one column of its entity's row."""

    entity: str
    name: str
    key: str
    scalar: Scalar
    nullable: bool
    description: str
    refers: str | None = None
    """The ID prefix of the entity that a uuid names."""
    field: bool = True
    """Whether it is a field of its own; a foreign key under a relation is not."""

    def of(self, row: FromClause) -> ColumnElement[Any]:
        """The column in `row`, an alias of the entity's table or a sub-select of it."""
        return row.c[self.key]


@dataclass(frozen=True, slots=True)
class Relation:
    """A field that leads to rows of another entity: those where `remote` equals this row's `local`."""

    entity: str
    name: str
    target: str
    many: bool
    local: str
    remote: str
    description: str


@dataclass(frozen=True, slots=True)
class Entity:
    """A mapped class: its table, its fields and the names it goes by."""

    name: str
    table: Table
    description: str
    columns: Mapping[str, Column]
    """By name; foreign keys too, whether they are fields or not."""
    relations: Mapping[str, Relation]
    natural_key: tuple[str, ...] = ()
    time: str | None = None

    @property
    def prefix(self) -> str:
        """What its global IDs begin with."""
        return snake(self.name)

    @property
    def field(self) -> str:
        """The root field of one row."""
        return camel(self.prefix)

    @property
    def list_field(self) -> str:
        """The root field of many rows: the table's own plural."""
        return camel(self.table.name)

    @property
    def id(self) -> Column:
        """The column of the global ID."""
        return self.columns["id"]

    def by_key(self, key: str) -> Column:
        """The column over the table's column `key`."""
        return next(column for column in self.columns.values() if column.key == key)


@dataclass(frozen=True, slots=True)
class Graph:
    """All entities, by name and by the prefix of their IDs."""

    entities: Mapping[str, Entity]
    enums: Mapping[str, GraphQLEnumType]
    prefixes: Mapping[str, Entity] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "prefixes", {entity.prefix: entity for entity in self})

    def __iter__(self) -> Iterator[Entity]:
        return iter(self.entities.values())

    def __getitem__(self, name: str) -> Entity:
        return self.entities[name]


def describe(base: type[DeclarativeBase]) -> Graph:
    """Read the graph from every class mapped under `base`; TypeError where a column has no rule."""
    mappers = sorted(base.registry.mappers, key=lambda mapper: mapper.class_.__name__)
    reader = _Reader({mapper.local_table: mapper.class_.__name__ for mapper in mappers}, {})
    return Graph({mapper.class_.__name__: reader.entity(mapper) for mapper in mappers}, reader.enums)


@dataclass(frozen=True, slots=True)
class _Reader:
    owners: Mapping[FromClause, str]
    enums: dict[str, GraphQLEnumType]

    def entity(self, mapper: Mapper[Any]) -> Entity:
        table, cls = mapper.local_table, mapper.class_
        assert isinstance(table, Table)
        relations = [_relation(cls.__name__, relationship) for relationship in mapper.relationships]
        led = {relation.local for relation in relations if not relation.many}
        columns = [
            self.column(cls.__name__, column, column.primary_key or column.key not in led)
            for column in table.columns
            if not column.info.get("secret")
        ]
        return Entity(
            cls.__name__,
            table,
            (cls.__doc__ or "").strip(),
            {column.name: column for column in columns},
            {relation.name: relation for relation in relations},
            cls.natural_key,
            cls.time_column,
        )

    def column(self, entity: str, column: TableColumn[Any], field: bool) -> Column:
        refers = snake(self.owners[_referred(column)]) if isinstance(column.type, Uuid) else None
        return Column(
            entity=entity,
            name=camel(column.name),
            key=column.key,
            scalar=global_id(refers) if refers else self.scalar(column),
            nullable=bool(column.nullable),
            description=column.doc or "",
            refers=refers,
            field=field,
        )

    def scalar(self, column: TableColumn[Any]) -> Scalar:
        members = getattr(column.type, "members", None)
        if members is not None:
            return enumerated(self.enums.setdefault(members.__name__, _enum(members)))
        return scalar_of(column.type)


def _referred(column: TableColumn[Any]) -> FromClause:
    """The table whose rows the uuid `column` names: its own, or the one its foreign key leads to."""
    return column.table if column.primary_key else next(iter(column.foreign_keys)).column.table


def _enum(members: type[StrEnum]) -> GraphQLEnumType:
    values = {member.value: GraphQLEnumValue(member.value) for member in members}
    return GraphQLEnumType(members.__name__, values, description=(members.__doc__ or "").strip())


def _relation(entity: str, relationship: RelationshipProperty[Any]) -> Relation:
    ((local, remote),) = relationship.local_remote_pairs or ()
    return Relation(
        entity=entity,
        name=camel(relationship.key),
        target=relationship.mapper.class_.__name__,
        many=bool(relationship.uselist),
        local=str(local.key),
        remote=str(remote.key),
        description=relationship.doc or "",
    )

"""The graph as the engine sees it, read once from the mapped classes: entities, columns, relations.

Knows SQLAlchemy's mappers and nothing of GraphQL documents, viewers or connections.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLEnumType, GraphQLEnumValue
from sqlalchemy import Column as TableColumn
from sqlalchemy import ColumnElement, FromClause, Table, literal_column
from sqlalchemy.types import TypeEngine

from graph.engine.model.ids import camel, snake
from graph.engine.model.scalars import Scalar, enumerated, global_id, scalar_of
from models.base import BY_TABLE, Base
from models.columns import FULL_TEXT, OneOf, OnRead, is_money


@dataclass(frozen=True, slots=True)
class Column:
    """A field that is one column of its entity's row, or an expression over it."""

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

    type: TypeEngine[Any] | None = None
    expression: str | None = None
    """SQL over `{row}`, if it is no column of the table."""
    money: bool = False
    """Whether it is an amount in some currency."""

    def of(self, row: FromClause) -> ColumnElement[Any]:
        """The column in `row`, an alias of the entity's table or a sub-select of it."""
        if self.expression is None or self.key in row.c:
            return row.c[self.key]
        return literal_column(self.expression.format(row=f'"{row.name}"'), self.type)  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Via:
    """The link table of a relation between many and many: the class over it, its key to here and its key to there."""

    entity: str
    table: Table = field(compare=False)
    near: str
    far: str


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
    via: Via | None = None
    walk: bool = False
    """Whether it is followed on and on: ancestors, descendants."""

    @property
    def direct(self) -> bool:
        """Whether it is one comparison of two columns."""
        return self.via is None and not self.walk


@dataclass(frozen=True, slots=True)
class Reference:
    """A field that leads to a row of any of `targets`: `type_key` holds the entity's name and `id_key` the row's id."""

    entity: str
    type_key: str
    id_key: str
    targets: tuple[str, ...]
    union: str
    """What the type of the field is called."""
    name: str = "entity"


@dataclass(frozen=True, slots=True)
class FullText:
    """What can be searched of an entity: the column of its words, and the text columns they are of."""

    vector: str
    language: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entity:
    """A mapped class: its table, its fields and the names it goes by."""

    name: str
    table: Table
    description: str
    columns: Mapping[str, Column]
    """By name; foreign keys too, whether they are fields or not."""
    relations: Mapping[str, Relation]
    key: tuple[Column, ...]
    """The columns that tell its rows apart: the ID, except in views."""
    natural_key: tuple[str, ...] = ()
    time: str | None = None
    reference: Reference | None = None
    text: FullText | None = None

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
        """The column of the global ID; KeyError if it has none, being a view."""
        return self.columns["id"]

    @property
    def is_node(self) -> bool:
        """Whether its rows have global IDs."""
        return "id" in self.columns

    @property
    def fields(self) -> list[Column]:
        """The columns that are fields of their own."""
        return [column for column in self.columns.values() if column.field]

    def currency_of(self, column: Column) -> Column | None:
        """The column that tells in what the amounts of `column` are; None if they are no money."""
        return self.columns.get("currency") if column.money else None

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
        object.__setattr__(self, "prefixes", {entity.prefix: entity for entity in self if entity.is_node})

    def __iter__(self) -> Iterator[Entity]:
        return iter(self.entities.values())

    def __getitem__(self, name: str) -> Entity:
        return self.entities[name]


def describe(base: type[Base]) -> Graph:
    """Read the graph from every class mapped under `base`; TypeError where a column has no rule."""
    classes = sorted((mapper.class_ for mapper in base.registry.mappers), key=lambda cls: cls.__name__)
    reader = _Reader({cls.__name__: [] for cls in classes}, {}, {cls.__name__: cls for cls in classes})
    for cls in classes:
        reader.relate(cls)
    return Graph({cls.__name__: reader.entity(cls) for cls in classes}, reader.enums)


ANY_ENTITY = "AnyEntity"
SEARCH_RESULT = "SearchResult"
"""What the unions are called: of everything with an ID, and of what the search over everything finds."""


@dataclass(frozen=True, slots=True)
class _Reader:
    relations: dict[str, list[Relation]]
    enums: dict[str, GraphQLEnumType]
    classes: Mapping[str, type[Base]]

    def relate(self, cls: type[Base]) -> None:
        """Note the relations over the keys of `cls`, on both sides."""
        for found in cls.references:
            own, other = cls.__name__, BY_TABLE[found.target].__name__
            self.relations[own].append(Relation(own, camel(found.name), other, False, found.key, "id", found.doc))
            if found.back:
                back = Relation(other, camel(found.back), own, not found.single, "id", found.key, found.back_doc)
                self.relations[other].append(back)
            if found.name == "parent":
                self.relations[own] += _walks(own, found.key)
        for near, name, doc in cls.between:
            self.relations[self._led(cls, near)].append(self._through(cls, near, camel(name), doc))

    def _led(self, cls: type[Base], key: str) -> str:
        """The entity that the foreign key `key` of `cls` leads to."""
        return next(BY_TABLE[found.target].__name__ for found in cls.references if found.key == key)

    def _through(self, cls: type[Base], near: str, name: str, doc: str) -> Relation:
        """The relation through the link table of `cls`, from where `near` leads to where its other key does."""
        (far,) = (key for key, _, _ in cls.between if key != near)
        assert isinstance(cls.__table__, Table)
        via = Via(cls.__name__, cls.__table__, near, far)
        return Relation(self._led(cls, near), name, self._led(cls, far), True, "id", "id", doc, via)

    def reference(self, cls: type[Base]) -> Reference | None:
        """The field that leads to whatever a row of `cls` is about."""
        if not {"entity_type", "entity_id"} <= set(cls.__table__.columns.keys()):
            return None
        own = cls.__name__
        if own == "SearchEntry":
            found = [name for name in self.relations if self.classes[name].searched]
            return Reference(own, "entity_type", "entity_id", tuple(found), SEARCH_RESULT)
        nodes = tuple(name for name in self.relations if "id" in self.classes[name].__table__.columns)
        return Reference(own, "entity_type", "entity_id", nodes, ANY_ENTITY)

    def entity(self, cls: type[Base]) -> Entity:
        """The entity of `cls`, when all relations are noted."""
        table, relations = cls.__table__, sorted(self.relations[cls.__name__], key=lambda relation: relation.name)
        assert isinstance(table, Table)
        led = {one.local: one.target for one in relations if one.direct and one.local != "id"}
        columns = [
            self.column(cls.__name__, column, led.get(column.key))
            for column in table.columns
            if not column.info.get("secret")
        ]
        computed = [_computed(cls.__name__, name, on_read, table) for name, on_read in cls.computed.items()]
        names = [relation.name for relation in relations]
        if twice := [name for name in names if names.count(name) > 1]:
            raise TypeError(f"{cls.__name__} has two relations called {twice[0]}.")
        return Entity(
            cls.__name__,
            table,
            (cls.__doc__ or "").strip(),
            {column.name: column for column in (*columns, *computed)},
            {relation.name: relation for relation in relations},
            tuple(column for column in columns if table.columns[column.key].primary_key),
            cls.natural_key,
            cls.time_column,
            self.reference(cls),
            _full_text(table),
        )

    def column(self, entity: str, column: TableColumn[Any], target: str | None) -> Column:
        """The field over `column`, which leads to an entity `target` if a relation does."""
        owner = entity if column.key == "id" else target
        refers = snake(owner) if owner else None
        return Column(
            entity=entity,
            name=camel(column.name),
            key=column.key,
            scalar=global_id(refers) if refers else self.scalar(column),
            nullable=bool(column.nullable),
            description=column.doc or "",
            refers=refers,
            field=target is None,
            money=column.key != "currency" and "currency" in column.table.columns and is_money(column.type),
        )

    def scalar(self, column: TableColumn[Any]) -> Scalar:
        if isinstance(column.type, OneOf):
            name, doc = column.type.name, column.doc or ""
            return enumerated(self.enums.setdefault(name, _enum(name, column.type.members, doc)))
        return scalar_of(column.type)


def _computed(entity: str, name: str, on_read: OnRead, table: Table) -> Column:
    """A field that is an expression over a row of `table`."""
    return Column(
        entity=entity,
        name=camel(name),
        key=name,
        scalar=scalar_of(on_read.type),
        nullable=on_read.nullable,
        description=on_read.doc,
        type=on_read.type,
        expression=on_read.expression,
        money="currency" in table.columns and is_money(on_read.type),
    )


def _walks(entity: str, key: str) -> list[Relation]:
    """Up and down a tree whose rows name their parent in `key`."""
    up = "Its parent, the parent of that, and so on up; nearest first."
    down = "Its children, their children, and so on down; nearest first."
    return [
        Relation(entity, "ancestors", entity, True, key, "id", up, walk=True),
        Relation(entity, "descendants", entity, True, "id", key, down, walk=True),
    ]


def _full_text(table: Table) -> FullText | None:
    for column in table.columns:
        if said := column.info.get(FULL_TEXT):
            return FullText(column.key, said.language, said.texts)
    return None


def _enum(name: str, members: Iterable[str], doc: str) -> GraphQLEnumType:
    return GraphQLEnumType(name, {member: GraphQLEnumValue(member) for member in members}, description=doc)

"""What of an entity can be given by those who write its rows. Knows no viewer and no SQL."""

from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import Column as TableColumn
from sqlalchemy import Integer, Table

from graph.engine.access import Access, Verb
from graph.engine.model.entities import Column, Entity, Graph, Relation
from graph.engine.writing.constraints import spoken
from graph.engine.writing.values import Value, value_of

MOST, NESTED = 1_000, 100
"""Rows of one mutation in bulk; and of one relation of a row, for each thing that may happen to them."""

OURS = frozenset({"id", "created_at", "updated_at", "created_by_id", "updated_by_id", "deleted_at"})
"""Columns that are kept by whatever writes the row, the count of its changes beside them."""


@dataclass(frozen=True)
class Writable:
    """An entity whose rows can be written, with what may be given of them."""

    entity: Entity
    verbs: frozenset[Verb]
    given: tuple[Column, ...]
    """What is given when a row is made."""
    changed: tuple[Column, ...]
    """What is given later; of those, nothing that is given once."""

    @property
    def table(self) -> Table:
        """Where its rows are."""
        return self.entity.table

    @property
    def soft(self) -> bool:
        """Whether rows are marked instead of removed, and can be brought back."""
        return "deleted_at" in self.table.columns

    @property
    def versioned(self) -> bool:
        """Whether its rows count their changes."""
        return counts_changes(self.table)

    @property
    def by_natural_key(self) -> bool:
        """Whether a row can be found by what people call it."""
        return bool(self.entity.natural_key) and self.keys.issuperset(self.entity.natural_key)

    @cached_property
    def spoken(self) -> str:
        """What people call a row."""
        return spoken(self.table)

    @cached_property
    def keys(self) -> frozenset[str]:
        """The columns that are given when a row is made."""
        return frozenset(column.key for column in self.given)

    @cached_property
    def given_values(self) -> tuple[Value, ...]:
        """How what is given of a new row is taken."""
        return tuple(value_of(self.table, column) for column in self.given)

    @cached_property
    def changed_values(self) -> tuple[Value, ...]:
        """The same for what is given later."""
        return tuple(value_of(self.table, column) for column in self.changed)

    @cached_property
    def changing(self) -> frozenset[str]:
        """The columns that may change."""
        return frozenset(column.key for column in self.changed if "update" in self.verbs)

    def can_lose(self, key: str) -> bool:
        """Whether the column `key` may be cleared."""
        return key in self.changing and bool(self.table.columns[key].nullable)

    def needs(self, column: Column) -> bool:
        """Whether a new row must have a value in `column` that only its writer can know."""
        made = self.table.columns[column.key]
        return not made.nullable and made.server_default is None


def writable(entity: Entity, access: Access) -> Writable | None:
    """What can be written of `entity` under `access`; None if nothing can."""
    writes = access.writes(entity)
    if writes is None or not entity.is_node:
        return None
    columns = [column for column in entity.columns.values() if _is_stored(entity.table.columns.get(column.key))]
    ours = OURS | ({"version"} if counts_changes(entity.table) else set())
    given = tuple(column for column in columns if column.key not in ours | writes.kept)
    changed = tuple(column for column in given if column.key not in writes.once)
    return Writable(entity, writes.verbs, given, changed)


def counts_changes(table: Table) -> bool:
    """Whether rows of `table` have a version by which stale changes are noticed; a model's version is another thing."""
    return "version" in table.columns and isinstance(table.columns["version"].type, Integer)


def _is_stored(column: TableColumn[object] | None) -> bool:
    return column is not None and column.computed is None


@dataclass(frozen=True)
class Books:
    """Everything that can be written, by entity."""

    graph: Graph
    access: Access

    @cached_property
    def all(self) -> dict[str, Writable]:
        """What can be written of each entity of which anything can."""
        found = {entity.name: writable(entity, self.access) for entity in self.graph}
        return {name: one for name, one in found.items() if one is not None}

    @cached_property
    def led(self) -> dict[str, list[Relation]]:
        """Of each entity the relations to rows of others that can be written along with it."""
        return {
            name: [one for one in book.entity.relations.values() if self._is_written(book, one)]
            for name, book in self.all.items()
        }

    def changed(self, book: Writable) -> list[Relation]:
        """The same for rows that are changed: they go on naming what they name once."""
        return [one for one in self.led[book.entity.name] if one.local == "id" or one.local in book.changing]

    def _is_written(self, book: Writable, relation: Relation) -> bool:
        if not relation.direct or relation.target not in self.all:
            return False
        if relation.local == "id":
            return relation.remote in self.all[relation.target].keys
        return relation.remote == "id" and relation.local in book.keys

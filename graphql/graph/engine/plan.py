"""What a plan is: a tree of statements, normally of one, each a tree of rows and pages. All of it frozen, none of it
SQL yet, every decision already made by the planner.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy.types import TypeEngine

from graph.engine.access import Rule
from graph.engine.entities import Column, Entity, Relation
from graph.engine.operands import Source
from graph.engine.selection import Field


@dataclass(frozen=True, slots=True)
class Param:
    """A value that a statement is given when it runs: where it comes from and what becomes of it on the way."""

    name: str
    source: Source
    convert: Callable[[Any], Any]
    type: TypeEngine[Any]


@dataclass(frozen=True, slots=True)
class Seen:
    """A column as the viewer sees it: through `rule`, or bare."""

    column: Column
    rule: Rule | None = None

    @property
    def nullable(self) -> bool:
        """Whether it can be NULL, for want of a value or of a right."""
        return self.column.nullable or self.rule is not None


@dataclass(frozen=True, slots=True)
class Compare:
    """A condition: a column, an operator of `filters.CONDITIONS`, a parameter where the operator takes one."""

    seen: Seen
    operator: str
    param: Param | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """The response key `key` holds a column."""

    key: str
    seen: Seen


@dataclass(frozen=True, slots=True)
class TypeName:
    """The response key `key` holds the name of a type."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class One:
    """The response key `key` holds the row that `relation` leads to, inlined."""

    key: str
    relation: Relation
    row: "Row"


@dataclass(frozen=True, slots=True)
class Many:
    """The response key `key` holds a page of the rows that `relation` leads to, inlined."""

    key: str
    relation: Relation
    page: "Page"


@dataclass(frozen=True, slots=True)
class Hole:
    """The response key `key` is filled by the batch `slot`, for this row's `local`."""

    key: str
    slot: int
    local: str


Item = Value | TypeName | One | Many | Hole


@dataclass(frozen=True, slots=True)
class Row:
    """The JSON object of one row, read under `alias`."""

    entity: Entity
    alias: str
    predicate: Rule | None
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class OrderKey:
    """One key of an order."""

    seen: Seen
    descending: bool
    nulls_first: bool

    def reversed(self) -> "OrderKey":
        """The key of the opposite order."""
        return OrderKey(self.seen, not self.descending, not self.nulls_first)


@dataclass(frozen=True, slots=True)
class Bound:
    """A cursor: a parameter for each key of the order, None where the row at the cursor has NULL."""

    values: tuple[Param | None, ...]


class PageFlag(StrEnum):
    """A field of PageInfo."""

    HAS_NEXT_PAGE = "hasNextPage"
    HAS_PREVIOUS_PAGE = "hasPreviousPage"
    START_CURSOR = "startCursor"
    END_CURSOR = "endCursor"


@dataclass(frozen=True, slots=True)
class Nodes:
    """The response key `key` of a connection holds the list of its rows."""

    key: str
    row: Row


@dataclass(frozen=True, slots=True)
class EdgeNode:
    """The response key `key` of an edge holds its row."""

    key: str
    row: Row


@dataclass(frozen=True, slots=True)
class EdgeCursor:
    """The response key `key` of an edge holds its cursor."""

    key: str


@dataclass(frozen=True, slots=True)
class Edges:
    """The response key `key` of a connection holds the list of its edges."""

    key: str
    items: tuple[EdgeNode | EdgeCursor | TypeName, ...]


@dataclass(frozen=True, slots=True)
class PageInfo:
    """The response key `key` of a connection holds its PageInfo, as (response key, what) pairs."""

    key: str
    items: tuple[tuple[str, PageFlag] | TypeName, ...]

    def asks(self, flag: PageFlag) -> bool:
        """Whether `flag` is selected."""
        return any(not isinstance(item, TypeName) and item[1] is flag for item in self.items)


@dataclass(frozen=True, slots=True)
class TotalCount:
    """The response key `key` of a connection holds the number of all its rows."""

    key: str


Part = Nodes | Edges | PageInfo | TotalCount | TypeName


@dataclass(frozen=True, slots=True)
class Page:
    """A page of rows, read under `alias`: at most `size` in `order`, the last ones if `backward`."""

    entity: Entity
    alias: str
    predicate: Rule | None
    where: tuple[Compare, ...]
    order: tuple[OrderKey, ...]
    size: int
    backward: bool
    after: Bound | None
    before: Bound | None
    signature: str
    parts: tuple[Part, ...] = ()

    def asks(self, *flags: PageFlag) -> bool:
        """Whether any of `flags` is selected."""
        infos = [part for part in self.parts if isinstance(part, PageInfo)]
        return any(info.asks(flag) for info in infos for flag in flags)

    @property
    def looks_ahead(self) -> bool:
        """Whether it must be known that more rows follow in the direction of reading."""
        return self.asks(PageFlag.HAS_PREVIOUS_PAGE if self.backward else PageFlag.HAS_NEXT_PAGE)

    @property
    def reads_rows(self) -> bool:
        """Whether rows are needed at all, not just their number."""
        return self.cursors or self.looks_ahead or any(isinstance(part, Nodes | Edges) for part in self.parts)

    @property
    def counts(self) -> bool:
        """Whether all rows must be counted."""
        return any(isinstance(part, TotalCount) for part in self.parts)

    @property
    def cursors(self) -> bool:
        """Whether rows need their cursors."""
        edges = [item for part in self.parts if isinstance(part, Edges) for item in part.items]
        return self.asks(PageFlag.START_CURSOR, PageFlag.END_CURSOR) or any(
            isinstance(item, EdgeCursor) for item in edges
        )


@dataclass(frozen=True, slots=True)
class RootRow:
    """A root field that holds the one row for which all of `where` holds."""

    key: str
    row: Row
    where: tuple[Compare, ...]


@dataclass(frozen=True, slots=True)
class RootPage:
    """A root field that holds a page."""

    key: str
    page: Page


@dataclass(frozen=True, slots=True)
class RootNodes:
    """A root field that holds rows of several types by their ids, in the order asked.

    For each type its row, the uuids asked for, and their places in the list; `count` places in all.
    """

    key: str
    rows: tuple[tuple[Row, Param, Param], ...]
    count: Param


@dataclass(frozen=True, slots=True)
class RootText:
    """A root field whose JSON is known without a database."""

    key: str
    json: bytes


@dataclass(frozen=True, slots=True)
class RootMeta:
    """A root field about the schema, answered by graphql-core."""

    key: str
    field: Field


@dataclass(frozen=True, slots=True)
class RootWritten:
    """A root field that a hand-written resolver answers."""

    key: str
    field: Field


Root = RootRow | RootPage | RootNodes | RootText | RootMeta | RootWritten
Outside = RootText | RootMeta | RootWritten
"""The root fields that the plan's own statements do not read."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A relation read in a statement of its own, keyed by the parents' keys; it fills the holes named `slot`."""

    slot: int
    relation: Relation
    body: Row | Page
    children: tuple["Batch", ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """An operation: its root fields, the batches under them, and the parameters of all its statements."""

    roots: tuple[Root, ...]
    batches: tuple[Batch, ...]
    params: tuple[Param, ...]

"""What a plan is: a tree of statements, normally of one, each a tree of rows and pages. All of it frozen, none of it
SQL yet, every decision already made by the planner.
"""

from dataclasses import dataclass
from enum import StrEnum

from graph.engine.access import Rule
from graph.engine.asking.selection import Field
from graph.engine.model.computed import Computed
from graph.engine.model.entities import Entity
from graph.engine.planning.terms import Aggregated, Condition, Hop, OrderKey, Param, Rank, Search, Seen, Term


@dataclass(frozen=True, slots=True)
class Value:
    """The response key `key` holds a column."""

    key: str
    term: Term


@dataclass(frozen=True, slots=True)
class Object:
    """The response key `key` holds an object of these, over the same row."""

    key: str
    items: "tuple[Item, ...]"


@dataclass(frozen=True, slots=True)
class TypeName:
    """The response key `key` holds the name of a type."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class One:
    """The response key `key` holds the row that `hop` leads to, inlined."""

    key: str
    hop: Hop
    row: "Row"


@dataclass(frozen=True, slots=True)
class Many:
    """The response key `key` holds a page of the rows that `hop` leads to, inlined."""

    key: str
    hop: Hop
    page: "Page"


@dataclass(frozen=True, slots=True)
class Rows:
    """The response key `key` holds a page of the rows of a group."""

    key: str
    page: "Page"


@dataclass(frozen=True, slots=True)
class Choice:
    """The JSON object of the row that `type_key` and `id_key` name, of whatever entity; null if of none of `arms`."""

    type_key: str
    id_key: str
    arms: "tuple[tuple[str, Row], ...]"


@dataclass(frozen=True, slots=True)
class Polymorphic:
    """The response key `key` holds the row of some entity that this row's columns name."""

    key: str
    choice: Choice


@dataclass(frozen=True, slots=True)
class Call:
    """The response key `key` is computed by the call `slot` from `needs`: names with what they stand for."""

    key: str
    slot: int
    needs: tuple[tuple[str, Seen], ...]


@dataclass(frozen=True, slots=True)
class Hole:
    """The response key `key` is filled by the batch `slot`, for this row's `local`; by many rows or one."""

    key: str
    slot: int
    local: str
    many: bool


@dataclass(frozen=True, slots=True)
class Number:
    """The response key `key` of an entry in a log holds its number."""

    key: str


@dataclass(frozen=True, slots=True)
class TypeNameOf:
    """The response key `key` holds the name of a type that a column tells: pairs of its values and the names."""

    key: str
    column: str
    names: tuple[tuple[str, str], ...]


Item = Value | Object | TypeName | One | Many | Rows | Polymorphic | Call | Hole | Number | TypeNameOf


@dataclass(frozen=True, slots=True)
class Row:
    """The JSON object of one row, read under `alias`."""

    entity: Entity
    alias: str
    predicate: Rule | None
    items: tuple[Item, ...]


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
    row: Row | Choice


@dataclass(frozen=True, slots=True)
class EdgeNode:
    """The response key `key` of an edge holds its row."""

    key: str
    row: Row | Choice


@dataclass(frozen=True, slots=True)
class EdgeCursor:
    """The response key `key` of an edge holds its cursor."""

    key: str


@dataclass(frozen=True, slots=True)
class EdgeRank:
    """The response key `key` of an edge holds how well its row matches the search; null without one."""

    key: str
    rank: Rank | None


@dataclass(frozen=True, slots=True)
class EdgeHighlight:
    """The response key `key` of an edge holds what the search found in its row; null without one."""

    key: str
    search: Search | None


EdgeItem = EdgeNode | EdgeCursor | EdgeRank | EdgeHighlight | TypeName


@dataclass(frozen=True, slots=True)
class Edges:
    """The response key `key` of a connection holds the list of its edges."""

    key: str
    items: tuple[EdgeItem, ...]


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


@dataclass(frozen=True, slots=True)
class Bucket:
    """Moments as the first moment of the `unit` they fall into, where `zone` is; with its gaps filled, if at all."""

    unit: str
    zone: Param | None
    """None for UTC, in which every connection is: then it need not be looked up for every row."""
    day: bool
    """Whether it is of days, which have no zone."""
    fill: "Fill | None" = None


@dataclass(frozen=True, slots=True)
class Fill:
    """Buckets without rows are shown too: from the one of `begin` to that of `end`, or as far as there are rows."""

    begin: Param | None
    end: Param | None


@dataclass(frozen=True, slots=True)
class GroupKey:
    """What rows have in common that are one group."""

    label: str
    term: Term
    bucket: Bucket | None = None
    by: Seen | None = None
    """The key of another row of which `term` is a name: what rows are grouped by, because it is at hand."""

    @property
    def carried(self) -> str:
        """What groups call the value that they are grouped by."""
        return f"{self.label}k" if self.by else self.label

    @property
    def nullable(self) -> bool:
        """Whether there may be a group of the rows without a value."""
        return self.term.nullable


@dataclass(frozen=True, slots=True)
class Summary:
    """The rows of a connection in groups, each as the JSON object of `items`; without keys there is one group."""

    alias: str
    keys: tuple[GroupKey, ...]
    measures: tuple[tuple[str, Aggregated], ...]
    items: tuple[Item, ...]
    having: tuple[Condition, ...] = ()
    order: tuple[OrderKey, ...] = ()
    size: int | None = None
    offset: Param | None = None

    @property
    def fills(self) -> bool:
        """Whether it shows groups without rows."""
        return any(key.bucket and key.bucket.fill for key in self.keys)


@dataclass(frozen=True, slots=True)
class Aggregate:
    """The response key `key` of a connection holds what its rows come to."""

    key: str
    summary: Summary


@dataclass(frozen=True, slots=True)
class Groups:
    """The response key `key` of a connection holds the list of its groups."""

    key: str
    summary: Summary


Part = Nodes | Edges | PageInfo | TotalCount | Aggregate | Groups | TypeName


@dataclass(frozen=True, slots=True)
class Page:
    """A page of rows, read under `alias`: at most `size` in `order`, the last ones if `backward`."""

    entity: Entity
    alias: str
    predicate: Rule | None
    where: tuple[Condition, ...]
    order: tuple[OrderKey, ...]
    size: int
    backward: bool
    after: Bound | None
    before: Bound | None
    signature: str
    offset: Param | None = None
    search: Search | None = None
    within: tuple[Search, ...] = ()
    """Other searches that its rows were found by: those of the connections whose groups it is of."""

    parts: tuple[Part, ...] = ()

    @property
    def searches(self) -> tuple[Search, ...]:
        """All that its rows must match."""
        return (*self.within, self.search) if self.search else self.within

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
    where: tuple[Condition, ...]


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


@dataclass(frozen=True, slots=True)
class Arm:
    """What is selected of entries of these kinds."""

    kinds: tuple[str, ...]
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class RootFeed:
    """The log of one row: where it ends, and a page of its `entries`, which name the row in `remote`.

    Of the row and of each entry, the first of `heads` and `numbers` that is not NULL counts.
    """

    key: str
    of: Row
    heads: tuple[Seen, ...]
    epoch: Seen | None
    entries: Row
    remote: str
    numbers: tuple[Seen, ...]
    type_key: str
    arms: tuple[Arm, ...]
    here: Param
    """The uuid of the row."""
    after: Param
    limit: Param


@dataclass(frozen=True, slots=True)
class RootEach:
    """Rows by their uuids, each as a JSON value of its own."""

    key: str
    row: Row
    uuids: Param


Root = RootRow | RootPage | RootNodes | RootText | RootMeta | RootWritten | RootFeed | RootEach
Outside = RootText | RootMeta | RootWritten
"""The root fields that the plan's own statements do not read."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A relation read in a statement of its own, keyed by the parents' keys; it fills the holes named `slot`."""

    slot: int
    hop: Hop
    body: Row | Page
    children: tuple["Batch", ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """An operation: its root fields, the batches under them, the parameters of all its statements, and what Python
    computes in the end.
    """

    roots: tuple[Root, ...]
    batches: tuple[Batch, ...]
    params: tuple[Param, ...]
    calls: tuple[tuple[int, Computed], ...] = ()

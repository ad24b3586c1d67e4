"""The work that PostgreSQL will have with a plan, counted by walking the plan once, in time that grows with its size.

Kinds of work by the path of the field that makes it; what one of each takes stands in `cost.py`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import log2
from typing import Any, NamedTuple

from graph.engine.costs.expected import Connection
from graph.engine.costs.statistics import Statistics, Table
from graph.engine.model.entities import Entity
from graph.engine.planning.plan import (
    Aggregate,
    Batch,
    Call,
    Choice,
    EdgeHighlight,
    EdgeItem,
    EdgeNode,
    EdgeRank,
    Edges,
    Groups,
    Hole,
    Item,
    Many,
    Nodes,
    Number,
    Object,
    One,
    Page,
    PageInfo,
    Part,
    Plan,
    Polymorphic,
    Root,
    RootEach,
    RootFeed,
    RootNodes,
    RootPage,
    RootRow,
    Row,
    Rows,
    Summary,
    TotalCount,
    TypeNameOf,
    Value,
)
from graph.engine.planning.terms import (
    Aggregated,
    AllOf,
    AnyOf,
    Compare,
    Condition,
    Exists,
    Folded,
    Hop,
    Not,
    OrderKey,
    Rank,
    Seen,
    Term,
    Through,
)

NODES = 100.0
"""Ids that `nodes` is given where a variable says them: at most."""
OFFSET = 1_000.0
"""Rows that an offset leaves out; how many a plan does not know."""


ENTRIES = 100.0
"""Entries of a log that are read at once: what came while somebody was away."""


class Work(StrEnum):
    """A kind of work that an operation makes."""

    OPERATION = "operation"
    """Whatever is asked: finding the plan, a round trip, the answer."""
    PARAMETER = "parameter"
    """A value of the client's is checked and sent."""
    SELECT = "select"
    """A select of the statement is made ready, once; of a partitioned table, one for each partition."""
    TERM = "term"
    """A value that is shown, compared, ordered or grouped by is made ready, once."""
    READ = "read"
    """A select is begun, once for each row around it: a look into an index."""
    PARTITION = "partition"
    """A look into the index of one more partition."""
    ROW = "row"
    """A row of a page is taken along."""
    SCAN = "scan"
    """A row is passed: to be filtered, counted, summed up."""
    VALUE = "value"
    """A value is put into the answer."""
    BYTE = "byte"
    """A byte of it."""
    CURSOR = "cursor"
    """The cursor of a row is made."""
    SORT = "sort"
    """A row is put in order, for each doubling of the rows there are."""
    CONDITION = "condition"
    """A row is compared with something."""
    JOIN = "join"
    """For a row that is filtered, ordered or grouped another one is looked up."""
    MATCH = "match"
    """Words are looked for in a row."""
    RANK = "rank"
    """It is computed how well a row matches."""
    HIGHLIGHT = "highlight"
    """The words that were found in a row are marked."""
    MEASURE = "measure"
    """A row is added to an aggregate."""
    COLLECT = "collect"
    """A row is put in order for an aggregate that needs all of them: a median, different values."""
    GROUP = "group"
    """A row finds the group it belongs to."""
    FILL = "fill"
    """A group that may be missing is looked for."""
    WALK = "walk"
    """A walk along a relation is begun."""


class Place(NamedTuple):
    """Where in the answer something is, how often it is there, and the JSON values that are, once that is known."""

    path: str
    times: float
    found: Sequence[Any] | None = None

    def into(self, key: str) -> "Place":
        """The place of what stands under `key` here; where that is null, nothing is."""
        path = f"{self.path}.{key}" if self.path else key
        if self.found is None:
            return Place(path, self.times)
        inner = [one[key] for one in self.found if one[key] is not None]
        return Place(path, len(inner), inner)

    def seldom(self, share: float) -> "Place":
        """The same place, where there is something in this `share` of cases, unless it is known."""
        return self if self.found is not None else Place(self.path, self.times * share)

    def each(self, expected: float) -> "Place":
        """The place of the items of the lists here, of which `expected` are in each, unless it is known."""
        if self.found is None:
            return Place(self.path, self.times * expected)
        items = [item for one in self.found for item in one if item is not None]
        return Place(self.path, len(items), items)


Done = Mapping[str, Mapping[Work, float]]
"""Work by the path of the field that makes it."""


def work(plan: Plan, statistics: Statistics, answer: Any = None) -> Done:
    """The work that `plan` makes.

    With the `answer` that it came to, the rows in that count instead of those that were expected; what had to be read
    without being shown remains an estimate.
    """
    meter = _Meter(statistics)
    around = Place("", 1, None if answer is None else [answer])
    meter.add(around, Work.OPERATION)
    meter.add(around, Work.PARAMETER, len(plan.params))
    for root in plan.roots:
        meter.root(root, plan.batches, around)
    return meter.done


@dataclass(slots=True)
class _Meter:
    statistics: Statistics
    done: dict[str, dict[Work, float]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(float)))

    def add(self, place: Place, kind: Work, amount: float = 1) -> None:
        """Note work that the field at `place` makes in all."""
        self.done[place.path][kind] += amount

    def root(self, root: Root, batches: Sequence[Batch], around: Place) -> None:
        """A root field."""
        match root:
            case RootRow(key=key, row=row):
                self.found(row, around.into(key), batches)
            case RootPage(key=key, page=page):
                self.page(Connection(self.statistics, page), around.into(key), batches)
            case RootNodes(key=key, rows=rows, count=count):
                given = count.source.constant
                place = around.into(key).each(NODES if given is None else len(given))
                for row, inner in _by_kind([row for row, _, _ in rows], place):
                    self.found(row, inner, batches)
            case RootFeed(key=key):
                self.log(root, around.into(key))
            case RootEach(key=key, row=row):
                self.found(row, around.into(key).each(NODES), batches)

    def log(self, root: RootFeed, place: Place) -> None:
        """A page of a log, and where the log ends."""
        self._begin(root.of.entity, place, by_key=True)
        self._begin(root.entries.entity, place)
        self.add(place, Work.ROW, place.times * ENTRIES)
        kinds = sum(len(arm.kinds) for arm in root.arms)
        for arm in root.arms:
            self.items(arm.items, place.each(ENTRIES).seldom(len(arm.kinds) / kinds), ())

    def found(self, row: Row, place: Place, batches: Sequence[Batch]) -> None:
        """A row that is looked up by its key, and its JSON object."""
        self._begin(row.entity, place, by_key=True)
        self.items(row.items, place, batches)

    def _begin(self, entity: Entity, place: Place, *, by_key: bool = False) -> None:
        """A select of rows of `entity`; the key of a row tells its partition."""
        table = self.statistics.table(entity)
        self.add(place, Work.SELECT, table.partitions)
        self.add(place, Work.READ, place.times)
        if not by_key:
            self.add(place, Work.PARTITION, place.times * (table.partitions - 1))
        self.add(place, Work.SCAN, place.times * table.made_of)

    def items(self, items: Iterable[Item], around: Place, batches: Sequence[Batch]) -> None:
        """What stands under the response keys of the object `around`."""
        for item in items:
            self._item(item, around, batches)

    def _item(self, item: Item, around: Place, batches: Sequence[Batch]) -> None:
        match item:
            case Value(term=term):
                self._value(term, around)
            case Number() | TypeNameOf():
                self.add(around, Work.VALUE, around.times)
            case Call(needs=needs):
                for _, seen in needs:
                    self._value(seen, around)
            case Object(key=key, items=items):
                self.items(items, around.into(key), batches)
            case One(key=key, hop=hop, row=row):
                there = self.statistics.filled(hop.relation)
                self.found(row, around.into(key).seldom(there), batches)
            case Many(key=key, hop=hop, page=page):
                self.page(Connection(self.statistics, page, hop), around.into(key), batches)
            case Polymorphic(key=key, choice=choice):
                self.row(choice, around.into(key), batches)
            case Hole(key=key, slot=slot):
                self._batch(next(batch for batch in batches if batch.slot == slot), around.into(key))

    def _value(self, term: Term, place: Place) -> None:
        self.add(place, Work.VALUE, place.times)
        if isinstance(term, Seen):
            self.add(place, Work.BYTE, place.times * self.statistics.width(term.column))
        self._term(term, place, place.times)

    def _batch(self, batch: Batch, place: Place) -> None:
        """A relation in a statement of its own."""
        self.add(place, Work.OPERATION)
        if isinstance(batch.body, Page):
            self.page(Connection(self.statistics, batch.body, batch.hop), place, batch.children)
        else:
            self.found(batch.body, place, batch.children)

    def row(self, row: Row | Choice, place: Place, batches: Sequence[Batch]) -> None:
        """The JSON object of a row that is there, or of one of several entities that it names."""
        if isinstance(row, Row):
            self.items(row.items, place, batches)
            return
        for one, inner in _by_kind([arm for _, arm in row.arms], place):
            self.found(one, inner, batches)

    def page(self, rows: Connection, place: Place, batches: Sequence[Batch]) -> None:
        """A connection."""
        if rows.hop and rows.hop.relation.walk:
            self.add(place, Work.WALK, place.times)
        if rows.page.reads_rows:
            self._read(rows, place)
        for part in rows.page.parts:
            self._part(part, rows, place, batches)

    def _read(self, rows: Connection, place: Place) -> None:
        """The rows of a page are taken."""
        page, shown = rows.page, rows.shown if place.found is None else _shown(rows.page, place)
        self._begin(page.entity, place)
        if rows.in_order:
            self._pass(rows, place, rows.passed(OFFSET if page.offset else 0))
        else:
            self._pass(rows, place, rows.there)
            self._sort(page.order, rows, place)
        self.add(place, Work.ROW, place.times * shown)
        if page.cursors:
            self.add(place, Work.CURSOR, place.times * shown)

    def _sort(self, order: Sequence[OrderKey], rows: Connection, place: Place) -> None:
        count = place.times * rows.matching
        self.add(place, Work.SORT, count * log2(1 + rows.matching))
        for key in order:
            self._term(key.term, place, count)

    def _all(self, rows: Connection, place: Place) -> None:
        """All rows of a connection are passed, wherever its page begins."""
        self._begin(rows.page.entity, place)
        self._pass(rows, place, rows.there)

    def _pass(self, rows: Connection, place: Place, passed: float) -> None:
        """So many rows of each connection are looked at."""
        count = place.times * passed
        self.add(place, Work.SCAN, count)
        if rows.page.searches:
            self.add(place, Work.MATCH, count)
        self._conditions(rows.page.where, place, count)

    def _part(self, part: Part, rows: Connection, place: Place, batches: Sequence[Batch]) -> None:
        match part:
            case Nodes(key=key, row=row):
                self.row(row, place.into(key).each(rows.shown), batches)
            case Edges(key=key, items=items):
                edges = place.into(key).each(rows.shown)
                for item in items:
                    self._edge(item, edges, batches)
            case TotalCount():
                self._all(rows, place)
            case PageInfo() if rows.page.after or rows.page.before or rows.page.offset:
                self._begin(rows.page.entity, place)
            case Aggregate(key=key, summary=summary):
                self._aggregate(summary, rows, place.into(key), batches)
            case Groups(key=key, summary=summary):
                self._groups(summary, rows, place.into(key), batches)

    def _edge(self, item: EdgeItem, edges: Place, batches: Sequence[Batch]) -> None:
        match item:
            case EdgeNode(key=key, row=row):
                self.row(row, edges.into(key), batches)
            case EdgeRank(rank=Rank()):
                self.add(edges, Work.RANK, edges.times)
            case EdgeHighlight(search=search) if search:
                self.add(edges, Work.HIGHLIGHT, edges.times)

    def _aggregate(self, summary: Summary, rows: Connection, place: Place, batches: Sequence[Batch]) -> None:
        if summary.measures:
            self._all(rows, place)
            self._measures(summary, rows, place)
        self.items(summary.items, place, batches)

    def _measures(self, summary: Summary, rows: Connection, place: Place) -> None:
        count = place.times * rows.matching
        for _, measure in summary.measures:
            self._measure(measure, place, count)

    def _measure(self, measure: Aggregated, place: Place, count: float) -> None:
        self.add(place, Work.COLLECT if measure.function in COLLECTING else Work.MEASURE, count)
        if measure.term:
            self._term(measure.term, place, count)

    def _groups(self, summary: Summary, rows: Connection, place: Place, batches: Sequence[Batch]) -> None:
        lists = Place(place.path, place.times)
        self._all(rows, lists)
        self._measures(summary, rows, lists)
        groups = rows.groups_of(summary)
        for key in summary.keys:
            self.add(lists, Work.GROUP, lists.times * rows.matching)
            self._term(key.term, lists, lists.times * rows.matching)
        if summary.fills:
            self.add(lists, Work.FILL, lists.times * rows.filled(summary))
        items = place.each(min(rows.filled(summary) if summary.fills else groups, summary.size or 1))
        for item in summary.items:
            if isinstance(item, Rows):
                inner = Connection(self.statistics, item.page, rows.hop, max(groups, 1))
                self.page(inner, items.into(item.key), batches)
            else:
                self._item(item, items, batches)

    def _conditions(self, conditions: Iterable[Condition], place: Place, count: float) -> None:
        """`count` rows are compared."""
        for condition in conditions:
            match condition:
                case Compare(term=term):
                    self.add(place, Work.CONDITION, count)
                    self._term(term, place, count)
                case AllOf(conditions=inner) | AnyOf(conditions=inner):
                    self._conditions(inner, place, count)
                case Not(condition=inner):
                    self._conditions([inner], place, count)
                case Exists(hop=hop, where=where):
                    self._join(hop, place, count)
                    led = min(count * self.statistics.led_to(hop.relation), self.statistics.rows(hop.target))
                    self.add(place, Work.SCAN, led)
                    self._conditions(where, place, led)

    def _term(self, term: Term, place: Place, count: float) -> None:
        """The value of `term` is read of `count` rows."""
        self.add(place, Work.TERM)
        match term:
            case Seen(column=column) if table := self.statistics.computed(column):
                self._fold(table, place, count)
                self.add(place, Work.MEASURE, count * table.rows)
            case Through(hop=hop, term=inner):
                self._join(hop, place, count)
                self._term(inner, place, count)
            case Folded(hop=hop, where=where, aggregated=measure):
                there = self.statistics.led_to(hop.relation)
                self._fold(Table(there, self.statistics.table(hop.target).partitions), place, count)
                self._conditions(where, place, count * there)
                self._measure(measure, place, count * there)
            case Rank():
                self.add(place, Work.RANK, count)

    def _fold(self, table: Table, place: Place, count: float) -> None:
        """For each of `count` rows the rows of `table` are summed up."""
        self.add(place, Work.SELECT, table.partitions)
        self.add(place, Work.READ, count)
        self.add(place, Work.PARTITION, count * (table.partitions - 1))
        self.add(place, Work.SCAN, count * table.rows)

    def _join(self, hop: Hop, place: Place, count: float) -> None:
        """For `count` rows those that `hop` leads to are looked up; PostgreSQL may choose to do it for all at once."""
        self.add(place, Work.SELECT, self.statistics.table(hop.target).partitions)
        self.add(place, Work.JOIN, count)


COLLECTING = frozenset({"countDistinct", "median", "percentile"})
"""Aggregates that need all rows at once, in order."""


def _by_kind(rows: Sequence[Row], place: Place) -> Iterator[tuple[Row, Place]]:
    """The places of rows of several entities; what is known of them, by the first that has its keys."""
    left = place.found
    for row in rows:
        if left is None:
            yield row, Place(place.path, place.times / len(rows))
            continue
        keys = {item.key for item in row.items}
        mine = [one for one in left if one.keys() == keys]
        left = [one for one in left if one.keys() != keys]
        yield row, Place(place.path, len(mine), mine)


def _shown(page: Page, place: Place) -> float:
    """How many rows each connection at `place` shows, on average."""
    lists = [part.key for part in page.parts if isinstance(part, Nodes | Edges)]
    found = [max((len(one[key]) for key in lists), default=0) for one in place.found or ()]
    return sum(found) / max(len(found), 1)

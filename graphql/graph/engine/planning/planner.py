"""From a selection to a plan. Every decision is made here: strategy, order, keyset, conditions, what access allows.

Emitting SQL from the plan is mechanical (`sql/`).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from graphql import GraphQLObjectType, GraphQLSchema
from sqlalchemy import ARRAY, Integer, Text, Uuid

from graph.engine.access import Access, Rule, Viewer
from graph.engine.asking.operands import Operand, Source
from graph.engine.asking.selection import META, Field
from graph.engine.errors import BadUserInput
from graph.engine.model.computed import Computed
from graph.engine.model.entities import Column, Entity, Graph, Reference, Relation
from graph.engine.model.ids import prefix_of, uuid_of
from graph.engine.planning import order
from graph.engine.planning.conditions import key_value, where
from graph.engine.planning.grouping import Grouping
from graph.engine.planning.ordering import ordered, tie_broken
from graph.engine.planning.plan import (
    Aggregate,
    Batch,
    Bound,
    Call,
    Choice,
    EdgeCursor,
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
    One,
    Page,
    PageFlag,
    PageInfo,
    Part,
    Plan,
    Polymorphic,
    Root,
    RootMeta,
    RootNodes,
    RootPage,
    RootRow,
    RootText,
    RootWritten,
    Row,
    TotalCount,
    TypeName,
    Value,
)
from graph.engine.planning.scope import Scope
from graph.engine.planning.searching import searched
from graph.engine.planning.terms import STEPS, Compare, Condition, OrderKey, Param, Rank, Search, Seen
from graph.engine.schema.meaning import NodeById, NodesByIds, PartOf, RootList, RootOne, RootSearch, meaning_of

PAGE_SIZE = 20
PAGE_LIMIT = 100
OFFSET_LIMIT = 10_000

Strategy = Callable[[Relation], bool]
"""Whether a relation is read in a statement of its own instead of inside its parent's."""


def inlined(_: Relation) -> bool:
    """Everything in one statement."""
    return False


def batched(_: Relation) -> bool:
    """Each relation in a statement of its own."""
    return True


@dataclass(slots=True)
class Planner:
    """Plans one operation for one kind of viewer."""

    schema: GraphQLSchema
    graph: Graph
    access: Access
    viewer: Viewer
    strategy: Strategy = inlined
    scope: Scope = field(init=False)
    slots: int = 0
    calls: list[tuple[int, Computed]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.scope = Scope(self.graph, self.access, self.viewer)

    def plan(self, fields: tuple[Field, ...]) -> Plan:
        """The plan of an operation that selects `fields` of Query."""
        batches: list[Batch] = []
        roots = tuple(self._root(selected, batches) for selected in fields)
        return Plan(roots, tuple(batches), tuple(self.scope.params), tuple(self.calls))

    def plan_row(self, selected: Field, entity: Entity, source: Source) -> Plan:
        """The plan of what `selected` selects of the one `entity` whose uuid is found at `source`."""
        batches: list[Batch] = []
        row = self.row(entity, selected, batches)
        here = self.scope.param(source, lambda key: key, Uuid())
        root = RootRow(selected.key, row, (Compare(Seen(entity.id), "eq", (here,)),))
        return Plan((root,), tuple(batches), tuple(self.scope.params), tuple(self.calls))

    def plan_rows(self, selected: Field, entity: Entity, source: Source) -> Plan:
        """The plan of what `selected` selects of each `entity` whose uuid is in the list at `source`, in its order."""
        batches: list[Batch] = []
        row, param = self.row(entity, selected, batches), self.scope.param
        uuids, places = param(source, _given, ARRAY(Uuid())), param(source, _given_places, ARRAY(Integer()))
        root = RootNodes(selected.key, ((row, uuids, places),), param(source, len, Integer()))
        return Plan((root,), tuple(batches), tuple(self.scope.params), tuple(self.calls))

    def _root(self, selected: Field, batches: list[Batch]) -> Root:
        match meaning_of(selected.definition):
            case RootOne(entity, names):
                return self._one(selected, self.graph[entity], names, batches)
            case RootList(entity):
                return RootPage(selected.key, self.page(self.graph[entity], selected, batches))
            case RootSearch(entity):
                frame = self.results(self.graph[entity], selected)
                parts = tuple(self._parts(frame, selected, batches, "SearchResult"))
                return RootPage(selected.key, replace(frame, parts=parts))
            case NodeById():
                return self._node(selected, batches)
            case NodesByIds():
                return self._nodes(selected, batches)
        if selected.name == "__typename":
            return RootText(selected.key, b'"Query"')
        if selected.name in META:
            return RootMeta(selected.key, selected)
        return RootWritten(selected.key, selected)

    def _one(
        self, selected: Field, entity: Entity, names: tuple[tuple[str, str], ...], batches: list[Batch]
    ) -> RootRow:
        conditions = []
        for argument, key in names:
            seen, given = self.scope.see(entity.by_key(key)), selected.arguments.get(argument)
            if given is None or not given.state:
                conditions.append(Compare(seen, "isNull"))
                continue
            convert = partial(key_value, seen.column, given.where)
            conditions.append(Compare(seen, "eq", (self.scope.param(given.param(), convert, seen.scalar.bind),)))
        return RootRow(selected.key, self.row(entity, selected, batches), tuple(conditions))

    def _node(self, selected: Field, batches: list[Batch]) -> Root:
        given = selected.arguments["id"]
        entity = self._entity_of(given.ask(prefix_of), given.where)
        key = self.scope.param(given.param(), partial(key_value, entity.id, given.where), Uuid())
        row = self.row(entity, selected, batches)
        return RootRow(selected.key, row, (Compare(Seen(entity.id), "eq", (key,)),))

    def _nodes(self, selected: Field, batches: list[Batch]) -> RootNodes:
        given, param = selected.arguments["ids"], self.scope.param
        rows = []
        for prefix in given.ask(_prefixes):
            entity = self._entity_of(prefix, given.where)
            uuids = param(given.param(), partial(_uuids, entity.prefix, given.where), ARRAY(Uuid()))
            places = param(given.param(), partial(_places, entity.prefix), ARRAY(Integer()))
            rows.append((self.row(entity, selected, batches), uuids, places))
        return RootNodes(selected.key, tuple(rows), param(given.param(), partial(_count, given.where), Integer()))

    def _entity_of(self, prefix: str | None, where: str) -> Entity:
        entity = self.graph.prefixes.get(prefix or "")
        if entity is None:
            raise BadUserInput(f'Argument "{where}" is not an ID: expected <type>_<uuid>.', argument=where)
        return entity

    def row(
        self,
        entity: Entity,
        selected: Field,
        batches: list[Batch],
        via: Relation | None = None,
        *,
        beside: bool = False,
    ) -> Row:
        """What `selected` selects of one `entity`, to which the relation `via` leads from a row `beside` it or not."""
        return self._row(entity, selected, self.scope.alias(), batches, self._predicate(entity, via, beside=beside))

    def _predicate(self, entity: Entity, via: Relation | None = None, *, beside: bool = False) -> Rule | None:
        return self.access.predicate(entity, self.viewer, via, beside=beside)

    def _row(self, entity: Entity, selected: Field, alias: str, batches: list[Batch], rule: Rule | None) -> Row:
        type_ = self.object_type(entity.name)
        items = tuple(self.item(entity, inner, batches) for inner in selected.on(type_))
        return Row(entity, alias, rule, items)

    def item(self, entity: Entity, selected: Field, batches: list[Batch]) -> Item:
        """What the field `selected` shows of a row of `entity`."""
        match meaning_of(selected.definition):
            case Column() as column:
                return Value(selected.key, self.scope.see(column))
            case Relation() as relation:
                return self._relation(relation, selected, batches)
            case Computed() as computed:
                return self._call(entity, computed, selected)
            case Reference() as reference:
                return Polymorphic(selected.key, self._choice(reference, selected, batches))
        if selected.name == "__typename":
            return TypeName(selected.key, entity.name)
        raise TypeError(f"No rule for the field {entity.name}.{selected.name}.")

    def _call(self, entity: Entity, computed: Computed, selected: Field) -> Call:
        slot = len(self.calls) + 1
        self.calls.append((slot, computed))
        needs = tuple((name, self.scope.see(entity.columns[name])) for name in computed.needs)
        return Call(selected.key, slot, needs)

    def _choice(self, reference: Reference, selected: Field, batches: list[Batch]) -> Choice:
        arms = tuple((name, self.row(self.graph[name], selected, batches)) for name in reference.targets)
        return Choice(reference.type_key, reference.id_key, arms)

    def _relation(self, relation: Relation, selected: Field, batches: list[Batch]) -> Item:
        hop = self.scope.hop(relation, selected.arguments.get("maxDepth"))
        if not self.strategy(relation):
            if relation.many:
                return Many(selected.key, hop, self.page(hop.target, selected, batches, via=relation, beside=True))
            return One(selected.key, hop, self.row(hop.target, selected, batches, via=relation, beside=True))
        self.slots += 1
        slot, children = self.slots, list[Batch]()
        body = (
            self.page(hop.target, selected, children, via=relation)
            if relation.many
            else self.row(hop.target, selected, children, via=relation)
        )
        batches.append(Batch(slot, hop, body, tuple(children)))
        return Hole(selected.key, slot, relation.local, relation.many)

    def page(
        self,
        entity: Entity,
        selected: Field,
        batches: list[Batch],
        via: Relation | None = None,
        *,
        beside: bool = False,
    ) -> Page:
        """The page of `entity` that the connection `selected` describes, with what is selected of it."""
        frame = self.frame(entity, selected, via)
        frame = replace(frame, predicate=self._predicate(entity, via, beside=True)) if beside else frame
        return replace(frame, parts=tuple(self._parts(frame, selected, batches)))

    def frame(self, entity: Entity, selected: Field, via: Relation | None = None) -> Page:
        """The page of `entity` that the arguments of the connection `selected` describe; `via` leads to it."""
        walk = via is not None and via.walk
        search = searched(self.scope, entity, selected.arguments.get("search"))
        first = OrderKey(Rank(search), True, True) if search else OrderKey(STEPS, False, False)
        keys = ordered(self.scope, entity, selected.arguments.get("orderBy"))
        order_ = tie_broken(entity, keys or ([first] if search or walk else []))
        conditions = tuple(where(self.scope, entity, selected.arguments.get("filter")))
        return self._framed(entity, selected, order_, conditions, search, via)

    def _framed(
        self,
        entity: Entity,
        selected: Field,
        keys: tuple[OrderKey, ...],
        conditions: tuple[Condition, ...],
        search: Search | None,
        via: Relation | None = None,
    ) -> Page:
        size, backward = page_size(selected)
        sign = order.signature(entity, keys)
        return Page(
            entity=entity,
            alias=self.scope.alias(),
            predicate=self._predicate(entity, via),
            where=conditions,
            order=keys,
            size=size,
            backward=backward,
            after=self._bound(selected.arguments.get("after"), keys, sign),
            before=self._bound(selected.arguments.get("before"), keys, sign),
            signature=sign,
            offset=self._offset(selected),
            search=search,
        )

    def _offset(self, selected: Field) -> Param | None:
        given = {name: operand for name, operand in selected.arguments.items() if operand.state}
        if others := given.keys() & {"after", "before", "last"} if "offset" in given else None:
            raise BadUserInput(f'Arguments "offset" and "{min(others)}" of "{selected.name}" exclude each other.')
        return self.scope.offset(given.get("offset"), OFFSET_LIMIT)

    def results(self, entity: Entity, selected: Field) -> Page:
        """The page of what a search over everything finds, of the types asked for."""
        search = searched(self.scope, entity, selected.arguments["query"])
        assert search is not None and entity.reference is not None
        kind = Seen(next(column for column in entity.columns.values() if column.key == entity.reference.type_key))
        given = selected.arguments.get("types")
        types = () if given is None or not given.state else (self.scope.param(given.param(), list, ARRAY(Text())),)
        conditions = tuple(Compare(kind, "in", (param,)) for param in types)
        keys = tie_broken(entity, [OrderKey(Rank(search), True, True)])
        return self._framed(entity, selected, keys, conditions, search)

    def _parts(self, page: Page, selected: Field, batches: list[Batch], name: str = "") -> Iterator[Part]:
        entity, name = page.entity, name or page.entity.name
        for inner in selected.on(self.object_type(f"{name}Connection")):
            match meaning_of(inner.definition):
                case PartOf.NODES:
                    yield Nodes(inner.key, self._node_of(page, name, inner, batches))
                case PartOf.EDGES:
                    yield Edges(inner.key, tuple(self._edge(page, name, inner, batches)))
                case PartOf.PAGE_INFO:
                    yield PageInfo(inner.key, tuple(self._page_info(inner)))
                case PartOf.TOTAL_COUNT:
                    yield TotalCount(inner.key)
                case PartOf.AGGREGATE:
                    yield Aggregate(inner.key, Grouping(self.scope, entity, self.object_type).aggregate(inner))
                case PartOf.GROUPS:
                    rows_of = partial(self._rows_of, page, batches)
                    yield Groups(inner.key, Grouping(self.scope, entity, self.object_type).groups(inner, rows_of))
                case None:
                    yield TypeName(inner.key, f"{name}Connection")

    def _rows_of(self, page: Page, batches: list[Batch], selected: Field, _: Any) -> Page:
        """The page of the rows of a group: those of `page`, wherever that begins, that are in the group."""
        inner = self.frame(page.entity, selected)
        where_ = (*page.where, *inner.where)
        inner = replace(inner, predicate=page.predicate, where=where_, within=page.searches)
        return replace(inner, parts=tuple(self._parts(inner, selected, batches)))

    def _node_of(self, page: Page, name: str, selected: Field, batches: list[Batch]) -> Row | Choice:
        if name == page.entity.name:
            return self._row(page.entity, selected, page.alias, batches, page.predicate)
        assert page.entity.reference is not None
        return self._choice(page.entity.reference, selected, batches)

    def _edge(self, page: Page, name: str, selected: Field, batches: list[Batch]) -> Iterator[EdgeItem]:
        for inner in selected.on(self.object_type(f"{name}Edge")):
            match meaning_of(inner.definition):
                case PartOf.NODE:
                    yield EdgeNode(inner.key, self._node_of(page, name, inner, batches))
                case PartOf.CURSOR:
                    yield EdgeCursor(inner.key)
                case PartOf.RANK:
                    yield EdgeRank(inner.key, Rank(page.search) if page.search else None)
                case PartOf.HIGHLIGHT:
                    yield EdgeHighlight(inner.key, page.search)
                case None:
                    yield TypeName(inner.key, f"{name}Edge")

    def _page_info(self, selected: Field) -> Iterator[tuple[str, PageFlag] | TypeName]:
        for inner in selected.on(self.object_type("PageInfo")):
            if inner.name == "__typename":
                yield TypeName(inner.key, "PageInfo")
            else:
                yield inner.key, PageFlag(inner.name)

    def _bound(self, given: Operand | None, keys: tuple[OrderKey, ...], sign: str) -> Bound | None:
        if given is None or not given.state:
            return None
        known = given.ask(order.mask)
        if known is None or len(known[1]) != len(keys):
            raise BadUserInput(f'Argument "{given.where}" is not a cursor.', argument=given.where)
        if known[0] != sign:
            raise BadUserInput(f'Argument "{given.where}" is a cursor of another order.', argument=given.where)
        return Bound(
            tuple(
                None if null else self._cursor_param(given, index, key)
                for index, (key, null) in enumerate(zip(keys, known[1], strict=True))
            )
        )

    def _cursor_param(self, given: Operand, index: int, key: OrderKey) -> Param:
        convert = partial(order.value_at, index=index, key=key, where=given.where)
        return self.scope.param(given.param(), convert, key.term.scalar.bind)

    def object_type(self, name: str) -> GraphQLObjectType:
        """The object type `name` of the schema."""
        type_ = self.schema.type_map[name]
        assert isinstance(type_, GraphQLObjectType)
        return type_


def page_size(selected: Field) -> tuple[int, bool]:
    """How many rows the arguments of a connection ask for, and whether from its end."""
    sizes = {
        name: operand.choose()
        for name in ("first", "last")
        if (operand := selected.arguments.get(name)) is not None and operand.state
    }
    if len(sizes) == 2:
        raise BadUserInput(f'Arguments "first" and "last" of "{selected.name}" exclude each other.')
    for name, size in sizes.items():
        if not 1 <= size <= PAGE_LIMIT:
            where = f"{selected.name}.{name}"
            raise BadUserInput(f'Argument "{where}" is {size}; it must be from 1 to {PAGE_LIMIT}.', argument=where)
    return next(iter(sizes.values()), PAGE_SIZE), "last" in sizes


def _prefixes(ids: Any) -> tuple[str, ...]:
    """The types that occur in a list of global IDs, in alphabetical order; "" for what is no global ID."""
    return tuple(sorted({prefix_of(item) or "" for item in ids}))


def _uuids(prefix: str, where: str, ids: list[str]) -> list[Any]:
    return [uuid_of(item, prefix, where) for item in ids if prefix_of(item) == prefix]


def _places(prefix: str, ids: list[str]) -> list[int]:
    return [place for place, item in enumerate(ids, start=1) if prefix_of(item) == prefix]


def _count(where: str, ids: list[str]) -> int:
    if len(ids) > PAGE_LIMIT:
        raise BadUserInput(f'Argument "{where}" has {len(ids)} items; at most {PAGE_LIMIT} are allowed.')
    return len(ids)


def _given(keys: Sequence[Any]) -> list[Any]:
    """The keys of a list that are not None."""
    return [key for key in keys if key is not None]


def _given_places(keys: Sequence[Any]) -> list[int]:
    """Their places in the list, from 1."""
    return [place for place, key in enumerate(keys, start=1) if key is not None]

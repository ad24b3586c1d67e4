"""From a selection to a plan. Every decision is made here: strategy, order, keyset, conditions, what access allows.

Emitting SQL from the plan is mechanical (`sql.py`).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from graphql import GraphQLObjectType, GraphQLSchema
from sqlalchemy import ARRAY, Integer, Uuid
from sqlalchemy.types import TypeEngine

from graph.engine import order
from graph.engine.access import Access, Viewer
from graph.engine.entities import Column, Entity, Graph, Relation
from graph.engine.errors import BadUserInput
from graph.engine.filters import OPERATORS, bind_type, bounded
from graph.engine.ids import prefix_of, uuid_of
from graph.engine.meaning import NodeById, NodesByIds, PartOf, RootList, RootOne, meaning_of
from graph.engine.moments import ranges_of
from graph.engine.operands import Operand, Source
from graph.engine.plan import (
    Batch,
    Bound,
    Compare,
    EdgeCursor,
    EdgeNode,
    Edges,
    Hole,
    Item,
    Many,
    Nodes,
    One,
    OrderKey,
    Page,
    PageFlag,
    PageInfo,
    Param,
    Part,
    Plan,
    Root,
    RootMeta,
    RootNodes,
    RootPage,
    RootRow,
    RootText,
    RootWritten,
    Row,
    Seen,
    TotalCount,
    TypeName,
    Value,
)
from graph.engine.selection import META, Field

PAGE_SIZE = 20
PAGE_LIMIT = 100

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
    params: list[Param] = field(default_factory=list)
    slots: int = 0
    aliases: int = 0

    def plan(self, fields: tuple[Field, ...]) -> Plan:
        """The plan of an operation that selects `fields` of Query."""
        batches: list[Batch] = []
        roots = tuple(self._root(selected, batches) for selected in fields)
        return Plan(roots, tuple(batches), tuple(self.params))

    def plan_row(self, selected: Field, entity: Entity, source: Source) -> Plan:
        """The plan of what `selected` selects of the one `entity` whose uuid is found at `source`."""
        batches: list[Batch] = []
        row = self.row(entity, selected, batches)
        here = self._param(source, lambda key: key, Uuid())
        root = RootRow(selected.key, row, (Compare(Seen(entity.id), "eq", here),))
        return Plan((root,), tuple(batches), tuple(self.params))

    def _root(self, selected: Field, batches: list[Batch]) -> Root:
        match meaning_of(selected.definition):
            case RootOne(entity, names):
                return self._one(selected, self.graph[entity], names, batches)
            case RootList(entity):
                return RootPage(selected.key, self.page(self.graph[entity], selected, batches))
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
            given = selected.arguments.get(argument)
            if given is None or not given.state:
                conditions.append(Compare(self.see(entity.by_key(key)), "isNull"))
                continue
            seen = self.see(entity.by_key(key))
            convert = partial(_key_value, seen.column.refers, given.where)
            conditions.append(Compare(seen, "eq", self._param(given.param(), convert, seen.column.scalar.bind)))
        return RootRow(selected.key, self.row(entity, selected, batches), tuple(conditions))

    def _node(self, selected: Field, batches: list[Batch]) -> Root:
        given = selected.arguments["id"]
        entity = self._entity_of(given.ask(prefix_of), given.where)
        convert = partial(_key_value, entity.prefix, given.where)
        key = self._param(given.param(), convert, Uuid())
        row = self.row(entity, selected, batches)
        return RootRow(selected.key, row, (Compare(Seen(entity.id), "eq", key),))

    def _nodes(self, selected: Field, batches: list[Batch]) -> RootNodes:
        given = selected.arguments["ids"]
        rows = []
        for prefix in given.ask(_prefixes):
            entity = self._entity_of(prefix, given.where)
            uuids = self._param(given.param(), partial(_uuids, entity.prefix, given.where), ARRAY(Uuid()))
            places = self._param(given.param(), partial(_places, entity.prefix), ARRAY(Integer()))
            rows.append((self.row(entity, selected, batches), uuids, places))
        return RootNodes(selected.key, tuple(rows), self._param(given.param(), partial(_count, given.where), Integer()))

    def _entity_of(self, prefix: str | None, where: str) -> Entity:
        entity = self.graph.prefixes.get(prefix or "")
        if entity is None:
            raise BadUserInput(f'Argument "{where}" is not an ID: expected <type>_<uuid>.', argument=where)
        return entity

    def row(self, entity: Entity, selected: Field, batches: list[Batch]) -> Row:
        """What `selected` selects of one `entity`."""
        return self._row(entity, selected, self._alias(), batches)

    def _row(self, entity: Entity, selected: Field, alias: str, batches: list[Batch]) -> Row:
        type_ = self._object(entity.name)
        items = tuple(self._item(entity, inner, batches) for inner in selected.on(type_))
        return Row(entity, alias, self.access.predicate(entity, self.viewer), items)

    def _item(self, entity: Entity, selected: Field, batches: list[Batch]) -> Item:
        match meaning_of(selected.definition):
            case Column() as column:
                return Value(selected.key, self.see(column))
            case Relation() as relation:
                return self._relation(relation, selected, batches)
        if selected.name == "__typename":
            return TypeName(selected.key, entity.name)
        raise TypeError(f"No rule for the field {entity.name}.{selected.name}.")

    def _relation(self, relation: Relation, selected: Field, batches: list[Batch]) -> Item:
        target = self.graph[relation.target]
        if not self.strategy(relation):
            if relation.many:
                return Many(selected.key, relation, self.page(target, selected, batches))
            return One(selected.key, relation, self.row(target, selected, batches))
        self.slots += 1
        slot, children = self.slots, list[Batch]()
        read = self.page if relation.many else self.row
        batches.append(Batch(slot, relation, read(target, selected, children), tuple(children)))
        return Hole(selected.key, slot, relation.local)

    def page(self, entity: Entity, selected: Field, batches: list[Batch]) -> Page:
        """The page of `entity` that the connection `selected` describes, with what is selected of it."""
        frame = self.frame(entity, selected)
        return replace(frame, parts=tuple(self._parts(entity, selected, frame.alias, batches)))

    def frame(self, entity: Entity, selected: Field) -> Page:
        """The page of `entity` that the arguments of the connection `selected` describe."""
        size, backward = page_size(selected)
        keys = self._order(entity, selected.arguments.get("orderBy"))
        sign = order.signature(entity, keys)
        return Page(
            entity=entity,
            alias=self._alias(),
            predicate=self.access.predicate(entity, self.viewer),
            where=tuple(self._where(entity, selected.arguments.get("filter"))),
            order=keys,
            size=size,
            backward=backward,
            after=self._bound(selected.arguments.get("after"), keys, sign),
            before=self._bound(selected.arguments.get("before"), keys, sign),
            signature=sign,
        )

    def _parts(self, entity: Entity, selected: Field, alias: str, batches: list[Batch]) -> Iterator[Part]:
        for inner in selected.on(self._object(f"{entity.name}Connection")):
            match meaning_of(inner.definition):
                case PartOf.NODES:
                    yield Nodes(inner.key, self._row(entity, inner, alias, batches))
                case PartOf.EDGES:
                    yield Edges(inner.key, tuple(self._edge(entity, inner, alias, batches)))
                case PartOf.PAGE_INFO:
                    yield PageInfo(inner.key, tuple(self._page_info(inner)))
                case PartOf.TOTAL_COUNT:
                    yield TotalCount(inner.key)
                case None:
                    yield TypeName(inner.key, f"{entity.name}Connection")

    def _edge(
        self, entity: Entity, selected: Field, alias: str, batches: list[Batch]
    ) -> Iterator[EdgeNode | EdgeCursor | TypeName]:
        for inner in selected.on(self._object(f"{entity.name}Edge")):
            match meaning_of(inner.definition):
                case PartOf.NODE:
                    yield EdgeNode(inner.key, self._row(entity, inner, alias, batches))
                case PartOf.CURSOR:
                    yield EdgeCursor(inner.key)
                case None:
                    yield TypeName(inner.key, f"{entity.name}Edge")

    def _page_info(self, selected: Field) -> Iterator[tuple[str, PageFlag] | TypeName]:
        for inner in selected.on(self._object("PageInfo")):
            if inner.name == "__typename":
                yield TypeName(inner.key, "PageInfo")
            else:
                yield inner.key, PageFlag(inner.name)

    def _order(self, entity: Entity, given: Operand | None) -> tuple[OrderKey, ...]:
        keys: list[OrderKey] = []
        for item in given.items() if given is not None and given.state else ():
            for name, direction in item.fields():
                descending, nulls_first = order.DIRECTIONS[direction.choose()]
                keys.append(OrderKey(self.see(entity.columns[name]), descending, nulls_first))
        return tie_broken(entity, keys)

    def _where(self, entity: Entity, given: Operand | None) -> Iterator[Compare]:
        if given is None or not given.state:
            return
        for name, operators in given.fields():
            if not operators.state:
                raise BadUserInput(f'Argument "{operators.where}" is null; leave it out instead.')
            for operator, operand in operators.fields():
                yield from self._compare(entity, entity.columns[name], operator, operand)

    def _compare(self, entity: Entity, column: Column, operator: str, operand: Operand) -> Iterator[Compare]:
        op, where = OPERATORS[operator], operand.where
        if not operand.state:
            raise BadUserInput(f'Argument "{where}" is null; use isNull.', argument=where)
        if op.flag:
            yield Compare(self.see(column), "isNull" if operand.choose() else "notNull")
        elif column.key == entity.time and not op.many and self.see(column).rule is None:
            for id_operator, convert in ranges_of(operator):
                yield Compare(Seen(entity.id), id_operator, self._param(operand.param(), convert, Uuid()))
        else:
            convert = partial(_operand_value, column.refers, op.many, where)
            type_ = bind_type(op, column.scalar)
            yield Compare(self.see(column), operator, self._param(operand.param(), convert, type_))

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
        return self._param(given.param(), convert, key.seen.column.scalar.bind)

    def see(self, column: Column) -> Seen:
        """`column` as this viewer sees it."""
        return Seen(column, self.access.visible(column, self.viewer))

    def _param(self, source: Source, convert: Callable[[Any], Any], type_: TypeEngine[Any]) -> Param:
        param = Param(f"p{len(self.params)}", source, convert, type_)
        self.params.append(param)
        return param

    def _alias(self) -> str:
        self.aliases += 1
        return f"t{self.aliases - 1}"

    def _object(self, name: str) -> GraphQLObjectType:
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


def tie_broken(entity: Entity, keys: list[OrderKey]) -> tuple[OrderKey, ...]:
    """`keys` ending in the entity's own key, which takes the last key's direction.

    The time in a firehose table's id is that id when it is the last key: PostgreSQL cannot know.
    """
    own = [column.key for column in entity.key]
    for index, key in enumerate(keys):
        if [key.seen.column.key] == own:
            return tuple(keys[: index + 1])
    last = keys[-1] if keys else None
    if last and last.seen.column.key == entity.time and last.seen.rule is None:
        keys = keys[:-1]
    descending = last.descending if last else False
    return (*keys, *(OrderKey(Seen(column), descending, descending) for column in entity.key))


def _key_value(prefix: str | None, where: str, value: Any) -> Any:
    return uuid_of(value, prefix, where) if prefix else value


def _operand_value(prefix: str | None, many: bool, where: str, value: Any) -> Any:
    if many:
        return [_key_value(prefix, where, item) for item in bounded(value, where)]
    return _key_value(prefix, where, value)


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

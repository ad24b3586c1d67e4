"""The reference path: the same schema resolved by graphql-core, field by field, through DataLoaders.

It answers what the compiled path answers, by other means: rows instead of JSON text, Python instead of SQL for how
values look. Tests hold the two together; hand-written resolvers use the loaders.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from graphql import GraphQLResolveInfo as CoreInfo
from graphql import GraphQLSchema
from sqlalchemy import any_, select
from strawberry.dataloader import DataLoader

from graph.engine import keyset, sql
from graph.engine.access import Access, Viewer
from graph.engine.batches import keyed_rows
from graph.engine.entities import Column, Entity, Graph, Relation
from graph.engine.meaning import NodeById, NodesByIds, RootList, RootOne
from graph.engine.operands import Asker, Variables
from graph.engine.plan import Page, PageFlag, Plan, RootNodes, RootRow
from graph.engine.planner import Planner
from graph.engine.run import bind
from graph.engine.selection import Document, Field, field_of
from graph.engine.sql import KEYS, Statement

GraphQLResolveInfo = CoreInfo[Any]
Record = Mapping[str, Any]
Fetch = Callable[[Statement, Sequence[Any]], Awaitable[Sequence[Record]]]
"""Sends a statement with its arguments and returns its rows."""


@dataclass(frozen=True, slots=True)
class Found:
    """A row and the entity it is of."""

    entity: str
    record: Record


@dataclass(frozen=True, slots=True)
class LoadedPage:
    """The rows of a page in the connection's order, and what its PageInfo and totalCount say."""

    rows: tuple[Found, ...] = ()
    total: int = 0
    flags: Mapping[PageFlag, Any] = field(default_factory=dict)


NO_ROWS = LoadedPage(flags={flag: False if flag.startswith("has") else None for flag in PageFlag})


@dataclass(slots=True)
class Loaders:
    """DataLoaders of one operation or one event, made as they are asked for: never share them any further."""

    schema: GraphQLSchema
    graph: Graph
    access: Access
    viewer: Viewer
    fetch: Fetch
    _made: dict[Any, DataLoader[Any, Any]] = field(default_factory=dict)

    def one(self, entity: str, by: str = "id") -> DataLoader[UUID, Found | None]:
        """Rows of `entity` by a unique uuid column: one statement for all keys of a tick, pruned by them."""
        return self._loader((entity, by), lambda: lambda keys: self._load_one(self.graph[entity], by, keys))

    def many(self, relation: Relation, info: GraphQLResolveInfo) -> DataLoader[UUID, LoadedPage]:
        """Pages of `relation` by the parents' keys, as the arguments at `info` describe them."""
        return self._loader((relation, id(info.field_nodes[0])), lambda: self._pages(relation, info))

    def planner(self) -> Planner:
        """A planner for this viewer; it plans no more than one field."""
        return Planner(self.schema, self.graph, self.access, self.viewer)

    async def page(self, entity: str, info: GraphQLResolveInfo) -> LoadedPage:
        """The page of all rows of `entity` that the arguments at `info` describe."""
        planner = self.planner()
        page = planner.frame(self.graph[entity], selected(info))
        rows = await self._rows(page, planner, None, info.variable_values.coerced, {})
        return _pages_by_key(page, rows).get(None, NO_ROWS)

    async def by_conditions(self, root: RootRow, plan: Plan, variables: Variables) -> Found | None:
        """The one row of a root field."""
        source = root.row.entity.table.alias(root.row.alias)
        query = select(*self._columns(root.row.entity, source)).where(
            *(sql.compare(condition, source) for condition in root.where),
            *sql.conditions(source, root.row.predicate),
        )
        records = await self._send(sql.compiled(query), plan, variables, {})
        return Found(root.row.entity.name, records[0]) if records else None

    async def by_ids(self, root: RootNodes, plan: Plan, variables: Variables) -> list[Found | None]:
        """The rows of `nodes`, null where there is none, in the order asked."""
        found: list[Found | None] = [None] * root.count.convert(root.count.source.of(variables))
        for row, ids, places in root.rows:
            keys = ids.convert(ids.source.of(variables))
            rows = await self.one(row.entity.name).load_many(keys)
            for place, loaded in zip(places.convert(places.source.of(variables)), rows, strict=True):
                found[place - 1] = loaded
        return found

    def _loader(self, key: Any, load: Callable[[], Any]) -> DataLoader[Any, Any]:
        if key not in self._made:
            self._made[key] = DataLoader(load_fn=load())
        return self._made[key]

    async def _load_one(self, entity: Entity, by: str, keys: list[UUID]) -> list[Found | None]:
        planner = self.planner()
        source = entity.table.alias("t0")
        query = select(source.c[by].label("#key"), *self._columns(entity, source)).where(
            source.c[by] == any_(sql.keys()), *sql.conditions(source, planner.access.predicate(entity, self.viewer))
        )
        records = await self._send(sql.compiled(query), planner.plan(()), {}, {KEYS: keys})
        found = {record["#key"]: Found(entity.name, record) for record in records}
        return [found.get(key) for key in keys]

    def _pages(self, relation: Relation, info: GraphQLResolveInfo) -> Callable[[list[UUID]], Any]:
        planner = self.planner()
        page = planner.frame(self.graph[relation.target], selected(info))

        async def load(keys: list[UUID]) -> list[LoadedPage]:
            rows = await self._rows(page, planner, relation.remote, info.variable_values.coerced, {KEYS: keys})
            pages = _pages_by_key(page, rows)
            return [pages.get(key, NO_ROWS) for key in keys]

        return load

    async def _rows(
        self, page: Page, planner: Planner, remote: str | None, variables: Variables, given: Mapping[str, Any]
    ) -> Sequence[Record]:
        source = keyed_rows(page, remote, everything=True)
        own = [source.c[f"#{name}"] for name in ("key", "shown", "rn", "more", "total", "ahead", "beyond")]
        cursor = sql.cursor(page, source).label("#cursor")
        query = select(*own, cursor, *self._columns(page.entity, source))
        return await self._send(sql.compiled(query), planner.plan(()), variables, given)

    def _columns(self, entity: Entity, source: Any) -> list[Any]:
        return [
            keyset.expression(self.planner().see(column), source).label(column.key)
            for column in entity.columns.values()
        ]

    async def _send(
        self, statement: Statement, plan: Plan, variables: Variables, given: Mapping[str, Any]
    ) -> Sequence[Record]:
        params = {param.name: param for param in plan.params}
        return await self.fetch(statement, bind(statement, params, variables, self.viewer, given))


def _pages_by_key(page: Page, rows: Sequence[Record]) -> dict[Any, LoadedPage]:
    groups: dict[Any, list[Record]] = {}
    for row in rows:
        groups.setdefault(row["#key"], []).append(row)
    return {key: _loaded(page, group) for key, group in groups.items()}


def _loaded(page: Page, group: list[Record]) -> LoadedPage:
    shown = sorted((row for row in group if row["#shown"] and row["#rn"] <= page.size), key=lambda row: row["#rn"])
    more = bool(shown) and all(row["#more"] for row in shown)
    if page.backward:
        shown.reverse()
    cursors = [row["#cursor"] for row in shown] or [None]
    flags = {
        PageFlag.HAS_NEXT_PAGE: (more and not page.backward) or group[0]["#beyond"],
        PageFlag.HAS_PREVIOUS_PAGE: (more and page.backward) or group[0]["#ahead"],
        PageFlag.START_CURSOR: cursors[0],
        PageFlag.END_CURSOR: cursors[-1],
    }
    return LoadedPage(tuple(Found(page.entity.name, row) for row in shown), group[0]["#total"], flags)


def loaders_of(info: GraphQLResolveInfo) -> Loaders:
    """The loaders of the operation that `info` belongs to."""
    loaders: Loaders = info.context.loaders
    return loaders


def selected(info: GraphQLResolveInfo) -> Field:
    """The field being resolved, as the planner reads it."""
    asker = Asker(info.variable_values)
    return field_of(Document(info.schema, info.fragments, asker), info.parent_type, list(info.field_nodes))


Resolver = Callable[..., Any]


def column_resolver(column: Column) -> Resolver:
    """Resolves a column from its row."""

    def resolve(found: Found, info: GraphQLResolveInfo) -> Any:
        value = found.record[column.key]
        return None if value is None else column.scalar.to_python(value)

    return resolve


def relation_resolver(relation: Relation) -> Resolver:
    """Resolves a relation through its loader."""

    async def resolve(found: Found, info: GraphQLResolveInfo, **arguments: Any) -> Any:
        key = found.record[relation.local]
        if relation.many:
            return await loaders_of(info).many(relation, info).load(key)
        return None if key is None else await loaders_of(info).one(relation.target, relation.remote).load(key)

    return resolve


def root_resolver(meaning: RootOne | RootList | NodeById | NodesByIds) -> Resolver:
    """Resolves a root field."""

    async def resolve(_: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
        loaders = loaders_of(info)
        if isinstance(meaning, RootList):
            return await loaders.page(meaning.entity, info)
        planner = loaders.planner()
        (root,) = planner.plan((replace(selected(info), nodes=(_leafless(info),)),)).roots
        plan, variables = planner.plan(()), info.variable_values.coerced
        if isinstance(root, RootNodes):
            return await loaders.by_ids(root, plan, variables)
        assert isinstance(root, RootRow)
        return await loaders.by_conditions(root, plan, variables)

    return resolve


def _leafless(info: GraphQLResolveInfo) -> Any:
    """The field without what is selected of it: its arguments are all that counts here."""
    node = info.field_nodes[0]
    return type(node)(name=node.name, alias=node.alias, arguments=node.arguments, directives=(), selection_set=None)


def type_of(found: Found, *_: Any) -> str:
    """The type of a Node."""
    return found.entity

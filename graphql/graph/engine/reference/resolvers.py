"""The reference path: the same schema resolved by graphql-core, field by field, through DataLoaders.

It answers what the compiled path answers, by other means: rows instead of JSON text, Python instead of SQL for how
values look. Tests hold the two together; hand-written resolvers use the loaders.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import orjson
from graphql import GraphQLResolveInfo as CoreInfo
from graphql import GraphQLSchema
from sqlalchemy import select
from strawberry.dataloader import DataLoader

from graph.engine.access import Access, Viewer
from graph.engine.asking.operands import Asker, Variables
from graph.engine.asking.selection import Document, Field, field_of
from graph.engine.model.computed import Computed
from graph.engine.model.entities import Column, Entity, Graph, Reference, Relation
from graph.engine.planning.plan import Page, PageFlag, Plan, RootNodes, RootRow
from graph.engine.planning.planner import Planner
from graph.engine.planning.terms import Hop, Rank, Term
from graph.engine.running.run import bind
from graph.engine.schema.meaning import Root, RootList, RootSearch
from graph.engine.sql import statements as sql
from graph.engine.sql.batches import keyed_rows
from graph.engine.sql.expressions import KEYS, allowed, condition, expression, highlight, keyed
from graph.engine.sql.fragments import aliased
from graph.engine.sql.statements import Statement

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
class Result:
    """What a search over everything found: the entry's record, and the row it stands for."""

    record: Record
    row: Found | None


@dataclass(frozen=True, slots=True)
class LoadedPage:
    """The rows of a page in the connection's order, and what its PageInfo and totalCount say."""

    of: "Connection"
    rows: tuple[Found | Result, ...] = ()
    total: int = 0
    flags: Mapping[PageFlag, Any] = field(default_factory=dict)


NO_FLAGS: Mapping[PageFlag, Any] = {flag: False if flag.startswith("has") else None for flag in PageFlag}


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection, as often as it has to be planned: for its page, and for all of its rows."""

    entity: str
    info: GraphQLResolveInfo
    relation: Relation | None = None
    key: UUID | None = None

    def frame(self, planner: Planner) -> Page:
        """Its page."""
        if isinstance(self.info.parent_type.fields[self.info.field_name].extensions.get("agora"), RootSearch):
            return planner.results(planner.graph[self.entity], selected(self.info))
        return planner.frame(planner.graph[self.entity], selected(self.info), self.relation)

    def hop(self, planner: Planner) -> Hop | None:
        """The way to it, if it hangs on a row."""
        reach = selected(self.info).arguments.get("maxDepth")
        return planner.scope.hop(self.relation, reach) if self.relation else None

    @property
    def given(self) -> dict[str, Any]:
        """The parameter that holds the key of the row it hangs on."""
        return {} if self.relation is None else {KEYS: [] if self.key is None else [self.key]}


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

    def computed(self, computed: Computed) -> DataLoader[bytes, Any]:
        """Values of a field that Python computes, by what it needs."""

        async def load(needs: list[bytes]) -> Sequence[Any]:
            return await computed.compute([orjson.loads(text) for text in needs])

        return self._loader(computed, lambda: load)

    def planner(self) -> Planner:
        """A planner for this viewer; it plans no more than one field."""
        return Planner(self.schema, self.graph, self.access, self.viewer)

    async def page(self, of: "Connection") -> LoadedPage:
        """The page of a connection that hangs on no row, or on one that is known."""
        planner = self.planner()
        page, hop = of.frame(planner), of.hop(planner)
        rows = await self.rows(page, planner, hop, of.info.variable_values.coerced, of.given)
        return _loaded(of, page, list(rows)) if rows else LoadedPage(of, flags=NO_FLAGS)

    async def everything(self, of: "Connection", terms: Callable[[Planner], Mapping[str, Term]]) -> Sequence[Record]:
        """All rows of a connection, with the values of `terms` beside its columns."""
        planner = self.planner()
        page, hop, wanted = of.frame(planner), of.hop(planner), terms(planner)
        whole = replace(page, size=2**31 - 1, after=None, before=None, offset=None, backward=False)
        return await self.rows(whole, planner, hop, of.info.variable_values.coerced, of.given, wanted)

    async def by_conditions(self, root: RootRow, plan: Plan, variables: Variables) -> Found | None:
        """The one row of a root field."""
        source = aliased(root.row.entity.table, root.row.alias)
        query = select(*self._columns(root.row.entity, source)).where(
            *(condition(one, source) for one in root.where),
            *allowed(source, root.row.predicate),
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
        relation = Relation("", "", entity.name, many=False, local="id", remote=by, description="")
        source, key, conditions = keyed(planner.scope.hop(relation), "t0")
        query = select(key.label("#key"), *self._columns(entity, source)).where(
            *conditions, *allowed(source, planner.access.predicate(entity, self.viewer))
        )
        records = await self._send(sql.compiled(query), planner.plan(()), {}, {KEYS: keys})
        found = {record["#key"]: Found(entity.name, record) for record in records}
        return [found.get(key) for key in keys]

    def _pages(self, relation: Relation, info: GraphQLResolveInfo) -> Callable[[list[UUID]], Any]:
        async def load(keys: list[UUID]) -> list[LoadedPage]:
            planner, of = self.planner(), Connection(relation.target, info, relation)
            page, hop = of.frame(planner), of.hop(planner)
            rows = await self.rows(page, planner, hop, info.variable_values.coerced, {KEYS: keys})
            groups = _by_key(rows)
            each = {key: replace(of, key=key) for key in keys}
            return [
                _loaded(each[key], page, groups[key]) if key in groups else LoadedPage(each[key], flags=NO_FLAGS)
                for key in keys
            ]

        return load

    async def rows(
        self,
        page: Page,
        planner: Planner,
        hop: Hop | None,
        variables: Variables,
        given: Mapping[str, Any],
        terms: Mapping[str, Term] | None = None,
    ) -> Sequence[Record]:
        """The rows of a page with all columns, their cursors, and the values of `terms` by their labels."""
        source = keyed_rows(page, hop, everything=True)
        own = [source.c[f"#{name}"] for name in ("key", "shown", "rn", "more", "total", "ahead", "beyond")]
        cursor = sql.cursor(page, source).label("#cursor")
        found = [expression(Rank(page.search), source).label("#rank_")] if page.search else []
        marked = [highlight(page.search, source).label("#highlight")] if page.search else []
        more = [expression(term, source).label(f"{label}_") for label, term in (terms or {}).items()]
        columns = self._columns(page.entity, source)
        query = select(*own, cursor, *found, *marked, *more, *columns)
        return await self._send(sql.compiled(query), planner.plan(()), variables, given)

    def _columns(self, entity: Entity, source: Any) -> list[Any]:
        scope = self.planner().scope
        return [expression(scope.see(column), source).label(column.key) for column in entity.columns.values()]

    async def _send(
        self, statement: Statement, plan: Plan, variables: Variables, given: Mapping[str, Any]
    ) -> Sequence[Record]:
        params = {param.name: param for param in plan.params}
        return await self.fetch(statement, bind(statement, params, variables, self.viewer, given))


def _by_key(rows: Sequence[Record]) -> dict[Any, list[Record]]:
    groups: dict[Any, list[Record]] = {}
    for row in rows:
        groups.setdefault(row["#key"], []).append(row)
    return groups


def _loaded(of: Connection, page: Page, group: list[Record]) -> LoadedPage:
    shown = sorted((row for row in group if row["#shown"]), key=lambda row: row["#rn"])
    more = bool(shown) and all(row["#more"] for row in shown)
    if page.backward:
        shown.reverse()
    cursors = [row["#cursor"] for row in shown] or [None]
    skipped = (
        page.offset is not None and page.offset.convert(page.offset.source.of(of.info.variable_values.coerced)) > 0
    )
    flags = {
        PageFlag.HAS_NEXT_PAGE: (more and not page.backward) or group[0]["#beyond"],
        PageFlag.HAS_PREVIOUS_PAGE: (more and page.backward) or group[0]["#ahead"] or skipped,
        PageFlag.START_CURSOR: cursors[0],
        PageFlag.END_CURSOR: cursors[-1],
    }
    return LoadedPage(of, tuple(Found(page.entity.name, row) for row in shown), group[0]["#total"], flags)


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


def computed_resolver(computed: Computed) -> Resolver:
    """Resolves a field that Python computes, for all rows of a tick at once."""

    async def resolve(found: Found, info: GraphQLResolveInfo) -> Any:
        loaders = loaders_of(info)
        columns = loaders.graph[found.entity].columns
        needs = {name: column_resolver(columns[name])(found, info) for name in computed.needs}
        return await loaders.computed(computed).load(orjson.dumps(needs))

    return resolve


def reference_resolver(reference: Reference) -> Resolver:
    """Resolves a reference to a row of any entity."""

    async def resolve(found: Found, info: GraphQLResolveInfo) -> Any:
        return await referred(found, reference, loaders_of(info))

    return resolve


async def referred(found: Found | Result, reference: Reference, loaders: Loaders) -> Found | None:
    """The row that `found` refers to; None if there is none."""
    type_, key = found.record[reference.type_key], found.record[reference.id_key]
    return await loaders.one(type_).load(key) if type_ in reference.targets and key is not None else None


def root_resolver(meaning: Root) -> Resolver:
    """Resolves a root field."""

    async def resolve(_: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
        loaders = loaders_of(info)
        if isinstance(meaning, RootSearch):
            return await _results(await loaders.page(Connection(meaning.entity, info)), loaders)
        if isinstance(meaning, RootList):
            return await loaders.page(Connection(meaning.entity, info))
        planner = loaders.planner()
        (root,) = planner.plan((replace(selected(info), nodes=(_leafless(info),)),)).roots
        plan, variables = planner.plan(()), info.variable_values.coerced
        if isinstance(root, RootNodes):
            return await loaders.by_ids(root, plan, variables)
        assert isinstance(root, RootRow)
        return await loaders.by_conditions(root, plan, variables)

    return resolve


async def _results(page: LoadedPage, loaders: Loaders) -> LoadedPage:
    """A page of search entries with what they stand for in their place; each knows its entry's place."""
    reference = loaders.graph[page.of.entity].reference
    assert reference is not None
    found = [await referred(entry, reference, loaders) for entry in page.rows]
    return replace(page, rows=tuple(Result(entry.record, row) for entry, row in zip(page.rows, found, strict=True)))


def rank(found: Found, _: Any) -> Any:
    """How well a row matches the search; None without one."""
    value = found.record.get("#rank_")
    return None if value is None else float(value)


def highlight_of(found: Found, _: Any) -> Any:
    """What a search found in a row; None without one."""
    return found.record.get("#highlight")


def _leafless(info: GraphQLResolveInfo) -> Any:
    """The field without what is selected of it: its arguments are all that counts here."""
    node = info.field_nodes[0]
    return type(node)(name=node.name, alias=node.alias, arguments=node.arguments, directives=(), selection_set=None)


def type_of(found: Found, *_: Any) -> str:
    """The type of a Node."""
    return found.entity

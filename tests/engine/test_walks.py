"""Pages in any order visit every row once, in the order that plain SQL gives, which knows nothing of keysets.

`AGORA_EXAMPLES=20000 python -m pytest -n auto -m long tests/engine/test_walks.py` walks so many times instead of 1,000.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from graph.engine.model.entities import Entity, Relation
from graph.engine.planning.planner import batched
from graph.engine.schema.schema import Schema
from tests.api import Api
from tests.engine.arguments import Arguments, Shapes
from tests.engine.conftest import Crowd
from tests.engine.dice import Dice, each, examples, numbers
from tests.engine.facts import Facts
from tests.engine.plain_sql import PlainOrder
from tests.engine.writing import plain

PAGE = "totalCount edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
OPPOSITE = {"ASC": "DESC", "DESC": "ASC", "ASC_NULLS_FIRST": "DESC_NULLS_LAST", "DESC_NULLS_LAST": "ASC_NULLS_FIRST"}


@dataclass(frozen=True, slots=True)
class Walk:
    """A connection, its rows in order by plain SQL, and sizes of pages and places of windows to look at."""

    entity: str
    head: str
    """The connection's field, and around it the row it belongs to, up to its arguments."""
    depth: int
    sql: str
    order: list[dict[str, Any]]
    sizes: list[int] = field(repr=False)
    windows: list[tuple[int, int, int]] = field(repr=False)

    def query(self) -> str:
        """The document; its variables are the arguments that place a page."""
        said = "first: $first, after: $after, last: $last, before: $before, orderBy: $by"
        declared = f"$first: Int, $after: String, $last: Int, $before: String, $by: [{self.entity}OrderBy!]"
        return f"query({declared}) {self.head}({said}) {{ {PAGE} }} {'}' * self.depth}"


@dataclass(frozen=True, slots=True)
class Guide:
    """Draws walks."""

    dice: Dice
    shapes: Shapes
    facts: Facts

    def walk(self) -> Walk:
        """A walk through all rows of an entity, or through those that belong to one row."""
        graph, plain_order = self.facts.graph, PlainOrder(self.facts.graph)
        entity = graph[self.dice.one_of(sorted(self.facts.filled))]
        manies = [one for one in entity.relations.values() if one.many and one.target in self.facts.filled]
        if not manies or self.dice.chance(50):
            keys = self._keys(entity, empty=True)
            sql = f"SELECT t.id FROM {entity.table.fullname} AS t ORDER BY {plain_order.by(entity, keys)}"
            return self._walk(entity, f"{{ a: {entity.list_field}", 1, sql, keys)
        relation, row = self.dice.one_of(manies), self.dice.one_of(self.facts.rows[entity.name])
        target = graph[relation.target]
        keys = self._keys(target, empty=not relation.walk)
        own = f"(SELECT * FROM {entity.table.fullname} WHERE id = '{row['id'].rpartition('_')[2]}') AS own"
        rows = plain_order.rows(relation, "own", "t").replace("FROM ", f"FROM {own}, ", 1)
        head = f'{{ o: {entity.field}(id: "{row["id"]}") {{ a: {relation.name}'
        return self._walk(target, head, 2, f"SELECT t.id {rows} ORDER BY {plain_order.by(target, keys)}", keys)

    def _keys(self, entity: Entity, *, empty: bool) -> list[dict[str, Any]]:
        if empty and self.dice.chance(5):
            return []
        found: list[dict[str, Any]] = plain(Arguments(self.dice, self.shapes, self.facts).order(entity.name))
        own = [place for place, key in enumerate(found) if "id" in key]
        return found[: own[0] + 1] if own else found

    def _walk(self, entity: Entity, head: str, depth: int, sql: str, keys: list[dict[str, Any]]) -> Walk:
        sizes = [1 + self.dice.below(9) for _ in range(4)]
        windows = [(self.dice.below(40), self.dice.below(40), 1 + self.dice.below(9)) for _ in range(3)]
        return Walk(entity.name, head, depth, sql, keys, sizes, windows)


@dataclass(frozen=True, slots=True)
class Walker:
    """Walks a walk."""

    api: Api
    walk: Walk
    rows: list[str]

    async def page(self, **place: Any) -> Any:
        """The page at a place."""
        data = await self.api.data(self.walk.query(), by=self.walk.order, **place)
        for name in ("o", "a"):
            data = data.get(name, data)
        return data

    async def forward(self) -> list[str]:
        """The cursors of all rows, found page by page from the first."""
        cursors: list[str] = []
        while True:
            size = self.walk.sizes[len(cursors) % len(self.walk.sizes)]
            page = await self.page(first=size, after=cursors[-1] if cursors else None)
            done = len(cursors)
            self.check(page, self.rows[done : done + size], before=done > 0, after=done + size < len(self.rows))
            cursors += [edge["cursor"] for edge in page["edges"]]
            if not page["pageInfo"]["hasNextPage"]:
                return cursors

    async def backward(self) -> list[str]:
        """The cursors of all rows, found page by page from the last."""
        cursors: list[str] = []
        while True:
            size = self.walk.sizes[len(cursors) % len(self.walk.sizes)]
            page = await self.page(last=size, before=cursors[0] if cursors else None)
            end = len(self.rows) - len(cursors)
            self.check(page, self.rows[max(end - size, 0) : end], before=end > size, after=bool(cursors))
            cursors = [edge["cursor"] for edge in page["edges"]] + cursors
            if not page["pageInfo"]["hasPreviousPage"]:
                return cursors

    async def window(self, cursors: Sequence[str], one: int, other: int, size: int) -> None:
        """What lies between two rows, from either end."""
        low, high = sorted((one % len(cursors), other % len(cursors)))
        between = self.rows[low + 1 : high]
        if not between:
            return
        place = {"after": cursors[low], "before": cursors[high]}
        self.check(await self.page(first=size, **place), between[:size], before=True, after=True)
        self.check(await self.page(last=size, **place), between[-size:], before=True, after=True)

    def check(self, page: Any, rows: Sequence[str], *, before: bool, after: bool) -> None:
        """Whether a page is these rows, and says so."""
        ids = [edge["node"]["id"].rpartition("_")[2] for edge in page["edges"]]
        assert ids == list(rows), self.walk
        assert page["totalCount"] == len(self.rows), self.walk
        info = page["pageInfo"]
        assert (info["hasPreviousPage"], info["hasNextPage"]) == (before, after), self.walk
        ends = (page["edges"][0]["cursor"], page["edges"][-1]["cursor"]) if ids else (None, None)
        assert (info["startCursor"], info["endCursor"]) == ends, self.walk


async def walked(api: Api, walk: Walk) -> None:
    """Walk forward, backward and through windows; then use a cursor where it does not belong."""
    rows = [str(key) for (key,) in await api.connection.fetch(walk.sql)]
    walker = Walker(api, walk, rows)
    cursors = await walker.forward()
    assert len(cursors) == len(rows) and await walker.backward() == cursors, walk
    if cursors:
        for window in walk.windows:
            await walker.window(cursors, *window)
        answer = await api(walk.query(), by=turned(walk.order), after=cursors[0])
        assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT", walk


def turned(order: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Another order: the first key runs the other way."""
    return [_turned(order[0]), *order[1:]] if order else [{"id": "DESC"}]


def _turned(key: Any) -> Any:
    return OPPOSITE[key] if isinstance(key, str) else {name: _turned(inner) for name, inner in key.items()}


Walks = Callable[[Dice], Walk]


@pytest.fixture(scope="session")
def walks(crowd: Crowd, schema: Schema) -> Walks:
    """Makes up walks through the crowd."""
    shapes = Shapes(schema.core)
    return lambda dice: Guide(dice, shapes, crowd.facts).walk()


@pytest.fixture(scope="session")
def ways(crowd: Crowd, schema: Schema) -> list[Api]:
    """The engine by both of its strategies."""
    return [crowd.api(schema), crowd.api(schema, batched)]


@numbers(40)
async def test_a_walk_visits_every_row_once_in_order(ways: list[Api], walks: Walks, numbers: Sequence[int]) -> None:
    await each(numbers, lambda dice: walked(dice.one_of(ways), walks(dice)))


@pytest.mark.long
@numbers(examples(1_000))
async def test_many_walks_visit_every_row_once_in_order(ways: list[Api], walks: Walks, numbers: Sequence[int]) -> None:
    await each(numbers, lambda dice: walked(dice.one_of(ways), walks(dice)))


@pytest.mark.parametrize("name", ["ancestors", "descendants"])
async def test_a_walk_along_a_tree_goes_from_the_nearest_to_the_farthest(
    ways: list[Api], crowd: Crowd, name: str
) -> None:
    graph = crowd.facts.graph
    trees = [entity for entity in graph if name in entity.relations and entity.name in crowd.facts.filled]
    for entity in trees:
        rows = sorted(crowd.facts.rows[entity.name], key=lambda row: row["createdAt"])
        for place, row in enumerate(rows[:4]):
            await walked(ways[place % 2], _along(entity, entity.relations[name], row["id"], PlainOrder(graph)))


def _along(entity: Entity, relation: Relation, id_: str, order: PlainOrder) -> Walk:
    own = f"(SELECT * FROM {entity.table.fullname} WHERE id = '{id_.rpartition('_')[2]}') AS own"
    steps = f"SELECT walk.id FROM {own}, LATERAL ({order.walk(relation, 'own')}) AS walk ORDER BY walk.steps, walk.id"
    head = f'{{ o: {entity.field}(id: "{id_}") {{ a: {relation.name}'
    return Walk(entity.name, head, 2, steps, [], [1, 2, 4], [(0, 5, 2)])

"""What holds of any filter and of any grouping, whatever they say: laws that need no second implementation.

`AGORA_EXAMPLES=20000 python -m pytest -n auto -m long tests/engine/test_laws.py` tries so many filters, not 1,000.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from graph.engine.schema.schema import Schema
from tests.api import Api
from tests.engine.arguments import Arguments, Shapes
from tests.engine.conftest import Crowd
from tests.engine.dice import Dice, each, examples, numbers
from tests.engine.writing import plain

FILTERS = {
    "all": "{}",
    "yes": "$f",
    "no": "{not: $f}",
    "twice": "{not: {not: $f}}",
    "both": "{and: [$f, {not: $f}]}",
    "either": "{or: [{not: $f}, $f]}",
    "none": "{or: []}",
    "any": "{and: []}",
}


@dataclass(frozen=True, slots=True)
class Case:
    """Two filters of an entity, and what its rows are grouped by."""

    entity: str
    one: dict[str, Any]
    other: dict[str, Any]
    by: list[dict[str, Any]]


Cases = Callable[[Dice], Case]


@pytest.fixture(scope="session")
def cases(crowd: Crowd, schema: Schema) -> Cases:
    """Makes up cases about the crowd."""
    shapes, filled = Shapes(schema.core), sorted(crowd.facts.filled)

    def case(dice: Dice) -> Case:
        arguments, entity = Arguments(dice, shapes, crowd.facts), dice.one_of(filled)
        one, other = (plain(arguments.filter(entity, 2)) for _ in range(2))
        return Case(entity, one, other, [_gapless(key) for key in plain(arguments.groups(entity)[0]["by"])])

    return case


def _gapless(key: Any) -> Any:
    """A key without buckets that no row falls into."""
    return {name: _gapless(inner) for name, inner in key.items() if name != "fill"} if isinstance(key, dict) else key


@pytest.fixture(scope="session")
def asked(crowd: Crowd, schema: Schema) -> Api:
    """The engine."""
    return crowd.api(schema)


async def _rows(api: Api, case: Case, filters: dict[str, str]) -> dict[str, frozenset[str]]:
    """The rows that each of `filters` lets through; asked one by one, because conditions are limited."""
    return {name: await _through(api, case, said) for name, said in filters.items()}


async def _through(api: Api, case: Case, said: str) -> frozenset[str]:
    given = {name: value for name, value in (("f", case.one), ("g", case.other)) if f"${name}" in said}
    declared = f"({' '.join(f'${name}: {case.entity}Filter!' for name in given)})" if given else ""
    field = api.engine.graph[case.entity].list_field
    data = await api.data(f"query{declared} {{ a: {field}(first: 100, filter: {said}) {{ nodes {{ id }} }} }}", **given)
    return frozenset(row["id"] for row in data["a"]["nodes"])


async def opposites(api: Api, case: Case) -> None:
    """`not` is the exact complement, and nothing is both or neither."""
    rows = await _rows(api, case, FILTERS)
    assert rows["no"] == rows["all"] - rows["yes"], json.dumps([case.entity, case.one])
    assert rows["twice"] == rows["yes"] and rows["either"] == rows["all"] == rows["any"], json.dumps(
        [case.entity, case.one]
    )
    assert not rows["both"] and not rows["none"], json.dumps([case.entity, case.one])


async def combinations(api: Api, case: Case) -> None:
    """`and` is the intersection and `or` the union; De Morgan's laws hold."""
    said = {"f": "$f", "g": "$g", "and": "{and: [$f, $g]}", "or": "{or: [$f, $g]}"}
    laws = {"nor": "{not: {or: [$f, $g]}}", "neither": "{and: [{not: $f}, {not: $g}]}"}
    rows = await _rows(api, case, said | laws)
    shown = json.dumps([case.entity, case.one, case.other])
    assert (rows["and"], rows["or"]) == (rows["f"] & rows["g"], rows["f"] | rows["g"]), shown
    assert rows["nor"] == rows["neither"], shown


async def partitions(api: Api, case: Case) -> None:
    """Groups are disjoint and miss nothing: their counts add up, and each shows as many rows as it counts."""
    field = api.engine.graph[case.entity].list_field
    query = f"""query($f: {case.entity}Filter, $by: [{case.entity}GroupBy!]!) {{ a: {field}(first: 1, filter: $f) {{
        totalCount aggregate {{ count }}
        groups(by: $by, first: 1000) {{ count rows(first: 100) {{ totalCount nodes {{ id }} }} }} }} }}"""
    found = (await api.data(query, f=case.one, by=case.by))["a"]
    groups, shown = found["groups"], json.dumps([case.entity, case.one, case.by])
    assert sum(group["count"] for group in groups) == found["totalCount"] == found["aggregate"]["count"], shown
    assert all(0 < group["count"] == group["rows"]["totalCount"] == len(group["rows"]["nodes"]) for group in groups), (
        shown
    )
    ids = [row["id"] for group in groups for row in group["rows"]["nodes"]]
    assert len(ids) == len(set(ids)), shown


LAWS = pytest.mark.parametrize("law", [opposites, combinations, partitions])


@LAWS
@numbers(20)
async def test_a_law_holds(asked: Api, cases: Cases, law: Any, numbers: Sequence[int]) -> None:
    await each(numbers, lambda dice: law(asked, cases(dice)))


@pytest.mark.long
@LAWS
@numbers(examples(1_000))
async def test_a_law_holds_always(asked: Api, cases: Cases, law: Any, numbers: Sequence[int]) -> None:
    await each(numbers, lambda dice: law(asked, cases(dice)))

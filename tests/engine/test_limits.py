"""What one operation may ask for: refused with the limit's name, before any work and without holding up others."""

from collections.abc import Callable
from typing import Any

import pytest

from graph.engine.access import ADMIN, ANONYMOUS, Viewer
from graph.engine.answer import Engine, Operation
from graph.engine.asking.cache import TwiceSeen
from graph.engine.asking.limits import ANONYMOUS_LIMITS, Limits
from tests.api import Api
from tests.engine.watchdog import longest_hold

NOWHERE = "job_019a0000-0000-7000-8000-000000000000"

HOLD = 50
"""Milliseconds for which one request may keep others from their turn."""


def relations(pairs: int, inner: str = "id") -> str:
    """A query that goes two relations deep for each of `pairs`, and there selects `inner`."""
    for _ in range(pairs):
        inner = f"client {{ jobsPosted(first: 1) {{ edges {{ node {{ {inner} }} }} pageInfo {{ hasNextPage }} }} }}"
    return f"{{ jobs(first: 1) {{ nodes {{ {inner} }} }} }}"


def nested_fragments(levels: int) -> str:
    """A document whose last fragment is selected two to the power of `levels` times."""
    doubled = " ".join(f"fragment F{at} on Query {{ ...F{at + 1} ...F{at + 1} }}" for at in range(levels))
    return f"{{ §...F0 }} {doubled} fragment F{levels} on Query {{ version }}"


def many(count: int, pattern: str) -> str:
    """`pattern` so many times, with the number of each in the place of `#`."""
    return " ".join(pattern.replace("#", str(number)) for number in range(count))


REFUSED = [
    # limit, asked, allowed, and the document with a § where it is found to be too much
    ("bytes", 262_157, 262_144, "§{ version } #" + "x" * 262_144),
    ("tokens", 2_002, 2_000, "{" + "version " * 1_999 + "§version }"),
    ("tokens", 2_003, 2_000, "#\n" * 2_000 + "§{ version }"),
    ("nesting", 65, 64, "{ jobs" * 64 + "§{ jobs" + "}" * 65),
    ("nesting", 65, 64, "{ jobs(first: " + "[" * 62 + "§[" + "]" * 63 + ") { totalCount } }"),
    ("selections", 786_431, 5_000, nested_fragments(18)),
    ("selections", 1_000_000_000, 5_000, nested_fragments(45)),
    ("depth", 11, 10, relations(5, "§client { id }")),
    ("aliases", 31, 30, "{ " + many(30, "a#: version") + " §last: version }"),
    ("aliases", 32, 30, "fragment F on Query { " + many(16, "a#: version") + " } { ...F §...F }"),
    ("same_name", 101, 100, "{ §" + "version " * 101 + "}"),
    ("same_name", 101, 100, "{ §" + "jobs { totalCount } " * 101 + "}"),
    ("comparisons", 54_870, 10_000, "{ " + "... { " * 30 + "§" + "version " * 60 + "}" * 31),
    ("spreads", 101, 100, "{ " + "... { version } " * 100 + "§... { version } }"),
    ("directives", 51, 50, "{ version " + "@skip(if: true) " * 50 + "§@skip(if: true) }"),
    ("list_items", 501, 500, "{ jobs(filter: { title: { in: §[" + many(501, '"#"') + "] } }) { totalCount } }"),
    ("mutations", 11, 10, "§mutation { " + "createJob { job { id } } " * 11 + "}"),
]


@pytest.mark.parametrize(("limit", "asked", "allowed", "query"), REFUSED)
async def test_what_is_too_much_is_refused_by_name_and_place(
    api: Api, limit: str, asked: int, allowed: int, query: str
) -> None:
    error = await api.error(query.replace("§", ""))
    assert error["extensions"] == {"code": "TOO_COMPLEX", "limit": limit, "asked": asked, "allowed": allowed}
    assert f"{asked:,}" in error["message"]
    assert f"{allowed:,}" in error["message"]
    before = query.partition("§")[0].split("\n")
    assert error["locations"] == [{"line": len(before), "column": len(before[-1]) + 1}]
    assert api.query_count == 0


@pytest.mark.parametrize(
    "query",
    [
        "{ version } #" + "x" * 250_000,
        "{" + many(30, "a#: version") + "}",
        "{" + "version " * 100 + "}",
        relations(5),
        "{ jobs(filter: { title: { in: [" + many(500, '"#"') + "] } }) { totalCount } }",
        "{ __schema { queryType { " + "ofType { " * 50 + "name" + " }" * 50 + " } } }",
        f'{{ node(id: "{NOWHERE}") {{' + "... on Job { id title } ... on User { id email } " * 20 + "} }",
    ],
)
async def test_what_is_just_allowed_is_answered(api: Api, query: str) -> None:
    await api.data(query)


async def test_names_of_parts_of_connections_do_not_hide_relations(api: Api) -> None:
    """The schema says what a relation is: aliases and fields that are called like a part change nothing."""
    renamed = relations(5, "node: client { id }").replace("edges {", "client: edges {")
    assert (await api.error(renamed))["extensions"]["asked"] == 11


@pytest.mark.parametrize(
    "query",
    [
        "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
        "{ ...A } fragment A on Query { version ...A }",
        "{ jobs { nodes { ...A } } } fragment A on Job { client { jobsPosted { nodes { ...A } } } }",
    ],
)
async def test_fragments_that_spread_each_other_are_no_document(api: Api, query: str) -> None:
    error = await api.error(query)
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "within itself" in error["message"]
    assert error["locations"]


@pytest.mark.parametrize(
    ("limit", "asked", "value"),
    [
        ("values", 50_003, {"title": {"in": ["x"] * 50_000}}),
        ("values", 5_001, dict.fromkeys(map(str, range(5_000)))),
        ("value_depth", 51, {"and": [[[]]]}),
    ],
)
async def test_variables_that_hold_too_much_are_refused(api: Api, limit: str, asked: int, value: Any) -> None:
    if limit == "value_depth":
        for _ in range(47):
            value = {"not": value}
    error = await api.error("query($f: JobFilter) { jobs(filter: $f) { totalCount } }", f=value)
    assert error["extensions"]["limit"] == limit
    assert error["extensions"]["asked"] == asked
    assert "locations" not in error


def engine_with(api: Api, limits_of: Callable[[Viewer], Limits]) -> Engine:
    """The same engine with other limits."""
    engine = api.engine
    return Engine(engine.schema, engine.graph, engine.access, engine.connections, limits_of=limits_of)


async def test_every_viewer_has_limits_of_their_own_for_the_same_document(api: Api) -> None:
    engine = engine_with(api, lambda viewer: ANONYMOUS_LIMITS if viewer is ANONYMOUS else Limits())
    query = "{" + many(20, "a#: version") + "}"
    for viewer, allowed in ((ANONYMOUS, False), (ADMIN, True), (ANONYMOUS, False), (ADMIN, True)):
        answer = await engine.answer(Operation(query, viewer=viewer))
        assert answer.refused is not allowed
        assert (b'"limit":"aliases"' in answer.body) is not allowed


HARMLESS_LOOKING = {
    "conflicting aliases": "{" + many(600, "a: version a: __typename") + "}",
    "the same object": "{" + "viewer { id } " * 495 + "}",
    "the same list": "{" + "jobs { totalCount } " * 399 + "}",
    "conflicts as many as allowed": "{" + many(15, "f#: version f#: __typename " + "f# " * 60) + "}",
    "inline fragments": "{" + ("... {" + "... { version } " * 40 + "}") * 40 + "}",
    "inline fragments as many as allowed": "{" + ("... {" + "... { version } " * 9 + "}") * 10 + "}",
    "nested inline fragments": "{" + "... {" * 60 + "version " * 10 + "}" * 61,
    "deep selections": "{ jobs" * 660 + "}" * 660,
    "deep lists": "{ jobs(first: " + "[" * 950 + "]" * 950 + ") { totalCount } }",
    "deep objects": "{ jobs(filter: " + "{ not: " * 480 + "{}" + "}" * 480 + ") { totalCount } }",
    "fragments in a circle": "{ ...F0 } " + many(199, "fragment F# on Query { ...F#1 }"),
    "fragments to the power of 18": nested_fragments(18).replace("§", ""),
    "fragments side by side": "{" + many(100, "...F#") + "}" + many(100, "fragment F# on Query { version }"),
    "fragments never used": "{ version }" + many(199, "fragment F# on Job { title }"),
    "fragments on nothing": "{ version }" + many(249, "fragment F# on Jobx# { title }"),
    "unknown fields": "{" + many(10_000, "x#") + "}",
    "unknown fields as many as allowed": "{" + many(1_990, "x#") + "}",
    "fields with similar names": "{ jobs { nodes {" + many(1_980, "titl#") + "} } }",
    "unknown keys": "{ jobs(filter: {" + many(650, "x#: 1") + "}) { totalCount } }",
    "wrong values": "{ jobs(orderBy: [" + "{title: X} " * 390 + "]) { totalCount } }",
    "unknown variables": "{ jobs(filter: {or: [" + many(240, "{title: {eq: $v#}}") + "]}) { totalCount } }",
    "many operations": many(390, "query Q# { version }"),
    "comments": "#\n" * 131_000,
    "a long comment": "{ version } #" + "x" * 262_000,
    "spaces": " " * 262_000 + "{ version }",
    "lines": "\n" * 262_000 + "{ versio }",
    "signs": "!" * 262_000,
    "quotes": '"\n' * 131_000,
    "a long string": '{ job(id: "' + "x" * 262_000 + '") { id } }',
    "a long text": '{ job(id: """' + "x\n" * 131_000 + '""") { id } }',
    "an endless text": '{ job(id: """' + '\\"""' * 65_000,
    "escapes": '{ job(id: "' + "\\u0041" * 43_000 + '") { id } }',
    "a long number": "{ jobs(first: " + "9" * 262_000 + ") { totalCount } }",
    "a long name": "{ " + "x" * 262_000 + " }",
}


@pytest.mark.parametrize("query", HARMLESS_LOOKING.values(), ids=HARMLESS_LOOKING.keys())
async def test_no_document_holds_the_loop(api: Api, query: str) -> None:
    async def ask() -> None:
        api.engine.cache = TwiceSeen(1_000_000)
        answer = await api.engine.answer(Operation(query))
        assert b'"INTERNAL"' not in answer.body

    assert await longest_hold(ask) < HOLD


def nested(depth: int) -> Any:
    """A filter inside a filter."""
    value: dict[str, Any] = {}
    for _ in range(depth):
        value = {"not": value}
    return value


VARIABLES = {
    "a long list": {"f": {"title": {"in": ["x"] * 50_000}}},
    "a long list of what is wrong": {"f": {"title": {"in": [1] * 50_000}}},
    "as long as allowed": {"f": {"or": [{"title": {"in": ["x"] * 490}}] * 10}},
    "as wrong as allowed": {"f": {"or": [{"title": {"in": [1] * 490}}] * 10}},
    "keys that are not": {"f": dict.fromkeys(map(str, range(4_900)))},
    "deep": {"f": nested(900)},
    "as deep as allowed": {"f": nested(49)},
    "a long text": {"f": {"title": {"eq": "x" * 250_000}}},
    "variables that are not": dict.fromkeys(map(str, range(4_900))),
}


@pytest.mark.parametrize("variables", VARIABLES.values(), ids=VARIABLES.keys())
async def test_no_variables_hold_the_loop(api: Api, variables: dict[str, Any]) -> None:
    query = "query($f: JobFilter) { jobs(filter: $f) { totalCount } }"

    async def ask() -> None:
        answer = await api.engine.answer(Operation(query, variables))
        assert b'"INTERNAL"' not in answer.body

    assert await longest_hold(ask) < HOLD

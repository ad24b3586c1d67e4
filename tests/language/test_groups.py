"""`groups`: what rows have in common, what each group comes to, and the rows of each."""

from typing import Any

import pytest

from graph.engine.access import ADMIN, ANONYMOUS
from graph.engine.planning.planner import Strategy, batched
from tests.api import Api, Insert, a_business, a_job, a_user
from tests.language.conftest import UnderRules

OFFERED: list[tuple[str, str, str | None, str | None, str, int, str]] = [
    ("a", "Ada", "shop", "design", "OPEN", 10, "USD"),
    ("b", "Ada", "shop", "design", "DRAFT", 20, "USD"),
    ("c", "Ada", None, "code", "OPEN", 40, "EUR"),
    ("d", "Bob", "unit", "code", "OPEN", 5, "USD"),
    ("e", "Bob", None, None, "DRAFT", 7, "EUR"),
    ("f", "Bob", "shop", None, "DRAFT", 8, "EUR"),
]
"""Jobs: title, client, business, category, status, budget, currency."""


@pytest.fixture
async def jobs(insert: Insert) -> None:
    """The jobs of OFFERED, two of them for people who applied."""
    people = {name: await a_user(insert, name) for name in ("Ada", "Bob", "Cid")}
    shops = {slug: await a_business(insert, slug, name=slug.upper()) for slug in ("unit", "shop")}
    for title, client, shop, category, status, budget, currency in OFFERED:
        values = {"category": category, "status": status, "budget": budget, "currency": currency}
        job = await a_job(insert, people[client], title, business_id=shops.get(shop or ""), **values)
        if title in "ac":
            for amount, person in enumerate(("Bob", "Cid") if title == "a" else ("Cid",), start=1):
                applied = {"job_id": job, "freelancer_id": people[person], "proposed_amount": amount}
                await insert("freelance.applications", **applied)


async def _groups(api: Api, said: str, selected: str = "count") -> Any:
    """The groups of all jobs."""
    return (await api.data(f"{{ jobs(first: 1) {{ groups({said}) {{ {selected} }} }} }}"))["jobs"]["groups"]


@pytest.mark.parametrize(
    ("by", "key", "found"),
    [
        ("{category: true}", "category", [("code", 2), ("design", 2), (None, 2)]),
        ("{status: true}", "status", [("DRAFT", 3), ("OPEN", 3)]),
        ("{isRemote: true}", "isRemote", [(True, 6)]),
        ("{location: true}", "location", [(None, 6)]),
        ("{budget: true}", "budget", [(f"{budget}.00", 1) for budget in (5, 7, 8, 10, 20, 40)]),
    ],
)
async def test_rows_are_grouped_by_what_they_have_in_common(
    api: Api, jobs: None, by: str, key: str, found: list[Any]
) -> None:
    groups = await _groups(api, f"by: [{by}]", f"key {{ {key} }} count")
    assert groups == [{"key": {key: value}, "count": count} for value, count in found]


@pytest.mark.parametrize(
    ("by", "key", "found"),
    [
        ("{business: {slug: true}}", "business { slug }", [("shop", 3), ("unit", 1), (None, 2)]),
        ("{business: {name: true}}", "business { name }", [("SHOP", 3), ("UNIT", 1), (None, 2)]),
        ("{business: {type: true}}", "business { type }", [("RETAIL", 4), (None, 2)]),
        ("{client: {firstName: true}}", "client { firstName }", [("Ada", 3), ("Bob", 3)]),
    ],
)
async def test_rows_are_grouped_by_what_belongs_to_them(
    api: Api, jobs: None, by: str, key: str, found: list[Any]
) -> None:
    groups = await _groups(api, f"by: [{by}]", f"key {{ {key} }} count")
    path = [word for word in key.split() if word.isalpha()]
    assert [(group["key"][path[0]][path[1]], group["count"]) for group in groups] == found


async def test_rows_are_grouped_over_two_relations(api: Api, jobs: None) -> None:
    query = """{ applications { groups(by: [{job: {client: {firstName: true}}}, {job: {business: {slug: true}}}]) {
      key { job { client { firstName } business { slug } } } count sum { proposedAmount } } } }"""
    assert (await api.data(query))["applications"]["groups"] == [
        {
            "key": {"job": {"client": {"firstName": "Ada"}, "business": {"slug": slug}}},
            "count": count,
            "sum": {"proposedAmount": amount},
        }
        for slug, count, amount in (("shop", 2, "3.00"), (None, 1, "1.00"))
    ]


async def test_groups_by_several_keys_have_their_own_amounts(api: Api, jobs: None) -> None:
    selected = """g: key { __typename c: category currency } n: count
      sum { budget } avg { budget } min { title budget } max { title } countDistinct { status } __typename"""
    found = await _groups(api, "by: [{category: true}, {currency: true}]", selected)
    assert found == [
        _summed("code", "EUR", 1, "40", "c", "c", 1),
        _summed("code", "USD", 1, "5", "d", "d", 1),
        _summed("design", "USD", 2, "30", "a", "b", 2),
        _summed(None, "EUR", 2, "15", "e", "f", 1),
    ]


def _summed(category: str | None, currency: str, count: int, total: str, *rest: Any) -> dict[str, Any]:
    first, last, statuses = rest
    least = {"a": "10.00", "c": "40.00", "d": "5.00", "e": "7.00"}[first]
    mean = {"30": "15", "15": "7.5"}.get(total, total)
    return {
        "g": {"__typename": "JobGroupKey", "c": category, "currency": currency},
        "n": count,
        "sum": {"budget": f"{total}.00"},
        "avg": {"budget": mean},
        "min": {"title": first, "budget": least},
        "max": {"title": last},
        "countDistinct": {"status": statuses},
        "__typename": "JobGroupRow",
    }


async def test_a_group_of_several_currencies_has_no_amount(api: Api, jobs: None) -> None:
    found = await _groups(
        api,
        "by: [{category: true}]",
        """key { category } sum { budget } avg { budget } median { budget } stddev { budget } min { budget title }
           percentile(at: 1) { budget }""",
    )
    amounts = [[group[name]["budget"] for name in ("sum", "avg", "median", "stddev", "percentile")] for group in found]
    assert amounts == [
        [None, None, None, None, None],
        ["30.00", "15", "15", "7.071068", "20"],
        ["15.00", "7.5", "7.5", "0.707107", "8"],
    ]
    assert [group["min"] for group in found] == [
        {"budget": None, "title": "c"},
        {"budget": "10.00", "title": "a"},
        {"budget": "7.00", "title": "e"},
    ]


async def test_a_group_has_what_the_filter_and_no_page_leaves(api: Api, jobs: None) -> None:
    query = """{ jobs(first: 1, offset: 1, orderBy: [{title: DESC}], filter: {currency: {eq: "EUR"}}) {
      nodes { title } aggregate { count } groups(by: [{category: true}]) { key { category } count } } }"""
    assert (await api.data(query))["jobs"] == {
        "nodes": [{"title": "e"}],
        "aggregate": {"count": 3},
        "groups": [{"key": {"category": "code"}, "count": 1}, {"key": {"category": None}, "count": 2}],
    }


@pytest.mark.parametrize(
    ("order", "titles"),
    [
        ("[]", ["c", "d", "a", "e"]),
        ("[{key: {category: DESC}}]", ["e", "a", "c", "d"]),
        ("[{key: {category: ASC_NULLS_FIRST}}, {key: {currency: DESC}}]", ["e", "d", "c", "a"]),
        ("[{count: DESC}]", ["a", "e", "c", "d"]),
        ("[{count: DESC}, {key: {category: DESC_NULLS_LAST}}, {key: {currency: DESC}}]", ["a", "e", "d", "c"]),
        ("[{sum: {budget: DESC}}]", ["c", "a", "e", "d"]),
        ("[{avg: {budget: ASC}}]", ["d", "e", "a", "c"]),
        ("[{median: {budget: DESC}}]", ["c", "a", "e", "d"]),
        ("[{stddev: {budget: ASC}}]", ["e", "a", "c", "d"]),
        ("[{min: {title: ASC}}]", ["a", "c", "d", "e"]),
        ("[{max: {title: DESC}}]", ["e", "d", "c", "a"]),
        ("[{max: {client: {firstName: DESC}}}, {count: ASC}]", ["d", "e", "c", "a"]),
    ],
)
async def test_groups_come_in_the_order_asked(api: Api, jobs: None, order: str, titles: list[str]) -> None:
    said = f"by: [{{category: true}}, {{currency: true}}], orderBy: {order}"
    found = [group["min"]["title"] for group in await _groups(api, said, "min { title }")]
    assert found == titles
    pages = [await _groups(api, f"{said}, first: 2, offset: {offset}", "min { title }") for offset in (0, 2, 4)]
    assert [group["min"]["title"] for page in pages for group in page] == titles
    assert pages[2] == []


@pytest.mark.parametrize(
    ("having", "titles"),
    [
        ("{}", ["c", "d", "a", "e"]),
        ("{count: {gt: 1}}", ["a", "e"]),
        ("{count: {in: [1]}}", ["c", "d"]),
        ('{sum: {budget: {gte: "15", lt: "40"}}}', ["a", "e"]),
        ('{avg: {budget: {eq: "7.5"}}}', ["e"]),
        ("{stddev: {budget: {isNull: true}}}", ["c", "d"]),
        ('{min: {title: {startsWith: "C"}}}', ["c"]),
        ('{max: {currency: {eq: "USD"}}}', ["d", "a"]),
        ('{or: [{min: {title: {eq: "d"}}}, {count: {gt: 1}}]}', ["d", "a", "e"]),
        ('{not: {sum: {budget: {lt: "30"}}}}', ["c", "a"]),
        ('{and: [{count: {gt: 1}}, {not: {max: {title: {eq: "f"}}}}]}', ["a"]),
        ('{median: {budget: {ne: "5"}}, count: {eq: 1}}', ["c"]),
    ],
)
async def test_only_groups_that_fulfil_having_are_there(api: Api, jobs: None, having: str, titles: list[str]) -> None:
    said = f"by: [{{category: true}}, {{currency: true}}], having: {having}"
    assert [group["min"]["title"] for group in await _groups(api, said, "min { title }")] == titles


async def test_what_several_currencies_come_to_is_nothing_that_can_be_compared(api: Api, jobs: None) -> None:
    for having, found in (
        ('{sum: {budget: {gt: "0"}}}', ["design", None]),
        ("{sum: {budget: {isNull: true}}}", ["code"]),
        ('{not: {sum: {budget: {gt: "20"}}}}', ["code", None]),
    ):
        groups = await _groups(api, f"by: [{{category: true}}], having: {having}", "key { category }")
        assert [group["key"]["category"] for group in groups] == found


async def test_arguments_of_groups_may_be_variables(api: Api, jobs: None) -> None:
    query = """query($by: [JobGroupBy!]!, $having: JobAggregateFilter, $order: [JobGroupRowOrderBy!], $n: Int) {
      jobs { groups(by: $by, having: $having, orderBy: $order, first: $n) { count min { title } } } }"""
    for by, order, found in (
        ([{"category": True}], "DESC", [{"count": 2, "min": {"title": "e"}}]),
        ([{"client": {"firstName": True}}], "ASC", [{"count": 3, "min": {"title": "a"}}]),
    ):
        variables = {"by": by, "having": {"count": {"gte": 2}}, "order": [{"min": {"title": order}}], "n": 1}
        assert (await api.data(query, **variables))["jobs"]["groups"] == found


async def test_each_group_has_a_page_of_its_rows(api: Api, jobs: None) -> None:
    query = """query($after: String) { jobs(filter: {title: {ne: "b"}}) { groups(by: [{category: true}]) {
      key { category } rows(first: 1, after: $after, orderBy: [{title: DESC}]) {
        totalCount nodes { title client { firstName } } pageInfo { hasNextPage endCursor } } } } }"""
    first = (await api.data(query))["jobs"]["groups"]
    assert [_page(group) for group in first] == [
        ("code", 2, [("d", "Bob")], True),
        ("design", 1, [("a", "Ada")], False),
        (None, 2, [("f", "Bob")], True),
    ]
    cursor = first[2]["rows"]["pageInfo"]["endCursor"]
    assert [_page(group) for group in (await api.data(query, after=cursor))["jobs"]["groups"]] == [
        ("code", 2, [("d", "Bob")], True),
        ("design", 1, [("a", "Ada")], False),
        (None, 2, [("e", "Bob")], False),
    ]


def _page(group: Any) -> tuple[Any, ...]:
    page = group["rows"]
    rows = [(row["title"], row["client"]["firstName"]) for row in page["nodes"]]
    return group["key"]["category"], page["totalCount"], rows, page["pageInfo"]["hasNextPage"]


@pytest.mark.parametrize(
    ("by", "pages"),
    [
        ("{business: {slug: true}}", [["b", "a"], ["d"], ["c"]]),
        ("{business: {name: true}}", [["b", "a"], ["d"], ["c"]]),
        ("{category: true}, {currency: true}", [["c"], ["d"], ["b", "a"], []]),
        ("{location: true}", [["d", "c", "b", "a"]]),
    ],
)
async def test_the_rows_of_a_group_are_filtered_once_more(
    api: Api, jobs: None, by: str, pages: list[list[str]]
) -> None:
    rows = 'rows(orderBy: [{title: DESC}], filter: {title: {lt: "e"}}) { totalCount nodes { title } }'
    found = [group["rows"] for group in await _groups(api, f"by: [{by}]", rows)]
    assert [[row["title"] for row in page["nodes"]] for page in found] == pages
    assert [page["totalCount"] for page in found] == [len(page) for page in pages]


async def test_rows_of_a_group_are_summed_and_grouped_again(api: Api, jobs: None) -> None:
    selected = """key { category } rows(filter: {currency: {eq: "EUR"}}) {
      aggregate { sum { budget } } groups(by: [{status: true}]) { key { status } count } }"""
    assert await _groups(api, "by: [{category: true}]", selected) == [
        _again("code", "40.00", [("OPEN", 1)]),
        _again("design", None, []),
        _again(None, "15.00", [("DRAFT", 2)]),
    ]


def _again(category: str | None, total: str | None, groups: list[tuple[str, int]]) -> dict[str, Any]:
    inner = [{"key": {"status": status}, "count": count} for status, count in groups]
    return {"key": {"category": category}, "rows": {"aggregate": {"sum": {"budget": total}}, "groups": inner}}


async def test_each_parent_has_its_own_groups(api: Api, jobs: None, strategy: Strategy) -> None:
    query = """{ users(orderBy: [{firstName: ASC}]) { nodes { firstName jobsPosted {
      groups(by: [{currency: true}], having: {count: {lt: 3}}, orderBy: [{sum: {budget: DESC}}], first: 1) {
        key { currency } sum { budget } rows(orderBy: [{title: ASC}]) { nodes { title } } } } } } }"""
    found = (await api.data(query))["users"]["nodes"]
    assert [(user["firstName"], user["jobsPosted"]["groups"]) for user in found] == [
        ("Ada", [_amount("EUR", "40.00", "c")]),
        ("Bob", [_amount("EUR", "15.00", "ef")]),
        ("Cid", []),
    ]
    assert api.query_count == (2 if strategy is batched else 1)


def _amount(currency: str, total: str, titles: str) -> dict[str, Any]:
    rows = {"nodes": [{"title": title} for title in titles]}
    return {"key": {"currency": currency}, "sum": {"budget": total}, "rows": rows}


async def test_groups_of_several_kinds_are_asked_for_at_once(api: Api, jobs: None) -> None:
    query = """{ jobs { a: groups(by: [{currency: true}]) { count } b: groups(by: [{status: true}]) { key { status } }
      all: aggregate { count } }
      others: jobs(filter: {status: {eq: OPEN}}) { groups(by: [{status: true}]) { count } } }"""
    assert await api.data(query) == {
        "jobs": {
            "a": [{"count": 3}, {"count": 3}],
            "b": [{"key": {"status": "DRAFT"}}, {"key": {"status": "OPEN"}}],
            "all": {"count": 6},
        },
        "others": {"groups": [{"count": 3}]},
    }


async def test_no_rows_make_no_groups(api: Api) -> None:
    query = """{ jobs { totalCount groups(by: [{category: true}, {business: {slug: true}}], having: {count: {gte: 0}}) {
      key { category } count rows { nodes { title } } } } users { nodes { jobsPosted { groups(by: [{status: true}]) {
      count } } } } }"""
    assert await api.data(query) == {"jobs": {"totalCount": 0, "groups": []}, "users": {"nodes": []}}


async def test_ids_are_keys_too(api: Api, insert: Insert) -> None:
    job = await a_job(insert, await a_user(insert))
    groups = await _groups(
        api, "by: [{id: true}, {client: {id: true}}]", "key { id client { id } } rows { totalCount }"
    )
    (group,) = groups
    assert group["key"]["id"] == f"job_{job}"
    assert group["key"]["client"]["id"].startswith("user_")
    assert group["rows"] == {"totalCount": 1}


async def test_groups_are_made_of_what_the_viewer_may_see(under_rules: UnderRules, jobs: None, insert: Insert) -> None:
    await a_job(insert, await a_user(insert, "Dan"), "hidden", location="secret", category="design")
    query = """{ jobs { groups(by: [{category: true}]) {
      key { category } count sum { budget } rows(orderBy: [{id: ASC}]) { nodes { title } } } } }"""
    anonymous, admin = under_rules(ANONYMOUS), under_rules(ADMIN)
    assert [_seen(group) for group in (await anonymous.data(query))["jobs"]["groups"]] == [
        ("code", 1, "5.00", ["d"]),
        ("design", 2, "30.00", ["a", "b"]),
        (None, 3, None, [None, None, None]),
    ]
    assert [_seen(group) for group in (await admin.data(query))["jobs"]["groups"]] == [
        ("code", 2, None, ["c", "d"]),
        ("design", 3, "130.00", ["a", "b", "hidden"]),
        (None, 2, "15.00", ["e", "f"]),
    ]


def _seen(group: Any) -> tuple[Any, ...]:
    titles = [row["title"] for row in group["rows"]["nodes"]]
    return group["key"]["category"], group["count"], group["sum"]["budget"], titles


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("by: []", 'Argument "groups.by" has 0 items; it must have from 1 to 5.'),
        (
            "by: [{title: true}, {category: true}, {status: true}, {currency: true}, {location: true}, {budget: true}]",
            'Argument "groups.by" has 6 items; it must have from 1 to 5.',
        ),
        ("by: [{title: true}, {title: true}]", 'Argument "groups.by.1" is there twice.'),
        ("by: [{title: false}]", 'Argument "groups.by.0.title" is false; leave it out instead.'),
        ("by: [{title: true, status: true}]", "exactly one field must be specified"),
        ("by: [{skills: true}]", "not to include unknown field 'skills'"),
        ("by: [{title: true}], first: -1", 'Argument "groups.first" is -1; it must be from 1 to 1,000.'),
        ("by: [{title: true}], first: 1001", 'Argument "groups.first" is 1001; it must be from 1 to 1,000.'),
        ("by: [{title: true}], offset: -1", 'Argument "groups.offset" is -1; it must be from 0 to 10,000.'),
        (
            "by: [{title: true}], orderBy: [{key: {category: ASC}}]",
            '"groups.orderBy.0.key.category" is not what the rows are grouped by: name it in "by" too.',
        ),
        (
            "by: [{business: {slug: true}}], orderBy: [{key: {business: {name: ASC}}}]",
            '"groups.orderBy.0.key.business.name" is not what the rows are grouped by: name it in "by" too.',
        ),
        (
            "by: [{title: true}], having: {count: {gt: null}}",
            'Argument "groups.having.count.gt" is null; use isNull.',
        ),
        ("by: [{title: true}], having: {percentile: {budget: {gt: 1}}}", "unknown field 'percentile'"),
    ],
)
async def test_groups_that_cannot_be_made_are_refused_by_name(api: Api, said: str, message: str) -> None:
    answer = await api(f"{{ jobs {{ groups({said}) {{ count }} }} }}")
    assert message in answer["errors"][0]["message"]
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"BAD_USER_INPUT"}
    assert api.query_count == 0


async def test_a_key_that_the_rows_are_not_grouped_by_cannot_be_read(api: Api) -> None:
    error = await api.error("{ jobs { groups(by: [{title: true}]) { key { category } } } }")
    assert error["message"] == ('"jobs.groups.key.category" is not what the rows are grouped by: name it in "by" too.')


async def test_a_page_of_rows_is_as_long_as_any_page(api: Api) -> None:
    error = await api.error("{ jobs { groups(by: [{title: true}]) { rows(first: 101) { totalCount } } } }")
    assert error["message"] == 'Argument "rows.first" is 101; it must be from 1 to 100.'


async def test_rows_of_groups_within_groups_keep_every_filter_and_search_around_them(api: Api, jobs: None) -> None:
    query = """{ jobs(filter: {currency: {eq: "EUR"}}) { groups(first: 3, by: [{status: true}]) { key { status }
      rows(first: 3, filter: {budget: {gt: "7"}}) { totalCount groups(first: 3, by: [{currency: true}]) { count
        rows(first: 3, filter: {budget: {lt: "100"}}) { totalCount nodes { title }
          groups(first: 3, by: [{category: true}]) { count rows { totalCount } } } } } } } }"""
    found = (await api.data(query))["jobs"]["groups"]
    assert [group["rows"] for group in found] == [_within("f"), _within("c")]
    query = """{ jobs(search: "a or c") { groups(by: [{currency: true}]) { rows(search: "a or b") {
      totalCount groups(by: [{status: true}]) { count rows { totalCount nodes { title } } } } } } }"""
    for group in (await api.data(query))["jobs"]["groups"]:
        inner = group["rows"]["groups"]
        assert [one["count"] for one in inner] == [one["rows"]["totalCount"] for one in inner]


def _within(title: str) -> dict[str, Any]:
    inner = {"totalCount": 1, "nodes": [{"title": title}], "groups": [{"count": 1, "rows": {"totalCount": 1}}]}
    return {"totalCount": 1, "groups": [{"count": 1, "rows": inner}]}

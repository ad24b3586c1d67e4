"""`orderBy`, `offset` and cursors: by columns, over relations, by what many rows come to."""

from typing import Any

import pytest

from models.uuid7 import uuid7_at
from tests.api import Api, Insert, a_business, a_job, a_user, at


@pytest.fixture
async def offers(insert: Insert) -> None:
    """Jobs of three clients, one without a business, with none to three applications in one or two currencies."""
    ada, bob, cid = [await a_user(insert, name) for name in ("Ada", "Bob", "Cid")]
    shop, unit = await a_business(insert, "shop"), await a_business(insert, "unit")
    offered: dict[str, tuple[Any, Any, list[Any]]] = {
        "none": (ada, None, []),
        "one": (ada, shop, [(30, "USD", 3, "2026-01-01T00:00:00Z")]),
        "two": (bob, unit, [(10, "USD", None, None), (50, "USD", 5, "2026-03-01T00:00:00Z")]),
        "mixed": (cid, shop, [(10, "USD", 1, None), (30, "EUR", 2, None), (99, "EUR", 9, "2026-02-01T00:00:00Z")]),
    }
    people = [await a_user(insert, name) for name in ("Dan", "Eve", "Fay")]
    for title, (client, business, applications) in offered.items():
        job = await a_job(insert, client, title, business_id=business, category=title[0] if title != "one" else None)
        for person, (amount, currency, days, decided) in zip(people, applications, strict=False):
            values = {"proposed_amount": amount, "currency": currency, "estimated_days": days}
            decided_at = at(decided) if decided else None
            await insert("freelance.applications", job_id=job, freelancer_id=person, decided_at=decided_at, **values)


async def _titles(api: Api, order: str) -> list[str]:
    """All titles in an order, which pages of two by cursor and by offset, and from the end, give as well."""
    query = "query($first: Int, $after: String, $last: Int, $before: String, $offset: Int) { jobs(first: $first,"
    query += f" after: $after, last: $last, before: $before, offset: $offset, orderBy: {order})"
    query += " { edges { node { title } } pageInfo { startCursor endCursor } } }"

    async def page(**place: Any) -> tuple[list[str], Any]:
        found = (await api.data(query, **place))["jobs"]
        return [edge["node"]["title"] for edge in found["edges"]], found["pageInfo"]

    every, _ = await page()
    head, info = await page(first=2)
    tail, _ = await page(first=2, after=info["endCursor"])
    assert head + tail == every
    tail, info = await page(last=2)
    head, _ = await page(last=2, before=info["startCursor"])
    assert head + tail == every
    assert (await page(first=2, offset=1))[0] == every[1:3]
    return every


@pytest.mark.parametrize(
    ("order", "titles"),
    [
        ("[{title: ASC}]", ["mixed", "none", "one", "two"]),
        ("{title: DESC}", ["two", "one", "none", "mixed"]),
        ("[]", ["none", "one", "two", "mixed"]),
        ("[{id: DESC}]", ["mixed", "two", "one", "none"]),
        ("[{category: ASC}]", ["mixed", "none", "two", "one"]),
        ("[{category: ASC_NULLS_FIRST}]", ["one", "mixed", "none", "two"]),
        ("[{category: DESC}]", ["one", "two", "none", "mixed"]),
        ("[{category: DESC_NULLS_LAST}]", ["two", "none", "mixed", "one"]),
        ("[{budget: ASC}, {category: DESC}]", ["one", "two", "none", "mixed"]),
        ("[{budget: ASC}]", ["none", "one", "two", "mixed"]),
        ("[{budget: DESC}]", ["mixed", "two", "one", "none"]),
    ],
)
async def test_rows_come_by_columns(api: Api, offers: None, order: str, titles: list[str]) -> None:
    assert await _titles(api, order) == titles


@pytest.mark.parametrize(
    ("order", "titles"),
    [
        ("[{client: {firstName: DESC}}, {title: ASC}]", ["mixed", "two", "none", "one"]),
        ("[{business: {slug: ASC}}, {title: ASC}]", ["mixed", "one", "two", "none"]),
        ("[{business: {slug: DESC}}, {title: ASC}]", ["none", "two", "mixed", "one"]),
        ("[{business: {slug: DESC_NULLS_LAST}}, {title: DESC}]", ["two", "one", "mixed", "none"]),
        ("[{business: {id: ASC_NULLS_FIRST}}, {title: ASC}]", ["none", "mixed", "one", "two"]),
        ("[{client: {jobsPosted: {count: DESC}}}, {title: ASC}]", ["none", "one", "mixed", "two"]),
        ("[{business: {jobs: {count: ASC_NULLS_FIRST}}}, {title: ASC}]", ["none", "two", "mixed", "one"]),
    ],
)
async def test_rows_come_by_what_belongs_to_them(api: Api, offers: None, order: str, titles: list[str]) -> None:
    assert await _titles(api, order) == titles


@pytest.mark.parametrize(
    ("key", "titles"),
    [
        ("{count: ASC}", ["none", "one", "two", "mixed"]),
        ("{count: DESC}", ["mixed", "two", "one", "none"]),
        ("{sum: {estimatedDays: DESC_NULLS_LAST}}", ["mixed", "two", "one", "none"]),
        ("{avg: {estimatedDays: ASC}}", ["one", "mixed", "two", "none"]),
        ("{median: {estimatedDays: ASC}}", ["mixed", "one", "two", "none"]),
        ("{stddev: {proposedAmount: DESC_NULLS_LAST}}", ["two", "mixed", "one", "none"]),
        ("{sum: {proposedAmount: ASC}}", ["one", "two", "none", "mixed"]),
        ("{min: {proposedAmount: ASC}}", ["two", "one", "none", "mixed"]),
        ("{max: {estimatedDays: DESC}}", ["none", "mixed", "two", "one"]),
        ("{max: {decidedAt: DESC_NULLS_LAST}}", ["two", "mixed", "one", "none"]),
        ("{min: {freelancer: {firstName: ASC}}}", ["one", "two", "mixed", "none"]),
        ("{max: {freelancer: {firstName: DESC_NULLS_LAST}}}", ["mixed", "two", "one", "none"]),
    ],
)
async def test_rows_come_by_what_many_rows_come_to(api: Api, offers: None, key: str, titles: list[str]) -> None:
    assert await _titles(api, f"[{{applications: {key}}}]") == titles


async def test_each_parent_has_its_rows_in_order(api: Api, offers: None) -> None:
    query = """{ jobs(orderBy: [{title: ASC}]) { nodes { title
      applications(first: 2, orderBy: [{currency: ASC}, {freelancer: {firstName: DESC}}]) {
        nodes { proposedAmount } } } } }"""
    found = await api.data(query)
    amounts = {
        job["title"]: [one["proposedAmount"] for one in job["applications"]["nodes"]] for job in found["jobs"]["nodes"]
    }
    assert amounts == {"mixed": ["99.00", "30.00"], "none": [], "one": ["30.00"], "two": ["50.00", "10.00"]}


async def test_an_order_may_be_a_variable(api: Api, offers: None) -> None:
    query = "query($by: [JobOrderBy!], $way: OrderDirection!) { a: jobs(first: 1, orderBy: $by) { nodes { title } }"
    query += " b: jobs(first: 1, orderBy: [{applications: {count: $way}}]) { nodes { title } } }"
    for way, first, second in (("ASC", "mixed", "none"), ("DESC", "two", "mixed")):
        found = await api.data(query, by=[{"title": way}], way=way)
        assert found == {"a": {"nodes": [{"title": first}]}, "b": {"nodes": [{"title": second}]}}


@pytest.mark.parametrize(
    ("offset", "titles", "flags"),
    [
        (0, ["mixed", "none"], (False, True)),
        (1, ["none", "one"], (True, True)),
        (3, ["two"], (True, False)),
        (4, [], (True, False)),
        (10_000, [], (True, False)),
    ],
)
async def test_an_offset_leaves_rows_out(
    api: Api, offers: None, offset: int, titles: list[str], flags: tuple[bool, bool]
) -> None:
    query = """query($o: Int) { jobs(first: 2, offset: $o, orderBy: [{title: ASC}]) {
      totalCount nodes { title } pageInfo { hasPreviousPage hasNextPage } } }"""
    page = (await api.data(query, o=offset))["jobs"]
    assert [row["title"] for row in page["nodes"]] == titles
    assert (page["totalCount"], *page["pageInfo"].values()) == (4, *flags)


async def test_an_offset_of_a_nested_connection_counts_for_each_parent(api: Api, offers: None) -> None:
    query = """{ jobs(orderBy: [{title: ASC}]) { nodes { title
      applications(first: 1, offset: 1, orderBy: [{proposedAmount: ASC}]) {
        totalCount nodes { proposedAmount } pageInfo { hasPreviousPage hasNextPage } } } } }"""
    found = [job["applications"] for job in (await api.data(query))["jobs"]["nodes"]]
    assert [
        (page["totalCount"], [one["proposedAmount"] for one in page["nodes"]], *page["pageInfo"].values())
        for page in found
    ] == [
        (3, ["30.00"], True, True),
        (0, [], False, False),
        (1, [], True, False),
        (2, ["50.00"], True, False),
    ]


async def test_the_time_of_a_firehose_table_is_an_order(api: Api, insert: Insert) -> None:
    shop = await a_business(insert)
    for month in (3, 1, 2):
        moment = at(f"2025-0{month}-15T00:00:00Z")
        await insert("business.metrics", id=uuid7_at(moment), business_id=shop, type="BUSINESS", name=f"m{month}")
    query = """{ newest: metrics(orderBy: [{recordedAt: DESC}]) { nodes { name } }
      last: metrics(last: 2) { nodes { name } }
      shops: businesses(orderBy: [{metrics: {max: {recordedAt: ASC}}}]) { nodes { slug
        metrics(orderBy: [{recordedAt: ASC}], first: 1) { nodes { recordedAt } } } } }"""
    assert await api.data(query) == {
        "newest": {"nodes": [{"name": "m3"}, {"name": "m2"}, {"name": "m1"}]},
        "last": {"nodes": [{"name": "m2"}, {"name": "m3"}]},
        "shops": {"nodes": [{"slug": "shop", "metrics": {"nodes": [{"recordedAt": "2025-01-15T00:00:00+00:00"}]}}]},
    }

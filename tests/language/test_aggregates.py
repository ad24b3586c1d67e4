"""`aggregate`: what all rows of a connection come to, whatever page of it is asked for."""

from decimal import Decimal
from typing import Any

import pytest

from tests.api import Api, Insert, a_business, a_job, a_user, at


@pytest.fixture
async def jobs(insert: Insert) -> None:
    """Ada offers jobs for 10, 20.50 and 40 USD, one of them for design; Bob one for 5 USD and one for 7 EUR."""
    ada, bob = await a_user(insert, "Ada"), await a_user(insert, "Bob")
    await a_job(insert, ada, "a", budget=Decimal(10), category="design", deadline=at("2026-01-05T00:00:00Z"))
    await a_job(insert, ada, "b", budget=Decimal("20.50"), deadline=at("2026-03-05T00:00:00.5+02:00"))
    await a_job(insert, ada, "c", budget=Decimal(40), status="OPEN")
    await a_job(insert, bob, "d", budget=Decimal(5), category="design")
    await a_job(insert, bob, "e", budget=Decimal(7), currency="EUR", category="code")


async def test_amounts_of_one_currency_are_summed_exactly(api: Api, jobs: None) -> None:
    query = """{ jobs(first: 1, filter: {client: {firstName: {eq: "Ada"}}}) { totalCount nodes { title } aggregate {
      count sum { budget } avg { budget } stddev { budget } median { budget } min { budget } max { budget } } } }"""
    assert (await api.data(query))["jobs"] == {
        "totalCount": 3,
        "nodes": [{"title": "a"}],
        "aggregate": {
            "count": 3,
            "sum": {"budget": "70.50"},
            "avg": {"budget": "23.5"},
            "stddev": {"budget": "15.223337"},
            "median": {"budget": "20.5"},
            "min": {"budget": "10.00"},
            "max": {"budget": "40.00"},
        },
    }


async def test_amounts_of_several_currencies_come_to_nothing(api: Api, jobs: None) -> None:
    query = """{ jobs { aggregate { count countDistinct { currency budget } sum { budget } avg { budget }
      stddev { budget } median { budget } percentile(at: 0.5) { budget } min { budget currency } max { budget } } } }"""
    assert (await api.data(query))["jobs"]["aggregate"] == {
        "count": 5,
        "countDistinct": {"currency": 2, "budget": 5},
        "sum": {"budget": None},
        "avg": {"budget": None},
        "stddev": {"budget": None},
        "median": {"budget": None},
        "percentile": {"budget": None},
        "min": {"budget": None, "currency": "EUR"},
        "max": {"budget": None},
    }


async def test_no_rows_come_to_nothing(api: Api) -> None:
    query = """{ jobs { totalCount aggregate { __typename count countDistinct { title } sum { budget } avg { budget }
      percentile(at: 1) { budget } min { title deadline status: currency } } } }"""
    assert (await api.data(query))["jobs"] == {
        "totalCount": 0,
        "aggregate": {
            "__typename": "JobAggregate",
            "count": 0,
            "countDistinct": {"title": 0},
            "sum": {"budget": None},
            "avg": {"budget": None},
            "percentile": {"budget": None},
            "min": {"title": None, "deadline": None, "status": None},
        },
    }


async def test_rows_without_a_value_are_not_counted_among_the_values(api: Api, jobs: None) -> None:
    query = """{ jobs { aggregate { count countDistinct { category deadline location isRemote }
      min { category deadline } max { category deadline } } } }"""
    assert (await api.data(query))["jobs"]["aggregate"] == {
        "count": 5,
        "countDistinct": {"category": 2, "deadline": 2, "location": 0, "isRemote": 1},
        "min": {"category": "code", "deadline": "2026-01-05T00:00:00+00:00"},
        "max": {"category": "design", "deadline": "2026-03-04T22:00:00.5+00:00"},
    }


async def test_a_percentile_is_interpolated_at_any_fraction(api: Api, insert: Insert) -> None:
    shop = await a_business(insert)
    domain = await insert("business.domains", business_id=shop, name="d", slug="d")
    for score in (10, 20, 30, 41):
        values = {"type": "API", "name": "c", "health_score": score}
        await insert("business.domain_components", domain_id=domain, **values)
    query = """query($at: Float!) { domainComponents { aggregate {
      least: percentile(at: 0) { healthScore } quarter: percentile(at: 0.25) { healthScore }
      most: percentile(at: 1) { healthScore } third: percentile(at: $at) { score: healthScore }
      median { healthScore } avg { healthScore } sum { healthScore } } } }"""
    assert (await api.data(query, at=1 / 3))["domainComponents"]["aggregate"] == {
        "least": {"healthScore": "10"},
        "quarter": {"healthScore": "17.5"},
        "most": {"healthScore": "41"},
        "third": {"score": "20"},
        "median": {"healthScore": "25"},
        "avg": {"healthScore": "25.25"},
        "sum": {"healthScore": "101"},
    }
    assert (await api.data(query, at=0.9))["domainComponents"]["aggregate"]["third"] == {"score": "37.7"}


async def test_one_percentile_is_asked_for_by_several_names(api: Api, jobs: None) -> None:
    query = """{ jobs(filter: {currency: {eq: "USD"}}) { aggregate {
      a: percentile(at: 0.5) { budget } b: percentile(at: 0.5) { budget __typename }
      c: percentile(at: 0.0) { x: budget } n: count count } } }"""
    assert (await api.data(query))["jobs"]["aggregate"] == {
        "a": {"budget": "15.25"},
        "b": {"budget": "15.25", "__typename": "JobNumberAggregate"},
        "c": {"x": "5"},
        "n": 4,
        "count": 4,
    }


async def test_an_aggregate_takes_the_filter_and_no_page(api: Api, jobs: None) -> None:
    query = """query($after: String) { jobs(first: 1, after: $after, filter: {category: {eq: "design"}}) {
      nodes { title } pageInfo { endCursor } aggregate { sum { budget } count } } }"""
    first = (await api.data(query))["jobs"]
    second = (await api.data(query, after=first["pageInfo"]["endCursor"]))["jobs"]
    beyond = (await api.data(query, after=second["pageInfo"]["endCursor"]))["jobs"]
    assert [page["nodes"] for page in (first, second, beyond)] == [[{"title": "a"}], [{"title": "d"}], []]
    assert [page["aggregate"] for page in (first, second, beyond)] == [{"sum": {"budget": "15.00"}, "count": 2}] * 3


async def test_each_parent_has_its_own_aggregate(api: Api, jobs: None, insert: Insert) -> None:
    await a_user(insert, "Cid")
    query = """{ users(orderBy: [{firstName: ASC}]) { nodes { firstName
      jobsPosted { aggregate { count sum { budget } max { title } } }
      open: jobsPosted(filter: {status: {eq: OPEN}}) { aggregate { count } } } } }"""
    assert (await api.data(query))["users"]["nodes"] == [
        _of("Ada", 3, "70.50", "c", 1),
        _of("Bob", 2, None, "e", 0),
        _of("Cid", 0, None, None, 0),
    ]


def _of(name: str, count: int, total: str | None, last: str | None, open_: int) -> dict[str, Any]:
    jobs = {"aggregate": {"count": count, "sum": {"budget": total}, "max": {"title": last}}}
    return {"firstName": name, "jobsPosted": jobs, "open": {"aggregate": {"count": open_}}}


async def test_an_aggregate_comes_without_nodes(api: Api, jobs: None) -> None:
    assert await api.data("{ jobs { aggregate { count } } users { aggregate { count } } }") == {
        "jobs": {"aggregate": {"count": 5}},
        "users": {"aggregate": {"count": 2}},
    }


async def test_large_numbers_are_exact_but_for_what_is_interpolated_to_fifteen_digits(api: Api, insert: Insert) -> None:
    shop = await a_business(insert)
    for number, size in enumerate((9007199254740993, 9007199254740991, 3)):
        values = {"file_path": f"f{number}.py", "size_bytes": size, "type": "PY"}
        await insert("knowledge.source_files", business_id=shop, **values)
    query = "{ sourceFiles { aggregate { sum { sizeBytes } avg { sizeBytes } min { sizeBytes } max { sizeBytes }"
    query += " median { sizeBytes } percentile(at: 1) { sizeBytes } stddev { sizeBytes } } } }"
    assert (await api.data(query))["sourceFiles"]["aggregate"] == {
        "sum": {"sizeBytes": "18014398509481987"},
        "avg": {"sizeBytes": "6004799503160662.333333"},
        "min": {"sizeBytes": "3"},
        "max": {"sizeBytes": "9007199254740993"},
        "median": {"sizeBytes": "9007199254740990"},
        "percentile": {"sizeBytes": "9007199254740990"},
        "stddev": {"sizeBytes": "5200308914369306.569243"},
    }


@pytest.mark.parametrize("at_", ["-0.1", "1.01", "1e9"])
async def test_a_fraction_beyond_one_is_refused(api: Api, at_: str) -> None:
    error = await api.error(f"{{ jobs {{ aggregate {{ percentile(at: {at_}) {{ budget }} }} }} }}")
    assert error["message"] == f'Argument "percentile.at" is {float(at_)}; it must be from 0 to 1.'
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": "percentile.at"}
    error = await api.error("query($a: Float!) { jobs { aggregate { percentile(at: $a) { budget } } } }", a=float(at_))
    assert error["extensions"]["argument"] == "percentile.at"

"""`filter`: what each operator finds, and that `not` finds exactly the rest."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from graphql import parse_value, value_from_ast_untyped

from tests.api import Api, Insert, a_business, a_job, a_user, at


async def _names(api: Api, root: str, name: str, type_: str, filter: str) -> set[str]:
    """The `name` of each row that `filter` finds, written out or given as a variable; `not` finds the others."""

    async def ask(declared: str, said: str, **variables: Any) -> list[str]:
        page = await api.data(
            f"query{declared} {{ {root}(filter: {said}) {{ totalCount nodes {{ {name} }} }} }}", **variables
        )
        rows = [row[name] for row in page[root]["nodes"]]
        assert page[root]["totalCount"] == len(rows)
        return rows

    found = await ask("", filter)
    assert len(found) == len(set(found))
    assert await ask(f"($f: {type_})", "$f", f=value_from_ast_untyped(parse_value(filter))) == found
    every, others = await ask("", "{}"), await ask("", f"{{not: {filter}}}")
    assert sorted(found + others) == sorted(every)
    return set(found)


ROWS: list[dict[str, Any]] = [
    {"title": "Logo", "category": "design", "budget": 100, "skills": ["svg", "css"], "status": "OPEN"},
    {"title": "Shop", "category": "code", "budget": Decimal("2500.50"), "skills": ["python", "css"], "status": "OPEN"},
    {"title": "100% wool", "budget": 20, "skills": [], "is_remote": False},
    {"title": r"C:\temp", "category": "code", "budget": Decimal("75.25"), "skills": ["css"], "status": "CANCELLED"},
    {"title": "snake_case", "category": "Design", "budget": 100, "skills": ["svg"], "status": "OPEN"},
]
LEVELS = {"Logo": "ENTRY", "Shop": "EXPERT"}
DEADLINES = {
    "Logo": at("2026-03-01T12:00:00Z"),
    "Shop": at("2026-03-29T01:00:00Z"),
    "snake_case": at("2026-12-31T23:59:59.999Z"),
}
EVERY = {row["title"] for row in ROWS}


@pytest.fixture
async def jobs(insert: Insert) -> dict[str, Any]:
    """The ids of five jobs by their titles."""
    ada = await a_user(insert)
    more: dict[str, dict[str, Any]] = {
        row["title"]: {"experience_level": LEVELS.get(row["title"]), "deadline": DEADLINES.get(row["title"])}
        for row in ROWS
    }
    return {row["title"]: await a_job(insert, ada, **row, **more[row["title"]]) for row in ROWS}


@pytest.mark.parametrize(
    ("filter", "titles"),
    [
        ("{}", EVERY),
        ('{title: {eq: "Logo"}}', {"Logo"}),
        ('{title: {eq: "logo"}}', set()),
        ('{title: {ne: "Logo"}}', EVERY - {"Logo"}),
        ('{title: {in: ["Logo", "Shop", "Nothing"]}}', {"Logo", "Shop"}),
        ("{title: {in: []}}", set()),
        ("{title: {notIn: []}}", EVERY),
        ("{title: {}}", EVERY),
        ('{title: {ne: "Logo", notIn: ["Shop"]}}', EVERY - {"Logo", "Shop"}),
        ('{category: {eq: "code"}}', {"Shop", r"C:\temp"}),
        ('{category: {ne: "code"}}', {"Logo", "snake_case", "100% wool"}),
        ('{category: {notIn: ["code", "design"]}}', {"snake_case", "100% wool"}),
        ("{category: {notIn: []}}", EVERY),
        ("{category: {isNull: true}}", {"100% wool"}),
        ("{category: {isNull: false}}", EVERY - {"100% wool"}),
        ('{not: {category: {eq: "code"}}}', {"Logo", "snake_case", "100% wool"}),
        ('{not: {category: {ne: "code"}}}', {"Shop", r"C:\temp"}),
        ('{not: {category: {notIn: ["code"]}}}', {"Shop", r"C:\temp"}),
        ('{not: {category: {like: "c%"}}}', {"Logo", "snake_case", "100% wool"}),
        ("{status: {eq: OPEN}}", {"Logo", "Shop", "snake_case"}),
        ("{status: {ne: OPEN}}", {"100% wool", r"C:\temp"}),
        ("{status: {in: [DRAFT, CANCELLED]}}", {"100% wool", r"C:\temp"}),
        ("{experienceLevel: {ne: EXPERT}}", EVERY - {"Shop"}),
        ("{experienceLevel: {notIn: [EXPERT, ENTRY]}}", EVERY - {"Shop", "Logo"}),
        ("{isRemote: {eq: false}}", {"100% wool"}),
        ("{isRemote: {ne: false}}", EVERY - {"100% wool"}),
        ('{budget: {eq: "100"}}', {"Logo", "snake_case"}),
        ('{budget: {gt: "75.25", lt: "2500.5"}}', {"Logo", "snake_case"}),
        ('{budget: {gte: "75.25", lte: "2500.5"}}', EVERY - {"100% wool"}),
        ('{budget: {between: {from: "75.25", to: "100.00"}}}', {r"C:\temp", "Logo", "snake_case"}),
        ('{budget: {between: {from: "100", to: "75.25"}}}', set()),
        ('{budget: {in: ["20.0", "2500.500"]}}', {"100% wool", "Shop"}),
    ],
)
async def test_values_are_compared(api: Api, jobs: Any, filter: str, titles: set[str]) -> None:
    assert await _names(api, "jobs", "title", "JobFilter", filter) == titles


@pytest.mark.parametrize(
    ("filter", "titles"),
    [
        ('{like: "L%"}', {"Logo"}),
        ('{like: "l%"}', set()),
        ('{ilike: "l%"}', {"Logo"}),
        ('{like: "_ogo"}', {"Logo"}),
        (r'{like: "%\\%%"}', {"100% wool"}),
        (r'{like: "%\\_%"}', {"snake_case"}),
        (r'{like: "C:\\\\temp"}', {r"C:\temp"}),
        ('{startsWith: "LO"}', {"Logo"}),
        ('{startsWith: "100%"}', {"100% wool"}),
        ('{startsWith: "_"}', set()),
        ('{startsWith: ""}', EVERY),
        ('{endsWith: "OOL"}', {"100% wool"}),
        ('{endsWith: "%"}', set()),
        (r'{endsWith: "\\temp"}', {r"C:\temp"}),
        ('{contains: "%"}', {"100% wool"}),
        ('{contains: "_"}', {"snake_case"}),
        (r'{contains: "\\"}', {r"C:\temp"}),
        (r'{contains: "\\_"}', set()),
        ('{contains: "O"}', {"Logo", "Shop", "100% wool"}),
        ('{contains: ""}', EVERY),
    ],
)
async def test_text_is_matched_and_only_like_knows_wildcards(
    api: Api, jobs: Any, filter: str, titles: set[str]
) -> None:
    assert await _names(api, "jobs", "title", "JobFilter", f"{{title: {filter}}}") == titles


@pytest.mark.parametrize(
    ("filter", "titles"),
    [
        ('{contains: ["css"]}', {"Logo", "Shop", r"C:\temp"}),
        ('{contains: ["css", "svg"]}', {"Logo"}),
        ("{contains: []}", EVERY),
        ('{containedBy: ["svg", "css"]}', EVERY - {"Shop"}),
        ("{containedBy: []}", {"100% wool"}),
        ('{overlaps: ["python", "svg"]}', {"Logo", "Shop", "snake_case"}),
        ("{overlaps: []}", set()),
        ("{length: {eq: 0}}", {"100% wool"}),
        ("{length: {gte: 2}}", {"Logo", "Shop"}),
        ("{length: {in: [0, 1]}}", {"100% wool", r"C:\temp", "snake_case"}),
        ("{isNull: true}", set()),
    ],
)
async def test_lists_are_compared_as_sets(api: Api, jobs: Any, filter: str, titles: set[str]) -> None:
    assert await _names(api, "jobs", "title", "JobFilter", f"{{skills: {filter}}}") == titles


@pytest.mark.parametrize(
    ("filter", "titles"),
    [
        ('{eq: "2026-03-29T02:00:00+01:00"}', {"Shop"}),
        ('{gt: "2026-03-01T12:00:00Z"}', {"Shop", "snake_case"}),
        ('{lte: "2026-12-31T23:59:59.999Z"}', {"Logo", "Shop", "snake_case"}),
        ('{lt: "2026-12-31T23:59:59.999Z"}', {"Logo", "Shop"}),
        ('{between: {from: "2026-03-01T12:00:00Z", to: "2026-03-29T01:00:00Z"}}', {"Logo", "Shop"}),
        ('{notIn: ["2026-03-01T12:00:00Z"]}', EVERY - {"Logo"}),
        ("{isNull: true}", {"100% wool", r"C:\temp"}),
    ],
)
async def test_moments_are_compared_in_any_offset(api: Api, jobs: Any, filter: str, titles: set[str]) -> None:
    assert await _names(api, "jobs", "title", "JobFilter", f"{{deadline: {filter}}}") == titles


@pytest.mark.parametrize(
    ("filter", "titles"),
    [
        ("{and: []}", EVERY),
        ("{or: []}", set()),
        ("{not: {}}", set()),
        ("{or: [{}]}", EVERY),
        ("{and: [{}, {}]}", EVERY),
        ('{or: [{title: {eq: "Logo"}}, {category: {isNull: true}}]}', {"Logo", "100% wool"}),
        ('{and: [{category: {eq: "code"}}, {status: {eq: OPEN}}]}', {"Shop"}),
        ('{category: {eq: "code"}, or: [{title: {eq: "Logo"}}, {title: {eq: "Shop"}}]}', {"Shop"}),
        ('{and: {title: {eq: "Logo"}}}', {"Logo"}),
        ('{not: {or: [{category: {eq: "code"}}, {category: {eq: "design"}}]}}', {"snake_case", "100% wool"}),
        ('{not: {and: [{category: {eq: "code"}}, {status: {eq: OPEN}}]}}', EVERY - {"Shop"}),
        ('{not: {not: {not: {not: {title: {eq: "Logo"}}}}}}', {"Logo"}),
    ],
)
async def test_conditions_are_combined(api: Api, jobs: Any, filter: str, titles: set[str]) -> None:
    assert await _names(api, "jobs", "title", "JobFilter", filter) == titles


async def test_ids_are_global_ids(api: Api, jobs: dict[str, Any]) -> None:
    logo, shop = f"job_{jobs['Logo']}", f"job_{jobs['Shop']}"
    assert await _names(api, "jobs", "title", "JobFilter", f'{{id: {{eq: "{logo}"}}}}') == {"Logo"}
    assert await _names(api, "jobs", "title", "JobFilter", f'{{id: {{in: ["{shop}", "{logo}"]}}}}') == {"Logo", "Shop"}
    assert await _names(api, "jobs", "title", "JobFilter", f'{{id: {{gt: "{logo}", ne: "{shop}"}}}}') == EVERY - {
        "Logo",
        "Shop",
    }


async def test_parts_of_a_filter_are_variables_too(api: Api, jobs: Any) -> None:
    query = """query($status: JobStatus, $words: [String!], $more: JobFilter!) {
      jobs(filter: {status: {eq: $status}, skills: {overlaps: $words}, and: [$more]}) { nodes { title } } }"""
    more = {"budget": {"lt": "2000"}, "client": {"firstName": {"eq": "Ada"}}}
    found = await api.data(query, status="OPEN", words=["css"], more=more)
    assert found == {"jobs": {"nodes": [{"title": "Logo"}]}}


SETTINGS = {
    "full": '{"theme": {"dark": true, "size": 12.50}, "tags": ["a", "b"], "note": null}',
    "part": '{"theme": {"dark": false}, "tags": []}',
    "list": '["theme", "a"]',
    "null": "null",
    "text": '"theme"',
    "none": "{}",
}


@pytest.mark.parametrize(
    ("filter", "slugs"),
    [
        ("{contains: {theme: {dark: true}}}", {"full"}),
        ('{contains: {tags: ["b"]}}', {"full"}),
        ("{contains: {note: null}}", {"full"}),
        ("{contains: {}}", {"full", "part", "none"}),
        ('{contains: "a"}', {"list"}),
        ('{hasKey: "theme"}', {"full", "part", "list", "text"}),
        ('{hasKey: "no"}', set()),
        ('{path: {at: ["theme", "dark"], eq: true}}', {"full"}),
        ('{path: {at: ["theme", "size"], eq: 12.5}}', {"full"}),
        ('{path: {at: ["theme"], eq: {dark: false}}}', {"part"}),
        ('{path: {at: ["tags", "1"], eq: "b"}}', {"full"}),
        ('{path: {at: ["tags"], eq: []}}', {"part"}),
        ('{path: {at: ["note"], eq: null}}', {"full"}),
        ('{path: {at: ["theme", "none"], eq: null}}', set()),
        ("{path: {at: [], eq: null}}", {"null"}),
        ("{isNull: true}", set()),
    ],
)
async def test_documents_are_looked_into(api: Api, insert: Insert, filter: str, slugs: set[str]) -> None:
    for slug, settings in SETTINGS.items():
        await a_business(insert, slug, settings=settings)
    assert await _names(api, "businesses", "slug", "BusinessFilter", f"{{settings: {filter}}}") == slugs


@pytest.mark.parametrize(
    ("span", "titles"),
    [
        ("{last: 1, unit: HOUR}", {"-30 minutes"}),
        ("{last: 60, unit: MINUTE}", {"-30 minutes"}),
        ("{last: 2, unit: DAY}", {"-30 minutes", "-1 day"}),
        ("{last: 5, unit: WEEK}", {"-30 minutes", "-1 day", "-30 days"}),
        ("{next: 1, unit: WEEK}", {"+6 days"}),
        ("{next: 1, unit: QUARTER}", {"+6 days", "+50 days"}),
        ("{next: 2, unit: MONTH}", {"+6 days", "+50 days"}),
        ("{last: 1, unit: YEAR}", {"-30 minutes", "-1 day", "-30 days"}),
        ("{last: 0, unit: DAY}", set()),
        ("{last: 100000, unit: YEAR}", {"-30 minutes", "-1 day", "-30 days", "-2 years"}),
    ],
)
async def test_a_span_of_time_begins_or_ends_now(api: Api, insert: Insert, span: str, titles: set[str]) -> None:
    ada, now = await a_user(insert), datetime.now(UTC)
    spans = {"-30 minutes": timedelta(minutes=-30), "-1 day": timedelta(-1), "-30 days": timedelta(-30)}
    spans |= {"-2 years": timedelta(-731), "+6 days": timedelta(6), "+50 days": timedelta(50)}
    for title, away in spans.items():
        await a_job(insert, ada, title, deadline=now + away)
    await a_job(insert, ada, "whenever")
    assert await _names(api, "jobs", "title", "JobFilter", f"{{deadline: {{within: {span}}}}}") == titles


@pytest.fixture
async def offers(insert: Insert) -> None:
    """Four jobs: one offered for a shop, with none to three applications."""
    ada, bob = await a_user(insert, "Ada"), await a_user(insert, "Bob")
    people = [await a_user(insert, name) for name in ("Cid", "Dan", "Eve")]
    offered: dict[str, list[Any]] = {
        "none": [],
        "one": [(10, "USD", 3, "PENDING")],
        "two": [(10, "USD", None, "PENDING"), (30, "USD", 5, "ACCEPTED")],
        "mixed": [(10, "USD", 1, "PENDING"), (30, "EUR", 2, "PENDING"), (50, "EUR", 9, "REJECTED")],
    }
    shop = await a_business(insert, "shop")
    for title, applications in offered.items():
        business = shop if title == "one" else None
        job = await a_job(insert, bob if title == "none" else ada, title, business_id=business)
        for person, (amount, currency, days, status) in zip(people, applications, strict=False):
            values = {"proposed_amount": amount, "currency": currency, "estimated_days": days, "status": status}
            await insert("freelance.applications", job_id=job, freelancer_id=person, **values)


@pytest.mark.parametrize(
    ("filter", "titles"),
    [
        ('{client: {firstName: {eq: "Bob"}}}', {"none"}),
        ('{client: {firstName: {ne: "Bob"}}}', {"one", "two", "mixed"}),
        ("{business: {}}", {"one"}),
        ('{business: {slug: {ne: "x"}}}', {"one"}),
        ('{business: {slug: {eq: "x"}}}', set()),
        ("{not: {business: {}}}", {"none", "two", "mixed"}),
        ('{client: {jobsPosted: {some: {title: {eq: "two"}}}}}', {"one", "two", "mixed"}),
        ("{business: {jobs: {count: {eq: 1}}}}", {"one"}),
    ],
)
async def test_a_relation_to_one_is_fulfilled_by_a_row_that_is_there(
    api: Api, offers: None, filter: str, titles: set[str]
) -> None:
    assert await _names(api, "jobs", "title", "JobFilter", filter) == titles


@pytest.mark.parametrize(
    ("filter", "titles"),
    [
        ("{}", {"none", "one", "two", "mixed"}),
        ("{some: {}}", {"one", "two", "mixed"}),
        ("{none: {}}", {"none"}),
        ("{every: {}}", {"none", "one", "two", "mixed"}),
        ("{some: {status: {eq: ACCEPTED}}}", {"two"}),
        ("{none: {status: {eq: PENDING}}}", {"none"}),
        ("{every: {status: {eq: PENDING}}}", {"none", "one"}),
        ("{every: {estimatedDays: {lt: 10}}}", {"none", "one", "mixed"}),
        ("{every: {estimatedDays: {ne: 3}}}", {"none", "two", "mixed"}),
        ('{some: {freelancer: {firstName: {eq: "Eve"}}}}', {"mixed"}),
        ("{some: {status: {eq: PENDING}}, none: {status: {eq: REJECTED}}}", {"one", "two"}),
    ],
)
async def test_a_relation_to_many_is_fulfilled_by_some_none_or_every_row(
    api: Api, offers: None, filter: str, titles: set[str]
) -> None:
    assert await _names(api, "jobs", "title", "JobFilter", f"{{applications: {filter}}}") == titles


@pytest.mark.parametrize(
    ("filter", "titles"),
    [
        ("{count: {eq: 0}}", {"none"}),
        ("{count: {gte: 1, lt: 3}}", {"one", "two"}),
        ("{count: {notIn: [0, 3]}}", {"one", "two"}),
        ("{count: {eq: 1}, where: {status: {eq: PENDING}}}", {"one", "two"}),
        ("{where: {status: {ne: PENDING}}, count: {eq: 0}}", {"none", "one"}),
        ("{where: {}}", {"none", "one", "two", "mixed"}),
        ('{sum: {proposedAmount: {gte: "10"}}}', {"one", "two"}),
        ("{sum: {proposedAmount: {isNull: true}}}", {"none", "mixed"}),
        ('{sum: {proposedAmount: {ne: "40"}}}', {"none", "one", "mixed"}),
        ('{where: {currency: {eq: "EUR"}}, sum: {proposedAmount: {eq: "80"}}}', {"mixed"}),
        ('{sum: {estimatedDays: {eq: "12"}}}', {"mixed"}),
        ('{avg: {estimatedDays: {eq: "5"}}}', {"two"}),
        ('{avg: {proposedAmount: {eq: "20"}}}', {"two"}),
        ('{median: {estimatedDays: {eq: "2"}}}', {"mixed"}),
        ('{stddev: {proposedAmount: {eq: "14.142136"}}}', {"two"}),
        ("{stddev: {estimatedDays: {isNull: true}}}", {"none", "one", "two"}),
        ("{min: {estimatedDays: {lte: 3}}}", {"one", "mixed"}),
        ("{max: {estimatedDays: {gt: 3}}}", {"two", "mixed"}),
        ('{max: {proposedAmount: {eq: "30"}}}', {"two"}),
        ("{max: {decidedAt: {isNull: true}}}", {"none", "one", "two", "mixed"}),
    ],
)
async def test_what_the_rows_of_a_relation_come_to_is_compared(
    api: Api, offers: None, filter: str, titles: set[str]
) -> None:
    assert await _names(api, "jobs", "title", "JobFilter", f"{{applications: {filter}}}") == titles


async def test_a_filter_of_a_nested_connection_holds_for_each_parent(api: Api, offers: None) -> None:
    query = """{ jobs(orderBy: [{title: ASC}]) { nodes { title
      applications(filter: {estimatedDays: {gte: 3}}) { totalCount nodes { estimatedDays } } } } }"""
    found = await api.data(query)
    assert found["jobs"]["nodes"] == [
        {"title": "mixed", "applications": {"totalCount": 1, "nodes": [{"estimatedDays": 9}]}},
        {"title": "none", "applications": {"totalCount": 0, "nodes": []}},
        {"title": "one", "applications": {"totalCount": 1, "nodes": [{"estimatedDays": 3}]}},
        {"title": "two", "applications": {"totalCount": 1, "nodes": [{"estimatedDays": 5}]}},
    ]

"""Relations: to one, through links, along trees, to whatever a row is about, and what types have in common."""

from typing import Any
from uuid import UUID

import asyncpg
import pytest

from graph.engine.access import ADMIN, ANONYMOUS
from tests.api import Api, Insert, a_business, a_job, a_user, an_agent, at
from tests.language.conftest import UnderRules

NOWHERE = UUID("019a0000-0000-7000-8000-000000000000")

SHELVES = {"wood": ["table", "chair", "lamp"], "light": ["lamp"], "empty": []}
"""Categories, and the products that stand in them, the first one first."""


@pytest.fixture
async def shop(insert: Insert) -> dict[str, Any]:
    """The ids of SHELVES and of their products, by slugs."""
    business = await a_business(insert)
    found = {"shop": business}
    for slug in ("table", "chair", "lamp", "rug"):
        values = {"name": slug, "slug": slug, "price": 10 * len(slug)}
        found[slug] = await insert("catalog.products", business_id=business, **values)
    for slug, products in SHELVES.items():
        found[slug] = await insert("catalog.categories", business_id=business, name=slug, slug=slug)
        for position, product in enumerate(products, start=1):
            link = {"category_id": found[slug], "product_id": found[product], "position": position}
            await insert("catalog.category_products", **link)
    return found


async def test_what_stands_behind_a_link_is_there_at_once(api: Api, shop: Any) -> None:
    query = """{ categories(orderBy: [{slug: ASC}]) { nodes { slug
      listedProducts(orderBy: [{slug: ASC}], first: 2) {
      totalCount nodes { slug listedIn(orderBy: [{slug: ASC}]) { nodes { slug } } } pageInfo { hasNextPage } } } } }"""
    found = (await api.data(query))["categories"]["nodes"]
    assert [_listed(category) for category in found] == [
        ("empty", 0, [], False),
        ("light", 1, [("lamp", ["light", "wood"])], False),
        ("wood", 3, [("chair", ["wood"]), ("lamp", ["light", "wood"])], True),
    ]


def _listed(category: Any) -> tuple[Any, ...]:
    page = category["listedProducts"]
    products = [(one["slug"], [shelf["slug"] for shelf in one["listedIn"]["nodes"]]) for one in page["nodes"]]
    return category["slug"], page["totalCount"], products, page["pageInfo"]["hasNextPage"]


async def test_a_link_has_columns_of_its_own(api: Api, shop: Any) -> None:
    query = """{ categoryBySlug(businessId: "%s", slug: "wood") { placements(orderBy: [{position: DESC}]) {
      nodes { position product { slug } category { slug } } aggregate { max { position } } } } }"""
    found = await api.data(query % f"business_{shop['shop']}")
    assert found["categoryBySlug"]["placements"] == {
        "nodes": [
            {"position": 3, "product": {"slug": "lamp"}, "category": {"slug": "wood"}},
            {"position": 2, "product": {"slug": "chair"}, "category": {"slug": "wood"}},
            {"position": 1, "product": {"slug": "table"}, "category": {"slug": "wood"}},
        ],
        "aggregate": {"max": {"position": 3}},
    }


@pytest.mark.parametrize(
    ("said", "slugs"),
    [
        ('filter: {listedProducts: {some: {slug: {eq: "lamp"}}}}', ["wood", "light"]),
        ('filter: {listedProducts: {none: {slug: {eq: "chair"}}}}', ["light", "empty"]),
        ('filter: {listedProducts: {every: {slug: {eq: "lamp"}}}}', ["light", "empty"]),
        ("filter: {listedProducts: {count: {gte: 1}}}", ["wood", "light"]),
        ('filter: {listedProducts: {sum: {price: {eq: "140"}}}}', ["wood"]),
        ("filter: {placements: {some: {position: {gt: 2}}}}", ["wood"]),
        ("orderBy: [{listedProducts: {count: ASC}}]", ["empty", "light", "wood"]),
        ("orderBy: [{listedProducts: {min: {slug: DESC_NULLS_LAST}}}]", ["light", "wood", "empty"]),
    ],
)
async def test_rows_are_found_and_ordered_through_links(api: Api, shop: Any, said: str, slugs: list[str]) -> None:
    found = (await api.data(f"{{ categories({said}) {{ nodes {{ slug }} }} }}"))["categories"]["nodes"]
    assert [category["slug"] for category in found] == slugs


async def test_what_stands_behind_links_is_summed_and_grouped(api: Api, shop: Any) -> None:
    query = """{ categories(filter: {slug: {eq: "wood"}}) { nodes { listedProducts(filter: {price: {lt: "50"}}) {
      aggregate { count sum { price } } groups(by: [{price: true}]) { key { price } rows { nodes { slug } } } } } } }"""
    (wood,) = (await api.data(query))["categories"]["nodes"]
    assert wood["listedProducts"] == {
        "aggregate": {"count": 1, "sum": {"price": "40.00"}},
        "groups": [{"key": {"price": "40.00"}, "rows": {"nodes": [{"slug": "lamp"}]}}],
    }


async def test_a_row_behind_several_links_is_there_once(api: Api, insert: Insert) -> None:
    business = await a_business(insert)
    asking, asked = [await an_agent(insert, business, slug) for slug in ("asking", "asked")]
    for type_ in ("approval", "data"):
        pair = {"requesting_agent_id": asking, "responding_agent_id": asked, "type": type_}
        await insert("agents.agent_collaborations", **pair)
    query = """{ agents(orderBy: [{id: ASC}]) { nodes { mayAsk { totalCount nodes { slug } }
      mayBeAskedBy { totalCount aggregate { count } } collaborationsRequested { totalCount } } }
      busy: agents(filter: {mayAsk: {count: {eq: 1}}}) { nodes { slug } } }"""
    found = await api.data(query)
    assert found["agents"]["nodes"] == [
        {
            "mayAsk": {"totalCount": 1, "nodes": [{"slug": "asked"}]},
            "mayBeAskedBy": {"totalCount": 0, "aggregate": {"count": 0}},
            "collaborationsRequested": {"totalCount": 2},
        },
        {
            "mayAsk": {"totalCount": 0, "nodes": []},
            "mayBeAskedBy": {"totalCount": 1, "aggregate": {"count": 1}},
            "collaborationsRequested": {"totalCount": 0},
        },
    ]
    assert found["busy"]["nodes"] == [{"slug": "asking"}]


async def test_links_and_rows_that_the_viewer_may_not_see_lead_nowhere(
    under_rules: UnderRules, shop: Any, connection: asyncpg.Connection
) -> None:
    await connection.execute("UPDATE catalog.category_products SET position = 100 WHERE position = 1")
    await connection.execute("UPDATE catalog.products SET brand = 'secret' WHERE slug = 'chair'")
    query = """{ categories(orderBy: [{slug: ASC}]) { nodes { listedProducts(orderBy: [{slug: ASC}]) {
      totalCount nodes { slug } } placements(orderBy: [{position: ASC}]) { nodes { product { slug } } } } }
      full: categories(filter: {listedProducts: {count: {gt: 1}}}) { totalCount } }"""
    seen = await under_rules(ANONYMOUS).data(query)
    assert [_both(category) for category in seen["categories"]["nodes"]] == [
        ([], []),
        ([], []),
        (["lamp"], [None, {"slug": "lamp"}]),
    ]
    every = await under_rules(ADMIN).data(query)
    assert [len(_both(category)[0]) for category in every["categories"]["nodes"]] == [0, 1, 3]
    assert (seen["full"]["totalCount"], every["full"]["totalCount"]) == (0, 1)


def _both(category: Any) -> tuple[list[str], list[Any]]:
    assert category["listedProducts"]["totalCount"] == len(category["listedProducts"]["nodes"])
    products = [product["slug"] for product in category["listedProducts"]["nodes"]]
    return products, [link["product"] for link in category["placements"]["nodes"]]


TREE = {"root": None, "left": "root", "right": "root", "leaf": "left", "twig": "left", "tip": "twig", "other": None}
"""Categories with their parents."""


@pytest.fixture
async def tree(insert: Insert) -> None:
    """The categories of TREE."""
    shop, ids = await a_business(insert), dict[str | None, Any]()
    for slug, parent in TREE.items():
        values = {"name": slug, "slug": slug, "parent_id": ids.get(parent), "position": len(slug)}
        ids[slug] = await insert("catalog.categories", business_id=shop, **values)


def _above(slug: str) -> list[str]:
    parent = TREE[slug]
    return [parent, *_above(parent)] if parent else []


def _below(slug: str) -> list[str]:
    return sorted((one for one in TREE if slug in _above(one)), key=lambda one: _above(one).index(slug))


async def test_trees_have_parents_children_ancestors_and_descendants(api: Api, tree: None) -> None:
    query = """{ categories { nodes { slug parent { slug } children { nodes { slug } }
      ancestors { totalCount nodes { slug } } descendants { totalCount nodes { slug } } } } }"""
    nodes = (await api.data(query))["categories"]["nodes"]
    found = {node["slug"]: node for node in nodes}
    assert set(found) == set(TREE)
    for slug, parent in TREE.items():
        node = found[slug]
        assert node["parent"] == ({"slug": parent} if parent else None)
        assert _slugs(node["children"]) == [one for one in TREE if TREE[one] == slug]
        assert _slugs(node["ancestors"]) == _above(slug)
        assert _slugs(node["descendants"]) == _below(slug)
        assert node["ancestors"]["totalCount"] == len(_above(slug))
        assert node["descendants"]["totalCount"] == len(_below(slug))


def _slugs(page: Any) -> list[str]:
    return [node["slug"] for node in page["nodes"]]


@pytest.mark.parametrize("depth", [1, 2, 3, 50])
async def test_a_walk_ends_after_so_many_steps(api: Api, tree: None, depth: int) -> None:
    query = """query($depth: Int) { categories { nodes { slug ancestors(maxDepth: $depth) { nodes { slug } }
      descendants(maxDepth: $depth) { nodes { slug } } } } }"""
    for node in (await api.data(query, depth=depth))["categories"]["nodes"]:
        slug = node["slug"]
        assert _slugs(node["ancestors"]) == _above(slug)[:depth]
        assert _slugs(node["descendants"]) == [one for one in _below(slug) if slug in _above(one)[:depth]]


async def test_ten_steps_are_walked_if_nobody_says_how_many(api: Api, insert: Insert) -> None:
    shop, parent = await a_business(insert), None
    for number in range(13):
        values = {"name": "x", "slug": f"n{number:02}", "parent_id": parent}
        parent = await insert("catalog.categories", business_id=shop, **values)
    query = """query($id: ID!) { category(id: $id) { near: ancestors { totalCount } all: ancestors(maxDepth: 50) {
      totalCount } last: ancestors(last: 1) { nodes { slug } } } }"""
    assert (await api.data(query, id=f"category_{parent}"))["category"] == {
        "near": {"totalCount": 10},
        "all": {"totalCount": 12},
        "last": {"nodes": [{"slug": "n02"}]},
    }


@pytest.mark.parametrize(
    ("said", "slugs"),
    [
        ("first: 2", ["left", "right"]),
        ("last: 2", ["twig", "tip"]),
        ("first: 2, offset: 3", ["twig", "tip"]),
        ("orderBy: [{slug: ASC}]", ["leaf", "left", "right", "tip", "twig"]),
        ('filter: {slug: {startsWith: "t"}}', ["twig", "tip"]),
        ('filter: {parent: {slug: {eq: "left"}}}', ["leaf", "twig"]),
        ("filter: {children: {none: {}}}, orderBy: [{slug: DESC}]", ["tip", "right", "leaf"]),
        ("filter: {descendants: {count: {eq: 1}}}", ["twig"]),
        ('filter: {ancestors: {some: {slug: {eq: "left"}}}}', ["leaf", "twig", "tip"]),
        ("orderBy: [{ancestors: {count: DESC}}, {slug: ASC}]", ["tip", "leaf", "twig", "left", "right"]),
    ],
)
async def test_what_a_walk_comes_to_is_a_connection(api: Api, tree: None, said: str, slugs: list[str]) -> None:
    query = '{ categories(filter: {slug: {eq: "root"}}) { nodes { descendants(%s) { nodes { slug } } } } }'
    (root,) = (await api.data(query % said))["categories"]["nodes"]
    assert _slugs(root["descendants"]) == slugs


async def test_pages_and_sums_of_a_walk(api: Api, tree: None) -> None:
    query = """query($after: String) { categories(filter: {slug: {eq: "root"}}) { nodes { descendants(
      first: 2, after: $after) { nodes { slug } pageInfo { endCursor hasNextPage } aggregate { count sum { position } }
      groups(by: [{parent: {slug: true}}]) { key { parent { slug } } count } } } } }"""
    found, cursor, more = list[str](), None, True
    while more:
        page = (await api.data(query, after=cursor))["categories"]["nodes"][0]["descendants"]
        found, cursor, more = found + _slugs(page), page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
        assert page["aggregate"] == {"count": 5, "sum": {"position": "20"}}
        groups = [(group["key"]["parent"]["slug"], group["count"]) for group in page["groups"]]
        assert groups == [("left", 2), ("root", 2), ("twig", 1)]
    assert found == _below("root")


PARTS = {
    "totalCount": "",
    "pageInfo": "{ hasNextPage hasPreviousPage startCursor endCursor }",
    "nodes": "{ slug }",
    "edges": "{ cursor node { slug } }",
    "aggregate": "{ count }",
    "groups": "(by: [{slug: true}]) { count }",
}


@pytest.mark.parametrize(
    "said",
    [
        "first: 2",
        "last: 2",
        "first: 1, offset: 1",
        "first: 2, after: $c",
        "last: 1, before: $c",
        "first: 2, after: $c, orderBy: [{parent: {slug: ASC}}, {slug: ASC}]",
        'first: 2, filter: {slug: {ne: "leaf"}}',
    ],
)
async def test_parts_of_a_walk_can_be_asked_twice(api: Api, tree: None, said: str) -> None:
    async def descendants(said: str, parts: str) -> Any:
        query = (
            f'{{ categories(filter: {{slug: {{eq: "root"}}}}) {{ nodes {{ descendants({said}) {{ {parts} }} }} }} }}'
        )
        return (await api.data(query))["categories"]["nodes"][0]["descendants"]

    _, by, order = said.partition(", orderBy")
    cursor = (await descendants(f"first: 3{by}{order}", "pageInfo { endCursor }"))["pageInfo"]["endCursor"]
    said = said.replace("$c", f'"{cursor}"')
    for part, inner in PARTS.items():
        found = await descendants(said, f"a: {part} {inner} b: {part} {inner}")
        assert found["a"] == found["b"] == (await descendants(said, f"{part} {inner}"))[part]


async def test_a_walk_ends_at_what_the_viewer_may_not_see(
    under_rules: UnderRules, tree: None, connection: asyncpg.Connection
) -> None:
    await connection.execute("UPDATE catalog.categories SET icon = 'secret' WHERE slug = 'twig'")
    query = """{ categories { nodes { slug parent { slug } ancestors { nodes { slug } }
        descendants { nodes { slug } } } }
      above: categories(filter: {descendants: {some: {slug: {eq: "tip"}}}}) { totalCount } }"""
    seen = await under_rules(ANONYMOUS).data(query)
    found = {node["slug"]: node for node in seen["categories"]["nodes"]}
    assert set(found) == set(TREE) - {"twig"}
    assert (found["tip"]["parent"], _slugs(found["tip"]["ancestors"])) == (None, [])
    assert _slugs(found["root"]["descendants"]) == ["left", "right", "leaf"]
    assert seen["above"]["totalCount"] == 0
    assert (await under_rules(ADMIN).data(query))["above"]["totalCount"] == 3


@pytest.mark.parametrize("depth", [0, -1, 51])
async def test_a_depth_is_from_one_to_fifty(api: Api, depth: int) -> None:
    query = "query($depth: Int) { categories { nodes { descendants(maxDepth: $depth) { totalCount } } } }"
    error = await api.error(query, depth=depth)
    assert error["message"] == f'Argument "descendants.maxDepth" is {depth}; it must be from 1 to 50.'


REPORTS = {"a": "b", "b": "c", "c": "a", "d": "a", "e": "d"}
"""Agents and whom they report to: the first three in a circle."""


@pytest.fixture
async def circle(insert: Insert, connection: asyncpg.Connection) -> None:
    """The agents of REPORTS."""
    business = await a_business(insert)
    ids = {slug: await an_agent(insert, business, slug) for slug in REPORTS}
    for slug, parent in REPORTS.items():
        await connection.execute("UPDATE agents.agents SET parent_id = $1 WHERE id = $2", ids[parent], ids[slug])


CIRCLE = """{ agents(orderBy: [{slug: ASC}]) { nodes { slug ancestors(maxDepth: 50) { nodes { slug } }
  descendants(maxDepth: 50) { nodes { slug } } children { nodes { children { nodes { children { nodes { slug } } } } } }
} } }"""


async def test_a_walk_goes_round_a_circle_once(api: Api, circle: None) -> None:
    nodes = (await api.data(CIRCLE))["agents"]["nodes"]
    others = [
        [(node["slug"], "".join(slug for slug in _slugs(node[way]) if slug != node["slug"])) for node in nodes]
        for way in ("ancestors", "descendants")
    ]
    assert others == [
        [("a", "bc"), ("b", "ca"), ("c", "ab"), ("d", "abc"), ("e", "dabc")],
        [("a", "cdbe"), ("b", "acde"), ("c", "bade"), ("d", "e"), ("e", "")],
    ]
    assert all(len(_slugs(node[way])) <= len(REPORTS) for node in nodes for way in ("ancestors", "descendants"))


async def test_what_is_above_a_row_has_it_below(api: Api, circle: None) -> None:
    nodes = (await api.data(CIRCLE))["agents"]["nodes"]
    above = {(slug, node["slug"]) for node in nodes for slug in _slugs(node["ancestors"])}
    below = {(node["slug"], slug) for node in nodes for slug in _slugs(node["descendants"])}
    assert above == below


async def test_a_relation_to_one_without_a_row_is_null(api: Api, insert: Insert) -> None:
    ada, bob, shop = await a_user(insert, "Ada"), await a_user(insert, "Bob"), await a_business(insert)
    await a_job(insert, ada, "bare")
    full = await a_job(insert, ada, "full", freelancer_id=bob, business_id=shop)
    await insert("freelance.escrows", job_id=full, client_id=ada, amount=1)
    query = """{ jobs { nodes { title freelancer { firstName jobsAssigned { nodes { title } } }
      business { slug domains { totalCount } parent { slug parent { slug } } jobs { totalCount } }
      escrow { amount client { firstName } } } } }"""
    assert (await api.data(query))["jobs"]["nodes"] == [
        {"title": "bare", "freelancer": None, "business": None, "escrow": None},
        {
            "title": "full",
            "freelancer": {"firstName": "Bob", "jobsAssigned": {"nodes": [{"title": "full"}]}},
            "business": {"slug": "shop", "domains": {"totalCount": 0}, "parent": None, "jobs": {"totalCount": 1}},
            "escrow": {"amount": "1.00", "client": {"firstName": "Ada"}},
        },
    ]


async def test_figures_of_a_row_are_a_relation_to_one(api: Api, insert: Insert) -> None:
    ada = await a_user(insert, "Ada")
    await a_user(insert, "Bob")
    await a_job(insert, ada)
    query = """{ users(orderBy: [{stats: {postedCount: DESC}}]) { nodes { firstName stats { postedCount } } }
      busy: users(filter: {stats: {postedCount: {gt: "0"}}}) { totalCount } }"""
    assert await api.data(query) == {
        "users": {
            "nodes": [
                {"firstName": "Ada", "stats": {"postedCount": "1"}},
                {"firstName": "Bob", "stats": {"postedCount": "0"}},
            ]
        },
        "busy": {"totalCount": 1},
    }


ABOUT = "entityType entity { __typename ... on Job { title client { firstName } } ... on Product { slug } }"


@pytest.fixture
async def things(insert: Insert, shop: dict[str, Any]) -> list[tuple[str, Any]]:
    """What rows are about: a job, a product, a job that is gone, something nobody knows; in that order."""
    job = await a_job(insert, await a_user(insert), "Job", location="secret")
    return [("Job", job), ("Product", shop["lamp"]), ("Job", NOWHERE), ("Unicorn", NOWHERE)]


JOB = {"__typename": "Job", "title": "Job", "client": {"firstName": "Ada"}}
LAMP = {"__typename": "Product", "slug": "lamp"}


async def test_an_audit_log_leads_to_what_was_changed(api: Api, insert: Insert, things: list[tuple[str, Any]]) -> None:
    for type_, key in things:
        await insert("ops.audit_logs", action="UPDATE", entity_type=type_, entity_id=key)
    batch = {"first_id": NOWHERE, "last_id": NOWHERE, "row_count": 2}
    await insert("ops.audit_logs", action="UPDATE", entity_type="Job", **batch)
    found = (await api.data(f"{{ auditLogs(filter: {{action: {{eq: UPDATE}}}}) {{ nodes {{ {ABOUT} }} }} }}"))[
        "auditLogs"
    ]["nodes"]
    assert found == [
        {"entityType": "Job", "entity": JOB},
        {"entityType": "Product", "entity": LAMP},
        {"entityType": "Job", "entity": None},
        {"entityType": "Unicorn", "entity": None},
        {"entityType": "Job", "entity": None},
    ]


async def test_a_sync_leads_to_what_is_synced_as_far_as_the_viewer_may_see_it(
    under_rules: UnderRules, insert: Insert, things: list[tuple[str, Any]]
) -> None:
    for type_, key in things:
        sync = {"service_name": "crm", "entity_type": type_, "entity_id": key}
        await insert("ops.service_syncs", operation="UPDATE", **sync)
    query = f"""{{ serviceSyncs(orderBy: [{{id: DESC}}]) {{ nodes {{ {ABOUT} }} }}
      jobs: serviceSyncs(filter: {{entityType: {{eq: "Job"}}}}) {{ totalCount }} }}"""
    for viewer, job in ((under_rules(ADMIN), JOB), (under_rules(ANONYMOUS), None)):
        found = await viewer.data(query)
        assert [sync["entity"] for sync in found["serviceSyncs"]["nodes"]] == [None, None, LAMP, job]
        assert found["jobs"]["totalCount"] == 2


async def test_a_search_entry_leads_to_what_it_stands_for(api: Api, insert: Insert) -> None:
    business = await a_business(insert)
    await insert("knowledge.code_components", business_id=business, name="Till", type="SERVICE")
    await insert("knowledge.source_files", business_id=business, file_path="a.py", type="PY")
    await insert("knowledge.search_entries", business_id=business, entity_type="Article", entity_id=NOWHERE, title="x")
    query = """{ searchEntries(orderBy: [{id: ASC}]) { nodes { entityType entity { ... on Node { __typename }
      ... on CodeComponent { name business { slug } } ... on SourceFile { filePath } } } } }"""
    assert (await api.data(query))["searchEntries"]["nodes"] == [
        {
            "entityType": "CodeComponent",
            "entity": {"__typename": "CodeComponent", "name": "Till", "business": {"slug": "shop"}},
        },
        {"entityType": "SourceFile", "entity": {"__typename": "SourceFile", "filePath": "a.py"}},
        {"entityType": "Article", "entity": None},
    ]


COMMON = """__typename ... on Timestamped { createdAt updatedAt } ... on Owned { business { slug } }
  ... on Node { id } ... on Job { title }"""


async def test_types_have_interfaces_in_common(api: Api, insert: Insert) -> None:
    shop, moment = await a_business(insert), at("2026-01-02T03:04:05Z")
    times: dict[str, Any] = {"created_at": moment, "updated_at": moment}
    job = await a_job(insert, await a_user(insert), business_id=shop, **times)
    bare = await a_job(insert, await a_user(insert, "Bob"), "Bare", **times)
    user = await a_user(insert, "Cid", **times)
    audit = await insert("ops.audit_logs", action="EXPORT", entity_type="Job", entity_id=job, business_id=shop)
    ids = [f"job_{job}", f"job_{bare}", f"user_{user}", f"audit_log_{audit}"]
    dated = dict.fromkeys(("createdAt", "updatedAt"), "2026-01-02T03:04:05+00:00")
    expected = [
        {"__typename": "Job", **dated, "business": {"slug": "shop"}, "id": ids[0], "title": "Job"},
        {"__typename": "Job", **dated, "business": None, "id": ids[1], "title": "Bare"},
        {"__typename": "User", **dated, "id": ids[2]},
        {"__typename": "AuditLog", "business": {"slug": "shop"}, "id": ids[3]},
    ]
    query = f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ {COMMON} }} }}"
    assert (await api.data(query, ids=ids))["nodes"] == expected
    query = f"query($id: ID!) {{ node(id: $id) {{ {COMMON} }} }}"
    assert [(await api.data(query, id=id_))["node"] for id_ in ids] == expected


async def test_an_interface_is_a_type_condition_anywhere(api: Api, insert: Insert) -> None:
    await a_job(insert, await a_user(insert), business_id=await a_business(insert))
    query = """{ jobs { nodes { ...Shown ... on Timestamped { ... on Job { title } } client { ...Shown } } } }
      fragment Shown on Node { __typename ... on Owned { business { slug } } ... on User { firstName } }"""
    assert (await api.data(query))["jobs"]["nodes"] == [
        {
            "__typename": "Job",
            "business": {"slug": "shop"},
            "title": "Job",
            "client": {"__typename": "User", "firstName": "Ada"},
        }
    ]

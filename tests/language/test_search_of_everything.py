"""`search(query, types)`: articles, components, files, classes and functions in one list."""

from typing import Any

import pytest

from tests.api import Api, Insert, a_business, at

FOUND = """query($words: String!, $types: [SearchResultType!], $first: Int, $after: String) {
  search(query: $words, types: $types, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage hasPreviousPage endCursor } edges { rank highlight node { __typename
      ... on Node { id } ... on Owned { business { slug } }
      ... on Article { title } ... on CodeComponent { title: name } ... on SourceFile { title: filePath }
      ... on SourceFunction { title: name file { filePath } } ... on SourceClass { title: name kind } } } } }"""


@pytest.fixture
async def knowledge(insert: Insert) -> dict[str, Any]:
    """A return policy, the code behind it, and what is not to be found; the global IDs by titles."""
    shop = await a_business(insert)

    async def article(title: str, **values: Any) -> Any:
        status = {"status": "PUBLISHED", "published_at": at("2026-01-01T00:00:00Z"), **values}
        named = {"business_id": shop, "title": title, "slug": title.lower().replace(" ", "-"), "type": "GUIDE"}
        return await insert("knowledge.articles", content="How goods come back.", **named, **status)

    component = {"business_id": shop, "name": "Refunds", "type": "SERVICE", "description": "Handles every return."}
    component_id = await insert("knowledge.code_components", **component)
    file = {"business_id": shop, "file_path": "shop/return_goods.py", "type": "PY", "description": "What is sent back."}
    file_id = await insert("knowledge.source_files", **file)
    return {
        "Returns": f"article_{await article('Returns', tags=['parcel'])}",
        "Draft return": await article("Draft return", status="DRAFT", published_at=None),
        "Refunds": f"code_component_{component_id}",
        "shop/return_goods.py": f"source_file_{file_id}",
        "ReturnSlip": f"source_class_{await insert('knowledge.source_classes', file_id=file_id, name='ReturnSlip')}",
        "takeBack": f"source_function_{await insert('knowledge.source_functions', file_id=file_id, name='takeBack')}",
    }


async def _titles(api: Api, words: str, types: list[str] | None = None) -> list[tuple[str, str]]:
    """What is found, by type and title, with as many as it says."""
    found = (await api.data(FOUND, words=words, types=types))["search"]
    assert found["totalCount"] == len(found["edges"])
    ranks = [edge["rank"] for edge in found["edges"]]
    assert ranks == sorted(ranks, reverse=True)
    assert all(edge["highlight"] for edge in found["edges"])
    return [(edge["node"]["__typename"], edge["node"]["title"]) for edge in found["edges"]]


ARTICLE, COMPONENT, FILE = ("Article", "Returns"), ("CodeComponent", "Refunds"), ("SourceFile", "shop/return_goods.py")
CLASS, FUNCTION = ("SourceClass", "ReturnSlip"), ("SourceFunction", "takeBack")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("return", {ARTICLE, COMPONENT, FILE, CLASS}),
        ("retur*", {ARTICLE, COMPONENT, FILE, CLASS}),
        ("returns -refunds", {ARTICLE, FILE, CLASS}),
        ("slip or take", {CLASS, FUNCTION}),
        ("parcel", {ARTICLE}),
        ('"sent back"', {FILE}),
        ("draft", set()),
        ("", set()),
        ("🦄", set()),
    ],
)
async def test_everything_that_says_so_is_found(api: Api, knowledge: Any, words: str, found: set[Any]) -> None:
    assert set(await _titles(api, words)) == found


@pytest.mark.parametrize(
    ("types", "found"),
    [
        (None, {ARTICLE, COMPONENT, FILE, CLASS}),
        (["Article"], {ARTICLE}),
        (["SourceClass", "CodeComponent"], {CLASS, COMPONENT}),
        (["SourceFunction"], set()),
        ([], set()),
    ],
)
async def test_only_the_types_asked_for_are_found(
    api: Api, knowledge: Any, types: list[str] | None, found: set[Any]
) -> None:
    assert set(await _titles(api, "return", types)) == found
    if types:
        query = f'{{ search(query: "return", types: [{", ".join(types)}]) {{ totalCount }} }}'
        assert await api.data(query) == {"search": {"totalCount": len(found)}}


async def test_a_title_comes_before_a_text(api: Api, knowledge: Any) -> None:
    found = await _titles(api, "return")
    assert found[0] == ARTICLE
    assert found[-1] == COMPONENT


async def test_each_result_is_the_row_itself(api: Api, knowledge: dict[str, Any]) -> None:
    (edge,) = (await api.data(FOUND, words="take back", types=["SourceFunction"]))["search"]["edges"]
    assert edge["node"] == {
        "__typename": "SourceFunction",
        "id": knowledge["takeBack"],
        "title": "takeBack",
        "file": {"filePath": "shop/return_goods.py"},
    }
    (edge,) = (await api.data(FOUND, words="parcel"))["search"]["edges"]
    assert edge["node"] == {
        "__typename": "Article",
        "id": knowledge["Returns"],
        "business": {"slug": "shop"},
        "title": "Returns",
    }
    (edge,) = (await api.data(FOUND, words="slip"))["search"]["edges"]
    assert (edge["node"]["id"], edge["node"]["kind"]) == (knowledge["ReturnSlip"], "CLASS")


async def test_results_are_nodes_too(api: Api, knowledge: dict[str, Any]) -> None:
    query = """{ search(query: "return") { nodes { ... on Node { id } ... on Article { title } } edges { cursor } } }"""
    found = (await api.data(query))["search"]
    assert found["nodes"][0] == {"id": knowledge["Returns"], "title": "Returns"}
    assert len(found["nodes"]) == len({edge["cursor"] for edge in found["edges"]}) == 4


async def test_results_come_in_pages(api: Api, knowledge: Any) -> None:
    every = await _titles(api, "return")
    found, cursor, more = [], None, True
    while more:
        page = (await api.data(FOUND, words="return", first=1, after=cursor))["search"]
        assert (page["totalCount"], page["pageInfo"]["hasPreviousPage"]) == (4, cursor is not None)
        found += [(edge["node"]["__typename"], edge["node"]["title"]) for edge in page["edges"]]
        cursor, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert found == every
    last = await api.data("""{ search(query: "return", last: 1) { nodes { ... on CodeComponent { name } } } }""")
    assert last == {"search": {"nodes": [{"name": "Refunds"}]}}


async def test_what_was_found_follows_what_it_is_about(api: Api, knowledge: Any, connection: Any) -> None:
    await connection.execute("UPDATE knowledge.articles SET title = 'Swaps', content = 'None.' WHERE title = 'Returns'")
    await connection.execute("DELETE FROM knowledge.source_classes")
    assert set(await _titles(api, "return")) == {COMPONENT, FILE}
    assert await _titles(api, "swap") == [("Article", "Swaps")]
    await connection.execute("UPDATE knowledge.articles SET status = 'ARCHIVED' WHERE title = 'Swaps'")
    assert await _titles(api, "swap") == []


async def test_a_text_found_is_no_markup(api: Api, insert: Insert) -> None:
    shop = await a_business(insert)
    component = {"business_id": shop, "name": "<b>word</b>", "type": "API", "description": "<mark>word</mark> & copper"}
    await insert("knowledge.code_components", **component)
    (edge,) = (await api.data(FOUND, words="copper"))["search"]["edges"]
    assert edge["highlight"] == ("mark&gt;word&lt;/mark&gt; &amp; <mark>copper</mark>")


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ('query: "a", first: 101', 'Argument "search.first" is 101; it must be from 1 to 100.'),
        ('query: "a", first: 0', 'Argument "search.first" is 0; it must be from 1 to 100.'),
        ('query: "a", after: "x"', 'Argument "search.after" is not a cursor.'),
        ('query: "a", types: [Job]', "Value 'Job' does not exist in 'SearchResultType' enum."),
        ("types: [Article]", "Argument 'Query.search(query:)' of type 'String!' is required"),
        (f'query: "{"x" * 1_001}"', 'Argument "search.query" is longer than 1,000 characters.'),
    ],
)
async def test_a_search_that_cannot_be_made_is_refused(api: Api, said: str, message: str) -> None:
    error = await api.error(f"{{ search({said}) {{ totalCount }} }}")
    assert message in error["message"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert api.query_count == 0


async def test_a_fragment_may_name_the_union(api: Api, knowledge: Any) -> None:
    query = """{ search(query: "parcel") { nodes { ...Found } } }
      fragment Found on SearchResult { __typename ... on Article { title } }"""
    assert await api.data(query) == {"search": {"nodes": [{"__typename": "Article", "title": "Returns"}]}}

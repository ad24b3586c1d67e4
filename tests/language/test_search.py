"""`search`: words and beginnings of words, the best match first, and where the words are."""

import re
from html import unescape
from typing import Any

import asyncpg
import pytest

from tests.api import Api, Insert, a_business, a_job, a_user

GOODS: dict[str, dict[str, Any]] = {
    "table": {"name": "Oak table", "description": "For eight people.", "price": 900},
    "round": {"name": "Round oak table", "description": "With three legs.", "price": 500},
    "chair": {"name": "Pine chair", "description": "Goes well with an oak table.", "price": 100},
    "lamp": {"name": "Brass lamp", "tags": ["oak", "brass"], "price": 50},
    "rug": {"name": "Rug", "short_description": "Of wool; the moth's delight.", "price": 50},
}
"""Products by their slugs; they come one after the other, so that of equal matches the later is first."""
EVERY = set(GOODS)


@pytest.fixture
async def goods(insert: Insert) -> dict[str, Any]:
    """The ids of GOODS, all in one category."""
    shop = await a_business(insert)
    shelf = await insert("catalog.categories", business_id=shop, name="Living", slug="living")
    links = {"business_id": shop, "category_id": shelf}
    return {slug: await insert("catalog.products", slug=slug, **links, **values) for slug, values in GOODS.items()}


FOUND = """query($words: String) { products(search: $words) {
  totalCount edges { cursor rank highlight node { slug } } } }"""


async def _found(api: Api, words: str) -> list[str]:
    """What the words find, in order; as many as it says, each with a rank and a highlight."""
    page = (await api.data(FOUND, words=words))["products"]
    edges = page["edges"]
    assert page["totalCount"] == len(edges)
    ranks = [edge["rank"] for edge in edges]
    assert ranks == sorted(ranks, reverse=True)
    assert all(0 <= rank < 1 for rank in ranks)
    assert all(isinstance(edge["highlight"], str) for edge in edges)
    return [edge["node"]["slug"] for edge in edges]


@pytest.mark.parametrize(
    ("words", "slugs"),
    [
        ("oak", ["round", "table", "lamp", "chair"]),
        ("OAK", ["round", "table", "lamp", "chair"]),
        ("oak table", ["round", "table", "chair"]),
        ("table oak", ["round", "table", "chair"]),
        ("tables", ["round", "table", "chair"]),
        ('"oak table"', ["round", "table", "chair"]),
        ('"table oak"', []),
        ('"oak table" -round', ["table", "chair"]),
        ("oak -table", ["lamp"]),
        ("lamp or rug", ["rug", "lamp"]),
        ('wool or "three legs"', ["rug", "round"]),
        ("the", []),
        ("oak the", ["round", "table", "lamp", "chair"]),
        ("cupboard", []),
        ("moth's", ["rug"]),
    ],
)
async def test_words_find_what_has_them_and_the_best_comes_first(
    api: Api, goods: Any, words: str, slugs: list[str]
) -> None:
    assert await _found(api, words) == slugs


@pytest.mark.parametrize(
    ("words", "slugs"),
    [
        ("ta*", ["round", "table", "chair"]),
        ("TA*", ["round", "table", "chair"]),
        ("tables*", ["round", "table", "chair"]),
        ("o*", ["round", "table", "lamp", "chair"]),
        ("oak ta*", ["round", "table", "chair"]),
        ("oak  ro* ", ["round"]),
        ('"oak table" ei*', ["table"]),
        ("-table oa*", ["lamp"]),
        ("bras*", ["lamp"]),
        ("th*", ["round"]),
        ("ab*", []),
        ("*", []),
        ("oak*table", ["round", "table", "chair"]),
        ("lamp or ru*", ["rug", "lamp"]),
    ],
)
async def test_a_star_at_the_end_finds_beginnings_of_words(api: Api, goods: Any, words: str, slugs: list[str]) -> None:
    assert await _found(api, words) == slugs


@pytest.mark.parametrize(
    "words",
    [
        *(
            "",
            " ",
            "\t\n",
            "*",
            "**",
            "***",
            "!!!",
            ".",
            "-",
            "--",
            "- -",
            "'",
            '"',
            '""',
            '"""',
            "\\",
            "\\*",
            "'*",
            "()",
        ),
        *(
            "&",
            "|",
            "!",
            "<->",
            ":*",
            ":*:*",
            "<2>",
            "a:b*",
            "or",
            "or or",
            "OR -",
            "🦄",
            "🦄*",
            "\u200b",
            "\u202e",
            "\x01",
        ),
        *("'); DROP TABLE x; --", "%s", "$1", "{}", "null", "x" * 1_000, "x " * 500, "x" * 999 + "*", "-x " * 333),
    ],
)
async def test_any_words_can_be_searched_for_and_what_finds_nothing_finds_nothing(
    api: Api, goods: Any, words: str
) -> None:
    found = await _found(api, words)
    assert found == (sorted(found, key=list(GOODS).index, reverse=True) if words.startswith("-x") else [])


@pytest.mark.parametrize(
    "words",
    [
        "oak'",
        '"oak',
        "oak & | !",
        "(oak)",
        "oak:*",
        "oak <->",
        "oak 🦄'",
        "oak\\",
        "oak:A",
        "%oak_",
        "¡oak!",
        "oak\x01",
    ],
)
async def test_what_is_no_word_says_nothing(api: Api, goods: Any, words: str) -> None:
    found = (await api.data(FOUND, words=words))["products"]["edges"]
    assert {edge["node"]["slug"] for edge in found} == {"round", "table", "lamp", "chair"}


async def test_a_search_is_at_most_a_thousand_characters_long(api: Api) -> None:
    for words in ("x" * 1_001, "x" * 1_001 + "*", "y" + " " * 1_000):
        error = await api.error(FOUND, words=words)
        assert error["message"] == 'Argument "products.search" is longer than 1,000 characters.'
        assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": "products.search"}


async def test_a_search_holds_no_nul(api: Api) -> None:
    error = await api.error(FOUND, words="oak\0")
    assert "U+0000" in error["message"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_rank_is_postgresqls_own_to_six_places(api: Api, goods: Any, connection: asyncpg.Connection) -> None:
    for words in ("oak", "oak table", "lamp or rug", "-oak"):
        ranked = await connection.fetch(
            """SELECT slug, round(ts_rank(search_vector, query)::numeric, 6)::float AS rank
                 FROM catalog.products, websearch_to_tsquery('english', $1) AS query
                WHERE search_vector @@ query ORDER BY 2 DESC, id DESC""",
            words,
        )
        edges = (await api.data(FOUND, words=words))["products"]["edges"]
        assert [(edge["node"]["slug"], edge["rank"]) for edge in edges] == [tuple(row) for row in ranked]


@pytest.mark.parametrize(
    ("words", "highlights"),
    [
        ("rug", ["<mark>Rug</mark> Of wool; the moth's delight"]),
        ("wo*", ["<mark>wool</mark>; the moth's delight"]),
        ("legs", ["Round oak table  With three <mark>legs</mark>"]),
        ("well tables", ["Pine chair  Goes <mark>well</mark> with an oak <mark>table</mark>"]),
        ('"pine chair"', ["<mark>Pine</mark> <mark>chair</mark>  Goes well with an oak table"]),
    ],
)
async def test_words_are_marked_where_they_are(api: Api, goods: Any, words: str, highlights: list[str]) -> None:
    edges = (await api.data(FOUND, words=words))["products"]["edges"]
    assert [_squeezed(edge["highlight"]) for edge in edges] == [_squeezed(one) for one in highlights]


def _squeezed(text: str) -> str:
    return " ".join(text.split())


NASTY = [
    "<script>alert(1)</script> word <img src=x onerror=alert(1)> word",
    "<mark>word</mark> </mark> <mark> word <mark",
    "&lt;mark&gt;word&lt;/mark&gt; &amp; & word &#60;b&#62;",
    'a "word" in \'quotes\' and word="word" <a href="javascript:word">word</a>',
    "1 < 2 word 3 > 2 word a<word>b word&word;word <!-- word --> <![CDATA[word]]>",
    "https://x.example/?a=1&word=2<word> mail@word.example word … word ￿ 🦄word🦄 <wörd>",
    "<" * 30 + " word " + ">" * 30 + ' word "' + "&" * 30,
    "<b>" + "filler " * 60 + "<i> word </i>" + " filler" * 60 + " <u>word</u> & end",
]


@pytest.mark.parametrize("text", NASTY)
async def test_nothing_in_a_text_becomes_markup(api: Api, insert: Insert, text: str) -> None:
    await a_job(insert, await a_user(insert), "<i>Job</i> word", description=text)
    query = "query($w: String) { jobs(search: $w) { edges { highlight node { title description } } } }"
    for words in ("word", "wor*", "job", "<mark>", "script or b or mark or lt or amp or word"):
        for edge in (await api.data(query, w=words))["jobs"]["edges"]:
            _is_safe(edge["highlight"], f"{edge['node']['title']} {edge['node']['description']}")
    assert len((await api.data(query, w="word"))["jobs"]["edges"]) == 1


def _is_safe(highlight: str, text: str) -> None:
    """Marks open and close in turn, nothing else is markup, and without them it is what the text says."""
    assert re.fullmatch(r"([^<]*<mark>[^<]*</mark>)*[^<]*", highlight), highlight
    plain = re.sub("</?mark>", "", highlight)
    assert not set('<>"') & set(plain)
    assert not re.search(r"&(?!amp;|lt;|gt;|quot;)", plain), plain
    for fragment in re.split(" ?… ?", plain):
        assert unescape(fragment) in text, fragment


async def test_two_places_of_a_long_text_are_shown(api: Api, insert: Insert) -> None:
    filler = " filler" * 60
    text = f"The first word{filler} is not the last word of them all."
    await a_job(insert, await a_user(insert), "Job", description=text)
    found = await api.data('{ jobs(search: "first or last") { edges { highlight } } }')
    (edge,) = found["jobs"]["edges"]
    first, last = edge["highlight"].split(" … ")
    assert re.fullmatch(r"<mark>first</mark> word( filler)+", first)
    assert re.fullmatch(r"(filler )+is not the <mark>last</mark> word of them( all)?", last)


@pytest.mark.parametrize(
    "text", ["“oak”", "oak…", "oak—pine", "\u2018oak\u2019", "oak🦄", "¡oak!", "»oak«", "oak\u00a0tree"]
)
async def test_punctuation_of_any_script_is_no_part_of_a_word(api: Api, insert: Insert, text: str) -> None:
    await a_job(insert, await a_user(insert), "Job", description=f"It is {text} indeed")
    query = "query($w: String) { jobs(search: $w) { totalCount } }"
    assert (await api.data(query, w="oak"))["jobs"]["totalCount"] == 1
    assert (await api.data(query, w=text))["jobs"]["totalCount"] == 1


async def test_letters_of_any_script_are_words_in_any_case(api: Api, insert: Insert) -> None:
    await a_job(insert, await a_user(insert), "Job", description="Ärger über Ёлка 東京 naïve")
    query = "query($w: String) { jobs(search: $w) { edges { highlight } } }"
    for words, mark in (("ärger", "Ärger"), ("ÜBER", "über"), ("ёл*", "Ёлка"), ("東京", "東京"), ("NAÏVE", "naïve")):
        (edge,) = (await api.data(query, w=words))["jobs"]["edges"]
        assert f"<mark>{mark}</mark>" in edge["highlight"]


async def test_without_words_there_is_no_rank_and_no_highlight(api: Api, goods: Any) -> None:
    query = "query($words: String) { products(search: $words) { edges { rank highlight node { slug } } } "
    query += " plain: products(search: null) { edges { rank highlight node { slug } } } }"
    page = {"edges": [{"rank": None, "highlight": None, "node": {"slug": slug}} for slug in GOODS]}
    assert await api.data(query, words=None) == {"products": page, "plain": page}


async def test_pages_lead_through_the_ranks(api: Api, goods: Any) -> None:
    query = """query($first: Int, $after: String, $last: Int, $before: String, $words: String!) {
      products(search: $words, first: $first, after: $after, last: $last, before: $before) {
        totalCount nodes { slug } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } }"""

    async def page(words: str, **place: Any) -> tuple[list[str], Any]:
        found = (await api.data(query, words=words, **place))["products"]
        return [node["slug"] for node in found["nodes"]], found["pageInfo"]

    for words in ("oak", "oa*", "-wool", "oak or wool"):
        every, _ = await page(words)
        for way, end, more in (("after", "endCursor", "hasNextPage"), ("before", "startCursor", "hasPreviousPage")):
            size = "first" if way == "after" else "last"
            found, info = await page(words, **{size: 1})
            while info[more]:
                next_, info = await page(words, **{size: 1, way: info[end]})
                found = found + next_ if way == "after" else next_ + found
            assert found == every, words


async def test_a_cursor_of_a_rank_is_none_of_another_order(api: Api, goods: Any) -> None:
    found = await api.data('{ products(search: "oak", first: 1) { pageInfo { endCursor } } }')
    cursor = found["products"]["pageInfo"]["endCursor"]
    for said in ("", ', search: "oak", orderBy: [{price: DESC}]'):
        error = await api.error(f"query($c: String) {{ products(after: $c{said}) {{ totalCount }} }}", c=cursor)
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert "cursor" in error["message"]


async def test_another_order_keeps_rank_and_highlight(api: Api, goods: Any) -> None:
    query = """{ products(search: "oak table", orderBy: [{price: ASC}]) { edges { rank highlight node { slug } } } }"""
    edges = (await api.data(query))["products"]["edges"]
    assert [edge["node"]["slug"] for edge in edges] == ["chair", "round", "table"]
    assert edges[0]["rank"] < edges[1]["rank"] == edges[2]["rank"]
    assert all("<mark>table</mark>" in edge["highlight"] for edge in edges)


async def test_a_search_goes_with_a_filter_an_aggregate_and_groups(api: Api, goods: Any) -> None:
    query = """{ products(search: "oak", first: 1, filter: {price: {lt: "900"}}) {
      totalCount nodes { slug } aggregate { count sum { price } }
      groups(by: [{price: true}], orderBy: [{sum: {price: DESC}}]) {
        key { price } count rows(search: "tab*") { totalCount edges { highlight node { slug } } } } } }"""
    found = (await api.data(query))["products"]
    assert (found["totalCount"], found["nodes"]) == (3, [{"slug": "round"}])
    assert found["aggregate"] == {"count": 3, "sum": {"price": "650.00"}}
    groups = [(group["key"]["price"], group["count"], group["rows"]["totalCount"]) for group in found["groups"]]
    assert groups == [("500.00", 1, 1), ("100.00", 1, 1), ("50.00", 1, 0)]
    (edge,) = found["groups"][1]["rows"]["edges"]
    assert edge["node"] == {"slug": "chair"}
    assert "<mark>table</mark>" in edge["highlight"]
    assert "<mark>oak</mark>" not in edge["highlight"]


async def test_rows_under_a_row_are_searched(api: Api, goods: Any, insert: Insert) -> None:
    await a_business(insert, "empty")
    query = """query($w: String) { businesses(orderBy: [{slug: DESC}]) { nodes { slug
      products(search: $w, first: 2) { totalCount edges { rank node { slug } } } } } }"""
    shop, empty = (await api.data(query, w="oak"))["businesses"]["nodes"]
    assert empty == {"slug": "empty", "products": {"totalCount": 0, "edges": []}}
    assert shop["products"]["totalCount"] == 4
    assert [edge["node"]["slug"] for edge in shop["products"]["edges"]] == ["round", "table"]
    shop, _ = (await api.data(query, w="ru*"))["businesses"]["nodes"]
    assert [edge["node"]["slug"] for edge in shop["products"]["edges"]] == ["rug"]


async def test_one_operation_searches_for_several_things(api: Api, goods: Any) -> None:
    query = """query($a: String, $b: String) { a: products(search: $a) { nodes { slug } }
      b: products(search: $b) { totalCount } c: products(search: $a, filter: {slug: {ne: "lamp"}}) { totalCount } }"""
    for a, b, found in (("lamp", "oak", (["lamp"], 4, 0)), ("ru*", "-oak", (["rug"], 1, 1)), ("", None, ([], 5, 0))):
        answer = await api.data(query, a=a, b=b)
        slugs = [node["slug"] for node in answer["a"]["nodes"]]
        assert (slugs, answer["b"]["totalCount"], answer["c"]["totalCount"]) == found

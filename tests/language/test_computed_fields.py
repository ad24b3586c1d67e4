"""Fields that SQL computes when they are read: selected, filtered, ordered and summed like columns."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from tests.api import Api, Insert, a_business

DAY = timedelta(1)
SALES: dict[str, dict[str, Any]] = {
    "table": {"price": 100, "sale_price": 80},
    "chair": {"price": 50, "sale_price": 40, "sale_starts_at": -2 * DAY, "sale_ends_at": -DAY},
    "lamp": {"price": 60, "sale_price": 1, "sale_starts_at": DAY},
    "rug": {"price": 70, "sale_price": 30, "sale_starts_at": -DAY, "sale_ends_at": DAY, "currency": "EUR"},
}
"""Products with what they cost in and out of sales, which begin and end so long from now."""
VIEWS = {"table": [5, 7], "chair": [3], "rug": [3]}
"""How often products were looked at on a day."""
PICTURES = {"table": [("b", 2), ("a", 1)], "rug": [("r", 1), ("s", 1)]}
"""Their pictures and places."""
PRICES = {"table": "80.00", "chair": "50.00", "lamp": "60.00", "rug": "30.00"}
LOOKS = {"table": "12", "chair": "3", "lamp": "0", "rug": "3"}
IMAGES = {"table": "https://x.example/a", "chair": None, "lamp": None, "rug": "https://x.example/r"}


@pytest.fixture
async def products(insert: Insert) -> dict[str, Any]:
    """The ids of the products by their slugs."""
    now, shop = datetime.now(UTC), await a_business(insert)
    found = {}
    for slug, said in SALES.items():
        values = {key: now + value if isinstance(value, timedelta) else value for key, value in said.items()}
        found[slug] = await insert("catalog.products", business_id=shop, name=slug, slug=slug, **values)
        for name, position in PICTURES.get(slug, []):
            picture = {"url": f"https://x.example/{name}", "position": position}
            await insert("catalog.product_images", product_id=found[slug], **picture)
        for day, views in enumerate(VIEWS.get(slug, []), start=1):
            await _looked_at(insert, found[slug], day, views)
    variant = {"business_id": shop, "product_id": found["chair"], "name": "red", "sku": "red", "price": 55}
    await _looked_at(insert, found["chair"], 1, 100, variant_id=await insert("catalog.product_variants", **variant))
    return found


async def _looked_at(insert: Insert, product: Any, day: int, views: int, **values: Any) -> None:
    days = dict.fromkeys(("period_starts_on", "period_ends_on"), date(2026, 1, day))
    await insert("catalog.product_metrics", product_id=product, view_count=views, **days, **values)


async def test_a_computed_field_is_selected_like_a_column(api: Api, products: Any) -> None:
    query = "{ products { nodes { slug currentPrice viewCount featuredImage seen: viewCount } } }"
    assert (await api.data(query))["products"]["nodes"] == [
        {
            "slug": slug,
            "currentPrice": PRICES[slug],
            "viewCount": LOOKS[slug],
            "featuredImage": IMAGES[slug],
            "seen": LOOKS[slug],
        }
        for slug in SALES
    ]


async def test_a_computed_field_is_that_of_its_own_row_wherever_it_is_read(api: Api, products: dict[str, Any]) -> None:
    query = """query($id: ID!, $ids: [ID!]!) { product(id: $id) { viewCount
        variants { nodes { product { viewCount currentPrice variants { nodes { product { featuredImage } } } } } } }
      nodes(ids: $ids) { ... on Product { currentPrice } }
      businesses { nodes { products(filter: {slug: {ne: "rug"}}) { nodes { currentPrice } } primaryDomain } } }"""
    ids = [f"product_{products[slug]}" for slug in ("rug", "lamp")]
    found = await api.data(query, id=f"product_{products['chair']}", ids=ids)
    inner = {"nodes": [{"product": {"featuredImage": None}}]}
    assert found == {
        "product": {
            "viewCount": "3",
            "variants": {"nodes": [{"product": {"viewCount": "3", "currentPrice": "50.00", "variants": inner}}]},
        },
        "nodes": [{"currentPrice": "30.00"}, {"currentPrice": "60.00"}],
        "businesses": {
            "nodes": [
                {
                    "products": {"nodes": [{"currentPrice": PRICES[slug]} for slug in ("table", "chair", "lamp")]},
                    "primaryDomain": None,
                }
            ]
        },
    }


@pytest.mark.parametrize(
    ("filter", "slugs"),
    [
        ('{currentPrice: {lt: "60"}}', ["chair", "rug"]),
        ('{currentPrice: {between: {from: "60", to: "80"}}}', ["table", "lamp"]),
        ('{currentPrice: {ne: "80"}}', ["chair", "lamp", "rug"]),
        ('{viewCount: {gt: "3"}}', ["table"]),
        ('{viewCount: {in: ["0", "12"]}}', ["table", "lamp"]),
        ("{featuredImage: {isNull: true}}", ["chair", "lamp"]),
        ('{featuredImage: {ne: "https://x.example/a"}}', ["chair", "lamp", "rug"]),
        ('{featuredImage: {endsWith: "/R"}}', ["rug"]),
        ('{not: {viewCount: {eq: "3"}}}', ["table", "lamp"]),
        ('{viewCount: {eq: "3"}, currentPrice: {gt: "40"}}', ["chair"]),
    ],
)
async def test_a_computed_field_is_filtered_by(api: Api, products: Any, filter: str, slugs: list[str]) -> None:
    found = (await api.data(f"{{ products(filter: {filter}) {{ totalCount nodes {{ slug }} }} }}"))["products"]
    assert [product["slug"] for product in found["nodes"]] == slugs
    assert found["totalCount"] == len(slugs)


@pytest.mark.parametrize(
    ("filter", "count"),
    [
        ('{product: {viewCount: {eq: "3"}}}', 1),
        ('{product: {viewCount: {ne: "3"}}}', 0),
        ('{product: {currentPrice: {lt: "50"}}}', 0),
    ],
)
async def test_a_computed_field_of_what_a_row_belongs_to_is_filtered_by(
    api: Api, products: Any, filter: str, count: int
) -> None:
    found = await api.data(f"{{ productVariants(filter: {filter}) {{ totalCount }} }}")
    assert found == {"productVariants": {"totalCount": count}}


@pytest.mark.parametrize(
    ("filter", "count"),
    [
        ('{products: {some: {viewCount: {gt: "10"}}}}', 1),
        ('{products: {every: {viewCount: {gt: "0"}}}}', 0),
        ('{products: {sum: {viewCount: {eq: "18"}}}}', 1),
        ('{products: {where: {currency: {eq: "USD"}}, max: {currentPrice: {eq: "80"}}}}', 1),
        ("{products: {max: {currentPrice: {isNull: true}}}}", 1),
    ],
)
async def test_computed_fields_of_many_rows_are_filtered_by(api: Api, products: Any, filter: str, count: int) -> None:
    found = await api.data(f"{{ businesses(filter: {filter}) {{ totalCount }} }}")
    assert found == {"businesses": {"totalCount": count}}


@pytest.mark.parametrize(
    ("order", "slugs"),
    [
        ("[{currentPrice: ASC}]", ["rug", "chair", "lamp", "table"]),
        ("[{currentPrice: DESC}]", ["table", "lamp", "chair", "rug"]),
        ("[{viewCount: DESC}]", ["table", "rug", "chair", "lamp"]),
        ("[{viewCount: ASC}, {currentPrice: DESC}]", ["lamp", "chair", "rug", "table"]),
        ("[{featuredImage: ASC}]", ["table", "rug", "chair", "lamp"]),
        ("[{featuredImage: DESC}, {viewCount: ASC}]", ["lamp", "chair", "rug", "table"]),
        ("[{featuredImage: ASC_NULLS_FIRST}]", ["chair", "lamp", "table", "rug"]),
        (
            "[{variants: {max: {product: {viewCount: ASC_NULLS_FIRST}}}}, {slug: ASC}]",
            ["lamp", "rug", "table", "chair"],
        ),
    ],
)
async def test_pages_follow_an_order_by_computed_fields(api: Api, products: Any, order: str, slugs: list[str]) -> None:
    query = f"""query($first: Int, $after: String, $last: Int, $before: String) {{ products(orderBy: {order},
      first: $first, after: $after, last: $last, before: $before) {{
        nodes {{ slug }} pageInfo {{ startCursor endCursor hasNextPage }} }} }}"""
    found: list[str] = []
    place: dict[str, Any] = {"first": 1}
    more = True
    while more:
        page = (await api.data(query, **place))["products"]
        found += [product["slug"] for product in page["nodes"]]
        more, place["after"] = page["pageInfo"]["hasNextPage"], page["pageInfo"]["endCursor"]
    assert found == slugs
    last = (await api.data(query, last=1))["products"]
    before = (await api.data(query, last=2, before=last["pageInfo"]["startCursor"]))["products"]
    assert [product["slug"] for product in before["nodes"] + last["nodes"]] == slugs[1:]


async def test_computed_fields_are_summed(api: Api, products: Any) -> None:
    query = """{ products { aggregate { ...All } }
      dollars: products(filter: {currency: {eq: "USD"}}) { aggregate { ...All } } }
      fragment All on ProductAggregate { sum { currentPrice viewCount } avg { currentPrice viewCount }
        min { currentPrice viewCount featuredImage } max { currentPrice viewCount featuredImage }
        median { viewCount } countDistinct { viewCount featuredImage currentPrice } }"""
    rest = {
        "median": {"viewCount": "3"},
        "countDistinct": {"viewCount": 3, "featuredImage": 2, "currentPrice": 4},
    }
    first, last = IMAGES["table"], IMAGES["rug"]
    assert await api.data(query) == {
        "products": {
            "aggregate": {
                "sum": {"currentPrice": None, "viewCount": "18"},
                "avg": {"currentPrice": None, "viewCount": "4.5"},
                "min": {"currentPrice": None, "viewCount": "0", "featuredImage": first},
                "max": {"currentPrice": None, "viewCount": "12", "featuredImage": last},
                **rest,
            }
        },
        "dollars": {
            "aggregate": {
                "sum": {"currentPrice": "190.00", "viewCount": "15"},
                "avg": {"currentPrice": "63.333333", "viewCount": "5"},
                "min": {"currentPrice": "50.00", "viewCount": "0", "featuredImage": first},
                "max": {"currentPrice": "80.00", "viewCount": "12", "featuredImage": first},
                "median": {"viewCount": "3"},
                "countDistinct": {"viewCount": 3, "featuredImage": 1, "currentPrice": 3},
            }
        },
    }


async def test_rows_are_grouped_by_a_computed_field(api: Api, products: Any) -> None:
    query = """{ products { groups(by: [{viewCount: true}], orderBy: [{key: {viewCount: DESC}}],
      having: {max: {viewCount: {gt: "0"}}}) { key { viewCount } count min { featuredImage }
      rows(orderBy: [{currentPrice: ASC}]) { nodes { slug } } } }
      pictured: products(filter: {slug: {ne: "rug"}}) {
        groups(by: [{featuredImage: true}, {currency: true}]) { key { featuredImage } sum { currentPrice } } } }"""
    found = await api.data(query)
    assert found["products"]["groups"] == [
        _group("12", IMAGES["table"], "table"),
        _group("3", IMAGES["rug"], "rug", "chair"),
    ]
    assert found["pictured"]["groups"] == [
        {"key": {"featuredImage": IMAGES["table"]}, "sum": {"currentPrice": "80.00"}},
        {"key": {"featuredImage": None}, "sum": {"currentPrice": "110.00"}},
    ]


def _group(views: str, image: str | None, *slugs: str) -> dict[str, Any]:
    rows = {"nodes": [{"slug": slug} for slug in slugs]}
    return {"key": {"viewCount": views}, "count": len(slugs), "min": {"featuredImage": image}, "rows": rows}


async def test_a_column_that_the_table_computes_is_one_like_any_other(
    api: Api, products: Any, connection: asyncpg.Connection
) -> None:
    for slug, total, count in (("table", 9, 2), ("chair", 13, 3), ("rug", 5, 1)):
        rated = "UPDATE catalog.products SET rating_sum = $1, rating_count = $2 WHERE slug = $3"
        await connection.execute(rated, total, count, slug)
    query = """{ products(filter: {ratingAverage: {gt: "4.4"}}, orderBy: [{ratingAverage: DESC}]) {
        nodes { slug ratingAverage } aggregate { avg { ratingAverage } max { ratingAverage } } }
      unrated: products(filter: {ratingAverage: {isNull: true}}) { nodes { slug ratingAverage } } }"""
    assert await api.data(query) == {
        "products": {
            "nodes": [{"slug": "rug", "ratingAverage": "5.00"}, {"slug": "table", "ratingAverage": "4.50"}],
            "aggregate": {"avg": {"ratingAverage": "4.75"}, "max": {"ratingAverage": "5.00"}},
        },
        "unrated": {"nodes": [{"slug": "lamp", "ratingAverage": None}]},
    }


async def test_a_counter_counts_what_is_there_when_it_is_read(
    api: Api, products: dict[str, Any], insert: Insert, connection: asyncpg.Connection
) -> None:
    query = '{ products(filter: {slug: {eq: "lamp"}}) { nodes { viewCount } } }'
    for day, seen in ((1, "4"), (2, "8")):
        await _looked_at(insert, products["lamp"], day, 4)
        assert (await api.data(query))["products"]["nodes"] == [{"viewCount": seen}]
    await connection.execute("DELETE FROM catalog.product_metrics")
    assert (await api.data(query))["products"]["nodes"] == [{"viewCount": "0"}]

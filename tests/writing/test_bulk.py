"""Many rows at once."""

from typing import Any

from tests.writing.conftest import BUSINESS, Shop

CREATE = """mutation($rows: [CreateProductInput!]!, $keep: Boolean! = false) {
  createProducts(inputs: $rows, keepValid: $keep) { products { slug } userErrors { code field index } }
}"""


def rows(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"businessId": BUSINESS, "name": "N", "slug": f"p-{n}", "price": "1", **more} for n in range(count)]


async def test_a_thousand_rows_are_written_by_one_statement(shop: Shop) -> None:
    await shop(CREATE, rows=rows(1))
    shop.sent.clear()
    more = {f"{name}": "x" for name in ("brand", "collection", "shortDescription", "description")}
    done = await shop(CREATE, rows=rows(1000, **more)[1:])
    assert [row["slug"] for row in done["data"]["createProducts"]["products"]] == [f"p-{n}" for n in range(1, 1000)]
    assert [sent.split()[0].strip(";") for sent in shop.sent] == ["BEGIN", "WITH", "COMMIT"]


async def test_one_that_is_refused_keeps_all_from_being_written(shop: Shop) -> None:
    given = [*rows(3), {**rows(1)[0], "slug": "Not A Slug"}, rows(1)[0]]
    done = (await shop(CREATE, rows=given))["data"]["createProducts"]
    assert done == {
        "products": [None] * 5,
        "userErrors": [
            {"code": "BAD_USER_INPUT", "field": "slug", "index": 3},
            {"code": "CONFLICT", "field": "slug", "index": 4},
        ],
    }
    assert await shop.rows("SELECT 1 FROM catalog.products") == []


async def test_the_others_are_kept_where_that_is_asked(shop: Shop) -> None:
    given = [*rows(2), {**rows(1)[0], "slug": "Not A Slug"}]
    done = (await shop(CREATE, rows=given, keep=True))["data"]["createProducts"]
    assert done["products"] == [{"slug": "p-0"}, {"slug": "p-1"}, None]
    assert [error["index"] for error in done["userErrors"]] == [2]


async def test_more_than_a_thousand_rows_are_refused(shop: Shop) -> None:
    answer = await shop(CREATE, rows=[{"name": "N", "slug": "s", "price": "1"}] * 1001)
    assert answer["errors"][0]["message"] == 'Argument "inputs" has 1,001 items; at most 1,000 are allowed.'


async def test_many_are_changed_and_deleted_each_with_its_own_result(shop: Shop) -> None:
    one, two = await shop.product("one"), await shop.product("two")
    update = """mutation($rows: [UpdateProductInput!]!) {
      updateProducts(inputs: $rows, keepValid: true) { products { name brand } userErrors { code index } }
    }"""
    given = [{"id": one, "name": "First"}, {"id": two, "brand": "B"}, {"id": one, "name": "Twice"}]
    done = (await shop(update, rows=given))["data"]["updateProducts"]
    assert done["products"] == [{"name": "First", "brand": None}, {"name": "Two", "brand": "B"}, None]
    assert done["userErrors"] == [{"code": "BAD_USER_INPUT", "index": 2}]
    missing = "product_00000000-0000-7000-8000-000000000000"
    delete = "mutation($ids: [ID!]!) { deleteProducts(ids: $ids, keepValid: true) { ids userErrors { code index } } }"
    gone = (await shop(delete, ids=[two, missing]))["data"]["deleteProducts"]
    assert gone == {"ids": [two, None], "userErrors": [{"code": "NOT_FOUND", "index": 1}]}


async def test_upserts_find_what_is_there_and_make_the_rest(shop: Shop) -> None:
    there = await shop.product("p-0")
    upsert = """mutation($rows: [CreateProductInput!]!) {
      upsertProducts(inputs: $rows) { products { id version } userErrors { code } }
    }"""
    done = (await shop(upsert, rows=rows(2)))["data"]["upsertProducts"]
    assert done["userErrors"] == []
    assert [row["version"] for row in done["products"]] == [2, 1]
    assert done["products"][0]["id"] == there

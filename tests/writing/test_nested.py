"""Rows that are written along with others, through the relations between them."""

from typing import Any

from tests.writing.conftest import BUSINESS, RIVAL, Shop, rival

NEW = {"businessId": BUSINESS, "name": "Lamp", "slug": "lamp", "price": "10"}
READ = """product {
  id name category { slug }
  variants(filter: {deletedAt: {isNull: true}}, orderBy: [{sku: ASC}]) { nodes { id sku business { slug } } }
}"""


def variant(sku: str, **more: Any) -> dict[str, Any]:
    return {"name": sku, "sku": sku, "price": "1", **more}


async def test_a_row_is_made_with_what_it_names_and_what_names_it(shop: Shop) -> None:
    given = {
        **NEW,
        "category": {"create": {"businessId": BUSINESS, "name": "Light", "slug": "light"}},
        "variants": {"create": [variant("A"), variant("B")]},
    }
    done = await shop.does("createProduct", given, READ)
    assert done["userErrors"] == []
    assert done["product"]["category"] == {"slug": "light"}
    assert [(one["sku"], one["business"]) for one in done["product"]["variants"]["nodes"]] == [
        ("A", {"slug": "shop"}),
        ("B", {"slug": "shop"}),
    ]


async def test_what_is_against_an_inner_row_undoes_the_outer_one(shop: Shop) -> None:
    done = await shop.does("createProduct", {**NEW, "variants": {"create": [variant("A"), variant("")]}}, READ)
    assert [error["field"] for error in done["userErrors"]] == ["variants.create.1.name", "variants.create.1.sku"]
    assert await shop.rows("SELECT 1 FROM catalog.products") == []


async def test_inner_rows_are_changed_and_removed_only_where_they_belong(shop: Shop) -> None:
    made = await shop.does("createProduct", {**NEW, "variants": {"create": [variant("A"), variant("B")]}}, READ)
    a, b = (one["id"] for one in made["product"]["variants"]["nodes"])
    given = {"update": [{"id": a, "sku": "A2"}], "remove": [b], "create": [variant("C")]}
    done = await shop.does("updateProduct", {"id": made["product"]["id"], "variants": given}, READ)
    assert done["userErrors"] == []
    assert [one["sku"] for one in done["product"]["variants"]["nodes"]] == ["A2", "C"]

    other = await shop.product("other")
    moved = await shop.does("updateProduct", {"id": other, "variants": {"update": [{"id": a, "sku": "X"}]}}, READ)
    assert [(one["code"], one["field"]) for one in moved["userErrors"]] == [("NOT_FOUND", "variants.update.0.id")]


async def test_a_row_lets_go_of_what_it_names(shop: Shop) -> None:
    category = {"create": {"businessId": BUSINESS, "name": "Light", "slug": "light"}}
    made = await shop.does("createProduct", {**NEW, "category": category}, READ)
    given = {"id": made["product"]["id"], "category": {"disconnect": True}}
    done = await shop.does("updateProduct", given, READ)
    assert done["product"]["category"] is None


async def test_to_connect_to_a_hidden_row_is_to_connect_to_none(shop: Shop) -> None:
    theirs = {"businessId": f"business_{RIVAL}", "name": "Light", "slug": "light", "isActive": False}
    made = await shop.does("createCategory", theirs, "category { id }", rival)
    hidden, missing = made["category"]["id"], "category_00000000-0000-7000-8000-000000000000"
    answers = [
        await shop.does("createProduct", {**NEW, "category": {"connect": id_}}, READ) for id_ in (hidden, missing)
    ]
    assert answers[0] == answers[1]
    assert [one["code"] for one in answers[0]["userErrors"]] == ["NOT_FOUND"]


async def test_what_others_own_is_not_named_even_where_it_is_public(shop: Shop) -> None:
    theirs = {"businessId": f"business_{RIVAL}", "name": "Light", "slug": "light"}
    made = await shop.does("createCategory", theirs, "category { id }", rival)
    done = await shop.does("createProduct", {**NEW, "categoryId": made["category"]["id"]}, READ)
    assert [(one["code"], one["field"]) for one in done["userErrors"]] == [("NOT_FOUND", "categoryId")]


async def test_more_than_a_hundred_inner_rows_are_refused(shop: Shop) -> None:
    given = {**NEW, "variants": {"create": [variant(str(number)) for number in range(101)]}}
    done = await shop.does("createProduct", given, READ)
    assert [one["message"] for one in done["userErrors"]] == ["variants.create must have 100 rows at most."]


async def test_rows_that_bring_others_along_are_not_kept_without_them(shop: Shop) -> None:
    query = "mutation($r: [CreateProductInput!]!) { createProducts(inputs: $r, keepValid: true) { products { id } } }"
    answer = await shop(query, r=[{**NEW, "variants": {"create": [variant("A")]}}])
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert 'leave "variants" out' in answer["errors"][0]["message"]


async def test_upsert_finds_a_row_by_what_it_is_connected_to(shop: Shop) -> None:
    given = {name: value for name, value in NEW.items() if name != "businessId"} | {"business": {"connect": BUSINESS}}
    first, second = [
        await shop.does("upsertProduct", {**given, "name": name}, "product { id name version }") for name in ("A", "B")
    ]
    assert second["userErrors"] == []
    assert second["product"] == {"id": first["product"]["id"], "name": "B", "version": 2}

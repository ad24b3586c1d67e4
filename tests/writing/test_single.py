"""One row, made, changed, deleted and brought back by the mutations that are derived of its entity."""

from uuid import UUID

from graph.access.viewers import person
from tests.writing.conftest import BUSINESS, RIVAL, SHOP, Shop, rival

NEW = {"businessId": BUSINESS, "name": "Lamp", "slug": "lamp", "price": "19.90"}


async def test_a_new_row_has_what_was_given_and_what_rows_begin_with(shop: Shop) -> None:
    done = await shop.does("createProduct", NEW, "product { name price status version tags createdBy { firstName } }")
    assert done == {
        "product": {
            **{"name": "Lamp", "price": "19.90", "status": "DRAFT", "version": 1, "tags": []},
            "createdBy": {"firstName": "Olga"},
        },
        "userErrors": [],
    }


async def test_every_reason_against_a_row_is_told_at_once(shop: Shop) -> None:
    wrong = {**NEW, "name": "", "slug": "A Lamp", "currency": "dollars", "price": "-1"}
    done = await shop.does("createProduct", wrong, "product { id }")
    assert done["product"] is None
    assert {(error["field"], error["message"]) for error in done["userErrors"]} == {
        ("name", "name must have 1 to 500 characters."),
        ("slug", "slug must be small letters, digits and single hyphens, like my-shop."),
        ("currency", "currency must be three capital letters, like USD."),
        ("price", "price must not be negative."),
    }
    assert await shop.rows("SELECT 1 FROM catalog.products") == []


async def test_amounts_are_refused_before_they_would_be_rounded_or_overflow(shop: Shop) -> None:
    for price, why in (("1.005", "must have at most 2 decimals"), ("1" + "0" * 18, "is too large")):
        done = await shop.does("createProduct", {**NEW, "price": price}, "product { id }")
        assert [error["message"] for error in done["userErrors"]] == [f"price {why}."]


async def test_what_is_left_out_stays_and_null_clears(shop: Shop) -> None:
    id_ = await shop.product(description="Bright", brand="Lux")
    done = await shop.does(
        "updateProduct",
        {"id": id_, "description": None, "name": "Lantern"},
        "product { name description brand version }",
    )
    assert done["product"] == {"name": "Lantern", "description": None, "brand": "Lux", "version": 2}


async def test_what_must_be_there_cannot_be_cleared(shop: Shop) -> None:
    done = await shop.does("updateProduct", {"id": await shop.product(), "name": None}, "product { id }")
    assert done["userErrors"] == [{"code": "BAD_USER_INPUT", "field": "name", "message": "name must be given."}]


async def test_a_stale_version_is_a_conflict_that_shows_the_row_as_it_is(shop: Shop) -> None:
    id_ = await shop.product()
    await shop.does("updateProduct", {"id": id_, "version": 1, "name": "First"}, "product { id }")
    done = await shop.does("updateProduct", {"id": id_, "version": 1, "name": "Second"}, "product { name version }")
    assert done["product"] == {"name": "First", "version": 2}
    assert [(error["code"], error["field"]) for error in done["userErrors"]] == [("CONFLICT", "version")]


async def test_a_name_that_is_taken_is_a_conflict_with_its_field(shop: Shop) -> None:
    await shop.product()
    done = await shop.does("createProduct", NEW, "product { id }")
    assert done["userErrors"] == [
        {
            **{"code": "CONFLICT", "field": "slug"},
            "message": "slug is already taken by another product with the same business.",
        }
    ]


async def test_upsert_changes_the_row_of_that_name_or_makes_one(shop: Shop) -> None:
    first = await shop.does("upsertProduct", NEW, "product { id name version }")
    second = await shop.does("upsertProduct", {**NEW, "name": "Lantern"}, "product { id name version }")
    assert second["product"] == {"id": first["product"]["id"], "name": "Lantern", "version": 2}


async def test_deleted_rows_come_back_as_they_were(shop: Shop) -> None:
    id_ = await shop.product()
    deleted = await shop("mutation($id: ID!) { deleteProduct(id: $id) { id userErrors { code } } }", id=id_)
    assert deleted["data"]["deleteProduct"] == {"id": id_, "userErrors": []}
    again = await shop("mutation($id: ID!) { deleteProduct(id: $id) { id userErrors { code } } }", id=id_)
    assert again["data"]["deleteProduct"] == {"id": None, "userErrors": [{"code": "NOT_FOUND"}]}
    restored = await shop(
        "mutation($id: ID!) { restoreProduct(id: $id) { product { name deletedAt } userErrors { code } } }", id=id_
    )
    assert restored["data"]["restoreProduct"] == {"product": {"name": "Lamp", "deletedAt": None}, "userErrors": []}


async def test_a_row_does_not_come_back_where_another_took_its_name(shop: Shop) -> None:
    id_ = await shop.product()
    await shop("mutation($id: ID!) { deleteProduct(id: $id) { id } }", id=id_)
    taken = await shop.does("createProduct", NEW, "product { id }")
    restore = "mutation($id: ID!) { restoreProduct(id: $id) { product { id } userErrors { code } } }"
    restored = (await shop(restore, id=id_))["data"]["restoreProduct"]
    free = taken["userErrors"] == []  # where deleted rows keep their names, there is nothing to collide with
    assert restored["userErrors"] == ([{"code": "CONFLICT"}] if free else [])


async def test_others_cannot_tell_a_hidden_row_from_a_missing_one(shop: Shop) -> None:
    hidden, missing = await shop.product(), "product_00000000-0000-7000-8000-000000000000"
    for mutation in (
        'mutation($id: ID!) { updateProduct(input: {id: $id, name: "N"}) { product { id } userErrors { message } } }',
        "mutation($id: ID!) { deleteProduct(id: $id) { id userErrors { code message } } }",
        "mutation($id: ID!) { restoreProduct(id: $id) { product { id } userErrors { code message } } }",
    ):
        assert await shop(mutation, rival, id=hidden) == await shop(mutation, rival, id=missing)


async def test_nobody_writes_into_another_business(shop: Shop) -> None:
    done = await shop.does("createProduct", NEW, "product { id }", rival)
    assert [error["code"] for error in done["userErrors"]] == ["FORBIDDEN"]
    mine = await shop.product("torch", rival, businessId=f"business_{RIVAL}")
    moved = await shop(
        "mutation($i: UpdateProductInput!) { updateProduct(input: $i) { product { id } } }",
        i={"id": mine, "businessId": BUSINESS},
    )
    assert "unknown field 'businessId'" in moved["errors"][0]["message"]


async def test_an_id_of_another_type_is_told_before_anything_is_asked(shop: Shop) -> None:
    done = await shop.does("createProduct", {**NEW, "categoryId": BUSINESS}, "product { id }")
    assert done["userErrors"] == [
        {
            **{"code": "BAD_USER_INPUT", "field": "categoryId"},
            "message": "categoryId is not the ID of a category: expected category_<uuid>.",
        }
    ]


async def test_to_upsert_over_a_hidden_row_is_a_conflict_like_any(shop: Shop) -> None:
    mine = {"businessId": BUSINESS, "name": "Figures", "slug": "figures"}
    secret = await shop.does("createDashboard", {**mine, "accessLevel": "ADMIN"}, "dashboard { id }")
    assert secret["userErrors"] == []
    staff = person(UUID(int=23), roles={SHOP: "STAFF"})
    hidden = await shop.does("upsertDashboard", {**mine, "accessLevel": "STAFF"}, "dashboard { id }", staff)
    seen = await shop.does("createDashboard", {**mine, "accessLevel": "STAFF"}, "dashboard { id }", staff)
    assert hidden == seen
    assert [error["code"] for error in hidden["userErrors"]] == ["CONFLICT"]


async def test_numbers_of_documents_are_kept_to_the_last_digit_or_refused(shop: Shop) -> None:
    query = """mutation($shop: ID!) {
      createDashboard(input: {businessId: $shop, name: "N", slug: "s", layout: {n: %s}}, idempotencyKey: "%s") {
        dashboard { layout } userErrors { message }
      }
    }"""
    great = "1" + "0" * 40
    kept = await shop(query % (great, "a"), shop=BUSINESS)
    assert kept["data"]["createDashboard"]["userErrors"] == []
    assert await shop.rows("SELECT layout ->> 'n' AS n FROM reporting.dashboards") == [{"n": great}]
    refused = await shop(query % ("1e999", "b"), shop=BUSINESS)
    assert [error["message"] for error in refused["data"]["createDashboard"]["userErrors"]] == [
        "layout holds a number that is too large."
    ]

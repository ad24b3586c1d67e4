"""What every change leaves behind in the transaction that makes it."""

import orjson

from graph.client import Client
from tests.writing.conftest import BUSINESS, OWNER, SHOP, Shop

AUDIT = """SELECT action, entity_type, entity_id, row_count, changed_fields, before, after, user_id, business_id
           FROM ops.audit_logs WHERE entity_type = 'Product' ORDER BY id"""


async def test_a_change_leaves_what_was_and_what_is(shop: Shop) -> None:
    id_ = await shop.product()
    await shop.does("updateProduct", {"id": id_, "name": "Lantern"}, "product { id }")
    await shop("mutation($id: ID!) { deleteProduct(id: $id) { id } }", id=id_)
    made, changed, deleted = await shop.rows(AUDIT)
    assert [row["action"] for row in (made, changed, deleted)] == ["CREATE", "UPDATE", "UPDATE"]
    assert {row["user_id"] for row in (made, changed, deleted)} == {OWNER}
    assert {row["business_id"] for row in (made, changed, deleted)} == {SHOP}
    assert orjson.loads(made["after"])["name"] == "Lamp"
    assert (orjson.loads(changed["before"]), orjson.loads(changed["after"])) == ({"name": "Lamp"}, {"name": "Lantern"})
    assert deleted["changed_fields"] == ["deleted_at"]


TOLD = """
SELECT e.name, (SELECT array_agg(operation ORDER BY s.id) FROM ops.service_syncs AS s WHERE s.event_id = e.id) AS told
  FROM ops.event_logs AS e WHERE entity_type = 'Product' ORDER BY id"""


async def test_a_row_that_is_marked_as_deleted_is_told_of_as_deleted_one_by_one_and_in_bulk(shop: Shop) -> None:
    ids = [await shop.product(slug) for slug in ("a", "b", "c")]
    async with shop.database.work() as work:
        await work.fetch(
            "INSERT INTO ops.service_subscriptions (service_name, entity_type, transport, address) "
            "VALUES ('s', 'Product', 'HANDLER', 'h')"
        )
    await shop("mutation($id: ID!) { deleteProduct(id: $id) { id } }", id=ids[0])
    await shop("mutation($id: ID!) { restoreProduct(id: $id) { userErrors { code } } }", id=ids[0])
    await shop("mutation($ids: [ID!]!) { deleteProducts(ids: $ids) { ids } }", ids=ids[1:])
    told = [(row["name"], row["told"]) for row in await shop.rows(TOLD)][3:]
    assert told == [
        ("product.deleted", ["DELETE"]),
        ("product.updated", ["UPDATE"]),
        ("product.deleted", ["DELETE", "DELETE"]),
    ]


async def test_a_batch_leaves_one_row_with_its_count_and_range(shop: Shop) -> None:
    rows = [{"businessId": BUSINESS, "name": "N", "slug": f"p-{n}", "price": "1"} for n in range(20)]
    await shop("mutation($r: [CreateProductInput!]!) { createProducts(inputs: $r) { products { id } } }", r=rows)
    (row,) = await shop.rows(
        "SELECT a.row_count, a.after, a.business_id, (SELECT array_agg(id ORDER BY id) FROM catalog.products) AS ids,"
        " first_id, last_id FROM ops.audit_logs AS a WHERE entity_type = 'Product'"
    )
    assert (row["row_count"], row["after"], row["business_id"]) == (20, None, SHOP)
    assert (row["first_id"], row["last_id"]) == (row["ids"][0], row["ids"][-1])


async def test_services_that_want_to_know_are_told_of_each_row(shop: Shop) -> None:
    async with shop.database.writes.begin() as connection:
        for service, business in (("all", None), ("mine", SHOP), ("theirs", "00000000-0000-0000-0000-00000000000c")):
            await connection.exec_driver_sql(
                "INSERT INTO ops.service_subscriptions (service_name, entity_type, address, business_id)"
                " VALUES ($1, 'Product', 'https://x.example', $2)",
                (service, business),
            )
    rows = [{"businessId": BUSINESS, "name": "N", "slug": f"p-{n}", "price": "1"} for n in range(2)]
    await shop("mutation($r: [CreateProductInput!]!) { createProducts(inputs: $r) { products { id } } }", r=rows)
    syncs = await shop.rows("SELECT service_name, operation, status, entity_id FROM ops.service_syncs ORDER BY id")
    assert sorted((row["service_name"], row["operation"], row["status"]) for row in syncs) == [
        *[("all", "CREATE", "PENDING")] * 2,
        *[("mine", "CREATE", "PENDING")] * 2,
    ]
    events = await shop.rows("SELECT name, row_count FROM ops.event_logs WHERE entity_type = 'Product'")
    assert events == [{"name": "product.created", "row_count": 2}]


async def test_what_is_undone_leaves_nothing(shop: Shop) -> None:
    query = """mutation($i: CreateProductInput!) @atomic {
      a: createProduct(input: $i) { product { id } } b: createProduct(input: $i) { product { id } }
    }"""
    await shop(query, i={"businessId": BUSINESS, "name": "N", "slug": "p", "price": "1"})
    assert await shop.rows(AUDIT) == []
    assert await shop.rows("SELECT 1 FROM ops.event_logs WHERE entity_type = 'Product'") == []


async def test_secrets_and_what_changes_by_itself_are_not_recorded(shop: Shop) -> None:
    async with shop.database.writes.begin() as connection:
        await connection.exec_driver_sql(
            f"UPDATE identity.users SET password_hash = 'x', first_name = 'Olga II' WHERE id = '{OWNER}'"
        )
        await connection.exec_driver_sql("UPDATE identity.users SET login_count = 7, last_login_at = now()")
    rows = await shop.rows("SELECT before, after, changed_fields FROM ops.audit_logs WHERE entity_type = 'User'")
    assert [row["changed_fields"] for row in rows] == [["first_name"]]
    assert "password_hash" not in rows[0]["before"] + rows[0]["after"]


async def test_a_business_goes_with_all_that_is_its_own(shop: Shop) -> None:
    await shop.does("createCategory", {"businessId": BUSINESS, "name": "L", "slug": "l"}, "category { id }")
    async with shop.database.writes.begin() as connection:
        await connection.exec_driver_sql(f"DELETE FROM business.businesses WHERE id = '{SHOP}'")
    deleted = await shop.rows("SELECT entity_type, business_id FROM ops.audit_logs WHERE action = 'DELETE'")
    assert {"entity_type": "Business", "business_id": None} in deleted
    assert {"entity_type": "Category", "business_id": None} in deleted


async def test_the_record_says_by_which_mutation_and_request_and_from_where(shop: Shop) -> None:
    await shop.product()
    query = (
        "SELECT operation, request_id, ip_address::text AS ip, user_agent FROM ops.audit_logs ORDER BY id DESC LIMIT 1"
    )
    came = {"request_id": "r-1", "ip": "192.0.2.7/32", "user_agent": "Desk/1.0"}
    assert await shop.rows(query) == [{"operation": "createProduct", **came}]
    register = """mutation { register(input: {
      email: "new@x.example", password: "a long enough one", firstName: "N", lastName: "N"
    }) { accepted userErrors { message } } }"""
    assert (await shop(register))["data"]["register"] == {"accepted": True, "userErrors": []}
    assert {"operation": "register", **came} in await shop.rows(query.replace("LIMIT 1", ""))


async def test_what_is_no_address_keeps_nobody_from_writing(shop: Shop) -> None:
    shop.client = Client("a socket", "Desk/1.0")
    await shop.product()
    assert await shop.rows("SELECT ip_address FROM ops.audit_logs WHERE entity_type = 'Product'") == [
        {"ip_address": None}
    ]

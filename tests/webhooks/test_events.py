"""What webhooks are told of, and what it costs where there are none."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest

from models.telling import TELL_WEBHOOKS
from tests.api import Insert, a_business
from tests.webhooks.conftest import BUSINESS, Hooked


@pytest.fixture
async def shop(insert: Insert) -> Any:
    """A business."""
    return await a_business(insert)


async def a_webhook(insert: Insert, business: Any, *events: str, **more: Any) -> Any:
    """A webhook that listens to `events`."""
    given = {"name": uuid4().hex, "url": "https://hooks.example/", "event_types": list(events), **more}
    return await insert("gateway.webhooks", business_id=business, **given)


async def told(connection: asyncpg.Connection, name: str) -> set[UUID]:
    """The webhooks that have a delivery of events of that name."""
    query = "SELECT webhook_id FROM gateway.webhook_deliveries WHERE event_type = $1"
    return {row[0] for row in await connection.fetch(query, name)}


async def test_each_webhook_is_told_of_what_it_listens_to(
    connection: asyncpg.Connection, insert: Insert, shop: Any
) -> None:
    listening = [("order.paid",), ("order.*",), ("*",), ("a.b", "order.paid"), ("order.paid", "order.*", "*")]
    deaf = [("order.created",), ("orders.*",), ("order",), ("order.paid.*",), ("o*",), ("Order.paid",), ("product.*",)]
    ears = {await a_webhook(insert, shop, *events) for events in listening}
    for events in deaf:
        await a_webhook(insert, shop, *events)
    other = await a_business(insert, "other")
    for business, more in ((shop, {"status": "PAUSED"}), (shop, {"status": "FAILED"}), (other, {})):
        await a_webhook(insert, business, "*", **more)
    await connection.execute("TRUNCATE gateway.webhook_deliveries")  # of what has just been made
    await insert("ops.event_logs", business_id=shop, name="order.paid", entity_type="Order", entity_id=uuid4())
    assert await told(connection, "order.paid") == ears
    await insert("ops.event_logs", name="order.paid")
    assert await connection.fetchval("SELECT count(*) FROM gateway.webhook_deliveries") == len(ears)


async def test_what_is_sent_has_ids_and_names_and_no_value(hooked: Hooked) -> None:
    id_ = await hooked.product("lamp")
    await hooked.does("updateProduct", {"id": id_, "name": "Hidden", "price": "77.77"}, "product { id }")
    made, changed = await hooked.deliveries()
    (first, second) = await hooked.rows(
        "SELECT id, occurred_at FROM ops.event_logs WHERE entity_type = 'Product' ORDER BY id"
    )
    assert orjson.loads(made["payload"])["data"].keys() == {"eventId", "businessId", "entityType", "id", "rowCount"}
    assert orjson.loads(changed["payload"]) == {
        "type": "product.updated",
        "timestamp": second["occurred_at"].isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "data": {
            "eventId": f"event_log_{second['id']}",
            "businessId": BUSINESS,
            "entityType": "Product",
            "id": id_,
            "rowCount": 1,
            "changedFields": ["name", "price"],
        },
    }
    assert (made["event_type"], made["event_log_id"]) == ("product.created", first["id"])
    assert "Hidden" not in changed["payload"] and "77" not in changed["payload"].replace(str(second["id"]), "").replace(
        id_, ""
    )


async def test_fields_are_called_as_in_the_graph(connection: asyncpg.Connection, insert: Insert, shop: Any) -> None:
    await a_webhook(insert, shop, "x.y")
    changed = ["cost_per_1k_tokens", "line2", "is_active", "name"]
    payload = orjson.dumps({"changed": changed, "secret": "value"}).decode()
    await insert("ops.event_logs", business_id=shop, name="x.y", entity_type="AiModel", entity_id=shop, payload=payload)
    sent = orjson.loads(await connection.fetchval("SELECT payload FROM gateway.webhook_deliveries"))
    assert sent["data"]["changedFields"] == ["costPer1kTokens", "isActive", "line2", "name"]
    assert sent["data"]["id"] == f"ai_model_{shop}"
    assert "value" not in orjson.dumps(sent).decode()


@pytest.mark.parametrize("payload", ['{"changed": "text"}', '{"changed": {}, "range": 7}', "[]", '"x"', "null"])
async def test_particulars_of_any_form_keep_nothing_from_being_noted(
    connection: asyncpg.Connection, insert: Insert, shop: Any, payload: str
) -> None:
    await a_webhook(insert, shop, "x.y")
    await insert("ops.event_logs", business_id=shop, name="x.y", payload=payload)
    assert await connection.fetchval("SELECT payload -> 'data' ->> 'rowCount' FROM gateway.webhook_deliveries") == "1"


async def test_a_batch_is_one_event(hooked: Hooked) -> None:
    rows = [{"businessId": BUSINESS, "name": "N", "slug": f"p-{n}", "price": "1"} for n in range(20)]
    await hooked("mutation($r: [CreateProductInput!]!) { createProducts(inputs: $r) { products { id } } }", r=rows)
    data = orjson.loads((await hooked.delivery())["payload"])["data"]
    ids = [f"product_{row['id']}" for row in await hooked.rows("SELECT id FROM catalog.products ORDER BY id")]
    assert (data["rowCount"], data["firstId"], data["lastId"], "id" in data) == (20, ids[0], ids[-1], False)


async def test_what_is_undone_is_told_to_nobody(hooked: Hooked) -> None:
    query = """mutation($i: CreateProductInput!) @atomic {
      a: createProduct(input: $i) { product { id } } b: createProduct(input: $i) { product { id } }
    }"""
    await hooked(query, i={"businessId": BUSINESS, "name": "N", "slug": "p", "price": "1"})
    assert await hooked.deliveries() == []


async def test_deliveries_and_counts_are_no_events_themselves(hooked: Hooked) -> None:
    await hooked.product()
    before = await hooked.rows("SELECT count(*) FROM ops.event_logs")
    version = (await hooked.row())["version"], (await hooked.row())["updated_at"]
    await hooked.works()
    hooked.receiver.port = 1
    await hooked.sets(
        "UPDATE gateway.webhook_deliveries SET status = 'PENDING', next_attempt_at = now(), delivered_at = NULL"
    )
    await hooked.sets("UPDATE gateway.webhooks SET failures_in_a_row = 3, failing_since = now()")
    await hooked.works()
    assert await hooked.rows("SELECT count(*) FROM ops.event_logs") == before
    assert ((await hooked.row())["version"], (await hooked.row())["updated_at"]) == version


async def test_a_webhook_takes_its_deliveries_along_and_is_told_of_nothing_more(hooked: Hooked) -> None:
    other = (await hooked.makes("Other"))["webhook"]["id"]
    await hooked.product()
    await hooked("mutation($id: ID!) { deleteWebhook(id: $id) { id } }", id=hooked.webhook)
    left = await hooked.rows("SELECT DISTINCT webhook_id FROM gateway.webhook_deliveries")
    assert left == [{"webhook_id": UUID(other[8:])}]
    assert [row["event_type"] for row in await hooked.deliveries()][-1] == "webhook.deleted"


WAITING = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


async def test_a_webhook_that_is_deleted_meanwhile_keeps_nobody_from_writing(hooked: Hooked) -> None:
    """Who writes waits for who deletes, and finds no webhook then."""
    database = hooked.database
    async with database.writes.begin() as deleting:
        await deleting.exec_driver_sql("DELETE FROM gateway.webhooks")
        writing = asyncio.create_task(hooked.product())
        while not await hooked.rows(WAITING):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert (await writing).startswith("product_")
    assert await hooked.deliveries() == []


OTHERS = """
WITH made AS (
  INSERT INTO business.businesses (name, slug, type)
  SELECT 'B ' || n, 'b-' || n, 'RETAIL' FROM generate_series(1, 500) AS n
  RETURNING id)
INSERT INTO gateway.webhooks (business_id, name, url, event_types)
SELECT id, 'W', 'https://h.example', '{*}' FROM made"""


async def test_where_nobody_listens_an_event_costs_one_look_into_an_index(
    connection: asyncpg.Connection, insert: Insert, shop: Any
) -> None:
    await connection.execute(OTHERS)
    await connection.execute("TRUNCATE gateway.webhook_deliveries; ANALYZE gateway.webhooks")
    used = """SELECT relname, seq_scan, idx_scan, n_tup_ins FROM pg_stat_xact_user_tables
               WHERE schemaname = 'gateway' AND relname IN ('webhooks', 'webhook_deliveries') ORDER BY relname DESC"""
    before = [tuple(row)[1:] for row in await connection.fetch(used)]
    for _ in range(10):
        await insert("ops.event_logs", business_id=shop, name="order.paid", entity_type="Order", entity_id=shop)
    after = [tuple(row)[1:] for row in await connection.fetch(used)]
    spent = [tuple(b - a for a, b in zip(*both, strict=True)) for both in zip(before, after, strict=True)]
    assert spent == [(0, 10, 0), (0, 0, 0)]


async def test_of_no_business_an_event_costs_nothing(connection: asyncpg.Connection, shop: Any) -> None:
    explain = "EXPLAIN (ANALYZE, COSTS OFF) INSERT INTO ops.event_logs (name, business_id) VALUES ('x.y', $1)"

    async def fired(business: Any) -> bool:
        plan = await connection.fetch(explain.replace("$1", f"'{business}'" if business else "NULL"))
        return any(f"Trigger {TELL_WEBHOOKS.name}" in row[0] for row in plan)

    assert (await fired(None), await fired(shop)) == (False, True)

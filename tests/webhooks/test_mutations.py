"""What managers do with webhooks, and who may not."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from graph.access.viewers import key, person
from graph.engine.access import ADMIN, ANONYMOUS, Viewer
from tests.outgoing.receiver import answering
from tests.webhooks.conftest import BUSINESS, SHOP, Hooked
from tests.writing.conftest import RIVAL, rival

staff = person(UUID(int=22), roles={SHOP: "STAFF", RIVAL: "OWNER"})

STRANGERS = {
    "nobody": ANONYMOUS,
    "somebody": person(UUID(int=22), roles={}),
    "another business's owner": rival,
    "staff": staff,
    "another business's key": key(RIVAL, ["*"]),
    "a key of other things": key(SHOP, ["orders:write"]),
}
READER = key(SHOP, ["webhooks:read"])
ALLOWED = {
    "a manager": None,
    "a key of webhooks": key(SHOP, ["webhooks:write"]),
    "a key of the gateway": key(SHOP, ["gateway"]),
    "a key of all": key(SHOP, ["*"]),
    "an administrator": ADMIN,
}
ON_A_WEBHOOK = ("rotateWebhookSecret", "testWebhook", "resumeWebhook")


def codes(answer: Any) -> list[tuple[str, str | None]]:
    """Why nothing was done."""
    return [(error["code"], error["field"]) for error in answer["userErrors"]]


@pytest.mark.parametrize("viewer", STRANGERS.values(), ids=STRANGERS)
async def test_what_is_hidden_is_not_there(hooked: Hooked, viewer: Viewer) -> None:
    made = (await hooked.asks("testWebhook", hooked.webhook, "webhookDelivery { id }"))["webhookDelivery"]["id"]
    for id_ in (hooked.webhook, f"webhook_{uuid4()}"):
        for field in ON_A_WEBHOOK:
            assert codes(await hooked.asks(field, id_, "", viewer)) == [("NOT_FOUND", "id")]
    for id_ in (made, f"webhook_delivery_{uuid4()}"):
        assert codes(await hooked.asks("redeliverWebhook", id_, "", viewer)) == [("NOT_FOUND", "deliveryId")]
    assert codes(await hooked.makes("New", viewer)) == [("FORBIDDEN", "businessId")]
    assert len(await hooked.deliveries()) == 1


async def test_a_key_that_only_reads_is_told_so(hooked: Hooked) -> None:
    made = (await hooked.asks("testWebhook", hooked.webhook, "webhookDelivery { id }"))["webhookDelivery"]["id"]
    for field in ON_A_WEBHOOK:
        assert codes(await hooked.asks(field, hooked.webhook, "", READER)) == [("FORBIDDEN", None)]
    assert codes(await hooked.asks("redeliverWebhook", made, "", READER)) == [("FORBIDDEN", None)]
    assert codes(await hooked.makes("New", READER)) == [("FORBIDDEN", "businessId")]


@pytest.mark.parametrize("viewer", ALLOWED.values(), ids=ALLOWED)
async def test_managers_keys_and_administrators_may(hooked: Hooked, viewer: Viewer | None) -> None:
    by = {"viewer": viewer} if viewer else {}
    made = await hooked.makes("New", **by)
    assert made["userErrors"] == [] and made["secret"].startswith("whsec_")
    await hooked.quietly("UPDATE gateway.webhooks SET status = 'PAUSED'")
    for field in ("resumeWebhook", "rotateWebhookSecret"):
        assert await hooked.asks(field, made["webhook"]["id"], "webhook { id status }", **by) == {
            "webhook": {"id": made["webhook"]["id"], "status": "ACTIVE"},
            "userErrors": [],
        }
    tested = await hooked.asks("testWebhook", made["webhook"]["id"], "webhookDelivery { id eventType status }", **by)
    assert (tested["webhookDelivery"]["eventType"], tested["webhookDelivery"]["status"]) == ("webhook.test", "PENDING")
    again = await hooked.asks("redeliverWebhook", tested["webhookDelivery"]["id"], "webhookDelivery { id }", **by)
    assert again["webhookDelivery"]["id"] == tested["webhookDelivery"]["id"]


async def test_what_is_said_of_a_webhook_is_checked_all_at_once(hooked: Hooked) -> None:
    made = await hooked.makes(" ", url="http://x", eventTypes=["Order.Paid"], retryAttempts=21, timeoutSeconds=0)
    wrong = ["name", "url", "eventTypes", "retryAttempts", "timeoutSeconds"]
    assert codes(made) == [("BAD_USER_INPUT", field) for field in wrong]
    assert (made["webhook"], made["secret"]) == (None, None)
    for url in ("https://a:b@x.example/", "https://a@x.example", "https://", "https:///x", "https://x y/", "x", ""):
        assert codes(await hooked.makes("New", url=url)) == [("BAD_USER_INPUT", "url")], url
    for events in ([], ["order."], [".paid"], ["order.*.paid"], ["**"], [""], ["a" * 101], ["a"] * 101):
        assert codes(await hooked.makes("New", eventTypes=events)) == [("BAD_USER_INPUT", "eventTypes")], events
    assert codes(await hooked.makes("Orders")) == [("CONFLICT", "name")]
    nowhere = await hooked.makes("New", ADMIN, businessId=f"business_{uuid4()}")
    assert codes(nowhere) == [("NOT_FOUND", "businessId")]


async def test_the_secret_is_kept_sealed_and_told_once(hooked: Hooked) -> None:
    given = {"businessId": BUSINESS, "name": "Once", "url": "https://x.example", "eventTypes": ["*"]}
    first = await hooked.does("createWebhook", given, "secret webhook { id }", key="k-1")
    again = await hooked.does("createWebhook", given, "secret webhook { id }", key="k-1")
    assert (again["secret"], again["webhook"]) == (None, first["webhook"])
    (row,) = await hooked.rows("SELECT signing_secret FROM gateway.webhooks WHERE name = 'Once'")
    assert hooked.vault.kept(row["signing_secret"]) == first["secret"]
    assert first["secret"][6:] not in row["signing_secret"]
    tables = ("ops.audit_logs", "ops.event_logs", "ops.idempotency_keys", "gateway.webhook_deliveries")
    for table in tables:
        for found in await hooked.rows(f"SELECT t::text AS text FROM {table} AS t"):
            assert first["secret"][6:] not in found["text"]
            assert row["signing_secret"] not in found["text"]


async def test_a_new_secret_signs_beside_the_former_for_a_day(hooked: Hooked) -> None:
    rotated = await hooked.asks("rotateWebhookSecret", hooked.webhook, "secret webhook { formerSecretUntil }")
    await hooked.works()
    hooked.clock.passes(hours=25)
    await hooked.asks("testWebhook", hooked.webhook, "webhookDelivery { id }")
    await hooked.works()
    during, after = hooked.receiver.got
    for secret in (hooked.secret, rotated["secret"]):
        Verifier(secret).verify(during.body, during.headers)
    assert len(during.headers["webhook-signature"].split(" ")) == 2
    assert len(after.headers["webhook-signature"].split(" ")) == 1
    # A day later by the worker's clock, which is not the receiver's.
    with pytest.raises(WebhookVerificationError, match="too new"):
        Verifier(rotated["secret"]).verify(after.body, after.headers)
    row = await hooked.row()
    assert hooked.vault.kept(row["former_signing_secret"]) == hooked.secret
    assert row["former_secret_until"].isoformat()[:19] == rotated["webhook"]["formerSecretUntil"][:19]


async def test_a_test_is_a_delivery_like_any(hooked: Hooked) -> None:
    made = await hooked.asks("testWebhook", hooked.webhook, "webhookDelivery { id }")
    await hooked.works()
    (got,) = hooked.receiver.got
    assert got.headers["webhook-id"] == made["webhookDelivery"]["id"]
    sent: Any = Verifier(hooked.secret).verify(got.body, got.headers)
    assert (sent["type"], sent["data"]) == (
        "webhook.test",
        {"businessId": BUSINESS, "entityType": "Webhook", "id": hooked.webhook},
    )
    await hooked.quietly("UPDATE gateway.webhooks SET status = 'PAUSED'")
    assert codes(await hooked.asks("testWebhook", hooked.webhook, "")) == [("CONFLICT", "id")]


async def test_whatever_became_of_a_delivery_it_can_be_made_again(hooked: Hooked) -> None:
    await hooked.quietly("UPDATE gateway.webhooks SET retry_attempts = 1")
    made = (await hooked.asks("testWebhook", hooked.webhook, "webhookDelivery { id }"))["webhookDelivery"]["id"]
    await hooked.works()
    assert (await hooked.delivery())["status"] == "DELIVERED"
    hooked.receiver.behave = answering(500)
    await hooked.asks("redeliverWebhook", made, "webhookDelivery { status }")
    for status, attempts in (("RETRYING", 2), ("FAILED", 3)):
        await hooked.works()
        row = await hooked.delivery()
        assert (row["status"], row["attempt_count"], row["earlier_attempts"]) == (status, attempts, 1)
        hooked.clock.passes(seconds=6)
    again = await hooked.asks("redeliverWebhook", made, "webhookDelivery { status attemptCount deliveredAt }")
    assert again["webhookDelivery"] == {"status": "PENDING", "attemptCount": 3, "deliveredAt": None}
    hooked.receiver.behave = answering()
    await hooked.works()
    assert {got.headers["webhook-id"] for got in hooked.receiver.got} == {made}
    assert [(await hooked.delivery())[name] for name in ("status", "attempt_count")] == ["DELIVERED", 4]


async def test_to_resume_begins_to_count_anew(hooked: Hooked) -> None:
    assert codes(await hooked.asks("resumeWebhook", hooked.webhook, "")) == [("CONFLICT", "id")]
    await hooked.quietly(
        "UPDATE gateway.webhooks"
        " SET status = 'FAILED', failures_in_a_row = 99, failing_since = now() - interval '9 days'"
    )
    resumed = await hooked.asks("resumeWebhook", hooked.webhook, "webhook { status failuresInARow failingSince }")
    assert resumed["webhook"] == {"status": "ACTIVE", "failuresInARow": 0, "failingSince": None}


async def test_who_activates_it_by_hand_has_days_again(hooked: Hooked) -> None:
    hooked.receiver.behave = answering(500)
    await hooked.quietly(
        "UPDATE gateway.webhooks SET status = 'PAUSED', failures_in_a_row = 99,"
        " failing_since = now() - interval '9 days', updated_at = now() - interval '2 days'"
    )
    await hooked.does("updateWebhook", {"id": hooked.webhook, "status": "ACTIVE"}, "webhook { status }")
    await hooked.product()
    await hooked.works()
    assert (await hooked.row())["status"] == "ACTIVE"
    hooked.clock.passes(days=5, seconds=10)
    await hooked.quietly(
        f"UPDATE gateway.webhook_deliveries SET next_attempt_at = '{(hooked.clock() - timedelta(1)).isoformat()}'"
    )
    await hooked.works()
    assert (await hooked.row())["status"] == "PAUSED"


async def test_what_a_manager_does_is_on_record(hooked: Hooked) -> None:
    await hooked.asks("rotateWebhookSecret", hooked.webhook, "secret")
    rows = await hooked.rows(
        "SELECT operation, before, after FROM ops.audit_logs WHERE entity_type = 'Webhook' ORDER BY id"
    )
    assert [row["operation"] for row in rows] == ["createWebhook", "rotateWebhookSecret"]
    for row in rows:
        assert "secret" not in orjson.dumps(row["before"]).decode().replace("former_secret_until", "")

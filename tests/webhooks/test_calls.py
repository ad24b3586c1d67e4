"""Calls of webhooks: signed anew each time, written after they were made, tried again on schedule."""

import asyncio
from datetime import timedelta

import orjson
import pytest
from standardwebhooks import Webhook as Verifier

from app.outgoing import Outgoing
from app.services.gateway.deliveries import ENDED, NO_SECRET, do_forget_deliveries
from app.services.gateway.schedule import PATIENCE, PAUSES
from app.services.privacy.vault import Vault
from app.worker.parts import Outbox
from app.worker.webhooks import DUE
from tests.outgoing.receiver import Got, answering
from tests.webhooks.conftest import OWNER, Hooked

RESULT = ("status", "attempt_count", "response_code", "response_body", "error")


def verified(secret: str, got: Got) -> object:
    """What a receiver reads, after it verified it."""
    return Verifier(secret).verify(got.body, got.headers)


async def result(hooked: Hooked) -> tuple[object, ...]:
    """How the only delivery stands."""
    row = await hooked.delivery()
    return tuple(row[name] for name in RESULT)


async def test_what_happens_is_told_and_written(hooked: Hooked) -> None:
    id_ = await hooked.product()
    outbox: Outbox = hooked.worker
    (key,) = await outbox.due()
    assert (outbox.name, key) == ("webhooks", hooked.webhook.removeprefix("webhook_"))
    await outbox.drain(key)
    (got,) = hooked.receiver.got
    row = await hooked.delivery()
    assert got.headers["webhook-id"] == f"webhook_delivery_{row['id']}"
    assert got.headers["content-type"] == "application/json"
    assert verified(hooked.secret, got) == orjson.loads(row["payload"])
    assert orjson.loads(got.body)["data"]["id"] == id_
    assert await result(hooked) == ("DELIVERED", 1, 200, "ok", None)
    assert row["delivered_at"] == row["last_attempt_at"] and row["next_attempt_at"] is None
    assert 0 <= row["duration_ms"] < 10_000
    assert await hooked.worker.due() == []


async def test_every_delivery_of_many_is_made_once_and_verifies(hooked: Hooked) -> None:
    at_once = most = 0

    async def behave(got: Got, writer: asyncio.StreamWriter) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.02)
        at_once -= 1
        await answering()(got, writer)

    hooked.receiver.behave = behave
    for n in range(30):
        await hooked.product(f"p-{n}")
    await hooked.works()
    ids = [f"webhook_delivery_{row['id']}" for row in await hooked.deliveries()]
    assert sorted(got.headers["webhook-id"] for got in hooked.receiver.got) == ids
    # Eight go at a time, and the next eight after them.
    assert {got.headers["webhook-id"] for got in hooked.receiver.got[:8]} == set(ids[:8])
    assert most == 8
    for got in hooked.receiver.got:
        verified(hooked.secret, got)
    assert {row["status"] for row in await hooked.deliveries()} == {"DELIVERED"}


async def test_a_call_that_fails_is_made_again_on_schedule(hooked: Hooked) -> None:
    hooked.receiver.behave = answering(500, b"oops")
    await hooked.quietly("UPDATE gateway.webhooks SET retry_attempts = 11")
    await hooked.product()
    for made, pause in enumerate((*PAUSES, PAUSES[-1], PAUSES[-1]), start=1):
        await hooked.works()
        row = await hooked.delivery()
        assert await result(hooked) == ("RETRYING", made, 500, "oops", "HTTP 500.")
        assert abs(row["next_attempt_at"] - hooked.clock() - pause) <= timedelta(milliseconds=1)
        hooked.clock.passes(seconds=pause.total_seconds() - 1)
        assert await hooked.worker.due() == []
        await hooked.worker.drain(hooked.webhook[8:])
        assert len(hooked.receiver.got) == made
        hooked.clock.passes(seconds=2)
    await hooked.works()
    assert await result(hooked) == ("FAILED", 12, 500, "oops", "HTTP 500.")
    assert await hooked.worker.due() == []
    assert len({got.headers["webhook-id"] for got in hooked.receiver.got}) == 1
    assert len({got.headers["webhook-signature"] for got in hooked.receiver.got}) == 12
    assert len({got.body for got in hooked.receiver.got}) == 1


async def test_a_good_answer_ends_it_and_the_count_of_failures(hooked: Hooked) -> None:
    hooked.receiver.behave = answering(503)
    await hooked.product()
    await hooked.works()
    assert (await hooked.row())["failures_in_a_row"] == 1
    assert (await hooked.row())["failing_since"] is not None
    hooked.receiver.behave = answering(204, b"")
    hooked.clock.passes(seconds=6)
    await hooked.works()
    assert await result(hooked) == ("DELIVERED", 2, 204, "", None)
    assert ((await hooked.row())["failures_in_a_row"], (await hooked.row())["failing_since"]) == (0, None)


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 404, 408, 422, 500, 502])
async def test_whatever_is_not_taken_is_tried_again(hooked: Hooked, status: int) -> None:
    hooked.receiver.behave = answering(status, b"", location=hooked.receiver.url)
    await hooked.product()
    await hooked.works()
    assert await result(hooked) == ("RETRYING", 1, status, "", f"HTTP {status}.")
    assert len(hooked.receiver.got) == 1


@pytest.mark.parametrize(
    ("status", "said", "seconds"),
    [
        *((429, "120", 120), (503, "120", 120), (429, "1", 5), (429, "999999999", 86_400), (429, "soon", 5)),
        *((429, "-9", 5), (500, "120", 5), (503, "", 5), (503, "9" * 4000, 86_400)),
        (503, "Thu, 01 Jan 1970 00:00:00 GMT", 5),
        (503, "Fri, 31 Dec 9999 23:59:59 GMT", 86_400),
    ],
)
async def test_who_is_busy_may_say_for_how_long(hooked: Hooked, status: int, said: str, seconds: int) -> None:
    hooked.receiver.behave = answering(status, retry_after=said)
    await hooked.product()
    await hooked.works()
    row = await hooked.delivery()
    assert abs(row["next_attempt_at"] - hooked.clock() - timedelta(seconds=seconds)) <= timedelta(milliseconds=1)


async def test_who_is_gone_is_not_called_any_more(hooked: Hooked) -> None:
    hooked.receiver.behave = answering(410)
    for n in range(20):
        await hooked.product(f"p-{n}")
    await hooked.works()
    assert len(hooked.receiver.got) == 8
    assert (await hooked.row())["status"] == "FAILED"
    rows = [(row["status"], row["attempt_count"], row["error"]) for row in await hooked.deliveries()]
    tried = [("FAILED", 1, "HTTP 410.")] * 8
    assert rows == [*tried, *[("FAILED", 0, ENDED)] * 12]
    assert await hooked.worker.due() == []
    (notice,) = await hooked.rows("SELECT user_id, title, body, entity_type, channel FROM support.notifications")
    assert (notice["user_id"], notice["entity_type"], notice["channel"]) == (OWNER, "Webhook", "IN_APP")
    assert notice["title"] == "A webhook was switched off"
    await hooked.product("later")
    assert len(await hooked.deliveries()) == 20


async def test_who_fails_for_days_is_paused_and_the_owners_are_told(hooked: Hooked) -> None:
    hooked.receiver.behave = answering(500)
    await hooked.quietly("UPDATE gateway.webhooks SET retry_attempts = 0")
    for n in range(19):
        await hooked.product(f"p-{n}")
    await hooked.works()
    hooked.clock.passes(seconds=PATIENCE.total_seconds() + 60)
    assert ((await hooked.row())["status"], (await hooked.row())["failures_in_a_row"]) == ("ACTIVE", 19)
    for n in range(3):
        await hooked.product(f"late-{n}")
    await hooked.sets("UPDATE gateway.webhook_deliveries SET next_attempt_at = now() WHERE status = 'PENDING'")
    await hooked.works()
    assert (await hooked.row())["status"] == "PAUSED"
    (notice,) = await hooked.rows("SELECT user_id, title, body FROM support.notifications")
    assert (notice["user_id"], notice["title"]) == (OWNER, "A webhook was paused")
    assert notice["body"].startswith("Orders: Calls have failed for days")


async def test_many_failures_of_an_hour_pause_nothing(hooked: Hooked) -> None:
    hooked.receiver.behave = answering(500)
    for n in range(30):
        await hooked.product(f"p-{n}")
    await hooked.works()
    assert ((await hooked.row())["status"], (await hooked.row())["failures_in_a_row"]) == ("ACTIVE", 30)
    assert await hooked.rows("SELECT 1 FROM support.notifications") == []


async def test_what_waits_for_a_paused_webhook_waits_on(hooked: Hooked) -> None:
    await hooked.product()
    await hooked.does("updateWebhook", {"id": hooked.webhook, "status": "PAUSED"}, "webhook { status }")
    assert await hooked.worker.due() == []
    await hooked.worker.drain(hooked.webhook[8:])
    await hooked.product("unheard")
    assert hooked.receiver.got == []
    await hooked.asks("resumeWebhook", hooked.webhook, "webhook { status }")
    await hooked.works()
    heard = [orjson.loads(got.body)["type"] for got in hooked.receiver.got]
    assert sorted(heard) == ["product.created", "webhook.updated"]


async def test_who_is_killed_between_call_and_writing_calls_again_under_the_same_id(hooked: Hooked) -> None:
    called = asyncio.Event()

    async def behave(got: Got, writer: asyncio.StreamWriter) -> None:
        called.set()
        await asyncio.sleep(0.2)
        await answering()(got, writer)

    hooked.receiver.behave = behave
    await hooked.product()
    draining = asyncio.create_task(hooked.worker.drain(hooked.webhook[8:]))
    await asyncio.wait_for(called.wait(), 10)
    draining.cancel()
    with pytest.raises(asyncio.CancelledError):
        await draining
    assert await result(hooked) == ("PENDING", 0, None, None, None)
    hooked.receiver.behave = answering()
    hooked.clock.passes(seconds=3)
    await hooked.works()
    first, second = hooked.receiver.got
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]
    assert verified(hooked.secret, first) == verified(hooked.secret, second)
    assert (await result(hooked))[:2] == ("DELIVERED", 1)


async def test_what_takes_too_long_has_failed(hooked: Hooked) -> None:
    async def behave(got: Got, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(5)

    hooked.receiver.behave = behave
    await hooked.quietly("UPDATE gateway.webhooks SET timeout_seconds = 1")
    await hooked.product()
    await hooked.works()
    assert await result(hooked) == ("RETRYING", 1, None, None, "There was no whole answer within 1 s.")


async def test_of_a_long_answer_the_beginning_is_kept(hooked: Hooked) -> None:
    hooked.receiver.behave = answering(200, "é\0".encode() * 500_000)
    await hooked.product()
    await hooked.works()
    assert await result(hooked) == ("DELIVERED", 1, 200, "é\ufffd" * 1000, None)


async def test_addresses_inside_are_not_called_unless_it_is_said(hooked: Hooked) -> None:
    await hooked.product()
    async with Outgoing() as calls:
        hooked.works_by(calls)
        for url in (f"https://127.0.0.1:{hooked.receiver.port}/", f"https://localhost:{hooked.receiver.port}/"):
            await hooked.quietly(f"UPDATE gateway.webhooks SET url = '{url}'")
            await hooked.sets("UPDATE gateway.webhook_deliveries SET next_attempt_at = now() WHERE status <> 'FAILED'")
            await hooked.works()
    assert hooked.receiver.connections == 0
    reason = "The address leads into a private or reserved network, and is not called."
    assert {row["error"] for row in await hooked.deliveries() if row["attempt_count"]} == {reason}


async def test_a_secret_that_cannot_be_read_signs_nothing(hooked: Hooked) -> None:
    await hooked.product()
    hooked.worker.vault = Vault(hooked.vault.file(OWNER).parent, "another secret, and just as long")
    await hooked.works()
    assert await result(hooked) == ("RETRYING", 1, None, None, NO_SECRET)
    assert hooked.receiver.got == []


async def test_a_webhook_without_a_secret_gets_one_when_it_is_first_called(hooked: Hooked) -> None:
    await hooked.quietly("UPDATE gateway.webhooks SET signing_secret = NULL")
    await hooked.sets("TRUNCATE gateway.webhook_deliveries")
    await hooked.product()
    await hooked.works()
    sealed = (await hooked.row())["signing_secret"]
    secret = hooked.vault.kept(sealed)
    assert secret is not None and secret not in sealed
    verified(secret, hooked.receiver.got[0])


async def test_a_webhook_that_is_deleted_during_a_call_is_no_fault(hooked: Hooked) -> None:
    async def behave(got: Got, writer: asyncio.StreamWriter) -> None:
        await hooked.sets("DELETE FROM gateway.webhooks")
        await answering()(got, writer)

    hooked.receiver.behave = behave
    await hooked.product()
    await hooked.works()
    assert await hooked.deliveries() == []


async def test_a_fault_in_one_call_keeps_no_other_waiting(hooked: Hooked) -> None:
    class Broken(Outgoing):
        async def call(self, url: str, **more: object) -> object:  # type: ignore[override]
            raise KeyError(url)

    await hooked.product()
    async with Broken() as calls:
        hooked.works_by(calls)
        await hooked.works()
    assert await result(hooked) == ("RETRYING", 1, None, None, "The address could not be called.")


async def test_due_is_found_by_an_index_however_much_waits(hooked: Hooked) -> None:
    await hooked.sets(
        "INSERT INTO gateway.webhook_deliveries (webhook_id, event_type, payload, next_attempt_at) "
        f"SELECT '{hooked.webhook[8:]}', 'x.y', '{{}}', now() + interval '1 day' FROM generate_series(1, 20000)"
    )
    await hooked.sets("ANALYZE gateway.webhook_deliveries")
    async with hooked.database.reads.acquire() as connection:
        await connection.fetch(DUE, hooked.clock())
        plan = await connection.fetchval(
            "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + DUE.replace("$1", f"'{hooked.clock().isoformat()}'")
        )
    (top,) = orjson.loads(plan)
    assert "Seq Scan on webhook_deliveries" not in plan
    assert top["Plan"]["Shared Hit Blocks"] + top["Plan"]["Shared Read Blocks"] < 40


OVER = """
INSERT INTO gateway.webhook_deliveries (id, webhook_id, event_type, payload, status, attempt_count,
                                        created_at, next_attempt_at, delivered_at)
SELECT uuid7_at(made), w.id, 'x.y', '{}', s, 1, made,
       CASE s WHEN 'PENDING' THEN made END, CASE s WHEN 'DELIVERED' THEN made END
  FROM gateway.webhooks AS w, unnest('{DELIVERED,FAILED,PENDING}'::text[]) AS s,
       unnest(ARRAY[now(), now() - interval '31 days']) AS made"""


async def test_what_is_over_is_forgotten_after_a_time(hooked: Hooked) -> None:
    await hooked.sets(OVER)
    month_ago = hooked.clock() - timedelta(days=30)
    async with hooked.database.transaction() as session:
        assert await do_forget_deliveries(session, month_ago) == 2
        assert await do_forget_deliveries(session, month_ago) == 0
    left = [(row["status"], row["created_at"] < month_ago) for row in await hooked.deliveries()]
    assert sorted(left) == [("DELIVERED", False), ("FAILED", False), ("PENDING", False), ("PENDING", True)]

"""A batch is recorded once for its key, for as long as the key is known."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.ingest.batches import FOR, do_forget_batches
from graph.engine.access import ADMIN
from tests.ingest.conftest import BUSINESS, RIVAL, Desk, metrics

BAD = {"type": "WRONG", "name": "n"}


async def test_a_batch_that_is_sent_again_is_told_again_and_not_written(desk: Desk) -> None:
    rows = metrics(30)
    first = await desk.record(rows, "night")
    again = await desk.record([dict(reversed(row.items())) for row in rows], "night")
    assert again == first
    assert await desk.count() == 30
    assert await desk.count("ops.audit_logs") == 1


async def test_what_was_refused_beside_it_is_told_again_too(desk: Desk) -> None:
    rows = [*metrics(3), BAD]
    first = await desk.record(rows, keepValid=True)
    assert [error["index"] for error in first["userErrors"]] == [3]
    assert await desk.record(rows, keepValid=True) == first
    assert await desk.count() == 3


async def test_it_is_known_again_when_its_rows_could_not_be_recorded_any_more(desk: Desk) -> None:
    rows = metrics(3)
    first = await desk.record(rows)
    async with desk.shop.database.writes.begin() as connection:
        for (name,) in (
            await connection.exec_driver_sql(
                "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'business.metrics'::regclass"
            )
        ).all():
            await connection.exec_driver_sql(f"ALTER TABLE business.metrics DETACH PARTITION {name}")
    assert await desk.record(rows) == first
    assert [message for *_, message in await desk.refused(rows, batch_key="new")] == [
        "recordedAt lies in a month that is not kept."
    ] * 3


async def test_the_same_key_with_other_rows_is_a_conflict(desk: Desk) -> None:
    await desk.record(metrics(3))
    (error,) = (await desk.record(metrics(2)))["userErrors"]
    assert error == {
        **{"code": "CONFLICT", "field": "batchKey", "index": None},
        "message": "batchKey was given with other rows before.",
    }
    assert await desk.count() == 3


async def test_a_batch_that_was_refused_may_come_again_mended(desk: Desk) -> None:
    assert (await desk.record([*metrics(3), BAD]))["recordedCount"] == 0
    assert (await desk.record([BAD], keepValid=True))["recordedCount"] == 0
    assert (await desk.record(metrics(3)))["recordedCount"] == 3


async def test_keys_are_of_a_business_and_of_a_kind(desk: Desk) -> None:
    await desk.record(metrics(1))
    event = [{"type": "t", "category": "SALE"}]
    assert (await desk.record(event, kind="BusinessEvents", viewer=desk.everything))["recordedCount"] == 1
    theirs = await desk.record(metrics(1), viewer=ADMIN, businessId=f"business_{RIVAL}")
    assert theirs["recordedCount"] == 1


async def test_twins_at_the_same_time_are_recorded_once(desk: Desk) -> None:
    rows = metrics(500)
    done = await asyncio.gather(*(desk.record(rows) for _ in range(4)))
    assert [one["recordedCount"] for one in done] == [500] * 4
    assert len({one["firstId"] for one in done}) == 1
    assert await desk.count() == 500


async def test_of_twins_that_differ_one_is_a_conflict(desk: Desk) -> None:
    done = await asyncio.gather(*(desk.record(metrics(number)) for number in (500, 501)))
    assert sorted(one["recordedCount"] for one in done)[0] == 0
    assert [error["code"] for one in done for error in one["userErrors"]] == ["CONFLICT"]
    assert await desk.count() == max(one["recordedCount"] for one in done)


async def test_a_twin_goes_on_where_the_first_comes_to_nothing(desk: Desk) -> None:
    good, bad = await asyncio.gather(desk.record(metrics(900)), desk.record([*metrics(900), BAD]))
    assert good["recordedCount"] == 900
    assert bad["userErrors"][0]["code"] in ("BAD_USER_INPUT", "CONFLICT")
    assert await desk.count() == 900


async def test_an_idempotency_key_tells_it_again_too(desk: Desk) -> None:
    query = """mutation($input: RecordMetricsInput!) {
      recordMetrics(input: $input, idempotencyKey: "once") { recordedCount firstId userErrors { code field } }
    }"""
    given = {"businessId": BUSINESS, "batchKey": "k", "rows": metrics(3)}
    first = (await desk.shop(query, desk.everything, input=given))["data"]["recordMetrics"]
    assert (await desk.shop(query, desk.everything, input=given))["data"]["recordMetrics"] == first
    other = (await desk.shop(query, desk.everything, input={**given, "rows": metrics(2)}))["data"]["recordMetrics"]
    assert other["userErrors"] == [{"code": "CONFLICT", "field": "idempotencyKey"}]


async def test_batches_of_one_atomic_mutation_stay_or_go_together(desk: Desk) -> None:
    query = """mutation($a: RecordMetricsInput!, $b: RecordMetricsInput!) @atomic {
      a: recordMetrics(input: $a) { recordedCount } b: recordMetrics(input: $b) { recordedCount }
    }"""

    def batch(rows: Any, key: str, **more: Any) -> dict[str, Any]:
        return {"businessId": BUSINESS, "batchKey": key, "rows": rows, **more}

    rows = metrics(3)
    done = await desk.shop(query, desk.everything, a=batch(rows, "1"), b=batch([BAD], "2"))
    assert done["data"] == {"a": {"recordedCount": 0}, "b": {"recordedCount": 0}}
    assert await desk.count() == 0
    done = await desk.shop(query, desk.everything, a=batch(rows, "1"), b=batch([*rows, BAD], "2", keepValid=True))
    assert done["data"] == {"a": {"recordedCount": 3}, "b": {"recordedCount": 3}}
    done = await desk.shop(query, desk.everything, a=batch(rows, "3"), b=batch(rows, "3"))
    assert done["data"] == {"a": {"recordedCount": 3}, "b": {"recordedCount": 3}}
    assert await desk.count() == 9


async def test_neither_key_nor_rows_are_kept_as_they_are(desk: Desk) -> None:
    await desk.record([{"type": "SYSTEM", "name": "a secret name"}], "a secret key")
    (row,) = await desk.rows("SELECT * FROM ops.ingest_batches")
    assert "secret" not in str(row)


async def test_old_batches_are_forgotten(desk: Desk) -> None:
    rows = metrics(2)
    for key in ("old", "new"):
        await desk.record(rows, key)
    now = datetime.now(UTC)
    async with AsyncSession(desk.shop.database.writes) as session, session.begin():
        aged = text("UPDATE ops.ingest_batches SET created_at = :then WHERE key = encode(sha256('old'), 'hex')")
        await session.execute(aged, {"then": now - timedelta(days=31)})
        assert await do_forget_batches(session, now - FOR) == 1
        assert await do_forget_batches(session, now - FOR) == 0
    assert (await desk.record(rows, "new"))["recordedCount"] == 2
    assert await desk.count() == 4
    assert (await desk.record(rows, "old"))["recordedCount"] == 2
    assert await desk.count() == 6


async def test_batches_go_with_their_business(desk: Desk) -> None:
    await desk.record(metrics(1), viewer=ADMIN, businessId=f"business_{RIVAL}")
    async with desk.shop.database.writes.begin() as connection:
        await connection.exec_driver_sql(f"DELETE FROM business.businesses WHERE id = '{RIVAL}'")
    assert await desk.count("ops.ingest_batches") == 0

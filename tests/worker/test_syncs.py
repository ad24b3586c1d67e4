"""Services are told of every change, in the order of each row, and told again of what they did not take."""

import asyncio
from datetime import timedelta
from uuid import UUID

import orjson

from app.database import by
from app.services.syncing import telling
from tests.worker.conftest import Desk


async def drained(desk: Desk, subscription: str) -> None:
    """The service is told all that is due."""
    await desk.syncs.drain(subscription)


async def test_a_service_is_told_of_a_row_as_it_is_now(desk: Desk) -> None:
    subscription = await desk.subscribe()
    job = await desk.job(title="Paint", budget="12.50")
    assert await desk.syncs.due() == [subscription]
    await drained(desk, subscription)
    (change,) = desk.told
    assert (change.operation, change.entity_type, change.entity_id) == ("CREATE", "Job", job)
    assert change.data is not None
    assert (change.data["title"], change.data["budget"], change.data["clientId"]) == (
        "Paint",
        "12.50",
        str(UUID(int=21)),
    )
    assert "searchVector" not in change.data
    assert await desk.states() == ["COMPLETED"]
    assert await desk.syncs.due() == []


async def test_secrets_are_never_told_and_other_fields_only_if_they_are_asked_for(desk: Desk) -> None:
    every, few = (
        await desk.subscribe("User"),
        await desk.subscribe("User", service_name="few", fields=["id", "first_name", "password_hash"]),
    )
    await desk.insert(
        "identity.users", email="s@x.example", first_name="Sue", last_name="S", password_hash="$argon2id$x"
    )
    await drained(desk, every)
    await drained(desk, few)
    first, second = desk.told
    assert first.data is not None and second.data is not None
    assert first.data["email"] == "s@x.example"
    assert not [name for name in first.data if "password" in name.lower()]
    assert set(second.data) == {"id", "firstName"}


async def test_changes_of_a_row_are_told_one_after_the_other(desk: Desk) -> None:
    subscription = await desk.subscribe()
    jobs = [await desk.job() for _ in range(3)]
    for number in range(4):
        for job in jobs:
            await desk.rename(job, f"T{number}")
    await drained(desk, subscription)
    for job in jobs:
        ids = [change.id for change in desk.told if change.entity_id == job]
        assert len(ids) == 5
        assert ids == sorted(ids)


async def test_what_comes_after_a_change_that_is_not_taken_waits_for_it_and_other_rows_do_not(desk: Desk) -> None:
    subscription = await desk.subscribe()
    stuck, free = await desk.job(), await desk.job()
    desk.refused.add(stuck)
    for job in (stuck, free):
        await desk.rename(job, "N")
    await drained(desk, subscription)
    told = [(change.entity_id, change.operation) for change in desk.told]
    assert told.count((stuck, "CREATE")) == 1
    assert (stuck, "UPDATE") not in told
    assert (free, "UPDATE") in told
    desk.refused.clear()
    await desk.hurry()
    await drained(desk, subscription)
    assert [change.operation for change in desk.told if change.entity_id == stuck] == ["CREATE", "CREATE", "UPDATE"]
    assert set(await desk.states()) == {"COMPLETED"}


async def test_a_change_fails_after_three_attempts_and_says_why(desk: Desk) -> None:
    subscription = await desk.subscribe()
    desk.refused.add(await desk.job())
    waits = []
    for _ in range(3):
        await drained(desk, subscription)
        row = await desk.connection.fetchrow(
            "SELECT attempt_count, last_error, next_attempt_at - now() AS wait FROM ops.service_syncs"
        )
        assert row is not None
        waits.append(row["wait"])
        await desk.hurry()
    assert await desk.states() == ["FAILED"]
    assert row is not None
    assert (row["attempt_count"], row["last_error"]) == (3, "Not today.")
    assert [change.attempt for change in desk.told] == [1, 2, 3]
    assert len({change.id for change in desk.told}) == 1
    assert timedelta(seconds=4) < waits[0] < timedelta(seconds=6)
    assert timedelta(seconds=25) < waits[1] < timedelta(seconds=31)


async def test_a_handler_that_breaks_or_is_not_there_tells_nothing_of_itself(desk: Desk) -> None:
    async def breaks(_: telling.Change) -> None:
        raise RuntimeError("password=hunter2")

    desk.syncs.tellers["HANDLER"].args[0]["breaks"] = breaks  # type: ignore[attr-defined]
    for name in ("breaks", "nobody"):
        await drained_after_a_job(desk, await desk.subscribe(service_name=name, address=name))
    rows = await desk.connection.fetch("SELECT last_error FROM ops.service_syncs WHERE last_error IS NOT NULL")
    assert {row["last_error"] for row in rows} == {
        "The handler failed: RuntimeError.",
        'There is no handler called "nobody".',
    }


async def drained_after_a_job(desk: Desk, subscription: str) -> None:
    await desk.job()
    await drained(desk, subscription)


async def test_what_somebody_began_who_did_not_live_to_end_it_is_told_again(desk: Desk) -> None:
    subscription = await desk.subscribe()
    await desk.job()
    async with desk.database.work(by("test")) as work:
        found = await telling.begin(work, UUID(subscription))
        assert found is not None
        (begun,) = await telling.take(work, found)
    assert await desk.states() == ["PROCESSING"]
    assert await desk.syncs.due() == []
    await desk.connection.execute("UPDATE ops.service_syncs SET started_at = now() - interval '1 minute'")
    assert await desk.syncs.due() == [subscription]
    await drained(desk, subscription)
    assert [change.id for change in desk.told] == [begun.id]
    assert await desk.states() == ["COMPLETED"]


async def test_a_subscription_that_is_stopped_keeps_what_it_waits_for(desk: Desk) -> None:
    subscription = await desk.subscribe()
    await desk.job()
    await desk.connection.execute("UPDATE ops.service_subscriptions SET is_active = false")
    assert await desk.syncs.due() == []
    await drained(desk, subscription)
    assert desk.told == []
    await desk.connection.execute("UPDATE ops.service_subscriptions SET is_active = true")
    await drained(desk, subscription)
    assert len(desk.told) == 1


async def test_of_a_row_that_is_gone_only_the_id_is_told(desk: Desk) -> None:
    subscription = await desk.subscribe()
    job = await desk.job()
    await desk.connection.execute("DELETE FROM freelance.jobs WHERE id = $1", job)
    await drained(desk, subscription)
    assert [(change.operation, change.data) for change in desk.told] == [("CREATE", None), ("DELETE", None)]


async def test_a_change_as_json_names_the_row_by_its_global_id(desk: Desk) -> None:
    subscription = await desk.subscribe(fields=["title"])
    job = await desk.job()
    await drained(desk, subscription)
    told = orjson.loads(desk.told[0].body)
    assert told.pop("occurredAt")
    assert told == {
        "id": f"service_sync_{desk.told[0].id}",
        "service": "desk",
        "entity": "Job",
        "entityId": f"job_{job}",
        "operation": "CREATE",
        "data": {"title": "T"},
    }


async def test_a_slow_service_has_failed_after_the_seconds_of_its_subscription(desk: Desk) -> None:
    async def sleeps(_: telling.Change) -> None:
        await asyncio.sleep(60)

    desk.syncs.tellers["HANDLER"].args[0]["sleeps"] = sleeps  # type: ignore[attr-defined]
    await drained_after_a_job(desk, await desk.subscribe(address="sleeps", timeout_seconds=1))
    error = await desk.connection.fetchval("SELECT last_error FROM ops.service_syncs")
    assert error == "The service did not answer within 1 seconds."

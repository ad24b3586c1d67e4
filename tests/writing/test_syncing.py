"""The queue to services, by hand: queueSync, syncStatus and retryFailed, and who may."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest

from app.database import Database, connected
from app.http.application import create_app
from app.services.accounts.tokens import SESSION, digest, made
from app.settings import Settings
from app.worker.syncs import Syncs, by_handler
from graph.access.viewers import key, person
from graph.engine.access import ADMIN, ANONYMOUS, Viewer
from tests.writing.conftest import OWNER, RIVAL, SHOP, Shop, owner, rival

QUEUE = """mutation($input: QueueSyncInput!) {
  queueSync(input: $input) {
    serviceSync { serviceName entityType operation status data attemptCount }
    userErrors { code field message }
  }
}"""
STATUS = "{ syncStatus { pending processing completed failed services { serviceName pending completed } } }"


async def put(shop: Shop, table: str, **values: Any) -> Any:
    """Insert a row; its id."""
    names, places = ", ".join(values), ", ".join(f"${at}" for at in range(1, len(values) + 1))
    async with shop.database.work() as work:
        rows = await work.fetch(f"INSERT INTO {table} ({names}) VALUES ({places}) RETURNING id", *values.values())
    return rows[0]["id"]


async def subscribed(shop: Shop, service: str = "azora-forge", entity: str = "Job", **values: Any) -> UUID:
    """A service that is told of changes by a handler of its name."""
    given = {
        **{"service_name": service, "entity_type": entity, "transport": "HANDLER", "address": service},
        **{"operations": ["CREATE", "UPDATE", "DELETE", "SYNC"], **values},
    }
    found: UUID = await put(shop, "ops.service_subscriptions", **given)
    return found


async def a_job(shop: Shop, business: UUID | None = SHOP) -> str:
    """A job that nobody was told of, as the queue is empty again."""
    id_ = await put(shop, "freelance.jobs", client_id=OWNER, business_id=business, title="T", description="D", budget=1)
    async with shop.database.work() as work:
        await work.fetch("DELETE FROM ops.service_syncs")
    return f"job_{id_}"


async def test_a_new_job_is_put_into_the_queue_and_the_queue_tells_what_became_of_it(shop: Shop) -> None:
    """The second of the examples that the job market came with: queueSync, then getSyncStatus."""
    subscription = await subscribed(shop, business_id=SHOP)
    job = await a_job(shop)
    data = {"title": "Full Stack Developer", "budget": "5000", "currency": "AZR"}
    given = {"serviceName": "azora-forge", "entityId": job, "operation": "CREATE", "data": data}
    done = (await shop(QUEUE, input=given))["data"]["queueSync"]
    assert done == {
        "serviceSync": {
            **{"serviceName": "azora-forge", "entityType": "Job", "operation": "CREATE", "status": "PENDING"},
            **{"data": data, "attemptCount": 0},
        },
        "userErrors": [],
    }
    assert (await shop(STATUS))["data"]["syncStatus"] == {
        **{"pending": 1, "processing": 0, "completed": 0, "failed": 0},
        "services": [{"serviceName": "azora-forge", "pending": 1, "completed": 0}],
    }
    told = []

    async def forge(change: Any) -> None:
        told.append(change.data)

    await Syncs(shop.database, {"HANDLER": by_handler({"azora-forge": forge})}).drain(str(subscription))
    assert told == [data]
    status = (await shop(STATUS))["data"]["syncStatus"]
    assert (status["pending"], status["completed"]) == (0, 1)


async def test_what_failed_is_tried_again_when_somebody_says_so(shop: Shop) -> None:
    subscription = await subscribed(shop, max_attempts=1, business_id=SHOP)
    await shop(QUEUE, input={"serviceName": "azora-forge", "entityId": await a_job(shop)})
    syncs = Syncs(shop.database, {"HANDLER": by_handler({})})
    await syncs.drain(str(subscription))
    assert (await shop(STATUS))["data"]["syncStatus"]["failed"] == 1
    retry = "mutation($service: String) { retryFailed(serviceName: $service) { retriedCount userErrors { code } } }"
    for service, viewer, count in (("other", owner, 0), (None, rival, 0), ("azora-forge", owner, 1), (None, ADMIN, 0)):
        done = await shop(retry, viewer, service=service)
        assert done["data"]["retryFailed"] == {"retriedCount": count, "userErrors": []}
    (row,) = await shop.rows("SELECT status, attempt_count, last_error FROM ops.service_syncs")
    assert (row["status"], row["attempt_count"]) == ("PENDING", 0)
    assert row["last_error"] == 'There is no handler called "azora-forge".'


LOW = person(UUID(int=23), roles={SHOP: "STAFF"})


@pytest.mark.parametrize(
    ("viewer", "code", "field"),
    [
        (ANONYMOUS, "FORBIDDEN", None),
        (LOW, "FORBIDDEN", None),
        (rival, "NOT_FOUND", "entityId"),
        (key(RIVAL, ["*"]), "NOT_FOUND", "entityId"),
        (key(SHOP, ["service_syncs:read"]), "FORBIDDEN", None),
        (key(SHOP, ["service_syncs:write"]), None, None),
        (key(SHOP, ["ops:write"]), None, None),
        (ADMIN, None, None),
    ],
)
async def test_the_queue_is_for_managers_of_the_rows_business(
    shop: Shop, viewer: Viewer, code: str | None, field: str | None
) -> None:
    await subscribed(shop)
    given = {"serviceName": "azora-forge", "entityId": await a_job(shop)}
    done = (await shop(QUEUE, viewer, input=given))["data"]["queueSync"]
    assert [(error["code"], error["field"]) for error in done["userErrors"]] == ([(code, field)] if code else [])
    assert len(await shop.rows("SELECT 1 FROM ops.service_syncs")) == (0 if code else 1)
    seen = (await shop(STATUS, viewer))["data"]["syncStatus"]
    assert (seen is None) == (code == "FORBIDDEN")
    assert seen is None or seen["pending"] == (0 if code else 1)


async def test_every_reason_against_it_is_named(shop: Shop) -> None:
    await subscribed(shop, operations=["CREATE"])
    job = await a_job(shop)
    gone = f"job_{UUID(int=99)}"
    cases: list[tuple[dict[str, Any], str, str]] = [
        ({"serviceName": "", "data": {"x": "y" * 70_000}}, "BAD_USER_INPUT", "serviceName"),
        ({"data": {"x": 10**22}}, "BAD_USER_INPUT", "data"),
        ({"serviceName": "nobody"}, "NOT_FOUND", "serviceName"),
        ({"operation": "SYNC"}, "NOT_FOUND", "serviceName"),
        ({"entityId": gone}, "NOT_FOUND", "entityId"),
        ({"entityId": gone, "operation": "DELETE"}, "NOT_FOUND", "entityId"),
        ({"entityId": await a_job(shop, RIVAL)}, "NOT_FOUND", "entityId"),
    ]
    for more, code, field in cases:
        given = {"serviceName": "azora-forge", "entityId": job, "operation": "CREATE", **more}
        errors = (await shop(QUEUE, input=given))["data"]["queueSync"]["userErrors"]
        assert (errors[0]["code"], errors[0]["field"]) == (code, field), more
    answer = await shop(QUEUE, input={"serviceName": "azora-forge", "entityId": "nothing_1"})
    assert answer["errors"][0]["message"] == 'Argument "input.entityId" is no ID of a row, like job_<uuid>.'
    answer = await shop(QUEUE, input={"serviceName": "azora-forge", "entityId": job, "data": [1]})
    assert answer["errors"][0]["message"] == 'Argument "input.data" must be an object.'


async def test_monitors_ask_for_the_status_by_a_plain_get(shop: Shop, committed: str) -> None:
    await subscribed(shop)
    await shop(QUEUE, ADMIN, input={"serviceName": "azora-forge", "entityId": await a_job(shop)})
    token = made(SESSION)
    await put(shop, "identity.memberships", user_id=OWNER, business_id=SHOP, role="MANAGER")
    until = datetime.now(UTC) + timedelta(days=1)
    await put(shop, "identity.login_sessions", user_id=OWNER, token_hash=digest(token), expires_at=until)

    @asynccontextmanager
    async def opening() -> AsyncIterator[Database]:
        async with connected(committed, read_size=2, write_size=2) as database:
            yield database

    app = create_app(Settings(database_url=committed, trusted_documents="only"), opening)  # type: ignore[call-arg]
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, client=("127.0.0.1", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://agora.example") as client:
            found = await client.get("/api/sync/status", headers={"authorization": f"Bearer {token}"})
            nobody = await client.get("/api/sync/status")
            wrong = await client.get("/api/sync/status", headers={"authorization": "Bearer agora_s_wrong"})
            posted = await client.post("/api/sync/status")
    assert found.status_code == 200
    assert orjson.loads(found.content) == {
        **{"pending": 1, "processing": 0, "completed": 0, "failed": 0},
        "services": [{"serviceName": "azora-forge", "pending": 1, "processing": 0, "completed": 0, "failed": 0}],
    }
    assert found.headers["cache-control"] == "no-store"
    assert (nobody.status_code, nobody.json()["code"]) == (403, "FORBIDDEN")
    assert (wrong.status_code, wrong.json()["code"]) == (401, "UNAUTHENTICATED")
    assert "www-authenticate" in wrong.headers
    assert posted.status_code == 405


async def test_only_administrators_give_a_service_its_secret_and_it_is_told_once(shop: Shop) -> None:
    id_ = f"service_subscription_{await subscribed(shop)}"
    rotate = """mutation($id: ID!, $key: String) {
      rotateSubscriptionSecret(id: $id, idempotencyKey: $key) {
        secret serviceSubscription { serviceName } userErrors { code field }
      }
    }"""
    administrator = Viewer(ADMIN.kind, {"user": OWNER})
    first = (await shop(rotate, administrator, id=id_, key="k"))["data"]["rotateSubscriptionSecret"]
    assert first["secret"].startswith("whsec_")
    assert first["serviceSubscription"] == {"serviceName": "azora-forge"}
    again = (await shop(rotate, administrator, id=id_, key="k"))["data"]["rotateSubscriptionSecret"]
    assert again["secret"] is None
    (row,) = await shop.rows("SELECT signing_secret FROM ops.service_subscriptions")
    assert first["secret"] not in row["signing_secret"]
    for viewer, given, code in (
        (owner, id_, "FORBIDDEN"),
        (ANONYMOUS, id_, "UNAUTHENTICATED"),
        (administrator, f"service_subscription_{UUID(int=9)}", "NOT_FOUND"),
    ):
        refused = (await shop(rotate, viewer, id=given))["data"]["rotateSubscriptionSecret"]
        assert [error["code"] for error in refused["userErrors"]] == [code]
        assert refused["secret"] is None

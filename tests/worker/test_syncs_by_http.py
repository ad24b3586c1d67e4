"""Services that are called: what reaches them, signed if they have a secret, and what counts as taken."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import orjson
import pytest
from standardwebhooks import Webhook as Verifier

from app.outgoing import Outgoing
from app.services.privacy.vault import Vault
from app.services.syncing import queueing
from app.worker.syncs import UNREADABLE, Syncs, by_http
from tests.outgoing.receiver import Receiver, answering, receiving
from tests.worker.conftest import Desk

SECRET = "a secret of the process, long enough"


class Called:
    """A service with an address, and the queue of changes for it."""

    def __init__(self, desk: Desk, receiver: Receiver, calls: Outgoing, vault: Vault) -> None:
        self.desk, self.receiver, self.vault = desk, receiver, vault
        self.syncs = Syncs(desk.database, {"HTTP": by_http(calls, vault)})
        self.subscription = ""

    async def told(self) -> str | None:
        """A job is made, and the service is told; why it did not take that."""
        await self.desk.job()
        await self.syncs.drain(self.subscription)
        error: str | None = await self.desk.connection.fetchval(
            "SELECT last_error FROM ops.service_syncs ORDER BY id DESC LIMIT 1"
        )
        return error


@pytest.fixture
async def called(desk: Desk, tmp_path: Path) -> AsyncIterator[Called]:
    async with receiving() as receiver, receiver.caller() as calls:
        called = Called(desk, receiver, calls, Vault(tmp_path, SECRET))
        called.subscription = await desk.subscribe(transport="HTTP", address=receiver.url, fields=["title"])
        yield called


async def test_a_service_without_a_secret_gets_a_plain_post(called: Called) -> None:
    assert await called.told() is None
    (got,) = called.receiver.got
    assert orjson.loads(got.body)["data"] == {"title": "T"}
    assert got.headers["content-type"] == "application/json"
    assert "webhook-signature" not in got.headers
    assert await called.desk.states() == ["COMPLETED"]


async def test_a_service_with_a_secret_can_verify_what_it_gets(called: Called) -> None:
    async with called.desk.database.transaction() as session:
        secret = await queueing.rotate_secret(session, UUID(called.subscription), called.vault.keep)
    assert await called.told() is None
    (got,) = called.receiver.got
    told = Verifier(secret).verify(got.body, got.headers)
    assert got.headers["webhook-id"] == told["id"]
    with pytest.raises(Exception, match="signature"):
        Verifier(secret).verify(got.body.replace(b"CREATE", b"DELETE"), got.headers)


async def test_a_secret_that_cannot_be_read_is_never_left_out_silently(called: Called, tmp_path: Path) -> None:
    async with called.desk.database.transaction() as session:
        await queueing.rotate_secret(session, UUID(called.subscription), Vault(tmp_path, "another" * 6).keep)
    assert await called.told() == UNREADABLE
    assert called.receiver.got == []


async def test_only_a_status_of_two_hundred_and_some_takes_a_change(called: Called) -> None:
    called.receiver.behave = answering(422, b"no such currency")
    assert await called.told() == "The service answered 422: no such currency"
    assert await called.desk.states() == ["PENDING"]


async def test_a_service_inside_is_not_called(desk: Desk, tmp_path: Path) -> None:
    async with receiving() as receiver, receiver.caller(private=False) as calls:
        called = Called(desk, receiver, calls, Vault(tmp_path, SECRET))
        called.subscription = await desk.subscribe(transport="HTTP", address=receiver.url)
        assert await called.told() is not None
        assert receiver.connections == 0

"""Workers are killed between any two steps of their way: what was committed is told at least once, and nothing else."""

import asyncio
import os
import random
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.kills.conftest import forging
from tests.kills.forge import TOLD
from tests.kills.proxy import Proxy
from tests.outgoing.receiver import Receiver, receiving

ROUNDS = 70
STEPS = 240
"""A worker has begun after about 30 of them, and has told of all there is after 200 to 500."""
LONG_ENOUGH = 3.0
"""Seconds in which a worker that is not at work any more is killed all the same."""

SHOP, CLIENT = UUID(int=11), UUID(int=21)

ARRANGED = f"""
INSERT INTO business.businesses (id, name, slug, type) VALUES ('{SHOP}', 'Shop', 'shop', 'RETAIL');
INSERT INTO identity.users (id, email, first_name, last_name) VALUES ('{CLIENT}', 'c@x.example', 'Cleo', 'C');
INSERT INTO ops.service_subscriptions (service_name, entity_type, transport, address)
SELECT s, 'Job', 'HANDLER', 'desk' FROM unnest(ARRAY['one', 'two', 'three']) AS s;
"""

HOOK = """
INSERT INTO gateway.webhooks (business_id, name, url, event_types, retry_attempts) VALUES ($1, $2, $3, '{job.*}', 20)"""

DONE = """
INSERT INTO freelance.jobs (client_id, business_id, title, description, budget) VALUES ($1, $2, $3, 'D', 1)"""

NOTIFIED = """
INSERT INTO support.notifications (user_id, type, channel, title, body) VALUES ($1, 'SYSTEM', $2, 'T', 'B')"""

OPEN = """
SELECT (SELECT count(*) FROM ops.service_syncs WHERE status <> 'COMPLETED')
     + (SELECT count(*) FROM gateway.webhook_deliveries WHERE status <> 'DELIVERED')
     + (SELECT count(*) FROM support.notifications WHERE status <> 'SENT')"""

HURRY = "UPDATE support.notifications SET scheduled_at = now() WHERE status = 'QUEUED'"
"""Who is killed has claimed what it was about to send, for two minutes."""


class Committing:
    """Whoever writes what workers are to tell, and what is undone again."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection

    async def something(self, round_: int) -> None:
        """A few jobs and notifications, of which as many again are undone."""
        for undone in (False, True):
            transaction = self.connection.transaction()
            await transaction.start()
            for number in range(3):
                await self.connection.execute(DONE, CLIENT, SHOP, f"{'undone' if undone else 'done'} {round_}.{number}")
            for channel in ("IN_APP", "EMAIL"):
                await self.connection.execute(NOTIFIED, CLIENT, channel)
            await (transaction.rollback() if undone else transaction.commit())

    async def ids(self, query: str) -> set[str]:
        """The ids that a query finds."""
        return {str(row[0]) for row in await self.connection.fetch(query)}

    async def settled(self, seconds: float) -> None:
        """Wait until all of it was told."""
        async with asyncio.timeout(seconds):
            while await self.connection.fetchval(OPEN):
                await self.connection.execute(HURRY)
                await asyncio.sleep(0.5)


async def killed_once(proxy: Proxy, forge: Any, words: tuple[str, ...], dice: random.Random, steps: int) -> bool:
    """A worker begins and is killed at some step; whether it came to that step."""
    pid, said = await forge.make(*words)
    assert said == "working"
    proxy.arm(pid, dice.randrange(steps), dice.choice(("before", "after")))
    try:
        async with asyncio.timeout(LONG_ENOUGH):
            await proxy.ended.wait()
    except TimeoutError:
        proxy.order = None
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        return False
    return True


def called(receiver: Receiver) -> set[str]:
    """The ids of the deliveries that reached the webhooks."""
    return {got.headers["webhook-id"].removeprefix("webhook_delivery_") for got in receiver.got}


@pytest.mark.long
async def test_what_is_committed_is_told_at_least_once_and_nothing_else(
    behind: tuple[Proxy, str, asyncpg.Connection], tmp_path: Path
) -> None:
    proxy, url, connection = behind
    await connection.execute(ARRANGED)
    committing, hit = Committing(connection), 0
    async with receiving() as receiver, forging() as forge:
        (tmp_path / "authority.pem").write_bytes(receiver.authority.cert_pem.bytes())
        for name in ("one", "two", "three"):
            await connection.execute(HOOK, SHOP, name, receiver.url)
        words = ("work", url, str(tmp_path))
        for number in range(ROUNDS):
            await committing.something(number)
            hit += await killed_once(proxy, forge, words, random.Random(number), STEPS)
        await forge.make(*words)
        await committing.settled(120)
        told = set((tmp_path / TOLD).read_text().split())
        assert told == await committing.ids("SELECT id FROM ops.service_syncs")
        assert called(receiver) == await committing.ids("SELECT id FROM gateway.webhook_deliveries")
        assert len(receiver.got) > 1.2 * len(called(receiver)), "hardly a worker was killed while it told of anything"
        letters = "".join(file.read_text() for file in (tmp_path / "outbox").glob("*.eml"))
        mailed = await committing.ids("SELECT id FROM support.notifications WHERE channel = 'EMAIL'")
        assert {id_ for id_ in mailed if f"<{id_}@" not in letters} == set()
        assert letters.count("Message-ID:") >= len(mailed) == ROUNDS
    assert await connection.fetchval("SELECT count(*) FROM freelance.jobs") == 3 * ROUNDS
    assert len(told) == 3 * 3 * ROUNDS
    assert hit > ROUNDS / 2, "the workers were killed at no step of theirs"

"""Wake-ups of processes, and a way to wait for what is heard."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import asyncpg
import pytest

from app.wakeups import Wakeups

Heard = list[tuple[str, bytes]]


def listening(wakeups: Wakeups, kind: str) -> Heard:
    """What is heard of a kind of topics from now on."""
    heard: Heard = []
    wakeups.listen(lambda key, payload: heard.append((key, payload)), kind)
    return heard


@asynccontextmanager
async def all_up(*wakeups: Wakeups) -> AsyncIterator[None]:
    """While this is open, all of them are up."""
    async with AsyncExitStack() as stack:
        for one in wakeups:
            await stack.enter_async_context(one.running())
        for one in wakeups:
            await asyncio.wait_for(one.up(), 10)
        yield


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tenth of the time until a connection is asked, given up, and made again."""
    monkeypatch.setattr("app.wakeups.carrier.PROBED", 0.5)
    monkeypatch.setattr("app.wakeups.carrier.CONNECTING", 0.5)
    monkeypatch.setattr("app.wakeups.wakeups.PAUSE", 0.1)


@pytest.fixture
async def beside(committed: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the same database."""
    connection = await asyncpg.connect(committed)
    yield connection
    await connection.close()

"""A shop with an AI agent, on a database where commits stay."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from app.database import Database, connected
from app.services.accounts.passwords import Passwords
from graph.engine.schema.schema import Schema
from tests.answers.counter import ROWS, Counter
from tests.answers.model import Model, model
from tests.identity.asking import Asking


@pytest.fixture
async def database(committed: str) -> AsyncIterator[Database]:
    """A database of its own, where commits stay."""
    async with connected(committed, read_size=4, write_size=6) as database:
        yield database


@pytest.fixture
async def counter(database: Database, committed: str, passwords: Passwords, guarded: Schema) -> AsyncIterator[Counter]:
    """The shop's counter."""
    connection = await asyncpg.connect(committed)
    await connection.execute(ROWS)
    yield Counter(database, connection, Asking(database, database.reads.acquire, passwords, guarded))
    await connection.close()


@pytest.fixture
async def spoken() -> AsyncIterator[Model]:
    """A language model on this machine."""
    async with model() as made:
        yield made

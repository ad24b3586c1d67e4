"""Accounts on a real database: by default inside a transaction that is rolled back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.claims import Claims
from app.database import Database, connected, write_engine
from app.services.accounts.passwords import Passwords
from app.services.privacy.vault import Vault
from graph.engine.schema.schema import Schema
from tests.conftest import SAMPLE, cloned
from tests.identity.accounts import Desk
from tests.identity.asking import Asking


@pytest.fixture
async def desk(database_url: str, passwords: Passwords) -> AsyncIterator[Desk]:
    """Services whose commits go no further than a savepoint."""
    engine = write_engine(database_url, size=1)
    async with engine.connect() as connection:
        outer = await connection.begin()

        @asynccontextmanager
        async def begin() -> AsyncIterator[AsyncSession]:
            mode: Any = "create_savepoint"
            async with AsyncSession(connection, expire_on_commit=False, join_transaction_mode=mode) as session:
                yield session
                await session.commit()

        yield Desk(begin, passwords)
        await outer.rollback()
    await engine.dispose()


@pytest.fixture
async def database(committed: str) -> AsyncIterator[Database]:
    """A database of its own, where commits stay."""
    async with connected(committed, read_size=4, write_size=8) as database:
        yield database


@pytest.fixture
async def real(database: Database, passwords: Passwords) -> Desk:
    """Services that commit, on several connections."""
    return Desk(database.transaction, passwords)


@pytest.fixture
def asking(database: Database, passwords: Passwords, guarded: Schema) -> Asking:
    """The API under its policies, over the database where commits stay."""
    return Asking(database, database.reads.acquire, passwords, guarded)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    """Where exports are kept, empty."""
    return Vault(tmp_path)


@pytest.fixture
def claims(database: Database, vault: Vault) -> Claims:
    """Whoever deals with claims, when the test says so."""
    return Claims(database, vault)


@pytest.fixture
async def sampled(server: Path, sample_database: str) -> AsyncIterator[Database]:
    """A copy of the sample data where commits stay."""
    assert sample_database
    async with cloned(server, SAMPLE) as url, connected(url, read_size=2, write_size=4) as database:
        yield database

"""Empty databases, to build with the migrations or from the models."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import asyncpg
import pytest

FreshDatabase = Callable[[], Awaitable[str]]


@pytest.fixture(scope="session")
async def fresh_database(server: Path) -> AsyncIterator[FreshDatabase]:
    """Make a new empty database and return its URL; all are gone at the end."""
    host = quote(str(server))
    admin = await asyncpg.connect(f"postgresql://agora@/postgres?host={host}")
    names: list[str] = []

    async def make() -> str:
        names.append(f"fresh_{uuid4().hex}")
        await admin.execute(f"CREATE DATABASE {names[-1]}")
        return f"postgresql://agora@/{names[-1]}?host={host}"

    yield make
    for name in names:
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()

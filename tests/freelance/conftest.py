"""A job market where commits stay, the same for all tests: each makes its own people, and looks at their rows alone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.database import Database, connected
from app.services.accounts.passwords import Passwords
from graph.engine.schema.schema import Schema
from tests.conftest import cloned
from tests.freelance.market import Market


@pytest.fixture(scope="session")
async def market_database(server: Path, template: str) -> AsyncIterator[Database]:
    async with cloned(server, template) as url, connected(url, read_size=4, write_size=8) as database:
        yield database


@pytest.fixture(scope="session")
def market(market_database: Database, guarded: Schema, passwords: Passwords) -> Market:
    """The API under its policies."""
    return Market(market_database, guarded, passwords)

"""Live chats where commits stay, in one database: each test makes its own business, and looks at its rows alone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.database import Database, connected
from app.services.accounts.passwords import Passwords
from graph.engine.schema.schema import Schema
from tests.chat.chats import Chats
from tests.conftest import cloned


@pytest.fixture(scope="session")
async def chat_database(server: Path, template: str) -> AsyncIterator[Database]:
    async with cloned(server, template) as url, connected(url, read_size=4, write_size=24) as database:
        yield database


@pytest.fixture(scope="session")
def chats(chat_database: Database, guarded: Schema, passwords: Passwords) -> Chats:
    """The API under its policies."""
    return Chats(chat_database, guarded, passwords)

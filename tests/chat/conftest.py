"""Live chats where commits stay, in one database: each test makes its own business, and looks at its rows alone."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.database import Database, connected
from app.services.accounts.passwords import Passwords
from app.worker import desks
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


@pytest.fixture(autouse=True)
def undone(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """What a worker could not do at desks, of which it only logs; a test that expects some clears it."""
    found: list[dict[str, Any]] = []
    told = SimpleNamespace(info=desks.log.info, warning=lambda event, **about: found.append(about))
    monkeypatch.setattr(desks, "log", told)
    yield found
    assert not found

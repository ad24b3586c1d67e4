"""Notifications on a database where commits stay, at a time that the test tells."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.database import Database, connected
from app.mail import Folder
from app.services.accounts.passwords import Passwords
from app.services.privacy.vault import Vault
from graph.engine.schema.schema import Schema
from tests.identity.asking import Asking
from tests.support.notices import Notices


@pytest.fixture
async def database(committed: str) -> AsyncIterator[Database]:
    """A database of its own, where commits stay."""
    async with connected(committed, read_size=2, write_size=4) as database:
        yield database


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    """What seals addresses."""
    return Vault(tmp_path)


@pytest.fixture
async def notices(database: Database, vault: Vault, tmp_path: Path) -> Notices:
    """Notifications, whose mail is written to files until a test says otherwise."""
    return Notices(database, vault, Folder(tmp_path / "outbox"))


@pytest.fixture
def asking(notices: Notices, passwords: Passwords, guarded: Schema) -> Asking:
    """The API under its policies."""
    return Asking(notices.database, notices.database.reads.acquire, passwords, guarded)

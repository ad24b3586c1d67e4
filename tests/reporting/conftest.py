"""Reports on a database where commits stay, at a time that the test tells."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.database import Database, connected
from app.mail import Folder
from app.mail.letters import sender_of
from app.mail.office import Office
from app.services.accounts.passwords import Passwords
from app.services.privacy.vault import Vault
from app.worker.reports import Reports
from graph.engine.schema.schema import Schema
from tests.conftest import NOW, SAMPLE, cloned
from tests.identity.asking import Asking
from tests.support.notices import Notices


@dataclass
class Press(Notices):
    """Reports and their runs."""

    data: Path = Path()

    @property
    def reports(self) -> Reports:
        office = Office(self.post, sender_of("Agora <agora@x.example>"), "https://shop.example")
        return Reports(self.database, office, self.data, lambda: self.now)

    async def report(self, business: UUID, **values: Any) -> UUID:
        given = {"name": "Sales", "type": "SALES", "schedule": "DAILY", "format": "CSV", **values}
        return await self.insert("reporting.reports", business_id=business, **given)

    async def run_all(self) -> None:
        """Do all that is due now."""
        for key in await self.reports.due():
            await self.reports.drain(key)

    async def runs(self) -> list[dict[str, Any]]:
        return await self.rows("SELECT * FROM reporting.report_runs ORDER BY id")

    async def next_time(self, report: UUID) -> Any:
        (row,) = await self.rows("SELECT next_scheduled_at FROM reporting.reports WHERE id = :id", id=report)
        return row["next_scheduled_at"]


@pytest.fixture
async def database(committed: str) -> AsyncIterator[Database]:
    """A database of its own, where commits stay."""
    async with connected(committed, read_size=2, write_size=4) as database:
        yield database


@pytest.fixture
async def press(database: Database, tmp_path: Path) -> Press:
    """Reports of a shop, whose mail is written to files until a test says otherwise."""
    now = datetime(2026, 11, 30, 12, tzinfo=UTC)
    return Press(database, Vault(tmp_path), Folder(tmp_path / "outbox"), now, tmp_path)


@pytest.fixture
async def sampled(server: Path, sample_database: str, tmp_path: Path) -> AsyncIterator[Press]:
    """The same over a copy of the sample data."""
    assert sample_database
    async with cloned(server, SAMPLE) as url, connected(url, read_size=2, write_size=4) as database:
        yield Press(database, Vault(tmp_path), Folder(tmp_path / "outbox"), NOW, tmp_path)


@pytest.fixture
def asking(press: Press, passwords: Passwords, guarded: Schema) -> Asking:
    """The API under its policies."""
    return Asking(press.database, press.database.reads.acquire, passwords, guarded)

"""Old months go, with what points into them; nothing else does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from app import partitions
from models import Base
from models.uuid7 import uuid7_at

OLD = datetime.now(UTC).replace(day=1, hour=12) - timedelta(days=120)
KEPT = (OLD + timedelta(days=40)).replace(day=1)
BEFORE = KEPT.date().replace(day=1)


@pytest.fixture
async def database(committed: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """A connection to a database of its own."""
    connection = await asyncpg.connect(committed)
    yield connection
    await connection.close()


async def insert(connection: asyncpg.Connection[asyncpg.Record], table: str, **values: Any) -> Any:
    """Insert a row; its id."""
    places = ", ".join(f"${i}" for i in range(1, len(values) + 1))
    return await connection.fetchval(
        f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places}) RETURNING id", *values.values()
    )


async def a_business(connection: asyncpg.Connection[asyncpg.Record]) -> Any:
    """A business."""
    return await insert(connection, "business.businesses", name="Shop", slug="shop", type="RETAIL")


async def test_months_that_are_over_go_and_stay_away(database: asyncpg.Connection[asyncpg.Record]) -> None:
    dropped = await partitions.retire(database, before=BEFORE)
    assert len(dropped) % 9 == 0
    assert f"business.metrics_{OLD:%Y_%m}" in dropped
    assert f"business.metrics_{KEPT:%Y_%m}" not in dropped
    made = await partitions.ensure(database)
    assert [name for name in made if name[-7:] < f"{BEFORE:%Y_%m}"] == []
    assert await database.fetchval("SELECT to_regclass($1)", f"business.metrics_{OLD:%Y_%m}") is None


async def test_a_reference_into_a_month_that_goes_is_forgotten(database: asyncpg.Connection[asyncpg.Record]) -> None:
    business = await a_business(database)
    given: dict[str, Any] = {"business_id": business, "type": "BUSINESS", "name": "revenue"}
    old, kept = [await insert(database, "business.metrics", id=uuid7_at(at), **given) for at in (OLD, KEPT)]
    for metric in (old, kept):
        await insert(
            database,
            "business.alerts",
            business_id=business,
            metric_id=metric,
            type="THRESHOLD",
            severity="HIGH",
            title="Low",
        )
    await partitions.retire(database, before=BEFORE)
    assert await database.fetchval("SELECT count(*) FROM business.alerts") == 2
    assert await database.fetchval("SELECT count(*) FROM business.alerts WHERE metric_id IS NULL") == 1


async def test_a_conversation_that_goes_takes_its_later_messages_along(
    database: asyncpg.Connection[asyncpg.Record],
) -> None:
    business = await a_business(database)
    agent = await insert(database, "agents.agents", business_id=business, name="Bot", slug="bot", type="SALES")
    for started in (OLD, KEPT):
        conversation = await insert(
            database, "agents.conversations", id=uuid7_at(started), agent_id=agent, session_id=f"s{started:%m}"
        )
        for place, at in enumerate((started, KEPT + timedelta(hours=1)), start=1):
            await insert(
                database,
                "agents.messages",
                id=uuid7_at(at),
                conversation_id=conversation,
                role="USER",
                content="Hello",
                sequence_number=place,
            )
    await partitions.retire(database, before=BEFORE)
    assert await database.fetchval("SELECT count(*) FROM agents.conversations") == 1
    assert await database.fetchval("SELECT count(*) FROM agents.messages") == 2


async def test_it_can_be_stopped_and_called_again(
    database: asyncpg.Connection[asyncpg.Record], committed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partitions, "LOCK_TIMEOUT", "20ms")
    monkeypatch.setattr(partitions, "TRIES", 1)
    busy = await asyncpg.connect(committed)
    transaction = busy.transaction()
    await transaction.start()
    await busy.execute("LOCK TABLE gateway.api_logs IN ACCESS SHARE MODE")
    with pytest.raises(asyncpg.LockNotAvailableError):
        await partitions.retire(database, before=BEFORE)
    await transaction.rollback()
    await busy.close()
    dropped = await partitions.retire(database, before=BEFORE)
    assert any(name.startswith("gateway.api_logs") for name in dropped)


async def test_a_month_that_is_not_over_is_refused(database: asyncpg.Connection[asyncpg.Record]) -> None:
    with pytest.raises(ValueError, match="months that are over"):
        await partitions.retire(database, before=date.today() + timedelta(days=40))


def test_tables_that_point_into_others_go_first() -> None:
    order = [table.fullname for table in partitions.children_first()]
    assert len(order) == 9
    assert order.index("agents.messages") < order.index("agents.conversations")
    keys = [key for table in Base.metadata.tables.values() for key in table.foreign_keys]
    pairs = {(key.parent.table.fullname, key.column.table.fullname) for key in keys} - {(name, name) for name in order}
    inside = [(child, parent) for child, parent in pairs if {child, parent} <= set(order)]
    assert all(order.index(child) < order.index(parent) for child, parent in inside)

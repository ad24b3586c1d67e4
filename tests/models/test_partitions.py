from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from app import partitions
from models.uuid7 import uuid7_at, uuid7_floor
from tests.models.support import connected, rolled_back

MAY = datetime(2026, 5, 17, 12, tzinfo=UTC)


async def test_a_new_database_gets_three_years_and_twelve_months_ahead(migrated: str) -> None:
    async with connected(migrated) as connection:
        made = await partitions.ensure(connection)
        assert len(made) == 9 * (36 + 1 + 12)
        assert await partitions.missing(connection, ahead=12) == []
        assert len(await partitions.missing(connection, ahead=13)) == 9
        assert await partitions.ensure(connection) == []


async def test_partitions_are_named_by_month(migrated: str) -> None:
    async with connected(migrated) as connection:
        made = await partitions.ensure(connection, since=date(2026, 5, 17), ahead=0)
        assert made[0] == "agents.conversations_2026_05"
        assert "business.metrics_2026_05" in made


async def test_two_callers_at_once_make_each_partition_once(migrated: str) -> None:
    async with connected(migrated) as one, connected(migrated) as two:
        made = await asyncio.gather(
            partitions.ensure(one, since=date.today(), ahead=2), partitions.ensure(two, since=date.today(), ahead=2)
        )
        assert sorted(map(len, made)) == [0, 27]


async def test_what_is_missing_is_named_detached_or_not_there(migrated: str) -> None:
    async with connected(migrated) as connection:
        assert len(await partitions.missing(connection, ahead=1)) == 18
        first, *_ = await partitions.ensure(connection, since=date.today(), ahead=1)
        await connection.execute(f"ALTER TABLE {first.rpartition('_')[0][:-5]} DETACH PARTITION {first}")
        assert await partitions.missing(connection, ahead=1) == [first]
        assert await partitions.ensure(connection, since=date.today(), ahead=1) == []


async def test_readers_and_writers_do_not_stop_it(migrated: str) -> None:
    async with connected(migrated) as busy, connected(migrated) as connection:
        await partitions.ensure(connection, since=date.today(), ahead=0)
        async with busy.transaction():
            await busy.fetch("SELECT * FROM agents.messages JOIN business.metrics USING (id)")
            assert len(await partitions.ensure(connection, since=date.today(), ahead=1)) == 9


async def test_it_tries_again_when_a_table_is_locked(migrated: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partitions, "LOCK_TIMEOUT", "50ms")
    async with connected(migrated) as busy, connected(migrated) as connection:
        transaction = busy.transaction()
        await transaction.start()
        await busy.execute("LOCK TABLE identity.users IN ROW EXCLUSIVE MODE")
        making = asyncio.create_task(partitions.ensure(connection, since=date.today(), ahead=0))
        await asyncio.sleep(0.3)
        assert not making.done()
        await transaction.rollback()
        assert len(await making) == 9


async def test_when_the_lock_never_comes_it_says_so_and_lets_others_try(
    migrated: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partitions, "LOCK_TIMEOUT", "50ms")
    monkeypatch.setattr(partitions, "TRIES", 1)
    async with connected(migrated) as busy, connected(migrated) as connection:
        async with busy.transaction():
            await busy.execute("LOCK TABLE identity.users IN ROW EXCLUSIVE MODE")
            with pytest.raises(asyncpg.LockNotAvailableError):
                await partitions.ensure(connection, since=date.today(), ahead=0)
        assert len(await partitions.ensure(busy, since=date.today(), ahead=0)) == 9


class Rows:
    """Rows in partitions."""

    def __init__(self, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        self.connection = connection

    async def business(self) -> UUID:
        insert = "INSERT INTO business.businesses (name, slug, type) VALUES ('Shop', 'shop', 'RETAIL') RETURNING id"
        made: UUID = await self.connection.fetchval(insert)
        return made

    async def metric(self, business: UUID, at: datetime, **values: Any) -> UUID:
        key = uuid7_at(at)
        given = {"id": key, "business_id": business, "type": "SYSTEM", "name": "load", **values}
        places = ", ".join(f"${i}" for i in range(1, len(given) + 1))
        await self.connection.execute(
            f"INSERT INTO business.metrics ({', '.join(given)}) VALUES ({places})", *given.values()
        )
        return key

    async def visited(self, query: str, *arguments: Any) -> set[str]:
        """The partitions of metrics that a generic plan of `query` reads."""
        await self.connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        lines = await self.connection.fetch(
            f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, BUFFERS OFF) {query}", *arguments
        )
        words = [word for row in lines if "never executed" not in row[0] for word in row[0].split()]
        return {
            word.removeprefix("metrics_") for word in words if word.startswith("metrics_20") and word.count("_") == 2
        }


@pytest.fixture
async def rows(database_url: str) -> Any:
    async with connected(database_url) as connection, rolled_back(connection):
        yield Rows(connection)


async def test_a_write_outside_all_partitions_is_an_error(rows: Rows) -> None:
    business = await rows.business()
    with pytest.raises(asyncpg.CheckViolationError, match="no partition of relation"):
        await rows.metric(business, datetime(2001, 1, 1, tzinfo=UTC))


async def test_the_last_and_first_millisecond_of_months_fall_into_their_partitions(rows: Rows) -> None:
    business = await rows.business()
    june = datetime(2026, 6, 1, tzinfo=UTC)
    before = await rows.metric(business, june - timedelta(milliseconds=1))
    after = await rows.metric(business, june)
    query = "SELECT tableoid::regclass::text, recorded_at FROM business.metrics WHERE id = $1"
    assert tuple(await rows.connection.fetchrow(query, before) or ()) == (
        "business.metrics_2026_05",
        june - timedelta(milliseconds=1),
    )
    assert tuple(await rows.connection.fetchrow(query, after) or ()) == ("business.metrics_2026_06", june)


async def test_partitions_keep_the_checks(rows: Rows) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="ck_metrics_type_is_known"):
        await rows.metric(await rows.business(), MAY, type="NONSENSE")


async def test_partitions_keep_the_foreign_keys(rows: Rows) -> None:
    with pytest.raises(asyncpg.ForeignKeyViolationError, match="fk_metrics_business_id"):
        await rows.metric(uuid7_at(MAY), MAY)


async def test_partitions_are_referred_to_and_cascade(rows: Rows) -> None:
    business = await rows.business()
    await rows.metric(business, MAY)
    await rows.connection.execute("DELETE FROM business.businesses")
    assert await rows.connection.fetchval("SELECT count(*) FROM business.metrics") == 0


async def test_partitions_keep_indexes_and_defaults(rows: Rows) -> None:
    lacking = await rows.connection.fetch(
        "SELECT p.inhrelid::regclass, i.indexrelid::regclass FROM pg_inherits AS p "
        "JOIN pg_index AS i ON i.indrelid = p.inhparent WHERE NOT EXISTS "
        "(SELECT FROM pg_inherits AS c JOIN pg_index AS o ON o.indexrelid = c.inhrelid "
        " WHERE c.inhparent = i.indexrelid AND o.indrelid = p.inhrelid)"
    )
    assert lacking == []
    made = await rows.connection.fetchval(
        "INSERT INTO business.metrics (business_id, type, name) VALUES ($1, 'SYSTEM', 'load') "
        "RETURNING recorded_at BETWEEN now() - interval '1 minute' AND now() + interval '1 minute'",
        await rows.business(),
    )
    assert made


async def test_keys_prune_to_their_partitions(rows: Rows) -> None:
    business = await rows.business()
    keys = [await rows.metric(business, MAY), await rows.metric(business, MAY + timedelta(days=31))]
    query = "SELECT * FROM business.metrics WHERE id = ANY($1::uuid[])"
    assert await rows.visited(query, keys) == {"2026_05", "2026_06"}


async def test_a_range_of_keys_prunes_to_its_partitions(rows: Rows) -> None:
    query = "SELECT * FROM business.metrics WHERE id >= $1 AND id < $2"
    assert await rows.visited(query, uuid7_floor(MAY), uuid7_floor(MAY + timedelta(days=31))) == {"2026_05", "2026_06"}
    query = "SELECT * FROM business.metrics WHERE id >= uuid7_floor($1) AND id < uuid7_floor($2)"
    assert await rows.visited(query, MAY, MAY + timedelta(days=5)) == {"2026_05"}


async def test_newest_first_stops_in_the_first_partition_that_has_enough(rows: Rows) -> None:
    business = await rows.business()
    for days in range(40):
        await rows.metric(business, MAY + timedelta(days=days))
    query = "SELECT id FROM business.metrics WHERE id < $1 ORDER BY id DESC LIMIT 5"
    assert await rows.visited(query, uuid7_floor(MAY + timedelta(days=45))) <= {"2026_06", "2026_07"}

"""The sample data: every entity has rows, and they hang together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest

from app.seed import ADA, ADA_EMAIL, BUSINESS, JOB, AlreadySeeded, is_empty, seed
from app.seed.load import INITIAL, new_world
from app.seed.world import SPAN, Scale
from models import Base
from models.base import BY_TABLE
from models.columns import OneOf
from tests.conftest import NOW
from tests.models.support import connected

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]

DOMAINS = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith(("test_", "_")))


def as_of_then(query: str) -> str:
    """The query as it was on the day on which the sample data ends, whatever day it is now."""
    return query.replace("now()", f"timestamptz '{NOW.isoformat()}'").replace("current_date", f"date '{NOW:%Y-%m-%d}'")


WRONG: dict[str, str] = {
    f"{domain}: {wrong}": as_of_then(query)
    for domain in DOMAINS
    for wrong, query in import_module(f"tests.seed.{domain}").WRONG.items()
}
"""Each of these must find nothing."""

TABLES = sorted(BY_TABLE.keys() & {table.fullname for table in Base.metadata.tables.values()})


@pytest.mark.parametrize("query", WRONG.values(), ids=[f"there is not {wrong}" for wrong in WRONG])
async def test_sample_data_is_coherent(sample: Connection, query: str) -> None:
    assert await sample.fetch(query) == []


def test_every_domain_says_what_would_be_wrong() -> None:
    assert set(DOMAINS) == {str(table.schema) for table in Base.metadata.tables.values()}


async def test_every_entity_has_rows(sample: Connection) -> None:
    assert [table for table in TABLES if not await sample.fetchval(f"SELECT EXISTS (SELECT FROM {table})")] == []


async def test_every_state_of_every_state_machine_of_the_job_market_occurs(sample: Connection) -> None:
    for table in ("jobs", "applications", "escrows", "milestones", "disputes"):
        kind = Base.metadata.tables[f"freelance.{table}"].columns["status"].type
        assert isinstance(kind, OneOf)
        found = await sample.fetchval(f"SELECT array_agg(DISTINCT status) FROM freelance.{table}")
        assert set(found) == set(kind.members), table


async def test_the_known_person_job_and_business_are_there(sample: Connection) -> None:
    row = await sample.fetchrow(
        "SELECT u.email, j.status, e.status AS escrow FROM freelance.jobs AS j "
        "JOIN identity.users AS u ON u.id = client_id JOIN freelance.escrows AS e ON e.job_id = j.id "
        "WHERE j.id = $1 AND u.id = $2",
        *(JOB, ADA),
    )
    assert tuple(row or ()) == (ADA_EMAIL, "COMPLETED", "RELEASED")
    units = await sample.fetchval(
        "SELECT count(*) FROM business.businesses AS unit "
        "JOIN business.businesses AS parent ON parent.id = unit.parent_id WHERE parent.slug = $1",
        BUSINESS,
    )
    assert units == 5


async def test_every_source_system_has_a_business_with_data_of_its_kind(sample: Connection) -> None:
    slugs = {row["slug"] for row in await sample.fetch("SELECT slug FROM business.businesses")}
    assert {"ecigdis", "azora", "vividwalls", "agentshop", "multiagent"} <= slugs
    sellers = (
        "SELECT slug FROM business.businesses AS b WHERE EXISTS (SELECT FROM sales.orders WHERE business_id = b.id)"
    )
    assert {"vapeshed", "vividwalls", "agentshop", "multiagent"} <= {row["slug"] for row in await sample.fetch(sellers)}


async def test_daily_figures_reach_back_three_years(sample: Connection) -> None:
    reach = await sample.fetchrow("SELECT min(recorded_at) AS first, max(recorded_at) AS last FROM business.metrics")
    assert reach is not None
    assert reach["first"].date() == (NOW - SPAN).date()
    assert reach["last"].date() == (NOW - timedelta(days=1)).date()


async def checksums(connection: Connection) -> dict[str, str]:
    """A checksum of all rows of each table; those that triggers make have ids of their own."""
    query = "SELECT md5(string_agg(md5(t::text), '' ORDER BY id)) FROM {} AS t"
    given = [table for table in TABLES if table != "knowledge.search_entries"]
    return {table: await connection.fetchval(query.format(table)) for table in given}


@pytest.mark.long
async def test_the_same_number_and_day_give_the_same_rows(sample: Connection, migrated: str) -> None:
    async with connected(migrated) as connection:
        assert await is_empty(connection)
        await seed(connection, now=NOW)
        assert await checksums(connection) == await checksums(sample)


@pytest.mark.long
@pytest.mark.parametrize("number", [2, 3])
async def test_another_number_gives_other_rows_that_hang_together_as_well(
    sample: Connection, migrated: str, number: int
) -> None:
    async with connected(migrated) as connection:
        await seed(connection, now=NOW, number=number)
        mine, theirs = await checksums(connection), await checksums(sample)
        assert mine["sales.orders"] != theirs["sales.orders"]
        found = [wrong for wrong, query in WRONG.items() if await connection.fetch(query)]
        assert found == []


async def test_a_database_that_is_not_empty_is_refused(sample: Connection) -> None:
    assert not await is_empty(sample)
    with pytest.raises(AlreadySeeded, match="only loaded into an empty one"):
        await seed(sample, now=NOW)


async def test_rows_were_made_within_the_three_years(sample: Connection) -> None:
    start = new_world(NOW, 1, Scale.SMALL).start
    for table in TABLES:
        if "created_at" in Base.metadata.tables[table].columns and table not in INITIAL:
            found = await sample.fetchrow(f"SELECT min(created_at) AS first, max(created_at) AS last FROM {table}")
            assert found is not None
            assert start <= found["first"], table
            assert found["last"] <= datetime.now(UTC), table

from __future__ import annotations

import asyncpg
import pytest

from app import partitions
from app.drift import Catalog, catalog, differences
from models import Base
from tests.models.conftest import FreshDatabase
from tests.models.support import catalog_of, connected, rolled_back, run_sync

CHANGES = {
    "a dropped check": (
        "ALTER TABLE freelance.jobs DROP CONSTRAINT ck_jobs_budget_at_least_zero",
        "missing: constraint freelance.jobs.ck_jobs_budget_at_least_zero",
    ),
    "an added member": (
        "ALTER TABLE freelance.jobs DROP CONSTRAINT ck_jobs_budget_type_is_known, "
        "ADD CONSTRAINT ck_jobs_budget_type_is_known CHECK (budget_type IN ('FIXED', 'HOURLY', 'DAILY'))",
        "different: constraint freelance.jobs.ck_jobs_budget_type_is_known",
    ),
    "a check that is not enforced": (
        "ALTER TABLE freelance.jobs DROP CONSTRAINT ck_jobs_budget_at_least_zero, "
        "ADD CONSTRAINT ck_jobs_budget_at_least_zero CHECK (budget >= 0) NOT ENFORCED",
        "different: constraint freelance.jobs.ck_jobs_budget_at_least_zero",
    ),
    "a foreign key that deletes differently": (
        "ALTER TABLE freelance.jobs DROP CONSTRAINT fk_jobs_client_id, ADD CONSTRAINT fk_jobs_client_id "
        "FOREIGN KEY (client_id) REFERENCES identity.users (id) ON DELETE CASCADE",
        "different: constraint freelance.jobs.fk_jobs_client_id",
    ),
    "a changed trigger": (
        "CREATE OR REPLACE TRIGGER touch_updated_at BEFORE UPDATE ON freelance.jobs "
        "FOR EACH ROW EXECUTE FUNCTION touch_updated_at()",
        "different: trigger freelance.jobs.touch_updated_at",
    ),
    "a trigger that is switched off": (
        "ALTER TABLE freelance.jobs DISABLE TRIGGER touch_updated_at",
        "different: trigger freelance.jobs.touch_updated_at",
    ),
    "a changed function": (
        "CREATE OR REPLACE FUNCTION touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$",
        "different: function public.touch_updated_at()",
    ),
    "a missing index": (
        "DROP INDEX freelance.ix_jobs_client_id",
        "missing: index freelance.jobs.ix_jobs_client_id",
    ),
    "an index on other columns": (
        "DROP INDEX freelance.ix_jobs_client_id; CREATE INDEX ix_jobs_client_id ON freelance.jobs (client_id, id)",
        "different: index freelance.jobs.ix_jobs_client_id",
    ),
    "another default": (
        "ALTER TABLE freelance.jobs ALTER currency SET DEFAULT 'EUR'",
        "different: column freelance.jobs.currency",
    ),
    "a column that may be null": (
        "ALTER TABLE freelance.jobs ALTER title DROP NOT NULL",
        "different: column freelance.jobs.title",
    ),
    "another type": (
        "ALTER TABLE freelance.milestones ALTER amount TYPE numeric(22,2)",
        "different: column freelance.milestones.amount",
    ),
    "a stored instead of a virtual column": (
        "ALTER TABLE identity.users DROP rating_average, ADD rating_average numeric(5,2) GENERATED ALWAYS AS "
        "(round(rating_sum::numeric / nullif(rating_count, 0), 2)) STORED",
        "different: column identity.users.rating_average",
    ),
    "a column too many": (
        "ALTER TABLE freelance.jobs ADD colour text",
        "unexpected: column freelance.jobs.colour",
    ),
    "a view too many": (
        "CREATE VIEW freelance.open_jobs AS SELECT id FROM freelance.jobs",
        "unexpected: view freelance.open_jobs",
    ),
}


@pytest.fixture(scope="session")
async def expected(fresh_database: FreshDatabase) -> Catalog:
    """What the models declare."""
    url = await fresh_database()
    await run_sync(url, Base.metadata.create_all)
    return await catalog_of(url)


async def test_the_migrations_build_what_the_models_declare(migrated: str, expected: Catalog) -> None:
    assert differences(expected, await catalog_of(migrated)) == []
    assert len(expected) > 400


@pytest.mark.parametrize(("change", "line"), CHANGES.values(), ids=CHANGES)
async def test_drift_is_noticed(migrated: str, expected: Catalog, change: str, line: str) -> None:
    async with connected(migrated) as connection, rolled_back(connection):
        await connection.execute(change)
        found = differences(expected, await catalog(connection))
        assert any(difference.startswith(line) for difference in found), found


async def test_partitions_are_no_drift(migrated: str, expected: Catalog) -> None:
    async with connected(migrated) as connection, rolled_back(connection):
        assert await partitions.ensure(connection)
        assert differences(expected, await catalog(connection)) == []


async def test_what_the_models_made_they_remove(fresh_database: FreshDatabase) -> None:
    url = await fresh_database()
    empty = await catalog_of(url)
    await run_sync(url, Base.metadata.create_all)
    await run_sync(url, Base.metadata.drop_all)
    assert differences(empty, await catalog_of(url)) == []


async def test_reading_the_catalog_leaves_the_session_as_it_was(
    connection: asyncpg.Connection[asyncpg.Record],
) -> None:
    before = await connection.fetchval("SHOW search_path")
    await catalog(connection)
    assert await connection.fetchval("SHOW search_path") == before

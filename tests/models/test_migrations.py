from __future__ import annotations

import asyncio
import sys
from datetime import date
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory

from app import migrations, partitions
from app.assets import asset
from app.drift import differences
from tests.models.conftest import FreshDatabase
from tests.models.support import catalog_of, connected

UPGRADE = "import asyncio, sys; from app import migrations; asyncio.run(migrations.upgrade(sys.argv[1]))"


@pytest.mark.long
async def test_up_and_down_and_up_again_is_the_same(
    fresh_database: FreshDatabase, capfd: pytest.CaptureFixture[str]
) -> None:
    url = await fresh_database()
    empty = await catalog_of(url)
    assert await migrations.current(url) is None
    await migrations.upgrade(url)
    assert await migrations.current(url) == migrations.head()
    once = await catalog_of(url)
    await migrations.downgrade(url, "base")
    assert differences(empty, await catalog_of(url)) == []
    async with connected(url) as connection:
        assert await connection.fetchval("SELECT to_regclass('alembic_version')") is None
    await migrations.upgrade(url)
    assert differences(once, await catalog_of(url)) == []
    assert capfd.readouterr() == ("", "")


async def test_a_revision_of_another_version_is_refused_with_the_way_out(migrated: str) -> None:
    async with connected(migrated) as connection:
        await connection.execute("UPDATE alembic_version SET version_num = '0007_of_yesterday'")
    with pytest.raises(migrations.UnknownRevision, match=r"0007_of_yesterday.*agora db reset"):
        await migrations.upgrade(migrated)


async def test_every_installation_begins_with_six_businesses_and_the_agents_that_run_them(migrated: str) -> None:
    async with connected(migrated) as connection:
        rows = await connection.fetch(
            "SELECT b.slug, p.slug AS parent FROM business.businesses AS b "
            "LEFT JOIN business.businesses AS p ON p.id = b.parent_id ORDER BY b.id"
        )
        units = ("vapeshed", "vapingkiwi", "vapehq", "wholesale", "manufacturing")
        assert [tuple(row) for row in rows] == [("ecigdis", None), *((unit, "ecigdis") for unit in units)]
        agents = await connection.fetchrow(
            "SELECT count(*) AS count, count(DISTINCT port) AS ports, min(port), max(port), "
            "count(*) FILTER (WHERE parent_id IS NULL) AS heads, count(*) FILTER (WHERE primary_tables = '{}') AS idle "
            "FROM agents.agents"
        )
        assert tuple(agents or ()) == (41, 41, 8000, 8100, 1, 0)
        depth = await connection.fetchval(
            "WITH RECURSIVE tree AS (SELECT id, 1 AS depth FROM agents.agents WHERE parent_id IS NULL UNION ALL "
            "SELECT a.id, depth + 1 FROM agents.agents AS a JOIN tree ON tree.id = a.parent_id) "
            "SELECT array_agg(DISTINCT depth ORDER BY depth) FROM tree HAVING count(*) = 41"
        )
        assert depth == [1, 2, 3]


@pytest.mark.long
async def test_every_step_back_undoes_its_step_forward(fresh_database: FreshDatabase) -> None:
    url = await fresh_database()
    for script in reversed(list(ScriptDirectory.from_config(migrations.config()).walk_revisions())):
        before = await catalog_of(url)
        await migrations.upgrade(url, script.revision)
        once = await catalog_of(url)
        await migrations.downgrade(url, script.down_revision or "base")  # type: ignore[arg-type]
        assert differences(before, await catalog_of(url)) == []
        await migrations.upgrade(url, script.revision)
        assert differences(once, await catalog_of(url)) == []


@pytest.mark.long
async def test_two_processes_that_start_at_once_upgrade_once(fresh_database: FreshDatabase) -> None:
    url = await fresh_database()
    both = [await asyncio.create_subprocess_exec(sys.executable, "-c", UPGRADE, url) for _ in range(2)]
    assert [await process.wait() for process in both] == [0, 0]
    assert await migrations.current(url) == migrations.head()


@pytest.mark.long
async def test_two_tasks_of_one_process_upgrade_once(fresh_database: FreshDatabase) -> None:
    url = await fresh_database()
    await asyncio.gather(migrations.upgrade(url), migrations.upgrade(url))
    assert await migrations.current(url) == migrations.head()


@pytest.mark.filterwarnings("ignore:Cannot correctly sort tables")  # a business and its first site name each other
async def test_autogenerate_finds_nothing_to_do_not_even_in_partitions(migrated: str) -> None:
    async with connected(migrated) as connection:
        await partitions.ensure(connection, since=date.today(), ahead=1)
    await asyncio.to_thread(command.check, migrations.config(migrated))


def test_the_migrations_folder_is_no_package_that_would_hide_the_library() -> None:
    assert not list(asset("alembic").rglob("__init__.py"))


def test_assets_are_found_in_the_checkout() -> None:
    assert asset("alembic") == Path(__file__).parents[2] / "alembic"

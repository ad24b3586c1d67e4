from __future__ import annotations

import asyncio
import sys
import time
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


async def test_a_new_database_comes_to_the_head_within_three_seconds(fresh_database: FreshDatabase) -> None:
    url = await fresh_database()
    assert await migrations.current(url) is None
    started = time.monotonic()
    await migrations.upgrade(url)
    assert time.monotonic() - started < 3
    assert await migrations.current(url) == migrations.head()


async def test_back_at_the_base_nothing_is_left(fresh_database: FreshDatabase) -> None:
    url = await fresh_database()
    empty = await catalog_of(url)
    await migrations.upgrade(url)
    await migrations.downgrade(url, "base")
    assert differences(empty, await catalog_of(url)) == []
    assert await migrations.current(url) is None
    async with connected(url) as connection:
        assert await connection.fetchval("SELECT to_regclass('alembic_version')") is None


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


async def test_two_processes_that_start_at_once_upgrade_once(fresh_database: FreshDatabase) -> None:
    url = await fresh_database()
    both = [await asyncio.create_subprocess_exec(sys.executable, "-c", UPGRADE, url) for _ in range(2)]
    assert [await process.wait() for process in both] == [0, 0]
    assert await migrations.current(url) == migrations.head()


async def test_two_tasks_of_one_process_upgrade_once(fresh_database: FreshDatabase) -> None:
    url = await fresh_database()
    await asyncio.gather(migrations.upgrade(url), migrations.upgrade(url))
    assert await migrations.current(url) == migrations.head()


async def test_autogenerate_finds_nothing_to_do_not_even_in_partitions(fresh_database: FreshDatabase) -> None:
    url = await fresh_database()
    await migrations.upgrade(url)
    async with connected(url) as connection:
        await partitions.ensure(connection)
    await asyncio.to_thread(command.check, migrations.config(url))


async def test_an_upgrade_says_nothing(fresh_database: FreshDatabase, capfd: pytest.CaptureFixture[str]) -> None:
    await migrations.upgrade(await fresh_database())
    assert capfd.readouterr() == ("", "")


def test_the_migrations_folder_is_no_package_that_would_hide_the_library() -> None:
    assert not list(asset("alembic").rglob("__init__.py"))


def test_assets_are_found_in_the_checkout() -> None:
    assert asset("alembic") == Path(__file__).parents[2] / "alembic"

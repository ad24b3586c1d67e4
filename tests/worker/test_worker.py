"""Workers share what there is to do, take up what others leave, and go on when the database was away."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import asyncpg
import pytest

from app.services.waking import WORK
from app.wakeups import waking
from app.worker import worker as module
from app.worker.parts import Chore
from app.worker.worker import Worker
from tests.worker.conftest import Desk, until


async def test_a_worker_tells_services_what_is_committed(desk: Desk) -> None:
    await desk.subscribe()
    async with desk.working():
        job = await desk.job()
        await until(lambda: [change.entity_id for change in desk.told] == [job])
        await until(lambda: _all(desk, "COMPLETED"))


async def _all(desk: Desk, state: str) -> bool:
    return set(await desk.states()) == {state}


async def test_a_wake_up_is_faster_than_the_next_look(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDS", 60.0)
    await desk.subscribe()
    async with waking(desk.database) as wakeups, desk.working() as worker:
        wakeups.listen(lambda key, payload: worker.wake(), WORK)
        await desk.job()

        def told_when_woken() -> bool:
            wakeups.send(WORK)
            return bool(desk.told)

        await until(told_when_woken, 10)


class Noting:
    """An outbox of one part, which notes who is at it."""

    name = "noting"

    def __init__(self) -> None:
        self.at_it = self.most = self.times = 0

    async def due(self) -> Sequence[str]:
        """Always something."""
        return ["one"]

    async def drain(self, key: str) -> None:
        """Take a while."""
        self.at_it += 1
        self.times += 1
        self.most = max(self.most, self.at_it)
        await asyncio.sleep(0.05)
        self.at_it -= 1


async def test_of_several_workers_one_at_a_time_does_a_part(desk: Desk) -> None:
    outbox = Noting()
    workers = [Worker(desk.database.dsn, [outbox]) for _ in range(3)]
    async with workers[0].running(), workers[1].running(), workers[2].running():
        await until(lambda: outbox.times >= 5)
    assert outbox.most == 1


class Breaking(Noting):
    """An outbox that breaks."""

    async def drain(self, key: str) -> None:
        """Break."""
        self.times += 1
        raise RuntimeError


async def test_an_outbox_that_breaks_is_tried_again_and_holds_up_no_other(desk: Desk) -> None:
    await desk.subscribe()
    breaking = Breaking()
    async with Worker(desk.database.dsn, [breaking, desk.syncs]).running():
        await desk.job()
        await until(lambda: breaking.times >= 2 and bool(desk.told))


async def test_a_worker_goes_on_after_its_connections_were_cut(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE", 0.05)
    await desk.subscribe()
    async with desk.working():
        await desk.job()
        await until(lambda: len(desk.told) == 1)
        await desk.connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
            "AND datname = current_database() AND backend_type = 'client backend'"
        )
        await desk.job()
        await until(lambda: len(desk.told) == 2)


async def test_a_worker_that_is_to_stop_gives_its_jobs_a_moment_and_no_more(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GRACE", 0.2)
    begun = asyncio.Event()

    class Endless(Noting):
        async def drain(self, key: str) -> None:
            begun.set()
            await asyncio.sleep(600)

    async with Worker(desk.database.dsn, [Endless()]).running():
        await asyncio.wait_for(begun.wait(), 20)
        stopped = time.monotonic()
    assert time.monotonic() - stopped < 10


async def test_chores_are_done_by_their_schedule_by_one_worker(desk: Desk) -> None:
    done: list[float] = []

    async def work() -> None:
        done.append(time.monotonic())
        if len(done) == 1:
            raise RuntimeError  # which keeps nobody from doing it the next time

    chores = [Chore("each second", "* * * * * *", work)]
    workers = [Worker(desk.database.dsn, [], chores) for _ in range(2)]
    async with workers[0].running(), workers[1].running():
        await until(lambda: len(done) >= 3)
    assert all(later - earlier > 0.5 for earlier, later in pairwise(done))


async def test_the_queue_in_the_database_is_the_one_that_the_library_expects(desk: Desk) -> None:
    """As PgQueuer would make it: a newer release that wants another needs a migration of ours."""
    from pgqueuer.adapters.persistence.schema_ddl import render_install
    from pgqueuer.domain.settings import DBSettings, Durability

    migration = (Path(__file__).parents[2] / "alembic/versions/0031_worker.py").read_text()
    for statement in render_install(DBSettings(db_schema="queue", durability=Durability.volatile)).split("\n\n")[2:]:
        assert statement in migration


PROGRAM = """
import asyncio, sys
from app.database import connected
from app.worker.syncs import Syncs, by_handler
from app.worker.worker import Worker

async def stuck(change):
    print("told", flush=True)
    await asyncio.sleep(600)

async def main():
    async with connected(sys.argv[1], write_size=2) as database:
        async with Worker(database.dsn, [Syncs(database, {"HANDLER": by_handler({"desk": stuck})})]).running():
            await asyncio.sleep(600)

asyncio.run(main())
"""


@asynccontextmanager
async def stuck_worker(dsn: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A worker in a process of its own, which is in the middle of telling something."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PROGRAM, dsn), stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    try:
        assert process.stdout is not None
        assert await asyncio.wait_for(process.stdout.readline(), 60) == b"told\n"
        yield process
    finally:
        if process.returncode is None:
            os.kill(process.pid, signal.SIGKILL)
        await process.wait()


@pytest.mark.long
async def test_a_worker_that_is_killed_is_replaced_within_half_a_minute(desk: Desk, committed: str) -> None:
    await desk.subscribe()
    await desk.job()
    async with stuck_worker(committed) as process, desk.working():
        await asyncio.sleep(3)
        assert desk.told == []
        os.kill(process.pid, signal.SIGKILL)
        killed = time.monotonic()
        await until(lambda: _all(desk, "COMPLETED"), 40)
    assert time.monotonic() - killed < 30
    assert timedelta(seconds=30) > module.MISSING


async def test_a_database_without_the_queue_is_worked_on_as_soon_as_it_is_there(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAUSE", 0.05)
    await desk.subscribe()
    await desk.job()
    connection = await asyncpg.connect(desk.database.dsn)
    await connection.execute("ALTER SCHEMA queue RENAME TO elsewhere")
    async with desk.working():
        await asyncio.sleep(0.5)
        await connection.execute("ALTER SCHEMA elsewhere RENAME TO queue")
        await until(lambda: bool(desk.told))
    await connection.close()

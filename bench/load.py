"""The benchmark's database: made once in a folder of its own, and used again while its shape is the same."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from app import migrations, partitions
from app.embedded import remove, running
from bench import rows, shop

VERSION = 3
"""Of the rows; count it up when they change."""
EMPTY, UNFINISHED = "empty", "unfinished"
Progress = Callable[[str], None]


@contextmanager
def database(folder: Path, progress: Progress, *, fresh: bool = False) -> Iterator[tuple[str, float | None]]:
    """A running server with the rows: its URL, and the seconds it took to load if it was loaded now."""
    data = folder / "data"
    folder.mkdir(parents=True, exist_ok=True)
    if fresh and data.exists():
        _remove(data, progress)
    with ExitStack() as stack:
        dsn = stack.enter_context(running(data, progress=progress)).dsn
        found = asyncio.run(_shape(dsn))
        if found not in (EMPTY, _version()):
            stack.close()
            _remove(data, progress)
            dsn = stack.enter_context(running(data, progress=progress)).dsn
        seconds = None if found == _version() else _timed(dsn, progress)
        asyncio.run(_ensure_partitions(dsn))
        yield dsn, seconds


def _remove(data: Path, progress: Progress) -> None:
    progress("removing the old database")
    remove(data)


def _version() -> str:
    return f"bench {VERSION} {migrations.head()}"


async def _shape(dsn: str) -> str:
    """What the database's comment says, which is written when all rows are there; EMPTY, or UNFINISHED without one."""
    connection = await asyncpg.connect(dsn)
    try:
        said: str | None = await connection.fetchval(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
        )
        begun = await connection.fetchval("SELECT to_regclass('public.alembic_version') IS NOT NULL")
        return said or (UNFINISHED if begun else EMPTY)
    finally:
        await connection.close()


def _timed(dsn: str, progress: Progress) -> float:
    begun = time.perf_counter()
    asyncio.run(load(dsn, progress))
    return time.perf_counter() - begun


async def _ensure_partitions(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await partitions.ensure(connection)
    finally:
        await connection.close()


async def load(dsn: str, progress: Progress) -> None:
    """Migrate the empty database at `dsn` and fill it."""
    progress("migrating")
    await migrations.upgrade(dsn)
    await _ensure_partitions(dsn)
    now = datetime.now(UTC)
    months = now.year * 12 + now.month - 1 - partitions.HISTORY
    since = _milliseconds(datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC))
    until = _milliseconds(now) - 3_600_000
    await asyncio.gather(*(_lane(dsn, lane, since, until, progress) for lane in rows.LANES))
    connection = await asyncpg.connect(dsn)
    try:
        progress("vacuum and analyze")
        await connection.execute("VACUUM (ANALYZE)")
        await connection.execute(f"COMMENT ON DATABASE agora IS '{_version()}'")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


async def _lane(dsn: str, lane: tuple[tuple[str, str], ...], since: int, until: int, progress: Progress) -> None:
    settings = {"session_replication_role": "replica", "synchronous_commit": "off", "timezone": "UTC"}
    connection = await asyncpg.connect(dsn, server_settings=settings)
    try:
        await connection.execute(rows.filled(rows.HELPERS + shop.HELPERS, since=since, until=until))
        for name, sql in lane:
            begun = time.perf_counter()
            result = await connection.execute(rows.filled(sql, since=since, until=until))
            progress(f"{result.rpartition(' ')[2]:>9} {name} in {time.perf_counter() - begun:.1f} s")
    finally:
        await connection.close()

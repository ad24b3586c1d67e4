"""A database behind a proxy that ends processes, and processes to be ended."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import pytest

from tests.conftest import cloned
from tests.kills.proxy import Proxy

ROOT = Path(__file__).parents[2]


class Forge:
    """The process that forks servers and workers, and what its children say."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def make(self, *words: str) -> tuple[int, str]:
        """A child: its process id, and the first that it says."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(" ".join(words).encode() + b"\n")
        async with asyncio.timeout(60):
            pid, *said = (await self._process.stdout.readline()).decode().split()
        return int(pid), " ".join(said)


@asynccontextmanager
async def forging() -> AsyncIterator[Forge]:
    """A forge, with all its children until the end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.kills.forge"),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield Forge(process)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


@pytest.fixture
async def behind(server: Path, template: str) -> AsyncIterator[tuple[Proxy, str, asyncpg.Connection]]:
    """A proxy before an empty database, the URL through it, and a connection past it."""
    with TemporaryDirectory(prefix="agora-") as folder:  # the path of a socket must be short
        async with _behind(Path(folder), server, template) as found:
            yield found


@asynccontextmanager
async def _behind(folder: Path, server: Path, template: str) -> AsyncIterator[tuple[Proxy, str, asyncpg.Connection]]:
    async with cloned(server, template) as url, Proxy(folder, server).listening() as proxy:
        connection = await asyncpg.connect(url)
        name: str = await connection.fetchval("SELECT current_database()")
        yield proxy, proxy.url(name), connection
        await connection.close()

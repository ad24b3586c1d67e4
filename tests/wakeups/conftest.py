"""Wake-ups of processes, and a way to wait for what is heard."""

import asyncio
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import asyncpg
import pytest

from app.wakeups import Wakeups
from tests.freezing import Connect, at_socket

Heard = list[tuple[str, bytes]]


def listening(wakeups: Wakeups, kind: str) -> Heard:
    """What is heard of a kind of topics from now on."""
    heard: Heard = []
    wakeups.listen(lambda key, payload: heard.append((key, payload)), kind)
    return heard


@asynccontextmanager
async def all_up(*wakeups: Wakeups) -> AsyncIterator[None]:
    """While this is open, all of them are up."""
    async with AsyncExitStack() as stack:
        for one in wakeups:
            await stack.enter_async_context(one.running())
        for one in wakeups:
            await asyncio.wait_for(one.up(), 10)
        yield


@dataclass(frozen=True, slots=True)
class Carried:
    """Makes wake-ups of one kind, and knows where its server is."""

    dsn: str
    events_url: str | None
    connect: Connect

    def wakeups(self) -> Wakeups:
        """Those of one more process."""
        return Wakeups(self.dsn, self.events_url)

    def through(self, port: int) -> Wakeups:
        """The same by way of a port of this machine."""
        if self.events_url is None:
            return Wakeups(f"postgresql://agora@127.0.0.1:{port}{urlsplit(self.dsn).path}")
        return Wakeups(self.dsn, f"redis://127.0.0.1:{port}/0")


@pytest.fixture(params=["PostgreSQL", "Redis"])
def carried(request: pytest.FixtureRequest, server: Path, committed: str) -> Carried:
    """Wake-ups by each carrier."""
    if request.param == "PostgreSQL":
        return Carried(committed, None, at_socket(server / ".s.PGSQL.5432"))
    redis: Redis = request.getfixturevalue("redis_server")
    return Carried("postgresql://nobody@127.0.0.1:1/nowhere", redis.url, at_socket(redis.socket))


class Redis:
    """A Redis of the tests' own, which can be stopped and started."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.socket = folder, folder / "s"
        self.url = f"unix://{self.socket}?db=0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; it answers when this returns."""
        program = shutil.which("redis-server") or shutil.which("valkey-server")
        assert program, "The tests need redis-server (apt-get install redis-server)."
        given = ["--port", "0", "--unixsocket", str(self.socket), "--save", "", "--dir", str(self.folder)]
        self._process = subprocess.Popen([program, *given], stdout=subprocess.DEVNULL)
        until_it = time.monotonic() + 20
        while not self._answers():
            assert self._process.poll() is None and time.monotonic() < until_it, "redis-server does not start."
            time.sleep(0.02)

    def stop(self) -> None:
        """End it at once, as if the machine had failed."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self.socket.unlink(missing_ok=True)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client, suppress(OSError):
            client.connect(str(self.socket))
            client.sendall(b"PING\r\n")
            return client.recv(5) == b"+PONG"
        return False


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Redis]:
    """A Redis for the tests of a process."""
    with TemporaryDirectory(prefix="redis") as folder:
        server = Redis(Path(folder))
        server.start()
        yield server
        server.stop()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tenth of the time until a connection is asked, given up, and made again."""
    monkeypatch.setattr("app.wakeups.carrier.PROBED", 0.5)
    monkeypatch.setattr("app.wakeups.carrier.CONNECTING", 0.5)
    monkeypatch.setattr("app.wakeups.wakeups.PAUSE", 0.1)


@pytest.fixture
async def beside(committed: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the same database."""
    connection = await asyncpg.connect(committed)
    yield connection
    await connection.close()

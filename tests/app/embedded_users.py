"""Processes that use an embedded server, for tests that need several of them or kill them."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.embedded.binaries import find_binaries
from app.embedded.folder import EXCLUSIVE, Folder, try_lock
from app.embedded.postmaster import Postmaster, read_postmaster, remains
from app.embedded.privileges import Account, become

ROOT = Path(__file__).parents[2]

# Says what happens, one JSON value a line; leaves when it is told to, or sees Ctrl-C.
_USER = """
import json, os, signal, sys
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs the tests may ignore it
sys.path.append(sys.argv[1])
from app.embedded import EmbeddedError, running

def say(kind, text):
    print(json.dumps([kind, text]), flush=True)

def use(data, settings):
    with running(Path(data), progress=lambda text: say("progress", text), settings=settings) as cluster:
        try:
            say("up", os.fspath(cluster.socket_dir))
            sys.stdin.readline()
        except KeyboardInterrupt:
            say("interrupted", "")
            sys.stdin.readline()

try:
    use(sys.argv[2], json.loads(sys.argv[3]))
    say("left", "")
except EmbeddedError as error:
    say(type(error).__name__, str(error))
"""


class User:
    """A process inside `running(data)`."""

    def __init__(
        self,
        data: Path,
        *,
        account: Account | None = None,
        settings: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.data = data
        self.process = subprocess.Popen(
            [sys.executable, "-c", _USER, str(ROOT), str(data), json.dumps(dict(settings or {}))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
            preexec_fn=(lambda: become(account)) if account else None,  # noqa: PLW1509
        )

    def hear(self) -> tuple[str, str]:
        """The next thing that it says."""
        assert self.process.stdout
        kind, text = json.loads(self.process.stdout.readline())
        return kind, text

    def outcome(self) -> tuple[str, str]:
        """What it says after the reports of progress."""
        while (heard := self.hear())[0] == "progress":
            pass
        return heard

    def joined(self) -> "User":
        """Wait until it has a server."""
        kind, text = self.outcome()
        assert kind == "up", text
        return self

    def tell(self) -> None:
        """Let it go on."""
        assert self.process.stdin
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()

    def leave(self) -> None:
        """Have it leave in order."""
        self.tell()
        assert self.outcome()[0] == "left"
        assert self.process.wait(10) == 0

    def kill(self) -> None:
        """Kill -9."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe
            pipe.close()


@contextmanager
def users(data: Path) -> Iterator[Callable[..., User]]:
    """Start users of a folder; in the end they are killed, and nothing of the server may be left."""
    started: list[User] = []

    def start(**options: Any) -> User:
        started.append(User(data, **options))
        return started[-1]

    try:
        yield start
    finally:
        for user in started:
            user.kill()
        assert eventually(lambda: gone(data)), "a server without users goes on"
        shutil.rmtree(data, ignore_errors=True)


def ask(data: Path, sql: str) -> str:
    """The answer of the server that runs on a folder."""
    found = read_postmaster(data / "pg")
    assert found, "no server runs"
    done = _psql(found, sql)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def answers(data: Path) -> bool:
    """Whether a server answers."""
    found = read_postmaster(data / "pg")
    return found is not None and _psql(found, "SELECT 1").returncode == 0


def psql() -> str:
    """The program."""
    return str(find_binaries() / "psql")


def _psql(server: Postmaster, sql: str) -> subprocess.CompletedProcess[str]:
    command = [psql(), "-XAt", "-U", "agora", "-h", str(server.socket_dir), "-c", sql, "agora"]
    return subprocess.run(command, text=True, capture_output=True, check=False, timeout=20)


def postmaster(data: Path) -> int:
    """The process id of the server."""
    found = read_postmaster(data / "pg")
    assert found
    return found.pid


def keeper(data: Path) -> int:
    """The process id of the keeper."""
    return int((data / "keeper.lock").read_text())


def processes(data: Path) -> list[int]:
    """All processes of PostgreSQL on a folder."""
    return remains(data / "pg", data / "pg.tmp")


def gone(data: Path) -> bool:
    """Whether neither a keeper nor a process of PostgreSQL is left."""
    if not data.exists():
        return True
    folder = Folder(data)
    with folder.opened("keeper.lock") as first, folder.opened("server.lock") as second:
        return try_lock(first, EXCLUSIVE) and try_lock(second, EXCLUSIVE) and not processes(data)


def kill(*pids: int) -> None:
    """Kill -9."""
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def eventually(condition: Callable[[], bool], within: float = 30) -> bool:
    """Whether something comes true soon."""
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True

"""The keeper: a small process of its own that holds the server as long as anybody uses it.

It is neither a child of a user nor in the group that Ctrl-C reaches, and outlives them all: it sees the last
one go by the lock that they share. When the keeper is killed, PostgreSQL shuts down by itself (on Linux).
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from app.embedded.errors import EmbeddedError, StartError
from app.embedded.folder import EXCLUSIVE, Folder, try_lock
from app.embedded.postmaster import forget_stale, quit_all, read_postmaster, remains
from app.embedded.server import Programs, clear_unfinished, create, exit_code, programs, start, stop

_RESTARTS = 5
_STABLE = 60.0


class Reports:
    """The pipe to the process that started us; it is closed once the server is up."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    @property
    def open(self) -> bool:
        """Whether that process still waits for the server."""
        return self._descriptor is not None

    def progress(self, text: str) -> None:
        """Say what happens now."""
        self._write("progress", text)

    def ready(self) -> None:
        """Say that the server accepts connections."""
        self._write("ready")
        self._close()

    def failed(self, text: str) -> None:
        """Say why there is no server."""
        self._write("failed", text)
        self._close()

    def _write(self, kind: str, text: str = "") -> None:
        # The reader may have been killed.
        with suppress(OSError):
            if self._descriptor is not None:
                os.write(self._descriptor, f"{kind} {' '.join(text.split())}\n".encode())

    def _close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor = None


class Keeper(NamedTuple):
    """What the keeper holds on to."""

    folder: Folder
    binaries: Path
    settings: Mapping[str, str]
    users: int
    reports: Reports

    @property
    def forsaken(self) -> bool:
        """Whether all users have left; from then on the next one waits until we are gone."""
        return try_lock(self.users, EXCLUSIVE)


def main(arguments: list[str]) -> None:
    """Run as `keeper DATA BINARIES KEEPER_LOCK REPORTS NAME=VALUE…`, with the lock held already."""
    data, binaries, lock, pipe, *settings = arguments
    folder = Folder(Path(data))
    os.umask(0o077)
    os.set_inheritable(int(lock), False)
    os.set_inheritable(int(pipe), False)
    _detach(folder, int(lock))
    with folder.opened("users.lock") as users:
        keeper = Keeper(folder, Path(binaries), dict(map(_pair, settings)), users, Reports(int(pipe)))
        try:
            keep(keeper)
        except EmbeddedError as error:
            keeper.reports.failed(str(error))
        except OSError as error:
            keeper.reports.failed(f"{error.filename or folder.data}: {error.strerror}")


def keep(keeper: Keeper) -> None:
    """Have a server until nobody uses it."""
    failures = 0
    while failures <= _RESTARTS:
        began = time.monotonic()
        if _serve(keeper):
            return
        if keeper.reports.open:
            raise StartError("PostgreSQL ended while it started")
        failures = 1 if time.monotonic() - began > _STABLE else failures + 1
        _log(f"PostgreSQL ended unexpectedly ({failures} of {_RESTARTS + 1} times)")
        time.sleep(0.05 * 2**failures)


def _serve(keeper: Keeper) -> bool:
    """Run one server: whether it ended because nobody uses it."""
    with _server_lock(keeper):
        clear_unfinished(keeper.folder)
        run = programs(keeper.folder, keeper.binaries)
        if not keeper.folder.pg.exists() and not _create(keeper, run):
            return True
        forget_stale(keeper.folder.pg)
        keeper.reports.progress("starting PostgreSQL 18")
        pid, sockets = start(run, keeper.settings)
        try:
            return _attend(keeper, pid)
        finally:
            with suppress(OSError):
                sockets.rmdir()


def _create(keeper: Keeper, run: Programs) -> bool:
    keeper.reports.progress("creating the database cluster")
    return create(run, wait=lambda pid: _wait(keeper, pid))


def _attend(keeper: Keeper, pid: int) -> bool:
    """Watch a server; stop it when nobody uses it any more."""
    return _wait(keeper, pid, lambda: _announce(keeper, pid)) is None


def _wait(keeper: Keeper, pid: int, meanwhile: Callable[[], None] = lambda: None) -> int | None:
    """The exit code of a child; None when it was stopped because nobody uses it any more."""
    while (code := exit_code(pid)) is None:
        if keeper.forsaken:
            stop(pid)
            return None
        meanwhile()
        time.sleep(0.01 if keeper.reports.open else 0.1)
    return code


def _announce(keeper: Keeper, pid: int) -> None:
    found = read_postmaster(keeper.folder.pg) if keeper.reports.open else None
    if found and found.ready and found.pid == pid:
        keeper.reports.ready()


@contextmanager
def _server_lock(keeper: Keeper) -> Iterator[None]:
    """Hold the lock that PostgreSQL inherits: who gets it knows that no process of an earlier one is left."""
    with keeper.folder.opened("server.lock") as lock:
        if not try_lock(lock, EXCLUSIVE):
            keeper.reports.progress("waiting for an earlier PostgreSQL to end")
            _outlive(keeper, lock)
        os.set_inheritable(lock, True)
        yield


def _outlive(keeper: Keeper, lock: int) -> None:
    """Wait for what is left of an earlier server; hurry it when it takes long."""
    began, hurried = time.monotonic(), False
    while not try_lock(lock, EXCLUSIVE):
        left = remains(keeper.folder.pg, keeper.folder.unfinished)
        waited = time.monotonic() - began
        if not hurried and waited > _patience(keeper.folder.pg, left):
            quit_all(left)
            hurried = True
        if waited > 40:
            names = f" (process {', '.join(map(str, left))})" if left else ""
            raise StartError(f"an earlier PostgreSQL still runs on {keeper.folder.pg}{names}: end it first")
        time.sleep(0.02)


def _patience(pg: Path, left: list[int]) -> float:
    """A postmaster that lost its keeper is shutting down in order; without one, its children never will."""
    found = read_postmaster(pg)
    return 20.0 if found and found.pid in left else 1.0


def _detach(folder: Folder, lock: int) -> None:
    """Leave the process that started us, which waits until here; from now on the log has our words."""
    log = folder.open_log()
    os.dup2(log, 1)
    if os.fork():
        os._exit(0)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # The users get these too; we leave after them.
        signal.signal(number, signal.SIG_IGN)
    os.chdir("/")
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    os.dup2(log, 2)
    os.close(log)


def _pair(setting: str) -> tuple[str, str]:
    name, _, value = setting.partition("=")
    return name, value


def _log(text: str) -> None:
    sys.stderr.write(f"keeper: {text}\n")
    sys.stderr.flush()

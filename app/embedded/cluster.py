"""What a user of the server does: join, leave, or do away with it. Running it is the keeper's affair."""

import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from app.embedded.binaries import find_binaries
from app.embedded.errors import FolderError, InUseError, StartError
from app.embedded.folder import (
    EXCLUSIVE,
    SHARED,
    Folder,
    check_cluster,
    data_folder,
    try_lock,
    unlock,
    wait_lock,
)
from app.embedded.postmaster import accepts_connections, read_postmaster
from app.embedded.server import clear_unfinished
from app.embedded.sockets import check_private

# Isolated from the environment, without site-packages: this is all that the keeper needs to start.
_KEEPER = "import sys; sys.path.append(sys.argv[1]); from app.embedded.keeper import main; main(sys.argv[2:])"
_STOPPING = 45.0


class Cluster(NamedTuple):
    """A server that runs."""

    socket_dir: Path
    bin: Path

    @property
    def dsn(self) -> str:
        """The URL of the database `agora`, as its superuser `agora`."""
        return f"postgresql://agora@/agora?host={quote(os.fspath(self.socket_dir))}"


class _Wish(NamedTuple):
    """What a process that joins asks for."""

    folder: Folder
    binaries: Path
    progress: Callable[[str], None]
    settings: Mapping[str, str]
    deadline: float


def _silent(_: str) -> None: ...


@contextmanager
def running(
    data: Path,
    *,
    progress: Callable[[str], None] = _silent,
    settings: Mapping[str, str] | None = None,
    timeout: float = 60.0,
) -> Iterator[Cluster]:
    """Have PostgreSQL run on a data folder: start it, or join the one that runs (with the settings it has).

    The last process to leave stops it and waits until it is down.
    """
    folder, binaries = data_folder(data), find_binaries()
    wish = _Wish(folder, binaries, progress, settings or {}, time.monotonic() + timeout)
    with folder.opened("users.lock") as users:
        cluster = _enter(wish, users)
        try:
            yield cluster
        finally:
            _leave(folder, users)


def remove(data: Path) -> None:
    """Remove the database with everything in it; the next start creates a new one."""
    folder = data_folder(data)
    deadline = time.monotonic() + 3
    with _reported(folder), folder.opened("users.lock") as users, _one_at_a_time(folder, deadline):
        while not _alone(folder, users):
            if time.monotonic() > deadline:
                raise InUseError(f"another process uses {folder.data}: stop it first")
            time.sleep(0.02)
        _delete(folder)


def _delete(folder: Folder) -> None:
    clear_unfinished(folder)
    # Under this name it is garbage, should we be killed before it is gone.
    if folder.pg.exists():
        folder.pg.rename(folder.unfinished)
        shutil.rmtree(folder.unfinished)
    for log in folder.data.glob("postgres.log*"):
        log.unlink()


def _alone(folder: Folder, users: int) -> bool:
    """Whether there is neither a user nor a server, and none can come as long as we hold the locks."""
    if not try_lock(users, EXCLUSIVE):
        return False
    if _stopped(folder):
        return True
    unlock(users)  # for the keeper, who waits for it
    return False


def _stopped(folder: Folder) -> bool:
    with folder.opened("keeper.lock") as keeper, folder.opened("server.lock") as server:
        return try_lock(keeper, EXCLUSIVE) and try_lock(server, EXCLUSIVE)


def _enter(wish: _Wish, users: int) -> Cluster:
    folder, deadline = wish.folder, wish.deadline
    with _reported(folder), _one_at_a_time(folder, deadline):
        _lock_or_fail(users, SHARED, deadline, "the server on {} is still shutting down", folder)
        check_cluster(folder)
        return _join(wish)


def _join(wish: _Wish) -> Cluster:
    """Wait for the server of a keeper that lives, else start a keeper."""
    folder = wish.folder
    while time.monotonic() < wish.deadline:
        with folder.opened("keeper.lock") as lock:
            if try_lock(lock, EXCLUSIVE):
                _start(wish, lock)
        found = read_postmaster(folder.pg)
        if found and found.ready and accepts_connections(found):
            check_private(found.socket_dir, {os.geteuid(), folder.pg.stat().st_uid})
            return Cluster(found.socket_dir, wish.binaries)
        time.sleep(0.02)
    raise StartError(_failure(folder, "PostgreSQL did not get ready in time"))


def _start(wish: _Wish, lock: int) -> None:
    """Start a keeper, which inherits the lock, and hear it until its server is up or the time is."""
    logged = wish.folder.log.stat().st_size if wish.folder.log.exists() else 0
    reader, writer = os.pipe()
    try:
        try:
            _spawn(wish, lock, writer)
        finally:
            os.close(writer)
        failure = _hear(wish, reader)
    finally:
        os.close(reader)
    if failure:
        raise StartError(_failure(wish.folder, failure, logged))


def _hear(wish: _Wish, reader: int) -> str | None:
    """Pass on what the keeper says; returns how it failed, if it did."""
    for kind, text in _reports(reader, wish.deadline):
        if kind == "progress":
            wish.progress(text)
        else:
            return text or None
    return "the keeper of PostgreSQL was killed" if time.monotonic() < wish.deadline else None


def _spawn(wish: _Wish, lock: int, reports: int) -> None:
    package_root = Path(__file__).parents[2]
    settings = (f"{name}={value}" for name, value in wish.settings.items())
    given = [package_root, wish.folder.data, wish.binaries, lock, reports, *settings]
    command = [sys.executable, "-I", "-S", "-c", _KEEPER, *map(str, given)]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=(lock, reports),
            start_new_session=True,
            check=False,
        )
    except OSError as error:
        raise StartError(f"cannot run {sys.executable}: {error.strerror}") from error
    if done.returncode != 0:
        raise StartError(f"the keeper of PostgreSQL did not start:\n{done.stderr.decode(errors='replace')}")


def _reports(reader: int, deadline: float) -> Iterator[tuple[str, str]]:
    """What the keeper says until it has nothing more to say."""
    heard = b""
    while select.select([reader], [], [], max(0.0, deadline - time.monotonic()))[0]:
        piece = os.read(reader, 65536)
        if not piece:
            return
        *lines, heard = (heard + piece).split(b"\n")
        for line in lines:
            kind, _, text = line.decode(errors="replace").partition(" ")
            yield kind, text


def _failure(folder: Folder, text: str, logged: int = 0) -> str:
    tail = folder.log_tail(since=logged)
    return f"{text}; its log, {folder.log}, ends:\n{tail}" if tail else text


def _leave(folder: Folder, users: int) -> None:
    """Let go of the server; the last one sees it stop.

    To make a shared lock exclusive is to let go of it first. So that it cannot be had means that others are
    there, or that the keeper was quicker; then a shared one cannot be had either.
    """
    deadline = time.monotonic() + _STOPPING
    # Somebody may have removed the folder: then there is nothing to wait for.
    with suppress(FileNotFoundError), folder.opened("start.lock") as start:
        in_turn = wait_lock(start, EXCLUSIVE, deadline)
        others = not try_lock(users, EXCLUSIVE) and try_lock(users, SHARED)
        unlock(users)
        while in_turn and not others and not _stopped(folder) and time.monotonic() < deadline:
            time.sleep(0.02)


@contextmanager
def _one_at_a_time(folder: Folder, deadline: float) -> Iterator[None]:
    with folder.opened("start.lock") as start:
        _lock_or_fail(start, EXCLUSIVE, deadline, "another process is starting or stopping {}", folder)
        yield


def _lock_or_fail(lock: int, kind: int, deadline: float, message: str, folder: Folder) -> None:
    if not wait_lock(lock, kind, deadline):
        raise InUseError(f"{message.format(folder.data)}: try again in a moment")


@contextmanager
def _reported(folder: Folder) -> Iterator[None]:
    """Tell of a folder that fails us in our own words."""
    try:
        yield
    except OSError as error:
        raise FolderError(f"cannot use {error.filename or folder.data}: {error.strerror}") from error

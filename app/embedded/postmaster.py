"""PostgreSQL seen from outside: what its postmaster.pid says, and which processes are left of a server."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from app.embedded.sockets import PORT


class Postmaster(NamedTuple):
    """What a server says of itself in its postmaster.pid."""

    pid: int
    socket_dir: Path
    ready: bool


def read_postmaster(pg: Path) -> Postmaster | None:
    """The server that runs, or ran, on a cluster."""
    try:
        lines = (pg / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return None
    if len(lines) < 8 or not lines[0].isdigit():
        return None
    return Postmaster(int(lines[0]), Path(lines[4]), lines[7].strip() == "ready")


def accepts_connections(postmaster: Postmaster) -> bool:
    """Whether somebody listens on its socket."""
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(os.fspath(postmaster.socket_dir / f".s.PGSQL.{PORT}"))
        except OSError:
            return False
    return True


def forget_stale(pg: Path) -> None:
    """Remove a postmaster.pid whose number belongs to a stranger now, or to a zombie: both look alive to PostgreSQL.

    A dead owner it recognises itself, and a live one must be respected: somebody may run the cluster by hand.
    """
    found = read_postmaster(pg)
    if found and (_is_zombie(found.pid) or _directory(found.pid) not in (None, pg)):
        (pg / "postmaster.pid").unlink()


def remains(*folders: Path) -> list[int]:
    """The processes of PostgreSQL that work in one of the folders, where the system tells (Linux)."""
    return [pid for pid in _processes() if _directory(pid) in folders and _program(pid) == "postgres"]


def quit_all(pids: list[int]) -> None:
    """End them at once, as a postmaster does after a crash."""
    for pid in pids:
        try:
            os.kill(pid, signal.SIGQUIT)
        except ProcessLookupError:
            continue


def _processes() -> Iterator[int]:
    try:
        names = os.listdir("/proc")  # noqa: PTH208
    except OSError:
        return
    yield from (int(name) for name in names if name.isdigit())


def _directory(pid: int) -> Path | None:
    return _link(pid, "cwd")


def _program(pid: int) -> str:
    # A program that was reinstalled meanwhile is called "postgres (deleted)".
    found = _link(pid, "exe")
    return found.name.removesuffix(" (deleted)") if found else ""


def _is_zombie(pid: int) -> bool:
    # In a container the first process may never collect the dead that it inherits.
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False


def _link(pid: int, name: str) -> Path | None:
    try:
        return Path(os.readlink(f"/proc/{pid}/{name}"))  # noqa: PTH115
    except OSError:
        return None

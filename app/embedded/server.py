"""The keeper's hands: create a cluster, start a server, stop it. Each program is a child of this process."""

import os
import shutil
import signal
import time
from collections.abc import Callable, Mapping
from locale import LC_CTYPE, setlocale
from locale import Error as LocaleError
from pathlib import Path
from typing import NamedTuple

from app.embedded.errors import StartError
from app.embedded.folder import Folder
from app.embedded.privileges import Account, become, die_with_parent, server_account
from app.embedded.sockets import PORT, socket_folder

SETTINGS: Mapping[str, str] = {
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "max_wal_size": "2GB",
    # Nobody replicates from it.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    # Compiling costs more than the short queries of an API.
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "cluster_name": "agora",
}

_ROLE = _DATABASE = "agora"
_HANDLED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE)


class Programs(NamedTuple):
    """What it takes to run a program of PostgreSQL."""

    folder: Folder
    binaries: Path
    account: Account

    def run(self, name: str, *arguments: str, stdin: str = "") -> int:
        """Start a program and return its process id; it ends with this process."""
        given = _piped(stdin)
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            try:
                self._exec(parent, given, [os.fspath(self.binaries / name), *arguments])
            except OSError as error:
                os.write(2, f"cannot run {name} of {self.binaries}: {error.strerror}\n".encode())
            finally:
                os._exit(127)
        os.close(given)
        return pid

    def _exec(self, parent: int, stdin: int, command: list[str]) -> None:
        os.dup2(stdin, 0)
        become(self.account)
        die_with_parent(parent, signal.SIGINT)
        for number in _HANDLED:
            signal.signal(number, signal.SIG_DFL)
        os.execve(command[0], command, _environment())


def programs(folder: Folder, binaries: Path) -> Programs:
    """The programs, to be run by the right account."""
    return Programs(folder, binaries, server_account(folder.pg))


def create(run: Programs, *, wait: Callable[[int], int | None]) -> bool:
    """Create the cluster with its role and database, or nothing: it gets its name when it is whole.

    `wait` returns the exit code of a process, or None when nobody needs it any more.
    """
    unfinished = run.folder.unfinished
    unfinished.mkdir(mode=0o700)
    os.chown(unfinished, run.account.uid, run.account.gid)
    for name, arguments, stdin in _steps(unfinished):
        code = wait(run.run(name, *arguments, stdin=stdin))
        if code is None:
            return False
        if code != 0:
            raise StartError(f"{name} could not create the database cluster (exit code {code})")
    unfinished.rename(run.folder.pg)
    _sync(run.folder.data)
    return True


def clear_unfinished(folder: Folder) -> None:
    """Remove what a killed creation or removal left."""
    if folder.unfinished.exists():
        shutil.rmtree(folder.unfinished)


def start(run: Programs, settings: Mapping[str, str]) -> tuple[int, Path]:
    """Start the server; returns its process id and the folder of its socket."""
    sockets = socket_folder(run.folder.data, run.account)
    fixed = {"listen_addresses": "", "port": str(PORT), "unix_socket_directories": os.fspath(sockets)}
    options = [f"--{name}={value}" for name, value in {**SETTINGS, **settings, **fixed}.items()]
    return run.run("postgres", "-D", os.fspath(run.folder.pg), *options), sockets


def stop(pid: int) -> None:
    """Stop a server: in order if it can, without its leave if it cannot."""
    for number, patience in ((signal.SIGINT, 30), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
        os.kill(pid, number)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if exit_code(pid) is not None:
                return
            time.sleep(0.01)


def exit_code(pid: int) -> int | None:
    """How a child ended, None while it runs."""
    found, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if found else None


def _steps(cluster: Path) -> tuple[tuple[str, list[str], str], ...]:
    at = ["-D", os.fspath(cluster)]
    locale = ["--encoding=UTF8", "--no-locale", f"--lc-ctype={_letters()}"]
    locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    # The folder of the socket is private to one account: who reaches it is that account.
    access = [f"--username={_ROLE}", "--auth-local=trust", "--auth-host=reject"]
    return (
        ("initdb", [*at, *locale, *access, "--set=timezone=UTC", "--no-instructions"], ""),
        ("postgres", ["--single", *at, "postgres"], f"CREATE DATABASE {_DATABASE};\n"),
    )


def _letters() -> str:
    """The locale by which a full-text search tells letters from signs: in "C" all beyond ASCII are letters."""
    before = setlocale(LC_CTYPE)
    try:
        return next((name for name in ("C.UTF-8", "en_US.UTF-8") if _has(name)), "C")
    finally:
        setlocale(LC_CTYPE, before)


def _has(locale: str) -> bool:
    try:
        setlocale(LC_CTYPE, locale)
    except LocaleError:
        return False
    return True


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _piped(text: str) -> int:
    """A descriptor to read a short text from."""
    reader, writer = os.pipe()
    os.write(writer, text.encode())
    os.close(writer)
    return reader


def _environment() -> dict[str, str]:
    """Ours without what PostgreSQL and the C library would take for settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}

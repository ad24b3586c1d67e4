"""The layout of a data folder, and the locks in it.

`start.lock`   exclusive, while a process joins or leaves: one at a time.
`users.lock`   shared, by every process that uses the server; exclusive, by the keeper that shuts it down.
`keeper.lock`  exclusive, by the keeper for its life.
`server.lock`  exclusive, by PostgreSQL: inherited by all of its processes, free once the last is gone.

The kernel frees a lock when its holder dies, so no crash leaves a wrong one. Lock files are never removed:
a process could hold the lock of a file that the next one does not see.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.embedded.binaries import MAJOR
from app.embedded.errors import FolderError, VersionError

SHARED = fcntl.LOCK_SH
EXCLUSIVE = fcntl.LOCK_EX

_LOG_LIMIT = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Folder:
    """A data folder."""

    data: Path

    @property
    def pg(self) -> Path:
        """The cluster."""
        return self.data / "pg"

    @property
    def unfinished(self) -> Path:
        """A cluster that is being created or removed; whoever comes next clears it away."""
        return self.data / "pg.tmp"

    @property
    def log(self) -> Path:
        """What PostgreSQL and its keeper say."""
        return self.data / "postgres.log"

    @contextmanager
    def opened(self, name: str) -> Iterator[int]:
        """A lock file, not yet locked."""
        descriptor = self.open(name)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def open(self, name: str, flags: int = 0) -> int:
        """Open a private file, created as the owner of the folder: a visit by root must not lock him out."""
        descriptor = os.open(self.data / name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | flags, 0o600)
        owner = self.data.stat()
        if os.geteuid() == 0 and os.fstat(descriptor).st_uid != owner.st_uid:
            os.fchown(descriptor, owner.st_uid, owner.st_gid)
        return descriptor

    def open_log(self) -> int:
        """Open the log for appending; an overlong one is put aside first."""
        if self.log.exists() and self.log.stat().st_size > _LOG_LIMIT:
            self.log.rename(self.log.with_name("postgres.log.1"))
        return self.open(self.log.name, os.O_APPEND)

    def log_tail(self, since: int = 0, lines: int = 15) -> str:
        """The last lines of the log, none of them older than the offset `since`."""
        try:
            with self.log.open("rb") as log:
                end = log.seek(0, os.SEEK_END)
                log.seek(max(since if since <= end else 0, end - 16_384))
                return "\n".join(log.read().decode(errors="replace").splitlines()[-lines:])
        except OSError:
            return ""


def data_folder(data: Path) -> Folder:
    """Make the data folder if need be, and check that we can write to it."""
    try:
        folder = Folder(data.expanduser().resolve())
        folder.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        with folder.opened("start.lock"), folder.opened("users.lock"):
            return folder
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise FolderError(
            f"cannot use {data} as the data folder ({reason}): choose a folder that you can write to"
        ) from None


def check_cluster(folder: Folder) -> None:
    """Refuse a cluster that is not ours to run."""
    try:
        version = (folder.pg / "PG_VERSION").read_text().strip() if folder.pg.exists() else MAJOR
    except PermissionError:
        raise FolderError(
            f"{folder.pg} belongs to another user: run as that user (or root), or choose another data folder"
        ) from None
    except OSError:
        raise FolderError(
            f"{folder.pg} is no PostgreSQL cluster (it has no PG_VERSION): move it away, or restore it"
        ) from None
    if version != MAJOR:
        raise VersionError(
            f"{folder.pg} was made by PostgreSQL {version}, this is {MAJOR}: dump it with version {version} "
            "and restore it into a new data folder, or choose another one"
        )


def try_lock(descriptor: int, kind: int) -> bool:
    """Take the lock if it is to be had now."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def wait_lock(descriptor: int, kind: int, deadline: float) -> bool:
    """Take the lock as soon as it is to be had, until the deadline."""
    while not try_lock(descriptor, kind):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def unlock(descriptor: int) -> None:
    """Let go at once, also for children that were forked and still have the file open."""
    fcntl.flock(descriptor, fcntl.LOCK_UN)

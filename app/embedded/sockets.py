"""A private folder for the Unix socket, with a short name: its path is limited to about a hundred bytes."""

import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from app.embedded.errors import EmbeddedError
from app.embedded.privileges import Account

PORT = 5432
_LONGEST = 103 - len(f"/.s.PGSQL.{PORT}")


def socket_folder(data: Path, account: Account) -> Path:
    """The folder for the server's socket: made if need be, emptied of what a killed server left."""
    digest = hashlib.sha256(os.fsencode(data) + b" %d" % os.geteuid()).hexdigest()
    name = f"agora-{digest[:16]}"
    folder = next((base / name for base in _bases() if len(os.fsencode(base / name)) <= _LONGEST), None)
    if folder is None:
        raise EmbeddedError("the paths of all temporary folders are too long for a socket: set TMPDIR")
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        check_private(folder, {os.geteuid(), account.uid})
    if folder.lstat().st_uid != account.uid:
        os.chown(folder, account.uid, account.gid, follow_symlinks=False)
    for stale in folder.iterdir():
        stale.unlink()
    return folder


def check_private(folder: Path, owners: set[int]) -> None:
    """Whoever can write to this folder can pose as the server; in /tmp anybody may have made it."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in owners or found.st_mode & 0o077:
        raise EmbeddedError(
            f"{folder} is not a private folder of ours (someone else made or opened it): "
            "remove it, or set TMPDIR to a folder of your own"
        )


def _bases() -> Iterator[Path]:
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR", ""))
    if runtime.is_absolute() and os.access(runtime, os.W_OK | os.X_OK) and runtime.stat().st_uid == os.geteuid():
        yield runtime
    yield Path(tempfile.gettempdir()).absolute()
    yield Path("/tmp")

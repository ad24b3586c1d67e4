"""The account that PostgreSQL runs as.

PostgreSQL refuses to run as root, and folders of root above the data or the programs may be closed to
everyone else. They stay closed: the process keeps one capability of root, that to pass through folders.
"""

import ctypes
import os
import pwd
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from app.embedded.errors import EmbeddedError

_PR_SET_PDEATHSIG = 1
_PR_SET_KEEPCAPS = 8
_PR_GET_SECUREBITS = 27
_PR_SET_SECUREBITS = 28
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_SECBIT_NO_SETUID_FIXUP = 1 << 2
_CAP_DAC_OVERRIDE = 1
_CAP_DAC_READ_SEARCH = 2
_CAPABILITY_VERSION = 0x20080522


class Account(NamedTuple):
    """A user of the system."""

    uid: int
    gid: int


def server_account(pg: Path) -> Account:
    """Who runs the server: ourselves; for root the owner of the cluster or its folder, `postgres` or `nobody`."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    if pg.exists() and (found := pg.stat()).st_uid != 0:
        return Account(found.st_uid, found.st_gid)
    for entry in _unprivileged(pg.parent):
        return Account(entry.pw_uid, entry.pw_gid)
    raise EmbeddedError("PostgreSQL does not run as root, and there is no user `postgres` or `nobody`: add it")


def become(account: Account) -> None:
    """Turn this process, a child that is about to exec, into the account for good."""
    if account.uid == os.geteuid():
        return
    kept = _passing_capability()
    if kept is not None:
        _keep_capabilities()
    os.setgroups([account.gid])
    os.setgid(account.gid)
    os.setuid(account.uid)
    if kept is not None:
        _keep_only(kept)


def die_with_parent(parent: int, signal: int) -> None:
    """Have the kernel send the signal to this process when its parent dies.

    To be called after `become`, which would undo it.
    """
    if sys.platform == "linux":
        _prctl(_PR_SET_PDEATHSIG, signal)
        if os.getppid() != parent:
            os._exit(1)


def _unprivileged(folder: Path) -> Iterator[pwd.struct_passwd]:
    """Known users, as initdb wants one. The owner of the folder first: a visit by root must not lock him out."""
    with suppress(KeyError, FileNotFoundError):
        if owner := folder.stat().st_uid:
            yield pwd.getpwuid(owner)
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            yield pwd.getpwnam(name)


def _passing_capability() -> int | None:
    if sys.platform != "linux":
        return None
    permitted = _capabilities()[1]
    for capability in (_CAP_DAC_READ_SEARCH, _CAP_DAC_OVERRIDE):
        if permitted & 1 << capability:
            return capability
    return None


def _keep_capabilities() -> None:
    """Have `setuid` leave them. By the second way, where the first is forbidden, access(2) ignores them."""
    bits = _prctl(_PR_GET_SECUREBITS)
    if _prctl(_PR_SET_SECUREBITS, bits | _SECBIT_NO_SETUID_FIXUP) != 0:
        _prctl(_PR_SET_KEEPCAPS, 1)


def _keep_only(capability: int) -> None:
    mask = 1 << capability
    _libc().capset(_header(), (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0))
    _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability)


def _capabilities() -> tuple[int, int, int]:
    """The low words of the effective, permitted and inheritable sets."""
    sets = (ctypes.c_uint32 * 6)()
    _libc().capget(_header(), sets)
    return sets[0], sets[1], sets[2]


def _header() -> ctypes.Array[ctypes.c_uint32]:
    return (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)


def _prctl(option: int, *arguments: int) -> int:
    padded = (*arguments, 0, 0, 0, 0)[:4]
    return int(_libc().prctl(option, *(ctypes.c_ulong(argument) for argument in padded)))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)

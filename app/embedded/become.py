"""Runs a command as another user, tied to the life of its parent. A script for `python -I`: standard library only.

    become.py UID GID COMMAND [ARGUMENT…]

PostgreSQL refuses to run as root, and the user it runs as instead may not be able to walk to the data folder or to
the binaries. Instead of opening folders it keeps the one capability to pass through them (capabilities(7), ambient).
"""

import contextlib
import ctypes
import os
import signal
import sys

CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2
PR_SET_PDEATHSIG, PR_SET_KEEPCAPS, PR_CAPBSET_READ, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 1, 8, 23, 47, 2
LINUX_CAPABILITY_VERSION_3 = 0x20080522


def _keep(libc: ctypes.CDLL, capability: int) -> None:
    header = (ctypes.c_uint32 * 2)(LINUX_CAPABILITY_VERSION_3, 0)
    bit = 1 << capability
    data = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
    if libc.capset(header, data) == 0:
        libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0)


def _become(uid: int, gid: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
    if os.geteuid() == 0 and uid != 0:
        if libc:
            libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
        if libc:
            known = [c for c in (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE) if libc.prctl(PR_CAPBSET_READ, c, 0, 0, 0) == 1]
            for capability in known[:1]:
                _keep(libc, capability)
    if libc:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)


def main() -> None:
    """Become that user and replace this process by the command."""
    parent = os.getppid()
    _become(int(sys.argv[1]), int(sys.argv[2]))
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    if os.getppid() != parent:
        sys.exit("the parent is gone")
    with contextlib.suppress(OSError):
        os.umask(0o077)
    os.execv(sys.argv[3], sys.argv[3:])


if __name__ == "__main__":
    main()

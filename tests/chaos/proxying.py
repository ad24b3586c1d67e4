"""The proxy before PostgreSQL as a process of its own: what the clients of the test cost must not slow it.

`python -m tests.chaos.proxying SOCKET` says its port. It reads lines, each the beginning of what clients said whose
connections are to freeze, and says how many did.
"""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.freezing import FreezingProxy, at_socket


class Proxying:
    """The process, and what it is told."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self.process, self.port = process, port

    async def freeze(self, said: str) -> int:
        """Freeze the connections of clients that began with `said`; how many there are."""
        assert self.process.stdin is not None
        self.process.stdin.write(said.encode() + b"\n")
        return await _number(self.process)


@asynccontextmanager
async def proxying(path: Path) -> AsyncIterator[Proxying]:
    """A proxy before the server at a socket."""
    command = [sys.executable, "-m", "tests.chaos.proxying", str(path)]
    process = await asyncio.create_subprocess_exec(*command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        yield Proxying(process, await _number(process))
    finally:
        process.kill()
        await process.wait()


async def _number(process: asyncio.subprocess.Process) -> int:
    assert process.stdout is not None
    async with asyncio.timeout(60):
        return int(await process.stdout.readline())


async def main(path: Path) -> None:
    """Stand before the server until the input ends."""
    loop = asyncio.get_running_loop()
    async with FreezingProxy(at_socket(path)).listening() as proxy:
        print(proxy.port, flush=True)  # noqa: T201
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            print(proxy.freeze(line.strip().encode()), flush=True)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))

"""Makes servers and workers by the dozen: a process that has everything imported, and forks.

It reads lines, `serve URL` or `work URL RECEIVER FOLDER`, and answers each with the process id of a child; what a child
says ("port 1234", "working") comes on the same output, after its process id.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from app.database import Database, connected
from app.http.application import create_app
from app.services.syncing.telling import Change
from app.settings import Settings
from app.worker import worker as working
from app.worker.syncs import Syncs, by_handler
from app.worker.worker import Worker


def say(*words: object) -> None:
    """One line to whoever asked."""
    sys.stdout.write(" ".join(map(str, (os.getpid(), *words))) + "\n")
    sys.stdout.flush()


async def serve(url: str) -> None:
    """A server, on a free port."""

    @asynccontextmanager
    async def opening() -> AsyncIterator[Database]:
        async with connected(url, read_size=1, write_size=2) as database:
            yield database

    settings = Settings(database_url=url)  # type: ignore[call-arg]
    server = uvicorn.Server(uvicorn.Config(create_app(settings, opening), port=0, log_level="critical", lifespan="on"))
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  # uvicorn has nothing to wait for
        await asyncio.sleep(0.01)
    say("port", server.servers[0].sockets[0].getsockname()[1])
    await task


async def work(url: str, receiver: str, folder: str) -> None:
    """A worker that tells all to `receiver`."""
    working.MISSING = timedelta(seconds=2)  # it is not what is looked at here, and there are many to wait for
    async with connected(url, read_size=1, write_size=2) as database, httpx.AsyncClient(base_url=receiver) as client:

        async def desk(change: Change) -> None:
            (await client.post("/syncs", content=change.body)).raise_for_status()

        outboxes = [Syncs(database, {"HANDLER": by_handler({"desk": desk})})]
        async with Worker(url, outboxes).running():
            say("working")
            await asyncio.Event().wait()


def main() -> None:
    """Fork for each line."""
    kinds: dict[str, Callable[..., Coroutine[Any, Any, None]]] = {"serve": serve, "work": work}
    while line := sys.stdin.readline().split():
        kind, *given = line
        if os.fork() == 0:
            asyncio.run(kinds[kind](*given))
            os._exit(0)


if __name__ == "__main__":
    assert Path("app").is_dir()
    main()

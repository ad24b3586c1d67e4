"""Makes servers and workers by the dozen: a process that has everything imported, and forks.

It reads lines, `serve URL FOLDER` or `work URL FOLDER`, and answers each with the process id of a child; what a child
says ("port 1234", "working") comes on the same output, after its process id.
"""

import asyncio
import os
import ssl
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import uvicorn

from app.database import Database, connected
from app.http.application import create_app
from app.logs import configure
from app.mail.office import Office
from app.outgoing import Outgoing
from app.services.syncing.telling import Change
from app.settings import Settings
from app.worker import worker as working
from app.worker.answers import Answers, asking
from app.worker.notifications import Notifications
from app.worker.syncs import Syncs, by_handler
from app.worker.webhooks import Webhooks
from app.worker.worker import Worker

TOLD = "told.txt"
"""The file in which the handler of a worker notes the ids of what it was told."""


def say(*words: object) -> None:
    """One line to whoever asked."""
    sys.stdout.write(" ".join(map(str, (os.getpid(), *words))) + "\n")
    sys.stdout.flush()


async def serve(url: str, folder: str) -> None:
    """A server, on a free port."""

    @asynccontextmanager
    async def opening() -> AsyncIterator[Database]:
        async with connected(url, read_size=1, write_size=2) as database:
            yield database

    settings = Settings(database_url=url, data_dir=Path(folder))  # type: ignore[call-arg]
    server = uvicorn.Server(uvicorn.Config(create_app(settings, opening), port=0, log_level="critical", lifespan="on"))
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  # uvicorn has nothing to wait for
        await asyncio.sleep(0.01)
    say("port", server.servers[0].sockets[0].getsockname()[1])
    await task


async def work(url: str, folder: str) -> None:
    """A worker: its handler notes what it is told in a file, its webhooks are on this machine, its mail is files."""
    working.MISSING = timedelta(seconds=2)  # it is not what is looked at here, and there are many to wait for
    here, settings = Path(folder), Settings(database_url=url, data_dir=Path(folder))  # type: ignore[call-arg]
    trusting = ssl.create_default_context(cafile=here / "authority.pem")

    async def find(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    async def desk(change: Change) -> None:
        with (here / TOLD).open("a") as file:
            file.write(f"{change.id}\n")

    async with (
        connected(url, read_size=1, write_size=3) as database,
        Outgoing(private=True, tls=trusting, find=find) as calls,
        asking(settings) as models,
    ):
        outboxes = (
            Syncs(database, {"HANDLER": by_handler({"desk": desk})}),
            Webhooks(database, settings.vault, calls),
            Notifications(database, Office.of(settings), settings.vault),
            Answers(database, models),
        )
        async with Worker(url, outboxes).running():
            say("working")
            await asyncio.Event().wait()


def main() -> None:
    """Fork for each line."""
    configure("error")  # what is logged goes elsewhere than what is said
    kinds: dict[str, Callable[..., Coroutine[Any, Any, None]]] = {"serve": serve, "work": work}
    while line := sys.stdin.readline().split():
        kind, *given = line
        if os.fork() == 0:
            asyncio.run(kinds[kind](*given))
            os._exit(0)


if __name__ == "__main__":
    assert Path("app").is_dir()
    main()

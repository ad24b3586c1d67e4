"""`agora serve`."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Annotated, Any

import typer
import uvicorn

from app.cli.said import say
from app.database import Database, connected
from app.http.application import create_app
from app.http.server import PING, PONG, Server
from app.logs import configure
from app.mendable import MENDABLE, line
from app.settings import Settings
from app.startup import opened
from app.wakeups import Wakeups
from app.worker.process import working


class _Server(Server):
    async def startup(self, sockets: list[Any] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            port = self.servers[0].sockets[0].getsockname()[1]
            say(f"ready on http://{self.config.host}:{port}/graphql (Ctrl-C ends it)")


@asynccontextmanager
async def _opened_or_said_why(settings: Settings) -> AsyncIterator[Database]:
    try:
        async with opened(settings, say) as database:
            yield database
    except MENDABLE as error:
        logging.getLogger("uvicorn.error").disabled = True
        say(line(error))
        raise


@asynccontextmanager
async def _working(settings: Settings, database: Database, wakeups: Wakeups) -> AsyncIterator[None]:
    """The worker beside the requests, on connections of its own: no request waits until it gives one back."""
    sizes = {"read_size": settings.read_pool_size, "write_size": settings.write_pool_size}
    async with connected(database.dsn, **sizes) as own:
        own.after_commit.extend(database.after_commit)
        async with working(settings, own, wakeups):
            yield


def serve(
    host: Annotated[str | None, typer.Option(help="The address to listen on [AGORA_HOST, 127.0.0.1].")] = None,
    port: Annotated[int | None, typer.Option(help="The port to listen on [AGORA_PORT, 8000].")] = None,
    worker: Annotated[
        bool | None, typer.Option("--worker/--no-worker", help="Be a worker too [with the embedded PostgreSQL].")
    ] = None,
) -> None:
    """Serve the API, with the embedded PostgreSQL unless AGORA_DATABASE_URL names another."""
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    settings = Settings(**given)  # type: ignore[arg-type]
    configure(settings.log_level)
    works = settings.database_url is None if worker is None else worker
    app = create_app(
        settings, lambda: _opened_or_said_why(settings), beside=partial(_working, settings) if works else None
    )
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=settings.body_limit,
        ws_per_message_deflate=False,
        ws_ping_interval=PING,
        ws_ping_timeout=PONG,
        forwarded_allow_ips=settings.trusted_proxies,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=5,
    )
    process = _Server(config, app)
    process.run()
    if not process.started:
        raise typer.Exit(3)

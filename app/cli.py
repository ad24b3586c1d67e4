"""The command line: `agora --help`."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import asyncpg
import typer
import uvicorn

from app import migrations
from app.database import Database
from app.embedded import remove
from app.explain import explain
from app.http.application import create_app
from app.logs import configure
from app.mendable import MENDABLE, line
from app.schema_file import changes, written
from app.seed import seed
from app.settings import Settings
from app.startup import opened, prepare, server
from graph.engine.answer import Engine
from graph.schema import build

main = typer.Typer(help="One GraphQL API over everything an agent-run commerce company keeps.", no_args_is_help=True)
db = typer.Typer(help="The database's shape.", no_args_is_help=True)
schema = typer.Typer(help="The GraphQL schema.", no_args_is_help=True)
main.add_typer(db, name="db")
main.add_typer(schema, name="schema")


def _say(message: str) -> None:
    typer.echo(f"agora: {message}", err=True)


class _Server(uvicorn.Server):
    async def startup(self, sockets: list[Any] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            port = self.servers[0].sockets[0].getsockname()[1]
            _say(f"ready on http://{self.config.host}:{port}/graphql (Ctrl-C ends it)")


@asynccontextmanager
async def _opened_or_said_why(settings: Settings) -> AsyncIterator[Database]:
    try:
        async with opened(settings, _say) as database:
            yield database
    except MENDABLE as error:
        logging.getLogger("uvicorn.error").disabled = True
        _say(line(error))
        raise


@main.command()
def serve(
    host: Annotated[str | None, typer.Option(help="The address to listen on [AGORA_HOST, 127.0.0.1].")] = None,
    port: Annotated[int | None, typer.Option(help="The port to listen on [AGORA_PORT, 8000].")] = None,
) -> None:
    """Serve the API, with the embedded PostgreSQL unless AGORA_DATABASE_URL names another."""
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    settings = Settings(**given)  # type: ignore[arg-type]
    configure(settings.log_level)
    config = uvicorn.Config(
        create_app(settings, lambda: _opened_or_said_why(settings)),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=5,
    )
    process = _Server(config)
    process.run()
    if not process.started:
        raise typer.Exit(3)


@db.command()
def upgrade(revision: str = "head") -> None:
    """Bring the database up to REVISION, with partitions for the months ahead."""
    settings = Settings(sample_data=False)  # type: ignore[call-arg]

    async def run() -> None:
        async with server(settings, _say) as dsn:
            if revision != "head":
                await migrations.upgrade(dsn, revision)
            else:
                await prepare(dsn, settings, _say)

    asyncio.run(run())
    _say(f"the database is at {revision}")


@db.command()
def downgrade(revision: str) -> None:
    """Take the database back to REVISION; "base" removes everything in it."""

    async def run() -> None:
        async with server(Settings(), _say) as dsn:  # type: ignore[call-arg]
            await migrations.downgrade(dsn, revision)

    asyncio.run(run())
    _say(f"the database is at {revision}")


@db.command()
def reset(yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Delete the embedded database with all that is in it."""
    settings = Settings()  # type: ignore[call-arg]
    if settings.database_url:
        raise typer.BadParameter("AGORA_DATABASE_URL is set: only the embedded database can be reset.")
    yes or typer.confirm(f"Delete the database in {settings.data_dir}?", abort=True)
    remove(settings.data_dir)
    _say(f"the database in {settings.data_dir} is gone")


@db.command()
def url() -> None:
    """Print the database's URL; the embedded one answers there while the server runs."""

    async def run() -> None:
        async with server(Settings(), _say) as dsn:  # type: ignore[call-arg]
            typer.echo(dsn)

    asyncio.run(run())


@main.command("seed")
def seed_command(number: Annotated[int, typer.Option(help="Another number, other data.")] = 1) -> None:
    """Load the sample data into an empty database."""
    settings = Settings(sample_data=False)  # type: ignore[call-arg]

    async def run() -> dict[str, int]:
        async with server(settings, _say) as dsn:
            await prepare(dsn, settings, _say)
            connection = await asyncpg.connect(dsn)
            try:
                return await seed(connection, number=number)
            finally:
                await connection.close()

    for table, count in asyncio.run(run()).items():
        typer.echo(f"{count:>8}  {table}")


@main.command("explain")
def explain_command(
    file: Annotated[Path, typer.Argument(help="A document with one query.", exists=True, dir_okay=False)],
    variables: Annotated[str, typer.Option(help="Its variables, as JSON.")] = "{}",
    analyze: Annotated[bool, typer.Option(help="Run it, and show what really happened.")] = False,
) -> None:
    """Show the SQL of a query and how PostgreSQL runs it."""
    settings = Settings()  # type: ignore[call-arg]

    async def run() -> str:
        async with opened(settings, _say) as database:
            built = build()
            engine = Engine(built, built.derived.graph, built.derived.access, database.reads.acquire)
            return await explain(engine, database, file.read_text(), json.loads(variables), analyze=analyze)

    typer.echo(asyncio.run(run()))


@schema.command()
def export(path: Annotated[Path | None, typer.Argument(help="The file; standard output if not given.")] = None) -> None:
    """Write the schema in GraphQL's own language."""
    if path is None:
        typer.echo(written(), nl=False)
    else:
        path.write_text(written())


@schema.command()
def check(path: Path = Path("schema.graphql")) -> None:
    """Compare the schema with the file PATH, and fail where they differ."""
    found = changes(path.read_text())
    for change in found:
        typer.echo(change)
    if found:
        _say(f"{path} is not the schema; write it anew: agora schema export {path}")
        raise typer.Exit(1)


def command_line() -> None:
    """Run the command line; what a person can mend is said in a line."""
    try:
        main()
    except MENDABLE as error:
        _say(line(error))
        raise SystemExit(1) from None

"""`agora db`: the database's shape, and `agora seed`, what is in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated

import asyncpg
import typer

from app import migrations, partitions, rollups
from app.cli.said import say
from app.embedded import remove
from app.seed import Scale, seed
from app.settings import Settings
from app.startup import prepare, server

db = typer.Typer(help="The database's shape.", no_args_is_help=True)


@db.command()
def upgrade(revision: str = "head") -> None:
    """Bring the database up to REVISION, with partitions for the months ahead."""
    settings = Settings(sample_data=False)  # type: ignore[call-arg]

    async def run() -> None:
        async with server(settings, say) as dsn:
            if revision != "head":
                await migrations.upgrade(dsn, revision)
            else:
                await prepare(dsn, settings, say)

    asyncio.run(run())
    say(f"the database is at {revision}")


@db.command()
def downgrade(revision: str) -> None:
    """Take the database back to REVISION; "base" removes everything in it."""

    async def run() -> None:
        async with server(Settings(), say) as dsn:  # type: ignore[call-arg]
            await migrations.downgrade(dsn, revision)

    asyncio.run(run())
    say(f"the database is at {revision}")


@db.command()
def reset(yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Delete the embedded database with all that is in it."""
    settings = Settings()  # type: ignore[call-arg]
    if settings.database_url:
        raise typer.BadParameter("AGORA_DATABASE_URL is set: only the embedded database can be reset.")
    yes or typer.confirm(f"Delete the database in {settings.data_dir}?", abort=True)
    remove(settings.data_dir)
    say(f"the database in {settings.data_dir} is gone")


@db.command()
def url() -> None:
    """Print the database's URL; the embedded one answers there while the server runs."""

    async def run() -> None:
        async with server(Settings(), say) as dsn:  # type: ignore[call-arg]
            typer.echo(dsn)

    asyncio.run(run())


@db.command()
def retire(before: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d", "%Y-%m"])]) -> None:
    """Drop the months before BEFORE of the tables that are kept by month, with what points into them."""

    async def run() -> list[str]:
        async with server(Settings(), say) as dsn, connected(dsn) as connection:  # type: ignore[call-arg]
            return await partitions.retire(connection, before=before.date())

    dropped = asyncio.run(run())
    for name in dropped:
        typer.echo(name)
    say(f"dropped {len(dropped)} partitions")


@db.command()
def refresh() -> None:
    """Bring the rolled-up views up to date, while others go on reading them."""

    async def run() -> None:
        async with server(Settings(), say) as dsn, connected(dsn) as connection:  # type: ignore[call-arg]
            await rollups.refresh(connection)

    asyncio.run(run())


@asynccontextmanager
async def connected(dsn: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """A connection, closed at the end."""
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()


def seed_command(
    scale: Annotated[Scale, typer.Option(help="About 40,000 rows, a million or ten million.")] = Scale.SMALL,
    number: Annotated[int, typer.Option("--seed", help="Another number, other data.")] = 1,
) -> None:
    """Load the sample data into an empty database."""
    settings = Settings(sample_data=False)  # type: ignore[call-arg]

    async def run() -> dict[str, int]:
        async with server(settings, say) as dsn:
            await prepare(dsn, settings, say)
            async with connected(dsn) as connection:
                counts = await seed(connection, number=number, scale=scale, progress=_progress)
                await rollups.refresh(connection)
                return counts

    counts = asyncio.run(run())
    for table, count in sorted(counts.items()):
        typer.echo(f"{count:>12,}  {table}")
    typer.echo(f"{sum(counts.values()):>12,}  in all")


def _progress(step: str, rows: int) -> None:
    say(f"{rows:>12,} rows, {step}")

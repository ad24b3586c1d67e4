"""`agora schema`: the GraphQL schema and the model behind it, as files; `agora lineage` and `agora explain`."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from app import lineage
from app.cli.said import say
from app.explain import explain
from app.model_document import document
from app.schema_file import changes, written
from app.settings import Settings
from app.startup import opened
from graph.engine.answer import Engine
from graph.schema import build

schema = typer.Typer(help="The GraphQL schema.", no_args_is_help=True)


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
        say(f"{path} is not the schema; write it anew: agora schema export {path}")
        raise typer.Exit(1)


@schema.command()
def model(path: Annotated[Path, typer.Argument(help="The file.")] = Path("docs/model.md")) -> None:
    """Write the page of pictures of the model."""
    path.write_text(document())


def lineage_command(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show where every column of the five source schemas went."""
    found = lineage.lineages()
    typer.echo(json.dumps(lineage.as_json(found), indent=1) if as_json else lineage.as_table(found))


def explain_command(
    file: Annotated[Path, typer.Argument(help="A document with one query.", exists=True, dir_okay=False)],
    variables: Annotated[str, typer.Option(help="Its variables, as JSON.")] = "{}",
    analyze: Annotated[bool, typer.Option(help="Run it, and show what really happened.")] = False,
) -> None:
    """Show the SQL of a query and how PostgreSQL runs it."""
    settings = Settings()  # type: ignore[call-arg]

    async def run() -> str:
        async with opened(settings, say) as database:
            built = build()
            engine = Engine(built, built.derived.graph, built.derived.access, database.reads.acquire)
            return await explain(engine, database, file.read_text(), json.loads(variables), analyze=analyze)

    typer.echo(asyncio.run(run()))

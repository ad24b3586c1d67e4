"""`agora schema`: the GraphQL schema and the model behind it, as files; `agora lineage`."""

import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer

from app import lineage
from app.cli.said import say
from app.model_document import document
from app.schema_file import Change, Weight, changes, written
from app.workflow_document import redrawn
from graph.schema import build

schema = typer.Typer(help="The GraphQL schema.", no_args_is_help=True)


@schema.command()
def export(path: Annotated[Path | None, typer.Argument(help="The file; standard output if not given.")] = None) -> None:
    """Write the schema in GraphQL's own language."""
    if path is None:
        typer.echo(written(), nl=False)
    else:
        path.write_text(written())


MOST = 20
"""Changes of one weight and kind that are told one by one, unless they break clients."""
BREAKING = 3
"""The code with which a check ends that found what breaks clients."""


@schema.command()
def check(
    path: Annotated[Path, typer.Option(help="The file that must be the schema.")] = Path("schema.graphql"),
    against: Annotated[Path | None, typer.Option(help="Another file to compare with, as of the last release.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Name what changed from a file to the schema: what breaks clients, what may, and what does not.

    Ends with 3 if something breaks clients, else with 1 if the file must be written anew. A file that is compared
    AGAINST may be older.
    """
    found = changes((against or path).read_text(), build().core)
    if as_json:
        typer.echo(json.dumps([change._asdict() for change in found], indent=1))
    else:
        for line in _lines(found):
            typer.echo(line)
    if found and not against:
        say(f"{path} is not the schema; write it anew: agora schema export {path}")
    if any(change.weight is Weight.BREAKING for change in found):
        raise typer.Exit(BREAKING)
    if found and not against:
        raise typer.Exit(1)


def _lines(found: Iterable[Change]) -> Iterator[str]:
    """Each change in a line; of those that one word everywhere makes by the hundred, the first."""
    for (weight, _), changes_ in groupby(found, lambda change: (change.weight, change.kind)):
        alike = list(changes_)
        told = alike if weight is Weight.BREAKING else alike[:MOST]
        yield from (f"{weight:<10} {change.sentence}" for change in told)
        if len(alike) > len(told):
            yield f"{weight:<10} … and {len(alike) - len(told):,} more of this kind; --json has them all"


@schema.command()
def model(path: Annotated[Path, typer.Argument(help="The file.")] = Path("docs/model.md")) -> None:
    """Write the page of pictures of the model."""
    path.write_text(document())


@schema.command()
def workflows(path: Annotated[Path, typer.Argument(help="The file.")] = Path("docs/workflows.md")) -> None:
    """Draw the pictures of the workflows anew, in the page that explains them."""
    path.write_text(redrawn(path.read_text()))


def lineage_command(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show where every column of the five source schemas went."""
    found = lineage.lineages()
    typer.echo(json.dumps(lineage.as_json(found), indent=1) if as_json else lineage.as_table(found))

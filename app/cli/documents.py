"""`agora documents`: the trusted documents."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.said import say
from app.documents import MANIFEST, manifest, mistakes, written
from graph.schema import build as built

documents = typer.Typer(help="The trusted documents.", no_args_is_help=True)


@documents.callback()
def _documents() -> None:
    """The trusted documents: what clients may send by its hash, and with AGORA_TRUSTED_DOCUMENTS=only nothing else."""


@documents.command()
def build(
    folder: Annotated[Path, typer.Argument(help="Where the *.graphql files are.")] = Path("graphql/operations"),
) -> None:
    """Write the manifest of FOLDER into it, by SHA-256, after a check against the schema."""
    found = manifest(folder)
    if wrong := mistakes(found, built().core):
        for mistake in wrong:
            say(mistake)
        raise typer.Exit(1)
    (folder / MANIFEST).write_text(written(found))
    say(f"{len(found)} documents in {folder / MANIFEST}")

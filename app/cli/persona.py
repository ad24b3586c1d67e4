"""`agora persona`."""

from typing import Annotated

import typer

from app import personas
from app.cli.said import say
from app.settings import Settings


def persona(
    name: Annotated[str | None, typer.Argument(help="Whose token to print; without it, who there is.")] = None,
) -> None:
    """Be somebody of the sample data: print a token for "Authorization: Bearer …"."""
    found = personas.known(Settings().data_dir)  # type: ignore[call-arg]
    if not found:
        say('there are no personas: "agora serve" makes them with the embedded database and its sample data')
        raise typer.Exit(1)
    if name is None:
        for called, one in found.items():
            typer.echo(f"{called:<11} {one['about']:<27} {one['email']}")
    elif name in found:
        typer.echo(found[name]["token"])
    else:
        say(f'there is no persona "{name}", but {", ".join(found)}')
        raise typer.Exit(2)

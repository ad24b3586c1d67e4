"""How the command line speaks."""

import typer


def say(message: str) -> None:
    """Tell the person what happens; answers go to standard output, this does not."""
    typer.echo(f"agora: {message}", err=True)

"""The command line: `agora --help`."""

import typer

from app.cli.db import db, seed_command
from app.cli.documents import documents
from app.cli.explain import explain_command
from app.cli.persona import persona
from app.cli.said import say
from app.cli.schema import lineage_command, schema
from app.cli.serve import serve
from app.cli.users import key, user
from app.cli.worker import worker
from app.mendable import MENDABLE, line

main = typer.Typer(help="One GraphQL API over everything an agent-run commerce company keeps.", no_args_is_help=True)
main.add_typer(db, name="db")
main.add_typer(schema, name="schema")
main.add_typer(documents, name="documents")
main.add_typer(user, name="user")
main.add_typer(key, name="key")
main.command()(serve)
main.command()(worker)
main.command("persona")(persona)
main.command("seed")(seed_command)
main.command("explain")(explain_command)
main.command("lineage")(lineage_command)


def command_line() -> None:
    """Run the command line; what a person can mend is said in a line."""
    try:
        main()
    except MENDABLE as error:
        say(line(error))
        raise SystemExit(1) from None

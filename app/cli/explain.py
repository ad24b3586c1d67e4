"""`agora explain`: how a query is answered."""

import asyncio
import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from graphql import GraphQLError, OperationDefinitionNode, parse

from app.cli.explained import show
from app.cli.said import say
from app.database import Database
from app.services.accounts.passwords import hashing
from app.settings import Settings
from app.startup import opened
from graph.context import Context
from graph.engine.access import ADMIN, ANONYMOUS
from graph.engine.answer import Answer, Engine, Operation
from graph.engine.errors import MethodNotAllowed
from graph.engine.running.explain import Explaining, Explanation
from graph.engine.schema.schema import Schema
from graph.schema import build


class Kind(StrEnum):
    """On whose behalf."""

    ADMIN = "admin"
    ANONYMOUS = "anonymous"


class Failed(Exception):
    """The query cannot be answered; the response says why."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


def explain_command(
    file: Annotated[Path, typer.Argument(help="A GraphQL document.", exists=True, dir_okay=False)],
    variables: Annotated[str, typer.Option(metavar="JSON", help="The values of its variables.")] = "{}",
    operation: Annotated[
        str | None, typer.Option(metavar="NAME", help="Which of its operations, if there are several.")
    ] = None,
    viewer: Annotated[Kind, typer.Option(help="On whose behalf: rules restrict what others see.")] = Kind.ADMIN,
    analyze: Annotated[bool, typer.Option(help="Run it and measure; otherwise it is only planned.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show how a query is answered: its plan, its SQL, and where the time goes.

    The plan is a tree of what each field reads: pages with their size, order
    and filter; relations inlined in the statement around them, or batched in
    one of their own. Of each statement it says how many rows came back, how
    many were read for them, and in how many of the partitions there are.

    The time is what a running server takes for a document it has never seen;
    afterwards parse, validate and plan are spared.

    Nothing is written: only queries are explained.
    """
    text = file.read_text()
    if operation is None and len(names := _operations(text)) > 1:
        say(f"{file} has several operations; choose one by --operation: {', '.join(names)}")
        raise typer.Exit(1)
    viewing = ADMIN if viewer is Kind.ADMIN else ANONYMOUS
    asked = Operation(text, _variables(variables), operation, viewing, read_only=True)
    try:
        explanation = asyncio.run(_explained(asked, analyze=analyze))
    except Failed as failed:
        for line in _told(file, failed.answer):
            say(line)
        raise typer.Exit(1) from None
    if as_json:
        typer.echo(json.dumps(explanation.as_json(), default=str, indent=1))
    else:
        show(explanation)


def _operations(text: str) -> list[str]:
    """The names of the operations of a document; none if it is not one, which is told later."""
    try:
        nodes = parse(text).definitions
    except GraphQLError:
        return []
    return [node.name.value for node in nodes if isinstance(node, OperationDefinitionNode) and node.name]


def _variables(given: str) -> dict[str, Any]:
    try:
        found = orjson.loads(given)
    except orjson.JSONDecodeError as error:
        raise typer.BadParameter(f"not JSON: {error}", param_hint="--variables") from None
    if not isinstance(found, dict):
        raise typer.BadParameter('not an object like {"first": 5}', param_hint="--variables")
    return found


async def _explained(operation: Operation, *, analyze: bool) -> Explanation:
    """How `operation` is answered. Raises Failed."""
    settings = Settings()  # type: ignore[call-arg]
    async with opened(settings, say) as database, hashing() as passwords:
        operation = operation._replace(context=Context(database, passwords, operation.viewer))
        schema = build()
        if analyze:  # a first connection and statements that PostgreSQL never saw would hide everything else
            await _answered(schema, database, operation, analyze=True)
        return await _answered(schema, database, operation, analyze=analyze)


async def _answered(schema: Schema, database: Database, operation: Operation, *, analyze: bool) -> Explanation:
    """How an engine that knows no document yet answers `operation`. Raises Failed."""
    engine = Engine(schema, schema.derived.graph, schema.derived.access, database.reads.acquire)
    explaining = Explaining(database.reads.acquire, analyze)
    answer = await engine.answer(operation, explaining)
    if explaining.explanation is None:
        raise Failed(answer)
    return explaining.explanation


def _told(file: Path, answer: Answer) -> list[str]:
    """The errors of a response, each in a line that begins with where it is."""
    if answer.code == MethodNotAllowed.code:
        return [f"{file} is a mutation; only queries are explained."]
    return [_line(file, error) for error in orjson.loads(answer.body)["errors"]]


def _line(file: Path, error: dict[str, Any]) -> str:
    places = [f"{place['line']}:{place['column']}" for place in error.get("locations", ())][:1]
    return f"{':'.join([str(file), *places])}: {' '.join(error['message'].split())}"

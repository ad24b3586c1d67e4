"""`agora explain`: the statements that a document is compiled to, and how PostgreSQL runs them."""

from collections.abc import Iterator
from typing import Any

from app.database import Database
from graph.engine.access import ADMIN
from graph.engine.answer import Engine, Operation
from graph.engine.operands import Variables
from graph.engine.run import Executable, bind
from graph.engine.sql import Statement


async def explain(engine: Engine, database: Database, document: str, variables: Variables, *, analyze: bool) -> str:
    """The plan of a query as text: each statement's SQL, and PostgreSQL's plan of those without parents."""
    asked = engine.asked(Operation(document, variables, viewer=ADMIN))
    plan = engine.plan(asked)
    parts = [f"-- {plan.statements} statement(s)"]
    for number, statement in enumerate(statements(plan), start=1):
        parts += [f"\n-- statement {number}: parameters {', '.join(statement.params) or 'none'}", statement.text]
    if plan.statement is not None:
        args = bind(plan.statement, plan.params, asked.variables, ADMIN, {"nonce": ""})
        parts += ["\n-- PostgreSQL's plan of statement 1", *await _plan(database, plan.statement, args, analyze)]
    return "\n".join(parts)


def statements(plan: Executable) -> Iterator[Statement]:
    """All statements of a plan, parents first."""
    if plan.statement is not None:
        yield plan.statement
    steps = list(plan.steps)
    while steps:
        step = steps.pop(0)
        yield step.statement
        steps += step.children


async def _plan(database: Database, statement: Statement, args: list[Any], analyze: bool) -> list[str]:
    options = "ANALYZE, BUFFERS, COSTS OFF" if analyze else "COSTS ON"
    async with database.reads.acquire() as connection:
        rows = await connection.fetch(f"EXPLAIN ({options}) {statement.text}", *args)
    return [row[0] for row in rows]

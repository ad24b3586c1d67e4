"""From a plan to its JSON: bind, send, and fill the holes that batched relations leave."""

import re
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from graph.engine.access import VIEWER, Viewer
from graph.engine.asking.operands import Variables
from graph.engine.costs.charging import Uses, uses_of
from graph.engine.costs.cost import Cost
from graph.engine.errors import AgoraError, BadUserInput, DatabaseUnavailable, Timeout, TooManyGaps
from graph.engine.model import computed
from graph.engine.planning.moments import horizon
from graph.engine.planning.plan import (
    Aggregate,
    Batch,
    Edges,
    Groups,
    Item,
    Nodes,
    Object,
    Outside,
    Page,
    PageFlag,
    PageInfo,
    Plan,
    Root,
    RootEach,
    RootFeed,
    TotalCount,
    TypeName,
    Value,
)
from graph.engine.planning.terms import Param
from graph.engine.running.deadline import Deadline
from graph.engine.sql.batches import batch_statement
from graph.engine.sql.expressions import KEYS, NOW
from graph.engine.sql.following import HERE, each_statement, log_statement
from graph.engine.sql.statements import NONCE, Statement, root_statement

Connection = Any
"""An asyncpg connection, or the pool's proxy of one, on which the time zone is UTC."""

Connections = Callable[[], AbstractAsyncContextManager[Connection]]
"""Where statements get their connection: a pool's `acquire`, in tests the session's own connection."""


@dataclass(frozen=True, slots=True)
class Step:
    """A batch with its SQL, and what stands for a parent that has no rows."""

    slot: int
    statement: Statement
    empty: bytes
    children: tuple["Step", ...]


@dataclass(frozen=True, slots=True)
class Executable:
    """A plan with its SQL: the pieces of the response that are known, and where the others come from."""

    plan: Plan
    statement: Statement | None
    steps: tuple[Step, ...]
    params: Mapping[str, Param]
    later: tuple[Param, ...]
    """Those that the first statement has no use for: they are checked all the same."""
    cost: Cost
    uses: Uses
    """What limits may count of it."""

    @property
    def statements(self) -> int:
        """How many statements it sends if no batch is empty."""
        return (self.statement is not None) + sum(_count(step) for step in self.steps)

    @property
    def weight(self) -> int:
        """About how many bytes it keeps."""
        return 4_000 + 3 * sum(len(text) for text in self.texts())

    def texts(self) -> Iterable[str]:
        """The SQL of all its statements."""
        if self.statement:
            yield self.statement.text
        for step in self.steps:
            yield from _texts(step)


def _count(step: Step) -> int:
    return 1 + sum(_count(child) for child in step.children)


def _texts(step: Step) -> Iterable[str]:
    yield step.statement.text
    for child in step.children:
        yield from _texts(child)


def executable(plan: Plan, price: Cost) -> Executable:
    """`plan`, which costs `price`, with the SQL of all its statements."""
    read = [root for root in plan.roots if not isinstance(root, Outside)]
    first = _first(read) if read else None
    return Executable(
        plan,
        first,
        tuple(_step(batch) for batch in plan.batches),
        {param.name: param for param in plan.params},
        tuple(param for param in plan.params if first is None or param.name not in first.params),
        price,
        uses_of(plan),
    )


def _first(roots: Sequence[Root]) -> Statement:
    match roots:
        case [RootFeed() as log]:
            return log_statement(log)
        case [RootEach() as each]:
            return each_statement(each)
    return root_statement(roots)  # type: ignore[arg-type]


def _step(batch: Batch) -> Step:
    empty = orjson.dumps(_empty(batch.body)) if isinstance(batch.body, Page) else b"null"
    return Step(batch.slot, batch_statement(batch), empty, tuple(_step(child) for child in batch.children))


def _empty(page: Page) -> dict[str, Any]:
    """The JSON of a connection without rows."""
    values: dict[str, Any] = {}
    for part in page.parts:
        match part:
            case Nodes() | Edges():
                values[part.key] = []
            case TotalCount():
                values[part.key] = 0
            case Groups():
                values[part.key] = []
            case Aggregate(summary=summary):
                values[part.key] = {item.key: _empty_item(item) for item in summary.items}
            case TypeName():
                values[part.key] = part.name
            case PageInfo(items=items):
                values[part.key] = dict(_empty_flag(item) for item in items)
    return values


def _empty_item(item: Item) -> Any:
    """What no rows at all come to."""
    match item:
        case Object(items=items):
            return {inner.key: _empty_item(inner) for inner in items}
        case TypeName(name=name):
            return name
        case Value(term=term) if not term.nullable:
            return 0
    return None


def _empty_flag(item: tuple[str, PageFlag] | TypeName) -> tuple[str, Any]:
    if isinstance(item, TypeName):
        return item.key, item.name
    return item[0], None if item[1] in (PageFlag.START_CURSOR, PageFlag.END_CURSOR) else False


def bind(
    statement: Statement,
    params: Mapping[str, Param],
    variables: Variables,
    viewer: Viewer,
    given: Mapping[str, Any],
) -> list[Any]:
    """The values of `statement`'s parameters in order; BadUserInput where a client's value cannot be one."""
    ours = {**statement.constants, **given}
    return [
        _bound(params[name], variables) if name in params else _ours(name, viewer, ours) for name in statement.params
    ]


def _ours(name: str, viewer: Viewer, given: Mapping[str, Any]) -> Any:
    if name == NOW:
        return horizon()
    return viewer.params[name.removeprefix(VIEWER)] if name.startswith(VIEWER) else given[name]


def _bound(param: Param, variables: Variables) -> Any:
    value = param.convert(param.source.of(variables))
    if any(isinstance(text, str) and "\0" in text for text in (value if isinstance(value, list) else (value,))):
        raise BadUserInput("A value holds the character U+0000, which PostgreSQL cannot keep.")
    return value


async def run(
    plan: Executable, connections: Connections, variables: Variables, viewer: Viewer, deadline: Deadline
) -> list[bytes | None]:
    """The JSON of each root field that is read from the database, in order, None for those that are not.

    If the `deadline` passes or the task is cancelled, the statement is cancelled in PostgreSQL too.
    Raises BadUserInput, Timeout, DatabaseUnavailable, or AgoraError for any other fault of a statement.
    """
    if plan.statement is None:
        return [None] * len(plan.plan.roots)
    for param in plan.later:
        _bound(param, variables)
    nonce = secrets.token_hex(16) if plan.steps or plan.plan.calls else ""
    args = bind(plan.statement, plan.params, variables, viewer, {NONCE: nonce})
    try:
        async with deadline.within(connections) as connection:
            if not plan.steps:
                found = await connection.fetchrow(plan.statement.text, *args) or NOT_FOUND
            else:
                async with connection.transaction(isolation="repeatable_read", readonly=True):
                    filler = _Filler(connection, plan.params, variables, viewer, nonce)
                    found = await connection.fetchrow(plan.statement.text, *args) or NOT_FOUND
                    found = await filler.fill([value or b"null" for value in found], plan.steps)
    except AgoraError:
        raise
    except Exception as error:
        raise fault(error) from error
    if plan.plan.calls:
        found = await computed.fill([value or b"null" for value in found], dict(plan.plan.calls), nonce)
    return _spread(plan.plan.roots, found)


async def run_rows(
    plan: Executable, connections: Connections, variables: Variables, viewer: Viewer, deadline: Deadline
) -> list[tuple[Any, ...]]:
    """The rows of a plan's one statement, of which the last column is JSON or NULL. Raises what `run` does."""
    assert plan.statement is not None
    nonce = secrets.token_hex(16) if plan.plan.calls else ""
    args = bind(plan.statement, plan.params, variables, viewer, {NONCE: nonce})
    found = await _fetched(plan.statement, args, connections, deadline)
    if not plan.plan.calls:
        return found
    filled = await computed.fill([row[-1] or b"" for row in found], dict(plan.plan.calls), nonce)
    return [(*row[:-1], json or None) for row, json in zip(found, filled, strict=True)]


async def run_alone(
    statement: Statement, connections: Connections, viewer: Viewer, here: UUID, deadline: Deadline
) -> Any:
    """The one value of a `statement` about the row `here`. Raises what `run` does."""
    args = bind(statement, {}, {}, viewer, {HERE: here})
    ((value,),) = await _fetched(statement, args, connections, deadline)
    return value


async def _fetched(
    statement: Statement, args: Sequence[Any], connections: Connections, deadline: Deadline
) -> list[tuple[Any, ...]]:
    try:
        async with deadline.within(connections) as connection:
            return [tuple(row) for row in await connection.fetch(statement.text, *args)]
    except AgoraError:
        raise
    except Exception as error:
        raise fault(error) from error


NOT_FOUND: tuple[None] = (None,)
"""What stands for the row that a statement of one root did not return."""


def _spread(roots: Sequence[Root], found: Sequence[bytes | None]) -> list[bytes | None]:
    values = iter(found)
    return [None if isinstance(root, Outside) else next(values) or b"null" for root in roots]


def fault(error: Exception) -> AgoraError:
    """What a client is told of an `error` of the database: never its message, which can hold values."""
    match error:
        case asyncpg.QueryCanceledError():
            return Timeout()
        case asyncpg.InvalidRegularExpressionError():
            return BadUserInput("A filter's regex is not a regular expression of PostgreSQL's.")
        case asyncpg.DivisionByZeroError():
            return TooManyGaps()
        case asyncpg.exceptions.DataError():  # an InterfaceError too, but of ours: a value that was not checked
            return AgoraError()
        case (
            OSError()
            | TimeoutError()
            | asyncpg.InterfaceError()
            | asyncpg.PostgresConnectionError()
            | asyncpg.OperatorInterventionError()
            | asyncpg.InsufficientResourcesError()
        ):
            return DatabaseUnavailable()
    return AgoraError()


@dataclass(frozen=True, slots=True)
class _Filler:
    connection: Connection
    params: Mapping[str, Param]
    variables: Variables
    viewer: Viewer
    nonce: str

    async def fill(self, chunks: Sequence[bytes], steps: Sequence[Step]) -> list[bytes]:
        """`chunks` of JSON with every hole of `steps` filled, one statement for each step that has any."""
        if not steps:
            return list(chunks)
        hole = re.compile(rb'"%s:(\d+):([0-9a-f-]{36})"' % self.nonce.encode())
        pieces = [hole.split(chunk) for chunk in chunks]
        filling = {step.slot: await self._read(step, pieces) for step in steps}
        return [b"".join(_joined(piece, filling)) for piece in pieces]

    async def _read(self, step: Step, pieces: Sequence[list[bytes]]) -> "_Filling":
        slot = b"%d" % step.slot
        keys = {piece[at + 1].decode(): None for piece in pieces for at in range(1, len(piece), 3) if piece[at] == slot}
        if not keys:
            return _Filling({}, step.empty)
        given = {NONCE: self.nonce, KEYS: list(keys)}
        args = bind(step.statement, self.params, self.variables, self.viewer, given)
        rows = await self.connection.fetch(step.statement.text, *args)
        filled = await self.fill([row[1] for row in rows], step.children)
        found = {str(row[0]).encode(): value for row, value in zip(rows, filled, strict=True)}
        return _Filling(found, step.empty)


@dataclass(frozen=True, slots=True)
class _Filling:
    found: Mapping[bytes, bytes]
    empty: bytes


def _joined(piece: list[bytes], filling: Mapping[int, _Filling]) -> Iterable[bytes]:
    yield piece[0]
    for at in range(1, len(piece), 3):
        step = filling[int(piece[at])]
        yield step.found.get(piece[at + 1], step.empty)
        yield piece[at + 2]

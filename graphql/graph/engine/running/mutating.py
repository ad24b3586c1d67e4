"""The root fields of a mutation: each is one transaction, or all of them are one where the operation is `@atomic`.

A field is done before anything of its payload is read. What it refuses leaves nothing behind; what two transactions
did to each other is tried again.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeVar

import asyncpg
from graphql import GraphQLObjectType, get_named_type

from graph.engine.access import Viewer
from graph.engine.asking.selection import Field
from graph.engine.errors import BadUserInput, Conflict
from graph.engine.running.repeating import KEY, LONGEST, Claim, Kept, claim
from graph.engine.running.written import Ref, Refs, Writer
from graph.engine.schema.meaning import Writing, meaning_of
from graph.engine.writing.constraints import refusal_of
from graph.engine.writing.items import Item
from graph.engine.writing.refusals import Refusal, note_denials
from graph.engine.writing.rows import Rows
from graph.engine.writing.statements import MEANWHILE, STALE
from graph.engine.writing.writable import MOST, Writable
from graph.engine.writing.write import Session, Statements

T = TypeVar("T")

ATTEMPTS = 5
"""How often a transaction is tried that others get in the way of."""
PAUSE = 0.01
"""Seconds before it is tried again, doubled each time, and up to twice as long by chance."""

TRANSIENT = frozenset({"40001", "40P01"})
"""SQLSTATEs of what may go well next time: serialization_failure, deadlock_detected."""

APART = "apart"
OWN_TRANSACTIONS = {APART: True}
"""The metadata of a mutation that makes transactions of its own, and can be part of no other."""

STANDS = "stands"
"""The attribute of a payload that says whether what was done stays done beside its userErrors."""

UNDONE = Refusal("CONFLICT", "", "Undone, because another field of this @atomic mutation was refused")


class Working(Protocol):
    """The context of a mutation's field, which knows its transaction."""

    @property
    def who(self) -> str:
        """Whose idempotency keys are told apart from those of others."""

    def working(self, operation: str | None = None) -> AbstractAsyncContextManager["Working"]:
        """The same context with a transaction of its own, which is committed at the end or undone by an exception.

        The record of what it does says what `operation` did it.
        """

    async def fetch(self, statement: str, *args: Any) -> Sequence[Any]:
        """Run a statement in the transaction."""


class Outcome(NamedTuple):
    """What a field came to: its payload, whether that says why nothing was done, and what is to be kept of it."""

    payload: Any
    refused: bool = False
    claim: Claim | None = None


class Undone(Exception):
    """Nothing of the transaction shall stay."""

    def __init__(self, outcomes: list[Outcome]) -> None:
        super().__init__()
        self.outcomes = outcomes


class InTheWay(Exception):
    """Another transaction got in the way, which shows only now; what is told if it always does."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcomes = [outcome]


@dataclass(frozen=True, slots=True)
class Mutating:
    """Does the root fields of one mutation."""

    writer: Writer
    statements: Statements
    viewer: Viewer
    parent: GraphQLObjectType
    arguments: Mapping[str, dict[str, Any]]
    """Those of each field, coerced, by its response key."""

    async def pieces(self, fields: Sequence[Field], *, atomic: bool) -> AsyncIterator[bytes]:
        """The answer's parts, one for each field; all fields are done before the first is read if they are `atomic`."""
        done = iter(await self.together(fields) if atomic else ())
        for selected in fields:
            outcome = next(done) if atomic else await self.one(selected)
            yield b'"%s":%s' % (selected.key.encode(), await self.render(selected, outcome))

    async def one(self, selected: Field) -> Outcome:
        """Do one field."""
        (outcome,) = await self.together([selected])
        return outcome

    async def together(self, fields: Sequence[Field]) -> list[Outcome]:
        """Do several fields in one transaction, of which nothing stays if one of them is refused."""
        context = self.writer.context
        if len(fields) > 1 and (alone := [one.name for one in fields if APART in _metadata(one)]):
            raise BadUserInput(f'"{alone[0]}" makes transactions of its own: it cannot be part of an @atomic mutation.')

        if all(selected.name == "__typename" for selected in fields):
            return [Outcome(self.parent.name) for _ in fields]

        doing = ", ".join(dict.fromkeys(selected.name for selected in fields))

        async def attempt() -> list[Outcome]:
            try:
                async with context.working(doing) as working:
                    return await self._in_turn(fields, working)
            except Undone as undone:
                await self._keep(undone.outcomes)
                return undone.outcomes

        try:
            return await _again(attempt)
        except InTheWay as other:
            return other.outcomes

    async def render(self, selected: Field, outcome: Outcome) -> bytes:
        """The JSON of a field that is done."""
        payload = outcome.payload
        return await self.writer.render(selected, _nothing(selected, UNDONE) if payload is UNDONE else payload)

    async def _in_turn(self, fields: Sequence[Field], working: Working) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for place, selected in enumerate(fields):
            undone = [Outcome(UNDONE, refused=True) for _ in fields]
            try:
                outcomes.append(await self._outcome(selected, working))
            except InTheWay as other:
                other.outcomes = [*undone[:place], *other.outcomes, *undone[place + 1 :]]
                raise
            if outcomes[-1].refused:
                raise Undone([*undone[:place], outcomes[-1], *undone[place + 1 :]])
        return outcomes

    async def _outcome(self, selected: Field, context: Any) -> Outcome:
        """Do a field, or tell again what it came to where its key was given before."""
        if selected.name == "__typename":
            return Outcome(self.parent.name)
        arguments = {**self.arguments[selected.key]}
        key = arguments.pop(KEY, None)
        if key is None:
            return await self._done(selected, arguments, context)
        if not 1 <= len(key) <= LONGEST:
            raise BadUserInput(f'Argument "{KEY}" must have 1 to {LONGEST} characters.')
        claimed = claim(context.who, selected.name, arguments, key)
        if APART in _metadata(selected):
            return await self._apart(selected, arguments, claimed, context)
        if (kept := await claimed.take(context.fetch)) is not None:
            return _told_again(selected, kept)
        outcome = await self._done(selected, arguments, context)
        if outcome.refused:
            return outcome._replace(claim=claimed)
        await claimed.keep(context.fetch, outcome.payload)
        return outcome

    async def _apart(self, selected: Field, arguments: dict[str, Any], claimed: Claim, context: Working) -> Outcome:
        """Do a field that makes its own transactions: its key is taken before them, and kept after them."""
        async with context.working() as working:
            if (kept := await claimed.take(working.fetch)) is not None:
                return _told_again(selected, kept)
        try:
            outcome = await self._done(selected, arguments, context)
        except BaseException:
            async with context.working() as working:
                await claimed.free(working.fetch)
            raise
        async with context.working() as working:
            await claimed.keep(working.fetch, outcome.payload)
        return outcome

    async def _keep(self, outcomes: Sequence[Outcome]) -> None:
        """Keep what was refused, of which the transaction left nothing."""
        for outcome in outcomes:
            if outcome.claim is not None:
                async with self.writer.context.working() as working:
                    if await outcome.claim.take(working.fetch) is None:
                        await outcome.claim.keep(working.fetch, outcome.payload)

    async def _done(self, selected: Field, arguments: dict[str, Any], context: Any) -> Outcome:
        meaning = meaning_of(selected.definition)
        if not isinstance(meaning, Writing):
            payload = await self.writer.resolve(selected, self.parent, context, arguments)
            refused = bool(getattr(payload, "user_errors", None)) and not getattr(payload, STANDS, False)
            return Outcome(payload, refused)
        try:
            return await self._write(meaning, arguments, context)
        except asyncpg.IntegrityConstraintViolationError as error:
            if (refusal := refusal_of(error)) is None:
                raise
            return Outcome(_payload(self._book(meaning), meaning, [], [refusal]), refused=True)

    def _book(self, meaning: Writing) -> Writable:
        return self.statements.books.all[meaning.entity]

    async def _write(self, meaning: Writing, arguments: Mapping[str, Any], context: Working) -> Outcome:
        """Write the rows of a derived field."""
        book, items = self._book(meaning), _items(meaning, arguments)
        if arguments.get("keepValid"):
            _check_alone(self.statements.books.led[meaning.entity], items)
        session = Session(self.statements, self.viewer, context.fetch)
        match meaning.step:
            case "create":
                await session.create(book, items)
            case "update":
                await session.update(book, items)
            case "upsert":
                await session.upsert(book, items)
            case "delete" | "restore":
                await session.mark(book, meaning.step, items)
        refusals = [refusal for item in items for refusal in item.refusals]
        note_denials(refusals)
        if any(refusal.message == MEANWHILE.message for refusal in refusals):
            raise InTheWay(Outcome(_payload(book, meaning, [], refusals, len(items)), refused=True))
        undone = bool(refusals) and not arguments.get("keepValid")
        shown = items if not undone or not meaning.many else []
        return Outcome(_payload(book, meaning, shown, refusals, len(items)), undone)


def rows_given(selected: Field, arguments: Mapping[str, Any]) -> int:
    """How many rows a derived field is given; 0 for every other field."""
    if not isinstance(meaning_of(selected.definition), Writing):
        return 0
    return len(next((arguments[name] for name in ("inputs", "ids") if name in arguments), (None,)))


def rows_copied(arguments: Mapping[str, Any]) -> int:
    """How many rows a hand-written field is given that are copied into their table."""
    inputs = [arguments, *(value for value in arguments.values() if isinstance(value, dict))]
    return sum(len(value) for given in inputs for value in given.values() if isinstance(value, Rows))


def _items(meaning: Writing, arguments: Mapping[str, Any]) -> list[Item]:
    """The rows that the arguments give."""
    if not meaning.many:
        return [Item(arguments.get("input", arguments))]
    name = "inputs" if "inputs" in arguments else "ids"
    given = arguments[name]
    if len(given) > MOST:
        raise BadUserInput(f'Argument "{name}" has {len(given):,} items; at most {MOST:,} are allowed.')
    rows = given if name == "inputs" else [{"id": one} for one in given]
    return [Item(row, index=index) for index, row in enumerate(rows)]


def _check_alone(nested: Sequence[Any], items: Sequence[Item]) -> None:
    """Raise BadUserInput where rows would be kept of which others that are given with them are refused."""
    if used := sorted({relation.name for relation in nested for item in items if item.given.get(relation.name)}):
        raise BadUserInput(f'"keepValid" cannot keep rows that bring others along: leave "{used[0]}" out.')


def _payload(
    book: Writable, meaning: Writing, items: Sequence[Item], refusals: Sequence[Refusal], count: int = 0
) -> dict[str, Any]:
    """What a derived field answers with: its rows, by what the payload calls them, and why some are not written."""
    entity = book.entity
    keys = [_shown(item) for item in items] or [None] * (count or 1)
    errors = {"userErrors": [told(refusal) for refusal in refusals]}
    if meaning.step == "delete":
        ids = [key and f"{entity.prefix}_{key}" for key in keys]
        return {**({"ids": ids} if meaning.many else {"id": ids[0]}), **errors}
    if meaning.many:
        return {entity.list_field: Refs(entity.name, tuple(keys)), **errors}
    return {entity.field: keys[0] and Ref(entity.name, keys[0]), **errors}


def _told_again(selected: Field, kept: Kept) -> Outcome:
    if kept.refusal is not None:
        return Outcome(_nothing(selected, kept.refusal), refused=True)
    return Outcome(kept.payload)


def _metadata(selected: Field) -> Mapping[Any, Any]:
    """What a hand-written field says of itself."""
    definition = selected.definition.extensions.get("strawberry-definition")
    return definition.metadata if definition is not None else {}


def _nothing(selected: Field, why: Refusal) -> dict[str, Any]:
    """The payload of a field of which nothing was done."""
    type_ = get_named_type(selected.definition.type)
    assert isinstance(type_, GraphQLObjectType)
    empty = {
        name: _EMPTY.get(str(field.type), [] if "[" in str(field.type) else None)
        for name, field in type_.fields.items()
    }
    return {**empty, "userErrors": [told(why)]}


_EMPTY: dict[str, Any] = {"Boolean!": False, "Int!": 0}
"""What a payload holds of required values where nothing was done."""


def _shown(item: Item) -> Any:
    """The row to read: one that was written, or that somebody else changed meanwhile."""
    stale = any(refusal.message == STALE.message for refusal in item.refusals)
    return item.key if stale or not item.refusals else None


def told(refusal: Refusal) -> dict[str, Any]:
    """What a client is told of a refusal."""
    field = refusal.field or None
    return {"code": refusal.code, "field": field, "message": refusal.sentence, "index": refusal.index}


async def _again(attempt: Callable[[], Awaitable[T]]) -> T:
    """What `attempt` gives; where another transaction gets in its way it is tried again, a few times."""
    for pause in [PAUSE * (1 << number) for number in range(ATTEMPTS - 1)]:
        try:
            return await attempt()
        except Exception as error:
            if not _is_transient(error):
                raise
        await asyncio.sleep(pause * (1 + random.random()))
    try:
        return await attempt()
    except Exception as error:
        if isinstance(error, InTheWay) or not _is_transient(error):
            raise
        raise Conflict("Others change the same rows all the time; try again.") from error


def _is_transient(error: Exception) -> bool:
    original = getattr(error, "orig", error)  # SQLAlchemy wraps what the driver raises
    return isinstance(error, InTheWay) or getattr(original, "sqlstate", None) in TRANSIENT

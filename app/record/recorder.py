"""The one task of a process that writes the record, on a connection of its own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from time import perf_counter
from types import MappingProxyType
from typing import Protocol, TypeVar

import asyncpg
import structlog

from app.record import calls, events
from app.record.calls import Calls
from app.record.catalogue import Catalogue
from app.record.events import Events, Subject
from app.record.uses import Uses
from app.record.writing import write_json
from graph.client import Client
from graph.engine.answer import Answer, Operation
from graph.engine.writing.refusals import REFUSALS
from models.identity import SecurityEventType

EVERY = 1.0
"""Seconds from one batch to the next, unless there is too much before."""

LAST = 5.0
"""Seconds that the end of the process waits for the last batch."""

AWAY = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)
"""What says that nothing can be written now."""

TYPES: Mapping[str, SecurityEventType] = MappingProxyType(
    {"RATE_LIMITED": "RATE_LIMIT_EXCEEDED", "FORBIDDEN": "ACCESS_DENIED", "UNAUTHENTICATED": "ACCESS_DENIED"}
)
"""The codes of answers that matter for security."""

NO_DOCUMENTS: Mapping[str, str] = MappingProxyType({})


class Part(Protocol):
    """What is noted, and how it is written."""

    def __len__(self) -> int:
        """How much there is to write."""

    async def write(self, connection: asyncpg.Connection) -> None:
        """Write it; what cannot be written stays for the next time."""


T = TypeVar("T")

Answering = Callable[[Operation], Awaitable[T]]
"""What answers operations, or follows what they ask for."""

log = structlog.get_logger(__name__)


class Recorder:
    """Keeps what the transports note, and writes it to the database at `dsn`."""

    def __init__(
        self,
        dsn: str,
        documents: Mapping[str, str] = NO_DOCUMENTS,
        *,
        bodies: int = 0,
        room: int = calls.ROOM,
        events_room: int = events.ROOM,
        patience: float = events.PATIENCE,
    ) -> None:
        self.dsn = dsn
        self._wake = asyncio.Event()
        self.catalogue, self.uses = Catalogue(documents), Uses()
        self.calls = Calls(self.catalogue.entry if self.catalogue else None, bodies=bodies, room=room)
        self.events = Events(self._wake, room=events_room, patience=patience)
        self._turn = asyncio.Lock()
        self._connection: asyncpg.Connection | None = None
        self._away = self._ending = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Write what is noted meanwhile, and at the end what is left."""
        await self.flush()
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            self._ending = True
            self._wake.set()
            await task
            await self._finish()

    async def flush(self) -> bool:
        """Write all that waits; whether that could be done. What could not is tried again with the next batch."""
        async with self._turn:
            self.calls.say()
            parts = (self.events, self.uses, self.catalogue, self.calls)
            done = [await self._write(part) for part in parts if len(part)]
            if self._away and done and all(done):
                self._away = False
                log.info("the record is written again")
            return all(done)

    def counting(self, answer: Answering[T]) -> Answering[T]:
        """`answer`, which counts the calls of documents of the catalogue, if there are any."""
        if not self.catalogue:
            return answer

        async def counted(operation: Operation) -> T:
            entry = self.catalogue.entry(operation)
            if entry is None:
                return await answer(operation)
            began = perf_counter()
            given = await answer(operation)
            entry.add(perf_counter() - began, isinstance(given, Answer) and given.failed)
            return given

        return counted

    async def note_refusals(self, operation: Operation, code: str | None) -> None:
        """Note what matters for security: the `code` that refuses all of `operation`, and what its mutations refuse."""
        client = getattr(operation.context, "client", None) or Client()
        subject = Subject.of(operation.viewer.params)
        codes = dict.fromkeys((code, *REFUSALS.get()))
        REFUSALS.set(())
        for given in codes:
            if type_ := TYPES.get(given or ""):
                await self.events.note(type_, given or "", client, subject, operation=operation.name)

    async def _write(self, part: Part) -> bool:
        try:
            await part.write(await self._connected())
        except AWAY as error:
            self._missed(error)
            return False
        return True

    async def _run(self) -> None:
        while not self._ending:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), EVERY)
            self._wake.clear()
            await self._written()

    async def _written(self) -> None:
        try:
            await self.flush()
        except Exception:  # whatever is wrong with a batch, the next one is written
            log.exception("the record is not written")

    async def _finish(self) -> None:
        """Write what is left; events that cannot be written are said."""
        self.catalogue.hurry()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._written(), LAST)
        self.events.give_up()
        if left := len(self.calls):
            log.warning("calls by keys are not in the log", count=left)
        self.close()

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            settings = {"application_name": "agora record", "timezone": "UTC", "jit": "off"}
            made = await asyncpg.connect(self.dsn, timeout=3, command_timeout=10, server_settings=settings)
            await write_json(made)
            self._connection = made
        return self._connection

    def close(self) -> None:
        """Give the connection up; the next batch is written over another."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    def _missed(self, error: Exception) -> None:
        """Begin with a new connection next time; that nothing is written is said once."""
        self.close()
        if not self._away:
            self._away = True
            log.warning("the record is not written", cause=type(error).__name__, calls=len(self.calls))

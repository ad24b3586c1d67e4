"""The log of calls: every request by an API key, how long it took and what came back."""

import re
from collections import deque
from collections.abc import Callable, Mapping
from time import perf_counter, time
from uuid import UUID

import asyncpg
import structlog

from app.record.bodies import answered, asked
from app.record.catalogue import Entry
from app.record.writing import Row, Target, address, clean, copied, moment
from graph.client import Client
from graph.engine.answer import Answer, Operation
from models.uuid7 import uuid7_at

ROOM = 10_000
"""Calls that wait to be written; what comes beyond is counted instead."""

BODIES_ROOM = 32 * 1024 * 1024
"""Characters of bodies that may wait."""

BATCH = 250
"""Rows that are made and sent at once: others are served in between."""

PATH = "/graphql"

ALLOWED = frozenset(
    (
        *(b"accept", b"accept-encoding", b"accept-language", b"content-length", b"content-type", b"host", b"origin"),
        *(b"traceparent", b"user-agent", b"x-agora-extensions", b"x-request-id"),
        *(b"apollographql-client-name", b"apollographql-client-version"),
    )
)
"""The headers that are kept: not those that are known to hold no credentials, but those that somebody looks for."""

HEADER_LENGTH, NAME_LENGTH = 500, 200

LOGS = Target(
    "gateway",
    "api_logs",
    (
        *("id", "business_id", "api_key_id", "endpoint_id", "method", "path", "operation", "request_headers"),
        *("request_body", "request_bytes", "response_code", "response_body", "response_bytes", "response_time_ms"),
        *("error_code", "cost", "ip_address", "user_agent", "request_id"),
    ),
    ("business_id", "api_key_id", "endpoint_id"),
)

_NAMED = re.compile(r"(?:[\s,\ufeff]|#[^\n\r]*)*(?:query|mutation|subscription)\s+([_A-Za-z]\w*)")
_BEGINNING = 500
"""Characters of a document in which its name is looked for."""

log = structlog.get_logger(__name__)


class Visit:
    """A request by a key: what is known at its beginning, and then what came of it."""

    __slots__ = (
        *("at", "began", "bodies", "business", "client", "code", "cost", "document", "entry", "headers", "key"),
        *("method", "operation", "request_bytes", "response_bytes", "seconds", "status"),
    )

    seconds: float
    status: int | None
    code: str | None
    operation: str | None
    document: str
    """The beginning of the document, for its name."""

    def __init__(self, key: UUID, business: UUID, client: Client, headers: Mapping[bytes, bytes], method: str) -> None:
        self.key, self.business, self.client, self.method = key, business, client, method
        self.headers = [
            (name, value if len(value) <= HEADER_LENGTH else value[:HEADER_LENGTH])
            for name, value in headers.items()
            if name in ALLOWED
        ]
        self.request_bytes: int | None = None
        self.entry: Entry | None = None
        self.bodies: tuple[str | None, str | None] = NO_BODIES
        self.cost = self.response_bytes = 0
        self.at, self.began = time(), perf_counter()

    def again(self, request_bytes: int) -> "Visit":
        """The same client's next request over the same connection."""
        next_ = Visit(self.key, self.business, self.client, {}, self.method)
        next_.headers, next_.request_bytes = self.headers, request_bytes
        return next_


NO_BODIES = (None, None)

EntryOf = Callable[[Operation], Entry | None]


class Calls:
    """The calls that wait to be written: `room` of them, with `bodies` characters of what was sent and answered."""

    def __init__(self, entry_of: EntryOf | None = None, *, bodies: int = 0, room: int = ROOM) -> None:
        self.entry_of, self.bodies = entry_of, bodies
        self.room = min(room, BODIES_ROOM // (2 * bodies)) if bodies else room
        self.dropped = 0
        """How many calls there was no room for since it was last said."""
        self._waiting: deque[Visit] = deque()
        self._batch: list[Row] = []

    def note(self, visit: Visit, operation: Operation, answer: Answer, status: int | None) -> None:
        """Note that `operation` was answered."""
        if len(self._waiting) >= self.room:
            self.dropped += 1
            return
        visit.seconds = perf_counter() - visit.began
        visit.status, visit.code, visit.cost = status, answer.code, answer.cost
        visit.response_bytes = len(answer.body)
        visit.operation, visit.document = operation.name, operation.query[:_BEGINNING]
        if self.entry_of is not None:
            visit.entry = self.entry_of(operation)
        if self.bodies:
            visit.bodies = self._bodies(operation, answer)
        self._waiting.append(visit)

    def note_refusal(self, visit: Visit, status: int, code: str, size: int) -> None:
        """Note that nothing was asked that could be answered."""
        if len(self._waiting) >= self.room:
            self.dropped += 1
            return
        visit.seconds = perf_counter() - visit.began
        visit.status, visit.code, visit.response_bytes = status, code, size
        visit.operation, visit.document = None, ""
        self._waiting.append(visit)

    def __len__(self) -> int:
        return len(self._waiting) + len(self._batch)

    async def write(self, connection: asyncpg.Connection) -> None:
        """Write what waits; what comes meanwhile is left for the next time. Raises as `copied`."""
        for _ in range(len(self._waiting) // BATCH + 2):
            self._batch = self._batch or self._taken()
            if not self._batch:
                return
            self.dropped += await copied(connection, LOGS, self._batch)
            self._batch = []

    def say(self) -> None:
        """Log how many calls were not kept since this was last said."""
        if self.dropped:
            log.warning("calls by keys are not in the log", count=self.dropped)
            self.dropped = 0

    def _taken(self) -> list[Row]:
        return [_row(self._waiting.popleft()) for _ in range(min(BATCH, len(self._waiting)))]

    def _bodies(self, operation: Operation, answer: Answer) -> tuple[str | None, str | None]:
        sent = asked(operation.query, operation.variables, self.bodies)
        return sent, answered(answer.body, answer.failed, self.bodies)


def _row(visit: Visit) -> Row:
    headers = {name.decode(): clean(value.decode("latin-1"), HEADER_LENGTH) or "" for name, value in visit.headers}
    sent, answered_ = visit.bodies
    return (
        *(uuid7_at(moment(visit.at)), visit.business, visit.key, visit.entry and visit.entry.id, visit.method, PATH),
        *(clean(_name(visit), NAME_LENGTH), headers, clean(sent, len(sent or "")), visit.request_bytes, visit.status),
        *(clean(answered_, len(answered_ or "")), visit.response_bytes, round(visit.seconds * 1000), visit.code),
        *(visit.cost, address(visit.client.ip), clean(visit.client.user_agent, HEADER_LENGTH)),
        clean(headers.get("x-request-id"), NAME_LENGTH),
    )


def _name(visit: Visit) -> str | None:
    """What an operation calls itself, said beside its document or in it."""
    if visit.operation is not None:
        return visit.operation
    if visit.entry is not None:
        return visit.entry.operation
    found = _NAMED.match(visit.document)
    return found[1] if found else None

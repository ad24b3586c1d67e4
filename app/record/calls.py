"""The log of calls: every request by an API key, how long it took and what came back."""

import re
from collections import deque
from collections.abc import Mapping
from time import perf_counter, time
from typing import NamedTuple
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

ALLOWED = tuple(
    (name.encode(), name)
    for name in (
        *("accept", "accept-encoding", "accept-language", "content-length", "content-type", "host", "origin"),
        *("traceparent", "user-agent", "x-agora-extensions", "x-request-id"),
        *("apollographql-client-name", "apollographql-client-version"),
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
    """A request by a key, from its beginning."""

    __slots__ = ("at", "began", "business", "client", "headers", "key", "method", "request_bytes")

    def __init__(self, key: UUID, business: UUID, client: Client, headers: Mapping[bytes, bytes], method: str) -> None:
        self.key, self.business, self.client, self.method = key, business, client, method
        self.headers = [(name, headers[given][:HEADER_LENGTH]) for given, name in ALLOWED if given in headers]
        self.request_bytes: int | None = None
        self.at, self.began = time(), perf_counter()

    def again(self, request_bytes: int | None = None) -> "Visit":
        """The same client's next request over the same connection."""
        next_ = object.__new__(Visit)
        next_.key, next_.business, next_.client, next_.method = self.key, self.business, self.client, self.method
        next_.headers, next_.request_bytes = self.headers, request_bytes
        next_.at, next_.began = time(), perf_counter()
        return next_


class Call(NamedTuple):
    """A request that was answered."""

    visit: Visit
    seconds: float
    status: int | None
    response_bytes: int
    error_code: str | None
    operation: str | None
    document: str
    """The beginning of the document, for its name."""
    entry: Entry | None
    cost: int
    bodies: tuple[str | None, str | None]


NO_BODIES = (None, None)


class Calls:
    """The calls that wait to be written: `room` of them, with `bodies` characters of what was sent and answered."""

    def __init__(self, *, bodies: int = 0, room: int = ROOM) -> None:
        self.bodies = bodies
        self.room = min(room, BODIES_ROOM // (2 * bodies)) if bodies else room
        self.dropped = 0
        """How many calls there was no room for since it was last said."""
        self._waiting: deque[Call] = deque()
        self._batch: list[Row] = []

    def note(self, visit: Visit, operation: Operation, answer: Answer, status: int | None, entry: Entry | None) -> None:
        """Note that `operation`, which may be the document of `entry`, was answered."""
        if len(self._waiting) >= self.room:
            self.dropped += 1
            return
        seconds = perf_counter() - visit.began
        name, document = operation.name, operation.query[:_BEGINNING]
        bodies = self._bodies(operation, answer) if self.bodies else NO_BODIES
        told = (status, len(answer.body), answer.code, name, document, entry, answer.cost, bodies)
        self._waiting.append(Call(visit, seconds, *told))

    def note_refusal(self, visit: Visit, status: int, code: str, size: int) -> None:
        """Note that nothing was asked that could be answered."""
        if len(self._waiting) >= self.room:
            self.dropped += 1
            return
        seconds = perf_counter() - visit.began
        self._waiting.append(Call(visit, seconds, status, size, code, None, "", None, 0, NO_BODIES))

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


def _row(call: Call) -> Row:
    visit = call.visit
    headers = {name: clean(value.decode("latin-1"), HEADER_LENGTH) or "" for name, value in visit.headers}
    sent, answered_ = call.bodies
    return (
        *(uuid7_at(moment(visit.at)), visit.business, visit.key, call.entry and call.entry.id, visit.method, PATH),
        *(clean(_name(call), NAME_LENGTH), headers, clean(sent, len(sent or "")), visit.request_bytes, call.status),
        *(clean(answered_, len(answered_ or "")), call.response_bytes, round(call.seconds * 1000), call.error_code),
        *(call.cost, address(visit.client.ip), clean(visit.client.user_agent, HEADER_LENGTH)),
        clean(headers.get("x-request-id"), NAME_LENGTH),
    )


def _name(call: Call) -> str | None:
    """What an operation calls itself, said beside its document or in it."""
    if call.operation is not None:
        return call.operation
    if call.entry is not None:
        return call.entry.operation
    found = _NAMED.match(call.document)
    return found[1] if found else None

"""Refusals, for whoever watches over accounts and keys. None is lost: what repeats is counted, what is too much waits.

What services do in a transaction (sign-ins, locks, keys, rights) they note there themselves.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import time
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import structlog

from app.record.writing import Row, Target, address, clean, copied, moment
from app.services.accounts.events import SEVERITIES
from graph.client import Client
from models.identity import SecurityEventSeverity, SecurityEventType
from models.uuid7 import uuid7_at

ROOM = 1_000
"""Events of different kinds, addresses and subjects that wait to be written; who causes one more waits too."""

PATIENCE = 5.0
"""Seconds that somebody waits; then the database is away, and events are counted by their type alone."""

BATCH = 250
AGENT_LENGTH, DETAIL_LENGTH = 500, 200

EVENTS = Target(
    "identity",
    "security_events",
    (
        *("id", "user_id", "session_id", "api_key_id", "business_id", "type", "severity", "details"),
        *("ip_address", "user_agent", "occurred_at"),
    ),
    ("user_id", "session_id", "api_key_id", "business_id"),
)

log = structlog.get_logger(__name__)


class Subject(NamedTuple):
    """Who is refused, as far as that is known."""

    user: UUID | None = None
    session: UUID | None = None
    key: UUID | None = None
    business: UUID | None = None

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> "Subject":
        """The subject that a viewer's values name."""
        return cls(*(params.get(name) for name in cls._fields))


NOBODY = Subject()


class Kind(NamedTuple):
    """What makes two events the same: they become one row, with their number."""

    type: SecurityEventType
    reason: str
    ip: str | None
    subject: Subject


@dataclass(slots=True)
class Happened:
    """An event as it was the first time, and how often it was."""

    severity: SecurityEventSeverity
    user_agent: str | None
    details: Mapping[str, str | None]
    first: float = field(default_factory=time)
    last: float = field(default_factory=time)
    count: int = 1


class Events:
    """The events that wait to be written."""

    def __init__(self, wake: asyncio.Event, *, room: int = ROOM, patience: float = PATIENCE) -> None:
        self.room, self.patience = room, patience
        self._wake = wake
        self._waiting: dict[Kind, Happened] = {}
        self._batch: list[Row] = []
        self._written = asyncio.Event()

    async def note(
        self,
        type_: SecurityEventType,
        reason: str,
        client: Client,
        subject: Subject = NOBODY,
        *,
        severity: SecurityEventSeverity | None = None,
        **details: str | None,
    ) -> None:
        """Note that somebody was refused; waits while there is no room."""
        kind = Kind(type_, reason, client.ip, subject)
        if not await self._fits(kind):
            kind, details = Kind(type_, "MANY", None, NOBODY), {}
        known = self._waiting.get(kind)
        if known is None:
            self._waiting[kind] = Happened(severity or SEVERITIES.get(type_, "LOW"), client.user_agent, details)
        else:
            known.count, known.last = known.count + 1, time()

    def __len__(self) -> int:
        return len(self._waiting) + len(self._batch)

    async def write(self, connection: asyncpg.Connection) -> None:
        """Write what waits. Raises as `copied`."""
        self._batch += [_row(kind, happened) for kind, happened in self._waiting.items()]
        self._waiting = {}
        while self._batch:
            if lost := await copied(connection, EVENTS, self._batch[:BATCH]):
                log.error("security events are not taken", count=lost)
            del self._batch[:BATCH]
        self._written.set()

    def give_up(self) -> None:
        """Log what cannot be written any more, because the process ends."""
        rows = [*self._batch, *(_row(kind, happened) for kind, happened in self._waiting.items())]
        for row in rows:
            said = {name: str(value) for name, value in zip(EVENTS.columns, row, strict=True) if value is not None}
            log.error("a security event is not written", event_type=said.pop("type"), **said)

    async def _fits(self, kind: Kind) -> bool:
        """Wait until there is room for `kind`; whether there is."""
        if self._has_room(kind):
            return True
        try:
            async with asyncio.timeout(self.patience):
                while not self._has_room(kind):
                    self._written.clear()
                    self._wake.set()
                    await self._written.wait()
        except TimeoutError:
            return False
        return True

    def _has_room(self, kind: Kind) -> bool:
        return kind in self._waiting or len(self) < self.room


def _row(kind: Kind, happened: Happened) -> Row:
    told = {name: clean(value, DETAIL_LENGTH) for name, value in happened.details.items()}
    details = {"reason": kind.reason, **told, "count": happened.count}
    if happened.count > 1:
        details["until"] = moment(happened.last).isoformat(timespec="milliseconds")
    first = moment(happened.first)
    return (
        *(uuid7_at(first), kind.subject.user, kind.subject.session, kind.subject.key, kind.subject.business),
        *(kind.type, happened.severity, details, address(kind.ip), clean(happened.user_agent, AGENT_LENGTH), first),
    )

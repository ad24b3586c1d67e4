"""Where logs end, for many of them by one statement: that shows nobody anything, it only says whether to read."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from graph.engine.running.deadline import Deadline
from graph.engine.running.run import Connections

SECONDS = 3.0
"""How long to wait for a connection, and for the statement."""

STATEMENTS: Mapping[str, str] = MappingProxyType(
    {
        "chat": "SELECT id, staff_seq, visitor_seq, epoch FROM chat.chat_sessions WHERE id = ANY($1::uuid[])",
        "conversation": "SELECT id, last_seq, last_seq, NULL FROM agents.conversations WHERE id = ANY($1::uuid[])",
    }
)
"""By the kind of log: the rows with the numbers of their last entries, for staff and for others, and the epoch."""


class Head(NamedTuple):
    """Where a log ends."""

    staff: int
    others: int
    epoch: int | None


async def heads(connections: Connections, kind: str, keys: Iterable[UUID]) -> Mapping[UUID, Head]:
    """Where the logs of a kind end; what is not there is not in it. Raises what the database raises."""
    async with Deadline(SECONDS).within(connections) as connection:
        rows: Sequence[tuple[UUID, int, int, int | None]] = await connection.fetch(STATEMENTS[kind], list(keys))
    return {key: Head(staff, others, epoch) for key, staff, others, epoch in rows}

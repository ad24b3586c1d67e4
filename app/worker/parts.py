"""What the worker is made of: outboxes and chores. Knows nothing of queues, nor of what any of them does."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol


class Outbox(Protocol):
    """Rows of a table that wait to be carried out; the table is the truth, and whatever wakes the worker is a hint."""

    @property
    def name(self) -> str:
        """What the jobs of it are called, like `webhooks`."""

    async def due(self) -> Sequence[str]:
        """The keys of the parts of it that have something to do now, like the ids of webhooks that are to be called.

        Asked each second, so it must be one cheap statement over an index of what is open. It runs on a connection of
        the read pool: a transaction that may have written something would wake the worker again.
        """

    async def drain(self, key: str) -> None:
        """Do what is due in one part, until nothing is.

        No other worker does the same part meanwhile. It may be killed anywhere, and is called again then: what it does
        to others is done at least once, and rows say what was done only after it was.
        """


@dataclass(frozen=True, slots=True)
class Chore:
    """Something that is done on a schedule, by one worker."""

    name: str
    schedule: str
    """When, as cron writes it in five fields, in UTC."""
    work: Callable[[], Awaitable[None]]

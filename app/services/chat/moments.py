"""Moments of a chat, as the database keeps them: to the millisecond."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from models.uuid7 import uuid7_floor

CLOCKS = timedelta(days=1)
"""By how much the clock of the database, which names messages, may be behind that of who begins a chat."""


def moment(now: datetime, *earlier: datetime | None) -> datetime:
    """This moment, or the last of the earlier ones if that is later: clocks of two processes may differ."""
    floored = now.replace(microsecond=now.microsecond // 1000 * 1000)
    return max([floored, *(one for one in earlier if one is not None)])


def first_id(started_at: datetime) -> UUID:
    """The least id that a message may have of a chat that began then: by it, older partitions are not looked at."""
    return uuid7_floor(started_at - CLOCKS)


def told(at: datetime) -> str:
    """A moment as entries of the log say it: in the same text as every field of that type."""
    utc = at.astimezone(UTC)
    fraction = f".{utc.microsecond // 1000:03}".rstrip("0").rstrip(".")
    return f"{utc:%Y-%m-%dT%H:%M:%S}{fraction}+00:00"

"""Moments of a chat, as the database keeps them: to the millisecond."""

from datetime import UTC, datetime


def moment(now: datetime, *earlier: datetime | None) -> datetime:
    """This moment, or the last of the earlier ones if that is later: clocks of two processes may differ."""
    floored = now.replace(microsecond=now.microsecond // 1000 * 1000)
    return max([floored, *(one for one in earlier if one is not None)])


def told(at: datetime) -> str:
    """A moment as entries of the log say it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

"""When a call that failed is made again, after the schedule of the Standard Webhooks specification. Knows no clock."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

PAUSES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
)
"""From one attempt to the next; further ones follow as the last."""

JITTER = 0.1
"""By what part of itself a pause may be longer, so that not everything comes again at once."""

LONGEST = timedelta(hours=24)
"""How long an address may have itself waited for."""

PATIENCE, ENOUGH = timedelta(days=5), 20
"""For how long and how often calls fail in a row until a webhook is paused: both."""

BUSY = (429, 503)
"""The answers whose Retry-After is heeded."""

Dice = Callable[[], float]
"""Gives numbers from 0 up to 1."""


def next_attempt(
    made: int, retries: int, now: datetime, dice: Dice, wanted: timedelta | None = None
) -> datetime | None:
    """When to try again after `made` attempts, of which all but one may be `retries`; None: never.

    Not before the address `wanted` it, within bounds.
    """
    if made > retries:
        return None
    pause = PAUSES[min(made, len(PAUSES)) - 1]
    return now + max(pause * (1 + JITTER * dice()), min(wanted or timedelta(), LONGEST))


def wanted(status: int | None, retry_after: str | None, now: datetime) -> timedelta | None:
    """How long an address that is busy wants to be left alone: by seconds, or by a date (RFC 9110, 10.2.3)."""
    if status not in BUSY or not retry_after:
        return None
    if retry_after.isascii() and retry_after.isdigit():
        return timedelta(seconds=min(int(retry_after[:12]), LONGEST.total_seconds()))
    try:
        until = parsedate_to_datetime(retry_after)
        return max((until if until.tzinfo else until.replace(tzinfo=UTC)) - now, timedelta())
    except (ValueError, TypeError, IndexError, OverflowError):  # of what is no date it raises all of these
        return None


def is_hopeless(failures: int, since: datetime, now: datetime) -> bool:
    """Whether an address failed so often, and since so long ago, that it is not called any more."""
    return failures >= ENOUGH and now - since >= PATIENCE

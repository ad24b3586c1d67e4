"""Conditions on the time in a firehose table's id, as half-open ranges of the id: only those prune partitions.

The virtual time column has milliseconds, so a bound between two of them is rounded to the side that keeps the answer.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from models.uuid7 import uuid7_floor

_MILLISECOND = timedelta(milliseconds=1)
_SLACK = timedelta(minutes=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)


def _at_or_after(moment: datetime) -> UUID:
    """The least id whose time is `moment` or later."""
    floor = moment - timedelta(microseconds=moment.microsecond % 1000)
    return _least(floor if floor == moment else min(floor, _LAST - _MILLISECOND) + _MILLISECOND)


def _after(moment: datetime) -> UUID:
    """The least id whose time is later than `moment`."""
    floor = moment - timedelta(microseconds=moment.microsecond % 1000)
    return _least(min(floor, _LAST - _MILLISECOND) + _MILLISECOND)


def _least(moment: datetime) -> UUID:
    return uuid7_floor(max(moment, _EPOCH))


_RANGES: dict[str, tuple[tuple[str, Callable[[datetime], UUID]], ...]] = {
    "eq": (("gte", _at_or_after), ("lt", _after)),
    "gt": (("gte", _after),),
    "gte": (("gte", _at_or_after),),
    "lt": (("lt", _at_or_after),),
    "lte": (("lt", _after),),
}


def ranges_of(operator: str) -> tuple[tuple[str, Callable[[datetime], UUID]], ...]:
    """For an operator on the time: operators on the id, each with what becomes of the moment compared with."""
    return _RANGES[operator]


def horizon() -> UUID:
    """The end of every connection over a firehose table: now, so that the empty partitions ahead are not visited.

    A minute later than our clock says, so that a database whose clock is ahead of it hides nothing just written.
    """
    return uuid7_floor(datetime.now(UTC) + _SLACK)

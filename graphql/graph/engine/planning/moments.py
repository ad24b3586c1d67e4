"""Conditions on the time in a firehose table's id, as half-open ranges of the id: only those prune partitions.

The virtual time column has milliseconds, so a bound between two of them is rounded to the side that keeps the answer.
"""

from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from graph.engine.errors import BadUserInput
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


RANGES: dict[str, tuple[tuple[str, Callable[[datetime], UUID]], ...]] = {
    "eq": (("gte", _at_or_after), ("lt", _after)),
    "gt": (("gte", _after),),
    "gte": (("gte", _at_or_after),),
    "lt": (("lt", _at_or_after),),
    "lte": (("lt", _after),),
}
"""For an operator on the time: operators on the id, each with what becomes of the moment compared with."""


def horizon() -> UUID:
    """The end of every connection over a firehose table: now, so that the empty partitions ahead are not visited.

    A minute later than our clock says, so that a database whose clock is ahead of it hides nothing just written.
    """
    return uuid7_floor(datetime.now(UTC) + _SLACK)


_UNITS = {"MINUTE": timedelta(minutes=1), "HOUR": timedelta(hours=1), "DAY": timedelta(days=1), "WEEK": timedelta(7)}
_MONTHS = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}
LONGEST = 100_000
"""Units of a span."""


def begin(span: Mapping[str, Any], where: str) -> datetime:
    """When a TimeSpan begins: so long ago, or now. Raises BadUserInput that names the argument `where`."""
    last, _ = _lengths(span, where)
    return _shifted(datetime.now(UTC), -last, span["unit"])


def end(span: Mapping[str, Any], where: str) -> datetime:
    """When a TimeSpan ends: now, or after so long."""
    _, next_ = _lengths(span, where)
    return _shifted(datetime.now(UTC), next_, span["unit"])


def _lengths(span: Mapping[str, Any], where: str) -> tuple[int, int]:
    last, next_ = span.get("last"), span.get("next")
    if (last is None) == (next_ is None):
        raise BadUserInput(f'Argument "{where}" needs either "last" or "next".', argument=where)
    if not 0 <= (last or 0) + (next_ or 0) <= LONGEST:
        raise BadUserInput(f'Argument "{where}" must be from 0 to {LONGEST:,} units long.', argument=where)
    return last or 0, next_ or 0


def _shifted(moment: datetime, count: int, unit: str) -> datetime:
    """`moment` so many units later, as the calendar counts them; no further than the calendar goes."""
    try:
        if unit in _UNITS:
            return moment + count * _UNITS[unit]
        year, month = divmod(moment.year * 12 + moment.month - 1 + count * _MONTHS[unit], 12)
        return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))
    except (OverflowError, ValueError):
        return _EPOCH if count < 0 else _LAST

"""When a report is made, and which days it covers: days of the business, wherever the clocks are changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from models.reporting import ReportSchedule

MORNING = time(6)
"""When reports are made, if `parameters.time` does not say otherwise: yesterday is over, and nobody is at work yet."""

DAYS, MOST_DAYS = 30, 3660
"""How many days a report covers that has no schedule, if `parameters.days` does not say, and may cover."""

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """Days of a business, from the first to the last."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def starts_at(self) -> datetime:
        """When the first day begins."""
        return datetime.combine(self.first, time(), self.zone).astimezone(UTC)

    @property
    def ends_at(self) -> datetime:
        """When the day after the last begins."""
        return datetime.combine(self.last + DAY, time(), self.zone).astimezone(UTC)


def zone_of(name: str) -> ZoneInfo:
    """The time zone of that name; UTC if there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a folder of the database raises OSError
        return ZoneInfo("UTC")


def period_before(schedule: ReportSchedule, moment: datetime, zone: ZoneInfo, parameters: Mapping[str, Any]) -> Period:
    """The last whole day, week (from Monday), month or quarter before `moment`; without a schedule so many days."""
    today = moment.astimezone(zone).date()
    if schedule == "ONCE":
        given = parameters.get("days")
        days = given if isinstance(given, int) and 0 < given <= MOST_DAYS else DAYS
        return Period(today - days * DAY, today - DAY, zone)
    last = _first_day(schedule, today) - DAY
    return Period(_first_day(schedule, last), last, zone)


def next_time(
    schedule: ReportSchedule, after: datetime, zone: ZoneInfo, parameters: Mapping[str, Any]
) -> datetime | None:
    """When a report is made next after a moment: on the first day of a period; None without a schedule.

    A time that a change of the clocks leaves out is as late after midnight as it would have been; of one that comes
    twice, the first counts.
    """
    if schedule == "ONCE":
        return None
    at, day = _time_of(parameters), _first_day(schedule, after.astimezone(zone).date())
    while (found := datetime.combine(day, at, zone).astimezone(UTC)) <= after:
        day = _first_day(schedule, day + _LONGEST[schedule])
    return found


def last_time(
    schedule: ReportSchedule, since: datetime, now: datetime, zone: ZoneInfo, parameters: Mapping[str, Any]
) -> datetime:
    """The last time by the schedule until `now`, or `since`: what was missed in between is not made any more."""
    found = since
    while (following := next_time(schedule, found, zone, parameters)) is not None and following <= now:
        found = following
    return found


_LONGEST = {"DAILY": DAY, "WEEKLY": 7 * DAY, "MONTHLY": 31 * DAY, "QUARTERLY": 92 * DAY}
"""From the first day of a period, a day of the one after it."""


def _first_day(schedule: ReportSchedule, day: date) -> date:
    """The first day of the period that a day is in."""
    match schedule:
        case "WEEKLY":
            return day - day.weekday() * DAY
        case "MONTHLY":
            return day.replace(day=1)
        case "QUARTERLY":
            return day.replace(month=day.month - (day.month - 1) % 3, day=1)
    return day


def _time_of(parameters: Mapping[str, Any]) -> time:
    try:
        return time.fromisoformat(str(parameters["time"])).replace(tzinfo=None)
    except (KeyError, ValueError):
        return MORNING

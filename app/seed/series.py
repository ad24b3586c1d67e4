"""The daily figures of the businesses: whoever asks gets the same ones, so that sums, alerts and forecasts agree.

Knows nothing of tables.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import accumulate, pairwise
from typing import Any

from app.seed.world import SPAN, World, table_of

CENT = Decimal(100)
SHORT = 30
"""Days that the figures of the areas go back at the small scale."""


@dataclass(frozen=True, slots=True)
class Series:
    """What is measured in an area of a business, and how it moves."""

    business: str
    area: str
    name: str
    title: str
    description: str
    type: str
    unit: str
    aggregation: str
    base: float
    growth: float
    season: float
    peak: int
    weekend: float
    alert: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from all others."""
        return self.business, self.name

    @property
    def adds_up(self) -> bool:
        """Whether a month's figure is the sum of its days'."""
        return self.aggregation == "SUM"

    @property
    def grain(self) -> int:
        """Hundredths that cannot be divided: things and people are counted, money and time are measured."""
        return 1 if not self.adds_up or self.unit == "h" or self.unit.isupper() else 100


def all_series() -> list[Series]:
    """Those of three years, which have an `alert`, then those that every business with the area has."""
    data = table_of("business")
    found = {series.key: series for series in _long(data)}
    for series in _short(data):
        found.setdefault(series.key, series)
    return list(found.values())


def _long(data: dict[str, Any]) -> Iterator[Series]:
    for given in data["series"]:
        yield Series(**given)


def _short(data: dict[str, Any]) -> Iterator[Series]:
    for business in data["business"]:
        for area in business["areas"]:
            for given in data["area"][area].get("metric", ()):
                unit = given["unit"].format(currency=business.get("currency", "USD"))
                yield Series(business=business["slug"], area=area, **{**given, "unit": unit})


@dataclass(frozen=True, slots=True)
class Figures:
    """The values of a series in hundredths, day by day from the world's start; None where a measurement failed."""

    series: Series
    start: date
    cents: list[int | None]
    sums: list[int]
    """Of the days before the first, the second, …: a period's sum is a difference of two."""

    def day(self, day: int) -> Decimal:
        """The value of one day, counted from the start."""
        return Decimal(self.cents[day] or 0) / CENT

    def total(self, first: date, last: date) -> Decimal:
        """The sum over the days from `first` to `last`; the mean if the series does not add up."""
        low, high = (first - self.start).days, (last - self.start).days + 1
        total = self.sums[high] - self.sums[low]
        if not self.series.adds_up:
            total //= max(sum(value is not None for value in self.cents[low:high]), 1)
        return Decimal(total) / CENT


def figures(world: World, series: Series) -> Figures:
    """The values of `series`; it grows, has seasons and weekends, and now and then fails."""
    dice, grain = world.dice(f"series:{series.business}:{series.name}"), series.grain
    season = [1 + series.season * math.cos(2 * math.pi * (day - series.peak) / 365) for day in range(367)]
    size = 1 if series.alert else world.dice(f"size:{series.business}").wobble(0.45)
    cents: list[int | None] = []
    for day in range(SPAN.days):
        at = world.start + timedelta(days=day)
        week = series.weekend if at.weekday() >= 5 else 1
        value = size * series.base * (1 + series.growth) ** (day / 365) * season[at.timetuple().tm_yday] * week
        failed = dice.number(1, 250) == 1
        cents.append(None if failed else round(value * dice.wobble(0.06) * 100 / grain) * grain)
    return Figures(series, world.start.date(), cents, [0, *accumulate(value or 0 for value in cents)])


def parts(figures: Figures, day: int, count: int) -> list[Decimal | None]:
    """The figure of `day` as `count` values of equal times: they sum to it if it adds up, else each is near it."""
    cents = figures.cents[day]
    if cents is None or count == 1:
        return [None if cents is None else Decimal(cents) / CENT] * count
    if not figures.series.adds_up:
        return [Decimal(round(cents * (1 + 0.2 * _tide(i, count)))) / CENT for i in range(count)]
    whole, grain = cents // figures.series.grain, figures.series.grain
    shares = [round(whole * share) for share in accumulate((1 + 0.8 * _tide(i, count)) / count for i in range(count))]
    return [Decimal((after - before) * grain) / CENT for before, after in pairwise([0, *shares[:-1], whole])]


def _tide(part: int, count: int) -> float:
    """Low at night, high in the afternoon; its mean is zero."""
    return -math.cos(2 * math.pi * (part - count / 12) / count)


def at_end_of(moment: datetime, step: timedelta) -> datetime:
    """When the figure of the time of `step` from `moment` on is read: just before its end."""
    return moment + step - min(timedelta(minutes=5), step / 3)

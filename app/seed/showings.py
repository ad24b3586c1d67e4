"""What became of the ads of the sample data, day by day, and the budgets that paid for them."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.seed.world import Dice, Row, Scale, World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DAYS = 24
"""For how many days there are figures at the small scale."""
FINAL = 3 * DAY
"""After how long platforms correct nothing any more."""
STAT = (
    *("id", "created_at", "updated_at", "campaign_id", "ad_id", "keyword_id", "day", "impression_count"),
    *("click_count", "conversion_count", "spend", "revenue", "currency", "is_final"),
)
WEEK = (0.94, 0.9, 0.92, 0.97, 1.03, 1.14, 1.1)
"""How much more is looked at on which day."""
CENTS = [Decimal(cents) / 100 for cents in range(100_000)]
"""What most amounts are."""


@dataclass(slots=True)
class Shown:
    """A campaign as it was shown, from its first to its last day."""

    campaign: Row
    given: dict[str, Any]
    first: datetime
    last: datetime
    groups: list[tuple[list[Row], list[Row]]] = field(default_factory=list)
    """The ads and the keywords of each group."""

    @property
    def is_over(self) -> bool:
        """Whether it ran for a season that is past: then the platform still knows the sums alone."""
        found: bool = self.campaign["status"] == "ENDED"
        return found


def show(world: World, dice: Dice, shown: Shown) -> None:
    """The figures of each day and, where there are any, the budgets of these days."""
    days = (shown.last - shown.first) // DAY + 1
    if days < 1:
        _budget(world, dice, shown, "LIFETIME", shown.campaign["starts_on"], shown.campaign["ends_on"], {})
        return
    if not shown.is_over:
        days = min(days, world.times(DAYS))
    series = _series(world, shown)
    spent: dict[date, int] = {}
    put = world.bulk("advertising.ad_daily_stats", *STAT)
    for back in range(days - 1, -1, -1):
        start = shown.last - back * DAY
        at = min(start + DAY + 5 * HOUR + dice.number(0, 999_999) * timedelta(milliseconds=1), world.now)
        final, day = start + DAY + FINAL < world.now, start.date()
        seen = min(at + FINAL, world.now) if final else at
        usual = shown.given["clicks"][0] * _mood(shown, start) / len(series)
        total = 0
        for ad, keyword, weight in series:
            cents, figures = _figures(dice, shown.given["clicks"], usual * weight)
            total += cents
            put(
                (
                    *(dice.id_at(at), at, seen, shown.campaign["id"], ad, keyword, day, *figures),
                    *(shown.campaign["currency"], final),
                )
            )
        spent[day] = total
    for period, starts, ends in _periods(world, shown, days):
        _budget(world, dice, shown, period, starts, ends, spent)


def _series(world: World, shown: Shown) -> list[tuple[UUID | None, UUID | None, float]]:
    """What the platform tells apart: the ads, at the large scale keywords too; some say nothing but the sum."""
    if shown.given.get("whole") or shown.is_over:
        return [(None, None, 1.0)]
    found: list[tuple[UUID | None, UUID | None, float]] = []
    for ads, keywords in shown.groups:
        words = [word["id"] for word in keywords] if world.scale is Scale.LARGE else []
        for i, ad in enumerate(ads):
            found += [(ad["id"], word, (1.0 - 0.3 * i) / len(words or [None])) for word in words or [None]]
    return found


def _mood(shown: Shown, start: datetime) -> float:
    """How much is looked at: more each year, before Christmas and at the weekend."""
    years = (start - shown.first) / (365 * DAY)
    season = 1 + 0.25 * math.cos((start.timetuple().tm_yday - 340) / 58.1)
    return (1 + 0.22 * years) * season * WEEK[start.weekday()]


def _figures(dice: Dice, given: list[float], usual: float) -> tuple[int, tuple[Any, ...]]:
    """What was spent in cents, and showings, clicks, conversions, cost and revenue."""
    _, through, conversion, price, value = given
    showings = max(int(usual * dice.wobble(0.18)), 1)
    clicks = min(_about(dice, showings * through / 100 * dice.wobble(0.15)), showings)
    buys = min(_about(dice, clicks * conversion / 100 * dice.wobble(0.4)), clicks)
    cents = int(clicks * price * 100 * dice.wobble(0.08))
    gained = int(buys * value * 100 * dice.wobble(0.25))
    return cents, (showings, clicks, buys, _money(cents), _money(gained))


def _about(dice: Dice, value: float) -> int:
    """A whole number that is `value` on the mean."""
    whole = int(value)
    return whole + dice.chance(100 * (value - whole))


def _money(cents: int) -> Decimal:
    return CENTS[cents] if cents < len(CENTS) else Decimal(cents) / 100


def _periods(world: World, shown: Shown, days: int) -> Iterator[tuple[str, date, date]]:
    """The months that there are figures of; for what comes once a year the whole; for two the day and the week too."""
    if shown.campaign["ends_on"]:
        yield "LIFETIME", shown.campaign["starts_on"], shown.campaign["ends_on"]
        return
    first, last = max(shown.first, shown.last - (days - 1) * DAY), shown.last
    month = first.replace(day=1)
    while month <= last:
        following = (month + 32 * DAY).replace(day=1)
        starts = max(month, shown.first)
        yield "MONTH", starts.date(), (following - DAY).date()
        month = following
    if shown.given["strategy"] == "MANUAL":
        monday = last - last.weekday() * DAY
        yield "WEEK", monday.date(), (monday + 6 * DAY).date()
        yield "DAY", last.date(), last.date()


def _budget(
    world: World, dice: Dice, shown: Shown, period: str, starts: date, ends: date, spent: dict[date, int]
) -> None:
    """What might be spent from one day to another, and whether it was."""
    midnight = datetime(starts.year, starts.month, starts.day, tzinfo=UTC)
    amount = shown.given["daily"] * ((ends - starts).days + 1) * (1 if period == "DAY" else dice.wobble(0.15))
    limit = Decimal(max(round(amount / 10) * 10, 10))
    alerted = exhausted = None
    total = 0
    for day, cents in spent.items():
        if starts <= day <= ends:
            total += cents
            over = min(datetime(day.year, day.month, day.day, tzinfo=UTC) + 20 * HOUR, world.now)
            alerted = alerted or (over if total >= limit * 80 else None)
            exhausted = exhausted or (over if total >= limit * 100 else None)
    at = max(min(midnight, world.now) - dice.wait(HOUR, 20 * HOUR), shown.campaign["created_at"])
    world.add(
        "advertising.ad_budgets",
        dice,
        at,
        campaign_id=shown.campaign["id"],
        budget_id=_part_of(world, shown, starts) if period == "MONTH" else None,
        period=period,
        starts_on=starts,
        ends_on=ends,
        amount=limit,
        currency=shown.campaign["currency"],
        pacing="FAST" if shown.campaign["ends_on"] else "EVEN",
        is_hard_limit=total <= limit * 100,
        alerted_at=alerted,
        exhausted_at=exhausted,
        created_by_id=shown.campaign["created_by_id"],
        updated_at=max(at, exhausted or alerted or at),
    )


def _part_of(world: World, shown: Shown, starts: date) -> UUID | None:
    """The business's own budget for advertising in that month."""
    for row in world.kept.get("finance.budgets", ()):
        month = (row["fiscal_year"], row["fiscal_month"])
        fits = row["business_id"] == shown.campaign["business_id"] and "advert" in row["category"].lower()
        if fits and month == (starts.year, starts.month):
            found: UUID = row["id"]
            return found
    return None

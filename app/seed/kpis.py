"""Performance figures of the sample data: what was measured, period by period, and what should have been."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

from app.seed.firms import Firm
from app.seed.world import SPAN, Dice, Row, Scale, World

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
MEASURED = {Scale.SMALL: ("MONTHLY", 12), Scale.MEDIUM: ("DAILY", 365), Scale.LARGE: ("HOURLY", 2880)}
"""How often figures are measured, and how many times back."""
STEPS = {"DAILY": DAY, "HOURLY": HOUR}
ORDER_MONTHS = {Scale.SMALL: 18, Scale.MEDIUM: 36, Scale.LARGE: 36}
"""For how many months orders are counted."""
MEASUREMENT = ("id", "kpi_id", "value", "period_starts_at", "period_ends_at", "measured_at")
COUNTED = "SELECT {} FROM sales.orders WHERE business_id = $1 AND placed_at >= $2 AND placed_at < $3"

Period = tuple[datetime, datetime]
Measured = list[tuple[Period, Decimal]]


@dataclass(slots=True)
class Board:
    """Where figures are measured."""

    world: World
    dice: Dice
    quarters: list[Period]
    """Three that are over, this one and the next."""


def make_kpis(world: World, firms: list[Firm], templates: list[dict[str, Any]]) -> Iterator[None]:
    """Figures of every area, and for who sells, figures that are computed from the orders."""
    this = (world.now - HOUR).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    quarter = _later(this, -((this.month - 1) % 3))
    board = Board(world, world.dice("kpis"), list(pairwise(_later(quarter, 3 * i) for i in range(-3, 3))))
    months = list(pairwise(_later(this, i) for i in range(-35, 1)))
    frequency, count = MEASURED[world.scale]
    periods = months[-count:] if frequency == "MONTHLY" else _steps(world.now, STEPS[frequency], count)
    orders = _orders(world, months)
    for firm in firms:
        for given in templates:
            if given["area"] in firm.areas:
                measured = [(period, _moved(board, given, period[0])) for period in periods]
                _kpi(board, firm, given | {"frequency": frequency}, measured)
                yield
        counted = [(period, orders[firm.key, period]) for period in months if (firm.key, period) in orders]
        for given, measured in _of_orders(firm, counted[-ORDER_MONTHS[world.scale] :]):
            _kpi(board, firm, given, measured)
            yield


def _later(month: datetime, count: int) -> datetime:
    """The first moment of the month that comes `count` after `month`."""
    months = month.year * 12 + month.month - 1 + count
    return month.replace(year=months // 12, month=months % 12 + 1)


def _steps(now: datetime, step: timedelta, count: int) -> list[Period]:
    last = now.replace(minute=0, second=0, microsecond=0) - HOUR
    return [(last - (i + 1) * step, last - i * step) for i in reversed(range(count))]


def _moved(board: Board, given: dict[str, Any], at: datetime) -> Decimal:
    """What the figure was at a time: it moves by its gain in three years, and a little by chance."""
    value = given["base"] * (1 + given["gain"] * ((at - board.world.start) / SPAN)) * board.dice.wobble(0.02)
    return Decimal(round(min(value, given["most"]) * 100)) / 100


def _orders(world: World, months: list[Period]) -> dict[tuple[UUID, Period], tuple[int, Decimal]]:
    """How many orders each business had in each month, and what they came to."""
    by_month = {(first.year, first.month): (first, last) for first, last in months}
    found: dict[tuple[UUID, Period], tuple[int, Decimal]] = {}
    for sale in world.sales:
        if period := by_month.get((sale.at.year, sale.at.month)):
            count, total = found.get((sale.business_id, period), (0, Decimal()))
            found[sale.business_id, period] = (count + 1, total + sale.total)
    return found


def _of_orders(
    firm: Firm, counted: list[tuple[Period, tuple[int, Decimal]]]
) -> Iterator[tuple[dict[str, Any], Measured]]:
    """The figures that orders give, if there are any."""
    if not counted:
        return
    about = {"area": "sales", "category": "Sales", "frequency": "MONTHLY"}
    told = {"name": "Orders a month", "description": "Orders placed, those cancelled later too.", "unit": "orders"}
    yield about | told | {"sql": COUNTED.format("count(*)")}, [(period, Decimal(n)) for period, (n, _) in counted]
    told = {"name": "Average order value", "description": "What an order comes to.", "unit": firm.row["currency"]}
    means = [(period, (total / n).quantize(Decimal("0.01"), ROUND_HALF_UP)) for period, (n, total) in counted]
    yield about | told | {"sql": COUNTED.format("round(avg(total_amount), 2)")}, means


def _kpi(board: Board, firm: Firm, given: dict[str, Any], measured: Measured) -> None:
    """A figure with its values and targets."""
    world, dice, area = board.world, board.dice, firm.areas.get(given["area"])
    kpi = world.add(
        "reporting.kpis",
        dice,
        world.start + dice.wait(40 * DAY, 50 * DAY),
        business_id=firm.key,
        domain_id=area["id"] if area else None,
        owner_id=dice.pick(firm.members)["id"],
        owner_agent_id=dice.pick(firm.agents)["id"] if firm.agents else None,
        **{key: given[key] for key in ("name", "description", "category", "unit", "frequency")},
        calculation_sql=given.get("sql"),
        direction=given.get("direction", "HIGHER_IS_BETTER"),
        target_value=_target(measured),
        created_by_id=firm.members[0]["id"],
    )
    put = world.bulk("reporting.kpi_measurements", *MEASUREMENT)
    for (first, last), value in measured:
        at = last + 2 * MINUTE
        put((dice.id_at(at), kpi["id"], value, first, last, at))
    for quarter in board.quarters:
        _aim(board, firm, kpi, quarter, [value for (first, _), value in measured if quarter[0] <= first < quarter[1]])


def _target(measured: Measured) -> Decimal:
    """What the figure should be: about its mean, so that it is reached now and then."""
    mean = sum((value for _, value in measured), Decimal()) / len(measured)
    return mean.quantize(Decimal("0.1"))


def _aim(board: Board, firm: Firm, kpi: Row, quarter: Period, values: list[Decimal]) -> None:
    """What the figure should be in a quarter, and what it was on the mean."""
    world, dice, (first, last) = board.world, board.dice, quarter
    at = min(first - 5 * DAY, world.now - 2 * DAY) + dice.wait(HOUR, 20 * HOUR)
    target = (kpi["target_value"] * Decimal(f"{dice.wobble(0.01):.3f}")).quantize(Decimal("0.1"))
    actual = (sum(values, Decimal()) / len(values)).quantize(Decimal("0.01"), ROUND_HALF_UP) if values else None
    status = "ACTIVE" if first < world.now else "CANCELLED" if dice.chance(20) else "PLANNED"
    if last < world.now and actual is not None:
        status = "ACHIEVED" if _reached(kpi["direction"], target, actual) else "MISSED"
    lower = kpi["direction"] == "LOWER_IS_BETTER"
    world.add(
        "reporting.kpi_targets",
        dice,
        at,
        kpi_id=kpi["id"],
        owner_id=firm.present(dice, at)["id"],
        period_starts_on=first.date(),
        period_ends_on=last.date() - DAY,
        target_value=target,
        minimum_value=target * Decimal("1.05" if lower else "0.95"),
        stretch_value=target * Decimal("0.95" if lower else "1.05"),
        actual_value=actual,
        status=status,
        created_by_id=firm.members[0]["id"],
        updated_at=at if actual is None else max(at, min(last + HOUR, world.now - HOUR)),
    )


def _reached(direction: str, target: Decimal, actual: Decimal) -> bool:
    if direction == "ON_TARGET":
        return abs(actual - target) * 20 <= target
    return actual <= target if direction == "LOWER_IS_BETTER" else actual >= target

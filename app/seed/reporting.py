"""What businesses look at in the sample data: dashboards, reports, forecasts, and what an AI found in the figures."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import combinations
from statistics import correlation
from typing import Any

from app.seed.firms import Firm, firms_of
from app.seed.kpis import make_kpis
from app.seed.series import SHORT, Figures
from app.seed.world import SPAN, Dice, Row, Scale, World, table_of

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
LENGTHS = {"ONCE": 365, "DAILY": 1, "WEEKLY": 7, "MONTHLY": 30, "QUARTERLY": 91}
RUNS, INSIGHTS, EXPORTS = 5, 60, 40
RECENT = 6
"""Insights and exports of the last days."""
FORECAST_DAYS = {Scale.SMALL: 28, Scale.MEDIUM: 7, Scale.LARGE: 1}
"""How long the periods of forecasts are."""
AHEAD = 3
"""Periods to come that are forecast."""
RECENTLY = ("QUEUED", "RUNNING", "COMPLETED", "FAILED", "CANCELLED", "COMPLETED")
FORMERLY = (*["EXPIRED"] * 12, "FAILED", "FAILED", "CANCELLED")
METHODS = ("EXPONENTIAL_SMOOTHING", "REGRESSION", "ARIMA", "MACHINE_LEARNING", "EXPERT", "MOVING_AVERAGE")
YEAR = timedelta(days=364)
EXPORTED = ("Order", "Customer", "Product", "Payment", "InventoryLevel", "SupportTicket")
FORECAST = (
    *("id", "created_at", "updated_at", "definition_id", "model_id", "method", "period_starts_on", "period_ends_on"),
    *("predicted_value", "lower_value", "upper_value", "confidence", "actual_value", "generated_at"),
)

Values = tuple[Any, ...]


@dataclass(slots=True)
class Desk:
    """Where reports are made."""

    world: World
    dice: Dice
    data: Any
    firms: list[Firm]
    models: list[Row]


def make_reporting(world: World) -> Iterator[None]:
    """Dashboards, reports, performance figures, forecasts, correlations, insights and exports."""
    models = world.kept.get("llm.ai_models", [])
    desk = Desk(world, world.dice("reporting"), table_of("reporting"), firms_of(world), models)
    for firm in desk.firms:
        _overview(desk, firm)
    for given in desk.data["dashboard"]:
        _dashboard(desk, next(firm for firm in desk.firms if firm.row["slug"] == given["business"]), given)
    yield
    for firm in desk.firms:
        for given in desk.data["report"]:
            if given["area"] in firm.areas:
                yield from _report(desk, firm, given)
    yield from make_kpis(world, desk.firms, desk.data["kpi"])
    yield from _forecasts(desk)
    for firm in desk.firms:
        _correlations(desk, firm)
    yield
    yield from _insights(desk)
    yield from _exports(desk)


def _overview(desk: Desk, firm: Firm) -> None:
    about = {"name": "Overview", "slug": "overview", "access_level": "STAFF", "is_default": True}
    _dashboard(desk, firm, {**about, "description": f"What {firm.row['name']} looks at in the morning."})


def _dashboard(desk: Desk, firm: Firm, given: dict[str, Any]) -> None:
    world, dice = desk.world, desk.dice
    at = world.start + dice.wait(40 * DAY, 50 * DAY)
    shown = [found.series for found in firm.figures]
    gone = at + dice.wait(100 * DAY, 500 * DAY) if given.get("deleted") else None
    world.add(
        "reporting.dashboards",
        dice,
        at,
        business_id=firm.key,
        **{key: given[key] for key in ("name", "slug", "description", "access_level")},
        layout={"columns": 12, "places": [{"widget": s.name, "row": i // 2, "width": 6} for i, s in enumerate(shown)]},
        widgets=[{"id": s.name, "kind": "line", "title": s.title, "metric": s.name, "days": 30} for s in shown],
        is_default=given.get("is_default", False),
        refresh_seconds=dice.pick((None, 60, 300)),
        created_by_id=firm.members[0]["id"],
        updated_at=gone or at,
        deleted_at=gone,
    )


def _report(desk: Desk, firm: Firm, given: dict[str, Any]) -> Iterator[None]:
    """A report, and how it was made the last times."""
    world, dice, length = desk.world, desk.dice, timedelta(days=LENGTHS[given["schedule"]])
    last = world.now - dice.wait(HOUR, 20 * HOUR)
    status = given.get("status", "ACTIVE")
    if status != "ACTIVE":
        last -= 120 * DAY
    dashboard = next(row for row in world.kept["reporting.dashboards"] if row["business_id"] == firm.key)
    report = world.add(
        "reporting.reports",
        dice,
        world.start + dice.wait(50 * DAY, 60 * DAY),
        business_id=firm.key,
        dashboard_id=dashboard["id"] if given["format"] in ("PDF", "HTML") else None,
        **{key: given[key] for key in ("name", "type", "schedule", "format", "description")},
        template={"sections": [found.series.title for found in firm.of(given["area"])]},
        parameters={"area": given["area"], "days": length.days},
        last_generated_at=last,
        next_scheduled_at=last + length if status == "ACTIVE" else None,
        recipients=[user["email"] for user in firm.members[:3]],
        status=status,
        created_by_id=firm.members[0]["id"],
        updated_at=last,
    )
    runs = 1 if given["schedule"] == "ONCE" else world.times(RUNS)
    for i in range(runs):
        at = last - i * length
        if (at - length).date() <= report["created_at"].date():
            break
        _run(desk, firm, report, at)
        yield
    if given["schedule"] == "DAILY":
        _run(desk, firm, report, world.now - dice.wait(MINUTE, 4 * MINUTE), "RUNNING")
    yield


def _run(desk: Desk, firm: Firm, report: Row, at: datetime, status: str = "") -> None:
    dice, last = desk.dice, at.date() - DAY
    first = last - timedelta(days=report["parameters"]["days"] - 1)
    status = status or ("FAILED" if dice.chance(5) else "SUCCEEDED")
    done = status == "SUCCEEDED"
    maker = dice.pick(firm.agents) if firm.agents else None
    path = f"reports/{firm.row['slug']}/{last}/{report['name'].lower().replace(' ', '-')}.{report['format'].lower()}"
    desk.world.add(
        "reporting.report_runs",
        dice,
        at,
        business_id=firm.key,
        report_id=report["id"],
        created_by_agent_id=maker["id"] if maker else None,
        requested_by_id=firm.members[-1]["id"] if report["schedule"] == "ONCE" else None,
        name=report["name"],
        type=report["type"],
        recipient_agents=sorted(agent["slug"] for agent in dice.some(firm.agents, 2) if agent is not maker),
        period_starts_on=first,
        period_ends_on=last,
        content=_content(firm, report, first, last) if done else {},
        format=report["format"],
        file_path=path if done else None,
        status=status,
        error="The database did not answer in time." if status == "FAILED" else None,
        duration_ms=None if status == "RUNNING" else dice.number(400, 30000),
        generated_at=at,
        sent_at=at + dice.wait(5 * MINUTE / 60, MINUTE) if done else None,
    )


def _content(firm: Firm, report: Row, first: date, last: date) -> dict[str, Any]:
    """What the area's figures were, and what they were in the time before."""
    told = []
    for found in firm.of(report["parameters"]["area"]):
        if first - (last - first) - DAY >= found.start:
            now, before = found.total(first, last), found.total(first - (last - first) - DAY, first - DAY)
            told.append({"name": found.series.title, "unit": found.series.unit, "now": str(now), "before": str(before)})
    return {"from": str(first), "to": str(last), "figures": told}


def _forecasts(desk: Desk) -> Iterator[None]:
    """Of series that add up: periods of the last year, with what came of them, and some to come."""
    world, length = desk.world, FORECAST_DAYS[desk.world.scale]
    put = world.bulk("reporting.forecasts", *FORECAST)
    for firm in desk.firms:
        for found in firm.figures:
            if found.series.adds_up and (found.series.alert or world.scale != Scale.SMALL):
                for first in range(SPAN.days % length + 364, SPAN.days + AHEAD * length, length):
                    put(_forecast(desk, firm.definitions[found.series.name], found, first, length))
                yield


def _forecast(desk: Desk, definition: Row, found: Figures, first: int, length: int) -> Values:
    """A forecast for `length` days from the day `first` on: near what came, or like the year before with growth."""
    dice, start = desk.dice, found.start
    begins, ends = start + timedelta(days=first), start + timedelta(days=first + length - 1)
    actual = found.total(begins, ends) if first + length <= SPAN.days else None
    expected = actual or found.total(begins - YEAR, ends - YEAR) * Decimal(1 + found.series.growth)
    method, model = dice.pick(METHODS), None
    if method == "MACHINE_LEARNING" and desk.models:
        model = dice.pick(desk.models)["id"]
    predicted = Decimal(round(float(expected) * dice.wobble(0.07)))
    made = min(desk.world.start + (first - 3) * DAY, desk.world.now - 3 * DAY) + dice.wait(HOUR, 20 * HOUR)
    changed = made if actual is None else max(made, desk.world.start + (first + length) * DAY - HOUR)
    margin = predicted // 8
    return (
        *(dice.id_at(made), made, changed, definition["id"], model, method, begins, ends),
        *(predicted, predicted - margin, predicted + margin, Decimal(80), actual, made),
    )


def _correlations(desk: Desk, firm: Firm) -> None:
    """Which figures of a business went together in the last days."""
    dice, now = desk.dice, desk.world.now
    for one, other in combinations(firm.figures, 2):
        pairs = [(x, y) for x, y in zip(one.cents[-SHORT:], other.cents[-SHORT:], strict=True) if x and y]
        strength = correlation([float(x) for x, _ in pairs], [float(y) for _, y in pairs])
        chance = math.erfc(abs(math.atanh(strength)) * math.sqrt(len(pairs) - 3) / math.sqrt(2))
        together = "together" if strength > 0 else "against each other"
        names = f"{one.series.title} and {other.series.title.lower()}"
        at = dice.between(now - 6 * HOUR, now)
        desk.world.add(
            "reporting.correlations",
            dice,
            at,
            business_id=firm.key,
            first_id=firm.definitions[one.series.name]["id"],
            second_id=firm.definitions[other.series.name]["id"],
            coefficient=Decimal(f"{strength:.8f}"),
            sample_size=len(pairs),
            p_value=Decimal(f"{chance:.8f}"),
            period_starts_on=one.start + timedelta(days=SPAN.days - SHORT),
            period_ends_on=one.start + timedelta(days=SPAN.days - 1),
            explanation=f"{names} move {together}, mostly because of the week." if chance < 0.05 else None,
            discovered_at=at,
        )


def _insights(desk: Desk) -> Iterator[None]:
    """What an AI reads from the figures, and what it says besides."""
    world, dice = desk.world, desk.dice
    said = [(firm, given) for given in desk.data["insight"] for firm in desk.firms if given["area"] in firm.areas]
    seen = [(firm, found) for firm in desk.firms for found in firm.figures if found.series.alert]
    for i in range(world.times(INSIGHTS)):
        at = dice.between(world.now - (i + 1) * DAY, world.now) if i < RECENT else None
        at = at or dice.between(world.start + 60 * DAY, world.now)
        if dice.chance(40):
            firm, given = dice.pick(said)
            _insight(
                desk,
                firm,
                at,
                given["area"],
                **{k: v for k, v in given.items() if k not in ("area", "value")},
                estimated_value=Decimal(given["value"]) if "value" in given else None,
            )
        else:
            firm, found = dice.pick(seen)
            _trend(desk, firm, found, at)
        yield


def _trend(desk: Desk, firm: Firm, found: Figures, at: datetime) -> None:
    """What became of a series from one week to the next."""
    last = at.date() - DAY
    now, before = found.total(last - 6 * DAY, last), found.total(last - 13 * DAY, last - 7 * DAY)
    change = round((now - before) * 100 / before, 1)
    title, verb = found.series.title, "rose" if change > 0 else "fell"
    large = abs(change) > 8
    _insight(
        *(desk, firm, at, found.series.area),
        definition_id=firm.definitions[found.series.name]["id"],
        type="ANOMALY" if large else "TREND",
        impact="HIGH" if large else "LOW",
        title=f"{title} {verb} by {abs(change)} % in a week",
        description=f"{title}: {now} {found.series.unit} in the week to {last}, after {before} in the week before.",
        recommendation="Look for the cause while people remember the week." if large else None,
        evidence={"now": str(now), "before": str(before), "change": str(change)},
        estimated_value=None,
    )


def _insight(desk: Desk, firm: Firm, at: datetime, area: str, **given: Any) -> None:
    dice = desk.dice
    decided = at + dice.wait(5 * HOUR, 12 * DAY)
    status = dice.pick(("ACCEPTED", "IMPLEMENTED", "IMPLEMENTED", "DISMISSED")) if decided < desk.world.now else "NEW"
    maker = dice.pick(firm.agents) if firm.agents else None
    model = maker["model_id"] if maker else dice.pick(desk.models)["id"] if desk.models else None
    unset: Row = {"definition_id": None, "evidence": {}, "recommendation": None}
    desk.world.add(
        "reporting.insights",
        dice,
        at,
        business_id=firm.key,
        domain_id=firm.areas[area]["id"],
        agent_id=maker["id"] if maker else None,
        model_id=model,
        **{**unset, **given},
        tags=[area, given["type"].lower()],
        confidence=Decimal(dice.number(55, 97)),
        currency=firm.row["currency"],
        status=status,
        decided_by_id=None if status == "NEW" else firm.present(dice, decided)["id"],
        decided_at=None if status == "NEW" else decided,
        valid_until=at + 90 * DAY,
        updated_at=at if status == "NEW" else decided,
    )


def _exports(desk: Desk) -> Iterator[None]:
    world, dice = desk.world, desk.dice
    for i in range(world.times(EXPORTS)):
        at = world.now - (i + 1) * 7 * MINUTE if i < RECENT else dice.between(world.start + 60 * DAY, world.now - HOUR)
        firm, status = dice.pick(desk.firms), RECENTLY[i] if i < RECENT else dice.pick(FORMERLY)
        if status == "EXPIRED" and at + 8 * DAY > world.now:
            status = "COMPLETED"
        started = None if status in ("QUEUED", "CANCELLED") else at + dice.wait(MINUTE / 60, MINUTE)
        finished = None if started is None or status == "RUNNING" else started + dice.wait(MINUTE / 20, 5 * MINUTE)
        done, entity = status in ("COMPLETED", "EXPIRED"), dice.pick(EXPORTED)
        rows, form = dice.number(80, 24000) if done else None, dice.pick(("CSV", "CSV", "XLSX", "JSON", "PARQUET"))
        file = f"exports/{firm.row['slug']}/{at:%Y-%m-%d-%H%M%S}-{entity.lower()}.{form.lower()}"
        world.add(
            "reporting.export_jobs",
            dice,
            at,
            business_id=firm.key,
            requested_by_id=firm.present(dice, at)["id"],
            entity_type=entity,
            filter={"createdAt": {"gte": f"{at - 30 * DAY:%Y-%m-%d}"}} if dice.chance(50) else {},
            format=form,
            status=status,
            progress=100 if done else 42 if status == "RUNNING" else 0,
            row_count=rows,
            file_path=file if done else None,
            file_bytes=rows * dice.number(90, 400) if rows else None,
            error="The disk was full." if status == "FAILED" else None,
            started_at=started,
            finished_at=finished,
            expires_at=finished + 7 * DAY if finished and done else None,
            download_count=dice.number(1, 4) if done else 0,
            updated_at=finished or started or at,
        )
        yield

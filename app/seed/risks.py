"""Guards against fraud in the sample data, and what was odd about its figures and orders."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from app.seed.firms import Firm, firms_of
from app.seed.world import Row, Sale, World

if TYPE_CHECKING:
    from app.seed.shops import Shop

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CHECK = (
    *("id", "created_at", "updated_at", "order_id", "payment_id", "rule_id", "agent_id", "reviewed_by_id"),
    *("risk_score", "status", "reasons", "signals", "provider", "error", "note", "checked_at", "reviewed_at"),
)
SHARE = 6
"""Of how many orders that did not come in over the counter one is looked at closely."""
USUAL = 14
"""From how many days before it is seen what is usual."""
CENT = Decimal("0.01")


class Guard:
    """Looks at orders."""

    def __init__(self, world: World, data: dict[str, Any]) -> None:
        self._world, self._dice, self._data = world, world.dice("fraud"), data["fraud"]
        self._rules: dict[UUID, list[Row]] = {}
        self._put = world.bulk("sales.fraud_checks", *CHECK)
        self._seen = 0
        self._looked = 0

    def post(self, shop: Shop) -> None:
        """Give a shop its rules."""
        at = max(shop.row["created_at"], self._world.start) + self._dice.wait(DAY, 9 * DAY)
        given = self._data["rules"] if not shop.given.get("on_account") else self._data["rules"][1:3]
        self._rules[shop.key] = [
            self._world.add(
                "sales.fraud_rules",
                self._dice,
                at + i * MINUTE,
                business_id=shop.key,
                agent_id=shop.agent(at),
                name=name,
                description=text,
                type=kind,
                conditions=conditions,
                action=action,
                score=points,
                priority=10 * (len(given) - i),
                is_active=kind != "LOCATION" or self._dice.chance(60),
                created_by_id=shop.crew.manager(self._dice),
            )
            for i, (name, kind, action, points, conditions, text) in enumerate(given)
        ]

    def look(
        self, shop: Shop, order: UUID, at: datetime, cents: int, status: str, payment: UUID | None, way: str
    ) -> None:
        """Look at an order, if it is one of those."""
        if way == "STORE":
            return
        self._seen += 1
        rules = [rule for rule in self._rules[shop.key] if rule["created_at"] < at]
        if not rules or (self._seen % SHARE and status != "ON_HOLD"):
            return
        self._looked += 1
        self._put(self._check(shop, order, at, cents, status, payment, rules))

    def _check(
        self, shop: Shop, order: UUID, at: datetime, cents: int, status: str, payment: UUID | None, rules: list[Row]
    ) -> tuple[Any, ...]:
        dice, now = self._dice, self._world.now
        checked = at + dice.wait(2 * SECOND, 20 * SECOND)
        turn = self._looked % 12
        result = "PASSED"
        if status == "ON_HOLD":
            result = "IN_REVIEW"
        elif status == "CANCELLED":
            result = "BLOCKED"
        elif turn in (3, 7) and at < now - 2 * DAY:
            result = "CLEARED"
        elif turn == 9 and self._looked % 36 == 9:
            result = "ERROR"
        low, high = {"PASSED": (0, 28), "ERROR": (0, 0), "BLOCKED": (78, 99)}.get(result, (38, 70))
        matched = dice.some(rules, 2 if result != "PASSED" else dice.number(0, 1)) if result != "ERROR" else []
        matched.sort(key=lambda rule: -abs(rule["score"]))
        reviewed = min(checked + dice.wait(10 * MINUTE, 9 * HOUR), now) if result == "CLEARED" else None
        note = dice.pick(self._data["cleared"]) if reviewed else None
        note = dice.pick(self._data["blocked"]) if result == "BLOCKED" else note
        signals = {"total": f"{cents / 100:.2f}", "orders_last_hour": dice.number(1, 4 if matched else 1)}
        return (
            *(dice.id_at(checked), checked, reviewed or checked, order, payment),
            *(matched[0]["id"] if matched else None, shop.agent(at) if turn % 2 else None),
            *(shop.crew.clerk(dice) if reviewed else None, Decimal(dice.number(low * 100, high * 100)) / 100, result),
            *([rule["name"] for rule in matched], signals, dice.pick(("agora", "agora", "sift"))),
            *(dice.pick(self._data["errors"]) if result == "ERROR" else None, note, checked, reviewed),
        )


def make_anomalies(world: World, data: dict[str, Any]) -> None:
    """The oddest days of the figures, and the largest orders."""
    dice, words = world.dice("anomalies"), data["anomaly"]
    alerts = world.kept.get("business.alerts", [])
    place = 0
    for firm in firms_of(world):
        for figures in firm.figures:
            definition = firm.definitions.get(figures.series.name)
            if not definition or not figures.series.alert:
                continue
            for day, kind in _odd_days(figures.cents):
                at = world.start + (day + 1) * DAY + dice.wait(HOUR, 5 * HOUR)
                if at >= world.now or definition["created_at"] > at:
                    continue
                before = [value for value in figures.cents[max(day - USUAL, 0) : day] if value]
                usual = Decimal(sum(before) // max(len(before), 1)) / 100
                actual = Decimal(figures.cents[day] or 0) / 100 if kind != "MISSING" else None
                alert = next(
                    (a for a in alerts if a["business_id"] == firm.key and abs(a["triggered_at"] - at) < 9 * HOUR), None
                )
                about = {"definition_id": definition["id"], "alert_id": alert["id"] if alert else None}
                title = f"{definition['title']} {words[kind][0]}"
                span = (world.start + day * DAY, world.start + (day + 1) * DAY)
                _anomaly(world, firm, at, kind, title, (usual, actual), span, place, words[kind], about)
                place += 1
    by_key = {firm.key: firm for firm in firms_of(world)}
    for sale in _large(world):
        at = min(sale.at + dice.wait(MINUTE, HOUR), world.now)
        about = {"order_id": sale.id, "customer_id": sale.customer_id}
        values = (None, sale.total)
        _anomaly(
            world,
            by_key[sale.business_id],
            at,
            "OUTLIER",
            words["order"][0],
            values,
            None,
            place,
            words["order"],
            about,
        )
        place += 1
    for business, customer, at in _eager(world):
        about = {"customer_id": customer}
        title = words["customer"][0]
        _anomaly(world, by_key[business], at, "PATTERN", title, (None, None), None, place, words["customer"], about)
        place += 1


def _odd_days(cents: list[int | None]) -> list[tuple[int, str]]:
    """The days on which a figure differed most from the days before, and one on which it was not measured."""
    found = []
    for day in range(USUAL, len(cents)):
        value, before = cents[day], [past for past in cents[day - USUAL : day] if past]
        if value and before:
            found.append((value * len(before) / sum(before), day))
    found.sort()
    missing = [day for day in range(USUAL, len(cents)) if cents[day] is None][-1:]
    trend = [(len(cents) - 40, "TREND")] if len(cents) > 100 else []
    odd = [(day, "DROP") for _, day in found[:2]] + [(day, "SPIKE") for _, day in found[-3:]]
    return odd + [(day, "MISSING") for day in missing] + trend


def _large(world: World) -> list[Sale]:
    """The largest order of each business."""
    best: dict[UUID, Sale] = {}
    for sale in world.sales:
        if sale.business_id not in best or sale.total > best[sale.business_id].total:
            best[sale.business_id] = sale
    return list(best.values())


def _eager(world: World) -> list[tuple[UUID, UUID, datetime]]:
    """The customer of each business who ordered most often, and when it last did."""
    counts: dict[UUID, dict[UUID, int]] = {}
    last: dict[UUID, datetime] = {}
    for sale in world.sales:
        mine = counts.setdefault(sale.business_id, {})
        mine[sale.customer_id] = mine.get(sale.customer_id, 0) + 1
        last[sale.customer_id] = sale.at
    best = [(key, max(mine, key=lambda one: (mine[one], one.int))) for key, mine in counts.items()]
    return [(key, customer, last[customer]) for key, customer in best]


def _anomaly(
    world: World,
    firm: Firm,
    at: datetime,
    kind: str,
    title: str,
    values: tuple[Decimal | None, Decimal | None],
    span: tuple[datetime, datetime] | None,
    place: int,
    texts: list[str],
    about: Row,
) -> None:
    dice, now = world.dice(f"anomaly {place}"), world.now
    status = ("RESOLVED", "FALSE_ALARM", "RESOLVED", "CONFIRMED", "OPEN", "INVESTIGATING", "RESOLVED")[place % 7]
    ended = min(at + dice.wait(HOUR, 3 * DAY), now) if status in ("RESOLVED", "FALSE_ALARM") else None
    agents = [agent for agent in firm.agents if agent["created_at"] < at]
    world.add(
        "sales.anomaly_detections",
        dice,
        at,
        business_id=firm.key,
        **{"definition_id": None, "order_id": None, "customer_id": None, "alert_id": None, **about},
        agent_id=dice.pick(agents)["id"] if agents else None,
        resolved_by_id=firm.present(dice, at)["id"] if ended else None,
        name=title,
        type=kind,
        severity=("HIGH", "MEDIUM", "LOW", "MEDIUM", "CRITICAL")[place % 5],
        expected_value=values[0],
        actual_value=values[1],
        confidence=Decimal(dice.number(7000, 9990)) / 100,
        explanation=texts[1] if len(texts) < 3 or place % 2 else texts[2],
        status=status,
        period_starts_at=span[0] if span else None,
        period_ends_at=span[1] if span else None,
        detected_at=at,
        resolved_at=ended,
        resolution=texts[-1] if ended else None,
        updated_at=ended or at,
    )

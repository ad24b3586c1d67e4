"""What suppliers delivered to the warehouses of the sample data, and how good it was."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.seed.crew import Crew
from app.seed.stock import Ledger, Move
from app.seed.world import Dice, Row, World

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
OPEN = ("SENT", "CONFIRMED", "PARTIALLY_RECEIVED")
UNDERWAY = ("EXPECTED", "IN_TRANSIT", "ARRIVED")
FINE = ("PASSED",) * 7 + ("PASSED_WITH_REMARKS", "FAILED")


class Inbound:
    """The deliveries of all purchase orders."""

    def __init__(
        self, world: World, dice: Dice, data: dict[str, Any], people: dict[UUID, Crew], ledger: Ledger
    ) -> None:
        self._world, self._dice, self._words, self._people = world, dice, data["words"], people
        self._ledger = ledger
        carriers = {row["code"]: row["id"] for row in world.kept["fulfillment.carriers"]}
        self._heavy: dict[str, UUID] = {country: carriers[home["heavy"]] for country, home in data["home"].items()}
        self._orders: dict[UUID, list[Row]] = defaultdict(list)
        for order in world.kept.get("suppliers.purchase_orders", ()):
            self._orders[order["business_id"]].append(order)
        self._items: dict[UUID, list[Row]] = defaultdict(list)
        for item in world.kept.get("suppliers.purchase_order_items", ()):
            self._items[item["purchase_order_id"]].append(item)
        self._suppliers = {row["id"]: row for row in world.kept["suppliers.suppliers"]}
        self._turn = 0

    def take(self, business: UUID) -> list[Move]:
        """The orders of `business` that were sent, by when they arrived."""
        found: list[Move] = []
        for order in self._orders[business]:
            at = self._arrived(order)
            if order["warehouse_id"] and (at or order["confirmed_at"]):
                found.append((at or order["confirmed_at"], order["id"].int, order, None))
        return found

    def _arrived(self, order: Row) -> datetime | None:
        """When the goods were at the door."""
        came: datetime | None = order["received_at"]
        if came is None and order["status"] == "PARTIALLY_RECEIVED":
            came = max(item["updated_at"] for item in self._items[order["id"]]) + 30 * MINUTE
        return came - 20 * MINUTE if came else None

    def receive(self, order: Row) -> None:
        """One delivery: what came is put away, what is to come is known."""
        items, arrived = self._items[order["id"]], self._arrived(order)
        came = sum(item["received_quantity"] for item in items)
        status, done = self._state(order, arrived)
        arrived = self._world.now - self._dice.wait(MINUTE, 3 * HOUR) if status == "ARRIVED" else arrived
        broken = 1 if status == "COMPLETED" and came > 6 and self._dice.chance(14) else 0
        crew, dice = self._people[order["business_id"]], self._dice
        at = order["confirmed_at"]
        by = crew.clerk(dice) if arrived else None
        row = self._world.add(
            "fulfillment.inbound_shipments",
            dice,
            at + HOUR / 2 if at + HOUR / 2 < self._world.now else at,
            warehouse_id=order["warehouse_id"],
            purchase_order_id=order["id"],
            carrier_id=self._carrier(order) if dice.chance(80) else None,
            received_by_id=by,
            reference=f"IN-{order['order_number'][3:]}",
            tracking_number=f"{dice.number(10**11, 10**12 - 1)}" if status != "EXPECTED" else None,
            status=status,
            expected_quantity=sum(item["quantity"] for item in items),
            received_quantity=came,
            damaged_quantity=broken,
            expected_on=order["expected_on"],
            arrived_at=arrived,
            completed_at=done,
            updated_at=done or arrived or min(at + 2 * HOUR, self._world.now),
        )
        for item in items:
            self._put_away(order, item, arrived, broken if item is items[0] else 0, by)
        if arrived and came and dice.chance(60):
            self._check(order, row, items[0], done)

    def _carrier(self, order: Row) -> UUID:
        """Who brings it: the freight lines of the country the supplier is in, or of the port."""
        country = self._suppliers[order["supplier_id"]]["country"]
        home = "NZ" if order["currency"] == "NZD" else "US"
        return self._heavy[country if country in self._heavy else home]

    def _state(self, order: Row, arrived: datetime | None) -> tuple[str, datetime | None]:
        """How far it is, and when it was put away."""
        if order["status"] == "CANCELLED":
            return "CANCELLED", None
        if arrived is None:
            self._turn += 1
            return UNDERWAY[self._turn % 3], None
        if order["status"] == "PARTIALLY_RECEIVED":
            return "RECEIVING", None
        return "COMPLETED", arrived + 20 * MINUTE

    def _put_away(self, order: Row, item: Row, arrived: datetime | None, broken: int, by: UUID | None) -> None:
        level = self._ledger.levels.get((order["warehouse_id"], item["variant_id"]))
        if level is None:
            return
        ledger, came = self._ledger, item["received_quantity"]
        if arrived and came:
            ledger.move(level, "RECEIPT", came, arrived + 5 * MINUTE, bought=item["id"], by=by)
        if arrived and broken:
            note = self._dice.pick(self._words["damaged"])
            ledger.move(level, "DAMAGE", -broken, arrived + 15 * MINUTE, bought=item["id"], by=by, reason=note)
        if order["status"] in OPEN:
            ledger.incoming[level["id"]] += item["quantity"] - came

    def _check(self, order: Row, row: Row, item: Row, done: datetime | None) -> None:
        dice, looked = self._dice, row["arrived_at"] + 18 * MINUTE
        crew = self._people[order["business_id"]]
        result = dice.pick(FINE) if done else "PENDING"
        count = min(item["received_quantity"], dice.number(2, 12)) if done else 0
        failed = 0 if result in ("PASSED", "PENDING") else count if result == "FAILED" and count < 3 else min(1, count)
        _quality(
            self._world,
            dice,
            self._words,
            row["arrived_at"],
            looked if done else None,
            result,
            (count, failed),
            (crew.clerk(dice), crew.agent(dice, "quality", "inventory", "supplier")),
            inbound_shipment_id=row["id"],
            return_item_id=None,
            variant_id=item["variant_id"],
        )


def inspect(world: World, dice: Dice, words: dict[str, Any], people: dict[UUID, Crew], mains: dict[UUID, UUID]) -> None:
    """The looks at what customers sent back."""
    rows = {row["id"]: row for row in world.kept.get("sales.order_returns", ()) if row["business_id"] in mains}
    items = [item for item in world.kept.get("sales.return_items", ()) if item["return_id"] in rows]
    if not items:
        return
    sold = {item.id: item.variant_id for sale in world.sales for item in sale.items}
    for item in items:
        row = rows[item["return_id"]]
        if row.get("received_at"):
            looked, crew = row.get("inspected_at"), people[row["business_id"]]
            bad = item.get("condition") in ("DAMAGED", "DEFECTIVE", "MISSING")
            result = "PENDING" if not looked else "FAILED" if bad else dice.pick(("PASSED", "PASSED_WITH_REMARKS"))
            counts = (item["quantity"], item["quantity"] if bad else 0) if looked else (0, 0)
            by = (row.get("inspected_by_id") or crew.clerk(dice), crew.agent(dice, "quality", "return", "customer"))
            _quality(
                world,
                dice,
                words,
                row["received_at"],
                looked,
                result,
                counts,
                by,
                inbound_shipment_id=None,
                return_item_id=item["id"],
                variant_id=sold[item["item_id"]],
            )


def _quality(
    world: World,
    dice: Dice,
    words: dict[str, Any],
    at: datetime,
    looked: datetime | None,
    result: str,
    counts: tuple[int, int],
    by: tuple[UUID | None, UUID | None],
    **of: UUID | None,
) -> None:
    inspected, failed = counts
    row = world.add(
        "fulfillment.quality_checks",
        dice,
        at,
        **of,
        inspector_id=by[0] if looked else None,
        agent_id=by[1],
        result=result,
        inspected_quantity=inspected,
        failed_quantity=failed,
        defects=dice.some(words["defects"], 1) if failed else [],
        notes=dice.pick(words["checked"]) if looked and not failed else None,
        inspected_at=looked,
        updated_at=looked or at,
    )
    row["photo_urls"] = [f"https://files.checks.example/{row['id']}/1.jpg"] if failed else []

"""The ledger behind the stock of the sample data: what was there, came and went, in the order of time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.seed.courses import Course, Courses
from app.seed.crew import Crew
from app.seed.world import Dice, Row, Sale, SoldItem, World

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
Move = tuple[datetime, int, Any, Any]
"""When, what comes first at one time, what moves, and what is to be known of it."""
COLUMNS = ("inventory_level_id", "order_item_id", "return_item_id", "purchase_order_item_id", "made_by_id", "type")
MORE = ("quantity", "unit_cost", "currency", "reason", "occurred_at", "created_at")


class Ledger:
    """Every movement of every level; nothing ever goes that is not there."""

    def __init__(
        self, world: World, dice: Dice, words: dict[str, Any], people: dict[UUID, Crew], courses: Courses
    ) -> None:
        self._world, self._dice, self._words, self._people = world, dice, words, people
        self._put = world.bulk("fulfillment.stock_movements", "id", *COLUMNS, *MORE)
        houses = world.kept["fulfillment.warehouses"]
        self.mains: dict[UUID, UUID] = {row["business_id"]: row["id"] for row in houses if row["code"] == "main"}
        self.main_ids = set(self.mains.values())
        self._stores: dict[UUID, UUID] = {row["business_id"]: row["id"] for row in houses if row["code"] == "stores"}
        self._owners: dict[UUID, UUID] = {row["id"]: row["business_id"] for row in houses}
        levels = world.kept["fulfillment.inventory_levels"]
        self.levels: dict[tuple[UUID, UUID], Row] = {(row["warehouse_id"], row["variant_id"]): row for row in levels}
        variants = world.kept["catalog.product_variants"]
        self._costs: dict[UUID, tuple[Decimal, str]] = {row["id"]: (row["cost"], row["currency"]) for row in variants}
        self._balance: dict[UUID, int] = defaultdict(int)
        self._reserved: dict[UUID, int] = defaultdict(int)
        self.incoming: dict[UUID, int] = defaultdict(int)
        self.pieces: dict[UUID, int] = defaultdict(int)
        """Of each level, how many pieces were sold from it."""
        for sale in world.sales:
            stored = courses.of(sale).way == "STORE"
            for item in sale.items if sale.status != "CANCELLED" else ():
                level = self._level(sale.business_id, item, stored)
                if level:
                    self.pieces[level["id"]] += item.quantity

    def open(self) -> Iterator[None]:
        """What was there at first."""
        for i, row in enumerate(self._world.kept["fulfillment.inventory_levels"]):
            quantity = self._dice.number(8, 40) + round(self.pieces.get(row["id"], 0) * 0.5)
            self.move(row, "OPENING", quantity, row["created_at"] + SECOND)
            if i % 200 == 0:
                yield
        yield from self._lend()

    def _lend(self) -> Iterator[None]:
        """What the stock rooms from which nothing is sent got from the main warehouse."""
        for (house, variant), level in self.levels.items():
            business, at = self._owners[house], level["created_at"] + 480 * HOUR
            main = self.levels.get((self.mains[business], variant))
            if main and house not in self.main_ids and house != self._stores.get(business) and at < self._world.now:
                lot, by = self._dice.number(2, 5), self._people[business].clerk(self._dice)
                self.move(main, "TRANSFER_OUT", -lot, at, reason=self._words["moved"], by=by)
                self.move(level, "TRANSFER_IN", lot, at, reason=self._words["moved"], by=by)
        yield

    def move(
        self,
        level: Row,
        kind: str,
        quantity: int,
        at: datetime,
        *,
        sold: UUID | None = None,
        returned: UUID | None = None,
        bought: UUID | None = None,
        reason: str | None = None,
        by: UUID | None = None,
    ) -> None:
        """Write one line of it."""
        self._balance[level["id"]] += quantity
        cost, currency = self._costs[level["variant_id"]]
        origin = (level["id"], sold, returned, bought, by)
        self._put((self._dice.id_at(at), *origin, kind, quantity, cost, currency, reason, at, at))

    def sell(self, sale: Sale, course: Course) -> None:
        """What goes out for an order, or is kept for it."""
        at = course.processed_at if course.way == "STORE" else course.parcel_at
        for i, item in enumerate(sale.items):
            level = self._level(sale.business_id, item, course.way == "STORE")
            if level is None or sale.status == "CANCELLED":
                continue
            if at is None or (course.is_partial and i > 0):
                self._reserved[level["id"]] += item.quantity
                continue
            self._refill(level, item.quantity, at)
            self.move(level, "SALE", -item.quantity, at, sold=item.id)

    def take_back(self, row: Row, item: Row) -> None:
        """What a customer sent back and can be sold again."""
        level = self.levels.get((self.mains[row["business_id"]], item["variant_id"]))
        if level:
            at = row.get("inspected_at") or row["received_at"]
            crew = self._people[row["business_id"]]
            self.move(level, "RETURN", item["quantity"], at, returned=item["id"], by=crew.clerk(self._dice))

    def returns(self, business: UUID) -> list[Move]:
        """What came back to `business` and went back on the shelf."""
        kept = self._world.kept
        rows = {row["id"]: row for row in kept.get("sales.order_returns", ()) if row["business_id"] == business}
        if not rows:
            return []
        sold = {item.id: item.variant_id for sale in self._world.sales for item in sale.items}
        found: list[Move] = []
        for item in kept.get("sales.return_items", ()):
            row = rows.get(item["return_id"])
            if row and row.get("received_at") and item.get("disposition") == "RESTOCK":
                at = row.get("inspected_at") or row["received_at"]
                found.append((at, item["id"].int, row, {**item, "variant_id": sold[item["item_id"]]}))
        return found

    def close(self) -> None:
        """What is promised and on its way, and who counted last."""
        for row in self._world.kept["fulfillment.inventory_levels"]:
            changes: Row = {}
            if self._reserved.get(row["id"]):
                changes["reserved"] = self._reserved[row["id"]]
            if self.incoming.get(row["id"]):
                changes["incoming"] = self.incoming[row["id"]]
            counted = self._world.now - self._dice.wait(HOUR, 2000 * HOUR)
            if self._dice.chance(6) and counted > row["created_at"] + HOUR:
                changes["last_counted_at"] = counted
                self._count(row, counted)
            if changes:
                self._world.set("fulfillment.inventory_levels", row["id"], **changes)

    def _count(self, level: Row, at: datetime) -> None:
        """Somebody counted; sometimes one is missing, or one that nobody knew of is there."""
        by = self._people[self._owners[level["warehouse_id"]]].clerk(self._dice)
        difference = self._dice.pick((-1, -1, 1, 1, -2))
        kind = self._dice.pick(("COUNT", "COUNT", "ADJUSTMENT"))
        if self._balance[level["id"]] + difference > 5:
            self.move(level, kind, difference, at, reason=self._dice.pick(self._words["counted"]), by=by)

    def _level(self, business: UUID, item: SoldItem, stored: bool) -> Row | None:
        """From where something is sold."""
        place = self._stores.get(business) if stored else None
        return self.levels.get((place or self.mains[business], item.variant_id))

    def _refill(self, level: Row, needed: int, at: datetime) -> None:
        """Let there be enough: from the main warehouse for a store, or because somebody counts."""
        missing = needed - self._balance[level["id"]]
        if missing <= 0:
            return
        business = self._owners[level["warehouse_id"]]
        by = self._people[business].clerk(self._dice)
        main = self.levels.get((self.mains[business], level["variant_id"]))
        early = max(at - 20 * MINUTE, level["created_at"] + 2 * SECOND)
        if main and main is not level and self._balance[main["id"]] >= missing + 2:
            lot = min(missing + 12, self._balance[main["id"]] - 2)
            self.move(main, "TRANSFER_OUT", -lot, at, reason=self._words["moved"], by=by)
            self.move(level, "TRANSFER_IN", lot, at, reason=self._words["moved"], by=by)
        else:
            self.move(level, "COUNT", missing + 2, early, reason=self._words["found"], by=by)

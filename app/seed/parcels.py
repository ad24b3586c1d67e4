"""The parcels of the sample data: what is in them, how they went, and what customs were told."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

from app.seed.courses import Course
from app.seed.world import Dice, Row, Sale, SoldItem, World

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SHIPMENT = (
    *("id", "business_id", "order_id", "warehouse_id", "carrier_id", "address_id", "shipment_number"),
    *("tracking_number", "status", "service_level", "weight_kg", "dimensions", "shipping_cost", "insured_amount"),
    *("currency", "label_url", "is_signature_required", "estimated_delivery_on", "shipped_at", "delivered_at"),
    *("created_at", "updated_at"),
)
EVENT = (
    *("id", "shipment_id", "type", "description", "location", "country", "carrier_code"),
    "occurred_at",
    "created_at",
)
CUSTOMS = (
    *("id", "shipment_id", "declaration_number", "status", "incoterm", "origin_country", "destination_country"),
    *("hs_codes", "contents", "declared_value", "duty_amount", "tax_amount", "currency", "submitted_at", "cleared_at"),
    *("created_at", "updated_at"),
)
KEPT = 150 * DAY
"""For how long the carriers keep every step; of older parcels only the first and the last are known."""
PENDING_CUSTOMS = ("DRAFT", "REJECTED", "HELD", "SUBMITTED")
CENTS = [Decimal(n) / 100 for n in range(100)]
Event = tuple[str, datetime, str, str]


class Parcels:
    """Every parcel of every shop."""

    def __init__(self, world: World, dice: Dice, data: dict[str, Any]) -> None:
        self._world, self._dice, self._data = world, dice, data
        self._put = world.bulk("fulfillment.shipments", *SHIPMENT)
        self._put_item = world.bulk(
            "fulfillment.shipment_items", "id", "shipment_id", "order_item_id", "quantity", "lot_number", "created_at"
        )
        self._put_event = world.bulk("fulfillment.shipment_events", *EVENT)
        self._put_customs = world.bulk("fulfillment.customs_declarations", *CUSTOMS)
        variants = world.kept["catalog.product_variants"]
        self._weights: dict[UUID, Decimal] = {row["id"]: row["weight"] or Decimal("0.05") for row in variants}
        self._lines: dict[UUID, str] = {row["id"]: row["sku"].split("-")[1] for row in variants}
        rows = sorted(world.kept.get("customers.addresses", ()), key=lambda row: row["type"] == "BOTH")
        self._addresses: dict[UUID, Row] = {row["customer_id"]: row for row in rows if row["type"] != "BILLING"}
        self._carriers: dict[str, Row] = {row["code"]: row for row in world.kept["fulfillment.carriers"]}
        houses = [row for row in world.kept["fulfillment.warehouses"] if row["code"] == "main"]
        self._mains: dict[UUID, Row] = {row["business_id"]: row for row in houses}
        self._numbers: dict[UUID, Any] = defaultdict(lambda: count(100_001))
        self._turn = 0

    def send(self, sale: Sale, course: Course) -> None:
        """The parcel of an order, if work on it has begun."""
        items = sale.items[:1] if course.is_partial else sale.items
        if sale.status == "CANCELLED":
            if course.paid_at and course.cancelled_at and self._dice.chance(30):
                self._parcel(sale, items, "CANCELLED", course.paid_at, None, None, course.cancelled_at)
        elif course.processed_at and course.parcel_at is None:
            labelled = self._world.now - course.processed_at > 7 * HOUR
            self._parcel(sale, items, "LABELLED" if labelled else "PENDING", course.processed_at, None, None, None)
        elif course.processed_at and course.parcel_at:
            status = "DELIVERED" if course.delivered_at else self._underway(course.parcel_at)
            self._parcel(sale, items, status, course.processed_at, course.parcel_at, course.delivered_at, None)

    def come_back(self, business: UUID) -> None:
        """The parcels in which customers send something back."""
        rows = [row for row in self._world.kept.get("sales.order_returns", ()) if row["business_id"] == business]
        if not rows or "shipped_at" not in rows[0]:
            return
        sales = {sale.id: sale for sale in self._world.sales if sale.business_id == business}
        lines = {item.id: item for sale in sales.values() for item in sale.items}
        back: dict[UUID, list[SoldItem]] = defaultdict(list)
        for item in self._world.kept.get("sales.return_items", ()):
            if item["item_id"] in lines:
                back[item["return_id"]].append(lines[item["item_id"]]._replace(quantity=item["quantity"]))
        for row in rows:
            if row["shipped_at"] and row["order_id"] in sales:
                came = row.get("received_at")
                at = row["shipped_at"] - 5 * MINUTE
                items = tuple(back[row["id"]])
                status = "RETURNED" if came else "IN_TRANSIT"
                key = self._parcel(sales[row["order_id"]], items, status, at, row["shipped_at"], None, came)
                self._world.set("sales.order_returns", row["id"], shipment_id=key)

    def _underway(self, at: datetime) -> str:
        gone = self._world.now - at
        if gone < 9 * HOUR:
            return "HANDED_OVER"
        if gone < 44 * HOUR:
            return "IN_TRANSIT"
        return "OUT_FOR_DELIVERY" if self._dice.chance(60) else "FAILED"

    def _parcel(
        self,
        sale: Sale,
        items: tuple[SoldItem, ...],
        status: str,
        at: datetime,
        shipped: datetime | None,
        delivered: datetime | None,
        ended: datetime | None,
    ) -> UUID:
        """Write one down, with all that belongs to it; its id."""
        dice, now = self._dice, self._world.now
        house, address = self._mains[sale.business_id], self._addresses.get(sale.customer_id)
        origin = house["country"]
        country = address["country"] if address else origin
        weight = sum((self._weights[item.variant_id] * item.quantity for item in items), Decimal("0.12"))
        carrier = self._carrier(origin, country, weight)
        key = dice.id_at(at)
        number = next(self._numbers[sale.business_id])
        edge = 12 + int(min(weight, Decimal(40)) * 2)
        events = self._events(status, at, shipped, delivered, ended, origin, country, address)
        worth = sum((item.total for item in items), CENTS[0])
        changed = delivered or ended or (events[-1][1] if events else shipped or at)
        dear = worth > 400
        tracked = status not in ("PENDING", "CANCELLED")
        self._put(
            (
                *(key, sale.business_id, sale.id, house["id"], carrier["id"], address["id"] if address else None),
                *(
                    f"S-{number}",
                    f"{carrier['code'][:2].upper()}{dice.number(10**10, 10**11 - 1)}" if tracked else None,
                ),
                *(status, carrier["service_level"], weight, {"length": edge * 2, "width": edge, "height": edge // 2}),
                Decimal(5 + int(weight * 2) + (16 if country != origin else 0)) + dice.pick(CENTS),
                worth if dear else CENTS[0],
                sale.currency,
                f"https://labels.{carrier['code']}.example/{number}.pdf" if tracked else None,
                dear,
                (at + (carrier["delivery_days_max"] or 5) * DAY).date(),
                *(shipped, delivered, at, max(min(changed, now), at)),
            )
        )
        for item in items:
            lot = f"L{at:%y%j}" if self._lines[item.variant_id] in ("FB", "NS", "BL", "BA", "CC") else None
            self._put_item((dice.id_at(at), key, item.id, item.quantity, lot, at))
        for kind, moment, place, where in events:
            text, code = self._data["says"][kind]
            if kind == "EXCEPTION":
                text = dice.pick(self._data["words"]["exceptions"])
            self._put_event((dice.id_at(moment), key, kind, text, place, where, code, moment, moment))
        if country != origin and items:
            self._declare(key, items, status, at, shipped, delivered, (origin, country, sale.currency), worth)
        return key

    def _carrier(self, origin: str, country: str, weight: Decimal) -> Row:
        home = self._data["home"][origin]
        if country != origin:
            return self._carriers[home["abroad"]]
        return self._carriers[home["heavy"] if weight > 28 else self._dice.pick(home["usual"])]

    def _events(
        self,
        status: str,
        at: datetime,
        shipped: datetime | None,
        delivered: datetime | None,
        ended: datetime | None,
        origin: str,
        country: str,
        address: Row | None,
    ) -> list[Event]:
        """What the carrier told, in the order of time."""
        data, dice, now = self._data, self._dice, self._world.now
        first = (data["home"][origin]["hubs"][0], origin)
        home = (address["city"], country) if address else first
        created = [("CREATED", at + MINUTE, *first)]
        if status in ("PENDING", "CANCELLED"):
            return []
        if shipped is None:
            return [event for event in created if event[1] < now]
        picked = ("PICKED_UP", shipped, *first)
        if status == "RETURNED":
            return [("PICKED_UP", shipped, *home), ("RETURNED", ended or shipped, *first)]
        if now - shipped > KEPT and delivered:
            return [picked, ("DELIVERED", delivered, *home)]
        end = delivered or max(now - 20 * MINUTE, shipped)
        span = (end - shipped) / SECOND
        abroad = country != origin
        hub = (data["countries"][country][0], country) if abroad else (dice.pick(data["home"][origin]["hubs"]), origin)
        steps: list[tuple[str, float, tuple[str, str]]] = []
        if status != "HANDED_OVER":
            steps.append(("DEPARTED", 0.15, first))
            if abroad:
                steps.append(("CUSTOMS", 0.5, hub))
            else:
                steps.append(("ARRIVED", 0.55, hub))
        if status in ("DELIVERED", "OUT_FOR_DELIVERY", "FAILED"):
            if delivered and span > 60 * 3600 and dice.chance(25):
                steps.append(("ATTEMPTED", 0.7, home))
            steps.append(("OUT_FOR_DELIVERY", 0.93, home))
        if status == "FAILED":
            steps.append(("EXCEPTION", 0.98, home))
        found = [*created, picked]
        found += [(kind, shipped + timedelta(seconds=int(span * part)), *place) for kind, part, place in steps]
        if delivered:
            found.append(("DELIVERED", delivered, *home))
        return found

    def _declare(
        self,
        key: UUID,
        items: tuple[SoldItem, ...],
        status: str,
        at: datetime,
        shipped: datetime | None,
        delivered: datetime | None,
        way: tuple[str, str, str],
        worth: Decimal,
    ) -> None:
        dice, (origin, country, currency) = self._dice, way
        lines = {self._lines[item.variant_id] for item in items}
        goods = [self._data["goods"].get(line, self._data["goods"]["XX"]) for line in sorted(lines)]
        told = at + 8 * MINUTE
        state, cleared = "SUBMITTED", None
        if delivered:
            state, cleared = "CLEARED", (shipped or at) + (delivered - (shipped or at)) * 0.6
            cleared = cleared.replace(microsecond=0)
        elif status in ("PENDING", "LABELLED"):
            state = "DRAFT"
        elif status == "CANCELLED":
            state = PENDING_CUSTOMS[self._turn % 3]
            self._turn += 1
        elif status == "RETURNED":
            state, cleared = "CLEARED", (shipped or at) + HOUR
        elif status == "FAILED":
            state = "REJECTED"
        elif self._turn % 2 and status == "IN_TRANSIT":
            state = "HELD"
        draft = state == "DRAFT"
        told = min(told, self._world.now)
        rate = Decimal(str(self._data["countries"][country][1]))
        paid = state == "CLEARED" and status != "RETURNED"
        self._put_customs(
            (
                *(dice.id_at(at), key, None if draft else f"{country}{dice.number(10**9, 10**10 - 1)}", state),
                dice.pick(("DAP", "DAP", "DDP")),
                *(origin, country, sorted({code for code, _ in goods}), "; ".join(text for _, text in goods)),
                worth,
                (worth * Decimal("0.025")).quantize(CENTS[1]) if paid else CENTS[0],
                (worth * rate).quantize(CENTS[1]) if paid else CENTS[0],
                *(currency, None if draft else told, max(cleared, told) if cleared else None),
                *(at, at if draft else max(cleared, told) if cleared else told),
            )
        )

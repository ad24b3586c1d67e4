"""The suppliers of the shops in the sample data, what they sell, what is ordered from them and what they are paid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from app.seed.catalog import sluggish
from app.seed.crew import Crew, crews
from app.seed.world import Dice, Row, World, table_of

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
CENT, FINE = Decimal("0.01"), Decimal("0.000001")
ORDERS = 3
"""How many orders a supplier gets at the small scale, besides the recent one."""
RECENT = ("CONFIRMED", "DRAFT", "CONFIRMED", "SENT", "PARTIALLY_RECEIVED", "CONFIRMED", "RECEIVED", "CANCELLED")
"""How far the last order is, in turn."""
AGES = {"DRAFT": 0.4, "SENT": 0.9, "CONFIRMED": 0.5, "PARTIALLY_RECEIVED": 1.2, "CANCELLED": 1.5, "RECEIVED": 1.5}
"""How long ago it was ordered: in days, or after the first two in times of what delivery takes."""
METHODS = ("BANK_TRANSFER",) * 6 + ("DIRECT_DEBIT", "CARD", "OTHER")


@dataclass(slots=True)
class Purchase:
    """What one business orders from one supplier."""

    world: World
    dice: Dice
    business: Row
    supplier: Row
    crew: Crew
    notes: dict[str, Any]
    warehouse: UUID | None
    offers: list[Row]
    costs: dict[UUID, Decimal]
    wanted: list[UUID]
    """Variants by how often they were sold: one entry for each line of an order."""
    lot: int
    """How many pieces of a line are ordered at once, about, so that they last."""
    numbers: Iterator[int]
    by_variant: dict[UUID, Row] = field(default_factory=dict)


def make_suppliers(world: World) -> Iterator[None]:
    """Who supplies the eight shops, and with what."""
    dice, data = world.dice("suppliers"), table_of("suppliers")
    people = crews(world)
    shelves = _by_line(world)
    for business in world.kept["business.businesses"]:
        kind = data["kinds"].get(business["slug"])
        taken: set[UUID] = set()
        for given in data["supplier"]:
            if kind in given["kinds"]:
                supplier = _supplier(world, dice, business, given, people[business["id"]])
                for code in given["codes"]:
                    for variant in shelves[business["id"], code]:
                        if variant["id"] not in taken or dice.chance(15):
                            rate = data["rates"][supplier["currency"]] / data["rates"][business["currency"]]
                            _offer(world, dice, supplier, given, variant, rate, variant["id"] not in taken)
                            taken.add(variant["id"])
                yield


def _by_line(world: World) -> dict[tuple[UUID, str], list[Row]]:
    """The variants by business and line of the catalogue."""
    found: dict[tuple[UUID, str], list[Row]] = defaultdict(list)
    for variant in world.kept["catalog.product_variants"]:
        found[variant["business_id"], variant["sku"].split("-")[1]].append(variant)
    return found


def _supplier(world: World, dice: Dice, business: Row, given: dict[str, Any], crew: Crew) -> Row:
    street, city, region, postal_code, country = given["address"]
    at = max(business["created_at"], world.start) + dice.wait(HOUR, 60 * HOUR)
    changed = dice.between(at + 30 * DAY, world.now)
    return world.add(
        "suppliers.suppliers",
        dice,
        at if given["status"] != "PROSPECT" else world.now - dice.wait(9 * DAY, 30 * DAY),
        business_id=business["id"],
        agent_id=crew.agent(dice, "supplier", "purchas", "procure", "inventory"),
        code=given["code"],
        name=given["name"],
        contact_name=given["contact"],
        email=given["email"],
        phone=given["phone"],
        website=f"https://{given['email'].partition('@')[2]}",
        address={"street": street, "city": city, "region": region, "postal_code": postal_code},
        country=country,
        tax_number=given["tax"],
        currency=given["currency"],
        minimum_order=Decimal(given["minimum"]),
        payment_terms_days=given["terms"],
        lead_time_days=given["lead"],
        status=given["status"],
        notes=given.get("note"),
        created_by_id=crew.manager(dice),
        updated_at=changed if given["status"] != "PROSPECT" else world.now - dice.wait(HOUR, 8 * DAY),
    )


def _offer(
    world: World, dice: Dice, supplier: Row, given: dict[str, Any], variant: Row, rate: float, is_first: bool
) -> None:
    at = max(supplier["created_at"], variant["created_at"]) + MINUTE
    status = dice.pick(("ACTIVE",) * 18 + ("OUT_OF_STOCK", "DISCONTINUED"))
    has = 0 if status != "ACTIVE" else dice.number(2, 90) * given["pack"] if dice.chance(70) else None
    gone = status == "DISCONTINUED"
    world.add(
        "suppliers.supplier_products",
        dice,
        at,
        supplier_id=supplier["id"],
        variant_id=variant["id"],
        supplier_sku=f"{given['code'][:3]}{dice.number(10_000, 99_999)}",
        unit_cost=Decimal(float(variant["cost"] or 1) * rate * dice.wobble(0.05)).quantize(FINE),
        currency=supplier["currency"],
        minimum_quantity=given["pack"],
        pack_size=given["pack"],
        lead_time_days=given["lead"] + dice.number(2, 9) if dice.chance(12) else None,
        available_quantity=has,
        is_preferred=is_first and not gone,
        status=status,
        valid_from=at.date(),
        valid_until=max(at, world.now - 20 * DAY).date() if gone else None,
    )


def make_purchasing(world: World) -> Iterator[None]:
    """What the shops ordered from their suppliers as they sold, and what they paid."""
    dice, data = world.dice("purchasing"), table_of("suppliers")
    people, turn = crews(world), 0
    offers: dict[UUID, list[Row]] = defaultdict(list)
    for offer in world.kept["suppliers.supplier_products"]:
        offers[offer["supplier_id"]].append(offer)
    costs = {variant["id"]: variant["weight"] for variant in world.kept["catalog.product_variants"]}
    sold, pieces = _sold(world)
    mains = {row["business_id"]: row["id"] for row in world.kept["fulfillment.warehouses"] if row["code"] == "main"}
    numbers: dict[UUID, Iterator[int]] = defaultdict(lambda: iter(range(1001, 10**7)))
    businesses = {business["id"]: business for business in world.kept["business.businesses"]}
    for supplier in world.kept["suppliers.suppliers"]:
        goods = [o for o in offers[supplier["id"]] if costs[o["variant_id"]] and o["status"] != "DISCONTINUED"]
        if not goods or supplier["status"] == "PROSPECT":
            continue
        wanted = [o["variant_id"] for o in goods if o["is_preferred"] for _ in range(sold[o["variant_id"]])]
        needed = sum(pieces[o["variant_id"]] for o in goods if o["is_preferred"])
        business = businesses[supplier["business_id"]]
        purchase = Purchase(
            world,
            dice,
            business,
            supplier,
            people[business["id"]],
            data["words"],
            mains.get(business["id"]),
            goods,
            costs,
            wanted or [o["variant_id"] for o in goods],
            max(1, round(needed / world.times(ORDERS) / 2)),
            numbers[business["id"]],
            {offer["variant_id"]: offer for offer in goods},
        )
        turn += 1
        yield from _orders(purchase, RECENT[turn % len(RECENT)])


def _sold(world: World) -> tuple[dict[UUID, int], dict[UUID, int]]:
    """Of each variant, in how many lines it was sold, and how many pieces."""
    lines: dict[UUID, int] = defaultdict(int)
    pieces: dict[UUID, int] = defaultdict(int)
    for sale in world.sales:
        if sale.status != "CANCELLED":
            for item in sale.items:
                lines[item.variant_id] += 1
                pieces[item.variant_id] += item.quantity
    return lines, pieces


def _orders(purchase: Purchase, recent: str) -> Iterator[None]:
    """One after the other; the last one is still on its way."""
    world, dice, supplier = purchase.world, purchase.dice, purchase.supplier
    lead = supplier["lead_time_days"] * DAY
    first = min(offer["created_at"] for offer in purchase.offers) + DAY
    stopped = world.now - (200 * DAY if supplier["status"] in ("BLOCKED", "ON_HOLD") else 2 * lead + 15 * DAY)
    count = world.times(ORDERS)
    for i in range(count):
        at = first + (stopped - first) * ((i + 0.1 + 0.8 * dice.wobble(0.5) / 1.5) / count) * 0.99
        _order(purchase, at.replace(microsecond=at.microsecond // 1000 * 1000), "RECEIVED")
        yield
    if supplier["status"] == "ACTIVE":
        age = AGES[recent] * (DAY if recent in ("DRAFT", "SENT") else lead)
        _order(purchase, world.now - age - dice.wait(MINUTE, 3 * HOUR), recent)
        yield


def _order(purchase: Purchase, at: datetime, status: str) -> None:
    """One order with what belongs to it; `status` says how far it came, RECEIVED that it is long over."""
    world, dice, supplier = purchase.world, purchase.dice, purchase.supplier
    chosen = _chosen(purchase, at)
    if not chosen:
        return
    lead = supplier["lead_time_days"] * DAY
    ordered = None if status == "DRAFT" else at + dice.wait(10 * MINUTE, HOUR)
    confirmed = ordered + dice.wait(HOUR, 9 * HOUR) if ordered and status != "SENT" else None
    arrived = None
    if ordered and confirmed and status in ("RECEIVED", "PARTIALLY_RECEIVED"):
        arrived = min(max(ordered + lead * dice.wobble(0.18), confirmed + 5 * HOUR), world.now - 9 * HOUR)
        arrived = arrived.replace(microsecond=0)
    received = arrived + dice.wait(HOUR, 5 * HOUR) if arrived and status == "RECEIVED" else None
    is_short = status == "RECEIVED" and dice.chance(6)
    done = received and received + (supplier["payment_terms_days"] + 20) * DAY < world.now
    state = "CLOSED" if status == "RECEIVED" and (is_short or (done and dice.chance(75))) else status
    changed = received or arrived or confirmed or ordered or at
    if state == "CLOSED" and received:
        changed = min(received + (supplier["payment_terms_days"] + 10) * DAY, world.now)
    number = f"PO-{next(purchase.numbers)}"
    row = world.add(
        "suppliers.purchase_orders",
        dice,
        at,
        business_id=purchase.business["id"],
        supplier_id=supplier["id"],
        warehouse_id=purchase.warehouse,
        agent_id=purchase.crew.agent(dice, "inventory", "supplier", "purchas", "stock") if dice.chance(70) else None,
        approved_by_id=purchase.crew.manager(dice) if ordered else None,
        order_number=number,
        status=state,
        currency=supplier["currency"],
        expected_on=((ordered or at) + lead).date(),
        ordered_at=ordered,
        confirmed_at=confirmed,
        received_at=received,
        rating=dice.pick((5, 5, 4, 4, 4, 3, 2)) if received and dice.chance(60) else None,
        notes=dice.pick(purchase.notes["short" if is_short else "notes"]) if is_short or dice.chance(15) else None,
        created_by_id=purchase.crew.clerk(dice),
        updated_at=changed,
        subtotal=Decimal(0),
        tax_amount=Decimal(0),
        shipping_amount=Decimal(0),
        total_amount=Decimal(0),
    )
    for i, offer in enumerate(chosen):
        _item(purchase, row, offer, i, arrived, is_short)
    if row["subtotal"] and purchase.business["currency"] == "NZD" and supplier["country"] == "NZ":
        row["tax_amount"] = (row["subtotal"] * Decimal("0.15")).quantize(CENT)
    free = row["subtotal"] >= 4 * supplier["minimum_order"] and dice.chance(60)
    row["shipping_amount"] = Decimal(0) if free else (row["subtotal"] * Decimal("0.04") + 12).quantize(CENT)
    row["total_amount"] = row["subtotal"] + row["tax_amount"] + row["shipping_amount"]
    _payments(purchase, row, arrived)


def _chosen(purchase: Purchase, at: datetime) -> list[Row]:
    """What is ordered: what sells well and is there already, and something else."""
    dice = purchase.dice
    keys = {dice.pick(purchase.wanted): None for _ in range(2)} | {dice.pick(purchase.offers)["variant_id"]: None}
    return [offer for key in keys if (offer := purchase.by_variant[key])["created_at"] <= at]


def _item(purchase: Purchase, row: Row, offer: Row, place: int, arrived: datetime | None, is_short: bool) -> None:
    dice, pack = purchase.dice, offer["pack_size"]
    packs = max(1, round(purchase.lot * dice.wobble(0.35) / pack + 0.4))
    quantity, came = packs * pack, 0
    if arrived:
        came = quantity if row["status"] != "PARTIALLY_RECEIVED" else quantity // 2 if place == 0 else 0
        came -= 1 if is_short and place == 0 and came > 1 else 0
    if row["status"] == "PARTIALLY_RECEIVED" and place == 0 and came == 0:
        quantity, came = 2 * quantity, quantity
    total = (quantity * offer["unit_cost"]).quantize(CENT, ROUND_HALF_UP)
    row["subtotal"] += total
    purchase.world.add(
        "suppliers.purchase_order_items",
        dice,
        row["created_at"] + (place + 1) * MINUTE,
        purchase_order_id=row["id"],
        variant_id=offer["variant_id"],
        supplier_product_id=offer["id"],
        quantity=quantity,
        received_quantity=came,
        unit_cost=offer["unit_cost"],
        total_amount=total,
        currency=row["currency"],
        updated_at=arrived or row["created_at"] + (place + 1) * MINUTE,
    )


def _payments(purchase: Purchase, row: Row, arrived: datetime | None) -> None:
    """A part in advance to those far away, the rest some time after the goods came."""
    dice, supplier = purchase.dice, purchase.supplier
    if not row["confirmed_at"]:
        return
    terms, deposit = supplier["payment_terms_days"] * DAY, Decimal(0)
    if supplier["lead_time_days"] > 20:
        deposit = (row["total_amount"] * Decimal("0.3")).quantize(CENT)
        status = "CANCELLED" if row["status"] == "CANCELLED" else "PAID"
        _pay(purchase, row, "A", deposit, row["confirmed_at"] + 2 * HOUR, timedelta(0), status)
    elif row["status"] == "CANCELLED":
        _pay(purchase, row, "", row["total_amount"], row["confirmed_at"] + HOUR, terms, "CANCELLED")
    if arrived and row["status"] != "PARTIALLY_RECEIVED":
        rest, at = row["total_amount"] - deposit, arrived + 8 * HOUR
        others = purchase.world.kept.get("suppliers.supplier_payments", [])[:400]
        is_first = all(other["status"] != "FAILED" for other in others)
        if (dice.chance(6) or is_first) and at + terms < purchase.world.now:
            _pay(purchase, row, "F", rest, at, terms, "FAILED")
            terms += 3 * DAY
        is_due = at + terms < purchase.world.now
        _pay(purchase, row, "B" if deposit else "", rest, at, terms, "PAID" if is_due else "SCHEDULED")


def _pay(
    purchase: Purchase, row: Row, suffix: str, amount: Decimal, at: datetime, terms: timedelta, status: str
) -> None:
    dice, now = purchase.dice, purchase.world.now
    at = min(at, now - HOUR)
    paid = min(at + terms * 0.9 + dice.wait(10 * MINUTE, HOUR), now - MINUTE) if status == "PAID" else None
    code = sluggish(purchase.supplier["code"]).replace("-", "")[:3].upper()
    purchase.world.add(
        "suppliers.supplier_payments",
        dice,
        at,
        supplier_id=purchase.supplier["id"],
        purchase_order_id=row["id"],
        invoice_number=f"{code}-{at:%y}{row['order_number'][3:]}{suffix}",
        amount=amount,
        currency=row["currency"],
        method=dice.pick(METHODS),
        status=status,
        due_on=(at + terms).date(),
        paid_at=paid,
        reference=f"REM{dice.number(10**7, 10**8 - 1)}" if paid else None,
        updated_at=paid or (min(at + terms, now) if status in ("FAILED", "CANCELLED") else at),
    )

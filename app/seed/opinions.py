"""What became of the products in the sample data: reviews, questions, daily figures and personal recommendations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.seed.crew import Crew, crews
from app.seed.questions import ask, money
from app.seed.world import Dice, Row, Scale, World, table_of

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
REVIEWS, INQUIRIES, METRICS = 300, 60, 640
DAYS = {Scale.SMALL: 14, Scale.MEDIUM: 60, Scale.LARGE: 365}
"""For how many days the figures of the best products are there."""
STARS = (5,) * 11 + (4,) * 6 + (3, 3, 2, 1)
MONTHS = (0.9, 0.85, 0.9, 0.95, 1, 1, 1, 0.95, 1, 1.05, 1.35, 1.5)
"""How many look at products in a month, where 1 is usual."""
UNSOLD = {"CANCELLED", "PENDING", "ON_HOLD"}

REVIEW = (
    *("id", "created_at", "updated_at", "product_id", "customer_id", "order_id", "moderator_id", "rating", "title"),
    *("content", "image_urls", "status", "moderated_at", "rejection_reason", "response", "responded_at"),
)
METRIC = (
    *("id", "created_at", "updated_at", "product_id", "variant_id", "period_starts_on", "period_ends_on"),
    *("view_count", "cart_count", "purchase_count", "download_count", "revenue", "currency"),
)


@dataclass(slots=True)
class Desk:
    """Where opinions come in."""

    world: World
    dice: Dice
    data: dict[str, Any]
    kinds: dict[UUID, str]
    """What a business sells."""
    people: dict[UUID, Crew]
    products: dict[UUID, Row]
    customers: dict[UUID, Row]
    asked: set[tuple[UUID, UUID]] = field(default_factory=set)
    """Who has reviewed what."""


@dataclass(slots=True)
class Sold:
    """What was sold of something in a day."""

    orders: int = 0
    revenue: Decimal = Decimal(0)


def make_opinions(world: World) -> Iterator[None]:
    """What customers did with the products, and what they said of them."""
    dice, data = world.dice("opinions"), table_of("opinions")
    slugs = {shop["slug"]: shop["kind"] for shop in table_of("catalog")["shop"]}
    kinds = {row["id"]: slugs[row["slug"]] for row in world.kept["business.businesses"] if row["slug"] in slugs}
    products = {row["id"]: row for row in world.kept["catalog.products"]}
    customers = {row["id"]: row for row in world.kept["customers.customers"]}
    desk = Desk(world, dice, data, kinds, crews(world), products, customers)
    yield from _reviews(desk)
    for _ in range(INQUIRIES * DAYS[world.scale] // DAYS[Scale.SMALL]):
        _inquiry(desk)
        yield
    yield from _metrics(desk)
    yield from _personal(desk)
    _last_orders(desk)
    yield


def _reviews(desk: Desk) -> Iterator[None]:
    """Of what was bought, some weeks later; a few of people who bought elsewhere."""
    world, dice = desk.world, desk.dice
    put = world.bulk("catalog.product_reviews", *REVIEW)
    bought = [sale for sale in world.sales if sale.status not in UNSOLD and sale.customer_id in desk.customers]
    wanted = world.times(REVIEWS)
    for i, sale in enumerate(dice.some(bought, wanted)):
        at = sale.at + dice.wait(4 * DAY, 40 * DAY)
        at = at if at < world.now else dice.between(max(sale.at, world.now - 3 * DAY), world.now)
        pair = (dice.pick(sale.items).product_id, sale.customer_id)
        if pair in desk.asked:
            continue
        desk.asked.add(pair)
        put(_review(desk, desk.products[pair[0]], desk.customers[pair[1]], None if dice.chance(8) else sale.id, at))
        if i % 500 == 0:
            yield


def _review(desk: Desk, product: Row, customer: Row, order_id: UUID | None, at: datetime) -> tuple[Any, ...]:
    dice, now, crew = desk.dice, desk.world.now, desk.people[product["business_id"]]
    stars, kind, first = dice.pick(STARS), desk.kinds[product["business_id"]], customer["first_name"]
    texts = dice.pick([r for r in desk.data["review"] if r["rating"] == stars and kind in r["kinds"]])["texts"]
    title, text = dice.pick(texts)
    decided = min(at + dice.wait(HOUR, 60 * HOUR), now)
    waits = now - at < 3 * DAY and dice.chance(60)
    status = "PENDING" if waits else "REJECTED" if dice.chance(5) else "PUBLISHED"
    reply = None
    if status == "PUBLISHED" and dice.chance(70 if stars < 3 else 8):
        reply = dice.pick(desk.data["answers"]["low" if stars < 3 else "high"]).format(first=first)
    replied = min(decided + dice.wait(HOUR, 30 * HOUR), now) if reply else None
    return (
        dice.id_at(at),
        at,
        replied or (at if waits else decided),
        product["id"],
        customer["id"],
        order_id,
        None if waits else crew.clerk(dice),
        stars,
        title,
        text.format(name=product["name"]),
        [f"https://cdn.reviews.example/{customer['id'].hex[-12:]}.jpg"] if dice.chance(6) else [],
        status,
        None if waits else decided,
        dice.pick(desk.data["answers"]["rejections"]) if status == "REJECTED" else None,
        reply,
        replied,
    )


def _inquiry(desk: Desk) -> None:
    """A question of a customer or a stranger."""
    world, dice = desk.world, desk.dice
    product = dice.pick(world.kept["catalog.products"])
    known = [row for row in dice.some(world.kept["customers.customers"], 25) if _may_ask(row, product)]
    customer = known[0] if known and dice.chance(70) else None
    ask(world, dice, product, desk.kinds[product["business_id"]], desk.people[product["business_id"]], customer)


def _may_ask(customer: Row, product: Row) -> bool:
    return bool(customer["business_id"] == product["business_id"])


def _metrics(desk: Desk) -> Iterator[None]:
    """The figures of the products that sell best, by day; what was bought agrees with the orders."""
    world, days = desk.world, DAYS[desk.world.scale]
    first = (world.now - days * DAY).date()
    by_product, by_variant = _sold(desk, first)
    best = Counter(item.product_id for sale in world.sales[-50_000:] for item in sale.items)
    chosen = [key for key, _ in best.most_common(world.times(METRICS) // days)]
    put = world.bulk("catalog.product_metrics", *METRIC)
    for rank, key in enumerate(chosen):
        product = desk.products[key]
        usual = 90 / (1 + rank / 12) * desk.dice.wobble(0.3)
        for back in range(days):
            day = first + back * DAY
            if day < product["created_at"].date():
                continue
            put(_figures(desk, product, None, day, usual, by_product.get((key, day), Sold())))
            for variant_id, sold in by_variant.get((key, day), {}).items():
                put(_figures(desk, product, variant_id, day, usual / 3, sold))
        yield


def _sold(desk: Desk, first: date) -> tuple[dict[tuple[UUID, date], Sold], dict[tuple[UUID, date], dict[UUID, Sold]]]:
    """What was sold since `first`: by product and day, and by variant under them."""
    whole: dict[tuple[UUID, date], Sold] = {}
    parts: dict[tuple[UUID, date], dict[UUID, Sold]] = {}
    for sale in desk.world.sales:
        day = sale.at.date()
        if day < first or sale.status in UNSOLD:
            continue
        for product_id in {item.product_id for item in sale.items}:
            whole.setdefault((product_id, day), Sold()).orders += 1
        for product_id, variant_id in {(item.product_id, item.variant_id) for item in sale.items}:
            parts.setdefault((product_id, day), {}).setdefault(variant_id, Sold()).orders += 1
        for item in sale.items:
            whole[item.product_id, day].revenue += item.total
            parts[item.product_id, day][item.variant_id].revenue += item.total
    return whole, parts


def _figures(desk: Desk, product: Row, variant_id: UUID | None, day: date, usual: float, sold: Sold) -> tuple[Any, ...]:
    dice, counted = desk.dice, datetime.combine(day, datetime.min.time(), desk.world.now.tzinfo) + DAY
    weekend = 1.25 if day.weekday() >= 5 else 1
    views = round(usual * MONTHS[day.month - 1] * weekend * dice.wobble(0.25)) + 4 * sold.orders
    at = min(counted + HOUR / 60 * dice.number(1, 30), desk.world.now)
    return (
        dice.id_at(at),
        at,
        at,
        product["id"],
        variant_id,
        day,
        day,
        views,
        sold.orders + int(views * 0.06 * dice.wobble(0.5)),
        sold.orders,
        sold.orders * 2 if product["download_files"] else 0,
        sold.revenue,
        product["currency"],
    )


def _personal(desk: Desk) -> Iterator[None]:
    """What an agent chose for single customers."""
    world, dice = desk.world, desk.dice
    shelves: dict[UUID, list[Row]] = {}
    for product in world.kept["catalog.products"]:
        shelves.setdefault(product["business_id"], []).append(product)
    for customer in dice.some(world.kept["customers.customers"], len(desk.customers) // 6):
        product = dice.pick(shelves[customer["business_id"]])
        at = dice.between(max(customer["created_at"], product["created_at"]), world.now)
        shown = dice.number(1, 30)
        clicks = dice.number(0, min(shown, 4))
        world.add(
            "catalog.product_recommendations",
            dice,
            at,
            product_id=None,
            customer_id=customer["id"],
            recommended_id=product["id"],
            agent_id=desk.people[customer["business_id"]].agent(dice, "recommendation", "product", "sales"),
            type="PERSONAL",
            score=Decimal(dice.number(5000, 9900)) / 100,
            reason=f"Because you liked {product['tags'][0]}.",
            shown_count=shown,
            click_count=clicks,
            purchase_count=dice.number(0, min(clicks, 1)),
            expires_at=world.now + dice.wait(DAY, 30 * DAY),
        )
        yield


def _last_orders(desk: Desk) -> None:
    """What the worker writes beside the sums that the database keeps itself."""
    spent: dict[UUID, Decimal] = {}
    last: dict[UUID, datetime] = {}
    for sale in desk.world.sales:
        spent[sale.customer_id] = spent.get(sale.customer_id, Decimal(0)) + sale.total
        last[sale.customer_id] = max(sale.at, last.get(sale.customer_id, sale.at))
    for key, at in last.items():
        if key in desk.customers:
            worth = money(float(spent[key]) * (1.4 + (desk.world.now - at < 120 * DAY)))
            desk.world.set("customers.customers", key, last_order_at=at, lifetime_value=worth)

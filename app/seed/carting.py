"""What may become orders in the sample data: carts and subscriptions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.seed.basket import Line
from app.seed.orders import Wish
from app.seed.shops import Shop
from app.seed.world import Dice, Sale, World

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CART = (
    *("id", "created_at", "updated_at", "business_id", "customer_id", "site_id", "order_id", "status", "currency"),
    *("email", "last_activity_at", "abandoned_at", "reminded_at", "converted_at"),
)
ITEM = ("id", "created_at", "updated_at", "cart_id", "variant_id", "quantity", "unit_price", "currency", "note")
CONVERTED, LEFT = 45, 75
"""How many carts became orders, and how many did not."""
STATES = ("ACTIVE", "ACTIVE", "ACTIVE", "TRIAL", "PAUSED", "CANCELLED", "PAST_DUE", "EXPIRED", "ACTIVE")
STEPS = {"DAY": DAY, "WEEK": 7 * DAY, "MONTH": 365 * DAY / 12, "YEAR": 365 * DAY}


def subscribe(shop: Shop, words: dict[str, Any], counts: Counter[str]) -> list[Wish]:
    """The subscriptions of a shop, and the orders they placed."""
    goods = shop.shelf.subscribed or [good for good in shop.shelf.goods if "Coils" in good.product]
    wishes: list[Wish] = []
    for _ in range(shop.world.times(shop.given.get("subscriptions", 0)) if goods else 0):
        state = STATES[counts["subscription"] % len(STATES)]
        counts["subscription"] += 1
        wishes += _subscription(shop, words, shop.dice.pick(goods), state, counts)
    return wishes


def _subscription(shop: Shop, words: dict[str, Any], good: Any, state: str, counts: Counter[str]) -> list[Wish]:
    dice, now = shop.dice, shop.world.now
    unit, count = dice.pick(shop.given["rhythms"]) if state != "TRIAL" else shop.given["rhythms"][0]
    step = STEPS[unit] * count
    begun = now - (dice.wait(2 * DAY, 9 * DAY) if state == "TRIAL" else dice.wait(40 * DAY, 300 * DAY))
    if state == "PAST_DUE":
        begun = now - step * dice.number(1, 4) - dice.wait(DAY, 3 * DAY)
    begun = _whole(max(begun, good.since + HOUR))
    buyer = shop.buyer(begun)
    if buyer is None or begun >= now - DAY:
        return []
    stopped = (
        dice.between(begun + (now - begun) * 0.4, now - DAY) if state in ("PAUSED", "CANCELLED", "EXPIRED") else now
    )
    charges = _charges(begun, step, stopped)
    following = _whole(begun + step * len(charges))
    price, discount = good.price(begun), shop.given["discount"]
    trial = begun + 14 * DAY if state == "TRIAL" else None
    number = f"{shop.given['prefix']}-S{counts[f'number {shop.key}'] + 1:05d}"
    counts[f"number {shop.key}"] += 1
    quantity = dice.pick((1, 1, 1, 2))
    saved = buyer.saved if buyer.saved and buyer.saved["created_at"] < begun else None
    row = shop.world.add(
        "sales.customer_subscriptions",
        dice,
        begun,
        business_id=shop.key,
        customer_id=buyer.id,
        variant_id=good.id,
        payment_method_id=saved["id"] if saved else None,
        shipping_address_id=None if shop.given.get("is_digital") else buyer.shipping["id"],
        number=number,
        status=state,
        quantity=quantity,
        unit_price=Decimal(price).scaleb(-2),
        discount_percentage=Decimal(discount),
        currency=shop.currency,
        interval=unit,
        interval_count=count,
        started_at=begun,
        trial_ends_at=trial,
        next_charge_at=trial or (following if state == "ACTIVE" else now + DAY if state == "PAST_DUE" else None),
        failed_charge_count=2 if state == "PAST_DUE" else 0,
        paused_at=stopped if state == "PAUSED" else None,
        cancelled_at=stopped if state == "CANCELLED" else None,
        cancel_reason=dice.pick(words["unsubscribed"]) if state == "CANCELLED" else None,
        ends_at=stopped if state == "EXPIRED" else None,
        updated_at=stopped if stopped < now else charges[-1] if charges and not trial else begun,
    )
    if trial:
        return []
    off = quantity * price * discount // 100
    lines = (Line(good, quantity, price, off),)
    wishes = [Wish(at, buyer, lines, subscription=row["id"]) for at in charges]
    if state == "PAST_DUE" and wishes:
        wishes[-1] = wishes[-1]._replace(status="PENDING", note="FAILED")
    return wishes


def _charges(begun: datetime, step: timedelta, until: datetime) -> list[datetime]:
    """When it is charged until then."""
    count = int((until - begun - HOUR) / step) + 1
    return [_whole(begun + i * step) + MINUTE * (i > 0) for i in range(count)]


def _whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


def make_carts(world: World, shops: list[Shop], words: dict[str, Any]) -> Iterator[None]:
    """Carts that became orders, and those of customers who left them, or are still at it."""
    dice = world.dice("carts")
    put, item = world.bulk("sales.carts", *CART), world.bulk("sales.cart_items", *ITEM)
    by_key = {shop.key: shop for shop in shops if shop.sites}
    sales = [
        sale
        for sale in world.sales
        if sale.business_id in by_key and not by_key[sale.business_id].given.get("in_store")
    ]
    for sale in dice.some(sales, world.times(CONVERTED)):
        shop = by_key[sale.business_id]
        put(_converted(dice, shop, sale, item))
        yield
    active: set[UUID] = set()
    for i in range(world.times(LEFT)):
        shop = dice.pick(list(by_key.values()))
        at = _left(dice, world, i)
        buyer, goods = shop.buyer(at), shop.shelf.pick(dice, at, dice.number(1, 3))
        if buyer is None or not goods:
            continue
        last = min(at + dice.wait(MINUTE, 2 * HOUR), world.now - MINUTE)
        status = "ACTIVE" if world.now - last < DAY else "ABANDONED" if i % 4 else "EXPIRED"
        if status == "ACTIVE" and buyer.id in active:
            continue
        active |= {buyer.id} if status == "ACTIVE" else set()
        given_up = last + DAY if status != "ACTIVE" else None
        reminded = given_up + 2 * HOUR if given_up and dice.chance(60) and given_up + 2 * HOUR < world.now else None
        key = dice.id_at(at)
        put(
            (
                *(key, at, reminded or given_up or last, shop.key, buyer.id, shop.sites[0]["id"], None, status),
                *(shop.currency, buyer.email if reminded else None, last, given_up, reminded, None),
            )
        )
        for good in goods:
            note = dice.pick(words["wishes"]) if dice.chance(6) else None
            amount = Decimal(good.price(at)).scaleb(-2)
            item((dice.id_at(at), at, last, key, good.id, dice.pick((1, 1, 2)), amount, shop.currency, note))
        yield


def _left(dice: Dice, world: World, i: int) -> datetime:
    """Most some time in the last half year, one in three within the last day."""
    if i % 3 == 0:
        return dice.between(world.now - 20 * HOUR, world.now - 10 * MINUTE)
    return dice.between(world.now - 180 * DAY, world.now - 3 * DAY)


def _converted(dice: Dice, shop: Shop, sale: Sale, item: Any) -> tuple[Any, ...]:
    at = sale.at - dice.wait(3 * MINUTE, 50 * MINUTE)
    key = dice.id_at(at)
    seen: set[UUID] = set()
    for line in sale.items:
        if line.variant_id not in seen:
            seen.add(line.variant_id)
            item((dice.id_at(at), at, at, key, line.variant_id, line.quantity, line.unit_price, sale.currency, None))
    return (
        *(key, at, sale.at, sale.business_id, sale.customer_id, shop.sites[0]["id"], sale.id, "CONVERTED"),
        *(sale.currency, None, sale.at, None, None, sale.at),
    )

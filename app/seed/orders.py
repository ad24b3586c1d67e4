"""The orders of the sample data with their lines and their histories."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from app.seed.basket import Basket, Line, add_up
from app.seed.courses import Course, Courses, is_split
from app.seed.markets import Markets, Stall
from app.seed.offers import Deal, Deals
from app.seed.returning import Case, Returns
from app.seed.risks import Guard
from app.seed.shops import Buyer, Shop
from app.seed.till import Back, Bill, Paid, Till
from app.seed.world import Dice, Row, Sale, SoldItem, World

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ORDER = (
    *("id", "created_at", "updated_at", "business_id", "customer_id", "site_id", "store_id", "agent_id"),
    *("subscription_id", "promotion_id", "billing_address_id", "shipping_address_id", "order_number", "shopify_id"),
    *("channel", "status", "payment_status", "fulfillment_status", "subtotal", "discount_amount", "tax_amount"),
    *("is_tax_included", "shipping_amount", "total_amount", "currency", "coupon_code", "email", "phone"),
    *("billing_address", "shipping_address", "notes", "internal_notes", "ip_address", "cancel_reason", "placed_at"),
    *("paid_at", "processed_at", "shipped_at", "delivered_at", "cancelled_at"),
)
ITEM = (
    *("id", "created_at", "updated_at", "order_id", "product_id", "variant_id", "position", "product_name"),
    *("variant_name", "product_sku", "quantity", "unit_price", "unit_cost", "discount_amount", "tax_amount"),
    *("total_amount", "currency", "status", "license_key", "download_url", "download_expires_at", "download_count"),
    "delivered_at",
)
EVENT = ("id", "order_id", "user_id", "agent_id", "type", "message", "is_public", "occurred_at", "created_at")
PLACES = {"STORE": "POINT_OF_SALE"}
YEAR = 365 * DAY
OFFERED = "offer"
"""An order that uses an offer with a code."""


class Wish(NamedTuple):
    """An order that somebody is about to place."""

    at: datetime
    buyer: Buyer | None = None
    lines: tuple[Line, ...] = ()
    """What is ordered, if that is certain."""
    status: str = ""
    note: str = ""
    subscription: UUID | None = None


class Placed(NamedTuple):
    """An order before it is written down."""

    shop: Shop
    key: UUID
    wish: Wish
    buyer: Buyer
    channel: str
    stall: Stall | None
    basket: Basket
    promotion: Row | None
    deal: Deal | None
    status: str
    course: Course


class Checkout:
    """Where all orders are placed; its tables are named in the order in which they must be written."""

    def __init__(self, world: World, data: dict[str, Any]) -> None:
        self._world, self._words, self._told = world, data["words"], data["events"]
        self._order, self._item = world.bulk("sales.orders", *ORDER), world.bulk("sales.order_items", *ITEM)
        self._event = world.bulk("sales.order_events", *EVENT)
        self._courses, self._markets = Courses(world), Markets(world)
        self.returns = Returns(world, data)
        self.till = Till(world)
        self.guard = Guard(world, data)
        self.deals = Deals(world)
        self._used: set[tuple[UUID, UUID]] = set()

    def place(self, shop: Shop, wish: Wish) -> None:
        """An order as `wish` says, with all that came of it."""
        buyer = wish.buyer or shop.buyer(wish.at)
        lines = list(wish.lines) or self._lines(shop, wish)
        if buyer is None or not lines:
            return
        placed = self._placed(shop, wish, buyer, lines)
        course, dice, key = placed.course, shop.dice, placed.key
        items = [dice.id_at(wish.at) for _ in placed.basket.lines]
        ended = course.delivered_at if placed.status == "COMPLETED" and course.way == "PARCEL" else None
        case = self.returns.plan(placed.basket, course, ended, wish.note)
        paid = self._settle(placed, case)
        self._write(placed, items, paid, case)
        sold = tuple(_sold(own, line) for own, line in zip(items, placed.basket.lines, strict=True))
        number, total = self._number(shop), _money(placed.basket.total)
        currency = shop.currency
        self._world.sales.append(Sale(key, shop.key, buyer.id, wish.at, number, placed.status, currency, total, sold))
        self.guard.look(shop, key, wish.at, placed.basket.total, placed.status, paid.payment, course.way)

    def _number(self, shop: Shop) -> str:
        return f"{shop.given['prefix']}-{10_000 + shop.count}"

    def _lines(self, shop: Shop, wish: Wish) -> list[Line]:
        """Goods of the time, at its prices; what must come to some state is not free."""
        dice, given = shop.dice, shop.given
        lines: list[Line] = []
        for _ in range(20):
            count = 3 if wish.note == "split" else dice.pick(given["lines"])
            goods = shop.shelf.pick(dice, wish.at, count)
            lines = [Line(good, dice.pick(given["quantities"]), good.price(wish.at)) for good in goods]
            enough = 6_000 if wish.note == OFFERED else 1
            if not wish.status or (sum(line.total for line in lines) >= enough and len(lines) >= min(count, 2)):
                break
        return lines

    def _placed(self, shop: Shop, wish: Wish, buyer: Buyer, lines: list[Line]) -> Placed:
        """Where it came in, with which cuts, and how it goes on."""
        dice, shop.count = shop.dice, shop.count + 1
        key = self._key(shop, wish, len(lines))
        stall = self._markets.stall_of(shop.key, key, [line.good.id for line in lines], wish.at)
        way = self._courses.way(key, shop.key)
        channel = "MARKETPLACE" if stall else PLACES.get(way) or dice.pick(shop.given["channels"])
        channel = "SUBSCRIPTION" if wish.subscription else channel
        promotion, deal = None, None
        if not stall and not wish.subscription:
            promotion = self._promotion(shop, buyer, wish.at) if dice.chance(45) else None
            deal = self._deal(shop, buyer, wish, lines) if not promotion and dice.chance(55) else None
        if wish.note == OFFERED:
            promotion, deal = (
                None,
                next((found for found in self.deals.of(shop.key, buyer.id, wish.at) if found.row["code"]), None),
            )
        basket, promotion, deal = self._basket(shop, buyer, wish.at, way, lines, promotion, deal)
        status = wish.status or ("COMPLETED" if not basket.total else self._status(shop, key, wish, len(lines)))
        course = self._courses.at(key, shop.key, wish.at, status, len(lines))
        return Placed(shop, key, wish, buyer, channel, stall, basket, promotion, deal, status, course)

    def _key(self, shop: Shop, wish: Wish, lines: int) -> UUID:
        """The order's id, from which its course follows: one that is said to be split is, and is sent."""
        key = shop.dice.id_at(wish.at)
        while wish.note == "split" and not (is_split(key) and self._is_sent(shop, key, wish.at, lines)):
            key = shop.dice.id_at(wish.at)
        wanted = "PARCEL" if wish.status else ""
        while wanted and not shop.given.get("is_digital") and self._courses.way(key, shop.key) != wanted:
            key = shop.dice.id_at(wish.at)
        return key

    def _is_sent(self, shop: Shop, key: UUID, at: datetime, lines: int) -> bool:
        course = self._courses.at(key, shop.key, at, "PROCESSING", lines)
        return course.way == "PARCEL" and course.is_partial

    def _status(self, shop: Shop, key: UUID, wish: Wish, lines: int) -> str:
        """Most orders are completed when all is done; a few are cancelled, a few paid back."""
        full = self._courses.at(key, shop.key, wish.at, "REFUNDED", lines)
        if full.terms == "TRANSFER" and not full.paid_at:
            return "PENDING"
        if full.delivered_at is None:
            return "PROCESSING"
        roll = shop.dice.number(0, 999)
        if roll < 45 and full.way != "STORE" and not wish.subscription:
            return "CANCELLED"
        is_back = full.paid_at and full.refunded_at and not wish.subscription
        return "REFUNDED" if roll < (20 if full.way == "STORE" else 80) and is_back else "COMPLETED"

    def _promotion(self, shop: Shop, buyer: Buyer, at: datetime) -> Row | None:
        """One that holds then and that the customer may still use."""
        for row in shop.promotions:
            until = row["ends_at"]
            if row["starts_at"] <= at and (until is None or at < until) and row["type"] != "BUY_X_GET_Y":
                is_spent = row["customer_limit"] and (row["id"], buyer.id) in self._used
                if not is_spent and (until or shop.dice.chance(12)):
                    found: Row = row
                    return found
        return None

    def _deal(self, shop: Shop, buyer: Buyer, wish: Wish, lines: list[Line]) -> Deal | None:
        """An offer that the customer uses; what it is for takes the place of what was in the basket."""
        deals = self.deals.of(shop.key, buyer.id, wish.at)
        if not deals:
            return None
        deal = shop.dice.pick(deals)
        goods = [(shop.shelf.of(product), quantity) for product, quantity in deal.lead]
        fit = [Line(good, n, good.price(wish.at)) for good, n in goods if good and good.since <= wish.at]
        if len(fit) != len(deal.lead):
            return None
        if deal.row["type"] in ("BUY_X_GET_Y", "GIFT"):
            fit = fit[:1]
        if fit:
            lines[:] = fit
        return deal

    def _basket(
        self,
        shop: Shop,
        buyer: Buyer,
        at: datetime,
        way: str,
        lines: list[Line],
        promotion: Row | None,
        deal: Deal | None,
    ) -> tuple[Basket, Row | None, Deal | None]:
        """The sums; a cut that comes to nothing is none."""
        subtotal = sum(line.total for line in lines)
        fixed, free = shop.given["shipping"]
        shipping = fixed if way == "PARCEL" and subtotal < free else 0
        discount = _cut(promotion, subtotal, shipping) if promotion else 0
        if deal:
            told = [(line.good.product_id, line.quantity, line.price) for line in lines]
            found = deal.discount(told, subtotal, shipping)
            deal, discount = (deal if found or (found == 0 and deal.row["type"] == "GIFT") else None), found or 0
        promotion = promotion if discount else None
        if any(cut and cut["type"] == "FREE_SHIPPING" for cut in (promotion, deal.row if deal else None)):
            discount, shipping = 0, 0
        place = shop.stores[0] if way == "STORE" and shop.stores else buyer.shipping
        tax = shop.taxes.at(place["country"], place["region"], lines[0].good.tax, at.date())
        return add_up(lines, min(discount, subtotal), shipping, tax), promotion, deal

    def _settle(self, placed: Placed, case: Case | None) -> Paid:
        """What the till does: it knows of what comes back."""
        shop, wish, course, buyer, total = placed.shop, placed.wish, placed.course, placed.buyer, placed.basket.total
        back = None
        if placed.status == "REFUNDED" and course.refunded_at:
            reason = "GOODWILL" if course.way == "DOWNLOAD" else "RETURN"
            back = Back(total, course.refunded_at, reason, case.key if case else None)
        elif placed.status == "CANCELLED" and course.cancelled_at:
            back = Back(total, course.cancelled_at, "FRAUD" if placed.key.int % 5 == 0 else "CANCELLATION")
        elif case and case.refund and case.refunded_at and course.paid_at and course.paid_at <= case.refunded_at:
            back = Back(min(case.refund, total), case.refunded_at, "RETURN", case.key, case.is_open)
        elif course.paid_at and not case and placed.key.int % 151 == 7 and course.delivered_at and total > 2_000:
            at = max(course.delivered_at, course.paid_at) + 2 * DAY
            back = Back(total // 10, at, "PRICE_ADJUSTMENT") if at < self._world.now else None
        kind = "OTHER" if placed.stall else None
        note = "subscription" if wish.subscription and not wish.note else wish.note
        bill = Bill(
            *(placed.key, shop.key, buyer.id, wish.at, total, shop.currency, placed.status, course, note, kind),
            *(buyer.saved, buyer.ip_address),
        )
        return self.till.settle(bill, back)

    def _write(self, placed: Placed, items: list[UUID], paid: Paid, case: Case | None) -> None:
        shop, key, wish, buyer, course = placed.shop, placed.key, placed.wish, placed.buyer, placed.course
        dice, basket, is_parcel = shop.dice, placed.basket, course.way == "PARCEL"
        cut = placed.promotion or (placed.deal.row if placed.deal else None)
        if placed.promotion:
            self._used.add((placed.promotion["id"], buyer.id))
        if placed.deal:
            off = basket.discount or (shop.given["shipping"][0] if placed.deal.row["type"] == "FREE_SHIPPING" else 0)
            self.deals.redeem(placed.deal, key, buyer.id, wish.at, (off, basket.total), course.cancelled_at)
        at_store = course.way == "STORE" and shop.stores
        told = [t for t in course[2:9] if isinstance(t, datetime)]
        latest = max([wish.at, *told, *([case.latest] if case else [])])
        fulfilled = _fulfillment(placed)
        self._order(
            (
                *(key, wish.at, latest, shop.key, buyer.id),
                None if at_store or placed.stall or not shop.sites else shop.sites[0]["id"],
                self._store(shop, wish.at) if at_store else None,
                shop.agent(wish.at) if key.int % 10 < 6 and not at_store else None,
                *(wish.subscription, placed.promotion["id"] if placed.promotion else None),
                *(None if at_store else buyer.billing["id"], buyer.shipping["id"] if is_parcel else None),
                *(
                    self._number(shop),
                    str(5_200_000_000_000 + 32_768 * shop.count) if shop.given.get("shopify") else None,
                ),
                *(
                    placed.channel,
                    placed.status,
                    paid.status,
                    fulfilled,
                    _money(basket.subtotal),
                    _money(basket.discount),
                ),
                *(_money(basket.tax), basket.is_tax_included, _money(basket.shipping), _money(basket.total)),
                *(shop.currency, cut["code"] if cut else None, buyer.email, buyer.phone),
                *(None if at_store else buyer.billed, buyer.shipped if is_parcel else None),
                dice.pick(self._words["notes"]) if is_parcel and dice.chance(4) else None,
                dice.pick(self._words["internal"]) if dice.chance(4) else None,
                *(buyer.ip_address if not at_store else None, self._why(dice, paid) if course.cancelled_at else None),
                *(wish.at, paid.at, course.processed_at, course.shipped_at, course.delivered_at, course.cancelled_at),
            )
        )
        for i, own in enumerate(items):
            self._item(self._line(placed, own, i, latest, case))
        if case:
            self.returns.write(shop, placed.key, buyer, items, basket, course, case)
        self._history(placed, paid, case)

    def _store(self, shop: Shop, at: datetime) -> UUID | None:
        there = [store for store in shop.stores if store["created_at"] < at]
        return shop.dice.pick(there)["id"] if there else None

    def _why(self, dice: Dice, paid: Paid) -> str:
        words: list[str] = self._words["cancelled"]
        return words[3] if paid.status == "FAILED" else words[4] if dice.chance(10) else dice.pick(words[:3])

    def _line(self, placed: Placed, own: UUID, place: int, latest: datetime, case: Case | None) -> tuple[Any, ...]:
        line, course, at = placed.basket.lines[place], placed.course, placed.wish.at
        good, got = line.good, course.delivered_at
        is_file = course.way == "DOWNLOAD"
        until = got + YEAR if got and is_file else None
        status = "DELIVERED" if got else "CANCELLED" if course.cancelled_at else "PENDING"
        if until and until < self._world.now:
            status = "EXPIRED"
        if case and case.is_back(place):
            status = "RETURNED"
        key = own.hex.upper()
        return (
            *(own, at, latest, placed.key, good.product_id, good.id, place + 1, good.product, good.name, good.sku),
            *(line.quantity, _money(line.price), good.cost, _money(line.discount)),
            *(_money(placed.basket.tax_on_goods[place]), _money(line.total), placed.shop.currency, status),
            f"AS-{key[-12:-8]}-{key[-8:-4]}-{key[-4:]}" if got and is_file else None,
            f"https://files.agentshop.example/{own.hex[-16:]}" if got and is_file else None,
            *(until, own.int % 5 if got and is_file else 0, got),
        )

    def _history(self, placed: Placed, paid: Paid, case: Case | None) -> None:
        """What happened, in the order of time."""
        course, at, dice = placed.course, placed.wish.at, placed.shop.dice
        told: list[tuple[datetime, str, bool]] = [(at, "PLACED", True)]
        if placed.channel not in ("POINT_OF_SALE", "MARKETPLACE") and placed.key.int % 4 == 0:
            told.append((at + 5 * SECOND, "CONFIRMED", True))
        if paid.status in ("FAILED",):
            told.append((at + 8 * SECOND, "PAYMENT_FAILED", True))
        if course.paid_at and course.way != "STORE":
            told.append((course.paid_at, "PAYMENT_RECEIVED", True))
        if placed.status == "ON_HOLD":
            told.append((at + MINUTE, "HELD", False))
        if course.way == "PARCEL":
            told += [
                (t, kind, True) for t, kind in ((course.parcel_at, "SHIPPED"), (course.delivered_at, "DELIVERED")) if t
            ]
            if course.processed_at and placed.key.int % 29 == 3:
                told += [(at + 30 * SECOND, "HELD", False), (course.processed_at, "RELEASED", False)]
            if course.processed_at and placed.key.int % 37 < 3:
                told.append(
                    (course.processed_at + MINUTE, ("NOTE", "EDITED", "MESSAGE_SENT")[placed.key.int % 37], False)
                )
        if placed.channel == "OTHER":
            told.append((at + SECOND, "OTHER", False))
        if course.cancelled_at:
            told.append((course.cancelled_at, "CANCELLED", True))
        told += case.told() if case else []
        if paid.status in ("REFUNDED", "PARTIALLY_REFUNDED"):
            when = course.refunded_at or course.cancelled_at or (case and case.refunded_at) or course.delivered_at
            told.append((when or at, "REFUNDED", True))
        agent = placed.shop.agent(at)
        for moment, kind, is_public in sorted(told):
            by_agent = kind not in ("PLACED", "PAYMENT_RECEIVED", "PAYMENT_FAILED", "DELIVERED") and dice.chance(60)
            clerk = placed.shop.crew.clerk(dice) if not by_agent and kind in ("NOTE", "EDITED", "RELEASED") else None
            self._event(
                (
                    *(dice.id_at(moment), placed.key, clerk, agent if by_agent else None, kind, self._told[kind]),
                    *(is_public, moment, moment),
                )
            )


def _cut(promotion: Row, subtotal: int, shipping: int) -> int:
    """What a promotion takes off, in cents."""
    if promotion["minimum_amount"] and subtotal < promotion["minimum_amount"] * 100:
        return 0
    match promotion["type"]:
        case "PERCENTAGE":
            most = int((promotion["maximum_discount"] or 10**6) * 100)
            return min(subtotal * int(promotion["value"] * 100) // 10_000, most)
        case "FIXED_AMOUNT":
            return min(int(promotion["value"] * 100), subtotal)
        case "FREE_SHIPPING":
            return shipping
    return 0


def _fulfillment(placed: Placed) -> str:
    course = placed.course
    if placed.status == "REFUNDED" and course.way != "DOWNLOAD":
        return "RETURNED"
    if course.delivered_at:
        return "DELIVERED"
    if course.is_partial:
        return "PARTIALLY_FULFILLED"
    return "FULFILLED" if course.shipped_at else "UNFULFILLED"


def _sold(own: UUID, line: Line) -> SoldItem:
    return SoldItem(own, line.good.product_id, line.good.id, line.quantity, _money(line.price), _money(line.total))


def _money(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)

"""What was sold on marketplaces in the sample data: orders from there, what they cost, and what each day came to."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.seed.courses import Course, Courses
from app.seed.syncs import KEPT, LOG, Ended, write_log
from app.seed.world import Dice, Row, Sale, World, table_of

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SHARES = {"multiagent": 70, "vividwalls": 45, "wholesale": 50}
"""How many in a hundred of a seller's orders come from marketplaces, of those that could."""
DAYS = 45
"""For how many days there are figures at the small scale."""
CENT = Decimal("0.01")
ORDER = (
    *("id", "created_at", "updated_at", "account_id", "order_id", "sync_log_id", "external_id", "external_status"),
    *("status", "fulfillment", "buyer_name", "buyer_email", "country", "total_amount", "currency", "payload"),
    *("attempt_count", "error", "placed_at", "ship_by_at", "imported_at", "shipment_confirmed_at"),
)
FEE = (
    *("id", "created_at", "updated_at", "account_id", "marketplace_order_id", "listing_id", "external_id", "type"),
    *("description", "amount", "tax_amount", "currency", "rate", "statement_number", "charged_at", "settled_at"),
)
STAT = (
    *("id", "created_at", "updated_at", "account_id", "day", "view_count", "visit_count", "order_count", "unit_count"),
    *("cancelled_count", "return_count", "revenue", "refund_amount", "fee_amount", "currency", "buy_box_rate"),
)


@dataclass(slots=True)
class Stall:
    """An account with what can be ordered there."""

    account: Row
    market: Row
    fees: dict[str, float]
    listings: dict[UUID, Row]
    """What is live, by variant."""

    @property
    def currency(self) -> str:
        """In what the marketplace pays and charges."""
        found: str = self.market["currency"]
        return found

    def sells(self, variants: Sequence[UUID], at: datetime) -> bool:
        """Whether all of them could be ordered then."""
        return all(variant in self.listings and self.listings[variant]["published_at"] < at for variant in variants)


class Markets:
    """Which order came from which marketplace: asked when it is placed, and remembered."""

    def __init__(self, world: World) -> None:
        data = {given["slug"]: given for given in table_of("channels")["marketplace"]}
        slugs = {row["id"]: row["slug"] for row in world.kept["business.businesses"]}
        markets = {row["id"]: row for row in world.kept["channels.marketplaces"]}
        listings: dict[UUID, dict[UUID, Row]] = defaultdict(dict)
        for row in world.kept["channels.marketplace_listings"]:
            if row["status"] == "ACTIVE":
                listings[row["account_id"]][row["variant_id"]] = row
        self.stalls: dict[UUID, list[Stall]] = defaultdict(list)
        self._sold = world.kept.setdefault("channels.sold", [])
        self.shares = {key: SHARES.get(slug, 0) for key, slug in slugs.items()}
        for account in world.kept["channels.marketplace_accounts"]:
            market = markets[account["marketplace_id"]]
            if account["status"] in ("ACTIVE", "PAUSED"):
                stall = Stall(account, market, data[market["slug"]]["fees"], listings[account["id"]])
                self.stalls[account["business_id"]].append(stall)

    def stall_of(self, business: UUID, order: UUID, variants: Sequence[UUID], at: datetime) -> Stall | None:
        """Where the order of that time comes from; None if from no marketplace."""
        if order.int // 7 % 100 >= self.shares[business]:
            return None
        fit = [stall for stall in self.stalls.get(business, ()) if stall.sells(variants, at)]
        if not fit:
            return None
        stall = fit[order.int % len(fit)]
        self._sold.append({"order_id": order, "account_id": stall.account["id"]})
        return stall

    def sold(self) -> dict[UUID, Stall]:
        """Where the orders came from that did come from a marketplace."""
        stalls = {stall.account["id"]: stall for stalls in self.stalls.values() for stall in stalls}
        return {row["order_id"]: stalls[row["account_id"]] for row in self._sold}


@dataclass(slots=True)
class Day:
    """What a day came to on an account."""

    orders: int = 0
    units: int = 0
    cancelled: int = 0
    returned: int = 0
    revenue: Decimal = Decimal(0)
    refunds: Decimal = Decimal(0)
    fees: Decimal = Decimal(0)


@dataclass(slots=True)
class Book:
    """What is written down of all accounts."""

    world: World
    dice: Dice
    words: Any
    log: Callable[[tuple[Any, ...]], None]
    order: Callable[[tuple[Any, ...]], None]
    fee: Callable[[tuple[Any, ...]], None]
    buyers: dict[UUID, Row]
    courses: Courses
    days: dict[tuple[UUID, date], Day] = field(default_factory=lambda: defaultdict(Day))
    numbers: dict[UUID, int] = field(default_factory=lambda: defaultdict(int))
    """How many fees each account has."""


def make_marketplace_orders(world: World) -> Iterator[None]:
    """The orders that came from marketplaces, their fees, and the figures of the last weeks."""
    markets = Markets(world)
    book = Book(
        world,
        world.dice("marketplace orders"),
        table_of("channels")["words"],
        world.bulk("channels.marketplace_sync_logs", *LOG),
        world.bulk("channels.marketplace_orders", *ORDER),
        world.bulk("channels.marketplace_fees", *FEE),
        {row["id"]: row for row in world.kept["customers.customers"]},
        Courses(world),
    )
    sold = markets.sold()
    for i, sale in enumerate(world.sales):
        if sale.id in sold:
            _sold(book, sold[sale.id], sale)
        if i % 500 == 0:
            yield
    for stalls in markets.stalls.values():
        for stall in stalls:
            if stall.listings:
                _open(book, stall)
                _standing(book, stall)
                _figures(book, stall)
                yield


def _sold(book: Book, stall: Stall, sale: Sale) -> None:
    """An order that was imported, and what it cost."""
    dice, now, account = book.dice, book.world.now, stall.account
    imported = min(sale.at + dice.wait(MINUTE, 14 * MINUTE), now - SECOND)
    log = None
    if imported > now - KEPT:
        log = write_log(
            book.world, dice, book.log, account, "ORDERS", "IMPORT", imported - 2 * SECOND, Ended("COMPLETED", 1)
        )
    listing = stall.listings[sale.items[0].variant_id]
    course = book.courses.of(sale)
    told = course.shipped_at + 2 * MINUTE if course.shipped_at else None
    sent = told if told and told < now else None
    standing = "Canceled" if course.cancelled_at else "Refunded" if course.refunded_at else "Unshipped"
    key = dice.id_at(imported)
    lines = [
        {"sku": stall.listings[item.variant_id]["sku"], "quantity": item.quantity, "price": str(item.unit_price)}
        for item in sale.items
    ]
    book.order(
        (
            *(key, imported, max(sent or imported, imported), account["id"], sale.id, log, _number(stall, sale.id)),
            *("Shipped" if sent and standing == "Unshipped" else standing, "IMPORTED", listing["fulfillment"]),
            *_buyer(book, stall, sale.customer_id, sale.id),
            *(sale.total, sale.currency, {"lines": lines}, 1, None, sale.at, sale.at + 3 * DAY, imported, sent),
        )
    )
    _count(book, stall, sale)
    _charge(book, stall, sale, course, (key, listing["id"]), listing["fulfillment"])


def _number(stall: Stall, key: UUID) -> str:
    """The marketplace's number of an order."""
    digits = f"{key.int % 10**17:017d}"
    if stall.market["platform"] == "AMAZON":
        return f"{digits[:3]}-{digits[3:10]}-{digits[10:]}"
    return f"{digits[:2]}-{digits[2:7]}-{digits[7:12]}" if stall.market["platform"] == "EBAY" else digits[:13]


def _buyer(book: Book, stall: Stall, customer: UUID | None, key: UUID) -> tuple[str | None, str, str | None]:
    """Name, forwarding address and country."""
    row = book.buyers.get(customer, {}) if customer else {}
    parts = [row.get("first_name"), row.get("last_name")]
    mail = f"{key.hex[-12:]}@buyers.{stall.market['slug']}.example"
    return " ".join(part for part in parts if part) or None, mail, stall.market["country"] or "US"


def _count(book: Book, stall: Stall, sale: Sale) -> None:
    day = book.days[stall.account["id"], sale.at.astimezone(UTC).date()]
    day.orders += 1
    day.units += sum(item.quantity for item in sale.items)
    day.revenue += sale.total
    day.cancelled += sale.status == "CANCELLED"
    if sale.status == "REFUNDED":
        day.returned += sum(item.quantity for item in sale.items)
        day.refunds += sale.total


def _charge(book: Book, stall: Stall, sale: Sale, course: Course, about: tuple[UUID, UUID], fulfillment: str) -> None:
    """The marketplace's share, the payment and the sending; a share is given back with the money."""
    fees, share = stall.fees, _part(sale.total, stall.fees["COMMISSION"])
    at = min(sale.at + book.dice.wait(HOUR, 9 * HOUR), book.world.now - SECOND)
    _fee(book, stall, at, "COMMISSION", share, about, fees["COMMISSION"])
    if rate := fees.get("PAYMENT_PROCESSING"):
        _fee(book, stall, at, "PAYMENT_PROCESSING", _part(sale.total, rate), about, rate)
    if fulfillment == "MARKETPLACE" and "FULFILLMENT" in fees and course.parcel_at:
        _fee(book, stall, course.parcel_at, "FULFILLMENT", Decimal(str(fees["FULFILLMENT"])), about)
    back = course.refunded_at or course.cancelled_at
    if back:
        _fee(book, stall, max(back, at), "REFUND", -share, about)


def _part(total: Decimal, rate: float) -> Decimal:
    return max((total * Decimal(str(rate)) / 100).quantize(CENT), CENT)


def _fee(
    book: Book,
    stall: Stall,
    at: datetime,
    kind: str,
    amount: Decimal,
    about: tuple[UUID | None, UUID | None] = (None, None),
    rate: float | None = None,
) -> None:
    """A fee; every fortnight a statement settles those before it."""
    account = stall.account
    book.numbers[account["id"]] += 1
    closes = datetime.fromtimestamp((at.timestamp() // 1_209_600 + 1) * 1_209_600, UTC)
    settled = closes if closes < book.world.now else None
    book.fee(
        (
            *(book.dice.id_at(at), at, settled or at, account["id"], *about),
            *(f"{account['seller_id']}-{book.numbers[account['id']]:07d}", kind, _words(kind), amount, Decimal(0)),
            *(stall.currency, Decimal(str(rate)) if rate else None),
            *(f"{closes:%Y-%m-%d}" if settled else None, at, settled),
        )
    )
    book.days[account["id"], at.astimezone(UTC).date()].fees += amount


def _words(kind: str) -> str:
    return {
        "COMMISSION": "Referral fee",
        "PAYMENT_PROCESSING": "Payment processing",
        "FULFILLMENT": "Pick, pack and send",
        "REFUND": "Referral fee given back",
        "SUBSCRIPTION": "Professional seller, one month",
        "LISTING": "Listing for four months",
    }[kind]


def _open(book: Book, stall: Stall) -> None:
    """Orders that did not become one here, or not yet."""
    dice, now = book.dice, book.world.now
    fails = [given.format(sku=dice.pick(list(stall.listings.values()))["sku"]) for given in book.words["failed"]]
    if stall.account["status"] == "ACTIVE":
        _other(book, stall, now - dice.wait(20 * SECOND, 4 * MINUTE), "PENDING", None)
    for error in dice.some(fails, 2):
        _other(book, stall, now - dice.wait(HOUR, 20 * DAY), "FAILED", error)
    _other(book, stall, now - dice.wait(DAY, 80 * DAY), "CANCELLED", None)
    _other(book, stall, now - dice.wait(DAY, 80 * DAY), "IGNORED", None)


def _other(book: Book, stall: Stall, at: datetime, status: str, error: str | None) -> None:
    dice = book.dice
    live = [row for row in stall.listings.values() if row["published_at"] < at]
    if not live:
        return
    listing, key, count = dice.pick(live), dice.id_at(at), dice.number(1, 3)
    total = listing["price"] * count
    word = "Canceled" if status == "CANCELLED" else "Test" if status == "IGNORED" else "Unshipped"
    lines = [{"sku": listing["sku"], "quantity": count, "price": str(listing["price"])}]
    name = dice.pick(list(book.buyers.values()))
    book.order(
        (
            *(key, at, min(at + 9 * MINUTE, book.world.now), stall.account["id"], None, None, _number(stall, key)),
            *(word, status, listing["fulfillment"], *_buyer(book, stall, name["id"], key)),
            *(total, listing["currency"], {"lines": lines}, 3 if error else 0, error, at, at + 3 * DAY, None, None),
        )
    )
    if status != "IGNORED":
        day = book.days[stall.account["id"], at.astimezone(UTC).date()]
        day.orders, day.units, day.revenue = day.orders + 1, day.units + count, day.revenue + total
        day.cancelled += status == "CANCELLED"


def _standing(book: Book, stall: Stall) -> None:
    """What an account costs each month, and each listing when it appears."""
    fees, at = stall.fees, stall.account["connected_at"]
    while "SUBSCRIPTION" in fees and at < book.world.now:
        _fee(book, stall, at, "SUBSCRIPTION", Decimal(str(fees["SUBSCRIPTION"])))
        at += 30 * DAY
    for row in stall.listings.values():
        if "LISTING" in fees:
            _fee(book, stall, row["published_at"], "LISTING", Decimal(str(fees["LISTING"])), (None, row["id"]))


def _figures(book: Book, stall: Stall) -> None:
    """What came of each of the last days."""
    world, dice, account = book.world, book.dice, stall.account
    put = world.bulk("channels.marketplace_daily_stats", *STAT)
    starts = sorted(row["published_at"] for row in stall.listings.values())
    count = min(world.times(DAYS), (world.now - account["connected_at"]).days)
    for back in range(count, 0, -1):
        end = world.now - (back - 1) * DAY
        start = end - DAY
        day = book.days.get((account["id"], start.date())) or Day()
        listed = bisect_right(starts, end)
        visits = day.orders * dice.number(14, 40) + listed * dice.number(1, 5)
        at = min(end + dice.wait(HOUR, 4 * HOUR), world.now - SECOND)
        put(
            (
                *(dice.id_at(at), at, at, account["id"], start.date(), visits + visits * dice.number(10, 90) // 100),
                *(visits, day.orders, day.units, day.cancelled, day.returned, day.revenue, day.refunds, day.fees),
                *(stall.currency, Decimal(dice.number(6000, 9900)) / 100 if visits else None),
            )
        )

"""Visits of sites in the sample data: what people looked at, how far they came, and which orders came of it."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.seed.firms import Firm
from app.seed.world import Dice, Row, Sale, World

DAY, HOUR, MINUTE, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
VISITS, BUYERS, TESTED = 380, 110, 24
"""Visits without an order, visits that end with one, and visits for each test."""
OPENED = 60 * DAY
"""From when on visits are recorded."""
STEPS = (
    ("PAGE_VIEW", "page_view", "/"),
    ("SEARCH", "search", "/search"),
    ("PRODUCT_VIEW", "product_view", "/products"),
    ("ADD_TO_CART", "add_to_cart", "/cart"),
    ("CHECKOUT", "checkout_started", "/checkout"),
    ("PURCHASE", "purchase", "/thanks"),
)
MARKET_STEPS = (*STEPS[:2], ("SIGN_IN", "sign_in", "/sign-in"))
PRODUCT_STEPS = ("PRODUCT_VIEW", "ADD_TO_CART")
DEPTHS = (1, 1, 1, 2, 2, 3, 3, 3, 3, 4, 4, 5)
"""How many steps visitors take who do not buy."""
DEVICES = ("MOBILE", "MOBILE", "MOBILE", "DESKTOP", "DESKTOP", "TABLET", "OTHER")
COUNTRIES = {"NZD": ("NZ", "NZ", "NZ", "NZ", "AU"), "USD": ("US", "US", "US", "CA", "GB", "DE")}
COLUMNS = (
    *("id", "created_at", "business_id", "site_id", "custom_event_id", "customer_id", "user_id", "type", "name"),
    *("entity_type", "entity_id", "properties", "value", "currency", "page_url"),
    *("ab_test_id", "variant", "visitor_id", "session_id"),
    *("utm_source", "utm_medium", "utm_campaign", "referrer", "device", "country"),
)


@dataclass(slots=True)
class Test:
    """A test with what was counted under it: visitors of each variant, and those who reached the goal."""

    row: Row
    begins: datetime
    ends: datetime
    keys: list[str]
    names: list[str]
    goal: str
    visitors: Counter[str] = field(default_factory=Counter)
    conversions: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Shop:
    """A site with all that is needed to visit it."""

    firm: Firm
    site: Row
    products: list[Row]
    visitors: list[Row]
    people: list[Row]
    """Who signs in there."""
    custom: list[tuple[Row, dict[str, Any], int]]
    """Events of its own: what they are, what comes with them, and how often they happen."""
    tests: list[Test]
    reached: Counter[str] = field(default_factory=Counter)
    """How many visits came to each step."""

    @property
    def currency(self) -> str:
        """In which orders are paid."""
        currency: str = self.firm.row["currency"]
        return currency

    @property
    def steps(self) -> tuple[tuple[str, str, str], ...]:
        """What people do there, in this order."""
        return MARKET_STEPS if self.site["type"] == "MARKETPLACE" else STEPS


@dataclass(slots=True)
class Door:
    """Where all visits come in."""

    dice: Dice
    put: Callable[[tuple[Any, ...]], None]
    sources: list[tuple[str | None, ...]]
    searches: list[str]
    number: int = 0


def make_visits(world: World, shops: list[Shop], data: dict[str, Any]) -> Iterator[None]:
    """Visits that led to orders, and those that did not."""
    sources = [tuple(text or None for text in source) for often, *source in data["came_from"] for _ in range(often)]
    put = world.bulk("analytics.analytics_events", *COLUMNS)
    door = Door(world.dice("visits"), put, sources, data["searches"])
    first = {shop.firm.key: shop for shop in reversed(shops)}
    wanted = world.times(BUYERS)
    for sale in world.sales[:: max(len(world.sales) // wanted, 1)][:wanted]:
        if sale.business_id in first and sale.at > world.start + OPENED:
            _visit(door, first[sale.business_id], sale.at, len(STEPS), sale)
            yield
    for shop in shops:
        for test in shop.tests:
            for _ in range(world.times(TESTED) if test.ends > test.begins else 0):
                at = door.dice.between(test.begins, min(test.ends, world.now - HOUR))
                _visit(door, shop, at, door.dice.pick(DEPTHS[3:]))
                yield
    for _ in range(world.times(VISITS)):
        at = door.dice.between(world.start + OPENED, world.now - HOUR)
        _visit(door, door.dice.pick(shops), at, door.dice.pick(DEPTHS))
        yield


def _visit(door: Door, shop: Shop, at: datetime, depth: int, sale: Sale | None = None) -> None:
    """The events of a visit, one after the other; the last of a visit that ends with an order is the order."""
    dice, done = door.dice, set()
    if sale:
        at -= dice.number(4, 20) * MINUTE
    test = next((test for test in shop.tests if test.begins <= at < test.ends), None)
    variant = dice.pick(test.keys) if test else None
    about = (test and test.row["id"], variant, *_about(door, shop, at))
    for moment, path, *what in _course(door, shop, at, depth, sale):
        done.add(what[4])
        url = f"https://{shop.site['domain']}{path}"
        door.put((dice.id_at(moment), moment, shop.firm.key, shop.site["id"], *what, shop.currency, url, *about))
    shop.reached.update(done)
    if test and variant:
        test.visitors[variant] += 1
        test.conversions[variant] += test.goal in done


def _about(door: Door, shop: Shop, at: datetime) -> tuple[Any, ...]:
    """What all events of a visit have in common: whose visit, from where, with what."""
    dice = door.dice
    door.number += 1
    visitor = _before(dice, shop.visitors, "first_seen_at", at)
    session = f"visit-{door.number:07d}"
    return visitor, session, *dice.pick(door.sources), dice.pick(DEVICES), dice.pick(COUNTRIES[shop.currency])


def _course(door: Door, shop: Shop, at: datetime, depth: int, sale: Sale | None) -> Iterator[tuple[Any, ...]]:
    """When, on which page and what of COLUMNS, from custom_event_id to value."""
    dice, product = door.dice, _product(door.dice, shop, at, sale)
    user = _before(dice, shop.people, "created_at", at)
    for kind, name, path in shop.steps[:depth]:
        at += dice.number(8, 40) * SECOND
        if (kind in PRODUCT_STEPS and not product) or (kind == "SIGN_IN" and not user):
            return
        seen: tuple[Any, ...] = ("Product", product) if kind in PRODUCT_STEPS else (None, None)
        known = user if kind == "SIGN_IN" else None
        if kind == "PURCHASE" and sale:
            yield sale.at, path, None, sale.customer_id, None, kind, name, "Order", sale.id, {}, sale.total
            return
        words = {"words": dice.pick(door.searches)} if kind == "SEARCH" else {}
        yield at, path, None, None, known, kind, name, *seen, words, None
        for event, sample, chance in shop.custom if kind in ("PRODUCT_VIEW", "SIGN_IN") else ():
            if dice.chance(chance):
                at += 5 * SECOND
                yield at, path, event["id"], None, known, "CUSTOM", event["name"], *seen, _drawn(dice, sample), None


def _drawn(dice: Dice, sample: dict[str, Any]) -> dict[str, Any]:
    """Particulars: of two numbers any between, of texts one."""
    return {key: dice.number(*of) if isinstance(of[0], int) else dice.pick(of) for key, of in sample.items()}


def _product(dice: Dice, shop: Shop, at: datetime, sale: Sale | None) -> UUID | None:
    """What was bought, or looked at."""
    return sale.items[0].product_id if sale else _before(dice, shop.products, "created_at", at)


def _before(dice: Dice, rows: list[Row], time: str, at: datetime) -> UUID | None:
    """Any one of `rows`, if it was there already."""
    row = dice.pick(rows) if rows else None
    return row["id"] if row and row[time] < at else None

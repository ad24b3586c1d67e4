"""What people put into baskets in the sample data: goods at the price of the day, taxes, postage and cuts.

All amounts are whole cents.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from app.seed.world import Dice, Row, World

MINUTE = timedelta(minutes=1)


class Good(NamedTuple):
    """A variant of a product that can be bought."""

    id: UUID
    product_id: UUID
    product: str
    name: str
    sku: str
    since: datetime
    prices: tuple[tuple[datetime, int], ...]
    """From when it cost how much, the latest first."""
    sale: tuple[datetime, datetime, int] | None
    cost: Decimal | None
    tax: str
    """The kind of goods it is for the tax law."""
    rank: int
    """The higher, the more it is liked."""

    def price(self, at: datetime) -> int:
        """What it cost then."""
        if self.sale and self.sale[0] <= at < self.sale[1]:
            return self.sale[2]
        return next((cents for since, cents in self.prices if since <= at), self.prices[-1][1])


class Shelf:
    """What a shop sells, in the order in which it came."""

    def __init__(self, world: World, dice: Dice, business: UUID) -> None:
        products = {row["id"]: row for row in world.kept["catalog.products"] if row["business_id"] == business}
        variants = [row for row in world.kept["catalog.product_variants"] if row["product_id"] in products]
        history = _history(world, products)
        goods = [_good(dice, products[row["product_id"]], row, history[row["product_id"]]) for row in variants]
        goods.sort(key=lambda good: (good.since, good.sku))
        kinds = {key: row["price_type"] for key, row in products.items()}
        self.subscribed = [good for good in goods if kinds[good.product_id] == "SUBSCRIPTION"]
        self.goods = [good for good in goods if kinds[good.product_id] != "SUBSCRIPTION"]
        self._since = [good.since for good in self.goods]
        self._firsts: dict[UUID, Good] = {}
        for good in self.goods:
            self._firsts.setdefault(good.product_id, good)

    def pick(self, dice: Dice, at: datetime, count: int) -> list[Good]:
        """Some that were there then, liked ones more often."""
        there = bisect_right(self._since, at)
        found: dict[UUID, Good] = {}
        for _ in range(count if there else 0):
            one, other = self.goods[dice.number(0, there - 1)], self.goods[dice.number(0, there - 1)]
            good = one if one.rank > other.rank else other
            found.setdefault(good.id, good)
        return list(found.values())

    def of(self, product: UUID) -> Good | None:
        """The first variant of a product."""
        return self._firsts.get(product)

    @property
    def opened(self) -> datetime | None:
        """Since when there is anything."""
        return self._since[0] if self._since else None


def _history(world: World, products: dict[UUID, Row]) -> dict[UUID, list[tuple[datetime, Decimal]]]:
    """When each product cost how much, the latest first."""
    found: dict[UUID, list[tuple[datetime, Decimal]]] = defaultdict(list)
    for row in world.kept["catalog.price_changes"]:
        if row["product_id"] in products and row["kind"] == "PRICE" and row["new_price"]:
            found[row["product_id"]].append((row["changed_at"], row["new_price"]))
    for changes in found.values():
        changes.sort(reverse=True)
    return found


def _good(dice: Dice, product: Row, row: Row, history: list[tuple[datetime, Decimal]]) -> Good:
    since = max(product["published_at"] or row["created_at"], row["created_at"]) + MINUTE
    today, whole = int(row["price"] * 100), product["price"] or Decimal(1)
    prices = tuple((at, round(today * price / whole)) for at, price in history) or ((since, today),)
    sale = None
    if product["sale_price"] is not None and row["is_default"]:
        sale = (product["sale_starts_at"], product["sale_ends_at"], int(product["sale_price"] * 100))
    return Good(
        *(row["id"], product["id"], product["name"], row["name"], row["sku"], since, prices, sale),
        *(row["cost"] or product["cost"], product["tax_category"], dice.number(1, 10**6)),
    )


class Tax(NamedTuple):
    """What the state takes, in hundredths of a per cent."""

    rate: int = 0
    is_included: bool = False
    is_on_shipping: bool = False

    def of(self, cents: int) -> int:
        """The tax in, or on, so much."""
        return round(cents * self.rate / (10_000 + self.rate if self.is_included else 10_000))


class Taxes:
    """What a business has to charge where."""

    def __init__(self, world: World, business: UUID, home: str) -> None:
        self._home = home
        self._rates: dict[tuple[Any, ...], list[tuple[date, date | None, Tax]]] = defaultdict(list)
        for row in world.kept["catalog.tax_rates"]:
            if row["business_id"] == business:
                tax = Tax(int(row["rate"] * 100), row["is_included"], row["is_on_shipping"])
                key = (row["country"], row["region"], row["category"])
                self._rates[key].append((row["starts_on"], row["ends_on"], tax))

    def at(self, country: str | None, region: str | None, kind: str, day: date) -> Tax:
        """What holds for goods of that kind that went there on that day."""
        place = country or self._home
        for key in ((place, region, kind), (place, None, kind)):
            for first, last, tax in self._rates.get(key, ()):
                if first <= day and (last is None or day <= last):
                    return tax
        return Tax()


class Line(NamedTuple):
    """One line of an order."""

    good: Good
    quantity: int
    price: int
    discount: int = 0

    @property
    def total(self) -> int:
        """What it comes to."""
        return self.quantity * self.price - self.discount


class Basket(NamedTuple):
    """What is ordered at once, added up."""

    lines: tuple[Line, ...]
    subtotal: int
    discount: int
    shipping: int
    tax: int
    tax_on_goods: tuple[int, ...]
    """The part of the tax in each line."""
    is_tax_included: bool
    total: int

    def worth(self, place: int) -> int:
        """What the buyer paid for the line at that place, with its tax and without its part of the cut."""
        line = self.lines[place]
        cut = self.discount * line.total // self.subtotal if self.subtotal else 0
        return line.total - cut + (0 if self.is_tax_included else self.tax_on_goods[place])


def add_up(lines: list[Line], discount: int, shipping: int, tax: Tax) -> Basket:
    """The basket of `lines`: the last line takes what rounding leaves of the tax on goods."""
    subtotal = sum(line.total for line in lines)
    goods = tax.of(subtotal - discount)
    whole = goods + (tax.of(shipping) if tax.is_on_shipping else 0)
    parts = [goods * line.total // subtotal if subtotal else 0 for line in lines]
    parts[-1] += goods - sum(parts)
    total = subtotal - discount + shipping + (0 if tax.is_included else whole)
    return Basket(tuple(lines), subtotal, discount, shipping, whole, tuple(parts), tax.is_included, total)

"""The shops of the sample data as their orders see them: who buys, what is there, when people buy."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any, NamedTuple
from uuid import UUID

from app.seed.basket import Shelf, Taxes
from app.seed.crew import Crew
from app.seed.world import Dice, Row, World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOURS = (1, 1, 0, 0, 0, 1, 2, 4, 7, 9, 10, 10, 12, 11, 9, 9, 10, 11, 12, 13, 13, 11, 7, 3)
"""How many people buy in each hour of their day."""
COUNTER = (0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 8, 9, 12, 10, 9, 9, 11, 13, 4, 0, 0, 0, 0, 0)
"""How many buy in a store."""
COPIED = ("recipient", "company", "street", "street_addition", "city", "region", "postal_code", "country", "phone")


class Buyer(NamedTuple):
    """A customer as the checkout sees it."""

    id: UUID
    since: datetime
    email: str
    phone: str | None
    billing: Row
    shipping: Row
    billed: dict[str, Any]
    """The invoice's address as orders keep it."""
    shipped: dict[str, Any]
    saved: Row | None
    """What it saved to pay with."""
    ip_address: Any


@dataclass(slots=True)
class Shop:
    """A seller and what its orders are made from."""

    world: World
    dice: Dice
    given: dict[str, Any]
    row: Row
    crew: Crew
    shelf: Shelf
    taxes: Taxes
    buyers: list[Buyer]
    """In the order in which they came."""
    sites: list[Row]
    stores: list[Row]
    warehouse: UUID | None
    promotions: list[Row]
    agents: list[Row] = field(default_factory=list)
    count: int = 0
    """How many orders it has so far."""
    _since: list[datetime] = field(default_factory=list)

    @property
    def key(self) -> UUID:
        """The id of the business."""
        found: UUID = self.row["id"]
        return found

    @property
    def currency(self) -> str:
        """What it is paid in."""
        found: str = self.row["currency"]
        return found

    def buyer(self, at: datetime) -> Buyer | None:
        """Somebody who was a customer then; old ones more often."""
        if not self._since:
            self._since.extend(buyer.since for buyer in self.buyers)
        there = bisect_right(self._since, at)
        if not there:
            return None
        return self.buyers[int(there * (self.dice.number(0, 999_999) / 1_000_000) ** 1.35)]

    def agent(self, at: datetime) -> UUID | None:
        """The agent that looks after orders of that time."""
        return next((agent["id"] for agent in self.agents if agent["created_at"] < at), None)

    def times(self) -> list[datetime]:
        """When people order, in order: more as the shop grows, with seasons and weekends."""
        world, given, dice = self.world, self.given, self.dice
        opened = max(self.shelf.opened or world.now, self.buyers[0].since if self.buyers else world.now)
        first = (opened + DAY).replace(hour=0, minute=0, second=0, microsecond=0)
        days = (world.now - first).days
        if days < 2:
            return []
        weights = [self._weight(first + i * DAY) for i in range(days)]
        sums = list(accumulate(weights))
        hours = list(accumulate(COUNTER if given.get("in_store") else HOURS))
        found = []
        for _ in range(world.times(given["orders"])):
            day = bisect_right(sums, sums[-1] * dice.number(0, 999_999_999) / 1_000_000_000)
            hour = (bisect_right(hours, dice.number(0, hours[-1] - 1)) - given["zone"]) % 24
            at = first + day * DAY + hour * HOUR + timedelta(milliseconds=dice.number(0, 3_599_999))
            if opened < at < world.now - 2 * HOUR:
                found.append(at)
        return sorted(found)

    def _weight(self, day: datetime) -> float:
        given, years = self.given, (day - self.world.start) / DAY / 365
        season = 1 + given["season"] * math.cos(2 * math.pi * (day.timetuple().tm_yday - given["peak"]) / 365)
        return float((1 + given["growth"]) ** years * season * (given["weekend"] if day.weekday() > 4 else 1))


def open_shops(world: World, dice: Dice, data: dict[str, Any], people: dict[UUID, Crew]) -> list[Shop]:
    """All that sell."""
    businesses = {row["slug"]: row for row in world.kept["business.businesses"]}
    return [_open(world, dice, given, businesses[given["slug"]], people) for given in data["shop"]]


def _open(world: World, dice: Dice, given: dict[str, Any], row: Row, people: dict[UUID, Crew]) -> Shop:
    key, crew = row["id"], people[row["id"]]
    agents = [agent for agent in crew.agents if any(word in agent["slug"] for word in ("order", "sales", "payment"))]
    warehouses = [one for one in world.kept.get("fulfillment.warehouses", ()) if one["business_id"] == key]
    home = "NZ" if row["currency"] == "NZD" else "US"
    mine = [one for one in world.kept["catalog.promotions"] if one["business_id"] == key]
    sites = [one for one in world.kept["business.sites"] if one["business_id"] == key and one["status"] == "LIVE"]
    return Shop(
        *(world, dice, given, row, crew, Shelf(world, dice, key), Taxes(world, key, home), _buyers(world, key)),
        [one for one in sites if one["type"] == "SHOP"],
        [one for one in world.kept["business.stores"] if one["business_id"] == key and one["status"] == "OPEN"],
        warehouses[0]["id"] if warehouses else None,
        [one for one in mine if one["status"] in ("ACTIVE", "ENDED")],
        agents or crew.agents,
    )


def _buyers(world: World, business: UUID) -> list[Buyer]:
    billing: dict[UUID, Row] = {}
    shipping: dict[UUID, Row] = {}
    for row in world.kept["customers.addresses"]:
        for kind, book in (("BILLING", billing), ("SHIPPING", shipping)):
            if row["type"] in (kind, "BOTH"):
                book[row["customer_id"]] = row
    saved = {row["customer_id"]: row for row in world.kept["finance.payment_methods"] if row["customer_id"]}
    found = [
        _buyer(row, billing[row["id"]], shipping[row["id"]], saved.get(row["id"]))
        for row in world.kept["customers.customers"]
        if row["business_id"] == business
    ]
    return sorted(found, key=lambda buyer: (buyer.since, buyer.email))


def _buyer(row: Row, billing: Row, shipping: Row, saved: Row | None) -> Buyer:
    since = max(row["created_at"], billing["created_at"], shipping["created_at"])
    return Buyer(
        *(row["id"], since + timedelta(seconds=1), row["email"], row["phone"], billing, shipping),
        *(_copy(billing), _copy(shipping), saved, row["registration_ip"]),
    )


def _copy(address: Row) -> dict[str, Any]:
    return {name: address[name] for name in COPIED if address[name]}

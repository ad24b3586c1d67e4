"""How the orders of the sample data went: when each was paid, packed, sent and delivered.

It is read from an order's id, so that everybody who asks is told the same.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from app.seed.world import Sale, World, table_of

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Course(NamedTuple):
    """When each step of an order was taken; None for what did not come about by now."""

    way: str
    """How the buyer gets the goods: STORE (takes them along), DOWNLOAD or PARCEL."""
    terms: str
    """How it is paid: CARD (at once), TRANSFER (first) or ACCOUNT (some weeks later)."""
    paid_at: datetime | None = None
    processed_at: datetime | None = None
    parcel_at: datetime | None = None
    """When the first parcel left."""
    shipped_at: datetime | None = None
    """When the last parcel left: the first, unless the order `is_partial`."""
    delivered_at: datetime | None = None
    refunded_at: datetime | None = None
    cancelled_at: datetime | None = None
    is_partial: bool = False
    """Whether only the first of its lines was sent by now."""


class Courses:
    """The courses of all orders."""

    def __init__(self, world: World) -> None:
        shops = {given["slug"]: given for given in table_of("sales")["shop"]}
        self._now = world.now
        self._shops: dict[UUID, dict[str, Any]] = {
            row["id"]: shops[row["slug"]] for row in world.kept["business.businesses"] if row["slug"] in shops
        }

    def of(self, sale: Sale) -> Course:
        """The course of an order."""
        return self.at(sale.id, sale.business_id, sale.at, sale.status, len(sale.items))

    def way(self, key: UUID, business: UUID) -> str:
        """How the buyer gets the goods of the order `key`."""
        return _way(self._shops[business], key)

    def at(self, key: UUID, business: UUID, placed: datetime, status: str, lines: int) -> Course:
        """The course of the order `key` of so many lines that was placed then and came to `status`."""
        shop = self._shops[business]
        way, terms = _way(shop, key), _terms(shop, key)
        if status in ("PENDING", "ON_HOLD"):
            return Course(way, terms)
        paid = placed + _part(key, 11, *_PAYING[terms])
        if status == "CANCELLED":
            cancelled = min(placed + _part(key, 19, 40 * MINUTE, 30 * HOUR), self._now)
            return Course(way, terms, paid if paid < cancelled else None, cancelled_at=cancelled)
        begun = placed if terms == "ACCOUNT" else paid
        if way != "PARCEL":
            processed, parcel, delivered = begun, None, begun + (way == "DOWNLOAD") * _part(key, 5, SECOND, 30 * SECOND)
        else:
            processed = begun + _part(key, 13, 20 * MINUTE, 10 * HOUR)
            parcel = processed + _part(key, 17, 3 * HOUR, 40 * HOUR)
            delivered = parcel + _part(key, 29, 18 * HOUR, 120 * HOUR)
        refunded = max(delivered, paid) + _part(key, 31, 5 * DAY, 25 * DAY)
        is_partial = way == "PARCEL" and status == "PROCESSING" and lines > 1 and is_split(key)
        ended = status in ("COMPLETED", "REFUNDED")
        return Course(
            way,
            terms,
            self._past(paid),
            self._past(processed),
            self._past(parcel),
            None if is_partial else self._past(parcel),
            self._past(delivered) if ended else None,
            self._past(refunded) if status == "REFUNDED" else None,
            None,
            is_partial and self._past(parcel) is not None,
        )

    def _past(self, moment: datetime | None) -> datetime | None:
        return moment if moment and moment < self._now else None


_PAYING = {"CARD": (4 * SECOND, 90 * SECOND), "TRANSFER": (5 * HOUR, 50 * HOUR), "ACCOUNT": (9 * DAY, 40 * DAY)}


def is_split(key: UUID) -> bool:
    """Whether the order `key` is sent in two parcels, if it has two lines and is not all there yet."""
    return (key.int >> 23) % 4 == 0


def _way(shop: dict[str, Any], key: UUID) -> str:
    if shop.get("is_digital"):
        return "DOWNLOAD"
    return "STORE" if (key.int >> 7) % 100 < shop.get("in_store", 0) else "PARCEL"


def _terms(shop: dict[str, Any], key: UUID) -> str:
    if shop.get("on_account"):
        return "ACCOUNT"
    return "TRANSFER" if _way(shop, key) == "PARCEL" and (key.int >> 37) % 100 < 6 else "CARD"


def _part(key: UUID, salt: int, low: timedelta, high: timedelta) -> timedelta:
    """A time from `low` to `high`, to the second."""
    return low + (key.int >> salt) % ((high - low) // SECOND) * SECOND

"""The offers of the shops in the sample data: what they give, on which marketplaces, and what came of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.seed.crew import crews
from app.seed.world import Dice, Row, World, table_of

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SHOWN = ("ACTIVE", "ENDED", "PAUSED", "CANCELLED")
DAYS = 14
"""For how many days of each offer there are figures at the small scale, besides those on which it was used."""
REDEMPTION = (
    *("id", "created_at", "updated_at", "offer_id", "order_id", "customer_id", "code", "discount_amount", "currency"),
    *("status", "redeemed_at", "reversed_at"),
)
STAT = (
    *("id", "created_at", "updated_at", "offer_id", "marketplace_id", "day", "view_count", "click_count"),
    *("redemption_count", "revenue", "discount_amount", "currency"),
)


def make_offers(world: World) -> Iterator[None]:
    """What eight shops offer, with the products it is for."""
    dice, data, people = world.dice("offers"), table_of("offers"), crews(world)
    businesses = {row["slug"]: row for row in world.kept["business.businesses"]}
    for given in data["offer"]:
        business = businesses[given["business"]]
        offer = _offer(world, dice, data["words"], business, people[business["id"]], given["is"])
        _products(world, dice, offer, *given["is"][10:12])
        yield


def _offer(world: World, dice: Dice, words: Any, business: Row, crew: Any, given: list[Any]) -> Row:
    name, slug, kind, value, code, first, days, limit, each, smallest, _, _, _, state, text = given
    now, opened = world.now, max(business["created_at"], world.start) + 40 * DAY
    starts = max(now + first * DAY, opened)
    ends = starts + days * DAY if days else None
    status = state or ("SCHEDULED" if starts > now else "ENDED" if ends and ends < now else "ACTIVE")
    made = max(min(starts, now) - dice.wait(4 * DAY, 20 * DAY), opened - 20 * DAY)
    segments = [r for r in world.kept["customers.customer_segments"] if r["business_id"] == business["id"]]
    known = [row for row in segments if row["created_at"] < made]
    changed = {"SCHEDULED": made, "DRAFT": made, "ENDED": ends, "CANCELLED": starts + 2 * DAY}.get(status, starts)
    return world.add(
        "offers.offers",
        dice,
        made,
        business_id=business["id"],
        segment_id=dice.pick(known)["id"] if known and dice.chance(25) else None,
        agent_id=next((agent["id"] for agent in crew.agents if agent["created_at"] < made), None),
        name=name,
        slug=slug,
        code=code or None,
        description=text,
        terms=dice.pick(words["terms"]),
        type=kind,
        value=Decimal(value),
        currency=business["currency"],
        minimum_amount=Decimal(smallest) if smallest else None,
        maximum_discount=Decimal(150) if kind == "PERCENTAGE" else None,
        usage_limit=world.times(limit) or None,
        customer_limit=each or None,
        priority=10 * dice.number(1, 5),
        is_stackable=kind == "FREE_SHIPPING",
        status=status,
        starts_at=starts,
        ends_at=ends,
        updated_at=changed or starts,
        created_by_id=crew.manager(dice),
    )


def _products(world: World, dice: Dice, offer: Row, count: int, quantity: int) -> None:
    """Products of the shop that were there; of one that gives a present, the present too."""
    until = min(offer["starts_at"], world.now)
    shelf = [
        row
        for row in world.kept["catalog.products"]
        if row["business_id"] == offer["business_id"] and row["created_at"] < until and row["price_type"] == "FIXED"
    ]
    present = 1 if offer["type"] == "GIFT" else 0
    for i, product in enumerate(dice.some(shelf, count + present)):
        world.add(
            "offers.offer_products",
            dice,
            max(offer["created_at"], product["created_at"]) + HOUR,
            offer_id=offer["id"],
            product_id=product["id"],
            role="REWARD" if i == count else "QUALIFYING",
            quantity=quantity if i < count else 1,
            special_price=Decimal(0) if i == count else None,
            currency=offer["currency"],
        )
    if offer["type"] == "PERCENTAGE" and not count and shelf:
        spared = max(shelf, key=lambda row: row["price"])
        world.add(
            "offers.offer_products",
            dice,
            max(offer["created_at"], spared["created_at"]) + HOUR,
            offer_id=offer["id"],
            product_id=spared["id"],
            role="EXCLUDED",
            quantity=1,
            special_price=None,
            currency=offer["currency"],
        )


@dataclass(slots=True)
class Sums:
    """What came of an offer on a day, in cents."""

    uses: int = 0
    revenue: int = 0
    discount: int = 0


@dataclass(slots=True)
class Deal:
    """An offer as the checkout sees it."""

    row: Row
    lead: list[tuple[UUID, int]]
    """The products one must take, with how many of each."""
    spared: set[UUID]
    """The products it is not for."""
    used: int = 0
    by_customer: Counter[UUID] = field(default_factory=Counter)

    def holds(self, customer: UUID, at: datetime) -> bool:
        """Whether `customer` can use it then."""
        row, limit, each = self.row, self.row["usage_limit"], self.row["customer_limit"]
        until = row["ends_at"] if row["status"] not in ("PAUSED", "CANCELLED") else row["updated_at"] + 200 * DAY
        if row["status"] == "CANCELLED":
            until = row["updated_at"]
        if row["status"] not in SHOWN or at < row["starts_at"] or (until and at >= until):
            return False
        return (not limit or self.used < limit) and (not each or self.by_customer[customer] < each)

    def discount(self, lines: list[tuple[UUID, int, int]], subtotal: int, shipping: int) -> int | None:
        """What it takes off lines of (product, quantity, cents of one) in cents; None if they do not qualify."""
        row, value = self.row, int(self.row["value"] * 100)
        if row["minimum_amount"] and subtotal < row["minimum_amount"] * 100:
            return None
        match row["type"]:
            case "PERCENTAGE":
                base = sum(n * price for product, n, price in lines if product not in self.spared)
                return min(base * value // 10_000, int(row["maximum_discount"] * 100))
            case "FIXED_AMOUNT":
                return min(value, subtotal)
            case "FREE_SHIPPING":
                return shipping
            case "BUY_X_GET_Y":
                return lines[0][2]
            case "BUNDLE_PRICE":
                return max(sum(n * price for _, n, price in lines) - value, 0)
        return 0


class Deals:
    """All offers at the checkout, and what came of them."""

    def __init__(self, world: World) -> None:
        self._world, self._dice = world, world.dice("deals")
        self._put = world.bulk("offers.offer_redemptions", *REDEMPTION)
        self._sums: dict[tuple[UUID, date], Sums] = defaultdict(Sums)
        products: dict[UUID, list[Row]] = defaultdict(list)
        for row in world.kept["offers.offer_products"]:
            products[row["offer_id"]].append(row)
        self._deals: dict[UUID, list[Deal]] = defaultdict(list)
        for row in world.kept["offers.offers"]:
            lead = [(p["product_id"], p["quantity"]) for p in products[row["id"]] if p["role"] == "QUALIFYING"]
            spared = {p["product_id"] for p in products[row["id"]] if p["role"] == "EXCLUDED"}
            self._deals[row["business_id"]].append(Deal(row, lead, spared))

    def of(self, business: UUID, customer: UUID, at: datetime) -> list[Deal]:
        """What `customer` could use then."""
        return [deal for deal in self._deals[business] if deal.holds(customer, at)]

    def redeem(
        self,
        deal: Deal,
        order: UUID,
        customer: UUID,
        at: datetime,
        cents: tuple[int, int],
        reversed_at: datetime | None,
    ) -> None:
        """Write that `order` used `deal`; `cents`: what it took off, and what the order came to."""
        discount, total = cents
        self._put(
            (
                *(self._dice.id_at(at), at, reversed_at or at, deal.row["id"], order, customer, deal.row["code"]),
                *(Decimal(discount).scaleb(-2), deal.row["currency"], "REVERSED" if reversed_at else "APPLIED"),
                *(at, reversed_at),
            )
        )
        if not reversed_at:
            deal.used += 1
            deal.by_customer[customer] += 1
            sums = self._sums[deal.row["id"], at.date()]
            sums.uses, sums.revenue, sums.discount = sums.uses + 1, sums.revenue + total, sums.discount + discount

    def write(self) -> Iterator[None]:
        """The marketplaces each offer is on, the campaign it belongs to, and its figures."""
        data = {(given["business"], given["is"][1]): given["is"][12] for given in table_of("offers")["offer"]}
        words = table_of("offers")["words"]
        slugs = {row["id"]: row["slug"] for row in self._world.kept["business.businesses"]}
        for business, deals in self._deals.items():
            markets = _markets(self._world, business)
            for i, deal in enumerate(deals):
                _campaign(self._world, deal.row)
                wanted = markets[: data[slugs[business], deal.row["slug"]]]
                rows = [self._market(deal.row, market, i + j, words["rejected"]) for j, market in enumerate(wanted)]
                yield
                self._figures(deal.row, None)
                for row in rows:
                    if row["published_at"]:
                        self._figures(deal.row, row)
                yield

    def _market(self, offer: Row, market: Row, place: int, reason: str) -> Row:
        """An offer on a marketplace; a few are refused there."""
        dice, now = self._dice, self._world.now
        at = max(offer["created_at"] + dice.wait(HOUR, 2 * DAY), market["created_at"])
        published = max(offer["starts_at"], at + HOUR)
        ended = offer["ends_at"] if offer["ends_at"] and offer["ends_at"] > published else None
        status = "PENDING" if published > now else "REJECTED" if place % 4 == 3 else "LIVE"
        if status == "LIVE" and ((ended and ended < now) or offer["status"] in ("PAUSED", "CANCELLED")):
            status, ended = "ENDED", ended if ended and ended < now else max(published, offer["updated_at"])
        is_seen = status in ("LIVE", "ENDED")
        return self._world.add(
            "offers.offer_marketplaces",
            dice,
            at,
            offer_id=offer["id"],
            marketplace_id=market["id"],
            status=status,
            external_id=f"PROMO-{dice.number(10**7, 10**8 - 1)}" if is_seen else None,
            value=offer["value"] - 1 if offer["type"] == "BUNDLE_PRICE" and dice.chance(40) else None,
            error=reason if status == "REJECTED" else None,
            published_at=published if is_seen else None,
            ended_at=ended if status == "ENDED" else None,
            last_synced_at=now - dice.wait(HOUR, 9 * HOUR) if status == "LIVE" else None,
            updated_at=(ended if status == "ENDED" else published if is_seen else at) or at,
        )

    def _figures(self, offer: Row, market: Row | None) -> None:
        """Day by day: in the shop itself for the days it was used and some more, on a marketplace for a few."""
        if offer["status"] not in SHOWN:
            return
        dice, world, put = self._dice, self._world, self._world.bulk("offers.offer_daily_stats", *STAT)
        first = (market["published_at"] if market else offer["starts_at"]).date()
        ends = market["ended_at"] if market else offer["ends_at"]
        last = min((ends or world.now), world.now).date() - DAY
        if offer["status"] in ("PAUSED", "CANCELLED"):
            last = min(last, offer["updated_at"].date() + 10 * DAY)
        some = world.times(DAYS if not market else DAYS // 2)
        days = {last - i * DAY for i in range(min(some, (last - first).days + 1))}
        if not market:
            days |= {day for key, day in self._sums if key == offer["id"] and day < world.now.date()}
        for day in sorted(days):
            sums = Sums() if market else self._sums.get((offer["id"], day), Sums())
            clicks = sums.uses * dice.number(6, 14) + dice.number(0, 9)
            views = clicks * dice.number(8, 20) + dice.number(5, 60)
            at = datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=world.now.tzinfo)
            put(
                (
                    *(dice.id_at(at), at, at, offer["id"], market["marketplace_id"] if market else None, day),
                    *(views, clicks, sums.uses, Decimal(sums.revenue).scaleb(-2), Decimal(sums.discount).scaleb(-2)),
                    offer["currency"],
                )
            )


def _markets(world: World, business: UUID) -> list[Row]:
    """The marketplaces on which a business sells, the shop's own last."""
    accounts = [row for row in world.kept["channels.marketplace_accounts"] if row["business_id"] == business]
    keys = {row["marketplace_id"] for row in accounts if row["status"] == "ACTIVE"}
    return [row for row in world.kept["channels.marketplaces"] if row["id"] in keys]


def _campaign(world: World, offer: Row) -> None:
    """Campaigns are made after offers, so that the reference is set at the end."""
    for row in world.kept.get("marketing.campaigns", ()):
        first, last = row.get("starts_on"), row.get("ends_on") or world.now.date()
        if row["business_id"] == offer["business_id"] and first and first <= offer["starts_at"].date() <= last:
            world.set("offers.offers", offer["id"], campaign_id=row["id"])
            return

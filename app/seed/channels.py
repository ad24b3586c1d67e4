"""The marketplaces of the sample data: who sells where, what is listed there, and by which rules it is priced.

What is passed to and fro is in app/seed/syncs.py, what is sold there in app/seed/markets.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

from app.seed.crew import Crew, crews
from app.seed.markets import make_marketplace_orders as make_marketplace_orders
from app.seed.syncs import Shelf, make_runs
from app.seed.world import Dice, Row, World, table_of

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SHOWN = ("ACTIVE", "PAUSED")
STATUSES = {7: "PAUSED", 14: "REJECTED", 21: "PENDING", 28: "DRAFT", 35: "ENDED"}
"""Of some of every forty listings on an account that works; the others are active."""
OTHERWISE = {"ERROR": "PAUSED", "PENDING": "DRAFT", "DISCONNECTED": "ENDED"}
"""Of listings on an account that does not."""
LETTERS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
EUROS = 0.92
"""What a dollar is worth."""


@dataclass(slots=True)
class Seller:
    """A business on a marketplace."""

    world: World
    dice: Dice
    given: dict[str, Any]
    market: dict[str, Any]
    """What the data says of the marketplace."""
    business: Row
    crew: Crew
    account: Row
    rules: list[Row] = field(default_factory=list)

    @property
    def keeper(self) -> UUID | None:
        """The agent that looks after it."""
        found: UUID | None = self.account["agent_id"]
        return found


def make_channels(world: World) -> Iterator[None]:
    """Marketplaces, the accounts of three sellers, their listings, and the last ninety days of synchronization."""
    dice, data = world.dice("channels"), table_of("channels")
    businesses = {business["slug"]: business for business in world.kept["business.businesses"]}
    people = crews(world)
    given = {market["slug"]: market for market in data["marketplace"]}
    markets = {slug: _marketplace(world, dice, market, i, businesses) for i, (slug, market) in enumerate(given.items())}
    sellers = []
    for about in data["account"]:
        business = businesses[about["business"]]
        crew = people[business["id"]]
        account = _account(world, dice, about, markets[about["marketplace"]], business, crew)
        sellers.append(Seller(world, dice, about, given[about["marketplace"]], business, crew, account))
    _carriers(sellers)
    for seller in sellers:
        _rules(seller, data["rules"].get(seller.market["platform"], []))
    yield
    for seller in sellers:
        yield from make_runs(world, dice, _shelf(seller, data["words"]), data["words"])


def _marketplace(world: World, dice: Dice, given: dict[str, Any], i: int, businesses: dict[str, Row]) -> Row:
    """One that anybody may use, or a business's own."""
    owner = {"business_id": businesses[given["business"]]["id"]} if "business" in given else {}
    plain = ("slug", "name", "platform", "url", "currency", "features", "description")
    return world.add(
        "channels.marketplaces",
        dice,
        world.start + 2 * DAY + i * HOUR,
        **owner,
        **{key: given[key] for key in plain},
        country=given.get("country"),
        commission_rate=Decimal(given["commission_rate"]),
    )


def _account(world: World, dice: Dice, given: dict[str, Any], market: Row, business: Row, crew: Crew) -> Row:
    """An account as it came to its state."""
    status, now = given["status"], world.now
    made = max(business["created_at"], world.start) + 30 * DAY * given["months"] + dice.wait(HOUR, 9 * DAY)
    made = min(made, now - 9 * DAY)
    connected = made + dice.wait(HOUR, 3 * DAY) if status != "PENDING" else None
    left = dice.between(now - 200 * DAY, now - 120 * DAY) if status == "DISCONNECTED" else None
    seen = left or now - (3 * DAY if status == "ERROR" else dice.wait(2 * MINUTE, 12 * MINUTE))
    stores = [row for row in world.kept.get("fulfillment.warehouses", ()) if row.get("business_id") == business["id"]]
    return world.add(
        "channels.marketplace_accounts",
        dice,
        made,
        business_id=business["id"],
        marketplace_id=market["id"],
        agent_id=crew.agent(dice, "channel", "sales", "account"),
        warehouse_id=stores[0]["id"] if stores else None,
        name=given["name"],
        seller_id=f"A{dice.number(10**11, 10**12 - 1)}" if connected else None,
        status=status,
        credentials=sha256(f"{given['business']}/{given['marketplace']}".encode()).hexdigest() if connected else None,
        credentials_expire_at=(now - 3 * DAY if status == "ERROR" else now + dice.wait(40 * DAY, 300 * DAY))
        if connected and not left
        else None,
        is_price_sync_on=status != "PAUSED",
        sync_minutes=dice.pick((5, 15, 15, 30)),
        buffer_quantity=given["buffer"],
        settings={"shipping_template": "Standard", "handling_days": 1},
        connected_at=connected,
        disconnected_at=left,
        last_synced_at=seen if connected else None,
        last_error=given.get("error"),
        created_by_id=crew.manager(dice),
        updated_at=seen if connected else made,
    )


def _carriers(sellers: list[Seller]) -> None:
    """Those who deliver where each marketplace sells, as it calls them."""
    world = sellers[0].world
    made: set[UUID] = set()
    for seller in sellers:
        market = seller.account["marketplace_id"]
        if market in made:
            continue
        made.add(market)
        place = seller.market.get("country", "US")
        rows = [row for row in world.kept.get("fulfillment.carriers", ()) if place in row.get("countries", [place])]
        for priority, carrier in enumerate(rows[:4], start=1):
            _carrier(seller, carrier, priority)


def _carrier(seller: Seller, carrier: Row, priority: int) -> None:
    dice = seller.dice
    code = carrier["code"].upper().replace("-", "_")
    at = max(seller.account["created_at"], carrier["created_at"]) + HOUR
    seller.world.add(
        "channels.marketplace_carriers",
        dice,
        at,
        marketplace_id=seller.account["marketplace_id"],
        carrier_id=carrier["id"],
        external_code=code,
        service_codes={"standard": f"{code}_STD", "express": f"{code}_EXP"},
        priority=priority,
        handling_days=dice.pick((0, 1, 1, 2)),
        cutoff_hour=dice.pick((12, 14, 15)),
        maximum_weight_kg=Decimal(dice.pick((20, 30, 31))),
        surcharge_amount=Decimal(dice.pick(("0", "0", "0.50"))),
        currency=seller.market["currency"],
        is_active=priority < 4,
    )


def _rules(seller: Seller, given: list[list[Any]]) -> None:
    world, dice = seller.world, seller.dice
    for i, (name, strategy, how, by, margin, conditions, text) in enumerate(given):
        at = (seller.account["connected_at"] or seller.account["created_at"]) + dice.wait(DAY, 40 * DAY)
        at = min(at, world.now - 8 * DAY)
        used = world.now - dice.wait(HOUR, 5 * DAY) if seller.account["status"] == "ACTIVE" else None
        seller.rules.append(
            world.add(
                "channels.marketplace_pricing_rules",
                dice,
                at,
                account_id=seller.account["id"],
                agent_id=seller.keeper,
                name=name,
                description=text,
                strategy=strategy,
                adjustment_type=how,
                adjustment=Decimal(by),
                conditions=conditions,
                minimum_price=Decimal(5),
                minimum_margin=Decimal(margin),
                currency=seller.market["currency"],
                priority=10 * (len(given) - i),
                is_active=bool(used),
                starts_at=at,
                last_applied_at=used,
                created_by_id=seller.crew.manager(dice),
                updated_at=used or at,
            )
        )


def _shelf(seller: Seller, words: Any) -> Shelf:
    """What the seller lists; nothing is listed before it is in the own shop."""
    world, dice = seller.world, seller.dice
    shelf = Shelf(seller.account, seller.market["platform"], [])
    products = {row["id"]: row for row in world.kept["catalog.products"]}
    for variant in world.kept["catalog.product_variants"]:
        product = products[variant["product_id"]]
        fits = product["business_id"] == seller.business["id"] and product["price_type"] == "FIXED"
        if fits and dice.chance(seller.given["share"]):
            shelf.listings.append(_listing(seller, product, variant, len(shelf.listings), words))
    return shelf


def _listing(seller: Seller, product: Row, variant: Row, position: int, words: Any) -> Row:
    world, dice, account = seller.world, seller.dice, seller.account
    now, until = world.now, account["disconnected_at"] or world.now
    since = max(account["connected_at"] or account["created_at"], product["created_at"], variant["created_at"])
    made = min(since + dice.wait(HOUR, 5 * DAY), until - 3 * HOUR)
    status = OTHERWISE.get(account["status"]) or STATUSES.get(position % 40, "ACTIVE")
    published = made + dice.wait(2 * MINUTE, 2 * HOUR) if status in (*SHOWN, "ENDED") else None
    ended = account["disconnected_at"] or dice.between(published, now) if status == "ENDED" and published else None
    changed = ended or dice.between(published or made, now)
    other = seller.given.get("fulfillment", 0) and dice.chance(seller.given["fulfillment"])
    rule = dice.pick(seller.rules) if seller.rules else None
    price = _price(seller, variant["price"])
    key = _external_id(dice, seller.market["platform"]) if published else None
    return world.add(
        "channels.marketplace_listings",
        dice,
        made,
        account_id=account["id"],
        variant_id=variant["id"],
        pricing_rule_id=rule["id"] if rule and rule["created_at"] < changed else None,
        sku=f"{variant['sku']}-M" if other else variant["sku"],
        external_id=key,
        title=_title(product, variant),
        description=product["description"],
        url=f"{seller.market['url']}/item/{key}" if key else None,
        external_category=seller.market["category"],
        attributes={"brand": product["brand"], "barcode": variant["barcode"], "bullets": product["tags"]},
        fulfillment="MARKETPLACE" if other else "SELLER",
        price=price,
        sale_price=(price * 9 / 10).quantize(Decimal("0.01")) if product["sale_price"] and dice.chance(50) else None,
        currency=seller.market["currency"],
        quantity=0,
        status=status,
        rejection_reason=dice.pick(words["rejected"]) if status == "REJECTED" else None,
        published_at=published,
        ended_at=ended,
        last_synced_at=None,
        created_by_id=seller.crew.clerk(dice),
        updated_at=changed,
    )


def _title(product: Row, variant: Row) -> str:
    """What buyers read: maker, thing and kind."""
    kind = "" if variant["name"] == "Standard" else f", {variant['name']}"
    maker = "" if product["name"].startswith(product["brand"]) else f"{product['brand']} "
    return f"{maker}{product['name']}{kind}"


def _price(seller: Seller, price: Decimal) -> Decimal:
    """The shop's price with the fees on top, as marketplaces like it."""
    there = float(price) * (EUROS if seller.market["currency"] == "EUR" else 1)
    return Decimal(f"{int(there * (1 + float(seller.market['commission_rate']) / 200))}.99")


def _external_id(dice: Dice, platform: str) -> str:
    """An ASIN, or a number as long as the marketplace's are."""
    if platform == "AMAZON":
        return "B0" + "".join(dice.pick(LETTERS) for _ in range(8))
    digits = {"EBAY": 12, "ETSY": 10}.get(platform, 9)
    return str(dice.number(10 ** (digits - 1), 10**digits - 1))

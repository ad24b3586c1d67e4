"""The catalogues of the shops in the sample data: categories, products, prices, taxes and promotions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product as pairs
from typing import Any

from app.seed.crew import Crew, crews
from app.seed.questions import ask, money
from app.seed.world import Dice, Row, Scale, World, table_of

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
GROWTH = {Scale.SMALL: 1, Scale.MEDIUM: 3, Scale.LARGE: 6}
"""How many times the products there are."""
STATUSES = ("ACTIVE",) * 22 + ("DRAFT", "INACTIVE", "ARCHIVED")
RAISES = (("MANUAL", 0.9), ("COST", 0.94), ("COMPETITOR", 1.05), ("RULE", 0.95))
"""Why prices changed, and what part of today's price they were before."""
TYPES = ("SIMILAR", "BOUGHT_TOGETHER", "CROSS_SELL", "UPSELL", "TRENDING")
SHOPIFY = ("vividwalls", "vapingkiwi")
DIGITAL = {"needs": {"python": "3.11 or newer", "memory_gb": 8}, "model": {"context_tokens": 32000, "tools": True}}

Pair = tuple[Row, list[Row]]


@dataclass(slots=True)
class Shop:
    """A seller whose shelves are being filled."""

    world: World
    dice: Dice
    given: dict[str, Any]
    row: Row
    crew: Crew
    categories: dict[str, Row] = field(default_factory=dict)
    products: list[Pair] = field(default_factory=list)
    """Everything on its shelves, with the variants."""
    rules: list[Row] = field(default_factory=list)
    promotions: list[Row] = field(default_factory=list)
    slugs: set[str] = field(default_factory=set)
    shopify: int = 7_800_000_000_000

    @property
    def opened(self) -> datetime:
        """Since when it sells."""
        made: datetime = self.row["created_at"]
        return max(made, self.world.start) + HOUR

    @property
    def place(self) -> str:
        """Where it pays its taxes."""
        return "NZ" if self.row["currency"] == "NZD" else "US"

    def shopify_id(self) -> str | None:
        """The next id of a shop that runs on Shopify."""
        self.shopify += 32768
        return str(self.shopify) if self.given["slug"] in SHOPIFY else None


def make_catalog(world: World) -> Iterator[None]:
    """What eight shops sell and what it costs, with taxes and promotions."""
    dice, data = world.dice("catalog"), table_of("catalog")
    businesses = {business["slug"]: business for business in world.kept["business.businesses"]}
    people = crews(world)
    for given in data["shop"]:
        row = businesses[given["slug"]]
        shop = Shop(world, dice, given, row, people[row["id"]])
        _categories(shop, data["category"][given["kind"]])
        _taxes(shop, data["tax"])
        _promotions(shop, data["promotion"][shop.place])
        for standing in data["standing"]["all"] + (data["standing"]["trial"] if shop.place == "US" else []):
            _promotion(shop, [*standing[:2], 0, 0, 0, *standing[2:4], "", standing[5]], None, standing[4])
        _rules(shop, data["rule"]["trade" if given["kind"] in ("trade", "juice") else "shop"])
        yield
        yield from _products(shop, [line for line in data["line"] if line["kind"] == given["kind"]])
        for row, _ in shop.products:
            _recommendations(shop, row)
            if row["price_type"] == "INQUIRY" and row["status"] == "ACTIVE":
                ask(world, dice, row, given["kind"], shop.crew)
        yield
    _hide(world)


def sluggish(text: str) -> str:
    """`text` as it stands in an address."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "")).strip("-")


def _categories(shop: Shop, given: list[list[str]]) -> None:
    for position, (slug, name, parent, color, description) in enumerate(given):
        above = shop.categories.get(parent)
        shop.categories[slug] = shop.world.add(
            "catalog.categories",
            shop.dice,
            shop.opened + position * MINUTE,
            business_id=shop.row["id"],
            parent_id=above["id"] if above else None,
            name=name,
            slug=slug,
            description=description,
            position=position,
            icon=f"icons/{slug}.svg",
            color=color,
            is_featured=position < 3,
            meta_title=f"{name} | {shop.row['name']}",
            meta_description=description,
        )


def _taxes(shop: Shop, data: dict[str, list[list[Any]]]) -> None:
    given = data[shop.place] + (data["digital"] if shop.given["kind"] == "digital" else [])
    for name, country, region, category, rate, starts, ends, is_included, is_on_shipping in given:
        shop.world.add(
            "catalog.tax_rates",
            shop.dice,
            shop.opened + shop.dice.wait(MINUTE, HOUR),
            business_id=shop.row["id"],
            name=name,
            country=country,
            region=region or None,
            category=category,
            rate=Decimal(rate),
            is_included=is_included,
            is_on_shipping=is_on_shipping,
            is_compound=False,
            registration_number=f"{country} {shop.dice.number(100, 999)}-{shop.dice.number(100, 999)}",
            starts_on=starts,
            ends_on=ends or None,
            created_by_id=shop.crew.manager(shop.dice),
        )


def _promotions(shop: Shop, given: list[list[Any]]) -> None:
    """Each once a year, the last one or two of them still to come."""
    for year in range(shop.opened.year, shop.world.now.year + 2):
        for one in given:
            starts = datetime(year, one[2], one[3], tzinfo=UTC)
            if shop.opened + DAY < starts < shop.world.now + 160 * DAY and shop.dice.chance(80):
                status = "SCHEDULED" if starts > shop.world.now else "ACTIVE"
                shop.promotions.append(_promotion(shop, one, starts, status))


def _promotion(shop: Shop, given: list[Any], starts: datetime | None, status: str) -> Row:
    """One that `starts` and ends, or one that stands."""
    dice, now = shop.dice, shop.world.now
    slug, name, _, _, days, kind, value, code, text = given
    ends, buys = starts + days * DAY if starts else None, kind == "BUY_X_GET_Y"
    if ends and ends < now:
        status = "ENDED"
    at = max(min(starts or now, now) - dice.wait(3 * DAY, 30 * DAY), shop.opened) if starts else shop.opened + 9 * DAY
    return shop.world.add(
        "catalog.promotions",
        dice,
        at,
        business_id=shop.row["id"],
        agent_id=shop.crew.agent(dice, "promotion", "marketing", "sales"),
        name=f"{name} {starts.year}" if starts else name,
        slug=f"{slug}-{starts.year}" if starts else slug,
        description=text,
        code=f"{code}{starts:%y}" if starts and code else None,
        type=kind,
        value=Decimal(value),
        buy_quantity=3 if buys else None,
        free_quantity=1 if buys else None,
        minimum_amount=Decimal(75) if kind == "FREE_SHIPPING" else Decimal(40) if kind == "FIXED_AMOUNT" else None,
        maximum_discount=Decimal(200) if kind == "PERCENTAGE" else None,
        currency=shop.row["currency"],
        usage_limit=5000 if code else None,
        customer_limit=1 if code else None,
        is_stackable=kind == "FREE_SHIPPING",
        status=status,
        starts_at=starts or (now + 45 * DAY if status == "DRAFT" else at),
        ends_at=ends,
        created_by_id=shop.crew.manager(dice),
    )


def _rules(shop: Shop, given: list[list[Any]]) -> None:
    for priority, (name, kind, how, by, conditions, margin, text) in enumerate(given):
        ended = kind == "TIME"
        at = shop.opened + shop.dice.wait(10 * DAY, 90 * DAY)
        used = at + 60 * DAY if ended else shop.world.now - shop.dice.wait(HOUR, 6 * DAY)
        row = shop.world.add(
            "catalog.pricing_rules",
            shop.dice,
            at,
            business_id=shop.row["id"],
            category_id=shop.dice.pick(list(shop.categories.values()))["id"] if kind == "STOCK" else None,
            agent_id=shop.crew.agent(shop.dice, "pricing", "product", "sales"),
            name=name,
            description=text,
            type=kind,
            conditions=conditions,
            adjustment_type=how,
            adjustment=Decimal(by),
            minimum_price=Decimal(5) if kind == "COMPETITOR" else None,
            minimum_margin=Decimal(margin),
            currency=shop.row["currency"],
            priority=10 * (len(given) - priority),
            is_active=not ended,
            starts_at=at,
            ends_at=at + 90 * DAY if ended else None,
            last_applied_at=used,
            updated_at=used,
            created_by_id=shop.crew.manager(shop.dice),
        )
        if not ended:
            shop.rules.append(row)


def _products(shop: Shop, lines: list[dict[str, Any]]) -> Iterator[None]:
    """All lines at once, in the order in which the shop took them up."""
    wanted = []
    for line in lines:
        names = list(pairs(line["brands"], line["names"]))
        wanted += [
            (line, brand, name) for brand, name in shop.dice.some(names, line["count"] * GROWTH[shop.world.scale])
        ]
    wanted = shop.dice.some(wanted, len(wanted))
    span = (shop.world.now - shop.opened - 3 * DAY) * 0.9
    for i, (line, brand, name) in enumerate(wanted):
        at = shop.opened + DAY + span * (i / len(wanted)) ** 1.6
        made = _product(shop, line, brand, name, at + shop.dice.wait(MINUTE, HOUR))
        if made:
            shop.products.append(made)
            yield


def _product(shop: Shop, line: dict[str, Any], brand: str, name: str, at: datetime) -> Pair | None:
    dice, given = shop.dice, shop.given
    title = line["title"].format(brand=brand, name=name)
    if sluggish(title) in shop.slugs:
        return None
    shop.slugs.add(sluggish(title))
    number = f"{given['prefix']}-{line['code']}-{len(shop.slugs):03d}"
    price = _nice(line["price"] * given["factor"] * dice.wobble(0.15), line["price"])
    status = dice.pick(STATUSES)
    changed = dice.between(at, shop.world.now)
    row = shop.world.add(
        "catalog.products",
        dice,
        at,
        business_id=shop.row["id"],
        category_id=shop.categories[line["category"]]["id"],
        name=title,
        slug=sluggish(title),
        sku=number,
        brand=brand
        if "{brand}" in line["title"] and line["kind"] in ("vape", "trade", "general")
        else shop.row["name"],
        short_description=line["short"].format(brand=brand, name=name),
        description=dice.pick(line["text"]).format(brand=brand, name=name),
        collection=line.get("collection"),
        tags=line["tags"],
        status=status,
        is_featured=status == "ACTIVE" and dice.chance(15),
        published_at=None if status == "DRAFT" else at + dice.wait(HOUR, 3 * DAY) if at + 3 * DAY < changed else at,
        price=price,
        currency=shop.row["currency"],
        price_type=line.get("price_type", "FIXED"),
        billing_months=1 if line.get("price_type") == "SUBSCRIPTION" else None,
        cost=money(float(price) * line["cost"]),
        tax_category="DIGITAL" if line["kind"] == "digital" else "STANDARD",
        weight=Decimal(str(line["weight"])) if line["weight"] else None,
        dimensions=_parcel(line["weight"]),
        meta_title=f"{title} | {shop.row['name']}",
        meta_description=line["short"].format(brand=brand, name=name),
        meta_keywords=[*line["tags"], name.lower()],
        shopify_id=shop.shopify_id(),
        updated_at=changed,
        deleted_at=changed if status == "ARCHIVED" and dice.chance(30) else None,
        created_by_id=shop.crew.clerk(dice),
        **_digital(line, sluggish(title)),
        **_sale(shop, price, at, status),
    )
    variants = _variants(shop, line, row, number)
    _images(shop, row, variants)
    _place(shop, row, line)
    if price:
        _history(shop, row)
    return row, variants


def _nice(value: float, usual: float) -> Decimal:
    """A price as shops write it: 29.90 below a hundred, 289.00 above."""
    if usual == 0:
        return Decimal(0)
    return Decimal(f"{round(value)}.00") if value >= 100 else Decimal(f"{int(value)}.90")


def _parcel(weight: float) -> dict[str, Any] | None:
    edge = round(10 + 12 * weight)
    return {"length": edge * 2, "width": edge, "height": max(edge // 2, 3), "unit": "cm"} if weight else None


def _digital(line: dict[str, Any], slug: str) -> Row:
    """What only digital products have."""
    providers = line.get("providers", [])
    return {
        "demo_video_url": f"https://video.agentshop.example/{slug}" if providers else None,
        "download_files": [{"name": f"{slug}.zip", "bytes": 180_000 + 911 * len(slug)}] if line.get("files") else [],
        "license_type": line.get("license"),
        "system_requirements": DIGITAL["needs"] if providers else None,
        "supported_providers": providers,
        "model_requirements": DIGITAL["model"] if providers else None,
    }


def _sale(shop: Shop, price: Decimal, at: datetime, status: str) -> Row:
    """Some are on sale, some were."""
    now, days = shop.world.now, shop.dice.number(5, 20)
    if not price or status != "ACTIVE" or now - at < 60 * DAY or not shop.dice.chance(16):
        return {"sale_price": None, "sale_starts_at": None, "sale_ends_at": None}
    starts = now - days * DAY if shop.dice.chance(50) else now - 50 * DAY
    return {"sale_price": _nice(float(price) * 0.85, 1), "sale_starts_at": starts, "sale_ends_at": starts + 28 * DAY}


def _variants(shop: Shop, line: dict[str, Any], row: Row, number: str) -> list[Row]:
    """One of each size, frame and choice; at least one."""
    axes = [line.get(axis, [["", 1.0]]) for axis in ("sizes", "frames", "choices")]
    made = []
    for position, ((size, a), (frame, b), (choice, c)) in enumerate(pairs(*axes), start=1):
        price = row["price"] if position == 1 else _nice(float(row["price"]) * a * b * c, line["price"])
        made.append(
            shop.world.add(
                "catalog.product_variants",
                shop.dice,
                row["created_at"] + position * MINUTE / 60,
                business_id=shop.row["id"],
                product_id=row["id"],
                name=", ".join(part for part in (size, frame, choice) if part) or "Standard",
                sku=f"{number}-{position:02d}",
                barcode=_gtin(shop.dice) if line["weight"] else None,
                size=size or None,
                frame_type=frame or None,
                options={line["choice"]: choice} if choice else {},
                position=position,
                is_default=position == 1,
                is_available=row["status"] == "ACTIVE" and (position == 1 or not shop.dice.chance(4)),
                price=price,
                cost=money(float(price) * line["cost"]),
                currency=row["currency"],
                weight=row["weight"],
                shopify_id=shop.shopify_id(),
                updated_at=row["updated_at"],
                deleted_at=row["deleted_at"],
            )
        )
    return made


def _gtin(dice: Dice) -> str:
    """A GTIN-13 of a New Zealand maker, with the right last digit."""
    digits = f"942{dice.number(0, 999_999_999):09d}"
    total = sum(int(digit) * (3 if i % 2 else 1) for i, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


def _images(shop: Shop, row: Row, variants: list[Row]) -> None:
    for position in range(1, shop.dice.pick((1, 1, 2, 3)) + 1):
        own = variants[1] if position == 3 and len(variants) > 1 else None
        shop.world.add(
            "catalog.product_images",
            shop.dice,
            row["created_at"] + position * MINUTE,
            product_id=row["id"],
            variant_id=own["id"] if own else None,
            url=f"https://cdn.{shop.given['slug']}.example/products/{row['slug']}-{position}.webp",
            alt_text=f"{row['name']}, {own['name']}" if own else f"{row['name']}, picture {position}",
            position=position,
            width=1600,
            height=1600 if shop.given["kind"] != "art" else 2240,
        )


def _place(shop: Shop, row: Row, line: dict[str, Any]) -> None:
    """On its shelf, and on the shelf above; featured ones come first."""
    shelf = shop.categories[line["category"]]
    above = next((other for other in shop.categories.values() if other["id"] == shelf["parent_id"]), None)
    for category in (shelf, above):
        if category and (category is shelf or row["is_featured"]):
            shop.world.add(
                "catalog.category_products",
                shop.dice,
                row["created_at"],
                category_id=category["id"],
                product_id=row["id"],
                position=1 if row["is_featured"] else 1 + len(shop.slugs),
            )


def _history(shop: Shop, row: Row) -> None:
    """The price with which it began and, for some, how it came to today's."""
    dice, now = shop.dice, shop.world.now
    reason, part = dice.pick(RAISES)
    first = (
        money(float(row["price"]) * part) if dice.chance(45) and now - row["created_at"] > 90 * DAY else row["price"]
    )
    _change(shop, row, row["created_at"], "PRICE", None, first, "MANUAL")
    if first != row["price"]:
        _change(shop, row, dice.between(row["created_at"] + 60 * DAY, now), "PRICE", first, row["price"], reason)
    if row["sale_price"]:
        _change(shop, row, row["sale_starts_at"], "SALE_PRICE", None, row["sale_price"], "PROMOTION")


def _change(shop: Shop, row: Row, at: datetime, kind: str, old: Decimal | None, new: Decimal, reason: str) -> None:
    dice = shop.dice
    held = [one for one in shop.promotions if one["starts_at"] <= at < one["ends_at"]]
    automatic = reason in ("RULE", "COMPETITOR") and at > shop.opened + 100 * DAY
    shop.world.add(
        "catalog.price_changes",
        dice,
        at,
        product_id=row["id"],
        rule_id=dice.pick(shop.rules)["id"] if automatic else None,
        promotion_id=held[0]["id"] if held and reason == "PROMOTION" else None,
        agent_id=shop.crew.agent(dice, "pricing", "product", "sales") if automatic else None,
        user_id=None if automatic else shop.crew.clerk(dice),
        kind=kind,
        old_price=old,
        new_price=new,
        currency=row["currency"],
        reason=reason,
        note="The supplier raised it too." if reason == "COST" else None,
        changed_at=at,
    )


def _recommendations(shop: Shop, row: Row) -> None:
    """What is shown beside it."""
    dice, others = shop.dice, [other for other, _ in shop.products if other is not row and other["status"] == "ACTIVE"]
    if row["status"] != "ACTIVE" or dice.chance(25):
        return
    for kind, other in zip(dice.some(TYPES, 2), dice.some(others, 2), strict=False):
        at = dice.between(max(row["created_at"], other["created_at"]), shop.world.now)
        shown = dice.number(40, 4000)
        clicks = int(shown * dice.number(1, 12) / 100)
        shop.world.add(
            "catalog.product_recommendations",
            dice,
            at,
            product_id=row["id"],
            recommended_id=other["id"],
            agent_id=shop.crew.agent(dice, "recommendation", "product", "sales"),
            type=kind,
            score=Decimal(dice.number(4000, 9900)) / 100,
            reason=f"Often looked at together with {row['name']}." if kind == "BOUGHT_TOGETHER" else None,
            is_active=not dice.chance(10),
            shown_count=shown,
            click_count=clicks,
            purchase_count=clicks // dice.number(8, 30),
            expires_at=at + 180 * DAY if kind == "TRENDING" else None,
        )


def _hide(world: World) -> None:
    """Nobody orders or stocks what is not on the shelves, or has no price."""
    shelved = [r for r in world.kept["catalog.products"] if r["status"] == "ACTIVE" and r["price_type"] != "INQUIRY"]
    ids = {row["id"] for row in shelved}
    world.kept["catalog.products"] = shelved
    world.kept["catalog.product_variants"] = [
        row for row in world.kept["catalog.product_variants"] if row["product_id"] in ids
    ]

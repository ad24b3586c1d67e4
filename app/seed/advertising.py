"""The advertising of the sample data: campaigns on five platforms, their groups, ads, creatives and keywords.

What they were shown, clicked and paid for is in app/seed/showings.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from app.seed.crew import Crew, crews
from app.seed.showings import Shown, show
from app.seed.world import Dice, Row, World, table_of

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PAUSED = 12 * DAY
"""How long ago a campaign was paused."""
TROUBLES = ("REJECTED", "IN_REVIEW", "DRAFT", "PAUSED")
"""The states of ads that are not shown while their campaign is."""
SEARCHED = ("GOOGLE", "AMAZON")
"""Platforms where people search."""


@dataclass(slots=True)
class Client:
    """A business that advertises."""

    row: Row
    crew: Crew
    sites: list[Row]
    categories: dict[str, Row]
    products: dict[Any, list[Row]]
    """By category."""


@dataclass(slots=True)
class Agency:
    """What campaigns are made from."""

    world: World
    dice: Dice
    data: Any
    clients: dict[str, Client]
    accounts: dict[tuple[Any, str], Row]
    """Accounts on marketplaces, by business and marketplace."""
    count: int = 0
    """How many things were made."""
    troubles: int = 0


@dataclass(slots=True)
class Flight:
    """A campaign in its time."""

    client: Client
    given: dict[str, Any]
    name: str
    starts: datetime
    ends: datetime | None
    status: str
    made: datetime
    row: Row = field(default_factory=dict)
    creatives: list[Row] = field(default_factory=list)

    @property
    def changed(self) -> datetime:
        """When somebody last did something about it."""
        found: datetime = self.row["updated_at"]
        return found


def make_advertising(world: World) -> Iterator[None]:
    """Campaigns that run all year and those that come back each year, with what came of them."""
    agency = _agency(world)
    for given in agency.data["campaign"]:
        for flight in _flights(agency, given):
            _campaign(agency, flight)
            shown = Shown(flight.row, flight.given, flight.starts, _last(agency, flight))
            for position in range(len(given["formats"]) + (flight.status == "ACTIVE")):
                _creative(agency, flight, position)
            for group in given["groups"]:
                _group(agency, flight, group, shown)
            show(world, agency.dice, shown)
            yield


def _agency(world: World) -> Agency:
    people = crews(world)
    clients = {row["slug"]: Client(row, people[row["id"]], [], {}, {}) for row in world.kept["business.businesses"]}
    by_id = {client.row["id"]: client for client in clients.values()}
    for site in world.kept["business.sites"]:
        if site["status"] == "LIVE":
            by_id[site["business_id"]].sites.append(site)
    for category in world.kept.get("catalog.categories", ()):
        by_id[category["business_id"]].categories[category["slug"]] = category
    for product in world.kept.get("catalog.products", ()):
        by_id[product["business_id"]].products.setdefault(product["category_id"], []).append(product)
    markets = {row["id"]: row["slug"] for row in world.kept["channels.marketplaces"]}
    accounts = {
        (row["business_id"], markets[row["marketplace_id"]]): row for row in world.kept["channels.marketplace_accounts"]
    }
    return Agency(world, world.dice("advertising"), table_of("advertising"), clients, accounts)


def _flights(agency: Agency, given: dict[str, Any]) -> Iterator[Flight]:
    """One that goes on, or one each year up to the next."""
    world, dice, client = agency.world, agency.dice, agency.clients[given["business"]]
    first = max(client.row["created_at"], world.start) + 15 * DAY
    if "season" not in given:
        starts = _midnight(first + dice.wait(5 * DAY, 120 * DAY))
        made = starts - dice.wait(DAY, 9 * DAY)
        yield Flight(client, given, given["name"], starts, None, given.get("status", "ACTIVE"), made)
        return
    month, day, days = given["season"]
    for year in range(first.year, world.now.year + 2):
        starts = datetime(year, month, day, tzinfo=UTC)
        ends = starts + (days - 1) * DAY
        if first + 10 * DAY < starts < world.now + 280 * DAY:
            status = "ENDED" if ends + DAY < world.now else "ACTIVE" if starts < world.now else "DRAFT"
            made = min(starts, world.now) - dice.wait(2 * DAY, 9 * DAY)
            yield Flight(client, given, f"{given['name']} {year}", starts, ends, status, made)


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _last(agency: Agency, flight: Flight) -> datetime:
    """The last day on which it was shown."""
    yesterday = _midnight(agency.world.now - DAY)
    if flight.status == "PAUSED":
        return yesterday - PAUSED
    return min(flight.ends or yesterday, yesterday)


def _campaign(agency: Agency, flight: Flight) -> None:
    world, dice, given, client = agency.world, agency.dice, flight.given, flight.client
    agency.count += 1
    account = agency.accounts.get((client.row["id"], given.get("account", "")))
    changed = {"PAUSED": world.now - PAUSED, "ENDED": (flight.ends or world.now) + 30 * HOUR, "DRAFT": flight.made}.get(
        flight.status, world.now - dice.wait(HOUR, 20 * DAY)
    )
    flight.row = world.add(
        "advertising.ad_campaigns",
        dice,
        flight.made,
        business_id=client.row["id"],
        campaign_id=_of(agency, "marketing.campaigns", client, flight.made) if dice.chance(50) else None,
        marketplace_account_id=account["id"] if account else None,
        site_id=client.sites[0]["id"] if client.sites and not account else None,
        agent_id=client.crew.agent(dice, "ad-", "advert", "marketing", "channel"),
        name=flight.name,
        platform=given["platform"],
        external_id=str(dice.number(10**9, 10**10 - 1)) if flight.status != "DRAFT" else None,
        external_account_id=f"{dice.number(100, 999)}-{dice.number(100, 999)}-{dice.number(1000, 9999)}",
        objective=given["objective"],
        status=flight.status,
        bid_strategy=given["strategy"],
        target_cpa=Decimal(round(given["clicks"][3] * 100 / given["clicks"][2]))
        if given["strategy"] == "TARGET_CPA"
        else None,
        target_roas=Decimal(4) if given["strategy"] == "TARGET_ROAS" else None,
        daily_budget=Decimal(given["daily"]),
        currency=client.row["currency"],
        targeting=given["targeting"],
        starts_on=flight.starts.date(),
        ends_on=flight.ends.date() if flight.ends else None,
        last_synced_at=world.now - dice.wait(HOUR, 5 * HOUR) if flight.status in ("ACTIVE", "PAUSED") else None,
        created_by_id=client.crew.manager(dice),
        updated_at=min(max(changed, flight.made), world.now),
    )


def _of(agency: Agency, table: str, client: Client, at: datetime) -> Any:
    """Any row of `table` that the business had then."""
    rows = agency.world.kept.get(table, ())
    fit = [row for row in rows if row["business_id"] == client.row["id"] and row["created_at"] <= at]
    return agency.dice.pick(fit)["id"] if fit else None


def _creative(agency: Agency, flight: Flight, position: int) -> None:
    """One for each format, and for a campaign that runs one more, that is not used."""
    world, dice, client = agency.world, agency.dice, flight.client
    formats, words = flight.given["formats"], agency.data["creative"][flight.given["creative"]]
    kind, spare = formats[position % len(formats)], position >= len(formats)
    status = ("DRAFT", "RETIRED")[agency.count % 2] if spare else "APPROVED"
    approved = flight.made + dice.wait(HOUR, 20 * HOUR) if status != "DRAFT" else None
    host = f"https://cdn.{client.row['slug']}.example/ads/{flight.row['id'].hex[:8]}-{position + 1}"
    film = kind == "VIDEO"
    row = world.add(
        "advertising.ad_creatives",
        dice,
        flight.made,
        business_id=client.row["id"],
        content_item_id=_of(agency, "marketing.content_items", client, flight.made) if dice.chance(30) else None,
        agent_id=client.crew.agent(dice, "copywriter", "ad-", "marketing"),
        approved_by_id=client.crew.manager(dice) if approved else None,
        name=f"{flight.name}, {kind.lower()} {position + 1}",
        format=kind,
        status=status,
        headlines=dice.some(words["headlines"], dice.number(1, 4)),
        descriptions=dice.some(words["descriptions"], 2),
        call_to_action=words["button"],
        image_urls=[f"{host}-{i}.webp" for i in range(1, {"CAROUSEL": 4, "IMAGE": 1}.get(kind, 0) + 1)],
        video_url=f"{host}.mp4" if film else None,
        duration_ms=dice.pick((6000, 15000, 30000)) if film else None,
        width=None if kind == "TEXT" else 1080,
        height=None if kind == "TEXT" else 1920 if film else 1080,
        approved_at=approved,
        created_by_id=client.crew.clerk(dice),
        updated_at=approved or flight.made,
    )
    if not spare:
        flight.creatives.append(row)


def _group(agency: Agency, flight: Flight, given: list[Any], shown: Shown) -> None:
    """Its ads and keywords; of the first ones one is not shown."""
    world, dice, client = agency.world, agency.dice, flight.client
    name, slug, phrases = given
    category = client.categories.get(slug)
    status = {"PAUSED": "PAUSED", "ENDED": "ENDED"}.get(flight.status, "ACTIVE")
    row = world.add(
        "advertising.ad_groups",
        dice,
        flight.made + HOUR,
        campaign_id=flight.row["id"],
        category_id=category["id"] if category else None,
        name=name,
        external_id=str(dice.number(10**10, 10**11 - 1)) if flight.status != "DRAFT" else None,
        status=status,
        bid=Decimal(str(flight.given["clicks"][3])) if flight.given["strategy"] == "MANUAL" else None,
        currency=client.row["currency"],
        targeting={},
        created_by_id=client.crew.clerk(dice),
        updated_at=max(flight.changed, flight.made + HOUR),
    )
    keywords = [_keyword(agency, flight, row, phrase) for phrase in phrases]
    products = client.products.get(category["id"], []) if category else []
    ads = [_ad(agency, flight, row, products, creative, status) for creative in flight.creatives]
    if flight.status == "ACTIVE" and name == flight.given["groups"][-1][0]:
        agency.troubles += 1
        _ad(agency, flight, row, products, flight.creatives[0], TROUBLES[agency.troubles % len(TROUBLES)])
    shown.groups.append((ads, [word for word in keywords if not word["is_negative"] and word["status"] == "ACTIVE"]))


def _keyword(agency: Agency, flight: Flight, group: Row, phrase: str) -> Row:
    dice, given = agency.dice, flight.given
    agency.count += 1
    negative = phrase.startswith("-")
    manual = given["strategy"] == "MANUAL" and not negative
    at = flight.made + 2 * HOUR
    return agency.world.add(
        "advertising.ad_keywords",
        dice,
        at,
        ad_group_id=group["id"],
        phrase=phrase.removeprefix("-"),
        match_type="BROAD" if negative else dice.pick(("EXACT", "PHRASE", "PHRASE", "BROAD")),
        is_negative=negative,
        external_id=str(dice.number(10**11, 10**12 - 1)) if flight.status != "DRAFT" else None,
        status="ACTIVE" if negative else {3: "PAUSED", 8: "REMOVED"}.get(agency.count % 10, "ACTIVE"),
        bid=Decimal(round(given["clicks"][3] * dice.wobble(0.2) * 100)) / 100 if manual and dice.chance(50) else None,
        currency=group["currency"],
        quality_score=None if negative or flight.status == "DRAFT" else dice.number(4, 10),
        updated_at=max(flight.changed, at),
    )


def _ad(agency: Agency, flight: Flight, group: Row, products: list[Row], creative: Row, status: str) -> Row:
    world, dice, client = agency.world, agency.dice, flight.client
    at = max(flight.made + 3 * HOUR, creative["approved_at"] + HOUR)
    seen = status in ("ACTIVE", "PAUSED", "ENDED") and flight.status != "DRAFT"
    published = max(at, flight.starts) + dice.wait(HOUR, 5 * HOUR) if seen else None
    there = [product for product in products if product["created_at"] < at]
    product = dice.pick(there) if there and dice.chance(60) else None
    words = agency.data["creative"][flight.given["creative"]]
    agency.count += 1
    host = client.sites[0]["domain"] if client.sites else f"{client.row['slug']}.example"
    return world.add(
        "advertising.ads",
        dice,
        at,
        ad_group_id=group["id"],
        creative_id=creative["id"],
        product_id=product["id"] if product else None,
        offer_id=_of(agency, "offers.offers", client, at) if flight.ends and dice.chance(50) else None,
        name=f"{group['name']} {agency.count}",
        external_id=str(dice.number(10**11, 10**12 - 1)) if published else None,
        status=status if published or status in TROUBLES[:3] else "DRAFT",
        final_url=f"https://{host}/{'products/' + product['slug'] if product else words['path']}",
        tracking_parameters={
            "utm_source": flight.given["platform"].lower(),
            "utm_medium": "cpc" if flight.given["platform"] in SEARCHED else "social",
            "utm_campaign": flight.row["id"].hex[:8],
        },
        rejection_reason=agency.data["words"]["rejected"] if status == "REJECTED" else None,
        published_at=published,
        created_by_id=client.crew.clerk(dice),
        updated_at=max(flight.changed, published or at),
    )

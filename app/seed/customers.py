"""The customers of the shops in the sample data, with their addresses, preferences and segments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from ipaddress import IPv4Address
from typing import Any

from app.seed.catalog import sluggish
from app.seed.crew import Crew, crews
from app.seed.world import Dice, Row, Scale, World, table_of

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
GROWTH = {Scale.SMALL: 1, Scale.MEDIUM: 10, Scale.LARGE: 60}
"""How many times the customers there are."""
HOSTS = ("mail", "post", "inbox", "letter", "home")
FORMS = ("{first}.{last}", "{first}{last}", "{first}", "{last}.{first}", "{first}.{last}{n}")
DUE = (100, 92, 85, 78, 70, 64, 55)
NETWORK = IPv4Address("198.51.100.0")
FEW = 12
"""How many customers a segment takes at most at the small scale."""


@dataclass(slots=True)
class Desk:
    """The customers of one shop being written down."""

    world: World
    dice: Dice
    data: dict[str, Any]
    given: dict[str, Any]
    row: Row
    crew: Crew
    users: list[Row]
    """People with an account who are no customers of this shop yet."""
    emails: set[str] = field(default_factory=set)
    customers: list[Row] = field(default_factory=list)


def make_customers(world: World) -> Iterator[None]:
    """Who buys in the shops, and what is known of them."""
    dice, data = world.dice("customers"), table_of("customers")
    businesses = {business["slug"]: business for business in world.kept["business.businesses"]}
    users = [user for user in world.kept["identity.users"] if not user.get("is_superuser")]
    people = crews(world)
    for given in data["shop"]:
        row = businesses[given["slug"]]
        desk = Desk(world, dice, data, given, row, people[row["id"]], dice.some(users, len(users)))
        for i in range(given["count"] * GROWTH[world.scale]):
            customer = _customer(desk, i)
            _addresses(desk, customer)
            _preferences(desk, customer)
            yield
        _segments(desk)
        yield


def _customer(desk: Desk, i: int) -> Row:
    """Somebody who came in the course of the three years; some have an account."""
    world, dice, given = desk.world, desk.dice, desk.given
    opened = max(desk.row["created_at"], world.start) + DAY
    at = opened + (world.now - opened - 2 * DAY) * (i / (given["count"] * GROWTH[world.scale])) ** 1.2
    person = _account(desk) if dice.chance(given["accounts"]) else None
    place = _place(desk, dice.pick(given["places"]), person)
    at = max(at, person["created_at"]) if person else at
    first, last = dice.pick(place["first"]), dice.pick(place["last"])
    if person:
        first, last = person["first_name"], person["last_name"]
    email = person["email"] if person else _email(desk, first, last)
    desk.emails.add(email)
    company = _company(desk, place) if dice.chance(given["firms"]) else None
    vip, known = dice.chance(9), dice.chance(60)
    row = world.add(
        "customers.customers",
        dice,
        at + dice.wait(MINUTE, HOUR),
        business_id=desk.row["id"],
        user_id=person["id"] if person else None,
        manager_id=desk.crew.clerk(dice) if company else None,
        email=email,
        first_name=first,
        last_name=last,
        company=company,
        tax_number=f"{place['country']}{dice.number(10_000_000, 999_999_999)}" if company else None,
        phone=f"{place['dial']}{dice.number(1, 9)}{dice.number(0, 10**9):010d}"[: len(place["dial"]) + place["digits"]],
        born_on=date(world.now.year - dice.number(19, 70), dice.number(1, 12), dice.number(1, 28))
        if given.get("born") and known
        else None,
        locale=place["locale"],
        tags=dice.some(desk.data["words"]["tags"], dice.pick((0, 0, 1, 2))) + (["trade"] if company else []),
        notes=dice.pick(desk.data["words"]["notes"]) if dice.chance(8) else None,
        is_active=not dice.chance(3),
        is_vip=vip,
        accepts_email_marketing=known,
        accepts_sms_marketing=known and dice.chance(30),
        accepts_newsletter=known and dice.chance(55),
        registration_ip=NETWORK + dice.number(1, 250) if person else None,
        user_agent=dice.pick(desk.data["words"]["agents"]) if person else None,
        referral_source=dice.pick(desk.data["words"]["referrals"]) or None,
        churn_risk=Decimal(dice.number(200, 9500)) / 100,
        currency=desk.row["currency"],
        shopify_id=str(6_100_000_000_000 + 49_152 * i) if given["slug"] in ("vividwalls", "vapingkiwi") else None,
    )
    desk.customers.append(row)
    return row


def _place(desk: Desk, country: str, person: Row | None = None) -> dict[str, Any]:
    """Where somebody lives: where the account says, if that is a place we know, or else in `country`."""
    places: dict[str, dict[str, Any]] = {place["country"]: place for place in desk.data["place"]}
    return places.get(person.get("country") or "" if person else "", places[country])


def _account(desk: Desk) -> Row | None:
    """Somebody with an account, whose address nobody has used here."""
    while desk.users:
        user = desk.users.pop()
        if user["email"] not in desk.emails:
            return user
    return None


def _email(desk: Desk, first: str, last: str) -> str:
    """An address that nobody has used in this shop."""
    a, b = sluggish(first), sluggish(last)
    while True:
        form = desk.dice.pick(FORMS).format(first=a, last=b, n=desk.dice.number(1, 999))
        email = f"{form}@{desk.dice.pick(HOSTS)}.example"
        if email not in desk.emails:
            return email
        a = f"{sluggish(first)}{desk.dice.number(2, 9999)}"


def _company(desk: Desk, place: dict[str, Any]) -> str:
    firm = desk.data["firm"]
    return f"{desk.dice.pick(place['towns'])[0]} {desk.dice.pick(firm['names'])} {firm['suffix'][place['country']]}"


def _addresses(desk: Desk, customer: Row) -> None:
    """One for everything, or one for parcels and one for invoices."""
    dice, words = desk.dice, desk.data["words"]
    country = next(place["country"] for place in desk.data["place"] if place["locale"] == customer["locale"])
    place = _place(desk, country)
    for kind in ("SHIPPING", "BILLING") if dice.chance(25) else ("BOTH",):
        city, region, postal_code = dice.pick(place["towns"])
        number, street = dice.number(1, 240), dice.pick(place["streets"])
        known = dice.chance(40)
        at = customer["created_at"] + dice.wait(timedelta(seconds=5), 10 * MINUTE)
        desk.world.add(
            "customers.addresses",
            dice,
            at,
            customer_id=customer["id"],
            type=kind,
            label=dice.pick(words["labels"]) or None,
            recipient=f"{customer['first_name']} {customer['last_name']}",
            company=customer["company"],
            street=f"{street} {number}" if country == "DE" else f"{number} {street}",
            street_addition=dice.pick(words["additions"]) if dice.chance(20) else None,
            city=city,
            region=region,
            postal_code=postal_code,
            country=country,
            phone=customer["phone"],
            instructions=dice.pick(words["instructions"]) if dice.chance(15) else None,
            is_default=True,
            verified_at=min(at + dice.wait(HOUR, 30 * DAY), desk.world.now) if known else None,
        )


def _preferences(desk: Desk, customer: Row) -> None:
    dice, given = desk.dice, desk.data["preference"]
    kind = "vape" if desk.given.get("born") else "art" if desk.given["slug"] == "vividwalls" else "other"
    for category, key, values in dice.some(given["all"] + given[kind], dice.pick((0, 0, 1, 1))):
        source = dice.pick(("STATED", "STATED", "INFERRED", "IMPORTED"))
        at = dice.between(customer["created_at"], desk.world.now)
        desk.world.add(
            "customers.customer_preferences",
            dice,
            at,
            customer_id=customer["id"],
            agent_id=desk.crew.agent(dice, "customer", "support") if source == "INFERRED" else None,
            category=category,
            key=key,
            value=dice.pick(values),
            source=source,
            confidence=Decimal(dice.pick(DUE[1:]) if source == "INFERRED" else 100),
            confirmed_at=at if source == "STATED" else None,
        )


def _segments(desk: Desk) -> None:
    """The groups of the shop with those who fit."""
    world, dice = desk.world, desk.dice
    for given in desk.data["segment"]:
        fitting = [customer for customer in desk.customers if _fits(given["takes"], customer, dice)]
        if not fitting:
            continue
        by_hand = given["takes"] == "hand"
        at = max(desk.row["created_at"], world.start) + dice.wait(20 * DAY, 90 * DAY)
        checked = world.now - dice.wait(HOUR, 20 * HOUR)
        segment = world.add(
            "customers.customer_segments",
            dice,
            at,
            business_id=desk.row["id"],
            name=given["name"],
            type=given["type"],
            description=given["description"],
            criteria=given["criteria"],
            is_dynamic=not by_hand,
            evaluated_at=None if by_hand else checked,
            created_by_id=desk.crew.manager(dice),
        )
        for customer in dice.some(fitting, FEW * GROWTH[world.scale]):
            put = dice.between(max(at, customer["created_at"]), checked)
            world.add(
                "customers.segment_members",
                dice,
                put,
                segment_id=segment["id"],
                customer_id=customer["id"],
                assigned_by_id=desk.crew.clerk(dice) if by_hand else None,
                agent_id=None if by_hand else desk.crew.agent(dice, "customer", "marketing", "sales"),
                score=Decimal(100 if by_hand else dice.pick(DUE)),
                reason="Answered the call for testers." if by_hand else None,
                assigned_at=put,
                expires_at=world.now + dice.wait(DAY, 30 * DAY) if given["takes"] == "risk" else None,
            )


def _fits(takes: str, customer: Row, dice: Dice) -> bool:
    match takes:
        case "firm":
            return customer["company"] is not None
        case "home":
            return customer["company"] is None and dice.chance(30)
        case "reader":
            return bool(customer["accepts_newsletter"])
        case "vip":
            return bool(customer["is_vip"])
        case "risk":
            return bool(customer["churn_risk"] >= 60) and dice.chance(30)
        case _:
            return dice.chance(4)

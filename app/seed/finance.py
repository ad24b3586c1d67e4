"""The money of the sample data besides what orders bring: gateways, saved cards, budgets, and what was spent.

What customers pay is in app/seed/till.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

from app.seed.crew import Crew, crews
from app.seed.till import TRANSACTION
from app.seed.world import Dice, Row, World, table_of

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONTHS = 8
"""How many months there are budgets for, before the one that runs."""
SAVED = 32
"""How many in a hundred customers saved a way to pay."""
CENT = Decimal("0.01")


def make_payment_methods(world: World) -> Iterator[None]:
    """Payment gateways, what people saved to pay with, and budgets."""
    dice, data, people = world.dice("payment methods"), table_of("finance"), crews(world)
    gateways: dict[UUID, list[Row]] = {}
    for business in world.kept["business.businesses"]:
        given = data["gateways"].get(business["slug"], ())
        crew = people[business["id"]]
        gateways[business["id"]] = [_gateway(world, dice, business, crew, i, *one) for i, one in enumerate(given)]
    yield
    addresses = {
        row["customer_id"]: row["id"] for row in world.kept["customers.addresses"] if row["type"] != "SHIPPING"
    }
    for customer in world.kept["customers.customers"]:
        if dice.chance(SAVED):
            owner = {
                "customer_id": customer["id"],
                "user_id": None,
                "billing_address_id": addresses.get(customer["id"]),
            }
            _saved(world, dice, data["words"], gateways[customer["business_id"]], customer, owner)
            yield
    operator = next(row["id"] for row in world.kept["business.businesses"] if row["slug"] == "azora")
    for user in world.kept["identity.users"]:
        if not user.get("hourly_rate") and not user.get("is_superuser") and dice.chance(55):
            owner = {"customer_id": None, "user_id": user["id"], "billing_address_id": None}
            _saved(world, dice, data["words"], gateways[operator], user, owner)
            yield
    for business in world.kept["business.businesses"]:
        for given in data["budgets"].get(business["slug"], ()):
            _budgets(world, dice, business, people[business["id"]], *given)
        yield


def _gateway(
    world: World,
    dice: Dice,
    business: Row,
    crew: Crew,
    position: int,
    name: str,
    provider: str,
    merchant: str,
    methods: list[str],
    share: str,
    fixed: str,
    is_active: bool,
    is_test: bool,
) -> Row:
    at = max(business["created_at"], world.start) + dice.wait(HOUR, 8 * HOUR)
    return world.add(
        "finance.payment_gateways",
        dice,
        at,
        business_id=business["id"],
        name=name,
        provider=provider,
        merchant_id=merchant or None,
        credentials_ref=f"vault://payments/{business['slug']}/{provider.lower()}" if merchant else None,
        webhook_secret_hash=sha256(f"{business['slug']}/{name}".encode()).hexdigest() if merchant else None,
        methods=methods,
        currencies=[business["currency"]],
        fee_percentage=Decimal(share),
        fee_fixed=Decimal(fixed),
        currency=business["currency"],
        priority=10 * (9 - position),
        is_test=is_test,
        is_active=is_active,
        settings={"capture": "at once", "statement": business["name"].upper()[:22]} if merchant else {},
        created_by_id=crew.manager(dice),
    )


def _saved(world: World, dice: Dice, words: Any, gateways: list[Row], person: Row, owner: Row) -> None:
    """A card mostly; one in some has run out."""
    open_ones = [row for row in gateways if row["is_active"] and not row["is_test"] and row["provider"] != "MANUAL"]
    gateway = dice.pick(open_ones[:2])
    kind = next((kind for kind in gateway["methods"] if kind in ("CREDIT_CARD", "PAYPAL", "DIRECT_DEBIT")), None)
    if kind is None:
        return
    kind = "DEBIT_CARD" if kind == "CREDIT_CARD" and dice.chance(25) else kind
    is_card = kind.endswith("CARD")
    soon = person["created_at"] + (20 * DAY if owner["customer_id"] else HOUR)
    at = dice.between(person["created_at"], min(soon, world.now))
    years = dice.number(1, 5)
    expires = date(at.year + years, dice.number(1, 12), 28) + 4 * DAY if is_card else None
    key = dice.id_at(at)
    world.add(
        "finance.payment_methods",
        dice,
        at,
        **{"id": key, **owner},
        gateway_id=gateway["id"],
        type=kind,
        provider_token=f"pm_{sha256(key.bytes).hexdigest()[:24]}",
        label=dice.pick(words["labels"]) if dice.chance(25) else None,
        brand=dice.pick(words["cards"]) if is_card else None,
        last4=f"{dice.number(0, 9999):04d}" if is_card or kind == "DIRECT_DEBIT" else None,
        expires_on=expires.replace(day=1) - DAY if expires else None,
        holder_name=f"{person['first_name']} {person['last_name']}" if is_card else None,
        is_default=True,
        is_active=not expires or expires > world.now.date(),
        verified_at=min(at + timedelta(seconds=2), world.now),
    )


def _budgets(
    world: World, dice: Dice, business: Row, crew: Crew, category: str, name: str, amount: int, _: list[str]
) -> None:
    """One for each of the last months; they grow a little."""
    agent = crew.agent(dice, "finance", "budget", "marketing", "sales") if category == "advertising" else None
    owner = crew.manager(dice)
    this = world.now.year * 12 + world.now.month - 1
    for month in range(this - MONTHS, this + 1):
        year, number = month // 12, month % 12 + 1
        at = datetime(year, number, 1, 8, tzinfo=UTC) - dice.wait(3 * DAY, 12 * DAY)
        grown = amount * (1 + 0.008 * (month - this + MONTHS)) * dice.wobble(0.04)
        world.add(
            "finance.budgets",
            dice,
            at,
            business_id=business["id"],
            owner_agent_id=agent,
            owner_id=owner,
            name=name,
            category=category,
            fiscal_year=year,
            fiscal_month=number,
            allocated_amount=Decimal(round(grown / 50) * 50),
            currency=business["currency"],
            created_by_id=owner,
        )


def make_finance(world: World) -> Iterator[None]:
    """What was spent of the budgets, what gateways kept, and what had to be put right in the books."""
    dice, data, people = world.dice("finance"), table_of("finance"), crews(world)
    slugs = {row["id"]: row for row in world.kept["business.businesses"]}
    put, counts = world.bulk("finance.transactions", *TRANSACTION), Counter[UUID]()
    words = {(slug, given[0]): given[3] for slug, lines in data["budgets"].items() for given in lines}
    for budget in world.kept["finance.budgets"]:
        business = slugs[budget["business_id"]]
        clerk = people[business["id"]].clerk(dice)
        for day, amount in _bookings(world, dice, budget):
            text = dice.pick(words[business["slug"], budget["category"]])
            about: tuple[Any, ...] = ("EXPENSE", budget["category"], amount, budget["currency"], text, "BANK_TRANSFER")
            who = (budget["owner_agent_id"], budget["id"], clerk)
            put(_line(dice, business["id"], day, about, who, counts))
        yield
    for business in slugs.values():
        for category, text in data["words"]["adjustments"]:
            day = dice.between(max(business["created_at"], world.start) + 30 * DAY, world.now)
            amount = Decimal(dice.number(-40_000, 25_000) or 1).scaleb(-2)
            about = ("ADJUSTMENT", category, amount, business["currency"], text, None)
            who = (None, None, people[business["id"]].manager(dice))
            put(_line(dice, business["id"], day, about, who, counts))
        yield


def _bookings(world: World, dice: Dice, budget: Row) -> Iterator[tuple[datetime, Decimal]]:
    """When how much was spent of a budget, so far: now and then more than was allowed."""
    first = datetime(budget["fiscal_year"], budget["fiscal_month"], 1, 9, tzinfo=UTC)
    count = dice.pick((1, 1, 2))
    whole = budget["allocated_amount"] * dice.number(78, 104) / 100
    for i in range(count):
        at = first + (27 * i // count) * DAY + dice.wait(HOUR, 3 * DAY)
        if at < world.now:
            yield at, (whole / count).quantize(CENT)


def _line(
    dice: Dice, business: UUID, at: datetime, about: tuple[Any, ...], who: tuple[Any, ...], counts: Counter[UUID]
) -> tuple[Any, ...]:
    """A row of TRANSACTION that comes from no order; `who`: agent, budget and clerk."""
    counts[business] += 1
    kind, category, amount, currency, text, method = about
    return (
        *(dice.id_at(at), at, business, None, None, None, None, *who, f"E-{counts[business]:07d}", kind, category),
        *(amount, currency, text, method, at.date()),
    )

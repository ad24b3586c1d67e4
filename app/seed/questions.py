"""What people ask about products in the sample data, and what they are told."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from app.seed.crew import Crew
from app.seed.world import Dice, Row, World, table_of

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
STRANGERS = ("Sam", "Kim", "Alex", "Jo", "Robin", "Charlie")
PRICED = ("ask for", "cost", "discount", "printed", "price")
"""Words of a question that wants a price."""
SPAM = "Earn 5,000 a week from home, ask me how!"


def money(value: float) -> Decimal:
    """`value` to the cent."""
    return Decimal(round(value * 100)) / 100


def ask(world: World, dice: Dice, product: Row, kind: str, crew: Crew, customer: Row | None = None) -> None:
    """A question about `product` by `customer` or a stranger, mostly answered within two days."""
    since = max(product["created_at"], customer["created_at"]) if customer else product["created_at"]
    at = dice.between(min(since, world.now - HOUR), world.now - HOUR)
    question, answer = dice.pick(dice.pick([found for found in _questions() if kind in found["kinds"]])["pairs"])
    is_new, is_spam = world.now - at < 2 * DAY or dice.chance(8), customer is None and dice.chance(12)
    answered = None if is_new or is_spam else min(at + dice.wait(HOUR, 44 * HOUR), world.now)
    quote = answered is not None and any(word in question for word in PRICED)
    stranger = dice.pick(STRANGERS)
    world.add(
        "catalog.product_inquiries",
        dice,
        at,
        product_id=product["id"],
        customer_id=customer["id"] if customer else None,
        answered_by_id=crew.clerk(dice) if answered else None,
        name=customer["first_name"] if customer else stranger,
        email=None if customer else f"{stranger.lower()}{dice.number(10, 9999)}@mail.example",
        question=SPAM if is_spam else question.format(name=product["name"]),
        quantity=dice.pick((6, 12, 50)) if quote else None,
        status="SPAM" if is_spam else "OPEN" if is_new else "CLOSED" if dice.chance(30) else "ANSWERED",
        answer=answer if answered else None,
        answered_at=answered,
        quoted_price=money(float(product["price"] or 900) * 0.9) if quote else None,
        currency=product["currency"],
        is_public=answered is not None and not quote and dice.chance(50),
        updated_at=answered or at,
    )


@cache
def _questions() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = table_of("opinions")["question"]
    return found

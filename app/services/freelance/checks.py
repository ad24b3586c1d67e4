"""What is wrong with values that people give on the job market."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from app.services.checks import broken
from app.services.refusals import Refusal

SHORT, LONG, LONGEST = 200, 5_000, 10_000
"""Characters of a title, of what one side says of the other, and of what is told at length."""

AMOUNT_LIMIT = Decimal(10) ** 18


def check_amount(field: str, amount: Decimal) -> list[Refusal]:
    """What is wrong with an amount of money that must be above zero."""
    rules = {
        (field, "must be above zero"): amount > 0,
        (field, "is too large"): amount < AMOUNT_LIMIT,
        (field, "must have at most two decimals"): in_cents(amount),
    }
    return broken(rules)


def in_cents(amount: Decimal) -> bool:
    """Whether an amount has at most two decimals; of one that is too large nothing is said."""
    return abs(amount) >= AMOUNT_LIMIT or amount == round(amount, 2)


def check_future(field: str, moment: datetime | None, now: datetime) -> list[Refusal]:
    """What is wrong with a moment that is yet to come, if one is given."""
    return broken({(field, "must be in the future"): moment is None or moment > now})


def within(prefix: str, refusals: list[Refusal]) -> Iterator[Refusal]:
    """The same about fields of what stands at `prefix`."""
    return (Refusal(one.code, f"{prefix}.{one.field}", one.message) for one in refusals)

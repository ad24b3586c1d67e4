"""What is wrong with values that people give on the job market."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal

from app.services.refusals import Refusal

SHORT, LONG, LONGEST = 200, 5_000, 10_000
"""Characters of a title, of what one side says of the other, and of what is told at length."""

URL_LENGTH = 2_000
AMOUNT_LIMIT = Decimal(10) ** 18

_URL = re.compile(r"https://[^\s/@]+(/\S*)?")

Rules = Mapping[tuple[str, str], object]
"""What must hold, by the field it is about and the words that say so."""


def broken(rules: Rules) -> list[Refusal]:
    """Those of the rules that do not hold."""
    return [Refusal("BAD_USER_INPUT", field, message) for (field, message), holds in rules.items() if not holds]


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


def check_text(field: str, text: str | None, most: int, least: int = 1) -> list[Refusal]:
    """What is wrong with a text; nothing is told like an empty one."""
    said = f"must have {least} to {most:,} characters" if least else f"must have {most:,} characters at most"
    return broken({(field, said): least <= len((text or "").strip()) <= most})


def check_url(field: str, url: str | None) -> list[Refusal]:
    """What is wrong with the address of a page or file, if one is given."""
    fine = url is None or (len(url) <= URL_LENGTH and _URL.fullmatch(url))
    return broken({(field, f"must be an https URL of at most {URL_LENGTH:,} characters"): fine})


def check_future(field: str, moment: datetime | None, now: datetime) -> list[Refusal]:
    """What is wrong with a moment that is yet to come, if one is given."""
    return broken({(field, "must be in the future"): moment is None or moment > now})


def within(prefix: str, refusals: list[Refusal]) -> Iterator[Refusal]:
    """The same about fields of what stands at `prefix`."""
    return (Refusal(one.code, f"{prefix}.{one.field}", one.message) for one in refusals)


def tidied(text: str | None) -> str | None:
    """A text without the spaces around it; None if nothing is left."""
    return (text or "").strip() or None

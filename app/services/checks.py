"""What is wrong with values that people give, wherever they give them."""

import re
from collections.abc import Mapping

from app.services.refusals import Refusal

URL_LENGTH = 2_000

_URL = re.compile(r"https://[^\s/@]+(/\S*)?")

Rules = Mapping[tuple[str, str], object]
"""What must hold, by the field it is about and the words that say so."""


def broken(rules: Rules) -> list[Refusal]:
    """Those of the rules that do not hold."""
    return [Refusal("BAD_USER_INPUT", field, message) for (field, message), holds in rules.items() if not holds]


def check_text(field: str, text: str | None, most: int, least: int = 1) -> list[Refusal]:
    """What is wrong with a text; nothing is told like an empty one."""
    said = f"must have {least} to {most:,} characters" if least else f"must have {most:,} characters at most"
    return broken({(field, said): least <= len((text or "").strip()) <= most})


def check_url(field: str, url: str | None) -> list[Refusal]:
    """What is wrong with the address of a page or file, if one is given."""
    fine = url is None or (len(url) <= URL_LENGTH and _URL.fullmatch(url))
    return broken({(field, f"must be an https URL of at most {URL_LENGTH:,} characters"): fine})


def tidied(text: str | None) -> str | None:
    """A text without the spaces around it; None if nothing is left."""
    return (text or "").strip() or None

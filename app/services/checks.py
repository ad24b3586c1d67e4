"""What is wrong with values that people give, wherever they give them."""

import re
from collections.abc import Mapping
from typing import Any

import orjson

from app.services.refusals import Refusal

URL_LENGTH = 2_000

_URL = re.compile(r"https://[^\s/@]+(/\S*)?")

Rules = Mapping[tuple[str, str], object]
"""What must hold, by the field it is about and the words that say so."""


def broken(rules: Rules) -> list[Refusal]:
    """Those of the rules that do not hold."""
    return [Refusal("BAD_USER_INPUT", field, message) for (field, message), holds in rules.items() if not holds]


def check_text(field: str, text: str | None, most: int, least: int = 1) -> list[Refusal]:
    """What is wrong with a text; nothing is told like an empty one.

    Spaces around it are no text, but count where it is too long: not everybody who keeps it tidies it.
    """
    said = f"must have {least} to {most:,} characters" if least else f"must have {most:,} characters at most"
    given = text or ""
    return broken({(field, said): least <= len(given.strip()) and len(given) <= most})


def check_url(field: str, url: str | None) -> list[Refusal]:
    """What is wrong with the address of a page or file, if one is given."""
    fine = url is None or (len(url) <= URL_LENGTH and _URL.fullmatch(url))
    return broken({(field, f"must be an https URL of at most {URL_LENGTH:,} characters"): fine})


def tidied(text: str | None) -> str | None:
    """A text without the spaces around it; None if nothing is left."""
    return (text or "").strip() or None


def fits_json(value: Any, most: int) -> bool:
    """Whether a value is JSON of at most so many bytes that is the same when it is read again.

    It is not with a number that is too large, or where it is too deep.
    """
    try:
        json = orjson.dumps(value)
    except TypeError:
        return False
    return len(json) <= most and bool(orjson.loads(json) == value)

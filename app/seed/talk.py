"""What can be said to agents: topics with everything filled in, ready to be said again and again."""

from collections.abc import Sequence
from string import Formatter
from typing import Any, NamedTuple
from uuid import UUID

from app.seed.world import Dice, Row

VARIANTS = 8
KINDS = {
    "order": "ORDER_NUMBER",
    "date": "DATE",
    "amount": "AMOUNT",
    "phone": "PHONE",
    "email": "EMAIL",
    "place": "ADDRESS",
    "product": "PRODUCT",
    "name": "PERSON",
    "code": "OTHER",
}
"""The kinds of entity that the blanks in a topic stand for."""


class Found(NamedTuple):
    """Something that is named in a sentence: its kind, as written, its usual form, from and to where, who it is."""

    type: str
    value: str
    usual: str
    start: int
    end: int
    user_id: UUID | None


class Said(NamedTuple):
    """A question or an answer."""

    text: str
    tokens: int
    found: tuple[Found, ...]


class Topic(NamedTuple):
    """Questions and answers in turn about one thing."""

    title: str
    intent: str
    lines: tuple[Said, ...]


def topics(dice: Dice, data: Any, groups: Sequence[str], prefix: str, members: Sequence[Row]) -> list[Topic]:
    """All topics of `groups`, each filled in several times: orders begin with `prefix`, people are `members`."""
    wares = next((data["product"][group] for group in groups if group in data["product"]), data["product"]["general"])
    fill = {**data["fill"], "product": wares}
    made = []
    for title, intent, *lines in (topic for group in groups for topic in data["talk"][group]):
        for _ in range(VARIANTS):
            blanks = _blanks(dice, fill, prefix, members)
            made.append(Topic(title, intent, tuple(_said(line, blanks) for line in lines)))
    return made


def _blanks(dice: Dice, fill: dict[str, Any], prefix: str, members: Sequence[Row]) -> dict[str, tuple[str, str, Any]]:
    """What each blank is filled with: as written, its usual form, and who it is."""
    pairs = {name: dice.pick(choices) for name, choices in fill.items()}
    blanks = {
        name: (pair, pair, None) if isinstance(pair, str) else (pair[0], pair[1], None) for name, pair in pairs.items()
    }
    order, person = f"{prefix}-{dice.number(10000, 99999)}", dice.pick(members)
    name = f"{person['first_name']} {person['last_name']}"
    return blanks | {"order": (order, order, None), "name": (name, name, person["id"])}


def _said(line: str, blanks: dict[str, tuple[str, str, Any]]) -> Said:
    text, found = "", []
    for before, blank, _, _ in Formatter().parse(line):
        text += before
        if blank:
            value, usual, user = blanks[blank]
            found.append(Found(KINDS[blank], value, usual, len(text), len(text) + len(value), user))
            text += value
    return Said(text, len(text) // 4 + 3, tuple(found))

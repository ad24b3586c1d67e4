"""What is asked: each shape's document in a contender's dialect, with variables from the database or a list."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from bench import shop, unseen

FOLDER = Path(__file__).parent / "shapes"
SHAPES = (
    *("point", "list", "deep", "partition", "chat"),
    *("filter", "aggregate", "groups", "search", "wide", "recursive"),
    "unseen",
)

Keys = dict[str, list[str]]

_KEYS = {
    "point": "SELECT id::text FROM freelance.jobs ORDER BY random() LIMIT 500",
    "partition": "SELECT id::text FROM business.businesses ORDER BY id",
    "groups": "SELECT DISTINCT business_id::text FROM sales.orders",
    "recursive": """SELECT c.id::text FROM catalog.categories AS c JOIN catalog.categories AS p ON p.id = c.parent_id
                      JOIN catalog.categories AS root ON root.id = p.parent_id WHERE root.parent_id IS NULL""",
    "unseen": "SELECT DISTINCT client_id::text FROM freelance.jobs ORDER BY 1 LIMIT 500",
}
_TYPES = {"point": "job", "partition": "business", "groups": "business", "recursive": "category", "unseen": "user"}

_COUNTRIES = (["DE", "TR", "US"], ["AZ", "GE", "KZ"], ["FR", "NL", "GB"], ["PL", "TR", "AZ"])
_VARIABLES: dict[str, list[dict[str, Any]]] = {
    "filter": [
        {"countries": countries, "country": country, "amount": amount}
        for countries, country, amount in itertools.product(_COUNTRIES, ("TR", "DE", "NL"), ("500", "900", "1300"))
    ],
    "search": [{"words": words} for words in shop.SEARCHED],
}


async def keys(dsn: str) -> Keys:
    """For each shape that takes an id, the uuids to ask for."""
    connection = await asyncpg.connect(dsn)
    try:
        return {shape: [row[0] for row in await connection.fetch(sql)] for shape, sql in _KEYS.items()}
    finally:
        await connection.close()


class Bodies:
    """The requests of a shape: in Agora's dialect, or in PostGraphile's own."""

    def __init__(self, shape: str, found: Keys, *, own_dialect: bool) -> None:
        self.once = shape == "unseen"
        prefix = "" if own_dialect or shape not in found else f"{_TYPES[shape]}_"
        ids = [prefix + key for key in found.get(shape, [])]
        self._new = unseen.bodies(ids, own_dialect=own_dialect) if self.once else iter(())
        self._same = [] if self.once else list(_bodies(shape, ids, own_dialect=own_dialect))

    def take(self, count: int) -> list[bytes]:
        """The next `count` of those that are to be sent once; else all of them, to be sent in turn."""
        return list(itertools.islice(self._new, count)) if self.once else self._same


def _bodies(shape: str, ids: list[str], *, own_dialect: bool) -> Iterator[bytes]:
    document = ((FOLDER / "postgraphile" if own_dialect else FOLDER) / f"{shape}.graphql").read_text()
    given = [{"id": id_} for id_ in ids] or _VARIABLES.get(shape, [])
    if not given:
        yield orjson.dumps({"query": document})
    for variables in given:
        yield orjson.dumps({"query": document, "variables": variables})

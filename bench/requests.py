"""What is asked: each shape's document in a contender's dialect, with variables from the database."""

from pathlib import Path

import asyncpg
import orjson

FOLDER = Path(__file__).parent / "shapes"
SHAPES = ("point", "list", "deep", "partition", "chat")

Keys = dict[str, list[str]]

_KEYS = {
    "point": "SELECT id::text FROM freelance.jobs ORDER BY random() LIMIT 500",
    "partition": "SELECT id::text FROM business.businesses ORDER BY id",
}
_TYPES = {"point": "job", "partition": "business"}


async def keys(dsn: str) -> Keys:
    """For each shape that takes an id, the uuids to ask for."""
    connection = await asyncpg.connect(dsn)
    try:
        return {shape: [row[0] for row in await connection.fetch(sql)] for shape, sql in _KEYS.items()}
    finally:
        await connection.close()


def bodies(shape: str, found: Keys, *, own_dialect: bool) -> list[bytes]:
    """The requests of `shape`: in Agora's dialect, or in PostGraphile's own."""
    document = ((FOLDER / "postgraphile" if own_dialect else FOLDER) / f"{shape}.graphql").read_text()
    if shape not in found:
        return [orjson.dumps({"query": document})]
    prefix = "" if own_dialect else f"{_TYPES[shape]}_"
    return [orjson.dumps({"query": document, "variables": {"id": prefix + key}}) for key in found[shape]]

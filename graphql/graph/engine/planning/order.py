"""Orders and the cursors that belong to them.

A cursor is the base64url of a JSON array: a signature of the order, then the text of each key's value or null.
"""

import base64
import binascii
import hashlib
from typing import Any

import orjson

from graph.engine.errors import BadUserInput
from graph.engine.model.entities import Entity
from graph.engine.planning.terms import OrderKey

ASCENDING = {"ASC": (False, False), "ASC_NULLS_FIRST": (False, True)}
DESCENDING = {"DESC": (True, True), "DESC_NULLS_LAST": (True, False)}
DIRECTIONS: dict[str, tuple[bool, bool]] = {**ASCENDING, **DESCENDING}
"""OrderDirection -> (descending, nulls first), with PostgreSQL's defaults under the plain names."""


def signature(entity: Entity, order: tuple[OrderKey, ...]) -> str:
    """A short name of the order of `entity` that a cursor carries."""
    spelt = ",".join(f"{key.term.name}{key.descending:d}{key.nulls_first:d}" for key in order)
    return hashlib.blake2s(f"{entity.name}:{spelt}".encode(), digest_size=4).hexdigest()


def decode(cursor: object) -> tuple[str, tuple[str | None, ...]] | None:
    """A cursor's signature and values; None if it is no cursor."""
    if not isinstance(cursor, str) or len(cursor) > 4_000:
        return None
    try:
        value: Any = orjson.loads(base64.b64decode(cursor, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        return None
    if not isinstance(value, list) or not value or not isinstance(value[0], str):
        return None
    return (value[0], tuple(value[1:])) if all(isinstance(v, str | None) for v in value[1:]) else None


def mask(cursor: object) -> tuple[str, tuple[bool, ...]] | None:
    """What of a cursor chooses the SQL: its signature, and which of its values are null."""
    decoded = decode(cursor)
    return decoded and (decoded[0], tuple(value is None for value in decoded[1]))


def value_at(cursor: object, index: int, key: OrderKey, where: str) -> Any:
    """The value of the order's key `index` in a cursor; BadUserInput names the argument `where` if forged."""
    decoded = decode(cursor)
    assert decoded is not None
    text = decoded[1][index]
    assert text is not None
    try:
        return key.term.scalar.from_text(text)
    except (ValueError, KeyError):
        raise BadUserInput(f'Argument "{where}" is not a cursor of this connection.', argument=where) from None

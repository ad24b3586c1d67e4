"""Mutations that may be sent twice: what they came to is kept with the key that they were given, and told again.

It is kept in the transaction that does the work, so that there is either both or neither, and a twin that comes
meanwhile waits for it. Kept are ids and reasons, not rows: what is told again is read anew.
"""

import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from hashlib import sha256
from types import SimpleNamespace
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from graphql import GraphQLArgument, GraphQLField, GraphQLString

from graph.engine.running.written import Ref, Refs
from graph.engine.writing.refusals import Refusal
from graph.engine.writing.values import json_of

KEY = "idempotencyKey"
LONGEST = 200
"""Characters of a key."""

ARGUMENT = GraphQLArgument(
    GraphQLString,
    description="Any text of your own: the mutation is done once for it, and told again for 24 hours.",
)

ONCE = "once"
TOLD_ONCE = {ONCE: True}
"""The metadata of a field of a payload that is a secret: told once, and never kept."""

CLAIM = """
INSERT INTO ops.idempotency_keys AS k (viewer, field, key, arguments) VALUES ($1, $2, $3, $4)
ON CONFLICT (viewer, field, key) DO UPDATE SET arguments = excluded.arguments, payload = DEFAULT, created_at = now()
WHERE k.created_at < now() - interval '24 hours' OR k.payload = 'null' AND k.created_at < now() - interval '1 minute'
RETURNING true"""
"""Takes the key if it is free, was taken a day ago, or by somebody who did not live to keep what came of it; waits for
whoever is taking it.
"""

KNOWN = "SELECT arguments, payload::text FROM ops.idempotency_keys WHERE viewer = $1 AND field = $2 AND key = $3"

KEEP = "UPDATE ops.idempotency_keys SET payload = $4::jsonb WHERE viewer = $1 AND field = $2 AND key = $3"

FREE = "DELETE FROM ops.idempotency_keys WHERE viewer = $1 AND field = $2 AND key = $3 AND payload = 'null'"

OTHER = Refusal("CONFLICT", KEY, "was given with other arguments before")
BUSY = Refusal("CONFLICT", KEY, "belongs to a mutation that is not done yet; try again in a moment")

Fetch = Callable[..., Awaitable[Sequence[Any]]]


class Claim(NamedTuple):
    """A key, of whom, for which field; and what else the field was given. Of both only digests are stored.

    What was given may hold a password, and SHA-256 of that is soon guessed: so it is an HMAC by the client's key.
    """

    viewer: str
    field: str
    key: str
    digest: bytes

    async def take(self, fetch: Fetch) -> "Kept | None":
        """What the mutation came to before; None if it is to be done now."""
        if await fetch(CLAIM, *self):
            return None
        ((digest, payload),) = await fetch(KNOWN, *self[:3])
        if digest != self.digest:
            return Kept(None, OTHER)
        return Kept(None, BUSY) if payload == "null" else Kept(_loaded(orjson.loads(payload)))

    async def keep(self, fetch: Fetch, payload: Any) -> None:
        """Keep what it came to."""
        await fetch(KEEP, *self[:3], json_of(_dumped(payload)))

    async def free(self, fetch: Fetch) -> None:
        """Let the key be taken again: nothing was done."""
        await fetch(FREE, *self[:3])


@dataclass(frozen=True, slots=True)
class Kept:
    """What a mutation came to, or why that is not told."""

    payload: Any
    refusal: Refusal | None = None


def claim(viewer: str, name: str, arguments: Mapping[str, Any], key: str) -> Claim:
    """The claim of a field called `name` that was given `arguments` beside its key."""
    secret = key.encode()
    digest = hmac.digest(secret, json_of(arguments).encode(), "sha256")
    return Claim(viewer, name, sha256(secret).hexdigest(), digest)


def repeatable(field: GraphQLField) -> GraphQLField:
    """The field of a mutation with an argument for its key."""
    return GraphQLField(
        field.type,
        {**field.args, KEY: ARGUMENT},
        resolve=field.resolve,
        description=field.description,
        deprecation_reason=field.deprecation_reason,
        extensions=field.extensions,
    )


def _dumped(value: Any) -> Any:
    """A payload as JSON, without what is told once."""
    match value:
        case Ref(entity=entity, key=key):
            return {"row": entity, "key": str(key)}
        case Refs(entity=entity, keys=keys):
            return {"rows": entity, "keys": [key and str(key) for key in keys]}
        case dict():
            return {"parts": {name: _dumped(part) for name, part in value.items()}}
        case list() | tuple():
            return [_dumped(part) for part in value]
    if is_dataclass(value):
        parts = {field.name: _dumped(_told_again(value, field.name)) for field in fields(value)}
        return {"object": parts}
    return value


def _told_again(value: Any, name: str) -> Any:
    definition = getattr(type(value), "__strawberry_definition__", None)
    field = next((one for one in definition.fields if one.python_name == name), None) if definition else None
    return None if field is not None and field.metadata.get(ONCE) else getattr(value, name)


def _loaded(value: Any) -> Any:
    match value:
        case {"row": entity, "key": key}:
            return Ref(entity, UUID(key))
        case {"rows": entity, "keys": keys}:
            return Refs(entity, tuple(key and UUID(key) for key in keys))
        case {"parts": parts}:
            return {name: _loaded(part) for name, part in parts.items()}
        case {"object": parts}:
            return SimpleNamespace(**{name: _loaded(part) for name, part in parts.items()})
        case list():
            return [_loaded(part) for part in value]
    return value

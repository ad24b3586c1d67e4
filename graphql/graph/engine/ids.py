"""Global IDs: the type in snake case, an underscore and the uuid, as in `ai_model_019a…`."""

import re
from uuid import UUID

from asyncpg.pgproto.pgproto import UUID as FastUUID

from graph.engine.errors import BadUserInput

_WORD = re.compile(r"(?<!^)(?=[A-Z])")
_GLOBAL_ID = re.compile(
    r"([a-z][a-z0-9]*(?:_[a-z0-9]+)*)_([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
)


def snake(name: str) -> str:
    """`AiModel` -> `ai_model`."""
    return _WORD.sub("_", name).lower()


def camel(name: str) -> str:
    """`cost_per_1k_tokens` -> `costPer1kTokens`."""
    head, *tail = name.strip("_").split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in tail)


def prefix_of(text: object) -> str | None:
    """The type that the global ID `text` claims to be of, in snake case; None if it is no global ID."""
    match = _GLOBAL_ID.fullmatch(text) if isinstance(text, str) else None
    return match[1] if match else None


def uuid_of(text: object, prefix: str, where: str) -> UUID:
    """The uuid in the global ID `text` of the type `prefix`; BadUserInput names the argument `where`."""
    match = _GLOBAL_ID.fullmatch(text) if isinstance(text, str) else None
    if not match or match[1] != prefix:
        raise BadUserInput(f'Argument "{where}" is not the ID of a {prefix}: expected {prefix}_<uuid>.', argument=where)
    found: UUID = FastUUID(match[2])  # a uuid.UUID made in C
    return found

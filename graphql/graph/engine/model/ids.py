"""Global IDs: the type in snake case, an underscore and the uuid, as in `ai_model_019a…`."""

import re
from uuid import UUID

from asyncpg.pgproto.pgproto import UUID as FastUUID

from graph.engine.errors import BadUserInput

_WORD = re.compile(r"(?<!^)(?=[A-Z])")
_PREFIX = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def snake(name: str) -> str:
    """`AiModel` -> `ai_model`."""
    return _WORD.sub("_", name).lower()


def camel(name: str) -> str:
    """`cost_per_1k_tokens` -> `costPer1kTokens`."""
    head, *tail = name.strip("_").split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in tail)


def prefix_of(text: object) -> str | None:
    """The type that the global ID `text` claims to be of, in snake case; None if it is no global ID."""
    prefix, _, key = text.rpartition("_") if isinstance(text, str) else ("", "", "")
    return prefix if _UUID.fullmatch(key) and _PREFIX.fullmatch(prefix) else None


def uuid_of(text: object, prefix: str, where: str) -> UUID:
    """The uuid in the global ID `text` of the type `prefix`; BadUserInput names the argument `where`."""
    given, _, key = text.rpartition("_") if isinstance(text, str) else ("", "", "")
    if given != prefix or not _UUID.fullmatch(key):
        raise BadUserInput(f'Argument "{where}" is not the ID of a {prefix}: expected {prefix}_<uuid>.', argument=where)
    found: UUID = FastUUID(key)  # a uuid.UUID made in C
    return found

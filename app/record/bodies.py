"""What is kept of a body where bodies are kept: how it is made, and none of the values in it.

No list of names that may hold secrets is ever complete: a password can stand in a variable of any name, in a literal,
in the message of an error that quotes it, and in an answer that tells a new token. So nothing is looked for. Of a
document the names stay and every literal goes, of variables their names and kinds, of an answer its errors' codes and
where they are; the data of an answer follows from its document.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import orjson

LITERALS = re.compile(
    r"""(?P<name>\$?[_A-Za-z]\w*)
    |\#[^\n\r]*
    |\"\"\"(?:\\\"\"\"|[\s\S])*?(?:\"\"\"|\Z)
    |"(?:\\.|[^"\\\n\r])*(?:"|\Z|(?=[\n\r]))
    |-?\d[\w.+-]*""",
    re.VERBOSE,
)
"""Names, which stay, and comments, strings and numbers, which do not; a string that has no end goes up to there."""

KINDS: Mapping[type, str] = {str: "String", bool: "Boolean", int: "Number", float: "Number", type(None): "null"}
MOST = 100
"""Values of which the kind is told."""
DEEPEST = 6
LARGEST = 64 * 1024
"""Bytes of an answer that is looked through for its errors."""


def asked(document: str, variables: Mapping[str, Any], length: int) -> str:
    """What is kept of a request: in `length` characters, the document without literals, and the kinds of variables."""
    told = LITERALS.sub(lambda found: found["name"] or "…", document[: 4 * length])
    kinds = orjson.dumps(kind(variables)).decode() if variables else ""
    return f"{' '.join(told.split())} {kinds}".strip()[:length]


def answered(body: bytes, failed: bool, length: int) -> str | None:
    """What is kept of an answer: in `length` characters, the codes and paths of its errors."""
    if not failed or len(body) > LARGEST:
        return None
    errors = orjson.loads(body).get("errors", ())
    told = [{"code": error.get("extensions", {}).get("code"), "path": error.get("path")} for error in errors]
    return orjson.dumps(told).decode()[:length]


def kind(value: Any) -> Any:
    """Objects and lists with the kinds of their values in place of these, as far as a reader wants to know."""
    return _kind(value, DEEPEST, iter(range(MOST)))


def _kind(value: Any, depth: int, room: Iterator[int]) -> Any:
    if next(room, None) is None or not depth:
        return "…"
    if isinstance(value, Mapping):
        return {name[:MOST]: _kind(inner, depth - 1, room) for name, inner in islice(value.items(), MOST)}
    if isinstance(value, list):
        return [_kind(inner, depth - 1, room) for inner in value[:1]]
    return KINDS.get(type(value), "…")

"""From a JSON object, by whatever transport it came, to an operation. Nothing here knows of HTTP but its statuses."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from graph.context import Context
from graph.engine.answer import Operation

NOTHING: frozenset[str] = frozenset()

_HASH = re.compile(r"[0-9a-f]{64}")
_WANTS_LIMIT = 200


class BadRequest(Exception):
    """The request cannot be read as GraphQL: a status, a message, and headers that belong to them."""

    CODES = MappingProxyType({401: "UNAUTHENTICATED", 403: "FORBIDDEN", 429: "RATE_LIMITED", 503: "INTERNAL"})

    def __init__(self, status: int, message: str, *headers: tuple[bytes, bytes]) -> None:
        super().__init__(message)
        self.code = self.CODES.get(status, "BAD_USER_INPUT")
        self.status, self.message, self.headers = status, message, headers


def read(given: Any, context: Context, *, read_only: bool = False, wants: frozenset[str] = NOTHING) -> Operation:
    """The operation that `given` asks for. Raises BadRequest."""
    if not isinstance(given, dict):
        raise BadRequest(400, 'A request must be an object with "query", and if needed "variables".')
    query, variables, name = given.get("query"), given.get("variables"), given.get("operationName")
    hash_ = _hash(given) if "documentId" in given or "extensions" in given else None
    if query is None and hash_ is not None:
        query = ""
    if not isinstance(query, str):
        raise BadRequest(400, 'Give the document as a string in "query", or its "documentId".')
    if not isinstance(variables, dict | None):
        raise BadRequest(400, 'Give "variables" as an object.')
    if not isinstance(name, str | None):
        raise BadRequest(400, 'Give "operationName" as a string.')
    return Operation(query, variables or {}, name or None, context.viewer, context, read_only, wants, hash_)


def _hash(given: Mapping[str, Any]) -> str | None:
    """The document's hash, by whichever of its two names."""
    found = {_of_document_id(given.get("documentId")), _of_persisted_query(given.get("extensions"))} - {None}
    if len(found) > 1:
        raise BadRequest(400, '"documentId" and "extensions.persistedQuery" name different documents.')
    return next(iter(found), None)


def _of_document_id(given: Any) -> str | None:
    if given is None:
        return None
    prefix, _, hash_ = given.partition(":") if isinstance(given, str) else ("", "", "")
    if prefix != "sha256" or not _HASH.fullmatch(hash_):
        raise BadRequest(400, 'Give "documentId" as "sha256:" and 64 hexadecimal digits in lower case.')
    return hash_


def _of_persisted_query(extensions: Any) -> str | None:
    if not isinstance(extensions, dict | None):
        raise BadRequest(400, 'Give "extensions" as an object.')
    match (extensions or {}).get("persistedQuery"):
        case None:
            return None
        case {"version": 1, "sha256Hash": str(hash_)} if _HASH.fullmatch(hash_):
            return hash_
    raise BadRequest(400, 'Give "extensions.persistedQuery" as {"version": 1, "sha256Hash": 64 hexadecimal digits}.')


def wanted(given: Any) -> frozenset[str]:
    """The names in `given`, one string with commas or a list of strings. Raises BadRequest."""
    if isinstance(given, list) and all(isinstance(name, str) for name in given):
        given = ",".join(given)
    if not isinstance(given, str | None) or len(given or "") > _WANTS_LIMIT:
        raise BadRequest(400, "Name the extensions of the response that you want, separated by commas.")
    return frozenset(name for part in (given or "").lower().split(",") if (name := part.strip()))

"""The rows of RateLimit as they are in force: whom each concerns, and what of an operation it counts."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from graph.engine.costs.charging import MUTATION, QUERY, SUBSCRIPTION, Uses

SELECT = """
SELECT l.id::text, l.business_id, l.api_key_id, l.name, l.viewer, l.scope, l.unit, l.window_seconds, l.burst_count,
       CASE WHEN l.is_adaptive THEN l.current_count ELSE l.limit_count END AS limit_count, l.action
FROM gateway.rate_limits AS l LEFT JOIN gateway.endpoints AS e ON e.id = l.endpoint_id
WHERE l.is_active AND (l.endpoint_id IS NULL OR e.path = '/graphql' AND e.method = 'POST')
ORDER BY l.id"""
"""All that are in force. The one endpoint there is answers GraphQL; limits of others wait for theirs."""

ANONYMOUS, VISITOR, USER, API_KEY, BUSINESS, ADMIN = "ANONYMOUS", "VISITOR", "USER", "API_KEY", "BUSINESS", "ADMIN"
REQUESTS, COST = "REQUESTS", "COST"
REJECT, DELAY, LOG = "REJECT", "DELAY", "LOG"

EVERYTHING = "*"
KINDS = (QUERY, MUTATION, SUBSCRIPTION)
VERBS = {"read": QUERY, "write": MUTATION}

DOORS = frozenset({"signIn", "register", "requestPasswordReset", "resetPassword", "verifyEmail"})
"""The mutations by which somebody comes in whom nobody knows yet: they count for the address, whoever asks."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One limit."""

    id: str
    name: str
    window: int
    limit: int
    unit: str = REQUESTS
    burst: int | None = None
    action: str = REJECT
    kind: str = ""
    """The one kind of operation that it counts; "" for every."""
    names: frozenset[str] = frozenset()
    """It counts what uses one of these; none: everything."""

    @property
    def capacity(self) -> int:
        """How much may come at once."""
        return min(self.burst or self.limit, self.limit)

    @property
    def rate(self) -> float:
        """How much comes back in a second."""
        return self.limit / self.window

    def amount(self, kind: str, uses: Uses, units: int) -> int:
        """What an operation of `units` counts; 0 if it is none of its business.

        A field that is asked for several times in one operation counts as often.
        """
        if self.kind and self.kind != kind:
            return 0
        if not self.names:
            return units if self.unit == COST else 1
        if self.names.isdisjoint(uses):
            return 0
        return units if self.unit == COST else max(1, sum(uses.get(name, 0) for name in self.names))


def rule_of(row: Mapping[str, Any]) -> Rule:
    """The limit that a row says."""
    kind, names = scope_of(row["scope"])
    known = (row["id"], row["name"], row["window_seconds"], row["limit_count"], row["unit"], row["burst_count"])
    return Rule(*known, action=row["action"], kind=kind, names=names)


def scope_of(text: str) -> tuple[str, frozenset[str]]:
    """What a scope counts: the kind of operation, and names; several stand between spaces or commas."""
    words = [word for word in re.split(r"[\s,]+", text) if word]
    if EVERYTHING in words or not words:
        return "", frozenset()
    if len(words) == 1 and words[0] in KINDS:
        return words[0], frozenset()
    verbs = {VERBS.get(word.partition(":")[2], "") for word in words}
    names = frozenset(_camel(word.partition(":")[0]) for word in words)
    return verbs.pop() if len(verbs) == 1 else "", names


def _camel(name: str) -> str:
    """As the schema calls what keys call `order_items`."""
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), name)


class RuleBook:
    """The limits that are in force."""

    def __init__(self) -> None:
        self.version = 0
        """Counts the changes."""
        self._rows: Sequence[Mapping[str, Any]] = ()
        self._rules: dict[tuple[str, UUID | None, UUID | None], list[Rule]] = {}

    def learn(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Go by these rows from now on."""
        if rows == self._rows:
            return
        self.version, self._rows, self._rules = self.version + 1, rows, {}
        for row in rows:
            self._rules.setdefault((row["viewer"], row["business_id"], row["api_key_id"]), []).append(rule_of(row))

    def of(self, viewer: str, business: UUID | None = None, key: UUID | None = None) -> Iterable[Rule]:
        """The limits for a kind of viewer: those of any business, of this one, and of this key alone."""
        for place in sorted({(business_, key_) for business_ in (None, business) for key_ in (None, key)}, key=str):
            yield from self._rules.get((viewer, *place), ())

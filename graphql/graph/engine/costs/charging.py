"""What an operation is charged before it runs. Whose limits there are, and what is left of them, a `Meter` knows."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Protocol

from graphql import GraphQLObjectType, get_named_type

from graph.engine.access import Viewer
from graph.engine.asking.selection import Field
from graph.engine.errors import BadUserInput
from graph.engine.model.entities import Entity, Graph
from graph.engine.planning import plan as plans
from graph.engine.planning.plan import Page, Plan, RootMeta, RootWritten, Row

RATE_LIMIT = "ratelimit"
"""The extension of the response that a client asks for."""

REFUSED = 10
"""Units for an operation that is refused before it has a price."""
TOKEN = 1
"""Units for each word and sign of a document that was not seen before."""
SELECTION = 5
"""Units for each field of a document that must be planned."""
WRITE = 50
"""Units for each root field of a mutation beside what it reads: a transaction."""
SCHEMA = 2_000
"""Units for the schema's description: a dozen megabytes, though they lie ready."""

QUERY, MUTATION, SUBSCRIPTION, UNKNOWN = "query", "mutation", "subscription", ""

Uses = Mapping[str, int]
"""What an operation uses: each root field, how often; what it reads elsewhere (rows, lists, domains), 0 times."""


class Rate(NamedTuple):
    """What is left of the tightest limit that applies."""

    limit: int
    remaining: int
    reset: int
    """Seconds until all of it is there again."""

    def json(self, cost: int) -> bytes:
        """The extension of the response."""
        told = (*self, cost)
        return b'"rateLimit":{"limit":%d,"remaining":%d,"reset":%d,"cost":%d}' % told


class RateLimited(BadUserInput):
    """A limit is used up."""

    code = "RATE_LIMITED"

    def __init__(self, message: str, retry_after: int, rate: Rate) -> None:
        super().__init__(message, retryAfter=retry_after)
        self.retry_after, self.rate = retry_after, rate


class Meter(Protocol):
    """Counts what viewers ask for."""

    async def charge(self, viewer: Viewer, context: Any, kind: str, uses: Uses, units: int) -> Rate | None:
        """Take one request of `units` from the limits of `viewer`; None if there are none. Raises RateLimited."""

    def foresee(self, viewer: Viewer, context: Any, units: int) -> None:
        """Raise RateLimited if it is known by now that `units` cannot be had; nothing is taken."""


class Bill:
    """What one operation is charged: once, before it runs or when it is refused."""

    __slots__ = ("closed", "context", "extra", "meter", "rate", "retry_after", "units", "viewer")

    def __init__(self, meter: Meter | None, viewer: Viewer, context: Any) -> None:
        self.meter, self.viewer, self.context = meter, viewer, context
        self.units = self.extra = 0
        self.rate: Rate | None = None
        self.retry_after: int | None = None
        self.closed = meter is None

    def read(self, tokens: int) -> None:
        """A new document of `tokens` is about to be read. Raises RateLimited if that can be foreseen."""
        self.extra += TOKEN * tokens
        if self.meter is None:
            return
        try:
            self.meter.foresee(self.viewer, self.context, self.extra)
        except RateLimited as limited:
            self._close(limited)
            raise

    def _close(self, limited: RateLimited) -> None:
        self.closed, self.rate, self.retry_after = True, limited.rate, limited.retry_after

    async def pay(self, kind: str, uses: Uses, price: int) -> None:
        """Pay `price` and what was extra. Raises RateLimited."""
        if self.closed:
            return
        self.closed = True
        units = price + self.extra + SCHEMA * uses.get("__schema", 0)
        assert self.meter is not None
        try:
            self.rate = await self.meter.charge(self.viewer, self.context, kind, uses, units)
        except RateLimited as limited:
            self._close(limited)
            raise
        self.units = units

    async def turned_away(self) -> None:
        """Pay for an operation that is refused, if it has not paid yet. Raises RateLimited."""
        await self.pay(UNKNOWN, {}, REFUSED)


def uses_of(plan: Plan) -> Uses:
    """What a query uses."""
    found = Counter({name: 0 for entity in _read(plan) for name in _names(entity)})
    for root in plan.roots:
        if isinstance(root, RootMeta | RootWritten):
            found[root.field.name] += 1
        else:
            found.update(name for entity in _read(root, deep=False) for name in _names(entity))
    return dict(found)


def uses_of_mutation(fields: Iterable[Field], graph: Graph) -> Uses:
    """What a mutation uses: its root fields, and of the rows that they can return the lists and domains."""
    found: Counter[str] = Counter()
    for selected in fields:
        found[selected.name] += 1
        payload = get_named_type(selected.definition.type)
        if isinstance(payload, GraphQLObjectType):
            types = {get_named_type(field.type).name for field in payload.fields.values()}
            found.update({name: 0 for type_ in types & graph.entities.keys() for name in _names(graph[type_])})
    return dict(found)


def _names(entity: Entity) -> tuple[str, ...]:
    """By what a limit may call `entity`: row, list and domain."""
    return entity.field, entity.list_field, str(entity.table.schema)


def _read(node: Any, *, deep: bool = True) -> Iterable[Entity]:
    """The entities whose rows are read in a part of a plan; of each part the first that it leads to, if not `deep`."""
    stack, found = [node], {}
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            stack += node
        elif type(node).__module__ == plans.__name__ and not isinstance(node, RootMeta | RootWritten):
            inside = isinstance(node, Row | Page)
            if inside:
                found[node.entity.name] = node.entity
            if deep or not inside:
                stack += (getattr(node, name) for name in getattr(type(node), "__slots__", ()))
    return found.values()

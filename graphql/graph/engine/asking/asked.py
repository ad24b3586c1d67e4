"""What is asked and answered: an operation, its document as it was prepared, one request of it, and the response."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

from graphql import DocumentNode, FragmentDefinitionNode, GraphQLError, VariableValues

from graph.engine.access import ANONYMOUS, Viewer
from graph.engine.asking.cache import PlanTree
from graph.engine.asking.limits import Figures, Limits
from graph.engine.asking.variables import Coercion
from graph.engine.costs.charging import Bill, Rate
from graph.engine.errors import AgoraError, BadUserInput
from graph.engine.planning.plan import Plan

LARGE = 150
"""Tokens or selections from which on a document is prepared and planned aside: that takes about 0.2 ms for each."""


class Operation(NamedTuple):
    """What a client asks: a document, which of its operations, variables; and on whose behalf."""

    query: str
    variables: Mapping[str, Any] = MappingProxyType({})
    name: str | None = None
    viewer: Viewer = ANONYMOUS
    context: Any = None
    read_only: bool = False
    """Whether only a query will do, as over GET."""
    wants: frozenset[str] = frozenset()
    """The extensions of the response that the client asks for."""
    sha256: str | None = None
    """The hash of the document, 64 hexadecimal digits; `query` may then be empty."""


class Answer(NamedTuple):
    """The response as JSON: `failed` with a `code` if it holds errors, `refused` if the operation was not begun."""

    body: bytes
    failed: bool = False
    refused: bool = False
    code: str | None = None
    cost: int = 0
    """Units that were charged for it."""
    rate: Rate | None = None
    """What is left of the tightest of the viewer's limits."""
    retry_after: int | None = None
    """In how many seconds to ask again, if a limit is used up."""


@dataclass(slots=True)
class Prepared:
    """A document that was parsed and found valid, with the plans of its operations."""

    document: DocumentNode
    operations: dict[str | None, Coercion]
    fragments: dict[str, FragmentDefinitionNode]
    figures: Figures
    allowed: Limits
    """The last limits that the figures were found to be within."""
    plans: dict[tuple[str | None, str, str], PlanTree] = field(default_factory=dict)
    steering: dict[str | None, frozenset[str]] = field(default_factory=dict)
    """By operation, for subscriptions: the variables on which more depends than where they begin."""

    @property
    def large(self) -> bool:
        """Whether to plan it takes so long that others should not wait for it."""
        return max(self.figures["tokens"], self.figures["selections"]) > LARGE

    def operation(self, name: str | None) -> Coercion:
        """The operation called `name`, or the only one, with its variables' types; BadUserInput if there is none."""
        if name is None and len(self.operations) != 1:
            raise BadUserInput('The document has several operations: say which by "operationName".')
        found = self.operations.get(name) if name is not None else next(iter(self.operations.values()))
        if found is None:
            raise BadUserInput(f'The document has no operation called "{name}".')
        return found


class Asked(NamedTuple):
    """One request: the operation of its document that was chosen, with its variables coerced."""

    operation: Operation
    prepared: Prepared
    chosen: Coercion
    values: VariableValues
    limits: Limits
    reads: list[tuple[Plan, bytes]]
    """What was read for it so far."""
    bill: Bill

    @property
    def variables(self) -> dict[str, Any]:
        """The variables that have a value."""
        return self.values.coerced


class Refused(Exception):
    """The operation cannot be begun, for these reasons."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__()
        self.errors = errors


class Begun(Exception):
    """A mutation that was begun ran into an error of the client's: what it did before stays done."""

    def __init__(self, error: AgoraError) -> None:
        super().__init__()
        self.error = error

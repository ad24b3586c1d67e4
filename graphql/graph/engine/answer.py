"""The one door: every transport hands an operation to `Engine.answer` and sends the bytes it returns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from inspect import isawaitable
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson
import structlog
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    VariableValues,
    execute,
    parse,
    validate,
)

from graph.engine.access import ANONYMOUS, Access, Viewer
from graph.engine.cache import PlanTree, TwiceSeen
from graph.engine.entities import Graph
from graph.engine.errors import AgoraError, BadUserInput
from graph.engine.meta import meta_json
from graph.engine.operands import Asker, Source
from graph.engine.plan import Plan, Root, RootMeta, RootText, RootWritten
from graph.engine.planner import Planner, Strategy, inlined
from graph.engine.reference import Fetch, Loaders
from graph.engine.run import Connections, Executable, executable, fault, run
from graph.engine.schema import Schema
from graph.engine.selection import Document, Field, select
from graph.engine.variables import Coercion, InvalidVariables, coercion
from graph.engine.written import Ref, Writer

ROW = "#row"
"""Where plans of single rows find their uuid among the variables; no variable of a document can be called so."""

TOKEN_LIMIT = 2_000
CACHE_BYTES = 32 * 1024 * 1024

log = structlog.get_logger(__name__)


class Operation(NamedTuple):
    """What a client asks: a document, which of its operations, variables; and on whose behalf."""

    query: str
    variables: Mapping[str, Any] = MappingProxyType({})
    name: str | None = None
    viewer: Viewer = ANONYMOUS
    context: Any = None
    read_only: bool = False
    """Whether only a query will do, as over GET."""


class Answer(NamedTuple):
    """The response as JSON: `failed` if it holds errors, `refused` if the operation was not even begun."""

    body: bytes
    failed: bool = False
    refused: bool = False


@dataclass(slots=True)
class Prepared:
    """A document that was parsed and found valid, with the plans of its operations."""

    document: DocumentNode
    operations: dict[str | None, Coercion]
    fragments: dict[str, FragmentDefinitionNode]
    plans: dict[tuple[str | None, str, str], PlanTree] = field(default_factory=dict)

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
    variables: dict[str, Any]

    def values(self) -> VariableValues:
        """The variables as graphql-core's own functions want them."""
        return self.chosen.full(self.operation.variables)


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


class Engine:
    """Answers operations over `schema` with statements on `connections`, under the rules of `access`."""

    def __init__(
        self, schema: Schema, graph: Graph, access: Access, connections: Connections, *, strategy: Strategy = inlined
    ) -> None:
        self.schema, self.graph, self.access, self.connections = schema, graph, access, connections
        self.strategy = strategy
        self.cache: TwiceSeen[Prepared] = TwiceSeen(CACHE_BYTES)
        schema.engine = self

    def operation(
        self, query: str, variables: Mapping[str, Any] | None, name: str | None, context: Any = None
    ) -> Operation:
        """An operation on behalf of the viewer that `context` names, if it names one."""
        return Operation(query, variables or {}, name, getattr(context, "viewer", ANONYMOUS), context)

    async def answer(self, operation: Operation) -> Answer:
        """The response to `operation`. Never raises: a fault becomes an error with a code."""
        try:
            return Answer(await self._answer(operation))
        except Refused as refusal:
            return Answer(_errors(refusal.errors), failed=True, refused=True)
        except InvalidVariables as invalid:
            return Answer(_errors([_coded(error) for error in invalid.errors]), failed=True, refused=True)
        except BadUserInput as error:
            return Answer(_errors([_described(error)]), failed=True, refused=True)
        except Begun as begun:
            return Answer(_errors([_described(begun.error)], b'"data":null,'), failed=True)
        except AgoraError as error:
            log.warning("operation failed", code=error.code, cause=type(error.__cause__).__name__)
            return Answer(_errors([_described(error)], b'"data":null,'), failed=True)
        except Exception as error:
            log.exception("operation failed")
            return Answer(_errors([_described(fault(error))], b'"data":null,'), failed=True)

    def asked(self, operation: Operation) -> "Asked":
        """`operation` parsed, validated and its variables coerced. Raises Refused or BadUserInput."""
        prepared = self.cache.get(operation.query) or self.prepare(operation.query)
        chosen = prepared.operation(operation.name)
        return Asked(operation, prepared, chosen, chosen.coerced(operation.variables))

    async def _answer(self, operation: Operation) -> bytes:
        asked = self.asked(operation)
        if asked.chosen.operation.operation is OperationType.MUTATION:
            return await self._mutate(asked)
        plan = self.plan(asked)
        found = await run(plan, self.connections, asked.variables, operation.viewer)
        pieces = [await self._piece(asked, root, json) for root, json in zip(plan.plan.roots, found, strict=True)]
        return b'{"data":{' + b",".join(pieces) + b"}}"

    async def _mutate(self, asked: "Asked") -> bytes:
        """Run the root fields of a mutation one after the other, each a transaction of its own."""
        if asked.operation.read_only:
            raise BadUserInput("A mutation must be sent by POST.")
        mutation = self.schema.core.mutation_type
        assert mutation is not None
        document = Document(self.schema.core, asked.prepared.fragments, Asker(asked.values()))
        writer, pieces = self._writer(asked), []
        for selected in select(document, mutation, [asked.chosen.operation.selection_set]):
            try:
                json = b'"Mutation"' if selected.name == "__typename" else await writer.answer(selected, mutation)
            except BadUserInput as error:
                raise Begun(error) from None
            pieces.append(b'"%s":%s' % (selected.key.encode(), json))
        return b'{"data":{' + b",".join(pieces) + b"}}"

    def _writer(self, asked: "Asked") -> Writer:
        async def read(selected: Field, ref: Ref) -> bytes:
            plan = self._row_plan(asked, selected, ref.entity)
            variables = {**asked.variables, ROW: ref.key}
            (json,) = await run(plan, self.connections, variables, asked.operation.viewer)
            return json or b"null"

        return Writer(self.schema.core, asked.chosen.operation, asked.values(), asked.operation.context, read)

    def prepare(self, query: str) -> Prepared:
        """Parse and validate `query` and keep it; Refused if it is not a document of this schema."""
        try:
            document = parse(query, max_tokens=TOKEN_LIMIT)
        except GraphQLError as error:
            raise Refused([_coded(error)]) from None
        if errors := validate(self.schema.core, document):
            raise Refused([_coded(error) for error in errors])
        operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
        fragments = [node for node in document.definitions if isinstance(node, FragmentDefinitionNode)]
        prepared = Prepared(
            document,
            {node.name.value if node.name else None: coercion(self.schema.core, node) for node in operations},
            {node.name.value: node for node in fragments},
        )
        if not operations:
            raise BadUserInput("The document has no operation.")
        self.cache.add(query, prepared, 2_000 + 40 * len(query))
        return prepared

    def plan(self, asked: "Asked") -> Executable:
        """The plan of a query for this viewer and these variables, from the cache or made now."""
        query = self.schema.core.query_type
        assert query is not None

        def make(planner: Planner, document: Document) -> Plan:
            return planner.plan(select(document, query, [asked.chosen.operation.selection_set]))

        return self._planned(asked, "", make)

    def _row_plan(self, asked: "Asked", selected: Field, entity: str) -> Executable:
        """The plan of what `selected` selects of one row of `entity`."""

        def make(planner: Planner, document: Document) -> Plan:
            return planner.plan_row(replace(selected, document=document), self.graph[entity], Source(ROW))

        return self._planned(asked, selected.path, make)

    def _planned(self, asked: "Asked", path: str, make: Callable[[Planner, Document], Plan]) -> Executable:
        operation = asked.operation
        tree = asked.prepared.plans.setdefault((operation.name, operation.viewer.kind, path), PlanTree())
        found = tree.find(asked.variables)
        if found is not None:
            return found
        asker = Asker(asked.values())
        planner = Planner(self.schema.core, self.graph, self.access, operation.viewer, self.strategy)
        made = executable(make(planner, Document(self.schema.core, asked.prepared.fragments, asker)))
        tree.add(asker, made)
        self.cache.grow(operation.query, made.weight)
        return made

    async def _piece(self, asked: "Asked", root: Root, json: bytes | None) -> bytes:
        match root:
            case RootText():
                json = root.json
            case RootMeta(field=selected):
                json = meta_json(self.schema.core, asked.prepared.document, asked.chosen.operation, selected)
            case RootWritten(field=selected):
                assert self.schema.core.query_type is not None
                json = await self._writer(asked).answer(selected, self.schema.core.query_type)
        return b'"%s":%s' % (root.key.encode(), json or b"null")

    async def reference(self, operation: Operation, fetch: Fetch) -> dict[str, Any]:
        """The same answer by graphql-core and DataLoaders, as (data, errors) in a dict; for queries only."""
        asked = self.asked(operation)
        self.plan(asked)
        loaders = Loaders(self.schema.core, self.graph, self.access, operation.viewer, fetch)
        result = execute(
            self.schema.core,
            asked.prepared.document,
            context_value=ReferenceContext(loaders),
            variable_values=dict(operation.variables),
            operation_name=operation.name,
        )
        done = await result if isawaitable(result) else result
        return {"data": done.data, "errors": done.errors}


@dataclass(frozen=True, slots=True)
class ReferenceContext:
    """What resolvers of the reference path find in their context."""

    loaders: Loaders


def _coded(error: GraphQLError) -> GraphQLError:
    code = getattr(error.original_error, "code", None) or "BAD_USER_INPUT"
    return GraphQLError(error.message, error.nodes, error.source, error.positions, extensions={"code": code})


def _described(error: AgoraError) -> GraphQLError:
    return GraphQLError(error.message, extensions=error.extensions)


def _errors(errors: list[GraphQLError], data: bytes = b"") -> bytes:
    return b"{" + data + b'"errors":' + orjson.dumps([error.formatted for error in errors]) + b"}"

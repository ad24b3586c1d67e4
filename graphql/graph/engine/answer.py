"""The one door: every transport hands an operation to `Engine.answer` and sends the bytes it returns."""

from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from inspect import isawaitable
from types import MappingProxyType
from typing import Any, TypeVar

import structlog
from graphql import (
    FragmentDefinitionNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    execute,
    parse,
    specified_rules,
    validate,
)

from graph.engine.access import ANONYMOUS, Access
from graph.engine.asking.asked import LARGE, Answer, Asked, Begun, Operation, Prepared, Refused
from graph.engine.asking.cache import PlanTree, TwiceSeen
from graph.engine.asking.documents import Documents
from graph.engine.asking.hardened import NoIntrospection
from graph.engine.asking.limits import Figures, Limits, LimitsOf, fits, measure, measure_variables, same_for_all, scan
from graph.engine.asking.operands import Asker, Source
from graph.engine.asking.selection import Document, Field, select
from graph.engine.asking.telling import coded, described, failure, refusal
from graph.engine.asking.variables import Coercion, InvalidVariables, coercion
from graph.engine.costs.charging import (
    MUTATION,
    QUERY,
    RATE_LIMIT,
    SELECTION,
    SUBSCRIPTION,
    WRITE,
    Bill,
    Meter,
    RateLimited,
    uses_of_mutation,
)
from graph.engine.costs.cost import COST, Cost, check, cost, spent, together
from graph.engine.costs.statistics import Statistics
from graph.engine.errors import AgoraError, BadUserInput, MethodNotAllowed, NotFound
from graph.engine.model.entities import Graph
from graph.engine.planning.plan import Plan, Root, RootMeta, RootText, RootWritten
from graph.engine.planning.planner import Planner, Strategy, inlined
from graph.engine.reference.resolvers import Fetch, Loaders
from graph.engine.running.aside import Aside
from graph.engine.running.deadline import Deadline
from graph.engine.running.explain import Explaining, Lap, explains, unwatched
from graph.engine.running.feeds import DeskFollowing, Following, Make, follow, parts
from graph.engine.running.meta import INTROSPECTION, Introspection
from graph.engine.running.mutating import Mutating, rows_copied, rows_given
from graph.engine.running.run import Connections, Executable, executable, fault, run
from graph.engine.running.written import Ref, Refs, Writer, rows_of
from graph.engine.schema.schema import ATOMIC, Schema
from graph.engine.writing.write import Statements

__all__ = ["Answer", "Engine", "Operation"]

ROW = "#row"
"""Where plans of single rows find their uuid among the variables; no variable of a document can be called so."""

MAX_ERRORS = 5
"""How many errors of a document are told. Each can take milliseconds: similar names are looked for among all."""

WRITING, COPYING = 30, 3
"""What it costs to write a row, in units: 300 us with its indexes and its record; and one of many that are copied."""

CACHE_BYTES = 32 * 1024 * 1024

log = structlog.get_logger(__name__)


ANSWERED = frozenset({OperationType.QUERY, OperationType.MUTATION})
FOLLOWED = frozenset({OperationType.SUBSCRIPTION})
ELSEWHERE = "Subscriptions are not answered but followed: over WebSocket, or as server-sent events."
NO_SUBSCRIPTION = "The operation is no subscription."

T = TypeVar("T")


class Engine:
    """Answers operations over `schema` with statements on `connections`, under the rules of `access`."""

    def __init__(
        self,
        schema: Schema,
        graph: Graph,
        access: Access,
        connections: Connections,
        *,
        strategy: Strategy = inlined,
        limits_of: LimitsOf = same_for_all,
        documents: Documents | None = None,
        hardened: bool = False,
        meter: Meter | None = None,
    ) -> None:
        self.schema, self.graph, self.access, self.connections = schema, graph, access, connections
        self.strategy, self.limits_of = strategy, limits_of
        self.aside, self.introspection = Aside(), Introspection(schema.core)
        self.documents = documents or Documents()
        self.hardened, self.meter = hardened, meter
        self.rules = (*specified_rules, NoIntrospection) if hardened else specified_rules
        self.cache: TwiceSeen[Prepared] = TwiceSeen(CACHE_BYTES)
        self.statistics = Statistics()
        self.statements = Statements(schema.derived.books)
        schema.engine = self

    def learn(self, statistics: Statistics) -> None:
        """Reckon costs by these from now on; plans keep theirs, unless tables are of quite another size than before."""
        if not statistics.like(self.statistics):
            self.cache = TwiceSeen(CACHE_BYTES)
        self.statistics = statistics

    def operation(
        self, query: str, variables: Mapping[str, Any] | None, name: str | None, context: Any = None
    ) -> Operation:
        """An operation on behalf of the viewer that `context` names, if it names one."""
        return Operation(query, variables or {}, name, getattr(context, "viewer", ANONYMOUS), context)

    async def answer(self, operation: Operation, explaining: Explaining | None = None) -> Answer:
        """The response to `operation`. Never raises: a fault becomes an error with a code.

        A query is run on the connections of `explaining`, if they are given.
        """
        bill = Bill(self.meter, operation.viewer, operation.context)
        done = await self._attempt(self._answer(operation, explaining, bill), bill)
        return self._billed(done if isinstance(done, Answer) else Answer(done), operation, bill)

    async def subscribe(self, operation: Operation) -> Following | DeskFollowing | Answer:
        """Begin to follow what a subscription asks for, or the answer that says why not. Never raises."""
        return await self._begin(operation, FOLLOWED)

    async def open(self, operation: Operation) -> Following | DeskFollowing | Answer:
        """Begin to follow what a subscription asks for; the answer to anything else, or why not. Never raises."""
        return await self._begin(operation, frozenset(OperationType))

    async def _begin(self, operation: Operation, kinds: frozenset[OperationType]) -> Following | DeskFollowing | Answer:
        bill = Bill(self.meter, operation.viewer, operation.context)
        done = await self._attempt(self._done(operation, None, bill, kinds), bill)
        if isinstance(done, bytes):
            done = Answer(done)
        return self._billed(done, operation, bill) if isinstance(done, Answer) else done

    def _billed(self, answer: Answer, operation: Operation, bill: Bill) -> Answer:
        """`answer`, with what it cost."""
        if self.meter is None:
            return answer
        body, failed, refused, code, *_ = answer
        if failed and bill.rate and (code == RateLimited.code or RATE_LIMIT in operation.wants):
            body = b'%s,"extensions":{%s}}' % (body[:-1], bill.rate.json(bill.units))
        return Answer(body, failed, refused, code, bill.units, bill.rate, bill.retry_after)

    async def _attempt(self, work: Awaitable[T], bill: Bill) -> T | Answer:
        """What `work` comes to, or an error; what is refused before it has a price pays for that."""
        try:
            try:
                return await work
            except (Refused, InvalidVariables, BadUserInput):
                await bill.turned_away()
                raise
        except Refused as refused:
            return refusal(refused.errors)
        except InvalidVariables as invalid:
            return refusal([coded(error) for error in invalid.errors])
        except BadUserInput as error:
            return refusal([described(error)])
        except Begun as begun:
            return failure(begun.error)
        except AgoraError as error:
            log.warning("operation failed", code=error.code, cause=type(error.__cause__).__name__)
            return failure(error)
        except Exception as error:
            log.exception("operation failed")
            return failure(fault(error))

    def asked(self, operation: Operation) -> Asked:
        """`operation` parsed, validated and its variables coerced. Raises Refused or BadUserInput."""
        limits = self.limits_of(operation.viewer)
        prepared = self._known(operation.query, limits)
        if prepared is None:
            size = scan(operation.query, limits)
            prepared = self._keep(operation.query, self._prepared(operation.query, size, limits))
        return self._asked(operation, prepared, limits, Bill(None, operation.viewer, operation.context))

    async def _asked_aside(self, operation: Operation, lap: Lap, bill: Bill) -> Asked:
        """The same, without holding up others for long."""
        limits = self.limits_of(operation.viewer)
        prepared = self._known(operation.query, limits)
        if prepared is None:
            size = scan(operation.query, limits)
            bill.read(size["tokens"])
            work = partial(self._prepared, operation.query, size, limits, lap)
            large = size["bytes"] > 20 * LARGE or size["tokens"] > LARGE
            prepared = self._keep(operation.query, await self.aside.do(work) if large else work())
        return self._asked(operation, prepared, limits, bill)

    def _asked(self, operation: Operation, prepared: Prepared, limits: Limits, bill: Bill) -> Asked:
        chosen = prepared.operation(operation.name)
        writing = chosen.operation.operation is OperationType.MUTATION
        measure_variables(operation.variables, limits, writing=writing, rows=chosen.rows)
        return Asked(operation, prepared, chosen, chosen.coerced(operation.variables), limits, [], bill)

    def _known(self, query: str, limits: Limits) -> Prepared | None:
        """What was prepared for `query` before; TooComplex if that was for somebody with higher limits."""
        prepared = self.cache.get(query)
        if prepared is not None and prepared.allowed is not limits:
            if not fits(prepared.figures, limits):
                scan(query, limits)
                measure(self.schema.core, prepared.document, limits)
            prepared.allowed = limits
        return prepared

    async def _answer(self, operation: Operation, explaining: Explaining | None, bill: Bill) -> bytes:
        done = await self._done(operation, explaining, bill, ANSWERED)
        assert isinstance(done, bytes)
        return done

    async def _done(
        self, operation: Operation, explaining: Explaining | None, bill: Bill, kinds: frozenset[OperationType]
    ) -> bytes | Following | DeskFollowing:
        """The response to an operation of one of `kinds`, or what follows it."""
        if operation.wants and explains(operation.wants, operation.viewer):
            explaining = Explaining(self.connections)
        if operation.sha256 is not None or self.documents.only:
            operation = operation._replace(query=self.documents.text(operation.query, operation.sha256))
        asked = await self._asked_aside(operation, explaining.watch.lap if explaining else unwatched, bill)
        if operation.sha256 is not None:
            self.documents.keep(operation.sha256, operation.query)
        kind = asked.chosen.operation.operation
        if kind not in kinds:
            raise BadUserInput(ELSEWHERE if kind is OperationType.SUBSCRIPTION else NO_SUBSCRIPTION)
        if kind is OperationType.SUBSCRIPTION:
            return await self._follow(asked)
        return await (self._mutate(asked) if kind is OperationType.MUTATION else self._query(asked, explaining))

    async def _follow(self, asked: Asked) -> Following | DeskFollowing:
        """Plan, price and charge a subscription; nothing of it is read yet."""
        made = {path: await self._planned(asked, path, make) for path, make in parts(self.schema, asked)}
        following = follow(self, asked, made)
        price = together(plan.cost for plan in made.values())
        check(price, asked.limits.cost)
        uses = {name: count for plan in made.values() for name, count in plan.uses.items()}
        await asked.bill.pay(SUBSCRIPTION, uses, price.total)
        if isinstance(following, DeskFollowing) and not await following.is_there():
            raise Refused([described(NotFound())])
        return following

    async def _query(self, asked: Asked, explaining: Explaining | None) -> bytes:
        operation, bill = asked.operation, asked.bill
        deadline = Deadline(asked.limits.seconds)
        plan = await self._planned(asked, "", self._whole(asked))
        price = plan.cost
        if written := [root.field for root in plan.plan.roots if isinstance(root, RootWritten)]:
            price = together([price, *await self._prices(asked, written)])
        check(price, asked.limits.cost)
        await bill.pay(QUERY, plan.uses, price.total)
        found = await run(plan, explaining or self.connections, asked.variables, operation.viewer, deadline)
        pieces, before = [b'{"data":{'], b""
        for root, json in zip(plan.plan.roots, found, strict=True):
            pieces += (before, b'"%s":' % root.key.encode(), json or await self._outside(asked, root))
            before = b","
        told = [explaining.extension(plan, asked.variables)] if explaining else []
        if COST in operation.wants:
            asked.reads.append((plan.plan, b"".join((b"{", *pieces[1:], b"}"))))
            told.append(await self._spent(asked, price))
        if bill.rate and RATE_LIMIT in operation.wants:
            told.append(bill.rate.json(bill.units))
        pieces.append(b'},"extensions":{%s}}' % b",".join(told) if told else b"}}")
        return b"".join(pieces)  # the only copy: an answer may be megabytes

    async def _mutate(self, asked: Asked) -> bytes:
        """Do the root fields of a mutation one after the other, and read what became of them."""
        if asked.operation.read_only:
            raise MethodNotAllowed()
        mutation = self.schema.core.mutation_type
        assert mutation is not None
        document = Document(self.schema.core, asked.prepared.fragments, Asker(asked.values))
        fields = select(document, mutation, [asked.chosen.operation.selection_set])
        writer = self._writer(asked)
        try:
            arguments = {selected.key: writer.arguments(selected) for selected in fields}
        except BadUserInput as error:
            raise Begun(error) from None
        given = {selected.key: rows_given(selected, arguments[selected.key]) for selected in fields}
        copied = [
            Cost(units, one.path, units) for one in fields if (units := COPYING * rows_copied(arguments[one.key]))
        ]
        price = together([*copied, *await self._prices(asked, fields, given)])
        check(price, asked.limits.cost)
        bill = asked.bill
        await bill.pay(MUTATION, uses_of_mutation(fields, self.graph), price.total + WRITE * len(fields))
        done = Mutating(writer, self.statements, asked.operation.viewer, mutation, arguments)
        atomic = any(directive.name.value == ATOMIC.name for directive in asked.chosen.operation.directives or ())
        try:
            pieces = [piece async for piece in done.pieces(fields, atomic=atomic)]
        except BadUserInput as error:
            raise Begun(error) from None
        told = [await self._spent(asked, price)] if COST in asked.operation.wants else []
        if bill.rate and RATE_LIMIT in asked.operation.wants:
            told.append(bill.rate.json(bill.units))
        extensions = b',"extensions":{%s}' % b",".join(told) if told else b""
        return b'{"data":{' + b",".join(pieces) + b"}" + extensions + b"}"

    async def _prices(
        self, asked: Asked, fields: Iterable[Field], given: Mapping[str, int] = MappingProxyType({})
    ) -> list[Cost]:
        """What it costs to write the rows that are `given` to fields, and to read those that fields return."""
        prices = []
        for selected in fields:
            times = given.get(selected.key, 0)
            prices += [Cost(times * WRITING, selected.path, times * WRITING)] if times else []
            for row, entity in rows_of(self._anew(asked, selected), self.graph):
                plan = await self._planned(asked, row.path, self._row(row, entity))
                prices.append(plan.cost.below(row.key, row.path).times(max(times, 1)))
        return prices

    async def _spent(self, asked: Asked, price: Cost) -> bytes:
        """The extension of the response that tells what was to be paid."""
        return await self.aside.do(partial(spent, price, asked.reads, self.statistics))

    def _writer(self, asked: Asked) -> Writer:
        async def read(selected: Field, ref: Ref | Refs) -> bytes:
            viewer = (isinstance(ref, Ref) and ref.viewer) or asked.operation.viewer
            mine = asked._replace(operation=asked.operation._replace(viewer=viewer))
            many = isinstance(ref, Refs)
            path = f"{selected.path}{ROW}" if many else selected.path
            plan = await self._planned(mine, path, self._row(selected, ref.entity, many=many))
            given = ref.keys if isinstance(ref, Refs) else ref.key
            variables, deadline = {**asked.variables, ROW: given}, Deadline(asked.limits.seconds)
            (json,) = await run(plan, self.connections, variables, viewer, deadline)
            asked.reads.append((plan.plan, b'{"%s":%s}' % (selected.key.encode(), json or b"null")))
            return json or b"null"

        return Writer(self.schema.core, asked.chosen.operation, asked.values, asked.operation.context, read)

    def _prepared(self, query: str, size: Figures, limits: Limits, lap: Lap = unwatched) -> Prepared:
        """Parse and validate `query`, if it is within `limits`; Refused if it is not a document of this schema."""
        try:
            document = parse(query)
            figures = {**size, **measure(self.schema.core, document, limits)}
        except GraphQLError as error:
            raise Refused([coded(error)]) from None
        lap("parse")
        hidden = self.hardened
        if errors := validate(self.schema.core, document, self.rules, MAX_ERRORS, hide_suggestions=hidden):
            raise Refused([coded(error) for error in errors])
        lap("validate")
        operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
        fragments = [node for node in document.definitions if isinstance(node, FragmentDefinitionNode)]
        if not operations:
            raise BadUserInput("The document has no operation.")
        return Prepared(
            document,
            {node.name.value if node.name else None: self._coercion(node) for node in operations},
            {node.name.value: node for node in fragments},
            figures,
            limits,
        )

    def _keep(self, query: str, prepared: Prepared) -> Prepared:
        self.cache.add(query, prepared, 2_000 + 40 * len(query))
        return prepared

    def _coercion(self, node: OperationDefinitionNode) -> Coercion:
        return coercion(self.schema.core, node, hide_suggestions=self.hardened)

    def plan(self, asked: Asked) -> Executable:
        """The plan of a query for this viewer and these variables, from the cache or made now."""
        return self.planned_now(asked, "", self._whole(asked))

    def planned_now(self, asked: Asked, path: str, make: Make) -> Executable:
        """The plan that `make` makes of what is selected at `path`, from the cache or made now."""
        return self._tree(asked, path).find(asked.variables) or self._add(asked, path, *self._made(asked, make))

    def _whole(self, asked: Asked) -> Make:
        if asked.chosen.operation.operation is OperationType.SUBSCRIPTION:
            raise BadUserInput(ELSEWHERE)
        query = self.schema.core.query_type
        assert query is not None
        sets = [asked.chosen.operation.selection_set]
        return lambda planner, document: planner.plan(select(document, query, sets))

    def _row(self, selected: Field, entity: str, *, many: bool = False) -> Make:
        """What plans what `selected` selects of one row of `entity`, or of each of many."""

        def make(planner: Planner, document: Document) -> Plan:
            plan = planner.plan_rows if many else planner.plan_row
            return plan(replace(selected, document=document), self.graph[entity], Source(ROW))

        return make

    async def _planned(self, asked: Asked, path: str, make: Make) -> Executable:
        """The plan that `make` makes of what is selected at `path`, from the cache or made now without holding up
        others for long.
        """
        if (found := self._tree(asked, path).find(asked.variables)) is not None:
            return found
        asked.bill.extra += SELECTION * asked.prepared.figures["selections"]
        work = partial(self._made, asked, make)
        return self._add(asked, path, *(await self.aside.do(work) if asked.prepared.large else work()))

    def _tree(self, asked: Asked, path: str = "") -> PlanTree:
        key = (asked.operation.name, asked.operation.viewer.kind, path)
        return asked.prepared.plans.setdefault(key, PlanTree())

    def _made(self, asked: Asked, make: Make) -> tuple[Asker, Executable]:
        asker = Asker(asked.values)
        planner = Planner(self.schema.core, self.graph, self.access, asked.operation.viewer, self.strategy)
        plan = make(planner, Document(self.schema.core, asked.prepared.fragments, asker))
        return asker, executable(plan, cost(plan, self.statistics))

    def _add(self, asked: Asked, path: str, asker: Asker, made: Executable) -> Executable:
        self._tree(asked, path).add(asker, made)
        self.cache.grow(asked.operation.query, made.weight)
        return made

    def _anew(self, asked: Asked, selected: Field) -> Field:
        """A field of a plan, which may have been made for another request, with the variables of this one."""
        return replace(selected, document=Document(self.schema.core, asked.prepared.fragments, Asker(asked.values)))

    async def prepare_introspection(self) -> None:
        """Have the answer ready for tools that ask for the whole schema; others are served meanwhile."""
        if self.hardened or self.documents.only:
            return
        asked = self.asked(Operation(INTROSPECTION))
        for root in self.plan(asked).plan.roots:
            if isinstance(root, RootMeta):
                await self.introspection.prepare(self._anew(asked, root.field))

    async def _outside(self, asked: Asked, root: Root) -> bytes:
        """The JSON of a root field that is not read from the database."""
        match root:
            case RootText():
                return root.json
            case RootMeta(field=selected):
                return await self.introspection.json(self._anew(asked, selected))
            case RootWritten(field=selected):
                assert self.schema.core.query_type is not None
                return await self._writer(asked).answer(self._anew(asked, selected), self.schema.core.query_type)
        raise TypeError(root)

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

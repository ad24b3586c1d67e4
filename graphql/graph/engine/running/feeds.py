"""One subscription, ready to be read from: parsed, validated, measured and charged by `Engine.subscribe`.

When to read, and who is sent what was read, is no business of this module: it knows no connection of a client and no
wake-up. All that it hands over are bodies, `{"data":{"<response key>":{…}}}`, whole.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Literal, NamedTuple, Protocol
from uuid import UUID

import orjson
from graphql import Node, VariableNode, get_argument_values

from graph.engine.access import VIEWER, Access, Viewer
from graph.engine.asking.asked import Asked
from graph.engine.asking.operands import Asker
from graph.engine.asking.selection import Document, Field, select
from graph.engine.errors import BadUserInput
from graph.engine.model.entities import Graph
from graph.engine.model.feeds import Board, Feed, Listed, Said, Told
from graph.engine.model.ids import snake, uuid_of
from graph.engine.planning.following import AFTER, HERE, LIMIT, UUIDS, changed_plan, each_plan, log_plan
from graph.engine.planning.plan import Plan
from graph.engine.planning.planner import Planner
from graph.engine.running.deadline import Deadline
from graph.engine.running.run import Connections, Executable, run_alone, run_rows
from graph.engine.schema.meaning import meaning_of
from graph.engine.schema.schema import Schema
from graph.engine.sql.following import guard_statement

Make = Callable[[Planner, Document], Plan]
"""Plans one part of an operation."""


class Plans(Protocol):
    """Who makes plans and keeps them: the engine."""

    schema: Schema
    graph: Graph
    access: Access
    connections: Connections

    def planned_now(self, asked: Asked, path: str, make: Make) -> Executable:
        """The plan that `make` makes of what is selected at `path`, from the cache or made now."""


class Entry(NamedTuple):
    """An entry of a log, as one selection shows it."""

    seq: int
    id: UUID
    type: str
    body: bytes


class Read(NamedTuple):
    """What one statement found, all of it at one moment.

    Fewer entries than were asked for are all there are up to `head`. In a log with one number for all audiences some
    numbers may be missing, and then even the last entry's can be below `head`.
    """

    head: int
    epoch: int
    """0 for a log that has none."""
    is_staff: bool
    """Whether the viewer counts as those do who see everything."""
    entries: Sequence[Entry]


class Followed:
    """What subscriptions to logs and to boards have in common."""

    def __init__(self, plans: Plans, asked: Asked, made: Mapping[str, Executable]) -> None:
        self._plans, self._asked, self._made = plans, asked, made
        self._root = root_of(plans.schema, asked, Asker(asked.values))
        self._key = self._root.key.encode()
        self._shapes: dict[str, tuple[tuple[str, str, Said | None], ...]] = {}
        self.viewer = asked.operation.viewer
        self.group: Hashable = _group(asked, self._root, made)

    def render(self, type_name: str, values: Mapping[str, Any]) -> bytes:
        """The body of what no row stands behind, by the names of its fields; what is not given is null."""
        if type_name not in self._shapes:
            self._shapes[type_name] = self._shape(type_name)
        told = _told(self._root, type_name)
        given = {**values, **told.always}
        shown = {key: _shown(said, given.get(name)) if said else name for key, name, said in self._shapes[type_name]}
        return self._body(orjson.dumps(shown))

    def _shape(self, type_name: str) -> tuple[tuple[str, str, Said | None], ...]:
        """What is selected of such an object: response keys with the fields they hold; the type's name has none."""
        fields = _told(self._root, type_name).fields
        selected = self._root.on(self._plans.schema.object_type(type_name))
        return tuple(
            (one.key, type_name, None) if one.name == "__typename" else (one.key, one.name, fields[one.name])
            for one in selected
        )

    def _body(self, json: bytes) -> bytes:
        return b'{"data":{"%s":%s}}' % (self._key, json)

    async def _rows(self, path: str, given: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        variables, deadline = {**self._asked.variables, **given}, Deadline(self._asked.limits.seconds)
        return await run_rows(self._made[path], self._plans.connections, variables, self.viewer, deadline)

    def _as(self, viewer: Viewer) -> tuple[Plans, Asked, Mapping[str, Executable]]:
        """What the same subscription is made of for another viewer."""
        asked = self._asked._replace(operation=self._asked.operation._replace(viewer=viewer))
        made = {path: self._plans.planned_now(asked, path, make) for path, make in parts(self._plans.schema, asked)}
        return self._plans, asked, made


class Following(Followed):
    """A subscription to a log."""

    def __init__(self, plans: Plans, asked: Asked, made: Mapping[str, Executable]) -> None:
        super().__init__(plans, asked, made)
        feed = meaning_of(self._root.definition)
        assert isinstance(feed, Feed)
        self.feed = feed
        given = get_argument_values(self._root.definition, self._root.nodes[0], asked.values)
        of = plans.graph[plans.graph[feed.entity].relations[feed.of].target]
        self.key: UUID = uuid_of(given[feed.argument], of.prefix, f"{feed.field}.{feed.argument}")
        self.after: int | None = _not_negative(f"{feed.field}.after", given.get("after"))
        self.epoch: int | None = given.get("epoch")

    async def read(self, after: int, limit: int) -> Read | None:
        """The first `limit` entries after the number `after`, and where the log ends; after -1 only that.

        None if the row is not there for this viewer. Raises AgoraError where the database does not answer in time.
        """
        rows = await self._rows(LOG, {HERE: self.key, AFTER: max(after, 0), LIMIT: limit if after >= 0 else 0})
        if not rows:
            return None
        head, epoch, is_staff, *_ = rows[0]
        entries = [Entry(seq, id_, type_, body) for *_, seq, type_, id_, body in rows if seq is not None]
        return Read(head, epoch or 0, is_staff, entries)

    def on_behalf_of(self, viewer: Viewer) -> "Following":
        """The same subscription for what its viewer has become."""
        return Following(*self._as(viewer))


class DeskFollowing(Followed):
    """A subscription to a board."""

    def __init__(self, plans: Plans, asked: Asked, made: Mapping[str, Executable]) -> None:
        super().__init__(plans, asked, made)
        board = meaning_of(self._root.definition)
        assert isinstance(board, Board)
        self.board = board
        given = get_argument_values(self._root.definition, self._root.nodes[0], asked.values)
        self.key: UUID = uuid_of(given[board.argument], snake(board.of), f"{board.field}.{board.argument}")

    async def is_there(self) -> bool:
        """Whether the viewer may follow the board, now; `Engine.subscribe` has asked that once."""
        entity, key = self.board.guard
        guard = self._plans.graph[entity]
        rule = self._plans.access.predicate(guard, self.viewer)
        if rule is None:
            return True
        deadline, statement = Deadline(self._asked.limits.seconds), guard_statement(guard, key, rule)
        return bool(await run_alone(statement, self._plans.connections, self.viewer, self.key, deadline))

    async def snapshot(self, sessions: Sequence[UUID], agents: Sequence[UUID]) -> bytes:
        """The body that lists these rows in this order, those that the viewer may see.

        Raises AgoraError where the database does not answer in time.
        """
        ids = dict(zip((one.many for one in self.board), (sessions, agents), strict=True))
        pairs = []
        for inner in _inside(self._plans.schema, self._root, self.board):
            if inner.name == "__typename":
                json = orjson.dumps(self.board.snapshot)
            else:
                found = dict(await self._rows(f"{self.board.snapshot}.{inner.key}", {UUIDS: ids[inner.name]}))
                json = b"[%s]" % b",".join(found[key] for key in ids[inner.name] if key in found)
            pairs.append(b'"%s":%s' % (inner.key.encode(), json))
        return self._body(b"{%s}" % b",".join(pairs))

    async def changed(self, kind: Literal["session", "agent"], ids: Sequence[UUID]) -> list[bytes | None]:
        """The body for each row that changed; None where the viewer may not see it, or not any more.

        Raises AgoraError where the database does not answer in time.
        """
        listed = next(one for one in self.board if one.name == kind)
        found = dict(await self._rows(listed.changed, {UUIDS: ids}))
        return [self._body(found[key]) if key in found else None for key in ids]

    def on_behalf_of(self, viewer: Viewer) -> "DeskFollowing":
        """The same subscription for what its viewer has become."""
        return DeskFollowing(*self._as(viewer))


def follow(plans: Plans, asked: Asked, made: Mapping[str, Executable]) -> Following | DeskFollowing:
    """The subscription that `asked` begins, of whose `parts` the plans are `made`. Raises BadUserInput."""
    return (Following if LOG in made else DeskFollowing)(plans, asked, made)


LOG = ""
"""The path of the one plan of a log."""


def root_of(schema: Schema, asked: Asked, asker: Asker) -> Field:
    """The one field of a subscription, which validation has seen to."""
    document = Document(schema.core, asked.prepared.fragments, asker)
    return _root(schema, asked, document)


def _root(schema: Schema, asked: Asked, document: Document) -> Field:
    type_ = schema.core.subscription_type
    assert type_ is not None
    (root,) = select(document, type_, [asked.chosen.operation.selection_set])
    return root


def parts(schema: Schema, asked: Asked) -> Iterator[tuple[str, Make]]:
    """What is to be planned of a subscription: paths, and what makes the plan of each."""
    root = root_of(schema, asked, Asker(asked.values))
    followed = meaning_of(root.definition)
    if isinstance(followed, Feed):
        yield LOG, lambda planner, document: log_plan(planner, _root(schema, asked, document), followed)
    elif isinstance(followed, Board):
        for one in followed:
            yield one.changed, partial(_changed, schema, asked, one)
        for inner in _inside(schema, root, followed):
            if inner.name != "__typename":
                yield f"{followed.snapshot}.{inner.key}", partial(_each, schema, asked, followed, inner.key)


def _changed(schema: Schema, asked: Asked, listed: Listed, planner: Planner, document: Document) -> Plan:
    entity = planner.graph[listed.entity]
    return changed_plan(planner, _root(schema, asked, document), listed.changed, entity)


def _each(schema: Schema, asked: Asked, board: Board, key: str, planner: Planner, document: Document) -> Plan:
    inside = _inside(schema, _root(schema, asked, document), board)
    selected = next(inner for inner in inside if inner.key == key)
    entity = next(one.entity for one in board if one.many == selected.name)
    return each_plan(planner, selected, planner.graph[entity])


def _inside(schema: Schema, root: Field, board: Board) -> tuple[Field, ...]:
    """What is selected of the snapshot of a board."""
    return root.on(schema.object_type(board.snapshot))


def _told(root: Field, type_name: str) -> Told:
    followed = meaning_of(root.definition)
    assert isinstance(followed, Feed | Board)
    found = next((one for one in followed.told if one.name == type_name), None)
    if found is None:
        raise ValueError(f"{followed.field} tells no {type_name}.")
    return found


def _shown(said: Said, value: Any) -> Any:
    """A value as the answer shows it: what names a row, as its global ID."""
    if said.names is None or value is None:
        return value
    text, prefix = str(value), f"{snake(said.names)}_"
    return text if text.startswith(prefix) else prefix + text


def _not_negative(where: str, number: int | None) -> int | None:
    if number is not None and number < 0:
        raise BadUserInput(f'Argument "{where}" is {number}; it must not be below 0.', argument=where)
    return number


def _group(asked: Asked, root: Field, made: Mapping[str, Executable]) -> Hashable:
    """What the bytes depend on beside the rows: the document, its variables, and what of the viewer is asked for."""
    operation, viewer = asked.operation, asked.operation.viewer
    kept = asked.prepared.steering
    names = kept.get(operation.name)
    if names is None:
        names = kept[operation.name] = _steering(asked, root)
    variables = {name: operation.variables[name] for name in names if name in operation.variables}
    given = orjson.dumps(variables, default=str, option=orjson.OPT_SORT_KEYS).decode()  # bytes would keep 4 KiB
    asks = {name for plan in made.values() if plan.statement for name in plan.statement.params}
    own = sorted(name.removeprefix(VIEWER) for name in asks if name.startswith(VIEWER))
    params = tuple((name, _frozen(viewer.params[name])) for name in own)
    return operation.query, operation.name, given, viewer.kind, params


def _frozen(value: Any) -> Hashable:
    """A parameter of the viewer's; the order of a list of keys means nothing."""
    return tuple(sorted(map(str, value))) if isinstance(value, list | tuple | set | frozenset) else str(value)


def _steering(asked: Asked, root: Field) -> frozenset[str]:
    """The variables that stand anywhere but where it is said from which entry on the log is followed."""
    where = [one.value for node in root.nodes for one in node.arguments or () if one.name.value in ("after", "epoch")]
    passed = {id(value) for value in where if isinstance(value, VariableNode)}
    operation = asked.chosen.operation
    stack: list[Node] = [operation.selection_set, *(operation.directives or ()), *asked.prepared.fragments.values()]
    found = set[str]()
    while stack:
        node = stack.pop()
        if isinstance(node, VariableNode) and id(node) not in passed:
            found.add(node.name.value)
        for key in node.keys:
            value = getattr(node, key)
            stack += [value] if isinstance(value, Node) else value if isinstance(value, tuple) else ()
    return frozenset(found)

"""What one operation may ask for, measured before anything else is done with it.

graphql-core's validation is quadratic in places, and both it and the parser work on whatever they are given. So the
text is scanned before it is parsed and the document measured before it is validated: in time linear in its size, and
without ever recursing into it. Knows the schema only to tell relations from the parts of a connection.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, NamedTuple

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    ListValueNode,
    Node,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    Source,
    get_named_type,
)

from graph.engine.access import Viewer
from graph.engine.errors import TooComplex
from graph.engine.model.entities import Reference, Relation
from graph.engine.schema.meaning import meaning_of
from graph.engine.writing.rows import Path


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one operation may ask for; the defaults are those of a viewer who signed in."""

    bytes: int = 256 * 1024
    """The document's size; long texts belong into variables."""
    tokens: int = 2_000
    """Names, numbers, strings, signs and comments of the document."""
    nesting: int = 64
    """Brackets of any kind inside each other; ten relations with edges and nodes and a filter need 45."""
    selections: int = 5_000
    """Fields and fragments selected, those of a fragment as often as it is spread."""
    depth: int = 10
    """Relations inside each other; the parts of a connection are free, and so is introspection."""
    aliases: int = 30
    """Aliases, those of a fragment as often as it is spread."""
    same_name: int = 100
    """Fields of one name in one place of the response, which are merged."""
    comparisons: int = 10_000
    """Pairs of such fields: validation compares each with each."""
    spreads: int = 100
    """Fragments spread, inline ones too: validation compares each with each."""
    directives: int = 50
    list_items: int = 500
    """Items of one list in the document."""
    mutations: int = 10
    """Root fields of a mutation, each of which is a transaction."""
    values: int = 5_000
    """Values in the variables, those in lists and objects too."""
    written: int = 25_000
    """The same in the variables of a mutation, which may hold 1,000 rows."""
    value_depth: int = 50
    """Lists and objects inside each other in the variables."""
    cost: int = 50_000
    seconds: float = 10.0
    """How long the database may take, waiting for a connection included."""


ANONYMOUS_LIMITS = Limits(
    tokens=1_000,
    selections=2_000,
    depth=6,
    aliases=15,
    directives=20,
    mutations=1,
    written=5_000,
    cost=5_000,
    seconds=2.0,
)
"""What a viewer may whom nobody knows."""

LimitsOf = Callable[[Viewer], Limits]
"""Which limits a viewer has."""

SIGNED_IN_LIMITS = Limits()


def by_kind(viewer: Viewer) -> Limits:
    """Lower limits for those whom nobody knows."""
    return ANONYMOUS_LIMITS if viewer.kind in ("anonymous", "visitor") else SIGNED_IN_LIMITS


def same_for_all(viewer: Viewer) -> Limits:
    """The same limits for every viewer."""
    return SIGNED_IN_LIMITS


SAYS = {
    "bytes": "The document has {asked:,} bytes; {limit:,} are allowed.",
    "tokens": "The document has {asked:,} tokens; {limit:,} are allowed.",
    "nesting": "The document nests {asked:,} brackets; {limit:,} are allowed.",
    "selections": "The document selects {asked:,} fields and fragments; {limit:,} are allowed.",
    "depth": "The operation goes {asked:,} relations deep; {limit:,} are allowed.",
    "aliases": "The document has {asked:,} aliases; {limit:,} are allowed.",
    "same_name": "The document selects a field {asked:,} times in one place; {limit:,} times are allowed.",
    "comparisons": "The document has {asked:,} pairs of fields of one name; {limit:,} are allowed.",
    "spreads": "The document spreads {asked:,} fragments; {limit:,} are allowed.",
    "directives": "The document has {asked:,} directives; {limit:,} are allowed.",
    "list_items": "A list in the document has {asked:,} items; {limit:,} are allowed.",
    "mutations": "The mutation has {asked:,} root fields; {limit:,} are allowed.",
    "values": "The variables hold {asked:,} values; {limit:,} are allowed.",
    "value_depth": "The variables nest {asked:,} lists and objects; {limit:,} are allowed.",
}
"""What a client is told of each limit, and the order in which they are looked at."""

SIZES = {"bytes", "tokens", "nesting"}
"""What is measured of the text itself."""

COUNTED = 1_000_000_000
"""Fragments in fragments come to numbers that no JSON holds; more than this is not told apart."""

Figures = Mapping[str, int]
"""What was measured, by the name of its limit."""


def fits(figures: Figures, limits: Limits) -> bool:
    """Whether nothing measured is beyond `limits`."""
    return all(asked <= getattr(limits, name) for name, asked in figures.items())


class _Meter:
    """Adds up, and remembers where each limit was first passed."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.figures = dict.fromkeys(SAYS, 0)
        self._passed: dict[str, int] = {}

    def add(self, name: str, at: int, amount: int = 1) -> None:
        """There are `amount` more."""
        self.reach(name, at, self.figures[name] + amount)

    def reach(self, name: str, at: int, asked: int) -> None:
        """There is a place with as many as `asked`."""
        if asked > self.figures[name]:
            self.figures[name] = asked
            if asked > getattr(self.limits, name):
                self._passed.setdefault(name, at)

    def check(self, source: Source | None) -> Figures:
        """What was measured. Raises TooComplex if anything of it is beyond its limit."""
        for name, says in SAYS.items():
            if name in self._passed:
                asked, limit = min(self.figures[name], COUNTED), getattr(self.limits, name)
                at = None if source is None else (source, self._passed[name])
                raise TooComplex(says.format(asked=asked, limit=limit), at, limit=name, asked=asked, allowed=limit)
        return self.figures


TOKEN = re.compile(
    r'"""(?:[^"\\]++|\\"""|\\|"(?!""))*+(?:""")?'  # a block string; one without its end is the rest of the document
    r'|"(?:[^"\\\r\n]++|\\.)*+"?'
    r"|\#[^\r\n]*+"
    r"|[_A-Za-z][_0-9A-Za-z]*+"
    r"|-?[0-9][-+.0-9A-Za-z]*+"
    r"|\.\.\."
    r"|[^\s,\ufeff]"
)
"""Tokens as far as they must be told apart to be counted. No part of it ever goes back: it is linear in any text."""


STEPS = {"{": 1, "(": 1, "[": 1, "}": -1, ")": -1, "]": -1}


def scan(query: str, limits: Limits) -> Figures:
    """The size of the text of a document, before it is parsed. Raises TooComplex.

    Counting ends at ten times what is allowed: by how much more a text is too long is of no use to anybody.
    """
    meter, source = _Meter(limits), Source(query)
    meter.reach("bytes", 0, len(query) if query.isascii() else len(query.encode(errors="surrogatepass")))
    meter.check(source)
    nesting = 0
    for number, token in enumerate(islice(TOKEN.finditer(query), 10 * limits.tokens), 1):
        at = token.start()
        meter.reach("tokens", at, number)
        if step := STEPS.get(query[at]):
            nesting += step
            meter.reach("nesting", at, nesting)
    return {name: asked for name, asked in meter.check(source).items() if name in SIZES}


def measure(schema: GraphQLSchema, document: DocumentNode, limits: Limits) -> Figures:
    """What a parsed document asks for. Raises TooComplex, or GraphQLError where fragments spread each other."""
    meter = _Meter(limits)
    parts = [_part(node, meter) for node in document.definitions]
    fragments = {part.node.name.value: part for part in parts if isinstance(part.node, FragmentDefinitionNode)}
    weights = _weights(fragments)
    roots = [part for part in parts if isinstance(part.node, OperationDefinitionNode)]
    roots += _unused(fragments, roots)
    for root in roots:
        _expand(root, weights, meter)
    source = document.loc.source if document.loc else None
    meter.check(source)
    for root in roots:
        _Places(schema, fragments, meter).visit(root.node)
    return {name: asked for name, asked in meter.check(source).items() if name not in SIZES}


def measure_variables(
    variables: Mapping[str, Any], limits: Limits, *, writing: bool = False, rows: Iterable[Path] = ()
) -> None:
    """Raise TooComplex if the variables of a request hold too much, beside the `rows` that others measure."""
    if not variables:
        return
    limits = replace(limits, values=limits.written) if writing else limits
    count, depth = 0, 0
    level: list[Any] = [_without(variables, rows)]
    while level:
        inside: list[Any] = []
        for holder in level:
            values = holder.values() if isinstance(holder, dict) else holder
            count += len(values)
            inside += [value for value in values if isinstance(value, dict | list)]
        level, depth = inside, depth + 1
    if count > limits.values or depth - 1 > limits.value_depth:
        meter = _Meter(limits)
        meter.reach("values", 0, count)
        meter.reach("value_depth", 0, depth - 1)
        meter.check(None)


def _without(variables: Mapping[str, Any], paths: Iterable[Path]) -> dict[str, Any]:
    """The variables without what stands at `paths`."""
    found = dict(variables)
    for name, *inside in paths:
        if not inside:
            found.pop(name, None)
        elif isinstance(held := found.get(name), dict):
            found[name] = {key: value for key, value in held.items() if key not in inside}
    return found


Root = OperationDefinitionNode | FragmentDefinitionNode


@dataclass(slots=True)
class _Part:
    """A definition of a document, and what it selects, in the order of the text."""

    node: Any
    selected: list[Node] = field(default_factory=list)

    def spreads(self) -> Iterator[FragmentSpreadNode]:
        """The fragments that it spreads."""
        return (node for node in self.selected if isinstance(node, FragmentSpreadNode))


class _Weight(NamedTuple):
    """What something comes to with its fragments expanded."""

    selections: int
    aliases: int


def _start(node: Node) -> int:
    return node.loc.start if node.loc else 0


def _part(definition: Node, meter: _Meter) -> _Part:
    """Everything in `definition`, looked at once."""
    part = _Part(definition)
    stack: list[Node] = [definition]
    while stack:
        node = stack.pop()
        match node:
            case FieldNode():
                part.selected.append(node)
            case FragmentSpreadNode() | InlineFragmentNode():
                part.selected.append(node)
                meter.add("spreads", _start(node))
            case DirectiveNode():
                meter.add("directives", _start(node))
            case ListValueNode(values=values):
                meter.reach("list_items", _start(node), len(values or ()))
        stack += reversed(list(_children(node)))
    return part


def _children(node: Node) -> Iterator[Node]:
    for key in node.keys:
        value = getattr(node, key)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            yield from value


def _weights(fragments: Mapping[str, _Part]) -> dict[str, _Weight]:
    """What each fragment comes to, expanded: those that it spreads are weighed before it, each once."""
    weights: dict[str, _Weight] = {}
    for name in fragments:
        path = {} if name in weights else {name: fragments[name].spreads()}
        while path:
            last = next(reversed(path))
            for spread in path[last]:
                inner = spread.name.value
                if inner in path:
                    raise GraphQLError(f"Cannot spread fragment '{inner}' within itself.", spread)
                if inner in fragments and inner not in weights:
                    path[inner] = fragments[inner].spreads()
                    break
            else:
                weights[last] = _sum(_weigh(node, weights) for node in fragments[last].selected)
                del path[last]
    return weights


def _weigh(node: Node, weights: Mapping[str, _Weight]) -> _Weight:
    match node:
        case FieldNode(alias=alias):
            return _Weight(1, alias is not None)
        case FragmentSpreadNode(name=name) if name.value in weights:
            return _Weight(1 + weights[name.value].selections, weights[name.value].aliases)
    return _Weight(1, 0)


def _sum(weights: Iterable[_Weight]) -> _Weight:
    selections = aliases = 0
    for weight in weights:
        selections += weight.selections
        aliases += weight.aliases
    return _Weight(selections, aliases)


def _unused(fragments: Mapping[str, _Part], roots: Iterable[_Part]) -> list[_Part]:
    """The fragments that no operation spreads: validation will refuse them, but looks at them first."""
    used: set[str] = set()
    stack = list(roots)
    while stack:
        names = {spread.name.value for spread in stack.pop().spreads()} & fragments.keys() - used
        used |= names
        stack += [fragments[name] for name in names]
    return [part for name, part in fragments.items() if name not in used]


def _expand(root: _Part, weights: Mapping[str, _Weight], meter: _Meter) -> None:
    for node in root.selected:
        weight = _weigh(node, weights)
        meter.add("selections", _start(node), weight.selections)
        meter.add("aliases", _start(node), weight.aliases)


class _Selected(NamedTuple):
    """A selection set where it applies: to which type, and inside how many inline fragments.

    Validation compares the fields of an inline fragment again for every one around it.
    """

    set: SelectionSetNode
    type: GraphQLNamedType | None
    level: int = 0


@dataclass(slots=True)
class _Place:
    """A place in the response: what is selected of its value, and how many relations led there."""

    sets: list[_Selected]
    depth: int
    at: int
    count: int = 0
    level: int = 0


@dataclass(frozen=True, slots=True)
class _Places:
    """Visits every place of a response once. The number of selections bounds how many there are."""

    schema: GraphQLSchema
    fragments: Mapping[str, _Part]
    meter: _Meter

    def visit(self, root: Root) -> None:
        """Measure how deep `root` goes, and how many of its fields must be compared."""
        stack = [_Place([_Selected(root.selection_set, self._root_type(root))], 0, _start(root))]
        if isinstance(root, OperationDefinitionNode) and root.operation is OperationType.MUTATION:
            written = sum(place.count for place in self._inside(stack[0]).values())
            self.meter.reach("mutations", _start(root), written)
        while stack:
            for place in self._inside(stack.pop()).values():
                self.meter.reach("depth", place.at, place.depth)
                self.meter.reach("same_name", place.at, place.count)
                self.meter.add("comparisons", place.at, place.count * (place.count - 1) // 2 * (1 + place.level))
                if place.sets:
                    stack.append(place)

    def _root_type(self, root: Root) -> GraphQLNamedType | None:
        if isinstance(root, FragmentDefinitionNode):
            return self.schema.get_type(root.type_condition.name.value)
        return self.schema.get_root_type(root.operation)

    def _inside(self, outer: _Place) -> dict[str, _Place]:
        """The places inside `outer`, by response name."""
        places: dict[str, _Place] = {}
        for node, selected in self._fields(outer):
            key = (node.alias or node.name).value
            type_, steps = _field_of(selected.type, node.name.value)
            place = places.setdefault(key, _Place([], outer.depth, _start(node)))
            place.count += 1
            place.level = max(place.level, selected.level)
            if node.selection_set:
                place.depth = max(place.depth, outer.depth + steps)
                place.sets.append(_Selected(node.selection_set, type_))
        return places

    def _fields(self, outer: _Place) -> Iterator[tuple[FieldNode, _Selected]]:
        seen: set[str] = set()
        stack = list(outer.sets)
        while stack:
            here = stack.pop()
            for node in here.set.selections:
                match node:
                    case FieldNode():
                        yield node, here
                    case InlineFragmentNode(type_condition=condition, selection_set=inner):
                        type_ = self.schema.get_type(condition.name.value) if condition else here.type
                        stack.append(_Selected(inner, type_, here.level + 1))
                    case FragmentSpreadNode(name=name) if name.value in self.fragments and name.value not in seen:
                        seen.add(name.value)
                        fragment = self.fragments[name.value].node
                        stack.append(_Selected(fragment.selection_set, self._root_type(fragment), here.level))


def _field_of(parent: Any, name: str) -> tuple[GraphQLNamedType | None, int]:
    """The type of a field, and how many relations deeper it is; unknown ones are left to validation."""
    found = getattr(parent, "fields", {}).get(name)
    if found is None:
        return None, 0
    return get_named_type(found.type), isinstance(meaning_of(found), Relation | Reference)

"""Arguments, before their values matter.

The planner reads arguments through an `Asker`. What it must know to choose SQL (is it null? which keys? which
direction?) it asks, and each question is noted with its answer: those answers are the plan's key. What merely
becomes a parameter it takes as a `Source`, unseen, to be looked up anew in every request.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableNode,
    VariableValues,
    coerce_input_literal,
)

Variables = Mapping[str, Any]
Path = tuple[str | int, ...]


class Absent:
    """The value of an argument or a key that was not given."""


ABSENT = Absent()


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value is when the plan runs: under `path` in a variable, or right here."""

    variable: str | None = None
    path: Path = ()
    constant: Any = None

    def of(self, variables: Variables) -> Any:
        """The value; ABSENT where nothing was given."""
        if self.variable is None:
            return self.constant
        value = variables.get(self.variable, ABSENT)
        for step in self.path:
            value = value[step]
        return value


Aspect = Callable[[Any], Hashable]


def state(value: Any) -> Hashable:
    """Whether a value is absent, null or present."""
    return None if value is None else value is not ABSENT


def keys(value: Any) -> Hashable:
    """The keys of an input object, in the order of its type."""
    return tuple(value)


def length(value: Any) -> Hashable:
    """How many items a list has."""
    return len(value) if isinstance(value, list) else None


def itself(value: Any) -> Hashable:
    """The value."""
    return value if isinstance(value, Hashable) else repr(value)


@dataclass(frozen=True, slots=True)
class Question:
    """One aspect of one variable that a plan depends on."""

    aspect: Aspect
    source: Source

    def answer(self, variables: Variables) -> Hashable:
        """What it comes to in this request."""
        return self.aspect(self.source.of(variables))


@dataclass(slots=True)
class Asker:
    """Answers questions about this request's variables and remembers them in order."""

    values: VariableValues
    trail: dict[Question, Hashable] = field(default_factory=dict)

    @property
    def variables(self) -> Variables:
        """This request's variables, coerced."""
        return self.values.coerced

    def ask(self, aspect: Aspect, source: Source) -> Any:
        """The `aspect` of the value at `source`; a constant's is no question."""
        if source.variable is None:
            return aspect(source.constant)
        question = Question(aspect, source)
        if question not in self.trail:
            self.trail[question] = question.answer(self.variables)
        return self.trail[question]


@dataclass(frozen=True, slots=True)
class Operand:
    """An argument or a part of one: its type, and either its literal or where its variable stands."""

    asker: Asker
    type: GraphQLInputType
    where: str
    node: ValueNode | None = None
    source: Source | None = None

    @property
    def state(self) -> Any:
        """True where a value is given, None where it is null, False where it is absent."""
        if self.source is not None:
            return self.asker.ask(state, self.source)
        return None if isinstance(self.node, NullValueNode) else True

    def choose(self) -> Any:
        """The value itself, because it chooses the SQL; None where it is absent."""
        value = self.asker.ask(itself, self.param())
        return None if value is ABSENT else value

    def ask(self, aspect: Aspect) -> Any:
        """An `aspect` of the value that chooses the SQL."""
        return self.asker.ask(aspect, self.param())

    def param(self) -> Source:
        """Where the value is when the plan runs."""
        return self.source or Source(constant=self._constant())

    def _constant(self) -> Any:
        assert self.node is not None
        for name in variables_in(self.node):
            self.asker.ask(itself, Source(name))
        value = coerce_input_literal(self.node, self.type, self.asker.values)
        return ABSENT if value is Undefined else value

    def fields(self) -> Iterator[tuple[str, "Operand"]]:
        """The keys of an input object with what they hold."""
        type_ = bare(self.type)
        assert isinstance(type_, GraphQLInputObjectType)
        if isinstance(self.node, ObjectValueNode):
            for part in self.node.fields:
                name = part.name.value
                if (child := self._child(type_.fields[name].type, name, part.value)).state is not False:
                    yield name, child
            return
        assert self.source is not None
        for name in self.asker.ask(keys, self.source):
            yield name, self._part(type_.fields[name].type, name)

    def items(self) -> Iterator["Operand"]:
        """The items of a list; a single value stands for a list of one."""
        type_ = bare(self.type)
        assert isinstance(type_, GraphQLList)
        if self.source is not None:
            for index in range(self.asker.ask(length, self.source)):
                yield self._part(type_.of_type, index)
            return
        nodes = (self.node.values or ()) if isinstance(self.node, ListValueNode) else (self.node,)
        for index, node in enumerate(nodes):
            assert node is not None
            yield self._child(type_.of_type, index, node)

    def _child(self, type_: GraphQLInputType, step: str | int, node: ValueNode) -> "Operand":
        return operand(self.asker, type_, f"{self.where}.{step}", node)

    def _part(self, type_: GraphQLInputType, step: str | int) -> "Operand":
        assert self.source is not None
        part = Source(self.source.variable, (*self.source.path, step))
        return Operand(self.asker, type_, f"{self.where}.{step}", source=part)


def operand(asker: Asker, type_: GraphQLInputType, where: str, node: ValueNode) -> Operand:
    """What `node` says for an argument of `type_`; errors about it name `where`."""
    if isinstance(node, VariableNode):
        return Operand(asker, type_, where, source=Source(node.name.value))
    return Operand(asker, type_, where, node=node)


def variables_in(node: ValueNode) -> Iterator[str]:
    """The variables that stand inside the literal `node`: what it comes to depends on them."""
    match node:
        case VariableNode():
            yield node.name.value
        case ListValueNode():
            for item in node.values or ():
                yield from variables_in(item)
        case ObjectValueNode():
            for part in node.fields or ():
                yield from variables_in(part.value)


def bare(type_: GraphQLInputType) -> GraphQLInputType:
    """`type_` without its outer non-null."""
    return type_.of_type if isinstance(type_, GraphQLNonNull) else type_

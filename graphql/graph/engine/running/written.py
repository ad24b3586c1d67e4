"""Hand-written root fields: Strawberry resolves them, and what they return is rendered here.

A derived entity in what they return is a `Ref`; it is compiled and read like any root, after the resolver is done.
"""

import dataclasses
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from inspect import isawaitable
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import orjson
from graphql import (
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableValues,
    get_argument_values,
    get_named_type,
)
from graphql.pyutils import Path

from graph.engine.access import Viewer
from graph.engine.asking.selection import Field
from graph.engine.errors import BadUserInput
from graph.engine.model.entities import Graph


@dataclass(frozen=True, slots=True)
class Ref:
    """A row of a derived entity, in the answer of a hand-written field."""

    entity: str
    key: UUID
    viewer: Viewer | None = None
    """On whose behalf it is read, if not on that of whoever asks: they may just have become somebody."""


@dataclass(frozen=True, slots=True)
class Refs:
    """Rows of a derived entity, in this order; None where there is none."""

    entity: str
    keys: tuple[UUID | None, ...]


Read = Callable[[Field, Ref | Refs], Awaitable[bytes]]
"""Reads what a field selects of a row, or of each of several."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Resolves and renders the hand-written root fields of one operation."""

    schema: GraphQLSchema
    chosen: OperationDefinitionNode
    values: VariableValues
    context: Any
    read: Read

    async def answer(self, selected: Field, parent: GraphQLObjectType) -> bytes:
        """The JSON of one root field."""
        arguments = self.arguments(selected)
        return await self.render(selected, await self.resolve(selected, parent, self.context, arguments))

    async def resolve(
        self, selected: Field, parent: GraphQLObjectType, context: Any, arguments: Mapping[str, Any]
    ) -> Any:
        """What the resolver of one root field returns."""
        assert selected.definition.resolve is not None
        value = selected.definition.resolve(None, self._info(selected, parent, context), **arguments)
        return await value if isawaitable(value) else value

    def arguments(self, selected: Field) -> dict[str, Any]:
        """The arguments of one root field, coerced. Raises BadUserInput."""
        arguments = get_argument_values(selected.definition, selected.nodes[0], self.values)
        if _holds_nul(arguments):
            raise BadUserInput("A value holds the character U+0000, which PostgreSQL cannot keep.")
        return arguments

    async def render(self, selected: Field, value: Any) -> bytes:
        """`value` as the JSON of what `selected` selects of it."""
        if isinstance(value, Ref | Refs):
            return await self.read(selected, value)
        if isinstance(value, list | tuple):
            return b"[" + b",".join([await self.render(selected, item) for item in value]) + b"]"
        if dataclasses.is_dataclass(value) or isinstance(value, SimpleNamespace):
            return await self._object(selected, value, lambda inner: getattr(value, _python_name(inner)))
        if isinstance(value, dict):
            return await self._object(selected, value, lambda inner: value[inner.name])
        return orjson.dumps(value.value if isinstance(value, Enum) else value)

    async def _object(self, selected: Field, value: Any, get: Callable[[Field], Any]) -> bytes:
        type_ = get_named_type(selected.definition.type)
        assert isinstance(type_, GraphQLObjectType)
        pairs = []
        for inner in selected.on(type_):
            if inner.name == "__typename":
                json = orjson.dumps(type_.name)
            else:
                json = await self.render(inner, get(inner))
            pairs.append(b'"%s":%s' % (inner.key.encode(), json))
        return b"{" + b",".join(pairs) + b"}"

    def _info(self, selected: Field, parent: GraphQLObjectType, context: Any) -> Any:
        known = {
            "field_name": selected.name,
            "field_nodes": list(selected.nodes),
            "return_type": selected.definition.type,
            "parent_type": parent,
            "path": Path(None, selected.key, parent.name),
            "schema": self.schema,
            "fragments": selected.document.fragments,
            "operation": self.chosen,
            "variable_values": self.values.coerced,
            "context": context,
        }
        values: list[Any] = [known.get(name) for name in GraphQLResolveInfo._fields]
        return GraphQLResolveInfo(*values)


def _holds_nul(value: Any) -> bool:
    """Whether a string in `value`, an argument or input object, holds the character that no column can."""
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, str):
            if "\0" in one:
                return True
        elif isinstance(one, dict):
            left += one
            left += one.values()
        elif isinstance(one, list):
            left += one
    return False


def rows_of(selected: Field, graph: Graph) -> Iterator[tuple[Field, str]]:
    """The fields at and below `selected` that hold rows of derived entities, with the entity of each."""
    type_ = get_named_type(selected.definition.type)
    if type_.name in graph.entities:
        yield selected, type_.name
    elif isinstance(type_, GraphQLObjectType):
        for inner in selected.on(type_):
            if inner.name != "__typename":
                yield from rows_of(inner, graph)


def _python_name(selected: Field) -> str:
    """The attribute that Strawberry made the field `selected` from."""
    return str(selected.definition.extensions["strawberry-definition"].python_name)

"""The Strawberry schema with the derived types grafted into it, and its two doors led to `answer`."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NewType

import orjson
import strawberry
from graphql import (
    DirectiveLocation,
    GraphQLDirective,
    GraphQLEnumType,
    GraphQLError,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    specified_directives,
    validate_schema,
)
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.types.concrete_type import ConcreteType
from strawberry.types.execution import ExecutionResult, PreExecutionError
from strawberry.types.scalar import ScalarDefinition

from graph.engine.asking.asked import Answer, Operation
from graph.engine.model.scalars import PYTHON_TYPES, GraphQLJSON
from graph.engine.running.repeating import repeatable
from graph.engine.schema.derive import Derived
from graph.engine.schema.feeds import Board, Feed, Subscriptions
from graph.engine.schema.given import quicken
from graph.engine.schema.types import ClashError

if TYPE_CHECKING:
    from graph.engine.answer import Engine
    from graph.engine.running.feeds import DeskFollowing, Following


ATOMIC = GraphQLDirective(
    "atomic",
    [DirectiveLocation.MUTATION],
    description="All fields of the mutation are one transaction: the first that is refused undoes the others.",
)

_STAND_INS: dict[str, Any] = {}


def derived(name: str) -> Any:
    """A stand-in for the derived type `name`, for annotations of hand-written Strawberry types."""
    if name not in _STAND_INS:
        _STAND_INS[name] = strawberry.type(type(name, (), {"__doc__": f"The derived type {name}."}), name=name)
    return _STAND_INS[name]


@cache
def leaf(name: str) -> Any:
    """A stand-in for the derived scalar or enumeration `name`; its values arrive as strings."""
    return NewType(name, str)


def _stands_for(type_: GraphQLScalarType | GraphQLEnumType) -> ScalarDefinition:
    implementation: Any = type_
    return ScalarDefinition(type_.name, type_.description, None, None, None, None, implementation=implementation)


class Schema(strawberry.Schema):
    """Hand-written Strawberry types and derived graphql-core types in one schema.

    Until `engine` is set it can only be described; then every execution goes through `Engine.answer`.
    """

    engine: "Engine | None" = None
    follow: "Callable[[Following | DeskFollowing], AsyncIterator[bytes]] | None" = None
    """Who sends what is read for a subscription, as bodies; without it none is taken."""

    def __init__(
        self,
        types: Derived,
        *,
        query: type,
        mutation: type | None = None,
        followed: Iterable[Feed | Board] = (),
        scalars: Mapping[Any, GraphQLScalarType] = MappingProxyType({}),
    ) -> None:
        self.derived, self.followed = types, tuple(followed)
        leaves = {leaf(name): _stands_for(enum) for name, enum in types.graph.enums.items()}
        leaves[leaf(GraphQLJSON.name)] = _stands_for(GraphQLJSON)
        known = {type_: _stands_for(scalar) for type_, scalar in {**PYTHON_TYPES, **scalars}.items()}
        super().__init__(query=query, mutation=mutation, config=StrawberryConfig(scalar_map={**known, **leaves}))
        quicken(self.schema_converter.type_map.values())
        self._schema = self._grafted()
        self._schema._strawberry_schema = self  # type: ignore[attr-defined]
        if errors := validate_schema(self._schema):
            raise TypeError("; ".join(error.message for error in errors))

    @property
    def core(self) -> GraphQLSchema:
        """The graphql-core schema."""
        return self._schema

    def object_type(self, name: str) -> GraphQLObjectType:
        """The object type `name`."""
        type_ = self._schema.type_map[name]
        assert isinstance(type_, GraphQLObjectType)
        return type_

    def get_fields(self, type_definition: Any) -> list[Any]:
        """Strawberry's hook before it reads a type's fields: now the stand-ins can be told what they stand for."""
        for name, stand_in in _STAND_INS.items():
            type_ = self.derived.types.get(name)
            if isinstance(type_, GraphQLObjectType) and name not in self.schema_converter.type_map:
                definition = stand_in.__strawberry_definition__
                self.schema_converter.type_map[name] = ConcreteType(definition, type_)
        return super().get_fields(type_definition)

    def _extend_introspection(self) -> None:
        """Nothing: graphql-core knows which input is @oneOf; Strawberry's own word for it would deny the derived."""

    def _grafted(self) -> GraphQLSchema:
        """The schema again, with the derived root fields beside the written ones."""
        plain = self._schema
        assert plain.query_type is not None
        written = {name: field for name, field in plain.query_type.fields.items() if not name.startswith("_")}
        query = GraphQLObjectType(
            "Query", {**written, **self.derived.root_fields()}, description=plain.query_type.description
        )
        entities = [self.derived.types[entity.name] for entity in self.derived.graph]
        directives = (*specified_directives, ATOMIC)
        subscription = Subscriptions(self.derived).type(self.followed)
        return GraphQLSchema(query, self._mutation(plain), subscription, types=entities, directives=directives)

    def _mutation(self, plain: GraphQLSchema) -> GraphQLObjectType | None:
        """The written mutations, and beside them those that are derived."""
        user_error = plain.type_map.get("UserError")
        if plain.mutation_type is None or not isinstance(user_error, GraphQLObjectType):
            return plain.mutation_type
        written = plain.mutation_type.fields
        found = self.derived.mutations(user_error)
        if both := written.keys() & found.keys():
            raise ClashError(f"{min(both)} is written by hand, and derived.")
        fields = {name: repeatable(field) for name, field in {**written, **found}.items()}
        return GraphQLObjectType("Mutation", fields, description=plain.mutation_type.description)

    async def execute(self, query: str | None, *args: Any, **kwargs: Any) -> ExecutionResult:
        """One operation, answered by the engine; the result holds the answer's data and errors."""
        assert self.engine is not None
        return _result(await self.engine.answer(self._operation(query, *args, **kwargs)), orjson.loads)

    async def stream(self, query: str | None, *args: Any, **kwargs: Any) -> AsyncGenerator[Any, None]:
        """One operation as a stream of results, a single one unless it is a subscription, and if `follow` is given.

        Their data is left as the engine's bytes.
        """

        async def results() -> AsyncGenerator[Any, None]:
            assert self.engine is not None
            operation = self._operation(query, *args, **kwargs)
            begun = await (self.engine.open(operation) if self.follow else self.engine.answer(operation))
            if isinstance(begun, Answer):
                yield _result(begun, orjson.Fragment)
                return
            assert self.follow is not None
            async for body in self.follow(begun):
                yield _result(Answer(body, failed=not body.startswith(_DATA)), orjson.Fragment)

        return results()

    def _operation(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any = None,
        root_value: Any = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[Any] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> Operation:
        assert self.engine is not None
        return self.engine.operation(query or "", variable_values, operation_name, context_value)


_DATA = b'{"data":'


def _result(answer: Answer, read: Callable[[bytes], Any]) -> ExecutionResult:
    """The engine's answer as Strawberry's protocols take it."""
    if not answer.failed:
        return ExecutionResult(data=read(answer.body[len(_DATA) : -1]), errors=None)
    errors = [_error(error) for error in orjson.loads(answer.body)["errors"]]
    return PreExecutionError(data=None, errors=errors) if answer.refused else ExecutionResult(None, errors)


def _error(error: dict[str, Any]) -> GraphQLError:
    return GraphQLError(error["message"], path=error.get("path"), extensions=error.get("extensions"))

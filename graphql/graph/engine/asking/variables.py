"""Variables, coerced. The types of an operation's variables are looked up once, not in every request.

Whatever is wrong with a value is left to graphql-core, which says it best.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLInputType,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    VariableValues,
    coerce_input_value,
    get_variable_values,
    type_from_ast,
)

from graph.engine.writing.rows import Path, paths_to_rows

MAX_ERRORS = 5
"""How many errors of variables are told; to find them all can take long."""


class InvalidVariables(Exception):
    """Variables that their types do not allow."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__()
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Coercion:
    """The variables of one operation: names, types, and which must be given."""

    schema: GraphQLSchema
    operation: OperationDefinitionNode
    types: tuple[tuple[str, GraphQLInputType, bool], ...]
    hide_suggestions: bool
    rows: tuple[Path, ...] = ()
    """Where the variables hold rows that nobody looks into yet."""

    def coerced(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The values by name, those not given left out or by default. Raises InvalidVariables."""
        values = {}
        for name, type_, plain in self.types:
            if name not in given:
                if plain:
                    continue
                return self.full(given).coerced
            value = _coerced(given[name], type_)
            if value is Undefined:
                return self.full(given).coerced
            values[name] = value
        return values

    def full(self, given: Mapping[str, Any]) -> VariableValues:
        """The same with where each value comes from, as graphql-core's own functions want it."""
        definitions = self.operation.variable_definitions or ()
        values = get_variable_values(
            self.schema, definitions, dict(given), max_errors=MAX_ERRORS, hide_suggestions=self.hide_suggestions
        )
        if isinstance(values, list):
            raise InvalidVariables(values)
        return values


def coercion(schema: GraphQLSchema, operation: OperationDefinitionNode, *, hide_suggestions: bool = False) -> Coercion:
    """The coercion of the variables of a valid `operation`; errors may keep to themselves what was perhaps meant."""
    types, rows = [], list[Path]()
    for node in operation.variable_definitions or ():
        type_: Any = type_from_ast(schema, node.type)
        plain = node.default_value is None and not isinstance(type_, GraphQLNonNull)
        types.append((node.variable.name.value, type_, plain))
        rows += paths_to_rows(node.variable.name.value, type_)
    return Coercion(schema, operation, tuple(types), hide_suggestions, tuple(rows))


def _coerced(value: Any, type_: GraphQLInputType) -> Any:
    try:
        return coerce_input_value(value, type_)
    except (GraphQLError, ValueError, TypeError, RecursionError):
        return Undefined

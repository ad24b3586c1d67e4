"""Variables, coerced. The types of an operation's variables are looked up once, not in every request.

Whatever is wrong with a value is left to graphql-core, which says it best.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from graphql import (
    GraphQLError,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    VariableValues,
    get_variable_values,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValueSource

from graph.engine.asking.coercing import Coerce, coercer
from graph.engine.writing.rows import Path, paths_to_rows

MAX_ERRORS = 5
"""How many errors of variables are told; to find them all can take long."""


class InvalidVariables(Exception):
    """Variables that their types do not allow."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__()
        self.errors = errors


class Variable(NamedTuple):
    """A variable: what graphql-core knows of it, how it is coerced, and whether it may be left out."""

    signature: GraphQLVariableSignature
    coerce: Coerce
    plain: bool


@dataclass(frozen=True, slots=True)
class Coercion:
    """The variables of one operation."""

    schema: GraphQLSchema
    operation: OperationDefinitionNode
    variables: tuple[Variable, ...]
    hide_suggestions: bool
    rows: tuple[Path, ...] = ()
    """Where the variables hold rows that nobody looks into yet."""

    def coerced(self, given: Mapping[str, Any]) -> VariableValues:
        """The values by name, those not given left out or by default, as graphql-core's own functions want them.

        Raises InvalidVariables.
        """
        values, sources = {}, {}
        for signature, coerce, plain in self.variables:
            name = signature.name
            if name not in given:
                if not plain:
                    return self._full(given)
                sources[name] = VariableValueSource(signature)
                continue
            value = _or_undefined(coerce, given[name])
            if value is Undefined:
                return self._full(given)
            values[name], sources[name] = value, VariableValueSource(signature, given[name])
        return VariableValues(sources, values)

    def _full(self, given: Mapping[str, Any]) -> VariableValues:
        definitions = self.operation.variable_definitions or ()
        values = get_variable_values(
            self.schema, definitions, dict(given), max_errors=MAX_ERRORS, hide_suggestions=self.hide_suggestions
        )
        if isinstance(values, list):
            raise InvalidVariables(values)
        return values


def coercion(schema: GraphQLSchema, operation: OperationDefinitionNode, *, hide_suggestions: bool = False) -> Coercion:
    """The coercion of the variables of a valid `operation`; errors may keep to themselves what was perhaps meant."""
    variables, rows = [], list[Path]()
    for node in operation.variable_definitions or ():
        signature = get_variable_signature(schema, node)
        assert isinstance(signature, GraphQLVariableSignature)
        plain = node.default_value is None and not isinstance(signature.type, GraphQLNonNull)
        variables.append(Variable(signature, coercer(signature.type), plain))
        rows += paths_to_rows(signature.name, signature.type)
    return Coercion(schema, operation, tuple(variables), hide_suggestions, tuple(rows))


def _or_undefined(coerce: Coerce, value: Any) -> Any:
    try:
        return coerce(value)
    except (GraphQLError, ValueError, TypeError, RecursionError):
        return Undefined

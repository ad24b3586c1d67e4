"""Many rows as one value: nobody looks into them before whoever writes them, who does it in slices."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from graphql import ConstValueNode, GraphQLInputObjectType, GraphQLScalarType, get_nullable_type, value_from_ast_untyped

from graph.engine.writing.values import json_of


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows that a client gave, as they were read from JSON or from the document."""

    given: Sequence[Any]

    def __len__(self) -> int:
        """How many there are."""
        return len(self.given)

    def __str__(self) -> str:
        """Their JSON, by which the same are known again."""
        return json_of(self.given)


class GraphQLRows(GraphQLScalarType):
    """A scalar that holds `Rows`."""


def rows_scalar(name: str, description: str) -> GraphQLRows:
    """The scalar `name`."""

    def parse(value: Any) -> Rows:
        if not isinstance(value, list):
            raise ValueError(f"{name} must be a list of objects.")
        return Rows(value)

    def from_literal(node: ConstValueNode) -> Rows:
        return parse(value_from_ast_untyped(node))

    return GraphQLRows(name, description=description, coerce_input_value=parse, coerce_input_literal=from_literal)


Path = tuple[str, ...]


def paths_to_rows(name: str, type_: Any) -> list[Path]:
    """Where the variable `name` of `type_` holds rows: the variable itself, or a key of the object that it is."""
    bare = get_nullable_type(type_)
    if isinstance(bare, GraphQLRows):
        return [(name,)]
    if not isinstance(bare, GraphQLInputObjectType):
        return []
    return [(name, key) for key, one in bare.fields.items() if isinstance(get_nullable_type(one.type), GraphQLRows)]

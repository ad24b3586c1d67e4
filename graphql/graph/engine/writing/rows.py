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


MARK = {"graph-rows": True}
"""The extensions of a scalar that holds `Rows`. Of a class of its own it would never equal the scalar in a file."""


def is_rows(type_: Any) -> bool:
    """Whether values of `type_`, null aside, are `Rows`."""
    bare = get_nullable_type(type_)
    return isinstance(bare, GraphQLScalarType) and bare.extensions.items() >= MARK.items()


def rows_scalar(name: str, description: str) -> GraphQLScalarType:
    """The scalar `name`, which holds `Rows`."""

    def parse(value: Any) -> Rows:
        if not isinstance(value, list):
            raise ValueError(f"{name} must be a list of objects.")
        return Rows(value)

    def from_literal(node: ConstValueNode) -> Rows:
        return parse(value_from_ast_untyped(node))

    return GraphQLScalarType(
        name, description=description, coerce_input_value=parse, coerce_input_literal=from_literal, extensions={**MARK}
    )


Path = tuple[str, ...]


def paths_to_rows(name: str, type_: Any) -> list[Path]:
    """Where the variable `name` of `type_` holds rows: the variable itself, or a key of the object that it is."""
    if is_rows(type_):
        return [(name,)]
    bare = get_nullable_type(type_)
    if not isinstance(bare, GraphQLInputObjectType):
        return []
    return [(name, key) for key, one in bare.fields.items() if is_rows(one.type)]

"""Inputs of hand-written fields are made as Strawberry makes them."""

from decimal import Decimal
from enum import Enum
from typing import Any

import pytest
import strawberry
from strawberry.types.arguments import convert_argument

from graph.engine.schema.given import quicken


@strawberry.enum
class Size(Enum):
    SMALL = "s"
    LARGE = "l"


@strawberry.input
class Part:
    name: str
    sizes: list[Size] = strawberry.field(default_factory=list)


@strawberry.input
class Thing:
    first_name: str
    price: Decimal
    size: Size | None
    parts: list[Part]
    best: Part | None = None
    words: list[str] | None = None
    said: strawberry.Maybe[str | None] = None
    count: int = 7


@strawberry.type
class Query:
    @strawberry.field
    def ask(self, thing: Thing) -> str:
        return repr(thing)


class Schema(strawberry.Schema):
    """Strawberry's own, but for what it would change of the introspection of every schema."""

    def _extend_introspection(self) -> None:
        """Nothing: the types of introspection are those of graphql-core, the same for all schemas of a process."""


SMALL = {"firstName": "A", "price": Decimal("1.5"), "size": None, "parts": []}
VALUES: list[dict[str, Any]] = [
    SMALL,
    {
        **SMALL,
        "size": Size.LARGE,
        "parts": [{"name": "P", "sizes": [Size.SMALL]}, {"name": "Q"}],
        "best": {"name": "R"},
    },
    {**SMALL, "best": None, "words": ["a", "b"], "said": None, "count": 8},
    {**SMALL, "said": "so", "words": None},
]


def made(schema: strawberry.Schema, value: dict[str, Any]) -> Any:
    return convert_argument(value, Thing, schema.schema_converter.scalar_registry, schema.config)


@pytest.mark.parametrize("value", VALUES)
def test_an_input_is_made_as_strawberry_makes_it(value: dict[str, Any]) -> None:
    schema = Schema(Query)
    definitions = [Thing.__strawberry_definition__, Part.__strawberry_definition__]  # type: ignore[attr-defined]
    for definition in definitions:
        definition.from_input = None
    before = made(schema, value)
    quicken(schema.schema_converter.type_map.values())
    assert all(definition.from_input is not None for definition in definitions)
    assert made(schema, value) == before


def test_a_list_is_never_the_one_that_was_given() -> None:
    schema, words = Schema(Query), ["a"]
    quicken(schema.schema_converter.type_map.values())
    assert made(schema, {**SMALL, "words": words}).words is not words

"""schema.graphql is what the code says, and every part of it says what it means."""

from pathlib import Path

import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType

from app.schema_file import printed
from graph.engine.schema.schema import Schema
from graph.schema import build

FILE = Path(__file__).parent.parent / "schema.graphql"


@pytest.fixture(scope="module")
def schema() -> Schema:
    """The schema as it is served, with its policies."""
    return build()


def test_the_committed_schema_is_the_schema(schema: Schema) -> None:
    same = FILE.read_text() == printed(schema.core)
    assert same, "write it anew: agora schema export schema.graphql"


def test_every_type_field_and_argument_is_described(schema: Schema) -> None:
    missing = []
    for name, type_ in schema.core.type_map.items():
        if name.startswith("__"):
            continue
        if not type_.description:
            missing.append(name)
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            missing += [f"{name}.{field}" for field, value in type_.fields.items() if not value.description]
        if isinstance(type_, GraphQLEnumType):
            assert type_.values
    assert missing == []

"""What docs/queries.md shows can be asked."""

import re
from pathlib import Path

import asyncpg
import pytest

from graph.engine.schema.schema import Schema
from tests.api import Api

PAGE = (Path(__file__).parent.parent / "docs" / "queries.md").read_text()
EXAMPLES = [found[0] for found in re.finditer(r"(?m)^(?: {4}.*\n)+", PAGE)]
"""The indented blocks: root fields of a query."""


@pytest.mark.parametrize("example", EXAMPLES)
async def test_an_example_is_answered_by_one_statement(
    sample: asyncpg.Connection, schema: Schema, example: str
) -> None:
    api = Api(sample, schema)
    fields = re.split(r"(?m)^ {4}(?=\w)", example)[1:]
    aliased = " ".join(f"f{index}: {field}" for index, field in enumerate(fields))
    variables = "($cursor: String)" if "$cursor" in example else ""
    assert await api.data(f"query{variables} {{ {aliased} }}")
    assert api.query_count == 1


def test_there_are_examples() -> None:
    assert len(EXAMPLES) == 5

"""The operations that ship with Agora, on the sample data: as they stand, and with the variables in operations.json."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from graphql import OperationDefinitionNode, parse

from graph.engine.schema.schema import Schema
from tests.api import Api, Json

ROOT = Path(__file__).parent.parent
PATHS = sorted((ROOT / "graphql" / "operations").glob("*.graphql"))
TEXTS = [path.read_text() for path in PATHS]
VARIABLES: dict[str, Any] = json.loads((ROOT / "tests" / "operations.json").read_text())


def name_of(document: str) -> str:
    """The name of the one operation in a document."""
    definitions = parse(document).definitions
    (operation,) = (node for node in definitions if isinstance(node, OperationDefinitionNode))
    assert operation.name
    return operation.name.value


def leaves(answer: Json, place: str = "") -> Iterator[tuple[str, Json]]:
    """What stands at the places of an answer, all rows of a list at the same place."""
    if isinstance(answer, dict) and answer:
        for key, value in answer.items():
            yield from leaves(value, f"{place}.{key}")
    elif isinstance(answer, list) and answer:
        for value in answer:
            yield from leaves(value, place)
    else:
        yield place, answer


def bare(answer: Json) -> set[str]:
    """The places where nothing stands in any row."""
    found = list(leaves(answer))
    full = {place for place, value in found if value not in (None, [], {}, "")}
    return {place for place, _ in found if not any(f"{one}.".startswith(f"{place}.") for one in full)}


@pytest.mark.parametrize("document", TEXTS, ids=name_of)
async def test_every_field_of_an_operation_has_something_to_show(
    sample: asyncpg.Connection, schema: Schema, document: str
) -> None:
    api = Api(sample, schema)
    assert bare(await api.data(document)) == set()
    assert api.query_count == 1


@pytest.mark.parametrize("name", VARIABLES)
async def test_other_variables_find_other_rows(sample: asyncpg.Connection, schema: Schema, name: str) -> None:
    api, (document,) = Api(sample, schema), [text for text in TEXTS if name_of(text) == name]
    found = await api.data(document, **VARIABLES[name])
    assert any(value not in (None, [], 0) for _, value in leaves(found))
    assert found != await api.data(document)


async def test_the_pages_of_a_job_board_follow_each_other(sample: asyncpg.Connection, schema: Schema) -> None:
    (document,) = (text for text in TEXTS if name_of(text) == "OpenJobs")
    api, ids, more = Api(sample, schema), [], {"hasNextPage": True, "endCursor": None}
    while more["hasNextPage"]:
        jobs = (await api.data(document, after=more["endCursor"]))["jobs"]
        ids += [edge["node"]["id"] for edge in jobs["edges"]]
        more = jobs["pageInfo"]
    assert len(ids) == len(set(ids)) == jobs["totalCount"] > 20


def test_names_are_unique_and_numbers_say_the_order_of_the_tabs() -> None:
    assert len(set(map(name_of, TEXTS))) == len(TEXTS)
    assert [path.name[:2] for path in PATHS] == [f"{number}-" for number in range(1, len(PATHS) + 1)]


def test_every_operation_with_variables_has_others_to_try() -> None:
    assert set(VARIABLES) == {name_of(text) for text in TEXTS if re.search(r"^query \w+\(", text, re.MULTILINE)}

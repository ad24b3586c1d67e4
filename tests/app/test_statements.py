"""Statements that are compiled once and called by the names of their parameters."""

import asyncpg
import pytest
from sqlalchemy import bindparam, column, literal, select, values
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import Integer, Text

from app.services.statements import Compiled


async def test_a_statement_is_called_by_the_names_of_its_parameters(connection: asyncpg.Connection) -> None:
    some = values(column("n", Integer), column("word", Text), name="some").data([(1, "one"), (2, "two")])
    statement = Compiled(select(some.c.word).where(some.c.n == bindparam("n")))
    for number, word in ((1, "one"), (2, "two")):
        assert [row["word"] for row in await connection.fetch(*statement(n=number))] == [word]


async def test_values_are_told_to_the_driver_as_their_types_have_it(connection: asyncpg.Connection) -> None:
    statement = Compiled(
        select(
            bindparam("document", type_=JSONB)["a"].as_integer().label("a"),
            bindparam("words", type_=ARRAY(Text)).label("words"),
            literal("kept").label("known"),
        )
    )
    (row,) = await connection.fetch(*statement(document={"a": 3}, words=["x"]))
    assert dict(row) == {"a": 3, "words": ["x"], "known": "kept"}


def test_a_parameter_that_is_left_out_is_named() -> None:
    with pytest.raises(KeyError, match="n"):
        Compiled(select(bindparam("n", type_=Integer)))()

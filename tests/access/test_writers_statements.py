"""Every statement that writes rows under the lines is one that PostgreSQL takes."""

import asyncpg
import pytest

from graph.access import viewers
from graph.access.policies import Policies
from graph.access.tables import WRITERS
from graph.engine.access import Viewer
from graph.engine.schema.schema import Schema
from graph.engine.writing.statements import Maker, Step
from graph.engine.writing.writable import Books, Writable


def steps(book: Writable) -> list[Step]:
    """What is done to rows of an entity."""
    again: list[Step] = ["restore"] if book.soft and "delete" in book.verbs else []
    sought: list[Step] = ["find"] if book.by_natural_key else []
    return [*book.verbs, *again, *sought]


@pytest.mark.parametrize("kind", [viewers.USER, viewers.MEMBER, f"{viewers.KEY} *"])
async def test_postgresql_takes_every_statement(connection: asyncpg.Connection, schema: Schema, kind: str) -> None:
    graph = schema.derived.graph
    books = Books(graph, Policies(graph))
    assert set(books.all) == set(WRITERS)
    for book in books.all.values():
        maker = Maker(graph, books.access, Viewer(kind), book)
        for step in steps(book):
            await connection.prepare(maker.make(step).text)

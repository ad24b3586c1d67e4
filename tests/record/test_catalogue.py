"""Trusted documents as endpoints: who comes, who goes, and what is counted of them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import asyncpg
import pytest

from app.record import Recorder
from app.record.catalogue import entries, title_of
from graph.engine.answer import Answer, Operation
from graph.engine.asking.documents import hash_of

OFFERS = "# What is offered,\n#  and by whom.\nquery Offers { jobs { totalCount } }"
PEOPLE = "query People { users { totalCount } }"
STATES = "SELECT path, title, status, version, deprecated_at IS NULL FROM gateway.endpoints ORDER BY path"

Make = Callable[..., Recorder]


def hashed(*texts: str) -> dict[str, str]:
    """Documents by their hashes."""
    return {hash_of(text): text for text in texts}


@pytest.fixture
async def database(committed: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(committed)
    yield connection
    await connection.close()


@pytest.fixture
def started(committed: str) -> Iterator[Make]:
    """Makes recorders of processes with these documents."""
    made: list[Recorder] = []

    def make(*texts: str) -> Recorder:
        made.append(Recorder(committed, hashed(*texts)))
        return made[-1]

    yield make
    for recorder in made:
        recorder.close()


async def states(database: asyncpg.Connection) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await database.fetch(STATES)]


async def test_documents_come_go_and_come_back(started: Make, database: asyncpg.Connection) -> None:
    assert await started(OFFERS, PEOPLE).flush()
    both = [
        ("/graphql/Offers", "What is offered, and by whom.", "ACTIVE", 1, True),
        ("/graphql/People", "People", "ACTIVE", 1, True),
    ]
    assert await states(database) == both
    assert await started(OFFERS, PEOPLE).flush()
    assert await states(database) == both
    assert await started(PEOPLE).flush()
    assert await states(database) == [("/graphql/Offers", both[0][1], "DEPRECATED", 2, False), both[1]]
    assert await started("# Other\n" + OFFERS, PEOPLE).flush()
    assert await states(database) == [
        ("/graphql/Offers", "Other What is offered, and by whom.", "ACTIVE", 3, True),
        both[1],
    ]


async def test_what_somebody_decided_about_an_endpoint_stays(started: Make, database: asyncpg.Connection) -> None:
    assert await started(OFFERS, PEOPLE).flush()
    await database.execute(
        "UPDATE gateway.endpoints SET status = 'DEPRECATED', deprecated_at = now(), retires_on = '2999-01-01' "
        "WHERE path = '/graphql/Offers'"
    )
    await database.execute(
        "UPDATE gateway.endpoints SET status = 'RETIRED', deprecated_at = now() WHERE path = '/graphql/People'"
    )
    assert await started(OFFERS, PEOPLE).flush()
    assert [row[2] for row in await states(database)] == ["DEPRECATED", "RETIRED"]


async def test_endpoints_that_are_no_documents_are_left_alone(started: Make, database: asyncpg.Connection) -> None:
    for path, method in (("/orders", "POST"), ("/graphql", "POST"), ("/graphql/Gone", "GET")):
        await database.execute(
            "INSERT INTO gateway.endpoints (method, path, title) VALUES ($1, $2, 'theirs')", method, path
        )
    assert await started(PEOPLE).flush()
    assert {row[2] for row in await states(database)} == {"ACTIVE"}


async def test_many_processes_start_at_once(started: Make, database: asyncpg.Connection) -> None:
    several = [f"query Q{number} {{ version }}" for number in range(20)]
    recorders = [started(*(several if number % 2 else reversed(several))) for number in range(6)]
    assert await asyncio.gather(*(recorder.flush() for recorder in recorders)) == [True] * 6
    assert [row[2:] for row in await states(database)] == [("ACTIVE", 1, True)] * 20


async def test_counts_of_processes_add_up_and_change_nobodys_row(started: Make, database: asyncpg.Connection) -> None:
    async def answer(operation: Operation) -> Answer:
        return Answer(b"{}", failed=operation.name == "failing")

    recorders = [started(OFFERS, PEOPLE) for _ in range(3)]
    for recorder in recorders:
        assert await recorder.flush()
    before = await database.fetch("SELECT updated_at, version FROM gateway.endpoints")
    for recorder in recorders:
        counted = recorder.counting(answer)
        for name in (None, None, "failing"):
            await counted(Operation(OFFERS, name=name))
        await counted(Operation("", sha256=hash_of(OFFERS)))
        await counted(Operation("{ version }"))
        recorder.catalogue.hurry()
    assert await asyncio.gather(*(recorder.flush() for recorder in recorders)) == [True] * 3
    found = await database.fetch("SELECT path, call_count, failure_count FROM gateway.endpoints ORDER BY path")
    assert [tuple(row) for row in found] == [("/graphql/Offers", 12, 3), ("/graphql/People", 0, 0)]
    assert await database.fetch("SELECT updated_at, version FROM gateway.endpoints") == before


async def test_counts_are_written_now_and_then_and_parts_of_milliseconds_are_kept(
    started: Make, database: asyncpg.Connection
) -> None:
    recorder = started(OFFERS)
    assert await recorder.flush()
    entry = recorder.catalogue.entry(Operation(OFFERS))
    assert entry is not None
    for _ in range(3):
        for _ in range(5):
            entry.add(0.000_5, False)
        assert len(recorder.catalogue) == 0
        recorder.catalogue.hurry()
        assert await recorder.flush()
    entry.add(2.0, True)
    recorder.catalogue.hurry()
    assert await recorder.flush()
    found = await database.fetchrow(
        "SELECT call_count, failure_count, total_ms, slowest_ms, average_ms FROM gateway.endpoints"
    )
    assert tuple(float(value) for value in found or ()) == (16, 1, 2007, 2000, 125.44)


def test_documents_of_one_name_are_told_apart_by_their_hashes() -> None:
    others = ["query A { version }", "query A { a: version }", "{ version }", "query B { version }"]
    paths = [entry.path for entry in entries(hashed(*others))]
    assert paths == [
        f"/graphql/A-{hash_of(others[0])[:12]}",
        f"/graphql/A-{hash_of(others[1])[:12]}",
        f"/graphql/{hash_of(others[2])[:12]}",
        "/graphql/B",
    ]


def test_a_title_is_the_first_comment() -> None:
    assert title_of("# One\n#\n# two.\nquery A { a } # three") == "One two."
    assert title_of("query A { a }\n# later") == ""

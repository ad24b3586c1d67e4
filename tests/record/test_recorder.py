"""The recorder by itself: too much, a database that is away, rows that it does not take."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
import structlog

from app import migrations, partitions
from app.auth import Identity
from app.embedded import running
from app.record import Recorder
from app.record.bodies import MOST, asked, kind
from app.record.calls import Visit
from app.record.events import Subject
from graph.client import Client
from graph.engine.access import Viewer
from graph.engine.answer import Answer, Operation
from tests.api import a_business
from tests.conftest import FAST

Database = asyncpg.Connection
Recording = Callable[..., Recorder]

CLIENT = Client("192.0.2.7", "Export")
DONE = Answer(b"{}")


@pytest.fixture
async def database(committed: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(committed)
    yield connection
    await connection.close()


@pytest.fixture
def record() -> Iterator[Recording]:
    """Makes recorders that write when they are told to."""
    made: list[Recorder] = []

    def make(*given: Any, **more: Any) -> Recorder:
        made.append(Recorder(*given, **more))
        return made[-1]

    yield make
    for recorder in made:
        recorder.close()


async def shop_of(database: Database) -> tuple[UUID, UUID]:
    """A key and its business."""

    async def insert(table: str, **values: Any) -> Any:
        places = ", ".join(f"${at}" for at in range(1, len(values) + 1))
        statement = f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places}) RETURNING id"
        return await database.fetchval(statement, *values.values())

    shop = await a_business(insert)
    values = {"name": "k", "prefix": "agora_k_1", "key_hash": "h"}
    return await insert("gateway.api_keys", business_id=shop, **values), shop


def call(recorder: Recorder, key: UUID, business: UUID, number: int = 0) -> None:
    """Note that a key called."""
    visit = Visit(key, business, CLIENT, {b"user-agent": b"Export"}, "POST")
    recorder.calls.note(visit, Operation(f"query Q{number} {{ version }}"), DONE, 200)


async def count(database: Database, table: str) -> int:
    found: int = await database.fetchval(f"SELECT count(*) FROM {table}")
    return found


async def test_calls_beyond_the_room_are_counted_and_said(
    record: Recording, committed: str, database: Database
) -> None:
    recorder, shop = record(committed, room=10), await shop_of(database)
    for number in range(25):
        call(recorder, *shop, number)
    with structlog.testing.capture_logs() as said:
        assert await recorder.flush()
        assert await recorder.flush()
    assert [(line["event"], line["count"]) for line in said] == [("calls by keys are not in the log", 15)]
    names = await database.fetch("SELECT operation FROM gateway.api_logs ORDER BY id")
    assert sorted(name for (name,) in names) == sorted(f"Q{number}" for number in range(10))
    call(recorder, *shop)
    assert await recorder.flush()
    assert await count(database, "gateway.api_logs") == 11


async def test_events_beyond_the_room_wait_and_all_arrive(
    record: Recording, committed: str, database: Database
) -> None:
    recorder = record(committed, events_room=5)

    async def refused(number: int) -> None:
        await recorder.events.note("ACCESS_DENIED", "UNKNOWN_KEY", Client(f"192.0.2.{number}", None))

    async with recorder.running():
        await asyncio.gather(*(refused(number) for number in range(100)), *(refused(7) for _ in range(50)))
        assert len(recorder.events) <= 5
    found = await database.fetch(
        "SELECT host(ip_address) AS ip, (details->>'count')::int AS times FROM identity.security_events"
    )
    times: dict[str, int] = {}
    for row in found:
        times[row["ip"]] = times.get(row["ip"], 0) + row["times"]
    assert times == {f"192.0.2.{number}": 51 if number == 7 else 1 for number in range(100)}


async def test_events_that_nobody_takes_for_long_are_counted_by_type(
    record: Recording, committed: str, database: Database
) -> None:
    recorder = record(committed, events_room=3, patience=0.01)
    for number in range(20):
        await recorder.events.note("ACCESS_DENIED", "UNKNOWN_KEY", Client(f"192.0.2.{number}", "x"), code="c")
    assert len(recorder.events) == 4
    assert await recorder.flush()
    found = await database.fetch(
        "SELECT details->>'reason', (details->>'count')::int, ip_address IS NULL "
        "FROM identity.security_events ORDER BY id"
    )
    assert [tuple(row) for row in found] == [*[("UNKNOWN_KEY", 1, False)] * 3, ("MANY", 17, True)]


async def test_the_same_refusal_becomes_one_row_with_its_number(
    record: Recording, committed: str, database: Database
) -> None:
    recorder = record(committed)
    key, shop = await shop_of(database)

    class Context:
        client = CLIENT

    asked = Operation("{ version }", viewer=Viewer("key *", {"key": key, "business": shop}), context=Context())
    for _ in range(3):
        await recorder.note_refusals(asked, "RATE_LIMITED")
    await recorder.note_refusals(asked, "BAD_USER_INPUT")
    assert await recorder.flush()
    (row,) = await database.fetch("SELECT * FROM identity.security_events")
    assert (row["type"], row["api_key_id"], row["business_id"]) == ("RATE_LIMIT_EXCEEDED", key, shop)
    assert (row["severity"], str(row["ip_address"]), row["user_agent"]) == ("LOW", "192.0.2.7", "Export")
    assert '"count": 3' in row["details"] and '"until"' in row["details"]


async def test_a_row_that_names_what_is_gone_takes_no_other_with_it(
    record: Recording, committed: str, database: Database
) -> None:
    recorder, (key, shop) = record(committed), await shop_of(database)
    for number in range(9):
        call(recorder, *((uuid4(), shop) if number == 3 else (key, uuid4()) if number == 6 else (key, shop)), number)
    await recorder.events.note("ACCESS_DENIED", "FORBIDDEN", CLIENT, Subject(user=uuid4()))
    await recorder.events.note("ACCESS_DENIED", "FORBIDDEN", CLIENT, Subject(key=key))
    assert await recorder.flush()
    found = await database.fetch("SELECT operation, api_key_id FROM gateway.api_logs ORDER BY operation")
    assert [tuple(row) for row in found] == [(f"Q{number}", None if number in (3, 6) else key) for number in range(9)]
    assert await count(database, "identity.security_events") == 2


async def test_what_was_written_unnoticed_is_not_written_twice(
    record: Recording, committed: str, database: Database
) -> None:
    recorder, shop = record(committed), await shop_of(database)
    call(recorder, *shop, 1)
    rows = recorder.calls._taken()
    recorder.calls._batch = list(rows)
    assert await recorder.flush()
    call(recorder, *shop, 2)
    recorder.calls._batch = [*rows, *recorder.calls._taken()]
    assert await recorder.flush()
    assert await count(database, "gateway.api_logs") == 2
    assert recorder.calls.dropped == 0


async def test_where_there_is_no_partition_calls_are_counted_as_lost(record: Recording, migrated: str) -> None:
    connection = await asyncpg.connect(migrated, server_settings={"session_replication_role": "replica"})
    recorder, shop = record(migrated), await shop_of(connection)
    for number in range(100):
        call(recorder, *shop, number)
    await recorder.events.note("ACCESS_DENIED", "FORBIDDEN", CLIENT)
    assert await recorder.flush()
    assert recorder.calls.dropped == 100
    assert await count(connection, "identity.security_events") == 1
    await connection.close()


async def test_while_the_database_is_away_what_fits_is_kept_and_then_written(record: Recording, tmp_path: Path) -> None:
    with ExitStack() as up:
        dsn = up.enter_context(running(tmp_path, settings=FAST)).dsn
        await migrations.upgrade(dsn)
        connection = await asyncpg.connect(dsn)
        await partitions.ensure(connection, ahead=1)
        shop = await shop_of(connection)
        recorder = record(dsn, room=5)
        call(recorder, *shop, 0)
        assert await recorder.flush()
        await connection.close()
        up.close()
        for number in range(1, 9):
            call(recorder, *shop, number)
            await recorder.events.note("ACCESS_DENIED", "UNKNOWN_KEY", Client(f"192.0.2.{number}"))
        recorder.uses.note(Identity(Viewer("key *"), key=shop[0]), "192.0.2.9")
        with structlog.testing.capture_logs() as said:
            assert not await recorder.flush()
            assert not await recorder.flush()
        assert [line["event"] for line in said] == ["calls by keys are not in the log", "the record is not written"]
        up.enter_context(running(tmp_path, settings=FAST))
        assert await recorder.flush()
        connection = await asyncpg.connect(dsn)
        assert await count(connection, "gateway.api_logs") == 6
        assert await count(connection, "identity.security_events") == 8
        assert await connection.fetchval("SELECT host(last_used_ip) FROM gateway.api_keys") == "192.0.2.9"
        await connection.close()


async def test_events_that_cannot_be_written_at_the_end_are_said(record: Recording, tmp_path: Path) -> None:
    recorder = record(f"postgresql://nobody@/none?host={tmp_path}")
    with structlog.testing.capture_logs() as said:
        async with recorder.running():
            await recorder.events.note("ACCESS_DENIED", "ELSEWHERE", CLIENT)
    (line,) = [line for line in said if line["event"] == "a security event is not written"]
    assert (line["event_type"], line["ip_address"]) == ("ACCESS_DENIED", "192.0.2.7")


async def test_a_use_is_noted_once_a_minute(record: Recording, committed: str, database: Database) -> None:
    recorder, (key, _) = record(committed), await shop_of(database)
    identity = Identity(Viewer("key *"), key=key)
    for ip in ("192.0.2.1", "192.0.2.2", None):
        recorder.uses.note(identity, ip)
    recorder.uses.note(Identity(Viewer("user")), None)
    assert len(recorder.uses) == 1
    assert await recorder.flush()
    recorder.uses.note(identity, "192.0.2.3")
    assert len(recorder.uses) == 0
    assert await database.fetchval("SELECT host(last_used_ip) FROM gateway.api_keys") == "192.0.2.1"


async def test_a_row_that_somebody_holds_keeps_nobody_waiting(
    record: Recording, committed: str, database: Database
) -> None:
    recorder, (key, _) = record(committed), await shop_of(database)
    recorder.uses.note(Identity(Viewer("key *"), key=key), None)
    async with database.transaction():
        await database.execute("SELECT 1 FROM gateway.api_keys FOR UPDATE")
        assert await asyncio.wait_for(recorder.flush(), 5)


@pytest.mark.parametrize(
    ("document", "kept"),
    [
        ('{ a(b: "secret", c: 12, d: -1.5e3, e: A, f: true) }', "{ a(b: …, c: …, d: …, e: A, f: true) }"),
        ('{ a(b: """se"cret\n" # """) c1 }', "{ a(b: …) c1 }"),
        ('{ a # "secret\n  b(c: "x\\"secret") }', "{ a … b(c: …) }"),
        ('{ a(b: "secret', "{ a(b: …"),
        ('{ a(b: """secret', "{ a(b: …"),
        ('{ a(b: $c2) @d(e: "#secret") }', "{ a(b: $c2) @d(e: …) }"),
    ],
)
def test_no_literal_of_a_document_is_kept(document: str, kept: str) -> None:
    assert asked(document, {}, 1_000) == kept


def test_variables_are_kept_as_kinds_however_many_and_deep_they_are() -> None:
    assert kind({"a": [1, 2], "b": {"c": True}, "d": "x", "e": None, "f": 1.5}) == {
        **{"a": ["Number"], "b": {"c": "Boolean"}, "d": "String", "e": "null", "f": "Number"}
    }
    deep: Any = "secret"
    for _ in range(50):
        deep = {"x": deep}
    assert "secret" not in str(kind(deep))
    assert len(kind({str(number): number for number in range(10_000)})) <= MOST
    assert len(asked("{ a }", {"x" * 10_000: 1}, 100)) == 100

"""Rows are read in slices, so that nobody waits for long; and what reading them makes of them."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from app.services.ingest.faults import Faults
from app.services.ingest.moments import Kept
from app.services.ingest.reading import SLICE, Digest, digest_of, read
from app.services.ingest.shapes import shape_of
from models.analytics import AnalyticsEvent
from models.business import BusinessEvent, Metric
from models.uuid7 import uuid7_at, uuid7s_at
from tests.ingest.conftest import AREA, Desk, metrics

METRIC = shape_of(Metric)
NOW = datetime(2026, 11, 15, tzinfo=UTC)
MONTH = tuple(int(datetime(2026, month, 1, tzinfo=UTC).timestamp() * 1000) for month in (11, 12))
KEPT = Kept(int(NOW.timestamp() * 1000), ((MONTH[0], MONTH[1]),))


@asynccontextmanager
async def ticking() -> AsyncIterator[list[float]]:
    """Seconds for which the loop was held, each time that somebody else had its turn."""
    held: list[float] = []

    async def tick() -> None:
        last = time.thread_time()
        while True:
            await asyncio.sleep(0)
            now = time.thread_time()
            held.append(now - last)
            last = now

    task = asyncio.create_task(tick())
    await asyncio.sleep(0)
    held.clear()
    yield held
    task.cancel()


@pytest.mark.parametrize(("rows", "slices"), [(1, 1), (SLICE, 1), (SLICE + 1, 2), (10_000, 20)])
async def test_others_have_a_turn_after_each_slice(rows: int, slices: int) -> None:
    given = [{"type": "SYSTEM", "name": "n"}] * rows
    async with ticking() as held:
        await digest_of(given)
        assert len(held) == slices
        await read(METRIC, given, KEPT, Faults())
        assert len(held) == 2 * slices


async def test_nobody_waits_for_long_while_a_batch_is_recorded(desk: Desk) -> None:
    rows = metrics(10_000, metadata={"host": "a"}, domainId=f"domain_{AREA}")
    await desk.record(rows[:1], "warm")
    async with ticking() as held:
        assert (await desk.record(rows))["recordedCount"] == 10_000
    assert max(held) < 0.05
    assert len(held) > 3 * 10_000 / SLICE  # read twice, and written


async def test_nobody_waits_for_long_while_ten_thousand_rows_are_refused(desk: Desk) -> None:
    rows = [{"type": "x", "name": 1, "value": "x", "metadata": [], "recordedAt": ""}] * 5_000
    rows += [{"type": "SYSTEM", "name": "n", "value": "x"}] * 5_000
    async with ticking() as held:
        assert (await desk.record(rows))["refusedCount"] == 10_000
    assert max(held) < 0.05


async def test_a_row_of_the_wrong_type_costs_the_slice_around_it_nothing() -> None:
    rows: list[Any] = [{"type": "SYSTEM", "name": f"n{number}"} for number in range(1_200)]
    rows[600] = {"type": "SYSTEM"}
    faults = Faults()
    batch = await read(METRIC, rows, KEPT, faults)
    assert batch.places == [number for number in range(1_200) if number != 600]
    assert batch.columns["name"] == [f"n{number}" for number in batch.places]
    assert [(one.index, one.field, one.sentence) for one in faults.refusals] == [(600, "name", "name must be given.")]


async def test_the_order_of_fields_is_nothing_and_that_of_rows_is() -> None:
    a, b = {"type": "SYSTEM", "name": "a"}, {"name": "b", "type": "SYSTEM"}
    assert await digest_of([a, b]) == await digest_of([dict(reversed(a.items())), b])
    assert (await digest_of([a, b])).digest != (await digest_of([b, a])).digest


async def test_what_no_json_holds_has_a_digest_too() -> None:
    deep: list[Any] = []
    for _ in range(900):
        deep = [deep]
    for odd in ({"name": "\ud800"}, {"value": 2**70}, {"metadata": {"a": deep}}):
        digest, again = await digest_of([odd]), await digest_of([dict(odd)])
        assert digest == again == Digest(digest.digest, doubtful=True)
        assert digest.digest != (await digest_of([{**odd, "unit": "x"}])).digest


def test_ids_of_many_times_are_like_those_of_one() -> None:
    moments = [datetime(1970, 1, 1, tzinfo=UTC), NOW, datetime(9999, 1, 1, tzinfo=UTC)]
    ids = uuid7s_at([int(moment.timestamp() * 1000) for moment in moments])
    for made, one in zip(ids, (uuid7_at(moment).bytes for moment in moments), strict=True):
        assert (made[:6], made[6] >> 4, made[8] >> 6) == (one[:6], one[6] >> 4, one[8] >> 6)
    assert len(set(uuid7s_at([0] * 1_000))) == 1_000
    with pytest.raises(OverflowError):
        uuid7s_at([2**48])


@pytest.mark.parametrize("cls", [Metric, BusinessEvent, AnalyticsEvent])
def test_every_column_that_can_be_given_has_a_field(cls: Any) -> None:
    shape = shape_of(cls)
    given = {part.key for part in shape.parts}
    left = {column.name for column in cls.__table__.columns if column.name not in given and column.computed is None}
    assert left == {"business_id", "created_at"}
    assert shape.time.name in ("recordedAt", "occurredAt")
    told = {part.name for part in shape.parts if part.refers is not None}
    assert told == {name for name in shape.by_name if name.endswith("Id") and name not in ("sessionId", "entityId")}

"""What is told of rows that cannot be recorded: place, field and a sentence with the way out."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.ingest.conftest import AREA, FOREIGN, MEANING, SHOP, Desk, metrics

GOOD = {"type": "SYSTEM", "name": "n"}
DEEP: Any = {}
_inner = DEEP
for _ in range(51):
    _inner["a"] = _inner = {}

ONE_FIELD: tuple[tuple[dict[str, Any], str, str], ...] = (
    ({"type": "WRONG"}, "type", "type must be one of PERFORMANCE, BUSINESS, SYSTEM, CUSTOM."),
    ({"type": None}, "type", "type must be given."),
    ({"name": 1}, "name", "name must be a text of 0 to 600 characters."),
    ({"name": "x" * 601}, "name", "name must be a text of 0 to 600 characters."),
    ({"unit": ["ms"]}, "unit", "unit must be a text."),
    ({"value": True}, "value", 'value must be a decimal number like "19.99".'),
    ({"value": "many"}, "value", 'value must be a decimal number like "19.99".'),
    ({"value": "NaN"}, "value", 'value must be a decimal number like "19.99".'),
    ({"value": "1e5"}, "value", 'value must be a decimal number like "19.99".'),
    ({"value": "1" * 41}, "value", 'value must be a decimal number like "19.99".'),
    ({"value": "10000000000000000"}, "value", "value is too large."),
    ({"value": 1e300}, "value", "value is too large."),
    ({"value": "0.00001"}, "value", "value must have at most 4 decimals."),
    ({"value": 1e-9}, "value", "value must have at most 4 decimals."),
    ({"metadata": [1]}, "metadata", "metadata must be an object."),
    ({"metadata": None}, "metadata", "metadata must be given."),
    ({"metadata": DEEP}, "metadata", "metadata nests more than 50 lists and objects."),
    ({"domainId": f"business_{SHOP}"}, "domainId", "domainId is not the ID of a domain: expected domain_<uuid>."),
    ({"domainId": str(AREA)}, "domainId", "domainId is not the ID of a domain: expected domain_<uuid>."),
    ({"domainId": f"domain_{FOREIGN}"}, "domainId", "domainId names no domain."),
    ({"domainId": f"domain_{SHOP}"}, "domainId", "domainId names no domain."),
    ({"definitionId": f"metric_definition_{AREA}"}, "definitionId", "definitionId names no metric definition."),
    ({"recordedAt": "today"}, "recordedAt", "recordedAt must be a moment with its offset, like 2026-01-31T12:00:00Z."),
    (
        {"recordedAt": "2026-01-31T12:00:00"},
        "recordedAt",
        "recordedAt must be a moment with its offset, like 2026-01-31T12:00:00Z.",
    ),
    (
        {"recordedAt": "9999-12-31T23:59:59.999999-23:59"},
        "recordedAt",
        "recordedAt must not be more than a minute ahead of now.",
    ),
    (
        {"recordedAt": "0001-01-01T00:00:00+23:59"},
        "recordedAt",
        "recordedAt must not be before 2024-02-01: what is older is not kept.",
    ),
    (
        {"recordedAt": "2024-01-31T23:59:59.999Z"},
        "recordedAt",
        "recordedAt must not be before 2024-02-01: what is older is not kept.",
    ),
    ({"recordedAt": "2024-07-01T00:00:00Z"}, "recordedAt", "recordedAt lies in a month that is not kept."),
    ({"id": "metric_1"}, "id", "id is no field of a metric."),
    ({"businessId": "x"}, "businessId", "businessId is no field of a metric."),
)


async def test_each_kind_of_mistake_is_told_with_its_field(desk: Desk) -> None:
    told = await desk.refused([{**GOOD, **wrong} for wrong, *_ in ONE_FIELD])
    assert told == [(place, field, message) for place, (_, field, message) in enumerate(ONE_FIELD)]
    assert await desk.count() == 0


async def test_what_is_no_object_is_told(desk: Desk) -> None:
    told = await desk.refused([GOOD, 1, None, [GOOD], "x"])
    assert told == [(place, "rows", "rows must be objects.") for place in (1, 2, 3, 4)]


async def test_everything_that_is_wrong_with_a_row_is_told_at_once(desk: Desk) -> None:
    told = await desk.refused([GOOD, {"value": "much", "unit": 1, "colour": "red"}])
    assert sorted(str(field) for _, field, _ in told) == ["colour", "name", "type", "unit", "value"]
    assert {place for place, *_ in told} == {1}


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b"])
async def test_texts_that_cannot_be_kept_are_told(desk: Desk, text: str) -> None:
    rows = [GOOD, {**GOOD, "name": text}, {**GOOD, "metadata": {"a": [{text: 1}]}}, {**GOOD, "name": "\\u0000"}]
    told = await desk.refused(rows)
    assert told == [(place, None, "The row holds a character that no text can.") for place in (1, 2)]
    done = await desk.record(rows, keepValid=True)
    assert (done["recordedCount"], done["refusedCount"]) == (2, 2)


async def test_events_are_held_to_the_checks_of_their_tables(desk: Desk) -> None:
    good = {"type": "CLICK", "name": "n"}
    rows = [
        {**good, "country": "de"},
        {**good, "country": "DE\n"},
        {**good, "currency": "Euro"},
        {**good, "entityType": "Order"},
        {**good, "entityId": "x"},
        {**good, "value": "0.001"},
        {**good, "name": ""},
        {**good, "device": "FRIDGE"},
        good,
    ]
    told = await desk.refused(rows, kind="AnalyticsEvents", viewer=desk.everything)
    assert [(place, field) for place, field, _ in told] == [
        *((0, "country"), (1, "country"), (2, "currency"), (3, "entityId"), (4, "entityId"), (5, "value"), (6, "name")),
        (7, "device"),
    ]
    assert told[3][2] == "entityId must be given with its type."
    rows = [
        {"type": "t", "category": "SALE", "ipAddress": "here"},
        {"type": "t", "category": "SALE", "ipAddress": "::1"},
    ]
    told = await desk.refused(rows, kind="BusinessEvents", viewer=desk.everything)
    assert told == [(0, "ipAddress", "ipAddress must be an address like 192.0.2.1.")]


async def test_people_who_cannot_be_seen_are_missing(desk: Desk) -> None:
    async with desk.shop.database.writes.begin() as connection:
        await connection.exec_driver_sql("UPDATE identity.users SET is_active = false WHERE first_name = 'Oleg'")
    users = await desk.rows("SELECT id FROM identity.users ORDER BY first_name")
    rows = [{"type": "t", "category": "SYSTEM", "userId": f"user_{user['id']}"} for user in users]
    told = await desk.refused(rows, kind="BusinessEvents", viewer=desk.everything)
    assert told == [(0, "userId", "userId names no user.")]


async def test_a_row_may_be_a_minute_ahead(desk: Desk) -> None:
    now = datetime.now(UTC)
    moments = [now + timedelta(seconds=seconds) for seconds in (50, 70)]
    told = await desk.refused([{**GOOD, "recordedAt": moment.isoformat()} for moment in moments])
    assert [place for place, *_ in told] == [1]


async def test_one_that_is_refused_keeps_all_from_being_recorded(desk: Desk) -> None:
    done = await desk.record([*metrics(700), {"type": "WRONG"}])
    assert (done["recordedCount"], done["refusedCount"], done["firstId"], done["lastId"]) == (0, 1, None, None)
    assert await desk.count() == 0
    assert await desk.count("ops.audit_logs") == 0
    assert await desk.count("ops.ingest_batches") == 0


async def test_the_others_are_kept_where_that_is_asked(desk: Desk) -> None:
    rows = metrics(1_200)
    rows[3] |= {"type": "WRONG"}
    rows[700] |= {"value": "x"}
    rows[701] |= {"domainId": f"domain_{FOREIGN}"}
    rows[1_199] |= {"recordedAt": "2020-01-01T00:00:00Z"}
    done = await desk.record(rows, keepValid=True)
    assert (done["recordedCount"], done["refusedCount"]) == (1_196, 4)
    assert [error["index"] for error in done["userErrors"]] == [3, 700, 701, 1_199]
    values = {row["value"] for row in await desk.rows("SELECT value::text FROM business.metrics")}
    assert values == {f"{number}.2500" for number in range(1_200) if number not in (3, 700, 701, 1_199)}
    (record,) = await desk.rows("SELECT row_count FROM ops.audit_logs")
    assert record == {"row_count": 1_196}


async def test_a_hundred_reasons_are_told_and_all_are_counted(desk: Desk) -> None:
    bad = [{**GOOD, "value": "x"}, {"type": "x", "name": 1}, {**GOOD, "domainId": f"domain_{FOREIGN}"}] * 1_000
    done = await desk.record(bad)
    assert (done["recordedCount"], done["refusedCount"], len(done["userErrors"])) == (0, 3_000, 100)


async def test_a_batch_has_one_to_ten_thousand_rows_and_a_key(desk: Desk) -> None:
    for rows, key, told in (
        ([], "k", ("rows", "rows must be 1 to 10,000; there are 0.")),
        ([GOOD] * 10_001, "k", ("rows", "rows must be 1 to 10,000; there are 10,001.")),
        ([GOOD], "", ("batchKey", "batchKey must have 1 to 200 characters.")),
        ([GOOD], "k" * 201, ("batchKey", "batchKey must have 1 to 200 characters.")),
    ):
        (error,) = (await desk.record(rows, key))["userErrors"]
        assert (error["code"], error["field"], error["message"]) == ("BAD_USER_INPUT", *told)


async def test_rows_must_be_a_list(desk: Desk) -> None:
    answer = await desk.answer({"type": "SYSTEM"})
    assert "MetricRows must be a list of objects." in answer["errors"][0]["message"]
    assert MEANING != AREA

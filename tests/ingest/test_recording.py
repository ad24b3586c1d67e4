"""Many rows at once: what stands in the tables afterwards, and what it leaves behind."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

from models.uuid7 import uuid7_time
from tests.ingest.conftest import AREA, BUSINESS, MEANING, SHOP, Desk, metrics

PAGE = (Path(__file__).parent.parent.parent / "docs" / "mutations.md").read_text()


async def test_ten_thousand_rows_are_recorded_at_once(desk: Desk) -> None:
    rows = metrics(10_000, metadata={"host": "a"}, domainId=f"domain_{AREA}")
    done = await desk.record(rows)
    assert (done["recordedCount"], done["refusedCount"], done["userErrors"]) == (10_000, 0, [])
    (found,) = await desk.rows(
        "SELECT count(*) AS n, (array_agg(id ORDER BY id))[1] AS first, (array_agg(id ORDER BY id DESC))[1] AS last,"
        " sum(value) AS sum, min(metadata ->> 'host') AS host,"
        " count(DISTINCT (business_id, domain_id)) AS owners FROM business.metrics"
    )
    assert (done["firstId"], done["lastId"]) == (f"metric_{found['first']}", f"metric_{found['last']}")
    assert (found["n"], found["sum"], found["host"], found["owners"]) == (10_000, 10_000 * 9_999 / 2 + 2_500, "a", 1)


async def test_a_row_is_kept_as_it_was_given(desk: Desk) -> None:
    moment = datetime.now(UTC) - timedelta(hours=1)
    given = {
        **{
            "type": "BUSINESS",
            "name": "Umsatz ☕",
            "value": "-12.5",
            "unit": "EUR",
            "metadata": {"a": [1, {"b": None}]},
        },
        **{"domainId": f"domain_{AREA}", "definitionId": f"metric_definition_{MEANING}"},
        "recordedAt": moment.isoformat(),
    }
    assert (await desk.record([given]))["recordedCount"] == 1
    (row,) = await desk.rows(
        "SELECT id, business_id, type, name, value::text, unit, metadata::text, domain_id, definition_id, recorded_at"
        " FROM business.metrics"
    )
    floored = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    assert (uuid7_time(row.pop("id")), row.pop("recorded_at")) == (floored, floored)
    assert row == {
        **{"business_id": SHOP, "type": "BUSINESS", "name": "Umsatz ☕", "value": "-12.5000", "unit": "EUR"},
        **{"metadata": '{"a": [1, {"b": null}]}', "domain_id": AREA, "definition_id": MEANING},
    }


async def test_what_is_not_said_is_as_rows_begin(desk: Desk) -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    given = [{"type": "SYSTEM", "name": "a"}, {"type": "SYSTEM", "name": "b", "metadata": {"x": 1}, "value": 3}]
    await desk.record(given)
    rows = await desk.rows(
        "SELECT name, value::text, unit, metadata::text, recorded_at FROM business.metrics ORDER BY name"
    )
    assert all(before <= row.pop("recorded_at") <= datetime.now(UTC) for row in rows)
    assert rows == [
        {"name": "a", "value": None, "unit": None, "metadata": "{}"},
        {"name": "b", "value": "3.0000", "unit": None, "metadata": '{"x": 1}'},
    ]


async def test_decimals_come_as_text_or_numbers(desk: Desk) -> None:
    given = ["1.5000000", "+007", 7, -0.25, "9999999999999999.9999"]
    await desk.record([{"type": "SYSTEM", "name": "n", "value": value} for value in given])
    rows = await desk.rows("SELECT value::text FROM business.metrics ORDER BY value")
    assert [row["value"] for row in rows] == ["-0.2500", "1.5000", "7.0000", "7.0000", "9999999999999999.9999"]


async def test_events_of_both_kinds_are_recorded(desk: Desk) -> None:
    event = {"type": "order.paid", "category": "SALE", "data": {"total": "9.90"}, "ipAddress": "192.0.2.1"}
    done = await desk.record([event, {**event, "severity": "HIGH"}], kind="BusinessEvents", viewer=desk.everything)
    assert (done["recordedCount"], done["firstId"][:15]) == (2, "business_event_")
    rows = await desk.rows("SELECT severity, host(ip_address) AS ip FROM business.business_events ORDER BY severity")
    assert rows == [{"severity": "HIGH", "ip": "192.0.2.1"}, {"severity": "INFO", "ip": "192.0.2.1"}]
    view = {"type": "PAGE_VIEW", "name": "page_view", "pageUrl": "https://x.example/"}
    sold = {
        "type": "PURCHASE",
        "name": "bought",
        "value": "9.90",
        "currency": "EUR",
        "country": "DE",
        "device": "MOBILE",
    }
    about = {"entityType": "Business", "entityId": str(SHOP)}
    done = await desk.record([view, {**sold, **about}], kind="AnalyticsEvents", viewer=desk.everything)
    assert (done["recordedCount"], done["userErrors"]) == (2, [])
    rows = await desk.rows("SELECT name, currency, entity_id FROM analytics.analytics_events ORDER BY name")
    assert rows == [
        {"name": "bought", "currency": "EUR", "entity_id": SHOP},
        {"name": "page_view", "currency": "USD", "entity_id": None},
    ]


async def test_events_are_a_record_themselves(desk: Desk) -> None:
    await desk.record([{"type": "t", "category": "SALE"}] * 3, kind="BusinessEvents", viewer=desk.everything)
    await desk.record([{"type": "CLICK", "name": "n"}] * 3, kind="AnalyticsEvents", viewer=desk.everything)
    assert (await desk.count("ops.audit_logs"), await desk.count("ops.event_logs")) == (0, 0)


async def test_rows_can_be_written_into_the_document(desk: Desk) -> None:
    query = """mutation($business: ID!, $name: String!) { recordMetrics(input: {
      businessId: $business, batchKey: "k", rows: [
        { type: SYSTEM, name: "a", value: "1.5", metadata: { deep: [1] } }, { type: "SYSTEM", name: $name, value: 2 }
      ]
    }) { recordedCount userErrors { message } } }"""
    answer = await desk.shop(query, desk.everything, business=BUSINESS, name="b")
    assert answer["data"]["recordMetrics"] == {"recordedCount": 2, "userErrors": []}
    rows = await desk.rows("SELECT name, value::text, metadata::text FROM business.metrics ORDER BY name")
    assert rows == [
        {"name": "a", "value": "1.5000", "metadata": '{"deep": [1]}'},
        {"name": "b", "value": "2.0000", "metadata": "{}"},
    ]


async def test_a_batch_leaves_one_row_of_record_with_its_count_and_range(desk: Desk) -> None:
    done = await desk.record(metrics(600))
    (row,) = await desk.rows(
        "SELECT action, entity_type, entity_id, row_count, first_id, last_id, business_id, operation"
        " FROM ops.audit_logs"
    )
    range_ = [done[name].removeprefix("metric_") for name in ("firstId", "lastId")]
    assert [str(row.pop("first_id")), str(row.pop("last_id"))] == range_
    assert row == {
        **{"action": "CREATE", "entity_type": "Metric", "entity_id": None, "row_count": 600},
        **{"business_id": SHOP, "operation": "recordMetrics"},
    }
    (event,) = await desk.rows("SELECT name, row_count, payload -> 'range' ->> 1 AS last FROM ops.event_logs")
    assert event == {"name": "metric.created", "row_count": 600, "last": range_[1]}
    assert await desk.count("ops.service_syncs") == 0


async def test_a_batch_is_few_statements_however_many_rows_it_has(desk: Desk) -> None:
    def statements() -> list[str]:
        sent, desk.shop.sent = [one.split()[0] for one in desk.shop.sent], []
        return sent

    rows = metrics(2_000, domainId=f"domain_{AREA}")
    await desk.record(rows[:1], "warm")
    statements()
    await desk.record(rows[:1], "first")
    few = statements()
    await desk.record(rows, "second")
    assert statements() == few
    assert len(few) < 12


async def test_rows_go_to_the_partitions_of_their_months(desk: Desk) -> None:
    months = (
        datetime(2025, 3, 31, 23, 59, 59, 999000, UTC),
        datetime(2025, 4, 1, tzinfo=UTC),
        datetime(2026, 1, 9, tzinfo=UTC),
    )
    await desk.record([{"type": "SYSTEM", "name": "n", "recordedAt": moment.isoformat()} for moment in months])
    rows = await desk.rows("SELECT tableoid::regclass::text AS name, recorded_at FROM business.metrics ORDER BY id")
    assert [(row["name"], row["recorded_at"]) for row in rows] == [
        (f"business.metrics_{moment:%Y_%m}", moment) for moment in months
    ]


async def test_the_example_of_the_page_works(desk: Desk) -> None:
    section = PAGE.partition("## Many rows of measurements and events")[2]
    query, rows = (re.search(rf"```{kind}\n(.*?)```", section, re.S) for kind in ("graphql", "json"))
    assert query and rows
    answer = await desk.shop(query[1], desk.everything, business=BUSINESS, rows=orjson.loads(rows[1]))
    done = answer["data"]["recordMetrics"]
    assert (done["recordedCount"], done["refusedCount"], done["userErrors"]) == (1, 0, [])
    assert await desk.rows("SELECT name, recorded_at FROM business.metrics") == [
        {"name": "load", "recorded_at": datetime(2026, 6, 30, 12, 0, 3, 250_000, UTC)}
    ]

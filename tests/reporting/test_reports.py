"""Reports: made once for each time, with figures that are counted, and sent to whom they are for."""

from __future__ import annotations

import asyncio
import csv
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from stat import S_IMODE
from typing import get_args
from uuid import UUID

import pytest
from sqlalchemy import text

from app.mail import Folder, Smtp
from app.mail.posts import Way
from app.services.reporting.figures import BY_TYPE, TABLES
from app.services.reporting.papers import CUT, DELIVERED, paper
from app.services.reporting.runs import BROKEN, CLAIM, DIED, MOST_ATTEMPTS, MOST_RECIPIENTS, PAUSES, TOO_MANY
from models.reporting import ReportFormat, ReportType
from tests.reporting.conftest import Press
from tests.support.servers import Mailbox, listening
from tests.support.test_notifications import text_of, written

TO = ["ada@x.example", "bob@y.example"]


async def an_order(press: Press, shop: UUID, placed: str, total: str, **values: object) -> UUID:
    at = datetime.fromisoformat(placed).replace(tzinfo=UTC)
    amount = Decimal(total)
    given = {
        "order_number": f"O-{placed}-{total}",
        "placed_at": at,
        "subtotal": amount,
        "total_amount": amount,
        **values,
    }
    return await press.insert("sales.orders", business_id=shop, **given)


async def test_a_report_is_planned_then_made_at_its_time_with_the_figures_of_the_day_of_the_business(
    press: Press,
) -> None:
    shop, other = await press.shop(time_zone="America/New_York"), await press.shop(name="Other", slug="other")
    report = await press.report(shop, recipients=TO)
    await press.run_all()
    assert await press.runs() == []
    assert await press.next_time(report) == datetime(2026, 12, 1, 11, tzinfo=UTC)

    await an_order(press, shop, "2026-11-30T04:59", "1")  # the evening before, in New York
    await an_order(press, shop, "2026-11-30T05:00", "10.50")
    await an_order(press, shop, "2026-12-01T04:59", "20", currency="EUR")
    await an_order(
        press, shop, "2026-11-30T20:00", "99", status="CANCELLED", cancelled_at=press.now + timedelta(days=1)
    )
    await an_order(press, shop, "2026-12-01T05:00", "1000")
    await an_order(press, other, "2026-11-30T12:00", "5000")
    press.now = datetime(2026, 12, 1, 11, tzinfo=UTC)
    assert await press.reports.due() == [str(report)]
    await press.run_all()

    (run,) = await press.runs()
    assert (run["status"], run["format"], run["period_starts_on"], run["period_ends_on"]) == (
        *("SUCCEEDED", "CSV"),
        *(date(2026, 11, 30), date(2026, 11, 30)),
    )
    assert (run["scheduled_for"], run["sent_at"], run["error"]) == (press.now, press.now, None)
    assert (run["next_attempt_at"], run["pending_recipients"]) == (None, [])
    orders = run["content"]["tables"][0]
    assert orders["columns"] == ["currency", "orders", "cancelled", "customers", "total", "average"]
    assert orders["rows"] == [["EUR", 1, 0, 0, "20.00", "20.00"], ["USD", 2, 1, 0, "10.50", "10.50"]]
    assert await press.next_time(report) == datetime(2026, 12, 2, 11, tzinfo=UTC)
    assert await press.reports.due() == []


async def test_its_file_is_kept_and_goes_to_each_recipient_alone(press: Press) -> None:
    shop = await press.shop()
    await press.report(shop, name="Sales / day", recipients=[*TO, TO[0]], next_scheduled_at=press.now)
    await press.run_all()
    (run,) = await press.runs()
    file = press.data / run["file_path"]
    assert file.name == f"{run['id']}.csv"
    assert (S_IMODE(file.stat().st_mode), S_IMODE(file.parent.stat().st_mode)) == (0o600, 0o700)
    letters = written(press.data / "outbox")
    assert {letter["To"] for letter in letters} == set(TO)
    for letter in letters:
        (attached,) = letter.iter_attachments()
        assert attached.get_content_type() == "text/csv"
        assert attached.get_filename() == "Sales _ day 2026-11-29.csv"
        assert attached.get_payload(decode=True) == file.read_bytes()
        assert letter["From"] == "Lamps & Co <agora@x.example>"
        assert letter["Subject"] == "Sales / day, 2026-11-29 to 2026-11-29"
        assert "is attached" in text_of(letter)


@pytest.mark.parametrize("kind", get_args(ReportType))
async def test_every_kind_of_report_is_made_of_the_sample_data(kind: ReportType, sampled: Press) -> None:
    busy = "advertising.ad_campaigns" if kind == "MARKETING" else "sales.orders"
    (row,) = await sampled.rows(f"SELECT business_id FROM {busy} GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1")
    async with sampled.database.transaction() as session:
        await session.execute(text("REFRESH MATERIALIZED VIEW analytics.analytics_event_days"))
    parameters = {"days": 365}
    await sampled.rows("UPDATE reporting.reports SET status = 'PAUSED' RETURNING id")
    await sampled.report(
        row["business_id"],
        name="All",
        type=kind,
        schedule="ONCE",
        format="JSON",
        parameters=parameters,
        next_scheduled_at=sampled.now,
    )
    await sampled.run_all()
    (run,) = await sampled.rows("SELECT * FROM reporting.report_runs WHERE name = 'All'")
    assert (run["status"], run["error"]) == ("SUCCEEDED", None)
    tables = {table["name"]: table for table in run["content"]["tables"]}
    assert tuple(tables) == tuple(BY_TYPE[kind])
    assert sum(bool(table["rows"]) for table in tables.values()) >= len(tables) / 2, {
        name: len(table["rows"]) for name, table in tables.items()
    }
    if "orders" in tables:
        (count,) = await sampled.rows(
            "SELECT count(*) AS n, sum(total_amount) FILTER (WHERE status <> 'CANCELLED') AS total FROM sales.orders "
            "WHERE business_id = :b AND (placed_at AT TIME ZONE :z)::date BETWEEN :f AND :l",
            b=row["business_id"],
            z=run["content"]["timeZone"],
            f=run["period_starts_on"],
            l=run["period_ends_on"],
        )
        rows = tables["orders"]["rows"]
        assert sum(line[1] for line in rows) == count["n"] > 0
        assert sum(Decimal(line[4]) for line in rows) == count["total"]
    assert json.loads((sampled.data / run["file_path"]).read_text()) == run["content"]


async def test_a_report_that_names_tables_has_those_of_its_kind(press: Press) -> None:
    shop = await press.shop()
    template = {"sections": ["products", "stock", "no such table"]}
    await press.report(shop, template=template, next_scheduled_at=press.now)
    await press.run_all()
    (run,) = await press.runs()
    assert [table["name"] for table in run["content"]["tables"]] == ["products"]


@pytest.mark.parametrize(("asked", "ending"), [("PDF", "html"), ("XLSX", "csv"), ("HTML", "html"), ("JSON", "json")])
async def test_what_cannot_be_made_is_delivered_in_the_form_that_opens_in_the_same_program(
    press: Press, asked: ReportFormat, ending: str
) -> None:
    await press.report(await press.shop(), format=asked, next_scheduled_at=press.now)
    await press.run_all()
    (run,) = await press.runs()
    assert run["format"] == DELIVERED[asked] == ending.upper()
    assert run["file_path"].endswith(f".{ending}")


def test_no_value_is_a_formula_of_a_spreadsheet_or_markup_of_a_page() -> None:
    row = ["=1+1", "@x", "-5.00", "<b>", None, 7]
    content = {
        **{"name": "=cmd()", "business": "<i>", "from": "2026-11-29", "to": "2026-11-29", "timeZone": "UTC"},
        "tables": [{"title": "<T>", "columns": list("abcdef"), "rows": [row], "isCut": True}],
    }
    lines = list(csv.reader(paper(content, "CSV").content.decode("utf-8-sig").splitlines()))
    assert lines[0][0] == "'=cmd()"
    assert lines[4] == ["'=1+1", "'@x", "-5.00", "<b>", "", "7"]
    assert lines[5] == [CUT]
    html = paper(content, "HTML").content.decode()
    assert "<b>" not in html
    assert "<i>" not in html
    assert "<td>&lt;b&gt;</td><td></td><td>7</td>" in html


async def test_a_run_is_made_once_for_a_time_however_many_make_it(press: Press) -> None:
    report = await press.report(await press.shop(), recipients=TO, next_scheduled_at=press.now)
    await asyncio.gather(*(press.reports.drain(str(report)) for _ in range(3)))
    assert len(await press.runs()) == 1
    await press.rows("UPDATE reporting.reports SET next_scheduled_at = :now RETURNING id", now=press.now)
    await press.run_all()
    assert len(await press.runs()) == 1
    assert len(written(press.data / "outbox")) == 2


async def test_of_days_that_were_missed_only_the_last_is_made(press: Press) -> None:
    shop = await press.shop(time_zone="Europe/Berlin")
    report = await press.report(shop, next_scheduled_at=datetime(2026, 11, 20, 5, tzinfo=UTC))
    await press.run_all()
    (run,) = await press.runs()
    assert (run["scheduled_for"], run["period_ends_on"]) == (datetime(2026, 11, 30, 5, tzinfo=UTC), date(2026, 11, 29))
    assert await press.next_time(report) == datetime(2026, 12, 1, 5, tzinfo=UTC)


async def test_a_report_without_a_schedule_is_made_once_and_is_complete(press: Press) -> None:
    report = await press.report(await press.shop(), schedule="ONCE", next_scheduled_at=press.now)
    await press.run_all()
    (row,) = await press.rows(
        "SELECT status, last_generated_at, version FROM reporting.reports WHERE id = :r", r=report
    )
    assert row == {"status": "COMPLETED", "last_generated_at": press.now, "version": 1}
    assert await press.reports.due() == []


async def test_a_report_that_rests_is_not_made(press: Press) -> None:
    report = await press.report(await press.shop(), status="PAUSED", next_scheduled_at=press.now)
    assert await press.reports.due() == []
    await press.reports.drain(str(report))
    assert await press.runs() == []


async def test_figures_that_cannot_be_computed_fail_with_a_sentence_after_some_attempts(press: Press) -> None:
    await press.report(await press.shop(), next_scheduled_at=press.now)
    async with press.database.transaction() as session:
        await session.execute(text("ALTER TABLE sales.order_items RENAME TO hidden"))
    for pause in PAUSES:
        await press.run_all()
        (run,) = await press.runs()
        assert (run["status"], run["next_attempt_at"] - press.now) == ("RUNNING", pause)
        press.now = run["next_attempt_at"]
    await press.run_all()
    (run,) = await press.runs()
    assert (run["status"], run["error"], run["next_attempt_at"]) == ("FAILED", BROKEN, None)
    assert len(TABLES) > 10


async def test_a_worker_that_died_is_followed_by_one_that_goes_on(press: Press) -> None:
    report = await press.report(await press.shop(), recipients=TO, next_scheduled_at=press.now)
    async with listening(Mailbox()) as mailbox:
        press.post = Smtp(Way("127.0.0.1", mailbox.port, "if offered"))
        mailbox.open.clear()
        task = asyncio.create_task(press.reports.drain(str(report)))
        await asyncio.wait_for(mailbox.begun.wait(), 10)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        (run,) = await press.runs()
        assert (run["status"], run["pending_recipients"], run["sent_at"]) == ("SUCCEEDED", TO, None)
        assert await press.reports.due() == []
        mailbox.open.set()
        mailbox.letters.clear()
        press.now += CLAIM
        await press.run_all()
    (run,) = await press.runs()
    assert (run["pending_recipients"], run["sent_at"], run["next_attempt_at"]) == ([], press.now, None)
    assert [letter["To"] for letter in mailbox.letters] == TO


async def test_who_has_it_does_not_get_it_again_when_the_next_cannot_be_reached(press: Press) -> None:
    await press.report(await press.shop(), recipients=TO, next_scheduled_at=press.now)
    async with listening(Mailbox(refuses={TO[1]: "451 later"})) as mailbox:
        press.post = Smtp(Way("127.0.0.1", mailbox.port, "if offered"))
        await press.run_all()
        (run,) = await press.runs()
        assert (run["pending_recipients"], run["next_attempt_at"] - press.now) == ([TO[1]], PAUSES[0])
        mailbox.refuses.clear()
        press.now = run["next_attempt_at"]
        await press.run_all()
    assert [letter["To"] for letter in mailbox.letters] == TO
    assert len({letter["Message-ID"] for letter in mailbox.letters}) == 2


async def test_an_address_that_is_refused_is_told_without_naming_it(press: Press) -> None:
    await press.report(await press.shop(), recipients=["nobody", *TO], next_scheduled_at=press.now)
    await press.run_all()
    (run,) = await press.runs()
    assert run["status"] == "SUCCEEDED"
    assert run["error"] == "It did not reach all of its recipients: The address is none that mail can be sent to."
    assert (run["pending_recipients"], run["sent_at"]) == ([], press.now)


async def test_a_report_is_no_way_to_write_to_the_whole_world(press: Press) -> None:
    many = [f"p{number}@x.example" for number in range(MOST_RECIPIENTS + 5)]
    await press.report(await press.shop(), recipients=many, next_scheduled_at=press.now)
    await press.run_all()
    (run,) = await press.runs()
    assert run["error"] == TOO_MANY
    assert len(written(press.data / "outbox")) == MOST_RECIPIENTS


async def test_what_kills_the_process_each_time_is_given_up(press: Press) -> None:
    report = await press.report(await press.shop())
    values = {"name": "Sales", "type": "SALES", "attempt_count": MOST_ATTEMPTS, "next_attempt_at": press.now}
    days = {"period_starts_on": date(2026, 11, 1), "period_ends_on": date(2026, 11, 2)}
    (shop,) = await press.rows("SELECT business_id FROM reporting.reports")
    await press.insert("reporting.report_runs", report_id=report, **shop, **values, **days)
    await press.run_all()
    (run,) = await press.runs()
    assert (run["status"], run["error"]) == ("FAILED", DIED)


async def test_a_mail_server_that_is_never_there_leaves_the_report_made(press: Press) -> None:
    await press.report(await press.shop(), recipients=TO, next_scheduled_at=press.now)
    (press.data / "file").touch()
    press.post = Folder(press.data / "file" / "outbox")
    for _ in range(MOST_ATTEMPTS):
        await press.run_all()
        (run,) = await press.runs()
        press.now = run["next_attempt_at"] or press.now
    assert (run["status"], run["sent_at"], run["pending_recipients"]) == ("SUCCEEDED", None, [])
    assert run["error"].startswith("It could not be sent: ")

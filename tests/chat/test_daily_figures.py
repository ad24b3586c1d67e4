"""A day of chats in figures: counted anew as often as one likes, and after days on which nobody counted."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from app.database import connected
from app.services.accounts.passwords import Passwords
from app.services.chat import figures
from app.services.statements import Compiled
from app.worker.desks import DailyFigures
from graph.engine.schema.schema import Schema
from tests.chat.chats import Chats
from tests.chat.desks import Desk, a_desk

DAY = date(2026, 11, 10)
NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def desk(committed: str, schema: Schema) -> AsyncIterator[Desk]:
    async with connected(committed, read_size=1, write_size=2) as database:
        desk = await a_desk(Chats(database, schema, Passwords()))
        desk.now = datetime(2026, 11, 12, 9, tzinfo=UTC)
        yield desk


async def counted(desk: Desk, since: date = DAY, until: date = DAY) -> int:
    """Count some days; how many rows changed."""
    async with desk.chats.begin() as session:
        return await figures.do_count_days(session, since, until)


async def days(desk: Desk) -> list[dict[str, Any]]:
    """The figures, in the order of days."""
    return await desk.chats.run("SELECT * FROM chat.chat_daily_stats ORDER BY day, site_id")


async def a_day(desk: Desk) -> Any:
    """Six chats of a day, and one at the last moment of the day before; the site of one of them."""
    site = await desk.chats.made("business.sites", business_id=desk.id, name="Shop", domain="shop.example")
    ada, ai = await desk.somebody(), await desk.ai()
    answered = {"first_response_at": NOON + MINUTE, "queued_at": NOON, "assigned_at": NOON + MINUTE}
    over = {"ended_at": NOON + 10 * MINUTE}
    by_person = await desk.bare(
        started_at=NOON, status="ENDED", assigned_agent_id=ada, satisfaction_rating=4, **answered, **over
    )
    for content in ("Hello", "Where is it?"):
        await desk.says(by_person, content)
    by_ai = {"started_at": NOON, "status": "ENDED", "ai_agent_id": ai, "first_response_at": NOON + MINUTE / 2}
    await desk.bare(**by_ai, **over, satisfaction_rating=5)
    given_back = await desk.bare(started_at=NOON, status="QUEUED", first_response_at=NOON + MINUTE, queued_at=NOON)
    await desk.chats.made(
        "chat.chat_participants",
        session_id=given_back,
        type="AGENT",
        chat_agent_id=ada,
        name="Ada",
        left_at=NOON + MINUTE,
        joined_at=NOON,
    )
    await desk.bare(started_at=NOON, status="ABANDONED", ended_at=NOON + MINUTE)
    await desk.bare(started_at=NOON, status="ENDED", end_reason="MOVED_TO_TICKET", ended_at=NOON)
    await desk.bare(started_at=datetime(2026, 11, 10, tzinfo=UTC), site_id=site)
    await desk.bare(started_at=datetime(2026, 11, 9, 23, 59, 59, 999000, tzinfo=UTC))
    return site


async def test_a_day_is_what_its_chats_add_up_to(desk: Desk) -> None:
    site = await a_day(desk)
    assert await counted(desk) == 2
    on_site, elsewhere = await days(desk)
    assert (on_site["site_id"], on_site["session_count"], on_site["answered_count"]) == (site, 1, 0)
    assert {name: elsewhere[name] for name in figures.COUNTED} == {
        "session_count": 5,
        "answered_count": 3,
        "ended_count": 3,
        "abandoned_count": 1,
        "ai_only_count": 1,
        "ticket_count": 1,
        "message_count": 2,
        "wait_seconds_sum": 150,
        "duration_seconds_sum": 1200,
        "rating_sum": 9,
        "rating_count": 2,
    }


async def test_to_count_again_changes_nothing_and_what_changed_is_counted(desk: Desk) -> None:
    await a_day(desk)
    await counted(desk)
    before = await days(desk)
    assert await counted(desk) == 0
    assert await days(desk) == before
    await desk.chats.run("UPDATE chat.chat_sessions SET satisfaction_rating = 1 WHERE satisfaction_rating = 4")
    assert await counted(desk) == 1
    assert (await days(desk))[1]["rating_sum"] == 6


async def test_a_day_whose_chats_are_gone_loses_its_figures(desk: Desk) -> None:
    await a_day(desk)
    await counted(desk, DAY - timedelta(days=1), DAY)
    await desk.chats.run("DELETE FROM chat.chat_sessions WHERE started_at < $1", NOON)
    assert await counted(desk, DAY - timedelta(days=1), DAY) == 2
    assert [row["day"] for row in await days(desk)] == [DAY]


async def test_days_on_which_nobody_counted_are_caught_up(desk: Desk) -> None:
    for ago in (100, 40, 20, 0):
        await desk.bare(started_at=desk.now - timedelta(days=ago))
    chore = DailyFigures(desk.chats.database, lambda: desk.now)
    await chore.counted()
    found = [row["day"] for row in await days(desk)]
    assert found == [(desk.now - timedelta(days=ago)).date() for ago in (100, 40, 20, 0)]
    desk.now += timedelta(days=50)
    await desk.bare(started_at=desk.now - timedelta(days=49))
    await desk.bare(started_at=desk.now - timedelta(days=7))
    await chore.counted()
    assert len(await days(desk)) == 6


async def test_the_last_days_are_counted_again_because_chats_go_on(desk: Desk) -> None:
    chat = await desk.bare(started_at=desk.now - timedelta(days=2))
    chore = DailyFigures(desk.chats.database, lambda: desk.now)
    await chore.counted()
    await desk.chats.run("UPDATE chat.chat_sessions SET status = 'ENDED', ended_at = $1 WHERE id = $2", desk.now, chat)
    await chore.counted()
    assert [row["ended_count"] for row in await days(desk)] == [1]


async def test_days_that_were_not_settled_when_they_were_last_counted_are_counted_again(desk: Desk) -> None:
    chat = await desk.bare(started_at=desk.now - timedelta(days=2))
    await desk.bare(started_at=desk.now)
    chore = DailyFigures(desk.chats.database, lambda: desk.now)
    await chore.counted()
    await desk.chats.run("UPDATE chat.chat_sessions SET status = 'ENDED', ended_at = $1 WHERE id = $2", desk.now, chat)
    desk.now += timedelta(days=2)
    await chore.counted()
    assert [row["ended_count"] for row in await days(desk)] == [1, 0]


async def test_figures_of_the_sample_data_are_those_that_are_counted(sample: asyncpg.Connection) -> None:
    columns = ", ".join(("business_id", "site_id", "day", *figures.COUNTED))
    query = f"SELECT {columns} FROM chat.chat_daily_stats ORDER BY 1, 3, 2"
    before = await sample.fetch(query)
    span = await sample.fetchrow("SELECT min(day) AS since, max(day) AS until FROM chat.chat_daily_stats")
    assert span is not None
    assert await sample.fetch(*Compiled(figures.COUNT)(**span)) == []
    assert await sample.fetch(query) == before
    assert len(before) > 100

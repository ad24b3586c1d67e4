"""How providers did lately stands in their rows."""

from datetime import timedelta
from decimal import Decimal

import pytest

from app.database import by
from app.services.answering.routes import do_figure
from tests.answers.counter import Counter, reaching
from tests.answers.model import Model, refusing, saying

ASKED = """
UPDATE llm.llm_requests SET created_at = $2, started_at = $2 WHERE prompt = $1"""


async def figured(counter: Counter) -> int:
    """Bring the figures up to date; how many were others."""
    async with counter.database.work(by("providers")) as work:
        return await do_figure(work.fetch, counter.clock())


@pytest.fixture
async def acme(counter: Counter, spoken: Model) -> None:
    """A provider that answered two questions, one from the store, and failed at a third; and one never asked."""
    await counter.provider("acme")
    await counter.insert("llm.llm_providers", slug="offline", name="Offline", priority=0, is_enabled=False)
    spoken.next = [saying("At nine."), refusing(401)]
    async with reaching(spoken.url) as online:
        for question in ("When do you open?", "When do you open?", "And who are you?"):
            await counter.start(question)
            await counter.work(counter.answers(online))


@pytest.mark.usefixtures("acme")
async def test_what_was_answered_counts_and_how_long_it_took_unless_it_was_stored(counter: Counter) -> None:
    await counter.connection.execute(
        "UPDATE llm.llm_responses SET response_time_ms = CASE WHEN is_cached THEN 1 ELSE 400 END"
    )
    assert await figured(counter) == 1
    rows = await counter.rows(
        "SELECT slug, success_rate, average_response_time_ms FROM llm.llm_providers ORDER BY slug"
    )
    assert [tuple(row.values()) for row in rows] == [("acme", Decimal("66.67"), 400), ("offline", None, None)]
    assert await figured(counter) == 0


@pytest.mark.usefixtures("acme")
async def test_what_was_asked_before_yesterday_or_is_not_over_does_not_count(counter: Counter) -> None:
    await counter.connection.execute(ASKED, "And who are you?", counter.now - timedelta(hours=25))
    await counter.start("Who else?")
    assert await figured(counter) == 1
    row = await counter.row("SELECT success_rate FROM llm.llm_providers WHERE slug = 'acme'")
    assert row["success_rate"] == 100

"""How providers did lately stands in their rows, and none is asked more often than it allows."""

from datetime import timedelta
from decimal import Decimal

import pytest

from app.database import by
from app.services.answering.routes import do_figure
from tests.answers.counter import Counter, reaching
from tests.answers.model import Model, refusing, saying

ASKED = """
UPDATE llm.llm_requests SET created_at = $2, started_at = $2 WHERE prompt = $1"""

PENDING = "SELECT * FROM llm.llm_requests WHERE status = 'PENDING'"
OTHERS_ASK = "UPDATE gateway.rate_limit_buckets SET free_at = $1, used = 1 WHERE name LIKE 'llm_provider:%'"


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


async def test_a_provider_is_asked_as_often_in_a_minute_as_it_allows(counter: Counter, spoken: Model) -> None:
    await counter.provider("acme", rate_limit_per_minute=2)
    async with reaching(spoken.url) as online:
        answers = counter.answers(online)
        for number in range(3):
            await counter.start(f"Question {number}")
            await counter.work(answers)
        assert len(spoken.asked) == 2
        request = await counter.row(PENDING)
        assert request["error_code"] == "rate_limited"
        assert 50 < (request["next_attempt_at"] - counter.clock()).total_seconds() <= 60
        counter.wait(seconds=61)
        await counter.work(answers)
    assert len(spoken.asked) == 3
    assert await counter.statuses() == ["COMPLETED"] * 3
    health = await counter.row("SELECT status, consecutive_failures FROM llm.llm_providers WHERE slug = 'acme'")
    assert health == {"status": "HEALTHY", "consecutive_failures": 0}


async def test_what_one_provider_takes_no_more_of_another_answers(counter: Counter, spoken: Model) -> None:
    await counter.provider("acme", rate_limit_per_minute=1)
    await counter.provider("spare", priority=10)
    async with reaching(spoken.url) as online:
        for number in range(3):
            await counter.start(f"Question {number}")
            await counter.work(counter.answers(online))
    assert [line.asked["model"] for line in spoken.asked] == ["acme-1", "spare-1", "spare-1"]


async def test_who_waits_for_a_provider_that_was_asked_enough_loses_no_attempt_for_five_minutes(
    counter: Counter, spoken: Model
) -> None:
    await counter.provider("acme", rate_limit_per_minute=1)
    counts = []
    async with reaching(spoken.url) as online:
        answers = counter.answers(online)
        await counter.start("The first, which is asked")
        await counter.work(answers)
        await counter.start("Another")
        for _ in range(7):
            await counter.connection.execute(OTHERS_ASK, counter.clock() + timedelta(minutes=1))
            await counter.work(answers)
            counts.append((await counter.row(PENDING))["retry_count"])
            counter.wait(seconds=61)
    assert len(spoken.asked) == 1
    assert counts == [0, 0, 0, 0, 0, 1, 2]


async def test_a_provider_that_failed_is_asked_again_before_one_that_was_asked_enough(
    counter: Counter, spoken: Model
) -> None:
    await counter.provider("acme", rate_limit_per_minute=1)
    await counter.provider("spare", priority=10)
    async with reaching(spoken.url) as online:
        answers = counter.answers(online)
        await counter.start("The first, which is asked")
        await counter.work(answers)
        spoken.next = [refusing(500)]
        await counter.start("Another")
        await counter.work(answers)
    assert ((await counter.row(PENDING))["next_attempt_at"] - counter.clock()).total_seconds() < 2


async def test_a_provider_that_says_when_is_not_asked_before_though_another_failed(
    counter: Counter, spoken: Model
) -> None:
    await counter.provider("acme")
    await counter.provider("spare", priority=10)
    spoken.next = [refusing(429, retry_after="60"), refusing(500)]
    async with reaching(spoken.url) as online:
        await counter.start("When do you open?")
        await counter.work(counter.answers(online))
    assert 50 < ((await counter.row(PENDING))["next_attempt_at"] - counter.clock()).total_seconds() <= 60

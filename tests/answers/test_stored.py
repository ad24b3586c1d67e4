"""An answer that was given is given again to the same question, without asking the model, as long as it holds."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from app.worker.answers import Answers
from tests.answers.counter import BEN, Counter, customer, reaching
from tests.answers.model import Model, saying


@pytest.fixture
async def answers(counter: Counter, spoken: Model) -> AsyncIterator[Answers]:
    """The worker's part, with the model at its place."""
    await counter.provider("acme")
    async with reaching(spoken.url) as online:
        yield counter.answers(online)


async def asked(counter: Counter, answers: Answers, question: str = "When do you open?", **more: object) -> None:
    await counter.start(question, **more)  # type: ignore[arg-type]
    await counter.work(answers)


async def test_the_same_question_is_answered_from_the_store(counter: Counter, spoken: Model, answers: Answers) -> None:
    await asked(counter, answers)
    await asked(counter, answers, "When  do you\nopen?")
    assert len(spoken.asked) == 1
    first, second = await counter.rows("SELECT * FROM llm.llm_responses ORDER BY id")
    assert (second["is_cached"], second["cached_response_id"], second["content"]) == (
        *(True, first["id"], first["content"]),
    )
    assert (second["cost"], second["total_tokens"], second["cache_key"]) == (0, 0, first["cache_key"])
    assert first["cache_expires_at"] > first["created_at"]
    answers_ = [content for role, content in await counter.messages() if role == "ASSISTANT"]
    assert answers_ == ["It is fine.", "It is fine."]
    use = await counter.rows("SELECT * FROM llm.llm_usage_stats")
    assert {(r["request_count"], r["cache_hit_count"], r["cache_miss_count"], r["total_cost"]) for r in use} == {
        (2, 1, 1, Decimal("0.025000"))
    }
    assert (await counter.row("SELECT request_count FROM llm.ai_costs"))["request_count"] == 1


async def test_somebody_else_after_other_words_or_when_it_is_over_asks_anew(
    counter: Counter, spoken: Model, answers: Answers
) -> None:
    await asked(counter, answers)
    await asked(counter, answers, by=customer(BEN))
    conversation = (await counter.row("SELECT id FROM agents.conversations ORDER BY id LIMIT 1"))["id"]
    await counter.ask(f"conversation_{conversation}", "When do you open?")
    await counter.work(answers)
    await counter.connection.execute("UPDATE llm.llm_responses SET cache_expires_at = now() - interval '1 s'")
    await asked(counter, answers)
    assert len(spoken.asked) == 4


async def test_a_changed_article_makes_old_answers_stale(counter: Counter, spoken: Model, answers: Answers) -> None:
    await counter.article("Opening hours", "We open at nine.")
    await asked(counter, answers, "What are the opening hours?")
    await counter.connection.execute("UPDATE knowledge.articles SET content = 'We open at ten.'")
    await asked(counter, answers, "What are the opening hours?")
    assert len(spoken.asked) == 2


@pytest.mark.parametrize("finish", ["length", "content_filter", "tool_calls"])
async def test_what_did_not_end_well_is_not_given_again(
    counter: Counter, spoken: Model, answers: Answers, finish: str
) -> None:
    spoken.next = [saying("Well", finish=finish)]
    await asked(counter, answers)
    await asked(counter, answers)
    assert len(spoken.asked) == 2


async def test_an_agent_can_do_without_the_store(counter: Counter, spoken: Model, answers: Answers) -> None:
    await counter.connection.execute("""UPDATE agents.agents SET configuration = '{"cacheSeconds": 0}'""")
    await asked(counter, answers)
    await asked(counter, answers)
    assert len(spoken.asked) == 2

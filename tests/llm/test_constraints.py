"""What the tables of language models refuse, and what goes with a row that is removed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import asyncpg
import pytest

from tests.models.constraints import Refused, refuses

if TYPE_CHECKING:
    from tests.models.constraints import Connection

REFUSED = [
    Refused(
        "two providers of one slug",
        "UPDATE llm.llm_providers SET slug = 'openai' WHERE slug = 'cohere'",
        "uq_llm_providers_slug",
        "slug is already taken by another llm provider",
    ),
    Refused(
        "one model twice, even without a version",
        "INSERT INTO llm.ai_models (name, provider) SELECT name, provider FROM llm.ai_models WHERE version IS NULL",
        "uq_ai_models_provider_name_version",
        "version is already taken by another ai model with the same provider and name",
    ),
    Refused(
        "a model that is switched off before it comes out",
        "UPDATE llm.ai_models SET retires_on = released_on - 1",
        "ck_ai_models_retires_on_not_before_released_on",
        "retiresOn must not be before released on",
    ),
    Refused(
        "a watched value with crossed limits",
        "UPDATE llm.ai_model_metrics SET lower_limit = 2, upper_limit = 1",
        "ck_ai_model_metrics_upper_limit_not_before_lower_limit",
        "upperLimit must not be before lower limit",
    ),
    Refused(
        "one day's cost twice",
        "INSERT INTO llm.ai_costs (business_id, agent_id, model_id, date) "
        "SELECT business_id, agent_id, model_id, date FROM llm.ai_costs",
        "uq_ai_costs_business_id_date_agent_id_model_id_service",
        "service is already taken by another ai cost with the same business and date and agent and model",
    ),
    Refused(
        "two requests of one reference in a business",
        "UPDATE llm.llm_requests SET reference = 'again'",
        "uq_llm_requests_business_id_reference",
        "reference is already taken by another llm request with the same business",
    ),
    Refused(
        "a request that was answered before it was sent",
        "UPDATE llm.llm_requests SET completed_at = started_at - interval '1 s'",
        "ck_llm_requests_completed_at_not_before_started_at",
        "completedAt must not be before started at",
    ),
    Refused(
        "two answers to one request",
        "INSERT INTO llm.llm_responses (request_id, content) SELECT request_id, content FROM llm.llm_responses",
        "uq_llm_responses_request_id",
        "requestId is already taken by another llm response",
    ),
    Refused(
        "fewer tokens in all than those of question and answer",
        "UPDATE llm.llm_responses SET total_tokens = prompt_tokens WHERE completion_tokens > 0",
        "ck_llm_responses_total_tokens_adds_up",
        "totalTokens must cover prompt and completion tokens",
    ),
    Refused(
        "an answer from the store that nobody could find there",
        "UPDATE llm.llm_responses SET cache_key = NULL WHERE is_cached",
        "ck_llm_responses_is_cached_has_key",
        "isCached must come with a cache key",
    ),
    Refused(
        "a repetition that is none",
        "UPDATE llm.llm_responses SET is_cached = false WHERE cached_response_id IS NOT NULL",
        "ck_llm_responses_cached_response_id_is_of_cached",
        "cachedResponseId must be empty unless the answer was cached",
    ),
    Refused(
        "an answer that repeats itself",
        "UPDATE llm.llm_responses SET cached_response_id = id WHERE is_cached",
        "ck_llm_responses_cached_response_id_is_another",
        "cachedResponseId must name another row",
    ),
    Refused(
        "more answers than requests",
        "UPDATE llm.llm_usage_stats SET success_count = request_count + 1",
        "ck_llm_usage_stats_request_count_adds_up",
        "requestCount must cover successes and errors",
    ),
    Refused(
        "a longest time below the shortest",
        "UPDATE llm.llm_usage_stats SET max_response_time_ms = min_response_time_ms - 1",
        "ck_llm_usage_stats_max_response_time_ms_not_below_min",
        "maxResponseTimeMs must not be below the shortest",
    ),
    Refused(
        "use of all models and all people twice for one day",
        "INSERT INTO llm.llm_usage_stats (business_id, provider_id, date) "
        "SELECT business_id, provider_id, date FROM llm.llm_usage_stats "
        "WHERE hour IS NULL AND model_id IS NULL AND user_id IS NULL",
        "uq_llm_usage_stats_of_what",
        "currency is already taken by another llm usage stat with the same "
        "business and date and hour and provider and model and user",
    ),
]


@pytest.mark.parametrize("case", REFUSED, ids=str)
async def test_it_refuses(sample: Connection, case: Refused) -> None:
    await refuses(sample, case)


@pytest.mark.parametrize("table", ["ai_models WHERE name = 'gpt-4o'", "llm_providers WHERE slug = 'openai'"])
async def test_what_was_used_and_paid_cannot_go(sample: Connection, table: str) -> None:
    with pytest.raises(asyncpg.RestrictViolationError):
        await sample.execute(f"DELETE FROM llm.{table}")


async def test_two_businesses_may_use_one_reference(sample: Connection) -> None:
    rows = await sample.fetch("SELECT DISTINCT ON (business_id) id FROM llm.llm_requests")
    await sample.execute(
        "UPDATE llm.llm_requests SET reference = 'same' WHERE id = ANY ($1)", [row["id"] for row in rows]
    )
    assert await sample.fetchval("SELECT count(*) FROM llm.llm_requests WHERE reference = 'same'") == len(rows) > 1


async def test_a_request_takes_its_answer_along_and_leaves_its_messages(sample: Connection) -> None:
    key = await sample.fetchval("SELECT request_id FROM agents.messages WHERE request_id IS NOT NULL LIMIT 1")
    message = await sample.fetchval("SELECT id FROM agents.messages WHERE request_id = $1", key)
    await sample.execute("DELETE FROM llm.llm_requests WHERE id = $1", key)
    assert await sample.fetchval("SELECT count(*) FROM llm.llm_responses WHERE request_id = $1", key) == 0
    assert await sample.fetchval("SELECT request_id IS NULL FROM agents.messages WHERE id = $1", message)


async def test_a_repetition_outlives_the_stored_answer(sample: Connection) -> None:
    stored = await sample.fetchval("SELECT cached_response_id FROM llm.llm_responses WHERE is_cached LIMIT 1")
    repeated = "SELECT count(*) FROM llm.llm_responses WHERE is_cached AND cached_response_id IS NULL"
    before = await sample.fetchval(repeated)
    await sample.execute("DELETE FROM llm.llm_responses WHERE id = $1", stored)
    assert await sample.fetchval(repeated) > before


async def test_costs_outlive_their_agent(sample: Connection) -> None:
    """Two costs without an agent do not collide, though they are of one day and model."""
    row = await sample.fetchrow("SELECT business_id, model_id FROM llm.ai_costs LIMIT 1")
    assert row
    add = "INSERT INTO llm.ai_costs (business_id, model_id, date) VALUES ($1, $2, '2020-01-01')"
    for _ in range(2):
        await sample.execute(add, *row)
    assert await sample.fetchval("SELECT count(*) FROM llm.ai_costs WHERE date = '2020-01-01'") == 2


async def test_use_has_means(sample: Connection) -> None:
    update = (
        "UPDATE llm.llm_usage_stats SET request_count = $1, success_count = $1, error_count = 0, total_cost = 1, "
        "total_response_time_ms = 3000, prompt_tokens = 20, completion_tokens = 30 "
        "WHERE id = (SELECT id FROM llm.llm_usage_stats LIMIT 1) "
        "RETURNING average_cost_per_request, average_response_time_ms, total_tokens"
    )
    assert tuple(await sample.fetchrow(update, 3) or ()) == (Decimal("0.333333"), 1000, 50)
    assert tuple(await sample.fetchrow(update, 0) or ()) == (None, None, 50)

"""What answers add up to: what they cost agents each day, and the use of providers by hour, day, model and person.

Rows are written in one order, so that no two answers wait for each other; each answer is counted in the transaction
that ends its request, so it is counted once.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.answering.replies import Reply, Route

_USE = text("""
INSERT INTO llm.llm_usage_stats AS s
       (business_id, provider_id, model_id, user_id, date, hour, currency, request_count, success_count, error_count,
        prompt_tokens, completion_tokens, total_cost, total_response_time_ms, min_response_time_ms,
        max_response_time_ms, cache_hit_count, cache_miss_count)
VALUES (:business_id, :provider_id, :model_id, :user_id, :date, :hour, :currency, :requests, :success, :error,
        :prompt_tokens, :completion_tokens, :cost, coalesce(CAST(:ms AS int), 0), :ms, :ms, :hit, :miss)
ON CONFLICT ON CONSTRAINT uq_llm_usage_stats_of_what DO UPDATE SET
       request_count = s.request_count + excluded.request_count,
       success_count = s.success_count + excluded.success_count,
       error_count = s.error_count + excluded.error_count,
       prompt_tokens = s.prompt_tokens + excluded.prompt_tokens,
       completion_tokens = s.completion_tokens + excluded.completion_tokens,
       total_cost = s.total_cost + excluded.total_cost,
       total_response_time_ms = s.total_response_time_ms + excluded.total_response_time_ms,
       min_response_time_ms = least(s.min_response_time_ms, excluded.min_response_time_ms),
       max_response_time_ms = greatest(s.max_response_time_ms, excluded.max_response_time_ms),
       cache_hit_count = s.cache_hit_count + excluded.cache_hit_count,
       cache_miss_count = s.cache_miss_count + excluded.cache_miss_count""")

_PAID = text("""
INSERT INTO llm.ai_costs AS c
       (business_id, agent_id, model_id, date, service, request_count, prompt_tokens, completion_tokens, cost, currency)
VALUES (:business_id, :agent_id, :model_id, :date, 'CHAT', 1, :prompt_tokens, :completion_tokens, :cost, :currency)
ON CONFLICT (business_id, date, agent_id, model_id, service) DO UPDATE SET
       request_count = c.request_count + 1,
       prompt_tokens = c.prompt_tokens + excluded.prompt_tokens,
       completion_tokens = c.completion_tokens + excluded.completion_tokens,
       cost = c.cost + excluded.cost""")


@dataclass(frozen=True, slots=True)
class Use:
    """One request that is over."""

    business_id: UUID
    agent_id: UUID | None
    user_id: UUID | None
    route: Route
    asked_at: datetime
    done_at: datetime
    reply: Reply | None = None
    """The answer; None if there was none."""
    failed: bool = False
    cached: bool = False
    late: bool = False
    """Whether the request was over already: what the answer costs is all that is added."""
    ms: int | None = None
    """From the question to the whole answer."""


def cost_of(route: Route, reply: Reply) -> Decimal:
    """What an answer costs, to the millionth."""
    price = route.cost_per_1k_tokens or Decimal(0)
    return round(price * (reply.prompt_tokens + reply.completion_tokens) / 1000, 6)


async def do_account(session: AsyncSession, use: Use) -> None:
    """Add a request to the figures."""
    reply, bought = use.reply, use.reply is not None and not use.cached
    if use.late and not bought:
        return
    cost = cost_of(use.route, reply) if reply and bought else Decimal(0)
    tokens = {
        "prompt_tokens": reply.prompt_tokens if reply and bought else 0,
        "completion_tokens": reply.completion_tokens if reply and bought else 0,
        "cost": cost,
        "currency": use.route.currency,
    }
    for where in _rows(use):
        await session.execute(_USE, {**where, **tokens, **_counts(use)})
    if bought:
        about = {"business_id": use.business_id, "agent_id": use.agent_id, "model_id": use.route.model_id}
        await session.execute(_PAID, {**about, "date": use.done_at.date(), **tokens})


def _counts(use: Use) -> dict[str, int | None]:
    answered = use.reply is not None and not use.late
    return {
        "requests": int(not use.late),
        "success": int(answered),
        "error": int(use.failed),
        "ms": use.ms if answered else None,
        "hit": int(answered and use.cached),
        "miss": int(answered and not use.cached),
    }


def _rows(use: Use) -> list[dict[str, object]]:
    """What is counted of a request: the provider's day, the model's, the provider's hour, and the person's day."""
    day, hour = use.asked_at.date(), use.asked_at.hour
    about = {"business_id": use.business_id, "provider_id": use.route.provider_id, "date": day}
    model = use.route.model_id
    rows: list[dict[str, object]] = [
        {**about, "model_id": None, "user_id": None, "hour": None},
        {**about, "model_id": model, "user_id": None, "hour": None},
        {**about, "model_id": None, "user_id": None, "hour": hour},
    ]
    if use.user_id:
        rows.append({**about, "model_id": model, "user_id": use.user_id, "hour": None})
    return rows

"""What use of language models adds up to: the daily figures of agents, costs, and the use of providers."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.seed.world import Dice, Row, World

Sums = list[int]

STAT = (
    *("id", "agent_id", "date", "conversation_count", "resolved_count", "escalated_count", "abandoned_count"),
    *("message_count", "answer_count", "error_count", "rating_sum", "rating_count", "response_time_ms"),
    *("total_tokens", "total_cost", "created_at", "updated_at"),
)
COST = (
    *("id", "business_id", "agent_id", "model_id", "date", "request_count", "prompt_tokens", "completion_tokens"),
    *("cost", "is_estimated", "invoice_number", "created_at", "updated_at"),
)
USAGE = (
    *("id", "business_id", "provider_id", "model_id", "user_id", "date", "hour", "request_count", "success_count"),
    *("error_count", "prompt_tokens", "completion_tokens", "total_cost", "total_response_time_ms"),
    *("min_response_time_ms", "max_response_time_ms", "cache_hit_count", "cache_miss_count"),
    *("created_at", "updated_at"),
)
FINE = timedelta(days=14)
"""For how long use is known by hour and by person."""
CONVERSATION = ("RESOLVED", "ESCALATED", "ABANDONED")


def money(millionths: int) -> Decimal:
    """A cost that is kept in millionths."""
    return Decimal(millionths).scaleb(-6)


class Ledger:
    """Sums that are written when all requests and conversations are known."""

    def __init__(self, world: World, models: list[Row], providers: list[Row]) -> None:
        self._world = world
        self._providers = {model["id"]: model["llm_provider_id"] for model in models}
        self._invoice = {provider["id"]: provider["slug"].upper() for provider in providers}
        self._days: dict[tuple[UUID, date], Sums] = {}
        self._costs: dict[tuple[UUID, UUID, UUID, date], Sums] = {}
        self._use: dict[tuple[Any, ...], Sums] = {}

    def conversed(self, agent: UUID, day: date, outcome: str, rating: int | None, messages: int, answers: Sums) -> None:
        """Count a conversation that began on `day`; `answers`: how many, failed, milliseconds, tokens, millionths."""
        sums = self._days.setdefault((agent, day), [0] * 12)
        sums[0] += 1
        if outcome in CONVERSATION:
            sums[1 + CONVERSATION.index(outcome)] += 1
        for i, value in enumerate((messages, answers[0], answers[1], rating or 0, int(rating is not None))):
            sums[4 + i] += value
        for i, value in enumerate(answers[2:]):
            sums[9 + i] += value

    def paid(self, about: tuple[UUID, UUID, UUID], day: date, prompt: int, completion: int, millionths: int) -> None:
        """Count an answer of a model: `about` is business, agent and model."""
        sums = self._costs.setdefault((*about, day), [0] * 4)
        sums[0] += 1
        sums[1] += prompt
        sums[2] += completion
        sums[3] += millionths

    def requested(self, about: tuple[UUID, UUID, UUID], user: UUID | None, at: datetime, **given: int) -> None:
        """Count a request and its end, wherever it is asked for."""
        business, _, model = about
        day, provider = at.date(), self._providers[model]
        keys: list[tuple[Any, ...]] = [
            (business, provider, None, None, day, None),
            (business, provider, model, None, day, None),
        ]
        if self._world.now - at < FINE:
            keys.append((business, provider, None, None, day, at.hour))
            if user:
                keys.append((business, provider, model, user, day, None))
        for key in keys:
            self._use.setdefault(key, [0] * 11)
            _count(self._use[key], **given)

    def write(self, dice: Dice) -> None:
        """All sums, as far as their days are over."""
        world, today = self._world, self._world.now.date()
        put = world.bulk("agents.agent_daily_stats", *STAT)
        for (agent, day), sums in self._days.items():
            if day < today:
                at = _end_of(day)
                put((dice.id_at(at), agent, day, *sums[:-1], money(sums[-1]), at, at))
        put = world.bulk("llm.ai_costs", *COST)
        for (business, agent, model, day), sums in self._costs.items():
            if day < today:
                self._cost(put, dice, (business, agent, model, day), sums)
        put = world.bulk("llm.llm_usage_stats", *USAGE)
        for (*about, day, hour), sums in self._use.items():
            if day < today:
                at = _end_of(day)
                times = (sums[7] or None, sums[8] or None)
                put((dice.id_at(at), *about, day, hour, *sums[:5], money(sums[5]), sums[6], *times, *sums[9:], at, at))

    def _cost(self, put: Callable[[tuple[Any, ...]], None], dice: Dice, key: Any, sums: Sums) -> None:
        """A day's cost, confirmed by an invoice when its month is over."""
        *_, model, day = key
        at, today = _end_of(day), self._world.now.date()
        estimated = (day.year, day.month) == (today.year, today.month)
        invoice = None if estimated else f"{self._invoice[self._providers[model]]}-{day:%Y-%m}"
        put((dice.id_at(at), *key, *sums[:3], money(sums[3]), estimated, invoice, at, at))


def _count(
    sums: Sums,
    *,
    ok: int = 0,
    failed: int = 0,
    prompt: int = 0,
    completion: int = 0,
    millionths: int = 0,
    ms: int = 0,
    hit: int = 0,
    miss: int = 0,
) -> None:
    for i, value in enumerate((1, ok, failed, prompt, completion, millionths, ms)):
        sums[i] += value
    if ok:
        sums[7] = min(sums[7] or ms, ms)
        sums[8] = max(sums[8], ms)
    sums[9] += hit
    sums[10] += miss


def _end_of(day: date) -> datetime:
    """When the figures of a day are made: in its last second."""
    return datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=UTC)

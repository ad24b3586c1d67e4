"""What agents have language models write at night, with the answers that are given again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

from app.seed.ledger import Ledger, money
from app.seed.world import Dice, Row, World

COUNT = 90
KEPT = timedelta(days=180)
"""For how long requests are kept."""
FRESH = timedelta(days=7)
"""For how long an answer is given again."""
MS, SECOND = timedelta(milliseconds=1), timedelta(seconds=1)
OVERHEAD = 140
"""Tokens of the system prompt."""
ERRORS = (("timeout", "The model did not answer within 30 seconds."), ("overloaded", "The provider is overloaded."))
REQUEST = (
    *("id", "business_id", "reference", "user_id", "agent_id", "provider_id", "model_id", "session_id", "type"),
    *("priority", "prompt", "system_prompt", "max_tokens", "temperature", "status", "started_at", "completed_at"),
    *("error_code", "error_message", "retry_count", "created_at", "updated_at"),
)
RESPONSE = (
    *("id", "request_id", "content", "finish_reason", "prompt_tokens", "completion_tokens", "total_tokens"),
    *("response_time_ms", "queue_time_ms", "processing_time_ms", "cost", "confidence_score", "safety_rating"),
    *("is_cached", "cache_key", "cache_expires_at", "cached_response_id", "created_at", "updated_at"),
)
ENDS = {41: ("CONTENT_FILTER", "BLOCKED"), 37: ("LENGTH", "FLAGGED")}
"""How every so manieth answer ends that does not end well."""


class Job(NamedTuple):
    """One request: its number, when it is made, sent and answered, who asks which model what, and the answer."""

    number: int
    at: datetime
    started: datetime
    done: datetime
    agent: Row
    model: Row
    prompt: str
    content: str

    @property
    def about(self) -> tuple[UUID, UUID, UUID]:
        """Business, agent and model."""
        return self.agent["business_id"], self.agent["id"], self.model["id"]


class Stored(NamedTuple):
    """An answer that is given again until it expires."""

    id: UUID
    until: datetime


@dataclass(slots=True)
class Night:
    """What requests are made with."""

    dice: Dice
    ledger: Ledger
    ask: Callable[[tuple[Any, ...]], None]
    answer: Callable[[tuple[Any, ...]], None]
    stored: dict[str, Stored] = field(default_factory=dict)


def make_batches(world: World, writers: list[tuple[Row, Any]], ledger: Ledger) -> Iterator[None]:
    """Requests without a conversation, in the order of their times, in every state."""
    models = {model["id"]: model for model in world.kept["llm.ai_models"]}
    ask, answer = world.bulk("llm.llm_requests", *REQUEST), world.bulk("llm.llm_responses", *RESPONSE)
    night, count = Night(world.dice("batches"), ledger, ask, answer), world.times(COUNT)
    for i in range(count):
        agent, prompts = writers[i % len(writers)]
        at = world.now - KEPT + KEPT // MS * (2 * i + 1) // (2 * count) * MS
        at = max(at, agent["created_at"])
        if waits := i >= count - 2:
            at = world.now - (count - i) * SECOND
        started, done = at + night.dice.number(20, 900) * MS, at + night.dice.wait(2 * SECOND, 9 * SECOND)
        job = Job(i, at, started, done, agent, models[agent["model_id"]], *night.dice.pick(prompts))
        _ask(
            night, job, "PENDING" if waits else "FAILED" if i % 23 == 2 else "CANCELLED" if i % 29 == 3 else "COMPLETED"
        )
        if i % 200 == 0:
            yield


def _ask(night: Night, job: Job, status: str) -> None:
    """The request, and its answer if there is one."""
    key = night.dice.id_at(job.at)
    over = None if status == "PENDING" else job.done
    error = ERRORS[job.number % len(ERRORS)] if status == "FAILED" else (None, None)
    night.ask(
        (
            *(key, job.agent["business_id"], f"batch-{job.number + 1:07d}", None, job.agent["id"]),
            *(job.model["llm_provider_id"], job.model["id"], None, "GENERATE" if job.number % 3 else "COMPLETION"),
            *("LOW", job.prompt, job.agent["system_prompt"], 400, job.model["temperature"], status),
            *(job.started if status in ("COMPLETED", "FAILED") else None, over, *error, 2 if error[0] else 0),
            *(job.at, over or job.at),
        )
    )
    if status == "COMPLETED":
        _answer(night, job, key)
    else:
        night.ledger.requested(job.about, None, job.at, failed=int(status == "FAILED"))


def _answer(night: Night, job: Job, request: UUID) -> None:
    """The answer: from the store, or written and stored."""
    key, waited, took = night.dice.id_at(job.done), (job.started - job.at) // MS, (job.done - job.at) // MS
    digest = sha256(f"{job.model['name']} {job.prompt}".encode()).hexdigest()
    times, known = (took, waited, took - waited), night.stored.get(digest)
    if known and known.until > job.at:
        night.ledger.requested(job.about, None, job.at, ok=1, ms=took, hit=1)
        given = (key, request, job.content, "STOP", 0, 0, 0, *times, money(0), None, "SAFE")
        night.answer((*given, True, digest, None, known.id, job.done, job.done))
        return
    reason, rating = next((end for nth, end in ENDS.items() if job.number % nth == 7), ("STOP", "SAFE"))
    prompt, completion = OVERHEAD + len(job.prompt) // 4, len(job.content) // 4 + 3
    cost = int(job.model["cost_per_1k_tokens"] * 1_000_000) * (prompt + completion) // 1000
    sums = {"prompt": prompt, "completion": completion, "millionths": cost}
    night.ledger.requested(job.about, None, job.at, ok=1, ms=took, miss=1, **sums)
    night.ledger.paid(job.about, job.done.date(), prompt, completion, cost)
    until = job.done + FRESH if reason == "STOP" else None
    if until:
        night.stored[digest] = Stored(key, until)
    text = "I cannot write that." if reason == "CONTENT_FILTER" else job.content
    tokens = (prompt, completion, prompt + completion)
    sure = Decimal(night.dice.number(7000, 9950)) / 10000
    written = (key, request, text, reason, *tokens, *times, money(cost), sure, rating)
    night.answer((*written, False, digest, until, None, job.done, job.done))

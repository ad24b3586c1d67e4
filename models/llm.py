"""Language models and their providers, what is asked of them, what they answer, cost and are worth."""

from __future__ import annotations

from datetime import date as Day
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from sqlalchemy import BigInteger, Index, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Entity, Timestamps, Versioned
from models.checks import at_least_zero, check, filled, in_order, not_itself, percentage, positive, within
from models.columns import BigInt, Measure, Ratio, UnitPrice, column, default, generated, key_to, on_read, state

Confidence = Annotated[Decimal, mapped_column(Numeric(5, 4))]
"""How sure a machine is, from 0 to 1."""

ModelProvider = Literal["OPENAI", "ANTHROPIC", "COHERE", "CUSTOM"]
ModelStatus = Literal["ACTIVE", "DEPRECATED", "TESTING"]
AiModelType = Literal["LANGUAGE", "EMBEDDING", "SPEECH", "FORECAST"]
LlmProviderStatus = Literal["HEALTHY", "DEGRADED", "DOWN", "UNKNOWN"]
LlmRequestType = Literal["GENERATE", "CHAT", "COMPLETION"]
LlmRequestPriority = Literal["LOW", "NORMAL", "HIGH"]
LlmRequestStatus = Literal["PENDING", "COMPLETED", "FAILED", "CANCELLED"]
LlmResponseFinishReason = Literal["STOP", "LENGTH", "CONTENT_FILTER", "TOOL_CALL"]
LlmResponseSafetyRating = Literal["SAFE", "FLAGGED", "BLOCKED"]
AiModelMetricType = Literal["ACCURACY", "DRIFT", "LATENCY", "ERROR_RATE", "OTHER"]
AiModelMetricStatus = Literal["NORMAL", "WARNING", "CRITICAL"]
AiCostService = Literal["CHAT", "EMBEDDING", "IMAGE", "SPEECH", "TRAINING", "OTHER"]


class LlmProvider(Entity, Timestamps, Versioned):
    """A service through which language models are called, with its health, limits and maintenance."""

    __table_args__ = (*at_least_zero("priority", "average_response_time_ms", "consecutive_failures"),)
    natural_key = ("slug",)
    counted = (
        *("average_response_time_ms", "success_rate", "consecutive_failures", "last_check_at", "last_success_at"),
        *("last_error_at", "last_error_code", "last_error_message"),
    )

    slug: Mapped[str] = column("The name by which requests choose it, like openai; the same for all businesses.")
    name: Mapped[str] = column("What the provider is called.", filled())
    base_url: Mapped[str | None] = column("Where its interface is, if not at its usual address.")
    status: Mapped[LlmProviderStatus] = state(LlmProviderStatus, "How it did at the last check.", "UNKNOWN")
    is_enabled: Mapped[bool] = default("true", "Whether requests may be sent to it.")
    priority: Mapped[int] = default("100", "Its weight when requests are shared out; the higher, the more it gets.")
    rate_limit_per_minute: Mapped[int | None] = column("The most requests a minute; null if it sets no limit.", positive)
    average_response_time_ms: Mapped[int | None] = column("Mean time to an answer in the last 24 hours.")
    success_rate: Mapped[Ratio | None] = column("Answered requests of the last 24 hours, in per cent.", percentage)
    consecutive_failures: Mapped[int] = default("0", "How many requests failed since the last that did not.")
    last_check_at: Mapped[datetime | None] = column("When its health was last checked.")
    last_success_at: Mapped[datetime | None] = column("When it last answered.")
    last_error_at: Mapped[datetime | None] = column("When it last failed.")
    last_error_code: Mapped[str | None] = column("Its own code of the last failure.")
    last_error_message: Mapped[str | None] = column("What it said at the last failure.")
    is_in_maintenance: Mapped[bool] = default("false", "Whether staff took it out of use for a while.")
    maintenance_message: Mapped[str | None] = column("What people are told while it is out of use.")
    maintenance_until: Mapped[datetime | None] = column("When it is expected back.")


class AiModel(Entity, Timestamps):
    """A configured AI model with its limits and price."""

    __table_args__ = (in_order("released_on", "retires_on"), *at_least_zero("cost_per_1k_tokens"))
    indexes = ("status",)
    natural_key = ("provider", "name", "version")

    name: Mapped[str] = column("What the provider calls it.", filled())
    type: Mapped[AiModelType] = state(AiModelType, "What it turns its input into.", "LANGUAGE")
    provider: Mapped[ModelProvider] = state(ModelProvider, "Whose model it is.")
    llm_provider_id: Mapped[UUID | None] = key_to("llm.llm_providers", "SET NULL", "Through which service it is called.", "models")
    version: Mapped[str | None] = column("Which release of it.")
    parameters: Mapped[dict[str, Any]] = default("'{}'", "Settings passed with each call.")
    cost_per_1k_tokens: Mapped[UnitPrice | None] = column("Price of a thousand tokens.")
    currency: Mapped[str] = default("'USD'", "Currency of the price.")
    max_tokens: Mapped[int | None] = column("The most tokens it answers with.", positive)
    context_tokens: Mapped[int | None] = column("The most tokens it can read at once.", positive)
    temperature: Mapped[Ratio | None] = column("How freely it chooses, from 0 to 2.", within(0, 2))
    status: Mapped[ModelStatus] = state(ModelStatus, "Whether it should be used.", "ACTIVE")
    released_on: Mapped[Day | None] = column("When the provider brought it out.")
    retires_on: Mapped[Day | None] = column("When the provider switches it off.")


class AiModelMetric(Entity):
    """A watched value of a model at work, against its limits; on a marketplace where it works for one."""

    __table_args__ = (in_order("lower_limit", "upper_limit"), *at_least_zero("sample_count"))
    indexes = (("business_id", "measured_at"), ("model_id", "type", "measured_at"))

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "For whom the model worked.")
    model_id: Mapped[UUID] = key_to("llm.ai_models", "CASCADE", "Which model.", "metrics")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "Which agent used it, if one alone.")
    marketplace_id: Mapped[UUID | None] = key_to("channels.marketplaces", "SET NULL", "On which marketplace it worked.")
    type: Mapped[AiModelMetricType] = state(AiModelMetricType, "What was measured.")
    value: Mapped[Measure] = column("The measured value.")
    unit: Mapped[str | None] = column("The unit of the value, like ms or per cent.")
    baseline: Mapped[Measure | None] = column("What the value was when the model was taken into use.")
    lower_limit: Mapped[Measure | None] = column("Below this the value is out of order.")
    upper_limit: Mapped[Measure | None] = column("Above this the value is out of order.")
    status: Mapped[AiModelMetricStatus] = state(AiModelMetricStatus, "Whether it is within its limits.", "NORMAL", index=True)
    sample_count: Mapped[int] = default("0", "How many calls or predictions the value is drawn from.")
    window_minutes: Mapped[int] = default("60", "Over how many minutes it was measured.", positive)
    measured_at: Mapped[datetime] = default("now()", "When the measured time ended.")
    created_at: Mapped[datetime] = default("now()", "When the row was made.")


class AiCost(Entity, Timestamps):
    """What an agent's use of a model cost on one day, per kind of service."""

    __table_args__ = (
        UniqueConstraint("business_id", "date", "agent_id", "model_id", "service"),
        *at_least_zero("request_count", "prompt_tokens", "completion_tokens", "cost"),
    )

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Who pays.")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "For which agent; null if for none.")
    model_id: Mapped[UUID] = key_to("llm.ai_models", "RESTRICT", "Which model was used.", "costs")
    date: Mapped[Day] = column("The day of the calls, in UTC.")
    service: Mapped[AiCostService] = state(AiCostService, "What was bought.", "CHAT")
    request_count: Mapped[int] = default("0", "How many calls were made.")
    prompt_tokens: Mapped[BigInt] = default("0", "Tokens that were sent.")
    completion_tokens: Mapped[BigInt] = default("0", "Tokens that were answered.")
    total_tokens: Mapped[BigInt] = generated("prompt_tokens + completion_tokens", "Tokens sent and answered.")
    cost: Mapped[UnitPrice] = default("0", "What it cost.")
    currency: Mapped[str] = default("'USD'", "Currency of the cost.")
    is_estimated: Mapped[bool] = default("true", "Whether no invoice of the provider has confirmed the cost yet.")
    invoice_number: Mapped[str | None] = column("The provider's invoice with this cost.")


class LlmRequest(Entity, Timestamps):
    """One question to a language model, from the queue to its answer or failure."""

    __table_args__ = (
        Index("ix_llm_requests_next_attempt_at", "next_attempt_at", postgresql_where=text("next_attempt_at IS NOT NULL")),
        in_order("started_at", "completed_at"),
        check("next_attempt_at", "is_of_pending", "next_attempt_at IS NULL OR status = 'PENDING'", "must be empty once it is over"),
        *at_least_zero("retry_count"),
    )
    indexes = (("business_id", "created_at"), ("user_id", "provider_id"), "session_id", ("status", "created_at"))
    natural_key = ("business_id", "reference")
    counted = ("next_attempt_at",)

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "In whose name it is asked.")
    reference: Mapped[str] = column("The caller's own name for the request, unique in the business.", filled(255))
    user_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "On whose behalf it is asked.")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "Which agent asks.")
    provider_id: Mapped[UUID] = key_to("llm.llm_providers", "RESTRICT", "Through which provider.", "requests")
    model_id: Mapped[UUID] = key_to("llm.ai_models", "RESTRICT", "Which model is asked.", "requests")
    conversation_id: Mapped[UUID | None] = key_to(
        "agents.conversations", "SET NULL", "The conversation that its answer goes to.", "requests", "What models were asked for it."
    )
    chat_session_id: Mapped[UUID | None] = key_to(
        "chat.chat_sessions", "SET NULL", "The live chat that its answer goes to.", "ai_requests", "What models were asked for it."
    )
    session_id: Mapped[str | None] = column("The client's own name for the session, as in its conversation.")
    type: Mapped[LlmRequestType] = state(LlmRequestType, "In which way it is asked.", "GENERATE")
    priority: Mapped[LlmRequestPriority] = state(LlmRequestPriority, "How soon it goes.", "NORMAL")
    prompt: Mapped[str] = column("What is asked.")
    system_prompt: Mapped[str | None] = column("What the model is told before.")
    max_tokens: Mapped[int | None] = column("The most tokens of the answer.", positive)
    temperature: Mapped[Ratio | None] = column("How freely the model chooses, from 0 to 2.", within(0, 2))
    status: Mapped[LlmRequestStatus] = state(LlmRequestStatus, "What became of it.", "PENDING")
    started_at: Mapped[datetime | None] = column("When it was sent to the provider.")
    completed_at: Mapped[datetime | None] = column("When it was answered, failed or was cancelled.")
    error_code: Mapped[str | None] = column("The provider's code of its last failure.")
    error_message: Mapped[str | None] = column("What the provider said at its last failure.")
    retry_count: Mapped[int] = default("0", "How often it was sent again.")
    next_attempt_at: Mapped[datetime | None] = column("When the worker looks at it next; null if nothing is left to do.")


class LlmResponse(Entity, Timestamps):
    """The answer to a request, with what it took; stored answers are given again to equal questions."""

    __table_args__ = (
        check(
            "total_tokens",
            "adds_up",
            "total_tokens >= coalesce(prompt_tokens, 0) + coalesce(completion_tokens, 0)",
            "must cover prompt and completion tokens",
        ),
        check("is_cached", "has_key", "cache_key IS NOT NULL OR NOT is_cached AND cache_expires_at IS NULL", "must come with a cache key"),
        check(
            "cached_response_id", "is_of_cached", "is_cached OR cached_response_id IS NULL", "must be empty unless the answer was cached"
        ),
        not_itself("cached_response_id"),
        *at_least_zero("prompt_tokens", "completion_tokens", "total_tokens", "cost"),
        *at_least_zero("response_time_ms", "queue_time_ms", "processing_time_ms"),
    )
    indexes = ("cache_key",)
    natural_key = ("request_id",)

    request_id: Mapped[UUID] = key_to("llm.llm_requests", "CASCADE", "What was asked.", "response", "What was answered.", single=True)
    content: Mapped[str] = column("What was answered.")
    finish_reason: Mapped[LlmResponseFinishReason | None] = state(LlmResponseFinishReason, "Why the model stopped.")
    prompt_tokens: Mapped[int | None] = column("Tokens of the question.")
    completion_tokens: Mapped[int | None] = column("Tokens of the answer.")
    total_tokens: Mapped[int | None] = column("All tokens that are charged.")
    response_time_ms: Mapped[int | None] = column("From the request to the whole answer, in milliseconds.")
    queue_time_ms: Mapped[int | None] = column("How long it waited of that.")
    processing_time_ms: Mapped[int | None] = column("How long the model worked of that.")
    cost: Mapped[UnitPrice | None] = column("What it cost.")
    currency: Mapped[str] = default("'USD'", "Currency of the cost.")
    confidence_score: Mapped[Confidence | None] = column("How sure the provider is, from 0 to 1, if it says so.", within(0, 1))
    safety_rating: Mapped[LlmResponseSafetyRating | None] = state(LlmResponseSafetyRating, "What the provider's safety check said.")
    is_cached: Mapped[bool] = default("false", "Whether it was given from the store, without asking the model.")
    cache_key: Mapped[str | None] = column("Hash of model, settings and prompt, by which equal questions are known.")
    cache_expires_at: Mapped[datetime | None] = column("Until when it is given again; null if it is not stored.")
    cached_response_id: Mapped[UUID | None] = key_to("llm.llm_responses", "SET NULL", "The stored answer it repeats.", "repetitions")

    cache_hits: Mapped[int] = on_read(
        "(SELECT count(*) FROM llm.llm_responses AS r WHERE r.cached_response_id = {row}.id)",
        BigInteger(),
        "How often it was given again; counted when read.",
    )


class LlmUsageStat(Entity, Timestamps):
    """Use, cost and speed of a provider in an hour or a day; of all models or one, of all people or one."""

    __table_args__ = (
        UniqueConstraint(
            *("business_id", "date", "hour", "provider_id", "model_id", "user_id", "currency"),
            name="uq_llm_usage_stats_of_what",
            postgresql_nulls_not_distinct=True,
        ),
        check("request_count", "adds_up", "success_count + error_count <= request_count", "must cover successes and errors"),
        check("max_response_time_ms", "not_below_min", "min_response_time_ms <= max_response_time_ms", "must not be below the shortest"),
        *at_least_zero("request_count", "success_count", "error_count", "cache_hit_count", "cache_miss_count"),
        *at_least_zero("prompt_tokens", "completion_tokens", "total_cost"),
        *at_least_zero("total_response_time_ms", "min_response_time_ms"),
    )
    indexes = (("date", "provider_id"), ("user_id", "date"), "hour")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Whose use.")
    provider_id: Mapped[UUID] = key_to("llm.llm_providers", "RESTRICT", "Of which provider.", "usage_stats")
    model_id: Mapped[UUID | None] = key_to("llm.ai_models", "RESTRICT", "Of which model; null for all together.", "usage_stats")
    user_id: Mapped[UUID | None] = key_to("identity.users", "CASCADE", "Whose; null for all together.")
    date: Mapped[Day] = column("Which day, in UTC.")
    hour: Mapped[int | None] = column("Which hour of it, from 0 to 23; null for the whole day.", within(0, 23))
    request_count: Mapped[int] = default("0", "How many requests were made.")
    success_count: Mapped[int] = default("0", "How many were answered.")
    error_count: Mapped[int] = default("0", "How many failed.")
    prompt_tokens: Mapped[BigInt] = default("0", "Tokens of the questions.")
    completion_tokens: Mapped[BigInt] = default("0", "Tokens of the answers.")
    total_tokens: Mapped[BigInt] = generated("prompt_tokens + completion_tokens", "Tokens of questions and answers.")
    total_cost: Mapped[UnitPrice] = default("0", "What all of them cost.")
    currency: Mapped[str] = default("'USD'", "Currency of the cost.")
    average_cost_per_request: Mapped[UnitPrice | None] = generated(
        "round(total_cost / nullif(request_count, 0), 6)", "Mean cost of a request; null without requests."
    )
    total_response_time_ms: Mapped[BigInt] = default("0", "Sum of the times to the answers, in milliseconds.")
    average_response_time_ms: Mapped[BigInt | None] = generated(
        "total_response_time_ms / nullif(success_count, 0)", "Mean time to an answer; null without answers."
    )
    min_response_time_ms: Mapped[int | None] = column("The shortest time to an answer.")
    max_response_time_ms: Mapped[int | None] = column("The longest time to an answer.")
    cache_hit_count: Mapped[int] = default("0", "How many were answered from the store.")
    cache_miss_count: Mapped[int] = default("0", "How many were not found in the store.")

"""The doors for programs: keys, what was called with them, how much is allowed, and the calls back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped

from models.base import Audited, Entity, Timestamps, Versioned
from models.checks import at_least_zero, check, filled, in_order, not_itself, positive, within
from models.columns import BigInt, IpAddress, Measure, column, default, generated, key_to, on_read, secret, state

ApiKeyStatus = Literal["ACTIVE", "SUSPENDED", "REVOKED"]
HttpMethod = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
EndpointStatus = Literal["BETA", "ACTIVE", "DEPRECATED", "RETIRED"]
RateLimitViewer = Literal["ANONYMOUS", "VISITOR", "USER", "API_KEY", "BUSINESS", "ADMIN"]
RateLimitUnit = Literal["REQUESTS", "COST"]
RateLimitAction = Literal["REJECT", "DELAY", "LOG"]
WebhookStatus = Literal["ACTIVE", "PAUSED", "FAILED"]
WebhookDeliveryStatus = Literal["PENDING", "RETRYING", "DELIVERED", "FAILED"]


class ApiKey(Entity, Timestamps, Versioned, Audited):
    """What a program shows to act for a business, and what it may do with it."""

    __table_args__ = (
        UniqueConstraint("key_hash"),
        check("prefix", "form", "prefix ~ '^[A-Za-z0-9_]{6,24}$'", "must be 6 to 24 letters, digits and underscores"),
        in_order("rate_limit_per_hour", "rate_limit_per_day"),
        in_order("created_at", "expires_at"),
        check("revoked_at", "is_given", "(status = 'REVOKED') = (revoked_at IS NOT NULL)", "must be given once revoked, and only then"),
    )
    indexes = ("status", "expires_at")
    natural_key = ("business_id", "prefix")
    counted = ("last_used_at", "last_used_ip")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "For which business it acts.")
    # The key of an agent goes with it: without the agent it would act as the whole business.
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "CASCADE", "As which agent it acts, if as one.")
    name: Mapped[str] = column("What the key is for.", filled())
    prefix: Mapped[str] = column("Its first characters, by which people tell keys apart.")
    key_hash: Mapped[str] = secret("SHA-256 of the key.")
    secret_hash: Mapped[str | None] = secret("Hash of the second half, where requests are signed.")
    scopes: Mapped[list[str]] = default("'{}'", "What it may do, like orders:read; * is all that its business may.")
    rate_limit_per_hour: Mapped[int] = default("1000", "How many requests it may make an hour.", positive)
    rate_limit_per_day: Mapped[int] = default("10000", "How many requests it may make a day.", positive)
    allowed_ips: Mapped[list[str]] = default("'{}'", "Addresses and networks it may be used from; none: from any.")
    allowed_domains: Mapped[list[str]] = default("'{}'", "Sites whose pages may use it; none: any.")
    status: Mapped[ApiKeyStatus] = state(ApiKeyStatus, "Whether it opens anything.", "ACTIVE")
    expires_at: Mapped[datetime | None] = column("When it ceases to open anything; null: never.")
    last_used_at: Mapped[datetime | None] = column("When it was last used, to the minute.")
    last_used_ip: Mapped[IpAddress | None] = column("From which address it was last used.")
    revoked_at: Mapped[datetime | None] = column("When it was taken back for good.")
    revoked_reason: Mapped[str | None] = column("Why it was taken back.")


class Endpoint(Entity, Timestamps, Versioned):
    """An address that programs can call, with what it takes and gives."""

    __table_args__ = (
        check("path", "form", "path ~ '^/[^ ?#]*$'", "must begin with a slash, without query, like /orders/{id}"),
        *at_least_zero("cache_seconds", "cost", "call_count", "failure_count", "total_ms", "slowest_ms"),
        not_itself("replaced_by_id"),
        check(
            "deprecated_at",
            "is_given",
            "status NOT IN ('DEPRECATED', 'RETIRED') OR deprecated_at IS NOT NULL",
            "must be given once deprecated",
        ),
    )
    indexes = ("status",)
    natural_key = ("business_id", "method", "path", "api_version")
    counted = ("call_count", "failure_count", "total_ms", "slowest_ms")

    business_id: Mapped[UUID | None] = key_to("business.businesses", "CASCADE", "Whose endpoint; null: the platform's own.")
    component_id: Mapped[UUID | None] = key_to("business.domain_components", "SET NULL", "The part that answers.")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The agent that answers.")
    replaced_by_id: Mapped[UUID | None] = key_to("gateway.endpoints", "SET NULL", "What to call instead.", "replaces")
    method: Mapped[HttpMethod] = state(HttpMethod, "The verb it answers to.")
    path: Mapped[str] = column("Its path, with {names} where values go.")
    api_version: Mapped[str] = default("'v1'", "Which version of the API it belongs to.")
    title: Mapped[str] = column("What it does, in one line.", filled())
    description: Mapped[str | None] = column("What it does, in full.")
    status: Mapped[EndpointStatus] = state(EndpointStatus, "How much people may rely on it.", "ACTIVE")
    is_public: Mapped[bool] = default("false", "Whether it answers without a key.")
    scopes: Mapped[list[str]] = default("'{}'", "What a key must be allowed to do to call it.")
    request_schema: Mapped[dict[str, Any] | None] = column("JSON Schema of what it takes.")
    response_schema: Mapped[dict[str, Any] | None] = column("JSON Schema of what it gives.")
    cost: Mapped[int] = default("1", "What one request counts against limits by cost.")
    timeout_ms: Mapped[int] = default("30000", "After how many milliseconds it is given up.", positive)
    cache_seconds: Mapped[int] = default("0", "How long an answer may be kept, in seconds.")
    deprecated_at: Mapped[datetime | None] = column("When people were told not to use it any more.")
    retires_on: Mapped[date | None] = column("The day from which it does not answer any more.")
    call_count: Mapped[BigInt] = default("0", "How often it was called; kept by the server.")
    failure_count: Mapped[BigInt] = default("0", "How many of those calls were answered with errors.")
    total_ms: Mapped[BigInt] = default("0", "How long all answers took together, in milliseconds.")
    slowest_ms: Mapped[int] = default("0", "How long the slowest answer took, in milliseconds.")
    average_ms: Mapped[Measure | None] = generated(
        "round(total_ms::numeric / nullif(call_count, 0), 2)", "How long an answer takes on average; null before the first call."
    )


class ApiLog(Entity):
    """A request that came in by the API, and how it was answered."""

    __table_args__ = (*at_least_zero("response_time_ms", "request_bytes", "response_bytes", "cost"),)
    indexes = (("path", "id"), ("response_code", "id"))
    time_column = "requested_at"

    requested_at: Mapped[datetime] = generated("uuid_extract_timestamp(id)", "When it came in; read from the id.")
    business_id: Mapped[UUID | None] = key_to("business.businesses", "CASCADE", "For which business, if for one.")
    api_key_id: Mapped[UUID | None] = key_to("gateway.api_keys", "SET NULL", "With which key.", "logs")
    user_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "For which person.")
    endpoint_id: Mapped[UUID | None] = key_to("gateway.endpoints", "SET NULL", "To which endpoint.", "logs")
    method: Mapped[HttpMethod] = state(HttpMethod, "Its verb.")
    path: Mapped[str] = column("Its path, without the query.")
    operation: Mapped[str | None] = column("What a GraphQL request calls itself.")
    request_headers: Mapped[dict[str, Any]] = default("'{}'", "Its headers, without credentials.")
    request_body: Mapped[str | None] = column("What it sent, cut short and without secrets.")
    request_bytes: Mapped[BigInt | None] = column("Size of what it sent, in bytes.")
    response_code: Mapped[int | None] = column("HTTP status of the answer; null if there was none.", within(100, 599))
    response_body: Mapped[str | None] = column("The answer, cut short and without secrets.")
    response_bytes: Mapped[BigInt | None] = column("Size of the answer, in bytes.")
    response_time_ms: Mapped[int | None] = column("How long the answer took, in milliseconds.")
    error_code: Mapped[str | None] = column("The error's code, like RATE_LIMITED.")
    cost: Mapped[int] = default("1", "What it counted against limits by cost.")
    ip_address: Mapped[IpAddress | None] = column("From which address it came.")
    user_agent: Mapped[str | None] = column("What the program calls itself.")
    request_id: Mapped[str | None] = column("By what name logs and traces know it.")


class RateLimit(Entity, Timestamps, Versioned, Audited):
    """How much one kind of viewer may ask for in a time."""

    __table_args__ = (
        Index(
            "uq_rate_limits_viewer_scope_endpoint_id_api_key_id_window",
            *("business_id", "viewer", "scope", "endpoint_id", "api_key_id", "unit", "window_seconds"),
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        in_order("minimum_count", "limit_count"),
        check("current_count", "range", "current_count BETWEEN minimum_count AND limit_count", "must be from the minimum to the limit"),
        check(
            "minimum_count",
            "is_given",
            "is_adaptive = (minimum_count IS NOT NULL) AND is_adaptive = (current_count IS NOT NULL)",
            "must be given with the current count if the limit adapts, and only then",
        ),
    )
    natural_key = ("business_id", "name")

    business_id: Mapped[UUID | None] = key_to("business.businesses", "CASCADE", "For requests to which business; null: to any.")
    api_key_id: Mapped[UUID | None] = key_to("gateway.api_keys", "CASCADE", "For one key alone.")
    endpoint_id: Mapped[UUID | None] = key_to("gateway.endpoints", "CASCADE", "For one endpoint alone.")
    name: Mapped[str] = column("What the limit is called, unique in the business.", filled())
    viewer: Mapped[RateLimitViewer] = state(RateLimitViewer, "Whose requests are counted together.")
    scope: Mapped[str] = default("'*'", "What is counted, like query, mutation or orders:write; * is everything.", filled())
    unit: Mapped[RateLimitUnit] = state(RateLimitUnit, "What is counted.", "REQUESTS")
    window_seconds: Mapped[int] = column("In which time it is counted, in seconds.", positive)
    limit_count: Mapped[int] = column("How much is allowed in that time.", positive)
    burst_count: Mapped[int | None] = column("How much of it may come at once; null: all.", positive)
    action: Mapped[RateLimitAction] = state(RateLimitAction, "What happens beyond.", "REJECT")
    is_adaptive: Mapped[bool] = default("false", "Whether it goes down while the service is under load.")
    minimum_count: Mapped[int | None] = column("Below what an adaptive limit never goes.", positive)
    current_count: Mapped[int | None] = column("What an adaptive limit allows now; kept by the gateway.")
    adapted_at: Mapped[datetime | None] = column("When the gateway last changed an adaptive limit.")
    is_active: Mapped[bool] = default("true", "Whether it is enforced.")


class Webhook(Entity, Timestamps, Versioned, Audited):
    """An address of a business that is called when something happens."""

    __table_args__ = (
        Index("ix_webhooks_event_types", "event_types", postgresql_using="gin"),
        check("url", "form", "url ~ '^https://[^ /]+'", "must begin with https://"),
        check("event_types", "is_filled", "cardinality(event_types) > 0", "must name an event"),
        *at_least_zero("failures_in_a_row"),
    )
    indexes = ("status",)
    natural_key = ("business_id", "name")
    counted = ("failures_in_a_row", "failing_since")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Whose webhook it is.")
    name: Mapped[str] = column("What the webhook is for, unique in the business.", filled())
    description: Mapped[str | None] = column("Who answers at the address.")
    url: Mapped[str] = column("The address that is called.")
    event_types: Mapped[list[str]] = column("What it is called for, like order.created or order.*; * is everything.")
    signing_secret: Mapped[str | None] = secret("With what calls are signed; encrypted.")
    former_signing_secret: Mapped[str | None] = secret("With what they were signed before, and still are for a while; encrypted.")
    former_secret_until: Mapped[datetime | None] = column("Until when calls are signed with the former secret too, after a change.")
    retry_attempts: Mapped[int] = default("3", "How often a failed call is tried again.", within(0, 20))
    timeout_seconds: Mapped[int] = default("30", "After how many seconds a call has failed.", within(1, 120))
    status: Mapped[WebhookStatus] = state(WebhookStatus, "Whether it is called.", "ACTIVE")
    failures_in_a_row: Mapped[int] = default("0", "Failed calls since the last good one; kept by the worker.")
    failing_since: Mapped[datetime | None] = column("When the first of those calls failed; kept by the worker.")

    total_calls: Mapped[int] = on_read(
        "(SELECT coalesce(sum(d.attempt_count), 0) FROM gateway.webhook_deliveries AS d WHERE d.webhook_id = {row}.id)",
        BigInteger(),
        "How often it was called, of what is still on record; counted when read.",
    )
    failed_calls: Mapped[int] = on_read(
        "(SELECT coalesce(sum(d.attempt_count - (d.status = 'DELIVERED')::integer), 0) "
        "FROM gateway.webhook_deliveries AS d WHERE d.webhook_id = {row}.id)",
        BigInteger(),
        "How many of those calls failed; counted when read.",
    )
    last_triggered_at: Mapped[datetime | None] = on_read(
        "(SELECT max(d.created_at) FROM gateway.webhook_deliveries AS d WHERE d.webhook_id = {row}.id)",
        TIMESTAMP(timezone=True, precision=3),
        "When something last happened that it is called for.",
    )


class WebhookDelivery(Entity, Timestamps):
    """One event on its way to a webhook, with all attempts to get it there."""

    __table_args__ = (
        UniqueConstraint("webhook_id", "event_log_id"),
        Index("ix_webhook_deliveries_open", *("webhook_id", "next_attempt_at"), postgresql_where=text("status IN ('PENDING', 'RETRYING')")),
        *at_least_zero("attempt_count", "duration_ms"),
        check("earlier_attempts", "range", "earlier_attempts BETWEEN 0 AND attempt_count", "must be from 0 to all attempts"),
        in_order("created_at", "last_attempt_at"),
        check(
            "delivered_at", "is_given", "(status = 'DELIVERED') = (delivered_at IS NOT NULL)", "must be given once delivered, and only then"
        ),
        check(
            "next_attempt_at",
            "is_given",
            "(status IN ('PENDING', 'RETRYING')) = (next_attempt_at IS NOT NULL)",
            "must be given while it is tried, and only then",
        ),
        check("attempt_count", "is_made", "status IN ('PENDING', 'FAILED') OR attempt_count > 0", "must be above zero once it was tried"),
    )
    indexes = (("webhook_id", "created_at"), ("entity_type", "entity_id"))

    webhook_id: Mapped[UUID] = key_to("gateway.webhooks", "CASCADE", "To which webhook.", "deliveries")
    event_log_id: Mapped[UUID | None] = key_to("ops.event_logs", "SET NULL", "The event it tells of.")
    event_type: Mapped[str] = column("What happened, like order.created.", filled())
    entity_type: Mapped[str | None] = column("To a row of which entity, like Order.")
    entity_id: Mapped[UUID | None] = column("To which row.")
    payload: Mapped[dict[str, Any]] = column("What is sent.")
    status: Mapped[WebhookDeliveryStatus] = state(WebhookDeliveryStatus, "What became of it.", "PENDING", index=True)
    attempt_count: Mapped[int] = default("0", "How often it was tried.")
    earlier_attempts: Mapped[int] = default("0", "How many of those attempts were before it was asked for again.")
    next_attempt_at: Mapped[datetime | None] = default("now()", "When it is tried next.")
    last_attempt_at: Mapped[datetime | None] = column("When it was last tried.")
    response_code: Mapped[int | None] = column("HTTP status of the last answer; null if there was none.", within(100, 599))
    response_body: Mapped[str | None] = column("The beginning of the last answer.")
    error: Mapped[str | None] = column("Why the last attempt failed.")
    duration_ms: Mapped[int | None] = column("How long the last attempt took, in milliseconds.")
    delivered_at: Mapped[datetime | None] = column("When the address took it.")

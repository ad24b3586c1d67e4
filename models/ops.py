"""How the whole is run: what was done by whom, what services tell each other, settings, health, measurements and backups."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Audited, Base, Entity, Timestamps, Versioned
from models.checks import at_least_zero, check, filled, in_order, not_itself, positive, within
from models.columns import BigInt, IpAddress, Measure, column, default, generated, key_to, secret, state

Json = Annotated[Any, mapped_column(JSONB(none_as_null=True))]
"""Any JSON, be it a single number or text."""

AuditLogAction = Literal["CREATE", "UPDATE", "DELETE", "EXPORT"]
ServiceSyncOperation = Literal["CREATE", "UPDATE", "DELETE", "SYNC"]
ServiceSyncStatus = Literal["PENDING", "PROCESSING", "COMPLETED", "FAILED"]
ServiceSubscriptionTransport = Literal["HTTP", "HANDLER"]
SystemEventSeverity = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]
SystemMetricType = Literal["GAUGE", "COUNTER"]
ConfigurationDataType = Literal["STRING", "INTEGER", "FLOAT", "BOOLEAN", "JSON"]
BackupType = Literal["FULL", "INCREMENTAL", "SCHEMA", "EXPORT"]
BackupStatus = Literal["RUNNING", "COMPLETED", "FAILED", "REMOVED"]
HealthCheckStatus = Literal["HEALTHY", "DEGRADED", "UNHEALTHY", "UNKNOWN"]


class AuditLog(Entity):
    """Who changed or took out what, and when: one row for each row, or one for a whole batch."""

    __table_args__ = (
        check(
            "entity_id",
            "or_range",
            "num_nonnulls(entity_id, first_id) = 1 AND num_nonnulls(first_id, last_id) <> 1",
            "must name the row, or first and last id the rows of a batch",
        ),
        check("row_count", "fits", "row_count = 1 OR entity_id IS NULL", "must be 1 if a single row is named"),
        check("before", "fits", "action <> 'CREATE' OR before IS NULL", "must not be given for a new row"),
        check("after", "fits", "action <> 'DELETE' OR after IS NULL", "must not be given for a row that was deleted"),
        in_order("first_id", "last_id"),
    )
    indexes = (("entity_type", "entity_id", "id"), ("request_id", "id"))
    time_column = "occurred_at"

    occurred_at: Mapped[datetime] = generated("uuid_extract_timestamp(id)", "When it was done; read from the id.")
    business_id: Mapped[UUID | None] = key_to("business.businesses", "SET NULL", "In which business, if in one.")
    user_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Who did it, if a person did.")
    api_key_id: Mapped[UUID | None] = key_to("gateway.api_keys", "SET NULL", "With which key, if a program did.")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "Which AI agent did it, if one did.")
    action: Mapped[AuditLogAction] = state(AuditLogAction, "What was done.")
    entity_type: Mapped[str] = column("To rows of which entity, like Job.", filled(100))
    entity_id: Mapped[UUID | None] = column("To which row; null for a batch.")
    row_count: Mapped[int] = default("1", "To how many rows.", positive)
    first_id: Mapped[UUID | None] = column("The lowest id in the batch.")
    last_id: Mapped[UUID | None] = column("The highest id in the batch.")
    changed_fields: Mapped[list[str]] = default("'{}'", "Which columns of a row were changed.")
    before: Mapped[dict[str, Any] | None] = column("What was changed or deleted, as it was; without secrets.")
    after: Mapped[dict[str, Any] | None] = column("What was changed or made, as it has been since; without secrets.")
    operation: Mapped[str | None] = column("The mutation or command that did it, like createJob.")
    request_id: Mapped[str | None] = column("By what name logs and traces know the request.")
    ip_address: Mapped[IpAddress | None] = column("From which address it was done.")
    user_agent: Mapped[str | None] = column("What the program calls itself.")


class EventLog(Entity):
    """Something that happened to a row, for services and webhooks to know."""

    __table_args__ = (check("name", "form", "name ~ '^[a-z][a-z0-9_]*([.][a-z0-9_]+)*$'", "must be written like order.paid"),)
    indexes = (("name", "id"), ("entity_type", "entity_id", "id"), ("correlation_id", "id"))
    time_column = "occurred_at"

    occurred_at: Mapped[datetime] = generated("uuid_extract_timestamp(id)", "When it happened; read from the id.")
    business_id: Mapped[UUID | None] = key_to("business.businesses", "CASCADE", "In which business, if in one.")
    user_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Who made it happen, if a person did.")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "Which AI agent made it happen, if one did.")
    name: Mapped[str] = column("What happened, like order.paid.", filled(100))
    service_name: Mapped[str] = default("'agora'", "Which service says so.", filled(100))
    entity_type: Mapped[str | None] = column("To a row of which entity, like Order.")
    entity_id: Mapped[UUID | None] = column("To which row; null if to many at once.")
    row_count: Mapped[int] = default("1", "To how many rows.", positive)
    payload: Mapped[dict[str, Any]] = default("'{}'", "The particulars.")
    schema_version: Mapped[int] = default("1", "Which form of the particulars it is, from 1.", positive)
    correlation_id: Mapped[str | None] = column("What all events of one request or process have in common.")
    causation_id: Mapped[UUID | None] = column("The event that led to it; it may be gone by now.")


class ServiceSubscription(Entity, Timestamps, Versioned, Audited):
    """Which service is told of changes to which entity, and where."""

    __table_args__ = (
        check(
            "operations",
            "are_known",
            "cardinality(operations) > 0 AND operations <@ '{CREATE,UPDATE,DELETE,SYNC}'::text[]",
            "must name some of CREATE, UPDATE, DELETE and SYNC",
        ),
        check("address", "form", "transport <> 'HTTP' OR address ~ '^https?://[^ /]+'", "must begin with http:// or https://"),
    )
    indexes = (("entity_type", "is_active"), "service_name")
    natural_key = ("business_id", "service_name", "entity_type")

    business_id: Mapped[UUID | None] = key_to("business.businesses", "CASCADE", "Rows of which business; null: of all.")
    component_id: Mapped[UUID | None] = key_to("business.domain_components", "SET NULL", "The part of the business that is told.")
    service_name: Mapped[str] = column("Which service is told.", filled(100))
    entity_type: Mapped[str] = column("Of changes to which entity, like Job.", filled(100))
    operations: Mapped[list[str]] = default("'{CREATE,UPDATE,DELETE}'", "Of which changes: CREATE, UPDATE, DELETE, SYNC.")
    transport: Mapped[ServiceSubscriptionTransport] = state(ServiceSubscriptionTransport, "How it is told.", "HTTP")
    address: Mapped[str] = column("Where it is told: the address that is called, or the name of the handler.", filled(2000))
    signing_secret: Mapped[str | None] = secret("With what calls are signed; encrypted.")
    fields: Mapped[list[str]] = default("'{}'", "Which fields it is given; none: all it may see.")
    max_attempts: Mapped[int] = default("3", "How often each change is tried before it has failed.", within(1, 20))
    timeout_seconds: Mapped[int] = default("30", "After how many seconds a call has failed.", within(1, 120))
    is_active: Mapped[bool] = default("true", "Whether it is told.")


class ServiceSync(Entity, Timestamps):
    """One change on its way to one service; those of one row go in the order of their ids."""

    __table_args__ = (
        Index(
            "ix_service_syncs_open",
            *("service_name", "entity_type", "entity_id", "id"),
            postgresql_where=text("status IN ('PENDING', 'PROCESSING')"),
        ),
        Index("ix_service_syncs_next_attempt_at", "next_attempt_at", postgresql_where=text("status = 'PENDING'")),
        Index(
            "ix_service_syncs_due", *("subscription_id", "next_attempt_at"), postgresql_where=text("status IN ('PENDING', 'PROCESSING')")
        ),
        check("attempt_count", "fits", "attempt_count <= max_attempts", "must not be above the most attempts"),
        check("started_at", "is_given", "status = 'PENDING' OR started_at IS NOT NULL", "must be given once it was tried"),
        check("completed_at", "fits", "(status = 'COMPLETED') = (completed_at IS NOT NULL)", "must go with the status COMPLETED"),
        check("last_error", "is_given", "status <> 'FAILED' OR last_error IS NOT NULL", "must say why it failed"),
        check("next_attempt_at", "fits", "(status = 'PENDING') = (next_attempt_at IS NOT NULL)", "must go with the status PENDING"),
        in_order("started_at", "completed_at"),
        *at_least_zero("attempt_count"),
    )
    indexes = (("service_name", "status"), ("entity_type", "entity_id"), ("status", "created_at"))

    business_id: Mapped[UUID | None] = key_to("business.businesses", "CASCADE", "In which business, if in one.")
    subscription_id: Mapped[UUID | None] = key_to("ops.service_subscriptions", "SET NULL", "Why the service is told.", "syncs")
    event_id: Mapped[UUID | None] = key_to("ops.event_logs", "SET NULL", "The event it tells of.", "syncs")
    service_name: Mapped[str] = column("Which service is told.", filled(100))
    entity_type: Mapped[str] = column("Of a change to which entity, like Job.", filled(100))
    entity_id: Mapped[UUID] = column("Of a change to which row.")
    operation: Mapped[ServiceSyncOperation] = state(ServiceSyncOperation, "What changed; SYNC is the whole row as it is now.")
    data: Mapped[dict[str, Any]] = default("'{}'", "What the service is given.")
    status: Mapped[ServiceSyncStatus] = state(ServiceSyncStatus, "How far it is.", "PENDING")
    attempt_count: Mapped[int] = default("0", "How often it was tried.")
    max_attempts: Mapped[int] = default("3", "How often it is tried before it has failed.", within(1, 20))
    last_error: Mapped[str | None] = column("Why the last attempt failed.")
    next_attempt_at: Mapped[datetime | None] = default("now()", "When it is tried next.")
    started_at: Mapped[datetime | None] = column("When the last attempt began.")
    completed_at: Mapped[datetime | None] = column("When the service took it.")


class SystemEvent(Entity):
    """Something that the system itself noted: a start, a failure, a warning."""

    indexes = (("severity", "created_at"), ("type", "created_at"), "created_at", ("agent_id", "created_at"))

    business_id: Mapped[UUID | None] = key_to("business.businesses", "CASCADE", "In which business, if in one.")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The AI agent it comes from.")
    component_id: Mapped[UUID | None] = key_to("business.domain_components", "SET NULL", "The part of a business it comes from.")
    type: Mapped[str] = column("What happened, like worker.started.", filled(100))
    severity: Mapped[SystemEventSeverity] = state(SystemEventSeverity, "How grave it is.", "INFO")
    message: Mapped[str] = column("What happened, in words.")
    details: Mapped[dict[str, Any]] = default("'{}'", "The particulars.")
    host: Mapped[str | None] = column("On which machine.")
    request_id: Mapped[str | None] = column("By what name logs and traces know the request, if it came of one.")
    created_at: Mapped[datetime] = default("now()", "When it happened.")


class SystemMetric(Entity):
    """A measured value of a machine, a service or an agent."""

    indexes = (("name", "measured_at"), ("agent_id", "measured_at"), ("service_name", "name", "measured_at"))

    business_id: Mapped[UUID | None] = key_to("business.businesses", "CASCADE", "For which business, if for one.")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "CASCADE", "Of which AI agent, if of one.")
    component_id: Mapped[UUID | None] = key_to("business.domain_components", "CASCADE", "Of which part of a business, if of one.")
    service_name: Mapped[str | None] = column("Of which service, like api or worker.", filled(100))
    host: Mapped[str | None] = column("On which machine.")
    name: Mapped[str] = column("What is measured, like cpu_percent.", filled(100))
    type: Mapped[SystemMetricType] = state(SystemMetricType, "Whether it goes up and down or only counts up.", "GAUGE")
    value: Mapped[Measure] = column("The value.")
    unit: Mapped[str | None] = column("The unit of the value, like ms or per cent.")
    labels: Mapped[dict[str, Any]] = default("'{}'", "What tells it from others of its name, like the queue.")
    measured_at: Mapped[datetime] = default("now()", "When it was measured.", index=True)


class Configuration(Entity, Timestamps, Versioned, Audited):
    """A setting of a business or of the whole, as people change it."""

    __table_args__ = (
        check(
            "key",
            "form",
            "key ~ '^[a-z][a-z0-9_]*([.][a-z0-9_]+)*$'",
            "must be small letters, digits, underscores and dots, like cart.hours",
        ),
        check("value", "is_hidden", "value IS NULL OR NOT is_sensitive", "must be kept as the hidden value"),
        check("is_sensitive", "fits", "is_sensitive OR secret_value IS NULL AND NOT is_encrypted", "must be true for a hidden value"),
        check("default_value", "is_open", "default_value IS NULL OR NOT is_sensitive", "must not be given for a hidden value"),
        check(
            "value",
            "of_type",
            "CASE data_type WHEN 'JSON' THEN true WHEN 'INTEGER' THEN jsonb_typeof(value) = 'number' AND value::text !~ '[.]' "
            "WHEN 'FLOAT' THEN jsonb_typeof(value) = 'number' ELSE jsonb_typeof(value) = lower(data_type) END",
            "must be of its data type",
        ),
    )
    indexes = ("category",)
    natural_key = ("business_id", "key")

    business_id: Mapped[UUID | None] = key_to("business.businesses", "CASCADE", "Of which business; null: of the whole.")
    updated_by_agent_id: Mapped[UUID | None] = key_to(
        "agents.agents", "SET NULL", "Which AI agent last changed it.", "configurations_updated", "Settings it last changed."
    )
    key: Mapped[str] = column("What programs call it, unique in the business or among those of the whole.", filled(255))
    value: Mapped[Json | None] = column("What it is set to; null if that is hidden, or as by default.")
    secret_value: Mapped[str | None] = secret("What a sensitive one is set to.")
    description: Mapped[str | None] = column("What it does.")
    data_type: Mapped[ConfigurationDataType] = state(ConfigurationDataType, "Of what type its value is.", "JSON")
    category: Mapped[str] = default("'general'", "The group it is shown in.", filled(100))
    is_sensitive: Mapped[bool] = default("false", "Whether its value is hidden.")
    is_encrypted: Mapped[bool] = default("false", "Whether its hidden value is encrypted.")
    validation_rules: Mapped[dict[str, Any] | None] = column("JSON Schema that its value has to meet.")
    default_value: Mapped[Json | None] = column("What holds while it is not set.")
    is_active: Mapped[bool] = default("true", "Whether programs take notice of it.")
    is_read_only: Mapped[bool] = default("false", "Whether people cannot change it here.")


class Backup(Entity, Timestamps):
    """A copy of the data that can be brought back, with where it lies and until when."""

    __table_args__ = (
        check("completed_at", "fits", "(status = 'RUNNING') = (completed_at IS NULL)", "must be given once it is over, and only then"),
        check("location", "is_given", "status NOT IN ('COMPLETED', 'REMOVED') OR location IS NOT NULL", "must say where it lies"),
        check("error", "is_given", "status <> 'FAILED' OR error IS NOT NULL", "must say why it failed"),
        check("base_id", "is_given", "(type = 'INCREMENTAL') = (base_id IS NOT NULL)", "must be given for an increment, and only then"),
        check("removed_at", "fits", "(status = 'REMOVED') = (removed_at IS NOT NULL)", "must go with the status REMOVED"),
        not_itself("base_id"),
        in_order("started_at", "completed_at"),
        in_order("completed_at", "verified_at"),
        in_order("completed_at", "expires_at"),
        *at_least_zero("size_bytes", "row_count"),
    )
    indexes = (("status", "started_at"), "started_at")

    business_id: Mapped[UUID | None] = key_to("business.businesses", "SET NULL", "Of which business alone; null: of all.")
    base_id: Mapped[UUID | None] = key_to("ops.backups", "RESTRICT", "What it is an increment to.", "increments")
    started_by_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Who started it, if a person did.", "backups_started")
    type: Mapped[BackupType] = state(BackupType, "What is in it.", "FULL")
    status: Mapped[BackupStatus] = state(BackupStatus, "How far it is.", "RUNNING")
    location: Mapped[str | None] = column("Where it lies, like s3://bucket/path.")
    size_bytes: Mapped[BigInt | None] = column("How large it is, in bytes.")
    row_count: Mapped[BigInt | None] = column("How many rows are in it.")
    checksum: Mapped[str | None] = column("SHA-256 of it, in hexadecimal.")
    is_encrypted: Mapped[bool] = default("true", "Whether it is encrypted.")
    software_version: Mapped[str | None] = column("The version of PostgreSQL that made it, and can read it.")
    error: Mapped[str | None] = column("Why it failed.")
    started_at: Mapped[datetime] = default("now()", "When it began; it holds what was there then.")
    completed_at: Mapped[datetime | None] = column("When it was over, well or not.")
    verified_at: Mapped[datetime | None] = column("When it was last brought back for trial.")
    expires_at: Mapped[datetime | None] = column("When it may be removed; null: never.")
    removed_at: Mapped[datetime | None] = column("When it was removed.")
    duration_ms: Mapped[BigInt | None] = generated(
        "(1000 * extract(epoch FROM completed_at - started_at))::bigint", "How long it took, in milliseconds; null while it runs."
    )


class HealthCheck(Entity):
    """One look at whether an agent, a service or a part of a business is well."""

    __table_args__ = (
        check(
            "service_name",
            "or_other",
            "num_nonnulls(service_name, agent_id, component_id) = 1",
            "must be given, or else the agent or the component, and only one of them",
        ),
        check("message", "is_given", "status IN ('HEALTHY', 'UNKNOWN') OR message IS NOT NULL", "must say what is wrong"),
        *at_least_zero("response_time_ms", "failures_in_a_row"),
    )
    indexes = (("agent_id", "checked_at"), ("component_id", "checked_at"), ("service_name", "checked_at"), ("status", "checked_at"))

    business_id: Mapped[UUID | None] = key_to("business.businesses", "CASCADE", "In which business, if in one.")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "CASCADE", "Which AI agent.")
    component_id: Mapped[UUID | None] = key_to("business.domain_components", "CASCADE", "Which part of a business.")
    service_name: Mapped[str | None] = column("Which service, like api, worker or postgres.", filled(100))
    status: Mapped[HealthCheckStatus] = state(HealthCheckStatus, "How it is.")
    url: Mapped[str | None] = column("What was asked, if it has an address.")
    response_code: Mapped[int | None] = column("HTTP status of the answer; null if there was none.", within(100, 599))
    response_time_ms: Mapped[int | None] = column("How long the answer took, in milliseconds; null if there was none.")
    failures_in_a_row: Mapped[int] = default("0", "How often it was not well since it last was.")
    message: Mapped[str | None] = column("What is wrong.")
    details: Mapped[dict[str, Any]] = default("'{}'", "The particulars, like versions and lengths of queues.")
    checked_at: Mapped[datetime] = default("now()", "When it was looked at.")


IDEMPOTENCY_KEYS = Table(
    "idempotency_keys",
    Base.metadata,
    *(Column(name, Text, primary_key=True) for name in ("viewer", "field", "key")),
    Column("arguments", LargeBinary, nullable=False),
    Column("payload", JSONB, nullable=False, server_default=text("'null'")),
    Column("created_at", TIMESTAMP(timezone=True, precision=3), nullable=False, server_default=text("now()"), index=True),
    schema="ops",
)
"""What mutations came to that were given a key, by viewer and field: digests of key and arguments, and ids. No entity."""


INGEST_BATCHES = Table(
    "ingest_batches",
    Base.metadata,
    Column("business_id", Uuid, ForeignKey("business.businesses.id", ondelete="CASCADE"), primary_key=True),
    *(Column(name, Text, primary_key=True) for name in ("kind", "key")),
    Column("rows", LargeBinary, nullable=False),
    *(Column(name, Integer, nullable=False, server_default=text("0")) for name in ("recorded_count", "refused_count")),
    *(Column(name, Uuid) for name in ("first_id", "last_id")),
    Column("errors", JSONB, nullable=False, server_default=text("'[]'")),
    Column("created_at", TIMESTAMP(timezone=True, precision=3), nullable=False, server_default=text("now()"), index=True),
    schema="ops",
)
"""What batches of measurements and events came to, by business, entity and key: digests of key and rows, and figures. No entity."""

"""What businesses look at: dashboards, reports, performance figures with their targets, and what was found in them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from sqlalchemy import Index, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Audited, Entity, SoftDelete, Timestamps, Versioned
from models.checks import at_least_zero, check, filled, in_order, percentage, positive, within
from models.columns import BigInt, Measure, Money, Ratio, column, default, full_text, generated, key_to, on_read, state

Coefficient = Annotated[Decimal, mapped_column(Numeric(10, 8))]

DashboardAccessLevel = Literal["PUBLIC", "STAFF", "ADMIN", "GOD"]
ReportType = Literal["SALES", "INVENTORY", "PERFORMANCE", "FINANCE", "MARKETING", "CUSTOM"]
ReportFormat = Literal["PDF", "HTML", "CSV", "XLSX", "JSON"]
ReportSchedule = Literal["ONCE", "DAILY", "WEEKLY", "MONTHLY", "QUARTERLY"]
ReportStatus = Literal["ACTIVE", "PAUSED", "COMPLETED"]
ReportRunStatus = Literal["RUNNING", "SUCCEEDED", "FAILED"]
KpiFrequency = Literal["HOURLY", "DAILY", "WEEKLY", "MONTHLY", "QUARTERLY", "YEARLY"]
KpiDirection = Literal["HIGHER_IS_BETTER", "LOWER_IS_BETTER", "ON_TARGET"]
KpiTargetStatus = Literal["PLANNED", "ACTIVE", "ACHIEVED", "MISSED", "CANCELLED"]
ForecastMethod = Literal["MOVING_AVERAGE", "EXPONENTIAL_SMOOTHING", "REGRESSION", "ARIMA", "MACHINE_LEARNING", "EXPERT"]
CorrelationMethod = Literal["PEARSON", "SPEARMAN", "KENDALL"]
InsightType = Literal["TREND", "ANOMALY", "OPPORTUNITY", "RISK", "RECOMMENDATION", "OTHER"]
InsightImpact = Literal["HIGH", "MEDIUM", "LOW"]
InsightStatus = Literal["NEW", "ACCEPTED", "IMPLEMENTED", "DISMISSED"]
ExportJobFormat = Literal["CSV", "XLSX", "JSON", "PARQUET"]
ExportJobStatus = Literal["QUEUED", "RUNNING", "COMPLETED", "FAILED", "CANCELLED", "EXPIRED"]


class Dashboard(Entity, Timestamps, SoftDelete, Versioned, Audited):
    """A page of charts and figures that a business looks at."""

    __table_args__ = (
        Index("uq_dashboards_business_id_slug", "business_id", "slug", unique=True, postgresql_where=text("deleted_at IS NULL")),
        Index(
            "uq_dashboards_business_id_is_default",
            "business_id",
            "is_default",
            unique=True,
            postgresql_where=text("is_default AND deleted_at IS NULL"),
        ),
    )
    indexes = ("access_level",)
    natural_key = ("business_id", "slug")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Whose dashboard it is.")
    name: Mapped[str] = column("What the dashboard is called.", filled(255))
    slug: Mapped[str] = column("Its name in addresses, unique in the business.")
    description: Mapped[str | None] = column("What it shows and for whom.")
    layout: Mapped[dict[str, Any]] = default("'{}'", "Where each widget stands and how large it is.")
    widgets: Mapped[list[dict[str, Any]]] = default("'[]'", "The charts and figures: what they show and from where.")
    access_level: Mapped[DashboardAccessLevel] = state(DashboardAccessLevel, "Who may see it.", "STAFF")
    is_default: Mapped[bool] = default("false", "Whether it is what people of the business see first; one may be.")
    refresh_seconds: Mapped[int | None] = column("After how many seconds it loads its figures anew; null for never.", positive)


class Report(Entity, Timestamps, Versioned, Audited):
    """A report that is made on a schedule: what is in it and who gets it."""

    natural_key = ("business_id", "name")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Whose report it is.")
    dashboard_id: Mapped[UUID | None] = key_to("reporting.dashboards", "SET NULL", "The dashboard it puts on paper.")
    name: Mapped[str] = column("What the report is called, unique in the business.", filled(255))
    type: Mapped[ReportType] = state(ReportType, "What it is about.")
    description: Mapped[str | None] = column("Which question it answers.")
    template: Mapped[dict[str, Any]] = default("'{}'", "Its sections with their tables and charts.")
    parameters: Mapped[dict[str, Any]] = default("'{}'", "What it is made with, like a period or a store.")
    format: Mapped[ReportFormat] = state(ReportFormat, "In what form it is delivered.", "PDF")
    schedule: Mapped[ReportSchedule] = state(ReportSchedule, "How often it is made.", "ONCE", index=True)
    last_generated_at: Mapped[datetime | None] = column("When it was last made; kept by the worker.")
    next_scheduled_at: Mapped[datetime | None] = column("When it is made next.", index=True)
    recipients: Mapped[list[str]] = default("'{}'", "E-mail addresses of those who get it.")
    status: Mapped[ReportStatus] = state(ReportStatus, "Whether it is still made.", "ACTIVE")


class ReportRun(Entity, Timestamps):
    """A report as it was made once, by an agent or on schedule, with its content."""

    __table_args__ = (
        Index("ix_report_runs_recipient_agents", "recipient_agents", postgresql_using="gin"),
        Index("ix_report_runs_next_attempt_at", "next_attempt_at", postgresql_where=text("next_attempt_at IS NOT NULL")),
        Index(
            "uq_report_runs_report_id_scheduled_for",
            "report_id",
            "scheduled_for",
            unique=True,
            postgresql_where=text("scheduled_for IS NOT NULL"),
        ),
        in_order("period_starts_on", "period_ends_on"),
        in_order("generated_at", "sent_at"),
        check("error", "is_given", "status <> 'FAILED' OR error IS NOT NULL", "must be given for a failed run"),
        *at_least_zero("duration_ms", "attempt_count"),
    )
    indexes = (("business_id", "generated_at"),)

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Whose report it is.")
    report_id: Mapped[UUID | None] = key_to("reporting.reports", "SET NULL", "The report it follows, if any.", "runs")
    created_by_agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The agent that made it.")
    requested_by_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Who asked for it.")
    name: Mapped[str] = column("What the report was called.", filled(255))
    type: Mapped[ReportType] = state(ReportType, "What it is about.", index=True)
    recipient_agents: Mapped[list[str]] = default("'{}'", "Slugs of the agents it was made for.")
    period_starts_on: Mapped[date | None] = column("The first day it covers.")
    period_ends_on: Mapped[date | None] = column("The last day it covers.")
    content: Mapped[dict[str, Any]] = default("'{}'", "What it says: figures, tables and text.")
    format: Mapped[ReportFormat] = state(ReportFormat, "In what form it was delivered.", "JSON")
    file_path: Mapped[str | None] = column("Where the file is stored, if one was made.")
    status: Mapped[ReportRunStatus] = state(ReportRunStatus, "How far it is.", "RUNNING", index=True)
    error: Mapped[str | None] = column("Why it could not be made.")
    duration_ms: Mapped[int | None] = column("How long it took, in milliseconds.")
    generated_at: Mapped[datetime] = default("now()", "When it was made.")
    scheduled_for: Mapped[datetime | None] = column("For which time of its schedule it is; null if somebody asked for it.")
    attempt_count: Mapped[int] = default("0", "How often making or sending it was tried; kept by the worker.")
    next_attempt_at: Mapped[datetime | None] = column("When the worker goes on with it; null once nothing is left to do.")
    pending_recipients: Mapped[list[str]] = default("'{}'", "E-mail addresses that it still goes to; kept by the worker.")
    sent_at: Mapped[datetime | None] = column("When it went to its recipients.")


class Kpi(Entity, Timestamps, Versioned, Audited):
    """A key performance indicator: what it counts, how it is computed and what it should be."""

    indexes = (("business_id", "category"),)
    natural_key = ("business_id", "name")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Whose figure it is.")
    domain_id: Mapped[UUID | None] = key_to("business.domains", "SET NULL", "Which area it measures.")
    definition_id: Mapped[UUID | None] = key_to("analytics.metric_definitions", "SET NULL", "The metric behind it.")
    owner_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Who answers for it.")
    owner_agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The agent that answers for it.")
    name: Mapped[str] = column("What the figure is called, unique in the business.", filled(255))
    description: Mapped[str | None] = column("What it tells.")
    category: Mapped[str] = column("The group it is shown in, like Sales.", filled(100))
    calculation_sql: Mapped[str | None] = column("The SQL that computes it; null where people enter it.")
    unit: Mapped[str | None] = column("The unit of its values.")
    direction: Mapped[KpiDirection] = state(KpiDirection, "Which values are good.", "HIGHER_IS_BETTER")
    target_value: Mapped[Measure | None] = column("What it should be in general; see its targets for single periods.")
    frequency: Mapped[KpiFrequency] = state(KpiFrequency, "How often it is measured.", "DAILY")
    is_active: Mapped[bool] = default("true", "Whether it is measured.")

    latest_value: Mapped[Decimal | None] = on_read(
        "(SELECT m.value FROM reporting.kpi_measurements AS m WHERE m.kpi_id = {row}.id ORDER BY m.measured_at DESC, m.id DESC LIMIT 1)",
        Numeric(20, 4),
        "The value measured last.",
    )


class KpiMeasurement(Entity):
    """A value of a performance figure, and the period it is of."""

    __table_args__ = (in_order("period_starts_at", "period_ends_at"),)
    indexes = (("kpi_id", "measured_at"),)

    kpi_id: Mapped[UUID] = key_to("reporting.kpis", "CASCADE", "Of which figure.", "measurements")
    value: Mapped[Measure] = column("The value, in the figure's unit.")
    period_starts_at: Mapped[datetime | None] = column("From when it counts.")
    period_ends_at: Mapped[datetime | None] = column("Until when it counts.")
    metadata_: Mapped[dict[str, Any]] = default("'{}'", "What else was noted.", name="metadata")
    measured_at: Mapped[datetime] = default("now()", "When it was measured.", index=True)


class KpiTarget(Entity, Timestamps, Versioned, Audited):
    """What a performance figure should reach in a period."""

    __table_args__ = (
        in_order("period_starts_on", "period_ends_on"),
        check("actual_value", "is_given", "status NOT IN ('ACHIEVED', 'MISSED') OR actual_value IS NOT NULL", "must be given"),
    )
    natural_key = ("kpi_id", "period_starts_on", "period_ends_on")

    kpi_id: Mapped[UUID] = key_to("reporting.kpis", "CASCADE", "For which figure.", "targets")
    owner_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Who promised it.")
    period_starts_on: Mapped[date] = column("The first day it counts for.")
    period_ends_on: Mapped[date] = column("The last day it counts for.")
    target_value: Mapped[Measure] = column("What should be reached, in the figure's unit.")
    minimum_value: Mapped[Measure | None] = column("What would still do.")
    stretch_value: Mapped[Measure | None] = column("What would be more than hoped for.")
    actual_value: Mapped[Measure | None] = column("What was reached so far, or in the end.")
    progress: Mapped[Measure | None] = generated(
        "round(100 * actual_value / nullif(target_value, 0), 2)", "What was reached, in per cent of the target."
    )
    status: Mapped[KpiTargetStatus] = state(KpiTargetStatus, "How it stands.", "PLANNED", index=True)
    notes: Mapped[str | None] = column("Why this value, and what is to be done for it.")


class Forecast(Entity, Timestamps):
    """What a metric is expected to be in a period to come, and what it then was."""

    __table_args__ = (
        in_order("period_starts_on", "period_ends_on"),
        in_order("lower_value", "predicted_value"),
        in_order("predicted_value", "upper_value"),
    )
    indexes = (("definition_id", "period_starts_on"),)

    definition_id: Mapped[UUID] = key_to("analytics.metric_definitions", "CASCADE", "Of which metric.")
    model_id: Mapped[UUID | None] = key_to("llm.ai_models", "SET NULL", "The model that made it.")
    method: Mapped[ForecastMethod] = state(ForecastMethod, "How it is made.")
    period_starts_on: Mapped[date] = column("The first day it is for.")
    period_ends_on: Mapped[date] = column("The last day it is for.")
    predicted_value: Mapped[Measure] = column("The value expected, in the metric's unit.")
    lower_value: Mapped[Measure | None] = column("The lowest value to be expected.")
    upper_value: Mapped[Measure | None] = column("The highest value to be expected.")
    confidence: Mapped[Ratio | None] = column("How likely the value lies between the two, in per cent.", percentage)
    actual_value: Mapped[Measure | None] = column("What it was in the end.")
    error: Mapped[Measure | None] = generated(
        "round(100 * abs(predicted_value - actual_value) / nullif(abs(actual_value), 0), 2)", "How far off it was, in per cent."
    )
    parameters: Mapped[dict[str, Any]] = default("'{}'", "What the method was given.")
    generated_at: Mapped[datetime] = default("now()", "When it was made.")


class Correlation(Entity, Timestamps):
    """Two metrics of a business that rise and fall together, or against each other."""

    __table_args__ = (
        UniqueConstraint(
            *("first_id", "second_id", "method", "lag_days", "period_starts_on", "period_ends_on"), name="uq_correlations_of_what"
        ),
        check("second_id", "is_another", "first_id <> second_id", "must be another metric"),
        in_order("period_starts_on", "period_ends_on"),
    )

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "In which business.")
    first_id: Mapped[UUID] = key_to(
        "analytics.metric_definitions", "CASCADE", "The one that goes ahead.", "correlations_led", "Metrics that follow it."
    )
    second_id: Mapped[UUID] = key_to(
        "analytics.metric_definitions", "CASCADE", "The one that goes with it.", "correlations_followed", "Metrics that it follows."
    )
    method: Mapped[CorrelationMethod] = state(CorrelationMethod, "Which one it is.", "PEARSON")
    coefficient: Mapped[Coefficient] = column("From -1, against each other, over 0, not at all, to 1, together.", within(-1, 1))
    lag_days: Mapped[int] = default("0", "How many days the second comes after the first.")
    sample_size: Mapped[int] = column("How many pairs of values it was computed from.", positive)
    p_value: Mapped[Coefficient | None] = column("How likely it is mere chance, from 0 to 1.", within(0, 1))
    is_significant: Mapped[bool | None] = generated("p_value < 0.05", "Whether chance can be left out of account.")
    period_starts_on: Mapped[date] = column("The first day of the values.")
    period_ends_on: Mapped[date] = column("The last day of the values.")
    explanation: Mapped[str | None] = column("Why the two may go together.")
    discovered_at: Mapped[datetime] = default("now()", "When it was found.")


class Insight(Entity, Timestamps, Versioned):
    """Something an AI noticed about a business, with what it advises."""

    __table_args__ = (
        Index("ix_insights_tags", "tags", postgresql_using="gin"),
        check("decided_at", "fits", "(status = 'NEW') = (decided_at IS NULL)", "must be given when decided, only then"),
    )
    indexes = (("business_id", "status"),)

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "About which business.")
    domain_id: Mapped[UUID | None] = key_to("business.domains", "SET NULL", "About which area.")
    definition_id: Mapped[UUID | None] = key_to("analytics.metric_definitions", "SET NULL", "About which metric.")
    kpi_id: Mapped[UUID | None] = key_to("reporting.kpis", "SET NULL", "About which performance figure.")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The agent that noticed it.")
    model_id: Mapped[UUID | None] = key_to("llm.ai_models", "SET NULL", "The model that worded it.")
    type: Mapped[InsightType] = state(InsightType, "What it points out.", index=True)
    impact: Mapped[InsightImpact] = state(InsightImpact, "How much it may change.", "MEDIUM")
    title: Mapped[str] = column("What was noticed, in one line.", filled(255))
    description: Mapped[str] = column("What was noticed, in full.", filled(20000))
    recommendation: Mapped[str | None] = column("What it advises.")
    evidence: Mapped[dict[str, Any]] = default("'{}'", "The figures it rests on.")
    tags: Mapped[list[str]] = default("'{}'", "Words to find it by.")
    confidence: Mapped[Ratio | None] = column("How sure the AI is, in per cent.", percentage)
    estimated_value: Mapped[Money | None] = column("What following the advice may bring a year.")
    currency: Mapped[str] = default("'USD'", "Currency of the estimated value.")
    status: Mapped[InsightStatus] = state(InsightStatus, "What people made of it.", "NEW")
    decided_by_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Who accepted or dismissed it.")
    decided_at: Mapped[datetime | None] = column("When it was accepted or dismissed.")
    valid_until: Mapped[datetime | None] = column("When it stops being of use.")
    search_vector: Mapped[str] = full_text("english", "title", "description", "recommendation", "tags[]")


class ExportJob(Entity, Timestamps):
    """A request for a file of data, from the queue to the download."""

    __table_args__ = (
        in_order("started_at", "finished_at"),
        check("error", "is_given", "status <> 'FAILED' OR error IS NOT NULL", "must be given for a failed export"),
        *at_least_zero("row_count", "file_bytes", "download_count"),
    )
    indexes = (("status", "created_at"),)

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Whose data.")
    requested_by_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Who asked for it.")
    entity_type: Mapped[str] = column("Rows of which entity, like Order.")
    fields: Mapped[list[str]] = default("'{}'", "Which of their fields, in this order; all if none is named.")
    filter: Mapped[dict[str, Any]] = default("'{}'", "Which rows, written as a filter of the entity.")
    format: Mapped[ExportJobFormat] = state(ExportJobFormat, "In what form.", "CSV")
    status: Mapped[ExportJobStatus] = state(ExportJobStatus, "How far it is.", "QUEUED")
    progress: Mapped[int] = default("0", "How much is done, in per cent; kept by the worker.", percentage)
    row_count: Mapped[BigInt | None] = column("How many rows were written.")
    file_path: Mapped[str | None] = column("Where the file is stored.")
    file_bytes: Mapped[BigInt | None] = column("How large the file is, in bytes.")
    error: Mapped[str | None] = column("Why it failed.")
    started_at: Mapped[datetime | None] = column("When work on it began.")
    finished_at: Mapped[datetime | None] = column("When it was done or given up.")
    expires_at: Mapped[datetime | None] = column("Until when the file can be fetched.")
    download_count: Mapped[int] = default("0", "How often it was fetched.")

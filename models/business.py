"""Businesses, the areas they are divided into, and what is measured there."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from sqlalchemy import Numeric, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Audited, Entity, Timestamps, Versioned
from models.checks import at_least_zero, check, filled, in_order, percentage, positive, within
from models.columns import BigInt, IpAddress, Measure, Ratio, column, default, full_text, generated, key_to, on_read, state
from models.ddl import Tally

Degrees = Annotated[Decimal, mapped_column(Numeric(9, 6))]

BusinessType = Literal["PARENT", "RETAIL", "WHOLESALE", "MANUFACTURING", "ECOMMERCE", "OTHER"]
BusinessStatus = Literal["ACTIVE", "INACTIVE", "MAINTENANCE"]
DomainStatus = Literal["ACTIVE", "INACTIVE", "PLANNED"]
ComponentType = Literal["SERVICE", "API", "CRON", "FUNCTION", "LIBRARY", "MODULE", "OTHER"]
ComponentStatus = Literal["ACTIVE", "DEPRECATED", "BROKEN"]
MetricType = Literal["PERFORMANCE", "BUSINESS", "SYSTEM", "CUSTOM"]
SiteType = Literal["SHOP", "MARKETPLACE", "CORPORATE", "LANDING_PAGE", "BLOG", "HELP_CENTER", "BACK_OFFICE", "OTHER"]
SiteStatus = Literal["STAGING", "LIVE", "MAINTENANCE", "RETIRED"]
StoreStatus = Literal["PLANNED", "OPEN", "TEMPORARILY_CLOSED", "CLOSED"]
BusinessEventCategory = Literal["SALE", "INVENTORY", "CUSTOMER", "SYSTEM", "ERROR", "OTHER"]
BusinessEventSeverity = Literal["CRITICAL", "HIGH", "MEDIUM", "LOW", "INFO"]
AlertType = Literal["THRESHOLD", "ANOMALY", "SYSTEM", "SECURITY", "OTHER"]
AlertSeverity = Literal["CRITICAL", "HIGH", "MEDIUM", "LOW"]
AlertStatus = Literal["NEW", "ACKNOWLEDGED", "RESOLVED", "IGNORED"]
AlertRuleComparison = Literal["ABOVE", "AT_LEAST", "EQUAL", "AT_MOST", "BELOW"]
DataQualityCheckDimension = Literal["COMPLETENESS", "UNIQUENESS", "VALIDITY", "CONSISTENCY", "ACCURACY", "TIMELINESS"]
DataQualityCheckStatus = Literal["PASSED", "WARNING", "FAILED", "ERROR"]


class Business(Entity, Timestamps, Versioned):
    """A tenant: the parent company or one of its units."""

    __table_args__ = (UniqueConstraint("name"),)
    natural_key = ("slug",)

    name: Mapped[str] = column("What the business is called.")
    slug: Mapped[str] = column("Its name in addresses.")
    type: Mapped[BusinessType] = state(BusinessType, "What the business does.", index=True)
    parent_id: Mapped[UUID | None] = key_to("business.businesses", "SET NULL", "The business above it.", "children")
    description: Mapped[str | None] = column("What people should know of it.")
    primary_site_id: Mapped[UUID | None] = key_to("business.sites", "SET NULL", "The site it shows first.", "primary_of")
    status: Mapped[BusinessStatus] = state(BusinessStatus, "Whether it is at work.", "ACTIVE", index=True)
    currency: Mapped[str] = default("'USD'", "Currency it keeps its books in.")
    time_zone: Mapped[str] = default("'UTC'", "IANA time zone of its days.")
    settings: Mapped[dict[str, Any]] = default("'{}'", "Free settings.")

    primary_domain: Mapped[str | None] = on_read(
        "(SELECT s.domain FROM business.sites AS s WHERE s.id = {row}.primary_site_id)",
        Text(),
        "Its main internet domain: that of its primary site.",
    )


class Domain(Entity, Timestamps):
    """A business area: sales, stock, support; areas nest."""

    __table_args__ = (*at_least_zero("component_count"),)
    natural_key = ("business_id", "slug")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Of which business.")
    name: Mapped[str] = column("What the area is called.")
    slug: Mapped[str] = column("Its name in addresses, unique in the business.")
    description: Mapped[str | None] = column("What belongs to it.")
    parent_id: Mapped[UUID | None] = key_to("business.domains", "SET NULL", "The area above it.", "children")
    status: Mapped[DomainStatus] = state(DomainStatus, "Whether it is at work.", "ACTIVE", index=True)
    component_count: Mapped[int] = default("0", "How many components it has; kept by trigger.")
    last_activity_at: Mapped[datetime | None] = column("When something last happened in it.")


class DomainComponent(Entity, Timestamps):
    """A technical part of a business area, with its health."""

    tallies = (Tally("count_components", "domain_id", "business.domains", {"component_count": "1"}),)

    domain_id: Mapped[UUID] = key_to("business.domains", "CASCADE", "Of which area.", "components")
    type: Mapped[ComponentType] = state(ComponentType, "What kind of part it is.", index=True)
    name: Mapped[str] = column("What the component is called.")
    file_path: Mapped[str | None] = column("Where its source is.")
    description: Mapped[str | None] = column("What it does.")
    status: Mapped[ComponentStatus] = state(ComponentStatus, "Whether it is in use.", "ACTIVE", index=True)
    health_score: Mapped[int] = default("100", "From 0, broken, to 100, well.", percentage)
    last_checked_at: Mapped[datetime | None] = column("When its health was last checked.")
    search_vector: Mapped[str] = full_text("simple", "name", "description", "file_path")


class Site(Entity, Timestamps, Versioned):
    """An internet domain of a business, where its shop, chat and agents are found."""

    __table_args__ = (
        check(
            "domain",
            "form",
            "domain ~ '^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$'",
            "must be a domain in small letters, like shop.example.com",
        ),
    )
    natural_key = ("business_id", "domain")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Whose site it is.")
    domain: Mapped[str] = column("The internet domain, unique in the business.")
    name: Mapped[str] = column("What visitors know the site as.", filled())
    type: Mapped[SiteType] = state(SiteType, "What people find there.", "SHOP")
    status: Mapped[SiteStatus] = state(SiteStatus, "Whether it can be visited.", "STAGING", index=True)
    platform: Mapped[str | None] = column("The software that serves it, like Shopify.")
    locale: Mapped[str] = default("'en'", "BCP 47 tag of the language it speaks.")
    currency: Mapped[str] = default("'USD'", "Currency it shows prices in.")
    verified_at: Mapped[datetime | None] = column("When the business proved that the domain is its own.")
    certificate_expires_at: Mapped[datetime | None] = column("When its TLS certificate runs out.")
    launched_at: Mapped[datetime | None] = column("When it went live.")


class Store(Entity, Timestamps, Versioned):
    """A shop that customers walk into."""

    __table_args__ = (
        in_order("opened_on", "closed_on"),
        check("closed_on", "is_given", "status <> 'CLOSED' OR closed_on IS NOT NULL", "must be given once closed"),
    )
    natural_key = ("business_id", "code")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Whose store it is.")
    site_id: Mapped[UUID | None] = key_to("business.sites", "SET NULL", "The site that presents it.")
    manager_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Who runs it.", "stores_managed")
    code: Mapped[str] = column("Its short name on tills and reports, unique in the business.", filled(40))
    name: Mapped[str] = column("What customers know it as.", filled())
    status: Mapped[StoreStatus] = state(StoreStatus, "Whether it serves customers.", "PLANNED", index=True)
    street: Mapped[str] = column("Street and number.")
    city: Mapped[str] = column("Town it stands in.")
    region: Mapped[str | None] = column("State, province or district.")
    postal_code: Mapped[str | None] = column("Postal code.")
    country: Mapped[str] = column("ISO 3166-1 alpha-2 code of the country.")
    latitude: Mapped[Degrees | None] = column("Degrees north of the equator.", within(-90, 90))
    longitude: Mapped[Degrees | None] = column("Degrees east of Greenwich.", within(-180, 180))
    email: Mapped[str | None] = column("Where customers can write to.")
    phone: Mapped[str | None] = column("Telephone number in E.164 form.")
    opening_hours: Mapped[dict[str, Any]] = default("'{}'", "From when to when it is open, by day of the week.")
    opened_on: Mapped[date | None] = column("Its first day.")
    closed_on: Mapped[date | None] = column("Its last day, once it is given up.")


class Metric(Entity):
    """A measured value of a business or one of its areas at a time."""

    indexes = (("business_id", "name", "id"), ("name", "id"))
    time_column = "recorded_at"

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Of which business.")
    domain_id: Mapped[UUID | None] = key_to("business.domains", "SET NULL", "Of which area.")
    definition_id: Mapped[UUID | None] = key_to(
        "analytics.metric_definitions", "SET NULL", "What the metric means, if that is written down."
    )
    type: Mapped[MetricType] = state(MetricType, "What is measured.")
    name: Mapped[str] = column("What the metric is called.")
    value: Mapped[Measure | None] = column("The value; null where the measurement failed.")
    unit: Mapped[str | None] = column("The unit of the value.")
    metadata_: Mapped[dict[str, Any]] = default("'{}'", "What else was noted.", name="metadata")
    recorded_at: Mapped[datetime] = generated("uuid_extract_timestamp(id)", "When it was measured; read from the id.")
    created_at: Mapped[datetime] = default("now()", "When the row was written.")


class BusinessEvent(Entity):
    """Something that happened in a business: a sale, a delivery, a failure."""

    indexes = (("business_id", "type", "id"), ("type", "id"), ("category", "id"), ("severity", "id"))
    time_column = "occurred_at"

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "In which business.", "events")
    domain_id: Mapped[UUID | None] = key_to("business.domains", "SET NULL", "In which area.", "events")
    user_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Who did it, if a person did.")
    type: Mapped[str] = column("What happened, like order.paid.", filled(100))
    category: Mapped[BusinessEventCategory] = state(BusinessEventCategory, "What part of the business it is about.")
    severity: Mapped[BusinessEventSeverity] = state(BusinessEventSeverity, "How grave it is.", "INFO")
    data: Mapped[dict[str, Any]] = default("'{}'", "The particulars.")
    ip_address: Mapped[IpAddress | None] = column("From which address it was done.")
    occurred_at: Mapped[datetime] = generated("uuid_extract_timestamp(id)", "When it happened; read from the id.")
    created_at: Mapped[datetime] = default("now()", "When the row was written.")


class AlertRule(Entity, Timestamps, Versioned, Audited):
    """A condition that makes an alert when it comes true."""

    __table_args__ = (
        check(
            "threshold_value",
            "is_given",
            "type <> 'THRESHOLD' OR num_nonnulls(definition_id, comparison, threshold_value) = 3",
            "must be given, as must metric and comparison",
        ),
        *at_least_zero("cooldown_minutes"),
    )
    natural_key = ("business_id", "name")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Whose rule it is.")
    domain_id: Mapped[UUID | None] = key_to("business.domains", "SET NULL", "For which area only.")
    definition_id: Mapped[UUID | None] = key_to("analytics.metric_definitions", "CASCADE", "Which metric it watches.")
    name: Mapped[str] = column("What the rule is called.", filled())
    description: Mapped[str | None] = column("Why it matters and what to do then.")
    type: Mapped[AlertType] = state(AlertType, "What kind of alert it makes.", "THRESHOLD")
    severity: Mapped[AlertSeverity] = state(AlertSeverity, "How urgent its alerts are.", "MEDIUM")
    comparison: Mapped[AlertRuleComparison | None] = state(AlertRuleComparison, "How the value must stand to it.")
    threshold_value: Mapped[Measure | None] = column("The value to compare with, in the metric's unit.")
    window_minutes: Mapped[int] = default("60", "Over how many minutes values are taken together.", positive)
    cooldown_minutes: Mapped[int] = default("60", "For how many minutes it is quiet after an alert.")
    channels: Mapped[list[str]] = default("'{email}'", "By which channels people are told, like email or chat.")
    recipients: Mapped[list[str]] = default("'{}'", "E-mail addresses of those who are told.")
    is_active: Mapped[bool] = default("true", "Whether it is evaluated.")
    last_evaluated_at: Mapped[datetime | None] = column("When it was last evaluated; kept by the worker.")
    last_triggered_at: Mapped[datetime | None] = column("When it last made an alert; kept by the worker.")


class Alert(Entity, Timestamps, Versioned):
    """A call for attention, with who took it up and how it ended."""

    __table_args__ = (
        in_order("triggered_at", "acknowledged_at"),
        in_order("triggered_at", "resolved_at"),
        check("acknowledged_at", "is_given", "status <> 'ACKNOWLEDGED' OR acknowledged_at IS NOT NULL", "must be given"),
        check("resolved_at", "fits", "(status = 'RESOLVED') = (resolved_at IS NOT NULL)", "must go with the status RESOLVED"),
    )
    indexes = (("business_id", "triggered_at"),)

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Which business it concerns.")
    domain_id: Mapped[UUID | None] = key_to("business.domains", "SET NULL", "Which area it concerns.")
    rule_id: Mapped[UUID | None] = key_to("business.alert_rules", "SET NULL", "The rule that made it.")
    metric_id: Mapped[UUID | None] = key_to("business.metrics", "SET NULL", "The measured value that made it.")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The agent that raised it.")
    type: Mapped[AlertType] = state(AlertType, "What made it.")
    severity: Mapped[AlertSeverity] = state(AlertSeverity, "How urgent it is.", index=True)
    title: Mapped[str] = column("What is wrong, in one line.", filled(255))
    message: Mapped[str | None] = column("What is wrong, in full.")
    threshold_value: Mapped[Measure | None] = column("The value it was compared with, in the metric's unit.")
    actual_value: Mapped[Measure | None] = column("The value that was found, in the metric's unit.")
    status: Mapped[AlertStatus] = state(AlertStatus, "What people did about it.", "NEW", index=True)
    notified_users: Mapped[list[str]] = default("'{}'", "E-mail addresses of those who were told.")
    triggered_at: Mapped[datetime] = default("now()", "When it was raised.", index=True)
    acknowledged_at: Mapped[datetime | None] = column("When somebody took it up.")
    acknowledged_by_id: Mapped[UUID | None] = key_to(
        "identity.users", "SET NULL", "Who took it up.", "alerts_acknowledged", "Alerts this person took up."
    )
    resolved_at: Mapped[datetime | None] = column("When it was settled.")
    resolved_by_id: Mapped[UUID | None] = key_to(
        "identity.users", "SET NULL", "Who settled it.", "alerts_resolved", "Alerts this person settled."
    )
    resolution: Mapped[str | None] = column("How it was settled.")


class DataQualityCheck(Entity):
    """One test of stored data, with how many rows failed it."""

    __table_args__ = (
        check("failed_count", "fits", "failed_count <= row_count", "must not be above the number of rows"),
        *at_least_zero("row_count", "failed_count", "duration_ms"),
    )
    indexes = (("business_id", "checked_at"), ("entity_type", "field"))

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Whose data.")
    domain_id: Mapped[UUID | None] = key_to("business.domains", "SET NULL", "Which area answers for the data.")
    alert_id: Mapped[UUID | None] = key_to("business.alerts", "SET NULL", "The alert it made.")
    name: Mapped[str] = column("What must hold, in one line.", filled())
    dimension: Mapped[DataQualityCheckDimension] = state(DataQualityCheckDimension, "Which virtue is checked.")
    entity_type: Mapped[str] = column("Rows of which entity, like Product.")
    field: Mapped[str | None] = column("Which field of them, if only one.")
    rule: Mapped[str | None] = column("The condition that every row must meet.")
    row_count: Mapped[BigInt] = default("0", "How many rows were looked at.")
    failed_count: Mapped[BigInt] = default("0", "How many of them failed.")
    minimum_rate: Mapped[Ratio] = default("100", "What per cent of the rows must pass.", percentage)
    pass_rate: Mapped[Ratio | None] = generated(
        "round(100 * (row_count - failed_count)::numeric / nullif(row_count, 0), 2)",
        "What per cent of the rows passed; null where there were none.",
    )
    status: Mapped[DataQualityCheckStatus] = state(DataQualityCheckStatus, "How it ended.", index=True)
    examples: Mapped[list[dict[str, Any]]] = default("'[]'", "Some of the rows that failed.")
    error: Mapped[str | None] = column("Why it could not be carried out.")
    duration_ms: Mapped[int | None] = column("How long it took, in milliseconds.")
    checked_at: Mapped[datetime] = default("now()", "When it was carried out.")

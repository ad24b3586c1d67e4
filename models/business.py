"""Businesses, the areas they are divided into, and what is measured there."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from models.base import (
    Entity,
    Measure,
    Timestamps,
    Versioned,
    at_least_zero,
    column,
    currency,
    default,
    generated,
    key_to,
    many,
    one,
    state,
)

if TYPE_CHECKING:
    from models.agents import Agent, Conversation
    from models.freelance import Job
    from models.identity import Membership


class BusinessType(StrEnum):
    """What a business does."""

    PARENT = "PARENT"
    RETAIL = "RETAIL"
    WHOLESALE = "WHOLESALE"
    MANUFACTURING = "MANUFACTURING"
    ECOMMERCE = "ECOMMERCE"
    OTHER = "OTHER"


class BusinessStatus(StrEnum):
    """Whether a business is at work."""

    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    MAINTENANCE = "MAINTENANCE"


class DomainStatus(StrEnum):
    """Whether a business area is at work."""

    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    PLANNED = "PLANNED"


class ComponentType(StrEnum):
    """What kind of part a component is."""

    SERVICE = "SERVICE"
    API = "API"
    CRON = "CRON"
    FUNCTION = "FUNCTION"
    LIBRARY = "LIBRARY"
    MODULE = "MODULE"
    OTHER = "OTHER"


class ComponentStatus(StrEnum):
    """Whether a component is in use."""

    ACTIVE = "ACTIVE"
    DEPRECATED = "DEPRECATED"
    BROKEN = "BROKEN"


class MetricType(StrEnum):
    """What a metric measures."""

    PERFORMANCE = "PERFORMANCE"
    BUSINESS = "BUSINESS"
    SYSTEM = "SYSTEM"
    CUSTOM = "CUSTOM"


class Business(Entity, Timestamps, Versioned):
    """A tenant: the parent company or one of its units."""

    __tablename__ = "businesses"
    __table_args__ = (
        UniqueConstraint("name"),
        UniqueConstraint("slug"),
        Index("ix_businesses_type", "type"),
        Index("ix_businesses_status", "status"),
        CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name="slug_form"),
        CheckConstraint("parent_id <> id", name="not_its_own_parent"),
        currency(),
    )
    natural_key = ("slug",)

    name: Mapped[str] = column("What the business is called.")
    slug: Mapped[str] = column("Its name in addresses.")
    type: Mapped[BusinessType] = state(BusinessType, "What the business does.")
    parent_id: Mapped[UUID | None] = key_to("business.businesses", "SET NULL", "The business above it.")
    description: Mapped[str | None] = column("What people should know of it.")
    primary_domain: Mapped[str | None] = column("Its main internet domain.")
    status: Mapped[BusinessStatus] = state(BusinessStatus, "Whether it is at work.", BusinessStatus.ACTIVE)
    currency: Mapped[str] = default("'USD'", "Currency it keeps its books in.")
    time_zone: Mapped[str] = default("'UTC'", "IANA time zone of its days.")
    settings: Mapped[dict[str, Any]] = default("'{}'", "Free settings.")

    parent: Mapped[Business | None] = one(
        "Business.parent_id", "children", "The business above it.", remote_side="Business.id"
    )
    children: Mapped[list[Business]] = many("Business.parent_id", "parent", "The businesses under it.")
    domains: Mapped[list[Domain]] = many("Domain.business_id", "business", "Its areas.")
    metrics: Mapped[list[Metric]] = many("Metric.business_id", "business", "What was measured in it.")
    memberships: Mapped[list[Membership]] = many("Membership.business_id", "business", "Who works in it.")
    jobs: Mapped[list[Job]] = many("Job.business_id", "business", "Jobs offered on its behalf.")
    agents: Mapped[list[Agent]] = many("Agent.business_id", "business", "Its AI agents.")
    conversations: Mapped[list[Conversation]] = many(
        "Conversation.business_id", "business", "Conversations held in its name."
    )


class Domain(Entity, Timestamps):
    """A business area: sales, stock, support; areas nest."""

    __tablename__ = "domains"
    __table_args__ = (
        UniqueConstraint("business_id", "slug"),
        Index("ix_domains_status", "status"),
        CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name="slug_form"),
        CheckConstraint("parent_id <> id", name="not_its_own_parent"),
        *at_least_zero("component_count"),
    )
    natural_key = ("business_id", "slug")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Of which business.", index=False)
    name: Mapped[str] = column("What the area is called.")
    slug: Mapped[str] = column("Its name in addresses, unique in the business.")
    description: Mapped[str | None] = column("What belongs to it.")
    parent_id: Mapped[UUID | None] = key_to("business.domains", "SET NULL", "The area above it.")
    status: Mapped[DomainStatus] = state(DomainStatus, "Whether it is at work.", DomainStatus.ACTIVE)
    component_count: Mapped[int] = default("0", "How many components it has; kept by trigger.")
    last_activity_at: Mapped[datetime | None] = column("When something last happened in it.")

    business: Mapped[Business] = one("Domain.business_id", "domains", "Of which business.")
    parent: Mapped[Domain | None] = one("Domain.parent_id", "children", "The area above it.", remote_side="Domain.id")
    children: Mapped[list[Domain]] = many("Domain.parent_id", "parent", "The areas under it.")
    components: Mapped[list[DomainComponent]] = many("DomainComponent.domain_id", "domain", "Its components.")
    metrics: Mapped[list[Metric]] = many("Metric.domain_id", "domain", "What was measured in it.")


class DomainComponent(Entity, Timestamps):
    """A technical part of a business area, with its health."""

    __tablename__ = "domain_components"
    __table_args__ = (
        Index("ix_domain_components_type", "type"),
        Index("ix_domain_components_status", "status"),
        CheckConstraint("health_score BETWEEN 0 AND 100", name="health_score_range"),
    )

    domain_id: Mapped[UUID] = key_to("business.domains", "CASCADE", "Of which area.")
    type: Mapped[ComponentType] = state(ComponentType, "What kind of part it is.")
    name: Mapped[str] = column("What the component is called.")
    file_path: Mapped[str | None] = column("Where its source is.")
    description: Mapped[str | None] = column("What it does.")
    status: Mapped[ComponentStatus] = state(ComponentStatus, "Whether it is in use.", ComponentStatus.ACTIVE)
    health_score: Mapped[int] = default("100", "From 0, broken, to 100, well.")
    last_checked_at: Mapped[datetime | None] = column("When its health was last checked.")

    domain: Mapped[Domain] = one("DomainComponent.domain_id", "components", "Of which area.")


class Metric(Entity):
    """A measured value of a business or one of its areas at a time."""

    __tablename__ = "metrics"
    __table_args__ = (
        Index("ix_metrics_business_id_id", "business_id", "id"),
        Index("ix_metrics_business_id_name_id", "business_id", "name", "id"),
        Index("ix_metrics_domain_id_id", "domain_id", "id"),
        Index("ix_metrics_name_id", "name", "id"),
    )
    time_column = "recorded_at"

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Of which business.", index=False)
    domain_id: Mapped[UUID | None] = key_to("business.domains", "SET NULL", "Of which area.", index=False)
    type: Mapped[MetricType] = state(MetricType, "What is measured.")
    name: Mapped[str] = column("What the metric is called.")
    value: Mapped[Measure | None] = column("The value; null where the measurement failed.")
    unit: Mapped[str | None] = column("The unit of the value.")
    metadata_: Mapped[dict[str, Any]] = default("'{}'", "What else was noted.", name="metadata")
    recorded_at: Mapped[datetime] = generated("uuid_extract_timestamp(id)", "When it was measured; read from the id.")
    created_at: Mapped[datetime] = default("now()", "When the row was written.")

    business: Mapped[Business] = one("Metric.business_id", "metrics", "Of which business.")
    domain: Mapped[Domain | None] = one("Metric.domain_id", "metrics", "Of which area.")

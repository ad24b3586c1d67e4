"""What visitors and customers do, and what is learnt from it: events, metrics, cohorts, funnels, tests, predictions."""

from __future__ import annotations

from datetime import date as Day
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped

from models.base import Audited, Entity, Timestamps, Versioned, View
from models.business import MetricType
from models.checks import at_least_zero, check, filled, in_order, percentage, positive
from models.columns import BigInt, Measure, Money, Ratio, column, default, generated, key_to, on_read, row_of, state

AnalyticsEventType = Literal[
    "PAGE_VIEW", "CLICK", "SEARCH", "PRODUCT_VIEW", "ADD_TO_CART", "CHECKOUT", "PURCHASE", "SIGN_UP", "SIGN_IN", "CUSTOM", "OTHER"
]
AnalyticsEventDevice = Literal["DESKTOP", "MOBILE", "TABLET", "OTHER"]
MetricDefinitionAggregation = Literal["SUM", "AVERAGE", "MEDIAN", "MINIMUM", "MAXIMUM", "COUNT", "LAST"]
MetricDefinitionGrain = Literal["MINUTE", "HOUR", "DAY", "WEEK", "MONTH"]
CohortType = Literal["ACQUISITION", "FIRST_PURCHASE", "BEHAVIOR", "CUSTOM"]
CohortGrain = Literal["DAY", "WEEK", "MONTH"]
PredictionType = Literal["CHURN", "LIFETIME_VALUE", "CONVERSION", "DEMAND", "REVENUE", "PRICE", "DELIVERY_TIME", "FRAUD", "OTHER"]
AbTestStatus = Literal["DRAFT", "RUNNING", "PAUSED", "COMPLETED", "CANCELLED"]


class AnalyticsEvent(Entity):
    """Something a visitor or customer did on a site."""

    __table_args__ = (check("entity_id", "is_complete", "num_nulls(entity_type, entity_id) <> 1", "must be given with its type"),)
    indexes = (("business_id", "name", "id"), ("session_id", "id"), ("entity_id", "id"))
    time_column = "occurred_at"

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "With which business.")
    site_id: Mapped[UUID | None] = key_to("business.sites", "SET NULL", "On which site.")
    custom_event_id: Mapped[UUID | None] = key_to(
        "analytics.custom_events", "SET NULL", "What the event means, if the business defined it.", "events"
    )
    ab_test_id: Mapped[UUID | None] = key_to("analytics.ab_tests", "SET NULL", "In which test.", "events")
    visitor_id: Mapped[UUID | None] = key_to("chat.visitors", "SET NULL", "Which visitor.")
    customer_id: Mapped[UUID | None] = key_to("customers.customers", "SET NULL", "Which customer.")
    user_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Which person, if signed in.")
    session_id: Mapped[str | None] = column("The browser's own name for the visit.")
    type: Mapped[AnalyticsEventType] = state(AnalyticsEventType, "What was done.")
    name: Mapped[str] = column("What the event is called, like page_view.", filled(100))
    entity_type: Mapped[str | None] = column("What kind of thing it was done to, like Product.")
    entity_id: Mapped[UUID | None] = column("Which of them.")
    properties: Mapped[dict[str, Any]] = default("'{}'", "The particulars.")
    value: Mapped[Money | None] = column("What it was worth, like the total of a purchase.")
    currency: Mapped[str] = default("'USD'", "Currency of the value.")
    variant: Mapped[str | None] = column("Which variant of the test was shown.")
    page_url: Mapped[str | None] = column("On which page.")
    referrer: Mapped[str | None] = column("The page that led there.")
    utm_source: Mapped[str | None] = column("Who sent the visitor, like a newsletter.")
    utm_medium: Mapped[str | None] = column("By what means, like email.")
    utm_campaign: Mapped[str | None] = column("For which campaign.")
    device: Mapped[AnalyticsEventDevice | None] = state(AnalyticsEventDevice, "With what device.")
    country: Mapped[str | None] = column("ISO 3166-1 alpha-2 code of the visitor's country.")
    occurred_at: Mapped[datetime] = generated("uuid_extract_timestamp(id)", "When it was done; read from the id.")
    created_at: Mapped[datetime] = default("now()", "When the row was written.")


class CustomEvent(Entity, Timestamps, Versioned, Audited):
    """A kind of event that a business defined for itself."""

    __table_args__ = (check("name", "form", "name ~ '^[a-z][a-z0-9]*(_[a-z0-9]+)*$'", "must be written like gift_wrapped"),)
    natural_key = ("business_id", "name")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Who defined it.")
    name: Mapped[str] = column("What events of the kind are called, unique in the business.")
    title: Mapped[str] = column("What people call it.", filled())
    description: Mapped[str | None] = column("When it happens, and why it is watched.")
    category: Mapped[str | None] = column("The group it is shown in, like checkout.")
    properties: Mapped[dict[str, Any]] = default("'{}'", "JSON schema of the particulars that come with it.")
    is_conversion: Mapped[bool] = default("false", "Whether it is what the business wants visitors to do.")
    is_active: Mapped[bool] = default("true", "Whether it is still collected.")

    event_count: Mapped[int] = on_read(
        "(SELECT count(*) FROM analytics.analytics_events AS e WHERE e.custom_event_id = {row}.id)",
        BigInteger(),
        "How often it happened; counted when read.",
    )


class MetricDefinition(Entity, Timestamps, Versioned, Audited):
    """What a metric of a business means: its unit, how it is computed, what is normal."""

    __table_args__ = (in_order("normal_low", "normal_high"),)
    natural_key = ("business_id", "name")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Whose metric it is.")
    domain_id: Mapped[UUID | None] = key_to("business.domains", "SET NULL", "Which area it measures.")
    owner_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Who answers for it.")
    name: Mapped[str] = column("What its values are called, unique in the business.", filled(100))
    title: Mapped[str] = column("What people call it.", filled())
    description: Mapped[str | None] = column("What it tells, and what it leaves out.")
    type: Mapped[MetricType] = state(MetricType, "What is measured.")
    unit: Mapped[str | None] = column("The unit of its values.")
    aggregation: Mapped[MetricDefinitionAggregation] = state(MetricDefinitionAggregation, "How several become one.", "SUM")
    grain: Mapped[MetricDefinitionGrain] = state(MetricDefinitionGrain, "How often it is taken.", "DAY")
    expression: Mapped[str | None] = column("How it is computed.")
    dimensions: Mapped[list[str]] = default("'{}'", "By what its values can be told apart, like store.")
    normal_low: Mapped[Measure | None] = column("Values below it are out of the ordinary.")
    normal_high: Mapped[Measure | None] = column("Values above it are out of the ordinary.")
    is_active: Mapped[bool] = default("true", "Whether it is still measured.")


class Cohort(Entity, Timestamps, Versioned, Audited):
    """Customers who began at the same time, and how many of them stayed."""

    __table_args__ = (in_order("starts_on", "ends_on"), *at_least_zero("member_count"))
    natural_key = ("business_id", "name")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Whose customers.")
    segment_id: Mapped[UUID | None] = key_to("customers.customer_segments", "SET NULL", "Only of which segment.")
    custom_event_id: Mapped[UUID | None] = key_to("analytics.custom_events", "SET NULL", "The event that admits.")
    name: Mapped[str] = column("What the cohort is called, unique in the business.", filled())
    description: Mapped[str | None] = column("Who belongs to it.")
    type: Mapped[CohortType] = state(CohortType, "What its members have in common.", "ACQUISITION")
    grain: Mapped[CohortGrain] = state(CohortGrain, "In what steps it is followed.", "MONTH")
    criteria: Mapped[dict[str, Any]] = default("'{}'", "What else a member must meet.")
    starts_on: Mapped[Day] = column("The first day on which members began.")
    ends_on: Mapped[Day] = column("The last day on which members began.")
    member_count: Mapped[int] = default("0", "How many members it has; kept by the worker.")
    retention: Mapped[list[dict[str, Any]]] = default("'[]'", "For each step: who was still there, what they spent.")
    computed_at: Mapped[datetime | None] = column("When it was last computed.")


class Funnel(Entity, Timestamps, Versioned, Audited):
    """The steps from a first visit to what a business wants, and how many take each."""

    __table_args__ = (
        check(
            "steps",
            "are_several",
            "CASE WHEN jsonb_typeof(steps) = 'array' THEN jsonb_array_length(steps) >= 2 ELSE false END",
            "must be a list of at least two",
        ),
        check("completed_count", "fits", "completed_count <= entered_count", "must not be above those who entered"),
        *at_least_zero("entered_count", "completed_count"),
    )
    natural_key = ("business_id", "name")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Whose funnel it is.")
    site_id: Mapped[UUID | None] = key_to("business.sites", "SET NULL", "Only on which site.")
    segment_id: Mapped[UUID | None] = key_to("customers.customer_segments", "SET NULL", "Only of which segment.")
    name: Mapped[str] = column("What the funnel is called, unique in the business.", filled())
    description: Mapped[str | None] = column("What it leads to.")
    steps: Mapped[list[dict[str, Any]]] = column("Its steps in order: the name of each, its event, how many took it.")
    window_minutes: Mapped[int] = default("1440", "Within how many minutes all steps must be taken.", positive)
    entered_count: Mapped[BigInt] = default("0", "How many took the first step; kept by the worker.")
    completed_count: Mapped[BigInt] = default("0", "How many took the last step; kept by the worker.")
    conversion_rate: Mapped[Ratio | None] = generated(
        "round(100 * completed_count::numeric / nullif(entered_count, 0), 2)", "What per cent went all the way; null before the first."
    )
    is_active: Mapped[bool] = default("true", "Whether it is still computed.")
    computed_at: Mapped[datetime | None] = column("When it was last computed.")


class Prediction(Entity, Timestamps):
    """What a model expects of a customer, a product or a business, and what came of it."""

    __table_args__ = (
        check("predicted_value", "is_given", "num_nonnulls(predicted_value, predicted_label) > 0", "or a label must be given"),
        in_order("predicted_at", "outcome_at"),
    )
    indexes = (("business_id", "predicted_at"), ("entity_type", "entity_id"))

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "For which business.")
    model_id: Mapped[UUID | None] = key_to("llm.ai_models", "SET NULL", "The model that made it.")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The agent that asked for it.")
    type: Mapped[PredictionType] = state(PredictionType, "What is predicted.", index=True)
    entity_type: Mapped[str] = column("What kind of thing it is about, like Customer.")
    entity_id: Mapped[UUID | None] = column("Which of them; null for all together.")
    predicted_value: Mapped[Measure | None] = column("The number expected.")
    predicted_label: Mapped[str | None] = column("The outcome expected, where it is no number.")
    unit: Mapped[str | None] = column("The unit of the number.")
    confidence: Mapped[Ratio | None] = column("How sure the model is, in per cent.", percentage)
    features: Mapped[dict[str, Any]] = default("'{}'", "What the model was given.")
    explanation: Mapped[str | None] = column("What weighed most.")
    target_on: Mapped[Day | None] = column("The day it is for.")
    actual_value: Mapped[Measure | None] = column("What the number was in the end.")
    actual_label: Mapped[str | None] = column("What the outcome was in the end.")
    outcome_at: Mapped[datetime | None] = column("When that was known.")
    predicted_at: Mapped[datetime] = default("now()", "When it was made.")


class AbTest(Entity, Timestamps, Versioned, Audited):
    """A comparison of variants of a page, price or message with real visitors."""

    __table_args__ = (
        check(
            "variants",
            "are_several",
            "CASE WHEN jsonb_typeof(variants) = 'array' THEN jsonb_array_length(variants) >= 2 ELSE false END",
            "must be a list of at least two",
        ),
        check("winner", "is_a_variant", "jsonb_exists(jsonb_path_query_array(variants, '$[*].key'), winner)", "must be a variant's key"),
        check("winner", "has_ended", "winner IS NULL OR status = 'COMPLETED'", "must not be named before the end"),
        check("started_at", "is_given", "status IN ('DRAFT', 'CANCELLED') OR started_at IS NOT NULL", "must be given once it runs"),
        check("ended_at", "is_given", "status <> 'COMPLETED' OR ended_at IS NOT NULL", "must be given at the end"),
        in_order("started_at", "ended_at"),
    )
    natural_key = ("business_id", "slug")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Whose test it is.")
    site_id: Mapped[UUID | None] = key_to("business.sites", "SET NULL", "On which site.")
    goal_event_id: Mapped[UUID | None] = key_to("analytics.custom_events", "SET NULL", "The event it wants more of.")
    goal_metric_id: Mapped[UUID | None] = key_to("analytics.metric_definitions", "SET NULL", "The metric to better.")
    name: Mapped[str] = column("What the test is called.", filled())
    slug: Mapped[str] = column("Its name in code, unique in the business.")
    hypothesis: Mapped[str | None] = column("What is expected, and why.")
    status: Mapped[AbTestStatus] = state(AbTestStatus, "Where it stands.", "DRAFT", index=True)
    variants: Mapped[list[dict[str, Any]]] = column("What is compared: the key, name, weight and results of each.")
    winner: Mapped[str | None] = column("The key of the variant that won.")
    traffic_share: Mapped[Ratio] = default("100", "What per cent of the visitors take part.", percentage)
    minimum_sample_size: Mapped[int | None] = column("How many visitors a variant must have before anything is said.", positive)
    confidence: Mapped[Ratio | None] = column("How sure it is that the winner is better, in per cent.", percentage)
    started_at: Mapped[datetime | None] = column("When it began.")
    ended_at: Mapped[datetime | None] = column("When it ended.")


class MetricDay(View):
    """The values of a metric of a business on a day (UTC), rolled up; as of the last refresh."""

    natural_key = ("business_id", "name", "date")
    materialized = True
    query = """
        SELECT business_id,
               name,
               (uuid_extract_timestamp(id) AT TIME ZONE 'UTC')::date AS date,
               count(value) AS value_count,
               sum(value) AS total,
               round(avg(value), 4)::numeric(20,4) AS average,
               min(value)::numeric(20,4) AS minimum,
               max(value)::numeric(20,4) AS maximum
          FROM business.metrics
         GROUP BY 1, 2, 3"""

    business_id: Mapped[UUID] = row_of("business.businesses", "Of which business.")
    name: Mapped[str] = column("What the metric is called.", primary_key=True)
    date: Mapped[Day] = column("On which day.", primary_key=True)
    value_count: Mapped[BigInt] = column("How many values were measured.")
    total: Mapped[Measure | None] = column("Their sum; null if every measurement failed.")
    average: Mapped[Measure | None] = column("Their mean.")
    minimum: Mapped[Measure | None] = column("The lowest of them.")
    maximum: Mapped[Measure | None] = column("The highest of them.")


class AnalyticsEventDay(View):
    """How often an event happened with a business on a day (UTC); as of the last refresh."""

    natural_key = ("business_id", "name", "date")
    materialized = True
    query = """
        SELECT business_id,
               name,
               (uuid_extract_timestamp(id) AT TIME ZONE 'UTC')::date AS date,
               count(*) AS event_count,
               count(DISTINCT session_id) AS session_count,
               count(DISTINCT visitor_id) AS visitor_count,
               count(DISTINCT customer_id) AS customer_count
          FROM analytics.analytics_events
         GROUP BY 1, 2, 3"""

    business_id: Mapped[UUID] = row_of("business.businesses", "With which business.")
    name: Mapped[str] = column("What the event is called.", primary_key=True)
    date: Mapped[Day] = column("On which day.", primary_key=True)
    event_count: Mapped[BigInt] = column("How often it happened.")
    session_count: Mapped[BigInt] = column("In how many visits.")
    visitor_count: Mapped[BigInt] = column("To how many visitors.")
    customer_count: Mapped[BigInt] = column("To how many known customers.")


class OrderDay(View):
    """The orders of a business on a day (UTC) in a currency, rolled up; as of the last refresh."""

    natural_key = ("business_id", "currency", "date")
    materialized = True
    query = """
        SELECT business_id,
               currency,
               (placed_at AT TIME ZONE 'UTC')::date AS date,
               count(*) AS order_count,
               count(*) FILTER (WHERE status = 'CANCELLED') AS cancelled_count,
               count(DISTINCT customer_id) AS customer_count,
               coalesce(sum(total_amount) FILTER (WHERE status <> 'CANCELLED'), 0)::numeric(20,2) AS total,
               round(avg(total_amount) FILTER (WHERE status <> 'CANCELLED'), 2)::numeric(20,2) AS average
          FROM sales.orders
         GROUP BY 1, 2, 3"""

    business_id: Mapped[UUID] = row_of("business.businesses", "Of which business.")
    currency: Mapped[str] = column("In which currency.", primary_key=True)
    date: Mapped[Day] = column("On which day.", primary_key=True)
    order_count: Mapped[BigInt] = column("How many were placed.")
    cancelled_count: Mapped[BigInt] = column("How many of them were cancelled.")
    customer_count: Mapped[BigInt] = column("By how many known customers.")
    total: Mapped[Money] = column("What they come to, without those that were cancelled.")
    average: Mapped[Money | None] = column("What one comes to; null if all were cancelled.")

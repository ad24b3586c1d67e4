"""Guards against fraud, and figures that are not as expected."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped

from models.base import Audited, Entity, Timestamps, Versioned
from models.checks import check, filled, in_order, percentage, within
from models.columns import Measure, Ratio, column, default, generated, key_to, on_read, state

FraudRuleType = Literal["AMOUNT", "VELOCITY", "ADDRESS", "LOCATION", "PAYMENT", "IDENTITY", "BLOCKLIST", "BEHAVIOR", "OTHER"]
FraudRuleAction = Literal["SCORE", "REVIEW", "BLOCK", "ALLOW"]
FraudCheckStatus = Literal["PASSED", "IN_REVIEW", "CLEARED", "BLOCKED", "ERROR"]
AnomalyDetectionType = Literal["SPIKE", "DROP", "OUTLIER", "TREND", "PATTERN", "MISSING"]
AnomalyDetectionSeverity = Literal["CRITICAL", "HIGH", "MEDIUM", "LOW"]
AnomalyDetectionStatus = Literal["OPEN", "INVESTIGATING", "CONFIRMED", "FALSE_ALARM", "RESOLVED"]


class FraudRule(Entity, Timestamps, Versioned, Audited):
    """A condition under which an order is suspicious, and what then happens."""

    indexes = (("business_id", "is_active", "priority"),)
    natural_key = ("business_id", "name")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Whose orders it guards.")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The AI agent that applies it.")
    name: Mapped[str] = column("What the rule is called, unique in the business.", filled())
    description: Mapped[str | None] = column("What it finds, and why that is suspicious.")
    type: Mapped[FraudRuleType] = state(FraudRuleType, "What it looks at.")
    conditions: Mapped[dict[str, Any]] = column("When it matches: each measure with its bounds.")
    action: Mapped[FraudRuleAction] = state(FraudRuleAction, "What it does when it matches.", "SCORE")
    score: Mapped[int] = default("0", "What it adds to an order's risk, from -100 to 100.", within(-100, 100))
    priority: Mapped[int] = default("0", "The highest is asked first.")
    is_active: Mapped[bool] = default("true", "Whether it is applied.")

    match_count: Mapped[int] = on_read(
        "(SELECT count(*) FROM sales.fraud_checks AS f WHERE f.rule_id = {row}.id)",
        BigInteger(),
        "How many checks it decided; counted when read.",
    )


class FraudCheck(Entity, Timestamps):
    """One look at an order for signs of fraud."""

    __table_args__ = (
        check("reviewed_at", "is_given", "status <> 'CLEARED' OR reviewed_at IS NOT NULL", "must be given once cleared"),
        check("error", "fits", "(status = 'ERROR') = (error IS NOT NULL)", "must go with the status ERROR"),
        in_order("checked_at", "reviewed_at"),
    )
    indexes = (("order_id", "checked_at"), ("status", "checked_at"))

    order_id: Mapped[UUID] = key_to("sales.orders", "CASCADE", "Which order.")
    payment_id: Mapped[UUID | None] = key_to("finance.payments", "SET NULL", "The payment that was looked at with it.")
    rule_id: Mapped[UUID | None] = key_to("sales.fraud_rules", "SET NULL", "The rule that decided.", "checks")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The AI agent that looked.")
    reviewed_by_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Who looked again.", "fraud_checks_reviewed")
    risk_score: Mapped[Ratio] = default("0", "How likely it is fraud, in per cent.", percentage)
    status: Mapped[FraudCheckStatus] = state(FraudCheckStatus, "How it ended.")
    reasons: Mapped[list[str]] = default("'{}'", "The names of the rules that matched, the weightiest first.")
    signals: Mapped[dict[str, Any]] = default("'{}'", "What was seen: each measure with its value.")
    provider: Mapped[str] = default("'agora'", "Which service scored it.")
    error: Mapped[str | None] = column("Why it could not be carried out.")
    note: Mapped[str | None] = column("What the person found who looked again.")
    checked_at: Mapped[datetime] = default("now()", "When it was carried out.")
    reviewed_at: Mapped[datetime | None] = column("When a person looked again.")


class AnomalyDetection(Entity, Timestamps):
    """A figure or a behaviour that is not as expected, with what people found out about it."""

    __table_args__ = (
        check(
            "resolved_at",
            "fits",
            "(status IN ('FALSE_ALARM', 'RESOLVED')) = (resolved_at IS NOT NULL)",
            "must be given once it is settled, and only then",
        ),
        check("period_ends_at", "fits", "period_starts_at <= period_ends_at", "must not be before its beginning"),
        in_order("detected_at", "resolved_at"),
    )
    indexes = (("business_id", "detected_at"), ("status", "severity"))

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "In which business.")
    definition_id: Mapped[UUID | None] = key_to("analytics.metric_definitions", "SET NULL", "Which metric is odd.")
    order_id: Mapped[UUID | None] = key_to("sales.orders", "SET NULL", "Which order is odd.")
    customer_id: Mapped[UUID | None] = key_to("customers.customers", "SET NULL", "Which customer behaves oddly.")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The AI agent that noticed it.")
    alert_id: Mapped[UUID | None] = key_to("business.alerts", "SET NULL", "The alert it made.")
    resolved_by_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Who settled it.", "anomaly_detections_resolved")
    name: Mapped[str] = column("What is odd, in one line.", filled())
    type: Mapped[AnomalyDetectionType] = state(AnomalyDetectionType, "How it is not as expected.")
    severity: Mapped[AnomalyDetectionSeverity] = state(AnomalyDetectionSeverity, "How much it matters.")
    expected_value: Mapped[Measure | None] = column("What was expected, in the metric's unit.")
    actual_value: Mapped[Measure | None] = column("What was found, in the metric's unit.")
    deviation_percentage: Mapped[Measure | None] = generated(
        "round(100 * (actual_value - expected_value) / nullif(abs(expected_value), 0), 2)",
        "By how many per cent it is above what was expected; below zero it is less.",
    )
    confidence: Mapped[Ratio] = column("How sure it is that this is no chance, in per cent.", percentage)
    explanation: Mapped[str | None] = column("What may be behind it.")
    status: Mapped[AnomalyDetectionStatus] = state(AnomalyDetectionStatus, "What people found out about it.", "OPEN")
    period_starts_at: Mapped[datetime | None] = column("From when it shows.")
    period_ends_at: Mapped[datetime | None] = column("Until when it shows.")
    detected_at: Mapped[datetime] = default("now()", "When it was noticed.")
    resolved_at: Mapped[datetime | None] = column("When it was settled.")
    resolution: Mapped[str | None] = column("What it was, or how it was settled.")

"""What is in reports: tables that SQL makes of a business's rows, by the kind of the report.

Days are those of the business. What stands for the moment, like stock, says so in its title.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.reporting.periods import Period
from models.reporting import ReportType

MOST_ROWS = 1000
"""Rows of a table; one that would have more says that it was cut."""

_PLACED = "o.business_id = :business AND o.placed_at >= :starts AND o.placed_at < :ends"


@dataclass(frozen=True, slots=True)
class Table:
    """A table of reports: its title, and the SQL that makes it."""

    title: str
    query: str


TABLES: Mapping[str, Table] = {
    "orders": Table(
        "Orders",
        f"""
        SELECT o.currency, count(*) AS orders, count(*) FILTER (WHERE o.status = 'CANCELLED') AS cancelled,
               count(DISTINCT o.customer_id) AS customers,
               coalesce(sum(o.total_amount) FILTER (WHERE o.status <> 'CANCELLED'), 0) AS total,
               round(avg(o.total_amount) FILTER (WHERE o.status <> 'CANCELLED'), 2) AS average
          FROM sales.orders AS o WHERE {_PLACED} GROUP BY 1 ORDER BY 1""",
    ),
    "orders_by_day": Table(
        "Orders by day",
        f"""
        SELECT (o.placed_at AT TIME ZONE :zone)::date AS day, o.currency, count(*) AS orders,
               count(*) FILTER (WHERE o.status = 'CANCELLED') AS cancelled,
               coalesce(sum(o.total_amount) FILTER (WHERE o.status <> 'CANCELLED'), 0) AS total
          FROM sales.orders AS o WHERE {_PLACED} GROUP BY 1, 2 ORDER BY 1, 2""",
    ),
    "orders_by_channel": Table(
        "Orders by channel",
        f"""
        SELECT o.channel, o.currency, count(*) AS orders, sum(o.total_amount) AS total
          FROM sales.orders AS o WHERE {_PLACED} AND o.status <> 'CANCELLED' GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2""",
    ),
    "products": Table(
        "Products sold",
        f"""
        SELECT i.product_name AS product, o.currency, sum(i.quantity) AS pieces, sum(i.total_amount) AS total
          FROM sales.orders AS o JOIN sales.order_items AS i ON i.order_id = o.id
         WHERE {_PLACED} AND o.status <> 'CANCELLED' GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2""",
    ),
    "payments": Table(
        "Payments that came",
        """
        SELECT currency, method, count(*) AS payments, sum(amount) AS amount, sum(fee) AS fees,
               sum(refunded_amount) AS refunded, sum(net_amount) AS net
          FROM finance.payments
         WHERE business_id = :business AND paid_at >= :starts AND paid_at < :ends GROUP BY 1, 2 ORDER BY 1, 2""",
    ),
    "refunds": Table(
        "Refunds",
        """
        SELECT r.currency, r.reason, count(*) AS refunds, sum(r.amount) AS amount
          FROM finance.refunds AS r JOIN finance.payments AS p ON p.id = r.payment_id
         WHERE p.business_id = :business AND r.status = 'SUCCEEDED' AND r.processed_at >= :starts
           AND r.processed_at < :ends GROUP BY 1, 2 ORDER BY 1, 2""",
    ),
    "books": Table(
        "Booked",
        """
        SELECT type, category, currency, count(*) AS transactions, sum(signed_amount) AS amount
          FROM finance.transactions
         WHERE business_id = :business AND booked_on BETWEEN :first AND :last GROUP BY 1, 2, 3 ORDER BY 1, 2, 3""",
    ),
    "budgets": Table(
        "Budgets of the months",
        """
        SELECT name, category, fiscal_year AS year, fiscal_month AS month, currency, allocated_amount AS allocated,
               spent_amount AS spent, remaining_amount AS remaining
          FROM finance.budgets
         WHERE business_id = :business AND fiscal_year * 12 + fiscal_month
               BETWEEN extract(year FROM CAST(:first AS date)) * 12 + extract(month FROM CAST(:first AS date))
                   AND extract(year FROM CAST(:last AS date)) * 12 + extract(month FROM CAST(:last AS date))
         ORDER BY 3, 4, 2, 1""",
    ),
    "stock": Table(
        "Stock at the moment",
        """
        SELECT w.name AS warehouse, count(*) AS variants, sum(l.on_hand) AS on_hand, sum(l.reserved) AS reserved,
               sum(l.incoming) AS incoming, count(*) FILTER (WHERE l.available <= l.reorder_point) AS to_reorder
          FROM fulfillment.warehouses AS w JOIN fulfillment.inventory_levels AS l ON l.warehouse_id = w.id
         WHERE w.business_id = :business GROUP BY w.id ORDER BY 1""",
    ),
    "to_reorder": Table(
        "To be ordered anew at the moment",
        """
        SELECT w.name AS warehouse, v.sku, p.name AS product, v.name AS variant, l.available, l.reorder_point,
               l.reorder_quantity, l.incoming
          FROM fulfillment.warehouses AS w JOIN fulfillment.inventory_levels AS l ON l.warehouse_id = w.id
          JOIN catalog.product_variants AS v ON v.id = l.variant_id JOIN catalog.products AS p ON p.id = v.product_id
         WHERE w.business_id = :business AND l.available <= l.reorder_point ORDER BY 1, 2""",
    ),
    "movements": Table(
        "What came and went",
        """
        SELECT w.name AS warehouse, m.type, count(*) AS movements, sum(m.quantity) AS pieces
          FROM fulfillment.warehouses AS w JOIN fulfillment.inventory_levels AS l ON l.warehouse_id = w.id
          JOIN fulfillment.stock_movements AS m ON m.inventory_level_id = l.id
         WHERE w.business_id = :business AND m.occurred_at >= :starts AND m.occurred_at < :ends
         GROUP BY w.id, 2 ORDER BY 1, 2""",
    ),
    "campaigns": Table(
        "Campaigns of these days, with their counts so far",
        """
        SELECT name, type, status, starts_on, ends_on, sent_count AS sent, opened_count AS opened,
               clicked_count AS clicked, converted_count AS converted, spent_amount AS spent, currency
          FROM marketing.campaigns
         WHERE business_id = :business AND deleted_at IS NULL AND starts_on <= :last
           AND (ends_on IS NULL OR ends_on >= :first) AND status NOT IN ('DRAFT', 'CANCELLED') ORDER BY 4, 1""",
    ),
    "ads": Table(
        "Advertising",
        """
        SELECT c.platform, c.name AS campaign, s.currency, sum(s.impression_count) AS impressions,
               sum(s.click_count) AS clicks, sum(s.conversion_count) AS conversions, sum(s.spend) AS spend,
               sum(s.revenue) AS revenue
          FROM advertising.ad_campaigns AS c JOIN advertising.ad_daily_stats AS s ON s.campaign_id = c.id
         WHERE c.business_id = :business AND s.day BETWEEN :first AND :last GROUP BY 1, 2, 3 ORDER BY 1, 2, 3""",
    ),
    "visits": Table(
        "What visitors did, by days of UTC as they were last rolled up",
        """
        SELECT name AS event, sum(event_count) AS times FROM analytics.analytics_event_days
         WHERE business_id = :business AND date BETWEEN :first AND :last GROUP BY 1 ORDER BY 2 DESC, 1""",
    ),
    "metrics": Table(
        "Measured",
        """
        SELECT name AS metric, unit, count(value) AS values, round(avg(value), 4) AS average, min(value) AS minimum,
               max(value) AS maximum
          FROM business.metrics
         WHERE business_id = :business AND id >= public.uuid7_floor(:starts) AND id < public.uuid7_floor(:ends)
         GROUP BY 1, 2 ORDER BY 1, 2""",
    ),
    "kpis": Table(
        "Performance figures",
        """
        SELECT k.name AS figure, k.category, k.unit, m.value, k.target_value AS target, m.measured_at
          FROM reporting.kpis AS k
          LEFT JOIN LATERAL (
            SELECT value, measured_at FROM reporting.kpi_measurements
             WHERE kpi_id = k.id AND measured_at >= :starts AND measured_at < :ends
             ORDER BY measured_at DESC, id DESC LIMIT 1) AS m ON true
         WHERE k.business_id = :business AND k.is_active ORDER BY 2, 1""",
    ),
}

BY_TYPE: Mapping[ReportType, Sequence[str]] = {
    "SALES": ("orders", "orders_by_day", "orders_by_channel", "products"),
    "FINANCE": ("payments", "refunds", "books", "budgets"),
    "INVENTORY": ("stock", "to_reorder", "movements"),
    "MARKETING": ("campaigns", "ads", "visits"),
    "PERFORMANCE": ("kpis", "metrics"),
    "CUSTOM": tuple(TABLES),
}
"""The tables of each kind of report, of which its `template.sections` may choose."""


def chosen(type_: ReportType, template: Mapping[str, Any]) -> Sequence[str]:
    """The tables of a report: those of its kind that its template names, or all of them if it names none."""
    sections = template.get("sections")
    named = [name for name in sections if name in BY_TYPE[type_]] if isinstance(sections, list) else []
    return named or BY_TYPE[type_]


async def figures(
    session: AsyncSession, business_id: UUID, names: Sequence[str], period: Period
) -> list[dict[str, Any]]:
    """The tables called `names`: title, columns and rows, in JSON's types."""
    values = {
        "business": business_id,
        "starts": period.starts_at,
        "ends": period.ends_at,
        "first": period.first,
        "last": period.last,
        "zone": period.zone.key,
    }
    return [await _made(session, name, values) for name in names]


async def _made(session: AsyncSession, name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    table = TABLES[name]
    query = text(f"{table.query} LIMIT {MOST_ROWS + 1}")
    found = await session.execute(query, {key: value for key, value in values.items() if f":{key}" in table.query})
    rows = [[_json(value) for value in row] for row in found]
    cut = len(rows) > MOST_ROWS
    made = {"name": name, "title": table.title, "columns": list(found.keys()), "rows": rows[:MOST_ROWS]}
    return {**made, "isCut": True} if cut else made


def _json(value: Any) -> Any:
    """Amounts are text, so that no digit is lost on the way."""
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date | datetime) else value

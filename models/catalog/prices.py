"""What moves prices: rules, promotions and taxes, and the history of every change."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import BigInteger, UniqueConstraint
from sqlalchemy.orm import Mapped

from models.base import Audited, Entity, Timestamps, Versioned
from models.catalog.products import TaxRateCategory
from models.checks import at_least_zero, check, filled, in_order, percentage, positive
from models.columns import BigInt, Measure, Money, Ratio, column, default, generated, key_to, on_read, state

PricingRuleType = Literal["COST", "COMPETITOR", "DEMAND", "STOCK", "TIME", "VOLUME"]
PricingRuleAdjustmentType = Literal["PERCENT", "AMOUNT", "FIXED_PRICE"]
PriceChangeKind = Literal["PRICE", "SALE_PRICE", "COST"]
PriceChangeReason = Literal["MANUAL", "RULE", "PROMOTION", "COST", "COMPETITOR"]
PromotionType = Literal["PERCENTAGE", "FIXED_AMOUNT", "FREE_SHIPPING", "BUY_X_GET_Y"]
PromotionStatus = Literal["DRAFT", "SCHEDULED", "ACTIVE", "PAUSED", "ENDED"]


class PricingRule(Entity, Timestamps, Versioned, Audited):
    """A rule by which prices are changed without anybody's doing: for a product, a category or all."""

    __table_args__ = (
        check("product_id", "or_category", "num_nonnulls(product_id, category_id) < 2", "must not stand beside a category"),
        check("adjustment", "fits", "adjustment_type <> 'FIXED_PRICE' OR adjustment >= 0", "must not be negative"),
        in_order("minimum_price", "maximum_price"),
        in_order("starts_at", "ends_at"),
        *at_least_zero("minimum_price", "maximum_price"),
    )
    indexes = (("business_id", "is_active", "priority"),)
    natural_key = ("business_id", "name")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Whose prices it changes.")
    category_id: Mapped[UUID | None] = key_to("catalog.categories", "CASCADE", "The one category it is for.")
    product_id: Mapped[UUID | None] = key_to("catalog.products", "CASCADE", "The one product it is for.")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The AI agent that applies it.")
    name: Mapped[str] = column("What the rule is called, unique in the business.", filled())
    description: Mapped[str | None] = column("What it does and what for.")
    type: Mapped[PricingRuleType] = state(PricingRuleType, "What it looks at.")
    conditions: Mapped[dict[str, Any]] = default("'{}'", "When it applies: each measure with its bounds.")
    adjustment_type: Mapped[PricingRuleAdjustmentType] = state(PricingRuleAdjustmentType, "How it changes the price.", "PERCENT")
    adjustment: Mapped[Measure] = column("By how much: per cent, an amount, or the new price; below zero it is less.")
    minimum_price: Mapped[Money | None] = column("The price it never goes below.")
    maximum_price: Mapped[Money | None] = column("The price it never goes above.")
    minimum_margin: Mapped[Ratio | None] = column("What per cent of the price must stay above the cost.", percentage)
    currency: Mapped[str] = default("'USD'", "Currency of its amounts.")
    priority: Mapped[int] = default("0", "Where several apply, the highest wins.")
    is_active: Mapped[bool] = default("true", "Whether it is applied.")
    starts_at: Mapped[datetime | None] = column("From when it is applied; null means at once.")
    ends_at: Mapped[datetime | None] = column("Until when it is applied; null means until further notice.")
    last_applied_at: Mapped[datetime | None] = column("When it last changed a price; kept by the worker.")


class Promotion(Entity, Timestamps, Versioned, Audited):
    """A price cut or present for a time, with or without a code."""

    __table_args__ = (
        UniqueConstraint("business_id", "code"),
        check("code", "form", "code ~ '^[A-Z0-9-]{3,40}$'", "must be 3 to 40 capitals, digits and hyphens"),
        check("value", "fits", "type <> 'PERCENTAGE' OR value BETWEEN 0 AND 100", "must be a percentage from 0 to 100"),
        check(
            "buy_quantity",
            "of_type",
            "(type = 'BUY_X_GET_Y') = (num_nonnulls(buy_quantity, free_quantity) = 2)",
            "must come with a free quantity, where one buys some and gets some",
        ),
        in_order("starts_at", "ends_at"),
        *at_least_zero("value", "minimum_amount", "maximum_discount"),
    )
    indexes = (("status", "starts_at"),)
    natural_key = ("business_id", "slug")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Who gives it.")
    campaign_id: Mapped[UUID | None] = key_to("marketing.campaigns", "SET NULL", "The campaign it is part of.")
    category_id: Mapped[UUID | None] = key_to("catalog.categories", "CASCADE", "The one category it is for.")
    product_id: Mapped[UUID | None] = key_to("catalog.products", "CASCADE", "The one product it is for.")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The AI agent that runs it.")
    name: Mapped[str] = column("What customers know it as.", filled())
    slug: Mapped[str] = column("Its name in addresses, unique in the business.")
    description: Mapped[str | None] = column("What customers read about it.")
    code: Mapped[str | None] = column("What customers type to get it, unique in the business; null means no need to.")
    type: Mapped[PromotionType] = state(PromotionType, "What it gives.")
    value: Mapped[Money] = default("0", "Per cent or amount taken off; zero for the other types.")
    buy_quantity: Mapped[int | None] = column("How many one must buy to get some free.", positive)
    free_quantity: Mapped[int | None] = column("How many of them are free.", positive)
    minimum_amount: Mapped[Money | None] = column("What an order must come to.")
    maximum_discount: Mapped[Money | None] = column("The most it takes off an order.")
    currency: Mapped[str] = default("'USD'", "Currency of its amounts.")
    usage_limit: Mapped[int | None] = column("How often it can be used in all.", positive)
    customer_limit: Mapped[int | None] = column("How often one customer can use it.", positive)
    is_stackable: Mapped[bool] = default("false", "Whether it adds to other promotions.")
    status: Mapped[PromotionStatus] = state(PromotionStatus, "Whether it holds.", "DRAFT")
    starts_at: Mapped[datetime] = column("From when it holds.")
    ends_at: Mapped[datetime | None] = column("Until when it holds; null means until further notice.")

    usage_count: Mapped[BigInt] = on_read(
        "(SELECT count(*) FROM sales.orders AS o WHERE o.promotion_id = {row}.id)",
        BigInteger(),
        "How many orders used it; counted when read.",
    )


class PriceChange(Entity):
    """One step in the history of a product's price, or of one of its variants."""

    __table_args__ = (
        check("new_price", "is_another", "new_price IS DISTINCT FROM old_price", "must differ from the old price"),
        *at_least_zero("old_price", "new_price"),
    )
    indexes = (("product_id", "changed_at"), ("variant_id", "changed_at"), "changed_at")

    product_id: Mapped[UUID] = key_to("catalog.products", "CASCADE", "Of which product.")
    variant_id: Mapped[UUID | None] = key_to("catalog.product_variants", "CASCADE", "Of which variant; null means of the product itself.")
    rule_id: Mapped[UUID | None] = key_to("catalog.pricing_rules", "SET NULL", "The rule that made it.")
    promotion_id: Mapped[UUID | None] = key_to("catalog.promotions", "SET NULL", "The promotion that made it.")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The AI agent that made it.")
    user_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "The person who made it.")
    kind: Mapped[PriceChangeKind] = state(PriceChangeKind, "Which of the amounts changed.", "PRICE")
    old_price: Mapped[Money | None] = column("What it was before; null if there was none.")
    new_price: Mapped[Money | None] = column("What it has been since; null if there is none any more.")
    currency: Mapped[str] = default("'USD'", "Currency of both.")
    change_percent: Mapped[Measure | None] = generated(
        "round(100 * (new_price - old_price) / nullif(old_price, 0), 2)", "By how many per cent it rose; below zero it fell."
    )
    reason: Mapped[PriceChangeReason] = state(PriceChangeReason, "Why it changed.", "MANUAL")
    note: Mapped[str | None] = column("Why it changed, in words.")
    changed_at: Mapped[datetime] = default("now()", "When it changed.")


class TaxRate(Entity, Timestamps, Versioned, Audited):
    """What per cent of a price is tax in a country or region, for a kind of goods and a time."""

    __table_args__ = (in_order("starts_on", "ends_on"),)
    natural_key = ("business_id", "country", "region", "category", "starts_on")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Who charges it.")
    name: Mapped[str] = column("What invoices call it, like VAT or GST.", filled())
    country: Mapped[str] = column("ISO 3166-1 alpha-2 code of the country it goes to.")
    region: Mapped[str | None] = column("The state or province; null means the whole country.", filled(100))
    category: Mapped[TaxRateCategory] = state(TaxRateCategory, "For what kind of goods.", "STANDARD")
    rate: Mapped[Measure] = column("Per cent of the price before tax.", percentage)
    is_included: Mapped[bool] = default("false", "Whether the prices that customers see contain it.")
    is_on_shipping: Mapped[bool] = default("false", "Whether it is charged on shipping too.")
    is_compound: Mapped[bool] = default("false", "Whether it is charged on top of the country's other taxes.")
    registration_number: Mapped[str | None] = column("The business's tax number there, as invoices show it.")
    starts_on: Mapped[date] = column("The first day on which it holds.")
    ends_on: Mapped[date | None] = column("The last day on which it holds; null means until further notice.")

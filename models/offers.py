"""Offers: what customers get when they buy certain things, where they see it, and what came of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from models.base import Audited, Entity, Timestamps, Versioned
from models.checks import at_least_zero, check, filled, in_order, positive
from models.columns import Measure, Money, column, default, generated, key_to, state
from models.ddl import Tally

OfferType = Literal["PERCENTAGE", "FIXED_AMOUNT", "BUNDLE_PRICE", "BUY_X_GET_Y", "FREE_SHIPPING", "GIFT"]
OfferStatus = Literal["DRAFT", "SCHEDULED", "ACTIVE", "PAUSED", "ENDED", "CANCELLED"]
OfferProductRole = Literal["QUALIFYING", "REWARD", "EXCLUDED"]
OfferMarketplaceStatus = Literal["PENDING", "LIVE", "REJECTED", "ENDED"]
OfferRedemptionStatus = Literal["APPLIED", "REVERSED"]


class Offer(Entity, Timestamps, Versioned, Audited):
    """What customers get when they buy certain products, in the shop or on marketplaces."""

    __table_args__ = (
        UniqueConstraint("business_id", "code"),
        check("code", "form", "code ~ '^[A-Z0-9-]{3,40}$'", "must be 3 to 40 capitals, digits and hyphens"),
        check("value", "fits", "type <> 'PERCENTAGE' OR value BETWEEN 0 AND 100", "must be a percentage from 0 to 100"),
        check("usage_count", "fits", "usage_count <= usage_limit", "must not be above the usage limit"),
        check("customer_limit", "fits", "customer_limit <= usage_limit", "must not be above the usage limit"),
        in_order("starts_at", "ends_at"),
        *at_least_zero("value", "minimum_amount", "maximum_discount", "usage_count"),
    )
    indexes = (("business_id", "status", "starts_at"),)
    natural_key = ("business_id", "slug")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Who makes it.")
    campaign_id: Mapped[UUID | None] = key_to("marketing.campaigns", "SET NULL", "The campaign it is part of.")
    segment_id: Mapped[UUID | None] = key_to("customers.customer_segments", "SET NULL", "The customers it is for; null means all.")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The AI agent that runs it.")
    name: Mapped[str] = column("What customers know it as.", filled())
    slug: Mapped[str] = column("Its name in addresses, unique in the business.")
    code: Mapped[str | None] = column("What customers type to get it, unique in the business; null means no need to.")
    description: Mapped[str | None] = column("What customers read about it.")
    terms: Mapped[str | None] = column("Its small print.")
    type: Mapped[OfferType] = state(OfferType, "What it gives.")
    value: Mapped[Money] = default("0", "Per cent or amount taken off, or the price of the bundle; else zero.")
    currency: Mapped[str] = default("'USD'", "Currency of its amounts.")
    minimum_amount: Mapped[Money | None] = column("What an order must come to.")
    maximum_discount: Mapped[Money | None] = column("The most it takes off an order.")
    usage_limit: Mapped[int | None] = column("How often it can be used in all; null means without limit.", positive)
    customer_limit: Mapped[int | None] = column("How often one customer can use it; null means without limit.", positive)
    # Its row is written by every order that uses it: the price of a limit that holds.
    usage_count: Mapped[int] = default("0", "How often it was used; kept by trigger.")
    priority: Mapped[int] = default("0", "Where several would do, the highest is taken.")
    is_stackable: Mapped[bool] = default("false", "Whether it adds to other offers.")
    status: Mapped[OfferStatus] = state(OfferStatus, "Whether it holds.", "DRAFT")
    starts_at: Mapped[datetime] = column("From when it holds.")
    ends_at: Mapped[datetime | None] = column("Until when it holds; null means until further notice.")


class OfferProduct(Entity):
    """A product's part in an offer: to be bought, to be given, or left out."""

    __table_args__ = (
        check("special_price", "fits", "special_price IS NULL OR role <> 'EXCLUDED'", "must not be given if left out"),
        *at_least_zero("special_price"),
    )
    natural_key = ("offer_id", "product_id", "variant_id", "role")
    between = (("offer_id", "promoted_products", "The products it is about."), ("product_id", "offers", "The offers it is part of."))

    offer_id: Mapped[UUID] = key_to("offers.offers", "CASCADE", "In which offer.", "products")
    product_id: Mapped[UUID] = key_to("catalog.products", "CASCADE", "Which product.")
    variant_id: Mapped[UUID | None] = key_to("catalog.product_variants", "CASCADE", "Which variant of it; null means any.")
    role: Mapped[OfferProductRole] = state(OfferProductRole, "What it is in the offer.", "QUALIFYING")
    quantity: Mapped[int] = default("1", "How many of it are to be bought, or are given.", positive)
    special_price: Mapped[Money | None] = column("What one costs in the offer, where that is fixed.")
    currency: Mapped[str] = default("'USD'", "Currency of the price, the offer's.")
    created_at: Mapped[datetime] = default("now()", "When it was put into the offer.")


class OfferMarketplace(Entity, Timestamps):
    """An offer on a marketplace, with how far it is there."""

    __table_args__ = (
        check(
            "published_at", "is_given", "status NOT IN ('LIVE', 'ENDED') OR published_at IS NOT NULL", "must be given once buyers saw it"
        ),
        check("error", "is_given", "status <> 'REJECTED' OR error IS NOT NULL", "must say why it was rejected"),
        in_order("published_at", "ended_at"),
        *at_least_zero("value"),
    )
    indexes = ("status",)
    natural_key = ("offer_id", "marketplace_id")
    between = (("offer_id", "offered_on", "The marketplaces it is on."), ("marketplace_id", "live_offers", "The offers that are on it."))

    offer_id: Mapped[UUID] = key_to("offers.offers", "CASCADE", "Which offer.", "marketplaces")
    marketplace_id: Mapped[UUID] = key_to("channels.marketplaces", "CASCADE", "On which marketplace.")
    status: Mapped[OfferMarketplaceStatus] = state(OfferMarketplaceStatus, "How far it is there.", "PENDING")
    external_id: Mapped[str | None] = column("The marketplace's id of it.")
    value: Mapped[Money | None] = column("What it gives there, in the offer's terms; null means the same.")
    error: Mapped[str | None] = column("Why the marketplace rejected it.")
    published_at: Mapped[datetime | None] = column("When buyers could first see it there.")
    ended_at: Mapped[datetime | None] = column("When it ended there.")
    last_synced_at: Mapped[datetime | None] = column("When it was last compared with the marketplace; kept by the worker.")


class OfferRedemption(Entity, Timestamps):
    """One use of an offer in an order."""

    __table_args__ = (
        check("reversed_at", "fits", "(status = 'REVERSED') = (reversed_at IS NOT NULL)", "must go with the status REVERSED"),
        in_order("redeemed_at", "reversed_at"),
        *at_least_zero("discount_amount"),
    )
    indexes = (("offer_id", "redeemed_at"),)
    natural_key = ("offer_id", "order_id")
    tallies = (Tally("count_redemptions", "offer_id", "offers.offers", {"usage_count": "(status = 'APPLIED')::int"}),)

    offer_id: Mapped[UUID] = key_to("offers.offers", "RESTRICT", "Which offer.", "redemptions")
    order_id: Mapped[UUID] = key_to("sales.orders", "CASCADE", "In which order.")
    customer_id: Mapped[UUID | None] = key_to("customers.customers", "SET NULL", "Who used it.")
    marketplace_id: Mapped[UUID | None] = key_to(
        "channels.marketplaces", "SET NULL", "On which marketplace; null means in the shop itself."
    )
    code: Mapped[str | None] = column("What the customer typed to get it.")
    discount_amount: Mapped[Money] = column("What it took off the order.")
    currency: Mapped[str] = default("'USD'", "Currency of the amount, the order's.")
    status: Mapped[OfferRedemptionStatus] = state(OfferRedemptionStatus, "Whether it stands.", "APPLIED")
    redeemed_at: Mapped[datetime] = default("now()", "When it was used.")
    reversed_at: Mapped[datetime | None] = column("When it was taken back, because the order was cancelled.")


class OfferDailyStat(Entity, Timestamps):
    """What came of an offer on a day, on a marketplace or in the shop itself."""

    __table_args__ = (
        check("click_count", "fits", "click_count <= view_count", "must not be above the views"),
        *at_least_zero("view_count", "click_count", "redemption_count", "revenue", "discount_amount"),
    )
    indexes = ("day",)
    natural_key = ("offer_id", "marketplace_id", "day")

    offer_id: Mapped[UUID] = key_to("offers.offers", "CASCADE", "Which offer.", "daily_stats")
    marketplace_id: Mapped[UUID | None] = key_to("channels.marketplaces", "CASCADE", "On which marketplace; null means in the shop itself.")
    day: Mapped[date] = column("On which day, in UTC.")
    view_count: Mapped[int] = default("0", "How often it was seen.")
    click_count: Mapped[int] = default("0", "How often it was followed.")
    redemption_count: Mapped[int] = default("0", "How often it was used.")
    revenue: Mapped[Money] = default("0", "What the orders that used it come to.")
    discount_amount: Mapped[Money] = default("0", "What it took off these orders.")
    currency: Mapped[str] = default("'USD'", "Currency of its amounts.")
    click_rate: Mapped[Measure | None] = generated(
        "round(100.0 * click_count / nullif(view_count, 0), 2)", "What per cent of the views were followed."
    )
    redemption_rate: Mapped[Measure | None] = generated(
        "round(100.0 * redemption_count / nullif(click_count, 0), 2)", "How many uses came of a hundred clicks."
    )
    average_order_value: Mapped[Money | None] = generated(
        "round(revenue / nullif(redemption_count, 0), 2)", "What an order that used it comes to on average."
    )

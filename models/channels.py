"""Marketplaces where a business sells beside its own shops: accounts, listings, orders, fees, and what keeps both sides equal."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import BigInteger, Index, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from models.base import Audited, Entity, Timestamps, Versioned
from models.checks import at_least_zero, check, filled, in_order, percentage, positive, within
from models.columns import BigInt, Measure, Money, Ratio, column, default, generated, key_to, on_read, secret, state

MarketplacePlatform = Literal["AMAZON", "EBAY", "WALMART", "ETSY", "TIKTOK_SHOP", "OTHER"]
MarketplaceAccountStatus = Literal["PENDING", "ACTIVE", "PAUSED", "ERROR", "DISCONNECTED"]
MarketplaceFulfillment = Literal["SELLER", "MARKETPLACE"]
MarketplaceListingCondition = Literal["NEW", "REFURBISHED", "USED"]
MarketplaceListingStatus = Literal["DRAFT", "PENDING", "ACTIVE", "PAUSED", "REJECTED", "ENDED"]
MarketplaceOrderStatus = Literal["PENDING", "IMPORTED", "FAILED", "CANCELLED", "IGNORED"]
MarketplaceSyncDirection = Literal["IMPORT", "EXPORT"]
MarketplaceInventorySyncStatus = Literal["PENDING", "SYNCED", "FAILED"]
MarketplacePricingRuleStrategy = Literal["MARKUP", "MATCH_LOWEST", "UNDERCUT", "BUY_BOX", "COVER_FEES"]
MarketplacePricingRuleAdjustmentType = Literal["PERCENT", "AMOUNT"]
MarketplaceSyncLogType = Literal["LISTINGS", "INVENTORY", "PRICES", "ORDERS", "SHIPMENTS", "FEES"]
MarketplaceSyncLogTrigger = Literal["SCHEDULE", "WEBHOOK", "EVENT", "MANUAL"]
MarketplaceSyncLogStatus = Literal["RUNNING", "COMPLETED", "PARTIAL", "FAILED"]
MarketplaceFeeType = Literal[
    "COMMISSION", "FULFILLMENT", "STORAGE", "LISTING", "SUBSCRIPTION", "ADVERTISING", "PAYMENT_PROCESSING", "REFUND", "OTHER"
]


class Marketplace(Entity, Timestamps, Versioned, Audited):
    """A sales channel that others run, like Amazon in one country."""

    __table_args__ = (check("url", "form", "url ~ '^https://[^ /]+'", "must begin with https://"),)
    indexes = ("platform",)
    natural_key = ("business_id", "slug")

    business_id: Mapped[UUID | None] = key_to("business.businesses", "CASCADE", "Which business alone uses it; null: any may.")
    name: Mapped[str] = column("What the marketplace is called, like Amazon Germany.", filled())
    slug: Mapped[str] = column("Its name in addresses, unique in the business or among those for all.")
    platform: Mapped[MarketplacePlatform] = state(MarketplacePlatform, "Who runs it, and so by which interface it is spoken to.")
    description: Mapped[str | None] = column("What sells there, and what sellers should know.")
    url: Mapped[str | None] = column("Where buyers find it.")
    country: Mapped[str | None] = column("ISO 3166-1 alpha-2 code of the country it sells in; null: in several.")
    currency: Mapped[str] = default("'USD'", "Currency of its prices and fees.")
    commission_rate: Mapped[Ratio | None] = column("What it usually keeps of a sale, in per cent.", percentage)
    features: Mapped[list[str]] = default("'{}'", "What it offers besides listings, like fulfillment or advertising.")
    is_active: Mapped[bool] = default("true", "Whether businesses can open accounts on it.")


class MarketplaceAccount(Entity, Timestamps, Versioned, Audited):
    """A business as a seller on a marketplace, with the state of its link."""

    __table_args__ = (
        UniqueConstraint("marketplace_id", "business_id", "seller_id"),
        check("connected_at", "is_given", "status NOT IN ('ACTIVE', 'PAUSED') OR connected_at IS NOT NULL", "must be given once connected"),
        check("last_error", "is_given", "status <> 'ERROR' OR last_error IS NOT NULL", "must say what is wrong"),
        in_order("connected_at", "disconnected_at"),
        *at_least_zero("buffer_quantity"),
    )
    indexes = (("business_id", "status"),)
    natural_key = ("business_id", "name")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Who sells.")
    marketplace_id: Mapped[UUID] = key_to("channels.marketplaces", "RESTRICT", "On which marketplace.", "accounts")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The AI agent that looks after it.")
    warehouse_id: Mapped[UUID | None] = key_to("fulfillment.warehouses", "SET NULL", "Whose stock is offered there.")
    name: Mapped[str] = column("What the business calls the account, unique in the business.", filled())
    seller_id: Mapped[str | None] = column("The marketplace's id of the seller; null until connected.")
    status: Mapped[MarketplaceAccountStatus] = state(MarketplaceAccountStatus, "Whether the link works.", "PENDING")
    credentials: Mapped[str | None] = secret("What opens the marketplace's interface for the seller; encrypted.")
    credentials_expire_at: Mapped[datetime | None] = column("When the seller has to grant access anew.")
    is_order_import_on: Mapped[bool] = default("true", "Whether orders are fetched.")
    is_inventory_sync_on: Mapped[bool] = default("true", "Whether stock is passed on.")
    is_price_sync_on: Mapped[bool] = default("true", "Whether prices are passed on.")
    sync_minutes: Mapped[int] = default("15", "Every how many minutes both sides are compared.", positive)
    buffer_quantity: Mapped[int] = default("0", "How many pieces of each article are held back from it.")
    settings: Mapped[dict[str, Any]] = default("'{}'", "Free settings, like the default shipping template.")
    connected_at: Mapped[datetime | None] = column("When the seller last granted access.")
    disconnected_at: Mapped[datetime | None] = column("When the seller took access back.")
    last_synced_at: Mapped[datetime | None] = column("When both sides were last compared in full; kept by the worker.")
    last_error: Mapped[str | None] = column("What is wrong with the link.")

    listing_count: Mapped[int] = on_read(
        "(SELECT count(*) FROM channels.marketplace_listings AS l WHERE l.account_id = {row}.id AND l.status = 'ACTIVE')",
        BigInteger(),
        "How many articles buyers can see there; counted when read.",
    )


class MarketplaceCarrier(Entity, Timestamps, Versioned):
    """How a carrier is used for orders from a marketplace, and what it is called there."""

    __table_args__ = (*at_least_zero("handling_days", "surcharge_amount"),)
    natural_key = ("marketplace_id", "carrier_id")
    between = (
        ("marketplace_id", "shipped_by", "The carriers that deliver what is sold there."),
        ("carrier_id", "delivers_for", "The marketplaces it delivers for."),
    )

    marketplace_id: Mapped[UUID] = key_to("channels.marketplaces", "CASCADE", "For orders from which marketplace.", "carriers")
    carrier_id: Mapped[UUID] = key_to("fulfillment.carriers", "CASCADE", "Which carrier.")
    external_code: Mapped[str] = column("What the marketplace calls the carrier.", filled(100))
    service_codes: Mapped[dict[str, Any]] = default("'{}'", "What it calls each of the carrier's services, by our name of it.")
    priority: Mapped[int] = default("1", "Where several carriers would do, the lowest goes first.", positive)
    handling_days: Mapped[int] = default("1", "Within how many working days a parcel has to be handed over.")
    cutoff_hour: Mapped[int | None] = column("Orders after this hour of the warehouse's day count as the next day's.", within(0, 23))
    maximum_weight_kg: Mapped[Measure | None] = column("The heaviest parcel the marketplace lets it carry, in kilograms.", positive)
    surcharge_amount: Mapped[Money] = default("0", "What is added to the carrier's price for such orders.")
    currency: Mapped[str] = default("'USD'", "Currency of the surcharge.")
    is_tracking_required: Mapped[bool] = default("true", "Whether the marketplace wants a tracking number.")
    is_active: Mapped[bool] = default("true", "Whether it may be used.")


class MarketplacePricingRule(Entity, Timestamps, Versioned, Audited):
    """A rule that sets prices on a marketplace without anybody's doing."""

    __table_args__ = (
        check("maximum_price", "fits", "minimum_price <= maximum_price", "must not be below the minimum price"),
        in_order("starts_at", "ends_at"),
        *at_least_zero("minimum_price", "maximum_price"),
    )
    indexes = (("account_id", "is_active", "priority"),)
    natural_key = ("account_id", "name")

    account_id: Mapped[UUID] = key_to("channels.marketplace_accounts", "CASCADE", "On which account.", "pricing_rules")
    category_id: Mapped[UUID | None] = key_to("catalog.categories", "CASCADE", "The one category it is for; null: all.")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The AI agent that applies it.")
    name: Mapped[str] = column("What the rule is called, unique in the account.", filled())
    description: Mapped[str | None] = column("What it does and what for.")
    strategy: Mapped[MarketplacePricingRuleStrategy] = state(MarketplacePricingRuleStrategy, "What the price follows.")
    adjustment_type: Mapped[MarketplacePricingRuleAdjustmentType] = state(
        MarketplacePricingRuleAdjustmentType, "How the adjustment counts.", "PERCENT"
    )
    adjustment: Mapped[Measure] = default(
        "0", "By how much the price is above what it follows: per cent or an amount; below zero: under it."
    )
    conditions: Mapped[dict[str, Any]] = default("'{}'", "When it applies: each measure with its bounds, like stock above 20.")
    minimum_price: Mapped[Money | None] = column("The price it never goes below.")
    maximum_price: Mapped[Money | None] = column("The price it never goes above.")
    minimum_margin: Mapped[Ratio | None] = column("What per cent of the price must stay above cost and fees.", percentage)
    currency: Mapped[str] = default("'USD'", "Currency of its amounts.")
    priority: Mapped[int] = default("0", "Where several apply, the highest wins.")
    is_active: Mapped[bool] = default("true", "Whether it is applied.")
    starts_at: Mapped[datetime | None] = column("From when it is applied; null: at once.")
    ends_at: Mapped[datetime | None] = column("Until when it is applied; null: until further notice.")
    last_applied_at: Mapped[datetime | None] = column("When it last changed a price; kept by the worker.")


class MarketplaceListing(Entity, Timestamps, Versioned, Audited):
    """An article as it is offered on a marketplace, with its price, stock and state there."""

    __table_args__ = (
        UniqueConstraint("account_id", "external_id"),
        check(
            "external_id",
            "is_given",
            "status NOT IN ('ACTIVE', 'PAUSED') OR num_nonnulls(external_id, published_at) = 2",
            "must be given, as must the time of its publication, once buyers see it",
        ),
        check("rejection_reason", "is_given", "status <> 'REJECTED' OR rejection_reason IS NOT NULL", "must say why it was rejected"),
        check("ended_at", "fits", "(status = 'ENDED') = (ended_at IS NOT NULL)", "must go with the status ENDED"),
        check("sale_price", "fits", "sale_price < price", "must be below the price"),
        in_order("published_at", "ended_at"),
        *at_least_zero("price", "sale_price", "quantity"),
    )
    indexes = (("account_id", "status"),)
    natural_key = ("account_id", "sku")

    account_id: Mapped[UUID] = key_to("channels.marketplace_accounts", "CASCADE", "On which account.", "listings")
    variant_id: Mapped[UUID] = key_to("catalog.product_variants", "CASCADE", "Which article it offers.")
    pricing_rule_id: Mapped[UUID | None] = key_to(
        "channels.marketplace_pricing_rules", "SET NULL", "The rule that sets its price.", "listings"
    )
    sku: Mapped[str] = column("The seller's number of it there, unique in the account.", filled(100))
    external_id: Mapped[str | None] = column("The marketplace's id of it, like an ASIN, unique in the account.")
    title: Mapped[str] = column("What buyers read first.", filled(500))
    description: Mapped[str | None] = column("What buyers read about it there.")
    url: Mapped[str | None] = column("Where buyers find it.")
    external_category: Mapped[str | None] = column("The marketplace's category it stands in.")
    attributes: Mapped[dict[str, Any]] = default("'{}'", "What else the marketplace wants to know of it, like brand or material.")
    condition: Mapped[MarketplaceListingCondition] = state(MarketplaceListingCondition, "In which condition it is sold.", "NEW")
    fulfillment: Mapped[MarketplaceFulfillment] = state(MarketplaceFulfillment, "Who sends it to buyers.", "SELLER")
    price: Mapped[Money] = column("What it costs there.")
    sale_price: Mapped[Money | None] = column("What it costs there for now, if less.")
    currency: Mapped[str] = default("'USD'", "Currency of both.")
    quantity: Mapped[int] = default("0", "How many pieces are offered there, as of the last synchronization.")
    status: Mapped[MarketplaceListingStatus] = state(MarketplaceListingStatus, "Whether buyers see it.", "DRAFT", index=True)
    rejection_reason: Mapped[str | None] = column("Why the marketplace rejected it.")
    published_at: Mapped[datetime | None] = column("When buyers could first see it.")
    ended_at: Mapped[datetime | None] = column("When it was taken down for good.")
    last_synced_at: Mapped[datetime | None] = column("When it was last compared with the marketplace; kept by the worker.")


class MarketplaceOrder(Entity, Timestamps):
    """An order that a buyer placed on a marketplace, and the order here that it became."""

    __table_args__ = (
        check("order_id", "is_given", "(status = 'IMPORTED') <= (order_id IS NOT NULL)", "must be given once imported"),
        check("imported_at", "fits", "(order_id IS NULL) = (imported_at IS NULL)", "must be given with the order, and only then"),
        check("error", "is_given", "status <> 'FAILED' OR error IS NOT NULL", "must say why it could not be imported"),
        in_order("placed_at", "imported_at"),
        in_order("placed_at", "ship_by_at"),
        check("shipment_confirmed_at", "after_order", "placed_at <= shipment_confirmed_at", "must not be before the order"),
        Index("ix_marketplace_orders_open", "account_id", "placed_at", postgresql_where=text("status IN ('PENDING', 'FAILED')")),
        *at_least_zero("total_amount", "attempt_count"),
    )
    indexes = (("account_id", "placed_at"), ("status", "placed_at"))
    natural_key = ("account_id", "external_id")

    account_id: Mapped[UUID] = key_to("channels.marketplace_accounts", "RESTRICT", "On which account.", "orders")
    order_id: Mapped[UUID | None] = key_to(
        "sales.orders", "RESTRICT", "What it became here.", "marketplace_order", single=True, unique=True
    )
    sync_log_id: Mapped[UUID | None] = key_to("channels.marketplace_sync_logs", "SET NULL", "The run that fetched it.", "orders")
    external_id: Mapped[str] = column("The marketplace's number of it, unique in the account.", filled())
    external_status: Mapped[str | None] = column("Where it stands, in the marketplace's words.")
    status: Mapped[MarketplaceOrderStatus] = state(MarketplaceOrderStatus, "How far its import is.", "PENDING")
    fulfillment: Mapped[MarketplaceFulfillment] = state(MarketplaceFulfillment, "Who sends the goods.", "SELLER")
    buyer_name: Mapped[str | None] = column("Who bought, as the marketplace says it.")
    buyer_email: Mapped[str | None] = column("Where the marketplace forwards letters to the buyer from.")
    country: Mapped[str | None] = column("ISO 3166-1 alpha-2 code of the country the goods go to.")
    total_amount: Mapped[Money] = column("What the buyer paid the marketplace.")
    currency: Mapped[str] = default("'USD'", "Currency of the amount.")
    payload: Mapped[dict[str, Any]] = default("'{}'", "The order as the marketplace gave it.")
    attempt_count: Mapped[int] = default("0", "How often its import was tried.")
    error: Mapped[str | None] = column("Why its import last failed.")
    placed_at: Mapped[datetime] = column("When the buyer placed it.")
    ship_by_at: Mapped[datetime | None] = column("Until when the goods have to leave.")
    imported_at: Mapped[datetime | None] = column("When it became an order here.")
    shipment_confirmed_at: Mapped[datetime | None] = column("When the marketplace was told that the goods left.")

    fee_amount: Mapped[Money] = on_read(
        "(SELECT coalesce(sum(f.amount), 0) FROM channels.marketplace_fees AS f"
        " WHERE f.marketplace_order_id = {row}.id AND f.currency = {row}.currency)",
        Numeric(20, 2),
        "What the marketplace keeps of it so far; summed when read.",
    )


class MarketplaceInventorySync(Entity, Timestamps):
    """One comparison of an article's stock here with what a marketplace offers."""

    __table_args__ = (
        check("synced_at", "fits", "(status = 'SYNCED') = (synced_at IS NOT NULL)", "must go with the status SYNCED"),
        check("error", "is_given", "status <> 'FAILED' OR error IS NOT NULL", "must say why it failed"),
        Index("ix_marketplace_inventory_syncs_open", "created_at", postgresql_where=text("status = 'PENDING'")),
        in_order("created_at", "synced_at"),
        *at_least_zero("available_quantity", "buffer_quantity", "external_quantity", "attempt_count"),
    )
    indexes = (("listing_id", "created_at"),)

    listing_id: Mapped[UUID] = key_to("channels.marketplace_listings", "CASCADE", "Which article on which account.", "inventory_syncs")
    warehouse_id: Mapped[UUID | None] = key_to("fulfillment.warehouses", "SET NULL", "Whose stock; null: that of all together.")
    sync_log_id: Mapped[UUID | None] = key_to("channels.marketplace_sync_logs", "SET NULL", "The run it was part of.", "inventory_syncs")
    direction: Mapped[MarketplaceSyncDirection] = state(MarketplaceSyncDirection, "Which side was set after the other.", "EXPORT")
    status: Mapped[MarketplaceInventorySyncStatus] = state(MarketplaceInventorySyncStatus, "How far it is.", "PENDING")
    available_quantity: Mapped[int] = column("How many pieces could be sold here.")
    buffer_quantity: Mapped[int] = default("0", "How many of them were held back from the marketplace.")
    external_quantity: Mapped[int | None] = column("How many the marketplace offered before; null if it was not known.")
    offered_quantity: Mapped[int] = generated(
        "greatest(available_quantity - buffer_quantity, 0)",
        "How many the marketplace should offer: what is available less what is held back.",
    )
    difference: Mapped[int | None] = generated(
        "greatest(available_quantity - buffer_quantity, 0) - external_quantity",
        "By how many pieces the marketplace offered too few; below zero it offered too many.",
    )
    attempt_count: Mapped[int] = default("0", "How often it was tried.")
    error: Mapped[str | None] = column("Why it last failed.")
    synced_at: Mapped[datetime | None] = column("When both sides were equal.")


class MarketplaceSyncLog(Entity, Timestamps):
    """One run of a synchronization with a marketplace, and how it ended."""

    __table_args__ = (
        check("completed_at", "fits", "(status = 'RUNNING') = (completed_at IS NULL)", "must be given once the run is over, and only then"),
        check(
            "success_count", "fits", "success_count + failed_count <= record_count", "must not exceed the records, with those that failed"
        ),
        check("error", "is_given", "status <> 'FAILED' OR error IS NOT NULL", "must say why it failed"),
        in_order("started_at", "completed_at"),
        *at_least_zero("record_count", "success_count", "failed_count"),
    )
    indexes = (("account_id", "type", "started_at"), ("status", "started_at"))

    account_id: Mapped[UUID] = key_to("channels.marketplace_accounts", "CASCADE", "With which account.", "sync_logs")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The AI agent that ran it.")
    started_by_id: Mapped[UUID | None] = key_to(
        "identity.users", "SET NULL", "Who started it, if a person did.", "marketplace_sync_logs_started"
    )
    type: Mapped[MarketplaceSyncLogType] = state(MarketplaceSyncLogType, "What was synchronized.")
    direction: Mapped[MarketplaceSyncDirection] = state(MarketplaceSyncDirection, "Which way it went.")
    trigger: Mapped[MarketplaceSyncLogTrigger] = state(MarketplaceSyncLogTrigger, "What started it.", "SCHEDULE")
    status: Mapped[MarketplaceSyncLogStatus] = state(MarketplaceSyncLogStatus, "How it ended.", "RUNNING")
    record_count: Mapped[int] = default("0", "How many records it was about.")
    success_count: Mapped[int] = default("0", "How many of them were brought over.")
    failed_count: Mapped[int] = default("0", "How many of them failed.")
    cursor: Mapped[str | None] = column("Where the next run goes on, in the marketplace's words.")
    error: Mapped[str | None] = column("Why the run failed.")
    failures: Mapped[list[dict[str, Any]]] = default("'[]'", "The records that failed, each with its id and the reason.")
    started_at: Mapped[datetime] = default("now()", "When it began.")
    completed_at: Mapped[datetime | None] = column("When it was over, well or not.")
    duration_ms: Mapped[BigInt | None] = generated(
        "(1000 * extract(epoch FROM completed_at - started_at))::bigint", "How long it took, in milliseconds; null while it runs."
    )


class MarketplaceFee(Entity, Timestamps):
    """What a marketplace charged a seller: for an order, for an article, or for the account."""

    __table_args__ = (
        check("amount", "is_not_zero", "amount <> 0", "must not be zero"),
        in_order("charged_at", "settled_at"),
        *at_least_zero("tax_amount"),
    )
    indexes = (("account_id", "charged_at"), ("type", "charged_at"))
    natural_key = ("account_id", "external_id")

    account_id: Mapped[UUID] = key_to("channels.marketplace_accounts", "RESTRICT", "On which account.", "fees")
    marketplace_order_id: Mapped[UUID | None] = key_to("channels.marketplace_orders", "RESTRICT", "For which order.", "fees")
    listing_id: Mapped[UUID | None] = key_to("channels.marketplace_listings", "SET NULL", "For which article.", "fees")
    transaction_id: Mapped[UUID | None] = key_to("finance.transactions", "SET NULL", "Where it is booked.")
    external_id: Mapped[str] = column("The marketplace's id of it, unique in the account.", filled())
    type: Mapped[MarketplaceFeeType] = state(MarketplaceFeeType, "What it is for.")
    description: Mapped[str | None] = column("What the marketplace says it is for.")
    amount: Mapped[Money] = column("What was charged, without tax; below zero: given back.")
    tax_amount: Mapped[Money] = default("0", "The tax on it.")
    currency: Mapped[str] = default("'USD'", "Currency of both.")
    rate: Mapped[Ratio | None] = column("What per cent of the sale it is, where it depends on that.", percentage)
    statement_number: Mapped[str | None] = column("The marketplace's statement it stands on; null until there is one.")
    charged_at: Mapped[datetime] = column("When it fell due.")
    settled_at: Mapped[datetime | None] = column("When it was taken off what the marketplace paid out.")


class MarketplaceDailyStat(Entity, Timestamps):
    """What an account on a marketplace came to on a day."""

    __table_args__ = (
        check("cancelled_count", "fits", "cancelled_count <= order_count", "must not be above the orders"),
        *at_least_zero("view_count", "visit_count", "order_count", "unit_count", "cancelled_count", "return_count"),
        *at_least_zero("revenue", "refund_amount"),
    )
    indexes = ("day",)
    natural_key = ("account_id", "day")

    account_id: Mapped[UUID] = key_to("channels.marketplace_accounts", "CASCADE", "Which account.", "daily_stats")
    day: Mapped[date] = column("On which day, in UTC.")
    view_count: Mapped[int] = default("0", "How often its articles were shown on a page of their own.")
    visit_count: Mapped[int] = default("0", "How many visits had such a page in them.")
    order_count: Mapped[int] = default("0", "How many orders were placed.")
    unit_count: Mapped[int] = default("0", "How many pieces were ordered.")
    cancelled_count: Mapped[int] = default("0", "How many of these orders were cancelled.")
    return_count: Mapped[int] = default("0", "How many pieces came back.")
    revenue: Mapped[Money] = default("0", "What the orders come to.")
    refund_amount: Mapped[Money] = default("0", "What went back to buyers.")
    fee_amount: Mapped[Money] = default("0", "What the marketplace charged; below zero: gave back.")
    currency: Mapped[str] = default("'USD'", "Currency of its amounts.")
    buy_box_rate: Mapped[Ratio | None] = column("In how many per cent of the views the seller's offer stood first.", percentage)
    net_revenue: Mapped[Money] = generated("revenue - refund_amount - fee_amount", "What is left of the revenue after refunds and fees.")
    conversion_rate: Mapped[Measure | None] = generated(
        "round(100.0 * order_count / nullif(visit_count, 0), 2)", "How many orders came of a hundred visits."
    )
    average_order_value: Mapped[Money | None] = generated(
        "round(revenue / nullif(order_count, 0), 2)", "What an order comes to on average."
    )

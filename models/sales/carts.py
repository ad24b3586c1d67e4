"""What may become an order: carts, and subscriptions that order by themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import BigInteger, Index, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from models.base import Entity, Timestamps, Versioned
from models.checks import at_least_zero, check, filled, in_order, percentage, positive
from models.columns import Money, Ratio, column, default, key_to, on_read, state

ACTIVE = text("status = 'ACTIVE'")

CartStatus = Literal["ACTIVE", "ABANDONED", "CONVERTED", "EXPIRED"]
CustomerSubscriptionInterval = Literal["DAY", "WEEK", "MONTH", "YEAR"]
CustomerSubscriptionStatus = Literal["TRIAL", "ACTIVE", "PAUSED", "PAST_DUE", "CANCELLED", "EXPIRED"]


class Cart(Entity, Timestamps, Versioned):
    """What somebody has picked to buy; at most one is active per customer or visitor."""

    __table_args__ = (
        UniqueConstraint("order_id"),
        Index("uq_carts_customer_id", "customer_id", unique=True, postgresql_where=ACTIVE),
        Index("uq_carts_visitor_id", "visitor_id", unique=True, postgresql_where=ACTIVE),
        check("customer_id", "or_visitor", "num_nonnulls(customer_id, visitor_id) > 0", "must be given if no visitor is"),
        check("converted_at", "fits", "(status = 'CONVERTED') = (converted_at IS NOT NULL)", "must go with the status CONVERTED"),
        check("abandoned_at", "is_given", "status <> 'ABANDONED' OR abandoned_at IS NOT NULL", "must be given once abandoned"),
    )
    indexes = (("business_id", "status", "last_activity_at"),)

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "In whose shop.")
    customer_id: Mapped[UUID | None] = key_to("customers.customers", "CASCADE", "Which customer fills it.")
    visitor_id: Mapped[UUID | None] = key_to("chat.visitors", "CASCADE", "Which visitor of the site fills it.")
    site_id: Mapped[UUID | None] = key_to("business.sites", "SET NULL", "On which site.")
    order_id: Mapped[UUID | None] = key_to("sales.orders", "SET NULL", "The order it became.", "cart", "The cart it was.", single=True)
    promotion_id: Mapped[UUID | None] = key_to("catalog.promotions", "SET NULL", "The promotion that was put in.")
    status: Mapped[CartStatus] = state(CartStatus, "What became of it.", "ACTIVE")
    currency: Mapped[str] = default("'USD'", "Currency of its prices.")
    coupon_code: Mapped[str | None] = column("The code that was typed to get a cut.")
    email: Mapped[str | None] = column("Where to remind of it, in lower case, if the visitor said so.")
    last_activity_at: Mapped[datetime] = default("now()", "When something was last put in or taken out.")
    abandoned_at: Mapped[datetime | None] = column("When it was taken for abandoned.")
    reminded_at: Mapped[datetime | None] = column("When the last reminder was sent.")
    converted_at: Mapped[datetime | None] = column("When it became an order.")

    item_count: Mapped[int] = on_read(
        "(SELECT coalesce(sum(i.quantity), 0) FROM sales.cart_items AS i WHERE i.cart_id = {row}.id)",
        BigInteger(),
        "How many pieces are in it; counted when read.",
    )
    subtotal: Mapped[Money] = on_read(
        "(SELECT coalesce(sum(i.quantity * i.unit_price), 0) FROM sales.cart_items AS i WHERE i.cart_id = {row}.id)",
        Numeric(20, 2),
        "What its lines come to; summed when read.",
    )


class CartItem(Entity, Timestamps):
    """A line of a cart: a variant of a product, and how many of it."""

    __table_args__ = (*at_least_zero("unit_price"),)
    natural_key = ("cart_id", "variant_id")
    between = (("cart_id", "variants", "The variants in it."), ("variant_id", "carts", "The carts it lies in."))

    cart_id: Mapped[UUID] = key_to("sales.carts", "CASCADE", "In which cart.", "items")
    variant_id: Mapped[UUID] = key_to("catalog.product_variants", "CASCADE", "What was picked.")
    quantity: Mapped[int] = default("1", "How many of it.", positive)
    unit_price: Mapped[Money] = column("What one cost when it was put in.")
    currency: Mapped[str] = default("'USD'", "Currency of the price, the cart's.")
    note: Mapped[str | None] = column("What the buyer wishes for this line, like an engraving.")


class CustomerSubscription(Entity, Timestamps, Versioned):
    """An agreement to send a customer the same thing again and again, or to let it use a service."""

    __table_args__ = (
        check(
            "next_charge_at",
            "fits",
            "(status IN ('TRIAL', 'ACTIVE', 'PAST_DUE')) = (next_charge_at IS NOT NULL)",
            "must be given while it goes on, and only then",
        ),
        check("cancelled_at", "fits", "(status = 'CANCELLED') = (cancelled_at IS NOT NULL)", "must go with the status CANCELLED"),
        check("paused_at", "is_given", "status <> 'PAUSED' OR paused_at IS NOT NULL", "must be given while paused"),
        check("trial_ends_at", "is_given", "status <> 'TRIAL' OR trial_ends_at IS NOT NULL", "must be given on trial"),
        in_order("started_at", "trial_ends_at"),
        in_order("started_at", "next_charge_at"),
        in_order("started_at", "cancelled_at"),
        in_order("started_at", "ends_at"),
        *at_least_zero("unit_price", "failed_charge_count"),
    )
    indexes = (("customer_id", "status"), ("status", "next_charge_at"))
    natural_key = ("business_id", "number")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Who delivers.")
    customer_id: Mapped[UUID] = key_to("customers.customers", "CASCADE", "Who subscribed.")
    variant_id: Mapped[UUID] = key_to("catalog.product_variants", "RESTRICT", "What is delivered.")
    payment_method_id: Mapped[UUID | None] = key_to("finance.payment_methods", "SET NULL", "How it is paid.")
    shipping_address_id: Mapped[UUID | None] = key_to("customers.addresses", "SET NULL", "Where it is sent to.")
    number: Mapped[str] = column("What people call it by, unique in the business.", filled(100))
    status: Mapped[CustomerSubscriptionStatus] = state(CustomerSubscriptionStatus, "Whether it goes on.", "ACTIVE")
    quantity: Mapped[int] = default("1", "How many each time.", positive)
    unit_price: Mapped[Money] = column("What one costs, before the subscriber's discount.")
    discount_percentage: Mapped[Ratio] = default("0", "What per cent a subscriber gets off.", percentage)
    currency: Mapped[str] = default("'USD'", "Currency of the price.")
    interval: Mapped[CustomerSubscriptionInterval] = state(CustomerSubscriptionInterval, "In what its rhythm is counted.", "MONTH")
    interval_count: Mapped[int] = default("1", "How many of these lie between two deliveries.", positive)
    started_at: Mapped[datetime] = default("now()", "When it began.")
    trial_ends_at: Mapped[datetime | None] = column("Until when it costs nothing.")
    next_charge_at: Mapped[datetime | None] = column("When it is charged and delivered next.")
    failed_charge_count: Mapped[int] = default("0", "How many charges in a row failed; kept by the worker.")
    paused_at: Mapped[datetime | None] = column("When it was last paused.")
    cancelled_at: Mapped[datetime | None] = column("When it was cancelled.")
    cancel_reason: Mapped[str | None] = column("Why it was cancelled.")
    ends_at: Mapped[datetime | None] = column("When it ends by itself; null means it goes on until cancelled.")

    order_count: Mapped[int] = on_read(
        "(SELECT count(*) FROM sales.orders AS o WHERE o.subscription_id = {row}.id)",
        BigInteger(),
        "How many orders it has placed; counted when read.",
    )

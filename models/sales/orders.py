"""Orders with their lines and their history."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped

from models.base import Entity, Timestamps, Versioned
from models.checks import at_least_zero, check, filled, in_order, positive
from models.columns import IpAddress, Money, column, default, key_to, on_read, state
from models.ddl import Tally

OrderStatus = Literal["PENDING", "ON_HOLD", "PROCESSING", "COMPLETED", "CANCELLED", "REFUNDED"]
OrderPaymentStatus = Literal["PENDING", "AUTHORIZED", "PARTIALLY_PAID", "PAID", "PARTIALLY_REFUNDED", "REFUNDED", "FAILED", "VOIDED"]
OrderFulfillmentStatus = Literal["UNFULFILLED", "PARTIALLY_FULFILLED", "FULFILLED", "DELIVERED", "RETURNED"]
OrderChannel = Literal[
    "WEB", "MOBILE_APP", "MARKETPLACE", "POINT_OF_SALE", "CHAT", "PHONE", "EMAIL", "SUBSCRIPTION", "API", "ADMIN", "OTHER"
]
OrderItemStatus = Literal["PENDING", "DELIVERED", "EXPIRED", "CANCELLED", "RETURNED"]
OrderEventType = Literal[
    "PLACED",
    "CONFIRMED",
    "PAYMENT_RECEIVED",
    "PAYMENT_FAILED",
    "HELD",
    "RELEASED",
    "EDITED",
    "SHIPPED",
    "DELIVERED",
    "CANCELLED",
    "RETURN_REQUESTED",
    "RETURNED",
    "REFUNDED",
    "MESSAGE_SENT",
    "NOTE",
    "OTHER",
]


def _address(field: str) -> CheckConstraint:
    """CHECK that the copy of an address says at least where it is."""
    keys = "ARRAY['recipient', 'street', 'city', 'country']"
    return check(field, "form", f"{field} ?& {keys}", "must be an object with recipient, street, city and country")


COUNTED = """CASE WHEN status NOT IN ('CANCELLED', 'REFUNDED')
               AND currency = (SELECT c.currency FROM customers.customers AS c WHERE c.id = customer_id)
              THEN total_amount ELSE 0 END"""
"""What an order adds to what its customer spent; amounts in another currency than the customer's cannot be added."""


class Order(Entity, Timestamps, Versioned):
    """What a customer ordered at once, with its amounts and where it stands."""

    __table_args__ = (
        UniqueConstraint("business_id", "shopify_id"),
        _address("billing_address"),
        _address("shipping_address"),
        check("discount_amount", "fits", "discount_amount <= subtotal", "must not be above the subtotal"),
        check(
            "total_amount",
            "adds_up",
            "total_amount = subtotal - discount_amount + shipping_amount + CASE WHEN is_tax_included THEN 0 ELSE tax_amount END",
            "must be subtotal less discount plus shipping, and tax if that is not included",
        ),
        check("cancelled_at", "fits", "(status = 'CANCELLED') = (cancelled_at IS NOT NULL)", "must go with the status CANCELLED"),
        check("paid_at", "is_given", "payment_status <> 'PAID' OR paid_at IS NOT NULL", "must be given once paid"),
        check("delivered_at", "is_given", "fulfillment_status <> 'DELIVERED' OR delivered_at IS NOT NULL", "must be given once delivered"),
        in_order("placed_at", "paid_at"),
        in_order("placed_at", "processed_at"),
        in_order("placed_at", "shipped_at"),
        in_order("placed_at", "cancelled_at"),
        in_order("shipped_at", "delivered_at"),
        *at_least_zero("subtotal", "discount_amount", "tax_amount", "shipping_amount", "total_amount"),
    )
    indexes = (
        ("business_id", "placed_at"),
        ("business_id", "payment_status"),
        ("customer_id", "status"),
        ("status", "created_at"),
        "email",
    )
    natural_key = ("business_id", "order_number")
    tallies = (
        Tally(
            "sum_orders",
            "customer_id",
            "customers.customers",
            {"order_count": "(status NOT IN ('CANCELLED', 'REFUNDED'))::int", "total_spent": COUNTED},
        ),
    )

    business_id: Mapped[UUID] = key_to("business.businesses", "RESTRICT", "Who sells.")
    customer_id: Mapped[UUID | None] = key_to(
        "customers.customers", "SET NULL", "Who buys; null for guests and for customers who were erased."
    )
    site_id: Mapped[UUID | None] = key_to("business.sites", "SET NULL", "The site on which it was placed.")
    store_id: Mapped[UUID | None] = key_to("business.stores", "SET NULL", "The store in which it was placed.")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The AI agent that looks after it.")
    subscription_id: Mapped[UUID | None] = key_to("sales.customer_subscriptions", "SET NULL", "The subscription that placed it.")
    promotion_id: Mapped[UUID | None] = key_to("catalog.promotions", "SET NULL", "The promotion the customer used.")
    billing_address_id: Mapped[UUID | None] = key_to(
        "customers.addresses",
        "SET NULL",
        "The address in the customer's book that the invoice went to.",
        "orders_billed",
        "Orders invoiced to it.",
        name="billing_address_used",
    )
    shipping_address_id: Mapped[UUID | None] = key_to(
        "customers.addresses",
        "SET NULL",
        "The address in the customer's book that the goods went to.",
        "orders_shipped",
        "Orders sent to it.",
        name="shipping_address_used",
    )
    order_number: Mapped[str] = column("What people call it by, unique in the business.", filled(100))
    shopify_id: Mapped[str | None] = column("Its id in Shopify, unique in the business.")
    channel: Mapped[OrderChannel] = state(OrderChannel, "By which way it came in.", "WEB")
    status: Mapped[OrderStatus] = state(OrderStatus, "Where it stands.", "PENDING")
    payment_status: Mapped[OrderPaymentStatus] = state(OrderPaymentStatus, "How far it is paid.", "PENDING")
    fulfillment_status: Mapped[OrderFulfillmentStatus] = state(
        OrderFulfillmentStatus, "How far the goods are on their way.", "UNFULFILLED", index=True
    )
    subtotal: Mapped[Money] = column("What the lines come to.")
    discount_amount: Mapped[Money] = default("0", "What was taken off the whole order, besides the lines' own cuts.")
    tax_amount: Mapped[Money] = default("0", "The tax on goods and shipping.")
    is_tax_included: Mapped[bool] = default("false", "Whether prices and shipping contain the tax already.")
    shipping_amount: Mapped[Money] = default("0", "What shipping costs the customer.")
    total_amount: Mapped[Money] = column("What the customer is to pay.")
    currency: Mapped[str] = default("'USD'", "Currency of all its amounts.")
    coupon_code: Mapped[str | None] = column("The code the customer typed to get a cut.")
    email: Mapped[str | None] = column("Where messages about it go, in lower case.")
    phone: Mapped[str | None] = column("The telephone number given with it, in E.164 form.")
    billing_address: Mapped[dict[str, Any] | None] = column(
        "The invoice's address as it was then: recipient, street, street_addition, city, region, postal_code, country."
    )
    shipping_address: Mapped[dict[str, Any] | None] = column(
        "The parcel's address as it was then, like the invoice's; null if nothing is sent."
    )
    notes: Mapped[str | None] = column("What the customer asks for.")
    internal_notes: Mapped[str | None] = column("What staff noted.")
    ip_address: Mapped[IpAddress | None] = column("From which address it was placed.")
    cancel_reason: Mapped[str | None] = column("Why it was cancelled.")
    placed_at: Mapped[datetime] = default("now()", "When the customer placed it.")
    paid_at: Mapped[datetime | None] = column("When the whole of it was paid.")
    processed_at: Mapped[datetime | None] = column("When work on it began.")
    shipped_at: Mapped[datetime | None] = column("When the last parcel left.")
    delivered_at: Mapped[datetime | None] = column("When the last parcel arrived.")
    cancelled_at: Mapped[datetime | None] = column("When it was cancelled.")

    item_count: Mapped[int] = on_read(
        "(SELECT coalesce(sum(i.quantity), 0) FROM sales.order_items AS i WHERE i.order_id = {row}.id)",
        BigInteger(),
        "How many pieces were ordered; counted when read.",
    )
    paid_amount: Mapped[Money] = on_read(
        "(SELECT coalesce(sum(p.amount), 0) FROM finance.payments AS p WHERE p.order_id = {row}.id AND p.paid_at IS NOT NULL)",
        Numeric(20, 2),
        "What was paid for it so far; summed when read.",
    )
    refunded_amount: Mapped[Money] = on_read(
        "(SELECT coalesce(sum(p.refunded_amount), 0) FROM finance.payments AS p WHERE p.order_id = {row}.id)",
        Numeric(20, 2),
        "What of that went back to the customer; summed when read.",
    )


class OrderItem(Entity, Timestamps):
    """A line of an order: a product, how many of it, and for how much."""

    __table_args__ = (
        check(
            "total_amount",
            "adds_up",
            "total_amount = quantity * unit_price - discount_amount",
            "must be quantity times unit price less discount",
        ),
        check("download_count", "fits", "download_count <= max_downloads", "must not be above the downloads allowed"),
        check("delivered_at", "is_given", "status <> 'DELIVERED' OR delivered_at IS NOT NULL", "must be given once delivered"),
        *at_least_zero("unit_price", "unit_cost", "discount_amount", "tax_amount", "total_amount"),
        *at_least_zero("download_count", "max_downloads"),
    )
    indexes = ("status",)
    natural_key = ("order_id", "position")
    between = (("order_id", "variants", "The variants that were ordered."), ("variant_id", "orders", "The orders it is in."))

    order_id: Mapped[UUID] = key_to("sales.orders", "CASCADE", "Of which order.", "items")
    product_id: Mapped[UUID] = key_to("catalog.products", "RESTRICT", "Which product.")
    variant_id: Mapped[UUID | None] = key_to("catalog.product_variants", "RESTRICT", "Which variant of it.")
    position: Mapped[int] = default("1", "Its place in the order, from 1.", positive)
    product_name: Mapped[str] = column("What the product was called then.", filled(500))
    variant_name: Mapped[str | None] = column("What the variant was called then.")
    product_sku: Mapped[str | None] = column("The seller's number for it then: the variant's, else the product's.")
    quantity: Mapped[int] = default("1", "How many were ordered.", positive)
    unit_price: Mapped[Money] = column("What one costs.")
    unit_cost: Mapped[Money | None] = column("What one cost the seller then.")
    discount_amount: Mapped[Money] = default("0", "What was taken off this line.")
    tax_amount: Mapped[Money] = default("0", "The tax on this line; part of the order's, not of the line's total.")
    total_amount: Mapped[Money] = column("What the line comes to: quantity times unit price less discount.")
    currency: Mapped[str] = default("'USD'", "Currency of its amounts, the order's.")
    status: Mapped[OrderItemStatus] = state(OrderItemStatus, "Whether the buyer has it.", "PENDING")
    license_key: Mapped[str | None] = column("The key that unlocks a digital product for the buyer.")
    download_url: Mapped[str | None] = column("Where the buyer of a digital product gets its files.")
    download_expires_at: Mapped[datetime | None] = column("Until when they can be downloaded.")
    download_count: Mapped[int] = default("0", "How often they were downloaded.")
    max_downloads: Mapped[int] = default("5", "How often they may be downloaded.")
    delivered_at: Mapped[datetime | None] = column("When the buyer got it.")


class OrderEvent(Entity):
    """Something that happened to an order; together they are its timeline."""

    indexes = (("order_id", "occurred_at"), ("type", "occurred_at"))

    order_id: Mapped[UUID] = key_to("sales.orders", "CASCADE", "To which order.", "events")
    user_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Who did it, if a person did.")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The AI agent that did it, if one did.")
    type: Mapped[OrderEventType] = state(OrderEventType, "What happened.")
    message: Mapped[str | None] = column("What happened, in words.")
    data: Mapped[dict[str, Any]] = default("'{}'", "The particulars.")
    is_public: Mapped[bool] = default("true", "Whether the customer sees it.")
    occurred_at: Mapped[datetime] = default("now()", "When it happened.")
    created_at: Mapped[datetime] = default("now()", "When the row was made.")

"""Suppliers, what they sell, what is ordered from them and what they are paid."""

from __future__ import annotations

from datetime import date as Day
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped

from models.base import Audited, Entity, SoftDelete, Timestamps, Versioned
from models.checks import at_least_zero, check, filled, in_order, positive, trigram
from models.columns import Measure, Money, UnitPrice, column, default, generated, key_to, state
from models.ddl import Tally

SupplierStatus = Literal["PROSPECT", "ACTIVE", "ON_HOLD", "BLOCKED"]
SupplierProductStatus = Literal["ACTIVE", "OUT_OF_STOCK", "DISCONTINUED"]
PurchaseOrderStatus = Literal["DRAFT", "SENT", "CONFIRMED", "PARTIALLY_RECEIVED", "RECEIVED", "CLOSED", "CANCELLED"]
SupplierPaymentStatus = Literal["SCHEDULED", "PAID", "FAILED", "CANCELLED"]
SupplierPaymentMethod = Literal["BANK_TRANSFER", "CARD", "DIRECT_DEBIT", "CREDIT_NOTE", "OTHER"]


class Supplier(Entity, Timestamps, SoftDelete, Versioned, Audited):
    """A company that a business buys from, with its terms."""

    __table_args__ = (
        Index("uq_suppliers_business_id_code", "business_id", "code", unique=True, postgresql_where=text("deleted_at IS NULL")),
        trigram("suppliers", "name"),
        check("rating_sum", "fits_count", "rating_sum BETWEEN rating_count AND 5 * rating_count", "must fit the number of ratings"),
        *at_least_zero("minimum_order", "payment_terms_days", "lead_time_days", "rating_sum", "rating_count"),
    )
    indexes = ("status",)
    natural_key = ("business_id", "code")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Who buys from it.")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The AI agent that deals with it.")
    code: Mapped[str] = column("What the business calls it by, unique in the business.", filled(40))
    name: Mapped[str] = column("Its name.", filled())
    contact_name: Mapped[str | None] = column("Whom to ask for.")
    email: Mapped[str | None] = column("Where orders are sent, in lower case.")
    phone: Mapped[str | None] = column("Telephone number in E.164 form.")
    website: Mapped[str | None] = column("Its address in the web.")
    address: Mapped[dict[str, Any]] = default("'{}'", "Street, city, region and postal code.")
    country: Mapped[str | None] = column("ISO 3166-1 alpha-2 code of its country.")
    tax_number: Mapped[str | None] = column("Its number with the tax office.")
    currency: Mapped[str] = default("'USD'", "Currency of its prices.")
    minimum_order: Mapped[Money] = default("0", "The least that it delivers an order for.")
    payment_terms_days: Mapped[int] = default("30", "Days from the invoice to the payment.")
    lead_time_days: Mapped[int] = default("7", "Days from the order to the delivery, as a rule.")
    status: Mapped[SupplierStatus] = state(SupplierStatus, "Whether it is bought from.", "ACTIVE")
    rating_sum: Mapped[int] = default("0", "Sum of the ratings of its deliveries; kept by trigger.")
    rating_count: Mapped[int] = default("0", "How many of its deliveries were rated; kept by trigger.")
    rating_average: Mapped[Measure | None] = generated(
        "round(rating_sum::numeric / nullif(rating_count, 0), 2)", "Mean rating of its deliveries; null before the first."
    )
    notes: Mapped[str | None] = column("What buyers noted.")


class SupplierProduct(Entity, Timestamps):
    """A variant that a supplier sells, under its own number and at its price."""

    __table_args__ = (in_order("valid_from", "valid_until"), *at_least_zero("unit_cost", "lead_time_days", "available_quantity"))
    natural_key = ("supplier_id", "variant_id")
    between = (("supplier_id", "variants", "The variants it sells."), ("variant_id", "suppliers", "Who sells it to us."))
    indexes = ("status", ("supplier_id", "supplier_sku"))

    supplier_id: Mapped[UUID] = key_to("suppliers.suppliers", "CASCADE", "Who sells it.", "products")
    variant_id: Mapped[UUID] = key_to("catalog.product_variants", "CASCADE", "What it is.")
    supplier_sku: Mapped[str | None] = column("What the supplier calls it by.")
    unit_cost: Mapped[UnitPrice] = column("What one piece costs.")
    currency: Mapped[str] = default("'USD'", "Currency of the cost.")
    minimum_quantity: Mapped[int] = default("1", "The least that is sold at once.", positive)
    pack_size: Mapped[int] = default("1", "Pieces in a pack.", positive)
    lead_time_days: Mapped[int | None] = column("Days to the delivery, if other than the supplier's.")
    available_quantity: Mapped[int | None] = column("What the supplier says it has; null if it does not say.")
    is_preferred: Mapped[bool] = default("false", "Whether it is bought here first.")
    status: Mapped[SupplierProductStatus] = state(SupplierProductStatus, "Whether it can be had.", "ACTIVE")
    valid_from: Mapped[Day | None] = column("First day of the price.")
    valid_until: Mapped[Day | None] = column("Last day of the price.")


class PurchaseOrder(Entity, Timestamps, Versioned, Audited):
    """What a business orders from a supplier at once."""

    __table_args__ = (
        check("total_amount", "adds_up", "total_amount = subtotal + tax_amount + shipping_amount", "must be the sum of its parts"),
        check("ordered_at", "is_given", "status IN ('DRAFT', 'CANCELLED') OR ordered_at IS NOT NULL", "must be given once sent"),
        check("received_at", "is_given", "status <> 'RECEIVED' OR received_at IS NOT NULL", "must be given once received"),
        in_order("ordered_at", "confirmed_at"),
        in_order("ordered_at", "received_at"),
        *at_least_zero("subtotal", "tax_amount", "shipping_amount", "total_amount", "paid_amount"),
    )
    natural_key = ("business_id", "order_number")
    indexes = (("supplier_id", "status"), "status")

    business_id: Mapped[UUID] = key_to("business.businesses", "RESTRICT", "Who buys.")
    supplier_id: Mapped[UUID] = key_to("suppliers.suppliers", "RESTRICT", "From whom.", "purchase_orders")
    warehouse_id: Mapped[UUID | None] = key_to("fulfillment.warehouses", "SET NULL", "Where it is to be delivered.")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The AI agent that ordered it.")
    approved_by_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Who approved it.", "purchase_orders_approved")
    order_number: Mapped[str] = column("What people call it by, unique in the business.", filled(40))
    status: Mapped[PurchaseOrderStatus] = state(PurchaseOrderStatus, "Where it stands.", "DRAFT")
    currency: Mapped[str] = default("'USD'", "Currency of its amounts.")
    subtotal: Mapped[Money] = default("0", "What its lines come to.")
    tax_amount: Mapped[Money] = default("0", "The tax on it.")
    shipping_amount: Mapped[Money] = default("0", "What delivery costs.")
    total_amount: Mapped[Money] = default("0", "What is to be paid.")
    paid_amount: Mapped[Money] = default("0", "What was paid of it; kept by trigger.")
    expected_on: Mapped[Day | None] = column("The day on which it should arrive.")
    ordered_at: Mapped[datetime | None] = column("When it was sent to the supplier.")
    confirmed_at: Mapped[datetime | None] = column("When the supplier confirmed it.")
    received_at: Mapped[datetime | None] = column("When the last of it arrived.")
    rating: Mapped[int | None] = column("How well it was delivered: from 1, poor, to 5, excellent.")
    notes: Mapped[str | None] = column("What the supplier should know.")

    # A supplier's row is written only when an order is rated: once, at its end.
    tallies = (
        Tally(
            "sum_supplier_ratings",
            "supplier_id",
            "suppliers.suppliers",
            {"rating_sum": "coalesce(rating, 0)", "rating_count": "(rating IS NOT NULL)::int"},
        ),
    )


class PurchaseOrderItem(Entity, Timestamps):
    """A line of a purchase order: one variant, how many were ordered and how many came."""

    __table_args__ = (
        check("total_amount", "adds_up", "total_amount = round(quantity * unit_cost, 2)", "must be quantity times unit cost"),
        check("received_quantity", "fits", "received_quantity <= quantity", "must not be above what was ordered"),
        *at_least_zero("unit_cost", "received_quantity", "total_amount"),
    )
    natural_key = ("purchase_order_id", "variant_id")

    purchase_order_id: Mapped[UUID] = key_to("suppliers.purchase_orders", "CASCADE", "Of which order.", "items")
    variant_id: Mapped[UUID] = key_to("catalog.product_variants", "RESTRICT", "What is ordered.")
    supplier_product_id: Mapped[UUID | None] = key_to("suppliers.supplier_products", "SET NULL", "The supplier's offer.", "ordered_items")
    quantity: Mapped[int] = column("How many were ordered.", positive)
    received_quantity: Mapped[int] = default("0", "How many came.")
    unit_cost: Mapped[UnitPrice] = column("What one costs.")
    total_amount: Mapped[Money] = column("What the line comes to.")
    currency: Mapped[str] = default("'USD'", "Currency of the amounts.")


class SupplierPayment(Entity, Timestamps):
    """Money paid, or to be paid, to a supplier."""

    __table_args__ = (check("paid_at", "fits", "(status = 'PAID') = (paid_at IS NOT NULL)", "must go with the status PAID"),)
    natural_key = ("supplier_id", "invoice_number")
    indexes = (("status", "due_on"),)
    tallies = (
        Tally(
            "sum_supplier_payments",
            "purchase_order_id",
            "suppliers.purchase_orders",
            {"paid_amount": "CASE WHEN status = 'PAID' THEN amount ELSE 0 END"},
        ),
    )

    supplier_id: Mapped[UUID] = key_to("suppliers.suppliers", "RESTRICT", "Who is paid.", "payments")
    purchase_order_id: Mapped[UUID | None] = key_to("suppliers.purchase_orders", "RESTRICT", "For which order.", "payments")
    transaction_id: Mapped[UUID | None] = key_to("finance.transactions", "SET NULL", "The entry in the books.")
    invoice_number: Mapped[str] = column("The number on the supplier's invoice.", filled(60))
    amount: Mapped[Money] = column("How much.", positive)
    currency: Mapped[str] = default("'USD'", "Currency of the amount.")
    method: Mapped[SupplierPaymentMethod] = state(SupplierPaymentMethod, "By which way.", "BANK_TRANSFER")
    status: Mapped[SupplierPaymentStatus] = state(SupplierPaymentStatus, "Whether it was paid.", "SCHEDULED")
    due_on: Mapped[Day] = column("The day by which it is due.")
    paid_at: Mapped[datetime | None] = column("When it was paid.")
    reference: Mapped[str | None] = column("What the bank calls it by.")

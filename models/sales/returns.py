"""Goods that come back: what customers ask for, what they send, and what becomes of it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import BigInteger, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped

from models.base import Entity, Timestamps, Versioned
from models.checks import at_least_zero, check, filled, in_order, positive
from models.columns import Money, column, default, key_to, on_read, state

ReturnReason = Literal[
    "CHANGED_MIND", "DEFECTIVE", "DAMAGED_IN_TRANSIT", "WRONG_ITEM", "NOT_AS_DESCRIBED", "ARRIVED_LATE", "WRONG_SIZE", "WARRANTY", "OTHER"
]
ReturnResolution = Literal["REFUND", "EXCHANGE", "REPAIR", "STORE_CREDIT"]
RmaRequestStatus = Literal["REQUESTED", "APPROVED", "REJECTED", "CANCELLED", "EXPIRED"]
OrderReturnStatus = Literal["EXPECTED", "IN_TRANSIT", "RECEIVED", "INSPECTED", "COMPLETED", "REFUSED", "CANCELLED"]
ReturnItemCondition = Literal["UNOPENED", "OPENED", "USED", "DAMAGED", "DEFECTIVE", "MISSING"]
ReturnItemDisposition = Literal["RESTOCK", "REFURBISH", "TO_SUPPLIER", "DISCARD", "TO_CUSTOMER"]


class RmaRequest(Entity, Timestamps, Versioned):
    """A customer's wish to give something back, which the business grants or not."""

    __table_args__ = (
        check(
            "decided_at",
            "fits",
            "(status IN ('APPROVED', 'REJECTED', 'EXPIRED')) = (decided_at IS NOT NULL)",
            "must be given once it is decided, and only then",
        ),
        check("decision_note", "is_given", "status <> 'REJECTED' OR decision_note IS NOT NULL", "must say why not"),
        in_order("decided_at", "expires_at"),
    )
    indexes = (("business_id", "status", "created_at"),)
    natural_key = ("business_id", "number")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Who decides it.")
    order_id: Mapped[UUID] = key_to("sales.orders", "CASCADE", "From which order.")
    item_id: Mapped[UUID | None] = key_to("sales.order_items", "CASCADE", "Which line of it; null means all of it.")
    customer_id: Mapped[UUID | None] = key_to("customers.customers", "SET NULL", "Who asks.")
    ticket_id: Mapped[UUID | None] = key_to("support.support_tickets", "SET NULL", "The ticket it came up in.")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The AI agent that handles it.")
    decided_by_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Who granted or refused it.", "rma_requests_decided")
    number: Mapped[str] = column("The number that goes on the parcel, unique in the business.", filled(100))
    reason: Mapped[ReturnReason] = state(ReturnReason, "Why it is to go back.")
    description: Mapped[str | None] = column("What is wrong, in the customer's words.")
    image_urls: Mapped[list[str]] = default("'{}'", "Where the customer's pictures of it are.")
    quantity: Mapped[int | None] = column("How many of the line; null means all.", positive)
    resolution: Mapped[ReturnResolution] = state(ReturnResolution, "What the customer wants for it.", "REFUND")
    status: Mapped[RmaRequestStatus] = state(RmaRequestStatus, "What became of it.", "REQUESTED")
    decided_at: Mapped[datetime | None] = column("When it was granted or refused.")
    decision_note: Mapped[str | None] = column("What the customer is told about the decision.")
    expires_at: Mapped[datetime | None] = column("Until when the goods must be sent, once granted.")


class OrderReturn(Entity, Timestamps, Versioned):
    """Goods of an order on their way back, and what the customer gets for them."""

    __table_args__ = (
        UniqueConstraint("rma_request_id"),
        check(
            "received_at",
            "is_given",
            "status NOT IN ('RECEIVED', 'INSPECTED', 'COMPLETED') OR received_at IS NOT NULL",
            "must be given once the goods are there",
        ),
        check("completed_at", "fits", "(status = 'COMPLETED') = (completed_at IS NOT NULL)", "must go with the status COMPLETED"),
        in_order("shipped_at", "received_at"),
        in_order("received_at", "inspected_at"),
        in_order("received_at", "completed_at"),
        *at_least_zero("restocking_fee", "shipping_amount"),
    )
    indexes = (("business_id", "status"),)
    natural_key = ("business_id", "number")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Who takes it back.")
    order_id: Mapped[UUID] = key_to("sales.orders", "CASCADE", "From which order.", "returns")
    rma_request_id: Mapped[UUID | None] = key_to(
        "sales.rma_requests", "SET NULL", "The request that granted it.", "order_return", "What came of it.", single=True
    )
    warehouse_id: Mapped[UUID | None] = key_to("fulfillment.warehouses", "SET NULL", "Where the goods go to.")
    shipment_id: Mapped[UUID | None] = key_to("fulfillment.shipments", "SET NULL", "The parcel they come in.")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The AI agent that handles it.")
    inspected_by_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Who looked at the goods.", "order_returns_inspected")
    number: Mapped[str] = column("What people call it by, unique in the business.", filled(100))
    reason: Mapped[ReturnReason] = state(ReturnReason, "Why they come back.")
    resolution: Mapped[ReturnResolution] = state(ReturnResolution, "What the customer gets for them.", "REFUND")
    status: Mapped[OrderReturnStatus] = state(OrderReturnStatus, "How far it is.", "EXPECTED")
    restocking_fee: Mapped[Money] = default("0", "What the business keeps for its trouble.")
    shipping_amount: Mapped[Money] = default("0", "What of the outward shipping is paid back besides the goods.")
    currency: Mapped[str] = default("'USD'", "Currency of its amounts, the order's.")
    notes: Mapped[str | None] = column("What staff noted.")
    shipped_at: Mapped[datetime | None] = column("When the customer sent them.")
    received_at: Mapped[datetime | None] = column("When they arrived.")
    inspected_at: Mapped[datetime | None] = column("When somebody looked at them.")
    completed_at: Mapped[datetime | None] = column("When the customer got what it was to get.")

    refund_amount: Mapped[Money] = on_read(
        "(SELECT coalesce(sum(i.refund_amount), 0) FROM sales.return_items AS i WHERE i.return_id = {row}.id)"
        " + {row}.shipping_amount - {row}.restocking_fee",
        Numeric(20, 2),
        "What is paid back in all: for the items, plus shipping, less the fee; summed when read.",
    )
    item_count: Mapped[int] = on_read(
        "(SELECT coalesce(sum(i.quantity), 0) FROM sales.return_items AS i WHERE i.return_id = {row}.id)",
        BigInteger(),
        "How many pieces come back; counted when read.",
    )


class ReturnItem(Entity, Timestamps):
    """A line of an order that comes back, or a part of it."""

    __table_args__ = (*at_least_zero("refund_amount"),)
    natural_key = ("return_id", "item_id")

    return_id: Mapped[UUID] = key_to("sales.order_returns", "CASCADE", "In which return.", "items", name="order_return")
    item_id: Mapped[UUID] = key_to("sales.order_items", "CASCADE", "Which line of the order.")
    exchange_variant_id: Mapped[UUID | None] = key_to(
        "catalog.product_variants", "SET NULL", "What the customer gets instead, if it is exchanged.", "return_items_exchanged"
    )
    quantity: Mapped[int] = default("1", "How many of the line come back.", positive)
    reason: Mapped[ReturnReason] = state(ReturnReason, "Why they come back.")
    condition: Mapped[ReturnItemCondition | None] = state(ReturnItemCondition, "In what state they came back.")
    disposition: Mapped[ReturnItemDisposition | None] = state(ReturnItemDisposition, "What was done with them.")
    refund_amount: Mapped[Money] = default("0", "What is paid back for them.")
    currency: Mapped[str] = default("'USD'", "Currency of the amount, the order's.")
    notes: Mapped[str | None] = column("What was noticed when they were looked at.")

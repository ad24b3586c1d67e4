"""Money: how it is paid and paid back, what the books say, what may be spent, and who earned it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Index, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from models.base import Audited, Entity, Timestamps, Versioned
from models.checks import at_least_zero, check, filled, in_order, percentage, positive, within
from models.columns import IpAddress, Measure, Money, Ratio, column, default, generated, key_to, on_read, secret, state
from models.ddl import Tally

TransactionType = Literal["REVENUE", "EXPENSE", "REFUND", "ADJUSTMENT"]
RevenueAttributionModel = Literal["LAST_TOUCH", "FIRST_TOUCH", "LINEAR", "TIME_DECAY", "POSITION_BASED", "DATA_DRIVEN"]
PaymentGatewayProvider = Literal[
    "STRIPE", "PAYPAL", "ADYEN", "BRAINTREE", "SQUARE", "WINDCAVE", "AFTERPAY", "KLARNA", "COINBASE", "BANK", "MANUAL", "OTHER"
]
PaymentMethodType = Literal[
    "CREDIT_CARD",
    "DEBIT_CARD",
    "PAYPAL",
    "WALLET",
    "BANK_TRANSFER",
    "DIRECT_DEBIT",
    "BUY_NOW_PAY_LATER",
    "INVOICE",
    "CRYPTO",
    "GIFT_CARD",
    "CASH",
    "OTHER",
]
PaymentStatus = Literal["PENDING", "AUTHORIZED", "PAID", "PARTIALLY_REFUNDED", "REFUNDED", "DISPUTED", "FAILED", "VOIDED"]
RefundReason = Literal["RETURN", "CANCELLATION", "DUPLICATE", "FRAUD", "NOT_DELIVERED", "PRICE_ADJUSTMENT", "GOODWILL", "OTHER"]
RefundStatus = Literal["PENDING", "SUCCEEDED", "FAILED", "CANCELLED"]


class PaymentGateway(Entity, Timestamps, Versioned, Audited):
    """A business's account with somebody who takes payments for it."""

    __table_args__ = (*at_least_zero("fee_fixed"),)
    indexes = (("business_id", "is_active", "priority"),)
    natural_key = ("business_id", "name")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Whose account it is.")
    name: Mapped[str] = column("What staff call it, unique in the business.", filled())
    provider: Mapped[PaymentGatewayProvider] = state(PaymentGatewayProvider, "Who runs it.", index=True)
    merchant_id: Mapped[str | None] = column("The account's number with the provider.")
    credentials_ref: Mapped[str | None] = secret("Where the keys to the account are kept; never the keys themselves.")
    webhook_secret_hash: Mapped[str | None] = secret("SHA-256 hash of what the provider signs its calls with.")
    methods: Mapped[list[str]] = default("'{CREDIT_CARD}'", "With what one can pay there, like CREDIT_CARD or PAYPAL.")
    currencies: Mapped[list[str]] = default("'{USD}'", "In which currencies one can pay there.")
    fee_percentage: Mapped[Ratio] = default("0", "What per cent of a payment the provider keeps.", percentage)
    fee_fixed: Mapped[Money] = default("0", "What the provider keeps of every payment besides.")
    currency: Mapped[str] = default("'USD'", "Currency of the fixed fee.")
    priority: Mapped[int] = default("0", "Where several would do, the highest is taken.")
    is_test: Mapped[bool] = default("false", "Whether it moves no real money.")
    is_active: Mapped[bool] = default("true", "Whether it takes payments.")
    settings: Mapped[dict[str, Any]] = default("'{}'", "How it is set up: nothing secret.")


class PaymentMethod(Entity, Timestamps):
    """A card or an account that somebody saved to pay with; the number itself is with the provider."""

    __table_args__ = (
        UniqueConstraint("gateway_id", "provider_token"),
        Index("uq_payment_methods_customer_id", "customer_id", unique=True, postgresql_where=text("is_default")),
        Index("uq_payment_methods_user_id", "user_id", unique=True, postgresql_where=text("is_default")),
        check("customer_id", "or_user", "num_nonnulls(customer_id, user_id) = 1", "must be given if no user is, and only then"),
        check("last4", "form", "last4 ~ '^[0-9]{4}$'", "must be four digits"),
        check(
            "expires_on",
            "is_given",
            "type NOT IN ('CREDIT_CARD', 'DEBIT_CARD') OR num_nonnulls(brand, last4, expires_on) = 3",
            "must be given for cards, as must brand and last four digits",
        ),
    )

    customer_id: Mapped[UUID | None] = key_to("customers.customers", "CASCADE", "The customer who saved it.")
    user_id: Mapped[UUID | None] = key_to("identity.users", "CASCADE", "The person who saved it, as a client of jobs.")
    gateway_id: Mapped[UUID] = key_to("finance.payment_gateways", "CASCADE", "Who keeps the number.")
    billing_address_id: Mapped[UUID | None] = key_to("customers.addresses", "SET NULL", "The holder's address.")
    type: Mapped[PaymentMethodType] = state(PaymentMethodType, "What it is.", "CREDIT_CARD")
    provider_token: Mapped[str] = secret("What the provider knows it by.")
    label: Mapped[str | None] = column("What its owner calls it, like Company card.")
    brand: Mapped[str | None] = column("Who issued it, like visa.")
    last4: Mapped[str | None] = column("The last four digits of its number.")
    expires_on: Mapped[date | None] = column("The last day on which it is good.")
    holder_name: Mapped[str | None] = column("The name on it.")
    is_default: Mapped[bool] = default("false", "Whether it is proposed first; one per owner.")
    is_active: Mapped[bool] = default("true", "Whether the provider still accepts it.")
    verified_at: Mapped[datetime | None] = column("When the provider found it good.")
    last_used_at: Mapped[datetime | None] = column("When it was last paid with; kept by the worker.")


class Payment(Entity, Timestamps, Versioned):
    """Money that somebody pays, for an order or into an escrow."""

    __table_args__ = (
        UniqueConstraint("gateway_id", "provider_reference"),
        check("escrow_id", "or_order", "num_nonnulls(order_id, escrow_id) < 2", "must not stand beside an order"),
        check("refunded_amount", "fits", "refunded_amount <= amount", "must not be above the amount"),
        check("fee", "fits", "fee <= amount", "must not be above the amount"),
        check(
            "paid_at",
            "fits",
            "(status IN ('PAID', 'PARTIALLY_REFUNDED', 'REFUNDED', 'DISPUTED')) = (paid_at IS NOT NULL)",
            "must be given once the money has come, and only then",
        ),
        check("failed_at", "fits", "(status = 'FAILED') = (failed_at IS NOT NULL)", "must go with the status FAILED"),
        in_order("authorized_at", "paid_at"),
        *at_least_zero("fee", "refunded_amount"),
    )
    indexes = (("business_id", "created_at"), ("status", "created_at"))
    natural_key = ("business_id", "number")

    business_id: Mapped[UUID] = key_to("business.businesses", "RESTRICT", "Who is paid.")
    order_id: Mapped[UUID | None] = key_to("sales.orders", "RESTRICT", "For which order.")
    escrow_id: Mapped[UUID | None] = key_to("freelance.escrows", "RESTRICT", "Into which escrow.")
    customer_id: Mapped[UUID | None] = key_to("customers.customers", "SET NULL", "The customer who pays.")
    gateway_id: Mapped[UUID | None] = key_to("finance.payment_gateways", "RESTRICT", "Who takes the money; null for cash.")
    payment_method_id: Mapped[UUID | None] = key_to("finance.payment_methods", "SET NULL", "The saved card or account that was used.")
    number: Mapped[str] = column("Its number in the business's own books, unique there.", filled(100))
    provider_reference: Mapped[str | None] = column("The gateway's id of the transaction, unique there.")
    method: Mapped[PaymentMethodType] = state(PaymentMethodType, "With what it is paid.")
    method_label: Mapped[str | None] = column("With what it is paid, as receipts say it, like Visa ending in 4242.")
    amount: Mapped[Money] = column("How much is paid.", positive)
    fee: Mapped[Money] = default("0", "What the provider keeps of it.")
    refunded_amount: Mapped[Money] = default("0", "What was paid back of it; kept by trigger.")
    net_amount: Mapped[Money] = generated("amount - fee - refunded_amount", "What is left of it for the business.")
    currency: Mapped[str] = default("'USD'", "Currency of its amounts.")
    status: Mapped[PaymentStatus] = state(PaymentStatus, "What became of it.", "PENDING")
    failure_code: Mapped[str | None] = column("Why it failed, in the provider's words, like card_declined.")
    failure_message: Mapped[str | None] = column("Why it failed, as the payer was told.")
    ip_address: Mapped[IpAddress | None] = column("From which address it was paid.")
    authorized_at: Mapped[datetime | None] = column("When the payer's bank agreed.")
    paid_at: Mapped[datetime | None] = column("When the money came.")
    failed_at: Mapped[datetime | None] = column("When it failed.")


class Refund(Entity, Timestamps):
    """Money of a payment that goes back to the payer."""

    __table_args__ = (
        UniqueConstraint("payment_id", "provider_reference"),
        check(
            "processed_at",
            "fits",
            "(status IN ('SUCCEEDED', 'FAILED')) = (processed_at IS NOT NULL)",
            "must be given once the gateway answered, and only then",
        ),
    )
    indexes = (("status", "created_at"),)
    # A payment is refunded once or twice in its life, so its row stays quiet.
    tallies = (
        Tally("sum_refunds", "payment_id", "finance.payments", {"refunded_amount": "CASE status WHEN 'SUCCEEDED' THEN amount ELSE 0 END"}),
    )

    payment_id: Mapped[UUID] = key_to("finance.payments", "RESTRICT", "Of which payment.")
    return_id: Mapped[UUID | None] = key_to("sales.order_returns", "SET NULL", "For which returned goods.", name="order_return")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The AI agent that made it.")
    approved_by_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Who agreed to it.", "refunds_approved")
    provider_reference: Mapped[str | None] = column("The gateway's id of it.")
    amount: Mapped[Money] = column("How much goes back.", positive)
    currency: Mapped[str] = default("'USD'", "Currency of the amount, the payment's.")
    reason: Mapped[RefundReason] = state(RefundReason, "Why it goes back.")
    note: Mapped[str | None] = column("Why it goes back, in words.")
    status: Mapped[RefundStatus] = state(RefundStatus, "What became of it.", "PENDING")
    failure_message: Mapped[str | None] = column("Why it failed.")
    processed_at: Mapped[datetime | None] = column("When the gateway paid it back, or refused to.")


class Transaction(Entity):
    """A line in the books of a business: money earned, spent, paid back or put right."""

    __table_args__ = (
        check("amount", "fits", "type = 'ADJUSTMENT' OR amount >= 0", "must not be negative, except in adjustments"),
        check("budget_id", "of_expense", "budget_id IS NULL OR type = 'EXPENSE'", "must be given for expenses only"),
    )
    indexes = (("business_id", "booked_on"), ("business_id", "type", "category"))
    natural_key = ("business_id", "number")
    # Expenses are booked one by one by few people, so a budget's row stays quiet.
    tallies = (Tally("sum_expenses", "budget_id", "finance.budgets", {"spent_amount": "amount"}),)

    business_id: Mapped[UUID] = key_to("business.businesses", "RESTRICT", "In whose books.")
    order_id: Mapped[UUID | None] = key_to("sales.orders", "RESTRICT", "The order it comes from.")
    payment_id: Mapped[UUID | None] = key_to("finance.payments", "RESTRICT", "The payment it comes from.")
    refund_id: Mapped[UUID | None] = key_to("finance.refunds", "RESTRICT", "The refund it comes from.")
    customer_id: Mapped[UUID | None] = key_to("customers.customers", "SET NULL", "The customer it is about.")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The AI agent that booked or caused it.")
    budget_id: Mapped[UUID | None] = key_to("finance.budgets", "SET NULL", "The budget an expense is taken from.")
    recorded_by_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Who booked it, if a person did.", "transactions_recorded")
    number: Mapped[str] = column("Its number in the books, unique in the business.", filled(100))
    type: Mapped[TransactionType] = state(TransactionType, "Which way the money moved.")
    category: Mapped[str] = column("The account it is booked to, like sales, shipping or advertising.", filled(100))
    amount: Mapped[Money] = column("How much; below zero only in adjustments that take away.")
    signed_amount: Mapped[Money] = generated(
        "CASE WHEN type IN ('EXPENSE', 'REFUND') THEN -amount ELSE amount END", "What it adds to the result."
    )
    currency: Mapped[str] = default("'USD'", "Currency of the amount.")
    description: Mapped[str | None] = column("What it was for.")
    payment_method: Mapped[PaymentMethodType | None] = state(PaymentMethodType, "With what it was paid.")
    booked_on: Mapped[date] = default("CURRENT_DATE", "The day it counts for.")
    created_at: Mapped[datetime] = default("now()", "When the row was made.")


class Budget(Entity, Timestamps, Versioned, Audited):
    """What a business may spend on something in a month."""

    __table_args__ = (*at_least_zero("allocated_amount", "spent_amount"),)
    natural_key = ("business_id", "category", "fiscal_year", "fiscal_month")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Whose money it is.")
    owner_agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The AI agent that spends it.", "budgets_owned")
    owner_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "The person who answers for it.", "budgets_owned")
    name: Mapped[str] = column("What the budget is called.", filled(255))
    category: Mapped[str] = column("What it is for, like advertising; as transactions say it.", filled(100))
    fiscal_year: Mapped[int] = column("Of which business year.", within(2000, 2100))
    fiscal_month: Mapped[int] = column("Of which month of it, from 1 to 12.", within(1, 12))
    allocated_amount: Mapped[Money] = column("What may be spent.")
    spent_amount: Mapped[Money] = default("0", "What was spent so far; kept by trigger.")
    remaining_amount: Mapped[Money] = generated("allocated_amount - spent_amount", "What may still be spent; below zero it was overspent.")
    used_percentage: Mapped[Measure | None] = generated(
        "round(100 * spent_amount / nullif(allocated_amount, 0), 2)", "How much of it was spent, in per cent."
    )
    currency: Mapped[str] = default("'USD'", "Currency of its amounts and of what is booked to it.")
    notes: Mapped[str | None] = column("What staff noted.")


class RevenueAttribution(Entity):
    """The part of a transaction that is credited to an agent, and to the campaign it ran."""

    natural_key = ("transaction_id", "model", "agent_id", "campaign_id")

    transaction_id: Mapped[UUID] = key_to("finance.transactions", "CASCADE", "Of which transaction.", "attributions")
    agent_id: Mapped[UUID] = key_to("agents.agents", "RESTRICT", "To which AI agent.")
    campaign_id: Mapped[UUID | None] = key_to("marketing.campaigns", "SET NULL", "To which campaign.")
    model: Mapped[RevenueAttributionModel] = state(RevenueAttributionModel, "By which rule.", "LAST_TOUCH")
    percentage: Mapped[Ratio] = column("How much of it, in per cent; a transaction's come to 100 by each rule.", percentage)
    touchpoint_data: Mapped[dict[str, Any]] = default("'{}'", "The contacts with the buyer that led to it.")
    created_at: Mapped[datetime] = default("now()", "When the row was made.")

    amount: Mapped[Money] = on_read(
        "(SELECT round(t.amount * {row}.percentage / 100, 2) FROM finance.transactions AS t WHERE t.id = {row}.transaction_id)",
        Numeric(20, 2),
        "How much of it, in the transaction's currency; computed when read.",
    )

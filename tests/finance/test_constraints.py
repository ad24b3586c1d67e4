"""What the tables of finance refuse, count and compute, and what must not be removed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.models.constraints import Refused, refuses

if TYPE_CHECKING:
    from tests.models.constraints import Connection

SHOP = "(SELECT id FROM business.businesses WHERE slug = 'vividwalls')"
PAYMENT = f"""
    INSERT INTO finance.payments (business_id, number, method, amount, fee, status, paid_at)
    VALUES ({SHOP}, 'T-1', 'CASH', 100, 3, 'PAID', now()) RETURNING id"""
REFUND = """
    INSERT INTO finance.refunds (payment_id, amount, reason, status, processed_at)
    VALUES ($1, $2, 'GOODWILL', $3, CASE $3 WHEN 'SUCCEEDED' THEN now() END) RETURNING id"""
BUDGET = f"""
    INSERT INTO finance.budgets (business_id, name, category, fiscal_year, fiscal_month, allocated_amount)
    VALUES ({SHOP}, 'Travel', 'travel', 2030, 1, 200) RETURNING id"""
EXPENSE = f"""
    INSERT INTO finance.transactions (business_id, number, type, category, amount, budget_id)
    VALUES ({SHOP}, $1, 'EXPENSE', 'travel', $2, $3) RETURNING id"""

REFUSED = [
    Refused(
        "two payments of one number in a business",
        f"UPDATE finance.payments SET number = 'P-1' WHERE business_id = {SHOP}",
        "uq_payments_business_id_number",
        "number is already taken by another payment with the same business",
    ),
    Refused(
        "one transaction of a gateway twice",
        "UPDATE finance.payments SET provider_reference = 'ch_1'",
        "uq_payments_gateway_id_provider_reference",
        "providerReference is already taken by another payment with the same gateway",
    ),
    Refused(
        "a payment for an order and into an escrow",
        "UPDATE finance.payments SET escrow_id = (SELECT id FROM freelance.escrows LIMIT 1) WHERE order_id IS NOT NULL",
        "ck_payments_escrow_id_or_order",
        "escrowId must not stand beside an order",
    ),
    Refused(
        "more paid back than was paid",
        "UPDATE finance.payments SET refunded_amount = amount + 1",
        "ck_payments_refunded_amount_fits",
        "refundedAmount must not be above the amount",
    ),
    Refused(
        "a refund of more than is left",
        "INSERT INTO finance.refunds (payment_id, amount, reason, status, processed_at)"
        " SELECT id, amount, 'DUPLICATE', 'SUCCEEDED', now() FROM finance.payments WHERE refunded_amount > 0",
        "ck_payments_refunded_amount_fits",
        "refundedAmount must not be above the amount",
    ),
    Refused(
        "a fee above the amount",
        "UPDATE finance.payments SET fee = amount + 1",
        "ck_payments_fee_fits",
        "fee must not be above the amount",
    ),
    Refused(
        "a payment that came at no time",
        "UPDATE finance.payments SET paid_at = NULL WHERE status = 'PAID'",
        "ck_payments_paid_at_fits",
        "paidAt must be given once the money has come, and only then",
    ),
    Refused(
        "a payment that failed and came",
        "UPDATE finance.payments SET failed_at = now() WHERE status = 'PAID'",
        "ck_payments_failed_at_fits",
        "failedAt must go with the status FAILED",
    ),
    Refused(
        "a refund that waits and is done",
        "UPDATE finance.refunds SET status = 'PENDING' WHERE status = 'SUCCEEDED'",
        "ck_refunds_processed_at_fits",
        "processedAt must be given once the gateway answered, and only then",
    ),
    Refused(
        "a card of two owners",
        "UPDATE finance.payment_methods SET user_id = (SELECT id FROM identity.users LIMIT 1)"
        " WHERE customer_id IS NOT NULL",
        "ck_payment_methods_customer_id_or_user",
        "customerId must be given if no user is, and only then",
    ),
    Refused(
        "two cards that are proposed first",
        "INSERT INTO finance.payment_methods (customer_id, gateway_id, type, provider_token, is_default)"
        " SELECT customer_id, gateway_id, 'PAYPAL', id::text, true FROM finance.payment_methods"
        " WHERE customer_id IS NOT NULL",
        "uq_payment_methods_customer_id",
        "customerId is already taken by another payment method",
    ),
    Refused(
        "a card without a last day",
        "UPDATE finance.payment_methods SET expires_on = NULL WHERE type = 'CREDIT_CARD'",
        "ck_payment_methods_expires_on_is_given",
        "expiresOn must be given for cards, as must brand and last four digits",
    ),
    Refused(
        "a whole card number",
        "UPDATE finance.payment_methods SET last4 = '4242424242424242'",
        "ck_payment_methods_last4_form",
        "last4 must be four digits",
    ),
    Refused(
        "two gateways of one name in a business",
        f"UPDATE finance.payment_gateways SET name = 'Cards' WHERE business_id = {SHOP}",
        "uq_payment_gateways_business_id_name",
        "name is already taken by another payment gateway with the same business",
    ),
    Refused(
        "revenue below zero",
        "UPDATE finance.transactions SET amount = -1 WHERE type = 'REVENUE'",
        "ck_transactions_amount_fits",
        "amount must not be negative, except in adjustments",
    ),
    Refused(
        "revenue that is taken from a budget",
        "UPDATE finance.transactions SET budget_id = (SELECT id FROM finance.budgets LIMIT 1) WHERE type = 'REVENUE'",
        "ck_transactions_budget_id_of_expense",
        "budgetId must be given for expenses only",
    ),
    Refused(
        "two budgets for one thing in a month",
        "INSERT INTO finance.budgets (business_id, name, category, fiscal_year, fiscal_month, allocated_amount)"
        " SELECT business_id, name, category, fiscal_year, fiscal_month, 1 FROM finance.budgets",
        "uq_budgets_business_id_category_fiscal_year_fiscal_month",
        "fiscalMonth is already taken by another budget with the same business and category and fiscal year",
    ),
    Refused(
        "a thirteenth month",
        "UPDATE finance.budgets SET fiscal_month = 13",
        "ck_budgets_fiscal_month_range",
        "fiscalMonth must be from 1 to 12",
    ),
    Refused(
        "revenue credited twice to one agent",
        "INSERT INTO finance.revenue_attributions (transaction_id, agent_id, campaign_id, model, percentage)"
        " SELECT transaction_id, agent_id, campaign_id, model, 1 FROM finance.revenue_attributions"
        " WHERE campaign_id IS NULL",
        "uq_revenue_attributions_natural_key",
        "campaignId is already taken by another revenue attribution with the same transaction and model and agent",
    ),
    Refused(
        "an order removed that was paid",
        "DELETE FROM sales.orders WHERE id = (SELECT order_id FROM finance.payments WHERE order_id IS NOT NULL"
        " AND order_id NOT IN (SELECT order_id FROM fulfillment.shipments) LIMIT 1)",
        "fk_payments_order_id",
        "id is still referred to by payments",
    ),
    Refused(
        "a payment removed with its refunds",
        "UPDATE finance.transactions SET payment_id = NULL, refund_id = NULL;"
        " UPDATE freelance.escrow_movements SET payment_id = NULL;"
        " DELETE FROM finance.payments WHERE id IN (SELECT payment_id FROM finance.refunds)",
        "fk_refunds_payment_id",
        "id is still referred to by refunds",
    ),
    Refused(
        "a gateway removed that was paid through",
        "DELETE FROM finance.payment_gateways WHERE id = (SELECT gateway_id FROM finance.payments"
        " WHERE gateway_id IS NOT NULL LIMIT 1)",
        "fk_payments_gateway_id",
        "id is still referred to by payments",
    ),
]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.what)
async def test_it_refuses(sample: Connection, case: Refused) -> None:
    await refuses(sample, case)


async def test_a_payment_counts_what_went_back(sample: Connection) -> None:
    payment = await sample.fetchval(PAYMENT)
    amounts = "SELECT refunded_amount, net_amount FROM finance.payments WHERE id = $1"
    first = await sample.fetchval(REFUND, payment, Decimal(30), "SUCCEEDED")
    waiting = await sample.fetchval(REFUND, payment, Decimal(20), "PENDING")
    assert tuple(await sample.fetchrow(amounts, payment) or ()) == (Decimal(30), Decimal(67))
    await sample.execute("UPDATE finance.refunds SET status = 'SUCCEEDED', processed_at = now() WHERE id = $1", waiting)
    assert tuple(await sample.fetchrow(amounts, payment) or ()) == (Decimal(50), Decimal(47))
    await sample.execute("DELETE FROM finance.refunds WHERE id = $1", first)
    assert tuple(await sample.fetchrow(amounts, payment) or ()) == (Decimal(20), Decimal(77))


async def test_a_budget_counts_what_was_spent(sample: Connection) -> None:
    budget = await sample.fetchval(BUDGET)
    amounts = "SELECT spent_amount, remaining_amount, used_percentage FROM finance.budgets WHERE id = $1"
    first = await sample.fetchval(EXPENSE, "T-1", Decimal(50), budget)
    await sample.fetchval(EXPENSE, "T-2", Decimal(200), budget)
    assert tuple(await sample.fetchrow(amounts, budget) or ()) == (Decimal(250), Decimal(-50), Decimal(125))
    await sample.execute("UPDATE finance.transactions SET budget_id = NULL WHERE id = $1", first)
    assert tuple(await sample.fetchrow(amounts, budget) or ()) == (Decimal(200), Decimal(0), Decimal(100))


async def test_a_booking_outlives_its_budget(sample: Connection) -> None:
    budget = await sample.fetchval(BUDGET)
    expense = await sample.fetchval(EXPENSE, "T-1", Decimal(50), budget)
    await sample.execute("DELETE FROM finance.budgets WHERE id = $1", budget)
    row = await sample.fetchrow("SELECT budget_id, signed_amount FROM finance.transactions WHERE id = $1", expense)
    assert tuple(row or ()) == (None, Decimal(-50))


async def test_bookings_add_up_to_the_result(sample: Connection) -> None:
    rows = await sample.fetch(
        "SELECT type, min(signed_amount), max(signed_amount) FROM finance.transactions GROUP BY type"
    )
    signs = {row["type"]: (row["min"] < 0, row["max"] > 0) for row in rows}
    assert signs["REVENUE"] == (False, True)
    assert signs["EXPENSE"] == signs["REFUND"] == (True, False)
    assert signs["ADJUSTMENT"] == (True, True)


async def test_a_saved_card_goes_with_its_owner_and_the_payment_stays(sample: Connection) -> None:
    row = await sample.fetchrow(
        "SELECT p.id, p.customer_id, p.payment_method_id FROM finance.payments AS p"
        " WHERE payment_method_id IS NOT NULL AND customer_id IS NOT NULL LIMIT 1"
    )
    assert row is not None
    await sample.execute("DELETE FROM customers.customers WHERE id = $1", row["customer_id"])
    saved = await sample.fetchval(
        "SELECT count(*) FROM finance.payment_methods WHERE id = $1", row["payment_method_id"]
    )
    assert saved == 0
    left = await sample.fetchrow("SELECT customer_id, payment_method_id FROM finance.payments WHERE id = $1", row["id"])
    assert tuple(left or ()) == (None, None)


async def test_what_is_credited_goes_with_its_transaction(sample: Connection) -> None:
    transaction = await sample.fetchval("SELECT transaction_id FROM finance.revenue_attributions LIMIT 1")
    await sample.execute("DELETE FROM finance.transactions WHERE id = $1", transaction)
    query = "SELECT count(*) FROM finance.revenue_attributions WHERE transaction_id = $1"
    assert await sample.fetchval(query, transaction) == 0

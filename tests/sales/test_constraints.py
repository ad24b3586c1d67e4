"""What the tables of sales refuse, count and compute, and what goes with an order that is removed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.models.constraints import Refused, refuses

if TYPE_CHECKING:
    from tests.models.constraints import Connection

SHOP = "(SELECT id FROM business.businesses WHERE slug = 'vividwalls')"
NEW = f"""
    INSERT INTO sales.orders (business_id, customer_id, order_number, subtotal, total_amount, currency)
    VALUES ({SHOP}, $1, $2, $3, $3, $4) RETURNING id"""

REFUSED = [
    Refused(
        "two orders of one number in a business",
        f"UPDATE sales.orders SET order_number = 'VW-1' WHERE business_id = {SHOP}",
        "uq_orders_business_id_order_number",
        "orderNumber is already taken by another order with the same business",
    ),
    Refused(
        "two orders of one Shopify id in a business",
        f"UPDATE sales.orders SET shopify_id = '1' WHERE business_id = {SHOP}",
        "uq_orders_business_id_shopify_id",
        "shopifyId is already taken by another order with the same business",
    ),
    Refused(
        "a total that does not add up",
        "UPDATE sales.orders SET total_amount = total_amount + 1",
        "ck_orders_total_amount_adds_up",
        "totalAmount must be subtotal less discount plus shipping, and tax if that is not included",
    ),
    Refused(
        "a tax that is left out of the total",
        "UPDATE sales.orders SET is_tax_included = true WHERE NOT is_tax_included AND tax_amount > 0",
        "ck_orders_total_amount_adds_up",
        "totalAmount must be subtotal less discount plus shipping, and tax if that is not included",
    ),
    Refused(
        "more taken off than there is",
        "UPDATE sales.orders SET discount_amount = subtotal + 1,"
        " total_amount = total_amount + discount_amount - subtotal - 1"
        " WHERE shipping_amount > 1",
        "ck_orders_discount_amount_fits",
        "discountAmount must not be above the subtotal",
    ),
    Refused(
        "an order that is cancelled at no time",
        "UPDATE sales.orders SET status = 'CANCELLED' WHERE status = 'COMPLETED'",
        "ck_orders_cancelled_at_fits",
        "cancelledAt must go with the status CANCELLED",
    ),
    Refused(
        "an order that is paid at no time",
        "UPDATE sales.orders SET paid_at = NULL WHERE payment_status = 'PAID'",
        "ck_orders_paid_at_is_given",
        "paidAt must be given once paid",
    ),
    Refused(
        "an order that arrived at no time",
        "UPDATE sales.orders SET delivered_at = NULL WHERE fulfillment_status = 'DELIVERED'",
        "ck_orders_delivered_at_is_given",
        "deliveredAt must be given once delivered",
    ),
    Refused(
        "an order that arrived before it was sent",
        "UPDATE sales.orders SET delivered_at = shipped_at - interval '1 hour' WHERE shipped_at IS NOT NULL",
        "ck_orders_delivered_at_not_before_shipped_at",
        "deliveredAt must not be before shipped at",
    ),
    Refused(
        "an address without a town",
        "UPDATE sales.orders SET shipping_address = shipping_address - 'city' WHERE shipping_address IS NOT NULL",
        "ck_orders_shipping_address_form",
        "shippingAddress must be an object with recipient, street, city and country",
    ),
    Refused(
        "a line that does not add up",
        "UPDATE sales.order_items SET quantity = quantity + 1 WHERE unit_price > 0",
        "ck_order_items_total_amount_adds_up",
        "totalAmount must be quantity times unit price less discount",
    ),
    Refused(
        "two lines at one place",
        "UPDATE sales.order_items SET position = 1",
        "uq_order_items_order_id_position",
        "position is already taken by another order item with the same order",
    ),
    Refused(
        "more downloads than allowed",
        "UPDATE sales.order_items SET download_count = max_downloads + 1",
        "ck_order_items_download_count_fits",
        "downloadCount must not be above the downloads allowed",
    ),
    Refused(
        "a line that the buyer got at no time",
        "UPDATE sales.order_items SET delivered_at = NULL WHERE status = 'DELIVERED'",
        "ck_order_items_delivered_at_is_given",
        "deliveredAt must be given once delivered",
    ),
    Refused(
        "a wish that was refused without a word",
        "UPDATE sales.rma_requests SET decision_note = NULL WHERE status = 'REJECTED'",
        "ck_rma_requests_decision_note_is_given",
        "decisionNote must say why not",
    ),
    Refused(
        "a wish that was granted at no time",
        "UPDATE sales.rma_requests SET decided_at = NULL WHERE status = 'APPROVED'",
        "ck_rma_requests_decided_at_fits",
        "decidedAt must be given once it is decided, and only then",
    ),
    Refused(
        "two returns for one wish",
        "UPDATE sales.order_returns SET rma_request_id = (SELECT id FROM sales.rma_requests LIMIT 1)",
        "uq_order_returns_rma_request_id",
        "rmaRequestId is already taken by another order return",
    ),
    Refused(
        "goods that were looked at and never came",
        "UPDATE sales.order_returns SET received_at = NULL, inspected_at = NULL WHERE status = 'INSPECTED'",
        "ck_order_returns_received_at_is_given",
        "receivedAt must be given once the goods are there",
    ),
    Refused(
        "a line that comes back twice in one return",
        "INSERT INTO sales.return_items (return_id, item_id, reason)"
        " SELECT return_id, item_id, reason FROM sales.return_items",
        "uq_return_items_return_id_item_id",
        "itemId is already taken by another return item with the same return",
    ),
    Refused(
        "an order that was let go by nobody",
        "UPDATE sales.fraud_checks SET reviewed_at = NULL WHERE status = 'CLEARED'",
        "ck_fraud_checks_reviewed_at_is_given",
        "reviewedAt must be given once cleared",
    ),
    Refused(
        "two rules of one name in a business",
        f"UPDATE sales.fraud_rules SET name = 'Rule' WHERE business_id = {SHOP}",
        "uq_fraud_rules_business_id_name",
        "name is already taken by another fraud rule with the same business",
    ),
    Refused(
        "something odd that is settled and open",
        "UPDATE sales.anomaly_detections SET status = 'OPEN' WHERE status = 'RESOLVED'",
        "ck_anomaly_detections_resolved_at_fits",
        "resolvedAt must be given once it is settled, and only then",
    ),
    Refused(
        "a cart of nobody",
        "UPDATE sales.carts SET customer_id = NULL WHERE visitor_id IS NULL",
        "ck_carts_customer_id_or_visitor",
        "customerId must be given if no visitor is",
    ),
    Refused(
        "two carts that a customer fills at once",
        "INSERT INTO sales.carts (business_id, customer_id) SELECT business_id, customer_id FROM sales.carts"
        " WHERE status = 'ACTIVE' AND customer_id IS NOT NULL",
        "uq_carts_customer_id",
        "customerId is already taken by another cart",
    ),
    Refused(
        "two carts that became one order",
        "UPDATE sales.carts SET order_id = (SELECT id FROM sales.orders LIMIT 1)",
        "uq_carts_order_id",
        "orderId is already taken by another cart",
    ),
    Refused(
        "the same thing twice in a cart",
        "INSERT INTO sales.cart_items (cart_id, variant_id, unit_price)"
        " SELECT cart_id, variant_id, unit_price FROM sales.cart_items",
        "uq_cart_items_cart_id_variant_id",
        "variantId is already taken by another cart item with the same cart",
    ),
    Refused(
        "a subscription that goes on and is never charged",
        "UPDATE sales.customer_subscriptions SET next_charge_at = NULL WHERE status = 'ACTIVE'",
        "ck_customer_subscriptions_next_charge_at_fits",
        "nextChargeAt must be given while it goes on, and only then",
    ),
    Refused(
        "a business removed with its orders",
        f"DELETE FROM business.businesses WHERE id = {SHOP}",
        "fk_orders_business_id",
        "id is still referred to by orders",
    ),
    Refused(
        "a product removed that was sold",
        "DELETE FROM catalog.products WHERE id = (SELECT product_id FROM sales.order_items LIMIT 1)",
        "fk_order_items_product_id",
        "id is still referred to by order items",
    ),
]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.what)
async def test_it_refuses(sample: Connection, case: Refused) -> None:
    await refuses(sample, case)


@pytest.fixture
async def customer(sample: Connection) -> object:
    """A new customer of VividWalls, who pays in dollars."""
    return await sample.fetchval(
        f"INSERT INTO customers.customers (business_id, email) VALUES ({SHOP}, 'new@buyer.example') RETURNING id"
    )


async def spent(sample: Connection, customer: object) -> tuple[int, Decimal]:
    row = await sample.fetchrow("SELECT order_count, total_spent FROM customers.customers WHERE id = $1", customer)
    assert row is not None
    return row["order_count"], row["total_spent"]


async def test_a_customer_is_told_what_its_orders_come_to(sample: Connection, customer: object) -> None:
    first = await sample.fetchval(NEW, customer, "T-1", Decimal(40), "USD")
    await sample.fetchval(NEW, customer, "T-2", Decimal(60), "USD")
    assert await spent(sample, customer) == (2, Decimal(100))
    await sample.execute("UPDATE sales.orders SET subtotal = 50, total_amount = 50 WHERE id = $1", first)
    assert await spent(sample, customer) == (2, Decimal(110))
    await sample.execute("UPDATE sales.orders SET status = 'CANCELLED', cancelled_at = now() WHERE id = $1", first)
    assert await spent(sample, customer) == (1, Decimal(60))
    await sample.execute("DELETE FROM sales.orders WHERE customer_id = $1", customer)
    assert await spent(sample, customer) == (0, Decimal(0))


async def test_amounts_in_another_currency_are_not_added(sample: Connection, customer: object) -> None:
    await sample.fetchval(NEW, customer, "T-1", Decimal(40), "EUR")
    assert await spent(sample, customer) == (1, Decimal(0))


async def test_an_order_that_changes_hands_is_counted_where_it_is(sample: Connection, customer: object) -> None:
    order = await sample.fetchval(NEW, customer, "T-1", Decimal(40), "USD")
    other = await sample.fetchval(
        f"INSERT INTO customers.customers (business_id, email) VALUES ({SHOP}, 'other@buyer.example') RETURNING id"
    )
    await sample.execute("UPDATE sales.orders SET customer_id = $1 WHERE id = $2", other, order)
    assert await spent(sample, customer) == (0, Decimal(0))
    assert await spent(sample, other) == (1, Decimal(40))


async def test_an_order_outlives_its_customer_and_keeps_the_address(sample: Connection) -> None:
    order = await sample.fetchrow(
        "SELECT id, customer_id, shipping_address FROM sales.orders AS o WHERE shipping_address_id IS NOT NULL"
        " AND NOT EXISTS (SELECT FROM sales.order_returns AS r WHERE r.order_id = o.id) LIMIT 1"
    )
    assert order is not None
    await sample.execute("DELETE FROM customers.customers WHERE id = $1", order["customer_id"])
    left = await sample.fetchrow(
        "SELECT customer_id, shipping_address_id, shipping_address FROM sales.orders WHERE id = $1", order["id"]
    )
    assert tuple(left or ()) == (None, None, order["shipping_address"])


async def test_an_order_takes_along_its_parts(sample: Connection, customer: object) -> None:
    order = await sample.fetchval(NEW, customer, "T-1", Decimal(40), "USD")
    for table in ("order_items", "order_events", "fraud_checks"):
        if table == "order_items":
            await sample.execute(
                "INSERT INTO sales.order_items (order_id, product_id, product_name, unit_price, total_amount)"
                " SELECT $1, id, name, 40, 40 FROM catalog.products LIMIT 1",
                order,
            )
        else:
            await sample.execute(
                f"UPDATE sales.{table} SET order_id = $1 WHERE id = (SELECT id FROM sales.{table} LIMIT 1)", order
            )
    await sample.execute("DELETE FROM sales.orders WHERE id = $1", order)
    for table in ("order_items", "order_events", "fraud_checks"):
        assert await sample.fetchval(f"SELECT count(*) FROM sales.{table} WHERE order_id = $1", order) == 0, table


async def test_a_cart_outlives_its_order_and_goes_with_its_customer(sample: Connection, customer: object) -> None:
    order = await sample.fetchval(NEW, customer, "T-1", Decimal(40), "USD")
    cart = await sample.fetchval(
        f"INSERT INTO sales.carts (business_id, customer_id, order_id, status, converted_at)"
        f" VALUES ({SHOP}, $1, $2, 'CONVERTED', now()) RETURNING id",
        *(customer, order),
    )
    await sample.execute("DELETE FROM sales.orders WHERE id = $1", order)
    assert await sample.fetchval("SELECT order_id FROM sales.carts WHERE id = $1", cart) is None
    await sample.execute("DELETE FROM customers.customers WHERE id = $1", customer)
    assert await sample.fetchval("SELECT count(*) FROM sales.carts WHERE id = $1", cart) == 0


async def test_an_anomaly_says_by_how_much_it_differs(sample: Connection) -> None:
    query = (
        "INSERT INTO sales.anomaly_detections"
        " (business_id, name, type, severity, expected_value, actual_value, confidence)"
        f" VALUES ({SHOP}, 'Odd', 'DROP', 'LOW', $1, $2, 99) RETURNING deviation_percentage"
    )
    assert await sample.fetchval(query, Decimal(200), Decimal(150)) == Decimal(-25)
    assert await sample.fetchval(query, Decimal(-100), Decimal(-50)) == Decimal(50)
    assert await sample.fetchval(query, Decimal(0), Decimal(5)) is None

"""What the tables of suppliers refuse, add up and compute, and what goes with a supplier who is removed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import asyncpg
import pytest

from tests.models.constraints import Refused, refuses

if TYPE_CHECKING:
    from tests.models.constraints import Connection

RECEIVED = "(SELECT id FROM suppliers.purchase_orders WHERE status = 'RECEIVED' ORDER BY id LIMIT 1)"
SHOP = "(SELECT id FROM business.businesses WHERE slug = 'vividwalls')"
NEW = f"INSERT INTO suppliers.suppliers (business_id, code, name) VALUES ({SHOP}, 'NEW', 'New Frames') RETURNING id"

REFUSED = [
    Refused(
        "two suppliers of one code in a business",
        f"UPDATE suppliers.suppliers SET code = 'SAME' WHERE business_id = {SHOP}",
        "uq_suppliers_business_id_code",
        "code is already taken by another supplier with the same business",
    ),
    Refused(
        "ratings above the best",
        "UPDATE suppliers.suppliers SET rating_sum = 6, rating_count = 1",
        "ck_suppliers_rating_sum_fits_count",
        "ratingSum must fit the number of ratings",
    ),
    Refused(
        "a variant twice from a supplier",
        "INSERT INTO suppliers.supplier_products (supplier_id, variant_id, unit_cost) "
        "SELECT supplier_id, variant_id, 1 FROM suppliers.supplier_products LIMIT 1",
        "uq_supplier_products_supplier_id_variant_id",
        "variantId is already taken by another supplier product with the same supplier",
    ),
    Refused(
        "a price that ends before it begins",
        "UPDATE suppliers.supplier_products SET valid_from = '2026-02-01', valid_until = '2026-01-31'",
        "ck_supplier_products_valid_until_not_before_valid_from",
        "validUntil must not be before valid from",
    ),
    Refused(
        "an order that does not add up",
        f"UPDATE suppliers.purchase_orders SET shipping_amount = shipping_amount + 1 WHERE id = {RECEIVED}",
        "ck_purchase_orders_total_amount_adds_up",
        "totalAmount must be the sum of its parts",
    ),
    Refused(
        "an order that was sent at no time",
        "UPDATE suppliers.purchase_orders SET status = 'SENT' WHERE status = 'DRAFT'",
        "ck_purchase_orders_ordered_at_is_given",
        "orderedAt must be given once sent",
    ),
    Refused(
        "an order that was received at no time",
        f"UPDATE suppliers.purchase_orders SET received_at = NULL WHERE id = {RECEIVED}",
        "ck_purchase_orders_received_at_is_given",
        "receivedAt must be given once received",
    ),
    Refused(
        "an order that was confirmed before it was sent",
        f"UPDATE suppliers.purchase_orders SET confirmed_at = ordered_at - interval '1 s' WHERE id = {RECEIVED}",
        "ck_purchase_orders_confirmed_at_not_before_ordered_at",
        "confirmedAt must not be before ordered at",
    ),
    Refused(
        "two orders of one number in a business",
        f"UPDATE suppliers.purchase_orders SET order_number = 'PO-1' WHERE business_id = {SHOP}",
        "uq_purchase_orders_business_id_order_number",
        "orderNumber is already taken by another purchase order with the same business",
    ),
    Refused(
        "a line that does not add up",
        "UPDATE suppliers.purchase_order_items SET total_amount = total_amount + 1",
        "ck_purchase_order_items_total_amount_adds_up",
        "totalAmount must be quantity times unit cost",
    ),
    Refused(
        "more received than ordered",
        "UPDATE suppliers.purchase_order_items SET received_quantity = quantity + 1",
        "ck_purchase_order_items_received_quantity_fits",
        "receivedQuantity must not be above what was ordered",
    ),
    Refused(
        "a variant on two lines of an order",
        "INSERT INTO suppliers.purchase_order_items (purchase_order_id, variant_id, quantity, unit_cost, total_amount) "
        "SELECT purchase_order_id, variant_id, 1, 1, 1 FROM suppliers.purchase_order_items LIMIT 1",
        "uq_purchase_order_items_purchase_order_id_variant_id",
        "variantId is already taken by another purchase order item with the same purchase order",
    ),
    Refused(
        "a payment that was made at no time",
        "UPDATE suppliers.supplier_payments SET paid_at = NULL WHERE status = 'PAID'",
        "ck_supplier_payments_paid_at_fits",
        "paidAt must go with the status PAID",
    ),
    Refused(
        "an invoice twice from a supplier",
        "INSERT INTO suppliers.supplier_payments (supplier_id, invoice_number, amount, due_on) "
        "SELECT supplier_id, invoice_number, 1, due_on FROM suppliers.supplier_payments LIMIT 1",
        "uq_supplier_payments_supplier_id_invoice_number",
        "invoiceNumber is already taken by another supplier payment with the same supplier",
    ),
]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.what)
async def test_it_refuses(sample: Connection, case: Refused) -> None:
    await refuses(sample, case)


async def test_a_deleted_supplier_gives_its_code_free(sample: Connection) -> None:
    first = await sample.fetchval(NEW)
    await sample.execute("UPDATE suppliers.suppliers SET deleted_at = now() WHERE id = $1", first)
    assert await sample.fetchval(NEW) != first


async def test_two_businesses_may_call_a_supplier_the_same(sample: Connection) -> None:
    await sample.fetchval(NEW)
    await sample.execute(NEW.replace("vividwalls", "multiagent"))


async def test_a_supplier_with_orders_cannot_be_removed(sample: Connection) -> None:
    supplier = await sample.fetchval(f"SELECT supplier_id FROM suppliers.purchase_orders WHERE id = {RECEIVED}")
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as caught:
        await sample.execute("DELETE FROM suppliers.suppliers WHERE id = $1", supplier)
    assert "suppliers" in str(caught.value)


async def test_what_a_supplier_sells_goes_with_it(sample: Connection) -> None:
    supplier = await sample.fetchval(NEW)
    await sample.execute(
        "INSERT INTO suppliers.supplier_products (supplier_id, variant_id, unit_cost) "
        "SELECT $1, id, 2 FROM catalog.product_variants LIMIT 1",
        supplier,
    )
    await sample.execute("DELETE FROM suppliers.suppliers WHERE id = $1", supplier)
    assert not await sample.fetchval(
        "SELECT count(*) FROM suppliers.supplier_products WHERE supplier_id = $1", supplier
    )


async def test_an_order_outlives_its_warehouse(sample: Connection) -> None:
    order = await sample.fetchval("SELECT id FROM suppliers.purchase_orders WHERE status = 'DRAFT' LIMIT 1")
    house = await sample.fetchval(
        f"INSERT INTO fulfillment.warehouses (business_id, code, name) VALUES ({SHOP}, 'new', 'New') RETURNING id"
    )
    await sample.execute("UPDATE suppliers.purchase_orders SET warehouse_id = $2 WHERE id = $1", order, house)
    await sample.execute("DELETE FROM fulfillment.warehouses WHERE id = $1", house)
    row = await sample.fetchrow("SELECT warehouse_id FROM suppliers.purchase_orders WHERE id = $1", order)
    assert row is not None
    assert row["warehouse_id"] is None


async def test_ratings_and_payments_are_summed(sample: Connection) -> None:
    supplier = await sample.fetchval(NEW)
    order = await sample.fetchval(
        "INSERT INTO suppliers.purchase_orders (business_id, supplier_id, order_number, status, ordered_at,"
        " received_at, subtotal, total_amount, rating)"
        f" VALUES ({SHOP}, $1, 'PO-NEW', 'RECEIVED', now(), now(), 90, 90, 4) RETURNING id",
        supplier,
    )
    await sample.execute(
        "INSERT INTO suppliers.supplier_payments"
        " (supplier_id, purchase_order_id, invoice_number, amount, status, due_on, paid_at) VALUES"
        " ($1, $2, 'A', 30, 'PAID', current_date, now()), ($1, $2, 'B', 60, 'SCHEDULED', current_date, NULL)",
        supplier,
        order,
    )
    paid = "SELECT paid_amount FROM suppliers.purchase_orders WHERE id = $1"
    assert await sample.fetchval(paid, order) == 30
    await sample.execute(
        "UPDATE suppliers.supplier_payments SET status = 'PAID', paid_at = now() WHERE purchase_order_id = $1", order
    )
    assert await sample.fetchval(paid, order) == 90
    rating = "SELECT rating_average FROM suppliers.suppliers WHERE id = $1"
    assert await sample.fetchval(rating, supplier) == Decimal(4)
    await sample.execute("DELETE FROM suppliers.supplier_payments WHERE purchase_order_id = $1", order)
    await sample.execute("DELETE FROM suppliers.purchase_orders WHERE id = $1", order)
    assert await sample.fetchval(rating, supplier) is None

"""What must never be found in the purchases of the sample data."""

WRONG = {
    "an order that is not the sum of its lines": """
        SELECT o.id FROM suppliers.purchase_orders AS o LEFT JOIN suppliers.purchase_order_items AS i
            ON i.purchase_order_id = o.id
         GROUP BY o.id HAVING o.subtotal IS DISTINCT FROM sum(i.total_amount)""",
    "an order from another business's supplier, or to another business's warehouse": """
        SELECT o.id FROM suppliers.purchase_orders AS o JOIN suppliers.suppliers AS s ON s.id = o.supplier_id
          LEFT JOIN fulfillment.warehouses AS w ON w.id = o.warehouse_id
         WHERE s.business_id <> o.business_id OR w.business_id <> o.business_id""",
    "a line of something that the supplier does not sell, or not at that cost": """
        SELECT i.id FROM suppliers.purchase_order_items AS i
          JOIN suppliers.purchase_orders AS o ON o.id = i.purchase_order_id
          JOIN suppliers.supplier_products AS p ON p.id = i.supplier_product_id
         WHERE p.supplier_id <> o.supplier_id OR p.variant_id <> i.variant_id OR p.unit_cost <> i.unit_cost
            OR p.currency <> o.currency OR i.currency <> o.currency OR i.quantity < p.minimum_quantity""",
    "a supplier of another business's variant": """
        SELECT p.id FROM suppliers.supplier_products AS p JOIN suppliers.suppliers AS s ON s.id = p.supplier_id
          JOIN catalog.product_variants AS v ON v.id = p.variant_id
         WHERE v.business_id <> s.business_id OR p.created_at < v.created_at OR p.created_at < s.created_at""",
    "a variant with two preferred suppliers": """
        SELECT variant_id FROM suppliers.supplier_products WHERE is_preferred GROUP BY variant_id HAVING count(*) > 1""",
    "an order whose state is not that of its times": """
        SELECT id FROM suppliers.purchase_orders
         WHERE (status = 'DRAFT') <> (ordered_at IS NULL) OR status IN ('DRAFT', 'SENT') AND confirmed_at IS NOT NULL
            OR status IN ('CONFIRMED', 'PARTIALLY_RECEIVED', 'RECEIVED', 'CLOSED') AND confirmed_at IS NULL
            OR (status IN ('RECEIVED', 'CLOSED')) <> (received_at IS NOT NULL)
            OR received_at < confirmed_at OR ordered_at < created_at OR updated_at < greatest(received_at, confirmed_at)""",
    "pieces that came before their order did": """
        SELECT o.id FROM suppliers.purchase_orders AS o JOIN suppliers.purchase_order_items AS i
            ON i.purchase_order_id = o.id
         WHERE o.status IN ('DRAFT', 'SENT', 'CONFIRMED', 'CANCELLED') AND i.received_quantity > 0
            OR o.status = 'RECEIVED' AND i.received_quantity < i.quantity
            OR o.status = 'CLOSED' AND i.received_quantity < i.quantity - 1""",
    "a part delivery of nothing or of all": """
        SELECT o.id FROM suppliers.purchase_orders AS o JOIN suppliers.purchase_order_items AS i
            ON i.purchase_order_id = o.id
         WHERE status = 'PARTIALLY_RECEIVED' GROUP BY o.id
        HAVING sum(received_quantity) = 0 OR sum(received_quantity) >= sum(quantity)""",
    "a payment to another supplier or in another currency than the order's": """
        SELECT p.id FROM suppliers.supplier_payments AS p JOIN suppliers.purchase_orders AS o ON o.id = p.purchase_order_id
         WHERE p.supplier_id <> o.supplier_id OR p.currency <> o.currency OR p.created_at < o.confirmed_at""",
    "more paid than is owed, or other than the payments": """
        SELECT o.id FROM suppliers.purchase_orders AS o LEFT JOIN suppliers.supplier_payments AS p
            ON p.purchase_order_id = o.id AND p.status = 'PAID'
         GROUP BY o.id
        HAVING o.paid_amount <> coalesce(sum(p.amount), 0) OR o.paid_amount > o.total_amount""",
    "an order that is closed but not paid a month after it was due": """
        SELECT o.id FROM suppliers.purchase_orders AS o JOIN suppliers.suppliers AS s ON s.id = o.supplier_id
         WHERE o.status = 'CLOSED' AND o.paid_amount < o.total_amount
           AND o.received_at < now() - make_interval(days => s.payment_terms_days + 32)""",
    "a rating of a delivery that did not come, or ratings that the supplier does not have": """
        SELECT id FROM suppliers.purchase_orders WHERE rating IS NOT NULL AND received_at IS NULL
        UNION ALL
        SELECT s.id FROM suppliers.suppliers AS s LEFT JOIN suppliers.purchase_orders AS o ON o.supplier_id = s.id
         GROUP BY s.id HAVING s.rating_count <> count(o.rating) OR s.rating_sum <> coalesce(sum(o.rating), 0)""",
    "a supplier that is bought from only in prospect": """
        SELECT o.id FROM suppliers.purchase_orders AS o JOIN suppliers.suppliers AS s ON s.id = o.supplier_id
         WHERE s.status = 'PROSPECT'""",
    "a state in which nothing is": """
        SELECT state FROM unnest(ARRAY['DRAFT', 'SENT', 'CONFIRMED', 'PARTIALLY_RECEIVED', 'RECEIVED', 'CLOSED', 'CANCELLED'])
            AS state WHERE state NOT IN (SELECT status FROM suppliers.purchase_orders)
        UNION ALL
        SELECT state FROM unnest(ARRAY['PROSPECT', 'ACTIVE', 'ON_HOLD', 'BLOCKED']) AS state
         WHERE state NOT IN (SELECT status FROM suppliers.suppliers)
        UNION ALL
        SELECT state FROM unnest(ARRAY['SCHEDULED', 'PAID', 'FAILED', 'CANCELLED']) AS state
         WHERE state NOT IN (SELECT status FROM suppliers.supplier_payments)""",
}

"""What must never be found among the orders of the sample data."""

WRONG = {
    "an order whose subtotal is not that of its lines": """
        SELECT o.id FROM sales.orders AS o LEFT JOIN sales.order_items AS i ON i.order_id = o.id
         GROUP BY o.id HAVING subtotal <> coalesce(sum(i.total_amount), 0)
             OR bool_or(i.currency <> o.currency) OR sum(i.tax_amount) > o.tax_amount""",
    "an order of another business's customer, goods, site, store, promotion, agent or subscription": """
        SELECT o.id FROM sales.orders AS o
          LEFT JOIN customers.customers AS c ON c.id = o.customer_id LEFT JOIN business.sites AS s ON s.id = o.site_id
          LEFT JOIN business.stores AS t ON t.id = o.store_id LEFT JOIN catalog.promotions AS p ON p.id = o.promotion_id
          LEFT JOIN agents.agents AS a ON a.id = o.agent_id
          LEFT JOIN sales.customer_subscriptions AS b ON b.id = o.subscription_id
         WHERE num_nonnulls(nullif(c.business_id, o.business_id), nullif(s.business_id, o.business_id),
                            nullif(t.business_id, o.business_id), nullif(p.business_id, o.business_id),
                            nullif(a.business_id, o.business_id), nullif(b.business_id, o.business_id)) > 0
        UNION ALL
        SELECT i.id FROM sales.order_items AS i JOIN sales.orders AS o ON o.id = i.order_id
          JOIN catalog.products AS p ON p.id = i.product_id JOIN catalog.product_variants AS v ON v.id = i.variant_id
         WHERE p.business_id <> o.business_id OR v.product_id <> p.id""",
    "an order before there was its customer, product, variant, agent or subscription": """
        SELECT o.id FROM sales.orders AS o JOIN sales.order_items AS i ON i.order_id = o.id
          JOIN catalog.products AS p ON p.id = i.product_id JOIN catalog.product_variants AS v ON v.id = i.variant_id
          LEFT JOIN customers.customers AS c ON c.id = o.customer_id LEFT JOIN agents.agents AS a ON a.id = o.agent_id
          LEFT JOIN sales.customer_subscriptions AS b ON b.id = o.subscription_id
         WHERE placed_at < greatest(p.created_at, v.created_at, c.created_at, a.created_at, b.started_at)""",
    "an order that went to another customer's address": """
        SELECT o.id FROM sales.orders AS o JOIN customers.addresses AS a
            ON a.id IN (o.billing_address_id, o.shipping_address_id)
         WHERE a.customer_id IS DISTINCT FROM o.customer_id
            OR a.id = shipping_address_id AND a.street <> shipping_address ->> 'street'
            OR a.id = billing_address_id AND a.city <> billing_address ->> 'city'""",
    "an order whose states contradict each other": """
        SELECT id FROM sales.orders
         WHERE (status = 'COMPLETED' AND fulfillment_status <> 'DELIVERED')
            OR (status IN ('PENDING', 'ON_HOLD', 'CANCELLED') AND fulfillment_status <> 'UNFULFILLED')
            OR (status = 'REFUNDED' AND payment_status <> 'REFUNDED')
            OR (fulfillment_status = 'FULFILLED' AND shipped_at IS NULL)
            OR (payment_status IN ('FAILED', 'PENDING', 'VOIDED', 'AUTHORIZED') AND paid_at IS NOT NULL)
            OR (shipped_at IS NOT NULL AND shipping_address IS NULL)""",
    "an order that was sold over the counter, but in no store, or to be sent": """
        SELECT id FROM sales.orders
         WHERE channel = 'POINT_OF_SALE' AND (store_id IS NULL OR shipping_address IS NOT NULL OR site_id IS NOT NULL)
            OR (channel = 'SUBSCRIPTION') <> (subscription_id IS NOT NULL)""",
    "an order whose history does not begin with it, or lacks what happened": """
        SELECT o.id FROM sales.orders AS o LEFT JOIN sales.order_events AS e ON e.order_id = o.id GROUP BY o.id
        HAVING min(occurred_at) IS DISTINCT FROM placed_at OR count(*) FILTER (WHERE type = 'PLACED') <> 1
            OR bool_or(type = 'CANCELLED') <> (cancelled_at IS NOT NULL)
            OR shipped_at IS NOT NULL AND NOT bool_or(type = 'SHIPPED' AND occurred_at = shipped_at)""",
    "a return of more than was ordered, of another order, or before it was delivered": """
        SELECT r.id FROM sales.order_returns AS r JOIN sales.return_items AS n ON n.return_id = r.id
          JOIN sales.order_items AS i ON i.id = n.item_id JOIN sales.orders AS o ON o.id = r.order_id
         WHERE i.order_id <> r.order_id OR n.quantity > i.quantity OR r.business_id <> o.business_id
            OR o.delivered_at IS NULL OR r.created_at < o.delivered_at""",
    "a return without a granted wish, or of another order than wished": """
        SELECT r.id FROM sales.order_returns AS r LEFT JOIN sales.rma_requests AS w ON w.id = r.rma_request_id
          JOIN sales.orders AS o ON o.id = r.order_id
         WHERE o.channel <> 'POINT_OF_SALE' AND w.status IS DISTINCT FROM 'APPROVED' OR w.order_id <> r.order_id""",
    "a return that was settled without the money it says": """
        SELECT r.id FROM sales.order_returns AS r
         WHERE status = 'COMPLETED' AND resolution = 'REFUND'
           AND (SELECT sum(refund_amount) FROM sales.return_items WHERE return_id = r.id) + shipping_amount - restocking_fee
               IS DISTINCT FROM
               (SELECT sum(amount) FROM finance.refunds WHERE return_id = r.id AND status = 'SUCCEEDED')""",
    "a cart that became another order, or a subscription of another customer": """
        SELECT c.id FROM sales.carts AS c JOIN sales.orders AS o ON o.id = c.order_id
         WHERE c.customer_id <> o.customer_id OR c.converted_at <> o.placed_at OR c.created_at > o.placed_at
        UNION ALL
        SELECT b.id FROM sales.customer_subscriptions AS b JOIN sales.orders AS o ON o.subscription_id = b.id
         WHERE o.customer_id <> b.customer_id OR b.cancelled_at < o.placed_at OR b.ends_at < o.placed_at""",
    "an order that is held back and was not looked at": """
        SELECT id FROM sales.orders AS o WHERE status = 'ON_HOLD' AND NOT EXISTS (
            SELECT FROM sales.fraud_checks AS f WHERE f.order_id = o.id AND f.status = 'IN_REVIEW')
        UNION ALL
        SELECT f.id FROM sales.fraud_checks AS f JOIN sales.orders AS o ON o.id = f.order_id
          LEFT JOIN sales.fraud_rules AS r ON r.id = f.rule_id LEFT JOIN finance.payments AS p ON p.id = f.payment_id
         WHERE r.business_id <> o.business_id OR p.order_id <> o.id OR f.checked_at < o.placed_at""",
    "a state of orders, lines, returns, carts, subscriptions, checks or anomalies that does not occur": """
        SELECT state FROM unnest('{PENDING,ON_HOLD,PROCESSING,COMPLETED,CANCELLED,REFUNDED}'::text[]) AS state
         WHERE state NOT IN (SELECT status FROM sales.orders)
        UNION ALL SELECT state FROM unnest('{PENDING,AUTHORIZED,PARTIALLY_PAID,PAID,PARTIALLY_REFUNDED,REFUNDED,
            FAILED,VOIDED}'::text[]) AS state WHERE state NOT IN (SELECT payment_status FROM sales.orders)
        UNION ALL SELECT state FROM unnest(
            '{UNFULFILLED,PARTIALLY_FULFILLED,FULFILLED,DELIVERED,RETURNED}'::text[]) AS state
         WHERE state NOT IN (SELECT fulfillment_status FROM sales.orders)
        UNION ALL SELECT state FROM unnest('{PENDING,DELIVERED,EXPIRED,CANCELLED,RETURNED}'::text[]) AS state
         WHERE state NOT IN (SELECT status FROM sales.order_items)
        UNION ALL SELECT state FROM unnest('{REQUESTED,APPROVED,REJECTED,CANCELLED,EXPIRED}'::text[]) AS state
         WHERE state NOT IN (SELECT status FROM sales.rma_requests)
        UNION ALL SELECT state FROM unnest(
            '{EXPECTED,IN_TRANSIT,RECEIVED,INSPECTED,COMPLETED,REFUSED,CANCELLED}'::text[]) AS state
         WHERE state NOT IN (SELECT status FROM sales.order_returns)
        UNION ALL SELECT state FROM unnest('{ACTIVE,ABANDONED,CONVERTED,EXPIRED}'::text[]) AS state
         WHERE state NOT IN (SELECT status FROM sales.carts)
        UNION ALL SELECT state FROM unnest('{TRIAL,ACTIVE,PAUSED,PAST_DUE,CANCELLED,EXPIRED}'::text[]) AS state
         WHERE state NOT IN (SELECT status FROM sales.customer_subscriptions)
        UNION ALL SELECT state FROM unnest('{PASSED,IN_REVIEW,CLEARED,BLOCKED,ERROR}'::text[]) AS state
         WHERE state NOT IN (SELECT status FROM sales.fraud_checks)
        UNION ALL SELECT state FROM unnest('{OPEN,INVESTIGATING,CONFIRMED,FALSE_ALARM,RESOLVED}'::text[]) AS state
         WHERE state NOT IN (SELECT status FROM sales.anomaly_detections)""",
}

"""What must never be found in the books of the sample data."""

WRONG = {
    "a paid order over another sum than its payments": """
        SELECT o.id FROM sales.orders AS o
         WHERE payment_status IN ('PAID', 'PARTIALLY_REFUNDED', 'REFUNDED') AND total_amount <>
               (SELECT coalesce(sum(amount), 0) FROM finance.payments AS p WHERE p.order_id = o.id AND p.paid_at IS NOT NULL)
            OR payment_status = 'PARTIALLY_PAID' AND total_amount <>
               (SELECT sum(amount) FROM finance.payments AS p WHERE p.order_id = o.id)""",
    "an order that is said to be paid, refused or paid back otherwise than its payments": """
        SELECT o.id FROM sales.orders AS o WHERE total_amount > 0 AND NOT EXISTS (
            SELECT FROM finance.payments AS p WHERE p.order_id = o.id
               AND CASE payment_status WHEN 'PARTIALLY_PAID' THEN p.status = 'PAID'
                                       WHEN 'PAID' THEN p.status IN ('PAID', 'DISPUTED')
                                       ELSE p.status = payment_status END)""",
    "a payment of another customer, business, gateway, card or currency": """
        SELECT p.id FROM finance.payments AS p LEFT JOIN sales.orders AS o ON o.id = p.order_id
          LEFT JOIN finance.payment_gateways AS g ON g.id = p.gateway_id
          LEFT JOIN finance.payment_methods AS m ON m.id = p.payment_method_id
         WHERE (o.business_id, o.customer_id, o.currency) <> (p.business_id, p.customer_id, p.currency)
            OR g.business_id <> p.business_id OR m.gateway_id <> p.gateway_id OR m.customer_id <> p.customer_id
            OR m.type <> p.method OR m.created_at > p.created_at OR p.created_at < o.placed_at""",
    "a payment through a gateway that takes no such payments": """
        SELECT p.id FROM finance.payments AS p JOIN finance.payment_gateways AS g ON g.id = p.gateway_id
         WHERE p.method <> ALL (g.methods) OR g.is_test OR NOT g.is_active OR p.created_at < g.created_at""",
    "a payment that says otherwise than its refunds": """
        SELECT p.id FROM finance.payments AS p LEFT JOIN finance.refunds AS r ON r.payment_id = p.id
         GROUP BY p.id HAVING refunded_amount <> coalesce(sum(r.amount) FILTER (WHERE r.status = 'SUCCEEDED'), 0)
             OR (p.status = 'REFUNDED') <> (refunded_amount = p.amount)
             OR p.status = 'PARTIALLY_REFUNDED' AND refunded_amount = 0
             OR bool_or(r.currency <> p.currency OR r.created_at < p.paid_at)""",
    "a payment or refund that the books do not know, or know otherwise": """
        SELECT p.id FROM finance.payments AS p
          LEFT JOIN finance.transactions AS t ON t.payment_id = p.id AND t.type = 'REVENUE'
         WHERE p.order_id IS NOT NULL AND p.paid_at IS NOT NULL
           AND (t.amount, t.currency, t.business_id, t.order_id)
               IS DISTINCT FROM (p.amount, p.currency, p.business_id, p.order_id)
        UNION ALL
        SELECT r.id FROM finance.refunds AS r JOIN finance.payments AS p ON p.id = r.payment_id
          LEFT JOIN finance.transactions AS t ON t.refund_id = r.id
         WHERE p.order_id IS NOT NULL AND r.status = 'SUCCEEDED'
           AND (t.amount, t.type) IS DISTINCT FROM (r.amount, 'REFUND')""",
    "a budget that another business spends, or in another month": """
        SELECT t.id FROM finance.transactions AS t JOIN finance.budgets AS b ON b.id = t.budget_id
         WHERE (t.business_id, t.category, t.currency) <> (b.business_id, b.category, b.currency)
            OR (extract(year FROM booked_on), extract(month FROM booked_on)) <> (fiscal_year, fiscal_month)""",
    "a budget that counts other than what was spent": """
        SELECT b.id FROM finance.budgets AS b LEFT JOIN finance.transactions AS t ON t.budget_id = b.id
         GROUP BY b.id HAVING spent_amount <> coalesce(sum(t.amount), 0)""",
    "revenue that is not credited in whole, or to another business's agent or campaign": """
        SELECT transaction_id AS id FROM finance.revenue_attributions
         GROUP BY transaction_id, model HAVING sum(percentage) <> 100
        UNION ALL
        SELECT r.id FROM finance.revenue_attributions AS r JOIN finance.transactions AS t ON t.id = r.transaction_id
          JOIN agents.agents AS a ON a.id = r.agent_id LEFT JOIN marketing.campaigns AS c ON c.id = r.campaign_id
         WHERE a.business_id <> t.business_id OR c.business_id <> t.business_id OR t.type <> 'REVENUE'
            OR a.created_at > r.created_at OR t.booked_on NOT BETWEEN coalesce(c.starts_on, t.booked_on)
                                                                  AND coalesce(c.ends_on, t.booked_on)""",
    "a saved card of another business, or before its owner was there": """
        SELECT m.id FROM finance.payment_methods AS m JOIN finance.payment_gateways AS g ON g.id = m.gateway_id
          LEFT JOIN customers.customers AS c ON c.id = m.customer_id LEFT JOIN identity.users AS u ON u.id = m.user_id
         WHERE c.business_id <> g.business_id OR m.type <> ALL (g.methods) OR m.created_at < coalesce(c.created_at, u.created_at)
            OR m.is_active AND m.expires_on < current_date - 1""",
    "a state of payments or refunds, or a kind of booking, that does not occur": """
        SELECT state FROM unnest('{PENDING,AUTHORIZED,PAID,PARTIALLY_REFUNDED,REFUNDED,DISPUTED,FAILED,VOIDED}'::text[])
            AS state WHERE state NOT IN (SELECT status FROM finance.payments)
        UNION ALL SELECT state FROM unnest('{PENDING,SUCCEEDED,FAILED,CANCELLED}'::text[]) AS state
         WHERE state NOT IN (SELECT status FROM finance.refunds)
        UNION ALL SELECT state FROM unnest('{REVENUE,EXPENSE,REFUND,ADJUSTMENT}'::text[]) AS state
         WHERE state NOT IN (SELECT type FROM finance.transactions)""",
}

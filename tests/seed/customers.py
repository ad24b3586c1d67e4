"""What must never be found among the customers of the sample data."""

WRONG = {
    "a customer whose sums are not those of the orders": """
        SELECT c.id FROM customers.customers AS c
         WHERE order_count <> (SELECT count(*) FROM sales.orders AS o
                                WHERE o.customer_id = c.id AND o.status NOT IN ('CANCELLED', 'REFUNDED'))""",
    "a customer whose last order is another": """
        SELECT c.id FROM customers.customers AS c
          JOIN (SELECT customer_id, max(placed_at) AS latest FROM sales.orders GROUP BY 1) AS o ON o.customer_id = c.id
         WHERE last_order_at IS NULL OR abs(extract(epoch FROM last_order_at - latest)) > 60""",
    "a customer with an account under another address": """
        SELECT c.id FROM customers.customers AS c JOIN identity.users AS u ON u.id = c.user_id
         WHERE c.email <> u.email OR c.created_at < u.created_at""",
    "a customer without an address, or with two default ones for the same": """
        SELECT id FROM customers.customers AS c WHERE NOT EXISTS (
            SELECT FROM customers.addresses AS a WHERE a.customer_id = c.id AND is_default)
        UNION ALL
        SELECT customer_id FROM customers.addresses WHERE is_default
         GROUP BY 1 HAVING count(*) > 1 AND bool_or(type = 'BOTH')""",
    "a child among the customers of a vape shop": """
        SELECT id FROM customers.customers WHERE born_on > created_at - interval '16 years'""",
    "a reader of the newsletter who wants no advertising": """
        SELECT id FROM customers.customers WHERE accepts_newsletter AND NOT accepts_email_marketing""",
    "a segment that counts other than its members": """
        SELECT s.id FROM customers.customer_segments AS s
          LEFT JOIN customers.segment_members AS m ON m.segment_id = s.id
         GROUP BY s.id HAVING count(m.id) <> member_count""",
    "a customer in a segment of another business, or before it was there": """
        SELECT m.id FROM customers.segment_members AS m JOIN customers.customers AS c ON c.id = m.customer_id
          JOIN customers.customer_segments AS s ON s.id = m.segment_id
         WHERE s.business_id <> c.business_id OR assigned_at < greatest(s.created_at, c.created_at)""",
    "a firm in no firm's segment, or a person in one": """
        SELECT m.id FROM customers.segment_members AS m JOIN customers.customers AS c ON c.id = m.customer_id
          JOIN customers.customer_segments AS s ON s.id = m.segment_id
         WHERE s.type = 'COMMERCIAL' AND c.company IS NULL OR s.type = 'RESIDENTIAL' AND c.company IS NOT NULL""",
    "an inferred preference that nobody inferred, or a stated one that is unsure": """
        SELECT id FROM customers.customer_preferences
         WHERE agent_id IS NOT NULL AND source <> 'INFERRED' OR source = 'STATED' AND confidence < 100""",
    "a contact about an order or ticket of another customer, or before the customer came": """
        SELECT i.id FROM customers.customer_interactions AS i JOIN customers.customers AS c ON c.id = i.customer_id
          LEFT JOIN sales.orders AS o ON o.id = i.order_id LEFT JOIN support.support_tickets AS t ON t.id = i.ticket_id
         WHERE o.customer_id <> c.id OR t.customer_id <> c.id OR occurred_at < c.created_at""",
    "a contact with an agent of another business": """
        SELECT i.id FROM customers.customer_interactions AS i JOIN customers.customers AS c ON c.id = i.customer_id
          JOIN agents.agents AS a ON a.id = i.agent_id WHERE a.business_id <> c.business_id""",
}

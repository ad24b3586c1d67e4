"""What must never be found in the support of the sample data."""

WRONG = {
    "a ticket about an order of another customer or business, or older than it": """
        SELECT t.id FROM support.support_tickets AS t JOIN sales.orders AS o ON o.id = t.order_id
         WHERE (t.customer_id, t.business_id) IS DISTINCT FROM (o.customer_id, o.business_id)
            OR t.created_at < o.placed_at""",
    "a ticket about a product that the order does not contain": """
        SELECT t.id FROM support.support_tickets AS t WHERE product_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM sales.order_items AS i JOIN catalog.product_variants AS v ON v.id = i.variant_id
             WHERE i.order_id = t.order_id AND v.product_id = t.product_id)""",
    "a ticket that does not begin with its customer": """
        SELECT id FROM support.support_tickets AS t WHERE 'CUSTOMER' IS DISTINCT FROM (
            SELECT author_type FROM support.ticket_messages AS m
             WHERE m.ticket_id = t.id ORDER BY created_at LIMIT 1)""",
    "a ticket that counts other than its messages": """
        SELECT t.id FROM support.support_tickets AS t LEFT JOIN support.ticket_messages AS m
            ON m.ticket_id = t.id AND NOT is_internal
         GROUP BY t.id HAVING count(m.id) <> message_count""",
    "a first answer at another time than the first letter of staff or agent": """
        SELECT id FROM support.support_tickets AS t WHERE first_responded_at IS DISTINCT FROM (
            SELECT min(created_at) FROM support.ticket_messages AS m
             WHERE m.ticket_id = t.id AND author_type IN ('STAFF', 'AGENT') AND NOT is_internal)""",
    "a letter before its ticket, or after it was solved": """
        SELECT m.id FROM support.ticket_messages AS m JOIN support.support_tickets AS t ON t.id = m.ticket_id
         WHERE m.created_at < t.created_at OR m.created_at > t.resolved_at""",
    "a new ticket that was answered, or another that was not": """
        SELECT id FROM support.support_tickets WHERE (status = 'NEW') <> (first_responded_at IS NULL)""",
    "a ticket that somebody deals with who does not work there": """
        SELECT t.id FROM support.support_tickets AS t WHERE assignee_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM identity.memberships AS m WHERE m.user_id = t.assignee_id AND m.business_id = t.business_id)""",
    "a notification of a ticket to somebody else than who deals with it": """
        SELECT n.id FROM support.notifications AS n JOIN support.support_tickets AS t ON t.id = n.entity_id
         WHERE entity_type = 'SupportTicket' AND n.user_id IS DISTINCT FROM t.assignee_id""",
    "a message to another customer than the order's, or before the order": """
        SELECT m.id FROM support.outbound_messages AS m JOIN sales.orders AS o ON o.id = m.order_id
         WHERE m.customer_id IS DISTINCT FROM o.customer_id OR m.created_at < o.placed_at""",
    "a message by e-mail to another address than the customer's": """
        SELECT m.id FROM support.outbound_messages AS m JOIN customers.customers AS c ON c.id = m.customer_id
         WHERE channel = 'EMAIL' AND recipient <> c.email OR m.body LIKE '%{{%'""",
    "a template of another business or way": """
        SELECT m.id FROM support.outbound_messages AS m JOIN support.notification_templates AS t ON t.id = m.template_id
         WHERE t.business_id <> m.business_id OR t.channel <> m.channel
        UNION ALL
        SELECT d.id FROM support.documents AS d JOIN support.document_templates AS t ON t.id = d.template_id
         WHERE t.business_id <> d.business_id OR t.type <> d.type OR t.format <> d.format""",
    "a paper of another customer than the order's, or an invoice over another sum": """
        SELECT d.id FROM support.documents AS d JOIN sales.orders AS o ON o.id = d.order_id
         WHERE d.customer_id IS DISTINCT FROM o.customer_id OR d.created_at < o.placed_at
            OR d.type = 'INVOICE' AND (d.data ->> 'total')::numeric <> o.total_amount""",
    "a credit note for an order that was not paid back": """
        SELECT d.id FROM support.documents AS d JOIN sales.orders AS o ON o.id = d.order_id
         WHERE d.type = 'CREDIT_NOTE' AND o.status <> 'REFUNDED'""",
    "a state of tickets, notifications, messages or papers that does not occur": """
        SELECT state FROM unnest('{NEW,OPEN,PENDING,ON_HOLD,RESOLVED,CLOSED}'::text[]) AS state
         WHERE state NOT IN (SELECT status FROM support.support_tickets)
        UNION ALL SELECT state FROM unnest('{QUEUED,SENT,READ,FAILED,EXPIRED}'::text[]) AS state
         WHERE state NOT IN (SELECT status FROM support.notifications)
        UNION ALL SELECT state FROM unnest(
            '{QUEUED,SENT,DELIVERED,OPENED,CLICKED,BOUNCED,COMPLAINED,FAILED,CANCELLED}'::text[]) AS state
         WHERE state NOT IN (SELECT status FROM support.outbound_messages)
        UNION ALL SELECT state FROM unnest('{PENDING,READY,SENT,FAILED,VOID}'::text[]) AS state
         WHERE state NOT IN (SELECT status FROM support.documents)""",
}

"""What must not be in the sample data of operations: each statement finds nothing."""

_ROWS = """(
    SELECT 'Product' AS entity, id, business_id, created_at FROM catalog.products
    UNION ALL SELECT 'User', id, NULL, created_at FROM identity.users
    UNION ALL SELECT 'Order', id, business_id, placed_at FROM sales.orders
    UNION ALL SELECT 'Job', id, business_id, created_at FROM freelance.jobs
    UNION ALL SELECT 'Customer', id, business_id, created_at FROM customers.customers
    UNION ALL SELECT 'Promotion', id, business_id, created_at FROM catalog.promotions
    UNION ALL SELECT 'MarketplaceListing', l.id, a.business_id, l.created_at FROM channels.marketplace_listings AS l
      JOIN channels.marketplace_accounts AS a ON a.id = l.account_id)"""

WRONG = {
    "an event of a row that is not there, not yet, or another business's": f"""
        SELECT e.id FROM ops.event_logs AS e LEFT JOIN {_ROWS} AS r ON r.id = e.entity_id AND r.entity = e.entity_type
         WHERE r.id IS NULL OR e.occurred_at < r.created_at OR e.business_id IS DISTINCT FROM r.business_id""",
    "a change of a row that is not there, not yet, or another business's": f"""
        SELECT l.id FROM ops.audit_logs AS l LEFT JOIN {_ROWS} AS r ON r.id = l.entity_id AND r.entity = l.entity_type
         WHERE l.action <> 'DELETE' AND l.row_count = 1 AND (r.id IS NULL OR l.occurred_at < r.created_at
            OR l.business_id IS DISTINCT FROM r.business_id)""",
    "a removal of a row that is still there": """
        SELECT l.id FROM ops.audit_logs AS l JOIN catalog.categories AS c ON c.id = l.entity_id
         WHERE l.action = 'DELETE'""",
    "a change by nobody": """
        SELECT id FROM ops.audit_logs WHERE num_nonnulls(user_id, api_key_id, agent_id) = 0""",
    "a change by somebody who was not there yet, or by another business's key or agent": """
        SELECT l.id FROM ops.audit_logs AS l LEFT JOIN identity.users AS u ON u.id = l.user_id
          LEFT JOIN gateway.api_keys AS k ON k.id = l.api_key_id LEFT JOIN agents.agents AS a ON a.id = l.agent_id
         WHERE l.occurred_at < u.created_at OR l.occurred_at < k.created_at OR l.occurred_at < a.created_at
            OR k.business_id <> l.business_id OR a.business_id <> l.business_id""",
    "a service that was told of what it does not take": """
        SELECT s.id FROM ops.service_syncs AS s JOIN ops.service_subscriptions AS p ON p.id = s.subscription_id
         WHERE s.service_name <> p.service_name OR s.entity_type <> p.entity_type
            OR s.operation <> ALL (p.operations) OR s.business_id <> p.business_id""",
    "a service that was told of something before it happened": """
        SELECT s.id FROM ops.service_syncs AS s JOIN ops.event_logs AS e ON e.id = s.event_id
         WHERE s.created_at < e.occurred_at OR s.entity_id <> e.entity_id OR s.started_at < s.created_at""",
    "changes of one row that overtook each other": """
        SELECT a.id FROM ops.service_syncs AS a JOIN ops.service_syncs AS b USING (service_name, entity_type, entity_id)
         WHERE a.id < b.id AND a.status IN ('PENDING', 'PROCESSING') AND b.status = 'COMPLETED'""",
    "a hidden setting without a value": """
        SELECT id FROM ops.configurations WHERE is_sensitive <> (secret_value IS NOT NULL)""",
    "an increment to nothing that can be brought back": """
        SELECT i.id FROM ops.backups AS i JOIN ops.backups AS b ON b.id = i.base_id
         WHERE b.started_at > i.started_at OR b.type <> 'FULL' OR b.status <> 'COMPLETED'""",
    "a counter that goes down": """
        SELECT id FROM (SELECT id, value < lag(value) OVER (PARTITION BY name, host ORDER BY measured_at) AS fell
                          FROM ops.system_metrics WHERE type = 'COUNTER') AS m WHERE fell""",
    "troubles that are not counted, or counted where there are none": """
        SELECT id FROM ops.health_checks WHERE (status IN ('DEGRADED', 'UNHEALTHY')) <> (failures_in_a_row > 0)""",
    "a state that does not occur": """
        SELECT state FROM unnest('{PENDING,PROCESSING,COMPLETED,FAILED}'::text[]) AS state
         WHERE NOT EXISTS (SELECT FROM ops.service_syncs WHERE status = state)
        UNION ALL SELECT state FROM unnest('{RUNNING,COMPLETED,FAILED,REMOVED}'::text[]) AS state
         WHERE NOT EXISTS (SELECT FROM ops.backups WHERE status = state)
        UNION ALL SELECT state FROM unnest('{FULL,INCREMENTAL,SCHEMA,EXPORT}'::text[]) AS state
         WHERE NOT EXISTS (SELECT FROM ops.backups WHERE type = state)
        UNION ALL SELECT state FROM unnest('{HEALTHY,DEGRADED,UNHEALTHY,UNKNOWN}'::text[]) AS state
         WHERE NOT EXISTS (SELECT FROM ops.health_checks WHERE status = state)
        UNION ALL SELECT state FROM unnest('{CREATE,UPDATE,DELETE,EXPORT}'::text[]) AS state
         WHERE NOT EXISTS (SELECT FROM ops.audit_logs WHERE action = state)
        UNION ALL SELECT state FROM unnest('{DEBUG,INFO,WARNING,ERROR,CRITICAL}'::text[]) AS state
         WHERE NOT EXISTS (SELECT FROM ops.system_events WHERE severity = state)""",
}

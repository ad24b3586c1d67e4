"""What must not be in the sample data of marketplaces: each statement finds nothing."""

WRONG = {
    "an account on another business's marketplace, or with another's agent or warehouse": """
        SELECT a.id FROM channels.marketplace_accounts AS a JOIN channels.marketplaces AS m ON m.id = a.marketplace_id
          LEFT JOIN agents.agents AS g ON g.id = a.agent_id
          LEFT JOIN fulfillment.warehouses AS w ON w.id = a.warehouse_id
         WHERE m.business_id <> a.business_id OR g.business_id <> a.business_id OR w.business_id <> a.business_id""",
    "a listing of another business's article, of another account's rule, or in another currency": """
        SELECT l.id FROM channels.marketplace_listings AS l
          JOIN channels.marketplace_accounts AS a ON a.id = l.account_id
          JOIN channels.marketplaces AS m ON m.id = a.marketplace_id
          JOIN catalog.product_variants AS v ON v.id = l.variant_id
          LEFT JOIN channels.marketplace_pricing_rules AS r ON r.id = l.pricing_rule_id
         WHERE v.business_id <> a.business_id OR r.account_id <> l.account_id OR l.currency <> m.currency""",
    "a listing that is older than its account or article": """
        SELECT l.id FROM channels.marketplace_listings AS l
          JOIN channels.marketplace_accounts AS a ON a.id = l.account_id
          JOIN catalog.product_variants AS v ON v.id = l.variant_id
         WHERE l.created_at < a.created_at OR l.created_at < v.created_at OR l.published_at < l.created_at""",
    "a live listing on an account that does not work": """
        SELECT l.id FROM channels.marketplace_listings AS l
          JOIN channels.marketplace_accounts AS a ON a.id = l.account_id
         WHERE l.status = 'ACTIVE' AND a.status NOT IN ('ACTIVE', 'PAUSED')""",
    "a listing that offers another quantity than it was last told": """
        SELECT l.id FROM channels.marketplace_listings AS l
          LEFT JOIN LATERAL (SELECT offered_quantity, synced_at FROM channels.marketplace_inventory_syncs AS s
                              WHERE s.listing_id = l.id AND s.status = 'SYNCED'
                              ORDER BY synced_at DESC LIMIT 1) AS s ON true
         WHERE l.quantity <> coalesce(s.offered_quantity, 0) OR l.last_synced_at IS DISTINCT FROM s.synced_at""",
    "an imported order that differs from the order here, or came from no marketplace": """
        SELECT m.id FROM channels.marketplace_orders AS m JOIN sales.orders AS o ON o.id = m.order_id
          JOIN channels.marketplace_accounts AS a ON a.id = m.account_id
         WHERE o.business_id <> a.business_id OR o.total_amount <> m.total_amount OR o.currency <> m.currency
            OR o.placed_at <> m.placed_at OR o.channel <> 'MARKETPLACE'""",
    "an order that was placed before the account was connected, or fetched by another's run": """
        SELECT o.id FROM channels.marketplace_orders AS o
          JOIN channels.marketplace_accounts AS a ON a.id = o.account_id
          LEFT JOIN channels.marketplace_sync_logs AS s ON s.id = o.sync_log_id
         WHERE o.placed_at < a.connected_at OR s.account_id <> o.account_id OR s.type <> 'ORDERS'""",
    "a fee for another account's order or article, or in another currency than the marketplace's": """
        SELECT f.id FROM channels.marketplace_fees AS f JOIN channels.marketplace_accounts AS a ON a.id = f.account_id
          JOIN channels.marketplaces AS m ON m.id = a.marketplace_id
          LEFT JOIN channels.marketplace_orders AS o ON o.id = f.marketplace_order_id
          LEFT JOIN channels.marketplace_listings AS l ON l.id = f.listing_id
         WHERE o.account_id <> f.account_id OR l.account_id <> f.account_id OR f.currency <> m.currency
            OR f.charged_at < coalesce(o.placed_at, l.published_at, a.connected_at)""",
    "a share of another rate than it says, or an imported order without one": """
        SELECT o.id FROM channels.marketplace_orders AS o
          LEFT JOIN channels.marketplace_fees AS f ON f.marketplace_order_id = o.id AND f.type = 'COMMISSION'
         WHERE o.status = 'IMPORTED' AND (f.id IS NULL OR abs(f.amount - o.total_amount * f.rate / 100) > 0.01)""",
    "a settled fee without a statement": """
        SELECT id FROM channels.marketplace_fees WHERE (settled_at IS NULL) <> (statement_number IS NULL)""",
    "a run over another number of articles than it says": """
        SELECT r.id FROM channels.marketplace_sync_logs AS r
          LEFT JOIN channels.marketplace_inventory_syncs AS s ON s.sync_log_id = r.id
         WHERE r.type = 'INVENTORY' GROUP BY r.id
        HAVING count(s.id) <> r.record_count OR count(s.id) FILTER (WHERE s.status = 'FAILED') <> r.failed_count""",
    "a day with other orders or fees than there are": """
        SELECT d.id FROM channels.marketplace_daily_stats AS d CROSS JOIN LATERAL (
            SELECT count(*) AS orders, coalesce(sum(o.total_amount), 0) AS total FROM channels.marketplace_orders AS o
             WHERE o.account_id = d.account_id AND o.status <> 'IGNORED'
               AND (o.placed_at AT TIME ZONE 'UTC')::date = d.day) AS o
         WHERE order_count <> orders OR revenue <> total
            OR fee_amount <> (
               SELECT coalesce(sum(f.amount), 0) FROM channels.marketplace_fees AS f
                WHERE f.account_id = d.account_id AND (f.charged_at AT TIME ZONE 'UTC')::date = d.day)""",
    "a state of accounts, listings, orders or runs that does not occur": """
        SELECT state FROM unnest('{PENDING,ACTIVE,PAUSED,ERROR,DISCONNECTED}'::text[]) AS state
         WHERE NOT EXISTS (SELECT FROM channels.marketplace_accounts WHERE status = state)
        UNION ALL SELECT state FROM unnest('{DRAFT,PENDING,ACTIVE,PAUSED,REJECTED,ENDED}'::text[]) AS state
         WHERE NOT EXISTS (SELECT FROM channels.marketplace_listings WHERE status = state)
        UNION ALL SELECT state FROM unnest('{PENDING,IMPORTED,FAILED,CANCELLED,IGNORED}'::text[]) AS state
         WHERE NOT EXISTS (SELECT FROM channels.marketplace_orders WHERE status = state)
        UNION ALL SELECT state FROM unnest('{PENDING,SYNCED,FAILED}'::text[]) AS state
         WHERE NOT EXISTS (SELECT FROM channels.marketplace_inventory_syncs WHERE status = state)
        UNION ALL SELECT state FROM unnest('{RUNNING,COMPLETED,PARTIAL,FAILED}'::text[]) AS state
         WHERE NOT EXISTS (SELECT FROM channels.marketplace_sync_logs WHERE status = state)""",
}

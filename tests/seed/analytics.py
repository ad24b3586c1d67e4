"""What must not be found in the sample data of analytics."""

WRONG = {
    "an event on a site of another business": """
        SELECT e.id FROM analytics.analytics_events AS e JOIN business.sites AS s ON s.id = site_id
         WHERE e.business_id <> s.business_id""",
    "an event of a visitor, customer, test or definition of another business": """
        SELECT e.id FROM analytics.analytics_events AS e
          LEFT JOIN chat.visitors AS v ON v.id = visitor_id LEFT JOIN customers.customers AS c ON c.id = e.customer_id
          LEFT JOIN analytics.ab_tests AS t ON t.id = ab_test_id
          LEFT JOIN analytics.custom_events AS d ON d.id = custom_event_id
         WHERE e.business_id <> ANY (ARRAY[v.business_id, c.business_id, t.business_id, d.business_id])""",
    "a purchase that is no order of that customer, time and total": """
        SELECT e.id FROM analytics.analytics_events AS e LEFT JOIN sales.orders AS o ON o.id = entity_id
         WHERE e.type = 'PURCHASE' AND (e.business_id, e.customer_id, e.value, e.currency, e.occurred_at)
               IS DISTINCT FROM (o.business_id, o.customer_id, o.total_amount, o.currency, o.placed_at)""",
    "an event of a product of another business": """
        SELECT e.id FROM analytics.analytics_events AS e LEFT JOIN catalog.products AS p ON p.id = entity_id
         WHERE entity_type = 'Product' AND p.business_id IS DISTINCT FROM e.business_id""",
    "a visit on two sites or with two devices": """
        SELECT session_id FROM analytics.analytics_events GROUP BY session_id
        HAVING count(DISTINCT (site_id, device)) > 1""",
    "a custom event under another name than its definition": """
        SELECT e.id FROM analytics.analytics_events AS e
          LEFT JOIN analytics.custom_events AS c ON c.id = custom_event_id
         WHERE (e.type = 'CUSTOM') <> (c.id IS NOT NULL) OR e.name <> c.name""",
    "a funnel with another count than its events": """
        SELECT f.id FROM analytics.funnels AS f CROSS JOIN jsonb_array_elements(steps) AS step
         WHERE (step ->> 'count')::int <>
               (SELECT count(DISTINCT session_id) FROM analytics.analytics_events AS e
                 WHERE e.site_id = f.site_id AND e.name = step ->> 'event')""",
    "a funnel that grows wider on the way": """
        SELECT f.id FROM analytics.funnels AS f
         CROSS JOIN jsonb_array_elements(steps) WITH ORDINALITY AS s (step, place)
         WHERE (step ->> 'count')::int > (steps -> (place::int - 2) ->> 'count')::int AND place > 1""",
    "a test with another count of visitors than its events": """
        SELECT t.id FROM analytics.ab_tests AS t CROSS JOIN jsonb_array_elements(variants) AS v
         WHERE (v ->> 'visitors')::int <>
               (SELECT count(DISTINCT session_id) FROM analytics.analytics_events AS e
                 WHERE e.ab_test_id = t.id AND e.variant = v ->> 'key')""",
    "a cohort with another count of members than first orders": """
        SELECT c.id FROM analytics.cohorts AS c WHERE member_count <>
               (SELECT count(*) FROM (SELECT customer_id FROM sales.orders AS o WHERE o.business_id = c.business_id
                                       GROUP BY customer_id
                                      HAVING min(placed_at) >= starts_on AND min(placed_at) < ends_on + 1) AS first)""",
    "a prediction that was confirmed too early": """
        SELECT id FROM analytics.predictions
         WHERE outcome_at::date <= target_on
            OR (outcome_at IS NULL) <> (actual_value IS NULL AND actual_label IS NULL)""",
}

"""What must not be found in the sample data of businesses."""

WRONG = {
    "an area with miscounted components": """
        SELECT id FROM business.domains AS d WHERE component_count <>
               (SELECT count(*) FROM business.domain_components WHERE domain_id = d.id)""",
    "an area under one of another business": """
        SELECT d.id FROM business.domains AS d JOIN business.domains AS p ON p.id = d.parent_id
         WHERE d.business_id <> p.business_id""",
    "a business without an owner": """
        SELECT id FROM business.businesses AS b WHERE NOT EXISTS
               (SELECT FROM identity.memberships WHERE business_id = b.id AND role = 'OWNER')""",
    "a business whose primary site is not its own": """
        SELECT b.id FROM business.businesses AS b LEFT JOIN business.sites AS s ON s.id = primary_site_id
         WHERE s.business_id IS DISTINCT FROM b.id""",
    "a store on the site of another business": """
        SELECT t.id FROM business.stores AS t JOIN business.sites AS s ON s.id = site_id
         WHERE t.business_id <> s.business_id""",
    "a store run by somebody from outside": """
        SELECT id FROM business.stores AS s WHERE manager_id IS NOT NULL AND NOT EXISTS
               (SELECT FROM identity.memberships AS m
                 WHERE m.business_id = s.business_id AND m.user_id = manager_id)""",
    "a metric that differs from its definition": """
        SELECT m.id FROM business.metrics AS m JOIN analytics.metric_definitions AS d ON d.id = definition_id
         WHERE (m.business_id, m.domain_id, m.name, m.type, m.unit)
               IS DISTINCT FROM (d.business_id, d.domain_id, d.name, d.type, d.unit)""",
    "an alert of a rule whose condition does not hold": """
        SELECT a.id FROM business.alerts AS a JOIN business.alert_rules AS r ON r.id = rule_id
         WHERE CASE comparison WHEN 'BELOW' THEN actual_value >= r.threshold_value
                               ELSE actual_value <= r.threshold_value END
            OR (a.business_id, a.domain_id, a.threshold_value)
               IS DISTINCT FROM (r.business_id, r.domain_id, r.threshold_value)""",
    "an alert with another value than the metrics of its day": """
        SELECT a.id FROM business.alerts AS a JOIN business.metrics AS m ON m.id = metric_id
          JOIN analytics.metric_definitions AS d ON d.id = definition_id
         WHERE aggregation = 'SUM' AND actual_value <>
               (SELECT sum(value) FROM business.metrics AS n WHERE n.definition_id = d.id
                   AND n.id BETWEEN uuid7_floor(date_trunc('day', m.recorded_at, 'UTC')) AND m.id)""",
    "a rule that triggered at another time than its last alert": """
        SELECT id FROM business.alert_rules AS r WHERE last_triggered_at IS DISTINCT FROM
               (SELECT max(triggered_at) FROM business.alerts WHERE rule_id = r.id)""",
    "an alert that somebody from outside took up or settled": """
        SELECT a.id FROM business.alerts AS a JOIN identity.users AS u ON u.id IN (acknowledged_by_id, resolved_by_id)
         WHERE NOT EXISTS
               (SELECT FROM identity.memberships AS m WHERE m.business_id = a.business_id AND m.user_id = u.id)""",
    "a test of data whose end does not fit its figures": """
        SELECT id FROM business.data_quality_checks
         WHERE (status = 'PASSED') <> (row_count > 0 AND (row_count - failed_count) * 100 >= minimum_rate * row_count)
            OR (status = 'ERROR') <> (error IS NOT NULL)""",
    "somebody at work before joining": """
        SELECT w.id FROM (SELECT id, business_id, user_id, occurred_at FROM business.business_events
                          UNION ALL
                          SELECT id, business_id, acknowledged_by_id, acknowledged_at FROM business.alerts
                          UNION ALL
                          SELECT id, business_id, resolved_by_id, resolved_at FROM business.alerts) AS w
          JOIN identity.memberships AS m USING (business_id, user_id) WHERE occurred_at < joined_at""",
    "an event or alert in an area of another business": """
        SELECT e.id FROM (SELECT id, business_id, domain_id FROM business.business_events
                          UNION ALL SELECT id, business_id, domain_id FROM business.alerts) AS e
          JOIN business.domains AS d ON d.id = domain_id WHERE d.business_id <> e.business_id""",
}

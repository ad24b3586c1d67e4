"""What must not be found in the sample data of reporting."""

WRONG = {
    "a business with another count of default dashboards than one": """
        SELECT id FROM business.businesses AS b WHERE 1 <>
               (SELECT count(*) FROM reporting.dashboards WHERE business_id = b.id AND is_default)""",
    "a report that shows the dashboard of another business": """
        SELECT r.id FROM reporting.reports AS r JOIN reporting.dashboards AS d ON d.id = dashboard_id
         WHERE r.business_id <> d.business_id""",
    "a run of another business or kind than its report": """
        SELECT n.id FROM reporting.report_runs AS n JOIN reporting.reports AS r ON r.id = report_id
         WHERE (n.business_id, n.name, n.type) IS DISTINCT FROM (r.business_id, r.name, r.type)""",
    "a run for an agent that the business does not have": """
        SELECT r.id FROM reporting.report_runs AS r CROSS JOIN unnest(recipient_agents) AS slug
         WHERE NOT EXISTS (SELECT FROM agents.agents AS a WHERE a.business_id = r.business_id AND a.slug = slug)""",
    "a run whose report is older than what it covers": """
        SELECT id FROM reporting.report_runs
         WHERE period_ends_on >= generated_at OR (status = 'SUCCEEDED') <> (sent_at IS NOT NULL)""",
    "a report without its last run": """
        SELECT id FROM reporting.reports AS r WHERE last_generated_at NOT IN
               (SELECT generated_at FROM reporting.report_runs WHERE report_id = r.id)""",
    "a count of orders that differs from the orders": """
        SELECT m.id FROM reporting.kpis AS k JOIN reporting.kpi_measurements AS m ON m.kpi_id = k.id
         WHERE k.name = 'Orders a month' AND value <>
               (SELECT count(*) FROM sales.orders AS o WHERE o.business_id = k.business_id
                   AND placed_at >= period_starts_at AND placed_at < period_ends_at)""",
    "a figure measured before its period was over": """
        SELECT id FROM reporting.kpi_measurements WHERE measured_at < period_ends_at""",
    "a target with another value than the mean of its quarter": """
        SELECT t.id FROM reporting.kpi_targets AS t WHERE actual_value IS DISTINCT FROM
               (SELECT round(avg(value), 2) FROM reporting.kpi_measurements AS m WHERE m.kpi_id = t.kpi_id
                   AND period_starts_at >= period_starts_on AND period_starts_at < period_ends_on + 1)""",
    "a target that is missed and reached": """
        SELECT t.id FROM reporting.kpi_targets AS t JOIN reporting.kpis AS k ON k.id = kpi_id
         WHERE direction <> 'ON_TARGET' AND status IN ('ACHIEVED', 'MISSED') AND (status = 'ACHIEVED') <>
               CASE direction WHEN 'LOWER_IS_BETTER' THEN actual_value <= t.target_value
                              ELSE actual_value >= t.target_value END""",
    "a forecast that came to another value than the metrics": """
        SELECT f.id FROM reporting.forecasts AS f WHERE actual_value <>
               (SELECT sum(value) FROM business.metrics AS m WHERE m.definition_id = f.definition_id
                   AND m.id >= uuid7_floor(period_starts_on) AND m.id < uuid7_floor(period_ends_on + 1))""",
    "a correlation between metrics of two businesses": """
        SELECT c.id FROM reporting.correlations AS c
          JOIN analytics.metric_definitions AS d ON d.id IN (first_id, second_id)
         WHERE d.business_id <> c.business_id""",
    "an insight of an agent or area of another business": """
        SELECT i.id FROM reporting.insights AS i LEFT JOIN agents.agents AS a ON a.id = agent_id
          LEFT JOIN business.domains AS d ON d.id = domain_id
         WHERE a.business_id <> i.business_id OR d.business_id <> i.business_id""",
    "somebody at work before joining": """
        SELECT w.id FROM (SELECT id, business_id, decided_by_id AS user_id, decided_at AS at FROM reporting.insights
                          UNION ALL
                          SELECT id, business_id, requested_by_id, created_at FROM reporting.export_jobs
                          UNION ALL
                          SELECT id, business_id, created_by_id, created_at FROM reporting.dashboards) AS w
          JOIN identity.memberships AS m USING (business_id, user_id) WHERE at < joined_at""",
    "an export whose file does not fit its state": """
        SELECT id FROM reporting.export_jobs
         WHERE (status IN ('COMPLETED', 'EXPIRED')) <> (file_path IS NOT NULL)
            OR (file_path IS NULL) <> (row_count IS NULL)""",
}

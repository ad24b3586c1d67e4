"""What must not be in the sample data of the gateway: each statement finds nothing."""

WRONG = {
    "a request with a key that was not made yet or not good any more": """
        SELECT l.id FROM gateway.api_logs AS l JOIN gateway.api_keys AS k ON k.id = api_key_id
         WHERE requested_at < k.created_at OR requested_at > least(k.revoked_at, k.expires_at)""",
    "a request with a key of another business": """
        SELECT l.id FROM gateway.api_logs AS l JOIN gateway.api_keys AS k ON k.id = api_key_id
         WHERE l.business_id IS DISTINCT FROM k.business_id""",
    "a request with a key that is not allowed to make it": """
        SELECT l.id FROM gateway.api_logs AS l JOIN gateway.api_keys AS k ON k.id = api_key_id
          JOIN gateway.endpoints AS e ON e.id = endpoint_id
         WHERE NOT e.scopes <@ k.scopes OR e.business_id <> k.business_id""",
    "a request from an address that its key does not allow": """
        SELECT l.id FROM gateway.api_logs AS l JOIN gateway.api_keys AS k ON k.id = api_key_id
         WHERE cardinality(k.allowed_ips) > 0 AND NOT EXISTS
               (SELECT FROM unnest(k.allowed_ips) AS network WHERE l.ip_address <<= network::inet)""",
    "a key that was last used at another time than in its last request": """
        SELECT k.id FROM gateway.api_keys AS k WHERE last_used_at < date_trunc('milliseconds',
               (SELECT max(requested_at) FROM gateway.api_logs AS l WHERE l.api_key_id = k.id))""",
    "a request for an order that was not placed yet": """
        SELECT l.id FROM gateway.api_logs AS l JOIN sales.orders AS o
            ON o.business_id = l.business_id AND l.path = '/orders/' || o.order_number
         WHERE o.created_at > l.requested_at""",
    "a request by another verb than its endpoint's, or before that was there": """
        SELECT l.id FROM gateway.api_logs AS l JOIN gateway.endpoints AS e ON e.id = endpoint_id
         WHERE l.method <> e.method OR l.requested_at < e.created_at OR e.status = 'RETIRED'""",
    "an answer that does not fit its error": """
        SELECT id FROM gateway.api_logs WHERE (response_code >= 400) <> (error_code IS NOT NULL)""",
    "a request of a person who had not joined": """
        SELECT l.id FROM gateway.api_logs AS l JOIN identity.users AS u ON u.id = user_id
         WHERE u.created_at > requested_at""",
    "a key of an agent of another business": """
        SELECT k.id FROM gateway.api_keys AS k JOIN agents.agents AS a ON a.id = agent_id
         WHERE a.business_id <> k.business_id OR a.created_at > k.created_at""",
    "an endpoint that is answered by another business's agent": """
        SELECT e.id FROM gateway.endpoints AS e JOIN agents.agents AS a ON a.id = agent_id
         WHERE a.business_id IS DISTINCT FROM e.business_id""",
    "an endpoint that is answered by another business's component": """
        SELECT e.id FROM gateway.endpoints AS e JOIN business.domain_components AS c ON c.id = component_id
          JOIN business.domains AS d ON d.id = c.domain_id WHERE d.business_id <> e.business_id""",
    "an endpoint that should not be used any more and has no successor": """
        SELECT id FROM gateway.endpoints WHERE (deprecated_at IS NULL) <> (replaced_by_id IS NULL)""",
    "a delivery of what its webhook does not listen to": """
        SELECT d.id FROM gateway.webhook_deliveries AS d JOIN gateway.webhooks AS w ON w.id = webhook_id
         WHERE d.event_type <> ALL (w.event_types) OR d.created_at < w.created_at""",
    "a delivery that was tried more often than allowed": """
        SELECT d.id FROM gateway.webhook_deliveries AS d JOIN gateway.webhooks AS w ON w.id = webhook_id
         WHERE d.attempt_count > w.retry_attempts + 1""",
    "a delivery of an alert of another business": """
        SELECT d.id FROM gateway.webhook_deliveries AS d JOIN gateway.webhooks AS w ON w.id = webhook_id
          LEFT JOIN business.alerts AS a ON a.id = entity_id
         WHERE entity_type = 'Alert' AND a.business_id IS DISTINCT FROM w.business_id""",
    "a delivery of an order of another business, or of none": """
        SELECT d.id FROM gateway.webhook_deliveries AS d JOIN gateway.webhooks AS w ON w.id = webhook_id
          LEFT JOIN sales.orders AS o ON o.id = entity_id
         WHERE entity_type = 'Order' AND o.business_id IS DISTINCT FROM w.business_id""",
    "a webhook that was given up without a reason": """
        SELECT w.id FROM gateway.webhooks AS w WHERE status = 'FAILED' AND failures_in_a_row <>
               (SELECT coalesce(sum(attempt_count), 0) FROM
                  (SELECT attempt_count, bool_or(status = 'DELIVERED') OVER (ORDER BY created_at DESC) AS good
                     FROM gateway.webhook_deliveries WHERE webhook_id = w.id) AS d WHERE NOT good)""",
}

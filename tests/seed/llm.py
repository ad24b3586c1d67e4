"""What must not be in the sample data of the language models: each statement finds nothing."""

WRONG = {
    "a request whose state does not fit its times": """
        SELECT id FROM llm.llm_requests
         WHERE (completed_at IS NULL) <> (status = 'PENDING')
            OR (started_at IS NULL) <> (status IN ('PENDING', 'CANCELLED'))
            OR started_at < created_at OR (error_code IS NULL) <> (status <> 'FAILED')""",
    "an answered request without answer, or another with one": """
        SELECT q.id FROM llm.llm_requests AS q LEFT JOIN llm.llm_responses AS r ON r.request_id = q.id
         WHERE (r.id IS NULL) <> (q.status <> 'COMPLETED')""",
    "a request through another provider than its model's": """
        SELECT q.id FROM llm.llm_requests AS q JOIN llm.ai_models AS m ON m.id = model_id
         WHERE q.provider_id <> m.llm_provider_id""",
    "a request of an agent of another business": """
        SELECT q.id FROM llm.llm_requests AS q JOIN agents.agents AS a ON a.id = agent_id
         WHERE q.business_id <> a.business_id""",
    "an answer whose times do not add up": """
        SELECT id FROM llm.llm_responses WHERE response_time_ms <> queue_time_ms + processing_time_ms""",
    "an answer from the store that was asked otherwise, or too late": """
        SELECT r.id FROM llm.llm_responses AS r JOIN llm.llm_responses AS s ON s.id = r.cached_response_id
         WHERE r.cache_key <> s.cache_key OR r.content <> s.content OR s.created_at > r.created_at
            OR s.cache_expires_at < (SELECT created_at FROM llm.llm_requests WHERE id = r.request_id)""",
    "a day of a provider that was counted wrong": """
        SELECT s.id FROM llm.llm_usage_stats AS s
         WHERE hour IS NULL AND model_id IS NULL AND user_id IS NULL
           AND (request_count::bigint, error_count::bigint, total_cost) IS DISTINCT FROM
               (SELECT (count(*), count(*) FILTER (WHERE status = 'FAILED'), coalesce(sum(cost), 0))
                  FROM llm.llm_requests AS q LEFT JOIN llm.llm_responses AS r ON r.request_id = q.id
                 WHERE q.business_id = s.business_id AND q.provider_id = s.provider_id
                   AND (q.created_at AT TIME ZONE 'UTC')::date = s.date)""",
    "hours that do not add up to their day": """
        SELECT d.id FROM llm.llm_usage_stats AS d JOIN llm.llm_usage_stats AS h
               ON (h.business_id, h.provider_id, h.date) = (d.business_id, d.provider_id, d.date)
         WHERE d.hour IS NULL AND d.model_id IS NULL AND d.user_id IS NULL AND h.hour IS NOT NULL
           AND d.date > (SELECT min(date) FROM llm.llm_usage_stats WHERE hour IS NOT NULL)
         GROUP BY d.id, d.request_count HAVING sum(h.request_count) <> d.request_count""",
    "a cost that is not that of the answers": """
        SELECT c.id FROM llm.ai_costs AS c WHERE service = 'CHAT' AND cost <>
               (SELECT coalesce(sum(m.cost), 0) FROM agents.messages AS m
                  JOIN agents.conversations AS v ON v.id = m.conversation_id
                 WHERE v.agent_id = c.agent_id AND m.model_id = c.model_id
                   AND (m.created_at AT TIME ZONE 'UTC')::date = c.date)
             + (SELECT coalesce(sum(r.cost), 0) FROM llm.llm_responses AS r
                  JOIN llm.llm_requests AS q ON q.id = r.request_id
                 WHERE q.agent_id = c.agent_id AND q.session_id IS NULL
                   AND (r.created_at AT TIME ZONE 'UTC')::date = c.date)""",
    "an invoice of a month that is not over": """
        SELECT id FROM llm.ai_costs WHERE is_estimated <> (invoice_number IS NULL)""",
    "a watched value that is said to be normal outside its limits": """
        SELECT id FROM llm.ai_model_metrics
         WHERE (status = 'NORMAL') <> (value BETWEEN coalesce(lower_limit, value) AND coalesce(upper_limit, value))""",
}

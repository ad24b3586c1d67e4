"""What must not be in the sample data of the agents: each statement finds nothing."""

WRONG = {
    "a conversation with miscounted messages": """
        SELECT c.id FROM agents.conversations AS c
         WHERE (message_count::bigint, total_tokens, total_cost, last_message_at) IS DISTINCT FROM
               (SELECT (count(*), sum(token_count), coalesce(sum(cost), 0), max(created_at))
                  FROM agents.messages WHERE conversation_id = c.id)""",
    "messages that are out of order": """
        SELECT conversation_id FROM
               (SELECT conversation_id, sequence_number, row_number() OVER
                       (PARTITION BY conversation_id ORDER BY id) AS place FROM agents.messages) AS m
         WHERE sequence_number <> place""",
    "a message before its conversation or after its end": """
        SELECT m.id FROM agents.messages AS m JOIN agents.conversations AS c ON c.id = conversation_id
         WHERE m.created_at < started_at OR m.created_at > ended_at""",
    "a conversation whose state does not fit its times": """
        SELECT id FROM agents.conversations
         WHERE (ended_at IS NULL) <> (outcome = 'ONGOING') OR (archived_at IS NULL) <> (status <> 'ARCHIVED')
            OR updated_at < coalesce(archived_at, ended_at, started_at)""",
    "a customer who talked to an agent before joining, or staff of another business": """
        SELECT c.id FROM agents.conversations AS c JOIN identity.users AS u ON u.id = user_id
         WHERE u.created_at > started_at OR user_type IN ('STAFF', 'ADMIN') AND NOT EXISTS
               (SELECT FROM identity.memberships AS m
                 WHERE m.user_id = u.id AND m.business_id = c.business_id AND joined_at <= started_at)""",
    "an agent with another mean": """
        SELECT id FROM agents.agents AS a WHERE satisfaction_average IS DISTINCT FROM
               (SELECT round(avg(satisfaction_rating), 2) FROM agents.conversations WHERE agent_id = a.id)""",
    "an agent under one of another business": """
        SELECT a.id FROM agents.agents AS a JOIN agents.agents AS p ON p.id = a.parent_id
         WHERE a.business_id <> p.business_id""",
    "an agent with a tool that nobody registered": """
        SELECT a.id FROM agents.agents AS a CROSS JOIN unnest(tools) AS tool WHERE NOT EXISTS
               (SELECT FROM agents.agent_tools AS t WHERE t.business_id = a.business_id AND t.name = tool)""",
    "agents of two businesses that ask each other": """
        SELECT c.id FROM agents.agent_collaborations AS c
          JOIN agents.agents AS a ON a.id = requesting_agent_id JOIN agents.agents AS b ON b.id = responding_agent_id
         WHERE a.business_id <> b.business_id""",
    "an agent that runs on a site of another business": """
        SELECT d.id FROM agents.agent_deployments AS d
          JOIN agents.agents AS a ON a.id = agent_id JOIN business.sites AS s ON s.id = site_id
         WHERE a.business_id <> s.business_id OR d.deployed_at < s.launched_at""",
    "a log with a gap, or one that does not end where its conversation says": """
        SELECT c.id FROM agents.conversations AS c
         WHERE (last_seq::bigint, last_seq::bigint) IS DISTINCT FROM
               (SELECT (count(*), coalesce(max(seq), 0)::bigint)
                  FROM agents.conversation_events WHERE conversation_id = c.id)""",
    "an event or a finding of a message in another conversation": """
        SELECT message_id FROM (SELECT conversation_id, message_id FROM agents.conversation_events
                                UNION ALL SELECT conversation_id, message_id FROM agents.intents
                                UNION ALL SELECT conversation_id, message_id FROM agents.extracted_entities) AS f
          JOIN agents.messages AS m ON m.id = message_id WHERE m.conversation_id <> f.conversation_id""",
    "an extracted entity that is not where it says": """
        SELECT e.id FROM agents.extracted_entities AS e JOIN agents.messages AS m ON m.id = message_id
         WHERE substr(content, start_offset + 1, end_offset - start_offset) <> value""",
    "a day of an agent that was counted wrong": """
        SELECT s.id FROM agents.agent_daily_stats AS s
         WHERE (conversation_count::bigint, message_count::bigint, rating_sum, total_tokens, total_cost)
               IS DISTINCT FROM
               (SELECT (count(*), sum(c.message_count), coalesce(sum(satisfaction_rating), 0)::bigint,
                        sum(c.total_tokens)::bigint, sum(c.total_cost))
                  FROM agents.conversations AS c
                 WHERE c.agent_id = s.agent_id AND (started_at AT TIME ZONE 'UTC')::date = date)""",
    "a question to a model with another answer than in its conversation": """
        SELECT m.id FROM agents.messages AS m JOIN llm.llm_responses AS r USING (request_id)
         WHERE m.content <> r.content OR m.cost IS DISTINCT FROM r.cost""",
}

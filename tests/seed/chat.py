"""What must not be found in the sample data of live chat."""

WRONG = {
    "a chat with gaps in its log, as staff counts or as its visitor does": """
        SELECT s.id FROM chat.chat_sessions AS s JOIN chat.chat_events AS e ON e.session_id = s.id
         GROUP BY s.id HAVING (count(*), max(e.staff_seq), count(e.visitor_seq), max(e.visitor_seq))
               IS DISTINCT FROM (s.staff_seq, s.staff_seq, s.visitor_seq, s.visitor_seq)""",
    "a log in another order than that of time": """
        SELECT id FROM (SELECT id, created_at, lag(created_at) OVER (PARTITION BY session_id ORDER BY staff_seq) AS last
                          FROM chat.chat_events) AS e WHERE created_at < last""",
    "a chat that lost its log and kept its epoch, or the other way round": """
        SELECT id FROM chat.chat_sessions AS s
         WHERE (epoch = 1) <> EXISTS (SELECT FROM chat.chat_events WHERE session_id = s.id)""",
    "a chat with miscounted messages or notes": """
        SELECT id FROM chat.chat_sessions AS s WHERE (message_count, note_count) <>
               (SELECT count(*) FILTER (WHERE NOT is_internal), count(*) FILTER (WHERE is_internal)
                  FROM chat.chat_messages WHERE session_id = s.id)""",
    "a message that the log of its chat does not have once": """
        SELECT m.id FROM chat.chat_messages AS m JOIN chat.chat_sessions AS s ON s.id = session_id
         WHERE epoch = 1 AND 1 <> (SELECT count(*) FROM chat.chat_events AS e
               WHERE message_id = m.id AND type = CASE WHEN is_internal THEN 'NOTE_ADDED' ELSE 'MESSAGE_SENT' END
                 AND e.session_id = s.id AND (e.visitor_seq IS NULL) = is_internal AND e.created_at = m.created_at)""",
    "a message before its chat, after its end, or by somebody who was not in": """
        SELECT m.id FROM chat.chat_messages AS m JOIN chat.chat_sessions AS s ON s.id = session_id
          LEFT JOIN chat.chat_participants AS p ON p.id = sender_id
         WHERE m.created_at NOT BETWEEN s.started_at AND coalesce(s.ended_at, s.last_activity_at)
            OR (sender_type = 'SYSTEM') <> (p.id IS NULL) OR p.session_id <> s.id OR sender_type <> p.type
            OR m.created_at NOT BETWEEN p.joined_at AND coalesce(p.left_at, 'infinity')""",
    "a first answer that nobody gave": """
        SELECT id FROM chat.chat_sessions AS s WHERE first_response_at IS DISTINCT FROM
               (SELECT min(created_at) FROM chat.chat_messages
                 WHERE session_id = s.id AND sender_type IN ('AGENT', 'AI') AND NOT is_internal)""",
    "a chat that goes on whose status does not fit who is in": """
        SELECT id FROM chat.chat_sessions AS s
         WHERE status IN ('WAITING', 'QUEUED', 'OFFERED', 'ACTIVE')
           AND ((status = 'ACTIVE') <> EXISTS (SELECT FROM chat.chat_participants AS p WHERE session_id = s.id
                   AND left_at IS NULL AND type = 'AGENT')
                OR (status = 'OFFERED') <> (assigned_agent_id IS NOT NULL AND assigned_at IS NULL)
                OR status = 'QUEUED' AND queued_at IS NULL)""",
    "a chat of people, rules or visitors of another business": """
        SELECT s.id FROM chat.chat_sessions AS s
          LEFT JOIN chat.visitors AS v ON v.id = visitor_id LEFT JOIN chat.chat_agents AS a ON a.id = assigned_agent_id
          LEFT JOIN agents.agents AS i ON i.id = ai_agent_id JOIN chat.chat_widgets AS w ON w.id = widget_id
          LEFT JOIN chat.chat_routing_rules AS r ON r.id = routing_rule_id
         WHERE w.site_id <> s.site_id OR s.business_id <> w.business_id OR s.business_id <> v.business_id
            OR s.business_id <> a.business_id OR s.business_id <> i.business_id OR s.business_id <> r.business_id""",
    "somebody at a desk who is no member of the business": """
        SELECT id FROM chat.chat_agents AS a WHERE NOT EXISTS
               (SELECT FROM identity.memberships AS m WHERE m.user_id = a.user_id AND m.business_id = a.business_id)""",
    "somebody with more chats at once than they take, or with one while they are gone": """
        SELECT a.id FROM chat.chat_agents AS a JOIN chat.chat_sessions AS s ON s.assigned_agent_id = a.id
         WHERE s.status IN ('OFFERED', 'ACTIVE')
         GROUP BY a.id HAVING count(*) > max_concurrent_chats OR a.status = 'OFFLINE'""",
    "a visitor who chatted without being there": """
        SELECT s.id FROM chat.chat_sessions AS s JOIN chat.visitors AS v ON v.id = visitor_id
         WHERE s.started_at < v.first_seen_at OR s.last_activity_at > v.last_seen_at""",
    "a day whose figures are not those of its chats": """
        SELECT coalesce(d.id, s.business_id) AS id FROM chat.chat_daily_stats AS d FULL JOIN (
               SELECT business_id, site_id, date(started_at AT TIME ZONE 'UTC') AS day, count(*) AS n,
                      count(first_response_at) AS answered, count(*) FILTER (WHERE status = 'ENDED') AS ended,
                      count(*) FILTER (WHERE status = 'ABANDONED') AS abandoned, sum(message_count) AS messages,
                      count(*) FILTER (WHERE end_reason = 'MOVED_TO_TICKET') AS tickets,
                      coalesce(sum(wait_seconds), 0) AS waited, count(satisfaction_rating) AS ratings,
                      coalesce(sum(duration_seconds) FILTER (WHERE status = 'ENDED'), 0) AS lasted,
                      coalesce(sum(satisfaction_rating), 0) AS rating
                 FROM chat.chat_sessions GROUP BY 1, 2, 3) AS s USING (business_id, site_id, day)
         WHERE (session_count, answered_count, ended_count, abandoned_count, ticket_count, message_count,
                wait_seconds_sum, duration_seconds_sum, rating_sum, rating_count)
               IS DISTINCT FROM (n, answered, ended, abandoned, tickets, messages, waited, lasted, rating, ratings)""",
    "a status in which there is no chat": """
        SELECT wanted FROM unnest('{WAITING,QUEUED,OFFERED,ACTIVE,ENDED,ABANDONED}'::text[]) AS wanted
         WHERE NOT EXISTS (SELECT FROM chat.chat_sessions WHERE status = wanted)""",
}

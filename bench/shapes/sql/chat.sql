SELECT convert_to('{"nodes":[' || string_agg('{"id":"agent_' || g.id || '","name":' || to_json(g.name)
         || ',"conversations":{"nodes":[' || coalesce((
              SELECT string_agg('{"id":"conversation_' || c.id || '","startedAt":' || to_json(c.started_at)
                     || ',"outcome":"' || c.outcome
                     || '","messages":{"nodes":[' || coalesce((
                          SELECT string_agg('{"id":"message_' || m.id || '","role":"' || m.role
                                 || '","content":' || to_json(m.content)
                                 || ',"createdAt":' || to_json(m.created_at) || '}', ',' ORDER BY m.id)
                            FROM (SELECT m.id, m.role, m.content, m.created_at FROM agents.messages AS m
                                   WHERE m.conversation_id = c.id AND m.id < $1 ORDER BY m.id DESC LIMIT 10) AS m
                        ), '') || ']}}', ',' ORDER BY c.id)
                FROM (SELECT c.id, c.started_at, c.outcome FROM agents.conversations AS c
                       WHERE c.agent_id = g.id AND c.id < $1 ORDER BY c.id DESC LIMIT 5) AS c
            ), '') || ']}}', ',' ORDER BY g.id) || ']}', 'UTF8')
  FROM (SELECT id, name FROM agents.agents ORDER BY id LIMIT 5) AS g

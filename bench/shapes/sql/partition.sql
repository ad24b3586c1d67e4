SELECT convert_to('{"id":"business_' || b.id || '","name":' || to_json(b.name)
         || ',"domains":{"nodes":[' || coalesce((
              SELECT string_agg('{"id":"domain_' || d.id || '","name":' || to_json(d.name)
                     || ',"metrics":{"nodes":[' || coalesce((
                          SELECT string_agg('{"id":"metric_' || m.id || '","name":' || to_json(m.name)
                                 || ',"value":' || coalesce('"' || m.value || '"', 'null')
                                 || ',"recordedAt":' || to_json(m.recorded_at) || '}', ',' ORDER BY m.id)
                            FROM (SELECT m.id, m.name, m.value, m.recorded_at FROM business.metrics AS m
                                   WHERE m.domain_id = d.id AND m.id < $2 ORDER BY m.id DESC LIMIT 20) AS m
                        ), '') || ']}}', ',')
                FROM (SELECT d.id, d.name FROM business.domains AS d
                       WHERE d.business_id = b.id ORDER BY d.id LIMIT 10) AS d
            ), '') || ']}}', 'UTF8')
  FROM business.businesses AS b WHERE b.id = $1

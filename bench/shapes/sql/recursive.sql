SELECT convert_to('{"id":"category_' || k.id || '","name":' || to_json(k.name)
         || ',"ancestors":{"nodes":[' || coalesce((
              WITH RECURSIVE up AS (
                SELECT c.id, c.name, c.parent_id, 1 AS steps FROM catalog.categories AS c WHERE c.id = k.parent_id
                UNION ALL
                SELECT c.id, c.name, c.parent_id, up.steps + 1
                  FROM up JOIN catalog.categories AS c ON c.id = up.parent_id WHERE up.steps < 10)
              SELECT string_agg('{"id":"category_' || id || '","name":' || to_json(name) || '}', ',')
                FROM (SELECT id, name FROM up ORDER BY steps LIMIT 20) AS up), '')
         || ']},"descendants":{"nodes":[' || coalesce((
              WITH RECURSIVE down AS (
                SELECT c.id, c.name, 1 AS steps FROM catalog.categories AS c WHERE c.parent_id = k.id
                UNION ALL
                SELECT c.id, c.name, down.steps + 1
                  FROM down CROSS JOIN LATERAL (
                    SELECT c.id, c.name FROM catalog.categories AS c WHERE c.parent_id = down.id OFFSET 0) AS c
                 WHERE down.steps < 10)
              SELECT string_agg('{"id":"category_' || id || '","name":' || to_json(name) || '}', ',')
                FROM (SELECT id, name FROM down ORDER BY steps, id LIMIT 50) AS down), '')
         || ']}}', 'UTF8')
  FROM catalog.categories AS k WHERE k.id = $1

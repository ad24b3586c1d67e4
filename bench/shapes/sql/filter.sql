SELECT convert_to('{"nodes":[' || coalesce(string_agg('{"id":"job_' || j.id || '","title":' || to_json(j.title)
         || ',"budget":"' || j.budget || '","createdAt":' || to_json(j.created_at)
         || ',"client":{"id":"user_' || j.user_id || '","firstName":' || to_json(j.first_name)
         || ',"lastName":' || to_json(j.last_name) || ',"country":' || to_json(j.country) || '}}', ','), '')
         || ']}', 'UTF8')
  FROM (SELECT j.id, j.title, j.budget, j.created_at, u.id AS user_id, u.first_name, u.last_name, u.country
          FROM freelance.jobs AS j JOIN identity.users AS u ON u.id = j.client_id AND u.country = ANY ($1::text[])
         WHERE j.status = 'OPEN'
           AND EXISTS (SELECT FROM freelance.applications AS a JOIN identity.users AS f ON f.id = a.freelancer_id
                        WHERE a.job_id = j.id AND a.proposed_amount >= $2::numeric AND f.country = $3::text)
         ORDER BY j.created_at DESC, j.id DESC LIMIT 50) AS j

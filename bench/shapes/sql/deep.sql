SELECT convert_to('{"nodes":[' || string_agg('{"id":"user_' || u.id || '","firstName":' || to_json(u.first_name)
         || ',"jobsPosted":{"nodes":[' || coalesce((
              SELECT string_agg('{"id":"job_' || j.id || '","title":' || to_json(j.title)
                     || ',"escrow":' || coalesce((
                          SELECT '{"id":"escrow_' || e.id || '","amount":"' || e.amount
                                 || '","status":"' || e.status || '"}'
                            FROM freelance.escrows AS e WHERE e.job_id = j.id), 'null')
                     || ',"applications":{"nodes":[' || coalesce((
                          SELECT string_agg('{"id":"application_' || a.id
                                 || '","freelancer":' || coalesce((
                                      SELECT '{"id":"user_' || f.id || '","firstName":' || to_json(f.first_name)
                                             || ',"reviews":{"nodes":[' || coalesce((
                                                  SELECT string_agg('{"id":"review_' || r.id
                                                         || '","rating":' || r.rating
                                                         || ',"comment":' || coalesce(to_json(r.comment)::text, 'null')
                                                         || '}', ',')
                                                    FROM (SELECT r.id, r.rating, r.comment FROM freelance.reviews AS r
                                                           WHERE r.reviewee_id = f.id ORDER BY r.id LIMIT 2) AS r
                                                ), '') || ']}}'
                                        FROM identity.users AS f WHERE f.id = a.freelancer_id), 'null') || '}', ',')
                            FROM (SELECT a.id, a.freelancer_id FROM freelance.applications AS a
                                   WHERE a.job_id = j.id ORDER BY a.id LIMIT 3) AS a
                        ), '') || ']}}', ',')
                FROM (SELECT j.id, j.title FROM freelance.jobs AS j WHERE j.client_id = u.id ORDER BY j.id LIMIT 5) AS j
            ), '') || ']}}', ',') || ']}', 'UTF8')
  FROM (SELECT id, first_name FROM identity.users ORDER BY id LIMIT 10) AS u

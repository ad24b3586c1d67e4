SELECT convert_to('{"nodes":[' || string_agg('{"id":"job_' || j.id || '","title":' || to_json(j.title)
         || ',"status":"' || j.status || '","budget":"' || j.budget
         || '","client":' || coalesce((
              SELECT '{"id":"user_' || u.id || '","firstName":' || to_json(u.first_name)
                     || ',"lastName":' || to_json(u.last_name) || '}'
                FROM identity.users AS u WHERE u.id = j.client_id), 'null')
         || ',"escrow":' || coalesce((
              SELECT '{"id":"escrow_' || e.id || '","status":"' || e.status || '","amount":"' || e.amount || '"}'
                FROM freelance.escrows AS e WHERE e.job_id = j.id), 'null')
         || ',"applications":{"nodes":[' || coalesce((
              SELECT string_agg('{"id":"application_' || a.id || '","proposedAmount":"' || a.proposed_amount
                     || '","freelancer":' || coalesce((
                          SELECT '{"id":"user_' || f.id || '","firstName":' || to_json(f.first_name)
                                 || ',"lastName":' || to_json(f.last_name) || '}'
                            FROM identity.users AS f WHERE f.id = a.freelancer_id), 'null') || '}', ',')
                FROM (SELECT a.id, a.proposed_amount, a.freelancer_id FROM freelance.applications AS a
                       WHERE a.job_id = j.id ORDER BY a.id LIMIT 3) AS a
              ), '') || ']}}', ',') || ']}', 'UTF8')
  FROM (SELECT id, title, status, budget, client_id FROM freelance.jobs ORDER BY id LIMIT 50) AS j

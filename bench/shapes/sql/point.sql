SELECT convert_to('{"id":"job_' || j.id || '","title":' || to_json(j.title) || ',"status":"' || j.status
         || '","budget":"' || j.budget || '","currency":"' || j.currency || '","createdAt":' || to_json(j.created_at)
         || ',"client":' || coalesce((
              SELECT '{"id":"user_' || u.id || '","firstName":' || to_json(u.first_name)
                     || ',"lastName":' || to_json(u.last_name) || '}'
                FROM identity.users AS u WHERE u.id = j.client_id), 'null')
         || ',"escrow":' || coalesce((
              SELECT '{"id":"escrow_' || e.id || '","status":"' || e.status || '","amount":"' || e.amount || '"}'
                FROM freelance.escrows AS e WHERE e.job_id = j.id), 'null') || '}', 'UTF8')
  FROM freelance.jobs AS j WHERE j.id = $1

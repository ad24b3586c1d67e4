"""A small crowd of rows with everything that makes orders and pages hard: NULLs, ties, empty parents, old months."""

import asyncpg

STATEMENTS = """
INSERT INTO identity.users (id, email, first_name, last_name, bio, hourly_rate, skills, last_login_at)
SELECT uuid7_at('2025-01-01Z'::timestamptz + i * interval '1 day'), 'u' || i || '@x.example', 'F' || i % 3, 'L' || i,
       CASE WHEN i % 2 = 0 THEN E'bio "' || i || E'"\\n\\t\\u00e9' END, CASE WHEN i % 3 > 0 THEN i % 4 END,
       CASE WHEN i % 2 = 0 THEN ARRAY['sql', 'a"b'] ELSE '{}' END,
       CASE WHEN i % 3 = 0 THEN '2025-03-01T00:00:00.12Z'::timestamptz + i % 2 * interval '1 second' END
  FROM generate_series(1, 9) AS i;
INSERT INTO business.businesses (id, name, slug, type, parent_id, settings)
SELECT uuid7_at('2025-01-01Z'), 'B' || i, 'b' || i, 'RETAIL', NULL, jsonb_build_object('n', i * 1.50, 'a', ARRAY[1, i])
  FROM generate_series(1, 4) AS i;
UPDATE business.businesses SET parent_id = (SELECT id FROM business.businesses WHERE slug = 'b1') WHERE slug > 'b2';
INSERT INTO business.domains (business_id, name, slug, last_activity_at)
SELECT b.id, 'D' || i % 2, 'd' || i, CASE WHEN i > 1 THEN '2025-05-05Z'::timestamptz END
  FROM business.businesses AS b, generate_series(1, 3) AS i WHERE b.slug <> 'b4';
INSERT INTO business.domain_components (domain_id, type, name, health_score)
SELECT id, 'API', 'C' || i, i % 2 FROM business.domains, generate_series(1, 2) AS i;
INSERT INTO identity.memberships (user_id, business_id, role)
SELECT u.id, b.id, 'STAFF' FROM identity.users AS u, business.businesses AS b WHERE right(u.last_name, 1) > right(b.slug, 1);
INSERT INTO business.metrics (id, business_id, domain_id, type, name, value, metadata)
SELECT uuid7_at('2025-01-15Z'::timestamptz + (i / 2) * interval '9 days'), d.business_id,
       CASE WHEN i % 5 > 0 THEN d.id END, 'BUSINESS', 'm' || i % 2, CASE WHEN i % 4 > 0 THEN i % 3 END, '{"k": [1.0, null]}'
  FROM business.domains AS d, generate_series(1, 12) AS i;
INSERT INTO freelance.jobs (client_id, freelancer_id, business_id, title, description, category, budget, status, deadline)
SELECT u.id, CASE WHEN i % 2 = 0 THEN (SELECT id FROM identity.users WHERE last_name = 'L9') END,
       CASE WHEN i = 1 THEN (SELECT id FROM business.businesses WHERE slug = 'b2') END,
       'T' || i % 2, 'd', CASE WHEN i % 3 > 0 THEN 'c' || i % 2 END, i % 3, 'OPEN',
       CASE WHEN i % 4 > 0 THEN '2026-01-01Z'::timestamptz + i % 2 * interval '1 day' END
  FROM identity.users AS u, generate_series(1, 5) AS i WHERE u.last_name < 'L7';
INSERT INTO freelance.applications (job_id, freelancer_id, proposed_amount, estimated_days)
SELECT j.id, u.id, row_number() OVER (ORDER BY j.id, u.id) % 3, nullif(row_number() OVER (ORDER BY u.id, j.id) % 3, 0)
  FROM freelance.jobs AS j, identity.users AS u WHERE u.last_name IN ('L7', 'L8', 'L9') AND j.title = 'T1';
INSERT INTO freelance.escrows (job_id, client_id, amount) SELECT id, client_id, budget FROM freelance.jobs WHERE title = 'T1';
INSERT INTO freelance.milestones (job_id, position, title, amount)
SELECT id, i, 'M', 1 FROM freelance.jobs, generate_series(1, 2) AS i WHERE budget > 0;
INSERT INTO freelance.reviews (job_id, reviewer_id, reviewee_id, rating, comment)
SELECT j.id, j.client_id, j.freelancer_id, 1 + (row_number() OVER (ORDER BY j.id)) % 5, NULL
  FROM freelance.jobs AS j WHERE freelancer_id IS NOT NULL AND client_id <> freelancer_id;
INSERT INTO llm.ai_models (name, provider, version) VALUES ('gpt', 'OPENAI', NULL), ('opus', 'ANTHROPIC', '5');
INSERT INTO agents.agents (business_id, name, slug, type, model_id, status)
SELECT b.id, 'A' || i, 'a' || i, 'SALES', CASE WHEN i = 1 THEN (SELECT id FROM llm.ai_models WHERE name = 'opus') END, 'ACTIVE'
  FROM business.businesses AS b, generate_series(1, 2) AS i WHERE b.slug < 'b3';
INSERT INTO agents.conversations (id, agent_id, business_id, user_id, session_id, satisfaction_rating)
SELECT uuid7_at('2025-02-01Z'::timestamptz + i * interval '20 days'), a.id, CASE WHEN i % 2 = 0 THEN a.business_id END,
       (SELECT id FROM identity.users WHERE last_name = 'L' || i), 's' || i, nullif(i % 3, 0)
  FROM agents.agents AS a, generate_series(1, 6) AS i WHERE a.slug = 'a1';
INSERT INTO agents.messages (id, conversation_id, role, content, sequence_number, token_count, cost)
SELECT uuid7_at(uuid_extract_timestamp(c.id) + i * interval '1 hour'), c.id, 'USER', 'hi ' || i, i, nullif(i % 3, 0), i * 0.000001
  FROM agents.conversations AS c, generate_series(1, 4) AS i WHERE c.session_id <> 's6';
ANALYZE;
"""


async def fill(url: str) -> None:
    """Put the crowd into the migrated database at `url`."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(STATEMENTS)
    finally:
        await connection.close()

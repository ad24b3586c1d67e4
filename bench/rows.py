"""The benchmark's rows, each table as one INSERT … SELECT from generate_series.

A row's id comes from its time and its number, so a foreign key is computed and never looked up. Parents are written
after their children and take their counters from them: triggers and foreign keys are off meanwhile.
"""

from bench import shop

USERS, CLIENTS = 20_000, 4_000
JOBS, REVIEWED = 100_000, 60_000
BUSINESSES, DOMAINS = 10, 12
METRICS = 2_000_000
AGENTS = 20
CONVERSATIONS = 100_000

YEAR_MS = 365 * 24 * 3600 * 1000

HELPERS = """
CREATE FUNCTION pg_temp.key(ms bigint, name text) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT overlay(overlay(md5(name) PLACING lpad(to_hex(ms), 12, '0') || '7' FROM 1) PLACING '8' FROM 17)::uuid $$;
CREATE FUNCTION pg_temp.at(ms bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
  SELECT to_timestamp(ms / 1000.0) $$;
CREATE FUNCTION pg_temp.spread(i bigint, n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT {since} + ({until} - {since}) / n * i $$;
CREATE FUNCTION pg_temp.user_ms(i bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT {since} - {year} + {year} / {users} * i $$;
CREATE FUNCTION pg_temp.user_id(i bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT pg_temp.key(pg_temp.user_ms(i), 'user' || i) $$;
CREATE FUNCTION pg_temp.job_ms(i bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT pg_temp.spread(i, {jobs}) $$;
CREATE FUNCTION pg_temp.job_id(i bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT pg_temp.key(pg_temp.job_ms(i), 'job' || i) $$;
CREATE FUNCTION pg_temp.client(job bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT job * 7919 % {clients} + 1 $$;
CREATE FUNCTION pg_temp.applicant(job bigint, k bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT {clients} + 1 + (job * 104729 + k * 4801) % ({users} - {clients}) $$;
CREATE FUNCTION pg_temp.fixed_id(kind text, i bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT pg_temp.key({since} - {year} + i, kind || i) $$;
CREATE FUNCTION pg_temp.talk_ms(i bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT pg_temp.spread(i, {conversations}) $$;
CREATE FUNCTION pg_temp.talk_id(i bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT pg_temp.key(pg_temp.talk_ms(i), 'conversation' || i) $$;
"""

AI_MODELS = """
INSERT INTO llm.ai_models (id, name, provider, version, cost_per_1k_tokens, max_tokens, temperature)
SELECT pg_temp.fixed_id('model', i), 'model-' || i, (ARRAY['OPENAI', 'ANTHROPIC', 'COHERE'])[i], '1', 0.002 * i,
       4096, 0.7
  FROM generate_series(1, 3) AS i
"""

BUSINESS_ROWS = """
INSERT INTO business.businesses (id, name, slug, type, description, created_at, updated_at)
SELECT pg_temp.fixed_id('business', i), 'Business ' || i, 'business-' || i, 'RETAIL', 'The business number ' || i,
       pg_temp.at({since} - {year}), pg_temp.at({since})
  FROM generate_series(1, {businesses}) AS i
"""

DOMAIN_ROWS = """
INSERT INTO business.domains (id, business_id, name, slug, description, created_at, updated_at)
SELECT pg_temp.fixed_id('domain', i), pg_temp.fixed_id('business', (i - 1) / {domains} + 1),
       (ARRAY['Sales', 'Stock', 'Support', 'Marketing', 'Finance', 'Logistics',
              'Purchasing', 'People', 'Legal', 'Quality', 'Research', 'Returns'])[(i - 1) % {domains} + 1],
       'area-' || ((i - 1) % {domains} + 1), 'What the area does.', pg_temp.at({since} - {year}), pg_temp.at({since})
  FROM generate_series(1, {businesses} * {domains}) AS i
"""

METRIC_ROWS = """
INSERT INTO business.metrics (id, business_id, domain_id, type, name, value, unit, created_at)
SELECT pg_temp.key(ms, 'metric' || i), pg_temp.fixed_id('business', (d - 1) / {domains} + 1),
       pg_temp.fixed_id('domain', d), 'BUSINESS',
       (ARRAY['revenue', 'orders', 'visitors', 'response_time'])[i % 4 + 1],
       CASE WHEN i % 97 > 0 THEN (i % 100003) / 7.0 END, 'unit', pg_temp.at(ms + 250)
  FROM (SELECT i, pg_temp.spread(i, {metrics}) AS ms, i * 7 % ({businesses} * {domains}) + 1 AS d
          FROM generate_series(1, {metrics}::bigint) AS i) AS r
"""

JOB_ROWS = """
INSERT INTO freelance.jobs (id, client_id, freelancer_id, business_id, title, description, category, skills, budget,
                            status, published_at, started_at, completed_at, created_at, updated_at)
SELECT pg_temp.job_id(i), pg_temp.user_id(pg_temp.client(i)),
       CASE WHEN i % 5 < 4 THEN pg_temp.user_id(pg_temp.applicant(i, 0)) END,
       pg_temp.fixed_id('business', i % {businesses} + 1),
       (ARRAY['Translate a manual', 'Design a logo', 'Build a web shop', 'Write a "hello" e-mail',
              'Sort pictures'])[i % 5 + 1] || ', part ' || i,
       repeat('What is to be done, and how it should look in the end. ', 4),
       (ARRAY['writing', 'design', 'development'])[i % 3 + 1],
       ARRAY[(ARRAY['python', 'sql', 'css', 'english'])[i % 4 + 1], 'patience'],
       50 + i % 5000 + (i % 100) / 100.0,
       CASE WHEN i % 5 < 3 THEN 'COMPLETED' WHEN i % 5 = 3 THEN 'IN_PROGRESS' ELSE 'OPEN' END,
       pg_temp.at(ms + 60000),
       CASE WHEN i % 5 < 4 THEN pg_temp.at(ms + 86400000) END,
       CASE WHEN i % 5 < 3 THEN pg_temp.at(ms + 5 * 86400000) END, pg_temp.at(ms), pg_temp.at(ms)
  FROM (SELECT i, pg_temp.job_ms(i) AS ms FROM generate_series(1, {jobs}::bigint) AS i) AS r
"""

ESCROW_ROWS = """
INSERT INTO freelance.escrows (id, job_id, client_id, freelancer_id, amount, fee, released_amount, status, funded_at,
                               released_at, created_at, updated_at)
SELECT pg_temp.key(ms + 1000, 'escrow' || i), pg_temp.job_id(i), pg_temp.user_id(pg_temp.client(i)),
       CASE WHEN i % 5 < 4 THEN pg_temp.user_id(pg_temp.applicant(i, 0)) END,
       50 + i % 5000 + (i % 100) / 100.0, 5, CASE WHEN i % 5 < 3 THEN 45 + i % 5000 ELSE 0 END,
       CASE WHEN i % 5 < 3 THEN 'RELEASED' WHEN i % 5 = 3 THEN 'FUNDED' ELSE 'PENDING' END,
       CASE WHEN i % 5 < 4 THEN pg_temp.at(ms + 86400000) END,
       CASE WHEN i % 5 < 3 THEN pg_temp.at(ms + 5 * 86400000) END, pg_temp.at(ms + 1000), pg_temp.at(ms + 1000)
  FROM (SELECT i, pg_temp.job_ms(i) AS ms FROM generate_series(1, {jobs}::bigint) AS i) AS r
"""

APPLICATION_ROWS = """
INSERT INTO freelance.applications (id, job_id, freelancer_id, cover_letter, proposed_amount, estimated_days, status,
                                    created_at, updated_at)
SELECT pg_temp.key(ms, 'application' || i || '/' || k), pg_temp.job_id(i), pg_temp.user_id(pg_temp.applicant(i, k)),
       'I have done such work before, and would begin at once.', 40 + i % 4000 + k * 3.5, 3 + k,
       CASE WHEN i % 5 = 4 THEN 'PENDING' WHEN k = 0 THEN 'ACCEPTED' ELSE 'REJECTED' END,
       pg_temp.at(ms), pg_temp.at(ms)
  FROM (SELECT i, k, pg_temp.job_ms(i) + 3600000 * (k + 1) AS ms
          FROM generate_series(1, {jobs}::bigint) AS i, generate_series(0, 1 + i % 3) AS k) AS r
"""

REVIEW_ROWS = """
INSERT INTO freelance.reviews (id, job_id, reviewer_id, reviewee_id, rating, comment, created_at, updated_at)
SELECT pg_temp.key(ms, 'review' || i), pg_temp.job_id(i), pg_temp.user_id(pg_temp.client(i)),
       pg_temp.user_id(pg_temp.applicant(i, 0)), 1 + i * 31 % 5,
       CASE WHEN i % 11 > 0 THEN 'Quick, careful and friendly: we would work together again.' END,
       pg_temp.at(ms), pg_temp.at(ms)
  FROM (SELECT i, pg_temp.job_ms(i) + 6 * 86400000 AS ms FROM generate_series(1, {jobs}::bigint) AS i) AS r
 WHERE i % 5 < 3
"""

USER_ROWS = """
INSERT INTO identity.users (id, email, username, first_name, last_name, headline, country, skills, hourly_rate,
                            rating_sum, rating_count, created_at, updated_at)
SELECT pg_temp.user_id(i), 'user' || i || '@example.com', 'user' || i,
       (ARRAY['Ada', 'Günel', 'Rəşad', 'Mary', 'José', 'Linus', 'Aynur', 'Grace'])[i % 8 + 1],
       (ARRAY['Lovelace', 'Əliyeva', 'Hopper', 'O''Neill', 'Quliyev', 'Müller', 'Ng'])[i % 7 + 1],
       'Works with care',
       (ARRAY['AZ', 'TR', 'DE', 'GE', 'KZ', 'US', 'FR', 'NL', 'PL', 'GB'])[(i + i / 10 * 3) % 10 + 1],
       ARRAY[(ARRAY['python', 'sql', 'css', 'english'])[i % 4 + 1]], 10 + i % 90,
       coalesce(r.rating_sum, 0), coalesce(r.rating_count, 0), pg_temp.at(pg_temp.user_ms(i)), pg_temp.at({since})
  FROM generate_series(1, {users}::bigint) AS i
  LEFT JOIN (SELECT reviewee_id, sum(rating) AS rating_sum, count(*) AS rating_count
               FROM freelance.reviews GROUP BY reviewee_id) AS r ON r.reviewee_id = pg_temp.user_id(i)
"""

MESSAGE_ROWS = """
INSERT INTO agents.messages (id, conversation_id, model_id, role, content, sequence_number, token_count, cost,
                             processing_time_ms)
SELECT pg_temp.key(pg_temp.talk_ms(i) + 20000 * k, 'message' || i || '/' || k), pg_temp.talk_id(i),
       CASE WHEN k % 2 = 0 THEN pg_temp.fixed_id('model', i % 3 + 1) END,
       CASE WHEN k % 2 = 1 THEN 'USER' ELSE 'ASSISTANT' END,
       CASE WHEN k % 2 = 1 THEN 'Where is my order number ' || i || '?'
            ELSE 'It left the "north" warehouse this morning and will be with you tomorrow; anything else?' END,
       k, 10 + k, 0.0001 * k, CASE WHEN k % 2 = 0 THEN 400 + k END
  FROM generate_series(1, {conversations}::bigint) AS i, generate_series(1, 8 + i / {agents} % 5) AS k
"""

CONVERSATION_ROWS = """
INSERT INTO agents.conversations (id, agent_id, business_id, user_id, model_id, session_id, user_type, title, status,
                                  outcome, ended_at, last_message_at, message_count, total_tokens, total_cost,
                                  satisfaction_rating, updated_at)
SELECT pg_temp.talk_id(i), pg_temp.fixed_id('agent', i % {agents} + 1),
       pg_temp.fixed_id('business', i % {agents} / 2 + 1), pg_temp.user_id(1 + i * 31 % {users}),
       pg_temp.fixed_id('model', i % 3 + 1), 'session-' || i, 'CUSTOMER', 'An order', 'ACTIVE', 'RESOLVED',
       m.latest, m.latest, m.messages, m.tokens, m.cost, CASE WHEN i % 3 = 0 THEN 1 + i % 5 END, m.latest
  FROM generate_series(1, {conversations}::bigint) AS i
  JOIN (SELECT conversation_id, count(*) AS messages, sum(token_count) AS tokens, sum(cost) AS cost,
               max(created_at) AS latest
          FROM agents.messages GROUP BY conversation_id) AS m ON m.conversation_id = pg_temp.talk_id(i)
"""

AGENT_ROWS = """
INSERT INTO agents.agents (id, business_id, name, slug, type, description, model_id, status, satisfaction_sum,
                           satisfaction_count, created_at, updated_at)
SELECT pg_temp.fixed_id('agent', i), pg_temp.fixed_id('business', (i - 1) / 2 + 1), 'Agent ' || i, 'agent-' || i,
       'CUSTOMER_SUPPORT', 'Answers customers.', pg_temp.fixed_id('model', i % 3 + 1), 'ACTIVE',
       c.satisfaction_sum, c.satisfaction_count, pg_temp.at({since} - {year}), pg_temp.at({since})
  FROM generate_series(1, {agents}::bigint) AS i
  JOIN (SELECT agent_id, sum(satisfaction_rating) AS satisfaction_sum, count(satisfaction_rating) AS satisfaction_count
          FROM agents.conversations GROUP BY agent_id) AS c ON c.agent_id = pg_temp.fixed_id('agent', i)
"""

LANES = (
    (
        ("models", AI_MODELS),
        ("businesses", BUSINESS_ROWS),
        ("domains", DOMAIN_ROWS),
        ("metrics", METRIC_ROWS),
        *shop.LANE,
    ),
    (
        ("jobs", JOB_ROWS),
        ("escrows", ESCROW_ROWS),
        ("applications", APPLICATION_ROWS),
        ("reviews", REVIEW_ROWS),
        ("users", USER_ROWS),
        ("messages", MESSAGE_ROWS),
        ("conversations", CONVERSATION_ROWS),
        ("agents", AGENT_ROWS),
    ),
)
"""What is loaded side by side; in a lane, one table after the other."""


def filled(sql: str, *, since: int, until: int) -> str:
    """`sql` with the sizes and with the time, in milliseconds, that the rows are spread over."""
    return sql.format(
        since=f"{since}::bigint",
        until=f"{until}::bigint",
        year=f"{YEAR_MS}::bigint",
        users=USERS,
        clients=CLIENTS,
        jobs=JOBS,
        businesses=BUSINESSES,
        domains=DOMAINS,
        metrics=METRICS,
        agents=AGENTS,
        conversations=CONVERSATIONS,
        **shop.sizes(),
    )

"""A crowd of rows with everything that makes filters, groups, orders and pages hard.

NULLs and ties, empty parents, mixed currencies, trees three deep, times in many months and on both sides of changes of
the clock, texts that are nearly alike, arrays and documents that overlap. Ids and values are the same in every run.
"""

import asyncpg

DICE = """
CREATE SCHEMA dice;
SET search_path TO dice, public;
CREATE FUNCTION die(seed text, sides int) RETURNS int LANGUAGE sql IMMUTABLE AS
  $$ SELECT ('x' || substr(md5(seed), 1, 7))::bit(28)::int % sides $$;
CREATE FUNCTION pick(seed text, VARIADIC faces text[]) RETURNS text LANGUAGE sql IMMUTABLE AS
  $$ SELECT faces[1 + die(seed, cardinality(faces))] $$;
CREATE FUNCTION key_at(name text, number bigint, moment timestamptz) RETURNS uuid LANGUAGE sql STABLE AS
  $$ SELECT (lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0') || '7' || substr(md5(name || number), 1, 3)
             || '8' || substr(md5(name || number), 4, 15))::uuid $$;
CREATE FUNCTION key(name text, number bigint) RETURNS uuid LANGUAGE sql STABLE AS
  $$ SELECT key_at(name, number, '2025-01-01Z') $$;
CREATE FUNCTION parent(name text, number int) RETURNS uuid LANGUAGE sql STABLE AS
  $$ SELECT CASE WHEN number >= 3 THEN key(name, number / 3) END $$;
CREATE FUNCTION maybe(seed text, name text, most int) RETURNS uuid LANGUAGE sql STABLE AS
  $$ SELECT CASE WHEN die(seed || 'maybe', 3) > 0 THEN key(name, 1 + die(seed, most)) END $$;
CREATE FUNCTION one(seed text, name text, most int) RETURNS uuid LANGUAGE sql STABLE AS
  $$ SELECT key(name, 1 + die(seed, most)) $$;
CREATE FUNCTION moment(seed text) RETURNS timestamptz LANGUAGE sql STABLE AS $$ SELECT pick(seed,
  '2018-11-04 02:59:59Z', '2018-11-04 03:00:00Z', '2019-02-17 01:30:00Z', '2019-02-17 02:30:00Z', '2024-02-29 12:00:00Z',
  '2024-03-31 00:59:59.999999Z', '2025-01-01 00:00:00Z', '2025-01-31 23:30:00Z', '2025-03-01 00:00:00.12Z',
  '2025-03-30 00:30:00Z', '2025-03-30 01:30:00Z', '2025-05-05 00:00:00Z', '2025-05-05 00:00:00Z', '2025-10-25 22:30:00Z',
  '2025-10-26 00:30:00Z', '2025-10-26 01:30:00Z', '2025-12-31 18:20:00Z', '2025-12-31 23:59:59.999Z')::timestamptz $$;
CREATE FUNCTION recent(seed text) RETURNS timestamptz LANGUAGE sql STABLE AS $$ SELECT pick(seed,
  '2024-02-29 12:00:00Z', '2024-03-31 00:59:59Z', '2025-01-31 23:30:00Z', '2025-03-30 00:30:00Z', '2025-03-30 01:30:00Z',
  '2025-05-05 00:00:00Z', '2025-05-05 00:00:00Z', '2025-10-26 00:30:00Z', '2025-10-26 01:30:00Z', '2025-12-31 23:59:59.999Z',
  (date_trunc('hour', now()) - interval '150 minutes')::text, (now()::date - interval '3 days')::text)::timestamptz $$;
CREATE FUNCTION at_times(seed text) RETURNS timestamptz LANGUAGE sql STABLE AS
  $$ SELECT CASE WHEN die(seed || 'at', 5) > 1 THEN moment(seed) END $$;
CREATE FUNCTION money(seed text) RETURNS numeric LANGUAGE sql IMMUTABLE AS
  $$ SELECT pick(seed, '0', '1', '1', '2', '2.50', '10', '19.99', '100.00', '123456789012.34')::numeric $$;
CREATE FUNCTION at_times_money(seed text) RETURNS numeric LANGUAGE sql IMMUTABLE AS
  $$ SELECT CASE WHEN die(seed || 'at', 5) > 1 THEN money(seed) END $$;
CREATE FUNCTION coin(seed text) RETURNS text LANGUAGE sql IMMUTABLE AS
  $$ SELECT pick(seed, 'EUR', 'EUR', 'EUR', 'USD', 'PLN') $$;
CREATE FUNCTION words(seed text) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$ SELECT pick(seed,
  '{}', '{}', '{sql}', '{sql,python}', '{python,sql}', '{red,sql,red}', '{"a\\"b","",x y}', '{red}')::text[] $$;
CREATE FUNCTION document(seed text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$ SELECT pick(seed,
  '{}', '{"a": 1, "k": [1.0, null]}', '{"a": 1.0, "k": []}', '{"a": {"b": "x", "k": 2}}', '{"k": "a", "é": "\\u0001 \\"q\\""}', '["a", "k", 1]', '"a"',
  'null', '{"a": {"b": "x"}, "n": 1.50}')::jsonb $$;
CREATE FUNCTION sentence(seed text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT pick(seed,
  NULL, NULL, '', 'Red running shoes for winter', 'a red shop, open late', 'Blue <b>shoe</b> & "sock"', 'The shoes of the RED shop',
  'Shopping: 100% wool_socks \\ red', 'Schuhe für Größe 42', 'of the and', E'two\\nlines\\tof red', '</mark><mark>red',
  'F1', 'f1', 'F10', '%', 'running running shoe shop') $$;
CREATE FUNCTION title(seed text) RETURNS text LANGUAGE sql IMMUTABLE AS
  $$ SELECT coalesce(nullif(sentence(seed), ''), 'T1') $$;
"""

PEOPLE = """
INSERT INTO identity.users (id, email, username, first_name, last_name, bio, country, hourly_rate, currency, skills, permissions, login_count,
  last_login_at, is_active, created_at, updated_at, deleted_at, created_by_id)
SELECT key('user', i), 'u' || i || '@x.example', CASE WHEN i % 2 = 0 THEN 'user_' || i END, pick('f' || i, 'F1', 'f1', 'F2', 'Ádám', 'da'), 'L' || i % 7,
       sentence('b' || i), pick('co' || i, 'DE', 'BR', 'NP', NULL), at_times_money('u' || i), coin('u' || i), words('u' || i),
       words('p' || i), i % 4, at_times('u' || i), i % 5 > 0, moment('uc' || i), moment('uu' || i), CASE WHEN i % 11 = 0 THEN moment('ud' || i) END,
       maybe('uby' || i, 'user', 6)
  FROM generate_series(1, 24) AS i;
INSERT INTO business.businesses (id, name, slug, type, parent_id, description, status, currency, time_zone, settings, created_at, updated_at)
SELECT key('business', i), 'B' || i, 'b' || i, pick('bt' || i, 'RETAIL', 'RETAIL', 'PARENT', 'OTHER'), parent('business', i), sentence('bd' || i),
       pick('bs' || i, 'ACTIVE', 'ACTIVE', 'INACTIVE'), coin('b' || i), pick('bz' || i, 'Europe/Berlin', 'America/Sao_Paulo', 'Asia/Kathmandu'),
       document('b' || i), moment('b' || i), moment('b' || i)
  FROM generate_series(1, 12) AS i;
INSERT INTO identity.memberships (id, user_id, business_id, role, title, joined_at, created_at)
SELECT key('membership', u * 100 + b), key('user', u), key('business', b), pick('mr' || u * b, 'STAFF', 'STAFF', 'OWNER', 'VIEWER'),
       sentence('m' || u || b), moment('m' || u || b), moment('m' || u * b)
  FROM generate_series(1, 12) AS u, generate_series(1, 5) AS b WHERE die('m' || u || ' ' || b, 2) = 0;
INSERT INTO business.domains (id, business_id, name, slug, description, parent_id, status, last_activity_at, created_at)
SELECT key('domain', i), one('do' || i / 3, 'business', 8), 'D' || i % 4, 'd' || i, sentence('d' || i), parent('domain', i),
       pick('ds' || i, 'ACTIVE', 'PLANNED'), at_times('d' || i), moment('dc' || i)
  FROM generate_series(1, 20) AS i;
INSERT INTO business.domain_components (id, domain_id, type, name, file_path, description, status, health_score, created_at)
SELECT key('component', i), one('dc' || i, 'domain', 12), pick('dct' || i, 'API', 'CRON', 'API'), pick('dcn' || i, 'C1', 'C2', 'c1', 'Größe'),
       CASE WHEN i % 3 > 0 THEN 'src/red/shop_' || i % 4 || '.py' END, sentence('dc' || i), pick('dcs' || i, 'ACTIVE', 'BROKEN'),
       i % 3 * 50, moment('dcc' || i)
  FROM generate_series(1, 32) AS i;
INSERT INTO business.metrics (id, business_id, domain_id, type, name, value, unit, metadata)
SELECT key_at('metric', i, recent('m' || i)), one('mb' || i, 'business', 5), maybe('md' || i, 'domain', 6), pick('mt' || i, 'BUSINESS', 'SYSTEM'),
       'm' || i % 3, CASE WHEN i % 4 > 0 THEN pick('mv' || i, '0', '1', '1.5000', '-2', '1234567.0001')::numeric END, pick('mu' || i, 'ms', '%', NULL),
       document('m' || i)
  FROM generate_series(1, 40) AS i;
INSERT INTO business.business_events (id, business_id, domain_id, user_id, type, category, severity, data, ip_address)
SELECT key_at('business_event', i, recent('be' || i)), one('be' || i, 'business', 5), maybe('bed' || i, 'domain', 6), maybe('beu' || i, 'user', 6),
       pick('bet' || i, 'SALE', 'LOGIN', 'sale'), pick('bec' || i, 'SALE', 'OTHER'), 'INFO', document('be' || i), pick('bei' || i, '192.0.2.1', '2001:db8::1', NULL)::inet
  FROM generate_series(1, 30) AS i;
"""

SHOP = """
INSERT INTO catalog.categories (id, business_id, parent_id, name, slug, description, position, color, is_featured, created_at)
SELECT key('category', i), key('business', 1 + i % 2), parent('category', i), title('c' || i), 'c' || i, sentence('cd' || i), i % 3,
       pick('cc' || i, '#ff0000', '#00ff00', NULL), i % 3 = 0, moment('c' || i)
  FROM generate_series(1, 22) AS i;
INSERT INTO catalog.products (id, business_id, category_id, name, slug, sku, brand, short_description, description, tags, status, is_featured,
  published_at, price, currency, sale_price, cost, weight, dimensions, meta_keywords, created_at, deleted_at)
SELECT key('product', i), one('p' || i, 'business', 4), maybe('p' || i, 'category', 12), title('p' || i), 'p' || i, CASE WHEN i % 2 = 0 THEN 'SKU-' || i END,
       pick('pb' || i, 'Acme', 'acme', 'ACME_2', NULL), sentence('ps' || i), sentence('pd' || i), words('p' || i),
       pick('pst' || i, 'ACTIVE', 'ACTIVE', 'DRAFT', 'ARCHIVED'), i % 4 = 0, at_times('p' || i), 3 + money('p' || i), coin('p' || i),
       CASE WHEN i % 3 = 0 THEN 2.50 END, at_times_money('pc' || i), CASE WHEN i % 3 > 0 THEN die('w' || i, 4) * 0.2500 END,
       CASE WHEN i % 3 > 0 THEN document('p' || i) END, words('pk' || i), moment('pcr' || i), CASE WHEN i % 9 = 0 THEN moment('pde' || i) END
  FROM generate_series(1, 32) AS i;
INSERT INTO catalog.category_products (id, category_id, product_id, position, created_at)
SELECT key('category_product', c * 100 + p), key('category', c), key('product', p), 1 + (c * p) % 4, moment('cp' || c || ' ' || p)
  FROM generate_series(1, 12) AS c, generate_series(1, 24) AS p WHERE die('cp' || c || ' ' || p, 5) = 0;
INSERT INTO catalog.product_variants (id, business_id, product_id, name, sku, size, options, position, is_default, price, cost, currency, weight, created_at)
SELECT key('variant', i), p.business_id, p.id, pick('v' || i, 'Red', 'red', 'Blue'), 'V-' || i, pick('vs' || i, 'S', 'M', NULL),
       document('v' || i), 1 + i % 3, false, money('v' || i), at_times_money('vc' || i), coin('v' || i), CASE WHEN i % 2 = 0 THEN i % 5 END, moment('v' || i)
  FROM generate_series(1, 32) AS i JOIN catalog.products AS p ON p.id = one('v' || i, 'product', 16);
INSERT INTO catalog.price_changes (id, product_id, variant_id, user_id, kind, old_price, new_price, currency, reason, note, changed_at)
SELECT key('price_change', i), one('pc' || i, 'product', 10), maybe('pc' || i, 'variant', 20), maybe('pcu' || i, 'user', 5), pick('pck' || i, 'PRICE', 'COST'),
       CASE WHEN i % 3 > 0 THEN money('pco' || i) END, 500 + i % 4, coin('pc' || i), pick('pcr' || i, 'MANUAL', 'RULE'), sentence('pc' || i), moment('pc' || i)
  FROM generate_series(1, 32) AS i;
INSERT INTO customers.customers (id, business_id, user_id, email, first_name, last_name, born_on, tags, notes, is_vip, registration_ip, total_spent,
  order_count, last_order_at, lifetime_value, churn_risk, currency, created_at)
SELECT key('customer', i), one('cu' || i, 'business', 4), CASE WHEN i % 3 = 0 THEN key('user', i) END, 'c' || i || '@x.example',
       pick('cuf' || i, 'F1', 'Eve', NULL), pick('cul' || i, 'L1', 'L2', 'l1'), moment('cub' || i)::date - 9000, words('cu' || i), sentence('cu' || i),
       i % 4 = 0, pick('cui' || i, '192.0.2.1', '192.0.2.0/24', '2001:db8::1', NULL)::inet, money('cu' || i), i % 5, at_times('cu' || i),
       at_times_money('cul' || i), CASE WHEN i % 3 > 0 THEN die('cur' || i, 3) * 12.50 END, coin('cu' || i), moment('cuc' || i)
  FROM generate_series(1, 24) AS i;
INSERT INTO customers.customer_segments (id, business_id, name, type, description, criteria, is_dynamic, created_at)
SELECT key('segment', i), one('s' || i, 'business', 3), 'S' || i, pick('st' || i, 'VALUE', 'ONLINE'), sentence('s' || i), document('s' || i), i % 2 = 0, moment('s' || i)
  FROM generate_series(1, 8) AS i;
INSERT INTO customers.segment_members (id, segment_id, customer_id, score, reason, assigned_at, expires_at)
SELECT key('segment_member', s * 100 + c), key('segment', s), key('customer', c), die('sm' || s * c, 4) * 25, sentence('sm' || s * c),
       moment('sm' || s || c), at_times('sme' || s || c)
  FROM generate_series(1, 6) AS s, generate_series(1, 20) AS c WHERE die('sm' || s || ' ' || c, 4) = 0;
INSERT INTO sales.orders (id, business_id, customer_id, order_number, channel, status, payment_status, subtotal, discount_amount, tax_amount,
  is_tax_included, shipping_amount, total_amount, currency, coupon_code, notes, ip_address, placed_at, processed_at, created_at)
SELECT key('order', i), one('o' || i, 'business', 4), maybe('o' || i, 'customer', 12), 'O-' || i, pick('oc' || i, 'WEB', 'WEB', 'CHAT', 'API'),
       pick('os' || i, 'PENDING', 'PROCESSING', 'COMPLETED'), pick('op' || i, 'PENDING', 'FAILED'), s, 0, t, i % 2 = 0, i % 3,
       s + i % 3 + CASE WHEN i % 2 = 0 THEN 0 ELSE t END, coin('o' || i), pick('occ' || i, 'RED10', 'red10', NULL), sentence('o' || i),
       pick('oi' || i, '192.0.2.1', NULL)::inet, moment('o' || i), CASE WHEN i % 3 > 0 THEN moment('o' || i) + i % 4 * interval '1 day' END, moment('oc' || i)
  FROM generate_series(1, 32) AS i, money('os' || i) AS s, money('ot' || i) AS t;
INSERT INTO sales.order_items (id, order_id, product_id, position, product_name, variant_name, quantity, unit_price, unit_cost, total_amount, currency, created_at)
SELECT key('order_item', i), o.id, one('oip' || i, 'product', 12), i, title('oi' || i), pick('oiv' || i, 'Red', NULL), 1 + i % 3, u, at_times_money('oic' || i),
       (1 + i % 3) * u, o.currency, moment('oi' || i)
  FROM generate_series(1, 40) AS i JOIN sales.orders AS o ON o.id = one('oi' || i, 'order', 16), money('oi' || i) AS u;
INSERT INTO finance.transactions (id, business_id, order_id, customer_id, number, type, category, amount, currency, description, payment_method, booked_on, created_at)
SELECT key('transaction', i), one('t' || i, 'business', 4), maybe('t' || i, 'order', 10), maybe('tc' || i, 'customer', 8), 'T-' || i,
       pick('tt' || i, 'REVENUE', 'EXPENSE', 'ADJUSTMENT'), pick('tca' || i, 'rent', 'Rent', 'ads'), money('t' || i), coin('t' || i), sentence('t' || i),
       pick('tp' || i, 'PAYPAL', 'CASH', NULL), moment('tb' || i)::date, moment('t' || i)
  FROM generate_series(1, 32) AS i;
INSERT INTO fulfillment.warehouses (id, business_id, code, name, status, address, country, priority, cutoff_hour, created_at)
SELECT key('warehouse', i), one('w' || i, 'business', 3), 'W' || i, title('w' || i), 'ACTIVE', document('w' || i), pick('wc' || i, 'DE', 'US', NULL), i % 2,
       CASE WHEN i % 2 = 0 THEN 12 END, moment('w' || i)
  FROM generate_series(1, 6) AS i;
INSERT INTO fulfillment.inventory_levels (id, warehouse_id, variant_id, on_hand, reserved, reorder_point, bin_location, last_counted_at, created_at)
SELECT key('level', w * 100 + v), key('warehouse', w), key('variant', v), die('l' || w * v, 4), die('lr' || w * v, 2), CASE WHEN v % 2 = 0 THEN w END,
       pick('lb' || w * v, 'A-1', 'a-1', NULL), at_times('l' || w * v), moment('lc' || w * v)
  FROM generate_series(1, 5) AS w, generate_series(1, 20) AS v WHERE die('l' || w || ' ' || v, 3) = 0;
INSERT INTO catalog.product_reviews (id, product_id, customer_id, rating, title, content, image_urls, created_at)
SELECT key('product_review', p * 100 + c), key('product', p), key('customer', c), 1 + die('pr' || p * c, 5), sentence('prt' || p * c), title('pr' || p * c),
       words('pr' || p * c), moment('pr' || p || c)
  FROM generate_series(1, 12) AS p, generate_series(1, 10) AS c WHERE die('pr' || p || ' ' || c, 4) = 0;
INSERT INTO catalog.product_metrics (id, product_id, period_starts_on, period_ends_on, view_count, revenue, currency, created_at)
SELECT key('product_metric', i), one('pm' || i, 'product', 8), '2025-01-01'::date + i, '2025-02-01'::date + i, i % 4, money('pm' || i), coin('pm' || i), moment('pm' || i)
  FROM generate_series(1, 30) AS i;
INSERT INTO offers.offers (id, business_id, segment_id, name, slug, code, description, type, value, currency, minimum_amount, usage_limit, priority, status, starts_at, ends_at, created_at)
SELECT key('offer', i), one('of' || i, 'business', 3), maybe('of' || i, 'segment', 6), title('of' || i), 'of' || i, 'CODE-' || i, sentence('ofd' || i),
       pick('oft' || i, 'PERCENTAGE', 'GIFT'), i % 3 * 10, coin('of' || i), at_times_money('of' || i), CASE WHEN i % 2 = 0 THEN 10 END, i % 3,
       pick('ofs' || i, 'ACTIVE', 'DRAFT'), moment('of' || i), CASE WHEN i % 2 = 0 THEN moment('of' || i) + interval '40 days' END, moment('ofc' || i)
  FROM generate_series(1, 14) AS i;
INSERT INTO offers.offer_products (id, offer_id, product_id, role, quantity, special_price, currency, created_at)
SELECT key('offer_product', o * 100 + p), key('offer', o), key('product', p), pick('op' || o * p, 'QUALIFYING', 'REWARD'), 1 + o % 2, at_times_money('op' || o * p),
       coin('op' || o * p), moment('op' || o * p)
  FROM generate_series(1, 10) AS o, generate_series(1, 16) AS p WHERE die('op' || o || ' ' || p, 5) = 0;
INSERT INTO suppliers.suppliers (id, business_id, code, name, country, address, currency, minimum_order, payment_terms_days, lead_time_days, status, notes, created_at)
SELECT key('supplier', i), one('su' || i, 'business', 3), 'SU' || i, title('su' || i), pick('suc' || i, 'DE', 'US', NULL), document('su' || i), coin('su' || i),
       money('su' || i), 30, i % 4, pick('sus' || i, 'ACTIVE', 'PROSPECT'), sentence('sun' || i), moment('su' || i)
  FROM generate_series(1, 12) AS i;
"""

WORK = """
INSERT INTO freelance.jobs (id, client_id, freelancer_id, business_id, title, description, category, skills, budget, currency, experience_level, status,
  is_remote, published_at, deadline, created_at, deleted_at)
SELECT key('job', i), key('user', 1 + i % 7), CASE WHEN i % 2 = 0 THEN key('user', 9 + i % 4) END, maybe('j' || i, 'business', 4), title('j' || i),
       coalesce(sentence('jd' || i), ''), pick('jc' || i, 'c0', 'c1', 'C1', NULL), words('j' || i), money('j' || i), coin('j' || i),
       pick('je' || i, 'ENTRY', 'EXPERT', NULL), pick('js' || i, 'OPEN', 'OPEN', 'DRAFT', 'COMPLETED'), i % 3 > 0, at_times('j' || i),
       at_times('jd' || i), moment('jc' || i), CASE WHEN i % 10 = 0 THEN moment('jde' || i) END
  FROM generate_series(1, 36) AS i;
INSERT INTO freelance.applications (id, job_id, freelancer_id, cover_letter, proposed_amount, currency, estimated_days, status, decided_at, created_at)
SELECT key('application', j * 100 + u), key('job', j), key('user', u), sentence('a' || j || u), money('a' || j || u), coin('a' || j || u),
       nullif(die('ae' || j || u, 4), 0), pick('as' || j || u, 'PENDING', 'PENDING', 'REJECTED', 'ACCEPTED'), at_times('ad' || j || u), moment('a' || j || u)
  FROM generate_series(1, 20) AS j, generate_series(8, 20) AS u WHERE die('a' || j || ' ' || u, 5) = 0 AND 1 + j % 7 <> u;
INSERT INTO freelance.escrows (id, job_id, client_id, amount, currency, created_at)
SELECT key('escrow', i), id, client_id, budget, currency, moment('e' || i)
  FROM generate_series(1, 16) AS i JOIN freelance.jobs ON id = key('job', i * 2);
INSERT INTO freelance.milestones (id, job_id, position, title, description, amount, currency, status, due_at, deliverables, created_at)
SELECT key('milestone', j * 10 + i), key('job', j), i, title('mi' || j * i), sentence('mid' || j * i), money('mi' || j * i), job.currency,
       pick('mis' || j * i, 'PENDING', 'APPROVED'), at_times('mi' || j * i), words('mi' || j * i), moment('mic' || j * i)
  FROM generate_series(1, 14) AS j JOIN freelance.jobs AS job ON job.id = key('job', j), generate_series(1, 3) AS i WHERE (i + j) % 4 > 0;
INSERT INTO freelance.reviews (id, job_id, reviewer_id, reviewee_id, rating, comment, is_public, created_at)
SELECT key('review', i), id, client_id, freelancer_id, 1 + i % 5, sentence('r' || i), i % 3 > 0, moment('r' || i)
  FROM generate_series(1, 18) AS i JOIN freelance.jobs ON id = key('job', i * 2) WHERE client_id <> freelancer_id;
INSERT INTO freelance.courses (id, business_id, instructor_id, slug, title, description, skills, lesson_count, duration_minutes, price, currency, created_at)
SELECT key('course', i), one('co' || i, 'business', 3), maybe('co' || i, 'user', 5), 'co' || i, title('co' || i), sentence('cod' || i), words('co' || i), 1 + i % 3,
       30, money('co' || i), coin('co' || i), moment('co' || i)
  FROM generate_series(1, 8) AS i;
INSERT INTO freelance.enrollments (id, course_id, user_id, progress, score, price_paid, currency, rating, enrolled_at, created_at)
SELECT key('enrollment', c * 100 + u), key('course', c), key('user', u), die('en' || c * u, 4) * 12.5, CASE WHEN u % 2 = 0 THEN die('ens' || c * u, 3) * 50 END,
       money('en' || c * u), coin('en' || c * u), nullif(die('enr' || c * u, 6), 0), moment('en' || c * u), moment('enc' || c * u)
  FROM generate_series(1, 7) AS c, generate_series(1, 14) AS u WHERE die('en' || c || ' ' || u, 3) = 0;
INSERT INTO llm.ai_models (id, name, provider, version, parameters, cost_per_1k_tokens, currency, max_tokens, released_on, created_at)
SELECT key('model', i), pick('mo' || i, 'gpt', 'opus') || i / 2, pick('mop' || i, 'OPENAI', 'ANTHROPIC'), CASE WHEN i % 3 > 0 THEN i::text END, document('mo' || i),
       at_times_money('mo' || i) / 1000000, coin('mo' || i), nullif(i % 3, 0) * 1000, moment('mo' || i)::date, moment('moc' || i)
  FROM generate_series(1, 8) AS i;
INSERT INTO agents.agents (id, business_id, name, slug, type, category, description, parent_id, model_id, configuration, capabilities, tools, status, created_at)
SELECT key('agent', i), one('ag' || i, 'business', 3), 'A' || i, 'a' || i, pick('agt' || i, 'SALES', 'CUSTOM'), pick('agc' || i, 'FINANCE', NULL), sentence('ag' || i),
       parent('agent', i), maybe('ag' || i, 'model', 6), document('ag' || i), words('ag' || i), words('agt' || i), pick('ags' || i, 'ACTIVE', 'TRAINING'), moment('ag' || i)
  FROM generate_series(1, 14) AS i;
INSERT INTO agents.conversations (id, agent_id, business_id, user_id, session_id, title, context, temperature, status, outcome, ended_at, satisfaction_rating)
SELECT key_at('conversation', i, recent('cv' || i)), one('cv' || i, 'agent', 6), maybe('cvb' || i, 'business', 4), maybe('cvu' || i, 'user', 8), 's' || i % 4,
       sentence('cv' || i), document('cv' || i), die('cv' || i, 3) * 0.5, 'ACTIVE', pick('cvo' || i, 'ONGOING', 'RESOLVED'), at_times('cv' || i), nullif(i % 6, 0)
  FROM generate_series(1, 30) AS i;
INSERT INTO agents.messages (id, conversation_id, role, content, sequence_number, metadata, token_count, cost, processing_time_ms)
SELECT key_at('message', n * 10 + i, uuid_extract_timestamp(c.id) + i * interval '20 minutes'), c.id, pick('mer' || n || i, 'USER', 'ASSISTANT'),
       coalesce(sentence('me' || n || i), 'hi'), i, document('me' || n || i), nullif(die('met' || n || i, 3), 0), at_times_money('me' || n || i) / 1000000,
       CASE WHEN i % 2 = 0 THEN 100 END
  FROM generate_series(1, 12) AS n JOIN agents.conversations AS c ON c.id = key_at('conversation', n, recent('cv' || n)), generate_series(1, 4) AS i
 WHERE (n + i) % 4 > 0;
INSERT INTO work.goals (id, business_id, parent_id, owner_agent_id, name, description, type, target_value, current_value, unit, currency, target_date, created_at)
SELECT key('goal', i), one('g' || i, 'business', 3), parent('goal', i), maybe('g' || i, 'agent', 5), title('g' || i), sentence('gd' || i), pick('gt' || i, 'GROWTH', 'REVENUE'),
       nullif(i % 4, 0) * 10.5, CASE WHEN i % 3 > 0 THEN i % 2 END, pick('gu' || i, 'EUR', NULL), coin('g' || i), CASE WHEN i % 3 > 0 THEN moment('g' || i)::date END, moment('gc' || i)
  FROM generate_series(1, 20) AS i;
INSERT INTO work.tasks (id, business_id, goal_id, assigned_agent_id, type, title, priority, status, input_data, started_at, completed_at, created_at)
SELECT key('task', i), one('ta' || i, 'business', 3), maybe('ta' || i, 'goal', 8), one('taa' || i, 'agent', 5), pick('tat' || i, 'mail', 'Mail', 'call'), sentence('ta' || i),
       1 + i % 3, pick('tas' || i, 'PENDING', 'BLOCKED'), document('ta' || i), at_times('ta' || i), NULL, moment('tac' || i)
  FROM generate_series(1, 30) AS i;
INSERT INTO chat.visitors (id, business_id, customer_id, key, name, country, tags, visit_count, first_seen_at, last_seen_at, created_at)
SELECT key('visitor', i), one('vi' || i, 'business', 3), maybe('vi' || i, 'customer', 6), 'k' || i, pick('vin' || i, 'F1', 'Eve', NULL), pick('vic' || i, 'DE', NULL),
       words('vi' || i), i % 3, moment('vi' || i), moment('vi' || i) + interval '1 day', moment('vic' || i)
  FROM generate_series(1, 12) AS i;
INSERT INTO chat.chat_sessions (id, business_id, visitor_id, token_hash, status, subject, tags, priority, ip_address, location, started_at, ended_at, satisfaction_rating, created_at)
SELECT key('chat_session', i), one('cs' || i, 'business', 3), maybe('cs' || i, 'visitor', 8), 'hash' || i, pick('css' || i, 'WAITING', 'ACTIVE'), sentence('cs' || i), words('cs' || i),
       i % 3, pick('csi' || i, '2001:db8::1', NULL)::inet, CASE WHEN i % 2 = 0 THEN document('cs' || i) END, moment('cs' || i), NULL, nullif(i % 4, 0), moment('csc' || i)
  FROM generate_series(1, 18) AS i;
INSERT INTO chat.chat_messages (id, session_id, sender_type, sender_name, content, read_at)
SELECT key_at('chat_message', i, recent('cm' || i)), one('cm' || i, 'chat_session', 8), pick('cms' || i, 'VISITOR', 'STAFF', 'AI'), pick('cmn' || i, 'Eve', NULL), title('cm' || i),
       at_times('cm' || i)
  FROM generate_series(1, 36) AS i;
INSERT INTO support.support_tickets (id, business_id, customer_id, assignee_id, order_id, number, subject, description, category, channel, priority, status, tags,
  merged_into_id, first_response_due_at, satisfaction_rating, created_at)
SELECT key('ticket', i), one('ti' || i, 'business', 3), maybe('ti' || i, 'customer', 8), maybe('tia' || i, 'user', 4), maybe('tio' || i, 'order', 8), 'N' || i, title('ti' || i),
       sentence('tid' || i), pick('tic' || i, 'ORDER', 'OTHER'), pick('tich' || i, 'EMAIL', 'CHAT'), pick('tip' || i, 'LOW', 'HIGH'), pick('tis' || i, 'NEW', 'OPEN'), words('ti' || i),
       CASE WHEN i % 6 = 0 THEN key('ticket', i / 2) END, at_times('ti' || i), nullif(i % 6, 0), moment('tic' || i)
  FROM generate_series(1, 30) AS i;
INSERT INTO support.ticket_messages (id, ticket_id, author_type, user_id, content, is_internal, attachments, created_at)
SELECT key('ticket_message', i), one('tm' || i, 'ticket', 10), pick('tma' || i, 'STAFF', 'SYSTEM'), maybe('tm' || i, 'user', 4), title('tm' || i), i % 3 = 0, document('tm' || i), moment('tm' || i)
  FROM generate_series(1, 30) AS i;
INSERT INTO knowledge.articles (id, business_id, author_id, type, title, slug, summary, content, category, tags, language, visibility, view_count, helpful_count, created_at)
SELECT key('article', i), one('ar' || i, 'business', 3), maybe('ar' || i, 'user', 5), pick('art' || i, 'GUIDE', 'FAQ'), title('ar' || i), 'ar' || i, sentence('ars' || i), sentence('arc' || i),
       pick('arca' || i, 'red', 'Red', NULL), words('ar' || i), 'en', pick('arv' || i, 'PUBLIC', 'STAFF'), i % 4, i % 3, moment('ar' || i)
  FROM generate_series(1, 24) AS i;
INSERT INTO reporting.insights (id, business_id, domain_id, type, impact, title, description, recommendation, evidence, tags, confidence, estimated_value, currency, created_at)
SELECT key('insight', i), one('in' || i, 'business', 3), maybe('in' || i, 'domain', 8), pick('int' || i, 'TREND', 'RISK'), pick('ini' || i, 'HIGH', 'LOW'), title('in' || i), title('ind' || i),
       sentence('inr' || i), document('in' || i), words('in' || i), CASE WHEN i % 3 > 0 THEN i % 4 * 25 END, at_times_money('in' || i), coin('in' || i), moment('in' || i)
  FROM generate_series(1, 24) AS i;
INSERT INTO llm.ai_costs (id, business_id, agent_id, model_id, date, service, request_count, prompt_tokens, cost, currency, created_at)
SELECT key('cost', i), one('ac' || i, 'business', 3), maybe('ac' || i, 'agent', 5), one('acm' || i, 'model', 4), '2025-03-25'::date + i % 12 * 9, pick('acs' || i, 'CHAT', 'SPEECH', 'IMAGE'),
       i % 3, pick('act' || i, '0', '1', '3000000000', '3000000001', '9007199254740993')::bigint, money('ac' || i) / 1000000, coin('ac' || i), moment('ac' || i)
  FROM generate_series(1, 36) AS i
ON CONFLICT DO NOTHING;
"""

TRAILS = """
INSERT INTO ops.audit_logs (id, business_id, user_id, action, entity_type, entity_id, changed_fields, before, after, operation, ip_address)
SELECT key_at('audit', i, recent('au' || i)), maybe('au' || i, 'business', 4), maybe('auu' || i, 'user', 5), 'UPDATE', (ARRAY['User', 'Job', 'Product', 'Gone'])[1 + i % 4],
       (ARRAY[one('aue' || i, 'user', 30), one('aue' || i, 'job', 30), one('aue' || i, 'product', 30), key('gone', 1)])[1 + i % 4], words('au' || i),
       document('aub' || i), CASE WHEN i % 2 = 0 THEN document('aua' || i) END, pick('auo' || i, 'a', 'b', NULL), pick('aui' || i, '192.0.2.1', NULL)::inet
  FROM generate_series(1, 36) AS i;
INSERT INTO ops.service_syncs (id, business_id, service_name, entity_type, entity_id, operation, data, attempt_count, created_at)
SELECT key('sync', i), maybe('sy' || i, 'business', 4), pick('sy' || i, 'shop', 'Shop'), (ARRAY['Customer', 'Order', 'Category'])[1 + i % 3],
       (ARRAY[one('sye' || i, 'customer', 30), one('sye' || i, 'order', 30), one('sye' || i, 'category', 30)])[1 + i % 3], pick('syo' || i, 'CREATE', 'SYNC'),
       document('sy' || i), i % 3, moment('sy' || i)
  FROM generate_series(1, 24) AS i;
INSERT INTO support.documents (id, business_id, customer_id, entity_type, entity_id, type, number, title, locale, data, byte_size, created_at)
SELECT key('document', i), one('doc' || i, 'business', 3), maybe('doc' || i, 'customer', 6), CASE WHEN i % 3 > 0 THEN 'Order' END,
       CASE WHEN i % 3 > 0 THEN one('doc' || i, 'order', 12) END, pick('docy' || i, 'INVOICE', 'OTHER'), 'DOC-' || i, title('doc' || i), 'en', document('doc' || i),
       CASE WHEN i % 2 = 0 THEN 5000000000 + i % 3 END, moment('doc' || i)
  FROM generate_series(1, 16) AS i;
INSERT INTO analytics.analytics_events (id, business_id, visitor_id, customer_id, type, name, entity_type, entity_id, properties, value, currency, country)
SELECT key_at('analytics', i, recent('ae' || i)), one('ae' || i, 'business', 3), maybe('ae' || i, 'visitor', 6), maybe('aec' || i, 'customer', 6), pick('aet' || i, 'CLICK', 'PURCHASE'),
       pick('aen' || i, 'a', 'A', 'b'), CASE WHEN i % 2 = 0 THEN 'Product' END, CASE WHEN i % 2 = 0 THEN one('aep' || i, 'product', 40) END, document('ae' || i),
       at_times_money('ae' || i), coin('ae' || i), pick('aeco' || i, 'DE', 'US', NULL)
  FROM generate_series(1, 40) AS i;
INSERT INTO knowledge.source_files (id, business_id, file_path, type, module, description, lines_of_code, size_bytes, last_scanned_at, created_at)
SELECT key('file', i), one('sf' || i, 'business', 2), 'src/redShop_' || i || '.py', pick('sft' || i, 'PY', 'JS'), pick('sfm' || i, 'red', 'shop', NULL), sentence('sf' || i), nullif(i % 4, 0) * 100,
       pick('sfs' || i, NULL, '0', '1000000000001', '9007199254740993')::bigint, moment('sf' || i), moment('sfc' || i)
  FROM generate_series(1, 16) AS i;
INSERT INTO knowledge.source_classes (id, file_id, parent_id, name, kind, namespace, implements, properties, description, line_start, created_at)
SELECT key('class', i), one('sc' || i, 'file', 10), parent('class', i), 'RedShoe' || i, 'CLASS', pick('scn' || i, 'a.b', NULL), words('sc' || i), document('sc' || i), sentence('sc' || i),
       1 + i % 4, moment('sc' || i)
  FROM generate_series(1, 20) AS i;
"""

END = "DROP SCHEMA dice CASCADE; ANALYZE;"


async def fill(url: str) -> None:
    """Put the crowd into the migrated database at `url`."""
    connection = await asyncpg.connect(url)
    try:
        for statements in (DICE, PEOPLE, SHOP, WORK, TRAILS, END):
            await connection.execute(statements)
    finally:
        await connection.close()

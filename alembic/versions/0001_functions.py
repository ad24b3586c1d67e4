"""What every domain uses: ids with a given time, the time of the last change, the search over everything."""

from alembic import op

revision = "0001_functions"
down_revision = None

UPGRADE = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    """
    CREATE FUNCTION public.uuid7_floor(moment timestamptz) RETURNS uuid
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
      SELECT (lpad(to_hex(least(greatest(floor(
                extract(epoch FROM moment - timestamptz '1970-01-01 00:00:00+00') * 1000
              ), 0), 281474976710655)::bigint), 12, '0') || repeat('0', 20))::uuid
    $$
    """,
    """
    CREATE FUNCTION public.uuid7_at(moment timestamptz) RETURNS uuid
    LANGUAGE plpgsql VOLATILE STRICT PARALLEL SAFE AS $$
    DECLARE
      milliseconds numeric := floor(extract(epoch FROM moment) * 1000);
    BEGIN
      IF milliseconds NOT BETWEEN 0 AND 281474976710655 THEN
        RAISE datetime_field_overflow USING MESSAGE = format('A UUIDv7 cannot hold the time %s.', moment);
      END IF;
      RETURN (lpad(to_hex(milliseconds::bigint), 12, '0') || '7'
              || right(replace(gen_random_uuid()::text, '-', ''), 19))::uuid;
    END $$
    """,
    """
    CREATE FUNCTION public.words_of(items text[]) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
      SELECT array_to_string(items, ' ')
    $$
    """,
    """
    CREATE FUNCTION public.touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      new.updated_at := now();
      RETURN new;
    END $$
    """,
    """
    CREATE FUNCTION public.keep_search_entries() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF tg_op = 'DELETE' THEN
        DELETE FROM knowledge.search_entries
         WHERE entity_type = tg_argv[0] AND entity_id IN (SELECT id FROM removed);
        RETURN NULL;
      END IF;
      EXECUTE format(
        'DELETE FROM knowledge.search_entries
          WHERE entity_type = %L AND entity_id IN (SELECT r.id FROM added AS r WHERE NOT (%s))',
        tg_argv[0], tg_argv[2]);
      EXECUTE format(
        'INSERT INTO knowledge.search_entries AS e
                (entity_type, entity_id, business_id, visibility, title, content, keywords)
         SELECT %L, r.id, %s FROM added AS r WHERE %s
         ON CONFLICT (entity_type, entity_id) DO UPDATE
            SET business_id = excluded.business_id, visibility = excluded.visibility, title = excluded.title,
                content = excluded.content, keywords = excluded.keywords, last_indexed_at = now()
          WHERE (e.business_id, e.visibility, e.title, e.content, e.keywords) IS DISTINCT FROM
                (excluded.business_id, excluded.visibility, excluded.title, excluded.content, excluded.keywords)',
        tg_argv[0], tg_argv[1], tg_argv[2]);
      RETURN NULL;
    END $$
    """,
)

DOWNGRADE = (
    "DROP FUNCTION public.keep_search_entries()",
    "DROP FUNCTION public.touch_updated_at()",
    "DROP FUNCTION public.words_of(items text[])",
    "DROP FUNCTION public.uuid7_at(moment timestamptz)",
    "DROP FUNCTION public.uuid7_floor(moment timestamptz)",
    "DROP EXTENSION pg_trgm",
)


def upgrade() -> None:
    for statement in UPGRADE:
        op.execute(statement)


def downgrade() -> None:
    for statement in DOWNGRADE:
        op.execute(statement)

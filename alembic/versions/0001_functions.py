"""What every domain uses: ids with a given time, and the time of the last change."""

from alembic import op

revision = "0001_functions"
down_revision = None

UPGRADE = (
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
    CREATE FUNCTION public.touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      new.updated_at := now();
      RETURN new;
    END $$
    """,
)

DOWNGRADE = (
    "DROP FUNCTION public.touch_updated_at()",
    "DROP FUNCTION public.uuid7_at(timestamptz)",
    "DROP FUNCTION public.uuid7_floor(timestamptz)",
)


def upgrade() -> None:
    for statement in UPGRADE:
        op.execute(statement)


def downgrade() -> None:
    for statement in DOWNGRADE:
        op.execute(statement)

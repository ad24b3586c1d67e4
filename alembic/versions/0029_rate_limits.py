"""What limits are counted in, a function that leases from it, and the limits that every installation begins with.

The rows have fixed ids of 2023-01-01. They stay when this is undone, like those of the migration before.
"""

from datetime import UTC, datetime

from alembic import op
from sqlalchemy import Uuid, column, table
from sqlalchemy.dialects.postgresql import insert

revision = "0029_rate_limits"
down_revision = "0028_provider_subject"

SINCE = datetime(2023, 1, 1, tzinfo=UTC)
FIRST = "01856aa0-c800-7000-8000-000000000d01"

DOORS = "signIn register requestPasswordReset resetPassword verifyEmail"
"""The mutations by which somebody comes in whom nobody knows yet."""

# name, viewer, scope, unit, limit a minute
LIMITS = (
    ("Anybody, by address", "ANONYMOUS", "*", "COST", 60_000),
    ("Visitors", "VISITOR", "*", "COST", 60_000),
    ("People", "USER", "*", "COST", 600_000),
    ("Keys", "API_KEY", "*", "COST", 600_000),
    ("Keys of a business", "BUSINESS", "*", "COST", 3_000_000),
    ("Administrators, by cost", "ADMIN", "*", "COST", 6_000_000),
    ("Signing in, by address", "ANONYMOUS", DOORS, "REQUESTS", 30),
)

UPGRADE = (
    """
    CREATE UNLOGGED TABLE gateway.rate_limit_buckets (
      name text CONSTRAINT pk_rate_limit_buckets PRIMARY KEY,
      used double precision NOT NULL,
      counted_at timestamptz NOT NULL,
      free_at timestamptz NOT NULL
    ) WITH (fillfactor = 50)
    """,
    """
    CREATE FUNCTION public.lease_rate_limits(names text[], capacities float8[], rates float8[], returned float8[], needed float8[], smallest float8[], moment timestamptz) RETURNS TABLE (place bigint, granted float8, remaining float8) LANGUAGE plpgsql AS $$
    DECLARE
      asked record;
      free float8;
    BEGIN
      moment := coalesce(moment, clock_timestamp());
      FOR asked IN
        SELECT * FROM unnest(names, capacities, rates, returned, needed, smallest) WITH ORDINALITY
            AS t (name, capacity, rate, back, need, least, place) ORDER BY t.name
      LOOP
        INSERT INTO gateway.rate_limit_buckets AS b (name, used, counted_at, free_at)
        VALUES (asked.name, greatest(0, -asked.back), moment, moment)
        ON CONFLICT (name) DO UPDATE SET
          used = greatest(0, b.used - asked.rate * greatest(0, extract(epoch FROM moment - b.counted_at)) - asked.back),
          counted_at = greatest(b.counted_at, moment)
        RETURNING asked.capacity - b.used INTO free;
        place := asked.place;
        granted := CASE WHEN asked.need > 0 AND free >= asked.least THEN
          greatest(0, floor(least(free, greatest(asked.need, least(asked.rate, free / 2), free / 16)))) ELSE 0 END;
        remaining := free - granted;
        UPDATE gateway.rate_limit_buckets AS b SET
          used = b.used + granted,
          free_at = moment + make_interval(secs => least((b.used + granted) / asked.rate, 1e9))
        WHERE b.name = asked.name;
        RETURN NEXT;
      END LOOP;
    END $$
    """,
)

DOWNGRADE = (
    "DROP TABLE gateway.rate_limit_buckets",
    "DROP FUNCTION public.lease_rate_limits(text[], float8[], float8[], float8[], float8[], float8[], timestamptz)",
)

limits = table(
    "rate_limits",
    *(column("id", Uuid(as_uuid=False)), column("name"), column("viewer"), column("scope"), column("unit")),
    *(column("window_seconds"), column("limit_count"), column("created_at"), column("updated_at")),
    schema="gateway",
)


def upgrade() -> None:
    for statement in UPGRADE:
        op.execute(statement)
    op.execute(insert(limits).values([_limit(*given) for given in enumerate(LIMITS)]).on_conflict_do_nothing())


def downgrade() -> None:
    for statement in DOWNGRADE:
        op.execute(statement)


def _limit(place: int, given: tuple[str, str, str, str, int]) -> dict[str, object]:
    name, viewer, scope, unit, count = given
    return {
        "id": f"{FIRST[:-2]}{place + 1:02x}",
        "name": name,
        "viewer": viewer,
        "scope": scope,
        "unit": unit,
        "window_seconds": 60,
        "limit_count": count,
        "created_at": SINCE,
        "updated_at": SINCE,
    }

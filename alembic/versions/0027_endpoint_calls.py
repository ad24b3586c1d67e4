"""Count the calls of endpoints, and let counts leave updated_at as it is."""

from alembic import op

revision = "0027_endpoint_calls"
down_revision = "0026_initial_data"

COUNTED = {
    "identity.login_sessions": ("last_seen_at",),
    "gateway.api_keys": ("last_used_at", "last_used_ip"),
    "gateway.endpoints": ("call_count", "failure_count", "total_ms", "slowest_ms"),
}
COUNTS = ("call_count bigint", "failure_count bigint", "total_ms bigint", "slowest_ms integer")


def upgrade() -> None:
    for column in COUNTS:
        name = column.split()[0]
        op.execute(
            f"ALTER TABLE gateway.endpoints ADD COLUMN {column} DEFAULT 0 NOT NULL, "
            f"ADD CONSTRAINT ck_endpoints_{name}_at_least_zero CHECK ({name} >= 0)"
        )
    op.execute(
        "ALTER TABLE gateway.endpoints ADD COLUMN average_ms numeric(20, 4) "
        "GENERATED ALWAYS AS (round(total_ms::numeric / nullif(call_count, 0), 2)) VIRTUAL"
    )
    for table, columns in COUNTED.items():
        _touch(table, "".join(f" AND new.{column} IS NOT DISTINCT FROM old.{column}" for column in columns))


def downgrade() -> None:
    for table in COUNTED:
        _touch(table, "")
    for name in ("average_ms", *(column.split()[0] for column in reversed(COUNTS))):
        op.execute(f"ALTER TABLE gateway.endpoints DROP COLUMN {name}")


def _touch(table: str, uncounted: str) -> None:
    op.execute(
        f"CREATE OR REPLACE TRIGGER touch_updated_at BEFORE UPDATE ON {table} FOR EACH ROW "
        f"WHEN (new.updated_at = old.updated_at{uncounted}) EXECUTE FUNCTION public.touch_updated_at()"
    )

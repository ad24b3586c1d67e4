"""What webhooks are told, by a trigger on events; former secrets, and since when calls fail."""

from alembic import op

revision = "0032_webhooks"
down_revision = "0031_worker"

FUNCTION = r"""
    CREATE FUNCTION public.tell_webhooks() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      happened constant timestamptz := coalesce(uuid_extract_timestamp(new.id), now());
      changed constant jsonb := CASE jsonb_typeof(new.payload -> 'changed') WHEN 'array' THEN new.payload -> 'changed' END;
      kind constant text := lower(regexp_replace(new.entity_type, '(?<!^)([A-Z])', '_\1', 'g')) || '_';
    BEGIN
      IF NOT EXISTS (SELECT FROM gateway.webhooks AS w WHERE w.business_id = new.business_id AND w.status = 'ACTIVE') THEN
        RETURN NULL;
      END IF;
      INSERT INTO gateway.webhook_deliveries (webhook_id, event_log_id, event_type, entity_type, entity_id, payload)
      SELECT w.id, new.id, new.name, new.entity_type, new.entity_id, jsonb_build_object(
               'type', new.name,
               'timestamp', to_char(happened AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
               'data', jsonb_strip_nulls(jsonb_build_object(
                 'eventId', 'event_log_' || new.id,
                 'businessId', 'business_' || new.business_id,
                 'entityType', new.entity_type,
                 'id', kind || new.entity_id,
                 'rowCount', new.row_count,
                 'firstId', kind || (new.payload -> 'range' ->> 0),
                 'lastId', kind || (new.payload -> 'range' ->> 1),
                 'changedFields', (
                   SELECT jsonb_agg(lower(left(field, 1)) || substr(replace(initcap(replace(field, '_', ' ')), ' ', ''), 2) ORDER BY field)
                     FROM jsonb_array_elements_text(changed) AS field))))
        FROM gateway.webhooks AS w
       WHERE w.business_id = new.business_id AND w.status = 'ACTIVE' AND (
             w.event_types && ARRAY['*', new.name]
             OR EXISTS (SELECT FROM unnest(w.event_types) AS t WHERE t LIKE '%.*' AND starts_with(new.name, left(t, -1))))
       ORDER BY w.id
         FOR KEY SHARE OF w;
      RETURN NULL;
    END $$
"""

TRIGGER = """
    CREATE TRIGGER tell_webhooks AFTER INSERT ON ops.event_logs
    FOR EACH ROW WHEN (new.business_id IS NOT NULL) EXECUTE FUNCTION public.tell_webhooks()
"""

OPEN = "WHERE status IN ('PENDING', 'RETRYING')"

TRANSITIONS = {
    "insert": "NEW TABLE AS added",
    "update": "OLD TABLE AS removed NEW TABLE AS added",
    "delete": "OLD TABLE AS removed",
}


def upgrade() -> None:
    op.execute(
        "ALTER TABLE gateway.webhooks ADD COLUMN former_signing_secret text, "
        "ADD COLUMN former_secret_until timestamptz(3), ADD COLUMN failing_since timestamptz(3)"
    )
    op.execute(
        "ALTER TABLE gateway.webhook_deliveries ADD COLUMN earlier_attempts integer DEFAULT 0 NOT NULL, "
        "ADD CONSTRAINT ck_webhook_deliveries_earlier_attempts_range CHECK (earlier_attempts BETWEEN 0 AND attempt_count)"
    )
    _made("status IN ('PENDING', 'FAILED')")
    op.execute("DROP INDEX gateway.ix_webhook_deliveries_next_attempt_at")
    op.execute(
        f"CREATE INDEX ix_webhook_deliveries_open ON gateway.webhook_deliveries (webhook_id, next_attempt_at) {OPEN}"
    )
    _touch(("failures_in_a_row", "failing_since"))
    _record("former_signing_secret,signing_secret", "failing_since,failures_in_a_row,")
    op.execute(FUNCTION)
    op.execute(TRIGGER)


def downgrade() -> None:
    op.execute("DROP TRIGGER tell_webhooks ON ops.event_logs")
    op.execute("DROP FUNCTION public.tell_webhooks()")
    _record("signing_secret", "")
    _touch(())
    op.execute("DROP INDEX gateway.ix_webhook_deliveries_open")
    op.execute(
        f"CREATE INDEX ix_webhook_deliveries_next_attempt_at ON gateway.webhook_deliveries (next_attempt_at) {OPEN}"
    )
    op.execute("DELETE FROM gateway.webhook_deliveries WHERE status = 'FAILED' AND attempt_count = 0")
    _made("status = 'PENDING'")
    op.execute("ALTER TABLE gateway.webhook_deliveries DROP COLUMN earlier_attempts")
    op.execute(
        "ALTER TABLE gateway.webhooks DROP COLUMN failing_since, DROP COLUMN former_secret_until, "
        "DROP COLUMN former_signing_secret"
    )


def _made(untried: str) -> None:
    """Let deliveries be so without an attempt: what waits for an address that is gone is given up."""
    name = "ck_webhook_deliveries_attempt_count_is_made"
    op.execute(f"ALTER TABLE gateway.webhook_deliveries DROP CONSTRAINT {name}")
    op.execute(f"ALTER TABLE gateway.webhook_deliveries ADD CONSTRAINT {name} CHECK ({untried} OR attempt_count > 0)")


def _touch(counted: tuple[str, ...]) -> None:
    """Let counts leave updated_at as it is."""
    uncounted = "".join(f" AND new.{column} IS NOT DISTINCT FROM old.{column}" for column in counted)
    op.execute(
        "CREATE OR REPLACE TRIGGER touch_updated_at BEFORE UPDATE ON gateway.webhooks FOR EACH ROW "
        f"WHEN (new.updated_at = old.updated_at{uncounted}) EXECUTE FUNCTION public.touch_updated_at()"
    )


def _record(secrets: str, counted: str) -> None:
    """Let the record leave out secrets, and take no notice of counts."""
    arguments = (
        f"'Webhook', 'webhook', '{{{secrets}}}', '{{{counted}updated_at,updated_by_id,version}}', 'r.business_id'"
    )
    for operation, rows in TRANSITIONS.items():
        op.execute(f"DROP TRIGGER record_changes_after_{operation} ON gateway.webhooks")
        op.execute(
            f"CREATE TRIGGER record_changes_after_{operation} AFTER {operation} ON gateway.webhooks "
            f"REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION public.record_changes({arguments})"
        )

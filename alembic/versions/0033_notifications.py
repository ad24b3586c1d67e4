"""How far notifications and reports are on their way, and what of a notification no record may keep."""

from alembic import op

revision = "0033_notifications"
down_revision = "0032_webhooks"

UPGRADE = (
    "ALTER TABLE support.notifications ADD COLUMN attempt_count integer DEFAULT 0 NOT NULL",
    "ALTER TABLE support.notifications ADD CONSTRAINT ck_notifications_attempt_count_at_least_zero "
    "CHECK (attempt_count >= 0)",
    "CREATE INDEX ix_notifications_queued ON support.notifications (channel, scheduled_at) WHERE status = 'QUEUED'",
    "ALTER TABLE reporting.report_runs ADD COLUMN scheduled_for timestamptz(3), "
    "ADD COLUMN attempt_count integer DEFAULT 0 NOT NULL, ADD COLUMN next_attempt_at timestamptz(3), "
    "ADD COLUMN pending_recipients text[] DEFAULT '{}' NOT NULL",
    "ALTER TABLE reporting.report_runs ADD CONSTRAINT ck_report_runs_attempt_count_at_least_zero "
    "CHECK (attempt_count >= 0)",
    "CREATE UNIQUE INDEX uq_report_runs_report_id_scheduled_for ON reporting.report_runs (report_id, scheduled_for) "
    "WHERE scheduled_for IS NOT NULL",
    "CREATE INDEX ix_report_runs_next_attempt_at ON reporting.report_runs (next_attempt_at) "
    "WHERE next_attempt_at IS NOT NULL",
    # What was recorded until now held the tokens of links.
    "UPDATE ops.audit_logs SET before = before - 'data', after = after - 'data', "
    "changed_fields = array_remove(changed_fields, 'data') WHERE entity_type = 'Notification'",
)

DOWNGRADE = (
    "DROP INDEX reporting.ix_report_runs_next_attempt_at",
    "ALTER TABLE reporting.report_runs DROP COLUMN pending_recipients, DROP COLUMN next_attempt_at, "
    "DROP COLUMN attempt_count, DROP COLUMN scheduled_for",
    "DROP INDEX support.ix_notifications_queued",
    "ALTER TABLE support.notifications DROP COLUMN attempt_count",
)

TRANSITIONS = {
    "insert": "NEW TABLE AS added",
    "update": "OLD TABLE AS removed NEW TABLE AS added",
    "delete": "OLD TABLE AS removed",
}


def upgrade() -> None:
    for statement in UPGRADE:
        op.execute(statement)
    _record("{data}")


def downgrade() -> None:
    _record("{}")
    for statement in DOWNGRADE:
        op.execute(statement)


def _record(secrets: str) -> None:
    """Have changes of notifications recorded without the columns `secrets`."""
    given = f"'Notification', 'notification', '{secrets}', '{{updated_at,updated_by_id,version}}', 'r.business_id'"
    for operation, rows in TRANSITIONS.items():
        op.execute(
            f"CREATE OR REPLACE TRIGGER record_changes_after_{operation} AFTER {operation} ON support.notifications "
            f"REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION public.record_changes({given})"
        )

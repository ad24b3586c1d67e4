"""What routing remembers of a chat, how it finds whose turn it is, and signs of life that are no news."""

from alembic import op

revision = "0038_desk"
down_revision = "0037_chat_messages"

UPGRADE = (
    "ALTER TABLE chat.chat_sessions ADD COLUMN wanted_skill text, ADD COLUMN offered_at timestamptz(3)",
    "CREATE INDEX ix_chat_sessions_assigned_agent_id_offered_at ON chat.chat_sessions (assigned_agent_id, offered_at)",
    "CREATE INDEX ix_chat_sessions_assigned_agent_id_ended_at ON chat.chat_sessions (assigned_agent_id, ended_at)",
)

DOWNGRADE = (
    "DROP INDEX chat.ix_chat_sessions_assigned_agent_id_ended_at",
    "DROP INDEX chat.ix_chat_sessions_assigned_agent_id_offered_at",
    "ALTER TABLE chat.chat_sessions DROP COLUMN offered_at, DROP COLUMN wanted_skill",
)

TRANSITIONS = {
    "insert": "NEW TABLE AS added",
    "update": "OLD TABLE AS removed NEW TABLE AS added",
    "delete": "OLD TABLE AS removed",
}

SIGNS = ("heartbeat_at", "last_active_at")


def upgrade() -> None:
    for statement in UPGRADE:
        op.execute(statement)
    _record(*SIGNS)
    _touch(*SIGNS)


def downgrade() -> None:
    _touch()
    _record()
    for statement in DOWNGRADE:
        op.execute(statement)


def _record(*silent: str) -> None:
    """Have changes of people of the desk recorded, but for those of the columns `silent` alone."""
    names = ",".join(sorted({"updated_at", "updated_by_id", "version", *silent}))
    given = f"'ChatAgent', 'chat_agent', '{{}}', '{{{names}}}', 'r.business_id'"
    for operation, rows in TRANSITIONS.items():
        op.execute(
            f"CREATE OR REPLACE TRIGGER record_changes_after_{operation} AFTER {operation} ON chat.chat_agents "
            f"REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION public.record_changes({given})"
        )


def _touch(*counted: str) -> None:
    """Keep updated_at of people of the desk, but where one of the columns `counted` changed."""
    same = "".join(f" AND new.{name} IS NOT DISTINCT FROM old.{name}" for name in counted)
    op.execute(
        "CREATE OR REPLACE TRIGGER touch_updated_at BEFORE UPDATE ON chat.chat_agents "
        f"FOR EACH ROW WHEN (new.updated_at = old.updated_at{same}) EXECUTE FUNCTION public.touch_updated_at()"
    )

"""Messages of 16 KiB, staff who are in a chat without being seen by its visitor, and changes that no visitor sees."""

from alembic import op

revision = "0037_chat_messages"
down_revision = "0036_deletions_told"

LENGTH = "ck_chat_messages_content_length"
INTERNAL = (
    "CONSTRAINT ck_chat_participants_is_internal_is_not_for_visitors CHECK (NOT is_internal OR type <> 'VISITOR')"
)

COUNTED = {
    "chat.chat_sessions": ("staff_seq", "message_count", "note_count"),
    "chat.chat_participants": ("last_read_seq",),
}

RECORDED = {
    "chat.chat_sessions": (
        ("ChatSession", "chat_session", "{token_hash}", "r.business_id"),
        {"duration_seconds", "message_count", "note_count", "queue_seconds", "wait_seconds"},
    ),
    "chat.chat_participants": (
        (
            "ChatParticipant",
            "chat_participant",
            "{}",
            "(SELECT business_id FROM chat.chat_sessions AS o WHERE o.id = r.session_id)",
        ),
        set(),
    ),
}
"""What the triggers that record changes are told of a table, and the columns whose changes alone are none."""

TRANSITIONS = {
    "insert": "NEW TABLE AS added",
    "update": "OLD TABLE AS removed NEW TABLE AS added",
    "delete": "OLD TABLE AS removed",
}


def upgrade() -> None:
    _limit(16384)
    op.execute("ALTER TABLE chat.chat_participants ADD COLUMN is_internal boolean NOT NULL DEFAULT false")
    op.execute(f"ALTER TABLE chat.chat_participants ADD {INTERNAL}")
    for table, columns in COUNTED.items():
        _touch(table, *columns)
        _record(table, *columns)


def downgrade() -> None:
    for table in COUNTED:
        _touch(table)
        _record(table)
    op.execute("ALTER TABLE chat.chat_participants DROP COLUMN is_internal")
    op.execute("UPDATE chat.chat_messages SET content = left(content, 10000) WHERE length(content) > 10000")
    _limit(10000)


def _limit(characters: int) -> None:
    op.execute(f"ALTER TABLE chat.chat_messages DROP CONSTRAINT {LENGTH}")
    op.execute(
        f"ALTER TABLE chat.chat_messages ADD CONSTRAINT {LENGTH} CHECK (length(content) BETWEEN 1 AND {characters})"
    )


def _touch(table: str, *counted: str) -> None:
    uncounted = "".join(f" AND new.{column} IS NOT DISTINCT FROM old.{column}" for column in counted)
    op.execute(
        f"CREATE OR REPLACE TRIGGER touch_updated_at BEFORE UPDATE ON {table} FOR EACH ROW "
        f"WHEN (new.updated_at = old.updated_at{uncounted}) EXECUTE FUNCTION public.touch_updated_at()"
    )


def _record(table: str, *counted: str) -> None:
    (entity, prefix, secrets, owner), silent = RECORDED[table]
    names = ",".join(sorted({"updated_at", "updated_by_id", "version", *silent, *counted}))
    given = f"'{entity}', '{prefix}', '{secrets}', '{{{names}}}', '{owner}'"
    for operation, rows in TRANSITIONS.items():
        op.execute(
            f"CREATE OR REPLACE TRIGGER record_changes_after_{operation} AFTER {operation} ON {table} "
            f"REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION public.record_changes({given})"
        )

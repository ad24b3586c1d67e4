"""Where the answer to a request goes, when the worker looks at it next, and what of providers is only counted."""

from alembic import op

revision = "0039_answers"
down_revision = "0038_desk"

UPGRADE = (
    "ALTER TABLE llm.llm_requests ADD COLUMN conversation_id uuid, ADD COLUMN chat_session_id uuid, "
    "ADD COLUMN next_attempt_at timestamptz(3)",
    "ALTER TABLE llm.llm_requests ADD CONSTRAINT fk_llm_requests_conversation_id "
    "FOREIGN KEY (conversation_id) REFERENCES agents.conversations (id) ON DELETE SET NULL",
    "ALTER TABLE llm.llm_requests ADD CONSTRAINT fk_llm_requests_chat_session_id "
    "FOREIGN KEY (chat_session_id) REFERENCES chat.chat_sessions (id) ON DELETE SET NULL",
    "ALTER TABLE llm.llm_requests ADD CONSTRAINT ck_llm_requests_next_attempt_at_is_of_pending "
    "CHECK (next_attempt_at IS NULL OR status = 'PENDING')",
    "CREATE INDEX ix_llm_requests_conversation_id ON llm.llm_requests (conversation_id)",
    "CREATE INDEX ix_llm_requests_chat_session_id ON llm.llm_requests (chat_session_id)",
    "CREATE INDEX ix_llm_requests_next_attempt_at ON llm.llm_requests (next_attempt_at) "
    "WHERE next_attempt_at IS NOT NULL",
)

DOWNGRADE = (
    "DROP INDEX llm.ix_llm_requests_next_attempt_at",
    "ALTER TABLE llm.llm_requests DROP COLUMN next_attempt_at, DROP COLUMN chat_session_id, "
    "DROP COLUMN conversation_id",
)

HEALTH = (
    *("average_response_time_ms", "success_rate", "consecutive_failures", "last_check_at", "last_success_at"),
    *("last_error_at", "last_error_code", "last_error_message"),
)

COUNTED = {
    "llm_requests": ("LlmRequest", ("next_attempt_at",), "r.business_id"),
    "llm_providers": ("LlmProvider", HEALTH, "NULL::uuid"),
}
"""By table: the entity, the columns whose changes alone are no change of the row, and its business."""

TRANSITIONS = {
    "insert": "NEW TABLE AS added",
    "update": "OLD TABLE AS removed NEW TABLE AS added",
    "delete": "OLD TABLE AS removed",
}


def upgrade() -> None:
    for statement in UPGRADE:
        op.execute(statement)
    for table, (entity, columns, owner) in COUNTED.items():
        _count(table, entity, columns, owner)


def downgrade() -> None:
    for table, (entity, _, owner) in COUNTED.items():
        _count(table, entity, (), owner)
    for statement in DOWNGRADE:
        op.execute(statement)


def _count(table: str, entity: str, columns: tuple[str, ...], owner: str) -> None:
    """Have changes of `columns` alone neither recorded nor taken for a change of the row."""
    silent = ",".join(sorted((*columns, "updated_at", "updated_by_id", "version")))
    snake = {"LlmRequest": "llm_request", "LlmProvider": "llm_provider"}[entity]
    for operation, rows in TRANSITIONS.items():
        op.execute(
            f"CREATE OR REPLACE TRIGGER record_changes_after_{operation} AFTER {operation} ON llm.{table} "
            f"REFERENCING {rows} FOR EACH STATEMENT "
            f"EXECUTE FUNCTION public.record_changes('{entity}', '{snake}', '{{}}', '{{{silent}}}', '{owner}')"
        )
    same = "".join(f" AND new.{column} IS NOT DISTINCT FROM old.{column}" for column in columns)
    op.execute(
        f"CREATE OR REPLACE TRIGGER touch_updated_at BEFORE UPDATE ON llm.{table} "
        f"FOR EACH ROW WHEN (new.updated_at = old.updated_at{same}) EXECUTE FUNCTION public.touch_updated_at()"
    )

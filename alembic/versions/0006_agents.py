"""The tables of agents."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA agents")
    op.create_table(
        "agents",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("model_id", sa.Uuid(), nullable=True),
        sa.Column("system_prompt", sa.Text(), nullable=True),
        sa.Column("configuration", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("capabilities", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("tools", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("deployed_sites", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'INACTIVE'"), nullable=False),
        sa.Column("release", sa.Text(), nullable=True),
        sa.Column("satisfaction_sum", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("satisfaction_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "satisfaction_average",
            sa.Numeric(precision=5, scale=2),
            sa.Computed("round(satisfaction_sum::numeric / nullif(satisfaction_count, 0), 2)", persisted=False),
            nullable=True,
        ),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True, precision=3),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            postgresql.TIMESTAMP(timezone=True, precision=3),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name=op.f("ck_agents_slug_form")),
        sa.CheckConstraint(
            "status IN ('ACTIVE', 'TRAINING', 'INACTIVE', 'MAINTENANCE')", name=op.f("ck_agents_status_is_known")
        ),
        sa.CheckConstraint(
            "type IN ('ORCHESTRATOR', 'DIRECTOR', 'SPECIALIST', 'CUSTOMER_SUPPORT', 'SALES', 'STAFF_ASSISTANT', 'ANALYTICS', 'CUSTOM')",
            name=op.f("ck_agents_type_is_known"),
        ),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_agents_not_its_own_parent")),
        sa.CheckConstraint("satisfaction_count >= 0", name=op.f("ck_agents_satisfaction_count_at_least_zero")),
        sa.CheckConstraint("satisfaction_sum >= 0", name=op.f("ck_agents_satisfaction_sum_at_least_zero")),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["agents.agents.id"], name=op.f("fk_agents_parent_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agents")),
        sa.UniqueConstraint("business_id", "name", name=op.f("uq_agents_business_id_name")),
        sa.UniqueConstraint("business_id", "slug", name=op.f("uq_agents_business_id_slug")),
        schema="agents",
    )
    op.create_index(op.f("ix_agents_model_id"), "agents", ["model_id"], unique=False, schema="agents")
    op.create_index(op.f("ix_agents_parent_id"), "agents", ["parent_id"], unique=False, schema="agents")
    op.create_index("ix_agents_status", "agents", ["status"], unique=False, schema="agents")
    op.create_index("ix_agents_type", "agents", ["type"], unique=False, schema="agents")
    op.create_table(
        "conversations",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("model_id", sa.Uuid(), nullable=True),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("user_type", sa.Text(), server_default=sa.text("'ANONYMOUS'"), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("context", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("system_prompt", sa.Text(), nullable=True),
        sa.Column("temperature", sa.Numeric(precision=5, scale=2), server_default=sa.text("0.7"), nullable=False),
        sa.Column("max_tokens", sa.Integer(), server_default=sa.text("150"), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'ACTIVE'"), nullable=False),
        sa.Column("outcome", sa.Text(), server_default=sa.text("'ONGOING'"), nullable=False),
        sa.Column(
            "started_at",
            postgresql.TIMESTAMP(timezone=True, precision=3),
            sa.Computed("uuid_extract_timestamp(id)", persisted=False),
            nullable=False,
        ),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True, precision=3), nullable=True),
        sa.Column("last_message_at", postgresql.TIMESTAMP(timezone=True, precision=3), nullable=True),
        sa.Column("archived_at", postgresql.TIMESTAMP(timezone=True, precision=3), nullable=True),
        sa.Column("message_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("total_tokens", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("total_cost", sa.Numeric(precision=20, scale=6), server_default=sa.text("0"), nullable=False),
        sa.Column("currency", sa.Text(), server_default=sa.text("'USD'"), nullable=False),
        sa.Column("satisfaction_rating", sa.Integer(), nullable=True),
        sa.Column("feedback", sa.Text(), nullable=True),
        sa.Column(
            "updated_at",
            postgresql.TIMESTAMP(timezone=True, precision=3),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_conversations_currency_form")),
        sa.CheckConstraint(
            "outcome IN ('ONGOING', 'RESOLVED', 'ESCALATED', 'ABANDONED')",
            name=op.f("ck_conversations_outcome_is_known"),
        ),
        sa.CheckConstraint(
            "status IN ('ACTIVE', 'ARCHIVED', 'DELETED')", name=op.f("ck_conversations_status_is_known")
        ),
        sa.CheckConstraint(
            "user_type IN ('CUSTOMER', 'STAFF', 'ADMIN', 'ANONYMOUS')", name=op.f("ck_conversations_user_type_is_known")
        ),
        sa.CheckConstraint("max_tokens > 0", name=op.f("ck_conversations_max_tokens_positive")),
        sa.CheckConstraint("message_count >= 0", name=op.f("ck_conversations_message_count_at_least_zero")),
        sa.CheckConstraint(
            "satisfaction_rating BETWEEN 1 AND 5", name=op.f("ck_conversations_satisfaction_rating_range")
        ),
        sa.CheckConstraint("temperature BETWEEN 0 AND 2", name=op.f("ck_conversations_temperature_range")),
        sa.CheckConstraint("total_cost >= 0", name=op.f("ck_conversations_total_cost_at_least_zero")),
        sa.CheckConstraint("total_tokens >= 0", name=op.f("ck_conversations_total_tokens_at_least_zero")),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.agents.id"], name=op.f("fk_conversations_agent_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        schema="agents",
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index("ix_conversations_agent_id_id", "conversations", ["agent_id", "id"], unique=False, schema="agents")
    op.create_index(
        "ix_conversations_agent_id_user_id_id",
        "conversations",
        ["agent_id", "user_id", "id"],
        unique=False,
        schema="agents",
    )
    op.create_index(
        "ix_conversations_business_id_id", "conversations", ["business_id", "id"], unique=False, schema="agents"
    )
    op.create_index(op.f("ix_conversations_model_id"), "conversations", ["model_id"], unique=False, schema="agents")
    op.create_index("ix_conversations_session_id", "conversations", ["session_id"], unique=False, schema="agents")
    op.create_index("ix_conversations_user_id_id", "conversations", ["user_id", "id"], unique=False, schema="agents")
    op.create_table(
        "messages",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("model_id", sa.Uuid(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), server_default=sa.text("'TEXT'"), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("sequence_number", sa.Integer(), nullable=False),
        sa.Column("metadata", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("token_count", sa.Integer(), nullable=True),
        sa.Column("cost", sa.Numeric(precision=20, scale=6), nullable=True),
        sa.Column("currency", sa.Text(), server_default=sa.text("'USD'"), nullable=False),
        sa.Column("processing_time_ms", sa.Integer(), nullable=True),
        sa.Column("status", sa.Text(), server_default=sa.text("'SENT'"), nullable=False),
        sa.Column("edited_at", postgresql.TIMESTAMP(timezone=True, precision=3), nullable=True),
        sa.Column("edited", sa.Boolean(), sa.Computed("edited_at IS NOT NULL", persisted=False), nullable=False),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True, precision=3),
            sa.Computed("uuid_extract_timestamp(id)", persisted=False),
            nullable=False,
        ),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_messages_currency_form")),
        sa.CheckConstraint("role IN ('USER', 'ASSISTANT', 'SYSTEM')", name=op.f("ck_messages_role_is_known")),
        sa.CheckConstraint(
            "status IN ('SENT', 'DELIVERED', 'READ', 'FAILED')", name=op.f("ck_messages_status_is_known")
        ),
        sa.CheckConstraint("type IN ('TEXT', 'IMAGE', 'FILE', 'TOOL')", name=op.f("ck_messages_type_is_known")),
        sa.CheckConstraint("cost >= 0", name=op.f("ck_messages_cost_at_least_zero")),
        sa.CheckConstraint("processing_time_ms >= 0", name=op.f("ck_messages_processing_time_ms_at_least_zero")),
        sa.CheckConstraint("sequence_number >= 0", name=op.f("ck_messages_sequence_number_at_least_zero")),
        sa.CheckConstraint("token_count >= 0", name=op.f("ck_messages_token_count_at_least_zero")),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["agents.conversations.id"],
            name=op.f("fk_messages_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        schema="agents",
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index(
        "ix_messages_conversation_id_id", "messages", ["conversation_id", "id"], unique=False, schema="agents"
    )
    op.create_index(op.f("ix_messages_model_id"), "messages", ["model_id"], unique=False, schema="agents")
    op.execute(
        """CREATE TRIGGER touch_updated_at BEFORE UPDATE
        ON agents.agents FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at()"""
    )
    op.execute(
        """CREATE TRIGGER touch_updated_at BEFORE UPDATE
        ON agents.conversations FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at()"""
    )
    op.execute(
        """CREATE TRIGGER count_messages_after_insert AFTER INSERT
        ON agents.messages REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.count_messages()"""
    )
    op.execute(
        """CREATE TRIGGER count_messages_after_update AFTER UPDATE
        ON agents.messages REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.count_messages()"""
    )
    op.execute(
        """CREATE TRIGGER count_messages_after_delete AFTER DELETE
        ON agents.messages REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION public.count_messages()"""
    )
    op.execute(
        """CREATE TRIGGER sum_satisfaction_after_insert AFTER INSERT
        ON agents.conversations REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.sum_satisfaction()"""
    )
    op.execute(
        """CREATE TRIGGER sum_satisfaction_after_update AFTER UPDATE
        ON agents.conversations REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.sum_satisfaction()"""
    )
    op.execute(
        """CREATE TRIGGER sum_satisfaction_after_delete AFTER DELETE
        ON agents.conversations REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION public.sum_satisfaction()"""
    )


def downgrade() -> None:
    op.execute("DROP SCHEMA agents CASCADE")

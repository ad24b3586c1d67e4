"""The tables of llm."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA llm")
    op.create_table(
        "ai_models",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=True),
        sa.Column("parameters", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("cost_per_1k_tokens", sa.Numeric(precision=20, scale=6), nullable=True),
        sa.Column("currency", sa.Text(), server_default=sa.text("'USD'"), nullable=False),
        sa.Column("max_tokens", sa.Integer(), nullable=True),
        sa.Column("temperature", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("status", sa.Text(), server_default=sa.text("'ACTIVE'"), nullable=False),
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
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_ai_models_currency_form")),
        sa.CheckConstraint(
            "provider IN ('OPENAI', 'ANTHROPIC', 'COHERE', 'CUSTOM')", name=op.f("ck_ai_models_provider_is_known")
        ),
        sa.CheckConstraint("status IN ('ACTIVE', 'DEPRECATED', 'TESTING')", name=op.f("ck_ai_models_status_is_known")),
        sa.CheckConstraint("cost_per_1k_tokens >= 0", name=op.f("ck_ai_models_cost_per_1k_tokens_at_least_zero")),
        sa.CheckConstraint("max_tokens > 0", name=op.f("ck_ai_models_max_tokens_positive")),
        sa.CheckConstraint("temperature BETWEEN 0 AND 2", name=op.f("ck_ai_models_temperature_range")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ai_models")),
        sa.UniqueConstraint(
            "provider",
            "name",
            "version",
            name=op.f("uq_ai_models_provider_name_version"),
            postgresql_nulls_not_distinct=True,
        ),
        schema="llm",
    )
    op.create_index("ix_ai_models_status", "ai_models", ["status"], unique=False, schema="llm")


def downgrade() -> None:
    op.execute("DROP SCHEMA llm CASCADE")

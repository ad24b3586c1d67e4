"""Language models."""

from alembic import op

revision = "0004_llm"
down_revision = "0003_business"

TOUCHED = ("llm.ai_models",)

UPGRADE = (
    "CREATE SCHEMA llm",
    """
    CREATE TABLE llm.ai_models (
        id uuid DEFAULT uuidv7() NOT NULL,
        name text NOT NULL,
        provider text NOT NULL,
        version text,
        parameters jsonb DEFAULT '{}' NOT NULL,
        cost_per_1k_tokens numeric(20,6),
        currency text DEFAULT 'USD' NOT NULL,
        max_tokens integer,
        temperature numeric(5,2),
        status text DEFAULT 'ACTIVE' NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_ai_models PRIMARY KEY (id),
        CONSTRAINT uq_ai_models_provider_name_version UNIQUE NULLS NOT DISTINCT (provider, name, version),
        CONSTRAINT ck_ai_models_max_tokens_positive CHECK (max_tokens > 0),
        CONSTRAINT ck_ai_models_temperature_range CHECK (temperature BETWEEN 0 AND 2),
        CONSTRAINT ck_ai_models_cost_per_1k_tokens_at_least_zero CHECK (cost_per_1k_tokens >= 0),
        CONSTRAINT ck_ai_models_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_ai_models_provider_is_known
            CHECK (provider IN ('OPENAI', 'ANTHROPIC', 'COHERE', 'CUSTOM')),
        CONSTRAINT ck_ai_models_status_is_known CHECK (status IN ('ACTIVE', 'DEPRECATED', 'TESTING'))
    )
    """,
    "CREATE INDEX ix_ai_models_status ON llm.ai_models (status)",
    *(
        f"CREATE TRIGGER touch_updated_at BEFORE UPDATE ON {table} FOR EACH ROW "
        "WHEN (new.updated_at = old.updated_at) EXECUTE FUNCTION public.touch_updated_at()"
        for table in TOUCHED
    ),
)

DOWNGRADE = (
    "DROP TABLE llm.ai_models",
    "DROP SCHEMA llm",
)


def upgrade() -> None:
    for statement in UPGRADE:
        op.execute(statement)


def downgrade() -> None:
    for statement in DOWNGRADE:
        op.execute(statement)

"""The foreign keys from one domain to another: they point in circles, so they come last."""

from alembic import op

revision = "0007_keys_between_domains"
down_revision = "0006_agents"

KEYS = (
    ("identity.memberships", "business_id", "business.businesses", "CASCADE"),
    ("freelance.jobs", "client_id", "identity.users", "RESTRICT"),
    ("freelance.jobs", "freelancer_id", "identity.users", "SET NULL"),
    ("freelance.jobs", "business_id", "business.businesses", "SET NULL"),
    ("freelance.applications", "freelancer_id", "identity.users", "CASCADE"),
    ("freelance.escrows", "client_id", "identity.users", "RESTRICT"),
    ("freelance.escrows", "freelancer_id", "identity.users", "SET NULL"),
    ("freelance.reviews", "reviewer_id", "identity.users", "CASCADE"),
    ("freelance.reviews", "reviewee_id", "identity.users", "CASCADE"),
    ("agents.agents", "business_id", "business.businesses", "CASCADE"),
    ("agents.agents", "model_id", "llm.ai_models", "SET NULL"),
    ("agents.conversations", "business_id", "business.businesses", "SET NULL"),
    ("agents.conversations", "user_id", "identity.users", "SET NULL"),
    ("agents.conversations", "model_id", "llm.ai_models", "SET NULL"),
    ("agents.messages", "model_id", "llm.ai_models", "SET NULL"),
)


def upgrade() -> None:
    for table, column, target, on_delete in KEYS:
        op.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT {_name(table, column)} "
            f"FOREIGN KEY ({column}) REFERENCES {target} (id) ON DELETE {on_delete}"
        )


def downgrade() -> None:
    for table, column, _, _ in reversed(KEYS):
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {_name(table, column)}")


def _name(table: str, column: str) -> str:
    return f"fk_{table.partition('.')[2]}_{column}"

"""The foreign keys between domains."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_foreign_key(
        "fk_agents_business_id",
        "agents",
        "businesses",
        ["business_id"],
        ["id"],
        source_schema="agents",
        referent_schema="business",
        ondelete="CASCADE",
    )
    op.create_foreign_key(
        "fk_agents_model_id",
        "agents",
        "ai_models",
        ["model_id"],
        ["id"],
        source_schema="agents",
        referent_schema="llm",
        ondelete="SET NULL",
    )
    op.create_foreign_key(
        "fk_conversations_business_id",
        "conversations",
        "businesses",
        ["business_id"],
        ["id"],
        source_schema="agents",
        referent_schema="business",
        ondelete="SET NULL",
    )
    op.create_foreign_key(
        "fk_conversations_model_id",
        "conversations",
        "ai_models",
        ["model_id"],
        ["id"],
        source_schema="agents",
        referent_schema="llm",
        ondelete="SET NULL",
    )
    op.create_foreign_key(
        "fk_conversations_user_id",
        "conversations",
        "users",
        ["user_id"],
        ["id"],
        source_schema="agents",
        referent_schema="identity",
        ondelete="SET NULL",
    )
    op.create_foreign_key(
        "fk_messages_model_id",
        "messages",
        "ai_models",
        ["model_id"],
        ["id"],
        source_schema="agents",
        referent_schema="llm",
        ondelete="SET NULL",
    )
    op.create_foreign_key(
        "fk_applications_freelancer_id",
        "applications",
        "users",
        ["freelancer_id"],
        ["id"],
        source_schema="freelance",
        referent_schema="identity",
        ondelete="CASCADE",
    )
    op.create_foreign_key(
        "fk_escrows_client_id",
        "escrows",
        "users",
        ["client_id"],
        ["id"],
        source_schema="freelance",
        referent_schema="identity",
        ondelete="RESTRICT",
    )
    op.create_foreign_key(
        "fk_escrows_freelancer_id",
        "escrows",
        "users",
        ["freelancer_id"],
        ["id"],
        source_schema="freelance",
        referent_schema="identity",
        ondelete="SET NULL",
    )
    op.create_foreign_key(
        "fk_jobs_business_id",
        "jobs",
        "businesses",
        ["business_id"],
        ["id"],
        source_schema="freelance",
        referent_schema="business",
        ondelete="SET NULL",
    )
    op.create_foreign_key(
        "fk_jobs_client_id",
        "jobs",
        "users",
        ["client_id"],
        ["id"],
        source_schema="freelance",
        referent_schema="identity",
        ondelete="RESTRICT",
    )
    op.create_foreign_key(
        "fk_jobs_freelancer_id",
        "jobs",
        "users",
        ["freelancer_id"],
        ["id"],
        source_schema="freelance",
        referent_schema="identity",
        ondelete="SET NULL",
    )
    op.create_foreign_key(
        "fk_reviews_reviewee_id",
        "reviews",
        "users",
        ["reviewee_id"],
        ["id"],
        source_schema="freelance",
        referent_schema="identity",
        ondelete="CASCADE",
    )
    op.create_foreign_key(
        "fk_reviews_reviewer_id",
        "reviews",
        "users",
        ["reviewer_id"],
        ["id"],
        source_schema="freelance",
        referent_schema="identity",
        ondelete="CASCADE",
    )
    op.create_foreign_key(
        "fk_memberships_business_id",
        "memberships",
        "businesses",
        ["business_id"],
        ["id"],
        source_schema="identity",
        referent_schema="business",
        ondelete="CASCADE",
    )


def downgrade() -> None:
    op.drop_constraint("fk_agents_business_id", "agents", schema="agents", type_="foreignkey")
    op.drop_constraint("fk_agents_model_id", "agents", schema="agents", type_="foreignkey")
    op.drop_constraint("fk_conversations_business_id", "conversations", schema="agents", type_="foreignkey")
    op.drop_constraint("fk_conversations_model_id", "conversations", schema="agents", type_="foreignkey")
    op.drop_constraint("fk_conversations_user_id", "conversations", schema="agents", type_="foreignkey")
    op.drop_constraint("fk_messages_model_id", "messages", schema="agents", type_="foreignkey")
    op.drop_constraint("fk_applications_freelancer_id", "applications", schema="freelance", type_="foreignkey")
    op.drop_constraint("fk_escrows_client_id", "escrows", schema="freelance", type_="foreignkey")
    op.drop_constraint("fk_escrows_freelancer_id", "escrows", schema="freelance", type_="foreignkey")
    op.drop_constraint("fk_jobs_business_id", "jobs", schema="freelance", type_="foreignkey")
    op.drop_constraint("fk_jobs_client_id", "jobs", schema="freelance", type_="foreignkey")
    op.drop_constraint("fk_jobs_freelancer_id", "jobs", schema="freelance", type_="foreignkey")
    op.drop_constraint("fk_reviews_reviewee_id", "reviews", schema="freelance", type_="foreignkey")
    op.drop_constraint("fk_reviews_reviewer_id", "reviews", schema="freelance", type_="foreignkey")
    op.drop_constraint("fk_memberships_business_id", "memberships", schema="identity", type_="foreignkey")

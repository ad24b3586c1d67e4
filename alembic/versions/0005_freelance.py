"""The tables of freelance."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA freelance")
    op.create_table(
        "jobs",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("freelancer_id", sa.Uuid(), nullable=True),
        sa.Column("business_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("skills", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("budget", sa.Numeric(precision=20, scale=2), nullable=False),
        sa.Column("currency", sa.Text(), server_default=sa.text("'USD'"), nullable=False),
        sa.Column("budget_type", sa.Text(), server_default=sa.text("'FIXED'"), nullable=False),
        sa.Column("experience_level", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), server_default=sa.text("'DRAFT'"), nullable=False),
        sa.Column("is_remote", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("published_at", postgresql.TIMESTAMP(timezone=True, precision=3), nullable=True),
        sa.Column("deadline", postgresql.TIMESTAMP(timezone=True, precision=3), nullable=True),
        sa.Column("started_at", postgresql.TIMESTAMP(timezone=True, precision=3), nullable=True),
        sa.Column("completed_at", postgresql.TIMESTAMP(timezone=True, precision=3), nullable=True),
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
        sa.Column("deleted_at", postgresql.TIMESTAMP(timezone=True, precision=3), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("budget_type IN ('FIXED', 'HOURLY')", name=op.f("ck_jobs_budget_type_is_known")),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_jobs_currency_form")),
        sa.CheckConstraint(
            "experience_level IN ('ENTRY', 'INTERMEDIATE', 'EXPERT')", name=op.f("ck_jobs_experience_level_is_known")
        ),
        sa.CheckConstraint(
            "status IN ('DRAFT', 'OPEN', 'IN_PROGRESS', 'COMPLETED', 'CANCELLED', 'DISPUTED')",
            name=op.f("ck_jobs_status_is_known"),
        ),
        sa.CheckConstraint("budget >= 0", name=op.f("ck_jobs_budget_at_least_zero")),
        sa.CheckConstraint("length(title) BETWEEN 1 AND 200", name=op.f("ck_jobs_title_length")),
        sa.CheckConstraint("started_at <= completed_at", name=op.f("ck_jobs_starts_before_it_ends")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        schema="freelance",
    )
    op.create_index(op.f("ix_jobs_business_id"), "jobs", ["business_id"], unique=False, schema="freelance")
    op.create_index(op.f("ix_jobs_client_id"), "jobs", ["client_id"], unique=False, schema="freelance")
    op.create_index(op.f("ix_jobs_freelancer_id"), "jobs", ["freelancer_id"], unique=False, schema="freelance")
    op.create_index("ix_jobs_skills", "jobs", ["skills"], unique=False, schema="freelance", postgresql_using="gin")
    op.create_index("ix_jobs_status_created_at", "jobs", ["status", "created_at"], unique=False, schema="freelance")
    op.create_table(
        "applications",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("freelancer_id", sa.Uuid(), nullable=False),
        sa.Column("cover_letter", sa.Text(), nullable=True),
        sa.Column("proposed_amount", sa.Numeric(precision=20, scale=2), nullable=False),
        sa.Column("currency", sa.Text(), server_default=sa.text("'USD'"), nullable=False),
        sa.Column("estimated_days", sa.Integer(), nullable=True),
        sa.Column("status", sa.Text(), server_default=sa.text("'PENDING'"), nullable=False),
        sa.Column("decided_at", postgresql.TIMESTAMP(timezone=True, precision=3), nullable=True),
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
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_applications_currency_form")),
        sa.CheckConstraint(
            "status IN ('PENDING', 'SHORTLISTED', 'ACCEPTED', 'REJECTED', 'WITHDRAWN')",
            name=op.f("ck_applications_status_is_known"),
        ),
        sa.CheckConstraint("estimated_days > 0", name=op.f("ck_applications_estimated_days_positive")),
        sa.CheckConstraint("proposed_amount >= 0", name=op.f("ck_applications_proposed_amount_at_least_zero")),
        sa.ForeignKeyConstraint(
            ["job_id"], ["freelance.jobs.id"], name=op.f("fk_applications_job_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_applications")),
        sa.UniqueConstraint("job_id", "freelancer_id", name=op.f("uq_applications_job_id_freelancer_id")),
        schema="freelance",
    )
    op.create_index(
        op.f("ix_applications_freelancer_id"), "applications", ["freelancer_id"], unique=False, schema="freelance"
    )
    op.create_index(op.f("ix_applications_status"), "applications", ["status"], unique=False, schema="freelance")
    op.create_table(
        "escrows",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("freelancer_id", sa.Uuid(), nullable=True),
        sa.Column("amount", sa.Numeric(precision=20, scale=2), nullable=False),
        sa.Column("fee", sa.Numeric(precision=20, scale=2), server_default=sa.text("0"), nullable=False),
        sa.Column("released_amount", sa.Numeric(precision=20, scale=2), server_default=sa.text("0"), nullable=False),
        sa.Column("refunded_amount", sa.Numeric(precision=20, scale=2), server_default=sa.text("0"), nullable=False),
        sa.Column("currency", sa.Text(), server_default=sa.text("'USD'"), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'PENDING'"), nullable=False),
        sa.Column("funded_at", postgresql.TIMESTAMP(timezone=True, precision=3), nullable=True),
        sa.Column("released_at", postgresql.TIMESTAMP(timezone=True, precision=3), nullable=True),
        sa.Column("refunded_at", postgresql.TIMESTAMP(timezone=True, precision=3), nullable=True),
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
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_escrows_currency_form")),
        sa.CheckConstraint(
            "status IN ('PENDING', 'FUNDED', 'PARTIALLY_RELEASED', 'RELEASED', 'REFUNDED', 'FROZEN')",
            name=op.f("ck_escrows_status_is_known"),
        ),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_escrows_amount_at_least_zero")),
        sa.CheckConstraint("fee >= 0", name=op.f("ck_escrows_fee_at_least_zero")),
        sa.CheckConstraint("refunded_amount >= 0", name=op.f("ck_escrows_refunded_amount_at_least_zero")),
        sa.CheckConstraint(
            "released_amount + refunded_amount <= amount", name=op.f("ck_escrows_pays_no_more_than_it_holds")
        ),
        sa.CheckConstraint("released_amount >= 0", name=op.f("ck_escrows_released_amount_at_least_zero")),
        sa.ForeignKeyConstraint(["job_id"], ["freelance.jobs.id"], name=op.f("fk_escrows_job_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escrows")),
        sa.UniqueConstraint("job_id", name=op.f("uq_escrows_job_id")),
        schema="freelance",
    )
    op.create_index(op.f("ix_escrows_client_id"), "escrows", ["client_id"], unique=False, schema="freelance")
    op.create_index(op.f("ix_escrows_freelancer_id"), "escrows", ["freelancer_id"], unique=False, schema="freelance")
    op.create_index("ix_escrows_status", "escrows", ["status"], unique=False, schema="freelance")
    op.create_table(
        "milestones",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("amount", sa.Numeric(precision=20, scale=2), nullable=False),
        sa.Column("currency", sa.Text(), server_default=sa.text("'USD'"), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'PENDING'"), nullable=False),
        sa.Column("due_at", postgresql.TIMESTAMP(timezone=True, precision=3), nullable=True),
        sa.Column("submitted_at", postgresql.TIMESTAMP(timezone=True, precision=3), nullable=True),
        sa.Column("completed_at", postgresql.TIMESTAMP(timezone=True, precision=3), nullable=True),
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
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_milestones_currency_form")),
        sa.CheckConstraint(
            "status IN ('PENDING', 'IN_PROGRESS', 'SUBMITTED', 'APPROVED', 'REJECTED')",
            name=op.f("ck_milestones_status_is_known"),
        ),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_milestones_amount_at_least_zero")),
        sa.CheckConstraint("position > 0", name=op.f("ck_milestones_position_positive")),
        sa.ForeignKeyConstraint(
            ["job_id"], ["freelance.jobs.id"], name=op.f("fk_milestones_job_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestones")),
        sa.UniqueConstraint("job_id", "position", name=op.f("uq_milestones_job_id_position")),
        schema="freelance",
    )
    op.create_table(
        "reviews",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("reviewer_id", sa.Uuid(), nullable=False),
        sa.Column("reviewee_id", sa.Uuid(), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("response", sa.Text(), nullable=True),
        sa.Column("is_public", sa.Boolean(), server_default=sa.text("true"), nullable=False),
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
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name=op.f("ck_reviews_rating_range")),
        sa.CheckConstraint("reviewer_id <> reviewee_id", name=op.f("ck_reviews_not_of_oneself")),
        sa.ForeignKeyConstraint(["job_id"], ["freelance.jobs.id"], name=op.f("fk_reviews_job_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
        sa.UniqueConstraint("job_id", "reviewer_id", name=op.f("uq_reviews_job_id_reviewer_id")),
        schema="freelance",
    )
    op.create_index(op.f("ix_reviews_reviewee_id"), "reviews", ["reviewee_id"], unique=False, schema="freelance")
    op.create_index(op.f("ix_reviews_reviewer_id"), "reviews", ["reviewer_id"], unique=False, schema="freelance")
    op.execute(
        """CREATE TRIGGER touch_updated_at BEFORE UPDATE
        ON freelance.applications FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at()"""
    )
    op.execute(
        """CREATE TRIGGER touch_updated_at BEFORE UPDATE
        ON freelance.escrows FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at()"""
    )
    op.execute(
        """CREATE TRIGGER touch_updated_at BEFORE UPDATE
        ON freelance.jobs FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at()"""
    )
    op.execute(
        """CREATE TRIGGER touch_updated_at BEFORE UPDATE
        ON freelance.milestones FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at()"""
    )
    op.execute(
        """CREATE TRIGGER touch_updated_at BEFORE UPDATE
        ON freelance.reviews FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at()"""
    )
    op.execute(
        """CREATE TRIGGER sum_ratings_after_insert AFTER INSERT
        ON freelance.reviews REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.sum_ratings()"""
    )
    op.execute(
        """CREATE TRIGGER sum_ratings_after_update AFTER UPDATE
        ON freelance.reviews REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.sum_ratings()"""
    )
    op.execute(
        """CREATE TRIGGER sum_ratings_after_delete AFTER DELETE
        ON freelance.reviews REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION public.sum_ratings()"""
    )


def downgrade() -> None:
    op.execute("DROP SCHEMA freelance CASCADE")

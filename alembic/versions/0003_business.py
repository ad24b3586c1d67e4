"""The tables of business."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA business")
    op.create_table(
        "businesses",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("primary_domain", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), server_default=sa.text("'ACTIVE'"), nullable=False),
        sa.Column("currency", sa.Text(), server_default=sa.text("'USD'"), nullable=False),
        sa.Column("time_zone", sa.Text(), server_default=sa.text("'UTC'"), nullable=False),
        sa.Column("settings", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
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
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_businesses_currency_form")),
        sa.CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name=op.f("ck_businesses_slug_form")),
        sa.CheckConstraint(
            "status IN ('ACTIVE', 'INACTIVE', 'MAINTENANCE')", name=op.f("ck_businesses_status_is_known")
        ),
        sa.CheckConstraint(
            "type IN ('PARENT', 'RETAIL', 'WHOLESALE', 'MANUFACTURING', 'ECOMMERCE', 'OTHER')",
            name=op.f("ck_businesses_type_is_known"),
        ),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_businesses_not_its_own_parent")),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["business.businesses.id"], name=op.f("fk_businesses_parent_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_businesses")),
        sa.UniqueConstraint("name", name=op.f("uq_businesses_name")),
        sa.UniqueConstraint("slug", name=op.f("uq_businesses_slug")),
        schema="business",
    )
    op.create_index(op.f("ix_businesses_parent_id"), "businesses", ["parent_id"], unique=False, schema="business")
    op.create_index("ix_businesses_status", "businesses", ["status"], unique=False, schema="business")
    op.create_index("ix_businesses_type", "businesses", ["type"], unique=False, schema="business")
    op.create_table(
        "domains",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), server_default=sa.text("'ACTIVE'"), nullable=False),
        sa.Column("component_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_activity_at", postgresql.TIMESTAMP(timezone=True, precision=3), nullable=True),
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
        sa.CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name=op.f("ck_domains_slug_form")),
        sa.CheckConstraint("status IN ('ACTIVE', 'INACTIVE', 'PLANNED')", name=op.f("ck_domains_status_is_known")),
        sa.CheckConstraint("component_count >= 0", name=op.f("ck_domains_component_count_at_least_zero")),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_domains_not_its_own_parent")),
        sa.ForeignKeyConstraint(
            ["business_id"], ["business.businesses.id"], name=op.f("fk_domains_business_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["business.domains.id"], name=op.f("fk_domains_parent_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_domains")),
        sa.UniqueConstraint("business_id", "slug", name=op.f("uq_domains_business_id_slug")),
        schema="business",
    )
    op.create_index(op.f("ix_domains_parent_id"), "domains", ["parent_id"], unique=False, schema="business")
    op.create_index("ix_domains_status", "domains", ["status"], unique=False, schema="business")
    op.create_table(
        "domain_components",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("domain_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("file_path", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), server_default=sa.text("'ACTIVE'"), nullable=False),
        sa.Column("health_score", sa.Integer(), server_default=sa.text("100"), nullable=False),
        sa.Column("last_checked_at", postgresql.TIMESTAMP(timezone=True, precision=3), nullable=True),
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
        sa.CheckConstraint(
            "status IN ('ACTIVE', 'DEPRECATED', 'BROKEN')", name=op.f("ck_domain_components_status_is_known")
        ),
        sa.CheckConstraint(
            "type IN ('SERVICE', 'API', 'CRON', 'FUNCTION', 'LIBRARY', 'MODULE', 'OTHER')",
            name=op.f("ck_domain_components_type_is_known"),
        ),
        sa.CheckConstraint("health_score BETWEEN 0 AND 100", name=op.f("ck_domain_components_health_score_range")),
        sa.ForeignKeyConstraint(
            ["domain_id"], ["business.domains.id"], name=op.f("fk_domain_components_domain_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_domain_components")),
        schema="business",
    )
    op.create_index(
        op.f("ix_domain_components_domain_id"), "domain_components", ["domain_id"], unique=False, schema="business"
    )
    op.create_index("ix_domain_components_status", "domain_components", ["status"], unique=False, schema="business")
    op.create_index("ix_domain_components_type", "domain_components", ["type"], unique=False, schema="business")
    op.create_table(
        "metrics",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("business_id", sa.Uuid(), nullable=False),
        sa.Column("domain_id", sa.Uuid(), nullable=True),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("metadata", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column(
            "recorded_at",
            postgresql.TIMESTAMP(timezone=True, precision=3),
            sa.Computed("uuid_extract_timestamp(id)", persisted=False),
            nullable=False,
        ),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True, precision=3),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "type IN ('PERFORMANCE', 'BUSINESS', 'SYSTEM', 'CUSTOM')", name=op.f("ck_metrics_type_is_known")
        ),
        sa.ForeignKeyConstraint(
            ["business_id"], ["business.businesses.id"], name=op.f("fk_metrics_business_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["domain_id"], ["business.domains.id"], name=op.f("fk_metrics_domain_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_metrics")),
        schema="business",
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index("ix_metrics_business_id_id", "metrics", ["business_id", "id"], unique=False, schema="business")
    op.create_index(
        "ix_metrics_business_id_name_id", "metrics", ["business_id", "name", "id"], unique=False, schema="business"
    )
    op.create_index("ix_metrics_domain_id_id", "metrics", ["domain_id", "id"], unique=False, schema="business")
    op.create_index("ix_metrics_name_id", "metrics", ["name", "id"], unique=False, schema="business")
    op.execute(
        """CREATE TRIGGER touch_updated_at BEFORE UPDATE
        ON business.businesses FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at()"""
    )
    op.execute(
        """CREATE TRIGGER touch_updated_at BEFORE UPDATE
        ON business.domain_components FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at()"""
    )
    op.execute(
        """CREATE TRIGGER touch_updated_at BEFORE UPDATE
        ON business.domains FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at()"""
    )
    op.execute(
        """CREATE TRIGGER count_components_after_insert AFTER INSERT
        ON business.domain_components REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.count_components()"""
    )
    op.execute(
        """CREATE TRIGGER count_components_after_update AFTER UPDATE
        ON business.domain_components REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.count_components()"""
    )
    op.execute(
        """CREATE TRIGGER count_components_after_delete AFTER DELETE
        ON business.domain_components REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION public.count_components()"""
    )


def downgrade() -> None:
    op.execute("DROP SCHEMA business CASCADE")

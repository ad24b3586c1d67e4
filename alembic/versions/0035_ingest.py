"""What batches of measurements and events came to, so that none is written twice."""

from alembic import op

revision = "0035_ingest"
down_revision = "0034_marketplace"

UPGRADE = (
    """
    CREATE TABLE ops.ingest_batches (
        business_id uuid NOT NULL,
        kind text NOT NULL,
        key text NOT NULL,
        rows bytea NOT NULL,
        recorded_count integer DEFAULT 0 NOT NULL,
        refused_count integer DEFAULT 0 NOT NULL,
        first_id uuid,
        last_id uuid,
        errors jsonb DEFAULT '[]' NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_ingest_batches PRIMARY KEY (business_id, kind, key),
        CONSTRAINT fk_ingest_batches_business_id FOREIGN KEY (business_id)
            REFERENCES business.businesses (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX ix_ingest_batches_created_at ON ops.ingest_batches (created_at)",
)


def upgrade() -> None:
    for statement in UPGRADE:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE ops.ingest_batches")

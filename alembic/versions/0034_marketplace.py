"""Keep what a freelancer says when handing a stage in."""

import sqlalchemy as sa
from alembic import op

revision = "0034_marketplace"
down_revision = "0033_notifications"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("milestones", sa.Column("note", sa.Text()), schema="freelance")


def downgrade() -> None:
    op.drop_column("milestones", "note", schema="freelance")

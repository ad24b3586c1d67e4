"""Who somebody is at an identity provider, and what was shown of it once."""

from alembic import op

revision = "0028_provider_subject"
down_revision = "0027_endpoint_calls"

PURPOSES = "'EMAIL_VERIFICATION', 'EMAIL_CHANGE', 'PASSWORD_RESET', 'EMAIL_LINK', 'REFRESH'"


def upgrade() -> None:
    op.execute("ALTER TABLE identity.users ADD COLUMN provider_subject text")
    op.execute("ALTER TABLE identity.users ADD CONSTRAINT uq_users_provider_subject UNIQUE (provider_subject)")
    _allow(f"{PURPOSES}, 'ID_TOKEN'")


def downgrade() -> None:
    op.execute("DELETE FROM identity.tokens WHERE purpose = 'ID_TOKEN'")
    _allow(PURPOSES)
    op.execute("ALTER TABLE identity.users DROP COLUMN provider_subject")


def _allow(purposes: str) -> None:
    op.execute("ALTER TABLE identity.tokens DROP CONSTRAINT ck_tokens_purpose_is_known")
    op.execute(f"ALTER TABLE identity.tokens ADD CONSTRAINT ck_tokens_purpose_is_known CHECK (purpose IN ({purposes}))")

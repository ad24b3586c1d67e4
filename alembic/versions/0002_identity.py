"""People and what they may do where."""

from alembic import op

revision = "0002_identity"
down_revision = "0001_functions"

TOUCHED = ("identity.users", "identity.memberships")

UPGRADE = (
    "CREATE SCHEMA identity",
    r"""
    CREATE TABLE identity.users (
        id uuid DEFAULT uuidv7() NOT NULL,
        email text NOT NULL,
        username text,
        password_hash text,
        first_name text NOT NULL,
        last_name text NOT NULL,
        headline text,
        bio text,
        avatar_url text,
        phone text,
        country text,
        locale text DEFAULT 'en' NOT NULL,
        time_zone text DEFAULT 'UTC' NOT NULL,
        skills text[] DEFAULT '{}' NOT NULL,
        hourly_rate numeric(20,2),
        currency text DEFAULT 'USD' NOT NULL,
        rating_sum bigint DEFAULT 0 NOT NULL,
        rating_count integer DEFAULT 0 NOT NULL,
        rating_average numeric(5,2)
            GENERATED ALWAYS AS (round(rating_sum::numeric / nullif(rating_count, 0), 2)) VIRTUAL,
        is_superuser boolean DEFAULT false NOT NULL,
        is_active boolean DEFAULT true NOT NULL,
        permissions text[] DEFAULT '{}' NOT NULL,
        email_verified_at timestamptz(3),
        last_login_at timestamptz(3),
        login_count integer DEFAULT 0 NOT NULL,
        failed_login_attempts integer DEFAULT 0 NOT NULL,
        locked_until timestamptz(3),
        notes text,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        deleted_at timestamptz(3),
        created_by uuid,
        updated_by uuid,
        CONSTRAINT pk_users PRIMARY KEY (id),
        CONSTRAINT uq_users_email UNIQUE (email),
        CONSTRAINT uq_users_username UNIQUE (username),
        CONSTRAINT ck_users_email_form
            CHECK (email = lower(email) AND email ~ '^[^@\s]+@[^@\s]+\.[^@\s]+$'),
        CONSTRAINT ck_users_phone_form CHECK (phone ~ '^\+[1-9][0-9]{5,14}$'),
        CONSTRAINT ck_users_country_form CHECK (country ~ '^[A-Z]{2}$'),
        CONSTRAINT ck_users_hourly_rate_at_least_zero CHECK (hourly_rate >= 0),
        CONSTRAINT ck_users_login_count_at_least_zero CHECK (login_count >= 0),
        CONSTRAINT ck_users_failed_login_attempts_at_least_zero CHECK (failed_login_attempts >= 0),
        CONSTRAINT ck_users_rating_sum_at_least_zero CHECK (rating_sum >= 0),
        CONSTRAINT ck_users_rating_count_at_least_zero CHECK (rating_count >= 0),
        CONSTRAINT ck_users_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT fk_users_created_by
            FOREIGN KEY (created_by) REFERENCES identity.users (id) ON DELETE SET NULL,
        CONSTRAINT fk_users_updated_by
            FOREIGN KEY (updated_by) REFERENCES identity.users (id) ON DELETE SET NULL
    )
    """,
    "CREATE INDEX ix_users_created_by ON identity.users (created_by)",
    "CREATE INDEX ix_users_skills ON identity.users USING gin (skills)",
    "CREATE INDEX ix_users_updated_by ON identity.users (updated_by)",
    """
    CREATE TABLE identity.memberships (
        id uuid DEFAULT uuidv7() NOT NULL,
        user_id uuid NOT NULL,
        business_id uuid NOT NULL,
        role text DEFAULT 'VIEWER' NOT NULL,
        title text,
        invited_by_id uuid,
        joined_at timestamptz(3) DEFAULT now() NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_memberships PRIMARY KEY (id),
        CONSTRAINT uq_memberships_business_id_user_id UNIQUE (business_id, user_id),
        CONSTRAINT fk_memberships_user_id
            FOREIGN KEY (user_id) REFERENCES identity.users (id) ON DELETE CASCADE,
        CONSTRAINT fk_memberships_invited_by_id
            FOREIGN KEY (invited_by_id) REFERENCES identity.users (id) ON DELETE SET NULL,
        CONSTRAINT ck_memberships_role_is_known CHECK (role IN ('VIEWER', 'STAFF', 'MANAGER', 'OWNER'))
    )
    """,
    "CREATE INDEX ix_memberships_invited_by_id ON identity.memberships (invited_by_id)",
    "CREATE INDEX ix_memberships_user_id ON identity.memberships (user_id)",
    *(
        f"CREATE TRIGGER touch_updated_at BEFORE UPDATE ON {table} FOR EACH ROW "
        "WHEN (new.updated_at = old.updated_at) EXECUTE FUNCTION public.touch_updated_at()"
        for table in TOUCHED
    ),
)

DOWNGRADE = (
    "DROP TABLE identity.memberships",
    "DROP TABLE identity.users",
    "DROP SCHEMA identity",
)


def upgrade() -> None:
    for statement in UPGRADE:
        op.execute(statement)


def downgrade() -> None:
    for statement in DOWNGRADE:
        op.execute(statement)

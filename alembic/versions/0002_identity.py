"""People, how they sign in, and what they may do where."""

from alembic import op

revision = "0002_identity"
down_revision = "0001_functions"

TOUCHED = (
    "identity.aml_checks",
    "identity.gdpr_consents",
    "identity.kyc_verifications",
    "identity.login_sessions",
    "identity.memberships",
    "identity.privacy_requests",
    "identity.tokens",
    "identity.users",
)

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
        rating_average numeric(5,2) GENERATED ALWAYS AS (round(rating_sum::numeric / nullif(rating_count, 0), 2)) VIRTUAL,
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
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_users PRIMARY KEY (id),
        CONSTRAINT uq_users_username UNIQUE (username),
        CONSTRAINT ck_users_hourly_rate_at_least_zero CHECK (hourly_rate >= 0),
        CONSTRAINT ck_users_login_count_at_least_zero CHECK (login_count >= 0),
        CONSTRAINT ck_users_failed_login_attempts_at_least_zero CHECK (failed_login_attempts >= 0),
        CONSTRAINT ck_users_rating_sum_at_least_zero CHECK (rating_sum >= 0),
        CONSTRAINT ck_users_rating_count_at_least_zero CHECK (rating_count >= 0),
        CONSTRAINT fk_users_created_by_id
            FOREIGN KEY(created_by_id) REFERENCES identity.users (id) ON DELETE SET NULL,
        CONSTRAINT fk_users_updated_by_id
            FOREIGN KEY(updated_by_id) REFERENCES identity.users (id) ON DELETE SET NULL,
        CONSTRAINT ck_users_email_form CHECK (email = lower(email) AND email ~ '^[^@\s]+@[^@\s]+\.[^@\s]+$'),
        CONSTRAINT ck_users_phone_form CHECK (phone ~ '^\+[1-9][0-9]{5,14}$'),
        CONSTRAINT ck_users_country_form CHECK (country ~ '^[A-Z]{2}$'),
        CONSTRAINT ck_users_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT uq_users_email UNIQUE (email)
    )
    """,
    "CREATE INDEX ix_users_created_by_id ON identity.users (created_by_id)",
    "CREATE INDEX ix_users_last_name_trigram ON identity.users USING gin (last_name gin_trgm_ops)",
    "CREATE INDEX ix_users_skills ON identity.users USING gin (skills)",
    "CREATE INDEX ix_users_updated_by_id ON identity.users (updated_by_id)",
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
        CONSTRAINT fk_memberships_user_id FOREIGN KEY(user_id) REFERENCES identity.users (id) ON DELETE CASCADE,
        CONSTRAINT fk_memberships_invited_by_id
            FOREIGN KEY(invited_by_id) REFERENCES identity.users (id) ON DELETE SET NULL,
        CONSTRAINT ck_memberships_role_is_known CHECK (role IN ('VIEWER', 'STAFF', 'MANAGER', 'OWNER')),
        CONSTRAINT uq_memberships_business_id_user_id UNIQUE (business_id, user_id)
    )
    """,
    "CREATE INDEX ix_memberships_invited_by_id ON identity.memberships (invited_by_id)",
    "CREATE INDEX ix_memberships_user_id ON identity.memberships (user_id)",
    """
    CREATE TABLE identity.login_sessions (
        id uuid DEFAULT uuidv7() NOT NULL,
        user_id uuid NOT NULL,
        customer_id uuid,
        site_id uuid,
        type text DEFAULT 'USER' NOT NULL,
        method text DEFAULT 'PASSWORD' NOT NULL,
        token_hash text NOT NULL,
        csrf_token_hash text,
        device text,
        user_agent text,
        ip_address inet,
        country text,
        is_remembered boolean DEFAULT false NOT NULL,
        last_seen_at timestamptz(3) DEFAULT now() NOT NULL,
        expires_at timestamptz(3) NOT NULL,
        revoked_at timestamptz(3),
        revoked_reason text,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_login_sessions PRIMARY KEY (id),
        CONSTRAINT uq_login_sessions_token_hash UNIQUE (token_hash),
        CONSTRAINT ck_login_sessions_expires_at_not_before_created_at CHECK (created_at <= expires_at),
        CONSTRAINT ck_login_sessions_last_seen_at_not_before_created_at CHECK (created_at <= last_seen_at),
        CONSTRAINT ck_login_sessions_customer_id_fits_type CHECK ((type = 'CUSTOMER') = (customer_id IS NOT NULL)),
        CONSTRAINT ck_login_sessions_revoked_reason_is_given
            CHECK ((revoked_at IS NULL) = (revoked_reason IS NULL)),
        CONSTRAINT fk_login_sessions_user_id FOREIGN KEY(user_id) REFERENCES identity.users (id) ON DELETE CASCADE,
        CONSTRAINT ck_login_sessions_type_is_known CHECK (type IN ('USER', 'CUSTOMER', 'STAFF', 'ADMIN')),
        CONSTRAINT ck_login_sessions_method_is_known CHECK (method IN ('PASSWORD', 'EMAIL_LINK', 'PASSKEY', 'SSO')),
        CONSTRAINT ck_login_sessions_country_form CHECK (country ~ '^[A-Z]{2}$'),
        CONSTRAINT ck_login_sessions_revoked_reason_is_known
            CHECK (revoked_reason IN ('SIGNED_OUT', 'PASSWORD_CHANGED', 'REVOKED_BY_USER', 'REVOKED_BY_ADMIN', 'SUSPICIOUS'))
    )
    """,
    "CREATE INDEX ix_login_sessions_customer_id ON identity.login_sessions (customer_id)",
    "CREATE INDEX ix_login_sessions_expires_at ON identity.login_sessions (expires_at)",
    "CREATE INDEX ix_login_sessions_site_id ON identity.login_sessions (site_id)",
    "CREATE INDEX ix_login_sessions_user_id_last_seen_at ON identity.login_sessions (user_id, last_seen_at)",
    """
    CREATE TABLE identity.kyc_verifications (
        id uuid DEFAULT uuidv7() NOT NULL,
        user_id uuid NOT NULL,
        status text DEFAULT 'PENDING' NOT NULL,
        risk_level text DEFAULT 'LOW' NOT NULL,
        full_name text,
        born_on date,
        nationality text,
        document_type text NOT NULL,
        document_number text,
        document_country text,
        document_expires_on date,
        documents jsonb DEFAULT '[]' NOT NULL,
        provider text,
        provider_reference text,
        reviewed_by_id uuid,
        submitted_at timestamptz(3) DEFAULT now() NOT NULL,
        reviewed_at timestamptz(3),
        expires_at timestamptz(3),
        rejection_reason text,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        CONSTRAINT pk_kyc_verifications PRIMARY KEY (id),
        CONSTRAINT ck_kyc_verifications_nationality_form CHECK (nationality ~ '^[A-Z]{2}$'),
        CONSTRAINT ck_kyc_verifications_reviewed_at_not_before_submitted_at CHECK (submitted_at <= reviewed_at),
        CONSTRAINT ck_kyc_verifications_expires_at_not_before_reviewed_at CHECK (reviewed_at <= expires_at),
        CONSTRAINT ck_kyc_verifications_reviewed_at_is_given
            CHECK (status NOT IN ('APPROVED', 'REJECTED', 'EXPIRED') OR reviewed_at IS NOT NULL),
        CONSTRAINT ck_kyc_verifications_rejection_reason_is_given
            CHECK (status <> 'REJECTED' OR rejection_reason IS NOT NULL),
        CONSTRAINT fk_kyc_verifications_user_id
            FOREIGN KEY(user_id) REFERENCES identity.users (id) ON DELETE RESTRICT,
        CONSTRAINT fk_kyc_verifications_reviewed_by_id
            FOREIGN KEY(reviewed_by_id) REFERENCES identity.users (id) ON DELETE SET NULL,
        CONSTRAINT ck_kyc_verifications_status_is_known
            CHECK (status IN ('PENDING', 'IN_REVIEW', 'APPROVED', 'REJECTED', 'EXPIRED')),
        CONSTRAINT ck_kyc_verifications_risk_level_is_known CHECK (risk_level IN ('LOW', 'MEDIUM', 'HIGH')),
        CONSTRAINT ck_kyc_verifications_document_type_is_known
            CHECK (document_type IN ('PASSPORT', 'IDENTITY_CARD', 'DRIVING_LICENCE', 'RESIDENCE_PERMIT')),
        CONSTRAINT ck_kyc_verifications_document_country_form CHECK (document_country ~ '^[A-Z]{2}$'),
        CONSTRAINT uq_kyc_verifications_user_id UNIQUE (user_id)
    )
    """,
    "CREATE INDEX ix_kyc_verifications_reviewed_by_id ON identity.kyc_verifications (reviewed_by_id)",
    "CREATE INDEX ix_kyc_verifications_risk_level ON identity.kyc_verifications (risk_level)",
    "CREATE INDEX ix_kyc_verifications_status_submitted_at ON identity.kyc_verifications (status, submitted_at)",
    """
    CREATE TABLE identity.gdpr_consents (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid,
        user_id uuid,
        customer_id uuid,
        purpose text NOT NULL,
        legal_basis text DEFAULT 'CONSENT' NOT NULL,
        is_granted boolean NOT NULL,
        wording text,
        policy_version text,
        source text NOT NULL,
        ip_address inet,
        user_agent text,
        given_at timestamptz(3) DEFAULT now() NOT NULL,
        expires_at timestamptz(3),
        ended_at timestamptz(3),
        is_in_force boolean GENERATED ALWAYS AS (is_granted AND ended_at IS NULL) VIRTUAL NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_gdpr_consents PRIMARY KEY (id),
        CONSTRAINT ck_gdpr_consents_ended_at_not_before_given_at CHECK (given_at <= ended_at),
        CONSTRAINT ck_gdpr_consents_expires_at_not_before_given_at CHECK (given_at <= expires_at),
        CONSTRAINT ck_gdpr_consents_user_id_or_customer CHECK (num_nonnulls(user_id, customer_id) > 0),
        CONSTRAINT fk_gdpr_consents_user_id FOREIGN KEY(user_id) REFERENCES identity.users (id) ON DELETE CASCADE,
        CONSTRAINT ck_gdpr_consents_purpose_is_known
            CHECK (purpose IN ('TERMS', 'EMAIL_MARKETING', 'SMS_MARKETING', 'NEWSLETTER', 'ANALYTICS', 'PERSONALIZATION', 'PROFILING', 'THIRD_PARTIES')),
        CONSTRAINT ck_gdpr_consents_legal_basis_is_known
            CHECK (legal_basis IN ('CONSENT', 'CONTRACT', 'LEGAL_OBLIGATION', 'LEGITIMATE_INTEREST')),
        CONSTRAINT ck_gdpr_consents_source_is_known
            CHECK (source IN ('SIGN_UP', 'CHECKOUT', 'COOKIE_BANNER', 'SETTINGS', 'FORM', 'STAFF'))
    )
    """,
    "CREATE INDEX ix_gdpr_consents_business_id ON identity.gdpr_consents (business_id)",
    "CREATE INDEX ix_gdpr_consents_customer_id ON identity.gdpr_consents (customer_id)",
    "CREATE INDEX ix_gdpr_consents_purpose ON identity.gdpr_consents (purpose)",
    "CREATE INDEX ix_gdpr_consents_user_id ON identity.gdpr_consents (user_id)",
    "CREATE UNIQUE INDEX uq_gdpr_consents_business_id_user_id_customer_id_purpose ON identity.gdpr_consents (business_id, user_id, customer_id, purpose) NULLS NOT DISTINCT WHERE ended_at IS NULL",
    r"""
    CREATE TABLE identity.privacy_requests (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid,
        user_id uuid,
        customer_id uuid,
        email text NOT NULL,
        type text NOT NULL,
        status text DEFAULT 'RECEIVED' NOT NULL,
        message text,
        requested_at timestamptz(3) DEFAULT now() NOT NULL,
        verified_at timestamptz(3),
        due_at timestamptz(3) NOT NULL,
        completed_at timestamptz(3),
        handled_by_id uuid,
        rejection_reason text,
        result jsonb DEFAULT '{}' NOT NULL,
        export_url text,
        export_expires_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        CONSTRAINT pk_privacy_requests PRIMARY KEY (id),
        CONSTRAINT ck_privacy_requests_due_at_not_before_requested_at CHECK (requested_at <= due_at),
        CONSTRAINT ck_privacy_requests_completed_at_not_before_requested_at CHECK (requested_at <= completed_at),
        CONSTRAINT ck_privacy_requests_completed_at_is_given
            CHECK ((status IN ('COMPLETED', 'REJECTED', 'CANCELLED')) = (completed_at IS NOT NULL)),
        CONSTRAINT ck_privacy_requests_rejection_reason_is_given
            CHECK (status <> 'REJECTED' OR rejection_reason IS NOT NULL),
        CONSTRAINT fk_privacy_requests_user_id
            FOREIGN KEY(user_id) REFERENCES identity.users (id) ON DELETE SET NULL,
        CONSTRAINT fk_privacy_requests_handled_by_id
            FOREIGN KEY(handled_by_id) REFERENCES identity.users (id) ON DELETE SET NULL,
        CONSTRAINT ck_privacy_requests_email_form
            CHECK (email = lower(email) AND email ~ '^[^@\s]+@[^@\s]+\.[^@\s]+$'),
        CONSTRAINT ck_privacy_requests_type_is_known
            CHECK (type IN ('EXPORT', 'ERASURE', 'RECTIFICATION', 'RESTRICTION', 'OBJECTION')),
        CONSTRAINT ck_privacy_requests_status_is_known
            CHECK (status IN ('RECEIVED', 'VERIFIED', 'IN_PROGRESS', 'COMPLETED', 'REJECTED', 'CANCELLED'))
    )
    """,
    "CREATE INDEX ix_privacy_requests_business_id ON identity.privacy_requests (business_id)",
    "CREATE INDEX ix_privacy_requests_customer_id ON identity.privacy_requests (customer_id)",
    "CREATE INDEX ix_privacy_requests_email ON identity.privacy_requests (email)",
    "CREATE INDEX ix_privacy_requests_handled_by_id ON identity.privacy_requests (handled_by_id)",
    "CREATE INDEX ix_privacy_requests_status_due_at ON identity.privacy_requests (status, due_at)",
    "CREATE INDEX ix_privacy_requests_type ON identity.privacy_requests (type)",
    "CREATE INDEX ix_privacy_requests_user_id ON identity.privacy_requests (user_id)",
    r"""
    CREATE TABLE identity.tokens (
        id uuid DEFAULT uuidv7() NOT NULL,
        user_id uuid NOT NULL,
        session_id uuid,
        replaced_by_id uuid,
        purpose text NOT NULL,
        token_hash text NOT NULL,
        email text,
        ip_address inet,
        expires_at timestamptz(3) NOT NULL,
        used_at timestamptz(3),
        revoked_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_tokens PRIMARY KEY (id),
        CONSTRAINT uq_tokens_token_hash UNIQUE (token_hash),
        CONSTRAINT ck_tokens_expires_at_not_before_created_at CHECK (created_at <= expires_at),
        CONSTRAINT ck_tokens_used_at_not_before_created_at CHECK (created_at <= used_at),
        CONSTRAINT ck_tokens_session_id_is_given CHECK (purpose <> 'REFRESH' OR session_id IS NOT NULL),
        CONSTRAINT ck_tokens_revoked_at_is_unused CHECK (used_at IS NULL OR revoked_at IS NULL),
        CONSTRAINT fk_tokens_user_id FOREIGN KEY(user_id) REFERENCES identity.users (id) ON DELETE CASCADE,
        CONSTRAINT fk_tokens_session_id
            FOREIGN KEY(session_id) REFERENCES identity.login_sessions (id) ON DELETE CASCADE,
        CONSTRAINT fk_tokens_replaced_by_id
            FOREIGN KEY(replaced_by_id) REFERENCES identity.tokens (id) ON DELETE SET NULL,
        CONSTRAINT ck_tokens_purpose_is_known
            CHECK (purpose IN ('EMAIL_VERIFICATION', 'EMAIL_CHANGE', 'PASSWORD_RESET', 'EMAIL_LINK', 'REFRESH')),
        CONSTRAINT ck_tokens_email_form CHECK (email = lower(email) AND email ~ '^[^@\s]+@[^@\s]+\.[^@\s]+$')
    )
    """,
    "CREATE INDEX ix_tokens_expires_at ON identity.tokens (expires_at)",
    "CREATE INDEX ix_tokens_replaced_by_id ON identity.tokens (replaced_by_id)",
    "CREATE INDEX ix_tokens_session_id ON identity.tokens (session_id)",
    "CREATE INDEX ix_tokens_user_id_purpose ON identity.tokens (user_id, purpose)",
    """
    CREATE TABLE identity.aml_checks (
        id uuid DEFAULT uuidv7() NOT NULL,
        user_id uuid NOT NULL,
        kyc_verification_id uuid,
        escrow_id uuid,
        cause text DEFAULT 'ONBOARDING' NOT NULL,
        risk_score integer NOT NULL,
        is_flagged boolean DEFAULT false NOT NULL,
        reason text,
        lists text[] DEFAULT '{}' NOT NULL,
        matches jsonb DEFAULT '[]' NOT NULL,
        provider text,
        provider_reference text,
        outcome text,
        reviewed_by_id uuid,
        checked_at timestamptz(3) DEFAULT now() NOT NULL,
        reviewed_at timestamptz(3),
        notes text,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_aml_checks PRIMARY KEY (id),
        CONSTRAINT ck_aml_checks_reviewed_at_not_before_checked_at CHECK (checked_at <= reviewed_at),
        CONSTRAINT ck_aml_checks_reason_is_given CHECK (NOT is_flagged OR reason IS NOT NULL),
        CONSTRAINT ck_aml_checks_outcome_is_of_flagged CHECK (is_flagged OR outcome IS NULL),
        CONSTRAINT ck_aml_checks_reviewed_at_is_given CHECK ((outcome IS NULL) = (reviewed_at IS NULL)),
        CONSTRAINT fk_aml_checks_user_id FOREIGN KEY(user_id) REFERENCES identity.users (id) ON DELETE RESTRICT,
        CONSTRAINT fk_aml_checks_kyc_verification_id
            FOREIGN KEY(kyc_verification_id) REFERENCES identity.kyc_verifications (id) ON DELETE SET NULL,
        CONSTRAINT fk_aml_checks_reviewed_by_id
            FOREIGN KEY(reviewed_by_id) REFERENCES identity.users (id) ON DELETE SET NULL,
        CONSTRAINT ck_aml_checks_cause_is_known CHECK (cause IN ('ONBOARDING', 'PERIODIC', 'PAYOUT', 'MANUAL')),
        CONSTRAINT ck_aml_checks_risk_score_range CHECK (risk_score BETWEEN 0 AND 100),
        CONSTRAINT ck_aml_checks_outcome_is_known CHECK (outcome IN ('DISMISSED', 'CONFIRMED', 'REPORTED'))
    )
    """,
    "CREATE INDEX ix_aml_checks_escrow_id ON identity.aml_checks (escrow_id)",
    "CREATE INDEX ix_aml_checks_is_flagged_checked_at ON identity.aml_checks (is_flagged, checked_at)",
    "CREATE INDEX ix_aml_checks_kyc_verification_id ON identity.aml_checks (kyc_verification_id)",
    "CREATE INDEX ix_aml_checks_reviewed_by_id ON identity.aml_checks (reviewed_by_id)",
    "CREATE INDEX ix_aml_checks_user_id_checked_at ON identity.aml_checks (user_id, checked_at)",
    """
    CREATE TABLE identity.security_events (
        id uuid DEFAULT uuidv7() NOT NULL,
        user_id uuid,
        session_id uuid,
        api_key_id uuid,
        business_id uuid,
        type text NOT NULL,
        severity text DEFAULT 'LOW' NOT NULL,
        details jsonb DEFAULT '{}' NOT NULL,
        ip_address inet,
        user_agent text,
        country text,
        occurred_at timestamptz(3) DEFAULT now() NOT NULL,
        resolved_at timestamptz(3),
        resolved_by_id uuid,
        CONSTRAINT pk_security_events PRIMARY KEY (id),
        CONSTRAINT ck_security_events_resolved_at_not_before_occurred_at CHECK (occurred_at <= resolved_at),
        CONSTRAINT fk_security_events_user_id
            FOREIGN KEY(user_id) REFERENCES identity.users (id) ON DELETE SET NULL,
        CONSTRAINT fk_security_events_session_id
            FOREIGN KEY(session_id) REFERENCES identity.login_sessions (id) ON DELETE SET NULL,
        CONSTRAINT fk_security_events_resolved_by_id
            FOREIGN KEY(resolved_by_id) REFERENCES identity.users (id) ON DELETE SET NULL,
        CONSTRAINT ck_security_events_type_is_known
            CHECK (type IN ('LOGIN', 'LOGIN_FAILED', 'LOGOUT', 'ACCOUNT_LOCKED', 'EMAIL_VERIFIED', 'EMAIL_CHANGED', 'PASSWORD_CHANGED', 'PASSWORD_RESET', 'SESSION_REVOKED', 'PERMISSION_CHANGED', 'API_KEY_CREATED', 'API_KEY_REVOKED', 'ACCESS_DENIED', 'RATE_LIMIT_EXCEEDED', 'DATA_EXPORTED', 'SUSPICIOUS_ACTIVITY', 'OTHER')),
        CONSTRAINT ck_security_events_severity_is_known CHECK (severity IN ('LOW', 'MEDIUM', 'HIGH', 'CRITICAL')),
        CONSTRAINT ck_security_events_country_form CHECK (country ~ '^[A-Z]{2}$')
    )
    """,
    "CREATE INDEX ix_security_events_api_key_id ON identity.security_events (api_key_id)",
    "CREATE INDEX ix_security_events_business_id ON identity.security_events (business_id)",
    "CREATE INDEX ix_security_events_ip_address ON identity.security_events (ip_address)",
    "CREATE INDEX ix_security_events_resolved_by_id ON identity.security_events (resolved_by_id)",
    "CREATE INDEX ix_security_events_session_id ON identity.security_events (session_id)",
    "CREATE INDEX ix_security_events_severity_occurred_at ON identity.security_events (severity, occurred_at)",
    "CREATE INDEX ix_security_events_type_occurred_at ON identity.security_events (type, occurred_at)",
    "CREATE INDEX ix_security_events_user_id_occurred_at ON identity.security_events (user_id, occurred_at)",
)

DOWNGRADE = (
    "DROP TABLE identity.security_events",
    "DROP TABLE identity.aml_checks",
    "DROP TABLE identity.tokens",
    "DROP TABLE identity.privacy_requests",
    "DROP TABLE identity.gdpr_consents",
    "DROP TABLE identity.kyc_verifications",
    "DROP TABLE identity.login_sessions",
    "DROP TABLE identity.memberships",
    "DROP TABLE identity.users",
    "DROP SCHEMA identity",
)


def upgrade() -> None:
    for statement in UPGRADE:
        op.execute(statement)
    for table in TOUCHED:
        op.execute(
            f"CREATE TRIGGER touch_updated_at BEFORE UPDATE ON {table} FOR EACH ROW "
            "WHEN (new.updated_at = old.updated_at) EXECUTE FUNCTION public.touch_updated_at()"
        )


def downgrade() -> None:
    for statement in DOWNGRADE:
        op.execute(statement)

"""API keys, endpoints, limits, logs and webhooks."""

from alembic import op

revision = "0011_gateway"
down_revision = "0010_knowledge"

TOUCHED = (
    "gateway.api_keys",
    "gateway.endpoints",
    "gateway.rate_limits",
    "gateway.webhook_deliveries",
    "gateway.webhooks",
)

UPGRADE = (
    "CREATE SCHEMA gateway",
    """
    CREATE TABLE gateway.api_keys (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        agent_id uuid,
        name text NOT NULL,
        prefix text NOT NULL,
        key_hash text NOT NULL,
        secret_hash text,
        scopes text[] DEFAULT '{}' NOT NULL,
        rate_limit_per_hour integer DEFAULT 1000 NOT NULL,
        rate_limit_per_day integer DEFAULT 10000 NOT NULL,
        allowed_ips text[] DEFAULT '{}' NOT NULL,
        allowed_domains text[] DEFAULT '{}' NOT NULL,
        status text DEFAULT 'ACTIVE' NOT NULL,
        expires_at timestamptz(3),
        last_used_at timestamptz(3),
        last_used_ip inet,
        revoked_at timestamptz(3),
        revoked_reason text,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_api_keys PRIMARY KEY (id),
        CONSTRAINT uq_api_keys_key_hash UNIQUE (key_hash),
        CONSTRAINT ck_api_keys_prefix_form CHECK (prefix ~ '^[A-Za-z0-9_]{6,24}$'),
        CONSTRAINT ck_api_keys_rate_limit_per_day_not_before_rate_limit_per_hour
            CHECK (rate_limit_per_hour <= rate_limit_per_day),
        CONSTRAINT ck_api_keys_expires_at_not_before_created_at CHECK (created_at <= expires_at),
        CONSTRAINT ck_api_keys_revoked_at_is_given CHECK ((status = 'REVOKED') = (revoked_at IS NOT NULL)),
        CONSTRAINT ck_api_keys_name_length CHECK (length(name) BETWEEN 1 AND 200),
        CONSTRAINT ck_api_keys_rate_limit_per_hour_positive CHECK (rate_limit_per_hour > 0),
        CONSTRAINT ck_api_keys_rate_limit_per_day_positive CHECK (rate_limit_per_day > 0),
        CONSTRAINT ck_api_keys_status_is_known CHECK (status IN ('ACTIVE', 'SUSPENDED', 'REVOKED')),
        CONSTRAINT uq_api_keys_business_id_prefix UNIQUE (business_id, prefix)
    )
    """,
    "CREATE INDEX ix_api_keys_agent_id ON gateway.api_keys (agent_id)",
    "CREATE INDEX ix_api_keys_created_by_id ON gateway.api_keys (created_by_id)",
    "CREATE INDEX ix_api_keys_expires_at ON gateway.api_keys (expires_at)",
    "CREATE INDEX ix_api_keys_status ON gateway.api_keys (status)",
    "CREATE INDEX ix_api_keys_updated_by_id ON gateway.api_keys (updated_by_id)",
    """
    CREATE TABLE gateway.endpoints (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid,
        component_id uuid,
        agent_id uuid,
        replaced_by_id uuid,
        method text NOT NULL,
        path text NOT NULL,
        api_version text DEFAULT 'v1' NOT NULL,
        title text NOT NULL,
        description text,
        status text DEFAULT 'ACTIVE' NOT NULL,
        is_public boolean DEFAULT false NOT NULL,
        scopes text[] DEFAULT '{}' NOT NULL,
        request_schema jsonb,
        response_schema jsonb,
        cost integer DEFAULT 1 NOT NULL,
        timeout_ms integer DEFAULT 30000 NOT NULL,
        cache_seconds integer DEFAULT 0 NOT NULL,
        deprecated_at timestamptz(3),
        retires_on date,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        CONSTRAINT pk_endpoints PRIMARY KEY (id),
        CONSTRAINT ck_endpoints_path_form CHECK (path ~ '^/[^ ?#]*$'),
        CONSTRAINT ck_endpoints_cache_seconds_at_least_zero CHECK (cache_seconds >= 0),
        CONSTRAINT ck_endpoints_cost_at_least_zero CHECK (cost >= 0),
        CONSTRAINT ck_endpoints_replaced_by_id_is_another CHECK (replaced_by_id <> id),
        CONSTRAINT ck_endpoints_deprecated_at_is_given
            CHECK (status NOT IN ('DEPRECATED', 'RETIRED') OR deprecated_at IS NOT NULL),
        CONSTRAINT fk_endpoints_replaced_by_id
            FOREIGN KEY(replaced_by_id) REFERENCES gateway.endpoints (id) ON DELETE SET NULL,
        CONSTRAINT ck_endpoints_method_is_known
            CHECK (method IN ('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS')),
        CONSTRAINT ck_endpoints_title_length CHECK (length(title) BETWEEN 1 AND 200),
        CONSTRAINT ck_endpoints_status_is_known CHECK (status IN ('BETA', 'ACTIVE', 'DEPRECATED', 'RETIRED')),
        CONSTRAINT ck_endpoints_timeout_ms_positive CHECK (timeout_ms > 0),
        CONSTRAINT uq_endpoints_business_id_method_path_api_version UNIQUE NULLS NOT DISTINCT (business_id, method, path, api_version)
    )
    """,
    "CREATE INDEX ix_endpoints_agent_id ON gateway.endpoints (agent_id)",
    "CREATE INDEX ix_endpoints_component_id ON gateway.endpoints (component_id)",
    "CREATE INDEX ix_endpoints_replaced_by_id ON gateway.endpoints (replaced_by_id)",
    "CREATE INDEX ix_endpoints_status ON gateway.endpoints (status)",
    """
    CREATE TABLE gateway.webhooks (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        name text NOT NULL,
        description text,
        url text NOT NULL,
        event_types text[] NOT NULL,
        signing_secret text,
        retry_attempts integer DEFAULT 3 NOT NULL,
        timeout_seconds integer DEFAULT 30 NOT NULL,
        status text DEFAULT 'ACTIVE' NOT NULL,
        failures_in_a_row integer DEFAULT 0 NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_webhooks PRIMARY KEY (id),
        CONSTRAINT ck_webhooks_url_form CHECK (url ~ '^https://[^ /]+'),
        CONSTRAINT ck_webhooks_event_types_is_filled CHECK (cardinality(event_types) > 0),
        CONSTRAINT ck_webhooks_failures_in_a_row_at_least_zero CHECK (failures_in_a_row >= 0),
        CONSTRAINT ck_webhooks_name_length CHECK (length(name) BETWEEN 1 AND 200),
        CONSTRAINT ck_webhooks_retry_attempts_range CHECK (retry_attempts BETWEEN 0 AND 20),
        CONSTRAINT ck_webhooks_timeout_seconds_range CHECK (timeout_seconds BETWEEN 1 AND 120),
        CONSTRAINT ck_webhooks_status_is_known CHECK (status IN ('ACTIVE', 'PAUSED', 'FAILED')),
        CONSTRAINT uq_webhooks_business_id_name UNIQUE (business_id, name)
    )
    """,
    "CREATE INDEX ix_webhooks_created_by_id ON gateway.webhooks (created_by_id)",
    "CREATE INDEX ix_webhooks_event_types ON gateway.webhooks USING gin (event_types)",
    "CREATE INDEX ix_webhooks_status ON gateway.webhooks (status)",
    "CREATE INDEX ix_webhooks_updated_by_id ON gateway.webhooks (updated_by_id)",
    """
    CREATE TABLE gateway.api_logs (
        id uuid DEFAULT uuidv7() NOT NULL,
        requested_at timestamptz(3) GENERATED ALWAYS AS (uuid_extract_timestamp(id)) VIRTUAL NOT NULL,
        business_id uuid,
        api_key_id uuid,
        user_id uuid,
        endpoint_id uuid,
        method text NOT NULL,
        path text NOT NULL,
        operation text,
        request_headers jsonb DEFAULT '{}' NOT NULL,
        request_body text,
        request_bytes bigint,
        response_code integer,
        response_body text,
        response_bytes bigint,
        response_time_ms integer,
        error_code text,
        cost integer DEFAULT 1 NOT NULL,
        ip_address inet,
        user_agent text,
        request_id text,
        CONSTRAINT pk_api_logs PRIMARY KEY (id),
        CONSTRAINT ck_api_logs_response_time_ms_at_least_zero CHECK (response_time_ms >= 0),
        CONSTRAINT ck_api_logs_request_bytes_at_least_zero CHECK (request_bytes >= 0),
        CONSTRAINT ck_api_logs_response_bytes_at_least_zero CHECK (response_bytes >= 0),
        CONSTRAINT ck_api_logs_cost_at_least_zero CHECK (cost >= 0),
        CONSTRAINT fk_api_logs_api_key_id
            FOREIGN KEY(api_key_id) REFERENCES gateway.api_keys (id) ON DELETE SET NULL,
        CONSTRAINT fk_api_logs_endpoint_id
            FOREIGN KEY(endpoint_id) REFERENCES gateway.endpoints (id) ON DELETE SET NULL,
        CONSTRAINT ck_api_logs_method_is_known
            CHECK (method IN ('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS')),
        CONSTRAINT ck_api_logs_response_code_range CHECK (response_code BETWEEN 100 AND 599)
        )
    PARTITION BY RANGE (id)
    """,
    "CREATE INDEX ix_api_logs_api_key_id_id ON gateway.api_logs (api_key_id, id)",
    "CREATE INDEX ix_api_logs_business_id_id ON gateway.api_logs (business_id, id)",
    "CREATE INDEX ix_api_logs_endpoint_id_id ON gateway.api_logs (endpoint_id, id)",
    "CREATE INDEX ix_api_logs_path_id ON gateway.api_logs (path, id)",
    "CREATE INDEX ix_api_logs_response_code_id ON gateway.api_logs (response_code, id)",
    "CREATE INDEX ix_api_logs_user_id_id ON gateway.api_logs (user_id, id)",
    """
    CREATE TABLE gateway.rate_limits (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid,
        api_key_id uuid,
        endpoint_id uuid,
        name text NOT NULL,
        viewer text NOT NULL,
        scope text DEFAULT '*' NOT NULL,
        unit text DEFAULT 'REQUESTS' NOT NULL,
        window_seconds integer NOT NULL,
        limit_count integer NOT NULL,
        burst_count integer,
        action text DEFAULT 'REJECT' NOT NULL,
        is_adaptive boolean DEFAULT false NOT NULL,
        minimum_count integer,
        current_count integer,
        adapted_at timestamptz(3),
        is_active boolean DEFAULT true NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_rate_limits PRIMARY KEY (id),
        CONSTRAINT ck_rate_limits_limit_count_not_before_minimum_count CHECK (minimum_count <= limit_count),
        CONSTRAINT ck_rate_limits_current_count_range CHECK (current_count BETWEEN minimum_count AND limit_count),
        CONSTRAINT ck_rate_limits_minimum_count_is_given
            CHECK (is_adaptive = (minimum_count IS NOT NULL) AND is_adaptive = (current_count IS NOT NULL)),
        CONSTRAINT fk_rate_limits_api_key_id
            FOREIGN KEY(api_key_id) REFERENCES gateway.api_keys (id) ON DELETE CASCADE,
        CONSTRAINT fk_rate_limits_endpoint_id
            FOREIGN KEY(endpoint_id) REFERENCES gateway.endpoints (id) ON DELETE CASCADE,
        CONSTRAINT ck_rate_limits_name_length CHECK (length(name) BETWEEN 1 AND 200),
        CONSTRAINT ck_rate_limits_viewer_is_known
            CHECK (viewer IN ('ANONYMOUS', 'VISITOR', 'USER', 'API_KEY', 'BUSINESS', 'ADMIN')),
        CONSTRAINT ck_rate_limits_scope_length CHECK (length(scope) BETWEEN 1 AND 200),
        CONSTRAINT ck_rate_limits_unit_is_known CHECK (unit IN ('REQUESTS', 'COST')),
        CONSTRAINT ck_rate_limits_window_seconds_positive CHECK (window_seconds > 0),
        CONSTRAINT ck_rate_limits_limit_count_positive CHECK (limit_count > 0),
        CONSTRAINT ck_rate_limits_burst_count_positive CHECK (burst_count > 0),
        CONSTRAINT ck_rate_limits_action_is_known CHECK (action IN ('REJECT', 'DELAY', 'LOG')),
        CONSTRAINT ck_rate_limits_minimum_count_positive CHECK (minimum_count > 0),
        CONSTRAINT uq_rate_limits_business_id_name UNIQUE NULLS NOT DISTINCT (business_id, name)
    )
    """,
    "CREATE INDEX ix_rate_limits_api_key_id ON gateway.rate_limits (api_key_id)",
    "CREATE INDEX ix_rate_limits_created_by_id ON gateway.rate_limits (created_by_id)",
    "CREATE INDEX ix_rate_limits_endpoint_id ON gateway.rate_limits (endpoint_id)",
    "CREATE INDEX ix_rate_limits_updated_by_id ON gateway.rate_limits (updated_by_id)",
    "CREATE UNIQUE INDEX uq_rate_limits_viewer_scope_endpoint_id_api_key_id_window ON gateway.rate_limits (business_id, viewer, scope, endpoint_id, api_key_id, unit, window_seconds) NULLS NOT DISTINCT",
    """
    CREATE TABLE gateway.webhook_deliveries (
        id uuid DEFAULT uuidv7() NOT NULL,
        webhook_id uuid NOT NULL,
        event_log_id uuid,
        event_type text NOT NULL,
        entity_type text,
        entity_id uuid,
        payload jsonb NOT NULL,
        status text DEFAULT 'PENDING' NOT NULL,
        attempt_count integer DEFAULT 0 NOT NULL,
        next_attempt_at timestamptz(3) DEFAULT now(),
        last_attempt_at timestamptz(3),
        response_code integer,
        response_body text,
        error text,
        duration_ms integer,
        delivered_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_webhook_deliveries PRIMARY KEY (id),
        CONSTRAINT uq_webhook_deliveries_webhook_id_event_log_id UNIQUE (webhook_id, event_log_id),
        CONSTRAINT ck_webhook_deliveries_attempt_count_at_least_zero CHECK (attempt_count >= 0),
        CONSTRAINT ck_webhook_deliveries_duration_ms_at_least_zero CHECK (duration_ms >= 0),
        CONSTRAINT ck_webhook_deliveries_last_attempt_at_not_before_created_at
            CHECK (created_at <= last_attempt_at),
        CONSTRAINT ck_webhook_deliveries_delivered_at_is_given
            CHECK ((status = 'DELIVERED') = (delivered_at IS NOT NULL)),
        CONSTRAINT ck_webhook_deliveries_next_attempt_at_is_given
            CHECK ((status IN ('PENDING', 'RETRYING')) = (next_attempt_at IS NOT NULL)),
        CONSTRAINT ck_webhook_deliveries_attempt_count_is_made CHECK (status = 'PENDING' OR attempt_count > 0),
        CONSTRAINT fk_webhook_deliveries_webhook_id
            FOREIGN KEY(webhook_id) REFERENCES gateway.webhooks (id) ON DELETE CASCADE,
        CONSTRAINT ck_webhook_deliveries_event_type_length CHECK (length(event_type) BETWEEN 1 AND 200),
        CONSTRAINT ck_webhook_deliveries_status_is_known
            CHECK (status IN ('PENDING', 'RETRYING', 'DELIVERED', 'FAILED')),
        CONSTRAINT ck_webhook_deliveries_response_code_range CHECK (response_code BETWEEN 100 AND 599)
    )
    """,
    "CREATE INDEX ix_webhook_deliveries_entity_type_entity_id ON gateway.webhook_deliveries (entity_type, entity_id)",
    "CREATE INDEX ix_webhook_deliveries_event_log_id ON gateway.webhook_deliveries (event_log_id)",
    "CREATE INDEX ix_webhook_deliveries_next_attempt_at ON gateway.webhook_deliveries (next_attempt_at) WHERE status IN ('PENDING', 'RETRYING')",
    "CREATE INDEX ix_webhook_deliveries_status ON gateway.webhook_deliveries (status)",
    "CREATE INDEX ix_webhook_deliveries_webhook_id_created_at ON gateway.webhook_deliveries (webhook_id, created_at)",
)

DOWNGRADE = (
    "DROP TABLE gateway.webhook_deliveries",
    "DROP TABLE gateway.rate_limits",
    "DROP TABLE gateway.api_logs",
    "DROP TABLE gateway.webhooks",
    "DROP TABLE gateway.endpoints",
    "DROP TABLE gateway.api_keys",
    "DROP SCHEMA gateway",
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

"""What the platform says of itself: logs, syncs, health, settings."""

from alembic import op

revision = "0024_ops"
down_revision = "0023_support"

TOUCHED = (
    "ops.backups",
    "ops.configurations",
    "ops.service_subscriptions",
    "ops.service_syncs",
)

UPGRADE = (
    "CREATE SCHEMA ops",
    """
    CREATE TABLE ops.audit_logs (
        id uuid DEFAULT uuidv7() NOT NULL,
        occurred_at timestamptz(3) GENERATED ALWAYS AS (uuid_extract_timestamp(id)) VIRTUAL NOT NULL,
        business_id uuid,
        user_id uuid,
        api_key_id uuid,
        agent_id uuid,
        action text NOT NULL,
        entity_type text NOT NULL,
        entity_id uuid,
        row_count integer DEFAULT 1 NOT NULL,
        first_id uuid,
        last_id uuid,
        changed_fields text[] DEFAULT '{}' NOT NULL,
        before jsonb,
        after jsonb,
        operation text,
        request_id text,
        ip_address inet,
        user_agent text,
        CONSTRAINT pk_audit_logs PRIMARY KEY (id),
        CONSTRAINT ck_audit_logs_entity_id_or_range
            CHECK (num_nonnulls(entity_id, first_id) = 1 AND num_nonnulls(first_id, last_id) <> 1),
        CONSTRAINT ck_audit_logs_row_count_fits CHECK (row_count = 1 OR entity_id IS NULL),
        CONSTRAINT ck_audit_logs_before_fits CHECK (action <> 'CREATE' OR before IS NULL),
        CONSTRAINT ck_audit_logs_after_fits CHECK (action <> 'DELETE' OR after IS NULL),
        CONSTRAINT ck_audit_logs_last_id_not_before_first_id CHECK (first_id <= last_id),
        CONSTRAINT ck_audit_logs_action_is_known CHECK (action IN ('CREATE', 'UPDATE', 'DELETE', 'EXPORT')),
        CONSTRAINT ck_audit_logs_entity_type_length CHECK (length(entity_type) BETWEEN 1 AND 100),
        CONSTRAINT ck_audit_logs_row_count_positive CHECK (row_count > 0)
        )
    PARTITION BY RANGE (id)
    """,
    "CREATE INDEX ix_audit_logs_agent_id_id ON ops.audit_logs (agent_id, id)",
    "CREATE INDEX ix_audit_logs_api_key_id_id ON ops.audit_logs (api_key_id, id)",
    "CREATE INDEX ix_audit_logs_business_id_id ON ops.audit_logs (business_id, id)",
    "CREATE INDEX ix_audit_logs_entity_type_entity_id_id ON ops.audit_logs (entity_type, entity_id, id)",
    "CREATE INDEX ix_audit_logs_request_id_id ON ops.audit_logs (request_id, id)",
    "CREATE INDEX ix_audit_logs_user_id_id ON ops.audit_logs (user_id, id)",
    """
    CREATE TABLE ops.event_logs (
        id uuid DEFAULT uuidv7() NOT NULL,
        occurred_at timestamptz(3) GENERATED ALWAYS AS (uuid_extract_timestamp(id)) VIRTUAL NOT NULL,
        business_id uuid,
        user_id uuid,
        agent_id uuid,
        name text NOT NULL,
        service_name text DEFAULT 'agora' NOT NULL,
        entity_type text,
        entity_id uuid,
        row_count integer DEFAULT 1 NOT NULL,
        payload jsonb DEFAULT '{}' NOT NULL,
        schema_version integer DEFAULT 1 NOT NULL,
        correlation_id text,
        causation_id uuid,
        CONSTRAINT pk_event_logs PRIMARY KEY (id),
        CONSTRAINT ck_event_logs_name_form CHECK (name ~ '^[a-z][a-z0-9_]*([.][a-z0-9_]+)*$'),
        CONSTRAINT ck_event_logs_name_length CHECK (length(name) BETWEEN 1 AND 100),
        CONSTRAINT ck_event_logs_service_name_length CHECK (length(service_name) BETWEEN 1 AND 100),
        CONSTRAINT ck_event_logs_row_count_positive CHECK (row_count > 0),
        CONSTRAINT ck_event_logs_schema_version_positive CHECK (schema_version > 0)
        )
    PARTITION BY RANGE (id)
    """,
    "CREATE INDEX ix_event_logs_agent_id_id ON ops.event_logs (agent_id, id)",
    "CREATE INDEX ix_event_logs_business_id_id ON ops.event_logs (business_id, id)",
    "CREATE INDEX ix_event_logs_correlation_id_id ON ops.event_logs (correlation_id, id)",
    "CREATE INDEX ix_event_logs_entity_type_entity_id_id ON ops.event_logs (entity_type, entity_id, id)",
    "CREATE INDEX ix_event_logs_name_id ON ops.event_logs (name, id)",
    "CREATE INDEX ix_event_logs_user_id_id ON ops.event_logs (user_id, id)",
    """
    CREATE TABLE ops.service_subscriptions (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid,
        component_id uuid,
        service_name text NOT NULL,
        entity_type text NOT NULL,
        operations text[] DEFAULT '{CREATE,UPDATE,DELETE}' NOT NULL,
        transport text DEFAULT 'HTTP' NOT NULL,
        address text NOT NULL,
        signing_secret text,
        fields text[] DEFAULT '{}' NOT NULL,
        max_attempts integer DEFAULT 3 NOT NULL,
        timeout_seconds integer DEFAULT 30 NOT NULL,
        is_active boolean DEFAULT true NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_service_subscriptions PRIMARY KEY (id),
        CONSTRAINT ck_service_subscriptions_operations_are_known
            CHECK (cardinality(operations) > 0 AND operations <@ '{CREATE,UPDATE,DELETE,SYNC}'::text[]),
        CONSTRAINT ck_service_subscriptions_address_form
            CHECK (transport <> 'HTTP' OR address ~ '^https?://[^ /]+'),
        CONSTRAINT ck_service_subscriptions_service_name_length CHECK (length(service_name) BETWEEN 1 AND 100),
        CONSTRAINT ck_service_subscriptions_entity_type_length CHECK (length(entity_type) BETWEEN 1 AND 100),
        CONSTRAINT ck_service_subscriptions_transport_is_known CHECK (transport IN ('HTTP', 'QUEUE')),
        CONSTRAINT ck_service_subscriptions_address_length CHECK (length(address) BETWEEN 1 AND 2000),
        CONSTRAINT ck_service_subscriptions_max_attempts_range CHECK (max_attempts BETWEEN 1 AND 20),
        CONSTRAINT ck_service_subscriptions_timeout_seconds_range CHECK (timeout_seconds BETWEEN 1 AND 120),
        CONSTRAINT uq_service_subscriptions_business_id_service_name_entity_type UNIQUE NULLS NOT DISTINCT (business_id, service_name, entity_type)
    )
    """,
    "CREATE INDEX ix_service_subscriptions_component_id ON ops.service_subscriptions (component_id)",
    "CREATE INDEX ix_service_subscriptions_created_by_id ON ops.service_subscriptions (created_by_id)",
    "CREATE INDEX ix_service_subscriptions_entity_type_is_active ON ops.service_subscriptions (entity_type, is_active)",
    "CREATE INDEX ix_service_subscriptions_service_name ON ops.service_subscriptions (service_name)",
    "CREATE INDEX ix_service_subscriptions_updated_by_id ON ops.service_subscriptions (updated_by_id)",
    """
    CREATE TABLE ops.system_events (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid,
        agent_id uuid,
        component_id uuid,
        type text NOT NULL,
        severity text DEFAULT 'INFO' NOT NULL,
        message text NOT NULL,
        details jsonb DEFAULT '{}' NOT NULL,
        host text,
        request_id text,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_system_events PRIMARY KEY (id),
        CONSTRAINT ck_system_events_type_length CHECK (length(type) BETWEEN 1 AND 100),
        CONSTRAINT ck_system_events_severity_is_known
            CHECK (severity IN ('DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'))
    )
    """,
    "CREATE INDEX ix_system_events_agent_id_created_at ON ops.system_events (agent_id, created_at)",
    "CREATE INDEX ix_system_events_business_id ON ops.system_events (business_id)",
    "CREATE INDEX ix_system_events_component_id ON ops.system_events (component_id)",
    "CREATE INDEX ix_system_events_created_at ON ops.system_events (created_at)",
    "CREATE INDEX ix_system_events_severity_created_at ON ops.system_events (severity, created_at)",
    "CREATE INDEX ix_system_events_type_created_at ON ops.system_events (type, created_at)",
    """
    CREATE TABLE ops.system_metrics (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid,
        agent_id uuid,
        component_id uuid,
        service_name text,
        host text,
        name text NOT NULL,
        type text DEFAULT 'GAUGE' NOT NULL,
        value numeric(20,4) NOT NULL,
        unit text,
        labels jsonb DEFAULT '{}' NOT NULL,
        measured_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_system_metrics PRIMARY KEY (id),
        CONSTRAINT ck_system_metrics_service_name_length CHECK (length(service_name) BETWEEN 1 AND 100),
        CONSTRAINT ck_system_metrics_name_length CHECK (length(name) BETWEEN 1 AND 100),
        CONSTRAINT ck_system_metrics_type_is_known CHECK (type IN ('GAUGE', 'COUNTER'))
    )
    """,
    "CREATE INDEX ix_system_metrics_agent_id_measured_at ON ops.system_metrics (agent_id, measured_at)",
    "CREATE INDEX ix_system_metrics_business_id ON ops.system_metrics (business_id)",
    "CREATE INDEX ix_system_metrics_component_id ON ops.system_metrics (component_id)",
    "CREATE INDEX ix_system_metrics_measured_at ON ops.system_metrics (measured_at)",
    "CREATE INDEX ix_system_metrics_name_measured_at ON ops.system_metrics (name, measured_at)",
    "CREATE INDEX ix_system_metrics_service_name_name_measured_at ON ops.system_metrics (service_name, name, measured_at)",
    """
    CREATE TABLE ops.configurations (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid,
        updated_by_agent_id uuid,
        key text NOT NULL,
        value jsonb,
        secret_value text,
        description text,
        data_type text DEFAULT 'JSON' NOT NULL,
        category text DEFAULT 'general' NOT NULL,
        is_sensitive boolean DEFAULT false NOT NULL,
        is_encrypted boolean DEFAULT false NOT NULL,
        validation_rules jsonb,
        default_value jsonb,
        is_active boolean DEFAULT true NOT NULL,
        is_read_only boolean DEFAULT false NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_configurations PRIMARY KEY (id),
        CONSTRAINT ck_configurations_key_form CHECK (key ~ '^[a-z][a-z0-9_]*([.][a-z0-9_]+)*$'),
        CONSTRAINT ck_configurations_value_is_hidden CHECK (value IS NULL OR NOT is_sensitive),
        CONSTRAINT ck_configurations_is_sensitive_fits
            CHECK (is_sensitive OR secret_value IS NULL AND NOT is_encrypted),
        CONSTRAINT ck_configurations_default_value_is_open CHECK (default_value IS NULL OR NOT is_sensitive),
        CONSTRAINT ck_configurations_value_of_type
            CHECK (CASE data_type WHEN 'JSON' THEN true WHEN 'INTEGER' THEN jsonb_typeof(value) = 'number' AND value::text !~ '[.]' WHEN 'FLOAT' THEN jsonb_typeof(value) = 'number' ELSE jsonb_typeof(value) = lower(data_type) END),
        CONSTRAINT ck_configurations_key_length CHECK (length(key) BETWEEN 1 AND 255),
        CONSTRAINT ck_configurations_data_type_is_known
            CHECK (data_type IN ('STRING', 'INTEGER', 'FLOAT', 'BOOLEAN', 'JSON')),
        CONSTRAINT ck_configurations_category_length CHECK (length(category) BETWEEN 1 AND 100),
        CONSTRAINT uq_configurations_business_id_key UNIQUE NULLS NOT DISTINCT (business_id, key)
    )
    """,
    "CREATE INDEX ix_configurations_category ON ops.configurations (category)",
    "CREATE INDEX ix_configurations_created_by_id ON ops.configurations (created_by_id)",
    "CREATE INDEX ix_configurations_updated_by_agent_id ON ops.configurations (updated_by_agent_id)",
    "CREATE INDEX ix_configurations_updated_by_id ON ops.configurations (updated_by_id)",
    """
    CREATE TABLE ops.backups (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid,
        base_id uuid,
        started_by_id uuid,
        type text DEFAULT 'FULL' NOT NULL,
        status text DEFAULT 'RUNNING' NOT NULL,
        location text,
        size_bytes bigint,
        row_count bigint,
        checksum text,
        is_encrypted boolean DEFAULT true NOT NULL,
        software_version text,
        error text,
        started_at timestamptz(3) DEFAULT now() NOT NULL,
        completed_at timestamptz(3),
        verified_at timestamptz(3),
        expires_at timestamptz(3),
        removed_at timestamptz(3),
        duration_ms bigint GENERATED ALWAYS AS ((1000 * extract(epoch FROM completed_at - started_at))::bigint) VIRTUAL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_backups PRIMARY KEY (id),
        CONSTRAINT ck_backups_completed_at_fits CHECK ((status = 'RUNNING') = (completed_at IS NULL)),
        CONSTRAINT ck_backups_location_is_given
            CHECK (status NOT IN ('COMPLETED', 'REMOVED') OR location IS NOT NULL),
        CONSTRAINT ck_backups_error_is_given CHECK (status <> 'FAILED' OR error IS NOT NULL),
        CONSTRAINT ck_backups_base_id_is_given CHECK ((type = 'INCREMENTAL') = (base_id IS NOT NULL)),
        CONSTRAINT ck_backups_removed_at_fits CHECK ((status = 'REMOVED') = (removed_at IS NOT NULL)),
        CONSTRAINT ck_backups_base_id_is_another CHECK (base_id <> id),
        CONSTRAINT ck_backups_completed_at_not_before_started_at CHECK (started_at <= completed_at),
        CONSTRAINT ck_backups_verified_at_not_before_completed_at CHECK (completed_at <= verified_at),
        CONSTRAINT ck_backups_expires_at_not_before_completed_at CHECK (completed_at <= expires_at),
        CONSTRAINT ck_backups_size_bytes_at_least_zero CHECK (size_bytes >= 0),
        CONSTRAINT ck_backups_row_count_at_least_zero CHECK (row_count >= 0),
        CONSTRAINT fk_backups_base_id FOREIGN KEY(base_id) REFERENCES ops.backups (id) ON DELETE RESTRICT,
        CONSTRAINT ck_backups_type_is_known CHECK (type IN ('FULL', 'INCREMENTAL', 'SCHEMA', 'EXPORT')),
        CONSTRAINT ck_backups_status_is_known CHECK (status IN ('RUNNING', 'COMPLETED', 'FAILED', 'REMOVED'))
    )
    """,
    "CREATE INDEX ix_backups_base_id ON ops.backups (base_id)",
    "CREATE INDEX ix_backups_business_id ON ops.backups (business_id)",
    "CREATE INDEX ix_backups_started_at ON ops.backups (started_at)",
    "CREATE INDEX ix_backups_started_by_id ON ops.backups (started_by_id)",
    "CREATE INDEX ix_backups_status_started_at ON ops.backups (status, started_at)",
    """
    CREATE TABLE ops.health_checks (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid,
        agent_id uuid,
        component_id uuid,
        service_name text,
        status text NOT NULL,
        url text,
        response_code integer,
        response_time_ms integer,
        failures_in_a_row integer DEFAULT 0 NOT NULL,
        message text,
        details jsonb DEFAULT '{}' NOT NULL,
        checked_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_health_checks PRIMARY KEY (id),
        CONSTRAINT ck_health_checks_service_name_or_other
            CHECK (num_nonnulls(service_name, agent_id, component_id) = 1),
        CONSTRAINT ck_health_checks_message_is_given
            CHECK (status IN ('HEALTHY', 'UNKNOWN') OR message IS NOT NULL),
        CONSTRAINT ck_health_checks_response_time_ms_at_least_zero CHECK (response_time_ms >= 0),
        CONSTRAINT ck_health_checks_failures_in_a_row_at_least_zero CHECK (failures_in_a_row >= 0),
        CONSTRAINT ck_health_checks_service_name_length CHECK (length(service_name) BETWEEN 1 AND 100),
        CONSTRAINT ck_health_checks_status_is_known
            CHECK (status IN ('HEALTHY', 'DEGRADED', 'UNHEALTHY', 'UNKNOWN')),
        CONSTRAINT ck_health_checks_response_code_range CHECK (response_code BETWEEN 100 AND 599)
    )
    """,
    "CREATE INDEX ix_health_checks_agent_id_checked_at ON ops.health_checks (agent_id, checked_at)",
    "CREATE INDEX ix_health_checks_business_id ON ops.health_checks (business_id)",
    "CREATE INDEX ix_health_checks_component_id_checked_at ON ops.health_checks (component_id, checked_at)",
    "CREATE INDEX ix_health_checks_service_name_checked_at ON ops.health_checks (service_name, checked_at)",
    "CREATE INDEX ix_health_checks_status_checked_at ON ops.health_checks (status, checked_at)",
    """
    CREATE TABLE ops.service_syncs (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid,
        subscription_id uuid,
        event_id uuid,
        service_name text NOT NULL,
        entity_type text NOT NULL,
        entity_id uuid NOT NULL,
        operation text NOT NULL,
        data jsonb DEFAULT '{}' NOT NULL,
        status text DEFAULT 'PENDING' NOT NULL,
        attempt_count integer DEFAULT 0 NOT NULL,
        max_attempts integer DEFAULT 3 NOT NULL,
        last_error text,
        next_attempt_at timestamptz(3) DEFAULT now(),
        started_at timestamptz(3),
        completed_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_service_syncs PRIMARY KEY (id),
        CONSTRAINT ck_service_syncs_attempt_count_fits CHECK (attempt_count <= max_attempts),
        CONSTRAINT ck_service_syncs_started_at_is_given CHECK (status = 'PENDING' OR started_at IS NOT NULL),
        CONSTRAINT ck_service_syncs_completed_at_fits CHECK ((status = 'COMPLETED') = (completed_at IS NOT NULL)),
        CONSTRAINT ck_service_syncs_last_error_is_given CHECK (status <> 'FAILED' OR last_error IS NOT NULL),
        CONSTRAINT ck_service_syncs_next_attempt_at_fits
            CHECK ((status = 'PENDING') = (next_attempt_at IS NOT NULL)),
        CONSTRAINT ck_service_syncs_completed_at_not_before_started_at CHECK (started_at <= completed_at),
        CONSTRAINT ck_service_syncs_attempt_count_at_least_zero CHECK (attempt_count >= 0),
        CONSTRAINT fk_service_syncs_subscription_id
            FOREIGN KEY(subscription_id) REFERENCES ops.service_subscriptions (id) ON DELETE SET NULL,
        CONSTRAINT fk_service_syncs_event_id
            FOREIGN KEY(event_id) REFERENCES ops.event_logs (id) ON DELETE SET NULL,
        CONSTRAINT ck_service_syncs_service_name_length CHECK (length(service_name) BETWEEN 1 AND 100),
        CONSTRAINT ck_service_syncs_entity_type_length CHECK (length(entity_type) BETWEEN 1 AND 100),
        CONSTRAINT ck_service_syncs_operation_is_known CHECK (operation IN ('CREATE', 'UPDATE', 'DELETE', 'SYNC')),
        CONSTRAINT ck_service_syncs_status_is_known
            CHECK (status IN ('PENDING', 'PROCESSING', 'COMPLETED', 'FAILED')),
        CONSTRAINT ck_service_syncs_max_attempts_range CHECK (max_attempts BETWEEN 1 AND 20)
    )
    """,
    "CREATE INDEX ix_service_syncs_business_id ON ops.service_syncs (business_id)",
    "CREATE INDEX ix_service_syncs_entity_type_entity_id ON ops.service_syncs (entity_type, entity_id)",
    "CREATE INDEX ix_service_syncs_event_id ON ops.service_syncs (event_id)",
    "CREATE INDEX ix_service_syncs_next_attempt_at ON ops.service_syncs (next_attempt_at) WHERE status = 'PENDING'",
    "CREATE INDEX ix_service_syncs_open ON ops.service_syncs (service_name, entity_type, entity_id, id) WHERE status IN ('PENDING', 'PROCESSING')",
    "CREATE INDEX ix_service_syncs_service_name_status ON ops.service_syncs (service_name, status)",
    "CREATE INDEX ix_service_syncs_status_created_at ON ops.service_syncs (status, created_at)",
    "CREATE INDEX ix_service_syncs_subscription_id ON ops.service_syncs (subscription_id)",
)

DOWNGRADE = (
    "DROP TABLE ops.service_syncs",
    "DROP TABLE ops.health_checks",
    "DROP TABLE ops.backups",
    "DROP TABLE ops.configurations",
    "DROP TABLE ops.system_metrics",
    "DROP TABLE ops.system_events",
    "DROP TABLE ops.service_subscriptions",
    "DROP TABLE ops.event_logs",
    "DROP TABLE ops.audit_logs",
    "DROP SCHEMA ops",
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

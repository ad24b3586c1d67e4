"""Language models: their providers, requests, answers, costs."""

from alembic import op

revision = "0007_llm"
down_revision = "0006_agents"

TOUCHED = (
    "llm.ai_costs",
    "llm.ai_models",
    "llm.llm_providers",
    "llm.llm_requests",
    "llm.llm_responses",
    "llm.llm_usage_stats",
)

UPGRADE = (
    "CREATE SCHEMA llm",
    """
    CREATE TABLE llm.llm_providers (
        id uuid DEFAULT uuidv7() NOT NULL,
        slug text NOT NULL,
        name text NOT NULL,
        base_url text,
        status text DEFAULT 'UNKNOWN' NOT NULL,
        is_enabled boolean DEFAULT true NOT NULL,
        priority integer DEFAULT 100 NOT NULL,
        rate_limit_per_minute integer,
        average_response_time_ms integer,
        success_rate numeric(5,2),
        consecutive_failures integer DEFAULT 0 NOT NULL,
        last_check_at timestamptz(3),
        last_success_at timestamptz(3),
        last_error_at timestamptz(3),
        last_error_code text,
        last_error_message text,
        is_in_maintenance boolean DEFAULT false NOT NULL,
        maintenance_message text,
        maintenance_until timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        CONSTRAINT pk_llm_providers PRIMARY KEY (id),
        CONSTRAINT ck_llm_providers_priority_at_least_zero CHECK (priority >= 0),
        CONSTRAINT ck_llm_providers_average_response_time_ms_at_least_zero CHECK (average_response_time_ms >= 0),
        CONSTRAINT ck_llm_providers_consecutive_failures_at_least_zero CHECK (consecutive_failures >= 0),
        CONSTRAINT ck_llm_providers_slug_form CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
        CONSTRAINT ck_llm_providers_name_length CHECK (length(name) BETWEEN 1 AND 200),
        CONSTRAINT ck_llm_providers_status_is_known CHECK (status IN ('HEALTHY', 'DEGRADED', 'DOWN', 'UNKNOWN')),
        CONSTRAINT ck_llm_providers_rate_limit_per_minute_positive CHECK (rate_limit_per_minute > 0),
        CONSTRAINT ck_llm_providers_success_rate_range CHECK (success_rate BETWEEN 0 AND 100),
        CONSTRAINT uq_llm_providers_slug UNIQUE (slug)
    )
    """,
    """
    CREATE TABLE llm.ai_models (
        id uuid DEFAULT uuidv7() NOT NULL,
        name text NOT NULL,
        type text DEFAULT 'LANGUAGE' NOT NULL,
        provider text NOT NULL,
        llm_provider_id uuid,
        version text,
        parameters jsonb DEFAULT '{}' NOT NULL,
        cost_per_1k_tokens numeric(20,6),
        currency text DEFAULT 'USD' NOT NULL,
        max_tokens integer,
        context_tokens integer,
        temperature numeric(5,2),
        status text DEFAULT 'ACTIVE' NOT NULL,
        released_on date,
        retires_on date,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_ai_models PRIMARY KEY (id),
        CONSTRAINT ck_ai_models_retires_on_not_before_released_on CHECK (released_on <= retires_on),
        CONSTRAINT ck_ai_models_cost_per_1k_tokens_at_least_zero CHECK (cost_per_1k_tokens >= 0),
        CONSTRAINT fk_ai_models_llm_provider_id
            FOREIGN KEY(llm_provider_id) REFERENCES llm.llm_providers (id) ON DELETE SET NULL,
        CONSTRAINT ck_ai_models_name_length CHECK (length(name) BETWEEN 1 AND 200),
        CONSTRAINT ck_ai_models_type_is_known CHECK (type IN ('LANGUAGE', 'EMBEDDING', 'SPEECH', 'FORECAST')),
        CONSTRAINT ck_ai_models_provider_is_known CHECK (provider IN ('OPENAI', 'ANTHROPIC', 'COHERE', 'CUSTOM')),
        CONSTRAINT ck_ai_models_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_ai_models_max_tokens_positive CHECK (max_tokens > 0),
        CONSTRAINT ck_ai_models_context_tokens_positive CHECK (context_tokens > 0),
        CONSTRAINT ck_ai_models_temperature_range CHECK (temperature BETWEEN 0 AND 2),
        CONSTRAINT ck_ai_models_status_is_known CHECK (status IN ('ACTIVE', 'DEPRECATED', 'TESTING')),
        CONSTRAINT uq_ai_models_provider_name_version UNIQUE NULLS NOT DISTINCT (provider, name, version)
    )
    """,
    "CREATE INDEX ix_ai_models_llm_provider_id ON llm.ai_models (llm_provider_id)",
    "CREATE INDEX ix_ai_models_status ON llm.ai_models (status)",
    """
    CREATE TABLE llm.ai_model_metrics (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        model_id uuid NOT NULL,
        agent_id uuid,
        marketplace_id uuid,
        type text NOT NULL,
        value numeric(20,4) NOT NULL,
        unit text,
        baseline numeric(20,4),
        lower_limit numeric(20,4),
        upper_limit numeric(20,4),
        status text DEFAULT 'NORMAL' NOT NULL,
        sample_count integer DEFAULT 0 NOT NULL,
        window_minutes integer DEFAULT 60 NOT NULL,
        measured_at timestamptz(3) DEFAULT now() NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_ai_model_metrics PRIMARY KEY (id),
        CONSTRAINT ck_ai_model_metrics_upper_limit_not_before_lower_limit CHECK (lower_limit <= upper_limit),
        CONSTRAINT ck_ai_model_metrics_sample_count_at_least_zero CHECK (sample_count >= 0),
        CONSTRAINT fk_ai_model_metrics_model_id
            FOREIGN KEY(model_id) REFERENCES llm.ai_models (id) ON DELETE CASCADE,
        CONSTRAINT ck_ai_model_metrics_type_is_known
            CHECK (type IN ('ACCURACY', 'DRIFT', 'LATENCY', 'ERROR_RATE', 'OTHER')),
        CONSTRAINT ck_ai_model_metrics_status_is_known CHECK (status IN ('NORMAL', 'WARNING', 'CRITICAL')),
        CONSTRAINT ck_ai_model_metrics_window_minutes_positive CHECK (window_minutes > 0)
    )
    """,
    "CREATE INDEX ix_ai_model_metrics_agent_id ON llm.ai_model_metrics (agent_id)",
    "CREATE INDEX ix_ai_model_metrics_business_id_measured_at ON llm.ai_model_metrics (business_id, measured_at)",
    "CREATE INDEX ix_ai_model_metrics_marketplace_id ON llm.ai_model_metrics (marketplace_id)",
    "CREATE INDEX ix_ai_model_metrics_model_id_type_measured_at ON llm.ai_model_metrics (model_id, type, measured_at)",
    "CREATE INDEX ix_ai_model_metrics_status ON llm.ai_model_metrics (status)",
    """
    CREATE TABLE llm.ai_costs (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        agent_id uuid,
        model_id uuid NOT NULL,
        date date NOT NULL,
        service text DEFAULT 'CHAT' NOT NULL,
        request_count integer DEFAULT 0 NOT NULL,
        prompt_tokens bigint DEFAULT 0 NOT NULL,
        completion_tokens bigint DEFAULT 0 NOT NULL,
        total_tokens bigint GENERATED ALWAYS AS (prompt_tokens + completion_tokens) VIRTUAL NOT NULL,
        cost numeric(20,6) DEFAULT 0 NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        is_estimated boolean DEFAULT true NOT NULL,
        invoice_number text,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_ai_costs PRIMARY KEY (id),
        CONSTRAINT uq_ai_costs_business_id_date_agent_id_model_id_service UNIQUE (business_id, date, agent_id, model_id, service),
        CONSTRAINT ck_ai_costs_request_count_at_least_zero CHECK (request_count >= 0),
        CONSTRAINT ck_ai_costs_prompt_tokens_at_least_zero CHECK (prompt_tokens >= 0),
        CONSTRAINT ck_ai_costs_completion_tokens_at_least_zero CHECK (completion_tokens >= 0),
        CONSTRAINT ck_ai_costs_cost_at_least_zero CHECK (cost >= 0),
        CONSTRAINT fk_ai_costs_model_id FOREIGN KEY(model_id) REFERENCES llm.ai_models (id) ON DELETE RESTRICT,
        CONSTRAINT ck_ai_costs_service_is_known
            CHECK (service IN ('CHAT', 'EMBEDDING', 'IMAGE', 'SPEECH', 'TRAINING', 'OTHER')),
        CONSTRAINT ck_ai_costs_currency_form CHECK (currency ~ '^[A-Z]{3}$')
    )
    """,
    "CREATE INDEX ix_ai_costs_agent_id ON llm.ai_costs (agent_id)",
    "CREATE INDEX ix_ai_costs_model_id ON llm.ai_costs (model_id)",
    """
    CREATE TABLE llm.llm_requests (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        reference text NOT NULL,
        user_id uuid,
        agent_id uuid,
        provider_id uuid NOT NULL,
        model_id uuid NOT NULL,
        session_id text,
        type text DEFAULT 'GENERATE' NOT NULL,
        priority text DEFAULT 'NORMAL' NOT NULL,
        prompt text NOT NULL,
        system_prompt text,
        max_tokens integer,
        temperature numeric(5,2),
        status text DEFAULT 'PENDING' NOT NULL,
        started_at timestamptz(3),
        completed_at timestamptz(3),
        error_code text,
        error_message text,
        retry_count integer DEFAULT 0 NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_llm_requests PRIMARY KEY (id),
        CONSTRAINT ck_llm_requests_completed_at_not_before_started_at CHECK (started_at <= completed_at),
        CONSTRAINT ck_llm_requests_retry_count_at_least_zero CHECK (retry_count >= 0),
        CONSTRAINT fk_llm_requests_provider_id
            FOREIGN KEY(provider_id) REFERENCES llm.llm_providers (id) ON DELETE RESTRICT,
        CONSTRAINT fk_llm_requests_model_id FOREIGN KEY(model_id) REFERENCES llm.ai_models (id) ON DELETE RESTRICT,
        CONSTRAINT ck_llm_requests_reference_length CHECK (length(reference) BETWEEN 1 AND 255),
        CONSTRAINT ck_llm_requests_type_is_known CHECK (type IN ('GENERATE', 'CHAT', 'COMPLETION')),
        CONSTRAINT ck_llm_requests_priority_is_known CHECK (priority IN ('LOW', 'NORMAL', 'HIGH')),
        CONSTRAINT ck_llm_requests_max_tokens_positive CHECK (max_tokens > 0),
        CONSTRAINT ck_llm_requests_temperature_range CHECK (temperature BETWEEN 0 AND 2),
        CONSTRAINT ck_llm_requests_status_is_known
            CHECK (status IN ('PENDING', 'COMPLETED', 'FAILED', 'CANCELLED')),
        CONSTRAINT uq_llm_requests_business_id_reference UNIQUE (business_id, reference)
    )
    """,
    "CREATE INDEX ix_llm_requests_agent_id ON llm.llm_requests (agent_id)",
    "CREATE INDEX ix_llm_requests_business_id_created_at ON llm.llm_requests (business_id, created_at)",
    "CREATE INDEX ix_llm_requests_model_id ON llm.llm_requests (model_id)",
    "CREATE INDEX ix_llm_requests_provider_id ON llm.llm_requests (provider_id)",
    "CREATE INDEX ix_llm_requests_session_id ON llm.llm_requests (session_id)",
    "CREATE INDEX ix_llm_requests_status_created_at ON llm.llm_requests (status, created_at)",
    "CREATE INDEX ix_llm_requests_user_id_provider_id ON llm.llm_requests (user_id, provider_id)",
    """
    CREATE TABLE llm.llm_usage_stats (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        provider_id uuid NOT NULL,
        model_id uuid,
        user_id uuid,
        date date NOT NULL,
        hour integer,
        request_count integer DEFAULT 0 NOT NULL,
        success_count integer DEFAULT 0 NOT NULL,
        error_count integer DEFAULT 0 NOT NULL,
        prompt_tokens bigint DEFAULT 0 NOT NULL,
        completion_tokens bigint DEFAULT 0 NOT NULL,
        total_tokens bigint GENERATED ALWAYS AS (prompt_tokens + completion_tokens) VIRTUAL NOT NULL,
        total_cost numeric(20,6) DEFAULT 0 NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        average_cost_per_request numeric(20,6) GENERATED ALWAYS AS (round(total_cost / nullif(request_count, 0), 6)) VIRTUAL,
        total_response_time_ms bigint DEFAULT 0 NOT NULL,
        average_response_time_ms bigint GENERATED ALWAYS AS (total_response_time_ms / nullif(success_count, 0)) VIRTUAL,
        min_response_time_ms integer,
        max_response_time_ms integer,
        cache_hit_count integer DEFAULT 0 NOT NULL,
        cache_miss_count integer DEFAULT 0 NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_llm_usage_stats PRIMARY KEY (id),
        CONSTRAINT uq_llm_usage_stats_of_what UNIQUE NULLS NOT DISTINCT (business_id, date, hour, provider_id, model_id, user_id, currency),
        CONSTRAINT ck_llm_usage_stats_request_count_adds_up CHECK (success_count + error_count <= request_count),
        CONSTRAINT ck_llm_usage_stats_max_response_time_ms_not_below_min
            CHECK (min_response_time_ms <= max_response_time_ms),
        CONSTRAINT ck_llm_usage_stats_request_count_at_least_zero CHECK (request_count >= 0),
        CONSTRAINT ck_llm_usage_stats_success_count_at_least_zero CHECK (success_count >= 0),
        CONSTRAINT ck_llm_usage_stats_error_count_at_least_zero CHECK (error_count >= 0),
        CONSTRAINT ck_llm_usage_stats_cache_hit_count_at_least_zero CHECK (cache_hit_count >= 0),
        CONSTRAINT ck_llm_usage_stats_cache_miss_count_at_least_zero CHECK (cache_miss_count >= 0),
        CONSTRAINT ck_llm_usage_stats_prompt_tokens_at_least_zero CHECK (prompt_tokens >= 0),
        CONSTRAINT ck_llm_usage_stats_completion_tokens_at_least_zero CHECK (completion_tokens >= 0),
        CONSTRAINT ck_llm_usage_stats_total_cost_at_least_zero CHECK (total_cost >= 0),
        CONSTRAINT ck_llm_usage_stats_total_response_time_ms_at_least_zero CHECK (total_response_time_ms >= 0),
        CONSTRAINT ck_llm_usage_stats_min_response_time_ms_at_least_zero CHECK (min_response_time_ms >= 0),
        CONSTRAINT fk_llm_usage_stats_provider_id
            FOREIGN KEY(provider_id) REFERENCES llm.llm_providers (id) ON DELETE RESTRICT,
        CONSTRAINT fk_llm_usage_stats_model_id
            FOREIGN KEY(model_id) REFERENCES llm.ai_models (id) ON DELETE RESTRICT,
        CONSTRAINT ck_llm_usage_stats_hour_range CHECK (hour BETWEEN 0 AND 23),
        CONSTRAINT ck_llm_usage_stats_currency_form CHECK (currency ~ '^[A-Z]{3}$')
    )
    """,
    "CREATE INDEX ix_llm_usage_stats_date_provider_id ON llm.llm_usage_stats (date, provider_id)",
    "CREATE INDEX ix_llm_usage_stats_hour ON llm.llm_usage_stats (hour)",
    "CREATE INDEX ix_llm_usage_stats_model_id ON llm.llm_usage_stats (model_id)",
    "CREATE INDEX ix_llm_usage_stats_provider_id ON llm.llm_usage_stats (provider_id)",
    "CREATE INDEX ix_llm_usage_stats_user_id_date ON llm.llm_usage_stats (user_id, date)",
    """
    CREATE TABLE llm.llm_responses (
        id uuid DEFAULT uuidv7() NOT NULL,
        request_id uuid NOT NULL,
        content text NOT NULL,
        finish_reason text,
        prompt_tokens integer,
        completion_tokens integer,
        total_tokens integer,
        response_time_ms integer,
        queue_time_ms integer,
        processing_time_ms integer,
        cost numeric(20,6),
        currency text DEFAULT 'USD' NOT NULL,
        confidence_score numeric(5,4),
        safety_rating text,
        is_cached boolean DEFAULT false NOT NULL,
        cache_key text,
        cache_expires_at timestamptz(3),
        cached_response_id uuid,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_llm_responses PRIMARY KEY (id),
        CONSTRAINT ck_llm_responses_total_tokens_adds_up
            CHECK (total_tokens >= coalesce(prompt_tokens, 0) + coalesce(completion_tokens, 0)),
        CONSTRAINT ck_llm_responses_is_cached_has_key
            CHECK (cache_key IS NOT NULL OR NOT is_cached AND cache_expires_at IS NULL),
        CONSTRAINT ck_llm_responses_cached_response_id_is_of_cached CHECK (is_cached OR cached_response_id IS NULL),
        CONSTRAINT ck_llm_responses_cached_response_id_is_another CHECK (cached_response_id <> id),
        CONSTRAINT ck_llm_responses_prompt_tokens_at_least_zero CHECK (prompt_tokens >= 0),
        CONSTRAINT ck_llm_responses_completion_tokens_at_least_zero CHECK (completion_tokens >= 0),
        CONSTRAINT ck_llm_responses_total_tokens_at_least_zero CHECK (total_tokens >= 0),
        CONSTRAINT ck_llm_responses_cost_at_least_zero CHECK (cost >= 0),
        CONSTRAINT ck_llm_responses_response_time_ms_at_least_zero CHECK (response_time_ms >= 0),
        CONSTRAINT ck_llm_responses_queue_time_ms_at_least_zero CHECK (queue_time_ms >= 0),
        CONSTRAINT ck_llm_responses_processing_time_ms_at_least_zero CHECK (processing_time_ms >= 0),
        CONSTRAINT fk_llm_responses_request_id
            FOREIGN KEY(request_id) REFERENCES llm.llm_requests (id) ON DELETE CASCADE,
        CONSTRAINT fk_llm_responses_cached_response_id
            FOREIGN KEY(cached_response_id) REFERENCES llm.llm_responses (id) ON DELETE SET NULL,
        CONSTRAINT ck_llm_responses_finish_reason_is_known
            CHECK (finish_reason IN ('STOP', 'LENGTH', 'CONTENT_FILTER', 'TOOL_CALL')),
        CONSTRAINT ck_llm_responses_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_llm_responses_confidence_score_range CHECK (confidence_score BETWEEN 0 AND 1),
        CONSTRAINT ck_llm_responses_safety_rating_is_known CHECK (safety_rating IN ('SAFE', 'FLAGGED', 'BLOCKED')),
        CONSTRAINT uq_llm_responses_request_id UNIQUE (request_id)
    )
    """,
    "CREATE INDEX ix_llm_responses_cache_key ON llm.llm_responses (cache_key)",
    "CREATE INDEX ix_llm_responses_cached_response_id ON llm.llm_responses (cached_response_id)",
)

DOWNGRADE = (
    "DROP TABLE llm.llm_responses",
    "DROP TABLE llm.llm_usage_stats",
    "DROP TABLE llm.llm_requests",
    "DROP TABLE llm.ai_costs",
    "DROP TABLE llm.ai_model_metrics",
    "DROP TABLE llm.ai_models",
    "DROP TABLE llm.llm_providers",
    "DROP SCHEMA llm",
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

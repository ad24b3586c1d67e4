"""AI agents, their conversations and messages."""

from alembic import op

revision = "0006_agents"
down_revision = "0005_reporting"

TOUCHED = (
    "agents.agent_capabilities",
    "agents.agent_collaborations",
    "agents.agent_daily_stats",
    "agents.agent_deployments",
    "agents.agent_knowledge_items",
    "agents.agent_tools",
    "agents.agents",
    "agents.conversations",
    "agents.training_examples",
)
COUNTED = (
    ("agents.messages", "count_messages"),
    ("agents.conversations", "sum_satisfaction"),
)
TRANSITIONS = (
    ("insert", "NEW TABLE AS added"),
    ("update", "OLD TABLE AS removed NEW TABLE AS added"),
    ("delete", "OLD TABLE AS removed"),
)

UPGRADE = (
    "CREATE SCHEMA agents",
    """
    CREATE TABLE agents.agents (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        name text NOT NULL,
        slug text NOT NULL,
        type text NOT NULL,
        category text,
        description text,
        parent_id uuid,
        model_id uuid,
        system_prompt text,
        configuration jsonb DEFAULT '{}' NOT NULL,
        capabilities text[] DEFAULT '{}' NOT NULL,
        tools text[] DEFAULT '{}' NOT NULL,
        deployed_sites text[] DEFAULT '{}' NOT NULL,
        port integer,
        primary_tables text[] DEFAULT '{}' NOT NULL,
        status text DEFAULT 'INACTIVE' NOT NULL,
        release text,
        satisfaction_sum bigint DEFAULT 0 NOT NULL,
        satisfaction_count integer DEFAULT 0 NOT NULL,
        satisfaction_average numeric(5,2) GENERATED ALWAYS AS (round(satisfaction_sum::numeric / nullif(satisfaction_count, 0), 2)) VIRTUAL,
        search_vector tsvector GENERATED ALWAYS AS (setweight(to_tsvector('english', coalesce(name, '')), 'A') || setweight(to_tsvector('english', coalesce(description, '')), 'B') || setweight(to_tsvector('english', coalesce(public.words_of(capabilities), '')), 'C')) STORED NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        CONSTRAINT pk_agents PRIMARY KEY (id),
        CONSTRAINT uq_agents_business_id_name UNIQUE (business_id, name),
        CONSTRAINT uq_agents_business_id_port UNIQUE (business_id, port),
        CONSTRAINT ck_agents_satisfaction_sum_at_least_zero CHECK (satisfaction_sum >= 0),
        CONSTRAINT ck_agents_satisfaction_count_at_least_zero CHECK (satisfaction_count >= 0),
        CONSTRAINT fk_agents_parent_id FOREIGN KEY(parent_id) REFERENCES agents.agents (id) ON DELETE SET NULL,
        CONSTRAINT ck_agents_name_length CHECK (length(name) BETWEEN 1 AND 200),
        CONSTRAINT ck_agents_slug_form CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
        CONSTRAINT ck_agents_type_is_known
            CHECK (type IN ('ORCHESTRATOR', 'DIRECTOR', 'SPECIALIST', 'CUSTOMER_SUPPORT', 'SALES', 'STAFF_ASSISTANT', 'ANALYTICS', 'CUSTOM')),
        CONSTRAINT ck_agents_category_is_known
            CHECK (category IN ('COMMERCE', 'CUSTOMERS', 'FULFILLMENT', 'FINANCE', 'MARKETING', 'CHANNELS', 'ANALYTICS', 'PLATFORM')),
        CONSTRAINT ck_agents_parent_id_is_another CHECK (parent_id <> id),
        CONSTRAINT ck_agents_port_range CHECK (port BETWEEN 1 AND 65535),
        CONSTRAINT ck_agents_status_is_known CHECK (status IN ('ACTIVE', 'TRAINING', 'INACTIVE', 'MAINTENANCE')),
        CONSTRAINT uq_agents_business_id_slug UNIQUE (business_id, slug)
    )
    """,
    "CREATE INDEX ix_agents_model_id ON agents.agents (model_id)",
    "CREATE INDEX ix_agents_parent_id ON agents.agents (parent_id)",
    "CREATE INDEX ix_agents_search_vector ON agents.agents USING gin (search_vector)",
    "CREATE INDEX ix_agents_status ON agents.agents (status)",
    "CREATE INDEX ix_agents_type ON agents.agents (type)",
    """
    CREATE TABLE agents.agent_tools (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        name text NOT NULL,
        server text NOT NULL,
        endpoint_url text,
        description text,
        input_schema jsonb DEFAULT '{}' NOT NULL,
        output_schema jsonb,
        is_read_only boolean DEFAULT true NOT NULL,
        needs_approval boolean DEFAULT false NOT NULL,
        timeout_seconds integer DEFAULT 30 NOT NULL,
        rate_limit_per_minute integer,
        is_active boolean DEFAULT true NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_agent_tools PRIMARY KEY (id),
        CONSTRAINT ck_agent_tools_name_length CHECK (length(name) BETWEEN 1 AND 200),
        CONSTRAINT ck_agent_tools_server_length CHECK (length(server) BETWEEN 1 AND 200),
        CONSTRAINT ck_agent_tools_timeout_seconds_positive CHECK (timeout_seconds > 0),
        CONSTRAINT ck_agent_tools_rate_limit_per_minute_positive CHECK (rate_limit_per_minute > 0),
        CONSTRAINT uq_agent_tools_business_id_name UNIQUE (business_id, name)
    )
    """,
    "CREATE INDEX ix_agent_tools_server ON agents.agent_tools (server)",
    """
    CREATE TABLE agents.agent_capabilities (
        id uuid DEFAULT uuidv7() NOT NULL,
        agent_id uuid NOT NULL,
        type text NOT NULL,
        name text NOT NULL,
        description text,
        configuration jsonb DEFAULT '{}' NOT NULL,
        is_active boolean DEFAULT true NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_agent_capabilities PRIMARY KEY (id),
        CONSTRAINT fk_agent_capabilities_agent_id
            FOREIGN KEY(agent_id) REFERENCES agents.agents (id) ON DELETE CASCADE,
        CONSTRAINT ck_agent_capabilities_type_length CHECK (length(type) BETWEEN 1 AND 100),
        CONSTRAINT ck_agent_capabilities_name_length CHECK (length(name) BETWEEN 1 AND 200),
        CONSTRAINT uq_agent_capabilities_agent_id_type_name UNIQUE (agent_id, type, name)
    )
    """,
    """
    CREATE TABLE agents.agent_collaborations (
        id uuid DEFAULT uuidv7() NOT NULL,
        requesting_agent_id uuid NOT NULL,
        responding_agent_id uuid NOT NULL,
        type text NOT NULL,
        description text,
        priority integer DEFAULT 5 NOT NULL,
        sla_minutes integer DEFAULT 60 NOT NULL,
        is_active boolean DEFAULT true NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_agent_collaborations PRIMARY KEY (id),
        CONSTRAINT uq_agent_collaborations_both_agents_type UNIQUE (requesting_agent_id, responding_agent_id, type),
        CONSTRAINT ck_agent_collaborations_responding_agent_id_is_another
            CHECK (requesting_agent_id <> responding_agent_id),
        CONSTRAINT fk_agent_collaborations_requesting_agent_id
            FOREIGN KEY(requesting_agent_id) REFERENCES agents.agents (id) ON DELETE CASCADE,
        CONSTRAINT fk_agent_collaborations_responding_agent_id
            FOREIGN KEY(responding_agent_id) REFERENCES agents.agents (id) ON DELETE CASCADE,
        CONSTRAINT ck_agent_collaborations_type_length CHECK (length(type) BETWEEN 1 AND 100),
        CONSTRAINT ck_agent_collaborations_priority_range CHECK (priority BETWEEN 1 AND 10),
        CONSTRAINT ck_agent_collaborations_sla_minutes_positive CHECK (sla_minutes > 0)
    )
    """,
    "CREATE INDEX ix_agent_collaborations_responding_agent_id ON agents.agent_collaborations (responding_agent_id)",
    """
    CREATE TABLE agents.agent_deployments (
        id uuid DEFAULT uuidv7() NOT NULL,
        agent_id uuid NOT NULL,
        site_id uuid,
        deployed_by_id uuid,
        release text NOT NULL,
        environment text NOT NULL,
        status text DEFAULT 'PENDING' NOT NULL,
        health text DEFAULT 'UNKNOWN' NOT NULL,
        endpoint_url text,
        port integer,
        instance_count integer DEFAULT 1 NOT NULL,
        configuration jsonb DEFAULT '{}' NOT NULL,
        deployed_at timestamptz(3),
        last_check_at timestamptz(3),
        error_message text,
        retired_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_agent_deployments PRIMARY KEY (id),
        CONSTRAINT ck_agent_deployments_retired_at_fits_status CHECK ((retired_at IS NULL) = (status <> 'RETIRED')),
        CONSTRAINT ck_agent_deployments_retired_at_not_before_deployed_at CHECK (deployed_at <= retired_at),
        CONSTRAINT fk_agent_deployments_agent_id
            FOREIGN KEY(agent_id) REFERENCES agents.agents (id) ON DELETE CASCADE,
        CONSTRAINT ck_agent_deployments_environment_is_known
            CHECK (environment IN ('DEVELOPMENT', 'STAGING', 'PRODUCTION')),
        CONSTRAINT ck_agent_deployments_status_is_known
            CHECK (status IN ('PENDING', 'RUNNING', 'PAUSED', 'FAILED', 'RETIRED')),
        CONSTRAINT ck_agent_deployments_health_is_known
            CHECK (health IN ('HEALTHY', 'DEGRADED', 'DOWN', 'UNKNOWN')),
        CONSTRAINT ck_agent_deployments_port_range CHECK (port BETWEEN 1 AND 65535),
        CONSTRAINT ck_agent_deployments_instance_count_positive CHECK (instance_count > 0)
    )
    """,
    "CREATE INDEX ix_agent_deployments_agent_id_deployed_at ON agents.agent_deployments (agent_id, deployed_at)",
    "CREATE INDEX ix_agent_deployments_deployed_by_id ON agents.agent_deployments (deployed_by_id)",
    "CREATE INDEX ix_agent_deployments_site_id ON agents.agent_deployments (site_id)",
    "CREATE INDEX ix_agent_deployments_status ON agents.agent_deployments (status)",
    "CREATE UNIQUE INDEX uq_agent_deployments_agent_id_site_id_environment ON agents.agent_deployments (agent_id, site_id, environment) NULLS NOT DISTINCT WHERE status <> 'RETIRED'",
    """
    CREATE TABLE agents.agent_daily_stats (
        id uuid DEFAULT uuidv7() NOT NULL,
        agent_id uuid NOT NULL,
        date date NOT NULL,
        conversation_count integer DEFAULT 0 NOT NULL,
        resolved_count integer DEFAULT 0 NOT NULL,
        escalated_count integer DEFAULT 0 NOT NULL,
        abandoned_count integer DEFAULT 0 NOT NULL,
        message_count integer DEFAULT 0 NOT NULL,
        answer_count integer DEFAULT 0 NOT NULL,
        error_count integer DEFAULT 0 NOT NULL,
        rating_sum bigint DEFAULT 0 NOT NULL,
        rating_count integer DEFAULT 0 NOT NULL,
        rating_average numeric(5,2) GENERATED ALWAYS AS (round(rating_sum::numeric / nullif(rating_count, 0), 2)) VIRTUAL,
        response_time_ms bigint DEFAULT 0 NOT NULL,
        average_response_time_ms bigint GENERATED ALWAYS AS (response_time_ms / nullif(answer_count, 0)) VIRTUAL,
        total_tokens bigint DEFAULT 0 NOT NULL,
        total_cost numeric(20,6) DEFAULT 0 NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_agent_daily_stats PRIMARY KEY (id),
        CONSTRAINT ck_agent_daily_stats_conversation_count_adds_up
            CHECK (resolved_count + escalated_count + abandoned_count <= conversation_count),
        CONSTRAINT ck_agent_daily_stats_rating_sum_fits_count
            CHECK (rating_sum BETWEEN rating_count AND 5 * rating_count),
        CONSTRAINT ck_agent_daily_stats_conversation_count_at_least_zero CHECK (conversation_count >= 0),
        CONSTRAINT ck_agent_daily_stats_resolved_count_at_least_zero CHECK (resolved_count >= 0),
        CONSTRAINT ck_agent_daily_stats_escalated_count_at_least_zero CHECK (escalated_count >= 0),
        CONSTRAINT ck_agent_daily_stats_abandoned_count_at_least_zero CHECK (abandoned_count >= 0),
        CONSTRAINT ck_agent_daily_stats_message_count_at_least_zero CHECK (message_count >= 0),
        CONSTRAINT ck_agent_daily_stats_answer_count_at_least_zero CHECK (answer_count >= 0),
        CONSTRAINT ck_agent_daily_stats_error_count_at_least_zero CHECK (error_count >= 0),
        CONSTRAINT ck_agent_daily_stats_rating_count_at_least_zero CHECK (rating_count >= 0),
        CONSTRAINT ck_agent_daily_stats_response_time_ms_at_least_zero CHECK (response_time_ms >= 0),
        CONSTRAINT ck_agent_daily_stats_total_tokens_at_least_zero CHECK (total_tokens >= 0),
        CONSTRAINT ck_agent_daily_stats_total_cost_at_least_zero CHECK (total_cost >= 0),
        CONSTRAINT fk_agent_daily_stats_agent_id
            FOREIGN KEY(agent_id) REFERENCES agents.agents (id) ON DELETE CASCADE,
        CONSTRAINT ck_agent_daily_stats_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT uq_agent_daily_stats_agent_id_date UNIQUE (agent_id, date)
    )
    """,
    "CREATE INDEX ix_agent_daily_stats_date ON agents.agent_daily_stats (date)",
    """
    CREATE TABLE agents.conversations (
        id uuid DEFAULT uuidv7() NOT NULL,
        agent_id uuid NOT NULL,
        business_id uuid,
        user_id uuid,
        model_id uuid,
        session_id text NOT NULL,
        user_type text DEFAULT 'ANONYMOUS' NOT NULL,
        title text,
        context jsonb DEFAULT '{}' NOT NULL,
        system_prompt text,
        temperature numeric(5,2) DEFAULT 0.7 NOT NULL,
        max_tokens integer DEFAULT 150 NOT NULL,
        status text DEFAULT 'ACTIVE' NOT NULL,
        outcome text DEFAULT 'ONGOING' NOT NULL,
        started_at timestamptz(3) GENERATED ALWAYS AS (uuid_extract_timestamp(id)) VIRTUAL NOT NULL,
        ended_at timestamptz(3),
        last_message_at timestamptz(3),
        archived_at timestamptz(3),
        message_count integer DEFAULT 0 NOT NULL,
        total_tokens bigint DEFAULT 0 NOT NULL,
        total_cost numeric(20,6) DEFAULT 0 NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        last_seq integer DEFAULT 0 NOT NULL,
        satisfaction_rating integer,
        feedback text,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_conversations PRIMARY KEY (id),
        CONSTRAINT ck_conversations_message_count_at_least_zero CHECK (message_count >= 0),
        CONSTRAINT ck_conversations_total_tokens_at_least_zero CHECK (total_tokens >= 0),
        CONSTRAINT ck_conversations_total_cost_at_least_zero CHECK (total_cost >= 0),
        CONSTRAINT ck_conversations_last_seq_at_least_zero CHECK (last_seq >= 0),
        CONSTRAINT fk_conversations_agent_id FOREIGN KEY(agent_id) REFERENCES agents.agents (id) ON DELETE CASCADE,
        CONSTRAINT ck_conversations_user_type_is_known
            CHECK (user_type IN ('CUSTOMER', 'STAFF', 'ADMIN', 'ANONYMOUS')),
        CONSTRAINT ck_conversations_temperature_range CHECK (temperature BETWEEN 0 AND 2),
        CONSTRAINT ck_conversations_max_tokens_positive CHECK (max_tokens > 0),
        CONSTRAINT ck_conversations_status_is_known CHECK (status IN ('ACTIVE', 'ARCHIVED', 'DELETED')),
        CONSTRAINT ck_conversations_outcome_is_known
            CHECK (outcome IN ('ONGOING', 'RESOLVED', 'ESCALATED', 'ABANDONED')),
        CONSTRAINT ck_conversations_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_conversations_satisfaction_rating_range CHECK (satisfaction_rating BETWEEN 1 AND 5)
        )
    PARTITION BY RANGE (id)
    """,
    "CREATE INDEX ix_conversations_agent_id_id ON agents.conversations (agent_id, id)",
    "CREATE INDEX ix_conversations_agent_id_user_id_id ON agents.conversations (agent_id, user_id, id)",
    "CREATE INDEX ix_conversations_business_id_id ON agents.conversations (business_id, id)",
    "CREATE INDEX ix_conversations_model_id_id ON agents.conversations (model_id, id)",
    "CREATE INDEX ix_conversations_session_id ON agents.conversations (session_id)",
    "CREATE INDEX ix_conversations_user_id_id ON agents.conversations (user_id, id)",
    """
    CREATE TABLE agents.agent_knowledge_items (
        id uuid DEFAULT uuidv7() NOT NULL,
        agent_id uuid NOT NULL,
        article_id uuid,
        type text DEFAULT 'FACT' NOT NULL,
        title text NOT NULL,
        content text NOT NULL,
        tags text[] DEFAULT '{}' NOT NULL,
        source_url text,
        confidence numeric(5,4),
        is_active boolean DEFAULT true NOT NULL,
        valid_from timestamptz(3),
        valid_until timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_agent_knowledge_items PRIMARY KEY (id),
        CONSTRAINT ck_agent_knowledge_items_valid_until_not_before_valid_from CHECK (valid_from <= valid_until),
        CONSTRAINT fk_agent_knowledge_items_agent_id
            FOREIGN KEY(agent_id) REFERENCES agents.agents (id) ON DELETE CASCADE,
        CONSTRAINT ck_agent_knowledge_items_type_is_known
            CHECK (type IN ('FACT', 'QUESTION', 'POLICY', 'PROCEDURE', 'EXAMPLE')),
        CONSTRAINT ck_agent_knowledge_items_title_length CHECK (length(title) BETWEEN 1 AND 200),
        CONSTRAINT ck_agent_knowledge_items_confidence_range CHECK (confidence BETWEEN 0 AND 1),
        CONSTRAINT uq_agent_knowledge_items_agent_id_title UNIQUE (agent_id, title)
    )
    """,
    "CREATE INDEX ix_agent_knowledge_items_article_id ON agents.agent_knowledge_items (article_id)",
    "CREATE INDEX ix_agent_knowledge_items_created_by_id ON agents.agent_knowledge_items (created_by_id)",
    "CREATE INDEX ix_agent_knowledge_items_tags ON agents.agent_knowledge_items USING gin (tags)",
    "CREATE INDEX ix_agent_knowledge_items_updated_by_id ON agents.agent_knowledge_items (updated_by_id)",
    """
    CREATE TABLE agents.messages (
        id uuid DEFAULT uuidv7() NOT NULL,
        conversation_id uuid NOT NULL,
        model_id uuid,
        request_id uuid,
        role text NOT NULL,
        type text DEFAULT 'TEXT' NOT NULL,
        content text NOT NULL,
        sequence_number integer NOT NULL,
        metadata jsonb DEFAULT '{}' NOT NULL,
        token_count integer,
        cost numeric(20,6),
        currency text DEFAULT 'USD' NOT NULL,
        processing_time_ms integer,
        status text DEFAULT 'SENT' NOT NULL,
        edited_at timestamptz(3),
        edited boolean GENERATED ALWAYS AS (edited_at IS NOT NULL) VIRTUAL NOT NULL,
        created_at timestamptz(3) GENERATED ALWAYS AS (uuid_extract_timestamp(id)) VIRTUAL NOT NULL,
        CONSTRAINT pk_messages PRIMARY KEY (id),
        CONSTRAINT ck_messages_token_count_at_least_zero CHECK (token_count >= 0),
        CONSTRAINT ck_messages_processing_time_ms_at_least_zero CHECK (processing_time_ms >= 0),
        CONSTRAINT ck_messages_cost_at_least_zero CHECK (cost >= 0),
        CONSTRAINT ck_messages_sequence_number_at_least_zero CHECK (sequence_number >= 0),
        CONSTRAINT fk_messages_conversation_id
            FOREIGN KEY(conversation_id) REFERENCES agents.conversations (id) ON DELETE CASCADE,
        CONSTRAINT ck_messages_role_is_known CHECK (role IN ('USER', 'ASSISTANT', 'SYSTEM')),
        CONSTRAINT ck_messages_type_is_known CHECK (type IN ('TEXT', 'IMAGE', 'FILE', 'TOOL')),
        CONSTRAINT ck_messages_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_messages_status_is_known CHECK (status IN ('SENT', 'DELIVERED', 'READ', 'FAILED'))
        )
    PARTITION BY RANGE (id)
    """,
    "CREATE INDEX ix_messages_conversation_id_id ON agents.messages (conversation_id, id)",
    "CREATE INDEX ix_messages_model_id_id ON agents.messages (model_id, id)",
    "CREATE INDEX ix_messages_request_id_id ON agents.messages (request_id, id)",
    """
    CREATE TABLE agents.conversation_events (
        id uuid DEFAULT uuidv7() NOT NULL,
        conversation_id uuid NOT NULL,
        message_id uuid,
        seq integer NOT NULL,
        type text NOT NULL,
        payload jsonb DEFAULT '{}' NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_conversation_events PRIMARY KEY (id),
        CONSTRAINT fk_conversation_events_conversation_id
            FOREIGN KEY(conversation_id) REFERENCES agents.conversations (id) ON DELETE CASCADE,
        CONSTRAINT fk_conversation_events_message_id
            FOREIGN KEY(message_id) REFERENCES agents.messages (id) ON DELETE SET NULL,
        CONSTRAINT ck_conversation_events_seq_positive CHECK (seq > 0),
        CONSTRAINT ck_conversation_events_type_is_known
            CHECK (type IN ('STARTED', 'MESSAGE_ADDED', 'MESSAGE_EDITED', 'TITLE_CHANGED', 'OUTCOME_CHANGED', 'RATED', 'ENDED', 'ARCHIVED')),
        CONSTRAINT uq_conversation_events_conversation_id_seq UNIQUE (conversation_id, seq)
    )
    """,
    "CREATE INDEX ix_conversation_events_message_id ON agents.conversation_events (message_id)",
    """
    CREATE TABLE agents.intents (
        id uuid DEFAULT uuidv7() NOT NULL,
        conversation_id uuid NOT NULL,
        message_id uuid,
        model_id uuid,
        name text NOT NULL,
        confidence numeric(5,4) NOT NULL,
        parameters jsonb DEFAULT '{}' NOT NULL,
        is_primary boolean DEFAULT true NOT NULL,
        is_correct boolean,
        reviewed_by_id uuid,
        reviewed_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_intents PRIMARY KEY (id),
        CONSTRAINT uq_intents_message_id_name UNIQUE (message_id, name),
        CONSTRAINT ck_intents_reviewed_at_fits_review CHECK ((reviewed_at IS NULL) = (is_correct IS NULL)),
        CONSTRAINT fk_intents_conversation_id
            FOREIGN KEY(conversation_id) REFERENCES agents.conversations (id) ON DELETE CASCADE,
        CONSTRAINT fk_intents_message_id FOREIGN KEY(message_id) REFERENCES agents.messages (id) ON DELETE CASCADE,
        CONSTRAINT ck_intents_name_length CHECK (length(name) BETWEEN 1 AND 100),
        CONSTRAINT ck_intents_confidence_range CHECK (confidence BETWEEN 0 AND 1)
    )
    """,
    "CREATE INDEX ix_intents_conversation_id ON agents.intents (conversation_id)",
    "CREATE INDEX ix_intents_model_id ON agents.intents (model_id)",
    "CREATE INDEX ix_intents_name_created_at ON agents.intents (name, created_at)",
    "CREATE INDEX ix_intents_reviewed_by_id ON agents.intents (reviewed_by_id)",
    """
    CREATE TABLE agents.extracted_entities (
        id uuid DEFAULT uuidv7() NOT NULL,
        conversation_id uuid NOT NULL,
        message_id uuid NOT NULL,
        model_id uuid,
        type text NOT NULL,
        value text NOT NULL,
        normalized_value text,
        start_offset integer,
        end_offset integer,
        confidence numeric(5,4) NOT NULL,
        entity_type text,
        entity_id uuid,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_extracted_entities PRIMARY KEY (id),
        CONSTRAINT ck_extracted_entities_entity_id_has_type CHECK (entity_id IS NULL OR entity_type IS NOT NULL),
        CONSTRAINT ck_extracted_entities_start_offset_at_least_zero CHECK (start_offset >= 0),
        CONSTRAINT ck_extracted_entities_end_offset_not_before_start_offset CHECK (start_offset <= end_offset),
        CONSTRAINT fk_extracted_entities_conversation_id
            FOREIGN KEY(conversation_id) REFERENCES agents.conversations (id) ON DELETE CASCADE,
        CONSTRAINT fk_extracted_entities_message_id
            FOREIGN KEY(message_id) REFERENCES agents.messages (id) ON DELETE CASCADE,
        CONSTRAINT ck_extracted_entities_type_is_known
            CHECK (type IN ('PERSON', 'EMAIL', 'PHONE', 'ADDRESS', 'ORDER_NUMBER', 'PRODUCT', 'AMOUNT', 'DATE', 'OTHER')),
        CONSTRAINT ck_extracted_entities_value_length CHECK (length(value) BETWEEN 1 AND 1000),
        CONSTRAINT ck_extracted_entities_confidence_range CHECK (confidence BETWEEN 0 AND 1)
    )
    """,
    "CREATE INDEX ix_extracted_entities_conversation_id ON agents.extracted_entities (conversation_id)",
    "CREATE INDEX ix_extracted_entities_entity_type_entity_id ON agents.extracted_entities (entity_type, entity_id)",
    "CREATE INDEX ix_extracted_entities_message_id ON agents.extracted_entities (message_id)",
    "CREATE INDEX ix_extracted_entities_model_id ON agents.extracted_entities (model_id)",
    "CREATE INDEX ix_extracted_entities_type_normalized_value ON agents.extracted_entities (type, normalized_value)",
    """
    CREATE TABLE agents.training_examples (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        agent_id uuid,
        message_id uuid,
        type text NOT NULL,
        input_text text,
        expected_output text,
        actual_output text,
        quality_score integer,
        tags text[] DEFAULT '{}' NOT NULL,
        is_used boolean DEFAULT false NOT NULL,
        approved_by_id uuid,
        approved_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_training_examples PRIMARY KEY (id),
        CONSTRAINT ck_training_examples_approved_at_comes_with_person
            CHECK (approved_by_id IS NULL OR approved_at IS NOT NULL),
        CONSTRAINT fk_training_examples_agent_id
            FOREIGN KEY(agent_id) REFERENCES agents.agents (id) ON DELETE SET NULL,
        CONSTRAINT fk_training_examples_message_id
            FOREIGN KEY(message_id) REFERENCES agents.messages (id) ON DELETE SET NULL,
        CONSTRAINT ck_training_examples_type_is_known
            CHECK (type IN ('CONVERSATION', 'FEEDBACK', 'CORRECTION', 'EXAMPLE')),
        CONSTRAINT ck_training_examples_quality_score_range CHECK (quality_score BETWEEN 0 AND 100)
    )
    """,
    "CREATE INDEX ix_training_examples_agent_id ON agents.training_examples (agent_id)",
    "CREATE INDEX ix_training_examples_approved_by_id ON agents.training_examples (approved_by_id)",
    "CREATE INDEX ix_training_examples_business_id ON agents.training_examples (business_id)",
    "CREATE INDEX ix_training_examples_is_used ON agents.training_examples (is_used)",
    "CREATE INDEX ix_training_examples_message_id ON agents.training_examples (message_id)",
    "CREATE INDEX ix_training_examples_tags ON agents.training_examples USING gin (tags)",
    "CREATE INDEX ix_training_examples_type ON agents.training_examples (type)",
    """
    CREATE FUNCTION public.count_messages() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      changes refcursor;
      change record;
    BEGIN
      CASE tg_op
        WHEN 'INSERT' THEN OPEN changes FOR
          SELECT conversation_id AS id,
                 currency,
                 sum(sign) AS messages,
                 coalesce(sum(sign * token_count), 0) AS tokens,
                 coalesce(sum(sign * cost), 0) AS cost,
                 max(uuid_extract_timestamp(id)) AS latest
            FROM (SELECT 1 AS sign, * FROM added) AS r
           GROUP BY conversation_id, currency ORDER BY conversation_id;
        WHEN 'DELETE' THEN OPEN changes FOR
          SELECT conversation_id AS id,
                 currency,
                 sum(sign) AS messages,
                 coalesce(sum(sign * token_count), 0) AS tokens,
                 coalesce(sum(sign * cost), 0) AS cost,
                 max(uuid_extract_timestamp(id)) AS latest
            FROM (SELECT -1 AS sign, * FROM removed) AS r
           GROUP BY conversation_id, currency ORDER BY conversation_id;
        WHEN 'UPDATE' THEN OPEN changes FOR
          SELECT conversation_id AS id,
                 currency,
                 sum(sign) AS messages,
                 coalesce(sum(sign * token_count), 0) AS tokens,
                 coalesce(sum(sign * cost), 0) AS cost,
                 max(uuid_extract_timestamp(id)) AS latest
            FROM (SELECT 1 AS sign, * FROM added UNION ALL SELECT -1 AS sign, * FROM removed) AS r
           GROUP BY conversation_id, currency ORDER BY conversation_id;
      END CASE;
      LOOP
        FETCH changes INTO change;
        EXIT WHEN NOT found;
        CONTINUE WHEN change.messages = 0 AND change.tokens = 0 AND change.cost = 0;
        UPDATE agents.conversations AS c
           SET message_count = c.message_count + change.messages,
               total_tokens = c.total_tokens + change.tokens,
               total_cost = c.total_cost + CASE change.currency WHEN c.currency THEN change.cost ELSE 0 END,
               last_message_at = CASE tg_op
                 WHEN 'INSERT' THEN greatest(c.last_message_at, change.latest)
                 ELSE (SELECT uuid_extract_timestamp(m.id) FROM agents.messages AS m
                        WHERE m.conversation_id = c.id ORDER BY m.id DESC LIMIT 1)
               END
         WHERE c.id = change.id;
      END LOOP;
      CLOSE changes;
      RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION public.sum_satisfaction() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      changes refcursor;
      change record;
    BEGIN
      CASE tg_op
        WHEN 'INSERT' THEN OPEN changes FOR
          SELECT agent_id AS id,
                 sum(sign * coalesce(satisfaction_rating, 0)) AS satisfaction_sum,
                 sum(sign * (satisfaction_rating IS NOT NULL)::int) AS satisfaction_count
            FROM (SELECT 1 AS sign, * FROM added) AS r
           GROUP BY agent_id ORDER BY agent_id;
        WHEN 'DELETE' THEN OPEN changes FOR
          SELECT agent_id AS id,
                 sum(sign * coalesce(satisfaction_rating, 0)) AS satisfaction_sum,
                 sum(sign * (satisfaction_rating IS NOT NULL)::int) AS satisfaction_count
            FROM (SELECT -1 AS sign, * FROM removed) AS r
           GROUP BY agent_id ORDER BY agent_id;
        WHEN 'UPDATE' THEN OPEN changes FOR
          SELECT agent_id AS id,
                 sum(sign * coalesce(satisfaction_rating, 0)) AS satisfaction_sum,
                 sum(sign * (satisfaction_rating IS NOT NULL)::int) AS satisfaction_count
            FROM (SELECT 1 AS sign, * FROM added UNION ALL SELECT -1 AS sign, * FROM removed) AS r
           GROUP BY agent_id ORDER BY agent_id;
      END CASE;
      LOOP
        FETCH changes INTO change;
        EXIT WHEN NOT found;
        CONTINUE WHEN change.satisfaction_sum = 0 AND change.satisfaction_count = 0;
        UPDATE agents.agents AS p
           SET satisfaction_sum = p.satisfaction_sum + change.satisfaction_sum,
               satisfaction_count = p.satisfaction_count + change.satisfaction_count
         WHERE p.id = change.id;
      END LOOP;
      CLOSE changes;
      RETURN NULL;
    END $$
    """,
)

DOWNGRADE = (
    "DROP TABLE agents.training_examples",
    "DROP TABLE agents.extracted_entities",
    "DROP TABLE agents.intents",
    "DROP TABLE agents.conversation_events",
    "DROP TABLE agents.messages",
    "DROP TABLE agents.agent_knowledge_items",
    "DROP TABLE agents.conversations",
    "DROP TABLE agents.agent_daily_stats",
    "DROP TABLE agents.agent_deployments",
    "DROP TABLE agents.agent_collaborations",
    "DROP TABLE agents.agent_capabilities",
    "DROP TABLE agents.agent_tools",
    "DROP TABLE agents.agents",
    "DROP FUNCTION public.sum_satisfaction()",
    "DROP FUNCTION public.count_messages()",
    "DROP SCHEMA agents",
)


def upgrade() -> None:
    for statement in UPGRADE:
        op.execute(statement)
    for table in TOUCHED:
        op.execute(
            f"CREATE TRIGGER touch_updated_at BEFORE UPDATE ON {table} FOR EACH ROW "
            "WHEN (new.updated_at = old.updated_at) EXECUTE FUNCTION public.touch_updated_at()"
        )
    for table, function in COUNTED:
        for operation, rows in TRANSITIONS:
            op.execute(
                f"CREATE TRIGGER {function}_after_{operation} AFTER {operation.upper()} ON {table} "
                f"REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION public.{function}()"
            )


def downgrade() -> None:
    for statement in DOWNGRADE:
        op.execute(statement)

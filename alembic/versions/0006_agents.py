"""AI agents, conversations and messages."""

from alembic import op

revision = "0006_agents"
down_revision = "0005_freelance"

TOUCHED = ("agents.agents", "agents.conversations")
COUNTED = (("agents.messages", "count_messages"), ("agents.conversations", "sum_satisfaction"))
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
        description text,
        parent_id uuid,
        model_id uuid,
        system_prompt text,
        configuration jsonb DEFAULT '{}' NOT NULL,
        capabilities text[] DEFAULT '{}' NOT NULL,
        tools text[] DEFAULT '{}' NOT NULL,
        deployed_sites text[] DEFAULT '{}' NOT NULL,
        status text DEFAULT 'INACTIVE' NOT NULL,
        release text,
        satisfaction_sum bigint DEFAULT 0 NOT NULL,
        satisfaction_count integer DEFAULT 0 NOT NULL,
        satisfaction_average numeric(5,2)
            GENERATED ALWAYS AS (round(satisfaction_sum::numeric / nullif(satisfaction_count, 0), 2)) VIRTUAL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        CONSTRAINT pk_agents PRIMARY KEY (id),
        CONSTRAINT uq_agents_business_id_name UNIQUE (business_id, name),
        CONSTRAINT uq_agents_business_id_slug UNIQUE (business_id, slug),
        CONSTRAINT ck_agents_slug_form CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
        CONSTRAINT ck_agents_not_its_own_parent CHECK (parent_id <> id),
        CONSTRAINT ck_agents_satisfaction_sum_at_least_zero CHECK (satisfaction_sum >= 0),
        CONSTRAINT ck_agents_satisfaction_count_at_least_zero CHECK (satisfaction_count >= 0),
        CONSTRAINT fk_agents_parent_id
            FOREIGN KEY (parent_id) REFERENCES agents.agents (id) ON DELETE SET NULL,
        CONSTRAINT ck_agents_type_is_known
            CHECK (type IN ('ORCHESTRATOR', 'DIRECTOR', 'SPECIALIST', 'CUSTOMER_SUPPORT', 'SALES',
                'STAFF_ASSISTANT', 'ANALYTICS', 'CUSTOM')),
        CONSTRAINT ck_agents_status_is_known
            CHECK (status IN ('ACTIVE', 'TRAINING', 'INACTIVE', 'MAINTENANCE'))
    )
    """,
    "CREATE INDEX ix_agents_model_id ON agents.agents (model_id)",
    "CREATE INDEX ix_agents_parent_id ON agents.agents (parent_id)",
    "CREATE INDEX ix_agents_status ON agents.agents (status)",
    "CREATE INDEX ix_agents_type ON agents.agents (type)",
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
        satisfaction_rating integer,
        feedback text,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_conversations PRIMARY KEY (id),
        CONSTRAINT ck_conversations_satisfaction_rating_range CHECK (satisfaction_rating BETWEEN 1 AND 5),
        CONSTRAINT ck_conversations_temperature_range CHECK (temperature BETWEEN 0 AND 2),
        CONSTRAINT ck_conversations_max_tokens_positive CHECK (max_tokens > 0),
        CONSTRAINT ck_conversations_message_count_at_least_zero CHECK (message_count >= 0),
        CONSTRAINT ck_conversations_total_tokens_at_least_zero CHECK (total_tokens >= 0),
        CONSTRAINT ck_conversations_total_cost_at_least_zero CHECK (total_cost >= 0),
        CONSTRAINT ck_conversations_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT fk_conversations_agent_id
            FOREIGN KEY (agent_id) REFERENCES agents.agents (id) ON DELETE CASCADE,
        CONSTRAINT ck_conversations_user_type_is_known
            CHECK (user_type IN ('CUSTOMER', 'STAFF', 'ADMIN', 'ANONYMOUS')),
        CONSTRAINT ck_conversations_status_is_known CHECK (status IN ('ACTIVE', 'ARCHIVED', 'DELETED')),
        CONSTRAINT ck_conversations_outcome_is_known
            CHECK (outcome IN ('ONGOING', 'RESOLVED', 'ESCALATED', 'ABANDONED'))
    ) PARTITION BY RANGE (id)
    """,
    "CREATE INDEX ix_conversations_agent_id_id ON agents.conversations (agent_id, id)",
    "CREATE INDEX ix_conversations_agent_id_user_id_id ON agents.conversations (agent_id, user_id, id)",
    "CREATE INDEX ix_conversations_business_id_id ON agents.conversations (business_id, id)",
    "CREATE INDEX ix_conversations_model_id ON agents.conversations (model_id)",
    "CREATE INDEX ix_conversations_session_id ON agents.conversations (session_id)",
    "CREATE INDEX ix_conversations_user_id_id ON agents.conversations (user_id, id)",
    """
    CREATE TABLE agents.messages (
        id uuid DEFAULT uuidv7() NOT NULL,
        conversation_id uuid NOT NULL,
        model_id uuid,
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
        CONSTRAINT ck_messages_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT fk_messages_conversation_id
            FOREIGN KEY (conversation_id) REFERENCES agents.conversations (id) ON DELETE CASCADE,
        CONSTRAINT ck_messages_role_is_known CHECK (role IN ('USER', 'ASSISTANT', 'SYSTEM')),
        CONSTRAINT ck_messages_type_is_known CHECK (type IN ('TEXT', 'IMAGE', 'FILE', 'TOOL')),
        CONSTRAINT ck_messages_status_is_known CHECK (status IN ('SENT', 'DELIVERED', 'READ', 'FAILED'))
    ) PARTITION BY RANGE (id)
    """,
    "CREATE INDEX ix_messages_conversation_id_id ON agents.messages (conversation_id, id)",
    "CREATE INDEX ix_messages_model_id ON agents.messages (model_id)",
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
    *(
        f"CREATE TRIGGER touch_updated_at BEFORE UPDATE ON {table} FOR EACH ROW "
        "WHEN (new.updated_at = old.updated_at) EXECUTE FUNCTION public.touch_updated_at()"
        for table in TOUCHED
    ),
    *(
        f"CREATE TRIGGER {function}_after_{operation} AFTER {operation.upper()} ON {table} "
        f"REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION public.{function}()"
        for table, function in COUNTED
        for operation, rows in TRANSITIONS
    ),
)

DOWNGRADE = (
    "DROP TABLE agents.messages",
    "DROP TABLE agents.conversations",
    "DROP TABLE agents.agents",
    "DROP FUNCTION public.sum_satisfaction()",
    "DROP FUNCTION public.count_messages()",
    "DROP SCHEMA agents",
)


def upgrade() -> None:
    for statement in UPGRADE:
        op.execute(statement)


def downgrade() -> None:
    for statement in DOWNGRADE:
        op.execute(statement)

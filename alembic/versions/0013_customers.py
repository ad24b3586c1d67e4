"""Customers, their addresses, segments and contacts."""

from alembic import op

revision = "0013_customers"
down_revision = "0012_catalog"

TOUCHED = (
    "customers.addresses",
    "customers.customer_preferences",
    "customers.customer_segments",
    "customers.customers",
)
COUNTED = (("customers.segment_members", "count_segment_members"),)
TRANSITIONS = (
    ("insert", "NEW TABLE AS added"),
    ("update", "OLD TABLE AS removed NEW TABLE AS added"),
    ("delete", "OLD TABLE AS removed"),
)

UPGRADE = (
    "CREATE SCHEMA customers",
    r"""
    CREATE TABLE customers.customers (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        user_id uuid,
        manager_id uuid,
        email text NOT NULL,
        first_name text,
        last_name text,
        name text GENERATED ALWAYS AS (nullif(trim(coalesce(first_name, '') || ' ' || coalesce(last_name, '')), '')) VIRTUAL,
        company text,
        tax_number text,
        phone text,
        born_on date,
        locale text DEFAULT 'en' NOT NULL,
        tags text[] DEFAULT '{}' NOT NULL,
        notes text,
        is_active boolean DEFAULT true NOT NULL,
        is_vip boolean DEFAULT false NOT NULL,
        accepts_email_marketing boolean DEFAULT false NOT NULL,
        accepts_sms_marketing boolean DEFAULT false NOT NULL,
        accepts_newsletter boolean DEFAULT false NOT NULL,
        registration_ip inet,
        user_agent text,
        referral_source text,
        total_spent numeric(20,2) DEFAULT 0 NOT NULL,
        order_count integer DEFAULT 0 NOT NULL,
        average_order_value numeric(20,2) GENERATED ALWAYS AS (round(total_spent / nullif(order_count, 0), 2)) VIRTUAL,
        last_order_at timestamptz(3),
        lifetime_value numeric(20,2),
        churn_risk numeric(5,2),
        currency text DEFAULT 'USD' NOT NULL,
        shopify_id text,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        deleted_at timestamptz(3),
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_customers PRIMARY KEY (id),
        CONSTRAINT ck_customers_total_spent_at_least_zero CHECK (total_spent >= 0),
        CONSTRAINT ck_customers_order_count_at_least_zero CHECK (order_count >= 0),
        CONSTRAINT ck_customers_lifetime_value_at_least_zero CHECK (lifetime_value >= 0),
        CONSTRAINT ck_customers_email_form CHECK (email = lower(email) AND email ~ '^[^@\s]+@[^@\s]+\.[^@\s]+$'),
        CONSTRAINT ck_customers_phone_form CHECK (phone ~ '^\+[1-9][0-9]{5,14}$'),
        CONSTRAINT ck_customers_churn_risk_range CHECK (churn_risk BETWEEN 0 AND 100),
        CONSTRAINT ck_customers_currency_form CHECK (currency ~ '^[A-Z]{3}$')
    )
    """,
    "CREATE INDEX ix_customers_business_id_last_order_at ON customers.customers (business_id, last_order_at)",
    "CREATE INDEX ix_customers_business_id_total_spent ON customers.customers (business_id, total_spent)",
    "CREATE INDEX ix_customers_created_by_id ON customers.customers (created_by_id)",
    "CREATE INDEX ix_customers_email_is_active ON customers.customers (email, is_active)",
    "CREATE INDEX ix_customers_last_name_trigram ON customers.customers USING gin (last_name gin_trgm_ops)",
    "CREATE INDEX ix_customers_manager_id ON customers.customers (manager_id)",
    "CREATE INDEX ix_customers_tags ON customers.customers USING gin (tags)",
    "CREATE INDEX ix_customers_updated_by_id ON customers.customers (updated_by_id)",
    "CREATE INDEX ix_customers_user_id ON customers.customers (user_id)",
    "CREATE UNIQUE INDEX uq_customers_business_id_email ON customers.customers (business_id, email) WHERE deleted_at IS NULL",
    "CREATE UNIQUE INDEX uq_customers_business_id_shopify_id ON customers.customers (business_id, shopify_id) WHERE deleted_at IS NULL",
    "CREATE UNIQUE INDEX uq_customers_business_id_user_id ON customers.customers (business_id, user_id) WHERE deleted_at IS NULL",
    """
    CREATE TABLE customers.customer_segments (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        name text NOT NULL,
        type text NOT NULL,
        description text,
        criteria jsonb NOT NULL,
        is_dynamic boolean DEFAULT true NOT NULL,
        is_active boolean DEFAULT true NOT NULL,
        member_count integer DEFAULT 0 NOT NULL,
        evaluated_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_customer_segments PRIMARY KEY (id),
        CONSTRAINT ck_customer_segments_member_count_at_least_zero CHECK (member_count >= 0),
        CONSTRAINT ck_customer_segments_name_length CHECK (length(name) BETWEEN 1 AND 255),
        CONSTRAINT ck_customer_segments_type_is_known
            CHECK (type IN ('COMMERCIAL', 'RESIDENTIAL', 'ONLINE', 'VALUE', 'BEHAVIOR', 'LIFECYCLE', 'OTHER')),
        CONSTRAINT uq_customer_segments_business_id_name UNIQUE (business_id, name)
    )
    """,
    "CREATE INDEX ix_customer_segments_created_by_id ON customers.customer_segments (created_by_id)",
    "CREATE INDEX ix_customer_segments_type ON customers.customer_segments (type)",
    "CREATE INDEX ix_customer_segments_updated_by_id ON customers.customer_segments (updated_by_id)",
    r"""
    CREATE TABLE customers.addresses (
        id uuid DEFAULT uuidv7() NOT NULL,
        customer_id uuid NOT NULL,
        type text DEFAULT 'BOTH' NOT NULL,
        label text,
        recipient text NOT NULL,
        company text,
        street text NOT NULL,
        street_addition text,
        city text NOT NULL,
        region text,
        postal_code text,
        country text NOT NULL,
        phone text,
        instructions text,
        is_default boolean DEFAULT false NOT NULL,
        verified_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_addresses PRIMARY KEY (id),
        CONSTRAINT fk_addresses_customer_id
            FOREIGN KEY(customer_id) REFERENCES customers.customers (id) ON DELETE CASCADE,
        CONSTRAINT ck_addresses_type_is_known CHECK (type IN ('SHIPPING', 'BILLING', 'BOTH')),
        CONSTRAINT ck_addresses_recipient_length CHECK (length(recipient) BETWEEN 1 AND 255),
        CONSTRAINT ck_addresses_street_length CHECK (length(street) BETWEEN 1 AND 255),
        CONSTRAINT ck_addresses_city_length CHECK (length(city) BETWEEN 1 AND 100),
        CONSTRAINT ck_addresses_country_form CHECK (country ~ '^[A-Z]{2}$'),
        CONSTRAINT ck_addresses_phone_form CHECK (phone ~ '^\+[1-9][0-9]{5,14}$')
    )
    """,
    "CREATE INDEX ix_addresses_country_postal_code ON customers.addresses (country, postal_code)",
    "CREATE INDEX ix_addresses_customer_id ON customers.addresses (customer_id)",
    "CREATE UNIQUE INDEX uq_addresses_customer_id_type ON customers.addresses (customer_id, type) WHERE is_default",
    """
    CREATE TABLE customers.customer_preferences (
        id uuid DEFAULT uuidv7() NOT NULL,
        customer_id uuid NOT NULL,
        agent_id uuid,
        category text NOT NULL,
        key text NOT NULL,
        value text NOT NULL,
        source text DEFAULT 'STATED' NOT NULL,
        confidence numeric(5,2) DEFAULT 100 NOT NULL,
        confirmed_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_customer_preferences PRIMARY KEY (id),
        CONSTRAINT ck_customer_preferences_key_form CHECK (key ~ '^[a-z0-9_.]{1,80}$'),
        CONSTRAINT fk_customer_preferences_customer_id
            FOREIGN KEY(customer_id) REFERENCES customers.customers (id) ON DELETE CASCADE,
        CONSTRAINT ck_customer_preferences_category_is_known
            CHECK (category IN ('COMMUNICATION', 'PRODUCT', 'STYLE', 'DELIVERY', 'OTHER')),
        CONSTRAINT ck_customer_preferences_value_length CHECK (length(value) BETWEEN 1 AND 500),
        CONSTRAINT ck_customer_preferences_source_is_known CHECK (source IN ('STATED', 'INFERRED', 'IMPORTED')),
        CONSTRAINT ck_customer_preferences_confidence_range CHECK (confidence BETWEEN 0 AND 100),
        CONSTRAINT uq_customer_preferences_customer_id_key UNIQUE (customer_id, key)
    )
    """,
    "CREATE INDEX ix_customer_preferences_agent_id ON customers.customer_preferences (agent_id)",
    "CREATE INDEX ix_customer_preferences_key_value ON customers.customer_preferences (key, value)",
    """
    CREATE TABLE customers.segment_members (
        id uuid DEFAULT uuidv7() NOT NULL,
        segment_id uuid NOT NULL,
        customer_id uuid NOT NULL,
        assigned_by_id uuid,
        agent_id uuid,
        score numeric(5,2) DEFAULT 50 NOT NULL,
        reason text,
        assigned_at timestamptz(3) DEFAULT now() NOT NULL,
        expires_at timestamptz(3),
        CONSTRAINT pk_segment_members PRIMARY KEY (id),
        CONSTRAINT fk_segment_members_segment_id
            FOREIGN KEY(segment_id) REFERENCES customers.customer_segments (id) ON DELETE CASCADE,
        CONSTRAINT fk_segment_members_customer_id
            FOREIGN KEY(customer_id) REFERENCES customers.customers (id) ON DELETE CASCADE,
        CONSTRAINT ck_segment_members_score_range CHECK (score BETWEEN 0 AND 100),
        CONSTRAINT uq_segment_members_segment_id_customer_id UNIQUE (segment_id, customer_id)
    )
    """,
    "CREATE INDEX ix_segment_members_agent_id ON customers.segment_members (agent_id)",
    "CREATE INDEX ix_segment_members_assigned_by_id ON customers.segment_members (assigned_by_id)",
    "CREATE INDEX ix_segment_members_customer_id ON customers.segment_members (customer_id)",
    "CREATE INDEX ix_segment_members_segment_id_score ON customers.segment_members (segment_id, score)",
    """
    CREATE TABLE customers.customer_interactions (
        id uuid DEFAULT uuidv7() NOT NULL,
        customer_id uuid NOT NULL,
        agent_id uuid,
        user_id uuid,
        order_id uuid,
        ticket_id uuid,
        chat_session_id uuid,
        type text NOT NULL,
        channel text NOT NULL,
        direction text DEFAULT 'INBOUND' NOT NULL,
        content text,
        sentiment_score numeric(5,2),
        outcome text,
        metadata jsonb DEFAULT '{}' NOT NULL,
        duration_seconds integer,
        occurred_at timestamptz(3) DEFAULT now() NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_customer_interactions PRIMARY KEY (id),
        CONSTRAINT ck_customer_interactions_duration_seconds_at_least_zero CHECK (duration_seconds >= 0),
        CONSTRAINT fk_customer_interactions_customer_id
            FOREIGN KEY(customer_id) REFERENCES customers.customers (id) ON DELETE CASCADE,
        CONSTRAINT ck_customer_interactions_type_is_known
            CHECK (type IN ('INQUIRY', 'SALE', 'SUPPORT', 'COMPLAINT', 'FEEDBACK', 'MARKETING', 'VISIT', 'OTHER')),
        CONSTRAINT ck_customer_interactions_channel_is_known
            CHECK (channel IN ('EMAIL', 'PHONE', 'SMS', 'CHAT', 'SOCIAL', 'WEB', 'STORE', 'MARKETPLACE', 'OTHER')),
        CONSTRAINT ck_customer_interactions_direction_is_known CHECK (direction IN ('INBOUND', 'OUTBOUND')),
        CONSTRAINT ck_customer_interactions_sentiment_score_range CHECK (sentiment_score BETWEEN -1 AND 1),
        CONSTRAINT ck_customer_interactions_outcome_length CHECK (length(outcome) BETWEEN 1 AND 255)
    )
    """,
    "CREATE INDEX ix_customer_interactions_agent_id ON customers.customer_interactions (agent_id)",
    "CREATE INDEX ix_customer_interactions_chat_session_id ON customers.customer_interactions (chat_session_id)",
    "CREATE INDEX ix_customer_interactions_customer_id_occurred_at ON customers.customer_interactions (customer_id, occurred_at)",
    "CREATE INDEX ix_customer_interactions_order_id ON customers.customer_interactions (order_id)",
    "CREATE INDEX ix_customer_interactions_ticket_id ON customers.customer_interactions (ticket_id)",
    "CREATE INDEX ix_customer_interactions_type_occurred_at ON customers.customer_interactions (type, occurred_at)",
    "CREATE INDEX ix_customer_interactions_user_id ON customers.customer_interactions (user_id)",
    """
    CREATE FUNCTION public.count_segment_members() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      changes refcursor;
      change record;
    BEGIN
      CASE tg_op
        WHEN 'INSERT' THEN OPEN changes FOR
          SELECT segment_id AS id,
                 sum(sign * 1) AS member_count
            FROM (SELECT 1 AS sign, * FROM added) AS r
           GROUP BY segment_id ORDER BY segment_id;
        WHEN 'DELETE' THEN OPEN changes FOR
          SELECT segment_id AS id,
                 sum(sign * 1) AS member_count
            FROM (SELECT -1 AS sign, * FROM removed) AS r
           GROUP BY segment_id ORDER BY segment_id;
        WHEN 'UPDATE' THEN OPEN changes FOR
          SELECT segment_id AS id,
                 sum(sign * 1) AS member_count
            FROM (SELECT 1 AS sign, * FROM added UNION ALL SELECT -1 AS sign, * FROM removed) AS r
           GROUP BY segment_id ORDER BY segment_id;
      END CASE;
      LOOP
        FETCH changes INTO change;
        EXIT WHEN NOT found;
        CONTINUE WHEN change.member_count = 0;
        UPDATE customers.customer_segments AS p
           SET member_count = p.member_count + change.member_count
         WHERE p.id = change.id;
      END LOOP;
      CLOSE changes;
      RETURN NULL;
    END $$
    """,
)

DOWNGRADE = (
    "DROP TABLE customers.customer_interactions",
    "DROP TABLE customers.segment_members",
    "DROP TABLE customers.customer_preferences",
    "DROP TABLE customers.addresses",
    "DROP TABLE customers.customer_segments",
    "DROP TABLE customers.customers",
    "DROP FUNCTION public.count_segment_members()",
    "DROP SCHEMA customers",
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

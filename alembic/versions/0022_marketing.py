"""Campaigns, content and mailing lists."""

from alembic import op

revision = "0022_marketing"
down_revision = "0021_analytics"

TOUCHED = (
    "marketing.campaigns",
    "marketing.content_items",
    "marketing.email_lists",
    "marketing.email_subscribers",
)
COUNTED = (("marketing.email_subscribers", "count_subscribers"),)
TRANSITIONS = (
    ("insert", "NEW TABLE AS added"),
    ("update", "OLD TABLE AS removed NEW TABLE AS added"),
    ("delete", "OLD TABLE AS removed"),
)

UPGRADE = (
    "CREATE SCHEMA marketing",
    """
    CREATE TABLE marketing.email_lists (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        segment_id uuid,
        name text NOT NULL,
        description text,
        type text NOT NULL,
        criteria jsonb,
        is_active boolean DEFAULT true NOT NULL,
        is_double_opt_in boolean DEFAULT true NOT NULL,
        subscriber_count integer DEFAULT 0 NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_email_lists PRIMARY KEY (id),
        CONSTRAINT ck_email_lists_subscriber_count_at_least_zero CHECK (subscriber_count >= 0),
        CONSTRAINT ck_email_lists_name_length CHECK (length(name) BETWEEN 1 AND 255),
        CONSTRAINT ck_email_lists_type_is_known
            CHECK (type IN ('NEWSLETTER', 'PROMOTION', 'TRANSACTIONAL', 'SEGMENT', 'OTHER')),
        CONSTRAINT uq_email_lists_business_id_name UNIQUE (business_id, name)
    )
    """,
    "CREATE INDEX ix_email_lists_segment_id ON marketing.email_lists (segment_id)",
    """
    CREATE TABLE marketing.campaigns (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        goal_id uuid,
        owner_agent_id uuid,
        target_segment_id uuid,
        email_list_id uuid,
        name text NOT NULL,
        type text NOT NULL,
        status text DEFAULT 'DRAFT' NOT NULL,
        objective text,
        budget numeric(20,2),
        spent_amount numeric(20,2) DEFAULT 0 NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        starts_on date,
        ends_on date,
        sent_count integer DEFAULT 0 NOT NULL,
        opened_count integer DEFAULT 0 NOT NULL,
        clicked_count integer DEFAULT 0 NOT NULL,
        converted_count integer DEFAULT 0 NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        deleted_at timestamptz(3),
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_campaigns PRIMARY KEY (id),
        CONSTRAINT ck_campaigns_ends_on_not_before_starts_on CHECK (starts_on <= ends_on),
        CONSTRAINT ck_campaigns_starts_on_is_given
            CHECK (status IN ('DRAFT', 'CANCELLED') OR starts_on IS NOT NULL),
        CONSTRAINT ck_campaigns_budget_at_least_zero CHECK (budget >= 0),
        CONSTRAINT ck_campaigns_spent_amount_at_least_zero CHECK (spent_amount >= 0),
        CONSTRAINT ck_campaigns_sent_count_at_least_zero CHECK (sent_count >= 0),
        CONSTRAINT ck_campaigns_opened_count_at_least_zero CHECK (opened_count >= 0),
        CONSTRAINT ck_campaigns_clicked_count_at_least_zero CHECK (clicked_count >= 0),
        CONSTRAINT ck_campaigns_converted_count_at_least_zero CHECK (converted_count >= 0),
        CONSTRAINT fk_campaigns_email_list_id
            FOREIGN KEY(email_list_id) REFERENCES marketing.email_lists (id) ON DELETE SET NULL,
        CONSTRAINT ck_campaigns_name_length CHECK (length(name) BETWEEN 1 AND 255),
        CONSTRAINT ck_campaigns_type_is_known CHECK (type IN ('EMAIL', 'SOCIAL', 'SMS', 'ADS')),
        CONSTRAINT ck_campaigns_status_is_known
            CHECK (status IN ('DRAFT', 'SCHEDULED', 'ACTIVE', 'PAUSED', 'COMPLETED', 'CANCELLED')),
        CONSTRAINT ck_campaigns_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT uq_campaigns_business_id_name UNIQUE (business_id, name)
    )
    """,
    "CREATE INDEX ix_campaigns_business_id_status ON marketing.campaigns (business_id, status)",
    "CREATE INDEX ix_campaigns_created_by_id ON marketing.campaigns (created_by_id)",
    "CREATE INDEX ix_campaigns_email_list_id ON marketing.campaigns (email_list_id)",
    "CREATE INDEX ix_campaigns_goal_id ON marketing.campaigns (goal_id)",
    "CREATE INDEX ix_campaigns_owner_agent_id ON marketing.campaigns (owner_agent_id)",
    "CREATE INDEX ix_campaigns_target_segment_id ON marketing.campaigns (target_segment_id)",
    "CREATE INDEX ix_campaigns_type ON marketing.campaigns (type)",
    "CREATE INDEX ix_campaigns_updated_by_id ON marketing.campaigns (updated_by_id)",
    r"""
    CREATE TABLE marketing.email_subscribers (
        id uuid DEFAULT uuidv7() NOT NULL,
        list_id uuid NOT NULL,
        customer_id uuid,
        email text NOT NULL,
        first_name text,
        status text DEFAULT 'PENDING' NOT NULL,
        source text,
        consent_text text,
        bounce_count integer DEFAULT 0 NOT NULL,
        subscribed_at timestamptz(3) DEFAULT now() NOT NULL,
        confirmed_at timestamptz(3),
        unsubscribed_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_email_subscribers PRIMARY KEY (id),
        CONSTRAINT ck_email_subscribers_confirmed_at_not_before_subscribed_at CHECK (subscribed_at <= confirmed_at),
        CONSTRAINT ck_email_subscribers_unsubscribed_at_fits
            CHECK ((status = 'UNSUBSCRIBED') = (unsubscribed_at IS NOT NULL)),
        CONSTRAINT ck_email_subscribers_bounce_count_at_least_zero CHECK (bounce_count >= 0),
        CONSTRAINT fk_email_subscribers_list_id
            FOREIGN KEY(list_id) REFERENCES marketing.email_lists (id) ON DELETE CASCADE,
        CONSTRAINT ck_email_subscribers_email_form
            CHECK (email = lower(email) AND email ~ '^[^@\s]+@[^@\s]+\.[^@\s]+$'),
        CONSTRAINT ck_email_subscribers_status_is_known
            CHECK (status IN ('PENDING', 'SUBSCRIBED', 'UNSUBSCRIBED', 'BOUNCED', 'COMPLAINED')),
        CONSTRAINT uq_email_subscribers_list_id_email UNIQUE (list_id, email)
    )
    """,
    "CREATE INDEX ix_email_subscribers_customer_id ON marketing.email_subscribers (customer_id)",
    "CREATE INDEX ix_email_subscribers_email ON marketing.email_subscribers (email)",
    "CREATE INDEX ix_email_subscribers_list_id_status ON marketing.email_subscribers (list_id, status)",
    """
    CREATE TABLE marketing.content_items (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        campaign_id uuid,
        created_by_agent_id uuid,
        product_id uuid,
        type text NOT NULL,
        title text,
        body text,
        media_url text,
        language text DEFAULT 'en' NOT NULL,
        metadata jsonb DEFAULT '{}' NOT NULL,
        status text DEFAULT 'DRAFT' NOT NULL,
        performance_metrics jsonb DEFAULT '{}' NOT NULL,
        published_at timestamptz(3),
        search_vector tsvector GENERATED ALWAYS AS (setweight(to_tsvector('english', coalesce(title, '')), 'A') || setweight(to_tsvector('english', coalesce(body, '')), 'B')) STORED NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_content_items PRIMARY KEY (id),
        CONSTRAINT ck_content_items_published_at_is_given CHECK (status <> 'PUBLISHED' OR published_at IS NOT NULL),
        CONSTRAINT fk_content_items_campaign_id
            FOREIGN KEY(campaign_id) REFERENCES marketing.campaigns (id) ON DELETE SET NULL,
        CONSTRAINT ck_content_items_type_is_known
            CHECK (type IN ('EMAIL', 'POST', 'ARTICLE', 'AD_TEXT', 'LANDING_PAGE', 'VIDEO', 'IMAGE', 'SMS', 'OTHER')),
        CONSTRAINT ck_content_items_title_length CHECK (length(title) BETWEEN 1 AND 500),
        CONSTRAINT ck_content_items_status_is_known
            CHECK (status IN ('DRAFT', 'IN_REVIEW', 'APPROVED', 'PUBLISHED', 'ARCHIVED'))
    )
    """,
    "CREATE INDEX ix_content_items_business_id_status ON marketing.content_items (business_id, status)",
    "CREATE INDEX ix_content_items_campaign_id ON marketing.content_items (campaign_id)",
    "CREATE INDEX ix_content_items_created_by_agent_id ON marketing.content_items (created_by_agent_id)",
    "CREATE INDEX ix_content_items_created_by_id ON marketing.content_items (created_by_id)",
    "CREATE INDEX ix_content_items_product_id ON marketing.content_items (product_id)",
    "CREATE INDEX ix_content_items_search_vector ON marketing.content_items USING gin (search_vector)",
    "CREATE INDEX ix_content_items_type ON marketing.content_items (type)",
    "CREATE INDEX ix_content_items_updated_by_id ON marketing.content_items (updated_by_id)",
    """
    CREATE FUNCTION public.count_subscribers() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      changes refcursor;
      change record;
    BEGIN
      CASE tg_op
        WHEN 'INSERT' THEN OPEN changes FOR
          SELECT list_id AS id,
                 sum(sign * (status = 'SUBSCRIBED')::int) AS subscriber_count
            FROM (SELECT 1 AS sign, * FROM added) AS r
           GROUP BY list_id ORDER BY list_id;
        WHEN 'DELETE' THEN OPEN changes FOR
          SELECT list_id AS id,
                 sum(sign * (status = 'SUBSCRIBED')::int) AS subscriber_count
            FROM (SELECT -1 AS sign, * FROM removed) AS r
           GROUP BY list_id ORDER BY list_id;
        WHEN 'UPDATE' THEN OPEN changes FOR
          SELECT list_id AS id,
                 sum(sign * (status = 'SUBSCRIBED')::int) AS subscriber_count
            FROM (SELECT 1 AS sign, * FROM added UNION ALL SELECT -1 AS sign, * FROM removed) AS r
           GROUP BY list_id ORDER BY list_id;
      END CASE;
      LOOP
        FETCH changes INTO change;
        EXIT WHEN NOT found;
        CONTINUE WHEN change.subscriber_count = 0;
        UPDATE marketing.email_lists AS p
           SET subscriber_count = p.subscriber_count + change.subscriber_count
         WHERE p.id = change.id;
      END LOOP;
      CLOSE changes;
      RETURN NULL;
    END $$
    """,
)

DOWNGRADE = (
    "DROP TABLE marketing.content_items",
    "DROP TABLE marketing.email_subscribers",
    "DROP TABLE marketing.campaigns",
    "DROP TABLE marketing.email_lists",
    "DROP FUNCTION public.count_subscribers()",
    "DROP SCHEMA marketing",
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

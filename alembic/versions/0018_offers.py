"""Offers, where they hold and who took them."""

from alembic import op

revision = "0018_offers"
down_revision = "0017_suppliers"

TOUCHED = (
    "offers.offer_daily_stats",
    "offers.offer_marketplaces",
    "offers.offer_redemptions",
    "offers.offers",
)
COUNTED = (("offers.offer_redemptions", "count_redemptions"),)
TRANSITIONS = (
    ("insert", "NEW TABLE AS added"),
    ("update", "OLD TABLE AS removed NEW TABLE AS added"),
    ("delete", "OLD TABLE AS removed"),
)

UPGRADE = (
    "CREATE SCHEMA offers",
    """
    CREATE TABLE offers.offers (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        campaign_id uuid,
        segment_id uuid,
        agent_id uuid,
        name text NOT NULL,
        slug text NOT NULL,
        code text,
        description text,
        terms text,
        type text NOT NULL,
        value numeric(20,2) DEFAULT 0 NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        minimum_amount numeric(20,2),
        maximum_discount numeric(20,2),
        usage_limit integer,
        customer_limit integer,
        usage_count integer DEFAULT 0 NOT NULL,
        priority integer DEFAULT 0 NOT NULL,
        is_stackable boolean DEFAULT false NOT NULL,
        status text DEFAULT 'DRAFT' NOT NULL,
        starts_at timestamptz(3) NOT NULL,
        ends_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_offers PRIMARY KEY (id),
        CONSTRAINT uq_offers_business_id_code UNIQUE (business_id, code),
        CONSTRAINT ck_offers_code_form CHECK (code ~ '^[A-Z0-9-]{3,40}$'),
        CONSTRAINT ck_offers_value_fits CHECK (type <> 'PERCENTAGE' OR value BETWEEN 0 AND 100),
        CONSTRAINT ck_offers_usage_count_fits CHECK (usage_count <= usage_limit),
        CONSTRAINT ck_offers_customer_limit_fits CHECK (customer_limit <= usage_limit),
        CONSTRAINT ck_offers_ends_at_not_before_starts_at CHECK (starts_at <= ends_at),
        CONSTRAINT ck_offers_value_at_least_zero CHECK (value >= 0),
        CONSTRAINT ck_offers_minimum_amount_at_least_zero CHECK (minimum_amount >= 0),
        CONSTRAINT ck_offers_maximum_discount_at_least_zero CHECK (maximum_discount >= 0),
        CONSTRAINT ck_offers_usage_count_at_least_zero CHECK (usage_count >= 0),
        CONSTRAINT ck_offers_name_length CHECK (length(name) BETWEEN 1 AND 200),
        CONSTRAINT ck_offers_slug_form CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
        CONSTRAINT ck_offers_type_is_known
            CHECK (type IN ('PERCENTAGE', 'FIXED_AMOUNT', 'BUNDLE_PRICE', 'BUY_X_GET_Y', 'FREE_SHIPPING', 'GIFT')),
        CONSTRAINT ck_offers_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_offers_usage_limit_positive CHECK (usage_limit > 0),
        CONSTRAINT ck_offers_customer_limit_positive CHECK (customer_limit > 0),
        CONSTRAINT ck_offers_status_is_known
            CHECK (status IN ('DRAFT', 'SCHEDULED', 'ACTIVE', 'PAUSED', 'ENDED', 'CANCELLED')),
        CONSTRAINT uq_offers_business_id_slug UNIQUE (business_id, slug)
    )
    """,
    "CREATE INDEX ix_offers_agent_id ON offers.offers (agent_id)",
    "CREATE INDEX ix_offers_business_id_status_starts_at ON offers.offers (business_id, status, starts_at)",
    "CREATE INDEX ix_offers_campaign_id ON offers.offers (campaign_id)",
    "CREATE INDEX ix_offers_created_by_id ON offers.offers (created_by_id)",
    "CREATE INDEX ix_offers_segment_id ON offers.offers (segment_id)",
    "CREATE INDEX ix_offers_updated_by_id ON offers.offers (updated_by_id)",
    """
    CREATE TABLE offers.offer_products (
        id uuid DEFAULT uuidv7() NOT NULL,
        offer_id uuid NOT NULL,
        product_id uuid NOT NULL,
        variant_id uuid,
        role text DEFAULT 'QUALIFYING' NOT NULL,
        quantity integer DEFAULT 1 NOT NULL,
        special_price numeric(20,2),
        currency text DEFAULT 'USD' NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_offer_products PRIMARY KEY (id),
        CONSTRAINT ck_offer_products_special_price_fits CHECK (special_price IS NULL OR role <> 'EXCLUDED'),
        CONSTRAINT ck_offer_products_special_price_at_least_zero CHECK (special_price >= 0),
        CONSTRAINT fk_offer_products_offer_id FOREIGN KEY(offer_id) REFERENCES offers.offers (id) ON DELETE CASCADE,
        CONSTRAINT ck_offer_products_role_is_known CHECK (role IN ('QUALIFYING', 'REWARD', 'EXCLUDED')),
        CONSTRAINT ck_offer_products_quantity_positive CHECK (quantity > 0),
        CONSTRAINT ck_offer_products_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT uq_offer_products_offer_id_product_id_variant_id_role UNIQUE NULLS NOT DISTINCT (offer_id, product_id, variant_id, role)
    )
    """,
    "CREATE INDEX ix_offer_products_product_id ON offers.offer_products (product_id)",
    "CREATE INDEX ix_offer_products_variant_id ON offers.offer_products (variant_id)",
    """
    CREATE TABLE offers.offer_marketplaces (
        id uuid DEFAULT uuidv7() NOT NULL,
        offer_id uuid NOT NULL,
        marketplace_id uuid NOT NULL,
        status text DEFAULT 'PENDING' NOT NULL,
        external_id text,
        value numeric(20,2),
        error text,
        published_at timestamptz(3),
        ended_at timestamptz(3),
        last_synced_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_offer_marketplaces PRIMARY KEY (id),
        CONSTRAINT ck_offer_marketplaces_published_at_is_given
            CHECK (status NOT IN ('LIVE', 'ENDED') OR published_at IS NOT NULL),
        CONSTRAINT ck_offer_marketplaces_error_is_given CHECK (status <> 'REJECTED' OR error IS NOT NULL),
        CONSTRAINT ck_offer_marketplaces_ended_at_not_before_published_at CHECK (published_at <= ended_at),
        CONSTRAINT ck_offer_marketplaces_value_at_least_zero CHECK (value >= 0),
        CONSTRAINT fk_offer_marketplaces_offer_id
            FOREIGN KEY(offer_id) REFERENCES offers.offers (id) ON DELETE CASCADE,
        CONSTRAINT ck_offer_marketplaces_status_is_known CHECK (status IN ('PENDING', 'LIVE', 'REJECTED', 'ENDED')),
        CONSTRAINT uq_offer_marketplaces_offer_id_marketplace_id UNIQUE (offer_id, marketplace_id)
    )
    """,
    "CREATE INDEX ix_offer_marketplaces_marketplace_id ON offers.offer_marketplaces (marketplace_id)",
    "CREATE INDEX ix_offer_marketplaces_status ON offers.offer_marketplaces (status)",
    """
    CREATE TABLE offers.offer_redemptions (
        id uuid DEFAULT uuidv7() NOT NULL,
        offer_id uuid NOT NULL,
        order_id uuid NOT NULL,
        customer_id uuid,
        marketplace_id uuid,
        code text,
        discount_amount numeric(20,2) NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        status text DEFAULT 'APPLIED' NOT NULL,
        redeemed_at timestamptz(3) DEFAULT now() NOT NULL,
        reversed_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_offer_redemptions PRIMARY KEY (id),
        CONSTRAINT ck_offer_redemptions_reversed_at_fits CHECK ((status = 'REVERSED') = (reversed_at IS NOT NULL)),
        CONSTRAINT ck_offer_redemptions_reversed_at_not_before_redeemed_at CHECK (redeemed_at <= reversed_at),
        CONSTRAINT ck_offer_redemptions_discount_amount_at_least_zero CHECK (discount_amount >= 0),
        CONSTRAINT fk_offer_redemptions_offer_id
            FOREIGN KEY(offer_id) REFERENCES offers.offers (id) ON DELETE RESTRICT,
        CONSTRAINT ck_offer_redemptions_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_offer_redemptions_status_is_known CHECK (status IN ('APPLIED', 'REVERSED')),
        CONSTRAINT uq_offer_redemptions_offer_id_order_id UNIQUE (offer_id, order_id)
    )
    """,
    "CREATE INDEX ix_offer_redemptions_customer_id ON offers.offer_redemptions (customer_id)",
    "CREATE INDEX ix_offer_redemptions_marketplace_id ON offers.offer_redemptions (marketplace_id)",
    "CREATE INDEX ix_offer_redemptions_offer_id_redeemed_at ON offers.offer_redemptions (offer_id, redeemed_at)",
    "CREATE INDEX ix_offer_redemptions_order_id ON offers.offer_redemptions (order_id)",
    """
    CREATE TABLE offers.offer_daily_stats (
        id uuid DEFAULT uuidv7() NOT NULL,
        offer_id uuid NOT NULL,
        marketplace_id uuid,
        day date NOT NULL,
        view_count integer DEFAULT 0 NOT NULL,
        click_count integer DEFAULT 0 NOT NULL,
        redemption_count integer DEFAULT 0 NOT NULL,
        revenue numeric(20,2) DEFAULT 0 NOT NULL,
        discount_amount numeric(20,2) DEFAULT 0 NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        click_rate numeric(20,4) GENERATED ALWAYS AS (round(100.0 * click_count / nullif(view_count, 0), 2)) VIRTUAL,
        redemption_rate numeric(20,4) GENERATED ALWAYS AS (round(100.0 * redemption_count / nullif(click_count, 0), 2)) VIRTUAL,
        average_order_value numeric(20,2) GENERATED ALWAYS AS (round(revenue / nullif(redemption_count, 0), 2)) VIRTUAL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_offer_daily_stats PRIMARY KEY (id),
        CONSTRAINT ck_offer_daily_stats_click_count_fits CHECK (click_count <= view_count),
        CONSTRAINT ck_offer_daily_stats_view_count_at_least_zero CHECK (view_count >= 0),
        CONSTRAINT ck_offer_daily_stats_click_count_at_least_zero CHECK (click_count >= 0),
        CONSTRAINT ck_offer_daily_stats_redemption_count_at_least_zero CHECK (redemption_count >= 0),
        CONSTRAINT ck_offer_daily_stats_revenue_at_least_zero CHECK (revenue >= 0),
        CONSTRAINT ck_offer_daily_stats_discount_amount_at_least_zero CHECK (discount_amount >= 0),
        CONSTRAINT fk_offer_daily_stats_offer_id
            FOREIGN KEY(offer_id) REFERENCES offers.offers (id) ON DELETE CASCADE,
        CONSTRAINT ck_offer_daily_stats_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT uq_offer_daily_stats_offer_id_marketplace_id_day UNIQUE NULLS NOT DISTINCT (offer_id, marketplace_id, day)
    )
    """,
    "CREATE INDEX ix_offer_daily_stats_day ON offers.offer_daily_stats (day)",
    "CREATE INDEX ix_offer_daily_stats_marketplace_id ON offers.offer_daily_stats (marketplace_id)",
    """
    CREATE FUNCTION public.count_redemptions() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      changes refcursor;
      change record;
    BEGIN
      CASE tg_op
        WHEN 'INSERT' THEN OPEN changes FOR
          SELECT offer_id AS id,
                 sum(sign * (status = 'APPLIED')::int) AS usage_count
            FROM (SELECT 1 AS sign, * FROM added) AS r
           GROUP BY offer_id ORDER BY offer_id;
        WHEN 'DELETE' THEN OPEN changes FOR
          SELECT offer_id AS id,
                 sum(sign * (status = 'APPLIED')::int) AS usage_count
            FROM (SELECT -1 AS sign, * FROM removed) AS r
           GROUP BY offer_id ORDER BY offer_id;
        WHEN 'UPDATE' THEN OPEN changes FOR
          SELECT offer_id AS id,
                 sum(sign * (status = 'APPLIED')::int) AS usage_count
            FROM (SELECT 1 AS sign, * FROM added UNION ALL SELECT -1 AS sign, * FROM removed) AS r
           GROUP BY offer_id ORDER BY offer_id;
      END CASE;
      LOOP
        FETCH changes INTO change;
        EXIT WHEN NOT found;
        CONTINUE WHEN change.usage_count = 0;
        UPDATE offers.offers AS p
           SET usage_count = p.usage_count + change.usage_count
         WHERE p.id = change.id;
      END LOOP;
      CLOSE changes;
      RETURN NULL;
    END $$
    """,
)

DOWNGRADE = (
    "DROP TABLE offers.offer_daily_stats",
    "DROP TABLE offers.offer_redemptions",
    "DROP TABLE offers.offer_marketplaces",
    "DROP TABLE offers.offer_products",
    "DROP TABLE offers.offers",
    "DROP FUNCTION public.count_redemptions()",
    "DROP SCHEMA offers",
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

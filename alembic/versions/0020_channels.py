"""Marketplaces and the business done there."""

from alembic import op

revision = "0020_channels"
down_revision = "0019_advertising"

TOUCHED = (
    "channels.marketplace_accounts",
    "channels.marketplace_carriers",
    "channels.marketplace_daily_stats",
    "channels.marketplace_fees",
    "channels.marketplace_inventory_syncs",
    "channels.marketplace_listings",
    "channels.marketplace_orders",
    "channels.marketplace_pricing_rules",
    "channels.marketplace_sync_logs",
    "channels.marketplaces",
)

UPGRADE = (
    "CREATE SCHEMA channels",
    """
    CREATE TABLE channels.marketplaces (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid,
        name text NOT NULL,
        slug text NOT NULL,
        platform text NOT NULL,
        description text,
        url text,
        country text,
        currency text DEFAULT 'USD' NOT NULL,
        commission_rate numeric(5,2),
        features text[] DEFAULT '{}' NOT NULL,
        is_active boolean DEFAULT true NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_marketplaces PRIMARY KEY (id),
        CONSTRAINT ck_marketplaces_url_form CHECK (url ~ '^https://[^ /]+'),
        CONSTRAINT ck_marketplaces_name_length CHECK (length(name) BETWEEN 1 AND 200),
        CONSTRAINT ck_marketplaces_slug_form CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
        CONSTRAINT ck_marketplaces_platform_is_known
            CHECK (platform IN ('AMAZON', 'EBAY', 'WALMART', 'ETSY', 'TIKTOK_SHOP', 'OTHER')),
        CONSTRAINT ck_marketplaces_country_form CHECK (country ~ '^[A-Z]{2}$'),
        CONSTRAINT ck_marketplaces_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_marketplaces_commission_rate_range CHECK (commission_rate BETWEEN 0 AND 100),
        CONSTRAINT uq_marketplaces_business_id_slug UNIQUE NULLS NOT DISTINCT (business_id, slug)
    )
    """,
    "CREATE INDEX ix_marketplaces_created_by_id ON channels.marketplaces (created_by_id)",
    "CREATE INDEX ix_marketplaces_platform ON channels.marketplaces (platform)",
    "CREATE INDEX ix_marketplaces_updated_by_id ON channels.marketplaces (updated_by_id)",
    """
    CREATE TABLE channels.marketplace_accounts (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        marketplace_id uuid NOT NULL,
        agent_id uuid,
        warehouse_id uuid,
        name text NOT NULL,
        seller_id text,
        status text DEFAULT 'PENDING' NOT NULL,
        credentials text,
        credentials_expire_at timestamptz(3),
        is_order_import_on boolean DEFAULT true NOT NULL,
        is_inventory_sync_on boolean DEFAULT true NOT NULL,
        is_price_sync_on boolean DEFAULT true NOT NULL,
        sync_minutes integer DEFAULT 15 NOT NULL,
        buffer_quantity integer DEFAULT 0 NOT NULL,
        settings jsonb DEFAULT '{}' NOT NULL,
        connected_at timestamptz(3),
        disconnected_at timestamptz(3),
        last_synced_at timestamptz(3),
        last_error text,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_marketplace_accounts PRIMARY KEY (id),
        CONSTRAINT uq_marketplace_accounts_marketplace_id_business_id_seller_id UNIQUE (marketplace_id, business_id, seller_id),
        CONSTRAINT ck_marketplace_accounts_connected_at_is_given
            CHECK (status NOT IN ('ACTIVE', 'PAUSED') OR connected_at IS NOT NULL),
        CONSTRAINT ck_marketplace_accounts_last_error_is_given CHECK (status <> 'ERROR' OR last_error IS NOT NULL),
        CONSTRAINT ck_marketplace_accounts_disconnected_at_not_before_connected_at
            CHECK (connected_at <= disconnected_at),
        CONSTRAINT ck_marketplace_accounts_buffer_quantity_at_least_zero CHECK (buffer_quantity >= 0),
        CONSTRAINT fk_marketplace_accounts_marketplace_id
            FOREIGN KEY(marketplace_id) REFERENCES channels.marketplaces (id) ON DELETE RESTRICT,
        CONSTRAINT ck_marketplace_accounts_name_length CHECK (length(name) BETWEEN 1 AND 200),
        CONSTRAINT ck_marketplace_accounts_status_is_known
            CHECK (status IN ('PENDING', 'ACTIVE', 'PAUSED', 'ERROR', 'DISCONNECTED')),
        CONSTRAINT ck_marketplace_accounts_sync_minutes_positive CHECK (sync_minutes > 0),
        CONSTRAINT uq_marketplace_accounts_business_id_name UNIQUE (business_id, name)
    )
    """,
    "CREATE INDEX ix_marketplace_accounts_agent_id ON channels.marketplace_accounts (agent_id)",
    "CREATE INDEX ix_marketplace_accounts_business_id_status ON channels.marketplace_accounts (business_id, status)",
    "CREATE INDEX ix_marketplace_accounts_created_by_id ON channels.marketplace_accounts (created_by_id)",
    "CREATE INDEX ix_marketplace_accounts_updated_by_id ON channels.marketplace_accounts (updated_by_id)",
    "CREATE INDEX ix_marketplace_accounts_warehouse_id ON channels.marketplace_accounts (warehouse_id)",
    """
    CREATE TABLE channels.marketplace_carriers (
        id uuid DEFAULT uuidv7() NOT NULL,
        marketplace_id uuid NOT NULL,
        carrier_id uuid NOT NULL,
        external_code text NOT NULL,
        service_codes jsonb DEFAULT '{}' NOT NULL,
        priority integer DEFAULT 1 NOT NULL,
        handling_days integer DEFAULT 1 NOT NULL,
        cutoff_hour integer,
        maximum_weight_kg numeric(20,4),
        surcharge_amount numeric(20,2) DEFAULT 0 NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        is_tracking_required boolean DEFAULT true NOT NULL,
        is_active boolean DEFAULT true NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        CONSTRAINT pk_marketplace_carriers PRIMARY KEY (id),
        CONSTRAINT ck_marketplace_carriers_handling_days_at_least_zero CHECK (handling_days >= 0),
        CONSTRAINT ck_marketplace_carriers_surcharge_amount_at_least_zero CHECK (surcharge_amount >= 0),
        CONSTRAINT fk_marketplace_carriers_marketplace_id
            FOREIGN KEY(marketplace_id) REFERENCES channels.marketplaces (id) ON DELETE CASCADE,
        CONSTRAINT ck_marketplace_carriers_external_code_length CHECK (length(external_code) BETWEEN 1 AND 100),
        CONSTRAINT ck_marketplace_carriers_priority_positive CHECK (priority > 0),
        CONSTRAINT ck_marketplace_carriers_cutoff_hour_range CHECK (cutoff_hour BETWEEN 0 AND 23),
        CONSTRAINT ck_marketplace_carriers_maximum_weight_kg_positive CHECK (maximum_weight_kg > 0),
        CONSTRAINT ck_marketplace_carriers_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT uq_marketplace_carriers_marketplace_id_carrier_id UNIQUE (marketplace_id, carrier_id)
    )
    """,
    "CREATE INDEX ix_marketplace_carriers_carrier_id ON channels.marketplace_carriers (carrier_id)",
    """
    CREATE TABLE channels.marketplace_pricing_rules (
        id uuid DEFAULT uuidv7() NOT NULL,
        account_id uuid NOT NULL,
        category_id uuid,
        agent_id uuid,
        name text NOT NULL,
        description text,
        strategy text NOT NULL,
        adjustment_type text DEFAULT 'PERCENT' NOT NULL,
        adjustment numeric(20,4) DEFAULT 0 NOT NULL,
        conditions jsonb DEFAULT '{}' NOT NULL,
        minimum_price numeric(20,2),
        maximum_price numeric(20,2),
        minimum_margin numeric(5,2),
        currency text DEFAULT 'USD' NOT NULL,
        priority integer DEFAULT 0 NOT NULL,
        is_active boolean DEFAULT true NOT NULL,
        starts_at timestamptz(3),
        ends_at timestamptz(3),
        last_applied_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_marketplace_pricing_rules PRIMARY KEY (id),
        CONSTRAINT ck_marketplace_pricing_rules_maximum_price_fits CHECK (minimum_price <= maximum_price),
        CONSTRAINT ck_marketplace_pricing_rules_ends_at_not_before_starts_at CHECK (starts_at <= ends_at),
        CONSTRAINT ck_marketplace_pricing_rules_minimum_price_at_least_zero CHECK (minimum_price >= 0),
        CONSTRAINT ck_marketplace_pricing_rules_maximum_price_at_least_zero CHECK (maximum_price >= 0),
        CONSTRAINT fk_marketplace_pricing_rules_account_id
            FOREIGN KEY(account_id) REFERENCES channels.marketplace_accounts (id) ON DELETE CASCADE,
        CONSTRAINT ck_marketplace_pricing_rules_name_length CHECK (length(name) BETWEEN 1 AND 200),
        CONSTRAINT ck_marketplace_pricing_rules_strategy_is_known
            CHECK (strategy IN ('MARKUP', 'MATCH_LOWEST', 'UNDERCUT', 'BUY_BOX', 'COVER_FEES')),
        CONSTRAINT ck_marketplace_pricing_rules_adjustment_type_is_known
            CHECK (adjustment_type IN ('PERCENT', 'AMOUNT')),
        CONSTRAINT ck_marketplace_pricing_rules_minimum_margin_range CHECK (minimum_margin BETWEEN 0 AND 100),
        CONSTRAINT ck_marketplace_pricing_rules_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT uq_marketplace_pricing_rules_account_id_name UNIQUE (account_id, name)
    )
    """,
    "CREATE INDEX ix_marketplace_pricing_rules_account_id_is_active_priority ON channels.marketplace_pricing_rules (account_id, is_active, priority)",
    "CREATE INDEX ix_marketplace_pricing_rules_agent_id ON channels.marketplace_pricing_rules (agent_id)",
    "CREATE INDEX ix_marketplace_pricing_rules_category_id ON channels.marketplace_pricing_rules (category_id)",
    "CREATE INDEX ix_marketplace_pricing_rules_created_by_id ON channels.marketplace_pricing_rules (created_by_id)",
    "CREATE INDEX ix_marketplace_pricing_rules_updated_by_id ON channels.marketplace_pricing_rules (updated_by_id)",
    """
    CREATE TABLE channels.marketplace_sync_logs (
        id uuid DEFAULT uuidv7() NOT NULL,
        account_id uuid NOT NULL,
        agent_id uuid,
        started_by_id uuid,
        type text NOT NULL,
        direction text NOT NULL,
        trigger text DEFAULT 'SCHEDULE' NOT NULL,
        status text DEFAULT 'RUNNING' NOT NULL,
        record_count integer DEFAULT 0 NOT NULL,
        success_count integer DEFAULT 0 NOT NULL,
        failed_count integer DEFAULT 0 NOT NULL,
        cursor text,
        error text,
        failures jsonb DEFAULT '[]' NOT NULL,
        started_at timestamptz(3) DEFAULT now() NOT NULL,
        completed_at timestamptz(3),
        duration_ms bigint GENERATED ALWAYS AS ((1000 * extract(epoch FROM completed_at - started_at))::bigint) VIRTUAL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_marketplace_sync_logs PRIMARY KEY (id),
        CONSTRAINT ck_marketplace_sync_logs_completed_at_fits CHECK ((status = 'RUNNING') = (completed_at IS NULL)),
        CONSTRAINT ck_marketplace_sync_logs_success_count_fits CHECK (success_count + failed_count <= record_count),
        CONSTRAINT ck_marketplace_sync_logs_error_is_given CHECK (status <> 'FAILED' OR error IS NOT NULL),
        CONSTRAINT ck_marketplace_sync_logs_completed_at_not_before_started_at CHECK (started_at <= completed_at),
        CONSTRAINT ck_marketplace_sync_logs_record_count_at_least_zero CHECK (record_count >= 0),
        CONSTRAINT ck_marketplace_sync_logs_success_count_at_least_zero CHECK (success_count >= 0),
        CONSTRAINT ck_marketplace_sync_logs_failed_count_at_least_zero CHECK (failed_count >= 0),
        CONSTRAINT fk_marketplace_sync_logs_account_id
            FOREIGN KEY(account_id) REFERENCES channels.marketplace_accounts (id) ON DELETE CASCADE,
        CONSTRAINT ck_marketplace_sync_logs_type_is_known
            CHECK (type IN ('LISTINGS', 'INVENTORY', 'PRICES', 'ORDERS', 'SHIPMENTS', 'FEES')),
        CONSTRAINT ck_marketplace_sync_logs_direction_is_known CHECK (direction IN ('IMPORT', 'EXPORT')),
        CONSTRAINT ck_marketplace_sync_logs_trigger_is_known
            CHECK (trigger IN ('SCHEDULE', 'WEBHOOK', 'EVENT', 'MANUAL')),
        CONSTRAINT ck_marketplace_sync_logs_status_is_known
            CHECK (status IN ('RUNNING', 'COMPLETED', 'PARTIAL', 'FAILED'))
    )
    """,
    "CREATE INDEX ix_marketplace_sync_logs_account_id_type_started_at ON channels.marketplace_sync_logs (account_id, type, started_at)",
    "CREATE INDEX ix_marketplace_sync_logs_agent_id ON channels.marketplace_sync_logs (agent_id)",
    "CREATE INDEX ix_marketplace_sync_logs_started_by_id ON channels.marketplace_sync_logs (started_by_id)",
    "CREATE INDEX ix_marketplace_sync_logs_status_started_at ON channels.marketplace_sync_logs (status, started_at)",
    """
    CREATE TABLE channels.marketplace_daily_stats (
        id uuid DEFAULT uuidv7() NOT NULL,
        account_id uuid NOT NULL,
        day date NOT NULL,
        view_count integer DEFAULT 0 NOT NULL,
        visit_count integer DEFAULT 0 NOT NULL,
        order_count integer DEFAULT 0 NOT NULL,
        unit_count integer DEFAULT 0 NOT NULL,
        cancelled_count integer DEFAULT 0 NOT NULL,
        return_count integer DEFAULT 0 NOT NULL,
        revenue numeric(20,2) DEFAULT 0 NOT NULL,
        refund_amount numeric(20,2) DEFAULT 0 NOT NULL,
        fee_amount numeric(20,2) DEFAULT 0 NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        buy_box_rate numeric(5,2),
        net_revenue numeric(20,2) GENERATED ALWAYS AS (revenue - refund_amount - fee_amount) VIRTUAL NOT NULL,
        conversion_rate numeric(20,4) GENERATED ALWAYS AS (round(100.0 * order_count / nullif(visit_count, 0), 2)) VIRTUAL,
        average_order_value numeric(20,2) GENERATED ALWAYS AS (round(revenue / nullif(order_count, 0), 2)) VIRTUAL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_marketplace_daily_stats PRIMARY KEY (id),
        CONSTRAINT ck_marketplace_daily_stats_cancelled_count_fits CHECK (cancelled_count <= order_count),
        CONSTRAINT ck_marketplace_daily_stats_view_count_at_least_zero CHECK (view_count >= 0),
        CONSTRAINT ck_marketplace_daily_stats_visit_count_at_least_zero CHECK (visit_count >= 0),
        CONSTRAINT ck_marketplace_daily_stats_order_count_at_least_zero CHECK (order_count >= 0),
        CONSTRAINT ck_marketplace_daily_stats_unit_count_at_least_zero CHECK (unit_count >= 0),
        CONSTRAINT ck_marketplace_daily_stats_cancelled_count_at_least_zero CHECK (cancelled_count >= 0),
        CONSTRAINT ck_marketplace_daily_stats_return_count_at_least_zero CHECK (return_count >= 0),
        CONSTRAINT ck_marketplace_daily_stats_revenue_at_least_zero CHECK (revenue >= 0),
        CONSTRAINT ck_marketplace_daily_stats_refund_amount_at_least_zero CHECK (refund_amount >= 0),
        CONSTRAINT fk_marketplace_daily_stats_account_id
            FOREIGN KEY(account_id) REFERENCES channels.marketplace_accounts (id) ON DELETE CASCADE,
        CONSTRAINT ck_marketplace_daily_stats_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_marketplace_daily_stats_buy_box_rate_range CHECK (buy_box_rate BETWEEN 0 AND 100),
        CONSTRAINT uq_marketplace_daily_stats_account_id_day UNIQUE (account_id, day)
    )
    """,
    "CREATE INDEX ix_marketplace_daily_stats_day ON channels.marketplace_daily_stats (day)",
    """
    CREATE TABLE channels.marketplace_listings (
        id uuid DEFAULT uuidv7() NOT NULL,
        account_id uuid NOT NULL,
        variant_id uuid NOT NULL,
        pricing_rule_id uuid,
        sku text NOT NULL,
        external_id text,
        title text NOT NULL,
        description text,
        url text,
        external_category text,
        attributes jsonb DEFAULT '{}' NOT NULL,
        condition text DEFAULT 'NEW' NOT NULL,
        fulfillment text DEFAULT 'SELLER' NOT NULL,
        price numeric(20,2) NOT NULL,
        sale_price numeric(20,2),
        currency text DEFAULT 'USD' NOT NULL,
        quantity integer DEFAULT 0 NOT NULL,
        status text DEFAULT 'DRAFT' NOT NULL,
        rejection_reason text,
        published_at timestamptz(3),
        ended_at timestamptz(3),
        last_synced_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_marketplace_listings PRIMARY KEY (id),
        CONSTRAINT uq_marketplace_listings_account_id_external_id UNIQUE (account_id, external_id),
        CONSTRAINT ck_marketplace_listings_external_id_is_given
            CHECK (status NOT IN ('ACTIVE', 'PAUSED') OR num_nonnulls(external_id, published_at) = 2),
        CONSTRAINT ck_marketplace_listings_rejection_reason_is_given
            CHECK (status <> 'REJECTED' OR rejection_reason IS NOT NULL),
        CONSTRAINT ck_marketplace_listings_ended_at_fits CHECK ((status = 'ENDED') = (ended_at IS NOT NULL)),
        CONSTRAINT ck_marketplace_listings_sale_price_fits CHECK (sale_price < price),
        CONSTRAINT ck_marketplace_listings_ended_at_not_before_published_at CHECK (published_at <= ended_at),
        CONSTRAINT ck_marketplace_listings_price_at_least_zero CHECK (price >= 0),
        CONSTRAINT ck_marketplace_listings_sale_price_at_least_zero CHECK (sale_price >= 0),
        CONSTRAINT ck_marketplace_listings_quantity_at_least_zero CHECK (quantity >= 0),
        CONSTRAINT fk_marketplace_listings_account_id
            FOREIGN KEY(account_id) REFERENCES channels.marketplace_accounts (id) ON DELETE CASCADE,
        CONSTRAINT fk_marketplace_listings_pricing_rule_id
            FOREIGN KEY(pricing_rule_id) REFERENCES channels.marketplace_pricing_rules (id) ON DELETE SET NULL,
        CONSTRAINT ck_marketplace_listings_sku_length CHECK (length(sku) BETWEEN 1 AND 100),
        CONSTRAINT ck_marketplace_listings_title_length CHECK (length(title) BETWEEN 1 AND 500),
        CONSTRAINT ck_marketplace_listings_condition_is_known CHECK (condition IN ('NEW', 'REFURBISHED', 'USED')),
        CONSTRAINT ck_marketplace_listings_fulfillment_is_known CHECK (fulfillment IN ('SELLER', 'MARKETPLACE')),
        CONSTRAINT ck_marketplace_listings_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_marketplace_listings_status_is_known
            CHECK (status IN ('DRAFT', 'PENDING', 'ACTIVE', 'PAUSED', 'REJECTED', 'ENDED')),
        CONSTRAINT uq_marketplace_listings_account_id_sku UNIQUE (account_id, sku)
    )
    """,
    "CREATE INDEX ix_marketplace_listings_account_id_status ON channels.marketplace_listings (account_id, status)",
    "CREATE INDEX ix_marketplace_listings_created_by_id ON channels.marketplace_listings (created_by_id)",
    "CREATE INDEX ix_marketplace_listings_pricing_rule_id ON channels.marketplace_listings (pricing_rule_id)",
    "CREATE INDEX ix_marketplace_listings_status ON channels.marketplace_listings (status)",
    "CREATE INDEX ix_marketplace_listings_updated_by_id ON channels.marketplace_listings (updated_by_id)",
    "CREATE INDEX ix_marketplace_listings_variant_id ON channels.marketplace_listings (variant_id)",
    r"""
    CREATE TABLE channels.marketplace_orders (
        id uuid DEFAULT uuidv7() NOT NULL,
        account_id uuid NOT NULL,
        order_id uuid,
        sync_log_id uuid,
        external_id text NOT NULL,
        external_status text,
        status text DEFAULT 'PENDING' NOT NULL,
        fulfillment text DEFAULT 'SELLER' NOT NULL,
        buyer_name text,
        buyer_email text,
        country text,
        total_amount numeric(20,2) NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        payload jsonb DEFAULT '{}' NOT NULL,
        attempt_count integer DEFAULT 0 NOT NULL,
        error text,
        placed_at timestamptz(3) NOT NULL,
        ship_by_at timestamptz(3),
        imported_at timestamptz(3),
        shipment_confirmed_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_marketplace_orders PRIMARY KEY (id),
        CONSTRAINT ck_marketplace_orders_order_id_is_given CHECK ((status = 'IMPORTED') <= (order_id IS NOT NULL)),
        CONSTRAINT ck_marketplace_orders_imported_at_fits CHECK ((order_id IS NULL) = (imported_at IS NULL)),
        CONSTRAINT ck_marketplace_orders_error_is_given CHECK (status <> 'FAILED' OR error IS NOT NULL),
        CONSTRAINT ck_marketplace_orders_imported_at_not_before_placed_at CHECK (placed_at <= imported_at),
        CONSTRAINT ck_marketplace_orders_ship_by_at_not_before_placed_at CHECK (placed_at <= ship_by_at),
        CONSTRAINT ck_marketplace_orders_shipment_confirmed_at_after_order
            CHECK (placed_at <= shipment_confirmed_at),
        CONSTRAINT ck_marketplace_orders_total_amount_at_least_zero CHECK (total_amount >= 0),
        CONSTRAINT ck_marketplace_orders_attempt_count_at_least_zero CHECK (attempt_count >= 0),
        CONSTRAINT fk_marketplace_orders_account_id
            FOREIGN KEY(account_id) REFERENCES channels.marketplace_accounts (id) ON DELETE RESTRICT,
        CONSTRAINT uq_marketplace_orders_order_id UNIQUE (order_id),
        CONSTRAINT fk_marketplace_orders_sync_log_id
            FOREIGN KEY(sync_log_id) REFERENCES channels.marketplace_sync_logs (id) ON DELETE SET NULL,
        CONSTRAINT ck_marketplace_orders_external_id_length CHECK (length(external_id) BETWEEN 1 AND 200),
        CONSTRAINT ck_marketplace_orders_status_is_known
            CHECK (status IN ('PENDING', 'IMPORTED', 'FAILED', 'CANCELLED', 'IGNORED')),
        CONSTRAINT ck_marketplace_orders_fulfillment_is_known CHECK (fulfillment IN ('SELLER', 'MARKETPLACE')),
        CONSTRAINT ck_marketplace_orders_buyer_email_form
            CHECK (buyer_email = lower(buyer_email) AND buyer_email ~ '^[^@\s]+@[^@\s]+\.[^@\s]+$'),
        CONSTRAINT ck_marketplace_orders_country_form CHECK (country ~ '^[A-Z]{2}$'),
        CONSTRAINT ck_marketplace_orders_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT uq_marketplace_orders_account_id_external_id UNIQUE (account_id, external_id)
    )
    """,
    "CREATE INDEX ix_marketplace_orders_account_id_placed_at ON channels.marketplace_orders (account_id, placed_at)",
    "CREATE INDEX ix_marketplace_orders_open ON channels.marketplace_orders (account_id, placed_at) WHERE status IN ('PENDING', 'FAILED')",
    "CREATE INDEX ix_marketplace_orders_status_placed_at ON channels.marketplace_orders (status, placed_at)",
    "CREATE INDEX ix_marketplace_orders_sync_log_id ON channels.marketplace_orders (sync_log_id)",
    """
    CREATE TABLE channels.marketplace_inventory_syncs (
        id uuid DEFAULT uuidv7() NOT NULL,
        listing_id uuid NOT NULL,
        warehouse_id uuid,
        sync_log_id uuid,
        direction text DEFAULT 'EXPORT' NOT NULL,
        status text DEFAULT 'PENDING' NOT NULL,
        available_quantity integer NOT NULL,
        buffer_quantity integer DEFAULT 0 NOT NULL,
        external_quantity integer,
        offered_quantity integer GENERATED ALWAYS AS (greatest(available_quantity - buffer_quantity, 0)) VIRTUAL NOT NULL,
        difference integer GENERATED ALWAYS AS (greatest(available_quantity - buffer_quantity, 0) - external_quantity) VIRTUAL,
        attempt_count integer DEFAULT 0 NOT NULL,
        error text,
        synced_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_marketplace_inventory_syncs PRIMARY KEY (id),
        CONSTRAINT ck_marketplace_inventory_syncs_synced_at_fits
            CHECK ((status = 'SYNCED') = (synced_at IS NOT NULL)),
        CONSTRAINT ck_marketplace_inventory_syncs_error_is_given CHECK (status <> 'FAILED' OR error IS NOT NULL),
        CONSTRAINT ck_marketplace_inventory_syncs_synced_at_not_before_created_at CHECK (created_at <= synced_at),
        CONSTRAINT ck_marketplace_inventory_syncs_available_quantity_at_least_zero CHECK (available_quantity >= 0),
        CONSTRAINT ck_marketplace_inventory_syncs_buffer_quantity_at_least_zero CHECK (buffer_quantity >= 0),
        CONSTRAINT ck_marketplace_inventory_syncs_external_quantity_at_least_zero CHECK (external_quantity >= 0),
        CONSTRAINT ck_marketplace_inventory_syncs_attempt_count_at_least_zero CHECK (attempt_count >= 0),
        CONSTRAINT fk_marketplace_inventory_syncs_listing_id
            FOREIGN KEY(listing_id) REFERENCES channels.marketplace_listings (id) ON DELETE CASCADE,
        CONSTRAINT fk_marketplace_inventory_syncs_sync_log_id
            FOREIGN KEY(sync_log_id) REFERENCES channels.marketplace_sync_logs (id) ON DELETE SET NULL,
        CONSTRAINT ck_marketplace_inventory_syncs_direction_is_known CHECK (direction IN ('IMPORT', 'EXPORT')),
        CONSTRAINT ck_marketplace_inventory_syncs_status_is_known CHECK (status IN ('PENDING', 'SYNCED', 'FAILED'))
    )
    """,
    "CREATE INDEX ix_marketplace_inventory_syncs_listing_id_created_at ON channels.marketplace_inventory_syncs (listing_id, created_at)",
    "CREATE INDEX ix_marketplace_inventory_syncs_open ON channels.marketplace_inventory_syncs (created_at) WHERE status = 'PENDING'",
    "CREATE INDEX ix_marketplace_inventory_syncs_sync_log_id ON channels.marketplace_inventory_syncs (sync_log_id)",
    "CREATE INDEX ix_marketplace_inventory_syncs_warehouse_id ON channels.marketplace_inventory_syncs (warehouse_id)",
    """
    CREATE TABLE channels.marketplace_fees (
        id uuid DEFAULT uuidv7() NOT NULL,
        account_id uuid NOT NULL,
        marketplace_order_id uuid,
        listing_id uuid,
        transaction_id uuid,
        external_id text NOT NULL,
        type text NOT NULL,
        description text,
        amount numeric(20,2) NOT NULL,
        tax_amount numeric(20,2) DEFAULT 0 NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        rate numeric(5,2),
        statement_number text,
        charged_at timestamptz(3) NOT NULL,
        settled_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_marketplace_fees PRIMARY KEY (id),
        CONSTRAINT ck_marketplace_fees_amount_is_not_zero CHECK (amount <> 0),
        CONSTRAINT ck_marketplace_fees_settled_at_not_before_charged_at CHECK (charged_at <= settled_at),
        CONSTRAINT ck_marketplace_fees_tax_amount_at_least_zero CHECK (tax_amount >= 0),
        CONSTRAINT fk_marketplace_fees_account_id
            FOREIGN KEY(account_id) REFERENCES channels.marketplace_accounts (id) ON DELETE RESTRICT,
        CONSTRAINT fk_marketplace_fees_marketplace_order_id
            FOREIGN KEY(marketplace_order_id) REFERENCES channels.marketplace_orders (id) ON DELETE RESTRICT,
        CONSTRAINT fk_marketplace_fees_listing_id
            FOREIGN KEY(listing_id) REFERENCES channels.marketplace_listings (id) ON DELETE SET NULL,
        CONSTRAINT ck_marketplace_fees_external_id_length CHECK (length(external_id) BETWEEN 1 AND 200),
        CONSTRAINT ck_marketplace_fees_type_is_known
            CHECK (type IN ('COMMISSION', 'FULFILLMENT', 'STORAGE', 'LISTING', 'SUBSCRIPTION', 'ADVERTISING', 'PAYMENT_PROCESSING', 'REFUND', 'OTHER')),
        CONSTRAINT ck_marketplace_fees_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_marketplace_fees_rate_range CHECK (rate BETWEEN 0 AND 100),
        CONSTRAINT uq_marketplace_fees_account_id_external_id UNIQUE (account_id, external_id)
    )
    """,
    "CREATE INDEX ix_marketplace_fees_account_id_charged_at ON channels.marketplace_fees (account_id, charged_at)",
    "CREATE INDEX ix_marketplace_fees_listing_id ON channels.marketplace_fees (listing_id)",
    "CREATE INDEX ix_marketplace_fees_marketplace_order_id ON channels.marketplace_fees (marketplace_order_id)",
    "CREATE INDEX ix_marketplace_fees_transaction_id ON channels.marketplace_fees (transaction_id)",
    "CREATE INDEX ix_marketplace_fees_type_charged_at ON channels.marketplace_fees (type, charged_at)",
)

DOWNGRADE = (
    "DROP TABLE channels.marketplace_fees",
    "DROP TABLE channels.marketplace_inventory_syncs",
    "DROP TABLE channels.marketplace_orders",
    "DROP TABLE channels.marketplace_listings",
    "DROP TABLE channels.marketplace_daily_stats",
    "DROP TABLE channels.marketplace_sync_logs",
    "DROP TABLE channels.marketplace_pricing_rules",
    "DROP TABLE channels.marketplace_carriers",
    "DROP TABLE channels.marketplace_accounts",
    "DROP TABLE channels.marketplaces",
    "DROP SCHEMA channels",
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

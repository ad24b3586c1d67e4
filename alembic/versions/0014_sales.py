"""Orders, carts, returns, fraud, subscriptions."""

from alembic import op

revision = "0014_sales"
down_revision = "0013_customers"

TOUCHED = (
    "sales.anomaly_detections",
    "sales.cart_items",
    "sales.carts",
    "sales.customer_subscriptions",
    "sales.fraud_checks",
    "sales.fraud_rules",
    "sales.order_items",
    "sales.order_returns",
    "sales.orders",
    "sales.return_items",
    "sales.rma_requests",
)
COUNTED = (("sales.orders", "sum_orders"),)
TRANSITIONS = (
    ("insert", "NEW TABLE AS added"),
    ("update", "OLD TABLE AS removed NEW TABLE AS added"),
    ("delete", "OLD TABLE AS removed"),
)

UPGRADE = (
    "CREATE SCHEMA sales",
    """
    CREATE TABLE sales.customer_subscriptions (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        customer_id uuid NOT NULL,
        variant_id uuid NOT NULL,
        payment_method_id uuid,
        shipping_address_id uuid,
        number text NOT NULL,
        status text DEFAULT 'ACTIVE' NOT NULL,
        quantity integer DEFAULT 1 NOT NULL,
        unit_price numeric(20,2) NOT NULL,
        discount_percentage numeric(5,2) DEFAULT 0 NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        interval text DEFAULT 'MONTH' NOT NULL,
        interval_count integer DEFAULT 1 NOT NULL,
        started_at timestamptz(3) DEFAULT now() NOT NULL,
        trial_ends_at timestamptz(3),
        next_charge_at timestamptz(3),
        failed_charge_count integer DEFAULT 0 NOT NULL,
        paused_at timestamptz(3),
        cancelled_at timestamptz(3),
        cancel_reason text,
        ends_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        CONSTRAINT pk_customer_subscriptions PRIMARY KEY (id),
        CONSTRAINT ck_customer_subscriptions_next_charge_at_fits
            CHECK ((status IN ('TRIAL', 'ACTIVE', 'PAST_DUE')) = (next_charge_at IS NOT NULL)),
        CONSTRAINT ck_customer_subscriptions_cancelled_at_fits
            CHECK ((status = 'CANCELLED') = (cancelled_at IS NOT NULL)),
        CONSTRAINT ck_customer_subscriptions_paused_at_is_given CHECK (status <> 'PAUSED' OR paused_at IS NOT NULL),
        CONSTRAINT ck_customer_subscriptions_trial_ends_at_is_given
            CHECK (status <> 'TRIAL' OR trial_ends_at IS NOT NULL),
        CONSTRAINT ck_customer_subscriptions_trial_ends_at_not_before_started_at
            CHECK (started_at <= trial_ends_at),
        CONSTRAINT ck_customer_subscriptions_next_charge_at_not_before_started_at
            CHECK (started_at <= next_charge_at),
        CONSTRAINT ck_customer_subscriptions_cancelled_at_not_before_started_at CHECK (started_at <= cancelled_at),
        CONSTRAINT ck_customer_subscriptions_ends_at_not_before_started_at CHECK (started_at <= ends_at),
        CONSTRAINT ck_customer_subscriptions_unit_price_at_least_zero CHECK (unit_price >= 0),
        CONSTRAINT ck_customer_subscriptions_failed_charge_count_at_least_zero CHECK (failed_charge_count >= 0),
        CONSTRAINT ck_customer_subscriptions_number_length CHECK (length(number) BETWEEN 1 AND 100),
        CONSTRAINT ck_customer_subscriptions_status_is_known
            CHECK (status IN ('TRIAL', 'ACTIVE', 'PAUSED', 'PAST_DUE', 'CANCELLED', 'EXPIRED')),
        CONSTRAINT ck_customer_subscriptions_quantity_positive CHECK (quantity > 0),
        CONSTRAINT ck_customer_subscriptions_discount_percentage_range
            CHECK (discount_percentage BETWEEN 0 AND 100),
        CONSTRAINT ck_customer_subscriptions_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_customer_subscriptions_interval_is_known CHECK (interval IN ('DAY', 'WEEK', 'MONTH', 'YEAR')),
        CONSTRAINT ck_customer_subscriptions_interval_count_positive CHECK (interval_count > 0),
        CONSTRAINT uq_customer_subscriptions_business_id_number UNIQUE (business_id, number)
    )
    """,
    "CREATE INDEX ix_customer_subscriptions_customer_id_status ON sales.customer_subscriptions (customer_id, status)",
    "CREATE INDEX ix_customer_subscriptions_payment_method_id ON sales.customer_subscriptions (payment_method_id)",
    "CREATE INDEX ix_customer_subscriptions_shipping_address_id ON sales.customer_subscriptions (shipping_address_id)",
    "CREATE INDEX ix_customer_subscriptions_status_next_charge_at ON sales.customer_subscriptions (status, next_charge_at)",
    "CREATE INDEX ix_customer_subscriptions_variant_id ON sales.customer_subscriptions (variant_id)",
    """
    CREATE TABLE sales.fraud_rules (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        agent_id uuid,
        name text NOT NULL,
        description text,
        type text NOT NULL,
        conditions jsonb NOT NULL,
        action text DEFAULT 'SCORE' NOT NULL,
        score integer DEFAULT 0 NOT NULL,
        priority integer DEFAULT 0 NOT NULL,
        is_active boolean DEFAULT true NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_fraud_rules PRIMARY KEY (id),
        CONSTRAINT ck_fraud_rules_name_length CHECK (length(name) BETWEEN 1 AND 200),
        CONSTRAINT ck_fraud_rules_type_is_known
            CHECK (type IN ('AMOUNT', 'VELOCITY', 'ADDRESS', 'LOCATION', 'PAYMENT', 'IDENTITY', 'BLOCKLIST', 'BEHAVIOR', 'OTHER')),
        CONSTRAINT ck_fraud_rules_action_is_known CHECK (action IN ('SCORE', 'REVIEW', 'BLOCK', 'ALLOW')),
        CONSTRAINT ck_fraud_rules_score_range CHECK (score BETWEEN -100 AND 100),
        CONSTRAINT uq_fraud_rules_business_id_name UNIQUE (business_id, name)
    )
    """,
    "CREATE INDEX ix_fraud_rules_agent_id ON sales.fraud_rules (agent_id)",
    "CREATE INDEX ix_fraud_rules_business_id_is_active_priority ON sales.fraud_rules (business_id, is_active, priority)",
    "CREATE INDEX ix_fraud_rules_created_by_id ON sales.fraud_rules (created_by_id)",
    "CREATE INDEX ix_fraud_rules_updated_by_id ON sales.fraud_rules (updated_by_id)",
    r"""
    CREATE TABLE sales.orders (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        customer_id uuid,
        site_id uuid,
        store_id uuid,
        agent_id uuid,
        subscription_id uuid,
        promotion_id uuid,
        billing_address_id uuid,
        shipping_address_id uuid,
        order_number text NOT NULL,
        shopify_id text,
        channel text DEFAULT 'WEB' NOT NULL,
        status text DEFAULT 'PENDING' NOT NULL,
        payment_status text DEFAULT 'PENDING' NOT NULL,
        fulfillment_status text DEFAULT 'UNFULFILLED' NOT NULL,
        subtotal numeric(20,2) NOT NULL,
        discount_amount numeric(20,2) DEFAULT 0 NOT NULL,
        tax_amount numeric(20,2) DEFAULT 0 NOT NULL,
        is_tax_included boolean DEFAULT false NOT NULL,
        shipping_amount numeric(20,2) DEFAULT 0 NOT NULL,
        total_amount numeric(20,2) NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        coupon_code text,
        email text,
        phone text,
        billing_address jsonb,
        shipping_address jsonb,
        notes text,
        internal_notes text,
        ip_address inet,
        cancel_reason text,
        placed_at timestamptz(3) DEFAULT now() NOT NULL,
        paid_at timestamptz(3),
        processed_at timestamptz(3),
        shipped_at timestamptz(3),
        delivered_at timestamptz(3),
        cancelled_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        CONSTRAINT pk_orders PRIMARY KEY (id),
        CONSTRAINT uq_orders_business_id_shopify_id UNIQUE (business_id, shopify_id),
        CONSTRAINT ck_orders_billing_address_form
            CHECK (billing_address ?& ARRAY['recipient', 'street', 'city', 'country']),
        CONSTRAINT ck_orders_shipping_address_form
            CHECK (shipping_address ?& ARRAY['recipient', 'street', 'city', 'country']),
        CONSTRAINT ck_orders_discount_amount_fits CHECK (discount_amount <= subtotal),
        CONSTRAINT ck_orders_total_amount_adds_up
            CHECK (total_amount = subtotal - discount_amount + shipping_amount + CASE WHEN is_tax_included THEN 0 ELSE tax_amount END),
        CONSTRAINT ck_orders_cancelled_at_fits CHECK ((status = 'CANCELLED') = (cancelled_at IS NOT NULL)),
        CONSTRAINT ck_orders_paid_at_is_given CHECK (payment_status <> 'PAID' OR paid_at IS NOT NULL),
        CONSTRAINT ck_orders_delivered_at_is_given
            CHECK (fulfillment_status <> 'DELIVERED' OR delivered_at IS NOT NULL),
        CONSTRAINT ck_orders_paid_at_not_before_placed_at CHECK (placed_at <= paid_at),
        CONSTRAINT ck_orders_processed_at_not_before_placed_at CHECK (placed_at <= processed_at),
        CONSTRAINT ck_orders_shipped_at_not_before_placed_at CHECK (placed_at <= shipped_at),
        CONSTRAINT ck_orders_cancelled_at_not_before_placed_at CHECK (placed_at <= cancelled_at),
        CONSTRAINT ck_orders_delivered_at_not_before_shipped_at CHECK (shipped_at <= delivered_at),
        CONSTRAINT ck_orders_subtotal_at_least_zero CHECK (subtotal >= 0),
        CONSTRAINT ck_orders_discount_amount_at_least_zero CHECK (discount_amount >= 0),
        CONSTRAINT ck_orders_tax_amount_at_least_zero CHECK (tax_amount >= 0),
        CONSTRAINT ck_orders_shipping_amount_at_least_zero CHECK (shipping_amount >= 0),
        CONSTRAINT ck_orders_total_amount_at_least_zero CHECK (total_amount >= 0),
        CONSTRAINT fk_orders_subscription_id
            FOREIGN KEY(subscription_id) REFERENCES sales.customer_subscriptions (id) ON DELETE SET NULL,
        CONSTRAINT ck_orders_order_number_length CHECK (length(order_number) BETWEEN 1 AND 100),
        CONSTRAINT ck_orders_channel_is_known
            CHECK (channel IN ('WEB', 'MOBILE_APP', 'MARKETPLACE', 'POINT_OF_SALE', 'CHAT', 'PHONE', 'EMAIL', 'SUBSCRIPTION', 'API', 'ADMIN', 'OTHER')),
        CONSTRAINT ck_orders_status_is_known
            CHECK (status IN ('PENDING', 'ON_HOLD', 'PROCESSING', 'COMPLETED', 'CANCELLED', 'REFUNDED')),
        CONSTRAINT ck_orders_payment_status_is_known
            CHECK (payment_status IN ('PENDING', 'AUTHORIZED', 'PARTIALLY_PAID', 'PAID', 'PARTIALLY_REFUNDED', 'REFUNDED', 'FAILED', 'VOIDED')),
        CONSTRAINT ck_orders_fulfillment_status_is_known
            CHECK (fulfillment_status IN ('UNFULFILLED', 'PARTIALLY_FULFILLED', 'FULFILLED', 'DELIVERED', 'RETURNED')),
        CONSTRAINT ck_orders_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_orders_email_form CHECK (email = lower(email) AND email ~ '^[^@\s]+@[^@\s]+\.[^@\s]+$'),
        CONSTRAINT ck_orders_phone_form CHECK (phone ~ '^\+[1-9][0-9]{5,14}$'),
        CONSTRAINT uq_orders_business_id_order_number UNIQUE (business_id, order_number)
    )
    """,
    "CREATE INDEX ix_orders_agent_id ON sales.orders (agent_id)",
    "CREATE INDEX ix_orders_billing_address_id ON sales.orders (billing_address_id)",
    "CREATE INDEX ix_orders_business_id_payment_status ON sales.orders (business_id, payment_status)",
    "CREATE INDEX ix_orders_business_id_placed_at ON sales.orders (business_id, placed_at)",
    "CREATE INDEX ix_orders_customer_id_status ON sales.orders (customer_id, status)",
    "CREATE INDEX ix_orders_email ON sales.orders (email)",
    "CREATE INDEX ix_orders_fulfillment_status ON sales.orders (fulfillment_status)",
    "CREATE INDEX ix_orders_promotion_id ON sales.orders (promotion_id)",
    "CREATE INDEX ix_orders_shipping_address_id ON sales.orders (shipping_address_id)",
    "CREATE INDEX ix_orders_site_id ON sales.orders (site_id)",
    "CREATE INDEX ix_orders_status_created_at ON sales.orders (status, created_at)",
    "CREATE INDEX ix_orders_store_id ON sales.orders (store_id)",
    "CREATE INDEX ix_orders_subscription_id ON sales.orders (subscription_id)",
    r"""
    CREATE TABLE sales.carts (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        customer_id uuid,
        visitor_id uuid,
        site_id uuid,
        order_id uuid,
        promotion_id uuid,
        status text DEFAULT 'ACTIVE' NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        coupon_code text,
        email text,
        last_activity_at timestamptz(3) DEFAULT now() NOT NULL,
        abandoned_at timestamptz(3),
        reminded_at timestamptz(3),
        converted_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        CONSTRAINT pk_carts PRIMARY KEY (id),
        CONSTRAINT uq_carts_order_id UNIQUE (order_id),
        CONSTRAINT ck_carts_customer_id_or_visitor CHECK (num_nonnulls(customer_id, visitor_id) > 0),
        CONSTRAINT ck_carts_converted_at_fits CHECK ((status = 'CONVERTED') = (converted_at IS NOT NULL)),
        CONSTRAINT ck_carts_abandoned_at_is_given CHECK (status <> 'ABANDONED' OR abandoned_at IS NOT NULL),
        CONSTRAINT fk_carts_order_id FOREIGN KEY(order_id) REFERENCES sales.orders (id) ON DELETE SET NULL,
        CONSTRAINT ck_carts_status_is_known CHECK (status IN ('ACTIVE', 'ABANDONED', 'CONVERTED', 'EXPIRED')),
        CONSTRAINT ck_carts_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_carts_email_form CHECK (email = lower(email) AND email ~ '^[^@\s]+@[^@\s]+\.[^@\s]+$')
    )
    """,
    "CREATE INDEX ix_carts_business_id_status_last_activity_at ON sales.carts (business_id, status, last_activity_at)",
    "CREATE INDEX ix_carts_customer_id ON sales.carts (customer_id)",
    "CREATE INDEX ix_carts_promotion_id ON sales.carts (promotion_id)",
    "CREATE INDEX ix_carts_site_id ON sales.carts (site_id)",
    "CREATE INDEX ix_carts_visitor_id ON sales.carts (visitor_id)",
    "CREATE UNIQUE INDEX uq_carts_customer_id ON sales.carts (customer_id) WHERE status = 'ACTIVE'",
    "CREATE UNIQUE INDEX uq_carts_visitor_id ON sales.carts (visitor_id) WHERE status = 'ACTIVE'",
    """
    CREATE TABLE sales.order_items (
        id uuid DEFAULT uuidv7() NOT NULL,
        order_id uuid NOT NULL,
        product_id uuid NOT NULL,
        variant_id uuid,
        position integer DEFAULT 1 NOT NULL,
        product_name text NOT NULL,
        variant_name text,
        product_sku text,
        quantity integer DEFAULT 1 NOT NULL,
        unit_price numeric(20,2) NOT NULL,
        unit_cost numeric(20,2),
        discount_amount numeric(20,2) DEFAULT 0 NOT NULL,
        tax_amount numeric(20,2) DEFAULT 0 NOT NULL,
        total_amount numeric(20,2) NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        status text DEFAULT 'PENDING' NOT NULL,
        license_key text,
        download_url text,
        download_expires_at timestamptz(3),
        download_count integer DEFAULT 0 NOT NULL,
        max_downloads integer DEFAULT 5 NOT NULL,
        delivered_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_order_items PRIMARY KEY (id),
        CONSTRAINT ck_order_items_total_amount_adds_up
            CHECK (total_amount = quantity * unit_price - discount_amount),
        CONSTRAINT ck_order_items_download_count_fits CHECK (download_count <= max_downloads),
        CONSTRAINT ck_order_items_delivered_at_is_given CHECK (status <> 'DELIVERED' OR delivered_at IS NOT NULL),
        CONSTRAINT ck_order_items_unit_price_at_least_zero CHECK (unit_price >= 0),
        CONSTRAINT ck_order_items_unit_cost_at_least_zero CHECK (unit_cost >= 0),
        CONSTRAINT ck_order_items_discount_amount_at_least_zero CHECK (discount_amount >= 0),
        CONSTRAINT ck_order_items_tax_amount_at_least_zero CHECK (tax_amount >= 0),
        CONSTRAINT ck_order_items_total_amount_at_least_zero CHECK (total_amount >= 0),
        CONSTRAINT ck_order_items_download_count_at_least_zero CHECK (download_count >= 0),
        CONSTRAINT ck_order_items_max_downloads_at_least_zero CHECK (max_downloads >= 0),
        CONSTRAINT fk_order_items_order_id FOREIGN KEY(order_id) REFERENCES sales.orders (id) ON DELETE CASCADE,
        CONSTRAINT ck_order_items_position_positive CHECK (position > 0),
        CONSTRAINT ck_order_items_product_name_length CHECK (length(product_name) BETWEEN 1 AND 500),
        CONSTRAINT ck_order_items_quantity_positive CHECK (quantity > 0),
        CONSTRAINT ck_order_items_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_order_items_status_is_known
            CHECK (status IN ('PENDING', 'DELIVERED', 'EXPIRED', 'CANCELLED', 'RETURNED')),
        CONSTRAINT uq_order_items_order_id_position UNIQUE (order_id, position)
    )
    """,
    "CREATE INDEX ix_order_items_product_id ON sales.order_items (product_id)",
    "CREATE INDEX ix_order_items_status ON sales.order_items (status)",
    "CREATE INDEX ix_order_items_variant_id ON sales.order_items (variant_id)",
    """
    CREATE TABLE sales.order_events (
        id uuid DEFAULT uuidv7() NOT NULL,
        order_id uuid NOT NULL,
        user_id uuid,
        agent_id uuid,
        type text NOT NULL,
        message text,
        data jsonb DEFAULT '{}' NOT NULL,
        is_public boolean DEFAULT true NOT NULL,
        occurred_at timestamptz(3) DEFAULT now() NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_order_events PRIMARY KEY (id),
        CONSTRAINT fk_order_events_order_id FOREIGN KEY(order_id) REFERENCES sales.orders (id) ON DELETE CASCADE,
        CONSTRAINT ck_order_events_type_is_known
            CHECK (type IN ('PLACED', 'CONFIRMED', 'PAYMENT_RECEIVED', 'PAYMENT_FAILED', 'HELD', 'RELEASED', 'EDITED', 'SHIPPED', 'DELIVERED', 'CANCELLED', 'RETURN_REQUESTED', 'RETURNED', 'REFUNDED', 'MESSAGE_SENT', 'NOTE', 'OTHER'))
    )
    """,
    "CREATE INDEX ix_order_events_agent_id ON sales.order_events (agent_id)",
    "CREATE INDEX ix_order_events_order_id_occurred_at ON sales.order_events (order_id, occurred_at)",
    "CREATE INDEX ix_order_events_type_occurred_at ON sales.order_events (type, occurred_at)",
    "CREATE INDEX ix_order_events_user_id ON sales.order_events (user_id)",
    """
    CREATE TABLE sales.fraud_checks (
        id uuid DEFAULT uuidv7() NOT NULL,
        order_id uuid NOT NULL,
        payment_id uuid,
        rule_id uuid,
        agent_id uuid,
        reviewed_by_id uuid,
        risk_score numeric(5,2) DEFAULT 0 NOT NULL,
        status text NOT NULL,
        reasons text[] DEFAULT '{}' NOT NULL,
        signals jsonb DEFAULT '{}' NOT NULL,
        provider text DEFAULT 'agora' NOT NULL,
        error text,
        note text,
        checked_at timestamptz(3) DEFAULT now() NOT NULL,
        reviewed_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_fraud_checks PRIMARY KEY (id),
        CONSTRAINT ck_fraud_checks_reviewed_at_is_given CHECK (status <> 'CLEARED' OR reviewed_at IS NOT NULL),
        CONSTRAINT ck_fraud_checks_error_fits CHECK ((status = 'ERROR') = (error IS NOT NULL)),
        CONSTRAINT ck_fraud_checks_reviewed_at_not_before_checked_at CHECK (checked_at <= reviewed_at),
        CONSTRAINT fk_fraud_checks_order_id FOREIGN KEY(order_id) REFERENCES sales.orders (id) ON DELETE CASCADE,
        CONSTRAINT fk_fraud_checks_rule_id
            FOREIGN KEY(rule_id) REFERENCES sales.fraud_rules (id) ON DELETE SET NULL,
        CONSTRAINT ck_fraud_checks_risk_score_range CHECK (risk_score BETWEEN 0 AND 100),
        CONSTRAINT ck_fraud_checks_status_is_known
            CHECK (status IN ('PASSED', 'IN_REVIEW', 'CLEARED', 'BLOCKED', 'ERROR'))
    )
    """,
    "CREATE INDEX ix_fraud_checks_agent_id ON sales.fraud_checks (agent_id)",
    "CREATE INDEX ix_fraud_checks_order_id_checked_at ON sales.fraud_checks (order_id, checked_at)",
    "CREATE INDEX ix_fraud_checks_payment_id ON sales.fraud_checks (payment_id)",
    "CREATE INDEX ix_fraud_checks_reviewed_by_id ON sales.fraud_checks (reviewed_by_id)",
    "CREATE INDEX ix_fraud_checks_rule_id ON sales.fraud_checks (rule_id)",
    "CREATE INDEX ix_fraud_checks_status_checked_at ON sales.fraud_checks (status, checked_at)",
    """
    CREATE TABLE sales.anomaly_detections (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        definition_id uuid,
        order_id uuid,
        customer_id uuid,
        agent_id uuid,
        alert_id uuid,
        resolved_by_id uuid,
        name text NOT NULL,
        type text NOT NULL,
        severity text NOT NULL,
        expected_value numeric(20,4),
        actual_value numeric(20,4),
        deviation_percentage numeric(20,4) GENERATED ALWAYS AS (round(100 * (actual_value - expected_value) / nullif(abs(expected_value), 0), 2)) VIRTUAL,
        confidence numeric(5,2) NOT NULL,
        explanation text,
        status text DEFAULT 'OPEN' NOT NULL,
        period_starts_at timestamptz(3),
        period_ends_at timestamptz(3),
        detected_at timestamptz(3) DEFAULT now() NOT NULL,
        resolved_at timestamptz(3),
        resolution text,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_anomaly_detections PRIMARY KEY (id),
        CONSTRAINT ck_anomaly_detections_resolved_at_fits
            CHECK ((status IN ('FALSE_ALARM', 'RESOLVED')) = (resolved_at IS NOT NULL)),
        CONSTRAINT ck_anomaly_detections_period_ends_at_fits CHECK (period_starts_at <= period_ends_at),
        CONSTRAINT ck_anomaly_detections_resolved_at_not_before_detected_at CHECK (detected_at <= resolved_at),
        CONSTRAINT fk_anomaly_detections_order_id
            FOREIGN KEY(order_id) REFERENCES sales.orders (id) ON DELETE SET NULL,
        CONSTRAINT ck_anomaly_detections_name_length CHECK (length(name) BETWEEN 1 AND 200),
        CONSTRAINT ck_anomaly_detections_type_is_known
            CHECK (type IN ('SPIKE', 'DROP', 'OUTLIER', 'TREND', 'PATTERN', 'MISSING')),
        CONSTRAINT ck_anomaly_detections_severity_is_known
            CHECK (severity IN ('CRITICAL', 'HIGH', 'MEDIUM', 'LOW')),
        CONSTRAINT ck_anomaly_detections_confidence_range CHECK (confidence BETWEEN 0 AND 100),
        CONSTRAINT ck_anomaly_detections_status_is_known
            CHECK (status IN ('OPEN', 'INVESTIGATING', 'CONFIRMED', 'FALSE_ALARM', 'RESOLVED'))
    )
    """,
    "CREATE INDEX ix_anomaly_detections_agent_id ON sales.anomaly_detections (agent_id)",
    "CREATE INDEX ix_anomaly_detections_alert_id ON sales.anomaly_detections (alert_id)",
    "CREATE INDEX ix_anomaly_detections_business_id_detected_at ON sales.anomaly_detections (business_id, detected_at)",
    "CREATE INDEX ix_anomaly_detections_customer_id ON sales.anomaly_detections (customer_id)",
    "CREATE INDEX ix_anomaly_detections_definition_id ON sales.anomaly_detections (definition_id)",
    "CREATE INDEX ix_anomaly_detections_order_id ON sales.anomaly_detections (order_id)",
    "CREATE INDEX ix_anomaly_detections_resolved_by_id ON sales.anomaly_detections (resolved_by_id)",
    "CREATE INDEX ix_anomaly_detections_status_severity ON sales.anomaly_detections (status, severity)",
    """
    CREATE TABLE sales.cart_items (
        id uuid DEFAULT uuidv7() NOT NULL,
        cart_id uuid NOT NULL,
        variant_id uuid NOT NULL,
        quantity integer DEFAULT 1 NOT NULL,
        unit_price numeric(20,2) NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        note text,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_cart_items PRIMARY KEY (id),
        CONSTRAINT ck_cart_items_unit_price_at_least_zero CHECK (unit_price >= 0),
        CONSTRAINT fk_cart_items_cart_id FOREIGN KEY(cart_id) REFERENCES sales.carts (id) ON DELETE CASCADE,
        CONSTRAINT ck_cart_items_quantity_positive CHECK (quantity > 0),
        CONSTRAINT ck_cart_items_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT uq_cart_items_cart_id_variant_id UNIQUE (cart_id, variant_id)
    )
    """,
    "CREATE INDEX ix_cart_items_variant_id ON sales.cart_items (variant_id)",
    """
    CREATE TABLE sales.rma_requests (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        order_id uuid NOT NULL,
        item_id uuid,
        customer_id uuid,
        ticket_id uuid,
        agent_id uuid,
        decided_by_id uuid,
        number text NOT NULL,
        reason text NOT NULL,
        description text,
        image_urls text[] DEFAULT '{}' NOT NULL,
        quantity integer,
        resolution text DEFAULT 'REFUND' NOT NULL,
        status text DEFAULT 'REQUESTED' NOT NULL,
        decided_at timestamptz(3),
        decision_note text,
        expires_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        CONSTRAINT pk_rma_requests PRIMARY KEY (id),
        CONSTRAINT ck_rma_requests_decided_at_fits
            CHECK ((status IN ('APPROVED', 'REJECTED', 'EXPIRED')) = (decided_at IS NOT NULL)),
        CONSTRAINT ck_rma_requests_decision_note_is_given CHECK (status <> 'REJECTED' OR decision_note IS NOT NULL),
        CONSTRAINT ck_rma_requests_expires_at_not_before_decided_at CHECK (decided_at <= expires_at),
        CONSTRAINT fk_rma_requests_order_id FOREIGN KEY(order_id) REFERENCES sales.orders (id) ON DELETE CASCADE,
        CONSTRAINT fk_rma_requests_item_id FOREIGN KEY(item_id) REFERENCES sales.order_items (id) ON DELETE CASCADE,
        CONSTRAINT ck_rma_requests_number_length CHECK (length(number) BETWEEN 1 AND 100),
        CONSTRAINT ck_rma_requests_reason_is_known
            CHECK (reason IN ('CHANGED_MIND', 'DEFECTIVE', 'DAMAGED_IN_TRANSIT', 'WRONG_ITEM', 'NOT_AS_DESCRIBED', 'ARRIVED_LATE', 'WRONG_SIZE', 'WARRANTY', 'OTHER')),
        CONSTRAINT ck_rma_requests_quantity_positive CHECK (quantity > 0),
        CONSTRAINT ck_rma_requests_resolution_is_known
            CHECK (resolution IN ('REFUND', 'EXCHANGE', 'REPAIR', 'STORE_CREDIT')),
        CONSTRAINT ck_rma_requests_status_is_known
            CHECK (status IN ('REQUESTED', 'APPROVED', 'REJECTED', 'CANCELLED', 'EXPIRED')),
        CONSTRAINT uq_rma_requests_business_id_number UNIQUE (business_id, number)
    )
    """,
    "CREATE INDEX ix_rma_requests_agent_id ON sales.rma_requests (agent_id)",
    "CREATE INDEX ix_rma_requests_business_id_status_created_at ON sales.rma_requests (business_id, status, created_at)",
    "CREATE INDEX ix_rma_requests_customer_id ON sales.rma_requests (customer_id)",
    "CREATE INDEX ix_rma_requests_decided_by_id ON sales.rma_requests (decided_by_id)",
    "CREATE INDEX ix_rma_requests_item_id ON sales.rma_requests (item_id)",
    "CREATE INDEX ix_rma_requests_order_id ON sales.rma_requests (order_id)",
    "CREATE INDEX ix_rma_requests_ticket_id ON sales.rma_requests (ticket_id)",
    """
    CREATE TABLE sales.order_returns (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        order_id uuid NOT NULL,
        rma_request_id uuid,
        warehouse_id uuid,
        shipment_id uuid,
        agent_id uuid,
        inspected_by_id uuid,
        number text NOT NULL,
        reason text NOT NULL,
        resolution text DEFAULT 'REFUND' NOT NULL,
        status text DEFAULT 'EXPECTED' NOT NULL,
        restocking_fee numeric(20,2) DEFAULT 0 NOT NULL,
        shipping_amount numeric(20,2) DEFAULT 0 NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        notes text,
        shipped_at timestamptz(3),
        received_at timestamptz(3),
        inspected_at timestamptz(3),
        completed_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        CONSTRAINT pk_order_returns PRIMARY KEY (id),
        CONSTRAINT uq_order_returns_rma_request_id UNIQUE (rma_request_id),
        CONSTRAINT ck_order_returns_received_at_is_given
            CHECK (status NOT IN ('RECEIVED', 'INSPECTED', 'COMPLETED') OR received_at IS NOT NULL),
        CONSTRAINT ck_order_returns_completed_at_fits CHECK ((status = 'COMPLETED') = (completed_at IS NOT NULL)),
        CONSTRAINT ck_order_returns_received_at_not_before_shipped_at CHECK (shipped_at <= received_at),
        CONSTRAINT ck_order_returns_inspected_at_not_before_received_at CHECK (received_at <= inspected_at),
        CONSTRAINT ck_order_returns_completed_at_not_before_received_at CHECK (received_at <= completed_at),
        CONSTRAINT ck_order_returns_restocking_fee_at_least_zero CHECK (restocking_fee >= 0),
        CONSTRAINT ck_order_returns_shipping_amount_at_least_zero CHECK (shipping_amount >= 0),
        CONSTRAINT fk_order_returns_order_id FOREIGN KEY(order_id) REFERENCES sales.orders (id) ON DELETE CASCADE,
        CONSTRAINT fk_order_returns_rma_request_id
            FOREIGN KEY(rma_request_id) REFERENCES sales.rma_requests (id) ON DELETE SET NULL,
        CONSTRAINT ck_order_returns_number_length CHECK (length(number) BETWEEN 1 AND 100),
        CONSTRAINT ck_order_returns_reason_is_known
            CHECK (reason IN ('CHANGED_MIND', 'DEFECTIVE', 'DAMAGED_IN_TRANSIT', 'WRONG_ITEM', 'NOT_AS_DESCRIBED', 'ARRIVED_LATE', 'WRONG_SIZE', 'WARRANTY', 'OTHER')),
        CONSTRAINT ck_order_returns_resolution_is_known
            CHECK (resolution IN ('REFUND', 'EXCHANGE', 'REPAIR', 'STORE_CREDIT')),
        CONSTRAINT ck_order_returns_status_is_known
            CHECK (status IN ('EXPECTED', 'IN_TRANSIT', 'RECEIVED', 'INSPECTED', 'COMPLETED', 'REFUSED', 'CANCELLED')),
        CONSTRAINT ck_order_returns_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT uq_order_returns_business_id_number UNIQUE (business_id, number)
    )
    """,
    "CREATE INDEX ix_order_returns_agent_id ON sales.order_returns (agent_id)",
    "CREATE INDEX ix_order_returns_business_id_status ON sales.order_returns (business_id, status)",
    "CREATE INDEX ix_order_returns_inspected_by_id ON sales.order_returns (inspected_by_id)",
    "CREATE INDEX ix_order_returns_order_id ON sales.order_returns (order_id)",
    "CREATE INDEX ix_order_returns_shipment_id ON sales.order_returns (shipment_id)",
    "CREATE INDEX ix_order_returns_warehouse_id ON sales.order_returns (warehouse_id)",
    """
    CREATE TABLE sales.return_items (
        id uuid DEFAULT uuidv7() NOT NULL,
        return_id uuid NOT NULL,
        item_id uuid NOT NULL,
        exchange_variant_id uuid,
        quantity integer DEFAULT 1 NOT NULL,
        reason text NOT NULL,
        condition text,
        disposition text,
        refund_amount numeric(20,2) DEFAULT 0 NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        notes text,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_return_items PRIMARY KEY (id),
        CONSTRAINT ck_return_items_refund_amount_at_least_zero CHECK (refund_amount >= 0),
        CONSTRAINT fk_return_items_return_id
            FOREIGN KEY(return_id) REFERENCES sales.order_returns (id) ON DELETE CASCADE,
        CONSTRAINT fk_return_items_item_id FOREIGN KEY(item_id) REFERENCES sales.order_items (id) ON DELETE CASCADE,
        CONSTRAINT ck_return_items_quantity_positive CHECK (quantity > 0),
        CONSTRAINT ck_return_items_reason_is_known
            CHECK (reason IN ('CHANGED_MIND', 'DEFECTIVE', 'DAMAGED_IN_TRANSIT', 'WRONG_ITEM', 'NOT_AS_DESCRIBED', 'ARRIVED_LATE', 'WRONG_SIZE', 'WARRANTY', 'OTHER')),
        CONSTRAINT ck_return_items_condition_is_known
            CHECK (condition IN ('UNOPENED', 'OPENED', 'USED', 'DAMAGED', 'DEFECTIVE', 'MISSING')),
        CONSTRAINT ck_return_items_disposition_is_known
            CHECK (disposition IN ('RESTOCK', 'REFURBISH', 'TO_SUPPLIER', 'DISCARD', 'TO_CUSTOMER')),
        CONSTRAINT ck_return_items_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT uq_return_items_return_id_item_id UNIQUE (return_id, item_id)
    )
    """,
    "CREATE INDEX ix_return_items_exchange_variant_id ON sales.return_items (exchange_variant_id)",
    "CREATE INDEX ix_return_items_item_id ON sales.return_items (item_id)",
    """
    CREATE FUNCTION public.sum_orders() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      changes refcursor;
      change record;
    BEGIN
      CASE tg_op
        WHEN 'INSERT' THEN OPEN changes FOR
          SELECT customer_id AS id,
                 sum(sign * (status NOT IN ('CANCELLED', 'REFUNDED'))::int) AS order_count,
                 sum(sign * CASE WHEN status NOT IN ('CANCELLED', 'REFUNDED')
                   AND currency = (SELECT c.currency FROM customers.customers AS c WHERE c.id = customer_id)
                  THEN total_amount ELSE 0 END) AS total_spent
            FROM (SELECT 1 AS sign, * FROM added) AS r
           GROUP BY customer_id ORDER BY customer_id;
        WHEN 'DELETE' THEN OPEN changes FOR
          SELECT customer_id AS id,
                 sum(sign * (status NOT IN ('CANCELLED', 'REFUNDED'))::int) AS order_count,
                 sum(sign * CASE WHEN status NOT IN ('CANCELLED', 'REFUNDED')
                   AND currency = (SELECT c.currency FROM customers.customers AS c WHERE c.id = customer_id)
                  THEN total_amount ELSE 0 END) AS total_spent
            FROM (SELECT -1 AS sign, * FROM removed) AS r
           GROUP BY customer_id ORDER BY customer_id;
        WHEN 'UPDATE' THEN OPEN changes FOR
          SELECT customer_id AS id,
                 sum(sign * (status NOT IN ('CANCELLED', 'REFUNDED'))::int) AS order_count,
                 sum(sign * CASE WHEN status NOT IN ('CANCELLED', 'REFUNDED')
                   AND currency = (SELECT c.currency FROM customers.customers AS c WHERE c.id = customer_id)
                  THEN total_amount ELSE 0 END) AS total_spent
            FROM (SELECT 1 AS sign, * FROM added UNION ALL SELECT -1 AS sign, * FROM removed) AS r
           GROUP BY customer_id ORDER BY customer_id;
      END CASE;
      LOOP
        FETCH changes INTO change;
        EXIT WHEN NOT found;
        CONTINUE WHEN change.order_count = 0 AND change.total_spent = 0;
        UPDATE customers.customers AS p
           SET order_count = p.order_count + change.order_count,
               total_spent = p.total_spent + change.total_spent
         WHERE p.id = change.id;
      END LOOP;
      CLOSE changes;
      RETURN NULL;
    END $$
    """,
)

DOWNGRADE = (
    "DROP TABLE sales.return_items",
    "DROP TABLE sales.order_returns",
    "DROP TABLE sales.rma_requests",
    "DROP TABLE sales.cart_items",
    "DROP TABLE sales.anomaly_detections",
    "DROP TABLE sales.fraud_checks",
    "DROP TABLE sales.order_events",
    "DROP TABLE sales.order_items",
    "DROP TABLE sales.carts",
    "DROP TABLE sales.orders",
    "DROP TABLE sales.fraud_rules",
    "DROP TABLE sales.customer_subscriptions",
    "DROP FUNCTION public.sum_orders()",
    "DROP SCHEMA sales",
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

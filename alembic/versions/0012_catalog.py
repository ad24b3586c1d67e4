"""Products with all that is said, charged and taxed."""

from alembic import op

revision = "0012_catalog"
down_revision = "0011_gateway"

TOUCHED = (
    "catalog.categories",
    "catalog.pricing_rules",
    "catalog.product_images",
    "catalog.product_inquiries",
    "catalog.product_metrics",
    "catalog.product_recommendations",
    "catalog.product_reviews",
    "catalog.product_variants",
    "catalog.products",
    "catalog.promotions",
    "catalog.tax_rates",
)
COUNTED = (("catalog.product_reviews", "sum_product_ratings"),)
TRANSITIONS = (
    ("insert", "NEW TABLE AS added"),
    ("update", "OLD TABLE AS removed NEW TABLE AS added"),
    ("delete", "OLD TABLE AS removed"),
)

UPGRADE = (
    "CREATE SCHEMA catalog",
    """
    CREATE TABLE catalog.categories (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        parent_id uuid,
        name text NOT NULL,
        slug text NOT NULL,
        description text,
        position integer DEFAULT 0 NOT NULL,
        icon text,
        color text,
        is_featured boolean DEFAULT false NOT NULL,
        is_active boolean DEFAULT true NOT NULL,
        meta_title text,
        meta_description text,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        CONSTRAINT pk_categories PRIMARY KEY (id),
        CONSTRAINT ck_categories_color_form CHECK (color ~ '^#[0-9a-f]{6}$'),
        CONSTRAINT ck_categories_position_at_least_zero CHECK (position >= 0),
        CONSTRAINT fk_categories_parent_id
            FOREIGN KEY(parent_id) REFERENCES catalog.categories (id) ON DELETE CASCADE,
        CONSTRAINT ck_categories_parent_id_is_another CHECK (parent_id <> id),
        CONSTRAINT ck_categories_name_length CHECK (length(name) BETWEEN 1 AND 255),
        CONSTRAINT ck_categories_slug_form CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
        CONSTRAINT uq_categories_business_id_slug UNIQUE (business_id, slug)
    )
    """,
    "CREATE INDEX ix_categories_name ON catalog.categories (name)",
    "CREATE INDEX ix_categories_parent_id ON catalog.categories (parent_id)",
    """
    CREATE TABLE catalog.tax_rates (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        name text NOT NULL,
        country text NOT NULL,
        region text,
        category text DEFAULT 'STANDARD' NOT NULL,
        rate numeric(20,4) NOT NULL,
        is_included boolean DEFAULT false NOT NULL,
        is_on_shipping boolean DEFAULT false NOT NULL,
        is_compound boolean DEFAULT false NOT NULL,
        registration_number text,
        starts_on date NOT NULL,
        ends_on date,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_tax_rates PRIMARY KEY (id),
        CONSTRAINT ck_tax_rates_ends_on_not_before_starts_on CHECK (starts_on <= ends_on),
        CONSTRAINT ck_tax_rates_name_length CHECK (length(name) BETWEEN 1 AND 200),
        CONSTRAINT ck_tax_rates_country_form CHECK (country ~ '^[A-Z]{2}$'),
        CONSTRAINT ck_tax_rates_region_length CHECK (length(region) BETWEEN 1 AND 100),
        CONSTRAINT ck_tax_rates_category_is_known
            CHECK (category IN ('STANDARD', 'REDUCED', 'EXCISE', 'DIGITAL', 'EXEMPT')),
        CONSTRAINT ck_tax_rates_rate_range CHECK (rate BETWEEN 0 AND 100),
        CONSTRAINT uq_tax_rates_business_id_country_region_category_starts_on UNIQUE NULLS NOT DISTINCT (business_id, country, region, category, starts_on)
    )
    """,
    "CREATE INDEX ix_tax_rates_created_by_id ON catalog.tax_rates (created_by_id)",
    "CREATE INDEX ix_tax_rates_updated_by_id ON catalog.tax_rates (updated_by_id)",
    """
    CREATE TABLE catalog.products (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        category_id uuid,
        name text NOT NULL,
        slug text NOT NULL,
        sku text,
        brand text,
        short_description text,
        description text,
        collection text,
        tags text[] DEFAULT '{}' NOT NULL,
        status text DEFAULT 'DRAFT' NOT NULL,
        is_featured boolean DEFAULT false NOT NULL,
        published_at timestamptz(3),
        price numeric(20,2) NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        price_type text DEFAULT 'FIXED' NOT NULL,
        billing_months integer,
        sale_price numeric(20,2),
        sale_starts_at timestamptz(3),
        sale_ends_at timestamptz(3),
        cost numeric(20,2),
        tax_category text DEFAULT 'STANDARD' NOT NULL,
        weight numeric(20,4),
        dimensions jsonb,
        demo_video_url text,
        download_files jsonb DEFAULT '[]' NOT NULL,
        license_type text,
        system_requirements jsonb,
        supported_providers text[] DEFAULT '{}' NOT NULL,
        model_requirements jsonb,
        meta_title text,
        meta_description text,
        meta_keywords text[] DEFAULT '{}' NOT NULL,
        shopify_id text,
        rating_sum bigint DEFAULT 0 NOT NULL,
        rating_count integer DEFAULT 0 NOT NULL,
        rating_average numeric(5,2) GENERATED ALWAYS AS (round(rating_sum::numeric / nullif(rating_count, 0), 2)) VIRTUAL,
        search_vector tsvector GENERATED ALWAYS AS (setweight(to_tsvector('english', coalesce(name, '')), 'A') || setweight(to_tsvector('english', coalesce(public.words_of(tags), '')), 'B') || setweight(to_tsvector('english', coalesce(short_description, '')), 'C') || setweight(to_tsvector('english', coalesce(description, '')), 'D')) STORED NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        deleted_at timestamptz(3),
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_products PRIMARY KEY (id),
        CONSTRAINT ck_products_price_is_free CHECK (price_type <> 'FREE' OR price = 0),
        CONSTRAINT ck_products_sale_price_is_lower CHECK (sale_price < price),
        CONSTRAINT ck_products_billing_months_of_subscription
            CHECK ((price_type = 'SUBSCRIPTION') = (billing_months IS NOT NULL)),
        CONSTRAINT ck_products_sale_ends_at_not_before_sale_starts_at CHECK (sale_starts_at <= sale_ends_at),
        CONSTRAINT ck_products_price_at_least_zero CHECK (price >= 0),
        CONSTRAINT ck_products_sale_price_at_least_zero CHECK (sale_price >= 0),
        CONSTRAINT ck_products_cost_at_least_zero CHECK (cost >= 0),
        CONSTRAINT ck_products_weight_at_least_zero CHECK (weight >= 0),
        CONSTRAINT ck_products_rating_sum_at_least_zero CHECK (rating_sum >= 0),
        CONSTRAINT ck_products_rating_count_at_least_zero CHECK (rating_count >= 0),
        CONSTRAINT fk_products_category_id
            FOREIGN KEY(category_id) REFERENCES catalog.categories (id) ON DELETE SET NULL,
        CONSTRAINT ck_products_name_length CHECK (length(name) BETWEEN 1 AND 500),
        CONSTRAINT ck_products_slug_form CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
        CONSTRAINT ck_products_sku_length CHECK (length(sku) BETWEEN 1 AND 100),
        CONSTRAINT ck_products_status_is_known CHECK (status IN ('DRAFT', 'ACTIVE', 'INACTIVE', 'ARCHIVED')),
        CONSTRAINT ck_products_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_products_price_type_is_known
            CHECK (price_type IN ('FIXED', 'INQUIRY', 'FREE', 'SUBSCRIPTION')),
        CONSTRAINT ck_products_billing_months_positive CHECK (billing_months > 0),
        CONSTRAINT ck_products_tax_category_is_known
            CHECK (tax_category IN ('STANDARD', 'REDUCED', 'EXCISE', 'DIGITAL', 'EXEMPT')),
        CONSTRAINT ck_products_license_type_is_known
            CHECK (license_type IN ('PERSONAL', 'COMMERCIAL', 'ENTERPRISE'))
    )
    """,
    "CREATE INDEX ix_products_business_id_status ON catalog.products (business_id, status)",
    "CREATE INDEX ix_products_category_id_status ON catalog.products (category_id, status)",
    "CREATE INDEX ix_products_created_by_id ON catalog.products (created_by_id)",
    "CREATE INDEX ix_products_is_featured_status ON catalog.products (is_featured, status)",
    "CREATE INDEX ix_products_name_trigram ON catalog.products USING gin (name gin_trgm_ops)",
    "CREATE INDEX ix_products_search_vector ON catalog.products USING gin (search_vector)",
    "CREATE INDEX ix_products_tags ON catalog.products USING gin (tags)",
    "CREATE INDEX ix_products_updated_by_id ON catalog.products (updated_by_id)",
    "CREATE UNIQUE INDEX uq_products_business_id_shopify_id ON catalog.products (business_id, shopify_id) WHERE deleted_at IS NULL",
    "CREATE UNIQUE INDEX uq_products_business_id_sku ON catalog.products (business_id, sku) WHERE deleted_at IS NULL",
    "CREATE UNIQUE INDEX uq_products_business_id_slug ON catalog.products (business_id, slug) WHERE deleted_at IS NULL",
    """
    CREATE TABLE catalog.product_reviews (
        id uuid DEFAULT uuidv7() NOT NULL,
        product_id uuid NOT NULL,
        customer_id uuid NOT NULL,
        order_id uuid,
        moderator_id uuid,
        rating integer NOT NULL,
        title text,
        content text,
        image_urls text[] DEFAULT '{}' NOT NULL,
        status text DEFAULT 'PENDING' NOT NULL,
        moderated_at timestamptz(3),
        rejection_reason text,
        response text,
        responded_at timestamptz(3),
        is_verified boolean GENERATED ALWAYS AS (order_id IS NOT NULL) VIRTUAL NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_product_reviews PRIMARY KEY (id),
        CONSTRAINT ck_product_reviews_moderated_at_with_status
            CHECK ((status = 'PENDING') = (moderated_at IS NULL)),
        CONSTRAINT ck_product_reviews_responded_at_with_response
            CHECK ((response IS NULL) = (responded_at IS NULL)),
        CONSTRAINT fk_product_reviews_product_id
            FOREIGN KEY(product_id) REFERENCES catalog.products (id) ON DELETE CASCADE,
        CONSTRAINT ck_product_reviews_rating_range CHECK (rating BETWEEN 1 AND 5),
        CONSTRAINT ck_product_reviews_content_length CHECK (length(content) BETWEEN 1 AND 10000),
        CONSTRAINT ck_product_reviews_status_is_known CHECK (status IN ('PENDING', 'PUBLISHED', 'REJECTED')),
        CONSTRAINT uq_product_reviews_product_id_customer_id UNIQUE (product_id, customer_id)
    )
    """,
    "CREATE INDEX ix_product_reviews_customer_id ON catalog.product_reviews (customer_id)",
    "CREATE INDEX ix_product_reviews_moderator_id ON catalog.product_reviews (moderator_id)",
    "CREATE INDEX ix_product_reviews_order_id ON catalog.product_reviews (order_id)",
    "CREATE INDEX ix_product_reviews_product_id_status_created_at ON catalog.product_reviews (product_id, status, created_at)",
    "CREATE INDEX ix_product_reviews_status ON catalog.product_reviews (status)",
    """
    CREATE TABLE catalog.product_recommendations (
        id uuid DEFAULT uuidv7() NOT NULL,
        product_id uuid,
        customer_id uuid,
        recommended_id uuid NOT NULL,
        agent_id uuid,
        model_id uuid,
        type text NOT NULL,
        score numeric(5,2) NOT NULL,
        reason text,
        is_active boolean DEFAULT true NOT NULL,
        shown_count bigint DEFAULT 0 NOT NULL,
        click_count bigint DEFAULT 0 NOT NULL,
        purchase_count bigint DEFAULT 0 NOT NULL,
        expires_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_product_recommendations PRIMARY KEY (id),
        CONSTRAINT uq_product_recommendations_product_id_customer_id_type UNIQUE NULLS NOT DISTINCT (product_id, customer_id, recommended_id, type),
        CONSTRAINT ck_product_recommendations_product_id_or_customer
            CHECK (num_nonnulls(product_id, customer_id) > 0),
        CONSTRAINT ck_product_recommendations_recommended_id_is_another CHECK (recommended_id <> product_id),
        CONSTRAINT ck_product_recommendations_shown_count_not_before_click_count CHECK (click_count <= shown_count),
        CONSTRAINT ck_product_recommendations_shown_count_at_least_zero CHECK (shown_count >= 0),
        CONSTRAINT ck_product_recommendations_click_count_at_least_zero CHECK (click_count >= 0),
        CONSTRAINT ck_product_recommendations_purchase_count_at_least_zero CHECK (purchase_count >= 0),
        CONSTRAINT fk_product_recommendations_product_id
            FOREIGN KEY(product_id) REFERENCES catalog.products (id) ON DELETE CASCADE,
        CONSTRAINT fk_product_recommendations_recommended_id
            FOREIGN KEY(recommended_id) REFERENCES catalog.products (id) ON DELETE CASCADE,
        CONSTRAINT ck_product_recommendations_type_is_known
            CHECK (type IN ('SIMILAR', 'BOUGHT_TOGETHER', 'CROSS_SELL', 'UPSELL', 'PERSONAL', 'TRENDING')),
        CONSTRAINT ck_product_recommendations_score_range CHECK (score BETWEEN 0 AND 100)
    )
    """,
    "CREATE INDEX ix_product_recommendations_agent_id ON catalog.product_recommendations (agent_id)",
    "CREATE INDEX ix_product_recommendations_customer_id_score ON catalog.product_recommendations (customer_id, score)",
    "CREATE INDEX ix_product_recommendations_model_id ON catalog.product_recommendations (model_id)",
    "CREATE INDEX ix_product_recommendations_product_id_score ON catalog.product_recommendations (product_id, score)",
    "CREATE INDEX ix_product_recommendations_recommended_id ON catalog.product_recommendations (recommended_id)",
    """
    CREATE TABLE catalog.product_variants (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        product_id uuid NOT NULL,
        name text NOT NULL,
        sku text NOT NULL,
        barcode text,
        size text,
        frame_type text,
        options jsonb DEFAULT '{}' NOT NULL,
        position integer DEFAULT 1 NOT NULL,
        is_default boolean DEFAULT false NOT NULL,
        is_available boolean DEFAULT true NOT NULL,
        price numeric(20,2) NOT NULL,
        cost numeric(20,2),
        currency text DEFAULT 'USD' NOT NULL,
        weight numeric(20,4),
        shopify_id text,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        deleted_at timestamptz(3),
        version integer DEFAULT 1 NOT NULL,
        CONSTRAINT pk_product_variants PRIMARY KEY (id),
        CONSTRAINT ck_product_variants_barcode_form CHECK (barcode ~ '^([0-9]{8}|[0-9]{12,14})$'),
        CONSTRAINT ck_product_variants_price_at_least_zero CHECK (price >= 0),
        CONSTRAINT ck_product_variants_cost_at_least_zero CHECK (cost >= 0),
        CONSTRAINT ck_product_variants_weight_at_least_zero CHECK (weight >= 0),
        CONSTRAINT fk_product_variants_product_id
            FOREIGN KEY(product_id) REFERENCES catalog.products (id) ON DELETE CASCADE,
        CONSTRAINT ck_product_variants_name_length CHECK (length(name) BETWEEN 1 AND 255),
        CONSTRAINT ck_product_variants_sku_length CHECK (length(sku) BETWEEN 1 AND 255),
        CONSTRAINT ck_product_variants_position_positive CHECK (position > 0),
        CONSTRAINT ck_product_variants_currency_form CHECK (currency ~ '^[A-Z]{3}$')
    )
    """,
    "CREATE INDEX ix_product_variants_business_id_barcode ON catalog.product_variants (business_id, barcode)",
    "CREATE INDEX ix_product_variants_product_id_position ON catalog.product_variants (product_id, position)",
    "CREATE UNIQUE INDEX uq_product_variants_business_id_shopify_id ON catalog.product_variants (business_id, shopify_id) WHERE deleted_at IS NULL",
    "CREATE UNIQUE INDEX uq_product_variants_business_id_sku ON catalog.product_variants (business_id, sku) WHERE deleted_at IS NULL",
    "CREATE UNIQUE INDEX uq_product_variants_product_id_is_default ON catalog.product_variants (product_id) WHERE is_default AND deleted_at IS NULL",
    """
    CREATE TABLE catalog.category_products (
        id uuid DEFAULT uuidv7() NOT NULL,
        category_id uuid NOT NULL,
        product_id uuid NOT NULL,
        position integer DEFAULT 1 NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_category_products PRIMARY KEY (id),
        CONSTRAINT fk_category_products_category_id
            FOREIGN KEY(category_id) REFERENCES catalog.categories (id) ON DELETE CASCADE,
        CONSTRAINT fk_category_products_product_id
            FOREIGN KEY(product_id) REFERENCES catalog.products (id) ON DELETE CASCADE,
        CONSTRAINT ck_category_products_position_positive CHECK (position > 0),
        CONSTRAINT uq_category_products_category_id_product_id UNIQUE (category_id, product_id)
    )
    """,
    "CREATE INDEX ix_category_products_category_id_position ON catalog.category_products (category_id, position)",
    "CREATE INDEX ix_category_products_product_id ON catalog.category_products (product_id)",
    """
    CREATE TABLE catalog.pricing_rules (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        category_id uuid,
        product_id uuid,
        agent_id uuid,
        name text NOT NULL,
        description text,
        type text NOT NULL,
        conditions jsonb DEFAULT '{}' NOT NULL,
        adjustment_type text DEFAULT 'PERCENT' NOT NULL,
        adjustment numeric(20,4) NOT NULL,
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
        CONSTRAINT pk_pricing_rules PRIMARY KEY (id),
        CONSTRAINT ck_pricing_rules_product_id_or_category CHECK (num_nonnulls(product_id, category_id) < 2),
        CONSTRAINT ck_pricing_rules_adjustment_fits CHECK (adjustment_type <> 'FIXED_PRICE' OR adjustment >= 0),
        CONSTRAINT ck_pricing_rules_maximum_price_not_before_minimum_price CHECK (minimum_price <= maximum_price),
        CONSTRAINT ck_pricing_rules_ends_at_not_before_starts_at CHECK (starts_at <= ends_at),
        CONSTRAINT ck_pricing_rules_minimum_price_at_least_zero CHECK (minimum_price >= 0),
        CONSTRAINT ck_pricing_rules_maximum_price_at_least_zero CHECK (maximum_price >= 0),
        CONSTRAINT fk_pricing_rules_category_id
            FOREIGN KEY(category_id) REFERENCES catalog.categories (id) ON DELETE CASCADE,
        CONSTRAINT fk_pricing_rules_product_id
            FOREIGN KEY(product_id) REFERENCES catalog.products (id) ON DELETE CASCADE,
        CONSTRAINT ck_pricing_rules_name_length CHECK (length(name) BETWEEN 1 AND 200),
        CONSTRAINT ck_pricing_rules_type_is_known
            CHECK (type IN ('COST', 'COMPETITOR', 'DEMAND', 'STOCK', 'TIME', 'VOLUME')),
        CONSTRAINT ck_pricing_rules_adjustment_type_is_known
            CHECK (adjustment_type IN ('PERCENT', 'AMOUNT', 'FIXED_PRICE')),
        CONSTRAINT ck_pricing_rules_minimum_margin_range CHECK (minimum_margin BETWEEN 0 AND 100),
        CONSTRAINT ck_pricing_rules_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT uq_pricing_rules_business_id_name UNIQUE (business_id, name)
    )
    """,
    "CREATE INDEX ix_pricing_rules_agent_id ON catalog.pricing_rules (agent_id)",
    "CREATE INDEX ix_pricing_rules_business_id_is_active_priority ON catalog.pricing_rules (business_id, is_active, priority)",
    "CREATE INDEX ix_pricing_rules_category_id ON catalog.pricing_rules (category_id)",
    "CREATE INDEX ix_pricing_rules_created_by_id ON catalog.pricing_rules (created_by_id)",
    "CREATE INDEX ix_pricing_rules_product_id ON catalog.pricing_rules (product_id)",
    "CREATE INDEX ix_pricing_rules_updated_by_id ON catalog.pricing_rules (updated_by_id)",
    """
    CREATE TABLE catalog.promotions (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        campaign_id uuid,
        category_id uuid,
        product_id uuid,
        agent_id uuid,
        name text NOT NULL,
        slug text NOT NULL,
        description text,
        code text,
        type text NOT NULL,
        value numeric(20,2) DEFAULT 0 NOT NULL,
        buy_quantity integer,
        free_quantity integer,
        minimum_amount numeric(20,2),
        maximum_discount numeric(20,2),
        currency text DEFAULT 'USD' NOT NULL,
        usage_limit integer,
        customer_limit integer,
        is_stackable boolean DEFAULT false NOT NULL,
        status text DEFAULT 'DRAFT' NOT NULL,
        starts_at timestamptz(3) NOT NULL,
        ends_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_promotions PRIMARY KEY (id),
        CONSTRAINT uq_promotions_business_id_code UNIQUE (business_id, code),
        CONSTRAINT ck_promotions_code_form CHECK (code ~ '^[A-Z0-9-]{3,40}$'),
        CONSTRAINT ck_promotions_value_fits CHECK (type <> 'PERCENTAGE' OR value BETWEEN 0 AND 100),
        CONSTRAINT ck_promotions_buy_quantity_of_type
            CHECK ((type = 'BUY_X_GET_Y') = (num_nonnulls(buy_quantity, free_quantity) = 2)),
        CONSTRAINT ck_promotions_ends_at_not_before_starts_at CHECK (starts_at <= ends_at),
        CONSTRAINT ck_promotions_value_at_least_zero CHECK (value >= 0),
        CONSTRAINT ck_promotions_minimum_amount_at_least_zero CHECK (minimum_amount >= 0),
        CONSTRAINT ck_promotions_maximum_discount_at_least_zero CHECK (maximum_discount >= 0),
        CONSTRAINT fk_promotions_category_id
            FOREIGN KEY(category_id) REFERENCES catalog.categories (id) ON DELETE CASCADE,
        CONSTRAINT fk_promotions_product_id
            FOREIGN KEY(product_id) REFERENCES catalog.products (id) ON DELETE CASCADE,
        CONSTRAINT ck_promotions_name_length CHECK (length(name) BETWEEN 1 AND 200),
        CONSTRAINT ck_promotions_slug_form CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
        CONSTRAINT ck_promotions_type_is_known
            CHECK (type IN ('PERCENTAGE', 'FIXED_AMOUNT', 'FREE_SHIPPING', 'BUY_X_GET_Y')),
        CONSTRAINT ck_promotions_buy_quantity_positive CHECK (buy_quantity > 0),
        CONSTRAINT ck_promotions_free_quantity_positive CHECK (free_quantity > 0),
        CONSTRAINT ck_promotions_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_promotions_usage_limit_positive CHECK (usage_limit > 0),
        CONSTRAINT ck_promotions_customer_limit_positive CHECK (customer_limit > 0),
        CONSTRAINT ck_promotions_status_is_known
            CHECK (status IN ('DRAFT', 'SCHEDULED', 'ACTIVE', 'PAUSED', 'ENDED')),
        CONSTRAINT uq_promotions_business_id_slug UNIQUE (business_id, slug)
    )
    """,
    "CREATE INDEX ix_promotions_agent_id ON catalog.promotions (agent_id)",
    "CREATE INDEX ix_promotions_campaign_id ON catalog.promotions (campaign_id)",
    "CREATE INDEX ix_promotions_category_id ON catalog.promotions (category_id)",
    "CREATE INDEX ix_promotions_created_by_id ON catalog.promotions (created_by_id)",
    "CREATE INDEX ix_promotions_product_id ON catalog.promotions (product_id)",
    "CREATE INDEX ix_promotions_status_starts_at ON catalog.promotions (status, starts_at)",
    "CREATE INDEX ix_promotions_updated_by_id ON catalog.promotions (updated_by_id)",
    r"""
    CREATE TABLE catalog.product_inquiries (
        id uuid DEFAULT uuidv7() NOT NULL,
        product_id uuid NOT NULL,
        variant_id uuid,
        customer_id uuid,
        answered_by_id uuid,
        name text,
        email text,
        question text NOT NULL,
        quantity integer,
        status text DEFAULT 'OPEN' NOT NULL,
        answer text,
        answered_at timestamptz(3),
        quoted_price numeric(20,2),
        currency text DEFAULT 'USD' NOT NULL,
        is_public boolean DEFAULT false NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_product_inquiries PRIMARY KEY (id),
        CONSTRAINT ck_product_inquiries_email_is_given CHECK (num_nonnulls(customer_id, email) > 0),
        CONSTRAINT ck_product_inquiries_answered_at_with_answer CHECK ((answer IS NULL) = (answered_at IS NULL)),
        CONSTRAINT ck_product_inquiries_answer_is_given CHECK (status <> 'ANSWERED' OR answer IS NOT NULL),
        CONSTRAINT ck_product_inquiries_quoted_price_at_least_zero CHECK (quoted_price >= 0),
        CONSTRAINT fk_product_inquiries_product_id
            FOREIGN KEY(product_id) REFERENCES catalog.products (id) ON DELETE CASCADE,
        CONSTRAINT fk_product_inquiries_variant_id
            FOREIGN KEY(variant_id) REFERENCES catalog.product_variants (id) ON DELETE SET NULL,
        CONSTRAINT ck_product_inquiries_email_form
            CHECK (email = lower(email) AND email ~ '^[^@\s]+@[^@\s]+\.[^@\s]+$'),
        CONSTRAINT ck_product_inquiries_question_length CHECK (length(question) BETWEEN 1 AND 5000),
        CONSTRAINT ck_product_inquiries_quantity_positive CHECK (quantity > 0),
        CONSTRAINT ck_product_inquiries_status_is_known CHECK (status IN ('OPEN', 'ANSWERED', 'CLOSED', 'SPAM')),
        CONSTRAINT ck_product_inquiries_currency_form CHECK (currency ~ '^[A-Z]{3}$')
    )
    """,
    "CREATE INDEX ix_product_inquiries_answered_by_id ON catalog.product_inquiries (answered_by_id)",
    "CREATE INDEX ix_product_inquiries_customer_id ON catalog.product_inquiries (customer_id)",
    "CREATE INDEX ix_product_inquiries_product_id_status ON catalog.product_inquiries (product_id, status)",
    "CREATE INDEX ix_product_inquiries_status_created_at ON catalog.product_inquiries (status, created_at)",
    "CREATE INDEX ix_product_inquiries_variant_id ON catalog.product_inquiries (variant_id)",
    """
    CREATE TABLE catalog.product_metrics (
        id uuid DEFAULT uuidv7() NOT NULL,
        product_id uuid NOT NULL,
        variant_id uuid,
        period_starts_on date NOT NULL,
        period_ends_on date NOT NULL,
        view_count integer DEFAULT 0 NOT NULL,
        cart_count integer DEFAULT 0 NOT NULL,
        purchase_count integer DEFAULT 0 NOT NULL,
        download_count integer DEFAULT 0 NOT NULL,
        revenue numeric(20,2) DEFAULT 0 NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        conversion_rate numeric(20,4) GENERATED ALWAYS AS (round(100 * purchase_count::numeric / nullif(view_count, 0), 2)) VIRTUAL,
        average_order_value numeric(20,2) GENERATED ALWAYS AS (round(revenue / nullif(purchase_count, 0), 2)) VIRTUAL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_product_metrics PRIMARY KEY (id),
        CONSTRAINT uq_product_metrics_product_id_variant_id_period UNIQUE NULLS NOT DISTINCT (product_id, variant_id, period_starts_on, period_ends_on),
        CONSTRAINT ck_product_metrics_period_ends_on_not_before_period_starts_on
            CHECK (period_starts_on <= period_ends_on),
        CONSTRAINT ck_product_metrics_view_count_at_least_zero CHECK (view_count >= 0),
        CONSTRAINT ck_product_metrics_cart_count_at_least_zero CHECK (cart_count >= 0),
        CONSTRAINT ck_product_metrics_purchase_count_at_least_zero CHECK (purchase_count >= 0),
        CONSTRAINT ck_product_metrics_download_count_at_least_zero CHECK (download_count >= 0),
        CONSTRAINT ck_product_metrics_revenue_at_least_zero CHECK (revenue >= 0),
        CONSTRAINT fk_product_metrics_product_id
            FOREIGN KEY(product_id) REFERENCES catalog.products (id) ON DELETE CASCADE,
        CONSTRAINT fk_product_metrics_variant_id
            FOREIGN KEY(variant_id) REFERENCES catalog.product_variants (id) ON DELETE CASCADE,
        CONSTRAINT ck_product_metrics_currency_form CHECK (currency ~ '^[A-Z]{3}$')
    )
    """,
    "CREATE INDEX ix_product_metrics_product_id_period_starts_on ON catalog.product_metrics (product_id, period_starts_on)",
    "CREATE INDEX ix_product_metrics_variant_id ON catalog.product_metrics (variant_id)",
    r"""
    CREATE TABLE catalog.product_images (
        id uuid DEFAULT uuidv7() NOT NULL,
        product_id uuid NOT NULL,
        variant_id uuid,
        url text NOT NULL,
        alt_text text,
        position integer DEFAULT 1 NOT NULL,
        width integer,
        height integer,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_product_images PRIMARY KEY (id),
        CONSTRAINT ck_product_images_url_form CHECK (url ~ '^https?://[^\s]+$'),
        CONSTRAINT fk_product_images_product_id
            FOREIGN KEY(product_id) REFERENCES catalog.products (id) ON DELETE CASCADE,
        CONSTRAINT fk_product_images_variant_id
            FOREIGN KEY(variant_id) REFERENCES catalog.product_variants (id) ON DELETE SET NULL,
        CONSTRAINT ck_product_images_position_positive CHECK (position > 0),
        CONSTRAINT ck_product_images_width_positive CHECK (width > 0),
        CONSTRAINT ck_product_images_height_positive CHECK (height > 0)
    )
    """,
    "CREATE INDEX ix_product_images_product_id_position ON catalog.product_images (product_id, position)",
    "CREATE INDEX ix_product_images_variant_id ON catalog.product_images (variant_id)",
    """
    CREATE TABLE catalog.price_changes (
        id uuid DEFAULT uuidv7() NOT NULL,
        product_id uuid NOT NULL,
        variant_id uuid,
        rule_id uuid,
        promotion_id uuid,
        agent_id uuid,
        user_id uuid,
        kind text DEFAULT 'PRICE' NOT NULL,
        old_price numeric(20,2),
        new_price numeric(20,2),
        currency text DEFAULT 'USD' NOT NULL,
        change_percent numeric(20,4) GENERATED ALWAYS AS (round(100 * (new_price - old_price) / nullif(old_price, 0), 2)) VIRTUAL,
        reason text DEFAULT 'MANUAL' NOT NULL,
        note text,
        changed_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_price_changes PRIMARY KEY (id),
        CONSTRAINT ck_price_changes_new_price_is_another CHECK (new_price IS DISTINCT FROM old_price),
        CONSTRAINT ck_price_changes_old_price_at_least_zero CHECK (old_price >= 0),
        CONSTRAINT ck_price_changes_new_price_at_least_zero CHECK (new_price >= 0),
        CONSTRAINT fk_price_changes_product_id
            FOREIGN KEY(product_id) REFERENCES catalog.products (id) ON DELETE CASCADE,
        CONSTRAINT fk_price_changes_variant_id
            FOREIGN KEY(variant_id) REFERENCES catalog.product_variants (id) ON DELETE CASCADE,
        CONSTRAINT fk_price_changes_rule_id
            FOREIGN KEY(rule_id) REFERENCES catalog.pricing_rules (id) ON DELETE SET NULL,
        CONSTRAINT fk_price_changes_promotion_id
            FOREIGN KEY(promotion_id) REFERENCES catalog.promotions (id) ON DELETE SET NULL,
        CONSTRAINT ck_price_changes_kind_is_known CHECK (kind IN ('PRICE', 'SALE_PRICE', 'COST')),
        CONSTRAINT ck_price_changes_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_price_changes_reason_is_known
            CHECK (reason IN ('MANUAL', 'RULE', 'PROMOTION', 'COST', 'COMPETITOR'))
    )
    """,
    "CREATE INDEX ix_price_changes_agent_id ON catalog.price_changes (agent_id)",
    "CREATE INDEX ix_price_changes_changed_at ON catalog.price_changes (changed_at)",
    "CREATE INDEX ix_price_changes_product_id_changed_at ON catalog.price_changes (product_id, changed_at)",
    "CREATE INDEX ix_price_changes_promotion_id ON catalog.price_changes (promotion_id)",
    "CREATE INDEX ix_price_changes_rule_id ON catalog.price_changes (rule_id)",
    "CREATE INDEX ix_price_changes_user_id ON catalog.price_changes (user_id)",
    "CREATE INDEX ix_price_changes_variant_id_changed_at ON catalog.price_changes (variant_id, changed_at)",
    """
    CREATE FUNCTION public.sum_product_ratings() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      changes refcursor;
      change record;
    BEGIN
      CASE tg_op
        WHEN 'INSERT' THEN OPEN changes FOR
          SELECT product_id AS id,
                 sum(sign * CASE status WHEN 'PUBLISHED' THEN rating ELSE 0 END) AS rating_sum,
                 sum(sign * (status = 'PUBLISHED')::int) AS rating_count
            FROM (SELECT 1 AS sign, * FROM added) AS r
           GROUP BY product_id ORDER BY product_id;
        WHEN 'DELETE' THEN OPEN changes FOR
          SELECT product_id AS id,
                 sum(sign * CASE status WHEN 'PUBLISHED' THEN rating ELSE 0 END) AS rating_sum,
                 sum(sign * (status = 'PUBLISHED')::int) AS rating_count
            FROM (SELECT -1 AS sign, * FROM removed) AS r
           GROUP BY product_id ORDER BY product_id;
        WHEN 'UPDATE' THEN OPEN changes FOR
          SELECT product_id AS id,
                 sum(sign * CASE status WHEN 'PUBLISHED' THEN rating ELSE 0 END) AS rating_sum,
                 sum(sign * (status = 'PUBLISHED')::int) AS rating_count
            FROM (SELECT 1 AS sign, * FROM added UNION ALL SELECT -1 AS sign, * FROM removed) AS r
           GROUP BY product_id ORDER BY product_id;
      END CASE;
      LOOP
        FETCH changes INTO change;
        EXIT WHEN NOT found;
        CONTINUE WHEN change.rating_sum = 0 AND change.rating_count = 0;
        UPDATE catalog.products AS p
           SET rating_sum = p.rating_sum + change.rating_sum,
               rating_count = p.rating_count + change.rating_count
         WHERE p.id = change.id;
      END LOOP;
      CLOSE changes;
      RETURN NULL;
    END $$
    """,
)

DOWNGRADE = (
    "DROP TABLE catalog.price_changes",
    "DROP TABLE catalog.product_images",
    "DROP TABLE catalog.product_metrics",
    "DROP TABLE catalog.product_inquiries",
    "DROP TABLE catalog.promotions",
    "DROP TABLE catalog.pricing_rules",
    "DROP TABLE catalog.category_products",
    "DROP TABLE catalog.product_variants",
    "DROP TABLE catalog.product_recommendations",
    "DROP TABLE catalog.product_reviews",
    "DROP TABLE catalog.products",
    "DROP TABLE catalog.tax_rates",
    "DROP TABLE catalog.categories",
    "DROP FUNCTION public.sum_product_ratings()",
    "DROP SCHEMA catalog",
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

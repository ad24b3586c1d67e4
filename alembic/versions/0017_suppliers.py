"""Suppliers and what is ordered from them."""

from alembic import op

revision = "0017_suppliers"
down_revision = "0016_fulfillment"

TOUCHED = (
    "suppliers.purchase_order_items",
    "suppliers.purchase_orders",
    "suppliers.supplier_payments",
    "suppliers.supplier_products",
    "suppliers.suppliers",
)
COUNTED = (
    ("suppliers.purchase_orders", "sum_supplier_ratings"),
    ("suppliers.supplier_payments", "sum_supplier_payments"),
)
TRANSITIONS = (
    ("insert", "NEW TABLE AS added"),
    ("update", "OLD TABLE AS removed NEW TABLE AS added"),
    ("delete", "OLD TABLE AS removed"),
)

UPGRADE = (
    "CREATE SCHEMA suppliers",
    r"""
    CREATE TABLE suppliers.suppliers (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        agent_id uuid,
        code text NOT NULL,
        name text NOT NULL,
        contact_name text,
        email text,
        phone text,
        website text,
        address jsonb DEFAULT '{}' NOT NULL,
        country text,
        tax_number text,
        currency text DEFAULT 'USD' NOT NULL,
        minimum_order numeric(20,2) DEFAULT 0 NOT NULL,
        payment_terms_days integer DEFAULT 30 NOT NULL,
        lead_time_days integer DEFAULT 7 NOT NULL,
        status text DEFAULT 'ACTIVE' NOT NULL,
        rating_sum integer DEFAULT 0 NOT NULL,
        rating_count integer DEFAULT 0 NOT NULL,
        rating_average numeric(20,4) GENERATED ALWAYS AS (round(rating_sum::numeric / nullif(rating_count, 0), 2)) VIRTUAL,
        notes text,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        deleted_at timestamptz(3),
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_suppliers PRIMARY KEY (id),
        CONSTRAINT ck_suppliers_rating_sum_fits_count CHECK (rating_sum BETWEEN rating_count AND 5 * rating_count),
        CONSTRAINT ck_suppliers_minimum_order_at_least_zero CHECK (minimum_order >= 0),
        CONSTRAINT ck_suppliers_payment_terms_days_at_least_zero CHECK (payment_terms_days >= 0),
        CONSTRAINT ck_suppliers_lead_time_days_at_least_zero CHECK (lead_time_days >= 0),
        CONSTRAINT ck_suppliers_rating_sum_at_least_zero CHECK (rating_sum >= 0),
        CONSTRAINT ck_suppliers_rating_count_at_least_zero CHECK (rating_count >= 0),
        CONSTRAINT ck_suppliers_code_length CHECK (length(code) BETWEEN 1 AND 40),
        CONSTRAINT ck_suppliers_name_length CHECK (length(name) BETWEEN 1 AND 200),
        CONSTRAINT ck_suppliers_email_form CHECK (email = lower(email) AND email ~ '^[^@\s]+@[^@\s]+\.[^@\s]+$'),
        CONSTRAINT ck_suppliers_phone_form CHECK (phone ~ '^\+[1-9][0-9]{5,14}$'),
        CONSTRAINT ck_suppliers_country_form CHECK (country ~ '^[A-Z]{2}$'),
        CONSTRAINT ck_suppliers_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_suppliers_status_is_known CHECK (status IN ('PROSPECT', 'ACTIVE', 'ON_HOLD', 'BLOCKED'))
    )
    """,
    "CREATE INDEX ix_suppliers_agent_id ON suppliers.suppliers (agent_id)",
    "CREATE INDEX ix_suppliers_business_id ON suppliers.suppliers (business_id)",
    "CREATE INDEX ix_suppliers_created_by_id ON suppliers.suppliers (created_by_id)",
    "CREATE INDEX ix_suppliers_name_trigram ON suppliers.suppliers USING gin (name gin_trgm_ops)",
    "CREATE INDEX ix_suppliers_status ON suppliers.suppliers (status)",
    "CREATE INDEX ix_suppliers_updated_by_id ON suppliers.suppliers (updated_by_id)",
    "CREATE UNIQUE INDEX uq_suppliers_business_id_code ON suppliers.suppliers (business_id, code) WHERE deleted_at IS NULL",
    """
    CREATE TABLE suppliers.supplier_products (
        id uuid DEFAULT uuidv7() NOT NULL,
        supplier_id uuid NOT NULL,
        variant_id uuid NOT NULL,
        supplier_sku text,
        unit_cost numeric(20,6) NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        minimum_quantity integer DEFAULT 1 NOT NULL,
        pack_size integer DEFAULT 1 NOT NULL,
        lead_time_days integer,
        available_quantity integer,
        is_preferred boolean DEFAULT false NOT NULL,
        status text DEFAULT 'ACTIVE' NOT NULL,
        valid_from date,
        valid_until date,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_supplier_products PRIMARY KEY (id),
        CONSTRAINT ck_supplier_products_valid_until_not_before_valid_from CHECK (valid_from <= valid_until),
        CONSTRAINT ck_supplier_products_unit_cost_at_least_zero CHECK (unit_cost >= 0),
        CONSTRAINT ck_supplier_products_lead_time_days_at_least_zero CHECK (lead_time_days >= 0),
        CONSTRAINT ck_supplier_products_available_quantity_at_least_zero CHECK (available_quantity >= 0),
        CONSTRAINT fk_supplier_products_supplier_id
            FOREIGN KEY(supplier_id) REFERENCES suppliers.suppliers (id) ON DELETE CASCADE,
        CONSTRAINT ck_supplier_products_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_supplier_products_minimum_quantity_positive CHECK (minimum_quantity > 0),
        CONSTRAINT ck_supplier_products_pack_size_positive CHECK (pack_size > 0),
        CONSTRAINT ck_supplier_products_status_is_known
            CHECK (status IN ('ACTIVE', 'OUT_OF_STOCK', 'DISCONTINUED')),
        CONSTRAINT uq_supplier_products_supplier_id_variant_id UNIQUE (supplier_id, variant_id)
    )
    """,
    "CREATE INDEX ix_supplier_products_status ON suppliers.supplier_products (status)",
    "CREATE INDEX ix_supplier_products_supplier_id_supplier_sku ON suppliers.supplier_products (supplier_id, supplier_sku)",
    "CREATE INDEX ix_supplier_products_variant_id ON suppliers.supplier_products (variant_id)",
    """
    CREATE TABLE suppliers.purchase_orders (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        supplier_id uuid NOT NULL,
        warehouse_id uuid,
        agent_id uuid,
        approved_by_id uuid,
        order_number text NOT NULL,
        status text DEFAULT 'DRAFT' NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        subtotal numeric(20,2) DEFAULT 0 NOT NULL,
        tax_amount numeric(20,2) DEFAULT 0 NOT NULL,
        shipping_amount numeric(20,2) DEFAULT 0 NOT NULL,
        total_amount numeric(20,2) DEFAULT 0 NOT NULL,
        paid_amount numeric(20,2) DEFAULT 0 NOT NULL,
        expected_on date,
        ordered_at timestamptz(3),
        confirmed_at timestamptz(3),
        received_at timestamptz(3),
        rating integer,
        notes text,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_purchase_orders PRIMARY KEY (id),
        CONSTRAINT ck_purchase_orders_total_amount_adds_up
            CHECK (total_amount = subtotal + tax_amount + shipping_amount),
        CONSTRAINT ck_purchase_orders_ordered_at_is_given
            CHECK (status IN ('DRAFT', 'CANCELLED') OR ordered_at IS NOT NULL),
        CONSTRAINT ck_purchase_orders_received_at_is_given CHECK (status <> 'RECEIVED' OR received_at IS NOT NULL),
        CONSTRAINT ck_purchase_orders_confirmed_at_not_before_ordered_at CHECK (ordered_at <= confirmed_at),
        CONSTRAINT ck_purchase_orders_received_at_not_before_ordered_at CHECK (ordered_at <= received_at),
        CONSTRAINT ck_purchase_orders_subtotal_at_least_zero CHECK (subtotal >= 0),
        CONSTRAINT ck_purchase_orders_tax_amount_at_least_zero CHECK (tax_amount >= 0),
        CONSTRAINT ck_purchase_orders_shipping_amount_at_least_zero CHECK (shipping_amount >= 0),
        CONSTRAINT ck_purchase_orders_total_amount_at_least_zero CHECK (total_amount >= 0),
        CONSTRAINT ck_purchase_orders_paid_amount_at_least_zero CHECK (paid_amount >= 0),
        CONSTRAINT fk_purchase_orders_supplier_id
            FOREIGN KEY(supplier_id) REFERENCES suppliers.suppliers (id) ON DELETE RESTRICT,
        CONSTRAINT ck_purchase_orders_order_number_length CHECK (length(order_number) BETWEEN 1 AND 40),
        CONSTRAINT ck_purchase_orders_status_is_known
            CHECK (status IN ('DRAFT', 'SENT', 'CONFIRMED', 'PARTIALLY_RECEIVED', 'RECEIVED', 'CLOSED', 'CANCELLED')),
        CONSTRAINT ck_purchase_orders_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_purchase_orders_rating_range CHECK (rating BETWEEN 1 AND 5),
        CONSTRAINT uq_purchase_orders_business_id_order_number UNIQUE (business_id, order_number)
    )
    """,
    "CREATE INDEX ix_purchase_orders_agent_id ON suppliers.purchase_orders (agent_id)",
    "CREATE INDEX ix_purchase_orders_approved_by_id ON suppliers.purchase_orders (approved_by_id)",
    "CREATE INDEX ix_purchase_orders_created_by_id ON suppliers.purchase_orders (created_by_id)",
    "CREATE INDEX ix_purchase_orders_status ON suppliers.purchase_orders (status)",
    "CREATE INDEX ix_purchase_orders_supplier_id_status ON suppliers.purchase_orders (supplier_id, status)",
    "CREATE INDEX ix_purchase_orders_updated_by_id ON suppliers.purchase_orders (updated_by_id)",
    "CREATE INDEX ix_purchase_orders_warehouse_id ON suppliers.purchase_orders (warehouse_id)",
    """
    CREATE TABLE suppliers.purchase_order_items (
        id uuid DEFAULT uuidv7() NOT NULL,
        purchase_order_id uuid NOT NULL,
        variant_id uuid NOT NULL,
        supplier_product_id uuid,
        quantity integer NOT NULL,
        received_quantity integer DEFAULT 0 NOT NULL,
        unit_cost numeric(20,6) NOT NULL,
        total_amount numeric(20,2) NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_purchase_order_items PRIMARY KEY (id),
        CONSTRAINT ck_purchase_order_items_total_amount_adds_up
            CHECK (total_amount = round(quantity * unit_cost, 2)),
        CONSTRAINT ck_purchase_order_items_received_quantity_fits CHECK (received_quantity <= quantity),
        CONSTRAINT ck_purchase_order_items_unit_cost_at_least_zero CHECK (unit_cost >= 0),
        CONSTRAINT ck_purchase_order_items_received_quantity_at_least_zero CHECK (received_quantity >= 0),
        CONSTRAINT ck_purchase_order_items_total_amount_at_least_zero CHECK (total_amount >= 0),
        CONSTRAINT fk_purchase_order_items_purchase_order_id
            FOREIGN KEY(purchase_order_id) REFERENCES suppliers.purchase_orders (id) ON DELETE CASCADE,
        CONSTRAINT fk_purchase_order_items_supplier_product_id
            FOREIGN KEY(supplier_product_id) REFERENCES suppliers.supplier_products (id) ON DELETE SET NULL,
        CONSTRAINT ck_purchase_order_items_quantity_positive CHECK (quantity > 0),
        CONSTRAINT ck_purchase_order_items_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT uq_purchase_order_items_purchase_order_id_variant_id UNIQUE (purchase_order_id, variant_id)
    )
    """,
    "CREATE INDEX ix_purchase_order_items_supplier_product_id ON suppliers.purchase_order_items (supplier_product_id)",
    "CREATE INDEX ix_purchase_order_items_variant_id ON suppliers.purchase_order_items (variant_id)",
    """
    CREATE TABLE suppliers.supplier_payments (
        id uuid DEFAULT uuidv7() NOT NULL,
        supplier_id uuid NOT NULL,
        purchase_order_id uuid,
        transaction_id uuid,
        invoice_number text NOT NULL,
        amount numeric(20,2) NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        method text DEFAULT 'BANK_TRANSFER' NOT NULL,
        status text DEFAULT 'SCHEDULED' NOT NULL,
        due_on date NOT NULL,
        paid_at timestamptz(3),
        reference text,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_supplier_payments PRIMARY KEY (id),
        CONSTRAINT ck_supplier_payments_paid_at_fits CHECK ((status = 'PAID') = (paid_at IS NOT NULL)),
        CONSTRAINT fk_supplier_payments_supplier_id
            FOREIGN KEY(supplier_id) REFERENCES suppliers.suppliers (id) ON DELETE RESTRICT,
        CONSTRAINT fk_supplier_payments_purchase_order_id
            FOREIGN KEY(purchase_order_id) REFERENCES suppliers.purchase_orders (id) ON DELETE RESTRICT,
        CONSTRAINT ck_supplier_payments_invoice_number_length CHECK (length(invoice_number) BETWEEN 1 AND 60),
        CONSTRAINT ck_supplier_payments_amount_positive CHECK (amount > 0),
        CONSTRAINT ck_supplier_payments_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_supplier_payments_method_is_known
            CHECK (method IN ('BANK_TRANSFER', 'CARD', 'DIRECT_DEBIT', 'CREDIT_NOTE', 'OTHER')),
        CONSTRAINT ck_supplier_payments_status_is_known
            CHECK (status IN ('SCHEDULED', 'PAID', 'FAILED', 'CANCELLED')),
        CONSTRAINT uq_supplier_payments_supplier_id_invoice_number UNIQUE (supplier_id, invoice_number)
    )
    """,
    "CREATE INDEX ix_supplier_payments_purchase_order_id ON suppliers.supplier_payments (purchase_order_id)",
    "CREATE INDEX ix_supplier_payments_status_due_on ON suppliers.supplier_payments (status, due_on)",
    "CREATE INDEX ix_supplier_payments_transaction_id ON suppliers.supplier_payments (transaction_id)",
    """
    CREATE FUNCTION public.sum_supplier_ratings() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      changes refcursor;
      change record;
    BEGIN
      CASE tg_op
        WHEN 'INSERT' THEN OPEN changes FOR
          SELECT supplier_id AS id,
                 sum(sign * coalesce(rating, 0)) AS rating_sum,
                 sum(sign * (rating IS NOT NULL)::int) AS rating_count
            FROM (SELECT 1 AS sign, * FROM added) AS r
           GROUP BY supplier_id ORDER BY supplier_id;
        WHEN 'DELETE' THEN OPEN changes FOR
          SELECT supplier_id AS id,
                 sum(sign * coalesce(rating, 0)) AS rating_sum,
                 sum(sign * (rating IS NOT NULL)::int) AS rating_count
            FROM (SELECT -1 AS sign, * FROM removed) AS r
           GROUP BY supplier_id ORDER BY supplier_id;
        WHEN 'UPDATE' THEN OPEN changes FOR
          SELECT supplier_id AS id,
                 sum(sign * coalesce(rating, 0)) AS rating_sum,
                 sum(sign * (rating IS NOT NULL)::int) AS rating_count
            FROM (SELECT 1 AS sign, * FROM added UNION ALL SELECT -1 AS sign, * FROM removed) AS r
           GROUP BY supplier_id ORDER BY supplier_id;
      END CASE;
      LOOP
        FETCH changes INTO change;
        EXIT WHEN NOT found;
        CONTINUE WHEN change.rating_sum = 0 AND change.rating_count = 0;
        UPDATE suppliers.suppliers AS p
           SET rating_sum = p.rating_sum + change.rating_sum,
               rating_count = p.rating_count + change.rating_count
         WHERE p.id = change.id;
      END LOOP;
      CLOSE changes;
      RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION public.sum_supplier_payments() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      changes refcursor;
      change record;
    BEGIN
      CASE tg_op
        WHEN 'INSERT' THEN OPEN changes FOR
          SELECT purchase_order_id AS id,
                 sum(sign * CASE WHEN status = 'PAID' THEN amount ELSE 0 END) AS paid_amount
            FROM (SELECT 1 AS sign, * FROM added) AS r
           GROUP BY purchase_order_id ORDER BY purchase_order_id;
        WHEN 'DELETE' THEN OPEN changes FOR
          SELECT purchase_order_id AS id,
                 sum(sign * CASE WHEN status = 'PAID' THEN amount ELSE 0 END) AS paid_amount
            FROM (SELECT -1 AS sign, * FROM removed) AS r
           GROUP BY purchase_order_id ORDER BY purchase_order_id;
        WHEN 'UPDATE' THEN OPEN changes FOR
          SELECT purchase_order_id AS id,
                 sum(sign * CASE WHEN status = 'PAID' THEN amount ELSE 0 END) AS paid_amount
            FROM (SELECT 1 AS sign, * FROM added UNION ALL SELECT -1 AS sign, * FROM removed) AS r
           GROUP BY purchase_order_id ORDER BY purchase_order_id;
      END CASE;
      LOOP
        FETCH changes INTO change;
        EXIT WHEN NOT found;
        CONTINUE WHEN change.paid_amount = 0;
        UPDATE suppliers.purchase_orders AS p
           SET paid_amount = p.paid_amount + change.paid_amount
         WHERE p.id = change.id;
      END LOOP;
      CLOSE changes;
      RETURN NULL;
    END $$
    """,
)

DOWNGRADE = (
    "DROP TABLE suppliers.supplier_payments",
    "DROP TABLE suppliers.purchase_order_items",
    "DROP TABLE suppliers.purchase_orders",
    "DROP TABLE suppliers.supplier_products",
    "DROP TABLE suppliers.suppliers",
    "DROP FUNCTION public.sum_supplier_payments()",
    "DROP FUNCTION public.sum_supplier_ratings()",
    "DROP SCHEMA suppliers",
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

"""Payments, refunds, transactions, budgets."""

from alembic import op

revision = "0015_finance"
down_revision = "0014_sales"

TOUCHED = (
    "finance.budgets",
    "finance.payment_gateways",
    "finance.payment_methods",
    "finance.payments",
    "finance.refunds",
)
COUNTED = (
    ("finance.refunds", "sum_refunds"),
    ("finance.transactions", "sum_expenses"),
)
TRANSITIONS = (
    ("insert", "NEW TABLE AS added"),
    ("update", "OLD TABLE AS removed NEW TABLE AS added"),
    ("delete", "OLD TABLE AS removed"),
)

UPGRADE = (
    "CREATE SCHEMA finance",
    """
    CREATE TABLE finance.payment_gateways (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        name text NOT NULL,
        provider text NOT NULL,
        merchant_id text,
        credentials_ref text,
        webhook_secret_hash text,
        methods text[] DEFAULT '{CREDIT_CARD}' NOT NULL,
        currencies text[] DEFAULT '{USD}' NOT NULL,
        fee_percentage numeric(5,2) DEFAULT 0 NOT NULL,
        fee_fixed numeric(20,2) DEFAULT 0 NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        priority integer DEFAULT 0 NOT NULL,
        is_test boolean DEFAULT false NOT NULL,
        is_active boolean DEFAULT true NOT NULL,
        settings jsonb DEFAULT '{}' NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_payment_gateways PRIMARY KEY (id),
        CONSTRAINT ck_payment_gateways_fee_fixed_at_least_zero CHECK (fee_fixed >= 0),
        CONSTRAINT ck_payment_gateways_name_length CHECK (length(name) BETWEEN 1 AND 200),
        CONSTRAINT ck_payment_gateways_provider_is_known
            CHECK (provider IN ('STRIPE', 'PAYPAL', 'ADYEN', 'BRAINTREE', 'SQUARE', 'WINDCAVE', 'AFTERPAY', 'KLARNA', 'COINBASE', 'BANK', 'MANUAL', 'OTHER')),
        CONSTRAINT ck_payment_gateways_fee_percentage_range CHECK (fee_percentage BETWEEN 0 AND 100),
        CONSTRAINT ck_payment_gateways_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT uq_payment_gateways_business_id_name UNIQUE (business_id, name)
    )
    """,
    "CREATE INDEX ix_payment_gateways_business_id_is_active_priority ON finance.payment_gateways (business_id, is_active, priority)",
    "CREATE INDEX ix_payment_gateways_created_by_id ON finance.payment_gateways (created_by_id)",
    "CREATE INDEX ix_payment_gateways_provider ON finance.payment_gateways (provider)",
    "CREATE INDEX ix_payment_gateways_updated_by_id ON finance.payment_gateways (updated_by_id)",
    """
    CREATE TABLE finance.budgets (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        owner_agent_id uuid,
        owner_id uuid,
        name text NOT NULL,
        category text NOT NULL,
        fiscal_year integer NOT NULL,
        fiscal_month integer NOT NULL,
        allocated_amount numeric(20,2) NOT NULL,
        spent_amount numeric(20,2) DEFAULT 0 NOT NULL,
        remaining_amount numeric(20,2) GENERATED ALWAYS AS (allocated_amount - spent_amount) VIRTUAL NOT NULL,
        used_percentage numeric(20,4) GENERATED ALWAYS AS (round(100 * spent_amount / nullif(allocated_amount, 0), 2)) VIRTUAL,
        currency text DEFAULT 'USD' NOT NULL,
        notes text,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_budgets PRIMARY KEY (id),
        CONSTRAINT ck_budgets_allocated_amount_at_least_zero CHECK (allocated_amount >= 0),
        CONSTRAINT ck_budgets_spent_amount_at_least_zero CHECK (spent_amount >= 0),
        CONSTRAINT ck_budgets_name_length CHECK (length(name) BETWEEN 1 AND 255),
        CONSTRAINT ck_budgets_category_length CHECK (length(category) BETWEEN 1 AND 100),
        CONSTRAINT ck_budgets_fiscal_year_range CHECK (fiscal_year BETWEEN 2000 AND 2100),
        CONSTRAINT ck_budgets_fiscal_month_range CHECK (fiscal_month BETWEEN 1 AND 12),
        CONSTRAINT ck_budgets_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT uq_budgets_business_id_category_fiscal_year_fiscal_month UNIQUE (business_id, category, fiscal_year, fiscal_month)
    )
    """,
    "CREATE INDEX ix_budgets_created_by_id ON finance.budgets (created_by_id)",
    "CREATE INDEX ix_budgets_owner_agent_id ON finance.budgets (owner_agent_id)",
    "CREATE INDEX ix_budgets_owner_id ON finance.budgets (owner_id)",
    "CREATE INDEX ix_budgets_updated_by_id ON finance.budgets (updated_by_id)",
    """
    CREATE TABLE finance.payment_methods (
        id uuid DEFAULT uuidv7() NOT NULL,
        customer_id uuid,
        user_id uuid,
        gateway_id uuid NOT NULL,
        billing_address_id uuid,
        type text DEFAULT 'CREDIT_CARD' NOT NULL,
        provider_token text NOT NULL,
        label text,
        brand text,
        last4 text,
        expires_on date,
        holder_name text,
        is_default boolean DEFAULT false NOT NULL,
        is_active boolean DEFAULT true NOT NULL,
        verified_at timestamptz(3),
        last_used_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_payment_methods PRIMARY KEY (id),
        CONSTRAINT uq_payment_methods_gateway_id_provider_token UNIQUE (gateway_id, provider_token),
        CONSTRAINT ck_payment_methods_customer_id_or_user CHECK (num_nonnulls(customer_id, user_id) = 1),
        CONSTRAINT ck_payment_methods_last4_form CHECK (last4 ~ '^[0-9]{4}$'),
        CONSTRAINT ck_payment_methods_expires_on_is_given
            CHECK (type NOT IN ('CREDIT_CARD', 'DEBIT_CARD') OR num_nonnulls(brand, last4, expires_on) = 3),
        CONSTRAINT fk_payment_methods_gateway_id
            FOREIGN KEY(gateway_id) REFERENCES finance.payment_gateways (id) ON DELETE CASCADE,
        CONSTRAINT ck_payment_methods_type_is_known
            CHECK (type IN ('CREDIT_CARD', 'DEBIT_CARD', 'PAYPAL', 'WALLET', 'BANK_TRANSFER', 'DIRECT_DEBIT', 'BUY_NOW_PAY_LATER', 'INVOICE', 'CRYPTO', 'GIFT_CARD', 'CASH', 'OTHER'))
    )
    """,
    "CREATE INDEX ix_payment_methods_billing_address_id ON finance.payment_methods (billing_address_id)",
    "CREATE INDEX ix_payment_methods_customer_id ON finance.payment_methods (customer_id)",
    "CREATE INDEX ix_payment_methods_user_id ON finance.payment_methods (user_id)",
    "CREATE UNIQUE INDEX uq_payment_methods_customer_id ON finance.payment_methods (customer_id) WHERE is_default",
    "CREATE UNIQUE INDEX uq_payment_methods_user_id ON finance.payment_methods (user_id) WHERE is_default",
    """
    CREATE TABLE finance.payments (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        order_id uuid,
        escrow_id uuid,
        customer_id uuid,
        gateway_id uuid,
        payment_method_id uuid,
        number text NOT NULL,
        provider_reference text,
        method text NOT NULL,
        method_label text,
        amount numeric(20,2) NOT NULL,
        fee numeric(20,2) DEFAULT 0 NOT NULL,
        refunded_amount numeric(20,2) DEFAULT 0 NOT NULL,
        net_amount numeric(20,2) GENERATED ALWAYS AS (amount - fee - refunded_amount) VIRTUAL NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        status text DEFAULT 'PENDING' NOT NULL,
        failure_code text,
        failure_message text,
        ip_address inet,
        authorized_at timestamptz(3),
        paid_at timestamptz(3),
        failed_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        CONSTRAINT pk_payments PRIMARY KEY (id),
        CONSTRAINT uq_payments_gateway_id_provider_reference UNIQUE (gateway_id, provider_reference),
        CONSTRAINT ck_payments_escrow_id_or_order CHECK (num_nonnulls(order_id, escrow_id) < 2),
        CONSTRAINT ck_payments_refunded_amount_fits CHECK (refunded_amount <= amount),
        CONSTRAINT ck_payments_fee_fits CHECK (fee <= amount),
        CONSTRAINT ck_payments_paid_at_fits
            CHECK ((status IN ('PAID', 'PARTIALLY_REFUNDED', 'REFUNDED', 'DISPUTED')) = (paid_at IS NOT NULL)),
        CONSTRAINT ck_payments_failed_at_fits CHECK ((status = 'FAILED') = (failed_at IS NOT NULL)),
        CONSTRAINT ck_payments_paid_at_not_before_authorized_at CHECK (authorized_at <= paid_at),
        CONSTRAINT ck_payments_fee_at_least_zero CHECK (fee >= 0),
        CONSTRAINT ck_payments_refunded_amount_at_least_zero CHECK (refunded_amount >= 0),
        CONSTRAINT fk_payments_gateway_id
            FOREIGN KEY(gateway_id) REFERENCES finance.payment_gateways (id) ON DELETE RESTRICT,
        CONSTRAINT fk_payments_payment_method_id
            FOREIGN KEY(payment_method_id) REFERENCES finance.payment_methods (id) ON DELETE SET NULL,
        CONSTRAINT ck_payments_number_length CHECK (length(number) BETWEEN 1 AND 100),
        CONSTRAINT ck_payments_method_is_known
            CHECK (method IN ('CREDIT_CARD', 'DEBIT_CARD', 'PAYPAL', 'WALLET', 'BANK_TRANSFER', 'DIRECT_DEBIT', 'BUY_NOW_PAY_LATER', 'INVOICE', 'CRYPTO', 'GIFT_CARD', 'CASH', 'OTHER')),
        CONSTRAINT ck_payments_amount_positive CHECK (amount > 0),
        CONSTRAINT ck_payments_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_payments_status_is_known
            CHECK (status IN ('PENDING', 'AUTHORIZED', 'PAID', 'PARTIALLY_REFUNDED', 'REFUNDED', 'DISPUTED', 'FAILED', 'VOIDED')),
        CONSTRAINT uq_payments_business_id_number UNIQUE (business_id, number)
    )
    """,
    "CREATE INDEX ix_payments_business_id_created_at ON finance.payments (business_id, created_at)",
    "CREATE INDEX ix_payments_customer_id ON finance.payments (customer_id)",
    "CREATE INDEX ix_payments_escrow_id ON finance.payments (escrow_id)",
    "CREATE INDEX ix_payments_order_id ON finance.payments (order_id)",
    "CREATE INDEX ix_payments_payment_method_id ON finance.payments (payment_method_id)",
    "CREATE INDEX ix_payments_status_created_at ON finance.payments (status, created_at)",
    """
    CREATE TABLE finance.refunds (
        id uuid DEFAULT uuidv7() NOT NULL,
        payment_id uuid NOT NULL,
        return_id uuid,
        agent_id uuid,
        approved_by_id uuid,
        provider_reference text,
        amount numeric(20,2) NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        reason text NOT NULL,
        note text,
        status text DEFAULT 'PENDING' NOT NULL,
        failure_message text,
        processed_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_refunds PRIMARY KEY (id),
        CONSTRAINT uq_refunds_payment_id_provider_reference UNIQUE (payment_id, provider_reference),
        CONSTRAINT ck_refunds_processed_at_fits
            CHECK ((status IN ('SUCCEEDED', 'FAILED')) = (processed_at IS NOT NULL)),
        CONSTRAINT fk_refunds_payment_id
            FOREIGN KEY(payment_id) REFERENCES finance.payments (id) ON DELETE RESTRICT,
        CONSTRAINT ck_refunds_amount_positive CHECK (amount > 0),
        CONSTRAINT ck_refunds_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_refunds_reason_is_known
            CHECK (reason IN ('RETURN', 'CANCELLATION', 'DUPLICATE', 'FRAUD', 'NOT_DELIVERED', 'PRICE_ADJUSTMENT', 'GOODWILL', 'OTHER')),
        CONSTRAINT ck_refunds_status_is_known CHECK (status IN ('PENDING', 'SUCCEEDED', 'FAILED', 'CANCELLED'))
    )
    """,
    "CREATE INDEX ix_refunds_agent_id ON finance.refunds (agent_id)",
    "CREATE INDEX ix_refunds_approved_by_id ON finance.refunds (approved_by_id)",
    "CREATE INDEX ix_refunds_return_id ON finance.refunds (return_id)",
    "CREATE INDEX ix_refunds_status_created_at ON finance.refunds (status, created_at)",
    """
    CREATE TABLE finance.transactions (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        order_id uuid,
        payment_id uuid,
        refund_id uuid,
        customer_id uuid,
        agent_id uuid,
        budget_id uuid,
        recorded_by_id uuid,
        number text NOT NULL,
        type text NOT NULL,
        category text NOT NULL,
        amount numeric(20,2) NOT NULL,
        signed_amount numeric(20,2) GENERATED ALWAYS AS (CASE WHEN type IN ('EXPENSE', 'REFUND') THEN -amount ELSE amount END) VIRTUAL NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        description text,
        payment_method text,
        booked_on date DEFAULT CURRENT_DATE NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_transactions PRIMARY KEY (id),
        CONSTRAINT ck_transactions_amount_fits CHECK (type = 'ADJUSTMENT' OR amount >= 0),
        CONSTRAINT ck_transactions_budget_id_of_expense CHECK (budget_id IS NULL OR type = 'EXPENSE'),
        CONSTRAINT fk_transactions_payment_id
            FOREIGN KEY(payment_id) REFERENCES finance.payments (id) ON DELETE RESTRICT,
        CONSTRAINT fk_transactions_refund_id
            FOREIGN KEY(refund_id) REFERENCES finance.refunds (id) ON DELETE RESTRICT,
        CONSTRAINT fk_transactions_budget_id
            FOREIGN KEY(budget_id) REFERENCES finance.budgets (id) ON DELETE SET NULL,
        CONSTRAINT ck_transactions_number_length CHECK (length(number) BETWEEN 1 AND 100),
        CONSTRAINT ck_transactions_type_is_known CHECK (type IN ('REVENUE', 'EXPENSE', 'REFUND', 'ADJUSTMENT')),
        CONSTRAINT ck_transactions_category_length CHECK (length(category) BETWEEN 1 AND 100),
        CONSTRAINT ck_transactions_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_transactions_payment_method_is_known
            CHECK (payment_method IN ('CREDIT_CARD', 'DEBIT_CARD', 'PAYPAL', 'WALLET', 'BANK_TRANSFER', 'DIRECT_DEBIT', 'BUY_NOW_PAY_LATER', 'INVOICE', 'CRYPTO', 'GIFT_CARD', 'CASH', 'OTHER')),
        CONSTRAINT uq_transactions_business_id_number UNIQUE (business_id, number)
    )
    """,
    "CREATE INDEX ix_transactions_agent_id ON finance.transactions (agent_id)",
    "CREATE INDEX ix_transactions_budget_id ON finance.transactions (budget_id)",
    "CREATE INDEX ix_transactions_business_id_booked_on ON finance.transactions (business_id, booked_on)",
    "CREATE INDEX ix_transactions_business_id_type_category ON finance.transactions (business_id, type, category)",
    "CREATE INDEX ix_transactions_customer_id ON finance.transactions (customer_id)",
    "CREATE INDEX ix_transactions_order_id ON finance.transactions (order_id)",
    "CREATE INDEX ix_transactions_payment_id ON finance.transactions (payment_id)",
    "CREATE INDEX ix_transactions_recorded_by_id ON finance.transactions (recorded_by_id)",
    "CREATE INDEX ix_transactions_refund_id ON finance.transactions (refund_id)",
    """
    CREATE TABLE finance.revenue_attributions (
        id uuid DEFAULT uuidv7() NOT NULL,
        transaction_id uuid NOT NULL,
        agent_id uuid NOT NULL,
        campaign_id uuid,
        model text DEFAULT 'LAST_TOUCH' NOT NULL,
        percentage numeric(5,2) NOT NULL,
        touchpoint_data jsonb DEFAULT '{}' NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_revenue_attributions PRIMARY KEY (id),
        CONSTRAINT fk_revenue_attributions_transaction_id
            FOREIGN KEY(transaction_id) REFERENCES finance.transactions (id) ON DELETE CASCADE,
        CONSTRAINT ck_revenue_attributions_model_is_known
            CHECK (model IN ('LAST_TOUCH', 'FIRST_TOUCH', 'LINEAR', 'TIME_DECAY', 'POSITION_BASED', 'DATA_DRIVEN')),
        CONSTRAINT ck_revenue_attributions_percentage_range CHECK (percentage BETWEEN 0 AND 100),
        CONSTRAINT uq_revenue_attributions_natural_key UNIQUE NULLS NOT DISTINCT (transaction_id, model, agent_id, campaign_id)
    )
    """,
    "CREATE INDEX ix_revenue_attributions_agent_id ON finance.revenue_attributions (agent_id)",
    "CREATE INDEX ix_revenue_attributions_campaign_id ON finance.revenue_attributions (campaign_id)",
    """
    CREATE FUNCTION public.sum_refunds() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      changes refcursor;
      change record;
    BEGIN
      CASE tg_op
        WHEN 'INSERT' THEN OPEN changes FOR
          SELECT payment_id AS id,
                 sum(sign * CASE status WHEN 'SUCCEEDED' THEN amount ELSE 0 END) AS refunded_amount
            FROM (SELECT 1 AS sign, * FROM added) AS r
           GROUP BY payment_id ORDER BY payment_id;
        WHEN 'DELETE' THEN OPEN changes FOR
          SELECT payment_id AS id,
                 sum(sign * CASE status WHEN 'SUCCEEDED' THEN amount ELSE 0 END) AS refunded_amount
            FROM (SELECT -1 AS sign, * FROM removed) AS r
           GROUP BY payment_id ORDER BY payment_id;
        WHEN 'UPDATE' THEN OPEN changes FOR
          SELECT payment_id AS id,
                 sum(sign * CASE status WHEN 'SUCCEEDED' THEN amount ELSE 0 END) AS refunded_amount
            FROM (SELECT 1 AS sign, * FROM added UNION ALL SELECT -1 AS sign, * FROM removed) AS r
           GROUP BY payment_id ORDER BY payment_id;
      END CASE;
      LOOP
        FETCH changes INTO change;
        EXIT WHEN NOT found;
        CONTINUE WHEN change.refunded_amount = 0;
        UPDATE finance.payments AS p
           SET refunded_amount = p.refunded_amount + change.refunded_amount
         WHERE p.id = change.id;
      END LOOP;
      CLOSE changes;
      RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION public.sum_expenses() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      changes refcursor;
      change record;
    BEGIN
      CASE tg_op
        WHEN 'INSERT' THEN OPEN changes FOR
          SELECT budget_id AS id,
                 sum(sign * amount) AS spent_amount
            FROM (SELECT 1 AS sign, * FROM added) AS r
           GROUP BY budget_id ORDER BY budget_id;
        WHEN 'DELETE' THEN OPEN changes FOR
          SELECT budget_id AS id,
                 sum(sign * amount) AS spent_amount
            FROM (SELECT -1 AS sign, * FROM removed) AS r
           GROUP BY budget_id ORDER BY budget_id;
        WHEN 'UPDATE' THEN OPEN changes FOR
          SELECT budget_id AS id,
                 sum(sign * amount) AS spent_amount
            FROM (SELECT 1 AS sign, * FROM added UNION ALL SELECT -1 AS sign, * FROM removed) AS r
           GROUP BY budget_id ORDER BY budget_id;
      END CASE;
      LOOP
        FETCH changes INTO change;
        EXIT WHEN NOT found;
        CONTINUE WHEN change.spent_amount = 0;
        UPDATE finance.budgets AS p
           SET spent_amount = p.spent_amount + change.spent_amount
         WHERE p.id = change.id;
      END LOOP;
      CLOSE changes;
      RETURN NULL;
    END $$
    """,
)

DOWNGRADE = (
    "DROP TABLE finance.revenue_attributions",
    "DROP TABLE finance.transactions",
    "DROP TABLE finance.refunds",
    "DROP TABLE finance.payments",
    "DROP TABLE finance.payment_methods",
    "DROP TABLE finance.budgets",
    "DROP TABLE finance.payment_gateways",
    "DROP FUNCTION public.sum_expenses()",
    "DROP FUNCTION public.sum_refunds()",
    "DROP SCHEMA finance",
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

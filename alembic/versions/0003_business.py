"""Businesses, their areas and components, and what is measured there."""

from alembic import op

revision = "0003_business"
down_revision = "0002_identity"

TOUCHED = ("business.businesses", "business.domains", "business.domain_components")
COUNTED = (("business.domain_components", "count_components"),)
TRANSITIONS = (
    ("insert", "NEW TABLE AS added"),
    ("update", "OLD TABLE AS removed NEW TABLE AS added"),
    ("delete", "OLD TABLE AS removed"),
)

UPGRADE = (
    "CREATE SCHEMA business",
    """
    CREATE TABLE business.businesses (
        id uuid DEFAULT uuidv7() NOT NULL,
        name text NOT NULL,
        slug text NOT NULL,
        type text NOT NULL,
        parent_id uuid,
        description text,
        primary_domain text,
        status text DEFAULT 'ACTIVE' NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        time_zone text DEFAULT 'UTC' NOT NULL,
        settings jsonb DEFAULT '{}' NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        CONSTRAINT pk_businesses PRIMARY KEY (id),
        CONSTRAINT uq_businesses_name UNIQUE (name),
        CONSTRAINT uq_businesses_slug UNIQUE (slug),
        CONSTRAINT ck_businesses_slug_form CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
        CONSTRAINT ck_businesses_not_its_own_parent CHECK (parent_id <> id),
        CONSTRAINT ck_businesses_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT fk_businesses_parent_id
            FOREIGN KEY (parent_id) REFERENCES business.businesses (id) ON DELETE SET NULL,
        CONSTRAINT ck_businesses_type_is_known
            CHECK (type IN ('PARENT', 'RETAIL', 'WHOLESALE', 'MANUFACTURING', 'ECOMMERCE', 'OTHER')),
        CONSTRAINT ck_businesses_status_is_known CHECK (status IN ('ACTIVE', 'INACTIVE', 'MAINTENANCE'))
    )
    """,
    "CREATE INDEX ix_businesses_parent_id ON business.businesses (parent_id)",
    "CREATE INDEX ix_businesses_status ON business.businesses (status)",
    "CREATE INDEX ix_businesses_type ON business.businesses (type)",
    """
    CREATE TABLE business.domains (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        name text NOT NULL,
        slug text NOT NULL,
        description text,
        parent_id uuid,
        status text DEFAULT 'ACTIVE' NOT NULL,
        component_count integer DEFAULT 0 NOT NULL,
        last_activity_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_domains PRIMARY KEY (id),
        CONSTRAINT uq_domains_business_id_slug UNIQUE (business_id, slug),
        CONSTRAINT ck_domains_slug_form CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
        CONSTRAINT ck_domains_not_its_own_parent CHECK (parent_id <> id),
        CONSTRAINT ck_domains_component_count_at_least_zero CHECK (component_count >= 0),
        CONSTRAINT fk_domains_business_id
            FOREIGN KEY (business_id) REFERENCES business.businesses (id) ON DELETE CASCADE,
        CONSTRAINT fk_domains_parent_id
            FOREIGN KEY (parent_id) REFERENCES business.domains (id) ON DELETE SET NULL,
        CONSTRAINT ck_domains_status_is_known CHECK (status IN ('ACTIVE', 'INACTIVE', 'PLANNED'))
    )
    """,
    "CREATE INDEX ix_domains_parent_id ON business.domains (parent_id)",
    "CREATE INDEX ix_domains_status ON business.domains (status)",
    """
    CREATE TABLE business.domain_components (
        id uuid DEFAULT uuidv7() NOT NULL,
        domain_id uuid NOT NULL,
        type text NOT NULL,
        name text NOT NULL,
        file_path text,
        description text,
        status text DEFAULT 'ACTIVE' NOT NULL,
        health_score integer DEFAULT 100 NOT NULL,
        last_checked_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_domain_components PRIMARY KEY (id),
        CONSTRAINT ck_domain_components_health_score_range CHECK (health_score BETWEEN 0 AND 100),
        CONSTRAINT fk_domain_components_domain_id
            FOREIGN KEY (domain_id) REFERENCES business.domains (id) ON DELETE CASCADE,
        CONSTRAINT ck_domain_components_type_is_known
            CHECK (type IN ('SERVICE', 'API', 'CRON', 'FUNCTION', 'LIBRARY', 'MODULE', 'OTHER')),
        CONSTRAINT ck_domain_components_status_is_known CHECK (status IN ('ACTIVE', 'DEPRECATED', 'BROKEN'))
    )
    """,
    "CREATE INDEX ix_domain_components_domain_id ON business.domain_components (domain_id)",
    "CREATE INDEX ix_domain_components_status ON business.domain_components (status)",
    "CREATE INDEX ix_domain_components_type ON business.domain_components (type)",
    """
    CREATE TABLE business.metrics (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        domain_id uuid,
        type text NOT NULL,
        name text NOT NULL,
        value numeric(20,4),
        unit text,
        metadata jsonb DEFAULT '{}' NOT NULL,
        recorded_at timestamptz(3) GENERATED ALWAYS AS (uuid_extract_timestamp(id)) VIRTUAL NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_metrics PRIMARY KEY (id),
        CONSTRAINT fk_metrics_business_id
            FOREIGN KEY (business_id) REFERENCES business.businesses (id) ON DELETE CASCADE,
        CONSTRAINT fk_metrics_domain_id
            FOREIGN KEY (domain_id) REFERENCES business.domains (id) ON DELETE SET NULL,
        CONSTRAINT ck_metrics_type_is_known CHECK (type IN ('PERFORMANCE', 'BUSINESS', 'SYSTEM', 'CUSTOM'))
    ) PARTITION BY RANGE (id)
    """,
    "CREATE INDEX ix_metrics_business_id_id ON business.metrics (business_id, id)",
    "CREATE INDEX ix_metrics_business_id_name_id ON business.metrics (business_id, name, id)",
    "CREATE INDEX ix_metrics_domain_id_id ON business.metrics (domain_id, id)",
    "CREATE INDEX ix_metrics_name_id ON business.metrics (name, id)",
    """
    CREATE FUNCTION public.count_components() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      changes refcursor;
      change record;
    BEGIN
      CASE tg_op
        WHEN 'INSERT' THEN OPEN changes FOR
          SELECT domain_id AS id,
                 sum(sign * 1) AS component_count
            FROM (SELECT 1 AS sign, * FROM added) AS r
           GROUP BY domain_id ORDER BY domain_id;
        WHEN 'DELETE' THEN OPEN changes FOR
          SELECT domain_id AS id,
                 sum(sign * 1) AS component_count
            FROM (SELECT -1 AS sign, * FROM removed) AS r
           GROUP BY domain_id ORDER BY domain_id;
        WHEN 'UPDATE' THEN OPEN changes FOR
          SELECT domain_id AS id,
                 sum(sign * 1) AS component_count
            FROM (SELECT 1 AS sign, * FROM added UNION ALL SELECT -1 AS sign, * FROM removed) AS r
           GROUP BY domain_id ORDER BY domain_id;
      END CASE;
      LOOP
        FETCH changes INTO change;
        EXIT WHEN NOT found;
        CONTINUE WHEN change.component_count = 0;
        UPDATE business.domains AS p
           SET component_count = p.component_count + change.component_count
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
    "DROP TABLE business.metrics",
    "DROP TABLE business.domain_components",
    "DROP TABLE business.domains",
    "DROP TABLE business.businesses",
    "DROP FUNCTION public.count_components()",
    "DROP SCHEMA business",
)


def upgrade() -> None:
    for statement in UPGRADE:
        op.execute(statement)


def downgrade() -> None:
    for statement in DOWNGRADE:
        op.execute(statement)

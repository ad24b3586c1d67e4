"""Businesses, their areas and components, and what is measured and happens there."""

from alembic import op

revision = "0003_business"
down_revision = "0002_identity"

TOUCHED = (
    "business.alert_rules",
    "business.alerts",
    "business.businesses",
    "business.domain_components",
    "business.domains",
    "business.sites",
    "business.stores",
)
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
        primary_site_id uuid,
        status text DEFAULT 'ACTIVE' NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        time_zone text DEFAULT 'UTC' NOT NULL,
        settings jsonb DEFAULT '{}' NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        CONSTRAINT pk_businesses PRIMARY KEY (id),
        CONSTRAINT uq_businesses_name UNIQUE (name),
        CONSTRAINT fk_businesses_parent_id
            FOREIGN KEY(parent_id) REFERENCES business.businesses (id) ON DELETE SET NULL,
        CONSTRAINT ck_businesses_slug_form CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
        CONSTRAINT ck_businesses_type_is_known
            CHECK (type IN ('PARENT', 'RETAIL', 'WHOLESALE', 'MANUFACTURING', 'ECOMMERCE', 'OTHER')),
        CONSTRAINT ck_businesses_parent_id_is_another CHECK (parent_id <> id),
        CONSTRAINT ck_businesses_status_is_known CHECK (status IN ('ACTIVE', 'INACTIVE', 'MAINTENANCE')),
        CONSTRAINT ck_businesses_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT uq_businesses_slug UNIQUE (slug)
    )
    """,
    "CREATE INDEX ix_businesses_parent_id ON business.businesses (parent_id)",
    "CREATE INDEX ix_businesses_primary_site_id ON business.businesses (primary_site_id)",
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
        CONSTRAINT ck_domains_component_count_at_least_zero CHECK (component_count >= 0),
        CONSTRAINT fk_domains_business_id
            FOREIGN KEY(business_id) REFERENCES business.businesses (id) ON DELETE CASCADE,
        CONSTRAINT fk_domains_parent_id FOREIGN KEY(parent_id) REFERENCES business.domains (id) ON DELETE SET NULL,
        CONSTRAINT ck_domains_slug_form CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
        CONSTRAINT ck_domains_parent_id_is_another CHECK (parent_id <> id),
        CONSTRAINT ck_domains_status_is_known CHECK (status IN ('ACTIVE', 'INACTIVE', 'PLANNED')),
        CONSTRAINT uq_domains_business_id_slug UNIQUE (business_id, slug)
    )
    """,
    "CREATE INDEX ix_domains_parent_id ON business.domains (parent_id)",
    "CREATE INDEX ix_domains_status ON business.domains (status)",
    r"""
    CREATE TABLE business.sites (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        domain text NOT NULL,
        name text NOT NULL,
        type text DEFAULT 'SHOP' NOT NULL,
        status text DEFAULT 'STAGING' NOT NULL,
        platform text,
        locale text DEFAULT 'en' NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        verified_at timestamptz(3),
        certificate_expires_at timestamptz(3),
        launched_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        CONSTRAINT pk_sites PRIMARY KEY (id),
        CONSTRAINT ck_sites_domain_form CHECK (domain ~ '^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$'),
        CONSTRAINT fk_sites_business_id
            FOREIGN KEY(business_id) REFERENCES business.businesses (id) ON DELETE CASCADE,
        CONSTRAINT ck_sites_name_length CHECK (length(name) BETWEEN 1 AND 200),
        CONSTRAINT ck_sites_type_is_known
            CHECK (type IN ('SHOP', 'MARKETPLACE', 'CORPORATE', 'LANDING_PAGE', 'BLOG', 'HELP_CENTER', 'BACK_OFFICE', 'OTHER')),
        CONSTRAINT ck_sites_status_is_known CHECK (status IN ('STAGING', 'LIVE', 'MAINTENANCE', 'RETIRED')),
        CONSTRAINT ck_sites_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT uq_sites_business_id_domain UNIQUE (business_id, domain)
    )
    """,
    "CREATE INDEX ix_sites_status ON business.sites (status)",
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
        search_vector tsvector GENERATED ALWAYS AS (setweight(to_tsvector('simple', coalesce(name, '')), 'A') || setweight(to_tsvector('simple', coalesce(description, '')), 'B') || setweight(to_tsvector('simple', coalesce(file_path, '')), 'C')) STORED NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_domain_components PRIMARY KEY (id),
        CONSTRAINT fk_domain_components_domain_id
            FOREIGN KEY(domain_id) REFERENCES business.domains (id) ON DELETE CASCADE,
        CONSTRAINT ck_domain_components_type_is_known
            CHECK (type IN ('SERVICE', 'API', 'CRON', 'FUNCTION', 'LIBRARY', 'MODULE', 'OTHER')),
        CONSTRAINT ck_domain_components_status_is_known CHECK (status IN ('ACTIVE', 'DEPRECATED', 'BROKEN')),
        CONSTRAINT ck_domain_components_health_score_range CHECK (health_score BETWEEN 0 AND 100)
    )
    """,
    "CREATE INDEX ix_domain_components_domain_id ON business.domain_components (domain_id)",
    "CREATE INDEX ix_domain_components_search_vector ON business.domain_components USING gin (search_vector)",
    "CREATE INDEX ix_domain_components_status ON business.domain_components (status)",
    "CREATE INDEX ix_domain_components_type ON business.domain_components (type)",
    r"""
    CREATE TABLE business.stores (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        site_id uuid,
        manager_id uuid,
        code text NOT NULL,
        name text NOT NULL,
        status text DEFAULT 'PLANNED' NOT NULL,
        street text NOT NULL,
        city text NOT NULL,
        region text,
        postal_code text,
        country text NOT NULL,
        latitude numeric(9,6),
        longitude numeric(9,6),
        email text,
        phone text,
        opening_hours jsonb DEFAULT '{}' NOT NULL,
        opened_on date,
        closed_on date,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        CONSTRAINT pk_stores PRIMARY KEY (id),
        CONSTRAINT ck_stores_closed_on_not_before_opened_on CHECK (opened_on <= closed_on),
        CONSTRAINT ck_stores_closed_on_is_given CHECK (status <> 'CLOSED' OR closed_on IS NOT NULL),
        CONSTRAINT fk_stores_business_id
            FOREIGN KEY(business_id) REFERENCES business.businesses (id) ON DELETE CASCADE,
        CONSTRAINT fk_stores_site_id FOREIGN KEY(site_id) REFERENCES business.sites (id) ON DELETE SET NULL,
        CONSTRAINT ck_stores_code_length CHECK (length(code) BETWEEN 1 AND 40),
        CONSTRAINT ck_stores_name_length CHECK (length(name) BETWEEN 1 AND 200),
        CONSTRAINT ck_stores_status_is_known CHECK (status IN ('PLANNED', 'OPEN', 'TEMPORARILY_CLOSED', 'CLOSED')),
        CONSTRAINT ck_stores_country_form CHECK (country ~ '^[A-Z]{2}$'),
        CONSTRAINT ck_stores_latitude_range CHECK (latitude BETWEEN -90 AND 90),
        CONSTRAINT ck_stores_longitude_range CHECK (longitude BETWEEN -180 AND 180),
        CONSTRAINT ck_stores_email_form CHECK (email = lower(email) AND email ~ '^[^@\s]+@[^@\s]+\.[^@\s]+$'),
        CONSTRAINT ck_stores_phone_form CHECK (phone ~ '^\+[1-9][0-9]{5,14}$'),
        CONSTRAINT uq_stores_business_id_code UNIQUE (business_id, code)
    )
    """,
    "CREATE INDEX ix_stores_manager_id ON business.stores (manager_id)",
    "CREATE INDEX ix_stores_site_id ON business.stores (site_id)",
    "CREATE INDEX ix_stores_status ON business.stores (status)",
    """
    CREATE TABLE business.metrics (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        domain_id uuid,
        definition_id uuid,
        type text NOT NULL,
        name text NOT NULL,
        value numeric(20,4),
        unit text,
        metadata jsonb DEFAULT '{}' NOT NULL,
        recorded_at timestamptz(3) GENERATED ALWAYS AS (uuid_extract_timestamp(id)) VIRTUAL NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_metrics PRIMARY KEY (id),
        CONSTRAINT fk_metrics_business_id
            FOREIGN KEY(business_id) REFERENCES business.businesses (id) ON DELETE CASCADE,
        CONSTRAINT fk_metrics_domain_id FOREIGN KEY(domain_id) REFERENCES business.domains (id) ON DELETE SET NULL,
        CONSTRAINT ck_metrics_type_is_known CHECK (type IN ('PERFORMANCE', 'BUSINESS', 'SYSTEM', 'CUSTOM'))
        )
    PARTITION BY RANGE (id)
    """,
    "CREATE INDEX ix_metrics_business_id_id ON business.metrics (business_id, id)",
    "CREATE INDEX ix_metrics_business_id_name_id ON business.metrics (business_id, name, id)",
    "CREATE INDEX ix_metrics_definition_id_id ON business.metrics (definition_id, id)",
    "CREATE INDEX ix_metrics_domain_id_id ON business.metrics (domain_id, id)",
    "CREATE INDEX ix_metrics_name_id ON business.metrics (name, id)",
    """
    CREATE TABLE business.business_events (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        domain_id uuid,
        user_id uuid,
        type text NOT NULL,
        category text NOT NULL,
        severity text DEFAULT 'INFO' NOT NULL,
        data jsonb DEFAULT '{}' NOT NULL,
        ip_address inet,
        occurred_at timestamptz(3) GENERATED ALWAYS AS (uuid_extract_timestamp(id)) VIRTUAL NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_business_events PRIMARY KEY (id),
        CONSTRAINT fk_business_events_business_id
            FOREIGN KEY(business_id) REFERENCES business.businesses (id) ON DELETE CASCADE,
        CONSTRAINT fk_business_events_domain_id
            FOREIGN KEY(domain_id) REFERENCES business.domains (id) ON DELETE SET NULL,
        CONSTRAINT ck_business_events_type_length CHECK (length(type) BETWEEN 1 AND 100),
        CONSTRAINT ck_business_events_category_is_known
            CHECK (category IN ('SALE', 'INVENTORY', 'CUSTOMER', 'SYSTEM', 'ERROR', 'OTHER')),
        CONSTRAINT ck_business_events_severity_is_known
            CHECK (severity IN ('CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'INFO'))
        )
    PARTITION BY RANGE (id)
    """,
    "CREATE INDEX ix_business_events_business_id_id ON business.business_events (business_id, id)",
    "CREATE INDEX ix_business_events_business_id_type_id ON business.business_events (business_id, type, id)",
    "CREATE INDEX ix_business_events_category_id ON business.business_events (category, id)",
    "CREATE INDEX ix_business_events_domain_id_id ON business.business_events (domain_id, id)",
    "CREATE INDEX ix_business_events_severity_id ON business.business_events (severity, id)",
    "CREATE INDEX ix_business_events_type_id ON business.business_events (type, id)",
    "CREATE INDEX ix_business_events_user_id_id ON business.business_events (user_id, id)",
    """
    CREATE TABLE business.alert_rules (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        domain_id uuid,
        definition_id uuid,
        name text NOT NULL,
        description text,
        type text DEFAULT 'THRESHOLD' NOT NULL,
        severity text DEFAULT 'MEDIUM' NOT NULL,
        comparison text,
        threshold_value numeric(20,4),
        window_minutes integer DEFAULT 60 NOT NULL,
        cooldown_minutes integer DEFAULT 60 NOT NULL,
        channels text[] DEFAULT '{email}' NOT NULL,
        recipients text[] DEFAULT '{}' NOT NULL,
        is_active boolean DEFAULT true NOT NULL,
        last_evaluated_at timestamptz(3),
        last_triggered_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_alert_rules PRIMARY KEY (id),
        CONSTRAINT ck_alert_rules_threshold_value_is_given
            CHECK (type <> 'THRESHOLD' OR num_nonnulls(definition_id, comparison, threshold_value) = 3),
        CONSTRAINT ck_alert_rules_cooldown_minutes_at_least_zero CHECK (cooldown_minutes >= 0),
        CONSTRAINT fk_alert_rules_business_id
            FOREIGN KEY(business_id) REFERENCES business.businesses (id) ON DELETE CASCADE,
        CONSTRAINT fk_alert_rules_domain_id
            FOREIGN KEY(domain_id) REFERENCES business.domains (id) ON DELETE SET NULL,
        CONSTRAINT ck_alert_rules_name_length CHECK (length(name) BETWEEN 1 AND 200),
        CONSTRAINT ck_alert_rules_type_is_known
            CHECK (type IN ('THRESHOLD', 'ANOMALY', 'SYSTEM', 'SECURITY', 'OTHER')),
        CONSTRAINT ck_alert_rules_severity_is_known CHECK (severity IN ('CRITICAL', 'HIGH', 'MEDIUM', 'LOW')),
        CONSTRAINT ck_alert_rules_comparison_is_known
            CHECK (comparison IN ('ABOVE', 'AT_LEAST', 'EQUAL', 'AT_MOST', 'BELOW')),
        CONSTRAINT ck_alert_rules_window_minutes_positive CHECK (window_minutes > 0),
        CONSTRAINT uq_alert_rules_business_id_name UNIQUE (business_id, name)
    )
    """,
    "CREATE INDEX ix_alert_rules_created_by_id ON business.alert_rules (created_by_id)",
    "CREATE INDEX ix_alert_rules_definition_id ON business.alert_rules (definition_id)",
    "CREATE INDEX ix_alert_rules_domain_id ON business.alert_rules (domain_id)",
    "CREATE INDEX ix_alert_rules_updated_by_id ON business.alert_rules (updated_by_id)",
    """
    CREATE TABLE business.alerts (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        domain_id uuid,
        rule_id uuid,
        metric_id uuid,
        agent_id uuid,
        type text NOT NULL,
        severity text NOT NULL,
        title text NOT NULL,
        message text,
        threshold_value numeric(20,4),
        actual_value numeric(20,4),
        status text DEFAULT 'NEW' NOT NULL,
        notified_users text[] DEFAULT '{}' NOT NULL,
        triggered_at timestamptz(3) DEFAULT now() NOT NULL,
        acknowledged_at timestamptz(3),
        acknowledged_by_id uuid,
        resolved_at timestamptz(3),
        resolved_by_id uuid,
        resolution text,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        CONSTRAINT pk_alerts PRIMARY KEY (id),
        CONSTRAINT ck_alerts_acknowledged_at_not_before_triggered_at CHECK (triggered_at <= acknowledged_at),
        CONSTRAINT ck_alerts_resolved_at_not_before_triggered_at CHECK (triggered_at <= resolved_at),
        CONSTRAINT ck_alerts_acknowledged_at_is_given
            CHECK (status <> 'ACKNOWLEDGED' OR acknowledged_at IS NOT NULL),
        CONSTRAINT ck_alerts_resolved_at_fits CHECK ((status = 'RESOLVED') = (resolved_at IS NOT NULL)),
        CONSTRAINT fk_alerts_business_id
            FOREIGN KEY(business_id) REFERENCES business.businesses (id) ON DELETE CASCADE,
        CONSTRAINT fk_alerts_domain_id FOREIGN KEY(domain_id) REFERENCES business.domains (id) ON DELETE SET NULL,
        CONSTRAINT fk_alerts_rule_id FOREIGN KEY(rule_id) REFERENCES business.alert_rules (id) ON DELETE SET NULL,
        CONSTRAINT fk_alerts_metric_id FOREIGN KEY(metric_id) REFERENCES business.metrics (id) ON DELETE SET NULL,
        CONSTRAINT ck_alerts_type_is_known CHECK (type IN ('THRESHOLD', 'ANOMALY', 'SYSTEM', 'SECURITY', 'OTHER')),
        CONSTRAINT ck_alerts_severity_is_known CHECK (severity IN ('CRITICAL', 'HIGH', 'MEDIUM', 'LOW')),
        CONSTRAINT ck_alerts_title_length CHECK (length(title) BETWEEN 1 AND 255),
        CONSTRAINT ck_alerts_status_is_known CHECK (status IN ('NEW', 'ACKNOWLEDGED', 'RESOLVED', 'IGNORED'))
    )
    """,
    "CREATE INDEX ix_alerts_acknowledged_by_id ON business.alerts (acknowledged_by_id)",
    "CREATE INDEX ix_alerts_agent_id ON business.alerts (agent_id)",
    "CREATE INDEX ix_alerts_business_id_triggered_at ON business.alerts (business_id, triggered_at)",
    "CREATE INDEX ix_alerts_domain_id ON business.alerts (domain_id)",
    "CREATE INDEX ix_alerts_metric_id ON business.alerts (metric_id)",
    "CREATE INDEX ix_alerts_resolved_by_id ON business.alerts (resolved_by_id)",
    "CREATE INDEX ix_alerts_rule_id ON business.alerts (rule_id)",
    "CREATE INDEX ix_alerts_severity ON business.alerts (severity)",
    "CREATE INDEX ix_alerts_status ON business.alerts (status)",
    "CREATE INDEX ix_alerts_triggered_at ON business.alerts (triggered_at)",
    """
    CREATE TABLE business.data_quality_checks (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        domain_id uuid,
        alert_id uuid,
        name text NOT NULL,
        dimension text NOT NULL,
        entity_type text NOT NULL,
        field text,
        rule text,
        row_count bigint DEFAULT 0 NOT NULL,
        failed_count bigint DEFAULT 0 NOT NULL,
        minimum_rate numeric(5,2) DEFAULT 100 NOT NULL,
        pass_rate numeric(5,2) GENERATED ALWAYS AS (round(100 * (row_count - failed_count)::numeric / nullif(row_count, 0), 2)) VIRTUAL,
        status text NOT NULL,
        examples jsonb DEFAULT '[]' NOT NULL,
        error text,
        duration_ms integer,
        checked_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_data_quality_checks PRIMARY KEY (id),
        CONSTRAINT ck_data_quality_checks_failed_count_fits CHECK (failed_count <= row_count),
        CONSTRAINT ck_data_quality_checks_row_count_at_least_zero CHECK (row_count >= 0),
        CONSTRAINT ck_data_quality_checks_failed_count_at_least_zero CHECK (failed_count >= 0),
        CONSTRAINT ck_data_quality_checks_duration_ms_at_least_zero CHECK (duration_ms >= 0),
        CONSTRAINT fk_data_quality_checks_business_id
            FOREIGN KEY(business_id) REFERENCES business.businesses (id) ON DELETE CASCADE,
        CONSTRAINT fk_data_quality_checks_domain_id
            FOREIGN KEY(domain_id) REFERENCES business.domains (id) ON DELETE SET NULL,
        CONSTRAINT fk_data_quality_checks_alert_id
            FOREIGN KEY(alert_id) REFERENCES business.alerts (id) ON DELETE SET NULL,
        CONSTRAINT ck_data_quality_checks_name_length CHECK (length(name) BETWEEN 1 AND 200),
        CONSTRAINT ck_data_quality_checks_dimension_is_known
            CHECK (dimension IN ('COMPLETENESS', 'UNIQUENESS', 'VALIDITY', 'CONSISTENCY', 'ACCURACY', 'TIMELINESS')),
        CONSTRAINT ck_data_quality_checks_minimum_rate_range CHECK (minimum_rate BETWEEN 0 AND 100),
        CONSTRAINT ck_data_quality_checks_status_is_known CHECK (status IN ('PASSED', 'WARNING', 'FAILED', 'ERROR'))
    )
    """,
    "CREATE INDEX ix_data_quality_checks_alert_id ON business.data_quality_checks (alert_id)",
    "CREATE INDEX ix_data_quality_checks_business_id_checked_at ON business.data_quality_checks (business_id, checked_at)",
    "CREATE INDEX ix_data_quality_checks_domain_id ON business.data_quality_checks (domain_id)",
    "CREATE INDEX ix_data_quality_checks_entity_type_field ON business.data_quality_checks (entity_type, field)",
    "CREATE INDEX ix_data_quality_checks_status ON business.data_quality_checks (status)",
    "ALTER TABLE business.businesses ADD CONSTRAINT fk_businesses_primary_site_id FOREIGN KEY (primary_site_id) REFERENCES business.sites (id) ON DELETE SET NULL",
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
)

DOWNGRADE = (
    "ALTER TABLE business.businesses DROP CONSTRAINT fk_businesses_primary_site_id",
    "DROP TABLE business.data_quality_checks",
    "DROP TABLE business.alerts",
    "DROP TABLE business.alert_rules",
    "DROP TABLE business.business_events",
    "DROP TABLE business.metrics",
    "DROP TABLE business.stores",
    "DROP TABLE business.domain_components",
    "DROP TABLE business.sites",
    "DROP TABLE business.domains",
    "DROP TABLE business.businesses",
    "DROP FUNCTION public.count_components()",
    "DROP SCHEMA business",
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

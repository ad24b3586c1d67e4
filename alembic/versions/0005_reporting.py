"""Dashboards, reports, figures to reach, forecasts and findings."""

from alembic import op

revision = "0005_reporting"
down_revision = "0004_freelance"

TOUCHED = (
    "reporting.correlations",
    "reporting.dashboards",
    "reporting.export_jobs",
    "reporting.forecasts",
    "reporting.insights",
    "reporting.kpi_targets",
    "reporting.kpis",
    "reporting.report_runs",
    "reporting.reports",
)

UPGRADE = (
    "CREATE SCHEMA reporting",
    """
    CREATE TABLE reporting.dashboards (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        name text NOT NULL,
        slug text NOT NULL,
        description text,
        layout jsonb DEFAULT '{}' NOT NULL,
        widgets jsonb DEFAULT '[]' NOT NULL,
        access_level text DEFAULT 'STAFF' NOT NULL,
        is_default boolean DEFAULT false NOT NULL,
        refresh_seconds integer,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        deleted_at timestamptz(3),
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_dashboards PRIMARY KEY (id),
        CONSTRAINT ck_dashboards_name_length CHECK (length(name) BETWEEN 1 AND 255),
        CONSTRAINT ck_dashboards_slug_form CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
        CONSTRAINT ck_dashboards_access_level_is_known CHECK (access_level IN ('PUBLIC', 'STAFF', 'ADMIN', 'GOD')),
        CONSTRAINT ck_dashboards_refresh_seconds_positive CHECK (refresh_seconds > 0)
    )
    """,
    "CREATE INDEX ix_dashboards_access_level ON reporting.dashboards (access_level)",
    "CREATE INDEX ix_dashboards_business_id ON reporting.dashboards (business_id)",
    "CREATE INDEX ix_dashboards_created_by_id ON reporting.dashboards (created_by_id)",
    "CREATE INDEX ix_dashboards_updated_by_id ON reporting.dashboards (updated_by_id)",
    "CREATE UNIQUE INDEX uq_dashboards_business_id_is_default ON reporting.dashboards (business_id, is_default) WHERE is_default AND deleted_at IS NULL",
    "CREATE UNIQUE INDEX uq_dashboards_business_id_slug ON reporting.dashboards (business_id, slug) WHERE deleted_at IS NULL",
    """
    CREATE TABLE reporting.kpis (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        domain_id uuid,
        definition_id uuid,
        owner_id uuid,
        owner_agent_id uuid,
        name text NOT NULL,
        description text,
        category text NOT NULL,
        calculation_sql text,
        unit text,
        direction text DEFAULT 'HIGHER_IS_BETTER' NOT NULL,
        target_value numeric(20,4),
        frequency text DEFAULT 'DAILY' NOT NULL,
        is_active boolean DEFAULT true NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_kpis PRIMARY KEY (id),
        CONSTRAINT ck_kpis_name_length CHECK (length(name) BETWEEN 1 AND 255),
        CONSTRAINT ck_kpis_category_length CHECK (length(category) BETWEEN 1 AND 100),
        CONSTRAINT ck_kpis_direction_is_known
            CHECK (direction IN ('HIGHER_IS_BETTER', 'LOWER_IS_BETTER', 'ON_TARGET')),
        CONSTRAINT ck_kpis_frequency_is_known
            CHECK (frequency IN ('HOURLY', 'DAILY', 'WEEKLY', 'MONTHLY', 'QUARTERLY', 'YEARLY')),
        CONSTRAINT uq_kpis_business_id_name UNIQUE (business_id, name)
    )
    """,
    "CREATE INDEX ix_kpis_business_id_category ON reporting.kpis (business_id, category)",
    "CREATE INDEX ix_kpis_created_by_id ON reporting.kpis (created_by_id)",
    "CREATE INDEX ix_kpis_definition_id ON reporting.kpis (definition_id)",
    "CREATE INDEX ix_kpis_domain_id ON reporting.kpis (domain_id)",
    "CREATE INDEX ix_kpis_owner_agent_id ON reporting.kpis (owner_agent_id)",
    "CREATE INDEX ix_kpis_owner_id ON reporting.kpis (owner_id)",
    "CREATE INDEX ix_kpis_updated_by_id ON reporting.kpis (updated_by_id)",
    """
    CREATE TABLE reporting.forecasts (
        id uuid DEFAULT uuidv7() NOT NULL,
        definition_id uuid NOT NULL,
        model_id uuid,
        method text NOT NULL,
        period_starts_on date NOT NULL,
        period_ends_on date NOT NULL,
        predicted_value numeric(20,4) NOT NULL,
        lower_value numeric(20,4),
        upper_value numeric(20,4),
        confidence numeric(5,2),
        actual_value numeric(20,4),
        error numeric(20,4) GENERATED ALWAYS AS (round(100 * abs(predicted_value - actual_value) / nullif(abs(actual_value), 0), 2)) VIRTUAL,
        parameters jsonb DEFAULT '{}' NOT NULL,
        generated_at timestamptz(3) DEFAULT now() NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_forecasts PRIMARY KEY (id),
        CONSTRAINT ck_forecasts_period_ends_on_not_before_period_starts_on
            CHECK (period_starts_on <= period_ends_on),
        CONSTRAINT ck_forecasts_predicted_value_not_before_lower_value CHECK (lower_value <= predicted_value),
        CONSTRAINT ck_forecasts_upper_value_not_before_predicted_value CHECK (predicted_value <= upper_value),
        CONSTRAINT ck_forecasts_method_is_known
            CHECK (method IN ('MOVING_AVERAGE', 'EXPONENTIAL_SMOOTHING', 'REGRESSION', 'ARIMA', 'MACHINE_LEARNING', 'EXPERT')),
        CONSTRAINT ck_forecasts_confidence_range CHECK (confidence BETWEEN 0 AND 100)
    )
    """,
    "CREATE INDEX ix_forecasts_definition_id_period_starts_on ON reporting.forecasts (definition_id, period_starts_on)",
    "CREATE INDEX ix_forecasts_model_id ON reporting.forecasts (model_id)",
    """
    CREATE TABLE reporting.correlations (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        first_id uuid NOT NULL,
        second_id uuid NOT NULL,
        method text DEFAULT 'PEARSON' NOT NULL,
        coefficient numeric(10,8) NOT NULL,
        lag_days integer DEFAULT 0 NOT NULL,
        sample_size integer NOT NULL,
        p_value numeric(10,8),
        is_significant boolean GENERATED ALWAYS AS (p_value < 0.05) VIRTUAL,
        period_starts_on date NOT NULL,
        period_ends_on date NOT NULL,
        explanation text,
        discovered_at timestamptz(3) DEFAULT now() NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_correlations PRIMARY KEY (id),
        CONSTRAINT uq_correlations_of_what UNIQUE (first_id, second_id, method, lag_days, period_starts_on, period_ends_on),
        CONSTRAINT ck_correlations_second_id_is_another CHECK (first_id <> second_id),
        CONSTRAINT ck_correlations_period_ends_on_not_before_period_starts_on
            CHECK (period_starts_on <= period_ends_on),
        CONSTRAINT ck_correlations_method_is_known CHECK (method IN ('PEARSON', 'SPEARMAN', 'KENDALL')),
        CONSTRAINT ck_correlations_coefficient_range CHECK (coefficient BETWEEN -1 AND 1),
        CONSTRAINT ck_correlations_sample_size_positive CHECK (sample_size > 0),
        CONSTRAINT ck_correlations_p_value_range CHECK (p_value BETWEEN 0 AND 1)
    )
    """,
    "CREATE INDEX ix_correlations_business_id ON reporting.correlations (business_id)",
    "CREATE INDEX ix_correlations_second_id ON reporting.correlations (second_id)",
    """
    CREATE TABLE reporting.export_jobs (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        requested_by_id uuid,
        entity_type text NOT NULL,
        fields text[] DEFAULT '{}' NOT NULL,
        filter jsonb DEFAULT '{}' NOT NULL,
        format text DEFAULT 'CSV' NOT NULL,
        status text DEFAULT 'QUEUED' NOT NULL,
        progress integer DEFAULT 0 NOT NULL,
        row_count bigint,
        file_path text,
        file_bytes bigint,
        error text,
        started_at timestamptz(3),
        finished_at timestamptz(3),
        expires_at timestamptz(3),
        download_count integer DEFAULT 0 NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_export_jobs PRIMARY KEY (id),
        CONSTRAINT ck_export_jobs_finished_at_not_before_started_at CHECK (started_at <= finished_at),
        CONSTRAINT ck_export_jobs_error_is_given CHECK (status <> 'FAILED' OR error IS NOT NULL),
        CONSTRAINT ck_export_jobs_row_count_at_least_zero CHECK (row_count >= 0),
        CONSTRAINT ck_export_jobs_file_bytes_at_least_zero CHECK (file_bytes >= 0),
        CONSTRAINT ck_export_jobs_download_count_at_least_zero CHECK (download_count >= 0),
        CONSTRAINT ck_export_jobs_format_is_known CHECK (format IN ('CSV', 'XLSX', 'JSON', 'PARQUET')),
        CONSTRAINT ck_export_jobs_status_is_known
            CHECK (status IN ('QUEUED', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED', 'EXPIRED')),
        CONSTRAINT ck_export_jobs_progress_range CHECK (progress BETWEEN 0 AND 100)
    )
    """,
    "CREATE INDEX ix_export_jobs_business_id ON reporting.export_jobs (business_id)",
    "CREATE INDEX ix_export_jobs_requested_by_id ON reporting.export_jobs (requested_by_id)",
    "CREATE INDEX ix_export_jobs_status_created_at ON reporting.export_jobs (status, created_at)",
    """
    CREATE TABLE reporting.reports (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        dashboard_id uuid,
        name text NOT NULL,
        type text NOT NULL,
        description text,
        template jsonb DEFAULT '{}' NOT NULL,
        parameters jsonb DEFAULT '{}' NOT NULL,
        format text DEFAULT 'PDF' NOT NULL,
        schedule text DEFAULT 'ONCE' NOT NULL,
        last_generated_at timestamptz(3),
        next_scheduled_at timestamptz(3),
        recipients text[] DEFAULT '{}' NOT NULL,
        status text DEFAULT 'ACTIVE' NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_reports PRIMARY KEY (id),
        CONSTRAINT fk_reports_dashboard_id
            FOREIGN KEY(dashboard_id) REFERENCES reporting.dashboards (id) ON DELETE SET NULL,
        CONSTRAINT ck_reports_name_length CHECK (length(name) BETWEEN 1 AND 255),
        CONSTRAINT ck_reports_type_is_known
            CHECK (type IN ('SALES', 'INVENTORY', 'PERFORMANCE', 'FINANCE', 'MARKETING', 'CUSTOM')),
        CONSTRAINT ck_reports_format_is_known CHECK (format IN ('PDF', 'HTML', 'CSV', 'XLSX', 'JSON')),
        CONSTRAINT ck_reports_schedule_is_known
            CHECK (schedule IN ('ONCE', 'DAILY', 'WEEKLY', 'MONTHLY', 'QUARTERLY')),
        CONSTRAINT ck_reports_status_is_known CHECK (status IN ('ACTIVE', 'PAUSED', 'COMPLETED')),
        CONSTRAINT uq_reports_business_id_name UNIQUE (business_id, name)
    )
    """,
    "CREATE INDEX ix_reports_created_by_id ON reporting.reports (created_by_id)",
    "CREATE INDEX ix_reports_dashboard_id ON reporting.reports (dashboard_id)",
    "CREATE INDEX ix_reports_next_scheduled_at ON reporting.reports (next_scheduled_at)",
    "CREATE INDEX ix_reports_schedule ON reporting.reports (schedule)",
    "CREATE INDEX ix_reports_updated_by_id ON reporting.reports (updated_by_id)",
    """
    CREATE TABLE reporting.kpi_measurements (
        id uuid DEFAULT uuidv7() NOT NULL,
        kpi_id uuid NOT NULL,
        value numeric(20,4) NOT NULL,
        period_starts_at timestamptz(3),
        period_ends_at timestamptz(3),
        metadata jsonb DEFAULT '{}' NOT NULL,
        measured_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_kpi_measurements PRIMARY KEY (id),
        CONSTRAINT ck_kpi_measurements_period_ends_at_not_before_period_starts_at
            CHECK (period_starts_at <= period_ends_at),
        CONSTRAINT fk_kpi_measurements_kpi_id FOREIGN KEY(kpi_id) REFERENCES reporting.kpis (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX ix_kpi_measurements_kpi_id_measured_at ON reporting.kpi_measurements (kpi_id, measured_at)",
    "CREATE INDEX ix_kpi_measurements_measured_at ON reporting.kpi_measurements (measured_at)",
    """
    CREATE TABLE reporting.kpi_targets (
        id uuid DEFAULT uuidv7() NOT NULL,
        kpi_id uuid NOT NULL,
        owner_id uuid,
        period_starts_on date NOT NULL,
        period_ends_on date NOT NULL,
        target_value numeric(20,4) NOT NULL,
        minimum_value numeric(20,4),
        stretch_value numeric(20,4),
        actual_value numeric(20,4),
        progress numeric(20,4) GENERATED ALWAYS AS (round(100 * actual_value / nullif(target_value, 0), 2)) VIRTUAL,
        status text DEFAULT 'PLANNED' NOT NULL,
        notes text,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_kpi_targets PRIMARY KEY (id),
        CONSTRAINT ck_kpi_targets_period_ends_on_not_before_period_starts_on
            CHECK (period_starts_on <= period_ends_on),
        CONSTRAINT ck_kpi_targets_actual_value_is_given
            CHECK (status NOT IN ('ACHIEVED', 'MISSED') OR actual_value IS NOT NULL),
        CONSTRAINT fk_kpi_targets_kpi_id FOREIGN KEY(kpi_id) REFERENCES reporting.kpis (id) ON DELETE CASCADE,
        CONSTRAINT ck_kpi_targets_status_is_known
            CHECK (status IN ('PLANNED', 'ACTIVE', 'ACHIEVED', 'MISSED', 'CANCELLED')),
        CONSTRAINT uq_kpi_targets_kpi_id_period_starts_on_period_ends_on UNIQUE (kpi_id, period_starts_on, period_ends_on)
    )
    """,
    "CREATE INDEX ix_kpi_targets_created_by_id ON reporting.kpi_targets (created_by_id)",
    "CREATE INDEX ix_kpi_targets_owner_id ON reporting.kpi_targets (owner_id)",
    "CREATE INDEX ix_kpi_targets_status ON reporting.kpi_targets (status)",
    "CREATE INDEX ix_kpi_targets_updated_by_id ON reporting.kpi_targets (updated_by_id)",
    """
    CREATE TABLE reporting.insights (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        domain_id uuid,
        definition_id uuid,
        kpi_id uuid,
        agent_id uuid,
        model_id uuid,
        type text NOT NULL,
        impact text DEFAULT 'MEDIUM' NOT NULL,
        title text NOT NULL,
        description text NOT NULL,
        recommendation text,
        evidence jsonb DEFAULT '{}' NOT NULL,
        tags text[] DEFAULT '{}' NOT NULL,
        confidence numeric(5,2),
        estimated_value numeric(20,2),
        currency text DEFAULT 'USD' NOT NULL,
        status text DEFAULT 'NEW' NOT NULL,
        decided_by_id uuid,
        decided_at timestamptz(3),
        valid_until timestamptz(3),
        search_vector tsvector GENERATED ALWAYS AS (setweight(to_tsvector('english', coalesce(title, '')), 'A') || setweight(to_tsvector('english', coalesce(description, '')), 'B') || setweight(to_tsvector('english', coalesce(recommendation, '')), 'C') || setweight(to_tsvector('english', coalesce(public.words_of(tags), '')), 'D')) STORED NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        CONSTRAINT pk_insights PRIMARY KEY (id),
        CONSTRAINT ck_insights_decided_at_fits CHECK ((status = 'NEW') = (decided_at IS NULL)),
        CONSTRAINT fk_insights_kpi_id FOREIGN KEY(kpi_id) REFERENCES reporting.kpis (id) ON DELETE SET NULL,
        CONSTRAINT ck_insights_type_is_known
            CHECK (type IN ('TREND', 'ANOMALY', 'OPPORTUNITY', 'RISK', 'RECOMMENDATION', 'OTHER')),
        CONSTRAINT ck_insights_impact_is_known CHECK (impact IN ('HIGH', 'MEDIUM', 'LOW')),
        CONSTRAINT ck_insights_title_length CHECK (length(title) BETWEEN 1 AND 255),
        CONSTRAINT ck_insights_description_length CHECK (length(description) BETWEEN 1 AND 20000),
        CONSTRAINT ck_insights_confidence_range CHECK (confidence BETWEEN 0 AND 100),
        CONSTRAINT ck_insights_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_insights_status_is_known CHECK (status IN ('NEW', 'ACCEPTED', 'IMPLEMENTED', 'DISMISSED'))
    )
    """,
    "CREATE INDEX ix_insights_agent_id ON reporting.insights (agent_id)",
    "CREATE INDEX ix_insights_business_id_status ON reporting.insights (business_id, status)",
    "CREATE INDEX ix_insights_decided_by_id ON reporting.insights (decided_by_id)",
    "CREATE INDEX ix_insights_definition_id ON reporting.insights (definition_id)",
    "CREATE INDEX ix_insights_domain_id ON reporting.insights (domain_id)",
    "CREATE INDEX ix_insights_kpi_id ON reporting.insights (kpi_id)",
    "CREATE INDEX ix_insights_model_id ON reporting.insights (model_id)",
    "CREATE INDEX ix_insights_search_vector ON reporting.insights USING gin (search_vector)",
    "CREATE INDEX ix_insights_tags ON reporting.insights USING gin (tags)",
    "CREATE INDEX ix_insights_type ON reporting.insights (type)",
    """
    CREATE TABLE reporting.report_runs (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        report_id uuid,
        created_by_agent_id uuid,
        requested_by_id uuid,
        name text NOT NULL,
        type text NOT NULL,
        recipient_agents text[] DEFAULT '{}' NOT NULL,
        period_starts_on date,
        period_ends_on date,
        content jsonb DEFAULT '{}' NOT NULL,
        format text DEFAULT 'JSON' NOT NULL,
        file_path text,
        status text DEFAULT 'RUNNING' NOT NULL,
        error text,
        duration_ms integer,
        generated_at timestamptz(3) DEFAULT now() NOT NULL,
        sent_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_report_runs PRIMARY KEY (id),
        CONSTRAINT ck_report_runs_period_ends_on_not_before_period_starts_on
            CHECK (period_starts_on <= period_ends_on),
        CONSTRAINT ck_report_runs_sent_at_not_before_generated_at CHECK (generated_at <= sent_at),
        CONSTRAINT ck_report_runs_error_is_given CHECK (status <> 'FAILED' OR error IS NOT NULL),
        CONSTRAINT ck_report_runs_duration_ms_at_least_zero CHECK (duration_ms >= 0),
        CONSTRAINT fk_report_runs_report_id
            FOREIGN KEY(report_id) REFERENCES reporting.reports (id) ON DELETE SET NULL,
        CONSTRAINT ck_report_runs_name_length CHECK (length(name) BETWEEN 1 AND 255),
        CONSTRAINT ck_report_runs_type_is_known
            CHECK (type IN ('SALES', 'INVENTORY', 'PERFORMANCE', 'FINANCE', 'MARKETING', 'CUSTOM')),
        CONSTRAINT ck_report_runs_format_is_known CHECK (format IN ('PDF', 'HTML', 'CSV', 'XLSX', 'JSON')),
        CONSTRAINT ck_report_runs_status_is_known CHECK (status IN ('RUNNING', 'SUCCEEDED', 'FAILED'))
    )
    """,
    "CREATE INDEX ix_report_runs_business_id_generated_at ON reporting.report_runs (business_id, generated_at)",
    "CREATE INDEX ix_report_runs_created_by_agent_id ON reporting.report_runs (created_by_agent_id)",
    "CREATE INDEX ix_report_runs_recipient_agents ON reporting.report_runs USING gin (recipient_agents)",
    "CREATE INDEX ix_report_runs_report_id ON reporting.report_runs (report_id)",
    "CREATE INDEX ix_report_runs_requested_by_id ON reporting.report_runs (requested_by_id)",
    "CREATE INDEX ix_report_runs_status ON reporting.report_runs (status)",
    "CREATE INDEX ix_report_runs_type ON reporting.report_runs (type)",
)

DOWNGRADE = (
    "DROP TABLE reporting.report_runs",
    "DROP TABLE reporting.insights",
    "DROP TABLE reporting.kpi_targets",
    "DROP TABLE reporting.kpi_measurements",
    "DROP TABLE reporting.reports",
    "DROP TABLE reporting.export_jobs",
    "DROP TABLE reporting.correlations",
    "DROP TABLE reporting.forecasts",
    "DROP TABLE reporting.kpis",
    "DROP TABLE reporting.dashboards",
    "DROP SCHEMA reporting",
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

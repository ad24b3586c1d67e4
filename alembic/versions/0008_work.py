"""Goals, workflows and their runs, tasks, sagas."""

from alembic import op

revision = "0008_work"
down_revision = "0007_llm"

TOUCHED = (
    "work.goals",
    "work.saga_steps",
    "work.sagas",
    "work.tasks",
    "work.workflow_executions",
    "work.workflow_steps",
    "work.workflows",
)

UPGRADE = (
    "CREATE SCHEMA work",
    """
    CREATE TABLE work.goals (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        parent_id uuid,
        owner_agent_id uuid,
        name text NOT NULL,
        description text,
        type text NOT NULL,
        target_value numeric(20,4),
        current_value numeric(20,4),
        unit text,
        currency text DEFAULT 'USD' NOT NULL,
        progress numeric(5,2) GENERATED ALWAYS AS (CASE WHEN current_value > 9.99 * target_value THEN 999.99 ELSE round(100 * current_value / target_value, 2) END) VIRTUAL,
        target_date date,
        status text DEFAULT 'ACTIVE' NOT NULL,
        achieved_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_goals PRIMARY KEY (id),
        CONSTRAINT ck_goals_current_value_at_least_zero CHECK (current_value >= 0),
        CONSTRAINT ck_goals_achieved_at_fits_status CHECK ((achieved_at IS NULL) = (status <> 'ACHIEVED')),
        CONSTRAINT fk_goals_parent_id FOREIGN KEY(parent_id) REFERENCES work.goals (id) ON DELETE SET NULL,
        CONSTRAINT ck_goals_parent_id_is_another CHECK (parent_id <> id),
        CONSTRAINT ck_goals_name_length CHECK (length(name) BETWEEN 1 AND 200),
        CONSTRAINT ck_goals_type_is_known
            CHECK (type IN ('REVENUE', 'EFFICIENCY', 'CUSTOMER_SATISFACTION', 'GROWTH')),
        CONSTRAINT ck_goals_target_value_positive CHECK (target_value > 0),
        CONSTRAINT ck_goals_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_goals_status_is_known
            CHECK (status IN ('ACTIVE', 'PAUSED', 'ACHIEVED', 'MISSED', 'CANCELLED'))
    )
    """,
    "CREATE INDEX ix_goals_business_id_status ON work.goals (business_id, status)",
    "CREATE INDEX ix_goals_created_by_id ON work.goals (created_by_id)",
    "CREATE INDEX ix_goals_owner_agent_id ON work.goals (owner_agent_id)",
    "CREATE INDEX ix_goals_parent_id ON work.goals (parent_id)",
    "CREATE INDEX ix_goals_updated_by_id ON work.goals (updated_by_id)",
    """
    CREATE TABLE work.workflows (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        goal_id uuid,
        owner_agent_id uuid NOT NULL,
        name text NOT NULL,
        description text,
        n8n_workflow_id text,
        trigger_type text NOT NULL,
        trigger_config jsonb DEFAULT '{}' NOT NULL,
        timeout_seconds integer,
        is_active boolean DEFAULT true NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_workflows PRIMARY KEY (id),
        CONSTRAINT uq_workflows_business_id_n8n_workflow_id UNIQUE (business_id, n8n_workflow_id),
        CONSTRAINT fk_workflows_goal_id FOREIGN KEY(goal_id) REFERENCES work.goals (id) ON DELETE SET NULL,
        CONSTRAINT ck_workflows_name_length CHECK (length(name) BETWEEN 1 AND 200),
        CONSTRAINT ck_workflows_trigger_type_is_known
            CHECK (trigger_type IN ('MANUAL', 'SCHEDULE', 'WEBHOOK', 'EVENT', 'AGENT')),
        CONSTRAINT ck_workflows_timeout_seconds_positive CHECK (timeout_seconds > 0),
        CONSTRAINT uq_workflows_business_id_name UNIQUE (business_id, name)
    )
    """,
    "CREATE INDEX ix_workflows_created_by_id ON work.workflows (created_by_id)",
    "CREATE INDEX ix_workflows_goal_id ON work.workflows (goal_id)",
    "CREATE INDEX ix_workflows_owner_agent_id ON work.workflows (owner_agent_id)",
    "CREATE INDEX ix_workflows_trigger_type ON work.workflows (trigger_type)",
    "CREATE INDEX ix_workflows_updated_by_id ON work.workflows (updated_by_id)",
    """
    CREATE TABLE work.workflow_steps (
        id uuid DEFAULT uuidv7() NOT NULL,
        workflow_id uuid NOT NULL,
        agent_id uuid,
        tool_id uuid,
        position integer NOT NULL,
        name text NOT NULL,
        type text NOT NULL,
        configuration jsonb DEFAULT '{}' NOT NULL,
        timeout_seconds integer DEFAULT 300 NOT NULL,
        max_retries integer DEFAULT 0 NOT NULL,
        on_failure text DEFAULT 'STOP' NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_workflow_steps PRIMARY KEY (id),
        CONSTRAINT uq_workflow_steps_workflow_id_name UNIQUE (workflow_id, name),
        CONSTRAINT ck_workflow_steps_max_retries_at_least_zero CHECK (max_retries >= 0),
        CONSTRAINT fk_workflow_steps_workflow_id
            FOREIGN KEY(workflow_id) REFERENCES work.workflows (id) ON DELETE CASCADE,
        CONSTRAINT ck_workflow_steps_position_positive CHECK (position > 0),
        CONSTRAINT ck_workflow_steps_name_length CHECK (length(name) BETWEEN 1 AND 200),
        CONSTRAINT ck_workflow_steps_type_is_known
            CHECK (type IN ('AGENT', 'TOOL', 'PERSON', 'CONDITION', 'WAIT', 'WORKFLOW')),
        CONSTRAINT ck_workflow_steps_timeout_seconds_positive CHECK (timeout_seconds > 0),
        CONSTRAINT ck_workflow_steps_on_failure_is_known CHECK (on_failure IN ('STOP', 'CONTINUE', 'COMPENSATE')),
        CONSTRAINT uq_workflow_steps_workflow_id_position UNIQUE (workflow_id, position)
    )
    """,
    "CREATE INDEX ix_workflow_steps_agent_id ON work.workflow_steps (agent_id)",
    "CREATE INDEX ix_workflow_steps_tool_id ON work.workflow_steps (tool_id)",
    """
    CREATE TABLE work.workflow_executions (
        id uuid DEFAULT uuidv7() NOT NULL,
        workflow_id uuid NOT NULL,
        current_step_id uuid,
        started_by_id uuid,
        reference text,
        status text DEFAULT 'RUNNING' NOT NULL,
        input_data jsonb DEFAULT '{}' NOT NULL,
        output_data jsonb DEFAULT '{}' NOT NULL,
        error_message text,
        metrics jsonb DEFAULT '{}' NOT NULL,
        started_at timestamptz(3) DEFAULT now() NOT NULL,
        completed_at timestamptz(3),
        duration_ms bigint GENERATED ALWAYS AS ((1000 * extract(epoch FROM completed_at - started_at))::bigint) VIRTUAL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_workflow_executions PRIMARY KEY (id),
        CONSTRAINT uq_workflow_executions_workflow_id_reference UNIQUE (workflow_id, reference),
        CONSTRAINT ck_workflow_executions_completed_at_fits_status
            CHECK ((completed_at IS NULL) = (status IN ('RUNNING', 'WAITING'))),
        CONSTRAINT ck_workflow_executions_completed_at_not_before_started_at CHECK (started_at <= completed_at),
        CONSTRAINT fk_workflow_executions_workflow_id
            FOREIGN KEY(workflow_id) REFERENCES work.workflows (id) ON DELETE CASCADE,
        CONSTRAINT fk_workflow_executions_current_step_id
            FOREIGN KEY(current_step_id) REFERENCES work.workflow_steps (id) ON DELETE SET NULL,
        CONSTRAINT ck_workflow_executions_status_is_known
            CHECK (status IN ('RUNNING', 'WAITING', 'COMPLETED', 'FAILED', 'CANCELLED'))
    )
    """,
    "CREATE INDEX ix_workflow_executions_current_step_id ON work.workflow_executions (current_step_id)",
    "CREATE INDEX ix_workflow_executions_started_by_id ON work.workflow_executions (started_by_id)",
    "CREATE INDEX ix_workflow_executions_status_started_at ON work.workflow_executions (status, started_at)",
    "CREATE INDEX ix_workflow_executions_workflow_id_started_at ON work.workflow_executions (workflow_id, started_at)",
    """
    CREATE TABLE work.tasks (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        workflow_execution_id uuid,
        workflow_step_id uuid,
        goal_id uuid,
        assigned_agent_id uuid NOT NULL,
        type text NOT NULL,
        title text,
        priority integer DEFAULT 5 NOT NULL,
        status text DEFAULT 'PENDING' NOT NULL,
        input_data jsonb DEFAULT '{}' NOT NULL,
        output_data jsonb DEFAULT '{}' NOT NULL,
        error_message text,
        sla_minutes integer DEFAULT 60 NOT NULL,
        started_at timestamptz(3),
        completed_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        CONSTRAINT pk_tasks PRIMARY KEY (id),
        CONSTRAINT ck_tasks_completed_at_fits_status
            CHECK ((completed_at IS NULL) = (status IN ('PENDING', 'IN_PROGRESS', 'BLOCKED'))),
        CONSTRAINT ck_tasks_completed_at_not_before_started_at CHECK (started_at <= completed_at),
        CONSTRAINT fk_tasks_workflow_execution_id
            FOREIGN KEY(workflow_execution_id) REFERENCES work.workflow_executions (id) ON DELETE CASCADE,
        CONSTRAINT fk_tasks_workflow_step_id
            FOREIGN KEY(workflow_step_id) REFERENCES work.workflow_steps (id) ON DELETE SET NULL,
        CONSTRAINT fk_tasks_goal_id FOREIGN KEY(goal_id) REFERENCES work.goals (id) ON DELETE SET NULL,
        CONSTRAINT ck_tasks_type_length CHECK (length(type) BETWEEN 1 AND 100),
        CONSTRAINT ck_tasks_priority_range CHECK (priority BETWEEN 1 AND 10),
        CONSTRAINT ck_tasks_status_is_known
            CHECK (status IN ('PENDING', 'IN_PROGRESS', 'BLOCKED', 'COMPLETED', 'FAILED', 'CANCELLED')),
        CONSTRAINT ck_tasks_sla_minutes_positive CHECK (sla_minutes > 0)
    )
    """,
    "CREATE INDEX ix_tasks_assigned_agent_id_status ON work.tasks (assigned_agent_id, status)",
    "CREATE INDEX ix_tasks_business_id_status_priority ON work.tasks (business_id, status, priority)",
    "CREATE INDEX ix_tasks_goal_id ON work.tasks (goal_id)",
    "CREATE INDEX ix_tasks_workflow_execution_id ON work.tasks (workflow_execution_id)",
    "CREATE INDEX ix_tasks_workflow_step_id ON work.tasks (workflow_step_id)",
    """
    CREATE TABLE work.sagas (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        workflow_execution_id uuid,
        type text NOT NULL,
        key text NOT NULL,
        entity_type text NOT NULL,
        entity_id uuid,
        status text DEFAULT 'RUNNING' NOT NULL,
        context jsonb DEFAULT '{}' NOT NULL,
        error_message text,
        expires_at timestamptz(3),
        started_at timestamptz(3) DEFAULT now() NOT NULL,
        completed_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        CONSTRAINT pk_sagas PRIMARY KEY (id),
        CONSTRAINT ck_sagas_completed_at_fits_status
            CHECK ((completed_at IS NULL) = (status IN ('RUNNING', 'COMPENSATING'))),
        CONSTRAINT ck_sagas_completed_at_not_before_started_at CHECK (started_at <= completed_at),
        CONSTRAINT fk_sagas_workflow_execution_id
            FOREIGN KEY(workflow_execution_id) REFERENCES work.workflow_executions (id) ON DELETE SET NULL,
        CONSTRAINT ck_sagas_type_length CHECK (length(type) BETWEEN 1 AND 100),
        CONSTRAINT ck_sagas_key_length CHECK (length(key) BETWEEN 1 AND 200),
        CONSTRAINT ck_sagas_status_is_known
            CHECK (status IN ('RUNNING', 'COMPLETED', 'COMPENSATING', 'COMPENSATED', 'FAILED')),
        CONSTRAINT uq_sagas_business_id_key UNIQUE (business_id, key)
    )
    """,
    "CREATE INDEX ix_sagas_entity_type_entity_id ON work.sagas (entity_type, entity_id)",
    "CREATE INDEX ix_sagas_status_started_at ON work.sagas (status, started_at)",
    "CREATE INDEX ix_sagas_workflow_execution_id ON work.sagas (workflow_execution_id)",
    """
    CREATE TABLE work.saga_steps (
        id uuid DEFAULT uuidv7() NOT NULL,
        saga_id uuid NOT NULL,
        agent_id uuid,
        position integer NOT NULL,
        name text NOT NULL,
        action text NOT NULL,
        compensation text,
        status text DEFAULT 'PENDING' NOT NULL,
        input_data jsonb DEFAULT '{}' NOT NULL,
        output_data jsonb DEFAULT '{}' NOT NULL,
        attempt_count integer DEFAULT 0 NOT NULL,
        error_message text,
        started_at timestamptz(3),
        completed_at timestamptz(3),
        compensated_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_saga_steps PRIMARY KEY (id),
        CONSTRAINT uq_saga_steps_saga_id_name UNIQUE (saga_id, name),
        CONSTRAINT ck_saga_steps_compensated_at_fits_status
            CHECK ((compensated_at IS NULL) = (status <> 'COMPENSATED')),
        CONSTRAINT ck_saga_steps_compensation_is_there CHECK (status <> 'COMPENSATED' OR compensation IS NOT NULL),
        CONSTRAINT ck_saga_steps_attempt_count_at_least_zero CHECK (attempt_count >= 0),
        CONSTRAINT ck_saga_steps_completed_at_not_before_started_at CHECK (started_at <= completed_at),
        CONSTRAINT ck_saga_steps_compensated_at_not_before_completed_at CHECK (completed_at <= compensated_at),
        CONSTRAINT fk_saga_steps_saga_id FOREIGN KEY(saga_id) REFERENCES work.sagas (id) ON DELETE CASCADE,
        CONSTRAINT ck_saga_steps_position_positive CHECK (position > 0),
        CONSTRAINT ck_saga_steps_name_length CHECK (length(name) BETWEEN 1 AND 200),
        CONSTRAINT ck_saga_steps_status_is_known
            CHECK (status IN ('PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'COMPENSATED', 'SKIPPED')),
        CONSTRAINT uq_saga_steps_saga_id_position UNIQUE (saga_id, position)
    )
    """,
    "CREATE INDEX ix_saga_steps_agent_id ON work.saga_steps (agent_id)",
)

DOWNGRADE = (
    "DROP TABLE work.saga_steps",
    "DROP TABLE work.sagas",
    "DROP TABLE work.tasks",
    "DROP TABLE work.workflow_executions",
    "DROP TABLE work.workflow_steps",
    "DROP TABLE work.workflows",
    "DROP TABLE work.goals",
    "DROP SCHEMA work",
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

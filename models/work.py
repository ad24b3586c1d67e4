"""What agents are to achieve and how: goals, workflows and their runs, tasks, and sagas that can be undone."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from models.base import Audited, Entity, Timestamps, Versioned
from models.checks import at_least_zero, check, filled, in_order, positive, within
from models.columns import BigInt, Measure, Ratio, column, default, generated, key_to, state

GoalType = Literal["REVENUE", "EFFICIENCY", "CUSTOMER_SATISFACTION", "GROWTH"]
GoalStatus = Literal["ACTIVE", "PAUSED", "ACHIEVED", "MISSED", "CANCELLED"]
WorkflowTriggerType = Literal["MANUAL", "SCHEDULE", "WEBHOOK", "EVENT", "AGENT"]
WorkflowStepType = Literal["AGENT", "TOOL", "PERSON", "CONDITION", "WAIT", "WORKFLOW"]
WorkflowStepOnFailure = Literal["STOP", "CONTINUE", "COMPENSATE"]
WorkflowExecutionStatus = Literal["RUNNING", "WAITING", "COMPLETED", "FAILED", "CANCELLED"]
TaskStatus = Literal["PENDING", "IN_PROGRESS", "BLOCKED", "COMPLETED", "FAILED", "CANCELLED"]
SagaStatus = Literal["RUNNING", "COMPLETED", "COMPENSATING", "COMPENSATED", "FAILED"]
SagaStepStatus = Literal["PENDING", "RUNNING", "COMPLETED", "FAILED", "COMPENSATED", "SKIPPED"]


class Goal(Entity, Timestamps, Versioned, Audited):
    """Something a business wants to reach by a day, with the agent that answers for it; goals nest."""

    __table_args__ = (
        *at_least_zero("current_value"),
        check("achieved_at", "fits_status", "(achieved_at IS NULL) = (status <> 'ACHIEVED')", "must be set if achieved"),
    )
    indexes = (("business_id", "status"),)

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Whose goal it is.")
    parent_id: Mapped[UUID | None] = key_to("work.goals", "SET NULL", "The goal it serves.", "children")
    owner_agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "Which agent answers for it.", "goals_owned")
    name: Mapped[str] = column("What is to be reached, in one line.", filled())
    description: Mapped[str | None] = column("What is to be reached and why, in full.")
    type: Mapped[GoalType] = state(GoalType, "What it improves.")
    target_value: Mapped[Measure | None] = column("The value to be reached.", positive)
    current_value: Mapped[Measure | None] = column("The value reached so far.")
    unit: Mapped[str | None] = column("The unit of both values, like orders or per cent; null if they are money.")
    currency: Mapped[str] = default("'USD'", "Currency of both values, if they are money.")
    progress: Mapped[Ratio | None] = generated(
        "CASE WHEN current_value > 9.99 * target_value THEN 999.99 ELSE round(100 * current_value / target_value, 2) END",
        "How much of it is reached, in per cent; at most 999.99.",
    )
    target_date: Mapped[date | None] = column("By which day.")
    status: Mapped[GoalStatus] = state(GoalStatus, "What became of it.", "ACTIVE")
    achieved_at: Mapped[datetime | None] = column("When it was reached.")


class Workflow(Entity, Timestamps, Versioned, Audited):
    """A process in steps that serves a goal and starts on a trigger."""

    __table_args__ = (UniqueConstraint("business_id", "n8n_workflow_id"),)
    indexes = ("trigger_type",)
    natural_key = ("business_id", "name")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Whose workflow it is.")
    goal_id: Mapped[UUID | None] = key_to("work.goals", "SET NULL", "The goal it serves.")
    owner_agent_id: Mapped[UUID] = key_to("agents.agents", "RESTRICT", "Which agent answers for it.", "workflows_owned")
    name: Mapped[str] = column("What the workflow is called, unique in the business.", filled())
    description: Mapped[str | None] = column("What it does.")
    n8n_workflow_id: Mapped[str | None] = column("Its id in n8n, if that runs it; unique in the business.")
    trigger_type: Mapped[WorkflowTriggerType] = state(WorkflowTriggerType, "What starts it.")
    trigger_config: Mapped[dict[str, Any]] = default("'{}'", "Settings of the trigger: a schedule, an event's name.")
    timeout_seconds: Mapped[int | None] = column("After how many seconds a run is given up; null if never.", positive)
    is_active: Mapped[bool] = default("true", "Whether its trigger starts it.")


class WorkflowStep(Entity, Timestamps):
    """One step of a workflow: who does what, and what follows if it fails."""

    __table_args__ = (UniqueConstraint("workflow_id", "name"), *at_least_zero("max_retries"))
    natural_key = ("workflow_id", "position")

    workflow_id: Mapped[UUID] = key_to("work.workflows", "CASCADE", "Of which workflow.", "steps")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "Which agent carries it out.")
    tool_id: Mapped[UUID | None] = key_to("agents.agent_tools", "SET NULL", "Which tool it calls.")
    position: Mapped[int] = column("Its place in the workflow, from 1.", positive)
    name: Mapped[str] = column("What the step is called, unique in the workflow.", filled())
    type: Mapped[WorkflowStepType] = state(WorkflowStepType, "Who or what carries it out.")
    configuration: Mapped[dict[str, Any]] = default("'{}'", "Its settings: a prompt, arguments, a condition.")
    timeout_seconds: Mapped[int] = default("300", "After how many seconds it has failed.", positive)
    max_retries: Mapped[int] = default("0", "How often it is tried again.")
    on_failure: Mapped[WorkflowStepOnFailure] = state(WorkflowStepOnFailure, "What happens when it fails for good.", "STOP")


class WorkflowExecution(Entity, Timestamps):
    """One run of a workflow, with what went in, what came out and what it took."""

    __table_args__ = (
        UniqueConstraint("workflow_id", "reference"),
        check(
            "completed_at", "fits_status", "(completed_at IS NULL) = (status IN ('RUNNING', 'WAITING'))", "must be set when the run is over"
        ),
        in_order("started_at", "completed_at"),
    )
    indexes = (("workflow_id", "started_at"), ("status", "started_at"))

    workflow_id: Mapped[UUID] = key_to("work.workflows", "CASCADE", "Of which workflow.", "executions")
    current_step_id: Mapped[UUID | None] = key_to("work.workflow_steps", "SET NULL", "The step it is at or ended at.", "executions_at")
    started_by_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Who started it, if a person did.")
    reference: Mapped[str | None] = column("The runner's own name for the run, unique in the workflow.")
    status: Mapped[WorkflowExecutionStatus] = state(WorkflowExecutionStatus, "How far it is.", "RUNNING")
    input_data: Mapped[dict[str, Any]] = default("'{}'", "What it was given.")
    output_data: Mapped[dict[str, Any]] = default("'{}'", "What came of it.")
    error_message: Mapped[str | None] = column("Why it failed.")
    metrics: Mapped[dict[str, Any]] = default("'{}'", "What it took: tokens, calls, cost.")
    started_at: Mapped[datetime] = default("now()", "When it began.")
    completed_at: Mapped[datetime | None] = column("When it was over, well or not.")
    duration_ms: Mapped[BigInt | None] = generated(
        "(1000 * extract(epoch FROM completed_at - started_at))::bigint", "How long it took; null while it runs."
    )


class Task(Entity, Timestamps, Versioned):
    """A piece of work given to an agent, in a run of a workflow or on its own."""

    __table_args__ = (
        check(
            "completed_at",
            "fits_status",
            "(completed_at IS NULL) = (status IN ('PENDING', 'IN_PROGRESS', 'BLOCKED'))",
            "must be set when the task is over",
        ),
        in_order("started_at", "completed_at"),
    )
    indexes = (("business_id", "status", "priority"), ("assigned_agent_id", "status"))

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "For which business.")
    workflow_execution_id: Mapped[UUID | None] = key_to("work.workflow_executions", "CASCADE", "In which run, if any.")
    workflow_step_id: Mapped[UUID | None] = key_to("work.workflow_steps", "SET NULL", "The step it carries out.")
    goal_id: Mapped[UUID | None] = key_to("work.goals", "SET NULL", "The goal it serves, if not its workflow's.")
    assigned_agent_id: Mapped[UUID] = key_to("agents.agents", "RESTRICT", "Which agent is to do it.", "tasks_assigned")
    type: Mapped[str] = column("What kind of work it is, like write_copy.", filled(100))
    title: Mapped[str | None] = column("What is to be done, in one line.")
    priority: Mapped[int] = default("5", "How urgent it is, from 1, most, to 10, least.", within(1, 10))
    status: Mapped[TaskStatus] = state(TaskStatus, "How far it is.", "PENDING")
    input_data: Mapped[dict[str, Any]] = default("'{}'", "What the agent is given.")
    output_data: Mapped[dict[str, Any]] = default("'{}'", "What the agent made of it.")
    error_message: Mapped[str | None] = column("Why it failed or is blocked.")
    sla_minutes: Mapped[int] = default("60", "Within how many minutes of its making it is to be done.", positive)
    started_at: Mapped[datetime | None] = column("When the agent began.")
    completed_at: Mapped[datetime | None] = column("When it was over, well or not.")


class Saga(Entity, Timestamps, Versioned):
    """A change over several services that is either made in full or undone step by step."""

    __table_args__ = (
        check(
            "completed_at",
            "fits_status",
            "(completed_at IS NULL) = (status IN ('RUNNING', 'COMPENSATING'))",
            "must be set when the saga is over",
        ),
        in_order("started_at", "completed_at"),
    )
    indexes = (("status", "started_at"), ("entity_type", "entity_id"))
    natural_key = ("business_id", "key")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "For which business.")
    workflow_execution_id: Mapped[UUID | None] = key_to("work.workflow_executions", "SET NULL", "The run it is part of.")
    type: Mapped[str] = column("What kind of change it is, like place_order.", filled(100))
    key: Mapped[str] = column("The caller's name for it, so that it is not made twice; unique in the business.", filled())
    entity_type: Mapped[str] = column("What is changed, like Order.")
    entity_id: Mapped[UUID | None] = column("Which one is changed.")
    status: Mapped[SagaStatus] = state(SagaStatus, "How far it is.", "RUNNING")
    context: Mapped[dict[str, Any]] = default("'{}'", "What its steps hand on to each other.")
    error_message: Mapped[str | None] = column("Why it was undone or failed.")
    expires_at: Mapped[datetime | None] = column("When it is undone if it is still running.")
    started_at: Mapped[datetime] = default("now()", "When it began.")
    completed_at: Mapped[datetime | None] = column("When it was over, well or not.")


class SagaStep(Entity, Timestamps):
    """One step of a saga, and how it is undone."""

    __table_args__ = (
        UniqueConstraint("saga_id", "name"),
        check("compensated_at", "fits_status", "(compensated_at IS NULL) = (status <> 'COMPENSATED')", "must be set if undone"),
        check("compensation", "is_there", "status <> 'COMPENSATED' OR compensation IS NOT NULL", "must be given"),
        *at_least_zero("attempt_count"),
        in_order("started_at", "completed_at"),
        in_order("completed_at", "compensated_at"),
    )
    natural_key = ("saga_id", "position")

    saga_id: Mapped[UUID] = key_to("work.sagas", "CASCADE", "Of which saga.", "steps")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "Which agent carries it out.")
    position: Mapped[int] = column("Its place in the saga, from 1.", positive)
    name: Mapped[str] = column("What the step is called, like reserve_stock.", filled())
    action: Mapped[str] = column("What is called to make the change.")
    compensation: Mapped[str | None] = column("What is called to undo it; null if there is nothing to undo.")
    status: Mapped[SagaStepStatus] = state(SagaStepStatus, "How far it is.", "PENDING")
    input_data: Mapped[dict[str, Any]] = default("'{}'", "What it is given.")
    output_data: Mapped[dict[str, Any]] = default("'{}'", "What came of it; undoing it needs this.")
    attempt_count: Mapped[int] = default("0", "How often it was tried.")
    error_message: Mapped[str | None] = column("Why it last failed.")
    started_at: Mapped[datetime | None] = column("When it was first tried.")
    completed_at: Mapped[datetime | None] = column("When it was done or given up.")
    compensated_at: Mapped[datetime | None] = column("When it was undone.")

"""Goals, tasks and workflows."""

from graph.access.words import MANAGER, OWNER, STAFF, VIEWER, linked, public, readers, within, writers

READERS = {
    "Goal": readers(VIEWER),
    "Task": readers(STAFF),
    "Workflow": readers(STAFF, trigger_config=MANAGER),
    "WorkflowStep": readers(within("workflow"), configuration=within("workflow", MANAGER)),
    "WorkflowExecution": readers(within("workflow")),
    "Saga": readers(MANAGER),
    "SagaStep": readers(within("saga")),
}

WRITERS = {
    "Goal": writers(MANAGER),
    "Task": writers(
        STAFF,
        STAFF & public(status=("PENDING", "BLOCKED")),
        MANAGER,
        kept="workflow_execution_id workflow_step_id status output_data error_message started_at completed_at",
    ),
    "Workflow": writers(MANAGER, delete=OWNER),
    "WorkflowStep": writers(
        within("workflow", MANAGER) & linked("agent_id", MANAGER) & linked("tool_id", MANAGER), once="workflow_id"
    ),
}
NOT_WRITTEN = {
    "WorkflowExecution": "carried out by the worker",
    "Saga": "carried out by the worker",
    "SagaStep": "carried out by the worker",
}

"""Goals, tasks and workflows."""

from graph.access.words import MANAGER, STAFF, VIEWER, readers, within

READERS = {
    "Goal": readers(VIEWER),
    "Task": readers(STAFF),
    "Workflow": readers(STAFF, trigger_config=MANAGER),
    "WorkflowStep": readers(within("workflow"), configuration=within("workflow", MANAGER)),
    "WorkflowExecution": readers(within("workflow")),
    "Saga": readers(MANAGER),
    "SagaStep": readers(within("saga")),
}

"""What the tables of goals, workflows, tasks and sagas refuse, and what goes with a row that is removed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.models.constraints import Refused, refuses

if TYPE_CHECKING:
    from tests.models.constraints import Connection

REFUSED = [
    Refused(
        "a goal that serves itself",
        "UPDATE work.goals SET parent_id = id",
        "ck_goals_parent_id_is_another",
        "parentId must name another row",
    ),
    Refused(
        "a goal that was achieved at no time",
        "UPDATE work.goals SET achieved_at = NULL WHERE status = 'ACHIEVED'",
        "ck_goals_achieved_at_fits_status",
        "achievedAt must be set if achieved",
    ),
    Refused(
        "a goal of nothing",
        "UPDATE work.goals SET target_value = 0",
        "ck_goals_target_value_positive",
        "targetValue must be above zero",
    ),
    Refused(
        "two workflows of one name in a business",
        "UPDATE work.workflows SET name = 'Daily bids' WHERE name = 'Weekly newsletter'",
        "uq_workflows_business_id_name",
        "name is already taken by another workflow with the same business",
    ),
    Refused(
        "two workflows of a business that n8n takes for one",
        "UPDATE work.workflows SET n8n_workflow_id = 'one' WHERE n8n_workflow_id IS NOT NULL",
        "uq_workflows_business_id_n8n_workflow_id",
        "n8nWorkflowId is already taken by another workflow with the same business",
    ),
    Refused(
        "two steps at one place",
        "UPDATE work.workflow_steps SET position = 1 WHERE position = 2",
        "uq_workflow_steps_workflow_id_position",
        "position is already taken by another workflow step with the same workflow",
    ),
    Refused(
        "two steps of one name",
        "UPDATE work.workflow_steps SET name = 'Step'",
        "uq_workflow_steps_workflow_id_name",
        "name is already taken by another workflow step with the same workflow",
    ),
    Refused(
        "two runs of one reference",
        "UPDATE work.workflow_executions SET reference = '1'",
        "uq_workflow_executions_workflow_id_reference",
        "reference is already taken by another workflow execution with the same workflow",
    ),
    Refused(
        "a run that is over at no time",
        "UPDATE work.workflow_executions SET completed_at = NULL WHERE status = 'FAILED'",
        "ck_workflow_executions_completed_at_fits_status",
        "completedAt must be set when the run is over",
    ),
    Refused(
        "a task that is over and waits",
        "UPDATE work.tasks SET status = 'PENDING' WHERE status = 'COMPLETED'",
        "ck_tasks_completed_at_fits_status",
        "completedAt must be set when the task is over",
    ),
    Refused(
        "a task for no agent",
        "UPDATE work.tasks SET assigned_agent_id = NULL",
        "assigned_agent_id",
        "assignedAgentId must be given",
    ),
    Refused(
        "a priority that does not exist",
        "UPDATE work.tasks SET priority = 11",
        "ck_tasks_priority_range",
        "priority must be from 1 to 10",
    ),
    Refused(
        "one saga twice",
        "UPDATE work.sagas SET key = 'again'",
        "uq_sagas_business_id_key",
        "key is already taken by another saga with the same business",
    ),
    Refused(
        "a saga that is over and runs",
        "UPDATE work.sagas SET status = 'RUNNING' WHERE status = 'COMPLETED'",
        "ck_sagas_completed_at_fits_status",
        "completedAt must be set when the saga is over",
    ),
    Refused(
        "a step that was undone at no time",
        "UPDATE work.saga_steps SET compensated_at = NULL WHERE status = 'COMPENSATED'",
        "ck_saga_steps_compensated_at_fits_status",
        "compensatedAt must be set if undone",
    ),
    Refused(
        "a step that was undone by nothing",
        "UPDATE work.saga_steps SET compensation = NULL WHERE status = 'COMPENSATED'",
        "ck_saga_steps_compensation_is_there",
        "compensation must be given",
    ),
    Refused(
        "the removal of an agent that answers for a workflow",
        "DELETE FROM work.tasks; DELETE FROM finance.revenue_attributions; "
        "DELETE FROM agents.agents WHERE slug = 'ad-buyer'",
        "fk_workflows_owner_agent_id",
        "id is still referred to by workflows",
    ),
    Refused(
        "the removal of an agent with tasks",
        "DELETE FROM agents.agents WHERE slug = 'copywriter'",
        "fk_tasks_assigned_agent_id",
        "id is still referred to by tasks",
    ),
]


@pytest.mark.parametrize("case", REFUSED, ids=str)
async def test_it_refuses(sample: Connection, case: Refused) -> None:
    await refuses(sample, case)


async def test_two_businesses_may_have_workflows_of_one_name(sample: Connection) -> None:
    await sample.execute("UPDATE work.workflows SET name = 'Start' WHERE name IN ('New product', 'Return of goods')")
    assert await sample.fetchval("SELECT count(*) FROM work.workflows WHERE name = 'Start'") == 2


async def test_a_workflow_takes_its_steps_runs_and_their_tasks_along(sample: Connection) -> None:
    key = await sample.fetchval("DELETE FROM work.workflows WHERE name = 'Daily bids' RETURNING id")
    for table in ("workflow_steps", "workflow_executions"):
        assert await sample.fetchval(f"SELECT count(*) FROM work.{table} WHERE workflow_id = $1", key) == 0
    assert await sample.fetchval("SELECT count(*) FROM work.tasks WHERE title = 'Set the bids'") == 0


async def test_a_goal_leaves_its_workflows_goals_and_tasks_behind(sample: Connection) -> None:
    counts = "SELECT (SELECT count(*) FROM work.workflows), (SELECT count(*) FROM work.tasks)"
    before = await sample.fetchrow(counts)
    await sample.execute("DELETE FROM work.goals WHERE id IN (SELECT parent_id FROM work.goals)")
    assert await sample.fetchrow(counts) == before
    assert await sample.fetchval("SELECT count(*) FROM work.goals WHERE parent_id IS NOT NULL") == 0


async def test_a_saga_takes_its_steps_along_and_outlives_its_run(sample: Connection) -> None:
    sagas = await sample.fetchval("SELECT count(*) FROM work.sagas")
    await sample.execute("DELETE FROM work.workflow_executions")
    assert await sample.fetchval("SELECT count(*) FROM work.sagas WHERE workflow_execution_id IS NULL") == sagas
    await sample.execute("DELETE FROM work.sagas")
    assert await sample.fetchval("SELECT count(*) FROM work.saga_steps") == 0


async def test_goals_say_how_far_they_are(sample: Connection) -> None:
    update = (
        "UPDATE work.goals SET current_value = $1, target_value = $2 "
        "WHERE id = (SELECT id FROM work.goals LIMIT 1) RETURNING progress"
    )
    assert await sample.fetchval(update, Decimal(1), Decimal(3)) == Decimal("33.33")
    assert await sample.fetchval(update, Decimal(10**15), Decimal("0.0001")) == Decimal("999.99")
    assert await sample.fetchval(update, None, Decimal(3)) is None


async def test_runs_say_how_long_they_took(sample: Connection) -> None:
    row = await sample.fetchrow(
        "UPDATE work.workflow_executions SET completed_at = started_at + interval '1.5 s' "
        "WHERE id = (SELECT id FROM work.workflow_executions WHERE status = 'COMPLETED' LIMIT 1) RETURNING duration_ms"
    )
    assert tuple(row or ()) == (1500,)

"""What must not be in the sample data of the work: each statement finds nothing."""

WRONG = {
    "a goal under one of another business, or with an agent of another": """
        SELECT g.id FROM work.goals AS g LEFT JOIN work.goals AS p ON p.id = g.parent_id
          JOIN agents.agents AS a ON a.id = g.owner_agent_id
         WHERE p.business_id <> g.business_id OR a.business_id <> g.business_id""",
    "an achieved goal that is not reached": """
        SELECT id FROM work.goals WHERE status = 'ACHIEVED' AND current_value < target_value
            OR achieved_at < created_at""",
    "a workflow with a goal, an agent or a tool of another business": """
        SELECT w.id FROM work.workflows AS w LEFT JOIN work.goals AS g ON g.id = goal_id
          JOIN agents.agents AS a ON a.id = w.owner_agent_id
          LEFT JOIN work.workflow_steps AS s ON s.workflow_id = w.id
          LEFT JOIN agents.agent_tools AS t ON t.id = s.tool_id
         WHERE g.business_id <> w.business_id OR a.business_id <> w.business_id OR t.business_id <> w.business_id""",
    "steps of a workflow with a gap": """
        SELECT workflow_id FROM work.workflow_steps GROUP BY workflow_id HAVING max(position) <> count(*)""",
    "a step whose kind does not fit who carries it out": """
        SELECT id FROM work.workflow_steps
         WHERE (type = 'AGENT') <> (agent_id IS NOT NULL) OR (type = 'TOOL') <> (tool_id IS NOT NULL)""",
    "a run at a step of another workflow, or before its workflow": """
        SELECT e.id FROM work.workflow_executions AS e JOIN work.workflow_steps AS s ON s.id = current_step_id
          JOIN work.workflows AS w ON w.id = e.workflow_id
         WHERE s.workflow_id <> e.workflow_id OR e.started_at < w.created_at""",
    "a completed run that left a step out": """
        SELECT e.id FROM work.workflow_executions AS e JOIN work.workflow_steps AS s ON s.id = current_step_id
         WHERE e.status = 'COMPLETED'
           AND position <> (SELECT max(position) FROM work.workflow_steps WHERE workflow_id = e.workflow_id)""",
    "a task outside the time of its run, or of another business or agent": """
        SELECT t.id FROM work.tasks AS t JOIN work.workflow_executions AS e ON e.id = workflow_execution_id
          JOIN work.workflows AS w ON w.id = e.workflow_id JOIN agents.agents AS a ON a.id = assigned_agent_id
         WHERE t.created_at < e.started_at OR t.completed_at > e.completed_at
            OR t.business_id <> w.business_id OR a.business_id <> w.business_id""",
    "a task that is over before it began, or began before it was made": """
        SELECT id FROM work.tasks WHERE started_at < created_at OR completed_at < created_at
            OR status IN ('IN_PROGRESS', 'BLOCKED', 'COMPLETED', 'FAILED') AND started_at IS NULL""",
    "a completed saga with a step that is not": """
        SELECT g.id FROM work.sagas AS g JOIN work.saga_steps AS s ON s.saga_id = g.id
         WHERE g.status = 'COMPLETED' AND s.status <> 'COMPLETED'""",
    "an undone saga with a step that could still be undone": """
        SELECT g.id FROM work.sagas AS g JOIN work.saga_steps AS s ON s.saga_id = g.id
         WHERE g.status = 'COMPENSATED' AND s.status = 'COMPLETED' AND compensation IS NOT NULL""",
    "a saga that broke at no step or at two": """
        SELECT g.id FROM work.sagas AS g JOIN work.saga_steps AS s ON s.saga_id = g.id
         GROUP BY g.id HAVING count(*) FILTER (WHERE s.status = 'FAILED')
                <> (g.status IN ('COMPENSATED', 'COMPENSATING', 'FAILED'))::int""",
    "a saga of an order of another business": """
        SELECT g.id FROM work.sagas AS g LEFT JOIN sales.orders AS o ON o.id = entity_id
         WHERE g.entity_type = 'Order' AND o.business_id IS DISTINCT FROM g.business_id""",
}

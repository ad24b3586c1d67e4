"""The goals of the businesses, the workflows that serve them, and what their agents do day by day."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.seed.sagas import Sagas
from app.seed.world import Dice, Row, World, table_of

EXECUTIONS, TASKS = 120, 70
OPEN = 8
"""Runs and tasks that are not over yet."""
MS, SECOND, MINUTE = timedelta(milliseconds=1), timedelta(seconds=1), timedelta(minutes=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ENDS = ("COMPLETED",) * 10 + ("FAILED", "CANCELLED")
PENDING = ("RUNNING", "WAITING")
UNDER_WAY = ("PENDING", "IN_PROGRESS", "BLOCKED")
EXECUTION = (
    *("id", "workflow_id", "current_step_id", "started_by_id", "reference", "status", "input_data", "output_data"),
    *("error_message", "metrics", "started_at", "completed_at", "created_at", "updated_at"),
)
TASK = (
    *("id", "business_id", "workflow_execution_id", "workflow_step_id", "goal_id", "assigned_agent_id", "type"),
    *("title", "priority", "status", "input_data", "output_data", "error_message", "sla_minutes", "started_at"),
    *("completed_at", "created_at", "updated_at"),
)

Put = Callable[[tuple[Any, ...]], None]


@dataclass(slots=True)
class Process:
    """A workflow with its steps."""

    row: Row
    given: dict[str, Any]
    steps: list[Row]


@dataclass(slots=True)
class Works:
    """A business with those who work for it and what they work on."""

    business: Row
    given: dict[str, Any]
    agents: dict[str, Row]
    tools: dict[str, Row]
    members: list[UUID]
    goals: dict[str, Row] = field(default_factory=dict)
    processes: list[Process] = field(default_factory=list)


@dataclass(slots=True)
class Plan:
    """What runs and tasks are made with."""

    world: World
    dice: Dice
    words: Any
    execution: Put
    task: Put
    sagas: Sagas


def make_work(world: World) -> Iterator[None]:
    """Goals and workflows, their runs with tasks, tasks on their own, and sagas."""
    dice, data = world.dice("work"), table_of("work")
    houses = [_works(world, given) for given in data["business"]]
    for house in houses:
        _goals(world, dice, house)
        for given in house.given["workflows"]:
            house.processes.append(_workflow(world, dice, house, given))
    yield
    execution, task = world.bulk("work.workflow_executions", *EXECUTION), world.bulk("work.tasks", *TASK)
    plan = Plan(world, dice, data["words"], execution, task, Sagas(world, data["saga"]))
    often = [
        (house, process) for house in houses for process in house.processes for _ in range(process.given["weight"])
    ]
    moved = [(house, process) for house, process in often if "saga" in process.given]
    for i in range(world.times(EXECUTIONS)):
        _run(plan, *dice.pick(moved if i < OPEN // 2 or i % 10 == 0 else often), i)
        yield
    for i in range(world.times(TASKS)):
        _alone(plan, dice.pick(houses), i)
        if i % 100 == 0:
            yield
    yield from plan.sagas.of_orders()


def _works(world: World, given: dict[str, Any]) -> Works:
    business = next(row for row in world.kept["business.businesses"] if row["slug"] == given["slug"])
    own = {
        table: [row for row in world.kept[table] if row["business_id"] == business["id"]]
        for table in ("agents.agents", "agents.agent_tools", "identity.memberships")
    }
    agents = {row["slug"]: row for row in own["agents.agents"]}
    tools = {row["name"]: row for row in own["agents.agent_tools"]}
    return Works(business, given, agents, tools, [row["user_id"] for row in own["identity.memberships"]])


def _goals(world: World, dice: Dice, house: Works) -> None:
    for name, kind, target, unit, days, percent, status, agent, parent in house.given["goals"]:
        due = world.now + days * DAY
        made = max(due - dice.wait(90 * DAY, 200 * DAY), world.start + 10 * DAY)
        achieved = due - dice.wait(DAY, 12 * DAY) if status == "ACHIEVED" else None
        house.goals[name] = world.add(
            "work.goals",
            dice,
            min(made, world.now - 20 * DAY),
            business_id=house.business["id"],
            parent_id=house.goals[parent]["id"] if parent else None,
            owner_agent_id=house.agents[agent]["id"],
            name=name,
            description=f"{house.business['name']}: {name[0].lower()}{name[1:]}.",
            type=kind,
            target_value=Decimal(target),
            current_value=round(Decimal(target) * percent / 100, 4),
            unit=unit or None,
            currency=house.business["currency"],
            target_date=due.date(),
            status=status,
            achieved_at=achieved,
            created_by_id=dice.pick(house.members),
            updated_at=achieved or world.now - dice.wait(HOUR, 20 * HOUR),
        )


def _workflow(world: World, dice: Dice, house: Works, given: dict[str, Any]) -> Process:
    goal = house.goals.get(given["goal"])
    at = world.start + dice.wait(20 * DAY, 60 * DAY)
    row = world.add(
        "work.workflows",
        dice,
        at,
        business_id=house.business["id"],
        goal_id=goal["id"] if goal else None,
        owner_agent_id=house.agents[given["agent"]]["id"],
        name=given["name"],
        description=given["about"],
        n8n_workflow_id=given.get("n8n"),
        trigger_type=given["trigger"],
        trigger_config=given["config"],
        timeout_seconds=dice.pick((3600, 7200, None)),
        is_active=given.get("is_active", True),
        created_by_id=dice.pick(house.members),
    )
    process = Process(row, given, [])
    for position, (name, kind, who, on_failure) in enumerate(given["steps"], start=1):
        agent, tool = house.agents.get(who), house.tools.get(who)
        step = world.add(
            "work.workflow_steps",
            dice,
            at,
            workflow_id=row["id"],
            agent_id=agent["id"] if agent else None,
            tool_id=tool["id"] if tool else None,
            position=position,
            name=name,
            type=kind,
            configuration={"instruction": f"{name}."} if agent else {"arguments": {}} if tool else {},
            timeout_seconds=86_400 if kind in ("PERSON", "WAIT") else 300,
            max_retries=2 if tool else 0,
            on_failure=on_failure,
        )
        process.steps.append(step)
    return process


def _run(plan: Plan, house: Works, process: Process, number: int) -> None:
    """One run: its steps one after the other, until one fails or the last is done."""
    world, dice = plan.world, plan.dice
    started = dice.between(process.row["created_at"] + DAY, world.now - 2 * DAY)
    status = "FAILED" if number % 30 == 10 else dice.pick(ENDS)
    if number < OPEN:
        started, status = world.now - dice.wait(5 * MINUTE, 40 * MINUTE), PENDING[number % len(PENDING)]
    steps = process.steps if status == "COMPLETED" else process.steps[: dice.number(1, len(process.steps))]
    key, at, tokens = dice.id_at(started), started, 0
    tasks: list[tuple[Any, ...]] = []
    for step in steps:
        ends = status if step is steps[-1] else "COMPLETED"
        first, at = at, at + dice.number(900, 60_000) * MS
        if step["agent_id"]:
            tokens += dice.number(300, 2500)
            tasks.append(_step_task(plan, house, step, key, (first, at), ends))
    over = None if status in PENDING else at
    person = dice.pick(house.members) if process.row["trigger_type"] == "MANUAL" else None
    error = dice.pick(plan.words["errors"]) if status == "FAILED" else None
    metrics = {"tokens": tokens, "calls": len(steps), "cost": f"{tokens * 0.000004:.6f}"}
    plan.execution(
        (
            *(key, process.row["id"], steps[-1]["id"], person, str(48_000 + number), status),
            *({"trigger": process.row["trigger_type"]}, {"steps": len(steps)} if over else {}, error, metrics),
            *(started, over, started, over or at if over else started),
        )
    )
    for task in tasks:
        plan.task(task)
    if "saga" in process.given:
        plan.sagas.of_run(house.business["id"], key, process.given["saga"], (started, over), status, number)


def _step_task(
    plan: Plan, house: Works, step: Row, run: UUID, times: tuple[datetime, datetime], ends: str
) -> tuple[Any, ...]:
    """The task of a run's step: over, or at work where the run is."""
    first, last = times
    status = {"RUNNING": "IN_PROGRESS", "WAITING": "BLOCKED"}.get(ends, ends)
    over = None if status in UNDER_WAY else last
    error = plan.dice.pick(plan.words["errors"]) if status == "FAILED" else None
    error = plan.dice.pick(plan.words["blocked"]) if status == "BLOCKED" else error
    kind = step["name"].lower().replace(" ", "_")
    return (
        *(plan.dice.id_at(first), house.business["id"], run, step["id"], None, step["agent_id"], kind, step["name"]),
        *(5, status, {"step": step["position"]}, {"done": True} if status == "COMPLETED" else {}, error, 60),
        *(first, over, first, over or first),
    )


def _alone(plan: Plan, house: Works, number: int) -> None:
    """A task that somebody gave an agent outside any run."""
    world, dice = plan.world, plan.dice
    kind, title, slug = dice.pick(house.given["tasks"])
    agent = house.agents[slug]
    made = dice.between(max(world.start + 80 * DAY, agent["created_at"]), world.now - 3 * DAY)
    status = dice.pick(ENDS)
    if number < OPEN:
        made, status = world.now - dice.wait(2 * MINUTE, 55 * MINUTE), UNDER_WAY[number % len(UNDER_WAY)]
    goals = [goal for goal in house.goals.values() if goal["created_at"] < made]
    goal = dice.pick(goals) if goals and dice.chance(60) else None
    began = None if status in ("PENDING", "CANCELLED") else made + dice.wait(5 * SECOND, 100 * SECOND)
    over = None if status in UNDER_WAY else (began or made) + dice.wait(20 * SECOND, 3 * HOUR)
    words = {"FAILED": "errors", "BLOCKED": "blocked"}
    plan.task(
        (
            *(dice.id_at(made), house.business["id"], None, None, goal and goal["id"], agent["id"], kind, title),
            *(dice.number(1, 9), status, {"title": title}, {"done": True} if status == "COMPLETED" else {}),
            *(dice.pick(plan.words[words[status]]) if status in words else None, dice.pick((30, 60, 240))),
            *(began, over, made, over or began or made),
        )
    )

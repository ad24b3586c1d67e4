"""The sagas of the sample data: orders that are placed, and stock that is moved, in full or not at all."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.seed.world import Sale, World

COUNT = 45
SELLERS = ("multiagent", "agentshop")
MS, SECOND, HOUR = timedelta(milliseconds=1), timedelta(seconds=1), timedelta(hours=1)
SAGA = (
    *("id", "business_id", "workflow_execution_id", "type", "key", "entity_type", "entity_id", "status", "context"),
    *("error_message", "expires_at", "started_at", "completed_at", "created_at", "updated_at"),
)
STEP = (
    *("id", "saga_id", "agent_id", "position", "name", "action", "compensation", "status", "input_data"),
    *("output_data", "attempt_count", "error_message", "started_at", "completed_at", "compensated_at"),
    *("created_at", "updated_at"),
)
UNDONE = ("COMPENSATED", "COMPENSATING", "FAILED")
OF_RUN = {"COMPLETED": "COMPLETED", "FAILED": "COMPENSATED", "CANCELLED": "COMPENSATED", "RUNNING": "RUNNING"}
"""How a saga is, by the run that it is part of."""
STUCK = 3
"""Every so manieth saga that is undone sticks there."""
REFUSED = "The other side refused: 409."


class Sagas:
    """Writes sagas with their steps."""

    def __init__(self, world: World, templates: dict[str, list[list[str]]]) -> None:
        self._world, self._dice, self._templates = world, world.dice("sagas"), templates
        self._sellers = {row["id"] for row in world.kept["business.businesses"] if row["slug"] in SELLERS}
        agents = {row["slug"]: row["id"] for row in world.kept["agents.agents"]}
        self._agents = [agents[slug] for slug in ("control-tower", "order-desk") if slug in agents]
        self._agents_of = {row["id"]: row["business_id"] for row in world.kept["agents.agents"]}
        self._saga = world.bulk("work.sagas", *SAGA)
        self._step = world.bulk("work.saga_steps", *STEP)
        self._undone = 0

    def of_orders(self) -> Iterator[None]:
        """The sagas of the latest orders of the businesses that agents run."""
        latest = self._world.now - HOUR
        sales = [sale for sale in self._world.sales if sale.business_id in self._sellers and sale.at < latest]
        for sale in sorted(sales, key=lambda sale: sale.at)[-self._world.times(COUNT) :]:
            self._order(sale)
            yield

    def _order(self, sale: Sale) -> None:
        cancelled = sale.status == "CANCELLED"
        status = "COMPENSATED" if cancelled else "COMPLETED"
        key = f"order-{sale.number}"
        self._make((sale.business_id, None, "place_order", key, "Order", sale.id), sale.at, status)

    def of_run(
        self, business: UUID, run: UUID, kind: str, times: tuple[datetime, datetime | None], status: str, number: int
    ) -> None:
        """The saga that a workflow's run started; one in some is stuck where it is undone."""
        state = OF_RUN.get(status, "COMPENSATING")
        if state == "COMPENSATED":
            self._undone += 1
            state = "FAILED" if self._undone % STUCK == 0 else state
        about = (business, run, kind, f"run-{48_000 + number}", "StockMovement", None)
        self._make(about, times[0] + 400 * MS, state)

    def _make(self, about: tuple[Any, ...], started: datetime, status: str) -> None:
        """A saga whose steps stand as its status says."""
        dice, template = self._dice, self._templates[about[2]]
        key, at, rows = dice.id_at(started), started, []
        reached = len(template) if status == "COMPLETED" else dice.number(2, len(template))
        for position, step in enumerate(template[:reached], start=1):
            first, at = at, at + dice.number(80, 2500) * MS
            rows.append([position, step, "COMPLETED", first, at, None])
        if status == "RUNNING":
            rows[-1][2], rows[-1][4] = "RUNNING", None
        elif status in UNDONE:
            rows[-1][2] = "FAILED"
            at = self._undo(rows, at, status)
        rest = "PENDING" if status == "RUNNING" else "SKIPPED"
        rows += [[i, step, rest, None, None, None] for i, step in enumerate(template[reached:], start=reached + 1)]
        over = None if status in ("RUNNING", "COMPENSATING") else at
        error = None if status in ("COMPLETED", "RUNNING") else REFUSED
        expires = started + HOUR
        self._saga((key, *about, status, {"attempt": 1}, error, expires, started, over, started, over or started))
        agent = next((agent for agent in self._agents if self._agents_of[agent] == about[0]), None)
        for row in rows:
            self._write(key, agent, started, row)

    def _undo(self, rows: list[list[Any]], at: datetime, status: str) -> datetime:
        """Undo the steps before the one that failed, the last first; when that was over."""
        done = [row for row in reversed(rows[:-1]) if row[1][2]]
        for row in done if status == "COMPENSATED" else done[:-1]:
            at += self._dice.number(80, 1500) * MS
            row[2], row[5] = "COMPENSATED", at
        return at

    def _write(self, saga: UUID, agent: UUID | None, made: datetime, row: list[Any]) -> None:
        position, (name, action, compensation), status, first, last, undone = row
        tries = 0 if status in ("PENDING", "SKIPPED") else 3 if status == "FAILED" else 1
        output = {"reference": f"{name}-{position}"} if status in ("COMPLETED", "COMPENSATED") else {}
        error = REFUSED if status == "FAILED" else None
        about = (position, name, action, compensation or None, status, {"attempt": tries}, output, tries, error)
        changed = undone or last or first or made
        self._step((self._dice.id_at(made), saga, agent, *about, first, last, undone, made, changed))

"""The tables of transitions: every step leads where they say, every other is a conflict, and the page shows them."""

import ast
import re
from pathlib import Path
from typing import Any, get_args

import pytest

from app import workflow_document
from app.services.freelance import states
from app.services.freelance.states import WORKFLOWS
from app.services.refusals import Refused
from models import Base
from models.base import BY_TABLE
from tests.freelance.market import Market

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "workflows.md"

STEPS = {
    "Job": states.JobStep,
    "Application": states.ApplicationStep,
    "Escrow": states.EscrowStep,
    "Milestone": states.MilestoneStep,
    "Dispute": states.DisputeStep,
    "SkillVerification": states.SkillStep,
}


def statuses(entity: str) -> tuple[str, ...]:
    """The states that the model knows."""
    (cls,) = (one for one in BY_TABLE.values() if one.__name__ == entity)
    type_: Any = Base.metadata.tables[cls.__table__.fullname].c.status.type  # type: ignore[attr-defined]
    members: tuple[str, ...] = type_.members
    return members


@pytest.mark.parametrize("entity", WORKFLOWS)
def test_every_step_leads_where_the_table_says_and_every_other_is_a_conflict(entity: str) -> None:
    workflow = WORKFLOWS[entity]
    for status in statuses(entity):
        for step in get_args(STEPS[entity]):
            if (status, step) in workflow.steps:
                assert workflow.after(status, step) == workflow.steps[status, step]
                assert status in workflow.before(step)
            else:
                with pytest.raises(Refused) as refused:
                    workflow.after(status, step, "where")
                (found,) = refused.value.refusals
                assert (found.code, found.field) == ("CONFLICT", "where")
                assert f"is {status}: " in found.message


@pytest.mark.parametrize("entity", WORKFLOWS)
def test_every_state_can_be_reached_and_every_step_can_be_taken(entity: str) -> None:
    workflow = WORKFLOWS[entity]
    assert {workflow.begins, *workflow.steps.values()} == set(statuses(entity))
    assert {step for _, step in workflow.steps} == set(get_args(STEPS[entity]))
    assert {status for status, _ in workflow.steps} <= {workflow.begins, *workflow.steps.values()}


def test_no_service_writes_a_status_past_the_tables() -> None:
    written = []
    for path in (ROOT / "app" / "services" / "freelance").glob("*.py"):
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            values = [node.value] if isinstance(node, ast.keyword) and node.arg == "status" else []
            if isinstance(node, ast.Dict):
                pairs = zip(node.keys, node.values, strict=True)
                values += [value for key, value in pairs if isinstance(key, ast.Constant) and key.value == "status"]
            written += [(path.name, ast.unparse(value)) for value in values]
    past = {
        (name, value) for name, value in written if not re.search(r"after|leads_to|begins|^(status|thawed)$", value)
    }
    assert past == {("jobs.py", "'OPEN' if new.publish else 'DRAFT'")}
    assert len(written) > 20


def test_the_page_shows_the_tables() -> None:
    page = PAGE.read_text()
    assert page == workflow_document.redrawn(page), "draw it anew: agora schema workflows docs/workflows.md"
    assert set(re.findall(r"<!-- workflow (\w+) -->", page)) == set(workflow_document.tables())
    drawn = re.findall(r"^ +([A-Z_]+) --> ([A-Z_]+): (.+)$", page, re.MULTILINE)
    known = [steps for _, steps in workflow_document.tables().values()]
    assert sum(len(names.split(", ")) for *_, names in drawn) == sum(map(len, known))


def test_the_page_says_who_takes_each_step(market: Market) -> None:
    table = PAGE.read_text().partition("## Who may do what")[2].partition("\n## ")[0]
    told = set(re.findall(r"`(\w+)`", table))
    mutation = market.schema.core.mutation_type
    assert mutation is not None
    steps = list(mutation.fields)
    ours = set(steps[steps.index("publishJob") : steps.index("rejectSkill") + 1])
    assert told == ours and len(ours) == 26


async def test_the_example_on_the_page_is_what_happens(market: Market) -> None:
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in PAGE.read_text().partition("| step | movements")[2].partition("\n\n")[0].splitlines()[2:]
    ]
    deal = await market.accepted("1000.00", ["333.33", "666.67"])
    came_to = [(await market.did(deal.client, "fundEscrow", id=deal.escrow))]
    for milestone in deal.milestones:
        await market.did(deal.freelancer, "submitMilestone", id=milestone)
        came_to.append(await market.did(deal.client, "approveMilestone", id=milestone))
    ledger = [f"{kind} {amount}" for kind, _, amount in await market.ledger(deal.escrow)]
    assert ", ".join(row[1] for row in rows if row[1]) == ", ".join(ledger)
    assert [row[2:] for row in rows[1:]] == [
        [one["escrow"]["heldAmount"], one["escrow"]["releasedAmount"], one["escrow"]["status"], one["job"]["status"]]
        for one in came_to
    ]


async def test_the_documents_on_the_page_can_be_asked(market: Market) -> None:
    block = PAGE.read_text().partition("```graphql\n")[2].partition("```")[0]
    deal = await market.person()
    for line in block.splitlines():
        asked = re.sub(r"_…", "_019a0000-0000-7000-8000-000000000000", line)
        answer = await market.ask(deal, asked)
        assert "errors" not in answer, f"{line}: {answer}"

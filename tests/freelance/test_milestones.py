"""A job in stages: planned, handed in, approved and paid."""

from decimal import Decimal
from typing import Any

import pytest

from tests.freelance.market import Market


def stage(amount: str = "1", **more: Any) -> dict[str, Any]:
    return {"title": "A stage", "amount": amount, **more}


async def test_a_plan_takes_the_place_of_the_one_before(market: Market) -> None:
    deal = await market.accepted("1000.00", ["1000.00"])
    plan = [stage("333.33", description=" First ", dueAt="2030-01-01T00:00:00Z"), stage("333.33"), stage("333.34")]
    made = await market.did(deal.client, "planMilestones", jobId=deal.job, milestones=plan)
    assert [(row["position"], row["amount"], row["status"]) for row in made["milestones"]] == [
        (1, "333.33", "PENDING"),
        (2, "333.33", "PENDING"),
        (3, "333.34", "PENDING"),
    ]
    query = "query($i: ID!) { job(id: $i) { milestones { totalCount } } }"
    assert (await market.ask(deal.freelancer, query, i=deal.job))["data"]["job"]["milestones"]["totalCount"] == 3


@pytest.mark.parametrize(
    ("field", "plan"),
    [
        ("milestones", []),
        ("milestones", [stage()] * 51),
        ("milestones.1.amount", [stage(), stage("0")]),
        ("milestones.0.amount", [stage("1.005")]),
        ("milestones.0.title", [stage(title=" ")]),
        ("milestones.0.title", [stage(title="x" * 201)]),
        ("milestones.0.description", [stage(description="x" * 10_001)]),
        ("milestones", [stage("999.99"), stage("0.02")]),
    ],
)
async def test_a_plan_that_cannot_be_is_refused_with_the_field(
    market: Market, field: str, plan: list[dict[str, Any]]
) -> None:
    deal = await market.accepted("1000.00")
    refused = await market.refused(deal.client, "planMilestones", jobId=deal.job, milestones=plan)
    assert refused == [("BAD_USER_INPUT", field)]


async def test_fifty_stages_of_all_the_money_are_planned(market: Market) -> None:
    deal = await market.accepted("1000.00")
    made = await market.did(deal.client, "planMilestones", jobId=deal.job, milestones=[stage("20.00")] * 50)
    assert [row["position"] for row in made["milestones"]] == list(range(1, 51))


async def test_the_client_plans_between_giving_the_job_away_and_paying_in(market: Market) -> None:
    early, deal = await market.applied(), await market.funded()
    assert await market.refused(early.client, "planMilestones", jobId=early.job) == [("CONFLICT", "jobId")]
    assert await market.refused(deal.client, "planMilestones", jobId=deal.job) == [("CONFLICT", "jobId")]
    assert await market.refused(deal.freelancer, "planMilestones", jobId=deal.job) == [("FORBIDDEN", "jobId")]
    dear = [stage("5000.00")]
    refused = await market.refused(deal.client, "planMilestones", jobId=deal.job, milestones=dear)
    assert refused == [("CONFLICT", "jobId")]


async def test_a_stage_is_begun_handed_in_sent_back_handed_in_again_and_approved(market: Market) -> None:
    deal = await market.funded("1000.00", ["400.00", "600.00"])
    first, _ = deal.milestones
    assert (await market.did(deal.freelancer, "startMilestone", id=first))["milestone"]["status"] == "IN_PROGRESS"
    links = [" https://x.example/a ", "b.zip"]
    handed = await market.did(deal.freelancer, "submitMilestone", id=first, deliverables=links, note="See b.")
    milestone = handed["milestone"]
    assert (milestone["status"], milestone["deliverables"]) == ("SUBMITTED", ["https://x.example/a", "b.zip"])
    assert milestone["note"] == "See b."
    back = await market.did(deal.client, "rejectMilestone", id=first, feedback=" The colour. ")
    assert (back["milestone"]["status"], back["milestone"]["feedback"]) == ("REJECTED", "The colour.")
    await market.did(deal.freelancer, "submitMilestone", id=first)
    done = await market.did(deal.client, "approveMilestone", id=first, feedback="Fine.")
    assert (done["milestone"]["status"], done["milestone"]["feedback"]) == ("APPROVED", "Fine.")
    escrow, job = done["escrow"], done["job"]
    assert (escrow["status"], escrow["heldAmount"], job["status"]) == ("PARTIALLY_RELEASED", "600.00", "IN_PROGRESS")
    assert await market.told(deal.client) == ["application.made", "milestone.submitted", "milestone.submitted"]
    told = ["application.accepted", "escrow.funded", "milestone.rejected", "milestone.approved"]
    assert await market.told(deal.freelancer) == told


async def test_the_last_of_the_money_completes_the_job_and_takes_the_whole_fee(market: Market) -> None:
    deal = await market.funded("100.01", ["33.33", "33.33", "33.35"])
    for milestone in deal.milestones:
        await market.did(deal.freelancer, "submitMilestone", id=milestone)
        done = await market.did(deal.client, "approveMilestone", id=milestone)
    assert (done["escrow"]["status"], done["job"]["status"]) == ("RELEASED", "COMPLETED")
    assert (done["escrow"]["fee"], done["escrow"]["releasedAmount"]) == ("5.00", "95.01")
    ledger = await market.ledger(deal.escrow)
    fees = [amount for kind, _, amount in ledger if kind == "FEE"]
    assert fees == [Decimal("-1.67"), Decimal("-1.66"), Decimal("-1.67")]
    assert sum(amount for *_, amount in ledger) == 0


async def test_a_plan_of_less_than_all_leaves_the_rest_to_be_released(market: Market) -> None:
    deal = await market.submitted("1000.00", ["10.00"])
    done = await market.did(deal.client, "approveMilestone", id=deal.milestones[0])
    assert (done["escrow"]["status"], done["job"]["status"]) == ("PARTIALLY_RELEASED", "IN_PROGRESS")
    version = done["escrow"]["version"]
    assert await market.refused(deal.client, "releaseEscrow", id=deal.escrow, version=version - 1) == [
        ("CONFLICT", "version")
    ]
    done = await market.did(deal.client, "releaseEscrow", id=deal.escrow, version=version)
    assert (done["escrow"]["releasedAmount"], done["job"]["status"]) == ("950.00", "COMPLETED")


@pytest.mark.parametrize(
    ("step", "given", "field"),
    [
        ("submitMilestone", {"deliverables": ["x"] * 51}, "deliverables"),
        ("submitMilestone", {"deliverables": [" "]}, "deliverables"),
        ("submitMilestone", {"deliverables": ["x" * 2_001]}, "deliverables"),
        ("submitMilestone", {"note": "x" * 5_001}, "note"),
        ("rejectMilestone", {"feedback": " "}, "feedback"),
        ("rejectMilestone", {"feedback": "x" * 5_001}, "feedback"),
        ("approveMilestone", {"feedback": "x" * 5_001}, "feedback"),
    ],
)
async def test_words_that_do_not_fit_are_refused_with_the_field(
    market: Market, step: str, given: dict[str, Any], field: str
) -> None:
    deal = await market.submitted()
    refused = await market.refused(deal.client, step, id=deal.milestones[0], **given)
    assert refused == [("BAD_USER_INPUT", field)]


@pytest.mark.parametrize("step", ["startMilestone", "submitMilestone"])
async def test_the_freelancer_alone_works_on_stages_and_only_for_money(market: Market, step: str) -> None:
    deal = await market.accepted("1000.00", ["1000.00"])
    (milestone,) = deal.milestones
    assert await market.refused(deal.client, step, id=milestone) == [("FORBIDDEN", "id")]
    assert await market.refused(deal.freelancer, step, id=milestone) == [("CONFLICT", "id")]
    await market.did(deal.client, "fundEscrow", id=deal.escrow)
    await market.did(deal.freelancer, step, id=milestone)
    assert await market.refused(deal.freelancer, step, id=milestone) == [("CONFLICT", "id")]


@pytest.mark.parametrize("step", ["approveMilestone", "rejectMilestone"])
async def test_the_client_alone_decides_of_what_was_handed_in(market: Market, step: str) -> None:
    deal = await market.funded("1000.00", ["1000.00"])
    (milestone,) = deal.milestones
    assert await market.refused(deal.freelancer, step, id=milestone) == [("FORBIDDEN", "id")]
    assert await market.refused(deal.client, step, id=milestone) == [("CONFLICT", "id")]
    await market.did(deal.freelancer, "submitMilestone", id=milestone)
    await market.did(deal.client, step, id=milestone)
    assert await market.refused(deal.client, step, id=milestone) == [("CONFLICT", "id")]


@pytest.mark.parametrize("step", ["startMilestone", "submitMilestone", "approveMilestone", "rejectMilestone"])
async def test_nothing_is_done_with_stages_while_there_is_a_dispute(market: Market, step: str) -> None:
    deal = await market.submitted("1000.00", ["500.00", "500.00"])
    await market.did(deal.client, "openDispute", jobId=deal.job)
    works = step in ("startMilestone", "submitMilestone")
    who, milestone = (deal.freelancer, deal.milestones[1]) if works else (deal.client, deal.milestones[0])
    assert await market.refused(who, step, id=milestone) == [("CONFLICT", "id")]

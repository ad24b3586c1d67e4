"""Steps that come at once are done one after the other: each sees what the one before left, and none waits forever."""

import asyncio
from typing import Any

import pytest

from tests.freelance.market import Market


async def at_once(*asked: Any) -> list[str]:
    """What each of several steps came to: DONE, or the code of its one reason."""
    payloads = await asyncio.gather(*asked)
    return sorted("".join(error["code"] for error in one["userErrors"]) or "DONE" for one in payloads)


async def test_of_two_applications_accepted_at_once_one_gets_the_job(market: Market) -> None:
    deal = await market.applied()
    other = await market.applies(await market.person("Eve"), deal.job)
    accepting = [market.does(deal.client, "acceptApplication", id=one) for one in (deal.application, other)]
    assert await at_once(*accepting) == ["CONFLICT", "DONE"]
    assert {await market.status(one) for one in (deal.application, other)} == {"ACCEPTED", "REJECTED"}


async def test_money_that_is_paid_in_twice_at_once_is_paid_in_once(market: Market) -> None:
    deal = await market.accepted()
    paying = [market.does(deal.client, "fundEscrow", id=deal.escrow) for _ in range(4)]
    assert await at_once(*paying) == ["CONFLICT"] * 3 + ["DONE"]
    assert len(await market.ledger(deal.escrow)) == 1


@pytest.mark.parametrize("first", ["approve", "dispute"])
async def test_what_is_approved_while_the_other_side_opens_a_dispute_is_either_paid_or_frozen(
    market: Market, first: str
) -> None:
    deal = await market.submitted("100.00", ["40.00", "60.00"])
    approving = market.does(deal.client, "approveMilestone", id=deal.milestones[0])
    opening = market.does(deal.freelancer, "openDispute", jobId=deal.job)
    came_to = await at_once(*((approving, opening) if first == "approve" else (opening, approving)))
    approved = await market.status(deal.milestones[0]) == "APPROVED"
    assert came_to == (["DONE", "DONE"] if approved else ["CONFLICT", "DONE"])
    (dispute,) = await market.run(
        "SELECT disputed_amount FROM freelance.disputes WHERE job_id = $1::text::uuid", deal.job.removeprefix("job_")
    )
    assert str(dispute["disputed_amount"]) == ("60.00" if approved else "100.00")


async def test_the_last_stages_approved_at_once_complete_the_job(market: Market) -> None:
    deal = await market.submitted("100.00", ["40.00", "60.00"])
    await market.did(deal.freelancer, "submitMilestone", id=deal.milestones[1])
    approving = [market.does(deal.client, "approveMilestone", id=one) for one in deal.milestones]
    assert await at_once(*approving) == ["DONE", "DONE"]
    assert [await market.status(one) for one in (deal.job, deal.escrow)] == ["COMPLETED", "RELEASED"]
    assert sum(amount for *_, amount in await market.ledger(deal.escrow)) == 0


async def test_money_is_released_or_refunded_but_not_both(market: Market) -> None:
    deal = await market.funded()
    releasing = market.does(deal.client, "releaseEscrow", id=deal.escrow)
    refunding = market.does(deal.freelancer, "refundEscrow", id=deal.escrow)
    assert await at_once(releasing, refunding) == ["CONFLICT", "DONE"]
    assert sum(amount for *_, amount in await market.ledger(deal.escrow)) == 0


async def test_whoever_applies_while_the_job_is_closed_is_rejected_or_too_late(market: Market) -> None:
    deal = await market.posted()
    closing = market.does(deal.client, "closeJob", id=deal.job)
    came_to = await at_once(market.does(deal.freelancer, "applyForJob", jobId=deal.job), closing)
    open_now = await market.run(
        "SELECT 1 FROM freelance.applications WHERE status = 'PENDING' AND job_id = $1::text::uuid", deal.job[4:]
    )
    assert came_to in (["DONE", "DONE"], ["DONE", "NOT_FOUND"])
    assert open_now == []


async def test_somebody_applies_once_however_often_at_once(market: Market) -> None:
    deal = await market.posted()
    applying = [market.does(deal.freelancer, "applyForJob", jobId=deal.job) for _ in range(4)]
    assert await at_once(*applying) == ["CONFLICT"] * 3 + ["DONE"]


async def test_each_side_opens_a_dispute_and_there_is_one(market: Market) -> None:
    deal = await market.funded()
    opening = [market.does(who, "openDispute", jobId=deal.job) for who in (deal.client, deal.freelancer)]
    assert await at_once(*opening) == ["CONFLICT", "DONE"]


async def test_everybody_does_everything_at_once_and_the_books_still_add_up(market: Market) -> None:
    deal, root = await market.submitted("100.00", ["40.00", "60.00"]), await market.administrator()
    steps: list[Any] = [
        market.does(deal.client, "approveMilestone", id=deal.milestones[0]),
        market.does(deal.client, "rejectMilestone", id=deal.milestones[0]),
        market.does(deal.freelancer, "startMilestone", id=deal.milestones[1]),
        market.does(deal.freelancer, "submitMilestone", id=deal.milestones[1]),
        market.does(deal.client, "releaseEscrow", id=deal.escrow),
        market.does(root, "refundEscrow", id=deal.escrow),
        market.does(deal.client, "openDispute", jobId=deal.job),
        market.does(deal.freelancer, "openDispute", jobId=deal.job),
    ]
    assert set(await at_once(*steps)) <= {"DONE", "CONFLICT"}
    (escrow,) = await market.run(
        "SELECT status, held_amount FROM freelance.escrows WHERE id = $1::text::uuid", deal.escrow[7:]
    )
    assert sum(amount for *_, amount in await market.ledger(deal.escrow)) == escrow["held_amount"] >= 0
    assert (escrow["held_amount"] == 0) is (escrow["status"] in ("RELEASED", "REFUNDED"))

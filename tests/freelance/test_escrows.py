"""Money is paid in, released and refunded."""

from decimal import Decimal
from uuid import UUID

import pytest

from app.services.freelance.money import Line
from tests.freelance.market import Market, id_of


async def test_who_is_accepted_gets_the_job_and_an_escrow_with_the_platforms_part(market: Market) -> None:
    deal = await market.applied("999.50")
    done = await market.did(deal.client, "acceptApplication", id=deal.application)
    assert done["application"]["status"] == "ACCEPTED"
    assert (done["job"]["status"], done["job"]["freelancer"]) == ("IN_PROGRESS", {"id": id_of(deal.freelancer)})
    escrow = done["escrow"]
    assert (escrow["status"], escrow["amount"], escrow["fee"], escrow["heldAmount"]) == (
        *("PENDING", "999.50", "49.98", "0.00"),
    )


async def test_the_client_pays_in_all_and_the_freelancer_is_told(market: Market) -> None:
    deal = await market.accepted("1000.00")
    escrow = (await market.did(deal.client, "fundEscrow", id=deal.escrow, reference=" T-1 ", version=1))["escrow"]
    assert (escrow["status"], escrow["heldAmount"], escrow["version"]) == ("FUNDED", "1000.00", 2)
    assert escrow["fundedAt"]
    assert await market.ledger(deal.escrow) == [Line("FUNDED", "CLIENT", Decimal("1000.00"))]
    assert await market.told(deal.freelancer) == ["application.accepted", "escrow.funded"]


async def test_all_that_is_held_goes_to_the_freelancer_but_for_the_fee(market: Market) -> None:
    deal = await market.funded("1000.00", ["400", "600"])
    done = await market.did(deal.client, "releaseEscrow", id=deal.escrow, version=2)
    escrow = done["escrow"]
    assert (escrow["status"], escrow["heldAmount"], escrow["releasedAmount"]) == ("RELEASED", "0.00", "950.00")
    assert done["job"]["status"] == "COMPLETED" and done["job"]["completedAt"]
    assert [await market.status(one) for one in deal.milestones] == ["APPROVED", "APPROVED"]
    assert (await market.ledger(deal.escrow))[1:] == [
        ("RELEASED", "FREELANCER", Decimal("-950.00")),
        ("FEE", "PLATFORM", Decimal("-50.00")),
    ]
    assert (await market.told(deal.freelancer))[-1] == "escrow.released"


async def test_all_that_is_held_goes_back_to_the_client(market: Market) -> None:
    deal = await market.funded("1000.00")
    done = await market.did(deal.freelancer, "refundEscrow", id=deal.escrow, reason="I am ill.")
    escrow = done["escrow"]
    assert (escrow["status"], escrow["heldAmount"], escrow["refundedAmount"]) == ("REFUNDED", "0.00", "1000.00")
    assert done["job"]["status"] == "CANCELLED"
    assert (await market.ledger(deal.escrow))[1:] == [("REFUNDED", "CLIENT", Decimal("-1000.00"))]
    assert (await market.told(deal.client))[-1] == "escrow.refunded"


async def test_who_does_what_with_the_money(market: Market) -> None:
    deal, root = await market.accepted(), await market.administrator()
    for step in ("fundEscrow", "releaseEscrow"):
        assert await market.refused(deal.freelancer, step, id=deal.escrow) == [("FORBIDDEN", "id")]
        assert await market.refused(root, step, id=deal.escrow) == [("FORBIDDEN", "id")]
    assert await market.refused(deal.client, "refundEscrow", id=deal.escrow) == [("FORBIDDEN", "id")]
    assert await market.refused(root, "refundEscrow", id=deal.escrow) == [("CONFLICT", "id")]


async def test_an_administrator_gives_the_money_back_and_both_are_told(market: Market) -> None:
    deal, root = await market.funded(), await market.administrator()
    await market.did(root, "refundEscrow", id=deal.escrow)
    assert (await market.told(deal.client))[-1] == (await market.told(deal.freelancer))[-1] == "escrow.refunded"
    (row,) = await market.run(
        "SELECT made_by_id FROM freelance.escrow_movements WHERE escrow_id = $1 AND type = 'REFUNDED'",
        UUID(deal.escrow.removeprefix("escrow_")),
    )
    assert row["made_by_id"] == root.params["user"]


async def test_before_anything_was_paid_in_nothing_is_paid_out(market: Market) -> None:
    deal = await market.accepted()
    assert await market.refused(deal.client, "releaseEscrow", id=deal.escrow) == [("CONFLICT", "id")]
    assert await market.refused(deal.freelancer, "refundEscrow", id=deal.escrow) == [("CONFLICT", "id")]
    assert await market.refused(deal.client, "fundEscrow", id=deal.escrow, version=7) == [("CONFLICT", "version")]


@pytest.mark.parametrize("step", ["fundEscrow", "releaseEscrow", "refundEscrow"])
async def test_money_that_was_paid_out_is_gone(market: Market, step: str) -> None:
    deal = await market.completed()
    who = deal.freelancer if step == "refundEscrow" else deal.client
    assert await market.refused(who, step, id=deal.escrow) == [("CONFLICT", "id")]
    assert len(await market.ledger(deal.escrow)) == 3


@pytest.mark.parametrize("step", ["fundEscrow", "releaseEscrow", "refundEscrow"])
async def test_money_that_is_frozen_stays_where_it_is(market: Market, step: str) -> None:
    deal = await market.disputed()
    who = deal.freelancer if step == "refundEscrow" else deal.client
    assert await market.refused(who, step, id=deal.escrow) == [("CONFLICT", "id")]


async def test_what_is_said_of_a_transfer_is_short(market: Market) -> None:
    deal = await market.accepted()
    long = {"reference": "x" * 201}
    assert await market.refused(deal.client, "fundEscrow", id=deal.escrow, **long) == [("BAD_USER_INPUT", "reference")]
    refused = await market.refused(deal.freelancer, "refundEscrow", id=deal.escrow, reason="x" * 5_001)
    assert refused == [("BAD_USER_INPUT", "reason")]


async def test_above_the_limit_only_a_client_whose_identity_is_verified_pays_in(market: Market) -> None:
    deal = await market.accepted("1000.01")
    assert await market.refused(deal.client, "fundEscrow", id=deal.escrow) == [("FORBIDDEN", "amount")]
    await market.run(
        "INSERT INTO identity.kyc_verifications (user_id, status, document_type, submitted_at, reviewed_at, expires_at)"
        " VALUES ($1, 'APPROVED', 'PASSPORT', now(), now(), now() + interval '1 year')",
        deal.client.params["user"],
    )
    assert (await market.did(deal.client, "fundEscrow", id=deal.escrow))["escrow"]["status"] == "FUNDED"


async def test_whom_a_check_for_money_laundering_flagged_pays_nothing_in(market: Market) -> None:
    deal = await market.accepted("10.00")
    await market.run(
        "INSERT INTO identity.aml_checks (user_id, cause, risk_score, is_flagged, reason, checked_at)"
        " VALUES ($1, 'MANUAL', 90, true, 'r', now())",
        deal.client.params["user"],
    )
    assert await market.refused(deal.client, "fundEscrow", id=deal.escrow) == [("FORBIDDEN", None)]
    assert await market.ledger(deal.escrow) == []


async def test_after_a_part_was_paid_the_rest_goes_back(market: Market) -> None:
    deal = await market.submitted("100.00", ["40.00", "60.00"])
    await market.did(deal.client, "approveMilestone", id=deal.milestones[0])
    done = await market.did(deal.freelancer, "refundEscrow", id=deal.escrow)
    assert (done["escrow"]["releasedAmount"], done["escrow"]["refundedAmount"]) == ("38.00", "60.00")
    assert done["job"]["status"] == "CANCELLED"


async def test_of_the_smallest_amount_the_fee_rounds_away(market: Market) -> None:
    deal = await market.funded("0.01")
    await market.did(deal.client, "releaseEscrow", id=deal.escrow)
    assert (await market.ledger(deal.escrow))[1:] == [("RELEASED", "FREELANCER", Decimal("-0.01"))]

"""What happens when client and freelancer do not agree: money is frozen until it is decided, or they do agree."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from tests.doing import NOBODY
from tests.freelance.market import Market, moment


async def test_a_dispute_freezes_the_money_and_the_other_side_has_a_week_to_answer(market: Market) -> None:
    deal = await market.submitted("1000.00", ["400.00", "600.00"])
    await market.did(deal.client, "approveMilestone", id=deal.milestones[0])
    said = {"jobId": deal.job, "reason": "PAYMENT", "description": " Where is it? ", "milestoneId": deal.milestones[1]}
    done = await market.did(deal.freelancer, "openDispute", **said)
    dispute = done["dispute"]
    assert (dispute["status"], dispute["disputedAmount"], dispute["version"]) == ("OPEN", "600.00", 1)
    left = moment(dispute["answerDueAt"]) - datetime.now(UTC)
    assert timedelta(days=6, hours=23) < left <= timedelta(days=7)
    assert (done["job"]["status"], done["escrow"]["status"]) == ("DISPUTED", "FROZEN")
    assert done["escrow"]["frozenAt"]
    assert (await market.told(deal.client))[-1] == "dispute.opened"
    query = "query($i: ID!) { dispute(id: $i) { description respondent { id } openedBy { id } milestone { id } } }"
    seen = (await market.ask(deal.client, query, i=dispute["id"]))["data"]["dispute"]
    assert seen == {
        "description": "Where is it?",
        "respondent": {"id": f"user_{deal.client.params['user']}"},
        "openedBy": {"id": f"user_{deal.freelancer.params['user']}"},
        "milestone": {"id": deal.milestones[1]},
    }


@pytest.mark.parametrize("description", [" ", "x" * 10_001])
async def test_a_dispute_is_described(market: Market, description: str) -> None:
    deal = await market.funded()
    refused = await market.refused(deal.client, "openDispute", jobId=deal.job, description=description)
    assert refused == [("BAD_USER_INPUT", "description")]


async def test_there_is_no_dispute_over_nothing(market: Market) -> None:
    unpaid, over = await market.accepted(), await market.completed()
    for deal in (unpaid, over, await market.disputed()):
        assert await market.refused(deal.freelancer, "openDispute", jobId=deal.job) == [("CONFLICT", "jobId")]


async def test_a_dispute_is_about_a_stage_of_its_own_job(market: Market) -> None:
    deal, other = await market.funded(), await market.funded("1000.00", ["1.00"])
    for stage in (other.milestones[0], f"milestone_{NOBODY}"):
        refused = await market.refused(deal.client, "openDispute", jobId=deal.job, milestoneId=stage)
        assert refused == [("NOT_FOUND", "milestoneId")]
    assert await market.status(deal.job) == "IN_PROGRESS"


async def test_it_is_answered_mediated_and_split(market: Market) -> None:
    deal, root = await market.disputed("1000.00"), await market.administrator()
    answered = await market.did(deal.freelancer, "answerDispute", id=deal.dispute)
    assert answered["dispute"]["status"] == "ANSWERED"
    assert await market.refused(deal.freelancer, "answerDispute", id=deal.dispute) == [("CONFLICT", "id")]
    mediated = await market.did(root, "mediateDispute", id=deal.dispute)
    assert mediated["dispute"]["status"] == "IN_MEDIATION"
    version = mediated["dispute"]["version"]
    decision = {"id": deal.dispute, "freelancerAmount": "300.10", "decision": "Half done."}
    assert await market.refused(root, "resolveDispute", version=version - 1, **decision) == [("CONFLICT", "version")]
    done = await market.did(root, "resolveDispute", version=version, **decision)
    dispute = done["dispute"]
    assert (dispute["resolution"], dispute["freelancerAmount"], dispute["clientAmount"]) == (
        *("SPLIT", "300.10", "699.90"),
    )
    assert (dispute["status"], done["job"]["status"], done["escrow"]["status"]) == ("RESOLVED", "COMPLETED", "RELEASED")
    assert (await market.ledger(deal.escrow))[1:] == [
        ("SPLIT", "CLIENT", Decimal("-699.90")),
        ("SPLIT", "FREELANCER", Decimal("-285.09")),
        ("FEE", "PLATFORM", Decimal("-15.01")),
    ]
    assert done["escrow"]["heldAmount"] == "0.00" and done["escrow"]["frozenAt"] is None
    assert (await market.told(deal.client))[-3:] == ["dispute.answered", "dispute.in_mediation", "dispute.resolved"]
    assert (await market.told(deal.freelancer))[-3:] == ["dispute.opened", "dispute.in_mediation", "dispute.resolved"]


@pytest.mark.parametrize(
    ("amount", "resolution", "job", "escrow", "moved"),
    [
        ("1000.00", "RELEASE", "COMPLETED", "RELEASED", [("RELEASED", "-950.00"), ("FEE", "-50.00")]),
        ("0", "REFUND", "CANCELLED", "REFUNDED", [("REFUNDED", "-1000.00")]),
        ("0.01", "SPLIT", "COMPLETED", "RELEASED", [("SPLIT", "-999.99"), ("SPLIT", "-0.01")]),
    ],
)
async def test_a_decision_pays_out_what_it_says(
    market: Market, amount: str, resolution: str, job: str, escrow: str, moved: list[tuple[str, str]]
) -> None:
    root = await market.administrator()
    deal = await market.mediated(root, "1000.00")
    done = await market.did(root, "resolveDispute", id=deal.dispute, freelancerAmount=amount)
    assert (done["dispute"]["resolution"], done["job"]["status"], done["escrow"]["status"]) == (resolution, job, escrow)
    rows = await market.run(
        "SELECT type, amount FROM freelance.escrow_movements WHERE dispute_id = $1 ORDER BY id",
        UUID(deal.dispute.removeprefix("dispute_")),
    )
    assert [(row["type"], str(row["amount"])) for row in rows] == moved
    assert await market.refused(root, "resolveDispute", id=deal.dispute) == [("CONFLICT", "id")]


async def test_after_a_part_was_paid_the_rest_is_split_and_the_fee_follows(market: Market) -> None:
    deal, root = await market.submitted("100.00", ["33.33", "66.67"]), await market.administrator()
    await market.did(deal.client, "approveMilestone", id=deal.milestones[0])
    dispute = (await market.did(deal.client, "openDispute", jobId=deal.job))["dispute"]["id"]
    await market.did(root, "mediateDispute", id=dispute)
    done = await market.did(root, "resolveDispute", id=dispute, freelancerAmount="66.66")
    ledger = await market.ledger(deal.escrow)
    assert sum(amount for *_, amount in ledger) == 0
    assert [amount for kind, _, amount in ledger if kind == "FEE"] == [Decimal("-1.67"), Decimal("-3.33")]
    assert (done["escrow"]["releasedAmount"], done["escrow"]["refundedAmount"]) == ("94.99", "0.01")


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("freelancerAmount", {"freelancerAmount": "1.001"}),
        ("freelancerAmount", {"freelancerAmount": "1000.01"}),
        ("freelancerAmount", {"freelancerAmount": "-0.01"}),
        ("freelancerAmount", {"freelancerAmount": "9" * 40}),
        ("decision", {"decision": " "}),
        ("decision", {"decision": "x" * 10_001}),
    ],
)
async def test_a_decision_that_cannot_be_is_refused_with_the_field(
    market: Market, field: str, given: dict[str, Any]
) -> None:
    root = await market.administrator()
    deal = await market.mediated(root)
    assert await market.refused(root, "resolveDispute", id=deal.dispute, **given) == [("BAD_USER_INPUT", field)]


async def test_how_much_there_is_to_decide_of_is_said_after_whether_it_can_be_decided(market: Market) -> None:
    root = await market.administrator()
    deal = await market.mediated(root)
    await market.did(deal.client, "withdrawDispute", id=deal.dispute)
    refused = await market.refused(root, "resolveDispute", id=deal.dispute, freelancerAmount="5000")
    assert refused == [("CONFLICT", "id")]


async def test_who_opened_a_dispute_gives_it_up_and_the_job_goes_on(market: Market) -> None:
    deal, root = await market.disputed(), await market.administrator()
    await market.did(root, "mediateDispute", id=deal.dispute)
    done = await market.did(deal.client, "withdrawDispute", id=deal.dispute)
    assert (done["dispute"]["status"], done["job"]["status"], done["escrow"]["status"]) == (
        *("WITHDRAWN", "IN_PROGRESS", "FUNDED"),
    )
    assert done["dispute"]["resolvedAt"] and done["escrow"]["frozenAt"] is None
    assert (await market.told(deal.freelancer))[-1] == (await market.told(root))[-1] == "dispute.withdrawn"
    again = await market.did(deal.freelancer, "openDispute", jobId=deal.job)
    assert again["dispute"]["status"] == "OPEN"


async def test_money_of_which_a_part_was_paid_thaws_as_such(market: Market) -> None:
    deal = await market.submitted("100.00", ["40.00", "60.00"])
    await market.did(deal.client, "approveMilestone", id=deal.milestones[0])
    dispute = (await market.did(deal.client, "openDispute", jobId=deal.job))["dispute"]["id"]
    done = await market.did(deal.client, "withdrawDispute", id=dispute)
    assert done["escrow"]["status"] == "PARTIALLY_RELEASED"


async def test_who_does_what_in_a_dispute(market: Market) -> None:
    deal, root, other = await market.disputed(), await market.administrator(), await market.administrator()
    for who in (deal.client, root):
        assert await market.refused(who, "answerDispute", id=deal.dispute) == [("FORBIDDEN", "id")]
    for who in (deal.freelancer, root):
        assert await market.refused(who, "withdrawDispute", id=deal.dispute) == [("FORBIDDEN", "id")]
    for who in (deal.client, deal.freelancer):
        assert await market.refused(who, "mediateDispute", id=deal.dispute) == [("FORBIDDEN", "id")]
    await market.did(root, "mediateDispute", id=deal.dispute)
    assert await market.refused(other, "mediateDispute", id=deal.dispute) == [("CONFLICT", "id")]
    for who in (deal.client, deal.freelancer, other):
        assert await market.refused(who, "resolveDispute", id=deal.dispute) == [("FORBIDDEN", "id")]


async def test_nobody_mediates_a_dispute_of_their_own(market: Market) -> None:
    deal = await market.disputed()
    (row,) = await market.run("SELECT $1::uuid AS id", deal.freelancer.params["user"])
    themselves = type(deal.client)("admin", {"user": row["id"]})
    assert await market.refused(themselves, "mediateDispute", id=deal.dispute) == [("FORBIDDEN", "id")]


async def test_what_is_over_is_neither_answered_nor_mediated_nor_given_up(market: Market) -> None:
    deal, root = await market.disputed(), await market.administrator()
    await market.did(deal.client, "withdrawDispute", id=deal.dispute)
    steps = [(deal.freelancer, "answerDispute"), (root, "mediateDispute"), (deal.client, "withdrawDispute")]
    for who, step in steps:
        assert await market.refused(who, step, id=deal.dispute) == [("CONFLICT", "id")]
    refused = await market.refused(deal.client, "submitEvidence", disputeId=deal.dispute)
    assert refused == [("CONFLICT", "disputeId")]


@pytest.mark.parametrize("answer", ["", "x" * 10_001])
async def test_an_answer_says_something(market: Market, answer: str) -> None:
    deal = await market.disputed()
    refused = await market.refused(deal.freelancer, "answerDispute", id=deal.dispute, answer=answer)
    assert refused == [("BAD_USER_INPUT", "answer")]


async def test_both_sides_put_evidence_forward_and_the_mediator_reads_what_is_confidential(market: Market) -> None:
    deal, root = await market.disputed(), await market.administrator()
    await market.did(root, "mediateDispute", id=deal.dispute)
    file = {
        "type": "DOCUMENT",
        "statement": None,
        "fileUrl": "https://files.x.example/a.pdf",
        "fileName": "a.pdf",
        "mediaType": "application/pdf",
        "sizeBytes": 2_000_000_000,
        "sha256": "0" * 64,
    }
    public = await market.did(deal.client, "submitEvidence", disputeId=deal.dispute, **file)
    assert public["evidence"] | {"id": ""} == {
        "id": "",
        "type": "DOCUMENT",
        "title": "What I saw",
        "isConfidential": False,
    }
    secret = await market.did(deal.freelancer, "submitEvidence", disputeId=deal.dispute, isConfidential=True)
    query = "query($i: ID!) { dispute(id: $i) { evidences { nodes { id } } } }"
    counts = []
    for who in (deal.client, deal.freelancer, root):
        nodes = (await market.ask(who, query, i=deal.dispute))["data"]["dispute"]["evidences"]["nodes"]
        counts.append(len(nodes))
        assert ({"id": secret["evidence"]["id"]} in nodes) is (who is not deal.client)
    assert counts == [1, 2, 2]
    told = [await market.told(who) for who in (deal.client, deal.freelancer, root)]
    assert [one.count("dispute.evidence") for one in told] == [0, 1, 2]


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("title", {"title": " "}),
        ("title", {"title": "x" * 201}),
        ("statement", {"statement": " "}),
        ("statement", {"statement": "x" * 10_001}),
        ("fileUrl", {"fileUrl": "http://files.x.example/a"}),
        ("fileUrl", {"fileUrl": "https://user:word@files.x.example/a"}),
        ("fileUrl", {"fileUrl": "https://x.example/" + "a" * 2_000}),
        ("fileName", {"fileName": "x" * 201}),
        ("mediaType", {"mediaType": "PDF"}),
        ("sizeBytes", {"sizeBytes": 0}),
        ("sha256", {"sha256": "xyz"}),
    ],
)
async def test_evidence_that_cannot_be_is_refused_with_the_field(
    market: Market, field: str, given: dict[str, Any]
) -> None:
    deal = await market.disputed()
    refused = await market.refused(deal.client, "submitEvidence", disputeId=deal.dispute, **given)
    assert refused == [("BAD_USER_INPUT", field)]


async def test_a_mediator_puts_no_evidence_forward(market: Market) -> None:
    root = await market.administrator()
    deal = await market.mediated(root)
    assert await market.refused(root, "submitEvidence", disputeId=deal.dispute) == [("FORBIDDEN", "disputeId")]

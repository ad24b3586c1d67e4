"""Each side of a job that is done says what the other was like."""

from typing import Any

import pytest

from tests.freelance.market import Market, id_of


async def test_both_sides_review_each_other_once_and_are_told(market: Market) -> None:
    deal = await market.completed()
    made = await market.did(deal.client, "writeReview", jobId=deal.job, rating=5, comment=" Great. ")
    assert made["review"] | {"id": ""} == {
        "id": "",
        "rating": 5,
        "comment": "Great.",
        "response": None,
        "isPublic": True,
        "reviewee": {"id": id_of(deal.freelancer)},
    }
    back = await market.did(deal.freelancer, "writeReview", jobId=deal.job, rating=1, isPublic=False)
    assert back["review"]["reviewee"] == {"id": id_of(deal.client)}
    for who in (deal.client, deal.freelancer):
        assert await market.refused(who, "writeReview", jobId=deal.job) == [("CONFLICT", "jobId")]
        assert (await market.told(who))[-1] == "review.written"


async def test_a_rating_counts_for_whom_it_is_about(market: Market) -> None:
    deal = await market.completed()
    await market.did(deal.client, "writeReview", jobId=deal.job, rating=4)
    (row,) = await market.run(
        "SELECT rating_sum, rating_count FROM identity.users WHERE id = $1", deal.freelancer.params["user"]
    )
    assert (row["rating_sum"], row["rating_count"]) == (4, 1)


@pytest.mark.parametrize(
    ("field", "given"), [("rating", {"rating": 0}), ("rating", {"rating": 6}), ("comment", {"comment": "x" * 5_001})]
)
async def test_a_review_that_cannot_be_is_refused_with_the_field(
    market: Market, field: str, given: dict[str, Any]
) -> None:
    deal = await market.completed()
    assert await market.refused(deal.client, "writeReview", jobId=deal.job, **given) == [("BAD_USER_INPUT", field)]


async def test_only_jobs_that_are_done_are_reviewed(market: Market) -> None:
    deal = await market.disputed()
    assert await market.refused(deal.client, "writeReview", jobId=deal.job) == [("CONFLICT", "jobId")]
    await market.did(deal.client, "withdrawDispute", id=deal.dispute)
    await market.did(deal.freelancer, "refundEscrow", id=deal.escrow)
    assert await market.refused(deal.client, "writeReview", jobId=deal.job) == [("CONFLICT", "jobId")]


async def test_only_the_two_sides_review(market: Market) -> None:
    deal, root = await market.completed(), await market.administrator()
    assert await market.refused(root, "writeReview", jobId=deal.job) == [("FORBIDDEN", "jobId")]


async def test_whom_a_review_is_about_answers_it_once(market: Market) -> None:
    deal = await market.completed()
    review = (await market.did(deal.client, "writeReview", jobId=deal.job, isPublic=False))["review"]["id"]
    assert await market.refused(deal.client, "respondToReview", id=review) == [("FORBIDDEN", "id")]
    long = {"response": "x" * 5_001}
    refused = await market.refused(deal.freelancer, "respondToReview", id=review, **long)
    assert refused == [("BAD_USER_INPUT", "response")]
    assert await market.refused(deal.freelancer, "respondToReview", id=review, response="") == refused
    answered = await market.did(deal.freelancer, "respondToReview", id=review, response=" Thanks. ")
    assert answered["review"]["response"] == "Thanks."
    assert (await market.told(deal.client))[-1] == "review.answered"
    assert await market.refused(deal.freelancer, "respondToReview", id=review) == [("CONFLICT", "id")]

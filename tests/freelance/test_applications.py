"""Freelancers apply, clients decide."""

from typing import Any
from uuid import UUID

import pytest

from tests.freelance.market import Market


async def test_somebody_applies_for_an_open_job_and_the_client_is_told(market: Market) -> None:
    deal = await market.posted(currency="EUR")
    made = await market.did(
        deal.freelancer,
        "applyForJob",
        jobId=deal.job,
        proposedAmount="900.50",
        coverLetter=" I am good at it. ",
        estimatedDays=12,
    )
    assert made["application"] | {"id": ""} == {
        "id": "",
        "status": "PENDING",
        "decidedAt": None,
        "currency": "EUR",
        "proposedAmount": "900.50",
    }
    seen = await market.ask(
        deal.client,
        "query($i: ID!) { job(id: $i) { applications { nodes { coverLetter estimatedDays } } } }",
        i=deal.job,
    )
    nodes = [{"coverLetter": "I am good at it.", "estimatedDays": 12}]
    assert seen["data"]["job"]["applications"]["nodes"] == nodes
    assert await market.told(deal.client) == ["application.made"]


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("proposedAmount", {"proposedAmount": "0"}),
        ("proposedAmount", {"proposedAmount": "-5"}),
        ("proposedAmount", {"proposedAmount": "10.001"}),
        ("proposedAmount", {"proposedAmount": "9" * 40}),
        ("estimatedDays", {"estimatedDays": 0}),
        ("coverLetter", {"coverLetter": "x" * 10_001}),
    ],
)
async def test_an_offer_that_cannot_be_is_refused_with_the_field(
    market: Market, field: str, given: dict[str, Any]
) -> None:
    deal = await market.posted()
    assert await market.refused(deal.freelancer, "applyForJob", jobId=deal.job, **given) == [("BAD_USER_INPUT", field)]


async def test_all_that_is_wrong_with_an_offer_is_told_before_anything_of_the_job(market: Market) -> None:
    deal = await market.draft()
    wrong = {"proposedAmount": "-1.001", "estimatedDays": -1, "coverLetter": "x" * 10_001}
    assert await market.refused(deal.freelancer, "applyForJob", jobId=deal.job, **wrong) == [
        ("BAD_USER_INPUT", "proposedAmount"),
        ("BAD_USER_INPUT", "proposedAmount"),
        ("BAD_USER_INPUT", "estimatedDays"),
        ("BAD_USER_INPUT", "coverLetter"),
    ]


async def test_nobody_applies_for_a_job_of_their_own(market: Market) -> None:
    deal = await market.posted()
    assert await market.refused(deal.client, "applyForJob", jobId=deal.job) == [("FORBIDDEN", "jobId")]


async def test_nobody_applies_twice_whatever_became_of_the_first(market: Market) -> None:
    deal = await market.applied()
    assert await market.refused(deal.freelancer, "applyForJob", jobId=deal.job) == [("CONFLICT", "jobId")]
    await market.did(deal.freelancer, "withdrawApplication", id=deal.application)
    assert await market.refused(deal.freelancer, "applyForJob", jobId=deal.job) == [("CONFLICT", "jobId")]


async def test_nobody_applies_for_what_is_not_open(market: Market) -> None:
    draft, closed = await market.draft(), await market.applied()
    assert await market.refused(draft.freelancer, "applyForJob", jobId=draft.job) == [("NOT_FOUND", "jobId")]
    await market.did(closed.client, "closeJob", id=closed.job)
    assert await market.refused(closed.freelancer, "applyForJob", jobId=closed.job) == [("CONFLICT", "jobId")]
    late = await market.posted()
    await market.run("UPDATE freelance.jobs SET deadline = now() WHERE id = $1", UUID(late.job[4:]))
    assert await market.refused(late.freelancer, "applyForJob", jobId=late.job) == [("CONFLICT", "jobId")]


async def test_an_application_is_shortlisted_once_and_then_decided(market: Market) -> None:
    deal = await market.applied()
    listed = await market.did(deal.client, "shortlistApplication", id=deal.application)
    assert (listed["application"]["status"], listed["application"]["decidedAt"]) == ("SHORTLISTED", None)
    assert await market.refused(deal.client, "shortlistApplication", id=deal.application) == [("CONFLICT", "id")]
    rejected = (await market.did(deal.client, "rejectApplication", id=deal.application))["application"]
    assert rejected["status"] == "REJECTED" and rejected["decidedAt"]
    assert await market.told(deal.freelancer) == ["application.rejected"]


DECIDING = ("shortlistApplication", "rejectApplication", "acceptApplication")


@pytest.mark.parametrize("step", [*DECIDING, "withdrawApplication"])
async def test_what_was_decided_stays_decided(market: Market, step: str) -> None:
    deal = await market.applied()
    who = deal.freelancer if step == "withdrawApplication" else deal.client
    await market.did(deal.client, "rejectApplication", id=deal.application)
    assert await market.refused(who, step, id=deal.application) == [("CONFLICT", "id")]


@pytest.mark.parametrize("step", DECIDING)
async def test_the_client_decides_while_the_job_is_open(market: Market, step: str) -> None:
    deal = await market.applied()
    assert await market.refused(deal.freelancer, step, id=deal.application) == [("FORBIDDEN", "id")]
    other = await market.applies(await market.person("Eve"), deal.job)
    await market.did(deal.client, "acceptApplication", id=other)
    assert await market.refused(deal.client, step, id=deal.application) == [("CONFLICT", "id")]
    assert await market.refused(deal.client, step, id=other) == [("CONFLICT", "id")]


async def test_the_applicant_alone_takes_an_application_back(market: Market) -> None:
    deal = await market.applied()
    assert await market.refused(deal.client, "withdrawApplication", id=deal.application) == [("FORBIDDEN", "id")]
    await market.did(deal.client, "shortlistApplication", id=deal.application)
    done = await market.did(deal.freelancer, "withdrawApplication", id=deal.application)
    assert done["application"]["status"] == "WITHDRAWN"
    assert await market.refused(deal.client, "acceptApplication", id=deal.application) == [("CONFLICT", "id")]


async def test_whoever_is_accepted_is_told_and_so_are_the_others(market: Market) -> None:
    deal = await market.applied()
    eve, out = await market.person("Eve"), await market.person("Out")
    theirs, back = await market.applies(eve, deal.job), await market.applies(out, deal.job)
    await market.did(out, "withdrawApplication", id=back)
    done = await market.did(deal.client, "acceptApplication", id=deal.application)
    assert done["job"]["startedAt"]
    assert [await market.status(one) for one in (theirs, back)] == ["REJECTED", "WITHDRAWN"]
    told = [await market.told(one) for one in (deal.freelancer, eve, out)]
    assert told == [["application.accepted"], ["application.rejected"], []]


async def test_what_was_asked_in_another_currency_is_not_accepted(market: Market) -> None:
    deal = await market.applied()
    change = 'mutation($i: ID!) { updateJob(input: {id: $i, currency: "JPY"}) { userErrors { code } } }'
    assert (await market.ask(deal.client, change, i=deal.job))["data"]["updateJob"]["userErrors"] == []
    assert await market.refused(deal.client, "acceptApplication", id=deal.application) == [("CONFLICT", "id")]

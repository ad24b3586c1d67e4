"""A job is opened to applications and called off."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from tests.freelance.market import Market, moment


async def test_a_draft_is_opened_by_its_client_and_then_everybody_sees_it(market: Market) -> None:
    deal = await market.draft()
    job = (await market.did(deal.client, "publishJob", id=deal.job, version=1))["job"]
    assert (job["status"], job["version"]) == ("OPEN", 2)
    assert datetime.now(UTC) - moment(job["publishedAt"]) < timedelta(seconds=10)
    seen = await market.ask(deal.freelancer, "query($i: ID!) { job(id: $i) { status } }", i=deal.job)
    assert seen == {"data": {"job": {"status": "OPEN"}}}


async def test_a_job_is_opened_once(market: Market) -> None:
    deal = await market.posted()
    assert await market.refused(deal.client, "publishJob", id=deal.job) == [("CONFLICT", "id")]


async def test_a_job_that_somebody_changed_meanwhile_is_looked_at_again_first(market: Market) -> None:
    deal = await market.draft()
    await market.ask(
        deal.client, 'mutation($i: ID!) { updateJob(input: {id: $i, title: "T"}) { job { id } } }', i=deal.job
    )
    assert await market.refused(deal.client, "publishJob", id=deal.job, version=1) == [("CONFLICT", "version")]
    assert await market.refused(deal.client, "closeJob", id=deal.job, version=1) == [("CONFLICT", "version")]
    await market.did(deal.client, "publishJob", id=deal.job, version=2)


async def test_a_job_whose_deadline_is_over_is_not_opened(market: Market) -> None:
    deal = await market.draft()
    await market.run("UPDATE freelance.jobs SET deadline = now() - interval '1 hour' WHERE id = $1", UUID(deal.job[4:]))
    assert await market.refused(deal.client, "publishJob", id=deal.job) == [("CONFLICT", "id")]


async def test_a_job_that_was_deleted_is_brought_back_first(market: Market) -> None:
    deal = await market.draft()
    delete = "mutation($i: ID!) { deleteJob(id: $i) { id userErrors { code } } }"
    assert (await market.ask(deal.client, delete, i=deal.job))["data"]["deleteJob"]["userErrors"] == []
    assert await market.refused(deal.client, "publishJob", id=deal.job) == [("CONFLICT", "id")]
    assert await market.refused(deal.client, "closeJob", id=deal.job) == [("CONFLICT", "id")]


async def test_closing_a_job_rejects_who_applied_and_tells_them(market: Market) -> None:
    deal = await market.applied()
    other = await market.person("Eve")
    listed, withdrawn = await market.applies(other, deal.job), deal.application
    await market.did(deal.client, "shortlistApplication", id=listed)
    await market.did(deal.freelancer, "withdrawApplication", id=withdrawn)
    assert (await market.did(deal.client, "closeJob", id=deal.job))["job"]["status"] == "CANCELLED"
    assert [await market.status(one) for one in (listed, withdrawn)] == ["REJECTED", "WITHDRAWN"]
    assert (await market.told(other), await market.told(deal.freelancer)) == (["application.rejected"], [])


async def test_an_administrator_closes_jobs_of_others_and_opens_none(market: Market) -> None:
    deal, root = await market.draft(), await market.administrator()
    assert await market.refused(root, "publishJob", id=deal.job) == [("FORBIDDEN", "id")]
    assert (await market.did(root, "closeJob", id=deal.job))["job"]["status"] == "CANCELLED"


async def test_a_job_that_was_given_to_somebody_is_closed_until_the_money_is_paid_in(market: Market) -> None:
    deal = await market.accepted()
    assert (await market.did(deal.client, "closeJob", id=deal.job))["job"]["status"] == "CANCELLED"
    assert await market.told(deal.freelancer) == ["application.accepted", "job.closed"]
    assert await market.refused(deal.client, "fundEscrow", id=deal.escrow) == [("CONFLICT", "id")]
    deal = await market.funded()
    assert await market.refused(deal.client, "closeJob", id=deal.job) == [("CONFLICT", "id")]
    assert await market.status(deal.job) == "IN_PROGRESS"


async def test_what_is_over_is_not_closed(market: Market) -> None:
    for deal in (await market.completed(), await market.disputed()):
        assert await market.refused(deal.client, "closeJob", id=deal.job) == [("CONFLICT", "id")]


async def test_who_sees_a_job_and_is_not_its_client_opens_and_closes_none(market: Market) -> None:
    deal = await market.posted()
    for step in ("publishJob", "closeJob"):
        assert await market.refused(deal.freelancer, step, id=deal.job) == [("FORBIDDEN", "id")]

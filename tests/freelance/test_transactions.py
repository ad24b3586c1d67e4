"""Steps as any mutation: several in one transaction, and each once however often it is sent."""

from uuid import UUID

from app.services.freelance.actors import Actor
from app.services.freelance.locking import job_at
from tests.freelance.market import Market

TOGETHER = """mutation($plan: PlanMilestonesInput!, $fund: FundEscrowInput!, $more: FundEscrowInput!) @atomic {
  planMilestones(input: $plan) { milestones { amount } userErrors { code } }
  first: fundEscrow(input: $fund) { escrow { status version heldAmount } userErrors { code } }
  second: fundEscrow(input: $more) { userErrors { code field } }
}"""
PLAN = """mutation($i: PlanMilestonesInput!, $key: String!) {
  planMilestones(input: $i, idempotencyKey: $key) { job { id } milestones { id position } userErrors { code } } }"""


async def test_the_second_of_several_steps_in_a_transaction_sees_what_the_first_did_and_undoes_it(
    market: Market,
) -> None:
    deal = await market.accepted("100.00")
    stages = [{"title": "All", "amount": "100.00"}]
    plan, fund = {"jobId": deal.job, "milestones": stages}, {"id": deal.escrow}
    data = (await market.ask(deal.client, TOGETHER, plan=plan, fund=fund, more=fund))["data"]
    assert data["second"] == {"userErrors": [{"code": "CONFLICT", "field": "id"}]}
    assert data["first"] == {"escrow": None, "userErrors": [{"code": "CONFLICT"}]}
    assert await market.ledger(deal.escrow) == []
    assert await market.status(deal.escrow) == "PENDING"


async def test_a_client_plans_and_pays_in_with_one_request(market: Market) -> None:
    deal = await market.accepted("100.00")
    query = TOGETHER.partition("  second")[0].replace(", $more: FundEscrowInput!", "") + "}"
    stages = [{"title": "Half", "amount": "50.00"}] * 2
    plan, fund = {"jobId": deal.job, "milestones": stages}, {"id": deal.escrow, "version": 1}
    data = (await market.ask(deal.client, query, plan=plan, fund=fund))["data"]
    assert data["planMilestones"]["milestones"] == [{"amount": "50.00"}] * 2
    assert data["first"]["escrow"] == {"status": "FUNDED", "version": 2, "heldAmount": "100.00"}


async def test_a_plan_that_is_sent_twice_with_its_key_is_made_once_and_told_again(market: Market) -> None:
    deal = await market.accepted("100.00")
    given = {"jobId": deal.job, "milestones": [{"title": "Half", "amount": "50.00"}] * 2}
    first, again = [await market.ask(deal.client, PLAN, i=given, key=f"plan {deal.job}") for _ in range(2)]
    assert first == again
    assert [row["position"] for row in first["data"]["planMilestones"]["milestones"]] == [1, 2]
    anew = await market.ask(deal.client, PLAN, i=given, key=f"plan {deal.job} anew")
    assert anew["data"]["planMilestones"]["milestones"] != first["data"]["planMilestones"]["milestones"]


async def test_what_is_refused_with_a_key_is_refused_again(market: Market) -> None:
    deal = await market.posted()
    query = """mutation($i: ApplyForJobInput!) { applyForJob(input: $i, idempotencyKey: "once") {
      application { id } userErrors { code field } } }"""
    given = {"jobId": deal.job, "proposedAmount": "-1"}
    first, again = [await market.ask(deal.freelancer, query, i=given) for _ in range(2)]
    assert first == again
    assert first["data"]["applyForJob"] == {
        "application": None,
        "userErrors": [{"code": "BAD_USER_INPUT", "field": "proposedAmount"}],
    }


async def test_a_row_that_is_locked_again_in_a_transaction_is_as_it_is_now(market: Market) -> None:
    deal = await market.draft()
    id_, by = UUID(deal.job.removeprefix("job_")), Actor(deal.client.params["user"])
    async with market.database.work() as work:
        session = await work.session()
        before = await job_at(session, by, id_)
        await work.fetch("UPDATE freelance.jobs SET title = 'Another' WHERE id = $1", id_)
        assert (await job_at(session, by, id_)).title == "Another"
        assert before.title == "Another"

"""How many statements a step sends: who acts is said in the first, and each row is locked, written and told of once."""

from app.services.freelance.telling import TEXTS
from tests.freelance.market import Market


def verbs(sent: list[str]) -> list[str]:
    """What each statement does to what."""
    return [f"{words[0]} {_table(words)}".strip() for words in (statement.split() for statement in sent)]


def _table(words: list[str]) -> str:
    after = {"SELECT": "FROM", "INSERT": "INTO", "UPDATE": "UPDATE", "DELETE": "FROM"}[words[0]]
    return words[words.index(after) + 1] if after in words else ""


async def test_to_accept_an_application_takes_seven(market: Market) -> None:
    deal = await market.applied()
    for name in ("Eve", "Max", "Kim"):
        await market.applies(await market.person(name), deal.job)
    async with market.counted() as sent:
        await market.did(deal.client, "acceptApplication", id=deal.application)
    assert verbs(sent) == [
        "SELECT freelance.jobs",
        "SELECT freelance.applications",
        "INSERT freelance.escrows",
        "UPDATE freelance.applications",
        "UPDATE freelance.jobs",
        "UPDATE freelance.applications",
        "INSERT support.notifications",
    ]


async def test_to_pay_in_takes_six(market: Market) -> None:
    deal = await market.accepted()
    async with market.counted() as sent:
        await market.did(deal.client, "fundEscrow", id=deal.escrow)
    assert verbs(sent) == [
        "SELECT freelance.jobs",
        "SELECT freelance.escrows",
        "SELECT identity.aml_checks",
        "UPDATE freelance.escrows",
        "INSERT freelance.escrow_movements",
        "INSERT support.notifications",
    ]


async def test_to_approve_a_stage_takes_six_and_two_more_if_it_is_the_last(market: Market) -> None:
    deal = await market.submitted("100.00", ["40.00", "60.00"])
    await market.did(deal.freelancer, "submitMilestone", id=deal.milestones[1])
    expected = [
        "SELECT freelance.jobs",
        "SELECT freelance.escrows",
        "UPDATE freelance.milestones",
        "INSERT freelance.escrow_movements",
        "UPDATE freelance.escrows",
        "INSERT support.notifications",
    ]
    async with market.counted() as sent:
        await market.did(deal.client, "approveMilestone", id=deal.milestones[0])
    assert [one.rstrip(",") for one in verbs(sent)] == expected
    async with market.counted() as sent:
        await market.did(deal.client, "approveMilestone", id=deal.milestones[1])
    last = ["SELECT freelance.milestones", "UPDATE freelance.jobs"]
    assert [one.rstrip(",") for one in verbs(sent)] == [*expected[:-1], *last, expected[-1]]


async def test_any_number_of_applicants_is_told_in_one_statement(market: Market) -> None:
    deal = await market.posted()
    people = [await market.person("Eve") for _ in range(12)]
    for who in people:
        await market.applies(who, deal.job)
    async with market.counted() as sent:
        await market.did(deal.client, "closeJob", id=deal.job)
    assert verbs(sent).count("INSERT support.notifications") == 1
    assert [await market.told(who) for who in people] == [["application.rejected"]] * 12


async def test_what_somebody_is_told_says_what_it_is_about_and_waits_for_the_worker(market: Market) -> None:
    deal = await market.applied()
    query = "{ notifications { nodes { type channel status title body entityType entityId sentAt readAt } } }"
    (notice,) = (await market.ask(deal.client, query))["data"]["notifications"]["nodes"]
    title, body = TEXTS["application.made"]
    assert notice == {
        "type": "JOB",
        "channel": "IN_APP",
        "status": "QUEUED",
        "title": title,
        "body": body,
        "entityType": "Application",
        "entityId": deal.application.removeprefix("application_"),
        "sentAt": None,
        "readAt": None,
    }
    assert (await market.ask(deal.freelancer, query))["data"]["notifications"]["nodes"] == []


def test_every_text_fits_its_place() -> None:
    assert all(0 < len(title) <= 60 and 0 < len(body) <= 200 for title, body in TEXTS.values())

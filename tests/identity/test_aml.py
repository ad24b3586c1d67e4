"""Checks for money laundering: what is flagged, who decides, and whom it keeps from paying in."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.services.privacy import aml
from app.services.privacy.aml import BLOCKED, UNVERIFIED, UNVERIFIED_LIMIT, Match, NewCheck, Recorder
from app.services.refusals import Refusal
from graph.access import viewers
from models.identity import AmlCheck, AmlCheckOutcome
from tests.identity.accounts import Desk, refusal, refusals
from tests.identity.asking import Asking, codes

RECORD = """mutation($i: RecordAmlCheckInput!) { recordAmlCheck(input: $i) {
  recorded amlCheck { id isFlagged reason matches } userErrors { code field message } } }"""
REVIEW = """mutation($i: ReviewAmlCheckInput!) { reviewAmlCheck(input: $i) {
  amlCheck { outcome notes } userErrors { code field message } } }"""
SMALL, LARGE = UNVERIFIED_LIMIT, UNVERIFIED_LIMIT + Decimal("0.01")
MATCH = Match("EU", "L, Ada", 91)


async def recorded(desk: Desk, new: NewCheck, by: Recorder = Recorder()) -> AmlCheck:  # noqa: B008
    return await desk.done(lambda session: aml.record_check(session, new, by, desk.at))


async def reviewed(desk: Desk, row: AmlCheck, outcome: AmlCheckOutcome, by: UUID) -> AmlCheck:
    return await desk.done(lambda session: aml.review_check(session, row.id, outcome, "Looked at.", by, desk.at))


async def blocked(desk: Desk, user: UUID, amount: Decimal = SMALL) -> Refusal | None:
    return await desk.done(lambda session: aml.blocks_funding(session, user, amount, now=desk.now))


async def escrow(desk: Desk, client: UUID) -> tuple[UUID, UUID]:
    """A business and the escrow of a job of it."""
    business = await desk.value(
        "INSERT INTO business.businesses (name, slug, type) VALUES ('B', 'b', 'OTHER') RETURNING id"
    )
    job = await desk.value(
        "INSERT INTO freelance.jobs (client_id, business_id, title, description, budget) "
        "VALUES (:c, :b, 't', 'd', 10) RETURNING id",
        c=client,
        b=business,
    )
    made = "INSERT INTO freelance.escrows (job_id, client_id, amount) VALUES (:j, :c, 10) RETURNING id"
    return business, await desk.value(made, j=job, c=client)


@pytest.mark.parametrize(
    ("score", "matches", "reason"),
    [
        (0, (), None),
        (69, (), None),
        (70, (), "The risk score is 70."),
        (10, (MATCH,), "There are matches on eu."),
        (99, (MATCH,), "The risk score is 99 and there are matches on eu."),
    ],
)
async def test_a_high_score_or_a_match_is_flagged_with_the_reason(
    desk: Desk, score: int, matches: tuple[Match, ...], reason: str | None
) -> None:
    row = await recorded(desk, NewCheck(await desk.person(), score, matches=matches))
    assert (row.is_flagged, row.reason and row.reason.lower()) == (reason is not None, reason and reason.lower())


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("riskScore", {"risk_score": 101}),
        ("riskScore", {"risk_score": -1}),
        ("lists", {"lists": ["EU"] * 51}),
        ("lists", {"lists": [""]}),
        ("matches", {"matches": [MATCH] * 101}),
        ("matches", {"matches": [Match("EU", "L", 101)]}),
        ("reason", {"reason": "x" * 2001}),
        ("provider", {"provider": " "}),
        ("providerReference", {"provider_reference": "x" * 201}),
    ],
)
def test_findings_that_cannot_be_are_refused_with_the_field(field: str, change: dict[str, Any]) -> None:
    (found,) = aml.check_findings(replace(NewCheck(uuid4(), 1), **change))
    assert (found.code, found.field) == ("BAD_USER_INPUT", field)


async def test_a_flag_keeps_from_paying_in_until_people_dismiss_it(desk: Desk) -> None:
    user, admin = await desk.person(), await desk.person("admin@x.example")
    assert await blocked(desk, user) is None
    row = await recorded(desk, NewCheck(user, 70))
    assert await blocked(desk, user) == BLOCKED
    assert await blocked(desk, admin) is None
    await reviewed(desk, row, "DISMISSED", admin)
    assert await blocked(desk, user) is None


@pytest.mark.parametrize("outcome", ["CONFIRMED", "REPORTED"])
async def test_what_was_confirmed_or_reported_blocks_although_a_later_check_finds_nothing(
    desk: Desk, outcome: AmlCheckOutcome
) -> None:
    user, admin = await desk.person(), await desk.person("admin@x.example")
    await reviewed(desk, await recorded(desk, NewCheck(user, 90)), outcome, admin)
    desk.wait(days=1)
    await recorded(desk, NewCheck(user, 0))
    assert await blocked(desk, user) == BLOCKED


async def test_above_the_limit_only_a_verified_person_pays_in(desk: Desk) -> None:
    user = await desk.person()
    assert await blocked(desk, user, SMALL) is None
    assert await blocked(desk, user, LARGE) == UNVERIFIED
    await desk.rows(
        "INSERT INTO identity.kyc_verifications (user_id, status, document_type, submitted_at, reviewed_at, "
        "expires_at, document_expires_on) VALUES (:u, 'APPROVED', 'PASSPORT', :n, :n, :e, :d) RETURNING id",
        u=user,
        n=desk.now,
        e=desk.now + timedelta(days=9),
        d=date(2040, 1, 1),
    )
    assert await blocked(desk, user, LARGE) is None
    desk.wait(days=10)
    assert await blocked(desk, user, LARGE) == UNVERIFIED


async def test_what_was_decided_can_be_taken_further_but_not_back(desk: Desk) -> None:
    user, admin = await desk.person(), await desk.person("admin@x.example")
    row = await recorded(desk, NewCheck(user, 90))
    assert (await reviewed(desk, row, "CONFIRMED", admin)).reviewed_by_id == admin
    assert (await reviewed(desk, row, "REPORTED", admin)).outcome == "REPORTED"
    assert await refusal(reviewed(desk, row, "DISMISSED", admin)) == ("CONFLICT", "outcome")
    harmless = await recorded(desk, NewCheck(user, 1))
    assert await refusal(reviewed(desk, harmless, "DISMISSED", admin)) == ("CONFLICT", "id")


async def test_nobody_records_or_decides_a_check_of_themselves(desk: Desk) -> None:
    admin = await desk.person(is_superuser=True)
    assert await refusals(recorded(desk, NewCheck(admin, 0), Recorder(admin))) == (aml.ABOUT_ONESELF,)
    row = await recorded(desk, NewCheck(admin, 90))
    assert await refusals(reviewed(desk, row, "DISMISSED", admin)) == (aml.OWN,)
    assert await refusals(recorded(desk, NewCheck(uuid4(), 0))) == (aml.NO_PERSON,)


async def test_a_program_records_only_about_people_of_its_businesss_escrows(desk: Desk) -> None:
    user, other = await desk.person(), await desk.person("other@x.example")
    business, held = await escrow(desk, user)
    its = Recorder(business_id=business)
    row = await recorded(desk, NewCheck(user, 10, cause="PAYOUT", escrow_id=held), its)
    assert (row.escrow_id, row.cause) == (held, "PAYOUT")
    for wrong in (NewCheck(user, 10), NewCheck(other, 10, escrow_id=held), NewCheck(uuid4(), 10, escrow_id=held)):
        assert await refusals(recorded(desk, wrong, its)) == (aml.NOT_THEIRS,)
    elsewhere = Recorder(business_id=uuid4())
    assert await refusals(recorded(desk, NewCheck(user, 10, escrow_id=held), elsewhere)) == (aml.NOT_THEIRS,)
    assert await refusals(recorded(desk, NewCheck(other, 10, escrow_id=held))) == (aml.NO_ESCROW,)


async def test_the_api_lets_administrators_record_and_decide(real: Desk, asking: Asking) -> None:
    user, admin = await real.person(), await real.person("admin@x.example", is_superuser=True)
    said = {"userId": f"user_{user}", "riskScore": 5, "lists": ["EU"]}
    said |= {"matches": [{"list": "EU", "name": "L, A.", "likeness": 80}]}
    assert codes(await asking(RECORD, i=said)) == [("UNAUTHENTICATED", None)]
    assert codes(await asking.by_person(user)(RECORD, i=said)) == [("FORBIDDEN", None)]
    made = await asking.by_admin(admin)(RECORD, i=said)
    assert made["amlCheck"]["isFlagged"]
    assert made["amlCheck"]["matches"] == said["matches"]
    decision = {"id": made["amlCheck"]["id"], "outcome": "DISMISSED", "notes": "Another person."}
    assert codes(await asking.by_person(user)(REVIEW, i=decision)) == [("FORBIDDEN", None)]
    done = await asking.by_admin(admin)(REVIEW, i=decision)
    assert done == {"amlCheck": {"outcome": "DISMISSED", "notes": "Another person."}, "userErrors": []}


async def test_a_key_needs_the_scope_and_reads_nothing_of_what_it_records(real: Desk, asking: Asking) -> None:
    user = await real.person()
    business, held = await escrow(real, user)
    said = {"userId": f"user_{user}", "riskScore": 90, "escrowId": f"escrow_{held}"}
    reader = asking.by(viewers.key(business, ["aml_checks:read", "orders:write"]))
    assert codes(await reader(RECORD, i=said)) == [("FORBIDDEN", None)]
    writer = asking.by(viewers.key(business, ["aml_checks:write"]))
    assert await writer(RECORD, i=said) == {"recorded": True, "amlCheck": None, "userErrors": []}
    decision = {"id": f"aml_check_{uuid4()}", "outcome": "DISMISSED"}
    assert codes(await writer(REVIEW, i=decision)) == [("UNAUTHENTICATED", None)]

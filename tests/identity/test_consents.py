"""What people allow: a new answer ends the old, and both are kept."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.services.privacy import consents
from app.services.privacy.consents import Answer
from models.identity import GdprConsent, GdprConsentPurpose
from tests.identity.accounts import Desk, refusal, refusals
from tests.identity.asking import Asking, codes

GIVE = """mutation($i: GiveConsentInput!) { giveConsent(input: $i) {
  gdprConsent { purpose isGranted isInForce legalBasis source ipAddress userAgent }
  userErrors { code field message } } }"""
WITHDRAW = """mutation($i: WithdrawConsentInput!) { withdrawConsent(input: $i) {
  gdprConsent { purpose isInForce } userErrors { code field message } } }"""
HISTORY = "SELECT is_granted, ended_at IS NULL AS stands FROM identity.gdpr_consents ORDER BY given_at, id"


async def given(desk: Desk, user: UUID, answer: Answer) -> GdprConsent:
    return await desk.done(lambda session: consents.give(session, user, answer, desk.at))


async def withdrawn(desk: Desk, user: UUID, purpose: GdprConsentPurpose, business: UUID | None = None) -> UUID:
    return await desk.done(lambda session: consents.withdraw(session, user, purpose, business, desk.at))


async def shop(desk: Desk, user: UUID | None) -> tuple[UUID, UUID]:
    """A business, and a customer of it."""
    business = await desk.value(
        "INSERT INTO business.businesses (name, slug, type) VALUES ('B', :s, 'OTHER') RETURNING id",
        s=f"b-{uuid4().hex}",
    )
    made = "INSERT INTO customers.customers (business_id, user_id, email) VALUES (:b, :u, 'ada@x.example') RETURNING id"
    return business, await desk.value(made, b=business, u=user)


async def test_a_new_answer_ends_the_one_before_and_both_are_kept(desk: Desk) -> None:
    user = await desk.person()
    await given(desk, user, Answer("ANALYTICS", True, "May we?", "2026-1"))
    desk.wait(minutes=1)
    row = await given(desk, user, Answer("ANALYTICS", False))
    await given(desk, user, Answer("NEWSLETTER", True))
    assert (str(row.ip_address), row.user_agent, row.legal_basis) == ("192.0.2.7", "Firefox", "CONSENT")
    assert await desk.rows(HISTORY) == [
        {"is_granted": True, "stands": False},
        {"is_granted": False, "stands": True},
        {"is_granted": True, "stands": True},
    ]


async def test_what_is_withdrawn_was_allowed_until_then(desk: Desk) -> None:
    user = await desk.person()
    assert await refusals(withdrawn(desk, user, "PROFILING")) == (consents.NOT_IN_FORCE,)
    row = await given(desk, user, Answer("PROFILING", True))
    assert await withdrawn(desk, user, "PROFILING") == row.id
    assert await refusals(withdrawn(desk, user, "PROFILING")) == (consents.NOT_IN_FORCE,)
    await given(desk, user, Answer("PROFILING", False))
    assert await refusals(withdrawn(desk, user, "PROFILING")) == (consents.NOT_IN_FORCE,)


async def test_a_business_is_answered_by_its_customers_alone(desk: Desk) -> None:
    user, other = await desk.person(), await desk.person("other@x.example")
    business, customer = await shop(desk, user)
    row = await given(desk, user, Answer("EMAIL_MARKETING", True, business_id=business))
    assert (row.business_id, row.user_id, row.customer_id) == (business, user, customer)
    await given(desk, user, Answer("EMAIL_MARKETING", False))
    assert await desk.value("SELECT count(*) FROM identity.gdpr_consents WHERE is_in_force") == 1
    for whose in (business, uuid4()):
        answer = Answer("EMAIL_MARKETING", True, business_id=whose)
        assert await refusals(given(desk, other, answer)) == (consents.NO_CUSTOMER,)
    assert await withdrawn(desk, user, "EMAIL_MARKETING", business) == row.id


async def test_what_the_shop_noted_before_there_was_an_account_ends_as_well(desk: Desk) -> None:
    user = await desk.person()
    business, customer = await shop(desk, user)
    await desk.rows(
        "INSERT INTO identity.gdpr_consents (business_id, customer_id, purpose, is_granted, source) "
        "VALUES (:b, :c, 'SMS_MARKETING', true, 'CHECKOUT') RETURNING id",
        b=business,
        c=customer,
    )
    await withdrawn(desk, user, "SMS_MARKETING", business)
    assert await desk.value("SELECT count(*) FROM identity.gdpr_consents WHERE ended_at IS NULL") == 0


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("wording", {"wording": "x" * 5001}),
        ("policyVersion", {"policy_version": "x" * 101}),
        ("source", {"source": "STAFF"}),
    ],
)
async def test_an_answer_that_cannot_be_is_refused_with_the_field(
    desk: Desk, field: str, change: dict[str, Any]
) -> None:
    assert await refusal(given(desk, uuid4(), Answer("TERMS", True, **change))) == ("BAD_USER_INPUT", field)


async def test_answers_at_once_come_one_after_the_other_and_one_stands(real: Desk) -> None:
    user = await real.person()
    answers = [Answer("THIRD_PARTIES", bool(number % 2)) for number in range(12)]
    await asyncio.gather(*(given(real, user, answer) for answer in answers))
    found = await real.rows(HISTORY)
    assert len(found) == 12
    assert sum(row["stands"] for row in found) == 1


async def test_the_api_keeps_answers_of_whoever_asks(real: Desk, asking: Asking) -> None:
    user = await real.person()
    said = {"purpose": "TERMS", "granted": True, "policyVersion": "3", "source": "SIGN_UP"}
    assert codes(await asking(GIVE, i=said)) == [("UNAUTHENTICATED", None)]
    assert (await asking.by_person(user)(GIVE, i=said))["gdprConsent"] == {
        "purpose": "TERMS",
        "isGranted": True,
        "isInForce": True,
        "legalBasis": "CONTRACT",
        "source": "SIGN_UP",
        "ipAddress": "192.0.2.7",
        "userAgent": "Firefox",
    }
    wanted = {"purpose": "TERMS"}
    assert (await asking(WITHDRAW, i=wanted))["gdprConsent"] == {"purpose": "TERMS", "isInForce": False}
    assert codes(await asking(WITHDRAW, i=wanted)) == [("NOT_FOUND", "purpose")]
    elsewhere = {**said, "businessId": f"business_{uuid4()}"}
    assert codes(await asking(GIVE, i=elsewhere)) == [("NOT_FOUND", "businessId")]

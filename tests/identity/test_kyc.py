"""The check of an identity: what can be handed in, who decides, and for how long it is good."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, get_args
from uuid import UUID, uuid4

import pytest

from app.services.privacy import kyc
from app.services.privacy.kyc import STEPS, Decision, Paper, Picture
from app.services.refusals import Refused
from models.identity import KycVerification, KycVerificationStatus
from tests.identity.accounts import Desk, refusal, refusals
from tests.identity.asking import Asking, codes

LATER = datetime(2030, 1, 1, tzinfo=UTC)
PAPER = Paper(
    document_type="PASSPORT",
    document_number="p 12-345 678",
    document_country="NL",
    document_expires_on=date(2031, 5, 1),
    full_name=" Ada L ",
    born_on=date(1990, 12, 10),
    nationality="NL",
    documents=(Picture("front", "kyc/ada/front.jpg"),),
)
SUBMIT = """mutation($i: SubmitKycVerificationInput!) { submitKycVerification(input: $i) {
  kycVerification { id status documentNumber version riskLevel } userErrors { code field message } } }"""
REVIEW = """mutation($i: ReviewKycVerificationInput!) { reviewKycVerification(input: $i) {
  kycVerification { status version riskLevel reviewedBy { id } } userErrors { code field message } } }"""
SAID: dict[str, Any] = {
    "documentType": "PASSPORT",
    "documentNumber": "P12345678",
    "documentCountry": "NL",
    "documentExpiresOn": "2031-05-01",
    "fullName": "Ada L",
    "bornOn": "1990-12-10",
    "nationality": "NL",
    "documents": [{"shows": "front", "reference": "https://files.x.example/front.jpg"}],
}


async def submitted(desk: Desk, user: UUID, paper: Paper = PAPER) -> KycVerification:
    return await desk.done(lambda session: kyc.submit(session, user, paper, desk.at))


async def reviewed(desk: Desk, row: KycVerification, by: UUID, decision: Decision) -> KycVerification:
    return await desk.done(lambda session: kyc.review(session, row.id, decision, by, desk.at))


async def decided(desk: Desk, row: KycVerification, by: UUID, decision: Decision) -> KycVerification:
    await reviewed(desk, row, by, Decision("start"))
    return await reviewed(desk, row, by, decision)


async def test_what_is_handed_in_waits_and_shows_only_the_end_of_the_number(desk: Desk) -> None:
    user = await desk.person()
    await submitted(desk, user)
    (row,) = await desk.rows("SELECT * FROM identity.kyc_verifications")
    assert (row["status"], row["document_number"], row["full_name"]) == ("PENDING", "****5678", "Ada L")
    assert row["documents"] == [{"shows": "front", "reference": "kyc/ada/front.jpg"}]
    assert "12345678" not in str(row)


def test_of_a_short_number_less_is_stored() -> None:
    assert [kyc.masked(number) for number in ("AB12", "1234567", "12345678")] == ["****12", "****67", "****5678"]


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("documentNumber", {"document_number": "12"}),
        ("documentNumber", {"document_number": "<script>"}),
        ("documentCountry", {"document_country": "nl"}),
        ("documentExpiresOn", {"document_expires_on": date(2020, 1, 1)}),
        ("fullName", {"full_name": "  "}),
        ("fullName", {"full_name": "x" * 201}),
        ("bornOn", {"born_on": date(1800, 1, 1)}),
        ("bornOn", {"born_on": date(9999, 1, 1)}),
        ("nationality", {"nationality": "NLD"}),
        ("documents", {"documents": ()}),
        ("documents", {"documents": [Picture("front", "a/b")] * 11}),
        ("documents", {"documents": [Picture("", "a/b")]}),
        ("documents", {"documents": [Picture("front", "http://files.x.example/a")]}),
        ("documents", {"documents": [Picture("front", "https://user:word@files.x.example/a")]}),
        ("documents", {"documents": [Picture("front", "data:image/png;base64,AAAA")]}),
        ("documents", {"documents": [Picture("front", "../../other/person.jpg")]}),
        ("documents", {"documents": [Picture("front", "a" * 501)]}),
    ],
)
def test_a_paper_that_cannot_be_is_refused_with_the_field(field: str, change: dict[str, Any]) -> None:
    (found,) = kyc.check_paper(replace(PAPER, **change), datetime(2026, 11, 21, tzinfo=UTC))
    assert (found.code, found.field) == ("BAD_USER_INPUT", field)


async def test_every_step_leads_where_the_table_says_and_every_other_is_a_conflict() -> None:
    for status in get_args(KycVerificationStatus):
        for step in get_args(kyc.Step):
            if (status, step) in STEPS:
                assert kyc.after(status, step) == STEPS[status, step]
            else:
                with pytest.raises(Refused) as refused:
                    kyc.after(status, step)
                (found,) = refused.value.refusals
                assert found.code == "CONFLICT"
                assert f"cannot be {step} while the verification is {status}" in found.message


def test_the_diagram_in_the_docs_is_the_table() -> None:
    text = (Path(__file__).parents[2] / "docs" / "privacy.md").read_text()
    drawn = re.findall(r"^ +([A-Z_]+) --> ([A-Z_]+): (\w+)$", text, re.MULTILINE)
    assert {((before, step), after) for before, after, step in drawn} == set(STEPS.items())


async def test_it_goes_from_waiting_over_a_look_to_approval_and_the_person_is_told(desk: Desk) -> None:
    user, admin = await desk.person(), await desk.person("admin@x.example")
    row = await submitted(desk, user)
    row = await reviewed(desk, row, admin, Decision("start", risk_level="HIGH"))
    assert (row.status, row.risk_level, row.reviewed_at) == ("IN_REVIEW", "HIGH", None)
    row = await reviewed(desk, row, admin, Decision("approve"))
    assert (row.status, row.reviewed_by_id, row.risk_level) == ("APPROVED", admin, "HIGH")
    assert row.expires_at == desk.now + kyc.VALID
    assert (await desk.notices())[-1] == {"template": "kyc.approved"}
    assert kyc.is_verified(row, desk.now)


async def test_who_was_rejected_hands_in_another_paper_and_nobody_else_does(desk: Desk) -> None:
    user, admin = await desk.person(), await desk.person("admin@x.example")
    row = await submitted(desk, user)
    assert await refusal(submitted(desk, user)) == ("CONFLICT", "documents")
    row = await decided(desk, row, admin, Decision("reject", rejection_reason="Blurred."))
    assert (row.status, row.rejection_reason) == ("REJECTED", "Blurred.")
    again = await submitted(desk, user, replace(PAPER, document_number="X9999999"))
    assert (again.id, again.status, again.document_number) == (row.id, "PENDING", "****9999")
    assert (again.reviewed_at, again.reviewed_by_id, again.rejection_reason) == (None, None, None)


async def test_an_approval_runs_out_with_its_time_or_with_the_paper(desk: Desk) -> None:
    user, admin = await desk.person(), await desk.person("admin@x.example")
    row = await decided(desk, await submitted(desk, user), admin, Decision("approve"))
    assert kyc.is_verified(row, desk.now + kyc.VALID - timedelta(seconds=1))
    assert not kyc.is_verified(row, desk.now + kyc.VALID)
    row.document_expires_on = desk.now.date()
    assert kyc.is_verified(row, desk.now)
    assert not kyc.is_verified(row, desk.now + timedelta(days=1))
    assert kyc.status_at(row, desk.now + timedelta(days=1)) == "EXPIRED"
    assert not kyc.is_verified(None, desk.now)


async def test_what_has_run_out_is_written_down_once_and_can_be_renewed(desk: Desk) -> None:
    user, admin = await desk.person(), await desk.person("admin@x.example")
    row = await decided(desk, await submitted(desk, user), admin, Decision("approve"))
    assert await desk.done(lambda session: kyc.do_expire(session, desk.now)) == 0
    desk.wait(days=731)
    assert await desk.done(lambda session: kyc.do_expire(session, desk.now)) == 1
    assert await desk.done(lambda session: kyc.do_expire(session, desk.now)) == 0
    (found,) = await desk.rows("SELECT status, version FROM identity.kyc_verifications")
    assert found == {"status": "EXPIRED", "version": row.version + 1}
    again = await submitted(desk, user)
    assert again.status == "PENDING"


async def test_an_approval_that_ran_out_unseen_can_be_renewed_too(desk: Desk) -> None:
    user, admin = await desk.person(), await desk.person("admin@x.example")
    await decided(desk, await submitted(desk, user), admin, Decision("approve"))
    desk.wait(days=731)
    assert (await submitted(desk, user)).status == "PENDING"


@pytest.mark.parametrize(
    ("decision", "expected"),
    [
        (Decision("reject"), ("BAD_USER_INPUT", "rejectionReason")),
        (Decision("approve", rejection_reason="No."), ("BAD_USER_INPUT", "rejectionReason")),
        (
            Decision("reject", rejection_reason="No.", expires_at=LATER),
            ("BAD_USER_INPUT", "expiresAt"),
        ),
        (Decision("approve", expires_at=LATER.replace(year=2020)), ("BAD_USER_INPUT", "expiresAt")),
        (Decision("start"), ("CONFLICT", "decision")),
        (Decision("approve", version=1), ("CONFLICT", "version")),
    ],
)
async def test_a_decision_that_does_not_fit_is_refused(
    desk: Desk, decision: Decision, expected: tuple[str, str]
) -> None:
    user, admin = await desk.person(), await desk.person("admin@x.example")
    row = await submitted(desk, user)
    await reviewed(desk, row, admin, Decision("start"))
    assert await refusal(reviewed(desk, row, admin, decision)) == expected


async def test_nobody_decides_of_themselves_or_of_what_is_not_there(desk: Desk) -> None:
    user = await desk.person(is_superuser=True)
    row = await submitted(desk, user)
    assert await refusals(reviewed(desk, row, user, Decision("start"))) == (kyc.OWN,)
    missing = desk.done(lambda session: kyc.review(session, uuid4(), Decision("start"), user, desk.at))
    assert await refusals(missing) == (kyc.UNKNOWN,)


async def test_the_api_takes_a_paper_and_lets_only_administrators_decide(real: Desk, asking: Asking) -> None:
    user, admin = await real.person(), await real.person("admin@x.example", is_superuser=True)
    assert codes(await asking(SUBMIT, i=SAID)) == [("UNAUTHENTICATED", None)]
    made = (await asking.by_person(user)(SUBMIT, i=SAID))["kycVerification"]
    assert made | {"id": ""} == {
        "id": "",
        "status": "PENDING",
        "documentNumber": "****5678",
        "version": 1,
        "riskLevel": None,
    }
    start = {"id": made["id"], "decision": "START", "version": 1}
    assert codes(await asking(REVIEW, i=start)) == [("FORBIDDEN", None)]
    row = (await asking.by_admin(admin)(REVIEW, i={**start, "riskLevel": "MEDIUM"}))["kycVerification"]
    assert row == {"status": "IN_REVIEW", "version": 2, "riskLevel": "MEDIUM", "reviewedBy": {"id": f"user_{admin}"}}
    assert codes(await asking(REVIEW, i=start)) == [("CONFLICT", "version")]
    assert codes(await asking(REVIEW, i={"id": made["id"], "decision": "START"})) == [("CONFLICT", "decision")]
    done = (await asking(REVIEW, i={"id": made["id"], "decision": "APPROVE"}))["kycVerification"]
    assert (done["status"], done["version"]) == ("APPROVED", 3)

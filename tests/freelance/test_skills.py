"""People claim skills, administrators look at the proof."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.worker.chores import Sweeping
from tests.freelance.market import Market, id_of


async def claimed(market: Market, who: Any, skill: str = "Python") -> str:
    made = await market.did(who, "claimSkill", skill=skill)
    found: str = made["skillVerification"]["id"]
    return found


async def test_a_claim_waits_until_an_administrator_finds_it_good(market: Market) -> None:
    bob, root = await market.person("Bob"), await market.administrator()
    proof = {"experienceLevel": "EXPERT", "evidenceUrl": "https://x.example/proof", "issuer": "A school"}
    claim = (await market.did(bob, "claimSkill", skill=" Python ", **proof))["skillVerification"]
    assert (claim["status"], claim["level"]) == ("PENDING", "CLAIMED")
    until = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    found = await market.did(root, "verifySkill", id=claim["id"], level="TESTED", score=92, expiresAt=until)
    assert found["skillVerification"] == {
        "id": claim["id"],
        "status": "VERIFIED",
        "level": "TESTED",
        "score": 92,
        "rejectionReason": None,
        "verifiedBy": {"id": id_of(root)},
    }
    assert await market.refused(bob, "claimSkill", skill="Python") == [("CONFLICT", "skill")]


async def test_a_claim_that_was_not_enough_is_made_again(market: Market) -> None:
    bob, root = await market.person("Bob"), await market.administrator()
    claim = await claimed(market, bob)
    assert await market.refused(bob, "claimSkill", skill="Python") == [("CONFLICT", "skill")]
    rejected = await market.did(root, "rejectSkill", id=claim, reason=" No proof. ")
    assert rejected["skillVerification"]["status"] == "REJECTED"
    query = "query($i: ID!) { skillVerification(id: $i) { rejectionReason } }"
    seen = await market.ask(bob, query, i=claim)
    assert seen["data"]["skillVerification"] == {"rejectionReason": "No proof."}
    again = (await market.did(bob, "claimSkill", skill="Python"))["skillVerification"]
    assert (again["id"], again["status"], again["rejectionReason"]) == (claim, "PENDING", None)
    assert again["verifiedBy"] is None


@pytest.mark.parametrize("step", ["verifySkill", "rejectSkill"])
async def test_what_was_decided_is_not_decided_again(market: Market, step: str) -> None:
    root, claim = await market.administrator(), await claimed(market, await market.person("Bob"))
    await market.did(root, step, id=claim)
    for other in ("verifySkill", "rejectSkill"):
        assert await market.refused(root, other, id=claim) == [("CONFLICT", "id")]


async def test_a_proof_that_has_run_out_is_written_down_and_claimed_again(market: Market) -> None:
    bob, root = await market.person("Bob"), await market.administrator()
    written, unwritten = await claimed(market, bob, "Python"), await claimed(market, bob, "SQL")
    for claim in (written, unwritten):
        until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        await market.did(root, "verifySkill", id=claim, expiresAt=until)
        await market.run(
            "UPDATE freelance.skill_verifications SET verified_at = now() - interval '2 days',"
            " expires_at = now() - interval '1 day' WHERE id = $1",
            UUID(claim.removeprefix("skill_verification_")),
        )
    assert (await market.did(bob, "claimSkill", skill="SQL"))["skillVerification"]["status"] == "PENDING"
    await Sweeping(market.database).swept()
    assert await market.status(written) == "EXPIRED"
    again = (await market.did(bob, "claimSkill", skill="Python"))["skillVerification"]
    assert (again["status"], again["level"]) == ("PENDING", "CLAIMED")


@pytest.mark.parametrize("step", ["verifySkill", "rejectSkill"])
async def test_administrators_decide_but_not_of_themselves(market: Market, step: str) -> None:
    bob, eve, root = await market.person("Bob"), await market.person("Eve"), await market.administrator()
    claim, own = await claimed(market, bob), await claimed(market, root)
    assert await market.refused(bob, step, id=claim) == [("FORBIDDEN", "id")]
    assert await market.refused(eve, step, id=claim) == [("NOT_FOUND", "id")]
    assert await market.refused(root, step, id=own) == [("FORBIDDEN", "id")]
    await market.did(root, "verifySkill", id=claim)
    assert await market.refused(eve, step, id=claim) == [("FORBIDDEN", "id")]


@pytest.mark.parametrize(
    ("step", "given", "field"),
    [
        ("claimSkill", {"skill": " "}, "skill"),
        ("claimSkill", {"skill": "x" * 81}, "skill"),
        ("claimSkill", {"skill": "Go", "evidenceUrl": "ftp://x.example"}, "evidenceUrl"),
        ("claimSkill", {"skill": "Go", "issuer": "x" * 201}, "issuer"),
        ("verifySkill", {"level": "CLAIMED"}, "level"),
        ("verifySkill", {"score": 101}, "score"),
        ("verifySkill", {"score": -1}, "score"),
        ("verifySkill", {"expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt"),
        ("rejectSkill", {"reason": ""}, "reason"),
        ("rejectSkill", {"reason": "x" * 5_001}, "reason"),
    ],
)
async def test_what_cannot_be_is_refused_with_the_field(
    market: Market, step: str, given: dict[str, Any], field: str
) -> None:
    root = await market.administrator()
    about = {} if step == "claimSkill" else {"id": await claimed(market, await market.person("Bob"))}
    assert await market.refused(root, step, **about, **given) == [("BAD_USER_INPUT", field)]

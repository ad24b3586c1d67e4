"""Who may do what on the job market: what is hidden from somebody is missing for them, in every step alike.

What the services take for hidden is held to the read policies, which are asked about the same row by the same viewer.
"""

from typing import Any
from uuid import UUID

import pytest
from graphql import GraphQLInputObjectType, GraphQLNonNull, get_named_type

from graph.access import viewers
from graph.access.viewers import person
from graph.engine.access import ANONYMOUS, Viewer
from graph.freelance import FreelanceMutation
from tests.doing import NOBODY
from tests.freelance.market import SAID, Market

STEPS = {
    "publishJob": ("job", "id"),
    "closeJob": ("job", "id"),
    "applyForJob": ("job", "jobId"),
    "shortlistApplication": ("application", "id"),
    "rejectApplication": ("application", "id"),
    "withdrawApplication": ("application", "id"),
    "acceptApplication": ("application", "id"),
    "planMilestones": ("job", "jobId"),
    "startMilestone": ("milestone", "id"),
    "submitMilestone": ("milestone", "id"),
    "approveMilestone": ("milestone", "id"),
    "rejectMilestone": ("milestone", "id"),
    "fundEscrow": ("escrow", "id"),
    "releaseEscrow": ("escrow", "id"),
    "refundEscrow": ("escrow", "id"),
    "openDispute": ("job", "jobId"),
    "answerDispute": ("dispute", "id"),
    "mediateDispute": ("dispute", "id"),
    "withdrawDispute": ("dispute", "id"),
    "submitEvidence": ("dispute", "disputeId"),
    "resolveDispute": ("dispute", "id"),
    "writeReview": ("job", "jobId"),
    "respondToReview": ("review", "id"),
    "verifySkill": ("skill_verification", "id"),
    "rejectSkill": ("skill_verification", "id"),
}
"""Every step that is about a row: of what kind, and which field names it."""


def test_every_step_is_looked_at_here(market: Market) -> None:
    definition: Any = FreelanceMutation
    names = {field.name for field in definition.__strawberry_definition__.fields}
    camel = {name.split("_")[0] + "".join(part.title() for part in name.split("_")[1:]) for name in names}
    assert camel - {"createJob", "claimSkill"} == set(STEPS)
    for step in STEPS:
        given = market.schema.core.type_map[f"{step[0].upper()}{step[1:]}Input"]
        assert isinstance(given, GraphQLInputObjectType)
        needed = [name for name, field in given.fields.items() if isinstance(field.type, GraphQLNonNull)]
        ids = [name for name in needed if get_named_type(given.fields[name].type).name == "ID"]
        assert ids == [STEPS[step][1]], step


@pytest.mark.parametrize("step", STEPS)
async def test_nobody_in_particular_does_anything(market: Market, step: str) -> None:
    kind, field = STEPS[step]
    business = await market.business()
    for viewer in (
        ANONYMOUS,
        viewers.visitor(NOBODY, chat=NOBODY),
        viewers.key(business, ["*"]),
        Viewer(viewers.ADMIN),
    ):
        assert await market.refused(viewer, step, **{field: f"{kind}_{NOBODY}"}) == [("UNAUTHENTICATED", None)]


async def test_nobody_in_particular_claims_a_skill(market: Market) -> None:
    assert await market.refused(ANONYMOUS, "claimSkill", skill="SQL") == [("UNAUTHENTICATED", None)]


@pytest.fixture(scope="module")
async def town(market: Market) -> tuple[dict[str, Viewer], dict[str, list[str]]]:
    """People of every kind, and rows of every kind: seen by many, by few, and by none of them."""
    business, rival = await market.business(), await market.business()
    root = await market.administrator()
    quarrel, done = await market.disputed("100.00", ["100.00"]), await market.completed("100.00")
    waiting, draft, bare = await market.applied(), await market.draft(), await market.accepted()
    refused = await market.applied()
    await market.did(refused.client, "closeJob", id=refused.job)
    await market.did(root, "mediateDispute", id=quarrel.dispute)
    for deal in (quarrel, done, waiting, draft):
        key = UUID(deal.job.removeprefix("job_"))
        await market.run("UPDATE freelance.jobs SET business_id = $1 WHERE id = $2", business, key)
    public = await market.did(done.client, "writeReview", jobId=done.job)
    private = await market.did(done.freelancer, "writeReview", jobId=done.job, isPublic=False)
    good, unseen = [
        (await market.did(quarrel.freelancer, "claimSkill", skill=skill))["skillVerification"] for skill in ("Go", "C")
    ]
    await market.did(root, "verifySkill", id=good["id"])
    people = {
        "client": quarrel.client,
        "freelancer": quarrel.freelancer,
        "client of what is done": done.client,
        "freelancer of what is done": done.freelancer,
        "applicant": waiting.freelancer,
        "applicant for what was closed": refused.freelancer,
        "stranger": await market.person("Eve"),
        **{role.lower(): await market.person("Member", {business: role}) for role in viewers.ROLES},
        "rival": await market.person("Rival", {rival: "OWNER"}),
        "mediator who is no administrator any more": person(root.params["user"], roles={}),
        "administrator": await market.administrator(),
    }
    rows = {
        "job": [one.job for one in (draft, waiting, quarrel, done, bare, refused)],
        "application": [one.application for one in (waiting, quarrel, done, bare, refused)],
        "milestone": quarrel.milestones,
        "escrow": [one.escrow for one in (quarrel, done, bare)],
        "dispute": [quarrel.dispute],
        "review": [public["review"]["id"], private["review"]["id"]],
        "skill_verification": [good["id"], unseen["id"]],
    }
    return people, rows


UNDO = "mutation($i: {}!) @atomic {{ it: {}(input: $i) {{ userErrors {{ code field message }} }} no: {} }}"
"""Does a step, and undoes it by another that is refused."""
REFUSED = 'claimSkill(input: {skill: ""}) { userErrors { code } }'


@pytest.mark.parametrize("step", STEPS)
async def test_what_is_hidden_by_the_policies_is_missing_for_the_step_and_nothing_else_is(
    market: Market, town: tuple[dict[str, Viewer], dict[str, list[str]]], step: str
) -> None:
    (people, rows), (kind, field), told = town, STEPS[step], set()
    query = UNDO.format(f"{step[0].upper()}{step[1:]}Input", step, REFUSED)
    for name, viewer in people.items():
        given = {**SAID.get(step, {}), field: f"{kind}_{NOBODY}"}
        missing = (await market.ask(viewer, query, i=given))["data"]["it"]["userErrors"]
        assert [(one["code"], one["field"]) for one in missing] == [("NOT_FOUND", field)]
        for row in rows[kind]:
            seen = (await market.ask(viewer, "query($i: ID!) { node(id: $i) { id } }", i=row))["data"]["node"]
            errors = (await market.ask(viewer, query, i={**given, field: row}))["data"]["it"]["userErrors"]
            assert (errors == missing) is (seen is None), f"{name}, {row}: {errors}"
            told |= {one["code"] for one in errors}
    assert told >= {"NOT_FOUND", "FORBIDDEN"}


@pytest.mark.parametrize("step", [step for step in STEPS if step != "applyForJob"])
async def test_staff_of_the_jobs_business_read_and_decide_nothing(
    market: Market, town: tuple[dict[str, Viewer], dict[str, list[str]]], step: str
) -> None:
    (people, rows), (kind, field) = town, STEPS[step]
    row = rows[kind][0]
    expected = "NOT_FOUND" if kind == "dispute" else "FORBIDDEN"
    for name in ("staff", "manager", "owner"):
        assert await market.refused(people[name], step, **{field: row}) == [(expected, field)]


async def test_an_id_of_another_kind_is_named(market: Market) -> None:
    deal = await market.draft()
    query = "mutation($i: ApplyForJobInput!) { applyForJob(input: $i) { userErrors { code } } }"
    answer = await market.ask(deal.client, query, i={"jobId": deal.job.replace("job", "user"), "proposedAmount": "1"})
    (error,) = answer["errors"]
    assert error["message"] == 'Argument "input.jobId" is not the ID of a job: expected job_<uuid>.'

"""The job market as its people use it: every row is arranged by mutations, and read back under the policies."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from graph.access import viewers
from graph.engine.access import Viewer
from tests.doing import Doing

SHOWN = {
    "job": "id status version publishedAt startedAt completedAt freelancer { id }",
    "application": "id status decidedAt currency proposedAmount",
    "escrow": "id status version amount fee heldAmount releasedAmount refundedAmount fundedAt frozenAt",
    "milestone": "id status feedback note deliverables completedAt",
    "milestones": "id status position title amount",
    "dispute": "id status version resolution disputedAmount freelancerAmount clientAmount answerDueAt resolvedAt",
    "evidence": "id type title isConfidential",
    "review": "id rating comment response isPublic reviewee { id }",
    "skillVerification": "id status level score rejectionReason verifiedBy { id }",
}
"""What is asked of each row of a payload."""

SAID: dict[str, dict[str, Any]] = {
    "applyForJob": {"proposedAmount": "1000.00"},
    "planMilestones": {"milestones": [{"title": "All of it", "amount": "1"}]},
    "rejectMilestone": {"feedback": "Not yet."},
    "openDispute": {"reason": "QUALITY", "description": "It does not work."},
    "answerDispute": {"answer": "It does."},
    "submitEvidence": {"title": "What I saw", "statement": "It was late."},
    "resolveDispute": {"freelancerAmount": "0", "decision": "So be it."},
    "writeReview": {"rating": 5},
    "respondToReview": {"response": "Thank you."},
    "verifySkill": {"level": "TESTED"},
    "rejectSkill": {"reason": "No proof."},
}
"""What a step is given beside the row it is about, where a test does not care."""


@dataclass
class Deal:
    """A job between two people, and what has come of it so far."""

    client: Viewer
    freelancer: Viewer
    job: str = ""
    application: str = ""
    escrow: str = ""
    milestones: list[str] = field(default_factory=list)
    dispute: str = ""


class Market(Doing):
    """The job market."""

    shown, said = SHOWN, SAID

    async def administrator(self) -> Viewer:
        """Somebody new who administers the platform."""
        return Viewer(viewers.ADMIN, {"user": (await self.person("Root")).params["user"]})

    async def draft(self, **more: Any) -> Deal:
        """A job that its client has not opened yet, and somebody who may want it."""
        deal = Deal(await self.person("Ada"), await self.person("Bob"))
        given = {"title": "Build it", "description": "All of it.", "budget": "1000.00", **more}
        deal.job = (await self.did(deal.client, "createJob", **given))["job"]["id"]
        return deal

    async def posted(self, **more: Any) -> Deal:
        """A job that is open to applications."""
        deal = await self.draft(**more)
        await self.did(deal.client, "publishJob", id=deal.job)
        return deal

    async def applied(self, amount: str = "1000.00", **more: Any) -> Deal:
        """A job that somebody applied for."""
        deal = await self.posted(**more)
        deal.application = await self.applies(deal.freelancer, deal.job, amount)
        return deal

    async def applies(self, viewer: Viewer, job: str, amount: str = "1000.00") -> str:
        """The ID of an application."""
        made = await self.did(viewer, "applyForJob", jobId=job, proposedAmount=amount)
        found: str = made["application"]["id"]
        return found

    async def accepted(self, amount: str = "1000.00", stages: Sequence[str] = (), **more: Any) -> Deal:
        """A job that was given to a freelancer, with its stages."""
        deal = await self.applied(amount, **more)
        deal.escrow = (await self.did(deal.client, "acceptApplication", id=deal.application))["escrow"]["id"]
        if stages:
            planned = [{"title": f"Stage {place}", "amount": part} for place, part in enumerate(stages, 1)]
            made = await self.did(deal.client, "planMilestones", jobId=deal.job, milestones=planned)
            deal.milestones = [row["id"] for row in made["milestones"]]
        return deal

    async def funded(self, amount: str = "1000.00", stages: Sequence[str] = (), **more: Any) -> Deal:
        """A job for which the client paid in."""
        deal = await self.accepted(amount, stages, **more)
        await self.did(deal.client, "fundEscrow", id=deal.escrow, reference="T-1")
        return deal

    async def submitted(self, amount: str = "1000.00", stages: Sequence[str] = ("1000.00",)) -> Deal:
        """A job of which the first stage was handed in."""
        deal = await self.funded(amount, stages)
        await self.did(deal.freelancer, "submitMilestone", id=deal.milestones[0])
        return deal

    async def disputed(self, amount: str = "1000.00", stages: Sequence[str] = ()) -> Deal:
        """A job about which its client opened a dispute."""
        deal = await self.funded(amount, stages)
        deal.dispute = (await self.did(deal.client, "openDispute", jobId=deal.job))["dispute"]["id"]
        return deal

    async def mediated(self, mediator: Viewer, amount: str = "1000.00") -> Deal:
        """A job about which there is a dispute that somebody mediates."""
        deal = await self.disputed(amount)
        await self.did(mediator, "mediateDispute", id=deal.dispute)
        return deal

    async def completed(self, amount: str = "1000.00") -> Deal:
        """A job that is done and paid for."""
        deal = await self.funded(amount)
        await self.did(deal.client, "releaseEscrow", id=deal.escrow)
        return deal

    async def status(self, id_: str) -> str:
        """The status of a row."""
        kind, _, key = id_.rpartition("_")
        entity = next(one for one in self.schema.derived.graph if one.prefix == kind)
        (row,) = await self.run(f"SELECT status FROM {entity.table.fullname} WHERE id = $1", UUID(key))
        found: str = row["status"]
        return found

    async def ledger(self, escrow: str) -> list[tuple[str, str, Decimal]]:
        """The movements of an escrow, in order: type, party and amount."""
        rows = await self.run(
            "SELECT type, party, amount FROM freelance.escrow_movements WHERE escrow_id = $1 ORDER BY id",
            UUID(escrow.removeprefix("escrow_")),
        )
        return [(row["type"], row["party"], row["amount"]) for row in rows]

    async def told(self, viewer: Viewer) -> list[str]:
        """What somebody was told, in order."""
        rows = await self.run(
            "SELECT data ->> 'template' AS template FROM support.notifications WHERE user_id = $1 ORDER BY id",
            viewer.params["user"],
        )
        return [row["template"] for row in rows]


def id_of(viewer: Viewer) -> str:
    """The global ID of who asks."""
    return f"user_{viewer.params['user']}"


def moment(text: str) -> datetime:
    """A moment as answers tell it."""
    return datetime.fromisoformat(text)

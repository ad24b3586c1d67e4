"""What can be done with each thing of the job market in each state, and to which state that leads.

Every change of a status goes through these tables; docs/workflows.md draws them.
"""

from typing import Any, Literal

from app.services.workflows import Workflow
from models.freelance import JobStatus
from models.freelance.escrow import DisputeStatus, EscrowStatus
from models.freelance.jobs import ApplicationStatus, MilestoneStatus
from models.freelance.skills import SkillVerificationStatus

JobStep = Literal["publish", "accept", "close", "complete", "refund", "dispute", "withdraw", "award"]
ApplicationStep = Literal["shortlist", "accept", "reject", "withdraw"]
EscrowStep = Literal[
    "fund", "release_part", "release_last", "refund", "freeze", "thaw_untouched", "thaw_released", "award"
]
MilestoneStep = Literal["start", "submit", "approve", "reject", "release_all"]
DisputeStep = Literal["answer", "mediate", "resolve", "withdraw"]
SkillStep = Literal["verify", "reject", "expire", "claim"]

JOB: Workflow[JobStatus, JobStep] = Workflow(
    "a job",
    "DRAFT",
    {
        ("DRAFT", "publish"): "OPEN",
        ("DRAFT", "close"): "CANCELLED",
        ("OPEN", "close"): "CANCELLED",
        ("OPEN", "accept"): "IN_PROGRESS",
        ("IN_PROGRESS", "close"): "CANCELLED",
        ("IN_PROGRESS", "complete"): "COMPLETED",
        ("IN_PROGRESS", "refund"): "CANCELLED",
        ("IN_PROGRESS", "dispute"): "DISPUTED",
        ("DISPUTED", "withdraw"): "IN_PROGRESS",
        ("DISPUTED", "award"): "COMPLETED",
        ("DISPUTED", "refund"): "CANCELLED",
    },
)
"""From IN_PROGRESS it is closed only while nothing was paid in."""

APPLICATION: Workflow[ApplicationStatus, ApplicationStep] = Workflow(
    "an application",
    "PENDING",
    {
        ("PENDING", "shortlist"): "SHORTLISTED",
        ("PENDING", "accept"): "ACCEPTED",
        ("PENDING", "reject"): "REJECTED",
        ("PENDING", "withdraw"): "WITHDRAWN",
        ("SHORTLISTED", "accept"): "ACCEPTED",
        ("SHORTLISTED", "reject"): "REJECTED",
        ("SHORTLISTED", "withdraw"): "WITHDRAWN",
    },
)

ESCROW: Workflow[EscrowStatus, EscrowStep] = Workflow(
    "an escrow",
    "PENDING",
    {
        ("PENDING", "fund"): "FUNDED",
        ("FUNDED", "release_part"): "PARTIALLY_RELEASED",
        ("FUNDED", "release_last"): "RELEASED",
        ("FUNDED", "refund"): "REFUNDED",
        ("FUNDED", "freeze"): "FROZEN",
        ("PARTIALLY_RELEASED", "release_part"): "PARTIALLY_RELEASED",
        ("PARTIALLY_RELEASED", "release_last"): "RELEASED",
        ("PARTIALLY_RELEASED", "refund"): "REFUNDED",
        ("PARTIALLY_RELEASED", "freeze"): "FROZEN",
        ("FROZEN", "thaw_untouched"): "FUNDED",
        ("FROZEN", "thaw_released"): "PARTIALLY_RELEASED",
        ("FROZEN", "award"): "RELEASED",
        ("FROZEN", "refund"): "REFUNDED",
    },
)
"""It thaws to FUNDED if nothing was paid out yet, and to PARTIALLY_RELEASED otherwise."""

MILESTONE: Workflow[MilestoneStatus, MilestoneStep] = Workflow(
    "a milestone",
    "PENDING",
    {
        ("PENDING", "start"): "IN_PROGRESS",
        ("PENDING", "submit"): "SUBMITTED",
        ("IN_PROGRESS", "submit"): "SUBMITTED",
        ("REJECTED", "submit"): "SUBMITTED",
        ("SUBMITTED", "approve"): "APPROVED",
        ("SUBMITTED", "reject"): "REJECTED",
        ("PENDING", "release_all"): "APPROVED",
        ("IN_PROGRESS", "release_all"): "APPROVED",
        ("SUBMITTED", "release_all"): "APPROVED",
        ("REJECTED", "release_all"): "APPROVED",
    },
)

DISPUTE: Workflow[DisputeStatus, DisputeStep] = Workflow(
    "a dispute",
    "OPEN",
    {
        ("OPEN", "answer"): "ANSWERED",
        ("OPEN", "mediate"): "IN_MEDIATION",
        ("OPEN", "withdraw"): "WITHDRAWN",
        ("ANSWERED", "mediate"): "IN_MEDIATION",
        ("ANSWERED", "withdraw"): "WITHDRAWN",
        ("IN_MEDIATION", "resolve"): "RESOLVED",
        ("IN_MEDIATION", "withdraw"): "WITHDRAWN",
    },
)

SKILL: Workflow[SkillVerificationStatus, SkillStep] = Workflow(
    "a claim",
    "PENDING",
    {
        ("PENDING", "verify"): "VERIFIED",
        ("PENDING", "reject"): "REJECTED",
        ("VERIFIED", "expire"): "EXPIRED",
        ("REJECTED", "claim"): "PENDING",
        ("EXPIRED", "claim"): "PENDING",
    },
)

WORKFLOWS: dict[str, Workflow[Any, Any]] = {
    "Job": JOB,
    "Application": APPLICATION,
    "Escrow": ESCROW,
    "Milestone": MILESTONE,
    "Dispute": DISPUTE,
    "SkillVerification": SKILL,
}
"""Each by the entity whose `status` it is."""

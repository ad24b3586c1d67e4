"""Skills, and how well they are proven."""

from datetime import datetime
from typing import TYPE_CHECKING

import strawberry

from app.services.freelance import skills
from graph.engine.schema.schema import leaf
from graph.freelance.steps import step
from graph.steps import described, id_of, said

if TYPE_CHECKING:
    from models.freelance import ExperienceLevel as ExperienceLeaf
    from models.freelance.skills import SkillVerificationLevel as LevelLeaf
else:
    ExperienceLeaf, LevelLeaf = leaf("ExperienceLevel"), leaf("SkillVerificationLevel")


@described
class ClaimSkillInput:
    """A skill of yours, and what proves it."""

    skill: str = said("What you can do, as in the skills of jobs: at most 80 characters.")
    experience_level: ExperienceLeaf | None = said("How experienced you are in it.", default=None)
    evidence_url: str | None = said("Where the certificate or the work can be seen: an https URL.", default=None)
    issuer: str | None = said("Who gave the certificate.", default=None)


@described
class VerifySkillInput:
    """Which claim is proven, and how well."""

    id: strawberry.ID = id_of("skill_verification", "The ID of the claim; not of one of your own.")
    level: LevelLeaf = said("How well it is proven: more than CLAIMED.")
    score: int | None = said("Result of the test, from 0 to 100 per cent.", default=None)
    expires_at: datetime | None = said("When it must be proven anew; never if not said.", default=None)


@described
class RejectSkillInput:
    """Which claim is not proven, and why."""

    id: strawberry.ID = id_of("skill_verification", "The ID of the claim; not of one of your own.")
    reason: str = said("Why the proof is not enough, for the person to read: 1 to 5,000 characters.")


@strawberry.type
class SkillsMutation:
    """What is done with proofs of skills."""

    claim_skill = step(
        ClaimSkillInput,
        skills.claim_skill,
        "Claim a skill; again after the claim was rejected or ran out.",
        "skill_verification",
    )
    verify_skill = step(
        VerifySkillInput, skills.verify_skill, "Find a proof good, as an administrator.", "skill_verification"
    )
    reject_skill = step(
        RejectSkillInput, skills.reject_skill, "Find a proof not enough, as an administrator.", "skill_verification"
    )

"""Skills: claimed by people, verified or rejected by administrators, good until they run out."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.accounts.occasion import Occasion
from app.services.checks import broken, check_text, check_url, tidied
from app.services.freelance.actors import Actor, sees_skill
from app.services.freelance.checks import LONG, SHORT, check_future
from app.services.freelance.locking import Rows, change
from app.services.freelance.states import SKILL
from app.services.refusals import Refusal, Refused, check, missing, only
from models.freelance import ExperienceLevel, SkillVerification
from models.freelance.skills import SkillVerificationLevel, SkillVerificationStatus

SKILL_LENGTH = 80
CLAIMED: SkillVerificationLevel = "CLAIMED"

AFRESH = ("score", "verified_by_id", "verified_at", "expires_at", "rejection_reason", "enrollment_id")
"""What was found before, which a new claim begins without."""


async def claim_skill(
    session: AsyncSession,
    by: Actor,
    at: Occasion,
    *,
    skill: str,
    experience_level: ExperienceLevel | None = None,
    evidence_url: str | None = None,
    issuer: str | None = None,
) -> Rows:
    """Claim a skill of one's own; again after the claim was rejected or ran out. Raises Refused."""
    texts = [*check_text("skill", skill, SKILL_LENGTH), *check_text("issuer", issuer, SHORT, least=0)]
    check([*texts, *check_url("evidenceUrl", evidence_url)])
    proof = {"experience_level": experience_level, "evidence_url": evidence_url, "issuer": tidied(issuer)}
    said = {"level": CLAIMED, **proof}
    new = insert(SkillVerification).values(user_id=by.user, skill=skill.strip(), status=SKILL.begins, **said)
    again = {**said, **dict.fromkeys(AFRESH), "status": SKILL.leads_to("claim")}
    claimed = new.on_conflict_do_update(index_elements=["user_id", "skill"], set_=again, where=_can_be_claimed(at.now))
    id_ = await session.scalar(claimed.returning(SkillVerification.id))
    if id_ is None:
        raise Refused([await _why_not(session, by, skill.strip())])
    return {"skill_verification": id_}


def _can_be_claimed(now: datetime) -> ColumnElement[bool]:
    """Of a claim that was made before: it was decided against, or has run out, written down or not."""
    return or_(SkillVerification.status.in_(SKILL.before("claim")), _has_lapsed(now))


def _has_lapsed(now: datetime) -> ColumnElement[bool]:
    return and_(SkillVerification.status.in_(SKILL.before("expire")), SkillVerification.expires_at <= now)


async def _why_not(session: AsyncSession, by: Actor, skill: str) -> Refusal:
    theirs = (SkillVerification.user_id == by.user, SkillVerification.skill == skill)
    status = await session.scalar(select(SkillVerification.status).where(*theirs))
    return SKILL.conflict(status or SKILL.begins, "claim", "skill")


async def verify_skill(
    session: AsyncSession,
    by: Actor,
    at: Occasion,
    *,
    id: UUID,
    level: SkillVerificationLevel,
    score: int | None = None,
    expires_at: datetime | None = None,
) -> Rows:
    """Find the proof of somebody's skill good, as an administrator. Raises Refused."""
    rules = {
        ("level", f"must be more than {CLAIMED}"): level != CLAIMED,
        ("score", "must be from 0 to 100"): score is None or 0 <= score <= 100,
    }
    check([*broken(rules), *check_future("expiresAt", expires_at, at.now)])
    claim = await _claim_at(session, by, id)
    status = SKILL.after(claim.status, "verify")
    found = {"level": level, "score": score, "expires_at": expires_at}
    await change(session, claim, status=status, **found, verified_by_id=by.user, verified_at=at.now)
    return {"skill_verification": claim.id}


async def reject_skill(session: AsyncSession, by: Actor, at: Occasion, *, id: UUID, reason: str) -> Rows:
    """Find the proof of somebody's skill not enough, as an administrator. Raises Refused."""
    check(check_text("reason", reason, LONG))
    claim = await _claim_at(session, by, id)
    status = SKILL.after(claim.status, "reject")
    await change(session, claim, status=status, verified_by_id=by.user, rejection_reason=reason.strip())
    return {"skill_verification": claim.id}


async def _claim_at(session: AsyncSession, by: Actor, id_: UUID) -> SkillVerification:
    """A claim that they may decide, locked. Raises Refused."""
    wanted = select(SkillVerification).where(SkillVerification.id == id_).with_for_update()
    claim = await session.scalar(wanted, execution_options={"populate_existing": True})
    if claim is None or not sees_skill(by, claim):
        missing("id", "claim")
    only(by.is_administrator and by.user != claim.user_id, "id", "administrators, and for nobody's own claim")
    return claim


async def do_expire(session: AsyncSession, now: datetime) -> int:
    """Write of all proofs that have run out that they did; how many there were."""
    status: SkillVerificationStatus = SKILL.leads_to("expire")
    lapsed = update(SkillVerification).where(_has_lapsed(now)).values(status=status).returning(SkillVerification.id)
    return len((await session.execute(lapsed, execution_options={"synchronize_session": False})).all())

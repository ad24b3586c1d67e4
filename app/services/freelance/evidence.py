"""Evidence: put forward by either side of a dispute that is not over, and never changed."""

import re
from dataclasses import asdict, dataclass, replace
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.accounts.occasion import Occasion
from app.services.checks import broken, check_text, check_url, tidied
from app.services.freelance.actors import Actor
from app.services.freelance.checks import LONGEST, SHORT
from app.services.freelance.locking import Rows, dispute_at
from app.services.freelance.states import DISPUTE
from app.services.freelance.telling import each, tell
from app.services.refusals import Refusal, check, conflict, only
from models.freelance import Dispute, DisputeEvidence
from models.freelance.escrow import DisputeEvidenceType

_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a side says of what it puts forward."""

    title: str
    type: DisputeEvidenceType = "STATEMENT"
    statement: str | None = None
    file_url: str | None = None
    file_name: str | None = None
    media_type: str | None = None
    size_bytes: int | None = None
    sha256: str | None = None
    is_confidential: bool = False

    def tidied(self) -> "Evidence":
        """The same without what slips in when people type."""
        return replace(self, title=self.title.strip(), statement=tidied(self.statement))


async def submit_evidence(
    session: AsyncSession, by: Actor, at: Occasion, *, dispute_id: UUID, evidence: Evidence
) -> Rows:
    """Put a statement or file forward in a dispute; those who may read it are told. Raises Refused."""
    check(check_evidence(evidence))
    _, _, dispute = await dispute_at(session, by, dispute_id, "disputeId")
    only(by.user in (dispute.opened_by_id, dispute.respondent_id), "disputeId", "the two sides of the dispute")
    if dispute.status not in DISPUTE.before("withdraw"):
        conflict("disputeId", f"names a dispute that is over: it is {dispute.status}")
    made = insert(DisputeEvidence).values(
        dispute_id=dispute.id, submitted_by_id=by.user, submitted_at=at.now, **asdict(evidence.tidied())
    )
    id_ = await session.scalar(made.returning(DisputeEvidence.id))
    assert id_ is not None
    await tell(session, *each(_readers(dispute, by, evidence), "dispute.evidence", "DisputeEvidence", id_))
    return {"evidence": id_}


def check_evidence(evidence: Evidence) -> list[Refusal]:
    """What is wrong with what a side puts forward."""
    given = evidence.tidied()
    rules = {
        ("statement", "must be given if there is no fileUrl"): given.statement or given.file_url,
        ("mediaType", "must be like application/pdf"): _is_like(_MEDIA_TYPE, given.media_type),
        ("sizeBytes", "must be above zero"): given.size_bytes is None or given.size_bytes > 0,
        ("sha256", "must be 64 hexadecimal digits in lower case"): _is_like(_SHA256, given.sha256),
    }
    texts = [
        *check_text("title", given.title, SHORT),
        *check_text("statement", given.statement, LONGEST, least=0),
        *check_text("fileName", given.file_name, SHORT, least=0),
    ]
    return [*texts, *broken(rules), *check_url("fileUrl", given.file_url)]


def _is_like(form: re.Pattern[str], text: str | None) -> bool:
    return text is None or bool(form.fullmatch(text))


def _readers(dispute: Dispute, by: Actor, evidence: Evidence) -> set[UUID | None]:
    """Who else may read it: only the mediator if it is confidential."""
    sides = set() if evidence.is_confidential else {dispute.opened_by_id, dispute.respondent_id}
    return {*sides, dispute.mediator_id} - {by.user}

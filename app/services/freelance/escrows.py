"""Escrows: paid in by the client, released to the freelancer, refunded to the client."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.services.accounts.occasion import Occasion
from app.services.checks import check_text, tidied
from app.services.freelance import money
from app.services.freelance.actors import Actor, check_version
from app.services.freelance.checks import LONG, SHORT
from app.services.freelance.locking import Rows, change, escrow_at
from app.services.freelance.progress import approve_open, check_in_progress, complete, not_before
from app.services.freelance.states import ESCROW, JOB
from app.services.freelance.telling import Notice, each, tell
from app.services.privacy.aml import blocks_funding
from app.services.refusals import check, only


async def fund_escrow(
    session: AsyncSession,
    by: Actor,
    at: Occasion,
    *,
    id: UUID,
    reference: str | None = None,
    version: int | None = None,
) -> Rows:
    """Pay in what is to be held; the freelancer is told. Raises Refused."""
    check(check_text("reference", reference, SHORT, least=0))
    job, (escrow, _) = await escrow_at(session, by, id)
    only(by.user == job.client_id, "id", "the job's client")
    check_version(version, escrow)
    status = ESCROW.after(escrow.status, "fund")
    check_in_progress(job)
    if blocked := await blocks_funding(session, by.user, escrow.amount, now=at.now):
        check([blocked])
    await change(session, escrow, status=status, funded_at=at.now)
    await money.move(session, escrow, money.funding(escrow.amount), by.user, reference=tidied(reference))
    await tell(session, Notice(job.freelancer_id, "escrow.funded", "Escrow", escrow.id))
    return {"escrow": escrow.id, "job": job.id}


async def release_escrow(
    session: AsyncSession, by: Actor, at: Occasion, *, id: UUID, version: int | None = None
) -> Rows:
    """Give all that is held to the freelancer, who is told; the job is done. Raises Refused."""
    job, (escrow, ledger) = await escrow_at(session, by, id)
    only(by.user == job.client_id, "id", "the job's client")
    check_version(version, escrow)
    status = ESCROW.after(escrow.status, "release_last")
    check_in_progress(job)
    await money.move(session, escrow, money.releasing(ledger, ledger.held), by.user)
    await change(session, escrow, status=status, released_at=not_before(escrow.funded_at, at.now))
    await approve_open(session, job, at)
    await complete(session, job, at)
    await tell(session, Notice(job.freelancer_id, "escrow.released", "Escrow", escrow.id))
    return {"escrow": escrow.id, "job": job.id}


async def refund_escrow(
    session: AsyncSession, by: Actor, at: Occasion, *, id: UUID, reason: str | None = None, version: int | None = None
) -> Rows:
    """Give all that is held back to the client; who did not ask for it is told. Raises Refused."""
    check(check_text("reason", reason, LONG, least=0))
    job, (escrow, ledger) = await escrow_at(session, by, id)
    only(by.is_one_of(job.freelancer_id), "id", "the job's freelancer")
    check_version(version, escrow)
    status = ESCROW.after(escrow.status, "refund")
    check_in_progress(job)
    await money.move(session, escrow, money.refunding(ledger.held), by.user, note=tidied(reason))
    await change(session, escrow, status=status, refunded_at=not_before(escrow.funded_at, at.now))
    await change(session, job, status=JOB.after(job.status, "refund"))
    others = {job.client_id, job.freelancer_id} - {by.user}
    await tell(session, *each(others, "escrow.refunded", "Escrow", escrow.id))
    return {"escrow": escrow.id, "job": job.id}

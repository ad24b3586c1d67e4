"""Reviews: what each side of a job that is done says of the other, once, and what the other answers."""

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.accounts.occasion import Occasion
from app.services.checks import broken, check_text, tidied
from app.services.freelance.actors import Actor
from app.services.freelance.checks import LONG
from app.services.freelance.disputes import other_side
from app.services.freelance.locking import Rows, change, job_at, review_at
from app.services.freelance.states import JOB
from app.services.freelance.telling import Notice, tell
from app.services.refusals import check, conflict, only
from models.freelance import Review

DONE = JOB.leads_to("complete")


async def write_review(
    session: AsyncSession,
    by: Actor,
    at: Occasion,
    *,
    job_id: UUID,
    rating: int,
    comment: str | None = None,
    is_public: bool = True,
) -> Rows:
    """Say what the other side of a job was like; it is told. Raises Refused."""
    check(broken({("rating", "must be from 1 to 5"): 1 <= rating <= 5}) + check_text("comment", comment, LONG, least=0))
    job = await job_at(session, by, job_id, "jobId")
    reviewee = other_side(job, by, "jobId")
    if job.status != DONE:
        conflict("jobId", f"names a job that is {job.status}, not {DONE}")
    made = insert(Review).values(job_id=job.id, reviewer_id=by.user, reviewee_id=reviewee)
    said = made.values(rating=rating, comment=tidied(comment), is_public=is_public)
    id_ = await session.scalar(said.on_conflict_do_nothing().returning(Review.id))
    if id_ is None:
        conflict("jobId", "names a job that you reviewed already")
    await tell(session, Notice(reviewee, "review.written", "Review", id_))
    return {"review": id_}


async def respond_to_review(session: AsyncSession, by: Actor, at: Occasion, *, id: UUID, response: str) -> Rows:
    """Answer a review of oneself, once; who wrote it is told. Raises Refused."""
    check(check_text("response", response, LONG))
    review = await review_at(session, by, id)
    only(by.user == review.reviewee_id, "id", "whom the review is about")
    if review.response is not None:
        conflict("id", "names a review that was answered already")
    await change(session, review, response=response.strip())
    await tell(session, Notice(review.reviewer_id, "review.answered", "Review", review.id))
    return {"review": review.id}

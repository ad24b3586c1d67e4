"""Reviews of the other side of a job."""

import strawberry

from app.services.freelance import reviews
from graph.freelance.steps import step
from graph.steps import described, id_of, said


@described
class WriteReviewInput:
    """About which job, and what the other side was like."""

    job_id: strawberry.ID = id_of("job", "The ID of a completed job of which you were the client or the freelancer.")
    rating: int = said("From 1, poor, to 5, excellent.")
    comment: str | None = said("What you say, in at most 5,000 characters.", default=None)
    is_public: bool = said("Whether others may read it.", default=True)


@described
class RespondToReviewInput:
    """Which review to answer, and what."""

    id: strawberry.ID = id_of("review", "The ID of a review of yourself.")
    response: str = said("What you answer, in 1 to 5,000 characters.")


@strawberry.type
class ReviewsMutation:
    """What is said of the other side."""

    write_review = step(
        WriteReviewInput, reviews.write_review, "Review the other side of a completed job, once.", "review"
    )
    respond_to_review = step(
        RespondToReviewInput, reviews.respond_to_review, "Answer a review of yourself, once.", "review"
    )

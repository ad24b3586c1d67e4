"""Jobs: opened to applications, and called off."""

import strawberry

from app.services.freelance import posting
from graph.freelance.steps import step
from graph.steps import described, id_of, newest


@described
class PublishJobInput:
    """Which draft to open to applications."""

    id: strawberry.ID = id_of("job", "The ID of the job, of which you are the client.")
    version: int | None = newest()


@described
class CloseJobInput:
    """Which job to call off."""

    id: strawberry.ID = id_of("job", "The ID of the job, of which you are the client.")
    version: int | None = newest()


@strawberry.type
class PostingMutation:
    """What clients do with the jobs they offer."""

    publish_job = step(PublishJobInput, posting.publish_job, "Open a draft of yours to applications.", "job")
    close_job = step(
        CloseJobInput,
        posting.close_job,
        "Call off a job of yours for which nothing was paid in, and reject who applied. Administrators may too.",
        "job",
    )

"""Jobs: offered by their clients."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from app.services.freelance import jobs as service
from app.services.refusals import Refused
from graph.acting import acting_for
from graph.context import Info, UserError, user_errors
from graph.engine.model.ids import uuid_of
from graph.engine.running.written import Ref
from graph.engine.schema.schema import derived, leaf

if TYPE_CHECKING:
    JobType = Any
    from models.freelance import BudgetType as BudgetTypeLeaf
    from models.freelance import ExperienceLevel as ExperienceLevelLeaf
else:
    JobType = derived("Job")
    BudgetTypeLeaf, ExperienceLevelLeaf = leaf("BudgetType"), leaf("ExperienceLevel")


@strawberry.input(description="What a client says of a job.")
class CreateJobInput:
    """What a client says of a job."""

    title: str = strawberry.field(description="What is to be done, in one line of at most 200 characters.")
    description: str = strawberry.field(description="What is to be done, in full.")
    budget: Decimal = strawberry.field(description="What the client will pay: in all if fixed, an hour if hourly.")
    client_id: strawberry.ID | None = strawberry.field(
        default=None, description="The user who offers the job: yourself, unless you administer the platform."
    )
    currency: str = strawberry.field(default="USD", description="Three capitals, like USD.")
    budget_type: BudgetTypeLeaf = strawberry.field(default="FIXED", description="How the job is paid.")
    category: str | None = strawberry.field(default=None, description="The trade it belongs to.")
    skills: list[str] = strawberry.field(default_factory=list, description="What the freelancer should be able to do.")
    experience_level: ExperienceLevelLeaf | None = strawberry.field(default=None, description="How experienced.")
    deadline: datetime | None = strawberry.field(default=None, description="By when it is to be done.")
    publish: bool = strawberry.field(default=False, description="Whether to open it to applications at once.")


@strawberry.type(description="The job that was created, or why none was.")
class CreateJobPayload:
    """The job that was created, or why none was."""

    job: JobType | None = strawberry.field(description="The job; null if there are userErrors.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done; empty if it was.")


async def create_job(
    info: Info, input: Annotated[CreateJobInput, strawberry.argument(description="The job.")]
) -> CreateJobPayload:
    """Write a job on behalf of its client."""
    given = uuid_of(input.client_id, "user", "input.clientId") if input.client_id is not None else None
    try:
        new = service.NewJob(**{**vars(input), "client_id": acting_for(info.context.viewer, given, "clientId")})
        id_ = await service.create_job(info.context.fetch, new, now=info.context.now())
    except Refused as refused:
        return CreateJobPayload(job=None, user_errors=user_errors(refused))
    return CreateJobPayload(job=Ref("Job", id_), user_errors=[])


@strawberry.type
class JobsMutation:
    """How jobs are offered."""

    create_job: CreateJobPayload = strawberry.mutation(
        resolver=create_job, description="Offer a job, as a draft or open to applications at once."
    )

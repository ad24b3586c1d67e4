"""Stages of jobs: planned, handed in, approved."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import strawberry

from app.services.freelance import milestones as service
from app.services.freelance.locking import Rows
from graph.freelance.steps import step
from graph.steps import described, id_of, said


@described
class PlannedMilestoneInput:
    """A stage of a job."""

    title: str = said("What it delivers, in one line of at most 200 characters.")
    amount: Decimal = said("Its part of the escrow's amount.")
    description: str | None = said("What it delivers, in full: at most 10,000 characters.", default=None)
    due_at: datetime | None = said("By when it is due.", default=None)


@described
class PlanMilestonesInput:
    """The stages of a job, in the place of those that were planned before."""

    job_id: strawberry.ID = id_of("job", "The ID of a job of yours that was given to a freelancer and not paid in for.")
    milestones: list[PlannedMilestoneInput] = said("1 to 50, in order; together not more than the escrow's amount.")


@described
class StartMilestoneInput:
    """Which stage is begun."""

    id: strawberry.ID = id_of("milestone", "The ID of a stage of a job that was given to you.")


@described
class SubmitMilestoneInput:
    """Which stage is handed in, and where what it delivers is."""

    id: strawberry.ID = id_of("milestone", "The ID of a stage of a job that was given to you.")
    deliverables: list[str] | None = said("Where what was made is: at most 50.", default=None)
    note: str | None = said("What the client should know of it, in at most 5,000 characters.", default=None)


@described
class ApproveMilestoneInput:
    """Which stage to accept and pay for."""

    id: strawberry.ID = id_of("milestone", "The ID of a stage of a job of yours.")
    feedback: str | None = said("What you say of it, in at most 5,000 characters.", default=None)


@described
class RejectMilestoneInput:
    """Which stage to send back, and why."""

    id: strawberry.ID = id_of("milestone", "The ID of a stage of a job of yours.")
    feedback: str = said("What is missing, in 1 to 5,000 characters.")


async def plan(*about: Any, milestones: list[PlannedMilestoneInput], **more: Any) -> Rows:
    """Plan stages as the service takes them."""
    stages = [service.Stage(**vars(given)) for given in milestones]
    return await service.plan_milestones(*about, milestones=stages, **more)


@strawberry.type
class MilestonesMutation:
    """What is done with the stages of jobs."""

    plan_milestones = step(
        PlanMilestonesInput,
        plan,
        "Divide a job of yours into stages that are paid one by one, until the money is paid in.",
        *("job", "milestones"),
    )
    start_milestone = step(StartMilestoneInput, service.start_milestone, "Say that you work on a stage.", "milestone")
    submit_milestone = step(
        SubmitMilestoneInput,
        service.submit_milestone,
        "Hand in a stage; again after it was sent back.",
        "milestone",
    )
    approve_milestone = step(
        ApproveMilestoneInput,
        service.approve_milestone,
        "Accept a stage that was handed in, and pay for it out of the escrow. The last of the money completes the job.",
        *("milestone", "escrow", "job"),
    )
    reject_milestone = step(
        RejectMilestoneInput,
        service.reject_milestone,
        "Send a stage back that was handed in.",
        "milestone",
    )

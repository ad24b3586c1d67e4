"""Applications: made by freelancers, decided by clients."""

from decimal import Decimal

import strawberry

from app.services.freelance import applications
from graph.freelance.steps import step
from graph.steps import described, id_of, said


@described
class ApplyForJobInput:
    """For which job to apply, and what is offered."""

    job_id: strawberry.ID = id_of("job", "The ID of the job; not of one of your own.")
    proposed_amount: Decimal = said("What you ask for the whole job, in the currency of its budget.")
    cover_letter: str | None = said("Why you, in at most 10,000 characters.", default=None)
    estimated_days: int | None = said("How many days it will take.", default=None)


@described
class ShortlistApplicationInput:
    """Which application to keep in view."""

    id: strawberry.ID = id_of("application", "The ID of an application for a job of yours.")


@described
class RejectApplicationInput:
    """Which application to decide against."""

    id: strawberry.ID = id_of("application", "The ID of an application for a job of yours.")


@described
class WithdrawApplicationInput:
    """Which application to take back."""

    id: strawberry.ID = id_of("application", "The ID of an application of yours.")


@described
class AcceptApplicationInput:
    """Which application to give the job to."""

    id: strawberry.ID = id_of("application", "The ID of an application for a job of yours.")


@strawberry.type
class ApplicationsMutation:
    """What is done with applications."""

    apply_for_job = step(
        ApplyForJobInput,
        applications.apply_for_job,
        "Offer to do a job that is open, once for each job.",
        "application",
    )
    shortlist_application = step(
        ShortlistApplicationInput,
        applications.shortlist_application,
        "Keep an application for a job of yours in view.",
        "application",
    )
    reject_application = step(
        RejectApplicationInput,
        applications.reject_application,
        "Decide against an application for a job of yours.",
        "application",
    )
    withdraw_application = step(
        WithdrawApplicationInput,
        applications.withdraw_application,
        "Take back an application of yours that is not decided.",
        "application",
    )
    accept_application = step(
        AcceptApplicationInput,
        applications.accept_application,
        "Give a job of yours to an applicant: the others are rejected, and an escrow is opened to pay into.",
        *("application", "job", "escrow"),
    )

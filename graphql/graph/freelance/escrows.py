"""Escrows: paid in, released, refunded."""

import strawberry

from app.services.freelance import escrows
from graph.freelance.steps import step
from graph.steps import described, id_of, newest, said


@described
class FundEscrowInput:
    """Which escrow was paid into, and by which transfer."""

    id: strawberry.ID = id_of("escrow", "The ID of the escrow of a job of yours.")
    reference: str | None = said("What the bank or payment service calls the transfer.", default=None)
    version: int | None = newest()


@described
class ReleaseEscrowInput:
    """Which escrow to pay out to the freelancer."""

    id: strawberry.ID = id_of("escrow", "The ID of the escrow of a job of yours.")
    version: int | None = newest()


@described
class RefundEscrowInput:
    """Which escrow to pay back to the client."""

    id: strawberry.ID = id_of("escrow", "The ID of the escrow of a job that was given to you.")
    reason: str | None = said("Why, in at most 5,000 characters; it stands in the ledger.", default=None)
    version: int | None = newest()


@strawberry.type
class EscrowsMutation:
    """What is done with the money held for jobs."""

    fund_escrow = step(
        FundEscrowInput, escrows.fund_escrow, "Pay in all that an escrow of yours is to hold.", *("escrow", "job")
    )
    release_escrow = step(
        ReleaseEscrowInput,
        escrows.release_escrow,
        "Give all that an escrow of yours holds to the freelancer: the job is done, and so are its stages.",
        *("escrow", "job"),
    )
    refund_escrow = step(
        RefundEscrowInput,
        escrows.refund_escrow,
        "Give all that is held for a job of yours back to the client, and give the job up. Administrators may too.",
        *("escrow", "job"),
    )

"""What people are told in the application of what others did on the job market.

A notice names the row that it is about and says nothing that anybody wrote: what is erased there stays nowhere here.
"""

from collections.abc import Iterable
from typing import Literal, NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, cast, func, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Base

NOTIFICATIONS = Base.metadata.tables["support.notifications"]

Template = Literal[
    "job.closed",
    "application.made",
    "application.accepted",
    "application.rejected",
    "escrow.funded",
    "escrow.released",
    "escrow.refunded",
    "milestone.submitted",
    "milestone.approved",
    "milestone.rejected",
    "dispute.opened",
    "dispute.answered",
    "dispute.in_mediation",
    "dispute.evidence",
    "dispute.resolved",
    "dispute.withdrawn",
    "review.written",
    "review.answered",
]

TEXTS: dict[Template, tuple[str, str]] = {
    "job.closed": ("The job was called off", "The client called the job off before anything was paid in."),
    "application.made": ("Somebody applied for your job", "Read the application, and shortlist, accept or reject it."),
    "application.accepted": (
        "Your application was accepted",
        "The job is yours. Begin when the client has paid in: you will be told.",
    ),
    "application.rejected": ("Your application was not accepted", "The client decided otherwise or closed the job."),
    "escrow.funded": ("The client paid in", "The money is held for you. You can begin."),
    "escrow.released": ("You were paid", "All that was held for the job went to you, but for the platform's fee."),
    "escrow.refunded": ("The money went back", "What was held for the job went back to the client."),
    "milestone.submitted": ("A milestone was handed in", "Look at it, and approve it or send it back."),
    "milestone.approved": (
        "A milestone was approved",
        "Its part of the money went to you, but for the platform's fee.",
    ),
    "milestone.rejected": ("A milestone was sent back", "Read what the client says of it, and hand it in again."),
    "dispute.opened": ("A dispute was opened", "The money is frozen until it is over. Answer within seven days."),
    "dispute.answered": ("The other side answered", "Read the answer. You can put evidence forward."),
    "dispute.in_mediation": ("A mediator took up the dispute", "Put forward what the mediator should know."),
    "dispute.evidence": ("Evidence was put forward", "Read it with the dispute."),
    "dispute.resolved": ("The dispute was resolved", "Read the decision with the dispute. The money was paid out."),
    "dispute.withdrawn": ("The dispute was withdrawn", "The money is free again, and the job goes on."),
    "review.written": ("Somebody reviewed you", "Read the review. You can answer it once."),
    "review.answered": ("Your review was answered", "Read what the other side says."),
}
"""Title and body."""


NAMES = ("user_id", "template", "title", "body", "entity_type", "entity_id")


class Notice(NamedTuple):
    """What somebody should know, and the row it is about; nobody where there is nobody (any more)."""

    user_id: UUID | None
    template: Template
    entity_type: str
    entity_id: UUID


async def tell(session: AsyncSession, *notices: Notice) -> None:
    """Queue notices for whoever delivers them, however many, in one statement."""
    told = [notice for notice in notices if notice.user_id is not None]
    if not told:
        return
    found = func.unnest(
        cast([notice.user_id for notice in told], ARRAY(Uuid())),
        cast([notice.template for notice in told], ARRAY(Text())),
        cast([TEXTS[notice.template][0] for notice in told], ARRAY(Text())),
        cast([TEXTS[notice.template][1] for notice in told], ARRAY(Text())),
        cast([notice.entity_type for notice in told], ARRAY(Text())),
        cast([notice.entity_id for notice in told], ARRAY(Uuid())),
    )
    rows = found.table_valued(*NAMES, name="told").render_derived()
    named = {name: rows.c[name] for name in NAMES if name != "template"}
    values = {
        **named,
        "type": literal("JOB"),
        "channel": literal("IN_APP"),
        "data": func.jsonb_build_object("template", rows.c.template),
    }
    await session.execute(insert(NOTIFICATIONS).from_select(list(values), select(*values.values())))


def each(users: Iterable[UUID | None], template: Template, entity_type: str, entity_id: UUID) -> list[Notice]:
    """The same notice for several people."""
    return [Notice(user, template, entity_type, entity_id) for user in users]

"""The hand-written field of reports: thin over `app.services.reporting`."""

from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from app.services.reach import Reach
from app.services.refusals import Refused
from app.services.reporting import runs
from graph.access.viewers import ANONYMOUS
from graph.acting import SIGN_IN_FIRST, WHY_NOT, done, reach_of
from graph.context import Info, UserError
from graph.engine.access import Viewer
from graph.engine.model.ids import uuid_of
from graph.engine.running.written import Ref
from graph.engine.schema.schema import derived
from models.base import Base

if TYPE_CHECKING:
    RunType = Any
else:
    RunType = derived("ReportRun")

REPORTS = Base.metadata.tables["reporting.reports"]


@strawberry.type(description="The run that was begun, or why none was.")
class RunReportPayload:
    """The run that was begun, or why none was."""

    report_run: RunType | None = strawberry.field(
        description="The run, which is RUNNING until a worker has made it; null if there are userErrors."
    )
    user_errors: list[UserError] = strawberry.field(description=WHY_NOT)


async def run_report(
    info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The ID of the report.")]
) -> RunReportPayload:
    """Have a report made now."""
    wanted = uuid_of(id, "report", "id")
    run, errors = await done(
        info,
        lambda session: runs.run_report(session, wanted, reach(info.context.viewer), info.context.now()),
    )
    return RunReportPayload(report_run=run and Ref("ReportRun", run.id), user_errors=errors)


def reach(viewer: Viewer) -> Reach:
    """Of which businesses `viewer` sees and changes reports, as the table of access says it. Raises Refused."""
    if viewer.kind == ANONYMOUS:
        raise Refused([SIGN_IN_FIRST])
    return reach_of(viewer, REPORTS, reads="STAFF")


@strawberry.type
class ReportMutation:
    """What people do with reports."""

    run_report: RunReportPayload = strawberry.mutation(
        resolver=run_report,
        description="Have a report made now, for the days that its schedule would give it, and sent to its recipients.",
    )

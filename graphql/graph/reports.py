"""The hand-written field of reports: thin over `app.services.reporting`."""

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from app.services.refusals import Refused
from app.services.reporting import runs
from app.services.reporting.runs import Asker
from graph.access.viewers import ADMIN, KEY, scopes_of
from graph.acting import SIGN_IN_FIRST, WHY_NOT, done
from graph.context import Info, UserError
from graph.engine.access import Viewer
from graph.engine.model.ids import uuid_of
from graph.engine.running.written import Ref
from graph.engine.schema.schema import derived

if TYPE_CHECKING:
    RunType = Any
else:
    RunType = derived("ReportRun")

SCOPES = frozenset(f"{name}{may}" for name in ("*", "reporting", "reports") for may in ("", ":read", ":write"))
"""Each of these lets a key see reports; those that do not end in :read let it have them made."""


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
        lambda session: runs.run_report(session, wanted, asker(info.context.viewer), info.context.now()),
    )
    return RunReportPayload(report_run=run and Ref("ReportRun", run.id), user_errors=errors)


def asker(viewer: Viewer) -> Asker:
    """Of which businesses `viewer` sees and changes reports, as the table of access says it. Raises Refused."""
    user: UUID | None = viewer.params.get("user")
    if viewer.kind == ADMIN:
        return Asker(user, None, None)
    if viewer.kind.startswith(f"{KEY} "):
        own, held = frozenset({viewer.params["business"]}), scopes_of(viewer.kind) & SCOPES
        changes = any(not scope.endswith(":read") for scope in held)
        return Asker(None, own if held else frozenset(), own if changes else frozenset())
    if user is None:
        raise Refused([SIGN_IN_FIRST])
    return Asker(user, frozenset(viewer.params.get("staff", ())), frozenset(viewer.params.get("manager", ())))


@strawberry.type
class ReportMutation:
    """What people do with reports."""

    run_report: RunReportPayload = strawberry.mutation(
        resolver=run_report,
        description="Have a report made now, for the days that its schedule would give it, and sent to its recipients.",
    )

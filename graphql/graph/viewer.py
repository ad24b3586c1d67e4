"""Who asks, as they see themselves: every frontend's first question."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import strawberry

from graph.access.viewers import KEY, scopes_of
from graph.context import Info
from graph.engine.access import Viewer
from graph.engine.asking.limits import Limits, by_kind
from graph.engine.running.written import Ref
from graph.engine.schema.schema import derived

if TYPE_CHECKING:
    UserType = Any
    BusinessType = Any
    AgentType = Any
    MembershipType = Any
    SessionType = Any
else:
    UserType, BusinessType, AgentType = derived("User"), derived("Business"), derived("Agent")
    MembershipType, SessionType = derived("Membership"), derived("LoginSession")


@strawberry.type(name="RateAllowance", description="A limit on what the viewer may ask for in a time.")
class RateAllowance:
    """A limit on what the viewer may ask for in a time."""

    name: str = strawberry.field(description="What the limit is called.")
    unit: str = strawberry.field(description="What it counts: REQUESTS, or COST in units.")
    window_seconds: int = strawberry.field(description="In which time, in seconds.")
    limit: int = strawberry.field(description="How much is allowed in that time.")
    remaining: int = strawberry.field(description="How much of it may come at once by now.")
    reset_at: datetime = strawberry.field(description="When all of it is there again, if nothing is asked for.")


@strawberry.type(name="ViewerLimits", description="How much one operation of the viewer may ask for.")
class ViewerLimits:
    """How much one operation of the viewer may ask for."""

    cost: int = strawberry.field(description="What it may cost; ask for the extension `cost` to see what it does.")
    depth: int = strawberry.field(description="Relations inside each other.")
    tokens: int = strawberry.field(description="Words and signs of the document.")
    aliases: int = strawberry.field(description="Aliases, those of a fragment as often as it is spread.")
    directives: int = strawberry.field(description="Directives.")
    mutations: int = strawberry.field(description="Root fields of one mutation.")
    seconds: float = strawberry.field(description="How long it may take.")
    rate: list[RateAllowance] = strawberry.field(description="How much all operations of a time may ask for.")


@strawberry.type(name="Viewer", description="Who asks.")
class ViewerInfo:
    """Who asks."""

    kind: str = strawberry.field(description="anonymous, visitor, user, key or admin.")
    user: UserType | None = strawberry.field(description="The person who signed in.")
    session: SessionType | None = strawberry.field(description="The session that the person shows the token of.")
    memberships: list[MembershipType] = strawberry.field(description="The businesses the person works for, with roles.")
    business: BusinessType | None = strawberry.field(description="The business that a key acts for.")
    agent: AgentType | None = strawberry.field(description="The agent that a key acts as.")
    scopes: list[str] = strawberry.field(description="What a key may do.")
    limits: ViewerLimits = strawberry.field(description="How much one operation may ask for.")


async def viewer_of(info: Info) -> ViewerInfo:
    """Who asks."""
    viewer = info.context.viewer
    return ViewerInfo(
        kind=_kind(viewer),
        user=_row(viewer, "User", "user"),
        session=_row(viewer, "LoginSession", "session"),
        memberships=list(_memberships(viewer)),
        business=_row(viewer, "Business", "business"),
        agent=_row(viewer, "Agent", "agent"),
        scopes=sorted(scopes_of(viewer.kind)) if viewer.kind.startswith(KEY) else [],
        limits=_limits(by_kind(viewer), await _rate(info)),
    )


def _kind(viewer: Viewer) -> str:
    """A member is a user too: what that is worth stands in the memberships."""
    return viewer.kind.split()[0].replace("member", "user")


def _row(viewer: Viewer, entity: str, name: str) -> Ref | None:
    key = viewer.params.get(name)
    return Ref(entity, key) if key else None


def _memberships(viewer: Viewer) -> Iterable[Ref]:
    return (Ref("Membership", key) for key in viewer.params.get("memberships", ()))


def _limits(limits: Limits, rate: list[RateAllowance]) -> ViewerLimits:
    names = ("cost", "depth", "tokens", "aliases", "directives", "mutations", "seconds")
    return ViewerLimits(**{name: getattr(limits, name) for name in names}, rate=rate)


async def _rate(info: Info) -> list[RateAllowance]:
    """What is left of the limits, if that is asked for."""
    allowances = info.context.allowances
    if allowances is None or not _asks(info.selected_fields, "rate"):
        return []
    return [RateAllowance(**one._asdict()) for one in await allowances.standing(info.context.viewer, info.context)]


def _asks(selected: Iterable[Any], name: str) -> bool:
    """Whether a field called `name` is anywhere in what is selected."""
    return any(getattr(one, "name", "") == name or _asks(one.selections, name) for one in selected)

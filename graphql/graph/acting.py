"""On whose behalf something is done."""

from uuid import UUID

from app.services.refusals import Refusal, Refused
from graph.access.viewers import ADMIN
from graph.engine.access import Viewer


def acting_for(viewer: Viewer, given: UUID | None, field: str) -> UUID:
    """The person for whom `viewer` may act: themselves, or for administrators whoever is `given`. Raises Refused."""
    own = viewer.params.get("user")
    if viewer.kind == ADMIN and given is not None:
        return given
    if own is None:
        raise Refused([Refusal("UNAUTHENTICATED", field, "must be somebody who signed in")])
    if given not in (None, own):
        raise Refused([Refusal("FORBIDDEN", field, "must be yourself")])
    return own  # type: ignore[no-any-return]

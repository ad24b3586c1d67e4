"""Python handlers that services of the same process are told by, one for each name that a subscription calls.

A package beside Agora brings them as entry points of the group `agora.handlers`:

    [project.entry-points."agora.handlers"]
    "warehouse.orders" = "warehouse.agora:order_changed"

A handler takes a `Change` and returns when the change is taken over; whatever it raises is an attempt in vain. It is
called at least once for a change, so it must not mind being called again with the same `change.id`.
"""

from collections.abc import Awaitable, Callable, Mapping
from importlib.metadata import entry_points
from typing import cast

from app.services.syncing.telling import Change

Handler = Callable[[Change], Awaitable[None]]

GROUP = "agora.handlers"


def installed() -> Mapping[str, Handler]:
    """The handlers of all installed packages, by name."""
    return {found.name: cast(Handler, found.load()) for found in entry_points(group=GROUP)}

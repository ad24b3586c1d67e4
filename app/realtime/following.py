"""What this package asks of a subscription; the engine's followings are so."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Literal, Protocol, Self
from uuid import UUID

from graph.engine.access import Viewer
from graph.engine.running.feeds import Read


class Kind(Protocol):
    """What kind of log is followed."""

    @property
    def kind(self) -> str:
        """What the topics of its wake-ups begin with."""

    @property
    def prefix(self) -> str:
        """What the names of its types begin with."""


class Subscribed(Protocol):
    """Any subscription."""

    key: UUID
    group: Hashable
    viewer: Viewer

    def render(self, type_name: str, values: Mapping[str, Any]) -> bytes:
        """The body of what no row stands behind."""

    def on_behalf_of(self, viewer: Viewer) -> Self:
        """The same for what its viewer has become."""


class LogFollowing(Subscribed, Protocol):
    """A subscription to a log: `graph.engine.running.feeds.Following`."""

    after: int | None
    epoch: int | None

    @property
    def feed(self) -> Kind:
        """Which kind of log."""

    async def read(self, after: int, limit: int) -> Read | None:
        """The entries after a number; None if the log is not there for the viewer."""


class BoardFollowing(Subscribed, Protocol):
    """A subscription to a desk: `graph.engine.running.feeds.DeskFollowing`."""

    async def is_there(self) -> bool:
        """Whether the viewer may follow it, now."""

    async def snapshot(self, sessions: Sequence[UUID], agents: Sequence[UUID]) -> bytes:
        """The body that lists these rows."""

    async def changed(self, kind: Literal["session", "agent"], ids: Sequence[UUID]) -> list[bytes | None]:
        """The body for each row that changed; None where the viewer may not see it."""

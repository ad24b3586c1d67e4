"""One subscription, ready to be read from: parsed, validated, measured and charged by `Engine.subscribe`.

When to read, and who is sent what was read, is no business of this module: it knows no connection of a client and no
wake-up. All that it hands over are bodies, `{"data":{"<response key>":{…}}}`, whole.
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Literal, NamedTuple
from uuid import UUID

from graph.engine.access import Viewer
from graph.engine.model.feeds import Board, Feed


class Entry(NamedTuple):
    """An entry of a log, as one selection shows it."""

    seq: int
    id: UUID
    type: str
    body: bytes


class Read(NamedTuple):
    """What one statement found, all of it at one moment.

    Fewer entries than were asked for are all there are up to `head`. Some numbers may be missing in a log with one
    number for all audiences, and then the last entry's is below `head`.
    """

    head: int
    epoch: int
    is_staff: bool
    """Whether the viewer counts as those do who see everything."""
    entries: Sequence[Entry]


class Following:
    """A subscription to a log."""

    feed: Feed
    key: UUID
    after: int | None
    epoch: int | None
    group: Hashable
    """Equal for those who get equal bytes."""
    viewer: Viewer

    async def read(self, after: int, limit: int) -> Read | None:
        """The first `limit` entries after the number `after`, and where the log ends; after -1 only that.

        None if the row is not there for this viewer. Raises AgoraError where the database does not answer in time.
        """
        raise NotImplementedError

    def render(self, type_name: str, values: Mapping[str, Any]) -> bytes:
        """The body of what no row stands behind, by the names of its fields; what is not given is null."""
        raise NotImplementedError

    def on_behalf_of(self, viewer: Viewer) -> "Following":
        """The same subscription for what its viewer has become."""
        raise NotImplementedError


class DeskFollowing:
    """A subscription to a board."""

    board: Board
    key: UUID
    group: Hashable
    viewer: Viewer

    async def is_there(self) -> bool:
        """Whether the viewer may follow the board, now: `Engine.subscribe` has asked that once."""
        raise NotImplementedError

    async def snapshot(self, sessions: Sequence[UUID], agents: Sequence[UUID]) -> bytes:
        """The body that lists these rows in this order, those that the viewer may see."""
        raise NotImplementedError

    async def changed(self, kind: Literal["session", "agent"], ids: Sequence[UUID]) -> list[bytes | None]:
        """The body for each row that changed; None where the viewer may not see it, or not any more."""
        raise NotImplementedError

    def render(self, type_name: str, values: Mapping[str, Any]) -> bytes:
        """The body of what no row stands behind, by the names of its fields; what is not given is null."""
        raise NotImplementedError

    def on_behalf_of(self, viewer: Viewer) -> "DeskFollowing":
        """The same subscription for what its viewer has become."""
        raise NotImplementedError

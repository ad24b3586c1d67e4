"""The desks of businesses: which rows are on them, by marks that tell whether anything shown of a row changed.

A round is of those who get the same. It has the marks looked at, once for all rounds of the business that ask together,
compares them with those of the last, reads what changed and then, for those who join, the whole. Rounds follow one
another, so nobody is told of something older than they have; and who cannot be told keeps no others waiting.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Literal, NamedTuple, Protocol
from uuid import UUID

from app.realtime.flight import Flight
from app.realtime.following import BoardFollowing
from app.realtime.reading import patiently
from app.realtime.seats import Ready, Seat
from app.realtime.tail import Tail
from app.realtime.waiting import Waiting
from graph.engine.errors import AgoraError, NotFound

PAUSE = 0.1
"""Seconds from one round to the next, and from one look: nobody reads more than ten changes of a row a second."""

TOGETHER = 0.005
"""Seconds in which those who join are read for at once."""

ROOM, BYTES_ROOM = 1_000, 1024 * 1024
"""Changes, and their bytes, that are kept for those who are slower; they begin anew otherwise."""

AT_ONCE = 100
"""Rows that are read by one statement."""

Thing = Literal["session", "agent"]
GONE: Mapping[Thing, tuple[str, str]] = MappingProxyType(
    {"session": ("DeskChatGone", "sessionId"), "agent": ("DeskAgentGone", "agentId")}
)
"""What says that a row is on the desk no more, and by which field."""


class Rows(Protocol):
    """The rows on a desk, with their marks."""

    @property
    def sessions(self) -> Mapping[UUID, str]:
        """Chats that are open."""

    @property
    def agents(self) -> Mapping[UUID, str]:
        """People who answer them."""


Look = Callable[[UUID], Awaitable[Rows]]
"""Reads the rows of a business."""


class Change(NamedTuple):
    """What is different on a desk."""

    thing: Thing
    changed: Sequence[UUID]
    gone: Sequence[UUID]


class Desk:
    """The desk of one business, and those who follow it."""

    def __init__(self, key: UUID, look: Look, close: Callable[["Desk"], None]) -> None:
        self.key, self._look, self._close = key, look, close
        self.groups: dict[Hashable, DeskGroup] = {}
        self.rows: Rows | None = None
        self._looking = Flight(self._look_at_rows, PAUSE)

    def group(self, following: BoardFollowing) -> "DeskGroup":
        """The group of `following`, with a follower more."""
        group = self.groups.get(following.group)
        if group is None:
            group = self.groups[following.group] = DeskGroup(following, self)
        group.followers += 1
        return group

    def remove(self, group: "DeskGroup") -> None:
        """Tell a group no more."""
        if self.groups.get(group.following.group) is group:
            del self.groups[group.following.group]
        if not self.groups:
            self._close(self)
            self._looking.stop()

    def end(self, error: AgoraError) -> None:
        """Tell all who follow why they cannot any more."""
        for group in tuple(self.groups.values()):
            group.end(error)

    def look_again(self) -> None:
        """Have all who follow told of what changed."""
        for group in self.groups.values():
            group.flight.ask()

    async def look(self) -> Rows | None:
        """The rows, not older than this call: one read for all who ask together. None if it cannot be had."""
        await asyncio.shield(self._looking.ask())
        return self.rows

    async def _look_at_rows(self) -> None:
        try:
            self.rows = await patiently(partial(self._look, self.key))
        except AgoraError as error:
            self.end(error)


class DeskGroup:
    """The followers of a desk who get the same bytes."""

    def __init__(self, following: BoardFollowing, desk: Desk) -> None:
        self.following, self.desk = following, desk
        self.followers, self.flight = 0, Flight(self._round, PAUSE)
        self.ended: AgoraError | None = None
        self.rows: Rows | None = None
        """The rows of the last round."""
        self._is_joined = False
        """Whether somebody joins with the next round."""
        self.tail, self.waiting = Tail(0, ROOM, BYTES_ROOM), Waiting()
        self.snapshot: bytes | None = None
        """Everything, as it was when the tail had its present head."""

    async def join(self) -> None:
        """Have everything read anew."""
        self._is_joined = True
        await asyncio.shield(self.flight.ask(TOGETHER))

    def leave(self) -> None:
        """Be without a follower more."""
        self.followers -= 1
        if not self.followers:
            self._stop()

    def end(self, error: AgoraError) -> None:
        """Tell all who follow why they cannot any more."""
        self.ended = self.ended or error
        self._stop()
        self.waiting.wake()

    def _stop(self) -> None:
        self.desk.remove(self)
        self.flight.stop()

    async def _round(self) -> None:
        is_joined, self._is_joined, self.snapshot = self._is_joined, False, None
        rows = await self.desk.look()
        if rows is None:
            return
        try:
            await self._tell(_changes(self.rows, rows) if self.rows is not None else [], rows, is_joined)
        except AgoraError as error:
            self.end(error)
        self.rows = rows

    async def _tell(self, changes: Sequence[Change], rows: Rows, is_joined: bool) -> None:
        """Tell of the changes, and those who join of everything. Raises AgoraError."""
        for change in changes:
            await self._tell_of(change)
        if is_joined:
            if not await patiently(self.following.is_there):
                raise NotFound()
            everything = partial(self.following.snapshot, list(rows.sessions), list(rows.agents))
            self.snapshot = await patiently(everything)
        if changes:
            self.waiting.wake()

    async def _tell_of(self, change: Change) -> None:
        gone = list(change.gone)
        for start in range(0, len(change.changed), AT_ONCE):
            ids = change.changed[start : start + AT_ONCE]
            bodies = await patiently(partial(self.following.changed, change.thing, ids))
            for id_, body in zip(ids, bodies, strict=True):
                if body is None:
                    gone.append(id_)
                else:
                    self.tail.add(self.tail.head + 1, body)
        name, field = GONE[change.thing]
        for id_ in gone:
            self.tail.add(self.tail.head + 1, self.following.render(name, {field: id_}))


def _changes(before: Rows, now: Rows) -> list[Change]:
    """What is different; people first, since chats name them."""
    both: tuple[tuple[Thing, Mapping[UUID, str], Mapping[UUID, str]], ...] = (
        ("agent", before.agents, now.agents),
        ("session", before.sessions, now.sessions),
    )
    changes = (
        Change(
            thing,
            [key for key, mark in new.items() if old.get(key) != mark],
            [key for key in old if key not in new],
        )
        for thing, old, new in both
        if old != new
    )
    return [change for change in changes if change.changed or change.gone]


class DeskFollower(Seat[BoardFollowing, DeskGroup]):
    """Hands over everything, and then what changes."""

    __slots__ = ("cursor",)

    cursor: int | None
    """The number of the last change that was handed over; None before everything was."""

    def __init__(self, following: BoardFollowing, regroup: Callable[[BoardFollowing], DeskGroup], ready: Ready) -> None:
        super().__init__(following, regroup, ready)
        self.cursor = None

    async def _next(self) -> bytes | None:
        if self.cursor is None:
            return await self._join()
        body = self._take(self.cursor)
        if body is None:
            await self.group.waiting.wait()
        return body

    def _begin_anew(self) -> None:
        self.cursor = None

    def _take(self, cursor: int) -> bytes | None:
        tail = self.group.tail
        if cursor < tail.floor:
            body = self.group.following.render("DeskLagged", {})
            self.close()
            return body
        if (told := tail.next(cursor)) is None:
            return None
        self.cursor = told.number
        return told.body

    async def _join(self) -> bytes | None:
        await self._ready()
        group = self.group
        await group.join()
        if group is self.group and group.snapshot is not None:
            self.cursor = group.tail.head
            return group.snapshot
        return None

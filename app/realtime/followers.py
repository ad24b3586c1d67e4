"""One subscription's way through a log: a number, and the rest is its group's."""

import asyncio
from collections import deque
from collections.abc import Callable

from app.realtime.following import LogFollowing
from app.realtime.groups import Group, conflict
from app.realtime.seats import Ready, Seat
from graph.engine.running.feeds import Entry

SPRINT = 64
"""Bodies that are handed over before others get a turn: a replay takes no more than 2 ms at once."""

NEAR = 16
"""Entries that somebody may be behind and still be told what soon passes: to others it would be told late."""


class Follower(Seat[LogFollowing, Group]):
    """Hands over what one missed, that this was all, and then what happens."""

    __slots__ = ("_caught_up", "_epoch", "_is_staff", "_joined", "_passed", "_replay", "_run", "cursor")

    def __init__(self, following: LogFollowing, regroup: Callable[[LogFollowing], Group], ready: Ready) -> None:
        super().__init__(following, regroup, ready)
        self.cursor: int | None = following.after
        """The last number that was handed over; None from now on."""
        self._epoch = following.epoch
        self._is_staff: bool | None = None
        self._joined = self._caught_up = False
        self._passed = self._run = 0
        self._replay: deque[Entry] | None = None

    async def _next(self) -> bytes | None:
        body = self._take() if self._joined else None
        self._run = self._run + 1 if body is not None else 0
        if body is None:
            await self._more()
        elif self._run >= SPRINT:
            self._run = 0
            await asyncio.sleep(0)
        return body

    def _begin_anew(self) -> None:
        self._joined, self._replay = False, None

    def _take(self) -> bytes | None:
        """The next body that is at hand."""
        group, tail, cursor = self.group, self.group.tail, self.cursor
        assert tail is not None and cursor is not None
        if self._replay:
            entry = self._replay.popleft()
            self.cursor = entry.seq
            return entry.body
        if cursor < tail.floor:
            return self._lag(cursor) if self._caught_up and cursor < tail.lost else None
        if self._caught_up and self._passed < group.passing.head:
            if tail.head - cursor <= NEAR:
                return self._passing()
            self._passed = group.passing.head
        if (told := tail.next(cursor)) is not None:
            self.cursor = told.number
            return told.body
        self.cursor = max(cursor, tail.head)  # a page may show more than the group has read
        if not self._caught_up:
            self._caught_up, self._passed = True, group.passing.head
            return group.caught_up(self.cursor)
        return None

    def _passing(self) -> bytes:
        passing = self.group.passing
        told = passing.next(max(self._passed, passing.floor))
        assert told is not None
        self._passed = told.number
        return told.body

    def _lag(self, cursor: int) -> bytes:
        """The last body: what comes next was not kept for so long."""
        body = self.group.lagged(cursor)
        self.close()
        return body

    async def _more(self) -> None:
        """Wait until there may be more at hand."""
        if not self._joined:
            await self._join()
            return
        group = self.group
        assert group.tail is not None and self.cursor is not None
        if self.cursor >= group.tail.floor:
            await group.waiting.wait()
            return
        entries, reached = await group.page(self.cursor)
        if group is self.group:
            self._replay = deque(entries)
            self.cursor = self.cursor if entries else reached

    async def _join(self) -> None:
        """Find the place in the group's log. Raises Conflict if there is none."""
        await self._ready()
        group = self.group
        await group.join(self.cursor)
        if group is not self.group or group.tail is None:
            return
        if self._is_staff not in (None, group.is_staff):
            raise conflict(group.head, group.epoch)  # the audiences count differently
        if self.cursor is None:
            self.cursor = group.tail.head
        elif self.cursor > group.head or self._epoch not in (None, group.epoch):
            raise conflict(group.head, group.epoch)
        self._is_staff, self._epoch, self._passed = group.is_staff, group.epoch, group.passing.head
        self._joined = True

"""All that is followed in this process: its groups, what wakes them, and the look each second that misses nothing."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any
from uuid import UUID

import orjson
import structlog

from app.realtime.desk import Desk, DeskFollower, DeskGroup, Rows
from app.realtime.followers import Follower
from app.realtime.following import BoardFollowing, LogFollowing
from app.realtime.groups import Group
from app.realtime.heads import SECONDS, STATEMENTS, heads
from app.wakeups import Wakeups
from graph.engine.errors import AgoraError
from graph.engine.running.deadline import Deadline
from graph.engine.running.feeds import DeskFollowing
from graph.engine.running.run import Connections

POLLED = 1.0
"""Seconds from one look at all that is followed to the next: how late something is told at most, whatever fails."""

LISTENING = 1.0
"""Seconds that somebody who joins waits for wake-ups to be heard; without them the looks do."""

SETTLED = 30.0
"""Seconds after which what was told is not kept at hand any more."""

log = structlog.get_logger(__name__)


class Restarting(AgoraError):
    """The server is being restarted: connect again."""


OpenRows = Callable[[Any, UUID], Awaitable[Rows]]
"""Reads the rows on a business's desk over an asyncpg connection."""

Either = Follower | DeskFollower


class Hub:
    """The groups of this process, on `connections` for the looks; woken by `wakeups`."""

    def __init__(self, wakeups: Wakeups, connections: Connections, open_rows: OpenRows) -> None:
        self.wakeups, self.connections, self._open_rows = wakeups, connections, open_rows
        self.groups: dict[Hashable, Group] = {}
        self.desks: dict[UUID, Desk] = {}
        self._by_key: dict[tuple[str, UUID], dict[Group, None]] = {}
        self._missed, self._stopped = asyncio.Event(), False
        for kind in STATEMENTS:
            wakeups.listen(partial(self._heard, kind), kind)
        wakeups.listen(self._heard_of_desk, "desk")

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Meanwhile, look each second whether something came that nobody told of."""
        task = asyncio.create_task(self._look_again_and_again())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            self.stop()

    def stop(self) -> None:
        """End whatever is followed, from now on: the process ends."""
        self._stopped = True
        for group in tuple(self.groups.values()):
            group.end(Restarting())
        for desk in tuple(self.desks.values()):
            desk.end(Restarting())

    def follow(self, following: LogFollowing | DeskFollowing) -> Either:
        """What iterates over the bodies of a subscription. Whoever iterates closes it."""
        if isinstance(following, DeskFollowing):
            return DeskFollower(following, self._desk_group, self._ready)
        return Follower(following, self._group, self._ready)

    async def _ready(self) -> None:
        """Be sure that wake-ups are heard; if they are not for long, the looks do without. Raises Restarting."""
        if self._stopped:
            raise Restarting()
        if not self.wakeups.is_up:
            with suppress(TimeoutError):
                async with asyncio.timeout(LISTENING):
                    await self.wakeups.up()

    def _group(self, following: LogFollowing) -> Group:
        """The group of `following`, with a follower more."""
        name = (following.feed.kind, following.key, following.group)
        group = self.groups.get(name)
        if group is None:
            group = self.groups[name] = Group(following, partial(self._close, name))
            self._by_key.setdefault(name[:2], {})[group] = None
        group.followers += 1
        return group

    def _close(self, name: tuple[str, UUID, Hashable], group: Group) -> None:
        """Know of `group` no more."""
        if self.groups.get(name) is group:
            del self.groups[name]
        beside = self._by_key.get(name[:2], {})
        beside.pop(group, None)
        if not beside:
            self._by_key.pop(name[:2], None)

    def _desk_group(self, following: BoardFollowing) -> DeskGroup:
        """The group of `following`, with a follower more."""
        desk = self.desks.get(following.key)
        if desk is None:
            desk = self.desks[following.key] = Desk(following.key, self._rows, self._close_desk)
        return desk.group(following)

    def _close_desk(self, desk: Desk) -> None:
        if self.desks.get(desk.key) is desk:
            del self.desks[desk.key]

    async def _rows(self, business: UUID) -> Rows:
        async with Deadline(SECONDS).within(self.connections) as connection:
            return await self._open_rows(connection, business)

    def _heard_of_desk(self, key: str, payload: bytes) -> None:
        if not key:
            self._missed.set()
        elif (desk := self.desks.get(UUID(key))) is not None:
            desk.look_again()

    def _heard(self, kind: str, key: str, payload: bytes) -> None:
        """Have those read who follow what a wake-up is about; hand on to them what it carries."""
        if not key:
            self._missed.set()
            return
        groups = self._by_key.get((kind, UUID(key)), ())
        if payload and groups:
            _pass_on(groups, payload)
        elif not payload:
            for group in groups:
                group.flight.ask()

    async def _look_again_and_again(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(POLLED):
                    await self._missed.wait()
            self._missed.clear()
            for desk in self.desks.values():
                desk.look_again()
            for kind in STATEMENTS:
                try:
                    await self._look(kind)
                except Exception as error:  # whatever it is, the next look may do better
                    log.warning("nobody can look at what is followed", kind=kind, cause=type(error).__name__)

    async def _look(self, kind: str) -> None:
        """Have those read whose logs went on, and let go of what is old."""
        keys = [key for of, key in self._by_key if of == kind]
        if not keys:
            return
        found, before = await heads(self.connections, kind, keys), asyncio.get_running_loop().time() - SETTLED
        for key in keys:
            head = found.get(key)
            for group in tuple(self._by_key.get((kind, key), ())):
                group.settle(before)
                if head is None or group.is_behind(head.staff if group.is_staff else head.others, head.epoch):
                    group.flight.ask()


def _pass_on(groups: Iterable[Group], payload: bytes) -> None:
    """Tell the groups that an ephemeral is for: staff, visitors or all."""
    said = orjson.loads(payload)
    for group in groups:
        if said["for"] == "all" or (said["for"] == "staff") is group.is_staff:
            group.pass_on(said["type"], said["values"])

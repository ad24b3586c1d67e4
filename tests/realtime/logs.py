"""A log in memory, and those who follow it: what the engine's followings do, without a database."""

import asyncio
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self
from uuid import UUID, uuid4

import orjson

from app.realtime.followers import Follower
from app.realtime.groups import Group
from graph.engine.access import ANONYMOUS, Viewer
from graph.engine.running.feeds import Entry, Read


class Kind(NamedTuple):
    """A kind of log."""

    kind: str = "chat"
    prefix: str = "Chat"


@dataclass
class Log:
    """Entries of a chat, and who may see them."""

    types: list[str] = field(default_factory=list)
    epoch: int = 1
    is_there: bool = True
    is_down: bool = False
    key: UUID = field(default_factory=uuid4)
    reads: list[int] = field(default_factory=list)
    groups: dict[str, Group] = field(default_factory=dict)

    def add(self, *types: str) -> None:
        """Something happens, and those who follow are told."""
        self.types += types or ("MESSAGE_SENT",)
        self.wake()

    def wake(self) -> None:
        for group in tuple(self.groups.values()):
            group.flight.ask()

    @property
    def group_of_all(self) -> Group:
        """The group of those whom nobody knows."""
        return self.groups[str(ANONYMOUS)]

    def follow(self, after: int | None = None, epoch: int | None = None, viewer: Viewer = ANONYMOUS) -> Follower:
        return Follower(Following(self, after, epoch, viewer), self.group, self.ready)

    async def ready(self) -> None:
        """Nobody has to wait."""

    def group(self, following: Any) -> Group:
        group = self.groups.get(str(following.viewer))
        if group is None:
            group = self.groups[str(following.viewer)] = Group(following, self._close)
        group.followers += 1
        return group

    def _close(self, group: Group) -> None:
        self.groups = {name: other for name, other in self.groups.items() if other is not group}


class Following:
    """A subscription to a log."""

    feed = Kind()
    group: Hashable = "all"

    def __init__(self, log: Log, after: int | None, epoch: int | None, viewer: Viewer) -> None:
        self.log, self.key, self.after, self.epoch, self.viewer = log, log.key, after, epoch, viewer

    async def read(self, after: int, limit: int) -> Read | None:
        log = self.log
        log.reads.append(after)
        head, types, epoch, is_there = len(log.types), tuple(log.types), log.epoch, log.is_there
        await asyncio.sleep(0)
        if log.is_down:
            raise ConnectionError()
        found = enumerate(types[max(after, 0) :][:limit], max(after, 0) + 1) if after >= 0 else ()
        entries = [Entry(seq, uuid4(), type_, b"%d" % seq) for seq, type_ in found]
        return Read(head, epoch, self.viewer.kind == "member", entries) if is_there else None

    def render(self, type_name: str, values: Mapping[str, Any]) -> bytes:
        return orjson.dumps({type_name: values})

    def on_behalf_of(self, viewer: Viewer) -> Self:
        return type(self)(self.log, self.after, self.epoch, viewer)


async def told(follower: Follower, count: int) -> Sequence[Any]:
    """The next bodies, soon."""
    async with asyncio.timeout(10):
        return [orjson.loads(await anext(follower)) for _ in range(count)]


def caught_up(seq: int, epoch: int = 1) -> Any:
    """What says that the replay is over."""
    return {"ChatCaughtUp": {"seq": seq, "epoch": epoch}}

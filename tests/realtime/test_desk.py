"""The rounds of a desk: what one who follows waits for keeps nobody else waiting."""

import asyncio
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self
from uuid import UUID, uuid4

import orjson

from app.realtime.desk import Desk, DeskFollower
from graph.engine.access import ANONYMOUS, Viewer


class Marks(NamedTuple):
    """What is on a desk."""

    sessions: dict[UUID, str]
    agents: dict[UUID, str]


@dataclass
class Board:
    """A desk in memory."""

    sessions: dict[UUID, str] = field(default_factory=dict)
    looks: int = 0
    closed: list[Desk] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.desk = Desk(uuid4(), self.look, self.closed.append)

    async def look(self, key: UUID) -> Marks:
        self.looks += 1
        return Marks(dict(self.sessions), {})

    def follow(self, selection: str, *, readable: asyncio.Event | None = None) -> DeskFollower:
        return DeskFollower(Following(self, selection, readable), self.desk.group, ready)

    def change(self, key: UUID, mark: str) -> None:
        """Something happens, and those who follow are told."""
        self.sessions[key] = mark
        self.desk.look_again()


async def ready() -> None:
    """Nobody has to wait."""


class Following:
    """A subscription to a desk, of which what changed can be read once that is `readable`."""

    viewer: Viewer = ANONYMOUS

    def __init__(self, board: Board, selection: str, readable: asyncio.Event | None) -> None:
        self.board, self.key, self.readable = board, board.desk.key, readable
        self.group: Hashable = selection

    async def is_there(self) -> bool:
        return True

    async def snapshot(self, sessions: Sequence[UUID], agents: Sequence[UUID]) -> bytes:
        return orjson.dumps([self.board.sessions[key] for key in sessions])

    async def changed(self, kind: str, ids: Sequence[UUID]) -> list[bytes | None]:
        if self.readable is not None:
            await self.readable.wait()
        return [orjson.dumps(self.board.sessions[key]) for key in ids]

    def render(self, type_name: str, values: Mapping[str, Any]) -> bytes:
        return orjson.dumps({type_name: values})

    def on_behalf_of(self, viewer: Viewer) -> Self:
        raise NotImplementedError


async def told(follower: DeskFollower) -> Any:
    """The next body, soon."""
    async with asyncio.timeout(10):
        return orjson.loads(await anext(follower))


async def test_who_cannot_be_told_keeps_nobody_else_waiting_and_misses_nothing() -> None:
    board, readable = Board(), asyncio.Event()
    first, second = uuid4(), uuid4()
    slow, quick = board.follow("slow", readable=readable), board.follow("quick")
    assert [await told(one) for one in (slow, quick)] == [[], []]
    board.change(first, "a")
    assert await told(quick) == "a"
    board.change(second, "b")
    assert await told(quick) == "b"
    board.change(first, "c")
    assert await told(quick) == "c"
    assert await told(board.follow("late")) == ["c", "b"]
    readable.set()
    assert sorted([await told(slow) for _ in range(3)]) == ["b", "c", "c"]


async def test_marks_are_looked_at_once_for_all_selections_and_no_more_when_the_last_leaves() -> None:
    board = Board()
    followers = [board.follow(f"selection {place}") for place in range(20)]
    assert await asyncio.gather(*map(told, followers)) == [[]] * 20
    board.change(uuid4(), "a")
    assert await asyncio.gather(*map(told, followers)) == ["a"] * 20
    assert board.looks <= 6  # not 40: rounds share a look, though those that wake a moment later need another
    board.desk.look_again()
    looks = board.looks
    for follower in followers:
        follower.close()
    await asyncio.sleep(0.2)
    assert (board.looks, board.closed, board.desk.groups) == (looks, [board.desk], {})

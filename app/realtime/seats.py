"""A subscription's seat in a group, which it leaves for another when its viewer becomes somebody else."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Generic, Protocol, Self, TypeVar

from app.realtime.following import Subscribed
from app.realtime.waiting import Waiting
from graph.engine.access import Viewer
from graph.engine.errors import AgoraError


class Shared(Protocol):
    """What all who get the same bytes share."""

    following: Any
    ended: AgoraError | None
    waiting: Waiting

    def leave(self) -> None:
        """Be without a follower more."""


F = TypeVar("F", bound=Subscribed)
G = TypeVar("G", bound=Shared)

Ready = Callable[[], Awaitable[None]]
"""Waits until what is new can be noticed at once, but not for long."""


class Seat(Generic[F, G]):
    """Iterates over the bodies of one subscription. It raises the AgoraError that ends it. Whoever iterates closes it.

    `regroup` finds the group of a following, and counts a follower more in it.
    """

    __slots__ = ("_failed", "_over", "_ready", "_regroup", "group", "viewer")

    def __init__(self, following: F, regroup: Callable[[F], G], ready: Ready) -> None:
        self._regroup, self._ready = regroup, ready
        self.viewer, self.group = following.viewer, regroup(following)
        self._over, self._failed = False, None

    _failed: AgoraError | None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        while not self._over:
            if (error := self._failed or self.group.ended) is not None:
                raise error
            try:
                body = await self._next()
            except asyncio.CancelledError:
                if _is_cancelled():
                    raise
                continue  # what was read for a group ended with it, and this seat is elsewhere
            if body is not None:
                return body
        raise StopAsyncIteration

    async def _next(self) -> bytes | None:
        """The next body; None to look again whether all is well."""
        raise NotImplementedError

    def _begin_anew(self) -> None:
        """Know nothing of the group."""
        raise NotImplementedError

    def become(self, viewer: Viewer) -> None:
        """Go on as what the viewer has become, who may see something else; if that cannot be, it is over."""
        if viewer == self.viewer or self._over:
            return
        self.viewer, old = viewer, self.group
        try:
            self.group = self._regroup(old.following.on_behalf_of(viewer))
        except Exception as error:
            self._failed = error if isinstance(error, AgoraError) else AgoraError()
        else:
            self._begin_anew()
            old.leave()
        old.waiting.wake()

    def close(self) -> None:
        """Follow no more."""
        if not self._over:
            self._over = True
            self.group.leave()


def _is_cancelled() -> bool:
    """Whether it is this task that somebody ends, and not only what it waits for."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0

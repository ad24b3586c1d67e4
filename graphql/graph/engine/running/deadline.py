"""How long an operation may wait for the database."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Generic, TypeVar

from graph.engine.errors import DatabaseUnavailable, Timeout

T = TypeVar("T")

WAIT = 3.0
"""Seconds to wait for a connection before it is said that there is none."""


class Deadline:
    """When an operation must be done: `seconds` from now on the running loop."""

    __slots__ = ("at", "seconds")

    def __init__(self, seconds: float) -> None:
        self.seconds, self.at = seconds, asyncio.get_running_loop().time() + seconds

    def within(self, connections: Callable[[], AbstractAsyncContextManager[T]]) -> "Within[T]":
        """A connection for what is left of the time.

        What still runs on it then is cancelled, in PostgreSQL too, and Timeout is raised; DatabaseUnavailable if
        there was no connection by then, or for `WAIT` seconds.
        """
        return Within(self, connections())


class Within(AbstractAsyncContextManager[T], Generic[T]):
    """A connection until the deadline. `asyncio.timeout` in a generator does the same and takes four times as long."""

    __slots__ = ("_before", "_borrowed", "_deadline", "_got", "_loop", "_rang", "_task", "_timer")

    def __init__(self, deadline: Deadline, borrowed: AbstractAsyncContextManager[T]) -> None:
        self._deadline, self._borrowed = deadline, borrowed
        self._got = self._rang = False

    async def __aenter__(self) -> T:
        """Wait for the connection."""
        task = asyncio.current_task()
        assert task is not None
        self._task, self._before, self._loop = task, task.cancelling(), asyncio.get_running_loop()
        self._timer = self._loop.call_at(min(self._loop.time() + WAIT, self._deadline.at), self._ring)
        try:
            connection = await self._borrowed.__aenter__()
        except BaseException as error:
            self._timer.cancel()
            self._tell(error)
            raise
        self._got = True
        return connection

    async def __aexit__(
        self, type_: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the connection back, when PostgreSQL has cancelled what was running."""
        self._timer.cancel()
        await self._borrowed.__aexit__(type_, error, trace)
        self._tell(error)

    def _ring(self) -> None:
        """The timer is set for the wait; if there is a connection by then, it is set again for the deadline."""
        if self._got and self._loop.time() < self._deadline.at:
            self._timer = self._loop.call_at(self._deadline.at, self._ring)
            return
        self._rang = True
        self._task.cancel()

    def _tell(self, error: BaseException | None) -> None:
        """Say what happened if it was the timer that cancelled the task, and nobody else did."""
        if self._rang and isinstance(error, asyncio.CancelledError) and self._task.uncancel() <= self._before:
            raise self._passed() if self._got else DatabaseUnavailable()

    def _passed(self) -> Timeout:
        seconds = self._deadline.seconds
        told = f"The operation took longer than {seconds:g} s and was stopped; ask for less at once."
        return Timeout(told, limit="seconds", allowed=seconds)

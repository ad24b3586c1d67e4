"""One thing that is done again and again, never twice at a time: who asks shares what begins afterwards."""

import asyncio
from collections.abc import Awaitable, Callable


class Flight:
    """Does `work` whenever it was asked for since it last began, with a `pause` from one time to the next.

    The work raises nothing: who asks looks at what came of it.
    """

    __slots__ = ("_asked", "_is_stopped", "_pause", "_task", "_work")

    def __init__(self, work: Callable[[], Awaitable[None]], pause: float = 0.0) -> None:
        self._work, self._pause = work, pause
        self._asked: asyncio.Future[None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_stopped = False

    def ask(self, within: float = 0.0) -> asyncio.Future[None]:
        """Have it done once more; what is returned comes with the end of a run that began after this.

        It begins `within` so many seconds, so that others can join in. Whoever waits shields the future: it is shared.
        """
        if self._asked is None:
            self._asked = asyncio.get_running_loop().create_future()
        asked = self._asked
        if self._is_stopped:
            self._land()
        elif self._task is None:
            self._task = asyncio.create_task(self._run(within))
        return asked

    async def _run(self, within: float) -> None:
        try:
            await asyncio.sleep(within)
            while (asked := self._asked) is not None:
                self._asked = None
                try:
                    await self._work()
                finally:
                    if not asked.done():
                        asked.set_result(None)
                if self._pause:
                    await asyncio.sleep(self._pause)
        finally:
            self._task = None

    def stop(self) -> None:
        """Do no more; whoever waits goes on."""
        self._is_stopped = True
        self._land()
        if self._task is not None:
            self._task.cancel()

    def _land(self) -> None:
        """Have those go on who wait for what will not begin."""
        if self._asked is not None and not self._asked.done():
            self._asked.set_result(None)
        self._asked = None

"""Those who wait for the next: woken some at a time, so that others are served between them."""

import asyncio

SLICE = 128
"""Who is woken at once. Each then sends what came, in 30 us or so: all of them take less than 5 ms."""


class Waiting:
    """Followers that have got all there is."""

    __slots__ = ("_futures",)

    def __init__(self) -> None:
        self._futures: dict[asyncio.Future[None], None] = {}

    async def wait(self) -> None:
        """Wait until there may be something."""
        future = asyncio.get_running_loop().create_future()
        self._futures[future] = None
        try:
            await future
        finally:
            self._futures.pop(future, None)

    def wake(self) -> None:
        """Wake all who wait now."""
        waiting, self._futures = list(self._futures), {}
        _wake(waiting, 0)


def _wake(waiting: list[asyncio.Future[None]], start: int) -> None:
    """Those from `start` on: a slice of them now, the others when the loop has looked at its sockets again."""
    for future in waiting[start : start + SLICE]:
        if not future.done():
            future.set_result(None)
    if start + SLICE < len(waiting):
        asyncio.get_running_loop().call_soon(_wake, waiting, start + SLICE)

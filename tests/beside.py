"""What is asynchronous, for those who cannot await it."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, TypeVar

T = TypeVar("T")


class Beside:
    """Runs what is asynchronous to its end, on a loop and in a thread of its own."""

    def __enter__(self) -> "Beside":
        self.thread = ThreadPoolExecutor(1)
        self.runner = asyncio.Runner()
        return self

    def __call__(self, work: Coroutine[Any, Any, T]) -> T:
        return self.thread.submit(self.runner.run, work).result()

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.thread.submit(self.runner.close).result()
        self.thread.shutdown()

"""What carries lines of text from one process to all."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

PROBED = 5.0
"""Seconds after which a connection that says nothing is asked, and as many until it is given up."""

CONNECTING = 3.0
"""Seconds within which a connection is made, or not."""

Hear = Callable[[str], None]


class Line(Protocol):
    """A connection by which lines go out to all processes, this one too."""

    async def send(self, texts: Sequence[str]) -> None:
        """Send lines in their order; with none, look whether all is well. Raises whatever breaks the connection."""


class Carrier(Protocol):
    """Makes such connections."""

    def connected(self, hear: Hear, broken: Callable[[], None]) -> AbstractAsyncContextManager[Line]:
        """A connection that listens already; each line is given to `hear`, and `broken` is called when it breaks.

        Then the next `send` raises. Raises itself if no connection can be made.
        """

"""How many connections that stay open may come from one place, or be one viewer's."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address

from app.http.reading import BadRequest
from graph.access.viewers import KEY
from graph.context import Context

OF_ADDRESS = 500
"""Connections from one address. An office or a carrier stands behind one, and each is 40 KiB: 20 MB a place at most."""

OF_VIEWER = 100
"""Connections of one person or visitor: every tab on every device, and what was not closed yet after a cut."""

OF_KEY = 1_000
"""Connections of one key: a program's processes."""

TOO_MANY = "There are too many connections from here: close some, and try again later."

RETRY = (b"retry-after", b"10")


class Crowd:
    """Counts who is connected. Whoever is on this machine is not counted: a proxy that names nobody is that too."""

    def __init__(self) -> None:
        self._counts = Counter[str]()

    @contextmanager
    def from_address(self, address: str | None) -> Iterator[None]:
        """One more connection from `address` meanwhile. BadRequest if there are too many."""
        with self._one_more(f"address:{address}", OF_ADDRESS, address):
            yield

    @contextmanager
    def of(self, context: Context) -> Iterator[None]:
        """One more connection of the viewer meanwhile. BadRequest if there are too many."""
        most = OF_KEY if context.viewer.kind.startswith(KEY) else OF_VIEWER
        with self._one_more(context.who, most if context.is_known else OF_ADDRESS, context.client.ip):
            yield

    @contextmanager
    def _one_more(self, name: str, most: int, address: str | None) -> Iterator[None]:
        if address is None or _is_here(address):
            yield
            return
        if self._counts[name] >= most:
            raise BadRequest(429, TOO_MANY, RETRY)
        self._counts[name] += 1
        try:
            yield
        finally:
            self._counts[name] -= 1
            if not self._counts[name]:
                del self._counts[name]


def _is_here(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False

"""Where a request comes from."""

from typing import NamedTuple


class Client(NamedTuple):
    """The address and the name of whoever sends a request."""

    ip: str | None = None
    user_agent: str | None = None

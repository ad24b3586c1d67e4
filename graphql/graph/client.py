"""Where a request comes from."""

from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple


class Client(NamedTuple):
    """The address and the name of whoever sends a request."""

    ip: str | None = None
    user_agent: str | None = None
    request_id: str | None = None
    """By what name whoever sends it, or a proxy, knows the request."""
    origin: str | None = None
    """The site whose page sends it, like https://shop.example, if a page does."""

    @property
    def address(self) -> IPv4Address | IPv6Address | None:
        """The address if it is one: a socket has a name, and a proxy may say anything."""
        try:
            return ip_address(self.ip or "")
        except ValueError:
            return None

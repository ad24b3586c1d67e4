"""Which addresses a call may go to, decided on the address that is really connected to.

A name is resolved once, all of what it stands for is looked at, and the connection is made to what was looked at. So a
name that stands for something else a moment later helps nobody.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

import httpcore

Address = IPv4Address | IPv6Address

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""From a host and a port to the addresses that it stands for. Raises OSError if there are none."""

UNICAST = IPv6Network("2000::/3")
"""All that is given out for use between networks: https://www.iana.org/assignments/ipv6-address-space."""

NAT64 = IPv6Network("64:ff9b::/96")
"""IPv4 behind a translator (RFC 6052); it leads to whatever is in the last 32 bits."""

NOT_FOR_CALLS = tuple(
    ip_network(net)
    for net in (
        "192.0.0.0/24",  # protocols among themselves (RFC 6890), even those that Python takes for global
        "192.31.196.0/24",  # AS112: a sink (RFC 7535)
        "192.52.193.0/24",  # multicast by tunnels (RFC 7450)
        "192.88.99.0/24",  # relays of 6to4 (RFC 7526)
        "192.175.48.0/24",  # AS112 (RFC 7534)
        "2001::/23",  # protocols among themselves, Teredo too (RFC 4380)
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: IPv4 inside, and no longer in use (RFC 7526)
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation (RFC 9637)
        "5f00::/16",  # segment routing (RFC 9602)
    )
)
"""What is in the registries of special addresses and no server of anybody's."""


_LOOKING_UP = ThreadPoolExecutor(32, thread_name_prefix="looking up")
"""Threads of its own: names that nobody answers for keep no other work waiting."""


class Unknown(Exception):
    """Nobody knows the host."""


class NotAllowed(Exception):
    """The host stands for an address that may not be called."""


def is_public(address: Address) -> bool:
    """Whether `address` can be a server on the internet, and nothing inside a network of anybody's."""
    if isinstance(address, IPv6Address) and address in NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    if isinstance(address, IPv6Address) and (address not in UNICAST or address.scope_id):
        return False  # with that v4-mapped ones too, whatever they lead to
    special = address.is_multicast or address.is_reserved or address.is_unspecified or address.is_loopback
    inside = address.is_private or address.is_link_local or any(address in net for net in NOT_FOR_CALLS)
    return address.is_global and not special and not inside


async def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of `host` as the system knows them, in its order of preference."""
    look_up = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    found = await asyncio.get_running_loop().run_in_executor(_LOOKING_UP, look_up)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


class Guard(httpcore.AsyncNetworkBackend):
    """Makes connections to addresses that were looked at, and to no others."""

    def __init__(self, find: Resolve, private: bool) -> None:
        self._find, self._private = find, private
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (httpcore's own name)
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first address of `host` that answers, all within `timeout`. Raises NotAllowed."""
        try:
            async with asyncio.timeout(timeout):
                return await self._connect(host, port, local_address, socket_options)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout from error

    async def _connect(self, host: str, port: int, *more: Any) -> httpcore.AsyncNetworkStream:
        addresses = await self._allowed(host, port)
        for address in addresses[:-1]:
            with suppress(httpcore.ConnectError):
                return await self._inner.connect_tcp(address, port, None, *more)
        return await self._inner.connect_tcp(addresses[-1], port, None, *more)

    async def _allowed(self, host: str, port: int) -> Sequence[str]:
        """The addresses of `host`, if all of them may be called."""
        try:
            found = await self._find(host, port)
        except (OSError, UnicodeError) as error:
            raise Unknown from error
        if not found:
            raise Unknown
        if not self._private and not all(is_public(ip_address(address)) for address in found):
            raise NotAllowed
        return found

    async def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        """Never."""
        raise NotAllowed

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await self._inner.sleep(seconds)

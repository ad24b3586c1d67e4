"""Whose pages send requests: this site's, those of sites that were named, or any other's."""

from collections.abc import Collection, Mapping
from typing import Any

Headers = Mapping[bytes, bytes]

LOCAL = ("127.0.0.1", "::1", "localhost")
UNNAMED = ("*", "null")
"""What names no site, so that nobody's cookie is believed for it."""


class Site:
    """This site: who belongs to it, and whether browsers reach it by https."""

    def __init__(self, origins: Collection[str] = (), *, secure: bool = False) -> None:
        self.origins, self.secure = frozenset(origins), secure
        self.named = self.origins.difference(UNNAMED)

    def is_secure(self, scope: Any) -> bool:
        """Whether the browser asks by https; behind a proxy that does not say so, a setting does."""
        return self.secure or scope["scheme"] in ("https", "wss")

    def is_foreign(self, headers: Headers) -> bool:
        """Whether a page sends the request that is neither of this site nor of one of the `origins`."""
        given = origin(headers)
        if given is None or given in self.origins or "*" in self.origins:
            return False
        return given.partition("://")[2] != headers.get(b"host", b"").decode("latin-1")

    def is_own(self, scope: Any, headers: Headers) -> bool:
        """Whether it is certain that a page of this site, or of one that was named, sends the request."""
        given = origin(headers)
        if given is None:
            return headers.get(b"sec-fetch-site") == b"same-origin"
        scheme = "https" if self.is_secure(scope) else "http"
        return given in self.named or given == f"{scheme}://{headers.get(b'host', b'').decode('latin-1')}"


def origin(headers: Headers) -> str | None:
    """The site whose page sends the request, if it is a page."""
    given = headers.get(b"origin")
    return given.decode("latin-1") if given else None


def is_local(scope: Any, headers: Headers) -> bool:
    """Whether somebody at this machine asks for this machine: another name in Host may be a site that was rebound."""
    address = scope.get("client")
    return address is not None and address[0] in LOCAL and host_is_local(headers)


def host_is_local(headers: Headers) -> bool:
    """Whether the browser was told a name of its own machine."""
    host = headers.get(b"host", b"").decode("latin-1")
    name = host.rpartition(":")[0].strip("[]") if not host.endswith("]") and ":" in host else host.strip("[]")
    return name in LOCAL

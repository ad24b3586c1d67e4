"""The client for calls to addresses that users give."""

import asyncio
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from types import TracebackType
from typing import Self

import httpcore
import httpx

from app.outgoing.addresses import Guard, NotAllowed, Resolve, Unknown, resolve

READ, KEPT = 64 * 1024, 2_000
"""Bytes of an answer that are read, and characters of it that are kept."""

CONNECT_SECONDS = 10.0
"""For how long a connection is waited for at most, with looking the name up and TLS."""

LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=0)
"""No connection is used again: what it leads to was looked at for one call."""


class NotReached(Exception):
    """There was no answer; `reason` is a sentence for whoever gave the address."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, the beginning of the text, and how long it took."""

    status: int
    text: str
    duration_ms: int
    retry_after: str | None = None
    """When it wants to be asked again, as it says it: in seconds, or a date."""


class Outgoing:
    """Calls addresses, public ones unless `private` says that all may be called.

    `tls` says whom to trust, by default whom certifi does; `find` looks names up.
    """

    def __init__(self, *, private: bool = False, tls: ssl.SSLContext | None = None, find: Resolve = resolve) -> None:
        self._client = httpx.AsyncClient(
            transport=_Guarded(Guard(find, private), tls or httpx.create_ssl_context(trust_env=False)),
            trust_env=False,
            follow_redirects=False,
            headers={"user-agent": f"Agora/{version('agora')}", "accept": "*/*", "accept-encoding": "identity"},
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, type_: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def call(
        self,
        url: str,
        *,
        body: bytes,
        headers: Mapping[str, str],
        timeout: float,  # noqa: ASYNC109 (what is bounded is the whole, with what httpx bounds by itself)
    ) -> Answer:
        """POST `body` to `url`, and what came back within `timeout` seconds. Raises NotReached.

        A redirect is an answer like any; nobody follows it.
        """
        request = self._request(url, body, headers, timeout)
        began = time.monotonic()
        try:
            async with asyncio.timeout(timeout):
                response, read = await self._sent(request)
        except (httpx.HTTPError, httpx.StreamError, TimeoutError, Unknown, NotAllowed, ssl.SSLError, OSError) as error:
            raise NotReached(_reason(error, timeout)) from error
        took = round((time.monotonic() - began) * 1000)
        return Answer(response.status_code, _text(read), took, response.headers.get("retry-after"))

    def _request(self, url: str, body: bytes, headers: Mapping[str, str], seconds: float) -> httpx.Request:
        try:
            given = httpx.URL(url)
        except (httpx.InvalidURL, UnicodeError, ValueError):
            raise NotReached("The address is none that can be called.") from None
        if given.scheme not in ("http", "https") or not given.host or not 0 < (given.port or 443) < 2**16:
            raise NotReached("The address is none that can be called.")
        if given.userinfo:
            raise NotReached("The address holds a user name or password, and is not called.")
        times = httpx.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS))
        return self._client.build_request("POST", given, content=body, headers=dict(headers), timeout=times)

    async def _sent(self, request: httpx.Request) -> tuple[httpx.Response, bytes]:
        """The answer, and the beginning of what it holds as it came over the wire."""
        response = await self._client.send(request, stream=True)
        read = bytearray()
        try:
            async for part in response.aiter_raw():
                read += part
                if len(read) >= READ:
                    break
        finally:
            await response.aclose()
        return response, bytes(read[:READ])


def guarded(*, private: bool = False, find: Resolve = resolve) -> httpx.AsyncBaseTransport:
    """What connects to public addresses only, unless `private`: for clients that read answers as they come.

    It raises Unknown and NotAllowed beside what httpx does.
    """
    return _Guarded(Guard(find, private), httpx.create_ssl_context(trust_env=False))


class _Guarded(httpx.AsyncHTTPTransport):
    """httpx's transport over connections that are guarded; it has no other place for them."""

    def __init__(self, guard: Guard, tls: ssl.SSLContext) -> None:
        super().__init__(verify=tls, trust_env=False, limits=LIMITS)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=None,
            max_keepalive_connections=0,
            http1=True,
            http2=False,
            network_backend=guard,
        )


def _text(read: bytes) -> str:
    """The beginning as text that PostgreSQL can keep."""
    return read.decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")[:KEPT]


def _reason(error: BaseException, seconds: float) -> str:
    """Why there was no answer, in a sentence that says nothing of our network."""
    if isinstance(error, NotAllowed):
        return "The address leads into a private or reserved network, and is not called."
    if isinstance(error, Unknown):
        return "The name of the host is not known."
    if isinstance(error, httpx.ConnectTimeout):
        return "No connection was made in time."
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return f"There was no whole answer within {seconds:g} s."
    causes = [error]
    while (cause := causes[-1].__cause__ or causes[-1].__context__) and cause not in causes:
        causes.append(cause)
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return "The certificate of the host could not be verified."
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return "No encrypted connection could be made."
    if isinstance(error, httpx.ConnectError | OSError):
        return "The host took no connection."
    return "The connection ended before there was an answer, or it was not one of HTTP."

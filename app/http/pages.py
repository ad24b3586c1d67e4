"""The pages that people look at: GraphiQL and the two sides of a chat, as `make web` builds them.

A page's script is a file of ours and nothing else may run: what the server tells it stands in a block of JSON.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.http.files import files_route
from app.http.graphiql import examples
from app.http.graphiql import page as page_of_the_cdn
from app.http.sites import Headers, is_local

GIVEN = '<script type="application/json" id="given"></script>'
"""Where the pages expect what they are told."""

PLAIN_HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]+)?|\[[0-9A-Fa-f:]+\](:[0-9]+)?")

STRICT = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}
"""What every page may load."""

DEMO = {**STRICT, "require-trusted-types-for": "'script'"}
EXPLORER = {
    **STRICT,
    "style-src": "'self' 'unsafe-inline'",
    "font-src": "'self' data:",
    "worker-src": "'self'",
}
"""GraphiQL's editor is Monaco: it works in workers, and writes its colours and the places of its lines as inline
styles, for which it takes no nonce; GraphiQL's fonts are in its style sheet. Scripts stay ours."""

GUARDED = {
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "vary": "accept, accept-encoding",
    "x-frame-options": "DENY",
}
ANSWERING = ("admin", "owner", "manager", "staff")
"""Who of the sample data's people may answer chats."""

MISSING = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Agora</title>
<p>This page is not built yet. Build it once with <code>make web</code>, then load it again.</p></html>
"""


class Pages:
    """The pages of a folder that `make web` fills, and of the people whom somebody at this machine may be."""

    def __init__(self, folder: Path, people: Mapping[str, Mapping[str, str]]) -> None:
        self.folder, self.people = folder, people

    def graphiql(self, scope: Any, headers: Headers) -> tuple[dict[str, str], bytes]:
        """The headers and the body of GraphiQL; as administrator of the sample data for whom that may be told.

        Without the built one it is the page whose files come from a CDN.
        """
        person = self._shown(scope, headers).get("admin")
        built = self._built("graphiql")
        token = person["token"] if person else None
        if built is None:
            return _headers(bool(token)), page_of_the_cdn(token)
        given = {"tabs": examples(), "headers": {"authorization": f"Bearer {token}"} if token else {}}
        return _headers(bool(token), policy(EXPLORER, scope, headers)), filled(built, given)

    def demo(self, name: str, scope: Any, headers: Headers) -> tuple[int, dict[str, str], bytes]:
        """The status, the headers and the body of a page of the demonstration."""
        built = self._built(name)
        if built is None:
            return 503, _headers(True, policy(STRICT, scope, headers)), MISSING.encode()
        people = self._shown(scope, headers) if name == "desk" else {}
        given = {"people": [{"name": one, **people[one]} for one in ANSWERING if one in people]}
        return 200, _headers(bool(people), policy(DEMO, scope, headers)), filled(built, given)

    def _shown(self, scope: Any, headers: Headers) -> Mapping[str, Mapping[str, str]]:
        """The people whose tokens may be told: to a page that somebody at this machine opens, never to a script."""
        opened = headers.get(b"sec-fetch-dest", b"document") == b"document" and b"origin" not in headers
        return self.people if opened and is_local(scope, headers) else {}

    def _built(self, name: str) -> str | None:
        try:
            text = (self.folder / f"{name}.html").read_text()
        except FileNotFoundError:
            return None
        return text if text.count(GIVEN) == 1 else None


def routes(folder: Path) -> Iterable[Route]:
    """Where the demonstration and the files of all pages are."""
    yield Route("/web/assets/{name}", files_route(folder / "assets"))
    for name in ("chat", "desk"):
        yield Route(f"/demo/{name}", _demo_route(name))


def _demo_route(name: str) -> Callable[[Request], Awaitable[Response]]:
    async def demo(request: Request) -> Response:
        pages: Pages = request.app.state.pages
        status, headers, body = pages.demo(name, request.scope, dict(request.headers.raw))
        return Response(body, status, {**headers, "x-content-type-options": "nosniff"}, "text/html; charset=utf-8")

    return demo


def policy(rules: Mapping[str, str], scope: Any, headers: Headers) -> str:
    """The Content-Security-Policy of a page: it may ask this server, by WebSocket too, and nobody else."""
    host = headers.get(b"host", b"").decode("latin-1")
    socket = "wss" if scope["scheme"] in ("https", "wss") else "ws"
    asked = f"'self' {socket}://{host}" if PLAIN_HOST.fullmatch(host) else "'self'"
    return "; ".join(f"{name} {value}" for name, value in {**rules, "connect-src": asked}.items())


def filled(page: str, given: Any) -> bytes:
    """`page` with what it is told; nothing in that ends the block."""
    text = orjson.dumps(given).decode().replace("<", "\\u003c")
    return page.replace(GIVEN, GIVEN.replace("></", f">{text}</")).encode()


def _headers(private: bool, content_policy: str | None = None) -> dict[str, str]:
    caching = {"cache-control": "no-store" if private else "no-cache"}
    return {**GUARDED, **caching, **({"content-security-policy": content_policy} if content_policy else {})}

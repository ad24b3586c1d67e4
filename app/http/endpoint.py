"""GraphQL over HTTP and server-sent events: an ASGI endpoint of our own.

Without a database a request costs 9 us here, 16 in a Starlette handler and 62 to 138 in Strawberry's view.
"""

from collections.abc import Iterable, Mapping
from contextlib import closing
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs

import orjson
from starlette.types import Receive, Scope, Send

from app.http.compression import WORTHWHILE, compressed
from app.http.cookies import Cookies
from app.http.credentials import VISIT, Doorman, bearer, body_limit
from app.http.crowd import Crowd
from app.http.events import COMPLETE, EventStream, event
from app.http.negotiation import CODING, EVENTS, IS_JSON, JSON, MEDIA, Media, accepts_page
from app.http.pages import Pages
from app.http.reading import NOTHING, BadRequest, read, wanted
from app.http.sites import origin
from app.http.streaming import Streams
from app.http.sweep import Sweep
from app.realtime import Either
from graph.context import Context
from graph.engine.answer import Answer, Engine, Operation
from graph.engine.costs.charging import RateLimited
from graph.engine.writing.refusals import REFUSALS

Header = tuple[bytes, bytes]
Headers = Mapping[bytes, bytes]

NO_SNIFFING: Header = (b"x-content-type-options", b"nosniff")
VARY: Header = (b"vary", b"accept, accept-encoding")
RATE_HEADERS = ("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "retry-after")
NO_STORE: Header = (b"cache-control", b"no-store")
STREAMED: tuple[Header, ...] = (NO_STORE, NO_SNIFFING, (b"x-accel-buffering", b"no"))
"""For streams that last: nginx would wait for more before it hands anything on."""
PARAMETERS = ("query", "variables", "operationName", "extensions", "documentId")
MOST_PARAMETERS = 20

NOT_ALLOWED = "METHOD_NOT_ALLOWED"
LIMITED = RateLimited.code
STATUS = {"UNAUTHENTICATED": 401, "FORBIDDEN": 403}
"""The status that tells of a refusal; 400 for every other."""


class GraphQLEndpoint:
    """Answers POST and GET; a browser that asks for a page gets GraphiQL. `hardened`, it answers only POST."""

    def __init__(
        self,
        engine: Engine,
        doorman: Doorman,
        pages: Pages,
        streams: Streams,
        sweep: Sweep,
        crowd: Crowd,
        *,
        body_limit: int,
        hardened: bool = False,
    ) -> None:
        self.streams, self.sweep, self.crowd = streams, sweep, crowd
        self.doorman, self.pages, self.body_limit, self.hardened = doorman, pages, body_limit, hardened
        self.record = doorman.record
        self.answer = self.record.counting(engine.answer)
        self.methods = b"POST" if hardened else b"GET, HEAD, POST"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        media: Media | None = JSON
        cookies: Cookies | None = None
        try:
            headers = joined(scope["headers"])
            media = MEDIA[headers.get(b"accept", b"")]
            cookies = Cookies(self.doorman.site, scope, headers)
            operation = await self._operation(scope, headers, media, cookies, receive)
            if operation is None or media is None:
                await self._page(scope, headers, send)
            elif media is EVENTS:
                await self._events(scope, headers, cookies, operation, receive, send)
            else:
                await self._answer(scope, headers, media, cookies, operation, send)
        except BadRequest as error:
            body, sent = _refusal(error), cookies.sent if cookies else ()
            if VISIT in scope:
                self.record.calls.note_refusal(scope[VISIT], error.status, error.code, len(body))
            await _send(send, error.status, [(b"content-type", _plain(media)), *error.headers, *sent], body)

    async def _answer(
        self, scope: Scope, headers: Headers, media: Media, cookies: Cookies, operation: Operation, send: Send
    ) -> None:
        answer = await self.answer(operation)
        await self._note(scope, operation, answer, _status(answer, media))
        if not await _limited(send, media, answer, cookies):
            more = (VARY, *_private(cookies)) if operation.read_only else cookies.sent
            more = (*more, *_told(answer))
            await _respond(send, headers, _status(answer, media), media.content_type, answer.body, *more)

    async def _events(
        self, scope: Scope, headers: Headers, cookies: Cookies, operation: Operation, receive: Receive, send: Send
    ) -> None:
        """Answer by events, unless there are too many connections from there. Raises BadRequest."""
        if scope["method"] == "HEAD":
            raise BadRequest(405, "Events are sent by GET and POST.", (b"allow", b"GET, POST"))
        context = operation.context
        with self.crowd.from_address(context.client.ip), self.crowd.of(context):
            answer = await self.streams.begin(operation)
            if isinstance(answer, Answer):
                await self._tell(scope, cookies, operation, answer, send)
                return
            with closing(answer):
                await self._note(scope, operation, Answer(b""), 200)
                await self._follow(headers, cookies, operation, answer, receive, send)

    async def _tell(self, scope: Scope, cookies: Cookies, operation: Operation, answer: Answer, send: Send) -> None:
        """Send the one event of what is no subscription."""
        await self._note(scope, operation, answer, _status(answer, EVENTS))
        if not await _limited(send, EVENTS, answer, cookies):
            headers_sent = [(b"content-type", EVENTS.content_type), NO_STORE, *_told(answer), *cookies.sent]
            await _send(send, 200, headers_sent, event(answer.body) + COMPLETE)

    async def _follow(
        self,
        headers: Headers,
        cookies: Cookies,
        operation: Operation,
        follower: Either,
        receive: Receive,
        send: Send,
    ) -> None:
        """Send what a subscription follows, for as long as it lasts."""
        token = bearer(headers[b"authorization"].decode("latin-1")) if b"authorization" in headers else cookies.token
        stream = EventStream(follower, token, operation.context.client, origin(headers))
        headers_sent = [(b"content-type", EVENTS.content_type), *STREAMED, *cookies.sent]
        with self.sweep.watching(stream):
            await stream.run(headers_sent, receive, send)

    async def _note(self, scope: Scope, operation: Operation, answer: Answer, status: int) -> None:
        if answer.code is not None or REFUSALS.get():
            await self.record.note_refusals(operation, answer.code)
        if VISIT in scope:
            self.record.calls.note(scope[VISIT], operation, answer, status)

    async def _page(self, scope: Scope, headers: Headers, send: Send) -> None:
        """GraphiQL; on this machine it may ask as the administrator of the sample data."""
        told, body = self.pages.graphiql(scope, headers)
        more = [(name.encode(), value.encode()) for name, value in told.items()]
        await _respond(send, headers, 200, b"text/html; charset=utf-8", body, *more)

    async def _operation(
        self, scope: Scope, headers: Headers, media: Media | None, cookies: Cookies, receive: Receive
    ) -> Operation | None:
        """What is asked; None for the page."""
        match scope["method"]:
            case "POST":
                _check_media(media)
                wants = headers.get(b"x-agora-extensions")
                context = await self.doorman.context(scope, headers, cookies)
                body = await self._body(headers, receive, body_limit(context, self.body_limit))
                if VISIT in scope:
                    scope[VISIT].request_bytes = len(body)
                return read(_json(body), context, wants=_wants(wants) if wants else NOTHING)
            case "GET" | "HEAD" if not self.hardened:
                if _is_page(scope, headers):
                    return None
                return self._from_query(scope, headers, media, await self.doorman.context(scope, headers, cookies))
        raise BadRequest(405, "Use POST." if self.hardened else "Use POST or GET.", (b"allow", self.methods))

    async def _body(self, headers: Headers, receive: Receive, limit: int) -> bytes:
        if not IS_JSON[headers.get(b"content-type", b"")]:
            raise BadRequest(415, "Send the operation as application/json in UTF-8.")
        if b"content-encoding" in headers and headers[b"content-encoding"].lower() != b"identity":
            raise BadRequest(415, "Send the operation without a content-encoding.", (b"accept-encoding", b"identity"))
        chunks, size, more = [], 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise BadRequest(400, "The request broke off.")
            chunks.append(message.get("body", b""))
            size += len(chunks[-1])
            if size > limit:
                raise BadRequest(413, f"The body is larger than {limit} bytes.")
            more = message.get("more_body", False)
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def _from_query(self, scope: Scope, headers: Headers, media: Media | None, context: Context) -> Operation | None:
        given: dict[str, Any] = dict(_parameters(scope["query_string"], body_limit(context, self.body_limit)))
        if not given.keys() & set(PARAMETERS) and accepts_page(headers.get(b"accept", b"")):
            return None
        _check_media(media)
        for name in given.keys() & {"variables", "extensions"}:
            try:
                given[name] = orjson.loads(given[name])
            except orjson.JSONDecodeError:
                raise BadRequest(400, f'The parameter "{name}" is not JSON.') from None
        return read(given, context, read_only=True, wants=_wants(headers.get(b"x-agora-extensions", b"")))


def _is_page(scope: Scope, headers: Headers) -> bool:
    """Whether a browser asks for the page itself, whoever its cookie is of."""
    return not scope["query_string"] and accepts_page(headers.get(b"accept", b""))


def _private(cookies: Cookies) -> Iterable[Header]:
    """What keeps an answer out of caches that do not know whose cookie it is for."""
    return (NO_STORE, *cookies.sent) if cookies.token else cookies.sent


def _parameters(query_string: bytes, limit: int) -> Iterable[tuple[str, str]]:
    if len(query_string) > limit:
        raise BadRequest(414, f"The query string is longer than {limit} bytes; use POST.")
    try:
        text = query_string.decode("ascii")
        pairs = parse_qs(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS)
    except (UnicodeDecodeError, ValueError):
        raise BadRequest(400, f"The query string is not UTF-8, or has more than {MOST_PARAMETERS} parts.") from None
    for name, values in pairs.items():
        if name in PARAMETERS and len(values) > 1:
            raise BadRequest(400, f'The parameter "{name}" is given {len(values)} times.')
        yield name, values[0]


def joined(pairs: list[Header]) -> Headers:
    """Headers by name. What is given in several parts is put together; a body has one type only."""
    headers = dict(pairs)
    if len(headers) == len(pairs):
        return headers
    parts: dict[bytes, list[bytes]] = {}
    for name, value in pairs:
        parts.setdefault(name, []).append(value)
    if len(parts.get(b"content-type", ())) > 1:
        raise BadRequest(400, "The header content-type is given more than once.")
    return {name: b", ".join(values) for name, values in parts.items()}


def _check_media(media: Media | None) -> None:
    if media is None:
        raise BadRequest(406, "Accept application/graphql-response+json or application/json, in UTF-8.")


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise BadRequest(400, "The body is not JSON in UTF-8.") from None


@lru_cache(maxsize=64)
def _wants(header: bytes) -> frozenset[str]:
    return wanted(header.decode("latin-1"))


def _status(answer: Answer, media: Media) -> int:
    if answer.code == NOT_ALLOWED:
        return 405
    return STATUS.get(answer.code or "", 400) if answer.refused and media.telling else 200


def _told(answer: Answer) -> tuple[Header, ...]:
    """What is left of the limits, and when to come again if that is nothing."""
    if answer.rate is None:
        return ()
    limit, remaining, reset = answer.rate
    told = (
        (b"ratelimit-limit", b"%d" % limit),
        (b"ratelimit-remaining", b"%d" % remaining),
        (b"ratelimit-reset", b"%d" % reset),
    )
    return told if answer.retry_after is None else (*told, (b"retry-after", b"%d" % answer.retry_after))


def _plain(media: Media | None) -> bytes:
    """The type of an answer that is no event, whatever was asked for."""
    return (media if media and media is not EVENTS else JSON).content_type


async def _limited(send: Send, media: Media, answer: Answer, cookies: Cookies) -> bool:
    """Send an answer that the status tells of whatever was asked for: it is not for GET, or a limit is used up."""
    told = [(b"content-type", _plain(media)), *_told(answer), *cookies.sent]
    if answer.code == NOT_ALLOWED:
        await _send(send, 405, [*told, (b"allow", b"POST")], answer.body)
    elif answer.code == LIMITED:
        await _send(send, 429, told, answer.body)
    return answer.code in (NOT_ALLOWED, LIMITED)


async def _respond(send: Send, given: Headers, status: int, content_type: bytes, body: bytes, *more: Header) -> None:
    """Send `body`, compressed if it is worth it to a client with the headers `given`."""
    headers = [(b"content-type", content_type), *more]
    if len(body) >= WORTHWHILE:
        coding = CODING[given.get(b"accept-encoding", b"")]
        if VARY not in headers:
            headers.append(VARY)
        if coding:
            headers.append((b"content-encoding", coding.encode()))
            body = await compressed(body, coding)
    await _send(send, status, headers, body)


def _refusal(error: BadRequest) -> bytes:
    return orjson.dumps({"errors": [{"message": error.message, "extensions": {"code": error.code}}]})


async def _send(send: Send, status: int, headers: list[Header], body: bytes) -> None:
    headers += ((b"content-length", b"%d" % len(body)), NO_SNIFFING)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

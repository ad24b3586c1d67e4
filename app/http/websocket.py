"""GraphQL over WebSocket: Strawberry's graphql-transport-ws, answered by the engine with its bytes as they are."""

import asyncio
from contextlib import ExitStack
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

import orjson
from graphql import GraphQLError
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import Operation as Begun

from app.auth import Identity
from app.http.credentials import Doorman, bearer, body_limit, client_of, visit
from app.http.crowd import Crowd
from app.http.reading import NOTHING, BadRequest, read, wanted
from app.http.sites import origin
from app.http.streaming import Streams, errors_of
from app.http.sweep import Sweep
from app.realtime import Either, Restarting
from app.record.calls import Visit
from graph.client import Client
from graph.context import Context
from graph.engine.answer import Answer, Operation
from graph.engine.errors import AgoraError
from graph.engine.schema.schema import Schema
from graph.engine.writing.refusals import REFUSALS

TOO_LARGE = 1009
UNAUTHENTICATED = 4401
FORBIDDEN = 4403
TRY_AGAIN = 1013
CLOSING = {401: UNAUTHENTICATED, 403: FORBIDDEN, 429: TRY_AGAIN, 503: TRY_AGAIN}
"""How a connection ends whose first message says who comes, but not well; by what HTTP would say."""

AT_ONCE = 100
"""Operations of one connection that may be under way, subscriptions among them: a desk with every chat in a tab has
less, and each follower costs 5 KiB."""

_ID_LENGTH = 100


class _TooLarge(Exception):
    """A message is larger than a request's body may be."""


class GraphQLSocket(GraphQL[Context, None]):
    """The WebSocket side of /graphql."""

    def __init__(
        self,
        schema: Schema,
        doorman: Doorman,
        streams: Streams,
        sweep: Sweep,
        crowd: Crowd,
        *,
        body_limit: int,
    ) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL],
            max_subscriptions_per_connection=AT_ONCE,
        )
        self.doorman, self.body_limit, self.record = doorman, body_limit, doorman.record
        self.streams, self.sweep, self.crowd = streams, sweep, crowd
        self.graphql_transport_ws_handler_class = Connection

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a connection, unless a page of another site opens it, or there are too many from there."""
        headers = dict(scope["headers"])
        if await self.doorman.is_foreign(scope, headers):
            await send({"type": "websocket.close", "code": FORBIDDEN, "reason": "Pages of this site may not connect."})
            return
        try:
            with self.crowd.from_address(client_of(scope, headers).ip):
                await super().__call__(scope, receive, send)
        except BadRequest as error:
            await _deny(scope, send, error)

    async def get_context(self, request: Any, response: WebSocket | Any) -> Context:
        """The context of operations on this connection, until a token says whose they are."""
        return self.doorman.anonymous(client_of(request.scope, dict(request.scope["headers"])))

    def decode_json(self, data: str | bytes) -> object:
        """orjson, as for a body: no lone surrogates, no bottomless nesting, no numbers without end."""
        reading = READING.get()
        reading.received = _size(data)
        if reading.received > reading.limit:
            raise _TooLarge()
        return orjson.loads(data)

    def encode_json(self, data: object) -> str:
        """orjson, so that the engine's bytes go out as they are."""
        return orjson.dumps(data).decode()


class Connection(BaseGraphQLTransportWSHandler[Context, None]):
    """One client. Strawberry keeps the protocol's order and codes; what is asked is read and answered here."""

    view: GraphQLSocket
    wants = NOTHING
    token: str | None = None
    visit: Visit | None = None
    """How the connection began, if it is a key's."""
    received = 0
    """The bytes of the message at hand."""
    closing: asyncio.Task[None] | None = None

    async def handle(self) -> None:
        """Take messages until the end."""
        READING.set(self)
        self.followers: set[Either] = set()
        with ExitStack() as self.held:
            try:
                await super().handle()
            except _TooLarge:
                await self.websocket.close(TOO_LARGE, f"The message is larger than {self.limit} bytes.")
            finally:
                self.view.sweep.forget(self)

    @property
    def limit(self) -> int:
        """Bytes that a message may have."""
        return body_limit(self.context, self.view.body_limit)

    async def handle_message(self, message: Any) -> None:
        """Take one message if it is one."""
        if not _is_message(message):
            await self.handle_invalid_message("A message is an object; its id is a short string.")
        else:
            await super().handle_message(message)

    async def handle_connection_init(self, message: Any) -> None:
        """Begin; the payload may hold a token, and name the extensions that every answer shall have."""
        payload = message.get("payload")
        begin: Any = {**message, "payload": {} if payload is None else payload}
        if self.connection_init_received or self.connection_timed_out or await self._is_welcome(payload):
            await super().handle_connection_init(begin)

    async def _is_welcome(self, payload: Any) -> bool:
        """Whether who connects may go on; the connection is closed if not."""
        said = payload if isinstance(payload, dict) else {}
        try:
            self.wants = wanted(said.get("extensions"))
            await self._introduce(said.get("authorization"), said.get("csrfToken"))
        except BadRequest as error:
            if error.status in CLOSING:
                await self.websocket.close(CLOSING[error.status], error.message)
            else:
                await self.handle_invalid_message(error.message)
            return False
        return True

    async def _introduce(self, authorization: Any, csrf: Any) -> None:
        """Find out who connects: by the payload of the first message, or by a header or the cookie of the handshake."""
        given = authorization or self._headers.get(b"authorization", b"").decode("latin-1")
        if not isinstance(given, str) or not isinstance(csrf, str | None):
            raise BadRequest(400, 'Give "authorization" and "csrfToken" as strings.')
        self.token = bearer(given) if given else await self._by_cookie(csrf or "")
        if self.token is None:
            return
        identity = await self.view.doorman.identity(self.token, self.client, self.origin)
        self.know(identity)
        self.held.enter_context(self.view.crowd.of(self.context))
        self.view.sweep.watch(self)
        if identity.key is not None:
            self.visit = visit(identity, self.client, self._headers, "GET")

    async def _by_cookie(self, csrf: str) -> str | None:
        if b"cookie" not in self._headers and not csrf:
            return None
        return await self.view.doorman.by_handshake(self._scope, self._headers, csrf)

    @property
    def _headers(self) -> dict[bytes, bytes]:
        """Those of the handshake."""
        return dict(self._scope["headers"])

    @property
    def _scope(self) -> Any:
        websocket: Any = self.websocket
        return websocket.ws.scope

    @property
    def client(self) -> Client:
        """Where it comes from."""
        return self.context.client

    @property
    def origin(self) -> str | None:
        """The page it comes from."""
        return origin(self._headers)

    def know(self, identity: Identity) -> None:
        """Go on as whoever the token belongs to, with all that is followed."""
        if identity.viewer != self.context.viewer:
            self.context = replace(self.context, viewer=identity.viewer)
            for follower in tuple(self.followers):
                follower.become(identity.viewer)

    def turn_out(self, message: str) -> None:
        """End: the token opens nothing any more."""
        for follower in tuple(self.followers):
            follower.close()
        self.closing = asyncio.create_task(self.websocket.close(FORBIDDEN, message))

    async def handle_subscribe(self, message: Any) -> None:
        """Begin to answer an operation; Strawberry says why where that cannot be."""
        id_, room = message["id"], self.max_subscriptions_per_connection or 0
        if not self.connection_acknowledged or id_ in self.operations or len(self.operations) >= room:
            await super().handle_subscribe(message)
            return
        try:
            asked = read(message["payload"], self.context, wants=self.wants)
        except BadRequest as error:
            refusal = GraphQLError(error.message, extensions={"code": "BAD_USER_INPUT"})
            await self.send_message({"id": id_, "type": "error", "payload": [refusal.formatted]})
            return
        call = self.visit and self.visit.again(self.received)
        begun = Begun(self, id_, asked.query, None, None)
        begun.task = asyncio.create_task(self._answer(begun, asked, call))
        begun.task.add_done_callback(self._task_done)
        self.operations[id_] = begun

    async def _answer(self, begun: Begun[Context, None], asked: Operation, call: Visit | None) -> None:
        answer = await self.view.streams.begin(asked)
        if not isinstance(answer, Answer):
            await self._stream(begun, answer, call, asked)
            return
        if answer.code is not None or REFUSALS.get():
            await self.view.record.note_refusals(asked, answer.code)
        if call is not None:
            self.view.record.calls.note(call, asked, answer, None)
        if answer.refused:
            errors = orjson.loads(answer.body)["errors"]
            await begun.send_operation_message({"id": begun.id, "type": "error", "payload": errors})
        else:
            await begun.send_operation_message(_next(begun.id, answer))
            await begun.send_operation_message({"id": begun.id, "type": "complete"})

    async def _stream(
        self, begun: Begun[Context, None], follower: Either, call: Visit | None, asked: Operation
    ) -> None:
        """Send what is followed, until it ends or somebody ends it."""
        if call is not None:
            self.view.record.calls.note(call, asked, Answer(b""), None)
        self.followers.add(follower)
        try:
            follower.become(self.context.viewer)  # who may be another since the operation was taken
            await self._send_all(begun.id, follower)
        except Restarting:  # the server closes the connection with 1012
            return
        except AgoraError as error:
            await begun.send_operation_message({"id": begun.id, "type": "error", "payload": errors_of(error)})
        else:
            await begun.send_operation_message({"id": begun.id, "type": "complete"})
        finally:
            follower.close()
            self.followers.discard(follower)

    async def _send_all(self, id_: str, follower: Either) -> None:
        """Each body as a message; the text around it is made once."""
        websocket: Any = self.websocket
        send, before = websocket.ws.send_text, f'{{"id":{orjson.dumps(id_).decode()},"type":"next","payload":'
        async for body in follower:
            await send(f"{before}{body.decode()}}}")


READING: ContextVar[Connection] = ContextVar("READING")
"""The connection whose message is read in this task: Strawberry decodes without saying whose it is."""


def _size(data: str | bytes) -> int:
    """The bytes that came; whether text is ASCII is known of it."""
    return len(data) if isinstance(data, bytes) or data.isascii() else len(data.encode())


def _is_message(given: Any) -> bool:
    id_ = given.get("id", "") if isinstance(given, dict) else None
    return isinstance(id_, str) and len(id_) <= _ID_LENGTH


def _next(id_: str, answer: Answer) -> Any:
    return {"id": id_, "type": "next", "payload": orjson.Fragment(answer.body)}


async def _deny(scope: Scope, send: Send, error: BadRequest) -> None:
    """Refuse a connection that is not open yet."""
    if "websocket.http.response" not in scope.get("extensions", ()):
        await send({"type": "websocket.close", "code": CLOSING[error.status], "reason": error.message})
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *error.headers]
    await send({"type": "websocket.http.response.start", "status": error.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": error.message.encode()})

"""GraphQL over WebSocket: Strawberry's graphql-transport-ws, answered by the engine with its bytes as they are."""

import asyncio
from typing import Any

import orjson
from graphql import GraphQLError
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import Operation as Begun

from app.http.reading import NOTHING, BadRequest, read, wanted
from graph.context import Context
from graph.engine.answer import Answer, Engine, Operation
from graph.engine.schema.schema import Schema

TOO_LARGE = 1009

_ID_LENGTH = 100


class _TooLarge(Exception):
    """A message is larger than a request's body may be."""


class GraphQLSocket(GraphQL[Context, None]):
    """The WebSocket side of /graphql."""

    def __init__(self, schema: Schema, engine: Engine, context: Context, *, body_limit: int) -> None:
        super().__init__(schema, graphql_ide=None, subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL])
        self.engine, self.context, self.body_limit = engine, context, body_limit
        self.graphql_transport_ws_handler_class = Connection

    async def get_context(self, request: Any, response: WebSocket | Any) -> Context:
        """The context of every operation on this connection."""
        return self.context

    def decode_json(self, data: str | bytes) -> object:
        """orjson, as for a body: no lone surrogates, no bottomless nesting, no numbers without end."""
        if data and len(data) > self.body_limit:
            raise _TooLarge()
        return orjson.loads(data)

    def encode_json(self, data: object) -> str:
        """orjson, so that the engine's bytes go out as they are."""
        return orjson.dumps(data).decode()


class Connection(BaseGraphQLTransportWSHandler[Context, None]):
    """One client. Strawberry keeps the protocol's order and codes; what is asked is read and answered here."""

    view: GraphQLSocket
    wants = NOTHING

    async def handle(self) -> None:
        """Take messages until the end."""
        try:
            await super().handle()
        except _TooLarge:
            await self.websocket.close(TOO_LARGE, f"The message is larger than {self.view.body_limit} bytes.")

    async def handle_message(self, message: Any) -> None:
        """Take one message if it is one."""
        if not _is_message(message):
            await self.handle_invalid_message("A message is an object; its id is a short string.")
        else:
            await super().handle_message(message)

    async def handle_connection_init(self, message: Any) -> None:
        """Begin; the payload may name the extensions that every answer shall have."""
        payload = message.get("payload")
        try:
            self.wants = wanted(payload.get("extensions")) if isinstance(payload, dict) else NOTHING
        except BadRequest as error:
            await self.handle_invalid_message(error.message)
        else:
            begin: Any = {**message, "payload": {} if payload is None else payload}
            await super().handle_connection_init(begin)

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
        begun = Begun(self, id_, asked.query, None, None)
        begun.task = asyncio.create_task(self._answer(begun, asked))
        begun.task.add_done_callback(self._task_done)
        self.operations[id_] = begun

    async def _answer(self, begun: Begun[Context, None], asked: Operation) -> None:
        answer = await self.view.engine.answer(asked)
        if answer.refused:
            errors = orjson.loads(answer.body)["errors"]
            await begun.send_operation_message({"id": begun.id, "type": "error", "payload": errors})
        else:
            await begun.send_operation_message(_next(begun.id, answer))
            await begun.send_operation_message({"id": begun.id, "type": "complete"})


def _is_message(given: Any) -> bool:
    id_ = given.get("id", "") if isinstance(given, dict) else None
    return isinstance(id_, str) and len(id_) <= _ID_LENGTH


def _next(id_: str, answer: Answer) -> Any:
    return {"id": id_, "type": "next", "payload": orjson.Fragment(answer.body)}

"""GraphQL over WebSocket: Strawberry's graphql-transport-ws, fed by the engine through `Schema.stream`."""

from typing import Any

import orjson
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL

from graph.context import Context
from graph.engine.schema import Schema


class GraphQLSocket(GraphQL[Context, None]):
    """The WebSocket side of /graphql."""

    def __init__(self, schema: Schema, context: Context) -> None:
        super().__init__(schema, graphql_ide=None, subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL])
        self.context = context

    async def get_context(self, request: Any, response: WebSocket | Any) -> Context:
        """The context of every operation on this connection."""
        return self.context

    def encode_json(self, data: object) -> str:
        """orjson, so that the engine's bytes go out as they are."""
        return orjson.dumps(data).decode()

"""Subscriptions, whatever they go over: what is followed for an operation, and how it is told that one ended."""

from typing import Any

from graphql import GraphQLError

from app.realtime import Either, Hub
from graph.engine.answer import Answer, Engine, Operation
from graph.engine.errors import AgoraError

WORD = "subscription"


class Streams:
    """Begins subscriptions to `engine`'s feeds, which `hub` follows."""

    def __init__(self, engine: Engine, hub: Hub) -> None:
        self.engine, self.hub = engine, hub

    async def begin(self, operation: Operation) -> Either | Answer | None:
        """What iterates over the bodies of a subscription; its refusal; None if the operation is something else.

        Whoever iterates closes it.
        """
        if not self._subscribes(operation):
            return None
        following = await self.engine.subscribe(operation)
        return following if isinstance(following, Answer) else self.hub.follow(following)

    def _subscribes(self, operation: Operation) -> bool:
        return WORD in operation.query


def errors_of(error: AgoraError) -> list[Any]:
    """What a client is told of the error that ended its subscription."""
    return [GraphQLError(error.message, extensions=error.extensions).formatted]

"""Operations over transports that can stream: what is followed for a subscription, and how it is told of its end."""

from collections.abc import AsyncIterator
from contextlib import closing
from typing import Any

import orjson
from graphql import GraphQLError

from app.realtime import Either, Hub
from app.record import Recorder
from graph.engine.answer import Answer, Engine, Operation
from graph.engine.errors import AgoraError
from graph.engine.running.feeds import DeskFollowing, Following


class Streams:
    """Answers operations by `engine`, and has `hub` follow what subscriptions ask for."""

    def __init__(self, engine: Engine, hub: Hub, record: Recorder) -> None:
        self.hub, self._open = hub, record.counting(engine.open)

    async def begin(self, operation: Operation) -> Either | Answer:
        """What iterates over the bodies of a subscription, or the answer to anything else. Never raises.

        Whoever iterates closes it.
        """
        found = await self._open(operation)
        return found if isinstance(found, Answer) else self.hub.follow(found)

    async def bodies(self, following: Following | DeskFollowing) -> AsyncIterator[bytes]:
        """The bodies of a subscription, the last of them that of the error which ended it, if one did."""
        with closing(self.hub.follow(following)) as follower:
            try:
                async for body in follower:
                    yield body
            except AgoraError as error:
                yield failed(error)


def errors_of(error: AgoraError) -> list[Any]:
    """What a client is told of the error that ended its subscription."""
    return [GraphQLError(error.message, extensions=error.extensions).formatted]


def failed(error: AgoraError) -> bytes:
    """The body of the error that ended a subscription."""
    return orjson.dumps({"errors": errors_of(error)})

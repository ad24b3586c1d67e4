"""Lines by Redis' PUBLISH and SUBSCRIBE: one connection to send by, one to listen."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress

import redis.asyncio as library
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from app.wakeups import carrier
from app.wakeups.carrier import Hear

CHANNEL = "agora:{database}"
"""Redis has its channels in common for all databases; ours are apart all the same."""


class Redis:
    """The Redis at a URL, to which other processes listen too."""

    def __init__(self, url: str) -> None:
        self.url = url

    @asynccontextmanager
    async def connected(self, hear: Hear, broken: Callable[[], None]) -> AsyncIterator["Session"]:
        """Connections of which one listens already."""
        client = library.from_url(
            self.url,
            socket_timeout=carrier.PROBED,
            socket_connect_timeout=carrier.CONNECTING,
            retry=Retry(NoBackoff(), 0),  # whoever connects again without a word has missed something
            client_name="agora-wake-ups",
        )
        channel = CHANNEL.format(database=client.connection_pool.connection_kwargs.get("db") or 0)
        try:
            async with client.pubsub() as subscription:
                await _subscribed(subscription, channel)
                reading = asyncio.create_task(_read(subscription, hear))
                reading.add_done_callback(lambda _: broken())
                try:
                    yield Session(client, channel, reading)
                finally:
                    reading.cancel()
                    await asyncio.gather(reading, return_exceptions=True)
        finally:
            with suppress(library.RedisError, OSError):  # or a cancellation would be lost in what it meets
                await client.aclose()


class Session:
    """Both connections."""

    def __init__(self, client: library.Redis, channel: str, reading: asyncio.Task[None]) -> None:
        self.client, self.channel, self.reading = client, channel, reading

    async def send(self, texts: Sequence[str]) -> None:
        """All lines at once; with none, ask whether the other side still answers."""
        if self.reading.done():
            self.reading.result()
        if not texts:
            await self.client.ping()
            return
        async with self.client.pipeline(transaction=False) as pipeline:
            for text in texts:
                pipeline.publish(self.channel, text)
            await pipeline.execute()


async def _subscribed(subscription: PubSub, channel: str) -> None:
    """Listen to a channel; raises TimeoutError if that is not confirmed."""
    await subscription.subscribe(channel)
    if await subscription.get_message(timeout=carrier.PROBED) is None:
        raise TimeoutError


async def _read(subscription: PubSub, hear: Hear) -> None:
    """Hand on what is heard; where nothing is, ask, and raise TimeoutError if there is no answer either."""
    is_asked = False
    while True:
        message = await subscription.get_message(timeout=carrier.PROBED)
        if message is None:
            if is_asked:
                raise TimeoutError
            await subscription.ping()
        elif message["type"] == "message":
            hear(message["data"].decode())
        is_asked = message is None

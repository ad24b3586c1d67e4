"""How connections end that nobody ends well: the server is restarted, the client is gone without a word."""

import asyncio
import socket as sockets

import httpx
import orjson
import pytest

from app.database import connected
from app.http.application import create_app
from app.http.server import UNHEARD
from app.settings import Settings
from tests.http.conftest import listening
from tests.realtime.stage import Stage, events, socket


async def test_a_server_that_ends_says_so_and_who_followed_connects_again(stage: Stage) -> None:
    """Meanwhile another process writes: both tell of it."""
    chat = await stage.chat()
    settings = Settings()  # type: ignore[call-arg]
    app = create_app(settings, lambda: connected(stage.database.dsn, read_size=2, write_size=1))
    started = listening(app, ws_ping_interval=1, ws_ping_timeout=2)
    served, socket_url = await started.__aenter__()
    state, client = app.state, httpx.AsyncClient(base_url=served.base_url)  # that one ends with the server
    other = Stage(client, socket_url, state.database, state.hub, state.wakeups, state.schema)
    async with socket(other, chat.visitor) as one, events(other, chat.visitor, id=chat.name) as two:
        await one.follow(chat)
        await one.told(), await two.told()
        await stage.say(chat)
        assert (await one.told())[0]["seq"] == (await two.told())[0]["seq"] == 1
        await who_is_gone_without_a_word_is_followed_no_more(other, chat.visitor, chat.name)
        ending = asyncio.create_task(started.__aexit__(None, None, None))
        assert await one.closed() == 1012
        assert await two.event() == ("", None)
    async with asyncio.timeout(20):
        await ending
    await client.aclose()
    async with socket(stage, chat.visitor) as one:
        await one.follow(chat, after=1)
        assert (await one.told())[0]["__typename"] == "ChatCaughtUp"


async def who_is_gone_without_a_word_is_followed_no_more(stage: Stage, token: str, name: str) -> None:
    """A client that answers no ping is taken for gone."""
    (group,) = stage.hub.groups.values()
    before = group.followers
    async with socket(stage, token, ping_interval=None) as silent:
        await silent.subscribe(QUERY, id=name)
        await silent.told()
        assert sum(group.followers for group in stage.hub.groups.values()) == before + 1
        silent.connection.transport.pause_reading()
        async with asyncio.timeout(20):
            while sum(group.followers for group in stage.hub.groups.values()) > before:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        silent.connection.transport.abort()


QUERY = "subscription($id: ID!) { chatEvents(sessionId: $id) { __typename } }"


@pytest.mark.long
async def test_who_takes_no_bytes_any_more_is_given_up_by_the_kernel(stage: Stage) -> None:
    chat = await stage.chat()
    narrow = sockets.create_connection(stage.address)
    narrow.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
    narrow.settimeout(10)
    body = orjson.dumps(
        {"query": QUERY.replace("__typename", "... on ChatLogEntry { payload }"), "variables": {"id": chat.name}}
    )
    head = f"POST /graphql HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\nauthorization: Bearer {chat.visitor}\r\n"
    narrow.sendall(f"{head}content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body)
    async with asyncio.timeout(30):
        while not any(group.following.key == chat.id for group in stage.hub.groups.values()):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    for _ in range(20):
        await stage.say(chat, 40, text="x" * 15_000)
    async with asyncio.timeout(UNHEARD + 60):
        while any(group.following.key == chat.id for group in stage.hub.groups.values()):  # noqa: ASYNC110
            await asyncio.sleep(0.2)
    narrow.close()

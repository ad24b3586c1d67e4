"""The log of a chat over real sockets: what was missed, then what happens, by both protocols the same."""

import asyncio
from random import Random
from typing import Any

import httpx
import orjson
import pytest
import websockets

from tests.realtime.stage import LOG, Chat, Stage, data, events, socket

CUT = (websockets.ConnectionClosed, httpx.HTTPError)


def numbers(told: list[Any]) -> list[int]:
    """The numbers of entries."""
    return [one["seq"] for one in told if one["__typename"] == "ChatMessageSent"]


async def test_both_protocols_tell_what_was_missed_then_that_this_was_all_then_what_happens(stage: Stage) -> None:
    chat = await stage.chat(entries=3)
    async with (
        socket(stage, chat.visitor) as over_socket,
        events(stage, chat.visitor, id=chat.name, after=1) as by_events,
    ):
        await over_socket.follow(chat, after=1)
        first = await over_socket.told(3)
        assert [(one["__typename"], one["seq"]) for one in first] == [
            ("ChatMessageSent", 2),
            ("ChatMessageSent", 3),
            ("ChatCaughtUp", 3),
        ]
        assert await by_events.told(3) == first
        await stage.say(chat, text="news")
        (news,) = await over_socket.told()
        assert (news["seq"], orjson.loads(news["payload"]) if isinstance(news["payload"], str) else news["payload"]) == (
            4,
            {"text": "news"},
        )
        assert await by_events.told() == [news]

"""Strawberry's way to subscriptions: whoever follows gives bodies, and they come out as results."""

from collections.abc import AsyncIterator
from types import SimpleNamespace

import asyncpg
import orjson
import pytest

from graph.engine.running.feeds import DeskFollowing, Following
from graph.schema import build
from tests.engine.feeds.chats import Chat, client

QUERY = """subscription($id: ID!) { chatEvents(sessionId: $id) {
  ... on ChatLogEntry { seq } ... on ChatCaughtUp { upTo: seq } } }"""


NOWHERE = "business_019a0000-0000-7000-8000-000000000000"


async def replay(following: Following | DeskFollowing) -> AsyncIterator[bytes]:
    """What there is, and then an error."""
    assert isinstance(following, Following)
    found = await following.read(4, 100)
    assert found is not None
    for entry in found.entries:
        yield entry.body
    yield following.render("ChatCaughtUp", {"seq": found.head, "epoch": found.epoch})
    yield orjson.dumps({"errors": [{"message": "It is over.", "extensions": {"code": "NOT_FOUND"}}]})


async def test_bodies_come_out_as_results(connection: asyncpg.Connection, chat: Chat) -> None:
    schema = build()
    client(connection, schema, chat.as_staff)
    schema.follow = replay
    context = SimpleNamespace(viewer=chat.as_staff)
    results = [one async for one in await schema.stream(QUERY, {"id": chat.name}, context)]
    assert [orjson.loads(orjson.dumps(one.data)) for one in results] == [
        {"chatEvents": {"seq": 5}},
        {"chatEvents": {"seq": 6}},
        {"chatEvents": {"upTo": 6}},
        None,
    ]
    (error,) = results[-1].errors
    assert (error.message, error.extensions) == ("It is over.", {"code": "NOT_FOUND"})


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription { chatEvents { seq } }", "BAD_USER_INPUT"),
        (f'subscription {{ deskEvents(businessId: "{NOWHERE}") {{ __typename }} }}', "NOT_FOUND"),
    ],
)
async def test_a_refusal_comes_out_as_one_too(
    connection: asyncpg.Connection, chat: Chat, query: str, code: str
) -> None:
    schema = build()
    client(connection, schema, chat.as_staff)
    schema.follow = replay
    (result,) = [one async for one in await schema.stream(query, None, SimpleNamespace(viewer=chat.as_staff))]
    assert result.errors[0].extensions["code"] == code


async def test_queries_are_still_answered(connection: asyncpg.Connection, chat: Chat) -> None:
    schema = build()
    client(connection, schema, chat.as_staff)
    schema.follow = replay
    (result,) = [one async for one in await schema.stream("{ __typename }")]
    assert orjson.dumps(result.data) == b'{"__typename":"Query"}'

"""Who may stay connected, for how long, and how many: the same over both protocols."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import orjson
import pytest
import websockets

from app.http import crowd
from app.http.sweep import Sweep, Watched
from tests.realtime.stage import Stage, events, socket

DESK = """subscription($id: ID!) { deskEvents(businessId: $id) { __typename
  ... on DeskSnapshot { sessions { id subject } agents { id status } }
  ... on DeskChatChanged { session { id subject } }
  ... on DeskChatGone { sessionId }
  ... on DeskAgentChanged { agent { id status } }
  ... on DeskAgentGone { agentId }
} }"""
REVOKE = "UPDATE identity.login_sessions SET revoked_at = now(), revoked_reason = 'SIGNED_OUT' WHERE user_id = $1"
SECOND = 3
"""A second, on a machine that others use too."""


async def test_whose_token_was_revoked_is_sent_away_within_a_second(stage: Stage) -> None:
    chat = await stage.chat()
    async with socket(stage, chat.staff) as one, events(stage, chat.staff, id=chat.name) as other:
        await one.follow(chat)
        await one.told(), await other.told()
        await stage.run(
            "UPDATE identity.login_sessions SET revoked_at = now(), revoked_reason = 'SIGNED_OUT' WHERE user_id = $1",
            chat.user,
        )
        async with asyncio.timeout(SECOND):
            assert await one.closed() == 4403
            name, body = await other.event()
        assert (name, body["errors"][0]["extensions"]["code"]) == ("next", "UNAUTHENTICATED")
        assert await other.event() == ("complete", None)


async def test_a_visitor_who_is_barred_is_sent_away(stage: Stage) -> None:
    chat = await stage.chat()
    async with socket(stage, chat.visitor) as one:
        await one.follow(chat)
        await one.told()
        await stage.run("UPDATE chat.visitors SET blocked_at = now() WHERE id = $1", await stage.visitor_of(chat))
        async with asyncio.timeout(SECOND):
            assert await one.closed() == 4403


async def test_who_is_no_member_any_more_sees_neither_chat_nor_desk(stage: Stage) -> None:
    chat = await stage.chat()
    async with socket(stage, chat.staff) as one, events(stage, chat.staff, id=chat.name) as other:
        await one.follow(chat)
        await one.told(), await other.told()
        await one.subscribe(DESK, "desk", id=f"business_{chat.business}")
        assert (await one.told())[0]["__typename"] == "DeskSnapshot"
        await stage.run("DELETE FROM identity.memberships WHERE user_id = $1", chat.user)
        async with asyncio.timeout(SECOND):
            ended = [await one.message() for _ in range(2)]
            _, body = await other.event()
    assert {message["id"] for message in ended} == {"1", "desk"}
    assert {message["type"] for message in ended} == {"error"}
    codes = [error["extensions"]["code"] for error in (*(m["payload"][0] for m in ended), *body["errors"])]
    assert codes == ["NOT_FOUND"] * 3


async def test_who_is_no_member_any_more_when_a_subscription_is_opened_does_not_follow_as_one(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat, engine = await stage.chat(), stage.schema.engine
    assert engine is not None
    begun, go_on, open_ = asyncio.Event(), asyncio.Event(), engine._follow

    async def open_slowly(asked: Any) -> Any:
        found = await open_(asked)
        begun.set()
        await go_on.wait()
        return found

    async with socket(stage, chat.staff) as one:
        await one.follow(chat, "before")
        await one.told()
        monkeypatch.setattr(engine, "_follow", open_slowly)
        await one.follow(chat, "meanwhile")
        await begun.wait()
        await stage.run("DELETE FROM identity.memberships WHERE user_id = $1", chat.user)
        for id_ in ("before", "meanwhile"):
            message = await one.message()
            assert (message["id"], message["type"]) == (id_, "error")
            assert message["payload"][0]["extensions"]["code"] == "NOT_FOUND"
            go_on.set()


async def test_who_begins_twice_is_sent_away_and_looked_at_no_more(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat, looked_at, gone = await stage.chat(), set[str | None](), asyncio.Event()
    watch, forget = Sweep.watch, Sweep.forget

    def begin_to_look(sweep: Sweep, watched: Watched) -> None:
        watch(sweep, watched)
        looked_at.add(watched.token)

    def look_no_more(sweep: Sweep, watched: Watched) -> None:
        forget(sweep, watched)
        looked_at.discard(watched.token)
        if watched.token in (chat.visitor, chat.staff):
            gone.set()

    monkeypatch.setattr(Sweep, "watch", begin_to_look)
    monkeypatch.setattr(Sweep, "forget", look_no_more)
    async with socket(stage, chat.visitor) as one:
        begin = {"type": "connection_init", "payload": {"authorization": f"Bearer {chat.staff}"}}
        await one.connection.send(orjson.dumps(begin).decode())
        assert await one.closed() == 4429
    async with asyncio.timeout(10):
        await gone.wait()
    assert looked_at == set()


async def test_whose_role_changes_goes_on(stage: Stage) -> None:
    chat = await stage.chat()
    async with socket(stage, chat.staff) as one:
        await one.follow(chat)
        await one.told()
        await stage.run("UPDATE identity.memberships SET role = 'OWNER' WHERE user_id = $1", chat.user)
        for number in range(1, 6):
            await asyncio.sleep(0.2)
            await stage.say(chat)
            assert [told["seq"] for told in await one.told()] == [number]


async def test_one_connection_has_a_hundred_subscriptions(stage: Stage) -> None:
    chat = await stage.chat()
    async with socket(stage, chat.visitor) as one:
        for place in range(100):
            await one.follow(chat, str(place))
        await one.told(100)
        await one.follow(chat, "more")
        message = await one.message()
        assert (message["id"], message["type"]) == ("more", "error")


async def test_so_many_connections_come_from_one_address(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowd, "OF_ADDRESS", 3)
    chat, there = await stage.chat(), {"x-forwarded-for": "203.0.113.7"}
    async with AsyncExitStack() as held:
        for _ in range(2):
            await held.enter_async_context(socket(stage, chat.visitor, additional_headers=there))
        last = await held.enter_async_context(events(stage, chat.visitor, headers=there, id=chat.name))
        assert (await last.told())[0]["__typename"] == "ChatCaughtUp"
        with pytest.raises(websockets.InvalidStatus) as refused:
            await held.enter_async_context(socket(stage, chat.visitor, additional_headers=there))
        assert refused.value.response.status_code == 429
        more = await held.enter_async_context(events(stage, chat.visitor, headers=there, id=chat.name))
        assert more.response.status_code == 429
        elsewhere = {"x-forwarded-for": "203.0.113.8"}
        await held.enter_async_context(socket(stage, chat.visitor, additional_headers=elsewhere))


async def test_so_many_connections_are_one_viewers(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowd, "OF_VIEWER", 2)
    chat = await stage.chat()
    async with AsyncExitStack() as held:
        for number in (1, 2):
            there = {"x-forwarded-for": f"203.0.113.{number}"}
            await held.enter_async_context(socket(stage, chat.visitor, additional_headers=there))
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await held.enter_async_context(
                socket(stage, chat.visitor, additional_headers={"x-forwarded-for": "203.0.113.3"})
            )
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 1013
        async with events(stage, chat.visitor, headers={"x-forwarded-for": "203.0.113.4"}, id=chat.name) as other:
            assert other.response.status_code == 429
            body = orjson.loads(await other.response.aread())
            assert body["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
        async with socket(stage, chat.staff, additional_headers={"x-forwarded-for": "203.0.113.3"}) as one:
            await one.follow(chat)
            await one.told()


async def test_a_desk_shows_everything_then_what_changes(stage: Stage) -> None:
    chat = await stage.chat()
    agent = await stage.insert("chat.chat_agents", business_id=chat.business, user_id=chat.user, name="Sam")
    name = f"chat_session_{chat.id}"
    async with (
        socket(stage, chat.staff) as one,
        events(stage, chat.staff, DESK, id=f"business_{chat.business}") as other,
    ):
        await one.subscribe(DESK, id=f"business_{chat.business}")
        first = await one.told()
        assert (
            first
            == await other.told()
            == [
                {
                    "__typename": "DeskSnapshot",
                    "sessions": [{"id": name, "subject": None}],
                    "agents": [{"id": f"chat_agent_{agent}", "status": "OFFLINE"}],
                }
            ]
        )
        await stage.run("UPDATE chat.chat_sessions SET subject = 'Orders' WHERE id = $1", chat.id)
        changed = [{"__typename": "DeskChatChanged", "session": {"id": name, "subject": "Orders"}}]
        assert await one.told() == await other.told() == changed
        await stage.run("UPDATE chat.chat_agents SET status = 'ONLINE' WHERE id = $1", agent)
        assert (
            (await one.told())[0]["agent"]
            == (await other.told())[0]["agent"]
            == {
                "id": f"chat_agent_{agent}",
                "status": "ONLINE",
            }
        )
        await stage.run("UPDATE chat.chat_sessions SET status = 'ABANDONED', ended_at = now() WHERE id = $1", chat.id)
        told = await one.told()
        assert told == [{"__typename": "DeskChatGone", "sessionId": name}]
        assert await other.told() == told


async def test_a_desk_is_read_once_for_all_who_look_at_it_and_ten_times_a_second_at_most(stage: Stage) -> None:
    chat = await stage.chat()
    async with socket(stage, chat.staff) as one:
        for place in range(30):
            await one.subscribe(DESK, str(place), id=f"business_{chat.business}")
        await one.told(30)
        desk = stage.hub.desks[chat.business]
        (group,) = desk.groups.values()
        assert group.followers == 30
        loop, before = asyncio.get_running_loop(), group.tail.head
        began = loop.time()
        for number in range(60):
            await stage.run("UPDATE chat.chat_sessions SET subject = $2 WHERE id = $1", chat.id, f"Subject {number}")
            stage.wakeups.send(f"desk:{chat.business}")
        last: Any = None
        while last != f"Subject {59}":
            message = await one.message()
            if message["id"] == "0":
                last = message["payload"]["data"]["deskEvents"]["session"]["subject"]
        assert group.tail.head - before <= 10 * (loop.time() - began) + 2


async def test_a_desk_of_others_is_not_there(stage: Stage) -> None:
    chat, other = await stage.chat(), await stage.chat()
    async with socket(stage, chat.staff) as one:
        await one.subscribe(DESK, id=f"business_{other.business}")
        message = await one.message()
        assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "NOT_FOUND")

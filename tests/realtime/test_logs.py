"""The log of a chat over real sockets: what was missed, then what happens, by both protocols the same."""

import asyncio
from random import Random
from typing import Any

import orjson

from graph.access import viewers
from graph.context import Context
from tests.realtime.stage import LOG, Chat, Stage, data, events, socket


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
        assert (news["seq"], news["payload"]) == (4, {"text": "news"})
        assert await by_events.told() == [news]


async def test_a_stream_of_events_is_one_that_proxies_hand_on(stage: Stage) -> None:
    chat = await stage.chat()
    async with events(stage, chat.visitor, id=chat.name) as by_events:
        await by_events.told()
        headers = by_events.response.headers
    assert headers["content-type"] == "text/event-stream"
    assert (headers["cache-control"], headers["x-accel-buffering"]) == ("no-store", "no")
    assert "content-length" not in headers


async def test_the_visitor_counts_without_what_only_staff_may_know(stage: Stage) -> None:
    chat = await stage.chat(entries=1)
    async with socket(stage, chat.visitor) as visitor, socket(stage, chat.staff) as staff:
        await visitor.follow(chat, after=0)
        await staff.follow(chat, after=0)
        await visitor.told(2), await staff.told(2)
        await stage.say(chat, hidden=True)
        await stage.say(chat)
        assert numbers(await visitor.told()) == [2]
        assert numbers(await staff.told(2)) == [2, 3]


async def test_an_event_is_read_by_one_statement_for_all_who_get_the_same(stage: Stage) -> None:
    chat = await stage.chat(entries=1)
    async with socket(stage, chat.visitor) as first, socket(stage, chat.visitor) as second:
        for place in range(40):
            await (first, second)[place % 2].follow(chat, str(place), after=1)
        for one in (first, second):
            assert await one.told(20) == [{"__typename": "ChatCaughtUp", "seq": 1, "epoch": 1}] * 20
        stage.reads()
        await stage.say(chat)
        for one in (first, second):
            assert numbers(await one.told(20)) == [2] * 20
    assert stage.reads() == 1


async def test_a_crowd_that_comes_back_costs_no_more_statements_than_a_few(stage: Stage) -> None:
    chat = await stage.chat(entries=300)
    dice = Random(1)
    async with socket(stage, chat.visitor) as first, socket(stage, chat.visitor) as second:
        stage.reads()
        after = {str(place): dice.randrange(250, 300) for place in range(198)}
        for place, number in after.items():
            await (first, second)[int(place) % 2].follow(chat, place, after=number)
        missed: dict[str, list[int]] = {place: [] for place in after}
        for one in (first, second):
            left = 99
            while left:
                message = await one.message()
                told = data(message)
                if told["__typename"] == "ChatCaughtUp":
                    left -= 1
                else:
                    missed[message["id"]].append(told["seq"])
    assert missed == {place: list(range(number + 1, 301)) for place, number in after.items()}
    assert stage.reads() <= 20


async def cut_off_again_and_again(stage: Stage, chat: Chat, total: int, dice: Random) -> list[int]:
    """What somebody has in the end who is cut off and resumes, over either protocol."""
    got: list[int] = []
    while len(got) < total:
        after = got[-1] if got else 0
        enough = len(got) + dice.randrange(1, 40)
        if dice.random() < 0.5:
            async with socket(stage, chat.visitor) as one:
                await one.follow(chat, after=after)
                while len(got) < min(enough, total):
                    got += numbers(await one.told())
                one.connection.transport.abort()
        else:
            async with events(stage, chat.visitor, id=chat.name, after=after) as other:
                while len(got) < min(enough, total):
                    got += numbers(await other.told())
    return got


async def test_who_is_cut_off_and_resumes_misses_nothing_and_gets_nothing_twice(stage: Stage) -> None:
    chat, total = await stage.chat(entries=30), 150

    async def write() -> None:
        dice, written = Random(0), 30
        while written < total:
            times = min(dice.randrange(1, 8), total - written)
            await stage.say(chat, times)
            written += times

    _, *logs = await asyncio.gather(
        write(), *(cut_off_again_and_again(stage, chat, total, Random(seed)) for seed in range(8))
    )
    assert logs == [list(range(1, total + 1))] * 8


async def test_what_nobody_told_of_is_found_within_seconds(stage: Stage) -> None:
    chat = await stage.chat()
    async with socket(stage, chat.visitor) as one:
        await one.follow(chat)
        await one.told()
        await stage.run(
            "INSERT INTO chat.chat_events (session_id, staff_seq, visitor_seq, type, actor_type) "
            "VALUES ($1, 1, 1, 'MESSAGE_SENT', 'VISITOR')",
            chat.id,
        )
        await stage.run("UPDATE chat.chat_sessions SET staff_seq = 1, visitor_seq = 1 WHERE id = $1", chat.id)
        async with asyncio.timeout(5):
            assert numbers(await one.told()) == [1]


async def test_a_place_that_means_nothing_is_an_error_that_says_where_the_log_is(stage: Stage) -> None:
    chat = await stage.chat(entries=2)
    expected = {"code": "CONFLICT", "head": 2, "epoch": 1}
    async with socket(stage, chat.visitor) as one:
        for id_, given in (("1", {"after": 3}), ("2", {"after": 2, "epoch": 7})):
            await one.follow(chat, id_, **given)
            message = await one.message()
            assert (message["type"], message["id"]) == ("error", id_)
            assert message["payload"][0]["extensions"] == expected
    async with events(stage, chat.visitor, id=chat.name, after=3) as other:
        name, body = await other.event()
        assert (name, body["errors"][0]["extensions"]) == ("next", expected)
        assert await other.event() == ("complete", None)


async def test_a_log_that_was_lost_ends_what_follows_it(stage: Stage) -> None:
    chat = await stage.chat(entries=2)
    async with socket(stage, chat.visitor) as one:
        await one.follow(chat, after=2)
        await one.told()
        await stage.run("UPDATE chat.chat_sessions SET epoch = 2 WHERE id = $1", chat.id)
        message = await one.message()
        assert message["payload"][0]["extensions"] == {"code": "CONFLICT", "head": 2, "epoch": 2}
        await one.follow(chat, after=0, epoch=2)
        assert numbers(await one.told(2)) == [1, 2]


async def test_a_chat_of_others_is_not_there(stage: Stage) -> None:
    chat, other = await stage.chat(), await stage.chat()
    async with socket(stage, other.visitor) as one:
        await one.follow(chat)
        message = await one.message()
        assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "NOT_FOUND")


async def test_who_ends_a_subscription_is_told_no_more_and_followed_no_more(stage: Stage) -> None:
    chat = await stage.chat()
    async with socket(stage, chat.visitor) as one:
        await one.follow(chat)
        await one.told()
        assert [group.followers for group in stage.hub.groups.values() if group.following.key == chat.id] == [1]
        await one.connection.send(orjson.dumps({"id": "1", "type": "complete"}).decode())
        await one.follow(chat, "2")
        assert (await one.message())["id"] == "2"
        await stage.say(chat)
        assert (await one.message())["id"] == "2"
        assert [group.followers for group in stage.hub.groups.values() if group.following.key == chat.id] == [1]
    async with asyncio.timeout(10):
        while any(group.following.key == chat.id for group in stage.hub.groups.values()):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_what_soon_passes_comes_to_those_whom_it_is_for(stage: Stage) -> None:
    chat = await stage.chat()
    async with socket(stage, chat.visitor) as visitor, socket(stage, chat.staff) as staff:
        await visitor.follow(chat)
        await staff.follow(chat)
        await visitor.told(), await staff.told()
        for whom in ("staff", "visitor", "all"):
            said = {"type": "ChatTyping", "for": whom, "values": {"name": whom, "isTyping": True}}
            stage.wakeups.send(f"chat:{chat.id}", orjson.dumps(said))
        assert [one["name"] for one in await visitor.told(2)] == ["visitor", "all"]
        assert [one["name"] for one in await staff.told(2)] == ["staff", "all"]


async def test_a_subscription_is_for_what_can_stream(stage: Stage) -> None:
    chat = await stage.chat()
    headers = {"authorization": f"Bearer {chat.visitor}"}
    answer = await stage.client.post("/graphql", json={"query": LOG, "variables": {"id": chat.name}}, headers=headers)
    assert "server-sent events" in answer.json()["errors"][0]["message"]


async def test_a_page_follows_by_get_too(stage: Stage) -> None:
    chat = await stage.chat(entries=1)
    query = {"query": LOG, "variables": orjson.dumps({"id": chat.name, "after": 0}).decode()}
    headers = {"authorization": f"Bearer {chat.visitor}", "accept": "text/event-stream"}
    async with stage.client.stream("GET", "/graphql", params=query, headers=headers) as response:
        async for line in response.aiter_lines():
            if line.startswith("data:"):
                assert orjson.loads(line[5:])["data"]["chatEvents"]["seq"] == 1
                break


async def test_nobody_follows_by_head(stage: Stage) -> None:
    chat = await stage.chat()
    query = {"query": LOG, "variables": orjson.dumps({"id": chat.name}).decode()}
    headers = {"authorization": f"Bearer {chat.visitor}", "accept": "text/event-stream"}
    answer = await stage.client.head("/graphql", params=query, headers=headers)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")
    assert not any(group.following.key == chat.id for group in stage.hub.groups.values())


async def test_strawberrys_stream_gives_the_same(stage: Stage) -> None:
    chat = await stage.chat(entries=1)
    viewer = viewers.visitor((await stage.visitor_of(chat)), chat=chat.id)
    context = Context(stage.database, None, viewer)  # type: ignore[arg-type]
    stream = await stage.schema.stream(LOG, {"id": chat.name, "after": 0}, context)
    told = [orjson.loads(orjson.dumps((await anext(stream)).data)) for _ in range(2)]
    assert [one["chatEvents"]["__typename"] for one in told] == ["ChatMessageSent", "ChatCaughtUp"]
    await stream.aclose()
    refused = await stage.schema.stream(LOG, {"id": chat.name, "after": 9}, context)
    (error,) = (await anext(refused)).errors
    assert error.extensions == {"code": "CONFLICT", "head": 1, "epoch": 1}

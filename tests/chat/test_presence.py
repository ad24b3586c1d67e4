"""Who of a desk is there: what people say, signs of life, and what becomes of the chats of who is gone."""

from typing import Any

import pytest

from app.services.chat import handing, presence
from app.services.chat.desk import open_rows
from app.services.refusals import Refused
from app.worker.desks import Desks
from graph.access.viewers import person
from models.chat.desk import ChatAgentStatus
from tests.chat.chats import Chats
from tests.chat.desks import SECOND, Desk, a_desk


@pytest.fixture
async def desk(chats: Chats) -> Desk:
    return await a_desk(chats)


async def says(desk: Desk, agent: object, status: ChatAgentStatus) -> None:
    """Somebody of the desk says whether they are there."""
    async with desk.chats.begin() as session:
        await presence.set_presence(session, desk.actor(agent), desk.at, business_id=desk.id, status=status)  # type: ignore[arg-type]


async def accepts(desk: Desk, agent: object, chat: object) -> None:
    """Somebody of the desk takes a chat."""
    async with desk.chats.begin() as session:
        await handing.accept_chat(session, desk.actor(agent), desk.at, session_id=chat)  # type: ignore[arg-type]


async def agent_row(desk: Desk, agent: object) -> dict[str, object]:
    """What there is of somebody of the desk."""
    (row,) = await desk.chats.run("SELECT * FROM chat.chat_agents WHERE id = $1", agent)
    return row


async def test_who_comes_is_offered_what_waits(desk: Desk) -> None:
    ada = await desk.somebody(status="OFFLINE", heartbeat_at=None, max_concurrent_chats=2)
    waiting = [await desk.chat() for _ in range(3)]
    desk.passes(5)
    await says(desk, ada, "ONLINE")
    assert [await desk.state(chat) for chat in waiting] == [("OFFERED", ada), ("OFFERED", ada), ("QUEUED", None)]
    row = await agent_row(desk, ada)
    assert (row["status"], row["status_changed_at"], row["heartbeat_at"]) == ("ONLINE", desk.now, desk.now)


async def test_a_sign_of_life_alone_is_no_news(desk: Desk) -> None:
    ada = await desk.somebody()
    before = await agent_row(desk, ada)
    records = "SELECT count(*) AS n FROM ops.audit_logs WHERE entity_id = $1"
    count = await desk.chats.run(records, ada)
    async with desk.chats.acquire() as connection:
        marks = await open_rows(connection, desk.id)
    desk.passes(10)
    await says(desk, ada, "ONLINE")
    after = await agent_row(desk, ada)
    assert after["heartbeat_at"] == desk.now
    assert after | {"heartbeat_at": None} == before | {"heartbeat_at": None}
    assert await desk.chats.run(records, ada) == count
    async with desk.chats.acquire() as connection:
        assert await open_rows(connection, desk.id) == marks
    await says(desk, ada, "AWAY")
    async with desk.chats.acquire() as connection:
        assert (await open_rows(connection, desk.id)).agents != marks.agents


async def test_a_clock_that_is_behind_takes_no_sign_of_life_back(desk: Desk) -> None:
    ada = await desk.somebody()
    desk.passes(-5)
    await says(desk, ada, "ONLINE")
    assert (await agent_row(desk, ada))["heartbeat_at"] == desk.passes(5)


@pytest.mark.parametrize("status", ["AWAY", "BUSY", "OFFLINE"])
async def test_what_was_offered_to_who_goes_is_offered_to_others_at_once(desk: Desk, status: ChatAgentStatus) -> None:
    ada = await desk.somebody(max_concurrent_chats=1)
    led = await desk.chat()
    await accepts(desk, ada, led)
    await desk.chats.run("UPDATE chat.chat_agents SET max_concurrent_chats = 2 WHERE id = $1", ada)
    offered = await desk.chat()
    bob = await desk.somebody("Bob")
    await says(desk, ada, status)
    assert await desk.state(led) == ("ACTIVE", ada)
    assert await desk.state(offered) == ("OFFERED", bob)
    assert await desk.log(offered) == ["QUEUED", "OFFERED", "QUEUED", "OFFERED"]


async def test_who_is_without_a_sign_of_life_for_thirty_seconds_gives_chats_back(desk: Desk) -> None:
    ada = await desk.somebody(max_concurrent_chats=2)
    led, offered = await desk.chat(), await desk.chat()
    await accepts(desk, ada, led)
    desk.passes(29.9)
    await desk.drained()
    assert await desk.state(led) == ("ACTIVE", ada)
    desk.passes(0.1)
    await desk.drained()
    assert [await desk.state(chat) for chat in (led, offered)] == [("QUEUED", None), ("QUEUED", None)]
    assert await desk.log(led) == ["QUEUED", "OFFERED", "ASSIGNED", "JOINED", "LEFT", "QUEUED"]
    assert await desk.log(offered) == ["QUEUED", "OFFERED", "QUEUED"]
    row = await agent_row(desk, ada)
    assert (row["status"], row["status_changed_at"]) == ("OFFLINE", desk.now)
    (stay,) = await desk.chats.run("SELECT * FROM chat.chat_participants WHERE session_id = $1", led)
    assert stay["left_at"] == desk.now
    again = await desk.row(led)
    assert (again["priority"], again["queued_at"], again["assigned_at"]) == (1, desk.now, None)


async def test_chats_of_who_is_gone_go_to_others_before_those_that_wait_for_the_first_time(desk: Desk) -> None:
    ada = await desk.somebody(max_concurrent_chats=1)
    led, waiting = await desk.chat(), await desk.chat()
    await accepts(desk, ada, led)
    desk.passes(31)
    bob = await desk.somebody("Bob", max_concurrent_chats=1)
    await desk.drained()
    assert await desk.state(led) == ("OFFERED", bob)
    assert await desk.state(waiting) == ("QUEUED", None)


async def test_who_says_goodbye_keeps_chats_for_thirty_seconds_as_for_a_page_that_is_loaded_anew(desk: Desk) -> None:
    ada = await desk.somebody()
    led = await desk.chat()
    await accepts(desk, ada, led)
    await says(desk, ada, "OFFLINE")
    desk.passes(20)
    await desk.drained()
    await says(desk, ada, "ONLINE")
    desk.passes(20)
    await desk.drained()
    assert await desk.state(led) == ("ACTIVE", ada)
    await says(desk, ada, "OFFLINE")
    desk.passes(30)
    await desk.drained()
    assert await desk.state(led) == ("QUEUED", None)


async def test_who_comes_back_is_there_again_and_leads_what_nobody_took(desk: Desk) -> None:
    ada = await desk.somebody()
    led = await desk.chat()
    await accepts(desk, ada, led)
    desk.passes(31)
    await desk.drained()
    await says(desk, ada, "ONLINE")
    assert await desk.state(led) == ("OFFERED", ada)
    await accepts(desk, ada, led)
    assert (await desk.log(led))[-3:] == ["OFFERED", "ASSIGNED", "JOINED"]
    stays = await desk.chats.run("SELECT left_at FROM chat.chat_participants WHERE session_id = $1 ORDER BY id", led)
    assert [row["left_at"] is None for row in stays] == [False, True]


async def test_an_offer_that_is_not_answered_in_time_goes_to_somebody_else(desk: Desk) -> None:
    ada = await desk.somebody()
    chat = await desk.chat()
    desk.passes(29)
    bob = await desk.somebody("Bob")
    await desk.sign_of_life(ada)
    await desk.drained()
    assert await desk.state(chat) == ("OFFERED", ada)
    desk.passes(1)
    await desk.drained()
    assert await desk.state(chat) == ("OFFERED", bob)
    assert await desk.log(chat) == ["QUEUED", "OFFERED", "DECLINED", "OFFERED"]
    assert (await desk.told(chat, "DECLINED"))["isLate"] is True


async def test_only_people_of_the_desk_say_that_they_are_there(desk: Desk) -> None:
    ada = await desk.somebody(is_enabled=False, status="OFFLINE")
    with pytest.raises(Refused) as refused:
        await says(desk, ada, "ONLINE")
    assert [(one.code, one.field) for one in refused.value.refusals] == [("CONFLICT", "status")]
    await says(desk, ada, "AWAY")
    stranger = await a_desk(desk.chats)
    eve = await stranger.somebody("Eve")
    desk.staff[eve] = stranger.staff[eve]
    with pytest.raises(Refused) as refused:
        await says(desk, eve, "ONLINE")
    assert [(one.code, one.field) for one in refused.value.refusals] == [("NOT_FOUND", "businessId")]


async def test_there_is_nothing_to_do_where_everybody_is_there_and_nobody_waits(desk: Desk) -> None:
    ada = await desk.somebody(max_concurrent_chats=1)
    await accepts(desk, ada, await desk.chat())
    await desk.chat()  # nobody has room for it
    assert str(desk.id) not in await Desks(desk.chats.database, lambda: desk.now).due()
    await desk.somebody("Bob")
    assert str(desk.id) in await Desks(desk.chats.database, lambda: desk.now).due()


async def test_chats_of_somebody_who_is_not_of_the_desk_any_more_go_back_into_the_queue(desk: Desk) -> None:
    ada = await desk.somebody(max_concurrent_chats=2)
    led, offered = await desk.chat(), await desk.chat()
    await accepts(desk, ada, led)
    await desk.chats.run("DELETE FROM chat.chat_agents WHERE id = $1", ada)
    bob = await desk.somebody("Bob")
    desk.passes(1)
    await desk.drained()
    assert [await desk.state(chat) for chat in (led, offered)] == [("OFFERED", bob), ("OFFERED", bob)]
    assert await desk.log(led) == ["QUEUED", "OFFERED", "ASSIGNED", "JOINED", "LEFT", "QUEUED", "OFFERED"]
    assert await desk.log(offered) == ["QUEUED", "OFFERED", "QUEUED", "OFFERED"]
    (stay,) = await desk.chats.run("SELECT * FROM chat.chat_participants WHERE session_id = $1", led)
    assert (stay["name"], stay["left_at"]) == ("Ada", desk.now)
    row = await desk.row(led)
    assert (row["priority"], row["queued_at"]) == (1, desk.now)


async def test_whose_membership_ended_is_of_no_desk_and_their_chats_come_back(desk: Desk) -> None:
    ada = await desk.somebody()
    led = await desk.chat()
    await accepts(desk, ada, led)
    desk.staff[ada] = person(desk.staff[ada].params["user"], roles={desk.id: "VIEWER"})
    desk.passes(20)
    with pytest.raises(Refused) as refused:
        await says(desk, ada, "ONLINE")
    assert [(one.code, one.field) for one in refused.value.refusals] == [("NOT_FOUND", "businessId")]
    desk.passes(10)
    await desk.drained()
    assert await desk.state(led) == ("QUEUED", None)
    assert await desk.state(await desk.chat()) == ("QUEUED", None)


async def test_what_cannot_be_done_at_a_desk_holds_up_nothing_else(desk: Desk, undone: list[dict[str, Any]]) -> None:
    ada = await desk.somebody()
    long_ago = {"status": "OFFERED", "assigned_agent_id": ada, "offered_at": desk.now - 60 * SECOND}
    broken, late = await desk.bare(**long_ago), await desk.bare(**long_ago)
    taken = {"session_id": broken, "staff_seq": 1, "type": "STARTED", "actor_type": "SYSTEM"}
    await desk.chats.made("chat.chat_events", **taken)  # the number of the next entry
    bob = await desk.somebody("Bob")
    await desk.drained()
    assert await desk.state(broken) == ("OFFERED", ada)
    assert await desk.state(late) == ("OFFERED", bob)
    assert {(one["kind"], one["id"], one["cause"]) for one in undone} == {("expired", str(broken), "IntegrityError")}
    undone.clear()

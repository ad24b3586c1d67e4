"""Chats from hand to hand: they are taken, declined and passed on, and wait in a queue that is fair."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from app.services.chat import desk as desks
from app.services.chat import ending, handing, queue
from app.services.chat.actors import Actor
from app.services.refusals import Refused
from graph.access.viewers import visitor
from tests.chat.chats import Chats
from tests.chat.desks import Desk, a_desk
from tests.doing import NOBODY


@pytest.fixture
async def desk(chats: Chats) -> Desk:
    return await a_desk(chats)


async def accepts(desk: Desk, agent: UUID, chat: UUID) -> None:
    """Somebody of the desk takes a chat."""
    async with desk.chats.begin() as session:
        await handing.accept_chat(session, desk.actor(agent), desk.at, session_id=chat)


async def declines(desk: Desk, agent: UUID, chat: UUID) -> None:
    """Somebody of the desk leaves a chat to others."""
    async with desk.chats.begin() as session:
        await handing.decline_chat(session, desk.actor(agent), desk.at, session_id=chat)


async def passes_on(desk: Desk, by: Actor, chat: UUID, **to: Any) -> None:
    """Somebody passes a chat on."""
    async with desk.chats.begin() as session:
        await handing.transfer_chat(session, by, desk.at, session_id=chat, **to)


async def refusal(work: Any) -> tuple[str, str]:
    """The code of why something is refused, and the field it is about."""
    with pytest.raises(Refused) as refused:
        await work
    (one,) = refused.value.refusals
    return one.code, one.field


async def test_who_takes_a_chat_comes_into_it(desk: Desk) -> None:
    ada = await desk.somebody()
    chat = await desk.chat()
    desk.passes(7)
    await accepts(desk, ada, chat)
    row = await desk.row(chat)
    assert (row["status"], row["assigned_agent_id"], row["assigned_at"]) == ("ACTIVE", ada, desk.now)
    assert row["queue_seconds"] == 7
    assert await desk.log(chat) == ["QUEUED", "OFFERED", "ASSIGNED", "JOINED"]
    assert (await desk.told(chat, "ASSIGNED"))["name"] == "Ada"
    (stay,) = await desk.chats.run("SELECT * FROM chat.chat_participants WHERE session_id = $1", chat)
    assert (stay["type"], stay["chat_agent_id"], stay["name"], stay["left_at"]) == ("AGENT", ada, "Ada", None)


async def test_somebody_may_pick_a_chat_that_nobody_has(desk: Desk) -> None:
    busy = await desk.somebody(status="BUSY", max_concurrent_chats=2)
    queued, waiting = await desk.chat(), await desk.bare()
    for chat in (queued, waiting):
        await accepts(desk, busy, chat)
        assert await desk.state(chat) == ("ACTIVE", busy)
    assert await refusal(accepts(desk, busy, await desk.bare())) == ("CONFLICT", "sessionId")


async def test_what_cannot_be_taken(desk: Desk) -> None:
    ada, gone = await desk.somebody(), await desk.somebody("Bob", status="OFFLINE")
    chat = await desk.chat()
    assert await refusal(accepts(desk, gone, chat)) == ("CONFLICT", "sessionId")
    await accepts(desk, ada, chat)
    assert await refusal(accepts(desk, ada, chat)) == ("CONFLICT", "sessionId")
    over = await desk.bare(status="ENDED", ended_at=desk.now)
    assert await refusal(accepts(desk, ada, over)) == ("CONFLICT", "sessionId")
    assert await refusal(accepts(desk, gone, await desk.bare())) == ("CONFLICT", "sessionId")
    assert await refusal(accepts(desk, ada, NOBODY)) == ("NOT_FOUND", "sessionId")
    assert await desk.log(chat) == ["QUEUED", "OFFERED", "ASSIGNED", "JOINED"]


async def test_chats_of_other_businesses_are_missing_and_managers_are_no_people_of_the_desk(desk: Desk) -> None:
    chat, other = await desk.bare(), await a_desk(desk.chats)
    eve = await other.somebody("Eve")
    desk.staff[eve] = other.staff[eve]
    assert await refusal(accepts(desk, eve, chat)) == ("NOT_FOUND", "sessionId")
    assert await refusal(declines(desk, eve, chat)) == ("NOT_FOUND", "sessionId")
    assert await refusal(passes_on(desk, desk.actor(eve), chat, skill="refund")) == ("NOT_FOUND", "sessionId")
    desk.staff[NOBODY] = await desk.manager()
    assert await refusal(accepts(desk, NOBODY, chat)) == ("FORBIDDEN", "sessionId")


async def test_who_declines_is_not_asked_again_for_a_minute(desk: Desk) -> None:
    ada = await desk.somebody()
    chat = await desk.chat()
    await declines(desk, ada, chat)
    assert await desk.state(chat) == ("QUEUED", None)
    assert await desk.log(chat) == ["QUEUED", "OFFERED", "DECLINED"]
    assert (await desk.told(chat, "DECLINED"))["chatAgentId"] == str(ada)
    assert await served(desk) == 0
    bob = await desk.somebody("Bob")
    assert await served(desk) == 1
    assert await desk.state(chat) == ("OFFERED", bob)
    await declines(desk, bob, chat)
    desk.passes(180)  # the log is written by the clock on the wall
    await desk.sign_of_life(ada, bob)
    assert await served(desk) == 1
    assert (await desk.row(chat))["status"] == "OFFERED"


async def test_a_chat_that_is_declined_goes_to_the_next_at_once_and_keeps_its_place(desk: Desk) -> None:
    people = {await desk.somebody(), await desk.somebody("Bob")}
    chat = await desk.chat()
    _, first = await desk.state(chat)
    joined = (await desk.row(chat))["queued_at"]
    desk.passes(5)
    assert first is not None
    await declines(desk, first, chat)
    (second,) = people - {first}
    row = await desk.row(chat)
    assert (row["status"], row["assigned_agent_id"], row["queued_at"]) == ("OFFERED", second, joined)
    assert await refusal(declines(desk, first, chat)) == ("CONFLICT", "sessionId")


async def served(desk: Desk) -> int:
    """How many chats found somebody."""
    async with desk.chats.begin() as session:
        return await queue.serve(session, desk.id, desk.now)


async def test_a_queue_is_left_by_priority_and_then_in_the_order_in_which_it_was_joined(desk: Desk) -> None:
    await desk.rule(1, tag="trade", priority=5)
    waiting = []
    for tags in ([], ["trade"], [], ["trade"]):
        waiting.append(await desk.chat(tags=tags))
        desk.passes(1)
    await desk.somebody(max_concurrent_chats=1)
    order = []
    for _ in waiting:
        assert await served(desk) == 1
        assert await served(desk) == 0
        (chat,) = [chat for chat in waiting if (await desk.row(chat))["status"] == "OFFERED"]
        order.append(waiting.index(chat))
        ending = "UPDATE chat.chat_sessions SET status = 'ENDED', ended_at = $1 WHERE id = $2"
        await desk.chats.run(ending, desk.now, chat)
    assert order == [1, 3, 0, 2]


async def test_a_chat_that_comes_in_does_not_overtake_those_that_wait(desk: Desk) -> None:
    first = await desk.chat()
    desk.passes(1)
    ada = await desk.somebody(max_concurrent_chats=1)
    second = await desk.chat()
    assert await desk.state(first) == ("OFFERED", ada)
    assert await desk.state(second) == ("QUEUED", None)


async def test_a_chat_that_nobody_free_can_take_holds_up_no_other(desk: Desk) -> None:
    await desk.rule(1, target="SKILL", skill="refund", tag="refund", priority=9)
    stuck = [await desk.chat(tags=["refund"]) for _ in range(30)]
    free = await desk.chat()
    ada = await desk.somebody()
    assert await served(desk) == 1
    assert await desk.state(free) == ("OFFERED", ada)
    assert {await desk.state(chat) for chat in stuck} == {("QUEUED", None)}


async def test_a_chat_is_passed_on_to_somebody_with_a_note_that_no_visitor_sees(desk: Desk) -> None:
    ada = await desk.somebody()
    chat = await desk.chat()
    await accepts(desk, ada, chat)
    bob = await desk.somebody("Bob")
    await passes_on(desk, desk.actor(ada), chat, chat_agent_id=bob, note="Wants a refund.")
    assert await desk.state(chat) == ("OFFERED", bob)
    log = await desk.log(chat)
    assert log[4:] == ["(NOTE_ADDED)", "(TRANSFERRED)", "LEFT", "OFFERED"]
    about = await desk.told(chat, "TRANSFERRED")
    assert (about["fromChatAgentId"], about["chatAgentId"]) == (str(ada), str(bob))
    (note,) = await desk.chats.run("SELECT * FROM chat.chat_messages WHERE session_id = $1", chat)
    assert (note["content"], note["is_internal"], note["sender_name"]) == ("Wants a refund.", True, "Ada")
    await accepts(desk, bob, chat)
    assert (await desk.log(chat))[8:] == ["ASSIGNED", "JOINED"]


async def test_what_is_passed_on_and_declined_does_not_come_back_at_once(desk: Desk) -> None:
    ada = await desk.somebody()
    chat = await desk.chat()
    await accepts(desk, ada, chat)
    bob = await desk.somebody("Bob")
    await passes_on(desk, desk.actor(ada), chat, chat_agent_id=bob)
    await declines(desk, bob, chat)
    assert await desk.state(chat) == ("QUEUED", None)


async def test_a_chat_is_passed_on_to_whoever_has_a_skill_before_those_that_wait(desk: Desk) -> None:
    ada = await desk.somebody(skills=["refund"], max_concurrent_chats=1)
    chat, waiting = await desk.chat(), await desk.chat()
    await accepts(desk, ada, chat)
    assert await refusal(passes_on(desk, desk.actor(ada), chat, skill="singing")) == ("NOT_FOUND", "skill")
    await passes_on(desk, desk.actor(ada), chat, skill="refund")
    assert await desk.state(chat) == ("QUEUED", None)
    assert await desk.state(waiting) == ("OFFERED", ada)
    assert (await desk.log(chat))[4:] == ["(TRANSFERRED)", "LEFT", "QUEUED"]
    await desk.somebody("Bob")
    assert await served(desk) == 0
    eve = await desk.somebody("Eve", skills=["stock", "refund"])
    assert await served(desk) == 1
    assert await desk.state(chat) == ("OFFERED", eve)


async def test_a_chat_is_passed_on_to_an_ai_agent(desk: Desk) -> None:
    ada, ai = await desk.somebody(), await desk.ai()
    chat = await desk.chat()
    await accepts(desk, ada, chat)
    await passes_on(desk, desk.actor(ada), chat, ai_agent_id=ai)
    row = await desk.row(chat)
    assert (row["status"], row["assigned_agent_id"], row["ai_agent_id"]) == ("WAITING", None, ai)
    assert (await desk.log(chat))[4:] == ["(TRANSFERRED)", "LEFT", "DETAILS_CHANGED", "JOINED"]


async def test_a_chat_that_an_ai_agent_has_becomes_no_ticket_of_the_rule_that_led_it_before(desk: Desk) -> None:
    ada, ai = await desk.somebody(), await desk.ai()
    await desk.rule(1, target="TICKET")
    chat = await desk.chat()
    await accepts(desk, ada, chat)
    await desk.says(chat)
    await passes_on(desk, desk.actor(ada), chat, ai_agent_id=ai)
    await desk.drained()
    row = await desk.row(chat)
    assert (row["status"], row["ai_agent_id"], row["routing_rule_id"]) == ("WAITING", ai, None)
    asked = await desk.chats.run("SELECT prompt FROM llm.llm_requests WHERE chat_session_id = $1", chat)
    assert [request["prompt"] for request in asked] == ["Hello"]


async def test_a_chat_that_never_queued_has_a_place_in_the_queue_if_who_it_is_passed_on_to_declines(desk: Desk) -> None:
    ada, ai = await desk.somebody(max_concurrent_chats=1), await desk.ai()
    chat = await desk.chat(ai_agent_id=ai)
    offered = desk.passes(5)
    await passes_on(desk, Actor.of(await desk.manager()), chat, chat_agent_id=ada)
    desk.passes(5)
    await declines(desk, ada, chat)
    row = await desk.row(chat)
    assert (row["status"], row["queued_at"]) == ("QUEUED", offered)
    await desk.chats.run("UPDATE chat.chat_agents SET status = 'AWAY' WHERE id = $1", ada)
    later = await desk.chat()
    assert [await standing(desk, one) for one in (chat, later)] == [(1, None, 0), (2, None, 0)]


async def test_a_chat_that_is_passed_on_late_waits_from_then_on(desk: Desk) -> None:
    desk.passes(-3600)  # the log, which says who declined, is written by the clock on the wall
    ada, bob = await desk.somebody(), await desk.somebody("Bob", status="AWAY")
    first = await desk.rule(1, max_wait_seconds=120)
    await desk.rule(2, target="TICKET")
    chat = await desk.chat()
    await desk.says(chat)
    await accepts(desk, ada, chat)
    offered = desk.passes(3600)
    await desk.chats.run("UPDATE chat.chat_agents SET status = 'ONLINE' WHERE id = $1", bob)
    await desk.sign_of_life(ada, bob)
    await passes_on(desk, desk.actor(ada), chat, chat_agent_id=bob)
    desk.passes(2)
    await declines(desk, bob, chat)
    await desk.drained()
    row = await desk.row(chat)
    assert (row["status"], row["queued_at"], row["routing_rule_id"]) == ("QUEUED", offered, first)
    desk.passes(5)
    await accepts(desk, bob, chat)
    assert (await desk.row(chat))["queue_seconds"] == 7


async def test_a_chat_that_is_offered_keeps_its_place_when_it_is_passed_on(desk: Desk) -> None:
    ada = await desk.somebody()
    chat = await desk.chat()
    joined = (await desk.row(chat))["queued_at"]
    desk.passes(5)
    bob = await desk.somebody("Bob")
    await passes_on(desk, Actor.of(await desk.manager()), chat, chat_agent_id=bob)
    row = await desk.row(chat)
    assert (row["assigned_agent_id"], row["queued_at"]) == (bob, joined)
    assert ada != bob


async def test_a_chat_that_is_opened_again_waits_for_anybody_under_no_rule(desk: Desk) -> None:
    await desk.somebody(skills=["refund"], status="AWAY")
    await desk.rule(1, max_wait_seconds=10)
    chat, manager = await desk.chat(), Actor.of(await desk.manager())
    await passes_on(desk, manager, chat, skill="refund")
    await ends(desk, manager, chat)
    await desk.reopened(chat)
    row = await desk.row(chat)
    assert (row["status"], row["wanted_skill"], row["routing_rule_id"], row["priority"]) == ("QUEUED", None, None, 1)
    bob = await desk.somebody("Bob")
    assert await served(desk) == 1
    assert await desk.state(chat) == ("OFFERED", bob)


async def ends(desk: Desk, by: Actor, chat: UUID) -> None:
    """Somebody ends a chat."""
    async with desk.chats.begin() as session:
        await ending.end_chat(session, by, desk.at, session_id=chat)


async def test_a_chat_that_ends_while_it_is_offered_was_nobodys(desk: Desk) -> None:
    await desk.somebody()
    chat = await desk.chat()
    await ends(desk, Actor.of(await desk.manager()), chat)
    row = await desk.row(chat)
    assert (row["status"], row["assigned_agent_id"], row["offered_at"]) == ("ENDED", None, None)


async def test_who_leaves_the_desk_while_they_take_a_chat_is_told_that_it_is_for_its_people(desk: Desk) -> None:
    ada = await desk.somebody()
    chat = await desk.bare()
    async with desk.chats.database.writes.begin() as connection:
        await connection.exec_driver_sql("DELETE FROM chat.chat_agents WHERE id = $1", (ada,))
        taking = asyncio.create_task(refusal(accepts(desk, ada, chat)))
        await desk.chats.blocked(1)
    assert await taking == ("FORBIDDEN", "sessionId")


async def test_managers_pass_on_whatever_is_open_and_others_only_what_they_lead(desk: Desk) -> None:
    ada, bob = await desk.somebody(), await desk.somebody("Bob", max_concurrent_chats=1)
    chat, manager = await desk.bare(), Actor.of(await desk.manager())
    assert await refusal(passes_on(desk, desk.actor(ada), chat, chat_agent_id=bob)) == ("FORBIDDEN", "sessionId")
    await passes_on(desk, manager, chat, chat_agent_id=bob)
    assert await desk.state(chat) == ("OFFERED", bob)
    assert await refusal(passes_on(desk, manager, chat, chat_agent_id=bob)) == ("CONFLICT", "chatAgentId")
    second = await desk.bare()
    assert await refusal(passes_on(desk, manager, second, chat_agent_id=bob)) == ("CONFLICT", "chatAgentId")
    over = await desk.bare(status="ENDED", ended_at=desk.now)
    assert await refusal(passes_on(desk, manager, over, chat_agent_id=ada)) == ("CONFLICT", "sessionId")


async def test_whom_a_chat_cannot_be_passed_on_to(desk: Desk) -> None:
    chat, manager = await desk.bare(), Actor.of(await desk.manager())
    other = await a_desk(desk.chats)
    eve, bot, asleep = await other.somebody("Eve"), await other.ai(), await desk.ai("Zed", status="INACTIVE")
    gone = await desk.somebody(status="AWAY")
    for to, found in (
        ({}, ("BAD_USER_INPUT", "")),
        ({"skill": "refund", "chat_agent_id": eve}, ("BAD_USER_INPUT", "")),
        ({"skill": "refund", "note": "x" * 2_001}, ("BAD_USER_INPUT", "note")),
        ({"chat_agent_id": eve}, ("NOT_FOUND", "chatAgentId")),
        ({"chat_agent_id": NOBODY}, ("NOT_FOUND", "chatAgentId")),
        ({"chat_agent_id": gone}, ("CONFLICT", "chatAgentId")),
        ({"ai_agent_id": bot}, ("NOT_FOUND", "aiAgentId")),
        ({"ai_agent_id": asleep}, ("CONFLICT", "aiAgentId")),
    ):
        assert await refusal(passes_on(desk, manager, chat, **to)) == found, to
    assert await desk.log(chat) == []


async def test_who_waits_is_told_the_place_and_how_long_it_is_likely_to_take(desk: Desk) -> None:
    await desk.somebody(max_concurrent_chats=2)
    for _ in range(2):
        await desk.chat()
    waiting = []
    for _ in range(3):
        desk.passes(1)
        waiting.append(await desk.chat())
    found = [await standing(desk, chat) for chat in waiting]
    assert found == [(1, 150, 1), (2, 300, 1), (3, 450, 1)]  # a chat lasts 300 seconds until it is known, two at once
    begun, over = desk.passes(-100), desk.passes(40)
    await desk.bare(status="ENDED", started_at=begun, queued_at=begun, assigned_at=begun, ended_at=over)
    desk.passes(60)
    assert await standing(desk, waiting[1]) == (2, 40, 1)
    desk.passes(60)
    assert await standing(desk, waiting[1]) == (2, None, 0)


async def standing(desk: Desk, chat: UUID) -> desks.Standing | None:
    """How it looks for a chat, as its visitor is told."""
    row = await desk.row(chat)
    by = Actor(visitor=row["visitor_id"], chat=chat)
    async with desk.chats.begin() as session:
        return await desks.standing(session, by, desk.now, session_id=chat)


async def test_only_who_may_see_a_chat_is_told_how_it_looks_for_it(desk: Desk) -> None:
    chat, other = await desk.chat(), await desk.chat()
    async with desk.chats.begin() as session:
        stranger = Actor(visitor=(await desk.row(other))["visitor_id"], chat=other)
        assert await desks.standing(session, stranger, desk.now, session_id=chat) is None


async def test_what_a_desk_shows_has_marks_that_change_with_it(desk: Desk) -> None:
    ada = await desk.somebody()
    chat, over = await desk.chat(), await desk.bare(status="ENDED", ended_at=desk.now)
    first = await opened(desk)
    assert set(first.sessions) == {chat}
    assert set(first.agents) == {ada}
    assert over not in first.sessions
    assert await opened(desk) == first
    await accepts(desk, ada, chat)
    second = await opened(desk)
    assert second.sessions[chat] != first.sessions[chat]
    another = await desk.chat()
    third = await opened(desk)
    assert third.sessions[chat] == second.sessions[chat]
    assert set(third.sessions) == {chat, another}
    assert third.agents[ada] != second.agents[ada]  # who has one chat more
    await desk.chats.run("UPDATE chat.visitors SET name = 'Vlad' WHERE id = $1", (await desk.row(chat))["visitor_id"])
    assert (await opened(desk)).sessions[chat] != third.sessions[chat]


async def opened(desk: Desk) -> desks.Desk:
    """What the desk shows."""
    async with desk.chats.acquire() as connection:
        return await desks.open_rows(connection, desk.id)


SET_PRESENCE = """mutation($input: SetPresenceInput!) {
  setPresence(input: $input) { chatAgent { status currentChatCount } userErrors { code field message } }
}"""
CHAT = "{ session { status assignedAgent { name } } userErrors { code field message } }"
ACCEPT = f"mutation($input: AcceptChatInput!) {{ acceptChat(input: $input) {CHAT} }}"
DECLINE = f"mutation($input: DeclineChatInput!) {{ declineChat(input: $input) {CHAT} }}"
TRANSFER = f"mutation($input: TransferChatInput!) {{ transferChat(input: $input) {CHAT} }}"
QUEUE = "query($id: ID!) { chatQueue(sessionId: $id) { position expectedWaitSeconds onlineAgents } }"
FILL = "query($id: ID!, $chat: ID!) { fillCannedResponse(id: $id, sessionId: $chat) }"


async def test_the_desk_by_its_mutations(desk: Desk) -> None:
    ada, bob = await desk.somebody(status="OFFLINE"), await desk.somebody("Bob", status="OFFLINE")
    chat = await desk.chat()
    guest = visitor((await desk.row(chat))["visitor_id"], chat=chat)
    named = {"sessionId": f"chat_session_{chat}"}
    ask, shop = desk.chats.ask, f"business_{desk.id}"

    told = await ask(guest, QUEUE, id=named["sessionId"])
    assert told == {"data": {"chatQueue": {"position": 1, "expectedWaitSeconds": None, "onlineAgents": 0}}}
    told = await ask(desk.staff[ada], SET_PRESENCE, input={"businessId": shop, "status": "ONLINE"})
    assert told["data"]["setPresence"] == {"chatAgent": {"status": "ONLINE", "currentChatCount": "1"}, "userErrors": []}
    told = await ask(desk.staff[ada], ACCEPT, input=named)
    active = {"status": "ACTIVE", "assignedAgent": {"name": "Ada"}}
    assert told["data"]["acceptChat"] == {"session": active, "userErrors": []}
    told = await ask(desk.staff[bob], SET_PRESENCE, input={"businessId": shop, "status": "ONLINE"})
    assert told["data"]["setPresence"]["chatAgent"] == {"status": "ONLINE", "currentChatCount": "0"}
    told = await ask(desk.staff[ada], TRANSFER, input={**named, "chatAgentId": f"chat_agent_{bob}"})
    assert told["data"]["transferChat"]["session"] == {"status": "OFFERED", "assignedAgent": {"name": "Bob"}}
    told = await ask(desk.staff[ada], DECLINE, input=named)
    (error,) = told["data"]["declineChat"]["userErrors"]
    assert error == {
        "code": "CONFLICT",
        "field": "sessionId",
        "message": "sessionId names a chat that is offered to somebody else.",
    }
    told = await ask(desk.staff[bob], DECLINE, input=named)
    assert told["data"]["declineChat"]["session"]["status"] == "QUEUED"
    (error,) = (await ask(guest, ACCEPT, input=named))["data"]["acceptChat"]["userErrors"]
    assert (error["code"], error["field"]) == ("FORBIDDEN", "sessionId")


async def test_a_prepared_answer_is_filled_for_who_may_send_it(desk: Desk) -> None:
    ada = await desk.somebody()
    chat = await desk.chat()
    answer = await desk.chats.made(
        "chat.canned_responses",
        business_id=desk.id,
        shortcut="hello",
        title="Hello",
        content="Hello {visitor}, this is {agent}. {order}",
    )
    asked: Any = {"id": f"canned_response_{answer}", "chat": f"chat_session_{chat}"}
    told = await desk.chats.ask(desk.staff[ada], FILL, **asked)
    assert told == {"data": {"fillCannedResponse": "Hello Vera Lind, this is Ada. {order}"}}
    guest = visitor((await desk.row(chat))["visitor_id"], chat=chat)
    assert await desk.chats.ask(guest, FILL, **asked) == {"data": {"fillCannedResponse": None}}
    await desk.chats.run("UPDATE chat.canned_responses SET chat_agent_id = $1", await desk.somebody("Bob"))
    assert await desk.chats.ask(desk.staff[ada], FILL, **asked) == {"data": {"fillCannedResponse": None}}

"""To whom chats go: by the first rule that fits, to people who have room, an AI agent, or a ticket."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app.services.chat import onward, people, routing
from app.services.chat.moments import CLOCKS
from app.services.statements import Compiled
from tests.chat.chats import Chats
from tests.chat.desks import Desk, a_desk
from tests.doing import NOBODY


@pytest.fixture
async def desk(chats: Chats) -> Desk:
    return await a_desk(chats)


async def test_a_chat_is_offered_to_who_is_there(desk: Desk) -> None:
    ada = await desk.somebody()
    chat = await desk.chat()
    assert await desk.state(chat) == ("OFFERED", ada)
    assert await desk.log(chat) == ["QUEUED", "OFFERED"]
    row = await desk.row(chat)
    assert (row["queued_at"], row["offered_at"], row["assigned_at"]) == (desk.now, desk.now, None)
    assert (await desk.told(chat, "OFFERED"))["chatAgentId"] == str(ada)


@pytest.mark.parametrize(
    "values",
    [
        {"status": "AWAY"},
        {"status": "BUSY"},
        {"status": "OFFLINE"},
        {"is_enabled": False},
        {"heartbeat_at": None},
    ],
)
async def test_a_chat_waits_if_nobody_is_there_who_takes_chats(desk: Desk, values: dict[str, Any]) -> None:
    await desk.somebody(**values)
    chat = await desk.chat()
    assert await desk.state(chat) == ("QUEUED", None)
    assert await desk.log(chat) == ["QUEUED"]
    assert (await desk.told(chat, "QUEUED"))["position"] == 1


async def test_a_chat_is_not_offered_to_who_gave_no_sign_of_life_for_thirty_seconds(desk: Desk) -> None:
    ada = await desk.somebody()
    desk.passes(29)
    first = await desk.chat()
    desk.passes(1)
    second = await desk.chat()
    assert await desk.state(first) == ("OFFERED", ada)
    assert await desk.state(second) == ("QUEUED", None)


async def test_nobody_gets_more_chats_than_they_take(desk: Desk) -> None:
    ada, bob = await desk.somebody(max_concurrent_chats=2), await desk.somebody("Bob", max_concurrent_chats=1)
    found = [await desk.state(await desk.chat()) for _ in range(5)]
    assert sorted(found, key=str) == sorted(
        [("OFFERED", ada), ("OFFERED", ada), ("OFFERED", bob), ("QUEUED", None), ("QUEUED", None)], key=str
    )


async def test_of_several_the_least_busy_is_asked_then_who_was_asked_longest_ago(desk: Desk) -> None:
    ada, bob = sorted([await desk.somebody(), await desk.somebody("Bob")])
    seen = []
    for _ in range(4):
        seen.append((await desk.state(await desk.chat()))[1])
        desk.passes(1)
    assert seen == [ada, bob, ada, bob]


async def test_round_robin_asks_one_after_the_other_however_busy_they_are(desk: Desk) -> None:
    await desk.rule(1, strategy="ROUND_ROBIN")
    people = sorted([await desk.somebody(max_concurrent_chats=9) for _ in range(3)])
    held = await desk.bare(status="ACTIVE", assigned_agent_id=people[0], offered_at=desk.now - timedelta(hours=1))
    assert await desk.state(held) == ("ACTIVE", people[0])
    seen = []
    for _ in range(6):
        seen.append((await desk.state(await desk.chat()))[1])
        desk.passes(1)
    assert seen == [people[1], people[2], people[0], people[1], people[2], people[0]]


async def test_longest_idle_asks_whose_last_chat_was_over_longest_ago(desk: Desk) -> None:
    await desk.rule(1, strategy="LONGEST_IDLE")
    ada, bob, eve = [await desk.somebody(name) for name in ("Ada", "Bob", "Eve")]
    for minutes, agent in ((5, ada), (50, bob), (90, eve)):
        over, begun = desk.now - timedelta(minutes=minutes), desk.now - timedelta(hours=2)
        await desk.bare(status="ENDED", assigned_agent_id=agent, started_at=begun, ended_at=over)
    await desk.bare(status="ACTIVE", assigned_agent_id=eve)  # who is not idle at all
    assert [(await desk.state(await desk.chat()))[1] for _ in range(2)] == [bob, ada]


async def test_who_writes_the_visitors_language_is_asked_before_others(desk: Desk) -> None:
    ada, uta = await desk.somebody(), await desk.somebody("Uta", languages=["de"], max_concurrent_chats=1)
    chats = [await desk.chat(language=language) for language in ("de-AT", "de", "en")]
    assert [await desk.state(chat) for chat in chats] == [("OFFERED", uta), ("OFFERED", ada), ("OFFERED", ada)]


async def test_a_rule_sends_chats_to_one_person_and_to_nobody_else(desk: Desk) -> None:
    ada, bob = await desk.somebody(max_concurrent_chats=1), await desk.somebody("Bob")
    rule = await desk.rule(1, target="AGENT", chat_agent_id=ada, priority=5)
    first, second = await desk.chat(), await desk.chat()
    assert await desk.state(first) == ("OFFERED", ada)
    assert await desk.state(second) == ("QUEUED", None)
    row = await desk.row(second)
    assert (row["routing_rule_id"], row["priority"]) == (rule, 5)
    assert bob is not None


async def test_a_rule_sends_chats_to_who_has_a_skill(desk: Desk) -> None:
    await desk.somebody(skills=["stock"])
    bob = await desk.somebody("Bob", skills=["refund", "return"], max_concurrent_chats=1)
    await desk.rule(1, target="SKILL", skill="return", tag="return")
    returned, other, late = [await desk.chat(tags=tags) for tags in (["return"], [], ["return"])]
    assert await desk.state(returned) == ("OFFERED", bob)
    assert (await desk.state(other))[0] == "OFFERED"
    assert await desk.state(late) == ("QUEUED", None)


async def test_rules_are_followed_in_order_and_only_those_that_are_active_and_fit(desk: Desk) -> None:
    await desk.rule(1, is_active=False)
    await desk.rule(2, language="fr")
    third = await desk.rule(3, page_pattern="/trade/*")
    fourth = await desk.rule(4)
    trade, other = await desk.chat(page_url="https://shop.example/trade/terms"), await desk.chat()
    assert (await desk.row(trade))["routing_rule_id"] == third
    assert (await desk.row(other))["routing_rule_id"] == fourth


async def widget(desk: Desk, **values: Any) -> UUID:
    """A widget of the business."""
    key = f"key{desk.id.hex[:20]}"
    return await desk.chats.made("chat.chat_widgets", business_id=desk.id, public_key=key, name="Chat", **values)


async def test_opening_hours_are_those_of_the_widget(desk: Desk) -> None:
    ai = await desk.ai()
    night = await desk.rule(1, is_during_opening_hours=False, target="AI_AGENT", ai_agent_id=ai)
    day = await desk.rule(2)
    today = desk.now.strftime("%A").lower()
    shut = await widget(desk, opening_hours='{"noday": ["00:00", "24:00"]}')
    assert (await desk.row(await desk.chat(widget_id=shut)))["routing_rule_id"] == night
    always = f"""{{"{today}": ["00:00", "24:00"]}}"""
    await desk.chats.run("UPDATE chat.chat_widgets SET opening_hours = $1::jsonb WHERE id = $2", always, shut)
    assert (await desk.row(await desk.chat(widget_id=shut)))["routing_rule_id"] == day
    assert (await desk.row(await desk.chat()))["routing_rule_id"] == day


async def test_a_rule_for_an_ai_agent_has_it_answer(desk: Desk) -> None:
    await desk.somebody()
    ai = await desk.ai()
    rule = await desk.rule(1, target="AI_AGENT", ai_agent_id=ai)
    chat = await desk.chat()
    row = await desk.row(chat)
    assert (row["status"], row["ai_agent_id"], row["routing_rule_id"]) == ("WAITING", ai, rule)
    assert await desk.log(chat) == ["DETAILS_CHANGED", "JOINED"]


async def test_an_ai_agent_that_is_not_at_work_is_passed_over(desk: Desk) -> None:
    ada = await desk.somebody()
    await desk.rule(1, target="AI_AGENT", ai_agent_id=await desk.ai(status="INACTIVE"))
    assert await desk.state(await desk.chat()) == ("OFFERED", ada)


async def test_what_an_ai_agent_hands_over_goes_to_people_by_the_next_rule(desk: Desk) -> None:
    ai = await desk.ai()
    await desk.rule(1, target="AI_AGENT", ai_agent_id=ai)
    rule = await desk.rule(2, target="ANYBODY", priority=2)
    chat = await desk.chat()
    await desk.route(chat, to_people=True)
    row = await desk.row(chat)
    assert (row["status"], row["routing_rule_id"], row["priority"]) == ("QUEUED", rule, 2)
    assert await desk.log(chat) == ["DETAILS_CHANGED", "JOINED", "QUEUED"]


async def test_the_ai_agent_of_a_chat_answers_if_no_rule_fits_or_none_of_its_people_is_there(desk: Desk) -> None:
    ai = await desk.ai()
    without_rule = await desk.chat(ai_agent_id=ai)
    assert await desk.state(without_rule) == ("WAITING", None)
    await desk.rule(1, target="SKILL", skill="refund")
    ada = await desk.somebody()
    for_nobody = await desk.chat(ai_agent_id=ai)
    assert await desk.state(for_nobody) == ("WAITING", None)
    await desk.chats.run("UPDATE chat.chat_agents SET skills = '{refund}', max_concurrent_chats = 1 WHERE id = $1", ada)
    chats = [await desk.chat(ai_agent_id=ai) for _ in range(2)]
    assert [await desk.state(chat) for chat in chats] == [("OFFERED", ada), ("QUEUED", None)]


async def test_a_rule_for_tickets_makes_one_of_what_was_said(desk: Desk) -> None:
    rule = await desk.rule(1, target="TICKET")
    shown = await widget(desk, offline_message="We are asleep.")
    chat = await desk.bare(widget_id=shown, tags=["return"])
    await desk.says(chat, "Where is my order?\nIt is late.")
    await desk.says(chat, "Hello?")
    await desk.route(chat)
    row = await desk.row(chat)
    assert (row["status"], row["end_reason"], row["routing_rule_id"]) == ("ENDED", "MOVED_TO_TICKET", rule)
    assert await desk.log(chat) == ["MESSAGE_SENT", "ENDED"]
    (ticket,) = await desk.chats.run("SELECT * FROM support.support_tickets WHERE chat_session_id = $1", chat)
    assert (ticket["business_id"], ticket["subject"]) == (desk.id, "Where is my order?")
    assert ticket["description"] == "Where is my order?\nIt is late.\n\nHello?"
    assert (ticket["requester_name"], ticket["channel"], ticket["tags"]) == ("Vera Lind", "CHAT", ["return"])


async def test_a_chat_for_a_ticket_in_which_nothing_was_said_waits_for_that(desk: Desk) -> None:
    await desk.rule(1, target="TICKET")
    chat = await desk.chat()
    assert await desk.state(chat) == ("WAITING", None)
    assert await desk.log(chat) == ["(DETAILS_CHANGED)"]


async def test_a_chat_for_a_ticket_in_which_nothing_was_said_for_a_day_is_over(desk: Desk) -> None:
    await desk.rule(1, target="TICKET")
    silent, shown, answered = await desk.chat(), await desk.chat(), await desk.chat()
    picture = {"sender_type": "VISITOR", "type": "IMAGE", "attachment_url": "https://cdn.example/lamp"}
    await desk.chats.made("chat.chat_messages", session_id=shown, **picture)
    await desk.chats.run("UPDATE chat.chat_sessions SET first_response_at = started_at WHERE id = $1", answered)
    desk.passes(86_300)
    await desk.drained()
    assert [await desk.state(chat) for chat in (silent, shown, answered)] == [("WAITING", None)] * 3
    desk.passes(200)
    await desk.drained()
    row = await desk.row(silent)
    assert (row["status"], row["end_reason"], row["ended_at"]) == ("ABANDONED", "TIMED_OUT", desk.now)
    assert await desk.log(silent) == ["(DETAILS_CHANGED)", "ABANDONED"]
    assert [(await desk.state(chat))[0] for chat in (shown, answered)] == ["ABANDONED", "ENDED"]


async def test_what_a_chat_for_a_ticket_says_is_looked_for_only_where_it_may_be(desk: Desk) -> None:
    await desk.rule(1, target="TICKET")
    chat = await desk.chat()
    await desk.says(chat, "Seen by nobody", by="STAFF")
    moments = {"now": desk.now, "offered": desk.now, "silent": desk.now, **people.moments(desk.now)}
    query, *given = Compiled(people.DUE)(**moments, business=desk.id)
    async with desk.chats.acquire() as connection:
        plan = await connection.fetch(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {query}", *given)
    read = [row[0] for row in plan if "never executed" not in row[0]]
    months = {month for line in read for month in re.findall(r" on chat_messages_(20\d\d_\d\d) ", line)}
    assert months
    assert min(months) >= f"{desk.now - CLOCKS:%Y_%m}"


async def test_a_chat_that_is_opened_again_becomes_another_ticket_of_what_was_said_since(desk: Desk) -> None:
    await desk.rule(1, target="TICKET")
    chat = await desk.bare()
    for said in ("Where is my order?", "It came broken.", None):
        if said:
            await desk.says(chat, said)
        await desk.route(chat)
        assert (await desk.row(chat))["end_reason"] == "MOVED_TO_TICKET"
        await desk.reopened(chat)
    tickets = await desk.chats.run("SELECT * FROM support.support_tickets WHERE chat_session_id = $1 ORDER BY id", chat)
    first = tickets[0]["number"]
    assert [(ticket["number"], ticket["subject"], ticket["description"]) for ticket in tickets] == [
        (first, "Where is my order?", "Where is my order?"),
        (f"{first}-2", "It came broken.", "It came broken."),
        (f"{first}-3", "Where is my order?", "Where is my order?\n\nIt came broken."),
    ]


async def test_what_is_said_in_a_chat_for_a_ticket_is_no_question_for_its_ai_agent(desk: Desk) -> None:
    ai = await desk.ai()
    await desk.rule(1, target="TICKET")
    chat = await desk.chat(ai_agent_id=ai)
    async with desk.chats.begin() as session:
        await onward.ask(session, await desk.locked(session, chat), NOBODY, "Where is my order?")
    assert await desk.chats.run("SELECT id FROM llm.llm_requests WHERE chat_session_id = $1", chat) == []


async def test_after_the_seconds_of_its_rule_a_chat_follows_the_next_and_keeps_its_place(desk: Desk) -> None:
    await desk.rule(1, target="SKILL", skill="refund", max_wait_seconds=60, priority=3)
    ada = await desk.somebody()
    second = await desk.rule(2, target="AGENT", chat_agent_id=ada)
    chat = await desk.chat()
    joined = (await desk.row(chat))["queued_at"]
    assert not await moved_on(desk, chat)
    desk.passes(60)
    await desk.sign_of_life(ada)
    assert await moved_on(desk, chat)
    row = await desk.row(chat)
    assert (row["status"], row["assigned_agent_id"], row["routing_rule_id"]) == ("OFFERED", ada, second)
    assert (row["queued_at"], row["priority"]) == (joined, 3)
    assert await desk.log(chat) == ["QUEUED", "(QUEUED)", "OFFERED"]


async def test_behind_the_last_rule_anybody_may_take_a_chat(desk: Desk) -> None:
    await desk.rule(1, target="SKILL", skill="refund", max_wait_seconds=60)
    chat = await desk.chat()
    desk.passes(61)
    ada = await desk.somebody()
    assert await moved_on(desk, chat)
    assert await desk.state(chat) == ("OFFERED", ada)
    assert (await desk.row(chat))["routing_rule_id"] is None


async def test_behind_the_last_rule_the_ai_agent_answers_unless_it_did_already(desk: Desk) -> None:
    await desk.rule(1, max_wait_seconds=60)
    ai, ada = await desk.ai(), await desk.somebody(max_concurrent_chats=1)
    first = await desk.chat(ai_agent_id=ai)
    waiting = [await desk.chat(ai_agent_id=ai) for _ in range(2)]
    await desk.chats.run("UPDATE chat.chat_sessions SET first_response_at = now() WHERE id = $1", waiting[1])
    desk.passes(61)
    assert [await moved_on(desk, chat) for chat in waiting] == [True, True]
    assert await desk.state(first) == ("OFFERED", ada)
    assert [await desk.state(chat) for chat in waiting] == [("WAITING", None), ("QUEUED", None)]


async def moved_on(desk: Desk, chat: UUID) -> bool:
    """Whether a chat waited long enough to follow its next rule, which it does."""
    async with desk.chats.begin() as session:
        return await routing.do_move_on(session, chat, desk.now)

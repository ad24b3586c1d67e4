"""What people do in conversations, who may, and what the log says of it."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from graph.access import viewers
from graph.engine.access import Viewer
from tests.answers.counter import ADA, AGENT, ASK, BEN, SHOP, START, Counter, customer, member
from tests.identity.asking import codes

RATE = """mutation($id: ID!, $rating: Int!, $feedback: String) {
  rateConversation(input: {id: $id, rating: $rating, feedback: $feedback}) {
    conversation { satisfactionRating feedback agent { satisfactionAverage } }
    userErrors { code field message } } }"""

ARCHIVE = """mutation($id: ID!) { archiveConversation(input: {id: $id}) {
  conversation { status outcome archivedAt endedAt } userErrors { code field message } } }"""

FULL = """mutation($input: StartConversationInput!) { startConversation(input: $input) {
  conversation { title sessionId context userType lastSeq agent { name } business { name } }
  message { id } request { id } userErrors { code field message } } }"""


async def test_a_conversation_is_begun_with_a_question_and_follows_what_the_agent_says(counter: Counter) -> None:
    begun = await counter.start("  My lamp is dark.\nWhat now?")
    assert begun["conversation"]["title"] == "My lamp is dark."
    assert (begun["conversation"]["userType"], begun["conversation"]["outcome"]) == ("CUSTOMER", "ONGOING")
    assert (begun["message"]["role"], begun["message"]["sequenceNumber"]) == ("USER", 1)
    assert begun["request"]["priority"] == "NORMAL"
    request = await counter.row("SELECT * FROM llm.llm_requests")
    assert (request["reference"], request["user_id"], request["business_id"]) == (begun["message"]["id"], ADA, SHOP)


async def test_a_conversation_can_be_begun_without_a_question(counter: Counter) -> None:
    given = {"agentId": f"agent_{AGENT}", "sessionId": "tab-1", "title": "Lamps", "context": {"page": "/lamps"}}
    begun = await counter.asking.by(member("STAFF"))(FULL, input={**given, "businessId": f"business_{SHOP}"})
    assert begun == {
        "conversation": {
            **{"title": "Lamps", "sessionId": "tab-1", "context": {"page": "/lamps"}, "userType": "STAFF"},
            **{"lastSeq": 1, "agent": {"name": "Lumi"}, "business": {"name": "Lamps & Co"}},
        },
        **{"message": None, "request": None, "userErrors": []},
    }


WRONG: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "another business": ({"businessId": f"business_{uuid4()}"}, [("BAD_USER_INPUT", "businessId")]),
    "no agent": ({"agentId": f"agent_{uuid4()}"}, [("NOT_FOUND", "agentId")]),
    "an empty question": ({"message": "  "}, [("BAD_USER_INPUT", "message")]),
    "a question that is too long": ({"message": "x" * 10_001}, [("BAD_USER_INPUT", "message")]),
    "a list for the situation": ({"context": [1]}, [("BAD_USER_INPUT", "context")]),
    "too much of a situation": ({"context": {"x": "x" * 17_000}}, [("BAD_USER_INPUT", "context")]),
    "a number beyond 64 bits": ({"context": {"x": 10**22}}, [("BAD_USER_INPUT", "context")]),
    "a number beyond all bounds": ({"context": {"x": float("inf")}}, [("BAD_USER_INPUT", "context")]),
    "a question behind many spaces": ({"message": " " * 10_000 + "x"}, [("BAD_USER_INPUT", "message")]),
    "two long names": (
        {"title": "x" * 201, "sessionId": "x" * 256},
        [
            *(("BAD_USER_INPUT", "sessionId"), ("BAD_USER_INPUT", "title")),
        ],
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
async def test_what_is_wrong_with_a_beginning_is_said(counter: Counter, wrong: str) -> None:
    given, expected = WRONG[wrong]
    begun = await counter.asking.by(customer())(FULL, input={"agentId": f"agent_{AGENT}", **given})
    assert codes(begun) == expected
    assert await counter.rows("SELECT FROM agents.conversations") == []


@pytest.mark.parametrize(
    ("type_", "status", "who", "expected"),
    [
        ("SALES", "ACTIVE", customer(), []),
        ("STAFF_ASSISTANT", "ACTIVE", member("STAFF"), []),
        ("STAFF_ASSISTANT", "ACTIVE", customer(), [("FORBIDDEN", "agentId")]),
        ("STAFF_ASSISTANT", "ACTIVE", member("VIEWER"), [("FORBIDDEN", "agentId")]),
        ("CUSTOMER_SUPPORT", "MAINTENANCE", customer(), [("NOT_FOUND", "agentId")]),
        ("CUSTOMER_SUPPORT", "MAINTENANCE", member("VIEWER"), [("CONFLICT", "agentId")]),
        ("CUSTOMER_SUPPORT", "ACTIVE", viewers.key(SHOP, ["*"]), [("UNAUTHENTICATED", None)]),
        ("CUSTOMER_SUPPORT", "ACTIVE", Viewer(viewers.ANONYMOUS), [("UNAUTHENTICATED", None)]),
    ],
)
async def test_who_may_talk_to_which_agent(
    counter: Counter, type_: str, status: str, who: Viewer, expected: list[tuple[str, str | None]]
) -> None:
    await counter.connection.execute("UPDATE agents.agents SET type = $1, status = $2", type_, status)
    assert codes(await counter.asking.by(who)(START, agent=f"agent_{AGENT}")) == expected


VIEWERS: dict[str, tuple[Viewer, list[tuple[str, str | None]]]] = {
    "whose it is": (customer(), []),
    "staff": (member("STAFF"), [("FORBIDDEN", "conversationId")]),
    "who only looks": (member("VIEWER"), [("NOT_FOUND", "conversationId")]),
    "somebody else": (customer(BEN), [("NOT_FOUND", "conversationId")]),
    "staff of another business": (viewers.person(BEN, roles={uuid4(): "OWNER"}), [("NOT_FOUND", "conversationId")]),
    "nobody": (Viewer(viewers.ANONYMOUS), [("UNAUTHENTICATED", None)]),
}


@pytest.mark.parametrize("who", VIEWERS)
async def test_only_whose_it_is_asks_in_a_conversation(counter: Counter, who: str) -> None:
    viewer, expected = VIEWERS[who]
    begun = await counter.start()
    assert codes(await counter.ask(begun["conversation"]["id"], "Hello?", by=viewer)) == expected


async def test_urgency_is_for_staff(counter: Counter) -> None:
    begun = await counter.start()
    asked = await counter.ask(begun["conversation"]["id"], "Hello?", priority="HIGH")
    assert codes(asked) == [("FORBIDDEN", "priority")]


async def test_three_questions_may_wait_at_once(counter: Counter) -> None:
    begun = await counter.start("One")
    for content in ("Two", "Three"):
        assert codes(await counter.ask(begun["conversation"]["id"], content)) == []
    assert codes(await counter.ask(begun["conversation"]["id"], "Four")) == [("CONFLICT", "conversationId")]


async def test_a_repeated_call_with_a_key_asks_once(counter: Counter) -> None:
    begun = await counter.start()
    again = ASK.replace("}) {", '}, idempotencyKey: "k") {', 1)
    variables = {"id": begun["conversation"]["id"], "content": "Hello?", "priority": None}
    del variables["priority"]
    first, second = [await counter.asking.by(customer())(again, **variables) for _ in range(2)]
    assert first["request"]["id"] == second["request"]["id"]
    assert await counter.statuses() == ["PENDING"]


async def test_a_conversation_is_rated_by_whose_it_is_once_something_was_answered(counter: Counter) -> None:
    begun = await counter.start("Hello?")
    id_ = begun["conversation"]["id"]
    assert codes(await counter.asking.by(customer())(RATE, id=id_, rating=5)) == [("CONFLICT", "id")]
    await counter.work()
    assert codes(await counter.asking(RATE, id=id_, rating=6)) == [("BAD_USER_INPUT", "rating")]
    rated = await counter.asking(RATE, id=id_, rating=2, feedback=" Meh. ")
    assert rated["conversation"] == {
        **{"satisfactionRating": 2, "feedback": "Meh.", "agent": {"satisfactionAverage": "2.00"}},
    }
    again = await counter.asking(RATE, id=id_, rating=4)
    assert again["conversation"]["agent"] == {"satisfactionAverage": "4.00"}
    assert [type_ for _, type_ in await counter.log()][-2:] == ["RATED", "RATED"]
    assert codes(await counter.asking.by(member("OWNER"))(RATE, id=id_, rating=1)) == [("FORBIDDEN", "id")]
    assert codes(await counter.asking.by(customer(BEN))(RATE, id=id_, rating=1)) == [("NOT_FOUND", "id")]


@pytest.mark.parametrize(("answered", "outcome"), [(True, "RESOLVED"), (False, "ABANDONED")])
async def test_putting_a_conversation_away_ends_it(counter: Counter, answered: bool, outcome: str) -> None:
    await counter.article("Opening hours", "We open at nine.")
    begun = await counter.start("What are the opening hours?")
    if answered:
        await counter.work()
    id_ = begun["conversation"]["id"]
    away = await counter.asking.by(member("STAFF"))(ARCHIVE, id=id_)
    assert (away["conversation"]["status"], away["conversation"]["outcome"]) == ("ARCHIVED", outcome)
    assert away["conversation"]["archivedAt"] == away["conversation"]["endedAt"] is not None
    assert [type_ for _, type_ in await counter.log()][-3:] == ["OUTCOME_CHANGED", "ENDED", "ARCHIVED"]
    before = await counter.log()
    assert codes(await counter.asking(ARCHIVE, id=id_)) == []
    assert await counter.log() == before
    assert codes(await counter.ask(id_, "Still there?")) == [("CONFLICT", "conversationId")]
    assert codes(await counter.asking.by(customer(BEN))(ARCHIVE, id=id_)) == [("NOT_FOUND", "id")]


async def test_the_log_has_no_gap_whatever_is_done_at_once(counter: Counter) -> None:

    begun = await counter.start("One")
    id_ = begun["conversation"]["id"]
    answers = counter.answers()
    await asyncio.gather(
        *(counter.asking.by(customer()).answer(ASK, id=id_, content=f"More {n}") for n in range(8)),
        *(answers.drain(key) for key in await answers.due()),
    )
    seqs = [seq for seq, _ in await counter.log()]
    assert seqs == list(range(1, len(seqs) + 1))
    assert (await counter.row("SELECT last_seq FROM agents.conversations"))["last_seq"] == len(seqs)
    numbers = [
        r["sequence_number"] for r in await counter.rows("SELECT sequence_number FROM agents.messages ORDER BY id")
    ]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))

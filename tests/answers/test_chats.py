"""An AI agent answers in live chats until a person does, and passes on to people what it does not know."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from app.services.accounts.occasion import Occasion
from app.services.chat.actors import Actor
from app.services.chat.ending import end_chat
from app.services.chat.handing import accept_chat
from app.services.chat.presence import set_presence
from app.services.chat.sending import LONGEST, send_chat_message
from app.services.chat.starting import Opened, Opening, start_chat
from tests.answers.counter import AGENT, BEN, SHOP, Counter, reaching, until
from tests.answers.model import Line, Model, saying

WIDGET = "widget0123456789"
STAFF = Actor(user=BEN, staff=frozenset([SHOP]))


class Window:
    """A visitor's window, and the desk."""

    def __init__(self, counter: Counter) -> None:
        self.counter = counter
        self.opened: Opened | None = None

    @property
    def id(self) -> UUID:
        assert self.opened is not None
        return self.opened.session_id

    @property
    def visitor(self) -> Actor:
        assert self.opened is not None
        return Actor(visitor=self.opened.visitor_id, chat=self.opened.session_id)

    @property
    def at(self) -> Occasion:
        return Occasion(self.counter.clock())

    async def open(self, message: str | None) -> None:
        given = {"business_id": SHOP, "public_key": WIDGET, "name": "W", "is_consent_required": False}
        await self.counter.insert("chat.chat_widgets", **given, ai_agent_id=AGENT)
        async with self.counter.database.transaction() as session:
            self.opened = await start_chat(session, Opening(WIDGET, message=message), self.at, None)

    async def do(self, work: Any, by: Actor, **given: Any) -> None:
        async with self.counter.database.transaction() as session:
            await work(session, by, self.at, **given)

    async def say(self, content: str) -> None:
        name = f"c-{content}"[:60]
        given = {"session_id": self.id, "content": content, "client_message_id": name}
        await self.do(send_chat_message, self.visitor, **given)

    async def person(self) -> None:
        """Ben is at the desk, and takes the chat."""
        await self.counter.insert("chat.chat_agents", business_id=SHOP, user_id=BEN, name="Ben")
        await self.do(set_presence, STAFF, business_id=SHOP, status="ONLINE")
        await self.do(accept_chat, STAFF, session_id=self.id)

    async def said(self) -> list[tuple[str, str | None]]:
        rows = await self.counter.rows("SELECT sender_type, content FROM chat.chat_messages ORDER BY id")
        return [(row["sender_type"], row["content"]) for row in rows]

    async def log(self) -> list[str]:
        rows = await self.counter.rows("SELECT type, staff_seq, visitor_seq FROM chat.chat_events ORDER BY staff_seq")
        assert [row["staff_seq"] for row in rows] == list(range(1, len(rows) + 1))
        seen = [row["visitor_seq"] for row in rows if row["visitor_seq"]]
        assert seen == list(range(1, len(seen) + 1))
        return [row["type"] for row in rows]

    async def status(self) -> str:
        status: str = (await self.counter.row("SELECT status FROM chat.chat_sessions"))["status"]
        return status


@pytest.fixture
def window(counter: Counter) -> Window:
    return Window(counter)


async def test_the_agent_of_the_widget_answers_the_first_message(counter: Counter, window: Window) -> None:
    await counter.article("Opening hours", "We open at nine.")
    await window.open("What are your opening hours?")
    request = await counter.row("SELECT * FROM llm.llm_requests")
    assert (request["priority"], request["chat_session_id"], request["user_id"]) == ("HIGH", window.id, None)
    await counter.work()
    assert await window.said() == [
        ("VISITOR", "What are your opening hours?"),
        ("AI", "We open at nine.\n\nThis is from our article “Opening hours”."),
    ]
    assert await window.status() == "WAITING"
    message = await counter.row("SELECT * FROM chat.chat_messages WHERE sender_type = 'AI'")
    assert message["sender_name"] == "Lumi"
    entry = await counter.row("SELECT * FROM chat.chat_events WHERE message_id = $1", message["id"])
    assert (entry["type"], entry["actor_type"]) == ("MESSAGE_SENT", "AI")
    assert entry["client_message_id"] is None
    assert {topic for topic, _ in counter.told} == {f"chat:{window.id}"}
    assert {said["type"] for _, said in counter.told} == {"ChatAnswering"}
    assert (await counter.row("SELECT first_response_at FROM chat.chat_sessions"))["first_response_at"] is not None
    await window.log()


async def test_what_it_does_not_know_it_passes_on_to_people_and_says_so_once(counter: Counter, window: Window) -> None:
    await window.open("Which wine goes with fish?")
    await counter.work()
    assert await window.status() == "QUEUED"
    (_, (sender, words)) = await window.said()
    assert (sender, words) == ("AI", "I do not know that for certain, so I pass it on to a colleague at Lamps & Co.")
    assert (await window.log())[-1] == "QUEUED"
    await window.say("And with meat?")
    await counter.work()
    assert [sender for sender, _ in await window.said()] == ["VISITOR", "AI", "VISITOR"]
    assert await counter.statuses() == ["COMPLETED", "COMPLETED"]


async def test_while_the_visitor_waits_for_a_person_it_still_answers_what_it_knows(
    counter: Counter, window: Window
) -> None:
    await counter.article("Opening hours", "We open at nine.")
    await window.open("Which wine goes with fish?")
    await counter.work()
    await window.say("What are your opening hours?")
    await counter.work()
    assert (await window.said())[-1][0] == "AI"
    assert await window.status() == "QUEUED"


async def test_of_many_messages_at_once_the_first_are_answered_and_the_last_with_all_before_it(
    counter: Counter, window: Window, spoken: Model
) -> None:
    spoken.next = [saying("One"), saying("Two"), saying("All")]
    await counter.provider("acme")
    async with reaching(spoken.url) as online:
        await window.open("1")
        for number in range(2, 7):
            await window.say(str(number))
        assert await counter.statuses() == ["PENDING"] * 3
        await counter.work(counter.answers(online))
    assert await counter.statuses() == ["COMPLETED"] * 3
    assert [line.asked["messages"][-1]["content"] for line in spoken.asked] == ["1", "2", "6"]
    assert [turn["content"] for turn in spoken.asked[-1].asked["messages"][1:]] == ["1", "2", "3", "4", "5", "6"]


async def test_once_a_person_answers_the_agent_is_not_asked(counter: Counter, window: Window) -> None:
    await window.open(None)
    await window.person()
    await window.say("Hello?")
    assert await counter.statuses() == []


@pytest.mark.parametrize("how", ["a person takes it", "it ends"])
async def test_an_answer_that_comes_too_late_is_broken_off(
    counter: Counter, window: Window, spoken: Model, how: str
) -> None:
    heard, hung_up = asyncio.Event(), asyncio.Event()

    async def slow(line: Line) -> None:
        await line.begin()
        await line.piece("Well, ")
        heard.set()
        await line.gone()
        hung_up.set()

    spoken.next = [slow]
    await counter.provider("acme")
    async with reaching(spoken.url) as online:
        answers = counter.answers(online)
        await window.open("Hello?")
        answering = await counter.takes_up(answers)
        await heard.wait()
        if how == "it ends":
            await window.do(end_chat, window.visitor, session_id=window.id)
        else:
            await window.person()
        async with asyncio.timeout(5):
            await answering
            await hung_up.wait()
    assert await window.said() == [("VISITOR", "Hello?")]
    assert await counter.statuses() == ["CANCELLED"]


async def test_a_model_hears_what_was_said_in_the_chat_but_no_notes(
    counter: Counter, window: Window, spoken: Model
) -> None:
    spoken.next = [saying("Hello!"), saying("I am Lumi.")]
    await counter.provider("acme")
    async with reaching(spoken.url) as online:
        await window.open("Hi")
        await counter.work(counter.answers(online))
        note = {"content": "A regular.", "is_internal": True, "client_message_id": "n"}
        await window.do(send_chat_message, STAFF, session_id=window.id, **note)
        await window.say("Who are you?")
        await counter.work(counter.answers(online))
    _, *rest = spoken.asked[-1].asked["messages"]
    assert [(turn["role"], turn["content"]) for turn in rest] == [
        *(("user", "Hi"), ("assistant", "Hello!"), ("user", "Who are you?")),
    ]


async def test_a_visitor_who_takes_the_name_of_a_draft_is_answered_all_the_same(
    counter: Counter, window: Window, spoken: Model
) -> None:
    go_on = asyncio.Event()

    async def speak(line: Line) -> None:
        await line.begin()
        await line.piece("One is here. Two")
        await go_on.wait()
        await line.piece(" are there.", "stop")
        await line.end()

    spoken.next = [speak, saying("And three.")]
    await counter.provider("acme")
    async with reaching(spoken.url) as online:
        answers = counter.answers(online)
        await window.open("Where are you?")
        first = await counter.takes_up(answers)
        await until(lambda: counter.told)
        taken = {"content": "Hm.", "client_message_id": counter.told[0][1]["values"]["draftId"]}
        await window.do(send_chat_message, window.visitor, session_id=window.id, **taken)
        go_on.set()
        await first
        await counter.work(answers)
    assert [content for sender, content in await window.said() if sender == "AI"] == [
        *("One is here. Two are there.", "And three."),
    ]
    assert len(spoken.asked) == 2


async def test_what_is_too_long_for_a_message_is_cut_and_asked_once(
    counter: Counter, window: Window, spoken: Model
) -> None:
    spoken.next = [saying("ö" * 20_000)]
    await counter.provider("acme")
    async with reaching(spoken.url) as online:
        await window.open("Say ö very often")
        await counter.work(counter.answers(online))
    (_, (sender, content)) = await window.said()
    assert content is not None
    assert (sender, content.strip("ö"), len(content.encode()) > LONGEST - 4) == ("AI", "…", True)
    assert len(content.encode()) <= LONGEST
    assert (await counter.row("SELECT length(content) FROM llm.llm_responses"))["length"] == 20_000
    assert len(spoken.asked) == 1


@pytest.mark.parametrize("said", [saying("Dreadful", finish="content_filter")], ids=["unsafe"])
async def test_an_unsafe_answer_hands_the_chat_to_a_person(
    counter: Counter, window: Window, spoken: Model, said: Any
) -> None:
    spoken.next = [said]
    await counter.provider("acme")
    async with reaching(spoken.url) as online:
        await window.open("Say something dreadful")
        await counter.work(counter.answers(online))
    assert (await window.said())[-1] == ("AI", "I cannot answer that. I pass this on to a colleague.")
    assert await window.status() == "QUEUED"
    assert "Dreadful" not in counter.shown()


async def test_where_no_model_answers_the_chat_goes_to_a_person(
    counter: Counter, window: Window, spoken: Model
) -> None:
    await counter.provider("acme")
    await counter.insert("llm.llm_providers", slug="offline", name="Offline", priority=0)
    await counter.connection.execute("UPDATE llm.llm_providers SET is_enabled = false")
    async with reaching(spoken.url) as online:
        await window.open("Hello?")
        await counter.work(counter.answers(online))
    assert (await window.said())[-1][0] == "AI"
    assert await window.status() == "QUEUED"
    assert await counter.statuses() == ["FAILED"]

"""What a client kept, with the entries of the log since, is what it would read now: whoever does whatever in a chat."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar, get_args

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from strawberry.types import get_object_definition
from strawberry.utils.str_converters import to_camel_case

from app.database import Database, connected
from app.services.accounts.passwords import Passwords
from app.services.chat import onward
from app.services.chat.locking import locked
from app.services.chat.messages import Said, ai_speaker, do_say
from app.services.chat.states import CHAT, OPEN
from app.worker.desks import Desks
from graph.chat import ChatMutation
from graph.engine.schema.schema import Schema
from models.chat.sessions import ChatEventType
from tests.beside import Beside
from tests.chat.chats import Chats, uuid_of
from tests.chat.following import Follower, fresh
from tests.engine.dice import examples

DESK = ("ada", "bob")
PEOPLE = ("visitor", *DESK, "bea")
"""The visitor, those of the desk, and a manager who is not of it."""

TEXTS = st.sampled_from(["Hello?", "One moment.", "Thanks!", "x" * 300])
NUMBERS = st.integers(1, 40)
ANYBODY, ANYBODY_OF_DESK, STAFF = st.sampled_from(PEOPLE), st.sampled_from(DESK), st.sampled_from(PEOPLE[1:])
NOTE = st.none() | TEXTS
TARGETS = st.sampled_from(["somebody", "somebody", "refund", "Ada", "Bob", "bot"])
"""To whom a chat is passed on: somebody else, who has a skill, or an AI agent."""

AT_LEAST = 6
"""Steps of a chat before it is ended, so that there is something to end."""

OUT_OF_PLACE: dict[str, dict[str, Any]] = {
    "acceptChat": {},
    "declineChat": {},
    "transferChat": {"skill": "refund"},
    "rateChat": {"rating": 6},
    "reopenChat": {},
    "editChatMessage": {"content": "Mine!"},
    "deleteChatMessage": {},
}
"""What is mostly refused, as it is tried wherever the chat stands and by whomever."""

MUTATIONS = {to_camel_case(one.python_name) for one in get_object_definition(ChatMutation, strict=True).fields}
ENTRIES = set(get_args(ChatEventType))


Rule = TypeVar("Rule", bound=Callable[..., Any])


@dataclass
class Done:
    """What was really done over a whole run, and what the logs hold of it."""

    mutations: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    entries: Counter[str] = field(default_factory=Counter)

    def check(self) -> None:
        """Each mutation of live chat was done, and each kind of entry was written, at least once."""
        assert set(self.mutations) >= MUTATIONS, f"never done: {MUTATIONS - set(self.mutations)}"
        assert set(self.entries) >= ENTRIES, f"never written: {ENTRIES - set(self.entries)}"


def while_it_is(*statuses: str) -> Callable[[Rule], Rule]:
    """For a rule that has a chance while the chat has one of these statuses."""
    return precondition(lambda self: self.status in statuses)


class Talk(RuleBasedStateMachine):
    """One chat around which people do what they may and what they may not."""

    def __init__(self, chats: Chats, beside: Beside, done: Done) -> None:
        super().__init__()
        self.chats, self.beside, self.done = chats, beside, done

    @initialize(message=NOTE, has_ai=st.booleans())
    def begins(self, message: str | None, has_ai: bool) -> None:
        self.beside(self._begins(message, has_ai))

    async def _begins(self, message: str | None, has_ai: bool) -> None:
        self.shop = shop = await self.chats.shop()
        bob, second = await self.chats.at_desk(shop.id, "Bob")
        bea = await self.chats.person("Bea", {shop.id: "MANAGER"})
        self.rows = {"ada": shop.agent, "bob": second}
        skilled = "UPDATE chat.chat_agents SET skills = ARRAY['refund', name] WHERE business_id = $1"
        await self.chats.run(skilled, shop.id)
        given = {"business_id": shop.id, "name": "Bot", "slug": f"bot-{shop.id}", "type": "SALES", "status": "ACTIVE"}
        self.bot = await self.chats.made("agents.agents", **given)
        prepared = {"business_id": shop.id, "shortcut": "hi", "title": "Hi", "content": "Hi {visitor}, {agent} here."}
        self.canned = await self.chats.made("chat.canned_responses", **prepared)
        if has_ai:
            await self.chats.run("UPDATE chat.chat_widgets SET ai_agent_id = $1 WHERE id = $2", self.bot, shop.widget)
        self.presence = dict.fromkeys(DESK, "AWAY")
        self.viewers = {"ada": shop.staff, "bob": bob, "bea": bea}
        self.chat = await self.chats.opened(shop, message=message)
        self.done.mutations["startChat"] += 1
        self.viewers["visitor"] = self.chat.visitor
        self.said: list[tuple[str, str]] = []
        self.length = 0
        sides = [self.chat.visitor, shop.staff]
        self.near = [await self._follower(viewer) for viewer in sides]
        self.far = [await self._follower(viewer) for viewer in sides]
        for who in DESK:
            await self._does(who, "setPresence", {"status": "ONLINE"})

    async def _follower(self, viewer: Any) -> Follower:
        return Follower(self.chats, viewer, self.chat, await fresh(self.chats, viewer, self.chat))

    @property
    def session(self) -> dict[str, Any]:
        """The chat as its staff sees it."""
        found: dict[str, Any] = self.near[1].state["session"]
        return found

    @property
    def status(self) -> str:
        """Where the chat stands; nowhere before it has begun."""
        return self.session["status"] if hasattr(self, "near") else ""

    @property
    def holder(self) -> str:
        """Who has the chat, or is offered it; the manager where nobody is."""
        agent = self.session["assignedAgent"]
        return agent["name"].lower() if agent and self.status in ("OFFERED", "ACTIVE") else "bea"

    def does(self, who: str, step: str, **given: Any) -> Any:
        """Try a step, and look whether those who follow the chat know all there is; its payload."""
        return self.beside(self._does(who, step, given))

    async def _does(self, who: str, step: str, given: dict[str, Any]) -> Any:
        about: dict[str, Any] = {} if "id" in given else {"sessionId": self.chat.id}
        if step == "setPresence":
            about = {"businessId": f"business_{self.shop.id}"}
        await self._lives(timedelta())
        payload = await self.chats.does(self.viewers[who], step, **about, **given)
        self.length += 1
        counts = self.done.refused if payload["userErrors"] else self.done.mutations
        counts[step] += 1
        if step == "setPresence":
            self.presence[who] = given["status"]
        await self._followed()
        return payload

    async def _lives(self, ahead: timedelta) -> None:
        """Those at the desk give a sign of life."""
        there = "UPDATE chat.chat_agents SET heartbeat_at = $2 WHERE business_id = $1 AND status <> 'OFFLINE'"
        await self.chats.run(there, self.shop.id, datetime.now(UTC) + ahead)

    async def _followed(self) -> None:
        for follower in self.near:
            await follower.catch_up()
            await follower.check()

    def says_something(self, who: str, number: int, **given: Any) -> None:
        """Send a message, which may be sent again."""
        sent = self.does(who, "sendChatMessage", clientMessageId=f"{who}-{number}", **given)
        if sent["message"]:
            self.said.append((who, sent["message"]["id"]))

    @while_it_is(*OPEN)
    @rule(who=ANYBODY, content=TEXTS, number=NUMBERS)
    def says(self, who: str, content: str, number: int) -> None:
        self.says_something(who, number, content=content)

    @rule(who=STAFF, content=TEXTS, number=NUMBERS)
    def notes(self, who: str, content: str, number: int) -> None:
        self.says_something(who, number + 100, content=content, isInternal=True)

    @while_it_is(*OPEN)
    @rule(who=STAFF, number=NUMBERS)
    def says_what_is_prepared(self, who: str, number: int) -> None:
        self.says_something(who, number, content=None, cannedResponseId=f"canned_response_{self.canned}")

    @while_it_is(*OPEN)
    @rule(who=ANYBODY, number=NUMBERS, content=NOTE)
    def attaches(self, who: str, number: int, content: str | None) -> None:
        file = {"attachmentUrl": f"https://files.example/{number}.png", "attachmentName": f"{number}.png"}
        self.says_something(who, number, content=content, **file)

    @precondition(lambda self: self.status and self.said)
    @rule(content=TEXTS, number=NUMBERS)
    def edits(self, content: str, number: int) -> None:
        who, id_ = self.said[number % len(self.said)]
        self.does(who, "editChatMessage", id=id_, content=content)

    @precondition(lambda self: self.status and self.said)
    @rule(number=NUMBERS, as_manager=st.booleans())
    def takes_back(self, number: int, as_manager: bool) -> None:
        who, id_ = self.said[number % len(self.said)]
        self.does("bea" if as_manager else who, "deleteChatMessage", id=id_)

    @rule(who=ANYBODY, back=st.integers(0, 3))
    def reads(self, who: str, back: int) -> None:
        head = self.near[who != "visitor"].state["seq"]
        self.does(who, "markChatRead", seq=max(1, head - back))

    @while_it_is(*OPEN)
    @rule(who=ANYBODY, is_typing=st.booleans())
    def types(self, who: str, is_typing: bool) -> None:
        self.does(who, "setTyping", isTyping=is_typing)

    @rule(who=ANYBODY, subject=NOTE, language=st.none() | st.sampled_from(["en", "de"]))
    def describes(self, who: str, subject: str | None, language: str | None) -> None:
        self.does(who, "updateChatDetails", subject=subject and subject[:200], language=language)

    @rule(who=STAFF, tags=st.lists(st.sampled_from(["late", "vip", "dhl"]), max_size=3))
    def sorts(self, who: str, tags: list[str]) -> None:
        self.does(who, "updateChatDetails", tags=tags)

    @rule(who=ANYBODY_OF_DESK, status=st.sampled_from([*["ONLINE"] * 4, "AWAY", "BUSY", "OFFLINE"]))
    def comes_or_goes(self, who: str, status: str) -> None:
        away = [one for one in DESK if self.presence[one] != "ONLINE"]
        back = status == "ONLINE" and away
        self.does(away[0] if back else who, "setPresence", status=status)

    @while_it_is("WAITING", "QUEUED")
    @rule(who=ANYBODY_OF_DESK)
    def picks(self, who: str) -> None:
        self.does(who, "acceptChat")

    @while_it_is("OFFERED")
    @rule()
    def accepts(self) -> None:
        self.does(self.holder, "acceptChat")

    @while_it_is("OFFERED")
    @rule()
    def declines(self) -> None:
        self.does(self.holder, "declineChat")

    @while_it_is("ACTIVE")
    @rule(to=TARGETS, note=NOTE)
    def passes_on(self, to: str, note: str | None) -> None:
        """Who leads the chat passes it on."""
        self.transfers(self.holder, to, note)

    @while_it_is(*OPEN)
    @rule(to=TARGETS, note=NOTE)
    def is_sent(self, to: str, note: str | None) -> None:
        """A manager passes the chat on, wherever it stands."""
        self.transfers("bea", to, note)

    def transfers(self, who: str, to: str, note: str | None) -> None:
        """Pass the chat on to somebody else who is there, to a skill or to the AI agent."""
        others = [one for one in DESK if one != self.holder and self.presence[one] == "ONLINE"]
        match to:
            case "somebody":
                given = {"chatAgentId": f"chat_agent_{self.rows[others[0] if others else DESK[0]]}"}
            case "bot":
                given = {"aiAgentId": f"agent_{self.bot}"}
            case skill:
                given = {"skill": skill}
        self.does(who, "transferChat", note=note, **given)

    @while_it_is("WAITING")
    @rule(content=TEXTS, hands_over=st.booleans())
    def the_ai_agent_answers(self, content: str, hands_over: bool) -> None:
        self.beside(self._answered(content, hands_over))

    async def _answered(self, content: str, hands_over: bool) -> None:
        now = datetime.now(UTC)
        await self._lives(timedelta())
        async with self.chats.begin() as session:
            chat = await locked(session, uuid_of(self.chat.id))
            assert chat is not None
            await do_say(session, chat, await ai_speaker(session, chat, self.bot, now), Said(content))
            if hands_over:
                await onward.to_people(session, chat, now)
        await self._followed()

    @while_it_is("OFFERED")
    @rule()
    def nobody_takes_it_in_time(self) -> None:
        self.beside(self._looked_at(timedelta(seconds=31), are_there=True))

    @while_it_is("QUEUED")
    @rule()
    def those_who_declined_are_asked_again(self) -> None:
        self.beside(self._looked_at(timedelta(seconds=120), are_there=True))

    @while_it_is("OFFERED", "ACTIVE")
    @rule()
    def who_has_it_is_gone(self) -> None:
        self.beside(self._looked_at(timedelta(seconds=31), are_there=False))

    async def _looked_at(self, later: timedelta, *, are_there: bool) -> None:
        """Have the worker do what is due at the desk after a while, in which people were there or were not."""
        await self._lives(later if are_there else timedelta())
        moment = datetime.now(UTC) + later
        await Desks(self.chats.database, lambda: moment).drain(str(self.shop.id))
        if not are_there:
            self.presence = dict.fromkeys(DESK, "OFFLINE")
        await self._followed()

    @precondition(lambda self: self.status in OPEN and self.length > AT_LEAST)
    @rule(who=ANYBODY)
    def ends(self, who: str) -> None:
        self.does(who, "endChat")

    @precondition(lambda self: self.status in CHAT.before("abandon") and self.session["firstResponseAt"] is None)
    @rule()
    def the_visitor_gives_up(self) -> None:
        self.does("visitor", "endChat")

    @while_it_is(*CHAT.before("reopen"))
    @rule(rating=st.integers(1, 5))
    def rates(self, rating: int) -> None:
        self.does("visitor", "rateChat", rating=rating, feedback="So.")

    @while_it_is(*CHAT.before("reopen"))
    @rule(who=ANYBODY)
    def opens_again(self, who: str) -> None:
        self.does(who, "reopenChat")
        self.length = 0

    @rule(who=ANYBODY, step=st.sampled_from(sorted(OUT_OF_PLACE)), number=NUMBERS)
    def tries(self, who: str, step: str, number: int) -> None:
        """Whatever is not for everybody or not everywhere is refused, or changes what all learn of."""
        if "Message" not in step:
            self.does(who, step, **OUT_OF_PLACE[step])
        elif self.said:
            self.does(who, step, **OUT_OF_PLACE[step], id=self.said[number % len(self.said)][1])

    @rule()
    def comes_back(self) -> None:
        """Whoever was away for a while has everything after the entries that they missed."""
        self.beside(self._comes_back())

    async def _comes_back(self) -> None:
        for follower in self.far:
            await follower.catch_up()
            await follower.check()

    def teardown(self) -> None:
        if hasattr(self, "far"):
            self.comes_back()
            self.beside(self._counts())

    async def _counts(self) -> None:
        written = "SELECT type FROM chat.chat_events WHERE session_id = $1"
        self.done.entries.update(row["type"] for row in await self.chats.run(written, uuid_of(self.chat.id)))


@pytest.fixture
def beside() -> Iterator[Beside]:
    with Beside() as beside:
        yield beside


@pytest.fixture
def talked(beside: Beside, committed: str, guarded: Schema, run_folder: Path) -> Iterator[Chats]:
    """The API for those who act one after the other."""
    set_hypothesis_home_dir(run_folder / "hypothesis")
    opened = connected(committed, read_size=2, write_size=4)
    database: Database = beside(_enter(opened))
    yield Chats(database, guarded, Passwords())
    beside(_leave(opened))


async def _enter(context: Any) -> Any:
    return await context.__aenter__()


async def _leave(context: Any) -> None:
    await context.__aexit__(None, None, None)


def run(chats: Chats, beside: Beside, how: settings) -> Done:
    quiet = settings(how, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    done = Done()
    machine: Any = lambda: Talk(chats, beside, done)  # noqa: E731
    run_state_machine_as_test(machine, settings=quiet)
    return done


def test_each_step_is_learned_of_by_whoever_follows(talked: Chats, beside: Beside) -> None:
    talk = Talk(talked, beside, Done())
    talk.begins(message="Hello?", has_ai=False)
    talk.the_visitor_gives_up()
    talk.opens_again("visitor")
    talk.is_sent("somebody", "She is waiting.")
    talk.declines()
    talk.picks("ada")
    talk.types("ada", is_typing=True)
    talk.says("ada", "How can I help?", 1)
    talk.reads("visitor", 0)
    talk.edits("How may I help?", 0)
    talk.takes_back(0, as_manager=False)
    talk.notes("bob", "I know her.", 1)
    talk.says_what_is_prepared("bob", 1)
    talk.attaches("visitor", 1, None)
    talk.describes("visitor", "A parcel", "de")
    talk.sorts("ada", ["late"])
    talk.passes_on("Bob", None)
    talk.is_sent("bot", None)
    talk.the_ai_agent_answers("Here it is.", hands_over=True)
    talk.those_who_declined_are_asked_again()
    talk.nobody_takes_it_in_time()
    talk.picks("ada")
    talk.who_has_it_is_gone()
    talk.comes_or_goes("ada", "ONLINE")
    talk.ends("bea")
    talk.rates(5)
    talk.teardown()
    talk.done.check()
    assert not talk.done.refused


def test_what_was_kept_and_the_entries_since_are_what_there_is(talked: Chats, beside: Beside) -> None:
    run(talked, beside, settings(derandomize=True, max_examples=15, stateful_step_count=25))


@pytest.mark.long
def test_what_was_kept_and_the_entries_since_are_what_there_is_for_long(talked: Chats, beside: Beside) -> None:
    done = run(talked, beside, settings(print_blob=True, max_examples=examples(300), stateful_step_count=40))
    done.check()

"""What a client kept, with the entries of the log since, is what it would read now: whoever does whatever in a chat."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from app.database import Database, connected
from app.services.accounts.occasion import Occasion
from app.services.accounts.passwords import Passwords
from app.services.chat import handing
from app.services.chat.actors import Actor
from app.services.refusals import Refused
from graph.schema import build
from tests.beside import Beside
from tests.chat.chats import Chats, uuid_of
from tests.chat.following import Follower, fresh
from tests.engine.dice import examples

PEOPLE = ("visitor", "ada", "bob", "bea")
"""The visitor, who has the chat first, somebody else of the desk, and a manager who is not of it."""

TEXTS = st.sampled_from(["Hello?", "One moment.", "Thanks!", "x" * 300])
NUMBERS = st.integers(1, 40)
ANYBODY = st.sampled_from(PEOPLE)


class Talk(RuleBasedStateMachine):
    """One chat around which people do what they may and what they may not."""

    def __init__(self, chats: Chats, beside: Beside) -> None:
        super().__init__()
        self.chats, self.beside = chats, beside

    @initialize(message=st.none() | TEXTS)
    def begins(self, message: str | None) -> None:
        self.beside(self._begins(message))

    async def _begins(self, message: str | None) -> None:
        self.shop = await self.chats.shop()
        bob, self.second = await self.chats.at_desk(self.shop.id, "Bob")
        bea = await self.chats.person("Bea", {self.shop.id: "MANAGER"})
        self.chat = await self.chats.opened(self.shop, message=message)
        self.viewers = {"visitor": self.chat.visitor, "ada": self.shop.staff, "bob": bob, "bea": bea}
        self.said: list[str] = []
        sides = [self.chat.visitor, self.shop.staff]
        self.near = [await self._follower(viewer) for viewer in sides]
        self.far = [await self._follower(viewer) for viewer in sides]

    async def _follower(self, viewer: Any) -> Follower:
        return Follower(self.chats, viewer, self.chat, await fresh(self.chats, viewer, self.chat))

    def does(self, who: str, step: str, **given: Any) -> Any:
        """Try a step, and look whether those who follow the chat know all there is."""
        return self.beside(self._does(who, step, given))

    async def _does(self, who: str, step: str, given: dict[str, Any]) -> Any:
        about: dict[str, Any] = {} if "id" in given else {"sessionId": self.chat.id}
        payload = await self.chats.does(self.viewers[who], step, **about, **given)
        await self._followed()
        return payload

    async def _followed(self) -> None:
        for follower in self.near:
            await follower.catch_up()
            await follower.check()

    def passes(self, who: str, step: Any, **given: Any) -> None:
        """Try a step of the desk in the same way."""
        self.beside(self._passes(who, step, given))

    async def _passes(self, who: str, step: Any, given: dict[str, Any]) -> None:
        try:
            async with self.chats.begin() as session:
                by, at = Actor.of(self.viewers[who]), Occasion(datetime.now(UTC))
                await step(session, by, at, session_id=uuid_of(self.chat.id), **given)
        except Refused:
            pass
        await self._followed()

    @rule(who=ANYBODY, content=TEXTS, internal=st.booleans(), number=NUMBERS)
    def says(self, who: str, content: str, internal: bool, number: int) -> None:
        given = {"content": content, "isInternal": internal, "clientMessageId": f"{who}-{number}"}
        payload = self.does(who, "sendChatMessage", **given)
        if payload["message"]:
            self.said.append(payload["message"]["id"])

    @rule(who=ANYBODY, content=TEXTS, number=NUMBERS)
    def edits(self, who: str, content: str, number: int) -> None:
        if self.said:
            self.does(who, "editChatMessage", id=self.said[number % len(self.said)], content=content)

    @rule(who=ANYBODY, number=NUMBERS)
    def takes_back(self, who: str, number: int) -> None:
        if self.said:
            self.does(who, "deleteChatMessage", id=self.said[number % len(self.said)])

    @rule(who=ANYBODY, back=st.integers(0, 3))
    def reads(self, who: str, back: int) -> None:
        head = self.near[who != "visitor"].state["seq"]
        self.does(who, "markChatRead", seq=max(1, head - back))

    @rule(who=ANYBODY, is_typing=st.booleans())
    def types(self, who: str, is_typing: bool) -> None:
        self.does(who, "setTyping", isTyping=is_typing)

    @rule(who=ANYBODY, subject=st.none() | TEXTS, language=st.none() | st.sampled_from(["en", "de"]))
    def describes(self, who: str, subject: str | None, language: str | None) -> None:
        self.does(who, "updateChatDetails", subject=subject and subject[:200], language=language)

    @rule(who=ANYBODY, tags=st.lists(st.sampled_from(["late", "vip", "dhl"]), max_size=3))
    def sorts(self, who: str, tags: list[str]) -> None:
        self.does(who, "updateChatDetails", tags=tags)

    @rule(who=st.sampled_from(["ada", "bob"]))
    def accepts(self, who: str) -> None:
        self.passes(who, handing.accept_chat)

    @rule(who=st.sampled_from(["ada", "bob"]))
    def declines(self, who: str) -> None:
        self.passes(who, handing.decline_chat)

    @rule(who=st.sampled_from(["ada", "bob", "bea"]), note=st.none() | TEXTS)
    def transfers(self, who: str, note: str | None) -> None:
        to = self.shop.agent if who == "bob" else self.second
        self.passes(who, handing.transfer_chat, chat_agent_id=to, note=note)

    @rule(who=ANYBODY)
    def ends(self, who: str) -> None:
        self.does(who, "endChat")

    @rule(who=ANYBODY, rating=st.integers(0, 5))
    def rates(self, who: str, rating: int) -> None:
        self.does(who, "rateChat", rating=rating, feedback="So.")

    @rule(who=ANYBODY)
    def opens_again(self, who: str) -> None:
        self.does(who, "reopenChat")

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


@pytest.fixture
def beside() -> Iterator[Beside]:
    with Beside() as beside:
        yield beside


@pytest.fixture
def talked(beside: Beside, committed: str, run_folder: Path) -> Iterator[Chats]:
    """The API for those who act one after the other."""
    set_hypothesis_home_dir(run_folder / "hypothesis")
    opened = connected(committed, read_size=2, write_size=4)
    database: Database = beside(_enter(opened))
    yield Chats(database, build(), Passwords())
    beside(_leave(opened))


async def _enter(context: Any) -> Any:
    return await context.__aenter__()


async def _leave(context: Any) -> None:
    await context.__aexit__(None, None, None)


def run(chats: Chats, beside: Beside, how: settings) -> None:
    quiet = settings(how, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    machine: Any = lambda: Talk(chats, beside)  # noqa: E731
    run_state_machine_as_test(machine, settings=quiet)


def test_what_was_kept_and_the_entries_since_are_what_there_is(talked: Chats, beside: Beside) -> None:
    run(talked, beside, settings(derandomize=True, max_examples=15, stateful_step_count=25))


@pytest.mark.long
def test_what_was_kept_and_the_entries_since_are_what_there_is_for_long(talked: Chats, beside: Beside) -> None:
    run(talked, beside, settings(print_blob=True, max_examples=examples(300), stateful_step_count=40))

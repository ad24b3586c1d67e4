"""Many at one desk at once: nobody has a chat twice or one too many, no chat is lost, and nobody waits for ever.

Each person, visitor and worker is a client of its own with transactions of its own, all at the same time.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from app.database import Database, connected
from app.services.accounts.occasion import Occasion
from app.services.accounts.passwords import Passwords
from app.services.chat import ending, handing, presence, routing
from app.services.chat.actors import Actor
from app.services.chat.locking import locked
from app.services.refusals import Refused
from app.worker.desks import Desks
from graph.engine.schema.schema import Schema
from tests.chat.chats import Chats
from tests.chat.desks import Desk, a_desk

PEOPLE, ROOM = 10, 3
CONNECTIONS, READERS = 24, 4
PACE = 0.01
"""Seconds from one thing that somebody does to the next, or they would only keep each other from the processor."""

BROKEN = {
    "somebody with more chats than they take": """
        SELECT a.id FROM chat.chat_agents AS a JOIN chat.chat_sessions AS s ON s.assigned_agent_id = a.id
         WHERE s.status IN ('OFFERED', 'ACTIVE') GROUP BY a.id HAVING count(*) > a.max_concurrent_chats""",
    "a chat that is somebody's and nobody's": """
        SELECT id FROM chat.chat_sessions
         WHERE (status IN ('OFFERED', 'ACTIVE')) <> (assigned_agent_id IS NOT NULL) AND ended_at IS NULL""",
    "a chat with two people in it, or one that nobody leads with one": """
        SELECT s.id FROM chat.chat_sessions AS s
          JOIN chat.chat_participants AS p ON p.session_id = s.id AND p.type = 'AGENT' AND p.left_at IS NULL
         GROUP BY s.id HAVING count(*) > 1 OR s.status <> 'ACTIVE'""",
    "a chat that somebody leads who is not in it": """
        SELECT s.id FROM chat.chat_sessions AS s
         WHERE s.status = 'ACTIVE' AND NOT EXISTS (
               SELECT FROM chat.chat_participants AS p
                WHERE p.session_id = s.id AND p.chat_agent_id = s.assigned_agent_id AND p.left_at IS NULL)""",
    "a log with a gap, or that is not as long as the chat says": """
        SELECT s.id FROM chat.chat_sessions AS s JOIN chat.chat_events AS e ON e.session_id = s.id
         GROUP BY s.id
        HAVING count(*) <> s.staff_seq OR max(e.staff_seq) <> s.staff_seq
            OR count(e.visitor_seq) <> s.visitor_seq OR coalesce(max(e.visitor_seq), 0) <> s.visitor_seq""",
    "a chat that was taken, offered or ended by two in a row": """
        SELECT session_id AS id FROM (
               SELECT session_id, type, lag(type) OVER (PARTITION BY session_id ORDER BY staff_seq) AS before
                 FROM chat.chat_events
                WHERE type IN ('QUEUED', 'OFFERED', 'ASSIGNED', 'DECLINED', 'LEFT', 'ENDED')) AS e
         WHERE type = before AND type IN ('OFFERED', 'ASSIGNED', 'ENDED')""",
}
"""What must be true of no row, at any moment."""


@pytest.fixture
async def chats(committed: str, schema: Schema) -> AsyncIterator[Chats]:
    """A database of its own, for its deadlocks are counted, with connections for everybody."""
    async with connected(committed, read_size=READERS, write_size=CONNECTIONS) as database:
        async with AsyncExitStack() as opened:  # one after the other: so many at once take a busy machine seconds
            for _ in range(CONNECTIONS):
                await opened.enter_async_context(database.writes.connect())
            for _ in range(READERS):
                await opened.enter_async_context(database.reads.acquire())
        yield Chats(database, schema, Passwords())


@dataclass
class Crowd:
    """Everybody at a desk, each at their own pace."""

    desk: Desk
    dice: random.Random
    chats: list[UUID] = field(default_factory=list)
    people: list[UUID] = field(default_factory=list)
    refused: int = 0
    tried: int = 0
    is_over: bool = False

    @property
    def database(self) -> Database:
        """Where it all happens."""
        return self.desk.chats.database

    async def does(self, work: Callable[..., Awaitable[object]], by: Actor, **given: Any) -> bool:
        """Somebody tries something; whether they could."""
        self.tried += 1
        try:
            async with self.database.transaction() as session:
                await work(session, by, Occasion(datetime.now(UTC)), **given)
        except Refused:
            self.refused += 1
            return False
        return True

    async def comes_in(self, chat: UUID) -> None:
        """A chat is routed."""
        async with self.database.transaction() as session:
            found = await locked(session, chat)
            if found is not None and found.status == "WAITING":  # nobody picked it yet
                await routing.do_route(session, found, datetime.now(UTC))

    async def visitors(self, chats: list[UUID]) -> None:
        """Chats come in one after the other, and some visitors go soon."""
        for chat in chats:
            await self.comes_in(chat)
            if self.dice.random() < 0.1:
                await self.does(ending.end_chat, Actor(visitor=await self._visitor(chat), chat=chat), session_id=chat)

    async def _visitor(self, chat: UUID) -> UUID:
        found: UUID = (await self.desk.row(chat))["visitor_id"]
        return found

    async def person(self, agent: UUID) -> None:
        """Somebody takes, declines, passes on and ends chats, and is now and then away for a moment."""
        by = self.desk.actor(agent)
        while not self.is_over:
            for row in await self._theirs(agent):
                await self._deals_with(by, agent, row["id"], row["status"])
            if self.dice.random() < 0.15:
                for status in (self.dice.choice(("AWAY", "BUSY", "OFFLINE")), "ONLINE"):
                    await self.does(presence.set_presence, by, business_id=self.desk.id, status=status)
            else:
                await self.does(presence.set_presence, by, business_id=self.desk.id, status="ONLINE")
            await asyncio.sleep(PACE)

    async def _theirs(self, agent: UUID) -> list[dict[str, Any]]:
        of_them = "SELECT id, status FROM chat.chat_sessions WHERE assigned_agent_id = $1 AND ended_at IS NULL"
        return await self.desk.chats.run(of_them, agent)

    async def _deals_with(self, by: Actor, agent: UUID, chat: UUID, status: str) -> None:
        chance = self.dice.random()
        if status == "OFFERED":
            work = handing.decline_chat if chance < 0.15 else handing.accept_chat
            await self.does(work, by, session_id=chat)
        elif chance < 0.2:
            other = self.dice.choice([one for one in self.people if one != agent])
            to = {"chat_agent_id": other} if chance < 0.1 else {"skill": "refund"}
            await self.does(handing.transfer_chat, by, session_id=chat, **to)
        else:
            await self.does(ending.end_chat, by, session_id=chat)

    async def picker(self) -> None:
        """Somebody who takes whatever they see, however many others do."""
        while not self.is_over:
            agent, chat = self.dice.choice(self.people), self.dice.choice(self.chats)
            await self.does(handing.accept_chat, self.desk.actor(agent), session_id=chat)
            await asyncio.sleep(PACE)

    async def worker(self) -> None:
        """A worker looks at the desk again and again."""
        desks = Desks(self.database)
        while not self.is_over:
            for key in await desks.due():
                await desks.drain(key)
            await asyncio.sleep(PACE)

    async def watch(self) -> int:
        """Look whether all is well, again and again until every chat is over; how often it was looked."""
        left, looks = "SELECT count(*) AS n FROM chat.chat_sessions WHERE ended_at IS NULL", 0
        try:
            async with asyncio.timeout(240):
                while (await self.desk.chats.run(left))[0]["n"]:
                    await check(self.desk)
                    looks += 1
        finally:
            self.is_over = True
        return looks


async def check(desk: Desk) -> None:
    """What must be true of no row is true of none, all as of one moment."""
    async with desk.chats.acquire() as connection:
        for what, query in BROKEN.items():
            assert not await connection.fetch(query), what


@pytest.mark.parametrize(("total", "number"), [(80, 1), pytest.param(200, 2, marks=pytest.mark.long)])
async def test_many_chats_and_ten_people_at_once(chats: Chats, total: int, number: int) -> None:
    desk = await a_desk(chats)
    crowd = Crowd(desk, random.Random(number))
    await desk.rule(1, target="SKILL", skill="refund", tag="refund", max_wait_seconds=1, strategy="ROUND_ROBIN")
    await desk.rule(2, strategy="LONGEST_IDLE")
    for place in range(PEOPLE):
        skills = ["refund"] if place % 3 == 0 else []
        crowd.people.append(await desk.somebody(f"P{place}", skills=skills, max_concurrent_chats=ROOM))
    crowd.chats = [await desk.bare(tags=["refund"] if place % 4 == 0 else []) for place in range(total)]
    streams = [crowd.chats[start::8] for start in range(8)]
    watching = asyncio.create_task(crowd.watch())
    await asyncio.gather(
        watching,
        *(crowd.visitors(stream) for stream in streams),
        *(crowd.person(agent) for agent in crowd.people),
        *(crowd.picker() for _ in range(2)),
        *(crowd.worker() for _ in range(2)),
    )
    await check(desk)
    (row,) = await chats.run("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    assert row["deadlocks"] == 0
    assert watching.result() > 10
    ended = await chats.run("SELECT status, count(*) AS n FROM chat.chat_sessions GROUP BY 1")
    assert sum(row["n"] for row in ended) == total
    assert {row["status"] for row in ended} <= {"ENDED", "ABANDONED"}
    assert crowd.refused < crowd.tried / 2

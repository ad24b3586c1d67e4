"""What tests of answers are written with: a shop with an AI agent, people who ask it, and the worker that answers."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from app.answering import OpenAi, opened
from app.database import Database
from app.services.answering.replies import Responder
from app.worker.answers import Answers
from graph.access import viewers
from graph.engine.access import Viewer
from tests.identity.asking import Asking

SHOP, AGENT, ADA, BEN = UUID(int=11), UUID(int=12), UUID(int=21), UUID(int=22)

ROWS = f"""
INSERT INTO business.businesses (id, name, slug, type) VALUES ('{SHOP}', 'Lamps & Co', 'lamps', 'RETAIL');
INSERT INTO identity.users (id, email, first_name, last_name)
VALUES ('{ADA}', 'ada@x.example', 'Ada', 'L'), ('{BEN}', 'ben@x.example', 'Ben', 'K');
INSERT INTO agents.agents (id, business_id, name, slug, type, status)
VALUES ('{AGENT}', '{SHOP}', 'Lumi', 'lumi', 'CUSTOMER_SUPPORT', 'ACTIVE');
"""

START = """mutation($agent: ID!, $message: String, $title: String) {
  startConversation(input: {agentId: $agent, message: $message, title: $title}) {
    conversation { id status outcome title userType } message { id role content sequenceNumber }
    request { id status priority } userErrors { code field message } } }"""

ASK = """mutation($id: ID!, $content: String!, $priority: LlmRequestPriority) {
  askAgent(input: {conversationId: $id, content: $content, priority: $priority}) {
    conversation { id } message { id sequenceNumber } request { id status priority }
    userErrors { code field message } } }"""

CANCEL = """mutation($id: ID!) { cancelAnswer(input: {requestId: $id}) {
  conversation { id } request { id status } userErrors { code field message } } }"""


def customer(user: UUID = ADA) -> Viewer:
    """Somebody who works for nobody."""
    return viewers.person(user, roles={})


def member(role: str, user: UUID = BEN) -> Viewer:
    """Somebody who works for the shop."""
    return viewers.person(user, roles={SHOP: role})


@dataclass
class Counter:
    """The shop's counter, at a time that the test tells."""

    database: Database
    connection: asyncpg.Connection
    asking: Asking
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    told: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """The ephemerals that were sent."""

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)

    def clock(self) -> datetime:
        return max(self.now, datetime.now(UTC))

    def tell(self, topic: str, payload: bytes) -> None:
        assert len(payload) <= 4096
        self.told.append((topic, orjson.loads(payload)))

    def answers(self, online: Responder | None = None, **more: Any) -> Answers:
        return Answers(self.database, online, tell=self.tell, clock=self.clock, dice=lambda: 0.5, **more)

    async def work(self, answers: Answers | None = None) -> int:
        """Answer all that is due; how many requests there were."""
        answers, done = answers or self.answers(), 0
        while keys := await answers.due():
            for key in keys:
                await answers.drain(key)
                done += 1
        return done

    async def takes_up(self, answers: Answers) -> asyncio.Task[None]:
        """The work at the one question that is due."""
        (key,) = await answers.due()
        return asyncio.create_task(answers.drain(key))

    async def rows(self, query: str, *given: Any) -> list[dict[str, Any]]:
        return [dict(row) for row in await self.connection.fetch(query, *given)]

    async def row(self, query: str, *given: Any) -> dict[str, Any]:
        (row,) = await self.rows(query, *given)
        return row

    async def insert(self, table: str, **values: Any) -> UUID:
        given = [json.dumps(value) if isinstance(value, dict) else value for value in values.values()]
        places = ", ".join(f"${at}" for at in range(1, len(values) + 1))
        query = f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places}) RETURNING id"
        id_: UUID = await self.connection.fetchval(query, *given)
        return id_

    async def article(self, title: str, content: str, **values: Any) -> UUID:
        given = {"slug": title.lower().replace(" ", "-"), "type": "FAQ", "status": "PUBLISHED", "visibility": "PUBLIC"}
        more = {"business_id": SHOP, "title": title, "content": content, "published_at": self.now}
        return await self.insert("knowledge.articles", **{**given, **more, **values})

    async def start(self, message: str | None = None, by: Viewer | None = None) -> dict[str, Any]:
        payload: dict[str, Any] = await self.asking.by(by or customer())(START, agent=f"agent_{AGENT}", message=message)
        assert payload["userErrors"] == [], payload
        return payload

    async def ask(self, conversation: str, content: str, by: Viewer | None = None, **more: Any) -> dict[str, Any]:
        answer: dict[str, Any] = await self.asking.by(by or customer())(ASK, id=conversation, content=content, **more)
        return answer

    async def messages(self) -> list[tuple[str, str]]:
        """Who said what, in its order."""
        rows = await self.rows("SELECT role, content FROM agents.messages ORDER BY conversation_id, sequence_number")
        return [(row["role"], row["content"]) for row in rows]

    async def log(self) -> list[tuple[int, str]]:
        """The log of the only conversation."""
        rows = await self.rows("SELECT seq, type FROM agents.conversation_events ORDER BY seq")
        return [(row["seq"], row["type"]) for row in rows]

    async def statuses(self) -> list[str]:
        """What became of the requests, in the order of their ids."""
        return [row["status"] for row in await self.rows("SELECT status FROM llm.llm_requests ORDER BY id")]

    def shown(self) -> str:
        """The text of all drafts."""
        return "".join(said["values"]["text"] for _, said in self.told)

    async def provider(self, slug: str, priority: int = 100, price: str | None = "0.5", **values: Any) -> UUID:
        """A provider with one model of the same name."""
        id_ = await self.insert("llm.llm_providers", slug=slug, name=slug.title(), priority=priority, **values)
        given = {"name": f"{slug}-1", "provider": "CUSTOM", "llm_provider_id": id_, "version": slug}
        model = await self.insert("llm.ai_models", **given, cost_per_1k_tokens=price and Decimal(price))
        await self.connection.execute("UPDATE agents.agents SET model_id = coalesce(model_id, $1)", model)
        return id_

    async def settle(self) -> None:
        """Let pauses and rests be over."""
        self.wait(minutes=2)


@asynccontextmanager
async def reaching(url: str, key: str | None = None) -> AsyncIterator[OpenAi]:
    """What asks the model at `url`."""
    async with opened(url, key, private=True) as models:
        yield models


async def until(holds: Any, seconds: float = 20) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(seconds):
        while True:
            held = holds()
            if await held if asyncio.iscoroutine(held) else held:
                return
            await asyncio.sleep(0.01)

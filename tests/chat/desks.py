"""Desks of live chat: people who are there or not, chats that come in, and what their rows say then."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from app.services.accounts.occasion import Occasion
from app.services.chat import ending, routing
from app.services.chat.actors import Actor
from app.services.chat.locking import locked
from app.worker.desks import Desks
from graph.access.viewers import person
from graph.engine.access import Viewer
from models.chat import ChatSession
from tests.chat.chats import Chats

_NUMBERS = count(1)
SECOND = timedelta(seconds=1)


@dataclass
class Desk:
    """The desk of a business of its own. Its clock goes only when it is told to."""

    chats: Chats
    id: UUID
    now: datetime
    staff: dict[UUID, Viewer] = field(default_factory=dict)
    """Who people are, by their rows of the desk."""

    def passes(self, seconds: float) -> datetime:
        """Let time pass; the moment then."""
        self.now += seconds * SECOND
        return self.now

    @property
    def at(self) -> Occasion:
        """The moment, as services take it."""
        return Occasion(self.now)

    async def somebody(self, name: str = "Ada", status: str = "ONLINE", **values: Any) -> UUID:
        """Somebody of the desk, who is there."""
        viewer = await self.chats.person(name, {self.id: "STAFF"})
        given = {"max_concurrent_chats": 3, "heartbeat_at": self.now, "status_changed_at": self.now, **values}
        agent = await self.chats.made(
            "chat.chat_agents",
            business_id=self.id,
            user_id=viewer.params["user"],
            name=name,
            status=status,
            **given,
        )
        self.staff[agent] = viewer
        return agent

    def actor(self, agent: UUID) -> Actor:
        """Somebody of the desk, as services take them."""
        return Actor.of(self.staff[agent])

    async def manager(self) -> Viewer:
        """Somebody who manages the business, and is not of the desk."""
        return await self.chats.person("Max", {self.id: "MANAGER"})

    async def sign_of_life(self, *agents: UUID) -> None:
        """They are there."""
        there = "UPDATE chat.chat_agents SET heartbeat_at = $1 WHERE id = ANY ($2)"
        await self.chats.run(there, self.now, list(agents))

    async def rule(self, position: int, **values: Any) -> UUID:
        """A routing rule."""
        given = {"business_id": self.id, "position": position, "name": f"Rule {position}", **values}
        return await self.chats.made("chat.chat_routing_rules", **given)

    async def ai(self, name: str = "Bot", status: str = "ACTIVE") -> UUID:
        """An AI agent of the business."""
        given = {"business_id": self.id, "name": name, "slug": name.lower(), "type": "SALES", "status": status}
        return await self.chats.made("agents.agents", **given)

    async def bare(self, **values: Any) -> UUID:
        """A chat that has just begun and went nowhere yet."""
        number = next(_NUMBERS)
        visitor = await self.chats.made("chat.visitors", business_id=self.id, key=f"guest-{number}", name="Vera Lind")
        given = {"visitor_id": visitor, "token_hash": f"guest-{number}", "started_at": self.now, **values}
        return await self.chats.made("chat.chat_sessions", business_id=self.id, **given)

    async def chat(self, **values: Any) -> UUID:
        """A chat that comes in and goes where it is sent."""
        id_ = await self.bare(**values)
        await self.route(id_)
        return id_

    async def route(self, id_: UUID, **how: Any) -> None:
        """Send a chat where its business wants it."""
        async with self.chats.begin() as session:
            await routing.do_route(session, await self.locked(session, id_), self.now, **how)

    async def drained(self) -> None:
        """The worker deals with the desk, if there is anything to do."""
        worker = Desks(self.chats.database, lambda: self.now)
        if str(self.id) in await worker.due():
            await worker.drain(str(self.id))

    async def reopened(self, id_: UUID) -> None:
        """A manager opens a chat again that is over."""
        by = Actor.of(await self.manager())
        async with self.chats.begin() as session:
            await ending.reopen_chat(session, by, self.at, session_id=id_)

    async def locked(self, session: Any, id_: UUID) -> ChatSession:
        """A chat, locked."""
        chat = await locked(session, id_)
        assert chat is not None
        return chat

    async def says(self, id_: UUID, content: str = "Hello", by: str = "VISITOR") -> None:
        """Somebody says something, past the API."""
        await self.chats.made("chat.chat_messages", session_id=id_, sender_type=by, content=content)

    async def row(self, id_: UUID) -> dict[str, Any]:
        """What there is of a chat."""
        (row,) = await self.chats.run("SELECT * FROM chat.chat_sessions WHERE id = $1", id_)
        return row

    async def state(self, id_: UUID) -> tuple[str, UUID | None]:
        """Where a chat stands, and who has it."""
        row = await self.row(id_)
        return row["status"], row["assigned_agent_id"]

    async def log(self, id_: UUID) -> list[str]:
        """What happened in a chat; what no visitor sees in brackets. Its numbers have no gaps."""
        rows = await self.chats.run("SELECT * FROM chat.chat_events WHERE session_id = $1 ORDER BY staff_seq", id_)
        chat = await self.row(id_)
        shown = [row["visitor_seq"] for row in rows if row["visitor_seq"] is not None]
        assert [row["staff_seq"] for row in rows] == list(range(1, chat["staff_seq"] + 1))
        assert shown == list(range(1, chat["visitor_seq"] + 1))
        return [row["type"] if row["visitor_seq"] else f"({row['type']})" for row in rows]

    async def told(self, id_: UUID, kind: str) -> dict[str, Any]:
        """What the last entry of a kind says."""
        of_kind = "SELECT payload FROM chat.chat_events WHERE session_id = $1 AND type = $2"
        (row,) = await self.chats.run(f"{of_kind} ORDER BY staff_seq DESC LIMIT 1", id_, kind)
        found: dict[str, Any] = row["payload"]
        return found


async def a_desk(chats: Chats) -> Desk:
    """The desk of a new business."""
    number = next(_NUMBERS)
    business = await chats.made("business.businesses", name=f"Desk {number}", slug=f"desk-{number}", type="RETAIL")
    return Desk(chats, business, datetime.now(UTC).replace(microsecond=0))


def visitor_of(chat: UUID, visitor: UUID) -> Viewer:
    """The browser of a chat."""
    return Viewer("visitor", {"visitor": visitor, "chat": chat})


__all__ = ["SECOND", "Desk", "a_desk", "person", "visitor_of"]

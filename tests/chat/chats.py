"""Live chat as its people use it: rows of the shop are put there, everything else is done by mutations."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.database import Database
from app.services.accounts.occasion import Occasion
from app.services.accounts.passwords import Passwords
from app.services.chat import handing
from app.services.chat.actors import Actor
from graph.access import viewers
from graph.engine.access import ANONYMOUS, Viewer
from graph.engine.schema.schema import Schema
from tests.doing import NUMBERS, Doing, Json

SHOWN = {
    "session": "id status subject tags language endReason satisfactionRating feedback messageCount firstResponseAt",
    "message": "id type content isInternal senderType senderName attachmentUrl attachmentName editedAt redactedAt "
    "readAt",
    "participant": "id type name lastReadSeq unreadCount",
    "chatAgent": "id status",
}
"""What is asked of each row of a payload."""

ENTRY = "type staffSeq visitorSeq actorType actor { id } message { id content } clientMessageId payload"

SAID: dict[str, dict[str, Any]] = {
    "sendChatMessage": {"content": "Hello?", "clientMessageId": "m-0"},
    "rateChat": {"rating": 5},
    "setTyping": {"isTyping": True},
    "markChatRead": {"seq": 1},
}
"""What a step is given beside the row it is about, where a test does not care."""


@dataclass
class Shop:
    """A business with a widget and somebody at the desk."""

    id: UUID
    widget: UUID
    widget_key: str
    staff: Viewer
    agent: UUID
    """The row of the desk of whom `staff` is."""


@dataclass
class Chat:
    """A chat with its visitor."""

    shop: Shop
    id: str
    visitor: Viewer
    token: str
    visitor_key: str | None


class Chats(Doing):
    """Live chats."""

    shown, said = SHOWN, SAID

    def __init__(self, database: Database, schema: Schema, passwords: Passwords) -> None:
        super().__init__(database, schema, passwords)
        self.told: list[tuple[str, bytes]] = []
        """What was told that is worth no row."""

    def tell(self, topic: str, payload: bytes) -> None:
        """Note it."""
        self.told.append((topic, payload))

    async def opened(self, shop: Shop, **given: Any) -> Chat:
        """A chat that a visitor has just opened, without a message unless one is given."""
        payload = await self.did(ANONYMOUS, "startChat", widgetKey=shop.widget_key, **given)
        id_ = uuid_of(payload["session"]["id"])
        (row,) = await self.run("SELECT visitor_id FROM chat.chat_sessions WHERE id = $1", id_)
        visitor = viewers.visitor(row["visitor_id"], chat=id_)
        return Chat(shop, payload["session"]["id"], visitor, payload["token"], payload["visitorKey"])

    async def answered(self, shop: Shop, **given: Any) -> Chat:
        """A chat that is active with the shop's person at the desk."""
        chat = await self.opened(shop, **given)
        await self.accepted(chat)
        return chat

    async def accepted(self, chat: Chat) -> None:
        """Have the shop's person at the desk take the chat."""
        async with self.begin() as session:
            at = Occasion(datetime.now(UTC))
            await handing.accept_chat(session, Actor.of(chat.shop.staff), at, session_id=uuid_of(chat.id))

    async def says(self, viewer: Viewer, chat: Chat, content: str = "Hello?", **more: Any) -> str:
        """The ID of a message that somebody sends."""
        given = {"clientMessageId": f"m-{next(NUMBERS)}", "content": content, **more}
        sent = await self.did(viewer, "sendChatMessage", sessionId=chat.id, **given)
        found: str = sent["message"]["id"]
        return found

    async def log(self, chat: Chat, viewer: Viewer | None = None) -> list[Json]:
        """The entries of the log that somebody sees, the shop's staff if it is not said who."""
        query = f"query($id: ID!) {{ chatSession(id: $id) {{ events(first: 100) {{ nodes {{ {ENTRY} }} }} }} }}"
        answer = await self.ask(viewer or chat.shop.staff, query, id=chat.id)
        nodes: list[Json] = answer["data"]["chatSession"]["events"]["nodes"]
        return sorted(nodes, key=lambda node: int(node["staffSeq"] or node["visitorSeq"]))

    async def types(self, chat: Chat, viewer: Viewer | None = None) -> list[str]:
        """The types of those entries."""
        return [entry["type"] for entry in await self.log(chat, viewer)]

    async def shop(self, **widget: Any) -> Shop:
        """A business where Ada answers chats."""
        business, key = await self.business("chat-shop"), f"widget{next(NUMBERS):012}"
        given = {"business_id": business, "public_key": key, "name": "Shop", "is_consent_required": False, **widget}
        made = await self.made("chat.chat_widgets", **given)
        staff, agent = await self.at_desk(business)
        return Shop(business, made, key, staff, agent)

    async def at_desk(self, business: UUID, name: str = "Ada", role: str = "STAFF") -> tuple[Viewer, UUID]:
        """Somebody who answers chats of the business but is offered none, and their row of the desk."""
        staff = await self.person(name, {business: role})
        given = {"user_id": staff.params["user"], "name": name, "status": "AWAY"}
        return staff, await self.made("chat.chat_agents", business_id=business, **given)

    async def bare(self, shop: Shop) -> UUID:
        """A chat with nothing in its log."""
        number = next(NUMBERS)
        visitor = await self.made("chat.visitors", business_id=shop.id, key=f"browser-{number}")
        return await self.made(
            "chat.chat_sessions", business_id=shop.id, visitor_id=visitor, token_hash=f"hash-{number}"
        )

    def begin(self) -> Any:
        """The session of a transaction."""
        return self.database.transaction()

    async def blocked(self, number: int) -> None:
        """Wait until so many connections wait for a lock of another."""
        waiting = (
            "SELECT count(*) AS waiting FROM pg_stat_activity "
            "WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        async with asyncio.timeout(10):
            while (await self.run(waiting))[0]["waiting"] < number:  # noqa: ASYNC110  # there is nothing that would tell
                await asyncio.sleep(0.005)


def uuid_of(id_: str) -> UUID:
    """The uuid in a global ID."""
    return UUID(id_.rpartition("_")[2])

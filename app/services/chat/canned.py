"""Answers that were prepared: found for whoever may use them, and filled with names."""

from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.chat.participants import Who
from app.services.refusals import missing
from models.chat import CannedResponse, ChatSession, Visitor


def filled(text: str, *, visitor: str | None, agent: str | None) -> str:
    """The text with the names in the places of {visitor} and {agent}; where one is missing, nothing."""
    return text.replace("{visitor}", visitor or "").replace("{agent}", agent or "")


async def canned_at(session: AsyncSession, chat: ChatSession, id_: UUID, who: Who, field: str) -> CannedResponse:
    """A prepared answer of the chat's business that is offered to everybody there or is their own.

    Raises Refused, about `field`, if there is none.
    """
    own = or_(CannedResponse.chat_agent_id.is_(None), CannedResponse.chat_agent_id == who.keys.get("chat_agent_id"))
    theirs = (CannedResponse.business_id == chat.business_id, CannedResponse.is_active, own)
    found = await session.scalar(select(CannedResponse).where(CannedResponse.id == id_, *theirs))
    if found is None:
        missing(field, "canned response")
    return found


async def visitor_name(session: AsyncSession, chat: ChatSession) -> str | None:
    """What the visitor of the chat goes by, if it is known."""
    name: str | None = await session.scalar(select(Visitor.name).where(Visitor.id == chat.visitor_id))
    return name

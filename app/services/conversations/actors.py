"""Who talks to AI agents, which conversations they see, and the conversation that a step is about, locked.

Who sees what is decided by the policies in `graph.access`; here the same is said once more for rows that are locked.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.refusals import conflict, missing, only
from models.agents import Agent, Conversation
from models.agents.conversations import ConversationUserType

OUTSIDE = ("CUSTOMER_SUPPORT", "SALES")
"""The types of agents that answer people who do not work for the business."""


@dataclass(frozen=True, slots=True)
class Talker:
    """Somebody who signed in."""

    user: UUID
    is_administrator: bool = False
    members: frozenset[UUID] = frozenset()
    """The businesses where they are members."""
    staff: frozenset[UUID] = frozenset()
    """Those where they are STAFF or more."""
    managers: frozenset[UUID] = frozenset()
    """Those where they are MANAGER or more."""

    def serves(self, business_id: UUID | None) -> bool:
        """Whether they work for the business, or administer the platform."""
        return self.is_administrator or business_id in self.staff

    def sees(self, conversation: Conversation) -> bool:
        """Whether they may read the conversation."""
        return conversation.user_id == self.user or self.serves(conversation.business_id)

    def as_whom(self, business_id: UUID) -> ConversationUserType:
        """As whom they talk to an agent of the business."""
        if self.is_administrator:
            return "ADMIN"
        return "STAFF" if business_id in self.staff else "CUSTOMER"


async def agent_for(session: AsyncSession, by: Talker, id_: UUID, field: str = "agentId") -> Agent:
    """The agent, which is at work and answers them. Raises Refused, about `field`."""
    agent = await session.get(Agent, id_, populate_existing=True)
    hidden = agent is None or (
        agent.status != "ACTIVE" and not (by.is_administrator or agent.business_id in by.members)
    )
    if agent is None or hidden:
        missing(field, "agent")
    if agent.status != "ACTIVE":
        conflict(field, "names an agent that is not at work")
    only(agent.type in OUTSIDE or by.serves(agent.business_id), field, "the staff of its business")
    return agent


async def conversation_at(session: AsyncSession, by: Talker, id_: UUID, field: str = "id") -> Conversation:
    """The conversation, locked. Raises Refused, about `field`, if they see none."""
    found = await locked(session, id_)
    if found is None or not by.sees(found):
        missing(field, "conversation")
    return found


async def locked(session: AsyncSession, id_: UUID) -> Conversation | None:
    """The conversation, locked and read anew; None if it is gone."""
    wanted = select(Conversation).where(Conversation.id == id_).with_for_update()
    found: Conversation | None = await session.scalar(wanted.execution_options(populate_existing=True))
    return found

"""What people at the desk of a business do with its live chats, and what is asked of its queue."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.chat import desk, handing, presence
from app.services.chat.actors import Actor
from app.services.refusals import Refused
from graph.chat.steps import actor, step
from graph.context import Info
from graph.engine.model.ids import uuid_of
from graph.engine.schema.schema import leaf
from graph.steps import described, id_of, said

if TYPE_CHECKING:
    from models.chat.desk import ChatAgentStatus as StatusLeaf
else:
    StatusLeaf = leaf("ChatAgentStatus")


@described
class SetPresenceInput:
    """Whether you are at the desk of a business."""

    business_id: strawberry.ID = id_of("business", "The ID of a business whose chats you answer.")
    status: StatusLeaf = said("Whether you are there; only who is ONLINE is offered chats.")


@described
class AcceptChatInput:
    """Which chat to take."""

    session_id: strawberry.ID = id_of("chat_session", "The ID of a chat that you are offered, or that nobody has.")


@described
class DeclineChatInput:
    """Which chat to leave to others."""

    session_id: strawberry.ID = id_of("chat_session", "The ID of a chat that you are offered.")


@described
class TransferChatInput:
    """Which chat to pass on, and to whom: somebody, whoever has a skill, or an AI agent."""

    session_id: strawberry.ID = id_of("chat_session", "The ID of a chat that you lead, or of a business you manage.")
    chat_agent_id: strawberry.ID | None = id_of("chat_agent", "The ID of who is to take it.", default=None)
    skill: str | None = said("What whoever takes it must be able to help with.", default=None)
    ai_agent_id: strawberry.ID | None = id_of("agent", "The ID of the AI agent that is to answer.", default=None)
    note: str | None = said("What they should know, in at most 2,000 characters; no visitor sees it.", default=None)


@strawberry.type(description="How it looks for a chat that waits.")
class ChatQueue:
    """How it looks for a chat that waits."""

    position: int | None = strawberry.field(
        description="Its place in the queue, from 1; null if it does not wait for people."
    )
    expected_wait_seconds: int | None = strawberry.field(
        description="After how many seconds somebody is likely to take it; null if nobody is there."
    )
    online_agents: int = strawberry.field(description="How many people are there who take chats.")


SessionId = Annotated[strawberry.ID, strawberry.argument(description="The ID of a chat.")]


async def chat_queue(info: Info, session_id: SessionId) -> ChatQueue | None:
    """How it looks for a chat; null for who may not see it."""
    wanted = uuid_of(session_id, "chat_session", "sessionId")

    async def work(session: AsyncSession, by: Actor) -> ChatQueue | None:
        found = await desk.standing(session, by, info.context.now(), session_id=wanted)
        return ChatQueue(**found._asdict()) if found else None

    return await _asked(info, work)


async def filled_response(
    info: Info,
    id: Annotated[strawberry.ID, strawberry.argument(description="The ID of a prepared answer.")],
    session_id: SessionId,
) -> str | None:
    """A prepared answer as one would send it in a chat; null for who may not."""
    wanted, answer = uuid_of(session_id, "chat_session", "sessionId"), uuid_of(id, "canned_response", "id")

    async def work(session: AsyncSession, by: Actor) -> str | None:
        return await desk.fill_response(session, by, session_id=wanted, canned_response_id=answer)

    return await _asked(info, work)


T = TypeVar("T")


async def _asked(info: Info, work: Callable[[AsyncSession, Actor], Awaitable[T | None]]) -> T | None:
    """What `work` finds for who asks; None if nobody is known."""
    try:
        by = actor(info)
    except Refused:
        return None
    async with info.context.begin() as session:
        return await work(session, by)


@strawberry.type
class DeskMutation:
    """What people at the desk of a business do with its live chats."""

    set_presence = step(
        SetPresenceInput,
        presence.set_presence,
        "Say whether you are at the desk, and every ten seconds that you still are: after 30 you are gone.",
        "chat_agent",
    )
    accept_chat = step(
        AcceptChatInput, handing.accept_chat, "Take a chat that you are offered, or pick one.", "session"
    )
    decline_chat = step(
        DeclineChatInput, handing.decline_chat, "Leave a chat that you are offered to others.", "session"
    )
    transfer_chat = step(
        TransferChatInput,
        handing.transfer_chat,
        "Pass a chat on to somebody, to whoever has a skill, or to an AI agent.",
        "session",
    )


@strawberry.type
class DeskQuery:
    """What is asked of the queue of live chats, and of answers that are prepared."""

    chat_queue: ChatQueue | None = strawberry.field(
        resolver=chat_queue, description="How it looks for a chat that waits; null for who may not see it."
    )
    fill_canned_response: str | None = strawberry.field(
        resolver=filled_response,
        description="A prepared answer with the names put in, as you would send it in a chat; null for who may not.",
    )

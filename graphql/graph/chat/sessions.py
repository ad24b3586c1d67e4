"""How chats end, are rated, opened again and described."""

from typing import TYPE_CHECKING

import strawberry

from app.services.chat import details, ending
from graph.chat.messages import OF_CHAT
from graph.chat.steps import step
from graph.engine.schema.schema import leaf
from graph.steps import described, id_of, said

if TYPE_CHECKING:
    from models.chat.sessions import ChatSessionEndReason as EndReasonLeaf
else:
    EndReasonLeaf = leaf("ChatSessionEndReason")


@described
class EndChatInput:
    """Which chat ends, and why."""

    session_id: strawberry.ID = id_of("chat_session", OF_CHAT)
    reason: EndReasonLeaf | None = said(
        "Why: RESOLVED if null, or VISITOR_LEFT of a visitor, who may give these two.", default=None
    )


@described
class RateChatInput:
    """How a chat was."""

    session_id: strawberry.ID = id_of("chat_session", OF_CHAT)
    rating: int = said("From 1, poor, to 5, excellent.")
    feedback: str | None = said("What you say of it, in at most 5,000 characters.", default=None)


@described
class ReopenChatInput:
    """Which chat goes on."""

    session_id: strawberry.ID = id_of("chat_session", OF_CHAT)


@described
class UpdateChatDetailsInput:
    """What a chat is about; what is null stays as it is."""

    session_id: strawberry.ID = id_of("chat_session", OF_CHAT)
    subject: str | None = said("What it is about, in at most 200 characters; empty for nothing.", default=None)
    tags: list[str] | None = said("All the words that staff sorts it by: at most 20; for staff alone.", default=None)
    language: str | None = said("BCP 47 tag of the language the visitor writes.", default=None)


@strawberry.type
class SessionsMutation:
    """How chats are led and ended."""

    end_chat = step(
        EndChatInput,
        ending.end_chat,
        "End a chat. One that its visitor leaves before anybody answered is ABANDONED.",
        "session",
    )
    rate_chat = step(RateChatInput, ending.rate_chat, "Say how a chat of yours was that is over.", "session")
    reopen_chat = step(ReopenChatInput, ending.reopen_chat, "Go on with a chat that is over: it is queued.", "session")
    update_chat_details = step(
        UpdateChatDetailsInput, details.update_chat_details, "Say what a chat is about, or sort it.", "session"
    )

"""The hand-written fields of conversations with AI agents: thin over `app.services.conversations`."""

from typing import TYPE_CHECKING, Any

import strawberry

from app.services.conversations import talking
from app.services.conversations.actors import Talker
from graph.access.viewers import ADMIN
from graph.acting import me
from graph.context import Info
from graph.engine.schema.schema import leaf
from graph.steps import Steps, described, id_of, said

if TYPE_CHECKING:
    from models.llm import LlmRequestPriority as PriorityLeaf

    JsonLeaf = Any
else:
    PriorityLeaf, JsonLeaf = leaf("LlmRequestPriority"), leaf("JSON")


def talker(info: Info) -> Talker:
    """Who talks. Raises Refused if nobody signed in."""
    user, params = me(info), info.context.viewer.params
    members, staff, managers = (frozenset(params.get(role, ())) for role in ("viewer", "staff", "manager"))
    return Talker(user, info.context.viewer.kind == ADMIN, members, staff, managers)


step = Steps({"conversation": "Conversation", "message": "Message", "request": "LlmRequest"}, talker)


@described
class StartConversationInput:
    """Whom you want to talk to, and what about."""

    agent_id: strawberry.ID = id_of(
        "agent", "The AI agent. One of CUSTOMER_SUPPORT or SALES answers everybody, others the staff of their business."
    )
    business_id: strawberry.ID | None = id_of("business", "The agent's business, if it is given.", default=None)
    session_id: str | None = said("Your own name for it, of at most 255 characters.", default=None)
    title: str | None = said(
        "What it is about, in one line of at most 200 characters; the beginning of the message if not given.",
        default=None,
    )
    context: JsonLeaf | None = said(
        "What the agent is told of the situation: an object of at most 16 KiB, which the staff of the business reads.",
        default=None,
    )
    message: str | None = said("A first question, of at most 10,000 characters.", default=None)


@described
class AskAgentInput:
    """What you say in a conversation of yours."""

    conversation_id: strawberry.ID = id_of("conversation", "The conversation.")
    content: str = said("What you say, in at most 10,000 characters.")
    priority: PriorityLeaf = said("How soon it is answered; HIGH is for the staff of the business.", default="NORMAL")


@described
class CancelAnswerInput:
    """Which question need not be answered any more."""

    request_id: strawberry.ID = id_of("llm_request", "The request, as startConversation or askAgent gave it.")


@described
class RateConversationInput:
    """How good a conversation of yours was."""

    id: strawberry.ID = id_of("conversation", "The conversation.")
    rating: int = said("From 1, poor, to 5, excellent.")
    feedback: str | None = said("What you say of it, in at most 5,000 characters.", default=None)


@described
class ArchiveConversationInput:
    """Which conversation is put away."""

    id: strawberry.ID = id_of("conversation", "The conversation.")


@strawberry.type
class ConversationsMutation:
    """What people do in conversations with AI agents."""

    start_conversation = step(
        StartConversationInput,
        talking.start_conversation,
        "Begin to talk to an AI agent. A first question is answered beside the request: follow the conversation, or "
        "look at it later.",
        *("conversation", "message", "request"),
    )
    ask_agent = step(
        AskAgentInput,
        talking.ask_agent,
        "Say something in a conversation of yours. It returns at once; the answer is the next message of the agent.",
        *("conversation", "message", "request"),
    )
    cancel_answer = step(
        CancelAnswerInput,
        talking.cancel_answer,
        "Have a question of yours not answered any more, or its answer broken off; managers of the business may too.",
        *("conversation", "request"),
    )
    rate_conversation = step(
        RateConversationInput,
        talking.rate_conversation,
        "Rate a conversation of yours in which the agent answered; again to change the rating.",
        "conversation",
    )
    archive_conversation = step(
        ArchiveConversationInput,
        talking.archive_conversation,
        "Put a conversation away, which ends it; for the person whose it is and the staff of the business.",
        "conversation",
    )

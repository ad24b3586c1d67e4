"""What can be done with a live chat in each state, and to which state that leads; docs/workflows.md draws it."""

from typing import Any, Literal

from app.services.workflows import Workflow
from models.chat import ChatSession
from models.chat.sessions import ChatSessionStatus

ChatStep = Literal[
    "queue", "offer", "accept", "decline", "expire", "give_back", "hand_to_ai", "end", "abandon", "reopen"
]

CHAT: Workflow[ChatSessionStatus, ChatStep] = Workflow(
    "a chat",
    "WAITING",
    {
        ("WAITING", "queue"): "QUEUED",
        ("WAITING", "offer"): "OFFERED",
        ("WAITING", "accept"): "ACTIVE",
        ("WAITING", "hand_to_ai"): "WAITING",
        ("WAITING", "end"): "ENDED",
        ("WAITING", "abandon"): "ABANDONED",
        ("QUEUED", "offer"): "OFFERED",
        ("QUEUED", "accept"): "ACTIVE",
        ("QUEUED", "hand_to_ai"): "WAITING",
        ("QUEUED", "end"): "ENDED",
        ("QUEUED", "abandon"): "ABANDONED",
        ("OFFERED", "accept"): "ACTIVE",
        ("OFFERED", "decline"): "QUEUED",
        ("OFFERED", "expire"): "QUEUED",
        ("OFFERED", "offer"): "OFFERED",
        ("OFFERED", "queue"): "QUEUED",
        ("OFFERED", "hand_to_ai"): "WAITING",
        ("OFFERED", "end"): "ENDED",
        ("OFFERED", "abandon"): "ABANDONED",
        ("ACTIVE", "offer"): "OFFERED",
        ("ACTIVE", "queue"): "QUEUED",
        ("ACTIVE", "give_back"): "QUEUED",
        ("ACTIVE", "hand_to_ai"): "WAITING",
        ("ACTIVE", "end"): "ENDED",
        ("ENDED", "reopen"): "QUEUED",
        ("ABANDONED", "reopen"): "QUEUED",
    },
)
"""It waits for an AI agent or for being routed, is queued for people, offered to one of them, and active with one.

A transfer offers it to somebody else, queues it again, or hands it to an AI agent. A person who is gone gives it back.
"""

OPEN: tuple[ChatSessionStatus, ...] = CHAT.before("end")
"""The states in which a chat is not over."""


def moved(chat: ChatSession, step: ChatStep, field: str = "sessionId") -> dict[str, Any]:
    """Take a step with a chat that is locked; what its entry in the log says of it.

    Raises Refused, about `field`, where the step cannot be taken.
    """
    old, new = chat.status, CHAT.after(chat.status, step, field)
    chat.status = new
    return {"status": {"old": old, "new": new}}


def is_over(chat: ChatSession) -> bool:
    """Whether it ended or was abandoned."""
    return chat.status not in OPEN

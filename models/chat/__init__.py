"""Live chat: visitors, the people and AI agents who answer them, and what both say."""

from models.chat.desk import CannedResponse, ChatAgent, ChatDailyStat, ChatRoutingRule
from models.chat.sessions import ChatEvent, ChatMessage, ChatParticipant, ChatSession
from models.chat.visitors import ChatWidget, Visitor

__all__ = [
    "CannedResponse",
    "ChatAgent",
    "ChatDailyStat",
    "ChatEvent",
    "ChatMessage",
    "ChatParticipant",
    "ChatRoutingRule",
    "ChatSession",
    "ChatWidget",
    "Visitor",
]

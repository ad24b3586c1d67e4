"""AI agents: what they can do, where they run, the conversations they hold and what is learnt from those."""

from models.agents.agents import Agent, AgentCapability, AgentCollaboration, AgentDailyStat, AgentDeployment, AgentTool
from models.agents.conversations import Conversation, ConversationEvent, ConversationOutcome, Message, MessageRole
from models.agents.learning import AgentKnowledgeItem, ExtractedEntity, Intent, TrainingExample

__all__ = [
    "Agent",
    "AgentCapability",
    "AgentCollaboration",
    "AgentDailyStat",
    "AgentDeployment",
    "AgentKnowledgeItem",
    "AgentTool",
    "Conversation",
    "ConversationEvent",
    "ConversationOutcome",
    "ExtractedEntity",
    "Intent",
    "Message",
    "MessageRole",
    "TrainingExample",
]

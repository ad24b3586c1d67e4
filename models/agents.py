"""AI agents, the conversations they hold and the messages in them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from models.base import (
    BigInt,
    Entity,
    Ratio,
    Timestamps,
    UnitPrice,
    Versioned,
    at_least_zero,
    column,
    currency,
    default,
    generated,
    key_to,
    many,
    one,
    state,
)

if TYPE_CHECKING:
    from models.business import Business
    from models.identity import User
    from models.llm import AiModel


class AgentType(StrEnum):
    """What an agent is for."""

    ORCHESTRATOR = "ORCHESTRATOR"
    DIRECTOR = "DIRECTOR"
    SPECIALIST = "SPECIALIST"
    CUSTOMER_SUPPORT = "CUSTOMER_SUPPORT"
    SALES = "SALES"
    STAFF_ASSISTANT = "STAFF_ASSISTANT"
    ANALYTICS = "ANALYTICS"
    CUSTOM = "CUSTOM"


class AgentStatus(StrEnum):
    """Whether an agent is at work."""

    ACTIVE = "ACTIVE"
    TRAINING = "TRAINING"
    INACTIVE = "INACTIVE"
    MAINTENANCE = "MAINTENANCE"


class ConversationUserType(StrEnum):
    """As whom a person talks to an agent."""

    CUSTOMER = "CUSTOMER"
    STAFF = "STAFF"
    ADMIN = "ADMIN"
    ANONYMOUS = "ANONYMOUS"


class ConversationStatus(StrEnum):
    """Whether a conversation is kept at hand."""

    ACTIVE = "ACTIVE"
    ARCHIVED = "ARCHIVED"
    DELETED = "DELETED"


class ConversationOutcome(StrEnum):
    """How a conversation ended."""

    ONGOING = "ONGOING"
    RESOLVED = "RESOLVED"
    ESCALATED = "ESCALATED"
    ABANDONED = "ABANDONED"


class MessageRole(StrEnum):
    """Who speaks in a message."""

    USER = "USER"
    ASSISTANT = "ASSISTANT"
    SYSTEM = "SYSTEM"


class MessageType(StrEnum):
    """What a message carries."""

    TEXT = "TEXT"
    IMAGE = "IMAGE"
    FILE = "FILE"
    TOOL = "TOOL"


class MessageStatus(StrEnum):
    """How far a message came."""

    SENT = "SENT"
    DELIVERED = "DELIVERED"
    READ = "READ"
    FAILED = "FAILED"


class Agent(Entity, Timestamps, Versioned):
    """An AI agent of a business: its purpose, prompt, tools and place in the hierarchy."""

    __tablename__ = "agents"
    __table_args__ = (
        UniqueConstraint("business_id", "name"),
        UniqueConstraint("business_id", "slug"),
        Index("ix_agents_type", "type"),
        Index("ix_agents_status", "status"),
        CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name="slug_form"),
        CheckConstraint("parent_id <> id", name="not_its_own_parent"),
        *at_least_zero("satisfaction_sum", "satisfaction_count"),
    )
    natural_key = ("business_id", "slug")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Whose agent it is.", index=False)
    name: Mapped[str] = column("What the agent is called.")
    slug: Mapped[str] = column("Its name in addresses, unique in the business.")
    type: Mapped[AgentType] = state(AgentType, "What the agent is for.")
    description: Mapped[str | None] = column("What people should know of it.")
    parent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The agent it reports to.")
    model_id: Mapped[UUID | None] = key_to("llm.ai_models", "SET NULL", "The model it thinks with.")
    system_prompt: Mapped[str | None] = column("What it is told before every conversation.")
    configuration: Mapped[dict[str, Any]] = default("'{}'", "Free settings.")
    capabilities: Mapped[list[str]] = default("'{}'", "What it can do.")
    tools: Mapped[list[str]] = default("'{}'", "Names of the MCP tools it may call.")
    deployed_sites: Mapped[list[str]] = default("'{}'", "Sites where it answers.")
    status: Mapped[AgentStatus] = state(AgentStatus, "Whether it is at work.", AgentStatus.INACTIVE)
    release: Mapped[str | None] = column("Which release of the agent this is.")
    satisfaction_sum: Mapped[BigInt] = default("0", "Sum of the ratings of its conversations; kept by trigger.")
    satisfaction_count: Mapped[int] = default("0", "How many of its conversations were rated; kept by trigger.")
    satisfaction_average: Mapped[Ratio | None] = generated(
        "round(satisfaction_sum::numeric / nullif(satisfaction_count, 0), 2)",
        "Mean rating of its conversations; null before the first.",
    )

    business: Mapped[Business] = one("Agent.business_id", "agents", "Whose agent it is.")
    parent: Mapped[Agent | None] = one(
        "Agent.parent_id", "children", "The agent it reports to.", remote_side="Agent.id"
    )
    children: Mapped[list[Agent]] = many("Agent.parent_id", "parent", "The agents that report to it.")
    model: Mapped[AiModel | None] = one("Agent.model_id", "agents", "The model it thinks with.")
    conversations: Mapped[list[Conversation]] = many("Conversation.agent_id", "agent", "What it talked about.")


class Conversation(Entity):
    """What a person and an agent said to each other, with how it ended."""

    __tablename__ = "conversations"
    __table_args__ = (
        Index("ix_conversations_agent_id_id", "agent_id", "id"),
        Index("ix_conversations_agent_id_user_id_id", "agent_id", "user_id", "id"),
        Index("ix_conversations_business_id_id", "business_id", "id"),
        Index("ix_conversations_user_id_id", "user_id", "id"),
        Index("ix_conversations_session_id", "session_id"),
        CheckConstraint("satisfaction_rating BETWEEN 1 AND 5", name="satisfaction_rating_range"),
        CheckConstraint("temperature BETWEEN 0 AND 2", name="temperature_range"),
        CheckConstraint("max_tokens > 0", name="max_tokens_positive"),
        *at_least_zero("message_count", "total_tokens", "total_cost"),
        currency(),
    )
    time_column = "started_at"

    agent_id: Mapped[UUID] = key_to("agents.agents", "CASCADE", "Which agent.", index=False)
    business_id: Mapped[UUID | None] = key_to("business.businesses", "SET NULL", "In whose name.", index=False)
    user_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Which person, if known.", index=False)
    model_id: Mapped[UUID | None] = key_to("llm.ai_models", "SET NULL", "The main model.")
    session_id: Mapped[str] = column("The client's own name for it.")
    user_type: Mapped[ConversationUserType] = state(
        ConversationUserType, "As whom the person talks.", ConversationUserType.ANONYMOUS
    )
    title: Mapped[str | None] = column("What it is about, in one line.")
    context: Mapped[dict[str, Any]] = default("'{}'", "What the agent was told of the situation.")
    system_prompt: Mapped[str | None] = column("What the agent was told for this conversation.")
    temperature: Mapped[Ratio] = default("0.7", "How freely the model chooses, from 0 to 2.")
    max_tokens: Mapped[int] = default("150", "The most tokens of an answer.")
    status: Mapped[ConversationStatus] = state(
        ConversationStatus, "Whether it is kept at hand.", ConversationStatus.ACTIVE
    )
    outcome: Mapped[ConversationOutcome] = state(ConversationOutcome, "How it ended.", ConversationOutcome.ONGOING)
    started_at: Mapped[datetime] = generated("uuid_extract_timestamp(id)", "When it began; read from the id.")
    ended_at: Mapped[datetime | None] = column("When it ended.")
    last_message_at: Mapped[datetime | None] = column("When the last message came; kept by trigger.")
    archived_at: Mapped[datetime | None] = column("When it was put away.")
    message_count: Mapped[int] = default("0", "How many messages it has; kept by trigger.")
    total_tokens: Mapped[BigInt] = default("0", "Tokens of its messages; kept by trigger.")
    total_cost: Mapped[UnitPrice] = default("0", "Cost of its messages; kept by trigger.")
    currency: Mapped[str] = default("'USD'", "Currency of the cost.")
    satisfaction_rating: Mapped[int | None] = column("From 1, poor, to 5, excellent.")
    feedback: Mapped[str | None] = column("What the person said of it.")
    updated_at: Mapped[datetime] = default("now()", "When the row was last changed.")

    agent: Mapped[Agent] = one("Conversation.agent_id", "conversations", "Which agent.")
    business: Mapped[Business | None] = one("Conversation.business_id", "conversations", "In whose name.")
    user: Mapped[User | None] = one("Conversation.user_id", "conversations", "Which person, if known.")
    model: Mapped[AiModel | None] = one("Conversation.model_id", "conversations", "The main model.")
    messages: Mapped[list[Message]] = many("Message.conversation_id", "conversation", "What was said.")


class Message(Entity):
    """One thing said in a conversation."""

    __tablename__ = "messages"
    __table_args__ = (
        Index("ix_messages_conversation_id_id", "conversation_id", "id"),
        *at_least_zero("token_count", "processing_time_ms", "cost", "sequence_number"),
        currency(),
    )
    time_column = "created_at"

    conversation_id: Mapped[UUID] = key_to("agents.conversations", "CASCADE", "In which conversation.", index=False)
    model_id: Mapped[UUID | None] = key_to("llm.ai_models", "SET NULL", "The model that wrote it.")
    role: Mapped[MessageRole] = state(MessageRole, "Who speaks.")
    type: Mapped[MessageType] = state(MessageType, "What it carries.", MessageType.TEXT)
    content: Mapped[str] = column("What was said.")
    sequence_number: Mapped[int] = column("Its place in the conversation, from 1.")
    metadata_: Mapped[dict[str, Any]] = default("'{}'", "What else was noted.", name="metadata")
    token_count: Mapped[int | None] = column("How many tokens it has.")
    cost: Mapped[UnitPrice | None] = column("What it cost.")
    currency: Mapped[str] = default("'USD'", "Currency of the cost.")
    processing_time_ms: Mapped[int | None] = column("How long the model took, in milliseconds.")
    status: Mapped[MessageStatus] = state(MessageStatus, "How far it came.", MessageStatus.SENT)
    edited_at: Mapped[datetime | None] = column("When it was last edited.")
    edited: Mapped[bool] = generated("edited_at IS NOT NULL", "Whether it was edited.")
    created_at: Mapped[datetime] = generated("uuid_extract_timestamp(id)", "When it was said; read from the id.")

    conversation: Mapped[Conversation] = one("Message.conversation_id", "messages", "In which conversation.")
    model: Mapped[AiModel | None] = one("Message.model_id", "messages", "The model that wrote it.")

"""What people and agents say to each other, and the log from which clients follow it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.orm import Mapped

from models.base import Entity
from models.checks import at_least_zero, positive, rating, within
from models.columns import BigInt, Ratio, UnitPrice, column, default, generated, key_to, state
from models.ddl import Tally

ConversationUserType = Literal["CUSTOMER", "STAFF", "ADMIN", "ANONYMOUS"]
ConversationStatus = Literal["ACTIVE", "ARCHIVED", "DELETED"]
ConversationOutcome = Literal["ONGOING", "RESOLVED", "ESCALATED", "ABANDONED"]
MessageRole = Literal["USER", "ASSISTANT", "SYSTEM"]
MessageType = Literal["TEXT", "IMAGE", "FILE", "TOOL"]
MessageStatus = Literal["SENT", "DELIVERED", "READ", "FAILED"]
ConversationEventType = Literal[
    "STARTED", "MESSAGE_ADDED", "MESSAGE_EDITED", "TITLE_CHANGED", "OUTCOME_CHANGED", "RATED", "ENDED", "ARCHIVED"
]


class Conversation(Entity):
    """What a person and an agent said to each other, with how it ended."""

    __table_args__ = (*at_least_zero("message_count", "total_tokens", "total_cost", "last_seq"),)
    indexes = (("agent_id", "user_id", "id"), "session_id")
    time_column = "started_at"
    # An agent's row is written only when a conversation gets or changes its rating: once, at its end.
    tallies = (
        Tally(
            "sum_satisfaction",
            "agent_id",
            "agents.agents",
            {"satisfaction_sum": "coalesce(satisfaction_rating, 0)", "satisfaction_count": "(satisfaction_rating IS NOT NULL)::int"},
        ),
    )

    agent_id: Mapped[UUID] = key_to("agents.agents", "CASCADE", "Which agent.")
    business_id: Mapped[UUID | None] = key_to("business.businesses", "SET NULL", "In whose name.")
    user_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Which person, if known.")
    model_id: Mapped[UUID | None] = key_to("llm.ai_models", "SET NULL", "The main model.")
    session_id: Mapped[str] = column("The client's own name for it.")
    user_type: Mapped[ConversationUserType] = state(ConversationUserType, "As whom the person talks.", "ANONYMOUS")
    title: Mapped[str | None] = column("What it is about, in one line.")
    context: Mapped[dict[str, Any]] = default("'{}'", "What the agent was told of the situation.")
    system_prompt: Mapped[str | None] = column("What the agent was told for this conversation.")
    temperature: Mapped[Ratio] = default("0.7", "How freely the model chooses, from 0 to 2.", within(0, 2))
    max_tokens: Mapped[int] = default("150", "The most tokens of an answer.", positive)
    status: Mapped[ConversationStatus] = state(ConversationStatus, "Whether it is kept at hand.", "ACTIVE")
    outcome: Mapped[ConversationOutcome] = state(ConversationOutcome, "How it ended.", "ONGOING")
    started_at: Mapped[datetime] = generated("uuid_extract_timestamp(id)", "When it began; read from the id.")
    ended_at: Mapped[datetime | None] = column("When it ended.")
    last_message_at: Mapped[datetime | None] = column("When the last message came; kept by trigger.")
    archived_at: Mapped[datetime | None] = column("When it was put away.")
    message_count: Mapped[int] = default("0", "How many messages it has; kept by trigger.")
    total_tokens: Mapped[BigInt] = default("0", "Tokens of its messages; kept by trigger.")
    total_cost: Mapped[UnitPrice] = default("0", "Cost of its messages; kept by trigger.")
    currency: Mapped[str] = default("'USD'", "Currency of the cost.")
    last_seq: Mapped[int] = default("0", "Place of the last event in its log; 0 before the first.")
    satisfaction_rating: Mapped[int | None] = column("From 1, poor, to 5, excellent.", rating)
    feedback: Mapped[str | None] = column("What the person said of it.")
    updated_at: Mapped[datetime] = default("now()", "When the row was last changed.")


class Message(Entity):
    """One thing said in a conversation."""

    __table_args__ = (*at_least_zero("token_count", "processing_time_ms", "cost", "sequence_number"),)
    time_column = "created_at"

    conversation_id: Mapped[UUID] = key_to("agents.conversations", "CASCADE", "In which conversation.")
    model_id: Mapped[UUID | None] = key_to("llm.ai_models", "SET NULL", "The model that wrote it.")
    request_id: Mapped[UUID | None] = key_to("llm.llm_requests", "SET NULL", "The request it answers.", "conversation_messages")
    role: Mapped[MessageRole] = state(MessageRole, "Who speaks.")
    type: Mapped[MessageType] = state(MessageType, "What it carries.", "TEXT")
    content: Mapped[str] = column("What was said.")
    sequence_number: Mapped[int] = column("Its place in the conversation, from 1.")
    metadata_: Mapped[dict[str, Any]] = default("'{}'", "What else was noted.", name="metadata")
    token_count: Mapped[int | None] = column("How many tokens it has.")
    cost: Mapped[UnitPrice | None] = column("What it cost.")
    currency: Mapped[str] = default("'USD'", "Currency of the cost.")
    processing_time_ms: Mapped[int | None] = column("How long the model took, in milliseconds.")
    status: Mapped[MessageStatus] = state(MessageStatus, "How far it came.", "SENT")
    edited_at: Mapped[datetime | None] = column("When it was last edited.")
    edited: Mapped[bool] = generated("edited_at IS NOT NULL", "Whether it was edited.")
    created_at: Mapped[datetime] = generated("uuid_extract_timestamp(id)", "When it was said; read from the id.")


class ConversationEvent(Entity):
    """Something that happened in a conversation; its events are numbered without a gap, so that clients can resume."""

    natural_key = ("conversation_id", "seq")

    conversation_id: Mapped[UUID] = key_to("agents.conversations", "CASCADE", "In which conversation.", "events")
    message_id: Mapped[UUID | None] = key_to("agents.messages", "SET NULL", "The message it is about.", "events")
    seq: Mapped[int] = column("Its place in the conversation's log, from 1 without a gap.", positive)
    type: Mapped[ConversationEventType] = state(ConversationEventType, "What happened.")
    payload: Mapped[dict[str, Any]] = default("'{}'", "What clients are told of it.")
    created_at: Mapped[datetime] = default("now()", "When it happened.")

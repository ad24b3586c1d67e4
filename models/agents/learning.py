"""What agents know, what they understood of what was said, and the examples from which they learn."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from models.base import Audited, Entity, Timestamps, Versioned
from models.checks import at_least_zero, check, filled, in_order, within
from models.columns import column, default, key_to, state
from models.llm import Confidence

ExtractedEntityType = Literal["PERSON", "EMAIL", "PHONE", "ADDRESS", "ORDER_NUMBER", "PRODUCT", "AMOUNT", "DATE", "OTHER"]
TrainingExampleType = Literal["CONVERSATION", "FEEDBACK", "CORRECTION", "EXAMPLE"]
AgentKnowledgeItemType = Literal["FACT", "QUESTION", "POLICY", "PROCEDURE", "EXAMPLE"]


class AgentKnowledgeItem(Entity, Timestamps, Versioned, Audited):
    """Something one agent alone knows and may answer with."""

    __table_args__ = (Index("ix_agent_knowledge_items_tags", "tags", postgresql_using="gin"), in_order("valid_from", "valid_until"))
    natural_key = ("agent_id", "title")

    agent_id: Mapped[UUID] = key_to("agents.agents", "CASCADE", "Which agent knows it.", "knowledge_items")
    article_id: Mapped[UUID | None] = key_to("knowledge.articles", "SET NULL", "The article it was drawn from.")
    type: Mapped[AgentKnowledgeItemType] = state(AgentKnowledgeItemType, "What kind of thing it is.", "FACT")
    title: Mapped[str] = column("What it is about: a question, or a few words.", filled())
    content: Mapped[str] = column("What the agent is to know.")
    tags: Mapped[list[str]] = default("'{}'", "Words under which it is found.")
    source_url: Mapped[str | None] = column("Where it can be read, if not in an article.")
    confidence: Mapped[Confidence | None] = column("How sure it is, from 0 to 1; null if a person wrote it.", within(0, 1))
    is_active: Mapped[bool] = default("true", "Whether the agent may answer with it.")
    valid_from: Mapped[datetime | None] = column("From when it holds, if not always.")
    valid_until: Mapped[datetime | None] = column("Until when it holds, if not always.")


class Intent(Entity):
    """What a machine took a person to want in a conversation."""

    __table_args__ = (
        UniqueConstraint("message_id", "name"),
        check("reviewed_at", "fits_review", "(reviewed_at IS NULL) = (is_correct IS NULL)", "must be set when reviewed"),
    )
    indexes = (("name", "created_at"),)

    conversation_id: Mapped[UUID] = key_to("agents.conversations", "CASCADE", "In which conversation.")
    message_id: Mapped[UUID | None] = key_to("agents.messages", "CASCADE", "In which message; null if in the whole.")
    model_id: Mapped[UUID | None] = key_to("llm.ai_models", "SET NULL", "The model that recognised it.")
    name: Mapped[str] = column("What the person wants, like order_status.", filled(100))
    confidence: Mapped[Confidence] = column("How sure the model was, from 0 to 1.", within(0, 1))
    parameters: Mapped[dict[str, Any]] = default("'{}'", "What the person said of it, by name.")
    is_primary: Mapped[bool] = default("true", "Whether it is what the person wants most.")
    is_correct: Mapped[bool | None] = column("Whether a person found it right; null before the review.")
    reviewed_by_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Who reviewed it.", "intents_reviewed")
    reviewed_at: Mapped[datetime | None] = column("When it was reviewed.")
    created_at: Mapped[datetime] = default("now()", "When it was recognised.")


class ExtractedEntity(Entity):
    """A name, number or thing that a machine found in what a person said."""

    __table_args__ = (
        check("entity_id", "has_type", "entity_id IS NULL OR entity_type IS NOT NULL", "must come with an entity type"),
        *at_least_zero("start_offset"),
        in_order("start_offset", "end_offset"),
    )
    indexes = (("type", "normalized_value"), ("entity_type", "entity_id"))

    conversation_id: Mapped[UUID] = key_to("agents.conversations", "CASCADE", "In which conversation.")
    message_id: Mapped[UUID] = key_to("agents.messages", "CASCADE", "In which message.")
    model_id: Mapped[UUID | None] = key_to("llm.ai_models", "SET NULL", "The model that found it.")
    type: Mapped[ExtractedEntityType] = state(ExtractedEntityType, "What kind of thing it is.")
    value: Mapped[str] = column("What the person wrote.", filled(1000))
    normalized_value: Mapped[str | None] = column("The same in its usual form, like an ISO date.")
    start_offset: Mapped[int | None] = column("Where it begins in the message, in characters from 0.")
    end_offset: Mapped[int | None] = column("Where it ends in the message: the first character behind it.")
    confidence: Mapped[Confidence] = column("How sure the model was, from 0 to 1.", within(0, 1))
    entity_type: Mapped[str | None] = column("What it was recognised as, like Order.")
    entity_id: Mapped[UUID | None] = column("Which one it was recognised as.")
    created_at: Mapped[datetime] = default("now()", "When it was found.")


class TrainingExample(Entity, Timestamps):
    """A question with the answer wanted, from which agents are to learn."""

    __table_args__ = (
        Index("ix_training_examples_tags", "tags", postgresql_using="gin"),
        check("approved_at", "comes_with_person", "approved_by_id IS NULL OR approved_at IS NOT NULL", "must be set"),
    )
    indexes = ("type", "is_used")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Whose example it is.")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "Which agent is to learn from it.")
    message_id: Mapped[UUID | None] = key_to("agents.messages", "SET NULL", "The message it was drawn from.")
    type: Mapped[TrainingExampleType] = state(TrainingExampleType, "Where it comes from.")
    input_text: Mapped[str | None] = column("What is asked.")
    expected_output: Mapped[str | None] = column("What the agent should answer.")
    actual_output: Mapped[str | None] = column("What it did answer.")
    quality_score: Mapped[int | None] = column("How good the example is, from 0 to 100.", within(0, 100))
    tags: Mapped[list[str]] = default("'{}'", "Words under which it is found.")
    is_used: Mapped[bool] = default("false", "Whether an agent was trained with it.")
    approved_by_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Who approved it.", "training_examples_approved")
    approved_at: Mapped[datetime | None] = column("When it was approved; null if it may not be used yet.")

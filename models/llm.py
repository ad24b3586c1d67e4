"""Language models, what they cost and how they did."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from models.base import (
    Entity,
    Ratio,
    Timestamps,
    UnitPrice,
    at_least_zero,
    column,
    currency,
    default,
    many,
    state,
)

if TYPE_CHECKING:
    from models.agents import Agent, Conversation, Message


class ModelProvider(StrEnum):
    """Who runs a language model."""

    OPENAI = "OPENAI"
    ANTHROPIC = "ANTHROPIC"
    COHERE = "COHERE"
    CUSTOM = "CUSTOM"


class ModelStatus(StrEnum):
    """Whether a language model should be used."""

    ACTIVE = "ACTIVE"
    DEPRECATED = "DEPRECATED"
    TESTING = "TESTING"


class AiModel(Entity, Timestamps):
    """A configured language model with its limits and price."""

    __tablename__ = "ai_models"
    __table_args__ = (
        UniqueConstraint("provider", "name", "version", postgresql_nulls_not_distinct=True),
        Index("ix_ai_models_status", "status"),
        CheckConstraint("max_tokens > 0", name="max_tokens_positive"),
        CheckConstraint("temperature BETWEEN 0 AND 2", name="temperature_range"),
        *at_least_zero("cost_per_1k_tokens"),
        currency(),
    )
    natural_key = ("provider", "name", "version")

    name: Mapped[str] = column("What the provider calls it.")
    provider: Mapped[ModelProvider] = state(ModelProvider, "Who runs it.")
    version: Mapped[str | None] = column("Which release of it.")
    parameters: Mapped[dict[str, Any]] = default("'{}'", "Settings passed with each call.")
    cost_per_1k_tokens: Mapped[UnitPrice | None] = column("Price of a thousand tokens.")
    currency: Mapped[str] = default("'USD'", "Currency of the price.")
    max_tokens: Mapped[int | None] = column("The most tokens it answers with.")
    temperature: Mapped[Ratio | None] = column("How freely it chooses, from 0 to 2.")
    status: Mapped[ModelStatus] = state(ModelStatus, "Whether it should be used.", ModelStatus.ACTIVE)

    agents: Mapped[list[Agent]] = many("Agent.model_id", "model", "Agents that think with it.")
    conversations: Mapped[list[Conversation]] = many("Conversation.model_id", "model", "Conversations held with it.")
    messages: Mapped[list[Message]] = many("Message.model_id", "model", "Messages it wrote.")

"""What whoever answers is given, and what comes back. Knows neither tables nor any way to reach a model."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, Protocol
from uuid import UUID

from models.llm import LlmRequestPriority, LlmResponseFinishReason, LlmResponseSafetyRating


@dataclass(frozen=True, slots=True)
class Turn:
    """Something that was said before."""

    role: Literal["user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Find:
    """Something the agent may know that may answer the question."""

    entity: Literal["Article", "AgentKnowledgeItem", "CannedResponse"]
    id: UUID
    title: str
    text: str
    confidence: Decimal
    """How much of the question it is about, from 0 to 1."""
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, by whom, and all that has to be known to answer it."""

    request_id: UUID
    business_id: UUID
    business_name: str
    agent_id: UUID
    agent_name: str
    content: str
    conversation_id: UUID | None = None
    chat_id: UUID | None = None
    user_id: UUID | None = None
    asker: str | None = None
    """What the person who asks is called."""
    language: str = "en"
    audience: tuple[str, ...] = ("PUBLIC",)
    """The visibilities of articles that may be used."""
    system_prompt: str | None = None
    context: Mapping[str, Any] = field(default_factory=dict)
    turns: Sequence[Turn] = ()
    """What was said before, the oldest first."""
    finds: Sequence[Find] = ()
    """What may answer it, the best first."""
    configuration: Mapping[str, Any] = field(default_factory=dict)
    """The agent's free settings."""
    max_tokens: int | None = None
    temperature: Decimal | None = None
    priority: LlmRequestPriority = "NORMAL"
    model_id: UUID | None = None
    """The model that is asked first."""

    @property
    def topic(self) -> str | None:
        """What those follow to whom the answer goes."""
        if self.conversation_id:
            return f"conversation:{self.conversation_id}"
        return f"chat:{self.chat_id}" if self.chat_id else None


@dataclass(frozen=True, slots=True)
class Route:
    """A model, and the provider through which it is reached."""

    provider_id: UUID
    slug: str
    base_url: str | None
    model_id: UUID
    model: str
    cost_per_1k_tokens: Decimal | None = None
    currency: str = "USD"
    max_tokens: int | None = None
    rate_limit_per_minute: int | None = None
    is_trial: bool = False
    """Whether the provider was down, and one question finds out whether it is back."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, or that somebody else should give it."""

    content: str
    finish_reason: LlmResponseFinishReason = "STOP"
    safety: LlmResponseSafetyRating | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    confidence: Decimal | None = None
    sources: Sequence[Find] = ()
    hands_over: bool = False
    """Whether a person should go on."""

    @property
    def is_unsafe(self) -> bool:
        """Whether nobody may be shown it."""
        return self.finish_reason == "CONTENT_FILTER" or self.safety in ("FLAGGED", "BLOCKED")


class Fault(Exception):
    """There was no answer: the provider's code, what it said, and when it wants to be asked again."""

    def __init__(self, code: str, message: str, *, retry_after: float | None = None, is_lasting: bool = False) -> None:
        super().__init__(message)
        self.code, self.message, self.retry_after, self.is_lasting = code, message, retry_after, is_lasting


Hear = Callable[[str], None]
"""Takes a piece of an answer while it is given; returns at once."""


class Responder(Protocol):
    """Gives answers. Cancelled, it stops at once and leaves nothing behind."""

    async def answer(self, question: Question, route: Route, hear: Hear) -> Reply:
        """The answer of a model, whose pieces `hear` is given as they come. Raises Fault."""

"""AI agents: what they can do, whom they may ask, where they run and how they do."""

from __future__ import annotations

from datetime import date as Day
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from models.base import Entity, Timestamps, Versioned
from models.checks import at_least_zero, check, filled, in_order, positive, within
from models.columns import BigInt, Ratio, UnitPrice, column, default, full_text, generated, key_to, on_read, state

AgentType = Literal["ORCHESTRATOR", "DIRECTOR", "SPECIALIST", "CUSTOMER_SUPPORT", "SALES", "STAFF_ASSISTANT", "ANALYTICS", "CUSTOM"]
AgentStatus = Literal["ACTIVE", "TRAINING", "INACTIVE", "MAINTENANCE"]
AgentCategory = Literal["COMMERCE", "CUSTOMERS", "FULFILLMENT", "FINANCE", "MARKETING", "CHANNELS", "ANALYTICS", "PLATFORM"]
AgentDeploymentEnvironment = Literal["DEVELOPMENT", "STAGING", "PRODUCTION"]
AgentDeploymentStatus = Literal["PENDING", "RUNNING", "PAUSED", "FAILED", "RETIRED"]
AgentDeploymentHealth = Literal["HEALTHY", "DEGRADED", "DOWN", "UNKNOWN"]


class Agent(Entity, Timestamps, Versioned):
    """An AI agent of a business: its purpose, prompt, tools and place in the hierarchy."""

    __table_args__ = (
        UniqueConstraint("business_id", "name"),
        UniqueConstraint("business_id", "port"),
        *at_least_zero("satisfaction_sum", "satisfaction_count"),
    )
    indexes = ("type", "status")
    natural_key = ("business_id", "slug")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Whose agent it is.")
    name: Mapped[str] = column("What the agent is called.", filled())
    slug: Mapped[str] = column("Its name in addresses, unique in the business.")
    type: Mapped[AgentType] = state(AgentType, "What the agent is for.")
    category: Mapped[AgentCategory | None] = state(AgentCategory, "In which part of the business it works.")
    description: Mapped[str | None] = column("What people should know of it.")
    parent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The agent it reports to.", "children")
    model_id: Mapped[UUID | None] = key_to("llm.ai_models", "SET NULL", "The model it thinks with.")
    system_prompt: Mapped[str | None] = column("What it is told before every conversation.")
    configuration: Mapped[dict[str, Any]] = default("'{}'", "Free settings.")
    capabilities: Mapped[list[str]] = default("'{}'", "What it can do.")
    tools: Mapped[list[str]] = default("'{}'", "Names of the MCP tools it may call.")
    deployed_sites: Mapped[list[str]] = default("'{}'", "Internet domains of the sites where it should answer.")
    port: Mapped[int | None] = column("The port its service listens on, unique in the business.", within(1, 65535))
    primary_tables: Mapped[list[str]] = default("'{}'", "Names of the tables that it looks after.")
    status: Mapped[AgentStatus] = state(AgentStatus, "Whether it is at work.", "INACTIVE")
    release: Mapped[str | None] = column("Which release of the agent this is.")
    satisfaction_sum: Mapped[BigInt] = default("0", "Sum of the ratings of its conversations; kept by trigger.")
    satisfaction_count: Mapped[int] = default("0", "How many of its conversations were rated; kept by trigger.")
    satisfaction_average: Mapped[Ratio | None] = generated(
        "round(satisfaction_sum::numeric / nullif(satisfaction_count, 0), 2)", "Mean rating of its conversations; null before the first."
    )
    search_vector: Mapped[str] = full_text("english", "name", "description", "capabilities[]")

    total_conversations: Mapped[int] = on_read(
        "(SELECT count(*) FROM agents.conversations AS c WHERE c.agent_id = {row}.id)",
        BigInteger(),
        "How many conversations it held; counted when read.",
    )


class AgentCapability(Entity, Timestamps):
    """Something an agent can do, with its settings."""

    natural_key = ("agent_id", "type", "name")

    agent_id: Mapped[UUID] = key_to("agents.agents", "CASCADE", "Which agent.")
    type: Mapped[str] = column("The kind of ability, like analysis or writing.", filled(100))
    name: Mapped[str] = column("What the agent can do, in a few words.", filled())
    description: Mapped[str | None] = column("What it does exactly, and when it should be asked.")
    configuration: Mapped[dict[str, Any]] = default("'{}'", "Settings of the ability.")
    is_active: Mapped[bool] = default("true", "Whether the agent may use it at present.")


class AgentTool(Entity, Timestamps):
    """A tool of an MCP server that the agents of a business may call by its name."""

    indexes = ("server",)
    natural_key = ("business_id", "name")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Whose tool it is.")
    name: Mapped[str] = column("The name by which agents call it, like orders.read.", filled())
    server: Mapped[str] = column("What the MCP server is called that offers it.", filled())
    endpoint_url: Mapped[str | None] = column("Where the server is; null if it runs beside the agent.")
    description: Mapped[str | None] = column("What the agents are told it does.")
    input_schema: Mapped[dict[str, Any]] = default("'{}'", "JSON Schema of its arguments.")
    output_schema: Mapped[dict[str, Any] | None] = column("JSON Schema of its answer, if it says so.")
    is_read_only: Mapped[bool] = default("true", "Whether calling it changes nothing.")
    needs_approval: Mapped[bool] = default("false", "Whether a person must allow each call.")
    timeout_seconds: Mapped[int] = default("30", "After how many seconds a call is given up.", positive)
    rate_limit_per_minute: Mapped[int | None] = column("The most calls a minute; null if there is no limit.", positive)
    is_active: Mapped[bool] = default("true", "Whether it may be called at present.")

    agent_count: Mapped[int] = on_read(
        "(SELECT count(*) FROM agents.agents AS a WHERE a.business_id = {row}.business_id AND {row}.name = ANY (a.tools))",
        BigInteger(),
        "How many agents may call it; counted when read.",
    )


class AgentCollaboration(Entity, Timestamps):
    """A rule that one agent may ask another for something, and how soon it is to be answered."""

    __table_args__ = (
        UniqueConstraint(*("requesting_agent_id", "responding_agent_id", "type"), name="uq_agent_collaborations_both_agents_type"),
        check("responding_agent_id", "is_another", "requesting_agent_id <> responding_agent_id", "must be another agent"),
    )
    natural_key = ("requesting_agent_id", "responding_agent_id", "type")
    between = (
        ("requesting_agent_id", "may_ask", "The agents that it may ask for something."),
        ("responding_agent_id", "may_be_asked_by", "The agents that may ask it for something."),
    )

    requesting_agent_id: Mapped[UUID] = key_to(
        "agents.agents", "CASCADE", "Which agent asks.", "collaborations_requested", "Whom it may ask, for what."
    )
    responding_agent_id: Mapped[UUID] = key_to(
        "agents.agents", "CASCADE", "Which agent answers.", "collaborations_answered", "Who may ask it, for what."
    )
    type: Mapped[str] = column("What it may ask for, like approval or data.", filled(100))
    description: Mapped[str | None] = column("When it should ask, and what it must say.")
    priority: Mapped[int] = default("5", "How urgent such a request is, from 1, most, to 10, least.", within(1, 10))
    sla_minutes: Mapped[int] = default("60", "Within how many minutes it is to be answered.", positive)
    is_active: Mapped[bool] = default("true", "Whether the rule holds at present.")


class AgentDeployment(Entity, Timestamps):
    """A release of an agent at work at a place, with its health; one at a time per site and environment."""

    __table_args__ = (
        Index(
            "uq_agent_deployments_agent_id_site_id_environment",
            *("agent_id", "site_id", "environment"),
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("status <> 'RETIRED'"),
        ),
        check("retired_at", "fits_status", "(retired_at IS NULL) = (status <> 'RETIRED')", "must be set when retired"),
        in_order("deployed_at", "retired_at"),
    )
    indexes = (("agent_id", "deployed_at"),)

    agent_id: Mapped[UUID] = key_to("agents.agents", "CASCADE", "Which agent.", "deployments")
    site_id: Mapped[UUID | None] = key_to("business.sites", "CASCADE", "On which site; null if it serves none.")
    deployed_by_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Who put it there.")
    release: Mapped[str] = column("Which release of the agent runs there.")
    environment: Mapped[AgentDeploymentEnvironment] = state(AgentDeploymentEnvironment, "For whom it runs.")
    status: Mapped[AgentDeploymentStatus] = state(AgentDeploymentStatus, "How far it is.", "PENDING", index=True)
    health: Mapped[AgentDeploymentHealth] = state(AgentDeploymentHealth, "How it is doing.", "UNKNOWN")
    endpoint_url: Mapped[str | None] = column("Where the running agent is asked.")
    port: Mapped[int | None] = column("The port it listens on there, if not its usual one.", within(1, 65535))
    instance_count: Mapped[int] = default("1", "How many copies of it run.", positive)
    configuration: Mapped[dict[str, Any]] = default("'{}'", "Settings that differ from the agent's own.")
    deployed_at: Mapped[datetime | None] = column("When it went to work there.")
    last_check_at: Mapped[datetime | None] = column("When its health was last checked.")
    error_message: Mapped[str | None] = column("Why it failed or is unwell.")
    retired_at: Mapped[datetime | None] = column("When it was taken away.")


class AgentDailyStat(Entity, Timestamps):
    """How the conversations that an agent began on one day went; kept by the worker."""

    __table_args__ = (
        check(
            "conversation_count",
            "adds_up",
            "resolved_count + escalated_count + abandoned_count <= conversation_count",
            "must cover those resolved, escalated and abandoned",
        ),
        check("rating_sum", "fits_count", "rating_sum BETWEEN rating_count AND 5 * rating_count", "must be from 1 to 5 for each rating"),
        *at_least_zero("conversation_count", "resolved_count", "escalated_count", "abandoned_count", "message_count"),
        *at_least_zero("answer_count", "error_count", "rating_count", "response_time_ms", "total_tokens", "total_cost"),
    )
    indexes = ("date",)
    natural_key = ("agent_id", "date")

    agent_id: Mapped[UUID] = key_to("agents.agents", "CASCADE", "Which agent.", "daily_stats")
    date: Mapped[Day] = column("Which day, in UTC.")
    conversation_count: Mapped[int] = default("0", "How many conversations began.")
    resolved_count: Mapped[int] = default("0", "How many of them were resolved.")
    escalated_count: Mapped[int] = default("0", "How many of them went to a person.")
    abandoned_count: Mapped[int] = default("0", "How many of them the other side left.")
    message_count: Mapped[int] = default("0", "How many messages were said in them.")
    answer_count: Mapped[int] = default("0", "How many answers the agent gave in them.")
    error_count: Mapped[int] = default("0", "How often it failed to answer in them.")
    rating_sum: Mapped[BigInt] = default("0", "Sum of their ratings.")
    rating_count: Mapped[int] = default("0", "How many of them were rated.")
    rating_average: Mapped[Ratio | None] = generated(
        "round(rating_sum::numeric / nullif(rating_count, 0), 2)", "Their mean rating; null without ratings."
    )
    response_time_ms: Mapped[BigInt] = default("0", "Sum of the times to its answers, in milliseconds.")
    average_response_time_ms: Mapped[BigInt | None] = generated(
        "response_time_ms / nullif(answer_count, 0)", "Mean time to an answer; null without answers."
    )
    total_tokens: Mapped[BigInt] = default("0", "Tokens of their messages.")
    total_cost: Mapped[UnitPrice] = default("0", "What their messages cost.")
    currency: Mapped[str] = default("'USD'", "Currency of the cost.")

"""The desk where live chats are answered: its people, its rules, its prepared answers and its figures."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import BigInteger, Index, Integer, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped

from models.base import Audited, Entity, Timestamps, Versioned
from models.checks import at_least_zero, check, filled, positive, slug, within
from models.columns import BigInt, Measure, Ratio, column, default, generated, key_to, on_read, state

ChatAgentStatus = Literal["ONLINE", "AWAY", "BUSY", "OFFLINE"]
ChatRoutingRuleTarget = Literal["AGENT", "SKILL", "ANYBODY", "AI_AGENT", "TICKET"]
ChatRoutingRuleStrategy = Literal["LEAST_BUSY", "LONGEST_IDLE", "ROUND_ROBIN"]


_OF_THE_PERSON = "FROM chat.chat_sessions AS s WHERE s.assigned_agent_id = {row}.id"


class ChatAgent(Entity, Timestamps):
    """A person who answers the live chats of a business."""

    __table_args__ = (
        Index("ix_chat_agents_skills", "skills", postgresql_using="gin"),
        Index("ix_chat_agents_languages", "languages", postgresql_using="gin"),
    )
    indexes = (("business_id", "status"),)
    natural_key = ("business_id", "user_id")
    counted = ("heartbeat_at", "last_active_at")  # signs of life come every few seconds

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "For which business.")
    user_id: Mapped[UUID] = key_to("identity.users", "CASCADE", "Whose account it is.")
    name: Mapped[str] = column("What visitors see the person called.", filled())
    avatar_url: Mapped[str | None] = column("The picture visitors see; the account's own if null.")
    status: Mapped[ChatAgentStatus] = state(ChatAgentStatus, "Whether the person is there.", "OFFLINE", index=True)
    status_changed_at: Mapped[datetime | None] = column("When the status last changed.")
    heartbeat_at: Mapped[datetime | None] = column("When the person's desk last gave a sign of life.")
    last_active_at: Mapped[datetime | None] = column("When the person last did something at the desk.")
    max_concurrent_chats: Mapped[int] = default("3", "How many chats the person takes at once.", within(1, 50))
    skills: Mapped[list[str]] = default("'{}'", "What the person can help with, as routing rules name it.")
    languages: Mapped[list[str]] = default("'{en}'", "BCP 47 tags of the languages the person writes.")
    is_enabled: Mapped[bool] = default("true", "Whether the person may take chats at all.")

    # All read from the sessions: routing locks a person before a chat, which a trigger could not do.
    current_chat_count: Mapped[int] = on_read(
        f"(SELECT count(*) {_OF_THE_PERSON} AND s.status IN ('OFFERED', 'ACTIVE'))",
        BigInteger(),
        "How many chats the person has now, offers included; counted when read.",
    )
    handled_chat_count: Mapped[int] = on_read(
        f"(SELECT count(*) {_OF_THE_PERSON} AND s.status = 'ENDED')",
        BigInteger(),
        "How many chats the person brought to an end; counted when read.",
    )
    satisfaction_average: Mapped[Ratio | None] = on_read(
        f"(SELECT round(avg(s.satisfaction_rating), 2) {_OF_THE_PERSON})",
        Numeric(5, 2),
        "Mean rating of the person's chats; null before the first.",
    )
    response_seconds_average: Mapped[int | None] = on_read(
        f"(SELECT round(avg(s.wait_seconds))::int {_OF_THE_PERSON})",
        Integer(),
        "Mean seconds until visitors of the person's chats had an answer; null before the first.",
    )


class ChatRoutingRule(Entity, Timestamps, Versioned, Audited):
    """Says which chats go to whom; the first rule of a business that fits is followed."""

    __table_args__ = (
        UniqueConstraint("business_id", "position"),
        check(
            "target",
            "is_named",
            "(target = 'AGENT') = (chat_agent_id IS NOT NULL) AND (target = 'SKILL') = (skill IS NOT NULL)"
            " AND (target = 'AI_AGENT') = (ai_agent_id IS NOT NULL)",
            "must come with just the person, skill or AI agent it needs",
        ),
    )
    natural_key = ("business_id", "name")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Whose rule it is.")
    position: Mapped[int] = column("Its place among the rules, from 1: the lowest that fits is followed.", positive)
    name: Mapped[str] = column("What staff calls it; unique in the business.", filled())
    description: Mapped[str | None] = column("Why there is this rule.")
    is_active: Mapped[bool] = default("true", "Whether it is followed.")
    site_id: Mapped[UUID | None] = key_to("business.sites", "CASCADE", "Only chats on this site; null for all.")
    language: Mapped[str | None] = column("Only chats in this language, a BCP 47 tag; null for all.")
    page_pattern: Mapped[str | None] = column("Only chats opened on pages like this, * for anything; null for all.")
    tag: Mapped[str | None] = column("Only chats with this tag; null for all.")
    is_during_opening_hours: Mapped[bool | None] = column(
        "Only while the widget's opening hours last (true) or outside of them (false); null for both."
    )
    target: Mapped[ChatRoutingRuleTarget] = state(ChatRoutingRuleTarget, "To whom chats go.", "ANYBODY")
    strategy: Mapped[ChatRoutingRuleStrategy] = state(ChatRoutingRuleStrategy, "Whom of several it asks first.", "LEAST_BUSY")
    chat_agent_id: Mapped[UUID | None] = key_to("chat.chat_agents", "CASCADE", "The person chats go to.", "routing_rules")
    ai_agent_id: Mapped[UUID | None] = key_to("agents.agents", "CASCADE", "The AI agent chats go to.")
    skill: Mapped[str | None] = column("What people must be able to help with.")
    priority: Mapped[int] = default("0", "The priority chats get in the queue.")
    max_wait_seconds: Mapped[int | None] = column("After how many seconds in the queue the next rule is tried.", positive)


class CannedResponse(Entity, Timestamps, Versioned, Audited):
    """An answer prepared for what visitors often ask."""

    __table_args__ = (slug("shortcut"),)
    indexes = ("category",)
    natural_key = ("business_id", "language", "shortcut")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Whose answer it is.")
    chat_agent_id: Mapped[UUID | None] = key_to("chat.chat_agents", "CASCADE", "Whose own it is; null if shared.")
    shortcut: Mapped[str] = column("What one types to insert it; unique in the business and language.")
    language: Mapped[str] = default("'en'", "BCP 47 tag of its language.")
    title: Mapped[str] = column("What it answers, in one line.", filled())
    content: Mapped[str] = column("The answer; {visitor} and {agent} stand for their names.", filled(10000))
    category: Mapped[str | None] = column("What staff sorts it under, like Shipping.")
    is_active: Mapped[bool] = default("true", "Whether it is offered.")

    use_count: Mapped[int] = on_read(
        "(SELECT count(*) FROM chat.chat_messages AS m WHERE m.canned_response_id = {row}.id)",
        BigInteger(),
        "How many messages began with it; counted when read.",
    )


class ChatDailyStat(Entity, Timestamps):
    """A day of live chat on a site, in figures; kept by the worker."""

    __table_args__ = (
        check(
            "session_count",
            "covers_its_parts",
            "ended_count + abandoned_count <= session_count AND answered_count <= session_count AND ai_only_count <= session_count",
            "must cover how the chats went",
        ),
        check("rating_sum", "fits_count", "rating_sum BETWEEN rating_count AND 5 * rating_count", "must fit the count"),
        *at_least_zero("session_count", "answered_count", "ended_count", "abandoned_count", "ai_only_count"),
        *at_least_zero("ticket_count", "message_count", "wait_seconds_sum", "duration_seconds_sum", "rating_count"),
    )
    indexes = ("day",)
    natural_key = ("business_id", "site_id", "day")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Of which business.")
    site_id: Mapped[UUID | None] = key_to("business.sites", "CASCADE", "On which site; null for chats of no site.")
    day: Mapped[date] = column("The day in UTC; chats count on the day they started.")
    session_count: Mapped[int] = default("0", "How many chats started.")
    answered_count: Mapped[int] = default("0", "How many of them got an answer.")
    ended_count: Mapped[int] = default("0", "How many of them came to an end.")
    abandoned_count: Mapped[int] = default("0", "How many of them the visitor gave up.")
    ai_only_count: Mapped[int] = default("0", "How many of them only an AI agent answered.")
    ticket_count: Mapped[int] = default("0", "How many of them became a ticket.")
    message_count: Mapped[int] = default("0", "How many messages they have, internal notes aside.")
    wait_seconds_sum: Mapped[BigInt] = default("0", "Seconds until the first answer, over all answered chats.")
    duration_seconds_sum: Mapped[BigInt] = default("0", "Seconds from start to end, over all chats that ended.")
    rating_sum: Mapped[int] = default("0", "Sum of their ratings.")
    rating_count: Mapped[int] = default("0", "How many of them were rated.")
    wait_seconds_average: Mapped[Measure | None] = generated(
        "round(wait_seconds_sum::numeric / nullif(answered_count, 0), 4)", "Mean seconds until the first answer."
    )
    duration_seconds_average: Mapped[Measure | None] = generated(
        "round(duration_seconds_sum::numeric / nullif(ended_count, 0), 4)", "Mean seconds that a chat lasted."
    )
    rating_average: Mapped[Ratio | None] = generated(
        "round(rating_sum::numeric / nullif(rating_count, 0), 2)", "Mean rating; null if nobody rated."
    )

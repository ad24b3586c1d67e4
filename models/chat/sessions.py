"""Live chats: who takes part, what is said, and the log of it all, which has no gaps."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from models.base import Entity, Timestamps
from models.checks import at_least_zero, check, filled, in_order, positive, rating
from models.columns import BigInt, IpAddress, column, default, full_text, generated, key_to, on_read, secret, state
from models.ddl import Tally

ChatSessionStatus = Literal["WAITING", "QUEUED", "OFFERED", "ACTIVE", "ENDED", "ABANDONED"]
ChatSessionDeviceType = Literal["DESKTOP", "MOBILE", "TABLET", "OTHER"]
ChatSessionEndReason = Literal["RESOLVED", "VISITOR_LEFT", "TIMED_OUT", "NOBODY_FREE", "MOVED_TO_TICKET", "SPAM"]
ChatActorType = Literal["VISITOR", "AGENT", "AI", "STAFF", "SYSTEM"]
ChatParticipantType = Literal["VISITOR", "AGENT", "AI", "STAFF"]
ChatMessageType = Literal["TEXT", "IMAGE", "FILE", "SYSTEM"]
ChatEventType = Literal[
    "STARTED",
    "QUEUED",
    "OFFERED",
    "DECLINED",
    "ASSIGNED",
    "TRANSFERRED",
    "JOINED",
    "LEFT",
    "MESSAGE_SENT",
    "MESSAGE_EDITED",
    "MESSAGE_REDACTED",
    "MESSAGES_READ",
    "NOTE_ADDED",
    "TAGS_CHANGED",
    "DETAILS_CHANGED",
    "RATED",
    "ENDED",
    "ABANDONED",
    "REOPENED",
]


class ChatSession(Entity, Timestamps):
    """A live chat of a visitor, from the first click to the rating, with who answers it."""

    __table_args__ = (
        UniqueConstraint("token_hash"),
        Index("ix_chat_sessions_tags", "tags", postgresql_using="gin"),
        in_order("started_at", "queued_at"),
        in_order("queued_at", "assigned_at"),
        in_order("started_at", "first_response_at"),
        in_order("started_at", "ended_at"),
        check(
            "ended_at",
            "fits_status",
            "(status IN ('ENDED', 'ABANDONED')) = (ended_at IS NOT NULL)",
            "must be given exactly when the chat is over",
        ),
        check("visitor_seq", "within_staff_seq", "visitor_seq <= staff_seq", "must not be above the staff's"),
        *at_least_zero("staff_seq", "visitor_seq", "message_count", "note_count"),
    )
    indexes = (
        ("business_id", "status", "started_at"),
        ("assigned_agent_id", "status"),
        ("assigned_agent_id", "offered_at"),
        ("assigned_agent_id", "ended_at"),
    )
    # What a visitor does not see leaves updated_at alone: with every other entry, the log sets it.
    counted = ("staff_seq", "message_count", "note_count")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Whose chat it is.")
    site_id: Mapped[UUID | None] = key_to("business.sites", "SET NULL", "On which site.")
    widget_id: Mapped[UUID | None] = key_to("chat.chat_widgets", "SET NULL", "Through which widget.", "sessions")
    visitor_id: Mapped[UUID | None] = key_to("chat.visitors", "SET NULL", "Who asks; null once forgotten.", "sessions")
    assigned_agent_id: Mapped[UUID | None] = key_to("chat.chat_agents", "SET NULL", "Who answers.", "sessions")
    ai_agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The AI agent that answers or helps.")
    routing_rule_id: Mapped[UUID | None] = key_to("chat.chat_routing_rules", "SET NULL", "The rule that routed it.", "sessions")
    token_hash: Mapped[str] = secret("SHA-256 of the token by which the visitor's browser returns.")
    status: Mapped[ChatSessionStatus] = state(ChatSessionStatus, "Where it stands.", "WAITING", index=True)
    subject: Mapped[str | None] = column("What it is about, in one line.")
    language: Mapped[str] = default("'en'", "BCP 47 tag of the language the visitor writes.")
    tags: Mapped[list[str]] = default("'{}'", "Words staff sorts chats by.")
    priority: Mapped[int] = default("0", "The higher, the sooner it leaves the queue; set by routing.")
    page_url: Mapped[str | None] = column("The page it was opened on.")
    referrer: Mapped[str | None] = column("The page that led the visitor there.")
    device_type: Mapped[ChatSessionDeviceType] = state(ChatSessionDeviceType, "What the visitor chats from.", "OTHER")
    browser: Mapped[str | None] = column("Name and version of the visitor's browser.")
    ip_address: Mapped[IpAddress | None] = column("The visitor's network address.")
    location: Mapped[dict[str, Any] | None] = column("Country, region and city, as looked up from the address.")
    epoch: Mapped[int] = default("1", "Rises when entries of its log are lost: clients then start anew.", positive)
    staff_seq: Mapped[BigInt] = default("0", "Number of the last entry in its log, as staff counts.")
    visitor_seq: Mapped[BigInt] = default("0", "Number of the last entry that the visitor may see.")
    started_at: Mapped[datetime] = default("now()", "When the visitor opened it.", index=True)
    queued_at: Mapped[datetime | None] = column("When it last joined the queue for people.")
    wanted_skill: Mapped[str | None] = column("What whoever answers must be able to help with; set when it is passed on.")
    offered_at: Mapped[datetime | None] = column("When it was last offered to somebody, or taken without being offered.")
    assigned_at: Mapped[datetime | None] = column("When somebody took it out of the queue.")
    first_response_at: Mapped[datetime | None] = column("When a person or AI agent first answered.")
    last_activity_at: Mapped[datetime] = default("now()", "When its log last grew; kept by whoever writes the log.")
    ended_at: Mapped[datetime | None] = column("When it ended or was abandoned.")
    end_reason: Mapped[ChatSessionEndReason | None] = state(ChatSessionEndReason, "Why it is over.")
    wait_seconds: Mapped[int | None] = generated(
        "extract(epoch FROM first_response_at - started_at)::int", "Seconds from its start to the first answer; null before."
    )
    queue_seconds: Mapped[int | None] = generated(
        "extract(epoch FROM assigned_at - queued_at)::int", "Seconds it stood in the queue; null before it left."
    )
    duration_seconds: Mapped[int | None] = generated(
        "extract(epoch FROM ended_at - started_at)::int", "Seconds from its start to its end; null before."
    )
    message_count: Mapped[int] = default("0", "How many messages it has, internal notes aside; kept by trigger.")
    note_count: Mapped[int] = default("0", "How many internal notes it has; kept by trigger.")
    satisfaction_rating: Mapped[int | None] = column("The visitor's rating, from 1, poor, to 5, excellent.", rating)
    feedback: Mapped[str | None] = column("What the visitor said of it.")
    rated_at: Mapped[datetime | None] = column("When the visitor rated it.")


class ChatMessage(Entity):
    """One thing said in a live chat, or an internal note that only staff may read."""

    __table_args__ = (
        check("content", "is_given", "num_nonnulls(content, attachment_url, redacted_at) > 0", "must be given or attached"),
        check("is_internal", "is_staffs", "NOT is_internal OR sender_type <> 'VISITOR'", "must not be set by a visitor"),
    )
    time_column = "created_at"
    # The session's row is locked for its next sequence number anyway, so counting there makes nobody wait.
    tallies = (
        Tally(
            "count_chat_messages",
            "session_id",
            "chat.chat_sessions",
            {"message_count": "(NOT is_internal)::int", "note_count": "is_internal::int"},
        ),
    )

    session_id: Mapped[UUID] = key_to("chat.chat_sessions", "CASCADE", "In which chat.", "messages")
    sender_id: Mapped[UUID | None] = key_to("chat.chat_participants", "SET NULL", "Who says it.", "messages")
    canned_response_id: Mapped[UUID | None] = key_to("chat.canned_responses", "SET NULL", "The answer it began as.", "messages")
    sender_type: Mapped[ChatActorType] = state(ChatActorType, "As what the sender speaks.")
    sender_name: Mapped[str | None] = column("What the sender was called at that time.")
    type: Mapped[ChatMessageType] = state(ChatMessageType, "What it carries.", "TEXT")
    content: Mapped[str | None] = column("What is said; null for a bare attachment or once redacted.", filled(16384))
    is_internal: Mapped[bool] = default("false", "Whether it is a note that no visitor may see.")
    attachment_url: Mapped[str | None] = column("Where the attached image or file is.")
    attachment_name: Mapped[str | None] = column("What the attached file is called.")
    read_at: Mapped[datetime | None] = column("When the other side first read it.")
    is_read: Mapped[bool] = generated("read_at IS NOT NULL", "Whether the other side read it.")
    edited_at: Mapped[datetime | None] = column("When it was last edited.")
    redacted_at: Mapped[datetime | None] = column("When its content was taken out, like a card number.")
    created_at: Mapped[datetime] = generated("uuid_extract_timestamp(id)", "When it was sent; read from the id.")
    search_vector: Mapped[str] = full_text("english", "content")


class ChatEvent(Entity):
    """An entry in a chat's log, which has no gaps: neither as staff counts it nor as the visitor does."""

    __table_args__ = (
        UniqueConstraint("session_id", "visitor_seq"),
        UniqueConstraint("session_id", "client_message_id"),
        check("visitor_seq", "within_staff_seq", "visitor_seq <= staff_seq", "must not be above the staff's"),
        check("visitor_seq", "is_not_for_notes", "type <> 'NOTE_ADDED' OR visitor_seq IS NULL", "must not count a note"),
    )
    natural_key = ("session_id", "staff_seq")

    session_id: Mapped[UUID] = key_to("chat.chat_sessions", "CASCADE", "Of which chat.", "events")
    staff_seq: Mapped[BigInt] = column("Its number in the log, from 1.", positive)
    visitor_seq: Mapped[BigInt | None] = column("Its number among what the visitor may see, from 1; null if hidden.", positive)
    type: Mapped[ChatEventType] = state(ChatEventType, "What happened.")
    actor_type: Mapped[ChatActorType] = state(ChatActorType, "As what the actor did it.")
    actor_id: Mapped[UUID | None] = key_to("chat.chat_participants", "SET NULL", "Who did it; null for the system.", "events")
    message_id: Mapped[UUID | None] = key_to("chat.chat_messages", "SET NULL", "The message it is about.", "events")
    client_message_id: Mapped[str | None] = column("The sender's own name for a message, so that none comes twice.", filled(64))
    payload: Mapped[dict[str, Any]] = default("'{}'", "What else belongs to it, like the old and new status.")
    created_at: Mapped[datetime] = default("now()", "When it happened.")


class ChatParticipant(Entity, Timestamps):
    """Somebody's stay in a chat: who, from when to when, and how far they read."""

    __table_args__ = (
        Index(
            "uq_chat_participants_session_id_present",
            *("session_id", "visitor_id", "chat_agent_id", "ai_agent_id", "user_id"),
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("left_at IS NULL AND num_nonnulls(visitor_id, chat_agent_id, ai_agent_id, user_id) > 0"),
        ),
        check(
            "type",
            "fits_who",
            "(visitor_id IS NULL OR type = 'VISITOR') AND (chat_agent_id IS NULL OR type = 'AGENT')"
            " AND (ai_agent_id IS NULL OR type = 'AI') AND (user_id IS NULL OR type = 'STAFF')",
            "must fit who takes part",
        ),
        check("is_internal", "is_not_for_visitors", "NOT is_internal OR type <> 'VISITOR'", "must not be set of a visitor"),
        in_order("joined_at", "left_at"),
        *at_least_zero("last_read_seq"),
    )
    counted = ("last_read_seq",)

    session_id: Mapped[UUID] = key_to("chat.chat_sessions", "CASCADE", "In which chat.", "participants")
    type: Mapped[ChatParticipantType] = state(ChatParticipantType, "As what they take part.")
    visitor_id: Mapped[UUID | None] = key_to("chat.visitors", "SET NULL", "Which visitor, if it is one.", "participations")
    chat_agent_id: Mapped[UUID | None] = key_to("chat.chat_agents", "SET NULL", "Who at the desk, if it is one.", "participations")
    ai_agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "Which AI agent, if it is one.")
    user_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Which other member of staff, if it is one.")
    name: Mapped[str] = column("What the others see them called.", filled())
    is_internal: Mapped[bool] = default("false", "Whether only staff sees that they are there: they read or write notes.")
    joined_at: Mapped[datetime] = default("now()", "When they came in.")
    left_at: Mapped[datetime | None] = column("When they left; null while they are in.")
    last_read_seq: Mapped[BigInt] = default("0", "Up to which entry they read, as visitors or as staff counts.")
    last_read_at: Mapped[datetime | None] = column("When they last read on.")

    unread_count: Mapped[int] = on_read(
        "(SELECT count(*) FROM chat.chat_events AS e WHERE e.session_id = {row}.session_id"
        " AND e.type IN ('MESSAGE_SENT', 'NOTE_ADDED') AND e.actor_id IS DISTINCT FROM {row}.id"
        " AND CASE {row}.type WHEN 'VISITOR' THEN e.visitor_seq ELSE e.staff_seq END > {row}.last_read_seq)",
        BigInteger(),
        "How many messages of others they have not read, for staff notes too; counted when read.",
    )

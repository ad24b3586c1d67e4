"""Who visits the sites of a business, and the chat windows they find there."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from models.base import Audited, Entity, Timestamps, Versioned
from models.checks import at_least_zero, check, filled, in_order
from models.columns import column, default, key_to, on_read, state

ChatWidgetPosition = Literal["BOTTOM_RIGHT", "BOTTOM_LEFT"]


class Visitor(Entity, Timestamps):
    """Somebody who visits the sites of a business, as far as they let themselves be known."""

    __table_args__ = (
        Index("ix_visitors_fingerprints", "fingerprints", postgresql_using="gin"),
        in_order("first_seen_at", "last_seen_at"),
        check("blocked_reason", "is_of_a_block", "blocked_reason IS NULL OR blocked_at IS NOT NULL", "must come with a block"),
        *at_least_zero("visit_count", "page_view_count"),
    )
    indexes = (("business_id", "last_seen_at"), ("business_id", "email"))
    natural_key = ("business_id", "key")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Whose visitor.")
    customer_id: Mapped[UUID | None] = key_to("customers.customers", "SET NULL", "Which customer, once recognised.")
    key: Mapped[str] = column("The random name that the visitor's browser keeps; unique in the business.", filled(100))
    fingerprints: Mapped[list[str]] = default("'{}'", "Hashes of the browsers seen, kept only with consent.")
    name: Mapped[str | None] = column("What the visitor goes by.")
    email: Mapped[str | None] = column("The e-mail address the visitor gave, in lower case.")
    phone: Mapped[str | None] = column("The telephone number the visitor gave, in E.164 form.")
    language: Mapped[str | None] = column("BCP 47 tag of the browser's language.")
    time_zone: Mapped[str | None] = column("IANA time zone of the browser.")
    country: Mapped[str | None] = column("ISO 3166-1 alpha-2 code of the country last visited from.")
    city: Mapped[str | None] = column("The town last visited from.")
    consented_to: Mapped[list[str]] = default("'{}'", "What the visitor agreed to, like analytics.")
    consented_at: Mapped[datetime | None] = column("When the visitor last agreed.")
    first_seen_at: Mapped[datetime] = default("now()", "When the visitor first came.")
    last_seen_at: Mapped[datetime] = default("now()", "When the visitor was last there.")
    first_referrer: Mapped[str | None] = column("The page that led here the first time.")
    visit_count: Mapped[int] = default("1", "How often the visitor came; kept by the widget.")
    page_view_count: Mapped[int] = default("0", "How many pages the visitor saw; kept by the widget.")
    tags: Mapped[list[str]] = default("'{}'", "Words staff sorts visitors by.")
    notes: Mapped[str | None] = column("What staff noted.")
    blocked_at: Mapped[datetime | None] = column("When staff barred the visitor from chatting; null if not.")
    blocked_reason: Mapped[str | None] = column("Why the visitor was barred.")

    session_count: Mapped[int] = on_read(
        "(SELECT count(*) FROM chat.chat_sessions AS s WHERE s.visitor_id = {row}.id)",
        BigInteger(),
        "How many chats the visitor opened; counted when read.",
    )


class ChatWidget(Entity, Timestamps, Versioned, Audited):
    """The chat window on a site: how it looks, when people are there, and where it may be shown."""

    __table_args__ = (
        UniqueConstraint("business_id", "name"),
        Index("ix_chat_widgets_allowed_domains", "allowed_domains", postgresql_using="gin"),
        check("public_key", "form", "public_key ~ '^[A-Za-z0-9]{16,64}$'", "must be 16 to 64 letters and digits"),
    )
    natural_key = ("public_key",)

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Whose widget it is.")
    site_id: Mapped[UUID | None] = key_to("business.sites", "CASCADE", "On which site; null for any of the business.")
    ai_agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The AI agent that answers first.")
    public_key: Mapped[str] = column("The key in the site's pages by which it is loaded; no secret.")
    name: Mapped[str] = column("What staff calls it; unique in the business.", filled())
    allowed_domains: Mapped[list[str]] = default("'{}'", "Internet domains that may show it.")
    is_active: Mapped[bool] = default("true", "Whether it is shown.")
    greeting: Mapped[str | None] = column("What visitors read first.")
    offline_message: Mapped[str | None] = column("What visitors read when nobody is there.")
    position: Mapped[ChatWidgetPosition] = state(ChatWidgetPosition, "In which corner it sits.", "BOTTOM_RIGHT")
    appearance: Mapped[dict[str, Any]] = default("'{}'", "Its looks: colours, font, icon.")
    languages: Mapped[list[str]] = default("'{en}'", "BCP 47 tags of the languages it speaks, the usual one first.")
    time_zone: Mapped[str] = default("'UTC'", "IANA time zone of its opening hours.")
    opening_hours: Mapped[dict[str, Any]] = default("'{}'", "From when to when people answer, by day of the week.")
    asked_fields: Mapped[list[str]] = default("'{}'", "What visitors are asked before they chat, like name or email.")
    is_consent_required: Mapped[bool] = default("true", "Whether visitors must agree before they are remembered.")
    is_rating_asked: Mapped[bool] = default("true", "Whether visitors are asked for a rating at the end.")

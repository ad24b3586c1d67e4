"""Campaigns, what is written for them, and the lists it is sent to."""

from __future__ import annotations

from datetime import date as Day
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.orm import Mapped

from models.base import Audited, Entity, SoftDelete, Timestamps, Versioned
from models.checks import at_least_zero, check, filled, in_order
from models.columns import Money, column, default, full_text, key_to, state
from models.ddl import Tally

CampaignType = Literal["EMAIL", "SOCIAL", "SMS", "ADS"]
CampaignStatus = Literal["DRAFT", "SCHEDULED", "ACTIVE", "PAUSED", "COMPLETED", "CANCELLED"]
ContentItemType = Literal["EMAIL", "POST", "ARTICLE", "AD_TEXT", "LANDING_PAGE", "VIDEO", "IMAGE", "SMS", "OTHER"]
ContentItemStatus = Literal["DRAFT", "IN_REVIEW", "APPROVED", "PUBLISHED", "ARCHIVED"]
EmailListType = Literal["NEWSLETTER", "PROMOTION", "TRANSACTIONAL", "SEGMENT", "OTHER"]
EmailSubscriberStatus = Literal["PENDING", "SUBSCRIBED", "UNSUBSCRIBED", "BOUNCED", "COMPLAINED"]


class Campaign(Entity, Timestamps, SoftDelete, Versioned, Audited):
    """An effort to reach a segment of customers, with its budget and its days."""

    __table_args__ = (
        in_order("starts_on", "ends_on"),
        check("starts_on", "is_given", "status IN ('DRAFT', 'CANCELLED') OR starts_on IS NOT NULL", "must be given once scheduled"),
        *at_least_zero("budget", "spent_amount", "sent_count", "opened_count", "clicked_count", "converted_count"),
    )
    natural_key = ("business_id", "name")
    indexes = (("business_id", "status"), "type")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Whose campaign it is.")
    goal_id: Mapped[UUID | None] = key_to("work.goals", "SET NULL", "The goal that it serves.")
    owner_agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The AI agent that runs it.", "campaigns_run")
    target_segment_id: Mapped[UUID | None] = key_to("customers.customer_segments", "SET NULL", "The customers it is for.")
    email_list_id: Mapped[UUID | None] = key_to("marketing.email_lists", "SET NULL", "The list it is sent to.")
    name: Mapped[str] = column("What it is called, unique in the business.", filled(255))
    type: Mapped[CampaignType] = state(CampaignType, "By which way it reaches people.")
    status: Mapped[CampaignStatus] = state(CampaignStatus, "Where it stands.", "DRAFT")
    objective: Mapped[str | None] = column("What it is to achieve, in a sentence.")
    budget: Mapped[Money | None] = column("What it may cost.")
    spent_amount: Mapped[Money] = default("0", "What it cost so far; kept by the worker.")
    currency: Mapped[str] = default("'USD'", "Currency of the amounts.")
    starts_on: Mapped[Day | None] = column("Its first day.")
    ends_on: Mapped[Day | None] = column("Its last day.")
    sent_count: Mapped[int] = default("0", "How many messages went out; kept by the worker.")
    opened_count: Mapped[int] = default("0", "How many were opened; kept by the worker.")
    clicked_count: Mapped[int] = default("0", "How many led to a click; kept by the worker.")
    converted_count: Mapped[int] = default("0", "How many led to an order; kept by the worker.")


class ContentItem(Entity, Timestamps, Versioned, Audited):
    """A text, a picture or a video made for a campaign or a channel."""

    __table_args__ = (
        check("published_at", "is_given", "status <> 'PUBLISHED' OR published_at IS NOT NULL", "must be given once published"),
    )
    indexes = (("business_id", "status"), "type")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Whose content it is.")
    campaign_id: Mapped[UUID | None] = key_to("marketing.campaigns", "SET NULL", "For which campaign.")
    created_by_agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The AI agent that made it.")
    product_id: Mapped[UUID | None] = key_to("catalog.products", "SET NULL", "The product it is about.")
    type: Mapped[ContentItemType] = state(ContentItemType, "What kind of content it is.")
    title: Mapped[str | None] = column("Its headline.", filled(500))
    body: Mapped[str | None] = column("Its text, in Markdown.")
    media_url: Mapped[str | None] = column("Where its picture or video is.")
    language: Mapped[str] = default("'en'", "BCP 47 tag of its language.")
    metadata_: Mapped[dict[str, Any]] = default("'{}'", "What else was noted.", name="metadata")
    status: Mapped[ContentItemStatus] = state(ContentItemStatus, "How far it is.", "DRAFT")
    performance_metrics: Mapped[dict[str, Any]] = default("'{}'", "Views, clicks and shares by channel.")
    published_at: Mapped[datetime | None] = column("When it was published.")
    search_vector: Mapped[str] = full_text("english", "title", "body")


class EmailList(Entity, Timestamps):
    """People who receive mail of a kind; static, or found by criteria."""

    __table_args__ = at_least_zero("subscriber_count")
    natural_key = ("business_id", "name")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Whose list it is.")
    segment_id: Mapped[UUID | None] = key_to("customers.customer_segments", "SET NULL", "The segment it follows.")
    name: Mapped[str] = column("What it is called, unique in the business.", filled(255))
    description: Mapped[str | None] = column("Who is on it, and what they receive.")
    type: Mapped[EmailListType] = state(EmailListType, "What kind of mail it is for.")
    criteria: Mapped[dict[str, Any] | None] = column("Who belongs on it, if that is found; null if people subscribe.")
    is_active: Mapped[bool] = default("true", "Whether mail is sent to it.")
    is_double_opt_in: Mapped[bool] = default("true", "Whether a subscription must be confirmed by mail.")
    subscriber_count: Mapped[int] = default("0", "How many are subscribed; kept by trigger.")


class EmailSubscriber(Entity, Timestamps):
    """An address on a list, with the consent behind it."""

    __table_args__ = (
        in_order("subscribed_at", "confirmed_at"),
        check("unsubscribed_at", "fits", "(status = 'UNSUBSCRIBED') = (unsubscribed_at IS NOT NULL)", "must go with the status"),
        check("bounce_count", "at_least_zero", "bounce_count >= 0", "must not be negative"),
    )
    natural_key = ("list_id", "email")
    indexes = ("email", ("list_id", "status"))
    tallies = (Tally("count_subscribers", "list_id", "marketing.email_lists", {"subscriber_count": "(status = 'SUBSCRIBED')::int"}),)

    list_id: Mapped[UUID] = key_to("marketing.email_lists", "CASCADE", "On which list.", "subscribers")
    customer_id: Mapped[UUID | None] = key_to("customers.customers", "SET NULL", "Which customer, if it is one.")
    email: Mapped[str] = column("The address, in lower case.")
    first_name: Mapped[str | None] = column("How to address the person.")
    status: Mapped[EmailSubscriberStatus] = state(EmailSubscriberStatus, "Whether mail is sent.", "PENDING")
    source: Mapped[str | None] = column("Where the person subscribed, like checkout.")
    consent_text: Mapped[str | None] = column("What the person agreed to, in the words shown.")
    bounce_count: Mapped[int] = default("0", "How often mail came back.")
    subscribed_at: Mapped[datetime] = default("now()", "When the person asked for it.")
    confirmed_at: Mapped[datetime | None] = column("When the address was proven.")
    unsubscribed_at: Mapped[datetime | None] = column("When the person ended it.")

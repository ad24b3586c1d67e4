"""Customers of a business: who they are, where they live, what they like and how one met them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped

from models.base import Audited, Entity, SoftDelete, Timestamps, Versioned
from models.checks import at_least_zero, check, filled, percentage, trigram, within
from models.columns import IpAddress, Money, Ratio, column, default, generated, key_to, state
from models.ddl import Tally

ALIVE = text("deleted_at IS NULL")

AddressType = Literal["SHIPPING", "BILLING", "BOTH"]
CustomerPreferenceCategory = Literal["COMMUNICATION", "PRODUCT", "STYLE", "DELIVERY", "OTHER"]
CustomerPreferenceSource = Literal["STATED", "INFERRED", "IMPORTED"]
CustomerSegmentType = Literal["COMMERCIAL", "RESIDENTIAL", "ONLINE", "VALUE", "BEHAVIOR", "LIFECYCLE", "OTHER"]
CustomerInteractionType = Literal["INQUIRY", "SALE", "SUPPORT", "COMPLAINT", "FEEDBACK", "MARKETING", "VISIT", "OTHER"]
CustomerInteractionChannel = Literal["EMAIL", "PHONE", "SMS", "CHAT", "SOCIAL", "WEB", "STORE", "MARKETPLACE", "OTHER"]
CustomerInteractionDirection = Literal["INBOUND", "OUTBOUND"]


class Customer(Entity, Timestamps, SoftDelete, Versioned, Audited):
    """Somebody who buys from a business, with or without an account."""

    __table_args__ = (
        Index("uq_customers_business_id_email", "business_id", "email", unique=True, postgresql_where=ALIVE),
        Index("uq_customers_business_id_user_id", "business_id", "user_id", unique=True, postgresql_where=ALIVE),
        Index("uq_customers_business_id_shopify_id", "business_id", "shopify_id", unique=True, postgresql_where=ALIVE),
        Index("ix_customers_tags", "tags", postgresql_using="gin"),
        trigram("customers", "last_name"),
        *at_least_zero("total_spent", "order_count", "lifetime_value"),
    )
    indexes = (("business_id", "last_order_at"), ("business_id", "total_spent"), ("email", "is_active"))
    natural_key = ("business_id", "email")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Whose customer it is.")
    user_id: Mapped[UUID | None] = key_to(
        "identity.users",
        "SET NULL",
        "The account with which the customer signs in.",
        "customers",
        "What this person is to businesses as a customer.",
    )
    manager_id: Mapped[UUID | None] = key_to(
        "identity.users", "SET NULL", "The member of staff who looks after it.", "customers_managed", "Customers this person looks after."
    )
    email: Mapped[str] = column("The e-mail address, in lower case; unique in the business.")
    first_name: Mapped[str | None] = column("Given name.")
    last_name: Mapped[str | None] = column("Family name.")
    name: Mapped[str | None] = generated(
        "nullif(trim(coalesce(first_name, '') || ' ' || coalesce(last_name, '')), '')", "Both names, as far as known."
    )
    company: Mapped[str | None] = column("The firm the customer buys for.")
    tax_number: Mapped[str | None] = column("The firm's VAT or tax number, for invoices.")
    phone: Mapped[str | None] = column("Telephone number in E.164 form.")
    born_on: Mapped[date | None] = column("Day of birth, where the law asks for an age.")
    locale: Mapped[str] = default("'en'", "BCP 47 tag of the language to write in.")
    tags: Mapped[list[str]] = default("'{}'", "Words that staff filter by.")
    notes: Mapped[str | None] = column("What staff noted.")
    is_active: Mapped[bool] = default("true", "Whether the customer may order.")
    is_vip: Mapped[bool] = default("false", "Whether staff give it precedence.")
    accepts_email_marketing: Mapped[bool] = default("false", "Whether it agreed to advertising by e-mail.")
    accepts_sms_marketing: Mapped[bool] = default("false", "Whether it agreed to advertising by SMS.")
    accepts_newsletter: Mapped[bool] = default("false", "Whether it asked for the newsletter.")
    registration_ip: Mapped[IpAddress | None] = column("From which address it registered.")
    user_agent: Mapped[str | None] = column("The browser it registered with.")
    referral_source: Mapped[str | None] = column("How it found the business, like google or a friend.")
    total_spent: Mapped[Money] = default("0", "What its orders come to; kept by trigger.")
    order_count: Mapped[int] = default("0", "How many orders it placed; kept by trigger.")
    average_order_value: Mapped[Money | None] = generated(
        "round(total_spent / nullif(order_count, 0), 2)", "What an order of it comes to on average; null without orders."
    )
    last_order_at: Mapped[datetime | None] = column("When it last ordered; kept by the worker.")
    lifetime_value: Mapped[Money | None] = column("What it is expected to spend in all; kept by the worker.")
    churn_risk: Mapped[Ratio | None] = column("How likely it is not to come back, in per cent; kept by the worker.", percentage)
    currency: Mapped[str] = default("'USD'", "Currency of its amounts.")
    shopify_id: Mapped[str | None] = column("Its id in Shopify, unique in the business.")


class Address(Entity, Timestamps):
    """Where a customer gets parcels or invoices."""

    __table_args__ = (Index("uq_addresses_customer_id_type", "customer_id", "type", unique=True, postgresql_where=text("is_default")),)
    indexes = (("country", "postal_code"),)

    customer_id: Mapped[UUID] = key_to("customers.customers", "CASCADE", "Whose address it is.")
    type: Mapped[AddressType] = state(AddressType, "What it is for.", "BOTH")
    label: Mapped[str | None] = column("What the customer calls it, like Office.")
    recipient: Mapped[str] = column("The name on the door.", filled(255))
    company: Mapped[str | None] = column("The firm at this address.")
    street: Mapped[str] = column("Street and number.", filled(255))
    street_addition: Mapped[str | None] = column("Flat, floor or entrance.")
    city: Mapped[str] = column("Town.", filled(100))
    region: Mapped[str | None] = column("State, province or district.")
    postal_code: Mapped[str | None] = column("Postal code, where the country has them.")
    country: Mapped[str] = column("ISO 3166-1 alpha-2 code of the country.")
    phone: Mapped[str | None] = column("Whom the carrier calls, in E.164 form.")
    instructions: Mapped[str | None] = column("What the carrier should know.")
    is_default: Mapped[bool] = default("false", "Whether it is proposed first; one per customer and type.")
    verified_at: Mapped[datetime | None] = column("When a carrier or a service confirmed that it exists.")


class CustomerPreference(Entity, Timestamps):
    """Something a customer likes or wants, as the customer said or as one could tell."""

    __table_args__ = (check("key", "form", "key ~ '^[a-z0-9_.]{1,80}$'", "must be small letters, digits, dots and underscores"),)
    indexes = (("key", "value"),)
    natural_key = ("customer_id", "key")

    customer_id: Mapped[UUID] = key_to("customers.customers", "CASCADE", "Whose preference it is.", "preferences")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The AI agent that noticed it.")
    category: Mapped[CustomerPreferenceCategory] = state(CustomerPreferenceCategory, "What it is about.")
    key: Mapped[str] = column("What is preferred, like contact_channel; unique for the customer.")
    value: Mapped[str] = column("Which one is preferred, like sms.", filled(500))
    source: Mapped[CustomerPreferenceSource] = state(CustomerPreferenceSource, "How it is known.", "STATED")
    confidence: Mapped[Ratio] = default("100", "How sure one is, in per cent.", percentage)
    confirmed_at: Mapped[datetime | None] = column("When the customer last said so or acted so.")


class CustomerSegment(Entity, Timestamps, Versioned, Audited):
    """A group of customers who are treated alike, with the rules that put them there."""

    __table_args__ = (*at_least_zero("member_count"),)
    indexes = ("type",)
    natural_key = ("business_id", "name")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Whose customers.")
    name: Mapped[str] = column("What the segment is called, unique in the business.", filled(255))
    type: Mapped[CustomerSegmentType] = state(CustomerSegmentType, "By what it tells customers apart.")
    description: Mapped[str | None] = column("Who is in it, and what for.")
    criteria: Mapped[dict[str, Any]] = column("The rules: each measure with its bounds; {} if staff choose by hand.")
    is_dynamic: Mapped[bool] = default("true", "Whether the worker puts customers in and out by the rules.")
    is_active: Mapped[bool] = default("true", "Whether it is in use.")
    member_count: Mapped[int] = default("0", "How many customers are in it; kept by trigger.")
    evaluated_at: Mapped[datetime | None] = column("When the rules were last applied; kept by the worker.")


class SegmentMember(Entity):
    """A customer's place in a segment, with how surely it belongs there."""

    indexes = (("segment_id", "score"),)
    natural_key = ("segment_id", "customer_id")
    between = (("segment_id", "customers", "The customers in it."), ("customer_id", "segments", "The segments they are in."))
    tallies = (Tally("count_segment_members", "segment_id", "customers.customer_segments", {"member_count": "1"}),)

    segment_id: Mapped[UUID] = key_to("customers.customer_segments", "CASCADE", "In which segment.", "members")
    customer_id: Mapped[UUID] = key_to("customers.customers", "CASCADE", "Which customer.")
    assigned_by_id: Mapped[UUID | None] = key_to(
        "identity.users", "SET NULL", "Who put it there, if a person did.", "segment_members_assigned"
    )
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The AI agent that put it there, if one did.")
    score: Mapped[Ratio] = default("50", "How surely it belongs there, from 0 to 100.", percentage)
    reason: Mapped[str | None] = column("Why it belongs there.")
    assigned_at: Mapped[datetime] = default("now()", "When it was put there.")
    expires_at: Mapped[datetime | None] = column("Until when it stays without being confirmed.")


class CustomerInteraction(Entity):
    """A contact between a customer and the business, on whatever channel."""

    __table_args__ = (*at_least_zero("duration_seconds"),)
    indexes = (("customer_id", "occurred_at"), ("type", "occurred_at"))

    customer_id: Mapped[UUID] = key_to("customers.customers", "CASCADE", "With which customer.", "interactions")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The AI agent that spoke for the business.")
    user_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "The person who spoke for the business.")
    order_id: Mapped[UUID | None] = key_to("sales.orders", "SET NULL", "The order it was about.")
    ticket_id: Mapped[UUID | None] = key_to("support.support_tickets", "SET NULL", "The ticket it belongs to.")
    chat_session_id: Mapped[UUID | None] = key_to("chat.chat_sessions", "SET NULL", "The chat in which it took place.")
    type: Mapped[CustomerInteractionType] = state(CustomerInteractionType, "What it was about.")
    channel: Mapped[CustomerInteractionChannel] = state(CustomerInteractionChannel, "By which way it took place.")
    direction: Mapped[CustomerInteractionDirection] = state(CustomerInteractionDirection, "Who began it.", "INBOUND")
    content: Mapped[str | None] = column("What was said, or a summary of it.")
    sentiment_score: Mapped[Ratio | None] = column("The customer's mood, from -1, angry, to 1, delighted.", within(-1, 1))
    outcome: Mapped[str | None] = column("What came of it.", filled(255))
    metadata_: Mapped[dict[str, Any]] = default("'{}'", "What else was noted.", name="metadata")
    duration_seconds: Mapped[int | None] = column("How long it took, in seconds.")
    occurred_at: Mapped[datetime] = default("now()", "When it took place.")
    created_at: Mapped[datetime] = default("now()", "When the row was made.")

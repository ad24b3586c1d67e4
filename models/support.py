"""How a business answers its customers: tickets, notifications, messages and the documents it sends."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from models.base import Audited, Entity, SoftDelete, Timestamps, Versioned
from models.checks import at_least_zero, check, filled, in_order, not_itself, positive, rating
from models.columns import BigInt, UnitPrice, column, default, generated, key_to, state
from models.customers import CustomerInteractionChannel
from models.ddl import Tally

KEY = "key ~ '^[a-z0-9]+([._-][a-z0-9]+)*$'"
KEY_FORM = "must be small letters and digits, parted by single dots, hyphens or underscores"

SupportTicketStatus = Literal["NEW", "OPEN", "PENDING", "ON_HOLD", "RESOLVED", "CLOSED"]
SupportTicketPriority = Literal["LOW", "NORMAL", "HIGH", "URGENT"]
SupportTicketCategory = Literal["ORDER", "DELIVERY", "RETURN", "PAYMENT", "PRODUCT", "ACCOUNT", "TECHNICAL", "COMPLAINT", "OTHER"]
TicketMessageAuthorType = Literal["CUSTOMER", "STAFF", "AGENT", "SYSTEM"]
NotificationType = Literal["ORDER", "PAYMENT", "SHIPMENT", "JOB", "MESSAGE", "ALERT", "SECURITY", "MARKETING", "SYSTEM"]
NotificationChannel = Literal["IN_APP", "EMAIL", "SMS", "PUSH"]
NotificationStatus = Literal["QUEUED", "SENT", "READ", "FAILED", "EXPIRED"]
OutboundMessageChannel = Literal["EMAIL", "SMS", "PUSH", "WHATSAPP"]
OutboundMessageStatus = Literal["QUEUED", "SENT", "DELIVERED", "OPENED", "CLICKED", "BOUNCED", "COMPLAINED", "FAILED", "CANCELLED"]
DocumentType = Literal[
    "INVOICE", "CREDIT_NOTE", "PACKING_SLIP", "SHIPPING_LABEL", "RETURN_LABEL", "PURCHASE_ORDER", "CUSTOMS_FORM", "CONTRACT", "OTHER"
]
DocumentStatus = Literal["PENDING", "READY", "SENT", "FAILED", "VOID"]
DocumentFormat = Literal["PDF", "HTML", "PNG", "ZPL", "DOCX", "CSV"]


class SupportTicket(Entity, Timestamps, SoftDelete, Versioned, Audited):
    """A customer's request and what is done about it, until it is solved."""

    __table_args__ = (
        Index("ix_support_tickets_tags", "tags", postgresql_using="gin"),
        not_itself("merged_into_id"),
        check(
            "resolution_due_at",
            "not_before_response",
            "first_response_due_at <= resolution_due_at",
            "must not be before first response due at",
        ),
        in_order("first_responded_at", "resolved_at"),
        in_order("resolved_at", "closed_at"),
        check(
            "resolved_at",
            "with_status",
            "(status IN ('RESOLVED', 'CLOSED')) = (resolved_at IS NOT NULL)",
            "must be given once the ticket is resolved, and only then",
        ),
        check("closed_at", "with_status", "(status = 'CLOSED') = (closed_at IS NOT NULL)", "must come with CLOSED"),
        *at_least_zero("message_count", "reopened_count"),
    )
    indexes = (("business_id", "status", "priority"), ("assignee_id", "status"), ("status", "resolution_due_at"))
    natural_key = ("business_id", "number")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Which business is asked.")
    customer_id: Mapped[UUID | None] = key_to("customers.customers", "SET NULL", "Which customer asks, if it is one.", "support_requests")
    assignee_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Who deals with it.", "support_tickets_assigned")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The AI agent that deals with it.")
    order_id: Mapped[UUID | None] = key_to("sales.orders", "SET NULL", "The order it is about.", "support_requests")
    product_id: Mapped[UUID | None] = key_to("catalog.products", "SET NULL", "The product it is about.")
    chat_session_id: Mapped[UUID | None] = key_to("chat.chat_sessions", "SET NULL", "The chat in which it began.")
    merged_into_id: Mapped[UUID | None] = key_to("support.support_tickets", "SET NULL", "The ticket that goes on in its place.", "merged")
    number: Mapped[str] = column("What people call it in letters and calls, unique in the business.", filled(40))
    subject: Mapped[str] = column("What is asked, in one line.", filled(255))
    description: Mapped[str | None] = column("What is asked, in full.")
    requester_name: Mapped[str | None] = column("Who asks, where it is no customer.")
    requester_email: Mapped[str | None] = column("Where answers go, where it is no customer.")
    category: Mapped[SupportTicketCategory] = state(SupportTicketCategory, "What it is about.", "OTHER")
    channel: Mapped[CustomerInteractionChannel] = state(CustomerInteractionChannel, "By which way it came.", "WEB")
    priority: Mapped[SupportTicketPriority] = state(SupportTicketPriority, "How soon it must be dealt with.", "NORMAL")
    status: Mapped[SupportTicketStatus] = state(SupportTicketStatus, "Where it stands.", "NEW")
    tags: Mapped[list[str]] = default("'{}'", "Words that staff filter by.")
    first_response_due_at: Mapped[datetime | None] = column("By when the first answer is promised.")
    first_responded_at: Mapped[datetime | None] = column("When it was first answered.")
    resolution_due_at: Mapped[datetime | None] = column("By when a solution is promised.")
    resolved_at: Mapped[datetime | None] = column("When it was solved.")
    closed_at: Mapped[datetime | None] = column("When it was put away.")
    is_late: Mapped[bool] = generated(
        "coalesce(first_responded_at > first_response_due_at, false) OR coalesce(resolved_at > resolution_due_at, false)",
        "Whether the first answer or the solution came later than promised.",
    )
    reopened_count: Mapped[int] = default("0", "How often it was opened again.")
    message_count: Mapped[int] = default("0", "How many messages it has besides internal notes; kept by trigger.")
    satisfaction_rating: Mapped[int | None] = column("What the customer says of the help, from 1, poor, to 5, excellent.", rating)
    satisfaction_comment: Mapped[str | None] = column("What the customer says of the help, in words.")


class TicketMessage(Entity, Timestamps):
    """One letter in a ticket: a question, an answer, or a note that only staff read."""

    __table_args__ = (
        UniqueConstraint("ticket_id", "external_id"),
        check("is_internal", "by_staff", "NOT is_internal OR author_type <> 'CUSTOMER'", "must be false for what a customer writes"),
    )
    indexes = (("ticket_id", "created_at"),)
    # Notes are not counted: the customer sees the count.
    tallies = (Tally("count_ticket_messages", "ticket_id", "support.support_tickets", {"message_count": "(NOT is_internal)::int"}),)

    ticket_id: Mapped[UUID] = key_to("support.support_tickets", "CASCADE", "In which ticket.", "messages")
    author_type: Mapped[TicketMessageAuthorType] = state(TicketMessageAuthorType, "As what its author writes.")
    user_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Which person of the staff wrote it.")
    customer_id: Mapped[UUID | None] = key_to("customers.customers", "SET NULL", "Which customer wrote it.")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "Which AI agent wrote it.")
    content: Mapped[str] = column("What it says.", filled(50000))
    is_internal: Mapped[bool] = default("false", "Whether it is a note that the customer must not see.")
    channel: Mapped[CustomerInteractionChannel] = state(CustomerInteractionChannel, "By which way it came or went.", "WEB")
    attachments: Mapped[list[dict[str, Any]]] = default("'[]'", "The files that came with it: name, address and size.")
    external_id: Mapped[str | None] = column("Its Message-ID in e-mail, or the id another service gave it.")
    edited_at: Mapped[datetime | None] = column("When it was last edited.")


class NotificationTemplate(Entity, Timestamps, Versioned, Audited):
    """The text of a kind of notification, with places for what differs."""

    __table_args__ = (
        check("key", "form", KEY, KEY_FORM),
        check("subject", "of_email", "channel <> 'EMAIL' OR subject IS NOT NULL", "must be given for e-mail"),
    )
    natural_key = ("business_id", "key", "channel", "locale")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "In whose name it speaks.")
    key: Mapped[str] = column("What calls for it, like order.shipped.")
    channel: Mapped[NotificationChannel] = state(NotificationChannel, "For which way of sending it is.")
    locale: Mapped[str] = default("'en'", "BCP 47 tag of its language.")
    name: Mapped[str] = column("What staff call it.", filled())
    type: Mapped[NotificationType] = state(NotificationType, "What its notifications are about.")
    subject: Mapped[str | None] = column("The subject line or title, with places like {{order_number}}.")
    body: Mapped[str] = column("The text, with places like {{order_number}}.", filled(50000))
    variables: Mapped[list[str]] = default("'{}'", "Names of the places to fill.")
    is_active: Mapped[bool] = default("true", "Whether it is used.")


class Notification(Entity, Timestamps):
    """Something a person should know, waiting to be sent or read."""

    __table_args__ = (
        Index("ix_notifications_user_id_unread", "user_id", postgresql_where=text("read_at IS NULL")),
        Index("ix_notifications_queued", "channel", "scheduled_at", postgresql_where=text("status = 'QUEUED'")),
        check("entity_id", "with_type", "(entity_type IS NULL) = (entity_id IS NULL)", "must come with its type"),
        check("sent_at", "is_given", "status NOT IN ('SENT', 'READ') OR sent_at IS NOT NULL", "must be given once sent"),
        check("read_at", "with_status", "(status = 'READ') = (read_at IS NOT NULL)", "must come with READ"),
        in_order("sent_at", "read_at"),
        *at_least_zero("attempt_count"),
    )
    indexes = (("user_id", "created_at"), ("status", "scheduled_at"), ("entity_type", "entity_id"))

    user_id: Mapped[UUID] = key_to("identity.users", "CASCADE", "Who should know.")
    business_id: Mapped[UUID | None] = key_to("business.businesses", "CASCADE", "In whose name; null is the platform.")
    template_id: Mapped[UUID | None] = key_to("support.notification_templates", "SET NULL", "From which template.")
    type: Mapped[NotificationType] = state(NotificationType, "What it is about.")
    channel: Mapped[NotificationChannel] = state(NotificationChannel, "By which way it reaches its reader.", "IN_APP")
    title: Mapped[str] = column("What it says, in one line.", filled(255))
    body: Mapped[str | None] = column("What it says, in full.")
    url: Mapped[str | None] = column("Where a click on it leads.")
    entity_type: Mapped[str | None] = column("What kind of row it is about, like Order.")
    entity_id: Mapped[UUID | None] = column("Which row it is about.")
    data: Mapped[dict[str, Any]] = default("'{}'", "What the template was filled with.")
    status: Mapped[NotificationStatus] = state(NotificationStatus, "How far it came.", "QUEUED")
    scheduled_at: Mapped[datetime] = default("now()", "When it is to be sent, or tried again.")
    attempt_count: Mapped[int] = default("0", "How often sending was tried; kept by the worker.")
    sent_at: Mapped[datetime | None] = column("When it was sent.")
    read_at: Mapped[datetime | None] = column("When it was read.")
    expires_at: Mapped[datetime | None] = column("When it has no more meaning.")
    error: Mapped[str | None] = column("Why it could not be sent.")


class OutboundMessage(Entity, Timestamps):
    """An e-mail, SMS or push message to a customer, with what its provider says became of it."""

    __table_args__ = (
        UniqueConstraint("business_id", "provider", "provider_message_id"),
        check(
            "sent_at",
            "is_given",
            "status IN ('QUEUED', 'FAILED', 'CANCELLED') OR sent_at IS NOT NULL",
            "must be given once the provider took it",
        ),
        in_order("sent_at", "delivered_at"),
        in_order("delivered_at", "opened_at"),
        in_order("opened_at", "clicked_at"),
        *at_least_zero("attempt_count", "cost"),
    )
    indexes = (("business_id", "created_at"), ("customer_id", "created_at"), ("status", "scheduled_at"))

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "In whose name.")
    customer_id: Mapped[UUID | None] = key_to("customers.customers", "SET NULL", "To which customer.")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The AI agent that wrote or sent it.")
    template_id: Mapped[UUID | None] = key_to("support.notification_templates", "SET NULL", "From which template.")
    notification_id: Mapped[UUID | None] = key_to("support.notifications", "SET NULL", "The notification it carries.")
    campaign_id: Mapped[UUID | None] = key_to("marketing.campaigns", "SET NULL", "The campaign it is part of.")
    order_id: Mapped[UUID | None] = key_to("sales.orders", "SET NULL", "The order it is about.")
    channel: Mapped[OutboundMessageChannel] = state(OutboundMessageChannel, "By which way it is sent.")
    recipient: Mapped[str] = column("The address, telephone number or device it goes to.", filled(320))
    sender: Mapped[str | None] = column("The address or name it comes from.")
    subject: Mapped[str | None] = column("The subject line.")
    body: Mapped[str] = column("The text as it is sent.")
    status: Mapped[OutboundMessageStatus] = state(OutboundMessageStatus, "How far it came.", "QUEUED")
    provider: Mapped[str | None] = column("The service that sends it, like sendgrid.")
    provider_message_id: Mapped[str | None] = column("The provider's id for it.")
    provider_data: Mapped[dict[str, Any]] = default("'{}'", "What the provider last said of it.")
    attempt_count: Mapped[int] = default("0", "How often sending was tried.")
    error: Mapped[str | None] = column("Why it bounced or failed.")
    cost: Mapped[UnitPrice] = default("0", "What the provider charges for it.")
    currency: Mapped[str] = default("'USD'", "Currency of the cost.")
    scheduled_at: Mapped[datetime] = default("now()", "When it is to be sent.")
    sent_at: Mapped[datetime | None] = column("When the provider took it.")
    delivered_at: Mapped[datetime | None] = column("When it reached the recipient.")
    opened_at: Mapped[datetime | None] = column("When it was first opened.")
    clicked_at: Mapped[datetime | None] = column("When a link in it was first followed.")


class DocumentTemplate(Entity, Timestamps, Versioned, Audited):
    """The form of a kind of document, with places for what differs."""

    __table_args__ = (
        Index(
            "uq_document_templates_business_id_type_locale",
            "business_id",
            "type",
            "locale",
            unique=True,
            postgresql_where=text("is_default"),
        ),
        check("key", "form", KEY, KEY_FORM),
    )
    natural_key = ("business_id", "key", "locale")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Whose form it is.")
    key: Mapped[str] = column("What programs call it by, like invoice.standard.")
    locale: Mapped[str] = default("'en'", "BCP 47 tag of its language.")
    name: Mapped[str] = column("What staff call it.", filled())
    description: Mapped[str | None] = column("What it is used for.")
    type: Mapped[DocumentType] = state(DocumentType, "What kind of paper is made of it.")
    format: Mapped[DocumentFormat] = state(DocumentFormat, "What kind of file is made of it.", "PDF")
    paper: Mapped[str] = default("'A4'", "Size of the page, like A4 or 100x150mm.")
    body: Mapped[str] = column("The source text, with places like {{order.number}}.", filled(200000))
    variables: Mapped[list[str]] = default("'{}'", "Names of the places to fill.")
    is_default: Mapped[bool] = default("false", "Whether it is taken unless one asks for another.")
    is_active: Mapped[bool] = default("true", "Whether it may be used.")


class Document(Entity, Timestamps, SoftDelete, Audited):
    """A paper that was made for somebody: an invoice, a label, a contract."""

    __table_args__ = (
        check("entity_id", "with_type", "(entity_type IS NULL) = (entity_id IS NULL)", "must come with its type"),
        check(
            "url",
            "is_given",
            "status NOT IN ('READY', 'SENT') OR num_nonnulls(url, generated_at) = 2",
            "must be given with the time once the file is ready",
        ),
        check("checksum", "form", "checksum ~ '^[0-9a-f]{64}$'", "must be a SHA-256 in small hexadecimal digits"),
    )
    indexes = (("business_id", "created_at"), ("entity_type", "entity_id"), "status")
    natural_key = ("business_id", "type", "number")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "In whose name.")
    template_id: Mapped[UUID | None] = key_to("support.document_templates", "SET NULL", "From which form.")
    customer_id: Mapped[UUID | None] = key_to("customers.customers", "SET NULL", "For which customer.")
    order_id: Mapped[UUID | None] = key_to("sales.orders", "SET NULL", "For which order.")
    shipment_id: Mapped[UUID | None] = key_to("fulfillment.shipments", "SET NULL", "For which parcel.")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The AI agent that had it made.")
    entity_type: Mapped[str | None] = column("What kind of row it is about otherwise, like PurchaseOrder.")
    entity_id: Mapped[UUID | None] = column("Which row it is about otherwise.")
    type: Mapped[DocumentType] = state(DocumentType, "What kind of paper it is.")
    number: Mapped[str] = column("The number printed on it, unique in the business for its type.")
    title: Mapped[str] = column("What it is, in one line.", filled(255))
    status: Mapped[DocumentStatus] = state(DocumentStatus, "How far it is.", "PENDING")
    format: Mapped[DocumentFormat] = state(DocumentFormat, "What kind of file it is.", "PDF")
    locale: Mapped[str] = default("'en'", "BCP 47 tag of its language.")
    data: Mapped[dict[str, Any]] = default("'{}'", "What the form was filled with.")
    url: Mapped[str | None] = column("Where the file is.")
    byte_size: Mapped[BigInt | None] = column("Size of the file in bytes.", positive)
    checksum: Mapped[str | None] = column("SHA-256 of the file, by which one sees that nobody changed it.")
    generated_at: Mapped[datetime | None] = column("When the file was made.")
    sent_at: Mapped[datetime | None] = column("When it was sent to whom it is for.")
    expires_at: Mapped[datetime | None] = column("Until when the file is kept.")
    error: Mapped[str | None] = column("Why it could not be made.")

"""Tickets, documents and messages."""

from graph.access.policy import Public
from graph.access.words import ADMINS, MANAGER, STAFF, of, own, public, readers, within

SENT = Public(lambda row: row.c.sent_at.is_not(None), "if it was sent")

READERS = {
    "SupportTicket": readers(
        own("customer_id") | STAFF, of("tags first_response_due_at resolution_due_at is_late", STAFF)
    ),
    "TicketMessage": readers(within("ticket") & (public(is_internal=False) | within("ticket", STAFF))),
    "Document": readers(own("customer_id") | STAFF, of("data error", STAFF)),
    "OutboundMessage": readers(
        own("customer_id") & SENT | STAFF,
        of("provider provider_message_id attempt_count error", STAFF),
        of("cost provider_data", MANAGER),
    ),
    "Notification": readers(own("user_id"), data=ADMINS),
    "DocumentTemplate": readers(STAFF),
    "NotificationTemplate": readers(STAFF),
}

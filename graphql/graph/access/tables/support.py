"""Tickets, documents and messages."""

from graph.access.policy import Public
from graph.access.words import ADMINS, MANAGER, STAFF, of, own, public, readers, within, writers

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

WRITERS = {
    "SupportTicket": writers(
        STAFF,
        delete=MANAGER,
        kept="chat_session_id merged_into_id status first_response_due_at first_responded_at resolution_due_at "
        "resolved_at closed_at reopened_count message_count satisfaction_rating satisfaction_comment",
        once="number customer_id",
    ),
    "Notification": writers(
        None,
        own("user_id") & public(status=("SENT", "READ")),
        None,
        kept="business_id template_id type channel title body url entity_type entity_id data scheduled_at "
        "attempt_count sent_at expires_at error",
    ),
    "DocumentTemplate": writers(MANAGER, once="key"),
    "NotificationTemplate": writers(MANAGER, once="key channel"),
}
NOT_WRITTEN = {
    "TicketMessage": "written by a workflow, which knows its author",
    "Document": "made by the worker",
    "OutboundMessage": "sent by the worker",
}

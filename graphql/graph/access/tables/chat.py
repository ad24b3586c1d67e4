"""Live chat."""

from graph.access.policy import Public, Visit
from graph.access.words import MANAGER, STAFF, of, own, public, readers, within, writers

SEEN_BY_VISITORS = Public(lambda row: row.c.visitor_seq.is_not(None), "if the visitor saw it")
AUDIENCE = Visit() | within("visitor", own("customer_id"))
"""Whose chat it is: who shows its token, or signed in as the customer that its visitor was recognised as."""
AT_DESK = own("user_id") | STAFF

READERS = {
    "Visitor": readers(own("id") | own("customer_id") | STAFF, of("key fingerprints tags notes blocked_reason", STAFF)),
    # What changes with entries that the visitor does not see, the visitor does not see either.
    "ChatSession": readers(
        AUDIENCE | STAFF,
        of("tags priority ip_address staff_seq note_count queue_seconds last_activity_at", STAFF),
        of("wanted_skill offered_at", STAFF),
    ),
    "ChatParticipant": readers(
        within("session") & (public(is_internal=False) | within("session", STAFF)),
        of("last_read_seq last_read_at unread_count", own("visitor_id") | within("session", STAFF)),
        is_internal=within("session", STAFF),
    ),
    "ChatMessage": readers(within("session") & (public(is_internal=False) | within("session", STAFF))),
    "ChatEvent": readers(
        within("session") & (SEEN_BY_VISITORS | within("session", STAFF)), staff_seq=within("session", STAFF)
    ),
    "ChatAgent": readers(
        AT_DESK | within("sessions", AUDIENCE),
        of("status status_changed_at heartbeat_at last_active_at max_concurrent_chats skills languages", AT_DESK),
        of("is_enabled current_chat_count handled_chat_count satisfaction_average", AT_DESK),
        of("response_seconds_average", AT_DESK),
    ),
    "CannedResponse": readers(STAFF),
    "ChatDailyStat": readers(STAFF),
    "ChatRoutingRule": readers(STAFF),
    "ChatWidget": readers(public(is_active=True) | STAFF, allowed_domains=STAFF),
}

WRITERS = {
    "Visitor": writers(
        None,
        STAFF,
        None,
        kept="customer_id key fingerprints language time_zone country city consented_to consented_at first_seen_at "
        "last_seen_at first_referrer visit_count page_view_count",
    ),
    "ChatAgent": writers(MANAGER, kept="status status_changed_at heartbeat_at last_active_at", once="user_id"),
    "CannedResponse": writers(STAFF),
    "ChatRoutingRule": writers(MANAGER),
    "ChatWidget": writers(MANAGER, once="public_key"),
}
NOT_WRITTEN = {
    "ChatSession": "begun, led and ended by workflows",
    "ChatParticipant": "kept by the chat's workflows",
    "ChatMessage": "said by a workflow",
    "ChatEvent": "a log",
    "ChatDailyStat": "kept by the worker",
}

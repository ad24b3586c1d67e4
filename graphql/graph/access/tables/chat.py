"""Live chat."""

from graph.access.policy import Public
from graph.access.words import MANAGER, STAFF, of, own, public, readers, within, writers

SEEN_BY_VISITORS = Public(lambda row: row.c.visitor_seq.is_not(None), "if the visitor saw it")

READERS = {
    "Visitor": readers(own("id") | own("customer_id") | STAFF, of("key fingerprints tags notes blocked_reason", STAFF)),
    "ChatSession": readers(
        within("visitor") | STAFF, of("tags priority ip_address staff_seq note_count queue_seconds wanted_skill offered_at", STAFF)
    ),
    "ChatParticipant": readers(
        within("session"), of("last_read_seq last_read_at unread_count", within("session", STAFF))
    ),
    "ChatMessage": readers(within("session") & (public(is_internal=False) | within("session", STAFF))),
    "ChatEvent": readers(
        within("session") & (SEEN_BY_VISITORS | within("session", STAFF)), staff_seq=within("session", STAFF)
    ),
    "ChatAgent": readers(own("user_id") | STAFF),
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

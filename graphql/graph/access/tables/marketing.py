"""Campaigns and mailings."""

from graph.access.words import MANAGER, OWNER, STAFF, linked, of, own, readers, within, writers

READERS = {
    "Campaign": readers(STAFF, of("budget spent_amount", MANAGER)),
    "ContentItem": readers(STAFF),
    "EmailList": readers(STAFF),
    "EmailSubscriber": readers(own("customer_id") | within("list")),
}

WRITERS = {
    "Campaign": writers(
        STAFF,
        delete=MANAGER,
        kept="spent_amount sent_count opened_count clicked_count converted_count",
        once="currency",
    ),
    "ContentItem": writers(STAFF, delete=MANAGER, kept="created_by_agent_id performance_metrics"),
    "EmailList": writers(STAFF, delete=OWNER, kept="subscriber_count"),
    "EmailSubscriber": writers(
        within("list", STAFF) & linked("customer_id", STAFF),
        delete=within("list", MANAGER),
        kept="status bounce_count subscribed_at confirmed_at unsubscribed_at",
        once="list_id customer_id email consent_text",
    ),
}
NOT_WRITTEN: dict[str, str] = {}

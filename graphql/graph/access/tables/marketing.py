"""Campaigns and mailings."""

from graph.access.words import MANAGER, STAFF, of, own, readers, within

READERS = {
    "Campaign": readers(STAFF, of("budget spent_amount", MANAGER)),
    "ContentItem": readers(STAFF),
    "EmailList": readers(STAFF),
    "EmailSubscriber": readers(own("customer_id") | within("list")),
}

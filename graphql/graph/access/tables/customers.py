"""Customers of the shops."""

from graph.access.words import STAFF, of, own, readers, within

READERS = {
    "Customer": readers(
        own("user_id") | STAFF,
        of("tags notes is_vip registration_ip user_agent referral_source", STAFF),
        of("lifetime_value churn_risk shopify_id", STAFF),
    ),
    "Address": readers(within("customer")),
    "CustomerPreference": readers(within("customer")),
    "CustomerInteraction": readers(within("customer", STAFF)),
    "CustomerSegment": readers(STAFF),
    "SegmentMember": readers(within("segment")),
}

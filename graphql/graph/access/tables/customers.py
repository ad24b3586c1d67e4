"""Customers of the shops."""

from graph.access.words import MANAGER, STAFF, of, own, readers, within, writers

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

OF_THE_CUSTOMER = within("customer", STAFF)
THE_CUSTOMER = within("customer", own("user_id") | STAFF)

WRITERS = {
    "Customer": writers(
        STAFF,
        delete=MANAGER,
        kept="user_id accepts_email_marketing accepts_sms_marketing accepts_newsletter registration_ip user_agent "
        "total_spent order_count last_order_at lifetime_value churn_risk shopify_id",
        once="currency",
    ),
    "Address": writers(THE_CUSTOMER, kept="verified_at", once="customer_id"),
    "CustomerPreference": writers(THE_CUSTOMER, kept="agent_id source confidence confirmed_at", once="customer_id"),
    "CustomerInteraction": writers(
        OF_THE_CUSTOMER, delete=within("customer", MANAGER), kept="agent_id sentiment_score", once="customer_id"
    ),
    "CustomerSegment": writers(STAFF, delete=MANAGER, kept="member_count evaluated_at"),
    "SegmentMember": writers(
        within("segment", STAFF) & OF_THE_CUSTOMER,
        kept="assigned_by_id agent_id assigned_at",
        once="segment_id customer_id",
    ),
}
NOT_WRITTEN: dict[str, str] = {}

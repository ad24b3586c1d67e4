"""Offers and what they brought."""

from graph.access.words import MANAGER, STAFF, VIEWER, linked, of, own, public, readers, within, writers

READERS = {
    "Offer": readers(public(status="ACTIVE", segment_id=None) | VIEWER, of("code usage_limit usage_count", STAFF)),
    "OfferProduct": readers(within("offer") & within("product")),
    "OfferMarketplace": readers(within("offer", STAFF)),
    "OfferDailyStat": readers(
        within("offer", VIEWER), of("revenue discount_amount average_order_value", within("offer", STAFF))
    ),
    "OfferRedemption": readers(own("customer_id") | within("offer", STAFF)),
}

WRITERS = {
    "Offer": writers(
        MANAGER, delete=MANAGER & public(status=("DRAFT", "SCHEDULED")), kept="usage_count", once="currency"
    ),
    "OfferProduct": writers(
        within("offer", MANAGER) & within("product", MANAGER) & linked("variant_id", MANAGER),
        once="offer_id product_id variant_id currency",
    ),
    "OfferMarketplace": writers(
        within("offer", MANAGER) & within("marketplace"),
        kept="status external_id error published_at ended_at last_synced_at",
        once="offer_id marketplace_id",
    ),
}
NOT_WRITTEN = {
    "OfferDailyStat": "added up by the worker",
    "OfferRedemption": "made with the order",
}

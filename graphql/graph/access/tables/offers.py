"""Offers and what they brought."""

from graph.access.words import STAFF, VIEWER, of, own, public, readers, within

READERS = {
    "Offer": readers(public(status="ACTIVE", segment_id=None) | VIEWER, of("code usage_limit usage_count", STAFF)),
    "OfferProduct": readers(within("offer") & within("product")),
    "OfferMarketplace": readers(within("offer", STAFF)),
    "OfferDailyStat": readers(
        within("offer", VIEWER), of("revenue discount_amount average_order_value", within("offer", STAFF))
    ),
    "OfferRedemption": readers(own("customer_id") | within("offer", STAFF)),
}

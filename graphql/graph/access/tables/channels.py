"""Marketplaces."""

from graph.access.words import MANAGER, STAFF, VIEWER, of, public, readers, within

READERS = {
    "Marketplace": readers(public(is_active=True, business_id=None) | VIEWER),
    "MarketplaceCarrier": readers(within("marketplace")),
    "MarketplaceAccount": readers(STAFF, of("settings last_error", MANAGER)),
    "MarketplaceDailyStat": readers(within("account"), of("fee_amount net_revenue", within("account", MANAGER))),
    "MarketplaceListing": readers(within("account")),
    "MarketplaceOrder": readers(within("account"), of("payload fee_amount", within("account", MANAGER))),
    "MarketplaceSyncLog": readers(within("account"), of("error failures cursor", within("account", MANAGER))),
    "MarketplaceInventorySync": readers(within("listing")),
    "MarketplaceFee": readers(within("account", MANAGER)),
    "MarketplacePricingRule": readers(within("account", MANAGER)),
}

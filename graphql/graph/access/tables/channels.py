"""Marketplaces."""

from graph.access.words import MANAGER, OWNER, STAFF, VIEWER, linked, of, public, readers, within, writers

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

OF_THE_ACCOUNT = within("account", STAFF)

WRITERS = {
    "Marketplace": writers(MANAGER, delete=None, once="platform"),
    "MarketplaceCarrier": writers(within("marketplace", MANAGER), once="marketplace_id carrier_id"),
    "MarketplaceAccount": writers(
        MANAGER,
        delete=OWNER & public(status="PENDING"),
        kept="seller_id status credentials_expire_at connected_at disconnected_at last_synced_at last_error",
        once="marketplace_id",
    ),
    "MarketplaceListing": writers(
        OF_THE_ACCOUNT & within("variant", STAFF),
        delete=within("account", MANAGER) & public(status="DRAFT"),
        kept="external_id url quantity rejection_reason published_at ended_at last_synced_at",
        once="account_id variant_id sku",
    ),
    "MarketplacePricingRule": writers(
        within("account", MANAGER) & linked("category_id", MANAGER), kept="last_applied_at", once="account_id"
    ),
}
NOT_WRITTEN = {
    "MarketplaceDailyStat": "added up by the worker",
    "MarketplaceOrder": "fetched by the worker",
    "MarketplaceSyncLog": "a log",
    "MarketplaceInventorySync": "carried out by the worker",
    "MarketplaceFee": "fetched by the worker",
}

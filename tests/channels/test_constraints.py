"""What the tables of marketplaces refuse, and what goes with a row that is removed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.models.constraints import Refused, refuses

if TYPE_CHECKING:
    from tests.models.constraints import Connection

REFUSED = [
    Refused(
        "two marketplaces for all of one name",
        "UPDATE channels.marketplaces SET slug = 'amazon-us' WHERE slug = 'ebay-us'",
        "uq_marketplaces_business_id_slug",
        "slug is already taken by another marketplace with the same business",
    ),
    Refused(
        "a marketplace that is not reached safely",
        "UPDATE channels.marketplaces SET url = 'http://www.amazon.example'",
        "ck_marketplaces_url_form",
        "url must begin with https://",
    ),
    Refused(
        "two accounts of one name in a business",
        "UPDATE channels.marketplace_accounts SET name = 'Amazon' WHERE name = 'eBay'",
        "uq_marketplace_accounts_business_id_name",
        "name is already taken by another marketplace account with the same business",
    ),
    Refused(
        "one seller twice",
        "INSERT INTO channels.marketplace_accounts (business_id, marketplace_id, name, seller_id) "
        "SELECT business_id, marketplace_id, 'Again', seller_id FROM channels.marketplace_accounts "
        "WHERE status = 'ACTIVE'",
        "uq_marketplace_accounts_marketplace_id_business_id_seller_id",
        "sellerId is already taken by another marketplace account with the same marketplace and business",
    ),
    Refused(
        "an account that works and was never connected",
        "UPDATE channels.marketplace_accounts SET connected_at = NULL WHERE status = 'ACTIVE'",
        "ck_marketplace_accounts_connected_at_is_given",
        "connectedAt must be given once connected",
    ),
    Refused(
        "an account with a silent error",
        "UPDATE channels.marketplace_accounts SET status = 'ERROR' WHERE status = 'ACTIVE'",
        "ck_marketplace_accounts_last_error_is_given",
        "lastError must say what is wrong",
    ),
    Refused(
        "an account that goes on after it was left",
        "UPDATE channels.marketplace_accounts SET disconnected_at = connected_at - interval '1 day'",
        "ck_marketplace_accounts_disconnected_at_not_before_connected_at",
        "disconnectedAt must not be before connected at",
    ),
    Refused(
        "a carrier twice",
        "INSERT INTO channels.marketplace_carriers (marketplace_id, carrier_id, external_code) "
        "SELECT marketplace_id, carrier_id, 'AGAIN' FROM channels.marketplace_carriers",
        "uq_marketplace_carriers_marketplace_id_carrier_id",
        "carrierId is already taken by another marketplace carrier with the same marketplace",
    ),
    Refused(
        "a rule that ends before it begins",
        "UPDATE channels.marketplace_pricing_rules SET ends_at = starts_at - interval '1 day'",
        "ck_marketplace_pricing_rules_ends_at_not_before_starts_at",
        "endsAt must not be before starts at",
    ),
    Refused(
        "a rule whose bounds exclude each other",
        "UPDATE channels.marketplace_pricing_rules SET maximum_price = minimum_price - 1",
        "ck_marketplace_pricing_rules_maximum_price_fits",
        "maximumPrice must not be below the minimum price",
    ),
    Refused(
        "two listings of one number on an account",
        "UPDATE channels.marketplace_listings SET sku = 'ONE'",
        "uq_marketplace_listings_account_id_sku",
        "sku is already taken by another marketplace listing with the same account",
    ),
    Refused(
        "two listings that the marketplace takes for one",
        "UPDATE channels.marketplace_listings SET external_id = 'ONE' WHERE status = 'ACTIVE'",
        "uq_marketplace_listings_account_id_external_id",
        "externalId is already taken by another marketplace listing with the same account",
    ),
    Refused(
        "a live listing that the marketplace does not know",
        "UPDATE channels.marketplace_listings SET external_id = NULL WHERE status = 'ACTIVE'",
        "ck_marketplace_listings_external_id_is_given",
        "externalId must be given, as must the time of its publication, once buyers see it",
    ),
    Refused(
        "a rejection without a reason",
        "UPDATE channels.marketplace_listings SET rejection_reason = NULL WHERE status = 'REJECTED'",
        "ck_marketplace_listings_rejection_reason_is_given",
        "rejectionReason must say why it was rejected",
    ),
    Refused(
        "a listing that ended and goes on",
        "UPDATE channels.marketplace_listings SET ended_at = now() WHERE status = 'ACTIVE'",
        "ck_marketplace_listings_ended_at_fits",
        "endedAt must go with the status ENDED",
    ),
    Refused(
        "a sale that makes it dearer",
        "UPDATE channels.marketplace_listings SET sale_price = price + 1",
        "ck_marketplace_listings_sale_price_fits",
        "salePrice must be below the price",
    ),
    Refused(
        "one order twice",
        "UPDATE channels.marketplace_orders SET external_id = 'ONE'",
        "uq_marketplace_orders_account_id_external_id",
        "externalId is already taken by another marketplace order with the same account",
    ),
    Refused(
        "two orders there that became one here",
        "UPDATE channels.marketplace_orders SET order_id = (SELECT max(order_id::text)::uuid "
        "FROM channels.marketplace_orders) WHERE order_id IS NOT NULL",
        "uq_marketplace_orders_order_id",
        "orderId is already taken by another marketplace order",
    ),
    Refused(
        "an imported order that became none here",
        "UPDATE channels.marketplace_orders SET order_id = NULL, imported_at = NULL WHERE status = 'IMPORTED'",
        "ck_marketplace_orders_order_id_is_given",
        "orderId must be given once imported",
    ),
    Refused(
        "an order that became one here at no time",
        "UPDATE channels.marketplace_orders SET imported_at = NULL WHERE status = 'IMPORTED'",
        "ck_marketplace_orders_imported_at_fits",
        "importedAt must be given with the order, and only then",
    ),
    Refused(
        "an import that failed for no reason",
        "UPDATE channels.marketplace_orders SET error = NULL WHERE status = 'FAILED'",
        "ck_marketplace_orders_error_is_given",
        "error must say why it could not be imported",
    ),
    Refused(
        "stock that was passed on at no time",
        "UPDATE channels.marketplace_inventory_syncs SET synced_at = NULL WHERE status = 'SYNCED'",
        "ck_marketplace_inventory_syncs_synced_at_fits",
        "syncedAt must go with the status SYNCED",
    ),
    Refused(
        "a run that goes on after it was over",
        "UPDATE channels.marketplace_sync_logs SET status = 'RUNNING' WHERE status = 'COMPLETED'",
        "ck_marketplace_sync_logs_completed_at_fits",
        "completedAt must be given once the run is over, and only then",
    ),
    Refused(
        "a run with more records than there were",
        "UPDATE channels.marketplace_sync_logs SET failed_count = record_count + 1",
        "ck_marketplace_sync_logs_success_count_fits",
        "successCount must not exceed the records, with those that failed",
    ),
    Refused(
        "a fee of nothing",
        "UPDATE channels.marketplace_fees SET amount = 0",
        "ck_marketplace_fees_amount_is_not_zero",
        "amount must not be zero",
    ),
    Refused(
        "a day with more cancelled orders than orders",
        "UPDATE channels.marketplace_daily_stats SET cancelled_count = order_count + 1",
        "ck_marketplace_daily_stats_cancelled_count_fits",
        "cancelledCount must not be above the orders",
    ),
    Refused(
        "a day twice",
        "INSERT INTO channels.marketplace_daily_stats (account_id, day) "
        "SELECT account_id, day FROM channels.marketplace_daily_stats",
        "uq_marketplace_daily_stats_account_id_day",
        "day is already taken by another marketplace daily stat with the same account",
    ),
    Refused(
        "the removal of a marketplace with accounts",
        "DELETE FROM channels.marketplaces WHERE slug = 'etsy'",
        "fk_marketplace_accounts_marketplace_id",
        "id is still referred to by marketplace accounts",
    ),
    Refused(
        "the removal of an account with orders",
        "DELETE FROM channels.marketplace_accounts WHERE name = 'Etsy shop'",
        "fk_marketplace_orders_account_id",
        "id is still referred to by marketplace orders",
    ),
    Refused(
        "the removal of an order that came from a marketplace",
        "UPDATE finance.payments SET order_id = NULL; UPDATE finance.transactions SET order_id = NULL; "
        "DELETE FROM fulfillment.shipments; "
        "DELETE FROM sales.orders WHERE id IN (SELECT order_id FROM channels.marketplace_orders)",
        "fk_marketplace_orders_order_id",
        "id is still referred to by marketplace orders",
    ),
    Refused(
        "the removal of an order that was charged",
        "DELETE FROM channels.marketplace_orders",
        "fk_marketplace_fees_marketplace_order_id",
        "id is still referred to by marketplace fees",
    ),
    Refused(
        "an account on no marketplace",
        "UPDATE channels.marketplace_accounts SET marketplace_id = uuidv7()",
        "fk_marketplace_accounts_marketplace_id",
        "marketplaceId names no marketplace",
    ),
]


@pytest.mark.parametrize("case", REFUSED, ids=str)
async def test_it_refuses(sample: Connection, case: Refused) -> None:
    await refuses(sample, case)


async def test_two_businesses_may_have_marketplaces_of_one_name(sample: Connection) -> None:
    await sample.execute(
        "INSERT INTO channels.marketplaces (business_id, name, slug, platform) "
        "SELECT id, 'Our own', 'amazon-us', 'OTHER' FROM business.businesses"
    )
    assert await sample.fetchval("SELECT count(*) FROM channels.marketplaces WHERE slug = 'amazon-us'") == 11


async def test_an_account_without_orders_and_fees_takes_its_listings_along(sample: Connection) -> None:
    key = await sample.fetchval("SELECT id FROM channels.marketplace_accounts WHERE status = 'ERROR'")
    assert await sample.fetchval("SELECT count(*) FROM channels.marketplace_listings WHERE account_id = $1", key) > 0
    await sample.execute("DELETE FROM channels.marketplace_fees WHERE account_id = $1", key)
    await sample.execute("DELETE FROM channels.marketplace_accounts WHERE id = $1", key)
    for table in ("listings", "pricing_rules", "sync_logs"):
        query = f"SELECT count(*) FROM channels.marketplace_{table} WHERE account_id = $1"
        assert await sample.fetchval(query, key) == 0


async def test_a_listing_takes_its_syncs_along_and_leaves_its_fees(sample: Connection) -> None:
    fees = await sample.fetchval("SELECT count(*) FROM channels.marketplace_fees")
    await sample.execute("DELETE FROM channels.marketplace_listings")
    assert await sample.fetchval("SELECT count(*) FROM channels.marketplace_inventory_syncs") == 0
    assert await sample.fetchval("SELECT count(*) FROM channels.marketplace_fees WHERE listing_id IS NULL") == fees


async def test_a_rule_leaves_its_listings_and_a_run_its_orders(sample: Connection) -> None:
    listings, orders = (f"(SELECT count(*) FROM channels.marketplace_{name})" for name in ("listings", "orders"))
    counts = f"SELECT {listings}, {orders}"
    before = await sample.fetchrow(counts)
    await sample.execute("DELETE FROM channels.marketplace_pricing_rules")
    await sample.execute("DELETE FROM channels.marketplace_sync_logs")
    assert await sample.fetchrow(counts) == before


async def test_a_sync_says_what_should_be_offered_and_how_much_it_differs(sample: Connection) -> None:
    update = (
        "UPDATE channels.marketplace_inventory_syncs SET available_quantity = $1, buffer_quantity = 2, "
        "external_quantity = $2 WHERE id = (SELECT id FROM channels.marketplace_inventory_syncs LIMIT 1) "
        "RETURNING offered_quantity, difference"
    )
    assert tuple(await sample.fetchrow(update, 10, 5) or ()) == (8, 3)
    assert tuple(await sample.fetchrow(update, 1, 5) or ()) == (0, -5)
    assert tuple(await sample.fetchrow(update, 1, None) or ()) == (0, None)


async def test_a_day_says_what_is_left_and_what_visits_bring(sample: Connection) -> None:
    update = (
        "UPDATE channels.marketplace_daily_stats SET order_count = $1, cancelled_count = 0, visit_count = $2, "
        "revenue = 100, refund_amount = 10, fee_amount = 15 "
        "WHERE id = (SELECT id FROM channels.marketplace_daily_stats LIMIT 1) "
        "RETURNING net_revenue, conversion_rate, average_order_value"
    )
    assert tuple(await sample.fetchrow(update, 3, 90) or ()) == (Decimal("75.00"), Decimal("3.33"), Decimal("33.33"))
    assert tuple(await sample.fetchrow(update, 0, 0) or ()) == (Decimal("75.00"), None, None)

"""What the tables of offers refuse, count and compute, and what goes with an offer that is removed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.models.constraints import Refused, refuses

if TYPE_CHECKING:
    from tests.models.constraints import Connection

SHOP = "(SELECT id FROM business.businesses WHERE slug = 'vividwalls')"
OFFER = f"""
    INSERT INTO offers.offers (business_id, name, slug, type, value, usage_limit, starts_at)
    VALUES ({SHOP}, 'Two only', 'two-only', 'PERCENTAGE', 10, 2, now()) RETURNING id"""
USE = """
    INSERT INTO offers.offer_redemptions (offer_id, order_id, discount_amount)
    SELECT $1, id, 1 FROM sales.orders ORDER BY id OFFSET $2 LIMIT 1 RETURNING id"""

REFUSED = [
    Refused(
        "two offers of one name in addresses",
        f"UPDATE offers.offers SET slug = 'same' WHERE business_id = {SHOP}",
        "uq_offers_business_id_slug",
        "slug is already taken by another offer with the same business",
    ),
    Refused(
        "two offers of one code in a business",
        f"UPDATE offers.offers SET code = 'SAME' WHERE business_id = {SHOP}",
        "uq_offers_business_id_code",
        "code is already taken by another offer with the same business",
    ),
    Refused(
        "a code in small letters",
        "UPDATE offers.offers SET code = 'walls20' WHERE code IS NOT NULL",
        "ck_offers_code_form",
        "code must be 3 to 40 capitals, digits and hyphens",
    ),
    Refused(
        "more than everything off",
        "UPDATE offers.offers SET value = 101 WHERE type = 'PERCENTAGE'",
        "ck_offers_value_fits",
        "value must be a percentage from 0 to 100",
    ),
    Refused(
        "a customer who may more than all",
        "UPDATE offers.offers SET customer_limit = usage_limit + 1",
        "ck_offers_customer_limit_fits",
        "customerLimit must not be above the usage limit",
    ),
    Refused(
        "an offer that ends before it begins",
        "UPDATE offers.offers SET ends_at = starts_at - interval '1 day'",
        "ck_offers_ends_at_not_before_starts_at",
        "endsAt must not be before starts at",
    ),
    Refused(
        "a limit below what was used",
        "UPDATE offers.offers SET usage_limit = 1, customer_limit = 1 WHERE usage_count > 1",
        "ck_offers_usage_count_fits",
        "usageCount must not be above the usage limit",
    ),
    Refused(
        "a product twice in one part of an offer",
        "INSERT INTO offers.offer_products (offer_id, product_id, role)"
        " SELECT offer_id, product_id, role FROM offers.offer_products",
        "uq_offer_products_offer_id_product_id_variant_id_role",
        "role is already taken by another offer product with the same offer and product and variant",
    ),
    Refused(
        "a price of what is left out",
        "UPDATE offers.offer_products SET special_price = 1 WHERE role = 'EXCLUDED'",
        "ck_offer_products_special_price_fits",
        "specialPrice must not be given if left out",
    ),
    Refused(
        "an offer twice on a marketplace",
        "INSERT INTO offers.offer_marketplaces (offer_id, marketplace_id)"
        " SELECT offer_id, marketplace_id FROM offers.offer_marketplaces",
        "uq_offer_marketplaces_offer_id_marketplace_id",
        "marketplaceId is already taken by another offer marketplace with the same offer",
    ),
    Refused(
        "an offer that buyers see and that was never published",
        "UPDATE offers.offer_marketplaces SET published_at = NULL WHERE status = 'LIVE'",
        "ck_offer_marketplaces_published_at_is_given",
        "publishedAt must be given once buyers saw it",
    ),
    Refused(
        "an offer that was rejected without a word",
        "UPDATE offers.offer_marketplaces SET error = NULL WHERE status = 'REJECTED'",
        "ck_offer_marketplaces_error_is_given",
        "error must say why it was rejected",
    ),
    Refused(
        "an offer twice in an order",
        "INSERT INTO offers.offer_redemptions (offer_id, order_id, discount_amount)"
        " SELECT offer_id, order_id, 1 FROM offers.offer_redemptions",
        "uq_offer_redemptions_offer_id_order_id",
        "orderId is already taken by another offer redemption with the same offer",
    ),
    Refused(
        "a use that was taken back at no time",
        "UPDATE offers.offer_redemptions SET status = 'REVERSED' WHERE status = 'APPLIED'",
        "ck_offer_redemptions_reversed_at_fits",
        "reversedAt must go with the status REVERSED",
    ),
    Refused(
        "two figures of a day in the shop itself",
        "INSERT INTO offers.offer_daily_stats (offer_id, day) SELECT offer_id, day FROM offers.offer_daily_stats"
        " WHERE marketplace_id IS NULL",
        "uq_offer_daily_stats_offer_id_marketplace_id_day",
        "day is already taken by another offer daily stat with the same offer and marketplace",
    ),
    Refused(
        "more clicks than views",
        "UPDATE offers.offer_daily_stats SET click_count = view_count + 1",
        "ck_offer_daily_stats_click_count_fits",
        "clickCount must not be above the views",
    ),
    Refused(
        "an offer removed that was used",
        "DELETE FROM offers.offers WHERE usage_count > 0",
        "fk_offer_redemptions_offer_id",
        "id is still referred to by offer redemptions",
    ),
]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.what)
async def test_it_refuses(sample: Connection, case: Refused) -> None:
    await refuses(sample, case)


async def test_an_offer_is_not_used_more_often_than_its_limit(sample: Connection) -> None:
    offer = await sample.fetchval(OFFER)
    count = "SELECT usage_count FROM offers.offers WHERE id = $1"
    first = await sample.fetchval(USE, offer, 0)
    await sample.fetchval(USE, offer, 1)
    assert await sample.fetchval(count, offer) == 2
    third = Refused(
        "the third use of two",
        USE.replace("$1", f"'{offer}'").replace("$2", "2"),
        "ck_offers_usage_count_fits",
        "usageCount must not be above the usage limit",
    )
    await refuses(sample, third)
    await sample.execute(
        "UPDATE offers.offer_redemptions SET status = 'REVERSED', reversed_at = now() WHERE id = $1", first
    )
    assert await sample.fetchval(count, offer) == 1
    await sample.fetchval(USE, offer, 2)
    assert await sample.fetchval(count, offer) == 2


async def test_two_businesses_may_have_one_code(sample: Connection) -> None:
    await sample.execute(
        "INSERT INTO offers.offers (business_id, name, slug, code, type, starts_at)"
        " SELECT id, 'Same', 'same-code', 'SAME99', 'GIFT', now() FROM business.businesses"
    )
    assert await sample.fetchval("SELECT count(DISTINCT business_id) FROM offers.offers WHERE code = 'SAME99'") > 1


async def test_an_offer_that_nobody_used_takes_along_its_parts(sample: Connection) -> None:
    offer = await sample.fetchval(OFFER)
    await sample.execute(
        "INSERT INTO offers.offer_products (offer_id, product_id) SELECT $1, id FROM catalog.products LIMIT 1", offer
    )
    await sample.execute(
        "INSERT INTO offers.offer_marketplaces (offer_id, marketplace_id)"
        " SELECT $1, id FROM channels.marketplaces LIMIT 1",
        offer,
    )
    await sample.execute("INSERT INTO offers.offer_daily_stats (offer_id, day) VALUES ($1, '2030-01-01')", offer)
    await sample.execute("DELETE FROM offers.offers WHERE id = $1", offer)
    for table in ("offer_products", "offer_marketplaces", "offer_daily_stats"):
        assert await sample.fetchval(f"SELECT count(*) FROM offers.{table} WHERE offer_id = $1", offer) == 0, table


async def test_a_use_goes_with_its_order_and_is_counted_no_more(sample: Connection) -> None:
    offer, business = await sample.fetchval(OFFER), await sample.fetchval(f"SELECT {SHOP}")
    order = await sample.fetchval(
        "INSERT INTO sales.orders (business_id, order_number, subtotal, total_amount) VALUES ($1, 'T-1', 9, 9)"
        " RETURNING id",
        business,
    )
    await sample.execute(
        "INSERT INTO offers.offer_redemptions (offer_id, order_id, discount_amount) VALUES ($1, $2, 1)", offer, order
    )
    await sample.execute("DELETE FROM sales.orders WHERE id = $1", order)
    assert await sample.fetchval("SELECT usage_count FROM offers.offers WHERE id = $1", offer) == 0


async def test_figures_give_rates_and_no_division_by_zero(sample: Connection) -> None:
    offer = await sample.fetchval(OFFER)
    query = (
        "INSERT INTO offers.offer_daily_stats (offer_id, day, view_count, click_count, redemption_count, revenue)"
        " VALUES ($1, $2::date, $3, $4, $5, 90) RETURNING click_rate, redemption_rate, average_order_value"
    )
    day = await sample.fetchval("SELECT '2030-01-01'::date")
    row = await sample.fetchrow(query, offer, day, 200, 50, 3)
    assert tuple(row or ()) == (Decimal(25), Decimal(6), Decimal(30))
    day = await sample.fetchval("SELECT '2030-01-02'::date")
    row = await sample.fetchrow(query, offer, day, 0, 0, 0)
    assert tuple(row or ()) == (None, None, None)

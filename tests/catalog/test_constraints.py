"""What the tables of the catalogue refuse, count and compute, and what goes with a row that is removed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.models.constraints import Refused, refuses

if TYPE_CHECKING:
    from tests.models.constraints import Connection

SHOP = "(SELECT id FROM business.businesses WHERE slug = 'vapeshed')"
PRODUCT = "(SELECT id FROM catalog.products WHERE status = 'ACTIVE' AND price > 0 ORDER BY id LIMIT 1)"

REFUSED = [
    Refused(
        "two products of one slug in a business",
        f"UPDATE catalog.products SET slug = 'same' WHERE business_id = {SHOP}",
        "uq_products_business_id_slug",
        "slug is already taken by another product with the same business",
    ),
    Refused(
        "two variants of one SKU in a business",
        f"UPDATE catalog.product_variants SET sku = 'SAME' WHERE business_id = {SHOP}",
        "uq_product_variants_business_id_sku",
        "sku is already taken by another product variant with the same business",
    ),
    Refused(
        "two default variants of a product",
        "UPDATE catalog.product_variants SET is_default = true",
        "uq_product_variants_product_id_is_default",
        "productId is already taken by another product variant",
    ),
    Refused(
        "a free product with a price",
        f"UPDATE catalog.products SET price_type = 'FREE' WHERE id = {PRODUCT}",
        "ck_products_price_is_free",
        "price must be zero where the product is free",
    ),
    Refused(
        "a sale at the usual price",
        f"UPDATE catalog.products SET sale_price = price WHERE id = {PRODUCT}",
        "ck_products_sale_price_is_lower",
        "salePrice must be below the price",
    ),
    Refused(
        "a subscription that says not for how long",
        f"UPDATE catalog.products SET price_type = 'SUBSCRIPTION', billing_months = NULL WHERE id = {PRODUCT}",
        "ck_products_billing_months_of_subscription",
        "billingMonths must be given for subscriptions, and for nothing else",
    ),
    Refused(
        "a bar code of five digits",
        "UPDATE catalog.product_variants SET barcode = '12345'",
        "ck_product_variants_barcode_form",
        "barcode must be a GTIN of 8, 12, 13 or 14 digits",
    ),
    Refused(
        "two categories of one slug in a business",
        f"UPDATE catalog.categories SET slug = 'same' WHERE business_id = {SHOP}",
        "uq_categories_business_id_slug",
        "slug is already taken by another category with the same business",
    ),
    Refused(
        "a category that is part of itself",
        "UPDATE catalog.categories SET parent_id = id",
        "ck_categories_parent_id_is_another",
        "parentId must name another row",
    ),
    Refused(
        "a colour by name",
        "UPDATE catalog.categories SET color = 'red'",
        "ck_categories_color_form",
        "color must be a colour like #1f6feb",
    ),
    Refused(
        "a product twice in a category",
        "INSERT INTO catalog.category_products (category_id, product_id) "
        "SELECT category_id, product_id FROM catalog.category_products LIMIT 1",
        "uq_category_products_category_id_product_id",
        "productId is already taken by another category product with the same category",
    ),
    Refused(
        "a picture that is no address",
        "UPDATE catalog.product_images SET url = 'front.webp'",
        "ck_product_images_url_form",
        "url must be an address that begins with https://",
    ),
    Refused(
        "a second review of a product by a customer",
        "INSERT INTO catalog.product_reviews (product_id, customer_id, rating) "
        "SELECT product_id, customer_id, 5 FROM catalog.product_reviews LIMIT 1",
        "uq_product_reviews_product_id_customer_id",
        "customerId is already taken by another product review with the same product",
    ),
    Refused(
        "a published review that nobody published",
        "UPDATE catalog.product_reviews SET moderated_at = NULL WHERE status = 'PUBLISHED'",
        "ck_product_reviews_moderated_at_with_status",
        "moderatedAt must be given once the review was published or rejected",
    ),
    Refused(
        "a reply at no time",
        "UPDATE catalog.product_reviews SET response = 'Thanks', responded_at = NULL",
        "ck_product_reviews_responded_at_with_response",
        "respondedAt must come with a reply",
    ),
    Refused(
        "a question of nobody",
        "UPDATE catalog.product_inquiries SET customer_id = NULL, email = NULL",
        "ck_product_inquiries_email_is_given",
        "email must be given by people who are no customer",
    ),
    Refused(
        "an answered question without an answer",
        "UPDATE catalog.product_inquiries SET status = 'ANSWERED', answer = NULL, answered_at = NULL",
        "ck_product_inquiries_answer_is_given",
        "answer must be given once it is answered",
    ),
    Refused(
        "two counts of a product for a day",
        "INSERT INTO catalog.product_metrics (product_id, period_starts_on, period_ends_on) "
        "SELECT product_id, period_starts_on, period_ends_on FROM catalog.product_metrics "
        "WHERE variant_id IS NULL LIMIT 1",
        "uq_product_metrics_product_id_variant_id_period",
        "periodEndsOn is already taken by another product metric "
        "with the same product and variant and period starts on",
    ),
    Refused(
        "a product recommended beside itself",
        "UPDATE catalog.product_recommendations SET product_id = recommended_id",
        "ck_product_recommendations_recommended_id_is_another",
        "recommendedId must be another product",
    ),
    Refused(
        "a recommendation for nobody",
        "UPDATE catalog.product_recommendations SET customer_id = NULL, product_id = NULL",
        "ck_product_recommendations_product_id_or_customer",
        "productId must be given where it is for no customer in particular",
    ),
    Refused(
        "a price that changed to itself",
        "UPDATE catalog.price_changes SET new_price = old_price",
        "ck_price_changes_new_price_is_another",
        "newPrice must differ from the old price",
    ),
    Refused(
        "a rule for a product and a category",
        "UPDATE catalog.pricing_rules "
        f"SET category_id = (SELECT id FROM catalog.categories LIMIT 1), product_id = {PRODUCT}",
        "ck_pricing_rules_product_id_or_category",
        "productId must not stand beside a category",
    ),
    Refused(
        "a promotion of more than everything",
        "UPDATE catalog.promotions SET value = 101 WHERE type = 'PERCENTAGE'",
        "ck_promotions_value_fits",
        "value must be a percentage from 0 to 100",
    ),
    Refused(
        "a promotion that asks to buy some and gives none",
        "UPDATE catalog.promotions SET free_quantity = NULL WHERE type = 'BUY_X_GET_Y'",
        "ck_promotions_buy_quantity_of_type",
        "buyQuantity must come with a free quantity, where one buys some and gets some",
    ),
    Refused(
        "a code in small letters",
        "UPDATE catalog.promotions SET code = 'spring'",
        "ck_promotions_code_form",
        "code must be 3 to 40 capitals, digits and hyphens",
    ),
    Refused(
        "a tax rate twice from one day on, for a whole country",
        "INSERT INTO catalog.tax_rates (business_id, name, country, category, rate, starts_on) "
        "SELECT business_id, name, country, category, 9, starts_on FROM catalog.tax_rates "
        "WHERE region IS NULL LIMIT 1",
        "uq_tax_rates_business_id_country_region_category_starts_on",
        "startsOn is already taken by another tax rate with the same business and country and region and category",
    ),
    Refused(
        "a product of a business that does not exist",
        "INSERT INTO catalog.products (business_id, name, slug, price) VALUES (uuidv7(), 'Lamp', 'lamp', 1)",
        "fk_products_business_id",
        "businessId names no business",
    ),
    Refused(
        "a variant without a SKU",
        "UPDATE catalog.product_variants SET sku = NULL",
        "sku",
        "sku must be given",
    ),
]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.what)
async def test_it_refuses(sample: Connection, case: Refused) -> None:
    await refuses(sample, case)


async def test_two_businesses_may_use_one_slug_and_sku(sample: Connection) -> None:
    await sample.execute(
        "INSERT INTO catalog.products (business_id, name, slug, sku, price) "
        "SELECT id, 'Lamp', 'a-lamp', 'LAMP', 5 FROM business.businesses WHERE slug IN ('vapeshed', 'vividwalls')"
    )
    assert await sample.fetchval("SELECT count(*) FROM catalog.products WHERE sku = 'LAMP'") == 2


async def test_a_deleted_product_gives_its_slug_free(sample: Connection) -> None:
    again = (
        "INSERT INTO catalog.products (business_id, name, slug, price) "
        f"SELECT business_id, name, slug, price FROM catalog.products WHERE id = {PRODUCT}"
    )
    await sample.execute(f"UPDATE catalog.products SET deleted_at = now(), status = 'DRAFT' WHERE id = {PRODUCT}")
    await sample.execute(again.replace("status = 'ACTIVE'", "deleted_at = now()"))


async def test_a_product_takes_along_what_is_part_of_it(sample: Connection) -> None:
    """It has pictures, a place and a history, and was not on the shelves, so that no order holds it."""
    product = await sample.fetchval("DELETE FROM catalog.products WHERE status = 'DRAFT' RETURNING id")
    parts = ("product_variants", "product_images", "category_products", "price_changes", "product_reviews")
    for table in parts:
        assert await sample.fetchval(f"SELECT count(*) FROM catalog.{table} WHERE product_id = $1", product) == 0


async def test_a_category_takes_along_those_under_it_and_leaves_the_products(sample: Connection) -> None:
    shelved = await sample.fetchval("SELECT count(*) FROM catalog.products")
    await sample.execute("DELETE FROM catalog.categories WHERE slug = 'prints'")
    assert await sample.fetchval("SELECT count(*) FROM catalog.categories WHERE slug = 'botanical'") == 0
    assert await sample.fetchval("SELECT count(*) FROM catalog.products") == shelved
    assert (
        await sample.fetchval("SELECT category_id FROM catalog.products WHERE collection = 'Herbarium' LIMIT 1") is None
    )


async def test_a_price_change_outlives_its_rule_and_promotion(sample: Connection) -> None:
    changes = await sample.fetchval("SELECT count(*) FROM catalog.price_changes")
    await sample.execute("DELETE FROM catalog.pricing_rules")
    await sample.execute("DELETE FROM catalog.promotions WHERE id IN (SELECT promotion_id FROM catalog.price_changes)")
    left = await sample.fetchrow("SELECT count(*), count(rule_id), count(promotion_id) FROM catalog.price_changes")
    assert tuple(left or ()) == (changes, 0, 0)


async def test_only_published_reviews_count(sample: Connection) -> None:
    review = await sample.fetchrow(
        "SELECT id, product_id, rating FROM catalog.product_reviews WHERE status = 'PUBLISHED'"
    )
    assert review
    stars = "SELECT rating_sum, rating_count FROM catalog.products WHERE id = $1"
    before = await sample.fetchrow(stars, review["product_id"])
    await sample.execute("UPDATE catalog.product_reviews SET status = 'REJECTED' WHERE id = $1", review["id"])
    after = await sample.fetchrow(stars, review["product_id"])
    assert before and after
    assert (before[0] - after[0], before[1] - after[1]) == (review["rating"], 1)


async def test_a_product_says_how_it_is_rated(sample: Connection) -> None:
    await sample.execute("DELETE FROM catalog.product_reviews")
    assert await sample.fetchval(f"SELECT rating_average FROM catalog.products WHERE id = {PRODUCT}") is None
    await sample.execute(
        "INSERT INTO catalog.product_reviews (product_id, customer_id, rating, status, moderated_at) "
        f"SELECT {PRODUCT}, id, 3 + row_number() OVER (), 'PUBLISHED', now() FROM customers.customers LIMIT 2"
    )
    rated = await sample.fetchval(f"SELECT rating_average FROM catalog.products WHERE id = {PRODUCT}")
    assert rated == Decimal("4.50")


async def test_figures_per_view_and_order_are_null_without_them(sample: Connection) -> None:
    metric = "(SELECT id FROM catalog.product_metrics LIMIT 1)"
    update = (
        f"UPDATE catalog.product_metrics SET view_count = $1, purchase_count = $2, revenue = 90 WHERE id = {metric} "
    )
    update += "RETURNING conversion_rate, average_order_value"
    assert tuple(await sample.fetchrow(update, 200, 3) or ()) == (Decimal("1.5"), Decimal("30.00"))
    assert tuple(await sample.fetchrow(update, 0, 0) or ()) == (None, None)


async def test_a_price_change_says_by_how_much(sample: Connection) -> None:
    update = "UPDATE catalog.price_changes SET old_price = 80, new_price = 76 RETURNING change_percent"
    assert await sample.fetchval(update) == Decimal("-5")


async def test_products_are_found_by_name_tag_and_text(sample: Connection) -> None:
    find = "SELECT count(*) FROM catalog.products WHERE search_vector @@ websearch_to_tsquery('english', $1)"
    for words in ("coil", "pods", "pans", "pigments"):
        assert await sample.fetchval(find, words), words

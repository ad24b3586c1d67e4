"""What must never be found in the catalogues of the sample data."""

WRONG = {
    "a product without a default variant": """
        SELECT id FROM catalog.products AS p WHERE 1 <> (
            SELECT count(*) FROM catalog.product_variants AS v WHERE v.product_id = p.id AND v.is_default)""",
    "a product that costs other than its default variant": """
        SELECT p.id FROM catalog.products AS p
          JOIN catalog.product_variants AS v ON v.product_id = p.id AND is_default
         WHERE (p.price, p.currency) IS DISTINCT FROM (v.price, v.currency)""",
    "a variant of another business than its product, or older than it": """
        SELECT v.id FROM catalog.product_variants AS v JOIN catalog.products AS p ON p.id = v.product_id
         WHERE v.business_id <> p.business_id OR v.created_at < p.created_at""",
    "a product in a category of another business": """
        SELECT p.id FROM catalog.products AS p JOIN catalog.categories AS c ON c.id = p.category_id
         WHERE c.business_id <> p.business_id
        UNION ALL
        SELECT m.id FROM catalog.category_products AS m JOIN catalog.products AS p ON p.id = m.product_id
          JOIN catalog.categories AS c ON c.id = m.category_id
         WHERE c.business_id <> p.business_id""",
    "a product that does not stand in its main category": """
        SELECT id FROM catalog.products AS p WHERE NOT EXISTS (
            SELECT FROM catalog.category_products AS m WHERE m.product_id = p.id AND m.category_id = p.category_id)""",
    "a history of prices that does not end at today's": """
        SELECT id FROM catalog.products AS p WHERE price > 0 AND price IS DISTINCT FROM (
            SELECT new_price FROM catalog.price_changes AS c
             WHERE c.product_id = p.id AND variant_id IS NULL AND kind = 'PRICE' ORDER BY changed_at DESC LIMIT 1)""",
    "a price that changed from other than it had become": """
        SELECT id FROM (
            SELECT id, old_price, lag(new_price) OVER (PARTITION BY product_id ORDER BY changed_at) AS before
              FROM catalog.price_changes WHERE kind = 'PRICE' AND variant_id IS NULL) AS c
         WHERE old_price IS DISTINCT FROM before""",
    "a rule or promotion of another business behind a price": """
        SELECT c.id FROM catalog.price_changes AS c JOIN catalog.products AS p ON p.id = c.product_id
          LEFT JOIN catalog.pricing_rules AS r ON r.id = c.rule_id
          LEFT JOIN catalog.promotions AS o ON o.id = c.promotion_id
         WHERE r.business_id <> p.business_id OR o.business_id <> p.business_id""",
    "a promotion whose state is not that of its times": """
        SELECT id FROM catalog.promotions
         WHERE status = 'ENDED' AND ends_at > now() OR status = 'ACTIVE' AND starts_at > now()
            OR status = 'SCHEDULED' AND starts_at < now() - interval '2 days'""",
    "two tax rates for one kind of goods on one day": """
        SELECT a.id FROM catalog.tax_rates AS a JOIN catalog.tax_rates AS b USING (business_id, country, category)
         WHERE a.id <> b.id AND a.region IS NOT DISTINCT FROM b.region
           AND daterange(a.starts_on, a.ends_on, '[]') && daterange(b.starts_on, b.ends_on, '[]')""",
    "sums of ratings that are not those of the published reviews": """
        SELECT p.id FROM catalog.products AS p LEFT JOIN catalog.product_reviews AS r
            ON r.product_id = p.id AND r.status = 'PUBLISHED'
         GROUP BY p.id HAVING count(r.id) <> rating_count OR coalesce(sum(rating), 0) <> rating_sum""",
    "a verified review by somebody else than the buyer, or before the order": """
        SELECT r.id FROM catalog.product_reviews AS r JOIN sales.orders AS o ON o.id = r.order_id
         WHERE r.customer_id IS DISTINCT FROM o.customer_id OR r.created_at < o.placed_at""",
    "a verified review of something that the order does not contain": """
        SELECT r.id FROM catalog.product_reviews AS r WHERE order_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM sales.order_items AS i JOIN catalog.product_variants AS v ON v.id = i.variant_id
             WHERE i.order_id = r.order_id AND v.product_id = r.product_id)""",
    "a review, question or recommendation across businesses": """
        SELECT r.id FROM catalog.product_reviews AS r JOIN catalog.products AS p ON p.id = r.product_id
          JOIN customers.customers AS c ON c.id = r.customer_id WHERE c.business_id <> p.business_id
        UNION ALL
        SELECT q.id FROM catalog.product_inquiries AS q JOIN catalog.products AS p ON p.id = q.product_id
          JOIN customers.customers AS c ON c.id = q.customer_id WHERE c.business_id <> p.business_id
        UNION ALL
        SELECT m.id FROM catalog.product_recommendations AS m JOIN catalog.products AS p ON p.id = m.recommended_id
          LEFT JOIN catalog.products AS o ON o.id = m.product_id
          LEFT JOIN customers.customers AS c ON c.id = m.customer_id
         WHERE coalesce(o.business_id, c.business_id) <> p.business_id""",
    "a question answered before it was asked": """
        SELECT id FROM catalog.product_inquiries WHERE answered_at < created_at""",
    "variants whose figures add up to more than the product's": """
        SELECT m.id FROM catalog.product_metrics AS m JOIN catalog.product_metrics AS v
            USING (product_id, period_starts_on, period_ends_on)
         WHERE m.variant_id IS NULL AND v.variant_id IS NOT NULL
         GROUP BY m.id HAVING sum(v.revenue) <> m.revenue OR max(v.purchase_count) > m.purchase_count""",
    "a state of products, reviews, questions or promotions that does not occur": """
        SELECT state FROM unnest('{ACTIVE,DRAFT,INACTIVE,ARCHIVED}'::text[]) AS state
         WHERE state NOT IN (SELECT status FROM catalog.products)
        UNION ALL SELECT state FROM unnest('{FIXED,INQUIRY,FREE,SUBSCRIPTION}'::text[]) AS state
         WHERE state NOT IN (SELECT price_type FROM catalog.products)
        UNION ALL SELECT state FROM unnest('{PENDING,PUBLISHED,REJECTED}'::text[]) AS state
         WHERE state NOT IN (SELECT status FROM catalog.product_reviews)
        UNION ALL SELECT state FROM unnest('{OPEN,ANSWERED,CLOSED,SPAM}'::text[]) AS state
         WHERE state NOT IN (SELECT status FROM catalog.product_inquiries)
        UNION ALL SELECT state FROM unnest('{DRAFT,SCHEDULED,ACTIVE,PAUSED,ENDED}'::text[]) AS state
         WHERE state NOT IN (SELECT status FROM catalog.promotions)""",
}

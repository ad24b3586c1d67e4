"""What must never be found among the offers of the sample data."""

WRONG = {
    "an offer whose state is not that of its times": """
        SELECT id FROM offers.offers
         WHERE status = 'SCHEDULED' AND starts_at < current_date OR status = 'ACTIVE' AND ends_at < current_date - 1
            OR status = 'ENDED' AND (ends_at IS NULL OR ends_at > now())
            OR status IN ('ACTIVE', 'ENDED', 'PAUSED', 'CANCELLED') AND starts_at > now() OR created_at > starts_at""",
    "an offer for another business's products, customers, or by its agent": """
        SELECT o.id FROM offers.offers AS o LEFT JOIN offers.offer_products AS p ON p.offer_id = o.id
          LEFT JOIN catalog.products AS c ON c.id = p.product_id LEFT JOIN agents.agents AS a ON a.id = o.agent_id
          LEFT JOIN customers.customer_segments AS s ON s.id = o.segment_id
          LEFT JOIN marketing.campaigns AS m ON m.id = o.campaign_id
         WHERE num_nonnulls(nullif(c.business_id, o.business_id), nullif(a.business_id, o.business_id),
                            nullif(s.business_id, o.business_id), nullif(m.business_id, o.business_id)) > 0
            OR a.created_at > o.created_at OR s.created_at > o.created_at""",
    "an offer that counts other than its uses": """
        SELECT o.id FROM offers.offers AS o LEFT JOIN offers.offer_redemptions AS r
            ON r.offer_id = o.id AND r.status = 'APPLIED'
         GROUP BY o.id HAVING usage_count <> count(r.id)""",
    "a customer who used an offer more often than allowed": """
        SELECT o.id FROM offers.offers AS o JOIN offers.offer_redemptions AS r ON r.offer_id = o.id
         WHERE r.status = 'APPLIED' GROUP BY o.id, r.customer_id HAVING count(*) > customer_limit""",
    "a use of an offer that did not hold, in another's order, or over another sum": """
        SELECT r.id FROM offers.offer_redemptions AS r JOIN offers.offers AS f ON f.id = r.offer_id
          JOIN sales.orders AS o ON o.id = r.order_id
         WHERE f.business_id <> o.business_id OR r.customer_id <> o.customer_id OR r.currency <> o.currency
            OR redeemed_at <> placed_at OR redeemed_at < starts_at OR redeemed_at >= ends_at
            OR (r.status = 'REVERSED') <> (o.status = 'CANCELLED')
            OR CASE f.type WHEN 'FREE_SHIPPING' THEN o.shipping_amount <> 0 ELSE r.discount_amount <> o.discount_amount END
            OR o.subtotal < f.minimum_amount""",
    "figures of an offer that differ from its uses": """
        SELECT s.id FROM offers.offer_daily_stats AS s
         CROSS JOIN LATERAL (SELECT count(*) AS uses, coalesce(sum(r.discount_amount), 0) AS discount,
                                    coalesce(sum(o.total_amount), 0) AS revenue
                               FROM offers.offer_redemptions AS r JOIN sales.orders AS o ON o.id = r.order_id
                              WHERE r.offer_id = s.offer_id AND r.status = 'APPLIED'
                                AND (r.redeemed_at AT TIME ZONE 'UTC')::date = s.day) AS r
         WHERE s.marketplace_id IS NULL AND (s.redemption_count, s.discount_amount, s.revenue) <> (r.uses, r.discount, r.revenue)""",
    "an offer on a marketplace where the business does not sell, or before it began": """
        SELECT m.id FROM offers.offer_marketplaces AS m JOIN offers.offers AS o ON o.id = m.offer_id
         WHERE published_at < starts_at OR ended_at > ends_at OR NOT EXISTS (
            SELECT FROM channels.marketplace_accounts AS a
             WHERE a.business_id = o.business_id AND a.marketplace_id = m.marketplace_id)""",
    "a kind or a state of offers, their places, products or uses that does not occur": """
        SELECT state FROM unnest('{DRAFT,SCHEDULED,ACTIVE,PAUSED,ENDED,CANCELLED}'::text[]) AS state
         WHERE state NOT IN (SELECT status FROM offers.offers)
        UNION ALL SELECT state FROM unnest(
            '{PERCENTAGE,FIXED_AMOUNT,BUNDLE_PRICE,BUY_X_GET_Y,FREE_SHIPPING,GIFT}'::text[]) AS state
         WHERE state NOT IN (SELECT type FROM offers.offers)
        UNION ALL SELECT state FROM unnest('{PENDING,LIVE,REJECTED,ENDED}'::text[]) AS state
         WHERE state NOT IN (SELECT status FROM offers.offer_marketplaces)
        UNION ALL SELECT state FROM unnest('{QUALIFYING,REWARD,EXCLUDED}'::text[]) AS state
         WHERE state NOT IN (SELECT role FROM offers.offer_products)
        UNION ALL SELECT state FROM unnest('{APPLIED,REVERSED}'::text[]) AS state
         WHERE state NOT IN (SELECT status FROM offers.offer_redemptions)""",
}

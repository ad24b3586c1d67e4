"""What must not be in the sample data of advertising: each statement finds nothing."""

WRONG = {
    "a campaign of another business's marketing, account, site or agent": """
        SELECT c.id FROM advertising.ad_campaigns AS c LEFT JOIN marketing.campaigns AS m ON m.id = c.campaign_id
          LEFT JOIN channels.marketplace_accounts AS a ON a.id = c.marketplace_account_id
          LEFT JOIN business.sites AS s ON s.id = c.site_id LEFT JOIN agents.agents AS g ON g.id = c.agent_id
         WHERE c.business_id <> m.business_id OR c.business_id <> a.business_id OR c.business_id <> s.business_id
            OR c.business_id <> g.business_id""",
    "an ad with another business's creative, product, category or offer": """
        SELECT a.id FROM advertising.ads AS a JOIN advertising.ad_groups AS g ON g.id = a.ad_group_id
          JOIN advertising.ad_campaigns AS c ON c.id = g.campaign_id
          JOIN advertising.ad_creatives AS r ON r.id = a.creative_id
          LEFT JOIN catalog.products AS p ON p.id = a.product_id LEFT JOIN offers.offers AS o ON o.id = a.offer_id
          LEFT JOIN catalog.categories AS k ON k.id = g.category_id
         WHERE c.business_id <> r.business_id OR c.business_id <> p.business_id OR c.business_id <> o.business_id
            OR c.business_id <> k.business_id""",
    "an ad that shows what is not approved, or was shown before that or before its campaign": """
        SELECT a.id FROM advertising.ads AS a JOIN advertising.ad_groups AS g ON g.id = a.ad_group_id
          JOIN advertising.ad_campaigns AS c ON c.id = g.campaign_id
          JOIN advertising.ad_creatives AS r ON r.id = a.creative_id
         WHERE r.status <> 'APPROVED' OR a.published_at < r.approved_at OR a.published_at < c.starts_on""",
    "a live ad or group of a campaign that is not shown": """
        SELECT a.id FROM advertising.ads AS a JOIN advertising.ad_groups AS g ON g.id = a.ad_group_id
          JOIN advertising.ad_campaigns AS c ON c.id = g.campaign_id
         WHERE a.status = 'ACTIVE' AND c.status <> 'ACTIVE' OR g.status <> 'ENDED' AND c.status = 'ENDED'""",
    "a campaign that is over and goes on, or has not begun and is shown": """
        SELECT id FROM advertising.ad_campaigns
         WHERE status = 'ACTIVE' AND (starts_on > now()::date OR ends_on < now()::date - 1)
            OR status = 'ENDED' AND ends_on >= now()::date OR status <> 'DRAFT' AND external_id IS NULL""",
    "a price in another currency than the campaign's": """
        SELECT c.id FROM advertising.ad_campaigns AS c JOIN advertising.ad_groups AS g ON g.campaign_id = c.id
          LEFT JOIN advertising.ad_keywords AS k ON k.ad_group_id = g.id
          LEFT JOIN advertising.ad_budgets AS b ON b.campaign_id = c.id
          LEFT JOIN advertising.ad_daily_stats AS s ON s.campaign_id = c.id
         WHERE c.currency NOT IN (g.currency, k.currency, b.currency, s.currency)
            OR g.currency <> c.currency OR b.currency <> c.currency OR s.currency <> c.currency""",
    "figures of an ad or a phrase of another campaign or group": """
        SELECT s.id FROM advertising.ad_daily_stats AS s JOIN advertising.ads AS a ON a.id = s.ad_id
          JOIN advertising.ad_groups AS g ON g.id = a.ad_group_id
          LEFT JOIN advertising.ad_keywords AS k ON k.id = s.keyword_id
         WHERE g.campaign_id <> s.campaign_id OR k.ad_group_id <> g.id""",
    "figures of a day on which the campaign or ad was not shown": """
        SELECT s.id FROM advertising.ad_daily_stats AS s JOIN advertising.ad_campaigns AS c ON c.id = s.campaign_id
          LEFT JOIN advertising.ads AS a ON a.id = s.ad_id
         WHERE s.day < c.starts_on OR s.day > c.ends_on OR s.day > s.created_at
            OR s.day < a.published_at::date OR a.id IS NOT NULL AND a.published_at IS NULL""",
    "a day of which there is the whole and a part": """
        SELECT campaign_id, day FROM advertising.ad_daily_stats GROUP BY campaign_id, day
        HAVING bool_or(ad_id IS NULL) AND bool_or(ad_id IS NOT NULL)""",
    "more clicks than showings, or more conversions than clicks": """
        SELECT id FROM advertising.ad_daily_stats
         WHERE click_count > impression_count OR conversion_count > click_count""",
    "a budget that is spent and does not say so, or says so and is not": """
        SELECT b.id FROM advertising.ad_budgets AS b
          CROSS JOIN LATERAL (SELECT coalesce(sum(s.spend), 0) AS spent FROM advertising.ad_daily_stats AS s
                               WHERE s.campaign_id = b.campaign_id AND s.day BETWEEN b.starts_on AND b.ends_on) AS s
         WHERE (exhausted_at IS NULL) = (spent >= amount)
            OR (alerted_at IS NULL) = (spent * 100 >= amount * alert_percentage)""",
    "a part of another business's budget": """
        SELECT b.id FROM advertising.ad_budgets AS b JOIN advertising.ad_campaigns AS c ON c.id = b.campaign_id
          JOIN finance.budgets AS f ON f.id = b.budget_id WHERE f.business_id <> c.business_id""",
    "a state of campaigns, groups, ads, keywords or creatives, or a platform, that does not occur": """
        SELECT state FROM unnest('{DRAFT,ACTIVE,PAUSED,ENDED}'::text[]) AS state
         WHERE NOT EXISTS (SELECT FROM advertising.ad_campaigns WHERE status = state)
        UNION ALL SELECT state FROM unnest('{ACTIVE,PAUSED,ENDED}'::text[]) AS state
         WHERE NOT EXISTS (SELECT FROM advertising.ad_groups WHERE status = state)
        UNION ALL SELECT state FROM unnest('{DRAFT,IN_REVIEW,ACTIVE,PAUSED,REJECTED,ENDED}'::text[]) AS state
         WHERE NOT EXISTS (SELECT FROM advertising.ads WHERE status = state)
        UNION ALL SELECT state FROM unnest('{ACTIVE,PAUSED,REMOVED}'::text[]) AS state
         WHERE NOT EXISTS (SELECT FROM advertising.ad_keywords WHERE status = state)
        UNION ALL SELECT state FROM unnest('{DRAFT,APPROVED,RETIRED}'::text[]) AS state
         WHERE NOT EXISTS (SELECT FROM advertising.ad_creatives WHERE status = state)
        UNION ALL SELECT state FROM unnest('{GOOGLE,FACEBOOK,INSTAGRAM,AMAZON,TIKTOK,OTHER}'::text[]) AS state
         WHERE NOT EXISTS (SELECT FROM advertising.ad_campaigns WHERE platform = state)""",
}

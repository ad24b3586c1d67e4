"""Campaigns, ads, keywords and what they brought."""

from alembic import op

revision = "0019_advertising"
down_revision = "0018_offers"

TOUCHED = (
    "advertising.ad_budgets",
    "advertising.ad_campaigns",
    "advertising.ad_creatives",
    "advertising.ad_daily_stats",
    "advertising.ad_groups",
    "advertising.ad_keywords",
    "advertising.ads",
)

UPGRADE = (
    "CREATE SCHEMA advertising",
    """
    CREATE TABLE advertising.ad_campaigns (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        campaign_id uuid,
        marketplace_account_id uuid,
        site_id uuid,
        agent_id uuid,
        name text NOT NULL,
        platform text NOT NULL,
        external_id text,
        external_account_id text,
        objective text DEFAULT 'SALES' NOT NULL,
        status text DEFAULT 'DRAFT' NOT NULL,
        bid_strategy text DEFAULT 'MANUAL' NOT NULL,
        target_cpa numeric(20,2),
        target_roas numeric(20,4),
        daily_budget numeric(20,2),
        currency text DEFAULT 'USD' NOT NULL,
        targeting jsonb DEFAULT '{}' NOT NULL,
        starts_on date NOT NULL,
        ends_on date,
        last_synced_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_ad_campaigns PRIMARY KEY (id),
        CONSTRAINT uq_ad_campaigns_business_id_platform_external_id UNIQUE (business_id, platform, external_id),
        CONSTRAINT ck_ad_campaigns_target_cpa_is_given
            CHECK (bid_strategy <> 'TARGET_CPA' OR target_cpa IS NOT NULL),
        CONSTRAINT ck_ad_campaigns_target_roas_is_given
            CHECK (bid_strategy <> 'TARGET_ROAS' OR target_roas IS NOT NULL),
        CONSTRAINT ck_ad_campaigns_ends_on_not_before_starts_on CHECK (starts_on <= ends_on),
        CONSTRAINT ck_ad_campaigns_name_length CHECK (length(name) BETWEEN 1 AND 200),
        CONSTRAINT ck_ad_campaigns_platform_is_known
            CHECK (platform IN ('GOOGLE', 'FACEBOOK', 'INSTAGRAM', 'AMAZON', 'TIKTOK', 'OTHER')),
        CONSTRAINT ck_ad_campaigns_objective_is_known
            CHECK (objective IN ('AWARENESS', 'TRAFFIC', 'ENGAGEMENT', 'LEADS', 'SALES', 'RETENTION')),
        CONSTRAINT ck_ad_campaigns_status_is_known CHECK (status IN ('DRAFT', 'ACTIVE', 'PAUSED', 'ENDED')),
        CONSTRAINT ck_ad_campaigns_bid_strategy_is_known
            CHECK (bid_strategy IN ('MANUAL', 'MAXIMIZE_CLICKS', 'MAXIMIZE_CONVERSIONS', 'TARGET_CPA', 'TARGET_ROAS')),
        CONSTRAINT ck_ad_campaigns_target_cpa_positive CHECK (target_cpa > 0),
        CONSTRAINT ck_ad_campaigns_target_roas_positive CHECK (target_roas > 0),
        CONSTRAINT ck_ad_campaigns_daily_budget_positive CHECK (daily_budget > 0),
        CONSTRAINT ck_ad_campaigns_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT uq_ad_campaigns_business_id_platform_name UNIQUE (business_id, platform, name)
    )
    """,
    "CREATE INDEX ix_ad_campaigns_agent_id ON advertising.ad_campaigns (agent_id)",
    "CREATE INDEX ix_ad_campaigns_business_id_status_starts_on ON advertising.ad_campaigns (business_id, status, starts_on)",
    "CREATE INDEX ix_ad_campaigns_campaign_id ON advertising.ad_campaigns (campaign_id)",
    "CREATE INDEX ix_ad_campaigns_created_by_id ON advertising.ad_campaigns (created_by_id)",
    "CREATE INDEX ix_ad_campaigns_marketplace_account_id ON advertising.ad_campaigns (marketplace_account_id)",
    "CREATE INDEX ix_ad_campaigns_name_trigram ON advertising.ad_campaigns USING gin (name gin_trgm_ops)",
    "CREATE INDEX ix_ad_campaigns_site_id ON advertising.ad_campaigns (site_id)",
    "CREATE INDEX ix_ad_campaigns_updated_by_id ON advertising.ad_campaigns (updated_by_id)",
    """
    CREATE TABLE advertising.ad_creatives (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        content_item_id uuid,
        product_id uuid,
        agent_id uuid,
        approved_by_id uuid,
        name text NOT NULL,
        format text NOT NULL,
        status text DEFAULT 'DRAFT' NOT NULL,
        headlines text[] DEFAULT '{}' NOT NULL,
        descriptions text[] DEFAULT '{}' NOT NULL,
        call_to_action text,
        image_urls text[] DEFAULT '{}' NOT NULL,
        video_url text,
        duration_ms integer,
        width integer,
        height integer,
        locale text DEFAULT 'en' NOT NULL,
        approved_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_ad_creatives PRIMARY KEY (id),
        CONSTRAINT ck_ad_creatives_image_urls_is_given
            CHECK (format NOT IN ('IMAGE', 'CAROUSEL') OR cardinality(image_urls) > 0),
        CONSTRAINT ck_ad_creatives_video_url_is_given CHECK (format <> 'VIDEO' OR video_url IS NOT NULL),
        CONSTRAINT ck_ad_creatives_headlines_is_given CHECK (format <> 'TEXT' OR cardinality(headlines) > 0),
        CONSTRAINT ck_ad_creatives_approved_at_is_given CHECK (status <> 'APPROVED' OR approved_at IS NOT NULL),
        CONSTRAINT ck_ad_creatives_approved_at_not_before_created_at CHECK (created_at <= approved_at),
        CONSTRAINT ck_ad_creatives_name_length CHECK (length(name) BETWEEN 1 AND 200),
        CONSTRAINT ck_ad_creatives_format_is_known
            CHECK (format IN ('TEXT', 'IMAGE', 'VIDEO', 'CAROUSEL', 'SHOPPING')),
        CONSTRAINT ck_ad_creatives_status_is_known CHECK (status IN ('DRAFT', 'APPROVED', 'RETIRED')),
        CONSTRAINT ck_ad_creatives_call_to_action_length CHECK (length(call_to_action) BETWEEN 1 AND 40),
        CONSTRAINT ck_ad_creatives_duration_ms_positive CHECK (duration_ms > 0),
        CONSTRAINT ck_ad_creatives_width_positive CHECK (width > 0),
        CONSTRAINT ck_ad_creatives_height_positive CHECK (height > 0),
        CONSTRAINT uq_ad_creatives_business_id_name UNIQUE (business_id, name)
    )
    """,
    "CREATE INDEX ix_ad_creatives_agent_id ON advertising.ad_creatives (agent_id)",
    "CREATE INDEX ix_ad_creatives_approved_by_id ON advertising.ad_creatives (approved_by_id)",
    "CREATE INDEX ix_ad_creatives_business_id_status ON advertising.ad_creatives (business_id, status)",
    "CREATE INDEX ix_ad_creatives_content_item_id ON advertising.ad_creatives (content_item_id)",
    "CREATE INDEX ix_ad_creatives_created_by_id ON advertising.ad_creatives (created_by_id)",
    "CREATE INDEX ix_ad_creatives_product_id ON advertising.ad_creatives (product_id)",
    "CREATE INDEX ix_ad_creatives_updated_by_id ON advertising.ad_creatives (updated_by_id)",
    """
    CREATE TABLE advertising.ad_groups (
        id uuid DEFAULT uuidv7() NOT NULL,
        campaign_id uuid NOT NULL,
        segment_id uuid,
        category_id uuid,
        name text NOT NULL,
        external_id text,
        status text DEFAULT 'ACTIVE' NOT NULL,
        bid numeric(20,6),
        currency text DEFAULT 'USD' NOT NULL,
        targeting jsonb DEFAULT '{}' NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_ad_groups PRIMARY KEY (id),
        CONSTRAINT uq_ad_groups_campaign_id_external_id UNIQUE (campaign_id, external_id),
        CONSTRAINT fk_ad_groups_campaign_id
            FOREIGN KEY(campaign_id) REFERENCES advertising.ad_campaigns (id) ON DELETE CASCADE,
        CONSTRAINT ck_ad_groups_name_length CHECK (length(name) BETWEEN 1 AND 200),
        CONSTRAINT ck_ad_groups_status_is_known CHECK (status IN ('ACTIVE', 'PAUSED', 'ENDED')),
        CONSTRAINT ck_ad_groups_bid_positive CHECK (bid > 0),
        CONSTRAINT ck_ad_groups_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT uq_ad_groups_campaign_id_name UNIQUE (campaign_id, name)
    )
    """,
    "CREATE INDEX ix_ad_groups_category_id ON advertising.ad_groups (category_id)",
    "CREATE INDEX ix_ad_groups_created_by_id ON advertising.ad_groups (created_by_id)",
    "CREATE INDEX ix_ad_groups_segment_id ON advertising.ad_groups (segment_id)",
    "CREATE INDEX ix_ad_groups_status ON advertising.ad_groups (status)",
    "CREATE INDEX ix_ad_groups_updated_by_id ON advertising.ad_groups (updated_by_id)",
    """
    CREATE TABLE advertising.ad_budgets (
        id uuid DEFAULT uuidv7() NOT NULL,
        campaign_id uuid NOT NULL,
        budget_id uuid,
        period text DEFAULT 'MONTH' NOT NULL,
        starts_on date NOT NULL,
        ends_on date NOT NULL,
        amount numeric(20,2) NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        pacing text DEFAULT 'EVEN' NOT NULL,
        alert_percentage numeric(5,2) DEFAULT 80 NOT NULL,
        is_hard_limit boolean DEFAULT true NOT NULL,
        alerted_at timestamptz(3),
        exhausted_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_ad_budgets PRIMARY KEY (id),
        CONSTRAINT ck_ad_budgets_ends_on_not_before_starts_on CHECK (starts_on <= ends_on),
        CONSTRAINT ck_ad_budgets_ends_on_fits_period CHECK ((period = 'DAY') <= (ends_on = starts_on)),
        CONSTRAINT fk_ad_budgets_campaign_id
            FOREIGN KEY(campaign_id) REFERENCES advertising.ad_campaigns (id) ON DELETE CASCADE,
        CONSTRAINT ck_ad_budgets_period_is_known CHECK (period IN ('DAY', 'WEEK', 'MONTH', 'LIFETIME')),
        CONSTRAINT ck_ad_budgets_amount_positive CHECK (amount > 0),
        CONSTRAINT ck_ad_budgets_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_ad_budgets_pacing_is_known CHECK (pacing IN ('EVEN', 'FAST')),
        CONSTRAINT ck_ad_budgets_alert_percentage_range CHECK (alert_percentage BETWEEN 0 AND 100),
        CONSTRAINT uq_ad_budgets_campaign_id_period_starts_on UNIQUE (campaign_id, period, starts_on)
    )
    """,
    "CREATE INDEX ix_ad_budgets_budget_id ON advertising.ad_budgets (budget_id)",
    "CREATE INDEX ix_ad_budgets_created_by_id ON advertising.ad_budgets (created_by_id)",
    "CREATE INDEX ix_ad_budgets_updated_by_id ON advertising.ad_budgets (updated_by_id)",
    """
    CREATE TABLE advertising.ads (
        id uuid DEFAULT uuidv7() NOT NULL,
        ad_group_id uuid NOT NULL,
        creative_id uuid NOT NULL,
        product_id uuid,
        offer_id uuid,
        name text NOT NULL,
        external_id text,
        status text DEFAULT 'DRAFT' NOT NULL,
        final_url text NOT NULL,
        tracking_parameters jsonb DEFAULT '{}' NOT NULL,
        rejection_reason text,
        published_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_ads PRIMARY KEY (id),
        CONSTRAINT uq_ads_ad_group_id_external_id UNIQUE (ad_group_id, external_id),
        CONSTRAINT ck_ads_final_url_form CHECK (final_url ~ '^https?://[^ /]+'),
        CONSTRAINT ck_ads_published_at_is_given
            CHECK (status NOT IN ('ACTIVE', 'PAUSED') OR published_at IS NOT NULL),
        CONSTRAINT ck_ads_rejection_reason_is_given CHECK (status <> 'REJECTED' OR rejection_reason IS NOT NULL),
        CONSTRAINT fk_ads_ad_group_id
            FOREIGN KEY(ad_group_id) REFERENCES advertising.ad_groups (id) ON DELETE CASCADE,
        CONSTRAINT fk_ads_creative_id
            FOREIGN KEY(creative_id) REFERENCES advertising.ad_creatives (id) ON DELETE RESTRICT,
        CONSTRAINT ck_ads_name_length CHECK (length(name) BETWEEN 1 AND 200),
        CONSTRAINT ck_ads_status_is_known
            CHECK (status IN ('DRAFT', 'IN_REVIEW', 'ACTIVE', 'PAUSED', 'REJECTED', 'ENDED')),
        CONSTRAINT uq_ads_ad_group_id_name UNIQUE (ad_group_id, name)
    )
    """,
    "CREATE INDEX ix_ads_created_by_id ON advertising.ads (created_by_id)",
    "CREATE INDEX ix_ads_creative_id ON advertising.ads (creative_id)",
    "CREATE INDEX ix_ads_offer_id ON advertising.ads (offer_id)",
    "CREATE INDEX ix_ads_product_id ON advertising.ads (product_id)",
    "CREATE INDEX ix_ads_status ON advertising.ads (status)",
    "CREATE INDEX ix_ads_updated_by_id ON advertising.ads (updated_by_id)",
    """
    CREATE TABLE advertising.ad_keywords (
        id uuid DEFAULT uuidv7() NOT NULL,
        ad_group_id uuid NOT NULL,
        phrase text NOT NULL,
        match_type text DEFAULT 'PHRASE' NOT NULL,
        is_negative boolean DEFAULT false NOT NULL,
        external_id text,
        status text DEFAULT 'ACTIVE' NOT NULL,
        bid numeric(20,6),
        currency text DEFAULT 'USD' NOT NULL,
        quality_score integer,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        CONSTRAINT pk_ad_keywords PRIMARY KEY (id),
        CONSTRAINT uq_ad_keywords_ad_group_id_external_id UNIQUE (ad_group_id, external_id),
        CONSTRAINT ck_ad_keywords_phrase_form CHECK (phrase = lower(phrase) AND phrase = btrim(phrase)),
        CONSTRAINT ck_ad_keywords_bid_fits CHECK (bid IS NULL OR NOT is_negative),
        CONSTRAINT fk_ad_keywords_ad_group_id
            FOREIGN KEY(ad_group_id) REFERENCES advertising.ad_groups (id) ON DELETE CASCADE,
        CONSTRAINT ck_ad_keywords_phrase_length CHECK (length(phrase) BETWEEN 1 AND 80),
        CONSTRAINT ck_ad_keywords_match_type_is_known CHECK (match_type IN ('EXACT', 'PHRASE', 'BROAD')),
        CONSTRAINT ck_ad_keywords_status_is_known CHECK (status IN ('ACTIVE', 'PAUSED', 'REMOVED')),
        CONSTRAINT ck_ad_keywords_bid_positive CHECK (bid > 0),
        CONSTRAINT ck_ad_keywords_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_ad_keywords_quality_score_range CHECK (quality_score BETWEEN 1 AND 10),
        CONSTRAINT uq_ad_keywords_ad_group_id_phrase_match_type_is_negative UNIQUE (ad_group_id, phrase, match_type, is_negative)
    )
    """,
    "CREATE INDEX ix_ad_keywords_phrase ON advertising.ad_keywords (phrase)",
    """
    CREATE TABLE advertising.ad_daily_stats (
        id uuid DEFAULT uuidv7() NOT NULL,
        campaign_id uuid NOT NULL,
        ad_id uuid,
        keyword_id uuid,
        day date NOT NULL,
        impression_count bigint DEFAULT 0 NOT NULL,
        click_count bigint DEFAULT 0 NOT NULL,
        conversion_count numeric(20,4) DEFAULT 0 NOT NULL,
        spend numeric(20,2) DEFAULT 0 NOT NULL,
        revenue numeric(20,2) DEFAULT 0 NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        is_final boolean DEFAULT false NOT NULL,
        ctr numeric(20,4) GENERATED ALWAYS AS (round(100.0 * click_count / nullif(impression_count, 0), 4)) VIRTUAL,
        cpc numeric(20,6) GENERATED ALWAYS AS (round(spend / nullif(click_count, 0), 6)) VIRTUAL,
        cpm numeric(20,6) GENERATED ALWAYS AS (round(1000 * spend / nullif(impression_count, 0), 6)) VIRTUAL,
        cpa numeric(20,6) GENERATED ALWAYS AS (round(spend / nullif(conversion_count, 0), 6)) VIRTUAL,
        conversion_rate numeric(20,4) GENERATED ALWAYS AS (round(100 * conversion_count / nullif(click_count, 0), 4)) VIRTUAL,
        roas numeric(20,4) GENERATED ALWAYS AS (round(revenue / nullif(spend, 0), 4)) VIRTUAL,
        roi numeric(20,4) GENERATED ALWAYS AS (round(100 * (revenue - spend) / nullif(spend, 0), 4)) VIRTUAL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_ad_daily_stats PRIMARY KEY (id),
        CONSTRAINT ck_ad_daily_stats_impression_count_at_least_zero CHECK (impression_count >= 0),
        CONSTRAINT ck_ad_daily_stats_click_count_at_least_zero CHECK (click_count >= 0),
        CONSTRAINT ck_ad_daily_stats_conversion_count_at_least_zero CHECK (conversion_count >= 0),
        CONSTRAINT ck_ad_daily_stats_spend_at_least_zero CHECK (spend >= 0),
        CONSTRAINT ck_ad_daily_stats_revenue_at_least_zero CHECK (revenue >= 0),
        CONSTRAINT fk_ad_daily_stats_campaign_id
            FOREIGN KEY(campaign_id) REFERENCES advertising.ad_campaigns (id) ON DELETE CASCADE,
        CONSTRAINT fk_ad_daily_stats_ad_id FOREIGN KEY(ad_id) REFERENCES advertising.ads (id) ON DELETE CASCADE,
        CONSTRAINT fk_ad_daily_stats_keyword_id
            FOREIGN KEY(keyword_id) REFERENCES advertising.ad_keywords (id) ON DELETE CASCADE,
        CONSTRAINT ck_ad_daily_stats_currency_form CHECK (currency ~ '^[A-Z]{3}$')
    )
    """,
    "CREATE INDEX ix_ad_daily_stats_ad_id_day ON advertising.ad_daily_stats (ad_id, day)",
    "CREATE INDEX ix_ad_daily_stats_day ON advertising.ad_daily_stats (day)",
    "CREATE INDEX ix_ad_daily_stats_keyword_id_day ON advertising.ad_daily_stats (keyword_id, day)",
    "CREATE UNIQUE INDEX uq_ad_daily_stats_of_what ON advertising.ad_daily_stats (campaign_id, day, ad_id, keyword_id) NULLS NOT DISTINCT",
)

DOWNGRADE = (
    "DROP TABLE advertising.ad_daily_stats",
    "DROP TABLE advertising.ad_keywords",
    "DROP TABLE advertising.ads",
    "DROP TABLE advertising.ad_budgets",
    "DROP TABLE advertising.ad_groups",
    "DROP TABLE advertising.ad_creatives",
    "DROP TABLE advertising.ad_campaigns",
    "DROP SCHEMA advertising",
)


def upgrade() -> None:
    for statement in UPGRADE:
        op.execute(statement)
    for table in TOUCHED:
        op.execute(
            f"CREATE TRIGGER touch_updated_at BEFORE UPDATE ON {table} FOR EACH ROW "
            "WHEN (new.updated_at = old.updated_at) EXECUTE FUNCTION public.touch_updated_at()"
        )


def downgrade() -> None:
    for statement in DOWNGRADE:
        op.execute(statement)

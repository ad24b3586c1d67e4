"""Paid advertising: campaigns on several platforms, down to the single ad and keyword, what it may cost and what came of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Index, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped

from models.base import Audited, Entity, Timestamps, Versioned
from models.checks import at_least_zero, check, filled, in_order, percentage, positive, trigram, within
from models.columns import BigInt, Measure, Money, Ratio, UnitPrice, column, default, generated, key_to, on_read, state

AdPlatform = Literal["GOOGLE", "FACEBOOK", "INSTAGRAM", "AMAZON", "TIKTOK", "OTHER"]
AdCampaignObjective = Literal["AWARENESS", "TRAFFIC", "ENGAGEMENT", "LEADS", "SALES", "RETENTION"]
AdCampaignBidStrategy = Literal["MANUAL", "MAXIMIZE_CLICKS", "MAXIMIZE_CONVERSIONS", "TARGET_CPA", "TARGET_ROAS"]
AdCampaignStatus = Literal["DRAFT", "ACTIVE", "PAUSED", "ENDED"]
AdGroupStatus = Literal["ACTIVE", "PAUSED", "ENDED"]
AdStatus = Literal["DRAFT", "IN_REVIEW", "ACTIVE", "PAUSED", "REJECTED", "ENDED"]
AdKeywordMatchType = Literal["EXACT", "PHRASE", "BROAD"]
AdKeywordStatus = Literal["ACTIVE", "PAUSED", "REMOVED"]
AdCreativeFormat = Literal["TEXT", "IMAGE", "VIDEO", "CAROUSEL", "SHOPPING"]
AdCreativeStatus = Literal["DRAFT", "APPROVED", "RETIRED"]
AdBudgetPeriod = Literal["DAY", "WEEK", "MONTH", "LIFETIME"]
AdBudgetPacing = Literal["EVEN", "FAST"]

_SPENT = "(SELECT coalesce(sum(s.{}), 0) FROM advertising.ad_daily_stats AS s WHERE s.campaign_id = {{row}}.id)"


class AdCampaign(Entity, Timestamps, Versioned, Audited):
    """Advertising on one platform for one aim, with how it bids and whom it is to reach."""

    __table_args__ = (
        UniqueConstraint("business_id", "platform", "external_id"),
        check("target_cpa", "is_given", "bid_strategy <> 'TARGET_CPA' OR target_cpa IS NOT NULL", "must be given to be bid for"),
        check("target_roas", "is_given", "bid_strategy <> 'TARGET_ROAS' OR target_roas IS NOT NULL", "must be given to be bid for"),
        in_order("starts_on", "ends_on"),
        trigram("ad_campaigns", "name"),
    )
    indexes = (("business_id", "status", "starts_on"),)
    natural_key = ("business_id", "platform", "name")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Who advertises.")
    campaign_id: Mapped[UUID | None] = key_to("marketing.campaigns", "SET NULL", "The marketing campaign it is part of.")
    marketplace_account_id: Mapped[UUID | None] = key_to(
        "channels.marketplace_accounts", "SET NULL", "The account whose articles it advertises on a marketplace."
    )
    site_id: Mapped[UUID | None] = key_to("business.sites", "SET NULL", "The site it leads to.")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The AI agent that runs it.")
    name: Mapped[str] = column("What the campaign is called, unique on the platform in the business.", filled())
    platform: Mapped[AdPlatform] = state(AdPlatform, "Where it is shown.")
    external_id: Mapped[str | None] = column("The platform's id of it.")
    external_account_id: Mapped[str | None] = column("The platform's id of the advertising account that pays.")
    objective: Mapped[AdCampaignObjective] = state(AdCampaignObjective, "What it is to bring.", "SALES")
    status: Mapped[AdCampaignStatus] = state(AdCampaignStatus, "Whether it is shown.", "DRAFT")
    bid_strategy: Mapped[AdCampaignBidStrategy] = state(AdCampaignBidStrategy, "How its bids are found.", "MANUAL")
    target_cpa: Mapped[Money | None] = column("What one conversion may cost.", positive)
    target_roas: Mapped[Measure | None] = column("How much revenue each unit of money spent is to bring.", positive)
    daily_budget: Mapped[Money | None] = column("What the platform may spend a day.", positive)
    currency: Mapped[str] = default("'USD'", "Currency of its bids, budgets and costs.")
    targeting: Mapped[dict[str, Any]] = default("'{}'", "Whom it is to reach: countries, languages, ages, interests, devices.")
    starts_on: Mapped[date] = column("Its first day.")
    ends_on: Mapped[date | None] = column("Its last day; null: until further notice.")
    last_synced_at: Mapped[datetime | None] = column("When it was last compared with the platform; kept by the worker.")

    total_spend: Mapped[Money] = on_read(_SPENT.format("spend"), Numeric(20, 2), "What it cost so far; summed when read.")
    total_revenue: Mapped[Money] = on_read(
        _SPENT.format("revenue"), Numeric(20, 2), "What its conversions brought so far; summed when read."
    )


class AdGroup(Entity, Timestamps, Versioned, Audited):
    """Ads of a campaign that share keywords, audience and bid."""

    __table_args__ = (UniqueConstraint("campaign_id", "external_id"),)
    indexes = ("status",)
    natural_key = ("campaign_id", "name")

    campaign_id: Mapped[UUID] = key_to("advertising.ad_campaigns", "CASCADE", "In which campaign.", "groups")
    segment_id: Mapped[UUID | None] = key_to("customers.customer_segments", "SET NULL", "The customers it is for; null: anybody.")
    category_id: Mapped[UUID | None] = key_to("catalog.categories", "SET NULL", "The products it is about.")
    name: Mapped[str] = column("What the group is called, unique in the campaign.", filled())
    external_id: Mapped[str | None] = column("The platform's id of it.")
    status: Mapped[AdGroupStatus] = state(AdGroupStatus, "Whether its ads are shown.", "ACTIVE")
    bid: Mapped[UnitPrice | None] = column("What a click may cost unless the keyword says otherwise.", positive)
    currency: Mapped[str] = default("'USD'", "Currency of the bid, the campaign's.")
    targeting: Mapped[dict[str, Any]] = default("'{}'", "Whom it is to reach, where that is narrower than in the campaign.")


class AdCreative(Entity, Timestamps, Versioned, Audited):
    """Texts, pictures and films of which ads are made."""

    __table_args__ = (
        check("image_urls", "is_given", "format NOT IN ('IMAGE', 'CAROUSEL') OR cardinality(image_urls) > 0", "must name a picture"),
        check("video_url", "is_given", "format <> 'VIDEO' OR video_url IS NOT NULL", "must be given for a film"),
        check("headlines", "is_given", "format <> 'TEXT' OR cardinality(headlines) > 0", "must have a line"),
        check("approved_at", "is_given", "status <> 'APPROVED' OR approved_at IS NOT NULL", "must be given once approved"),
        in_order("created_at", "approved_at"),
    )
    indexes = (("business_id", "status"),)
    natural_key = ("business_id", "name")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Whose it is.")
    content_item_id: Mapped[UUID | None] = key_to("marketing.content_items", "SET NULL", "The content it was made from.")
    product_id: Mapped[UUID | None] = key_to("catalog.products", "SET NULL", "The product it shows.")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The AI agent that made it.")
    approved_by_id: Mapped[UUID | None] = key_to(
        "identity.users", "SET NULL", "Who approved it.", "ad_creatives_approved", "Texts and pictures of ads this person approved."
    )
    name: Mapped[str] = column("What it is called, unique in the business.", filled())
    format: Mapped[AdCreativeFormat] = state(AdCreativeFormat, "What it consists of.")
    status: Mapped[AdCreativeStatus] = state(AdCreativeStatus, "Whether ads may use it.", "DRAFT")
    headlines: Mapped[list[str]] = default("'{}'", "Headlines the platform chooses from.")
    descriptions: Mapped[list[str]] = default("'{}'", "Longer lines the platform chooses from.")
    call_to_action: Mapped[str | None] = column("What the button says.", filled(40))
    image_urls: Mapped[list[str]] = default("'{}'", "Where its pictures are, in the order they are shown.")
    video_url: Mapped[str | None] = column("Where its film is.")
    duration_ms: Mapped[int | None] = column("How long the film is, in milliseconds.", positive)
    width: Mapped[int | None] = column("Width of pictures or film, in pixels.", positive)
    height: Mapped[int | None] = column("Height of pictures or film, in pixels.", positive)
    locale: Mapped[str] = default("'en'", "BCP 47 tag of the language it speaks.")
    approved_at: Mapped[datetime | None] = column("When it was approved.")


class Ad(Entity, Timestamps, Versioned, Audited):
    """A single ad: what is shown, and where a click leads."""

    __table_args__ = (
        UniqueConstraint("ad_group_id", "external_id"),
        check("final_url", "form", "final_url ~ '^https?://[^ /]+'", "must be an address that begins with http:// or https://"),
        check(
            "published_at", "is_given", "status NOT IN ('ACTIVE', 'PAUSED') OR published_at IS NOT NULL", "must be given once it was shown"
        ),
        check("rejection_reason", "is_given", "status <> 'REJECTED' OR rejection_reason IS NOT NULL", "must say why it was rejected"),
    )
    indexes = ("status",)
    natural_key = ("ad_group_id", "name")

    ad_group_id: Mapped[UUID] = key_to("advertising.ad_groups", "CASCADE", "In which group.", "ads")
    creative_id: Mapped[UUID] = key_to("advertising.ad_creatives", "RESTRICT", "What is shown.", "ads")
    product_id: Mapped[UUID | None] = key_to("catalog.products", "SET NULL", "The product it leads to.")
    offer_id: Mapped[UUID | None] = key_to("offers.offers", "SET NULL", "The offer it tells of.")
    name: Mapped[str] = column("What the ad is called, unique in the group.", filled())
    external_id: Mapped[str | None] = column("The platform's id of it.")
    status: Mapped[AdStatus] = state(AdStatus, "Whether it is shown.", "DRAFT")
    final_url: Mapped[str] = column("Where a click leads.")
    tracking_parameters: Mapped[dict[str, Any]] = default("'{}'", "What is added to that address, like utm_source.")
    rejection_reason: Mapped[str | None] = column("Why the platform rejected it.")
    published_at: Mapped[datetime | None] = column("When it was first shown.")


class AdKeyword(Entity, Timestamps, Versioned):
    """A phrase that people search for, and what a click on an ad then may cost; or one that shuts ads out."""

    __table_args__ = (
        UniqueConstraint("ad_group_id", "external_id"),
        check("phrase", "form", "phrase = lower(phrase) AND phrase = btrim(phrase)", "must be in lower case without blanks around"),
        check("bid", "fits", "bid IS NULL OR NOT is_negative", "must not be given for a phrase that shuts ads out"),
    )
    indexes = ("phrase",)
    natural_key = ("ad_group_id", "phrase", "match_type", "is_negative")

    ad_group_id: Mapped[UUID] = key_to("advertising.ad_groups", "CASCADE", "In which group.", "keywords")
    phrase: Mapped[str] = column("What people search for, in lower case.", filled(80))
    match_type: Mapped[AdKeywordMatchType] = state(AdKeywordMatchType, "How near to it a search must be.", "PHRASE")
    is_negative: Mapped[bool] = default("false", "Whether ads are not shown to those who search for it.")
    external_id: Mapped[str | None] = column("The platform's id of it.")
    status: Mapped[AdKeywordStatus] = state(AdKeywordStatus, "Whether it counts.", "ACTIVE")
    bid: Mapped[UnitPrice | None] = column("What a click may cost; null: as in the group.", positive)
    currency: Mapped[str] = default("'USD'", "Currency of the bid, the campaign's.")
    quality_score: Mapped[int | None] = column("How well ad and page fit it, as the platform says: from 1, badly, to 10.", within(1, 10))


class AdBudget(Entity, Timestamps, Versioned, Audited):
    """What a campaign may spend in a time, and how much of it is gone."""

    __table_args__ = (
        in_order("starts_on", "ends_on"),
        check("ends_on", "fits_period", "(period = 'DAY') <= (ends_on = starts_on)", "must be the first day where the period is a day"),
    )
    natural_key = ("campaign_id", "period", "starts_on")

    campaign_id: Mapped[UUID] = key_to("advertising.ad_campaigns", "CASCADE", "Of which campaign.", "budgets")
    budget_id: Mapped[UUID | None] = key_to("finance.budgets", "SET NULL", "The business's budget it is part of.")
    period: Mapped[AdBudgetPeriod] = state(AdBudgetPeriod, "What span of time it is for.", "MONTH")
    starts_on: Mapped[date] = column("Its first day.")
    ends_on: Mapped[date] = column("Its last day.")
    amount: Mapped[Money] = column("What may be spent in that time.", positive)
    currency: Mapped[str] = default("'USD'", "Currency of the amount, the campaign's.")
    pacing: Mapped[AdBudgetPacing] = state(AdBudgetPacing, "Whether it is spread over the time or spent as fast as can be.", "EVEN")
    alert_percentage: Mapped[Ratio] = default("80", "At what per cent of it people are warned.", percentage)
    is_hard_limit: Mapped[bool] = default("true", "Whether the campaign stops when it is spent.")
    alerted_at: Mapped[datetime | None] = column("When people were warned; kept by the worker.")
    exhausted_at: Mapped[datetime | None] = column("When all of it was spent; kept by the worker.")

    spent_amount: Mapped[Money] = on_read(
        "(SELECT coalesce(sum(s.spend), 0) FROM advertising.ad_daily_stats AS s"
        " WHERE s.campaign_id = {row}.campaign_id AND s.day BETWEEN {row}.starts_on AND {row}.ends_on)",
        Numeric(20, 2),
        "What of it was spent so far; summed when read.",
    )


class AdDailyStat(Entity, Timestamps):
    """What an ad did on a day, and what it cost; the rows of a day add up to the campaign."""

    __table_args__ = (
        Index("uq_ad_daily_stats_of_what", *("campaign_id", "day", "ad_id", "keyword_id"), unique=True, postgresql_nulls_not_distinct=True),
        *at_least_zero("impression_count", "click_count", "conversion_count", "spend", "revenue"),
    )
    indexes = (("ad_id", "day"), ("keyword_id", "day"), "day")
    natural_key = ("campaign_id", "day", "ad_id", "keyword_id")

    campaign_id: Mapped[UUID] = key_to("advertising.ad_campaigns", "CASCADE", "Of which campaign.", "daily_stats")
    ad_id: Mapped[UUID | None] = key_to("advertising.ads", "CASCADE", "Which ad; null where the platform does not say.", "daily_stats")
    keyword_id: Mapped[UUID | None] = key_to(
        "advertising.ad_keywords", "CASCADE", "After a search for what; null where the platform does not say.", "daily_stats"
    )
    day: Mapped[date] = column("On which day of the advertising account.")
    impression_count: Mapped[BigInt] = default("0", "How often it was shown.")
    click_count: Mapped[BigInt] = default("0", "How often it was followed; some platforms count clicks of days before.")
    conversion_count: Mapped[Measure] = default("0", "How many purchases or the like came of it; shared ones count in parts.")
    spend: Mapped[Money] = default("0", "What it cost.")
    revenue: Mapped[Money] = default("0", "What its conversions brought.")
    currency: Mapped[str] = default("'USD'", "Currency of its amounts, the campaign's.")
    is_final: Mapped[bool] = default("false", "Whether the platform will not correct it any more.")
    ctr: Mapped[Measure | None] = generated(
        "round(100.0 * click_count / nullif(impression_count, 0), 4)", "Click-through rate: how many clicks came of a hundred showings."
    )
    cpc: Mapped[UnitPrice | None] = generated("round(spend / nullif(click_count, 0), 6)", "Cost per click.")
    cpm: Mapped[UnitPrice | None] = generated("round(1000 * spend / nullif(impression_count, 0), 6)", "Cost of a thousand showings.")
    cpa: Mapped[UnitPrice | None] = generated("round(spend / nullif(conversion_count, 0), 6)", "Cost per conversion.")
    conversion_rate: Mapped[Measure | None] = generated(
        "round(100 * conversion_count / nullif(click_count, 0), 4)", "How many conversions came of a hundred clicks."
    )
    roas: Mapped[Measure | None] = generated("round(revenue / nullif(spend, 0), 4)", "Revenue for each unit of money spent.")
    roi: Mapped[Measure | None] = generated(
        "round(100 * (revenue - spend) / nullif(spend, 0), 4)", "What it gained beyond its cost, in per cent of that."
    )

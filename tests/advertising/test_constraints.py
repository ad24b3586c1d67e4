"""What the tables of advertising refuse, and what goes with a row that is removed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.models.constraints import Refused, refuses

if TYPE_CHECKING:
    from tests.models.constraints import Connection

REFUSED = [
    Refused(
        "two campaigns of one name on a platform",
        "UPDATE advertising.ad_campaigns SET name = 'One' WHERE platform = 'GOOGLE'",
        "uq_ad_campaigns_business_id_platform_name",
        "name is already taken by another ad campaign with the same business and platform",
    ),
    Refused(
        "two campaigns that the platform takes for one",
        "UPDATE advertising.ad_campaigns SET external_id = '1' WHERE platform = 'GOOGLE'",
        "uq_ad_campaigns_business_id_platform_external_id",
        "externalId is already taken by another ad campaign with the same business and platform",
    ),
    Refused(
        "bids for a price that is not named",
        "UPDATE advertising.ad_campaigns SET target_cpa = NULL WHERE bid_strategy = 'TARGET_CPA'",
        "ck_ad_campaigns_target_cpa_is_given",
        "targetCpa must be given to be bid for",
    ),
    Refused(
        "bids for a revenue that is not named",
        "UPDATE advertising.ad_campaigns SET target_roas = NULL WHERE bid_strategy = 'TARGET_ROAS'",
        "ck_ad_campaigns_target_roas_is_given",
        "targetRoas must be given to be bid for",
    ),
    Refused(
        "a campaign that ends before it begins",
        "UPDATE advertising.ad_campaigns SET ends_on = starts_on - 1",
        "ck_ad_campaigns_ends_on_not_before_starts_on",
        "endsOn must not be before starts on",
    ),
    Refused(
        "two groups of one name in a campaign",
        "UPDATE advertising.ad_groups SET name = 'One'",
        "uq_ad_groups_campaign_id_name",
        "name is already taken by another ad group with the same campaign",
    ),
    Refused(
        "a creative of pictures without a picture",
        "UPDATE advertising.ad_creatives SET image_urls = '{}' WHERE format = 'CAROUSEL'",
        "ck_ad_creatives_image_urls_is_given",
        "imageUrls must name a picture",
    ),
    Refused(
        "a film that is nowhere",
        "UPDATE advertising.ad_creatives SET video_url = NULL WHERE format = 'VIDEO'",
        "ck_ad_creatives_video_url_is_given",
        "videoUrl must be given for a film",
    ),
    Refused(
        "a text without a line",
        "UPDATE advertising.ad_creatives SET headlines = '{}' WHERE format = 'TEXT'",
        "ck_ad_creatives_headlines_is_given",
        "headlines must have a line",
    ),
    Refused(
        "a creative that was approved at no time",
        "UPDATE advertising.ad_creatives SET approved_at = NULL WHERE status = 'APPROVED'",
        "ck_ad_creatives_approved_at_is_given",
        "approvedAt must be given once approved",
    ),
    Refused(
        "an ad that leads nowhere",
        "UPDATE advertising.ads SET final_url = 'the shop'",
        "ck_ads_final_url_form",
        "finalUrl must be an address that begins with http:// or https://",
    ),
    Refused(
        "an ad that is shown and never was",
        "UPDATE advertising.ads SET published_at = NULL WHERE status = 'ACTIVE'",
        "ck_ads_published_at_is_given",
        "publishedAt must be given once it was shown",
    ),
    Refused(
        "a rejection without a reason",
        "UPDATE advertising.ads SET rejection_reason = NULL WHERE status = 'REJECTED'",
        "ck_ads_rejection_reason_is_given",
        "rejectionReason must say why it was rejected",
    ),
    Refused(
        "a phrase in capitals",
        "UPDATE advertising.ad_keywords SET phrase = upper(phrase)",
        "ck_ad_keywords_phrase_form",
        "phrase must be in lower case without blanks around",
    ),
    Refused(
        "a bid for those who are shut out",
        "UPDATE advertising.ad_keywords SET bid = 1 WHERE is_negative",
        "ck_ad_keywords_bid_fits",
        "bid must not be given for a phrase that shuts ads out",
    ),
    Refused(
        "a phrase twice in a group",
        "UPDATE advertising.ad_keywords SET phrase = 'one', match_type = 'EXACT', is_negative = false",
        "uq_ad_keywords_ad_group_id_phrase_match_type_is_negative",
        "isNegative is already taken by another ad keyword with the same ad group and phrase and match type",
    ),
    Refused(
        "a budget for a day that lasts two",
        "UPDATE advertising.ad_budgets SET ends_on = starts_on + 1 WHERE period = 'DAY'",
        "ck_ad_budgets_ends_on_fits_period",
        "endsOn must be the first day where the period is a day",
    ),
    Refused(
        "one budget twice",
        "INSERT INTO advertising.ad_budgets (campaign_id, period, starts_on, ends_on, amount) "
        "SELECT campaign_id, period, starts_on, ends_on, 1 FROM advertising.ad_budgets",
        "uq_ad_budgets_campaign_id_period_starts_on",
        "startsOn is already taken by another ad budget with the same campaign and period",
    ),
    Refused(
        "the whole of a day twice, of which no ad is known",
        "INSERT INTO advertising.ad_daily_stats (campaign_id, day) "
        "SELECT campaign_id, day FROM advertising.ad_daily_stats WHERE ad_id IS NULL",
        "uq_ad_daily_stats_of_what",
        "keywordId is already taken by another ad daily stat with the same campaign and day and ad",
    ),
    Refused(
        "the removal of a creative that is shown",
        "DELETE FROM advertising.ad_creatives WHERE status = 'APPROVED'",
        "fk_ads_creative_id",
        "id is still referred to by ads",
    ),
    Refused(
        "an ad of nothing",
        "UPDATE advertising.ads SET creative_id = uuidv7()",
        "fk_ads_creative_id",
        "creativeId names no ad creative",
    ),
]


@pytest.mark.parametrize("case", REFUSED, ids=str)
async def test_it_refuses(sample: Connection, case: Refused) -> None:
    await refuses(sample, case)


async def test_a_name_may_be_used_on_two_platforms(sample: Connection) -> None:
    await sample.execute(
        "UPDATE advertising.ad_campaigns SET name = 'One' WHERE name IN ('Wall art, search', 'Back to the cart')"
    )
    assert await sample.fetchval("SELECT count(*) FROM advertising.ad_campaigns WHERE name = 'One'") == 2


async def test_a_campaign_takes_all_that_is_in_it_along_but_creatives(sample: Connection) -> None:
    creatives = await sample.fetchval("SELECT count(*) FROM advertising.ad_creatives")
    await sample.execute("DELETE FROM advertising.ad_campaigns")
    for table in ("ad_groups", "ads", "ad_keywords", "ad_budgets", "ad_daily_stats"):
        assert await sample.fetchval(f"SELECT count(*) FROM advertising.{table}") == 0
    assert await sample.fetchval("SELECT count(*) FROM advertising.ad_creatives") == creatives


async def test_an_ad_outlives_the_offer_it_tells_of(sample: Connection) -> None:
    key = await sample.fetchval(
        "INSERT INTO offers.offers (business_id, name, slug, type, starts_at) "
        "SELECT id, 'A day only', 'a-day-only', 'FREE_SHIPPING', now() FROM business.businesses LIMIT 1 RETURNING id"
    )
    ads = await sample.fetchval("SELECT count(*) FROM advertising.ads")
    await sample.execute("UPDATE advertising.ads SET offer_id = $1", key)
    await sample.execute("DELETE FROM offers.offers WHERE id = $1", key)
    assert await sample.fetchval("SELECT count(*) FROM advertising.ads WHERE offer_id IS NULL") == ads


async def test_figures_are_computed_from_what_was_counted(sample: Connection) -> None:
    update = (
        "UPDATE advertising.ad_daily_stats SET impression_count = $1, click_count = $2, conversion_count = $3, "
        "spend = $4, revenue = $5 WHERE id = (SELECT id FROM advertising.ad_daily_stats LIMIT 1) "
        "RETURNING ctr, cpc, cpm, cpa, conversion_rate, roas, roi"
    )
    found = await sample.fetchrow(update, 2000, 30, Decimal("1.5"), Decimal(12), Decimal(48))
    assert [str(value) for value in found or ()] == [
        *("1.5000", "0.400000", "6.000000", "8.000000", "5.0000", "4.0000", "300.0000")
    ]
    nothing = await sample.fetchrow(update, 0, 0, Decimal(0), Decimal(0), Decimal(0))
    assert set(nothing or ()) == {None}

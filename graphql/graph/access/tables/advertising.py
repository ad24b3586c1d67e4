"""Paid advertising."""

from graph.access.words import MANAGER, STAFF, public, readers, within, writers

READERS = {
    "AdCampaign": readers(STAFF),
    "AdCreative": readers(STAFF),
    "AdGroup": readers(within("campaign")),
    "AdDailyStat": readers(within("campaign")),
    "Ad": readers(within("adGroup")),
    "AdKeyword": readers(within("adGroup")),
    "AdBudget": readers(within("campaign", MANAGER)),
}

OF_THE_CAMPAIGN, DRAFT = within("campaign", STAFF), public(status="DRAFT")

WRITERS = {
    "AdCampaign": writers(
        STAFF,
        delete=MANAGER & DRAFT,
        kept="external_id last_synced_at",
        once="platform currency",
    ),
    "AdGroup": writers(OF_THE_CAMPAIGN, delete=None, kept="external_id", once="campaign_id currency"),
    "Ad": writers(
        within("adGroup", OF_THE_CAMPAIGN),
        delete=within("adGroup", within("campaign", MANAGER)) & DRAFT,
        kept="external_id rejection_reason published_at",
        once="ad_group_id",
    ),
    "AdKeyword": writers(
        within("adGroup", OF_THE_CAMPAIGN), delete=None, kept="external_id quality_score", once="ad_group_id currency"
    ),
    "AdCreative": writers(STAFF, STAFF & DRAFT, MANAGER, kept="agent_id status approved_by_id approved_at"),
    "AdBudget": writers(within("campaign", MANAGER), kept="alerted_at exhausted_at", once="campaign_id currency"),
}
NOT_WRITTEN = {
    "AdDailyStat": "fetched from the platforms",
}

"""Paid advertising."""

from graph.access.words import MANAGER, STAFF, readers, within

READERS = {
    "AdCampaign": readers(STAFF),
    "AdCreative": readers(STAFF),
    "AdGroup": readers(within("campaign")),
    "AdDailyStat": readers(within("campaign")),
    "Ad": readers(within("adGroup")),
    "AdKeyword": readers(within("adGroup")),
    "AdBudget": readers(within("campaign", MANAGER)),
}

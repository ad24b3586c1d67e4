"""What the marketing tables refuse, and what follows from a change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg
import pytest

from tests.models.constraints import Refused, refuses

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]

REFUSED = [
    Refused(
        "a second list of one name in a business",
        "UPDATE marketing.email_lists SET name = 'Newsletter' WHERE name = 'Offers of the week'",
        "uq_email_lists_business_id_name",
        "name is already taken by another email list with the same business",
    ),
    Refused(
        "an address twice on a list",
        "INSERT INTO marketing.email_subscribers (list_id, email) "
        "SELECT list_id, email FROM marketing.email_subscribers LIMIT 1",
        "uq_email_subscribers_list_id_email",
        "email is already taken by another email subscriber with the same list",
    ),
    Refused(
        "a campaign that ends before it begins",
        "UPDATE marketing.campaigns SET ends_on = starts_on - 1",
        "ck_campaigns_ends_on_not_before_starts_on",
        "endsOn must not be before starts on",
    ),
    Refused(
        "content that is published at no time",
        "UPDATE marketing.content_items SET status = 'PUBLISHED', published_at = NULL",
        "ck_content_items_published_at_is_given",
        "publishedAt must be given once published",
    ),
    Refused(
        "an end of a subscription that goes on",
        "UPDATE marketing.email_subscribers SET unsubscribed_at = now() WHERE status = 'SUBSCRIBED'",
        "ck_email_subscribers_unsubscribed_at_fits",
        "unsubscribedAt must go with the status",
    ),
    Refused(
        "a campaign for a goal that is not there",
        "UPDATE marketing.campaigns SET goal_id = gen_random_uuid()",
        "fk_campaigns_goal_id",
        "goalId names no goal",
    ),
]


@pytest.mark.parametrize("case", REFUSED, ids=str)
async def test_it_is_refused(sample: Connection, case: Refused) -> None:
    await refuses(sample, case)


async def test_subscribers_are_counted(sample: Connection) -> None:
    key = await sample.fetchval("SELECT list_id FROM marketing.email_subscribers WHERE status = 'SUBSCRIBED' LIMIT 1")
    counted = "SELECT subscriber_count FROM marketing.email_lists WHERE id = $1"
    before = await sample.fetchval(counted, key)
    await sample.execute(
        "UPDATE marketing.email_subscribers SET status = 'BOUNCED' WHERE id = (SELECT id FROM "
        "marketing.email_subscribers WHERE list_id = $1 AND status = 'SUBSCRIBED' LIMIT 1)",
        key,
    )
    assert await sample.fetchval(counted, key) == before - 1


async def test_a_list_takes_its_subscribers_along(sample: Connection) -> None:
    await sample.execute("DELETE FROM marketing.email_lists")
    assert await sample.fetchval("SELECT count(*) FROM marketing.email_subscribers") == 0

"""What the tables of businesses refuse, and what goes with a row that is removed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.models.constraints import Refused, refuses

if TYPE_CHECKING:
    from tests.models.constraints import Connection

REFUSED = [
    Refused(
        "two businesses of one slug",
        "UPDATE business.businesses SET slug = 'azora' WHERE slug = 'vividwalls'",
        "uq_businesses_slug",
        "slug is already taken by another business",
    ),
    Refused(
        "a business above itself",
        "UPDATE business.businesses SET parent_id = id WHERE slug = 'azora'",
        "ck_businesses_parent_id_is_another",
        "parentId must name another row",
    ),
    Refused(
        "two areas of one slug in a business",
        "UPDATE business.domains SET slug = 'stock' WHERE slug = 'sales'",
        "uq_domains_business_id_slug",
        "slug is already taken by another domain with the same business",
    ),
    Refused(
        "a site under an address instead of a domain",
        "UPDATE business.sites SET domain = 'https://azora.example' WHERE domain = 'azora.example'",
        "ck_sites_domain_form",
        "domain must be a domain in small letters, like shop.example.com",
    ),
    Refused(
        "one domain for two sites of a business",
        "UPDATE business.sites SET domain = 'azora.example' WHERE domain = 'help.azora.example'",
        "uq_sites_business_id_domain",
        "domain is already taken by another site with the same business",
    ),
    Refused(
        "a store that is closed on no day",
        "UPDATE business.stores SET status = 'CLOSED' WHERE code = 'HAM'",
        "ck_stores_closed_on_is_given",
        "closedOn must be given once closed",
    ),
    Refused(
        "a store that was closed before it opened",
        "UPDATE business.stores SET closed_on = opened_on - 1 WHERE code = 'HAM'",
        "ck_stores_closed_on_not_before_opened_on",
        "closedOn must not be before opened on",
    ),
    Refused(
        "a store beyond the pole",
        "UPDATE business.stores SET latitude = -90.5 WHERE code = 'HAM'",
        "ck_stores_latitude_range",
        "latitude must be from -90 to 90",
    ),
    Refused(
        "a threshold of no metric",
        "UPDATE business.alert_rules SET definition_id = NULL",
        "ck_alert_rules_threshold_value_is_given",
        "thresholdValue must be given, as must metric and comparison",
    ),
    Refused(
        "an alert that is resolved at no time",
        "UPDATE business.alerts SET status = 'RESOLVED' WHERE status = 'NEW'",
        "ck_alerts_resolved_at_fits",
        "resolvedAt must go with the status RESOLVED",
    ),
    Refused(
        "an alert that is new and resolved",
        "UPDATE business.alerts SET status = 'NEW' WHERE status = 'RESOLVED'",
        "ck_alerts_resolved_at_fits",
        "resolvedAt must go with the status RESOLVED",
    ),
    Refused(
        "an alert that somebody took up at no time",
        "UPDATE business.alerts SET status = 'ACKNOWLEDGED' WHERE status = 'NEW'",
        "ck_alerts_acknowledged_at_is_given",
        "acknowledgedAt must be given",
    ),
    Refused(
        "an alert that was resolved before it was raised",
        "UPDATE business.alerts SET resolved_at = triggered_at - interval '1 s' WHERE status = 'RESOLVED'",
        "ck_alerts_resolved_at_not_before_triggered_at",
        "resolvedAt must not be before triggered at",
    ),
    Refused(
        "more failures than rows",
        "UPDATE business.data_quality_checks SET failed_count = row_count + 1",
        "ck_data_quality_checks_failed_count_fits",
        "failedCount must not be above the number of rows",
    ),
]


@pytest.mark.parametrize("case", REFUSED, ids=str)
async def test_it_refuses(sample: Connection, case: Refused) -> None:
    await refuses(sample, case)


async def test_two_businesses_may_use_one_domain(sample: Connection) -> None:
    await sample.execute("UPDATE business.sites SET domain = 'azora.example' WHERE domain = 'agentshop.example'")
    assert await sample.fetchval("SELECT count(*) FROM business.sites WHERE domain = 'azora.example'") == 2


async def test_a_site_leaves_its_business_and_stores_behind(sample: Connection) -> None:
    await sample.execute("DELETE FROM business.sites WHERE domain = 'vapeshed.example'")
    left = await sample.fetchrow(
        "SELECT count(*), count(t.site_id), count(b.primary_site_id) FROM business.stores AS t "
        "JOIN business.businesses AS b ON b.id = t.business_id WHERE b.slug = 'vapeshed'"
    )
    assert tuple(left or ()) == (19, 0, 0)


async def test_an_area_takes_its_components_along_and_leaves_its_areas(sample: Connection) -> None:
    area = await sample.fetchval("DELETE FROM business.domains WHERE slug = 'sales' RETURNING id")
    assert await sample.fetchval("SELECT count(*) FROM business.domain_components WHERE domain_id = $1", area) == 0
    assert (
        await sample.fetchval("SELECT count(*) FROM business.domains WHERE slug = 'stores' AND parent_id IS NULL") == 1
    )


async def test_an_alert_outlives_its_rule_and_its_metric(sample: Connection) -> None:
    alerts = await sample.fetchval("SELECT count(*) FROM business.alerts")
    await sample.execute("DELETE FROM business.metrics WHERE id IN (SELECT metric_id FROM business.alerts)")
    await sample.execute("DELETE FROM business.alert_rules")
    left = await sample.fetchrow("SELECT count(*), count(rule_id), count(metric_id) FROM business.alerts")
    assert tuple(left or ()) == (alerts, 0, 0)


async def test_a_test_of_data_says_what_passed(sample: Connection) -> None:
    check = "SELECT id FROM business.data_quality_checks LIMIT 1"
    update = f"UPDATE business.data_quality_checks SET row_count = $1, failed_count = 3 WHERE id = ({check}) RETURNING "
    assert await sample.fetchval(update + "pass_rate", 8) == Decimal("62.50")


async def test_components_are_counted_when_they_move(sample: Connection) -> None:
    count = "SELECT component_count FROM business.domains WHERE slug = $1 AND business_id = "
    count += "(SELECT id FROM business.businesses WHERE slug = 'vapeshed')"
    sales, stock = [await sample.fetchval(count, slug) for slug in ("sales", "stock")]
    await sample.execute(
        "UPDATE business.domain_components AS c SET domain_id = stock.id FROM business.domains AS stock "
        "JOIN business.domains AS sales USING (business_id) "
        "WHERE stock.slug = 'stock' AND sales.slug = 'sales' AND c.domain_id = sales.id"
    )
    assert [await sample.fetchval(count, slug) for slug in ("sales", "stock")] == [0, sales + stock]


async def test_components_are_found_by_name_and_file(sample: Connection) -> None:
    find = "SELECT DISTINCT name FROM business.domain_components WHERE search_vector @@ plainto_tsquery('simple', $1)"
    assert await sample.fetchval(find, "escrow") == "Escrow"
    assert await sample.fetchval(find, "jobs/takings.py") == "Daily takings"

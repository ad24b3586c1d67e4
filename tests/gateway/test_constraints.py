"""What the tables of the gateway refuse, and what goes with a row that is removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.models.constraints import Refused, refuses

if TYPE_CHECKING:
    from tests.models.constraints import Connection

REFUSED = [
    Refused(
        "two keys of a business with one beginning",
        "UPDATE gateway.api_keys SET prefix = 'ag_same'",
        "uq_api_keys_business_id_prefix",
        "prefix is already taken by another api key with the same business",
    ),
    Refused(
        "a beginning that cannot be typed",
        "UPDATE gateway.api_keys SET prefix = 'ag-1 2'",
        "ck_api_keys_prefix_form",
        "prefix must be 6 to 24 letters, digits and underscores",
    ),
    Refused(
        "a key that may do more an hour than a day",
        "UPDATE gateway.api_keys SET rate_limit_per_hour = rate_limit_per_day + 1",
        "ck_api_keys_rate_limit_per_day_not_before_rate_limit_per_hour",
        "rateLimitPerDay must not be before rate limit per hour",
    ),
    Refused(
        "a key that was revoked at no time",
        "UPDATE gateway.api_keys SET revoked_at = NULL WHERE status = 'REVOKED'",
        "ck_api_keys_revoked_at_is_given",
        "revokedAt must be given once revoked, and only then",
    ),
    Refused(
        "one endpoint of the platform twice",
        "INSERT INTO gateway.endpoints (method, path, title) VALUES ('POST', '/graphql', 'Again')",
        "uq_endpoints_business_id_method_path_api_version",
        "apiVersion is already taken by another endpoint with the same business and method and path",
    ),
    Refused(
        "an endpoint that replaces itself",
        "UPDATE gateway.endpoints SET replaced_by_id = id",
        "ck_endpoints_replaced_by_id_is_another",
        "replacedById must name another row",
    ),
    Refused(
        "a path with a query",
        "UPDATE gateway.endpoints SET path = '/orders?first=1' WHERE path = '/health'",
        "ck_endpoints_path_form",
        "path must begin with a slash, without query, like /orders/{id}",
    ),
    Refused(
        "an endpoint that nobody was told not to use",
        "UPDATE gateway.endpoints SET deprecated_at = NULL WHERE status = 'RETIRED'",
        "ck_endpoints_deprecated_at_is_given",
        "deprecatedAt must be given once deprecated",
    ),
    Refused(
        "two limits of one name in a business",
        "UPDATE gateway.rate_limits SET name = 'All the same'",
        "uq_rate_limits_business_id_name",
        "name is already taken by another rate limit with the same business",
    ),
    Refused(
        "two limits on one thing",
        "INSERT INTO gateway.rate_limits (name, viewer, scope, window_seconds, limit_count)"
        " VALUES ('Anonymous again', 'ANONYMOUS', '*', 60, 5)",
        "uq_rate_limits_viewer_scope_endpoint_id_api_key_id_window",
        "windowSeconds is already taken by another rate limit with the same business and viewer and scope and endpoint"
        " and api key and unit",
    ),
    Refused(
        "a limit that adapts to nothing",
        "UPDATE gateway.rate_limits SET is_adaptive = true WHERE NOT is_adaptive",
        "ck_rate_limits_minimum_count_is_given",
        "minimumCount must be given with the current count if the limit adapts, and only then",
    ),
    Refused(
        "a limit that adapted too far",
        "UPDATE gateway.rate_limits SET current_count = limit_count + 1 WHERE is_adaptive",
        "ck_rate_limits_current_count_range",
        "currentCount must be from the minimum to the limit",
    ),
    Refused(
        "two webhooks of one name in a business",
        "UPDATE gateway.webhooks SET name = 'Calls'",
        "uq_webhooks_business_id_name",
        "name is already taken by another webhook with the same business",
    ),
    Refused(
        "a webhook that is called in the clear",
        "UPDATE gateway.webhooks SET url = replace(url, 'https', 'http')",
        "ck_webhooks_url_form",
        "url must begin with https://",
    ),
    Refused(
        "a webhook for nothing",
        "UPDATE gateway.webhooks SET event_types = '{}'",
        "ck_webhooks_event_types_is_filled",
        "eventTypes must name an event",
    ),
    Refused(
        "a delivery that arrived at no time",
        "UPDATE gateway.webhook_deliveries SET delivered_at = NULL WHERE status = 'DELIVERED'",
        "ck_webhook_deliveries_delivered_at_is_given",
        "deliveredAt must be given once delivered, and only then",
    ),
    Refused(
        "a delivery that is never tried again",
        "UPDATE gateway.webhook_deliveries SET next_attempt_at = NULL WHERE status = 'RETRYING'",
        "ck_webhook_deliveries_next_attempt_at_is_given",
        "nextAttemptAt must be given while it is tried, and only then",
    ),
    Refused(
        "a delivery that failed untried",
        "UPDATE gateway.webhook_deliveries SET attempt_count = 0 WHERE status = 'DELIVERED'",
        "ck_webhook_deliveries_attempt_count_is_made",
        "attemptCount must be above zero once it was tried",
    ),
    Refused(
        "a call of no webhook",
        "UPDATE gateway.webhook_deliveries SET webhook_id = id",
        "fk_webhook_deliveries_webhook_id",
        "webhookId names no webhook",
    ),
]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.what)
async def test_it_refuses(sample: Connection, case: Refused) -> None:
    await refuses(sample, case)


async def test_two_businesses_may_have_keys_webhooks_and_limits_of_one_name(sample: Connection) -> None:
    for table in ("webhooks", "rate_limits", "api_keys"):
        shared = f"SELECT max(n) FROM (SELECT count(DISTINCT business_id) AS n FROM gateway.{table} GROUP BY name) AS s"
        assert await sample.fetchval(shared) > 1


async def test_an_agent_takes_its_keys_along_and_their_limits_and_leaves_the_log(sample: Connection) -> None:
    key = await sample.fetchrow("SELECT id, agent_id FROM gateway.api_keys WHERE agent_id IS NOT NULL LIMIT 1")
    assert key
    log = await sample.fetchval(
        "INSERT INTO gateway.api_logs (api_key_id, method, path) VALUES ($1, 'GET', '/orders') RETURNING id", key["id"]
    )
    assert await sample.fetchval("SELECT count(*) FROM gateway.rate_limits WHERE api_key_id = $1", key["id"]) == 1
    await sample.execute("DELETE FROM agents.agents WHERE id = $1", key["agent_id"])
    assert await sample.fetchval("SELECT count(*) FROM gateway.api_keys WHERE id = $1", key["id"]) == 0
    assert await sample.fetchval("SELECT count(*) FROM gateway.rate_limits WHERE api_key_id = $1", key["id"]) == 0
    left = await sample.fetchrow("SELECT api_key_id FROM gateway.api_logs WHERE id = $1", log)
    assert tuple(left or ()) == (None,)


async def test_a_log_knows_its_time_by_its_id(sample: Connection) -> None:
    at = "'2025-12-24T18:30:00.123Z'::timestamptz"
    log = f"INSERT INTO gateway.api_logs (id, method, path) VALUES (uuid7_at({at}), 'GET', '/health')"
    assert await sample.fetchval(f"{log} RETURNING requested_at = {at}")


async def test_a_webhook_takes_its_deliveries_along(sample: Connection) -> None:
    webhook = await sample.fetchval("SELECT webhook_id FROM gateway.webhook_deliveries LIMIT 1")
    await sample.execute("DELETE FROM gateway.webhooks WHERE id = $1", webhook)
    left = "SELECT count(*) FROM gateway.webhook_deliveries WHERE webhook_id = $1"
    assert await sample.fetchval(left, webhook) == 0

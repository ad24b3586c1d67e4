"""What the tables of analytics refuse, and what goes with a row that is removed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.models.constraints import Refused, refuses

if TYPE_CHECKING:
    from tests.models.constraints import Connection

REFUSED = [
    Refused(
        "an event done to a thing of no kind",
        "UPDATE analytics.analytics_events SET entity_type = NULL WHERE type = 'PURCHASE'",
        "ck_analytics_events_entity_id_is_complete",
        "entityId must be given with its type",
    ),
    Refused(
        "an event called like a sentence",
        "UPDATE analytics.custom_events SET name = 'Room preview used'",
        "ck_custom_events_name_form",
        "name must be written like gift_wrapped",
    ),
    Refused(
        "two metrics of one name in a business",
        "UPDATE analytics.metric_definitions SET name = 'revenue'",
        "uq_metric_definitions_business_id_name",
        "name is already taken by another metric definition with the same business",
    ),
    Refused(
        "a normal range from high to low",
        "UPDATE analytics.metric_definitions SET normal_high = normal_low - 1",
        "ck_metric_definitions_normal_high_not_before_normal_low",
        "normalHigh must not be before normal low",
    ),
    Refused(
        "a cohort that ends before it begins",
        "UPDATE analytics.cohorts SET ends_on = starts_on - 1",
        "ck_cohorts_ends_on_not_before_starts_on",
        "endsOn must not be before starts on",
    ),
    Refused(
        "a funnel of one step",
        "UPDATE analytics.funnels SET steps = steps - 1 - 1 - 1 - 1",
        "ck_funnels_steps_are_several",
        "steps must be a list of at least two",
    ),
    Refused(
        "a funnel of no list",
        """UPDATE analytics.funnels SET steps = '{"name": "page view"}'""",
        "ck_funnels_steps_are_several",
        "steps must be a list of at least two",
    ),
    Refused(
        "more who arrive than set out",
        "UPDATE analytics.funnels SET completed_count = entered_count + 1",
        "ck_funnels_completed_count_fits",
        "completedCount must not be above those who entered",
    ),
    Refused(
        "a prediction of nothing",
        "UPDATE analytics.predictions SET predicted_value = NULL, predicted_label = NULL",
        "ck_predictions_predicted_value_is_given",
        "predictedValue or a label must be given",
    ),
    Refused(
        "an outcome before the prediction",
        "UPDATE analytics.predictions SET outcome_at = predicted_at - interval '1 s'",
        "ck_predictions_outcome_at_not_before_predicted_at",
        "outcomeAt must not be before predicted at",
    ),
    Refused(
        "a winner that did not take part",
        "UPDATE analytics.ab_tests SET winner = 'z' WHERE status = 'COMPLETED'",
        "ck_ab_tests_winner_is_a_variant",
        "winner must be a variant's key",
    ),
    Refused(
        "a winner before the end",
        "UPDATE analytics.ab_tests SET winner = 'a' WHERE status = 'RUNNING'",
        "ck_ab_tests_winner_has_ended",
        "winner must not be named before the end",
    ),
    Refused(
        "a test that runs without having begun",
        "UPDATE analytics.ab_tests SET status = 'RUNNING' WHERE status = 'DRAFT'",
        "ck_ab_tests_started_at_is_given",
        "startedAt must be given once it runs",
    ),
    Refused(
        "a test that is over and has no end",
        "UPDATE analytics.ab_tests SET status = 'COMPLETED' WHERE status = 'RUNNING'",
        "ck_ab_tests_ended_at_is_given",
        "endedAt must be given at the end",
    ),
]


@pytest.mark.parametrize("case", REFUSED, ids=str)
async def test_it_refuses(sample: Connection, case: Refused) -> None:
    await refuses(sample, case)


async def test_a_metric_takes_rules_forecasts_and_correlations_along_and_leaves_its_values(sample: Connection) -> None:
    values = await sample.fetchval("SELECT count(*) FROM business.metrics")
    await sample.execute("DELETE FROM analytics.metric_definitions")
    for table in ("business.alert_rules", "reporting.forecasts", "reporting.correlations"):
        assert await sample.fetchval(f"SELECT count(*) FROM {table}") == 0
    left = await sample.fetchrow("SELECT count(*), count(definition_id) FROM business.metrics")
    assert tuple(left or ()) == (values, 0)


async def test_events_outlive_the_test_and_the_definition_they_belonged_to(sample: Connection) -> None:
    events = await sample.fetchval("SELECT count(*) FROM analytics.analytics_events")
    await sample.execute("DELETE FROM analytics.ab_tests")
    await sample.execute("DELETE FROM analytics.custom_events")
    left = await sample.fetchrow(
        "SELECT count(*), count(ab_test_id), count(custom_event_id) FROM analytics.analytics_events"
    )
    assert tuple(left or ()) == (events, 0, 0)


async def test_two_businesses_may_call_their_metrics_alike(sample: Connection) -> None:
    names = "SELECT count(*) > count(DISTINCT name) FROM analytics.metric_definitions"
    assert await sample.fetchval(names)


async def test_a_funnel_says_what_per_cent_went_all_the_way(sample: Connection) -> None:
    update = "UPDATE analytics.funnels SET entered_count = $1, completed_count = 1 RETURNING conversion_rate"
    assert await sample.fetchval(update, 8) == Decimal("12.50")

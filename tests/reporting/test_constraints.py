"""What the tables of reporting refuse, and what goes with a row that is removed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.models.constraints import Refused, refuses

if TYPE_CHECKING:
    from tests.models.constraints import Connection

REFUSED = [
    Refused(
        "two dashboards of one slug in a business",
        "UPDATE reporting.dashboards SET slug = 'overview' WHERE deleted_at IS NULL",
        "uq_dashboards_business_id_slug",
        "slug is already taken by another dashboard with the same business",
    ),
    Refused(
        "two default dashboards of a business",
        "UPDATE reporting.dashboards SET is_default = true WHERE deleted_at IS NULL",
        "uq_dashboards_business_id_is_default",
        "isDefault is already taken by another dashboard with the same business",
    ),
    Refused(
        "two reports of one name in a business",
        "INSERT INTO reporting.reports (business_id, name, type) SELECT business_id, name, type FROM reporting.reports",
        "uq_reports_business_id_name",
        "name is already taken by another report with the same business",
    ),
    Refused(
        "a run that failed without a reason",
        "UPDATE reporting.report_runs SET error = NULL WHERE status = 'FAILED'",
        "ck_report_runs_error_is_given",
        "error must be given for a failed run",
    ),
    Refused(
        "a report that was sent before it was made",
        "UPDATE reporting.report_runs SET sent_at = generated_at - interval '1 s' WHERE status = 'SUCCEEDED'",
        "ck_report_runs_sent_at_not_before_generated_at",
        "sentAt must not be before generated at",
    ),
    Refused(
        "two targets of a figure for one period",
        "INSERT INTO reporting.kpi_targets (kpi_id, period_starts_on, period_ends_on, target_value) "
        "SELECT kpi_id, period_starts_on, period_ends_on, 1 FROM reporting.kpi_targets",
        "uq_kpi_targets_kpi_id_period_starts_on_period_ends_on",
        "periodEndsOn is already taken by another kpi target with the same kpi and period starts on",
    ),
    Refused(
        "a target that was missed with no value",
        "UPDATE reporting.kpi_targets SET status = 'MISSED' WHERE actual_value IS NULL",
        "ck_kpi_targets_actual_value_is_given",
        "actualValue must be given",
    ),
    Refused(
        "a forecast outside its own bounds",
        "UPDATE reporting.forecasts SET upper_value = predicted_value - 1",
        "ck_forecasts_upper_value_not_before_predicted_value",
        "upperValue must not be before predicted value",
    ),
    Refused(
        "a metric that goes with itself",
        "UPDATE reporting.correlations SET second_id = first_id",
        "ck_correlations_second_id_is_another",
        "secondId must be another metric",
    ),
    Refused(
        "a correlation stronger than one",
        "UPDATE reporting.correlations SET coefficient = 1.2",
        "ck_correlations_coefficient_range",
        "coefficient must be from -1 to 1",
    ),
    Refused(
        "an insight that was accepted at no time",
        "UPDATE reporting.insights SET decided_at = NULL WHERE status = 'ACCEPTED'",
        "ck_insights_decided_at_fits",
        "decidedAt must be given when decided, only then",
    ),
    Refused(
        "an export that failed without a reason",
        "UPDATE reporting.export_jobs SET error = NULL WHERE status = 'FAILED'",
        "ck_export_jobs_error_is_given",
        "error must be given for a failed export",
    ),
]


@pytest.mark.parametrize("case", REFUSED, ids=str)
async def test_it_refuses(sample: Connection, case: Refused) -> None:
    await refuses(sample, case)


async def test_a_deleted_dashboard_leaves_its_slug_free(sample: Connection) -> None:
    await sample.execute("UPDATE reporting.dashboards SET deleted_at = now() WHERE slug = 'overview'")
    await sample.execute(
        "INSERT INTO reporting.dashboards (business_id, name, slug, is_default) "
        "SELECT id, 'Overview', 'overview', true FROM business.businesses"
    )


async def test_a_figure_takes_its_values_and_targets_along(sample: Connection) -> None:
    await sample.execute("DELETE FROM reporting.kpis")
    for table in ("kpi_measurements", "kpi_targets"):
        assert await sample.fetchval(f"SELECT count(*) FROM reporting.{table}") == 0


async def test_a_made_report_outlives_its_plan(sample: Connection) -> None:
    made = await sample.fetchval("SELECT count(*) FROM reporting.report_runs")
    await sample.execute("DELETE FROM reporting.reports")
    left = await sample.fetchrow("SELECT count(*), count(report_id) FROM reporting.report_runs")
    assert tuple(left or ()) == (made, 0)


async def test_progress_and_error_are_in_per_cent(sample: Connection) -> None:
    target = "UPDATE reporting.kpi_targets SET target_value = 80, actual_value = 60 RETURNING progress"
    assert await sample.fetchval(target) == 75
    forecast = "UPDATE reporting.forecasts SET predicted_value = 90, lower_value = 80, upper_value = 99, "
    assert await sample.fetchval(forecast + "actual_value = 80 RETURNING error") == Decimal("12.5")


async def test_chance_is_left_out_of_account_below_one_in_twenty(sample: Connection) -> None:
    update = "UPDATE reporting.correlations SET p_value = $1 RETURNING is_significant"
    assert [await sample.fetchval(update, Decimal(p)) for p in ("0.0499", "0.05")] == [True, False]


async def test_insights_are_found_by_their_words(sample: Connection) -> None:
    find = "SELECT count(*) > 0 FROM reporting.insights WHERE search_vector @@ plainto_tsquery('english', $1)"
    assert [await sample.fetchval(find, words) for words in ("weeks", "revenues", "unicorns")] == [True, True, False]

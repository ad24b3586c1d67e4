"""What the tables of operations refuse, and what goes with a row that is removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.models.constraints import Refused, refuses

if TYPE_CHECKING:
    from tests.models.constraints import Connection

REFUSED = [
    Refused(
        "a change of no row",
        "INSERT INTO ops.audit_logs (action, entity_type) VALUES ('UPDATE', 'Job')",
        "ck_audit_logs_entity_id_or_range",
        "entityId must name the row, or first and last id the rows of a batch",
    ),
    Refused(
        "a batch that is open at one end",
        "INSERT INTO ops.audit_logs (action, entity_type, row_count, first_id) VALUES ('UPDATE', 'Job', 2, uuidv7())",
        "ck_audit_logs_entity_id_or_range",
        "entityId must name the row, or first and last id the rows of a batch",
    ),
    Refused(
        "a batch of one row that it names",
        "INSERT INTO ops.audit_logs (action, entity_type, row_count, entity_id) VALUES ('UPDATE', 'Job', 2, uuidv7())",
        "ck_audit_logs_row_count_fits",
        "rowCount must be 1 if a single row is named",
    ),
    Refused(
        "a new row that was something before",
        "INSERT INTO ops.audit_logs (action, entity_type, entity_id, before) VALUES ('CREATE', 'Job', uuidv7(), '{}')",
        "ck_audit_logs_before_fits",
        "before must not be given for a new row",
    ),
    Refused(
        "a row that is gone and still something",
        "INSERT INTO ops.audit_logs (action, entity_type, entity_id, after) VALUES ('DELETE', 'Job', uuidv7(), '{}')",
        "ck_audit_logs_after_fits",
        "after must not be given for a row that was deleted",
    ),
    Refused(
        "an event with a name that nobody can subscribe to",
        "INSERT INTO ops.event_logs (name) VALUES ('Order paid')",
        "ck_event_logs_name_form",
        "name must be written like order.paid",
    ),
    Refused(
        "a subscription to nothing",
        "UPDATE ops.service_subscriptions SET operations = '{}'",
        "ck_service_subscriptions_operations_are_known",
        "operations must name some of CREATE, UPDATE, DELETE and SYNC",
    ),
    Refused(
        "a subscription to what does not happen",
        "UPDATE ops.service_subscriptions SET operations = '{CREATE,MERGE}'",
        "ck_service_subscriptions_operations_are_known",
        "operations must name some of CREATE, UPDATE, DELETE and SYNC",
    ),
    Refused(
        "a service that is called at no address",
        "UPDATE ops.service_subscriptions SET address = 'search' WHERE transport = 'HTTP'",
        "ck_service_subscriptions_address_form",
        "address must begin with http:// or https://",
    ),
    Refused(
        "one subscription twice, to the rows of all businesses",
        "INSERT INTO ops.service_subscriptions (service_name, entity_type, address) "
        "VALUES ('search-index', 'Product', 'https://again.example')",
        "uq_service_subscriptions_business_id_service_name_entity_type",
        "entityType is already taken by another service subscription with the same business and service name",
    ),
    Refused(
        "more attempts than there may be",
        "UPDATE ops.service_syncs SET attempt_count = max_attempts + 1",
        "ck_service_syncs_attempt_count_fits",
        "attemptCount must not be above the most attempts",
    ),
    Refused(
        "a service that took something at no time",
        "UPDATE ops.service_syncs SET completed_at = NULL WHERE status = 'COMPLETED'",
        "ck_service_syncs_completed_at_fits",
        "completedAt must go with the status COMPLETED",
    ),
    Refused(
        "a failure for no reason",
        "UPDATE ops.service_syncs SET last_error = NULL WHERE status = 'FAILED'",
        "ck_service_syncs_last_error_is_given",
        "lastError must say why it failed",
    ),
    Refused(
        "a change that waits for ever",
        "UPDATE ops.service_syncs SET next_attempt_at = NULL WHERE status = 'PENDING'",
        "ck_service_syncs_next_attempt_at_fits",
        "nextAttemptAt must go with the status PENDING",
    ),
    Refused(
        "a change that is tried and was not begun",
        "UPDATE ops.service_syncs SET started_at = NULL WHERE status = 'PROCESSING'",
        "ck_service_syncs_started_at_is_given",
        "startedAt must be given once it was tried",
    ),
    Refused(
        "one setting twice, for the whole",
        "INSERT INTO ops.configurations (key) VALUES ('api.page_size')",
        "uq_configurations_business_id_key",
        "key is already taken by another configuration with the same business",
    ),
    Refused(
        "a setting that programs cannot call",
        "UPDATE ops.configurations SET key = 'Page size' WHERE key = 'api.page_size'",
        "ck_configurations_key_form",
        "key must be small letters, digits, underscores and dots, like cart.hours",
    ),
    Refused(
        "a secret that everybody reads",
        "UPDATE ops.configurations SET value = '\"open sesame\"' WHERE is_sensitive",
        "ck_configurations_value_is_hidden",
        "value must be kept as the hidden value",
    ),
    Refused(
        "a secret that is none",
        "UPDATE ops.configurations SET is_sensitive = false WHERE is_sensitive",
        "ck_configurations_is_sensitive_fits",
        "isSensitive must be true for a hidden value",
    ),
    Refused(
        "a secret that is the same everywhere",
        "UPDATE ops.configurations SET default_value = '\"secret\"' WHERE is_sensitive",
        "ck_configurations_default_value_is_open",
        "defaultValue must not be given for a hidden value",
    ),
    Refused(
        "a whole number with a fraction",
        "UPDATE ops.configurations SET value = '20.5' WHERE key = 'api.page_size'",
        "ck_configurations_value_of_type",
        "value must be of its data type",
    ),
    Refused(
        "a text where a number is needed",
        "UPDATE ops.configurations SET value = '\"20\"' WHERE key = 'api.timeout_seconds'",
        "ck_configurations_value_of_type",
        "value must be of its data type",
    ),
    Refused(
        "a backup that was over before it ended",
        "UPDATE ops.backups SET completed_at = NULL WHERE status = 'COMPLETED'",
        "ck_backups_completed_at_fits",
        "completedAt must be given once it is over, and only then",
    ),
    Refused(
        "a backup that lies nowhere",
        "UPDATE ops.backups SET location = NULL WHERE status = 'COMPLETED'",
        "ck_backups_location_is_given",
        "location must say where it lies",
    ),
    Refused(
        "an increment to nothing",
        "UPDATE ops.backups SET base_id = NULL WHERE type = 'INCREMENTAL'",
        "ck_backups_base_id_is_given",
        "baseId must be given for an increment, and only then",
    ),
    Refused(
        "an increment to itself",
        "UPDATE ops.backups SET base_id = id WHERE type = 'INCREMENTAL'",
        "ck_backups_base_id_is_another",
        "baseId must name another row",
    ),
    Refused(
        "a backup that is there and was removed",
        "UPDATE ops.backups SET removed_at = now() WHERE status = 'COMPLETED'",
        "ck_backups_removed_at_fits",
        "removedAt must go with the status REMOVED",
    ),
    Refused(
        "a look at nothing",
        "UPDATE ops.health_checks SET service_name = NULL",
        "ck_health_checks_service_name_or_other",
        "serviceName must be given, or else the agent or the component, and only one of them",
    ),
    Refused(
        "a look at two things",
        "UPDATE ops.health_checks SET service_name = 'api' WHERE agent_id IS NOT NULL",
        "ck_health_checks_service_name_or_other",
        "serviceName must be given, or else the agent or the component, and only one of them",
    ),
    Refused(
        "something that is not well for no reason",
        "UPDATE ops.health_checks SET message = NULL WHERE status = 'UNHEALTHY'",
        "ck_health_checks_message_is_given",
        "message must say what is wrong",
    ),
    Refused(
        "the removal of a backup that others are built on",
        "DELETE FROM ops.backups WHERE id IN (SELECT base_id FROM ops.backups)",
        "fk_backups_base_id",
        "id is still referred to by backups",
    ),
]


@pytest.mark.parametrize("case", REFUSED, ids=str)
async def test_it_refuses(sample: Connection, case: Refused) -> None:
    await refuses(sample, case)


async def test_each_business_may_have_a_setting_of_its_own(sample: Connection) -> None:
    await sample.execute("INSERT INTO ops.configurations (business_id, key) SELECT id, 'x.y' FROM business.businesses")
    await sample.execute("INSERT INTO ops.configurations (key, value) VALUES ('x.y', '[1, \"two\"]')")
    assert await sample.fetchval("SELECT count(*) FROM ops.configurations WHERE key = 'x.y'") == 11


@pytest.mark.parametrize(
    ("kind", "value"), [("STRING", '"a"'), ("INTEGER", "-3"), ("FLOAT", "2.5"), ("BOOLEAN", "true"), ("JSON", "[1]")]
)
async def test_a_setting_takes_a_value_of_its_type(sample: Connection, kind: str, value: str) -> None:
    insert = (
        "INSERT INTO ops.configurations (key, data_type, value) VALUES ('x.y', $1, $2::text::jsonb) RETURNING value"
    )
    assert await sample.fetchval(insert, kind, value) == value


async def test_a_subscription_leaves_what_it_told(sample: Connection) -> None:
    syncs = await sample.fetchval("SELECT count(*) FROM ops.service_syncs")
    await sample.execute("DELETE FROM ops.service_subscriptions")
    assert await sample.fetchval("SELECT count(*) FROM ops.service_syncs WHERE subscription_id IS NULL") == syncs


async def test_what_is_told_outlives_its_event(sample: Connection) -> None:
    syncs = await sample.fetchval("SELECT count(*) FROM ops.service_syncs")
    await sample.execute("DELETE FROM ops.event_logs")
    assert await sample.fetchval("SELECT count(*) FROM ops.service_syncs WHERE event_id IS NULL") == syncs


async def test_a_line_outlives_the_key_with_which_it_was_done(sample: Connection) -> None:
    lines = await sample.fetch("SELECT id FROM ops.audit_logs WHERE api_key_id IS NOT NULL")
    await sample.execute("DELETE FROM gateway.api_keys")
    without = "SELECT id FROM ops.audit_logs WHERE id = ANY($1) AND api_key_id IS NULL"
    left = await sample.fetch(without, [row["id"] for row in lines])
    assert len(left) == len(lines) > 0


async def test_the_time_of_a_line_and_an_event_is_in_their_ids(sample: Connection) -> None:
    for table in ("audit_logs", "event_logs"):
        query = f"SELECT count(*) FROM ops.{table} WHERE occurred_at <> uuid_extract_timestamp(id)"
        assert await sample.fetchval(query) == 0


async def test_a_backup_says_how_long_it_took(sample: Connection) -> None:
    row = await sample.fetchrow(
        "UPDATE ops.backups SET completed_at = started_at + interval '90 s', verified_at = NULL "
        "WHERE id = (SELECT id FROM ops.backups WHERE status = 'COMPLETED' LIMIT 1) RETURNING duration_ms"
    )
    assert tuple(row or ()) == (90_000,)
    assert await sample.fetchval("SELECT duration_ms FROM ops.backups WHERE status = 'RUNNING'") is None

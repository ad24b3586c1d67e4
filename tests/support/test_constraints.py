"""What the tables of support refuse, count and compute, and what goes with a row that is removed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.models.constraints import Refused, refuses

if TYPE_CHECKING:
    from tests.models.constraints import Connection

CLOSED = "(SELECT id FROM support.support_tickets WHERE status = 'CLOSED' ORDER BY id LIMIT 1)"

REFUSED = [
    Refused(
        "two tickets of one number in a business",
        "UPDATE support.support_tickets SET number = 'T-1'",
        "uq_support_tickets_business_id_number",
        "number is already taken by another support ticket with the same business",
    ),
    Refused(
        "a ticket merged into itself",
        "UPDATE support.support_tickets SET merged_into_id = id",
        "ck_support_tickets_merged_into_id_is_another",
        "mergedIntoId must name another row",
    ),
    Refused(
        "a solved ticket that was solved at no time",
        "UPDATE support.support_tickets SET resolved_at = NULL WHERE status = 'RESOLVED'",
        "ck_support_tickets_resolved_at_with_status",
        "resolvedAt must be given once the ticket is resolved, and only then",
    ),
    Refused(
        "an open ticket that was put away",
        f"UPDATE support.support_tickets SET status = 'RESOLVED' WHERE id = {CLOSED}",
        "ck_support_tickets_closed_at_with_status",
        "closedAt must come with CLOSED",
    ),
    Refused(
        "a ticket that was solved before it was answered",
        "UPDATE support.support_tickets SET resolved_at = first_responded_at - interval '1 minute' "
        f"WHERE id = {CLOSED}",
        "ck_support_tickets_resolved_at_not_before_first_responded_at",
        "resolvedAt must not be before first responded at",
    ),
    Refused(
        "a solution promised before the answer",
        "UPDATE support.support_tickets SET resolution_due_at = first_response_due_at - interval '1 minute'",
        "ck_support_tickets_resolution_due_at_not_before_response",
        "resolutionDueAt must not be before first response due at",
    ),
    Refused(
        "six stars",
        "UPDATE support.support_tickets SET satisfaction_rating = 6",
        "ck_support_tickets_satisfaction_rating_range",
        "satisfactionRating must be from 1 to 5",
    ),
    Refused(
        "a note by a customer",
        "UPDATE support.ticket_messages SET is_internal = true WHERE author_type = 'CUSTOMER'",
        "ck_ticket_messages_is_internal_by_staff",
        "isInternal must be false for what a customer writes",
    ),
    Refused(
        "one letter twice in a ticket",
        "UPDATE support.ticket_messages SET external_id = '<1@mail>'",
        "uq_ticket_messages_ticket_id_external_id",
        "externalId is already taken by another ticket message with the same ticket",
    ),
    Refused(
        "two templates for one thing, way and language",
        "UPDATE support.notification_templates SET key = 'order.any' WHERE channel = 'EMAIL'",
        "uq_notification_templates_business_id_key_channel_locale",
        "locale is already taken by another notification template with the same business and key and channel",
    ),
    Refused(
        "an e-mail without a subject",
        "UPDATE support.notification_templates SET subject = NULL WHERE channel = 'EMAIL'",
        "ck_notification_templates_subject_of_email",
        "subject must be given for e-mail",
    ),
    Refused(
        "a key with capitals",
        "UPDATE support.notification_templates SET key = 'Order Shipped'",
        "ck_notification_templates_key_form",
        "key must be small letters and digits, parted by single dots, hyphens or underscores",
    ),
    Refused(
        "a notification about a row of no kind",
        "UPDATE support.notifications SET entity_type = NULL WHERE entity_id IS NOT NULL",
        "ck_notifications_entity_id_with_type",
        "entityId must come with its type",
    ),
    Refused(
        "a sent notification that was sent at no time",
        "UPDATE support.notifications SET sent_at = NULL WHERE status = 'SENT'",
        "ck_notifications_sent_at_is_given",
        "sentAt must be given once sent",
    ),
    Refused(
        "a notification read by nobody",
        "UPDATE support.notifications SET read_at = NULL WHERE status = 'READ'",
        "ck_notifications_read_at_with_status",
        "readAt must come with READ",
    ),
    Refused(
        "a delivered message that was not sent",
        "UPDATE support.outbound_messages SET sent_at = NULL WHERE status = 'DELIVERED'",
        "ck_outbound_messages_sent_at_is_given",
        "sentAt must be given once the provider took it",
    ),
    Refused(
        "one message of a provider twice",
        "UPDATE support.outbound_messages SET provider = 'postmark', provider_message_id = '1'",
        "uq_outbound_messages_business_id_provider_provider_message_id",
        "providerMessageId is already taken by another outbound message with the same business and provider",
    ),
    Refused(
        "a message opened before it came",
        "UPDATE support.outbound_messages SET opened_at = delivered_at - interval '1 second' WHERE status = 'OPENED'",
        "ck_outbound_messages_opened_at_not_before_delivered_at",
        "openedAt must not be before delivered at",
    ),
    Refused(
        "two default forms for one kind and language",
        "INSERT INTO support.document_templates (business_id, key, name, type, body, is_default) "
        "SELECT business_id, 'other', 'Other', type, body, true FROM support.document_templates LIMIT 1",
        "uq_document_templates_business_id_type_locale",
        "locale is already taken by another document template with the same business and type",
    ),
    Refused(
        "two invoices of one number in a business",
        "UPDATE support.documents SET number = 'INV-1' WHERE type = 'INVOICE'",
        "uq_documents_business_id_type_number",
        "number is already taken by another document with the same business and type",
    ),
    Refused(
        "a paper that is ready and nowhere",
        "UPDATE support.documents SET url = NULL WHERE status = 'READY'",
        "ck_documents_url_is_given",
        "url must be given with the time once the file is ready",
    ),
    Refused(
        "a checksum of another kind",
        "UPDATE support.documents SET checksum = 'd41d8cd98f00b204e9800998ecf8427e'",
        "ck_documents_checksum_form",
        "checksum must be a SHA-256 in small hexadecimal digits",
    ),
]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.what)
async def test_it_refuses(sample: Connection, case: Refused) -> None:
    await refuses(sample, case)


async def test_two_businesses_may_count_their_tickets_alike(sample: Connection) -> None:
    same = "SELECT max(times) FROM (SELECT count(*) AS times FROM support.support_tickets GROUP BY number) AS n"
    assert await sample.fetchval(same) > 1


async def test_a_ticket_takes_its_letters_along(sample: Connection) -> None:
    ticket = await sample.fetchval(f"DELETE FROM support.support_tickets WHERE id = {CLOSED} RETURNING id")
    assert await sample.fetchval("SELECT count(*) FROM support.ticket_messages WHERE ticket_id = $1", ticket) == 0


async def test_a_ticket_outlives_the_one_that_went_on_in_its_place(sample: Connection) -> None:
    one, other = await sample.fetch("SELECT id FROM support.support_tickets ORDER BY id LIMIT 2")
    await sample.execute("UPDATE support.support_tickets SET merged_into_id = $1 WHERE id = $2", one[0], other[0])
    await sample.execute("DELETE FROM support.support_tickets WHERE id = $1", one[0])
    merged = "SELECT merged_into_id FROM support.support_tickets WHERE id = $1"
    assert [tuple(row) for row in await sample.fetch(merged, other[0])] == [(None,)]


async def test_what_was_sent_outlives_its_template(sample: Connection) -> None:
    counts = "SELECT count(*), count(template_id) FROM support."
    for table, template in (("outbound_messages", "notification_templates"), ("documents", "document_templates")):
        every = await sample.fetchval(f"SELECT count(*) FROM support.{table}")
        await sample.execute(f"DELETE FROM support.{template}")
        assert tuple(await sample.fetchrow(counts + table) or ()) == (every, 0)


async def test_notifications_go_with_their_reader(sample: Connection) -> None:
    person = await sample.fetchval(
        "INSERT INTO identity.users (email, first_name, last_name) VALUES ('x@new.example', 'X', 'Y') RETURNING id"
    )
    await sample.execute("UPDATE support.notifications SET user_id = $1", person)
    await sample.execute("DELETE FROM identity.users WHERE id = $1", person)
    assert await sample.fetchval("SELECT count(*) FROM support.notifications") == 0


async def test_notes_are_not_counted(sample: Connection) -> None:
    count = f"SELECT message_count FROM support.support_tickets WHERE id = {CLOSED}"
    before = await sample.fetchval(count)
    write = (
        "INSERT INTO support.ticket_messages (ticket_id, author_type, content, is_internal) "
        f"VALUES ({CLOSED}, 'STAFF', 'Call back on Monday.', $1)"
    )
    await sample.execute(write, True)
    assert await sample.fetchval(count) == before
    await sample.execute(write, False)
    assert await sample.fetchval(count) == before + 1
    await sample.execute(
        f"UPDATE support.ticket_messages SET is_internal = author_type = 'STAFF' WHERE ticket_id = {CLOSED}"
    )
    customers = f"SELECT count(*) FROM support.ticket_messages WHERE NOT is_internal AND ticket_id = {CLOSED}"
    assert await sample.fetchval(count) == await sample.fetchval(customers)


async def test_a_ticket_is_late_once_a_promise_was_broken(sample: Connection) -> None:
    due = "UPDATE support.support_tickets SET first_response_due_at = NULL, resolution_due_at = resolved_at + $1 "
    due += f"WHERE id = {CLOSED} RETURNING is_late"
    assert await sample.fetchval(due, timedelta(hours=1)) is False
    assert await sample.fetchval(due, timedelta(hours=-1)) is True

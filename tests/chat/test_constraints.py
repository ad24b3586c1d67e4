"""What the tables of live chat refuse, and what goes with a row that is removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.models.constraints import Refused, refuses

if TYPE_CHECKING:
    from tests.models.constraints import Connection

REFUSED = [
    Refused(
        "two entries of a log under one number",
        "UPDATE chat.chat_events SET staff_seq = 1, visitor_seq = NULL WHERE staff_seq = 2",
        "uq_chat_events_session_id_staff_seq",
        "staffSeq is already taken by another chat event with the same session",
    ),
    Refused(
        "two entries under one number of the visitor's",
        "UPDATE chat.chat_events SET visitor_seq = 1 WHERE visitor_seq = 2",
        "uq_chat_events_session_id_visitor_seq",
        "visitorSeq is already taken by another chat event with the same session",
    ),
    Refused(
        "one message of a client twice",
        "UPDATE chat.chat_events SET client_message_id = 'the-same' WHERE client_message_id IS NOT NULL",
        "uq_chat_events_session_id_client_message_id",
        "clientMessageId is already taken by another chat event with the same session",
    ),
    Refused(
        "an internal note that the visitor counts",
        "UPDATE chat.chat_events SET visitor_seq = 1 WHERE type = 'NOTE_ADDED'",
        "ck_chat_events_visitor_seq_is_not_for_notes",
        "visitorSeq must not count a note",
    ),
    Refused(
        "an entry that the visitor counts beyond the staff",
        "UPDATE chat.chat_events SET visitor_seq = staff_seq + 1 WHERE type = 'STARTED'",
        "ck_chat_events_visitor_seq_within_staff_seq",
        "visitorSeq must not be above the staff's",
    ),
    Refused(
        "a chat whose visitor saw more than the staff",
        "UPDATE chat.chat_sessions SET visitor_seq = staff_seq + 1",
        "ck_chat_sessions_visitor_seq_within_staff_seq",
        "visitorSeq must not be above the staff's",
    ),
    Refused(
        "a chat that ended at no time",
        "UPDATE chat.chat_sessions SET status = 'ENDED' WHERE status = 'ACTIVE'",
        "ck_chat_sessions_ended_at_fits_status",
        "endedAt must be given exactly when the chat is over",
    ),
    Refused(
        "a chat that goes on after its end",
        "UPDATE chat.chat_sessions SET status = 'ACTIVE' WHERE status = 'ENDED'",
        "ck_chat_sessions_ended_at_fits_status",
        "endedAt must be given exactly when the chat is over",
    ),
    Refused(
        "a chat taken out of a queue that it was not in yet",
        "UPDATE chat.chat_sessions SET assigned_at = queued_at - interval '1 second' WHERE queued_at IS NOT NULL",
        "ck_chat_sessions_assigned_at_not_before_queued_at",
        "assignedAt must not be before queued at",
    ),
    Refused(
        "two chats with one token",
        "UPDATE chat.chat_sessions SET token_hash = 'the-same'",
        "uq_chat_sessions_token_hash",
        "tokenHash is already taken by another chat session",
    ),
    Refused(
        "a note by the visitor",
        "UPDATE chat.chat_messages SET is_internal = true WHERE sender_type = 'VISITOR'",
        "ck_chat_messages_is_internal_is_staffs",
        "isInternal must not be set by a visitor",
    ),
    Refused(
        "a message that says and carries nothing",
        "UPDATE chat.chat_messages SET content = NULL WHERE attachment_url IS NULL AND redacted_at IS NULL",
        "ck_chat_messages_content_is_given",
        "content must be given or attached",
    ),
    Refused(
        "a message in no chat",
        "INSERT INTO chat.chat_messages (session_id, sender_type, content) VALUES (uuidv7(), 'SYSTEM', 'Hello?')",
        "fk_chat_messages_session_id",
        "sessionId names no chat session",
    ),
    Refused(
        "a visitor who takes part as staff",
        "UPDATE chat.chat_participants SET type = 'STAFF' WHERE type = 'VISITOR'",
        "ck_chat_participants_type_fits_who",
        "type must fit who takes part",
    ),
    Refused(
        "a visitor whom only staff sees",
        "UPDATE chat.chat_participants SET is_internal = true WHERE type = 'VISITOR'",
        "ck_chat_participants_is_internal_is_not_for_visitors",
        "isInternal must not be set of a visitor",
    ),
    Refused(
        "somebody in one chat twice at once",
        "INSERT INTO chat.chat_participants (session_id, type, visitor_id, name) "
        "SELECT session_id, type, visitor_id, name FROM chat.chat_participants "
        "WHERE type = 'VISITOR' AND left_at IS NULL",
        "uq_chat_participants_session_id_present",
        "userId is already taken by another chat participant "
        "with the same session and visitor and chat agent and ai agent",
    ),
    Refused(
        "one person at a desk twice",
        "INSERT INTO chat.chat_agents (business_id, user_id, name) SELECT business_id, user_id, name "
        "FROM chat.chat_agents",
        "uq_chat_agents_business_id_user_id",
        "userId is already taken by another chat agent with the same business",
    ),
    Refused(
        "a rule that sends chats to a person and names none",
        "UPDATE chat.chat_routing_rules SET chat_agent_id = NULL WHERE target = 'AGENT'",
        "ck_chat_routing_rules_target_is_named",
        "target must come with just the person, skill or AI agent it needs",
    ),
    Refused(
        "a rule that sends chats to anybody and names a skill",
        "UPDATE chat.chat_routing_rules SET skill = 'returns' WHERE target = 'ANYBODY'",
        "ck_chat_routing_rules_target_is_named",
        "target must come with just the person, skill or AI agent it needs",
    ),
    Refused(
        "two rules at one place",
        "UPDATE chat.chat_routing_rules SET position = 1 WHERE position = 2",
        "uq_chat_routing_rules_business_id_position",
        "position is already taken by another chat routing rule with the same business",
    ),
    Refused(
        "two answers of one shortcut in a language",
        "UPDATE chat.canned_responses SET shortcut = 'hello' WHERE shortcut = 'bye'",
        "uq_canned_responses_business_id_language_shortcut",
        "shortcut is already taken by another canned response with the same business and language",
    ),
    Refused(
        "two widgets of one key, even in different businesses",
        "UPDATE chat.chat_widgets SET public_key = 'abcdefghijklmnopqrst'",
        "uq_chat_widgets_public_key",
        "publicKey is already taken by another chat widget",
    ),
    Refused(
        "two widgets of one name in a business",
        "UPDATE chat.chat_widgets SET name = 'Chat'",
        "uq_chat_widgets_business_id_name",
        "name is already taken by another chat widget with the same business",
    ),
    Refused(
        "a key that nobody could put into a page",
        "UPDATE chat.chat_widgets SET public_key = 'no key'",
        "ck_chat_widgets_public_key_form",
        "publicKey must be 16 to 64 letters and digits",
    ),
    Refused(
        "two visitors of one key in a business",
        "UPDATE chat.visitors SET key = 'the-same'",
        "uq_visitors_business_id_key",
        "key is already taken by another visitor with the same business",
    ),
    Refused(
        "a reason to bar somebody who is not barred",
        "UPDATE chat.visitors SET blocked_reason = 'Advertises.' WHERE blocked_at IS NULL",
        "ck_visitors_blocked_reason_is_of_a_block",
        "blockedReason must come with a block",
    ),
    Refused(
        "a day with more answered chats than chats",
        "UPDATE chat.chat_daily_stats SET answered_count = session_count + 1",
        "ck_chat_daily_stats_session_count_covers_its_parts",
        "sessionCount must cover how the chats went",
    ),
    Refused(
        "a day with ratings above five",
        "UPDATE chat.chat_daily_stats SET rating_sum = 6, rating_count = 1",
        "ck_chat_daily_stats_rating_sum_fits_count",
        "ratingSum must fit the count",
    ),
    Refused(
        "one day of a site twice",
        "INSERT INTO chat.chat_daily_stats (business_id, site_id, day) "
        "SELECT business_id, site_id, day FROM chat.chat_daily_stats",
        "uq_chat_daily_stats_business_id_site_id_day",
        "day is already taken by another chat daily stat with the same business and site",
    ),
    Refused(
        "one day of chats of no site twice",
        "INSERT INTO chat.chat_daily_stats (business_id, day) "
        "SELECT id, '2025-01-01' FROM business.businesses, generate_series(1, 2)",
        "uq_chat_daily_stats_business_id_site_id_day",
        "day is already taken by another chat daily stat with the same business and site",
    ),
]


@pytest.mark.parametrize("case", REFUSED, ids=str)
async def test_it_refuses(sample: Connection, case: Refused) -> None:
    await refuses(sample, case)


async def test_two_businesses_may_have_a_visitor_of_one_key(sample: Connection) -> None:
    await sample.execute(
        "UPDATE chat.visitors SET key = 'the-same' WHERE id IN (SELECT DISTINCT ON (business_id) id FROM chat.visitors)"
    )
    assert await sample.fetchval("SELECT count(*) FROM chat.visitors WHERE key = 'the-same'") > 1


async def test_somebody_who_left_may_come_back(sample: Connection) -> None:
    came = await sample.execute(
        "INSERT INTO chat.chat_participants (session_id, type, visitor_id, name) "
        "SELECT session_id, type, visitor_id, name FROM chat.chat_participants "
        "WHERE type = 'VISITOR' AND left_at IS NOT NULL LIMIT 1"
    )
    assert came == "INSERT 0 1"


async def test_a_chat_takes_all_that_happened_in_it_along(sample: Connection) -> None:
    key = await sample.fetchval("SELECT session_id FROM chat.chat_events WHERE type = 'NOTE_ADDED' LIMIT 1")
    await sample.execute("DELETE FROM chat.chat_sessions WHERE id = $1", key)
    for table in ("chat_messages", "chat_events", "chat_participants"):
        assert await sample.fetchval(f"SELECT count(*) FROM chat.{table} WHERE session_id = $1", key) == 0


async def test_a_forgotten_visitor_leaves_the_chats(sample: Connection) -> None:
    key = await sample.fetchval("SELECT visitor_id FROM chat.chat_sessions LIMIT 1")
    chats = [row["id"] for row in await sample.fetch("SELECT id FROM chat.chat_sessions WHERE visitor_id = $1", key)]
    await sample.execute("DELETE FROM chat.visitors WHERE id = $1", key)
    left = "SELECT count(*) FROM chat.chat_sessions WHERE id = ANY ($1) AND visitor_id IS NULL"
    assert await sample.fetchval(left, chats) == len(chats)
    parts = "SELECT count(*) FROM chat.chat_participants WHERE session_id = ANY ($1) AND type = 'VISITOR'"
    assert await sample.fetchval(f"{parts} AND visitor_id IS NULL", chats) == len(chats)


async def test_somebody_who_leaves_the_desk_takes_own_rules_and_answers_along_but_no_chat(sample: Connection) -> None:
    key = await sample.fetchval("SELECT chat_agent_id FROM chat.chat_routing_rules WHERE target = 'AGENT' LIMIT 1")
    chats = await sample.fetchval("SELECT count(*) FROM chat.chat_sessions")
    answered = "SELECT count(*) FROM chat.chat_sessions WHERE assigned_agent_id = $1"
    await sample.execute("UPDATE chat.canned_responses SET chat_agent_id = $1 WHERE shortcut = 'hello'", key)
    await sample.execute("DELETE FROM chat.chat_agents WHERE id = $1", key)
    assert await sample.fetchval(answered, key) == 0
    assert await sample.fetchval("SELECT count(*) FROM chat.chat_sessions") == chats
    assert await sample.fetchval("SELECT count(*) FROM chat.canned_responses WHERE shortcut = 'hello'") == 0
    assert await sample.fetchval("SELECT count(*) FROM chat.chat_routing_rules WHERE chat_agent_id = $1", key) == 0


async def test_the_log_outlives_the_messages_and_the_counts_follow(sample: Connection) -> None:
    key = await sample.fetchval("SELECT session_id FROM chat.chat_events WHERE type = 'NOTE_ADDED' LIMIT 1")
    log = "SELECT count(*) FROM chat.chat_events WHERE session_id = $1"
    before = await sample.fetchval(log, key)
    await sample.execute("DELETE FROM chat.chat_messages WHERE session_id = $1", key)
    assert await sample.fetchval(log, key) == before
    assert await sample.fetchval(f"{log} AND message_id IS NOT NULL", key) == 0
    counts = "SELECT message_count, note_count FROM chat.chat_sessions WHERE id = $1"
    assert tuple(await sample.fetchrow(counts, key) or ()) == (0, 0)


async def test_notes_and_messages_are_counted_apart(sample: Connection) -> None:
    counts = "SELECT message_count, note_count FROM chat.chat_sessions WHERE id = $1"
    key = await sample.fetchval("SELECT id FROM chat.chat_sessions WHERE note_count = 0 LIMIT 1")
    messages = await sample.fetchval(counts, key)
    say = (
        "INSERT INTO chat.chat_messages (session_id, sender_type, content, is_internal) "
        "VALUES ($1, 'SYSTEM', 'Hello', false), ($1, 'AGENT', 'Look at the order first', true)"
    )
    await sample.execute(say, key)
    assert tuple(await sample.fetchrow(counts, key) or ()) == (messages + 1, 1)
    await sample.execute("UPDATE chat.chat_messages SET is_internal = false WHERE session_id = $1", key)
    assert tuple(await sample.fetchrow(counts, key) or ()) == (messages + 2, 0)


async def test_times_between_are_computed(sample: Connection) -> None:
    update = (
        "UPDATE chat.chat_sessions SET queued_at = started_at + interval '5 s', first_response_at = $1::timestamptz, "
        "assigned_at = started_at + interval '65 s', ended_at = started_at + interval '10 min' "
        "WHERE id = (SELECT id FROM chat.chat_sessions WHERE status = 'ENDED' LIMIT 1) "
        "RETURNING wait_seconds, queue_seconds, duration_seconds"
    )
    assert tuple(await sample.fetchrow(update, None) or ()) == (None, 60, 600)


async def test_a_day_has_means(sample: Connection) -> None:
    update = (
        "UPDATE chat.chat_daily_stats SET session_count = 9, answered_count = $1, ended_count = $1, "
        "abandoned_count = 0, ai_only_count = 0, wait_seconds_sum = 100, duration_seconds_sum = 900, "
        "rating_sum = $1 * 4, rating_count = $1 "
        "WHERE id = (SELECT id FROM chat.chat_daily_stats LIMIT 1) "
        "RETURNING wait_seconds_average::text, duration_seconds_average::text, rating_average::text"
    )
    assert tuple(await sample.fetchrow(update, 3) or ()) == ("33.3333", "300.0000", "4.00")
    assert tuple(await sample.fetchrow(update, 0) or ()) == (None, None, None)


async def test_a_message_is_found_by_any_form_of_its_words(sample: Connection) -> None:
    say = "INSERT INTO chat.chat_messages (session_id, sender_type, content) SELECT id, 'SYSTEM', $1"
    await sample.execute(f"{say} FROM chat.chat_sessions LIMIT 1", "Two quinces were missing")
    find = "SELECT content FROM chat.chat_messages WHERE search_vector @@ plainto_tsquery('english', $1)"
    assert await sample.fetchval(find, "miss quince") == "Two quinces were missing"

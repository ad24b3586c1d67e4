"""What the tables of agents and conversations refuse, and what goes with a row that is removed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.models.constraints import Refused, refuses

if TYPE_CHECKING:
    from tests.models.constraints import Connection

REFUSED = [
    Refused(
        "two agents of one slug in a business",
        "UPDATE agents.agents SET slug = 'copywriter' WHERE slug = 'ad-buyer'",
        "uq_agents_business_id_slug",
        "slug is already taken by another agent with the same business",
    ),
    Refused(
        "two agents of a business on one port",
        "UPDATE agents.agents SET port = 9000 WHERE slug IN ('copywriter', 'ad-buyer')",
        "uq_agents_business_id_port",
        "port is already taken by another agent with the same business",
    ),
    Refused(
        "an agent that reports to itself",
        "UPDATE agents.agents SET parent_id = id WHERE slug = 'copywriter'",
        "ck_agents_parent_id_is_another",
        "parentId must name another row",
    ),
    Refused(
        "a port that does not exist",
        "UPDATE agents.agents SET port = 70000 WHERE slug = 'copywriter'",
        "ck_agents_port_range",
        "port must be from 1 to 65535",
    ),
    Refused(
        "two tools of one name in a business",
        "UPDATE agents.agent_tools SET name = 'orders.read' WHERE name = 'products.search'",
        "uq_agent_tools_business_id_name",
        "name is already taken by another agent tool with the same business",
    ),
    Refused(
        "an agent that asks itself",
        "UPDATE agents.agent_collaborations SET responding_agent_id = requesting_agent_id",
        "ck_agent_collaborations_responding_agent_id_is_another",
        "respondingAgentId must be another agent",
    ),
    Refused(
        "one rule between two agents twice",
        "INSERT INTO agents.agent_collaborations (requesting_agent_id, responding_agent_id, type) "
        "SELECT requesting_agent_id, responding_agent_id, type FROM agents.agent_collaborations",
        "uq_agent_collaborations_both_agents_type",
        "type is already taken by another agent collaboration with the same requesting agent and responding agent",
    ),
    Refused(
        "one agent twice at one place",
        "INSERT INTO agents.agent_deployments (agent_id, environment, release) "
        "SELECT id, 'DEVELOPMENT', release FROM agents.agents, generate_series(1, 2) WHERE slug = 'copywriter'",
        "uq_agent_deployments_agent_id_site_id_environment",
        "environment is already taken by another agent deployment with the same agent and site",
    ),
    Refused(
        "a deployment that is retired at no time",
        "UPDATE agents.agent_deployments SET retired_at = NULL WHERE status = 'RETIRED'",
        "ck_agent_deployments_retired_at_fits_status",
        "retiredAt must be set when retired",
    ),
    Refused(
        "a day with more ends than conversations",
        "UPDATE agents.agent_daily_stats SET resolved_count = conversation_count + 1",
        "ck_agent_daily_stats_conversation_count_adds_up",
        "conversationCount must cover those resolved, escalated and abandoned",
    ),
    Refused(
        "a day with ratings above five",
        "UPDATE agents.agent_daily_stats SET rating_sum = 6, rating_count = 1",
        "ck_agent_daily_stats_rating_sum_fits_count",
        "ratingSum must be from 1 to 5 for each rating",
    ),
    Refused(
        "one day of an agent twice",
        "INSERT INTO agents.agent_daily_stats (agent_id, date) SELECT agent_id, date FROM agents.agent_daily_stats",
        "uq_agent_daily_stats_agent_id_date",
        "date is already taken by another agent daily stat with the same agent",
    ),
    Refused(
        "a thing an agent knows twice",
        "UPDATE agents.agent_knowledge_items SET title = 'Newsletters'",
        "uq_agent_knowledge_items_agent_id_title",
        "title is already taken by another agent knowledge item with the same agent",
    ),
    Refused(
        "a message in no conversation",
        "INSERT INTO agents.messages (conversation_id, role, content, sequence_number) "
        "VALUES (uuidv7(), 'USER', 'Hello?', 1)",
        "fk_messages_conversation_id",
        "conversationId names no conversation",
    ),
    Refused(
        "two events at one place of a log",
        "UPDATE agents.conversation_events SET seq = 1 WHERE seq = 2",
        "uq_conversation_events_conversation_id_seq",
        "seq is already taken by another conversation event with the same conversation",
    ),
    Refused(
        "one intent of a message twice",
        "INSERT INTO agents.intents (conversation_id, message_id, name, confidence) "
        "SELECT conversation_id, message_id, name, confidence FROM agents.intents",
        "uq_intents_message_id_name",
        "name is already taken by another intent with the same message",
    ),
    Refused(
        "a judgement at no time",
        "UPDATE agents.intents SET is_correct = true WHERE reviewed_at IS NULL",
        "ck_intents_reviewed_at_fits_review",
        "reviewedAt must be set when reviewed",
    ),
    Refused(
        "an entity that ends before it begins",
        "UPDATE agents.extracted_entities SET end_offset = start_offset - 1",
        "ck_extracted_entities_end_offset_not_before_start_offset",
        "endOffset must not be before start offset",
    ),
    Refused(
        "a thing of no kind",
        "UPDATE agents.extracted_entities SET entity_type = NULL WHERE entity_id IS NOT NULL",
        "ck_extracted_entities_entity_id_has_type",
        "entityId must come with an entity type",
    ),
    Refused(
        "an example that somebody approved at no time",
        "UPDATE agents.training_examples SET approved_at = NULL WHERE approved_by_id IS NOT NULL",
        "ck_training_examples_approved_at_comes_with_person",
        "approvedAt must be set",
    ),
]


@pytest.mark.parametrize("case", REFUSED, ids=str)
async def test_it_refuses(sample: Connection, case: Refused) -> None:
    await refuses(sample, case)


async def test_two_businesses_may_have_agents_of_one_name(sample: Connection) -> None:
    await sample.execute("UPDATE agents.agents SET name = 'Guide', slug = 'guide' WHERE slug IN ('analyst', 'counter')")
    assert await sample.fetchval("SELECT count(*) FROM agents.agents WHERE slug = 'guide'") == 2


async def test_a_retired_deployment_makes_room_for_the_next(sample: Connection) -> None:
    places = "SELECT count(*) FROM agents.agent_deployments AS d JOIN agents.agents AS a ON a.id = agent_id"
    retired = f"{places} WHERE slug = 'art-adviser' AND d.status = 'RETIRED'"
    before = await sample.fetchval(retired)
    await sample.execute(
        "UPDATE agents.agent_deployments SET status = 'RETIRED', retired_at = now() WHERE retired_at IS NULL "
        "AND agent_id = (SELECT id FROM agents.agents WHERE slug = 'art-adviser')"
    )
    assert await sample.fetchval(retired) > before > 0


async def test_an_agent_takes_its_conversations_along_and_leaves_its_agents(sample: Connection) -> None:
    agent = await sample.fetchval("SELECT id FROM agents.agents WHERE slug = 'marketing-director'")
    conversations = "SELECT count(*) FROM agents.conversations WHERE agent_id = $1"
    assert await sample.fetchval(conversations, agent) > 0
    kept = {
        "work.tasks": "assigned_agent_id",
        "work.workflows": "owner_agent_id",
        "finance.revenue_attributions": "agent_id",
    }
    for table, key in kept.items():
        await sample.execute(f"DELETE FROM {table} WHERE {key} = $1", agent)
    await sample.execute("DELETE FROM agents.agents WHERE id = $1", agent)
    assert await sample.fetchval(conversations, agent) == 0
    assert await sample.fetchval("SELECT parent_id FROM agents.agents WHERE slug = 'copywriter'") is None


async def test_a_conversation_takes_all_that_was_said_and_found_along(sample: Connection) -> None:
    key = await sample.fetchval("SELECT conversation_id FROM agents.extracted_entities LIMIT 1")
    await sample.execute("DELETE FROM agents.conversations WHERE id = $1", key)
    for table in ("messages", "conversation_events", "intents", "extracted_entities"):
        assert await sample.fetchval(f"SELECT count(*) FROM agents.{table} WHERE conversation_id = $1", key) == 0


async def test_an_example_outlives_its_message_and_its_agent(sample: Connection) -> None:
    examples = await sample.fetchval("SELECT count(*) FROM agents.training_examples")
    await sample.execute("DELETE FROM agents.messages WHERE id IN (SELECT message_id FROM agents.training_examples)")
    assert await sample.fetchval("SELECT count(*) FROM agents.training_examples WHERE message_id IS NULL") == examples


async def test_a_rating_changes_the_mean_of_the_agent(sample: Connection) -> None:
    agent = await sample.fetchval("SELECT agent_id FROM agents.conversations WHERE satisfaction_rating = 2 LIMIT 1")
    await sample.execute("UPDATE agents.conversations SET satisfaction_rating = 4 WHERE agent_id = $1", agent)
    mean = "SELECT satisfaction_average FROM agents.agents WHERE id = $1"
    assert await sample.fetchval(mean, agent) == Decimal("4.00")


async def test_days_have_means(sample: Connection) -> None:
    update = (
        "UPDATE agents.agent_daily_stats SET rating_sum = $1, rating_count = $2, response_time_ms = 900, "
        "answer_count = $2 WHERE id = (SELECT id FROM agents.agent_daily_stats LIMIT 1) "
        "RETURNING rating_average, average_response_time_ms"
    )
    assert tuple(await sample.fetchrow(update, 14, 3) or ()) == (Decimal("4.67"), 300)
    assert tuple(await sample.fetchrow(update, 0, 0) or ()) == (None, None)


@pytest.mark.parametrize("words", ["campaign", "copywriting", "Copywriter"])
async def test_agents_are_found_by_name_description_and_capability(sample: Connection, words: str) -> None:
    find = "SELECT count(*) FROM agents.agents WHERE search_vector @@ plainto_tsquery('english', $1)"
    assert await sample.fetchval(find, words) > 0

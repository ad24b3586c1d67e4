from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from models import Base
from tests.models.support import connected, rolled_back

LONG_AGO = datetime(2024, 2, 29, 12, tzinfo=UTC)


class Rows:
    """Rows to count, and what is counted."""

    def __init__(self, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        self.connection = connection
        self.fetchval = connection.fetchval

    async def business(self) -> UUID:
        return await self._id("INSERT INTO business.businesses (name, slug, type) VALUES ('Shop', 'shop', 'RETAIL')")

    async def agent(self, slug: str = "bot") -> UUID:
        business = await self.fetchval("SELECT id FROM business.businesses") or await self.business()
        insert = "INSERT INTO agents.agents (business_id, name, slug, type) VALUES ($1, $2, $2, 'SALES')"
        return await self._id(insert, business, slug)

    async def conversation(self, agent: UUID, rating: int | None = None) -> UUID:
        insert = "INSERT INTO agents.conversations (agent_id, session_id, satisfaction_rating) VALUES ($1, 's', $2)"
        return await self._id(insert, agent, rating)

    async def user(self, name: str) -> UUID:
        insert = "INSERT INTO identity.users (email, first_name, last_name) VALUES ($1, 'A', 'B')"
        return await self._id(insert, f"{name}@x.example")

    async def row(self, query: str, *arguments: Any) -> tuple[Any, ...]:
        found = await self.connection.fetchrow(query, *arguments)
        assert found is not None
        return tuple(found)

    async def conversed(self, conversation: UUID) -> tuple[Any, ...]:
        """Its counters."""
        query = "SELECT message_count, total_tokens, total_cost FROM agents.conversations WHERE id = $1"
        return await self.row(query, conversation)

    async def last(self, conversation: UUID) -> datetime | None:
        """When its last message came."""
        query = "SELECT last_message_at FROM agents.conversations WHERE id = $1"
        found: datetime | None = await self.fetchval(query, conversation)
        return found

    async def satisfied(self, agent: UUID) -> tuple[Any, ...]:
        """Its ratings."""
        columns = "satisfaction_sum, satisfaction_count, satisfaction_average"
        return await self.row(f"SELECT {columns} FROM agents.agents WHERE id = $1", agent)

    async def say(self, *said: tuple[UUID, int, int, str, str]) -> None:
        """Messages in one statement: conversation, minute, tokens, cost, currency."""
        await self.connection.execute(
            "INSERT INTO agents.messages "
            "  (id, conversation_id, role, content, sequence_number, token_count, cost, currency) "
            "SELECT uuid7_at($1::timestamptz + minute * interval '1 minute'), conversation, 'USER', '', 1, "
            "       tokens, cost::numeric, currency "
            "  FROM unnest($2::uuid[], $3::int[], $4::int[], $5::text[], $6::text[]) "
            "    AS m (conversation, minute, tokens, cost, currency)",
            LONG_AGO,
            *map(list, zip(*said, strict=True)),
        )

    async def _id(self, insert: str, *arguments: Any) -> UUID:
        made: UUID = await self.fetchval(f"{insert} RETURNING id", *arguments)
        return made


@pytest.fixture
async def rows(database_url: str) -> AsyncIterator[Rows]:
    async with connected(database_url) as connection, rolled_back(connection):
        yield Rows(connection)


def minute(number: int) -> datetime:
    return LONG_AGO.replace(minute=number)


async def test_messages_are_counted_in_their_conversations(rows: Rows) -> None:
    agent = await rows.agent()
    one, two = await rows.conversation(agent), await rows.conversation(agent)
    assert await rows.conversed(one) == (0, 0, 0)
    await rows.say((one, 1, 10, "0.5", "USD"), (two, 2, 5, "0.25", "USD"), (one, 3, 1, "0.000001", "USD"))
    assert await rows.conversed(one) == (2, 11, Decimal("0.500001"))
    assert await rows.conversed(two) == (1, 5, Decimal("0.25"))
    assert (await rows.last(one), await rows.last(two)) == (minute(3), minute(2))


async def test_a_message_that_comes_late_is_not_the_last(rows: Rows) -> None:
    conversation = await rows.conversation(await rows.agent())
    await rows.say((conversation, 9, 1, "0", "USD"))
    await rows.say((conversation, 4, 1, "0", "USD"))
    assert await rows.last(conversation) == minute(9)


async def test_costs_in_another_currency_are_not_added(rows: Rows) -> None:
    conversation = await rows.conversation(await rows.agent())
    await rows.say((conversation, 1, 1, "2", "USD"), (conversation, 2, 1, "3", "NZD"))
    assert await rows.conversed(conversation) == (2, 2, 2)


async def test_a_changed_message_changes_the_sums(rows: Rows) -> None:
    conversation = await rows.conversation(await rows.agent())
    await rows.say((conversation, 1, 10, "1", "USD"), (conversation, 2, 10, "1", "USD"))
    await rows.connection.execute(
        "UPDATE agents.messages SET token_count = 3, cost = NULL WHERE created_at = $1", minute(1)
    )
    assert await rows.conversed(conversation) == (2, 13, 1)


async def test_a_message_that_moves_is_counted_where_it_went(rows: Rows) -> None:
    agent = await rows.agent()
    one, two = await rows.conversation(agent), await rows.conversation(agent)
    await rows.say((one, 1, 10, "1", "USD"), (one, 2, 20, "2", "USD"))
    await rows.connection.execute(
        "UPDATE agents.messages SET conversation_id = $1 WHERE created_at = $2", two, minute(2)
    )
    assert (await rows.conversed(one), await rows.conversed(two)) == ((1, 10, 1), (1, 20, 2))
    assert (await rows.last(one), await rows.last(two)) == (minute(1), minute(2))


async def test_removed_messages_are_counted_no_more(rows: Rows) -> None:
    conversation = await rows.conversation(await rows.agent())
    await rows.say(*((conversation, i, 1, "1", "USD") for i in range(5)))
    await rows.connection.execute("DELETE FROM agents.messages WHERE created_at > $1", minute(1))
    assert (await rows.conversed(conversation), await rows.last(conversation)) == ((2, 2, 2), minute(1))
    await rows.connection.execute("DELETE FROM agents.messages")
    assert (await rows.conversed(conversation), await rows.last(conversation)) == ((0, 0, 0), None)


async def test_a_conversation_takes_its_messages_along(rows: Rows) -> None:
    agent = await rows.agent()
    one, two = await rows.conversation(agent, 5), await rows.conversation(agent, 2)
    await rows.say((one, 1, 1, "1", "USD"), (two, 1, 1, "1", "USD"))
    await rows.connection.execute("DELETE FROM agents.conversations WHERE id = $1", one)
    assert await rows.fetchval("SELECT count(*) FROM agents.messages") == 1
    assert await rows.satisfied(agent) == (2, 1, 2)


async def test_messages_copied_in_are_counted(rows: Rows) -> None:
    conversation = await rows.conversation(await rows.agent())
    await rows.connection.copy_records_to_table(
        "messages",
        schema_name="agents",
        columns=["conversation_id", "role", "content", "sequence_number", "token_count"],
        records=[(conversation, "USER", "", i, 2) for i in range(1, 101)],
    )
    assert await rows.conversed(conversation) == (100, 200, 0)


async def test_ratings_of_conversations_make_the_agents_mean(rows: Rows) -> None:
    agent, other = await rows.agent(), await rows.agent("other")
    rated, unrated = await rows.conversation(agent, 5), await rows.conversation(agent)
    assert await rows.satisfied(agent) == (5, 1, 5)
    await rows.connection.execute("UPDATE agents.conversations SET satisfaction_rating = 2 WHERE id = $1", unrated)
    assert await rows.satisfied(agent) == (7, 2, Decimal("3.5"))
    await rows.connection.execute("UPDATE agents.conversations SET agent_id = $1 WHERE id = $2", other, rated)
    assert (await rows.satisfied(agent), await rows.satisfied(other)) == ((2, 1, 2), (5, 1, 5))
    await rows.connection.execute("UPDATE agents.conversations SET satisfaction_rating = NULL")
    assert await rows.satisfied(agent) == (0, 0, None)


async def test_a_message_does_not_write_the_agents_row(rows: Rows) -> None:
    agent = await rows.agent()
    conversation = await rows.conversation(agent, 5)
    place = await rows.row("SELECT ctid FROM agents.agents WHERE id = $1", agent)
    await rows.say((conversation, 1, 1, "1", "USD"))
    await rows.connection.execute("UPDATE agents.conversations SET title = 'New'")
    assert await rows.row("SELECT ctid FROM agents.agents WHERE id = $1", agent) == place


async def test_reviews_make_the_mean_of_whom_they_are_about(rows: Rows) -> None:
    ada, ben = await rows.user("ada"), await rows.user("ben")
    for title, rating in (("a", 5), ("b", 4), ("c", 4)):
        job = await rows.fetchval(
            "INSERT INTO freelance.jobs (client_id, title, description, budget) VALUES ($1, $2, '', 1) RETURNING id",
            ada,
            title,
        )
        await rows.connection.execute(
            "INSERT INTO freelance.reviews (job_id, reviewer_id, reviewee_id, rating) VALUES ($1, $2, $3, $4)",
            *(job, ada, ben, rating),
        )
    rated = "SELECT rating_count, rating_average FROM identity.users WHERE id = $1"
    assert await rows.row(rated, ben) == (3, Decimal("4.33"))
    await rows.connection.execute("UPDATE freelance.reviews SET rating = 1 WHERE rating = 5")
    assert await rows.row(rated, ben) == (3, 3)
    await rows.connection.execute("DELETE FROM freelance.jobs WHERE title <> 'a'")
    assert await rows.row(rated, ben) == (1, 1)
    assert await rows.row(rated, ada) == (0, None)


async def test_two_batches_about_the_same_people_do_not_lock_each_other_out(committed: str) -> None:
    async with connected(committed) as one, connected(committed) as two:
        people = sorted([await Rows(one).user("ada"), await Rows(one).user("ben"), await Rows(one).user("cyd")])
        insert = (
            "INSERT INTO freelance.jobs (client_id, title, description, budget) VALUES ($1, 'a', '', 1) RETURNING id"
        )
        job = await one.fetchval(insert, people[2])
        busy = one.transaction()
        await busy.start()
        await one.execute("UPDATE identity.users SET notes = 'x' WHERE id = $1", people[0])
        batch = asyncio.create_task(
            two.execute(
                "INSERT INTO freelance.reviews (job_id, reviewer_id, reviewee_id, rating) "
                "VALUES ($1, $2, $3, 5), ($1, $3, $4, 5)",
                *(job, people[2], people[1], people[0]),
            )
        )
        await waiting_for_a_lock(one)
        await one.execute("UPDATE identity.users SET notes = 'x' WHERE id = $1", people[1])
        await busy.commit()
        await batch
        assert await one.fetchval("SELECT sum(rating_count) FROM identity.users") == 2


async def waiting_for_a_lock(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Come back when somebody waits for a lock; PostgreSQL tells nobody, so it has to be asked."""
    while not await connection.fetchval("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"):  # noqa: ASYNC110
        await asyncio.sleep(0.01)


async def test_components_are_counted_in_their_area(rows: Rows) -> None:
    business = await rows.business()
    area = await rows.fetchval(
        "INSERT INTO business.domains (business_id, name, slug) VALUES ($1, 'Sales', 'sales') RETURNING id", business
    )
    await rows.connection.execute(
        "INSERT INTO business.domain_components (domain_id, type, name) "
        "SELECT $1, 'API', number FROM generate_series(1, 3) AS number",
        area,
    )
    counted = "SELECT component_count FROM business.domains WHERE id = $1"
    assert await rows.fetchval(counted, area) == 3
    await rows.connection.execute("DELETE FROM business.domain_components WHERE name = '2'")
    assert await rows.fetchval(counted, area) == 2


async def test_a_change_sets_updated_at_unless_the_writer_does(rows: Rows) -> None:
    user = await rows.user("ada")
    imported = "UPDATE identity.users SET updated_at = $2 WHERE id = $1 RETURNING updated_at"
    assert await rows.fetchval(imported, user, LONG_AGO) == LONG_AGO
    changed = "UPDATE identity.users SET notes = 'x' WHERE id = $1 RETURNING updated_at = now()::timestamptz(3)"
    assert await rows.fetchval(changed, user)


async def test_every_table_with_updated_at_has_the_trigger(rows: Rows) -> None:
    touched = await rows.connection.fetch(
        "SELECT tgrelid::regclass::text FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = tgrelid "
        "WHERE tgname = 'touch_updated_at' AND NOT relispartition"
    )
    assert {row[0] for row in touched} == {
        table.fullname for table in Base.metadata.tables.values() if "updated_at" in table.columns
    }

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from app import migrations
from app.seed import ADA, ADA_EMAIL, BUSINESS, JOB, AlreadySeeded, is_empty, seed
from app.seed.load import build
from app.seed.payment import split
from models import Base
from tests.models.conftest import FreshDatabase
from tests.models.support import connected

NOW = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)

# Each of these must find nothing.
WRONG = {
    "an escrow that holds other than its milestones": """
        SELECT e.id FROM freelance.escrows AS e
         WHERE amount <> (SELECT sum(amount) FROM freelance.milestones AS m WHERE m.job_id = e.job_id)""",
    "an escrow of a fixed job that holds other than its budget": """
        SELECT e.id FROM freelance.escrows AS e JOIN freelance.jobs AS j ON j.id = job_id
         WHERE budget_type = 'FIXED' AND amount <> budget""",
    "a released escrow that kept something": """
        SELECT id FROM freelance.escrows WHERE status = 'RELEASED' AND released_amount + fee <> amount""",
    "a refunded escrow that kept something": """
        SELECT id FROM freelance.escrows WHERE status = 'REFUNDED' AND refunded_amount <> amount""",
    "an escrow between others than its job's": """
        SELECT e.id FROM freelance.escrows AS e JOIN freelance.jobs AS j ON j.id = job_id
         WHERE (e.client_id, e.freelancer_id, e.currency)
               IS DISTINCT FROM (j.client_id, j.freelancer_id, j.currency)""",
    "an assigned job without escrow": """
        SELECT id FROM freelance.jobs AS j WHERE freelancer_id IS NOT NULL
           AND NOT EXISTS (SELECT FROM freelance.escrows WHERE job_id = j.id)""",
    "an assigned job whose freelancer was not accepted": """
        SELECT id FROM freelance.jobs AS j WHERE freelancer_id IS NOT NULL AND NOT EXISTS
               (SELECT FROM freelance.applications AS a
                 WHERE a.job_id = j.id AND a.freelancer_id = j.freelancer_id AND a.status = 'ACCEPTED')""",
    "a completed job with an open milestone": """
        SELECT j.id FROM freelance.jobs AS j JOIN freelance.milestones AS m ON m.job_id = j.id
         WHERE j.status = 'COMPLETED' AND m.status <> 'APPROVED'""",
    "a completed job without two reviews": """
        SELECT id FROM freelance.jobs AS j WHERE status = 'COMPLETED'
           AND 2 <> (SELECT count(*) FROM freelance.reviews WHERE job_id = j.id)""",
    "a review between others than client and freelancer": """
        SELECT r.id FROM freelance.reviews AS r JOIN freelance.jobs AS j ON j.id = job_id
         WHERE ARRAY[reviewer_id, reviewee_id] NOT IN (ARRAY[client_id, freelancer_id], ARRAY[freelancer_id, client_id])
            OR j.status <> 'COMPLETED' OR r.created_at < completed_at""",
    "a job out of order in time": """
        SELECT id FROM freelance.jobs
         WHERE NOT (created_at <= coalesce(published_at, created_at)
                    AND coalesce(published_at, created_at) <= coalesce(started_at, 'infinity')
                    AND coalesce(started_at, created_at) <= coalesce(completed_at, 'infinity'))""",
    "an application before the job was published": """
        SELECT a.id FROM freelance.applications AS a JOIN freelance.jobs AS j ON j.id = job_id
         WHERE a.created_at < published_at OR decided_at < a.created_at""",
    "a person at work before joining": """
        SELECT j.id FROM freelance.jobs AS j JOIN identity.users AS u ON u.id IN (client_id, freelancer_id)
         WHERE u.created_at > j.published_at""",
    "a conversation with miscounted messages": """
        SELECT c.id FROM agents.conversations AS c
         WHERE (message_count::bigint, total_tokens, total_cost, last_message_at) IS DISTINCT FROM
               (SELECT (count(*), sum(token_count), coalesce(sum(cost), 0), max(created_at))
                  FROM agents.messages WHERE conversation_id = c.id)""",
    "messages that are out of order": """
        SELECT conversation_id FROM
               (SELECT conversation_id, sequence_number, row_number() OVER
                       (PARTITION BY conversation_id ORDER BY id) AS place FROM agents.messages) AS m
         WHERE sequence_number <> place""",
    "a message before its conversation or after its end": """
        SELECT m.id FROM agents.messages AS m JOIN agents.conversations AS c ON c.id = conversation_id
         WHERE m.created_at < started_at OR m.created_at > ended_at""",
    "an agent with another mean": """
        SELECT id FROM agents.agents AS a WHERE satisfaction_average IS DISTINCT FROM
               (SELECT round(avg(satisfaction_rating), 2) FROM agents.conversations WHERE agent_id = a.id)""",
    "a person with another mean": """
        SELECT id FROM identity.users AS u WHERE rating_average IS DISTINCT FROM
               (SELECT round(avg(rating), 2) FROM freelance.reviews WHERE reviewee_id = u.id)""",
    "an area with miscounted components": """
        SELECT id FROM business.domains AS d WHERE component_count <>
               (SELECT count(*) FROM business.domain_components WHERE domain_id = d.id)""",
    "an area under one of another business": """
        SELECT d.id FROM business.domains AS d JOIN business.domains AS p ON p.id = d.parent_id
         WHERE d.business_id <> p.business_id""",
    "an agent under one of another business": """
        SELECT a.id FROM agents.agents AS a JOIN agents.agents AS p ON p.id = a.parent_id
         WHERE a.business_id <> p.business_id""",
    "a business without an owner": """
        SELECT id FROM business.businesses AS b WHERE NOT EXISTS
               (SELECT FROM identity.memberships WHERE business_id = b.id AND role = 'OWNER')""",
}


@pytest.fixture(scope="module")
async def seeded(fresh_database: FreshDatabase) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """A connection to a database with sample data."""
    url = await fresh_database()
    await migrations.upgrade(url)
    async with connected(url) as connection:
        await seed(connection, now=NOW)
        yield connection


async def everything(connection: asyncpg.Connection[asyncpg.Record]) -> dict[str, list[Any]]:
    """All rows of all tables."""
    tables = sorted(table.fullname for table in Base.metadata.tables.values())
    return {table: [tuple(row) for row in await connection.fetch(f"TABLE {table} ORDER BY id")] for table in tables}


@pytest.mark.parametrize("query", WRONG.values(), ids=[f"there is not {wrong}" for wrong in WRONG])
async def test_sample_data_is_coherent(seeded: asyncpg.Connection[asyncpg.Record], query: str) -> None:
    assert await seeded.fetch(query) == []


async def test_every_state_of_job_application_escrow_and_milestone_is_there(
    seeded: asyncpg.Connection[asyncpg.Record],
) -> None:
    states = {
        "jobs": ["CANCELLED", "COMPLETED", "DISPUTED", "DRAFT", "IN_PROGRESS", "OPEN"],
        "applications": ["ACCEPTED", "PENDING", "REJECTED", "SHORTLISTED"],
        "escrows": ["FROZEN", "FUNDED", "PARTIALLY_RELEASED", "REFUNDED", "RELEASED"],
        "milestones": ["APPROVED", "IN_PROGRESS", "PENDING", "REJECTED"],
    }
    for table, expected in states.items():
        found = await seeded.fetchval(f"SELECT array_agg(DISTINCT status ORDER BY status) FROM freelance.{table}")
        assert found == expected


async def test_the_known_person_job_and_business_are_there(seeded: asyncpg.Connection[asyncpg.Record]) -> None:
    row = await seeded.fetchrow(
        "SELECT u.email, j.status, e.status AS escrow FROM freelance.jobs AS j "
        "JOIN identity.users AS u ON u.id = client_id JOIN freelance.escrows AS e ON e.job_id = j.id "
        "WHERE j.id = $1 AND u.id = $2",
        *(JOB, ADA),
    )
    assert tuple(row or ()) == (ADA_EMAIL, "COMPLETED", "RELEASED")
    units = await seeded.fetchval(
        "SELECT count(*) FROM business.businesses AS unit "
        "JOIN business.businesses AS parent ON parent.id = unit.parent_id WHERE parent.slug = $1",
        BUSINESS,
    )
    assert units == 5


async def test_daily_figures_reach_back_three_years(seeded: asyncpg.Connection[asyncpg.Record]) -> None:
    rows = await seeded.fetch(
        "SELECT count(*), min(recorded_at), max(recorded_at) FROM business.metrics GROUP BY name, business_id"
    )
    for count, first, last in rows:
        assert (count, first.date(), last.date()) == (
            1095,
            (NOW - timedelta(days=1095)).date(),
            (NOW - timedelta(days=1)).date(),
        )


async def test_the_same_number_and_day_give_the_same_rows(
    seeded: asyncpg.Connection[asyncpg.Record], fresh_database: FreshDatabase
) -> None:
    url = await fresh_database()
    await migrations.upgrade(url)
    async with connected(url) as connection:
        assert await is_empty(connection)
        started = time.monotonic()
        await seed(connection, now=NOW)
        assert time.monotonic() - started < 5
        assert await everything(connection) == await everything(seeded)


def test_another_number_gives_other_rows() -> None:
    one, two = build(NOW, 1).tables, build(NOW, 2).tables
    assert {row["id"] for row in one["identity.users"]} & {row["id"] for row in two["identity.users"]} == {ADA}
    assert {table: len(rows) for table, rows in one.items()}.keys() == two.keys()


@pytest.mark.parametrize("number", range(3, 30))
def test_whatever_the_number_no_time_lies_outside_the_three_years(number: int) -> None:
    world = build(NOW, number)
    planned = {"due_at", "deadline"}
    for table, rows in world.tables.items():
        assert all(row.keys() == rows[0].keys() for row in rows), table
        times = [v for row in rows for k, v in row.items() if isinstance(v, datetime) and k not in planned]
        assert all(world.start <= at < NOW for at in times), table


async def test_a_database_that_is_not_empty_is_refused(seeded: asyncpg.Connection[asyncpg.Record]) -> None:
    assert not await is_empty(seeded)
    before = await everything(seeded)
    with pytest.raises(AlreadySeeded, match="only loaded into an empty one"):
        await seed(seeded, now=NOW)
    assert await everything(seeded) == before


def test_splitting_loses_no_cent() -> None:
    assert split(Decimal("100.00"), 3) == [Decimal("33.33"), Decimal("33.33"), Decimal("33.34")]

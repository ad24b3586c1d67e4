"""Workers are killed between any two steps of answering: each question has one answer, which is accounted for once."""

import asyncio
import random
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import trustme

from tests.answers.counter import ADA, AGENT, ROWS, SHOP
from tests.answers.model import Line, model
from tests.kills.conftest import forging
from tests.kills.proxy import Proxy
from tests.kills.test_worker import killed_once

ROUNDS = 40
STEPS = 160
"""A worker has begun after about 30 of them, has asked the model after 80 and written its answer after 120."""

ARRANGED = f"""
{ROWS}
INSERT INTO llm.llm_providers (slug, name) VALUES ('acme', 'Acme');
INSERT INTO llm.ai_models (name, provider, llm_provider_id, cost_per_1k_tokens)
SELECT 'acme-1', 'CUSTOM', id, 1 FROM llm.llm_providers;
UPDATE agents.agents SET model_id = (SELECT id FROM llm.ai_models), configuration = '{{"cacheSeconds": 0}}';
"""

TALK = """
INSERT INTO agents.conversations (agent_id, business_id, user_id, session_id, user_type)
VALUES ($1, $2, $3, 's', 'CUSTOMER') RETURNING id"""

SAY = """
INSERT INTO agents.messages (conversation_id, role, content, sequence_number) VALUES ($1, 'USER', 'Hello?', 1)
RETURNING id"""

ASK = """
INSERT INTO llm.llm_requests (business_id, agent_id, user_id, provider_id, model_id, conversation_id, reference, prompt,
                              type, next_attempt_at)
SELECT $1, $2, $3, llm_provider_id, id, $4, 'message_' || $5, 'Hello?', 'CHAT', now()
  FROM llm.ai_models WHERE name = 'acme-1'"""

HURRY = """
UPDATE llm.llm_requests SET next_attempt_at = now(), retry_count = 0
 WHERE next_attempt_at > now() + interval '1 second'"""
"""Who is killed has claimed what it was about to answer for twenty seconds, and may be killed any number of times."""


async def greet(line: Line) -> None:
    """Answer in two pieces, a moment apart."""
    await line.begin()
    await line.piece("Hello. ")
    await asyncio.sleep(0.02)
    await line.piece("Here I am.", "stop")
    await line.end()


async def asked(connection: asyncpg.Connection) -> None:
    """Two questions of two people."""
    for _ in range(2):
        async with connection.transaction():
            talk = await connection.fetchval(TALK, AGENT, SHOP, ADA)
            message = await connection.fetchval(SAY, talk)
            await connection.execute(ASK, SHOP, AGENT, ADA, talk, str(message))


@pytest.mark.long
async def test_each_question_has_one_answer_whenever_workers_are_killed(
    behind: tuple[Proxy, str, asyncpg.Connection], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, url, connection = behind
    await connection.execute(ARRANGED)
    hit = 0
    async with model() as spoken:
        spoken.next = [greet]
        monkeypatch.setenv("AGORA_LLM_URL", spoken.url)
        async with forging() as forge:
            words: Any = ("work", url, str(tmp_path))
            trustme.CA().cert_pem.write_to_path(str(tmp_path / "authority.pem"))
            for number in range(ROUNDS):
                await asked(connection)
                await connection.execute(HURRY)
                hit += await killed_once(proxy, forge, words, random.Random(number), STEPS)
            await forge.make(*words)
            async with asyncio.timeout(120):
                while await connection.fetchval("SELECT count(*) FROM llm.llm_requests WHERE status = 'PENDING'"):
                    await connection.execute(HURRY)
                    await asyncio.sleep(0.5)
    count = 2 * ROUNDS
    assert len(spoken.asked) > 1.2 * count, "hardly a worker was killed while it answered"
    found = await connection.fetch("SELECT status, count(*) FROM llm.llm_requests GROUP BY status")
    assert [tuple(row) for row in found] == [("COMPLETED", count)]
    answers = await connection.fetch(
        "SELECT request_id FROM agents.messages WHERE role = 'ASSISTANT' AND content = 'Hello. Here I am.'"
    )
    assert len(answers) == len({row["request_id"] for row in answers}) == count
    assert await connection.fetchval("SELECT count(*) FROM llm.llm_responses") == count
    counted = await connection.fetch(
        "SELECT DISTINCT sum(request_count) OVER w AS n FROM llm.llm_usage_stats "
        "WINDOW w AS (PARTITION BY model_id, user_id, hour IS NULL)"
    )
    assert [row["n"] for row in counted] == [count]
    assert await connection.fetchval("SELECT sum(request_count) FROM llm.ai_costs") == count
    assert await connection.fetchval("SELECT count(*) FROM agents.conversations WHERE last_seq <> 1") == 0
    assert hit > ROUNDS / 2, "the workers were killed at no step of theirs"

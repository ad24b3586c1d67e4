"""Requests that wait for their answers: which are due, claimed for a while, and what is asked in each.

A claim is a time: the request is due again when it is over, should whoever claimed it have died. Questions of one
conversation are answered one after the other.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from app.services.answering import knowledge
from app.services.answering.replies import Question, Turn
from app.services.chat.moments import CLOCKS
from app.services.statements import Fetch
from graph.engine.model.ids import prefix_of

CLAIM = timedelta(seconds=20)
"""For how long a request that is worked on is nobody else's; whoever works on it prolongs that."""

PAUSES = (timedelta(seconds=1), timedelta(seconds=5), timedelta(seconds=20))
"""How long is waited after each attempt but the last."""

MOST_ATTEMPTS = len(PAUSES) + 1

TURNS, TURN_LENGTH = 40, 4_000
"""Messages that a model is told again, and characters of each."""

_FIRST_OF_ITS_OWN = """
   AND NOT EXISTS (SELECT FROM llm.llm_requests AS e
                    WHERE e.conversation_id = q.conversation_id AND e.id < q.id AND e.next_attempt_at IS NOT NULL)
   AND NOT EXISTS (SELECT FROM llm.llm_requests AS e
                    WHERE e.chat_session_id = q.chat_session_id AND e.id < q.id AND e.next_attempt_at IS NOT NULL)"""

DUE = f"""
SELECT q.id::text AS key FROM llm.llm_requests AS q
 WHERE q.next_attempt_at <= $1{_FIRST_OF_ITS_OWN}
 ORDER BY CASE q.priority WHEN 'HIGH' THEN 0 WHEN 'NORMAL' THEN 1 ELSE 2 END, q.created_at, q.id LIMIT $2"""
"""The requests that are answered next at $1, at most $2."""

CLAIMED = f"""
UPDATE llm.llm_requests AS q
   SET next_attempt_at = $3, started_at = greatest($2, q.created_at),
       retry_count = q.retry_count + (q.started_at IS NOT NULL)::int
 WHERE q.id = $1 AND q.status = 'PENDING' AND q.next_attempt_at <= $2{_FIRST_OF_ITS_OWN}
RETURNING q.retry_count, q.created_at, q.started_at"""

KEEP = "UPDATE llm.llm_requests SET next_attempt_at = $2 WHERE id = $1 AND next_attempt_at IS NOT NULL"

RELEASE = """
UPDATE llm.llm_requests SET next_attempt_at = $2, retry_count = greatest(retry_count - 1, 0)
 WHERE id = $1 AND next_attempt_at IS NOT NULL"""

PUT_OFF = """
UPDATE llm.llm_requests SET next_attempt_at = $2, error_code = $3, error_message = $4,
                            retry_count = greatest(retry_count - (NOT $5)::int, 0)
 WHERE id = $1 AND next_attempt_at IS NOT NULL"""

WANTED = """
SELECT q.status = 'PENDING' AND coalesce(s.status IN ('WAITING', 'QUEUED', 'OFFERED', 'ACTIVE'), true)
       AND s.assigned_agent_id IS NULL AND coalesce(s.ai_agent_id = q.agent_id, s.id IS NULL)
       AND coalesce(c.status = 'ACTIVE' AND c.outcome = 'ONGOING', true) AS wanted
  FROM llm.llm_requests AS q LEFT JOIN chat.chat_sessions AS s ON s.id = q.chat_session_id
  LEFT JOIN agents.conversations AS c ON c.id = q.conversation_id WHERE q.id = $1"""
"""Whether an answer is still wanted: nobody cancelled it, nobody else took the chat over, and neither is over."""

READ = """
SELECT q.business_id, b.name AS business_name, q.agent_id, a.name AS agent_name, a.configuration::text,
       q.reference, q.prompt, q.system_prompt, q.max_tokens, q.temperature, q.priority, q.model_id, q.user_id,
       q.conversation_id, q.chat_session_id, coalesce(c.context, '{}')::text AS context,
       coalesce(u.first_name, v.name) AS asker, coalesce(s.language, u.locale, 'en') AS language,
       EXISTS (SELECT FROM customers.customers AS k
                WHERE k.user_id = q.user_id AND k.business_id = q.business_id AND k.is_active AND k.deleted_at IS NULL)
         AS is_customer,
       coalesce(c.user_type IN ('STAFF', 'ADMIN') AND u.is_active AND u.deleted_at IS NULL AND (u.is_superuser
         OR EXISTS (SELECT FROM identity.memberships AS m
                     WHERE m.user_id = u.id AND m.business_id = q.business_id AND m.role <> 'VIEWER')), false)
         AS is_staff
  FROM llm.llm_requests AS q
  JOIN business.businesses AS b ON b.id = q.business_id
  JOIN agents.agents AS a ON a.id = q.agent_id
  LEFT JOIN agents.conversations AS c ON c.id = q.conversation_id
  LEFT JOIN chat.chat_sessions AS s ON s.id = q.chat_session_id
  LEFT JOIN chat.visitors AS v ON v.id = s.visitor_id
  LEFT JOIN identity.users AS u ON u.id = q.user_id
 WHERE q.id = $1"""

SAID = f"""
SELECT role, left(content, {TURN_LENGTH}) AS content FROM (
  SELECT m.id, lower(m.role) AS role, m.content FROM agents.messages AS m
   WHERE m.conversation_id = $1 AND m.role <> 'SYSTEM' AND m.type = 'TEXT' AND m.status <> 'FAILED'
     AND m.sequence_number < (SELECT p.sequence_number FROM agents.messages AS p WHERE p.id = $2)
   ORDER BY m.sequence_number DESC LIMIT {TURNS}) AS t ORDER BY id"""

SAID_IN_CHAT = f"""
SELECT role, left(content, {TURN_LENGTH}) AS content FROM (
  SELECT m.id, CASE m.sender_type WHEN 'VISITOR' THEN 'user' ELSE 'assistant' END AS role, m.content
    FROM chat.chat_messages AS m
   WHERE m.session_id = $1 AND m.id < $2 AND m.id >= public.uuid7_floor(
           (SELECT s.started_at FROM chat.chat_sessions AS s WHERE s.id = $1) - interval '{CLOCKS.days} days')
     AND m.sender_type IN ('VISITOR', 'AI', 'AGENT') AND NOT m.is_internal
     AND m.content IS NOT NULL AND m.redacted_at IS NULL
   ORDER BY m.id DESC LIMIT {TURNS}) AS t ORDER BY id"""


class Claimed(NamedTuple):
    """A request that is worked on: how often it was sent before, when it was asked, and when it is sent."""

    retry_count: int
    created_at: datetime
    started_at: datetime


async def due(fetch: Fetch, now: datetime, most: int) -> list[str]:
    """The ids of the requests that are to be answered first."""
    return [row["key"] for row in await fetch(DUE, now, most)]


async def claim(fetch: Fetch, request_id: UUID, now: datetime) -> Claimed | None:
    """Take a request that is due; None if it is not, or another of its conversation comes first."""
    rows = await fetch(CLAIMED, request_id, now, now + CLAIM)
    return Claimed(**dict(rows[0])) if rows else None


async def keep(fetch: Fetch, request_id: UUID, now: datetime) -> None:
    """Prolong a claim."""
    await fetch(KEEP, request_id, now + CLAIM)


async def release(fetch: Fetch, request_id: UUID, now: datetime) -> None:
    """Give a request back that was not answered for want of time."""
    await fetch(RELEASE, request_id, now)


async def put_off(
    fetch: Fetch, request_id: UUID, at: datetime, code: str, message: str, *, counts: bool = True
) -> None:
    """Have a request tried again later; `counts` if this was one of its attempts."""
    await fetch(PUT_OFF, request_id, at, code, message, counts)


async def is_wanted(fetch: Fetch, request_id: UUID) -> bool:
    """Whether anybody still waits for the answer."""
    rows = await fetch(WANTED, request_id)
    return bool(rows and rows[0]["wanted"])


async def read(fetch: Fetch, request_id: UUID) -> Question | None:
    """What is asked, with what was said before and what may answer it; None if the agent is gone."""
    rows = await fetch(READ, request_id)
    if not rows:
        return None
    row = rows[0]
    audience = _audience(row)
    about = {"business_id": row["business_id"], "agent_id": row["agent_id"], "language": row["language"]}
    return Question(
        request_id=request_id,
        content=row["prompt"],
        chat_id=row["chat_session_id"],
        audience=audience,
        context=orjson.loads(row["context"]),
        configuration=orjson.loads(row["configuration"]),
        turns=await _turns(fetch, row),
        finds=await knowledge.find(fetch, row["prompt"], audience=audience, **about),
        **about,
        **{name: row[name] for name in _AS_THEY_ARE},
    )


_AS_THEY_ARE = (
    *("business_name", "agent_name", "conversation_id", "user_id", "asker", "system_prompt", "max_tokens"),
    *("temperature", "priority", "model_id"),
)


def _audience(row: Any) -> tuple[str, ...]:
    """The visibilities of articles that whoever asks may read."""
    if row["is_staff"]:
        return ("PUBLIC", "CUSTOMERS", "STAFF")
    return ("PUBLIC", "CUSTOMERS") if row["is_customer"] else ("PUBLIC",)


async def _turns(fetch: Fetch, row: Any) -> Sequence[Turn]:
    """What was said before the message that is to be answered."""
    target = row["conversation_id"] or row["chat_session_id"]
    if target is None or prefix_of(row["reference"]) is None:
        return ()
    message_id = UUID(row["reference"].rpartition("_")[2])
    said = await fetch(SAID if row["conversation_id"] else SAID_IN_CHAT, target, message_id)
    return [Turn(one["role"], one["content"]) for one in said]

"""Answers that are given again: known by a hash of the model, its settings and everything that it was told.

So an answer is given again only to the same question after the same words, to somebody who may see the same articles,
as long as those articles say the same.
"""

from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

import orjson

from app.services.answering.replies import Question, Reply, Route
from app.services.statements import Fetch

HOUR = 3_600
"""Seconds for which an answer is given again, unless the agent's setting `cacheSeconds` says otherwise; 0: never."""

LONGEST = 30 * 24 * HOUR

STORED = """
SELECT r.id, r.content, r.confidence_score FROM llm.llm_responses AS r
  JOIN llm.llm_requests AS q ON q.id = r.request_id
 WHERE r.cache_key = $1 AND r.cache_expires_at > now() AND NOT r.is_cached AND q.business_id = $2
 ORDER BY r.created_at DESC LIMIT 1"""


class Stored(NamedTuple):
    """An answer that can be given again."""

    id: UUID
    reply: Reply


def key_of(question: Question, route: Route) -> str:
    """By what equal questions are known."""
    told = {
        "business": question.business_id,
        "agent": question.agent_id,
        "model": route.model_id,
        "settings": [question.max_tokens, question.temperature, question.system_prompt],
        "audience": question.audience,
        "asker": question.asker,
        "language": question.language,
        "context": question.context,
        "turns": [[turn.role, turn.content] for turn in question.turns],
        "finds": [[find.title, find.text] for find in question.finds],
        "question": " ".join(question.content.split()),
    }
    return sha256(orjson.dumps(told, default=str, option=orjson.OPT_SORT_KEYS)).hexdigest()


def lasting(question: Question, reply: Reply) -> timedelta | None:
    """For how long an answer is given again; None if it is not."""
    given = question.configuration.get("cacheSeconds", HOUR)
    seconds = min(given, LONGEST) if isinstance(given, int) and given > 0 else 0
    fine = reply.finish_reason == "STOP" and not reply.is_unsafe and not reply.hands_over
    return timedelta(seconds=seconds) if seconds and fine else None


async def stored(fetch: Fetch, question: Question, route: Route) -> Stored | None:
    """The answer that was given to the same question, if it still holds."""
    rows = await fetch(STORED, key_of(question, route), question.business_id)
    if not rows:
        return None
    confidence: Decimal | None = rows[0]["confidence_score"]
    return Stored(rows[0]["id"], Reply(rows[0]["content"], safety="SAFE", confidence=confidence))

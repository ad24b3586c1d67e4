"""Through which providers a model is reached, in the order in which they are tried, and how each of them does.

The model that was asked for comes first, then the configured one, then those of other providers by their priority; what
is written down comes last. A provider that is down is left alone for a while, one in maintenance until that is over.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.services.answering.asking import OFFLINE
from app.services.answering.replies import Fault, Route
from app.services.statements import Fetch

DOWN_AFTER = 5
"""Failures one after the other after which a provider counts as down."""

LEFT_ALONE = timedelta(seconds=30)
"""For how long a provider that is down is not asked; then one question finds out."""

ROUTES = """
SELECT DISTINCT ON (p.id) p.id AS provider_id, p.slug, p.base_url, m.id AS model_id, m.name AS model,
       m.cost_per_1k_tokens, m.currency, m.max_tokens, p.rate_limit_per_minute, p.priority,
       p.maintenance_message,
       p.is_in_maintenance AND coalesce(p.maintenance_until > $2, true) AS in_maintenance,
       p.status = 'DOWN' AND coalesce(greatest(p.last_error_at, p.last_check_at) > $3, false) AS is_down,
       p.status = 'DOWN' AS is_trial, m.id = $1 AS is_asked
  FROM llm.llm_providers AS p JOIN llm.ai_models AS m ON m.llm_provider_id = p.id
 WHERE p.is_enabled AND m.type = 'LANGUAGE' AND coalesce(m.retires_on >= $2::timestamptz::date, true)
   AND (m.status = 'ACTIVE' OR m.id = $1)
 ORDER BY p.id, m.id = $1 DESC, m.name = (SELECT o.name FROM llm.ai_models AS o WHERE o.id = $1) DESC,
          m.released_on DESC NULLS LAST, m.id"""
"""One model of each provider: the one that is asked for, or one of its name, or else the newest."""

TRY = """
UPDATE llm.llm_providers SET last_check_at = $2
 WHERE id = $1 AND (status <> 'DOWN' OR coalesce(greatest(last_error_at, last_check_at) <= $3, true))
RETURNING 1"""
"""Find out whether a provider that is down is back, unless somebody did so after $3."""

COUNT = """
WITH counted AS (
  INSERT INTO gateway.rate_limit_buckets AS b (name, used, counted_at, free_at)
  VALUES ('llm_provider:' || $1::uuid, 1, $2::timestamptz, $2::timestamptz + interval '1 minute')
  ON CONFLICT (name) DO UPDATE SET
         used = CASE WHEN b.free_at <= $2 THEN 1 ELSE b.used + 1 END,
         counted_at = $2,
         free_at = CASE WHEN b.free_at <= $2 THEN excluded.free_at ELSE b.free_at END
   WHERE b.free_at <= $2 OR b.used < $3
  RETURNING 1
)
SELECT coalesce((SELECT extract(epoch FROM free_at - $2)::float8 FROM gateway.rate_limit_buckets
                  WHERE name = 'llm_provider:' || $1::uuid), 60) AS seconds
 WHERE NOT EXISTS (SELECT FROM counted)"""
"""Count a request to a provider; if $3 were counted in the minute that began with the first, the seconds left of it."""

WELL = """
UPDATE llm.llm_providers SET status = 'HEALTHY', consecutive_failures = 0, last_check_at = $2, last_success_at = $2
 WHERE id = $1 AND (status <> 'HEALTHY' OR consecutive_failures > 0 OR last_success_at IS NULL
                    OR last_success_at < $2::timestamptz - interval '10 seconds')"""
"""A provider is written to once in ten seconds at most, as long as all is well."""

UNWELL = f"""
UPDATE llm.llm_providers
   SET consecutive_failures = consecutive_failures + 1, last_check_at = $2, last_error_at = $2,
       last_error_code = $3, last_error_message = $4,
       status = CASE WHEN consecutive_failures + 1 >= {DOWN_AFTER} THEN 'DOWN' ELSE 'DEGRADED' END
 WHERE id = $1"""

FIGURES = """
UPDATE llm.llm_providers AS p
   SET success_rate = round(100.0 * f.answered / f.asked, 2), average_response_time_ms = f.ms
  FROM (SELECT q.provider_id, count(*) AS asked, count(r.id) AS answered,
               round(avg(r.response_time_ms) FILTER (WHERE NOT r.is_cached))::int AS ms
          FROM llm.llm_requests AS q LEFT JOIN llm.llm_responses AS r ON r.request_id = q.id
         WHERE q.status IN ('COMPLETED', 'FAILED') AND q.created_at > $1::timestamptz - interval '24 hours'
         GROUP BY q.provider_id) AS f
 WHERE p.id = f.provider_id
   AND (p.success_rate, p.average_response_time_ms) IS DISTINCT FROM (round(100.0 * f.answered / f.asked, 2), f.ms)
RETURNING 1"""
"""How providers did in the last 24 hours."""


@dataclass(frozen=True, slots=True)
class Ways:
    """The routes that can be tried now, and what is said where there are none because of maintenance."""

    routes: Sequence[Route]
    offline: Route | None = None
    maintenance: str | None = None
    """What people are told of it."""
    resting: bool = field(default=False)
    """Whether providers were left out that may be asked again soon."""


async def ways(fetch: Fetch, model_id: UUID | None, configured: UUID | None, now: datetime) -> Ways:
    """How an answer of the model can be had; `configured` is the model of the process's settings.

    An agent without a model has the configured one, and what is written down if there is none.
    """
    rows = await fetch(ROUTES, model_id, now, now - LEFT_ALONE)
    rows = sorted(rows, key=lambda row: (not row["is_asked"], row["model_id"] != configured, -row["priority"]))
    usable = [row for row in rows if not row["in_maintenance"]]
    offline = [_route(row) for row in usable if row["slug"] == OFFLINE]
    named = configured is not None or not any(row["is_asked"] and row["slug"] == OFFLINE for row in rows)
    online = [row for row in usable if row["slug"] != OFFLINE and named]
    closed = [row["maintenance_message"] for row in rows if row["in_maintenance"]]
    return Ways(
        [_route(row) for row in online if not row["is_down"]],
        offline[0] if offline else None,
        next(filter(None, closed), "") if closed else None,
        any(row["is_down"] for row in online),
    )


def _route(row: Any) -> Route:
    return Route(**{name: row[name] for name in Route.__dataclass_fields__})


async def may_try(fetch: Fetch, provider_id: UUID, now: datetime) -> bool:
    """Whether a provider that was down may be asked: by one question only, until it is known how that went."""
    return bool(await fetch(TRY, provider_id, now, now - LEFT_ALONE))


async def share(fetch: Fetch, provider_id: UUID, most: int, now: datetime) -> float | None:
    """Count a request to a provider that takes `most` a minute; if that many were sent, the seconds until the next."""
    rows = await fetch(COUNT, provider_id, now, most)
    return rows[0]["seconds"] if rows else None


async def note(fetch: Fetch, provider_id: UUID, now: datetime, fault: Fault | None = None) -> None:
    """Write down that a provider answered, or why not."""
    if fault is None:
        await fetch(WELL, provider_id, now)
    else:
        await fetch(UNWELL, provider_id, now, fault.code, fault.message)


async def do_figure(fetch: Fetch, now: datetime) -> int:
    """Bring up to date how providers did lately; how many of them did otherwise than was written."""
    return len(await fetch(FIGURES, now))

"""What is told to a service of a change, and the steps of the queue: taken, and then taken over or to be tried again.

A part of the queue is what one subscription waits for. It is carried out by one process at a time; of the changes of
one row the next is taken when the one before is over.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import orjson
from sqlalchemy import BigInteger, Column, Numeric

from app.services.syncing.queueing import table_of
from graph.engine.model.ids import camel, snake

BATCH = 500
"""Changes that are taken at once."""

ABANDONED = 30
"""Seconds after which a change that is being told is looked at again: whoever told it may have ended."""

ERROR_LENGTH = 1_000

DUE = f"""
SELECT s.id::text AS key FROM ops.service_subscriptions AS s
 WHERE s.is_active AND (
   EXISTS (SELECT FROM ops.service_syncs AS y
            WHERE y.subscription_id = s.id AND y.status IN ('PENDING', 'PROCESSING') AND y.next_attempt_at <= now())
   OR EXISTS (SELECT FROM ops.service_syncs AS y
               WHERE y.subscription_id = s.id AND y.status IN ('PENDING', 'PROCESSING') AND y.next_attempt_at IS NULL
                 AND y.started_at < now() - interval '{ABANDONED} seconds'))"""

RESUME = """
UPDATE ops.service_syncs SET status = 'PENDING', next_attempt_at = now()
 WHERE subscription_id = $1 AND status = 'PROCESSING'"""
"""What somebody began who did not live to end it: nobody else carries this part out."""

TAKE = f"""
UPDATE ops.service_syncs AS y
   SET status = 'PROCESSING', started_at = now(), next_attempt_at = NULL
  FROM (SELECT c.id FROM ops.service_syncs AS c
         WHERE c.subscription_id = $1 AND c.status IN ('PENDING', 'PROCESSING') AND c.next_attempt_at <= now()
           AND c.id = (SELECT e.id FROM ops.service_syncs AS e
                        WHERE e.service_name = c.service_name AND e.entity_type = c.entity_type
                          AND e.entity_id = c.entity_id AND e.status IN ('PENDING', 'PROCESSING')
                          AND e.subscription_id = c.subscription_id
                        ORDER BY e.id LIMIT 1)
         ORDER BY c.next_attempt_at LIMIT {BATCH} FOR UPDATE SKIP LOCKED) AS first
 WHERE y.id = first.id
   AND EXISTS (SELECT FROM ops.service_subscriptions AS s WHERE s.id = $1 AND s.is_active)
RETURNING y.id, y.entity_id, y.operation, y.data::text AS data, y.attempt_count + 1 AS attempt, y.created_at"""
"""The first of each row's. Each look for the first is a look into an index, whatever is known of the table's size."""

FINISH = """
UPDATE ops.service_syncs AS y
   SET attempt_count = y.attempt_count + 1,
       status = CASE WHEN d.error IS NULL THEN 'COMPLETED'
                     WHEN y.attempt_count + 1 < y.max_attempts THEN 'PENDING' ELSE 'FAILED' END,
       completed_at = CASE WHEN d.error IS NULL THEN greatest(now(), y.started_at) END,
       next_attempt_at = CASE WHEN d.error IS NOT NULL AND y.attempt_count + 1 < y.max_attempts
                              THEN now() + least(5 * power(6, y.attempt_count), 3600) * interval '1 second' END,
       last_error = coalesce(d.error, y.last_error)
  FROM unnest($1::uuid[], $2::text[]) AS d (id, error)
 WHERE y.id = d.id AND y.status = 'PROCESSING'"""
"""What was tried in vain is tried again after 5 s, 30 s, 3 min, …, an hour at most."""

SUBSCRIPTION = """
SELECT id, service_name, entity_type, transport, address, signing_secret, fields, timeout_seconds
  FROM ops.service_subscriptions WHERE id = $1"""


class Work(Protocol):
    """A transaction."""

    async def fetch(self, statement: str, *args: Any) -> Sequence[Any]:
        """Run a statement in it."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """Which service is told of which entity's changes, and how."""

    id: UUID
    service_name: str
    entity_type: str
    transport: str
    address: str
    signing_secret: str | None
    fields: Sequence[str]
    timeout_seconds: int


@dataclass(frozen=True, slots=True)
class Change:
    """What a service is told: the same `id` however often it is told again."""

    id: UUID
    service_name: str
    entity_type: str
    entity_id: UUID
    operation: str
    data: Mapping[str, Any] | None
    """The row as it is now, or what was given by hand; None if the row is gone."""
    attempt: int
    occurred_at: datetime

    @property
    def body(self) -> bytes:
        """The same as JSON, for services that are called."""
        told = {
            "id": f"service_sync_{self.id}",
            "service": self.service_name,
            "entity": self.entity_type,
            "entityId": f"{snake(self.entity_type)}_{self.entity_id}",
            "operation": self.operation,
            "occurredAt": self.occurred_at,
            "data": self.data,
        }
        return orjson.dumps(told)


async def due(work: Work) -> list[str]:
    """The parts of the queue with something to do now."""
    return [row["key"] for row in await work.fetch(DUE)]


async def begin(work: Work, subscription_id: UUID) -> Subscription | None:
    """Begin to carry out a part, with what others left; None if the subscription is gone."""
    await work.fetch(RESUME, subscription_id)
    rows = await work.fetch(SUBSCRIPTION, subscription_id)
    return Subscription(**dict(rows[0])) if rows else None


async def take(work: Work, subscription: Subscription) -> list[Change]:
    """The next changes, of each row one, which are being told from now on."""
    rows = await work.fetch(TAKE, subscription.id)
    if not rows:
        return []
    by_hand = {row["id"]: orjson.loads(row["data"]) for row in rows}
    wanted = {row["entity_id"] for row in rows if not by_hand[row["id"]] and row["operation"] != "DELETE"}
    now = await _rows(work, subscription, wanted) if wanted else {}
    return [
        Change(
            row["id"],
            subscription.service_name,
            subscription.entity_type,
            row["entity_id"],
            row["operation"],
            by_hand[row["id"]] or now.get(row["entity_id"]),
            row["attempt"],
            row["created_at"],
        )
        for row in rows
    ]


async def finish(work: Work, told: Mapping[UUID, str | None]) -> None:
    """Write what became of changes: None for what was taken over, or why not."""
    errors = [error and error.replace("\0", "\ufffd")[:ERROR_LENGTH] for error in told.values()]
    await work.fetch(FINISH, list(told), errors)


async def _rows(work: Work, subscription: Subscription, ids: set[UUID]) -> dict[UUID, dict[str, Any]]:
    """The rows as they are now, by id: no secrets, and only the fields that the subscription names, if any."""
    table = table_of(subscription.entity_type)
    named = set(subscription.fields)
    shown = {
        column.name: camel(column.name)
        for column in table.columns
        if not column.info.get("secret")
        and column.name != "search_vector"
        and (not named or named & {column.name, camel(column.name)})
    }
    columns = ", ".join(f"r.{name}{_as_text(table.columns[name])} AS {name}" for name in shown)
    statement = f"SELECT r.id, (SELECT to_jsonb(x) FROM (SELECT {columns}) AS x)::text FROM {table.fullname} AS r"
    rows = await work.fetch(f"{statement} WHERE r.id = ANY($1)", list(ids))
    return {id_: {shown[name]: value for name, value in orjson.loads(row).items()} for id_, row in rows}


def _as_text(column: Column[Any]) -> str:
    """The cast of what JSON's numbers would not keep to the last digit, as everywhere in the API."""
    return "::text" if isinstance(column.type, Numeric | BigInteger) else ""

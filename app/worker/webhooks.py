"""The outbox of webhooks: calls what waits for each, and writes what came of it after it did.

Whoever is killed between a call and writing calls again, under the same webhook-id.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import structlog

from app.database import Database, by
from app.outgoing import Answer, NotReached, Outgoing
from app.services.gateway.deliveries import NO_SECRET, Tried, do_make_secret, do_note
from app.services.gateway.schedule import Dice
from app.services.gateway.signing import headers, keys
from app.services.privacy.vault import Vault

AT_ONCE = 8
"""Calls of one webhook that are made at a time."""

WRITERS = 2
"""Connections that write at a time what came of calls, of all webhooks together."""

CHOSEN_FROM = 1_000
"""Of so many deliveries, those that are due longest, the first are called; it bounds what is looked at."""

BY = by("webhook delivery")

DUE = """
WITH RECURSIVE waiting AS (
  (SELECT d.webhook_id AS id FROM gateway.webhook_deliveries AS d
    WHERE d.status IN ('PENDING', 'RETRYING') ORDER BY d.webhook_id LIMIT 1)
  UNION ALL
  SELECT (SELECT d.webhook_id FROM gateway.webhook_deliveries AS d
           WHERE d.status IN ('PENDING', 'RETRYING') AND d.webhook_id > waiting.id ORDER BY d.webhook_id LIMIT 1)
    FROM waiting WHERE waiting.id IS NOT NULL
)
SELECT w.id FROM waiting JOIN gateway.webhooks AS w ON w.id = waiting.id
 WHERE w.status = 'ACTIVE' AND EXISTS (
       SELECT FROM gateway.webhook_deliveries AS d
        WHERE d.webhook_id = w.id AND d.status IN ('PENDING', 'RETRYING') AND d.next_attempt_at <= $1)"""
"""The webhooks that are to be called: a look into the index for each that something waits for, however much that is."""

NEXT = """
SELECT d.id, d.payload::text AS body, w.id AS webhook_id, w.url, w.timeout_seconds,
       w.signing_secret, w.former_signing_secret, w.former_secret_until
  FROM (SELECT id, payload, webhook_id FROM gateway.webhook_deliveries
         WHERE webhook_id = $1 AND status IN ('PENDING', 'RETRYING') AND next_attempt_at <= $2
         ORDER BY next_attempt_at LIMIT $3) AS d
  JOIN gateway.webhooks AS w ON w.id = d.webhook_id
 WHERE w.status = 'ACTIVE' ORDER BY d.id LIMIT $4"""
"""What is to be called next of one webhook, in the order of ids."""

log = structlog.get_logger(__name__)


def _now() -> datetime:
    return datetime.now(UTC)


class Webhooks:
    """The webhooks of a database, an `Outbox`: their secrets are sealed by `vault`, `calls` reaches them."""

    name = "webhooks"

    def __init__(
        self,
        database: Database,
        vault: Vault,
        calls: Outgoing,
        *,
        now: Callable[[], datetime] = _now,
        dice: Dice = random.random,
    ) -> None:
        self.database, self.vault, self.calls = database, vault, calls
        self._now, self._dice = now, dice
        self._writing = asyncio.Semaphore(WRITERS)

    async def due(self) -> Sequence[str]:
        """The ids of webhooks that are to be called now."""
        async with self.database.reads.acquire() as connection:
            return [str(row["id"]) for row in await connection.fetch(DUE, self._now())]

    async def drain(self, key: str) -> None:
        """Call the webhook with this id until nothing is due."""
        while deliveries := await self._next(UUID(key)):
            done = await asyncio.gather(*map(self._deliver, deliveries), return_exceptions=True)
            for error in filter(None, done):  # after all of them: what came of a call is not to be lost
                raise error

    async def _next(self, webhook_id: UUID) -> Sequence[Any]:
        async with self.database.reads.acquire() as connection:
            return await connection.fetch(NEXT, webhook_id, self._now(), CHOSEN_FROM, AT_ONCE)

    async def _deliver(self, delivery: Any) -> None:
        """Make one attempt, and then write what came of it."""
        tried = await self._try(delivery)
        async with self._writing, self.database.transaction(BY) as session:
            await do_note(session, tried, self._dice)

    async def _try(self, delivery: Any) -> Tried:
        about = (delivery["id"], delivery["webhook_id"])
        try:
            answer = await self._call(delivery)
        except NotReached as error:
            return Tried(*about, self._now(), error=error.reason)
        return Tried(
            *(*about, self._now(), answer.status, answer.text),
            duration_ms=answer.duration_ms,
            retry_after=answer.retry_after,
        )

    async def _call(self, delivery: Any) -> Answer:
        """The answer to one call, signed as of now. Raises NotReached."""
        secrets = await self._secrets(delivery)
        if not secrets:
            raise NotReached(NO_SECRET)
        body = delivery["body"]
        signed = headers(secrets, f"webhook_delivery_{delivery['id']}", self._now(), body)
        timeout = delivery["timeout_seconds"]
        try:
            return await self.calls.call(delivery["url"], body=body.encode(), headers=signed, timeout=timeout)
        except NotReached:
            raise
        except Exception as error:  # whatever it is, it must not keep the others waiting
            log.error("webhook not called", webhook=str(delivery["webhook_id"]), exc_info=True)
            raise NotReached("The address could not be called.") from error

    async def _secrets(self, delivery: Any) -> list[str]:
        """What to sign with, the newest first; a secret is made where there is none."""
        newest = delivery["signing_secret"]
        if newest is None:
            async with self.database.transaction(BY) as session:
                newest = await do_make_secret(session, delivery["webhook_id"], self.vault.keep)
        former = (delivery["former_signing_secret"], delivery["former_secret_until"])
        return keys(newest, *former, self.vault.kept, self._now()) if newest else []

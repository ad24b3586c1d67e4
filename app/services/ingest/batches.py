"""What batches came to, by the key that their sender gave: one that is sent again is told again, and written once.

It is kept in the transaction that writes the rows, so that there is either both or neither, and a twin that comes
meanwhile waits for it. Of the key and of the rows only digests are stored.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.ingest.asking import driver
from app.services.refusals import Refusal, Refused
from models.ops import INGEST_BATCHES

FOR = timedelta(days=30)
"""For how long a batch is known."""

CLAIM = """
INSERT INTO ops.ingest_batches AS b (business_id, kind, key, rows) VALUES ($1, $2, $3, $4)
ON CONFLICT (business_id, kind, key) DO UPDATE SET key = b.key
RETURNING xmax = 0 AS is_new, rows, recorded_count, refused_count, first_id, last_id, errors::text"""
"""Takes the key, or tells what came of the batch that did; waits for whoever is taking it."""

FINISH = """
UPDATE ops.ingest_batches
SET recorded_count = $4, refused_count = $5, first_id = $6, last_id = $7, errors = $8::text::jsonb
WHERE business_id = $1 AND kind = $2 AND key = $3"""

OTHER = Refusal("CONFLICT", "batchKey", "was given with other rows before")


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a batch came to."""

    recorded_count: int
    refused_count: int
    first_id: UUID | None
    last_id: UUID | None
    refusals: Sequence[Refusal] = ()


class Claim(NamedTuple):
    """A batch by the digest of its key."""

    business_id: UUID
    kind: str
    key: str


def claim_of(business_id: UUID, kind: str, key: str) -> Claim:
    """The claim of a batch that was given `key`."""
    return Claim(business_id, kind, sha256(key.encode()).hexdigest())


async def take(session: AsyncSession, claim: Claim, key: str, digest: bytes) -> Recorded | None:
    """What the batch came to before; None if it is to be recorded now. Raises Refused if it has other rows."""
    secret = hmac.digest(key.encode(), digest, "sha256")  # the digest of a row alone is soon guessed
    (found,) = await (await driver(session)).fetch(CLAIM, *claim, secret)
    if found["is_new"]:
        return None
    if not hmac.compare_digest(found["rows"], secret):
        raise Refused([OTHER])
    told = (found["recorded_count"], found["refused_count"], found["first_id"], found["last_id"])
    return Recorded(*told, [Refusal(**one) for one in orjson.loads(found["errors"])])


async def finish(session: AsyncSession, claim: Claim, recorded: Recorded) -> None:
    """Keep what the batch came to."""
    errors = orjson.dumps([_kept(refusal) for refusal in recorded.refusals]).decode()
    told = (recorded.recorded_count, recorded.refused_count, recorded.first_id, recorded.last_id, errors)
    await (await driver(session)).execute(FINISH, *claim, *told)


def _kept(refusal: Refusal) -> dict[str, Any]:
    return {name: getattr(refusal, name) for name in ("code", "field", "message", "index")}


async def do_forget_batches(session: AsyncSession, before: datetime) -> int:
    """Forget the batches from before a time, for example now less `FOR`; how many there were."""
    old = delete(INGEST_BATCHES).where(INGEST_BATCHES.c.created_at < before).returning(INGEST_BATCHES.c.kind)
    return len((await session.execute(old)).all())

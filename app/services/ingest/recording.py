"""The recording of a batch: who may, what is against its rows, and their way into the table by COPY."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.ingest import batches
from app.services.ingest.asking import By, check_references, check_values, driver, fill_in, seen
from app.services.ingest.batches import Recorded
from app.services.ingest.faults import Faults
from app.services.ingest.moments import kept
from app.services.ingest.reading import SLICE, Batch, digest_of, read
from app.services.ingest.shapes import TIME, Shape
from app.services.refusals import Refusal, Refused, check
from graph.access.policy import is_named
from graph.access.viewers import ADMIN, KEY, MEMBER, USER, scopes_of
from graph.engine.writing.constraints import refusal_of

MOST, LONGEST_KEY = 10_000, 200
"""Rows of a batch, and characters of its key."""

UNKNOWN = Refusal("NOT_FOUND", "businessId", "names no business")
TOO_LOW = Refusal("FORBIDDEN", "businessId", "names a business whose {} rows you may not record")
SIGN_IN_FIRST = Refusal("UNAUTHENTICATED", "businessId", "is for its members and keys: sign in first")


@dataclass(frozen=True, slots=True)
class Given:
    """A batch as it was sent."""

    business_id: UUID
    batch_key: str
    rows: Sequence[Any]
    keep_valid: bool = False


async def record(session: AsyncSession, shape: Shape, given: Given, by: By, now: datetime) -> Recorded:
    """Record the rows of a batch, or tell again what it came to.

    If any row is refused nothing is written, unless the others are to be kept. Raises Refused where something is
    against the batch as a whole.
    """
    check(check_batch(given))
    await check_may(session, shape, given.business_id, by)
    digest = await digest_of(given.rows)
    claim = batches.claim_of(given.business_id, shape.entity, given.batch_key)
    if (before := await batches.take(session, claim, given.batch_key, digest.digest)) is not None:
        return before
    faults = Faults()
    times = await kept(session, shape.table, now)
    batch = await read(shape, given.rows, times, faults, doubtful=digest.doubtful)
    columns = await fill_in(session, shape, batch)
    await check_references(session, shape, batch, given.business_id, by, faults)
    await check_values(session, shape, batch, faults)
    count = len(batch) - len(batch.refused)
    if not count or (faults.refused and not given.keep_valid):
        return Recorded(0, len(faults.refused), None, None, faults.refusals)
    first, last = await do_copy(session, shape, batch, columns, given.business_id)
    recorded = Recorded(count, len(faults.refused), first, last, faults.refusals)
    await batches.finish(session, claim, recorded)
    return recorded


def check_batch(given: Given) -> list[Refusal]:
    """What is against a batch before anybody looks into its rows."""
    rules = {
        ("batchKey", f"must have 1 to {LONGEST_KEY} characters"): 1 <= len(given.batch_key) <= LONGEST_KEY,
        ("rows", f"must be 1 to {MOST:,}; there are {len(given.rows):,}"): 1 <= len(given.rows) <= MOST,
    }
    return [Refusal("BAD_USER_INPUT", field, message) for (field, message), holds in rules.items() if not holds]


async def check_may(session: AsyncSession, shape: Shape, business_id: UUID, by: By) -> None:
    """Raise Refused if whoever asks may record no rows of the business."""
    viewer, kind = by.viewer, by.viewer.kind
    if kind.startswith(KEY):
        if viewer.params["business"] != business_id:
            raise Refused([UNKNOWN])
        if is_named(by.graph[shape.entity].table, scopes_of(kind), writing=True):
            return
    elif kind not in (USER, MEMBER, ADMIN):
        raise Refused([SIGN_IN_FIRST])
    elif kind == MEMBER and business_id in viewer.params["staff"]:
        return
    elif business_id not in await seen(session, by.graph["Business"].table, [business_id], by):
        raise Refused([UNKNOWN])
    elif kind == ADMIN:
        return
    raise Refused([Refusal(TOO_LOW.code, TOO_LOW.field, TOO_LOW.message.format(shape.spoken))])


async def do_copy(
    session: AsyncSession, shape: Shape, batch: Batch, columns: Sequence[str], business_id: UUID
) -> tuple[UUID, UUID]:
    """Write the rows of which nothing was refused; the lowest and the highest of their ids. Raises Refused."""
    ids = batch.columns[TIME]
    written = [key for number, key in enumerate(ids) if number not in batch.refused] if batch.refused else ids
    try:
        await (await driver(session)).copy_records_to_table(
            shape.table.name,
            schema_name=shape.table.schema,
            columns=["business_id", *columns],
            records=_records(batch, columns, business_id),
        )
    except asyncpg.IntegrityConstraintViolationError as error:
        if (refusal := refusal_of(error)) is None:
            raise
        raise Refused([refusal]) from None
    return min(written), max(written)


async def _records(batch: Batch, columns: Sequence[str], business_id: UUID) -> AsyncIterator[tuple[Any, ...]]:
    """The rows as COPY takes them: while the driver writes a slice of them, nobody else is served."""
    for start in range(0, len(batch), SLICE):
        parts = [batch.columns[key][start : start + SLICE] for key in columns]
        for number, record in enumerate(zip([business_id] * len(parts[0]), *parts, strict=True), start):
            if number not in batch.refused:
                yield record
        await asyncio.sleep(0)

"""Which times rows of a firehose table may have: its partitions keep months, and nothing happens later than now."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncSession

from models.uuid7 import EPOCH

AHEAD = 60_000
"""Milliseconds by which a clock may be ahead of ours; lists end there too."""

BOUNDS = """
SELECT pg_get_expr(c.relpartbound, c.oid) FROM pg_catalog.pg_inherits JOIN pg_catalog.pg_class AS c ON c.oid = inhrelid
WHERE inhparent = CAST(:table AS regclass) AND NOT inhdetachpending"""

_BOUND = re.compile(r"FROM \('([0-9a-f-]{36})'\) TO \('([0-9a-f-]{36})'\)")
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Kept:
    """The times that are kept, in milliseconds since 1970."""

    now: int
    spans: tuple[tuple[int, int], ...]
    """From when on, and until before when; in order, and none beside another."""

    @property
    def sure(self) -> tuple[int, int]:
        """The span of now, between which nothing is against a time; elsewhere there may be."""
        first, end = next((one for one in self.spans if one[0] <= self.now < one[1]), (0, 0))
        return first, min(end, self.now + AHEAD + 1)

    def against(self, moment: int) -> str | None:
        """What is against a time; None if nothing is."""
        if moment > self.now + AHEAD:
            return "must not be more than a minute ahead of now"
        if any(first <= moment < end for first, end in self.spans):
            return None
        if not self.spans or moment >= self.spans[0][0]:
            return "lies in a month that is not kept"
        first = EPOCH + self.spans[0][0] * _MILLISECOND
        return f"must not be before {first:%Y-%m-%d}: what is older is not kept"


async def kept(session: AsyncSession, table: Table, now: datetime) -> Kept:
    """The times that `table` keeps at `now`. No month goes before the end of the transaction."""
    # Whoever detaches a partition needs the table for themselves; who attaches one does not.
    await session.execute(text(f"LOCK TABLE ONLY {table.fullname} IN ROW EXCLUSIVE MODE"))
    bounds = (await session.scalars(text(BOUNDS), {"table": table.fullname})).all()
    found = [match.groups() for bound in bounds if (match := _BOUND.search(bound))]
    spans = sorted((UUID(first).int >> 80, UUID(end).int >> 80) for first, end in found)
    return Kept(_since_epoch(now), tuple(_joined(spans)))


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those that lie beside each other as one."""
    joined: list[tuple[int, int]] = []
    for first, end in spans:
        if joined and joined[-1][1] == first:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((first, end))
    return joined


def milliseconds(moments: Sequence[datetime | None]) -> list[int | None]:
    """Times since 1970, each floored to the millisecond."""
    return [None if moment is None else _since_epoch(moment) for moment in moments]


def _since_epoch(moment: datetime) -> int:
    return (moment - EPOCH) // _MILLISECOND

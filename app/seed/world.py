"""What all sample data is made with: the rows so far, and dice that fall the same way for the same number.

Knows nothing of businesses or people, and nothing of the database.
"""

import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from models import Base
from models.uuid7 import uuid7_at

Row = dict[str, Any]
T = TypeVar("T")

SPAN = timedelta(days=3 * 365)
_DATA = Path(__file__).parent / "data"


class Scale(StrEnum):
    """How much sample data there is."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


FACTORS = {Scale.SMALL: 1, Scale.MEDIUM: 25, Scale.LARGE: 250}
"""How many times the rows of what grows: about 40,000 in all, a million, ten million."""


def table_of(name: str) -> Any:
    """The tables of data/`name`.toml."""
    return tomllib.loads((_DATA / f"{name}.toml").read_text(encoding="utf-8"))


class Dice:
    """Chance that can be repeated; each domain has its own, so that one can grow without changing the others."""

    def __init__(self, seed: str) -> None:
        self._random = Random(seed)

    def pick(self, of: Sequence[T]) -> T:
        """Any one of them."""
        return of[int(self._random.random() * len(of))]

    def some(self, of: Sequence[T], count: int) -> list[T]:
        """`count` different ones, or all if there are fewer."""
        return self._random.sample(list(of), min(count, len(of)))

    def number(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`."""
        return low + int(self._random.random() * (high - low + 1))

    def chance(self, per_cent: float) -> bool:
        """True in so many of a hundred cases."""
        return self._random.random() * 100 < per_cent

    def wobble(self, by: float) -> float:
        """A factor around 1, from 1 - `by` to 1 + `by`."""
        return 1 + by * (2 * self._random.random() - 1)

    def between(self, low: datetime, high: datetime) -> datetime:
        """A moment from `low` to before `high`, to the millisecond; `low` if there is none."""
        milliseconds = (high - low) // timedelta(milliseconds=1)
        return low + timedelta(milliseconds=int(self._random.random() * max(milliseconds, 1)))

    def wait(self, low: timedelta, high: timedelta) -> timedelta:
        """A time from `low` to `high`, to the second."""
        return timedelta(seconds=self.number(int(low.total_seconds()), int(high.total_seconds())))

    def id_at(self, moment: datetime) -> UUID:
        """A UUIDv7 of that moment."""
        return uuid7_at(moment, self._random.getrandbits(74))


class SoldItem(NamedTuple):
    """One line of a sale."""

    id: UUID
    product_id: UUID
    variant_id: UUID
    quantity: int
    unit_price: Decimal
    total: Decimal


class Sale(NamedTuple):
    """An order as the domains behind it see it."""

    id: UUID
    business_id: UUID
    customer_id: UUID
    at: datetime
    number: str
    status: str
    currency: str
    total: Decimal
    items: tuple[SoldItem, ...]


@dataclass(slots=True)
class World:
    """The sample data so far, from `start` to `now`.

    A maker yields after each thing that is coherent in itself; then what was added may be taken away to the database.
    """

    now: datetime
    number: int = 1
    scale: Scale = Scale.SMALL
    kept: dict[str, list[Row]] = field(default_factory=dict)
    """The rows that were made with `add`, by table, for those who refer to them."""
    sales: list[Sale] = field(default_factory=list)
    """Every order, in the order of their times in each business."""
    changes: dict[str, list[Row]] = field(default_factory=dict)
    """What is set when all rows are there, by table: references that would run in a circle."""
    _fresh: dict[str, list[Row]] = field(default_factory=dict)
    _bulk: dict[tuple[str, tuple[str, ...]], list[tuple[Any, ...]]] = field(default_factory=dict)
    _times: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def start(self) -> datetime:
        """When it begins."""
        return self.now - SPAN

    def dice(self, domain: str) -> Dice:
        """The dice of `domain`."""
        return Dice(f"{self.number}:{domain}")

    def times(self, count: int) -> int:
        """`count` at the small scale, and so many times more at the others."""
        return count * FACTORS[self.scale]

    def add(self, table: str, dice: Dice, at: datetime, **values: Any) -> Row:
        """A new row of `table` ("schema.table"), made `at` that time; `values` may say otherwise.

        It is kept, and may be changed until the next yield. Of tables of more than 400 rows at the small scale use
        `bulk`.
        """
        row = {"id": dice.id_at(at), **dict.fromkeys(self._times_of(table), at), **values}
        self.kept.setdefault(table, []).append(row)
        self._fresh.setdefault(table, []).append(row)
        return row

    def bulk(self, table: str, *columns: str) -> Callable[[tuple[Any, ...]], None]:
        """A function that takes one row of `table` with just these `columns`; it is not kept."""
        self._fresh.setdefault(table, [])
        return self._bulk.setdefault((table, columns), []).append

    def set(self, table: str, key: UUID, **values: Any) -> None:
        """Set `values` in the row `key` of `table` when all rows are there."""
        self.changes.setdefault(table, []).append({"id": key, **values})

    def waiting(self) -> int:
        """How many rows were not taken yet."""
        return sum(map(len, self._fresh.values())) + sum(map(len, self._bulk.values()))

    def take(self) -> Iterator[tuple[str, tuple[str, ...], list[tuple[Any, ...]]]]:
        """Take what was added: table, columns and rows, in an order in which they can be written."""
        for table, rows in self._fresh.items():
            yield from _grouped(table, rows)
            rows.clear()
            for (name, columns), records in self._bulk.items():
                if name == table and records:
                    yield table, columns, records
                    records.clear()

    def _times_of(self, table: str) -> tuple[str, ...]:
        """Which of created_at and updated_at a row of `table` is given."""
        if table not in self._times:
            columns = Base.metadata.tables[table].columns
            stamps = ("created_at", "updated_at")
            self._times[table] = tuple(n for n in stamps if n in columns and columns[n].computed is None)
        return self._times[table]


def _grouped(table: str, rows: list[Row]) -> Iterator[tuple[str, tuple[str, ...], list[tuple[Any, ...]]]]:
    """The rows of `table` by the columns they have."""
    groups: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
    for row in rows:
        groups.setdefault(tuple(row), []).append(tuple(row.values()))
    for columns, records in groups.items():
        yield table, columns, records

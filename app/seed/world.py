"""What all sample data is made with: rows by table, and dice that fall the same way for the same number.

Knows nothing of businesses or people, and nothing of the database.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, TypeVar
from uuid import UUID

from models import Base
from models.uuid7 import uuid7_at

Row = dict[str, Any]
T = TypeVar("T")

SPAN = timedelta(days=3 * 365)
_DATA = Path(__file__).parent / "data"


def table_of(name: str) -> Any:
    """The tables of data/`name`.toml."""
    return tomllib.loads((_DATA / f"{name}.toml").read_text(encoding="utf-8"))


class Dice:
    """Chance that can be repeated; each domain has its own, so that one can grow without changing the others."""

    def __init__(self, seed: str) -> None:
        self._random = Random(seed)

    def pick(self, of: Sequence[T]) -> T:
        """Any one of them."""
        return of[self._random.randrange(len(of))]

    def some(self, of: Sequence[T], count: int) -> list[T]:
        """`count` different ones, or all if there are fewer."""
        return self._random.sample(list(of), min(count, len(of)))

    def number(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`."""
        return self._random.randint(low, high)

    def chance(self, per_cent: int) -> bool:
        """True in so many of a hundred cases."""
        return self._random.randrange(100) < per_cent

    def wobble(self, by: float) -> float:
        """A factor around 1, from 1 - `by` to 1 + `by`."""
        return 1 + by * (2 * self._random.random() - 1)

    def between(self, low: datetime, high: datetime) -> datetime:
        """A moment from `low` to before `high`, to the millisecond."""
        milliseconds = (high - low) // timedelta(milliseconds=1)
        return low + timedelta(milliseconds=self._random.randrange(max(milliseconds, 1)))

    def wait(self, low: timedelta, high: timedelta) -> timedelta:
        """A time from `low` to `high`, to the second."""
        return timedelta(seconds=self._random.randint(int(low.total_seconds()), int(high.total_seconds())))

    def id_at(self, moment: datetime) -> UUID:
        """A UUIDv7 of that moment."""
        return uuid7_at(moment, self._random.getrandbits(74))


@dataclass(slots=True)
class World:
    """The sample data so far, from `start` to `now`."""

    now: datetime
    number: int
    tables: dict[str, list[Row]] = field(default_factory=dict)

    @property
    def start(self) -> datetime:
        """When it begins."""
        return self.now - SPAN

    def dice(self, domain: str) -> Dice:
        """The dice of `domain`."""
        return Dice(f"{self.number}:{domain}")

    def add(self, table: str, dice: Dice, at: datetime, **values: Any) -> Row:
        """A new row of `table` ("schema.table"), made `at` that time; `values` may say otherwise."""
        columns = Base.metadata.tables[table].columns
        kept = [name for name in ("created_at", "updated_at") if name in columns and columns[name].computed is None]
        row = {"id": dice.id_at(at), **dict.fromkeys(kept, at), **values}
        self.tables.setdefault(table, []).append(row)
        return row

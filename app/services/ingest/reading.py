"""From rows as a client gave them to columns as COPY takes them, a slice at a time, so that nobody waits for long.

Asks no database. What is against a row is noted with its place among the rows; the rows around it are read all the
same.
"""

import asyncio
import marshal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec
import orjson
from asyncpg.pgproto.pgproto import UUID as FastUUID
from msgspec.structs import astuple

from app.services.ingest.faults import Faults
from app.services.ingest.moments import Kept, milliseconds
from app.services.ingest.shapes import TIME, Part, Shape
from models.uuid7 import uuid7s_at

SLICE, CAREFUL = 500, 50
"""Rows that are read at a time, in less than 4 ms; and where all their texts must be looked at."""

LONGEST_NAME = 100
"""Characters that are told of the name of a field that there is not."""

NUL = b"\\u0000"


class Digest(NamedTuple):
    """By what the same rows are known again, and whether a text of them may hold what PostgreSQL cannot keep."""

    digest: bytes
    doubtful: bool


@dataclass(slots=True)
class Batch:
    """The rows that were read, column by column."""

    columns: dict[str, list[Any]]
    """By the key of the part; under `TIME` the ids."""
    places: list[int] = field(default_factory=list)
    """Where each stood among the rows that were given."""
    refused: set[int] = field(default_factory=set)
    """Which of those turned out to be refused after all."""

    def __len__(self) -> int:
        return len(self.places)


async def digest_of(rows: Sequence[Any]) -> Digest:
    """The digest of `rows`, whatever the order of their fields."""
    hashed, doubtful = sha256(), False
    for start in range(0, len(rows), SLICE):
        json, odd = _canonical(rows[start : start + SLICE])
        hashed.update(json)
        doubtful = doubtful or odd or NUL in json
        await asyncio.sleep(0)
    return Digest(hashed.digest(), doubtful)


def _canonical(rows: Sequence[Any]) -> tuple[bytes, bool]:
    """The JSON of some rows, and whether it was hard to write: what orjson refuses came as literals."""
    try:
        return orjson.dumps(rows, option=orjson.OPT_SORT_KEYS), False
    except TypeError:
        return marshal.dumps([*rows], 2), True  # which goes deeper than orjson and repr, and takes any text and number


async def read(shape: Shape, rows: Sequence[Any], kept: Kept, faults: Faults, *, doubtful: bool = False) -> Batch:
    """The rows that nothing is against so far; what is against the others is noted in `faults`."""
    batch = Batch({part.key: [] for part in shape.parts})
    size = CAREFUL if doubtful else SLICE
    for start in range(0, len(rows), size):
        given = _Slice(shape, rows[start : start + size], start, faults)
        given.read(kept, batch, doubtful=doubtful)
        await asyncio.sleep(0)
    return batch


@dataclass(frozen=True, slots=True)
class _Slice:
    """A few rows."""

    shape: Shape
    rows: Sequence[Any]
    start: int
    faults: Faults

    def read(self, kept: Kept, batch: Batch, *, doubtful: bool) -> None:
        """Add to `batch` what nothing is against."""
        found, places = self._converted(doubtful=doubtful)
        if not found:
            return
        columns = {
            part.key: self._column(part, values, places)
            for part, values in zip(self.shape.parts, zip(*map(astuple, found), strict=True), strict=True)
        }
        self._check_times(columns[TIME], kept, places)
        if self.faults.refused.intersection(places):
            good = [number for number, place in enumerate(places) if place not in self.faults.refused]
            columns = {key: [values[number] for number in good] for key, values in columns.items()}
            places = [places[number] for number in good]
        columns[TIME] = [FastUUID(key) for key in uuid7s_at(columns[TIME])]
        batch.places += places
        for key, values in columns.items():
            batch.columns[key] += values

    def _converted(self, *, doubtful: bool) -> tuple[list[msgspec.Struct], list[int]]:
        """The rows whose types are right, and their places."""
        if not doubtful:
            try:
                found = msgspec.convert(self.rows, self.shape.rows)
            except msgspec.ValidationError:
                pass
            else:
                return found, list(range(self.start, self.start + len(found)))
        pairs = list(self._one_by_one(doubtful=doubtful))
        return [row for row, _ in pairs], [place for _, place in pairs]

    def _one_by_one(self, *, doubtful: bool) -> Iterator[tuple[msgspec.Struct, int]]:
        for place, row in enumerate(self.rows, self.start):
            if doubtful and not is_text(row):
                self.faults.note(place, "", "The row holds a character that no text can")
                continue
            try:
                yield msgspec.convert(row, self.shape.row), place
            except msgspec.ValidationError:
                self.faults.note_all(place, reasons(self.shape, row))

    def _column(self, part: Part, values: Sequence[Any], places: Sequence[int]) -> list[Any]:
        """What COPY takes of one column."""
        if part.key == TIME:
            return milliseconds(values)
        if part.read is None:
            return list(values)
        read, left = part.read, (None, msgspec.UNSET)
        try:
            return [value if value in left else read(value) for value in values]
        except ValueError:
            return [self._read(part, value, place) for value, place in zip(values, places, strict=True)]

    def _read(self, part: Part, value: Any, place: int) -> Any:
        assert part.read is not None
        try:
            return value if value is None or value is msgspec.UNSET else part.read(value)
        except ValueError as error:
            self.faults.note(place, part.name, str(error) or part.value.says)
            return None

    def _check_times(self, moments: list[int | None], kept: Kept, places: Sequence[int]) -> None:
        """Fill in now where no time was given, and note which are out of range."""
        first, end = kept.sure
        for number, given in enumerate(moments):
            moment = moments[number] = kept.now if given is None else given
            if not first <= moment < end and (why := kept.against(moment)):
                self.faults.note(places[number], self.shape.time.name, why)


def reasons(shape: Shape, row: Any) -> Iterator[tuple[str, str]]:
    """All that is wrong with a row by itself: fields, and sentences that go on from them."""
    if not isinstance(row, dict):
        yield "rows", "must be objects"
        return
    for name in row:
        if name not in shape.by_name:
            yield str(name)[:LONGEST_NAME], f"is no field of a {shape.spoken}"
    for part in shape.parts:
        value = row.get(part.name)
        if value is None:
            if part.needed or (part.name in row and not part.nullable):
                yield part.name, "must be given"
        elif (why := _against(value, part)) is not None:
            yield part.name, why


def _against(value: Any, part: Part) -> str | None:
    """What is against a value; None if nothing is."""
    try:
        found = msgspec.convert(value, part.value.kind)
        if part.read is not None:
            part.read(found)
    except msgspec.ValidationError:
        return part.value.says
    except ValueError as error:
        return str(error) or part.value.says
    return None


def is_text(value: Any) -> bool:
    """Whether every text in a JSON value can be kept."""
    stack = [value]
    while stack:
        match stack.pop():
            case str(text):
                if "\0" in text or not _is_unicode(text):
                    return False
            case dict(inner):
                stack += [*inner.keys(), *inner.values()]
            case list(inner):
                stack += inner
    return True


def _is_unicode(text: str) -> bool:
    try:
        text.isascii() or text.encode()
    except UnicodeEncodeError:
        return False
    return True

"""What was told last, by number: one for all who follow, each of whom only knows how far they are."""

from bisect import bisect_right
from typing import NamedTuple


class Told(NamedTuple):
    """A body and its number."""

    number: int
    body: bytes


class Tail:
    """The last bodies, whose numbers rise; no more of them than there is room for."""

    __slots__ = ("_bodies", "_numbers", "bytes_room", "floor", "head", "lost", "room", "size")

    def __init__(self, start: int, room: int, bytes_room: int) -> None:
        self.room, self.bytes_room = room, bytes_room
        self.size = 0
        """Bytes of all bodies."""
        self.floor = start
        """What has a higher number is here."""
        self.head = start
        """The highest number that there is."""
        self.lost = -1
        """The highest number that was here and had to make room."""
        self._numbers: list[int] = []
        self._bodies: list[bytes] = []

    def __len__(self) -> int:
        return len(self._numbers)

    def add(self, number: int, body: bytes) -> None:
        """Add the next; the first make room for it."""
        assert number > self.head, "Numbers rise."
        self.head = number
        self._numbers.append(number)
        self._bodies.append(body)
        self.size += len(body)
        if len(self._numbers) > self.room or self.size > self.bytes_room:
            self._make_room()

    def _make_room(self) -> None:
        first, last = 0, len(self._numbers) - 1
        while first < last and (last - first >= self.room or self.size > self.bytes_room):
            self.size -= len(self._bodies[first])
            first += 1
        self.floor = self.lost = self._numbers[first - 1] if first else self.floor
        del self._numbers[:first], self._bodies[:first]

    def reach(self, head: int) -> None:
        """Know that up to `head` there is nothing more: some numbers may never be told."""
        self.head = max(self.head, head)

    def forget(self) -> None:
        """Keep nothing of what is here; nobody has lost it."""
        self.floor, self.size = self.head, 0
        self._numbers, self._bodies = [], []

    def next(self, after: int) -> Told | None:
        """The first with a number above `after`, which must not be below the floor."""
        at = bisect_right(self._numbers, after)
        return Told(self._numbers[at], self._bodies[at]) if at < len(self._numbers) else None

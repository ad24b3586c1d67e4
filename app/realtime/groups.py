"""Those who get the same bytes of one log: what is new is read once for all of them."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from app.realtime.flight import Flight
from app.realtime.following import LogFollowing
from app.realtime.reading import patiently
from app.realtime.tail import Tail
from app.realtime.waiting import Waiting
from graph.engine.errors import AgoraError, Conflict, NotFound
from graph.engine.running.feeds import Entry, Read

ROOM, BYTES_ROOM = 1_000, 1024 * 1024
"""Entries, and their bytes, that a group keeps: whoever is farther behind lags. A chat of a hundred entries a second,
or of messages of 16 KiB, can so be away for some seconds; a process has a MiB at most for a log that somebody follows.
"""

PASSING = 32
"""Of what is worth no row the last so many are kept: whoever is slower gets no others."""

PASSING_BYTES = 128 * 1024
"""Each has 4 KiB at most."""

PAGE = 128
"""Entries that are read at once. Pages begin at its multiples, so that who resumes elsewhere can share them."""

PAGE_SECONDS = 1.0
"""For how long a page is handed to others: within that a crowd reconnects, and what it shows is not older."""

TOGETHER, CROWDED = 0.005, 0.25
"""Seconds in which those who join are read for at once: at first, and where others joined just before."""

REWRITING = ("_EDITED", "_REDACTED")
"""What ends the name of entries after which earlier ones show something else."""

CHANGED = "The log is not the one that you know: begin anew with its head and epoch."


class Group:
    """The followers of one log with one selection and viewer."""

    def __init__(self, following: LogFollowing, close: Callable[["Group"], None]) -> None:
        self.following, self._close = following, close
        self.followers = 0
        self.ended: AgoraError | None = None
        """Why nobody follows any more."""
        self.tail: Tail | None = None
        """None before the first read."""
        self.head, self.epoch, self.is_staff = 0, 0, False
        self.passing = Tail(0, PASSING, PASSING_BYTES)
        self.waiting = Waiting()
        self.flight = Flight(self._catch_up)
        self._joining: asyncio.Task[None] | None = None
        self._joined = float("-inf")
        self._wanted: list[int] = []
        self._pages: dict[int, asyncio.Task[Read | None]] = {}
        self._synthetic: tuple[str, int, bytes] = ("", -1, b"")
        self._used = 0.0

    async def join(self, after: int | None) -> None:
        """Read what was committed before this was called; the first that join say from where on."""
        if after is not None:
            self._wanted.append(after)
        if self._joining is None:
            self._joining = asyncio.create_task(self._read_for_all())
        await asyncio.shield(self._joining)

    async def _read_for_all(self) -> None:
        """Read for those who join from now on, until that begins: a crowd costs some reads a second, however large."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(CROWDED if loop.time() - self._joined < CROWDED else TOGETHER)
        self._joining, self._joined = None, loop.time()
        await asyncio.shield(self.flight.ask())

    def leave(self) -> None:
        """Be without a follower more."""
        self.followers -= 1
        if not self.followers:
            self.close()

    def close(self) -> None:
        """Read no more."""
        self._close(self)
        self.flight.stop()
        if self._joining is not None:
            self._joining.cancel()
        for page in self._pages.values():
            page.cancel()

    def end(self, error: AgoraError) -> None:
        """Tell all who follow why they cannot any more."""
        self.ended = self.ended or error
        self._close(self)
        self.waiting.wake()

    def is_behind(self, head: int, epoch: int | None) -> bool:
        """Whether the log is not as it was last read."""
        return self.tail is not None and (head != self.head or epoch not in (None, self.epoch))

    async def _catch_up(self) -> None:
        while self.ended is None:
            after, limit = self._next_read()
            try:
                read = await patiently(partial(self.following.read, after, limit))
            except AgoraError as error:
                self.end(error)
                return
            if not self._takes(read) or read is None:
                return
            if self._add(after, read):
                self.waiting.wake()
            if len(read.entries) < limit:
                return

    def _next_read(self) -> tuple[int, int]:
        """After what to read, and how much. The first of a group begins where the first of its followers does."""
        wanted, self._wanted = self._wanted, []
        if self.tail is not None:
            return self.tail.head, PAGE
        return (min(wanted) // PAGE * PAGE, PAGE) if wanted else (-1, 1)

    def _takes(self, read: Read | None) -> bool:
        """Whether what was read goes on from what is known; all are told if not."""
        if read is None:
            self.end(NotFound())
        elif self.tail is not None and (
            (read.epoch, read.is_staff) != (self.epoch, self.is_staff) or read.head < self.head
        ):
            self.end(conflict(read.head, read.epoch))
        return self.ended is None

    def _add(self, after: int, read: Read) -> bool:
        """Whether there is something new for those who wait: with each that joins there is a read."""
        before = self.tail.head if self.tail is not None else None
        self.head, self.epoch, self.is_staff = read.head, read.epoch, read.is_staff
        if self.tail is None:
            is_far = after < 0 or read.head - after > ROOM
            self.tail = Tail(read.head if is_far else min(after, read.head), ROOM, BYTES_ROOM)
        self._used = asyncio.get_running_loop().time()
        for entry in read.entries:
            if entry.seq > self.tail.head:
                if entry.type.endswith(REWRITING):
                    self._forget()
                self.tail.add(entry.seq, entry.body)
        if len(read.entries) < PAGE:
            self.tail.reach(read.head)
        return self.tail.head != before

    def _forget(self) -> None:
        """Read anew what was read: nobody is to get from here what was taken out meanwhile."""
        assert self.tail is not None
        self.tail.forget()
        self._pages.clear()

    def settle(self, before: float) -> None:
        """Keep nothing if nothing came since `before`; who joins reads what they need."""
        if self.tail is not None and len(self.tail) and self._used < before:
            self.tail.forget()

    async def page(self, after: int) -> tuple[Sequence[Entry], int]:
        """Entries that follow `after`, and up to which number that is all. Raises AgoraError.

        There is something: `after` is below the floor of what the group has itself.
        """
        start = after // PAGE * PAGE
        read = await self._page(start)
        if not any(entry.seq > after for entry in read.entries):  # it may have been read before there was one
            self._pages.pop(start, None)
            read = await self._page(start)
        entries = [entry for entry in read.entries if entry.seq > after]
        if not entries and read.head <= after:
            self.end(conflict(read.head, read.epoch))
        return entries, read.head

    async def _page(self, start: int) -> Read:
        page = self._pages.get(start)
        if page is None:
            page = asyncio.create_task(patiently(partial(self.following.read, start, PAGE)))
            self._pages[start] = page
            asyncio.get_running_loop().call_later(PAGE_SECONDS, self._pages.pop, start, None)
        read = await asyncio.shield(page)
        if read is None:
            self.end(NotFound())
        elif read.epoch != self.epoch:
            self.end(conflict(read.head, read.epoch))
        if self.ended is not None or read is None:
            raise self.ended or NotFound()
        return read

    def pass_on(self, type_name: str, values: Mapping[str, Any]) -> None:
        """Tell all who follow what soon passes."""
        self.passing.add(self.passing.head + 1, self.following.render(type_name, values))
        self.waiting.wake()

    def caught_up(self, seq: int) -> bytes:
        """The body that says that what comes next is new."""
        return self._said("CaughtUp", seq, epoch=self.epoch)

    def lagged(self, seq: int) -> bytes:
        """The body that says that somebody was too slow."""
        return self._said("Lagged", seq)

    def _said(self, what: str, seq: int, **more: int) -> bytes:
        if self._synthetic[:2] != (what, seq):
            name = self.following.feed.prefix + what
            self._synthetic = (what, seq, self.following.render(name, {"seq": seq, **more}))
        return self._synthetic[2]


def conflict(head: int, epoch: int) -> Conflict:
    """What tells a client that its place in the log means nothing."""
    return Conflict(CHANGED, head=head, epoch=epoch)

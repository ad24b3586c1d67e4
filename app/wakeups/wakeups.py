"""The wake-ups of a process: what they are about, who hears of which, and what becomes one.

Only hints: tables are the truth, and whoever listens looks each second anyway. What has a payload is an ephemeral: it
is nowhere else, and whoever does not hear it never will.
"""

import asyncio
from base64 import b64decode, b64encode
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import count

import structlog
from pydantic import SecretStr

from app.database import Database
from app.wakeups import carrier
from app.wakeups.carrier import Carrier, Line
from app.wakeups.postgres import Postgres

COALESCED = 0.005
"""Seconds from one sending to the next: what comes meanwhile becomes one."""

PAUSE = 1.0
"""Seconds from one attempt to connect to the next."""

LARGEST = 4_096
"""Bytes of a payload."""

MOST = 1_000
"""Topics, and payloads, that wait to be sent: of more topics it is only said that there is something, and of payloads
the first are lost."""

EVERYTHING = ""
"""The topic of whatever there is."""

Callback = Callable[[str, bytes], None]

log = structlog.get_logger(__name__)


@asynccontextmanager
async def waking(database: Database, events_url: SecretStr | None = None) -> AsyncIterator["Wakeups"]:
    """The wake-ups of a process, which each commit on `database` sends; they come and go while this is open.

    The Redis at `events_url` carries them, or else the database.
    """
    wakeups = Wakeups(database.dsn, events_url.get_secret_value() if events_url else None)
    database.after_commit.append(wakeups.committed)
    try:
        async with wakeups.running():
            yield wakeups
    finally:
        database.after_commit.remove(wakeups.committed)


class Wakeups:
    """What a process tells all processes, itself too, and hears of them."""

    def __init__(self, dsn: str, events_url: str | None = None) -> None:
        self._carrier = _redis(events_url) if events_url else Postgres(dsn)
        self._topics: set[str] = set()
        self._payloads: deque[str] = deque(maxlen=MOST)
        self._number = count()
        self._sent, self._up = asyncio.Event(), asyncio.Event()
        self._listeners: dict[str, list[Callback]] = {}

    @property
    def is_up(self) -> bool:
        """Whether wake-ups are heard at the moment."""
        return self._up.is_set()

    async def up(self) -> None:
        """Wait until wake-ups are heard; how long is the caller's business."""
        await self._up.wait()

    def send(self, topic: str, payload: bytes = b"") -> None:
        """Wake whoever listens to `topic`, in any process; returns at once.

        Without a payload several become one. What has one is an ephemeral: those of a process arrive one by one in
        their order, and one is lost if the carrier is away. Raises ValueError if it has more than 4,096 bytes.
        """
        if len(payload) > LARGEST:
            raise ValueError(f"a payload has at most {LARGEST} bytes, not {len(payload)}")
        if not payload:
            self._note(topic)
        elif self.is_up:
            # Numbered: of what is the same in one transaction PostgreSQL sends one.
            self._payloads.append(f"{topic} {next(self._number)} {b64encode(payload).decode()}")
        self._sent.set()

    def _note(self, topic: str) -> None:
        if len(self._topics) >= MOST:
            self._topics = {EVERYTHING}
        self._topics.add(topic)

    def committed(self, topics: Iterable[str]) -> None:
        """Wake whoever listens to one of the topics that a transaction touched."""
        for topic in topics:
            self.send(topic)

    def listen(self, callback: Callback, kind: str) -> None:
        """Have `callback` called with key and payload for each wake-up of the topics `kind:key`, or of `kind` itself.

        It is called with nothing, for everything that it follows, whenever some may have been missed.
        """
        self._listeners.setdefault(kind, []).append(callback)
        if self.is_up:  # what was sent before is missed
            callback("", b"")

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """While this is open, wake-ups come and go."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            while not task.done():  # a library may take a cancellation for a connection that timed out
                task.cancel()
                await asyncio.wait([task], timeout=PAUSE)

    async def _run(self) -> None:
        while True:
            try:
                await self._connected()
            except Exception as error:  # whatever it is, the next connection may do better
                log.warning("wake-ups are lost", cause=type(error).__name__)
            await asyncio.sleep(PAUSE)

    async def _connected(self) -> None:
        """Send and listen over a new connection, until it breaks."""
        async with self._carrier.connected(self._heard, self._sent.set) as line:
            self._up.set()
            try:
                self._heard(EVERYTHING)
                while True:
                    await self._next(line)
            finally:
                self._up.clear()
                self._payloads.clear()

    async def _next(self, line: Line) -> None:
        """Send what there is to send, or look whether the connection is still alive."""
        with suppress(TimeoutError):
            async with asyncio.timeout(carrier.PROBED):
                await self._sent.wait()
        self._sent.clear()
        topics, self._topics = self._topics, set()
        try:
            await line.send([*sorted(topics), *self._taken()])
        except BaseException:
            self._topics |= topics
            raise
        await asyncio.sleep(COALESCED)

    def _taken(self) -> Sequence[str]:
        taken = list(self._payloads)
        self._payloads.clear()
        return taken

    def _heard(self, text: str) -> None:
        """Tell whoever listens to what a line is about."""
        topic, _, numbered = text.partition(" ")
        payload = b64decode(numbered.partition(" ")[2])
        kind, _, key = topic.partition(":")
        kinds = (kind,) if topic != EVERYTHING else tuple(self._listeners)
        for callback in [callback for kind in kinds for callback in self._listeners.get(kind, ())]:
            try:
                callback(key, payload)
            except Exception as error:  # the others are told all the same
                log.error("a wake-up woke nobody", kind=kind, cause=type(error).__name__)


def _redis(url: str) -> Carrier:
    """The Redis at a URL: its library is loaded only here, because it takes 25 MB and a third of a second."""
    from app.wakeups.redis import Redis

    return Redis(url)

"""Looks again and again whether those whose connections stay open still may have them."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Protocol

import structlog

from app.auth import Identity
from app.http.credentials import Doorman
from app.http.reading import BadRequest
from graph.client import Client

SWEEP = 0.3
"""Seconds between looks. With how long a token is believed it reaches everybody within a second that it was revoked."""

SLICE = 250
"""Tokens that are asked about at once; others are served in between."""

log = structlog.get_logger(__name__)


class Watched(Protocol):
    """A connection that somebody opened by a token."""

    token: str | None

    @property
    def client(self) -> Client:
        """Where it comes from."""

    @property
    def origin(self) -> str | None:
        """The page it comes from."""

    def know(self, identity: Identity) -> None:
        """Go on as whoever the token now belongs to. Returns at once."""

    def turn_out(self, message: str) -> None:
        """End, for the token opens nothing any more. Returns at once."""


class Sweep:
    """The connections of those who showed a token."""

    def __init__(self, doorman: Doorman) -> None:
        self.doorman = doorman
        self._watched: dict[str, dict[Watched, None]] = {}
        self._told: dict[str, Identity | None] = {}
        """Whom each token belonged to when all who watch for it were told."""

    def watch(self, watched: Watched) -> None:
        """Look at one more."""
        assert watched.token is not None
        self._watched.setdefault(watched.token, {})[watched] = None
        self._told.pop(watched.token, None)

    def forget(self, watched: Watched) -> None:
        """Look at it no more."""
        beside = self._watched.get(watched.token or "", {})
        beside.pop(watched, None)
        if not beside:
            self._watched.pop(watched.token or "", None)
            self._told.pop(watched.token or "", None)

    @contextmanager
    def watching(self, watched: Watched) -> Iterator[None]:
        """Meanwhile, look at a connection, if it was opened by a token."""
        if watched.token is not None:
            self.watch(watched)
        try:
            yield
        finally:
            self.forget(watched)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Meanwhile, end the connections of those whose session, key or chat is no more."""
        task = asyncio.create_task(self._run())
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(SWEEP)
            tokens = tuple(self._watched)
            for start in range(0, len(tokens), SLICE):
                await self._look(tokens[start : start + SLICE])

    async def _look(self, tokens: Sequence[str]) -> None:
        """Each token is asked about once, however many connections there are by it."""
        found = await asyncio.gather(*map(self.doorman.believed, tokens), return_exceptions=True)
        for token, identity in zip(tokens, found, strict=True):
            if isinstance(identity, BaseException) or token not in self._watched:
                continue  # the database is away: who was known stays so
            beside = tuple(self._watched.get(token, ()))
            if identity is not None and identity == self._told.get(token):
                beside = beside[:1]  # nothing is new, but that the token is in use
            self._told[token] = identity
            for watched in beside:
                try:
                    self._tell(watched, identity)
                except Exception as error:  # one that cannot be ended keeps nobody from being looked at
                    log.warning("a connection could not be looked at", cause=type(error).__name__)

    def _tell(self, watched: Watched, identity: Identity | None) -> None:
        try:
            watched.know(self.doorman.admitted(identity, watched.client, watched.origin))
        except BadRequest as error:
            self.forget(watched)
            watched.turn_out(error.message)

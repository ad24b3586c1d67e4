"""From a token to its identity: out of memory for less than half a second, then anew from the database.

Nothing has to reach this process for a revoked session to be refused: what it knows is simply too old by then. Requests
that come at the same time are looked up by one statement.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable
from typing import NamedTuple

from strawberry.dataloader import DataLoader

from app.auth.identities import Identity, found
from app.services.accounts.tokens import KEY, LONGEST, SESSION, VISIT, digest
from graph.engine.running.deadline import Deadline
from graph.engine.running.run import Connections

FRESH = 0.4
"""Seconds for which an identity is believed: a revoked one is refused within a second, sockets included."""

PATIENCE = 3.0
"""Seconds after which it is said that the database does not answer."""

OPENING = (SESSION, KEY, VISIT)
"""What tokens begin with that open anything."""

MOST = 20_000
"""Tokens that are remembered, known and unknown ones."""


class Known(NamedTuple):
    """What was found for a token, and until when that is believed."""

    identity: Identity | None
    until: float


class Authenticator:
    """Says whom tokens belong to."""

    def __init__(self, connections: Connections) -> None:
        self.connections = connections
        self._known: OrderedDict[str, Known] = OrderedDict()
        self._loader: DataLoader[tuple[str, str], Identity | None] = DataLoader(load_fn=self._load, cache=False)

    async def identify(self, token: str) -> Identity | None:
        """Whom `token` belongs to, None if it opens nothing. Raises what the database raises."""
        prefix = next((one for one in OPENING if token.startswith(one)), None)
        if prefix is None or len(token) > LONGEST:
            return None
        hashed = digest(token)
        known = self._known.get(hashed)
        if known is not None and asyncio.get_running_loop().time() < known.until:
            return known.identity
        return await self._loader.load((prefix, hashed))

    async def _load(self, keys: list[tuple[str, str]]) -> list[Identity | None]:
        sessions, programs, visits = (list({hashed for kind, hashed in keys if kind == one}) for one in OPENING)
        async with Deadline(PATIENCE).within(self.connections) as connection:
            identities = await found(connection, sessions, programs, visits)
        self._remember({hashed for _, hashed in keys}, identities)
        return [identities.get(hashed) for _, hashed in keys]

    def _remember(self, asked: Iterable[str], identities: dict[str, Identity]) -> None:
        until = asyncio.get_running_loop().time() + FRESH
        for hashed in asked:
            self._known[hashed] = Known(identities.get(hashed), until)
            self._known.move_to_end(hashed)
        while len(self._known) > MOST:
            self._known.popitem(last=False)

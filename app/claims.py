"""Deals with claims over data beside the requests, one after the other, and tidies up what they leave.

Every process does so: a claim is taken by whoever sees it first, and taken up again if that process ended.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

import structlog

from app.database import Database, by
from app.services.accounts.occasion import Occasion
from app.services.privacy import kyc, requests
from app.services.privacy.vault import Vault

SECONDS = 1.0
"""From one look to the next, if nobody says that there is something."""

TIDYING = 60.0
"""From one tidying to the next."""

log = structlog.get_logger(__name__)


class Claims:
    """The claims of a database, and the exports of a vault."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self.database, self.vault = database, vault
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """There is a claim: look at once."""
        self._woken.set()

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """While this is open, claims are dealt with."""
        tasks = [asyncio.create_task(self._work()), asyncio.create_task(self._tidy())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*tasks)

    async def once(self) -> bool:
        """Deal with one claim; whether there was any."""
        async with self.database.transaction(by("privacy request")) as session:
            taken = await requests.take(session, datetime.now(UTC))
        if taken is None:
            return False
        async with self.database.transaction(by("privacy request")) as session:
            dealt = await requests.deal(session, taken, self.vault, Occasion(datetime.now(UTC)))
        for request_id in dealt.erased if dealt else ():
            self.vault.remove(request_id)
        return True

    async def tidy(self) -> None:
        """Remove what is too old: files, addresses of notices, approvals of papers, proofs of skills."""
        now = datetime.now(UTC)
        await asyncio.to_thread(self.vault.sweep, now.timestamp())
        async with self.database.transaction(by("privacy request")) as session:
            await requests.do_forget_addresses(session, now)
            await kyc.do_expire(session, now)

    async def _work(self) -> None:
        while True:
            self._woken.clear()
            try:
                while await self.once():
                    pass
            except Exception as error:  # it is taken up again later
                log.warning("claim not dealt with", cause=type(error).__name__)
            with suppress(TimeoutError):
                async with asyncio.timeout(SECONDS):
                    await self._woken.wait()

    async def _tidy(self) -> None:
        while True:
            try:
                await self.tidy()
            except Exception as error:  # the next time will do
                log.warning("not tidied up", cause=type(error).__name__)
            await asyncio.sleep(TIDYING)

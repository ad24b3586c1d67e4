"""The outbox of changes that services are to be told of: by HTTP, or by a handler of ours."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

from app.database import Database, Work, by
from app.outgoing import NotReached, Outgoing
from app.services.gateway.signing import headers, keys
from app.services.privacy.vault import Vault
from app.services.syncing import telling
from app.services.syncing.telling import Change, Subscription
from app.worker.handlers import Handler

AT_ONCE = 32
"""Changes of different rows that a service is told side by side."""

UNREADABLE = "The subscription's secret cannot be read, so the call cannot be signed: rotateSubscriptionSecret."

Teller = Callable[[Subscription, Change], Awaitable[None]]
"""Tells a service; raises what says that it did not take the change."""


class NotTaken(Exception):
    """The service does not take the change, in words for whoever looks after it."""


@dataclass(frozen=True, slots=True)
class Syncs:
    """The rows of ServiceSync, in parts by subscription."""

    database: Database
    tellers: Mapping[str, Teller]
    """How services are told, by the transport of their subscription."""
    name: str = "syncs"

    async def due(self) -> Sequence[str]:
        """The subscriptions that wait for something."""
        async with self.database.reads.acquire() as connection:
            return await telling.due(connection)

    async def drain(self, key: str) -> None:
        """Tell the service of a subscription all that is due."""
        async with self._work() as work:
            subscription = await telling.begin(work, UUID(key))
        while subscription is not None:
            async with self._work() as work:
                changes = await telling.take(work, subscription)
            if not changes:
                return
            told = await self._tell(subscription, changes)
            async with self._work() as work:
                await telling.finish(work, told)

    def _work(self) -> AbstractAsyncContextManager[Work]:
        return self.database.work(by("sync"))

    async def _tell(self, subscription: Subscription, changes: Sequence[Change]) -> dict[UUID, str | None]:
        """What became of each change."""
        limit = asyncio.Semaphore(AT_ONCE)
        tell = self.tellers[subscription.transport]

        async def one(change: Change) -> str | None:
            async with limit:
                return await _tried(tell, subscription, change)

        results = await asyncio.gather(*map(one, changes))
        return {change.id: result for change, result in zip(changes, results, strict=True)}


async def _tried(tell: Teller, subscription: Subscription, change: Change) -> str | None:
    """None if the service took the change, else why not."""
    try:
        async with asyncio.timeout(subscription.timeout_seconds):
            await tell(subscription, change)
    except TimeoutError:
        return f"The service did not answer within {subscription.timeout_seconds} seconds."
    except NotTaken as error:
        return str(error)
    except Exception as error:  # a handler's own
        return f"The handler failed: {type(error).__name__}."
    return None


def by_handler(handlers: Mapping[str, Handler]) -> Teller:
    """Telling by the handler that the subscription calls by name."""
    return partial(_by_handler, handlers)


def by_http(calls: Outgoing, vault: Vault) -> Teller:
    """Telling by a POST to the subscription's address, signed like a webhook's where there is a secret to sign with."""
    return partial(_by_http, calls, vault)


async def _by_http(calls: Outgoing, vault: Vault, subscription: Subscription, change: Change) -> None:
    body, now = change.body, datetime.now(UTC)
    sealed = subscription.signing_secret
    secrets = keys(sealed, None, None, vault.kept, now) if sealed else []
    if sealed and not secrets:
        raise NotTaken(UNREADABLE)
    plain = {"content-type": "application/json"}
    signed = headers(secrets, f"service_sync_{change.id}", now, body.decode()) if secrets else plain
    try:
        answer = await calls.call(subscription.address, body=body, headers=signed, timeout=subscription.timeout_seconds)
    except NotReached as error:
        raise NotTaken(error.reason) from error
    if not 200 <= answer.status < 300:
        raise NotTaken(f"The service answered {answer.status}: {answer.text[:200]}")


async def _by_handler(handlers: Mapping[str, Handler], subscription: Subscription, change: Change) -> None:
    handler = handlers.get(subscription.address)
    if handler is None:
        raise NotTaken(f'There is no handler called "{subscription.address}".')
    await handler(change)

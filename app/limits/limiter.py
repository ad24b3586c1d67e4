"""Takes what an operation costs from the limits of whoever asks: as a rule from slices in memory, without a word to
the database.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

import structlog
from strawberry.dataloader import DataLoader

from app.limits.accounts import Accounts, Due
from app.limits.bucket import Bucket, tightest
from app.limits.ledger import Ledger
from app.limits.rules import COST, DELAY, REJECT, RuleBook
from graph.context import Allowance
from graph.engine.access import Viewer
from graph.engine.costs.charging import UNKNOWN, Rate, RateLimited, Uses

LONGEST_DELAY = 2.0
"""Seconds that a limit that delays lets wait, before it refuses."""
MOST_WAITING = 500
"""Operations that wait at a time; more are refused."""
TRIES = 20
"""How often a slice is asked for that others spend first."""
LOOK = 0.5
"""Seconds between two looks at the rules; old slices are given back then too."""
SWEEP = 120
"""Looks between two sweeps."""

log = structlog.get_logger(__name__)


class Limiter:
    """Counts what viewers ask for."""

    def __init__(self, ledger: Ledger, clock: Callable[[], float] = time.monotonic) -> None:
        self.ledger, self.clock = ledger, clock
        self.rules = RuleBook()
        self.accounts = Accounts(self.rules)
        self.held: set[Bucket] = set()
        """Buckets of which something may have to be given back."""
        self.waiting = 0
        self._loader: DataLoader[tuple[Bucket, int], None] = DataLoader(load_fn=self._lease, cache=False)

    async def charge(self, viewer: Viewer, context: Any, kind: str, uses: Uses, units: int) -> Rate | None:
        """Take one request of `units` from the limits of `viewer`; None if there are none. Raises RateLimited."""
        account = self.accounts.of(viewer, _ip(context))
        now = self.clock()
        if not account.words or account.words.isdisjoint(uses):
            buckets = account.plain[kind]
            for bucket in buckets:
                if now >= bucket.until or bucket.have < (units if bucket.counts_cost else 1):
                    break
            else:
                for bucket in buckets:
                    bucket.have -= units if bucket.counts_cost else 1
                return tightest(buckets, now)
        due = account.due(kind, uses, units)
        await self._pay_slowly(due)
        return tightest([bucket for bucket, _ in due], self.clock())

    def foresee(self, viewer: Viewer, context: Any, units: int) -> None:
        """Raise RateLimited if it is known by now that `units` cannot be had; nothing is taken."""
        now = self.clock()
        for bucket, amount in self.accounts.of(viewer, _ip(context)).due(UNKNOWN, {}, units):
            if bucket.rule.action == REJECT and bucket.is_empty(amount, now):
                raise _refusal(bucket, amount, now)

    async def _pay_slowly(self, due: Due) -> None:
        """Take what is `due`, leasing what is missing; where a limit says so, wait a while. Raises RateLimited."""
        patience = self.clock() + LONGEST_DELAY
        while (short := await self._short(due)) is not None:
            bucket, amount = short
            now = self.clock()
            wait = max(bucket.wait(amount, now), 0.01)
            if bucket.rule.action != DELAY or now + wait > patience or self.waiting >= MOST_WAITING:
                raise _refusal(bucket, amount, now)
            self.waiting += 1
            try:
                await asyncio.sleep(wait)
            finally:
                self.waiting -= 1

    async def _short(self, due: Due) -> tuple[Bucket, int] | None:
        """Take what is `due` from all of the buckets, or from none: then the one that has not enough."""
        for _ in range(TRIES):
            now = self.clock()
            lacking = [(bucket, amount) for bucket, amount in due if not bucket.fits(amount, now)]
            empty = [(bucket, amount) for bucket, amount in lacking if bucket.is_empty(amount, now)]
            if refusing := [one for one in empty if not one[0].only_told]:
                return max(refusing, key=lambda one: one[0].wait(one[1], now))
            if len(lacking) == len(empty):
                self._spend(due, now)
                return None
            await self._loader.load_many([one for one in lacking if one not in empty])
        return lacking[0]

    def _spend(self, due: Due, now: float) -> None:
        for bucket, amount in due:
            if not bucket.fits(amount, now):
                self._tell(bucket, now)
                continue
            bucket.have -= amount
            if bucket.have < 0:  # it cost more than fits into the bucket: the others have to know
                bucket.until = now

    def _tell(self, bucket: Bucket, now: float) -> None:
        """Log that a limit is exceeded which refuses nobody, once a second."""
        if now >= bucket.told_at + 1:
            bucket.told_at = now
            log.warning("a limit is exceeded", limit=bucket.rule.name, bucket=bucket.name)

    async def _lease(self, asked: list[tuple[Bucket, int]]) -> list[None]:
        """Lease for all that came in together, and give back what was held."""
        amounts: dict[Bucket, list[float]] = {}
        for bucket, amount in asked:
            amounts.setdefault(bucket, []).append(min(amount, bucket.capacity))
        needs = {bucket: sum(each) for bucket, each in amounts.items()}
        leases = await self.ledger.lease([bucket.ask(need, min(amounts[bucket])) for bucket, need in needs.items()])
        now = self.clock()
        for (bucket, need), lease in zip(needs.items(), leases, strict=True):
            bucket.renew(lease, need, min(amounts[bucket]), now)
        self.held.update(needs)
        return [None] * len(asked)

    async def standing(self, viewer: Viewer, context: Any) -> Sequence[Allowance]:
        """What is left of each limit of `viewer`."""
        buckets = self.accounts.of(viewer, _ip(context)).buckets
        now = self.clock()
        await self._loader.load_many([(bucket, 0) for bucket in buckets if now >= bucket.until])
        return [_allowance(bucket, self.clock()) for bucket in buckets]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Meanwhile, go by the rules as they are changed, and give back what nobody spends."""
        await self.look()
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self._give_back(float("inf"))

    async def _run(self) -> None:
        looks = 0
        while True:
            await asyncio.sleep(LOOK)
            looks += 1
            try:
                await self.look()
                if looks % SWEEP == 0:
                    await self.ledger.sweep()
            except Exception as error:  # a look that fails is no reason not to look again
                log.warning("the limits could not be looked at", cause=type(error).__name__)

    async def look(self) -> None:
        """Learn the rules anew, and give back slices that are over."""
        await self.ledger.try_again()
        if not self.ledger.alone and (rows := await self.ledger.rows()) is not None:
            self.rules.learn(rows)
        await self._give_back(self.clock())

    async def _give_back(self, now: float) -> None:
        over = {bucket for bucket in self.held if now >= bucket.until}
        self.held -= over
        asks = [bucket.ask() for bucket in over if bucket.have]
        if asks:
            await self.ledger.lease(asks)


def _ip(context: Any) -> str | None:
    return context.client.ip if context is not None else None


def _refusal(bucket: Bucket, amount: int, now: float) -> RateLimited:
    rule, wait = bucket.rule, max(1, ceil(bucket.wait(amount, now)))
    what = "units of cost" if rule.unit == COST else "requests"
    told = f'The limit "{rule.name}" is used up: {rule.limit:,} {what} in {rule.window:,} s. Try again in {wait:,} s.'
    return RateLimited(told, wait, bucket.told(now))


def _allowance(bucket: Bucket, now: float) -> Allowance:
    rule, rate = bucket.rule, bucket.told(now)
    full_at = datetime.now(UTC) + timedelta(seconds=min(rate.reset, 10**9))
    return Allowance(rule.name, rule.unit, rule.window, rate.limit, rate.remaining, full_at)

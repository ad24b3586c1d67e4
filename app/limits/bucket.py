"""What a process holds of one bucket: a slice that was leased a moment ago."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil, floor

from app.limits.ledger import Ask, Lease
from app.limits.rules import COST, LOG, Rule
from graph.engine.costs.charging import Rate

SLICE = 1.0
"""Seconds for which a slice is held."""
EMPTY = (0.05, 1.0)
"""For how many seconds at least and at most a bucket is known to be empty without asking again."""


@dataclass(slots=True, eq=False, weakref_slot=True)
class Bucket:
    """One owner's part of one limit."""

    name: str
    rule: Rule
    capacity: float = 0
    rate: float = 0
    limit: int = 0
    counts_cost: bool = False
    have: float = 0
    """What is left of the slice; below zero for an operation that cost more than fits into the bucket."""
    until: float = field(default=float("-inf"))
    """When the slice must be given back."""
    left: float = 0
    """What was left for others when it was leased."""
    leased_at: float | None = None
    empty_until: float = field(default=float("-inf"))
    """Until when it is known that there is no more than is held for whoever needs `empty_for` or more."""
    empty_for: float = 0
    shared: bool = True
    """Whether what is held was leased from all processes' table."""
    told_at: float = field(default=float("-inf"))
    """When it was last logged that it is exceeded."""

    def __post_init__(self) -> None:
        self.adopt(self.rule)

    def adopt(self, rule: Rule) -> None:
        """Go by `rule` from now on, beginning with the next lease."""
        changed = rule != self.rule or not self.rate
        self.rule, self.limit, self.counts_cost = rule, rule.limit, rule.unit == COST
        self.capacity, self.rate = float(rule.capacity), rule.rate
        if changed:
            self.until = self.empty_until = float("-inf")

    @property
    def only_told(self) -> bool:
        """Whether what is beyond it is only logged."""
        return self.rule.action == LOG

    def fits(self, amount: float, now: float) -> bool:
        """Whether `amount` can be taken without asking anybody. What is more than fits at all needs a full bucket."""
        return now < self.until and self.have >= min(amount, self.capacity)

    def is_empty(self, amount: float, now: float) -> bool:
        """Whether it is known that `amount` cannot be had."""
        need = min(amount, self.capacity)
        return now < self.empty_until and need > self.have and need >= self.empty_for

    def ask(self, need: float = 0, least: float = 0) -> Ask:
        """Give back what is held, and ask for what requests need in all, the smallest of them `least`."""
        back, self.have = (self.have if self.shared else min(self.have, 0.0)), 0.0
        return Ask(self.name, self.capacity, self.rate, back, need, least)

    def renew(self, lease: Lease, need: float, least: float, now: float) -> None:
        """Hold what was leased for requests that need so much in all, the smallest of them `least`."""
        self.have += lease.granted
        self.left, self.leased_at, self.shared, self.until = lease.remaining, now, lease.shared, now + SLICE
        if lease.granted < need:
            self.empty_for = 0 if lease.granted else min(least, self.capacity)
            missing = (min(least, self.capacity) - self.have - self.left) / self.rate
            self.empty_until = now + min(max(missing, EMPTY[0]), EMPTY[1])

    def remaining(self, now: float) -> float:
        """What is left by now, as far as this process knows."""
        if self.leased_at is None:
            return self.capacity
        found = self.left + self.have + self.rate * (now - self.leased_at)
        return found if found < self.capacity else self.capacity

    def wait(self, amount: float, now: float) -> float:
        """In how many seconds `amount` can be had."""
        missing = (min(amount, self.capacity) - self.remaining(now)) / self.rate
        return max(missing, self.empty_until - now, 0.0)

    def told(self, now: float) -> Rate:
        """What clients are told."""
        remaining, capacity = self.remaining(now), self.capacity
        reset = ceil((capacity - remaining) / self.rate) if remaining < capacity else 0
        return Rate(self.limit, floor(remaining) if remaining > 0 else 0, reset)


def tightest(buckets: Sequence[Bucket], now: float) -> Rate | None:
    """What is left of the limit of which least is left, by its size; None if there is no limit."""
    if len(buckets) < 2:
        return buckets[0].told(now) if buckets else None
    return min(buckets, key=lambda bucket: bucket.remaining(now) / bucket.capacity).told(now)

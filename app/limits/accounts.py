"""Whose requests are counted together: from a viewer and an address to the buckets that both have a part in."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any
from uuid import UUID
from weakref import WeakValueDictionary

from app.limits.bucket import Bucket
from app.limits.rules import ADMIN, ANONYMOUS, API_KEY, BUSINESS, DOORS, KINDS, USER, VISITOR, Rule, RuleBook
from graph.access import viewers
from graph.engine.access import Viewer
from graph.engine.costs.charging import MUTATION, UNKNOWN, Uses

MOST = 20_000
"""Accounts that are remembered."""
MOST_LAST = 2_000
NOWHERE = "nowhere"
HOUR, DAY = 3_600, 86_400

Due = list[tuple[Bucket, int]]
"""Buckets, and what each must pay."""


@dataclass(slots=True, eq=False)
class Account:
    """The buckets of one viewer, as of one version of the rules."""

    version: int
    buckets: tuple[Bucket, ...]
    doors: tuple[Bucket, ...] = ()
    """Those of the address, for somebody else than nobody who signs in."""
    plain: Mapping[str, tuple[Bucket, ...]] = field(init=False)
    """By the kind of operation: the buckets that count every one, whatever it uses."""
    words: frozenset[str] = field(init=False)
    """What concerns other buckets too."""

    def __post_init__(self) -> None:
        unnamed = [bucket for bucket in self.buckets if not bucket.rule.names]
        self.plain = {kind: tuple(b for b in unnamed if b.rule.kind in ("", kind)) for kind in (UNKNOWN, *KINDS)}
        self.words = frozenset(name for bucket in (*self.buckets, *self.doors) for name in bucket.rule.names)

    def due(self, kind: str, uses: Uses, units: int) -> Due:
        """What an operation must pay, and where."""
        buckets = self.buckets
        if kind == MUTATION and self.doors and not DOORS.isdisjoint(uses):
            buckets += self.doors
        return [(bucket, amount) for bucket in buckets if (amount := bucket.rule.amount(kind, uses, units))]


class Accounts:
    """Remembers accounts, the last used of them."""

    def __init__(self, rules: RuleBook) -> None:
        self.rules = rules
        self._last: dict[tuple[int, str | None], tuple[Viewer, Account]] = {}
        """Those of viewers as they were identified a moment ago: to find them by who they are takes 1 us."""
        self._known: OrderedDict[tuple[Any, ...], Account] = OrderedDict()
        self._buckets: WeakValueDictionary[str, Bucket] = WeakValueDictionary()

    def of(self, viewer: Viewer, ip: str | None) -> Account:
        """The account of `viewer` at an address."""
        last = self._last.get((id(viewer), ip))
        if last is not None and last[0] is viewer and last[1].version == self.rules.version:
            return last[1]
        place = _place(viewer, ip)
        account = self._known.get(place)
        if account is None or account.version != self.rules.version:
            account = self._known[place] = self._made(place)
        self._known.move_to_end(place)
        while len(self._known) > MOST:
            self._known.popitem(last=False)
        if len(self._last) >= MOST_LAST:
            self._last.clear()
        self._last[id(viewer), ip] = viewer, account
        return account

    def _made(self, place: tuple[Any, ...]) -> Account:
        kind, owner, address, *more = place
        mine = [self._bucket(rule, owner) for rule in self.rules.of(kind, *more[:2])]
        match kind:
            case "VISITOR":  # whoever makes up visitors has no more than one of them
                mine += [self._bucket(rule, address) for rule in self.rules.of(kind)]
            case "API_KEY":
                business, key, hourly, daily = more
                mine += [self._bucket(rule, owner) for rule in _of_key(key, hourly, daily)]
                mine += [self._bucket(rule, business) for rule in self.rules.of(BUSINESS, business, key)]
        doors = () if kind == ANONYMOUS else tuple(self._doors(address))
        return Account(self.rules.version, tuple(mine), doors)

    def _doors(self, address: str) -> Iterable[Bucket]:
        rules = (rule for rule in self.rules.of(ANONYMOUS) if rule.names & DOORS)
        return (self._bucket(rule, address) for rule in rules)

    def _bucket(self, rule: Rule, owner: Any) -> Bucket:
        name = f"{rule.id}/{owner}"
        bucket = self._buckets.get(name)
        if bucket is None:
            bucket = self._buckets[name] = Bucket(name, rule)
        else:
            bucket.adopt(rule)
        return bucket


def _place(viewer: Viewer, ip: str | None) -> tuple[Any, ...]:
    """Kind, owner and address; of a key its business and what the key itself is allowed too."""
    kind, params = viewer.kind, viewer.params
    address = network_of(ip)
    if kind == viewers.ANONYMOUS:
        return ANONYMOUS, address, address
    if kind in (viewers.USER, viewers.MEMBER):
        return USER, params.get("user"), address
    if kind == viewers.ADMIN:
        return ADMIN, params.get("user"), address
    if kind == viewers.VISITOR:
        return VISITOR, params.get("visitor"), address
    key = params.get("key")
    return API_KEY, key, address, params.get("business"), key, params.get("hourly"), params.get("daily")


def _of_key(key: UUID | None, hourly: int | None, daily: int | None) -> Iterable[Rule]:
    """What a key itself is allowed."""
    if hourly:
        yield Rule(f"{key}/hour", "Requests of the key an hour", HOUR, hourly)
    if daily:
        yield Rule(f"{key}/day", "Requests of the key a day", DAY, daily)


@lru_cache(maxsize=10_000)
def network_of(ip: str | None) -> str:
    """The address that counts: of IPv6 the network of 64 bits, of which everybody has a whole one."""
    try:
        address = ip_address(ip or "")
    except ValueError:
        return NOWHERE
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ip_network((int(address), 64), strict=False))

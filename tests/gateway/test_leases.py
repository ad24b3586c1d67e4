"""How limits are counted: in slices that processes lease from one table, by a clock that tests turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from app.limits import Ledger, Limiter
from app.limits.ledger import Ask, OwnLedger, opened
from app.limits.limiter import SWEEP
from app.limits.rules import Rule, scope_of
from graph.access import viewers
from graph.client import Client
from graph.context import Context
from graph.engine.access import ADMIN, ANONYMOUS, Viewer
from graph.engine.answer import Engine, Operation
from graph.engine.costs.charging import RateLimited, Uses, uses_of_mutation
from graph.engine.schema.schema import Schema
from tests.engine.dice import Dice

HOUR = 3_600


@dataclass(slots=True)
class Clock:
    """Shows the time that a test says."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now

    def moment(self) -> datetime:
        """The same for the database."""
        return datetime(2026, 11, 21, tzinfo=UTC) + timedelta(seconds=self.now)


@dataclass(slots=True)
class Process:
    """A process that counts, with the statements it sends."""

    limiter: Limiter
    statements: list[str] = field(default_factory=list)

    @property
    def leases(self) -> int:
        return sum("lease_rate_limits" in statement for statement in self.statements)

    async def ask(
        self, viewer: Viewer = ANONYMOUS, units: int = 1, ip: str = "192.0.2.1", kind: str = "query", **uses: int
    ) -> bool:
        """Whether an operation is granted."""
        context: Any = Context(None, None, client=Client(ip))  # type: ignore[arg-type]
        try:
            await self.limiter.charge(viewer, context, kind, uses, units)
        except RateLimited:
            return False
        return True

    async def granted(self, times: int, viewer: Viewer = ANONYMOUS, **more: Any) -> int:
        """How many of so many operations are granted, one after the other."""
        return sum([await self.ask(viewer, **more) for _ in range(times)])


@dataclass(slots=True)
class World:
    """A database with limits, the time, and processes."""

    url: str
    database: asyncpg.Connection
    clock: Clock = field(default_factory=Clock)

    async def limit(self, count: int, viewer: str = "ANONYMOUS", window: int = HOUR, **more: Any) -> UUID:
        values = {"name": f"{viewer} {more}", "viewer": viewer, "window_seconds": window, "limit_count": count, **more}
        places = ", ".join(f"${at}" for at in range(1, len(values) + 1))
        statement = f"INSERT INTO gateway.rate_limits ({', '.join(values)}) VALUES ({places}) RETURNING id"
        id_: UUID = await self.database.fetchval(statement, *values.values())
        return id_

    @asynccontextmanager
    async def process(self) -> AsyncIterator[Process]:
        """A process that knows the limits there are by now."""
        statements: list[str] = []

        async def listen(connection: asyncpg.Connection) -> None:
            connection.add_query_logger(lambda record: statements.append(record.query))

        pool = await asyncpg.create_pool(self.url, min_size=1, max_size=2, init=listen)
        process = Process(Limiter(Ledger(pool, self.clock.moment), self.clock), statements)
        await process.limiter.look()
        yield process
        pool.terminate()

    async def used(self) -> float:
        """What is used of all buckets."""
        used: float = await self.database.fetchval("SELECT coalesce(sum(used), 0) FROM gateway.rate_limit_buckets")
        return used


@pytest.fixture
async def world(committed: str) -> AsyncIterator[World]:
    connection = await asyncpg.connect(committed)
    yield World(committed, connection)
    await connection.close()


async def test_a_bucket_flows_full_again_evenly_and_no_further(world: World) -> None:
    await world.limit(60, window=60)
    async with world.process() as process:
        assert await process.granted(80) == 60
        for seconds, granted in ((1, 1), (2, 2), (0.5, 0), (0.5, 1), (30, 30), (10_000, 60)):
            world.clock.now += seconds
            assert await process.granted(80) == granted


async def test_only_the_burst_comes_at_once(world: World) -> None:
    await world.limit(60, window=60, burst_count=5)
    async with world.process() as process:
        assert await process.granted(20) == 5
        world.clock.now += 3
        assert await process.granted(20) == 3


@pytest.mark.parametrize("seed", range(8))
async def test_processes_grant_together_what_there_is_and_not_one_more(world: World, seed: int) -> None:
    dice = Dice(Random(seed))
    capacity = 50 + dice.below(3_000)
    await world.limit(capacity, unit="COST", burst_count=capacity)
    async with world.process() as one, world.process() as other, world.process() as third:
        prices = [1 + dice.below(20) for _ in range(600)]
        found = await asyncio.gather(*(dice.one_of([one, other, third]).ask(units=price) for price in prices))
        granted = sum(price for price, yes in zip(prices, found, strict=True) if yes)
        assert granted <= capacity
        world.clock.now += 0.001
        for process in (one, other, third):  # what one of them held and did not spend, it spends or gives back
            granted += await process.granted(3_000)
        assert capacity - 3 <= granted <= capacity + 1


async def test_there_is_no_statement_while_a_slice_lasts_and_one_for_all_that_come_together(world: World) -> None:
    await world.limit(1_000_000)
    await world.limit(1_000_000, "USER")
    people = [Viewer(viewers.USER, {"user": uuid4()}) for _ in range(50)]
    async with world.process() as process:
        assert all(await asyncio.gather(*(process.ask(viewer) for viewer in [*people, ANONYMOUS] * 3)))
        assert process.leases == 1
        process.statements.clear()
        assert await process.granted(500) == 500
        assert all([await process.ask(viewer) for viewer in people])
        assert process.statements == []
        world.clock.now += 2
        assert await process.granted(500) == 500
        assert process.leases == 1


async def test_what_nobody_spends_is_given_back(world: World) -> None:
    await world.limit(1_600)
    async with world.process() as process, process.limiter.running():
        await process.ask()
        assert await world.used() == 100
        world.clock.now += 1
        await process.limiter.look()
        assert 0 < await world.used() <= 1
        await process.ask()
        assert await world.used() > 90
    assert 0 < await world.used() <= 2


async def test_who_is_refused_is_refused_from_memory_for_a_moment(world: World) -> None:
    await world.limit(5)
    async with world.process() as process:
        assert await process.granted(6) == 5
        process.statements.clear()
        assert await process.granted(100) == 0
        assert process.statements == []
        world.clock.now += 1
        assert await process.granted(100) == 0
        assert process.leases == 1


async def test_what_costs_more_than_there_can_be_needs_all_and_is_paid_back(world: World) -> None:
    await world.limit(100, unit="COST", window=100, burst_count=10)
    async with world.process() as process, world.process() as other:
        assert await process.ask(units=60)
        assert not await process.ask(units=1)
        assert not await other.ask(units=1)
        world.clock.now += 49
        assert not await process.ask(units=1)
        await process.limiter.look()
        assert not await other.ask(units=1)
        world.clock.now += 5
        assert not await process.ask(units=60)
        assert await other.ask(units=3)


async def test_all_limits_are_charged_or_none(world: World) -> None:
    await world.limit(3, name="narrow")
    await world.limit(100, unit="COST", name="wide")
    async with world.process() as process:
        assert await process.granted(10, units=5) == 3
        left = {one.name: one.remaining for one in await process.limiter.standing(ANONYMOUS, _at("192.0.2.1"))}
        assert left == {"narrow": 0, "wide": 85}


def _at(ip: str) -> Context:
    return Context(None, None, client=Client(ip))  # type: ignore[arg-type]


async def test_a_limit_that_was_raised_leaves_what_was_used(world: World) -> None:
    limit = await world.limit(10)
    async with world.process() as process:
        assert await process.granted(20) == 10
        for count, more in ((25, 15), (5, 0), (26, 1)):
            await world.database.execute("UPDATE gateway.rate_limits SET limit_count = $1 WHERE id = $2", count, limit)
            await process.limiter.look()
            assert await process.granted(40) == more


async def test_a_visitor_counts_as_oneself_and_as_an_address(world: World) -> None:
    await world.limit(5, "VISITOR")
    browsers = [viewers.visitor(uuid4(), chat=uuid4()) for _ in range(3)]
    async with world.process() as process:
        assert [await process.granted(3, browser) for browser in browsers] == [3, 2, 0]
        assert await process.granted(3, browsers[0], ip="192.0.2.2") == 2


@pytest.mark.parametrize(
    ("viewer", "kind"),
    [
        (ANONYMOUS, "ANONYMOUS"),
        (Viewer(viewers.USER, {"user": uuid4()}), "USER"),
        (Viewer(viewers.MEMBER, {"user": uuid4()}), "USER"),
        (viewers.key(uuid4(), ["*"]), "API_KEY"),
        (viewers.key(uuid4(), ["orders:read"]), "BUSINESS"),
        (ADMIN, "ADMIN"),
    ],
)
async def test_each_kind_of_viewer_has_its_limits_and_no_others(world: World, viewer: Viewer, kind: str) -> None:
    for count, other in enumerate(("ANONYMOUS", "VISITOR", "USER", "API_KEY", "BUSINESS", "ADMIN"), 1):
        await world.limit(count if other == kind else 1_000, other)
    async with world.process() as process:
        expected = ("ANONYMOUS", "VISITOR", "USER", "API_KEY", "BUSINESS", "ADMIN").index(kind) + 1
        assert await process.granted(9, viewer) == expected


async def test_addresses_that_are_none_count_together(world: World) -> None:
    await world.limit(2)
    async with world.process() as process:
        assert [await process.ask(ip=ip) for ip in ("x" * 5_000, "a'b", "1.2.3")] == [True, True, False]


async def test_old_buckets_are_swept_and_others_stay(world: World) -> None:
    await world.limit(3_600)
    async with world.process() as process:
        for at in range(20):
            await process.granted(10, ip=f"192.0.2.{at}")
        world.clock.now += 5
        await process.limiter.look()
        await process.granted(100, ip="192.0.2.1")
        world.clock.now += 50
        assert await process.limiter.ledger.sweep() == 19
        assert await process.limiter.ledger.sweep() == 0
    assert SWEEP > 0


async def test_what_is_remembered_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.limits.accounts.MOST", 10)
    monkeypatch.setattr("app.limits.accounts.MOST_LAST", 10)
    await world.limit(10)
    async with world.process() as process:
        for at in range(50):
            assert await process.ask(ip=f"192.0.2.{at}")
        world.clock.now += 2
        await process.limiter.look()
        accounts = process.limiter.accounts
        assert len(accounts._known) <= 10
        assert len(accounts._buckets) <= 20
        assert not process.limiter.held


async def test_an_operation_waits_where_a_limit_delays(world: World) -> None:
    await world.limit(100, window=1, burst_count=1, action="DELAY")
    async with opened(world.url) as ledger:
        process = Process(Limiter(ledger))
        await process.limiter.look()
        assert await asyncio.gather(*(process.ask() for _ in range(20))) == [True] * 20


async def test_who_would_wait_too_long_is_refused(world: World) -> None:
    await world.limit(10, window=100, action="DELAY")
    async with world.process() as process:
        assert await process.granted(12) == 10


async def test_without_a_database_a_process_counts_for_itself_until_it_is_back(world: World) -> None:
    await world.limit(10)
    async with world.process() as process:
        assert await process.granted(4) == 4
        await world.database.execute("ALTER FUNCTION lease_rate_limits RENAME TO hidden")
        world.clock.now += 2
        assert await process.granted(30) == 10
        assert process.limiter.ledger.alone
        await process.limiter.look()
        assert process.limiter.ledger.alone
        await world.database.execute("ALTER FUNCTION hidden RENAME TO lease_rate_limits")
        await process.limiter.look()
        assert not process.limiter.ledger.alone
        world.clock.now += 2
        assert await process.granted(30) == 6


@pytest.mark.parametrize("seed", range(10))
async def test_in_memory_it_is_as_in_the_database(world: World, seed: int) -> None:
    dice, own = Dice(Random(seed)), OwnLedger()
    now = 0.0
    for _ in range(60):
        now += dice.one_of([0.0, 0.25, 1.0, 60.0])
        world.clock.now = now
        asks = [_an_ask(dice, name) for name in "abc"[: 1 + dice.below(3)]]
        pool: Any = _Lent(world.database)
        leases = await Ledger(pool, world.clock.moment).lease(asks)
        expected = own.lease(asks, now)
        assert [lease.granted for lease in leases] == [lease.granted for lease in expected]
        assert [lease.remaining for lease in leases] == pytest.approx([lease.remaining for lease in expected], abs=1e-3)


def _an_ask(dice: Dice, name: str) -> Ask:
    back = float(dice.one_of([0, 0, 3, -40]))
    return Ask(
        name,
        float(dice.one_of([5, 100, 1_000])),
        dice.one_of([0.125, 4.0, 64.0]),
        back,
        float(dice.below(13)),
        float(dice.below(5)),
    )


@dataclass(slots=True)
class _Lent:
    """One connection where a pool is expected."""

    connection: asyncpg.Connection

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[asyncpg.Connection]:
        yield self.connection


@pytest.mark.parametrize(
    ("scope", "kind", "names"),
    [
        ("*", "", []),
        ("", "", []),
        ("query", "query", []),
        ("mutation", "mutation", []),
        ("orders", "", ["orders"]),
        ("order_items:read", "query", ["orderItems"]),
        ("orders:write", "mutation", ["orders"]),
        ("signIn, register", "", ["signIn", "register"]),
        ("orders:read jobs", "", ["orders", "jobs"]),
        ("* orders", "", []),
    ],
)
def test_a_scope_says_what_counts(scope: str, kind: str, names: Sequence[str]) -> None:
    assert scope_of(scope) == (kind, frozenset(names))


@pytest.mark.parametrize(
    ("query", "counted"),
    [
        ("{ jobs { totalCount } }", {"jobs": 1, "job": 1, "freelance": 1, "users": 0}),
        ("{ jobs { nodes { client { id } } } }", {"jobs": 1, "users": 1, "identity": 1, "orders": 0}),
        ('{ a: job(id: "x") { id } b: job(id: "x") { id } }', {"jobs": 2}),
        ("{ version viewer { user { id } } }", {"version": 1, "viewer": 1}),
        ("{ jobs { aggregate { count } pageInfo { hasNextPage } } }", {"jobs": 1}),
    ],
)
async def test_what_a_query_uses_counts(schema: Schema, query: str, counted: Uses) -> None:
    engine = Engine(schema, schema.derived.graph, schema.derived.access, _nothing)
    uses = engine.plan(engine.asked(Operation(query))).uses
    rules = {name: Rule("x", "x", HOUR, 1, names=frozenset([name])) for name in counted}
    assert {name: rule.amount("query", uses, 7) for name, rule in rules.items()} == counted


@asynccontextmanager
async def _nothing() -> AsyncIterator[Any]:
    raise AssertionError("a database is asked")
    yield


def test_by_cost_a_scope_counts_all_that_the_operation_costs() -> None:
    rule = Rule("x", "x", HOUR, 1, "COST", names=frozenset(["jobs"]))
    assert [rule.amount("query", uses, 7) for uses in ({"jobs": 0}, {"jobs": 3}, {"users": 1})] == [7, 7, 0]
    assert uses_of_mutation((), None) == {}  # type: ignore[arg-type]

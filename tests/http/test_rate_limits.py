"""Limits hold on every transport, for every kind of viewer, and in all processes together."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from app.auth import digest
from app.database import Database, connected
from app.services.accounts.tokens import KEY, SESSION, made
from tests.api import a_business, a_user
from tests.http.conftest import Served, serving

QUERY = {"query": "{ jobs { totalCount } }"}
HOUR = 3_600
SIGN_IN = 'signIn(input: {email: "a@x.example", password: "not this one"}) { userErrors { code } }'
EVENTS = {"accept": "text/event-stream"}
TELLING = {"accept": "application/graphql-response+json"}


@dataclass(slots=True)
class Gate:
    """A database with limits, and servers over it."""

    url: str
    database: asyncpg.Connection
    stack: AsyncExitStack

    async def insert(self, table: str, **values: Any) -> Any:
        places = ", ".join(f"${at}" for at in range(1, len(values) + 1))
        statement = f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places}) RETURNING id"
        return await self.database.fetchval(statement, *values.values())

    async def limit(self, count: int, viewer: str = "ANONYMOUS", **more: Any) -> UUID:
        """A limit of so many requests an hour."""
        values = {"name": f"{viewer} {more}", "viewer": viewer, "window_seconds": HOUR, "limit_count": count}
        id_: UUID = await self.insert("gateway.rate_limits", **values | more)
        return id_

    async def serve(self, **settings: Any) -> Served:
        """A server of its own over the database."""

        @asynccontextmanager
        async def opening() -> AsyncIterator[Database]:
            async with connected(self.url, read_size=2, write_size=1) as database:
                yield database

        return Served(*await self.stack.enter_async_context(serving(opening, None, **settings)))

    async def user(self, name: str, **more: Any) -> dict[str, str]:
        """The header of somebody who signed in."""
        token, until = made(SESSION), datetime.now(UTC) + timedelta(hours=1)
        person = await a_user(self.insert, name, **more)
        await self.insert("identity.login_sessions", user_id=person, token_hash=digest(token), expires_at=until)
        return {"authorization": f"Bearer {token}"}

    async def key(self, business: UUID, name: str, **more: Any) -> dict[str, str]:
        """The header of a program."""
        token = made(KEY)
        values = {"name": name, "prefix": f"agora_k_{name}", "key_hash": digest(token), "scopes": ["*"]}
        await self.insert("gateway.api_keys", business_id=business, **values | more)
        return {"authorization": f"Bearer {token}"}


@pytest.fixture
async def gate(committed: str) -> AsyncIterator[Gate]:
    connection = await asyncpg.connect(committed)
    async with AsyncExitStack() as stack:
        yield Gate(committed, connection, stack)
    await connection.close()


async def codes(served: Served, times: int, body: Any = QUERY, **headers: str) -> list[int]:
    """The statuses of so many requests, one after the other."""
    return [(await served.client.post("/graphql", json=body, headers=headers)).status_code for _ in range(times)]


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait for something that happens by itself, soon."""
    for _ in range(200):
        if await condition():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it does not happen")


async def test_so_many_are_granted_and_no_more(gate: Gate) -> None:
    await gate.limit(7)
    served = await gate.serve()
    assert await codes(served, 10) == [200] * 7 + [429] * 3


async def test_of_many_at_once_too(gate: Gate) -> None:
    await gate.limit(20)
    served = await gate.serve()
    found = await asyncio.gather(*(codes(served, 1) for _ in range(50)))
    assert sorted(code for (code,) in found) == [200] * 20 + [429] * 30


async def test_two_processes_count_together(gate: Gate) -> None:
    await gate.limit(31)
    both = [await gate.serve(), await gate.serve()]
    found = [code for _ in range(25) for served in both for code in await codes(served, 1)]
    assert found.count(200) == 31


async def test_a_refusal_tells_when_to_come_again(gate: Gate) -> None:
    await gate.limit(60, name="Everybody", burst_count=1)
    served = await gate.serve()
    await served.send(**QUERY)
    answer = await served.send(**QUERY)
    assert answer.status_code == 429
    body, headers = answer.json(), answer.headers
    assert "data" not in body
    (error,) = body["errors"]
    assert error["extensions"]["code"] == "RATE_LIMITED"
    assert error["extensions"]["retryAfter"] == int(headers["retry-after"])
    assert 0 < error["extensions"]["retryAfter"] <= 60
    assert error["message"].startswith('The limit "Everybody" is used up: 60 requests in 3,600 s. Try again in ')
    reset = body["extensions"]["rateLimit"].pop("reset")
    assert body["extensions"]["rateLimit"] == {"limit": 60, "remaining": 0, "cost": 0}
    told = [headers[f"ratelimit-{name}"] for name in ("limit", "remaining", "reset")]
    assert told == ["60", "0", str(reset)]
    assert 0 < reset <= 60


async def test_every_answer_tells_what_is_left_of_the_tightest_limit(gate: Gate) -> None:
    await gate.limit(10)
    await gate.limit(1_000, unit="COST", name="wide")
    served = await gate.serve()
    for left in (9, 8, 7):
        headers = (await served.send(**QUERY)).headers
        assert (headers["ratelimit-limit"], headers["ratelimit-remaining"]) == ("10", str(left))
        assert 0 < int(headers["ratelimit-reset"]) <= HOUR
        assert "retry-after" not in headers


async def test_without_limits_nothing_is_told(gate: Gate) -> None:
    served = await gate.serve()
    answer = await served.client.post("/graphql", json=QUERY, headers={"x-agora-extensions": "rateLimit"})
    assert not {name for name in answer.headers if name.startswith("ratelimit")}
    assert answer.json() == {"data": {"jobs": {"totalCount": 0}}}


async def test_who_wants_it_finds_it_in_the_answer_whatever_that_is(gate: Gate) -> None:
    await gate.limit(100_000, unit="COST")
    served, left = await gate.serve(trusted_documents="allow"), 100_000
    unknown = {"query": "", "documentId": f"sha256:{'0' * 64}"}
    mutation = {"query": f"mutation {{ {SIGN_IN} }}"}
    for body in (QUERY, mutation, {"query": "{ nothing }"}, {"query": "{"}, unknown):
        answer = (await served.client.post("/graphql", json=body, headers={"x-agora-extensions": "rateLimit"})).json()
        told = answer["extensions"]["rateLimit"]
        assert told["limit"] == 100_000
        assert told["cost"] > 0
        assert told["remaining"] >= left - told["cost"]  # a little comes back meanwhile
        left = told["remaining"]
    assert left < 100_000


async def test_by_get_and_by_events_too(gate: Gate) -> None:
    await gate.limit(2)
    client = (await gate.serve()).client
    by_get = [await client.get("/graphql", params=QUERY, headers=TELLING) for _ in range(2)]
    assert [answer.headers["ratelimit-remaining"] for answer in by_get] == ["1", "0"]
    assert (await client.get("/graphql", params=QUERY, headers=TELLING)).status_code == 429
    events = await client.post("/graphql", json=QUERY, headers=EVENTS)
    assert (events.status_code, events.headers["content-type"]) == (429, "application/json; charset=utf-8")
    assert events.json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert "retry-after" in events.headers


async def test_over_a_websocket_each_operation_counts(gate: Gate) -> None:
    await gate.limit(2)
    served = await gate.serve()
    first, second, third = await served.over_socket(QUERY, QUERY, QUERY, init={"extensions": "rateLimit"})
    assert [first["payload"]["extensions"]["rateLimit"]["remaining"], second["type"]] == [1, "next"]
    assert (third["type"], third["payload"][0]["extensions"]["code"]) == ("error", "RATE_LIMITED")
    assert third["payload"][0]["extensions"]["retryAfter"] > 0
    assert await codes(served, 1) == [429]


async def test_each_viewer_has_their_own(gate: Gate) -> None:
    await gate.limit(1)
    await gate.limit(2, "USER")
    await gate.limit(3, "ADMIN")
    ada, bob, eve = await gate.user("Ada"), await gate.user("Bob"), await gate.user("Eve", is_superuser=True)
    served = await gate.serve()
    assert await codes(served, 4) == [200, 429, 429, 429]
    assert await codes(served, 4, **ada) == await codes(served, 4, **bob) == [200, 200, 429, 429]
    assert await codes(served, 4, **eve) == [200, 200, 200, 429]


async def test_a_key_has_limits_of_its_own_by_the_hour_and_by_the_day(gate: Gate) -> None:
    shop = await a_business(gate.insert)
    hourly = await gate.key(shop, "hourly", rate_limit_per_hour=3, rate_limit_per_day=100)
    daily = await gate.key(shop, "daily_", rate_limit_per_hour=4, rate_limit_per_day=4)
    served = await gate.serve()
    assert await codes(served, 5, **hourly) == [200] * 3 + [429] * 2
    assert await codes(served, 6, **daily) == [200] * 4 + [429] * 2
    refused = await served.client.post("/graphql", json=QUERY, headers=daily)
    assert '"Requests of the key a day" is used up: 4 requests in 86,400 s' in refused.json()["errors"][0]["message"]
    await gate.database.execute("UPDATE gateway.api_keys SET rate_limit_per_hour = 50, rate_limit_per_day = 50")
    await until(partial(_granted, served, **daily))


async def test_the_keys_of_a_business_share_what_it_has_beside_their_own(gate: Gate) -> None:
    shop, other = await a_business(gate.insert), await a_business(gate.insert, "other")
    keys = [await gate.key(shop, name) for name in ("first_", "second")]
    stranger = await gate.key(other, "third_")
    await gate.limit(5, "BUSINESS")
    await gate.limit(4, "API_KEY", business_id=shop)
    served = await gate.serve()
    assert await codes(served, 5, **keys[0]) == [200] * 4 + [429]
    assert await codes(served, 5, **keys[1]) == [200] + [429] * 4
    assert await codes(served, 6, **stranger) == [200] * 5 + [429]


async def test_a_limit_for_one_key_alone_concerns_no_other(gate: Gate) -> None:
    shop = await a_business(gate.insert)
    keys = [await gate.key(shop, name) for name in ("first_", "second")]
    mine = await gate.database.fetchval("SELECT id FROM gateway.api_keys WHERE name = 'first_'")
    await gate.limit(1, "API_KEY", api_key_id=mine)
    served = await gate.serve()
    assert [await codes(served, 2, **key) for key in keys] == [[200, 429], [200, 200]]


async def test_a_scope_says_what_counts(gate: Gate) -> None:
    await gate.limit(2, scope="jobs:read")
    served = await gate.serve()
    assert await codes(served, 3) == [200, 200, 429]
    assert await codes(served, 3, {"query": "{ users { totalCount } }"}) == [200] * 3


async def test_what_is_asked_by_aliases_counts_each_time_and_who_signed_in_is_nobody_at_the_door(gate: Gate) -> None:
    await gate.limit(4, scope="signIn register")
    served, ada = await gate.serve(), await gate.user("Ada")
    three = {"query": "mutation { " + " ".join(f"a{at}: {SIGN_IN}" for at in range(3)) + " }"}
    assert await codes(served, 2, three, **ada) == [200, 429]
    assert await codes(served, 2, {"query": f"mutation {{ {SIGN_IN} }}"}) == [200, 429]
    assert await codes(served, 2, **ada) == [200, 200]


async def test_a_changed_limit_is_in_force_in_every_process_at_once(gate: Gate) -> None:
    limit = await gate.limit(2)
    both = [await gate.serve(), await gate.serve()]
    assert [await codes(served, 2) for served in both] == [[200, 200], [429, 429]]
    await gate.database.execute("UPDATE gateway.rate_limits SET limit_count = 1000 WHERE id = $1", limit)
    for served in both:
        await until(partial(_granted, served))
    await gate.database.execute("UPDATE gateway.rate_limits SET is_active = false WHERE id = $1", limit)
    for served in both:
        await until(partial(_untold, served))


async def _granted(served: Served, **headers: str) -> bool:
    return await codes(served, 1, **headers) == [200]


async def _untold(served: Served) -> bool:
    return "ratelimit-limit" not in (await served.send(**QUERY)).headers


async def test_a_limit_that_goes_down_under_load_allows_what_it_allows_now(gate: Gate) -> None:
    await gate.limit(100, is_adaptive=True, minimum_count=2, current_count=3)
    assert await codes(await gate.serve(), 5) == [200] * 3 + [429] * 2


async def test_a_limit_that_delays_lets_wait_and_refuses_only_who_would_wait_too_long(gate: Gate) -> None:
    await gate.limit(50, window_seconds=1, burst_count=1, action="DELAY")
    served = await gate.serve()
    assert await codes(served, 10) == [200] * 10
    await gate.limit(1, window_seconds=HOUR, action="DELAY", name="slow", scope="query")
    await until(partial(_refused, served))


async def _refused(served: Served) -> bool:
    return await codes(served, 1) == [429]


async def test_a_limit_that_only_logs_refuses_nobody(gate: Gate) -> None:
    await gate.limit(2, action="LOG")
    assert await codes(await gate.serve(), 5) == [200] * 5


async def test_limits_of_endpoints_that_are_not_served_limit_nothing(gate: Gate) -> None:
    paths = {"/graphql": 3, "/orders": 1}
    for path, count in paths.items():
        endpoint = await gate.insert("gateway.endpoints", method="POST", path=path, title=path)
        await gate.limit(count, endpoint_id=endpoint, name=path)
    assert await codes(await gate.serve(), 5) == [200] * 3 + [429] * 2


async def test_what_cannot_be_answered_has_a_price_too(gate: Gate) -> None:
    await gate.limit(300, unit="COST")
    served = await gate.serve()
    found = [(await served.send(query=f"{{ nothing{number} }}")).status_code for number in range(40)]
    assert 10 < found.count(400) < 30
    assert found == sorted(found)
    assert found[-1] == 429


async def test_the_description_of_the_schema_has_a_price(gate: Gate) -> None:
    await gate.limit(100_000, unit="COST")
    headers = {"x-agora-extensions": "rateLimit"}
    client = (await gate.serve()).client
    body = {"query": "{ __schema { queryType { name } } }"}
    answer = await client.post("/graphql", json=body, headers=headers)
    assert answer.json()["extensions"]["rateLimit"]["cost"] > 2_000


async def test_viewers_see_what_is_left_of_their_limits(gate: Gate) -> None:
    await gate.limit(5, name="Calls")
    await gate.limit(90_000, name="Signing in", unit="COST", scope="signIn", window_seconds=60)
    served = await gate.serve()
    query = "{ viewer { limits { cost rate { name unit windowSeconds limit remaining resetAt } } } }"
    before = datetime.now(UTC)
    answer = (await served.post(query)).json()["data"]["viewer"]["limits"]
    calls, doors = answer["rate"]
    assert before < datetime.fromisoformat(calls.pop("resetAt"))
    assert calls == {"name": "Calls", "unit": "REQUESTS", "windowSeconds": HOUR, "limit": 5, "remaining": 4}
    assert (doors["limit"], doors["remaining"], answer["cost"]) == (90_000, 90_000, 5_000)


async def test_pages_of_other_sites_may_read_the_headers(gate: Gate) -> None:
    await gate.limit(5)
    served = await gate.serve(cors_origins=("https://shop.example",))
    answer = await served.client.post("/graphql", json=QUERY, headers={"origin": "https://shop.example"})
    exposed = answer.headers["access-control-expose-headers"]
    assert exposed == "ratelimit-limit, ratelimit-remaining, ratelimit-reset, retry-after"


async def test_behind_a_proxy_the_address_of_the_client_counts(gate: Gate) -> None:
    await gate.limit(1)
    served = await gate.serve()
    assert [await codes(served, 1, **{"x-forwarded-for": f"192.0.2.{at}"}) for at in (1, 2, 1)] == [[200], [200], [429]]
    networks = ("2001:db8:1:2::3", "2001:db8:1:2:ffff::4", "2001:db8:1:3::3", "::ffff:192.0.2.1")
    found = [await codes(served, 1, **{"x-forwarded-for": address}) for address in networks]
    assert found == [[200], [429], [200], [429]]


@pytest.fixture
async def installed(migrated: str) -> AsyncIterator[asyncpg.Connection]:
    """A database as every installation begins, written to without a record: it has no partition for one."""
    connection = await asyncpg.connect(migrated, server_settings={"session_replication_role": "replica"})
    yield connection
    await connection.close()


async def test_every_installation_begins_with_limits_for_every_kind_of_viewer(installed: asyncpg.Connection) -> None:
    rows = await installed.fetch("SELECT viewer, unit, limit_count FROM gateway.rate_limits ORDER BY id")
    assert [tuple(row) for row in rows] == [
        ("ANONYMOUS", "COST", 60_000),
        ("VISITOR", "COST", 60_000),
        ("USER", "COST", 600_000),
        ("API_KEY", "COST", 600_000),
        ("BUSINESS", "COST", 3_000_000),
        ("ADMIN", "COST", 6_000_000),
        ("ANONYMOUS", "REQUESTS", 30),
    ]


async def test_nobody_tries_many_passwords_from_one_address(migrated: str, installed: asyncpg.Connection) -> None:
    """A day's window, so that nothing comes back meanwhile."""
    await installed.execute("UPDATE gateway.rate_limits SET window_seconds = 86400")
    mutation = {"query": 'mutation { verifyEmail(input: {token: "x"}) { userErrors { code } } }'}
    async with serving(lambda: connected(migrated, read_size=2, write_size=2), None) as (client, url):
        assert await codes(Served(client, url), 33, mutation) == [200] * 30 + [429] * 3

"""Who asks is found out on every transport, and forgotten within a second."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import orjson
import pytest
import websockets

from app.auth import digest
from app.database import connected
from app.http.credentials import body_limit
from app.services.accounts.tokens import KEY, SESSION, made
from graph.access.viewers import key, person, visitor
from graph.context import Context
from graph.engine.access import ANONYMOUS, Viewer
from tests.api import a_business, a_job, a_user
from tests.http.conftest import GRAPHQL_TRANSPORT_WS, serving

JOBS = {"query": "{ jobs(orderBy: [{title: ASC}]) { nodes { title } } }"}
SECOND = 1.0
NOTHING = ["Bearer agora_s_nothing", "Bearer x", "Basic QTpC", "Bearer", "agora_s_x", "Bearer \xe9"]


@dataclass(slots=True)
class Door:
    """A server with its policies, and people with tokens."""

    client: httpx.AsyncClient
    socket_url: str
    database: asyncpg.Connection
    tokens: dict[str, str]

    async def titles(self, **headers: str) -> list[str]:
        """The jobs that whoever sends these headers sees."""
        answer = (await self.client.post("/graphql", json=JOBS, headers=headers)).json()
        return [job["title"] for job in answer["data"]["jobs"]["nodes"]]

    async def status(self, **headers: str) -> int:
        """The status of an answer to somebody with these headers."""
        return (await self.client.post("/graphql", json=JOBS, headers=headers)).status_code

    def bearer(self, name: str) -> dict[str, str]:
        """The header of somebody."""
        return {"authorization": f"Bearer {self.tokens[name]}"}


@pytest.fixture
async def door(committed: str) -> AsyncIterator[Door]:
    """Ada has a draft, Eve administers, and a shop has a draft, a member and keys."""
    connection, tokens = await asyncpg.connect(committed), dict[str, str]()

    async def insert(table: str, **values: Any) -> Any:
        places = ", ".join(f"${at}" for at in range(1, len(values) + 1))
        statement = f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places}) RETURNING id"
        return await connection.fetchval(statement, *values.values())

    async def signed_in(name: str, **more: Any) -> Any:
        id_, tokens[name] = await a_user(insert, name, **more), made(SESSION)
        until = datetime.now(UTC) + timedelta(hours=1)
        await insert("identity.login_sessions", user_id=id_, token_hash=digest(tokens[name]), expires_at=until)
        return id_

    async def with_key(name: str, **more: Any) -> None:
        tokens[name] = made(KEY)
        values = {"name": name, "prefix": f"agora_k_{len(tokens)}", "key_hash": digest(tokens[name])}
        await insert("gateway.api_keys", business_id=shop, **{**values, **more})

    shop, ada = await a_business(insert), await signed_in("Ada")
    bob = await signed_in("Bob")
    await signed_in("Eve", is_superuser=True)
    await insert("identity.memberships", user_id=bob, business_id=shop, role="STAFF")
    await with_key("all", scopes=["*"])
    await with_key("jobs", scopes=["jobs:read"])
    await with_key("orders", scopes=["orders:read"])
    await with_key("elsewhere", scopes=["*"], allowed_ips=["192.0.2.0/24"])
    await with_key("page", scopes=["*"], allowed_domains=["shop.example"])
    await a_job(insert, ada, "hers")
    await a_job(insert, ada, "open", status="OPEN")
    await a_job(insert, await a_user(insert, "Zoe"), "shop's", business_id=shop)
    async with serving(lambda: connected(committed, read_size=2, write_size=1), None) as (client, url):
        yield Door(client, url, connection, tokens)
    await connection.close()


@pytest.mark.parametrize(
    ("who", "titles"),
    [
        ("Ada", ["hers", "open"]),
        ("Bob", ["open", "shop's"]),
        ("Eve", ["hers", "open", "shop's"]),
        ("all", ["open", "shop's"]),
        ("jobs", ["open", "shop's"]),
        ("orders", ["open"]),
    ],
)
async def test_a_token_says_who_asks(door: Door, who: str, titles: list[str]) -> None:
    assert await door.titles(**door.bearer(who)) == titles
    assert await door.titles() == ["open"]


@pytest.mark.parametrize("given", NOTHING)
async def test_a_token_that_opens_nothing_is_refused_and_not_taken_for_nobody(door: Door, given: str) -> None:
    answer = await door.client.post("/graphql", json=JOBS, headers=[(b"authorization", given.encode("latin-1"))])
    assert answer.status_code == 401 and "data" not in answer.json()
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "ending",
    [
        "UPDATE identity.login_sessions SET revoked_at = now(), revoked_reason = 'SIGNED_OUT'",
        "UPDATE identity.login_sessions SET created_at = now() - interval '1 hour', expires_at = now()",
        "UPDATE identity.users SET is_active = false",
        "UPDATE identity.users SET deleted_at = now()",
        "DELETE FROM identity.login_sessions",
    ],
)
async def test_a_session_that_ended_is_refused_within_a_second(door: Door, ending: str) -> None:
    assert await door.titles(**door.bearer("Ada")) == ["hers", "open"]
    await door.database.execute(ending)
    await asyncio.sleep(SECOND)
    assert await door.status(**door.bearer("Ada")) == 401


async def test_a_role_that_was_taken_counts_no_more_within_a_second(door: Door) -> None:
    assert await door.titles(**door.bearer("Bob")) == ["open", "shop's"]
    await door.database.execute("DELETE FROM identity.memberships")
    await asyncio.sleep(SECOND)
    assert await door.titles(**door.bearer("Bob")) == ["open"]


async def test_a_revoked_key_is_refused_within_a_second(door: Door) -> None:
    assert await door.titles(**door.bearer("all"))
    await door.database.execute("UPDATE gateway.api_keys SET status = 'REVOKED', revoked_at = now()")
    await asyncio.sleep(SECOND)
    assert await door.status(**door.bearer("all")) == 401


async def test_a_key_may_only_be_used_from_where_it_is_allowed(door: Door) -> None:
    assert await door.status(**door.bearer("elsewhere")) == 403
    assert await door.status(**door.bearer("page"), origin="https://evil.example") == 403
    assert await door.status(**door.bearer("page"), origin="https://shop.example") == 200


async def asked_over_socket(door: Door, authorization: Any, **more: Any) -> Any:
    """The titles seen over a WebSocket that begins with this."""
    async with websockets.connect(door.socket_url, subprotocols=[GRAPHQL_TRANSPORT_WS], **more) as socket:
        payload = {"authorization": authorization} if authorization else None
        await socket.send(orjson.dumps({"type": "connection_init", "payload": payload}).decode())
        await socket.recv()
        await socket.send(orjson.dumps({"id": "1", "type": "subscribe", "payload": JOBS}).decode())
        answer = orjson.loads(await socket.recv())
        return [job["title"] for job in answer["payload"]["data"]["jobs"]["nodes"]]


async def test_a_websocket_learns_it_from_its_first_message_or_its_handshake(door: Door) -> None:
    ada = door.bearer("Ada")
    assert await asked_over_socket(door, None) == ["open"]
    assert await asked_over_socket(door, ada["authorization"]) == ["hers", "open"]
    assert await asked_over_socket(door, None, additional_headers=ada) == ["hers", "open"]


@pytest.mark.parametrize("given", ["Bearer agora_s_nothing", "nothing", ["Bearer x"]])
async def test_a_websocket_with_a_token_that_opens_nothing_is_closed(door: Door, given: Any) -> None:
    with pytest.raises(websockets.ConnectionClosed):
        await asked_over_socket(door, given)


async def test_the_websocket_of_a_session_that_ended_is_closed_within_a_second(door: Door) -> None:
    async with websockets.connect(door.socket_url, subprotocols=[GRAPHQL_TRANSPORT_WS]) as socket:
        await socket.send(orjson.dumps({"type": "connection_init", "payload": door.bearer("Ada")}).decode())
        await socket.recv()
        await door.database.execute("DELETE FROM identity.login_sessions")
        async with asyncio.timeout(SECOND):
            with pytest.raises(websockets.ConnectionClosed) as closed:
                await socket.recv()
    assert closed.value.rcvd is not None and closed.value.rcvd.code == 4403


async def test_a_page_of_another_site_opens_no_websocket(door: Door) -> None:
    with pytest.raises(websockets.InvalidStatus):
        await asked_over_socket(door, None, origin="https://evil.example")
    same = door.socket_url.replace("ws://", "http://").removesuffix("/graphql")
    assert await asked_over_socket(door, None, origin=same) == ["open"]


async def test_events_and_get_ask_for_the_token_too(door: Door) -> None:
    stream = {**door.bearer("Ada"), "accept": "text/event-stream"}
    assert "hers" in (await door.client.post("/graphql", json=JOBS, headers=stream)).text
    assert "hers" in (await door.client.get("/graphql", params=JOBS, headers=door.bearer("Ada"))).text
    assert "hers" not in (await door.client.get("/graphql", params=JOBS)).text


async def test_whom_nobody_knows_may_ask_for_less(door: Door) -> None:
    deep = "{ users { nodes { " + "jobsPosted(first: 1) { nodes { client { " * 4 + "id" + " } } }" * 4 + " } } }"
    for headers, code in (({}, "TOO_COMPLEX"), (door.bearer("Ada"), None)):
        answer = (await door.client.post("/graphql", json={"query": deep}, headers=headers)).json()
        assert (answer["errors"][0]["extensions"]["code"] if "errors" in answer else None) == code
    large = {"query": "{ __typename }" + " " * 20_000}
    assert (await door.client.post("/graphql", json=large)).status_code == 413
    assert (await door.client.post("/graphql", json=large, headers=door.bearer("Ada"))).status_code == 200


async def test_programs_that_write_may_send_more_at_once(door: Door) -> None:
    larger = {"query": "{ __typename }", "variables": {"rows": "x" * 1_000_000}}
    for name, status in (("Ada", 413), ("jobs", 413), ("all", 200)):
        answer = await door.client.post("/graphql", json=larger, headers=door.bearer(name))
        assert answer.status_code == status, name


async def test_a_database_that_does_not_answer_makes_nobody_of_somebody(door: Door) -> None:
    await door.database.execute("ALTER TABLE identity.login_sessions RENAME TO gone")
    assert await door.status(**door.bearer("Ada")) == 503


async def test_tokens_that_are_looked_up_at_once_are_looked_up_together(door: Door) -> None:
    answers = await asyncio.gather(*(door.titles(**door.bearer(who)) for who in ("Ada", "Bob", "Eve", "all") * 5))
    assert len({tuple(titles) for titles in answers}) == 3


async def test_the_viewer_is_every_frontends_first_question(door: Door) -> None:
    query = """{ viewer { kind scopes user { firstName email } memberships { role business { slug } } business { slug }
      limits { cost depth seconds } } }"""

    async def viewer(**headers: str) -> Any:
        return (await door.client.post("/graphql", json={"query": query}, headers=headers)).json()["data"]["viewer"]

    low, high = {"cost": 5_000, "depth": 6, "seconds": 2.0}, {"cost": 50_000, "depth": 10, "seconds": 10.0}
    nobody: dict[str, Any] = {"kind": "anonymous", "user": None, "business": None, "limits": low}
    nobody |= {"scopes": [], "memberships": []}
    assert await viewer() == nobody
    assert await viewer(**door.bearer("Bob")) == {
        **nobody,
        "kind": "user",
        "user": {"firstName": "Bob", "email": "bob@x.example"},
        "memberships": [{"role": "STAFF", "business": {"slug": "shop"}}],
        "limits": high,
    }
    seen = await viewer(**door.bearer("jobs"))
    assert (seen["kind"], seen["scopes"], seen["business"]) == ("key", ["jobs:read"], {"slug": "shop"})
    assert (await viewer(**door.bearer("Eve")))["kind"] == "admin"


async def test_messages_are_as_long_as_bodies(door: Door) -> None:
    long, wide = (
        orjson.dumps({"type": "ping", "payload": {"text": text}}).decode() for text in ("x" * 20_000, "é" * 10_000)
    )
    for payload, message, taken in ((None, long, False), (None, wide, False), (door.bearer("Ada"), long, True)):
        async with websockets.connect(door.socket_url, subprotocols=[GRAPHQL_TRANSPORT_WS]) as socket:
            await socket.send(orjson.dumps({"type": "connection_init", "payload": payload}).decode())
            await socket.recv()
            await socket.send(message)
            if taken:
                assert orjson.loads(await socket.recv())["type"] == "pong"
            else:
                with pytest.raises(websockets.ConnectionClosed) as closed:
                    await socket.recv()
                assert closed.value.rcvd is not None and closed.value.rcvd.code == 1009
    words = {"query": "{ __typename }", "operationName": "x" * 20_000}
    assert (await door.client.get("/graphql", params=words)).status_code == 414
    assert (await door.client.get("/graphql", params=words, headers=door.bearer("Ada"))).status_code != 414


async def test_a_key_that_nobody_can_make_sense_of_locks_out_nobody_else(door: Door) -> None:
    await door.database.execute("UPDATE gateway.api_keys SET allowed_ips = '{nonsense}' WHERE name = 'jobs'")
    keys = await asyncio.gather(*(door.status(**door.bearer(who)) for who in ("jobs", "all", "Ada")))
    assert keys == [401, 200, 200]


async def test_a_websocket_is_told_to_try_again_while_the_database_does_not_answer(door: Door) -> None:
    await door.database.execute("ALTER TABLE identity.login_sessions RENAME TO gone")
    with pytest.raises(websockets.ConnectionClosed) as closed:
        await asked_over_socket(door, door.bearer("Ada")["authorization"])
    assert closed.value.rcvd is not None and closed.value.rcvd.code == 1013


@pytest.mark.parametrize(
    ("viewer", "most"),
    [(ANONYMOUS, 16_384), (visitor(UUID(int=1), chat=UUID(int=2)), 65_536), (person(UUID(int=1), roles={}), 200_000)]
    + [(key(UUID(int=1), [scope]), most) for scope, most in (("orders:read", 200_000), ("orders:write", 4_194_304))],
)
def test_each_kind_of_viewer_may_send_so_much_at_once(viewer: Viewer, most: int) -> None:
    context: Any = Context(None, None, viewer)  # type: ignore[arg-type]
    assert body_limit(context, 200_000) == most

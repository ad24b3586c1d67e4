"""What is kept of requests on every transport: calls by keys, refusals, who was here, how often documents are asked."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import orjson
import pytest
import websockets

from app.assets import asset
from app.auth import digest
from app.database import connected
from app.documents import MANIFEST
from app.http import crowd
from app.http.application import create_app
from app.record import Recorder
from app.services.accounts.tokens import KEY, SESSION, made
from app.settings import Settings
from tests.api import a_business, a_user
from tests.http.conftest import GRAPHQL_TRANSPORT_WS, listening

JOBS = "query Offers { jobs { nodes { title } } }"
BAD = "query Wrong { nothing }"
SIGN_IN = 'mutation In { signIn(input: {email: "ada@x.example", password: "hunter2-literal"}) { token } }'
CREATE_JOB = 'mutation { createJob(input: {title: "t", description: "d", budget: "1"}) { userErrors { code field } } }'
LOGS = """{ apiLogs(first: 50, orderBy: [{id: ASC}]) { nodes { method path operation requestHeaders requestBody
  requestBytes responseCode responseBody responseBytes responseTimeMs errorCode cost ipAddress userAgent requestId
  requestedAt apiKey { name } business { slug } endpoint { path } user { id } } } }"""
EVENTS = """{ securityEvents(first: 50, orderBy: [{id: ASC}]) { nodes { type severity details ipAddress userAgent
  apiKey { name } business { slug } user { firstName } } } }"""
ENDPOINTS = """{ endpoints(first: 50, orderBy: [{path: ASC}]) { nodes { method path title status description
  business { id } isPublic callCount failureCount totalMs slowestMs averageMs version updatedAt } } }"""
TRUSTED = json.loads((asset("operations") / MANIFEST).read_text())
ID, TEXT = next((id_, text) for id_, text in TRUSTED.items() if "query OpenJobs" in text)


@dataclass(slots=True)
class Watched:
    """A server, its record, and tokens of a shop's keys, of Ada and of Eve, who administers."""

    client: httpx.AsyncClient
    socket_url: str
    database: asyncpg.Connection
    record: Recorder
    tokens: dict[str, str]

    def bearer(self, who: str) -> dict[str, str]:
        return {"authorization": f"Bearer {self.tokens.get(who, who)}"}

    async def ask(self, who: str | None, query: str, headers: Any = (), **more: Any) -> httpx.Response:
        shown = self.bearer(who) if who else {}
        return await self.client.post("/graphql", json={"query": query, **more}, headers={**shown, **dict(headers)})

    async def read(self, query: str) -> list[Any]:
        """What Eve reads after all is written."""
        self.record.catalogue.hurry()
        assert await self.record.flush()
        ((nodes,),) = [found.values() for found in (await self.ask("Eve", query)).json()["data"].values()]
        return list(nodes)

    async def logs(self) -> list[Any]:
        return await self.read(LOGS)

    async def events(self) -> list[Any]:
        return await self.read(EVENTS)


@pytest.fixture
async def watched(committed: str) -> AsyncIterator[Watched]:
    async with watching(committed) as found:
        yield found


@asynccontextmanager
async def watching(url: str, **settings: Any) -> AsyncIterator[Watched]:
    """Serve the database at `url` with `settings`, and those who have tokens."""
    connection = await asyncpg.connect(url)
    app = create_app(Settings(**settings), lambda: connected(url, read_size=2, write_size=1))
    tokens = await _people(connection)
    async with listening(app) as (client, socket_url):
        yield Watched(client, socket_url, connection, app.state.record, tokens)
    await connection.close()


async def _people(connection: asyncpg.Connection) -> dict[str, str]:
    tokens: dict[str, str] = {}

    async def insert(table: str, **values: Any) -> Any:
        places = ", ".join(f"${at}" for at in range(1, len(values) + 1))
        statement = f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places}) RETURNING id"
        return await connection.fetchval(statement, *values.values())

    now = datetime.now(UTC)
    then, until = now - timedelta(hours=1), now + timedelta(hours=1)
    for name, is_superuser in (("Ada", False), ("Eve", True)):
        user, tokens[name] = await a_user(insert, name, is_superuser=is_superuser), made(SESSION)
        values = {"user_id": user, "token_hash": digest(tokens[name]), "expires_at": until}
        await insert("identity.login_sessions", created_at=then, last_seen_at=then, **values)
    shop = await a_business(insert)
    for name, allowed in (("all", []), ("elsewhere", ["192.0.2.0/24"])):
        tokens[name] = made(KEY)
        known = {"name": name, "prefix": f"agora_k_{len(tokens)}", "key_hash": digest(tokens[name])}
        await insert("gateway.api_keys", business_id=shop, scopes=["*"], allowed_ips=allowed, **known)
    return tokens


async def test_a_call_by_a_key_is_in_the_log_with_what_came_back(watched: Watched) -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    headers = {"user-agent": "Export/1.0", "x-request-id": "r-1"}
    answer = await watched.ask("all", JOBS, headers)
    (log,) = await watched.logs()
    assert before <= datetime.fromisoformat(log["requestedAt"]) <= datetime.now(UTC)
    assert (log["method"], log["path"], log["operation"], log["responseCode"]) == ("POST", "/graphql", "Offers", 200)
    assert (log["apiKey"], log["business"], log["user"]) == ({"name": "all"}, {"slug": "shop"}, None)
    assert (log["requestBytes"], log["responseBytes"]) == (str(len(answer.request.content)), str(len(answer.content)))
    assert (log["errorCode"], log["endpoint"]) == (None, None)
    assert log["cost"] > 0
    assert (log["ipAddress"], log["userAgent"], log["requestId"]) == ("127.0.0.1", "Export/1.0", "r-1")
    assert (log["requestBody"], log["responseBody"]) == (None, None)
    assert 0 <= log["responseTimeMs"] < 20_000


async def test_calls_of_nobody_and_of_people_are_not_in_the_log(watched: Watched) -> None:
    for who in (None, "Ada", "Eve"):
        assert (await watched.ask(who, JOBS)).status_code == 200
    assert await watched.logs() == []


async def test_headers_are_kept_only_if_they_are_known_and_hold_no_token(watched: Watched) -> None:
    secret = made(SESSION)
    headers = {
        **{"cookie": "id=1", "x-api-key": "k", "proxy-authorization": "Basic x", "x-unknown": "u", "referer": "/?t=1"},
        **{"user-agent": f"curl {secret}", "accept": "application/json", "x-request-id": f"{secret}"},
    }
    await watched.ask("all", JOBS, headers)
    (log,) = await watched.logs()
    assert log["requestHeaders"].keys() <= {
        *("accept", "accept-encoding", "content-length", "content-type", "host", "user-agent", "x-request-id")
    }
    assert log["requestHeaders"]["accept"] == "application/json"
    assert log["requestHeaders"]["user-agent"] == "curl agora_…"
    assert log["requestId"] == "agora_…"
    stored = await watched.database.fetchval("SELECT l::text FROM gateway.api_logs AS l")
    assert not any(token in stored for token in (secret, *watched.tokens.values()))


async def test_every_way_of_calling_is_in_the_log(watched: Watched) -> None:
    shown = watched.bearer("all")
    await watched.client.get("/graphql", params={"query": JOBS}, headers=shown)
    await watched.ask("all", JOBS, {"accept": "text/event-stream"})
    async with websockets.connect(watched.socket_url, subprotocols=[GRAPHQL_TRANSPORT_WS]) as socket:
        await socket.send(orjson.dumps({"type": "connection_init", "payload": shown}).decode())
        assert orjson.loads(await socket.recv()) == {"type": "connection_ack"}
        for id_, query in (("1", JOBS), ("2", BAD)):
            await socket.send(orjson.dumps({"id": id_, "type": "subscribe", "payload": {"query": query}}).decode())
            assert orjson.loads(await socket.recv())["id"] == id_
            if query is JOBS:
                assert orjson.loads(await socket.recv())["type"] == "complete"
    found = [(log["method"], log["operation"], log["responseCode"], log["errorCode"]) for log in await watched.logs()]
    assert found == [
        ("GET", "Offers", 200, None),
        ("POST", "Offers", 200, None),
        ("GET", "Offers", None, None),
        ("GET", "Wrong", None, "BAD_USER_INPUT"),
    ]


async def test_each_message_over_websocket_is_in_the_log_with_its_own_bytes(watched: Watched) -> None:
    async with websockets.connect(watched.socket_url, subprotocols=[GRAPHQL_TRANSPORT_WS]) as socket:
        begin = {"type": "connection_init", "payload": watched.bearer("all")}
        await socket.send(orjson.dumps(begin).decode())
        await socket.recv()
        messages = [
            orjson.dumps({"id": str(place), "type": "subscribe", "payload": {"query": f"{JOBS} # {text}"}}).decode()
            for place, text in enumerate(("é" * 100, "long" * 100, ""))
        ]
        for message in messages:
            await socket.send(message)
        for _ in range(2 * len(messages)):  # the answer to each, and that it is complete
            await socket.recv()
    sizes = [log["requestBytes"] for log in await watched.logs()]
    assert sorted(sizes, key=int) == sorted((str(len(message.encode())) for message in messages), key=int)


async def test_a_subscription_beyond_the_limit_of_connections_is_in_the_log_once_and_costs_nothing(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crowd, "OF_ADDRESS", 0)
    headers = {"accept": "text/event-stream", "x-forwarded-for": "203.0.113.9"}
    query = f'subscription {{ chatEvents(sessionId: "chat_session_{UUID(int=1)}") {{ __typename }} }}'
    assert (await watched.ask("all", query, headers)).status_code == 429
    (log,) = await watched.logs()
    assert (log["responseCode"], log["errorCode"], log["cost"]) == (429, "RATE_LIMITED", 0)


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (orjson.dumps({"query": BAD}), {"accept": "application/graphql-response+json"}, 400, "BAD_USER_INPUT"),
        (orjson.dumps({"query": BAD}), {"accept": "application/json"}, 200, "BAD_USER_INPUT"),
        (b"{", {}, 400, "BAD_USER_INPUT"),
        (b'{"query": 1}', {}, 400, "BAD_USER_INPUT"),
        (b"{}", {"content-type": "text/plain"}, 415, "BAD_USER_INPUT"),
        (b" " * 5_000_000, {}, 413, "BAD_USER_INPUT"),
    ],
)
async def test_a_call_that_cannot_be_answered_is_in_the_log(
    watched: Watched, body: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    shown = {"content-type": "application/json", **watched.bearer("all"), **headers}
    answer = await watched.client.post("/graphql", content=body, headers=shown)
    assert answer.status_code == status
    (log,) = await watched.logs()
    assert (log["responseCode"], log["errorCode"], log["apiKey"]) == (status, code, {"name": "all"})
    assert log["responseBytes"] == str(len(answer.content))


async def test_a_mutation_by_get_is_in_the_log_as_it_was_refused(watched: Watched) -> None:
    given = {"query": "mutation M { __typename }"}
    assert (await watched.client.get("/graphql", params=given, headers=watched.bearer("all"))).status_code == 405
    (log,) = await watched.logs()
    assert (log["responseCode"], log["errorCode"], log["operation"]) == (405, "METHOD_NOT_ALLOWED", "M")


async def test_what_no_column_takes_keeps_no_call_from_the_log(watched: Watched) -> None:
    for name in ("a\0b", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "é" * 5_000, "a'\"\\x;--"):
        await watched.ask("all", JOBS, operationName=name)
    await watched.client.post("/graphql", json={"query": JOBS}, headers=[*_raw(watched), (b"user-agent", b"\xff\xfe")])
    logs = await watched.logs()
    assert [log["errorCode"] for log in logs] == [*["BAD_USER_INPUT"] * 4, None]
    assert logs[0]["operation"] == "a\ufffdb"
    assert len(logs[2]["operation"]) == 200


def _raw(watched: Watched) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in watched.bearer("all").items()]


async def test_with_bodies_the_log_has_their_form_and_no_value(committed: str) -> None:
    variables = {"who": {"password": "hunter2-variable", "age": 41, "tags": ["hunter2-tag"]}, "n": None}
    async with watching(committed, log_bodies=1_000) as watched:
        await watched.ask("all", SIGN_IN, variables=variables)
        await watched.ask("all", "# hunter2-comment\n" + BAD, variables={})
        await watched.ask("all", JOBS.replace("jobs", "jobs(first: 7)"))
        first, second, third = await watched.logs()
        assert first["requestBody"] == (
            "mutation In { signIn(input: {email: …, password: …}) { token } } "
            '{"who":{"password":"String","age":"Number","tags":["String"]},"n":"null"}'
        )
        assert third["responseBody"] is None
        assert second["requestBody"] == "… query Wrong { nothing }"
        assert second["responseBody"] == '[{"code":"BAD_USER_INPUT","path":null}]'
        assert third["requestBody"] == "query Offers { jobs(first: …) { nodes { title } } }"
        stored = await watched.database.fetchval("SELECT string_agg(l::text, '') FROM gateway.api_logs AS l")
        assert "hunter2" not in stored


async def test_tokens_that_open_nothing_are_noted_with_how_many_there_were(watched: Watched) -> None:
    for token in (f"{SESSION}nothing", f"{SESSION}else", f"{KEY}nothing", "x"):
        for _ in range(2):
            assert (await watched.ask(token, JOBS, {"user-agent": "Curl"})).status_code == 401
    events, counts = await watched.events(), dict.fromkeys(("UNKNOWN_SESSION", "UNKNOWN_KEY", "UNKNOWN_TOKEN"), 0)
    for event in events:  # a batch may have been written in between
        counts[event["details"]["reason"]] += event["details"]["count"]
    assert counts == {"UNKNOWN_SESSION": 4, "UNKNOWN_KEY": 2, "UNKNOWN_TOKEN": 2}
    assert {(event["type"], event["severity"]) for event in events} == {("ACCESS_DENIED", "LOW")}
    assert {(event["ipAddress"], event["userAgent"]) for event in events} == {("127.0.0.1", "Curl")}


async def test_a_key_from_elsewhere_is_noted_for_its_business_and_in_the_log(watched: Watched) -> None:
    assert (await watched.ask("elsewhere", JOBS)).status_code == 403
    (event,), (log,) = await watched.events(), await watched.logs()
    assert (event["type"], event["severity"], event["details"]["reason"]) == ("ACCESS_DENIED", "HIGH", "ELSEWHERE")
    assert (event["apiKey"], event["business"]) == ({"name": "elsewhere"}, {"slug": "shop"})
    assert (log["apiKey"], log["responseCode"], log["errorCode"]) == ({"name": "elsewhere"}, 403, "FORBIDDEN")
    assert await watched.database.fetchval("SELECT count(last_used_at) FROM gateway.api_keys") == 0


async def test_a_foreign_page_and_a_bad_token_over_websocket_are_noted(watched: Watched) -> None:
    with pytest.raises(websockets.InvalidStatus):
        await websockets.connect(
            watched.socket_url, subprotocols=[GRAPHQL_TRANSPORT_WS], origin=websockets.Origin("https://evil.example")
        )
    async with websockets.connect(watched.socket_url, subprotocols=[GRAPHQL_TRANSPORT_WS]) as socket:
        await socket.send('{"type": "connection_init", "payload": {"authorization": "Bearer agora_s_x"}}')
        with pytest.raises(websockets.ConnectionClosed):
            await socket.recv()
    foreign, unknown = await watched.events()
    assert foreign["details"] == {"reason": "FOREIGN_ORIGIN", "origin": "https://evil.example", "count": 1}
    assert unknown["details"] == {"reason": "UNKNOWN_SESSION", "count": 1}


async def test_what_a_mutation_may_not_do_is_noted_for_who_tried(watched: Watched) -> None:
    answer = (await watched.ask(None, CREATE_JOB)).json()
    assert answer["data"]["createJob"]["userErrors"][0]["code"] == "UNAUTHENTICATED"
    eve = await watched.database.fetchval("SELECT 'user_' || id FROM identity.users WHERE first_name = 'Eve'")
    answer = (await watched.ask("Ada", CREATE_JOB.replace('title: "t"', f'title: "t", clientId: "{eve}"'))).json()
    assert answer["data"]["createJob"]["userErrors"][0]["code"] == "FORBIDDEN"
    assert (await watched.ask("Ada", CREATE_JOB)).json()["data"]["createJob"]["userErrors"] == []
    nobody, ada = await watched.events()
    assert (nobody["details"]["reason"], nobody["user"]) == ("UNAUTHENTICATED", None)
    assert (ada["details"]["reason"], ada["user"], ada["severity"]) == ("FORBIDDEN", {"firstName": "Ada"}, "MEDIUM")


async def test_a_failed_sign_in_is_noted_once_by_the_service(watched: Watched) -> None:
    await watched.ask(None, SIGN_IN)
    assert [event["type"] for event in await watched.events()] == ["LOGIN_FAILED"]


async def test_an_untrusted_document_is_noted(committed: str) -> None:
    async with watching(committed, trusted_documents="only") as watched:
        assert "errors" in (await watched.ask(None, JOBS)).json()
        assert await watched.record.flush()
        found = await watched.database.fetch("SELECT type, details->>'reason' FROM identity.security_events")
        assert [tuple(row) for row in found] == [("ACCESS_DENIED", "FORBIDDEN")]


async def test_sessions_and_keys_say_when_they_were_last_used_and_do_not_change_by_it(watched: Watched) -> None:
    began = datetime.now(UTC) - timedelta(milliseconds=1)
    stamps = "SELECT array_agg(updated_at ORDER BY id) FROM {}"
    tables = ("identity.login_sessions", "gateway.api_keys")
    before = [await watched.database.fetchval(stamps.format(table)) for table in tables]
    for _ in range(3):
        await watched.ask("Ada", JOBS)
        await watched.ask("all", JOBS)
    assert await watched.record.flush()
    seen = await watched.database.fetch(
        "SELECT u.first_name, s.last_seen_at FROM identity.login_sessions s JOIN identity.users u ON u.id = s.user_id"
    )
    assert {name: at >= began for name, at in seen} == {"Ada": True, "Eve": False}
    used = await watched.database.fetch("SELECT name, last_used_at, host(last_used_ip) AS ip FROM gateway.api_keys")
    assert {row["name"]: row["ip"] for row in used} == {"all": "127.0.0.1", "elsewhere": None}
    assert all(row["last_used_at"] >= began for row in used if row["name"] == "all")
    assert [await watched.database.fetchval(stamps.format(table)) for table in tables] == before


async def test_a_session_or_key_that_ended_meanwhile_stays_as_it_ended(watched: Watched) -> None:
    await watched.ask("Ada", JOBS)
    await watched.ask("all", JOBS)
    old = datetime.now(UTC) - timedelta(minutes=5)
    revoked = "revoked_at = now(), revoked_reason = 'SIGNED_OUT', last_seen_at = $1"
    await watched.database.execute(f"UPDATE identity.login_sessions SET {revoked}", old)
    revoked = "status = 'REVOKED', revoked_at = now(), last_used_at = NULL"
    await watched.database.execute(f"UPDATE gateway.api_keys SET {revoked}")
    assert await watched.ask("Ada", JOBS) and await watched.ask("all", JOBS)
    await watched.record.flush()
    seen = await watched.database.fetchval("SELECT min(last_seen_at) FROM identity.login_sessions")
    assert abs(seen - old) < timedelta(milliseconds=1)
    assert await watched.database.fetchval("SELECT count(last_used_at) FROM gateway.api_keys") == 0


async def test_trusted_documents_are_endpoints_with_their_calls_and_time(committed: str) -> None:
    async with watching(committed, trusted_documents="allow") as watched:
        before = {row["path"]: row for row in await watched.read(ENDPOINTS)}
        assert len(before) == len(TRUSTED)
        found = before["/graphql/OpenJobs"]
        assert (found["method"], found["status"], found["business"]) == ("POST", "ACTIVE", None)
        assert (found["isPublic"], found["callCount"], found["averageMs"]) == (False, "0", None)
        assert (found["description"], found["title"]) == (TEXT, TEXT.split("\n")[0].removeprefix("# "))
        for who in ("Ada", "Eve", "all"):
            answer = await watched.client.post("/graphql", json={"documentId": ID}, headers=watched.bearer(who))
            assert "errors" not in answer.json()
        await watched.ask(None, TEXT)
        assert "errors" in (await watched.ask(None, TEXT, operationName="Other")).json()
        await watched.ask("all", JOBS)
        after = {row["path"]: row for row in await watched.read(ENDPOINTS)}["/graphql/OpenJobs"]
        assert (after["callCount"], after["failureCount"]) == ("5", "1")
        assert 0 < after["slowestMs"] <= int(after["totalMs"]) + 1
        assert float(after["averageMs"]) == pytest.approx(int(after["totalMs"]) / 5, abs=0.01)
        assert (after["version"], after["updatedAt"]) == (found["version"], found["updatedAt"])
        by_id, by_text = await watched.logs()
        assert (by_id["endpoint"], by_id["operation"]) == ({"path": "/graphql/OpenJobs"}, "OpenJobs")
        assert by_text["endpoint"] is None


async def test_the_last_batch_is_written_when_the_server_ends(committed: str) -> None:
    async with watching(committed, trusted_documents="allow") as watched:
        await watched.ask("all", TEXT)
        await watched.ask("agora_s_x", JOBS)
    connection = await asyncpg.connect(committed)
    counts = [
        await connection.fetchval(f"SELECT {found}")
        for found in (
            "count(*) FROM gateway.api_logs",
            "count(*) FROM identity.security_events",
            "sum(call_count) FROM gateway.endpoints",
        )
    ]
    await connection.close()
    assert counts == [1, 1, 1]

"""Live updates: a bare broadcast of the same bytes, Strawberry's own subscriptions, and Agora, side by side.

`python -m bench.live` prints the figures as JSON. It makes a small database of its own. Wall clocks of a busy machine
tell little, so the processor's time of the server is told too, for each entry that one client is told of.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import asyncpg
import httpx
import orjson

from app import migrations, partitions
from app.database import Database, connected
from app.embedded import running
from app.services.accounts.tokens import SESSION, digest, made
from app.services.chat.messages import SYSTEM, Said, do_say
from app.wakeups import waking
from bench import contenders, processes
from models.chat import ChatSession

CLIENTS, IDLE, ENTRIES, ROUNDS = 1_000, 5_000, 100, 3
"""Clients of one chat, those that only wait, entries that they are told of as fast as it goes, and how often."""
CALM, EACH = 50, 0.2
"""Entries that are told one by one to measure how long it takes, and seconds from one to the next."""
MISSED = 10
"""Entries that who comes back was not told of."""
SETTINGS = {"shared_preload_libraries": "pg_stat_statements", "max_connections": "100"}

SUBSCRIPTION = """subscription($id: ID!, $after: Int) { chatEvents(sessionId: $id, after: $after) {
  __typename
  ... on ChatMessageSent { id seq type createdAt message { content senderType } }
  ... on ChatCaughtUp { seq epoch } } }"""

BODY = (
    '{"id":"1","type":"next","payload":{"data":{"chatEvents":{"__typename":"ChatMessageSent",'
    '"id":"chat_event_019abcde-0000-7000-8000-000000000000","seq":%d,"type":"MESSAGE_SENT",'
    '"createdAt":"2026-11-30T10:00:00.123+00:00","message":{"content":"%s","senderType":"SYSTEM"}}}}}'
)
CONTENT = "Thank you for waiting: your parcel left our house this morning and comes tomorrow. "

READS = """
SELECT coalesce(sum(calls), 0)::int FROM pg_stat_statements
WHERE query ILIKE '%chat.chat_events%' AND query NOT ILIKE 'INSERT%'"""


class Publisher(Protocol):
    """Whoever says something in a chat."""

    async def say(self, number: int) -> float:
        """Say something; the moment at which it is done."""


class ByPost:
    """Says it to a server without a database."""

    def __init__(self, http: httpx.AsyncClient, port: int) -> None:
        self.http, self.url = http, f"http://127.0.0.1:{port}/told"

    async def say(self, number: int) -> float:
        """Have everybody told; the moment at which the server had it."""
        response = await self.http.post(self.url, content=(BODY % (number, CONTENT)).encode())
        return float(response.raise_for_status().text)


class ByCommit:
    """Says it as another process of Agora would: by a commit, and a wake-up."""

    def __init__(self, database: Database, chat: UUID) -> None:
        self.database, self.chat = database, chat

    async def say(self, number: int) -> float:
        """Commit a message."""
        async with self.database.transaction() as session:
            chat = await session.get_one(ChatSession, self.chat, with_for_update=True)
            await do_say(session, chat, SYSTEM, Said(CONTENT))
        return time.monotonic()


@dataclass(slots=True)
class Live:
    """A server that runs, who says something there, and what clients send."""

    name: str
    port: int
    pid: int
    publisher: Publisher
    token: str = ""
    chat: str = "chat"

    def messages(self, after: int | None = None) -> list[str]:
        """What a client sends at first."""
        init = {"type": "connection_init", "payload": {"authorization": f"Bearer {self.token}"} if self.token else {}}
        payload = {"query": SUBSCRIPTION, "variables": {"id": self.chat, "after": after}}
        return [
            orjson.dumps(message).decode() for message in (init, {"id": "1", "type": "subscribe", "payload": payload})
        ]

    def processor(self) -> float:
        """Seconds of the processor that the server took so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident(self) -> int:
        """KiB of it in memory."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


class Clients:
    """A process of clients."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def do(self, *words: object) -> dict[str, Any]:
        """Have it do something; what it says when it has."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(" ".join(map(str, words)).encode() + b"\n")
        found: dict[str, Any] = orjson.loads(await self.process.stdout.readline())
        return found


@asynccontextmanager
async def following(live: Live, count: int, after: int | None = None) -> AsyncIterator[Clients]:
    """So many clients that follow the chat."""
    command = [sys.executable, "-m", "bench.live_clients", str(live.port), str(count), *live.messages(after)]
    process = await asyncio.create_subprocess_exec(
        *command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, limit=64 * 2**20
    )
    try:
        clients = Clients(process)
        await clients.do("open")
        yield clients
    finally:
        process.kill()
        await process.wait()


async def fast(live: Live) -> dict[str, float]:
    """Entries told to all, as fast as it goes."""
    async with following(live, CLIENTS) as clients:
        begun, used = time.monotonic(), live.processor()
        waiting = asyncio.create_task(clients.do("until", ENTRIES))
        for number in range(ENTRIES):
            await live.publisher.say(number + 1)
        ended = (await waiting)["at"]
        told = CLIENTS * ENTRIES
        return {"told_rps": told / (ended - begun), "told_us": (live.processor() - used) / told * 1e6}


async def calm(live: Live) -> dict[str, float]:
    """How long it takes from a commit to a client, where it is done now and then."""
    async with following(live, CLIENTS) as clients:
        said, waiting = [], asyncio.create_task(clients.do("until", CALM))
        for number in range(CALM):
            said.append(await live.publisher.say(number + 1))
            await asyncio.sleep(EACH)
        times = (await waiting)["times"]
    heard = [times[seq] for seq in sorted(times, key=int)]
    delays = sorted(at - done for done, each in zip(said, heard, strict=True) for at in each)
    return {f"p{part}_ms": delays[int(len(delays) * part / 100) - 1] * 1e3 for part in (50, 99)}


async def idle(live: Live) -> dict[str, float]:
    """Memory for each client that only waits."""
    async with following(live, 10):
        before = live.resident()
        async with following(live, IDLE):
            return {"idle_kib": (live.resident() - before) / IDLE}


async def again(live: Live, connection: asyncpg.Connection) -> dict[str, float]:
    """Statements that read a log when everybody comes back at once, each having missed the last few entries."""
    head = await connection.fetchval("SELECT max(staff_seq) FROM chat.chat_events")
    async with following(live, CLIENTS, after=head - MISSED) as clients:
        await clients.do("cut")
        await connection.execute("SELECT pg_stat_statements_reset()")
        begun = time.monotonic()
        opened = await clients.do("open", CLIENTS)
        return {"again_statements": await connection.fetchval(READS), "again_s": opened["at"] - begun}


@contextmanager
def bare(module: str) -> Iterator[tuple[int, int]]:
    """A server without a database: its port and process."""
    port = processes.free_port()
    options = ("--loop", "uvloop", "--ws", "websockets-sansio", "--ws-per-message-deflate", "false")
    command = [sys.executable, "-m", "uvicorn", "--factory", f"bench.{module}:create_app", "--port", str(port)]
    with _started([*command, *options, "--log-level", "warning"], port, {}) as pid:
        yield port, pid


@contextmanager
def _started(command: Sequence[str], port: int, environment: dict[str, str]) -> Iterator[int]:
    process = subprocess.Popen(command, env={**os.environ, **contenders.python({}), **environment})
    try:
        end = time.monotonic() + processes.PATIENCE
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{port}/livez", timeout=5)
                break
            except httpx.HTTPError as error:
                if process.poll() is not None or time.monotonic() > end:
                    raise processes.NotAnswering("A server of live updates does not answer.") from error
                time.sleep(0.05)
        yield process.pid
    finally:
        process.kill()
        process.wait()


async def _filled(dsn: str) -> tuple[UUID, str]:
    """A chat in a new database, and the token of somebody who may see it."""
    await migrations.upgrade(dsn)
    connection = await asyncpg.connect(dsn)
    await partitions.ensure(connection)
    await connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements; DELETE FROM gateway.rate_limits")
    token = made(SESSION)
    until = datetime.now(UTC) + timedelta(days=1)
    chat: UUID = await connection.fetchval(CHAT, digest(token), until)
    await connection.close()
    return chat, token


CHAT = """
WITH business AS (INSERT INTO business.businesses (name, slug, type) VALUES ('Shop', 'live', 'RETAIL') RETURNING id),
     staff AS (INSERT INTO identity.users (email, first_name, last_name)
               VALUES ('s@x.example', 'Sam', 'L') RETURNING id),
     member AS (INSERT INTO identity.memberships (user_id, business_id, role)
                SELECT staff.id, business.id, 'STAFF' FROM staff, business),
     session AS (INSERT INTO identity.login_sessions (user_id, token_hash, expires_at)
                 SELECT id, $1, $2::timestamptz FROM staff),
     visitor AS (INSERT INTO chat.visitors (business_id, key) SELECT id, 'browser' FROM business RETURNING id)
INSERT INTO chat.chat_sessions (business_id, visitor_id, token_hash)
SELECT business.id, visitor.id, 'none' FROM business, visitor RETURNING id"""


@asynccontextmanager
async def _agora(folder: Path) -> AsyncIterator[tuple[Live, asyncpg.Connection]]:
    """Agora as a process, and another process of Agora: this one, which says something."""
    with running(folder / "database", settings=SETTINGS) as cluster:
        chat, token = await _filled(cluster.dsn)
        port = processes.free_port()
        environment = {"AGORA_DATABASE_URL": cluster.dsn, "AGORA_DATA_DIR": str(folder), "AGORA_SECRET": "x" * 32}
        command = [sys.executable, "-c", "from app.cli import command_line; command_line()", "serve"]
        with _started([*command, "--no-worker", "--port", str(port)], port, environment) as pid:
            connection = await asyncpg.connect(cluster.dsn)
            async with connected(cluster.dsn, read_size=1, write_size=2) as database, waking(database) as wakeups:
                await wakeups.up()
                yield Live("agora", port, pid, ByCommit(database, chat), token, f"chat_session_{chat}"), connection
            await connection.close()


async def _figures(folder: Path) -> dict[str, dict[str, float]]:
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=60))
        lives = []
        for name in ("bare", "usual"):
            port, pid = stack.enter_context(bare(f"live_{name}"))
            lives.append(Live(name, port, pid, ByPost(http, port)))
        ours, connection = await stack.enter_async_context(_agora(folder))
        lives.append(ours)
        found = {live.name: await idle(live) for live in lives}
        rounds: dict[str, list[dict[str, float]]] = {live.name: [] for live in lives}
        for _ in range(ROUNDS):
            for live in lives:
                rounds[live.name].append({**await fast(live), **await calm(live)})
        for name, each in rounds.items():
            found[name] |= {figure: statistics.median(one[figure] for one in each) for figure in each[0]}
        found["agora"] |= await again(ours, connection)
    return {name: {figure: round(value, 2) for figure, value in each.items()} for name, each in found.items()}


def figures() -> dict[str, dict[str, float]]:
    """Of each contender: entries told a second and the processor's time of each, delays, memory of a client."""
    with tempfile.TemporaryDirectory(prefix="live-") as folder:
        return asyncio.run(_figures(Path(folder)))


if __name__ == "__main__":
    sys.stdout.buffer.write(orjson.dumps(figures(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))

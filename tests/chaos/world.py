"""A PostgreSQL of its own behind a proxy, two servers and a worker as processes, and chats with their people."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx

from app import migrations, partitions
from app.embedded import running
from app.services.accounts.tokens import SESSION, digest, made
from bench.processes import free_port
from tests.chaos.proxying import Proxying, proxying

ROOT = Path(__file__).parents[2]
AGORA = [sys.executable, "-c", "from app.cli import command_line; command_line()"]
SETTINGS = {"fsync": "off", "max_connections": "200"}
"""A crash of PostgreSQL loses nothing by it, only one of the machine would; synchronous_commit stays as it is."""

PATIENCE = 300.0
"""Seconds within which the servers answer at first."""

START = "mutation($i: StartChatInput!) { startChat(input: $i) { session { id } token userErrors { code message } } }"


@dataclass(slots=True)
class Process:
    """A server or worker, which is started again whenever it ended."""

    arguments: Sequence[str]
    environment: dict[str, str]
    log: Path
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        """Whether there is a process that did not end yet."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start it, unless it runs."""
        if not self.is_running:
            with self.log.open("ab") as log:
                self.process = subprocess.Popen(
                    [*AGORA, *self.arguments], cwd=ROOT, env=self.environment, stdout=log, stderr=log
                )

    def end(self, order: signal.Signals) -> None:
        """Send it a signal and wait until it is gone."""
        if self.process is not None:
            self.process.send_signal(order)
            self.process.wait(20)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}/graphql"


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat, with the tokens of both sides."""

    id: str
    visitor: str
    staff: str

    @property
    def uuid(self) -> UUID:
        """The id of its row."""
        return UUID(self.id.rpartition("_")[2])


@dataclass(slots=True)
class World:
    """All of it."""

    dsn: str
    proxy: Proxying
    servers: list[Process]
    http: httpx.AsyncClient
    business: str = ""
    staff: list[str] = field(default_factory=list)
    chats: list[Chat] = field(default_factory=list)

    async def ready(self) -> None:
        """Wait until all servers answer."""
        async with asyncio.timeout(PATIENCE):
            for server in self.servers:
                while not await self._answers(server):  # noqa: ASYNC110  # there is nothing that would tell
                    await asyncio.sleep(0.2)

    async def _answers(self, server: Process) -> bool:
        with suppress(httpx.HTTPError):
            return (await self.http.get(server.url.replace("/graphql", "/readyz"))).status_code == 200
        return False

    async def open_chats(self, number: int) -> None:
        """Chats of one shop, begun by visitors; two people answer there."""
        connection = await asyncpg.connect(self.dsn)
        try:
            await connection.execute("DELETE FROM gateway.rate_limits")
            business = await _insert(connection, "business.businesses", name="Shop", slug="chaos", type="RETAIL")
            self.business = f"business_{business}"
            self.staff = [await _person(connection, business, number) for number in range(2)]
            widget = {"business_id": business, "public_key": "chaos00000000001", "name": "Shop"}
            await _insert(connection, "chat.chat_widgets", is_consent_required=False, **widget)
        finally:
            await connection.close()
        for at in range(number):
            body = {"query": START, "variables": {"i": {"widgetKey": widget["public_key"]}}}
            answer = (await self.http.post(self.servers[0].url, json=body)).json()
            opened = answer["data"]["startChat"]
            assert opened["userErrors"] == []
            self.chats.append(Chat(opened["session"]["id"], opened["token"], self.staff[at % 2]))


async def _insert(connection: asyncpg.Connection, table: str, **values: Any) -> UUID:
    columns, places = ", ".join(values), ", ".join(f"${at}" for at in range(1, len(values) + 1))
    statement = f"INSERT INTO {table} ({columns}) VALUES ({places}) RETURNING id"
    found: UUID = await connection.fetchval(statement, *values.values())
    return found


async def _person(connection: asyncpg.Connection, business: UUID, number: int) -> str:
    """The token of somebody new who answers chats."""
    user = await _insert(connection, "identity.users", email=f"sam-{number}@x.example", first_name="Sam", last_name="L")
    await _insert(connection, "identity.memberships", user_id=user, business_id=business, role="STAFF")
    token, until = made(SESSION), datetime.now(UTC) + timedelta(days=1)
    await _insert(connection, "identity.login_sessions", user_id=user, token_hash=digest(token), expires_at=until)
    return token


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    """All of it, running until the end."""
    with running(folder / "database", settings=SETTINGS) as cluster:
        await migrations.upgrade(cluster.dsn)
        connection = await asyncpg.connect(cluster.dsn)
        await partitions.ensure(connection)
        await connection.close()
        async with (
            proxying(cluster.socket_dir / ".s.PGSQL.5432") as proxy,
            httpx.AsyncClient(timeout=15, limits=httpx.Limits(max_connections=None)) as http,
        ):
            processes = _processes(folder, proxy.port)
            try:
                found = World(cluster.dsn, proxy, processes[:2], http)
                async with _kept_alive(processes):
                    await found.ready()
                    yield found
            finally:
                for process in processes:
                    process.end(signal.SIGKILL)


def _processes(folder: Path, port: int) -> list[Process]:
    """Two servers and a worker."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AGORA_", "PYTEST_"))}
    environment |= {
        "AGORA_DATABASE_URL": f"postgresql://agora@127.0.0.1:{port}/agora",
        "AGORA_DATA_DIR": str(folder),
        "AGORA_SECRET": "x" * 32,
        "AGORA_LOG_LEVEL": "info",
    }
    ports = [free_port(), free_port()]
    serving = [["serve", "--no-worker", "--port", str(port)] for port in ports]
    made = [
        Process(arguments, environment, folder / f"server-{port}.log", port)
        for arguments, port in zip(serving, ports, strict=True)
    ]
    return [*made, Process(["worker"], environment, folder / "worker.log")]


@asynccontextmanager
async def _kept_alive(processes: Sequence[Process]) -> AsyncIterator[None]:
    """Whoever ended is started again, as by a system's supervisor."""

    async def watch() -> None:
        while True:
            for process in processes:
                process.start()
            await asyncio.sleep(0.5)

    task = asyncio.create_task(watch())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

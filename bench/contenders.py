"""Who is measured: how each is started, and where and in which dialect it is asked."""

import os
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.nodejs import find_node, install
from bench.people import signed_in
from bench.requests import FOLDER, SHAPES

ROOT = Path(__file__).parent.parent
POOL = 8
"""Connections to PostgreSQL, for each contender."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A server to be measured."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    path: str = "/graphql"
    own_dialect: bool = False
    shapes: Collection[str] = SHAPES
    """What can be asked of it."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """What its requests say beside the document."""

    def url(self, port: int, shape: str) -> str:
        """Where it takes the requests of `shape`."""
        return f"http://127.0.0.1:{port}{self.path.format(shape=shape)}"


def agora_command(dsn: str, port: int, folder: Path, progress: Callable[[str], None]) -> Contender:
    """Agora as everybody starts it, asked by an administrator, whom no policy concerns."""
    return _agora("agora", dsn, port, SHAPES, admin=True)


def policies(dsn: str, port: int, folder: Path, progress: Callable[[str], None]) -> Contender:
    """Agora asked by somebody who sees the same rows, because policies say so."""
    return _agora("policies", dsn, port, ("point", "list"), admin=False)


def _agora(name: str, dsn: str, port: int, shapes: Collection[str], *, admin: bool) -> Contender:
    environment = {"AGORA_DATABASE_URL": dsn, "AGORA_READ_POOL_SIZE": str(POOL), "AGORA_LOG_LEVEL": "warning"}
    code = "from app.cli import command_line; command_line()"
    command = [sys.executable, "-c", code, "serve", "--port", str(port)]
    return Contender(name, command, python(environment), shapes=shapes, headers=signed_in(dsn, admin=admin))


def limit(dsn: str, port: int, folder: Path, progress: Callable[[str], None]) -> Contender:
    """Hand-written SQL in a Starlette handler."""
    command, environment = _uvicorn("bench.limit:create_app", port), python(_bench(dsn))
    return Contender("limit", command, environment, path="/{shape}", shapes=_files("sql"))


def usual(dsn: str, port: int, folder: Path, progress: Callable[[str], None]) -> Contender:
    """Strawberry with DataLoaders over the ORM."""
    shapes = ("point", "list", "deep", "partition", "chat", "filter", "wide")
    return Contender("usual", _uvicorn("bench.usual:create_app", port), python(_bench(dsn)), shapes=shapes)


def postgraphile(dsn: str, port: int, folder: Path, progress: Callable[[str], None]) -> Contender:
    """PostGraphile on Node; raises Unavailable where it cannot be had."""
    server = install(folder / "postgraphile", progress)
    environment = {**_bench(dsn), "BENCH_PORT": str(port), "NODE_ENV": "production", "GRAPHILE_ENV": "production"}
    shapes = {*_files("postgraphile"), "unseen"}
    return Contender("postgraphile", [find_node().node, str(server)], environment, own_dialect=True, shapes=shapes)


CONTENDERS = {
    "limit": limit,
    "agora": agora_command,
    "policies": policies,
    "postgraphile": postgraphile,
    "usual": usual,
}


def _files(folder: str) -> Collection[str]:
    """The shapes that have a file in `folder`: not everybody can say everything."""
    return {path.stem for path in (FOLDER / folder).iterdir()}


def _bench(dsn: str) -> dict[str, str]:
    return {"BENCH_DSN": dsn, "BENCH_POOL": str(POOL)}


def python(more: Mapping[str, str]) -> dict[str, str]:
    """The environment of a Python that finds our modules."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "graphql"), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**more, "PYTHONPATH": path}


def _uvicorn(factory: str, port: int) -> list[str]:
    options = f"--host 127.0.0.1 --port {port} --loop uvloop --http httptools --no-access-log --log-level warning"
    return [sys.executable, "-m", "uvicorn", "--factory", factory, *options.split()]

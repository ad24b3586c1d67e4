"""What frontends are generated with takes the schema and the operations, and what it generates asks a server."""

import asyncio
import json
import re
import shutil
import sys
import textwrap
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from app.database import connected
from bench.nodejs import find_node
from tests.http.conftest import serving

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
OPERATIONS = ROOT / "graphql" / "operations"
PAGE = (ROOT / "docs" / "frontends.md").read_text()
QUOTED = ["node/relay.config.json", "node/codegen.ts", "node/src/ask.ts", "python/ariadne.toml", "python/deferred.py"]
JOBS = {
    "filter": {"status": {"eq": "OPEN"}, "client": {"country": {"in": ["NZ", "AU"]}}},
    "orderBy": [{"client": {"lastName": "ASC"}}, {"budget": "DESC"}],
    "first": 5,
}
"""The variables with which both of the generated clients ask."""


async def said(folder: Path, *command: str) -> str:
    """What a command prints that is run in `folder`; fails if it fails."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, (output + errors).decode()
    return output.decode()


def project(source: Path, folder: Path) -> Path:
    """A frontend's project in `folder`: the files of `source`, the schema and the operations."""
    shutil.copytree(source, folder)
    shutil.copy(ROOT / "schema.graphql", folder)
    shutil.copytree(OPERATIONS, folder / "operations")
    return folder


@pytest.fixture(scope="module")
async def node_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in TypeScript with the locked packages."""
    folder = project(HERE / "node", tmp_path_factory.mktemp("frontends") / "node")
    await said(folder, *find_node().npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts")
    return folder


@pytest.fixture
async def python_project(tmp_path: Path) -> Path:
    """A project in Python with the locked packages in an environment of its own: they need an older graphql-core."""
    folder = project(HERE / "python", tmp_path / "python")
    await said(folder, sys.executable, "-m", "venv", "env")
    install = ["pip", "install", "-q", "--disable-pip-version-check", "--require-hashes", "-r", "requirements.txt"]
    await said(folder, "env/bin/python", "-m", *install)
    return folder


@pytest.fixture(scope="module")
async def url(sample_database: str) -> AsyncIterator[str]:
    """Where a server has the sample data."""
    async with serving(lambda: connected(sample_database, read_size=2, write_size=1)) as (client, _):
        yield f"{client.base_url}/graphql"


async def run(folder: Path, tool: str, *arguments: str) -> str:
    """What a tool of a project in TypeScript prints."""
    return await said(folder, find_node().node, f"node_modules/.bin/{tool}", *arguments)


async def jobs(url: str) -> list[str]:
    """The lines that a generated client must print."""
    (document,) = OPERATIONS.glob("*-open-jobs.graphql")
    async with httpx.AsyncClient() as client:
        answer = (await client.post(url, json={"query": document.read_text(), "variables": JOBS})).json()
    rows = [edge["node"] for edge in answer["data"]["jobs"]["edges"]]
    return [f"{row['title']}: {row['budget']} {row['currency']}, {_name(row['client'])}" for row in rows]


def _name(person: dict[str, str]) -> str:
    return f"{person['firstName']} {person['lastName']}"


def relay_module(path: Path, folder: Path) -> str:
    """Write the module in which Relay finds an operation; the name that it has there, which ends with its kind."""
    document = path.read_text()
    (name,) = re.findall(r"^query (\w+)", document, re.MULTILINE)
    text = document.replace(f"query {name}", f"query {name}Query")
    module = f'import {{ graphql }} from "relay-runtime";\n\nexport const document = graphql`\n{text}`;\n'
    (folder / f"{name}.ts").write_text(module)
    return f"{name}Query"


def generated(folder: Path) -> set[str]:
    """The names of what Relay compiled."""
    return {path.name.removesuffix(".graphql.ts") for path in folder.glob("relay/__generated__/*")}


@pytest.mark.long
async def test_relay_compiles_the_operations_and_its_connections(node_project: Path) -> None:
    names = [relay_module(path, node_project / "relay") for path in OPERATIONS.glob("*.graphql")]
    await run(node_project, "relay-compiler")
    assert generated(node_project) >= {*names, "JobListQuery", "JobListPageQuery", "JobListApplicationsQuery"}


@pytest.mark.long
async def test_the_types_that_codegen_generates_are_exact_and_the_client_asks_with_them(
    node_project: Path, url: str
) -> None:
    await run(node_project, "graphql-codegen")
    await run(node_project, "tsc")
    printed = await said(node_project, find_node().node, "dist/jobs.js", url)
    assert printed.splitlines() == await jobs(url)
    assert len(printed.splitlines()) == 5


@pytest.mark.long
async def test_the_client_that_ariadne_codegen_generates_asks_in_python(python_project: Path, url: str) -> None:
    await said(python_project, "env/bin/python", "-m", "ariadne_codegen", "--config", "ariadne.toml")
    printed = await said(python_project, "env/bin/python", "-W", "error", "jobs.py", url)
    assert printed.splitlines() == await jobs(url)
    assert len(printed.splitlines()) == 5


@pytest.mark.parametrize("name", QUOTED)
def test_the_page_shows_the_files_that_are_tested(name: str) -> None:
    assert textwrap.indent((HERE / name).read_text(), "    ") in PAGE


def test_the_page_says_which_versions_are_tested() -> None:
    packages = json.loads((HERE / "node" / "package.json").read_text())["dependencies"]
    for name in ("relay-compiler", "@graphql-codegen/cli", "@graphql-codegen/client-preset"):
        assert f"{name} {packages[name]}" in PAGE
    assert (HERE / "python" / "requirements.in").read_text().strip().replace("==", " ") in PAGE


def test_every_scalar_has_a_type_in_every_tool() -> None:
    schema = (ROOT / "schema.graphql").read_text()
    for scalar in re.findall(r"^scalar (\w+)", schema, re.MULTILINE):
        for name in ("node/relay.config.json", "node/codegen.ts", "python/ariadne.toml"):
            assert re.search(rf'^ *"?{scalar}"? ?[:=]', (HERE / name).read_text(), re.MULTILINE), (scalar, name)

"""What the README says is so: its query has its answer, its table has the bench's figures."""

import json
import re
import shlex
from pathlib import Path

import asyncpg
import pytest

from app import personas
from app.cli import main
from app.database import connected
from app.seed import seed
from bench.readme import RESULTS, updated
from tests.http.conftest import serving

PERSONA = "$(.venv/bin/agora persona admin)"
ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


async def test_the_curl_of_the_readme_gets_the_answer_of_the_readme(committed: str, tmp_path: Path) -> None:
    (command,), (answer,) = re.findall(r"```sh\n(.*?)```", README, re.S), re.findall(r"```json\n(.*?)```", README, re.S)
    words = shlex.split(command.replace("\\\n", " "))
    assert words[:3] == ["curl", "-s", "http://127.0.0.1:8000/graphql"]
    connection = await asyncpg.connect(committed)
    await seed(connection)
    token = (await personas.ensure(connection, tmp_path))["admin"]["token"]
    await connection.close()
    given = [words[at + 1].replace(PERSONA, token) for at, word in enumerate(words) if word == "-H"]
    headers = dict(header.split(": ") for header in given)
    assert token in headers["Authorization"]
    async with serving(lambda: connected(committed), None) as (client, _):
        got = await client.post("/graphql", content=words[words.index("-d") + 1], headers=headers)
    assert got.json() == json.loads(answer)


def test_the_table_of_the_readme_is_that_of_the_last_bench() -> None:
    assert updated(README, json.loads(RESULTS.read_text())) == README


@pytest.mark.parametrize("name", ["db", "seed", "schema", "lineage", "explain", "persona"])
def test_the_commands_of_the_readme_exist(name: str) -> None:
    known = {command.name for command in main.registered_commands} | {group.name for group in main.registered_groups}
    assert name in known

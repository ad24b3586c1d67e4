"""What the README says is so: its query has its answer, its table has the bench's figures."""

import json
import re
import shlex
from pathlib import Path

import asyncpg
import pytest

from app.cli import main
from app.database import connected
from app.seed import seed
from bench.readme import RESULTS, updated
from tests.http.conftest import serving

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


async def test_the_curl_of_the_readme_gets_the_answer_of_the_readme(committed: str) -> None:
    (command,), (answer,) = re.findall(r"```sh\n(.*?)```", README, re.S), re.findall(r"```json\n(.*?)```", README, re.S)
    words = shlex.split(command.replace("\\\n", " "))
    assert words[:3] == ["curl", "-s", "http://127.0.0.1:8000/graphql"]
    connection = await asyncpg.connect(committed)
    await seed(connection)
    await connection.close()
    headers = dict([words[words.index("-H") + 1].split(": ")])
    async with serving(lambda: connected(committed)) as (client, _):
        got = await client.post("/graphql", content=words[words.index("-d") + 1], headers=headers)
    assert got.json() == json.loads(answer)


def test_the_table_of_the_readme_is_that_of_the_last_bench() -> None:
    assert updated(README, json.loads(RESULTS.read_text())) == README


@pytest.mark.parametrize("name", ["db", "seed", "schema", "lineage", "explain"])
def test_the_commands_of_the_readme_exist(name: str) -> None:
    known = {command.name for command in main.registered_commands} | {group.name for group in main.registered_groups}
    assert name in known

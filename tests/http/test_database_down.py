"""The database goes away and comes back; the process stays."""

import time
from contextlib import ExitStack
from pathlib import Path

from app import migrations
from app.database import connected
from app.embedded import running
from tests.conftest import FAST
from tests.http.conftest import serving

QUERY = {"query": "{ users { totalCount } }"}
MUTATION = {
    "query": """mutation { signIn(input: {email: "nobody@x.example", password: "not the right one"}) {
        userErrors { code } } }"""
}


async def test_an_operation_fails_with_a_code_while_the_database_is_down_and_answers_again(tmp_path: Path) -> None:
    with ExitStack() as up:
        dsn = up.enter_context(running(tmp_path, settings=FAST)).dsn
        await migrations.upgrade(dsn)
        async with serving(lambda: connected(dsn)) as (client, _):
            assert (await client.post("/graphql", json=QUERY)).json() == {"data": {"users": {"totalCount": 0}}}
            up.close()
            before = time.monotonic()
            for operation in (QUERY, MUTATION, QUERY):
                answer = (await client.post("/graphql", json=operation)).json()
                assert answer["data"] is None
                assert answer["errors"][0]["extensions"] == {"code": "INTERNAL"}
                assert answer["errors"][0]["message"].startswith("The database does not answer")
            assert time.monotonic() - before < 15
            assert (await client.get("/readyz")).status_code == 503
            assert (await client.get("/livez")).status_code == 200
            up.enter_context(running(tmp_path, settings=FAST))
            written = (await client.post("/graphql", json=MUTATION)).json()
            assert written == {"data": {"signIn": {"userErrors": [{"code": "UNAUTHENTICATED"}]}}}
            assert (await client.post("/graphql", json=QUERY)).json() == {"data": {"users": {"totalCount": 0}}}
            assert (await client.get("/readyz")).status_code == 200

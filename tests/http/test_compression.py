"""Large answers come compressed to those who can read it, and the loop goes on meanwhile."""

import asyncio
import gzip
import random
import sys
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from app.http.compression import LONG, WORTHWHILE, compressed
from tests.http.conftest import Served

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LARGE = '{ __type(name: "Query") { fields { name description args { name description } } } }'
READ = {"gzip": gzip.decompress, "zstd": zstd.decompress}


async def raw(served: Served, query: str, **headers: str) -> tuple[Any, bytes]:
    """The response's headers, and its body as it came."""
    request = served.client.build_request("POST", "/graphql", json={"query": query}, headers=headers)
    if "accept-encoding" not in headers:
        del request.headers["accept-encoding"]
    answer = await served.client.send(request, stream=True)
    body = b"".join([chunk async for chunk in answer.aiter_raw()])
    await answer.aclose()
    return answer.headers, body


async def test_a_large_answer_is_compressed_as_the_client_prefers(shared: Served) -> None:
    plain_headers, plain = await raw(shared, LARGE)
    assert len(plain) > LONG
    assert "content-encoding" not in plain_headers
    assert plain_headers["vary"] == "accept, accept-encoding"
    for accepted, coding in (("gzip, deflate, br, zstd", "zstd"), ("gzip, zstd;q=0.9", "gzip"), ("gzip", "gzip")):
        headers, body = await raw(shared, LARGE, **{"accept-encoding": accepted})
        assert (headers["content-encoding"], headers["content-length"]) == (coding, str(len(body)))
        assert headers["vary"] == "accept, accept-encoding"
        assert READ[coding](body) == plain
        assert len(body) < len(plain) / 4
    for accepted in ("identity", "gzip;q=0", "br"):
        headers, body = await raw(shared, LARGE, **{"accept-encoding": accepted})
        assert "content-encoding" not in headers
        assert body == plain


async def test_a_small_answer_and_a_refusal_are_left_as_they_are(shared: Served) -> None:
    for query in ("{ version }", "{ nothing }"):
        headers, _ = await raw(shared, query, **{"accept-encoding": "gzip, zstd"})
        assert "content-encoding" not in headers
        assert "vary" not in headers


async def test_the_page_is_compressed_too(shared: Served) -> None:
    answer = await shared.client.get("/graphql", headers={"accept": "text/html", "accept-encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert "GraphiQL" in answer.text


def rows(size: int) -> Iterator[bytes]:
    """Rows of JSON that no coding makes nothing of."""
    dice = random.Random(7)
    while size > 0:
        size -= len(row := orjson.dumps({"id": dice.randbytes(16).hex(), "title": "Build a storefront", "n": size}))
        yield row


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
@pytest.mark.parametrize("size", [WORTHWHILE, LONG - 1, LONG, 20 * LONG])
async def test_what_is_compressed_can_be_read_again(coding: str, size: int) -> None:
    body = b"[" + b",".join(rows(size)) + b"]"
    assert READ[coding](await compressed(body, coding)) == body


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
async def test_the_loop_goes_on_while_a_large_answer_is_compressed(coding: str) -> None:
    body = b"[" + b",".join(rows(200 * LONG)) + b"]"
    turns = 0

    async def tick() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    ticking = asyncio.create_task(tick())
    await compressed(body, coding)
    ticking.cancel()
    assert turns > 20

"""Bytes that are no UTF-8, and hosts that are not ours: the first are refused, the second change nothing."""

import asyncio

import pytest
import websockets

from tests.http.conftest import GRAPHQL_TRANSPORT_WS, Served

TEXT = '{"query": "{ version } #é"}'
ENCODED = {
    "Latin-1": TEXT.encode("latin-1"),
    "UTF-16 without its mark": TEXT.encode("utf-16-le"),
    "UTF-16 the other way round": b"\xfe\xff" + TEXT.encode("utf-16-be"),
    "UTF-32": TEXT.encode("utf-32"),
    "UTF-7": b'{"query": "{ version } #"}+AOk-',
    "cut in the middle of a character": '{"query": "{ version } #é'.encode()[:-1],
    "a character cut before the quote": b'{"query": "{ version } #\xc3"}',
    "a character of four bytes cut": b'{"query": "{ version } #\xf0\x9f\x98"}',
    "beyond Unicode": b'{"query": "{ version } #\xf4\x90\x80\x80"}',
    "five bytes": b'{"query": "{ version } #\xf8\x88\x80\x80\x80"}',
    "an overlong slash": b'{"query": "{ version } #\xc0\xaf"}',
    "an overlong quote": b'{"query": "{ version } #\xe0\x80\xa2"}',
    "surrogates in pairs": b'{"query": "{ version } #\xed\xa0\xbd\xed\xb8\x80"}',
    "a continuation alone": b'{"query": "{ version } #\x80"}',
}


@pytest.mark.parametrize("name", ENCODED)
async def test_what_is_no_utf_8_is_refused_on_every_transport(shared: Served, name: str) -> None:
    for accept in ("application/json", "text/event-stream"):
        headers = {"content-type": "application/json", "accept": accept}
        answer = await shared.client.post("/graphql", content=ENCODED[name], headers=headers)
        assert (answer.status_code, answer.json()["errors"][0]["message"]) == (400, "The body is not JSON in UTF-8.")
    async with websockets.connect(shared.socket_url, subprotocols=[GRAPHQL_TRANSPORT_WS]) as socket:
        await socket.send('{"type": "connection_init"}')
        await socket.recv()
        await socket.send(ENCODED[name], text=True)
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await socket.recv()
    assert closed.value.rcvd is not None and closed.value.rcvd.code in (1007, 4400)
    escaped = "".join(f"%{byte:02X}" for byte in ENCODED[name])
    headers = {"accept": "application/graphql-response+json"}
    assert (await shared.client.get(f"/graphql?query={escaped}", headers=headers)).status_code == 400


HOSTS = {
    "another": [b"host: evil.example"],
    "another with a port": [b"host: evil.example:99999"],
    "none": [],
    "empty": [b"host:"],
    "spaces": [b"host:   evil.example  "],
    "spaces inside": [b"host: evil .example"],
    "a path": [b"host: evil.example/x?y#z"],
    "a user": [b"host: ada@evil.example"],
    "two": [b"host: localhost", b"host: evil.example"],
    "forwarded": [b"host: localhost", b"x-forwarded-host: evil.example", b"forwarded: host=evil.example"],
    "no ASCII": [b"host: \xe9vil.example"],
}


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("target", [b"/graphql", b"http://evil.example/graphql", b"//evil.example/graphql"])
async def test_the_host_that_a_client_names_changes_nothing(shared: Served, host: str, target: bytes) -> None:
    body = b'{"query": "{ __typename }"}'
    lines = [b"POST " + target + b" HTTP/1.1", *HOSTS[host], b"content-type: application/json", b"connection: close"]
    head, _, content = (await exchange(shared, lines, body)).partition(b"\r\n\r\n")
    assert b"evil" not in head + content
    assert content == b'{"data":{"__typename":"Query"}}' or head.startswith(b"HTTP/1.1 4")


@pytest.mark.parametrize("path", [b"/", b"/livez/", b"/readyz/", b"/graphql/", b"/livez//", b"/graphql?", b"/nothing"])
async def test_no_link_leads_to_the_host_that_a_client_names(shared: Served, path: bytes) -> None:
    for host in (b"host: evil.example", b"host: localhost\r\nx-forwarded-host: evil.example"):
        lines = [b"GET " + path + b" HTTP/1.1", host, b"accept: text/html", b"connection: close"]
        answer = await exchange(shared, lines, b"")
        assert b"evil" not in answer and not answer.startswith(b"HTTP/1.1 5")


async def exchange(served: Served, lines: list[bytes], body: bytes) -> bytes:
    """What a server answers to a request of these lines."""
    url = served.client.base_url
    reader, writer = await asyncio.open_connection(url.host, url.port)
    length = b"content-length: %d" % len(body)
    writer.write(b"\r\n".join([*lines, length, b"", body]))
    try:
        return await asyncio.wait_for(reader.read(), 10)
    finally:
        writer.close()

"""Whatever arrives, the answer is a 4xx with its reason, never a fault of the server's; and the server goes on."""

import asyncio
import gzip
import json
from typing import Any

import httpx
import orjson
import pytest
import websockets

from tests.http.conftest import GRAPHQL_TRANSPORT_WS, Served

JSON = {"content-type": "application/json"}
NEW = "application/graphql-response+json"
HASH = "0" * 64

BODIES: dict[str, tuple[bytes, int, str]] = {
    "nothing": (b"", 400, "not JSON"),
    "half of an object": (b"{", 400, "not JSON"),
    "two objects": (b"{}{}", 400, "not JSON"),
    "a byte order mark": (b'\xef\xbb\xbf{"query": "{ version }"}', 400, "not JSON"),
    "UTF-16": ('{"query": "{ version }"}'.encode("utf-16"), 400, "UTF-8"),
    "a byte that is no UTF-8": (b'{"query": "{ version } #\xff"}', 400, "UTF-8"),
    "an overlong encoding": (b'{"query": "{ version } #\xc0\x80"}', 400, "UTF-8"),
    "a surrogate in UTF-8": (b'{"query": "{ version } #\xed\xa0\x80"}', 400, "UTF-8"),
    "a lone surrogate": (b'{"query": "{ version } #\\ud800"}', 400, "UTF-8"),
    "a lone surrogate in a variable": (b'{"query": "{ version }", "variables": {"a": "\\udfff"}}', 400, "UTF-8"),
    "a bare NUL": (b'{"query": "{ version } #\0"}', 400, "not JSON"),
    "a number without end": (b'{"query": "{ version }", "variables": {"n": 1e999}}', 400, "not JSON"),
    "a number of many digits": (
        b'{"query": "{ version }", "variables": {"n": ' + b"9" * 5_000 + b"}}",
        400,
        "not JSON",
    ),
    "no number": (b'{"query": "{ version }", "variables": {"n": NaN}}', 400, "not JSON"),
    "bottomless nesting": (b'{"query": "{ version }", "variables": {"n": ' + b"[" * 9_000, 400, "not JSON"),
    "deep nesting": (b"[" * 2_000 + b"]" * 2_000, 400, "not JSON"),
    "a list": (b'[{"query": "{ version }"}]', 400, "must be an object"),
    "a string": (b'"{ version }"', 400, "must be an object"),
    "null": (b"null", 400, "must be an object"),
    "an empty object": (b"{}", 400, '"query"'),
    "too much": (b'{"query": "' + b" " * 20_000 + b'"}', 413, "16384 bytes"),
}

FIELDS: dict[str, list[Any]] = {
    "query": [None, 0, True, [], {}, ["{ version }"]],
    "variables": [0, True, "", "{}", [], [{}]],
    "operationName": [0, True, [], {}],
    "extensions": [0, True, "", "{}", [], [{}]],
    "documentId": [
        *(0, True, [], {}, "", "users", "sha256:", f"sha256:{HASH[1:]}", f"sha256:{'F' * 64}", f"md5:{HASH}"),
        f"sha256:{HASH}\n",
    ],
}
PERSISTED: list[Any] = [
    *(0, True, "", [], {}),
    {"version": 1},
    {"sha256Hash": HASH},
    {"version": 2, "sha256Hash": HASH},
    {"version": "1", "sha256Hash": HASH},
    {"version": 1, "sha256Hash": 0},
    {"version": 1, "sha256Hash": "abc"},
    {"version": 1, "sha256Hash": "é" * 64},
]

VALUES: list[tuple[str, Any]] = [
    ("String", "\0"),
    ("String", 1),
    ("Int", 2**31),
    ("Int", 10**30),
    ("Int", 1.5),
    ("Int", "1"),
    ("DateTime", "yesterday"),
    ("DateTime", "9999-12-31T23:59:59-23:59:59"),
    ("Decimal", "1e400"),
    ("Decimal", "9" * 10_000),
    ("ID", "user_\0"),
    ("ID", ["a"]),
    ("[String!]", ["\0"]),
    ("JSON", ["\0"]),
]
"""Values for variables of a type, and where they would go."""
PLACES = {
    "String": "users(filter: {firstName: {eq: $v}})",
    "Int": "users(first: $v)",
    "DateTime": "users(filter: {createdAt: {eq: $v}})",
    "Decimal": "jobs(filter: {budget: {eq: $v}})",
    "ID": "users(filter: {id: {eq: $v}})",
    "[String!]": "agents(filter: {tools: {contains: $v}})",
    "JSON": "businesses(filter: {settings: {contains: $v}})",
}


def check(answer: httpx.Response, status: int, message: str) -> None:
    """The answer is a refusal with `status` that says `message`."""
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["extensions"]) == (status, {"code": "BAD_USER_INPUT"})
    assert message in error["message"]
    assert "data" not in answer.json()


@pytest.mark.parametrize("name", BODIES)
async def test_a_body_that_cannot_be_read_is_refused(shared: Served, name: str) -> None:
    body, status, message = BODIES[name]
    for accept, type_ in ((NEW, NEW), ("*/*", "application/json"), ("text/event-stream", "application/json")):
        answer = await shared.client.post("/graphql", content=body, headers={**JSON, "accept": accept})
        check(answer, status, message)
        assert answer.headers["content-type"] == f"{type_}; charset=utf-8"


@pytest.mark.parametrize("field", FIELDS)
async def test_a_field_of_the_wrong_type_is_refused(shared: Served, field: str) -> None:
    for value in FIELDS[field]:
        body = {"query": "{ version }", field: value}
        check(await shared.client.post("/graphql", json=body), 400, f'"{field}"')
        (message,) = await shared.over_socket(body)
        assert (message["type"], f'"{field}"' in message["payload"][0]["message"]) == ("error", True)


async def test_a_persisted_query_that_is_none_is_refused(shared: Served) -> None:
    for value in PERSISTED:
        body = {"query": "{ version }", "extensions": {"persistedQuery": value}}
        check(await shared.client.post("/graphql", json=body), 400, "persistedQuery")
        got = {"query": "{ version }", "extensions": orjson.dumps(body["extensions"]).decode()}
        check(await shared.client.get("/graphql", params=got), 400, "persistedQuery")
    twice = {"documentId": f"sha256:{HASH}", "extensions": {"persistedQuery": {"version": 1, "sha256Hash": "1" * 64}}}
    check(await shared.client.post("/graphql", json=twice), 400, "different documents")


async def test_null_is_as_good_as_nothing(shared: Served) -> None:
    nothing = dict.fromkeys(("variables", "operationName", "extensions", "documentId"))
    for body in ({"query": "{ version }", **nothing}, {"query": "{ version }", "extensions": {"persistedQuery": None}}):
        assert "errors" not in (await shared.client.post("/graphql", json=body)).json()


@pytest.mark.parametrize(("type_", "value"), VALUES)
async def test_a_value_that_cannot_be_one_is_refused(shared: Served, type_: str, value: Any) -> None:
    query = f"query ($v: {type_}) {{ {PLACES[type_]} {{ totalCount }} }}"
    answer = await shared.send(query=query, variables={"v": value})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    literal = f"{{ {PLACES[type_].replace('$v', json.dumps(value))} {{ totalCount }} }}"
    assert (await shared.send(query=literal)).status_code == 400


async def test_a_value_that_no_column_can_keep_is_refused_in_a_mutation(served: Served) -> None:
    mutation = "mutation ($i: CreateJobInput!) { createJob(input: $i) { userErrors { code } } }"
    wrong = {"title": "a\0b", "description": "d", "budget": "1"}
    (error,) = (await served.send(query=mutation, variables={"i": wrong})).json()["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "U+0000" in error["message"]
    right = {**wrong, "title": "ab"}
    done: Any = {"data": {"createJob": {"userErrors": [{"code": "UNAUTHENTICATED"}]}}}
    assert (await served.send(query=mutation, variables={"i": right})).json() == done


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 200),
        ("Application/JSON; Charset=UTF-8", 200),
        ('application/json;charset="utf-8"', 200),
        ("application/json; charset=latin1", 415),
        ("application/json; charset=utf-16", 415),
        ("application/json, application/json", 415),
        ("application/graphql", 415),
        ("application/jsonp", 415),
        ("text/plain", 415),
        ("multipart/form-data; boundary=x", 415),
        ("application/x-www-form-urlencoded", 415),
        ("", 415),
        (";", 415),
        ("ÿ", 415),
    ],
)
async def test_only_json_in_utf_8_is_read(shared: Served, content_type: str, status: int) -> None:
    headers = {b"content-type": content_type.encode("latin-1")}
    answer = await shared.client.post("/graphql", content=b'{"query": "{ version }"}', headers=headers)
    assert answer.status_code == status
    if status == 415:
        check(answer, 415, "application/json in UTF-8")


async def test_a_compressed_body_is_refused_whole_or_broken(shared: Served) -> None:
    whole = gzip.compress(b'{"query": "{ version }"}')
    for body, coding in ((whole, "gzip"), (whole[:9], "gzip"), (b"{}", "gzip"), (b"", "br"), (whole, "gzip, gzip")):
        answer = await shared.client.post("/graphql", content=body, headers={**JSON, "content-encoding": coding})
        check(answer, 415, "content-encoding")
        assert answer.headers["accept-encoding"] == "identity"
    plain = {**JSON, "content-encoding": "identity"}
    assert (await shared.client.post("/graphql", content=b'{"query": "{ version }"}', headers=plain)).status_code == 200


async def test_headers_given_twice_are_put_together_or_refused(shared: Served) -> None:
    async def post(*headers: tuple[str, str]) -> httpx.Response:
        return await shared.client.post("/graphql", content=b'{"query": "{ nothing }"}', headers=list(headers))

    type_ = ("content-type", "application/json")
    check(await post(type_, type_), 400, "content-type")
    check(await post(type_, ("content-type", "text/plain")), 400, "content-type")
    both = await post(type_, ("accept", "application/json;q=0.5"), ("accept", NEW))
    assert (both.status_code, both.headers["content-type"]) == (400, f"{NEW}; charset=utf-8")
    assert (await post(type_, ("accept", "text/html"), ("accept", "image/png"))).status_code == 406
    assert (await post(type_, ("x-agora-extensions", "cost"), ("x-agora-extensions", "explain"))).status_code == 200
    check(await post(type_, ("x-agora-extensions", "cost," * 100)), 400, "extensions")


@pytest.mark.parametrize(
    ("query_string", "status", "message"),
    [
        ("", 400, '"query"'),
        ("quer=%7Bversion%7D", 400, '"query"'),
        ("query=%FF", 400, "UTF-8"),
        ("query=%ED%A0%80", 400, "UTF-8"),
        ("query=%7Bversion%7D&query=%7Bversion%7D", 400, "2 times"),
        ("query=%7Bversion%7D&variables=", 400, '"variables" is not JSON'),
        ("query=%7Bversion%7D&variables=%7B", 400, '"variables" is not JSON'),
        ("query=%7Bversion%7D&variables=%5B%5D", 400, '"variables"'),
        ("query=%7Bversion%7D&variables=%7B%22a%22%3A1e999%7D", 400, '"variables" is not JSON'),
        ("query=%7Bversion%7D&extensions=1", 400, '"extensions"'),
        ("query=%7Bversion%7D&extensions=x", 400, '"extensions" is not JSON'),
        ("documentId=x", 400, '"documentId"'),
        ("&".join(["a=b"] * 21), 400, "20 parts"),
        ("query=" + "%20" * 10_000, 414, "16384 bytes"),
    ],
)
async def test_a_query_string_that_cannot_be_read_is_refused(
    shared: Served, query_string: str, status: int, message: str
) -> None:
    check(await shared.client.get(f"/graphql?{query_string}"), status, message)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
async def test_other_methods_are_told_which_there_are(shared: Served, method: str) -> None:
    answer = await shared.client.request(method, "/graphql", json={"query": "{ version }"})
    check(answer, 405, "Use POST or GET.")
    assert answer.headers["allow"] == "GET, HEAD, POST"


BODY = b'{"query": "{ version }"}'


@pytest.mark.parametrize(
    "length",
    [
        b"content-length: -1\r\n",
        b"content-length: all\r\n",
        b"content-length: 1e2\r\n",
        b"content-length: 24\r\ncontent-length: 25\r\n",
        b"content-length: 99999999999999999999999\r\n",
        b"content-length: 24\r\ntransfer-encoding: chunked\r\n",
        b"transfer-encoding: chunked\r\n",
        b"content-length: 10\r\n",
    ],
)
async def test_a_body_of_another_length_is_no_fault_of_the_servers(shared: Served, length: bytes) -> None:
    head = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nconnection: close\r\n"
    answer = await _exchange(shared, head + length + b"\r\n" + BODY)
    assert answer.startswith(b"HTTP/1.1 4")
    assert (await shared.post("{ version }")).status_code == 200


async def test_a_body_that_breaks_off_is_no_fault_of_the_servers(shared: Served) -> None:
    head = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 25\r\n\r\n"
    assert not (await _exchange(shared, head + BODY)).startswith(b"HTTP/1.1 5")
    assert (await shared.post("{ version }")).status_code == 200


async def _exchange(served: Served, sent: bytes) -> bytes:
    """What a server answers to bytes, until it or we close."""
    url = served.client.base_url
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(sent)
    writer.write_eof()
    try:
        return await asyncio.wait_for(reader.read(), 10)
    except ConnectionError:
        return b""
    finally:
        writer.close()


MESSAGES: dict[str, tuple[str | bytes, int]] = {
    "no JSON": ("{", 4400),
    "nothing": ("", 4400),
    "bytes": (b"{}", 4400),
    "a lone surrogate": ('{"type": "\\ud800"}', 4400),
    "a number without end": ('{"type": "ping", "payload": 1e999}', 4400),
    "bottomless nesting": ("[" * 10_000, 4400),
    "a list": ("[]", 4400),
    "null": ("null", 4400),
    "no type": ("{}", 4400),
    "an unknown type": ('{"type": "greet"}', 4400),
    "a type that is no string": ('{"type": {}}', 4400),
    "no id": ('{"type": "subscribe", "payload": {"query": "{ version }"}}', 4400),
    "an id that is no string": ('{"type": "subscribe", "id": [], "payload": {"query": "{ version }"}}', 4400),
    "a long id": (json.dumps({"type": "complete", "id": "x" * 1_000}), 4400),
    "no payload": ('{"type": "subscribe", "id": "1"}', 4400),
    "begun twice": ('{"type": "connection_init"}', 4429),
    "too much": (json.dumps({"type": "ping", "payload": "x" * 20_000}), 1009),
}


@pytest.mark.parametrize("name", MESSAGES)
async def test_a_message_that_is_none_ends_the_connection_with_its_reason(shared: Served, name: str) -> None:
    message, code = MESSAGES[name]
    async with websockets.connect(shared.socket_url, subprotocols=[GRAPHQL_TRANSPORT_WS]) as socket:
        await socket.send('{"type": "connection_init"}')
        await socket.recv()
        await socket.send(message)
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await socket.recv()
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, bool(closed.value.rcvd.reason)) == (code, True)


async def test_a_payload_that_is_no_object_is_an_error_of_that_operation(shared: Served) -> None:
    payloads: list[Any] = [None, 0, "{ version }", [], {}, {"query": "{ version }", "variables": []}]
    messages = await shared.over_socket(*payloads, {"query": "{ __typename }"})
    for message in messages[:-1]:
        assert message["type"] == "error"
        assert message["payload"][0]["extensions"] == {"code": "BAD_USER_INPUT"}
    assert messages[-1]["payload"] == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize("payload", ["[]", "0", '{"extensions": 1}', '{"extensions": [1]}'])
async def test_a_connection_that_begins_wrongly_is_ended(shared: Served, payload: str) -> None:
    async with websockets.connect(shared.socket_url, subprotocols=[GRAPHQL_TRANSPORT_WS]) as socket:
        await socket.send(f'{{"type": "connection_init", "payload": {payload}}}')
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4400

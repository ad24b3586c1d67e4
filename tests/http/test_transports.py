"""One document, every transport: the same answer by the same one statement."""

import orjson
import websockets

from tests.http.conftest import Served

QUERY = "query Q($n: Int) { users(first: $n) { totalCount nodes { id jobsPosted { totalCount } } } }"
ANSWER = {"data": {"users": {"totalCount": 0, "nodes": []}}}


async def test_post_get_websocket_and_sse_take_the_compiled_path(served: Served) -> None:
    variables = {"n": 3}
    posted = await served.post(QUERY, variables=variables)
    got = await served.client.get("/graphql", params={"query": QUERY, "variables": orjson.dumps(variables).decode()})
    events = await served.client.post(
        "/graphql", json={"query": QUERY, "variables": variables}, headers={"accept": "text/event-stream"}
    )
    async with websockets.connect(served.socket_url, subprotocols=["graphql-transport-ws"]) as socket:  # type: ignore[list-item]
        await socket.send('{"type": "connection_init"}')
        assert orjson.loads(await socket.recv()) == {"type": "connection_ack"}
        payload = {"query": QUERY, "variables": variables}
        await socket.send(orjson.dumps({"id": "1", "type": "subscribe", "payload": payload}).decode())
        message = orjson.loads(await socket.recv())
        assert orjson.loads(await socket.recv()) == {"id": "1", "type": "complete"}
    assert posted.json() == got.json() == ANSWER
    assert message == {"id": "1", "type": "next", "payload": ANSWER}
    assert events.headers["content-type"] == "text/event-stream"
    next_, complete = events.text.strip("\n").split("\n\n")
    assert orjson.loads(next_.removeprefix("event: next\ndata: ")) == ANSWER
    assert complete.startswith("event: complete")
    assert len(served.statements) == 4
    assert len(set(served.statements)) == 1


async def test_a_refused_document_is_an_error_on_every_transport(served: Served) -> None:
    bad = "{ nothing }"
    message = "Cannot query field 'nothing' on type 'Query'."
    assert (await served.post(bad)).json()["errors"][0]["message"] == message
    assert (await served.client.get("/graphql", params={"query": bad})).json()["errors"][0]["message"] == message
    async with websockets.connect(served.socket_url, subprotocols=["graphql-transport-ws"]) as socket:  # type: ignore[list-item]
        await socket.send('{"type": "connection_init"}')
        await socket.recv()
        await socket.send(orjson.dumps({"id": "1", "type": "subscribe", "payload": {"query": bad}}).decode())
        answer = orjson.loads(await socket.recv())
    assert answer["type"] == "error"
    assert answer["payload"][0]["message"] == message
    assert answer["payload"][0]["extensions"] == {"code": "BAD_USER_INPUT"}


async def test_the_status_follows_the_media_type(served: Served) -> None:
    wanted = {"accept": "application/graphql-response+json"}
    good = await served.client.post("/graphql", json={"query": "{ version }"}, headers=wanted)
    bad = await served.client.post("/graphql", json={"query": "{ nothing }"}, headers=wanted)
    assert (good.status_code, bad.status_code) == (200, 400)
    assert (
        good.headers["content-type"]
        == bad.headers["content-type"]
        == "application/graphql-response+json; charset=utf-8"
    )
    assert "data" not in bad.json()
    assert (await served.post("{ nothing }")).status_code == 200


async def test_what_is_no_graphql_request_is_refused_with_its_reason(served: Served) -> None:
    client, json = served.client, {"content-type": "application/json"}
    cases = [
        (await client.post("/graphql", content=b"{", headers=json), 400, "not JSON"),
        (await client.post("/graphql", content=b"[1]", headers=json), 400, "must be an object"),
        (await client.post("/graphql", content=b'{"query": 1}', headers=json), 400, '"query"'),
        (await client.post("/graphql", content=b'{"query": "{a}", "variables": []}', headers=json), 400, '"variables"'),
        (await client.post("/graphql", content=b'{"query": "\xff"}', headers=json), 400, "UTF-8"),
        (await client.post("/graphql", content=b'{"query": "\\ud800"}', headers=json), 400, "UTF-8"),
        (await client.post("/graphql", content=b'{"query": "' + b" " * 20_000, headers=json), 413, "16384 bytes"),
        (await client.post("/graphql", content=b"query=1"), 415, "application/json"),
        (await client.put("/graphql", json={}), 405, "POST or GET"),
        (await client.get("/graphql", params={"query": "{a}", "variables": "{"}), 400, '"variables"'),
        (await client.get("/graphql"), 400, '"query"'),
    ]
    for response, status, message in cases:
        error = response.json()["errors"][0]
        assert (response.status_code, error["extensions"]["code"]) == (status, "BAD_USER_INPUT")
        assert message in error["message"]


async def test_a_mutation_is_refused_by_get(served: Served) -> None:
    mutation = (
        'mutation { createJob(input: {clientId: "x", title: "t", description: "d", budget: "1"}) { job { id } } }'
    )
    answer = (await served.client.get("/graphql", params={"query": mutation})).json()
    assert answer["errors"][0]["message"] == "A mutation must be sent by POST."


async def test_a_browser_gets_graphiql_with_an_example_of_each_chain(served: Served) -> None:
    page = await served.client.get("/graphql", headers={"accept": "text/html,*/*"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    for word in ("jobsPosted", "businessBySlug", "conversations", 'integrity="sha384-'):
        assert word in page.text
    home = await served.client.get("/")
    assert (home.status_code, home.headers["location"]) == (307, "/graphql")


async def test_the_examples_are_valid_and_answer(served: Served) -> None:
    from app.assets import asset

    documents = sorted(asset("operations").glob("*.graphql"))
    assert len(documents) == 9
    for document in documents:
        assert "errors" not in (await served.post(document.read_text())).json()


async def test_who_watches_the_process_is_answered(served: Served) -> None:
    assert (await served.client.get("/livez")).text == "ok"
    assert (await served.client.get("/readyz")).text == "ok"

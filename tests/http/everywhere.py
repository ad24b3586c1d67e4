"""One operation over every transport."""

import asyncio
from typing import Any
from urllib.parse import urlencode

import orjson

from tests.http.conftest import Served

Json = Any


async def everywhere(served: Served, query: str, **variables: Any) -> dict[str, Json]:
    """The answers to one operation, by transport; over the WebSocket a refusal is its errors."""
    body = {"query": query, "variables": variables}
    text = {"query": query, "variables": orjson.dumps(variables).decode()}
    posted, got, events, messages = await asyncio.gather(
        served.client.post("/graphql", json=body),
        served.client.get(f"/graphql?{urlencode(text, safe=',:')}"),
        served.client.post("/graphql", json=body, headers={"accept": "text/event-stream"}),
        served.over_socket(body),
    )
    event = events.text.partition("\ndata: ")[2].partition("\n")[0]
    payload = messages[0]["payload"]
    return {
        "POST": posted.json(),
        "GET": got.json(),
        "SSE": orjson.loads(event),
        "WebSocket": {"errors": payload} if messages[0]["type"] == "error" else payload,
    }


async def refused(served: Served, query: str, **variables: Any) -> Json:
    """The extensions of the one error that all transports tell alike."""
    answers = await everywhere(served, query, **variables)
    assert all(answer == answers["POST"] for answer in answers.values()), answers
    (error,) = answers["POST"]["errors"]
    return error["extensions"]

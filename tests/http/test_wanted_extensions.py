"""Which extensions of the response a client asks for reaches the engine, over HTTP and over WebSocket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute

from app.auth import Authenticator
from app.http.credentials import Doorman
from app.http.crowd import Crowd
from app.http.endpoint import GraphQLEndpoint
from app.http.pages import Pages
from app.http.reading import BadRequest, wanted
from app.http.streaming import Streams
from app.http.sweep import Sweep
from app.http.websocket import GraphQLSocket
from app.realtime import Hub
from app.record import Recorder
from app.services.accounts.passwords import Passwords
from app.services.chat.desk import open_rows
from app.wakeups import Wakeups
from graph.engine.answer import Answer, Engine, Operation
from graph.engine.running.feeds import DeskFollowing, Following
from graph.engine.schema.schema import Schema
from tests.http.conftest import Served, listening

BODY = {"query": "{ __typename }"}


class Listening(Engine):
    """An engine that notes what it is asked; nothing here needs a database."""

    def __init__(self, schema: Schema) -> None:
        super().__init__(schema, schema.derived.graph, schema.derived.access, self.connections)
        self.heard: list[Operation] = []
        self.doorman = Doorman(Authenticator(self.connections), self, Passwords(), Recorder(""))

    @asynccontextmanager
    async def connections(self) -> AsyncIterator[Any]:
        raise AssertionError("a database is asked")
        yield

    @asynccontextmanager
    async def work(self, actor: str = "") -> AsyncIterator[Any]:
        raise AssertionError("a database is asked")
        yield

    transaction = work

    @property
    def doors(self) -> tuple[Streams, Sweep, Crowd]:
        """What transports need beside it, for the subscriptions that nobody begins here."""
        hub = Hub(Wakeups(""), self.connections, open_rows)
        return Streams(self, hub, self.doorman.record), Sweep(self.doorman), Crowd()

    async def answer(self, operation: Operation, *more: Any, **named: Any) -> Answer:
        self.heard.append(operation)
        return await super().answer(operation, *more, **named)

    async def open(self, operation: Operation) -> Following | DeskFollowing | Answer:
        self.heard.append(operation)
        return await super().open(operation)


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (None, set()),
        ("", set()),
        ("cost", {"cost"}),
        (" Cost ,explain,, ", {"cost", "explain"}),
        (["cost", "explain"], {"cost", "explain"}),
    ],
)
def test_names_stand_between_commas_or_in_a_list(given: Any, names: set[str]) -> None:
    assert wanted(given) == names


@pytest.mark.parametrize("given", [1, {}, [1], "x" * 201, ["x" * 201]])
def test_what_names_nothing_is_refused(given: Any) -> None:
    with pytest.raises(BadRequest):
        wanted(given)


async def test_the_header_names_them(schema: Schema) -> None:
    engine = Listening(schema)
    transport = httpx.ASGITransport(
        GraphQLEndpoint(engine, engine.doorman, Pages(Path(), {}), *engine.doors, body_limit=20_000)
    )
    async with httpx.AsyncClient(transport=transport, base_url="http://agora") as client:
        await client.post("/graphql", json=BODY)
        await client.post("/graphql", json=BODY, headers={"x-agora-extensions": "cost, explain"})
        await client.get("/graphql", params=BODY, headers={"x-agora-extensions": "explain"})
    assert [operation.wants for operation in engine.heard] == [set(), {"cost", "explain"}, {"explain"}]


@pytest.mark.parametrize("given", ["cost, explain", ["cost", "explain"]])
async def test_the_beginning_of_a_connection_names_them_for_all_of_it(schema: Schema, given: Any) -> None:
    engine = Listening(schema)
    socket = GraphQLSocket(schema, engine.doorman, *engine.doors, body_limit=20_000)
    async with listening(Starlette(routes=[WebSocketRoute("/graphql", socket)])) as served:
        for payload in (None, {"extensions": given}):
            (message,) = await Served(*served).over_socket(BODY, init=payload)
            assert message["payload"]["data"] == {"__typename": "Query"}
    assert [operation.wants for operation in engine.heard] == [set(), {"cost", "explain"}]

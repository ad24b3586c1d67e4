"""The Starlette application: GraphQL, exports by their links, and two routes for whoever watches the process."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from app.assets import asset
from app.auth import Authenticator
from app.auth.oidc import providing
from app.claims import Claims
from app.database import Database
from app.documents import documents
from app.http.credentials import Doorman
from app.http.crowd import Crowd
from app.http.endpoint import RATE_HEADERS, GraphQLEndpoint
from app.http.exports import export_route
from app.http.pages import Pages, routes
from app.http.streaming import Streams
from app.http.sweep import Sweep
from app.http.sync_status import DOCUMENT, PATH, sync_status_route
from app.http.websocket import GraphQLSocket
from app.limits import Limiter
from app.limits.ledger import opened
from app.personas import known
from app.realtime import Hub
from app.record import Recorder
from app.services.accounts.passwords import hashing
from app.services.chat.desk import open_rows
from app.settings import Settings
from app.statistics import kept
from app.wakeups import Wakeups, waking
from graph.engine.access import Access
from graph.engine.answer import Engine
from graph.engine.asking.limits import by_kind
from graph.engine.planning.planner import Strategy, inlined
from graph.engine.schema.schema import Schema
from graph.schema import build

Opening = Callable[[], AbstractAsyncContextManager[Database]]
"""How the application comes to its database: it is opened at start and closed at the end."""

Beside = Callable[[Database, Wakeups], AbstractAsyncContextManager[Any]]
"""What a process does beside the requests, like a worker's work."""


class Late:
    """An ASGI application that is there only after start-up."""

    def __init__(self) -> None:
        self.app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on."""
        assert self.app is not None
        await self.app(scope, receive, send)


class GraphQLFirst:
    """Hands HTTP requests for /graphql on before Starlette's router looks at them: it costs 5 of 22 us."""

    def __init__(self, app: ASGIApp, requests: Late) -> None:
        self.app, self.requests = app, requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on."""
        first = scope["type"] == "http" and scope["path"] == "/graphql"
        await (self.requests.app or self.app if first else self.app)(scope, receive, send)


def create_app(
    settings: Settings,
    opening: Opening,
    *,
    access: Access | None = None,
    strategy: Strategy = inlined,
    beside: Beside | None = None,
    web: Path | None = None,
) -> Starlette:
    """The application over the database that `opening` opens; nothing happens before it is started.

    Its pages are those built in `web`, else in the usual place.
    """
    requests, sockets = Late(), Late()
    web = web or asset("web")
    app = Starlette(
        routes=[
            WebSocketRoute("/graphql", sockets),
            Route("/livez", _alive),
            Route("/readyz", _ready),
            Route("/exports/{token}", export_route(lambda: app.state.database, settings.vault)),
            Route(PATH, sync_status_route(lambda: app.state.asked)),
            *(() if settings.hardened else (Route("/", _home), *routes(web))),
        ],
        middleware=[*_cors(settings), Middleware(GraphQLFirst, requests=requests)],
        lifespan=partial(_lifespan, settings, opening, requests, sockets, access, strategy, beside, web),
    )
    app.router.redirect_slashes = False  # it would lead to whatever host the client named
    return app


def _cors(settings: Settings) -> Iterable[Middleware]:
    """Answers to browsers that ask for pages of other sites, where there are such."""
    if settings.cors_origins:
        yield Middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=("POST",) if settings.hardened else ("GET", "POST"),
            allow_headers=("authorization", "content-type", "x-agora-csrf", "x-agora-extensions"),
            allow_credentials="*" not in settings.cors_origins,
            expose_headers=RATE_HEADERS,
        )


@asynccontextmanager
async def _lifespan(
    settings: Settings,
    opening: Opening,
    requests: Late,
    sockets: Late,
    access: Access | None,
    strategy: Strategy,
    beside: Beside | None,
    web: Path,
    app: Starlette,
) -> AsyncIterator[None]:
    async with (
        opening() as database,
        hashing() as passwords,
        providing(settings) as provider,
        opened(database.dsn) as ledger,
        waking(database, settings.events_url) as wakeups,
    ):
        schema, limiter, vault = build(access), Limiter(ledger), settings.vault
        engine = _engine(settings, schema, database, limiter, strategy)
        record = Recorder(database.dsn, engine.documents.trusted, bodies=settings.log_bodies)
        claims = Claims(database, vault)
        doorman = Doorman(
            Authenticator(database.reads.acquire),
            database,
            passwords,
            record,
            settings.cors_origins,
            secure_cookies=settings.secure_cookies,
            provider=provider,
            wake=claims.wake,
            tell=wakeups.send,
            seal=vault.keep,
            allowances=limiter,
        )
        app.state.pages = pages = Pages(web, {} if settings.database_url else known(settings.data_dir))
        hub, sweep, crowd = Hub(wakeups, database.reads.acquire, open_rows), Sweep(doorman), Crowd()
        doors = (streams := Streams(engine, hub, record)), sweep, crowd
        schema.follow = streams.bodies
        limit = settings.body_limit
        requests.app = GraphQLEndpoint(engine, doorman, pages, *doors, body_limit=limit, hardened=settings.hardened)
        sockets.app = GraphQLSocket(schema, doorman, *doors, body_limit=limit)
        app.state.database, app.state.record = database, record
        app.state.wakeups, app.state.hub, app.state.schema = wakeups, hub, schema
        app.state.asked = record.counting(engine.answer), doorman
        # The schema stays for good: looking through it for garbage would hold the loop for a third of a second.
        gc.collect()
        gc.freeze()
        async with (
            limiter.running(),
            kept(engine),
            record.running(),
            hub.running(),
            sweep.running(),
            _describing(engine),
            claims.working(),
            beside(database, wakeups) if beside is not None else nullcontext(),
        ):
            yield


def _engine(settings: Settings, schema: Schema, database: Database, meter: Limiter, strategy: Strategy) -> Engine:
    """What answers operations over `schema`."""
    return Engine(
        schema,
        schema.derived.graph,
        schema.derived.access,
        database.reads.acquire,
        strategy=strategy,
        documents=documents(settings.trusted_documents, DOCUMENT),
        hardened=settings.hardened,
        limits_of=by_kind,
        meter=meter,
    )


@asynccontextmanager
async def _describing(engine: Engine) -> AsyncIterator[None]:
    """The schema's description is made ready beside the first requests: it takes half a second."""
    describing = asyncio.create_task(engine.prepare_introspection())
    yield
    describing.cancel()
    await asyncio.gather(describing, return_exceptions=True)


async def _home(request: Request) -> RedirectResponse:
    """Somebody looks what is here: the page to explore it."""
    return RedirectResponse("/graphql")


async def _alive(request: Request) -> PlainTextResponse:
    """Whether the process answers at all."""
    return PlainTextResponse("ok")


async def _ready(request: Request) -> PlainTextResponse:
    """Whether the database answers too."""
    try:
        async with request.app.state.database.reads.acquire(timeout=2) as connection:
            await connection.fetchval("SELECT 1", timeout=2)
    except Exception:
        return PlainTextResponse("the database does not answer", status_code=503)
    return PlainTextResponse("ok")

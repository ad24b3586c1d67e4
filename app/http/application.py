"""The Starlette application: GraphQL, and two routes for whoever watches the process."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from app.auth import Authenticator
from app.database import Database
from app.documents import documents
from app.http.credentials import Doorman
from app.http.endpoint import GraphQLEndpoint
from app.http.websocket import GraphQLSocket
from app.personas import known
from app.services.accounts.passwords import hashing
from app.settings import Settings
from app.statistics import kept
from graph.engine.access import Access
from graph.engine.answer import Engine
from graph.engine.asking.limits import by_kind
from graph.engine.planning.planner import Strategy, inlined
from graph.schema import build

Opening = Callable[[], AbstractAsyncContextManager[Database]]
"""How the application comes to its database: it is opened at start and closed at the end."""


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
    settings: Settings, opening: Opening, *, access: Access | None = None, strategy: Strategy = inlined
) -> Starlette:
    """The application over the database that `opening` opens; nothing happens before it is started."""
    requests, sockets = Late(), Late()
    app = Starlette(
        routes=[
            WebSocketRoute("/graphql", sockets),
            Route("/livez", _alive),
            Route("/readyz", _ready),
            *(() if settings.hardened else (Route("/", _home),)),
        ],
        middleware=[*_cors(settings), Middleware(GraphQLFirst, requests=requests)],
        lifespan=partial(_lifespan, settings, opening, requests, sockets, access, strategy),
    )
    app.router.redirect_slashes = False  # it would lead to whatever host the client named
    return app


def _cors(settings: Settings) -> Iterable[Middleware]:
    """Answers to browsers that ask for pages of other sites, where there are such."""
    if settings.cors_origins:
        headers = ("authorization", "content-type", "x-agora-extensions")
        methods = ("POST",) if settings.hardened else ("GET", "POST")
        yield Middleware(
            CORSMiddleware, allow_origins=settings.cors_origins, allow_methods=methods, allow_headers=headers
        )


@asynccontextmanager
async def _lifespan(
    settings: Settings,
    opening: Opening,
    requests: Late,
    sockets: Late,
    access: Access | None,
    strategy: Strategy,
    app: Starlette,
) -> AsyncIterator[None]:
    async with opening() as database, hashing() as passwords:
        schema = build(access)
        engine = Engine(
            schema,
            schema.derived.graph,
            schema.derived.access,
            database.reads.acquire,
            strategy=strategy,
            documents=documents(settings.trusted_documents),
            hardened=settings.hardened,
            limits_of=by_kind,
        )
        limit, hardened = settings.body_limit, settings.hardened
        authenticator = Authenticator(database.reads.acquire)
        doorman = Doorman(authenticator, database, passwords, settings.cors_origins)
        token = None if settings.database_url else known(settings.data_dir).get("admin", {}).get("token")
        requests.app = GraphQLEndpoint(engine, doorman, body_limit=limit, hardened=hardened, token=token)
        sockets.app = socket = GraphQLSocket(schema, engine, doorman, body_limit=limit)
        app.state.database = database
        # The schema stays for good: looking through it for garbage would hold the loop for a third of a second.
        gc.collect()
        gc.freeze()
        async with kept(engine), socket.sweeping(), _describing(engine):
            yield


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

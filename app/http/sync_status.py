"""GET /api/sync/status: how much of the queue to services is where, for monitors that speak no GraphQL.

It is a GraphQL operation all the same: who asks, what they may see, and the limits are as everywhere.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.http.cookies import Cookies
from app.http.credentials import Doorman
from app.http.endpoint import NO_SNIFFING, NO_STORE, STATUS, Header, joined
from app.http.reading import BadRequest
from graph.engine.answer import Answer, Operation

PATH = "/api/sync/status"

DOCUMENT = """query SyncStatus {
  syncStatus { pending processing completed failed services { serviceName pending processing completed failed } }
}"""

Answering = Callable[[Operation], Awaitable[Answer]]


def sync_status_route(asked: Callable[[], tuple[Answering, Doorman]]) -> Callable[[Request], Awaitable[Response]]:
    """The answer to GET /api/sync/status."""

    async def sync_status(request: Request) -> Response:
        answering, doorman = asked()
        try:
            headers = joined(request.scope["headers"])
            cookies = Cookies(doorman.site, request.scope, headers)
            context = await doorman.context(request.scope, headers, cookies)
        except BadRequest as error:
            return _json({"code": error.code, "message": error.message}, error.status, *error.headers)
        return _told(await answering(Operation(DOCUMENT, viewer=context.viewer, context=context, read_only=True)))

    return sync_status


def _told(answer: Answer) -> Response:
    body = orjson.loads(answer.body)
    if errors := body.get("errors"):
        code = errors[0]["extensions"]["code"]
        status = {**STATUS, "RATE_LIMITED": 429, "TIMEOUT": 503, "INTERNAL": 500}.get(code, 400)
        return _json({"code": code, "message": errors[0]["message"]}, status)
    if (found := body["data"]["syncStatus"]) is None:
        message = "Show the token of a manager or an administrator, or a key with the scope service_syncs:write."
        return _json({"code": "FORBIDDEN", "message": message}, 403)
    return _json(found)


def _json(body: Any, status: int = 200, *more: Header) -> Response:
    headers = {name.decode(): value.decode() for name, value in (NO_STORE, NO_SNIFFING, *more)}
    return Response(orjson.dumps(body), status, headers, "application/json")
